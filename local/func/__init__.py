"""What `func start` is given so that Microsoft's own host runs the app on this machine."""

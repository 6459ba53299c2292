"""Applications: intake, writing and reconciling, places and waiting lists, the manager's and the person's own page."""

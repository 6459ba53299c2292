"""What can be wrong with an app: with the whole of it, or with one function."""


class StartError(Exception):
    """The app cannot run at all. The host prints the reason and leaves with exit code 3."""


class AppNotIndexed(Exception):
    """The app's functions cannot be listed. As the real host does, this one stays up without any."""


class FunctionError(Exception):
    """One function cannot run. It is listed in ``/admin/host/status``; the host and the others go on."""

"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """See ``ports.Clock``."""

    def now(self) -> datetime:
        """See the port."""
        return datetime.now(UTC)

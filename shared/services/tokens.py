"""The secret parts of links and the references, derived with the key from the settings."""

from shared.domain import references
from shared.domain.references import Link


class Tokens:
    """Derives tokens, addresses of links, and references."""

    def __init__(self, *, key: str, base_url: str) -> None:
        self._key = key.encode()
        self._base_url = base_url

    def __call__(self, link: Link) -> str:
        """The token of a link."""
        return references.token(self._key, link)

    def url(self, link: Link) -> str:
        """The address that goes into a mail."""
        return f"{self._base_url}/{link.purpose}/{self(link)}"

    def reference(self, *parts: str, attempt: int = 0) -> str:
        """A reference derived from these parts."""
        return references.new_reference(self._key, *parts, attempt=attempt)

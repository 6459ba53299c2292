"""The secret parts of links and the references, derived with the key from the settings."""

from datetime import datetime

from shared.domain import references
from shared.domain.references import Link
from shared.services.base.known_key import KnownKey


class Tokens:
    """Derives tokens, addresses of links, and references.

    ``key`` may be several with spaces between them, the newest first. Links are made with the newest. References are
    made with the oldest for ever: with another key a repeat would not find its row.
    """

    def __init__(self, *, key: str, base_url: str, known: KnownKey | None = None) -> None:
        self._keys = key
        self._known = known
        keys = [part.encode() for part in key.split()]
        self._newest, self._oldest = keys[0], keys[-1]
        self._base_url = base_url

    @property
    def secure(self) -> bool:
        """Whether people reach the app over HTTPS."""
        return self._base_url.startswith("https:")

    def __call__(self, link: Link) -> str:
        """The token of a link."""
        return references.token(self._newest, link)

    def url(self, link: Link) -> str:
        """The address that goes into a mail."""
        return f"{self._base_url}/{link.purpose}/{self(link)}"

    def form(self, programme: str) -> str:
        """The address of our own form for a programme."""
        return f"{self._base_url}/apply/{programme}"

    def interest(self, programme: str) -> str:
        """The address of the page on which people ask to hear of a programme's next cohort."""
        return f"{self._base_url}/interest/{programme}"

    async def must_fit(self) -> None:
        """Raises WrongKey if the account's references were made with another key. Ask before one is stored."""
        if self._known is not None:
            await self._known.must_make(self.reference)
            self._known = None

    def reference(self, *parts: str, attempt: int = 0) -> str:
        """A reference derived from these parts."""
        return references.new_reference(self._oldest, *parts, attempt=attempt)

    def stamp(self, purpose: str, moment: datetime) -> str:
        """A moment that a page sends back."""
        return references.stamp(self._newest, purpose, moment)

    def read_stamp(self, purpose: str, text: str) -> datetime | None:
        """The moment that a page sent back, None if it was not made here."""
        newest = references.read_stamp(self._newest, purpose, text)
        return newest or references.read_stamp(self._oldest, purpose, text)

    def pseudonym(self, *parts: str) -> str:
        """What stands for these parts where they are only to be recognised."""
        return references.pseudonym(self._newest, *parts)

    def lasting_pseudonyms(self, *parts: str) -> tuple[str, ...]:
        """The same where it is kept for longer than a key: first the one to write, whose key is never taken away, then
        those that may have been written."""
        keys = [part.encode() for part in self._keys.split()]
        return tuple(references.pseudonym(key, *parts) for key in reversed(keys))

    def keys_for(self, purpose: str) -> tuple[bytes, ...]:
        """Keys to seal something with: the newest first, with which it is sealed, then those it may be sealed with."""
        return tuple(references.derived_key(part.encode(), purpose) for part in self._keys.split())

    def noting(self) -> "NotingTokens":
        """The same, for one mail: it remembers which links it gave."""
        return NotingTokens(key=self._keys, base_url=self._base_url)


class NotingTokens(Tokens):
    """Remembers the links whose addresses it gave."""

    def __init__(self, *, key: str, base_url: str) -> None:
        super().__init__(key=key, base_url=base_url)
        self.given: list[Link] = []

    def url(self, link: Link) -> str:
        """The address that goes into a mail."""
        self.given.append(link)
        return super().url(link)

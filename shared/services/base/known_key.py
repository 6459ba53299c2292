"""Whether TOKEN_KEY is the one that references were made with, asked before one is made.

With another one no repeat would find its application, somebody erased would look new, and tonight's export would count
as a good one. So the account keeps a mark of its key, and an app with another key takes nothing in.
"""

import logging
from collections.abc import Callable

from shared.errors import WrongKey
from shared.ports import Exports
from shared.stores.upkeep import Upkeep

logger = logging.getLogger(__name__)

_WRONG = (
    "TOKEN_KEY is not the one that references were made with: its last part was changed or taken away, or stands in "
    "another place. Put the old key back, as the last one; nothing is taken in until then"
)


class KnownKey:
    """Knows the account's key by a mark in ``Upkeep``; in an account of before, by its newest export."""

    def __init__(self, *, upkeep: Upkeep, exports: Exports) -> None:
        self._upkeep = upkeep
        self._exports = exports

    async def must_make(self, reference: Callable[..., str]) -> None:
        """Raises WrongKey if the account's references were made otherwise. A new account is marked with this key."""
        mark = await self._upkeep.key_mark()
        if mark is not None:
            fits = mark == reference("upkeep", "key")
        else:
            fits = await self._fits_the_exports(reference)
            if fits:
                await self._upkeep.note_key(reference("upkeep", "key"))
        if not fits:
            logger.error("%s", _WRONG)
            raise WrongKey(_WRONG)

    async def _fits_the_exports(self, reference: Callable[..., str]) -> bool:
        for name in reversed(await self._exports.names()):
            manifest = await self._exports.manifest(name)
            if manifest is not None:
                return manifest.key == reference("export", name)
        return True

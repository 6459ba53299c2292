"""Who may call what: the keys of the real host.

Like Core Tools, the host lets everybody in unless authorisation is switched on.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.host.errors import StartError
from local.host.functions import AuthLevel


@dataclass(frozen=True)
class Keys:
    """The master key opens everything, the host key every function, a function's key only that function."""

    master: str = field(repr=False)
    default: str = field(default="", repr=False)
    functions: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> "Keys":
        """Read ``{"master": "...", "default": "...", "functions": {"name": "..."}}``."""
        try:
            content = json.loads(text)
        except ValueError:
            raise StartError("--keys is not valid JSON.") from None
        if not isinstance(content, dict) or not isinstance(content.get("master"), str) or not content["master"]:
            raise StartError('--keys needs at least {"master": "..."}.')
        functions = content.get("functions", {})
        if not isinstance(functions, dict):
            raise StartError("--keys: functions must be an object.")
        return cls(
            master=content["master"],
            default=str(content.get("default", "")),
            functions={str(name).lower(): str(key) for name, key in functions.items()},
        )

    def is_master(self, key: str) -> bool:
        """Whether a caller is an administrator."""
        return _same(key, self.master)

    def opens(self, key: str, function: str, level: AuthLevel) -> bool:
        """Whether a caller with ``key`` may call a function of that level."""
        if level is AuthLevel.ANONYMOUS or self.is_master(key):
            return True
        if level is AuthLevel.ADMIN:
            return False
        return _same(key, self.default) or _same(key, self.functions.get(function.lower(), ""))


class Gate:
    """Answers for the host; without keys everybody passes."""

    def __init__(self, keys: Keys | None) -> None:
        self._keys = keys

    def is_administrator(self, key: str) -> bool:
        """May the caller use ``/admin``?"""
        return self._keys is None or self._keys.is_master(key)

    def is_known_to_the_host(self, key: str) -> bool:
        """Is it the key of the host as a whole? Of it the real host says that it may not, of others that it is none."""
        return self._keys is not None and _same(key, self._keys.default)

    def may_call(self, key: str, function: str, level: AuthLevel) -> bool:
        """May the caller call this function?"""
        return self._keys is None or self._keys.opens(key, function, level)

    def may_call_disabled(self, key: str) -> bool:
        """May the caller call a function that is switched off? Only with a real master key."""
        return self._keys is not None and self._keys.is_master(key)


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())

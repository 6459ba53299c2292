"""What was given to a question with options: which of them is meant, and whether anything was given at all."""

from collections.abc import Iterable
from typing import Final

from shared.domain.programme import Option
from shared.domain.text import clean, match_key

_YES: Final = frozenset({"true", "yes", "i agree", "agree", "agreed"})
_NO: Final = frozenset({"false", "no", "not yet", "i do not agree", "disagree"})


def chosen(options: Iterable[Option], given: str) -> str | None:
    """The value of the option that the text means, by its value, text or an alias; None if it means none."""
    options = tuple(options)
    exact = next((option.value for option in options if option.value == given), None)
    key = match_key(given)
    if exact is not None or not key:
        return exact
    return next((option.value for option in options if key in _keys(option)), None)


def yes_or_no(options: Iterable[Option], given: object) -> bool | None:
    """What an answer to a yes-or-no question means, or None. An option that is the only one means yes."""
    options = tuple(options)
    given = only(given)
    if isinstance(given, bool) or not isinstance(given, str):
        return given if isinstance(given, bool) else None
    value = chosen(options, given)
    option = next((option for option in options if option.value == value), None)
    for word in (option.value, option.text) if option else (given,):
        key = match_key(word)
        if key in _YES or key in _NO:
            return key in _YES
    return True if option and len(options) == 1 else None


def is_blank(given: object) -> bool:
    """Whether that is no answer."""
    if isinstance(given, list | tuple):
        return all(item is None or (isinstance(item, str) and not clean(item)) for item in given)
    return given is None or (isinstance(given, str) and not clean(given))


def only(given: object) -> object:
    """A list of one as its item: some forms send every tick box as a list."""
    return given[0] if isinstance(given, list | tuple) and len(given) == 1 else given


def lines_of(given: object) -> list[str] | None:
    """The texts of a multiple answer without blanks; None if something in it is no text."""
    items = list(given) if isinstance(given, list | tuple) else [given]
    texts = [item for item in items if isinstance(item, str)]
    if len(texts) + sum(item is None for item in items) < len(items):
        return None
    return [text for text in texts if clean(text)]


def _keys(option: Option) -> set[str]:
    return {match_key(word) for word in (option.value, option.text, *option.aliases)}


def listing(options: Iterable[Option]) -> str:
    """Options in words."""
    # semicolons: "Leicester, Leicestershire and Rutland" is one option
    return "; ".join(option.text for option in options)

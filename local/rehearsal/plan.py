"""What is rehearsed: how many people, what becomes of them, and what the team changes on the way."""

from dataclasses import dataclass, fields
from random import Random
from typing import Self

#: The fewest with whom a cohort can be played.
FEWEST, MOST = 4, 2_000


@dataclass(frozen=True)
class Plan:
    """How many do what. A number that is None is a part of ``people``; the same seed gives the same year.

    ``slow`` managers answer in the second week, ``silent_managers`` never do, ``left`` ones have left: their address
    does not work. ``moved``, ``cancelled`` and ``dated`` are one session each; ``late`` is one application.
    """

    people: int = 40
    seed: int = 7
    slow: int | None = None
    refuse: int | None = None
    hand_over: int | None = None
    left: int | None = None
    silent_managers: int | None = None
    withdraw: int | None = None
    decline: int | None = None
    silent: int | None = None
    moved: bool = True
    cancelled: bool = True
    dated: bool = True
    late: bool = True
    extended_by: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError, in words for whoever typed the numbers."""
        if not FEWEST <= self.people <= MOST:
            raise ValueError(f"A rehearsal takes from {FEWEST} to {MOST} people, not {self.people}.")
        for name in COUNTS:
            wanted = getattr(self, name)
            if wanted is not None and not 0 <= wanted <= self.people:
                raise ValueError(f"'{name.replace('_', ' ')}' is a number from 0 to {self.people}, not {wanted}.")
        if not 0 <= self.extended_by <= _LONGEST_EXTENSION:
            raise ValueError(f"The closing date can be extended by 0 to {_LONGEST_EXTENSION} days.")
        if sum(self.number(name) for name in _OF_MANAGERS) > self.people:
            raise ValueError(
                "There are more managers who are slow, refuse, hand over, have left or are silent than people."
            )

    def number(self, name: str) -> int:
        """How many there are of a kind."""
        wanted: int | None = getattr(self, name)
        return self.people // _ONE_IN[name] if wanted is None else wanted

    def random(self, *of: object) -> Random:
        """Dice of one person's or one thing's own, so that a change for one is a change for nobody else."""
        return Random(f"{self.seed} {' '.join(map(str, of))}")  # noqa: S311 -- a seed that replays

    @classmethod
    def typed(cls, given: dict[str, str]) -> Self:
        """The plan that somebody typed into a form: a text for each field, '' for what follows from the rest.

        Raises ValueError, in words for whoever typed it.
        """
        values: dict[str, int | bool] = {}
        for field in fields(cls):
            text = given.get(field.name, "").strip()
            if isinstance(field.default, bool):
                values[field.name] = text == "yes"
            elif text:
                if not text.isdecimal() or not text.isascii():
                    raise ValueError(f"'{field.name.replace('_', ' ')}' is a whole number, not '{text}'.")
                values[field.name] = int(text)
        return cls(**values)  # type: ignore[arg-type]


_ONE_IN = {
    "slow": 8,
    "refuse": 20,
    "hand_over": 20,
    "left": 20,
    "silent_managers": 20,
    "withdraw": 12,
    "decline": 20,
    "silent": 10,
}
_OF_MANAGERS = ("slow", "refuse", "hand_over", "left", "silent_managers")
_LONGEST_EXTENSION = 60
#: The numbers that follow from the number of people unless somebody says otherwise.
COUNTS = tuple(_ONE_IN)

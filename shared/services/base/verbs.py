"""What a command is: one value for each, made by the room that carries it out. ``schedule/verbs.py`` has them all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.domain.application import Application, Status
from shared.services.base.programmes import Current
from shared.stores.commands import Command

_A_REFERENCE = "K4Q-M7X-2P9-T"


@dataclass(frozen=True, slots=True)
class Result:
    """What the app writes beside a command."""

    done: bool
    words: str


def no_problem(_: Application) -> str:
    """What ``Fits.problem`` says where the status is all that counts."""
    return ""


async def nobody(_: str) -> Result | None:
    """What ``OfApplication.without`` does where there is nothing to do without an application."""
    return None


@dataclass(frozen=True, slots=True)
class Fits:
    """The applications that a command is for. ``problem`` says what else stands in the way of one, or ''."""

    statuses: frozenset[Status]
    problem: Callable[[Application], str] = no_problem

    def refusal(self, application: Application) -> str:
        """Why the command cannot be carried out in the state the application is in, or ''."""
        if application.status in self.statuses:
            return self.problem(application)
        if len(self.statuses) > 4:  # noqa: PLR2004 -- a long list helps nobody
            return f"This application is '{application.status}' already."
        allowed = " or ".join(f"'{status}'" for status in Status if status in self.statuses)
        return f"This application is '{application.status}'; the command is for {allowed}."


@dataclass(frozen=True, slots=True)
class OfApplication:
    """A command whose reference is an application's; ``act`` is only called with one that fits.

    ``without`` carries it out for a reference to which there is no application. Returns None if it is refused.
    """

    fits: Fits
    act: Callable[[Current, Application], Awaitable[Result]]
    without: Callable[[str], Awaitable[Result | None]] = nobody


@dataclass(frozen=True, slots=True)
class OfApplicationWithNote:
    """A command about an application that also needs what stands in ``Note``."""

    fits: Fits
    act: Callable[[Current, Application, str], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class OfRow:
    """A command that reads its row itself: its reference is no application's, or it needs none."""

    act: Callable[[Command], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Apart:
    """A command that takes longer than a tick may: ``begin`` wakes whoever carries it out with ``act`` later.

    ``begin`` may refuse the row at once. It is called again in every tick until ``act`` has answered.
    """

    begin: Callable[[Command], Awaitable[Result | None]]
    act: Callable[[Command], Awaitable[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A command: the word that is typed, what is done, and its row in ``docs/tables.md``.

    ``does`` is read there by people. What it needs they are told when it is refused.
    ``run`` may run twice, since a crash comes between doing and answering. A row may have changed since ``fits`` was
    asked, so it is asked again inside ``writer.change``. No answer and no event quotes a person or ``Note``.
    ``example`` is a ``Reference`` as it may be typed; '' where the cell stays empty. One that is about an application
    needs none: every reference looks alike. ``note`` is what may stand in ``Note``.
    ``while_restored``: it is carried out in an account that was restored and not resumed.
    """

    word: str
    does: str
    run: OfApplication | OfApplicationWithNote | OfRow | Apart
    example: str = ""
    note: str = ""
    while_restored: bool = False

    @property
    def as_typed(self) -> str:
        """An example of what is typed beside it, as a row of ``docs/tables.md`` shows it; '' for nothing."""
        about_one = isinstance(self.run, OfApplication | OfApplicationWithNote)
        reference = self.example or (_A_REFERENCE if about_one else "")
        cells = [f"`{reference}`" if reference else "", f"`Note`: `{self.note}`" if self.note else ""]
        return ", ".join(filter(None, cells))


#: Commands, in the order in which people are told of them.
type Verbs = Sequence[Verb]

"""The answers of an application form that the app knows by name: the one list of them, and whose each is.

Everything that goes by answer follows from it: what is read how, what no programme can do without, which column holds
it, what is told to its owner, and what only those who match may read. A programme's own questions are none of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Annotated, Final

from shared.domain.programme import Role


class Reads(Enum):
    """How an answer is read."""

    LINE = "one line of text"
    LINES = "as many lines as people like"
    ADDRESS = "an email address"
    ROLE = "a role of the programme"
    OPTION = "one option, or any words where none is offered"
    SEVERAL = "several options"
    YES_OR_NO = "yes or no, whatever type the form gives the question"
    SESSION = "a session that the role trains in"
    COMMITMENT = "every line that the form asks people to confirm"


class Kept(Enum):
    """Where an answer is kept, which decides who sees it."""

    PERSON = "about the person, and a line manager may know it"
    MANAGER = "who releases the person"
    APPLICATION = "for administrators, and no line manager"
    LIVED = "for its owner and those who match, in a table of its own"
    CHOSEN = "as a choice of session"
    NOWHERE = "without it nobody could have applied"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be known of one answer.

    ``label`` is what its owner's pages call it. ``needed``: no programme can do without it, since there would be nobody
    to write to, or no permission to go on. ``can_correct``: its owner may change it on their own page. ``values`` are
    the only options that it can have, where the app acts on them.
    """

    label: str
    reads: Reads
    kept: Kept
    needed: bool = False
    can_correct: bool = False
    values: tuple[str, ...] = ()

    @property
    def of_options(self) -> bool:
        """Whether nothing but an option that is offered will do."""
        return self.reads in _OF_OPTIONS

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it is kept as true or false."""
        return self.reads is Reads.YES_OR_NO


_OF_OPTIONS: Final = frozenset({Reads.ROLE, Reads.OPTION, Reads.SEVERAL, Reads.SESSION, Reads.COMMITMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A valid application. Texts are clean; ``training_session`` is one that the role can choose, or None.

    In the order in which what is wrong with them is told.
    """

    full_name: Annotated[str, Asked("Full name", Reads.LINE, Kept.PERSON, needed=True, can_correct=True)]
    email: Annotated[str, Asked("Email address", Reads.ADDRESS, Kept.PERSON, needed=True)]
    role: Annotated[Role, Asked("Role", Reads.ROLE, Kept.APPLICATION, needed=True)]
    job_title: Annotated[str, Asked("Job title", Reads.LINE, Kept.PERSON, can_correct=True)]
    band: Annotated[str, Asked("Pay band", Reads.LINE, Kept.PERSON, can_correct=True)]
    organisation: Annotated[str, Asked("Organisation", Reads.LINE, Kept.PERSON)]
    team: Annotated[str, Asked("Team", Reads.LINE, Kept.APPLICATION)] = ""
    board_members: Annotated[str, Asked("Board members", Reads.LINE, Kept.APPLICATION)] = ""
    sector: Annotated[str, Asked("Kind of organisation", Reads.OPTION, Kept.PERSON)]
    area: Annotated[str, Asked("Area", Reads.OPTION, Kept.PERSON)]
    place: Annotated[str, Asked("Where you can meet", Reads.LINE, Kept.APPLICATION)] = ""
    way_of_meeting: Annotated[
        str,
        Asked("How you would like to meet", Reads.OPTION, Kept.APPLICATION, values=("in_person", "online", "either")),
    ] = ""
    could_take_two: Annotated[bool, Asked("Could take two partners", Reads.YES_OR_NO, Kept.APPLICATION)] = False
    manager_name: Annotated[str, Asked("Line manager", Reads.LINE, Kept.MANAGER)]
    manager_email: Annotated[str, Asked("Line manager's email address", Reads.ADDRESS, Kept.MANAGER)]
    manager_agreed: Annotated[bool, Asked("Line manager had agreed", Reads.YES_OR_NO, Kept.APPLICATION)]
    topics: Annotated[tuple[str, ...], Asked("Topics", Reads.SEVERAL, Kept.LIVED)]
    cover: Annotated[bool, Asked("Only with somebody who chose several topics", Reads.YES_OR_NO, Kept.LIVED)] = False
    about_you: Annotated[str, Asked("About you", Reads.LINES, Kept.LIVED)]
    access_needs: Annotated[str, Asked("Access needs", Reads.LINES, Kept.LIVED)]
    rather_not_with: Annotated[str, Asked("Rather not paired with", Reads.LINES, Kept.LIVED)] = ""
    training_session: Annotated[str | None, Asked("Sessions chosen", Reads.SESSION, Kept.CHOSEN)]
    previous_participant: Annotated[bool, Asked("Took part before", Reads.YES_OR_NO, Kept.APPLICATION)]
    commitment: Annotated[tuple[str, ...], Asked("Commitment", Reads.COMMITMENT, Kept.NOWHERE)]
    consent: Annotated[bool, Asked("Consent", Reads.YES_OR_NO, Kept.NOWHERE, needed=True)]


def _asked() -> dict[str, Asked]:
    hints = {field.name: field.type for field in fields(Answers)}
    found = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    return {name: asked for name, metadata in found.items() for asked in metadata if isinstance(asked, Asked)}


#: Every answer by its name, which is the same in a canonical submission and in ``field:`` of a programme file.
FIELDS: Final[Mapping[str, Asked]] = _asked()
#: The answers without which there is nobody to write to, or no permission to go on: no programme can do without them.
ALWAYS_REQUIRED: Final = tuple(name for name, asked in FIELDS.items() if asked.needed)
#: Fields answered with yes or no, whatever type the form gives their question.
YES_OR_NO: Final = frozenset(name for name, asked in FIELDS.items() if asked.is_yes_or_no)
#: What people tell in as many lines as they like; every other text is one line.
LONG_TEXTS: Final = tuple(name for name, asked in FIELDS.items() if asked.reads is Reads.LINES)


def kept(*where: Kept) -> dict[str, Asked]:
    """The answers that are kept there."""
    return {name: asked for name, asked in FIELDS.items() if asked.kept in where}


def column(name: str) -> str:
    """The column of a table that holds an answer: 'full_name' stands in 'FullName'."""
    return "".join(word.capitalize() for word in name.split("_"))

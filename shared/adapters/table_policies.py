"""What becomes of each table's rows: whether the nightly export holds them, and what an erased person leaves in them.

Every table stands here once, in the order in which tables are exported; a table that is forgotten fails a test.
The live tables are erased by ``services/records/erasure.py``; the same rules are kept here row by row
for what was exported.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from shared.adapters.lines import Cells, cells_of_line, line_of_cells, with_columns_emptied
from shared.domain.erasing import MARKED, Tombstone
from shared.domain.references import read_reference
from shared.stores.cells import row_mark
from shared.stores.names import TableName


class Names(Enum):
    """Where a row names the person it is about: by the reference that stands there."""

    NOBODY = auto()
    ROW_KEY = auto()
    START_OF_ROW_KEY = auto()  # <reference>.<rest>
    END_OF_ROW_KEY = auto()  # <rest>.<reference>
    REFERENCE = auto()  # the column
    MENTOR_AND_MENTEE = auto()  # these two columns: whichever of them was erased


class Ends(Enum):
    """Whether the rows of a programme go at the end of the last retention period, and how they are known."""

    WITH_THE_PROGRAMME = auto()  # they stand in its partition
    NAMED_BY_A_COLUMN = auto()  # Programme
    NEVER = auto()  # they are not about one programme's people


class Erased(Enum):
    """What is done with a row about a person who was erased."""

    STAYS = auto()
    GOES = auto()
    IS_EMPTIED = auto()  # of the columns that are named
    IS_REPLACED = auto()  # by what the tombstone holds


@dataclass(frozen=True, slots=True)
class TablePolicy:
    """The rule of one table. ``because`` says why rows stay, or why a table is not exported."""

    erased: Erased = Erased.STAYS
    names: Names = Names.NOBODY
    columns: tuple[str, ...] = ()
    exported: bool = True
    ends: Ends = Ends.WITH_THE_PROGRAMME
    because: str = ""


_NO_NAMES = "holds references and words of our own, and nothing by which anybody else knows the person"

# Jobs come first and messages last: a job too many is looked at in vain, and a mail whose row is newer than the
# application it is about is known to have left.
POLICIES: Mapping[TableName, TablePolicy] = {
    TableName.ALARMS: TablePolicy(because=_NO_NAMES, ends=Ends.NEVER),
    TableName.PROGRAMMES: TablePolicy(because="is about no person", ends=Ends.NEVER),
    TableName.SESSIONS: TablePolicy(because="is about no person", ends=Ends.NEVER),
    # By the mark alone: which rows only an erased person brought is seen in the live table.
    TableName.ORGANISATIONS: TablePolicy(Erased.GOES),
    TableName.MAILBOXES: TablePolicy(because="is about no person", ends=Ends.NEVER),
    TableName.APPLICATIONS: TablePolicy(Erased.IS_REPLACED, Names.ROW_KEY),
    TableName.LIVED_EXPERIENCE: TablePolicy(Erased.GOES, Names.ROW_KEY),
    TableName.CLOSED_ANSWERS: TablePolicy(Erased.GOES, Names.ROW_KEY),
    TableName.APPROVALS: TablePolicy(Erased.GOES, Names.START_OF_ROW_KEY),
    TableName.BOOKINGS: TablePolicy(Erased.GOES, Names.END_OF_ROW_KEY),
    TableName.PAIRS: TablePolicy(Erased.IS_EMPTIED, Names.MENTOR_AND_MENTEE, ("Names", "Why", "Rules", "Price")),
    TableName.ROUNDS: TablePolicy(because=_NO_NAMES),
    TableName.MATCH_NOTES: TablePolicy(
        exported=False, because="holds reasons out of things said in confidence, which can be drawn again"
    ),
    TableName.CHECK_INS: TablePolicy(
        Erased.IS_EMPTIED, Names.REFERENCE, ("Met", "MetOn", "Rating", "Note", "WantsToTalk")
    ),
    # By the mark alone: nothing in a row says whose it is.
    TableName.EVALUATIONS: TablePolicy(Erased.GOES),
    TableName.EARLIER_PARTICIPANTS: TablePolicy(Erased.GOES, Names.ROW_KEY, ends=Ends.NEVER),
    TableName.INTEREST: TablePolicy(Erased.GOES, Names.ROW_KEY, ends=Ends.NEVER),
    TableName.SUBMISSIONS: TablePolicy(because=_NO_NAMES),
    TableName.RESPONSES: TablePolicy(because=_NO_NAMES),
    TableName.LINKS: TablePolicy(because=_NO_NAMES, ends=Ends.NAMED_BY_A_COLUMN),
    TableName.COMMANDS: TablePolicy(Erased.IS_EMPTIED, Names.REFERENCE, ("Note", "Result")),
    TableName.AUDIT: TablePolicy(because=_NO_NAMES),
    TableName.MESSAGES: TablePolicy(because=_NO_NAMES),
    TableName.DRAFTS: TablePolicy(
        exported=False, because="is gone within a day, and is nobody's application yet", ends=Ends.NEVER
    ),
    TableName.TALLIES: TablePolicy(
        exported=False, because="holds counts of one day under hashes of that day", ends=Ends.NEVER
    ),
    TableName.QUARANTINE: TablePolicy(Erased.GOES, Names.REFERENCE),
    TableName.MONITORING_BOX: TablePolicy(
        exported=False, because="holds equality answers that are not mixed yet; a copy of them would tell the night"
    ),
    TableName.MONITORING: TablePolicy(
        because="holds answers that nobody can join to a person, so nobody's can be found"
    ),
    TableName.UPKEEP: TablePolicy(
        exported=False, because="tells what was done to this account, which is not another's story", ends=Ends.NEVER
    ),
}


def subjects(table: TableName, cells: Cells) -> tuple[tuple[str, str], ...]:
    """The partition and reference of each person a row is about; none if the table names nobody."""
    if POLICIES[table].names is Names.MENTOR_AND_MENTEE:
        typed = (str(cells.get(column, "")) for column in ("Mentor", "Mentee"))
        return tuple((str(cells["PartitionKey"]), read_reference(one) or one) for one in typed)
    one = _subject(table, cells)
    return () if one is None else (one,)


def _subject(table: TableName, cells: Cells) -> tuple[str, str] | None:
    key = str(cells["RowKey"])
    match POLICIES[table].names:
        case Names.NOBODY | Names.MENTOR_AND_MENTEE:
            return None
        case Names.ROW_KEY:
            reference = key
        case Names.START_OF_ROW_KEY:
            reference = key.partition(".")[0]
        case Names.END_OF_ROW_KEY:
            reference = key.rpartition(".")[2]
        case Names.REFERENCE:
            # In Commands people type it.
            typed = str(cells.get("Reference", ""))
            reference = read_reference(typed) or typed
    return str(cells["PartitionKey"]), reference


def left_behind(table: TableName, erased: Mapping[tuple[str, str], Tombstone]) -> list[bytes]:
    """See ``ports.Extracts.left_behind``."""
    if POLICIES[table].erased is not Erased.IS_REPLACED:
        return []
    return [tombstone.left.encode() for tombstone in erased.values() if tombstone.left]


def without(table: TableName, line: bytes, erased: Mapping[tuple[str, str], Tombstone]) -> bytes | None:
    """See ``ports.Extracts.without``."""
    policy = POLICIES[table]
    if not erased or policy.erased is Erased.STAYS:
        return line
    cells = cells_of_line(line)
    columns = policy.columns
    tombstone = next((erased[about] for about in subjects(table, cells) if about in erased), None)
    if tombstone is None:
        # Whoever typed it mistook the reference, so that may be a name.
        columns = (*columns, "Reference")
        tombstone = erased.get((MARKED, row_mark(table, str(cells["PartitionKey"]), str(cells["RowKey"]))))
    if tombstone is None:
        return line
    match policy.erased:
        case Erased.GOES:
            return None
        case Erased.IS_REPLACED:
            return tombstone.left.encode() or None
        case Erased.IS_EMPTIED:
            if not any(cells.get(column) for column in columns):
                return line
            return line_of_cells(with_columns_emptied(cells, columns))

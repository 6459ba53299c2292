"""``Pairs`` rows, typed by administrators or drafted by the app: our columns stand beside theirs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from shared.domain import wording
from shared.domain.pairs import TOGETHER, PairRow, PairStatus
from shared.domain.programme import LONDON
from shared.domain.references import read_reference
from shared.domain.text import as_word
from shared.ports import Cell, Found, Row, Stored, Table
from shared.stores.cells import text, when
from shared.stores.names import TableName

_ON_THE_WALL: Mapping[str, str] = {
    "ConfirmedAtLocal": "ConfirmedAt",
    "OfferedAtLocal": "OfferedAt",
    "AnswerByLocal": "AnswerBy",
    "DeclinedAtLocal": "DeclinedAt",
    "EndedAtLocal": "EndedAt",
}
_NO = frozenset({"", "no", "n", "false", "0"})


class Pairs:
    """``Pairs``, typed by administrators and drafted by the app."""

    TABLE = TableName.PAIRS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def all(self) -> Sequence[PairRow]:
        """Every row."""
        return [_pair_row(found.row) async for found in self._table.query()]

    async def of(self, programme: str) -> Sequence[Stored[PairRow]]:
        """Every row of a programme, each with the etag that a change needs."""
        return [Stored(_pair_row(found.row), found.etag) async for found in self._table.query(programme)]

    async def get(self, programme: str, key: str) -> Stored[PairRow] | None:
        """The row of that name, or None."""
        found = await self._table.get(programme, key)
        return Stored(_pair_row(found.row), found.etag) if found else None

    async def changed_after(self, instant: datetime | None) -> tuple[Sequence[PairRow], datetime | None]:
        """Rows written since (None: every row), and when the last of them was, by the table's own clock."""
        found = [one async for one in self._table.query(changed_after=instant)]
        newest = max((one.changed for one in found if one.changed is not None), default=None)
        return [_pair_row(one.row) for one in found], newest

    async def find(self, programme: str, pair: str) -> PairRow | None:
        """The row that the app knows under this pair id: of several, the one in which the two are together."""
        stored = await self.stored(programme, pair)
        return stored.value if stored else None

    async def stored(self, programme: str, pair: str) -> Stored[PairRow] | None:
        """The same, with the etag that a change needs."""
        query = self._table.query(programme, where={"PairId": pair})
        rows = [Stored(_pair_row(found.row), found.etag) async for found in query]
        # Two people may be paired again in another row after they had ended, or be typed twice.
        together = [row for row in rows if as_word(row.value.status, PairStatus) in TOGETHER]
        taken_up = [row for row in rows if row.value.taken_up]
        return next(iter([*taken_up, *together, *rows]), None)

    async def of_person(self, programme: str, reference: str) -> Sequence[PairRow]:
        """The rows that name the person by the reference as it is stored, or were noted to."""
        found: dict[str, Found] = {}
        for column in ("Mentor", "Mentee"):
            async for one in self._table.query(programme, where={column: reference}):
                found[text(one.row, "RowKey")] = one
        return [_pair_row(one.row) for _, one in sorted(found.items())]

    async def note(self, row: PairRow) -> None:
        """Write our columns beside what was typed."""
        columns: dict[str, Cell] = {
            "PartitionKey": row.programme,
            "RowKey": row.key,
            "PairId": row.known_as,
            "Remark": row.remark,
            "Seen": row.seen,
        }
        known = {"ConfirmedAt": row.confirmed_at, "OfferedAt": row.offered_at, "AnswerBy": row.answer_by}
        known |= {"EndedAt": row.ended_at}
        columns |= {name: at for name, at in known.items() if at is not None}
        await self._table.merge(_with_wall_time(columns))

    async def change(self, row: Stored[PairRow], cells: Mapping[str, Cell]) -> bool:
        """Write these cells into the version that was read; False if it was changed or deleted meanwhile."""
        keys: dict[str, Cell] = {"PartitionKey": row.value.programme, "RowKey": row.value.key}
        return await self._table.merge(_with_wall_time({**cells, **keys}), row.etag)

    async def forget(self, programme: str, references: Collection[str]) -> None:
        """Empty the names and reasons beside every pair of these people."""
        for row in await self.of(programme):
            named = {read_reference(typed) or typed for typed in (row.value.mentor, row.value.mentee)}
            if not named.isdisjoint(references):
                keys: dict[str, Cell] = {"PartitionKey": programme, "RowKey": row.value.key}
                await self._table.merge({**keys, **dict.fromkeys(("Names", "Why", "Rules", "Price"), "")})

    async def add(self, programme: str, key: str, cells: Mapping[str, Cell]) -> bool:
        """Insert a draft; False if the name is taken."""
        return await self._table.insert({"PartitionKey": programme, "RowKey": key, **cells})

    async def remove(self, row: Stored[PairRow]) -> bool:
        """Delete the version that was read; False if it was changed or deleted meanwhile."""
        return await self._table.delete(row.value.programme, row.value.key, row.etag)


def _with_wall_time(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """The cells, with what the clock on the wall shows beside each instant."""
    moments = {local: cells.get(column) for local, column in _ON_THE_WALL.items()}
    return {**cells, **{name: wording.moment(at, LONDON) for name, at in moments.items() if isinstance(at, datetime)}}


def described(names: str, why: str, rules: str, price: str) -> dict[str, Cell]:
    """The cells that say who a pair is and why, to everybody on the team."""
    return {"Names": names, "Why": why, "Rules": rules, "Price": price}


def drafted(pair: str, mentor: str, mentee: str, start: date, *, number: int, cause: str = "") -> dict[str, Cell]:
    """The cells of a draft but for ``described``."""
    return {
        "Mentor": mentor,
        "Mentee": mentee,
        "StartDate": start.isoformat(),
        "Status": PairStatus.DRAFT,
        "PairId": pair,
        **of_round(number, cause),
    }


def of_round(number: int, cause: str = "") -> dict[str, Cell]:
    """In which draw a draft was made, and what for."""
    return {"Round": number, "Cause": cause}


def _day(row: Row) -> str:
    """The day that was typed. The portal may have made a DateTime of it, of local midnight in summer: 11pm in UTC."""
    typed = row.get("StartDate")
    if not isinstance(typed, datetime):
        try:
            typed = datetime.fromisoformat(words := text(row, "StartDate").strip())
        except ValueError:
            return text(row, "StartDate")
        if "T" not in words.upper() and " " not in words:
            return words
    return (typed.astimezone(LONDON) if typed.tzinfo else typed).date().isoformat()


def _pair_row(row: Row) -> PairRow:
    number = row.get("Round")
    return PairRow(
        programme=text(row, "PartitionKey"),
        key=text(row, "RowKey"),
        mentor=text(row, "Mentor"),
        mentee=text(row, "Mentee"),
        start=_day(row),
        status=text(row, "Status"),
        remark=text(row, "Remark"),
        known_as=text(row, "PairId"),
        seen=text(row, "Seen"),
        confirmed_at=when(row, "ConfirmedAt"),
        overruled=text(row, "Overruled"),
        names=text(row, "Names"),
        round=number if isinstance(number, int) else 0,
        cause=text(row, "Cause"),
        ended_by=text(row, "EndedBy"),
        offered_at=when(row, "OfferedAt"),
        answer_by=when(row, "AnswerBy"),
        declined_at=when(row, "DeclinedAt"),
        ended_at=when(row, "EndedAt"),
        mentor_says=text(row, "MentorSays"),
        mentee_says=text(row, "MenteeSays"),
        searched=row.get("Searched") is True,
        silence_known=_is_meant(text(row, "SilenceKnown")),
    )


def _is_meant(typed: str) -> bool:
    """Whether something was typed that says yes: any word but those that say no."""
    return typed.strip().casefold() not in _NO

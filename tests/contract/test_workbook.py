"""The team's workbook as a file, read back by a second library and as the XML that Excel reads."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import MappingProxyType
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.workbook.workbook import Workbook as Read
from openpyxl.worksheet.worksheet import Worksheet

from shared.adapters.workbook import written
from shared.domain import cohort_figures as figures
from shared.domain.application import Answer, Application, LineManager, Person
from shared.domain.approval import ManagerAnswer, decide
from shared.domain.cohort_figures import Cohort
from shared.domain.enrolment import bookings
from shared.domain.pairs import CheckIn, CheckInStatus, Pair, PairStatus, expected_checkins
from shared.domain.programme import Programme, Role
from shared.domain.text import clean
from shared.domain.workbook import Column, Kind, Sheet, Workbook, cohort_workbook
from tests.factories import CLOSES, applied, with_model
from tests.world import NINE, PROGRAMME, answers, cohort_7, mentee

C7 = cohort_7()
SUMMER = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
CONTACT = "equality.team@example.nhs.uk"
SHEETS = [
    *("Cover", "Notes", "Today", "Weeks", "Applications", "Waiting", "Pairs", "Sessions", "Attendance"),
    *("Guests", "Check-ins", "Funnel", "Losses", "Organisations", "Evaluation"),
]


def approved(application: Application, reference: str, *, note: str = "", reason: str = "") -> Application:
    """As its manager left it."""
    outcome = decide(
        replace(application, reference=reference),
        1,
        ManagerAnswer(Answer.APPROVE, 0, reason=reason, note=note),
        programme=C7,
        closes_at=CLOSES,
        result_told=False,
        now=NINE + timedelta(days=1),
    )
    return outcome.application  # type: ignore[union-attr] # it takes effect


def small(
    *, programme: Programme = C7, now: datetime = SUMMER, note: str = "", words: str = "", **given: object
) -> Cohort:
    """A pair, one who waits and one who was declined. ``given`` changes every form, ``words`` what is written later."""
    waiting = replace(applied(answers(full_name="Zoë O'Brien", email="zoe@example.nhs.uk", **given)), reference="C")
    people = [
        approved(applied(answers(**given)), "A", note=words, reason=words),
        approved(
            applied(mentee(**given), chosen={"mentee-training": ("mentee-training-1",)}), "B", note=words, reason=words
        ),
        waiting,
    ]
    pair = Pair(PROGRAMME, "PAIR-1", "A", "B", date(2026, 4, 20), PairStatus.CONFIRMED, NINE + timedelta(days=60))
    checkins = [
        replace(
            c, status=CheckInStatus.ANSWERED, met=True, met_on=date(2026, 5, 14), rating=4, note=note, answered_at=NINE
        )
        if c.meeting == 1
        else c
        for c in expected_checkins(programme, pair, NINE)
    ]
    return made(people, pairs=[pair], checkins=checkins, programme=programme, now=now)


def made(
    people: list[Application],
    *,
    pairs: list[Pair] | None = None,
    checkins: list[CheckIn] | None = None,
    programme: Programme = C7,
    now: datetime = SUMMER,
) -> Cohort:
    return figures.cohort(
        programme,
        closes_at=CLOSES,
        now=now,
        applications=people,
        bookings=[b for a in people for b in bookings(programme, a)],
        pairs=pairs or [],
        checkins=checkins or [],
    )


def file(cohort: Cohort) -> bytes:
    return written(cohort_workbook(cohort, contact=CONTACT))


def read(content: bytes) -> Read:
    return load_workbook(BytesIO(content))


def parts(content: bytes) -> dict[str, str]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def table_of(page: Worksheet) -> tuple[list[str], list[tuple[Cell, ...]]]:
    """Heads and rows of the one table of a sheet."""
    (table,) = page.tables.values()
    head, *rows = page[table.ref]
    return [str(cell.value) for cell in head], list(rows)


def rows_of(book: Read, name: str) -> list[dict[str, Any]]:
    heads, rows = table_of(book[name])
    return [dict(zip(heads, (cell.value for cell in row), strict=True)) for row in rows]


def a_sheet(*cells: object, kind: Kind = Kind.TEXT) -> bytes:
    """A workbook of one column."""
    rows = tuple((cell,) for cell in cells)
    sheet = Sheet("Cover", "Title", ("One table.",), (Column("Head", kind),), rows, "")  # type: ignore[arg-type] # any cell
    return written(Workbook("Title", "Subject", "Author", SUMMER, C7.tz, (sheet,)))


BOOK = file(small())


# ---- what is in it


def test_it_has_the_sheets_and_a_cover_with_links_to_them() -> None:
    book = read(BOOK)
    contents = {cell.value: cell for cell in book["Cover"]["A"] if cell.hyperlink}

    assert book.sheetnames == SHEETS
    assert list(contents) == SHEETS[1:]
    assert all(cell.hyperlink.location == f"'{name}'!A1" for name, cell in contents.items())
    assert book["Cover"]["A1"].value == "Reverse Mentoring for Inclusion Programme, cohort 7"
    assert book["Attendance"]["A1"].value == contents["Attendance"].offset(0, 1).value == "Attendance lists"
    text = " ".join(str(cell.value) for cell in book["Cover"]["A"])
    assert "1pm on Saturday 1 August 2026, UK time" in text
    assert "Not for publication" in text
    assert CONTACT in text


def test_every_value_comes_back_as_it_was() -> None:
    values = cohort_workbook(small(), contact=CONTACT)
    book = read(BOOK)

    for sheet in values.sheets:
        if sheet.rows:
            heads, rows = table_of(book[sheet.name])
            assert heads == [column.title for column in sheet.columns]
            assert [[cell.value for cell in row] for row in rows] == [[wall(c) for c in row] for row in sheet.rows]


def wall(value: object) -> object:
    """As openpyxl gives it: days have a time, and no instant has a zone."""
    if isinstance(value, datetime):
        return value.astimezone(C7.tz).replace(tzinfo=None)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value  # noqa: DTZ001 -- a cell


def test_words_stand_for_codes_and_dates_are_dates_in_uk_time() -> None:
    amara = rows_of(read(BOOK), "Applications")[0]

    assert amara["Type of organisation"] == "NHS"
    assert amara["Area"] == "Leicester, Leicestershire and Rutland"
    assert amara["Role"] == "Reverse mentor"
    assert amara["Received"] == datetime(2026, 2, 10, 9, 0)  # noqa: DTZ001 -- a cell
    assert amara["Next step"] == "Enrolled; ready to be matched"
    sessions = {row["Session"]: row for row in rows_of(read(BOOK), "Sessions")}
    # In March the UK keeps GMT, in April summer time.
    assert sessions["mentor-training-1"]["Begins"] == datetime(2026, 3, 26, 9, 30)  # noqa: DTZ001 -- a cell
    assert sessions["mentor-training-2"]["Begins"] == datetime(2026, 4, 13, 13, 0)  # noqa: DTZ001 -- a cell


def test_an_attendance_list_names_who_holds_a_place_and_no_role() -> None:
    book = read(BOOK)
    heads, _ = table_of(book["Attendance"])

    listed = [(row["Session"], row["Name"], row["Organisation"]) for row in rows_of(book, "Attendance")]
    assert ("mentor-training-1", "Amara Okafor", "Example Partnership NHS Trust") in listed
    assert {"Role", "Reverse mentor"}.isdisjoint(heads)
    # Each session begins a page when it is printed.
    sessions = [session for session, _, _ in listed]
    starts = [n for n in range(1, len(sessions)) if sessions[n] != sessions[n - 1]]
    assert [b.id for b in book["Attendance"].row_breaks.brk] == [3 + start for start in starts]


def test_a_guest_list_has_names_in_order_and_nothing_that_tells_a_role() -> None:
    heads, _ = table_of(read(BOOK)["Guests"])
    guests = [(row["Name"], row["Invitation"]) for row in rows_of(read(BOOK), "Guests")]

    assert list(heads) == ["Event", "Starts", "Name", "Invitation"]
    assert guests == sorted(guests)
    assert ("Amara Okafor", "Not invited yet") in guests


def test_an_empty_cohort_says_so_and_every_sheet_opens() -> None:
    book = read(file(made([])))

    said = {
        name: str(book[name]["A3"].value)
        for name in ("Applications", "Pairs", "Check-ins", "Attendance", "Losses", "Evaluation")
    }
    assert said == {
        "Applications": "Nobody has applied yet.",
        "Pairs": "There are no pairs yet.",
        "Check-ins": "There are no check-ins yet.",
        "Attendance": "Nobody is booked yet.",
        "Losses": "Nobody has been lost.",
        "Evaluation": "The programme's file asks nothing.",
    }
    assert book.sheetnames == SHEETS


# ---- what must never be in it

SECRET = "Zanzibar"


def test_lived_experience_changes_no_byte() -> None:
    """Nor what managers and participants write in their own words."""
    plain = file(small(topics=["race"], about_you="", access_needs="", note="", words=""))
    told = file(
        small(topics=["religion", "lgbtq_plus"], about_you=SECRET, access_needs=SECRET, note=SECRET, words=SECRET)
    )

    assert told == plain
    assert SECRET not in "".join(parts(told).values())


def test_a_wish_to_talk_names_nobody() -> None:
    cohort = small()
    wishes = replace(cohort, checkins=tuple(replace(c, wants_to_talk=c.meeting == 1) for c in cohort.checkins))

    rows = [row for row in rows_of(read(file(wishes)), "Waiting") if "would like to talk" in row["What for"]]
    assert len(rows) == 2
    assert {row["Name"] for row in rows} | {row["Applicant"] for row in rows} | {row["Reference"] for row in rows} == {
        None
    }


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+44 116 123",
        "-1",
        "@SUM(A1)",
        '=HYPERLINK("https://example.org","x")',
        "＝1+1",
        "{=1}",
        "http://example.org",
    ],
)
def test_what_looks_like_a_formula_or_a_link_is_text_and_stays_so_when_it_is_edited(text: str) -> None:
    content = a_sheet(text)
    cell = read(content)["Cover"]["A4"]
    sheet = parts(content)["xl/worksheets/sheet1.xml"]

    assert (cell.value, cell.data_type) == (text, "s")
    assert "<f>" not in sheet
    assert cell.quotePrefix == (text[0] in "=+-@＝")
    assert "hyperlink" not in sheet


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_somebody_types_comes_back_as_text(name: str, organisation: str) -> None:
    one = replace(applied(), person=Person(name, "a@example.org", name, name, organisation, name, name))
    cohort = made([replace(one, manager=LineManager(name, name))])
    content = file(cohort)
    (row,) = rows_of(read(content), "Applications")

    assert row["Name"] == (clean(name) or None)
    assert row["Area"] == (clean(name) or "Not given")
    assert not [part for part, text in parts(content).items() if "<f>" in text]


def test_a_text_that_is_too_long_for_a_cell_is_cut() -> None:
    assert len(read(a_sheet("x" * 40_000))["Cover"]["A4"].value) == 32_767


@pytest.mark.parametrize("value", [date(1899, 12, 31), datetime(1601, 6, 1, tzinfo=UTC)])
def test_a_day_that_excel_does_not_know_is_text(value: date) -> None:
    assert str(read(a_sheet(value, kind=Kind.MOMENT))["Cover"]["A4"].value).startswith(str(value.year))


# ---- how it is laid out


def pages() -> Iterator[tuple[str, Worksheet]]:
    book = read(BOOK)
    return ((name, book[name]) for name in SHEETS)


def test_each_sheet_has_one_table_with_filters_and_a_frozen_head_and_nothing_is_merged_or_blank() -> None:
    for name, page in pages():
        if page.tables:
            (table,) = page.tables.values()
            first = int(re.findall(r"\d+", table.ref)[0])
            assert table.autoFilter is not None, name
            assert page.freeze_panes == f"A{first + 1}"
            assert page.print_title_rows == f"${first}:${first}"
            # Nothing stands below or beside the table, and no row above it is blank.
            assert page.dimensions.split(":")[1] == table.ref.split(":")[1]
            assert all(page.cell(row, 1).value for row in range(1, first))
        assert not page.merged_cells.ranges
        assert page["A1"].font.b


def test_widths_fit_what_is_shown_and_nothing_is_wider_than_a_page() -> None:
    for _, page in pages():
        if not page.tables:
            continue
        _, rows = table_of(page)
        for letter in (cell.column_letter for cell in rows[0]):
            width = page.column_dimensions[letter].width
            longest = max(
                (len(str(c.value)) for row in rows for c in row if c.column_letter == letter and c.data_type == "s"),
                default=0,
            )
            assert min(longest, 60) < width < 62


def test_charts_are_native_with_the_same_numbers_in_words() -> None:
    content = parts(BOOK)
    said = [re.findall(r'descr="([^"]+)"', text) for name, text in content.items() if "drawings/drawing" in name]

    assert len([name for name in content if name.startswith("xl/charts/chart")]) == 3
    assert len(said) == 3
    assert any("Bar chart: Applications by status. Awaiting manager 1; Approved 2;" in words for (words,) in said)


def test_tables_have_words_for_who_does_not_see_them() -> None:
    tables = [text for name, text in parts(BOOK).items() if name.startswith("xl/tables/")]

    assert len(tables) == len([1 for _, page in pages() if page.tables])
    assert all('altText="' in text and 'altTextSummary="' in text for text in tables)


def test_the_document_says_what_it_is_and_in_which_language() -> None:
    properties = read(BOOK).properties

    assert properties.language == "en-GB"
    assert (
        properties.title == "Reverse Mentoring for Inclusion Programme, cohort 7: the cohort on Saturday 1 August 2026"
    )
    assert "Not for publication" in str(properties.subject)
    assert properties.creator == C7.host


def test_a_role_that_is_called_like_another_column_breaks_nothing() -> None:
    titles = {Role.MENTOR: "All", Role.MENTEE: "Status"}
    roles = {role: described.model_copy(update={"title": titles[role]}) for role, described in C7.roles.items()}
    book = read(file(small(programme=with_model(C7, roles=roles))))

    assert table_of(book["Today"])[0] == ["Group", "What", "All", "Status", "All (2)"]
    assert table_of(book["Pairs"])[0][:4] == ["Pair", "Status", "All", "Status (2)"]


def test_the_same_cohort_is_the_same_bytes_wherever_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    shuffled = small()
    again = made(
        list(reversed(shuffled.applications)),
        pairs=list(shuffled.pairs),
        checkins=list(reversed(shuffled.checkins)),
    )
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert file(again) == BOOK
    finally:
        monkeypatch.undo()
        time.tzset()


def test_two_thousand_people_fit() -> None:
    """Of the size, since a machine under load says nothing of time."""
    one = approved(applied(chosen=MappingProxyType({})), "A")  # type: ignore[arg-type] # a mapping does
    people = [
        replace(one, reference=f"R{n:04}", person=replace(one.person, full_name=f"Person {n}")) for n in range(2_000)
    ]

    content = file(made(people))
    assert len(content) < 1_500_000
    with ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None

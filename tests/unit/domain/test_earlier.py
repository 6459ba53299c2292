"""Sheets of earlier cohorts: every problem by row, and nothing of what is wrong is quoted."""

from shared.domain.earlier import Details, RowProblem, read_sheet

OPTIONS = {"sector": frozenset({"nhs", "vcse"}), "area": frozenset({"llr"})}
HEADINGS = ["Full name", "E-mail", "Work email", "Job title", "Line manager's email", "Sector", "Topics"]


def row(
    name: str = "Zoe Ng", email: str = "zoe@example.nhs.uk", job: str = "Nurse", boss: str = "", sector: str = "nhs"
) -> list[str]:
    return [name, "", email, job, boss, sector, "race"]


def test_good_rows_are_read_and_what_people_said_of_themselves_is_left_out() -> None:
    sheet = read_sheet([HEADINGS, row("  Zoe   Ng "), [], row(email="ann@example.nhs.uk")], OPTIONS)

    assert sheet.details[0] == Details("Zoe Ng", "zoe@example.nhs.uk", job_title="Nurse", sector="nhs")
    assert len(sheet.details) == 2
    assert sheet.problems == ()
    assert sheet.left_out == ("E-mail", "Topics")


def test_every_problem_is_listed_by_its_row_and_column() -> None:
    sheet = read_sheet(
        [
            HEADINGS,
            row(),
            row(name=" ", email="no address", boss="boss@"),
            [],
            row(email="ZOE@example.nhs.uk"),
            row(email="x@example.nhs.uk", job="N" * 201, sector="NHS trust"),
            row(email="y@example.nhs.uk", job="a\ud800b"),
        ],
        OPTIONS,
    )

    assert [(p.row, p.column, p.says) for p in sheet.problems] == [
        (3, "full name", "It is empty."),
        (3, "email", "It is not an email address that mail can reach."),
        (3, "manager email", "It is not an email address that mail can reach."),
        (5, "email", "The same address is in row 2. Keep one row."),
        (6, "job title", "It is longer than 200 characters."),
        (6, "sector", "It is none of: nhs, vcse."),
        (7, "job title", "It holds characters that cannot be read."),
    ]
    assert [details.email for details in sheet.details] == ["zoe@example.nhs.uk"]


def test_a_sheet_without_the_columns_it_needs_or_with_one_twice_says_so() -> None:
    assert read_sheet([["Name", "Job title"], ["Zoe", "Nurse"]], OPTIONS).problems == (
        RowProblem(1, "email", "There is no column with this heading."),
    )
    assert read_sheet([["Name", "Email", "Work email"], ["Zoe", "a", "b"]], OPTIONS).problems == (
        RowProblem(1, "email", "Two columns have this heading. Keep one."),
    )
    assert read_sheet([], OPTIONS).problems == (RowProblem(1, "", "The sheet is empty."),)


def test_a_short_row_is_one_with_empty_cells() -> None:
    assert read_sheet([["Name", "Email", "Band"], ["Zoe", "z@example.nhs.uk"]], OPTIONS).details[0].band == ""


def test_where_the_programme_lists_no_areas_any_words_will_do() -> None:
    rows = [["Name", "Email", "Area"], ["Zoe", "z@example.nhs.uk", "Leicester"]]

    assert read_sheet(rows, {"area": frozenset()}).problems == ()


def test_an_address_that_stands_twice_is_told_although_its_first_row_has_a_slip() -> None:
    rows = [
        ["Name", "Email"],
        ["", "zoe@example.nhs.uk"],
        ["Zoe", "ZOE@example.nhs.uk"],
        ["", ""],
        ["Ann", ""],
        ["Bo", ""],
    ]

    assert [(p.row, p.column, p.says) for p in read_sheet(rows, OPTIONS).problems] == [
        (2, "full name", "It is empty."),
        (3, "email", "The same address is in row 2. Keep one row."),
        (5, "email", "It is empty."),
        (6, "email", "It is empty."),
    ]

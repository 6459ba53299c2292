"""Writes a workbook as an Excel file. XlsxWriter stops here, and is loaded only when a workbook is written."""

import unicodedata
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from shared.domain.workbook import Cell, Chart, Column, Kind, Sheet, Workbook

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook as Book
    from xlsxwriter.worksheet import Worksheet

# What a spreadsheet takes for the beginning of a formula once somebody edits the cell, the wide forms included.
_BEGINS_A_FORMULA: Final = frozenset("=+-@\t\r＝＋－＠")
_FORMATS: Final = {
    # With the language, so that months are English whatever the reader's Excel speaks.
    Kind.DAY: "[$-809]d mmmm yyyy",
    Kind.MOMENT: "[$-809]d mmmm yyyy hh:mm",
    Kind.NUMBER: "0",
}
# As wide as these are shown.
_WIDTHS: Final = {Kind.DAY: len("30 September 2026"), Kind.MOMENT: len("30 September 2026 09:30")}
_WIDEST: Final = 60
_NARROWEST: Final = 8
_FILTER_BUTTON: Final = 3
# Excel counts days from here; what lies before is shown as text.
_FIRST_YEAR: Final = 1900
# Blue and orange of the NHS: they differ in lightness too, for who sees no colours and for print.
_COLOURS: Final = ("#005EB8", "#ED8B00", "#425563", "#78BE20")
_A4: Final = 9
_CHART_WIDTH, _CHART_HEIGHT, _CHART_ROW = 620, 300, 22
_LANGUAGE: Final = b"</cp:coreProperties>"


def written(workbook: Workbook) -> bytes:
    """The file. The same workbook is the same bytes. It takes seconds for thousands of people: call it in a thread."""
    import xlsxwriter

    into = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(into, options)
    book.set_properties(
        {
            "title": workbook.title,
            "subject": workbook.subject,
            "author": workbook.author,
            "company": workbook.author,
            # Else it is the machine's time, and no two files are the same.
            "created": workbook.made_at.replace(tzinfo=None),
        }
    )
    writer = _Writer(book, workbook)
    for number, sheet in enumerate(workbook.sheets, start=1):
        writer.write(sheet, number)
    book.close()
    return _in_language(into.getvalue(), workbook.language)


class _Writer:
    """Writes the sheets of one file."""

    def __init__(self, book: "Book", workbook: Workbook) -> None:
        self._book = book
        self._workbook = workbook
        self._zone = workbook.zone
        top = {"valign": "top"}
        self._title = book.add_format({"bold": True, "font_size": 16})
        self._about = book.add_format({})
        head = {"bold": True, "text_wrap": True, "bottom": 1, **top}
        self._head = [book.add_format({**head, "align": align}) for align in ("left", "right")]
        self._link = book.add_format({"font_color": "#005EB8", "underline": 1, **top})
        aligned = {kind: {"align": "right" if kind is Kind.NUMBER else "left", **top} for kind in Kind}
        self._plain = {
            kind: book.add_format({"num_format": shown, **aligned[kind]}) for kind, shown in _FORMATS.items()
        }
        # A cell marked so stays text when somebody edits it.
        self._text = [[book.add_format({"quote_prefix": q, "text_wrap": w, **top}) for w in (0, 1)] for q in (0, 1)]
        self._no_number = book.add_format({"align": "right", **top})

    def write(self, sheet: Sheet, number: int) -> None:
        """One sheet: its title, what it is about, and the table."""
        page = self._book.add_worksheet(sheet.name)
        page.write_string(0, 0, sheet.title, self._title)
        for row, line in enumerate(sheet.about, start=1):
            page.write_string(row, 0, line, self._about)
        head = 1 + len(sheet.about)
        if sheet.rows:
            self._table(page, sheet, number, head)
        else:
            page.write_string(head, 0, sheet.empty, self._about)
        if sheet.chart is not None and sheet.rows:
            self._chart(page, sheet, sheet.chart, head)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        footer = f"{self._workbook.title} - {sheet.name}".replace("&", "&&")
        # Excel takes no longer footer. In one corner: on a sheet of few columns left and right run into each other.
        page.set_footer(f"&LNot for publication, page &P of &N\n{footer[:150]}")

    def _table(self, page: "Worksheet", sheet: Sheet, number: int, head: int) -> None:
        last, columns = head + len(sheet.rows), len(sheet.columns)
        # The cells first: what is written into a table by itself would be taken as formulas.
        widths = [self._column(page, sheet, place, head) for place in range(columns)]
        page.add_table(
            *(head, 0, last, columns - 1),
            {
                "name": f"Table{number}_{''.join(c if c.isalnum() else '_' for c in sheet.name)}",
                "columns": [
                    {"header": column.title, "header_format": self._head[column.kind is Kind.NUMBER]}
                    for column in sheet.columns
                ],
                "style": "Table Style Light 1",
                "title": sheet.title,
                "description": " ".join(sheet.about),
            },
        )
        for place, width in enumerate(widths):
            page.set_column(place, place, width)
        page.freeze_panes(head + 1, 0)
        page.repeat_rows(head)
        page.set_h_pagebreaks([head + 1 + row for row in sheet.breaks_at])

    def _column(self, page: "Worksheet", sheet: Sheet, place: int, head: int) -> float:
        """Write a column below its head; returns the width that fits."""
        column = sheet.columns[place]
        widest = _wide(column.title) + _FILTER_BUTTON if len(column.title) <= _WIDEST else _WIDEST
        for row, cells in enumerate(sheet.rows, start=head + 1):
            widest = max(widest, self._cell(page, row, place, cells[place], column))
        return min(max(widest, _NARROWEST), _WIDEST) + 1

    def _cell(self, page: "Worksheet", row: int, place: int, cell: Cell, column: Column) -> int:
        """Write a cell; returns how wide it is."""
        if cell is None:
            return 0
        if isinstance(cell, date):
            shown = _on_the_wall(cell, self._zone)
            if shown.year >= _FIRST_YEAR:
                kind = column.kind if column.kind in _WIDTHS else Kind.DAY
                page.write_datetime(row, place, shown, self._plain[kind])
                return _WIDTHS[kind]
            cell = shown.isoformat()
        if isinstance(cell, int):
            page.write_number(row, place, cell, self._plain[Kind.NUMBER])
            return len(str(cell))
        if column.kind is Kind.LINK:
            page.write_url(row, place, f"internal:'{cell}'!A1", self._link, cell, f"Go to the sheet {cell}")
            return _wide(cell)
        width = _wide(cell)
        text = self._text[cell[:1] in _BEGINS_A_FORMULA][width > _WIDEST]
        page.write_string(row, place, cell, self._no_number if column.kind is Kind.NUMBER else text)
        return width

    def _chart(self, page: "Worksheet", sheet: Sheet, wanted: Chart, head: int) -> None:
        chart = self._book.add_chart({"type": wanted.shape, "subtype": "stacked"})
        first, last = head + 1, head + wanted.rows
        label = wanted.labels
        for place, colour in zip(wanted.series, _COLOURS, strict=False):
            chart.add_series(
                {
                    "name": [sheet.name, head, place],
                    "categories": [sheet.name, first, label, last, label],
                    "values": [sheet.name, first, place, last, place],
                    "fill": {"color": colour},
                    "border": {"color": "#FFFFFF"},
                    "gap": 40,
                }
            )
        chart.set_title({"name": wanted.title, "name_font": {"size": 12}})
        chart.set_legend({"none": True} if len(wanted.series) == 1 else {"position": "bottom"})
        words = {"text_axis": True, "num_format": "[$-809]d mmm", "num_font": {"size": 9}}
        numbers = {"num_format": "0", "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#D8DDE0"}}}
        if wanted.shape == "bar":
            # In a bar chart XlsxWriter's y axis holds the words, from the bottom up unless they are turned round.
            chart.set_y_axis({**words, "reverse": True, "major_gridlines": {"visible": False}})
            chart.set_x_axis(numbers)
        else:
            chart.set_x_axis(words)
            chart.set_y_axis(numbers)
        if wanted.shape == "bar":
            height = max(_CHART_HEIGHT, _CHART_ROW * wanted.rows + 110)
            width = _CHART_WIDTH
        else:
            height, width = _CHART_HEIGHT, max(_CHART_WIDTH, _CHART_ROW * wanted.rows)
        chart.set_size({"width": width, "height": height})
        where = {"description": wanted.says, "object_position": 3, "x_offset": 20}
        page.insert_chart(head, len(sheet.columns), chart, where)


def _on_the_wall(value: date, zone: ZoneInfo) -> date:
    return value.astimezone(zone).replace(tzinfo=None) if isinstance(value, datetime) else value


def _wide(text: str) -> int:
    """How many ordinary letters wide a text is."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _in_language(file: bytes, language: str) -> bytes:
    """The file with its language among the document's properties, which XlsxWriter does not write."""
    into = BytesIO()
    with ZipFile(BytesIO(file)) as given, ZipFile(into, "w", ZIP_DEFLATED) as again:
        for info in given.infolist():
            part = given.read(info)
            if info.filename == "docProps/core.xml":
                part = part.replace(_LANGUAGE, b"<dc:language>%s</dc:language>%s" % (language.encode(), _LANGUAGE))
            again.writestr(info, part)
    return into.getvalue()

"""Reads the rows of a CSV file or an Excel workbook as text."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from zipfile import BadZipFile


class NotASheet(Exception):
    """The file cannot be read as a sheet; the text says what to do."""


def rows_of(path: Path, *, sheet: str = "") -> Iterator[Sequence[str]]:
    """Every row of the file; of a workbook, those of the sheet of that name, else of its first.

    Raises NotASheet and OSError.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _csv(path)
    if suffix == ".xlsx":
        return _excel(path, sheet)
    raise NotASheet(f"'{suffix}' is no sheet that can be read. Save it as .xlsx or .csv.")


def _csv(path: Path) -> Iterator[Sequence[str]]:
    try:
        # Excel writes its CSV with a mark at the beginning.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise NotASheet("The file is not in UTF-8. In Excel, save it as 'CSV UTF-8'.") from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error:
        raise NotASheet(
            "A quotation mark in the file opens and does not close as it should. Mend it, or save the sheet as .xlsx."
        ) from None


def _excel(path: Path, name: str) -> Iterator[Sequence[str]]:
    try:
        # Not deployed: only whoever runs this command needs it.
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise NotASheet("Excel files need the package openpyxl: install it, or save the sheet as CSV.") from None
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, EOFError, BadZipFile):
        raise NotASheet("This is no Excel workbook. Open it in Excel and save it as .xlsx.") from None
    try:
        sheet = next((one for one in book.worksheets if one.title == name), book.worksheets[0])
        # What a file says of its own size may be out of date: rows beyond it would be missed.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            yield ["" if cell is None else str(cell) for cell in row]
    finally:
        book.close()

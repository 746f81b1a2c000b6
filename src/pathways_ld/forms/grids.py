"""CSV and XLSX files as rows of texts; whatever they hold, what is read is bounded.

CSV is RFC 4180 with the separators and encodings that spreadsheet programs write. XLSX is a ZIP archive of
XML (ECMA-376): the sizes in it are looked at before anything is unpacked, and XML with a document type, by
which texts could be made to grow, is refused.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pathways_ld.errors import BadRequest, PathwaysError, PayloadTooLarge, UnsupportedMediaType

CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MAX_ROWS: Final = 1_000
MAX_COLUMNS: Final = 200
LONGEST_CELL: Final = 20_000
MAX_UNPACKED: Final = 50_000_000
"""Bytes of all parts of an XLSX file together."""
MAX_PARTS: Final = 500
MAX_TAGS: Final = 150_000
"""Tags in all parts of an XLSX file together: what reading costs goes by them, not by bytes."""
MAX_SHEETS: Final = 200
"""The same for the list of its sheets, of which each costs far more."""
_SEPARATORS: Final = (",", ";", "\t")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DOCTYPE: Final = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")
"""A declaration in any encoding that XML parsers know: UTF-16 has a zero byte beside each letter."""
_SHEET: Final = re.compile(rb"[<:]\0?s\0?h\0?e\0?e\0?t\0?[\s/>]")
_XML_LINES: Final = re.compile(r"_x000[Dd]_")
_ZIP: Final = b"PK\x03\x04"


@dataclass(frozen=True)
class GridRow:
    """A row: its number as spreadsheet programs show it, and its cells; `formulas` are numbers of cells."""

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Grid:
    """The rows that are not empty, and what was noticed while reading."""

    rows: tuple[GridRow, ...]
    remarks: tuple[str, ...] = ()


def read_grid(content: bytes, media_type: str, limit: int) -> Grid:
    """Read a spreadsheet.

    Raises :class:`PayloadTooLarge`, :class:`BadRequest` for what cannot be read, and
    :class:`UnsupportedMediaType` for what is no spreadsheet.
    """
    if len(content) > limit:
        raise PayloadTooLarge(
            f"The spreadsheet has {len(content):,} bytes; at most {limit:,} are read. Split it up."
        )
    if media_type == XLSX or content.startswith(_ZIP):
        return _read_xlsx(content)
    if media_type not in (CSV, TSV, ""):
        raise UnsupportedMediaType(
            f'"{media_type[:80]}" is no spreadsheet that is read here; expected {CSV} or {XLSX}.'
        )
    return _read_csv(content)


def _read_csv(content: bytes) -> Grid:
    text, remarks = _decoded(content)
    if "\0" in text:
        raise BadRequest(
            "There is a NUL character in the file: it is no CSV. Save it as CSV (UTF-8) or XLSX."
        )
    rows: list[GridRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise BadRequest(
                f"Row {number} is not CSV ({error}). Look at its double quotes: inside a text they are"
                " written twice."
            ) from None
        _append(rows, number, cells)
    return Grid(tuple(rows), tuple(remarks))


def _decoded(content: bytes) -> tuple[str, list[str]]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), []
            except UnicodeDecodeError:
                raise BadRequest(
                    f"The file begins like {encoding.upper()}, and is not. Save it as CSV (UTF-8) or XLSX."
                ) from None
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise BadRequest("The letters of the file cannot be read. Save it as CSV (UTF-8) or XLSX.") from None
    remark = (
        "The file is not UTF-8; it was read as Windows-1252. Look at letters with accents, and save it as CSV"
        " (UTF-8) or XLSX if they are wrong."
    )
    return text, [remark]


def _separator(text: str) -> str:
    """Tell the separator by the first line that is not empty: the one that there is most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=lambda each: (unquoted.count(each), -_SEPARATORS.index(each)))


def _append(
    rows: list[GridRow], number: int, cells: list[str], formulas: frozenset[int] = frozenset()
) -> None:
    while cells and not cells[-1].strip():
        cells.pop()
    if not cells:
        return
    if len(rows) > MAX_ROWS:
        raise PayloadTooLarge(f"The spreadsheet has more than {MAX_ROWS:,} rows. Split it up.")
    if len(cells) > MAX_COLUMNS:
        raise PayloadTooLarge(f"Row {number} has {len(cells):,} cells; at most {MAX_COLUMNS} are read.")
    longest = max(map(len, cells))
    if longest > LONGEST_CELL:
        raise PayloadTooLarge(
            f"A cell of row {number} has {longest:,} characters; at most {LONGEST_CELL:,} are read."
        )
    rows.append(GridRow(number, tuple(cells), formulas))


def _read_xlsx(content: bytes) -> Grid:
    with _readable():
        _check_archive(content)
        return Grid(tuple(_sheet_rows(content)))


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    """Turn whatever the libraries stumble over into one sentence; damaged parts have errors of all kinds."""
    try:
        yield
    except PathwaysError:
        raise
    except Exception as error:
        raise BadRequest(
            f"The file is no XLSX that can be read ({type(error).__name__}). Save it again as XLSX, or as CSV"
            " (UTF-8)."
        ) from None


def _sheet_rows(content: bytes) -> list[GridRow]:
    # Slow to import.
    from openpyxl import load_workbook  # noqa: PLC0415

    rows: list[GridRow] = []
    with warnings.catch_warnings():
        # It warns of what it leaves aside: styles, validations, extensions.
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            found = book.worksheets[0].iter_rows(max_row=_LAST_ROW, max_col=MAX_COLUMNS + 1)
            for number, cells in enumerate(found, start=1):
                formulas = frozenset(place for place, cell in enumerate(cells) if cell.data_type == "f")
                _append(rows, number, [_cell_text(cell.value) for cell in cells], formulas)
        finally:
            book.close()
    return rows


_LAST_ROW: Final = 20_000
"""The last row that is looked at: people leave rows empty, but not as many."""


def _check_archive(packed: bytes) -> None:
    """Refuse an archive that unpacks to more than it should, or whose XML declares anything.

    Every part is looked at: which ones are read as XML, the archive says itself, whatever they are called.
    """
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        parts = archive.infolist()
        unpacked = sum(each.file_size for each in parts)  # nothing unpacks to more than it says here
        if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
            raise PayloadTooLarge(
                f"The XLSX file has {len(parts):,} parts of {unpacked:,} bytes together; at most {MAX_PARTS}"
                f" of {MAX_UNPACKED:,} bytes are read. Remove pictures and other sheets, or send it as CSV."
            )
        tags = sheets = 0
        for part in parts:
            content = archive.read(part)
            if _DOCTYPE.search(content):
                raise BadRequest(
                    f'"{part.filename[:80]}" in the XLSX file declares a document type, which no spreadsheet'
                    " program writes. Save it again as XLSX, or as CSV (UTF-8)."
                )
            tags += content.count(b"<")
            sheets += sum(1 for _ in _SHEET.finditer(content))
            if tags > MAX_TAGS or sheets > MAX_SHEETS:
                raise PayloadTooLarge(
                    f"The XLSX file holds too much; at most {MAX_SHEETS} sheets, {MAX_TAGS:,} tags."
                    " Remove other sheets and the formats of empty cells, or send it as CSV."
                )


def _cell_text(value: object) -> str:
    """Give the text of a cell as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return _XML_LINES.sub("\r", str(value))

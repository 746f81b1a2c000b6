"""CSV files to rows, with every fault noted at its physical line (RFC 4180)."""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import Position, RowProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from pathways_ld.tables.description import Table

MAX_BYTES: Final = 20_000_000


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on, and the text of each known column that the file has."""

    file: str
    line: int
    cells: Mapping[str, str]
    ordinals: Mapping[str, int]


class Problems(list[RowProblem]):
    """Collects what is wrong, so that everything is reported at once."""

    def add(self, file: str, line: int, message: str, *, name: str = "", ordinal: int | None = None) -> None:
        """Note a problem; `ordinal` is the number of the cell in its row, from 1."""
        self.append(RowProblem(Position(file, line, ordinal), name, message))

    def cell(self, row: Row, name: str, message: str) -> None:
        """Note a problem of one cell."""
        self.add(row.file, row.line, message, name=name, ordinal=row.ordinals.get(name))


def nearest(word: str, known: Collection[str]) -> str:
    """Give the known word most like `word`, or an empty string."""
    lowered = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word.strip().lower(), lowered, n=1)
    return lowered[found[0]] if found else ""


def advice(word: str, known: Collection[str]) -> str:
    """Say what could have been meant."""
    near = nearest(word, known)
    return f'did you mean "{near}"?' if near else f"expected one of {', '.join(sorted(known))}."


def read_table(path: Path, table: Table, problems: Problems) -> list[Row]:
    """Read the rows of a CSV file that can be read; what cannot is added to `problems`."""
    text = _text(path, problems)
    if text is None:
        return []
    # Newlines are left as they are: the csv module needs to see them.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    header: list[str] | None = None
    for line, cells in _records(reader, path.name, problems):
        if header is None:
            header = cells
            _check_header(header, table, path.name, line, problems)
        elif len(cells) != len(header):
            problems.add(
                path.name,
                line,
                f"The row has {len(cells)} cells, the header {len(header)}: put text that contains a comma"
                " in double quotes, and keep empty cells.",
            )
        else:
            known = {name: number for number, name in enumerate(header) if name in table.columns}
            texts = {name: cells[number] for name, number in known.items()}
            rows.append(Row(path.name, line, texts, {name: number + 1 for name, number in known.items()}))
    if header is None and not problems_in(problems, path.name):
        columns = ", ".join(name for name, column in table.columns.items() if column.required)
        problems.add(path.name, 1, f"The file is empty; expected a header row with at least {columns}.")
    return rows


def problems_in(problems: Problems, file: str) -> bool:
    """Tell whether something is wrong with a file."""
    return any(problem.position.file == file for problem in problems)


def _text(path: Path, problems: Problems) -> str | None:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        problems.add(path.name, 1, f"The file cannot be read: {error.strerror}.")
        return None
    if len(content) > MAX_BYTES:
        problems.add(
            path.name, 1, f"The file is larger than {MAX_BYTES:,} bytes; split it into several folders."
        )
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.add(
            path.name, line, "The text is not UTF-8: save the file as UTF-8 (in spreadsheets: CSV UTF-8)."
        )
        return None


def _records(reader: Iterator[list[str]], file: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Give the records that are not empty, each with the line it begins on."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(file, line, f"The row is not CSV ({error}): check its double quotes.")
            return
        if any(cells):
            yield line, cells


def _check_header(header: list[str], table: Table, file: str, line: int, problems: Problems) -> None:
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        problems.add(file, line, "The columns are not separated by commas: save the file with commas.")
        return
    for number, name in enumerate(header, start=1):
        if name not in table.columns:
            free = [column for column in table.columns if column not in header]
            message = f'There is no column "{name}"; {advice(name, free or list(table.columns))}'
            problems.add(file, line, message, name=name, ordinal=number)
        elif name in header[: number - 1]:
            problems.add(file, line, f'The column "{name}" is there twice.', name=name, ordinal=number)
    for name, column in table.columns.items():
        if column.required and name not in header:
            problems.add(file, line, f'The column "{name}" is missing; it is required.', name=name)

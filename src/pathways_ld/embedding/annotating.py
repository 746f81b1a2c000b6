"""IRIs for the labels in a column of a table, added as columns beside what is there.

What is written beside a table says what its columns are: CSV on the Web
(https://www.w3.org/TR/tabular-metadata/).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding.lookup import DEPRECATED, Candidate, Row, look_up
from pathways_ld.embedding.plaintables import PlainTable, Record, joined
from pathways_ld.errors import InputError
from pathways_ld.namespaces import ADMS, DCT, SKOS

if TYPE_CHECKING:
    from pathways_ld.vocabulary import Languages, Reader

CHUNK: Final = 1_000
"""Values that are looked up at once."""
JOINT: Final = " | "
"""Stands between candidates in one cell."""
NOT_SEARCHED: Final = "not searched: there was too much to search for"
_ADDED: Final = ("iri", "label", "status")
_CANDIDATES: Final = "candidates"
_NAME: Final = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True)
class Wanted:
    """What is to be added: for the column `column`, its name or its number from 1.

    The new columns are named by `prefix` (else by the column). `separator` stands between values of one cell,
    if there can be several. With `candidates` there is a column for what may be meant where it is not sure.
    """

    column: str
    prefix: str = ""
    kind: str = ""
    separator: str = ""
    has_header: bool = True
    candidates: bool = False
    encoding: str = ""


@dataclass
class Annotated:
    """A table with its new columns; `doubtful` are the rows that were not found for sure, each value once."""

    content: bytes = b""
    header: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    column: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    doubtful: list[tuple[int, Row]] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)


def annotate(
    source: Reader,
    table: PlainTable,
    wanted: Wanted,
    languages: Languages,
    *,
    seconds: float | None = None,
) -> Annotated:
    """Add the columns; raises :class:`InputError` where there is no such column, or a row does not fit."""
    records = [each for each in table.records if each.cells]
    if not records:
        raise InputError("The table is empty; expected a header row and rows below it.")
    header = records[0] if wanted.has_header else None
    width = len(records[0].cells)
    found = Annotated(header=records[0].cells if header else (), column=_column(records[0], wanted))
    found.added = _names(records[0], wanted, found.column)
    rows = _looked_up(source, records[1:] if header else records, found, wanted, languages, seconds)
    pieces = []
    for record in table.records:
        if not record.cells:
            pieces.append(record.text + record.ending)
            continue
        _check_width(record, width)
        cells = found.added if record is header else _cells(record, found, wanted, rows)
        missing = table.separator * (width - len(record.cells))
        added = joined(cells, table.separator)
        pieces.append(f"{record.text}{missing}{table.separator}{added}{record.ending}")
    found.content = table.encoded("".join(pieces), wanted.encoding)
    return found


def _column(first: Record, wanted: Wanted) -> int:
    names = [name.strip() for name in first.cells]
    if wanted.has_header:
        for same in (wanted.column.__eq__, lambda name: name.casefold() == wanted.column.casefold()):
            places = [place for place, name in enumerate(names) if same(name)]
            if len(places) == 1:
                return places[0]
            if places:
                raise InputError(
                    f'{len(places)} columns are called "{wanted.column[:60]}"; give the number of one,'
                    f" such as {places[0] + 1}."
                )
    if wanted.column.isascii() and wanted.column.isdecimal() and 1 <= int(wanted.column[:9]) <= len(names):
        return int(wanted.column) - 1
    known = ", ".join(f'"{name[:40]}"' for name in names[:20]) if wanted.has_header else ""
    expected = f"one of {known}, or a number" if known else "a number"
    raise InputError(
        f'There is no column "{wanted.column[:60]}"; expected {expected} from 1 to {len(names)}.'
    )


def _names(first: Record, wanted: Wanted, column: int) -> tuple[str, ...]:
    prefix = wanted.prefix or (first.cells[column].strip() if wanted.has_header else f"column{column + 1}")
    names = tuple(f"{prefix}_{each}" for each in (*_ADDED, *([_CANDIDATES] * wanted.candidates)))
    taken = next((name for name in names if wanted.has_header and name in first.cells), "")
    if taken:
        raise InputError(
            f'There is a column "{taken[:60]}" already; choose another beginning for the new names'
            " (--prefix)."
        )
    return names


def _check_width(record: Record, width: int) -> None:
    if len(record.cells) > width:
        raise InputError(
            f"Line {record.line} has {len(record.cells)} cells, the first row {width}: put text that contains"
            " the separator in double quotes."
        )


def values_in(cell: str, separator: str) -> list[str]:
    """Give the values of a cell."""
    parts = cell.split(separator) if separator else [cell]
    return [part.strip() for part in parts if part.strip()]


def _looked_up(
    source: Reader,
    records: Sequence[Record],
    found: Annotated,
    wanted: Wanted,
    languages: Languages,
    seconds: float | None,
) -> dict[str, Row]:
    lines: dict[str, int] = {}
    for record in records:
        for value in _values(record, found, wanted):
            lines.setdefault(value, record.line)
            found.counts["values"] += 1
    rows: dict[str, Row] = {}
    began = time.thread_time()
    distinct = [*lines]
    for start in range(0, len(distinct), CHUNK):
        chunk = distinct[start : start + CHUNK]
        left = None if seconds is None else max(0.0, began + seconds - time.thread_time())
        looked = look_up(source, chunk, languages=languages, kind=wanted.kind, limit=3, seconds=left)
        rows |= {row.value: row for row in looked}
    found.doubtful = [(lines[value], row) for value, row in rows.items() if taken(row) is None]
    found.languages = {sure.lang for row in rows.values() if (sure := taken(row)) is not None}
    for record in records:
        found.counts.update(_outcome(rows[value]) for value in _values(record, found, wanted))
    return rows


def _outcome(row: Row) -> str:
    if row.status == DEPRECATED and taken(row) is None:
        return "deprecated without one successor"
    return row.status


def _values(record: Record, found: Annotated, wanted: Wanted) -> list[str]:
    cell = record.cells[found.column] if found.column < len(record.cells) else ""
    return values_in(cell, wanted.separator)


def taken(row: Row) -> Candidate | None:
    """Give the candidate that can be taken without a look."""
    first = row.candidates[0] if row.candidates else None
    return first if first is not None and first.match else None


def _cells(record: Record, found: Annotated, wanted: Wanted, rows: Mapping[str, Row]) -> list[str]:
    looked = [rows[value] for value in _values(record, found, wanted)]
    sure = [taken(row) for row in looked]
    joint = wanted.separator or JOINT
    cells = [
        joint.join(each.iri if each else "" for each in sure),
        joint.join(each.label if each else "" for each in sure),
        joint.join(row.status for row in looked),
    ]
    if wanted.candidates:
        doubtful = [row for row, each in zip(looked, sure, strict=True) if each is None]
        cells.append(JOINT.join(_doubts(row) for row in doubtful))
    return cells


def _doubts(row: Row) -> str:
    return JOINT.join(named(each) for each in row.candidates) if row.searched else NOT_SEARCHED


def named(candidate: Candidate) -> str:
    """Write a candidate for people: its label and its IRI."""
    return f"{candidate.label} <{candidate.iri}>"


# what the columns are


def metadata(
    found: Annotated, table: PlainTable, wanted: Wanted, url: str, vocabulary: str
) -> dict[str, Any]:
    """Describe the table with its new columns; `url` is its address, which may be relative."""
    header = found.header or tuple(f"column{number}" for number in range(1, _width(table) + 1))
    names = _distinct([*header, *found.added])
    columns: list[dict[str, Any]] = [
        {"name": name, "titles": title} for name, title in zip(names, [*header, *found.added], strict=True)
    ]
    iri, label, status, *rest = columns[len(header) :]
    iri |= {
        "datatype": "anyURI",
        "propertyUrl": DCT.subject,
        "valueUrl": f"{{+{iri['name']}}}",
        "dc:description": f"The term of {vocabulary} that is meant.",
    }
    label |= {"propertyUrl": SKOS.prefLabel}
    if wanted.separator:
        iri["separator"] = label["separator"] = wanted.separator
        # Each value of the cell is an IRI of its own, and no template can take one of them.
        del iri["valueUrl"]
    else:
        label["aboutUrl"] = f"{{+{iri['name']}}}"
    languages = found.languages - {""}
    if len(languages) == 1:
        label["lang"] = languages.pop()
    status["propertyUrl"] = ADMS.status
    for each in (status, *rest):
        each["suppressOutput"] = True
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": url,
        "dialect": {
            "delimiter": table.separator,
            "encoding": wanted.encoding or table.charset,
            "header": wanted.has_header,
        },
        "tableSchema": {"columns": columns},
    }


def _width(table: PlainTable) -> int:
    return next((len(each.cells) for each in table.records if each.cells), 0)


def _distinct(titles: Sequence[str]) -> list[str]:
    """Make names of titles, which templates can use."""
    names: list[str] = []
    for number, title in enumerate(titles, start=1):
        name = _NAME.sub("_", title.strip()).strip("_") or f"column{number}"
        names.append(name if name not in names else f"{name}_{number}")
    return names

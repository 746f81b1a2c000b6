"""A spreadsheet that was sent: each row is a new term, or adds to one that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pathways_ld.errors import BadRequest, PayloadTooLarge, Position, RowProblem, TableError
from pathways_ld.forms.changes import conclude
from pathways_ld.forms.columns import (
    EXAMPLE,
    IDENTIFIER,
    SEPARATOR,
    Column,
    columns_of,
    find_column,
    letters,
    nearest_header,
    split_cell,
)
from pathways_ld.forms.filled import VALUE, Cell, Filled, Problem, Row
from pathways_ld.forms.grids import Grid, GridRow, read_grid
from pathways_ld.forms.model import Choice, Field, Form
from pathways_ld.forms.parts import empty_cells, part_name
from pathways_ld.forms.reading import fill, label_by_address
from pathways_ld.forms.terms import FormTerms, Found
from pathways_ld.forms.values import choices, evaluate
from pathways_ld.iris import SLUG, is_absolute_iri, suggest_slug
from pathways_ld.ledger import Delta
from pathways_ld.model import LanguageMap
from pathways_ld.namespaces import DCT, FOAF, SKOS, split_iri
from pathways_ld.rdfio import Statement

MAX_PROBLEMS: Final = 200
"""Problems that are told at once."""
MAX_VALUES: Final = 500
"""Values of one row: each is compared with the others."""
MAX_ALL_VALUES: Final = 20_000
"""Values of all rows together."""
_NAMES: Final = (SKOS.prefLabel, DCT.title)


@dataclass(frozen=True)
class TableDraft:
    """What a spreadsheet would change; `iris` are the terms of its rows, `remarks` what one should know."""

    delta: Delta
    iris: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass
class _Line:
    """A row on its way: which term it is about, and the column of each cell."""

    row: GridRow
    iri: str
    is_new: bool
    values: dict[int, str]


def read_spreadsheet(
    content: bytes,
    media_type: str,
    form: Form,
    terms: FormTerms,
    *,
    space: str,
    limit: int,
    name: str = "spreadsheet",
) -> TableDraft:
    """Read a spreadsheet; `space` is what the IRIs of new terms begin with, `limit` the most bytes.

    Raises :class:`TableError` with every cell that cannot be used, and what reading the file raises.
    """
    return _Table(form, terms, space, name).read(read_grid(content, media_type, limit))


class _WithNew:
    """The terms of the vocabulary together with those that the same spreadsheet describes."""

    def __init__(self, terms: FormTerms, class_iri: str) -> None:
        self._terms = terms
        self._class = class_iri
        self.new: dict[str, str] = {}
        self.iris: set[str] = set()
        self.forms = terms.forms
        self.language = terms.language
        self.vocabulary = terms.vocabulary
        self.mappings_graph = terms.mappings_graph

    def about(self, iri: str) -> Sequence[Statement]:
        return self._terms.about(iri)

    def said_by_others(self, predicate: str, iri: str) -> Sequence[Statement]:
        return self._terms.said_by_others(predicate, iri)

    def find(self, text: str, class_iri: str) -> Found:
        own = self.new.get(text.strip().casefold()) if class_iri == self._class else None
        return Found(own) if own else self._terms.find(text, class_iri)

    def is_a(self, iri: str, class_iri: str) -> bool:
        return (class_iri == self._class and iri in self.iris) or self._terms.is_a(iri, class_iri)

    def name(self, iri: str) -> str:
        return self._terms.name(iri)

    def label(self, iri: str) -> LanguageMap:
        return self._terms.label(iri)

    def members(self, class_iri: str) -> tuple[Choice, ...]:
        return self._terms.members(class_iri)


class _Table:
    def __init__(self, form: Form, terms: FormTerms, space: str, name: str) -> None:
        self._form = form
        self._terms = _WithNew(terms, form.class_iri)
        self._space = space
        self._name = name
        self._columns: list[Column | None] = []
        self._problems: list[RowProblem] = []
        self._remarks: list[str] = []
        self._count = 0

    def read(self, grid: Grid) -> TableDraft:
        if not grid.rows:
            raise BadRequest("The spreadsheet is empty; expected a header row, as the template has it.")
        self._read_header(grid.rows[0])
        self._stop_at_problems()
        lines = [line for row in grid.rows[1:] if (line := self._line(row)) is not None]
        self._stop_at_problems()
        if not lines:
            raise BadRequest(
                f"There is no row to read: rows whose identifier begins with {EXAMPLE} are left aside. Write"
                " yours below them."
            )
        filled = [self._filled(line) for line in lines]
        self._stop_at_problems()
        added: dict[Statement, None] = {}
        removed: dict[Statement, None] = {}
        for each in filled:
            added.update(dict.fromkeys(each.delta.added))
            removed.update(dict.fromkeys(each.delta.removed))
        delta = Delta(tuple(each for each in added if each not in removed), tuple(removed))
        return TableDraft(delta, tuple(line.iri for line in lines), (*grid.remarks, *self._remarks))

    def _stop_at_problems(self) -> None:
        if self._problems:
            raise TableError(self._problems[:MAX_PROBLEMS])

    def _problem(self, row: int, column: int | None, message: str) -> None:
        header = self._columns[column] if column is not None and column < len(self._columns) else None
        place = f"{letters(column)}{row}" if column is not None else f"row {row}"
        name = header.header if header is not None else ""
        words = f"{place} ({name}): {message}" if name else f"{place}: {message}"
        self._problems.append(
            RowProblem(Position(self._name, row, None if column is None else column + 1), name, words)
        )

    # the header

    def _read_header(self, row: GridRow) -> None:
        known = columns_of(self._form, self._terms.language)
        self._columns = [None] * len(row.cells)
        for number, header in enumerate(row.cells):
            if not header.strip():
                continue
            found = find_column(header, known, self._terms.language)
            if found is None:
                near = nearest_header(header, known)
                advice = f'Did you mean "{near}"?' if near else "Take the headers from the template."
                self._problem(row.number, number, f'There is no column "{header[:80]}". {advice}')
            elif found in self._columns:
                self._problem(
                    row.number, number, f'The column "{found.header}" is there twice. Take one out.'
                )
            else:
                self._columns[number] = found

    # rows

    def _line(self, row: GridRow) -> _Line | None:
        """Find out which term a row is about; None for an example."""
        values: dict[int, str] = {}
        for number, text in enumerate(row.cells):
            if not text.strip():
                continue
            if number >= len(self._columns) or self._columns[number] is None:
                self._problem(
                    row.number, number, "This column has no header. Give it one, or empty the cell."
                )
            elif number in row.formulas:
                self._problem(row.number, number, "There is a formula in the cell. Paste its value instead.")
            else:
                values[number] = text
        identifier = next(
            (values.pop(n) for n in sorted(values) if self._header(n) == IDENTIFIER), ""
        ).strip()
        if identifier.upper().startswith(EXAMPLE):
            self._problems = [each for each in self._problems if each.position.line != row.number]
            return None
        if not values or self._has_too_many(row, values):
            return None
        if any(number in row.formulas for number in range(len(self._columns))):
            return None  # what is wrong with it has been said
        return self._placed(row, identifier, values)

    def _has_too_many(self, row: GridRow, values: dict[int, str]) -> bool:
        count = sum(text.count(SEPARATOR) + 1 for text in values.values())
        self._count += count
        if self._count > MAX_ALL_VALUES:
            raise PayloadTooLarge(
                f"The spreadsheet has more than {MAX_ALL_VALUES:,} values. Send its rows in parts."
            )
        if count > MAX_VALUES:
            self._problem(row.number, None, f"There are {count:,} values; at most {MAX_VALUES} are read.")
        return count > MAX_VALUES

    def _header(self, number: int) -> str:
        column = self._columns[number]
        return column.header if column is not None else ""

    def _placed(self, row: GridRow, identifier: str, values: dict[int, str]) -> _Line | None:
        place = next(
            (n for n, column in enumerate(self._columns) if column and column.header == IDENTIFIER), None
        )
        named = self._named(values)
        if is_absolute_iri(identifier):
            if self._terms.is_a(identifier, self._form.class_iri):
                return _Line(row, identifier, False, values)
            self._problem(
                row.number,
                place,
                f"There is no {self._form.kind} <{identifier[:200]}>. Leave the cell empty for a new one.",
            )
            return None
        slug = identifier or suggest_slug(named)
        if not SLUG.fullmatch(slug):
            message = "Write an identifier: small letters and digits, joined by single hyphens."
            self._problem(row.number, place, message)
            return None
        iri = f"{self._space}{slug}"
        if iri in self._terms.iris:
            self._problem(row.number, place, f'An earlier row is about "{slug}" too. Put both into one.')
            return None
        exists = self._terms.is_a(iri, self._form.class_iri)
        if exists and not identifier:
            message = (
                f'There is "{self._terms.name(iri)}" already. Write "{slug}" here to add to it, or another'
                " identifier for something else."
            )
            self._problem(row.number, place, message)
            return None
        self._terms.iris.add(iri)
        if identifier and not exists:
            self._remarks.append(
                f'Row {row.number}: there is no {self._form.kind} "{slug}" yet, so this makes a new one. If'
                " you meant one that is here, correct its identifier."
            )
        if not exists:
            self._terms.new |= {slug: iri, named.strip().casefold(): iri}
        return _Line(row, iri, not exists, values)

    def _named(self, values: dict[int, str]) -> str:
        """Give the text that a new term's identifier is made from."""
        page = self._form.at(FOAF.page)
        if page is not None and page.least:
            return next(
                (
                    text.partition("://")[2].removeprefix("www.")
                    for n, text in values.items()
                    if self._is_of(n, page)
                ),
                "",
            )
        fields = [each for path in _NAMES if (each := self._form.at(path)) is not None]
        return next(
            (text for each in fields for n, text in sorted(values.items()) if self._is_of(n, each)), ""
        )

    def _is_of(self, number: int, wanted: Field) -> bool:
        column = self._columns[number]
        return column is not None and column.field is not None and column.field.name == wanted.name

    def _filled(self, line: _Line) -> Filled:
        filled = fill(self._form, line.iri, self._terms, is_new=line.is_new)
        places: dict[str, int] = {}
        for name, rows in filled.rows.items():
            filled.rows[name] = [row for row in rows if row.was or (line.is_new and not row.empty)]
        self._put_values(filled, line, places)
        self._put_parts(filled, line, places)
        if line.is_new:
            label_by_address(filled)
        for name, rows in filled.rows.items():
            for row in rows:
                if not row.was or _is_replaced(row):
                    self._evaluate(filled, name, row)
        conclude(filled, self._terms)
        for each in filled.problems:
            self._tell(line, each, places)
        return filled

    def _tell(self, line: _Line, problem: Problem, places: dict[str, int]) -> None:
        """Note a problem at its cell, or at the column where the cell should be."""
        place = places.get(problem.control, places.get(problem.field.name))
        if place is None:
            columns = enumerate(self._columns)
            place = next((n for n, column in columns if column and column.field is problem.field), None)
        label = "" if place is not None else f"{problem.field.label.get('en', problem.field.name)}: "
        self._problem(line.row.number, place, f"{label}{problem.message}")

    def _evaluate(self, filled: Filled, name: str, row: Row) -> None:
        for part, cell in row.cells.items():
            evaluate(cell, "", self._terms)
            if cell.problem:
                filled.problems.append(Problem(filled.form.by_name[name], cell.problem, row.number, part))

    def _put_values(self, filled: Filled, line: _Line, places: dict[str, int]) -> None:
        for number, text in sorted(line.values.items()):
            column = self._columns[number]
            if column is None or column.field is None or column.field.kind == "parts":
                continue
            for value in split_cell(text) if column.is_many else [text.strip()]:
                if value:
                    self._put(filled, column.field, value, column.lang, places, number)

    def _put(
        self, filled: Filled, field: Field, value: str, lang: str, places: dict[str, int], place: int
    ) -> None:
        """Add a value, in the place of the one that there can be only one of."""
        rows = filled.rows[field.name]
        cell = Cell(field, self._worded(field, value), lang)
        places.setdefault(field.name, place)
        for row in rows:
            taken = row.cell.lang.lower() == lang.lower() if field.unique_lang else field.most == 1
            if taken:
                row.cells[VALUE] = cell if row.cell.text.strip() != cell.text else row.cell
                row.note = "replaced"
                places[f"{field.name}.{row.number}.{VALUE}"] = place
                return
        row = Row(max((each.number for each in rows), default=-1) + 1, {VALUE: cell})
        rows.append(row)
        places[f"{field.name}.{row.number}.{VALUE}"] = place

    def _put_parts(self, filled: Filled, line: _Line, places: dict[str, int]) -> None:
        """Make rows of several controls: values in the same place of their cells belong together."""
        for each in self._form.fields:
            columns = {n: c for n in line.values if (c := self._columns[n]) is not None and c.field is each}
            if each.kind == "parts" and columns:
                self._put_part(filled, each, columns, line, places)

    def _put_part(
        self, filled: Filled, field: Field, columns: dict[int, Column], line: _Line, places: dict[str, int]
    ) -> None:
        values = {number: split_cell(line.values[number]) for number in columns}
        for index in range(max(map(len, values.values()))):
            row = Row(len(filled.rows[field.name]), empty_cells(field, self._terms))
            for number, column in columns.items():
                given = values[number]
                # One value stands for all rows: the source of several labels, say.
                text = given[index] if index < len(given) else (given[0] if len(given) == 1 else "")
                cell = row.cells[column.part]
                cell.text, cell.lang = self._worded(cell.field, text), column.lang
                places[f"{field.name}.{row.number}.{column.part}"] = number
            filled.rows[field.name].append(row)
            self._check_complete(filled, field, row)

    def _check_complete(self, filled: Filled, field: Field, row: Row) -> None:
        for each in field.parts:
            if each.least and not row.cells[part_name(each)].text.strip():
                label = each.label.get("en", each.name)
                message = f'"{label}" is missing for value {row.number + 1}.'
                filled.problems.append(Problem(field, message, row.number, part_name(each)))

    def _worded(self, field: Field, text: str) -> str:
        """Give the IRI of a choice that is written in words."""
        wanted = text.strip().casefold()
        for value in choices(field, self._terms):
            labels = {each.casefold() for each in self._terms.label(value).values()}
            if wanted in labels or wanted == split_iri(value)[1].casefold():
                return value
        return text.strip()


def _is_replaced(row: Row) -> bool:
    """Tell whether a row of one control got another value than the asserted one, which has its RDF term."""
    return len(row.cells) == 1 and not row.cell.term

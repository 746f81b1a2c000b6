"""The import: read all tables, check everything, and only then change the source files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathways_ld import rdfio
from pathways_ld.errors import TableError
from pathways_ld.iris import SLUG, slugify
from pathways_ld.namespaces import RDF
from pathways_ld.rdfio import Statement
from pathways_ld.tables.cells import CellReader, SourceRegistry, digest
from pathways_ld.tables.description import Description, Table, load_description
from pathways_ld.tables.documents import Document, replace_files
from pathways_ld.tables.links import Link, check_links, state_both_ways
from pathways_ld.tables.reading import Problems, Row, advice, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pathways_ld.errors import Position
    from pathways_ld.iris import IriSpace
    from pathways_ld.tables.description import Column, Part

_OBJECT = rdfio.iri(RDF["object"])
_PREDICATE = rdfio.iri(RDF["predicate"])


@dataclass(frozen=True)
class FileChange:
    """How many statements of a file are new, and how many are gone."""

    added: int
    removed: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did: rows read per spreadsheet, and what changed in the files that were written."""

    rows: Mapping[str, int]
    changes: Mapping[str, FileChange]


def import_tables(folder: Path, description: Path, target: Path, *, space: IriSpace) -> ImportReport:
    """Import the CSV files of `folder` into the Turtle files of `target`, as `description` says.

    Importing the same tables again changes nothing. Raises :class:`TableError` with every problem found,
    and then nothing has been written; :class:`SettingsError` for a description that makes no sense,
    :class:`ParseError` for a target file that is not Turtle, :class:`StorageError` if the disk fails.
    """
    return _Import(load_description(description, space.base), folder, target).run()


@dataclass
class _ReadRow:
    """A row with the values of its cells (a cell that cannot be used is left out) and what they state."""

    table: Table
    row: Row
    values: dict[str, list[str]]
    pairs: dict[str, list[tuple[str, str]]]
    subject: str | None = None


class _Import:
    def __init__(self, description: Description, folder: Path, target: Path) -> None:
        self._description = description
        self._folder = folder
        self._target = target
        self._problems = Problems()
        self._documents: dict[str, Document] = {}
        self._described: dict[str, Row] = {}
        sources = self._document(description.sources.target)
        pages = {
            rdfio.iri_value(page): rdfio.iri_value(subject)
            for subject in sources.subjects
            for page in sources.objects(subject, description.sources.page)
        }
        self._sources = SourceRegistry(description.sources, description.base, pages)

    def run(self) -> ImportReport:
        tables = [(table, read_table(path, table, self._problems)) for table, path in self._files()]
        slugs = self._slugs(tables)
        reader = CellReader(self._description, slugs, self._sources, self._problems)
        rows = [self._read(reader, table, row) for table, rows in tables for row in rows]
        links = [link for each in rows for link in self._apply(each)]
        self._state_both_ways(rows, links)
        columns = [column for table, _ in tables for column in table.columns.values()]
        check_links(links, columns, self._documents.values(), self._problems)
        self._check_stated_as(rows)
        if self._problems:
            order = [table.file for table in self._description.tables.values()]
            raise TableError(sorted(self._problems, key=lambda problem: _place(problem.position, order)))
        for statement in self._sources.statements():
            self._document(self._description.sources.target).add(statement)
        return self._write({table.file: len(rows) for table, rows in tables})

    def _files(self) -> list[tuple[Table, Path]]:
        tables = {table.file: table for table in self._description.tables.values()}
        present = sorted(path.name for path in self._folder.glob("*.csv"))
        for name in present:
            if name not in tables:
                self._problems.add(name, 1, f"This table is not known; {advice(name, tables)}")
        if not present:
            expected = ", ".join(tables)
            self._problems.add(str(self._folder), 1, f"There is no table here; expected some of {expected}.")
        return [(table, self._folder / name) for name, table in tables.items() if name in present]

    def _document(self, name: str) -> Document:
        if name not in self._documents:
            self._documents[name] = Document(self._target / name, self._description.prefixes)
        return self._documents[name]

    def _slugs(self, tables: list[tuple[Table, list[Row]]]) -> dict[str, str]:
        """Map each slug to its table: those in the target files, then those of the rows."""
        slugs: dict[str, str] = {}
        for table in self._description.tables.values():
            start = "<" + self._description.base + table.path
            for subject in self._document(table.target).subjects if table.path else ():
                slug = subject.removeprefix(start)[:-1]
                if subject.startswith(start) and SLUG.fullmatch(slug):
                    slugs[slug] = table.name
        first: dict[str, Row] = {}
        for table, row in ((table, row) for table, rows in tables if table.path for row in rows):
            slug = row.cells.get(table.subject, "")
            if not SLUG.fullmatch(slug):
                continue
            if slug in first:
                where = f"{first[slug].file}, line {first[slug].line}"
                message = f'The slug "{slug}" is already used in {where}; choose another.'
                self._problems.cell(row, table.subject, message)
            elif slugs.get(slug, table.name) != table.name:
                message = f'The slug "{slug}" is already one of the {slugs[slug]}; choose another.'
                self._problems.cell(row, table.subject, message)
            first.setdefault(slug, row)
            slugs.setdefault(slug, table.name)
        return slugs

    def _read(self, reader: CellReader, table: Table, row: Row) -> _ReadRow:
        values: dict[str, list[str]] = {}
        pairs: dict[str, list[tuple[str, str]]] = {}
        for name in row.cells:
            column = table.columns[name]
            found = [] if column.kind == "ignored" else reader.values(row, column)
            if found is not None:
                values[name] = found
                pairs[name] = reader.pairs(column, found)
        read = _ReadRow(table, row, values, pairs)
        for name in values:
            self._check_neighbours(read, table.columns[name])
        return read

    def _check_neighbours(self, read: _ReadRow, column: Column) -> None:
        other = column.together_with
        if other and other in read.values:
            given, needed = self._says(read, column.name), self._says(read, other)
            if given != needed:
                full, empty = (column.name, other) if given else (other, column.name)
                message = f'The cell is empty although "{full}" is given; fill in both or neither.'
                self._problems.cell(read.row, empty, message)
        before = column.not_before
        if before and read.values[column.name] and read.values.get(before):
            cells = read.row.cells
            if cells[column.name] < cells[before]:
                message = f"{cells[column.name]} is before {before} ({cells[before]}); one of them is wrong."
                self._problems.cell(read.row, column.name, message)

    def _says(self, read: _ReadRow, name: str) -> bool:
        column = read.table.columns[name]
        return any(value not in column.choices or column.choices[value] for value in read.values[name])

    def _subject(self, read: _ReadRow) -> str | None:
        """Give the row's term, or None where a cell that it takes is missing or wrong."""
        table = read.table
        if not read.values.get(table.subject):
            return None
        subject = read.values[table.subject][0]
        if table.path:
            return rdfio.iri(self._description.base + table.path + subject)
        return subject if table.part is None else self._part(read, table.part)

    def _part(self, read: _ReadRow, part: Part) -> str | None:
        needed = [part.of, *part.statement, *([part.slug_of] if part.slug_of else [])]
        if not all(read.values.get(name) for name in needed):
            return None
        if part.slug_of:
            name = slugify(read.row.cells[part.slug_of])
        else:
            stated = self._stated(read, part)
            name = digest(f"{rdfio.iri_value(stated.predicate)} {rdfio.iri_value(stated.object)}")
        return rdfio.iri(f"{rdfio.iri_value(read.values[part.of][0])}#{part.fragment}{name}")

    def _stated(self, read: _ReadRow, part: Part) -> Statement:
        """Give the statement that a row of a statement table is about."""
        pairs = dict(pair for name in part.statement for pair in read.pairs[name])
        return Statement(read.values[part.of][0], pairs[_PREDICATE], pairs[_OBJECT])

    def _apply(self, read: _ReadRow) -> list[Link]:
        """Put a row's statements in the place of the old ones, and give its references."""
        subject = read.subject = self._subject(read)
        if subject is None:
            return []
        table, row = read.table, read.row
        document = self._document(table.target)
        self._check_repeated(subject, read)
        new = not document.describes(subject)
        for name in read.pairs:
            document.discard_all(subject, table.columns[name].decides)
        pairs = [*table.constant, *(pair for found in read.pairs.values() for pair in found)]
        if new:
            absent = [column for name, column in table.columns.items() if name not in row.cells]
            pairs += [pair for column in absent for pair in column.when_empty]
        for predicate, value in pairs:
            document.add(Statement(subject, predicate, value))
        if table.part is not None and table.part.statement:
            document.add(self._stated(read, table.part))
        elif table.part is not None:
            document.add(Statement(read.values[table.part.of][0], table.part.link, subject))
        return [
            Link(subject, value, table.columns[name], row)
            for name, values in read.values.items()
            if table.columns[name].kind == "reference"
            for value in values
        ]

    def _check_repeated(self, subject: str, read: _ReadRow) -> None:
        first = self._described.setdefault(subject, read.row)
        # A slug that is used twice has been reported already.
        if first is not read.row and not read.table.path:
            message = f"This repeats {first.file}, line {first.line}; take one of the rows out."
            self._problems.cell(read.row, read.table.subject, message)

    def _state_both_ways(self, rows: list[_ReadRow], links: list[Link]) -> None:
        for table in self._description.tables.values():
            for name, column in table.columns.items():
                if not column.symmetric:
                    continue
                mine = [each for each in rows if each.table is table and name in each.values]
                ends = {each.subject for each in mine if each.subject}
                if ends:
                    named = [(link.subject, link.object) for link in links if link.column is column]
                    state_both_ways(self._document(table.target), column.predicate, named, ends)

    def _check_stated_as(self, rows: list[_ReadRow]) -> None:
        for read in rows:
            if read.table.part is None or read.subject is None:
                continue
            owner = read.values[read.table.part.of][0]
            for name, values in read.values.items():
                predicate = read.table.columns[name].stated_as
                for statement in [Statement(owner, predicate, value) for value in values if predicate]:
                    if not any(statement in document for document in self._documents.values()):
                        text = rdfio.literal_parts(statement.object)[0]
                        message = f'The term has no label "{text}" yet; add it to the term first.'
                        self._problems.cell(read.row, name, message)

    def _write(self, rows: Mapping[str, int]) -> ImportReport:
        changes = {name: FileChange(*document.change()) for name, document in self._documents.items()}
        changed = {name: change for name, change in changes.items() if change.added or change.removed}
        replace_files(self._documents[name] for name in changed)
        return ImportReport(rows, changed)


def _place(position: Position, files: list[str]) -> tuple[int, int, int]:
    file = files.index(position.file) if position.file in files else len(files)
    return file, position.line or 0, position.column or 0

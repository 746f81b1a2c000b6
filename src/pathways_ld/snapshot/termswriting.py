"""How ``terms.sqlite``, ``text.sqlite`` and ``changes.sqlite`` are written."""

# ruff: noqa: S608 - only names of our own tables and columns are put into queries

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pathways_ld.snapshot.browsing import BROWSING_INDEXES, BROWSING_TABLES, insert_browsed, remove_browsed
from pathways_ld.snapshot.filing import FILED, FILED_INDEX, write_filings
from pathways_ld.snapshot.names import NAMES, Name, NamesWriter, replace_names
from pathways_ld.snapshot.sharing import clone
from pathways_ld.snapshot.terms import CHANGES, SPOKEN, TERMS, TEXT, StoredTerm, TermRow, encode_json
from pathways_ld.snapshot.textindex import TEXT_INDEX, Texts
from pathways_ld.snapshot.textwriting import TextsChange, TextsWriter, replace_texts

_TABLES: Final = """
CREATE TABLE {schema}.term (
    id INTEGER PRIMARY KEY,
    iri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sort_text TEXT NOT NULL,
    digest TEXT NOT NULL,
    deprecated INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    link TEXT NOT NULL,
    summary TEXT NOT NULL,
    statements BLOB NOT NULL,
    view TEXT NOT NULL
);
CREATE TABLE {schema}.member (
    iri TEXT NOT NULL, relation TEXT NOT NULL, position INTEGER NOT NULL, member TEXT NOT NULL,
    PRIMARY KEY (iri, relation, position)
) WITHOUT ROWID;
CREATE TABLE {schema}.meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_INDEXES: Final = (
    "CREATE INDEX {schema}.term_kind ON term (kind, withdrawn, sort_text, iri);",
    f"CREATE INDEX {{schema}}.term_spoken ON term ({SPOKEN.format('iri')}, iri);",
)
_HIDDEN: Final = "CREATE TABLE changes.hidden (id INTEGER PRIMARY KEY);"
# The files are new and are synced before they get their names, so a journal would only cost time.
_QUICK: Final = "PRAGMA {schema}.journal_mode=OFF; PRAGMA {schema}.synchronous=OFF;"


class RowChange(NamedTuple):
    """A document as it was (None: it was not there), what it was found by, and as it is."""

    iri: str
    before: StoredTerm | None
    before_texts: Texts
    after: TermRow | None
    before_names: tuple[Name, ...] = ()


class TermsWriter:
    """Writes the files once; nobody reads them before :meth:`finish`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("ATTACH ? AS texts", (str(path.with_name(TEXT)),))
        for schema in ("main", "texts"):
            self._connection.executescript(_QUICK.format(schema=schema))
        tables = (_TABLES + BROWSING_TABLES + FILED).format(schema="main")
        self._connection.executescript(tables + TEXT_INDEX + NAMES)
        self._connection.execute("BEGIN")
        self._count = 0
        self._names = NamesWriter(self._connection)
        self._texts = TextsWriter(self._connection)

    def add(self, rows: Sequence[TermRow]) -> None:
        """Add documents."""
        numbered = list(enumerate(rows, self._count + 1))
        self._count += len(rows)
        _insert(self._connection, "main", numbered)
        self._texts.add((number, row.texts) for number, row in numbered if _is_found(row))
        self._names.add((number, row.names) for number, row in numbered)

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value for the whole snapshot."""
        self._connection.execute("INSERT INTO main.meta VALUES (?,?)", (key, encode_json(value)))

    def finish(self) -> None:
        """Complete the files."""
        self._names.finish()
        self._texts.finish()
        for step in (*_INDEXES, "COMMIT", "PRAGMA optimize"):
            self._connection.execute(step.format(schema="main"))
        self._connection.close()


def write_changes(
    before: Path, folder: Path, changes: Iterable[RowChange], meta: Mapping[str, object]
) -> int:
    """Write what differs from the shared ``terms.sqlite``, which is in the folder already.

    `before` is the snapshot that the changes are made to. Gives the number of rows that differ.
    """
    changes = list(changes)
    fresh = not (before / CHANGES).exists()
    if not fresh:
        clone(before / CHANGES, folder / CHANGES)
    searched = [each for each in changes if _texts_before(each) != _texts_after(each)]
    renamed = [each for each in changes if each.before_names != _names_after(each)]
    clone(before / TEXT, folder / TEXT, changes=bool(searched or renamed))
    with _opened(folder, fresh=fresh) as connection:
        numbers = {each.iri: _number(connection, each.iri) for each in changes}
        for each in changes:
            _replace(connection, numbers[each.iri], each)
        connection.executemany(
            "INSERT OR REPLACE INTO changes.meta VALUES (?,?)",
            ((key, encode_json(value)) for key, value in meta.items()),
        )
        replace_texts(
            connection,
            (TextsChange(numbers[each.iri], _texts_before(each), _texts_after(each)) for each in searched),
        )
        for each in renamed:
            replace_names(connection, numbers[each.iri], each.before_names, _names_after(each))
        (count,) = connection.execute("SELECT count(*) FROM changes.hidden").fetchone()
        (added,) = connection.execute(
            "SELECT count(*) FROM changes.term WHERE id NOT IN (SELECT id FROM changes.hidden)"
        ).fetchone()
    return int(count + added)


@contextlib.contextmanager
def _opened(folder: Path, *, fresh: bool) -> Iterator[sqlite3.Connection]:
    address = f"{(folder / TERMS).absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(address, isolation_level=None, uri=True)) as connection:
        for schema, name in (("texts", TEXT), ("changes", CHANGES)):
            connection.execute(f"ATTACH ? AS {schema}", (str(folder / name),))
            connection.executescript(_QUICK.format(schema=schema))
        if fresh:
            browsing = (BROWSING_TABLES, BROWSING_INDEXES)
            tables = "".join((_TABLES, *browsing, FILED, FILED_INDEX, _HIDDEN, *_INDEXES))
            connection.executescript(tables.format(schema="changes"))
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")


def _number(connection: sqlite3.Connection, iri: str) -> int:
    """Give the number of a document: the one it has or had, so that its place in the index stays."""
    for schema in ("changes", "main"):
        row = connection.execute(f"SELECT id FROM {schema}.term WHERE iri = ?", (iri,)).fetchone()
        if row is not None:
            return int(row[0])
    # A row in its place keeps the number, also for the next new document of this change.
    (highest,) = connection.execute(
        "SELECT max((SELECT coalesce(max(id), 0) FROM main.term),"
        " (SELECT coalesce(max(id), 0) FROM changes.term))"
    ).fetchone()
    connection.execute("INSERT INTO changes.term VALUES (?,?,'','','',0,0,'','','','')", (highest + 1, iri))
    return int(highest) + 1


def _replace(connection: sqlite3.Connection, number: int, change: RowChange) -> None:
    connection.execute("DELETE FROM changes.term WHERE id = ?", (number,))
    connection.execute("DELETE FROM changes.member WHERE iri = ?", (change.iri,))
    connection.execute("DELETE FROM changes.filed WHERE id = ?", (number,))
    remove_browsed(connection, number)
    connection.execute(
        "INSERT OR IGNORE INTO changes.hidden SELECT id FROM main.term WHERE id = ?", (number,)
    )
    if change.after is not None:
        _insert(connection, "changes", [(number, change.after)])


def _texts_before(change: RowChange) -> Texts | None:
    before = change.before
    return change.before_texts if before is not None and _is_found(before) else None


def _texts_after(change: RowChange) -> Texts | None:
    after = change.after
    return after.texts if after is not None and _is_found(after) else None


def _names_after(change: RowChange) -> tuple[Name, ...]:
    return change.after.names if change.after is not None else ()


def _is_found(row: TermRow | StoredTerm) -> bool:
    return bool(row.kind) and not row.withdrawn


def _insert(connection: sqlite3.Connection, schema: str, rows: Iterable[tuple[int, TermRow]]) -> None:
    rows = list(rows)
    connection.executemany(
        f"INSERT INTO {schema}.term (id, iri, kind, sort_text, digest, deprecated, withdrawn, link, summary,"
        " statements, view) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (
            (
                number,
                row.iri,
                row.kind,
                row.sort_text,
                row.digest,
                row.deprecated,
                row.withdrawn,
                encode_json(row.link),
                encode_json(row.summary),
                row.statements,
                row.view_json,
            )
            for number, row in rows
        ),
    )
    connection.executemany(
        f"INSERT INTO {schema}.member VALUES (?,?,?,?)",
        (
            (row.iri, relation, position, member)
            for _, row in rows
            for relation, members in row.members
            for position, member in enumerate(members)
        ),
    )
    found = [(number, row.iri, row.kind, row.sort_text, row.browsed) for number, row in rows]
    insert_browsed(connection, schema, found)
    write_filings(connection, schema, ((number, row.filings) for number, row in rows))

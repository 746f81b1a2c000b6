"""``terms.sqlite``: a row for each document, read with one look-up per page."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from pathways_ld.errors import SnapshotCorrupt
from pathways_ld.model import Link, PageView
from pathways_ld.snapshot.textindex import TEXT_INDEX, fold, match_expression

_SCHEMA: Final = f"""
CREATE TABLE term (
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
CREATE TABLE member (
    iri TEXT NOT NULL, relation TEXT NOT NULL, position INTEGER NOT NULL, member TEXT NOT NULL,
    PRIMARY KEY (iri, relation, position)
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
{TEXT_INDEX}
"""
_REBUILD: Final = 'Rebuild it with "pathways-ld build".'
_INDEXES: Final = "CREATE INDEX term_kind ON term (kind, withdrawn, sort_text, iri);"


@dataclass(frozen=True)
class TermRow:
    """What is stored of one document; `statements` is N-Triples, `summary` a short text for lists."""

    iri: str
    kind: str
    sort_text: str
    digest: str
    deprecated: bool
    withdrawn: bool
    link: Link
    summary: Mapping[str, str]
    statements: bytes
    view_json: str
    labels: str = ""
    other_labels: str = ""
    text: str = ""
    members: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class StoredTerm:
    """A row as it is read for a page."""

    iri: str
    kind: str
    digest: str
    deprecated: bool
    withdrawn: bool
    statements: bytes
    view_json: str

    @property
    def view(self) -> PageView:
        """The page view."""
        return cast("PageView", json.loads(self.view_json))


@dataclass(frozen=True)
class SearchHit:
    """A term in a list or a search result."""

    link: Link
    kind: str
    summary: dict[str, str]


class TermsWriter:
    """Writes the file once; nobody reads it before :meth:`finish`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # The file is new and is synced before it gets its name, so a journal would only cost time.
        self._connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA}")
        self._connection.execute("BEGIN")
        self._count = 0

    def add(self, rows: Sequence[TermRow]) -> None:
        """Add documents."""
        numbered = list(enumerate(rows, self._count + 1))
        self._count += len(rows)
        self._connection.executemany(
            "INSERT INTO term (id, iri, kind, sort_text, digest, deprecated, withdrawn, link, summary,"
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
                for number, row in numbered
            ),
        )
        self._connection.executemany(
            "INSERT INTO text_index (rowid, label, other_label, body) VALUES (?,?,?,?)",
            (
                (number, fold(row.labels), fold(row.other_labels), fold(row.text))
                for number, row in numbered
                if row.kind and not row.withdrawn
            ),
        )
        for row in rows:
            for relation, members in row.members:
                self._connection.executemany(
                    "INSERT INTO member VALUES (?,?,?,?)",
                    ((row.iri, relation, position, member) for position, member in enumerate(members)),
                )

    def set_meta(self, key: str, value: object) -> None:
        """Keep a value for the whole snapshot."""
        self._connection.execute("INSERT INTO meta VALUES (?,?)", (key, encode_json(value)))

    def finish(self) -> None:
        """Complete the file."""
        for step in (_INDEXES, "COMMIT", "PRAGMA optimize"):
            self._connection.execute(step)
        self._connection.close()


class TermsReader:
    """Reads the file; one connection for each thread, all of them read-only on an unchanging file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        try:
            self._meta = {key: json.loads(value) for key, value in self._rows("SELECT key, value FROM meta")}
        except (sqlite3.Error, ValueError) as error:
            raise SnapshotCorrupt(f"The snapshot file {path} cannot be read ({error}). {_REBUILD}") from None

    def meta(self, key: str) -> Any:
        """Give a value kept for the whole snapshot, or None."""
        return self._meta.get(key)

    def term(self, iri: str) -> StoredTerm | None:
        """Read one document."""
        rows = self._rows(
            "SELECT iri, kind, digest, deprecated, withdrawn, statements, view FROM term WHERE iri = ?", iri
        )
        return StoredTerm(*rows[0]) if rows else None

    def described(self) -> dict[str, bool]:
        """Give the IRIs of all documents, each with whether it is withdrawn."""
        return {iri: bool(withdrawn) for iri, withdrawn in self._rows("SELECT iri, withdrawn FROM term")}

    def listing(self, kind: str, *, limit: int, offset: int) -> list[SearchHit]:
        """List the terms of a kind in the order of their titles."""
        return self._hits(
            "SELECT link, kind, summary FROM term WHERE kind = ? AND withdrawn = 0"
            " ORDER BY sort_text, iri LIMIT ? OFFSET ?",
            kind,
            limit,
            offset,
        )

    def members(self, iri: str, relation: str, *, limit: int, offset: int) -> list[SearchHit]:
        """List a page of a group that is longer than its page view shows."""
        return self._hits(
            "SELECT term.link, term.kind, term.summary FROM member JOIN term ON term.iri = member.member"
            " WHERE member.iri = ? AND member.relation = ? AND member.position >= ?"
            " ORDER BY member.position LIMIT ?",
            iri,
            relation,
            offset,
            limit,
        )

    def search(
        self, words: str, *, kind: str = "", limit: int, offset: int = 0
    ) -> tuple[int, list[SearchHit]]:
        """Find terms by the words of their labels and texts, best first, with the number of all hits."""
        expression = match_expression(words)
        if not expression:
            return 0, []
        where = "FROM text_index JOIN term ON term.id = text_index.rowid WHERE text_index MATCH ?"
        arguments: list[object] = [expression]
        if kind:
            where += " AND term.kind = ?"
            arguments.append(kind)
        total = self._rows(f"SELECT count(*) {where}", *arguments)[0][0]
        hits = self._hits(
            f"SELECT term.link, term.kind, term.summary {where}"
            " ORDER BY term.deprecated, term.sort_text != ?, bm25(text_index, 10, 5, 1), term.sort_text"
            " LIMIT ? OFFSET ?",
            *arguments,
            words.casefold(),
            limit,
            offset,
        )
        return total, hits

    def paths(self, *, limit: int, offset: int) -> list[str]:
        """List the paths of all documents that are not withdrawn, for site maps."""
        rows = self._rows(
            "SELECT link FROM term WHERE withdrawn = 0 ORDER BY id LIMIT ? OFFSET ?", limit, offset
        )
        return [json.loads(link)["path"] for (link,) in rows]

    def close(self) -> None:
        """Close all connections; call it when no request reads any more."""
        for connection in self._connections:
            connection.close()

    def _hits(self, query: str, *arguments: object) -> list[SearchHit]:
        return [
            SearchHit(json.loads(link), kind, json.loads(summary))
            for link, kind, summary in self._rows(query, *arguments)
        ]

    def _rows(self, query: str, *arguments: object) -> list[Any]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                f"file:{quote(str(self._path))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            connection.execute("PRAGMA mmap_size=1073741824")
            self._local.connection = connection
            self._connections.append(connection)
        try:
            return cast("list[Any]", connection.execute(query, arguments).fetchall())
        except sqlite3.DatabaseError as error:
            raise SnapshotCorrupt(
                f"The snapshot file {self._path} cannot be read ({error}). {_REBUILD}"
            ) from None


def encode_json(value: object) -> str:
    """Write JSON as it is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

"""``terms.sqlite``: a row for each document, read with one look-up per page.

The words for searching are in ``text.sqlite``. A snapshot that shares ``terms.sqlite`` with an earlier one
has ``changes.sqlite`` beside it: rows that stand in the place of others, and the numbers of those they hide.
"""

# ruff: noqa: S608 - only names of our own tables and columns are put into queries

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from pathways_ld.errors import SnapshotCorrupt
from pathways_ld.model import Link, PageView
from pathways_ld.snapshot.browsing import NOTHING, Browsed, Browser
from pathways_ld.snapshot.bulk import Bulk
from pathways_ld.snapshot.filing import Filed, Filing, found_under, not_under
from pathways_ld.snapshot.names import Name, SharedName, hash_of
from pathways_ld.snapshot.nearest import Nearest
from pathways_ld.snapshot.searching import Search, Wanted
from pathways_ld.snapshot.textindex import Texts

TERMS: Final = "terms.sqlite"
TEXT: Final = "text.sqlite"
CHANGES: Final = "changes.sqlite"

_REBUILD: Final = 'Rebuild it with "pathways-ld build".'


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
    texts: Texts = Texts()
    members: tuple[tuple[str, tuple[str, ...]], ...] = ()
    browsed: Browsed = NOTHING
    filings: tuple[Filing, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    names: tuple[Name, ...] = ()


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


SPOKEN: Final = "replace(replace(replace(replace(lower({}), '-', ''), '_', ''), '.', ''), '~', '')"
"""An IRI as people say it, without capitals, hyphens and dots; it is indexed."""

_COLUMNS: Final = "iri, kind, digest, deprecated, withdrawn, statements, view"
_NOT_HIDDEN: Final = "id NOT IN (SELECT id FROM changes.hidden)"


class TermsReader:
    """Reads the files; one connection for each thread, all of them read-only on unchanging files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = path.with_name(CHANGES).exists()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self.browser = Browser(self._rows, self._changed)
        self.searching = Search(self._rows)
        self.bulk = Bulk(self._rows, self._changed)
        self.nearest = Nearest(self._rows)
        try:
            rows = self._rows("SELECT key, value FROM main.meta")
            if self._changed:
                rows += self._rows("SELECT key, value FROM changes.meta")
            self._meta = {key: json.loads(value) for key, value in rows}
        except (sqlite3.Error, ValueError) as error:
            raise SnapshotCorrupt(f"The snapshot file {path} cannot be read ({error}). {_REBUILD}") from None

    def meta(self, key: str) -> Any:
        """Give a value kept for the whole snapshot, or None."""
        return self._meta.get(key)

    def term(self, iri: str) -> StoredTerm | None:
        """Read one document."""
        query, arguments = self._live(_COLUMNS, "iri = ?", iri)
        rows = self._rows(f"{query} LIMIT 1", *arguments)
        return StoredTerm(*rows[0]) if rows else None

    def size(self) -> int:
        """Give about how many documents there are, at no cost."""
        return int(self._rows("SELECT coalesce(max(id), 0) FROM main.term")[0][0])

    def described(self) -> dict[str, bool]:
        """Give the IRIs of all documents, each with whether it is withdrawn."""
        query, _ = self._live("iri, withdrawn")
        return {iri: bool(withdrawn) for iri, withdrawn in self._rows(query)}

    def near(self, iri: str) -> str:
        """Give the IRI of another document that is spoken like this one; empty where there is none."""
        query, arguments = self._live("iri", f"{SPOKEN.format('iri')} = {SPOKEN.format('?')}", iri)
        return next((found for (found,) in self._rows(query, *arguments) if found != iri), "")

    def listing(self, kind: str, *, limit: int, offset: int) -> list[SearchHit]:
        """List the terms of a kind in the order of their titles."""
        query, arguments = self._live(
            "link, kind, summary, sort_text, iri", "kind = ? AND withdrawn = 0", kind
        )
        return self._hits(f"{query} ORDER BY sort_text, iri LIMIT ? OFFSET ?", *arguments, limit, offset)

    def members(self, iri: str, relation: str, *, limit: int, offset: int) -> list[SearchHit]:
        """List a page of a group that is longer than its page view shows."""
        source, term, columns = "main.member", "JOIN main.term AS term ON term.iri = member.member", _OF_TERM
        if self._changed:
            if self._rows("SELECT 1 FROM changes.term WHERE iri = ?", iri):
                source = "changes.member"
            term, columns = _BOTH.format(name="iri", value="member.member"), _OF_BOTH
        return self._hits(
            f"SELECT {columns} FROM {source} AS member {term}"
            " WHERE member.iri = ? AND member.relation = ? AND member.position >= ?"
            f" {_EITHER if self._changed else ''} ORDER BY member.position LIMIT ?",
            iri,
            relation,
            offset,
            limit,
        )

    def search(
        self, words: str, *, kind: str = "", limit: int, offset: int = 0
    ) -> tuple[int, list[SearchHit]]:
        """Find terms by the words of their labels and texts, best first, with the number of all hits.

        Deprecated ones come last. More than :data:`~pathways_ld.snapshot.searching.MOST` are not counted.
        """
        facets = (("kind", kind),) if kind else ()
        found = self.searching.find(Wanted(words, facets, deprecated=True))
        return len(found.places), self.hits([place.term for place in found.places[offset : offset + limit]])

    def hits(self, numbers: Sequence[int]) -> list[SearchHit]:
        """Give terms by their numbers, in that order."""
        return [hit for hit, _ in self._numbered(numbers, "''")]

    def viewed(self, numbers: Sequence[int]) -> list[tuple[SearchHit, PageView]]:
        """Give terms by their numbers with what their pages show."""
        return [(hit, cast("PageView", json.loads(view))) for hit, view in self._numbered(numbers, "view")]

    def links(self, iris: Sequence[str]) -> dict[str, Link]:
        """Give how to refer to those of some documents that are there."""
        query, arguments = self._live(
            "iri, link", "iri IN (SELECT value FROM json_each(?))", json.dumps([*iris])
        )
        return {iri: json.loads(link) for iri, link in self._rows(query, *arguments)}

    def _numbered(self, numbers: Sequence[int], column: str) -> list[tuple[SearchHit, str]]:
        query, arguments = self._live(
            f"id, link, kind, summary, {column}",
            "id IN (SELECT value FROM json_each(?))",
            json.dumps([*numbers]),
        )
        found = {
            number: (SearchHit(json.loads(link), kind, json.loads(summary)), view)
            for number, link, kind, summary, view in self._rows(query, *arguments)
        }
        return [found[number] for number in numbers]

    def shared_names(self, *, limit: int, offset: int) -> tuple[int, list[SharedName]]:
        """List the names that several terms bear, with the number of all of them."""
        total = self._rows("SELECT count(*) FROM texts.shared_name")[0][0]
        query = "SELECT key, text, meanings FROM texts.shared_name ORDER BY key LIMIT ? OFFSET ?"
        return total, [SharedName(*row) for row in self._rows(query, limit, offset)]

    def shared_among(self, keys: Sequence[str]) -> dict[str, SharedName]:
        """Give those of some names that several terms bear, by key."""
        places = ",".join("?" * len(keys))
        query = f"SELECT key, text, meanings FROM texts.shared_name WHERE key IN ({places})"
        return {row[0]: SharedName(*row) for row in self._rows(query, *keys)} if keys else {}

    def bearers(self, key: str, *, limit: int, offset: int = 0) -> tuple[int, list[SearchHit]]:
        """Give the terms that bear a name, those that prefer it first and deprecated ones last."""
        term, columns, sort = "JOIN main.term AS term ON term.id = name.id", _OF_TERM, "term.sort_text"
        if self._changed:
            term, columns = _BOTH.format(name="id", value="name.id"), _OF_BOTH
            sort = "coalesce(fresh.sort_text, kept.sort_text)"
        total = self._rows("SELECT count(*) FROM texts.name WHERE hash = ?", hash_of(key))[0][0]
        return total, self._hits(
            f"SELECT {columns} FROM texts.name AS name {term} WHERE name.hash = ?"
            f" ORDER BY name.is_current DESC, name.is_preferred DESC, {sort},"
            f" {'coalesce(fresh.iri, kept.iri)' if self._changed else 'term.iri'} LIMIT ? OFFSET ?",
            hash_of(key),
            limit,
            offset,
        )

    def filed(self, heading: str, *, limit: int, offset: int = 0) -> list[Filed]:
        """List a page of the documents that are filed under a heading."""
        term, columns = "JOIN main.term AS term ON term.id = found.id", _OF_TERM
        arguments: list[object] = [heading]
        if self._changed:
            term, columns = _BOTH.format(name="id", value="found.id"), _OF_BOTH
            arguments.append(heading)
        rows = self._rows(
            f"SELECT {columns}, found.note FROM ({found_under(self._changed)}) AS found {term}"
            " ORDER BY found.rank",
            *arguments,
            limit,
            offset,
        )
        return [
            Filed(json.loads(link), kind, json.loads(summary), note) for link, kind, summary, note in rows
        ]

    def not_filed(self, heading: str, kind: str, *, limit: int, offset: int = 0) -> list[SearchHit]:
        """List terms of a kind that are not filed under a heading."""
        columns = "link, kind, summary, sort_text, iri"
        where = "kind = ? AND withdrawn = 0"
        query = f"SELECT {columns} FROM main.term WHERE {where} AND {not_under('main')}"
        arguments: list[object] = [kind, heading]
        if self._changed:
            query += f" AND {_NOT_HIDDEN} UNION ALL SELECT {columns} FROM changes.term WHERE {where}"
            query += f" AND {not_under('changes')}"
            arguments *= 2
        return self._hits(f"{query} ORDER BY sort_text, iri LIMIT ? OFFSET ?", *arguments, limit, offset)

    def paths(self, *, limit: int, offset: int) -> list[str]:
        """List the paths of all documents that are not withdrawn, in the order of their IRIs."""
        query, _ = self._live("link, iri", "withdrawn = 0")
        rows = self._rows(f"{query} ORDER BY iri LIMIT ? OFFSET ?", limit, offset)
        return [json.loads(link)["path"] for link, _ in rows]

    def close(self) -> None:
        """Close all connections; call it when no request reads any more."""
        for connection in self._connections:
            connection.close()

    def _live(self, columns: str, where: str = "1", *arguments: object) -> tuple[str, list[object]]:
        """Give a query for the rows that count, from both files where there are two."""
        kept = f"SELECT {columns} FROM main.term WHERE {where}"
        if not self._changed:
            return kept, [*arguments]
        fresh = f"SELECT {columns} FROM changes.term WHERE {where}"
        return f"{fresh} UNION ALL {kept} AND {_NOT_HIDDEN}", [*arguments, *arguments]

    def _hits(self, query: str, *arguments: object) -> list[SearchHit]:
        return [
            SearchHit(json.loads(link), kind, json.loads(summary))
            for link, kind, summary, *_ in self._rows(query, *arguments)
        ]

    def _rows(self, query: str, *arguments: object) -> list[Any]:
        try:
            connection = getattr(self._local, "connection", None) or self._connect()
            return cast("list[Any]", connection.execute(query, arguments).fetchall())
        except sqlite3.DatabaseError as error:
            raise SnapshotCorrupt(
                f"The snapshot file {self._path} cannot be read ({error}). {_REBUILD}"
            ) from None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(_address(self._path), uri=True, check_same_thread=False)
        self._connections.append(connection)
        connection.execute("ATTACH ? AS texts", (_address(self._path.with_name(TEXT)),))
        if self._changed:
            connection.execute("ATTACH ? AS changes", (_address(self._path.with_name(CHANGES)),))
        connection.execute("PRAGMA mmap_size=1073741824")
        self._local.connection = connection
        return connection


_OF_TERM: Final = "term.link, term.kind, term.summary"
_OF_BOTH: Final = ", ".join(
    f"coalesce(fresh.{column}, kept.{column})" for column in ("link", "kind", "summary")
)
_BOTH: Final = (
    "LEFT JOIN changes.term AS fresh ON fresh.{name} = {value}"
    " LEFT JOIN main.term AS kept ON kept.{name} = {value} AND fresh.id IS NULL"
    f" AND kept.{_NOT_HIDDEN}"
)
_EITHER: Final = "AND (fresh.id IS NOT NULL OR kept.id IS NOT NULL)"


def _address(path: Path) -> str:
    return f"file:{quote(str(path))}?mode=ro&immutable=1"


def encode_json(value: object) -> str:
    """Write JSON as it is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

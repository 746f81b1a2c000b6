"""The tables of ``terms.sqlite`` for browsing: hierarchy, alphabet, categories, dates.

Each row belongs to one document and is written and replaced with it. What several documents together tell
(how many there are below, which letters exist) is counted when it is read.
"""

# ruff: noqa: S608 - only names of our own tables and columns are put into queries

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pathways_ld.model import Link

ANY_LANGUAGE: Final = "*"
"""The `lang` of entries that stand in the index of a language in which their term has no label."""
MOST_COUNTED: Final = 1_000
"""Children of one term that are counted; a page shows many terms, and each could have thousands."""

_TABLES: Final = {
    "branch": (
        "parent TEXT NOT NULL, sort_text TEXT NOT NULL, iri TEXT NOT NULL, id INTEGER NOT NULL,"
        " PRIMARY KEY (parent, sort_text, iri)"
    ),
    "indexed": (
        "kind TEXT NOT NULL, lang TEXT NOT NULL, initial TEXT NOT NULL, sort_key TEXT NOT NULL,"
        " iri TEXT NOT NULL, tag TEXT NOT NULL, text TEXT NOT NULL, other INTEGER NOT NULL,"
        " languages TEXT NOT NULL, id INTEGER NOT NULL,"
        " PRIMARY KEY (kind, lang, initial, sort_key, iri, other, tag, text)"
    ),
    "category": (
        "kind TEXT NOT NULL, property TEXT NOT NULL, value TEXT NOT NULL, sort_text TEXT NOT NULL,"
        " iri TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (kind, property, value, sort_text, iri)"
    ),
    "dated": "at TEXT NOT NULL, iri TEXT NOT NULL, what TEXT NOT NULL, id INTEGER NOT NULL,"
    " PRIMARY KEY (at, iri, what)",
}

BROWSING_TABLES: Final = "".join(
    f"CREATE TABLE {{schema}}.{name} ({columns}) WITHOUT ROWID;\n" for name, columns in _TABLES.items()
)
BROWSING_INDEXES: Final = "".join(
    f"CREATE INDEX {{schema}}.{name}_of ON {name} (id);\n" for name in _TABLES
)  # only where rows are replaced: in the file of changes


class Entry(NamedTuple):
    """A label in the alphabetical index.

    `lang` is the language of the index, `tag` that of the text; `initial` and `sort_key` are as they are
    sorted. `languages` names those in which an entry of :data:`ANY_LANGUAGE` is not wanted, each in commas.
    """

    kind: str
    lang: str
    initial: str
    sort_key: str
    tag: str
    text: str
    other: bool
    languages: str = ""


@dataclass(frozen=True)
class Browsed:
    """What is found of one document by browsing."""

    parents: tuple[str, ...] = ()
    """What it stands below: IRIs, or :func:`top` where it stands above all others."""
    entries: tuple[Entry, ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    """Properties with the IRIs of their values."""
    dates: tuple[tuple[str, str], ...] = ()
    """When something happened (ISO 8601), and what: "created" or "modified"."""


NOTHING: Final = Browsed()


def top(kind: str, scheme: str = "") -> str:
    """Name the place above the topmost terms of a kind, or of a concept scheme."""
    return f"{kind} {scheme}"


class ListedTerm(NamedTuple):
    """A term in a list."""

    link: Link
    kind: str
    summary: dict[str, str]


@dataclass(frozen=True)
class Branch:
    """A term in the hierarchy; `below` counts its children, up to :data:`MOST_COUNTED`."""

    link: Link
    kind: str
    below: int


@dataclass(frozen=True)
class IndexEntry:
    """A label in the alphabetical index, with the term that it leads to."""

    text: str
    tag: str
    other: bool
    link: Link
    initial: str


@dataclass(frozen=True)
class Dated:
    """A term with a date that is stated of it."""

    at: str
    what: str
    link: Link
    kind: str


Rows = Sequence[tuple[int, str, str, str, Browsed]]
"""Number, IRI, kind and `sort_text` of documents, with what is found of them."""


def insert_browsed(connection: sqlite3.Connection, schema: str, rows: Rows) -> None:
    """Write what is found of documents."""

    def insert(table: str, count: int, values: Iterable[tuple[object, ...]]) -> None:
        places = ",".join("?" * count)
        connection.executemany(f"INSERT OR IGNORE INTO {schema}.{table} VALUES ({places})", values)

    insert(
        "branch",
        4,
        ((parent, sort, iri, number) for number, iri, _, sort, found in rows for parent in found.parents),
    )
    insert(
        "indexed",
        10,
        (
            (
                each.kind, each.lang, each.initial, each.sort_key, iri, each.tag, each.text, each.other,
                each.languages, number,
            )
            for number, iri, _, _, found in rows
            for each in found.entries
        ),
    )  # fmt: skip
    insert(
        "category",
        6,
        (
            (kind, each, value, sort, iri, number)
            for number, iri, kind, sort, found in rows
            for each, value in found.categories
        ),
    )
    insert(
        "dated",
        4,
        ((at, iri, what, number) for number, iri, _, _, found in rows for at, what in found.dates),
    )


def remove_browsed(connection: sqlite3.Connection, number: int) -> None:
    """Take out what a document had among the changes."""
    for table in _TABLES:
        connection.execute(f"DELETE FROM changes.{table} WHERE id = ?", (number,))


@dataclass(frozen=True)
class Browser:
    """Reads the tables; `rows` runs a query, `changed` tells whether there is a file of changes."""

    rows: Callable[..., list[Any]]
    changed: bool
    _kept: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def children(self, parent: str, *, limit: int, offset: int = 0) -> list[Branch]:
        """List what stands right below a term, or at the top, in the order of titles."""
        query, arguments = self._live("branch", "sort_text, iri, id", "parent = ?", parent)
        page = self._page(f"{query} ORDER BY sort_text, iri", arguments, limit, offset)
        return [Branch(term.link, term.kind, self.count(iri)) for term, (_, iri, _) in page]

    def count(self, parent: str, most: int = MOST_COUNTED) -> int:
        """Count what stands right below a term, up to `most`."""
        query, arguments = self._live("branch", "1", "parent = ?", parent)
        return int(self.rows(f"SELECT count(*) FROM ({query} LIMIT ?)", *arguments, most)[0][0])

    def total(self, parent: str) -> int:
        """Count all that stands right below."""
        return self.count(parent, -1)

    def schemes(self, kind: str) -> list[str]:
        """List the IRIs of the schemes that have topmost terms of a kind."""

        def read() -> list[str]:
            query, arguments = self._live(
                "branch", "parent", "parent > ? AND parent < ?", top(kind), f"{kind}!"
            )
            rows = self.rows(f"SELECT DISTINCT parent FROM ({query}) ORDER BY parent", *arguments)
            return [parent.partition(" ")[2] for (parent,) in rows]

        return list(self._once(("schemes", kind), read))

    def languages(self, kind: str) -> list[str]:
        """List the languages of labels, as primary subtags; labels without a tag are in ``""``."""

        def read() -> list[str]:
            found: list[str] = []
            last = ""
            # From each language to the next, without reading their entries.
            while len(found) < _MOST_LANGUAGES:
                query, arguments = self._live("indexed", "lang", "kind = ? AND lang > ?", kind, last)
                rows = self.rows(f"SELECT min(lang) FROM ({query})", *arguments)
                if rows[0][0] is None:
                    break
                last = rows[0][0]
                found.append(last)
            return [lang for lang in found if lang != ANY_LANGUAGE]

        return list(self._once(("languages", kind), read))

    def initials(self, kind: str, lang: str, *, fallback: bool) -> dict[str, int]:
        """Give the first letters of the index of a language, each with the number of its entries."""

        def read() -> dict[str, int]:
            query, arguments = self._entries("initial", kind, lang, fallback, "")
            rows = self.rows(
                f"SELECT initial, count(*) FROM ({query}) GROUP BY initial ORDER BY initial", *arguments
            )
            return {initial: int(count) for initial, count in rows}

        found: dict[str, int] = self._once(("initials", kind, lang, str(fallback)), read)
        return found

    def entries(
        self,
        kind: str,
        lang: str,
        initial: str = "",
        *,
        fallback: bool,
        limit: int,
        offset: int = 0,
    ) -> list[IndexEntry]:
        """List the index of a language, or what begins with one letter.

        With `fallback`, terms without a label in it stand under the label they have.
        """
        letters = initial
        if not initial:  # what comes before a letter need not be read to be skipped
            letters, offset = _skipped(self.initials(kind, lang, fallback=fallback), offset)
        columns = "initial, sort_key, iri, other, tag, text, id"
        query, arguments = self._entries(columns, kind, lang, fallback, letters, "=" if initial else ">=")
        page = self._page(
            f"{query} ORDER BY initial, sort_key, iri, other, tag, text", arguments, limit, offset
        )
        return [
            IndexEntry(text, tag, bool(other), term.link, letter)
            for term, (letter, _, _, other, tag, text, _) in page
        ]

    def _entries(
        self, columns: str, kind: str, lang: str, fallback: bool, initial: str, how: str = "="
    ) -> tuple[str, list[object]]:
        letter, letters = (f" AND initial {how} ?", [initial]) if initial else ("", [])
        where = f"kind = ? AND lang = ?{letter}"
        query, arguments = self._live("indexed", columns, where, kind, lang, *letters)
        if fallback:
            more, others = self._live(
                "indexed",
                columns,
                f"{where} AND instr(languages, ?) = 0",
                *(kind, ANY_LANGUAGE, *letters, f",{lang},"),
            )
            query, arguments = f"{query} UNION ALL {more}", [*arguments, *others]
        return query, arguments

    def categories(self, kind: str) -> Mapping[str, Mapping[str, int]]:
        """Give, for each property that sorts the terms of a kind, its values with the number of terms."""

        def read() -> dict[str, dict[str, int]]:
            query, arguments = self._live("category", "property, value", "kind = ?", kind)
            rows = self.rows(
                f"SELECT property, value, count(*) FROM ({query}) GROUP BY property, value", *arguments
            )
            found: dict[str, dict[str, int]] = {}
            for each, value, count in rows:
                found.setdefault(each, {})[value] = int(count)
            return found

        found: dict[str, dict[str, int]] = self._once(("categories", kind), read)
        return found

    def members(
        self, kind: str, category: str, value: str, *, limit: int, offset: int = 0
    ) -> list[ListedTerm]:
        """List the terms of a kind that a property sorts under a value."""
        query, arguments = self._live(
            "category", "sort_text, iri, id", "kind = ? AND property = ? AND value = ?", kind, category, value
        )
        page = self._page(f"{query} ORDER BY sort_text, iri", arguments, limit, offset)
        return [term for term, _ in page]

    def dated(self, *, limit: int, offset: int = 0) -> list[Dated]:
        """List the terms of which a date is stated, the newest first."""
        query, arguments = self._live("dated", "at, iri, what, id")
        page = self._page(f"{query} ORDER BY at DESC, iri DESC, what DESC", arguments, limit, offset)
        return [Dated(at, what, term.link, term.kind) for term, (at, _, what, _) in page]

    def count_dated(self) -> int:
        """Count the dates that are stated of terms."""

        def read() -> int:
            query, arguments = self._live("dated", "1")
            return int(self.rows(f"SELECT count(*) FROM ({query})", *arguments)[0][0])

        return int(self._once(("dated",), read))

    def _live(
        self, table: str, columns: str, where: str = "1", *arguments: object
    ) -> tuple[str, list[object]]:
        """Give a query for the rows that count, from both files where there are two."""
        kept = f"SELECT {columns} FROM main.{table} WHERE {where}"
        if not self.changed:
            return kept, [*arguments]
        fresh = f"SELECT {columns} FROM changes.{table} WHERE {where}"
        hidden = "id NOT IN (SELECT id FROM changes.hidden)"
        return f"{fresh} UNION ALL {kept} AND {hidden}", [*arguments, *arguments]

    def _page(
        self, query: str, arguments: Sequence[object], limit: int, offset: int
    ) -> list[tuple[ListedTerm, Any]]:
        """Give the rows of a page, each with its term; the number of the term is the last in a row."""
        found = self.rows(f"{query} LIMIT ? OFFSET ?", *arguments, limit, offset)
        terms: dict[int, ListedTerm] = {}
        numbers = sorted({row[-1] for row in found})
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            wanted = f"id IN ({','.join('?' * len(some))})"
            terms_query, named = self._live("term", "id, link, kind, summary", wanted, *some)
            for number, link, kind, summary in self.rows(terms_query, *named):
                terms[number] = ListedTerm(json.loads(link), kind, json.loads(summary))
        return [(terms[row[-1]], row) for row in found]

    def _once(self, key: tuple[str, ...], read: Callable[[], Any]) -> Any:
        """Keep what was counted: a snapshot never changes."""
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = read()
        return found


def _skipped(initials: Mapping[str, int], offset: int) -> tuple[str, int]:
    """Give the first letter that a page shows something of, and how much of it comes before."""
    for initial, count in initials.items():
        if offset < count:
            return initial, offset
        offset -= count
    return "\U0010ffff", 0  # after all letters


_MOST_LANGUAGES: Final = 200
_MOST_KEPT: Final = 200
_AT_ONCE: Final = 400

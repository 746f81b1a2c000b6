"""Many documents at once: found by their IRIs or their names, or all of a kind, in few queries."""

# ruff: noqa: S608 - only names of our own tables and columns are put into queries

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

from pathways_ld.model import LanguageMap, Link, PageView
from pathways_ld.snapshot.names import hash_of

MOST_BEARERS: Final = 200
"""Terms that are looked at for one name."""
_PAGE: Final = 500

Rows = Callable[..., list[Any]]


class Listed(NamedTuple):
    """A document in short; `summary` is a short text in each language."""

    link: Link
    kind: str
    deprecated: bool
    withdrawn: bool
    summary: LanguageMap


class Bearer(NamedTuple):
    """A term and how it bears a name; `is_current` is false for a deprecated one."""

    listed: Listed
    text: str
    is_preferred: bool
    is_current: bool


class Bulk:
    """Reads one snapshot; `rows` runs a query, `changed` tells whether there are rows in place of others."""

    def __init__(self, rows: Rows, changed: bool) -> None:
        self._rows = rows
        self._changed = changed

    def described(self, iris: Iterable[str]) -> dict[str, Listed]:
        """Give those of some documents that are there."""
        wanted = json.dumps([*dict.fromkeys(iris)])
        query, repeated = self._live(f"iri, {_SHORT}", "iri IN (SELECT value FROM json_each(?))")
        return {iri: _listed(row) for iri, *row in self._rows(query, *[wanted] * repeated)}

    def views(self, iris: Iterable[str]) -> dict[str, PageView]:
        """Give what the pages show of those of some documents that are there."""
        wanted = json.dumps([*dict.fromkeys(iris)])
        query, repeated = self._live("iri, view", "iri IN (SELECT value FROM json_each(?))")
        return {
            iri: cast("PageView", json.loads(view)) for iri, view in self._rows(query, *[wanted] * repeated)
        }

    def bearers(self, keys: Iterable[str], *, kind: str = "") -> dict[str, list[Bearer]]:
        """Give the terms that bear some names: current ones first, then those that prefer the name."""
        numbers = {hash_of(key): key for key in keys}
        term = "JOIN main.term AS term ON term.id = named.id"
        columns, last = _columns("term.{}"), "term.sort_text, term.iri"
        if self._changed:
            term = (
                "LEFT JOIN changes.term AS fresh ON fresh.id = named.id"
                " LEFT JOIN main.term AS kept ON kept.id = named.id AND fresh.id IS NULL"
                " AND kept.id NOT IN (SELECT id FROM changes.hidden)"
            )
            columns = _columns("coalesce(fresh.{0}, kept.{0})")
            last = "coalesce(fresh.sort_text, kept.sort_text), coalesce(fresh.iri, kept.iri)"
        rows = self._rows(
            f"SELECT named.hash, named.text, named.is_preferred, named.is_current, {columns} FROM ("
            "SELECT hash, id, text, is_preferred, is_current, row_number() OVER (PARTITION BY hash"
            " ORDER BY is_current DESC, is_preferred DESC, id) AS place FROM texts.name"
            " WHERE hash IN (SELECT value FROM json_each(?))"
            f") AS named {term} WHERE named.place <= ?"
            f" ORDER BY named.hash, named.is_current DESC, named.is_preferred DESC, {last}",
            json.dumps([*numbers]),
            MOST_BEARERS,
        )
        found: dict[str, list[Bearer]] = {}
        for number, text, is_preferred, is_current, *row in rows:
            if row[0] is not None and kind in ("", row[1]):
                bearer = Bearer(_listed(row), text, bool(is_preferred), bool(is_current))
                found.setdefault(numbers[number], []).append(bearer)
        return found

    def numbered(self, numbers: Sequence[int]) -> dict[int, Listed]:
        """Give documents by the numbers under which a search has found them."""
        wanted = json.dumps([*numbers])
        query, repeated = self._live(f"id, {_SHORT}", "id IN (SELECT value FROM json_each(?))")
        return {number: _listed(row) for number, *row in self._rows(query, *[wanted] * repeated)}

    def of_kind(self, kind: str) -> Iterator[PageView]:
        """Give what the pages of all terms of a kind show, by title, a page at a time."""
        query, repeated = self._live(
            "sort_text, iri, view", "kind = ? AND withdrawn = 0 AND (sort_text, iri) > (?, ?)"
        )
        after = ("", "")
        while True:
            rows = self._rows(f"{query} ORDER BY sort_text, iri LIMIT ?", *[kind, *after] * repeated, _PAGE)
            for sort_text, iri, view in rows:
                after = (sort_text, iri)
                yield cast("PageView", json.loads(view))
            if len(rows) < _PAGE:
                return

    def _live(self, columns: str, where: str) -> tuple[str, int]:
        """Give a query for the rows that count, and how often its arguments are needed."""
        kept = f"SELECT {columns} FROM main.term WHERE {where}"
        if not self._changed:
            return kept, 1
        fresh = f"SELECT {columns} FROM changes.term WHERE {where}"
        return f"{fresh} UNION ALL {kept} AND id NOT IN (SELECT id FROM changes.hidden)", 2


_SHORT: Final = "link, kind, deprecated, withdrawn, summary"


def _columns(form: str) -> str:
    return ", ".join(form.format(each) for each in _SHORT.split(", "))


def _listed(row: Sequence[Any]) -> Listed:
    link, kind, deprecated, withdrawn, summary = row
    return Listed(json.loads(link), kind, bool(deprecated), bool(withdrawn), json.loads(summary))

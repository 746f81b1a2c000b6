"""Published changes as people look them up: the newest first, with what is public of where they came from."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pathways_ld.ledger.changes import Change, Delta, packed, unpacked
from pathways_ld.ledger.database import Database

_COLUMNS: Final = (
    "SELECT change.number, change.at, change.author, change.action, change.note, change.graphs,"
    " change.snapshot, change.published, length(change.added) + length(change.removed),"
    " origin.number, origin.reason, CASE WHEN origin.named THEN origin.name ELSE '' END,"
    " CASE WHEN origin.named AND origin.contact NOT LIKE '%@%' THEN origin.contact ELSE '' END"
    " FROM change LEFT JOIN contribution AS origin ON origin.change = change.number"
    " WHERE change.published = 1"
)


@dataclass(frozen=True)
class Origin:
    """What is public of the contribution that a change came from.

    `name` and `orcid`, an IRI, are empty where the contributor did not agree that they be published.
    """

    contribution: int
    reason: str
    name: str
    orcid: str


@dataclass(frozen=True)
class PastChange:
    """A published change; `origin` is None where no contribution led to it.

    `is_whole` tells whether the delta was read: one that is longer than was asked for is left empty.
    """

    change: Change
    origin: Origin | None
    is_whole: bool


class History:
    """Reads published changes; one that was accepted, but is not current yet, is no part of it."""

    def __init__(self, state_dir: Path) -> None:
        self._database = Database(state_dir)

    def count(self, through: int) -> int:
        """Give the number of published changes up to the one with the number `through`."""
        with self._database.reading() as connection:
            if connection is None:
                return 0
            row = connection.execute(
                "SELECT count(*) FROM change WHERE published = 1 AND number <= ?", (through,)
            ).fetchone()
            return int(row[0])

    def page(self, through: int, *, limit: int, offset: int = 0, longest: int = 100_000) -> list[PastChange]:
        """Give changes up to `through`, the newest first.

        Deltas of up to `longest` bytes, as they are kept, are read.
        """
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"{_COLUMNS} AND change.number <= ? ORDER BY change.number DESC LIMIT ? OFFSET ?",
                (through, limit, offset),
            ).fetchall()
            return [_past(connection, row, longest) for row in rows]

    def between(self, after: int, through: int, *, longest: int = 100_000) -> list[PastChange]:
        """Give the changes after one number, up to another, the newest first."""
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"{_COLUMNS} AND change.number > ? AND change.number <= ? ORDER BY change.number DESC",
                (after, through),
            ).fetchall()
            return [_past(connection, row, longest) for row in rows]

    def find(self, number: int, *, longest: int = 3_000_000) -> PastChange | None:
        """Give one change, or None where there is no such one."""
        with self._database.reading() as connection:
            if connection is None:
                return None
            row = connection.execute(f"{_COLUMNS} AND change.number = ?", (number,)).fetchone()
            return _past(connection, row, longest) if row else None


def _past(connection: sqlite3.Connection, row: tuple[Any, ...], longest: int) -> PastChange:
    number, at, author, action, note, graphs, snapshot, published, size, contribution, *public = row
    is_whole = size <= longest
    added, removed = (
        connection.execute("SELECT added, removed FROM change WHERE number = ?", (number,)).fetchone()
        if is_whole
        else (packed(()), packed(()))
    )
    delta = Delta(unpacked(added), unpacked(removed), frozenset(json.loads(graphs)))
    change = Change(number, at, author, action, note, delta, snapshot, bool(published))
    return PastChange(change, None if contribution is None else Origin(contribution, *public), is_whole)

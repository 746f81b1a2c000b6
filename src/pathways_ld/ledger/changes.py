"""Accepted changes, in the order in which they were made, each with what it added and removed."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pathways_ld.ledger.database import Database
from pathways_ld.rdfio import Statement, graph_line, read_graph_line


@dataclass(frozen=True)
class Delta:
    """What a change does to the asserted statements.

    A named graph without statements is a graph too (RDF 1.1 Concepts, 4): `empty_graphs` are the IRIs of
    those there are after the change.
    """

    added: tuple[Statement, ...] = ()
    removed: tuple[Statement, ...] = ()
    empty_graphs: frozenset[str] = frozenset()

    @property
    def graphs(self) -> frozenset[str]:
        """The IRIs of the graphs in which statements change; the unnamed one is the empty text."""
        return frozenset(each.graph[1:-1] for each in (*self.added, *self.removed))


@dataclass(frozen=True)
class Change:
    """An accepted change. `at` is in UTC; `snapshot` is what was published with it."""

    number: int
    at: str
    author: str
    action: str
    note: str
    delta: Delta
    snapshot: str
    published: bool


class Ledger:
    """Reads and appends; whoever appends holds the lock of the snapshot folder."""

    def __init__(self, state_dir: Path) -> None:
        self._database = Database(state_dir)

    def head(self) -> int:
        """Give the number that was given last; 0 where none was."""
        with self._database.reading() as connection:
            if connection is None:
                return 0
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change'").fetchone()
            return int(row[0]) if row else 0

    def continue_after(self, number: int) -> None:
        """Give no number up to `number` to a change any more; sources tell of changes with these already."""
        head = self.head()
        if number <= head:
            return
        with self._database.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO gap VALUES (?,?)", (head + 1, number))
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'change' AND seq < ?", (number,))
            connection.execute(
                "INSERT INTO sqlite_sequence SELECT 'change', ? WHERE NOT EXISTS"
                " (SELECT * FROM sqlite_sequence WHERE name = 'change')",
                (number,),
            )

    def changes(self, after: int = 0) -> Iterator[Change]:
        """Give the changes with a higher number than `after`, in their order."""
        number = after
        while (change := self._next(number)) is not None:
            yield change
            number = change.number

    def _next(self, after: int) -> Change | None:
        with self._database.reading() as connection:
            if connection is None:
                return None
            row = connection.execute(
                "SELECT number, at, author, action, note, added, removed, graphs, snapshot, published"
                " FROM change WHERE number > ? ORDER BY number LIMIT 1",
                (after,),
            ).fetchone()
        if row is None:
            return None
        number, at, author, action, note, added, removed, graphs, snapshot, published = row
        delta = Delta(unpacked(added), unpacked(removed), frozenset(json.loads(graphs)))
        return Change(number, at, author, action, note, delta, snapshot, bool(published))

    def pending(self) -> Change | None:
        """Give the last change if it was accepted, but the switch to its snapshot was cut short."""
        head = self.head()
        last = self._next(head - 1) if head else None
        return last if last is not None and not last.published else None

    def append(
        self,
        number: int,
        delta: Delta,
        *,
        author: str,
        action: str,
        note: str,
        snapshot: str,
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Write a change through to the disk; `number` is one more than the head's.

        What `also` writes comes in the same transaction: both are there, or neither.
        """
        row = (
            number,
            datetime.now(UTC).isoformat(timespec="seconds"),
            author,
            action,
            note,
            packed(delta.added),
            packed(delta.removed),
            json.dumps(sorted(delta.empty_graphs)),
            snapshot,
        )
        with self._database.writing() as connection:
            connection.execute("INSERT INTO change VALUES (?,?,?,?,?,?,?,?,?,0)", row)
            if also is not None:
                also(connection)

    def mark_published(self, number: int) -> None:
        """Note that the snapshot of a change is the current one."""
        with self._database.writing() as connection:
            connection.execute("UPDATE change SET published = 1 WHERE number = ?", (number,))


def packed(statements: Iterable[Statement]) -> bytes:
    """Write statements as the tables keep them."""
    return zlib.compress("".join(map(graph_line, statements)).encode(), 6)


def unpacked(content: bytes) -> tuple[Statement, ...]:
    """Read what :func:`packed` wrote."""
    lines = zlib.decompress(content).decode().split("\n")
    return tuple(read_graph_line(line) for line in lines if line)

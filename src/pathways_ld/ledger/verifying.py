"""Is the ledger whole: the file, the numbers, and that each part leads to the others it speaks of."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pathways_ld.ledger.changes import unpacked
from pathways_ld.ledger.database import Database


def verify(state_dir: Path) -> list[str]:
    """List what is wrong with the ledger, a sentence each. Raises :class:`StorageError`."""
    with Database(state_dir).reading() as connection:
        return [] if connection is None else verify_connection(connection)


def verify_connection(connection: sqlite3.Connection) -> list[str]:
    """List what is wrong with a ledger that is open, of whichever version."""
    broken = [row[0] for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
    if broken:
        return [f"The file is damaged: {text}." for text in broken]
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    problems = list(_changes(connection, gaps="gap" in tables))
    if "contribution" in tables:
        problems += _references(connection)
        problems += _contributions(connection)
    return problems


def _changes(connection: sqlite3.Connection, *, gaps: bool) -> Iterator[str]:
    expected = 1
    left_out = dict(connection.execute("SELECT first, last FROM gap").fetchall()) if gaps else {}
    last = 0
    unpublished: list[int] = []
    for number, at, added, removed, graphs, published in connection.execute(
        "SELECT number, at, added, removed, graphs, published FROM change ORDER BY number"
    ):
        while expected in left_out:
            expected = left_out[expected] + 1
        if number != expected:
            missing = str(expected) if number == expected + 1 else f"{expected} to {number - 1}"
            yield f"Change {missing} is missing."
        expected, last = number + 1, number
        wrong = _unreadable(at, added, removed, graphs)
        if wrong:
            yield f"Change {number} cannot be read: {wrong}."
        if not published:
            unpublished.append(number)
    for number in unpublished:
        if number != last:
            yield f"Change {number} is not marked as published, although later ones are."


def _unreadable(at: str, added: bytes, removed: bytes, graphs: str = "[]") -> str:
    try:
        datetime.fromisoformat(at)
        unpacked(added)
        unpacked(removed)
        json.loads(graphs)
    except (ValueError, zlib.error) as error:
        return str(error)
    return ""


def _references(connection: sqlite3.Connection) -> Iterator[str]:
    for table, row, other, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f'Row {row} of "{table}" leads to a row of "{other}" that is not there.'


def _contributions(connection: sqlite3.Connection) -> Iterator[str]:
    for number, at, added, removed, state, change in connection.execute(
        "SELECT number, at, added, removed, state, change FROM contribution ORDER BY number"
    ):
        wrong = _unreadable(at, added, removed)
        if wrong:
            yield f"Contribution {number} cannot be read: {wrong}."
        elif state == "accepted" and change is None and (unpacked(added) or unpacked(removed)):
            yield f"Contribution {number} is accepted, but no change came of it."
        elif state != "accepted" and change is not None:
            yield f"Contribution {number} became change {change}, but its state is “{state}”."

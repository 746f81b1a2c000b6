"""Who bears which name: tables of ``text.sqlite`` beside the words for searching.

A name is found by its *key*, the form in which two spellings of it are the same (what that is, the writer
decides). A name is *shared* where several terms bear it that are not deprecated.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

NAMES: Final = """
CREATE TABLE texts.name (
    hash INTEGER NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL, is_preferred INTEGER NOT NULL,
    is_current INTEGER NOT NULL,
    PRIMARY KEY (hash, id)
) WITHOUT ROWID;
CREATE TABLE texts.shared_name (
    key TEXT PRIMARY KEY, hash INTEGER NOT NULL, text TEXT NOT NULL, meanings INTEGER NOT NULL
) WITHOUT ROWID;
"""


_WAITING: Final = """
CREATE TEMP TABLE waiting_name (
    hash INTEGER, id INTEGER, text TEXT, is_preferred INTEGER, is_current INTEGER, key TEXT
)
"""
_WRITE: Final = (
    "INSERT INTO texts.name SELECT hash, id, text, is_preferred, is_current FROM temp.waiting_name"
    " ORDER BY hash, id"
)
_END: Final = "DROP TABLE temp.waiting_name"
_SHARE: Final = """
INSERT INTO texts.shared_name
SELECT {key}, hash,
    (SELECT text FROM texts.name AS spelt WHERE spelt.hash = named.hash AND is_current
     ORDER BY is_preferred DESC, text LIMIT 1),
    count(*)
FROM {source} AS named WHERE is_current AND {where} GROUP BY hash HAVING count(*) > 1 ORDER BY 1
"""
"""Keeps the names that are shared, spelt as those spell them who prefer them."""


class Name(NamedTuple):
    """A name of a term, once for each key; `is_current` is false for those of deprecated terms."""

    key: str
    text: str
    is_preferred: bool
    is_current: bool


class SharedName(NamedTuple):
    """A name with the number of the terms that bear it and are not deprecated."""

    key: str
    text: str
    meanings: int


def hash_of(key: str) -> int:
    """Give the number by which a key is found: an index of numbers is a third of the size."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), signed=True)


class NamesWriter:
    """Writes the names of a whole snapshot. They wait for each other: in order, they are written at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(_WAITING)

    def add(self, rows: Iterable[tuple[int, Sequence[Name]]]) -> None:
        """Add the names of terms, each term by its number."""
        self._connection.executemany(
            "INSERT INTO temp.waiting_name VALUES (?,?,?,?,?,?)",
            (
                (hash_of(name.key), number, name.text, name.is_preferred, name.is_current, name.key)
                for number, names in rows
                for name in names
            ),
        )

    def finish(self) -> None:
        """Write the names and those that are shared; call it when all are there."""
        for step in (_WRITE, _SHARE.format(key="key", source="temp.waiting_name", where="1"), _END):
            self._connection.execute(step)


def replace_names(
    connection: sqlite3.Connection, number: int, before: Sequence[Name], after: Sequence[Name]
) -> None:
    """Put names in the place of those that a term had, and find anew which of them are shared."""
    connection.executemany(
        "DELETE FROM texts.name WHERE hash = ? AND id = ?", ((hash_of(name.key), number) for name in before)
    )
    _insert(connection, number, after)
    for key in sorted({name.key for name in (*before, *after)}):
        connection.execute("DELETE FROM texts.shared_name WHERE key = ?", (key,))
        _share(connection, key)


def _insert(connection: sqlite3.Connection, number: int, names: Sequence[Name]) -> None:
    connection.executemany(
        "INSERT INTO texts.name VALUES (?,?,?,?,?)",
        ((hash_of(name.key), number, name.text, name.is_preferred, name.is_current) for name in names),
    )


def _share(connection: sqlite3.Connection, key: str) -> None:
    step = _SHARE.format(key="?", source="texts.name", where="hash = ?")
    connection.execute(step, (key, hash_of(key)))

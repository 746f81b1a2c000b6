"""The ledger's SQLite file: its tables and how it is opened."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pathways_ld.errors import StorageError

FILE: Final = "ledger.sqlite"
VERSION: Final = 1
"""The version of the tables; a file of a later one is not touched."""

_BUSY: Final = 10.0
"""Seconds to wait for another process that writes."""

_SCHEMA: Final = """
CREATE TABLE change (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    note TEXT NOT NULL,
    added BLOB NOT NULL,
    removed BLOB NOT NULL,
    graphs TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    published INTEGER NOT NULL
) STRICT;
CREATE TABLE token (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash BLOB NOT NULL,
    scopes TEXT NOT NULL,
    graphs TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
"""


class Database:
    """Opens a connection for each use: the ledger is asked seldom, and by many threads and processes."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FILE

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Give a connection for reading, or None where there is no ledger yet."""
        if not self.path.exists():
            yield None
            return
        with self._connected() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside a transaction; it is on the disk when this ends without an exception."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            self._prepare(connection)
            yield connection
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, _BUSY, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                self._check(connection)
                yield connection
        except (sqlite3.Error, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise StorageError(f"The ledger {self.path} cannot be used: {reason}.") from error

    def _check(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StorageError(
                f"The ledger {self.path} is of version {version}; this software reads up to {VERSION}."
                " Use the newer software that wrote it."
            )

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA user_version").fetchone() == (0,):
            for statement in _SCHEMA.split(";"):  # executescript would end the transaction
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

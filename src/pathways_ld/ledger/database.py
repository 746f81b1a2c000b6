"""The ledger's SQLite file: its tables and how it is opened."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pathways_ld.errors import StorageError

FILE: Final = "ledger.sqlite"
VERSION: Final = 2
"""The version of the tables; a file of a later one is not touched."""

_BUSY: Final = 10.0
"""Seconds to wait for another process that writes."""

_MIGRATIONS: Final = (
    """
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
) STRICT
""",
    """
CREATE TABLE contribution (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    at TEXT NOT NULL,
    way TEXT NOT NULL,
    term TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    reason TEXT NOT NULL,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    named INTEGER NOT NULL,
    client BLOB NOT NULL,
    digest BLOB NOT NULL,
    media_type TEXT NOT NULL,
    base_change INTEGER NOT NULL,
    added BLOB NOT NULL,
    removed BLOB NOT NULL,
    state TEXT NOT NULL,
    reviewer TEXT NOT NULL DEFAULT '',
    change INTEGER REFERENCES change (number),
    document BLOB NOT NULL
) STRICT;
CREATE INDEX contribution_state ON contribution (state, number);
CREATE INDEX contribution_client ON contribution (client, at);
CREATE INDEX contribution_change ON contribution (change);
CREATE INDEX contribution_term ON contribution (term, state);
CREATE INDEX contribution_digest ON contribution (digest);
CREATE TABLE step (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    contribution INTEGER NOT NULL REFERENCES contribution (number),
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    note TEXT NOT NULL,
    added BLOB NOT NULL,
    removed BLOB NOT NULL
) STRICT;
CREATE INDEX step_contribution ON step (contribution, number);
CREATE TABLE account (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    created TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE session (
    key BLOB PRIMARY KEY,
    account TEXT NOT NULL COLLATE NOCASE REFERENCES account (name),
    agent TEXT NOT NULL,
    created REAL NOT NULL,
    seen REAL NOT NULL,
    expires REAL NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account);
CREATE TABLE attempt (
    subject BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    at REAL NOT NULL,
    until REAL NOT NULL,
    kept INTEGER NOT NULL
) STRICT;
CREATE TABLE spent (nonce BLOB PRIMARY KEY, expires REAL NOT NULL) STRICT;
CREATE INDEX spent_expires ON spent (expires);
CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE notice (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    contribution INTEGER,
    change INTEGER,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX notice_at ON notice (at);
CREATE TABLE webhook (name TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT;
CREATE TABLE delivery (
    notice INTEGER NOT NULL REFERENCES notice (number),
    webhook TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt TEXT NOT NULL,
    outcome TEXT NOT NULL,
    failure TEXT NOT NULL,
    PRIMARY KEY (notice, webhook)
) STRICT;
CREATE TABLE gap (first INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE export (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    through INTEGER NOT NULL,
    digest TEXT NOT NULL,
    labels TEXT NOT NULL,
    complete INTEGER NOT NULL
) STRICT
""",
)
"""What each version of the tables adds to the one before; what was published stays as it is."""


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
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if 0 < version < VERSION:
                self._migrate(connection)
            yield connection if version else None

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
            if not self.path.exists():
                self.path.touch(mode=0o600)  # it holds secrets; SQLite makes its other files alike
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

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        self._prepare(connection)
        connection.execute("COMMIT")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == VERSION:
            return
        for migration in _MIGRATIONS[version:]:
            for statement in migration.split(";"):  # executescript would end the transaction
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")

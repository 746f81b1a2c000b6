"""Sessions: who has signed in, by a key that only their browser has.

The key is 256 random bits; the ledger keeps a digest, so that a copy of it lets nobody in. A session ends
when it is not used for a while, after a fixed time at the latest, and at once when its account changes.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathways_ld.ledger.database import Database

MOST: Final = 20
"""Sessions of one account; the one unused for longest makes room for the next."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SEEN_EVERY: Final = 60.0
"""Seconds within which a session's use is not noted again: noting it makes the disk work."""
_LONGEST_AGENT: Final = 200
_SELECT: Final = (
    "SELECT session.key, account.name, account.display_name, account.role, session.agent,"
    " session.created, session.seen, session.expires"
    " FROM session JOIN account ON account.name = session.account"
)


@dataclass(frozen=True)
class Session:
    """A session that is valid. Times are seconds since 1970; `agent` is what the browser said of itself.

    `digest` stands for the key, `id` for the session where its owner is shown it.
    """

    digest: bytes
    account: str
    display_name: str
    role: str
    agent: str
    created: float
    seen: float
    expires: float

    @property
    def id(self) -> str:
        """What names the session to its owner."""
        return self.digest[:8].hex()


class Sessions:
    """The sessions of a state directory; `idle` and `lifetime` are in seconds."""

    def __init__(
        self, state_dir: Path, *, idle: float, lifetime: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = Database(state_dir)
        self._idle = idle
        self._lifetime = lifetime
        self._clock = clock

    def begin(self, account: str, agent: str = "") -> str:
        """Make a session of an account; gives its key, which is not kept."""
        key, now = secrets.token_urlsafe(32), self._clock()
        shown = "".join(char for char in agent[:_LONGEST_AGENT] if char.isprintable())
        with self._database.writing() as connection:
            connection.execute("DELETE FROM session WHERE expires <= ? OR seen <= ?", (now, now - self._idle))
            connection.execute(
                "DELETE FROM session WHERE account = ? AND key NOT IN"
                " (SELECT key FROM session WHERE account = ? ORDER BY seen DESC, created DESC LIMIT ?)",
                (account, account, MOST - 1),
            )
            row = (_digest(key), account, shown, now, now, now + self._lifetime)
            connection.execute("INSERT INTO session VALUES (?,?,?,?,?,?)", row)
        return key

    def find(self, key: str) -> Session | None:
        """Give the session with this key while it is valid, and note that it is used."""
        if not _KEY.fullmatch(key):
            return None
        found = self._select("session.key = ?", _digest(key))
        if not found:
            return None
        session, now = found[0], self._clock()
        if now - session.seen >= min(_SEEN_EVERY, self._idle / 2):
            with self._database.writing() as connection:
                connection.execute("UPDATE session SET seen = ? WHERE key = ?", (now, session.digest))
        return session

    def of(self, account: str) -> list[Session]:
        """List the valid sessions of an account, the last used first."""
        return self._select("session.account = ?", account)

    def end(self, session: Session) -> None:
        """End a session."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM session WHERE key = ?", (session.digest,))

    def _select(self, condition: str, value: bytes | str) -> list[Session]:
        now = self._clock()
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"{_SELECT} WHERE {condition} AND NOT account.disabled"
                " AND session.expires > ? AND session.seen > ?"
                " ORDER BY session.seen DESC, session.created DESC",
                (value, now, now - self._idle),
            ).fetchall()
        return [Session(*row) for row in rows]


def end_sessions(connection: sqlite3.Connection, account: str) -> None:
    """End all sessions of an account."""
    connection.execute("DELETE FROM session WHERE account = ?", (account,))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()

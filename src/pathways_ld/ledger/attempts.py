"""Attempts to sign in: who guesses has to wait, longer each time, whichever process is asked.

An attempt is counted as a failure before the password is looked at, and taken back when it was right: many
attempts at the same moment are counted all the same. Names that no account has are counted like the others,
so that nobody learns from a refusal which there are.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathways_ld.errors import TooManyRequests
from pathways_ld.ledger.database import Database
from pathways_ld.ledger.keys import secret_key

ROOM: Final = 10_000
"""Subjects without an account that are remembered; the oldest are forgotten first."""
FORGOTTEN_AFTER: Final = 86_400.0
"""Seconds without a failure after which the earlier ones do not count."""
LONGEST_WAIT: Final = 900.0
_FIRST_WAIT: Final = 30.0


@dataclass(frozen=True)
class Subject:
    """Whose failures are counted: those at a name, or those of a client. `kept`: never forgotten for room.

    `free` failures come before the first wait; each further one doubles it.
    """

    name: str
    free: int
    kept: bool = False

    def wait(self, failures: int) -> float:
        """Give the seconds to wait after so many failures."""
        beyond = failures - self.free
        return min(LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(beyond, 16)) if beyond >= 0 else 0.0


def account_subject(name: str, *, exists: bool) -> Subject:
    """Count what is tried at a name, from wherever."""
    return Subject(f"account {name.lower()}", 10, kept=exists)


def client_subject(client: str) -> Subject:
    """Count what one client tries at all names; an office may be one client."""
    return Subject(f"client {client}", 20)


class Attempts:
    """The failures of a state directory, known to all its processes."""

    def __init__(self, state_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self._state_dir = state_dir
        self._database = Database(state_dir)
        self._clock = clock

    def begin(self, subjects: Sequence[Subject]) -> None:
        """Count an attempt. Raises :class:`TooManyRequests` where one of the subjects has to wait."""
        keys = [self.key(each) for each in subjects]
        with self._database.reading() as connection:
            if connection is not None:
                self._refuse(connection, keys)  # who waits does not make the disk work
        with self._database.writing() as connection:
            self._refuse(connection, keys)
            now = self._clock()
            for subject, key in zip(subjects, keys, strict=True):
                failures = self._failures(connection, key) + 1
                row = (key, failures, now, now + subject.wait(failures), subject.kept)
                connection.execute("INSERT OR REPLACE INTO attempt VALUES (?,?,?,?,?)", row)
            self._make_room(connection)

    def succeed(self, account: Subject, *others: Subject) -> None:
        """Forget what failed at an account, and of the others only this attempt.

        Else somebody with an account could guess at others' by signing in between.
        """
        with self._database.writing() as connection:
            forget(connection, self.key(account))
            for key in map(self.key, others):
                connection.execute(
                    "UPDATE attempt SET failures = failures - 1, until = 0 WHERE subject = ?", (key,)
                )

    def key(self, subject: Subject) -> bytes:
        """Give what stands for a subject in the ledger, from which neither name nor address can be read."""
        key = secret_key(self._state_dir, "attempts")
        return hmac.digest(key, subject.name.encode("utf-8", "surrogatepass"), hashlib.sha256)

    def _refuse(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
        now = self._clock()
        marks = ",".join("?" * len(keys))
        query = f"SELECT max(until) FROM attempt WHERE subject IN ({marks})"  # noqa: S608 - only marks
        (until,) = connection.execute(query, list(keys)).fetchone()
        if until is not None and until > now:
            # A clock that was set back does not lock anybody out for longer.
            wait = math.ceil(min(until - now, LONGEST_WAIT))
            raise TooManyRequests(
                f"Too many attempts to sign in have failed for this name or from your address; try again in"
                f" {wait} seconds. Until then even the right password is not looked at.",
                retry_after=wait,
            )

    def _failures(self, connection: sqlite3.Connection, key: bytes) -> int:
        row = connection.execute(
            "SELECT failures FROM attempt WHERE subject = ? AND at > ?",
            (key, self._clock() - FORGOTTEN_AFTER),
        ).fetchone()
        return int(row[0]) if row else 0

    def _make_room(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM attempt WHERE at < ?", (self._clock() - FORGOTTEN_AFTER,))
        (others,) = connection.execute("SELECT count(*) FROM attempt WHERE NOT kept").fetchone()
        connection.execute(
            "DELETE FROM attempt WHERE subject IN"
            " (SELECT subject FROM attempt WHERE NOT kept ORDER BY at LIMIT ?)",
            (max(0, others - ROOM),),
        )


def forget(connection: sqlite3.Connection, key: bytes) -> None:
    """Forget all failures of a subject."""
    connection.execute("DELETE FROM attempt WHERE subject = ?", (key,))

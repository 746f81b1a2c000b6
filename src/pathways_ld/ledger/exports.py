"""What of the ledger has been written into source files, as the ledger remembers it.

A row is made before the files are replaced and completed after, so that an export that was cut short is
known too. The rows never decide what is asserted: :func:`~pathways_ld.ledger.replaying.replay_ledger` does,
by what the sources themselves show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pathways_ld.ledger.database import Database


@dataclass(frozen=True)
class Export:
    """An export of the changes up to `through`; `at` is in UTC. `digest` names what was written."""

    number: int
    at: str
    through: int
    digest: str
    is_complete: bool


class Exports:
    """Reads and appends exports."""

    def __init__(self, state_dir: Path) -> None:
        self._database = Database(state_dir)

    def all(self) -> list[Export]:
        """List the exports, the oldest first."""
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT number, at, through, digest, complete FROM export ORDER BY number"
            ).fetchall()
        return [Export(number, at, through, digest, bool(done)) for number, at, through, digest, done in rows]

    def through(self, *, complete: bool) -> int:
        """Give the last change that was exported; with `complete`, by an export that came to its end."""
        return max((each.through for each in self.all() if each.is_complete or not complete), default=0)

    def labels(self) -> dict[str, str]:
        """Give the labels that blank nodes got by exports, by those they had."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            rows = connection.execute("SELECT labels FROM export ORDER BY number").fetchall()
        return {old: new for (labels,) in rows for old, new in json.loads(labels).items()}

    def begin(self, through: int, digest: str, labels: Mapping[str, str]) -> int:
        """Note that files are about to be written; `labels` are those that blank nodes will get."""
        with self._database.writing() as connection:
            cursor = connection.execute(
                "INSERT INTO export (at, through, digest, labels, complete) VALUES (?,?,?,?,0)",
                (datetime.now(UTC).isoformat(timespec="seconds"), through, digest, json.dumps(dict(labels))),
            )
            return int(cursor.lastrowid or 0)

    def complete(self, number: int) -> None:
        """Note that all files of an export are in their places."""
        with self._database.writing() as connection:
            connection.execute("UPDATE export SET complete = 1 WHERE number = ?", (number,))

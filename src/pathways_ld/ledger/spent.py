"""What may be used once only, and has been: kept until it would not be taken any more anyway."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pathways_ld.ledger.database import Database

ROOM: Final = 100_000
"""Nonces that are kept; those that end first are forgotten first."""


def spend(state_dir: Path, nonce: bytes, expires: float, clock: Callable[[], float] = time.time) -> bool:
    """Note that a nonce is used, until `expires` (seconds since 1970); False where it was used before."""
    with Database(state_dir).writing() as connection:
        connection.execute("DELETE FROM spent WHERE expires <= ?", (clock(),))
        cursor = connection.execute("INSERT OR IGNORE INTO spent VALUES (?, ?)", (nonce, expires))
        (count,) = connection.execute("SELECT count(*) FROM spent").fetchone()
        if count > ROOM:
            connection.execute(
                "DELETE FROM spent WHERE nonce IN (SELECT nonce FROM spent ORDER BY expires LIMIT ?)",
                (count - ROOM,),
            )
    return cursor.rowcount == 1

"""Secret keys of the server: made when first needed, and kept with what they protect."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from pathways_ld.ledger.database import Database

LENGTH: Final = 32
"""Bytes of a key."""


def secret_key(state_dir: Path, name: str) -> bytes:
    """Give the key of a name, the same to every process, and after a restart."""
    database = Database(state_dir)
    with database.reading() as connection:
        row = connection and connection.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
    if row:
        return bytes(row[0])
    with database.writing() as connection:
        # Another process may have been quicker: then its key is the one.
        connection.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, secrets.token_bytes(LENGTH)))
        (value,) = connection.execute("SELECT value FROM secret WHERE name = ?", (name,)).fetchone()
    return bytes(value)

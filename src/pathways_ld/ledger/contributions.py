"""The contributions in the ledger, each with its steps: rows in, rows out; what may happen is decided above.

Every function works inside the transaction of the connection it is given. The key of a contribution is
kept as a digest, so that looking for one takes as long for a wrong key as for a right one.
"""

# ruff: noqa: S608 - only names of our own columns are put into queries

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Final

from pathways_ld.ledger.changes import Delta, packed, unpacked

NO_CHANGE: Final = b""
"""What the table of steps keeps where a step did not change what is proposed."""


@dataclass(frozen=True)
class NewContribution:
    """A contribution to be stored; `client` and `digest` are digests, `key` is that of the key."""

    key: bytes
    at: str
    way: str
    term: str
    kind: str
    title: str
    reason: str
    name: str
    contact: str
    named: bool
    client: bytes
    digest: bytes
    document: bytes
    media_type: str
    base_change: int
    delta: Delta
    actor: str = ""


@dataclass(frozen=True)
class StoredContribution:
    """A contribution as it stands, without its document."""

    number: int
    at: str
    way: str
    term: str
    kind: str
    title: str
    reason: str
    name: str
    contact: str
    named: bool
    base_change: int
    added: bytes
    removed: bytes
    state: str
    reviewer: str
    change: int | None

    @property
    def delta(self) -> Delta:
        """What is proposed."""
        return Delta(unpacked(self.added), unpacked(self.removed))


@dataclass(frozen=True)
class StoredStep:
    """Something that happened to a contribution."""

    number: int
    at: str
    actor: str
    action: str
    note: str
    delta: Delta | None


@dataclass(frozen=True)
class Selection:
    """Which contributions are wanted: those in one of the states, of a kind, with words, of a reviewer.

    What is empty does not select; `unassigned`: only those that no reviewer has taken.
    """

    states: Sequence[str] = ()
    kind: str = ""
    words: Sequence[str] = ()
    reviewer: str = ""
    unassigned: bool = False
    term: str = ""


_COLUMNS: Final = ", ".join(field.name for field in fields(StoredContribution))


def now() -> str:
    """Give the time as the tables keep it: UTC, to the microsecond, so that it sorts."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def digest_of_key(key: str) -> bytes:
    """Give what is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()


def insert(connection: sqlite3.Connection, new: NewContribution) -> int:
    """Store a contribution with its first step; gives its number."""
    added, removed = packed(new.delta.added), packed(new.delta.removed)
    cursor = connection.execute(
        "INSERT INTO contribution (key, at, way, term, kind, title, reason, name, contact, named, client,"
        " digest, document, media_type, base_change, added, removed, state)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,'received')",
        (
            new.key, new.at, new.way, new.term, new.kind, new.title, new.reason, new.name, new.contact,
            int(new.named), new.client, new.digest, new.document, new.media_type, new.base_change,
            added, removed,
        ),
    )  # fmt: skip
    number = int(cursor.lastrowid or 0)
    add_step(connection, number, new.actor, "submit", "", new.delta, at=new.at)
    return number


def next_number(connection: sqlite3.Connection) -> int:
    """Give the number that the next contribution will have."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'contribution'").fetchone()
    return (int(row[0]) if row else 0) + 1


def add_step(
    connection: sqlite3.Connection,
    contribution: int,
    actor: str,
    action: str,
    note: str,
    delta: Delta | None = None,
    *,
    at: str = "",
) -> int:
    """Store a step; gives its number."""
    cursor = connection.execute(
        "INSERT INTO step (contribution, at, actor, action, note, added, removed) VALUES (?,?,?,?,?,?,?)",
        (
            contribution,
            at or now(),
            actor,
            action,
            note,
            packed(delta.added) if delta is not None else NO_CHANGE,
            packed(delta.removed) if delta is not None else NO_CHANGE,
        ),
    )
    return int(cursor.lastrowid or 0)


def by_number(connection: sqlite3.Connection, number: int) -> StoredContribution | None:
    """Find a contribution by its number."""
    return _one(connection, "number = ?", number)


def by_key(connection: sqlite3.Connection, key: str) -> StoredContribution | None:
    """Find a contribution by its key."""
    return _one(connection, "key = ?", digest_of_key(key))


def twin(connection: sqlite3.Connection, client: bytes, digest: bytes, since: str) -> tuple[int, str] | None:
    """Find the number and time of a client's contribution with the same content, recent and still open."""
    row = connection.execute(
        "SELECT number, at FROM contribution WHERE digest = ? AND client = ? AND at >= ?"
        " AND state IN ('received', 'in review') ORDER BY number LIMIT 1",
        (digest, client, since),
    ).fetchone()
    return (int(row[0]), str(row[1])) if row else None


def document(connection: sqlite3.Connection, number: int) -> tuple[bytes, str]:
    """Give what was sent, and its media type; both empty where nothing was."""
    row = connection.execute(
        "SELECT document, media_type FROM contribution WHERE number = ?", (number,)
    ).fetchone()
    return (bytes(row[0]), str(row[1])) if row else (b"", "")


def steps(connection: sqlite3.Connection, contribution: int) -> list[StoredStep]:
    """Give what happened to a contribution, in order."""
    rows = connection.execute(
        "SELECT number, at, actor, action, note, added, removed FROM step WHERE contribution = ?"
        " ORDER BY number",
        (contribution,),
    )
    return [
        StoredStep(
            number, at, actor, action, note, Delta(unpacked(added), unpacked(removed)) if added else None
        )
        for number, at, actor, action, note, added, removed in rows
    ]


def times_of(connection: sqlite3.Connection, client: bytes, since: str) -> list[str]:
    """Give when a client contributed since a time, the earliest first."""
    rows = connection.execute(
        "SELECT at FROM contribution WHERE client = ? AND at > ? ORDER BY at", (client, since)
    )
    return [str(at) for (at,) in rows]


def forget_clients(connection: sqlite3.Connection, before: str) -> None:
    """Forget who sent what was sent before a time: it only serves to keep within bounds."""
    connection.execute("UPDATE contribution SET client = x'' WHERE at < ? AND client != x''", (before,))


def set_state(
    connection: sqlite3.Connection, number: int, state: str, *, reviewer: str | None = None
) -> None:
    """Change the state, and with `reviewer` who has taken it."""
    connection.execute(
        "UPDATE contribution SET state = ?, reviewer = coalesce(?, reviewer) WHERE number = ?",
        (state, reviewer, number),
    )


def set_accepted(connection: sqlite3.Connection, number: int, reviewer: str, change: int) -> None:
    """Note that a contribution became a change."""
    connection.execute(
        "UPDATE contribution SET state = 'accepted', reviewer = ?, change = ? WHERE number = ?",
        (reviewer, change, number),
    )


def set_delta(
    connection: sqlite3.Connection, number: int, delta: Delta, base_change: int, about: tuple[str, str, str]
) -> None:
    """Change what is proposed, and what that is about: term, kind and title."""
    connection.execute(
        "UPDATE contribution SET added = ?, removed = ?, base_change = ?, term = ?, kind = ?, title = ?"
        " WHERE number = ?",
        (packed(delta.added), packed(delta.removed), base_change, *about, number),
    )


def selected(
    connection: sqlite3.Connection, wanted: Selection, *, limit: int, offset: int
) -> tuple[int, list[StoredContribution]]:
    """Give the number of all contributions that are wanted and a page of them, the oldest first."""
    where, arguments = _where(wanted)
    (total,) = connection.execute(f"SELECT count(*) FROM contribution {where}", arguments).fetchone()
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM contribution {where} ORDER BY number LIMIT ? OFFSET ?",
        (*arguments, limit, offset),
    )
    return int(total), [_stored(row) for row in rows]


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Give the number of contributions in each state."""
    rows = connection.execute("SELECT state, count(*) FROM contribution GROUP BY state")
    return {str(state): int(count) for state, count in rows}


def of_change(connection: sqlite3.Connection, change: int) -> StoredContribution | None:
    """Find the contribution that became a change."""
    return _one(connection, "change = ?", change)


def _one(connection: sqlite3.Connection, condition: str, value: object) -> StoredContribution | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM contribution WHERE {condition}", (value,)).fetchone()
    return _stored(row) if row else None


def _stored(row: Sequence[object]) -> StoredContribution:
    values = dict(zip((field.name for field in fields(StoredContribution)), row, strict=True))
    values["named"] = bool(values["named"])
    return StoredContribution(**values)  # type: ignore[arg-type]


def _where(wanted: Selection) -> tuple[str, list[object]]:
    parts: list[str] = []
    arguments: list[object] = []
    if wanted.states:
        parts.append(f"state IN ({', '.join('?' * len(wanted.states))})")
        arguments += wanted.states
    for column, value in (("kind", wanted.kind), ("reviewer", wanted.reviewer), ("term", wanted.term)):
        if value:
            parts.append(f"{column} = ?")
            arguments.append(value)
    if wanted.unassigned:
        parts.append("reviewer = ''")
    for word in wanted.words:
        parts.append("(title || ' ' || reason || ' ' || term || ' ' || name) LIKE ? ESCAPE '\\'")
        arguments.append(f"%{_escaped(word)}%")
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), arguments


def _escaped(word: str) -> str:
    for special in ("\\", "%", "_"):
        word = word.replace(special, f"\\{special}")
    return word

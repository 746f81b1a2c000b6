"""What others are told of: written into the ledger in the transaction of what happened, delivered later.

So nothing that happened is forgotten, and nobody is told of what did not happen. What may be in a notice is
listed here: an e-mail address or the key of a contribution never is.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from pathways_ld.webhooks import EVENTS

CONTENT: Final = frozenset(
    {"title", "term", "kind", "way", "reason", "note", "name", "orcid", "terms", "undoes"}
)
"""The keys that a notice may have; whatever else is given is left out."""

KEPT: Final = timedelta(days=30)
"""How long a notice is kept, whatever became of it."""

_LONGEST: Final = 2_000
_MOST: Final = 100
_ADDRESS: Final = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")


def record(
    connection: sqlite3.Connection,
    event: str,
    contribution: int | None,
    change: int | None,
    content: Mapping[str, object],
) -> None:
    """Note, inside the transaction of `connection`, that something happened; one of :data:`EVENTS`."""
    if event not in EVENTS:
        raise ValueError(f"{event!r} is none of {', '.join(EVENTS)}")
    now = datetime.now(UTC)
    connection.execute(
        "INSERT INTO notice (at, event, contribution, change, content) VALUES (?,?,?,?,?)",
        (
            now.isoformat(timespec="seconds"),
            event,
            contribution,
            change,
            json.dumps(published_content(content), ensure_ascii=False),
        ),
    )
    oldest = (now - KEPT).isoformat(timespec="seconds")
    connection.execute(
        "DELETE FROM delivery WHERE notice IN (SELECT number FROM notice WHERE at < ?)", (oldest,)
    )
    connection.execute("DELETE FROM notice WHERE at < ?", (oldest,))


def published_content(content: Mapping[str, object]) -> dict[str, object]:
    """Keep what may be in a notice: known keys, short texts, no address of anybody."""
    return {key: _bounded(content[key]) for key in sorted(CONTENT & content.keys())}


def _bounded(value: object) -> object:
    if isinstance(value, str):
        return _ADDRESS.sub("(address left out)", value[:_LONGEST])
    if isinstance(value, (list, tuple)):
        return [_bounded(each) for each in value[:_MOST]]
    return value if value is None or isinstance(value, (bool, int)) else _bounded(str(value))

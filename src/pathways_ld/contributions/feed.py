"""What happened to contributions lately, for those who review them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathways_ld.ledger.database import Database

MOST: Final = 50

_WORDS: Final = {"submit": "came in", "accept": "accepted", "reject": "rejected", "withdraw": "withdrawn"}


@dataclass(frozen=True)
class Event:
    """One step: `what` in words, `text` the reason; no address of anybody, and no key."""

    step: int
    contribution: int
    at: str
    what: str
    title: str
    actor: str
    text: str


def events(state_dir: Path, *, limit: int = MOST) -> list[Event]:
    """Give what came in and what was decided, the newest first."""
    with Database(state_dir).reading() as connection:
        if connection is None:
            return []
        marks = ",".join("?" * len(_WORDS))
        rows = connection.execute(
            "SELECT step.number, step.contribution, step.at, step.action, contribution.title, step.actor,"  # noqa: S608
            " CASE step.action WHEN 'submit' THEN contribution.reason ELSE step.note END"
            " FROM step JOIN contribution ON contribution.number = step.contribution"
            f" WHERE step.action IN ({marks}) ORDER BY step.number DESC LIMIT ?",
            (*_WORDS, limit),
        ).fetchall()
    return [
        Event(step, number, at, _WORDS[action], title, actor, text)
        for step, number, at, action, title, actor, text in rows
    ]

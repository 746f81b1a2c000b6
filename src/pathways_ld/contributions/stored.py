"""Contributions as the ledger has them, and what is found by number and by key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from pathways_ld.contributions.model import (
    OPEN,
    PRIVATE,
    STATES,
    Action,
    Contribution,
    Contributor,
    State,
    Step,
    Way,
)
from pathways_ld.errors import ContributionConflict, ContributionNotFound
from pathways_ld.ledger import contributions as table
from pathways_ld.ledger.database import Database
from pathways_ld.wording import N_

CONTRIBUTOR: Final = N_("contributor")
"""The actor of the steps that whoever knows the key makes."""
REVIEWER: Final = "reviewer"
"""What a contributor is told instead of a reviewer's name."""
UNASSIGNED: Final = "-"
_LONGEST_KEY: Final = 100
_WORDS: Final = 8


class StoredContributions:
    """Reads contributions."""

    def __init__(self, state_dir: Path) -> None:
        self.database = Database(state_dir)

    def get(self, number: int) -> Contribution:
        """Give a contribution with its steps; raises :class:`ContributionNotFound`."""
        with self.database.reading() as connection:
            row = table.by_number(connection, number) if connection else None
            if connection is None or row is None:
                raise ContributionNotFound(f"There is no contribution {number}.")
            return contribution(row, table.steps(connection, number))

    def find(self, key: str) -> Contribution:
        """Give a contribution as its contributor sees it: without notes, and without names of reviewers."""
        with self.database.reading() as connection:
            row = table.by_key(connection, key[:_LONGEST_KEY]) if connection else None
            if connection is None or row is None:
                raise ContributionNotFound(
                    "There is no contribution at this address. Check that it is complete; nobody can look it"
                    " up."
                )
            whole = contribution(row, table.steps(connection, row.number))
        shown = tuple(
            replace(each, actor=each.actor if each.actor == CONTRIBUTOR else REVIEWER)
            for each in whole.steps
            if each.action not in PRIVATE
        )
        return replace(whole, steps=shown, reviewer=REVIEWER if whole.reviewer else "")

    def document(self, number: int) -> tuple[bytes, str]:
        """Give what was sent, byte for byte, and its media type; both empty where a form was filled in."""
        self.get(number)
        with self.database.reading() as connection:
            return table.document(connection, number) if connection else (b"", "")

    def of_change(self, change: int) -> Contribution | None:
        """Give the contribution that became a change, if one did."""
        with self.database.reading() as connection:
            row = table.of_change(connection, change) if connection else None
        return contribution(row) if row else None

    def queue(
        self, *, state: str, kind: str, words: str, reviewer: str, term: str, limit: int, offset: int
    ) -> tuple[int, list[Contribution]]:
        """Give the number of those that are wanted, and a page of them, the oldest first."""
        states = tuple(sorted(OPEN)) if state == "open" else (state,) if state in STATES else ()
        unassigned = reviewer == UNASSIGNED
        wanted = table.Selection(
            states, kind, words.split()[:_WORDS], "" if unassigned else reviewer, unassigned, term
        )
        with self.database.reading() as connection:
            if connection is None:
                return 0, []
            total, rows = table.selected(connection, wanted, limit=limit, offset=offset)
        return total, [contribution(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Give the number of contributions in each state."""
        with self.database.reading() as connection:
            found = table.counts(connection) if connection else {}
        return {state: found.get(state, 0) for state in STATES}


def contribution(row: table.StoredContribution, steps: Iterable[table.StoredStep] = ()) -> Contribution:
    """Make a contribution of what the ledger has."""
    return Contribution(
        number=row.number,
        at=row.at,
        way=cast("Way", row.way),
        term=row.term,
        title=row.title,
        reason=row.reason,
        contributor=Contributor(row.name, row.contact, row.named),
        base_change=row.base_change,
        delta=row.delta,
        state=cast("State", row.state),
        reviewer=row.reviewer,
        change=row.change,
        kind=row.kind,
        steps=tuple(
            Step(each.number, each.at, each.actor, cast("Action", each.action), each.note, each.delta)
            for each in steps
        ),
    )


def require_open(connection: sqlite3.Connection, number: int) -> Contribution:
    """Give a contribution that can still be decided; raises :class:`ContributionConflict`."""
    row = table.by_number(connection, number)
    if row is None:
        raise ContributionNotFound(f"There is no contribution {number}.")
    found = contribution(row, table.steps(connection, number))
    refuse_decided(found)
    return found


def refuse_decided(found: Contribution) -> None:
    """Raise :class:`ContributionConflict` where a contribution is decided; says by whom, if that is known."""
    if found.is_open:
        return
    by = "a reviewer" if found.reviewer in ("", REVIEWER) else found.reviewer
    if found.state == "accepted":
        told = f"was already accepted by {by} as change {found.change}"
    elif found.state == "rejected":
        told = f"was already rejected by {by}"
    else:
        told = "was withdrawn by its contributor"
    raise ContributionConflict(f"Contribution {found.number} {told}; nothing was changed.")

"""What happens to a contribution before it is accepted: every step in the ledger, with who and when."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pathways_ld.contributions import conflicts, notices, provenance
from pathways_ld.contributions.examining import Examiner
from pathways_ld.contributions.model import Action, Contribution
from pathways_ld.contributions.published import Published
from pathways_ld.contributions.reading import normalised
from pathways_ld.contributions.stored import CONTRIBUTOR, StoredContributions, refuse_decided, require_open
from pathways_ld.contributions.submitting import subject_of
from pathways_ld.contributions.texts import clean_text
from pathways_ld.errors import ContributionConflict, Forbidden, TooManyRequests
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.ledger import contributions as table
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder

ANSWERS: Final = 20
"""Answers that a contributor may give to one contribution in a day."""
_DECISIVE: Final[frozenset[Action]] = frozenset({"submit", "revise", "answer"})
"""Steps that whoever decides must have seen."""


class Reviewing:
    """Moves contributions on, except to acceptance."""

    def __init__(self, settings: Settings, examiner: Examiner, stored: StoredContributions) -> None:
        self._settings = settings
        self._examiner = examiner
        self._stored = stored
        self._database = stored.database
        self._ledger = Ledger(settings.state_dir)
        self._snapshots = SnapshotFolder(settings.state_dir)

    def get(self, number: int) -> Contribution:
        """Give a contribution with its steps and what a decision about it rests on."""
        found = self._stored.get(number)
        if not found.is_open:
            return found
        with self._examiner.open(self._snapshots.current()) as published:
            return self.with_seen(found, published)

    def with_seen(self, found: Contribution, published: Published) -> Contribution:
        """Add the number that stands for what is proposed now and what others changed since."""
        changes = conflicts.touching(self._ledger, found.base_change, found.delta, published)
        return replace(found, seen=conflicts.token(last_decisive(found), changes))

    def refuse_unseen(self, found: Contribution, seen: int, published: Published) -> None:
        """Raise :class:`ContributionConflict` where something is not as whoever decides saw it."""
        refuse_decided(found)
        gone = conflicts.missing(found.delta, published)
        if self.with_seen(found, published).seen == seen and not gone:
            return
        told = (*conflicts.conflicts_since(self._ledger, found.base_change, found.delta, published), *gone)
        if gone:
            message = "What this contribution removes is not there any more: it must be revised first."
        elif told:
            message = "The published terms have changed since this contribution was made. Look at it again."
        else:
            message = "The contribution has changed since you looked at it. Look at it again."
        raise ContributionConflict(f"{message} Nothing was changed.", changes=told)

    def take(self, number: int, actor: str, note: str) -> Contribution:
        """Take a contribution into review; raises :class:`ContributionConflict` where another has it."""
        with self._database.writing() as connection:
            found = require_open(connection, number)
            if found.reviewer and found.reviewer != actor:
                raise ContributionConflict(f"Contribution {number} was taken by {found.reviewer} already.")
            table.set_state(connection, number, "in review", reviewer=actor)
            table.add_step(connection, number, actor, "take", clean_text(note, "note"))
        return self.get(number)

    def release(self, number: int, actor: str, note: str) -> Contribution:
        """Give a contribution back to the queue."""
        with self._database.writing() as connection:
            require_open(connection, number)
            table.set_state(connection, number, "received", reviewer="")
            table.add_step(connection, number, actor, "release", clean_text(note, "note"))
        return self.get(number)

    def comment(self, number: int, actor: str, note: str, *, private: bool) -> Contribution:
        """Say something: to the contributor, or with `private` to reviewers only; after a decision too."""
        text = clean_text(note, "comment", required=True)
        self._stored.get(number)
        with self._database.writing() as connection:
            table.add_step(connection, number, actor, "note" if private else "comment", text)
        return self.get(number)

    def reject(self, number: int, actor: str, reason: str) -> Contribution:
        """Reject a contribution; whoever made it is told the reason."""
        text = clean_text(reason, "reason", required=True)
        with self._database.writing() as connection:
            found = require_open(connection, number)
            table.set_state(connection, number, "rejected", reviewer=actor)
            table.add_step(connection, number, actor, "reject", text)
            notices.record(
                connection, "contribution.rejected", number, None, {**public_content(found), "note": text}
            )
        return self.get(number)

    def revise(self, number: int, actor: str, delta: Delta, note: str, seen: int | None) -> Contribution:
        """Change what is proposed, against what is published now; what must be fixed in it may still be."""
        text = clean_text(note, "note")
        with self._examiner.open(self._snapshots.current()) as published:
            wanted = normalised(delta, published, self._examiner.bounds)
            if seen is not None and self.with_seen(self._stored.get(number), published).seen != seen:
                raise ContributionConflict(
                    "The contribution, or what it changes, has changed since you looked at it; nothing was"
                    " stored. Look at it again."
                )
            before = self._stored.get(number)
            subject = subject_of(wanted, published, before.term)
            with self._database.writing() as connection:
                found = require_open(connection, number)
                if found.delta != before.delta:
                    raise ContributionConflict(
                        "Another reviewer has just revised this contribution; nothing was stored. Look at it"
                        " again."
                    )
                about = (subject.term, subject.kind, subject.title)
                table.set_delta(connection, number, wanted, published.manifest.change, about)
                table.add_step(connection, number, actor, "revise", text, wanted)
        return self.get(number)

    def approve(self, number: int, actor: str, note: str, seen: int) -> Contribution:
        """Note that one of two reviewers finds a contribution right."""
        text = clean_text(note, "note")
        with self._examiner.open(self._snapshots.current()) as published:
            before = self._stored.get(number)
            self.refuse_unseen(before, seen, published)
        if actor in submitters(before):
            raise Forbidden(f"You made contribution {number} yourself, so others approve and accept it.")
        with self._database.writing() as connection:
            found = require_open(connection, number)
            if found.delta != before.delta:
                raise ContributionConflict("The contribution has just been revised. Look at it again.")
            if actor not in found.approved_by:
                table.add_step(connection, number, actor, "approve", text)
        return self.get(number)

    def refuse_without_four_eyes(self, found: Contribution, actor: str) -> None:
        """Raise :class:`Forbidden` where two have to look at a contribution and did not."""
        if self._settings.four_eyes == "off":
            return
        if actor in submitters(found):
            raise Forbidden(f"You made contribution {found.number} yourself, so another accepts it.")
        if not set(found.approved_by) - {actor}:
            raise Forbidden(
                f"Contribution {found.number} needs two reviewers: one approves it, another accepts it."
                + (" You have approved it; now it is another's turn." if actor in found.approved_by else "")
            )

    # the contributor

    def withdraw(self, key: str) -> Contribution:
        """Withdraw a contribution that is not decided."""
        number = self._stored.find(key).number
        with self._database.writing() as connection:
            refuse_decided(self._stored.find(key))  # whose reviewer a contributor is not told
            table.set_state(connection, number, "withdrawn")
            table.add_step(connection, number, CONTRIBUTOR, "withdraw", "")
        return self._stored.find(key)

    def answer(self, key: str, text: str) -> Contribution:
        """Say something to the reviewers."""
        cleaned = clean_text(text, "comment", required=True)
        number = self._stored.find(key).number
        with self._database.writing() as connection:
            self._refuse_many_answers(connection, number)
            table.add_step(connection, number, CONTRIBUTOR, "answer", cleaned)
        return self._stored.find(key)

    def _refuse_many_answers(self, connection: sqlite3.Connection, number: int) -> None:
        since = datetime.now(UTC) - timedelta(days=1)
        answers = [each for each in table.steps(connection, number) if each.action == "answer"]
        recent = [each for each in answers if datetime.fromisoformat(each.at) > since]
        if len(recent) >= ANSWERS:
            free = datetime.fromisoformat(recent[-ANSWERS].at) - since
            raise TooManyRequests(
                f"You have answered {len(recent)} times within a day; at most {ANSWERS} answers are taken.",
                retry_after=max(1, int(free.total_seconds()) + 1),
            )


def last_decisive(found: Contribution) -> int:
    """Give the number of the last step that whoever decides must have seen."""
    return max((each.number for each in found.steps if each.action in _DECISIVE), default=0)


def submitters(found: Contribution) -> set[str]:
    """Give the accounts and tokens that made a contribution; what was revised by others is still theirs."""
    return {each.actor for each in found.steps if each.action == "submit"} - {CONTRIBUTOR}


def public_content(found: Contribution) -> dict[str, object]:
    """Give what a notice says of a contribution."""
    name, orcid = provenance.published(found.contributor)
    return {
        "title": found.title,
        "term": found.term,
        "kind": found.kind,
        "way": found.way,
        "reason": found.reason,
        "name": name,
        "orcid": orcid,
    }

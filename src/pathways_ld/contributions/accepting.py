"""From an accepted contribution to a published change, and back: one transaction and one switch."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from pathways_ld.contributions import notices
from pathways_ld.contributions.differences import sentence
from pathways_ld.contributions.examining import Examiner, InvalidContribution, refuse_invalid
from pathways_ld.contributions.model import Contribution, Examination
from pathways_ld.contributions.policy import check_policy
from pathways_ld.contributions.provenance import is_provenance, provenance, public_name
from pathways_ld.contributions.published import Published
from pathways_ld.contributions.reviewing import Reviewing, last_decisive, public_content
from pathways_ld.contributions.stored import StoredContributions, require_open
from pathways_ld.contributions.texts import clean_text
from pathways_ld.errors import ContributionConflict, ContributionNotFound
from pathways_ld.ledger import Change, Delta, Ledger
from pathways_ld.ledger import contributions as table
from pathways_ld.rdfio import Statement, is_blank, is_iri
from pathways_ld.releases import Maintenance
from pathways_ld.releases import Published as PublishedChange
from pathways_ld.report import ValidationReport, ValidationResult
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder

_VANISHING: Final = frozenset({"contribution-vanished", "contribution-kind"})

About = Callable[[str], Sequence[Statement]]


@dataclass(frozen=True)
class Reviewer:
    """Who accepts; what may be contributed at all has been decided before."""

    name: str

    def may_change(self, graph: str) -> bool:
        """Tell whether statements of a graph may change: the policy says in which ones they are."""
        del graph
        return True


class Accepting:
    """Makes changes of contributions; nothing is changed where one of the checks fails."""

    def __init__(
        self,
        settings: Settings,
        maintenance: Callable[[], Maintenance],
        examiner: Examiner,
        stored: StoredContributions,
        reviewing: Reviewing,
    ) -> None:
        self._maintenance = maintenance
        self._examiner = examiner
        self._stored = stored
        self._reviewing = reviewing
        self._settings = settings
        self._ledger = Ledger(settings.state_dir)
        self._snapshots = SnapshotFolder(settings.state_dir)

    def accept(self, number: int, actor: str, note: str, seen: int) -> PublishedChange:
        """Publish a contribution; raises what :meth:`Contributions.accept` says."""
        text = clean_text(note, "note")
        self._maintenance().recover()
        found = self._stored.get(number)
        with self._examiner.open(self._snapshots.current()) as published:
            self._reviewing.refuse_unseen(found, seen, published)
            self._reviewing.refuse_without_four_eyes(found, actor)
            self._refuse_nothing(found, published.about)
            # The costly part, before anybody has to wait; what changes until then is checked under the lock.
            refuse_invalid(Examination(self._examiner.report(found.delta, published)))
        return self._maintenance().apply(
            lambda change, about: self._prepared(number, actor, seen, change, about),
            Reviewer(actor),
            action="contribution",
            note=found.reason,
            also=lambda connection: self._mark(connection, found, actor, text),
        )

    def _prepared(self, number: int, actor: str, seen: int, change: int, about: About) -> Delta:
        """Check all that may have changed meanwhile; called when nothing else can change any more."""
        found = self._stored.get(number)
        with self._examiner.open(self._snapshots.current()) as published:
            self._reviewing.refuse_unseen(found, seen, published)
            self._reviewing.refuse_without_four_eyes(found, actor)
            delta = self._refuse_nothing(found, about)
            report = ValidationReport(tuple(check_policy(delta, published, about)))
            refuse_invalid(Examination(report))
            base = published.manifest.base
        reviewer = public_name(self._settings, actor)
        said = provenance(change, found, actor, _now(), delta, base, about=about, reviewer=reviewer)
        return replace(delta, added=(*delta.added, *said))

    def _refuse_nothing(self, found: Contribution, about: About) -> Delta:
        """Give what is left to do; raises :class:`ContributionConflict` where that is nothing."""
        delta = Delta(
            tuple(each for each in found.delta.added if each not in about(each.subject)), found.delta.removed
        )
        if delta.added or delta.removed:
            return delta
        told = (
            "All of this contribution is published already, by another change."
            if found.delta.added
            else "This contribution is a message: it proposes no statements. Revise it, so that it does what"
            " it asks for."
        )
        raise ContributionConflict(f"{told} Otherwise reject it, with a reason. Nothing was changed.")

    def _mark(self, connection: sqlite3.Connection, seen: Contribution, actor: str, note: str) -> None:
        """Note in the transaction of the change that the contribution became it."""
        found = require_open(connection, seen.number)
        if last_decisive(found) != last_decisive(seen):
            raise ContributionConflict("The contribution has just changed. Look at it again.")
        (change,) = connection.execute("SELECT max(number) FROM change").fetchone()
        table.set_accepted(connection, found.number, actor, change)
        table.add_step(connection, found.number, actor, "accept", note)
        notices.record(
            connection, "contribution.accepted", found.number, change, {**public_content(found), "note": note}
        )

    def undo(self, change: int, actor: str, reason: str) -> PublishedChange:
        """Publish the reverse of a change; raises what :meth:`Contributions.undo` says."""
        text = clean_text(reason, "reason", required=True)
        self._maintenance().recover()
        undone = self._change(change)

        def prepare(number: int, about: About) -> Delta:
            with self._examiner.open(self._snapshots.current()) as published:
                delta = self._reverse(undone, published, about)
                base = published.manifest.base
            said = provenance(
                number,
                None,
                actor,
                _now(),
                delta,
                base,
                undoes=change,
                reason=text,
                about=about,
                reviewer=public_name(self._settings, actor),
            )
            return replace(delta, added=(*delta.added, *said))

        def also(connection: sqlite3.Connection) -> None:
            (number,) = connection.execute("SELECT max(number) FROM change").fetchone()
            content = {"reason": text, "undoes": change}
            notices.record(connection, "change.published", None, number, content)

        note = f"Undo of change {change}: {text}"
        return self._maintenance().apply(prepare, Reviewer(actor), action="undo", note=note, also=also)

    def _change(self, number: int) -> Change:
        found = next(self._ledger.changes(number - 1), None) if number > 0 else None
        if found is None or found.number != number:
            raise ContributionNotFound(f"There is no change {number}.")
        return found

    def _reverse(self, undone: Change, published: Published, about: About) -> Delta:
        base = published.manifest.base
        gone = [each for each in undone.delta.added if not is_provenance(each, base)]
        back = [each for each in undone.delta.removed if not is_provenance(each, base)]
        lost = [
            f"{published.label(each.subject)}: {sentence('-', each, published)} since."
            for each in gone
            if each not in about(each.subject)
        ]
        lost += [
            f"{published.label(each.subject)}: {sentence('+', each, published)} again."
            for each in back
            if each in about(each.subject)
        ]
        if lost:
            raise ContributionConflict(
                f"Change {undone.number} cannot be undone as a whole, because later changes touched the same"
                " statements. Nothing was changed; propose what should be instead.",
                changes=lost,
            )
        if not gone and not back:
            raise ContributionConflict(f"There is nothing in change {undone.number} that can be undone.")
        delta = Delta(tuple(back), tuple(gone))
        vanished = _vanished(delta, published, about)
        if not vanished:
            return delta
        # What was new stays, such as a source that a correction brought: published IRIs never vanish.
        held = _of({each.focus for each in vanished}, gone, published)
        delta = Delta(tuple(back), tuple(each for each in gone if each not in held))
        if not (delta.added or delta.removed) or _vanished(delta, published, about):
            raise InvalidContribution(
                f"Without change {undone.number}, published terms would vanish. Deprecate them instead.",
                Examination(ValidationReport(tuple(vanished))),
            )
        return delta


def _vanished(delta: Delta, published: Published, about: About) -> list[ValidationResult]:
    return [each for each in check_policy(delta, published, about) if each.rule in _VANISHING]


def _of(terms: set[str], statements: Sequence[Statement], published: Published) -> set[Statement]:
    """Give the statements about terms, about their parts, and about what has no name and hangs on them."""
    documents = {each[1:-1] for each in terms if is_iri(each)}
    found: set[Statement] = set()
    waiting = [
        each
        for each in statements
        if is_iri(each.subject) and published.document(each.subject[1:-1]) in documents
    ]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [
                other for other in statements if is_blank(each.object) and other.subject == each.object
            ]
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

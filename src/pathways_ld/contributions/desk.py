"""The desk over which contributions go: in, under the eyes of reviewers, and out as changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pathways_ld.contributions.accepting import Accepting
from pathways_ld.contributions.examining import Examiner
from pathways_ld.contributions.model import Contribution, Examination, Receipt, Submission
from pathways_ld.contributions.reading import read
from pathways_ld.contributions.reviewing import Reviewing
from pathways_ld.contributions.stored import StoredContributions
from pathways_ld.contributions.submitting import Submitting
from pathways_ld.formats import Format
from pathways_ld.ledger import Delta
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.validation.pool import ValidationPool

if TYPE_CHECKING:
    from pathways_ld.releases import Maintenance, Published
    from pathways_ld.store.base import Cancellation


class Contributions:
    """All contributions of one state directory; safe to share between threads, and between processes.

    `maintenance` gives what makes changes; without a `pool`, one is made when it is first needed, and
    :meth:`close` ends it. Whoever calls the methods of reviewers has made sure that they are.
    """

    def __init__(
        self,
        settings: Settings,
        maintenance: Callable[[], Maintenance],
        pool: ValidationPool | None = None,
    ) -> None:
        self._settings = settings
        self._snapshots = SnapshotFolder(settings.state_dir)
        self._own_pool = None if pool else ValidationPool.from_settings(settings)
        self._examiner = Examiner(settings, pool or self._own_pool or ValidationPool())
        self._stored = StoredContributions(settings.state_dir)
        self._submitting = Submitting(settings, self._examiner)
        self._reviewing = Reviewing(settings, self._examiner, self._stored)
        self._accepting = Accepting(settings, maintenance, self._examiner, self._stored, self._reviewing)

    def close(self) -> None:
        """End the processes that this made for itself."""
        if self._own_pool is not None:
            self._own_pool.close()

    # before submitting

    def read(self, content: bytes, rdf_format: Format, name: str, *, replace: Sequence[str] = ()) -> Delta:
        """Read RDF as what it adds to what is asserted now.

        Of terms whose IRIs are in `replace`, what is asserted and not sent is removed. Relative IRIs are
        resolved against the base of the vocabulary; blank nodes never meet those that are there. Raises
        :class:`PayloadTooLarge`, :class:`ParseError` with line and column, and :class:`BadRequest`.
        """
        with self._examiner.open(self._snapshots.current()) as published:
            return read(content, rdf_format, name, published, self._examiner.bounds, replaced=replace)

    def examine(
        self,
        delta: Delta,
        folder: Path,
        *,
        base_change: int | None = None,
        cancellation: Cancellation | None = None,
    ) -> Examination:
        """Say all there is to say of a proposal against the snapshot in `folder`; nothing is stored.

        With `base_change`, the last change that whoever proposes has seen, also what changed since. Raises
        :class:`PayloadTooLarge` and what :meth:`ValidationPool.validate` does.
        """
        return self._examiner.examine(delta, folder, base_change=base_change, cancellation=cancellation)

    # submitting

    def submit(self, submission: Submission) -> Receipt:
        """Store a contribution, whole, on the disk; the same sent twice at once is stored once.

        Raises :class:`Forbidden` where contributions are not taken, :class:`BadRequest` with details by
        field, :class:`PayloadTooLarge`, :class:`TooManyRequests`, :class:`Overloaded` where too many wait,
        :class:`InvalidContribution` with its examination where something must be fixed, and what validation
        and storage raise.
        """
        return self._submitting.submit(submission)

    def twin(self, submission: Submission) -> Receipt | None:
        """Give the receipt of the same contribution, if it came a moment ago: a button was pressed twice."""
        return self._submitting.twin(submission)

    def find(self, key: str) -> Contribution:
        """Give a contribution as its contributor may see it; raises :class:`ContributionNotFound`."""
        return self._stored.find(key)

    def withdraw(self, key: str) -> Contribution:
        """Withdraw a contribution; raises :class:`ContributionConflict` where it is decided."""
        return self._reviewing.withdraw(key)

    def comment_as_contributor(self, key: str, text: str) -> Contribution:
        """Answer the reviewers."""
        return self._reviewing.answer(key, text)

    # review

    def queue(
        self,
        *,
        state: str = "",
        kind: str = "",
        words: str = "",
        reviewer: str = "",
        term: str = "",
        limit: int,
        offset: int = 0,
    ) -> tuple[int, list[Contribution]]:
        """Give the number of those that are wanted and a page of them, the oldest first, without steps.

        `state` is a state, "open" for those that wait for a decision, or empty for all; `reviewer` "-" means
        those that nobody has taken; `term` is an IRI.
        """
        return self._stored.queue(
            state=state, kind=kind, words=words, reviewer=reviewer, term=term, limit=limit, offset=offset
        )

    def counts(self) -> dict[str, int]:
        """Give the number of contributions in each state."""
        return self._stored.counts()

    def get(self, number: int) -> Contribution:
        """Give a contribution with its steps; `seen` is what :meth:`accept` wants back."""
        return self._reviewing.get(number)

    def document(self, number: int) -> tuple[bytes, str]:
        """Give what was sent, byte for byte, and its media type; both empty where there was no document."""
        return self._stored.document(number)

    def of_change(self, change: int) -> Contribution | None:
        """Give the contribution that became a change, if one did."""
        return self._stored.of_change(change)

    def take(self, number: int, actor_name: str, note: str = "") -> Contribution:
        """Take a contribution into review; raises :class:`ContributionConflict` where another has it."""
        return self._reviewing.take(number, actor_name, note)

    def release(self, number: int, actor_name: str, note: str = "") -> Contribution:
        """Give a contribution back to the queue."""
        return self._reviewing.release(number, actor_name, note)

    def comment(self, number: int, actor_name: str, note: str, *, private: bool = False) -> Contribution:
        """Say something to the contributor, or with `private` to the reviewers only."""
        return self._reviewing.comment(number, actor_name, note, private=private)

    def revise(
        self, number: int, actor_name: str, delta: Delta, note: str = "", *, seen: int | None = None
    ) -> Contribution:
        """Change what is proposed; `delta` is all of it, against what is published now.

        With `seen`, raises :class:`ContributionConflict` where something is not as it was when the reviewer
        looked. Something in it may still have to be fixed: it is not accepted like that.
        """
        return self._reviewing.revise(number, actor_name, delta, note, seen)

    def approve(self, number: int, actor_name: str, note: str = "", *, seen: int) -> Contribution:
        """Find a contribution right, as one of two reviewers (setting `four_eyes`)."""
        return self._reviewing.approve(number, actor_name, note, seen)

    def accept(self, number: int, actor_name: str, note: str = "", *, seen: int) -> Published:
        """Publish a contribution. `seen` is that of the contribution as the reviewer saw it.

        Raises :class:`ContributionConflict` where it is decided already or something is not as it was,
        :class:`Forbidden` where another must look at it (setting `four_eyes`), :class:`InvalidDataError`
        where it must not be published, and what :meth:`Maintenance.apply` raises.
        """
        return self._accepting.accept(number, actor_name, note, seen)

    def reject(self, number: int, actor_name: str, reason: str) -> Contribution:
        """Reject a contribution for a reason, which the contributor is told."""
        return self._reviewing.reject(number, actor_name, reason)

    def undo(self, change: int, actor_name: str, reason: str) -> Published:
        """Publish the reverse of a change, as a change of its own; what is told of the change stays.

        Raises :class:`ContributionNotFound`, :class:`ContributionConflict` where later changes touched the
        same statements, and :class:`InvalidDataError`, for instance where published terms would vanish.
        """
        return self._accepting.undo(change, actor_name, reason)

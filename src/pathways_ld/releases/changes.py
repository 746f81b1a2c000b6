"""Changes of the published statements: validated against what would be, then applied whole, or refused.

There is one way for all of them: under the lock of the snapshot folder the change is computed on the
asserted statements of the current snapshot, checked as a build is, and written as a new snapshot; the ledger
then takes the change, and one rename makes the snapshot current. What is cut short between the last two is
completed by :meth:`Maintenance.recover`.

What a change cannot reach is neither checked nor written again, unless it concerns everything
(:mod:`~pathways_ld.releases.deciding`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from pathways_ld import validation
from pathways_ld.errors import Finding, Forbidden, InvalidDataError, SnapshotCorrupt
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.rdfio import Statement, is_blank
from pathways_ld.releases.consolidating import caught_up, write_whole
from pathways_ld.releases.making import Check, Current, Maker
from pathways_ld.releases.verify import refuse_invalid
from pathways_ld.releases.writing import INFERRED_GRAPH
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Manifest, SnapshotFolder, read_manifest
from pathways_ld.snapshot.asserted import FILE as ASSERTED
from pathways_ld.snapshot.folder import storage_errors
from pathways_ld.sparql.updates import CheckedUpdate
from pathways_ld.sparql.updating import evaluate_update
from pathways_ld.store.base import Limits

About = Callable[[str], Sequence[Statement]]
"""Gives what is asserted of a subject, which is in N-Triples syntax, exactly as it was written."""

Prepare = Callable[[int, About], Delta]
"""Gives what a change adds and removes, told its number and what is asserted."""

VANISHED: Final = "published-term-vanished"
_PATIENCE: Final = 30.0
"""Seconds a change waits for another that is being made."""


class Author(Protocol):
    """Who makes a change, and in which graphs that is allowed ("" is the unnamed one)."""

    @property
    def name(self) -> str:
        """The name that the ledger keeps."""
        ...

    def may_change(self, graph: str) -> bool:
        """Tell whether statements of a graph may change."""
        ...


@dataclass(frozen=True)
class Published:
    """What came of a change; `change` is 0 where there was nothing to do. `created`: a graph that is new."""

    change: int
    snapshot: str
    added: int
    removed: int
    findings: tuple[Finding, ...] = ()
    created: bool = False


class Maintenance:
    """Changes what a state directory publishes.

    `check` decides what may be published; None lets everything through. A check other than ours is given
    everything.
    """

    def __init__(
        self, settings: Settings, *, check: Check | None = refuse_invalid, terms_may_vanish: bool = False
    ) -> None:
        self._settings = settings
        self._maker = Maker(settings, check, terms_may_vanish=terms_may_vanish)
        self._snapshots = SnapshotFolder(settings.state_dir)
        self._ledger = Ledger(settings.state_dir)

    def update(self, update: CheckedUpdate, author: Author) -> Published:
        """Apply a SPARQL Update: all of its operations or none.

        Raises what evaluation raises (:class:`QueryError`, :class:`StoreError`), :class:`Forbidden` where it
        would change a graph that is not the author's, :class:`InvalidDataError` with the findings, and
        :class:`StorageError`.
        """

        def evaluated(current: Current) -> Delta:
            limits = Limits.from_settings(self._settings)
            source: Path | list[Statement] = current.folder / ASSERTED
            if current.statements.asserted.is_changed:
                source = current.asserted.statements
            empty_graphs = current.manifest.empty_graphs
            outcome = evaluate_update(source, update, empty_graphs=empty_graphs, limits=limits)
            return Delta(outcome.added, outcome.removed, outcome.empty_graphs)

        return self._change(evaluated, author, "update", update.normalised[:_NOTE])

    def put_graph(
        self, graph: str, statements: Iterable[Statement], author: Author, *, merge: bool = False
    ) -> Published:
        """Replace the statements of a graph, or with `merge` add to them (Graph Store Protocol, 5.3, 5.5)."""
        wanted = [_in_graph(each, graph) for each in statements]

        def put(current: Current) -> Delta:
            before, after = current.graph(graph), set(wanted)
            removed = set() if merge else before - after
            empty = current.manifest.empty_graphs - {graph}
            if graph and not after and (not merge or not before):
                empty |= {graph}
            return Delta(tuple(sorted(after - before)), tuple(sorted(removed)), empty)

        return self._change(put, author, "merge" if merge else "put", graph, graph)

    def delete_graph(self, graph: str, author: Author) -> Published:
        """Remove a graph, or all statements of the unnamed one (Graph Store Protocol, 5.4)."""

        def delete(current: Current) -> Delta:
            gone = tuple(sorted(current.graph(graph)))
            return Delta((), gone, current.manifest.empty_graphs - {graph})

        return self._change(delete, author, "delete", graph, graph)

    def apply(
        self,
        prepare: Prepare,
        author: Author,
        *,
        action: str,
        note: str,
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Published:
        """Apply statements to add and to remove.

        `prepare` gives them, once nothing else can change any more; what it raises ends the change. Adding
        what is there and removing what is not does nothing. `also` writes into the ledger in the transaction
        that accepts the change; it is not called where there is nothing to do.
        """

        def prepared(current: Current) -> Delta:
            about = current.statements.about
            delta = prepare(current.manifest.change + 1, about)
            removed = dict.fromkeys(each for each in delta.removed if each in about(each.subject))
            added = dict.fromkeys(each for each in delta.added if each not in about(each.subject))
            used = {each.graph[1:-1] for each in added}
            return Delta(tuple(added), tuple(removed), current.manifest.empty_graphs - used)

        return self._change(prepared, author, action, note, also=also)

    def recover(self) -> bool:
        """Complete a change that was accepted, but whose snapshot did not become current; tell whether so.

        Raises :class:`SnapshotCorrupt` where that snapshot is gone: then a build makes it again.
        """
        if self._ledger.pending() is None:
            return False
        with self._snapshots.building(_PATIENCE):
            return self._complete()

    def consolidate(self) -> Manifest | None:
        """Write the current snapshot whole, its downloads too, and make that the current one.

        Changes that are made while this works are in it. Gives None where there is nothing to do, or where
        another has done it meanwhile. Raises :class:`BuildRunning` where this is going on already,
        and :class:`StorageError`.
        """
        with self._snapshots.consolidating() as folder:
            whole = write_whole(folder, self._snapshots, self._settings)
            if whole is None:
                return None
            with self._snapshots.building(_PATIENCE) as building:
                self._complete()
                target = caught_up(building, whole, self._snapshots, self._ledger, self._settings)
                if target is None:
                    return None
                self._snapshots.make_current(target.name)
                self._snapshots.prune()
        return read_manifest(target)

    def _complete(self) -> bool:
        pending = self._ledger.pending()
        if pending is None:
            return False
        folder = self._snapshots.path / pending.snapshot
        if not (folder / "manifest.json").exists():
            raise SnapshotCorrupt(
                f'Change {pending.number} was accepted, but its snapshot is gone. Run "pathways-ld build".'
            )
        self._snapshots.make_current(folder.name)
        self._ledger.mark_published(pending.number)
        return True

    def _change(
        self,
        compute: Callable[[Current], Delta],
        author: Author,
        action: str,
        note: str,
        graph: str | None = None,
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> Published:
        with (
            storage_errors(self._settings.state_dir),
            self._snapshots.building(_PATIENCE) as building,
        ):
            self._complete()
            folder = self._snapshots.current()
            manifest = read_manifest(folder)
            number = self._ledger.head() + 1
            if manifest.change != number - 1:
                raise SnapshotCorrupt(
                    f"The current snapshot has the changes up to {manifest.change}, the ledger those up to"
                    f' {number - 1}. Run "pathways-ld build".'
                )
            current = Current(folder, manifest)
            created = bool(graph) and not current.has_graph(graph or "")
            delta = _named_apart(compute(current), current, number)
            self._authorize(delta, manifest, author)
            if not delta.added and not delta.removed and delta.empty_graphs == manifest.empty_graphs:
                return Published(0, manifest.id, 0, 0, created=created)
            written, findings = self._make(building, current, delta, number)
            target = self._snapshots.adopt(building, written.id)
            self._ledger.append(
                number, delta, author=author.name, action=action, note=note, snapshot=target.name, also=also
            )
            self._snapshots.make_current(target.name)
            self._ledger.mark_published(number)
            self._snapshots.prune()
        return Published(number, target.name, len(delta.added), len(delta.removed), findings, created)

    def _authorize(self, delta: Delta, manifest: Manifest, author: Author) -> None:
        changed = delta.graphs | (delta.empty_graphs ^ manifest.empty_graphs)
        for graph in sorted(changed):
            shown = f"<{graph}>" if graph else "the default graph"
            if graph == manifest.base + INFERRED_GRAPH:
                raise Forbidden(f"{shown} holds what is inferred; change what it is inferred from.")
            if not author.may_change(graph):
                raise Forbidden(
                    f"This token may not change {shown}; nothing was changed. Leave that graph out, or ask"
                    " for a token that may."
                )

    def _make(
        self, building: Path, current: Current, delta: Delta, number: int
    ) -> tuple[Manifest, tuple[Finding, ...]]:
        """Check and write what would be; of remarks, give only those about what changes."""
        touched = {each.subject[1:-1] for each in (*delta.added, *delta.removed)}
        try:
            written, findings = self._maker.make(building, current, delta, number)
        except InvalidDataError as error:
            fatal = [each for each in error.findings if each.severity == validation.MUST_FIX]
            rest = [each for each in error.findings if each not in fatal and each.focus in touched]
            if any(each.rule == VANISHED for each in fatal):
                raise
            noun = "problem" if len(fatal) == 1 else "problems"
            raise InvalidDataError(
                f"There would be {len(fatal)} {noun} that must be fixed, so nothing was changed.",
                [*fatal, *rest],
            ) from None
        return written, tuple(each for each in findings if each.focus in touched)


_NOTE: Final = 2_000
"""Characters of an update that the ledger keeps as a note; what it did is kept whole."""


def _in_graph(each: Statement, graph: str) -> Statement:
    return each._replace(graph=f"<{graph}>" if graph else "")


def _blanks(statements: Iterable[Statement]) -> set[str]:
    return {term for each in statements for term in (each.subject, each.object) if is_blank(term)}


def _renamed(each: Statement, labels: dict[str, str]) -> Statement:
    return each._replace(
        subject=labels.get(each.subject, each.subject), object=labels.get(each.object, each.object)
    )


def _named_apart(delta: Delta, current: Current, number: int) -> Delta:
    """Give new blank nodes labels that name the change, so that they never meet those of a source file."""
    new = sorted(label for label in _blanks(delta.added) if not current.knows_blank(label))
    labels = {label: f"_:x{number}b{place}" for place, label in enumerate(new)}
    return replace(delta, added=tuple(_renamed(each, labels) for each in delta.added)) if labels else delta

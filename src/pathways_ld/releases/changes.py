"""Changes of the published statements: validated against what would be, then applied whole, or refused.

There is one way for all of them: under the lock of the snapshot folder the change is computed on the
asserted statements of the current snapshot, checked as a build is, and written as a new snapshot; the ledger
then takes the change, and one rename makes the snapshot current. What is cut short between the last two is
completed by :meth:`Maintenance.recover`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from pathways_ld import validation
from pathways_ld.errors import Finding, Forbidden, InputError, InvalidDataError, SnapshotCorrupt
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.rdfio import Statement, is_blank
from pathways_ld.releases.sources import Sources, no_progress
from pathways_ld.releases.verify import refuse_invalid
from pathways_ld.releases.writing import INFERRED_GRAPH, Clock, write_snapshot
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Asserted, Manifest, SnapshotFolder, TermsReader, read_asserted, read_manifest
from pathways_ld.snapshot.asserted import FILE as ASSERTED
from pathways_ld.snapshot.folder import storage_errors
from pathways_ld.sparql.updates import CheckedUpdate
from pathways_ld.sparql.updating import evaluate_update
from pathways_ld.store.base import Limits
from pathways_ld.vocabulary import Identity, identify

Check = Callable[[Sources, Identity], tuple[Finding, ...]]
"""Gives remarks; raises :class:`InvalidDataError` for what must not be published."""

About = Callable[[str], Sequence[Statement]]
"""Gives what is asserted of a subject, which is in N-Triples syntax, exactly as it was written."""

Prepare = Callable[[int, About], Delta]
"""Gives what a change adds and removes, told its number and what is asserted."""

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
    """Changes what a state directory publishes; `check` decides what may be published."""

    def __init__(
        self, settings: Settings, *, check: Check = refuse_invalid, terms_may_vanish: bool = False
    ) -> None:
        self._settings = settings
        self._check = check
        self._terms_may_vanish = terms_may_vanish
        self._snapshots = SnapshotFolder(settings.state_dir)
        self._ledger = Ledger(settings.state_dir)

    def update(self, update: CheckedUpdate, author: Author) -> Published:
        """Apply a SPARQL Update: all of its operations or none.

        Raises what evaluation raises (:class:`QueryError`, :class:`StoreError`), :class:`Forbidden` where it
        would change a graph that is not the author's, :class:`InvalidDataError` with the findings, and
        :class:`StorageError`.
        """

        def evaluated(folder: Path, asserted: Asserted) -> Delta:
            limits = Limits.from_settings(self._settings)
            outcome = evaluate_update(
                folder / ASSERTED, update, empty_graphs=asserted.empty_graphs, limits=limits
            )
            return Delta(outcome.added, outcome.removed, outcome.empty_graphs)

        return self._change(evaluated, author, "update", update.normalised[:_NOTE])

    def put_graph(
        self, graph: str, statements: Iterable[Statement], author: Author, *, merge: bool = False
    ) -> Published:
        """Replace the statements of a graph, or with `merge` add to them (Graph Store Protocol, 5.3, 5.5)."""
        wanted = [_in_graph(each, graph) for each in statements]

        def put(folder: Path, asserted: Asserted) -> Delta:
            del folder
            name = f"<{graph}>" if graph else ""
            before = {each for each in asserted.statements if each.graph == name}
            after = set(wanted)
            removed = set() if merge else before - after
            empty = asserted.empty_graphs - {graph}
            if graph and not after and (not merge or not before):
                empty |= {graph}
            return Delta(tuple(sorted(after - before)), tuple(sorted(removed)), empty)

        return self._change(put, author, "merge" if merge else "put", graph, graph)

    def delete_graph(self, graph: str, author: Author) -> Published:
        """Remove a graph, or all statements of the unnamed one (Graph Store Protocol, 5.4)."""

        def delete(folder: Path, asserted: Asserted) -> Delta:
            del folder
            name = f"<{graph}>" if graph else ""
            gone = tuple(sorted(each for each in asserted.statements if each.graph == name))
            return Delta((), gone, asserted.empty_graphs - {graph})

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

        def prepared(folder: Path, asserted: Asserted) -> Delta:
            del folder
            known = _BySubject(asserted.statements)
            delta = prepare(asserted.change + 1, known.about)
            added = tuple(each for each in delta.added if each not in known.about(each.subject))
            removed = tuple(each for each in delta.removed if each in known.about(each.subject))
            return Delta(added, removed, asserted.empty_graphs)

        return self._change(prepared, author, action, note, also=also)

    def recover(self) -> bool:
        """Complete a change that was accepted, but whose snapshot did not become current; tell whether so.

        Raises :class:`SnapshotCorrupt` where that snapshot is gone: then a build makes it again.
        """
        if self._ledger.pending() is None:
            return False
        with self._snapshots.building(_PATIENCE):
            return self._complete()

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
        compute: Callable[[Path, Asserted], Delta],
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
            asserted = read_asserted(folder)
            created = bool(graph) and graph not in _graphs(asserted)
            delta = _named_apart(compute(folder, asserted), asserted, number)
            self._authorize(delta, asserted, manifest, author)
            if not delta.added and not delta.removed and delta.empty_graphs == asserted.empty_graphs:
                return Published(0, manifest.id, 0, 0, created=created)
            after = _applied(asserted, delta, number)
            target, findings = self._write(building, folder, after, manifest, delta)
            self._ledger.append(
                number, delta, author=author.name, action=action, note=note, snapshot=target.name, also=also
            )
            self._snapshots.make_current(target.name)
            self._ledger.mark_published(number)
            self._snapshots.prune()
        return Published(number, target.name, len(delta.added), len(delta.removed), findings, created)

    def _authorize(self, delta: Delta, asserted: Asserted, manifest: Manifest, author: Author) -> None:
        changed = delta.graphs | (delta.empty_graphs ^ asserted.empty_graphs)
        for graph in sorted(changed):
            shown = f"<{graph}>" if graph else "the default graph"
            if graph == manifest.base + INFERRED_GRAPH:
                raise Forbidden(f"{shown} holds what is inferred; change what it is inferred from.")
            if not author.may_change(graph):
                raise Forbidden(
                    f"This token may not change {shown}; nothing was changed. Leave that graph out, or ask"
                    " for a token that may."
                )

    def _write(
        self, building: Path, before: Path, asserted: Asserted, manifest: Manifest, delta: Delta
    ) -> tuple[Path, tuple[Finding, ...]]:
        identity = _identity(asserted, manifest)
        findings = self._checked(Sources((), asserted.statements), identity, delta)
        written = write_snapshot(building, asserted, identity, self._settings, no_progress, Clock())
        if not self._terms_may_vanish:
            _refuse_vanished(before, building)
        return self._snapshots.adopt(building, written.id), findings

    def _checked(self, sources: Sources, identity: Identity, delta: Delta) -> tuple[Finding, ...]:
        """Check what would be; of remarks, only those about what changes are given."""
        touched = {each.subject[1:-1] for each in (*delta.added, *delta.removed)}
        try:
            return tuple(each for each in self._check(sources, identity) if each.focus in touched)
        except InvalidDataError as error:
            fatal = [each for each in error.findings if each.severity == validation.MUST_FIX]
            rest = [each for each in error.findings if each not in fatal and each.focus in touched]
            noun = "problem" if len(fatal) == 1 else "problems"
            raise InvalidDataError(
                f"There would be {len(fatal)} {noun} that must be fixed, so nothing was changed.",
                [*fatal, *rest],
            ) from None


_NOTE: Final = 2_000
"""Characters of an update that the ledger keeps as a note; what it did is kept whole."""


class _BySubject:
    def __init__(self, statements: Iterable[Statement]) -> None:
        self._found: dict[str, list[Statement]] = {}
        for each in statements:
            self._found.setdefault(each.subject, []).append(each)

    def about(self, subject: str) -> Sequence[Statement]:
        return self._found.get(subject, [])


def _in_graph(each: Statement, graph: str) -> Statement:
    return each._replace(graph=f"<{graph}>" if graph else "")


def _graphs(asserted: Asserted) -> set[str]:
    return {each.graph[1:-1] for each in asserted.statements} | asserted.empty_graphs


def _blanks(statements: Iterable[Statement]) -> set[str]:
    return {term for each in statements for term in (each.subject, each.object) if is_blank(term)}


def _renamed(each: Statement, labels: dict[str, str]) -> Statement:
    return each._replace(
        subject=labels.get(each.subject, each.subject), object=labels.get(each.object, each.object)
    )


def _named_apart(delta: Delta, asserted: Asserted, number: int) -> Delta:
    """Give new blank nodes labels that name the change, so that they never meet those of a source file."""
    new = sorted(_blanks(delta.added) - _blanks(asserted.statements)) if _blanks(delta.added) else []
    labels = {label: f"_:x{number}b{place}" for place, label in enumerate(new)}
    return replace(delta, added=tuple(_renamed(each, labels) for each in delta.added)) if labels else delta


def _applied(asserted: Asserted, delta: Delta, number: int) -> Asserted:
    gone = set(delta.removed)
    statements = [each for each in asserted.statements if each not in gone] + list(delta.added)
    return replace(asserted, statements=statements, empty_graphs=delta.empty_graphs, change=number)


def _identity(asserted: Asserted, manifest: Manifest) -> Identity:
    """Find out what the vocabulary is now; where nothing of it is left, it is still the same one."""
    try:
        return identify(asserted.statements, manifest.base, given=True)
    except InputError:
        return Identity(manifest.base, manifest.vocabulary_iri, manifest.kinds, manifest.version_iri)


def _refuse_vanished(before: Path, after: Path) -> None:
    published = [TermsReader(folder / "terms.sqlite") for folder in (before, after)]
    try:
        findings = validation.compare_terms(*(each.described() for each in published))
    finally:
        for each in published:
            each.close()
    if any(finding.severity == validation.MUST_FIX for finding in findings):
        raise InvalidDataError("The change would make published terms vanish; nothing was changed.", findings)

"""Make the snapshot that there is after a change: in part where that is enough, else as a whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pathways_ld import validation
from pathways_ld.errors import Finding, InputError, InvalidDataError
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases.checking import check_change
from pathways_ld.releases.deciding import why_general
from pathways_ld.releases.following import TooFar
from pathways_ld.releases.increment import Increment, Incremental
from pathways_ld.releases.sources import Sources, no_progress
from pathways_ld.releases.states import After
from pathways_ld.releases.verify import refuse_invalid
from pathways_ld.releases.writing import Clock, write_snapshot
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Asserted, Manifest, TermsReader, read_asserted
from pathways_ld.snapshot.lookup import SnapshotStatements
from pathways_ld.snapshot.terms import TERMS
from pathways_ld.vocabulary import Identity, identify

if TYPE_CHECKING:
    from pathways_ld.validation.engine import Engine

Check = Callable[[Sources, Identity], tuple[Finding, ...]]
"""Gives remarks; raises :class:`InvalidDataError` for what must not be published."""

log = logging.getLogger(__name__)


class Current:
    """The current snapshot while a change is made to it; what is read of it is read when it is needed."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @cached_property
    def engine(self) -> Engine:
        """What checks a change to it."""
        # Most processes never check a change; they do not carry the libraries for it.
        from pathways_ld.validation.engine import Engine  # noqa: PLC0415

        return Engine()

    @cached_property
    def statements(self) -> SnapshotStatements:
        """What is asserted, looked up term by term."""
        return self.engine.open(self.folder)

    @cached_property
    def asserted(self) -> Asserted:
        """All that is asserted."""
        return read_asserted(self.folder)

    def graph(self, graph: str) -> set[Statement]:
        """Give the statements of one graph; an empty IRI means the unnamed one."""
        name = f"<{graph}>" if graph else ""
        return {each for each in self.statements.everything() if each.graph == name}

    def has_graph(self, graph: str) -> bool:
        """Tell whether there is a named graph."""
        return graph in self.manifest.graphs or graph in self.manifest.empty_graphs

    def knows_blank(self, label: str) -> bool:
        """Tell whether a blank node is in use."""
        return bool(self.statements.about(label)) or any(self.statements.links_to(label))


class Maker:
    """Makes snapshots; `check` decides what may be published, None lets everything through."""

    def __init__(self, settings: Settings, check: Check | None, *, terms_may_vanish: bool) -> None:
        self._settings = settings
        self._check = check
        self._terms_may_vanish = terms_may_vanish

    def make(
        self, building: Path, current: Current, delta: Delta, number: int
    ) -> tuple[Manifest, tuple[Finding, ...]]:
        """Write the snapshot that there is after a change into an empty folder, with remarks on the change.

        Raises :class:`InvalidDataError` with the findings, and :class:`StorageError`.
        """
        incremental = Incremental(current.folder, current.manifest, self._settings, current.statements)
        try:
            return self._make(building, current, incremental, delta, number)
        finally:
            incremental.close()

    def _make(
        self, building: Path, current: Current, incremental: Incremental, delta: Delta, number: int
    ) -> tuple[Manifest, tuple[Finding, ...]]:
        before, manifest = incremental.before, current.manifest
        general = why_general(delta, before, After(before, delta.added, delta.removed), manifest)
        if general or self._check not in (None, refuse_invalid):
            return self._whole(building, current, delta, number, self._check, general or "of its checks")
        findings: tuple[Finding, ...] = ()
        if self._check is not None:
            findings = check_change(current.engine, current.folder, delta, incremental.identity)
        reason = incremental.why_not
        if not reason:
            try:
                increment = incremental.prepare(delta, number)
            except TooFar as far:
                reason = str(far)
            else:
                self._refuse_vanished(*_described(increment))
                return incremental.write(building, increment), findings
        return self._whole(building, current, delta, number, None, reason)[0], findings

    def _whole(
        self, building: Path, current: Current, delta: Delta, number: int, check: Check | None, reason: str
    ) -> tuple[Manifest, tuple[Finding, ...]]:
        log.info("With change %d everything is written anew, because %s.", number, reason)
        asserted = _applied(current.asserted, delta, number)
        identity = identity_of(asserted, current.manifest)
        findings = check(Sources((), asserted.statements), identity) if check is not None else ()
        written = write_snapshot(building, asserted, identity, self._settings, no_progress, Clock())
        if not self._terms_may_vanish:
            self._refuse_vanished(*(_all_described(folder) for folder in (current.folder, building)))
        return written, findings

    def _refuse_vanished(self, before: dict[str, bool], after: dict[str, bool]) -> None:
        if self._terms_may_vanish:
            return
        findings = validation.compare_terms(before, after)
        if any(finding.severity == validation.MUST_FIX for finding in findings):
            raise InvalidDataError(
                "The change would make published terms vanish; nothing was changed.", findings
            )


def _described(increment: Increment) -> tuple[dict[str, bool], dict[str, bool]]:
    before = {each.iri: each.before.withdrawn for each in increment.rows if each.before is not None}
    after = {each.iri: each.after.withdrawn for each in increment.rows if each.after is not None}
    return {iri: bool(withdrawn) for iri, withdrawn in before.items()}, after


def _all_described(folder: Path) -> dict[str, bool]:
    terms = TermsReader(folder / TERMS)
    try:
        return terms.described()
    finally:
        terms.close()


def _applied(asserted: Asserted, delta: Delta, number: int) -> Asserted:
    gone = set(delta.removed)
    statements: Iterable[Statement] = (each for each in asserted.statements if each not in gone)
    return replace(
        asserted,
        statements=[*statements, *delta.added],
        empty_graphs=delta.empty_graphs,
        change=number,
    )


def identity_of(asserted: Asserted, manifest: Manifest) -> Identity:
    """Find out what the vocabulary is now; where nothing of it is left, it is still the same one."""
    try:
        return identify(asserted.statements, manifest.base, given=True)
    except InputError:
        return Identity(manifest.base, manifest.vocabulary_iri, manifest.kinds, manifest.version_iri)

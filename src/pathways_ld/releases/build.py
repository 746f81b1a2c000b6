"""Build a snapshot: parse, check, derive, write, switch. Nothing that fails a check is published."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pathways_ld.errors import Finding
from pathways_ld.ledger import Exports, Ledger, last_told, replay_ledger
from pathways_ld.releases.contexts import versions_served
from pathways_ld.releases.sources import Progress, Sources, no_progress, read_sources
from pathways_ld.releases.verify import LOST_REMOVALS, SHOULD_FIX, refuse_invalid
from pathways_ld.releases.writing import Clock, write_snapshot
from pathways_ld.settings import CANONICAL_BASE, Settings
from pathways_ld.snapshot import Asserted, Manifest, SnapshotFolder
from pathways_ld.snapshot.folder import storage_errors
from pathways_ld.vocabulary import identify


@dataclass(frozen=True)
class BuildReport:
    """What a build did; `seconds` by stage, `findings` that did not stop it."""

    folder: Path
    manifest: Manifest
    findings: tuple[Finding, ...]
    seconds: dict[str, float]
    is_new: bool


def build(
    paths: Sequence[Path],
    settings: Settings,
    *,
    check: bool = True,
    progress: Progress = no_progress,
) -> BuildReport:
    """Build a snapshot of the source files and make it current.

    `check=False` is for measurements only: the command line has no such switch.
    Raises :class:`ParseError`, :class:`InvalidDataError`, :class:`InputError` or :class:`StorageError`;
    then the current snapshot is what it was before.
    """
    with storage_errors(settings.state_dir), _paused_collector():
        return _build(paths, settings, check=check, progress=progress)


@contextlib.contextmanager
def _paused_collector() -> Iterator[None]:
    """Keep the garbage collector from walking millions of strings again and again; there are no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _build(paths: Sequence[Path], settings: Settings, *, check: bool, progress: Progress) -> BuildReport:
    clock = Clock()
    snapshots = SnapshotFolder(settings.state_dir)
    read = read_sources(paths, settings, settings.canonical_base, progress)
    # From here on no change can be accepted: it would be missing.
    with snapshots.building() as folder:
        sources, asserted, findings = _changed(read, settings)
        given = settings.canonical_base != CANONICAL_BASE
        identity = identify(asserted.statements, settings.canonical_base, given=given)
        asserted = replace(asserted, contexts=versions_served(paths, identity.base, snapshots))
        clock.lap("parse")
        if check:
            progress("Checking", 0.0)
            findings += refuse_invalid(sources, identity)
            progress("Checking", 1.0)
        clock.lap("check")
        manifest = write_snapshot(folder, asserted, identity, settings, progress, clock)
        target = snapshots.adopt(folder, manifest.id)
        existed = folder.exists()
        Ledger(settings.state_dir).continue_after(asserted.change)
        snapshots.make_current(target.name)
        if asserted.change:
            Ledger(settings.state_dir).mark_published(asserted.change)
        snapshots.prune()
    clock.lap("switch")
    return BuildReport(target, manifest, findings, clock.seconds, not existed)


def _changed(read: Sources, settings: Settings) -> tuple[Sources, Asserted, tuple[Finding, ...]]:
    """Apply the changes of the ledger to what the source files say."""
    ledger = Ledger(settings.state_dir)
    # Changes that another ledger made, or this one before it was put back, keep their IRIs.
    change = max(ledger.head(), last_told(read.statements))
    statements, empty_graphs, missing = replay_ledger(read.statements, ledger, Exports(settings.state_dir))
    sources = replace(read, statements=statements)
    asserted = Asserted(statements, sources.prefixes, empty_graphs, change, _source_digests(sources))
    if not missing:
        return sources, asserted, ()
    message = (
        f"{missing} statements that accepted changes removed are not in the sources (any more). Nothing needs"
        " to be done if the sources were edited on purpose."
    )
    return sources, asserted, (Finding(LOST_REMOVALS, SHOULD_FIX, settings.canonical_base, message),)


def _source_digests(sources: Sources) -> dict[str, str]:
    """Name the source files by what tells them apart, which is no more of their path than needed."""
    paths = [file.path.absolute() for file in sources.files]
    shared = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    return {
        str(path.relative_to(shared)): file.sha256 for path, file in zip(paths, sources.files, strict=True)
    }

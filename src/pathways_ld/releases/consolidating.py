"""Write whole what changes have been made to in part, while further changes are made.

Changes go on: the statements of one moment are written, which takes long, and what was changed since then is
made to the result, which does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathways_ld.errors import SnapshotMissing
from pathways_ld.ledger import Change, Delta, Ledger
from pathways_ld.rdfio import Statement
from pathways_ld.releases.following import TooFar
from pathways_ld.releases.increment import Incremental
from pathways_ld.releases.making import Current, identity_of
from pathways_ld.releases.sources import no_progress
from pathways_ld.releases.writing import Clock, write_snapshot
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Asserted, Manifest, SnapshotFolder, read_asserted, read_manifest

_ATTEMPTS: Final = 5
"""How often a snapshot is begun to be read that is no longer kept a moment later."""


@dataclass(frozen=True)
class Whole:
    """A snapshot that was written whole and has no name yet; `origin` is that of the one it was made from."""

    folder: Path
    manifest: Manifest
    origin: str


def write_whole(folder: Path, snapshots: SnapshotFolder, settings: Settings) -> Whole | None:
    """Write the current snapshot whole into an empty folder; None where it is whole."""
    manifest, asserted = _read(snapshots)
    if asserted is None:
        return None
    identity = identity_of(asserted, manifest)
    written = write_snapshot(folder, asserted, identity, settings, no_progress, Clock())
    return Whole(folder, written, _origin(manifest))


def _read(snapshots: SnapshotFolder, attempts: int = _ATTEMPTS) -> tuple[Manifest, Asserted | None]:
    try:
        folder = snapshots.current()
        manifest = read_manifest(folder)
        return manifest, None if manifest.is_whole else read_asserted(folder)
    except (FileNotFoundError, SnapshotMissing):
        if attempts == 1:
            raise
    return _read(snapshots, attempts - 1)


def caught_up(
    building: Path, whole: Whole, snapshots: SnapshotFolder, ledger: Ledger, settings: Settings
) -> Path | None:
    """Give a whole snapshot a name, with the changes that were made meanwhile; the folder's lock is held.

    Gives None where it is out of date: somebody has written the current one whole.
    """
    current = read_manifest(snapshots.current())
    if _origin(current) != whole.origin:
        return None
    if current.change == whole.manifest.change:
        return snapshots.adopt(whole.folder, whole.manifest.id)
    later = (each for each in ledger.changes(whole.manifest.change) if each.number <= current.change)
    delta = together(later, whole.manifest.empty_graphs)
    base = Current(whole.folder, whole.manifest)
    incremental = Incremental(whole.folder, whole.manifest, settings, base.statements)
    try:
        increment = incremental.prepare(delta, current.change)
        written = incremental.write(building, increment)
    except TooFar:
        return None
    finally:
        incremental.close()
    snapshots.adopt(whole.folder, whole.manifest.id)
    return snapshots.adopt(building, written.id)


def together(changes: Iterable[Change], empty_graphs: frozenset[str]) -> Delta:
    """Give what several changes do one after the other."""
    added: dict[Statement, None] = {}
    removed: dict[Statement, None] = {}
    for change in changes:
        for each in change.delta.removed:
            if each in added:
                del added[each]
            else:
                removed[each] = None
        for each in change.delta.added:
            if each in removed:
                del removed[each]
            else:
                added[each] = None
        empty_graphs = change.delta.empty_graphs
    return Delta(tuple(added), tuple(removed), empty_graphs)


def _origin(manifest: Manifest) -> str:
    return manifest.foundation or manifest.id

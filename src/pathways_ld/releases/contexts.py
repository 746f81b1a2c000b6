"""The published versions of the JSON-LD context: beside the sources, in snapshots, and what comes next.

A context that data out there cites must never change. So the versions are files beside the sources, in git
with them: ``contexts/v1.jsonld`` and so on. Without such files, a snapshot takes the versions over from the
one before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathways_ld.errors import InputError, StorageError
from pathways_ld.releases.sources import Sources, read_sources
from pathways_ld.settings import CANONICAL_BASE, Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.snapshot.folder import storage_errors
from pathways_ld.vocabulary import Identity, Reader, identify
from pathways_ld.vocabulary.contexts import FOLDER, continued, extend, make_context, read_versions


@dataclass(frozen=True)
class ContextVersions:
    """The versions of a context beside some sources, with the one that these sources need."""

    folder: Path
    """Where the versions are, or would be."""
    published: tuple[str, ...]
    needed: tuple[str, ...]
    """The same, and one more where the last is not what the sources need."""

    @property
    def path(self) -> Path:
        """The file of the version that is needed."""
        return self.folder / f"v{len(self.needed)}.jsonld"

    @property
    def is_new(self) -> bool:
        """Whether the version that is needed is not there yet."""
        return self.needed != self.published


def versions_served(paths: Sequence[Path], base: str, snapshots: SnapshotFolder) -> tuple[str, ...]:
    """Give the versions so far: those beside the sources, else those of the current snapshot."""
    committed = read_versions(_folders(paths))
    try:
        before = Reader(snapshots.current())
    except StorageError:  # there is none, or none that could be continued
        return committed
    try:
        return continued(committed, before.contexts) if before.manifest.base == base else committed
    finally:
        before.close()


def examine_context(paths: Sequence[Path], settings: Settings) -> ContextVersions:
    """Find the versions beside some sources, and the one that these need.

    Raises :class:`ParseError` for a source that is not well-formed, and :class:`InputError`.
    """
    sources = read_sources(paths, settings, settings.canonical_base)
    given = settings.canonical_base != CANONICAL_BASE
    identity = identify(sources.statements, settings.canonical_base, given=given)
    return compare_context(paths, sources, identity)


def compare_context(paths: Sequence[Path], sources: Sources, identity: Identity) -> ContextVersions:
    """Compare the versions beside sources with what they need; raises :class:`InputError`."""
    prefixes = document_prefixes(sources.prefixes, identity)
    context = make_context(sources.statements, prefixes, identity.base)
    folders = _folders(paths)
    if not folders:
        raise InputError("There are no sources, beside which a context could be.")
    published = read_versions(folders)
    there = next((each for each in folders if (each / "v1.jsonld").is_file()), _best(paths))
    return ContextVersions(there, published, extend(published, context))


def write_context(versions: ContextVersions) -> None:
    """Write the version that is needed; raises :class:`StorageError`. A version that is there stays."""
    with storage_errors(versions.folder):
        versions.folder.mkdir(parents=True, exist_ok=True)
        with versions.path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(versions.needed[-1])


def document_prefixes(declared: Mapping[str, str], identity: Identity) -> dict[str, str]:
    """Give the prefixes of the documents: those that are declared, and one for each kind of term."""
    table = dict(declared)
    for kind in identity.kinds:
        namespace = f"{identity.base}{kind.name}/"
        if namespace not in table.values():
            table.setdefault(kind.name, namespace)
    return table


def _folders(paths: Sequence[Path]) -> list[Path]:
    return [each / FOLDER for each in dict.fromkeys(path.parent for path in paths)]


def _best(paths: Sequence[Path]) -> Path:
    """Give the folder for the first version: beside the ontology, where there is a folder of that name."""
    folders = [path.parent for path in paths]
    return next((each for each in folders if each.name == "ontology"), folders[0]) / FOLDER

"""``manifest.json``: what a snapshot is, from what it was made, and the digests of its files."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pathways_ld.errors import SnapshotCorrupt, SnapshotMissing
from pathways_ld.settings import Kind

LAYOUT: Final = 3
"""The version of the directory's layout; a snapshot of another layout must be rebuilt."""

_REBUILD: Final = 'Rebuild it with "pathways-ld build".'


@dataclass(frozen=True)
class Manifest:
    """`digests` maps file names to SHA-256; `sources` maps source files to SHA-256.

    `graph_counts` maps the IRIs of graphs, "" for the unnamed one, to the number of their statements in the
    index, `language_counts` the language tags to that of their literals. `change` is the number of the last
    change of the ledger that is in here.

    A snapshot that was made from another by a change shares files with the last one that was written whole:
    `foundation` is the id of that one, empty for itself; `changes` is how many were made since, `rows` how
    many documents differ from those it shares. Its downloads are those of the foundation: they hold the
    changes up to `dumps_change`, and are of the time `dumps_created`.
    """

    id: str
    base: str
    vocabulary_iri: str
    version_iri: str
    kinds: tuple[Kind, ...]
    created: str
    software: str
    default_language: str
    languages: tuple[str, ...]
    counts: dict[str, int]
    statements: int
    ours: bool = False
    graphs: tuple[str, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    graph_counts: dict[str, int] = field(default_factory=dict)
    empty_graphs: frozenset[str] = frozenset()
    change: int = 0
    language_counts: dict[str, int] = field(default_factory=dict)
    page_size: int = 0
    foundation: str = ""
    changes: int = 0
    rows: int = 0
    dumps_change: int = 0
    dumps_created: str = ""
    layout: int = LAYOUT

    @property
    def is_whole(self) -> bool:
        """Whether all of its files were written for it."""
        return not self.foundation

    def kind(self, name: str) -> Kind | None:
        """Find a kind by its name."""
        return next((kind for kind in self.kinds if kind.name == name), None)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; it is the last file of a snapshot."""
    fields = dataclasses.asdict(manifest) | {"empty_graphs": sorted(manifest.empty_graphs)}
    text = json.dumps(fields, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest; raises :class:`SnapshotMissing` or :class:`SnapshotCorrupt`."""
    path = folder / "manifest.json"
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
        kinds = tuple(Kind(**kind) for kind in loaded.pop("kinds"))
        languages = tuple(loaded.pop("languages"))
        graphs = tuple(loaded.pop("graphs"))
        loaded["empty_graphs"] = frozenset(loaded.get("empty_graphs", ()))
        manifest = Manifest(kinds=kinds, languages=languages, graphs=graphs, **loaded)
    except (FileNotFoundError, NotADirectoryError):
        raise SnapshotMissing(
            f'There is no snapshot in {folder}. Make one with "pathways-ld build".'
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SnapshotCorrupt(f"The manifest {path} cannot be read. {_REBUILD}") from None
    except OSError as error:
        raise SnapshotCorrupt(f"The manifest {path} cannot be read ({error.strerror}). {_REBUILD}") from None
    if manifest.layout != LAYOUT:
        raise SnapshotCorrupt(
            f"The snapshot {folder} has layout {manifest.layout}; this software reads {LAYOUT}. {_REBUILD}"
        )
    return manifest

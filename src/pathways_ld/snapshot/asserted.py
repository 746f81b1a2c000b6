"""``asserted.nq``: what somebody said, before anything is derived; what a change is made to.

Its lines are exact RDF in a stable order, one statement each (N-Quads, https://www.w3.org/TR/n-quads/). A
snapshot that shares the file with an earlier one has ``added.nq`` and ``removed.nq`` beside it, in the same
form: what was changed since.
"""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, graph_line, read_graph_line
from pathways_ld.snapshot.manifest import read_manifest
from pathways_ld.snapshot.sortedlines import SortedLines
from pathways_ld.snapshot.terms import TermsReader

FILE: Final = "asserted.nq"
ADDED: Final = "added.nq"
REMOVED: Final = "removed.nq"
LABELS: Final = "labels.index"
"""Where in :data:`FILE` the statements with labels stand, by the label without its case."""

DECLARED: Final = "declared"
"""The key under which the prefixes of the sources are kept."""
CONTEXTS: Final = "contexts"
"""The key under which the published versions of the JSON-LD context are kept."""
PROPERTIES: Final = "properties"
"""The key under which the IRIs of all properties are kept, and maybe of some that are in no use any more."""

INDEXED: Final = frozenset(f"<{iri}>" for iri in (SKOS.prefLabel, SKOS.altLabel))
_RECORD: Final = 16
_HALF: Final = _RECORD // 2


@dataclass(frozen=True)
class Asserted:
    """What somebody said: the statements of the sources with the changes of the ledger.

    `change` is the number of the last change; `sources` are the digests of the source files; `contexts` are
    the versions of the JSON-LD context that were published so far.
    """

    statements: list[Statement]
    prefixes: dict[str, str]
    empty_graphs: frozenset[str] = frozenset()
    change: int = 0
    sources: dict[str, str] = field(default_factory=dict)
    contexts: tuple[str, ...] = ()


def write_asserted(folder: Path, asserted: Asserted) -> None:
    """Write the statements, and where their labels are; the rest is in the manifest and among the terms."""
    places: list[bytes] = []
    start = 0
    with (folder / FILE).open("wb") as stream:
        for each in sorted(asserted.statements):
            line = graph_line(each).encode()
            if each.predicate in INDEXED:
                places.append(_key(each.object) + start.to_bytes(_HALF))
            stream.write(line)
            start += len(line)
    (folder / LABELS).write_bytes(b"".join(sorted(places)))


def write_changed(folder: Path, added: Iterable[Statement], removed: Iterable[Statement]) -> None:
    """Write what differs from the shared file."""
    for name, statements in ((ADDED, added), (REMOVED, removed)):
        with (folder / name).open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(map(graph_line, sorted(statements)))


def _key(label: str) -> bytes:
    return hashlib.blake2b(label.casefold().encode(), digest_size=_HALF).digest()


class AssertedFile:
    """The asserted statements of a snapshot, looked up in its files as they are asked for.

    Raises :class:`OSError` where they cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._base = SortedLines(folder / FILE)
        if not (folder / FILE).exists():
            raise FileNotFoundError(f"{folder / FILE} is not there")
        self._added = SortedLines(folder / ADDED)
        self._removed = SortedLines(folder / REMOVED)
        self._places = (folder / LABELS).read_bytes() if (folder / LABELS).exists() else None
        self._by_label: dict[str, list[str]] | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the file alone does not say it all."""
        return bool(self._added) or bool(self._removed)

    def about(self, subject: str) -> list[Statement]:
        """Give what is said of a subject, in order."""
        found = self._base.about(subject)
        if self._removed:
            gone = set(self._removed.about(subject))
            found = [each for each in found if each not in gone]
        if self._added:
            found = sorted([*found, *self._added.about(subject)])
        return found

    def subjects(self, beginning: str) -> list[str]:
        """Give the subjects that begin in a way, each once, and maybe some that nothing is said of now."""
        return sorted({*self._base.subjects(beginning), *self._added.subjects(beginning)})

    def everything(self) -> Iterator[Statement]:
        """Give all statements, in order."""
        base = (read_graph_line(line.decode()) for line in self._base.lines())
        if not self.is_changed:
            return base
        gone = {read_graph_line(line.decode()) for line in self._removed.lines()}
        added = [read_graph_line(line.decode()) for line in self._added.lines()]
        return heapq.merge((each for each in base if each not in gone), added)

    def changed(self) -> tuple[set[Statement], set[Statement]]:
        """Give what was added to the shared file, and what was removed from it."""
        added, removed = (
            {read_graph_line(line.decode()) for line in lines.lines()}
            for lines in (self._added, self._removed)
        )
        return added, removed

    def labelled(self, label: str) -> list[str]:
        """Give the subjects with a preferred or alternative label, whatever its case, and maybe more."""
        key = label.casefold()
        return [*self._in_base(key), *self._in_added().get(key, ())]

    def _in_base(self, key: str) -> Iterator[str]:
        places = memoryview(self._places or b"")
        wanted = _key(key)
        place = bisect_left(
            range(len(places) // _RECORD),
            wanted,
            key=lambda number: bytes(places[number * _RECORD : number * _RECORD + _HALF]),
        )
        for start in range(place * _RECORD, len(places), _RECORD):
            if places[start : start + _HALF] != wanted:
                return
            each = self._base.at(int.from_bytes(places[start + _HALF : start + _RECORD]))
            if each.object.casefold() == key:
                yield each.subject

    def _in_added(self) -> dict[str, list[str]]:
        if self._by_label is None:
            self._by_label = {}
            for line in self._added.lines():
                each = read_graph_line(line.decode())
                if each.predicate in INDEXED:
                    self._by_label.setdefault(each.object.casefold(), []).append(each.subject)
        return self._by_label


def read_asserted(folder: Path) -> Asserted:
    """Read what a snapshot was made from."""
    manifest = read_manifest(folder)
    statements = list(AssertedFile(folder).everything())
    terms = TermsReader(folder / "terms.sqlite")
    try:
        prefixes: dict[str, str] = terms.meta(DECLARED) or {}
        contexts = tuple(terms.meta(CONTEXTS) or ())
    finally:
        terms.close()
    about = (manifest.empty_graphs, manifest.change, manifest.sources, contexts)
    return Asserted(statements, prefixes, *about)


class GraphStore:
    """The asserted statements by graph: what the Graph Store Protocol reads.

    The unnamed graph is named by an empty text.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest = read_manifest(folder)

    def has(self, graph: str) -> bool:
        """Tell whether there is such a graph; there always is the unnamed one."""
        return not graph or graph in self._manifest.empty_graphs or bool(self.statements(graph))

    def statements(self, graph: str) -> list[Statement]:
        """Give the statements of a graph, without its name."""
        wanted = f"<{graph}>" if graph else ""
        everything = AssertedFile(self._folder).everything()
        return [each._replace(graph="") for each in everything if each.graph == wanted]

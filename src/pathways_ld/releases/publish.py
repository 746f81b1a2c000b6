"""Publish a snapshot to a store elsewhere: load beside what is there, verify, and only then switch.

Until the switch nobody sees anything of it, so a run that ends early leaves the published state as it was and
can be repeated. The switch is one update request; where an engine does not make that atomic (Virtuoso), a
failure within it is mended by publishing again.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Final

import pyoxigraph

from pathways_ld.errors import SettingsError, SnapshotCorrupt, StoreError
from pathways_ld.formats import RESULTS_JSON
from pathways_ld.iris import IriSpace, is_absolute_iri
from pathways_ld.namespaces import DCT
from pathways_ld.rdfio import (
    Statement,
    iri,
    is_blank,
    is_literal,
    line,
    literal,
    read_graph_line,
    statement,
)
from pathways_ld.releases.sources import Progress, no_progress
from pathways_ld.releases.writing import INFERRED_GRAPH
from pathways_ld.settings import RemoteSettings, Settings
from pathways_ld.snapshot import Manifest, read_asserted, read_manifest
from pathways_ld.snapshot.folder import file_digest, storage_errors
from pathways_ld.store.base import Limits, Query
from pathways_ld.store.remote import Graphs, RemoteStore, graph_prefix, published_graphs
from pathways_ld.store.remote_writing import RemoteWriter, insertion
from pathways_ld.vocabulary import derive

_DUMP: Final = "dumps/vocabulary.nq"


@dataclass
class PublishedGraph:
    """A graph as it was sent and as the store holds it, which may take literals for equal."""

    iri: str
    staging: str
    statements: int = 0
    without_literals: int = 0
    pairs: int = 0
    stored: int = 0
    _last_pair: tuple[str, str] = field(default=("", ""), repr=False)

    def count(self, each: Statement) -> None:
        """Take a statement into account; those with one subject and predicate come together."""
        self.statements += 1
        self.without_literals += not is_literal(each.object)
        self.pairs += self._last_pair != each[:2]
        self._last_pair = each[:2]


@dataclass(frozen=True)
class PublishReport:
    """What was published where."""

    manifest: Manifest
    graphs: tuple[PublishedGraph, ...]


def publish(
    folder: Path, remote: RemoteSettings, settings: Settings, progress: Progress = no_progress
) -> PublishReport:
    """Load a snapshot into a store and make it what its readers see.

    Raises :class:`SettingsError`, :class:`SnapshotMissing`, :class:`SnapshotCorrupt` or
    :class:`StoreError`; then the published state is what it was before.
    """
    manifest = read_manifest(folder)
    with storage_errors(folder):
        if manifest.is_whole and file_digest(folder / _DUMP) != manifest.digests.get(_DUMP):
            raise SnapshotCorrupt(f"{folder / _DUMP} is not as it was written. Build the snapshot again.")
        if remote.dataset != "published":
            raise SettingsError(
                f'The store "{remote.name}" has dataset = "{remote.dataset}" in the settings: its graphs are'
                ' not ours to write. Set "published".'
            )
        with RemoteWriter(remote) as writer:
            return _Publication(folder, manifest, remote, settings, writer).run(progress)


class _Publication:
    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        remote: RemoteSettings,
        settings: Settings,
        writer: RemoteWriter,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._remote = remote
        self._settings = settings
        self._writer = writer
        self._prefix = graph_prefix(remote, manifest.base)
        self._state = f"{self._prefix}state"
        self._staging = f"{self._prefix}staging"
        self._targets = published_graphs(remote, manifest.base, manifest.graph_counts)
        wanted = [self._targets.unnamed, *self._targets.named, self._targets.union]
        self._graphs = {
            target: PublishedGraph(target, f"{self._staging}/{number}")
            for number, target in enumerate(filter(None, wanted), 1)
        }

    def run(self, progress: Progress) -> PublishReport:
        progress("Clearing", 0.0)
        before, leftovers = self._read_state()
        self._writer.drop(sorted({*leftovers, *self._staging_iris()}))
        self._note_staging()
        self._load(progress)
        progress("Verifying", 0.0)
        self._verify()
        progress("Switching", 0.0)
        self._switch(before)
        progress("Switching", 1.0)
        return PublishReport(self._manifest, tuple(self._graphs.values()))

    def _staging_iris(self) -> list[str]:
        return [graph.staging for graph in self._graphs.values()]

    # what the store says

    def _ask(self, name: str, graph: str) -> list[dict[str, str]]:
        text = files("pathways_ld.releases").joinpath("queries", f"{name}.rq").read_text(encoding="utf-8")
        visible = Graphs("", (graph,))
        limits = Limits(deadline=self._remote.write_timeout, transfer=2 * self._remote.write_timeout)
        query = Query(text, "SELECT", RESULTS_JSON.media_type, default_graphs=(graph,), dataset_given=True)
        with (
            RemoteStore.from_settings(self._remote, self._settings, visible) as store,
            store.query(query, limits) as answer,
        ):
            rows = json.loads(b"".join(answer))["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in rows]

    def _number(self, name: str, graph: str) -> int:
        return int(self._ask(name, graph)[0]["n"])

    def _read_state(self) -> tuple[set[str], set[str]]:
        """Give the graphs that were published last, and those that an earlier run has left half-done."""
        published, leftovers = set(), set()
        for row in self._ask("parts", self._state):
            # What stands there becomes part of an update.
            if not is_absolute_iri(row["o"]):
                continue
            if row["s"] == self._staging and row["o"].startswith(f"{self._staging}/"):
                leftovers.add(row["o"])
            elif row["s"] == self._state:
                published.add(row["o"])
        return published, leftovers

    # loading

    def _note_staging(self) -> None:
        parts = "".join(
            f"<{self._staging}> <{DCT.hasPart}> <{staging}> .\n" for staging in self._staging_iris()
        )
        self._writer.update(insertion(self._state, parts))

    def _load(self, progress: Progress) -> None:
        total, sent = sum(self._manifest.graph_counts.values()) or 1, 0
        loaders = {target: _Loader(self._writer, graph) for target, graph in self._graphs.items()}
        counts: Counter[str] = Counter()
        progress("Loading", 0.0)
        for same in _grouped(heapq.merge(self._asserted(), self._inferred())):
            for each in same:
                name = each.graph[1:-1]
                counts[name] += 1
                loaders[name or self._targets.unnamed].take(each)
            if self._targets.union:
                loaders[self._targets.union].take(same[0])
            sent += len(same)
            if sent % 1_000 < len(same):
                progress("Loading", sent / total)
        for loader in loaders.values():
            loader.finish()
        expected = {name: count for name, count in self._manifest.graph_counts.items() if count}
        if counts != expected:
            raise SnapshotCorrupt(
                f"The snapshot {self._folder} holds other numbers of statements than its manifest says. Build"
                " it again."
            )

    def _asserted(self) -> Iterator[Statement]:
        """Read the dump, which is sorted and exact: literals are as their authors wrote them."""
        if not self._manifest.is_whole:  # the dump is that of an earlier one
            asserted = read_asserted(self._folder).statements
            yield from sorted([*asserted, *derive(asserted, IriSpace(self._manifest.base))])
            return
        with (self._folder / _DUMP).open(encoding="utf-8", newline="\n") as stream:
            for text in stream:
                yield read_graph_line(text[:-1])

    def _inferred(self) -> list[Statement]:
        graph = pyoxigraph.NamedNode(f"{self._manifest.base}{INFERRED_GRAPH}")
        index = pyoxigraph.Store.read_only(str(self._folder / "sparql"))
        return sorted(map(statement, index.quads_for_pattern(None, None, None, graph)))

    # verifying and switching

    def _verify(self) -> None:
        for graph in self._graphs.values():
            graph.stored = self._number("statements", graph.staging)
            if graph.stored == graph.statements:
                continue
            # Engines that keep values, not spellings, take "1" and "01" for one. Nothing else may be missing.
            fewer_literals = graph.stored < graph.statements and (
                self._number("without-literals", graph.staging) == graph.without_literals
                and self._number("pairs", graph.staging) == graph.pairs
            )
            if not fewer_literals:
                raise StoreError(
                    f"The store has {graph.stored:,} statements of the graph <{graph.iri}> where"
                    f" {graph.statements:,} were sent. What it has published is unchanged; try again."
                )

    def _switch(self, before: set[str]) -> None:
        steps = [
            f"MOVE GRAPH <{graph.staging}> TO GRAPH <{graph.iri}>"
            if graph.statements
            else f"DROP SILENT GRAPH <{graph.iri}>"
            for graph in self._graphs.values()
        ]
        steps += [f"DROP SILENT GRAPH <{old}>" for old in sorted(before - set(self._graphs))]
        state = iri(self._state)
        notes = [Statement(state, iri(DCT.identifier), literal(self._manifest.id))]
        notes += [Statement(state, iri(DCT.hasPart), iri(target)) for target in self._graphs]
        written = "".join(map(line, notes))
        steps += [f"DROP SILENT GRAPH {state}", insertion(self._state, written)]
        self._writer.update(" ;\n".join(steps))


def _grouped(statements: Iterable[Statement]) -> Iterator[list[Statement]]:
    """Put together the statements that differ in the graph only; the same one twice is one."""
    for _, same in groupby(statements, key=lambda each: each[:3]):
        yield sorted(set(same))


class _Loader:
    """Sends the statements of one graph in pieces that keep blank nodes whole.

    A blank node's label means something within one request only. So statements that hang together by blank
    nodes go in one; they wait for the end.
    """

    def __init__(self, writer: RemoteWriter, graph: PublishedGraph) -> None:
        self._writer = writer
        self._graph = graph
        self._lines: list[str] = []
        self._size = 0
        self._waiting: list[Statement] = []

    def take(self, each: Statement) -> None:
        """Take a statement; sends when there are enough."""
        self._graph.count(each)
        if is_blank(each.subject) or is_blank(each.object):
            self._waiting.append(each)
        else:
            self._add([each])

    def finish(self) -> None:
        """Send the rest."""
        for together in _components(self._waiting):
            self._add(together)
        self._flush()

    def _add(self, statements: list[Statement]) -> None:
        lines = list(map(line, statements))
        size = sum(map(len, lines))
        if self._lines and self._size + size > self._writer.chunk:
            self._flush()
        self._lines += lines
        self._size += size

    def _flush(self) -> None:
        if self._lines:
            self._writer.add(self._graph.staging, "".join(self._lines).encode())
            self._lines, self._size = [], 0


def _components(statements: list[Statement]) -> Iterator[list[Statement]]:
    """Part statements into those that hang together by blank nodes."""
    leader: dict[str, str] = {}
    find = _finder(leader)
    for each in statements:
        nodes = [term for term in (each.subject, each.object) if is_blank(term)]
        leader[find(nodes[0])] = find(nodes[-1])
    parts: dict[str, list[Statement]] = {}
    for each in statements:
        node = each.subject if is_blank(each.subject) else each.object
        parts.setdefault(find(node), []).append(each)
    yield from parts.values()


def _finder(leader: dict[str, str]) -> Callable[[str], str]:
    def find(node: str) -> str:
        while leader.setdefault(node, node) != node:
            leader[node] = leader[leader[node]]  # shortens the way for the next
            node = leader[node]
        return node

    return find

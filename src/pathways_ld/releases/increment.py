"""Write a snapshot that differs from another by a change, at a cost that grows with the change.

What did not change is shared with the snapshot before: files that never change get a second name. The rows of
documents that changed, the statements that were added and removed, and the index's new files stand beside
them. The downloads cannot be changed in part: they stay those of the last snapshot that was written whole.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyoxigraph

from pathways_ld import __version__
from pathways_ld.errors import StorageError
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement, is_literal, literal_parts, quad
from pathways_ld.releases.deciding import why_not_shared
from pathways_ld.releases.effects import Effects
from pathways_ld.releases.following import Difference, follow
from pathways_ld.releases.rows import row_of, stored_counts, stored_texts
from pathways_ld.releases.states import After, Before
from pathways_ld.releases.writing import INFERRED_GRAPH, tidy_index
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Manifest, TermsReader, write_manifest
from pathways_ld.snapshot.asserted import ADDED, FILE, LABELS, PROPERTIES, REMOVED, write_changed
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.snapshot.lookup import SnapshotStatements
from pathways_ld.snapshot.sharing import share, share_folder
from pathways_ld.snapshot.terms import CHANGES, TERMS, TEXT
from pathways_ld.snapshot.termswriting import RowChange, write_changes
from pathways_ld.snapshot.textindex import Texts
from pathways_ld.vocabulary import Identity
from pathways_ld.vocabulary.labels import names_of
from pathways_ld.vocabulary.statistics import STATISTICS, combine

_SHARED: Final = (TERMS, FILE, LABELS)
_REACHED: Final = 8
"""Of so many documents one may be reached by a change; to look up more is slower than to read everything."""
_DIFFERENT: Final = 4
"""Of so many documents one may differ from the shared files; before that, they are mostly written anew."""
_FEW: Final = 500
"""Documents that may be reached, and differ, however small the vocabulary is."""


@dataclass(frozen=True)
class Increment:
    """What a change does to a snapshot, computed and not yet written."""

    delta: Delta
    number: int
    difference: Difference
    rows: tuple[RowChange, ...]


class Incremental:
    """Changes one snapshot. Raises :class:`SnapshotCorrupt` when opened."""

    def __init__(
        self, folder: Path, manifest: Manifest, settings: Settings, statements: SnapshotStatements
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self._page_size = settings.page_size
        self._statements = statements
        self._terms = TermsReader(folder / TERMS)
        self.identity = Identity(manifest.base, manifest.vocabulary_iri, manifest.kinds, manifest.version_iri)
        inferred = f"<{manifest.base}{INFERRED_GRAPH}>"
        self.before = Before(statements, self._terms, self.identity.space, inferred)
        size = self._terms.size()
        self.most = max(_FEW, size // _REACHED)
        self.why_not = why_not_shared(manifest, settings, size, max(_FEW, size // _DIFFERENT))
        """Why the snapshot cannot be the base of another one; empty where it can."""

    def close(self) -> None:
        """Close the files."""
        self._terms.close()

    def prepare(self, delta: Delta, number: int) -> Increment:
        """Find what changes; raises :class:`TooFar`."""
        after, difference = follow(self.before, delta, self.most)
        effects = Effects(self.before, after, self.identity, self._page_size, self.most)
        rows = [self._row(iri, effects) for iri in effects.documents(difference)]
        return Increment(delta, number, difference, tuple(each for each in rows if each is not None))

    def _row(self, iri: str, effects: Effects) -> RowChange | None:
        stored = self._terms.term(iri)
        language = self.manifest.default_language
        fresh = row_of(effects.after, iri, language) if effects.after.is_document(iri) else None
        if (stored.digest if stored else "") == (fresh.digest if fresh else ""):
            return None
        if stored is None:
            return RowChange(iri, None, Texts(), fresh)
        names = names_of(stored.view, self.identity.kinds, withdrawn=stored.withdrawn)
        return RowChange(iri, stored, stored_texts(stored), fresh, names)

    def write(self, building: Path, increment: Increment) -> Manifest:
        """Write the snapshot into an empty folder; raises :class:`StorageError`."""
        before, manifest, difference = self.folder, self.manifest, increment.difference
        for name in _SHARED:
            share(before / name, building / name)
        share_folder(before / "dumps", building / "dumps")
        rows = self._write_rows(building, increment)
        self._write_asserted(building, increment.delta)
        self._write_index(building / "sparql", increment)
        graph_counts, language_counts = self._counted(difference)
        inferred = self.before.inferred[1:-1]
        changed = [name for name in (CHANGES, TEXT, ADDED, REMOVED) if (building / name).exists()]
        written = replace(
            manifest,
            id=self._id(increment),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            counts=self._kinds_counted(increment.rows),
            statements=manifest.statements + len(difference.added) - len(difference.removed),
            languages=tuple(sorted(language_counts.keys() - {""})),
            language_counts=language_counts,
            graph_counts=graph_counts,
            graphs=tuple(sorted(graph_counts.keys() - {"", inferred})),
            digests=manifest.digests | {name: file_digest(building / name) for name in changed},
            empty_graphs=increment.delta.empty_graphs,
            change=increment.number,
            foundation=manifest.foundation or manifest.id,
            changes=manifest.changes + 1,
            rows=rows,
        )
        write_manifest(building, written)
        return written

    def _write_rows(self, building: Path, increment: Increment) -> int:
        properties = {each.predicate for each in increment.difference.added} | self.before.properties
        meta: dict[str, object] = {}
        if properties != self.before.properties:
            meta[PROPERTIES] = sorted(each[1:-1] for each in properties)
        counted = self._terms.meta(STATISTICS)
        if counted is not None:
            vocabulary = self.identity.vocabulary_iri
            gone = (stored_counts(each.before, vocabulary) for each in increment.rows if each.before)
            new = (each.after.counts for each in increment.rows if each.after)
            meta[STATISTICS] = combine(counted, gone, new)
        return write_changes(self.folder, building, increment.rows, meta)

    def _write_asserted(self, building: Path, delta: Delta) -> None:
        added, removed = self._statements.asserted.changed()
        gone, new = set(delta.removed), set(delta.added)
        write_changed(building, (added - gone) | (new - removed), (removed - new) | (gone - added))

    def _write_index(self, folder: Path, increment: Increment) -> None:
        difference = increment.difference
        after = After(self.before, increment.delta.added, increment.delta.removed)
        after.follow(difference.added, difference.removed)
        try:
            self._statements.copy_index(folder)
            store = pyoxigraph.Store(str(folder))
            for each in (*difference.removed, *difference.inferred_removed):
                store.remove(quad(each))
            fresh = [*difference.added, *difference.inferred_added, *_hidden_by(difference, after)]
            store.extend(quad(each) for each in fresh)
            for graph in self._counted(difference)[0].keys() ^ self.manifest.graph_counts.keys():
                if graph and graph in self.manifest.graph_counts:
                    store.remove_graph(pyoxigraph.NamedNode(graph))
            store.flush()
            del store
        except (RuntimeError, ValueError) as error:
            raise StorageError(
                f"The index of the snapshot cannot be changed: {error}. Nothing was published. If it happens"
                ' again, run "pathways-ld build".'
            ) from error
        tidy_index(folder)

    def _counted(self, difference: Difference) -> tuple[dict[str, int], dict[str, int]]:
        graphs, languages = Counter(self.manifest.graph_counts), Counter(self.manifest.language_counts)
        for each in difference.added:
            graphs[each.graph[1:-1]] += 1
            languages.update(_language(each))
        for each in difference.removed:
            graphs[each.graph[1:-1]] -= 1
            languages.subtract(_language(each))
        inferred = self.before.inferred[1:-1]
        graphs[inferred] += len(difference.inferred_added) - len(difference.inferred_removed)
        return _positive(graphs), _positive(languages)

    def _kinds_counted(self, rows: Iterable[RowChange]) -> dict[str, int]:
        counts = dict(self.manifest.counts)
        for each in rows:
            for row, sign in ((each.before, -1), (each.after, 1)):
                if row is not None and row.kind in counts and not row.withdrawn:
                    counts[row.kind] += sign
        return counts

    def _id(self, increment: Increment) -> str:
        delta = increment.delta
        parts = (
            self.manifest.id,
            str(increment.number),
            repr(sorted(delta.added)),
            repr(sorted(delta.removed)),
            repr(sorted(delta.empty_graphs)),
            __version__,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _hidden_by(difference: Difference, after: After) -> Iterable[Statement]:
    """Give statements that the index takes for others that went: it knows literals by their value."""
    positions = {
        (each.subject, each.predicate, each.graph) for each in difference.removed if is_literal(each.object)
    }
    for subject in {each[0] for each in positions}:
        for each in after.said(subject):
            if (each.subject, each.predicate, each.graph) in positions and is_literal(each.object):
                yield each


def _language(each: Statement) -> Sequence[str]:
    return (literal_parts(each.object)[1],) if is_literal(each.object) else ()


def _positive(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count > 0}

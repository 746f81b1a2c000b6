"""Write a snapshot of the asserted statements: what is derived, the index, the terms, the downloads."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyoxigraph

from pathways_ld import __version__
from pathways_ld.rdfio import Statement, graph_line, is_blank, is_literal, literal_parts
from pathways_ld.releases.contexts import document_prefixes
from pathways_ld.releases.rows import row_of
from pathways_ld.releases.sources import Progress
from pathways_ld.settings import Settings
from pathways_ld.snapshot import (
    Asserted,
    Manifest,
    TermsWriter,
    write_asserted,
    write_dumps,
    write_manifest,
)
from pathways_ld.snapshot.asserted import CONTEXTS, DECLARED, LABELS, PROPERTIES
from pathways_ld.snapshot.asserted import FILE as ASSERTED
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.snapshot.manifest import LAYOUT
from pathways_ld.snapshot.terms import TERMS, TEXT
from pathways_ld.store.parallel import Task
from pathways_ld.vocabulary import Describer, Identity, derive, transitive_hierarchy
from pathways_ld.vocabulary.contexts import extend, make_context
from pathways_ld.vocabulary.statistics import STATISTICS, combine

INFERRED_GRAPH: Final = "graph/inferred"
_CHUNK: Final = 1_000
_LARGE: Final = 50_000
"""Statements from which on a second process is worth its start."""


class Clock:
    """Takes the seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.monotonic()
        self.seconds[stage] = now - self._last
        self._last = now


def write_snapshot(
    folder: Path,
    asserted: Asserted,
    identity: Identity,
    settings: Settings,
    progress: Progress,
    clock: Clock,
) -> Manifest:
    """Write all parts of a snapshot into an empty folder."""
    progress("Deriving", 0.0)
    write_asserted(folder, asserted)
    statements = sorted([*asserted.statements, *derive(asserted.statements, identity.space)])
    clock.lap("derive")
    progress("Writing", 0.0)
    # The terms need the statements only, the index and the dumps too: two processes, two cores.
    terms = Task(
        lambda: _write_terms(folder / "terms.sqlite", statements, asserted, identity, settings, progress),
        worthwhile=len(statements) > _LARGE,
    )
    try:
        dumps = write_dumps(folder / "dumps", statements, asserted.prefixes)
        clock.lap("dumps")
        progress("Indexing", 0.0)
        inferred = _write_index(folder / "sparql", folder / "dumps" / "vocabulary.nq", statements, identity)
        clock.lap("index")
        counts = terms.result()
    finally:
        terms.cancel()
    clock.lap("terms")
    languages = Counter(literal_parts(each.object)[1] for each in statements if is_literal(each.object))
    digests = {f"dumps/{dump.name}": dump.sha256 for dump in dumps}
    digests |= {name: file_digest(folder / name) for name in (TERMS, TEXT, ASSERTED, LABELS)}
    graph_counts = Counter(each.graph[1:-1] for each in statements)
    if inferred:
        graph_counts[f"{identity.base}{INFERRED_GRAPH}"] = inferred
    created = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(
        id=_snapshot_id(digests, identity, settings, asserted),
        base=identity.base,
        vocabulary_iri=identity.vocabulary_iri,
        version_iri=identity.version_iri,
        kinds=identity.kinds,
        created=created,
        software=__version__,
        default_language=settings.default_language,
        languages=tuple(sorted(languages.keys() - {""})),
        counts=counts,
        statements=len(statements),
        ours=identity.ours,
        graphs=tuple(sorted({each.graph[1:-1] for each in statements if each.graph})),
        digests=digests,
        graph_counts=dict(sorted(graph_counts.items())),
        empty_graphs=asserted.empty_graphs,
        change=asserted.change,
        sources=asserted.sources,
        language_counts=dict(sorted(languages.items())),
        page_size=settings.page_size,
        dumps_change=asserted.change,
        dumps_created=created,
    )
    write_manifest(folder, manifest)
    return manifest


def _snapshot_id(digests: dict[str, str], identity: Identity, settings: Settings, asserted: Asserted) -> str:
    """Name the content and everything else that decides what is served from it."""
    parts = (
        repr(sorted(digests.items())),
        repr(identity),
        str(LAYOUT),
        __version__,
        str(settings.page_size),
        settings.default_language,
        str(asserted.change),
        repr(sorted(asserted.empty_graphs)),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _write_index(folder: Path, nquads: Path, statements: list[Statement], identity: Identity) -> int:
    """Write the index; gives the number of inferred statements, which are nowhere else."""
    store = pyoxigraph.Store(str(folder))
    inferred = list(transitive_hierarchy(statements, f"<{identity.base}{INFERRED_GRAPH}>"))
    if any(map(_has_blank, statements)):
        # A later change has to find blank nodes again, and this keeps their labels; loading does not.
        named = [each for each in statements if not _has_blank(each)]
        store.bulk_load(input=_lines(named), format=pyoxigraph.RdfFormat.N_QUADS)
        _extend(store, [each for each in statements if _has_blank(each)])
    else:
        store.bulk_load(path=str(nquads), format=pyoxigraph.RdfFormat.N_QUADS)
    store.bulk_load(
        input=_lines(each for each in inferred if not _has_blank(each)), format=pyoxigraph.RdfFormat.N_QUADS
    )
    _extend(store, [each for each in inferred if _has_blank(each)])
    store.optimize()
    store.flush()
    del store
    tidy_index(folder)
    return len(inferred)


def _has_blank(each: Statement) -> bool:
    return is_blank(each.subject) or is_blank(each.object)


def _lines(statements: Iterable[Statement]) -> bytes:
    return "".join(map(graph_line, statements)).encode()


def _extend(store: pyoxigraph.Store, statements: Sequence[Statement]) -> None:
    store.bulk_extend(pyoxigraph.parse(input=_lines(statements), format=pyoxigraph.RdfFormat.N_QUADS))


def tidy_index(folder: Path) -> None:
    """Remove what the engine has left: nobody writes to an index any more, and it costs every reader time."""
    for log in folder.glob("LOG.old*"):
        log.unlink()
    shutil.rmtree(folder / "lost", ignore_errors=True)


def _write_terms(
    path: Path,
    statements: list[Statement],
    asserted: Asserted,
    identity: Identity,
    settings: Settings,
    progress: Progress,
) -> dict[str, int]:
    describer = Describer(statements, identity, settings.page_size)
    documents = describer.documents()
    counts: Counter[str] = Counter()
    statistics: dict[str, int] = {}
    writer = TermsWriter(path)
    for start in range(0, len(documents), _CHUNK):
        progress("Describing", start / len(documents))
        chunk = documents[start : start + _CHUNK]
        rows = [row_of(describer, document, settings.default_language) for document in chunk]
        counts.update(row.kind for row in rows if not row.withdrawn)
        statistics = combine(statistics, (), (row.counts for row in rows))
        writer.add(rows)
    progress("Describing", 1.0)
    writer.set_meta(DECLARED, asserted.prefixes)
    prefixes = document_prefixes(asserted.prefixes, identity)
    writer.set_meta("prefixes", prefixes)
    context = make_context(statements, prefixes, identity.base)
    writer.set_meta(CONTEXTS, extend(asserted.contexts, context))
    writer.set_meta("headings", describer.headings())
    writer.set_meta(PROPERTIES, sorted({each.predicate[1:-1] for each in statements}))
    writer.set_meta(STATISTICS, statistics)
    writer.finish()
    return {kind.name: counts[kind.name] for kind in identity.kinds}

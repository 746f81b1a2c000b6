"""Write a snapshot of the asserted statements: what is derived, the index, the terms, the downloads."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyoxigraph

from pathways_ld import __version__
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, graph_line, is_literal, literal_parts
from pathways_ld.releases.sources import Progress
from pathways_ld.settings import Settings
from pathways_ld.snapshot import (
    Asserted,
    Manifest,
    TermRow,
    TermsWriter,
    write_asserted,
    write_dumps,
    write_manifest,
)
from pathways_ld.snapshot.asserted import DECLARED
from pathways_ld.snapshot.asserted import FILE as ASSERTED
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.snapshot.manifest import LAYOUT
from pathways_ld.snapshot.terms import encode_json
from pathways_ld.store.parallel import Task
from pathways_ld.vocabulary import Describer, Description, Identity, derive, transitive_hierarchy
from pathways_ld.vocabulary.view import sort_text

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
    languages = {literal_parts(each.object)[1] for each in statements if is_literal(each.object)}
    digests = {f"dumps/{dump.name}": dump.sha256 for dump in dumps}
    digests |= {name: file_digest(folder / name) for name in ("terms.sqlite", ASSERTED)}
    graph_counts = Counter(each.graph[1:-1] for each in statements)
    if inferred:
        graph_counts[f"{identity.base}{INFERRED_GRAPH}"] = inferred
    manifest = Manifest(
        id=_snapshot_id(digests, identity, settings, asserted),
        base=identity.base,
        vocabulary_iri=identity.vocabulary_iri,
        version_iri=identity.version_iri,
        kinds=identity.kinds,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=__version__,
        default_language=settings.default_language,
        languages=tuple(sorted(languages - {""})),
        counts=counts,
        statements=len(statements),
        ours=identity.ours,
        graphs=tuple(sorted({each.graph[1:-1] for each in statements if each.graph})),
        digests=digests,
        graph_counts=dict(sorted(graph_counts.items())),
        empty_graphs=asserted.empty_graphs,
        change=asserted.change,
        sources=asserted.sources,
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
    store.bulk_load(path=str(nquads), format=pyoxigraph.RdfFormat.N_QUADS)
    lines = [
        graph_line(each) for each in transitive_hierarchy(statements, f"<{identity.base}{INFERRED_GRAPH}>")
    ]
    if lines:
        store.bulk_load(input="".join(lines).encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    del store
    # Nobody writes to the index any more; its write-ahead files only cost every reader time.
    for log in folder.glob("LOG.old*"):
        log.unlink()
    shutil.rmtree(folder / "lost", ignore_errors=True)
    return len(lines)


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
    writer = TermsWriter(path)
    for start in range(0, len(documents), _CHUNK):
        progress("Describing", start / len(documents))
        chunk = documents[start : start + _CHUNK]
        writer.add(list(_rows(describer, chunk, settings, counts)))
    progress("Describing", 1.0)
    writer.set_meta(DECLARED, asserted.prefixes)
    writer.set_meta("prefixes", _prefixes(asserted, identity))
    writer.set_meta("headings", describer.headings())
    writer.finish()
    return {kind.name: counts[kind.name] for kind in identity.kinds}


def _prefixes(asserted: Asserted, identity: Identity) -> dict[str, str]:
    table = dict(asserted.prefixes)
    for kind in identity.kinds:
        namespace = f"{identity.base}{kind.name}/"
        if namespace not in table.values():
            table.setdefault(kind.name, namespace)
    return table


def _rows(
    describer: Describer, documents: Sequence[str], settings: Settings, counts: Counter[str]
) -> Iterator[TermRow]:
    for document in documents:
        described = describer.describe(document)
        if not described.withdrawn:
            counts[described.kind] += 1
        yield _row(describer, described, settings)


def _row(describer: Describer, described: Description, settings: Settings) -> TermRow:
    ntriples = "".join(f"{s} {p} {o} .\n" for s, p, o, _ in described.statements).encode()
    view = described.view
    view_json = encode_json(view)
    digest = hashlib.blake2b(ntriples + view_json.encode(), digest_size=12).hexdigest()
    summary = {
        text["lang"]: text["text"] for section in view["texts"][:1] for text in reversed(section["texts"])
    }
    hidden = f"<{SKOS.hiddenLabel}>"
    labels = [literal_parts(e.object)[0] for e in described.statements if e.predicate == hidden]
    return TermRow(
        iri=described.iri,
        kind=described.kind,
        sort_text=sort_text(described.title),
        digest=digest,
        deprecated=described.deprecated,
        withdrawn=described.withdrawn,
        link=describer.link(f"<{described.iri}>"),
        summary=summary,
        statements=ntriples,
        view_json=view_json,
        labels="\n".join(described.title.values()),
        other_labels="\n".join([label["text"] for label in view["labels"]] + labels),
        text="\n".join(text["text"] for section in view["texts"] for text in section["texts"]),
        members=described.overflow,
    )

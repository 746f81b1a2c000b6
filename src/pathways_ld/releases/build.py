"""Build a snapshot: parse, check, derive, write, switch. Nothing that fails a check is published."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyoxigraph

from pathways_ld import __version__
from pathways_ld.errors import Finding
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, graph_line, is_literal, literal_parts
from pathways_ld.releases.parallel import Task
from pathways_ld.releases.sources import Progress, Sources, no_progress, read_sources
from pathways_ld.releases.verify import refuse_invalid
from pathways_ld.settings import CANONICAL_BASE, Settings
from pathways_ld.snapshot import Manifest, SnapshotFolder, TermRow, TermsWriter, write_dumps, write_manifest
from pathways_ld.snapshot.folder import file_digest, storage_errors
from pathways_ld.snapshot.manifest import LAYOUT
from pathways_ld.snapshot.terms import encode_json
from pathways_ld.vocabulary import Describer, Description, Identity, derive, identify, transitive_hierarchy
from pathways_ld.vocabulary.view import sort_text

INFERRED_GRAPH: Final = "graph/inferred"
_CHUNK: Final = 1_000
_LARGE: Final = 50_000
"""Statements from which on a second process is worth its start."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did; `seconds` by stage, `findings` that did not stop it."""

    folder: Path
    manifest: Manifest
    findings: tuple[Finding, ...]
    seconds: dict[str, float]
    is_new: bool


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, stage: str) -> None:
        now = time.monotonic()
        self.seconds[stage] = now - self._last
        self._last = now


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
    clock = _Clock()
    given = settings.canonical_base != CANONICAL_BASE
    sources = read_sources(paths, settings, settings.canonical_base, progress)
    identity = identify(sources.statements, settings.canonical_base, given=given)
    clock.lap("parse")
    findings: tuple[Finding, ...] = ()
    if check:
        progress("Checking", 0.0)
        findings = refuse_invalid(sources, identity)
        progress("Checking", 1.0)
    clock.lap("check")
    progress("Deriving", 0.0)
    statements = sorted([*sources.statements, *derive(sources.statements, identity.space)])
    clock.lap("derive")
    snapshots = SnapshotFolder(settings.state_dir)
    with snapshots.building() as folder:
        manifest = _write(folder, statements, sources, identity, settings, progress, clock)
        target = snapshots.adopt(folder, manifest.id)
        existed = folder.exists()
        snapshots.make_current(target.name)
        snapshots.prune()
    clock.lap("switch")
    return BuildReport(target, manifest, findings, clock.seconds, not existed)


def _write(
    folder: Path,
    statements: list[Statement],
    sources: Sources,
    identity: Identity,
    settings: Settings,
    progress: Progress,
    clock: _Clock,
) -> Manifest:
    progress("Writing", 0.0)
    # The terms need the statements only, the index and the dumps too: two processes, two cores.
    terms = Task(
        lambda: _write_terms(folder / "terms.sqlite", statements, sources, identity, settings, progress),
        worthwhile=len(statements) > _LARGE,
    )
    try:
        dumps = write_dumps(folder / "dumps", statements, sources.prefixes)
        clock.lap("dumps")
        progress("Indexing", 0.0)
        _write_index(folder / "sparql", folder / "dumps" / "vocabulary.nq", statements, identity)
        clock.lap("index")
        counts = terms.result()
    finally:
        terms.cancel()
    clock.lap("terms")
    languages = {literal_parts(each.object)[1] for each in statements if is_literal(each.object)}
    digests = {f"dumps/{dump.name}": dump.sha256 for dump in dumps}
    digests["terms.sqlite"] = file_digest(folder / "terms.sqlite")
    manifest = Manifest(
        id=_snapshot_id(digests, identity, settings),
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
        sources=_source_digests(sources),
    )
    write_manifest(folder, manifest)
    return manifest


def _source_digests(sources: Sources) -> dict[str, str]:
    """Name the source files by what tells them apart, which is no more of their path than needed."""
    paths = [file.path.absolute() for file in sources.files]
    shared = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    return {
        str(path.relative_to(shared)): file.sha256 for path, file in zip(paths, sources.files, strict=True)
    }


def _snapshot_id(digests: dict[str, str], identity: Identity, settings: Settings) -> str:
    """Name the content and everything else that decides what is served from it."""
    parts = (
        repr(sorted(digests.items())),
        repr(identity),
        str(LAYOUT),
        __version__,
        str(settings.page_size),
        settings.default_language,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _write_index(folder: Path, nquads: Path, statements: list[Statement], identity: Identity) -> None:
    store = pyoxigraph.Store(str(folder))
    store.bulk_load(path=str(nquads), format=pyoxigraph.RdfFormat.N_QUADS)
    inferred = transitive_hierarchy(statements, f"<{identity.base}{INFERRED_GRAPH}>")
    lines = "".join(map(graph_line, inferred))
    if lines:
        store.bulk_load(input=lines.encode(), format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    del store
    # Nobody writes to the index any more; its write-ahead files only cost every reader time.
    for log in folder.glob("LOG.old*"):
        log.unlink()
    shutil.rmtree(folder / "lost", ignore_errors=True)


def _write_terms(
    path: Path,
    statements: list[Statement],
    sources: Sources,
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
    writer.set_meta("prefixes", _prefixes(sources, identity))
    writer.set_meta("headings", describer.headings())
    writer.finish()
    return {kind.name: counts[kind.name] for kind in identity.kinds}


def _prefixes(sources: Sources, identity: Identity) -> dict[str, str]:
    table = sources.prefixes
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

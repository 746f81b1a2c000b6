"""Compare sources with what was published: IRIs that others may have cited are still described."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pathways_ld import validation
from pathways_ld.errors import Finding, InputError
from pathways_ld.iris import document_of, fragment_of
from pathways_ld.ledger import Exports, Ledger, replay_ledger
from pathways_ld.namespaces import ADMS, OWL, RDF, RDFS, SKOS, STATUS_WITHDRAWN
from pathways_ld.rdfio import Statement
from pathways_ld.releases.sources import read_sources
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder, read_asserted, read_manifest

CURRENT: Final = "current"
NONE: Final = "none"

_TYPE, _STATUS = f"<{RDF.type}>", f"<{ADMS.status}>"
_CITED: Final = frozenset(
    f"<{each}>"
    for each in (
        OWL.AnnotationProperty,
        OWL.Class,
        OWL.DatatypeProperty,
        OWL.NamedIndividual,
        OWL.ObjectProperty,
        RDF.Property,
        RDFS.Class,
        SKOS.Collection,
        SKOS.Concept,
        SKOS.ConceptScheme,
        SKOS.OrderedCollection,
    )
)
"""Classes of parts that are cited by their fragment; statements about labels and mappings come and go."""


def compare_with_published(paths: Sequence[Path], settings: Settings, against: str) -> list[Finding]:
    """Find the terms of a snapshot that the sources, with the changes of the ledger, describe no more.

    `against` is ``current``, ``none`` or the folder of a snapshot. Raises :class:`InputError` for a snapshot
    of another vocabulary and :class:`SnapshotMissing` where there is none.
    """
    if against == NONE:
        return []
    folder = SnapshotFolder(settings.state_dir).current() if against == CURRENT else Path(against)
    manifest = read_manifest(folder)
    sources = read_sources(paths, settings, settings.canonical_base)
    statements, _, _ = replay_ledger(
        sources.statements, Ledger(settings.state_dir), Exports(settings.state_dir)
    )
    now = _terms(statements, manifest.base)
    if not now:
        raise InputError(
            f"The snapshot {manifest.id} is of the vocabulary {manifest.base}, and the sources describe no"
            ' term of it. Name a snapshot of the same vocabulary with --against, or "none".'
        )
    return validation.compare_terms(_terms(read_asserted(folder).statements, manifest.base), now)


def _terms(statements: Iterable[Statement], base: str) -> dict[str, bool]:
    """Give the IRIs under a base that others may cite, each with whether its term is withdrawn."""
    inside = f"<{base}"
    found: dict[str, bool] = {}
    withdrawn: set[str] = set()
    for subject, predicate, value, _ in statements:
        if not subject.startswith(inside):
            continue
        iri = subject[1:-1]
        if not fragment_of(iri) or (predicate == _TYPE and value in _CITED) or base.endswith("#"):
            found.setdefault(iri, False)
        if predicate == _STATUS and value == f"<{STATUS_WITHDRAWN}>":
            withdrawn.add(iri)
    return {iri: iri in withdrawn or document_of(iri) in withdrawn for iri in found}

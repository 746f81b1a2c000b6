"""Where the vocabulary ends: no descriptions of foreign terms, no references to what is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from pathways_ld.namespaces import (
    ADMS,
    DCT,
    FOAF,
    OWL,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    VANN,
    VOID,
    Namespace,
    split_iri,
)
from pathways_ld.rdfio import Statement, is_iri
from pathways_ld.validation.facts import Draft, Facts, term
from pathways_ld.validation.wording import MUST_FIX, SHOULD_FIX, plain

MOST_HINTS: Final = 20
"""For how many dangling references a similar IRI is looked for."""

MOST_NAMES: Final = 5000
"""Among how many names a similar one is looked for; more would cost seconds."""

_DCAT: Final = Namespace(PREFIXES["dcat"])
_TYPE: Final = term(RDF.type)

_OWL_DECLARATIONS: Final = frozenset(
    map(
        term,
        (
            OWL.AnnotationProperty,
            OWL.Class,
            OWL.DatatypeProperty,
            OWL.NamedIndividual,
            OWL.ObjectProperty,
            RDFS.Datatype,
        ),
    )
)
"""OWL 2 wants these of every term that an ontology uses, so they describe nothing."""

_TO_DOCUMENTS: Final = frozenset(
    map(
        term,
        (
            ADMS.sample,
            _DCAT.accessURL,
            _DCAT.downloadURL,
            _DCAT.endpointDescription,
            _DCAT.endpointURL,
            _DCAT.hasCurrentVersion,
            _DCAT.hasVersion,
            _DCAT.landingPage,
            _DCAT.previousVersion,
            DCT.conformsTo,
            DCT.hasFormat,
            DCT.hasVersion,
            DCT.isFormatOf,
            FOAF.depiction,
            FOAF.homepage,
            FOAF.logo,
            FOAF.page,
            OWL.backwardCompatibleWith,
            OWL.imports,
            OWL.incompatibleWith,
            OWL.priorVersion,
            OWL.versionIRI,
            RDFS.seeAlso,
            Namespace(PREFIXES["sd"]).endpoint,
            VANN.changes,
            VANN.example,
            VANN.usageNote,
            VOID.dataDump,
            VOID.openSearchDescription,
            VOID.sparqlEndpoint,
            VOID.uriLookupEndpoint,
        ),
    )
)
"""Properties whose values are documents, which need no description."""

_WITHIN_SKOS: Final = frozenset(
    map(
        term,
        (
            RDF.type,
            SKOS.broader,
            SKOS.hasTopConcept,
            SKOS.inScheme,
            SKOS.member,
            SKOS.narrower,
            SKOS.related,
            SKOS.topConceptOf,
        ),
    )
)
"""Properties whose broken references are errors in any vocabulary."""


def foreign_terms(facts: Facts) -> Iterator[Draft]:
    """Find descriptions of terms that others define: each of them if strict, else one of each namespace."""
    foreign = {subject for subject in facts.described if is_iri(subject) and not facts.is_ours(subject)}
    found: dict[str, Statement] = {}
    for each in facts.statements if foreign else ():
        if each.subject in foreign and (each.predicate != _TYPE or each.object not in _OWL_DECLARATIONS):
            found.setdefault(each.subject, each)
    if facts.strict:
        for subject, predicate, value, _ in found.values():
            yield Draft(
                "foreign-term",
                MUST_FIX,
                subject,
                predicate,
                value,
                f"{{focus}} is described here, but it does not belong to {facts.space.base}."
                " Describe only terms of this vocabulary; say how others relate to them by mappings.",
            )
        return
    namespaces: dict[str, list[Statement]] = {}
    for subject, each in found.items():
        namespaces.setdefault(split_iri(plain(subject))[0], []).append(each)
    for namespace, examples in namespaces.items():
        terms = "1 term" if len(examples) == 1 else f"{len(examples)} terms"
        subject, predicate, value, _ = examples[0]
        yield Draft(
            "foreign-term",
            SHOULD_FIX,
            subject,
            predicate,
            value,
            f"This vocabulary is {facts.space.base}, but it describes {terms} of {namespace}, such as"
            " {focus}. Those get no page: leave them out, or correct the base.",
        )


def dangling_references(facts: Facts) -> Iterator[Draft]:
    """Find references into the vocabulary to what is nowhere described, its properties included."""
    names: dict[str, list[str]] = {}
    hints = 0
    for subject, predicate, value in _unresolved(facts):
        fix = "Correct the IRI, or describe it."
        if hints < MOST_HINTS:
            hints += 1
            names = names or _names(facts)
            fix = _hint(value, names) or fix
        yield Draft(
            "dangling-reference",
            MUST_FIX if facts.strict or predicate in _WITHIN_SKOS else SHOULD_FIX,
            subject,
            predicate,
            value,
            f"{{focus}}: the value of {{path}} is {{value}}, which is not in the vocabulary. {fix}",
        )
    for predicate in facts.properties():
        if predicate.startswith(facts.inside) and predicate not in facts.described:
            subject, value = facts.pairs(predicate)[0]
            yield Draft(
                "unknown-property",
                MUST_FIX if facts.strict else SHOULD_FIX,
                subject,
                predicate,
                value,
                "{focus} uses the property {path}, which is not in the vocabulary."
                " Correct its spelling, or describe it in the ontology.",
            )


def _unresolved(facts: Facts) -> Iterator[tuple[str, str, str]]:
    inside, described = facts.inside, facts.described
    for predicate in facts.properties():
        if predicate not in _TO_DOCUMENTS:
            for subject, value in facts.pairs(predicate):
                if value.startswith(inside) and value not in described:
                    yield subject, predicate, value


def _names(facts: Facts) -> dict[str, list[str]]:
    """Give the last parts of the IRIs that are described, by what stands before them."""
    found: dict[str, list[str]] = {}
    for subject in facts.described:
        if subject.startswith(facts.inside):
            folder, name = split_iri(plain(subject))
            if len(names := found.setdefault(folder, [])) < MOST_NAMES:
                names.append(name)
    return found


def _hint(value: str, names: dict[str, list[str]]) -> str:
    folder, name = split_iri(plain(value))
    near = difflib.get_close_matches(name, names.get(folder, ()), n=1, cutoff=0.75)
    return f"Did you mean <{folder}{near[0]}>?" if near else ""

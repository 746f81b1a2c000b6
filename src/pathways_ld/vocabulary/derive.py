"""What follows from SKOS statements, written by hand because reasoners are a hundred times slower here.

Rules of the SKOS Reference (https://www.w3.org/TR/skos-reference/): S7, S8 (top concepts), S23, S25
(related is symmetric, broader and narrower are inverse), S43, S44 (mappings, within the vocabulary
only), S55 to S57 (SKOS-XL labels), S22, S24 (the transitive hierarchy).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from pathways_ld.iris import IriSpace
from pathways_ld.namespaces import SKOS, SKOSXL
from pathways_ld.rdfio import Statement, is_literal

_BROADER: Final = f"<{SKOS.broader}>"
_NARROWER: Final = f"<{SKOS.narrower}>"
_TRANSITIVE: Final = f"<{SKOS.broaderTransitive}>"

_INVERSES: Final = {
    f"<{SKOS[name]}>": f"<{SKOS[inverse]}>"
    for name, inverse in (
        ("broader", "narrower"),
        ("narrower", "broader"),
        ("related", "related"),
        ("topConceptOf", "hasTopConcept"),
        ("hasTopConcept", "topConceptOf"),
    )
}
_MAPPING_INVERSES: Final = {
    f"<{SKOS[name]}>": f"<{SKOS[inverse]}>"
    for name, inverse in (
        ("exactMatch", "exactMatch"),
        ("closeMatch", "closeMatch"),
        ("relatedMatch", "relatedMatch"),
        ("broadMatch", "narrowMatch"),
        ("narrowMatch", "broadMatch"),
    )
}
_TOP_CONCEPT_OF: Final = f"<{SKOS.topConceptOf}>"
_IN_SCHEME: Final = f"<{SKOS.inScheme}>"
_XL_LABELS: Final = {
    f"<{SKOSXL[name]}>": f"<{SKOS[name]}>" for name in ("prefLabel", "altLabel", "hiddenLabel")
}
_LITERAL_FORM: Final = f"<{SKOSXL.literalForm}>"


def derive(statements: Sequence[Statement], space: IriSpace) -> list[Statement]:
    """Give the statements that follow and are not yet there, in a stable order."""
    known = {each[:3] for each in statements}
    own = f"<{space.base}"
    forms: dict[str, list[str]] = defaultdict(list)
    for each in statements:
        if each.predicate == _LITERAL_FORM and is_literal(each.object):
            forms[each.subject].append(each.object)
    found: list[Statement] = []
    for each in statements:
        for derived in _consequences(each, own, forms):
            if derived[:3] not in known:
                known.add(derived[:3])
                found.append(derived)
    return found


def _consequences(each: Statement, own: str, forms: dict[str, list[str]]) -> Iterable[Statement]:
    subject, predicate, term, graph = each
    if is_literal(term):
        return
    inverse = _INVERSES.get(predicate)
    if inverse is None and predicate in _MAPPING_INVERSES and term.startswith(own):
        inverse = _MAPPING_INVERSES[predicate]
    if inverse is not None:
        yield Statement(term, inverse, subject, graph)
        if inverse == _TOP_CONCEPT_OF:
            yield Statement(term, _IN_SCHEME, subject, graph)
    if predicate == _TOP_CONCEPT_OF:
        yield Statement(subject, _IN_SCHEME, term, graph)
    if predicate in _XL_LABELS:
        for form in forms.get(term, ()):
            yield Statement(subject, _XL_LABELS[predicate], form, graph)


def transitive_hierarchy(statements: Iterable[Statement], graph: str) -> Iterable[Statement]:
    """Give `skos:broaderTransitive` for every concept and all its ancestors, in the graph `graph`."""
    parents: dict[str, list[str]] = defaultdict(list)
    for each in statements:
        if is_literal(each.object):
            continue
        if each.predicate == _BROADER:
            parents[each.subject].append(each.object)
        elif each.predicate == _NARROWER:
            parents[each.object].append(each.subject)
    closed: dict[str, frozenset[str]] = {}
    for concept in parents:
        for ancestor in sorted(_ancestors(concept, parents, closed)):
            yield Statement(concept, _TRANSITIVE, ancestor, graph)


def _ancestors(
    concept: str, parents: dict[str, list[str]], closed: dict[str, frozenset[str]]
) -> frozenset[str]:
    """Walk upwards without recursion; loops are legal in SKOS and end where they began."""
    found = closed.get(concept)
    if found is not None:
        return found
    seen: set[str] = set()
    waiting = list(parents.get(concept, ()))
    while waiting:
        ancestor = waiting.pop()
        if ancestor in seen:
            continue
        seen.add(ancestor)
        known = closed.get(ancestor)
        if known is not None:
            seen |= known
        else:
            waiting.extend(parents.get(ancestor, ()))
    closed[concept] = frozenset(seen)
    return closed[concept]

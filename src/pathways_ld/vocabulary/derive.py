"""What follows from SKOS statements, written by hand because reasoners are a hundred times slower here.

Rules of the SKOS Reference (https://www.w3.org/TR/skos-reference/): S7, S8 (top concepts), S23, S25
(related is symmetric, broader and narrower are inverse), S43, S44 (mappings, within the vocabulary
only), S55 to S57 (SKOS-XL labels), S22, S24 (the transitive hierarchy).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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
_HAS_TOP: Final = f"<{SKOS.hasTopConcept}>"
_IN_SCHEME: Final = f"<{SKOS.inScheme}>"
XL_LABELS: Final = {
    f"<{SKOSXL[name]}>": f"<{SKOS[name]}>" for name in ("prefLabel", "altLabel", "hiddenLabel")
}
LITERAL_FORM: Final = f"<{SKOSXL.literalForm}>"

About = Callable[[str], Sequence[Statement]]


def derive(statements: Sequence[Statement], space: IriSpace) -> list[Statement]:
    """Give the statements that follow and are not yet there, in a stable order.

    What follows in several graphs is stated in the first of them by name.
    """
    known = {each[:3] for each in statements}
    own = f"<{space.base}"
    forms: dict[str, list[str]] = defaultdict(list)
    for each in statements:
        if each.predicate == LITERAL_FORM and is_literal(each.object):
            forms[each.subject].append(each.object)
    found: dict[tuple[str, str, str], str] = {}
    for each in statements:
        for subject, predicate, term, graph in _consequences(each, own, forms):
            triple = subject, predicate, term
            if triple not in known:
                found[triple] = min(graph, found.get(triple, graph))
    return [Statement(*triple, graph) for triple, graph in found.items()]


def consequences(each: Statement, space: IriSpace, forms: Mapping[str, Sequence[str]]) -> Iterable[Statement]:
    """Give what follows from one statement; `forms` are the literal forms of its SKOS-XL label."""
    return _consequences(each, f"<{space.base}", forms)


def causes(subject: str, predicate: str, term: str, space: IriSpace, about: About) -> list[Statement]:
    """Give the statements from which a triple follows; `about` gives what is asserted of a subject."""
    if is_literal(term):
        return [
            each
            for each in about(subject)
            if XL_LABELS.get(each.predicate) == predicate
            and any(form.predicate == LITERAL_FORM and form.object == term for form in about(each.object))
        ]
    found: list[Statement] = []
    inverse = _INVERSES.get(predicate) or (
        _MAPPING_INVERSES.get(predicate) if subject.startswith(f"<{space.base}") else None
    )
    if inverse:
        found += [each for each in about(term) if each.predicate == inverse and each.object == subject]
    if predicate == _IN_SCHEME:
        found += [each for each in about(term) if each.predicate == _HAS_TOP and each.object == subject]
        found += [
            each for each in about(subject) if each.predicate == _TOP_CONCEPT_OF and each.object == term
        ]
    return found


def _consequences(each: Statement, own: str, forms: Mapping[str, Sequence[str]]) -> Iterable[Statement]:
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
    if predicate in XL_LABELS:
        for form in forms.get(term, ()):
            yield Statement(subject, XL_LABELS[predicate], form, graph)


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

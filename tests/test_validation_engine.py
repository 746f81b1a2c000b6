"""What is between pyshacl and us changes no result: compiled shapes, the indexed graph, the neighbourhood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pyshacl
import pytest
from hypothesis import HealthCheck, given, reject, settings
from rdflib import Graph
from rdflib.namespace import SH

from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import Statement
from pathways_ld.validation.compiling import CompiledShapes, compile_shapes
from pathways_ld.validation.context import ChangedGraph, KnownStatements
from pathways_ld.validation.facts import Draft, Facts
from pathways_ld.validation.indexed import IndexedGraph, ordinary_graph, quiet_loggers, term_of
from pathways_ld.validation.integrity import integrity_drafts
from pathways_ld.validation.locality import TooFar, part_of
from pathways_ld.validation.narrowing import narrow
from pathways_ld.validation.neighbourhood import neighbourhood
from pathways_ld.validation.policy import policy_drafts
from pathways_ld.validation.shacl import Report, result_of, run_pyshacl, validate_all, validate_nodes
from pathways_ld.validation.targets import TargetNodes
from pathways_ld.validation.wording import Result
from vocabularies import BASE, documents, forms, ours, turtle

OURS = compile_shapes(ours("skos", "skos-sparql"))
FORMS = compile_shapes(forms())
THOROUGH = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
Key = tuple[str, ...]


def key(result: Result) -> Key:
    """Give everything that a result says; blank nodes have no names of their own."""
    texts = (
        *(result.focus_term, result.full_path, result.value_term, result.shape, result.constraint),
        *(result.component_iri, result.severity_iri, result.message),
    )
    return tuple("_:" if text.startswith("_:") else text for text in texts)


def plain(statements: Sequence[Statement], shapes: Sequence[Statement]) -> tuple[bool, Counter[Key]]:
    """Ask pyshacl as everybody does: rdflib's graphs, one call."""
    with quiet_loggers():
        conforms, report, _ = pyshacl.validate(ordinary_graph(statements), shacl_graph=ordinary_graph(shapes))
    assert isinstance(report, Graph)
    return conforms, Counter(key(result_of(report, node)) for node in report.objects(None, SH.result))


def without_messages(results: Counter[Key]) -> Counter[Key]:
    """Leave out the messages that pyshacl makes itself: they hold its names of blank nodes."""
    kept: Counter[Key] = Counter()
    for each, count in results.items():
        kept[each[:-1]] += count
    return kept


@THOROUGH
@given(documents())
def test_our_shapes_find_what_plain_pyshacl_finds(statements: list[Statement]) -> None:
    conforms, expected = plain(statements, ours("skos", "skos-sparql"))
    report = validate_all(statements, OURS)
    assert Counter(map(key, report.results)) == expected
    assert report.conforms == conforms


@THOROUGH
@given(documents())
def test_compiled_shapes_of_every_form_find_what_plain_pyshacl_finds(statements: list[Statement]) -> None:
    conforms, expected = plain(statements, forms())
    report = validate_all(statements, FORMS)
    assert without_messages(Counter(map(key, report.results))) == without_messages(expected)
    assert report.conforms == conforms


@THOROUGH
@given(documents(smallest=20))
@pytest.mark.parametrize("shapes", [OURS, FORMS], ids=["ours", "forms"])
def test_narrowed_shapes_lose_nothing(shapes: CompiledShapes, statements: list[Statement]) -> None:
    terms = shapes.terms.copy()
    graph = IndexedGraph(statements, terms)
    narrowed = run_pyshacl(graph, shapes.graph(terms, narrow(shapes, graph, terms, small=0)))
    whole = run_pyshacl(graph, shapes.graph(terms))
    assert Counter(map(key, narrowed.results)) == Counter(map(key, whole.results))


def test_narrowing_leaves_few_to_look_at() -> None:
    statements = turtle(
        "".join(f':c{number} a skos:Concept ; skos:notation "{number}" . ' for number in range(20))
        + ':c3 skos:notation "4" ; skos:broader :c5 . :c5 skos:broader :c3 ; a skos:ConceptScheme .'
    )
    terms = FORMS.terms.copy()
    few = narrow(FORMS, IndexedGraph(statements, terms), terms, small=0)
    assert {
        shape[len(BASE) + 1 : -1]: [each[len(BASE) + 1 : -1] for each in nodes]
        for shape, nodes in few.items()
    } == {
        "not-both": ["c5"],
        "loop": ["c3", "c5"],
        "taken": ["c3", "c4"],
        "alone": [],
        "no-language": [],
    }


# neighbourhoods


@THOROUGH
@given(documents(), documents(smallest=1, largest=4), documents(largest=10))
@pytest.mark.parametrize("shapes", [OURS, FORMS], ids=["ours", "forms"])
def test_the_neighbourhood_of_a_change_has_all_that_changes(
    shapes: CompiledShapes, kept: list[Statement], added: list[Statement], removed: list[Statement]
) -> None:
    before = sorted({*kept, *removed})
    after = sorted(({*before} - {*removed}) | {*added})
    terms = shapes.terms.copy()
    graph = ChangedGraph(KnownStatements(before), added, removed, terms)
    near = neighbourhood(shapes, graph, graph.changes(), terms)
    targets = {
        shape: nodes for shape, nodes in every_target(after, shapes).items() if shape not in near.everywhere
    }

    nearby = validate_nodes(graph, shapes, near.foci, terms)
    assert all(set(nodes) <= targets[shape] for shape, nodes in near.foci.items())
    assert found(nearby) == found(on_nodes(after, shapes, near.foci))

    far = {shape: nodes.difference(near.foci.get(shape, ())) for shape, nodes in targets.items()}
    assert found(on_nodes(after, shapes, far)) == found(on_nodes(before, shapes, far))
    targets_before = every_target(before, shapes)
    assert all(nodes <= targets_before[shape] for shape, nodes in far.items())


def every_target(statements: list[Statement], shapes: CompiledShapes) -> dict[str, set[str]]:
    terms = shapes.terms.copy()
    nodes = TargetNodes(IndexedGraph(statements, terms), terms)
    return {shape: set(map(term_of, nodes.every(target))) for shape, target in shapes.targets.items()}


def on_nodes(
    statements: list[Statement], shapes: CompiledShapes, foci: Mapping[str, Iterable[str]]
) -> Report:
    terms = shapes.terms.copy()
    return validate_nodes(IndexedGraph(statements, terms), shapes, foci, terms)


def found(report: Report) -> Counter[Key]:
    return without_messages(Counter(map(key, report.results)))


@pytest.mark.parametrize("strict", [False, True])
@settings(THOROUGH, max_examples=150)
@given(documents(), documents(smallest=1, largest=4), documents(largest=10))
def test_checks_without_shapes_find_in_the_neighbourhood_what_they_find_in_all(
    strict: bool, kept: list[Statement], added: list[Statement], removed: list[Statement]
) -> None:
    before = sorted({*kept, *removed})
    after = sorted(({*before} - {*removed}) | {*added})
    graph = ChangedGraph(KnownStatements(before), added, removed, OURS.terms.copy())
    try:
        part = part_of(graph, f"<{BASE}")
    except TooFar:
        reject()
    near = drafts(part.statements, strict=strict)
    assert {each for each in near if each[1] in part.foci} == {
        each for each in drafts(after, strict=strict) if each[1] in part.foci
    }
    elsewhere = {each for each in drafts(after, strict=strict) if each[1] not in part.foci}
    assert elsewhere <= {each for each in drafts(before, strict=strict) if each[1] not in part.foci}


ONE_FOR_ALL = {"foreign-term", "unknown-property", "namespace-variant"}
"""Rules that give one example for the whole vocabulary."""


def drafts(statements: Sequence[Statement], *, strict: bool) -> set[tuple[str, str, str, str]]:
    facts = Facts(statements, IriSpace(BASE), strict=strict)
    every: list[Draft] = [*integrity_drafts(facts), *policy_drafts(facts)]
    return {(each.rule, each.focus, each.path, each.value) for each in every if each.rule not in ONE_FOR_ALL}


def test_what_cannot_be_told_is_checked_everywhere() -> None:
    shapes = compile_shapes(
        turtle(
            ':s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:sparql [ sh:message "m" ; sh:select'
            ' "SELECT $this WHERE { $this ?p ?o . ?x <http://example.org/y> ?z }" ] .'
        )
    )
    terms = shapes.terms.copy()
    graph = ChangedGraph(KnownStatements(), turtle(":a :y :b ."), [], terms)
    assert neighbourhood(shapes, graph, graph.changes(), terms).everywhere == {f"<{BASE}s>"}


def test_shapes_of_the_same_content_are_compiled_once() -> None:
    assert compile_shapes(forms()) is compile_shapes(forms())
    changed = [replace_message(each) for each in forms()]
    assert compile_shapes(changed) is not compile_shapes(forms())


def replace_message(each: Statement) -> Statement:
    return each._replace(object='"Other."@en') if each.object == '"Same label twice."@en' else each


def test_nested_property_shapes_are_flattened_where_that_changes_nothing() -> None:
    nested = [target for shape, target in FORMS.targets.items() if shape.startswith("_:")]
    assert len(nested) >= 3
    for name in ("closed", "helper", "also"):
        assert FORMS.described.objects(f"<{BASE}{name}>", f"<{SH.property}>")
    assert not FORMS.described.objects(f"<{BASE}half-off>", f"<{SH.property}>")

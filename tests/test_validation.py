"""The checks of a build: pyshacl on the indexed graph, integrity over closures, policy, words."""

import logging
import os
import random
import time
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Quad
from rdflib import RDF, BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from pathways_ld.errors import Finding, InputError, Position
from pathways_ld.formats import TURTLE
from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import Statement, locate, parse
from pathways_ld.validation import (
    check,
    check_integrity,
    check_policy,
    compare_terms,
    positions,
    read_shapes,
    validate_shapes,
)
from pathways_ld.validation.hierarchy import Groups, Hierarchy
from pathways_ld.validation.indexed import IndexedGraph, ordinary_graph
from pathways_ld.validation.shacl import run_pyshacl
from pathways_ld.validation.wording import Result

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared"))
CORE_TESTS = SHARED / "w3c" / "data-shapes" / "tests" / "core"
SHAPES = ROOT / "shapes"
SPACE = IriSpace("http://example.org/")
PREFIXES = """@prefix : <http://example.org/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix other: <http://other.example/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SKOS = "http://www.w3.org/2004/02/skos/core#"


def turtle(text: str) -> list[Statement]:
    return parse((PREFIXES + text).encode(), TURTLE, base_iri="http://example.org/").statements


def integrity(text: str, *, strict: bool = False) -> list[Finding]:
    """Check text in which every resource mentioned as a subject is described."""
    return check_integrity(turtle(text), space=SPACE, strict=strict)


def rules(found: list[Finding]) -> list[str]:
    return sorted(finding.rule for finding in found)


def one(found: list[Finding], rule: str) -> Finding:
    (finding,) = [each for each in found if each.rule == rule]
    return finding


def vocabulary(count: int, seed: int, slips: float = 0.05) -> list[Statement]:
    """Make a vocabulary of concepts in a tree, about 12 statements each, with some slips."""
    chance = random.Random(seed)  # noqa: S311
    lines = [':scheme a skos:ConceptScheme ; skos:prefLabel "Scheme"@en .']
    wrong = [
        'skos:prefLabel "Second"@en',
        "skos:altLabel 'Concept {i}'@en",
        "skos:broader :nowhere",
        "a skos:Collection",
        'skos:prefLabel "untagged"',
        "skos:related 'text'",
        "a skos:ConceptScheme",
        "skos:hiddenLabel 'Alt {i}'@EN",
        "skos:prefLabel [ skos:note 'blank' ]",
        "skos:broader [ a skos:Concept ]",
    ]
    for i in range(count):
        said = [
            "a skos:Concept ; skos:inScheme :scheme",
            f"skos:prefLabel 'Concept {i}'@en, 'Concepto {i}'@es ; skos:altLabel 'Alt {i}'@en, 'Also {i}'@en",
            f"skos:notation '{i}' ; dct:modified '2024-01-01'^^xsd:date",
            f"skos:broader :c{(i - 1) // 8}" if i else "skos:topConceptOf :scheme",
        ]
        if chance.random() < 0.9:
            said.append(f"skos:definition 'Definition of {i}'@en")
        if chance.random() < 0.3:
            said.append(f"skos:related :c{chance.randrange(count)}")
        if chance.random() < slips:
            said.append(chance.choice(wrong).format(i=i))
        lines.append(f":c{i} " + " ; ".join(said) + " .")
    return turtle("\n".join(lines))


# pyshacl on the indexed graph


@pytest.mark.parametrize("seed", range(3))
def test_results_on_the_indexed_graph_equal_those_on_an_ordinary_one(seed: int) -> None:
    statements = vocabulary(300, seed)
    shapes = read_shapes([SHAPES / "skos.ttl"])
    ordinary = run_pyshacl(ordinary_graph(statements), ordinary_graph(shapes))
    indexed = run_pyshacl(IndexedGraph(statements), ordinary_graph(shapes))
    assert len(ordinary.results) > 20
    assert indexed.results == ordinary.results
    assert not indexed.conforms


def core_tests() -> list[Path]:
    if not CORE_TESTS.is_dir():
        return []
    return [path for path in sorted(CORE_TESTS.rglob("*.ttl")) if "sht:Validate" in path.read_text()]


# Wants sh:uniqueLang "1"^^xsd:boolean to be ignored; pyshacl does so only for shapes it has parsed itself.
KNOWN_FAILURES = ["uniqueLang-002.ttl"]
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")


@pytest.mark.shared
@pytest.mark.skipif(not CORE_TESTS.is_dir(), reason=f"no W3C SHACL tests: {CORE_TESTS} is not there")
def test_the_w3c_core_tests_pass_on_the_indexed_graph() -> None:
    paths = core_tests()
    assert len(paths) > 90
    assert [path.name for path in paths if not passes(path)] == KNOWN_FAILURES


Row = tuple[str, str, str, str, str]


def passes(path: Path) -> bool:
    """Run the tests of a manifest, whose data and shapes mostly stand in the same file."""
    manifest = load(path)
    for entry in manifest.subjects(RDF.type, SHT.Validate):
        action = manifest.value(entry, MF.action)
        documents = [manifest.value(action, role) for role in (SHT.dataGraph, SHT.shapesGraph)]
        files = [Path(str(each).removeprefix("file://")) for each in documents]
        graph = IndexedGraph(parse(files[0], base_iri=files[0].as_uri()).statements)
        results = run_pyshacl(graph, load(files[1])).results
        wanted = manifest.value(entry, MF.result)
        expected = sorted(expected_row(manifest, node) for node in manifest.objects(wanted, SH.result))
        if sorted(map(row, results)) != expected:
            return False
    return True


def load(path: Path) -> Graph:
    return ordinary_graph(parse(path, base_iri=path.as_uri()).statements)


def row(result: Result) -> Row:
    def shown(text: str) -> str:
        return "_:" if text.startswith("_:") else text

    return shown(result.focus), result.path, result.severity, result.component, shown(result.value)


def expected_row(manifest: Graph, node: Node) -> Row:
    def shown(predicate: URIRef) -> str:
        value = manifest.value(node, predicate)
        return "_:" if isinstance(value, BNode) else "" if value is None else str(value)

    path = shown(SH.resultPath)
    return (
        shown(SH.focusNode),
        "" if path == "_:" else path,
        shown(SH.resultSeverity).rpartition("#")[2],
        shown(SH.sourceConstraintComponent).rpartition("#")[2].removesuffix("ConstraintComponent"),
        shown(SH.value),
    )


def test_a_large_vocabulary_is_checked_in_seconds() -> None:
    statements = vocabulary(2000, 1, slips=0.01)
    shapes = read_shapes([SHAPES / "skos.ttl"])
    started = time.perf_counter()
    check(statements, space=SPACE, shapes=shapes, strict=False)
    # Measured: 0.3 seconds. An ordinary graph or a quadratic rule would need many times as long.
    assert time.perf_counter() - started < 5


def test_ill_formed_literals_reach_the_shapes(caplog: pytest.LogCaptureFixture) -> None:
    shapes = turtle(
        ":dates a sh:PropertyShape ; sh:targetSubjectsOf :on ; sh:path :on ; sh:datatype xsd:date ."
    )
    with caplog.at_level(logging.WARNING):
        found = validate_shapes(turtle(':a :on "2024-02-30"^^xsd:date, "2024-02-28"^^xsd:date .'), shapes)
    assert [finding.value for finding in found] == ["2024-02-30"]
    assert caplog.records == []


def test_lexical_forms_are_reported_as_they_were_written() -> None:
    shapes = turtle(":s a sh:PropertyShape ; sh:targetSubjectsOf :n ; sh:path :n ; sh:maxInclusive 5 .")
    found = validate_shapes(turtle(':a :n "007"^^xsd:integer, 5.0, "+03"^^xsd:integer .'), shapes)
    assert [finding.value for finding in found] == ["007"]


def test_the_same_literal_in_any_spelling_of_its_language_is_one() -> None:
    found = validate_shapes(
        turtle(
            ':a a skos:Concept ; skos:definition "d"@en ; skos:prefLabel "A"@en-GB ;'
            ' skos:altLabel "A"@EN-gb .'
        ),
        read_shapes([SHAPES / "skos.ttl"]),
    )
    assert rules(found) == ["S13-preferred-is-not-alternative"]


def test_quads_and_statements_are_the_same_to_the_checks() -> None:
    parsed = parse((PREFIXES + ":a a skos:Concept ; skos:broader :a .").encode(), TURTLE)
    quads: list[Quad] = parsed.quads
    shapes = parse(SHAPES / "skos.ttl").quads
    assert check(quads, space=SPACE, shapes=shapes, strict=False) == check(
        parsed.statements, space=SPACE, shapes=read_shapes([SHAPES / "skos.ttl"]), strict=False
    )


def test_one_contributors_blank_nodes_never_show_in_anothers_report() -> None:
    shapes = turtle(":s a sh:PropertyShape ; sh:targetSubjectsOf :p ; sh:path :p ; sh:nodeKind sh:IRI .")
    for number in range(30):
        graph = IndexedGraph(turtle(f":a :p [ rdfs:label 'contributor {number}' ] ."))
        (result,) = run_pyshacl(graph, ordinary_graph(shapes)).results
        assert result.value.startswith("_:")


def test_shapes_that_cannot_be_used_are_an_input_error() -> None:
    shapes = turtle(":s a sh:PropertyShape ; sh:targetClass skos:Concept ; sh:path :p ; sh:minCount 'one' .")
    with pytest.raises(InputError, match="shapes cannot be used"):
        validate_shapes(turtle(":a a skos:Concept ."), shapes)


def test_the_indexed_graph_answers_like_an_ordinary_one() -> None:
    statements = turtle(":a :p :b, 'x'@en ; :q ( 1 2 ) . :b :p :a . :a :p :b .")
    indexed, ordinary = IndexedGraph(statements), ordinary_graph(statements)
    p = URIRef("http://example.org/p")
    terms: list[Any] = [None, URIRef("http://example.org/a"), p, Literal("x", lang="EN")]
    assert len(indexed) == len(ordinary)
    for subject, predicate, value in product(terms, repeat=3):
        pattern = subject, predicate, value
        assert set(indexed.triples(pattern)) == set(ordinary.triples(pattern))
        assert (pattern in indexed) == (pattern in ordinary)
    for term in terms:
        for unique in (True, False):
            assert set(indexed.subjects(p, term, unique)) == set(ordinary.subjects(p, term, unique))
            assert set(indexed.objects(term, p, unique)) == set(ordinary.objects(term, p, unique))
    with pytest.raises(TypeError, match="cannot be changed"):
        indexed.add((URIRef("http://example.org/a"), RDF.type, BNode()))


# Hierarchies


@pytest.mark.parametrize("seed", range(200))
def test_reachability_equals_the_closure(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    nodes = [str(number) for number in range(chance.randrange(1, 10))]
    pairs = {(chance.choice(nodes), chance.choice(nodes)) for _ in range(chance.randrange(16))}
    if seed % 2:
        pairs = {(lower, upper) for lower, upper in pairs if lower > upper}
    closure = set(pairs)
    while further := {(a, d) for a, b in closure for c, d in closure if b == c} - closure:
        closure |= further
    hierarchy = Hierarchy(pairs)
    assert {(a, b) for a in nodes for b in nodes if hierarchy.is_above(b, a)} == closure
    for loop in hierarchy.loops():
        assert loop[0] == loop[-1]
        assert all(step in pairs for step in pairwise(loop))
    on_loops = {a for a, b in closure if a == b}
    knots = {frozenset(b for b in on_loops if {(a, b), (b, a)} <= closure) for a in on_loops}
    assert len(hierarchy.loops()) == len(knots)


def test_a_very_deep_hierarchy_is_no_problem() -> None:
    hierarchy = Hierarchy((str(number), str(number + 1)) for number in range(20_000))
    assert hierarchy.is_above("20000", "0")
    assert not hierarchy.is_above("0", "20000")
    assert Hierarchy((str(number), str((number + 1) % 20_000)) for number in range(20_000)).loops()


def test_groups_hold_between_those_that_are_linked_only() -> None:
    groups = Groups([("a", "b"), ("c", "b"), ("d", "e")])
    assert groups.together("a", "c")
    assert not groups.together("a", "d")
    assert not groups.together("x", "x")


# SKOS integrity conditions


def test_a_sound_vocabulary_has_no_findings() -> None:
    sound = """:scheme a skos:ConceptScheme .
        :a a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "A"@en ; skos:narrower :b, :c ;
            skos:exactMatch other:a ; skos:broadMatch other:b ; skos:relatedMatch other:c .
        :b a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "B"@en ; skos:related :c .
        :c a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "C"@en ; skos:related :b ."""
    assert integrity(sound) == []
    assert rules(integrity(sound, strict=True)) == ["mapping-without-source"] * 3


@pytest.mark.parametrize(
    "hierarchy",
    [
        ":a skos:broader :b .",
        ":a skos:broader :m . :m skos:broader :b .",
        ":b skos:broader :m . :m skos:broader :a .",
        ":a skos:broader :m . :b skos:narrower :m .",
        ":b skos:narrower :m . :m skos:narrower :n . :n skos:narrower :a .",
        ":a skos:broadMatch :m . :m skos:broader :b .",
        ":a skos:broader :m . :b skos:narrowMatch :m .",
        ":a skos:broaderTransitive :b .",
        ":a skos:broader :m . :m skos:broader :b . :b skos:broader :m .",
    ],
)
@pytest.mark.parametrize("relation", ["skos:related", "skos:relatedMatch"])
def test_s27_holds_over_the_whole_closure(hierarchy: str, relation: str) -> None:
    described = ":a a skos:Concept . :b a skos:Concept . :m a skos:Concept . :n a skos:Concept ."
    found = integrity(f"{described} :b {relation} :a . {hierarchy}")
    finding = one(found, "S27")
    assert finding.severity == "must fix"
    assert (finding.focus, finding.value) == ("http://example.org/b", "http://example.org/a")


def test_s27_is_silent_for_siblings_and_cousins() -> None:
    assert (
        integrity(
            ":b a skos:Concept ; skos:broader :a ; skos:related :c . :c skos:broader :a . :a a skos:Concept ."
        )
        == []
    )


def test_a_pair_related_both_ways_is_told_once() -> None:
    assert rules(integrity(":a skos:related :b ; skos:broader :b . :b skos:related :a .")) == ["S27"]


@pytest.mark.parametrize("relation", ["skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch"])
@pytest.mark.parametrize(
    "exact",
    [
        ":a skos:exactMatch other:x .",
        "other:x skos:exactMatch :a .",
        ":a skos:exactMatch other:y . other:x skos:exactMatch other:y .",
        ":a skos:exactMatch other:y . other:y skos:exactMatch other:z . other:z skos:exactMatch other:x .",
    ],
)
def test_s46_holds_over_the_closure_of_exact_match(relation: str, exact: str) -> None:
    finding = one(integrity(f":a {relation} other:x . {exact}"), "S46")
    assert finding.severity == "must fix"
    assert relation in finding.message


def test_s46_is_silent_where_no_chain_links_the_two() -> None:
    assert (
        integrity(":a skos:broadMatch other:x ; skos:exactMatch other:y . :b skos:exactMatch other:x .") == []
    )


@pytest.mark.parametrize(("strict", "severity"), [(True, "must fix"), (False, "should fix")])
def test_loops_are_named_by_their_labels(strict: bool, severity: str) -> None:
    found = integrity(
        """:n skos:prefLabel "Nursing"@en ; skos:broader :h . :h skos:prefLabel "Health care"@en .
        :n skos:narrower :h . :x skos:broader :n .""",
        strict=strict,
    )
    finding = one(found, "hierarchy-loop")
    assert finding.severity == severity
    assert "Health care → Nursing → Health care" in finding.message
    assert "remove one of these" in finding.message


def test_a_concept_broader_or_related_to_itself_is_told() -> None:
    assert rules(integrity(":a skos:broader :a .")) == ["hierarchy-loop"]
    assert rules(integrity(":a skos:related :a .")) == ["related-to-itself"]
    assert rules(integrity(":a skos:related :a ; skos:broader :a .")) == ["S27", "hierarchy-loop"]


def test_long_loops_are_cut() -> None:
    found = integrity(" ".join(f":c{number} skos:broader :c{(number + 1) % 50} ." for number in range(50)))
    assert "…" in one(found, "hierarchy-loop").message


AMBIGUOUS = """:gp a skos:Concept ; skos:prefLabel "Guided pathways"@en .
    :cp a skos:Concept ; skos:prefLabel "Career pathways"@en ; skos:altLabel "Guided Pathways"@en ."""


def test_an_alternative_label_that_is_another_concepts_name_needs_a_source() -> None:
    finding = one(integrity(AMBIGUOUS, strict=True), "ambiguous-label")
    assert finding.severity == "must fix"
    assert '"Guided pathways" <http://example.org/gp>' in finding.message
    assert one(integrity(AMBIGUOUS), "ambiguous-label").severity == "should fix"
    statement = ':cp skosxl:altLabel :l . :l a skosxl:Label ; skosxl:literalForm "Guided Pathways"@en '
    assert rules(integrity(f"{AMBIGUOUS} {statement} .")) == ["ambiguous-label"]
    assert integrity(f"{AMBIGUOUS} {statement} ; dct:source :s . :s a :S . :S a owl:Class .") == []


def test_labels_are_compared_within_a_scheme_and_a_language() -> None:
    assert integrity(AMBIGUOUS.replace('"Guided Pathways"@en', '"Guided Pathways"@de')) == []
    schemes = ":s a skos:ConceptScheme . :t a skos:ConceptScheme ."
    apart = f"{AMBIGUOUS} {schemes} :gp skos:inScheme :s . :cp skos:topConceptOf :t ."
    assert integrity(apart) == []
    assert rules(integrity(f"{apart} :s skos:hasTopConcept :cp .")) == ["ambiguous-label"]


def test_a_label_resource_comes_with_its_plain_label() -> None:
    text = ':a a skos:Concept ; skosxl:altLabel :l . :l skosxl:literalForm "Alpha"@en .'
    assert one(integrity(text), "S56").severity == "tip"
    finding = one(integrity(text, strict=True), "S56")
    assert finding.severity == "must fix"
    assert 'Add skos:altLabel "Alpha"@en' in finding.message
    assert integrity(text + ' :a skos:altLabel "Alpha"@en .') == []


MAPPED = """:a a skos:Concept ; skos:closeMatch other:x .
    :m a rdf:Statement ; rdf:subject :a ; rdf:predicate skos:closeMatch ; rdf:object other:x ; dct:source :s .
    :s dct:title "Source"@en ."""


@pytest.mark.parametrize(
    "slip",
    [
        ("dct:source :s", "rdfs:comment 'nobody said so'"),
        ("rdf:predicate skos:closeMatch", "rdf:predicate skos:exactMatch"),
        ("rdf:object other:x", "rdf:object other:y"),
        ("rdf:subject :a", "rdf:subject :s"),
    ],
)
def test_our_mappings_have_a_statement_with_a_source(slip: tuple[str, str]) -> None:
    assert integrity(MAPPED, strict=True) == []
    assert "mapping-without-source" in rules(integrity(MAPPED.replace(*slip), strict=True))
    assert integrity(MAPPED.replace(*slip)) == []


def test_a_mapping_statement_needs_its_mapping() -> None:
    found = integrity(MAPPED.replace("skos:closeMatch other:x .", "skos:note 'x' ."), strict=True)
    assert rules(found) == ["statement-without-mapping"]


def test_see_also_is_a_mapping_of_concepts_only() -> None:
    assert rules(integrity(":a a skos:Concept ; rdfs:seeAlso other:x .", strict=True)) == [
        "mapping-without-source"
    ]
    assert integrity(":a a owl:Class ; rdfs:seeAlso other:x .", strict=True) == []


# Where the vocabulary ends


def test_each_foreign_term_described_in_our_vocabulary_must_go() -> None:
    found = integrity(
        'skos:Concept rdfs:label "mine"@en . other:x rdfs:label "x" ; rdfs:comment "y" .', strict=True
    )
    assert rules(found) == ["foreign-term", "foreign-term"]
    assert {finding.severity for finding in found} == {"must fix"}
    assert found[0].focus == SKOS + "Concept"


def test_foreign_terms_of_others_are_told_once_a_namespace() -> None:
    found = integrity(
        'other:x rdfs:label "X"@en . other:y rdfs:label "Y"@en . skos:Concept rdfs:label "C"@en .'
    )
    assert [(finding.severity, finding.focus) for finding in found] == [
        ("should fix", "http://other.example/x"),
        ("should fix", SKOS + "Concept"),
    ]
    assert "2 terms of http://other.example/" in found[0].message


def test_owl_declarations_and_blank_nodes_are_not_descriptions_of_foreign_terms() -> None:
    assert (
        integrity(
            "dct:source a owl:AnnotationProperty . skos:Concept a owl:Class . [] rdfs:label 'x' .",
            strict=True,
        )
        == []
    )
    assert rules(integrity("skos:Concept a skos:Concept .", strict=True)) == ["foreign-term"]


def test_the_document_at_the_base_is_ours() -> None:
    space = IriSpace("http://example.org/v#")
    statements = turtle(
        "<http://example.org/v> a skos:ConceptScheme ."
        "<http://example.org/v#a> skos:inScheme <http://example.org/v> ."
    )
    assert check_integrity(statements, space=space, strict=True) == []


def test_references_into_the_vocabulary_must_be_described() -> None:
    found = integrity(
        ":nursing a skos:Concept ; skos:prefLabel 'Nursing'@en . :care skos:broader :nurssing ."
    )
    finding = one(found, "dangling-reference")
    assert finding.severity == "must fix"
    assert (finding.focus, finding.value) == ("http://example.org/care", "http://example.org/nurssing")
    assert "Did you mean <http://example.org/nursing>?" in finding.message


def test_other_references_are_a_must_fix_in_our_vocabulary_only() -> None:
    text = ":a dct:creator :somebody ."
    assert one(integrity(text), "dangling-reference").severity == "should fix"
    assert one(integrity(text, strict=True), "dangling-reference").severity == "must fix"


def test_documents_need_no_description() -> None:
    assert integrity(": owl:versionIRI :v1 . :a rdfs:seeAlso :page.html .") == []


def test_properties_of_the_vocabulary_must_be_described() -> None:
    text = ":a :lable 'A' ; :label 'A' . :label a rdf:Property ."
    finding = one(integrity(text, strict=True), "unknown-property")
    assert finding.path == "http://example.org/lable"
    assert one(integrity(text), "unknown-property").severity == "should fix"


# Policy


def test_published_terms_never_vanish() -> None:
    previous = {"http://example.org/a": False, "http://example.org/b": False, "http://example.org/c": True}
    (vanished,) = compare_terms(previous, {"http://example.org/a": True, "http://example.org/c": True})
    assert vanished.rule == "published-term-vanished"
    assert vanished.focus == "http://example.org/b"
    assert vanished.severity == "must fix"
    assert compare_terms({}, previous) == []


def test_a_withdrawn_term_that_returns_is_told() -> None:
    (returned,) = compare_terms({"http://example.org/a": True}, {"http://example.org/a": False})
    assert returned.rule == "withdrawn-term-returned"


@pytest.mark.parametrize(
    "how", ["owl:deprecated true", "adms:status <http://purl.org/adms/status/Deprecated>"]
)
def test_a_deprecated_term_says_what_to_use_or_why(how: str) -> None:
    def found(text: str) -> list[str]:
        return rules(check_policy(turtle(text), space=SPACE, strict=True))

    assert found(f":a {how} .") == ["deprecated-without-replacement"]
    assert found(f":a {how} ; dct:isReplacedBy :b .") == []
    assert found(f":a {how} ; skos:changeNote 'Nobody uses it.'@en .") == []
    assert found(":a owl:deprecated false .") == []


def test_our_slugs_are_small_letters_digits_and_single_hyphens() -> None:
    text = """<topic/good-slug> a skos:Concept . <topic/Bad> a skos:Concept .
        <topic/good#not_good> a skos:Concept . <topic/two--hyphens> a skos:Concept . : a skos:Concept .
        <ns> a owl:Ontology . <ns#Class> a owl:Class ."""
    found = check_policy(turtle(text), space=SPACE, strict=True)
    assert sorted(finding.focus.rpartition("/")[2] for finding in found) == [
        "Bad",
        "good#not_good",
        "two--hyphens",
    ]
    assert {finding.rule for finding in found} == {"slug"}
    assert check_policy(turtle(text), space=SPACE, strict=False) == []


# All together, in words


def checked(text: str, *, strict: bool = False) -> list[Finding]:
    return check(turtle(text), space=SPACE, shapes=read_shapes([SHAPES / "skos.ttl"]), strict=strict)


def test_findings_come_by_severity_then_focus() -> None:
    found = checked(
        """:z a skos:Concept ; skos:prefLabel "Z"@en ; skos:altLabel "Z"@en .
        :y a skos:Concept ; skos:prefLabel "Y" . :b a skos:Concept, skos:ConceptScheme ; skosxl:altLabel :l .
        :l skosxl:literalForm "B"@en ."""
    )
    ranks = ["must fix", "should fix", "tip"]
    assert [finding.severity for finding in found] == sorted((f.severity for f in found), key=ranks.index)
    assert {finding.severity for finding in found} == set(ranks)
    must = [finding.focus for finding in found if finding.severity == "must fix"]
    assert must == ["http://example.org/b", "http://example.org/z"]


def test_of_findings_about_one_value_only_the_most_severe_is_given() -> None:
    found = checked(
        ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:definition "a"@en ; skos:broader :nowhere .'
    )
    assert rules(found) == ["dangling-reference"]


@pytest.mark.parametrize(
    ("said", "who", "fix"),
    [
        ("rdfs:label 'Alpha'", '"Alpha" <http://example.org/a>', "Add one: skos:prefLabel"),
        ("skos:prefLabel 'Alpha'@en", '"Alpha" <http://example.org/a>', "Add one in your own words"),
        ("skos:prefLabel 'Alpha'@en, 'Beta'@EN", '"Alpha"', "Keep one; make the other skos:altLabel"),
        ("skos:prefLabel 'A'@en ; skos:altLabel 'A'@en", '"A" is both', "Remove the other one"),
        ("skos:prefLabel 'Alpha'", 'The preferred label "Alpha"', 'Write "Alpha"@en'),
        ("a skos:ConceptScheme ; skos:prefLabel 'A'@en", '"A"', "remove one of the two types"),
        ("skos:broader 'Beta'", "<http://example.org/a>", "must be the IRI of a concept. Found: Beta."),
    ],
)
def test_messages_name_the_term_and_say_what_to_do(said: str, who: str, fix: str) -> None:
    found = checked(f":a a skos:Concept ; {said} .")
    assert any(who in finding.message and fix in finding.message for finding in found)


def test_blank_nodes_are_named_as_such() -> None:
    assert all(finding.message.startswith("_:") for finding in checked("[] a skos:Concept ."))


def test_long_values_are_cut_in_messages() -> None:
    found = checked(f":a a skos:Concept ; skos:prefLabel '{'x' * 3000}' .")
    assert max(len(finding.message) for finding in found if "language tag" in finding.message) < 3500
    assert any("…" in finding.message for finding in found)


def test_shapes_without_words_fall_back_to_those_of_pyshacl() -> None:
    shapes = turtle(
        ":s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path :p ; sh:minCount 1 ] ."
    )
    (finding,) = validate_shapes(turtle(":a a skos:Concept ."), shapes)
    assert finding.rule == "MinCount"
    assert "Less than 1 values" in finding.message


def test_findings_get_the_line_of_their_statement_or_focus(tmp_path: Path) -> None:
    path = tmp_path / "animals.ttl"
    path.write_text(
        PREFIXES + ":dog a skos:Concept ;\n    skos:prefLabel 'Dog'@en ;\n    skos:broader :anmal .\n"
    )
    before = PREFIXES.count("\n")
    found = check(
        parse(path).statements, space=SPACE, shapes=read_shapes([SHAPES / "skos.ttl"]), strict=False
    )
    placed = positions(found, locate(path), "animals.ttl")
    lines = {finding.rule: finding.position for finding in placed}
    assert lines["dangling-reference"] == Position("animals.ttl", before + 3)
    assert lines["definition-missing"] == Position("animals.ttl", before + 1)
    elsewhere = Finding("rule", "tip", "http://example.org/cat", "message")
    assert positions([elsewhere], locate(path), "animals.ttl") == [elsewhere]


def test_our_own_vocabulary_has_nothing_that_must_be_fixed() -> None:
    files = [*sorted((ROOT / "ontology").glob("*.ttl")), *sorted((ROOT / "data").glob("*.ttl"))]
    if not files:
        pytest.skip("there is no data yet")
    statements = read_shapes(files)  # keeps the blank nodes of each file to itself
    shapes = read_shapes([SHAPES / "skos.ttl", SHAPES / "vocabulary.ttl"])
    found = check(statements, space=IriSpace("https://w3id.org/pathways-ld/"), shapes=shapes, strict=True)
    assert [str(finding) for finding in found if finding.severity == "must fix"] == []

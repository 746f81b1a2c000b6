"""OWL consistency with the Java that comes along."""

import tempfile
import threading
from pathlib import Path

import pytest

from pathways_ld import reasoning
from pathways_ld.errors import InputError
from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import Statement, parse
from pathways_ld.reasoning import check_consistency, has_ontology, ontology_statements

ROOT = Path(__file__).parents[1]
PREFIXES = """@prefix : <http://example.org/ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://example.org/ns> a owl:Ontology, skos:ConceptScheme ;
    owl:versionIRI <http://example.org/ns/1> ; owl:imports <http://example.org/never-fetched> ;
    dct:title "Example"@en ; dct:modified "2024-01-01"^^xsd:date .
:School a owl:Class ; rdfs:label "School"@en, "Schule"@de ; rdfs:comment "Teaches."@en .
:Person a owl:Class ; owl:disjointWith :School .
:teaches a owl:ObjectProperty ; rdfs:domain :School ; rdfs:range :Person .
:founded a owl:DatatypeProperty ; rdfs:range xsd:date .
:oldest a :School, owl:NamedIndividual ; :founded "1500-01-01"^^xsd:date ; :teaches :pupil .
"""


def ontology(text: str = "") -> list[Statement]:
    return parse((PREFIXES + text).encode(), TURTLE).statements


@pytest.fixture
def _no_java_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.mark.usefixtures("_no_java_on_path")
def test_a_consistent_ontology_has_no_findings(capfd: pytest.CaptureFixture[str]) -> None:
    assert check_consistency(ontology()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("_no_java_on_path")
def test_a_class_below_two_disjoint_ones_can_have_no_members(capfd: pytest.CaptureFixture[str]) -> None:
    cyborg = ':Cyborg a owl:Class ; rdfs:label "Cyborg"@en ; rdfs:subClassOf :School, :Person .'
    (finding,) = check_consistency(ontology(cyborg))
    assert finding.rule == "unsatisfiable-class"
    assert finding.severity == "must fix"
    assert finding.focus == "http://example.org/ns#Cyborg"
    assert '"Cyborg" <http://example.org/ns#Cyborg>' in finding.message
    assert "Remove one of these statements" in finding.message
    assert capfd.readouterr().out == ""


def test_a_contradiction_through_a_restriction_is_found() -> None:
    restricted = """:Odd a owl:Class ; rdfs:subClassOf
        [ a owl:Restriction ; owl:onProperty :teaches ; owl:someValuesFrom :School ] ."""
    assert [finding.focus for finding in check_consistency(ontology(restricted))] == [
        "http://example.org/ns#Odd"
    ]


@pytest.mark.parametrize(
    "contradiction",
    [
        ":x a :School, :Person .",
        ":oldest :teaches :oldest .",
        ":Topic a owl:Class ; rdfs:subClassOf skos:Concept . :x a :Topic, skos:ConceptScheme .",
    ],
)
def test_an_ontology_that_contradicts_itself_is_found(contradiction: str) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    (finding,) = check_consistency(ontology(contradiction))
    assert finding.rule == "inconsistent-ontology"
    assert finding.severity == "must fix"
    assert finding.focus == "http://example.org/ns"
    left = {path.name for path in set(Path(tempfile.gettempdir()).iterdir()) - before}
    assert not any(name.startswith(("tmp", "pathways-ld-")) for name in left)


def test_the_vocabularys_terms_and_labels_are_not_reasoned_about() -> None:
    terms = """<http://example.org/topic/a> a :School, :Person ; skos:prefLabel "A"@en .
        <http://example.org/topic/b> a skos:Concept, skos:Collection ."""
    chosen = ontology_statements(ontology(terms))
    assert not any("/topic/" in each.subject for each in chosen)
    predicates = {each.predicate for each in chosen}
    for left_out in (
        "rdf-schema#label",
        "rdf-schema#comment",
        "terms/title",
        "owl#versionIRI",
        "owl#imports",
    ):
        assert not any(predicate.endswith(f"{left_out}>") for predicate in predicates)
    assert check_consistency(ontology(terms)) == []


def test_restrictions_and_lists_come_along() -> None:
    union = ":Either a owl:Class ; owl:unionOf ( :School [ a owl:Class ; owl:complementOf :Person ] ) ."
    chosen = ontology_statements(ontology(union))
    assert sum(each.predicate.endswith("#first>") for each in chosen) == 2
    assert sum(each.predicate.endswith("complementOf>") for each in chosen) == 1


def test_quads_do_as_well_as_statements() -> None:
    parsed = parse((PREFIXES + ":x a :School, :Person .").encode(), TURTLE)
    assert has_ontology(parsed.quads)
    assert check_consistency(parsed.quads) == check_consistency(parsed.statements)


def test_without_classes_and_properties_there_is_nothing_to_reason_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(_: object) -> None:
        raise AssertionError("the reasoner was started")

    monkeypatch.setattr(reasoning, "_reason", never)
    concepts = parse(b"<http://example.org/a> a <http://www.w3.org/2004/02/skos/core#Concept> .", TURTLE)
    assert not has_ontology(concepts.statements)
    assert check_consistency(concepts.statements) == []
    assert has_ontology(ontology())


def test_a_reasoner_that_gives_up_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasoning, "JAVA_MEMORY", 0)
    with pytest.raises(InputError, match="cannot be reasoned about"):
        check_consistency(ontology())


def test_two_threads_may_ask_at_once() -> None:
    answers: list[list[str]] = []

    def ask(text: str) -> None:
        answers.append([finding.rule for finding in check_consistency(ontology(text))])

    threads = [threading.Thread(target=ask, args=(text,)) for text in ("", ":x a :School, :Person .")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [[], ["inconsistent-ontology"]]


def test_our_own_ontology_is_consistent() -> None:
    files = sorted((ROOT / "ontology").glob("*.ttl"))
    if not files:
        pytest.skip("there is no ontology yet")
    statements = [each for path in files for each in parse(path).statements]
    assert has_ontology(statements)
    assert check_consistency(statements) == []

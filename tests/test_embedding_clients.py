"""Clients that others wrote for Skosmos, JSKOS Server and SkoHub, against the real server, as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import rdflib
import skosmos_client

from conftest import Vocabulary, build_vocabulary
from node_clients import cocoda
from servers import RunningServer, free_port, running

pytestmark = pytest.mark.server

BASE = "https://w3id.org/pathways-ld/"
SCHEME = BASE + "ns"
WORK = BASE + "topic/work-based-learning"
APPRENTICESHIP = BASE + "topic/apprenticeship"
REGISTERED = BASE + "topic/registered-apprenticeship"
PREFERRED = rdflib.SKOS.prefLabel

OTHER = """
@prefix : <BASE> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix vann: <http://purl.org/vocab/vann/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<BASE> a skos:ConceptScheme ; dct:title "Colours"@en , "Farben"@de ; dct:description "All of them."@en ;
    vann:preferredNamespaceUri "BASE"^^xsd:anyURI ; skos:hasTopConcept :colour .
:colour a skos:Concept ; skos:inScheme <BASE> ; skos:topConceptOf <BASE> ;
    skos:prefLabel "Colour"@en , "Farbe"@de ; skos:narrower :red .
:red a skos:Concept ; skos:inScheme <BASE> ; skos:prefLabel "Red"@en , "Rot"@de ; skos:notation "R" ;
    skos:broader :colour ; skos:scopeNote "As of roses."@en , "As of blood."@en , "Wie Rosen."@de ;
    skos:narrower :crimson .
:crimson a skos:Concept ; skos:inScheme <BASE> ; skos:prefLabel "Crimson"@en ; skos:broader :red .
:hen a skos:Concept ; skos:inScheme <BASE> ; skos:prefLabel "Hen"@en ; skos:broader :egg .
:egg a skos:Concept ; skos:inScheme <BASE> ; skos:prefLabel "Egg"@en ; skos:broader :hen .
"""


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server, with a slash at its end, that is itself the base of its vocabulary's IRIs."""
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    folder = tmp_path_factory.mktemp("colours")
    source = folder / "colours.ttl"
    source.write_text(OTHER.replace("BASE", base), encoding="utf-8")
    built = build_vocabulary(folder / "var", [source], canonical_base=base)
    arguments = ("--snapshot", str(built.folder), "--base", base, "--workers", "1", "--port", str(port))
    server = RunningServer(*arguments)
    try:
        assert f"{server.wait_until_ready()}/" == base
        yield base
    finally:
        server.stop()


# skosmos-client


@pytest.fixture
def skosmos(server: str) -> skosmos_client.SkosmosClient:
    return skosmos_client.SkosmosClient(f"{server}/rest/v1/")


def test_skosmos_client_learns_what_there_is(skosmos: skosmos_client.SkosmosClient) -> None:
    (vocabulary,) = skosmos.vocabularies(lang="en")
    assert vocabulary["id"] == "pathways-ld"
    about = skosmos.get_vocabulary("pathways-ld", lang="en")
    assert about["title"] == "Career Pathways Vocabulary"
    assert [each["uri"] for each in about["conceptschemes"]] == [SCHEME]
    concept = "http://www.w3.org/2004/02/skos/core#Concept"
    for vocid in (None, "pathways-ld"):
        assert concept in [each["uri"] for each in skosmos.types("en", vocid=vocid)]
    assert skosmos.groups("pathways-ld", lang="en") == []
    with pytest.raises(ValueError, match="pathways-ld"):
        skosmos.get_vocabulary("nothing")


def test_skosmos_client_searches(skosmos: skosmos_client.SkosmosClient) -> None:
    found = skosmos.search("apprentice*", lang="en", vocabs="pathways-ld")
    assert found[0]["uri"] == APPRENTICESHIP
    assert {each["vocab"] for each in found} == {"pathways-ld"}
    assert all(each["prefLabel"].lower().startswith("apprentice") for each in found if "altLabel" not in each)
    below = skosmos.search("*", parent=WORK, maxhits=500)
    assert {APPRENTICESHIP, REGISTERED} <= {each["uri"] for each in below}
    (only,) = skosmos.search("apprenticeship", lang="en", fields="narrower")
    assert only["uri"] == APPRENTICESHIP
    (looked_up,) = skosmos.lookup("pathways-ld", "Registered apprenticeship", lang="en")
    assert looked_up["uri"] == REGISTERED
    with pytest.raises(ValueError, match="Nothing here is called"):
        skosmos.lookup("pathways-ld", "No such thing")


def test_skosmos_client_walks(skosmos: skosmos_client.SkosmosClient) -> None:
    tops = skosmos.top_concepts("pathways-ld", lang="en", scheme=SCHEME)
    assert {each["uri"]: each["hasChildren"] for each in tops}[WORK] is True
    concept = skosmos.get_concept("pathways-ld", APPRENTICESHIP)
    assert concept.label("en") == concept.label() == "Apprenticeship"
    assert [each["uri"] for each in concept.broader("en")] == [WORK]
    assert REGISTERED in [each["uri"] for each in concept.narrower()]
    assert set(concept.broaderTransitive("en", limit=100)) == {APPRENTICESHIP, WORK}
    assert REGISTERED in concept.narrowerTransitive()
    assert isinstance(concept.related(), list)


class GraphOfItsTime(rdflib.Graph):
    """skosmos-client 0.3 parses RDF/XML without saying so, which rdflib stopped to understand in version 6."""

    def parse(self, *arguments: Any, **options: Any) -> Any:
        return super().parse(*arguments, **{"format": "xml", **options})


def test_skosmos_client_reads_the_statements(
    skosmos: skosmos_client.SkosmosClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skosmos_client.rdflib, "Graph", GraphOfItsTime)
    for vocid in (None, "pathways-ld"):
        graph = skosmos.data(APPRENTICESHIP, vocid=vocid)
        said = (rdflib.URIRef(APPRENTICESHIP), PREFERRED, rdflib.Literal("Apprenticeship", lang="en"))
        assert said in graph


# cocoda-sdk


def concept(iri: str, scheme: str = SCHEME) -> dict[str, object]:
    return {"uri": iri, "inScheme": [{"uri": scheme}]}


def iris(found: list[dict[str, Any]]) -> list[str]:
    return [each["uri"] for each in found]


def test_cocoda_speaks_skosmos(server: str) -> None:
    scheme = {"uri": SCHEME, "VOCID": "pathways-ld"}
    registry = {
        "uri": "x:skosmos",
        "provider": "SkosmosApi",
        "api": f"{server}/rest/v1/",
        "schemes": [scheme],
    }
    schemes, tops, details, below, above, types, hits, offers = cocoda(
        registry,
        ("getSchemes", {}),
        ("getTop", {"scheme": scheme}),
        ("getConcepts", {"concepts": [concept(APPRENTICESHIP)]}),
        ("getNarrower", {"concept": concept(APPRENTICESHIP)}),
        ("getAncestors", {"concept": concept(REGISTERED)}),
        ("getTypes", {"scheme": scheme}),
        ("search", {"search": "apprentice", "scheme": scheme, "limit": 5}),
        ("suggest", {"search": "apprentice", "scheme": scheme}),
    )
    assert schemes[0]["prefLabel"] == {"en": "Career Pathways Vocabulary"}
    assert WORK in iris(tops)
    (found,) = details
    assert found["prefLabel"] == {"en": "Apprenticeship"}
    assert found["type"] == ["http://www.w3.org/2004/02/skos/core#Concept", "https://schema.org/DefinedTerm"]
    assert iris(found["broader"]) == [WORK]
    assert found["broader"][0]["prefLabel"] == {"en": "Work-based learning"}
    assert REGISTERED in iris(found["narrower"])
    assert REGISTERED in iris(below)
    assert iris(above) == [APPRENTICESHIP, WORK]
    assert "http://www.w3.org/ns/org#Organization" in iris(types)
    assert iris(hits)[0] == APPRENTICESHIP
    assert offers[3][0] == APPRENTICESHIP


def test_cocoda_comes_out_of_a_loop(home: str) -> None:
    scheme = {"uri": home, "VOCID": "127-0-0-1"}
    port = home.rpartition(":")[2].strip("/")
    scheme["VOCID"] += f"-{port}"
    registry = {"uri": "x:loop", "provider": "SkosmosApi", "api": f"{home}rest/v1/", "schemes": [scheme]}
    above, below = cocoda(
        registry,
        ("getAncestors", {"concept": concept(f"{home}hen", home)}),
        ("getNarrower", {"concept": concept(f"{home}hen", home)}),
    )
    assert iris(above) == iris(below) == [f"{home}egg"]


def test_cocoda_speaks_jskos(server: str) -> None:
    registry = {"uri": "x:jskos", "provider": "ConceptApi", "api": f"{server}/jskos/"}
    scheme = {"uri": SCHEME}
    schemes, tops, details, below, above, types, hits, offers, found_schemes = cocoda(
        registry,
        ("getSchemes", {}),
        ("getTop", {"scheme": scheme}),
        ("getConcepts", {"concepts": [concept(APPRENTICESHIP), concept(REGISTERED)]}),
        ("getNarrower", {"concept": concept(APPRENTICESHIP)}),
        ("getAncestors", {"concept": concept(REGISTERED)}),
        ("getTypes", {"scheme": scheme}),
        ("search", {"search": "apprentice", "scheme": scheme, "limit": 5}),
        ("suggest", {"search": "apprentice", "scheme": scheme}),
        ("vocSearch", {"search": "career"}),
    )
    assert iris(schemes) == iris(found_schemes) == [SCHEME]
    assert len(tops) > 50
    assert {each["uri"]: each["narrower"] for each in tops}[WORK] == [None]
    assert iris(details) == [APPRENTICESHIP, REGISTERED]
    assert details[0]["prefLabel"] == {"en": "Apprenticeship"}
    assert REGISTERED in iris(below)
    assert iris(above) == [APPRENTICESHIP, WORK]
    assert "http://www.w3.org/2004/02/skos/core#Concept" in iris(types)
    assert len(hits) == 5
    assert hits[0]["uri"] == offers[3][0] == APPRENTICESHIP


def test_cocoda_reads_mappings(server: str) -> None:
    registry = {"uri": "x:mappings", "provider": "MappingsApi", "api": f"{server}/jskos/"}
    pathways = BASE + "topic/career-pathways"
    forward, backward = cocoda(
        registry,
        ("getMappings", {"from": {"uri": pathways}}),
        ("getMappings", {"to": {"uri": pathways}, "direction": "backward"}),
    )
    targets = {each["to"]["memberSet"][0]["uri"] for each in forward}
    assert "https://purl.org/ctdl/terms/Pathway" in targets
    assert [each["to"] for each in backward] == [each["to"] for each in forward]


def test_cocoda_asks_for_reconciliation(server: str) -> None:
    scheme = {"uri": SCHEME, "namespace": BASE}
    registry = {
        "uri": "x:reconcile",
        "provider": "ReconciliationApi",
        "api": f"{server}/reconcile",
        "schemes": [scheme],
    }
    course = {
        "uri": "https://example.org/course",
        "prefLabel": {"en": "Apprenticeships"},
        "inScheme": [{"uri": "https://example.org/courses"}],
    }
    exact = course | {"prefLabel": {"en": "Registered apprenticeship"}}
    near, same = cocoda(
        registry,
        ("getMappings", {"from": course, "mode": "or"}),
        ("getMappings", {"from": exact, "mode": "or"}),
    )
    assert APPRENTICESHIP in [each["to"]["memberSet"][0]["uri"] for each in near]
    assert same[0]["to"]["memberSet"][0]["uri"] == REGISTERED
    assert same[0]["type"] == ["http://www.w3.org/2004/02/skos/core#exactMatch"]


def test_cocoda_reads_what_skohub_publishes(home: str) -> None:
    registry = {"uri": "x:skohub", "provider": "Skohub", "schemes": [{"uri": home}]}
    schemes, tops, details, below, above = cocoda(
        registry,
        ("getSchemes", {}),
        ("getTop", {"scheme": {"uri": home}}),
        ("getConcepts", {"concepts": [{"uri": f"{home}red"}]}),
        ("getNarrower", {"concept": {"uri": f"{home}red"}}),
        ("getAncestors", {"concept": {"uri": f"{home}crimson"}}),
    )
    assert schemes[0]["prefLabel"] == {"en": "Colours", "de": "Farben"}
    assert schemes[0]["definition"] == {"en": ["All of them."]}
    assert schemes[0]["namespace"] == home
    assert [each["prefLabel"] for each in tops] == [{"en": "Colour", "de": "Farbe"}]
    (red,) = details
    assert red["prefLabel"] == {"en": "Red", "de": "Rot"}
    assert red["notation"] == ["R"]
    assert red["broader"] == [{"uri": f"{home}colour"}]
    assert red["inScheme"] == [{"uri": home}]
    assert red["scopeNote"]["de"] == ["Wie Rosen."]
    assert [(each["uri"], each["prefLabel"]) for each in below] == [(f"{home}crimson", {"en": "Crimson"})]
    assert iris(above) == [f"{home}red", f"{home}colour"]

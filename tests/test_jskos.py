"""``/jskos/``: what JSKOS clients are told, held against the schemas of JSKOS; and ``.json`` as SkoHub has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyld import jsonld
from werkzeug.test import TestResponse

import documented
from conftest import HUB_SIZE, SYNTHETIC_BASE, MakeVocabulary, Vocabulary
from node_clients import run
from pathways_ld.embedding.jskos import Properties
from servers import running

SKOS = "http://www.w3.org/2004/02/skos/core#"
BASE = "https://w3id.org/pathways-ld/"
APPRENTICESHIP = BASE + "topic/apprenticeship"
REGISTERED = BASE + "topic/registered-apprenticeship"
WORK = BASE + "topic/work-based-learning"
HUB, COLOUR = SYNTHETIC_BASE + "hub", SYNTHETIC_BASE + "colour"
QUADS: Any = {"algorithm": "URDNA2015", "format": "application/n-quads"}


def get(client: FlaskClient, path: str, **asked: object) -> TestResponse:
    return client.get(f"/jskos/{path}?{urlencode(asked)}")


def told(client: FlaskClient, path: str, **asked: object) -> Any:
    response = get(client, path, **asked)
    assert response.status_code == 200, response.text
    return response.json


def uris(entries: list[dict[str, Any]]) -> list[str]:
    return [each["uri"] for each in entries]


def wrong(objects: list[tuple[str, Any]]) -> Any:
    """Give what the schemas of JSKOS do not allow; with no unknown properties."""
    return run("jskos.mjs", objects)


def test_everything_of_both_vocabularies_is_valid_jskos(
    client: FlaskClient, synthetic_client: FlaskClient
) -> None:
    for each, scheme in ((client, f"{BASE}ns"), (synthetic_client, f"{SYNTHETIC_BASE}scheme")):
        concepts = told(each, "voc/concepts", uri=scheme, limit=1000, properties="*")
        assert len(concepts) > 100
        mappings = [one for concept in concepts for one in concept.get("mappings", [])]
        assert mappings
        schemes = told(each, "voc")
        assert uris(schemes) == [scheme]
        objects = [("concept", one) for one in concepts] + [("mapping", one) for one in mappings]
        objects += [("scheme", one) for one in schemes]
        objects += [("item", one) for one in told(each, "types")]
        assert wrong(objects) == []


def test_the_schemas_find_what_is_wrong() -> None:
    assert wrong([("concept", {"uri": "x:y", "prefLabel": "no map"}), ("concept", {"uri": "x:y"})])


def test_texts_go_by_language(synthetic_client: FlaskClient) -> None:
    (colour,) = told(synthetic_client, "data", uri=COLOUR)
    assert colour["prefLabel"]["de"] == "Farbe"
    assert colour["prefLabel"]["en-gb"] == "Colour"
    assert colour["altLabel"] == {"en": ["Shade"], "en-gb": ["Tint"], "en-x-klingon": ["Kolour"]}
    assert colour["notation"] == ["01", "C.1"]
    (plain,) = told(synthetic_client, "data", uri=f"{SYNTHETIC_BASE}no-language")
    assert plain["prefLabel"] == {"und": "Sans langue"}


def test_a_deprecated_term_names_what_replaces_it(synthetic_client: FlaskClient) -> None:
    (old,) = told(synthetic_client, "concepts", uri=f"{SYNTHETIC_BASE}old")
    assert old["deprecated"] is True
    assert uris(old["replacedBy"]) == [COLOUR]


def test_the_address_alone_leads_to_all_others(client: FlaskClient) -> None:
    status = client.get("/jskos/").get_json()
    assert status == client.get("/jskos/status").get_json()
    assert status["config"]["baseUrl"] == "http://localhost/jskos/"
    addresses = {name: text for name, text in status.items() if isinstance(text, str)}
    assert set(addresses) == {
        "ancestors", "concepts", "data", "mappings", "narrower", "schemes", "search", "suggest", "top", "types",
        "voc-search", "voc-suggest",
    }  # fmt: skip
    assert all(client.get(address).status_code == 200 for address in addresses.values())


def test_what_is_not_there_is_left_out(synthetic_client: FlaskClient) -> None:
    asked = [COLOUR, f"{SYNTHETIC_BASE}nothing", f"{SYNTHETIC_BASE}withdrawn", "", "x" * 3000, HUB]
    assert uris(told(synthetic_client, "data", uri="|".join(asked))) == [COLOUR, HUB]
    assert told(synthetic_client, "data") == []
    assert told(synthetic_client, "concepts", uri=f"{SYNTHETIC_BASE}scheme") == []
    assert uris(told(synthetic_client, "data", uri=f"{SYNTHETIC_BASE}scheme")) == [f"{SYNTHETIC_BASE}scheme"]
    for path in ("narrower", "ancestors", "concepts/narrower", "concepts/ancestors", "voc/top"):
        assert told(synthetic_client, path, uri="https://example.com/elsewhere") == []


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("concepts?limit=0", 200, ""),
        ("narrower?limit=0", 400, '"limit" is "0"'),
        ("voc?offset=x", 400, '"offset" is "x"'),
        ("voc/concepts", 400, '"uri" is missing'),
        ("suggest?search=x&format=xml", 400, "expected one of opensearch, jskos"),
        (f"search?query={'x' * 201}", 400, "has 201 characters"),
        ("mappings?direction=up", 400, "expected one of forward, backward, both"),
        (f"data?uri={'|'.join(f'x:{n}' for n in range(501))}", 413, "at most 500"),
    ],
)
def test_wrong_requests_are_told_what_was_expected(
    client: FlaskClient, path: str, status: int, expected: str
) -> None:
    response = client.get(f"/jskos/{path}")
    assert response.status_code == status
    assert expected in response.text.replace('\\"', '"')


def test_properties_are_added_and_left_out(client: FlaskClient) -> None:
    asked = {"uri": APPRENTICESHIP}
    (usual,) = told(client, "concepts", **asked)
    assert usual["narrower"] == [None]
    assert not {"ancestors", "mappings"} & set(usual)
    (more,) = told(client, "concepts", **asked, properties="narrower,ancestors")
    assert REGISTERED in uris(more["narrower"])
    assert uris(more["ancestors"]) == [WORK]
    (less,) = told(client, "concepts", **asked, properties="*,-definition,narrower")
    assert "mappings" in less
    assert not {"definition", "narrower"} & set(less)


@pytest.mark.parametrize(
    ("text", "added", "removed"),
    [
        ("", set(), set()),
        ("+created,mappings", {"created", "mappings"}, set()),
        (" created,mappings", {"created", "mappings"}, set()),
        ("*,-narrower,notation", {"ancestors", "mappings", "narrower"}, {"narrower", "notation"}),
        ("-from,to,+from", {"from"}, {"to"}),
    ],
)
def test_lists_of_properties_are_read_as_jskos_server_does(
    text: str, added: set[str], removed: set[str]
) -> None:
    assert Properties.read(text) == Properties(frozenset(added), frozenset(removed))


def test_long_lists_are_paged(synthetic_client: FlaskClient) -> None:
    first = get(synthetic_client, "concepts/narrower", uri=HUB)
    assert len(first.get_json()) == 100
    total = int(first.headers["X-Total-Count"])
    assert total > HUB_SIZE
    following = first.headers["Link"].partition('>; rel="next"')[0].rpartition("<")[2]
    rest = synthetic_client.get(following).get_json()
    assert len(rest) == total - 100
    assert not set(uris(rest)) & set(uris(first.get_json()))
    assert len(told(synthetic_client, "narrower", uri=HUB, limit=10_000)) == total


def test_ancestors_of_a_loop_end(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        """@prefix : <https://example.org/x/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        :a a skos:Concept ; skos:prefLabel "A"@en ; skos:broader :b .
        :b a skos:Concept ; skos:prefLabel "B"@en ; skos:broader :c .
        :c a skos:Concept ; skos:prefLabel "C"@en ; skos:broader :a .""",
        canonical_base="https://example.org/x/",
    )
    client = made.app().test_client()
    assert [each[-1] for each in uris(told(client, "ancestors", uri="https://example.org/x/a"))] == ["b", "c"]
    assert told(client, "voc") == []  # there is no scheme


def test_suggestions_come_in_two_shapes(client: FlaskClient) -> None:
    plain = get(client, "suggest", search="apprentice", limit=2)
    words, names, notes, iris = plain.get_json()
    assert (words, names[0], iris[0], len(notes)) == ("apprentice", "Apprenticeship", APPRENTICESHIP, 2)
    assert int(plain.headers["X-Total-Count"]) > 2
    concepts = told(client, "suggest", search="apprentice", format="jskos", limit=2)
    assert uris(concepts) == iris
    assert told(client, "suggest", search="") == ["", [], [], []]
    assert told(client, "search", query="apprentice", voc="https://example.org/other") == []
    organizations = told(client, "search", query="college", type="http://www.w3.org/ns/org#Organization")
    assert organizations
    assert all("http://www.w3.org/ns/org#Organization" in each["type"] for each in organizations)


def test_schemes_are_found_by_title(client: FlaskClient) -> None:
    (scheme,) = told(client, "voc/search", query="pathways")
    assert (scheme["uri"], scheme["namespace"]) == (f"{BASE}ns", BASE)
    assert told(client, "voc/suggest", search="career")[3] == [f"{BASE}ns"]
    assert told(client, "voc/search", query="nothing") == []
    assert uris(told(client, "voc", uri=f"x:y|{BASE}ns")) == [f"{BASE}ns"]


def test_mappings_are_asked_for_by_their_ends(synthetic_client: FlaskClient) -> None:
    def ends(**asked: object) -> list[tuple[str, str]]:
        found = told(synthetic_client, "mappings", **asked)
        return [(one["from"]["memberSet"][0]["uri"], one["to"]["memberSet"][0]["uri"]) for one in found]

    exact, close = (COLOUR, "https://example.com/colour"), (COLOUR, "https://example.com/tint")
    assert ends(**{"from": COLOUR}) == [exact, close]
    assert ends(**{"from": COLOUR, "type": f"{SKOS}closeMatch"}) == [close]
    assert ends(**{"from": COLOUR, "to": exact[1]}) == [exact]
    assert ends(**{"from": COLOUR, "to": "x:other"}) == []
    assert ends(to=COLOUR, direction="backward") == [exact, close]
    assert ends(**{"from": COLOUR, "toScheme": "https://example.org/other"}) == []
    assert ends() == []


def test_mappings_between_terms_of_ours_are_found_from_both_ends(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        """@prefix : <https://example.org/x/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        :s a skos:ConceptScheme .
        :a a skos:Concept ; skos:inScheme :s ; skos:prefLabel "A"@en ; skos:broadMatch :b .
        :b a skos:Concept ; skos:inScheme :s ; skos:prefLabel "B"@en .""",
        canonical_base="https://example.org/x/",
    )
    client = made.app().test_client()
    (found,) = told(client, "mappings", to="https://example.org/x/b")
    assert found["type"] == [f"{SKOS}broadMatch"]
    assert found["from"]["memberSet"][0]["uri"] == "https://example.org/x/a"
    assert found["toScheme"] == {"uri": "https://example.org/x/s"}


def test_the_suggestions_for_browsers_are_jskos_too(client: FlaskClient) -> None:
    (first, *_) = client.get("/suggest?search=apprenticeship&format=jskos").get_json()
    assert first["uri"] == APPRENTICESHIP
    assert first["@context"] == "https://gbv.github.io/jskos/context.json"


# .json as SkoHub has it


@pytest.mark.parametrize(
    "path", ["/topic/apprenticeship", "/topic/career-pathways", "/ns", "/organization/credential-engine"]
)
def test_plain_json_is_the_graph_of_the_json_ld(client: FlaskClient, path: str) -> None:
    plain, linked = client.get(f"{path}.json").get_json(), client.get(f"{path}.jsonld").get_json()
    assert plain["id"] == linked["id"]
    assert jsonld.normalize(plain, QUADS) == jsonld.normalize(linked, QUADS)


@pytest.mark.parametrize("name", ["colour", "hub", "exact", "blank", "group", "scheme", "hostile", "old"])
def test_plain_json_is_the_graph_of_the_json_ld_whatever_is_said(
    synthetic_client: FlaskClient, name: str
) -> None:
    plain = synthetic_client.get(f"/{name}.json").get_json()
    linked = synthetic_client.get(f"/{name}.jsonld").get_json()
    assert jsonld.normalize(plain, QUADS) == jsonld.normalize(linked, QUADS)


def test_plain_json_always_looks_the_same(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        """@prefix : <https://example.org/x/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix vann: <http://purl.org/vocab/vann/> . @prefix dct: <http://purl.org/dc/terms/> .
        <https://example.org/x/> a skos:ConceptScheme ; dct:title "X"@en ; skos:hasTopConcept :a ;
            vann:preferredNamespaceUri "https://example.org/x/" .
        :a a skos:Concept ; skos:inScheme <https://example.org/x/> ; skos:prefLabel "A"@en ; skos:notation "1" ;
            skos:related :b ; skos:scopeNote "One."@en , "Two."@en .
        :b a skos:Concept ; skos:inScheme <https://example.org/x/> ; skos:prefLabel "B"@en ; skos:broader :a .""",
        canonical_base="https://example.org/x/",
    )
    client = made.app().test_client()
    a, b = client.get("/a.json").get_json(), client.get("/b.json").get_json()
    assert a["notation"] == ["1"]
    assert [(each["id"], each["prefLabel"]) for each in a["narrower"]] == [
        ("https://example.org/x/b", {"en": "B"})
    ]
    assert a["related"]["id"] == "https://example.org/x/b"
    assert a["scopeNote"] == {"en": "One."}
    assert a["skos:scopeNote"] == {"@value": "Two.", "@language": "en"}
    assert b["broader"]["id"] == "https://example.org/x/a"
    assert b["inScheme"]["id"] == "https://example.org/x/"
    for path in ("/index.json", "/.json"):
        scheme = client.get(path).get_json()
        assert scheme["id"] == "https://example.org/x/"
        assert scheme["title"] == {"en": "X"}
        assert scheme["preferredNamespaceUri"] == "https://example.org/x/"
        assert [each["prefLabel"] for each in scheme["hasTopConcept"]] == [{"en": "A"}]
    assert client.get("/index.json").headers["Content-Location"] == "/.json"
    assert client.get("/a/index.json").status_code == 404


@pytest.mark.server
def test_documented(own: Vocabulary, tmp_path: Path) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        documented.check("docs/jskos.md", address, tmp_path)

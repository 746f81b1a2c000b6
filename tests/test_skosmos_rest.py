"""``/rest/v1/``: what Skosmos's clients are told, and that it is true as JSON-LD."""

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
from pathways_ld.embedding.skosmos import vocabulary_id
from pathways_ld.embedding.skosmos_search import fits_pattern
from servers import running

SKOS = "http://www.w3.org/2004/02/skos/core#"
BASE = "https://w3id.org/pathways-ld/"
APPRENTICESHIP = BASE + "topic/apprenticeship"
HUB, COLOUR = SYNTHETIC_BASE + "hub", SYNTHETIC_BASE + "colour"

LOOPS = """
@prefix : <https://example.org/x/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:s a skos:ConceptScheme .
:hen a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Hen"@en ; skos:broader :egg .
:egg a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Egg"@en ; skos:broader :hen .
:self a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Itself"@en ; skos:broader :self .
:leg a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Leg"@en ; skos:broader :hen , :animal .
:animal a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Animal"@en .
:nameless a skos:Concept ; skos:inScheme :s ; skos:broader :animal .
:strange a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Étrange C++"@fr ; skos:altLabel "Straße"@de ;
    skos:hiddenLabel "strnage"@en ; skos:notation "X.1" ; skos:broader <https://example.com/elsewhere> .
:group a skos:Collection ; skos:prefLabel "Poultry"@en ; skos:member :hen , :egg .
"""
X = "https://example.org/x/"


def get(client: FlaskClient, path: str, **asked: object) -> TestResponse:
    return client.get(f"/rest/v1/{path}?{urlencode(asked)}")


def told(client: FlaskClient, path: str, **asked: object) -> Any:
    response = get(client, path, **asked)
    assert response.status_code == 200, response.text
    return response.json


@pytest.fixture
def loops(make_vocabulary: MakeVocabulary) -> FlaskClient:
    return make_vocabulary(LOOPS, canonical_base=X).app().test_client()


def uris(entries: list[dict[str, Any]]) -> list[str]:
    return [each["uri"] for each in entries]


# which vocabulary


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://w3id.org/pathways-ld/", "pathways-ld"),
        ("https://example.org/colours#", "colours"),
        ("https://example.org/KOS/Größe/", "gr-e"),
        ("https://example.org/", "example-org"),
        ("https://example.org/search/", "search-vocabulary"),
        ("urn:x:", "x"),
    ],
)
def test_the_id_is_the_last_word_of_the_base(base: str, expected: str) -> None:
    assert vocabulary_id(base) == expected


def test_another_vocabulary_is_not_found(client: FlaskClient) -> None:
    for path in ("nothing/", "nothing/topConcepts", "nothing/search"):
        response = get(client, path, query="x")
        assert response.status_code == 404
        assert "expected pathways-ld" in response.get_json()["detail"]
    assert get(client, "search", query="x", vocab="nothing").status_code == 404


def test_the_address_alone_names_the_vocabularies(client: FlaskClient) -> None:
    found, named = client.get("/rest/v1/").get_json(), told(client, "vocabularies", lang="en")
    assert found["vocabularies"] == named["vocabularies"]


def test_every_answer_is_open_to_pages_elsewhere(client: FlaskClient) -> None:
    response = get(client, "vocabularies", lang="en")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.content_type == "application/json"
    linked = client.get("/rest/v1/vocabularies?lang=en", headers={"Accept": "application/ld+json"})
    assert linked.content_type == "application/ld+json"
    assert linked.json == response.json
    again = client.get("/rest/v1/vocabularies?lang=en", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


# wrong requests


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("vocabularies", '"lang" is missing'),
        ("types", '"lang" is missing'),
        ("search", '"query" is missing'),
        ("search?query=x&maxhits=0", '"maxhits" is "0"'),
        ("search?query=x&maxhits=-1", '"maxhits" is "-1"'),
        ("search?query=x&offset=a", '"offset" is "a"'),
        ("search?query=x&lang=e%20n", '"lang" is "e n"'),
        (f"search?query={'x' * 201}", "has 201 characters"),
        (f"search?query=x&type={'+'.join('abcdefghijklmnopqrstuvw')}", "names 23 classes"),
        ("label", '"uri" is missing'),
        (f"label?uri={'x' * 2001}", "has 2,001 characters"),
        ("pathways-ld/lookup", '"label" is missing'),
        ("pathways-ld/broader", '"uri" is missing'),
        (f"pathways-ld/narrowerTransitive?uri={APPRENTICESHIP}&limit=0", '"limit" is "0"'),
    ],
)
def test_what_cannot_be_understood_is_400(client: FlaskClient, path: str, expected: str) -> None:
    response = client.get(f"/rest/v1/{path}")
    assert response.status_code == 400
    assert expected in response.get_json()["detail"]


METHODS = (
    "broader", "broaderTransitive", "narrower", "narrowerTransitive", "related", "children", "hierarchy",
    "label", "data", "mappings", "groupMembers",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_term_is_404_and_a_withdrawn_one_410(
    client: FlaskClient, synthetic_client: FlaskClient, method: str
) -> None:
    assert get(client, f"pathways-ld/{method}", uri=f"{BASE}topic/nothing").status_code == 404
    assert get(synthetic_client, f"voc/{method}", uri=f"{SYNTHETIC_BASE}withdrawn").status_code == 410


def test_a_format_that_is_not_written_is_406_with_those_that_are(client: FlaskClient) -> None:
    response = get(client, "data", uri=APPRENTICESHIP, format="text/csv")
    assert response.status_code == 406
    assert "text/turtle" in response.get_json()["detail"]


# labels in languages


def test_labels_are_in_the_language_asked_for(synthetic_client: FlaskClient) -> None:
    label = told(synthetic_client, "voc/label", uri=COLOUR, lang="de")
    assert label["prefLabel"] == "Farbe"
    assert label["@context"]["@language"] == "de"
    assert "altLabel" not in label  # there is none in German
    english = told(synthetic_client, "label", uri=COLOUR, lang="en")
    assert english["prefLabel"] in ("Colour", "Color")
    assert english["altLabel"]


def test_a_label_in_another_language_is_not_passed_off_as_one_in_this(synthetic_client: FlaskClient) -> None:
    """The context says one language for all; what is in another has its own."""
    found = told(synthetic_client, "voc/children", uri=HUB, lang="fr", limit=200)
    expanded: Any = jsonld.expand(found)
    labels = {
        each["@id"]: each[f"{SKOS}prefLabel"][0]
        for each in expanded[0][f"{SKOS}narrower"]
        if f"{SKOS}prefLabel" in each
    }
    assert labels[f"{SYNTHETIC_BASE}only-arabic"] == {"@value": "مهنة", "@language": "ar-arab"}
    assert labels[f"{SYNTHETIC_BASE}no-language"] == {"@value": "Sans langue"}
    assert labels[f"{SYNTHETIC_BASE}n1"] == {"@value": "N 1", "@language": "en"}


def test_what_has_no_label_has_none(loops: FlaskClient) -> None:
    (found,) = [
        e for e in told(loops, "x/narrower", uri=f"{X}animal")["narrower"] if e["uri"] == f"{X}nameless"
    ]
    assert found["prefLabel"] is None


# hierarchy


def test_steps_up_and_down_are_what_the_vocabulary_says(client: FlaskClient) -> None:
    above = told(client, "pathways-ld/broader", uri=APPRENTICESHIP, lang="en")
    assert above["uri"] == APPRENTICESHIP
    assert above["broader"] == [
        {"uri": f"{BASE}topic/work-based-learning", "prefLabel": "Work-based learning"}
    ]
    expanded: Any = jsonld.expand(above)
    assert expanded[0][f"{SKOS}broader"][0]["@id"] == f"{BASE}topic/work-based-learning"


def test_long_lists_are_paged(synthetic_client: FlaskClient) -> None:
    seen: list[str] = []
    total = 0
    address = f"/rest/v1/voc/narrower?{urlencode({'uri': HUB, 'limit': 60})}"
    while address:
        response = synthetic_client.get(address)
        seen += uris(response.get_json()["narrower"])
        links = {each.rpartition('rel="')[2][:-1]: each for each in response.headers["Link"].split(", ")}
        address = links["next"].partition("<")[2].partition(">")[0] if "next" in links else ""
        total = int(response.headers["X-Total-Count"])
    assert len(seen) == len(set(seen)) == total > HUB_SIZE
    assert get(synthetic_client, "voc/narrower", uri=HUB, limit=10**9).headers["X-Total-Count"] == str(total)
    assert len(told(synthetic_client, "voc/children", uri=HUB, limit=7, offset=3)["narrower"]) == 7


def test_what_is_cut_off_is_said_to_be(synthetic_client: FlaskClient) -> None:
    cut = told(synthetic_client, "voc/narrowerTransitive", uri=HUB, limit=5)
    assert len(cut["narrowerTransitive"]) == 5
    assert cut["isComplete"] is False
    whole = told(synthetic_client, "voc/narrowerTransitive", uri=HUB)
    assert "isComplete" not in whole
    assert len(whole["narrowerTransitive"]) > HUB_SIZE
    # No step leads to what is not told: clients look every step up.
    told_of = set(cut["narrowerTransitive"])
    assert {
        step for each in cut["narrowerTransitive"].values() for step in each.get("narrower", [])
    } <= told_of


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("hen", ["hen", "egg"]),
        ("egg", ["egg", "hen"]),
        ("self", ["self"]),
        ("leg", ["leg", "animal", "hen", "egg"]),
    ],
)
def test_a_loop_ends(loops: FlaskClient, start: str, expected: list[str]) -> None:
    for method in ("broaderTransitive", "hierarchy"):
        above = told(loops, f"x/{method}", uri=X + start)["broaderTransitive"]
        assert {f"{X}{each}" for each in expected} <= set(above)
        place, steps = X + start, 0
        while above[place].get("broader"):
            place, steps = above[place]["broader"][0], steps + 1
            assert steps <= len(above)
    assert set(told(loops, "x/narrowerTransitive", uri=f"{X}hen")["narrowerTransitive"]) == {
        f"{X}hen",
        f"{X}egg",
        f"{X}leg",
    }


def test_what_is_broader_elsewhere_is_told(loops: FlaskClient) -> None:
    (found,) = told(loops, "x/broader", uri=f"{X}strange")["broader"]
    assert found == {"uri": "https://example.com/elsewhere", "prefLabel": None}


def test_the_hierarchy_has_the_top_and_what_stands_beside(client: FlaskClient) -> None:
    found = told(client, "pathways-ld/hierarchy", uri=APPRENTICESHIP, lang="en")["broaderTransitive"]
    top = found[f"{BASE}topic/work-based-learning"]
    assert top["top"] == f"{BASE}ns"
    assert top["hasChildren"] is True
    assert APPRENTICESHIP in uris(top["narrower"])
    assert found[APPRENTICESHIP]["broader"] == [f"{BASE}topic/work-based-learning"]


def test_top_concepts_of_a_scheme_that_is_not_there(client: FlaskClient) -> None:
    response = get(client, "pathways-ld/topConcepts", scheme="https://example.org/other")
    assert response.status_code == 404
    assert f"{BASE}ns" in response.get_json()["detail"]


def test_collections_are_groups(loops: FlaskClient) -> None:
    (group,) = told(loops, "x/groups", lang="en")["groups"]
    assert group == {"uri": f"{X}group", "prefLabel": "Poultry", "hasMembers": True}
    assert uris(told(loops, "x/groupMembers", uri=group["uri"])["members"]) == [f"{X}egg", f"{X}hen"]
    found = told(loops, "search", query="h*", group=group["uri"])["results"]
    assert uris(found) == [f"{X}hen"]


# search


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("apprenticeship", "apprenticeship", True),
        ("apprenticeship", "apprentice", False),
        ("apprenticeship", "apprentice*", True),
        ("registered apprenticeship", "apprentice*", False),
        ("registered apprenticeship", "*apprentice*", True),
        ("registered apprenticeship", "*ship", True),
        ("registered apprenticeship", "reg*ship", True),
        ("aba", "ab*ba", False),
        ("a" * 200, "*".join("a" * 90) + "*b", False),
    ],
)
def test_asterisks_stand_for_anything(text: str, pattern: str, fits: bool) -> None:
    assert fits_pattern(text, pattern) is fits


def test_a_whole_label_finds_what_is_called_so_and_nothing_else(client: FlaskClient) -> None:
    found = told(client, "search", query="APPRENTICESHIP", lang="en")["results"]
    assert uris(found) == [APPRENTICESHIP]
    assert found[0] == {
        "uri": APPRENTICESHIP,
        "type": ["skos:Concept"],
        "localname": "topic/apprenticeship",
        "prefLabel": "Apprenticeship",
        "lang": "en",
        "vocab": "pathways-ld",
    }
    assert told(client, "search", query="apprentice")["results"] == []
    assert told(client, "search", query="qqqq*")["results"] == []


def test_other_labels_and_notations_are_found_and_shown(loops: FlaskClient) -> None:
    for query, name, text in (
        ("STRASSE", "altLabel", "Straße"),
        ("strnage", "hiddenLabel", "strnage"),
        ("x.1", "notation", "X.1"),
    ):
        (found,) = told(loops, "search", query=query)["results"]
        assert (found["uri"], found[name]) == (f"{X}strange", text)
    (found,) = told(loops, "search", query="étrange c*", lang="fr")["results"]
    assert (found["prefLabel"], found["lang"]) == ("Étrange C++", "fr")
    assert told(loops, "search", query="étrange c*", lang="en")["results"] == []


def test_results_are_true_as_json_ld(loops: FlaskClient) -> None:
    found = told(loops, "search", query="straße", labellang="en")
    expanded: Any = jsonld.expand(found)
    (result,) = expanded[0]["http://schema.onki.fi/onki#results"][0]["@list"]
    assert result["@id"] == f"{X}strange"
    assert result[f"{SKOS}prefLabel"] == [{"@value": "Étrange C++", "@language": "fr"}]
    assert result[f"{SKOS}altLabel"] == [{"@value": "Straße", "@language": "de"}]


def test_a_search_is_narrowed_down(client: FlaskClient) -> None:
    kinds = told(client, "search", query="c*", type="org:Organization", maxhits=3)["results"]
    assert kinds
    assert {each["type"][0] for each in kinds} == {"http://www.w3.org/ns/org#Organization"}
    assert told(client, "search", query="c*", type="https://example.org/Nothing")["results"] == []
    below = told(client, "search", query="*", parent=f"{BASE}topic/work-based-learning")["results"]
    assert APPRENTICESHIP in uris(below)
    everything = get(client, "search", query="*", maxhits=1000)
    assert int(everything.headers["X-Total-Count"]) == len(everything.get_json()["results"]) > 100


def test_further_fields_come_with_the_results(client: FlaskClient) -> None:
    (found,) = told(client, "search", query="apprenticeship", fields="broader definition prefLabel nonsense")[
        "results"
    ]
    assert uris(found["broader"]) == [f"{BASE}topic/work-based-learning"]
    assert found["definition"]
    assert found["prefLabels"] == {"en": "Apprenticeship"}
    assert "nonsense" not in found


def test_look_up_prefers_preferred_labels(loops: FlaskClient) -> None:
    assert uris(told(loops, "x/lookup", label="hen")["result"]) == [f"{X}hen"]
    (other,) = told(loops, "x/lookup", label="Straße", lang="de")["result"]
    assert other["altLabel"] == "Straße"
    assert get(loops, "x/lookup", label="Straße", lang="fr").status_code == 404


# statements


def test_data_is_the_same_graph_in_every_format(synthetic_client: FlaskClient) -> None:
    options: Any = {"algorithm": "URDNA2015", "format": "application/n-quads"}
    asked = {"uri": COLOUR}
    linked = told(synthetic_client, "data", **asked, format="application/json")
    own = synthetic_client.get("/colour.jsonld").get_json()
    assert jsonld.normalize(linked, options) == jsonld.normalize(own, options)
    assert {each["uri"] for each in linked["graph"]} > {COLOUR}
    node = next(each for each in linked["graph"] if each["uri"] == COLOUR)
    assert {"lang": "de", "value": "Farbe"} in node["prefLabel"]
    assert node["type"] == "skos:Concept"
    turtle = get(synthetic_client, "data", **asked, format="text/turtle")
    assert turtle.data == synthetic_client.get("/colour.ttl").data


def test_data_of_everything_is_the_download(client: FlaskClient) -> None:
    response = client.get("/rest/v1/pathways-ld/data", headers={"Accept": "text/turtle"})
    assert response.status_code == 302
    assert client.get(response.headers["Location"]).mimetype == "text/turtle"
    assert get(client, "data").status_code == 400


def test_mappings_are_jskos(synthetic_client: FlaskClient) -> None:
    found = told(synthetic_client, "voc/mappings", uri=COLOUR)["mappings"]
    assert [(each["type"], each["to"]["memberSet"][0]["uri"]) for each in found] == [
        (["skos:exactMatch"], "https://example.com/colour"),
        (["skos:closeMatch"], "https://example.com/tint"),
    ]
    hostile = told(synthetic_client, "voc/mappings", uri=f"{SYNTHETIC_BASE}hostile")["mappings"]
    assert {each["hrefLink"] for each in hostile} == {None, "https://example.com/'onclick='alert(5)"}


def test_statistics_count_by_class(client: FlaskClient, own: Vocabulary) -> None:
    found = told(client, "pathways-ld/vocabularyStatistics")
    assert found["concepts"]["count"] == own.manifest.counts["topic"]
    assert {each["count"] for each in found["subTypes"]} == {
        count for kind, count in own.manifest.counts.items() if kind != "topic"
    }


def test_a_hash_vocabulary_answers_too(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        """@prefix : <https://example.org/colours#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <https://example.org/colours> a skos:ConceptScheme ; skos:prefLabel "Colours"@en .
        :red a skos:Concept ; skos:inScheme <https://example.org/colours> ; skos:prefLabel "Red"@en .
        :crimson a skos:Concept ; skos:prefLabel "Crimson"@en ; skos:broader :red .""",
        canonical_base="https://example.org/colours#",
    )
    client = made.app().test_client()
    red = "https://example.org/colours#red"
    assert uris(told(client, "colours/children", uri=red)["narrower"]) == [
        "https://example.org/colours#crimson"
    ]
    assert told(client, "label", uri=red)["prefLabel"] == "Red"
    assert uris(told(client, "colours/", lang="en")["conceptschemes"]) == ["https://example.org/colours"]
    assert uris(told(client, "search", query="cri*")["results"]) == ["https://example.org/colours#crimson"]


@pytest.mark.server
def test_documented(own: Vocabulary, tmp_path: Path) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        documented.check("docs/skosmos-rest.md", address, tmp_path)

"""Search as people and programs use it: the page, its answers in other formats, suggestions, labels as addresses."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from conftest import SYNTHETIC_BASE, MakeVocabulary
from pathways_ld.formats import JSONLD, NTRIPLES, RDFXML, TURTLE
from pathways_ld.rdfio import parse
from pathways_ld.web import search_asking
from pathways_ld.web.interface_language import catalogue
from problems import assert_problem

BASE = "https://w3id.org/pathways-ld/"
TOPIC = f"{BASE}topic/career-pathways"
WANTS_JSON = {"Accept": "application/json"}
BADGES = """
@prefix : <https://example.org/badges/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Tokens"@en ; skos:hasTopConcept :badge .
:badge a skos:Concept ; skos:prefLabel "Badge"@en , "Insignia"@es ; skos:altLabel "Digital <b>emblem</b>"@en ;
    skos:definition "A sign that somebody has shown a skill, with proof that can be checked by anybody."@en .
:emblem a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Emblem"@en ; skos:altLabel "Badge"@en ;
    dct:subject :badge ; skos:notation "E-1" .
:old a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Badge of old"@en ; owl:deprecated true ;
    dct:isReplacedBy :badge .
:only a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "شارة"@ar .
"""


def asked(client: FlaskClient, query: str = "", **parameters: str) -> dict[str, Any]:
    response = client.get(f"/search{query}", query_string=parameters or None, headers=WANTS_JSON)
    assert response.status_code == 200, response.data
    found: dict[str, Any] = json.loads(response.data)
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [each["id"] for each in found["results"]]


@pytest.fixture
def badges(make_vocabulary: MakeVocabulary) -> FlaskClient:
    return make_vocabulary(BADGES, canonical_base="https://example.org/badges/").app().test_client()


def names(found: dict[str, Any]) -> list[str]:
    return [each.rpartition("/")[2] for each in ids(found)]


# what is found


def test_search_finds_terms_as_json(client: FlaskClient) -> None:
    response = client.get("/search?q=career+pathways", headers=WANTS_JSON)
    found = json.loads(response.data)
    assert response.content_type == "application/json"
    assert found["total"] == int(response.headers["X-Total-Count"]) >= 1
    hit = found["results"][0]
    assert hit["id"] == TOPIC
    assert hit["page"] == "/topic/career-pathways"
    assert hit["kind"] == "topic"
    assert hit["prefLabel"]["en"]


def test_search_finds_alternative_labels_and_other_scripts(synthetic_client: FlaskClient) -> None:
    for words in ("Tint", "Farbe", "COLOUR", "colo", "顏色", "لون"):
        assert f"{SYNTHETIC_BASE}colour" in ids(asked(synthetic_client, q=words)), words


def test_withdrawn_terms_are_not_found_and_deprecated_ones_on_request_only(
    synthetic_client: FlaskClient, badges: FlaskClient
) -> None:
    assert asked(synthetic_client, q="withdrawn")["total"] == 0
    found = asked(badges, q="badge")
    assert (names(found), found["deprecated"]) == (["badge", "emblem"], 1)
    found = asked(badges, q="badge", deprecated="true")
    assert names(found) == ["badge", "emblem", "old"]
    assert found["results"][2]["deprecated"] is True
    page = badges.get("/search?q=badge").get_data(as_text=True)
    (more,) = re.findall(r'href="(\?[^"]*)">1 deprecated term more', page)
    assert "Badge</mark> of old" in badges.get(f"/search{more.replace('&amp;', '&')}").get_data(as_text=True)


def test_the_answer_tells_which_label_or_text_was_found(badges: FlaskClient) -> None:
    first, second = asked(badges, q="badge")["results"]
    assert [(each["property"], each["lang"], each["text"]) for each in first["matches"]] == [
        ("skos:prefLabel", "en", "Badge")
    ]
    assert [(each["property"], each["text"]) for each in second["matches"]] == [("skos:altLabel", "Badge")]
    (hit,) = asked(badges, q="insig")["results"]
    assert hit["matches"] == [
        {
            "property": "skos:prefLabel", "lang": "es", "text": "Insignia",
            "parts": [{"text": "Insignia", "match": True}],
        }
    ]  # fmt: skip
    (hit,) = asked(badges, q="insignia skills")["results"]
    assert [each["property"] for each in hit["matches"]] == ["skos:prefLabel", "skos:definition"]
    marked = [part["text"] for each in hit["matches"] for part in each["parts"] if part["match"]]
    assert marked == ["Insignia", "skill"]
    (hit,) = asked(badges, q="E-1")["results"]
    assert [each["property"] for each in hit["matches"]] == ["skos:notation"]


def test_the_page_marks_what_was_found_and_escapes_the_rest(badges: FlaskClient) -> None:
    page = badges.get("/search?q=emblem").get_data(as_text=True)
    assert "<mark>Emblem</mark></a>" in page
    assert "Digital &lt;b&gt;<mark>emblem</mark>&lt;/b&gt;" in page
    assert "Also called" in page
    page = badges.get("/search", query_string={"q": "شارة"}).get_data(as_text=True)
    assert '<span lang="ar" dir="rtl"><mark>شارة</mark></span>' in page


def test_a_label_that_is_exactly_what_was_typed_comes_first(client: FlaskClient) -> None:
    found = asked(client, q="guided pathways")
    assert ids(found)[:2] == [f"{BASE}topic/guided-pathways", TOPIC]
    assert ids(asked(client, q="aacc"))[0] == f"{BASE}organization/aacc"


def test_small_typing_errors_are_told_and_followed(client: FlaskClient) -> None:
    found = asked(client, q="aprenticeships")
    assert found["total"] == 0
    assert found["didYouMean"]["q"] in ("apprenticeship", "apprenticeships")
    assert found["didYouMean"]["total"] > 0
    assert client.get(found["didYouMean"]["url"]).status_code == 200
    page = client.get("/search?q=aprenticeships").get_data(as_text=True)
    assert "Did you mean" in page
    assert "/topic/apprenticeship" in page


def test_where_nothing_is_found_that_is_said_with_what_to_try(client: FlaskClient) -> None:
    page = client.get("/search?q=xyzzyx").get_data(as_text=True)
    assert "0 terms for “xyzzyx”" in page
    assert "Try fewer words" in page


# narrowing down


def test_search_can_be_limited_to_a_kind(client: FlaskClient) -> None:
    for parameters in ({"kind": "organization"}, {"type": "organization"}, {"type": "org:Organization"}):
        found = asked(client, q="credential", **parameters)
        assert {each["kind"] for each in found["results"]} == {"organization"}
        assert found["filters"] == {"kind": "organization"}


@pytest.mark.parametrize(
    "topic", [TOPIC, "topic:career-pathways", "topic/career-pathways", "career-pathways"]
)
def test_search_can_be_limited_to_a_topic_however_it_is_named(client: FlaskClient, topic: str) -> None:
    found = asked(client, q="college", topic=topic)
    assert 0 < found["total"] < asked(client, q="college")["total"]
    assert found["filters"] == {"topic": "topic:career-pathways"}


def test_each_filter_finds_as_many_as_it_says(client: FlaskClient) -> None:
    found = asked(client, q="college")
    assert {"kind", "type", "topic"} <= found["facets"].keys()
    for name, values in found["facets"].items():
        for each in values:
            assert asked(client, q="college", **{name: each["value"]})["total"] == each["count"], each
            assert each["label"], each


def test_filters_are_links_that_keep_the_search_and_can_be_taken_back(client: FlaskClient) -> None:
    page = client.get("/search?q=college&deprecated=true&lang=es").get_data(as_text=True)
    narrowed = page.partition('id="filters"')[2]
    link = re.findall(r'href="(\?[^"]*type=[^"]*)"', narrowed)[0].replace("&amp;", "&")
    parameters = parse_qs(link.removeprefix("?"))
    assert (parameters["q"], parameters["deprecated"], parameters["lang"]) == (["college"], ["true"], ["es"])
    page = client.get(f"/search{link}").get_data(as_text=True)
    (back,) = re.findall(r'href="(\?[^"]*)" aria-label="Type: not only', page)
    assert "type=" not in back
    assert f'<input type="hidden" name="type" value="{parameters["type"][0]}">' in page


# pages


def test_pages_hold_every_hit_once_and_link_to_each_other(client: FlaskClient) -> None:
    everything = ids(asked(client, q="career", limit="100"))
    for first in (
        "/search?q=career",
        "/search?q=career&limit=7",
        "/search?q=career&_mediatype=application/json",
    ):
        response, seen = client.get(first, headers=WANTS_JSON), []
        following: re.Match[str] | None
        while True:
            seen += ids(json.loads(response.data))
            following = re.search(r'<([^>]+)>; rel="next"', response.headers["Link"])
            if following is None:
                break
            response = client.get(following[1], headers=WANTS_JSON)
        assert seen[:100] == everything
        assert len(seen) == len(set(seen)) == int(response.headers["X-Total-Count"])
        assert 'rel="prev"' in response.headers["Link"]


def test_people_turn_pages_by_links(client: FlaskClient) -> None:
    page = client.get("/search?q=career&kind=organization").get_data(as_text=True)
    following = re.findall(r'rel="next" href="([^"]+)"', page)[0].replace("&amp;", "&")
    assert parse_qs(urlsplit(following).query) == {"q": ["career"], "kind": ["organization"], "page": ["2"]}
    assert "Page 2 of" in client.get(f"/search{following}").get_data(as_text=True)


def test_beyond_the_end_there_is_an_empty_page(client: FlaskClient) -> None:
    assert asked(client, q="career", offset="5000")["results"] == []
    assert asked(client, q="career", page="5000")["results"] == []


# other formats


@pytest.mark.parametrize("rdf_format", [TURTLE, JSONLD, RDFXML, NTRIPLES], ids=lambda each: str(each.name))
def test_hits_are_given_as_rdf(client: FlaskClient, rdf_format: Any) -> None:
    response = client.get("/search?q=guided+pathways", headers={"Accept": rdf_format.media_type})
    assert response.mimetype == rdf_format.media_type
    subjects = {each.subject for each in parse(response.data, rdf_format).statements}
    assert subjects == {f"<{each}>" for each in ids(asked(client, q="guided pathways"))}


def test_formats_are_linked_and_what_there_is_not_is_refused(client: FlaskClient) -> None:
    links = client.get("/search?q=badge", headers=WANTS_JSON).headers["Link"]
    for address, kind in re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', links):
        assert client.get(address).mimetype == kind
    assert_problem(client.get("/search?q=badge", headers={"Accept": "image/png"}), 406)


# what cannot be searched for


@pytest.mark.parametrize(
    "words", ['"a', "a'", "a*", "a*b", "AND", "NEAR(", "a -", "((a", "col:umn", "a\x00b", "a\tb", "é" * 100, "^a", "a" * 200,
              " ".join("abcdefghijklmnopqrstuvwxyz"), "_a", "a%"]
)  # fmt: skip
def test_no_search_words_break_the_search(client: FlaskClient, words: str) -> None:
    for accepted in ("application/json", "text/html", "text/turtle"):
        assert (
            client.get("/search", query_string={"q": words}, headers={"Accept": accepted}).status_code == 200
        )
    assert client.get("/suggest", query_string={"search": words}).status_code == 200


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", '"q" is missing'),
        ("?q=", '"q" is missing'),
        ("?q=+", '"q" is missing'),
        ("?q=*", "no letter and no digit"),
        ("?q=%22", "no letter and no digit"),
        ("?q=%00%01", "no letter and no digit"),
        ("?q=%F0%9F%98%80", "no letter and no digit"),
        (f"?q={'a' * 201}", "201 characters; at most 200"),
        (f"?q={'a' * 10_240}", "10240 characters; at most 200"),
        ("?q=a&kind=nothing", "expected one of topic, organization, initiative"),
        ("?q=a&type=nothing", "expected one of pw:"),
        ("?q=a&topic=nothing", "expected one of topic:"),
        ("?q=a&status=%00", "expected one of pw:Accepted"),
        ("?q=a&page=0", '"page" is "0"'),
        ("?q=a&page=x", '"page" is "x"'),
        ("?q=a&limit=0", "a whole number from 1 to 100"),
        ("?q=a&limit=101", "a whole number from 1 to 100"),
        ("?q=a&limit=%D9%A3", "a whole number from 1 to 100"),
        ("?q=a&offset=-1", "a whole number from 0"),
        ("?q=a&deprecated=perhaps", "expected true or false"),
    ],
)
def test_bad_searches_are_400s_that_say_what_is_expected(client: FlaskClient, query: str, told: str) -> None:
    response = client.get(f"/search{query}", headers=WANTS_JSON)
    assert_problem(response, 400)
    assert told in json.loads(response.data)["detail"]


def test_what_nobody_knows_is_ignored(client: FlaskClient) -> None:
    assert asked(client, q="badge", format="x", utm_source="y")["total"] == asked(client, q="badge")["total"]


def test_without_words_there_is_the_form_and_after_empty_ones_too(client: FlaskClient) -> None:
    assert client.get("/search").status_code == 200
    response = client.get("/search?q=%2A", headers={"Accept": "text/html"})
    assert response.status_code == 400
    page = response.get_data(as_text=True)
    assert "no letter and no digit" in page
    assert '<form class="wide" role="search" action="/search">' in page
    assert 'value="*"' in page


def test_the_search_page_echoes_the_words_escaped(client: FlaskClient) -> None:
    for words in ('"><script>alert(1)</script>', '"><script>*'):
        page = client.get("/search", query_string={"q": words}).get_data(as_text=True)
        assert "<script>alert" not in page
        assert "<script>*" not in page
    assert "&lt;script&gt;alert(1)" in client.get(
        "/search", query_string={"q": '"><script>alert(1)</script>'}
    ).get_data(as_text=True)


def test_more_than_can_be_counted_is_told(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from pathways_ld.snapshot import searching  # noqa: PLC0415 - only to make it small

    monkeypatch.setattr(searching, "MOST", 30)
    monkeypatch.setattr(search_asking, "MOST", 30)
    found = asked(client, q="career")
    assert (found["total"], found["isComplete"]) == (30, False)
    page = client.get("/search?q=career").get_data(as_text=True)
    assert "More than 30 terms" in page
    assert "Page 1 of 2" in page


# suggestions


def suggested(client: FlaskClient, **parameters: str) -> Any:
    response = client.get("/suggest", query_string=parameters)
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(response.data)


def test_suggestions_are_as_opensearch_has_them(client: FlaskClient) -> None:
    words, labels, notes, iris = suggested(client, search="guided pa")
    assert words == "guided pa"
    assert suggested(client, q="guided pa") == [words, labels, notes, iris]
    assert len(labels) == len(notes) == len(iris) <= 10
    assert (labels[0], notes[0], iris[0]) == ("Guided pathways", "Topic", f"{BASE}topic/guided-pathways")
    at = iris.index(TOPIC)
    assert (labels[at], notes[at]) == ("Career Pathways", "Topic, also called Guided pathways")


def test_suggestions_are_labels_of_terms_only(client: FlaskClient, badges: FlaskClient) -> None:
    assert not [each for each in suggested(client, search="www", limit="100")[3] if "/source/" in each]
    assert suggested(badges, search="proof") == ["proof", [], [], []]
    assert suggested(badges, search="badge")[1] == ["Badge", "Emblem"]


def test_suggestions_have_as_many_as_wanted_and_none_for_nothing(client: FlaskClient) -> None:
    assert len(suggested(client, search="c", limit="3")[1]) == 3
    assert suggested(client, search="") == ["", [], [], []]
    assert suggested(client) == ["", [], [], []]
    assert suggested(client, search="*") == ["*", [], [], []]


def test_suggestions_come_in_the_language_that_is_asked_for(badges: FlaskClient) -> None:
    assert suggested(badges, search="badge", language="es")[1] == ["Insignia", "Emblem"]


def test_notes_of_suggestions_are_in_the_language_that_the_address_says(client: FlaskClient) -> None:
    """Programs get the same whatever a browser prefers; the search field asks for the language of its page."""
    spanish = {"Accept-Language": "es", "Cookie": "pathways-language=es"}
    translated = catalogue("es").gettext("Topic")
    for asked, note in (("", "Topic"), ("&uselang=es", translated), ("&uselang=tlh", "Topic")):
        response = client.get(f"/suggest?search=guided+pa{asked}", headers=spanish)
        assert json.loads(response.data)[2][0] == note


def test_suggestions_are_given_as_jskos(badges: FlaskClient) -> None:
    first = suggested(badges, search="badge", format="jskos")[0]
    assert {name: first[name] for name in ("uri", "type", "prefLabel", "inScheme")} == {
        "uri": "https://example.org/badges/badge",
        "type": ["http://www.w3.org/2004/02/skos/core#Concept"],
        "prefLabel": {"en": "Badge", "es": "Insignia"},
        "inScheme": [{"uri": "https://example.org/badges/scheme"}],
    }


def test_suggestions_for_our_own_field_tell_what_was_found_and_meant(badges: FlaskClient) -> None:
    found = suggested(badges, search="embelm", format="json")
    assert found["didYouMean"] == "emblem"
    assert [(each["label"], each["page"]) for each in found["results"]] == [
        ("Emblem", "/emblem"),
        ("Badge", "/badge"),
    ]
    assert found["results"][1]["note"].endswith("also called Digital <b>emblem</b>")
    assert found["results"][1]["matches"][0]["parts"][1] == {"text": "emblem", "match": True}


@pytest.mark.parametrize("query", ["?search=a&limit=0", f"?search={'a' * 201}", "?search=a&format=xml"])
def test_bad_wishes_for_suggestions_are_400s(client: FlaskClient, query: str) -> None:
    assert_problem(client.get(f"/suggest{query}", headers=WANTS_JSON), 400)


# labels as addresses


@pytest.mark.parametrize("label", ["AACC", "aacc", "American%20Association%20of%20Community%20Colleges"])
def test_a_label_leads_to_its_term(client: FlaskClient, label: str) -> None:
    response = client.get(f"/label/{label}")
    assert (response.status_code, response.headers["Location"]) == (302, "/organization/aacc")
    assert response.headers["X-Uri"] == f"{BASE}organization/aacc"


def test_a_label_of_several_terms_leads_to_the_page_that_tells_them_apart(client: FlaskClient) -> None:
    response = client.get("/label/guided%20pathways")
    assert response.status_code == 302
    assert client.get(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize("label", ["nobody-is-called-so", "*", "%00", "x" * 5_000, "guided", "a/b"])
def test_a_label_that_nothing_has_is_a_404(client: FlaskClient, label: str) -> None:
    assert_problem(client.get(f"/label/{label}", headers=WANTS_JSON), 404)


# for browsers


def test_browsers_are_told_how_to_search(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    (address,) = re.findall(
        r'<link rel="search" type="application/opensearchdescription\+xml" title="[^"]+" href="([^"]+)"', page
    )
    response = client.get(address)
    assert response.mimetype == "application/opensearchdescription+xml"
    root = ET.fromstring(response.data)
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert 0 < len(root.findtext(f"{name}ShortName") or "") <= 16
    assert len(root.findtext(f"{name}LongName") or "") <= 48
    templates = {each.get("type"): each.get("template", "") for each in root.iter(f"{name}Url")}
    filled = templates["application/x-suggestions+json"].replace("{searchTerms}", "guided")
    assert json.loads(client.get(filled).data)[0] == "guided"
    filled = templates["text/html"].replace("{searchTerms}", "guided").replace("{startPage?}", "1")
    assert client.get(filled).status_code == 200


def test_the_field_of_every_page_knows_where_names_come_from(client: FlaskClient) -> None:
    for path in ("/", "/topic", "/search?q=a", "/ns"):
        page = client.get(path).get_data(as_text=True)
        assert re.search(r'<input id="site-search" [^>]*data-suggest="/suggest"', page)

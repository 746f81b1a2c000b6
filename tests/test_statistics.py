"""Statistics, timeline and frameworks: what is counted is what is there, also after changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Quad, RdfFormat
from pyoxigraph import parse as parse_rdf

from conftest import MakeVocabulary, Vocabulary
from increments import BASE, changed, written
from maintenance import Anybody, Site
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.statistics import Measured, Period, count
from pathways_ld.web.overviews import overviews
from pathways_ld.web.timeline_drawing import Entry, draw
from problems import assert_problem

OURS = "https://w3id.org/pathways-ld/"
VOID = "http://rdfs.org/ns/void#"
JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
SMALL = """
@prefix : <https://example.org/v/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:scheme a skos:ConceptScheme ; dct:title "Small"@en .
:top a skos:Concept ; skos:prefLabel "Top"@en , "Oben"@de ; skos:definition "The top."@en ; dct:source <https://example.org/s> .
:a a skos:Concept ; skos:prefLabel "A"@en ; skos:altLabel "Alpha"@en , "Aleph"@en ; skos:broader :top ;
    skos:scopeNote "No definition."@en ; skos:closeMatch <https://example.com/x/1> , <https://example.com/x/2> .
:b a skos:Concept ; skos:prefLabel "B"@en ; skos:broader :a , :top ; owl:deprecated true ; skos:definition "B."@en .
:c a skos:Concept ; skos:prefLabel "C"@en ; skos:broader :b ; skos:definition "C."@en .
:alone a skos:Concept ; skos:prefLabel "Alone" ; skos:definition "Alone."@en .
:gone a skos:Concept ; skos:prefLabel "Gone"@en ;
    <http://www.w3.org/ns/adms#status> <http://purl.org/adms/status/Withdrawn> .
"""


def document(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path, headers=JSON)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.data)
    return found


def small(make_vocabulary: MakeVocabulary, more: str = "") -> Vocabulary:
    return make_vocabulary(SMALL + more)


# what is counted


def test_what_a_vocabulary_holds_is_counted(make_vocabulary: MakeVocabulary) -> None:
    found = document(small(make_vocabulary).app().test_client(), "/statistics")
    concepts = next(each for each in found["kinds"] if each["kind"] == "concept")
    assert {name: concepts[name] for name in ("terms", "deprecated", "withdrawn")} == {
        "terms": 5, "deprecated": 1, "withdrawn": 1,
    }  # fmt: skip
    assert (concepts["withDefinition"], concepts["withSource"], concepts["withMapping"]) == (4, 1, 1)
    assert concepts["depth"] == {"0": 2, "1": 2, "2": 1}
    assert {name: each["terms"] for name, each in concepts["missing"].items()} == {
        "definition": 1, "source": 4, "relation": 1,
    }  # fmt: skip
    assert found["languages"]["en"] == {"names": 5, "otherNames": 2, "hiddenNames": 0, "definitions": 4}
    assert found["languages"]["de"]["names"] == found["languages"][""]["names"] == 1
    assert found["mappings"] == [
        {"target": "https://example.com/x/", "terms": 1, "relations": {"closeMatch": 2}}
    ]


def test_our_own_numbers_are_those_of_the_data(client: FlaskClient, own: Vocabulary) -> None:
    found = document(client, "/statistics.json")
    assert {each["kind"]: each["terms"] for each in found["kinds"]} == own.manifest.counts
    said = own.source_statements()
    typed = {
        each.subject
        for each in said
        if each.predicate == f"<{PREFIXES['org']}classification>" and each.object == f"<{OURS}ns#Foundation>"
    }
    organizations = next(each for each in found["kinds"] if each["kind"] == "organization")
    classified = organizations["values"][f"{PREFIXES['org']}classification"]
    assert classified[f"{OURS}ns#Foundation"] == len(typed) > 0


def test_what_is_missing_is_listed_with_links(client: FlaskClient) -> None:
    page = client.get("/statistics").text
    for link in re.findall(r'href="(/statistics\?missing=[^"]+)"', page):
        answer = client.get(unescape(link))
        assert answer.status_code == 200
        listed = document(client, unescape(link))
        assert len(listed["terms"]) == listed["total"] == int(answer.headers["X-Total-Count"])
        for each in listed["terms"]:
            assert f'href="{each["url"]}"' in answer.text
        assert client.get(listed["terms"][0]["url"]).status_code == 200
    undefined = document(client, "/statistics?missing=definition&kind=topic")
    assert undefined["total"] == 7
    assert "There is no description yet" in client.get(undefined["terms"][0]["url"]).text


def test_a_long_list_of_what_is_missing_has_pages(make_vocabulary: MakeVocabulary) -> None:
    more = "".join(f':n{n} a skos:Concept ; skos:prefLabel "N {n:03}"@en .\n' for n in range(130))
    client = small(make_vocabulary, more).app().test_client()
    address = "/statistics?missing=definition&kind=concept"
    first, second = (document(client, f"{address}&page={number}") for number in (1, 2))
    assert (first["total"], first["pages"], len(first["terms"])) == (131, 2, 100)
    names = [each["title"]["en"] for each in (*first["terms"], *second["terms"])]
    assert names == ["A", *(f"N {n:03}" for n in range(130))]
    assert_problem(client.get(f"{address}&page=3", headers=JSON), 404, "2 pages", "page 3")
    # The page names the first ones only and leads to all.
    assert client.get("/statistics").text.count("N 0") < 20


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("missing=x&kind=topic", "expected one of definition, source, relation"),
        ("missing=definition&kind=x", "expected one of topic, organization"),
        ("missing=&kind=topic", "expected one of definition"),
        (f"missing={'a' * 5000}&kind=topic", "expected one of definition"),
    ],
    ids=["missing", "kind", "empty", "long"],
)
def test_what_cannot_be_missing_is_refused_in_words(client: FlaskClient, query: str, said: str) -> None:
    assert_problem(client.get(f"/statistics?{query}", headers=JSON), 400, said)


def test_what_no_term_of_a_kind_has_is_not_called_missing(client: FlaskClient) -> None:
    sources = next(each for each in document(client, "/statistics")["kinds"] if each["kind"] == "source")
    assert (sources["withDefinition"], sources["missing"]) == (None, {})
    answer = client.get("/statistics?missing=definition&kind=source", headers=JSON)
    assert_problem(answer, 404, "none are expected")


def test_the_dataset_is_described_with_void(client: FlaskClient, own: Vocabulary) -> None:
    answer = client.get("/statistics", headers={"Accept": "text/turtle"})
    said = [each for each in parse_rdf(answer.data, RdfFormat.TURTLE) if isinstance(each, Quad)]
    parts = {str(each.subject): str(each.object) for each in said if str(each.predicate) == f"<{VOID}class>"}
    sizes = {
        parts[str(each.subject)]: int(each.object.value)  # type: ignore[union-attr]
        for each in said
        if str(each.predicate) == f"<{VOID}entities>" and str(each.subject) in parts
    }
    assert sizes == {f"<{kind.class_iri}>": own.manifest.counts[kind.name] for kind in own.manifest.kinds}
    assert any(str(each.object) == f"<{VOID}Linkset>" for each in said)
    assert answer.headers["Content-Location"] == "/statistics.ttl"
    assert client.get("/statistics.ttl").data == answer.data


def test_statistics_keep_their_etag_and_are_not_sent_twice(client: FlaskClient) -> None:
    first = client.get("/statistics", headers=HTML)
    again = client.get("/statistics", headers={**HTML, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/statistics.json").headers["ETag"] != first.headers["ETag"]


# after changes


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.close()


def term(local: str) -> str:
    prefix, _, name = local.partition(":")
    return f"<{PREFIXES[prefix]}{name}>" if prefix else f"<{BASE}{name}>"


def test_a_change_counts_like_a_whole_build(tmp_path: Path) -> None:
    before = [
        Statement(term(":scheme"), term("rdf:type"), term("skos:ConceptScheme")),
        *(
            Statement(term(f":c{number}"), predicate, value)
            for number in range(4)
            for predicate, value in (
                (term("rdf:type"), term("skos:Concept")),
                (term("skos:prefLabel"), f'"C {number}"@en'),
                (term("skos:definition"), f'"Concept {number}."@en'),
            )
        ),
    ]
    added = (
        Statement(term(":c0"), f"<{BASE}startYear>", '"1999"'),
        Statement(term(":c1"), term("skos:broader"), term(":c0")),
    )
    removed = tuple(each for each in before if each.subject == term(":c2") and "definition" in each.predicate)
    one = changed(written(tmp_path / "before", before), tmp_path / "part", Delta(added, removed), 1)
    other = written(tmp_path / "whole", sorted({*before, *added} - set(removed)), 1)
    parts = [Reader(folder) for folder in (one, other)]
    assert parts[0].statistics.counted == parts[1].statistics.counted
    assert parts[0].statistics.counted["undefined concept"] == 1
    assert [each.link["iri"] for each in parts[0].filed("undefined concept", limit=5)] == [f"{BASE}c2"]
    assert [each.note for each in parts[0].filed("dated concept", limit=5)] == ["1999"]
    assert [hit.link["iri"] for hit in parts[0].not_filed("dated concept", "concept", limit=5)] == [
        f"{BASE}c{number}" for number in (1, 2, 3)
    ]
    for each in parts:
        each.close()


def test_a_published_change_is_on_the_pages_at_once(site: Site) -> None:
    assert site.client.get("/timeline", headers=HTML).status_code == 404
    other = site.client.get("/two", headers=HTML)
    assert 'href="/timeline"' not in other.text
    began = Statement(term(":one"), f"<{BASE}startYear>", '"2001"')
    Maintenance(site.settings).apply(lambda *_: Delta((began,)), Anybody(), action="edit", note="a test")
    page = site.client.get("/timeline", headers=HTML)
    assert page.status_code == 200
    assert 'href="/one"' in page.text
    # Other pages lead there from now on, whoever has kept what they were.
    other = site.client.get("/two", headers={**HTML, "If-None-Match": other.headers["ETag"]})
    assert 'href="/timeline"' in other.text


# dates


def measured(statements: list[Statement]) -> Measured:
    view: Any = {
        name: [] for name in ("types", "title", "labels", "texts", "facts", "parts", "groups", "mappings")
    }
    view |= {"sources": [], "status": [], "breadcrumbs": []}
    return Measured("https://example.org/x", "concept", False, False, view, statements, "")


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (['"2015"'], [], Period(2015, None)),
        (['"2015-06-01"'], ['"2018"'], Period(2015, 2018)),
        (['"2015-06-01T00:00:00Z"'], ['"2014"'], Period(2015, None)),
        (['"2017"', '"2015"'], ['"2018"', '"2020"'], Period(2015, 2020)),
        (['"-0044"'], [], Period(-44, None)),
        (['"soon"', '""', '"15"', '"20150601"', "<https://example.org/2015>"], ['"2018"'], None),
        ([], ['"2018"'], None),
    ],
    ids=["year", "date", "end-before-start", "several", "before-the-common-era", "no-years", "end-only"],
)
def test_years_are_read_from_years_and_dates(
    starts: list[str], ends: list[str], expected: Period | None
) -> None:
    said = [
        Statement("<https://example.org/x>", f"<https://schema.org/{name}Date>", value)
        for name, values in (("start", starts), ("end", ends))
        for value in values
    ]
    assert measured(said).period == expected
    assert count(measured(said)).get("dated concept", 0) == (expected is not None)


def test_a_period_of_time_is_read_and_the_dates_of_others_are_not() -> None:
    said = [
        Statement("<https://example.org/x>", term("dct:temporal"), "_:p"),
        Statement("_:p", "<http://www.w3.org/ns/dcat#startDate>", '"1999"'),
        Statement("_:q", "<http://www.w3.org/ns/dcat#startDate>", '"1777"'),
        Statement("<https://example.org/other>", "<https://schema.org/startDate>", '"1888"'),
    ]
    assert measured(said).period == Period(1999, None)


def test_the_timeline_shows_every_dated_initiative_and_names_the_others(
    client: FlaskClient, own: Vocabulary
) -> None:
    stated = {
        each.subject[1:-1]: int(each.object[1:5])
        for each in own.source_statements()
        if each.predicate == f"<{OURS}ns#startYear>"
    }
    found = document(client, "/timeline")
    assert {each["iri"]: each["startYear"] for each in found["terms"]} == stated
    assert found["total"] + found["withoutYear"] == own.manifest.counts["initiative"]
    years = [each["startYear"] for each in found["terms"]]
    assert years == sorted(years)
    page = client.get("/timeline", headers=HTML).text
    for each in found["terms"]:
        assert page.count(f'href="{each["url"]}"') == 3  # two drawings and the table
    unknown = page[page.index('id="unknown"') :]
    assert unknown.count('<li><a href="/initiative/') == found["withoutYear"]


def test_the_drawings_are_valid_and_say_what_they_are(client: FlaskClient) -> None:
    page = client.get("/timeline", headers=HTML).text
    drawings = re.findall(r'<svg class="chart.*?</svg>', page, re.DOTALL)
    assert len(drawings) == 2
    for text in drawings:
        drawing = ElementTree.fromstring(text)
        assert drawing.get("aria-label")
        told = [each.get("id") for each in drawing if each.tag == "desc"]
        assert told == [drawing.get("aria-describedby")]
        width, height = (float(each) for each in str(drawing.get("viewBox")).split()[2:])
        for bar in drawing.iter("rect"):
            assert 0 <= float(bar.attrib["x"]) <= float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width
        assert all(0 < float(each.attrib["y"]) <= height for each in drawing.iter("tspan"))


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "years",
    [
        [(2000, None)],
        [(-99999, None), (99999, None)],
        [(1, 9999)] * 3,
        [(y, y + 1) for y in range(1900, 2020)],
    ],
    ids=["one", "far-apart", "long", "many"],
)
def test_any_years_can_be_drawn(years: list[tuple[int, int | None]], narrow: bool) -> None:
    drawing = draw([Entry("A label " * 20, "/x", Period(*each)) for each in years], narrow=narrow)
    assert 1 <= len(drawing.marks) <= 13
    assert all(0 <= mark.x <= drawing.width for mark in drawing.marks)
    for line in drawing.lines:
        assert 0 <= line.x <= line.x + line.length <= drawing.width
        assert 0 <= line.text_x <= drawing.width


def test_a_long_timeline_has_pages(make_vocabulary: MakeVocabulary) -> None:
    more = "".join(
        f':t{n} a skos:Concept ; skos:prefLabel "T {n}"@en ; schema:startDate "{1700 + n}" .\n'
        for n in range(160)
    )
    client = small(make_vocabulary, more).app().test_client()
    first, second = document(client, "/timeline"), document(client, "/timeline?page=2")
    assert [len(each["terms"]) for each in (first, second)] == [150, 10]
    assert second["terms"][0]["startYear"] == 1850
    assert_problem(client.get("/timeline?page=3", headers=JSON), 404, "2 pages")
    assert 'href="?page=2#unknown"' in client.get("/timeline").text
    assert 'href="/alone"' in client.get("/timeline?page=2").text


def test_without_dates_there_is_no_timeline(make_vocabulary: MakeVocabulary) -> None:
    client = small(make_vocabulary).app().test_client()
    assert_problem(client.get("/timeline", headers=JSON), 404, "no timeline", "startYear")
    assert_problem(client.get("/frameworks", headers=JSON), 404, "no frameworks")
    page = client.get("/alone").text
    assert 'href="/statistics"' in page
    assert "/timeline" not in page
    assert "/frameworks" not in page


def test_an_unknown_kind_on_the_timeline_is_refused(client: FlaskClient) -> None:
    assert_problem(client.get("/timeline?kind=topic", headers=JSON), 400, "expected one of initiative")


# frameworks


def test_frameworks_stand_side_by_side_and_lead_to_their_places(client: FlaskClient) -> None:
    found = document(client, "/frameworks")
    assert [len(each["elements"]) for each in found["frameworks"]] == [3, 6]
    page = client.get("/frameworks", headers=HTML).text
    there = client.get("/topic/career-pathways").text
    for framework in found["frameworks"]:
        fragment = framework["iri"].partition("#")[2]
        assert f'<section id="{fragment}"' in page
        places = [fragment, *(each["iri"].partition("#")[2] for each in framework["elements"])]
        for place in places:
            assert f'href="/topic/career-pathways#{place}"' in page
            assert f'id="{place}"' in there
        assert framework["sources"]
    assert 'href="/frameworks#aqcp-framework"' in there


def test_frameworks_of_different_terms_have_places_of_their_own(make_vocabulary: MakeVocabulary) -> None:
    more = "".join(
        f"""<https://example.org/v/{name}#list> a skos:OrderedCollection ; skos:prefLabel "List of {name}"@en ;
            skos:memberList ( <https://example.org/v/{name}#one> ) ; skos:member <https://example.org/v/{name}#one> .
        <https://example.org/v/{name}#one> a skos:Concept ; skos:prefLabel "One of {name}"@en .
        :{name} <https://example.org/v/has> <https://example.org/v/{name}#list> .
        """
        for name in ("a", "top")
    )
    page = small(make_vocabulary, more).app().test_client().get("/frameworks", headers=HTML).text
    assert re.findall(r'<section id="([^"]+)"', page) == ["list", "list-2"]
    assert "One of a" in page
    assert "One of top" in page


# addresses


def test_a_term_that_has_the_word_keeps_its_address(make_vocabulary: MakeVocabulary) -> None:
    taken = ':statistics a skos:Concept ; skos:prefLabel "Statistics as a subject"@en ; skos:broader :top .'
    vocabulary = small(make_vocabulary, taken)
    client = vocabulary.app().test_client()
    for path in ("/statistics", "/statistics.html"):
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        assert '<h1 property="skos:prefLabel">Statistics as a subject' in page.text
    assert b"Statistics as a subject" in client.get("/statistics.ttl").data
    with vocabulary.app().test_request_context("/"):
        assert overviews() == []


@pytest.mark.parametrize("path", ["/statistics", "/timeline", "/frameworks"])
def test_what_is_not_offered_is_a_406_that_lists_what_is(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert f"{path}.json" in answer.text
    assert client.get(f"{path}/", headers=HTML).status_code == 200
    assert client.get(f"{path}.json").mimetype == "application/json"
    assert client.get(f"{path}.html").mimetype == "text/html"

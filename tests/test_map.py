"""The relational map: what is on it, what it says of what is not, and what it does with odd vocabularies."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from conftest import SYNTHETIC_BASE, MakeVocabulary, Vocabulary
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.ecosystem import Ecosystem, ecosystem
from pathways_ld.vocabulary.relations import MOST_PLACES, READS, Connections, Wish, neighbourhood, shown_kinds
from pathways_ld.web import map_pages
from pathways_ld.web.map_discs import make_disc, place
from pathways_ld.web.map_layout import Block, Row, lay_out, lay_out_narrow
from pathways_ld.web.map_text import width_of, wrap

SVG = "{http://www.w3.org/2000/svg}"
OURS = "https://w3id.org/pathways-ld/"
EXAMPLE = "https://example.org/v/"
HEAD = """
@prefix : <https://example.org/v/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; dct:title "Made"@en .
"""


def client_of(vocabulary: Vocabulary) -> FlaskClient:
    return vocabulary.app().test_client()


def map_of(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.data)
    return found


def labels(found: dict[str, Any]) -> set[str]:
    return {node["label"] for node in found["nodes"]}


# what is on a map


def test_the_map_of_a_topic_names_its_neighbours_with_what_joins_them(client: FlaskClient) -> None:
    found = map_of(client, "/topic/guided-pathways/map")
    assert found["nodes"][0]["iri"] == f"{OURS}topic/guided-pathways"
    project = f"{OURS}initiative/aacc-pathways-project"
    lead = [edge for edge in found["edges"] if edge["from"] == project and edge["label"] == "Led by"]
    assert [(edge["to"], edge["stated"]) for edge in lead] == [(f"{OURS}organization/aacc", True)]
    assert all(edge["directed"] is (not edge["relation"].endswith("#related")) for edge in found["edges"])


def test_what_was_only_found_on_the_same_page_is_told_apart(client: FlaskClient) -> None:
    found = map_of(client, "/organization/aacc/map")
    (edge,) = [
        edge
        for edge in found["edges"]
        if (edge["from"], edge["to"]) == (f"{OURS}organization/aacc", f"{OURS}topic/guided-pathways")
    ]
    assert (edge["basisLabel"], edge["stated"]) == ("Named on the same page", False)
    page = client.get("/organization/aacc/map").text
    assert "named on the same page only" in page
    assert re.search(r'class="tie tie-2 weak"', page)
    assert re.search(r'class="tie tie-3"', page)


def test_each_connection_is_there_once(client: FlaskClient) -> None:
    found = map_of(client, "/topic/apprenticeship/map?depth=2&limit=60")
    edges = [(edge["from"], edge["to"], edge["relation"]) for edge in found["edges"]]
    assert len(edges) == len(set(edges))
    assert not any(relation.endswith("#narrower") for _, _, relation in edges)
    on_map = {node["iri"] for node in found["nodes"]}
    assert all({start, end} <= on_map for start, end, _ in edges)


def test_nodes_and_what_is_left_out_add_up(client: FlaskClient) -> None:
    found = map_of(client, "/topic/career-pathways/map?limit=10")
    middle = found["nodes"][0]
    shown = sum(node["step"] == 1 for node in found["nodes"])
    assert shown + sum(each["count"] for each in found["more"]) == middle["connections"]
    page = client.get("/topic/career-pathways/map?limit=10").text
    for each in found["more"]:
        assert f"{each['count']} more</a>" in page
    links = re.findall(r'<a href="([^"]+)">\d+ more</a>', page)
    assert links
    for link in links:
        assert client.get(unescape(link)).status_code == 200


def test_a_second_step_adds_what_is_two_steps_away(client: FlaskClient) -> None:
    one, two = (map_of(client, f"/organization/aacc/map?depth={depth}") for depth in (1, 2))
    assert {node["step"] for node in one["nodes"]} == {0, 1}
    assert {node["step"] for node in two["nodes"]} == {0, 1, 2}
    assert labels(one) < labels(two)


def test_a_term_can_be_opened_in_its_place_and_closed_again(client: FlaskClient) -> None:
    page = client.get("/organization/aacc/map").text
    opener = unescape(re.findall(r'href="([^"]*open=topic/guided-pathways[^"]*)"', page)[0])
    opened = map_of(client, opener.replace("/map?", "/map.json?"))
    assert labels(opened) > labels(map_of(client, "/organization/aacc/map"))
    again = client.get(opener).text
    assert "Guided pathways: " in again
    assert 'href="/organization/aacc/map" aria-label="Close Guided pathways' in again


def test_the_address_gives_the_same_map_again(client: FlaskClient) -> None:
    path = "/topic/guided-pathways/map?depth=2&kind=topic&kind=organization&open=topic/transfer&lang=en"
    first, second = client.get(path), client.get(path)
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert first.headers["Content-Location"].startswith("/topic/guided-pathways/map.html?depth=2&kind=topic")


def test_kinds_and_relations_can_be_chosen(client: FlaskClient) -> None:
    only = map_of(client, "/topic/career-pathways/map?kind=organization")
    assert {node["kind"] for node in only["nodes"][1:]} == {"organization"}
    related = map_of(client, "/topic/career-pathways/map?relation=related")
    assert {edge["relation"].rpartition("#")[2] for edge in related["edges"]} == {"related"}
    with_sources = map_of(client, "/topic/career-pathways/map?kind=source")
    assert {node["kind"] for node in with_sources["nodes"]} == {"topic", "source"}
    assert "source" not in {node["kind"] for node in map_of(client, "/topic/career-pathways/map")["nodes"]}


def test_the_map_of_a_source_shows_what_rests_on_it(client: FlaskClient, own: Vocabulary) -> None:
    reader = Reader(own.folder)
    source = reader.listing("source", limit=1)[0].link["path"]
    reader.close()
    assert len(map_of(client, f"{source}/map")["nodes"]) > 1


def test_an_unknown_relation_is_told_on_the_page(client: FlaskClient) -> None:
    page = client.get("/topic/guided-pathways/map?relation=nonsense").text
    assert "no connection called “nonsense”" in page
    assert "related" in page


def test_what_cannot_be_opened_is_told(client: FlaskClient) -> None:
    page = client.get("/topic/guided-pathways/map?open=topic/no-such-thing").text
    assert "could not be opened" in page
    assert map_of(client, "/topic/guided-pathways/map?open=topic/no-such-thing")["notFound"] == [
        f"{OURS}topic/no-such-thing"
    ]


# addresses, formats, refusals


@pytest.mark.parametrize("path", ["/map", "/topic/guided-pathways/map"])
def test_formats_by_suffix_and_by_negotiation(client: FlaskClient, path: str) -> None:
    for suffix, media_type in (("svg", "image/svg+xml"), ("json", "application/json"), ("html", "text/html")):
        by_suffix = client.get(f"{path}.{suffix}")
        by_accept = client.get(path, headers={"Accept": media_type})
        assert (by_suffix.status_code, by_suffix.mimetype) == (200, media_type)
        assert by_suffix.data == by_accept.data
        assert by_accept.headers["Content-Location"] == f"{path}.{suffix}"
        assert by_accept.headers["Access-Control-Allow-Origin"] == "*"
        assert "Accept" in by_accept.headers["Vary"]
    assert client.get(path, headers={"Accept": "text/turtle"}).status_code == 406


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/topic/no-such-thing/map", 404),
        ("/topic/no-such-thing/map.svg", 404),
        ("/topic/guided-pathways/map?depth=999", 400),
        ("/topic/guided-pathways/map?depth=0", 400),
        ("/topic/guided-pathways/map?depth=one", 400),
        ("/topic/guided-pathways/map?limit=100000", 400),
        ("/topic/guided-pathways/map?limit=²", 400),
        ("/topic/guided-pathways/map?kind=no-such-kind", 400),
        ("/topic/guided-pathways/map?relation=<script>", 400),
        ("/topic/guided-pathways/map?view=cube", 400),
        (f"/topic/guided-pathways/map?open={'x' * 500}", 400),
        ("/topic/guided-pathways/map?" + "&".join(f"open=topic/{n}" for n in range(25)), 400),
        ("/map?kind=no-such-kind", 400),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_problem(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path, headers={"Accept": "application/problem+json"} if status == 404 else {})
    assert answer.status_code == status
    problem = json.loads(client.get(path, headers={"Accept": "application/json"}).data)
    assert problem["status"] == status
    assert len(problem["detail"]) > 20


def test_a_withdrawn_term_has_no_map(synthetic_client: FlaskClient) -> None:
    assert synthetic_client.get("/withdrawn/map").status_code == 410


def test_slashes_at_the_end_lead_to_the_map(client: FlaskClient) -> None:
    assert client.get("/map/").headers["Location"] == "/map"
    assert client.get("/topic/transfer/map/").headers["Location"] == "/topic/transfer/map"


def test_a_term_whose_iri_ends_in_map_keeps_its_address(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        HEAD
        + ' <https://example.org/v/road> a skos:Concept ; skos:prefLabel "Road"@en .'
        + ' <https://example.org/v/road/map> a skos:Concept ; skos:prefLabel "Road map"@en .'
        + ' <https://example.org/v/sea/map.svg> a skos:Concept ; skos:prefLabel "Sea map"@en .',
        canonical_base=EXAMPLE,
    )
    client = client_of(made)
    assert "<h1" in client.get("/road/map").text
    assert "Map of" not in client.get("/road/map").text
    assert "Map of" in client.get("/road/map/map").text
    assert client.get("/sea/map.svg").mimetype == "text/html"


def test_pages_lead_to_the_map_and_back(client: FlaskClient) -> None:
    assert 'href="/topic/guided-pathways/map"' in client.get("/topic/guided-pathways").text
    page = client.get("/topic/guided-pathways/map").text
    assert 'href="/topic/guided-pathways"' in page
    assert 'href="/map" aria-current="page"' in client.get("/map").text


# the drawing


def drawings(page: str) -> list[ElementTree.Element]:
    return [
        ElementTree.fromstring(text)
        for text in re.findall(
            r'<svg xmlns="[^"]+" class="drawing (?:wide|narrow|overview)".*?</svg>', page, re.DOTALL
        )
        if "<title" in text
    ] or [ElementTree.fromstring(page)]


@pytest.mark.parametrize("path", ["/map", "/topic/career-pathways/map", "/organization/aacc/map?depth=2"])
def test_without_scripts_the_list_is_what_is_read_aloud_and_focused(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    found = drawings(page)
    assert found
    for drawing in found:
        assert drawing.get("aria-hidden") == "true"
        assert all(link.get("tabindex") == "-1" for link in drawing.iter(f"{SVG}a"))
    listed = page[page.index('class="map-list"') :]
    drawn = {
        unescape(node.get("data-iri", ""))
        for drawing in found
        for node in drawing.iter()
        if node.get("data-iri") and node.get("data-n") != "0"
    }
    hrefs = set(re.findall(r'href="([^"?#]+)', listed))
    if path != "/map":  # which names the first of each kind, and how many more there are
        assert {iri.replace(OURS, "/") for iri in drawn} <= hrefs


@pytest.mark.parametrize("path", ["/map.svg", "/topic/career-pathways/map.svg"])
def test_the_picture_stands_alone(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    drawing = ElementTree.fromstring(answer.data)
    assert drawing.get("role") == "img"
    named = {each.get("id"): each.text for each in drawing if each.get("id")}
    assert named["title"]
    assert named["desc"]
    assert drawing.get("aria-labelledby") == "title desc"
    style = drawing.find(f"{SVG}style")
    assert style is not None
    assert style.text
    assert not list(drawing.iter(f"{SVG}script"))


def boxes_overlap(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


@pytest.mark.parametrize(
    "text", ["Short", "A label of many words that needs two lines and is cut", "W" * 300, "职业" * 60]
)
def test_no_label_lies_on_another(text: str) -> None:
    rows = tuple(Row(f"k{n}", f"{text} {n}", 5.0, n % 2 == 0) for n in range(40))
    block = Block("Heading (40)", rows)
    wide = lay_out(text, "middle", [block], [block], [block], [block])
    for drawing in (wide, lay_out_narrow(text, "middle", [block, block])):
        boxes = [(box.left, box.top, box.right, box.bottom) for box in drawing.boxes]
        card = drawing.middle
        boxes.append((card.x, card.y, card.x + card.width, card.y + card.height))
        assert not [pair for pair in combinations(boxes, 2) if boxes_overlap(*pair)]
        assert all(left >= 0 and right <= drawing.width for left, _, right, _ in boxes)
        assert all(top >= 0 and bottom <= drawing.height for _, top, _, bottom in boxes)


def test_discs_lie_apart_and_hold_their_signs() -> None:
    discs = [
        make_disc(str(n), f"A label number {n}", [n % 7 * 9, n % 5], n % 7 * 9 + n % 5) for n in range(48)
    ]
    field = place(discs, {(str(n), str((n * 7) % 48)): 3.0 for n in range(40)})
    for first, second in combinations(field.discs, 2):
        distance = ((first.x - second.x) ** 2 + (first.y - second.y) ** 2) ** 0.5
        assert distance >= first.radius + second.radius
    for disc in field.discs:
        assert len(disc.glyphs) == sum([int(disc.key) % 7 * 9, int(disc.key) % 5])
        assert all((x * x + y * y) ** 0.5 < disc.radius for x, y in disc.glyphs)
        assert disc.x >= disc.radius
        assert disc.x + disc.radius <= field.width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("One two", ["One two"]),
        ("", ["…"]),
        ("\u202e\u0000\u200b", ["…"]),
        ("Work-based learning", ["Work-based", "learning"]),
        ("a\nb\tc", ["a b c"]),
    ],
)
def test_texts_break_at_spaces_and_hyphens(text: str, lines: list[str]) -> None:
    assert wrap(text, 90, 14, 2) == lines


def test_a_text_without_end_is_cut() -> None:
    made = wrap("x" * 100_000, 100, 14, 2)
    assert len(made) == 2
    assert made[-1].endswith("…")
    assert all(width_of(line, 14) <= 101 for line in made)


# the whole vocabulary


def test_the_overview_tells_who_works_on_what(client: FlaskClient) -> None:
    found = map_of(client, "/map")
    (career,) = [node for node in found["nodes"] if node["iri"] == f"{OURS}topic/career-pathways"]
    around = [
        edge for edge in found["edges"] if edge["to"] == career["iri"] and "subject" in edge["relation"]
    ]
    assert sum(career["counts"].values()) == len(around) == 117
    page = client.get("/map").text
    assert "Who works on what" in page
    assert 'href="/topic/career-pathways/map"' in page
    assert f"{found['leftOut']['unconnected']} topics have nothing around them yet" in page
    terms = found["leftOut"]["terms"]
    assert terms == len([n for n in found["nodes"] if n["kind"] == "topic"]) + found["leftOut"]["unconnected"]


def test_the_overview_is_worked_out_once_for_a_snapshot(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out: list[Reader] = []

    def counting(source: Reader, kinds: frozenset[str]) -> Ecosystem:
        worked_out.append(source)
        return ecosystem(source, kinds)

    monkeypatch.setattr(map_pages, "_overviews", type(map_pages._overviews)())
    monkeypatch.setattr(map_pages, "ecosystem", counting)
    client = own_app.test_client()
    for path in ("/map", "/map.svg", "/map.json", "/map?view=list", "/map?lang=de"):
        assert client.get(path).status_code == 200
    assert len(worked_out) == 1


def test_a_large_vocabulary_is_shown_by_its_top_concepts(make_vocabulary: MakeVocabulary) -> None:
    tops = "".join(
        f':t{n} a skos:Concept ; skos:prefLabel "Top {n}"@en ; skos:inScheme :scheme ; skos:topConceptOf :scheme .\n'
        for n in range(70)
    )
    below = "".join(
        f':c{n} a skos:Concept ; skos:prefLabel "Concept {n}"@en ; skos:inScheme :scheme ; skos:broader :t{n % 65} .\n'
        for n in range(2_100)
    )
    client = client_of(make_vocabulary(HEAD + tops + below, canonical_base=EXAMPLE))
    page = client.get("/map").text
    assert "Of 2,170 concepts, the 70 at the top were looked at" in page
    assert "The 48 concepts with most around them are drawn; the next 17 are in the list only" in page
    assert "5 concepts have nothing around them yet" in page
    assert len(client.get("/map").data) < 700_000
    found = map_of(client, "/map")
    assert found["leftOut"] == {"terms": 2170, "lookedAt": 70, "unconnected": 5, "beyond": 0}


def test_five_thousand_neighbours_cost_a_bounded_number_of_reads(make_vocabulary: MakeVocabulary) -> None:
    many = "".join(
        f':o{n} a org:Organization ; skos:prefLabel "Organization {n:04}"@en ; dct:subject :hub .\n'
        for n in range(5_000)
    )
    made = make_vocabulary(
        HEAD + ':hub a skos:Concept ; skos:prefLabel "Hub"@en ; skos:inScheme :scheme .' + many,
        canonical_base=EXAMPLE,
    )
    reader = Reader(made.folder)
    middle = reader.document(f"{EXAMPLE}hub").view
    connections = Connections(reader, Wish(shown_kinds(reader)), reads=3)
    assert [connections.view(f"{EXAMPLE}o{n}") is None for n in range(5)] == [False, False, False, True, True]
    found = neighbourhood(reader, middle, Wish(shown_kinds(reader), depth=2, limit=60))
    reader.close()
    assert len(found.places) == 61
    assert [rest.left for rest in found.rests] == [4_940]
    page = client_of(made).get("/hub/map").text
    assert "4980 more" in page
    assert READS < 1_000
    assert MOST_PLACES <= 500


def test_the_number_of_terms_on_a_map_is_bounded(client: FlaskClient) -> None:
    opened = "&".join(f"open={path}" for path in ("topic/transfer", "topic/skills", "topic/guided-pathways"))
    found = map_of(client, f"/topic/career-pathways/map?depth=2&limit=60&{opened}")
    assert 100 < len(found["nodes"]) <= MOST_PLACES


# odd vocabularies


ODD = (
    HEAD
    + r"""
:self a skos:Concept ; skos:prefLabel "Itself"@en ; skos:related :self ; skos:broader :self .
:a a skos:Concept ; skos:prefLabel "A"@en ; skos:broader :b .
:b a skos:Concept ; skos:prefLabel "B"@en ; skos:broader :c .
:c a skos:Concept ; skos:prefLabel "C"@en ; skos:broader :a .
:alone a skos:Concept ; skos:prefLabel "Alone"@en .
:bare a skos:Concept ; skos:related :a .
:hostile a skos:Concept ; skos:prefLabel "</title><script>alert(1)</script>\" onload=\"x"@en ; skos:related :a .
:rtl a skos:Concept ; skos:prefLabel "مسار مهني"@ar ; skos:related :a .
:gone a skos:Concept ; skos:prefLabel "Gone"@en ; skos:related :a ;
    <http://www.w3.org/ns/adms#status> <http://purl.org/adms/status/Withdrawn> .
:maker a org:Organization ; skos:prefLabel "</title><script>alert(2)</script>"@en ; dct:subject :hostile , :a .
:set a skos:Collection ; skos:prefLabel "A set"@en ; skos:member :a , :b , :rtl .
"""
)


@pytest.fixture
def odd(make_vocabulary: MakeVocabulary) -> FlaskClient:
    long = f':long a skos:Concept ; skos:prefLabel "{"long " * 3_000}"@en ; skos:related :a .'
    return client_of(make_vocabulary(ODD + long, canonical_base=EXAMPLE))


def test_a_loop_is_not_its_own_neighbour(odd: FlaskClient) -> None:
    found = map_of(odd, "/self/map")
    assert labels(found) == {"Itself"}
    assert (found["edges"], found["more"]) == ([], [])


def test_a_cycle_is_drawn_as_it_is(odd: FlaskClient) -> None:
    found = map_of(odd, "/a/map?depth=2&relation=broader")
    edges = {(edge["from"][-1], edge["to"][-1]) for edge in found["edges"]}
    assert edges == {("a", "b"), ("b", "c"), ("c", "a")}
    assert odd.get("/a/map?depth=2").status_code == 200


def test_a_term_alone_says_so(odd: FlaskClient) -> None:
    page = odd.get("/alone/map")
    assert page.status_code == 200
    assert "Nothing is connected with Alone" in page.text
    ElementTree.fromstring(odd.get("/alone/map.svg").data)


def test_withdrawn_terms_are_not_drawn(odd: FlaskClient) -> None:
    assert "Gone" not in labels(map_of(odd, "/a/map"))


def test_hostile_labels_stay_text(odd: FlaskClient) -> None:
    for path in ("/hostile/map", "/hostile/map.svg", "/a/map", "/a/map.svg", "/map", "/map.svg"):
        answer = odd.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert 'onload="x' not in answer.text
        if path.endswith("svg"):
            ElementTree.fromstring(answer.data)


def test_long_foreign_and_missing_labels(odd: FlaskClient) -> None:
    page = odd.get("/a/map").text
    assert 'lang="ar" dir="rtl"' in page
    drawn = odd.get("/a/map.svg").text
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert max(map(len, texts)) < 60
    assert "https://example.org/v/bare" in drawn
    assert len(page) < 200_000


def test_a_collection_shows_its_members_and_a_scheme_its_top_concepts(odd: FlaskClient) -> None:
    found = map_of(odd, "/set/map")
    assert labels(found) == {"A set", "A", "B", "مسار مهني"}
    assert {edge["relation"] for edge in found["edges"]} >= {"http://www.w3.org/2004/02/skos/core#member"}
    assert odd.get("/scheme/map").status_code == 200


def test_the_members_of_a_collection_count_among_the_reads(make_vocabulary: MakeVocabulary) -> None:
    concepts = "".join(f':c{n} a skos:Concept ; skos:prefLabel "C {n}"@en .' for n in range(30))
    members = " , ".join(f":c{n}" for n in range(30))
    made = make_vocabulary(
        HEAD + concepts + f':set a skos:Collection ; skos:prefLabel "Set"@en ; skos:member {members} .',
        canonical_base=EXAMPLE,
    )
    reader = Reader(made.folder)
    connections = Connections(reader, Wish(shown_kinds(reader)), reads=11)
    assert len(connections.neighbours(f"{EXAMPLE}set")) == 10
    reader.close()


def test_without_other_kinds_broader_stands_left_and_narrower_right(odd: FlaskClient) -> None:
    drawing = ElementTree.fromstring(odd.get("/b/map.svg?kind=concept").data)
    at = {
        text.text: float(text.get("x", "0"))
        for text in drawing.iter(f"{SVG}text")
        if text.text in ("A", "C") and text.get("class") is None
    }
    assert at["C"] < 400 < 800 < at["A"]


def test_any_vocabulary_has_maps(synthetic_client: FlaskClient, synthetic: Vocabulary) -> None:
    reader = Reader(synthetic.folder)
    paths = [path for path in reader.paths(limit=1_000) if "#" not in path and not re.search(r"/n\d+$", path)]
    reader.close()
    assert len(paths) > 20
    for path in paths:
        for suffix in ("", ".json", ".svg"):
            answer = synthetic_client.get(f"{path.rstrip('/')}/map{suffix}")
            assert answer.status_code == 200, path
            if suffix == ".svg":
                ElementTree.fromstring(answer.data)
    assert SYNTHETIC_BASE in synthetic_client.get("/hub/map.json").text


def test_an_empty_overview_says_so(make_vocabulary: MakeVocabulary) -> None:
    client = client_of(
        make_vocabulary(HEAD + ':x a skos:Concept ; skos:prefLabel "X"@en .', canonical_base=EXAMPLE)
    )
    page = client.get("/map")
    assert page.status_code == 200
    assert "There is nothing to be drawn" in page.text
    ElementTree.fromstring(client.get("/map.svg").data)

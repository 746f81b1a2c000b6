"""Names that several terms bear: found, told apart, and kept right when a change makes or ends them."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from conftest import MakeVocabulary, build_vocabulary
from increments import changed, term, written
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.snapshot import TermsReader
from pathways_ld.vocabulary.labels import LONGEST, label_key
from problems import assert_problem

BASE = "https://example.org/voc/"
HEAD = f"""@prefix : <{BASE}> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Names"@en .
"""


def made(make_vocabulary: MakeVocabulary, turtle: str) -> FlaskClient:
    return make_vocabulary(HEAD + turtle, canonical_base=BASE).app().test_client()


def as_json(client: FlaskClient, address: str) -> Any:
    response = client.get(address, headers={"Accept": "application/json"})
    assert response.status_code == 200, response.get_data(as_text=True)
    return json.loads(response.data)


def names(client: FlaskClient) -> list[str]:
    return [each["label"] for each in as_json(client, "/labels")["labels"]]


def ids(answer: Any) -> list[str]:
    return [each["id"].removeprefix(BASE) for each in answer["meanings"]]


# our own vocabulary


def test_guided_pathways_has_two_meanings_each_with_who_says_so(client: FlaskClient) -> None:
    answer = as_json(client, "/labels/guided-pathways")
    first, second = answer["meanings"]
    assert first["id"].endswith("/topic/guided-pathways")
    assert first["labels"] == [
        {"text": "Guided pathways", "language": "en", "type": "prefLabel", "sources": []}
    ]
    assert first["sources"][0]["id"].endswith("glossary-guided-pathways")
    assert second["id"].endswith("/topic/career-pathways")
    (use,) = second["labels"]
    assert use["type"] == "altLabel"
    assert use["sources"][0]["id"].endswith("learnworkecosystemlibrary-com-subcategory-career-pathways")
    assert first["definition"] != second["definition"]
    page = client.get("/labels/guided-pathways").get_data(as_text=True)
    for shown in (
        first["definition"][0]["text"],
        second["definition"][0]["text"],
        "2023-11-16",
        "2024-03-31",
    ):
        assert shown in page


@pytest.mark.parametrize("path", ["/topic/guided-pathways", "/topic/career-pathways"])
def test_the_pages_of_its_terms_lead_to_the_page_of_a_name(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    addresses = set(re.findall(r'href="(/labels/[^"]+)"', page))
    assert addresses == {"/labels/guided-pathways"}
    assert client.get(addresses.pop()).status_code == 200


def test_a_term_whose_names_are_its_own_leads_nowhere_else(client: FlaskClient) -> None:
    assert 'href="/labels' not in client.get("/topic/microcredentials").get_data(as_text=True)


def test_searching_for_a_name_with_several_meanings_offers_its_page(client: FlaskClient) -> None:
    page = client.get("/search?q=Guided+Pathways").get_data(as_text=True)
    assert "is the name of 2 terms" in page
    assert 'href="/labels/guided-pathways"' in page
    assert "/labels/" not in client.get("/search?q=guided").get_data(as_text=True)


def test_the_list_leads_to_every_name_and_its_terms(client: FlaskClient) -> None:
    answer = as_json(client, "/labels")
    assert answer["total"] == len(answer["labels"]) >= 2
    page = client.get("/labels").get_data(as_text=True)
    for each in answer["labels"]:
        path = each["page"].removeprefix("http://localhost")
        assert f'href="{path}"' in page
        found = as_json(client, path)
        assert [one["id"] for one in found["meanings"]] == [one["id"] for one in each["terms"]]
        assert each["meanings"] == len(each["terms"]) >= 2


def test_titles_of_sources_are_no_names(client: FlaskClient) -> None:
    """The page "Career Pathways" is a source with the name of the topic."""
    assert "Career Pathways" not in names(client)
    assert client.get("/labels/career-pathways").status_code == 200


# what one name is


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guided pathways", "guided  PATHWAYS"),
        ("Micro-credentials", "micro credentials"),
        ("Learn\u2011and\u2011work", "learn and work"),
        ("Cafe\u0301", "CAFÉ"),
        ("Straße", "STRASSE"),
        ("Students\u2019 aid", "students' aid"),
        ("\ufb01nance", "finance"),
    ],
)
def test_two_spellings_of_one_name(one: str, other: str) -> None:
    assert label_key(one) == label_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("ano", "año"), ("C", "C++"), ("C#", "C"), ("resume", "résumé"), ("a/b", "a b"), (".net", "net")],
)
def test_two_names(one: str, other: str) -> None:
    assert label_key(one) != label_key(other)


@pytest.mark.parametrize("text", ["", " ", "…", "//", "-", "..", "\u202e\u200b", "x" * (LONGEST + 1)])
def test_what_is_no_name(text: str) -> None:
    assert label_key(text) == ""


AWKWARD = [
    "C++", "and/or", "100% online", "What? & why #1", "/dev", "tail/", "Node.js", "notes.json", "a.html", "颜色",
    "مهنة", "<script>alert(1)</script>", "a\tb", "'quoted' \"twice\"", "x;y,z=1", "..a/../b", "%2F", "e\u0301",
]  # fmt: skip


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A vocabulary in which two terms bear each of the awkward names."""
    source = tmp_path_factory.mktemp("awkward") / "names.ttl"
    labels = " , ".join(f"{json.dumps(text)}@en" for text in AWKWARD)
    source.write_text(
        f'{HEAD}:one a skos:Concept ; skos:prefLabel "One"@en ; skos:altLabel {labels} .\n'
        f':two a skos:Concept ; skos:prefLabel "Two"@en ; skos:altLabel {labels} .\n',
        encoding="utf-8",
    )
    built = build_vocabulary(tmp_path_factory.mktemp("built"), [source], canonical_base=BASE)
    return built.app().test_client()


@pytest.mark.parametrize("text", AWKWARD, ids=ascii)
def test_every_name_has_an_address_that_leads_to_it(awkward: FlaskClient, text: str) -> None:
    listed = {label_key(each["label"]): each for each in as_json(awkward, "/labels")["labels"]}
    assert len(listed) == len(AWKWARD)
    address = listed[label_key(text)]["page"].removeprefix("http://localhost")
    answer = as_json(awkward, address)
    assert ids(answer) == ["one", "two"]
    assert {each["labels"][0]["text"] for each in answer["meanings"]} == {text}
    assert as_json(awkward, f"{address}.json") == answer
    response = awkward.get(f"{address}.html")
    assert response.status_code == 200
    assert b"<script>alert" not in response.data
    assert f'href="{address}"' in unescape(awkward.get("/two").get_data(as_text=True))


def test_other_spellings_are_sent_to_the_one_address(client: FlaskClient) -> None:
    for spelt in ("Guided pathways", "GUIDED-PATHWAYS", "guided  pathways"):
        response = client.get(f"/labels/{quote(spelt)}?page=1")
        assert response.status_code == 301
        assert response.headers["Location"] == "/labels/guided-pathways?page=1"
    response = client.get("/labels/Guided%20pathways.json")
    assert response.headers["Location"] == "/labels/guided-pathways.json"
    assert client.get("/labels/").headers["Location"] == "/labels"


def test_a_name_of_one_term_has_a_page_too(client: FlaskClient) -> None:
    answer = as_json(client, "/labels/connected-credentials")
    assert [each["id"].rpartition("/")[2] for each in answer["meanings"]] == ["career-pathways"]
    assert "One term of this vocabulary" in client.get("/labels/connected-credentials").get_data(as_text=True)


# whose names count


def test_which_terms_share_a_name(make_vocabulary: MakeVocabulary) -> None:
    client = made(
        make_vocabulary,
        """
:a a skos:Concept ; skos:prefLabel "Alpha"@en , "Eins"@de ; skos:hiddenLabel "Hid"@en .
:b a skos:Concept ; skos:prefLabel "Beta"@en ; skos:altLabel "alpha"@de , "Hid"@en , "Gone"@en , "Old"@en .
:c a skos:Concept ; skos:prefLabel "Gone"@en ;
    adms:status <http://purl.org/adms/status/Withdrawn> .
:d a skos:Concept ; skos:prefLabel "Old"@en ; owl:deprecated true ; dct:isReplacedBy :b .
:e a skos:Concept ; skos:prefLabel "Eta"@en ; skosxl:altLabel :label .
:label a skosxl:Label ; skosxl:literalForm "Beta"@en ; dct:source :book .
:book rdfs:label "A book"@en .
:f a skos:Concept ; skos:prefLabel "Twice"@en , "Twice"@de ; skos:altLabel "twice"@fr .
""",
    )
    assert names(client) == ["Alpha", "Beta"]
    assert ids(as_json(client, "/labels/alpha")) == ["a", "b"]
    answer = as_json(client, "/labels/beta")
    assert ids(answer) == ["b", "e"]
    assert answer["meanings"][1]["labels"][0]["sources"][0]["id"] == f"{BASE}book"
    # A deprecated term bears its name still, but makes no second meaning of it.
    answer = as_json(client, "/labels/old")
    assert [(each["id"].removeprefix(BASE), each["deprecated"]) for each in answer["meanings"]] == [
        ("b", False),
        ("d", True),
    ]
    assert ids(as_json(client, "/labels/gone")) == ["b"]
    assert 'href="/labels/old"' not in client.get("/b").get_data(as_text=True)
    page = client.get("/labels/alpha").get_data(as_text=True)
    assert '<span lang="de">alpha</span>' in page


# a change of one term shows on the pages of others

PLAIN = [
    Statement(term(subject), term(predicate), term(value))
    for subject, predicate, value in (
        (":scheme", "rdf:type", "skos:ConceptScheme"),
        (":c1", "rdf:type", "skos:Concept"),
        (":c1", "skos:prefLabel", '"Alpha"@en'),
        (":c2", "rdf:type", "skos:Concept"),
        (":c2", "skos:prefLabel", '"Beta"@en'),
    )
]
ALSO_ALPHA = Statement(term(":c2"), term("skos:altLabel"), term('"ALPHA"@en'))
DEPRECATED = Statement(
    term(":c2"), term("owl:deprecated"), term('"true"^^<http://www.w3.org/2001/XMLSchema#boolean>')
)


def shared_in(folder: Path) -> list[tuple[str, int]]:
    reader = TermsReader(folder / "terms.sqlite")
    try:
        return [(name.text, name.meanings) for name in reader.shared_names(limit=10, offset=0)[1]]
    finally:
        reader.close()


def test_a_change_makes_a_name_shared_and_ends_it(tmp_path: Path) -> None:
    before = written(tmp_path / "0", PLAIN)
    assert shared_in(before) == []
    shared = changed(before, tmp_path / "1", Delta((ALSO_ALPHA,)), 1)
    assert shared_in(shared) == [("Alpha", 2)]
    deprecated = changed(shared, tmp_path / "2", Delta((DEPRECATED,)), 2)
    assert shared_in(deprecated) == []
    again = changed(deprecated, tmp_path / "3", Delta((), (DEPRECATED,)), 3)
    assert shared_in(again) == [("Alpha", 2)]
    ended = changed(again, tmp_path / "4", Delta((), (ALSO_ALPHA,)), 4)
    assert shared_in(ended) == []
    assert shared_in(before) == []


def test_the_page_of_a_term_is_another_one_when_somebody_else_takes_its_name(
    make_vocabulary: MakeVocabulary,
) -> None:
    turtle = (
        ':a a skos:Concept ; skos:prefLabel "Alpha"@en .\n:b a skos:Concept ; skos:prefLabel "Beta"@en .\n'
    )
    alone = made(make_vocabulary, turtle).get("/a")
    client = made(make_vocabulary, turtle + ':b skos:altLabel "Alpha"@en .')
    both = client.get("/a", headers={"If-None-Match": alone.headers["ETag"]})
    assert both.status_code == 200
    assert b"/labels/alpha" in both.data
    assert client.get("/a", headers={"If-None-Match": both.headers["ETag"]}).status_code == 304


# long lists


def test_many_names_and_many_meanings_come_in_pages(make_vocabulary: MakeVocabulary) -> None:
    client = made(
        make_vocabulary,
        "".join(
            f':c{number} a skos:Concept ; skos:prefLabel "Own {number}"@en ; skos:altLabel "Common"@en ,'
            f' "Pair {number // 2:03}"@en .\n'
            for number in range(120)
        ),
    )
    first = client.get("/labels", headers={"Accept": "application/json"})
    assert first.headers["X-Total-Count"] == "61"
    assert '</labels?page=2>; rel="next"' in first.headers["Link"]
    listed = [*names(client), *(each["label"] for each in as_json(client, "/labels?page=2")["labels"])]
    assert listed == ["Common", *(f"Pair {number:03}" for number in range(60))]
    common = as_json(client, "/labels")["labels"][0]
    assert (common["meanings"], len(common["terms"])) == (120, 4)
    assert "and 116 more" in client.get("/labels").get_data(as_text=True)
    found = [ids(as_json(client, f"/labels/common?page={page}")) for page in range(1, 7)]
    assert sorted(each for page in found for each in page) == sorted(f"c{number}" for number in range(120))
    assert '<ol class="meanings" start="21">' in client.get("/labels/common?page=2").get_data(as_text=True)


# what is wrong


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/labels/nobody-is-called-so", 404, "Nothing in this vocabulary is called"),
        ("/labels/" + "x" * 5_000, 404, "Nothing in this vocabulary"),
        ("/labels/%00%FF", 404, "Nothing in this vocabulary"),
        ("/labels/*", 404, "Nothing in this vocabulary"),
        ("/labels?page=0", 400, '"page" is "0"'),
        ("/labels?page=99", 404, "1 pages"),
        ("/labels/guided-pathways?page=2", 404, "1 pages"),
    ],
)
def test_what_is_not_there(client: FlaskClient, address: str, status: int, words: str) -> None:
    assert_problem(client.get(address, headers={"Accept": "application/json"}), status, words)
    assert client.get(address, headers={"Accept": "text/html"}).status_code == status


def test_a_vocabulary_without_shared_names_says_so(make_vocabulary: MakeVocabulary) -> None:
    client = made(make_vocabulary, ':a a skos:Concept ; skos:prefLabel "Alpha"@en .')
    assert "No two terms" in client.get("/labels").get_data(as_text=True)

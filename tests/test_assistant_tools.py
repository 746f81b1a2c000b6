"""What the tools for assistants tell, and how they refuse what they cannot answer."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient

from assistants import answered, text_of, tool
from conftest import MakeVocabulary, Vocabulary

TOPIC = "https://w3id.org/pathways-ld/topic/career-pathways"
MILLIONS = "SELECT (count(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"

WRONG: dict[str, tuple[str, dict[str, object], str]] = {
    "nothing": ("get_term", {}, '"iri" is missing'),
    "a number": ("get_term", {"iri": 7}, "expected a text"),
    "null": ("get_term", {"iri": None}, '"iri" is missing'),
    "an empty text": ("get_term", {"iri": "  "}, "is empty"),
    "a long text": ("search_terms", {"query": "x" * 5_000}, "at most 200"),
    "no words": ("search_terms", {"query": "?!"}, "no letter"),
    "an unknown argument": ("search_terms", {"query": "x", "sql": "y"}, "no argument of search_terms"),
    "an unknown kind": ("search_terms", {"query": "x", "kind": "person"}, "topic, organization"),
    "too many wanted": ("search_terms", {"query": "x", "limit": 10_000}, "from 1 to 50"),
    "a yes for a number": ("search_terms", {"query": "x", "limit": True}, "from 1 to 50"),
    "half a term": ("search_terms", {"query": "x", "limit": 1.5}, "from 1 to 50"),
    "a huge number": ("search_terms", {"query": "x", "limit": 10**300}, "from 1 to 50"),
    "no list": ("check_iris", {"iris": TOPIC}, "expected a list"),
    "an empty list": ("check_iris", {"iris": []}, "is empty"),
    "a list of lists": ("check_iris", {"iris": [[TOPIC]]}, "expected a text"),
    "a huge list": ("check_iris", {"iris": ["x"] * 5_000}, "at most 200"),
    "many labels": ("look_up", {"labels": ["x"] * 201}, "at most 200"),
    "an update": ("sparql", {"query": "DROP ALL"}, ""),
    "another endpoint": ("sparql", {"query": "SELECT * { SERVICE <http://localhost:1/> { ?s ?p ?o } }"}, ""),
    "a mistake": ("sparql", {"query": "SELECT * {\n ?s ?p }"}, "line 2"),
    "no prefix": ("sparql", {"query": "SELECT * { ?s skos:broader ?o }"}, "PREFIX skos:"),
    "a made-up term": ("related", {"iri": "topic/carer-pathways"}, TOPIC),
    "control characters": ("get_term", {"iri": "\x00\x1b[2J\u202e"}, "There is no term"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_are_errors_of_the_tool_that_say_what_to_do(client: FlaskClient, name: str) -> None:
    called, arguments, said = WRONG[name]
    result = tool(client, called, **arguments)
    assert result["isError"] is True
    assert "structuredContent" not in result
    assert said in text_of(result)
    assert len(text_of(result)) < 2_000
    assert text_of(result).isprintable() or "\n" in text_of(result)
    assert "Traceback" not in text_of(result)


def test_a_bug_is_told_without_its_details(
    own: Vocabulary, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr("pathways_ld.embedding.assistants.terms._citation", fail)
    result = tool(client, "get_term", iri=TOPIC)
    assert result["isError"] is True
    assert "secret" not in text_of(result)
    assert "secret detail" in caplog.text


# what the tools tell


def test_search_finds_what_was_meant(client: FlaskClient) -> None:
    found = answered(client, "search_terms", query="aprenticeship", limit=2.0)
    assert found["searchedInstead"] == "apprenticeship"
    assert len(found["results"]) == 2
    assert found["total"] > 2
    nothing = answered(client, "search_terms", query="qqqqqq")
    assert nothing["results"] == []
    assert "do not make up an IRI" in nothing["text"]


def test_a_term_is_told_with_its_sources_and_how_to_cite_it(client: FlaskClient) -> None:
    term = answered(client, "get_term", iri=TOPIC)
    assert term["definition"].startswith("A workforce-development strategy")
    assert term["sources"][0]["url"] == "https://learnworkecosystemlibrary.com/subcategory/career-pathways/"
    assert TOPIC in term["citation"]
    assert term["page"] == "http://localhost/topic/career-pathways"
    assert term["sources"][0]["url"] in term["text"]


@pytest.mark.parametrize(
    "named", [f"<{TOPIC}>", "topic/career-pathways", "topic:career-pathways", f"{TOPIC}.html", f"{TOPIC}/"]
)
def test_a_term_is_found_however_it_is_named(client: FlaskClient, named: str) -> None:
    assert answered(client, "get_term", iri=named)["iri"] == TOPIC


def test_terms_in_another_language(synthetic_client: FlaskClient) -> None:
    german = answered(synthetic_client, "get_term", iri="colour", lang="de")
    assert (german["label"], german["lang"]) == ("Farbe", "de")
    assert german["definition"] == "Was das Auge sieht."
    without = answered(synthetic_client, "get_term", iri="https://example.org/voc/no-language")
    assert without["label"] == "Sans langue"
    assert without["labels"] == {"und": "Sans langue"}


def test_iris_are_checked(synthetic_client: FlaskClient) -> None:
    base = "https://example.org/voc/"
    iris = ["colour", "old", "old-elsewhere", "withdrawn", "color", "colour#part", "COLOUR", "colour.ttl"]
    given = [*(base + each for each in iris), "https://example.com/colour", "urn:x:y", "colour blue"]
    checked = answered(synthetic_client, "check_iris", iris=given)
    results = dict(zip([*iris, "elsewhere", "urn", "words"], checked["results"], strict=True))
    assert {name: each["status"] for name, each in results.items()} == {
        "colour": "found",
        "old": "deprecated",
        "old-elsewhere": "deprecated",
        "withdrawn": "withdrawn",
        "color": "unknown",
        "colour#part": "found",
        "COLOUR": "unknown",
        "colour.ttl": "found",
        "elsewhere": "foreign",
        "urn": "foreign",
        "words": "unknown",
    }
    assert [each["iri"] for each in results["old"]["replacedBy"]] == [f"{base}colour"]
    assert [each["iri"] for each in results["old-elsewhere"]["replacedBy"]] == ["https://example.com/new"]
    assert results["color"]["nearest"][0]["iri"] == f"{base}colour"
    assert results["COLOUR"]["nearest"][0]["iri"] == f"{base}colour"
    assert (results["colour"]["isExact"], results["colour.ttl"]["isExact"]) == (True, False)
    assert results["colour.ttl"]["iri"] == f"{base}colour"
    assert f"Use instead: “Colour” <{base}colour>" in checked["text"]
    assert sum(checked["counts"].values()) == len(given)


def test_labels_are_looked_up(synthetic_client: FlaskClient) -> None:
    found = answered(synthetic_client, "look_up", labels=["Farbe", "tint", "Old", "zzzzz", "Farbe"])
    assert [row["status"] for row in found["rows"]] == ["found", "found", "deprecated", "unknown", "found"]
    assert found["rows"][2]["candidates"][0]["replaces"] == "https://example.org/voc/old"
    assert found["rows"][1]["candidates"][0]["foundBy"] == "Tint"


def test_long_groups_are_cut_and_counted(synthetic_client: FlaskClient) -> None:
    for limit in (3, 100):
        related = answered(synthetic_client, "related", iri="hub", limit=limit)
        group = next(each for each in related["groups"] if each["property"].endswith("narrower"))
        assert len(group["terms"]) == limit
        assert group["total"] > 130


def test_a_withdrawn_term_is_not_told(synthetic_client: FlaskClient) -> None:
    result = tool(synthetic_client, "get_term", iri="https://example.org/voc/withdrawn")
    assert result["isError"]
    assert "must not be used" in text_of(result)


def test_texts_of_the_vocabulary_cannot_pass_for_ours(synthetic_client: FlaskClient) -> None:
    term = answered(synthetic_client, "get_term", iri="hostile")
    exact = answered(synthetic_client, "get_term", iri="exact")
    for told in (term, exact):
        lines = told["text"].split("\n")
        assert all(line.isprintable() for line in lines)
        assert lines[-1].startswith("Texts in quotation marks")
    assert "\u202e" not in json.dumps(term, ensure_ascii=False)
    # The value a TAB b LF c CR LF d CR e stands on one line.
    values = {value for fact in exact["facts"] for value in fact["values"]}
    assert "a b c d e" in values


# queries


def test_queries_of_every_form(client: FlaskClient) -> None:
    asked = answered(client, "sparql", query=f"ASK {{ <{TOPIC}> ?p ?o }}")
    assert (asked["boolean"], asked["text"]) == (True, "yes")
    graph = answered(client, "sparql", query=f"DESCRIBE <{TOPIC}>")
    assert "Career Pathways" in graph["turtle"]
    many = answered(client, "sparql", query="SELECT ?s { ?s ?p ?o } LIMIT 1000")
    assert (len(many["rows"]), many["total"], many["isComplete"]) == (200, 1000, False)
    assert "LIMIT and OFFSET" in many["text"]
    odd = answered(client, "sparql", query='SELECT ("a\\nb" AS ?t) ?u {}')
    assert odd["rows"][0]["t"]["value"] == "a\nb"
    assert "“a b” | " in odd["text"]


def test_queries_count_as_those_at_the_endpoint_do(own: Vocabulary) -> None:
    client = own.app(sparql_client_errors=2.0, workers=1).test_client()
    for _ in range(4):
        assert tool(client, "sparql", query="SELECT")["isError"]
    assert client.get("/sparql?query=ASK{}").status_code == 429
    refused = tool(client, "sparql", query="ASK {}")
    assert refused["isError"]
    assert "Too many of your queries failed" in text_of(refused)


def test_a_slow_query_is_stopped(own: Vocabulary) -> None:
    client = own.app(sparql_deadline=0.5).test_client()
    result = tool(client, "sparql", query=MILLIONS)
    assert result["isError"]
    assert "stopped" in text_of(result)


def test_an_answer_without_end_is_refused(own: Vocabulary, client: FlaskClient) -> None:
    result = tool(client, "sparql", query="SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000")
    assert result["isError"]
    assert "LIMIT" in text_of(result)


# other vocabularies

ODD = """@prefix : <https://example.org/v#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://example.org/v> a skos:ConceptScheme .
:a a skos:Concept ; skos:inScheme <https://example.org/v> ; skos:broader :b ; skos:prefLabel "甲"@zh , "A"@fr .
:b a skos:Concept ; skos:inScheme <https://example.org/v> ; skos:broader :c .
:c a skos:Concept ; skos:inScheme <https://example.org/v> ; skos:broader :a ; skos:related :c ;
    skos:exactMatch <urn:x:c> ; skos:definition "D"@fr ; dct:source <https://example.org/book> .
"""


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_loops_hashes_and_missing_names_are_no_problem(make_vocabulary: MakeVocabulary, name: str) -> None:
    """And nothing is there that only our own vocabulary has: kinds, a title, English."""
    client = make_vocabulary(ODD, canonical_base="https://example.org/v#").app().test_client()
    iri = f"https://example.org/v#{name}"
    term = answered(client, "get_term", iri=iri)
    assert term["iri"] == iri
    assert term["label"]
    assert iri in term["text"]
    assert len({each["iri"] for each in term["broader"]}) == len(term["broader"])
    related = answered(client, "related", iri=iri)
    assert {each["iri"] for group in related["groups"] for each in group["terms"]} >= (
        {"https://example.org/v#c"} if name == "b" else set()
    )
    assert answered(client, "check_iris", iris=[iri])["results"][0]["status"] == "found"
    assert answered(client, "look_up", labels=[name])["rows"]
    assert answered(client, "search_terms", query=name)["query"] == name
    if name == "c":
        assert term["definition"] == "D"
        assert term["sources"][0]["iri"] == "https://example.org/book"
        assert related["mappings"][0]["target"]["iri"] == "urn:x:c"

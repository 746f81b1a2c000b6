"""The query operation of the SPARQL 1.1 Protocol over HTTP (https://www.w3.org/TR/sparql11-protocol/)."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import SYNTHETIC_BASE, Vocabulary
from graphs import exact, statements_of
from pathways_ld.formats import GRAPH_RESULT_FORMATS, RDF_FORMATS, SOLUTION_FORMATS, Format
from pathways_ld.sparql.description import EMBEDDED_FUNCTIONS
from pathways_ld.web.responses import EXTENSION_KEY
from problems import assert_problem, varies

SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
IRI = "https://w3id.org/pathways-ld/topic/career-pathways"
SELECT = SKOS + f"SELECT ?label {{ <{IRI}> skos:prefLabel ?label }}"
CONSTRUCT = SKOS + f"CONSTRUCT {{ <{IRI}> skos:prefLabel ?label }} WHERE {{ <{IRI}> skos:prefLabel ?label }}"
DESCRIBE = f"DESCRIBE <{IRI}>"
ASK = f"ASK {{ <{IRI}> ?p ?o }}"
MAPPINGS = "https://w3id.org/pathways-ld/graph/mappings"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
RESULTS = "{http://www.w3.org/2005/sparql-results#}"

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
JSON = "application/sparql-results+json"


def ask_get(client: FlaskClient, query: str, accept: str = JSON, **parameters: str) -> TestResponse:
    return client.get("/sparql", query_string={"query": query, **parameters}, headers={"Accept": accept})


def ask_form(client: FlaskClient, query: str, accept: str = JSON, **parameters: str) -> TestResponse:
    return client.post("/sparql", data={"query": query, **parameters}, headers={"Accept": accept})


def ask_direct(client: FlaskClient, query: str, accept: str = JSON, **parameters: str) -> TestResponse:
    return client.post(
        "/sparql",
        query_string=parameters,
        data=query.encode(),
        content_type=DIRECT,
        headers={"Accept": accept},
    )


OPERATIONS = pytest.mark.parametrize("ask", [ask_get, ask_form, ask_direct], ids=["GET", "form", "direct"])


@pytest.fixture(scope="module")
def hurried_app(own: Vocabulary) -> Iterator[Flask]:
    """An application with little time and small limits."""
    app = own.app(sparql_deadline=1.0, sparql_query_size=1_000, sparql_workers=1)
    yield app
    app.extensions[EXTENSION_KEY].current.close()


# the three ways to send a query


@OPERATIONS
def test_select_in_all_three_ways(client: FlaskClient, ask) -> None:  # type: ignore[no-untyped-def]
    response = ask(client, SELECT)
    assert response.status_code == 200
    assert response.mimetype == JSON
    bindings = json.loads(response.data)["results"]["bindings"]
    assert bindings == [{"label": {"type": "literal", "value": "Career Pathways", "xml:lang": "en"}}]


@OPERATIONS
def test_ask_construct_and_describe_in_all_three_ways(client: FlaskClient, ask) -> None:  # type: ignore[no-untyped-def]
    assert json.loads(ask(client, ASK).data)["boolean"] is True
    for query in (CONSTRUCT, DESCRIBE):
        response = ask(client, query, "text/turtle")
        assert response.mimetype == "text/turtle"
        said = statements_of(response.data, response.mimetype)
        assert any("Career Pathways" in each.object for each in said)


@OPERATIONS
def test_letters_of_any_script_arrive(client: FlaskClient, ask) -> None:  # type: ignore[no-untyped-def]
    response = ask(client, 'SELECT ("naïve 颜色 \\u00e9 + & = %20 #" AS ?x) {}')
    assert json.loads(response.data)["results"]["bindings"][0]["x"]["value"] == "naïve 颜色 é + & = %20 #"


def test_the_media_type_of_the_body_may_have_parameters_and_capitals(client: FlaskClient) -> None:
    for kind in ("application/sparql-query; charset=utf-8", "Application/SPARQL-Query"):
        assert client.post("/sparql", data=ASK, content_type=kind).status_code == 200
    encoded = urlencode({"query": ASK})
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    assert client.post("/sparql", data=encoded, content_type=kind).status_code == 200


def test_the_endpoint_may_be_addressed_with_a_question_mark_or_a_slash(client: FlaskClient) -> None:
    """rdflib's SPARQLStore posts to "/sparql?"."""
    for path in ("/sparql?", "/sparql/", "/sparql/?"):
        assert client.post(path, data=ASK, content_type=DIRECT).status_code == 200
        assert client.get(f"{path.rstrip('?')}?{urlencode({'query': ASK})}").status_code == 200


def test_unknown_parameters_are_ignored(client: FlaskClient) -> None:
    response = ask_get(client, SELECT, format="json", output="json", results="json", timeout="5", x="")
    assert response.status_code == 200
    assert json.loads(response.data)["results"]["bindings"]


# formats

SELECT_CLIENTS = [
    (None, JSON),
    ("*/*", JSON),
    ("application/sparql-results+json", JSON),
    ("application/json", "application/json"),
    ("application/sparql-results+xml", "application/sparql-results+xml"),
    ("application/xml", "application/xml"),
    ("text/csv", "text/csv"),
    ("text/tab-separated-values", "text/tab-separated-values"),
    # SPARQLWrapper 2.0.0
    ("application/sparql-results+json,application/json,text/javascript,application/javascript", JSON),
    # rdflib SPARQLStore
    ("application/rdf+xml, application/sparql-results+xml", "application/sparql-results+xml"),
    # Comunica
    (
        "application/sparql-results+json;q=1.0,application/sparql-results+xml;q=0.7,"
        "application/n-quads,application/trig;q=0.95,text/turtle;q=0.6",
        JSON,
    ),
    # EasyRdf, Skosmos
    ("application/sparql-results+json,application/sparql-results+xml;q=0.8", JSON),
    # Jena
    (
        "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/tab-separated-values;q=0.7,"
        " text/csv;q=0.5, application/json;q=0.2, application/xml;q=0.2, */*;q=0.1",
        JSON,
    ),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
]


@pytest.mark.parametrize(("accept", "expected"), SELECT_CLIENTS)
@pytest.mark.parametrize("query", [SELECT, ASK], ids=["SELECT", "ASK"])
def test_solutions_come_as_clients_ask(
    client: FlaskClient, query: str, accept: str | None, expected: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    response = client.get("/sparql", query_string={"query": query}, headers=headers)
    assert response.status_code == 200
    assert response.mimetype == expected
    assert "Accept" in varies(response)


GRAPH_CLIENTS = [
    (None, "text/turtle"),
    ("*/*", "text/turtle"),
    ("text/turtle", "text/turtle"),
    ("application/rdf+xml", "application/rdf+xml"),
    ("application/n-triples", "application/n-triples"),
    ("application/ld+json", "application/ld+json"),
    ("application/n-quads", "application/n-quads"),
    ("application/trig", "application/trig"),
    ("application/n-quads,application/trig;q=0.95,text/turtle;q=0.6", "application/n-quads"),
    ("text/html", "text/html"),
]


@pytest.mark.parametrize(("accept", "expected"), GRAPH_CLIENTS)
@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE], ids=["CONSTRUCT", "DESCRIBE"])
def test_graphs_come_as_clients_ask(
    client: FlaskClient, query: str, accept: str | None, expected: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    response = client.get("/sparql", query_string={"query": query}, headers=headers)
    assert response.status_code == 200
    assert response.mimetype == expected


def test_every_format_tells_the_same_solutions(client: FlaskClient) -> None:
    query = (
        SKOS + 'SELECT ?l ?n ?none { VALUES (?l ?n) { ("a,\\"b\\"\\n"@en 1) (<urn:x> UNDEF) ("é" 2.50) } }'
    )
    found = json.loads(ask_get(client, query).data)["results"]["bindings"]
    assert len(found) == 3
    table = list(csv.reader(io.StringIO(ask_get(client, query, "text/csv").get_data(as_text=True))))
    assert table[0] == ["l", "n", "none"]
    assert [row[0] for row in table[1:]] == [row["l"]["value"] for row in found]
    tsv = ask_get(client, query, "text/tab-separated-values").get_data(as_text=True).splitlines()
    assert tsv[0].split("\t") == ["?l", "?n", "?none"]
    assert len(tsv) == 4
    results = ET.fromstring(ask_get(client, query, "application/sparql-results+xml").data).iter(
        f"{RESULTS}result"
    )
    values = [[binding[0].text for binding in result] for result in results]
    assert [row[0] for row in values] == [row["l"]["value"] for row in found]


@pytest.mark.parametrize("each", GRAPH_RESULT_FORMATS, ids=lambda each: each.name)
def test_every_format_tells_the_same_graph(client: FlaskClient, each: Format) -> None:
    reference = ask_get(client, DESCRIBE, "application/n-triples")
    response = ask_get(client, DESCRIBE, each.media_type)
    assert exact(statements_of(response.data, each.media_type)) == exact(
        statements_of(reference.data, "application/n-triples")
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [(each.name, each.media_type) for each in SOLUTION_FORMATS]
    + [
        ("html", "text/html"),
        ("csv", "text/csv"),
        ("text/csv", "text/csv"),
        ("json", JSON),
        ("xml", "application/sparql-results+xml"),
    ],
)
def test_the_format_parameter_beats_accept(client: FlaskClient, name: str, expected: str) -> None:
    assert ask_get(client, SELECT, "image/png", format=name).mimetype == expected


def test_text_formats_say_their_charset(client: FlaskClient) -> None:
    for media_type in ("text/csv", "text/tab-separated-values"):
        assert ask_get(client, SELECT, media_type).content_type == f"{media_type}; charset=utf-8"
    assert ask_get(client, SELECT).content_type == JSON


@pytest.mark.parametrize(
    ("query", "accept"), [(SELECT, "text/turtle"), (CONSTRUCT, JSON), (ASK, "image/png")]
)
def test_what_no_format_suits_is_406_and_costs_no_evaluation(
    client: FlaskClient, query: str, accept: str
) -> None:
    response = ask_get(client, query, accept)
    assert response.status_code == 406
    started = time.monotonic()
    assert ask_get(client, SLOW, "text/turtle").status_code == 406
    assert time.monotonic() - started < 1


# datasets


def count(client: FlaskClient, **parameters: str) -> int:
    response = ask_get(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **parameters)
    return int(json.loads(response.data)["results"]["bindings"][0]["n"]["value"])


def test_the_default_graph_is_the_union_unless_the_request_names_one(client: FlaskClient) -> None:
    everything = count(client)
    mappings = count(client, **{"default-graph-uri": MAPPINGS})
    assert 0 < mappings < everything
    assert count(client, **{"default-graph-uri": "https://example.org/nothing"}) == 0
    assert count(client, **{"named-graph-uri": MAPPINGS}) == 0


def test_named_graphs_are_those_of_the_request(client: FlaskClient) -> None:
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    graphs = json.loads(ask_get(client, query, **{"named-graph-uri": MAPPINGS}).data)["results"]["bindings"]
    assert [each["g"]["value"] for each in graphs] == [MAPPINGS]
    none = json.loads(ask_get(client, query, **{"default-graph-uri": MAPPINGS}).data)["results"]["bindings"]
    assert none == []
    every = {each["g"]["value"] for each in json.loads(ask_get(client, query).data)["results"]["bindings"]}
    assert MAPPINGS in every


def test_the_dataset_of_the_request_beats_from_in_the_query(client: FlaskClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <https://example.org/nothing> { ?s ?p ?o }"
    empty = json.loads(ask_get(client, query).data)["results"]["bindings"][0]["n"]["value"]
    full = ask_get(client, query, **{"default-graph-uri": MAPPINGS})
    assert empty == "0"
    assert int(json.loads(full.data)["results"]["bindings"][0]["n"]["value"]) > 0


def test_several_graphs_may_be_named_in_every_operation(client: FlaskClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    graphs = [
        ("default-graph-uri", MAPPINGS),
        ("default-graph-uri", "https://w3id.org/pathways-ld/graph/inferred"),
    ]
    expected = count(client, **{"default-graph-uri": MAPPINGS}) + count(
        client, **{"default-graph-uri": "https://w3id.org/pathways-ld/graph/inferred"}
    )
    answers = [
        client.get("/sparql?" + urlencode([("query", query), *graphs])),
        client.post("/sparql", data=urlencode([("query", query), *graphs]), content_type=FORM),
        client.post("/sparql?" + urlencode(graphs), data=query, content_type=DIRECT),
    ]
    for response in answers:
        assert int(json.loads(response.data)["results"]["bindings"][0]["n"]["value"]) == expected


@OPERATIONS
def test_a_graph_name_that_is_no_iri_is_a_400(client: FlaskClient, ask) -> None:  # type: ignore[no-untyped-def]
    for parameter in ("default-graph-uri", "named-graph-uri"):
        for name in ("not an iri", "", "relative/path"):
            assert_problem(ask(client, SELECT, "application/json", **{parameter: name}), 400)


# bad requests


def test_two_queries_are_a_400(client: FlaskClient) -> None:
    twice = urlencode([("query", ASK), ("query", ASK)])
    assert_problem(client.get(f"/sparql?{twice}"), 400, "query")
    assert_problem(client.post("/sparql", data=twice, content_type=FORM), 400, "query")
    once = urlencode({"query": ASK})
    assert_problem(client.post(f"/sparql?{once}", data=once, content_type=FORM), 400, "query")
    assert_problem(client.post(f"/sparql?{once}", data=ASK, content_type=DIRECT), 400, "query")


def test_a_form_without_a_query_is_a_400(client: FlaskClient) -> None:
    assert_problem(client.post("/sparql", data="x=1", content_type=FORM), 400, "query")
    assert_problem(client.post("/sparql", data="", content_type=FORM), 400, "query")


def test_an_empty_query_is_a_400(client: FlaskClient) -> None:
    assert_problem(ask_get(client, ""), 400)
    assert_problem(ask_form(client, " "), 400)
    assert_problem(ask_direct(client, ""), 400)


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT ?s WHERE {\n  ?s ?p }", 2, None),
        ("SELEC * { }", 1, 1),
        ("SELECT * {\n ?s foo:bar ?o }", 2, 5),
        ("SELECT * { ?s ?p ?o", 1, None),
        ('ASK { ?s ?p "open }', 1, 13),
    ],
)
def test_a_syntax_error_says_where_and_what(
    client: FlaskClient, query: str, line: int, column: int | None
) -> None:
    problem = assert_problem(ask_get(client, query), 400)
    assert problem["line"] == line
    assert problem["column"] >= 1
    if column is not None:
        assert problem["column"] == column
    assert problem["source_line"] == query.split("\n")[line - 1]
    page = ask_get(client, query, "text/html")
    assert page.status_code == 400
    assert page.mimetype == "text/html"


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL", "DROP ALL",
        "LOAD <http://example.org/>", "CREATE GRAPH <urn:g>", "COPY DEFAULT TO <urn:g>",
    ],
)  # fmt: skip
def test_updates_are_refused_wherever_they_come(client: FlaskClient, update: str) -> None:
    for ask in (ask_get, ask_form, ask_direct):
        assert ask(client, update).status_code in (400, 403)
    assert client.get("/sparql", query_string={"update": update}).status_code in (400, 403)
    assert_problem(client.post("/sparql", data={"update": update}), 403, "Updates")
    assert_problem(
        client.post("/sparql", data=update, content_type="application/sparql-update"), 403, "Updates"
    )


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", "", "x"]
)
def test_other_bodies_are_415(client: FlaskClient, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    problem = assert_problem(client.post("/sparql", data=ASK, headers=headers), 415, DIRECT, FORM)
    assert problem["instance"] == "/sparql"


def test_a_415_tells_what_is_taken(client: FlaskClient) -> None:
    """RFC 9110, 15.5.16, for POST: Accept-Post or the text."""
    response = client.post("/sparql", data=ASK, content_type="text/plain")
    assert "application/sparql-query" in response.get_data(as_text=True)


def test_a_compressed_body_is_415(client: FlaskClient) -> None:
    response = client.post("/sparql", data=ASK, content_type=DIRECT, headers={"Content-Encoding": "gzip"})
    assert_problem(response, 415, "compressed")


def test_a_query_that_is_too_long_is_413(hurried_app: Flask) -> None:
    client = hurried_app.test_client()
    long = ASK + " #" + "x" * 2_000
    for ask in (ask_get, ask_form, ask_direct):
        assert_problem(ask(client, long), 413)
    assert_problem(client.post("/sparql", data=b"x" * 100_000, content_type=DIRECT), 413)


def test_bytes_that_are_no_utf_8_are_400(client: FlaskClient) -> None:
    assert_problem(client.get("/sparql?query=ASK%7B%7D%23%FF"), 400, "UTF-8")
    assert_problem(client.post("/sparql", data=b"ASK{} #\xff", content_type=DIRECT), 400)
    assert_problem(client.post("/sparql", data=b"query=ASK%7B%7D%23%FF", content_type=FORM), 400, "UTF-8")
    assert_problem(client.post("/sparql", data="query=é".encode(), content_type=FORM), 400)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://169.254.169.254/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://localhost/> { ?s ?p ?o } }",
        "PREFIX service: <http://x/> SELECT * { service service:x {} }",
        "SELECT * { ?s ?p ?o . SeRvIcE ?x { ?a ?b ?c } }",
    ],
)
def test_service_is_403_and_nothing_is_asked(client: FlaskClient, query: str) -> None:
    assert_problem(ask_get(client, query), 403, "SERVICE")


def test_a_query_that_takes_too_long_is_503_in_time(hurried_app: Flask) -> None:
    client = hurried_app.test_client()
    started = time.monotonic()
    response = ask_get(client, SLOW)
    assert_problem(response, 503)
    assert time.monotonic() - started < 3
    assert response.headers["Cache-Control"] == "no-store"
    assert ask_get(client, ASK).status_code == 200


def test_the_page_of_a_query_that_takes_too_long_says_so(hurried_app: Flask) -> None:
    page = ask_get(hurried_app.test_client(), SLOW, "text/html")
    assert page.status_code == 503
    assert "took too long" in page.get_data(as_text=True)


# HTTP


@pytest.mark.parametrize("accept", [JSON, "text/csv", "text/html", "text/turtle"])
def test_head_is_get_without_the_body(client: FlaskClient, accept: str) -> None:
    query = CONSTRUCT if accept == "text/turtle" else SELECT
    got = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})
    head = client.head("/sparql", query_string={"query": query}, headers={"Accept": accept})
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Cache-Status", "X-Request-Id"):  # the second comes out of the cache
        got.headers.pop(name, None)
        head.headers.pop(name, None)
    assert dict(head.headers) == dict(got.headers)


def test_answers_have_etags_per_format_and_304(client: FlaskClient) -> None:
    tags = set()
    for accept in (JSON, "application/sparql-results+xml", "text/csv", "application/json"):
        fresh = ask_get(client, SELECT, accept)
        tags.add(fresh.headers["ETag"])
        for header in (fresh.headers["ETag"], f"W/{fresh.headers['ETag']}", "*"):
            unchanged = client.get(
                "/sparql", query_string={"query": SELECT}, headers={"Accept": accept, "If-None-Match": header}
            )
            assert unchanged.status_code == 304
            assert unchanged.data == b""
            assert "Content-Type" not in unchanged.headers
            for name in ("ETag", "Vary", "Cache-Control"):
                assert unchanged.headers[name] == fresh.headers[name]
    assert len(tags) == 4


def test_a_304_is_for_get_and_head_only(client: FlaskClient) -> None:
    """If-None-Match on POST would be 412 (RFC 9110, 13.1.2); a query by POST is simply answered."""
    etag = ask_form(client, SELECT).headers.get("ETag", '"x"')
    response = client.post("/sparql", data={"query": SELECT}, headers={"Accept": JSON, "If-None-Match": etag})
    assert response.status_code in (200, 412)


def test_answers_that_differ_each_time_are_not_kept(client: FlaskClient) -> None:
    for query in ("SELECT (RAND() AS ?x) {}", "SELECT (NOW() AS ?x) {}", "SELECT (UUID() AS ?x) {}"):
        response = ask_get(client, query)
        assert "ETag" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


def test_the_same_query_written_otherwise_is_the_same_answer(client: FlaskClient) -> None:
    other = SELECT.replace("SELECT", "select").replace(" {", "\n{ # a comment\n")
    assert ask_get(client, SELECT).headers["ETag"] == ask_get(client, other).headers["ETag"]


def test_answers_may_be_read_from_any_origin(client: FlaskClient) -> None:
    for response in (ask_get(client, SELECT), ask_form(client, SELECT), ask_direct(client, "SELEC")):
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_long_answer_is_whole(client: FlaskClient, own: Vocabulary) -> None:
    response = ask_get(client, "SELECT * { ?s ?p ?o . ?s ?q ?r }", "text/csv")
    assert response.data.count(b"\r\n") > 50_000
    assert response.data.endswith(b"\r\n")


# without a query


@pytest.mark.parametrize("each", RDF_FORMATS, ids=lambda each: each.name)
def test_without_a_query_the_service_describes_itself(client: FlaskClient, each: Format) -> None:
    response = client.get(
        "/sparql", headers={"Accept": each.media_type}, base_url="https://vocab.example.net"
    )
    assert response.status_code == 200
    assert response.mimetype == each.media_type
    said = {row[:3] for row in statements_of(response.data, each.media_type)}
    sd = "http://www.w3.org/ns/sparql-service-description#"
    endpoint = "<https://vocab.example.net/sparql>"
    assert (endpoint, f"<{sd}endpoint>", endpoint) in said
    assert (endpoint, f"<{sd}supportedLanguage>", f"<{sd}SPARQL11Query>") in said
    assert any(predicate == f"<{sd}resultFormat>" for _, predicate, _ in said)
    assert any(term == f"<{MAPPINGS}>" for _, _, term in said)


def described(client: FlaskClient) -> dict[str, list[tuple[str, str]]]:
    """Give the service description: what is said with each property."""
    response = client.get("/sparql", headers={"Accept": "application/n-triples"})
    said: dict[str, list[tuple[str, str]]] = {}
    for each in statements_of(response.data, "application/n-triples"):
        said.setdefault(each.predicate[1:-1].rpartition("#")[2], []).append((each.subject, each.object))
    return said


def test_the_description_counts_the_graphs_as_queries_do(client: FlaskClient) -> None:
    said = described(client)
    number = re.compile(r'"(\d+)"')
    triples = {node: int(found[1]) for node, text in said["triples"] if (found := number.match(text))}
    graphs = dict(said["graph"])
    named = {name[1:-1]: triples[graphs[node]] for node, name in said["name"]}
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = json.loads(ask_get(client, query).data)["results"]["bindings"]
    assert named == {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    assert MAPPINGS in named
    [(_, default)] = said["defaultGraph"]
    assert triples[default] == count(client)


def test_the_description_tells_the_limits(client: FlaskClient, own: Vocabulary) -> None:
    def comments(client: FlaskClient) -> str:
        return " ".join(text for _, text in described(client)["comment"])

    assert "stopped after 20 seconds" in comments(client)
    assert "262,144 bytes" in comments(client)
    app = own.app(
        sparql_deadline=7.0, sparql_client_time=11.0, sparql_client_errors=12.0, sparql_client_queries=13
    )
    for words in (
        "after 7 seconds",
        "11 seconds of evaluation a minute",
        "12 queries a minute",
        "13 queries",
    ):
        assert words in comments(app.test_client())
    app.extensions[EXTENSION_KEY].current.close()


def test_the_functions_described_are_there_and_no_others_are(client: FlaskClient) -> None:
    functions = {iri[1:-1] for _, iri in described(client)["extensionFunction"]}
    assert functions == set(EMBEDDED_FUNCTIONS)
    names = "buffer boundary distance relate sfContains metricDistance asWKT asGeoJSON geometryType union"
    for name in names.split():
        iri = f"http://www.opengis.net/def/function/geosparql/{name}"
        statuses = {
            ask_get(client, f"SELECT (<{iri}>({', '.join(['?x'] * arity)}) AS ?y) {{}}").status_code
            for arity in (1, 2, 3)
        }
        assert (200 in statuses) == (iri in functions), name


@pytest.mark.parametrize("accept", [None, "*/*"])
def test_without_a_query_programs_get_the_description(client: FlaskClient, accept: str | None) -> None:
    response = client.get("/sparql", headers={"Accept": accept} if accept else {})
    assert response.mimetype == "text/turtle"


@pytest.mark.parametrize("accept", ["text/html", "text/html,*/*;q=0.8"])
def test_without_a_query_people_get_a_form(client: FlaskClient, accept: str) -> None:
    response = client.get("/sparql", headers={"Accept": accept})
    page = response.get_data(as_text=True)
    assert response.mimetype == "text/html"
    assert re.search(r'<form[^>]*action="/sparql"', page)
    assert "<textarea" in page
    assert "<label" in page


def test_the_description_of_the_service_has_an_etag(client: FlaskClient) -> None:
    fresh = client.get("/sparql", headers={"Accept": "text/turtle"})
    again = client.get("/sparql", headers={"Accept": "text/turtle", "If-None-Match": fresh.headers["ETag"]})
    assert again.status_code == 304


def test_a_description_that_no_format_suits_is_406(client: FlaskClient) -> None:
    assert_problem(client.get("/sparql", headers={"Accept": "image/png"}), 406, "text/turtle")


# the page of results


def test_the_page_shows_solutions_as_an_escaped_table(client: FlaskClient) -> None:
    query = (
        'SELECT ?a ?b ?c ?d { VALUES (?a ?b ?c ?d) { ("</td><script>alert(1)</script>" <javascript:alert(2)>'
        ' "\\"><img src=x onerror=alert(3)>"@en <http://x/?a=%22onmouseover=&lt;>) } } # </textarea><script>'
    )
    page = ask_get(client, query, "text/html").get_data(as_text=True)
    assert page.count("<td>") == 4
    assert "<script>alert" not in page
    assert "</textarea><script>" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    assert ask_get(client, query, "text/html").headers["Content-Security-Policy"]


def test_the_page_links_our_own_terms_here(client: FlaskClient) -> None:
    page = ask_get(client, f"SELECT ?x {{ VALUES ?x {{ <{IRI}> <https://example.com/> }} }}", "text/html")
    assert 'href="/topic/career-pathways"' in page.get_data(as_text=True)
    assert 'href="https://example.com/"' in page.get_data(as_text=True)


def test_the_page_shows_answers_of_every_form(client: FlaskClient, synthetic_client: FlaskClient) -> None:
    assert "Yes (true)" in ask_get(client, ASK, "text/html").get_data(as_text=True)
    assert "No (false)" in ask_get(client, "ASK { <urn:x> ?p ?o }", "text/html").get_data(as_text=True)
    turtle = ask_get(synthetic_client, f"DESCRIBE <{SYNTHETIC_BASE}hostile>", "text/html").get_data(
        as_text=True
    )
    assert "skos" in turtle
    assert "<script>alert" not in turtle
    empty = ask_get(client, "SELECT ?x { <urn:x> ?p ?x }", "text/html").get_data(as_text=True)
    assert "0 rows" in empty


def test_a_big_table_is_cut_and_says_so(client: FlaskClient) -> None:
    page = ask_get(client, "SELECT * { ?s ?p ?o }", "text/html").get_data(as_text=True)
    assert page.count("<tr>") == 501
    assert "the first 500 are shown" in page


def test_a_query_in_a_link_can_be_shared(client: FlaskClient) -> None:
    response = client.get(f"/sparql?query={quote(SELECT)}", headers={"Accept": "text/html"})
    assert "Career Pathways" in response.get_data(as_text=True)

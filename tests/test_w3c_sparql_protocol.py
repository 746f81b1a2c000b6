"""The W3C's tests of the SPARQL 1.1 Protocol and the service description, and how federation is refused.

https://w3c.github.io/rdf-tests/sparql/sparql11/protocol/
https://w3c.github.io/rdf-tests/sparql/sparql11/service-description/
https://w3c.github.io/rdf-tests/sparql/sparql11/syntax-fed/
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from maintenance import Site
from pathways_ld.formats import GRAPH_RESULT_FORMATS, RDF_FORMATS, RESULTS_JSON, RESULTS_XML, SOLUTION_FORMATS
from problems import assert_problem
from w3c import (
    ABSENT,
    MF,
    RDF,
    Graph,
    Node,
    SuiteTest,
    absent,
    entries,
    marks,
    parameters,
    query_tests,
    suite_folder,
    value_of,
)
from w3c_endpoint import Endpoint, ask, endpoint
from w3c_results import read_results

__all__ = ["endpoint"]

pytestmark = pytest.mark.shared

HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SD = "http://www.w3.org/ns/sparql-service-description#"

ENDPOINT = "http://localhost/sparql"

SCHEMA = {
    f"{SD}endpoint": ("Service", ENDPOINT),
    f"{SD}supportedLanguage": ("Service", f"{SD}SPARQL11Query"),
    f"{SD}feature": ("Service", f"{SD}UnionDefaultGraph"),
    f"{SD}resultFormat": ("Service", "http://www.w3.org/ns/formats/"),
    f"{SD}defaultDataset": ("Service", "Dataset"),
    f"{SD}defaultGraph": ("Dataset", "Graph"),
    f"{SD}namedGraph": ("Dataset", "NamedGraph"),
    f"{SD}name": ("NamedGraph", ""),
    f"{SD}graph": ("NamedGraph", "Graph"),
    f"{SD}extensionFunction": ("Service", "http://www.opengis.net/def/function/geosparql/"),
}
"""Of each property: the class of what has it, and the class of its value or what its IRI begins with."""

MEDIA_TYPES = {
    "boolean": {each.media_type for each in (RESULTS_JSON, RESULTS_XML)},
    "tabular": {each.media_type for each in SOLUTION_FORMATS},
    "RDF": {each.media_type for each in GRAPH_RESULT_FORMATS},
}
"""What the manifest calls a format, and the media types that are one."""


@dataclass(frozen=True)
class ProtocolTest:
    """One entry: the named graphs it is about (IRI by name), and its requests."""

    iri: str
    graphs: dict[str, str]
    graph: Graph
    requests: tuple[Node, ...]


def protocol_tests(*, updates: bool) -> list[object]:
    """Give the tests of queries, or those of updates."""
    if not suite_folder().is_dir():
        return [absent()]
    return [
        pytest.param(
            ProtocolTest(iri, _graphs(graph, node), graph, _requests(graph, node)),
            id=iri.partition("#")[2],
            marks=marks(iri),
        )
        for graph, node, iri, _ in entries("protocol")
        if ("update" in iri.partition("#")[2]) is updates
    ]


def _graphs(graph: Graph, test: Node) -> dict[str, str]:
    return {
        value_of(graph.one(each, f"{RDFS}label")): value_of(graph.one(each, f"{UT}graph"))
        for each in graph.objects(test, f"{UT}graphData")
    }


def _requests(graph: Graph, test: Node) -> tuple[Node, ...]:
    connection = graph.one(test, f"{MF}action")
    return tuple(graph.members(graph.one(connection, f"{HT}requests")))


def send(client: FlaskClient, graph: Graph, request: Node, token: str = "") -> TestResponse:
    """Send a request as the manifest describes it: its path, its headers and the bytes of its body.

    With a token, what is no query goes to the address for updates.
    """
    headers = [
        (value_of(graph.one(each, f"{HT}fieldName")), value_of(graph.one(each, f"{HT}fieldValue")))
        for head in graph.objects(request, f"{HT}headers")
        for each in graph.members(head)
    ]
    body = b""
    for each in graph.objects(request, f"{HT}body"):
        (encoding,) = graph.values(each, f"{CNT}characterEncoding")
        (characters,) = graph.values(each, f"{CNT}chars")
        body = characters.encode(encoding)
    path = value_of(graph.one(request, f"{HT}absolutePath"))
    is_query = body.startswith(b"query=") or ("Content-Type", "application/sparql-query") in [
        (name.title(), value) for name, value in headers
    ]
    if token and not is_query:
        # How these tests begin, in words that are not refused: they mean the same, and it is not their point.
        for operation in (b"CLEAR", b"DROP"):
            body = body.replace(operation + b" ALL ;", operation + b" DEFAULT ; " + operation + b" NAMED ;")
        path = path.replace("/sparql/", "/update/", 1)
        headers.append(("Authorization", f"Bearer {token}"))
    return client.open(
        path, method=value_of(graph.one(request, f"{HT}methodName")), headers=headers, data=body
    )


def check_answer(graph: Graph, request: Node, response: TestResponse) -> None:
    expected = graph.one(request, f"{HT}resp")
    statuses = {value[-3:-2] for value in graph.values(expected, f"{MF}expectedStatus")}
    assert str(response.status_code)[0] in statuses, response.get_data(as_text=True)
    for name in graph.values(expected, f"{MF}expectedFormat"):
        assert response.mimetype in MEDIA_TYPES[name]
    for boolean in graph.values(expected, f"{MF}expectedBoolean"):
        suffix = "srj" if response.mimetype == RESULTS_JSON.media_type else "srx"
        assert read_results(response.data, suffix) is (boolean == "true")


@pytest.mark.parametrize("test", protocol_tests(updates=False))
def test_a_query_is_answered_as_the_protocol_says(endpoint: Endpoint, test: ProtocolTest) -> None:
    endpoint.serve(named=test.graphs)
    for request in test.requests:
        check_answer(test.graph, request, send(endpoint.client, test.graph, request))


@pytest.mark.parametrize("test", protocol_tests(updates=True))
def test_an_update_is_done_as_the_protocol_says(test: ProtocolTest, tmp_path: Path) -> None:
    site = Site(tmp_path, checked=False)
    try:
        for request in test.requests:
            check_answer(test.graph, request, send(site.client, test.graph, request, site.token))
    finally:
        site.close()


# federation


@pytest.mark.parametrize("test", parameters(query_tests("syntax-fed") if suite_folder().is_dir() else ()))
def test_a_federated_query_is_refused_and_not_called_wrong(endpoint: Endpoint, test: SuiteTest) -> None:
    """They are SPARQL, and this endpoint asks no other: 403, with the reason and the place."""
    assert test.kind == "PositiveSyntaxTest11"
    problem = assert_problem(ask(endpoint, test, test.query_text(), "application/json"), 403, "SERVICE")
    assert problem["type"] == "/problems/query-refused"
    assert "SERVICE" in problem["source_line"].upper()


# the service description: the W3C's three tests are prose


@pytest.fixture(params=RDF_FORMATS, ids=lambda each: each.name)
def description(endpoint: Endpoint, request: pytest.FixtureRequest) -> Graph:
    """The service description, in each format."""
    endpoint.serve()
    media_type: str = request.param.media_type
    response = endpoint.client.get("/sparql", headers={"Accept": media_type})
    assert response.status_code == 200
    assert response.mimetype == media_type
    return Graph(pyoxigraph.parse(response.data, pyoxigraph.RdfFormat.from_media_type(media_type)))


def test_a_get_on_the_endpoint_gives_rdf(description: Graph) -> None:
    """The W3C's test `returns-rdf`."""
    assert description.predicates


def test_the_service_description_names_the_endpoint_it_came_from(description: Graph) -> None:
    """The W3C's test `has-endpoint-triple`."""
    assert value_of(description.one(description.subject(f"{SD}endpoint"), f"{SD}endpoint")) == ENDPOINT


def test_the_service_description_conforms_to_its_vocabulary(description: Graph) -> None:
    """The W3C's test `conforms-to-schema`: domains, ranges and cardinalities (section 3)."""
    assert {each for each in description.predicates if each.startswith(SD)} <= set(SCHEMA)
    for predicate, (domain, expected) in SCHEMA.items():
        for subject, object_ in description.pairs(predicate):
            assert f"{SD}{domain}" in description.values(subject, f"{RDF}type")
            if expected in ("Dataset", "Graph", "NamedGraph"):
                assert f"{SD}{expected}" in description.values(object_, f"{RDF}type")
            else:
                assert isinstance(object_, pyoxigraph.NamedNode)
                assert object_.value.startswith(expected)
    for predicate in (f"{SD}defaultDataset", f"{SD}defaultGraph", f"{SD}endpoint"):
        assert len(description.pairs(predicate)) == 1
    names = [description.one(graph, f"{SD}name") for _, graph in description.pairs(f"{SD}namedGraph")]
    assert [value_of(name) for name in names] == ["https://example.org/graph/mappings"]


def test_the_three_tests_of_the_service_description_are_the_ones_there_are() -> None:
    if not suite_folder().is_dir():
        pytest.skip(ABSENT)
    names = {iri.partition("#")[2] for _, _, iri, _ in entries("service-description")}
    assert names == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}

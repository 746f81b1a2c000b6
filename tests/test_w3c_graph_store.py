"""The W3C's tests of the SPARQL 1.1 Graph Store HTTP Protocol, against the real application.

https://w3c.github.io/rdf-tests/sparql/sparql11/graph-store-protocol/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from graphs import exact, statements_of
from maintenance import Site
from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import parse
from w3c import ABSENT, MF, SUITE, Graph, Node, absent, marks, suite_folder, value_of

pytestmark = pytest.mark.shared

HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
HTS = "http://www.w3.org/2011/http-statusCodes#"
STATUSES = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}


@dataclass(frozen=True)
class GraphStoreTest:
    graph: Graph
    node: Node


def graph_store_tests() -> Iterator[object]:
    if not suite_folder().is_dir():
        yield absent()
        return
    for part in ("direct", "indirect"):
        graph = Graph.read(f"{SUITE}graph-store-protocol/manifest-{part}.ttl")
        for node in graph.members(graph.one(graph.subject(f"{MF}entries"), f"{MF}entries")):
            iri = value_of(node)
            yield pytest.param(GraphStoreTest(graph, node), id=iri.partition("#")[2], marks=marks(iri))


@pytest.fixture
def site(tmp_path: object) -> Iterator[Site]:
    if not suite_folder().is_dir():
        pytest.skip(ABSENT)
    made = Site(tmp_path, checked=False)  # type: ignore[arg-type]
    yield made
    made.close()


def _headers(graph: Graph, message: Node) -> dict[str, str]:
    return {
        value_of(graph.one(each, f"{HT}fieldName")): value_of(graph.one(each, f"{HT}fieldValue"))
        for head in graph.objects(message, f"{HT}headers")
        for each in graph.members(head)
    }


def _body(graph: Graph, message: Node) -> str:
    return "".join(
        text for each in graph.objects(message, f"{HT}body") for text in graph.values(each, f"{CNT}chars")
    )


def send(site: Site, graph: Graph, request: Node, location: str) -> TestResponse:
    path = value_of(graph.one(request, f"{HT}absolutePath")).replace("$LOCATION$", location)
    headers = _headers(graph, request)
    method = value_of(graph.one(request, f"{HT}methodName"))
    if method not in ("GET", "HEAD"):
        headers |= site.headers()
    return site.client.open(
        path.replace("/gsp", "/graphs", 1),
        method=method,
        headers=headers,
        data=_body(graph, request).encode(),
    )


@pytest.mark.parametrize("test", list(graph_store_tests()))
def test_the_graph_store_protocol(test: GraphStoreTest, site: Site) -> None:
    graph = test.graph
    connection = graph.one(test.node, f"{MF}action")
    location = ""
    for request in graph.members(graph.one(connection, f"{HT}requests")):
        response = send(site, graph, request, location)
        (expected,) = graph.objects(request, f"{HT}resp")
        statuses = {
            STATUSES[each.removeprefix(HTS)] for each in graph.values(expected, f"{MF}expectedStatus")
        }
        assert response.status_code in statuses, response.get_data(as_text=True)
        if graph.objects(expected, f"{MF}expectedLocation"):
            location = response.headers["Location"]
        body = _body(graph, expected)
        if body:
            assert response.mimetype == TURTLE.media_type
            wanted = parse(body.replace("$LOCATION$", location).encode(), TURTLE, base_iri=location or None)
            assert exact(statements_of(response.data, response.content_type)) == exact(wanted.statements)

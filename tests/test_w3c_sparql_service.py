"""The W3C's tests of SERVICE over HTTP: our endpoint asks others, which are on this machine.

Only where the suite's host names lead is changed: what is sent there and what comes back is real.
https://w3c.github.io/rdf-tests/sparql/sparql11/service/
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

import pyoxigraph
import pytest

from pathways_ld.store import outgoing
from w3c import (
    ABSENT,
    MF,
    QT,
    Graph,
    Node,
    SuiteTest,
    absent,
    entries,
    file_of,
    marks,
    suite_folder,
    value_of,
)
from w3c_endpoint import Endpoint, assert_answer

pytestmark = pytest.mark.shared

ORIGINS: Final = "http://example.org, http://example1.org, http://example2.org, http://invalid.endpoint.org"


class Others:
    """All endpoints of the suite: one server that tells them apart by the Host header."""

    def __init__(self) -> None:
        self.stores: dict[str, pyoxigraph.Store] = {}
        others = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                found = others.stores[self.headers["Host"]].query(form["query"][0])
                assert isinstance(found, pyoxigraph.QuerySolutions)
                body = found.serialize(format=pyoxigraph.QueryResultsFormat.JSON) or b""
                self.send_response(200)
                self.send_header("Content-Type", "application/sparql-results+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def connected(self, name: str, port: int) -> socket.socket:
        """Lead a known host to this server, and others nowhere."""
        if name not in self.stores or port != 80:
            raise OSError("it has no address")
        return socket.create_connection(("127.0.0.1", self.server.server_port), timeout=10)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint that may ask those of the suite."""
    if not suite_folder().is_dir():
        pytest.skip(ABSENT)
    made = Endpoint(tmp_path_factory.mktemp("service"), federation=ORIGINS)
    yield made
    made.close()


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> Iterator[Others]:
    made = Others()
    monkeypatch.setattr(outgoing._Call, "_connected", made.connected)
    yield made
    made.close()


def service_tests() -> list[object]:
    """Give each test with the manifest that tells the data of the other endpoints."""
    if not suite_folder().is_dir():
        return [absent()]
    found: list[object] = []
    for graph, node, iri, kind in entries("service"):
        action = graph.one(node, f"{MF}action")
        (query,) = graph.values(action, f"{QT}query")
        (result,) = graph.values(node, f"{MF}result")
        test = SuiteTest(iri, kind, query, graph.values(action, f"{QT}data"), (), result)
        found.append(pytest.param((test, graph, action), id=test.id, marks=marks(iri)))
    return found


@pytest.mark.parametrize("case", service_tests())
def test_what_another_endpoint_says_is_joined(
    endpoint: Endpoint, others: Others, case: tuple[SuiteTest, Graph, Node]
) -> None:
    test, graph, action = case
    for each in graph.objects(action, f"{QT}serviceData"):
        host = value_of(graph.one(each, f"{QT}endpoint")).split("/")[2]
        store = others.stores[host] = pyoxigraph.Store()
        for iri in graph.values(each, f"{QT}data"):
            store.load(path=file_of(iri), base_iri=iri)
    response = assert_answer(endpoint, test)
    assert response.headers["Cache-Control"] == "no-store"

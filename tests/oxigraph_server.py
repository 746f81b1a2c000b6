"""A small real SPARQL server on loopback: queries, updates and graphs over HTTP, evaluated by pyoxigraph."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph

from pathways_ld.remotes import Remotes, read_remotes

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "TEST_OXIGRAPH_TOKEN"
TOKEN = "a-token-of-the-tests"  # noqa: S105 - of a server that lives as long as a test


class OxigraphServer(ThreadingHTTPServer):
    """Holds its statements in memory; `requests` are the paths of those that changed it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = pyoxigraph.Store()
        self.changes: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def remotes(self, **changes: object) -> Remotes:
        """The settings that name it "oxigraph"."""
        table: dict[str, object] = {
            "engine": "oxigraph",
            "query_url": f"{self.url}/query",
            "update_url": f"{self.url}/update",
            "graphs_url": f"{self.url}/graphs",
            "auth": "bearer",
            "secret_env": VARIABLE,
        }
        return read_remotes({"oxigraph": table | changes}, "test")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OxigraphServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        if url.path == "/query":
            self._query(parse_qs(body.decode()))
            return
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._reply(401)
            return
        self.server.changes.append(url.path)
        try:
            if url.path == "/update":
                self.server.store.update(body.decode())
            else:
                graph = pyoxigraph.NamedNode(parse_qs(url.query)["graph"][0])
                self.server.store.load(body, pyoxigraph.RdfFormat.N_TRIPLES, to_graph=graph)
        except (SyntaxError, ValueError, RuntimeError, OSError) as error:
            self._reply(400, str(error).encode(), "text/plain")
        else:
            self._reply(204)

    def _query(self, fields: dict[str, list[str]]) -> None:
        def graphs(name: str) -> list[Any]:
            return [pyoxigraph.NamedNode(iri) for iri in fields.get(name, ())]

        accept = self.headers["Accept"]
        try:
            results = self.server.store.query(
                fields["query"][0],
                default_graph=graphs("default-graph-uri"),
                named_graphs=graphs("named-graph-uri"),
            )
            if isinstance(results, pyoxigraph.QueryTriples):
                body = results.serialize(format=pyoxigraph.RdfFormat.from_media_type(accept))
            else:
                body = results.serialize(format=pyoxigraph.QueryResultsFormat.from_media_type(accept))
        except (SyntaxError, ValueError) as error:
            self._reply(400, str(error).encode(), "text/plain")
        else:
            self._reply(200, body or b"", accept)

    def _reply(self, status: int, body: bytes = b"", content_type: str = "text/plain") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def running_oxigraph() -> Iterator[OxigraphServer]:
    """Run the server in threads of this process."""
    with OxigraphServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

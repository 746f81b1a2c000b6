"""SERVICE: whom it asks, whom it never asks, and what becomes of the answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from pathways_ld.errors import QueryError, QueryRefused, QuerySyntaxError, ServiceFailed, SettingsError
from pathways_ld.settings import load_settings
from pathways_ld.sparql.federation import federated
from pathways_ld.sparql.guard import CheckedQuery, check_query
from pathways_ld.store.federated import ServiceLimits, ask_service
from pathways_ld.store.outgoing import is_public, origin_of, origins_of
from pathways_ld.web.responses import EXTENSION_KEY
from problems import assert_problem

JSON = "application/sparql-results+json"
LOOPBACK = (ip_network("127.0.0.0/8"),)
SKOS = "http://www.w3.org/2004/02/skos/core#"


def results(variables: list[str], *rows: dict[str, Any]) -> bytes:
    return json.dumps({"head": {"vars": variables}, "results": {"bindings": rows}}).encode()


def uri(value: str) -> dict[str, str]:
    return {"type": "uri", "value": value}


@dataclass
class Remote:
    """An endpoint on this machine; `requests` are the queries it got, `respond` writes its answer."""

    port: int = 0
    requests: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    respond: Callable[[BaseHTTPRequestHandler], None] | None = None
    body: bytes = b""
    kind: str = JSON

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    @property
    def origins(self) -> frozenset[str]:
        return origins_of(f"http://127.0.0.1:{self.port}")


@pytest.fixture
def remote() -> Iterator[Remote]:
    state = Remote()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append(parse_qs(body.decode())["query"][0])
            if state.respond is not None:
                state.respond(self)
                return
            self.send_response(200)
            self.send_header("Content-Type", state.kind)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def check(remote: Remote, text: str) -> CheckedQuery:
    return check_query(
        text.replace("REMOTE", f"<{remote.url}>"), origins=remote.origins, base_iri="http://e.org/"
    )


def fill(remote: Remote, text: str, **limits: Any) -> CheckedQuery:
    return federated(check(remote, text), ServiceLimits(networks=LOOPBACK, **limits))


# the guard


def test_without_the_setting_nobody_is_asked() -> None:
    with pytest.raises(QueryRefused, match="asks no other endpoint"):
        check_query("SELECT * { SERVICE <https://example.org/> { ?s ?p ?o } }")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://good.org/sparql",
        "https://good.org:444/sparql",
        "https://good.org./sparql",
        "https://good.org.evil.net/sparql",
        "https://good.organic/",
        "https://evil.net/good.org",
        "https://good.org@169.254.169.254/",
        "https://good.org:443@169.254.169.254/",
        "https://user@good.org/",
        "https://good.org\u3002evil.net/",
        "https://good.org%2eevil.net/",
        "https://good.org%00.evil.net/",
        "https://good.org#@evil.net/",
        "https://evil.net#good.org",
        "https://2852039166/",
        "https://0xA9FEA9FE/",
        "https://[::ffff:169.254.169.254]/",
        "https:good.org/",
        "https:///good.org/",
        "//good.org/",
        "file:///etc/passwd",
        "ftp://good.org/",
        "",
    ],
)
def test_an_endpoint_of_another_origin_is_refused(endpoint: str) -> None:
    with pytest.raises(
        QueryRefused, match=r"is not asked here; this endpoint asks only https://good\.org:443"
    ):
        check_query(
            f"SELECT * {{ SERVICE <{endpoint}> {{ ?s ?p ?o }} }}",
            origins=origins_of("https://good.org"),
            base_iri="https://good.org/",
        )


@pytest.mark.parametrize(
    "endpoint", ["https://good.org/sparql", "HTTPS://GOOD.org:443/a?b=c", "https://good.org"]
)
def test_an_endpoint_of_an_allowed_origin_passes(endpoint: str) -> None:
    checked = check_query(
        f"SELECT * {{ SERVICE <{endpoint}> {{ ?s ?p ?o }} }}", origins=origins_of("https://good.org/")
    )
    assert [call.endpoint for call in checked.services] == [endpoint]
    assert checked.volatile
    assert not checked.cheap


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE ?x { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT ?x { ?s ?p ?o } }",
        "SELECT * { SERVICESILENT<https://good.org/>{ ?s ?p ?o } }",
        "SELECT * { SERVICE <https://good.org/> { SERVICE <https://good.org/> { ?s ?p ?o } } }",
        "PREFIX SERVICEx: <http://e.org/> SELECT * { SERVICEx:y { ?s ?p ?o } }",
        "PREFIX x: <https://evil.net/> SELECT * { SERVICE x:y { ?s ?p ?o } }",
        "SELECT * { " + "SERVICE <https://good.org/> { ?s ?p ?o } " * 6 + "}",
    ],
)
def test_what_cannot_be_asked_is_refused(text: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        check_query(text, origins=origins_of("https://good.org"))
    assert caught.value.details["line"] == 1


@pytest.mark.parametrize(
    "text", ["SELECT * { SERVICE { ?s ?p ?o } }", "SELECT * { SERVICE <https://good.org/> ?s }"]
)
def test_a_service_that_is_not_complete_is_a_mistake(text: str) -> None:
    with pytest.raises((QuerySyntaxError, QueryRefused)):
        check_query(text, origins=origins_of("https://good.org"))


# addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_networks_can_be_excepted() -> None:
    assert is_public(ip_address("127.0.0.1"), LOOPBACK)
    assert is_public(ip_address("::ffff:127.0.0.1"), LOOPBACK)
    assert not is_public(ip_address("10.0.0.1"), LOOPBACK)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "0"]
)
def test_an_inner_address_gets_no_request(remote: Remote, host: str) -> None:
    endpoint = f"http://{host}:{remote.port}/sparql"
    with pytest.raises((QueryRefused, ServiceFailed)):
        ask_service(endpoint, "SELECT * {}", ServiceLimits())
    with pytest.raises(QueryRefused, match="not public"):
        ask_service(f"http://127.0.0.1:{remote.port}/", "SELECT * {}", ServiceLimits())
    assert remote.requests == []


def test_one_inner_address_among_others_is_enough_to_refuse(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, remote.port)) for each in ("1.1.1.1", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: connected.append(args))
    with pytest.raises(QueryRefused, match="not public"):
        ask_service("https://good.org/", "SELECT * {}", ServiceLimits())
    assert connected == []


def test_the_connection_goes_to_the_address_that_was_looked_at(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.body = results([])
    answers = iter([[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", remote.port))]])
    resolve, connect = socket.getaddrinfo, socket.create_connection
    asked: list[object] = []

    def resolve_once(host: str, *rest: Any, **options: Any) -> Any:
        # A second look at the name would raise StopIteration: it could have another answer.
        return next(answers) if host == "rebinding.example" else resolve(host, *rest, **options)

    def connect_to(address: tuple[str, int], **options: Any) -> Any:
        asked.append(address[0])
        return connect(address, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_once)
    monkeypatch.setattr(socket, "create_connection", connect_to)
    ask_service(f"http://rebinding.example:{remote.port}/", "SELECT * {}", ServiceLimits(networks=LOOPBACK))
    assert asked == ["127.0.0.1"]


# what an endpoint may answer


def _redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return respond


def test_a_redirect_is_not_followed(remote: Remote) -> None:
    remote.respond = _redirect(f"http://127.0.0.1:{remote.port}/inner")
    with pytest.raises(ServiceFailed, match="redirects"):
        fill(remote, "SELECT * { SERVICE REMOTE { ?s ?p ?o } }")
    assert len(remote.requests) == 1


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("text/html", b"<p>", 'answered with "text/html"'),
        (JSON, b"x" * 2_000, "more than 1,000 bytes"),
        (JSON, b"no json", "no SPARQL results"),
        (JSON, b'{"boolean": true}', "no SPARQL results"),
        (JSON, b'{"head": {"vars": ["s"]}, "results": {"bindings": [1]}}', "no SPARQL results"),
        (JSON, b"[" * 900, "no SPARQL results"),
        (JSON, results(["s"], {"s": uri("x y> } }")}), "a term that is none"),
        (
            JSON,
            results(["s"], {"s": {"type": "literal", "value": "a", "xml:lang": "en } "}}),
            "a term that is none",
        ),
        (
            JSON,
            results(["s"], {"s": {"type": "literal", "value": "a", "datatype": "> }"}}),
            "a term that is none",
        ),
        (JSON, results(["s"], {"s": {"type": "literal", "value": 3}}), "a term that is none"),
    ],
)
def test_an_answer_that_is_none_is_a_failure_and_silent_makes_it_nothing(
    remote: Remote, kind: str, body: bytes, message: str
) -> None:
    remote.kind, remote.body = kind, body
    with pytest.raises(ServiceFailed, match=message):
        fill(remote, "SELECT * { SERVICE REMOTE { ?s ?p ?o } }", size=1_000)


def test_silent_makes_a_failure_one_empty_solution(remote: Remote) -> None:
    remote.kind = "text/html"
    filled = fill(remote, "SELECT * { SERVICE SILENT REMOTE { ?s ?p ?o } }")
    assert filled.text.split() == ["SELECT", "*", "{", "{}", "}"]


def test_a_slow_endpoint_is_left(remote: Remote) -> None:
    go_on = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        # A byte now and then keeps every timeout that counts from the last packet.
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not go_on.wait(0.02):
            try:
                handler.wfile.write(b"X")
            except OSError:
                return

    remote.respond = respond
    started = time.monotonic()
    with pytest.raises(ServiceFailed, match=r"within 0\.5 seconds"):
        fill(remote, "SELECT * { SERVICE REMOTE { ?s ?p ?o } }", seconds=0.5)
    assert time.monotonic() - started < 10
    go_on.set()


def test_more_solutions_than_are_joined_are_an_error_even_with_silent(remote: Remote) -> None:
    remote.body = results(["s"], *({"s": uri(f"http://e.org/{number}")} for number in range(4)))
    with pytest.raises(QueryError, match="more than 3 solutions"):
        fill(remote, "SELECT * { SERVICE SILENT REMOTE { ?s ?p ?o } }", rows=3)
    assert remote.requests[0].endswith("LIMIT 4")
    fill(remote, "SELECT * { SERVICE SILENT REMOTE { ?s ?p ?o } }", rows=4)


def test_blank_nodes_cannot_be_joined(remote: Remote) -> None:
    remote.body = results(["s"], {"s": {"type": "bnode", "value": "b0"}})
    with pytest.raises(QueryError, match="blank node"):
        fill(remote, "SELECT * { SERVICE REMOTE { ?s ?p ?o } }")


def test_the_endpoint_gets_the_pattern_with_what_is_declared(remote: Remote) -> None:
    remote.body = results(["s"])
    text = "PREFIX ex: <http://ex.org/> # c\nSELECT ?s { ?s ex:secret 1 . SERVICE REMOTE { ?s ex:p <rel> FILTER(?s != ex:x) } }"
    fill(remote, text)
    assert remote.requests == [
        "BASE <http://e.org/>\nPREFIX ex: <http://ex.org/> # c\n\n"
        "SELECT * WHERE { ?s ex:p <rel> FILTER(?s != ex:x) }\nLIMIT 10001"
    ]


def test_variables_that_were_not_asked_for_are_left_out(remote: Remote) -> None:
    remote.body = results(["s", "mine"], {"s": uri("http://e.org/s"), "mine": uri("http://evil.net/")})
    filled = fill(remote, "SELECT * { ?mine ?q ?r SERVICE REMOTE { ?s ?p ?o } }")
    assert "VALUES (?s) { (<http://e.org/s>) }" in filled.text
    assert "evil" not in filled.text


def test_places_of_mistakes_stay_those_of_the_text(remote: Remote) -> None:
    remote.body = results(["s"], {"s": uri("http://e.org/s")}, {"s": uri("http://e.org/t")})
    text = f"SELECT * {{ ?s ?p TRUE . SERVICE <{remote.url}> {{\n ?s ?p ?o }} ?s ?p ex.\n }}"
    checked = check_query(text.replace("ex.", "?o"), origins=remote.origins)
    filled = federated(checked, ServiceLimits(networks=LOOPBACK))
    line, column = 2, filled.text.split("\n")[1].index("?s ?p ?o") + 1
    assert checked.source.resolved[filled.source_start(line, column) :].startswith("?s ?p ?o")
    assert filled.source_start(3, 2) == text.replace("ex.", "?o").rindex("}")


# over HTTP


@pytest.fixture
def federating(synthetic: Vocabulary, remote: Remote) -> Iterator[FlaskClient]:
    app = synthetic.app(federation=f"http://127.0.0.1:{remote.port}", federation_networks="127.0.0.0/8")
    yield app.test_client()
    app.extensions[EXTENSION_KEY].current.close()


def bindings(client: FlaskClient, query: str) -> list[dict[str, str]]:
    response = client.post("/sparql", data={"query": query}, headers={"Accept": JSON})
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    rows = json.loads(response.data)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def test_what_another_endpoint_says_is_joined(federating: FlaskClient, remote: Remote) -> None:
    voc = "https://example.org/voc/"
    remote.body = results(
        ["c", "n", "d"],
        {"c": uri(voc + "colour"), "n": {"type": "literal", "value": 'a "note"\n\\', "xml:lang": "en-GB"}},
        {"c": uri(voc + "nowhere"), "n": {"type": "literal", "value": "x"}},
        {
            "c": uri(voc + "hub"),
            "d": {
                "type": "typed-literal",
                "value": "5",
                "datatype": "http://www.w3.org/2001/XMLSchema#integer",
            },
        },
    )
    query = (
        f"PREFIX skos: <{SKOS}> SELECT ?l ?n (?d + 1 AS ?e) {{ ?c skos:prefLabel ?l FILTER(lang(?l) = 'en' || lang(?l) = 'en-gb')"
        f" SERVICE <{remote.url}> {{ ?c skos:note ?n OPTIONAL {{ ?c skos:other ?d }} }} }} ORDER BY ?l"
    )
    assert bindings(federating, query) == [{"l": "Colour", "n": 'a "note"\n\\'}, {"l": "Hub", "e": "6"}]
    bindings(federating, query)
    assert len(remote.requests) == 2


def test_a_pattern_without_variables_and_an_empty_answer(federating: FlaskClient, remote: Remote) -> None:
    query = f"SELECT ?x {{ VALUES ?x {{ 1 }} SERVICE <{remote.url}> {{ <x:s> <x:p> <x:o> }} }}"
    remote.body = results([], {})
    assert bindings(federating, query) == [{"x": "1"}]
    remote.body = results([])
    assert bindings(federating, query) == []
    remote.kind = "text/html"
    assert bindings(federating, query.replace("SERVICE", "SERVICE SILENT")) == [{"x": "1"}]


def test_a_service_in_an_optional_part(federating: FlaskClient, remote: Remote) -> None:
    remote.body = results(["x", "y"], {"x": {"type": "literal", "value": "a"}, "y": uri("http://e.org/y")})
    query = f"SELECT * {{ VALUES ?x {{ 'a' 'b' }} OPTIONAL {{ SERVICE <{remote.url}> {{ ?x ?p ?y }} }} }} ORDER BY ?x"
    assert bindings(federating, query) == [{"x": "a", "y": "http://e.org/y"}, {"x": "b"}]


def test_failures_have_true_statuses(federating: FlaskClient, remote: Remote) -> None:
    remote.kind = "text/html"
    query = f"SELECT * {{ SERVICE <{remote.url}> {{ ?s ?p ?o }} }}"
    assert_problem(
        federating.post("/sparql", data={"query": query}), 502, "expected application/sparql-results"
    )
    other = query.replace(str(remote.port), "1")
    assert_problem(federating.post("/sparql", data={"query": other}), 403, "is not asked here")
    assert len(remote.requests) == 1


def test_nothing_is_asked_where_the_setting_is_empty(synthetic_client: FlaskClient, remote: Remote) -> None:
    query = f"SELECT * {{ SERVICE <{remote.url}> {{ ?s ?p ?o }} }}"
    assert_problem(
        synthetic_client.post("/sparql", data={"query": query}), 403, "SERVICE is not available here"
    )
    assert remote.requests == []


def test_the_exception_for_networks_is_needed(synthetic: Vocabulary, remote: Remote) -> None:
    app = synthetic.app(federation=f"http://127.0.0.1:{remote.port}")
    query = f"SELECT * {{ SERVICE <{remote.url}> {{ ?s ?p ?o }} }}"
    assert_problem(app.test_client().post("/sparql", data={"query": query}), 403, "not public")
    app.extensions[EXTENSION_KEY].current.close()
    assert remote.requests == []


@pytest.mark.parametrize(
    "origins", ["example.org", "https://u@example.org", "https://example.org/path", "https://a.org b"]
)
def test_an_origin_that_is_none_is_a_mistake_in_the_settings(origins: str) -> None:
    with pytest.raises(SettingsError, match="expected origins such as"):
        load_settings(environment={"PATHWAYS_LD_FEDERATION": origins})


def test_origins_are_read_from_the_environment() -> None:
    settings = load_settings(
        environment={
            "PATHWAYS_LD_FEDERATION": "https://a.org, http://b.org:8080/",
            "PATHWAYS_LD_FEDERATION_NETWORKS": "10.0.0.0/8",
        }
    )
    assert origins_of(settings.federation) == {"https://a.org:443", "http://b.org:8080"}
    assert ServiceLimits.from_settings(settings).networks == (ip_network("10.0.0.0/8"),)
    assert origin_of("https://a.org:99999/") is None

"""The gateway on the wire: no client holds a thread, nobody takes a part for the whole, who leaves frees a place."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from conftest import Vocabulary
from servers import running

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="what the kernel does is Linux's"),
]


def slow(each: object = 0) -> str:
    """Write a query that does not end; each is another one, or they would be answered together."""
    return f'SELECT (COUNT(*) AS ?n) ("{each}" AS ?each) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}'


LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000"
ASK = "ASK {}"
BODY_SECONDS = 2
REQUEST_SIZE = 400_000
CSV = {"Accept": "text/csv", "Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    settings = {
        "body_deadline": BODY_SECONDS,
        "write_deadline": 2,
        "request_size": REQUEST_SIZE,
        "sparql_workers": 1,
        "sparql_client_queries": 0,
        "sparql_client_time": 0,
        "sparql_client_errors": 0,
        "sparql_failure_memory": 0,
    }
    with running("--snapshot", str(own.folder), "--workers", "1", **settings) as (address, running_server):
        yield address
        assert "Traceback" not in running_server.output


_OPEN: list[socket.socket] = []


@pytest.fixture(autouse=True)
def close_connections() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def connect(address: str, request: bytes, receive: int = 0) -> socket.socket:
    """Send a request, or a part of it; `receive` is the size of the buffer that answers go into."""
    host, _, port = address.removeprefix("http://").partition(":")
    client = socket.socket()
    if receive:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.settimeout(20)
    _OPEN.append(client)
    client.connect((host, int(port)))
    client.sendall(request)
    return client


def read_all(client: socket.socket) -> bytes:
    """Read until the server ends or breaks the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1_000_000):
            received += piece
    client.close()
    return received


def get(path: str, **headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def query(text: str) -> str:
    return requests.Request("GET", "http://x/sparql", params={"query": text}).prepare().path_url


def number(address: str, name: str) -> float:
    """Read one number from the metrics."""
    text = requests.get(f"{address}/metrics", timeout=10).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


BUSY = 'pathways_sparql_state{state="busy"}'
THREADS = 'pathways_request_state{state="busy"}'
OK = 'pathways_sparql_queries_total{outcome="ok"}'
CANCELLED = 'pathways_sparql_queries_total{outcome="cancelled"}'


# clients that are slow


def test_slow_readers_do_not_hold_up_others(server: str) -> None:
    request = get(query(LONG), Accept="text/csv")
    assert len(requests.get(server + query(LONG), headers=CSV, timeout=60).content) > 3_000_000
    readers = [connect(server, request, receive=4_096) for _ in range(20)]
    try:
        for path in ("/healthz", "/topic/career-pathways", query(ASK)):
            assert requests.get(server + path, timeout=10).status_code == 200
        assert until(lambda: number(server, THREADS) == 0)
    finally:
        for reader in readers:
            reader.close()


def test_a_slow_reader_is_dropped_and_sees_that_something_is_missing(server: str) -> None:
    whole = requests.get(server + query(LONG), headers=CSV, timeout=60)
    reader = connect(server, get(query(LONG), Accept="text/csv"), receive=4_096)
    time.sleep(5)  # longer than the deadline for writing
    head, _, body = read_all(reader).partition(b"\r\n\r\n")
    stated = re.search(rb"content-length: (\d+)", head)
    assert stated
    assert int(stated[1]) == len(whole.content)
    assert len(body) < len(whole.content)
    assert whole.content.startswith(body)


def test_half_bodies_do_not_hold_up_others(server: str) -> None:
    half = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 99\r\n\r\nAS"
    senders = [connect(server, half) for _ in range(20)]
    for path in ("/healthz", "/topic/career-pathways", query(ASK)):
        assert requests.get(server + path, timeout=10).status_code == 200
    for sender in senders:
        answer = read_all(sender)
        assert answer.startswith(b"HTTP/1.1 408 ")
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert problem["title"] == "The request did not come in time"
        assert f"After {BODY_SECONDS} seconds 2 bytes" in problem["detail"]


def test_connections_that_say_nothing_do_not_hold_up_others(server: str) -> None:
    silent = [connect(server, b"") for _ in range(100)] + [connect(server, b"GET / HT") for _ in range(100)]
    assert requests.get(f"{server}/healthz", timeout=10).ok
    for each in silent:
        each.close()


def test_healthz_answers_while_all_sparql_is_busy(server: str) -> None:
    clients = [connect(server, get(query(slow(each)))) for each in range(30)]
    assert until(lambda: number(server, BUSY) == 1)
    for _ in range(5):
        assert requests.get(f"{server}/healthz", timeout=5).ok
        assert requests.get(f"{server}/topic/career-pathways", timeout=5).ok
    for client in clients:
        client.close()
    assert until(lambda: number(server, BUSY) == 0)


# clients that leave


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_client_that_leaves_frees_its_worker(server: str, method: str) -> None:
    before = number(server, CANCELLED)
    text = slow(method)
    if method == "GET":
        request = get(query(text))
    else:
        kind = "Content-Type: application/sparql-query"
        request = f"POST /sparql HTTP/1.1\r\nHost: x\r\n{kind}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
    client = connect(server, request)
    assert until(lambda: number(server, BUSY) == 1)
    client.close()
    left = time.monotonic()
    assert until(lambda: number(server, BUSY) == 0 and number(server, THREADS) == 0, 10)
    assert time.monotonic() - left < 8, "the deadline of the query is 20 seconds"
    assert number(server, CANCELLED) == before + 1
    assert requests.get(server + query(ASK), timeout=10).ok


def test_who_leaves_while_waiting_leaves_the_queue(server: str) -> None:
    first = connect(server, get(query(slow("first"))))
    assert until(lambda: number(server, BUSY) == 1)
    waiting = [connect(server, get(query(slow(each)))) for each in range(5)]
    assert until(lambda: number(server, 'pathways_sparql_state{state="waiting"}') == 5)
    for client in waiting:
        client.close()
    assert until(lambda: number(server, 'pathways_sparql_state{state="waiting"}') == 0)
    assert number(server, BUSY) == 1
    first.close()
    assert until(lambda: number(server, BUSY) == 0)


# bounds


def test_a_body_over_the_bound_is_413_for_those_who_announce_it_and_those_who_do_not(server: str) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 10_000

    for body in (b"x" * 500_000, pieces()):
        answer = requests.post(f"{server}/sparql", data=body, timeout=20)
        assert answer.status_code == 413
        assert f"{REQUEST_SIZE:,} bytes" in answer.json()["detail"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_client_that_asks_before_it_sends_is_refused_before_it_sends(server: str) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n"
    assert read_all(connect(server, head)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 50\r\n\r\nASK {?x a 1}#",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nc\r\nASK {?x a 2}\r\n6\r\n#and",
    ],
    ids=["length", "chunked"],
)
def test_a_body_that_breaks_off_is_not_taken_for_whole(server: str, request_bytes: bytes) -> None:
    client = connect(server, request_bytes)
    before = number(server, OK)
    client.shutdown(socket.SHUT_WR)
    answer = read_all(client)
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    time.sleep(0.3)
    assert number(server, OK) == before, "what came of the query was evaluated"


def test_two_hosts_are_one_too_many(server: str) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"
    assert read_all(connect(server, request)).startswith(b"HTTP/1.1 400 ")


def test_when_all_threads_are_taken_and_the_queue_is_full_the_answer_is_503(own: Vocabulary) -> None:
    settings = {"threads": 1, "request_queue": 1, "sparql_client_queries": 0}
    with running("--snapshot", str(own.folder), "--workers", "1", **settings) as (address, _):
        clients = [connect(address, get(query(slow(each)))) for each in range(2)]

        def under_way() -> bool:
            waiting = 'pathways_request_state{state="waiting"}'
            return number(address, THREADS) == 1 and number(address, waiting) == 1

        assert until(under_way)
        refused = requests.get(address + query(ASK), timeout=10)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.json()["title"] == "Too many requests are under way"
        assert requests.get(f"{address}/topic/career-pathways", timeout=10).ok
        for client in clients:
            client.close()
        assert until(lambda: requests.get(address + query(ASK), timeout=10).ok)


# the protocol, as before


def test_a_chunked_body_is_read(server: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"AS"
        yield b"K {}"

    kind = {"Content-Type": "application/sparql-query", "Accept": "application/json"}
    answer = requests.post(f"{server}/sparql", data=pieces(), headers=kind, timeout=10)
    assert answer.json()["boolean"] is True


def test_a_connection_is_kept_and_requests_follow_each_other(server: str) -> None:
    client = connect(server, get("/healthz") * 3 + get("/healthz", Connection="close"))
    assert read_all(client).count(b"HTTP/1.1 200 OK") == 4


def test_http_1_0_ends_with_the_connection(server: str) -> None:
    answer = read_all(connect(server, b"GET /topic/career-pathways.nt HTTP/1.0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.0 200 ")
    assert b"<https://w3id.org/pathways-ld/topic/career-pathways>" in answer


def test_a_raw_query_string_is_read_as_utf_8(server: str) -> None:
    request = "GET /sparql?query=SELECT%20(%22颜色%22%20AS%20?l)%20%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    request += "Accept: text/csv\r\n\r\n"
    answer = read_all(connect(server, request.encode()))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"percent-encoded" in answer


def test_the_host_is_that_of_the_request(server: str) -> None:
    for request in (
        b"GET /robots.txt HTTP/1.1\r\nHost: a.example:8080\r\nConnection: close\r\n\r\n",
        b"GET http://a.example:8080/robots.txt HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n",
    ):
        assert b"http://a.example:8080/sitemap.xml" in read_all(connect(server, request))


def test_head_and_304_have_no_body(server: str) -> None:
    # Pages name the server as they are asked for it, so a tag is that of one host.
    got = requests.get(f"{server}/topic/career-pathways", headers={"Host": "localhost"}, timeout=10)
    head = b"HEAD /topic/career-pathways HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: identity\r\n\r\n"
    answer = read_all(connect(server, head))
    assert answer.endswith(b"\r\n\r\n")
    assert re.search(rb"content-length: \d{4,}", answer)
    condition = get("/topic/career-pathways", If_None_Match=got.headers["ETag"], Connection="close")
    answer = read_all(connect(server, condition))
    assert answer.startswith(b"HTTP/1.1 304 ")
    assert answer.endswith(b"\r\n\r\n")


def test_http_2_without_tls(server: str) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    long_answer = [curl, "-s", "--http2-prior-knowledge", "-H", "Accept: text/csv", server + query(LONG)]
    got = subprocess.run(long_answer, capture_output=True, timeout=60)
    assert got.returncode == 0
    assert got.stdout == requests.get(server + query(LONG), headers=CSV, timeout=60).content
    options = ["-s", "--http2-prior-knowledge", "-d", "query=ASK {}", "-H", "Accept: application/json"]
    asked = subprocess.run([curl, *options, f"{server}/sparql"], capture_output=True, timeout=60)
    assert json.loads(asked.stdout)["boolean"] is True


def test_many_clients_at_once_get_their_own_answers(server: str) -> None:
    def ask(each: int) -> bool:
        text = f"SELECT ({each} AS ?n) {{}}"
        answer = requests.get(server + query(text), headers={"Accept": "text/csv"}, timeout=30)
        return answer.text.splitlines() == ["n", str(each)]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(100)))

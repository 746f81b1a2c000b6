"""What is given to others to embed, and what comes from others, against those who mean harm."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import MakeVocabulary, Vocabulary
from pathways_ld.client import Vocabulary as Client
from pathways_ld.client import download
from pathways_ld.client.exchange import Bounds
from pathways_ld.client.failures import AnswerUnusable, ClientError, Problem, Unreachable
from pathways_ld.client.values import read_ntriples
from pathways_ld.embedding import termwalk
from pathways_ld.web.fairness import Fairness, Quota
from pathways_ld.web.interface_language import CONTENT_COOKIE, COOKIE
from problems import assert_problem, varies

BASE = "https://example.org/voc/"
HEAD = """
@prefix : <https://example.org/voc/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
TEXT_HTML = {"Accept": "text/html"}


# a hostile service, and the client

Script = Callable[[socket.socket, str], None]


@contextmanager
def hostile(script: Script) -> Iterator[str]:
    """Serve each connection with a script, which gets the connection and the target of the request."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    piece = connection.recv(65_536)
                    if not piece:
                        return
                    asked += piece
                script(connection, asked.split(b" ")[1].decode())
            except OSError:
                pass  # the client has left, as it should

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for each in (accepting, *threads):
            each.join()


def answer(
    body: bytes, media_type: str = "application/json", status: str = "200 OK", more: str = ""
) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{more}"
    return f"{head}Connection: close\r\n\r\n".encode() + body


def dripping(start: bytes, drop: bytes) -> Script:
    def drip(connection: socket.socket, _: str) -> None:
        connection.sendall(start)
        while True:  # until the client hangs up
            connection.sendall(drop)
            time.sleep(0.02)

    return drip


@pytest.mark.parametrize(
    "script",
    [
        dripping(b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n", b" "),
        dripping(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1\r\n \r\n",
        ),
        dripping(b"HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n", b" "),
    ],
    ids=["header", "continue", "body", "chunks", "problem"],
)
def test_a_service_that_drips_is_given_up(script: Script) -> None:
    bounds = Bounds(timeout=30, deadline=0.3, retries=2)
    with (
        hostile(script) as address,
        Client(address, bounds=bounds) as vocabulary,
        pytest.raises((Unreachable, Problem)) as given_up,
    ):
        _ = vocabulary.base
    assert isinstance(given_up.value, Problem) or "was not done after 0.3 s" in str(given_up.value)


def test_the_next_question_has_all_the_time_again() -> None:
    counted: list[str] = []

    def second(connection: socket.socket, target: str) -> None:
        counted.append(target)
        if len(counted) == 1:
            dripping(b"", b"H")(connection, target)
        connection.sendall(answer(b'{"base": "https://example.org/"}'))

    bounds = Bounds(deadline=0.3, retries=0)
    with hostile(second) as address, Client(address, bounds=bounds) as vocabulary:
        with pytest.raises(Unreachable):
            _ = vocabulary.base
        assert vocabulary.base == "https://example.org/"


@pytest.mark.parametrize("url", ["@{other}/v.nq", ".example.org/v.nq", "v.nq", "http://[", "", 7])
def test_a_list_of_downloads_names_no_other_host(tmp_path: Path, url: str | int) -> None:
    content, seen = b"<https://e.org/a> <https://e.org/b> <https://e.org/c> .\n", list[str]()

    def other(connection: socket.socket, target: str) -> None:
        seen.append(target)
        connection.sendall(answer(content, "application/n-quads"))

    with hostile(other) as elsewhere:
        named = url.format(other=elsewhere.removeprefix("http://")) if isinstance(url, str) else url
        digest = hashlib.sha256(content).hexdigest()
        file = {"type": "application/n-quads", "url": named, "bytes": len(content), "sha256": digest}
        listed = answer(json.dumps({"files": [file]}).encode())
        with (
            hostile(lambda connection, _: connection.sendall(listed)) as address,
            pytest.raises(AnswerUnusable, match="lists no download"),
        ):
            download(address, tmp_path / "there")
    assert seen == []
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"", status="302 Found", more="Location: http://[\r\n"),
        answer(b"", status="302 Found", more="Location: http://127.0.0.1\\@example.org/\r\n"),
        answer(b"", status="429 No", more="Retry-After: Wed, 21 Oct 99999999999 07:28:00 GMT\r\n"),
        answer(b"", status="429 No", more="Retry-After: Wed, 21 Oct 2015 07:28:00 +9999999999999\r\n"),
        answer(b'{"total": [], "results": []}'),
        answer(b'{"total": 1e999, "results": []}'),
        answer(b'{"total": "many", "results": []}'),
        answer(gzip.compress(gzip.compress(b" " * 30_000_000)), more="Content-Encoding: gzip, gzip\r\n"),
    ],
    ids=["place", "user", "year", "zone", "list", "infinite", "text", "bomb"],
)
def test_whatever_a_service_answers_is_an_error_of_the_client(
    reply: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathways_ld.client.exchange._FIRST_PAUSE", 0.0)
    bounds = Bounds(timeout=10, size=1_000_000, retries=1)
    with (
        hostile(lambda connection, _: connection.sendall(reply)) as address,
        Client(address, bounds=bounds) as vocabulary,
        pytest.raises(ClientError),
    ):
        list(vocabulary.search("x"))


def test_more_than_was_asked_for_is_not_given() -> None:
    found = {"id": "x", "kind": "k", "prefLabel": {}, "matches": []}
    reply = answer(json.dumps({"total": 9, "results": [found] * 9}).encode())
    with hostile(lambda connection, _: connection.sendall(reply)) as address, Client(address) as vocabulary:
        assert len(list(vocabulary.search("x", limit=2))) == 2


def test_results_that_are_no_object_are_told() -> None:
    reply = answer(b'{"results": []}', "application/sparql-results+json")
    with (
        hostile(lambda connection, _: connection.sendall(reply)) as address,
        Client(address) as vocabulary,
        pytest.raises(AnswerUnusable, match="no solutions"),
    ):
        vocabulary.query("SELECT * {}")


def test_a_line_that_could_be_parted_in_many_ways_is_read_at_once() -> None:
    line = b"_:" + b"<a>_:" * 200_000 + b"x y ."  # took the square of its length
    with pytest.raises(AnswerUnusable, match="not N-Triples"):
        list(read_ntriples(line))
    assert len(list(read_ntriples(b"_:a.b-c <https://e.org/p> _:d.e.\n"))) == 1


def test_what_is_no_prefix_does_not_keep_a_download_from_being_opened(tmp_path: Path) -> None:
    file = tmp_path / "v.nq"
    file.write_text(
        f"<{BASE}a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        " <http://www.w3.org/2004/02/skos/core#Concept> .\n"
    )
    table = {"ok": BASE, "a b\n": "x", "n": 7, "q": 'http://e.org/> . <http://e.org/s> a "', "": BASE}
    file.with_suffix(".json").write_text(json.dumps({"base": BASE, "prefixes": table}))
    with Client.offline(file) as vocabulary:
        assert vocabulary.term(f"{BASE}a").iri == f"{BASE}a"
        assert vocabulary.find("ok:a").iri == f"{BASE}a"


# caches

LANGUAGES = (
    HEAD
    + """
:s a skos:ConceptScheme ; dct:title "Both"@en , "Beide"@de .
:colour a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Colour"@en , "Farbe"@de .
"""
)


def both(client: FlaskClient, path: str, accept: str) -> tuple[TestResponse, TestResponse]:
    """Ask without cookies, and with those for Spanish pages and German content."""
    plain = client.get(path, headers={"Accept": accept})
    client.set_cookie(COOKIE, "es")
    client.set_cookie(CONTENT_COOKIE, "de")
    return plain, client.get(path, headers={"Accept": accept})


@pytest.mark.parametrize(
    "path",
    [
        "/colour/embed", "/colour/embed.json", "/colour/embed?format=csv", "/colour/card",
        f"/oembed?url={BASE}colour", f"/embed/terms?iri={BASE}colour", f"/module.html?term={BASE}colour",
        "/embed", "/mcp", "/llms.txt", "/context.jsonld", "/nothing", "/colour.ttl",
    ],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["text/html", "*/*, text/html;q=0.1", "application/json", "*/*"])
def test_no_cache_gives_one_reader_the_answer_for_another(
    make_vocabulary: MakeVocabulary, path: str, accept: str
) -> None:
    client = make_vocabulary(LANGUAGES, canonical_base=BASE).app().test_client()
    plain, told = both(client, path, accept)
    if plain.data != told.data and b"request_id" not in plain.data:
        assert "Cookie" in varies(told)
        assert plain.headers.get("ETag", "") != told.headers.get("ETag") or not told.headers.get("ETag")


def test_snippets_as_json_are_the_same_in_every_language_of_the_interface(client: FlaskClient) -> None:
    english = client.get("/topic/career-pathways/embed.json")
    client.set_cookie(COOKIE, "es")
    spanish = client.get("/topic/career-pathways/embed.json")
    assert spanish.data == english.data


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("/oembed", 400, {}),
        ("/sparql?query=x", 400, {}),
        ("/account", 403, {}),
        ("/mcp", 405, {"Accept": "text/event-stream"}),
        ("/module?" + "&".join(f"term={n}" for n in range(1_001)), 413, {}),
    ],
)
def test_refusals_are_not_kept_for_others(
    client: FlaskClient, path: str, status: int, headers: dict[str, str]
) -> None:
    response = client.get(path, headers=headers)
    assert response.status_code in (status, 401, 303)
    assert response.headers["Cache-Control"] == "no-store"


def test_the_refusal_of_a_client_is_not_kept_for_the_others(own: Vocabulary) -> None:
    app = own.app(sparql_client_errors=1.0)
    client = app.test_client()
    answers = [client.get("/sparql?query=x") for _ in range(3)]
    refused = answers[-1]
    assert_problem(refused, 429)
    assert refused.headers["Cache-Control"] == "no-store"


# addresses


def test_addresses_begin_with_https_behind_a_trusted_proxy(own: Vocabulary) -> None:
    client = own.app(trusted_proxies="127.0.0.1").test_client()
    secure = {"X-Forwarded-Proto": "https", "Host": "voc.example.org"}
    snippets = client.get("/topic/career-pathways/embed.json", headers=secure).get_json()
    assert snippets["snippets"][0]["url"].startswith("https://voc.example.org/")
    for path in ("/llms.txt", "/embed", "/mcp", "/topic/career-pathways/embed"):
        text = client.get(path, headers=secure | TEXT_HTML).get_data(as_text=True)
        assert "https://voc.example.org" in text
        assert "http://voc.example.org" not in text
    alone = own.app().test_client().get("/llms.txt", headers=secure).get_data(as_text=True)
    assert "https://voc.example.org" not in alone  # who is not trusted is not heard


@pytest.mark.parametrize("host", ['e.org"><script>x</script>', "e.org'onload=x", "a b", "[::1", "e.org/../x"])
@pytest.mark.parametrize("path", ["/embed", "/mcp", "/topic/career-pathways", "/topic/career-pathways/embed"])
def test_no_host_gets_markup_into_a_page(client: FlaskClient, path: str, host: str) -> None:
    response = client.get(path, headers={"Host": host, **TEXT_HTML})
    assert response.status_code in (200, 400)
    assert "<script>x" not in response.text
    assert "'onload" not in response.text


@pytest.mark.parametrize(
    ("base", "source", "asked"),
    [
        ("https://e.org/v/", "<https://e.org/v/> a skos:ConceptScheme . <https://e.org/v/a> a skos:Concept .",
         "https://e.org/v/"),
        ("https://e.org/h#", "<https://e.org/h> a skos:ConceptScheme . <https://e.org/h#card> a skos:Concept .",
         "https://e.org/h"),
        ("https://e.org/v/", "<https://e.org/v/x> a skos:Concept . <https://e.org/v/x/card> a skos:Concept .",
         "https://e.org/v/x"),
    ],
    ids=["the home page", "a hash vocabulary", "a term has the address"],
)  # fmt: skip
def test_a_card_is_of_the_term_that_was_asked_for(
    make_vocabulary: MakeVocabulary, base: str, source: str, asked: str
) -> None:
    client = make_vocabulary(HEAD + source, canonical_base=base).app().test_client()
    assert_problem(client.get("/oembed", query_string={"url": asked}), 404, "has no card")


@pytest.mark.parametrize(
    "referer", ["http://[", "http://localhost/\\example.org", "//example.org", "x" * 5_000]
)
def test_the_way_back_is_always_on_this_server(client: FlaskClient, referer: str) -> None:
    response = client.post("/language", data={"language": "es"}, headers={"Referer": referer})
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/")
    assert not response.headers["Location"].startswith(("//", "/\\"))


def test_a_language_is_a_short_form(client: FlaskClient) -> None:
    long = client.post("/language", data={"language": "es" * 10_000})
    assert_problem(long, 413, "at most 1,000")
    other = client.post("/language", data=b"{}", content_type="application/json")
    assert_problem(other, 415, "expected a form")


# texts

HOSTILE = (
    HEAD
    + r"""
:s a skos:ConceptScheme ; dct:title "V"@en .
:evil a skos:Concept ; skos:inScheme :s ; skos:prefLabel "=cmd|' /C calc'!A0\u001B[2J\u0007\u009B2J"@en .
"""
)


@pytest.mark.parametrize("name", ["csv", "rdfa", "bibtex", "apa", "dcat", "csl", "schema", "ctdl", "json"])
def test_no_control_character_is_copied(make_vocabulary: MakeVocabulary, name: str) -> None:
    client = make_vocabulary(HOSTILE, canonical_base=BASE).app().test_client()
    text = client.get(f"/evil/embed?format={name}").get_data(as_text=True)
    assert [each for each in text if not each.isprintable() and each not in "\r\n"] == []
    assert "calc" in text
    assert "\\u001b" not in text.lower()


def test_no_cell_is_a_formula(make_vocabulary: MakeVocabulary) -> None:
    client = make_vocabulary(HOSTILE, canonical_base=BASE).app().test_client()
    _, (iri, label) = csv.reader(io.StringIO(client.get("/evil/embed?format=csv").text, newline=""))
    assert iri == f"{BASE}evil"
    assert label.startswith("'=cmd")


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/module", {"json": {"terms": ["\ud800"]}}),
        ("/module", {"json": ["x", "\udc00"]}),
        ("/lookup", {"json": {"values": ["\ud83d"]}}),
        ("/reconcile", {"data": {"queries": json.dumps({"q": {"query": "\ud800"}})}}),
        ("/reconcile", {"data": {"extend": json.dumps({"ids": ["\ud800"], "properties": [{"id": "x"}]})}}),
        ("/mcp", {"json": {"jsonrpc": "2.0", "id": "\ud800", "method": "tools/list"}}),
    ],
)
def test_half_of_a_character_is_refused(client: FlaskClient, path: str, sent: dict[str, Any]) -> None:
    if "json" in sent:  # which the test client would not write with escapes
        sent = {"data": json.dumps(sent["json"]), "content_type": "application/json"}
    response = client.post(path, **sent)
    assert response.status_code == 400
    assert "half of a surrogate pair" in response.text
    whole = client.post("/module", json={"terms": ["\U0001f600"]})
    assert_problem(whole, 404)


# what it costs


def test_work_that_is_no_query_is_charged_and_bounded() -> None:
    now = [0.0]
    budgets = Fairness(
        Quota.per_minute("time", "seconds", 3, 1), Quota("errors", "", 0, 0), clock=lambda: now[0]
    )
    budgets.charge("a", 0.001)
    assert len(budgets) == 0  # what is quick is not counted
    for _ in range(3):
        budgets.check_time("a")
        budgets.charge("a", 2.5)
    with pytest.raises(Exception, match="Send the next in 30 seconds") as refused:
        budgets.check_time("a")
    assert getattr(refused.value, "retry_after", None) == 30
    budgets.check_time("b")
    now[0] = 31.0
    budgets.check_time("a")


def test_large_modules_count_as_queries_do(own: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    client = own.app(sparql_client_time=1.0, workers=1).test_client()
    turns: list[bool] = []
    turn = Fairness.turn

    def noted(self: Fairness, name: str, *, cheap: bool) -> Any:
        turns.append(cheap)
        return turn(self, name, cheap=cheap)

    monkeypatch.setattr(Fairness, "turn", noted)
    for query in ("depth=all", "depth=1", "depth=0"):
        assert client.get(f"/module.ttl?term=topic/career-pathways&{query}").status_code == 200
    assert client.get("/module.html?term=topic/career-pathways&depth=all").status_code == 200
    assert turns == [False, False, True, False]
    budgets: Fairness = client.application.extensions["pathways_ld.sparql"].fairness
    budgets.charge("127.0.0.1", 500.0)
    assert_problem(client.get("/module?term=topic/career-pathways&depth=2"), 429, "seconds a minute")
    assert client.get("/module.nt?term=topic/career-pathways").status_code == 200


def test_assistants_have_the_time_of_their_client(own: Vocabulary) -> None:
    client = own.app(sparql_client_time=1.0, workers=1).test_client()
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert client.post("/mcp", json=listing).status_code == 200
    budgets: Fairness = client.application.extensions["pathways_ld.sparql"].fairness
    budgets.charge("127.0.0.1", 500.0)
    refused = client.post("/mcp", json=listing)
    assert_problem(refused, 429, "seconds")
    assert int(refused.headers["Retry-After"]) > 0


def test_batches_of_labels_have_the_time_of_their_client(own: Vocabulary) -> None:
    client = own.app(sparql_client_time=1.0, workers=1).test_client()
    asked = [
        ("/reconcile", {"queries": '{"q": {"query": "Career pathways"}}'}),
        (
            "/reconcile",
            {"extend": '{"ids": ["topic/career-pathways"], "properties": [{"id": "skos:related"}]}'},
        ),
        ("/lookup", {"text": "Career pathways"}),
    ]
    for path, form in asked:
        assert client.post(path, data=form).status_code == 200
    budgets: Fairness = client.application.extensions["pathways_ld.sparql"].fairness
    budgets.charge("127.0.0.1", 500.0)
    for path, form in asked:
        assert_problem(client.post(path, data=form), 429, "seconds")


def test_a_document_of_many_classes_is_taken_apart_once(
    make_vocabulary: MakeVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 200  # each was looked for in the whole document, which took the square of its length
    classes = "".join(
        f"<{BASE}ns#C{n}> a owl:Class ; rdfs:subClassOf <{BASE}ns#C{(n - 1) // 3}> .\n"
        for n in range(1, count)
    )
    source = (
        HEAD
        + "@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        + f"<{BASE}ns> a owl:Ontology , skos:ConceptScheme . <{BASE}ns#C0> a owl:Class .\n"
        + f":x a skos:Concept ; skos:inScheme <{BASE}ns> .\n{classes}"
    )
    client = make_vocabulary(source, canonical_base=BASE).app().test_client()
    made: list[int] = []
    taken_apart = termwalk._Parts.__init__

    def noted(self: termwalk._Parts, ntriples: bytes) -> None:
        made.append(len(ntriples))
        taken_apart(self, ntriples)

    monkeypatch.setattr(termwalk._Parts, "__init__", noted)
    module = client.get("/module.nt", query_string={"term": f"{BASE}ns#C0", "depth": "all"})
    declared = {line.split(" ")[0] for line in module.text.splitlines() if line.endswith("owl#Class> .")}
    assert {f"<{BASE}ns#C{n}>" for n in range(count)} <= declared
    assert len(made) <= 3
    two = client.get("/module.nt", query_string={"term": f"{BASE}ns#C0", "depth": "1"}).text
    assert f"<{BASE}ns#C3> " in two
    assert f"<{BASE}ns#C4> " not in two
    above = client.get("/module.nt", query_string={"term": f"{BASE}ns#C199"}).text
    assert all(f"<{BASE}ns#C{n}> " in above for n in (199, 66, 21, 6, 1, 0))
    assert f"<{BASE}ns#C2> " not in above

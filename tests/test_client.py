"""The Python client: the same functions and answers online and offline, and what it does when answers are bad."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import documented
from conftest import MakeVocabulary
from conftest import Vocabulary as Built
from pathways_ld.client import (
    AnswerUnusable,
    Blank,
    Bounds,
    ClientError,
    Iri,
    NotFound,
    Problem,
    Text,
    Typed,
    Unreachable,
    Vocabulary,
    download,
)
from pathways_ld.client.values import literal_value, read_ntriples
from pathways_ld.errors import InputError
from pathways_ld.namespaces import XSD
from servers import running

BASE = "https://w3id.org/pathways-ld/"
SYNTHETIC = "https://example.org/voc/"
PREFIXES = (
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
)
Ask = Callable[[Vocabulary], Any]


@pytest.fixture(scope="module")
def server(own: Built) -> Iterator[str]:
    with running("--snapshot", str(own.folder)) as (address, _):
        yield address


@pytest.fixture(scope="module")
def downloaded(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return download(server, tmp_path_factory.mktemp("downloads"))


@pytest.fixture(scope="module")
def both(server: str, downloaded: Path) -> Iterator[tuple[Vocabulary, Vocabulary]]:
    with Vocabulary(server) as online, Vocabulary.offline(downloaded) as offline:
        yield online, offline


@pytest.fixture(scope="module")
def both_synthetic(
    synthetic: Built, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Vocabulary, Vocabulary]]:
    with running("--snapshot", str(synthetic.folder)) as (address, _):
        path = download(address, tmp_path_factory.mktemp("synthetic-downloads"))
        languages = ("de", "ar")
        with (
            Vocabulary(address, languages=languages) as online,
            Vocabulary.offline(path, languages=languages) as offline,
        ):
            yield online, offline


def agree(both: tuple[Vocabulary, Vocabulary], ask: Ask) -> Any:
    """Ask online and offline; the answers are the same, and so is what is wrong."""

    def told(vocabulary: Vocabulary) -> Any:
        try:
            return ask(vocabulary)
        except Problem as problem:
            return type(problem), problem.status

    online, offline = map(told, both)
    assert online == offline
    return online


# what importing it costs


def test_importing_it_loads_nothing_that_only_servers_need() -> None:
    code = (
        "import sys, pathways_ld.client;"
        "print([name for name in ('flask', 'pyoxigraph', 'rdflib', 'click', 'owlready2', 'openpyxl', 'granian')"
        " if name in sys.modules], 'requests' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


# the same online and offline


@pytest.mark.server
@pytest.mark.parametrize(
    ("iri", "label"),
    [
        (f"{BASE}topic/youth-apprenticeship", "Youth apprenticeship"),
        (f"{BASE}topic/wioa", "Workforce Innovation and Opportunity Act"),
        (f"{BASE}ns", "Career Pathways Vocabulary"),
        (f"{BASE}ns#Initiative", "Initiative"),
        (f"{BASE}topic/career-pathways#aqcp-1", "Connected and open"),
    ],
)
def test_a_term(both: tuple[Vocabulary, Vocabulary], iri: str, label: str) -> None:
    term = agree(both, lambda each: each.term(iri).values("http://www.w3.org/2004/02/skos/core#prefLabel"))
    assert isinstance(term, list)
    for each in both:
        assert each.term(iri).label() == label


@pytest.mark.server
def test_what_a_term_tells(both: tuple[Vocabulary, Vocabulary]) -> None:
    for each in both:
        term = each.term(f"{BASE}topic/apprenticeship")
        assert term.broader == [f"{BASE}topic/work-based-learning"]
        assert f"{BASE}topic/youth-apprenticeship" in term.narrower
        assert term.types == ["http://www.w3.org/2004/02/skos/core#Concept", "https://schema.org/DefinedTerm"]
        assert term.definition().startswith("Training for a skilled")
        assert term.labels == {"en": "Apprenticeship"}
        assert term.sources
        assert (term.deprecated, term.replaced_by) == (False, [])
    assert both[0].term(f"{BASE}topic/apprenticeship") == both[1].term(f"{BASE}topic/apprenticeship")


@pytest.mark.server
def test_terms_with_odd_iris_languages_and_ends(both_synthetic: tuple[Vocabulary, Vocabulary]) -> None:
    for name in ("colour", "naïve", "颜色", "a%2Fb", "what?now=1&x=2", "deep/er/one", "config.json"):
        iri = f"{SYNTHETIC}{name}"
        assert agree(both_synthetic, lambda each, iri=iri: each.term(iri)).iri == iri  # type: ignore[misc]
    # Not a number is not equal to itself.
    agree(both_synthetic, lambda each: repr(each.term(f"{SYNTHETIC}exact").triples))
    colour = both_synthetic[0].term(f"{SYNTHETIC}colour")
    assert (colour.label("de"), colour.label("en-GB"), colour.label("fr")) == ("Farbe", "Colour", "Colour")
    assert Text("Tint", "en-GB") in colour.alternative_labels
    old = both_synthetic[1].term(f"{SYNTHETIC}old")
    assert (old.deprecated, old.replaced_by) == (True, [f"{SYNTHETIC}colour"])
    assert agree(both_synthetic, lambda each: each.term(f"{SYNTHETIC}withdrawn")) == (NotFound, 410)


@pytest.mark.server
@pytest.mark.parametrize(
    "iri", [f"{BASE}topic/nothing", f"{BASE}ns#Nothing", "http://example.org/x", "wioa", f"{BASE}search"]
)
def test_what_is_no_term_is_not_found(both: tuple[Vocabulary, Vocabulary], iri: str) -> None:
    assert agree(both, lambda each: each.term(iri)) == (NotFound, 404)


@pytest.mark.server
def test_look_up(both: tuple[Vocabulary, Vocabulary]) -> None:
    values = [
        "WIOA",
        "youth apprenticeship",
        f"{BASE}topic/wioa",
        "topic:wioa",
        "aprenticeship",
        "",
        "WIOA",
        "zzzz",
    ]
    rows = agree(both, lambda each: each.look_up(values, limit=3))
    assert [row.value for row in rows] == values
    assert [row.status for row in rows][:4] == ["found"] * 4
    assert rows[0].iri == f"{BASE}topic/wioa"
    assert (rows[4].status, rows[4].iri) == ("unknown", "")
    assert rows[4].candidates[0].label == "Apprenticeship"
    assert agree(both, lambda each: each.find("wioa", kind="topic")).iri == f"{BASE}topic/wioa"
    assert agree(both, lambda each: each.find("wioa", kind="nonsense")) == (Problem, 400)


@pytest.mark.server
def test_look_up_in_the_languages_of_the_reader(both_synthetic: tuple[Vocabulary, Vocabulary]) -> None:
    rows = agree(both_synthetic, lambda each: each.look_up(["Farbe", "old"]))
    assert [(row.candidates[0].label, row.candidates[0].lang) for row in rows] == [("Farbe", "de")] * 2
    assert (rows[1].status, rows[1].candidates[0].replaces) == ("deprecated", f"{SYNTHETIC}old")


@pytest.mark.server
def test_more_values_than_one_request_takes_are_sent_in_parts(both: tuple[Vocabulary, Vocabulary]) -> None:
    values = [f"wioa {number}" if number % 2 else "wioa" for number in range(1_500)]
    rows = both[0].look_up(values, limit=1)
    assert [row.value for row in rows] == values
    assert rows[1_498].iri == f"{BASE}topic/wioa"


@pytest.mark.server
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"limit": 7},
        {"kind": "topic"},
        {"kind": "organization", "limit": 3},
        {"limit": 0},
        {"deprecated": True},
    ],
    ids=str,
)
def test_search(both: tuple[Vocabulary, Vocabulary], options: dict[str, Any]) -> None:
    found = agree(both, lambda each: list(each.search(" career  pathways", **options)))
    assert len(found) == options.get("limit", len(found))
    assert len({each.iri for each in found}) == len(found)
    assert {each.kind for each in found} <= (
        {options["kind"]} if "kind" in options else {each.kind for each in found}
    )


@pytest.mark.server
def test_search_goes_on_over_pages(
    both: tuple[Vocabulary, Vocabulary], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = agree(both, lambda each: [term.iri for term in each.search("education")])
    monkeypatch.setattr("pathways_ld.client.vocabulary.PAGE", 25)
    assert agree(both, lambda each: [term.iri for term in each.search("education")]) == whole
    assert agree(both, lambda each: [term.iri for term in each.search("education", limit=60)]) == whole[:60]
    assert len(whole) > 75
    first = next(both[0].search("career pathways"))
    assert (first.iri, first.label()) == (f"{BASE}topic/career-pathways", "Career Pathways")
    assert any("Pathways" in match.text for match in first.matches)


@pytest.mark.server
def test_search_without_a_word_is_refused(both: tuple[Vocabulary, Vocabulary]) -> None:
    assert agree(both, lambda each: list(each.search("?!"))) == (Problem, 400)


@pytest.mark.server
@pytest.mark.parametrize(
    "ask",
    [
        lambda each: each.look_up(["wioa"], limit=21),
        lambda each: each.look_up(["wioa"], limit=0),
        lambda each: each.suggest("wioa", limit=101),
        lambda each: each.suggest("a" * 201),
        lambda each: list(each.search("a" * 201)),
        lambda each: list(each.search("wioa", kind="nonsense")),
    ],
    ids=["candidates", "none", "suggestions", "typed", "searched", "kind"],
)
def test_more_than_is_given_is_refused_the_same_way(both: tuple[Vocabulary, Vocabulary], ask: Ask) -> None:
    assert agree(both, ask) == (Problem, 400)


@pytest.mark.server
def test_search_in_odd_vocabularies(both_synthetic: tuple[Vocabulary, Vocabulary]) -> None:
    for words in ("colour", "颜色", "مهنة", "old", "hub"):
        agree(both_synthetic, lambda each, words=words: list(each.search(words)))  # type: ignore[misc]
        found = agree(both_synthetic, lambda each, words=words: each.suggest(words))  # type: ignore[misc]
        assert found or words == "old"


@pytest.mark.server
def test_suggest(both: tuple[Vocabulary, Vocabulary]) -> None:
    found = agree(both, lambda each: each.suggest("apprent", limit=3))
    assert found[0].label == "Apprenticeship"
    assert len(found) == 3
    assert agree(both, lambda each: each.suggest("aprenticeship")), "with one letter put right"
    assert agree(both, lambda each: each.suggest("")) == []


@pytest.mark.server
def test_reconcile(both: tuple[Vocabulary, Vocabulary]) -> None:
    found = agree(
        both,
        lambda each: each.reconcile(
            ["WIOA", "no such thing at all", {"query": "apprenticeship", "limit": 2}]
        ),
    )
    assert (found[0][0].iri, found[0][0].match) == (f"{BASE}topic/wioa", True)
    assert [each.iri for each in found[2]][:1] == [f"{BASE}topic/apprenticeship"]
    of_kind = agree(both, lambda each: each.reconcile(["apprenticeship"], kind="organization", limit=2))
    assert f"{BASE}topic/apprenticeship" not in [each.iri for each in of_kind[0]]
    assert agree(both, lambda each: each.reconcile([{"limit": 3}])) == (Problem, 400)


@pytest.mark.server
def test_query_gives_python_values(both: tuple[Vocabulary, Vocabulary]) -> None:
    rows = agree(
        both,
        lambda each: each.query(
            PREFIXES + "SELECT * WHERE { VALUES (?whole ?exact ?day ?yes ?text ?plain ?iri ?year ?none)"
            ' { (7 1.50 "2026-11-24"^^xsd:date true "Farbe"@de "plain" skos:Concept "2026"^^xsd:gYear UNDEF) } }'
        ),
    )
    assert rows == [
        {
            "whole": 7,
            "exact": Decimal("1.5"),
            "day": date(2026, 11, 24),
            "yes": True,
            "text": Text("Farbe", "de"),
            "plain": Text("plain"),
            "iri": Iri("http://www.w3.org/2004/02/skos/core#Concept"),
            "year": Typed("2026", XSD.gYear),
        }
    ]
    for each in both:
        row = each.query(PREFIXES + f"SELECT ?l WHERE {{ <{BASE}topic/wioa> skos:prefLabel ?l }}")[0]
        assert isinstance(row["l"], Text)
        assert row["l"].lang == "en"


@pytest.mark.server
def test_ask_and_construct(both: tuple[Vocabulary, Vocabulary]) -> None:
    assert agree(both, lambda each: each.ask(PREFIXES + "ASK { ?s skos:broader ?o }")) is True
    assert agree(both, lambda each: each.ask(PREFIXES + "ASK { skos:x skos:y skos:z }")) is False
    text = f"CONSTRUCT WHERE {{ <{BASE}topic/apprenticeship> ?p ?o }}"
    found = agree(both, lambda each: sorted(each.construct(text)))
    assert {each.subject for each in found} == {f"{BASE}topic/apprenticeship"}


@pytest.mark.server
@pytest.mark.parametrize(
    "ask",
    [
        lambda each: each.query("SELECT"),
        lambda each: each.query("DROP ALL"),
        lambda each: each.construct("SELECT * WHERE { ?s ?p ?o }"),
    ],
    ids=["syntax", "update", "other form"],
)
def test_a_query_that_is_refused(both: tuple[Vocabulary, Vocabulary], ask: Ask) -> None:
    kind, status = agree(both, ask)
    assert kind is Problem
    assert status in (400, 403, 406)


@pytest.mark.server
def test_the_answer_of_another_form_is_not_taken(both: tuple[Vocabulary, Vocabulary]) -> None:
    for each in both:
        with pytest.raises(AnswerUnusable, match="ask\\(\\) for ASK"):
            each.query("ASK { }")
        with pytest.raises(AnswerUnusable, match="query\\(\\) for SELECT"):
            each.ask("SELECT * WHERE { }")


@pytest.mark.server
def test_a_problem_carries_what_the_service_says(both: tuple[Vocabulary, Vocabulary]) -> None:
    for each in both:
        with pytest.raises(Problem) as refused:
            each.query("SELECT *\nWHERE { ?s ?p }")
        assert refused.value.details["line"] == 2
        assert refused.value.detail == refused.value.message
        assert refused.value.detail


@pytest.mark.server
def test_the_prefixes_and_the_language_of_a_vocabulary_are_known_offline_too(
    make_vocabulary: MakeVocabulary, tmp_path: Path
) -> None:
    turtle = """
    @prefix kx: <https://example.org/voc/x-> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    kx:q7 a skos:Concept ; skos:prefLabel "Birch"@en , "Birke"@de .
    """
    built = make_vocabulary(turtle, default_language="de", canonical_base="https://example.org/voc/")
    with running("--snapshot", str(built.folder)) as (address, _):
        path = download(address, tmp_path / "here")
        with Vocabulary(address) as online, Vocabulary.offline(path) as offline:
            row = agree((online, offline), lambda each: each.find("kx:q7"))
            assert (row.status, row.candidates[0].label) == ("found", "Birke")


# values


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("-0042", "integer", -42),
        ("18446744073709551616", "unsignedLong", 2**64),
        ("1.50", "decimal", Decimal("1.5")),
        ("-1.5E3", "double", -1500.0),
        ("INF", "float", float("inf")),
        ("0", "boolean", False),
        ("2026-11-24", "date", date(2026, 11, 24)),
        ("2026-11-24T03:00:00Z", "dateTime", datetime(2026, 11, 24, 3, tzinfo=UTC)),
        ("2026-11-24T03:00:00.5", "dateTime", datetime(2026, 11, 24, 3, 0, 0, 500_000)),  # noqa: DTZ001
        ("text", "string", Text("text")),
        ("soon", "date", Typed("soon", XSD.date)),
        ("2026-02-30", "date", Typed("2026-02-30", XSD.date)),
        ("2026-11-24Z", "date", Typed("2026-11-24Z", XSD.date)),
        ("1_000", "integer", Typed("1_000", XSD.integer)),
        ("9" * 5_000, "integer", Typed("9" * 5_000, XSD.integer)),
        ("infinity", "double", Typed("infinity", XSD.double)),
        ("24:00:00", "time", Typed("24:00:00", XSD.time)),
    ],
)  # fmt: skip
def test_literals_as_python_values(text: str, datatype: str, value: object) -> None:
    found = literal_value(text, datatype=XSD[datatype])
    assert (type(found), found) == (type(value), value)


def test_ntriples_are_read_as_they_are_written() -> None:
    content = (
        r'<http://example.org/\u00e9> <http://example.org/p> "a\tb\"\\\U0001F600"@en-GB .' + "\n"
        "# a comment\n\n"
        '_:b <http://example.org/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> . # another\r\n'
        "_:b <http://example.org/p> _:c ."
    )
    first, second, third = read_ntriples(content.encode())
    assert (first.subject, first.predicate) == ("http://example.org/é", "http://example.org/p")
    assert first.object == 'a\tb"\\😀'
    assert isinstance(first.object, Text)
    assert first.object.lang == "en-GB"
    assert (second.subject, second.object) == (Blank("b"), 1)
    assert third.object == Blank("c")


@pytest.mark.parametrize(
    "content",
    [b"nonsense", b"<a> <b> .", b'<a> <b> "open .', b"\xff", b'<a> <b> "\\UFFFFFFFF" .', b"<a b> <c> <d> ."],
    ids=repr,
)
def test_what_is_no_ntriples_is_not_taken(content: bytes) -> None:
    with pytest.raises(AnswerUnusable):
        list(read_ntriples(content))


# a service that behaves badly


class Scripted:
    """Answers each request with the next of some replies, the last one again and again."""

    def __init__(self, *replies: tuple[int, dict[str, str], bytes]) -> None:
        self.replies = list(replies)
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        handler.rfile.read(length)
        self.seen.append((handler.command, handler.path, dict(handler.headers.items())))
        status, headers, body = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def scripted(*replies: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, Scripted]]:
    script = Scripted(*replies)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.answer(self)

        def do_POST(self) -> None:
            script.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{service.server_port}", script
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


RESULTS = {"Content-Type": "application/sparql-results+json"}
JSON = {"Content-Type": "application/json"}
YES = (200, RESULTS, b'{"head": {}, "boolean": true}')


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses instead of making them."""
    noted: list[float] = []
    monkeypatch.setattr("pathways_ld.client.exchange.time.sleep", noted.append)
    return noted


def busy(status: int, retry_after: str = "") -> tuple[int, dict[str, str], bytes]:
    headers = {"Content-Type": "application/problem+json"} | (
        {"Retry-After": retry_after} if retry_after else {}
    )
    return status, headers, json.dumps({"title": "Busy", "detail": "Later.", "status": status}).encode()


def test_a_busy_service_is_asked_again_when_it_says_so(pauses: list[float]) -> None:
    with scripted(busy(503, "2"), busy(429), YES) as (address, script), Vocabulary(address) as vocabulary:
        assert vocabulary.ask("ASK {}") is True
    assert pauses == [2.0, 1.0]
    assert len(script.seen) == 3


def test_a_date_in_retry_after_is_understood(pauses: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    with scripted(busy(503, later), YES) as (address, _), Vocabulary(address) as vocabulary:
        assert vocabulary.ask("ASK {}") is True
    assert 10 < pauses[0] <= 20


@pytest.mark.parametrize("retry_after", ["31", "99999999999999999999"])
def test_attempts_and_pauses_are_bounded(pauses: list[float], retry_after: str) -> None:
    with scripted(busy(429, retry_after)) as (address, script), Vocabulary(address) as vocabulary:
        with pytest.raises(Problem) as refused:
            vocabulary.ask("ASK {}")
        assert (refused.value.status, refused.value.detail) == (429, "Later.")
    assert len(script.seen) == (1 if retry_after == "31" else 4)
    assert sum(pauses) < 30


def test_without_an_answer_it_is_said_so(pauses: list[float]) -> None:
    with scripted(YES) as (address, _):
        pass
    with Vocabulary(address) as vocabulary, pytest.raises(Unreachable, match="does not answer"):
        vocabulary.ask("ASK {}")
    assert pauses == [0.5, 1.0, 2.0]


def test_it_says_who_it_is_and_which_languages_it_prefers() -> None:
    with scripted(YES) as (address, script), Vocabulary(address, languages=("es", "en")) as vocabulary:
        vocabulary.ask("ASK {}")
    method, path, headers = script.seen[0]
    assert (method, path) == ("POST", "/sparql")
    assert headers["User-Agent"].startswith("pathways-ld-client/")
    assert headers["Accept-Language"] == "es, en"


def test_it_is_not_sent_on_to_another_host() -> None:
    with scripted(YES) as (other, script):
        moved = (302, {"Location": f"{other}/dumps/"}, b"")
        with scripted(moved) as (address, _), Vocabulary(address) as vocabulary:
            with pytest.raises(AnswerUnusable, match="another host"):
                _ = vocabulary.base
            with pytest.raises(AnswerUnusable, match="give that address instead"):
                vocabulary.ask("ASK {}")
        assert script.seen == []


def test_it_is_sent_on_within_the_service_but_not_for_ever() -> None:
    listed = (200, JSON, json.dumps({"base": "https://example.org/"}).encode())
    with scripted((301, {"Location": "/elsewhere"}, b""), listed) as (address, script):
        assert Vocabulary(address).base == "https://example.org/"
        assert [path for _, path, _ in script.seen][1] == "/elsewhere"
    with scripted((301, {"Location": "/round"}, b"")) as (address, script):
        with pytest.raises(AnswerUnusable, match="more than 5 times"):
            _ = Vocabulary(address).base
        assert len(script.seen) == 6


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((200, {"Content-Type": "text/html"}, b"<p>hello"), "expected application/sparql-results"),
        ((200, RESULTS, b"{"), "no JSON that can be read"),
        ((200, RESULTS, b"[" * 100_000), "no JSON that can be read"),
        ((200, RESULTS, b"[]"), "no results of SPARQL"),
        ((200, RESULTS, b"{}"), "no solutions"),
        ((200, RESULTS, b'{"results": {"bindings": [7]}}'), "not as expected"),
        ((200, RESULTS, b'{"results": {"bindings": [{"x": {"type": "uri"}}]}}'), "without a value"),
        ((200, RESULTS, b'{"results": {"bindings": [{"x": {"type": "?", "value": ""}}]}}'), "expected uri"),
        ((200, RESULTS, b" " * 2_000), "more than 1,000 bytes"),
    ],
)
def test_an_answer_that_cannot_be_used_is_not_taken(
    reply: tuple[int, dict[str, str], bytes], words: str
) -> None:
    bounds = Bounds(size=1_000) if "1,000" in words else Bounds()
    with (
        scripted(reply) as (address, _),
        Vocabulary(address, bounds=bounds) as vocabulary,
        pytest.raises(AnswerUnusable, match=words),
    ):
        vocabulary.query("SELECT * {}")


def test_a_decompressed_answer_is_bounded_too() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    reply = (200, RESULTS | {"Content-Encoding": "gzip"}, bomb)
    with scripted(reply) as (address, _), Vocabulary(address, bounds=Bounds(size=1_000_000)) as vocabulary:
        assert len(bomb) < 1_000_000
        with pytest.raises(AnswerUnusable, match="more than 1,000,000 bytes"):
            vocabulary.query("SELECT * {}")


def test_an_answer_that_breaks_off_is_not_taken() -> None:
    reply = (200, RESULTS | {"Content-Length": "5000"}, b'{"head": {}')
    bounds = Bounds(timeout=5)
    with (
        scripted(reply) as (address, _),
        Vocabulary(address, bounds=bounds) as vocabulary,
        pytest.raises(Unreachable, match="broke off"),
    ):
        vocabulary.query("SELECT * {}")


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    reply = (200, RESULTS, b" " * 500_000)
    with (
        scripted(reply) as (address, _),
        Vocabulary(address, bounds=Bounds(deadline=0.0)) as vocabulary,
        pytest.raises(Unreachable, match="not done after 0 s"),
    ):
        vocabulary.query("SELECT * {}")


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"\xff", b'{"status": 1}'])
def test_a_problem_in_no_known_shape_still_has_its_status(body: bytes) -> None:
    with (
        scripted((500, {"Content-Type": "application/problem+json"}, body)) as (address, _),
        pytest.raises(Problem) as refused,
    ):
        Vocabulary(address).query("SELECT * {}")
    assert refused.value.status == 500


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "file:///etc/passwd", "http://", "http://[", "ftp://x.org"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ClientError, match="is no address"):
        Vocabulary(url)


def test_answers_in_other_shapes_are_told(pauses: list[float]) -> None:
    wrong = (200, JSON, b'{"results": [{}], "total": 1, "rows": [], "base": 7}')
    with scripted(wrong) as (address, _), Vocabulary(address) as vocabulary:
        for ask in (
            lambda: list(vocabulary.search("x")),
            lambda: vocabulary.suggest("x"),
            lambda: vocabulary.look_up(["x"]),
            lambda: vocabulary.reconcile(["x"]),
            lambda: vocabulary.term("https://example.org/x"),
        ):
            with pytest.raises(AnswerUnusable):
                ask()


# downloads


def listing(content: bytes, **changed: object) -> tuple[int, dict[str, str], bytes]:
    digest = hashlib.sha256(content).hexdigest()
    file = {"type": "application/n-quads", "url": "/dumps/v.nq", "bytes": len(content), "sha256": digest}
    return 200, JSON, json.dumps({"base": "https://example.org/", "files": [file | changed]}).encode()


@pytest.mark.server
def test_a_download_is_whole_and_not_made_twice(server: str, downloaded: Path, own: Built) -> None:
    before = downloaded.stat()
    assert downloaded.read_bytes() == (own.folder / "dumps" / "vocabulary.nq").read_bytes()
    assert download(server, downloaded.parent) == downloaded
    assert downloaded.stat().st_mtime_ns == before.st_mtime_ns
    told = json.loads(downloaded.with_suffix(".json").read_text())
    assert (told["base"], told["snapshot"]) == (BASE, own.manifest.id)


@pytest.mark.parametrize(
    ("about", "content", "words"),
    [
        (listing(b"abc"), b"abd", "not what the list says"),
        (listing(b"abc"), b"abcd", "not what the list says"),
        (listing(b"abcd"), b"abc", "not what the list says"),
        (listing(b"abc", bytes=10_000_000), b"abc", "at most 1,000,000"),
        (listing(b"abc", sha256="../../x"), b"abc", "lists no download"),
        (listing(b"abc", type="text/turtle"), b"abc", "lists no download"),
        ((200, JSON, b"[]"), b"abc", "lists no download"),
    ],
)
def test_a_download_that_is_not_what_was_listed_leaves_nothing(
    tmp_path: Path, about: tuple[int, dict[str, str], bytes], content: bytes, words: str
) -> None:
    with (
        scripted(about, (200, {"Content-Type": "application/n-quads"}, content)) as (address, _),
        pytest.raises(AnswerUnusable, match=words),
    ):
        download(address, tmp_path / "here", bounds=Bounds(size=1_000_000))
    assert [*tmp_path.rglob("*.*")] == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        scripted(listing(b"abc"), (200, {}, b"abc")) as (address, _),
        pytest.raises(ClientError, match="cannot be written"),
    ):
        download(address, tmp_path / "file")


@pytest.mark.server
def test_offline_use_of_a_snapshot_or_a_state_folder(own: Built, downloaded: Path) -> None:
    for path in (own.folder, own.settings.state_dir, downloaded):
        with Vocabulary.offline(path) as vocabulary:
            assert vocabulary.find("WIOA").iri == f"{BASE}topic/wioa"


@pytest.mark.server
def test_a_download_is_indexed_once(downloaded: Path) -> None:
    Vocabulary.offline(downloaded).close()
    (state,) = downloaded.parent.glob(f".{downloaded.name}-*")
    before = (state / "current").readlink()
    made = (state / "snapshots" / before.name).stat().st_mtime_ns
    Vocabulary.offline(downloaded).close()
    assert (state / "snapshots" / before.name).stat().st_mtime_ns == made


@pytest.mark.server
def test_several_may_open_a_download_for_the_first_time(downloaded: Path, tmp_path: Path) -> None:
    for path in (downloaded, downloaded.with_suffix(".json")):
        (tmp_path / path.name).write_bytes(path.read_bytes())

    def opened(_: int) -> str:
        with Vocabulary.offline(tmp_path / downloaded.name) as vocabulary:
            return vocabulary.find("WIOA").iri

    with ThreadPoolExecutor(3) as several:
        assert [*several.map(opened, range(3))] == [f"{BASE}topic/wioa"] * 3


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.nq"):
        with pytest.raises(InputError, match="neither a snapshot nor a downloaded vocabulary"):
            Vocabulary.offline(path)


@pytest.mark.server
def test_documented(server: str, tmp_path: Path) -> None:
    documented.check("docs/python-client.md", server, tmp_path)

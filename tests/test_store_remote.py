"""What is particular to remote stores: servers that misbehave, and what each engine is told."""

from __future__ import annotations

import contextlib
import gc
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core_fixtures import run_python
from pathways_ld.errors import (
    AnswerTooLarge,
    PathwaysError,
    QueryCancelled,
    QueryError,
    QueryMemoryExceeded,
    QueryPosition,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    StoreBusy,
    StoreError,
)
from pathways_ld.remotes import RemoteSettings, read_remotes
from pathways_ld.settings import Settings
from pathways_ld.store.base import Cancellation, Limits, Query
from pathways_ld.store.engines import ENGINES
from pathways_ld.store.remote import Graphs, RemoteStore, published_graphs
from pathways_ld.store.remote_exchange import new_session, send
from pathways_ld.store.remote_writing import RemoteWriter
from scripted import Script, ScriptedServer, chunks, drip, hang_up, reply, silence
from servers import free_port
from sparql_fixtures import BASE, JSON, until
from virtuoso_server import running_virtuoso

if TYPE_CHECKING:
    from pathways_ld.store.base import QueryForm

NT, TURTLE, CSV = "application/n-triples", "text/turtle", "text/csv"
SELECT = "SELECT ?s { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
ROW = b'{"s":{"type":"literal","value":"one"}}'
HEAD = b'{"head":{"vars":["s"]},"results":{"bindings":['
RESULTS = HEAD + ROW + b"]}}"
TRIPLE = b"<http://e/s> <http://e/p> <http://e/o> .\n"
QUICK = Limits(deadline=5)
WHOLE = Graphs(f"{BASE}default", (f"{BASE}g1", f"{BASE}g2"), f"{BASE}union")
GRAPHS = Graphs(f"{BASE}default", (f"{BASE}g1", f"{BASE}g2"))


def ask(
    script: Script | list[Script],
    text: str = SELECT,
    form: QueryForm = "SELECT",
    media_type: str = JSON,
    *,
    engine: str = "generic",
    limits: Limits = QUICK,
    graphs: Graphs | None = WHOLE,
    answer_size: int = 1_000_000,
    **rest: Any,
) -> tuple[bytes, ScriptedServer]:
    scripts = script if isinstance(script, list) else [script]
    with (
        ScriptedServer(scripts) as server,
        RemoteStore(server.url, ENGINES[engine], limits, graphs=graphs, answer_size=answer_size) as store,
        store.query(Query(text, form, media_type, **rest)) as answer,
    ):
        return b"".join(answer), server


def failure(
    kind: type[PathwaysError], script: Script | list[Script], *rest: Any, **options: Any
) -> PathwaysError:
    with pytest.raises(kind) as caught:
        ask(script, *rest, **options)
    assert type(caught.value) is kind
    return caught.value


# parts of answers


@pytest.mark.parametrize("engine", ["generic", "virtuoso"])
@pytest.mark.parametrize("media_type", [JSON, CSV])
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        pytest.param(reply(RESULTS, status=206), StoreError, id="206"),
        pytest.param(reply(RESULTS, X_SQL_State="S1TAT"), QueryTimeout, id="S1TAT"),
        pytest.param(reply(RESULTS, X_SQL_State="S1TAT", status=206), QueryTimeout, id="206 and S1TAT"),
        pytest.param(reply(RESULTS, X_SQL_State="01S02"), StoreError, id="another SQL state"),
        pytest.param(reply(RESULTS, X_SPARQL_MaxRows="1"), AnswerTooLarge, id="row limit"),
    ],
)
def test_a_part_of_an_answer_is_a_failure(
    engine: str, media_type: str, script: Script, kind: type[PathwaysError]
) -> None:
    failure(kind, script, media_type=media_type, engine=engine)


@pytest.mark.parametrize("media_type", [JSON, CSV])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(reply(RESULTS, length=len(RESULTS) + 100), id="shorter than it says"),
        pytest.param(reply(RESULTS[:-10]), id="half of the results"),
        pytest.param(reply(RESULTS[:-10], length=None), id="without a length"),
        pytest.param(chunks(RESULTS, ended=False), id="no last chunk"),
        pytest.param(chunks(HEAD, ROW + b",", ROW[:9]), id="chunks end within a row"),
        pytest.param(reply(HEAD + ROW + b"\n!!!!>># An error has occurred"), id="an error at the end"),
        pytest.param(reply(b""), id="nothing"),
        pytest.param(hang_up, id="no answer"),
    ],
)
def test_an_answer_that_breaks_off_is_a_failure(script: Script, media_type: str) -> None:
    failure(StoreError, script, media_type=media_type)


@pytest.mark.parametrize("media_type", [NT, TURTLE])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(reply(TRIPLE, NT, length=None), id="no length: a part could pass for the whole"),
        pytest.param(reply(TRIPLE * 2, NT, length=1_000), id="shorter than it says"),
        pytest.param(reply(TRIPLE + TRIPLE[:20], NT), id="half a triple"),
        pytest.param(chunks(TRIPLE, content_type=NT, ended=False), id="no last chunk"),
    ],
)
def test_a_graph_that_breaks_off_is_a_failure(script: Script, media_type: str) -> None:
    failure(StoreError, script, CONSTRUCT, "CONSTRUCT", media_type)


def test_a_long_answer_that_breaks_off_breaks_the_stream() -> None:
    rows = b",".join([ROW] * 60_000)
    with (
        ScriptedServer([chunks(HEAD, rows, b",", rows, ended=False)]) as server,
        RemoteStore(server.url, limits=Limits(buffer=1_000)) as store,
        store.query(Query(SELECT, "SELECT", CSV)) as answer,
    ):
        assert not answer.complete
        with pytest.raises(StoreError, match=r"broke off|cannot be read"):
            list(answer)
        with pytest.raises(StopIteration):
            next(answer)


# answers that are none


@pytest.mark.parametrize("content_type", ["text/html", "", "application/xml", CSV])
def test_what_is_not_labelled_as_asked_is_a_failure(content_type: str) -> None:
    assert (
        "where application/sparql-results+json was asked for"
        in failure(StoreError, reply(RESULTS, content_type)).message
    )


def test_common_labels_are_understood() -> None:
    assert ask(reply(RESULTS, "application/json; charset=utf-8"))[0] == RESULTS
    assert ask(reply(TRIPLE, "text/plain"), CONSTRUCT, "CONSTRUCT", NT)[0] == TRIPLE


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "/elsewhere", "https://example.org/"])
def test_redirects_are_not_followed(target: str) -> None:
    script = reply(b"", "text/html", 307, Location=target)
    with ScriptedServer([script]) as server, RemoteStore(server.url) as store:
        with pytest.raises(StoreError, match="redirects to another address"):
            store.query(Query(SELECT, "SELECT", JSON))
        assert len(server.asked) == 1


def test_an_answer_without_end_is_cut() -> None:
    endless = drip(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n" + HEAD,
        (ROW + b",") * 1_000,
        0.001,
    )
    for media_type in (JSON, CSV):
        failure(AnswerTooLarge, endless, media_type=media_type, answer_size=200_000)


def test_a_truth_value_is_short() -> None:
    long = reply(b'{"boolean":' + b" " * 2_000_000 + b"true}")
    error = failure(StoreError, long, "ASK {}", "ASK", CSV, answer_size=10_000_000)
    assert "longer than a truth value" in error.message


@pytest.mark.parametrize("body", [b"{}", b"[]", b"nonsense", b'{"boolean":"yes"}', RESULTS, b"[" * 100_000])
def test_what_is_no_truth_value_is_a_failure(body: bytes) -> None:
    if body is RESULTS:
        assert ask(reply(body), "ASK {}", "ASK", CSV)[0] == b"true"  # Virtuoso's way to say it
    else:
        failure(StoreError, reply(body), "ASK {}", "ASK", CSV)


def test_a_compressed_answer_is_refused() -> None:
    failure(StoreError, reply(b"\x1f\x8b", Content_Encoding="gzip"))


def test_nested_triple_terms_are_bounded() -> None:
    nested = b"<http://e/s> <http://e/p> " + b"<<( <http://e/s> <http://e/p> " * 200
    error = failure(StoreError, reply(nested, NT), CONSTRUCT, "CONSTRUCT", TURTLE)
    assert "triple terms" in error.message


# time


SLOW_HEADERS = drip(b"HTTP/1.1 200 OK\r\n", b"X-Wait: 1\r\n")
SLOW_BODY = drip(
    b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n" + HEAD, ROW + b","
)


@pytest.mark.parametrize("script", [silence, SLOW_HEADERS, SLOW_BODY], ids=["silence", "headers", "body"])
@pytest.mark.parametrize("media_type", [JSON, CSV])
def test_no_server_is_waited_for_longer_than_the_deadline(script: Script, media_type: str) -> None:
    with ScriptedServer([script]) as server, RemoteStore(server.url, limits=Limits(deadline=0.5)) as store:
        started = time.monotonic()
        with pytest.raises(QueryTimeout, match=r"stopped after 0\.5 seconds"):
            store.query(Query(SELECT, "SELECT", media_type))
        assert time.monotonic() - started < 5
        assert server.hung_up.wait(10)
        assert until(lambda: not remote_threads())


@pytest.mark.parametrize("script", [silence, SLOW_HEADERS, SLOW_BODY], ids=["silence", "headers", "body"])
def test_a_cancelled_query_closes_the_connection(script: Script) -> None:
    cancellation = Cancellation()
    with ScriptedServer([script]) as server, RemoteStore(server.url, limits=Limits(deadline=60)) as store:
        threading.Timer(0.3, cancellation.cancel).start()
        with pytest.raises(QueryCancelled):
            store.query(Query(SELECT, "SELECT", CSV), cancellation=cancellation)
        assert server.hung_up.wait(10)
        assert until(lambda: not remote_threads())


def remote_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "remote-store"]


def test_a_reader_who_stops_loses_the_connection_to_the_next_query() -> None:
    long = chunks(HEAD, *[b",".join([ROW] * 10_000) + b","] * 60, ROW + b"]}}")
    limits = Limits(buffer=0, transfer=0.5)
    with (
        ScriptedServer([long, reply(RESULTS)]) as server,
        RemoteStore(server.url, limits=Limits(deadline=10), connections=1) as store,
        store.query(Query(SELECT, "SELECT", JSON), limits) as answer,
    ):
        with store.query(Query(SELECT, "SELECT", JSON)) as other:
            assert b"".join(other) == RESULTS
        with pytest.raises(QueryTimeout, match="not fetched"):
            list(answer)


def test_an_answer_that_nobody_holds_is_given_up() -> None:
    endless = drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n\r\n", ROW * 1_000)
    with ScriptedServer([endless]) as server, RemoteStore(server.url, connections=1) as store:
        answer = store.query(Query(SELECT, "SELECT", JSON), Limits(buffer=0))
        del answer
        gc.collect()
        assert server.hung_up.wait(10)


def test_the_engines_objects_end_in_the_thread_that_made_them() -> None:
    """Elsewhere they complain on standard error, some only when the process ends."""
    ran = run_python(
        "from test_store_remote import *\n"
        "failure(StoreError, reply(HEAD + ROW + b'nonsense'), media_type=CSV)\n"
        "failure(StoreError, reply(HEAD + ROW, length=10_000), media_type=CSV)\n",
        environment={"PYTHONPATH": str(Path(__file__).parent)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced() -> None:
    with (
        ScriptedServer([reply(RESULTS), hang_up, reply(RESULTS)]) as server,
        RemoteStore(server.url) as store,
    ):
        for _ in range(2):
            with store.query(Query(SELECT, "SELECT", JSON)) as answer:
                assert b"".join(answer) == RESULTS
        assert server.connections == 2


def test_connections_are_kept() -> None:
    with ScriptedServer([reply(RESULTS)]) as server, RemoteStore(server.url) as store:
        for media_type in (JSON, CSV) * 3:
            store.query(Query(SELECT, "SELECT", media_type)).close()
        assert server.connections == 1


def test_a_store_that_is_not_there_is_named() -> None:
    with (
        RemoteStore(f"http://127.0.0.1:{free_port()}/") as store,
        pytest.raises(StoreError, match="did not answer"),
    ):
        store.query(Query(SELECT, "SELECT", JSON))


def test_a_store_that_takes_no_connections_is_not_the_fault_of_the_query() -> None:
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # fills the queue of the system
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        session = new_session(None, "", 1)
        with session, pytest.raises(StoreError, match="did not answer"):
            send(session, "POST", f"http://127.0.0.1:{full.getsockname()[1]}/", 0.3, headers={}, body=b"")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_certificate_is_checked(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ScriptedServer([reply(RESULTS)], context) as server:
        url = server.url.replace("http:", "https:")
        with RemoteStore(url) as store, pytest.raises(StoreError, match="certificate was not accepted"):
            store.query(Query(SELECT, "SELECT", JSON))
        with (
            RemoteStore(url, ca_file=str(certificate)) as store,
            store.query(Query(SELECT, "SELECT", JSON)) as answer,
        ):
            assert b"".join(answer) == RESULTS
    with pytest.raises(StoreError, match=r"gone\.pem is not there"):
        RemoteStore(url, ca_file=str(tmp_path / "gone.pem"))


def test_something_that_is_no_http_is_named() -> None:
    def noise(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")
        raise OSError

    failure(StoreError, noise)


# failures and what they mean

SAID = [
    (400, "text/plain", "Virtuoso 37000 Error SP030: SPARQL compiler, line 2: syntax error at '}' before '}'\n\n"
     "SPARQL query:\nx", QuerySyntaxError, QueryPosition(2, 3, "  }")),
    (400, "text/plain", "Error 400: Parse error: \nEncountered \" \"}\" at line 2, column 3.\n", QuerySyntaxError,
     QueryPosition(2, 3, "  }")),
    (400, "text/plain", "MALFORMED QUERY: Encountered \" \"}\" at line 2, column 3.", QuerySyntaxError,
     QueryPosition(2, 3, "  }")),
    (400, "text/plain", "error at 2:3: expected one of \"a\"", QuerySyntaxError, QueryPosition(2, 3, "  }")),
    (400, "application/json", json.dumps({"exception": "Invalid SPARQL query", "metadata":
     {"line": 2, "positionInLine": 2, "startIndex": 9}}), QuerySyntaxError, QueryPosition(2, 3, "  }")),
    (400, "application/problem+json", json.dumps({"type": "/problems/query-syntax-error", "detail": "The brace.",
     "line": 2, "column": 3}), QuerySyntaxError, QueryPosition(2, 3, "  }")),
    (400, "text/plain", "bad request", QueryError, None),
    (422, "text/plain", "cannot do that", QueryError, None),
    (500, "text/plain", "Virtuoso 42001 Error SR185: Undefined procedure DB.DBA.http://e/f.", QueryError, None),
    (500, "text/plain", "Virtuoso S1T00 Error SR171: Transaction timed out", QueryTimeout, None),
    (500, "text/plain", "Virtuoso 42000 Error The estimated execution time 1834 (sec) exceeds the limit of 400 (sec).",
     QueryTimeout, None),
    (503, "text/plain", "Query timed out", QueryTimeout, None),
    (500, "text/plain", "org.eclipse.rdf4j.query.QueryInterruptedException: Query evaluation took too long",
     QueryTimeout, None),
    (429, "application/json", json.dumps({"exception": "Operation timed out."}), QueryTimeout, None),
    (500, "application/json", json.dumps({"code": "TimeLimitExceededException"}), QueryTimeout, None),
    (503, "application/problem+json", json.dumps({"type": "/problems/query-timeout", "detail": "x"}),
     QueryTimeout, None),
    (500, "application/json", json.dumps({"code": "MemoryLimitExceededException"}), QueryMemoryExceeded, None),
    (500, "text/plain", "java.lang.OutOfMemoryError: Java heap space", QueryMemoryExceeded, None),
    (503, "application/problem+json", json.dumps({"type": "/problems/query-memory-exceeded", "detail": "x"}),
     QueryMemoryExceeded, None),
    (503, "application/problem+json", json.dumps({"type": "/problems/answer-too-large", "detail": "x"}),
     AnswerTooLarge, None),
    (403, "application/problem+json", json.dumps({"type": "/problems/query-refused", "detail": "x"}),
     QueryRefused, None),
    (429, "application/problem+json", json.dumps({"type": "/problems/too-many-requests", "detail": "x"}),
     StoreBusy, None),
    (503, "text/plain", "overloaded", StoreBusy, None),
    (413, "text/plain", "", QueryError, None),
    (401, "text/plain", "who are you", StoreError, None),
    (403, "text/plain", "no", StoreError, None),
    (404, "text/html", "<h1>Not here</h1>", StoreError, None),
    (500, "text/plain", "\x00\xff" * 50_000, StoreError, None),
    (500, "application/json", "{" * 50_000, StoreError, None),
    (302, "text/plain", "", StoreError, None),
    (204, "text/plain", "", StoreError, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "content_type", "said", "kind", "position"),
    SAID,
    ids=[f"{status}-{said[:30]}" for status, _, said, _, _ in SAID],
)
def test_failures_are_told_apart(
    status: int, content_type: str, said: str, kind: type[PathwaysError], position: QueryPosition | None
) -> None:
    error = failure(kind, reply(said.encode(), content_type, status), "SELECT *\n  }")
    assert len(error.message) < 500
    assert error.message.isprintable()
    if isinstance(error, QuerySyntaxError):
        assert error.position == position


def test_the_words_of_a_failed_server_are_not_shown_to_readers() -> None:
    error = failure(StoreError, reply(b"stack trace at /srv/secret/path", "text/plain", 500))
    assert "secret" not in error.message


def test_a_place_is_one_in_the_query_as_it_was_asked() -> None:
    said = reply(b"error at 1:40: expected x", "text/plain", 400)
    text = "SELECT * { <a> ?p }"
    error = failure(QuerySyntaxError, said, text, base_iri=BASE)
    assert isinstance(error, QuerySyntaxError)
    assert error.position == QueryPosition(1, 40 - len(f"BASE <{BASE}> "), text)


@pytest.mark.parametrize(("value", "expected"), [("7", 7), ("9999999", 3600), ("soon", 5), ("", 5)])
def test_the_advice_to_wait_is_passed_on_within_reason(value: str, expected: int) -> None:
    error = failure(StoreBusy, reply(b"", "text/plain", 503, Retry_After=value))
    assert isinstance(error, StoreBusy)
    assert error.retry_after == expected


# what is sent


@pytest.mark.parametrize(
    ("engine", "field", "header"),
    [
        ("generic", [], None),
        ("fuseki", [], None),
        ("virtuoso", ["2500"], None),
        ("graphdb", ["3"], None),
        ("rdf4j", ["3"], None),
        ("qlever", ["3s"], None),
        ("blazegraph", [], "2500"),
    ],
)
def test_each_engine_is_told_the_deadline_in_its_own_way(
    engine: str, field: list[str], header: str | None
) -> None:
    _, server = ask(reply(RESULTS), engine=engine, limits=Limits(deadline=2.5), graphs=None)
    asked = server.asked[0]
    assert asked.all("timeout") == field
    assert asked.headers.get("x-bigdata-max-query-millis") == header


def test_a_query_is_sent_as_a_form_without_url_parameters() -> None:
    _, server = ask(reply(RESULTS), 'SELECT ("é & ?" AS ?s) {}')
    asked = server.asked[0]
    assert asked.line == "POST /sparql HTTP/1.1"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.all("query") == ['SELECT ("é & ?" AS ?s) {}']


def datasets(text: str = SELECT, engine: str = "generic", graphs: Graphs | None = GRAPHS, **rest: Any) -> Any:
    _, server = ask(reply(RESULTS), text, engine=engine, graphs=graphs, **rest)
    asked = server.asked[0]
    return asked.all("default-graph-uri"), asked.all("named-graph-uri"), asked.all("query")[0]


def test_the_dataset_is_always_said() -> None:
    unnamed, (g1, g2), nothing = GRAPHS.unnamed, GRAPHS.named, GRAPHS.nothing
    assert datasets() == ([unnamed, g1, g2], [g1, g2], SELECT)
    assert datasets(default_graphs=(g1,)) == ([g1], [nothing], SELECT)
    assert datasets(named_graphs=(g1,)) == ([nothing], [g1], SELECT)
    text = "SELECT ?s FROM <http://example.org/g1> FROM NAMED <http://example.org/g2> { ?s ?p ?o }"
    default_graphs, named_graphs, sent = datasets(text)
    assert (default_graphs, named_graphs) == ([g1], [g2])
    assert "FROM" not in sent
    assert len(sent) == len(text)


def test_graphs_of_others_in_the_same_store_are_out_of_reach() -> None:
    nothing = GRAPHS.nothing
    for other in ("http://others.example/", GRAPHS.unnamed, ""):
        assert datasets(default_graphs=(other,))[:2] == ([nothing], [nothing])
        assert datasets(named_graphs=(other,))[:2] == ([nothing], [nothing])
    assert datasets("SELECT ?s FROM <http://others.example/> { ?s ?p ?o }")[:2] == ([nothing], [nothing])


def test_an_engine_that_does_not_merge_gets_one_graph_with_everything() -> None:
    remote = RemoteSettings("x", "http://x/", engine="virtuoso")
    graphs = published_graphs(remote, BASE, ["", f"{BASE}g1"])
    assert datasets(engine="virtuoso", graphs=graphs)[:2] == ([f"{BASE}store/union"], [f"{BASE}g1"])
    alone = published_graphs(remote, BASE, [""])
    assert datasets(engine="virtuoso", graphs=alone)[0] == [f"{BASE}store/default"]


def test_another_server_of_this_vocabulary_is_asked_for_its_own_dataset() -> None:
    assert datasets(graphs=None) == ([], [], SELECT)
    assert datasets(graphs=None, default_graphs=("http://e/g",))[:2] == (["http://e/g"], [])


@pytest.mark.parametrize(
    ("answers", "cut"),
    [
        pytest.param([reply(b'{"results":{"bindings":[{}]}}'), reply(TRIPLE, NT)], False, id="no limit"),
        pytest.param(
            [reply(b'{"results":{"bindings":[{"rows":{"value":"0"}}]}}'), reply(TRIPLE, NT)], False, id="zero"
        ),
        pytest.param(
            [reply(b"no", "text/plain", 400), reply(RESULTS, X_SPARQL_MaxRows="9")],
            True,
            id="it does not tell",
        ),
        pytest.param([reply(b"[]"), reply(RESULTS, X_SPARQL_MaxRows="9")], True, id="nonsense"),
    ],
)
def test_where_virtuoso_may_cut_a_graph_its_solutions_are_asked_for_first(
    answers: list[Script], cut: bool
) -> None:
    if cut:
        failure(AnswerTooLarge, answers, CONSTRUCT, "CONSTRUCT", NT, engine="virtuoso")
    else:
        assert ask(answers, CONSTRUCT, "CONSTRUCT", NT, engine="virtuoso")[0] == TRIPLE


def test_service_is_not_passed_on() -> None:
    for text in (
        "SELECT ?s { SERVICE <http://e/> { ?s ?p ?o } }",
        "SELECT ?s { ?s ?p ?o serVICE SILENT ?x {} }",
    ):
        with RemoteStore("http://127.0.0.1:1/") as store, pytest.raises(QueryRefused, match="SERVICE"):
            store.query(Query(text, "SELECT", JSON))
    harmless = 'SELECT ?service { ?service <http://e/SERVICE> "SERVICE <x>"@en } # SERVICE'
    ask(reply(RESULTS), harmless)


def test_nothing_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}/")
    _, server = ask(reply(RESULTS))
    assert "authorization" not in server.asked[0].headers


def test_cookies_are_not_kept() -> None:
    with ScriptedServer([reply(RESULTS, Set_Cookie="a=b")]) as server, RemoteStore(server.url) as store:
        for _ in range(2):
            store.query(Query(SELECT, "SELECT", JSON)).close()
        assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("auth", "expected"),
    [("basic", "Basic bWU6cMOkc3M="), ("bearer", "Bearer pass")],
)
def test_credentials_come_from_the_environment(
    auth: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "päss" if auth == "basic" else "pass")
    with ScriptedServer([reply(RESULTS)]) as server:
        table = {"query_url": server.url, "auth": auth, "user": "me", "secret_env": "MY_SECRET"}
        remote = read_remotes({"x": table}, "test").named("x")
        with RemoteStore.from_settings(remote, Settings(), GRAPHS) as store:
            store.query(Query(SELECT, "SELECT", JSON)).close()
        assert server.asked[0].headers["authorization"] == expected
        assert "päss" not in str(read_remotes({"x": table}, "test"))


# conversion


def test_virtuosos_blank_nodes_become_labels_and_texts_stay() -> None:
    node = b'{"s": { "type": "bnode", "value": "nodeID://b10000" }}'
    text = json.dumps({"s": {"type": "literal", "value": '"bnode", "value": "nodeID://x'}}).encode()
    rows = b",".join([node, text] * 5_000)
    body = b"".join(
        [b'{"head":{"link":[],"vars":["s"]},"results":{"distinct":false,"bindings":[', rows, b"]}}"]
    )
    for size in (1_000, 65_537):
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        answered, _ = ask(chunks(*pieces), engine="virtuoso", answer_size=10_000_000)
        found = json.loads(answered)["results"]["bindings"]
        assert [row["s"]["value"] for row in found] == ["b10000", '"bnode", "value": "nodeID://x'] * 5_000


def test_qlever_is_asked_for_ntriples() -> None:
    answered, server = ask(reply(TRIPLE, NT), CONSTRUCT, "CONSTRUCT", "application/ld+json", engine="qlever")
    assert server.asked[0].headers["accept"] == NT
    assert json.loads(answered)[0]["@id"] == "http://e/s"


# real limits of a real engine


@pytest.mark.virtuoso
def test_virtuosos_row_limit_is_always_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Virtuoso says in a header that it has cut SELECT; CONSTRUCT and DESCRIBE it cuts without a word."""
    folder = tmp_path_factory.mktemp("limited")
    with running_virtuoso(folder, "ResultSetMaxRows = 50\nMaxQueryExecutionTime = 1") as limited:
        remote = limited.settings
        graphs = published_graphs(remote, BASE, [""])
        with RemoteWriter(remote) as writer:
            triples = b"".join(
                b"<http://e/%d> <http://e/p> <http://e/o> .\n" % number for number in range(100)
            )
            writer.add(graphs.unnamed, triples)
        with RemoteStore.from_settings(remote, Settings(), graphs) as store:

            def lines(text: str, form: QueryForm) -> int:
                media_type = CSV if form == "SELECT" else NT
                with store.query(Query(text, form, media_type)) as answer:
                    return b"".join(answer).count(b"\n")

            for text, form in LIMITED:
                with pytest.raises(AnswerTooLarge, match="at most 50 rows"):
                    lines(text, form)
            assert lines("SELECT * { ?s ?p ?o } LIMIT 49", "SELECT") == 50
            assert lines("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 49", "CONSTRUCT") == 49
            assert lines("DESCRIBE ?s WHERE { ?s ?p ?o } LIMIT 49", "DESCRIBE") == 49
            assert lines("DESCRIBE <http://e/1>", "DESCRIBE") == 1
            heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
            with pytest.raises(QueryTimeout):
                lines(heavy.replace("?n)", "?x)"), "SELECT")


LIMITED: list[tuple[str, QueryForm]] = [
    ("SELECT * { ?s ?p ?o }", "SELECT"),
    ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
    ("CONSTRUCT { ?s <http://e/x> ?o } WHERE { ?s ?p ?o }", "CONSTRUCT"),
    ("DESCRIBE ?s WHERE { ?s ?p ?o }", "DESCRIBE"),
]

"""What operators rely on: request ids, the access log, the metrics, compressed answers."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import Vocabulary
from pathways_ld.settings import Settings
from pathways_ld.web.access_log import AccessLog, LogFile
from pathways_ld.web.compression import accepts_gzip
from pathways_ld.web.metrics import route_of
from problems import assert_problem
from servers import running

PAGE = "/topic/career-pathways"
GZIP = {"Accept-Encoding": "gzip"}
TOKEN = "secret-of-the-operator"  # noqa: S105 - of this test
LOCAL = {"base_url": "http://localhost:8000"}
NUMBERS = {"query": "SELECT ?n { VALUES ?n { 1 2 3 } }"}


# request ids


def test_every_answer_has_a_request_id(client: FlaskClient) -> None:
    seen = set()
    for path in (PAGE, "/topic/nothing", "/healthz", "/sparql", "/dumps/vocabulary.nt", "/static/nothing"):
        response = client.get(path)
        assert len(response.headers["X-Request-Id"]) >= 16
        assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
        seen.add(response.headers["X-Request-Id"])
    assert len(seen) == 6


def test_a_clients_own_request_id_is_kept_where_it_is_harmless(client: FlaskClient) -> None:
    kept = client.get("/topic/nothing", headers={"X-Request-Id": "from-the-proxy.42"})
    assert kept.headers["X-Request-Id"] == "from-the-proxy.42"
    assert assert_problem(kept, 404)["request_id"] == "from-the-proxy.42"
    for odd in ("short", "x" * 65, "<script>alert(1)</script>", 'quote"quote"', "white space"):
        assert client.get(PAGE, headers={"X-Request-Id": odd}).headers["X-Request-Id"] != odd


# compressed answers


@pytest.mark.parametrize(
    "path",
    [PAGE, f"{PAGE}.ttl", f"{PAGE}.nt", f"{PAGE}.jsonld", f"{PAGE}.rdf", "/static/style.css"],
)
def test_text_is_compressed_for_those_who_take_it(client: FlaskClient, path: str) -> None:
    plain, coded = client.get(path), client.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert coded.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(coded.data) == plain.data
    assert int(coded.headers["Content-Length"]) == len(coded.data) < len(plain.data) / 2
    for response in (plain, coded):
        assert "Accept-Encoding" in response.headers["Vary"]
    assert coded.headers["ETag"] == plain.headers["ETag"][:-1] + '-gzip"'


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.ttl", "/static/style.css"])
def test_either_etag_is_understood(client: FlaskClient, path: str) -> None:
    plain, coded = client.get(path), client.get(path, headers=GZIP)
    for response in (plain, coded):
        etag = response.headers["ETag"]
        for encoding in ({}, GZIP):
            again = client.get(path, headers={"If-None-Match": f'"other", {etag}', **encoding})
            assert again.status_code == 304
            assert again.data == b""
            assert again.headers["ETag"] == etag
            assert again.headers.get("Vary") == response.headers.get("Vary")
    assert client.get(path, headers={"If-None-Match": '"other-gzip"'}).status_code == 200


def test_head_tells_the_length_of_what_get_would_send(client: FlaskClient) -> None:
    for headers in ({}, GZIP):
        got, head = client.get(PAGE, headers=headers), client.head(PAGE, headers=headers)
        assert head.data == b""
        for name in ("Content-Length", "ETag", "Vary", "Content-Encoding"):
            assert head.headers.get(name) == got.headers.get(name)


def test_a_sparql_answer_is_compressed_whether_short_or_long(client: FlaskClient) -> None:
    for limit in (100, 40_000):
        asked = {"query": f"SELECT * {{ ?a ?b ?c . ?d ?e ?f }} LIMIT {limit}"}
        plain = client.get("/sparql", query_string=asked, headers={"Accept": "text/csv"})
        coded = client.get("/sparql", query_string=asked, headers={"Accept": "text/csv", **GZIP})
        assert coded.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(coded.data) == plain.data
        assert int(coded.headers["Content-Length"]) == len(coded.data)


def test_what_gains_nothing_is_sent_as_it_is(client: FlaskClient) -> None:
    whole = client.get("/dumps/vocabulary.nt", headers=GZIP)
    part = client.get("/dumps/vocabulary.nt", headers={"Range": "bytes=0-4999", **GZIP})
    assert part.data == whole.data[:5000]
    for response in (whole, part, client.get("/healthz", headers=GZIP)):
        assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("identity", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", True),
        ("gzip;q=nonsense", False),
        ("gzip;q=nan", False),
        ("deflate, br", False),
        ("gzip" * 100_000, False),
    ],
)
def test_accept_encoding_is_weighed(header: str, expected: bool) -> None:
    assert accepts_gzip(header) is expected


# metrics


def metrics(client: FlaskClient, **options: Any) -> TestResponse:
    return client.get("/metrics", **{**LOCAL, **options})


def test_metrics_are_for_this_machine(client: FlaskClient) -> None:
    response = metrics(client)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    for name in ("pathways_snapshot_statements", "pathways_sparql_state", "pathways_build_info"):
        assert f"\n# TYPE {name}" in "\n" + response.text


@pytest.mark.parametrize(
    "options",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
        {"environ_base": {"REMOTE_ADDR": ""}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Origin": "https://example.net"}},
        {"base_url": "http://rebound.example.net:8000"},
    ],
    ids=str,
)
def test_metrics_are_for_nobody_else(client: FlaskClient, options: dict[str, Any]) -> None:
    assert_problem(metrics(client, **options), 403, "metrics_token")


def test_metrics_with_a_token_are_for_those_who_have_it(own: Vocabulary) -> None:
    client = own.app(metrics_token=TOKEN).test_client()
    for sent in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic secret-of-the-operator"}):
        response = metrics(client, headers=sent)
        assert "secret" not in assert_problem(response, 403)["detail"]
    from_afar = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}, "base_url": "https://example.org"}
    given = {"Authorization": "Bearer secret-of-the-operator", "X-Forwarded-For": "192.0.2.8"}
    assert metrics(client, headers=given, **from_afar).status_code == 200


def test_routes_are_few_whatever_is_asked() -> None:
    assert route_of("/") == "home"
    assert route_of("/sparql/examples") == "sparql"
    assert {route_of(path) for path in ("/topic/x", "/x" * 1_000, "//", "/%00")} <= {"terms", "home"}


# the access log


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def logged(path: Path, address: str, count: int) -> list[dict[str, Any]]:
    """Give the lines about an address, once there are so many: each is written when its answer is sent."""
    end = time.monotonic() + 20
    found: list[dict[str, Any]] = []
    while len(found) < count and time.monotonic() < end:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        found = [line for line in lines if line["path"] == address]
        time.sleep(0.01)
    return found


def test_each_request_is_a_line_that_untrusted_text_cannot_break(tmp_path: Path) -> None:
    log = AccessLog(Settings(access_log=str(tmp_path / "log")))
    log.write(
        {
            "path": "/a\nb\r\u2028\x00\x1b[2J" + "x" * 9_000,
            "agent": '"}\n{"fake": 1}' * 100,
            "method": "G" * 99,
        }
    )
    log.close()
    text = (tmp_path / "log").read_text(encoding="ascii")
    assert text.count("\n") == 1
    (entry,) = entries(tmp_path / "log")
    assert len(entry["path"]) == 500
    assert len(entry["agent"]) == 200
    assert entry["time"].endswith("+00:00")


def test_a_client_has_a_name_that_only_the_key_can_give(tmp_path: Path) -> None:
    def name(key: str) -> str:
        return AccessLog(Settings(access_log=str(tmp_path / "log"), access_log_key=key)).name_of("192.0.2.7")

    assert name("a") == name("a") != name("b")
    assert name("") != name("")
    assert "192" not in name("a")


def test_a_log_that_cannot_be_written_is_said_once_and_harms_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = AccessLog(Settings(access_log=str(tmp_path / "missing" / "log")))
    for _ in range(3):
        log.write({"path": "/"})
    assert len(caplog.records) == 1
    (tmp_path / "missing").mkdir()
    log.write({"path": "/later"})
    assert [entry["path"] for entry in entries(tmp_path / "missing" / "log")] == ["/later"]
    log.close()


def test_a_log_that_was_renamed_by_others_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(path, 1_000_000)
    file.write(b"first\n")
    path.rename(tmp_path / "moved")
    file._looked = 0.0  # as if a second had passed
    file.write(b"second\n")
    file.close()
    assert path.read_bytes() == b"second\n"


WRITER = """
import sys
from pathlib import Path
from pathways_ld.web.access_log import LogFile
file = LogFile(Path(sys.argv[1]), 20_000)
for number in range(200):
    file.write(f"{sys.argv[2]} {number} {'x' * 80}\\n".encode())
"""


def test_several_processes_write_whole_lines_into_a_file_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writers = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(each)])
        for each in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["log", "log.1"]
    for name in ("log", "log.1"):
        content = (tmp_path / name).read_bytes()
        assert len(content) < 22_000
        for line in content.splitlines():
            writer, number, filling = line.split()
            assert int(writer) < 4
            assert int(number) < 200
            assert filling == b"x" * 80


def test_who_comes_late_does_not_rename_the_new_file(tmp_path: Path) -> None:
    early, late = (LogFile(tmp_path / "log", 1_000) for _ in range(2))
    late.write(b"late 1\n")
    for _ in range(11):
        early.write(b"x" * 99 + b"\n")
    late.write(b"late 2" + b"y" * 900 + b"\n")
    early.close()
    late.close()
    assert (tmp_path / "log.1").read_bytes().startswith(b"late 1\n")
    assert (tmp_path / "log").read_bytes().startswith(b"x" * 99)
    assert b"late 2" in (tmp_path / "log").read_bytes()


def test_threads_rotate_once(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "log", 10_000)

    def write() -> None:
        for _ in range(100):
            file.write(b"x" * 99 + b"\n")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    file.close()
    assert (tmp_path / "log").stat().st_size <= 10_000
    assert (tmp_path / "log.1").stat().st_size == 10_000


# all of it in the real server


@pytest.mark.server
@pytest.mark.skipif(sys.platform != "linux", reason="web processes on one port")
def test_two_web_processes_count_and_log_together(own: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "log"
    settings = {"access_log": path, "sparql_failure_memory": 0}
    with running("--snapshot", str(own.folder), "--workers", "2", **settings) as (address, _):
        for _ in range(20):  # a connection each, so that both processes get some
            assert requests.get(address + PAGE, timeout=10).ok
        outcomes = {
            "ok": "SELECT ?n { VALUES ?n { 1 2 3 } }",
            "syntax": "SELECT ?n WHERE {",
            "refused": "SELECT * { SERVICE <http://192.0.2.1/> { ?s ?p ?o } }",
        }
        for text in outcomes.values():
            headers = {"X-Request-Id": "the-id-of-this-one", "User-Agent": "a test"}
            requests.get(f"{address}/sparql", params={"query": text}, headers=headers, timeout=20)
        pages, queries = logged(path, PAGE, 20), logged(path, "/sparql", len(outcomes))
        numbers = requests.get(f"{address}/metrics", timeout=10).text
    assert 'pathways_requests_total{route="terms",status="2xx"} 20.0' in numbers
    assert 'pathways_request_seconds_count{route="terms"} 20.0' in numbers
    assert "pathways_web_processes 2.0" in numbers
    assert f'pathways_snapshot_info{{created="{own.manifest.created}",id="{own.manifest.id}"}} 1.0' in numbers
    for outcome in outcomes:
        assert f'pathways_sparql_queries_total{{outcome="{outcome}"}} 1.0' in numbers
    assert len(pages) == 20
    assert len({line["client"] for line in pages}) == 1
    assert all(line["status"] == 200 and line["bytes"] > 1_000 and line["ms"] > 0 for line in pages)
    assert [line["outcome"] for line in queries] == list(outcomes)
    assert {line["id"] for line in queries} == {"the-id-of-this-one"}
    assert {line["agent"] for line in queries} == {"a test"}
    assert len({line["sparql"] for line in queries}) == 3
    assert "192.0.2.1" not in path.read_text(encoding="utf-8"), "the text of queries is not asked for"
    assert "127.0.0.1" not in path.read_text(encoding="utf-8")


@pytest.mark.server
def test_the_text_of_queries_is_logged_where_it_is_asked_for(own: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "log"
    settings = {"access_log": path, "log_queries": "on"}
    with running("--snapshot", str(own.folder), "--workers", "1", **settings) as (address, _):
        for _ in range(2):
            requests.get(f"{address}/sparql", params=NUMBERS, timeout=20)
        queries = logged(path, "/sparql", 2)
    assert {line["query"] for line in queries} == {NUMBERS["query"]}
    assert [line["outcome"] for line in queries] == ["ok", "cached"]

"""`pathways-ld serve` as operators know it: messages, signals, processes, switching snapshots."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from conftest import SYNTHETIC_BASE, Vocabulary, build_vocabulary, synthetic_sources
from servers import RunningServer, alive, free_port, running

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc"),
]

ASK = {"query": "ASK {}"}
SLOW = {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}
LONG = {"query": "SELECT * { ?a ?b ?c . ?d ?e ?f }"}


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def serve_and_fail(*arguments: str, seconds: float = 10.0, **settings: str) -> tuple[int, str]:
    """Run a server that cannot start; gives exit code and messages."""
    server = RunningServer(*arguments, **settings)
    try:
        code = server.wait(seconds)
        return code, server.output
    finally:
        server.stop()


# starting and stopping


def test_the_ready_message_comes_when_requests_are_answered(own: Vocabulary) -> None:
    with running("--snapshot", str(own.folder)) as (address, server):
        response = requests.get(f"{address}/readyz", timeout=5)
        assert response.json()["snapshot"] == own.manifest.id
        assert own.manifest.id in server.output
        assert "Traceback" not in server.output


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=lambda by: by.name)
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "at work"])
def test_a_signal_stops_everything_within_five_seconds(
    own: Vocabulary, by: signal.Signals, busy: bool
) -> None:
    with running("--snapshot", str(own.folder), "--workers", "2") as (address, server):
        assert requests.get(f"{address}/sparql", params=ASK, timeout=10).ok  # SPARQL workers are running now
        if busy:

            def ask() -> None:
                with contextlib.suppress(requests.RequestException):
                    requests.get(f"{address}/sparql", params=SLOW, timeout=30)

            threading.Thread(target=ask, daemon=True).start()
            time.sleep(0.5)
        processes = server.descendants()
        assert len(processes) >= 3
        started = time.monotonic()
        server.process.send_signal(by)
        code = server.wait(10)
        assert time.monotonic() - started < 5
        assert code == 0
        assert until(lambda: not alive(processes), 2), "processes were left over"
        assert "Traceback" not in server.output


def test_killing_the_server_leaves_no_process(own: Vocabulary) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, server):
        assert requests.get(f"{address}/sparql", params=ASK, timeout=10).ok
        processes = server.descendants()
        server.process.kill()
        server.wait(5)
        assert until(lambda: not alive(processes), 5), "processes were left over"


def test_a_web_process_that_dies_is_replaced(own: Vocabulary) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, server):
        (web,) = server.web_processes()
        os.kill(web[0], signal.SIGKILL)

        def answers() -> bool:
            try:
                return requests.get(f"{address}/healthz", timeout=2).ok
            except requests.RequestException:
                return False

        assert until(lambda: not alive({web}))
        assert until(answers, 15)
        # A forked one would share the connections to the ledger that threads of the server have.
        assert len(server.web_processes()) == 1


def test_the_port_is_free_again_at_once(own: Vocabulary) -> None:
    port = free_port()
    for _ in range(2):
        server = RunningServer("--snapshot", str(own.folder), "--workers", "1", "--port", str(port))
        try:
            address = server.wait_until_ready()
            assert address == f"http://127.0.0.1:{port}"
            assert requests.get(f"{address}/topic/career-pathways", timeout=5).ok
        finally:
            server.stop()


# what people read when it cannot start


def test_a_taken_port_is_said(own: Vocabulary) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = serve_and_fail("--snapshot", str(own.folder), "--port", port)
    assert code == 2
    assert port in said
    assert "in use" in said
    assert "--port" in said
    assert "Traceback" not in said


def test_an_impossible_port_or_host_is_said(own: Vocabulary) -> None:
    for option, value in (("--port", "99999"), ("--host", "203.0.113.9"), ("--host", "no-such-host.invalid")):
        code, said = serve_and_fail("--snapshot", str(own.folder), option, value)
        assert code == 2, said
        assert value in said
        assert "Traceback" not in said


def test_no_snapshot_is_said(tmp_path: Path) -> None:
    code, said = serve_and_fail("--out", str(tmp_path / "nothing"))
    assert code == 2
    assert "pathways-ld build" in said
    assert str(tmp_path) in said
    assert "Traceback" not in said


@pytest.mark.parametrize("harm", ["no such folder", "manifest", "terms", "no terms", "no index"])
def test_a_corrupt_snapshot_is_said_and_nothing_is_served(own: Vocabulary, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "snapshot"
    if harm != "no such folder":
        shutil.copytree(own.folder, folder)
    if harm == "manifest":
        (folder / "manifest.json").write_text('{"id": ')
    elif harm == "terms":
        (folder / "terms.sqlite").write_bytes(b"not a database" * 100)
    elif harm == "no terms":
        (folder / "terms.sqlite").unlink()
    elif harm == "no index":
        shutil.rmtree(folder / "sparql")
    code, said = serve_and_fail("--snapshot", str(folder), "--port", str(free_port()))
    assert code == 2
    assert str(folder) in said
    assert "pathways-ld build" in said
    assert "Traceback" not in said


def test_an_unknown_setting_is_said(own: Vocabulary) -> None:
    code, said = serve_and_fail("--snapshot", str(own.folder), sparql_deadlin="1")
    assert code == 2
    assert "sparql_deadline" in said


# a new snapshot under load


def test_a_new_snapshot_is_picked_up_without_a_failed_request(tmp_path: Path) -> None:
    sources = synthetic_sources(tmp_path)
    state = tmp_path / "var"
    before = build_vocabulary(state, sources, canonical_base=SYNTHETIC_BASE)
    failures: list[str] = []
    done = threading.Event()

    def load(address: str) -> None:
        session = requests.Session()
        while not done.is_set():
            for path in (
                "/colour.ttl",
                "/hub",
                "/sparql?query=ASK%7B%3Fs+%3Fp+%3Fo%7D",
                "/dumps/vocabulary.nt",
            ):
                try:
                    response = session.get(address + path, timeout=20)
                    if response.status_code != 200:
                        failures.append(f"{path}: {response.status_code} {response.text[:200]}")
                except requests.RequestException as error:
                    failures.append(f"{path}: {error!r}")
            time.sleep(0.01)

    with running("--out", str(state), "--base", SYNTHETIC_BASE, "--workers", "2") as (address, server):
        threads = [threading.Thread(target=load, args=(address,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            last = before
            for number in range(5):  # more than are kept, so that old ones are removed under the server
                text = sources[0].read_text(encoding="utf-8")
                sources[0].write_text(
                    f'{text}:new{number} a skos:Concept ; skos:prefLabel "New {number}"@en .\n'
                )
                time.sleep(0.3)
                last = build_vocabulary(state, sources, canonical_base=SYNTHETIC_BASE)
            wanted = {last.manifest.id}

            def current() -> set[str]:
                return {requests.get(f"{address}/readyz", timeout=5).json()["snapshot"] for _ in range(10)}

            assert until(lambda: current() == wanted)
        finally:
            done.set()
            for thread in threads:
                thread.join(30)
        assert failures == []
        assert requests.get(f"{address}/new4.nt", timeout=5).ok
        asked = {"query": f"ASK {{ <{SYNTHETIC_BASE}new4> ?p ?o }}"}
        answer = requests.get(
            f"{address}/sparql", params=asked, headers={"Accept": "application/json"}, timeout=5
        )
        assert answer.json()["boolean"] is True
        assert "Traceback" not in server.output


def test_stores_of_old_snapshots_are_closed(tmp_path: Path) -> None:
    """Each switch must not leave SPARQL processes behind."""
    sources = synthetic_sources(tmp_path)
    state = tmp_path / "var"
    build_vocabulary(state, sources, canonical_base=SYNTHETIC_BASE)
    with running("--out", str(state), "--base", SYNTHETIC_BASE, "--workers", "1") as (address, server):

        def ask() -> int:
            assert requests.get(f"{address}/sparql", params=ASK, timeout=10).ok
            return len(server.descendants())

        first = ask()
        for number in range(4):
            text = sources[0].read_text(encoding="utf-8")
            sources[0].write_text(f'{text}:new{number} a skos:Concept ; skos:prefLabel "New {number}"@en .\n')
            build_vocabulary(state, sources, canonical_base=SYNTHETIC_BASE)
            ask()
        assert until(lambda: ask() <= first + 1)


def test_a_bad_new_snapshot_does_not_take_the_good_one_down(tmp_path: Path) -> None:
    sources = synthetic_sources(tmp_path)
    state = tmp_path / "var"
    good = build_vocabulary(state, sources, canonical_base=SYNTHETIC_BASE)
    with running("--out", str(state), "--base", SYNTHETIC_BASE, "--workers", "1") as (address, _):
        bad = state / "snapshots" / "bad"
        bad.mkdir()
        (bad / "manifest.json").write_text("{")
        link = state / ".link"
        link.symlink_to("snapshots/bad")
        link.replace(state / "current")
        assert requests.get(f"{address}/colour.ttl", timeout=5).ok
        assert requests.get(f"{address}/readyz", timeout=5).json()["snapshot"] == good.manifest.id


# long answers


def test_a_long_answer_that_breaks_is_seen_as_broken(own: Vocabulary) -> None:
    """A client must never take a part for the whole: an error status, or a connection cut off."""
    outcome: list[int] = []

    def ask(address: str) -> None:
        try:
            asked = requests.get(f"{address}/sparql", params=LONG, headers={"Accept": "text/csv"}, timeout=30)
            outcome.append(asked.status_code)
        except requests.RequestException:
            outcome.append(0)

    with running("--snapshot", str(own.folder), "--workers", "1", sparql_workers=1) as (address, server):
        web = server.descendants()
        thread = threading.Thread(target=ask, args=(address,))
        thread.start()
        assert until(lambda: bool(server.descendants() - web))
        time.sleep(1.5)  # the answer is on its way, far from its end
        for pid, _ in server.descendants() - web:
            os.kill(pid, signal.SIGKILL)
        thread.join(30)
        assert outcome
        assert outcome[0] == 0 or outcome[0] >= 500
        assert requests.get(f"{address}/sparql", params=ASK, timeout=10).ok


def test_a_reader_who_leaves_stops_the_work(own: Vocabulary) -> None:
    settings = {"sparql_workers": 1, "sparql_deadline": 2}
    with running("--snapshot", str(own.folder), "--workers", "1", **settings) as (address, _):
        for _ in range(3):
            with (
                contextlib.suppress(requests.RequestException),
                requests.get(f"{address}/sparql", params=LONG, stream=True, timeout=1) as response,
            ):
                next(response.iter_content(65_536))
        assert until(lambda: requests.get(f"{address}/sparql", params=ASK, timeout=20).ok, 15)


def test_head_of_a_long_answer_does_not_collect_it(own: Vocabulary) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, server):
        with contextlib.suppress(requests.RequestException):
            requests.head(f"{address}/sparql", params=LONG, headers={"Accept": "text/csv"}, timeout=12)
        assert max(resident_bytes(pid) for pid, _ in alive(server.descendants())) < 250_000_000


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

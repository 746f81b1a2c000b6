"""What is particular to the embedded store: real worker processes on a real index. See also test_store.py."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph
import pytest

from pathways_ld.errors import (
    QueryError,
    QueryMemoryExceeded,
    QueryPosition,
    QuerySyntaxError,
    QueryTimeout,
    StoreBusy,
    StoreError,
)
from pathways_ld.settings import Settings
from pathways_ld.store import frames, sandbox, worker
from pathways_ld.store.base import Limits, Query, Store
from pathways_ld.store.embedded import EmbeddedStore
from pathways_ld.store.process import WorkerProcess, worker_environment
from sparql_fixtures import (
    BASE,
    CARTESIAN_COUNT,
    CARTESIAN_SORT,
    JSON,
    LONG_STREAM,
    forget_zombies,
    index_dir,
    until,
    zombie_pids,
)
from sparql_fixtures import worker_pids as all_worker_pids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pathways_ld.store.base import QueryForm

__all__ = ["index_dir"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

worker_pids = partial(all_worker_pids, on="/index")


@pytest.fixture(autouse=True)
def no_zombies_of_others() -> None:
    forget_zombies()


@pytest.fixture(scope="module")
def store(index_dir: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(index_dir, Limits(deadline=10, memory=400_000_000)) as opened:
        yield opened


@pytest.fixture
def others() -> set[int]:
    """The workers there are before the test makes its own."""
    return worker_pids()


@pytest.fixture
def lone_store(index_dir: Path, others: set[int]) -> Iterator[EmbeddedStore]:
    """A store with one worker and room for one query in the queue."""
    limits = Limits(deadline=5, memory=400_000_000)
    with EmbeddedStore(index_dir, limits, workers=1, queue=1) as opened:
        yield opened


def read(opened: Store, text: str, form: QueryForm = "SELECT", media_type: str = JSON, **rest: Any) -> bytes:
    limits = rest.pop("limits", None)
    with opened.query(Query(text, form, media_type, **rest), limits) as answer:
        return b"".join(answer)


def rows(opened: Store, text: str, **rest: Any) -> int:
    return len(json.loads(read(opened, text, **rest))["results"]["bindings"])


def asks(opened: Store) -> bool:
    return bool(json.loads(read(opened, "ASK { ?s ?p ?o }", "ASK"))["boolean"])


# answers


def test_a_long_answer_streams_and_equals_a_direct_evaluation(store: EmbeddedStore, index_dir: Path) -> None:
    direct = pyoxigraph.Store.read_only(str(index_dir)).query(LONG_STREAM, use_default_graph_as_union=True)
    assert isinstance(direct, pyoxigraph.QuerySolutions)
    expected = direct.serialize(format=pyoxigraph.QueryResultsFormat.CSV) or b""
    with store.query(Query(LONG_STREAM, "SELECT", "text/csv")) as answer:
        assert not answer.complete
        assert answer.length is None
        pieces = list(answer)
    assert sha256(b"".join(pieces)).digest() == sha256(expected).digest()
    assert max(map(len, pieces)) <= 262_144
    assert sum(map(len, pieces)) / len(pieces) > 65_536


def test_a_worker_is_used_again_and_outlives_the_thread_that_asked_first(
    lone_store: EmbeddedStore, others: set[int]
) -> None:
    thread = threading.Thread(target=asks, args=(lone_store,))
    thread.start()
    thread.join()
    first = worker_pids() - others
    time.sleep(0.1)
    assert asks(lone_store)
    assert first == worker_pids() - others


# failures

ALL = "SELECT * { ?s <http://example.org/q> ?o }"


def nested_concat(levels: int) -> str:
    """A short query without data whose one value has 10 to the power of `levels` characters."""
    binds = [f"BIND(CONCAT({', '.join([f'?z{level}'] * 10)}) AS ?z{level + 1})" for level in range(levels)]
    return f'SELECT (STRLEN(?z{levels}) AS ?n) {{ BIND("a" AS ?z0) {" ".join(binds)} }}'


def test_a_syntax_error_carries_the_place_and_keeps_the_worker(lone_store: EmbeddedStore) -> None:
    asks(lone_store)
    before = worker_pids()
    with pytest.raises(QuerySyntaxError) as caught:
        read(lone_store, "SELECT * {\n ?s ?p }")
    assert caught.value.position == QueryPosition(2, 9)
    assert asks(lone_store)
    assert worker_pids() == before


def test_a_process_that_cannot_be_started_is_named(index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with EmbeddedStore(index_dir, workers=1, queue=0) as broken:
        for _ in range(2):
            with pytest.raises(StoreError, match="No SPARQL process could be started: No such file"):
                asks(broken)


def test_a_graph_name_the_engine_refuses_is_the_fault_of_the_query(store: EmbeddedStore) -> None:
    with pytest.raises(QueryError, match="cannot be evaluated"):
        read(store, ALL, default_graphs=("http://[/",), dataset_given=True)


def test_the_deadline_kills_and_the_next_query_is_served_quickly(
    lone_store: EmbeddedStore, others: set[int]
) -> None:
    asks(lone_store)
    before = worker_pids() - others
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match="stopped after 1 seconds"):
        read(lone_store, CARTESIAN_COUNT, limits=Limits(deadline=1))
    stopped = time.monotonic()
    assert 0.9 < stopped - started < 4
    assert asks(lone_store)
    assert time.monotonic() - stopped < 4
    assert worker_pids().isdisjoint(before)
    assert not zombie_pids()


@pytest.mark.parametrize(
    "text",
    [
        CARTESIAN_SORT,
        nested_concat(9),
    ],
    ids=["sort of a cartesian product", "nested CONCAT without any data"],
)
def test_a_memory_bomb_is_stopped_and_named(lone_store: EmbeddedStore, text: str) -> None:
    with pytest.raises(QueryMemoryExceeded, match="needs more memory"):
        read(lone_store, text, limits=Limits(deadline=20, memory=150_000_000))
    assert asks(lone_store)
    assert not zombie_pids()


def test_a_worker_that_has_been_large_is_replaced(lone_store: EmbeddedStore, others: set[int]) -> None:
    asks(lone_store)
    before = worker_pids() - others
    answered = read(lone_store, nested_concat(8), limits=Limits(memory=500_000_000))
    assert b"100000000" in answered
    assert until(lambda: len(worker_pids() - others) == 1 and worker_pids().isdisjoint(before))


def test_a_crash_harms_no_other_query(index_dir: Path) -> None:
    with EmbeddedStore(index_dir, Limits(deadline=10, buffer=0), workers=3) as shared:
        answer = shared.query(Query(LONG_STREAM, "SELECT", "text/csv"))
        with pytest.raises(QueryMemoryExceeded):
            read(shared, nested_concat(9), limits=Limits(memory=150_000_000))
        assert sum(piece.count(b"\n") for piece in answer) == 40_001


def test_a_worker_that_dies_in_mid_answer_breaks_the_stream(
    lone_store: EmbeddedStore, others: set[int]
) -> None:
    with lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0)) as answer:
        assert next(answer)
        for pid in worker_pids() - others:
            os.kill(pid, signal.SIGSEGV)
        with pytest.raises(StoreError, match="engine failed"):
            list(answer)
        with pytest.raises(StopIteration):
            next(answer)
    assert asks(lone_store)


def test_a_worker_killed_from_outside_counts_as_out_of_memory(
    lone_store: EmbeddedStore, others: set[int]
) -> None:
    with lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0)) as answer:
        for pid in worker_pids() - others:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(QueryMemoryExceeded):
            list(answer)


def test_an_idle_worker_that_was_killed_is_replaced_unnoticed(
    lone_store: EmbeddedStore, others: set[int]
) -> None:
    asks(lone_store)
    for pid in worker_pids() - others:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: bool(zombie_pids()))
    assert asks(lone_store)
    assert not zombie_pids()


def test_an_index_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        EmbeddedStore(tmp_path / "none") as broken,
        pytest.raises(StoreError, match=r"index .*none cannot be opened"),
    ):
        asks(broken)


def test_deep_nesting_that_would_overflow_a_usual_stack_is_survived(lone_store: EmbeddedStore) -> None:
    asks(lone_store)
    before = worker_pids()
    nested = "(" * 20_000 + "true" + ")" * 20_000
    assert b"true" in read(lone_store, f"ASK {{ FILTER {nested} }}", "ASK")
    assert worker_pids() == before


# waiting


def test_a_full_queue_is_refused_at_once_and_waiting_ends_at_the_deadline(lone_store: EmbeddedStore) -> None:
    with (
        lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0)),
        ThreadPoolExecutor(1) as pool,
    ):
        waiting = pool.submit(asks_within, lone_store, 0.6)
        time.sleep(0.2)
        started = time.monotonic()
        with pytest.raises(StoreBusy, match="1 queries are waiting"):
            asks(lone_store)
        assert time.monotonic() - started < 0.3
        with pytest.raises(StoreBusy, match="busy for all the time"):
            waiting.result()
        assert 0.1 < time.monotonic() - started < 3


def asks_within(opened: Store, seconds: float) -> bytes:
    return read(opened, "ASK {}", "ASK", limits=Limits(deadline=seconds))


def test_a_waiting_query_runs_when_the_one_before_it_ends(lone_store: EmbeddedStore) -> None:
    with ThreadPoolExecutor(1) as pool:
        with lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0)):
            waiting = pool.submit(asks, lone_store)
            time.sleep(0.1)
            assert not waiting.done()
        assert waiting.result(timeout=3)


def test_closing_a_streaming_answer_frees_the_worker_at_once(lone_store: EmbeddedStore) -> None:
    answer = lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0))
    assert next(answer)
    answer.close()
    answer.close()
    started = time.monotonic()
    assert asks(lone_store)
    assert time.monotonic() - started < 4
    with pytest.raises(StopIteration):
        next(answer)
    assert not zombie_pids()


def test_an_answer_that_is_dropped_unread_frees_the_worker(lone_store: EmbeddedStore) -> None:
    lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0))
    assert asks(lone_store)


def test_a_slow_reader_is_cut_off_even_if_nobody_waits(lone_store: EmbeddedStore) -> None:
    asks(lone_store)
    slow = Query(CARTESIAN_COUNT, "SELECT", JSON)
    with pytest.raises(QueryTimeout, match="not fetched"):
        lone_store.query(slow, Limits(deadline=5, transfer=0.3))


def test_a_reader_who_stops_loses_the_worker_to_the_next_query(lone_store: EmbeddedStore) -> None:
    limits = Limits(buffer=0, transfer=0.5)
    with lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), limits) as answer:
        assert asks(lone_store)
        with pytest.raises(QueryTimeout, match="not fetched"):
            list(answer)


def test_the_kernel_ends_a_worker_whose_reader_is_gone(lone_store: EmbeddedStore) -> None:
    asks(lone_store)
    limits = Limits(buffer=0, transfer=0.3)
    with lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), limits) as answer:
        assert until(lambda: bool(zombie_pids()))
        with pytest.raises(QueryTimeout):
            list(answer)


def test_cheap_queries_have_a_worker_that_heavy_ones_cannot_take(store: EmbeddedStore) -> None:
    heavy = Query(LONG_STREAM, "SELECT", "text/csv")
    with store.query(heavy, Limits(buffer=0)):
        with pytest.raises(StoreBusy):
            store.query(heavy, Limits(deadline=0.2))
        assert read(store, "ASK {}", "ASK", cheap=True)


# the end


def test_close_ends_all_workers_and_further_queries(index_dir: Path) -> None:
    before = worker_pids()
    opened = EmbeddedStore(index_dir, Limits(buffer=0), workers=2)
    asks(opened)
    answer = opened.query(Query(LONG_STREAM, "SELECT", "text/csv"))
    opened.close()
    with pytest.raises(StoreError, match="closed"):
        list(answer)
    with pytest.raises(StoreError, match="closed"):
        asks(opened)
    opened.warm_up()
    opened.close()
    assert worker_pids() == before
    assert not zombie_pids()


def test_warm_up_starts_a_worker_before_the_first_query(index_dir: Path) -> None:
    before = worker_pids()
    with EmbeddedStore(index_dir) as opened:
        opened.warm_up()
        assert until(lambda: len(worker_pids() - before) == 1)
        assert asks(opened)
        assert len(worker_pids() - before) == 1


def test_no_descriptor_is_lost_over_kills(lone_store: EmbeddedStore) -> None:
    def kill_one() -> None:
        with lone_store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0)):
            pass

    kill_one()
    asks(lone_store)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(6):
        kill_one()
    asks(lone_store)
    # Other tests' servers in this process may open a few; a leak would be two or more for each kill.
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 6


def test_no_worker_outlives_a_parent_that_was_killed(index_dir: Path) -> None:
    script = textwrap.dedent(f"""
        import pathlib, threading, time
        from pathways_ld.store.base import Limits, Query
        from pathways_ld.store.embedded import EmbeddedStore
        store = EmbeddedStore(pathlib.Path({str(index_dir)!r}), Limits(deadline=60))
        query = Query({CARTESIAN_COUNT!r}, "SELECT", {JSON!r})
        threading.Thread(target=store.query, args=(query,), daemon=True).start()
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", script]) as parent:
        assert until(lambda: bool(worker_pids(parent.pid)), 10)
        time.sleep(0.3)
        workers = worker_pids(parent.pid)
        parent.kill()
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


# the sandbox


def test_service_reaches_nothing_from_a_worker(store: EmbeddedStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        port = listener.getsockname()[1]
        with pytest.raises(StoreError, match=r"ermission denied"):
            read(store, f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_sandbox_denies_sockets_programs_and_files(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import os, socket, threading
        from pathways_ld.store import sandbox
        assert sandbox.deny_network()
        sandbox.be_modest()
        denied = []
        def attempt():
            for action in (
                socket.socket,
                socket.socketpair,
                lambda: os.execv("/bin/true", ["true"]),
                lambda: open({str(tmp_path / "file")!r}, "w", buffering=1).write("x\\n"),
            ):
                try:
                    action()
                except OSError:
                    denied.append(True)
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        sandbox.limit_memory(sandbox.address_space() + 50_000_000)
        try:
            bytearray(100_000_000)
        except MemoryError:
            denied.append(True)
        print(len(denied), sandbox.peak_memory() > 1_000_000)
    """)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("5 True\n", "")


def test_a_worker_whose_parent_is_gone_already_ends_at_once() -> None:
    script = "from pathways_ld.store import sandbox; sandbox.die_with_parent(1); print('still here')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_lets_a_foreign_architecture_and_each_denied_call_jump_to_denial(machine: str) -> None:
    program = sandbox.filter_program(machine)
    assert program is not None
    instructions = [program[start : start + 8] for start in range(0, len(program), 8)]
    last = len(instructions) - 1
    assert instructions[1][3] == last - 2
    assert {
        index + 1 + instruction[2] for index, instruction in enumerate(instructions) if 3 <= index < last - 1
    } == {last}


def test_a_machine_without_a_filter_gets_none() -> None:
    assert sandbox.filter_program("riscv64") is None


def test_a_worker_inherits_no_secret() -> None:
    environment = {"PATH": "/bin", "PYTHONPATH": "/x", "AWS_SECRET_ACCESS_KEY": "s", "PATHWAYS_LD_TOKEN": "t"}
    assert worker_environment(environment) == {"PATH": "/bin", "PYTHONPATH": "/x", "MALLOC_ARENA_MAX": "2"}


# the worker's half, without a process


def answer_in_process(
    index_dir: Path, text: str, media_type: str = JSON, **rest: Any
) -> list[tuple[bytes, bytes]]:
    request = {
        "text": text,
        "media_type": media_type,
        "default_graphs": [],
        "named_graphs": [],
        "dataset_given": False,
        "prefixes": [],
        "base_iri": None,
        "memory": 10**12,
        **rest,
    }
    sent: list[tuple[bytes, bytes]] = []
    worker.answer(
        pyoxigraph.Store.read_only(str(index_dir)),
        request,
        lambda kind, payload: sent.append((kind, payload)),
    )
    return sent


def test_the_worker_sends_full_frames_and_then_the_end(index_dir: Path) -> None:
    sent = answer_in_process(index_dir, "SELECT * { ?s ?p ?o }", "text/csv")
    assert [kind for kind, _ in sent] == [frames.DATA] * (len(sent) - 1) + [frames.END]
    assert len(sent[0][1]) >= frames.FRAME_SIZE
    assert sent[-1][1] == b"1"


def test_the_worker_says_when_it_has_grown(index_dir: Path) -> None:
    assert answer_in_process(index_dir, "ASK {}", memory=1_000)[-1] == (frames.END, b"0")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT", frames.SYNTAX),
        ("SELECT * { ?s ?p '\ud800' }", frames.SYNTAX),
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", frames.QUERY),
        ("SELECT * { SERVICE <file:///etc/passwd> { ?s ?p ?o } }", frames.STORE),
    ],
)
def test_the_worker_tells_failures_apart(index_dir: Path, text: str, kind: str) -> None:
    ((letter, payload),) = answer_in_process(index_dir, text)
    assert letter == frames.FAILURE
    assert json.loads(payload)["kind"] == kind


def test_the_worker_writes_prefixes_and_keeps_to_the_given_graphs(index_dir: Path) -> None:
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o FILTER(?s = <{BASE}x>) }}"
    sent = answer_in_process(
        index_dir, text, "text/turtle", prefixes=[["ex", BASE]], default_graphs=[f"{BASE}g2"], named_graphs=[]
    )
    assert sent[0][1].split(b"\n")[1:2] == [b"ex:x ex:q ex:in-g2 ."]
    plain = answer_in_process(index_dir, text, "application/n-triples", prefixes=[["ex", BASE]])
    assert plain[0][1].count(b"\n") == 2


def test_a_relative_iri_is_resolved_against_the_base(index_dir: Path) -> None:
    sent = answer_in_process(index_dir, "ASK { <s1> <p> <o1> }", base_iri=BASE)
    assert b"true" in sent[0][1]


def test_a_request_larger_than_a_pipe_is_sent_whole(store: EmbeddedStore) -> None:
    assert rows(store, f'SELECT ("{"x" * 3_000_000}" AS ?x) {{}}') == 1


def test_a_worker_that_reads_nothing_meets_the_deadline(index_dir: Path) -> None:
    process = WorkerProcess(index_dir)
    try:
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            process.send(b"x" * 3_000_000, 0.2)
        with pytest.raises(TimeoutError):
            process.receive(0.1)
    finally:
        process.close()
    assert not process.is_alive()


def test_the_limits_come_from_the_settings(index_dir: Path) -> None:
    settings = Settings(sparql_deadline=3.0, sparql_memory=5, sparql_buffer=7, sparql_workers=1)
    limits = Limits.from_settings(settings)
    assert (limits.deadline, limits.memory, limits.buffer) == (3.0, 5, 7)
    assert limits.transfer > limits.deadline
    with EmbeddedStore.from_settings(index_dir, Settings(sparql_memory=300_000_000)) as opened:
        assert asks(opened)

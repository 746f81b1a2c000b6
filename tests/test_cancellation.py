"""Cancelling: the work stops, the worker is replaced, nobody else's query is touched."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pathways_ld.errors import QueryCancelled
from pathways_ld.store.base import Cancellation, Limits, Query
from pathways_ld.store.embedded import EmbeddedStore
from sparql_fixtures import CARTESIAN_COUNT, JSON, LONG_STREAM, index_dir, until

__all__ = ["index_dir"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as the other tests of the store")

ASK = Query("ASK {}", "ASK", JSON, cheap=True)
ENDLESS = Query(CARTESIAN_COUNT, "SELECT", JSON)


@pytest.fixture
def store(index_dir: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(index_dir, Limits(deadline=60), workers=1) as opened:
        yield opened


def test_all_who_asked_are_told_once() -> None:
    cancellation = Cancellation()
    told: list[str] = []
    cancellation.on_cancel(lambda: told.append("first"))
    undo = cancellation.on_cancel(lambda: told.append("undone"))
    undo()
    undo()
    assert told == []
    cancellation.cancel()
    cancellation.cancel()
    assert cancellation.cancelled
    cancellation.on_cancel(lambda: told.append("late"))()
    assert told == ["first", "late"]


def test_a_query_under_way_is_stopped(store: EmbeddedStore) -> None:
    cancellation = Cancellation()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(store.query, ENDLESS, None, cancellation)
        assert until(lambda: store.load().busy == 1, 10)
        cancellation.cancel()
        with pytest.raises(QueryCancelled):
            asked.result(20)
    assert store.load().busy == 0
    with store.query(ASK) as answer:
        assert b"true" in b"".join(answer)


def test_a_waiting_query_leaves_the_queue(store: EmbeddedStore) -> None:
    first, second = Cancellation(), Cancellation()
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(store.query, ENDLESS, None, first)
        assert until(lambda: store.load().busy == 1, 10)
        waiting = pool.submit(store.query, ENDLESS, None, second)
        assert until(lambda: store.load().waiting == 1, 10)
        second.cancel()
        with pytest.raises(QueryCancelled):
            waiting.result(20)
        assert not running.done()
        assert store.load().waiting == 0
        first.cancel()
        with pytest.raises(QueryCancelled):
            running.result(20)


def test_a_long_answer_is_stopped_while_it_is_read(store: EmbeddedStore) -> None:
    cancellation = Cancellation()
    stream = Query(LONG_STREAM, "SELECT", "text/csv")
    answer = store.query(stream, Limits(buffer=0), cancellation)
    assert next(answer)
    cancellation.cancel()
    with pytest.raises(QueryCancelled):
        for _ in answer:
            pass
    assert store.load().busy == 0


def test_what_was_cancelled_before_it_began_does_not_run(store: EmbeddedStore) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(QueryCancelled):
        store.query(ENDLESS, None, cancellation)
    assert store.load().busy == 0


def test_cancelling_after_the_end_harms_nobody_who_has_the_worker_now(store: EmbeddedStore) -> None:
    """The news is on its way when the query ends; it arrives when another query has the worker."""
    cancellation, go_on = Cancellation(), threading.Event()

    def wait() -> None:
        go_on.wait(20)

    cancellation.on_cancel(wait)
    answer = store.query(
        Query("SELECT * { ?s ?p ?o } LIMIT 9", "SELECT", JSON), Limits(buffer=0), cancellation
    )
    late = threading.Thread(target=cancellation.cancel)
    late.start()
    assert until(lambda: cancellation.cancelled)
    assert b"".join(answer)
    with store.query(Query(LONG_STREAM, "SELECT", "text/csv"), Limits(buffer=0)) as other:
        assert next(other)
        go_on.set()
        late.join(10)
        for _ in range(30):
            assert next(other)

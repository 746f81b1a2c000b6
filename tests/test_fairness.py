"""No client takes the SPARQL endpoint from the others."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conftest import Vocabulary
from pathways_ld.errors import SettingsError, StoreBusy, TooManyRequests
from pathways_ld.settings import Settings, load_settings
from pathways_ld.web import fairness as module
from pathways_ld.web.clients import UNKNOWN, ClientNames
from pathways_ld.web.fairness import CLIENTS, Fairness, Quota
from pathways_ld.web.responses import EXTENSION_KEY
from problems import assert_problem
from servers import running

SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
CHEAP = "ASK { <https://w3id.org/pathways-ld/topic/career-pathways> ?p ?o }"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def budgets(clock: Clock, **options: object) -> Fairness:
    """Give budgets as they are by default with one process."""
    return Fairness(
        Quota.per_minute("time", "seconds", 60, 1),
        Quota.per_minute("errors", "errors", 30, 1, least=1),
        clock=clock,
        **options,  # type: ignore[arg-type]
    )


def spend(
    fair: Fairness, clock: Clock, client: str, seconds: float, *, cheap: bool = False, at_once: int = 1
) -> None:
    with ExitStack() as under_way:
        for _ in range(at_once):
            fair.begin(under_way.enter_context(fair.turn(client, cheap=cheap)))
        clock.now += seconds


# who asks


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", UNKNOWN),
        (None, UNKNOWN),
        ("unix:", UNKNOWN),
    ],
)
def test_a_client_is_its_address_or_its_network(peer: str | None, name: str) -> None:
    assert ClientNames().name(peer, None) == name


def test_nobody_but_a_trusted_proxy_names_another_client() -> None:
    assert ClientNames().name("192.0.2.7", "203.0.113.9") == "192.0.2.7"
    names = ClientNames("10.0.0.0/8, 2001:db8::1")
    assert names.name("192.0.2.7", "203.0.113.9") == "192.0.2.7"
    assert names.name("10.1.2.3", "203.0.113.9") == "203.0.113.9"
    assert names.name("2001:db8::1", "203.0.113.9") == "203.0.113.9"
    assert names.name("10.1.2.3", None) == "10.1.2.3"


def test_of_several_hops_only_those_behind_trusted_proxies_count() -> None:
    names = ClientNames("10.0.0.0/8")
    assert names.name("10.0.0.1", "1.1.1.1, 203.0.113.9") == "203.0.113.9"
    assert names.name("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2") == "203.0.113.9"
    assert names.name("10.0.0.1", "1.1.1.1, rubbish, 10.0.0.2") == "10.0.0.2"
    assert names.name("10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3"
    assert names.name("10.0.0.1", ",".join(["10.0.0.2"] * 100_000)) == "10.0.0.2"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9:4711;proto=https", "203.0.113.9"),
        ('proto=http; for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::/64"),
        ('for="x, for=1.1.1.1, for=203.0.113.9', "203.0.113.9"),
        ("for=_hidden", "10.0.0.1"),
        ("for=unknown, for=1.1.1.1, proto=http", "10.0.0.1"),
    ],
)
def test_the_forwarded_header_is_read(header: str, name: str) -> None:
    """RFC 7239, section 6."""
    assert ClientNames("10.0.0.0/8", "Forwarded").name("10.0.0.1", header) == name


@pytest.mark.parametrize("text", ["proxy.example.org", "10.0.0.1/8", "10.0.0.0/8;10.0.0.1", "*"])
def test_a_proxy_that_is_no_network_is_an_error_of_the_settings(text: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load_settings(environment={"PATHWAYS_LD_TRUSTED_PROXIES": text})
    load_settings(environment={"PATHWAYS_LD_TRUSTED_PROXIES": "10.0.0.1, fd00::/8"})


# the budgets


def test_time_is_charged_afterwards_and_refills() -> None:
    clock = Clock()
    fair = budgets(clock)
    spend(fair, clock, "a", 20, at_once=7)  # 140 of the 120 seconds
    with pytest.raises(TooManyRequests, match="60 seconds a minute") as refused:
        spend(fair, clock, "a", 1)
    assert refused.value.retry_after == 20
    spend(fair, clock, "b", 1)
    clock.now += 18.9
    with pytest.raises(TooManyRequests):
        spend(fair, clock, "a", 1)
    clock.now += 0.1
    spend(fair, clock, "a", 1)


def test_one_query_after_the_other_is_within_the_budget() -> None:
    clock = Clock()
    fair = budgets(clock)
    for _ in range(100):
        spend(fair, clock, "a", 20)


def test_retry_after_is_true_and_a_whole_number_of_at_least_one() -> None:
    clock = Clock()
    fair = Fairness(Quota("time", "seconds", 10, 0.5), Quota("errors", "errors", 0, 0), clock=clock)
    spend(fair, clock, "a", 10.01, at_once=2)
    waits = []
    for _ in range(2):
        with pytest.raises(TooManyRequests) as refused:
            spend(fair, clock, "a", 0)
        waits.append(refused.value.retry_after)
        clock.now += 0.1
    assert min(waits) >= 1
    clock.now += waits[-1] - 0.1
    spend(fair, clock, "a", 0)


def test_what_is_certain_to_be_quick_is_never_charged_nor_refused() -> None:
    clock = Clock()
    fair = budgets(clock, queries=1, places=1)
    for _ in range(10):
        spend(fair, clock, "a", 60, cheap=True)
    with fair.turn("a", cheap=False) as turn:
        fair.begin(turn)
        clock.now += 1_000
        with fair.turn("a", cheap=True):
            pass
    spend(fair, clock, "b", 200)
    with pytest.raises(TooManyRequests):
        spend(fair, clock, "b", 1)
    spend(fair, clock, "b", 1, cheap=True)


def test_very_short_queries_are_not_remembered() -> None:
    clock = Clock()
    fair = budgets(clock)
    for _ in range(100):
        spend(fair, clock, "a", 0.01)
    assert len(fair) == 0
    assert "RateLimit" not in fair.headers("a")


def test_what_was_not_evaluated_costs_nothing() -> None:
    clock = Clock()
    fair = budgets(clock)
    for _ in range(10):
        with fair.turn("a", cheap=False):
            clock.now += 100
    assert len(fair) == 0


def test_errors_have_a_budget_of_their_own() -> None:
    clock = Clock()
    fair = budgets(clock)
    for _ in range(60):
        fair.check_errors("a")
        fair.count_error("a")
    with pytest.raises(TooManyRequests, match="failed") as refused:
        fair.check_errors("a")
    fair.check_errors("b")
    assert refused.value.retry_after == 2
    clock.now += 2
    fair.check_errors("a")


def test_the_processes_together_promise_what_the_settings_say() -> None:
    for workers in (1, 2, 4):
        clock = Clock()
        fair = Fairness.from_settings(Settings(workers=workers, sparql_client_errors=40))
        policy = fair.headers("a")["RateLimit-Policy"]
        assert f'"time";q={120 // workers};qu="seconds";w=120' in policy
        assert f'"errors";q={80 // workers};qu="errors";w=120' in policy
        assert clock.now == 1_000


def test_the_headers_tell_what_is_left_and_agree_with_retry_after() -> None:
    clock = Clock()
    fair = budgets(clock)
    assert set(fair.headers("a")) == {"RateLimit-Policy"}
    spend(fair, clock, "a", 10, at_once=3)
    assert fair.headers("a")["RateLimit"] == '"time";r=90;t=30, "errors";r=60;t=0'
    spend(fair, clock, "a", 60, at_once=3)
    with pytest.raises(TooManyRequests) as refused:
        spend(fair, clock, "a", 1)
    assert f'"time";r=0;t={refused.value.retry_after}' in fair.headers("a")["RateLimit"]


def test_clients_are_forgotten_when_they_have_all_they_may_have() -> None:
    clock = Clock()
    fair = budgets(clock)
    for number in range(100):
        spend(fair, clock, f"c{number}", 0.1)
    assert len(fair) == 1  # the one before had its seconds back
    clock.now += 1_000
    spend(fair, clock, "new", 1)
    assert len(fair) == 1


def test_the_number_of_clients_is_bounded() -> None:
    clock = Clock()
    fair = budgets(clock)
    for number in range(CLIENTS + 500):
        fair.count_error(f"c{number}")
    assert len(fair) == CLIENTS


def test_off_is_off() -> None:
    settings = Settings(sparql_client_time=0, sparql_client_errors=0, sparql_client_queries=0, threads=100)
    fair = Fairness.from_settings(settings)
    clock = Clock()
    fair = Fairness(
        Quota.per_minute("time", "seconds", 0, 2),
        Quota.per_minute("errors", "errors", 0, 2, least=1),
        clock=clock,
    )
    for _ in range(1_000):
        fair.count_error("a")
        fair.check_errors("a")
        spend(fair, clock, "a", 100)
    assert len(fair) == 0
    assert fair.headers("a") == {}


# places


def test_a_client_runs_only_some_queries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    clock = Clock()
    fair = budgets(clock, queries=2, places=10)
    with fair.turn("a", cheap=False), fair.turn("a", cheap=False):
        clock.now += 5
        with (
            pytest.raises(TooManyRequests, match="2 of your queries") as refused,
            fair.turn("a", cheap=False),
        ):
            pass
        assert refused.value.retry_after == 15
        with fair.turn("b", cheap=False):
            pass
    with fair.turn("a", cheap=False):
        pass


def test_a_query_waits_a_little_for_the_clients_others() -> None:
    fair = budgets(Clock(), queries=1)
    entered, ran = threading.Event(), threading.Event()
    leave = threading.Event()

    def first() -> None:
        with fair.turn("a", cheap=False):
            entered.set()
            leave.wait(10)

    def second() -> None:
        with fair.turn("a", cheap=False):
            ran.set()

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert entered.wait(10)
    threads.append(threading.Thread(target=second))
    threads[1].start()
    assert not ran.wait(0.05)
    leave.set()
    assert ran.wait(10)
    for thread in threads:
        thread.join()


def test_one_client_does_not_take_all_places_by_waiting() -> None:
    fair = budgets(Clock(), queries=1, places=9)
    leave, refused = threading.Event(), threading.Semaphore(0)

    def ask_one() -> None:
        try:
            with fair.turn("a", cheap=False):
                leave.wait(20)
        except TooManyRequests:
            refused.release()

    threads = [threading.Thread(target=ask_one) for _ in range(30)]
    for thread in threads:
        thread.start()
    for _ in range(26):  # one is evaluated, three wait
        assert refused.acquire(timeout=10)
    with fair.turn("b", cheap=False):
        pass
    leave.set()
    for thread in threads:
        thread.join()
    assert not refused.acquire(blocking=False)


def test_all_clients_together_leave_a_thread_free() -> None:
    fair = budgets(Clock(), queries=2, places=2)
    with fair.turn("a", cheap=False), fair.turn("b", cheap=False):
        with pytest.raises(StoreBusy) as busy, fair.turn("c", cheap=False):
            pass
        assert busy.value.retry_after >= 1
        with fair.turn("c", cheap=True):
            pass
    with fair.turn("c", cheap=False):
        pass


# over HTTP


@pytest.fixture(scope="module")
def strict_app(own: Vocabulary) -> Iterator[Flask]:
    app = own.app(
        sparql_client_errors=3.0,
        sparql_client_time=2.0,
        sparql_client_queries=1,
        sparql_deadline=1.5,
        sparql_failure_memory=0.0,
        workers=1,
        trusted_proxies="127.0.0.1",
    )
    yield app
    app.extensions[EXTENSION_KEY].current.close()


def ask(app: Flask, query: str, client: str, **headers: str) -> TestResponse:
    return app.test_client().post(
        "/sparql", data={"query": query}, headers={"X-Forwarded-For": client, **headers}
    )


def test_a_client_that_errs_too_often_is_told_to_wait(strict_app: Flask) -> None:
    for _ in range(6):
        assert_problem(ask(strict_app, "SELEC", "192.0.2.1"), 400)
    refused = ask(strict_app, CHEAP, "192.0.2.1")
    assert_problem(refused, 429, "failed", "seconds", title="Too many requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert f"t={refused.headers['Retry-After']}" in refused.headers["RateLimit"]
    for name in ("RateLimit", "RateLimit-Policy", "Retry-After", "SPARQL-Timeout", "Cache-Status"):
        assert name in refused.headers["Access-Control-Expose-Headers"]
    assert ask(strict_app, CHEAP, "192.0.2.2").status_code == 200


def test_a_client_that_used_its_time_is_told_to_wait_but_may_look_up(strict_app: Flask) -> None:
    statuses = [ask(strict_app, f"{SLOW} # {number}", "192.0.2.3").status_code for number in range(4)]
    assert statuses[0] == 503
    assert statuses[3] == 429
    refused = ask(strict_app, SLOW, "192.0.2.3")
    assert_problem(refused, 429, "2 seconds a minute")
    assert int(refused.headers["Retry-After"]) >= 1
    assert ask(strict_app, CHEAP, "192.0.2.3").status_code == 200
    assert_problem(ask(strict_app, SLOW, "192.0.2.4"), 503)


def test_problems_of_the_protocol_are_no_failed_queries(strict_app: Flask) -> None:
    for _ in range(10):
        assert ask(strict_app, CHEAP, "192.0.2.5", Accept="image/png").status_code == 406
    assert ask(strict_app, CHEAP, "192.0.2.5").status_code == 200


def test_every_answer_tells_the_policy(strict_app: Flask) -> None:
    for response in (
        ask(strict_app, CHEAP, "192.0.2.6"),
        ask(strict_app, "SELEC", "192.0.2.6"),
        strict_app.test_client().get("/sparql"),
    ):
        assert response.headers["SPARQL-Timeout"] == "1.5"
        assert response.headers["RateLimit-Policy"].startswith('"time";q=4;qu="seconds";w=120')


# the real server


def fetch(url: str, query: str, source: str = "127.0.0.1") -> tuple[int, str | None]:
    """Ask from an address of this machine; gives the status and Retry-After."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=60, source_address=(source, 0)
    )
    connection.request("GET", f"/sparql?{urlencode({'query': query})}")
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.headers["Retry-After"]


@pytest.mark.server
@pytest.mark.parametrize("addresses", [1, 50], ids=["one client", "50 clients"])
def test_fifty_runaways_do_not_hinder_what_is_quick(own: Vocabulary, addresses: int) -> None:
    with (
        running("--snapshot", str(own.folder), sparql_deadline=3, workers=1) as (url, _),
        ThreadPoolExecutor(50) as pool,
    ):
        runaways = [
            pool.submit(fetch, url, SLOW.replace("?n", f"?n{number}"), f"127.0.1.{1 + number % addresses}")
            for number in range(50)
        ]
        quick = [fetch(url, CHEAP.replace("?o", f"?o{number}"))[0] for number in range(50)]
        under_way = sum(not each.done() for each in runaways)
        answers = [each.result() for each in runaways]
    assert quick == [200] * 50
    assert under_way > 0
    seen = Counter(status for status, _ in answers)
    assert set(seen) <= {429, 503}
    if addresses == 1:
        assert seen[429] >= 40
        assert seen[503] >= 1
    for status, retry_after in answers:
        assert status != 429 or 1 <= int(retry_after or 0) <= 3


@pytest.mark.server
def test_the_same_runaway_from_many_clients_runs_once(own: Vocabulary) -> None:
    with (
        running("--snapshot", str(own.folder), sparql_deadline=3, workers=1) as (url, _),
        ThreadPoolExecutor(8) as pool,
    ):
        asked = [
            pool.submit(fetch, url, f"{SLOW} # {number}", f"127.0.1.{1 + number}") for number in range(8)
        ]
        answers = [each.result() for each in asked]
        assert Counter(answers) == {(503, None): 8}
        assert fetch(url, SLOW) == (503, None)
        assert fetch(url, CHEAP)[0] == 200

"""Answers that are kept, shared, and not tried again in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conftest import Vocabulary, build_vocabulary
from pathways_ld.errors import AnswerTooLarge, QueryTimeout, TooManyRequests
from pathways_ld.formats import RESULTS_CSV, RESULTS_JSON, Format
from pathways_ld.settings import Settings
from pathways_ld.sparql.evaluation import QueryRequest
from pathways_ld.sparql.guard import check_query
from pathways_ld.store.base import Answer, Limits, Query
from pathways_ld.store.embedded import EmbeddedStore
from pathways_ld.web import create_app, fairness
from pathways_ld.web.answers import AnswerCache, Answers, FailureMemory, Question
from pathways_ld.web.responses import EXTENSION_KEY
from problems import assert_problem
from sparql_fixtures import CARTESIAN_COUNT, CARTESIAN_SORT, LONG_STREAM, index_dir

__all__ = ["index_dir"]  # a fixture

JSON = "application/sparql-results+json"
QUERY = "SELECT ?s WHERE { ?s ?p ?o } ORDER BY ?s LIMIT 3"
TERM = '<https://example.org/t> a <http://www.w3.org/2004/02/skos/core#Concept> ; <http://www.w3.org/2004/02/skos/core#prefLabel> "{}"@en .'


def ask(app: Flask, query: str, accept: str = JSON, **parameters: str) -> TestResponse:
    return app.test_client().get(
        "/sparql", query_string={"query": query, **parameters}, headers={"Accept": accept}
    )


def status(response: TestResponse) -> str:
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.headers["Cache-Status"].removeprefix("pathways-ld; ")


@pytest.fixture
def app(own: Vocabulary) -> Iterator[Flask]:
    app = own.app()
    yield app
    app.extensions[EXTENSION_KEY].current.close()


@pytest.fixture(scope="module")
def hurried_app(own: Vocabulary) -> Iterator[Flask]:
    app = own.app(
        sparql_deadline=2.0, sparql_memory=300_000_000, sparql_buffer=1_000, sparql_answer_size=9_000
    )
    yield app
    app.extensions[EXTENSION_KEY].current.close()


# what is kept


def test_the_same_question_is_answered_from_memory(app: Flask) -> None:
    first = ask(app, QUERY)
    assert status(first) == "fwd=uri-miss; stored"
    for query in (
        QUERY,
        "#x\nselect ?s {} ".format("{?s ?p ?o} order  by ?s limit 3").replace("{?", "where {?"),
    ):
        again = ask(app, query)
        assert status(again) == "hit"
        assert again.data == first.data
        assert again.headers["ETag"] == first.headers["ETag"]
    assert status(app.test_client().post("/sparql", data={"query": QUERY}, headers={"Accept": JSON})) == "hit"


def test_a_kept_answer_needs_no_store(app: Flask) -> None:
    assert ask(app, QUERY).status_code == 200
    app.extensions[EXTENSION_KEY].current.acquire().store.close()
    assert status(ask(app, QUERY)) == "hit"
    assert_problem(ask(app, "ASK { ?x ?y ?z }"), 503)


def test_another_format_or_dataset_is_another_answer(app: Flask) -> None:
    ask(app, QUERY)
    assert status(ask(app, QUERY, "text/csv")) == "fwd=uri-miss; stored"
    other = ask(app, QUERY, **{"default-graph-uri": "https://example.org/nothing"})
    assert status(other) == "fwd=uri-miss; stored"
    assert other.json == {"head": {"vars": ["s"]}, "results": {"bindings": []}}
    labelled = ask(app, QUERY, "application/json")
    assert (status(labelled), labelled.mimetype) == ("hit", "application/json")


def test_the_page_uses_what_is_kept(app: Flask) -> None:
    ask(app, QUERY)
    app.extensions[EXTENSION_KEY].current.acquire().store.close()
    assert "3 rows" in ask(app, QUERY, "text/html").get_data(as_text=True)


@pytest.mark.parametrize("value", ["RAND()", "NOW()", "UUID()", "STRUUID()"])
def test_what_differs_each_time_is_not_kept(app: Flask, value: str) -> None:
    query = f"SELECT ({value} AS ?x) {{}}"
    answers = [ask(app, query) for _ in range(2)]
    assert [status(each) for each in answers] == ["fwd=bypass"] * 2
    assert answers[0].data != answers[1].data


def test_long_answers_are_not_kept(own: Vocabulary) -> None:
    app = own.app(sparql_buffer=10_000)
    answers = [ask(app, "SELECT * { ?s ?p ?o }") for _ in range(2)]
    assert [status(each) for each in answers] == ["fwd=uri-miss"] * 2
    assert answers[0].data == answers[1].data
    app.extensions[EXTENSION_KEY].current.close()


def test_nothing_is_kept_where_there_is_no_cache(own: Vocabulary) -> None:
    app = own.app(sparql_cache=0)
    assert [status(ask(app, QUERY)) for _ in range(2)] == ["fwd=uri-miss"] * 2
    app.extensions[EXTENSION_KEY].current.close()


def test_a_new_snapshot_has_answers_of_its_own(tmp_path: Path) -> None:
    source = tmp_path / "made.ttl"
    app = None
    for label in ("First", "Second"):
        source.write_text(TERM.format(label), encoding="utf-8")
        built = build_vocabulary(tmp_path / "var", [source], canonical_base="https://example.org/")
        app = app or create_app(built.settings)
        query = "SELECT ?l { ?t <http://www.w3.org/2004/02/skos/core#prefLabel> ?l }"
        for expected in ("fwd=uri-miss; stored", "hit"):
            response = ask(app, query, "text/csv")
            assert status(response) == expected
            assert response.get_data(as_text=True) == f"l\r\n{label}\r\n"
            response.close()
    assert app is not None
    app.extensions[EXTENSION_KEY].current.close()


def test_the_cache_is_bounded_by_bytes() -> None:
    cache = AnswerCache(16_000)
    for number in range(100):
        assert cache.put(str(number), b"x" * 1_000)
        assert cache.get("0") is not None  # it is asked for again and again
        assert cache.size <= 16_000
    assert cache.get("98") is not None
    assert cache.get("50") is None
    assert not cache.put("long", b"x" * 1_001)
    assert cache.get("long") is None
    cache.put("99", b"y")
    assert cache.get("99") == b"y"


# what is not tried again


def test_a_query_that_took_too_long_is_not_run_again(hurried_app: Flask) -> None:
    first = ask(hurried_app, CARTESIAN_COUNT)
    problem = assert_problem(first, 503, "stopped after 2 seconds")
    assert "not run again" not in problem["detail"]
    for again in (
        ask(hurried_app, CARTESIAN_COUNT),
        ask(hurried_app, f"# 123\n{CARTESIAN_COUNT.replace(' ', '  ').lower().replace('as', 'AS')}"),
        ask(hurried_app, CARTESIAN_COUNT, "text/csv"),
    ):
        said = assert_problem(again, 503, "not run again", "stopped after 2 seconds")
        assert said["type"] == problem["type"]
        assert "Retry-After" not in again.headers
        assert again.headers["Cache-Control"] == "no-store"
    assert "not run again" in ask(hurried_app, CARTESIAN_COUNT, "text/html").get_data(as_text=True)
    assert ask(hurried_app, QUERY).status_code == 200


def test_a_random_value_does_not_help_a_runaway(hurried_app: Flask) -> None:
    query = CARTESIAN_COUNT.replace("{ ?a", "{ BIND(RAND() AS ?x) ?a")
    assert_problem(ask(hurried_app, query), 503)
    assert_problem(ask(hurried_app, query), 503, "not run again")


def test_a_query_that_needed_too_much_memory_is_not_run_again(own: Vocabulary) -> None:
    app = own.app(sparql_memory=300_000_000)
    kind = assert_problem(
        ask(app, CARTESIAN_SORT), 503, title="The query needed too much memory and was stopped"
    )
    again = assert_problem(ask(app, CARTESIAN_SORT), 503, "not run again")
    assert again["type"] == kind["type"]
    app.extensions[EXTENSION_KEY].current.close()


def test_too_large_in_one_format_may_be_small_enough_in_another(hurried_app: Flask) -> None:
    query = "SELECT ?p { ?s ?p ?o } LIMIT 180"
    assert_problem(ask(hurried_app, query), 503, "9,000 bytes")
    assert_problem(ask(hurried_app, query), 503, "not run again")
    assert ask(hurried_app, query, "text/csv").status_code == 200


def test_failures_are_forgotten_in_time() -> None:
    now = [100.0]
    memory = FailureMemory(300, lambda: now[0])
    memory.remember("key", QueryTimeout("It was stopped."))
    memory.check("other")
    now[0] += 299
    with pytest.raises(QueryTimeout, match=r"299 seconds ago .* It was stopped\."):
        memory.check("other", "key")
    now[0] += 2
    memory.check("key")
    for number in range(10_000):
        memory.remember(str(number), AnswerTooLarge("Too large."))
    memory.check("0")
    with pytest.raises(AnswerTooLarge):
        memory.check("9999")
    off = FailureMemory(0)
    off.remember("key", QueryTimeout("It was stopped."))
    off.check("key")


# what is asked twice at the same moment


class CountingStore:
    """A real store that counts its evaluations, and holds the first until it is let go."""

    def __init__(self, index_dir: Path) -> None:
        self.store = EmbeddedStore(index_dir, Limits(deadline=5), workers=3)
        self.evaluations = 0
        self.started, self.go = threading.Event(), threading.Event()

    def query(self, query: Query, *arguments: object, **options: object) -> Answer:
        self.evaluations += 1
        if self.evaluations == 1:
            self.started.set()
            assert self.go.wait(20)
        return self.store.query(query, *arguments, **options)  # type: ignore[arg-type]

    def close(self) -> None:
        self.store.close()


@pytest.fixture
def counting(index_dir: Path) -> Iterator[CountingStore]:
    store = CountingStore(index_dir)
    yield store
    store.close()


def question(store: CountingStore, text: str, chosen: Format = RESULTS_JSON) -> Question:
    return Question("192.0.2.1", "snapshot", store, QueryRequest(check_query(text), chosen))


def many(**changes: object) -> Answers:
    settings = Settings(threads=20, sparql_client_queries=0, **changes)  # type: ignore[arg-type]
    return Answers.from_settings(settings)


def ask_together(answers: Answers, store: CountingStore, *questions: Question) -> list[tuple[str, bytes]]:
    """Ask the first, and the others while it is under way."""

    def answer(each: Question) -> tuple[str, bytes]:
        body = answers.answer(each)
        content = body.stream.read()
        body.close()
        return body.cache_status, content

    with ThreadPoolExecutor(len(questions)) as pool:
        first = pool.submit(answer, questions[0])
        assert store.started.wait(20)
        others = [pool.submit(answer, each) for each in questions[1:]]
        time.sleep(0.1)  # until they wait; if they do not yet, they find the answer kept
        store.go.set()
        return [each.result(30) for each in (first, *others)]


def test_identical_queries_at_one_moment_are_evaluated_once(counting: CountingStore) -> None:
    same = [question(counting, "SELECT ?o { ?s ?p ?o } ORDER BY ?o") for _ in range(6)]
    answered = ask_together(many(), counting, *same)
    assert counting.evaluations == 1
    assert len({content for _, content in answered}) == 1
    assert answered[0][0] == "fwd=uri-miss; stored"
    assert {said for said, _ in answered[1:]} <= {"fwd=uri-miss; collapsed", "hit"}


def test_different_queries_do_not_wait_for_each_other(counting: CountingStore) -> None:
    text = "SELECT ?o { ?s ?p ?o } ORDER BY ?o"
    asked = [
        question(counting, text),
        question(counting, text, RESULTS_CSV),
        question(counting, f"{text} LIMIT 1"),
    ]
    ask_together(many(), counting, *asked)
    assert counting.evaluations == 3


def test_who_waited_for_what_cannot_be_kept_evaluates_on_its_own(counting: CountingStore) -> None:
    same = [question(counting, LONG_STREAM) for _ in range(3)]
    answered = ask_together(many(), counting, *same)
    assert counting.evaluations == 3
    assert {said for said, _ in answered} == {"fwd=uri-miss"}


def test_who_waited_for_a_failure_fails_too(counting: CountingStore) -> None:
    answers = many()
    same = question(counting, CARTESIAN_COUNT)
    counting.store.close()
    counting.store = EmbeddedStore(counting.store._index_dir, Limits(deadline=0.5), workers=3)
    with pytest.raises(QueryTimeout):
        ask_together(answers, counting, same, same, same)
    assert counting.evaluations == 1
    with pytest.raises(QueryTimeout, match="not run again"):
        answers.answer(same)


def test_what_comes_from_memory_costs_the_client_nothing(counting: CountingStore) -> None:
    answers = many()
    counting.go.set()
    asked = question(counting, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f } ")
    answers.answer(asked)
    spent = answers.fairness.headers("192.0.2.1")
    assert "RateLimit" in spent
    for _ in range(3):
        assert answers.answer(asked).cache_status == "hit"
    assert counting.evaluations == 1


def test_what_is_known_needs_no_turn(counting: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "PATIENCE", 0.01)
    settings = Settings(threads=20, sparql_client_queries=1, workers=1)
    answers = Answers.from_settings(settings)
    counting.go.set()
    kept = question(counting, "SELECT ?o { ?s ?p ?o } ORDER BY ?o LIMIT 3")
    answers.answer(kept)
    with answers.fairness.turn("192.0.2.1", cheap=False):
        assert answers.answer(kept).cache_status == "hit"
        with pytest.raises(TooManyRequests):
            answers.answer(question(counting, "SELECT ?o { ?s ?p ?o } ORDER BY ?o LIMIT 4"))

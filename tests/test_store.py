"""What every store does: the embedded one, our own endpoint asked over HTTP, and Virtuoso.

`DEVIATIONS` lists where Virtuoso is known to differ from SPARQL 1.1: each entry says why, and must fail.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph
import pytest

from pathways_ld import releases
from pathways_ld.errors import (
    QueryCancelled,
    QueryError,
    QuerySyntaxError,
    QueryTimeout,
    StoreBusy,
    StoreError,
)
from pathways_ld.settings import Settings
from pathways_ld.store.base import RESULT_FORMATS, Cancellation, Limits, Query, Store
from pathways_ld.store.embedded import EmbeddedStore
from pathways_ld.store.engines import ENGINES
from pathways_ld.store.remote import RemoteStore, published_graphs
from pathways_ld.store.remote_writing import RemoteWriter
from servers import running
from sparql_fixtures import BASE, JSON, index_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathways_ld.store.base import QueryForm
    from virtuoso_server import Virtuoso

__all__ = ["index_dir"]

G1, G2 = BASE + "g1", BASE + "g2"
LIMITS = Limits(deadline=20, memory=400_000_000)

HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LONG = f"SELECT ?s ?l ?t {{ ?s <{BASE}label> ?l . VALUES ?t {{ 1 2 }} }}"

TEXTS: dict[QueryForm, str] = {
    "SELECT": f"SELECT ?s ?l {{ ?s <{BASE}label> ?l }} ORDER BY ?l LIMIT 5",
    "ASK": f"ASK {{ <{BASE}s1> ?p ?o }}",
    "CONSTRUCT": f"CONSTRUCT WHERE {{ <{BASE}s1> ?p ?o }}",
    "DESCRIBE": f"DESCRIBE <{BASE}s1>",
}

DEVIATIONS = {
    "merged default graph": "Virtuoso counts a statement twice that is in two graphs; refused by us",
    "a boolean constant": "Virtuoso writes true as 1 (equal in value)",
    "a path of length zero between variables": "Virtuoso needs one end of a path",
    "VALUES of different kinds": "Virtuoso 7.2.5 takes a literal beside an IRI for an IRI; noticed, and refused",
    "BASE after PREFIX": "Virtuoso 7.2.5 reads the prologue of SPARQL 1.0",
}


@dataclass(frozen=True)
class Made:
    """A kind of store: gives another store on the same data, with other bounds."""

    name: str
    open: Callable[..., Store]


@pytest.fixture(scope="session")
def endpoint(index_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our own server on a snapshot that has the test's index."""
    folder = tmp_path_factory.mktemp("endpoint")
    source = folder / "source.ttl"
    source.write_text(
        f"<{BASE}c> a <http://www.w3.org/2004/02/skos/core#Concept> ;"
        f' <http://www.w3.org/2004/02/skos/core#prefLabel> "C"@en .'
    )
    report = releases.build([source], Settings(state_dir=folder / "var", canonical_base=BASE), check=False)
    shutil.rmtree(report.folder / "sparql")
    shutil.copytree(index_dir, report.folder / "sparql")
    with running(
        "--snapshot",
        str(report.folder),
        state_dir=folder / "var",
        canonical_base=BASE,
        workers=1,
        sparql_workers=4,
        sparql_client_time=0,
        sparql_client_errors=0,
        sparql_client_queries=0,
    ) as (address, _):
        yield f"{address}/sparql"


@pytest.fixture(scope="session")
def loaded_virtuoso(index_dir: Path, virtuoso: Virtuoso) -> Virtuoso:
    """Virtuoso with the test's data, in the graphs that a publication would use."""
    graphs = published_graphs(virtuoso.settings, BASE, ["", G1, G2])
    with RemoteWriter(virtuoso.settings) as writer:
        index = pyoxigraph.Store.read_only(str(index_dir))
        targets = {"": graphs.unnamed, G1: G1, G2: G2}
        for name, target in targets.items():
            graph = pyoxigraph.NamedNode(name) if name else pyoxigraph.DefaultGraph()
            quads = index.quads_for_pattern(None, None, None, graph)
            ntriples = b"".join(f"{quad.triple} .\n".encode() for quad in quads)
            writer.add(target, ntriples)
            writer.add(graphs.union, ntriples)
    return virtuoso


STORES = [
    pytest.param("embedded", id="embedded"),
    pytest.param("http", id="http", marks=pytest.mark.server),
    pytest.param("virtuoso", id="virtuoso", marks=pytest.mark.virtuoso),
]


@pytest.fixture(scope="module", params=STORES)
def made(request: pytest.FixtureRequest) -> Made:
    if request.param == "embedded":
        path = request.getfixturevalue("index_dir")
        return Made("embedded", lambda limits=LIMITS, **rest: EmbeddedStore(path, limits, **rest))
    if request.param == "http":
        url = request.getfixturevalue("endpoint")
        return Made(
            "http",
            lambda limits=LIMITS, workers=4, queue=0: RemoteStore(url, limits=limits, connections=workers),
        )
    remote = request.getfixturevalue("loaded_virtuoso").settings
    graphs = published_graphs(remote, BASE, ["", G1, G2])
    return Made(
        "virtuoso",
        lambda limits=LIMITS, workers=4, queue=0: RemoteStore(
            remote.query_url, ENGINES["virtuoso"], limits, graphs=graphs, connections=workers
        ),
    )


@pytest.fixture(scope="module")
def store(made: Made) -> Iterator[Store]:
    opened = made.open()
    yield opened
    opened.close()


@pytest.fixture
def lone_store(made: Made) -> Iterator[Store]:
    """A store that answers one query at a time."""
    opened = made.open(workers=1, queue=1)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def known_deviations(request: pytest.FixtureRequest) -> None:
    """Expect what Virtuoso is known to get wrong."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is None:
        return
    reason = DEVIATIONS.get(callspec.params.get("case", ""))
    if reason and "virtuoso" in callspec.id.split("-"):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


def read(opened: Store, text: str, form: QueryForm = "SELECT", media_type: str = JSON, **rest: Any) -> bytes:
    limits = rest.pop("limits", None)
    with opened.query(Query(text, form, media_type, **rest), limits) as answer:
        return b"".join(answer)


def rows(opened: Store, text: str, **rest: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(read(opened, text, **rest))["results"]["bindings"]
    return found


def asks(opened: Store) -> bool:
    return bool(json.loads(read(opened, "ASK { ?s ?p ?o }", "ASK"))["boolean"])


# answers


@pytest.mark.parametrize(
    ("form", "media_type"),
    [(form, format_.media_type) for form, formats in RESULT_FORMATS.items() for format_ in formats],
)
def test_every_form_is_answered_in_every_format_as_the_engine_writes_it(
    store: Store, index_dir: Path, form: QueryForm, media_type: str
) -> None:
    direct = pyoxigraph.Store.read_only(str(index_dir)).query(TEXTS[form])
    answered = read(store, TEXTS[form], form, media_type)
    assert b"label 1" in answered or b"true" in answered
    if isinstance(direct, pyoxigraph.QueryTriples):
        rdf_format = pyoxigraph.RdfFormat.from_media_type(media_type)
        found = {quad.triple for quad in pyoxigraph.parse(answered, rdf_format)}
        assert found == set(direct)
    else:
        assert answered == direct.serialize(format=pyoxigraph.QueryResultsFormat.from_media_type(media_type))


@pytest.mark.parametrize("media_type", [format_.media_type for format_ in RESULT_FORMATS["ASK"]])
def test_no_is_an_answer_too(store: Store, media_type: str) -> None:
    assert b"false" in read(store, f"ASK {{ <{BASE}nobody> ?p ?o }}", "ASK", media_type)


@pytest.mark.parametrize("form", ["CONSTRUCT", "DESCRIBE"])
def test_an_empty_graph_is_an_answer_too(store: Store, form: QueryForm) -> None:
    text = f"{form} {'{ ?s ?p ?o } ' if form == 'CONSTRUCT' else '?s '}WHERE {{ ?s <{BASE}nothing> ?o . ?s ?p ?o }}"
    assert read(store, text, form, "application/n-triples") == b""


def test_a_format_that_does_not_suit_the_form_is_a_mistake_of_the_caller(store: Store) -> None:
    with pytest.raises(ValueError, match="ASK cannot be answered with text/turtle"):
        store.query(Query("ASK {}", "ASK", "text/turtle"))


def test_prefixes_shorten_turtle_and_rdfxml(store: Store) -> None:
    prefixes = (("ex", BASE),)
    turtle = read(store, TEXTS["CONSTRUCT"], "CONSTRUCT", "text/turtle", prefixes=prefixes)
    assert b"@prefix ex: <http://example.org/> ." in turtle
    assert b"ex:s1 " in turtle
    xml = read(store, TEXTS["CONSTRUCT"], "CONSTRUCT", "application/rdf+xml", prefixes=prefixes)
    assert b"<ex:label " in xml


def test_a_relative_iri_is_resolved_against_the_base(store: Store) -> None:
    assert rows(store, "SELECT * { <s1> <p> ?o }", base_iri=BASE)[0]["o"]["value"] == f"{BASE}o1"
    own = f"BASE <{BASE}> SELECT * {{ <s1> <p> ?o }}"
    assert len(rows(store, own, base_iri="http://example.com/")) == 1


def test_a_short_answer_is_complete_with_its_length(store: Store) -> None:
    with store.query(Query(TEXTS["SELECT"], "SELECT", JSON)) as answer:
        assert answer.complete
        assert answer.length == len(b"".join(answer))


def test_a_long_answer_streams_and_equals_a_direct_evaluation(store: Store, index_dir: Path) -> None:
    direct = pyoxigraph.Store.read_only(str(index_dir)).query(LONG)
    assert isinstance(direct, pyoxigraph.QuerySolutions)
    expected = direct.serialize(format=pyoxigraph.QueryResultsFormat.CSV) or b""
    with store.query(Query(LONG, "SELECT", "text/csv"), Limits(deadline=20, buffer=1_000)) as answer:
        assert not answer.complete
        assert answer.length is None
        pieces = list(answer)
    assert sorted(b"".join(pieces).splitlines()) == sorted(expected.splitlines())
    assert max(map(len, pieces)) <= 262_144


def test_many_threads_each_get_their_own_answer(store: Store) -> None:
    def label_of(number: int) -> bool:
        answered = read(store, f"SELECT ?l {{ <{BASE}s{number}> <{BASE}label> ?l }}")
        return f'"label {number}"'.encode() in answered

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(label_of, range(60)))


# terms

VALUES = [
    pytest.param('"a"@en', '"a"@en', id="a language tag"),
    pytest.param('"x\\"\\\\ \\t\\n\\u00e9 颜 \\U0001F600"', '"x\\"\\\\ \\t\\né 颜 😀"', id="letters and escapes"),
    pytest.param('" spaces "', '" spaces "', id="spaces"),
    pytest.param('""', '""', id="an empty text"),
    pytest.param('"x"^^<http://example.org/t>', '"x"^^<http://example.org/t>', id="a datatype of ours"),
    pytest.param("1", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>', id="an integer"),
    pytest.param("2.5", '"2.5"^^<http://www.w3.org/2001/XMLSchema#decimal>', id="a decimal"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), VALUES)
def test_terms_arrive_as_they_are(store: Store, written: str, expected: str) -> None:
    solutions = pyoxigraph.parse_query_results(
        read(store, f"SELECT ?x {{ VALUES ?x {{ {written} }} }}"), pyoxigraph.QueryResultsFormat.JSON
    )
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    assert [str(each["x"]) for each in solutions] == [expected]


CASES = {
    "a boolean constant": ("SELECT ?x { VALUES ?x { true } }", ["true"]),
    "VALUES of different kinds": (
        'SELECT ?x { VALUES (?x ?y) { ("a"@en 1) (<urn:x> UNDEF) ("\u00e9" 2.5) } }',
        ["a", "urn:x", "\u00e9"],
    ),
    "a path of length zero between variables": (
        f"SELECT (COUNT(*) AS ?x) {{ ?a <{BASE}q>* ?b }}",
        [str(1_500 + 7 + 1_500 + 4 + 3)],
    ),
    "BASE after PREFIX": (
        f"PREFIX ex: <{BASE}> BASE <{BASE}> SELECT ?x {{ <s1> ex:p ?x }}",
        [f"{BASE}o1"],
    ),
    "a path": (f"SELECT ?x {{ <{BASE}x> <{BASE}q>+ ?x }} ORDER BY ?x", [f"{BASE}in-g1", f"{BASE}in-g2"]),
    "an aggregate": (f"SELECT (COUNT(*) AS ?x) {{ ?s <{BASE}p> <{BASE}o0> }}", ["215"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_query_means_what_sparql_says(store: Store, case: str) -> None:
    text, expected = CASES[case]
    assert [row["x"]["value"] for row in rows(store, text)] == expected


# datasets (SPARQL 1.1 Protocol, 2.1.4)

ALL = "SELECT * { ?s <http://example.org/q> ?o }"
IN_GRAPHS = "SELECT * { GRAPH ?g { ?s ?p ?o } }"
FROM_G2 = "SELECT * FROM <http://example.org/g2> { ?s <http://example.org/q> ?o }"

DATASETS: dict[str, tuple[str, dict[str, Any], int]] = {
    "nothing given: the union of all graphs": (ALL, {}, 3),
    "nothing given: all named graphs": (IN_GRAPHS, {}, 3),
    "FROM in the text": (FROM_G2, {}, 1),
    "FROM NAMED in the text": (
        "SELECT * FROM NAMED <http://example.org/g2> { GRAPH ?g { ?s ?p ?o } }",
        {},
        1,
    ),
    "FROM with a prefix": (
        "PREFIX ex: <http://example.org/> SELECT * FROM ex:g2 { ?s ex:q ?o } # FROM <http://example.org/g1>",
        {},
        1,
    ),
    "only FROM NAMED: the default graph is empty": (
        "SELECT * FROM NAMED <http://example.org/g2> { ?s ?p ?o }",
        {},
        0,
    ),
    "FROM: no named graphs": ("SELECT * FROM <http://example.org/g2> { GRAPH ?g { ?s ?p ?o } }", {}, 0),
    "default graph": (ALL, {"default_graphs": (G1,)}, 2),
    "merged default graph": (ALL, {"default_graphs": (G1, G2)}, 3),
    "only a default graph: none named": (IN_GRAPHS, {"default_graphs": (G1,)}, 0),
    "only named: default empty": (ALL, {"named_graphs": (G1,)}, 0),
    "named graph": (IN_GRAPHS, {"named_graphs": (G2,)}, 1),
    "both kinds": (
        f"SELECT * {{ ?s ?p <{BASE}in-g1> GRAPH ?g {{ ?s ?p ?o }} }}",
        {"default_graphs": (G1,), "named_graphs": (G2,)},
        1,
    ),
    "the request overrides FROM": (FROM_G2, {"default_graphs": (G1,)}, 2),
    "a named graph overrides FROM too": (FROM_G2, {"named_graphs": (G1,)}, 0),
    "nothing is fetched": (ALL, {"default_graphs": ("file:///etc/passwd",)}, 0),
    "a graph that is not there": (ALL, {"default_graphs": (f"{BASE}g9",)}, 0),
}


@pytest.mark.parametrize("case", DATASETS)
def test_the_dataset_follows_the_protocol(store: Store, case: str) -> None:
    text, dataset, expected = DATASETS[case]
    given = bool(dataset) or "FROM" in text
    assert len(rows(store, text, dataset_given=given, **dataset)) == expected


# failures


def test_a_syntax_error_carries_the_place(lone_store: Store) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        read(lone_store, "SELECT * {\n ?s ?p }", base_iri=BASE)
    position = caught.value.position
    assert position is not None
    assert position.line == 2
    assert position.column >= 2
    assert position.source_line in (" ?s ?p }", "")
    assert asks(lone_store)


def test_half_a_surrogate_pair_is_a_syntax_error(store: Store) -> None:
    with pytest.raises(QuerySyntaxError, match="surrogates") as caught:
        read(store, "SELECT * { ?s ?p '\ud800' }")
    assert caught.value.position is None


def test_an_unknown_function_is_the_fault_of_the_query(store: Store) -> None:
    with pytest.raises(QueryError, match=r"http://example.org/f"):
        read(store, "SELECT (<http://example.org/f>(1) AS ?x) {}")


def test_the_deadline_stops_a_query_and_the_next_is_served(lone_store: Store) -> None:
    asks(lone_store)
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match="stopped after 1 seconds"):
        read(lone_store, HEAVY, limits=Limits(deadline=1))
    assert 0.9 < time.monotonic() - started < 10
    assert asks(lone_store)


def test_a_cancelled_query_ends_at_once_and_the_next_is_served(lone_store: Store) -> None:
    asks(lone_store)
    cancellation = Cancellation()
    started = time.monotonic()
    timer = threading.Timer(0.5, cancellation.cancel)
    timer.start()
    with pytest.raises(QueryCancelled):
        # Virtuoso does not notice that its client has left, and works on until its own deadline.
        lone_store.query(Query(HEAVY, "SELECT", JSON), Limits(deadline=5), cancellation)
    assert time.monotonic() - started < 4
    timer.join()
    assert asks(lone_store)


def test_a_query_that_is_cancelled_already_is_not_asked(lone_store: Store) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(QueryCancelled):
        lone_store.query(Query(HEAVY, "SELECT", JSON), cancellation=cancellation)
    assert asks(lone_store)


def test_waiting_ends_at_the_deadline(lone_store: Store) -> None:
    with lone_store.query(Query(LONG, "SELECT", "text/csv"), Limits(buffer=0)), pytest.raises(StoreBusy):
        read(lone_store, "ASK {}", "ASK", limits=Limits(deadline=0.3))
    assert asks(lone_store)


def test_a_waiting_query_that_is_cancelled_leaves(lone_store: Store) -> None:
    cancellation = Cancellation()
    with lone_store.query(Query(LONG, "SELECT", "text/csv"), Limits(buffer=0)):
        timer = threading.Timer(0.3, cancellation.cancel)
        timer.start()
        with pytest.raises(QueryCancelled):
            lone_store.query(Query("ASK {}", "ASK", JSON), cancellation=cancellation)
        timer.join()


def test_closing_a_streaming_answer_makes_room_at_once(lone_store: Store) -> None:
    answer = lone_store.query(Query(LONG, "SELECT", "text/csv"), Limits(buffer=0))
    assert next(answer)
    answer.close()
    answer.close()
    assert asks(lone_store)
    with pytest.raises(StopIteration):
        next(answer)


def test_an_answer_that_is_dropped_unread_makes_room(lone_store: Store) -> None:
    lone_store.query(Query(LONG, "SELECT", "text/csv"), Limits(buffer=0))
    assert asks(lone_store)


def test_close_ends_what_runs_and_further_queries(made: Made) -> None:
    opened = made.open(workers=2)
    asks(opened)
    answer = opened.query(Query(LONG, "SELECT", JSON), Limits(buffer=0))
    opened.close()
    with pytest.raises(StoreError, match="closed"):
        for _ in answer:
            pass
    with pytest.raises(StoreError, match="closed"):
        asks(opened)
    opened.close()

"""From a query text to an answer: guard, formats, datasets, words for errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pathways_ld import formats
from pathways_ld.errors import BadRequest, QueryRefused, QuerySyntaxError, StoreBusy
from pathways_ld.sparql.evaluation import QueryRequest, evaluate, result_formats
from pathways_ld.sparql.guard import check_query
from pathways_ld.store.base import Cancellation, CompleteAnswer, Limits, Query, Store
from pathways_ld.store.embedded import EmbeddedStore
from sparql_fixtures import BASE, index_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pathways_ld.formats import Format
    from pathways_ld.store.base import Answer

__all__ = ["index_dir"]

P = f"PREFIX ex: <{BASE}> "


@pytest.fixture(scope="module")
def store(index_dir: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(index_dir, Limits(deadline=10, memory=400_000_000), workers=1) as opened:
        yield opened


class RecordingStore:
    """Keeps the query it is given and answers nothing."""

    def __init__(self) -> None:
        self.asked: Query | None = None

    def query(
        self, query: Query, limits: Limits | None = None, cancellation: Cancellation | None = None
    ) -> Answer:
        self.asked = query
        return CompleteAnswer([])

    def close(self) -> None:
        pass


def answer(
    store: Store,
    text: str,
    format_: Format = formats.RESULTS_JSON,
    default_graphs: tuple[str, ...] = (),
    named_graphs: tuple[str, ...] = (),
) -> bytes:
    request = QueryRequest(check_query(text), format_, default_graphs, named_graphs)
    with evaluate(store, request) as pieces:
        return b"".join(pieces)


def count(store: Store, text: str, *graphs: tuple[str, ...]) -> int:
    return len(json.loads(answer(store, text, formats.RESULTS_JSON, *graphs))["results"]["bindings"])


def test_a_query_is_answered(store: EmbeddedStore) -> None:
    document = json.loads(answer(store, P + "SELECT ?label { ex:s7 ex:label ?label }"))
    assert document["results"]["bindings"] == [
        {"label": {"type": "literal", "xml:lang": "en", "value": "label 7"}}
    ]


@pytest.mark.parametrize("format_", result_formats("CONSTRUCT"), ids=lambda format_: format_.name)
def test_a_graph_is_answered_in_every_format(store: EmbeddedStore, format_: Format) -> None:
    assert b"label 7" in answer(store, P + "CONSTRUCT WHERE { ex:s7 ?p ?o }", format_)


def test_turtle_uses_the_prefixes_of_the_query(store: EmbeddedStore) -> None:
    assert b"ex:s7 ex:p ex:o0" in answer(store, P + "DESCRIBE ex:s7", formats.TURTLE)


def test_rdfxml_survives_prefixes_that_xml_reserves(store: EmbeddedStore) -> None:
    text = f"PREFIX xml: <{BASE}> PREFIX xmlns: <{BASE}> CONSTRUCT WHERE {{ xml:s7 ?p ?o }}"
    document = answer(store, text, formats.RDFXML)
    assert b"label 7" in document
    assert f'xmlns:xml="{BASE}"'.encode() not in document
    assert b"xmlns:xmlns" not in document


def test_where_nothing_names_a_dataset_all_graphs_are_asked(store: EmbeddedStore) -> None:
    assert count(store, P + "SELECT * { ?s ex:q ?o }") == 3


def test_from_in_the_text_counts_until_the_request_names_graphs(store: EmbeddedStore) -> None:
    text = "PREFIX ex: <http://example.org/> SELECT * FROM ex:g2 { ?s ex:q ?o }"
    assert count(store, text) == 1
    assert count(store, text, (BASE + "g1",)) == 2
    assert count(store, text, (), (BASE + "g1",)) == 0


@pytest.mark.parametrize("iri", ["g1", "", "http://e.org/a b", "<http://e.org/>"])
def test_a_graph_that_is_no_iri_is_a_bad_request(store: EmbeddedStore, iri: str) -> None:
    with pytest.raises(BadRequest, match="no absolute IRI"):
        answer(store, "ASK {}", formats.RESULTS_JSON, (iri,))


def test_what_the_guard_found_reaches_the_store() -> None:
    recording = RecordingStore()
    answer(recording, "PREFIX ex: <http://example.org/> SELECT * FROM ex:g { ex:a ?p true ; ?q TRUE }")
    assert recording.asked == Query(
        text="PREFIX ex: <http://example.org/> SELECT * FROM ex:g { ex:a ?p true ; ?q true }",
        form="SELECT",
        media_type="application/sparql-results+json",
        dataset_given=True,
        prefixes=(("ex", BASE),),
        cheap=True,
    )


def test_a_relative_iri_is_read_against_the_given_base(store: EmbeddedStore) -> None:
    request = QueryRequest(check_query("ASK { <s7> ?p ?o }", base_iri=BASE), formats.RESULTS_JSON)
    with evaluate(store, request) as pieces:
        assert json.loads(b"".join(pieces))["boolean"]


def test_limits_reach_the_store(store: EmbeddedStore) -> None:
    request = QueryRequest(check_query("SELECT * { ?s ?p ?o }"), formats.RESULTS_CSV)
    with evaluate(store, request, Limits(buffer=0)), pytest.raises(StoreBusy):
        evaluate(store, request, Limits(deadline=0.05))


def test_dots_in_names_mean_what_they_say(store: EmbeddedStore) -> None:
    assert count(store, P + "SELECT * { VALUES ?s { ex:a.b.c ex:s7 } ?s ex:label ?l }") == 1
    with pytest.raises(QueryRefused):
        check_query(P + "SELECT * { ?s ?p ex:a . SERVICE ex:x {} }")


# errors of the engine, in words


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("SELECT ?s, ?p { ?s ?p ?o }", "by spaces, not by commas", 1, 10),
        ("SELECT COUNT(?s) { ?s ?p ?o }", r"\(COUNT\(...\) AS \?count\)", 1, 8),
        ("SELECT * { ?s ?p ?o FILTER ?o > 3 }", "condition of a FILTER stands in parentheses", 1, 21),
        ("SELECT * { ?s ?p ?o FILTER(?o == 3) }", "single =", 1, 31),
        ("SELECT * { ?s ?p ?o } LIMIT ten", "no word", 1, 29),
        ("SELECT * { ?s ?p ?o } LIMIT ?n", "LIMIT is followed by a whole number", 1, 23),
        ("SELECT * { ?s ?p ?o } OFFSET 1.5", "OFFSET is followed by a whole number", 1, 23),
        ("SELECT * { ?s ?p ?o } ORDER ?s", "ORDER is followed by BY", 1, 23),
        ("SELECT * WHERE ?s ?p ?o", "WHERE is followed by a pattern in braces", 1, 10),
        ("SELECT ?s", "The pattern is missing", 1, 10),
        ("SELECT * { BIND ?x AS ?y }", "BIND is written BIND", 1, 12),
        ("SELECT * { ?s ?p ?o } ;", "does not end with a semicolon", 1, 23),
        ("SELECT * {\n ?s ?p ?o BIND(1 AS ?x)\n BIND(2 AS ?x) }", r"\?x may have a value already", 3, 12),
        ("SELECT * { { _:a ?p ?o } { _:a ?q ?r } }", "_:a stands in two groups", 1, 28),
        (P + "SELECT * {\n ?s ex:p ?o ?x }", r'cannot be read from "\?x" on', 2, 13),
        (
            "SELECT (GROUP_CONCAT(?x; SEPARATOR=',') AS ?y) { ?s ?p ?x ?z }",
            r'cannot be read from "\?z" on',
            1,
            59,
        ),
        (P + "SELECT * {\n ?s ex:a.b.c ?o ?x }", r'cannot be read from "\?x" on', 2, 17),
        ("SELECT * {\n ?s ?p '\\u00e9\\u00e9' ?x }", r'cannot be read from "\?x" on', 2, 23),
        ("SELECT * { ?s ?p }", 'cannot be read from "?s" on'.replace("?", r"\?"), 1, 12),
        ("SELECT DISTINCT { ?s ?p ?o }", r'cannot be read from "{" on', 1, 17),
        ("SELECT * { ?s ?p ?o } LIMIT 10 20", "cannot be read to its end", 1, 34),
    ],
)
def test_a_syntax_error_is_explained_with_its_place(
    store: EmbeddedStore, text: str, message: str, line: int, column: int
) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        answer(store, text)
    position = caught.value.position
    assert position is not None
    assert (position.line, position.column) == (line, column)
    assert position.source_line == text.split("\n")[line - 1]
    assert caught.value.details["line"] == line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT ?s { ?s ?p ?o } GROUP BY ?p", "add it to GROUP BY"),
        ("SELECT (SUM(?o) + ?s AS ?x) { ?s ?p ?o }", "uses a variable outside an aggregate"),
        ("SELECT (1 AS ?x) (2 AS ?x) {}", "the same name"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", r"SELECT \* cannot stand with GROUP BY"),
    ],
)
def test_a_broken_rule_is_explained(store: EmbeddedStore, text: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message):
        answer(store, text)


# keeping answers


def key(text: str, format_: Format = formats.RESULTS_JSON, *graphs: tuple[str, ...]) -> str | None:
    return QueryRequest(check_query(text), format_, *graphs).cache_key


def test_requests_with_the_same_answer_have_the_same_key() -> None:
    assert key("ASK { ?s ?p ?o }") == key("ask {?s ?p ?o} # again")
    graphs = (BASE + "g1", BASE + "g2")
    assert key("ASK {}", formats.RESULTS_JSON, graphs) == key("ASK {}", formats.RESULTS_JSON, graphs[::-1])


def test_requests_with_different_answers_have_different_keys() -> None:
    keys = {
        key("ASK { ?s ?p ?o }"),
        key("ASK { ?s ?p ?p }"),
        key("ASK { ?s ?p ?o }", formats.RESULTS_XML),
        key("ASK { ?s ?p ?o }", formats.RESULTS_JSON, (BASE,)),
        key("ASK { ?s ?p ?o }", formats.RESULTS_JSON, (), (BASE,)),
        QueryRequest(check_query("ASK { ?s ?p ?o }", base_iri=BASE), formats.RESULTS_JSON).cache_key,
    }
    assert len(keys) == 6
    assert None not in keys


def test_an_answer_that_changes_has_no_key() -> None:
    assert key("SELECT (NOW() AS ?now) {}") is None

"""The W3C's SPARQL 1.1 Query tests, over HTTP: evaluation, and what is and is not SPARQL.

https://w3c.github.io/rdf-tests/sparql/sparql11/manifest-sparql11-query.ttl
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from graphs import exact, statements_of
from problems import assert_problem
from w3c import (
    RS,
    Graph,
    SuiteTest,
    Table,
    assert_same,
    file_of,
    folders,
    parameters,
    query_tests,
    read_result_set,
    read_results,
    suite_folder,
)
from w3c_endpoint import Endpoint, endpoint

from pathways_ld.formats import GRAPH_RESULT_FORMATS, SOLUTION_FORMATS, by_suffix

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

__all__ = ["endpoint"]

_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_ORDERED = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_DATASET_CLAUSE = re.compile(r"\bFROM\s+(NAMED\s+)?<", re.IGNORECASE)

TESTS = (
    [test for folder in folders("manifest-sparql11-query.ttl") for test in query_tests(folder)]
    if suite_folder().is_dir()
    else []
)
EVALUATION = [test for test in TESTS if test.kind == "QueryEvaluationTest"]
SYNTAX = [test for test in TESTS if test.kind in ("PositiveSyntaxTest11", "NegativeSyntaxTest11")]


def ask(endpoint: Endpoint, test: SuiteTest, text: str, accept: str) -> TestResponse:
    """Serve a test's data and send its query.

    Data without named graphs is served as it would be without a test: the query names no dataset, and the
    default graph is the union of all. Otherwise that union would be wrong, so every file is a named graph
    and the request names the dataset (SPARQL 1.1 Protocol, 2.1.4), unless the query does so itself.
    """
    if not test.graphs:
        endpoint.serve(test.data)
        named: dict[str, list[str]] = {}
    else:
        endpoint.serve(named={iri: iri for iri in (*test.data, *test.graphs)})
        named = {"default-graph-uri": list(test.data), "named-graph-uri": list(test.graphs)}
    return endpoint.client.post(
        "/sparql",
        query_string={} if _DATASET_CLAUSE.search(text) else named,
        data=text.encode(),
        headers={"Content-Type": "application/sparql-query", "Accept": accept},
    )


@pytest.mark.shared
@pytest.mark.parametrize("test", parameters(EVALUATION))
def test_a_query_has_the_solutions_the_w3c_expects(endpoint: Endpoint, test: SuiteTest) -> None:
    text = test.query_text()
    kind = test.result.rpartition(".")[2]
    form = _FORM.search(text)
    assert form is not None
    if form[0].upper() == "CONSTRUCT":
        accept = by_suffix(kind, GRAPH_RESULT_FORMATS)
    else:
        accept = by_suffix(kind if kind != "ttl" else "srj", SOLUTION_FORMATS)
    assert accept is not None
    response = ask(endpoint, test, text, accept.media_type)
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.mimetype == accept.media_type
    content = file_of(test.result).read_bytes()
    if form[0].upper() == "CONSTRUCT":
        assert exact(statements_of(response.data, response.content_type)) == exact(
            statements_of(content, accept.media_type)
        )
        return
    graph = Graph(test.result) if kind == "ttl" else None
    expected = read_result_set(graph) if graph else read_results(content, kind)
    actual = read_results(response.data, "srj" if kind == "ttl" else kind)
    if isinstance(expected, Table) and isinstance(actual, Table):
        assert_same(expected, actual, ordered=bool(_ORDERED.search(text)))
    else:
        assert actual is expected


@pytest.mark.shared
@pytest.mark.parametrize("test", parameters(SYNTAX))
def test_what_is_sparql_is_evaluated_and_what_is_not_is_a_400(endpoint: Endpoint, test: SuiteTest) -> None:
    response = ask(endpoint, test, test.query_text(), "application/json, text/turtle")
    if test.kind == "PositiveSyntaxTest11":
        assert response.status_code == 200, response.get_data(as_text=True)
    else:
        problem = assert_problem(response, 400)
        assert problem["type"] == "/problems/query-syntax-error"

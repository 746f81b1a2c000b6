"""The W3C's SPARQL 1.1 Query tests, over HTTP: evaluation, and what is and is not SPARQL.

https://w3c.github.io/rdf-tests/sparql/sparql11/manifest-sparql11-query.ttl
"""

from __future__ import annotations

import pytest

from problems import assert_problem
from w3c import (
    ABSENT,
    KNOWN_FAILURES,
    NOT_APPLICABLE,
    SUITE,
    SuiteTest,
    entries,
    folders,
    parameters,
    query_tests,
    suite_folder,
)
from w3c_endpoint import Endpoint, ask, assert_answer, endpoint

__all__ = ["endpoint"]

pytestmark = pytest.mark.shared

FOLDERS = folders("manifest-sparql11-query.ttl")
TESTS = [test for folder in FOLDERS for test in query_tests(folder)]
EVALUATION = [test for test in TESTS if test.kind == "QueryEvaluationTest"]
SYNTAX = [test for test in TESTS if test.kind in ("PositiveSyntaxTest11", "NegativeSyntaxTest11")]

READ_BUT_REFUSED = {
    f"{SUITE}syntax-query/manifest#test_4": ("query-error", "has no function <http://example/function>")
}
"""Correct queries that are not evaluated, with the problem that says so."""


@pytest.mark.parametrize("test", parameters(EVALUATION))
def test_a_query_has_the_answer_the_w3c_expects(endpoint: Endpoint, test: SuiteTest) -> None:
    assert_answer(endpoint, test)


@pytest.mark.parametrize("test", parameters(SYNTAX))
def test_what_is_sparql_is_evaluated_and_what_is_not_is_an_error(endpoint: Endpoint, test: SuiteTest) -> None:
    response = ask(endpoint, test, test.query_text(), "application/json, text/turtle")
    if test.kind == "NegativeSyntaxTest11":
        problem = assert_problem(response, 400)
        assert problem["type"] == "/problems/query-syntax-error"
    elif test.iri in READ_BUT_REFUSED:
        kind, words = READ_BUT_REFUSED[test.iri]
        problem = assert_problem(response, 400, words)
        assert problem["type"] == f"/problems/{kind}"
    else:
        assert response.status_code == 200, response.get_data(as_text=True)


@pytest.mark.skipif(not suite_folder().is_dir(), reason=ABSENT)
def test_all_of_the_suite_is_run_and_all_that_is_listed_is_in_the_suite() -> None:
    assert len(EVALUATION) + len(SYNTAX) == len(TESTS) == 328
    others = ["json-res", "csv-tsv-res", "protocol", "syntax-fed", "service", "service-description"]
    updates = folders("manifest-sparql11-update.ttl")
    known = {iri for folder in (*FOLDERS, *updates, *others) for _, _, iri, _ in entries(folder)}
    assert set(KNOWN_FAILURES) | set(NOT_APPLICABLE) <= known
    assert not set(KNOWN_FAILURES) & set(NOT_APPLICABLE)

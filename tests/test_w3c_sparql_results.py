"""The W3C's tests of SPARQL 1.1 result formats, over HTTP: JSON, CSV and TSV; XML is in the query tests.

https://w3c.github.io/rdf-tests/sparql/sparql11/manifest-sparql11-results.ttl
"""

from __future__ import annotations

import pytest

from w3c import SuiteTest, folders, parameters, query_tests
from w3c_endpoint import Endpoint, assert_answer, endpoint

__all__ = ["endpoint"]

pytestmark = pytest.mark.shared

TESTS = [test for folder in folders("manifest-sparql11-results.ttl") for test in query_tests(folder)]


@pytest.mark.parametrize("test", parameters(TESTS))
def test_solutions_are_written_as_the_w3c_expects(endpoint: Endpoint, test: SuiteTest) -> None:
    body = assert_answer(endpoint, test).data
    if test.kind == "CSVResultFormatTest":
        assert body.count(b"\r\n") == body.count(b"\n")  # RFC 4180, as SPARQL 1.1 CSV, 3, asks
    elif test.result.endswith(".tsv"):
        assert b"\r" not in body

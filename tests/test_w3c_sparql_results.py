"""The W3C's tests of SPARQL 1.1 result formats, over HTTP: JSON, CSV and TSV; XML is in the query tests.

https://w3c.github.io/rdf-tests/sparql/sparql11/manifest-sparql11-results.ttl
"""

from __future__ import annotations

import pytest

from w3c import SuiteTest, folders, parameters, query_tests
from w3c_endpoint import Endpoint, assert_answer, endpoint
from w3c_results import XSD, Row, Table, assert_same, literal

__all__ = ["endpoint"]

TESTS = [test for folder in folders("manifest-sparql11-results.ttl") for test in query_tests(folder)]


@pytest.mark.shared
@pytest.mark.parametrize("test", parameters(TESTS))
def test_solutions_are_written_as_the_w3c_expects(endpoint: Endpoint, test: SuiteTest) -> None:
    body = assert_answer(endpoint, test).data
    if test.kind == "CSVResultFormatTest":
        assert body.count(b"\r\n") == body.count(b"\n")  # RFC 4180, as SPARQL 1.1 CSV, 3, asks
    elif test.result.endswith(".tsv"):
        assert b"\r" not in body


# the comparison itself

A, B, C = ("iri", "a"), ("blank", "b"), ("blank", "c")


def same(expected: list[Row], actual: list[Row], *, ordered: bool = False) -> bool:
    try:
        assert_same(Table(["x", "y"], expected), Table(["y", "x"], actual), ordered=ordered)
    except AssertionError:
        return False
    return True


def test_solutions_are_compared_as_a_multiset_unless_they_are_ordered() -> None:
    one: Row = {"x": A}
    other: Row = {"y": A}
    assert same([one, other], [other, one])
    assert not same([one, other], [other, one], ordered=True)
    assert same([one, other], [one, other], ordered=True)
    assert not same([one, one, other], [one, other, other])
    assert not same([one], [one, one])
    assert not same([one], [{"x": A, "y": A}])


def test_blank_nodes_may_have_other_names_but_must_be_the_same_nodes() -> None:
    assert same([{"x": B, "y": C}, {"x": B}], [{"x": B}, {"x": B, "y": C}])
    assert same([{"x": B, "y": C}, {"x": B}], [{"x": C}, {"x": C, "y": B}])
    assert not same([{"x": B, "y": C}, {"x": B}], [{"x": B}, {"x": C, "y": B}])
    assert not same([{"x": B, "y": B}], [{"x": B, "y": C}])
    assert not same([{"x": B, "y": C}], [{"x": B, "y": B}])
    assert not same([{"x": B}], [{"x": A}])
    assert same([{"x": B}, {"x": C}], [{"x": C}, {"x": B}], ordered=True)
    assert not same([{"x": B}, {"x": C}], [{"x": C}, {"x": C}], ordered=True)


def test_numbers_are_compared_by_value_and_within_their_type() -> None:
    assert literal("1.0e6", datatype=f"{XSD}double") == literal("1000000", datatype=f"{XSD}double")
    assert literal("2.0", datatype=f"{XSD}decimal") == literal("2", datatype=f"{XSD}decimal")
    assert literal("2", datatype=f"{XSD}decimal") != literal("2", datatype=f"{XSD}integer")
    assert literal("01", datatype=f"{XSD}byte") != literal("1", datatype=f"{XSD}byte")
    assert literal("x", "EN") == literal("x", "en") != literal("x")
    assert literal("x") == literal("x", datatype=f"{XSD}string")

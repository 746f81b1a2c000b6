"""The W3C's SHACL test suite, through everything that is between pyshacl and us.

https://w3c.github.io/data-shapes/data-shapes-test-suite/
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rdflib import RDF, Graph, Namespace
from rdflib.namespace import SH
from rdflib.term import Node

from pathways_ld.errors import InputError
from pathways_ld.rdfio import Statement, parse
from pathways_ld.validation.compiling import compile_shapes
from pathways_ld.validation.indexed import ordinary_graph, term_of
from pathways_ld.validation.shacl import Report, path_text, validate_all
from pathways_ld.validation.wording import Result

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared"))
SUITE = SHARED / "w3c" / "data-shapes" / "tests"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")

KNOWN_FAILURES = {
    "sparql/pre-binding/shapesGraph-001": "pyshacl does not offer $shapesGraph, which is optional"
    " (https://www.w3.org/TR/shacl/#sparql-constraints-prebound)",
}
"""Strict: a test listed here must fail; once it passes, it comes off the list."""

Row = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class SuiteTest:
    """One entry of a manifest: its files, and the report that is wanted; None where validation must fail."""

    name: str
    data: Path
    shapes: Path
    conforms: bool | None
    rows: tuple[Row, ...]


def manifests(path: Path) -> Iterator[Path]:
    """Give a manifest and all that it includes."""
    yield path
    for included in load(path).objects(None, MF.include):
        yield from manifests(file_of(included))


def load(path: Path) -> Graph:
    return ordinary_graph(statements_of(path))


def statements_of(path: Path) -> list[Statement]:
    return parse(path, base_iri=path.as_uri()).statements


def file_of(node: Node | None) -> Path:
    return Path(str(node).removeprefix("file://"))


def suite_tests(folder: str) -> list[SuiteTest]:
    if not SUITE.is_dir():
        return []
    found = []
    for path in manifests(SUITE / folder / "manifest.ttl"):
        graph = load(path)
        for entry in graph.subjects(RDF.type, SHT.Validate):
            action, wanted = graph.value(entry, MF.action), graph.value(entry, MF.result)
            conforms = None if wanted == SHT.Failure else str(graph.value(wanted, SH.conforms)) == "true"
            rows = sorted(expected_row(graph, node) for node in graph.objects(wanted, SH.result))
            found.append(
                SuiteTest(
                    f"{folder}/{path.parent.name}/{path.stem}",
                    file_of(graph.value(action, SHT.dataGraph)),
                    file_of(graph.value(action, SHT.shapesGraph)),
                    conforms,
                    tuple(rows),
                )
            )
    return found


def expected_row(graph: Graph, node: Node) -> Row:
    def shown(predicate: Node) -> str:
        value = graph.value(node, predicate)
        return "" if value is None else anonymous(term_of(value))

    path = graph.value(node, SH.resultPath)
    return (
        shown(SH.focusNode),
        "" if path is None else path_text(graph, path),
        shown(SH.resultSeverity),
        shown(SH.sourceConstraintComponent),
        shown(SH.sourceShape),
        shown(SH.value),
    )


def anonymous(term: str) -> str:
    return "_:" if term.startswith("_:") else term


def row(result: Result) -> Row:
    return (
        anonymous(result.focus_term),
        result.full_path,
        f"<{result.severity_iri}>",
        f"<{result.component_iri}>",
        anonymous(result.shape),
        anonymous(result.value_term),
    )


def parameters(folder: str) -> list[object]:
    tests = suite_tests(folder)
    if not tests:
        mark = pytest.mark.skip(reason=f"the W3C's SHACL tests are not in {SUITE} (PATHWAYS_SHARED)")
        return [pytest.param(None, id="absent", marks=mark)]
    return [
        pytest.param(
            test,
            id=test.name,
            marks=[pytest.mark.xfail(strict=True, reason=KNOWN_FAILURES[test.name])]
            if test.name in KNOWN_FAILURES
            else [],
        )
        for test in tests
    ]


def validated(test: SuiteTest) -> Report:
    return validate_all(statements_of(test.data), compile_shapes(statements_of(test.shapes)))


@pytest.mark.shared
@pytest.mark.parametrize("test", [*parameters("core"), *parameters("sparql")])
def test_the_w3c_suite(test: SuiteTest) -> None:
    if test.conforms is None:
        with pytest.raises(InputError, match="shapes cannot be used"):
            validated(test)
        return
    report = validated(test)
    assert tuple(sorted(map(row, report.results))) == test.rows
    assert report.conforms == test.conforms


@pytest.mark.shared
@pytest.mark.skipif(not SUITE.is_dir(), reason=f"the W3C's SHACL tests are not in {SUITE}")
def test_the_suite_is_complete() -> None:
    core, sparql = suite_tests("core"), suite_tests("sparql")
    assert len(core) == 98
    assert len(sparql) == 22
    assert set(KNOWN_FAILURES) <= {test.name for test in (*core, *sparql)}

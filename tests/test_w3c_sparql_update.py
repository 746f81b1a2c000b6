"""The W3C's SPARQL 1.1 Update tests over HTTP: what updates do, and what is and is not an update.

Each update is sent to ``/update`` of the real application, which validates nothing here: what the suite writes
is no vocabulary. What it did is read from what is asserted afterwards.

https://w3c.github.io/rdf-tests/sparql/sparql11/manifest-sparql11-update.ttl
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph
import pytest

from maintenance import Site
from pathways_ld.rdfio import Statement, quad, statement
from pathways_ld.snapshot import read_asserted
from problems import assert_problem
from w3c import (
    ABSENT,
    MF,
    SUITE,
    Graph,
    Node,
    absent,
    entries,
    file_of,
    folders,
    marks,
    suite_folder,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.test import TestResponse

pytestmark = pytest.mark.shared

UT = "http://www.w3.org/2009/sparql/tests/test-update#"
_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>\s\"{}|^`\\]*>")
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


@dataclass(frozen=True)
class GraphStore:
    """The statements of a graph store, and all its named graphs."""

    statements: frozenset[Statement] = frozenset()
    graphs: frozenset[str] = frozenset()

    @property
    def canonical(self) -> frozenset[pyoxigraph.Quad]:
        """The statements with canonical blank nodes."""
        dataset = pyoxigraph.Dataset(map(quad, self.statements))
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        return frozenset(dataset)


@dataclass(frozen=True)
class UpdateTest:
    """One entry of a manifest: the request's file, the graph store before and after."""

    iri: str
    kind: str
    request: str
    before: GraphStore = GraphStore()
    after: GraphStore = GraphStore()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A graph store that takes whatever it is told."""
    made = Site(tmp_path_factory.mktemp("w3c-update"), checked=False)
    yield made
    made.close()


def apply(site: Site, before: GraphStore, update: str, base: str) -> GraphStore:
    """Apply an update that is expected to be possible."""
    response = send(site, before, update, base)
    assert response.status_code == 200, response.get_data(as_text=True)
    asserted = read_asserted(site.snapshots.current())
    statements = frozenset(asserted.statements)
    return GraphStore(statements, _with_statements(statements) | asserted.empty_graphs)


def send(site: Site, before: GraphStore, update: str, base: str) -> TestResponse:
    """Send an update to a graph store in the state `before`; relative IRIs are relative to `base`."""
    site.replace(before.statements, before.graphs - _with_statements(before.statements))
    relative = _RELATIVE.search(update)
    return site.update(f"BASE <{base}>\n{update}" if relative else update)


def _with_statements(statements: frozenset[Statement]) -> frozenset[str]:
    return frozenset(each.graph[1:-1] for each in statements if each.graph)


def update_tests(folder: str) -> Iterator[UpdateTest]:
    """Read the tests of a folder."""
    for graph, node, iri, kind in entries(folder):
        action = graph.one(node, f"{MF}action")
        if isinstance(action, pyoxigraph.NamedNode):
            yield UpdateTest(iri, kind, action.value)
            continue
        (request,) = graph.values(action, f"{UT}request")
        result = graph.one(node, f"{MF}result")
        yield UpdateTest(iri, kind, request, _graph_store(graph, action), _graph_store(graph, result))


def _graph_store(manifest: Graph, node: Node) -> GraphStore:
    files: list[tuple[str, pyoxigraph.NamedNode | pyoxigraph.DefaultGraph]] = [
        (iri, pyoxigraph.DefaultGraph()) for iri in manifest.values(node, f"{UT}data")
    ]
    for each in manifest.objects(node, f"{UT}graphData"):
        (file,) = manifest.values(each, f"{UT}graph")
        (name,) = manifest.values(each, LABEL)
        files.append((file, pyoxigraph.NamedNode(name)))
    statements = {
        statement(pyoxigraph.Quad(each.subject, each.predicate, each.object, graph))
        for iri, graph in files
        for each in pyoxigraph.parse(path=file_of(iri), base_iri=iri)
    }
    names = {graph.value for _, graph in files if isinstance(graph, pyoxigraph.NamedNode)}
    return GraphStore(frozenset(statements), frozenset(names))


TESTS = [test for folder in folders("manifest-sparql11-update.ttl") for test in update_tests(folder)]
EVALUATION = [test for test in TESTS if test.kind == "UpdateEvaluationTest"]
SYNTAX = [
    test
    for test in TESTS
    if test.kind in ("PositiveUpdateSyntaxTest11", "NegativeUpdateSyntaxTest11", "NegativeSyntaxTest11")
]

READ_BUT_FAILS = {
    f"{SUITE}syntax-update-1/manifest#test_8": "The graph <.*> does not exist",
    f"{SUITE}syntax-update-1/manifest#test_18": "The graph <.*> does not exist",
}
"""Correct updates that cannot be done in a graph store without graphs, with the error that says so."""


def parameters(tests: list[UpdateTest]) -> list[object]:
    found: list[object] = [
        pytest.param(test, id=test.iri.removeprefix(SUITE).replace("manifest#", ""), marks=marks(test.iri))
        for test in tests
    ]
    return found or [absent()]


@pytest.mark.parametrize("test", parameters(EVALUATION))
def test_an_update_leaves_the_graphs_the_w3c_expects(site: Site, test: UpdateTest) -> None:
    after = apply(site, test.before, file_of(test.request).read_text(encoding="utf-8"), test.request)
    assert after.canonical == test.after.canonical
    assert after.graphs == test.after.graphs


@pytest.mark.parametrize("test", parameters(SYNTAX))
def test_what_is_an_update_is_evaluated_and_what_is_not_is_an_error(site: Site, test: UpdateTest) -> None:
    text = file_of(test.request).read_text(encoding="utf-8")
    if test.kind.startswith("Negative"):
        # What is refused is refused before the rest is read.
        response = send(site, GraphStore(), text, test.request)
        assert response.status_code in (400, 403), response.get_data(as_text=True)
    elif test.iri in READ_BUT_FAILS:
        problem = assert_problem(send(site, GraphStore(), text, test.request), 400)
        assert re.search(READ_BUT_FAILS[test.iri], problem["detail"])
        assert problem["type"] == "/problems/query-error"
    else:
        apply(site, GraphStore(), text, test.request)


@pytest.mark.skipif(not suite_folder().is_dir(), reason=ABSENT)
def test_all_of_the_suite_is_run() -> None:
    assert len(EVALUATION) + len(SYNTAX) == len(TESTS) == 157

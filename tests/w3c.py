"""The W3C's SPARQL 1.1 test suites: their manifests, and what is known of their tests.

https://w3c.github.io/rdf-tests/sparql/sparql11/
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph
import pytest

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SUITE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
"""What the suite's own IRIs begin with; its files are read as if they had been fetched from there."""

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^<>\s\"{}|^`\\]*>")


# the suites


def suite_folder() -> Path:
    """Give the folder of the SPARQL 1.1 suites in the shared folder; it may be absent."""
    shared = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared"))
    return shared / "w3c" / "rdf-tests" / "sparql" / "sparql11"


ABSENT = f"the W3C's test suites are not in {suite_folder()} (PATHWAYS_SHARED)"


def file_of(iri: str) -> Path:
    """Give the file that stands for an IRI of the suite."""
    return suite_folder() / iri.removeprefix(SUITE)


@dataclass(frozen=True)
class SuiteTest:
    """One entry of a manifest; `query`, `data`, `graphs` and `result` are IRIs of files."""

    iri: str
    kind: str
    query: str = ""
    data: tuple[str, ...] = ()
    graphs: tuple[str, ...] = ()
    result: str = ""

    @property
    def id(self) -> str:
        """A short name: the folder and the local name."""
        return self.iri.removeprefix(SUITE).replace("manifest#", "")

    def query_text(self) -> str:
        """Read the query.

        The suite resolves relative IRIs against the query's file. Over HTTP there is no such file, so where
        there are any, a BASE says what the base is.
        """
        text = file_of(self.query).read_text(encoding="utf-8")
        return f"BASE <{self.query}>\n{text}" if _RELATIVE.search(text) else text


Node = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple


class Graph:
    """Triples, to be walked along properties."""

    def __init__(self, triples: Iterable[pyoxigraph.Quad]) -> None:
        self._objects: dict[tuple[Node, str], list[Node]] = {}
        self._subjects: dict[str, list[Node]] = {}
        for triple in triples:
            predicate = triple.predicate.value
            self._objects.setdefault((triple.subject, predicate), []).append(triple.object)
            self._subjects.setdefault(predicate, []).append(triple.subject)

    @classmethod
    def read(cls, iri: str) -> Graph:
        """Read a file of the suite."""
        return cls(pyoxigraph.parse(path=file_of(iri), base_iri=iri))

    def objects(self, subject: Node, predicate: str) -> list[Node]:
        return self._objects.get((subject, predicate), [])

    def one(self, subject: Node, predicate: str) -> Node:
        (found,) = self.objects(subject, predicate)
        return found

    def values(self, subject: Node, predicate: str) -> tuple[str, ...]:
        """Give the IRIs or the texts of the objects."""
        return tuple(value_of(each) for each in self.objects(subject, predicate))

    def subject(self, predicate: str) -> Node:
        """Give the only subject that has a property."""
        (found,) = set(self._subjects[predicate])
        return found

    def pairs(self, predicate: str) -> list[tuple[Node, Node]]:
        """Give the subjects and objects of a property."""
        subjects = set(self._subjects.get(predicate, ()))
        return [(each, found) for each in subjects for found in self.objects(each, predicate)]

    @property
    def predicates(self) -> set[str]:
        return set(self._subjects)

    def members(self, head: Node) -> Iterator[Node]:
        """Give the members of a list."""
        while value_of(head) != f"{RDF}nil":
            yield self.one(head, f"{RDF}first")
            head = self.one(head, f"{RDF}rest")


def value_of(node: Node) -> str:
    assert not isinstance(node, pyoxigraph.Triple)
    return node.value


def folders(manifest: str) -> list[str]:
    """Give the folders whose manifests a manifest of manifests includes; none where the suite is absent."""
    if not file_of(SUITE + manifest).exists():
        return []
    graph = Graph.read(SUITE + manifest)
    included = graph.members(graph.one(graph.subject(f"{MF}include"), f"{MF}include"))
    return [value_of(each).removeprefix(SUITE).removesuffix("/manifest.ttl") for each in included]


def entries(folder: str) -> Iterator[tuple[Graph, Node, str, str]]:
    """Give the entries of a folder's manifest, with their IRIs and the local names of their classes."""
    graph = Graph.read(f"{SUITE}{folder}/manifest.ttl")
    for node in graph.members(graph.one(graph.subject(f"{MF}entries"), f"{MF}entries")):
        (kind,) = graph.values(node, f"{RDF}type")
        yield graph, node, value_of(node), kind.removeprefix(MF)


def query_tests(folder: str) -> Iterator[SuiteTest]:
    """Read the evaluation and syntax tests of a folder."""
    for graph, node, iri, kind in entries(folder):
        action = graph.one(node, f"{MF}action")
        if isinstance(action, pyoxigraph.NamedNode):
            yield SuiteTest(iri, kind, action.value)
            continue
        (query,) = graph.values(action, f"{QT}query")
        (result,) = graph.values(node, f"{MF}result")
        data = tuple(sorted(graph.values(action, f"{QT}data")))
        graphs = tuple(sorted(graph.values(action, f"{QT}graphData")))
        yield SuiteTest(iri, kind, query, data, graphs, result)


# what is known


def _known(table: str) -> dict[str, str]:
    path = Path(__file__).with_name("w3c_known_failures.toml")
    return dict(tomllib.loads(path.read_text(encoding="utf-8")).get(table, {}))


KNOWN_FAILURES: Mapping[str, str] = _known("known-failures")
NOT_APPLICABLE: Mapping[str, str] = _known("not-applicable")


def marks(iri: str) -> list[pytest.MarkDecorator]:
    """Give the marks of a test: a known failure must fail, what does not apply is skipped."""
    if iri in NOT_APPLICABLE:
        return [pytest.mark.skip(reason=NOT_APPLICABLE[iri])]
    if iri in KNOWN_FAILURES:
        return [pytest.mark.xfail(strict=True, raises=AssertionError, reason=KNOWN_FAILURES[iri])]
    return []


def parameters(tests: Iterable[SuiteTest]) -> list[object]:
    """Make pytest's parameters, with tests of the same data next to each other."""
    ordered = sorted(tests, key=lambda test: (test.data, test.graphs))
    return [pytest.param(test, id=test.id, marks=marks(test.iri)) for test in ordered] or [absent()]


def absent() -> object:
    """Stand in for the tests of a suite that is not here."""
    return pytest.param(None, id="absent", marks=pytest.mark.skip(reason=ABSENT))

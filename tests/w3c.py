"""The W3C's SPARQL 1.1 test suites: their manifests, and the comparison of what they expect.

The readers of results use nothing of the engine under test, except for its Turtle parser.
https://w3c.github.io/rdf-tests/sparql/sparql11/
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pyoxigraph
import pytest

from conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

SUITE = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"
"""What the suite's own IRIs begin with; its files are read as if they had been fetched from there."""

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"

_SRX = "{http://www.w3.org/2005/sparql-results#}"
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
        return [
            (each, found)
            for each in set(self._subjects.get(predicate, ()))
            for found in self.objects(each, predicate)
        ]

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


# results

Term = tuple[str, ...]
"""("iri", IRI), ("blank", label), ("literal", text, language tag, datatype IRI)."""
Row = dict[str, Term]


@dataclass
class Table:
    """A sequence of solutions."""

    variables: list[str]
    rows: list[Row]


def literal(text: str, language: str = "", datatype: str = "") -> Term:
    """Make a literal; language tags are equal whatever their case, xsd:string is the default (RDF 1.1, 3.3).

    Numbers and truth values are equal by value, within their datatype. SPARQL does not say which lexical form
    a computed value has, and the suite itself expects 1.0e6 in TSV for 1.0E6 in the data.
    """
    datatype = "" if datatype == f"{XSD}string" else datatype
    canonical = _CANONICAL.get(datatype)
    if canonical is not None:
        with contextlib.suppress(ValueError, ArithmeticError):
            text = canonical(text)
    return ("literal", text, language.lower(), datatype)


_CANONICAL: Mapping[str, Callable[[str], str]] = {
    f"{XSD}integer": lambda text: str(int(text)),
    f"{XSD}decimal": lambda text: str(Decimal(text).normalize()),
    f"{XSD}float": lambda text: str(float(text)),
    f"{XSD}double": lambda text: str(float(text)),
    f"{XSD}boolean": lambda text: {"1": "true", "0": "false"}.get(text, text),
}


def term_of(node: Node) -> Term:
    if isinstance(node, pyoxigraph.NamedNode):
        return ("iri", node.value)
    if isinstance(node, pyoxigraph.BlankNode):
        return ("blank", node.value)
    assert isinstance(node, pyoxigraph.Literal)
    language = node.language or ""
    return literal(node.value, language, "" if language else node.datatype.value)


def read_results(content: bytes, kind: str, base_iri: str = "") -> Table | bool:
    """Read solutions or a boolean; `kind` is a file suffix: srx, srj, csv or tsv."""
    if kind == "srx":
        return _read_xml(content)
    if kind == "srj":
        return _read_json(content)
    text = content.decode("utf-8")
    return _read_csv(text) if kind == "csv" else _read_tsv(text, base_iri)


def _read_xml(content: bytes) -> Table | bool:
    root = ET.fromstring(content)  # noqa: S314 - our own answers, and the suite's files
    boolean = root.find(f"{_SRX}boolean")
    if boolean is not None:
        return {"true": True, "false": False}[(boolean.text or "").strip()]
    variables = [each.attrib["name"] for each in root.iterfind(f"{_SRX}head/{_SRX}variable")]
    rows = [
        {binding.attrib["name"]: _xml_term(binding[0]) for binding in result.iterfind(f"{_SRX}binding")}
        for result in root.iterfind(f"{_SRX}results/{_SRX}result")
    ]
    return Table(variables, rows)


def _xml_term(element: ET.Element) -> Term:
    text = element.text or ""
    if element.tag == f"{_SRX}uri":
        return ("iri", text)
    if element.tag == f"{_SRX}bnode":
        return ("blank", text)
    language = element.attrib.get("{http://www.w3.org/XML/1998/namespace}lang", "")
    return literal(text, language, element.attrib.get("datatype", ""))


def _read_json(content: bytes) -> Table | bool:
    document = json.loads(content)
    if "boolean" in document:
        boolean = document["boolean"]
        assert isinstance(boolean, bool)
        return boolean
    rows = [
        {name: _json_term(term) for name, term in binding.items()}
        for binding in document["results"]["bindings"]
    ]
    return Table(document["head"]["vars"], rows)


def _json_term(term: dict[str, str]) -> Term:
    if term["type"] == "uri":
        return ("iri", term["value"])
    if term["type"] == "bnode":
        return ("blank", term["value"])
    return literal(term["value"], term.get("xml:lang", ""), term.get("datatype", ""))


def _read_csv(text: str) -> Table:
    """Read CSV, which has no types: what is no blank node counts as a text, the empty text as unbound."""
    variables, *records = csv.reader(io.StringIO(text, newline=""))
    rows = [
        {
            name: ("blank", value[2:]) if value.startswith("_:") else literal(value)
            for name, value in zip(variables, record, strict=True)
            if value
        }
        for record in records
    ]
    return Table(variables, rows)


def _read_tsv(text: str, base_iri: str) -> Table:
    header, *lines = text.removesuffix("\n").split("\n")
    variables = [name.removeprefix("?") for name in header.split("\t")]
    rows = []
    for line in lines:
        fields = zip(variables, line.split("\t"), strict=True)
        rows.append({name: _turtle_term(field, base_iri) for name, field in fields if field})
    return Table(variables, rows)


def _turtle_term(text: str, base_iri: str) -> Term:
    if text.startswith("_:"):
        return ("blank", text[2:])
    turtle = f"<urn:s> <urn:p> {text} ."
    (triple,) = pyoxigraph.parse(turtle, pyoxigraph.RdfFormat.TURTLE, base_iri=base_iri or None)
    return term_of(triple.object)


def read_result_set(graph: Graph) -> Table:
    """Read solutions written as RDF (https://www.w3.org/2001/sw/DataAccess/tests/result-set#)."""
    head = graph.subject(f"{RS}resultVariable")
    rows = []
    for solution in graph.objects(head, f"{RS}solution"):
        bindings = graph.objects(solution, f"{RS}binding")
        rows.append(
            {
                value_of(graph.one(each, f"{RS}variable")): term_of(graph.one(each, f"{RS}value"))
                for each in bindings
            }
        )
    return Table(list(graph.values(head, f"{RS}resultVariable")), rows)


# comparison


def assert_same(expected: Table, actual: Table, *, ordered: bool) -> None:
    """Assert that two tables hold the same solutions, as often, whatever their blank nodes are called."""
    assert sorted(actual.variables) == sorted(expected.variables)
    if not _matches([*map(_comparable, expected.rows)], [*map(_comparable, actual.rows)], ordered=ordered):
        pytest.fail(_difference(expected, actual), pytrace=False)


Comparable = tuple[tuple[str, Term], ...]


def _comparable(row: Row) -> Comparable:
    return tuple(sorted(row.items()))


def _matches(expected: Sequence[Comparable], actual: Sequence[Comparable], *, ordered: bool) -> bool:
    if len(expected) != len(actual):
        return False
    if not ordered:
        # Rows without blank nodes are counted, so that only the others are searched.
        left, right = Counter(expected), Counter(actual)
        common = Counter({row: number for row, number in (left & right).items() if not _blanks(row)})
        expected, actual = [*(left - common).elements()], [*(right - common).elements()]
    return _match_rest(expected, actual, {}, ordered=ordered)


def _match_rest(
    expected: Sequence[Comparable], actual: Sequence[Comparable], names: dict[Term, Term], *, ordered: bool
) -> bool:
    if not expected:
        return True
    for position in range(1 if ordered else len(actual)):
        extended = _match_row(expected[0], actual[position], names)
        rest = [*actual[:position], *actual[position + 1 :]]
        if extended is not None and _match_rest(expected[1:], rest, extended, ordered=ordered):
            return True
    return False


def _match_row(left: Comparable, right: Comparable, names: dict[Term, Term]) -> dict[Term, Term] | None:
    """Extend a one-to-one naming of blank nodes so that two rows are equal; None where none does."""
    if len(left) != len(right):
        return None
    names = dict(names)
    for (name, term), (other_name, other) in zip(left, right, strict=True):
        if name != other_name or term[0] != other[0]:
            return None
        if term[0] != "blank":
            if term != other:
                return None
        elif names.setdefault(term, other) != other or list(names.values()).count(other) > 1:
            return None
    return names


def _blanks(row: Comparable) -> list[Term]:
    return [term for _, term in row if term[0] == "blank"]


def _difference(expected: Table, actual: Table) -> str:
    def listed(table: Table) -> str:
        return "\n".join(f"  {row}" for row in table.rows) or "  none"

    return f"expected the solutions\n{listed(expected)}\nand got\n{listed(actual)}"

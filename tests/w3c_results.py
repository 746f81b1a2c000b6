"""Results as the W3C's tests expect them, and their comparison with what was answered.

The readers use nothing of the engine under test, except for its Turtle parser.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pyoxigraph

from w3c import Graph, Node, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
XSD = "http://www.w3.org/2001/XMLSchema#"

_SRX = "{http://www.w3.org/2005/sparql-results#}"

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
    root = ET.fromstring(content)
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
        raise AssertionError(_difference(expected, actual))


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

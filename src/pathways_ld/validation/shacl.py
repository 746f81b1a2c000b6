"""Shapes decide: run pyshacl over exact RDF terms and put its results into words.

Never inference, never imports, never a text or an address where pyshacl would read or fetch it, never
the shapes of a stranger (their patterns and queries would be run).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyshacl
from pyoxigraph import Quad
from pyshacl.errors import ReportableRuntimeError
from pyshacl.rdfutil.stringify import stringify_blank_node
from rdflib import BNode, Graph
from rdflib.namespace import SH
from rdflib.term import Node

from pathways_ld.errors import Finding, InputError
from pathways_ld.namespaces import split_iri
from pathways_ld.rdfio import Statement, is_blank, parse
from pathways_ld.validation.indexed import (
    IndexedGraph,
    Terms,
    as_statements,
    ordinary_graph,
    paused_collector,
    quiet_loggers,
)
from pathways_ld.validation.wording import Labels, Result, describe, severity_word

_ONE_AT_A_TIME: Final = threading.Lock()
"""pyshacl keeps texts of blank nodes in a cache that all calls share."""


@dataclass(frozen=True)
class Report:
    """What pyshacl said: whether the data conform, and its results."""

    conforms: bool
    results: tuple[Result, ...]


def validate_shapes(quads: Iterable[Statement | Quad], shapes: Iterable[Statement | Quad]) -> list[Finding]:
    """Check data against shapes; findings come in the order of focus, path and value.

    Raises :class:`InputError` for shapes that cannot be used.
    """
    statements = as_statements(quads)
    terms = Terms()
    with paused_collector():
        graph, shape_graph = IndexedGraph(statements, terms), ordinary_graph(as_statements(shapes), terms)
        results = run_pyshacl(graph, shape_graph).results
    labels = Labels(statements, {iri for each in results for iri in (each.focus, each.value)})
    return [
        Finding(
            rule=each.rule,
            severity=severity_word(each.severity),
            focus=each.focus,
            message=describe(each, labels),
            path=each.path,
            value=each.value,
        )
        for each in results
    ]


def run_pyshacl(graph: Graph, shapes: Graph) -> Report:
    """Run pyshacl; `shapes` is changed by it (it adds its own axioms).

    Raises :class:`InputError` for shapes that cannot be used.
    """
    with _ONE_AT_A_TIME, quiet_loggers():
        stringify_blank_node.dict_cache.clear()
        try:
            conforms, report, text = pyshacl.validate(
                graph, shacl_graph=shapes, inference="none", advanced=False, do_owl_imports=False
            )
        except ReportableRuntimeError as error:
            raise InputError(f"The shapes cannot be used: {error.message}") from None
        finally:
            stringify_blank_node.dict_cache.clear()
    if not isinstance(report, Graph):
        raise InputError(f"The shapes cannot be used: {text}")
    found = (_result(report, node) for node in report.objects(None, SH.result))
    return Report(bool(conforms), tuple(sorted(found, key=lambda each: each.order)))


def check_shapes(shapes: Iterable[Statement | Quad]) -> list[str]:
    """Check shapes against SHACL-SHACL (https://www.w3.org/TR/shacl/#shacl-shacl); empty means valid."""
    graph = ordinary_graph(as_statements(shapes))
    try:
        pyshacl.validate(Graph(), shacl_graph=graph, meta_shacl=True, do_owl_imports=False)
    except ReportableRuntimeError as error:
        return str(error.message).splitlines()
    return []


def _result(report: Graph, node: Node) -> Result:
    def text(predicate: Node) -> str:
        found = report.value(node, predicate)
        return _text(found) if found is not None else ""

    shape = report.value(node, SH.sourceShape)
    component = split_iri(text(SH.sourceConstraintComponent))[1].removesuffix("ConstraintComponent")
    path = report.value(node, SH.resultPath)
    return Result(
        rule=component if shape is None or isinstance(shape, BNode) else split_iri(str(shape))[1],
        component=component,
        severity=split_iri(text(SH.resultSeverity))[1],
        focus=text(SH.focusNode),
        path="" if path is None or isinstance(path, BNode) else str(path),
        value=text(SH.value),
        message=" ".join(sorted(str(each) for each in report.objects(node, SH.resultMessage))),
    )


def _text(node: Node) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def read_shapes(paths: Iterable[Path]) -> list[Statement]:
    """Read shapes files; each keeps its blank nodes to itself. Raises :class:`ParseError`."""
    return [
        each._replace(subject=_own(each.subject, number), object=_own(each.object, number))
        for number, path in enumerate(paths)
        for each in parse(path).statements
    ]


def _own(term: str, number: int) -> str:
    return f"_:f{number}{term[2:]}" if is_blank(term) else term

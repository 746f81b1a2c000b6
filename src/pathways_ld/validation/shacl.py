"""Shapes decide: run pyshacl over exact RDF terms and take its results from its report.

Never inference, never imports, never a text or an address where pyshacl would read or fetch it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyshacl
from pyoxigraph import Quad
from pyshacl.errors import (
    ConstraintLoadError,
    ReportableRuntimeError,
    RuleLoadError,
    ShapeLoadError,
    ValidationFailure,
)
from pyshacl.rdfutil.stringify import stringify_blank_node
from rdflib import BNode, Graph
from rdflib.namespace import RDF, SH
from rdflib.plugins.sparql.sparql import SPARQLError
from rdflib.term import Node

from pathways_ld.errors import Finding, InputError
from pathways_ld.namespaces import split_iri
from pathways_ld.rdfio import Statement, is_blank, parse
from pathways_ld.store.parallel import Task
from pathways_ld.validation.compiling import CompiledShapes, compile_shapes
from pathways_ld.validation.indexed import (
    IndexedGraph,
    Terms,
    as_statements,
    ordinary_graph,
    paused_collector,
    quiet_loggers,
    term_of,
)
from pathways_ld.validation.narrowing import narrow
from pathways_ld.validation.targets import TargetNodes
from pathways_ld.validation.wording import Labels, Result, describe, severity_word

_ONE_AT_A_TIME: Final = threading.Lock()
"""pyshacl keeps texts of blank nodes in a cache that all calls share."""

_UNUSABLE: Final = (
    ConstraintLoadError,
    ReportableRuntimeError,
    RuleLoadError,
    ShapeLoadError,
    SPARQLError,
    AssertionError,
    AttributeError,
    KeyError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What pyshacl and rdflib raise for shapes that are not well-formed; much of it is not meant for users."""

_LARGE: Final = 50_000
"""Triples from which on a second process is worth its start."""

_INVERSE: Final = SH.inversePath
_MARKS: Final = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}
_DEEPEST_PATH: Final = 12


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
    results = validate_all(statements, compile_shapes(as_statements(shapes))).results
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


def validate_all(statements: Sequence[Statement], shapes: CompiledShapes) -> Report:
    """Check every target node of every shape; raises :class:`InputError` for shapes that cannot be used."""
    with paused_collector():
        terms = shapes.terms.copy()
        return run_parts(IndexedGraph(statements, terms), shapes, terms)


def run_parts(graph: Graph, shapes: CompiledShapes, terms: Terms, processes: int = 1) -> Report:
    """Check every target node of every shape, where it is worth it by several processes at once."""
    narrowed = narrow(shapes, graph, terms)
    if processes < 2 or len(graph) < _LARGE:
        return run_pyshacl(graph, shapes.graph(terms, narrowed))
    tasks = [
        Task(partial(_run_part, graph, part, terms, narrowed), worthwhile=number > 0)
        for number, part in reversed(list(enumerate(shares(shapes, graph, terms, narrowed, processes))))
    ]
    try:
        reports = [task.result() for task in reversed(tasks)]
    finally:
        for task in tasks:
            task.cancel()
    results = sorted((each for report in reports for each in report.results), key=lambda each: each.order)
    return Report(all(report.conforms for report in reports), tuple(results))


def _run_part(
    graph: Graph, part: CompiledShapes, terms: Terms, narrowed: Mapping[str, Iterable[str]]
) -> Report:
    foci = {shape: nodes for shape, nodes in narrowed.items() if shape in part.targets}
    return run_pyshacl(graph, part.graph(terms, foci))


def shares(
    shapes: CompiledShapes,
    graph: Graph,
    terms: Terms,
    narrowed: Mapping[str, Sequence[str]],
    count: int,
) -> list[CompiledShapes]:
    """Share out the shapes with targets, so that each share has about as many nodes to check."""
    nodes = TargetNodes(graph, terms)
    weights = {
        shape: len(narrowed[shape]) if shape in narrowed else sum(1 for _ in nodes.every(target))
        for shape, target in shapes.targets.items()
    }
    loads = [0] * count
    lots: list[set[str]] = [set() for _ in range(count)]
    for shape in sorted(weights, key=lambda each: (-weights[each], each)):
        lightest = loads.index(min(loads))
        loads[lightest] += weights[shape]
        lots[lightest].add(shape)
    return [shapes.part(lot) for lot in lots]


def validate_nodes(
    graph: Graph, shapes: CompiledShapes, foci: Mapping[str, Iterable[str]], terms: Terms
) -> Report:
    """Check the nodes that `foci` gives for each shape, and no others."""
    return run_pyshacl(graph, shapes.graph(terms, foci, only=True))


def run_pyshacl(graph: Graph, shapes: Graph) -> Report:
    """Run pyshacl; an ordinary graph of shapes is changed by it (it adds its own axioms).

    Raises :class:`InputError` for shapes that cannot be used.
    """
    with _ONE_AT_A_TIME, quiet_loggers():
        stringify_blank_node.dict_cache.clear()
        try:
            conforms, report, text = pyshacl.validate(
                graph, shacl_graph=shapes, inference="none", advanced=False, do_owl_imports=False
            )
        except _UNUSABLE as error:
            raise InputError(f"The shapes cannot be used: {_reason(error)}") from error
        finally:
            stringify_blank_node.dict_cache.clear()
    if isinstance(report, ValidationFailure) or not isinstance(report, Graph):
        raise InputError(f"The shapes cannot be used: {text}")
    found = (result_of(report, node) for node in report.objects(None, SH.result))
    return Report(bool(conforms), tuple(sorted(found, key=lambda each: each.order)))


def _reason(error: Exception) -> str:
    message = str(getattr(error, "message", "") or error)
    return message or type(error).__name__


def check_shapes(shapes: Iterable[Statement | Quad]) -> list[str]:
    """Check shapes against SHACL-SHACL (https://www.w3.org/TR/shacl/#shacl-shacl); empty means valid."""
    graph = ordinary_graph(as_statements(shapes))
    try:
        with _ONE_AT_A_TIME, quiet_loggers():
            stringify_blank_node.dict_cache.clear()
            pyshacl.validate(Graph(), shacl_graph=graph, meta_shacl=True, do_owl_imports=False)
    except ReportableRuntimeError as error:
        return str(error.message).splitlines()
    return []


def result_of(report: Graph, node: Node) -> Result:
    """Take one result from a report."""

    def text(predicate: Node) -> str:
        found = report.value(node, predicate)
        return _text(found) if found is not None else ""

    def term(predicate: Node) -> str:
        found = report.value(node, predicate)
        return term_of(found) if found is not None else ""

    shape = report.value(node, SH.sourceShape)
    component = text(SH.sourceConstraintComponent)
    name = split_iri(component)[1].removesuffix("ConstraintComponent")
    path = report.value(node, SH.resultPath)
    return Result(
        rule=name if shape is None or isinstance(shape, BNode) else split_iri(str(shape))[1],
        component=name,
        severity=split_iri(text(SH.resultSeverity))[1],
        focus=text(SH.focusNode),
        path="" if path is None or isinstance(path, BNode) else str(path),
        value=text(SH.value),
        message=" ".join(sorted(str(each) for each in report.objects(node, SH.resultMessage))),
        focus_term=term(SH.focusNode),
        value_term=term(SH.value),
        full_path="" if path is None else path_text(report, path),
        component_iri=component,
        shape=term(SH.sourceShape),
        constraint=term(SH.sourceConstraint),
        severity_iri=text(SH.resultSeverity),
    )


def _text(node: Node) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def path_text(graph: Graph, path: Any, depth: int = 0) -> str:
    """Write a SHACL path: an IRI as it is, others as a SPARQL property path."""
    if not isinstance(path, BNode):
        return str(path) if depth == 0 else f"<{path}>"
    if depth >= _DEEPEST_PATH:
        return "…"
    if (graph.value(path, RDF.first)) is not None:
        return "/".join(path_text(graph, each, depth + 1) for each in graph.items(path))
    inverse = graph.value(path, _INVERSE)
    if inverse is not None:
        return "^" + _grouped(graph, inverse, depth)
    alternatives = graph.value(path, SH.alternativePath)
    if alternatives is not None:
        return "(" + "|".join(path_text(graph, each, depth + 1) for each in graph.items(alternatives)) + ")"
    for predicate, mark in _MARKS.items():
        inner = graph.value(path, predicate)
        if inner is not None:
            return _grouped(graph, inner, depth) + mark
    return ""


def _grouped(graph: Graph, path: Any, depth: int) -> str:
    inner = path_text(graph, path, depth + 1)
    return inner if not isinstance(path, BNode) or inner.startswith("(") else f"({inner})"


def read_shapes(paths: Iterable[Path]) -> list[Statement]:
    """Read shapes files; each keeps its blank nodes to itself. Raises :class:`ParseError`."""
    return [
        each._replace(subject=_own(each.subject, number), object=_own(each.object, number))
        for number, path in enumerate(paths)
        for each in parse(path).statements
    ]


def _own(term: str, number: int) -> str:
    return f"_:f{number}{term[2:]}" if is_blank(term) else term

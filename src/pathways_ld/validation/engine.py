"""Validate in this process: shapes, then the checks that no shape expresses, in words.

Nothing here bounds time or memory; :mod:`~pathways_ld.validation.pool` does, and is what others call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from pathways_ld.errors import InputError
from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import Statement, is_blank
from pathways_ld.report import Fix, ValidationReport, ValidationResult
from pathways_ld.snapshot.lookup import SnapshotStatements
from pathways_ld.validation.compiling import CompiledShapes, compile_shapes
from pathways_ld.validation.context import (
    ChangedGraph,
    Context,
    KnownStatements,
    named_apart,
)
from pathways_ld.validation.facts import Draft, Facts
from pathways_ld.validation.hardening import ignored_features, refuse_dangerous
from pathways_ld.validation.indexed import IndexedGraph, Terms, paused_collector
from pathways_ld.validation.integrity import integrity_drafts
from pathways_ld.validation.locality import TooFar, part_of
from pathways_ld.validation.neighbourhood import neighbourhood
from pathways_ld.validation.policy import policy_drafts
from pathways_ld.validation.request import ValidationLimits, ValidationRequest
from pathways_ld.validation.results import Wording, most_severe, ordered, relabelled
from pathways_ld.validation.rules import rules, shapes_files
from pathways_ld.validation.shacl import Report, run_parts, validate_nodes
from pathways_ld.validation.targets import TargetNodes

NOTHING_TARGETED: Final = "nothing-targeted"
IGNORED_FEATURE: Final = "ignored-feature"
_NOTHING: Final = "No shape is about anything in this document, so nothing was checked."
CHECKED_OTHERWISE: Final = "skos-sparql"
"""The shapes that say in SPARQL what our own checks find faster."""

Found = list[ValidationResult]


@dataclass
class Engine:
    """Validates one request after another; keeps the context it has opened last."""

    _folder: Path | None = None
    _opened: SnapshotStatements | None = None

    def run(self, request: ValidationRequest, limits: ValidationLimits) -> ValidationReport:
        """Validate.

        Raises :class:`InputError` for too large an input, unknown names of shapes and shapes that cannot be
        used, and :class:`SnapshotCorrupt`.
        """
        _check_sizes(request, limits)
        shapes = compile_shapes(shapes_of(request))
        with paused_collector():
            if request.context is None:
                return _whole(request, shapes, limits)
            return _changed(request, shapes, limits, self._context(request.context))

    def open(self, folder: Path) -> SnapshotStatements:
        """Open the context of a snapshot, so that the next request finds it ready."""
        if self._opened is None or self._folder != folder:
            self._opened, self._folder = SnapshotStatements(folder), folder
        return self._opened

    def _context(self, context: Path | Sequence[Statement]) -> Context:
        return self.open(context) if isinstance(context, Path) else KnownStatements(context)


def _check_sizes(request: ValidationRequest, limits: ValidationLimits) -> None:
    for what, count, most in (
        ("document", len(request.statements) + len(request.removed), limits.statements),
        ("shapes", len(request.own_shapes), limits.shape_statements),
    ):
        if count > most:
            raise InputError(
                f"The {what} has {count:,} statements; at most {most:,} are validated at once. Split it up."
            )


def shapes_of(request: ValidationRequest) -> list[Statement]:
    """Collect the shapes of a request; raises :class:`InputError`."""
    refuse_dangerous(request.own_shapes)
    files = {file.name: file for file in shapes_files()}
    found: list[Statement] = []
    for number, name in enumerate(dict.fromkeys(request.shapes)):
        if name not in files:
            known = ", ".join(files)
            raise InputError(f'There are no shapes "{name}"; ours are {known}.')
        if name == CHECKED_OTHERWISE and request.integrity:
            continue
        found += _apart(files[name].parsed.statements, f"f{number}")
    return found + _apart(request.own_shapes, "own")


def _apart(statements: Iterable[Statement], mark: str) -> list[Statement]:
    def renamed(term: str) -> str:
        return f"_:{mark}-{term[2:]}" if is_blank(term) else term

    return [each._replace(subject=renamed(each[0]), object=renamed(each[2])) for each in statements]


def _whole(request: ValidationRequest, shapes: CompiledShapes, limits: ValidationLimits) -> ValidationReport:
    terms = shapes.terms.copy()
    graph = IndexedGraph(request.statements, terms)
    report = run_parts(graph, shapes, terms, limits.processes)
    wording = Wording(KnownStatements(request.statements).about)
    found = [wording.of_shape(each) for each in report.results]
    found += [wording.of_check(each) for each in _drafts(request, request.statements)]
    nodes = TargetNodes(graph, terms)
    seen = any(True for target in shapes.readable.values() for _ in nodes.every(target))
    return _report(request, shapes, limits, found, seen=seen)


def _changed(
    request: ValidationRequest, shapes: CompiledShapes, limits: ValidationLimits, context: Context
) -> ValidationReport:
    same = (*request.removed, *(request.statements if request.same_blank_nodes else ()))
    kept = frozenset(term for each in same for term in (each[0], each[2]) if is_blank(term))
    added, original = named_apart(request.statements, kept)
    terms = shapes.terms.copy()
    graph = ChangedGraph(context, added, request.removed, terms)
    changes = graph.changes()
    near = neighbourhood(shapes, graph, changes, terms)
    results = [*validate_nodes(graph, shapes, near.foci, terms).results]
    if near.everywhere:
        results += _everywhere(graph, shapes, near.everywhere).results
    wording = Wording(graph.about)
    found = [wording.of_shape(each) for each in results]
    found += [wording.of_check(each) for each in _drafts_nearby(request, graph)]
    seen = bool(near.foci) or any(
        _is_target(each, graph, shapes, terms) for each in {one.subject for one in added}
    )
    return _report(
        request, shapes, limits, [relabelled(each, original) for each in found], seen=seen or not added
    )


def _is_target(subject: str, graph: ChangedGraph, shapes: CompiledShapes, terms: Terms) -> bool:
    nodes, node = TargetNodes(graph, terms), terms(subject)
    return any(nodes.holds(target, node) for target in shapes.readable.values())


def _everywhere(graph: ChangedGraph, shapes: CompiledShapes, only: frozenset[str]) -> Report:
    """Check all nodes of some shapes: what they look at cannot be told."""
    terms = shapes.terms.copy()
    whole = IndexedGraph(graph.everything(), terms)
    return run_parts(whole, shapes.part(only), terms, 1)


def _drafts(request: ValidationRequest, statements: Sequence[Statement]) -> Iterator[Draft]:
    if not request.integrity:
        return
    facts = Facts(statements, IriSpace(request.base), strict=request.strict)
    yield from chain(integrity_drafts(facts), policy_drafts(facts))


def _drafts_nearby(request: ValidationRequest, graph: ChangedGraph) -> Iterator[Draft]:
    if not request.integrity:
        return
    try:
        part = part_of(graph, f"<{request.base}")
    except TooFar:
        yield from _drafts(request, list(graph.everything()))
        return
    yield from (each for each in _drafts(request, part.statements) if each.focus in part.foci)


def _report(
    request: ValidationRequest,
    shapes: CompiledShapes,
    limits: ValidationLimits,
    found: Found,
    *,
    seen: bool,
) -> ValidationReport:
    results = most_severe(found) if request.integrity else ordered(found)
    if not seen and shapes.readable and request.statements:
        results.insert(0, _of_rule(NOTHING_TARGETED, _NOTHING))
    results += [_of_rule(IGNORED_FEATURE, message) for message in ignored_features(request.own_shapes)]
    return ValidationReport(
        tuple(results[: limits.results]),
        {
            "statements": len(request.statements),
            "shapes": len(shapes.readable),
            "results": len(results),
        },
    )


def _of_rule(rule_id: str, message: str) -> ValidationResult:
    """Make a result about the document or the shapes as a whole."""
    words = rules()[rule_id]
    return ValidationResult(
        rule_id, words.severity, message, why=words.why, rule_url=words.iri, fix=Fix(words.fix)
    )

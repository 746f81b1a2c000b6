"""What was sent to ``/contributions``, read and looked at: the report with lines, duplicates, differences."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from flask import current_app

from pathways_ld.errors import BadRequest, InputError, PayloadTooLarge, Position, RowProblem, TableError
from pathways_ld.formats import TRIG, TURTLE
from pathways_ld.forms.columns import letters
from pathways_ld.ledger import Delta
from pathways_ld.report import SEVERITIES, ValidationReport, ValidationResult
from pathways_ld.validation.checks import DOCUMENT
from pathways_ld.validation.documents import Document, place
from pathways_ld.validation.inspection import InspectionRequest
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.validation.rendering import render, report_format
from pathways_ld.web import differences
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.current import reader
from pathways_ld.web.offers import Offer
from pathways_ld.web.record import cancellation
from pathways_ld.web.responses import EXTENSION_KEY
from pathways_ld.web.spreadsheets import read_table
from pathways_ld.web.validate import turn

if TYPE_CHECKING:
    from pathways_ld.contributions import Examination

_OF_DOCUMENTS: Final = frozenset(each.id for each in DOCUMENT)
"""Rules that only a document can break: its statements do not tell any more."""
_SHAPES: Final = ("skos", "vocabulary", "contribution")


@dataclass(frozen=True)
class Examined:
    """An offer read and looked at; `report` is that of the examination, with the lines of the document.

    `remarks` are what reading a spreadsheet has to say besides.
    """

    delta: Delta
    examination: Examination
    report: ValidationReport
    remarks: tuple[str, ...] = ()


def examine(offer: Offer) -> Examined:
    """Read an offer and look at it; nothing is stored.

    Raises :class:`ParseError` with the line, :class:`TableError` with the rows, and what reading and
    validation raise besides.
    """
    if offer.refused:
        raise PayloadTooLarge(offer.refused)
    if not offer.content.strip():
        raise BadRequest(
            "There is no document; expected RDF such as Turtle, or a spreadsheet, as the body, as a field"
            ' "text" or as an upload "file".'
        )
    with turn():
        # First, because it is quick and refuses what is too much.
        delta, remarks = _delta(offer)
        inspected = _inspected(offer)
        examination = contributions().examine(delta, reader().folder, cancellation=cancellation())
        report = _placed(with_lines(examination.report, inspected), delta, offer)
    return Examined(delta, examination, report, remarks)


def _inspected(offer: Offer) -> ValidationReport:
    """Look at the document itself, in a process of its own: where its results are, and how it is written."""
    if offer.rdf_format is None:
        return ValidationReport()
    held = reader()
    asked = InspectionRequest(
        content=offer.content,
        rdf_format=offer.rdf_format,
        name=offer.name,
        shapes=_SHAPES if held.manifest.ours else (),
        folder=held.folder,
        against="current",
        base=held.manifest.base,
        ours=held.manifest.ours,
    )
    # What cannot be read is said by the reading itself, which knows the base of relative IRIs.
    with contextlib.suppress(InputError):
        return _ask(asked)
    if offer.rdf_format in (TURTLE, TRIG):
        head = f"@base <{held.manifest.base}> . ".encode()
        with contextlib.suppress(InputError):
            return _moved(_ask(replace(asked, content=head + offer.content)), head.decode())
    return ValidationReport()


def _ask(asked: InspectionRequest) -> ValidationReport:
    pool: ValidationPool = current_app.extensions[EXTENSION_KEY].validation
    return pool.inspect(asked, cancellation()).report


def _moved(report: ValidationReport, head: str) -> ValidationReport:
    """Give the places in a document that was looked at with something before its first line."""

    def place(position: Position | None) -> Position | None:
        if position is None or position.line != 1:
            return position
        column = max(1, position.column - len(head)) if position.column else None
        return replace(position, column=column, source_line=position.source_line.removeprefix(head))

    return replace(
        report, results=tuple(replace(each, position=place(each.position)) for each in report.results)
    )


def _placed(report: ValidationReport, delta: Delta, offer: Offer) -> ValidationReport:
    """Add the lines of what only the comparison with the published terms found."""
    if offer.rdf_format is None or all(each.position for each in report.results):
        return report
    base = reader().manifest.base
    document = Document(offer.name, offer.content, offer.rdf_format, delta.added, base_iri=base)
    return replace(report, results=place(report.results, [document]))


def _delta(offer: Offer) -> tuple[Delta, tuple[str, ...]]:
    if offer.rdf_format is not None:
        read = contributions().read
        return read(offer.content, offer.rdf_format, offer.name, replace=offer.replace), ()
    try:
        draft = read_table(offer.content, offer.media_type, _kind(offer), offer.name)
    except TableError as error:
        error.details = {"cells": [_cell(each) for each in error.problems]}
        raise
    return draft.delta, draft.remarks


def _kind(offer: Offer) -> str:
    """Give the kind of a spreadsheet's rows: a file made from a template has it in its name."""
    named = (each.name for each in reader().manifest.kinds if offer.name.startswith(f"{each.name}-"))
    return offer.kind or next(named, "")


def _cell(problem: RowProblem) -> dict[str, Any]:
    members = {"cell": cell_address(problem), "column": problem.column_name, "message": problem.message}
    return {name: value for name, value in members.items() if value}


def cell_address(problem: RowProblem) -> str:
    """Name a cell as spreadsheets do, such as B7; a row or a column alone where that is all there is."""
    position = problem.position
    column = letters(position.column - 1) if position.column else ""
    if position.line and column:
        return f"{column}{position.line}"
    return f"row {position.line}" if position.line else f"column {column}" if column else ""


def with_lines(report: ValidationReport, of_document: ValidationReport) -> ValidationReport:
    """Add the lines where a document says what results are about, and what it is told about its writing."""
    exact: dict[tuple[str, ...], Position] = {}
    for each in of_document.results:
        if each.position is not None:
            for key in _keys(each):
                exact.setdefault(key, each.position)
    results = [
        each
        if each.position is not None
        else replace(each, position=next((exact[key] for key in _keys(each) if key in exact), None))
        for each in report.results
    ]
    known = {_keys(each)[0] for each in results}
    results += [
        each for each in of_document.results if each.rule in _OF_DOCUMENTS and _keys(each)[0] not in known
    ]
    results.sort(key=lambda each: SEVERITIES.index(each.severity))
    return replace(report, results=tuple(results))


def _keys(each: ValidationResult) -> tuple[tuple[str, ...], ...]:
    """Give what a result is about, the most exact first."""
    return (
        (each.rule, each.focus, each.path, each.value),
        (each.focus, each.path, each.value),
        (each.focus, each.path),
        (each.focus,),
    )


def report_json(report: ValidationReport) -> dict[str, Any]:
    """Give a report as members of a JSON document, as ``/validate`` writes it."""
    written: dict[str, Any] = json.loads(render(report, report_format("json")))
    return written


def examined_json(examined: Examined) -> dict[str, Any]:
    """Give an examination as members of a JSON document."""
    found = examined.examination
    return {
        "report": report_json(examined.report),
        "duplicates": differences.duplicates_json(found.duplicates),
        "changes": differences.changes_json(found.changes),
        "conflicts": list(found.conflicts),
        "remarks": list(examined.remarks),
    }


def one_term(changes: Iterable[Any]) -> str:
    """Give the IRI of the one term that is changed; empty where several are."""
    iris = {each.link["iri"] for each in changes if each.link["iri"]}
    return iris.pop() if len(iris) == 1 else ""

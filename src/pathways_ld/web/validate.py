"""``/validate``: RDF held against rules, for programs in every format of a report, for people as a page.

A document is read and judged in a worker process (:mod:`pathways_ld.validation.pool`). A finished validation
is a 200 with the verdict in the body; what could not be read is a problem with the line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Final

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState

from pathways_ld.errors import (
    BadRequest,
    ParseError,
    PathwaysError,
    StoreBusy,
    ValidationBusy,
)
from pathways_ld.formats import HTML, JSON, RDF_FORMATS, TURTLE, by_name
from pathways_ld.validation.inspection import Inspection, InspectionRequest
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.validation.rendering import REPORT_FORMATS, render, report_format
from pathways_ld.validation.rules import shapes_files
from pathways_ld.web import pages, problems, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.fairness import Fairness, Quota
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.interfaces import Answer, Body, Operation, Parameter
from pathways_ld.web.mistakes import MISTAKES, mistake
from pathways_ld.web.negotiation import Choice, negotiate
from pathways_ld.web.parts import FORMS
from pathways_ld.web.record import cancellation
from pathways_ld.web.report_view import PageReport, page_report, unread_report
from pathways_ld.web.responses import EXTENSION_KEY, choose, link, settings
from pathways_ld.web.sent import PARAMETERS, VALUES, Sent, read_sent
from pathways_ld.web.sparql import client_name

blueprint = Blueprint("validate", __name__)

PATH: Final = "/validate"
REPORT_JSON: Final = report_format("json")
FORMATS: Final = (
    REPORT_JSON,
    HTML,
    *(each for each in REPORT_FORMATS if each is not REPORT_JSON),
)
"""What a report can be had as; programs that say nothing get JSON."""
SHOWN_TEXT: Final = 1_000_000
"""Bytes of the largest document that the page shows again."""
LIVE_TEXT: Final = 200_000
"""Characters up to which the page validates while somebody types."""
_BUDGETS: Final = "pathways_ld.validation"
_SCRIPT: Final = "pathways_ld.validation_script"


@blueprint.get(PATH)
@blueprint.get(f"{PATH}/")
def describe() -> Response:
    """Show the page, or describe the service to programs."""
    choice = choose(PATH, (JSON, HTML), suffixes=False)
    if choice.format is HTML:
        _pool().warm_up(reader().folder)
        example = mistake(request.args.get("example", ""))
        return _page({"text": example.text if example else "", "example": example})
    response = Response(_description(), content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.post(PATH)
@blueprint.post(f"{PATH}/")
def validate() -> Response:
    """Validate what was sent."""
    sent = read_sent()
    choice = _choose(sent)
    if sent.fix and choice.format is not HTML:
        raise BadRequest('"fix" changes the document, which only the page shows; expected format=html.')
    try:
        found = _inspect(sent)
    except PathwaysError as error:
        if choice.format is not HTML:
            raise
        return _show_failure(sent, error)
    if choice.format is HTML:
        return _show(sent, page_report(found, sent.rdf_format), found.content)
    return _report(found, sent, choice)


@blueprint.after_request
def _tell_limits(response: Response) -> Response:
    response.headers.update(_budgets().headers(client_name()))
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    chosen = state.app.extensions[EXTENSION_KEY].settings
    built = files("pathways_ld.web").joinpath("static", "dist", "validate.js")
    state.app.extensions[_SCRIPT] = built.is_file()
    runs, processes = chosen.validation_client_runs, chosen.workers
    state.app.extensions[_BUDGETS] = Fairness(
        Quota.per_minute("validation-time", "seconds", chosen.validation_client_time, processes),
        Quota("errors", "errors", 0, 0),
        # One process stays free for others.
        queries=max(1, min(runs // processes, chosen.validation_workers - 1)) if runs else 0,
        # SPARQL needs threads as well.
        places=max(1, min(chosen.threads // 2, chosen.validation_queue + chosen.validation_workers)),
        lanes=chosen.validation_workers,
        longest=chosen.validation_deadline,
        what="validations",
    )


def _budgets() -> Fairness:
    found = current_app.extensions[_BUDGETS]
    assert isinstance(found, Fairness)  # noqa: S101 - tells mypy
    return found


def _pool() -> ValidationPool:
    found = current_app.extensions[EXTENSION_KEY].validation
    assert isinstance(found, ValidationPool)  # noqa: S101 - tells mypy
    return found


def _inspect(sent: Sent) -> Inspection:
    held = reader()
    asked = InspectionRequest(
        content=sent.content,
        rdf_format=sent.rdf_format,
        name=sent.name,
        shapes=sent.shapes,
        own_shapes=sent.own_shapes,
        own_format=sent.own_format,
        folder=held.folder,
        against=sent.against,
        base=held.manifest.base,
        ours=held.manifest.ours,
        fix=sent.fix,
    )
    with turn():
        return _pool().inspect(asked, cancellation())


@contextmanager
def turn() -> Iterator[None]:
    """Let a validation in where its client, and all together, leave room for others."""
    budgets = _budgets()
    try:
        with budgets.turn(client_name(), cheap=False) as mine:
            budgets.begin(mine)
            yield
    except StoreBusy as error:
        raise ValidationBusy(
            "As many validations are under way as this service can; try again in a moment.",
            retry_after=error.retry_after,
        ) from None


def _choose(sent: Sent) -> Choice:
    if sent.report_format:
        found = by_name(sent.report_format, FORMATS)
        if found is None:
            known = ", ".join(each.name for each in FORMATS)
            raise BadRequest(f'"format" is "{sent.report_format[:50]}"; expected one of {known}.')
        return Choice(found, found.media_type)
    return negotiate(request.headers.get("Accept"), FORMATS)


def _report(found: Inspection, sent: Sent, choice: Choice) -> Response:
    body = render(found.report, choice.format, fail_on=sent.fail_on)
    if choice.format is REPORT_JSON:
        about = {"against": found.against, "shapes": found.shapes, "notes": found.notes}
        written = json.dumps(about, ensure_ascii=False, indent=2)[1:-2]
        body = b"{" + written.encode() + b"," + body.removeprefix(b"{")
    response = Response(body, content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    shapes = (f"{request.script_root}/shapes/{each}" for each in found.shapes)
    links = ", ".join(link(each, "describedby") for each in shapes)
    if links:
        response.headers["Link"] = links
    return response


# the page


def _show(sent: Sent, report: PageReport, fixed: bytes | None = None, status: int = 200) -> Response:
    content = sent.content if fixed is None else fixed
    context: dict[str, object] = {"report": report, "fixed": fixed is not None}
    if sent.only_report:
        body = pages.render("validate_report.html", text=_text(content) if fixed else "", **context)
        return _html(body, status)
    return _page({**context, "text": _text(content), "sent": sent}, status)


def _show_failure(sent: Sent, error: PathwaysError) -> Response:
    """Show what went wrong beside the document, with the status and the headers that a problem has."""
    if isinstance(error, ParseError):
        return _show(sent, unread_report(error, sent.rdf_format), status=400)
    if sent.only_report:
        raise error
    problem = problems.respond(error)
    shown = _page({"failure": error.message, "text": _text(sent.content), "sent": sent}, problem.status_code)
    if "Retry-After" in problem.headers:
        shown.headers["Retry-After"] = problem.headers["Retry-After"]
    return shown


def _text(content: bytes) -> str:
    """Give a document as the page shows it again; not one that is too long, or in another encoding."""
    if len(content) > SHOWN_TEXT:
        return ""
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return ""


def _page(context: dict[str, object], status: int = 200) -> Response:
    defaults: dict[str, object] = {"text": "", "report": None, "sent": None, "failure": "", "example": None}
    return _html(
        pages.render(
            "validate.html",
            **{**defaults, **context},
            settings=settings(),
            input_formats=RDF_FORMATS,
            report_formats=[each for each in FORMATS if each is not HTML],
            rule_sets=_rule_sets(),
            mistakes=[(each.name, gettext(each.title)) for each in MISTAKES],
            script=_script(),
        ),
        status,
    )


def _html(body: bytes, status: int) -> Response:
    response = Response(body, status=status, content_type=HTML.content_type())
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    return response


def _rule_sets() -> list[tuple[str, str]]:
    """Give the choices of rules: values of ``shapes`` and what they are called."""
    found = [("", gettext("those that suit the document")), ("skos", gettext("any SKOS vocabulary"))]
    if reader().manifest.ours:
        found += [
            ("skos,vocabulary", gettext("a part of this vocabulary")),
            ("skos,vocabulary,contribution", gettext("a contribution to this vocabulary")),
        ]
    return found


def _script() -> dict[str, object] | None:
    """Give the page's script what it needs; None where it was not built."""
    if not current_app.extensions[_SCRIPT]:
        return None
    suffixes = {suffix: each.name for each in RDF_FORMATS for suffix in each.suffixes}
    return {
        "suffixes": {**suffixes, "json": "json-ld", "xml": "rdf-xml", "n3": "turtle"},
        "live": LIVE_TEXT,
        "shown": SHOWN_TEXT,
        "largest": settings().validation_size,
        "examples": {each.name: {"text": each.text, "format": each.format} for each in MISTAKES},
    }


# for programs


def _description() -> bytes:
    chosen = settings()
    described: dict[str, object] = {
        "title": "Validation of RDF",
        "method": "POST",
        "url": f"{request.url_root.rstrip('/')}{PATH}",
        "reads": [*(each.media_type for each in RDF_FORMATS), *FORMS],
        "reports": {each.name: each.media_type for each in FORMATS},
        "parameters": PARAMETERS,
        "shapes": {each.name: each.title for each in shapes_files()},
        "limits": {
            "document_bytes": chosen.validation_size,
            "document_statements": chosen.validation_statements,
            "shapes_bytes": chosen.validation_shapes_size,
            "seconds": chosen.validation_deadline,
            "client_seconds_a_minute": chosen.validation_client_time,
        },
    }
    return json.dumps(described, ensure_ascii=False, indent=1).encode() + b"\n"


_FIELDS: Final = {name: {"type": "string", "description": text} for name, text in PARAMETERS.items()}
_EXAMPLE: Final = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    '<https://example.org/apprenticeship> a skos:Concept ; skos:prefLabel "Apprenticeship"@en .\n'
)


def _parameter(name: str, text: str) -> Parameter:
    """Describe a parameter of the query string."""
    return Parameter(name, "query", f"{text[:1].upper()}{text[1:]}.", VALUES.get(name, schemas.STRING))


OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "describeValidation",
        "What is validated here, and its limits",
        "Validation",
        (schemas.media_type((JSON, HTML)),),
        answers=(schemas.json_answer("The parameters, formats and limits", {"type": "object"}, page=True),),
    ),
    Operation(
        "POST",
        PATH,
        "validate",
        "Hold RDF against rules",
        "Validation",
        tuple(
            _parameter(name, text)
            for name, text in PARAMETERS.items()
            if name in ("input_format", "shapes", "against", "format", "fail_on")
        ),
        Body(
            {
                **schemas.contents(RDF_FORMATS),
                FORMS[0]: schemas.record({}, _FIELDS),
                FORMS[1]: schemas.record({}, _FIELDS),
            },
            "The document, or a form with it and the other parameters.",
            examples={TURTLE.media_type: _EXAMPLE},
        ),
        (Answer(200, "The report; the verdict is in it", schemas.contents(FORMATS, schemas.REPORT)),),
    ),
)

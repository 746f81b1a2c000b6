"""``/contributions``: how to contribute, and where RDF and spreadsheets are sent.

For people a page with a form, for programs an address that takes the document as the body. Both end in
:meth:`Contributions.submit`, as the forms of terms do; what is stored is stored there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from pathways_ld.errors import (
    BadRequest,
    Forbidden,
    InputError,
    InvalidDataError,
    ParseError,
    PathwaysError,
    RequestError,
    TableError,
)
from pathways_ld.formats import HTML, JSON, RDF_FORMATS
from pathways_ld.ledger import Delta
from pathways_ld.web import differences, pages, problems, schemas, signed_in
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.examined import Examined, examine, examined_json, one_term, report_json
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation, Parameter
from pathways_ld.web.negotiation import negotiate
from pathways_ld.web.offers import (
    EXAMPLES,
    HONEYPOT,
    PARAMETERS,
    TABLES,
    XLSX,
    Offer,
    kept_text,
    read_offer,
    readable,
)
from pathways_ld.web.parts import FORMS
from pathways_ld.web.report_view import report_alone
from pathways_ld.web.responses import choose, settings
from pathways_ld.web.sparql import client_name

if TYPE_CHECKING:
    from pathways_ld.contributions import Receipt

blueprint = Blueprint("contributions", __name__)

PATH: Final = "/contributions"
SHOWN_TEXT: Final = 500_000
"""Bytes of the largest document that the page shows again; a larger one is kept as a file is."""
SHOWN_CELLS: Final = 100
"""Cells that the page tells of."""


@blueprint.get(PATH)
@blueprint.get(f"{PATH}/")
def describe() -> Response:
    """Say how to contribute, or describe the service to programs."""
    choice = choose(PATH, (JSON, HTML), suffixes=False)
    if choice.format is HTML:
        return _page({})
    response = Response(_description(), content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.post(PATH)
@blueprint.post(f"{PATH}/")
def contribute() -> Response:
    """Take a contribution, or with ``dry-run`` say what it would do."""
    check_offered()
    offer = read_offer()
    if not wants_page():
        _admit(offer)
        return _answer(offer)
    try:
        _admit(offer)
        return _show(offer)
    except (InputError, RequestError, InvalidDataError) as error:
        return _show_failure(offer, error)


def check_offered() -> None:
    """Raise :class:`Forbidden` where contributions are not taken."""
    if settings().contributions == "off":
        raise Forbidden("Contributions are not taken here; the operator has turned them off.")


def wants_page() -> bool:
    """Tell whether the answer is for a person; programs that say nothing get JSON."""
    return negotiate(request.headers.get("Accept"), (JSON, HTML)).format is HTML


def protect() -> None:
    """Raise :class:`FormRefused` for what a browser was made to send; programs need no token of a form."""
    tells = ("Cookie", "Origin", "Sec-Fetch-Site")
    if wants_page() or any(name in request.headers for name in tells):
        signed_in.protect_form()


def _admit(offer: Offer) -> None:
    if offer.is_form:
        protect()
    if offer.honeypot:
        raise BadRequest(
            f'The field "{HONEYPOT}" was filled in, which people do not see: this looks like a robot.'
            " Nothing was stored. If you are none, empty the field and send the form again."
        )


def _submit(offer: Offer, examined: Examined) -> Receipt:
    from pathways_ld.contributions import Contributor, Submission  # noqa: PLC0415 - slow to import

    who = _actor(offer)
    if not examined.report.conforms:
        raise _refusal(examined)
    if not examined.delta.added and not examined.delta.removed:
        raise BadRequest(
            "Nothing would change: what the document says is published already. Nothing was stored."
        )
    return contributions().submit(
        Submission(
            delta=examined.delta,
            reason=offer.reason,
            way="rdf" if offer.rdf_format else "table",
            term=one_term(examined.examination.changes),
            contributor=Contributor(offer.contributor, offer.contact, offer.named),
            document=offer.content,
            media_type=offer.media_type,
            client=client_name(),
            trusted=who.trusted,
            actor=who.name,
        )
    )


def _actor(offer: Offer) -> signed_in.Actor:
    """Give who asks; a cookie counts only with a form, which shows that it was meant."""
    found = signed_in.actor()
    return found if found.via == "token" or offer.is_form else signed_in.NOBODY


def _refusal(examined: Examined) -> InvalidDataError:
    count = examined.report.counts["must fix"]
    noun = "problem" if count == 1 else "problems"
    error = InvalidDataError(f"{count} {noun} must be fixed first, so nothing was stored.", [])
    error.details = {"report": report_json(examined.report)}
    return error


# for programs


def _answer(offer: Offer) -> Response:
    examined = examine(offer)
    if offer.dry_run:
        return json_response({"stored": False, **examined_json(examined)})
    receipt = _submit(offer, examined)
    location = status_url(receipt.key)
    body = {
        "stored": True,
        "number": receipt.number,
        "state": "received",
        "status": location,
        **examined_json(examined),
    }
    response = json_response(body, 202)
    response.headers["Location"] = location
    return response


def status_url(key: str) -> str:
    """Give the address of the status page."""
    return f"{request.url_root.rstrip('/')}{PATH}/{key}"


def json_response(body: dict[str, Any], status: int = 200) -> Response:
    """Answer with JSON that nobody keeps."""
    response = Response(
        json.dumps(body, ensure_ascii=False, indent=1) + "\n",
        status=status,
        content_type=JSON.content_type(),
    )
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _description() -> bytes:
    chosen = settings()
    described: dict[str, object] = {
        "title": "Contributions",
        "method": "POST",
        "url": f"{request.url_root.rstrip('/')}{PATH}",
        "who": chosen.contributions,
        "reads": readable(),
        "parameters": PARAMETERS,
        "answers": {
            "202": "stored; Location is the address of its status, which nobody else knows",
            "200": "with dry-run: what it would do",
            "422": "it breaks rules; the report says which and where",
        },
        "limits": {
            "document_bytes": chosen.contribution_size,
            "statements": chosen.contribution_statements,
            "an_hour": chosen.contributions_per_hour,
            "a_day": chosen.contributions_per_day,
        },
    }
    return json.dumps(described, ensure_ascii=False, indent=1).encode() + b"\n"


# the page


def _show(offer: Offer) -> Response:
    examined = examine(offer)
    if offer.dry_run or not examined.report.conforms:
        status = 200 if offer.dry_run else 422
        return _page({"offer": offer, "examined": examined, "tried": not offer.dry_run}, status)
    receipt = _submit(offer, examined)
    response = Response(status=303)
    response.headers["Location"] = f"{request.script_root}{PATH}/{receipt.key}"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.autocorrect_location_header = False
    return response


def _show_failure(offer: Offer, error: PathwaysError) -> Response:
    """Show what went wrong above the form, which keeps what was typed."""
    problem = problems.respond(error)
    found = getattr(error, "examination", None)
    fields = error.details.get("fields", {})
    context: dict[str, object] = {"offer": offer, "failure": error.message, "tried": True, "fields": fields}
    if isinstance(error, ParseError):
        context |= {"failure": "", "unread": error}
    if isinstance(error, TableError):
        context |= {"failure": "", "cells": error.problems[:SHOWN_CELLS]}
    if found is not None:  # the rules were broken by what another change did meanwhile
        context["examined"] = Examined(Delta(), found, found.report)
    shown = _page(context, problem.status_code)
    if "Retry-After" in problem.headers:
        shown.headers["Retry-After"] = problem.headers["Retry-After"]
    return shown


def _page(context: dict[str, Any], status: int = 200) -> Response:
    offer: Offer | None = context.get("offer")
    examined: Examined | None = context.get("examined")
    text, kept = _typed(offer)
    body = pages.render(
        "contribute.html",
        **{
            "offer": None,
            "examined": None,
            "failure": "",
            "unread": None,
            "tried": False,
            "fields": {},
            "cells": (),
            **context,
        },
        report=report_alone(examined.report) if examined else None,
        added=differences.turtle(examined.delta.added) if examined else None,
        removed=differences.turtle(examined.delta.removed) if examined else None,
        rows=differences.rows,
        text=text,
        kept=kept,
        settings=settings(),
        input_formats=RDF_FORMATS,
        honeypot=HONEYPOT,
        xlsx=XLSX,
    )
    return html_response(body, status)


def html_response(body: bytes, status: int = 200) -> Response:
    """Answer with a page that is for one reader alone."""
    response = Response(body, status=status, content_type=HTML.content_type())
    response.headers["Vary"] = "Accept, Accept-Language"
    response.headers["Cache-Control"] = "no-store"
    return response


def _typed(offer: Offer | None) -> tuple[str, str]:
    """Give the document as the form shows it again: as text, or else as a file that is kept."""
    if offer is None or not offer.content:
        return "", ""
    if offer.rdf_format is not None and len(offer.content) <= SHOWN_TEXT:
        try:
            return offer.content.removeprefix(b"\xef\xbb\xbf").decode(), ""
        except UnicodeDecodeError:
            pass
    return "", kept_text(offer.content)


_EXAMINED: Final = schemas.record(
    {"stored": schemas.FLAG, "report": schemas.REPORT, "changes": schemas.array({"type": "object"})},
    {
        "number": schemas.COUNT,
        "state": schemas.STRING,
        "status": schemas.ADDRESS,
        "duplicates": schemas.array({"type": "object"}),
        "conflicts": schemas.array(schemas.STRING),
        "remarks": schemas.array(schemas.STRING),
    },
)
_FIELDS: Final = {name: {"type": "string", "description": text} for name, text in PARAMETERS.items()}


def _parameter(name: str, text: str) -> Parameter:
    """Describe a parameter of the query string."""
    return Parameter(
        name, "query", f"{text[:1].upper()}{text[1:]}.", schemas.STRING, example=EXAMPLES.get(name)
    )


OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "describeContributing",
        "How to contribute, and the limits",
        "Contributions",
        (schemas.media_type((JSON, HTML)),),
        answers=(schemas.json_answer("The parameters, formats and limits", {"type": "object"}, page=True),),
    ),
    Operation(
        "POST",
        PATH,
        "contribute",
        "Propose a change",
        "Contributions",
        tuple(_parameter(name, text) for name, text in PARAMETERS.items() if name not in ("text", "file")),
        Body(
            {
                **schemas.contents(RDF_FORMATS),
                **dict.fromkeys(TABLES, TEXT),
                **dict.fromkeys(FORMS, schemas.record({}, _FIELDS)),
            },
            "The document: RDF or a spreadsheet; or a form with it and the other parameters.",
        ),
        (
            schemas.json_answer(
                "It is stored; Location is the address of its status", _EXAMINED, 202, page=True
            ),
            schemas.json_answer("With dry-run: what it would do", _EXAMINED, page=True),
            Answer(303, "To a browser: the page of its status"),
            Answer(403, "Contributions are not taken, or not from this form"),
            Answer(409, "Something else was changed meanwhile"),
            Answer(422, "It breaks rules; the report says which and where"),
        ),
    ),
)

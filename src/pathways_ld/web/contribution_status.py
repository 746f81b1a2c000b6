"""``/contributions/{key}``: what became of a contribution, for whoever knows the key.

The key is a secret: the page is not listed, not indexed, not kept by caches, and not told to other sites by
the browser; the access log leaves it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from pathways_ld.errors import BadRequest, ContributionNotFound, PathwaysError, RequestError
from pathways_ld.formats import HTML, JSON
from pathways_ld.ledger.history import History
from pathways_ld.rdfio import graph_line
from pathways_ld.web import differences, pages, problems, schemas
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.contributions import (
    PATH,
    html_response,
    json_response,
    protect,
    status_url,
    wants_page,
)
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.interfaces import Answer, Body, Operation, Parameter
from pathways_ld.web.parts import FORMS, read_form
from pathways_ld.web.responses import choose, settings
from pathways_ld.wording import N_

if TYPE_CHECKING:
    from pathways_ld.contributions import Contribution

blueprint = Blueprint("contribution_status", __name__)

STATES: Final = {
    "received": N_("Received; a reviewer will look at it"),
    "in review": N_("In review"),
    "accepted": N_("Accepted and published"),
    "rejected": N_("Not accepted"),
    "withdrawn": N_("Withdrawn by you"),
}
STEPS: Final = {
    "submit": N_("Received"),
    "comment": N_("A reviewer wrote"),
    "answer": N_("You wrote"),
    "revise": N_("A reviewer corrected what is proposed"),
    "accept": N_("Accepted"),
    "reject": N_("Not accepted"),
    "withdraw": N_("You withdrew it"),
}
_ROOM: Final = 50_000
"""Bytes of a form with one text."""


@blueprint.get(f"{PATH}/<key>")
def show_status(key: str) -> Response:
    """Show what became of a contribution."""
    choice = choose(PATH, (JSON, HTML), suffixes=False)
    found = contributions().find(key)
    if choice.format is JSON:
        return json_response(status_json(found, key))
    return _page(found, key)


@blueprint.get(f"{PATH}/<key>/<path:rest>")
def show_nothing(key: str, rest: str) -> Response:
    """Refuse what only forms are sent to; without this, the address would be taken for that of a term."""
    del key
    if rest in ("withdraw", "comment"):
        raise MethodNotAllowed(["POST"])
    raise ContributionNotFound("There is nothing at this address.")


@blueprint.post(f"{PATH}/<key>/withdraw")
def withdraw(key: str) -> Response:
    """Take a contribution back."""
    _read(())
    return _done(contributions().withdraw(key), key)


@blueprint.post(f"{PATH}/<key>/comment")
def comment(key: str) -> Response:
    """Answer the reviewers."""
    text = _read(("text",)).get("text", "")
    if not wants_page():
        return _done(contributions().comment_as_contributor(key, text), key)
    try:
        return _done(contributions().comment_as_contributor(key, text), key)
    except RequestError as error:
        found = contributions().find(key)  # which raises again where there is none
        return _page(found, key, error=error, text=text)


@blueprint.after_request
def _keep_secret(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def _read(known: tuple[str, ...]) -> dict[str, str]:
    """Read a form of ours; raises :class:`BadRequest` and :class:`FormRefused`."""
    if request.mimetype not in FORMS:
        if request.content_length:
            raise BadRequest(f"Expected a form ({' or '.join(FORMS)}).")
        protect()
        return {}
    parts = read_form(_ROOM)
    protect()
    try:
        return {each.name: each.content.decode() for each in parts if each.name in known}
    except UnicodeDecodeError:
        raise BadRequest("The characters of the text are not UTF-8.") from None


def _done(found: Contribution, key: str) -> Response:
    if not wants_page():
        return json_response(status_json(contributions().find(key), key))
    del found
    response = Response(status=303)
    response.headers["Location"] = f"{request.script_root}{PATH}/{key}"
    response.autocorrect_location_header = False
    return response


def status_json(found: Contribution, key: str) -> dict[str, Any]:
    """Say what became of a contribution; `found` is what its contributor may see."""
    past = History(settings().state_dir).find(found.change, longest=0) if found.change else None
    root = request.url_root.rstrip("/")
    return {
        "number": found.number,
        "state": found.state,
        "status": status_url(key),
        "received": found.at,
        "title": found.title,
        "term": found.term,
        "reason": found.reason,
        "change": f"{root}/changes/{found.change}" if past else None,
        "snapshot": past.change.snapshot if past else None,
        "steps": [
            {"at": each.at, "action": each.action, "by": each.actor, "note": each.note}
            for each in found.steps
        ],
        "added": [graph_line(each)[:-1] for each in found.delta.added],
        "removed": [graph_line(each)[:-1] for each in found.delta.removed],
    }


def _page(found: Contribution, key: str, *, error: PathwaysError | None = None, text: str = "") -> Response:
    status = problems.respond(error).status_code if error else 200
    past = History(settings().state_dir).find(found.change, longest=0) if found.change else None
    body = pages.render(
        "contribution.html",
        contribution=found,
        key=key,
        address=status_url(key),
        state=gettext(STATES[found.state]),
        steps=[(gettext(STEPS.get(each.action, each.action)), each) for each in found.steps],
        past=past,
        changes=differences.in_words(found.delta),
        added=differences.turtle(found.delta.added),
        removed=differences.turtle(found.delta.removed),
        rows=differences.rows,
        moment=differences.moment,
        term_path=reader().space.path(found.term) if found.term and past else "",
        failure=error.message if error else "",
        text=text,
    )
    return html_response(body, status)


_KEY: Final = Parameter("key", "path", "The key in the address that was given on sending.", schemas.STRING)
_STATUS: Final = schemas.json_answer(
    "What became of it",
    schemas.record(
        {
            "number": schemas.COUNT,
            "state": schemas.one_of(STATES),
            "status": schemas.ADDRESS,
            "received": schemas.STRING,
            "title": schemas.STRING,
            "term": schemas.STRING,
            "reason": schemas.STRING,
            "change": schemas.maybe(schemas.ADDRESS),
            "snapshot": schemas.maybe(schemas.STRING),
            "steps": schemas.array(
                schemas.record({"at": schemas.STRING, "action": schemas.STRING}, {"by": {}, "note": {}})
            ),
            "added": schemas.array(schemas.STRING),
            "removed": schemas.array(schemas.STRING),
        }
    ),
    page=True,
)
_REFUSED: Final = (
    Answer(303, "To a browser: the page of its status"),
    Answer(403, "It was sent by a page of another site"),
    Answer(409, "It is decided already"),
)

OPERATIONS: Final = (
    Operation(
        "GET",
        f"{PATH}/{{key}}",
        "getContribution",
        "What became of a contribution",
        "Contributions",
        (_KEY, schemas.media_type((JSON, HTML))),
        answers=(_STATUS,),
    ),
    Operation(
        "POST",
        f"{PATH}/{{key}}/comment",
        "answerReviewers",
        "Answer the reviewers",
        "Contributions",
        (_KEY,),
        Body(dict.fromkeys(FORMS, schemas.record({"text": schemas.STRING})), "What to tell them."),
        (_STATUS, *_REFUSED),
    ),
    Operation(
        "POST",
        f"{PATH}/{{key}}/withdraw",
        "withdraw",
        "Take a contribution back",
        "Contributions",
        (_KEY,),
        answers=(_STATUS, *_REFUSED),
    ),
)

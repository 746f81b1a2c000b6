"""What reviewers do with a contribution, and with a published change that they undo.

Every action is a form of the page ``/review/{number}``; a program sends the same fields with a token for
"review" and gets JSON. An action that fails changes nothing: the page comes back with what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest, InputError, InvalidDataError, PathwaysError, RequestError
from pathways_ld.formats import HTML, JSON
from pathways_ld.web import pages, problems, signed_in
from pathways_ld.web.changes_pages import change_context, past_change
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.contributions import html_response, json_response
from pathways_ld.web.parts import FORMS, read_form
from pathways_ld.web.report_view import report_alone
from pathways_ld.web.responses import choose, settings
from pathways_ld.web.review import PATH, contribution, contribution_json, page
from pathways_ld.web.review_interfaces import CHANGES, FIELDS, OPERATIONS
from pathways_ld.web.review_texts import Texts, delta_of, written

if TYPE_CHECKING:
    from pathways_ld.contributions import Contribution
    from pathways_ld.releases import Published
    from pathways_ld.web.signed_in import Role

__all__ = ["CHANGES", "OPERATIONS", "blueprint", "published_json"]

blueprint = Blueprint("review_actions", __name__)

_ROOM: Final = 100_000
"""Bytes that a form may have besides the RDF in it."""
_LARGEST_SEEN: Final = 20
"""Digits of the number that stands for what was seen."""

Fields = dict[str, str]
Outcome = dict[str, Any]


@blueprint.post(f"{PATH}/<int:number>/take")
def take(number: int) -> Response:
    """Take a contribution into review."""
    return _act(number, "take", lambda who, sent: _stepped(contributions().take(number, who, _note(sent))))


@blueprint.post(f"{PATH}/<int:number>/release")
def release(number: int) -> Response:
    """Give a contribution back to the queue."""
    return _act(
        number, "release", lambda who, sent: _stepped(contributions().release(number, who, _note(sent)))
    )


@blueprint.post(f"{PATH}/<int:number>/comment")
def comment(number: int) -> Response:
    """Write to the contributor, or with ``private`` to the other reviewers."""

    def act(who: str, sent: Fields) -> Outcome:
        private = sent.get("private", "") not in ("", "no", "0", "false")
        return _stepped(contributions().comment(number, who, _note(sent), private=private))

    return _act(number, "comment", act)


@blueprint.post(f"{PATH}/<int:number>/revise")
def revise(number: int) -> Response:
    """Change what is proposed."""

    def act(who: str, sent: Fields) -> Outcome:
        if "added" not in sent and "removed" not in sent:
            raise BadRequest('Expected the fields "added" and "removed", each in Turtle or TriG.')
        before = contribution(number).delta
        texts = Texts(sent.get("added", ""), sent.get("removed", ""), written(before).exact)
        delta = delta_of(texts, before)
        return _stepped(contributions().revise(number, who, delta, _note(sent), seen=_seen(sent)))

    return _act(number, "revise", act)


@blueprint.post(f"{PATH}/<int:number>/approve")
def approve(number: int) -> Response:
    """Find a contribution right, as the first of two reviewers."""
    return _act(
        number,
        "approve",
        lambda who, sent: _stepped(contributions().approve(number, who, _note(sent), seen=_seen(sent))),
    )


@blueprint.post(f"{PATH}/<int:number>/accept")
def accept(number: int) -> Response:
    """Publish a contribution."""

    def act(who: str, sent: Fields) -> Outcome:
        published = contributions().accept(number, who, _note(sent), seen=_seen(sent))
        return {**contribution_json(contribution(number)), **published_json(published)}

    return _act(number, "accept", act)


@blueprint.post(f"{PATH}/<int:number>/reject")
def reject(number: int) -> Response:
    """Reject a contribution."""
    return _act(
        number,
        "reject",
        lambda who, sent: _stepped(contributions().reject(number, who, sent.get("reason", ""))),
    )


@blueprint.get(f"{CHANGES}/<int:number>")
def show_change(number: int) -> Response:
    """Show a published change with the form that undoes it."""
    signed_in.require_role(_who_undoes())
    choose(f"{CHANGES}/{number}", (HTML,), suffixes=False)
    return _change_page(number)


@blueprint.post(f"{CHANGES}/<int:number>/undo")
def undo(number: int) -> Response:
    """Publish the reverse of a change; where two have to agree, an administrator does."""
    who = signed_in.require_role(_who_undoes())
    sent = _read()
    signed_in.protect_form()
    try:
        past_change(number)
        if not sent.get("reason", "").strip():
            raise BadRequest("The reason is missing; write in a sentence why the change is undone.")
        signed_in.protect_form(once=True)
        published = contributions().undo(number, who.name, sent["reason"])
    except (InputError, RequestError, InvalidDataError) as error:
        if not _wants_page(who):
            raise
        return _change_page(number, error=error, reason=sent.get("reason", ""))
    if not _wants_page(who):
        return json_response(published_json(published))
    return _see_other(f"/changes/{published.change}")


def _who_undoes() -> Role:
    return "administrator" if settings().four_eyes == "on" else "reviewer"


def _change_page(number: int, *, error: PathwaysError | None = None, reason: str = "") -> Response:
    status = problems.respond(error).status_code if error else 200
    past = past_change(number)  # which raises again where there is none
    refused = getattr(error, "examination", None)
    body = pages.render(
        "review_change.html",
        **change_context(past),
        failure=error.message if error else "",
        told=getattr(error, "changes", ()),
        refused=report_alone(refused.report) if refused else None,
        reason=reason,
    )
    return html_response(body, status)


def _act(number: int, action: str, act: Callable[[str, Fields], Outcome]) -> Response:
    who = signed_in.require_role("reviewer")
    sent = _read()
    signed_in.protect_form()
    try:
        contribution(number)  # which refuses numbers that the ledger cannot look for
        outcome = act(who.name, sent)
    except (InputError, RequestError, InvalidDataError) as error:
        if not _wants_page(who):
            raise
        # Raises again where there is no such contribution.
        return page(contribution(number), who, error=error, typed=sent, action=action)
    if not _wants_page(who):
        return json_response(outcome)
    return _see_other(f"{PATH}/{number}" + ("#decided" if action == "accept" else ""))


def _wants_page(who: signed_in.Actor) -> bool:
    if who.via == "token":
        return False
    return choose(request.path, (JSON, HTML), suffixes=False).format is HTML


def _see_other(path: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = f"{request.script_root}{path}"
    response.autocorrect_location_header = False
    return response


def _read() -> Fields:
    """Read a form. Raises :class:`BadRequest` for other bodies, and for fields that are sent twice."""
    if not request.mimetype and not request.content_length:
        return {}
    if request.mimetype not in FORMS:
        raise BadRequest(f'The body is "{request.mimetype[:80]}"; expected a form ({" or ".join(FORMS)}).')
    parts = [each for each in read_form(2 * settings().contribution_size + _ROOM) if each.name in FIELDS]
    names = [each.name for each in parts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadRequest(f'"{twice}" was sent more than once; expected it once.')
    try:
        return {each.name: each.content.decode() for each in parts}
    except UnicodeDecodeError:
        raise BadRequest("The characters of the form are not UTF-8.") from None


def _note(sent: Fields) -> str:
    return sent.get("note", "")


def _seen(sent: Fields) -> int:
    text = sent.get("seen", "").strip()
    if not text.isdecimal() or not text.isascii() or len(text) > _LARGEST_SEEN:
        raise BadRequest(
            f'"seen" is "{text[:30]}"; expected the number that GET {PATH}/... gave as "seen", which stands'
            " for what you looked at."
        )
    return int(text)


def _stepped(found: Contribution) -> Outcome:
    return {**contribution_json(found), "seen": found.seen}


def published_json(published: Published) -> Outcome:
    """Say what was published, as members of a JSON document."""
    root = request.url_root.rstrip("/")
    return {
        "change": f"{root}/changes/{published.change}" if published.change else None,
        "change_number": published.change,
        "snapshot": published.snapshot,
        "added": published.added,
        "removed": published.removed,
        "remarks": [str(each) for each in published.findings[:50]],
    }

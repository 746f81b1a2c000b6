"""*Request an edit* and *propose a new term*: forms made from the shapes, which need no JavaScript.

Whatever is sent comes back as it was typed, until it is submitted: with what is wrong at each field, with
what would change in words and as RDF, and with the page as it would be.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from pathways_ld.contributions import Contributor, Submission
from pathways_ld.errors import (
    BadRequest,
    FormRefused,
    PathwaysError,
    TermNotFound,
)
from pathways_ld.formats import HTML
from pathways_ld.forms import add_row
from pathways_ld.web import differences, form_tokens, pages, problems, signed_in, terms
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.current import reader
from pathways_ld.web.edit_opening import (
    EDIT,
    PROPOSE,
    check_open,
    edit_sheet,
    find_document,
    new_sheet,
    takes_contributions,
)
from pathways_ld.web.edit_sheet import Sheet
from pathways_ld.web.edit_terms import PublishedTerms
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.record import cancellation
from pathways_ld.web.responses import EXTENSION_KEY, settings
from pathways_ld.web.sent_form import SentForm, read_sent_form
from pathways_ld.web.sparql import client_name
from pathways_ld.web.validate import turn
from pathways_ld.wording import N_, Said

blueprint = Blueprint("edit", __name__)

_EXAMPLES: Final = 3
_SCRIPT: Final = "pathways_ld.edit_script"


# addresses


@blueprint.get("/<path:local_id>/edit")
def edit(local_id: str) -> Response:
    """Show the form of a term; a term whose IRI ends in /edit keeps its own address."""
    document = find_document(local_id)
    if document is None:
        return terms.show_term(f"{local_id}{EDIT}")
    sheet = edit_sheet(document)
    _warm_up()
    return _show(sheet)


@blueprint.post("/<path:local_id>/edit")
def send_edit(local_id: str) -> Response:
    """Check or submit what was changed in the form of a term."""
    document = find_document(local_id)
    if document is None:
        raise TermNotFound(f'There is no term "{local_id[:200]}" here, so there is nothing to edit.')
    sent = read_sent_form()
    sheet = edit_sheet(document, sent)
    return _proceed(sheet, sent)


@blueprint.get(PROPOSE)
def choose_kind() -> Response:
    """Show which kinds of terms there are, with examples."""
    check_open()
    known = PublishedTerms()
    kinds = [
        (known.forms[each.name], known.well_described(each.name, _EXAMPLES))
        for each in known.reader.manifest.kinds
        if each.name in known.forms
    ]
    body = pages.render("propose.html", kinds=kinds)
    return _html(body)


@blueprint.get(f"{PROPOSE}/<kind>")
def propose(kind: str) -> Response:
    """Show the empty form of a kind."""
    sheet = new_sheet(kind)
    _warm_up()
    return _show(sheet)


@blueprint.post(f"{PROPOSE}/<kind>")
def send_proposal(kind: str) -> Response:
    """Check or submit a new term."""
    sent = read_sent_form()
    return _proceed(new_sheet(kind, sent), sent)


@blueprint.post(PROPOSE)
def no_proposal() -> Response:
    """Refuse a form without a kind."""
    raise MethodNotAllowed(["GET"])


def register(app: Flask) -> None:
    """Give the templates what they need; whether the script was built is looked up once."""
    built = files("pathways_ld.web").joinpath("static", "dist", "edit.js")
    app.extensions[_SCRIPT] = built.is_file()
    app.jinja_env.globals.update(takes_contributions=takes_contributions)


def _warm_up() -> None:
    """Let the processes that validate start while somebody types."""
    current_app.extensions[EXTENSION_KEY].validation.warm_up(reader().folder)


# what is asked for


def _proceed(sheet: Sheet, sent: SentForm) -> Response:
    """Do what the button says; everything else shows the form again."""
    refused = _refused()
    action = sent.value("action") or "check"
    if refused is not None:
        sheet.failure = refused.message
        sheet.advice = gettext("All of it is below, in a form that can be sent.")
        sheet.status, sheet.checked = 403, True  # with who sends it and why
    elif action.startswith("add."):
        sheet.filled.problems.clear()
        sheet.sender.problems.clear()
        name = add_row(sheet.filled, action.removeprefix("add."), sheet.terms)
        sheet.focus = f"{name}.text"
    elif sent.value(SentForm.HONEYPOT):
        sheet.status = 400
        sheet.failure = Said(
            N_(
                "The field that has to stay empty was filled in, as programs do that fill in all of them. It"
                " is empty again now: send the form once more if you are a person."
            )
        )
    elif action in ("check", "submit"):
        receipt = _check(sheet, sent, submit=action == "submit")
        if receipt:
            return _see(receipt)
    else:
        raise BadRequest(f'There is no button "{action[:60]}" in this form. Load the form again.')
    return _show(sheet)


def _refused() -> FormRefused | None:
    """Check that the form came from a page of ours; one that is only too old is shown again."""
    if signed_in.actor().via == "token":
        return None
    form_tokens.check_origin()
    try:
        signed_in.protect_form()
    except FormRefused as error:
        return error
    return None


def _check(sheet: Sheet, sent: SentForm, *, submit: bool) -> str:
    """Look at what would change, and with `submit` submit it; gives the key of the contribution then."""
    sheet.checked = True
    filled = sheet.filled
    if filled.problems or sheet.sender.problems or (filled.is_new and not sheet.sender.slug):
        sheet.status = 422
        return ""
    if not sheet.changes and not sheet.sender.message.strip():
        sheet.failure = Said(
            N_(
                "Nothing is changed yet. Change a field, or say in words under “Something else” what should"
                " change."
            )
        )
        sheet.status = 422
        return ""
    try:
        if submit and not filled.changed:
            return _submit(sheet, sent)
        _examine(sheet)
    except PathwaysError as error:
        _fail(sheet, error)
    if sheet.status == 200 and (sheet.must_fix or filled.changed):
        sheet.status = 422 if sheet.must_fix else 409
    return ""


def _examine(sheet: Sheet) -> None:
    if sheet.changes:
        with turn():
            sheet.examination = contributions().examine(
                sheet.filled.delta, reader().folder, cancellation=cancellation()
            )


def _submit(sheet: Sheet, sent: SentForm) -> str:
    from pathways_ld.contributions.texts import clean_contributor  # noqa: PLC0415 - slow to import

    submission = _submission(sheet, sent)
    if not submission.reason.strip():
        sheet.sender.problems["reason"] = Said(
            N_("Say why, so that a reviewer can follow you: where did you read it?")
        )
    sheet.sender.problems.update(clean_contributor(submission.contributor)[1])
    if sheet.sender.problems:
        _examine(sheet)
        sheet.status = 422
        return ""
    service = contributions()
    try:
        signed_in.protect_form(once=True)
    except FormRefused:
        twin = service.twin(submission)
        if twin is None:
            raise
        return twin.key
    with turn():
        return service.submit(submission).key


def _submission(sheet: Sheet, sent: SentForm) -> Submission:
    sender, actor = sheet.sender, signed_in.actor()
    reason = "\n\n".join(filter(None, (sender.reason.strip(), sender.message.strip())))
    return Submission(
        delta=sheet.filled.delta,
        reason=reason,
        way="form",
        term=sheet.filled.iri,
        contributor=Contributor(sender.name.strip(), sender.contact.strip(), sender.named),
        document=json.dumps(dict(sent.controls), ensure_ascii=False, indent=1).encode(),
        media_type="application/json",
        client=client_name(),
        trusted=actor.trusted,
        actor=actor.name,
    )


def _fail(sheet: Sheet, error: PathwaysError) -> None:
    """Show an error in the form, with its status."""
    sheet.examination = getattr(error, "examination", None) or sheet.examination
    response = problems.respond(error)
    sheet.failure, sheet.status = error.message, response.status_code
    sheet.retry_after = response.headers.get("Retry-After", "")


def _see(key: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = f"{request.script_root}/contributions/{key}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.autocorrect_location_header = False
    return response


# the page


def _show(sheet: Sheet) -> Response:
    remarks = sheet.remarks()
    body = pages.render(
        "edit.html",
        sheet=sheet,
        filled=sheet.filled,
        sender=sheet.sender,
        form=sheet.filled.form,
        remarks=remarks,
        rows=differences.rows,
        honeypot=SentForm.HONEYPOT,
        script=current_app.extensions[_SCRIPT],
        settings=settings(),
    )
    response = _html(body, sheet.status)
    if sheet.retry_after:
        response.headers["Retry-After"] = sheet.retry_after
    return response


def _html(body: bytes, status: int = 200) -> Response:
    response = Response(body, status=status, content_type=HTML.content_type())
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response

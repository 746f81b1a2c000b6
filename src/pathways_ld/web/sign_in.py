"""``/sign-in``, ``/sign-out`` and ``/account``: how reviewers come in, and what they see of their account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from pathways_ld.errors import (
    BadRequest,
    Forbidden,
    FormRefused,
    InputError,
    Overloaded,
    PathwaysError,
    SignInRefused,
    TooManyRequests,
    UnsupportedMediaType,
)
from pathways_ld.ledger import Accounts, Session
from pathways_ld.web import bodies, cookies, pages
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.parts import FORMS, read_form
from pathways_ld.web.responses import settings
from pathways_ld.web.signed_in import Actor, actor, protect_form, require_role
from pathways_ld.web.sparql import client_name

blueprint = Blueprint("sign_in", __name__)

PURPOSE: Final = "sign-in"
HOME: Final = "/review"
"""Where somebody who has signed in is sent, unless they came from elsewhere."""
_FORM_SIZE: Final = 20_000
_LONGEST_NEXT: Final = 2_000
_SHOWN_AGAIN: Final[tuple[tuple[type[PathwaysError], int], ...]] = (
    (SignInRefused, 403),
    (FormRefused, 403),
    (TooManyRequests, 429),
    (Overloaded, 503),
    (InputError, 422),
)
"""What is said in the page of the form, with what was typed, and the status that goes with it."""


@blueprint.get("/sign-in")
@blueprint.get("/sign-in/")
def show_sign_in() -> Response:
    """Show the form; who has signed in already is sent on."""
    following = _local(request.args.get("next", ""))
    if actor().via == "session":
        return _see(following)
    return _page("sign_in.html", following=following)


@blueprint.post("/sign-in")
@blueprint.post("/sign-in/")
def sign_in() -> Response:
    """Sign in with a name and a password."""
    fields = _fields()
    name, following = fields.get("name", "").strip()[:200], _local(fields.get("next", ""))
    try:
        protect_form(PURPOSE)
        password = fields.get("password", "")
        account = Accounts(settings().state_dir).sign_in(name, password, client_name())
    except tuple(kind for kind, _ in _SHOWN_AGAIN) as error:
        return _page("sign_in.html", error, following=following, name=name)
    cookies.start_session(account.name)
    return _see(following)


@blueprint.post("/sign-out")
@blueprint.post("/sign-out/")
def sign_out() -> Response:
    """End the session of this browser."""
    protect_form()
    cookies.end_session()
    return _see("/")


@blueprint.get("/account")
@blueprint.get("/account/")
def show_account() -> Response:
    """Show one's own account and sessions."""
    return _account(_person(), done=request.args.get("done", ""))


@blueprint.post("/account")
@blueprint.post("/account/")
def change_account() -> Response:
    """Change one's password, or end sessions."""
    person = _person()
    fields = _fields()
    protect_form()
    action = fields.get("action", "")
    if action == "password":
        try:
            _change_password(person, fields)
        except tuple(kind for kind, _ in _SHOWN_AGAIN) as error:
            return _account(person, error)
        return _see("/account?done=password")
    if action not in ("end", "end-others"):
        raise BadRequest(f'"action" is "{action[:50]}"; expected password, end or end-others.')
    here = cookies.session()
    for each in cookies.sessions().of(person.name):
        if each.id == fields.get("session") if action == "end" else here is None or each.id != here.id:
            cookies.sessions().end(each)
    return _see("/account?done=sessions")


def _change_password(person: Actor, fields: dict[str, str]) -> None:
    accounts = Accounts(settings().state_dir)
    new = fields.get("new", "")
    if new != fields.get("again", ""):
        raise InputError("The new password was typed in two ways; type it in both fields alike.")
    try:
        accounts.sign_in(person.name, fields.get("password", ""), client_name())
    except SignInRefused:
        raise SignInRefused("The present password is wrong; nothing was changed.") from None
    accounts.set_password(person.name, new)
    cookies.start_session(person.name)  # all others have ended, this one with them


def _person() -> Actor:
    """Give who has signed in; a token has no account."""
    person = require_role("reviewer")
    if person.via != "session":
        raise Forbidden("A token has no account here; sign in with a name and a password.")
    return person


def _fields() -> dict[str, str]:
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType(
            f'The body is "{request.mimetype[:80] or "of no stated type"}"; expected a form ({bodies.FORM}).'
        )
    parts = [each for each in read_form(_FORM_SIZE) if each.filename is None]
    names = [each.name for each in parts]
    if len(names) != len(set(names)):
        raise BadRequest("A field was sent twice; expected each once.")
    try:
        # Not Part.text: white space at the end of a password is part of it.
        return {each.name: each.content.decode() for each in parts}
    except UnicodeDecodeError:
        raise BadRequest("The form is not in UTF-8.") from None


def _local(address: str) -> str:
    """Give an address to go to if it is one of this server; anything else could lead elsewhere."""
    plain = address.isascii() and address.isprintable() and "\\" not in address
    if not plain or len(address) > _LONGEST_NEXT or not address.startswith("/") or address.startswith("//"):
        return HOME
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc or parts.path.startswith("/sign-") else address


def _see(path: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = f"{request.script_root}{path}"
    return response


def _account(person: Actor, error: PathwaysError | None = None, *, done: str = "") -> Response:
    here = cookies.session()
    shown = [(each, here is not None and each.id == here.id) for each in cookies.sessions().of(person.name)]
    return _page("account.html", error, person=person, sessions=shown, done=done, at=_at, browser=_browser)


def _page(template: str, error: PathwaysError | None = None, **context: object) -> Response:
    status = next((status for kind, status in _SHOWN_AGAIN if isinstance(error, kind)), 200)
    anybody = settings().contributions in ("open", "named")
    body = pages.render(template, error=error, anybody=anybody, **context)
    response = Response(body, status=status, content_type="text/html; charset=utf-8")
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _browser(session: Session) -> str:
    """Name a browser as far as its owner needs to know it again."""
    agent = session.agent
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    name = next((name for mark, name in browsers if mark in agent), agent.partition("/")[0][:40])
    system = next((each for each in systems if each in agent), "")
    name = name or gettext("Unknown browser")
    return gettext("%(browser)s on %(system)s") % {"browser": name, "system": system} if system else name

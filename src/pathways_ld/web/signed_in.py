"""Who asks: nobody in particular, a reviewer with a session or a token, an administrator. What they may.

A view asks with :func:`actor` or :func:`require_role`; a view that changes something for a browser asks
:func:`protect_form` as well, and its template writes :func:`csrf_field` into the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, urlencode

from flask import Flask, request
from flask import g as request_state
from werkzeug.exceptions import HTTPException

from pathways_ld.errors import Forbidden, PathwaysError, Unauthorized
from pathways_ld.formats import HTML, JSON
from pathways_ld.ledger import Token
from pathways_ld.web import bearer, cookies, form_tokens
from pathways_ld.web.form_tokens import csrf_field
from pathways_ld.web.negotiation import negotiate

__all__ = ["Actor", "Role", "actor", "csrf_field", "protect_form", "register", "require_role", "signed_in"]

Role = Literal["anonymous", "reviewer", "administrator"]
Via = Literal["session", "token", ""]
_RANKS: Final[dict[str, int]] = {"anonymous": 0, "reviewer": 1, "administrator": 2}


@dataclass(frozen=True)
class Actor:
    """Who asks. `name` is that of an account or a token, empty for nobody in particular.

    A token for contributing only has a name and the role "anonymous".
    """

    name: str = ""
    display_name: str = ""
    role: Role = "anonymous"
    via: Via = ""

    @property
    def trusted(self) -> bool:
        """Whether the limits for those who do not say who they are do not hold."""
        return self.via != ""

    def may(self, role: Role) -> bool:
        """Tell whether the actor may do what a role may."""
        return _RANKS[self.role] >= _RANKS[role]


NOBODY: Final = Actor()


class SignInFirst(HTTPException):
    """Sends a browser to the page for signing in, from where it comes back."""

    code = 303
    description = "Sign in first."

    def get_headers(self, environ: object = None, scope: object = None) -> list[tuple[str, str]]:
        """Give where to go."""
        del environ, scope
        query = request.query_string.decode("latin-1")
        here = quote(request.path) + (f"?{query}" if query else "")
        return [("Location", f"{request.script_root}/sign-in?{urlencode({'next': here})}")]


def actor() -> Actor:
    """Give who asks.

    A token counts before a cookie. Raises :class:`Unauthorized` for one that is not valid, and
    :class:`Forbidden` for one that is for something else.
    """
    cookies.mark_private()
    if "actor" not in request_state:
        request_state.actor = _find_actor()
    found = request_state.actor
    assert isinstance(found, Actor)  # noqa: S101 - tells mypy
    return found


def require_role(role: Role) -> Actor:
    """Give who asks, where they may do what a role may.

    Raises :class:`Unauthorized` and :class:`Forbidden`. A browser that asks for a page is sent to sign in.
    """
    found = actor()
    if found.may(role):
        return found
    if found.via == "":
        if request.method in ("GET", "HEAD") and _wants_page():
            raise SignInFirst
        raise Unauthorized(
            f"This is for those who have signed in as {role}: sign in at {request.script_root}/sign-in,"
            ' or send a token for "review" in the header "Authorization: Bearer ...".'
        )
    if found.role == "anonymous":
        raise Forbidden('This token is for contributing; expected one for "review".')
    raise Forbidden(
        f"This is for an {role}, and you are {found.display_name}, a {found.role}. Ask an {role}."
    )


def protect_form(purpose: str = form_tokens.FORM, *, once: bool = False) -> None:
    """Raise :class:`FormRefused` where a browser was made to send this request by somebody else's page.

    `once`: nor can it be sent twice; ask for it when all else has been checked. Requests with a token in
    their header need no field: no browser sends that by itself.
    """
    if actor().via != "token":
        form_tokens.check_form(purpose, once=once)


def signed_in() -> Actor | None:
    """Give who has signed in, on pages that are for one browser alone; on all others nobody has."""
    if not cookies.is_private():
        return None
    try:
        found = actor()
    except PathwaysError:
        return None
    return found if found.via == "session" else None


def register(app: Flask) -> None:
    """Give the templates their functions."""
    app.jinja_env.globals.update(actor=actor, csrf_field=csrf_field, signed_in=signed_in)


def _find_actor() -> Actor:
    token = bearer.present()
    if token is not None:
        return _of_token(token)
    session = cookies.session()
    if session is None:
        return NOBODY
    role: Role = "administrator" if session.role == "administrator" else "reviewer"
    return Actor(session.account, session.display_name, role, "session")


def _of_token(token: Token) -> Actor:
    if "review" in token.scopes:
        return Actor(token.name, token.name, "reviewer", "token")
    if "submit" in token.scopes:
        return Actor(token.name, token.name, "anonymous", "token")
    raise Forbidden(
        f'This token is for {", ".join(sorted(token.scopes))}; expected one for "review" or "submit".'
    )


def _wants_page() -> bool:
    try:
        return negotiate(request.headers.get("Accept"), (JSON, HTML)).format is HTML
    except PathwaysError:
        return False

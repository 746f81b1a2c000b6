"""The two private cookies of this server, and the one rule that keeps answers that depend on them private.

One holds the key of a signed-in reviewer's session, the other a random text that the forms of somebody who
has not signed in are bound to. Both are read through this module, which notes that a request did: its answer
is for this browser alone, is kept by no cache, and no other site's page may read it. The pages of the
vocabulary never look at these, so they are the same for everybody who reads them in one language: the third
cookie, which is not private, holds no more than the language that was chosen for the interface.
"""

from __future__ import annotations

import re
import secrets
from typing import Final

from flask import Response, current_app, request
from flask import g as request_state

from pathways_ld.ledger import Session, Sessions
from pathways_ld.web.clients import ClientNames
from pathways_ld.web.responses import settings

PRIVATE: Final = frozenset({"account", "review", "sign-in", "sign-out"})
"""First path segments whose answers, errors too, are for one browser alone."""

_SECURE_PREFIX: Final = "__Host-"
"""Such a cookie comes from this very host over https, and no other host can set it (RFC 6265bis, 4.1.3)."""
_SESSION: Final = "pathways"
_VISITOR: Final = "pathways-form"
_VISITOR_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_NAMES: Final = "pathways_ld.cookies.names"
_NOT_FOR_OTHERS: Final = (
    "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers", "Access-Control-Max-Age", "ETag", "Expires",
)  # fmt: skip


def is_secure() -> bool:
    """Tell whether the browser speaks https, with this server or with a trusted proxy in front of it."""
    names = current_app.extensions.get(_NAMES)
    if names is None:
        names = current_app.extensions[_NAMES] = ClientNames.from_settings(settings())
    assert isinstance(names, ClientNames)  # noqa: S101 - tells mypy
    said = request.headers.get("Forwarded" if names.header == "Forwarded" else "X-Forwarded-Proto")
    return names.scheme(request.remote_addr, request.scheme, said) == "https"


def mark_private() -> None:
    """Note that the answer to this request is for this browser alone."""
    request_state.is_private = True


def is_private() -> bool:
    """Tell whether the answer to this request is for this browser alone, as far as is known yet."""
    return bool(request_state.get("is_private")) or request.path[1:].partition("/")[0] in PRIVATE


def sessions() -> Sessions:
    """Give the sessions that the ledger knows."""
    held = settings()
    return Sessions(held.state_dir, idle=held.session_idle, lifetime=held.session_lifetime)


def session() -> Session | None:
    """Give the session of this request, where its cookie is that of a valid one."""
    mark_private()
    if "session" not in request_state:
        key = request.cookies.get(_name(_SESSION), "")
        request_state.session = sessions().find(key) if key else None
    found = request_state.session
    assert found is None or isinstance(found, Session)  # noqa: S101 - tells mypy
    return found


def start_session(account: str) -> None:
    """Make a new session, with a new key, for this browser; the one it had before ends."""
    end_session()
    key = sessions().begin(account, request.headers.get("User-Agent", ""))
    request_state.session = sessions().find(key)
    _send(_SESSION, key)


def end_session() -> None:
    """End the session of this browser, here and there."""
    before = session()
    if before is not None:
        sessions().end(before)
    request_state.session = None
    _send(_SESSION, "")


def visitor(*, new: bool) -> str:
    """Give the random text that this browser's forms are bound to; `new`: make it where there is none."""
    mark_private()
    sent = request_state.get("visitor") or request.cookies.get(_name(_VISITOR), "")
    if not _VISITOR_SHAPE.fullmatch(sent):
        sent = secrets.token_urlsafe(32) if new else ""
        if sent:
            _send(_VISITOR, sent)
    request_state.visitor = sent
    return str(sent)


def finish(response: Response) -> None:
    """Keep what is for one browser alone from all others, and set its cookies; after every view."""
    waiting: dict[str, str] = request_state.get("cookies", {})
    for name, value in waiting.items():
        secure = is_secure()
        response.set_cookie(
            _name(name), value, secure=secure, httponly=True, samesite="Lax", max_age=None if value else 0
        )
    if not is_private():
        return
    headers = response.headers
    for name in _NOT_FOR_OTHERS:
        headers.pop(name, None)
    headers["Cache-Control"] = "no-store"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.vary.add("Cookie")


def _name(name: str) -> str:
    return f"{_SECURE_PREFIX}{name}" if is_secure() else name


def _send(name: str, value: str) -> None:
    mark_private()
    request_state.cookies = {**request_state.get("cookies", {}), name: value}

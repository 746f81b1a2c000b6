"""Forms that only a page of this server can send: tokens against forged requests.

Every form that changes something carries a token: random bytes, when it ends, and a signature over both, over
what the form is for, and over the cookie of the browser that it was given to
(https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).
Besides, what browsers themselves say of where a request comes from is believed where it says "elsewhere".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import struct
import time
from typing import Final

from flask import current_app, request
from markupsafe import Markup
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from pathways_ld.errors import FormRefused
from pathways_ld.ledger import secret_key, spend
from pathways_ld.web import bodies, cookies
from pathways_ld.web.parts import LONGEST_BOUNDARY, MULTIPART
from pathways_ld.web.responses import settings

FIELD: Final = "csrf"
"""The name of the field."""
HEADER: Final = "X-CSRF-Token"
"""Where a script of ours sends the token."""
FORM: Final = "form"
"""What forms are for unless something else is said."""

_NONCE: Final = 16
_SIGNATURE: Final = 32
_LENGTH: Final = 75
_SHAPE: Final = re.compile(rf"[A-Za-z0-9_-]{{{_LENGTH}}}")
_KEY: Final = "pathways_ld.form_key"
_MOST_PARTS: Final = 1_000
_ROOM: Final = 1_000_000
_IN_FORM: Final = re.compile(rb"(?:^|&)" + FIELD.encode() + rb"=([^&]*)")
_SIMPLE: Final = frozenset({"", bodies.FORM, MULTIPART, "text/plain"})
"""Types of bodies that a page elsewhere can make a browser send without being asked (CORS-safelisted)."""
_RELOAD: Final = "Load the page of the form again, and send it from there; what you typed can be copied over."

_clock = time.time


def csrf_field(purpose: str = FORM) -> Markup:
    """Write the hidden field of a form; its page is for this browser alone."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token(purpose))


def token(purpose: str = FORM) -> str:
    """Make a token for a form of this browser."""
    session = cookies.session()
    owner = session.digest if session is not None else cookies.visitor(new=True).encode()
    content = secrets.token_bytes(_NONCE) + struct.pack(">Q", int(_clock() + settings().form_lifetime))
    signed = content + _sign(content, purpose, owner, signed_in=session is not None)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def check_form(purpose: str = FORM, *, once: bool = False) -> None:
    """Raise :class:`FormRefused` where the present request was not sent from a form of ours.

    `once`: the form cannot be sent again after this; ask for it when all else has been checked.
    """
    check_origin()
    session = cookies.session()
    if session is None and request.mimetype not in _SIMPLE:
        return  # no browser sends this unasked, and there is nobody in whose name it would
    sent = request.headers.get(HEADER) or _sent_field()
    owner = session.digest if session is not None else cookies.visitor(new=False).encode()
    if not sent:
        raise FormRefused(
            f"The form has no field {FIELD!r}, by which this server knows its own forms. {_RELOAD}"
        )
    if not owner:
        raise FormRefused(
            "The cookie that came with the form was not sent back; allow cookies of this site. " + _RELOAD
        )
    content, expires = _read(sent, purpose, owner, signed_in=session is not None)
    if once and not spend(settings().state_dir, content[:_NONCE], expires, _clock):
        raise FormRefused(
            "This form was sent before, and what it asked for has been done. To do it again, load the page"
            " of the form again."
        )


def check_origin() -> None:
    """Raise :class:`FormRefused` where the browser says that a page elsewhere sent the request.

    See https://www.w3.org/TR/fetch-metadata/ and RFC 6454, 7. A program says nothing.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        elsewhere = f"a page of another site ({origin or site})"
    elif origin in (None, "null"):
        return  # "null" comes from our own pages too, where they send no Referer; the token decides
    else:
        scheme, _, host = origin.lower().partition("://")
        weaker = cookies.is_secure() and scheme != "https"
        if host and host == request.host.lower() and not weaker:
            return
        elsewhere = f"{origin[:200]}, and this is {request.host[:200]}"
    raise FormRefused(
        f"The request was sent by {elsewhere}; expected a form of this site. Open the page of the form here,"
        " and send it from there. Behind a proxy: it has to pass the Host header on."
    )


def _read(sent: str, purpose: str, owner: bytes, *, signed_in: bool) -> tuple[bytes, float]:
    """Give the signed content of a token, and when it ends; raises :class:`FormRefused`."""
    signed = base64.urlsafe_b64decode(f"{sent}{'=' * (-_LENGTH % 4)}") if _SHAPE.fullmatch(sent) else b""
    content, signature = signed[:-_SIGNATURE], signed[-_SIGNATURE:]
    wanted = _sign(content, purpose, owner, signed_in=signed_in)
    if not content or not hmac.compare_digest(signature, wanted):
        raise FormRefused(
            "The form was not given to this browser as it is now signed in, or has been altered. " + _RELOAD
        )
    (expires,) = struct.unpack(">Q", content[_NONCE:])
    if _clock() >= expires:
        hours = settings().form_lifetime / 3600
        raise FormRefused(f"The form is older than {hours:g} hours. {_RELOAD}")
    return content, float(expires)


def _sign(content: bytes, purpose: str, owner: bytes, *, signed_in: bool) -> bytes:
    key = current_app.extensions.get(_KEY)
    if key is None:
        key = current_app.extensions[_KEY] = secret_key(settings().state_dir, "forms")
    # None of the parts but the last can hold a zero byte or has another length.
    signed = b"\0".join(
        (b"session" if signed_in else b"visitor", purpose.encode(), owner.hex().encode(), content)
    )
    return hmac.digest(key, signed, hashlib.sha256)


def _sent_field() -> str:
    """Find the token in the form, which the view can still read as it likes."""
    if "form" in vars(request._get_current_object()):  # type: ignore[attr-defined]
        return request.form.get(FIELD, "")
    body = bodies.read(settings().validation_size * 3 + _ROOM)
    if request.mimetype == MULTIPART:
        return _in_multipart(body)
    found = _IN_FORM.search(body)
    return found[1].decode("latin-1") if found else ""


def _in_multipart(body: bytes) -> str:
    boundary = request.mimetype_params.get("boundary", "")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        return ""
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), max_parts=_MOST_PARTS)
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        event: Event = decoder.next_event()
        named = False
        while not isinstance(event, Epilogue | NeedData):
            if isinstance(event, Field | File):
                named = isinstance(event, Field) and event.name == FIELD
            elif isinstance(event, Data) and named:
                return event.data.decode("latin-1")
            event = decoder.next_event()
    except (RequestEntityTooLarge, ValueError):
        pass  # what cannot be taken apart has no token
    return ""

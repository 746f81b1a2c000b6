"""Forms as browsers and programs send them, read part by part as bytes: uploads keep every one of theirs.

``multipart/form-data`` is RFC 7578 (https://www.rfc-editor.org/rfc/rfc7578). Werkzeug's own form parser
replaces bytes that are not UTF-8; a validator has to see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from pathways_ld.errors import BadRequest
from pathways_ld.web import bodies

MULTIPART: Final = "multipart/form-data"
FORMS: Final = (MULTIPART, bodies.FORM)
MAX_PARTS: Final = 50
LONGEST_BOUNDARY: Final = 200
"""RFC 2046 allows 70, and there are clients that send a few more."""


@dataclass(frozen=True)
class Part:
    """One field or one file of a form; `filename` is None for a field, and empty where no file was chosen."""

    name: str
    content: bytes
    filename: str | None = None
    media_type: str = ""

    @property
    def text(self) -> str:
        """The value of a short field."""
        return self.content.decode("utf-8", "replace").strip()


def from_query() -> list[Part]:
    """Give the parameters of the address; raises :class:`BadRequest`."""
    found = bodies.pairs(request.query_string, "the query string")
    return [Part(name, value.encode()) for name, value in found]


def read_form(limit: int) -> list[Part]:
    """Read a form of at most `limit` bytes.

    Raises :class:`BadRequest`, :class:`PayloadTooLarge` and :class:`UnsupportedMediaType`.
    """
    if request.mimetype == bodies.FORM:
        body = bodies.read(3 * limit)  # percent-encoding takes up to three times the space
        return [Part(name, _as_typed(value.encode())) for name, value in bodies.pairs(body, "the form")]
    boundary = request.mimetype_params.get("boundary", "")
    if not 0 < len(boundary) <= LONGEST_BOUNDARY:
        raise BadRequest("The form has no boundary; expected multipart/form-data; boundary=...")
    return _parts(bodies.read(limit), boundary)


def _parts(body: bytes, boundary: str) -> list[Part]:
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), max_parts=MAX_PARTS)
    found: list[Part] = []
    head: Field | File | None = None
    pieces: list[bytes] = []
    try:
        decoder.receive_data(body)
        decoder.receive_data(None)
        event: Event = decoder.next_event()
        while not isinstance(event, Epilogue | NeedData):
            if isinstance(event, Field | File):
                head, pieces = event, []
            elif isinstance(event, Data) and head is not None:
                pieces.append(event.data)
                if not event.more_data:
                    found.append(_part(head, b"".join(pieces)))
            event = decoder.next_event()
    except RequestEntityTooLarge:
        raise BadRequest(f"The form has more than {MAX_PARTS} parts.") from None
    except ValueError:
        raise BadRequest("The form cannot be taken apart; expected multipart/form-data (RFC 7578).") from None
    return found


def _part(head: Field | File, content: bytes) -> Part:
    if isinstance(head, File):
        media_type = (head.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        return Part(head.name or "", content, head.filename or "", media_type)
    return Part(head.name or "", _as_typed(content))


def _as_typed(content: bytes) -> bytes:
    """Undo what forms do to the ends of lines (https://html.spec.whatwg.org/#multipart-form-data)."""
    return content.replace(b"\r\n", b"\n")

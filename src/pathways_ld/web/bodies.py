"""Request bodies, bounded, and parameters, percent-decoded strictly."""

from __future__ import annotations

import io
from typing import Final
from urllib.parse import parse_qsl

from flask import request

from pathways_ld.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType

FORM: Final = "application/x-www-form-urlencoded"


def read(limit: int) -> bytes:
    """Read the body; it can be read again.

    Raises :class:`PayloadTooLarge`, or :class:`UnsupportedMediaType` if compressed.
    """
    if request.content_encoding not in (None, "", "identity"):
        raise UnsupportedMediaType("The body is compressed; send it as it is.")
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge(f"The body has {request.content_length:,} bytes; at most {limit:,} are read.")
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge(f"The body has more than {limit:,} bytes, the most that are read.")
    request.stream = io.BytesIO(body)
    return body


def pairs(encoded: bytes, where: str, *, most: int = 200) -> list[tuple[str, str]]:
    """Decode parameters; raises :class:`BadRequest` for what is not UTF-8 and for too many of them."""
    try:
        text = encoded.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=most)
    except UnicodeDecodeError:
        raise BadRequest(f"The characters of {where} are not UTF-8, percent-encoded.") from None
    except ValueError:
        raise BadRequest(f"There are too many parameters in {where}.") from None

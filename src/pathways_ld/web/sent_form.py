"""The form of a term as a browser sends it: bounded, in UTF-8, every field once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import parse_qsl

from flask import request

from pathways_ld.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType
from pathways_ld.forms import MAX_PAIRS
from pathways_ld.web import bodies, form_tokens
from pathways_ld.web.offers import HONEYPOT

LARGEST: Final = 1_000_000
"""Bytes of a form, percent-encoded three times as many."""
LONGEST: Final = 100_000
"""Characters of one field."""
_AGAIN: Final = "Load the form again, and send it from there."
_OWN: Final = frozenset(
    {
        form_tokens.FIELD, HONEYPOT, "action", "base", "contact", "message", "name", "named", "reason",
        "slug", "suggested",
    }
)  # fmt: skip
"""Fields besides those that the shapes ask for."""


@dataclass(frozen=True)
class SentForm:
    """What was sent: the controls of the form's fields, which have a dot in their names, and the others."""

    HONEYPOT: ClassVar[str] = HONEYPOT

    controls: tuple[tuple[str, str], ...]
    others: dict[str, str]

    def value(self, name: str) -> str:
        """Give one of the others, or an empty text."""
        return self.others.get(name, "")


def read_sent_form() -> SentForm:
    """Read the body of the request.

    Raises :class:`BadRequest`, :class:`PayloadTooLarge` and :class:`UnsupportedMediaType`.
    """
    if request.mimetype != bodies.FORM:
        raise UnsupportedMediaType(
            f'The body is "{request.mimetype[:80] or "of no stated type"}"; expected {bodies.FORM}, as the'
            " form itself sends it. Programs send RDF to /contributions."
        )
    controls: list[tuple[str, str]] = []
    others: dict[str, str] = {}
    for name, value in _pairs(bodies.read(3 * LARGEST)):
        if len(value) > LONGEST:
            raise PayloadTooLarge(
                f'The field "{name[:80]}" has {len(value):,} characters; at most {LONGEST:,} are read.'
                " Shorten it."
            )
        if "\0" in name or "\0" in value:
            raise BadRequest(f'There is a NUL character in the field "{name[:80]}". Remove it.')
        if "." in name:
            controls.append((name, value))
        elif name not in _OWN:
            raise BadRequest(f'The form has no field "{name[:80]}". {_AGAIN}')
        elif name in others:
            raise BadRequest(f'The field "{name}" was sent twice. {_AGAIN}')
        else:
            others[name] = value
    return SentForm(tuple(controls), others)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    # Counted before anything is decoded: the library's own bound has the same words for other errors.
    count = body.count(b"&") + 1
    if count > MAX_PAIRS + len(_OWN):
        raise PayloadTooLarge(f"The form has {count:,} fields; at most {MAX_PAIRS:,} are read.")
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest(f"The characters of the form are not UTF-8, percent-encoded. {_AGAIN}") from None
    except ValueError:
        raise BadRequest(f"The form cannot be taken apart. {_AGAIN}") from None

"""What requests in the ways of other systems say, and how they are answered: bounded, paged, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request

from pathways_ld.errors import BadRequest
from pathways_ld.iris import document_of
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.web import pages, terms
from pathways_ld.web.responses import VARY_RDF, Representation, link, represent

LONGEST_IRI: Final = 2_000
MOST: Final = 1_000
"""Entries of one answer; further pages have the rest."""
MOST_IRIS: Final = 500
"""IRIs that one request names."""
MOST_SKIPPED: Final = 10_000_000
"""How far an offset may lead."""
_LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_JSON: Final = ("application/json", "application/ld+json")


def whole_number(name: str, otherwise: int, *, least: int, most: int) -> int:
    """Read a whole number; one above `most` counts as `most`. Raises :class:`BadRequest`.

    Clients of these interfaces ask for very many at once, and page where not all came.
    """
    text = request.args.get(name, "") or str(otherwise)
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) >= least):
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected a whole number from {least} on.')
    return min(int(text), most)


def language(name: str = "lang") -> str:
    """Read a language tag, empty where none is given; raises :class:`BadRequest`."""
    text = request.args.get(name, "")
    if text and not _LANGUAGE_TAG.fullmatch(text):
        raise BadRequest(f'"{name}" is "{text[:40]}"; expected a language tag such as en or pt-BR.')
    return text


def required(name: str, example: str) -> str:
    """Read a parameter that has to be there; raises :class:`BadRequest`."""
    text = request.args.get(name, "").strip()
    if not text:
        raise BadRequest(f'"{name}" is missing; expected it as in {request.path}?{name}={example}.')
    return text


def required_iri(name: str = "uri") -> str:
    """Read an IRI that has to be there; raises :class:`BadRequest`."""
    text = required(name, "https%3A%2F%2Fexample.org%2Fterm")
    if len(text) > LONGEST_IRI:
        raise BadRequest(f'"{name}" has {len(text):,} characters; expected at most {LONGEST_IRI:,}.')
    return text


def described(source: Reader, iri: str) -> TermDocument:
    """Read the document that describes an IRI; raises :class:`TermNotFound` or :class:`TermWithdrawn`."""
    part = "" if source.space.is_hash else document_of(iri)
    if part and part != iri and source.titles_of([iri]):
        iri = part
    document = source.document(iri)
    if document.withdrawn:
        raise terms.withdrawn(document)
    return document


def answer(
    content: Any, *, total: int | None = None, links: Iterable[str] = (), vary: str = VARY_RDF
) -> Response:
    """Send JSON, under the name of JSON-LD to those who ask for that; `total` counts what is on all pages."""
    best = request.accept_mimetypes.best_match(_JSON) if "Accept" in request.headers else None
    content_type = best or _JSON[0]
    body = json.dumps(content, ensure_ascii=False).encode() + b"\n"
    return represent(
        Representation(
            etag=pages.digest(body + content_type.encode()),
            content_type=content_type,
            render=lambda: body,
            vary=vary,
            links=links,
            headers={"X-Total-Count": str(total)} if total is not None else {},
        )
    )


def page_links(total: int, *, limit: int, offset: int) -> list[str]:
    """Give the links to the other pages (RFC 8288): first, prev, next, last."""
    if limit < 1 or (total <= limit and not offset):
        return []
    last = max(0, (total - 1) // limit * limit)
    wanted = {"first": 0, "last": last}
    if offset:
        wanted["prev"] = max(0, offset - limit)
    if offset + limit < total:
        wanted["next"] = offset + limit
    asked = [pair for pair in request.args.items(multi=True) if pair[0] not in ("limit", "offset", "maxhits")]
    name = "maxhits" if "maxhits" in request.args else "limit"
    base = request.base_url
    return [
        link(f"{base}?{urlencode([*asked, (name, limit), ('offset', start)])}", relation)
        for relation, start in wanted.items()
    ]

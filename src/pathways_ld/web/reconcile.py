"""``/reconcile``: the Reconciliation Service API 0.2, as OpenRefine and others speak it.

https://reconciliation-api.github.io/specs/0.2/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, request

from pathways_ld import __version__
from pathways_ld.embedding.properties import Offered, offered
from pathways_ld.embedding.reconciliation import reconcile
from pathways_ld.embedding.reconciliation_entities import iri_of, kind_of, kinds, manifest, type_of
from pathways_ld.embedding.reconciliation_queries import read_extension, read_queries
from pathways_ld.embedding.reconciliation_values import (
    SUGGESTED,
    extend,
    suggest_entities,
    suggest_properties,
    suggest_types,
)
from pathways_ld.errors import BadRequest, TermNotFound, UnsupportedMediaType
from pathways_ld.formats import HTML
from pathways_ld.vocabulary import Languages, Reader, TermDocument
from pathways_ld.web import pages, sparql
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.parts import FORMS, read_form
from pathways_ld.web.reconcile_operations import MAX_CURSOR, MAX_PREFIX, OPERATIONS, PATH
from pathways_ld.web.responses import CACHE_TERM, VARY_PAGE, Representation, cache, link, represent
from pathways_ld.web.sent_json import read_json

__all__ = ["OPERATIONS", "blueprint"]

blueprint = Blueprint("reconcile", __name__)

BATCH_SIZE: Final = 8_000_000
"""Bytes of the largest batch, before percent-encoding."""
_TASKS: Final = ("queries", "extend")
_PREVIEW_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors *"
)


@blueprint.get(PATH)
def ask() -> Response:
    """Describe the service, or answer the batch in the address."""
    found: dict[str, str] = {name: request.args[name] for name in _TASKS if name in request.args}
    if found:
        return _json(_answer(found))
    source = reader()
    root = request.url_root.rstrip("/")
    about = manifest(source, _languages(), f"{root}{PATH}", f"{root}/lookup", __version__)
    return _json(about | {"logo": f"{root}/static/icon-512.png"})


@blueprint.post(PATH)
def ask_batch() -> Response:
    """Answer the batch in a form; nothing is changed by it."""
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType(
            f'The body is "{request.mimetype[:80]}"; expected a form ({FORMS[1]}) with a field "queries" or'
            ' "extend".'
        )
    sent = {part.name: part.text for part in read_form(BATCH_SIZE)}
    found: dict[str, str] = {name: sent[name] for name in _TASKS if name in sent}
    if not found:
        raise BadRequest('The form has no "queries" and no "extend"; expected one of them, in JSON.')
    response = Response(_written(_answer(found)), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(found: Mapping[str, str]) -> dict[str, Any]:
    if len(found) > 1:
        raise BadRequest('There are both "queries" and "extend"; expected one of them.')
    if "extend" in found:
        extension = read_extension(read_json(found["extend"], '"extend"'))
        with sparql.answers().fairness.work(sparql.client_name()):
            return extend(reader(), extension, _languages())
    queries = read_queries(read_json(found["queries"], '"queries"'))
    with sparql.answers().fairness.work(sparql.client_name()):
        return reconcile(reader(), queries, _languages())


# suggestions


@blueprint.get(f"{PATH}/suggest/entity")
def entities() -> Response:
    """Offer entities for what somebody has begun to type."""
    prefix, skip = _typed()
    return _json({"result": suggest_entities(reader(), prefix, _languages(), skip)})


@blueprint.get(f"{PATH}/suggest/type")
def types() -> Response:
    """Offer types."""
    prefix, skip = _typed()
    return _json({"result": suggest_types(reader(), prefix)[skip:]})


@blueprint.get(f"{PATH}/suggest/property")
def properties() -> Response:
    """Offer properties."""
    prefix, skip = _typed()
    source = reader()
    found = suggest_properties(source, prefix, _offered(source, ""))
    return _json({"result": found[skip : skip + SUGGESTED]})


def _typed() -> tuple[str, int]:
    prefix, cursor = request.args.get("prefix", ""), request.args.get("cursor", "") or "0"
    if len(prefix) > MAX_PREFIX:
        raise BadRequest(f'"prefix" has {len(prefix):,} characters; at most {MAX_PREFIX} are looked for.')
    return prefix, _whole("cursor", cursor, MAX_CURSOR)


def _whole(name: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 7 and int(text) <= most):
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected a whole number from 0 to {most}.')
    return int(text)


def _offered(source: Reader, kind: str) -> list[Offered]:
    """Give the properties that terms of a kind have, or of any; they are found out once for a snapshot."""
    languages = _languages()
    names = [kind] if kind else [each.name for each in kinds(source)]
    key = ("properties", source.manifest.id, kind, languages)

    def find() -> bytes:
        return json.dumps(
            [(each.id, each.name, each.terms) for each in offered(source, names, languages)]
        ).encode()

    return [Offered(*each) for each in json.loads(cache().get(key, find))]


# data extension


@blueprint.get(f"{PATH}/extend/propose")
def propose() -> Response:
    """Propose properties that terms of a type have, the most frequent first."""
    source = reader()
    wanted = request.args.get("type", "")
    kind = kind_of(wanted, source) if wanted else ""
    limit = _whole("limit", request.args.get("limit", "") or "0", MAX_CURSOR) or None
    found = _offered(source, kind) if kind or not wanted else []
    answer: dict[str, Any] = {"properties": [{"id": each.id, "name": each.name} for each in found[:limit]]}
    if wanted:
        known = source.manifest.kind(kind)
        answer["type"] = type_of(known) if known else {"id": wanted, "name": wanted}
    if limit:
        answer["limit"] = limit
    return _json(answer)


# pages


@blueprint.get(f"{PATH}/view")
def view() -> Response:
    """Send to the page of an entity."""
    document = _document()
    response = Response(status=302)
    response.headers["Location"] = request.script_root + document.view["path"]
    response.headers["Cache-Control"] = CACHE_TERM
    response.autocorrect_location_header = False
    return response


@blueprint.get(f"{PATH}/preview")
def preview() -> Response:
    """Show an entity in short, in a frame of whatever site."""
    document = _document()
    body = pages.render("reconcile_preview.html", view=document.view)
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=HTML.content_type(),
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language(),
            links=[link(document.iri, "cite-as")],
            headers={
                "Content-Security-Policy": _PREVIEW_POLICY,
                "Cross-Origin-Resource-Policy": "cross-origin",
                "X-Robots-Tag": "noindex",
            },
        )
    )


def _document() -> TermDocument:
    identifier = request.args.get("id", "")
    source = reader()
    iri = iri_of(identifier, source, _languages()) if identifier else ""
    if not iri:
        raise TermNotFound(
            f'There is no entity "{identifier[:100]}"; expected the id of a candidate, such as'
            " topic/career-pathways, or an IRI."
        )
    return source.document(iri)


def _languages() -> Languages:
    return pages.languages()


def _written(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode() + b"\n"


def _json(answer: object) -> Response:
    body = _written(answer)
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type="application/json",
            render=lambda: body,
            vary="Accept-Language",
        )
    )

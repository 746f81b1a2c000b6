"""``/lookup``: many labels or IRIs at once, as CSV, JSON or a page, answered row by row."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import unquote

from flask import Blueprint, Response, request

from pathways_ld.embedding.annotating import JOINT, NOT_SEARCHED, Wanted, annotate, named
from pathways_ld.embedding.lookup import STATUSES, Row, look_up
from pathways_ld.embedding.plaintables import guarded
from pathways_ld.errors import BadRequest, InputError
from pathways_ld.formats import HTML, Format, by_media_type
from pathways_ld.vocabulary import Languages, Reader
from pathways_ld.web import pages, sparql
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.lookup_operations import FORMATS, OPERATIONS, PATH
from pathways_ld.web.lookup_sent import CSV, Asked, read_asked
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, represent

__all__ = ["OPERATIONS", "blueprint"]

blueprint = Blueprint("lookup", __name__)

SECONDS: Final = 5.0
"""Processor time for what has to be searched for in one request; what is left is said not to be searched."""
SHOWN: Final = 500
"""Rows that the page shows; the files have all."""
COLUMNS: Final = (
    "value",
    "status",
    "iri",
    "label",
    "lang",
    "kind",
    "score",
    "matched",
    "replaces",
    "candidates",
)


@blueprint.get(PATH)
def look() -> Response:
    """Look up the values in the address; without any, show a page to paste them."""
    source = reader()
    asked = read_asked(source)
    choice = _choice(asked)
    if not asked.values and choice.format is not HTML:
        raise BadRequest('"value" is missing; expected labels or IRIs, as in /lookup?value=apprenticeship.')
    body = _body(source, asked, choice.format)
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language() if choice.format is HTML else "",
            headers=_headers(choice.format),
        )
    )


@blueprint.post(PATH)
def look_batch() -> Response:
    """Look up the values that were sent; nothing is changed by it."""
    source = reader()
    asked = read_asked(source)
    choice = _choice(asked)
    if asked.table is None and not asked.values and choice.format is not HTML:
        raise BadRequest("There is no value; expected labels or IRIs.")
    kept = f"{CSV.media_type}; charset={asked.table.charset}" if asked.table is not None else ""
    response = Response(_body(source, asked, choice.format), content_type=kept or choice.content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = VARY_PAGE
    for name, value in _headers(choice.format).items():
        response.headers[name] = value
    return response


def _headers(chosen: Format) -> dict[str, str]:
    return {"Content-Disposition": 'attachment; filename="lookup.csv"'} if chosen is CSV else {}


def _choice(asked: Asked) -> Choice:
    """Choose the format: what is asked for, else the one that was sent."""
    if asked.format_name:
        found = by_media_type(asked.format_name, FORMATS)
        found = found or next((each for each in FORMATS if each.name == asked.format_name), None)
        if found is None:
            known = ", ".join(each.name for each in FORMATS)
            raise BadRequest(f'"format" is "{asked.format_name[:50]}"; expected one of {known}.')
        return Choice(found, found.content_type())
    ordered = sorted(FORMATS, key=lambda each: each is not asked.sent_as)
    return choose(PATH, tuple(ordered), suffixes=False)


def _body(source: Reader, asked: Asked, chosen: Format) -> bytes:
    languages = pages.languages(asked.lang)
    if asked.table is not None:
        if chosen is not CSV:
            raise BadRequest(
                'With "column" the answer is the table with more columns; expected CSV as format.'
            )
        return _with_columns(source, asked, languages)
    rows = _rows(source, asked, languages)
    if chosen is CSV:
        return as_csv(rows)
    if chosen is HTML:
        return pages.render(
            "lookup.html",
            asked=asked,
            rows=rows[:SHOWN],
            total=len(rows),
            counts=_counts(rows),
            endpoint=f"{request.url_root.rstrip('/')}/reconcile",
            path=PATH,
            paths=_paths(source, rows[:SHOWN]),
        )
    answer = {"counts": _counts(rows), "rows": [described(row) for row in rows]}
    return json.dumps(answer, ensure_ascii=False).encode() + b"\n"


def _rows(source: Reader, asked: Asked, languages: Languages) -> list[Row]:
    values = [_published(source, value) for value in asked.values]
    with sparql.answers().fairness.work(sparql.client_name()):
        found = look_up(
            source, values, languages=languages, kind=asked.kind, limit=asked.limit, seconds=SECONDS
        )
    return [
        Row(value, row.status, row.candidates, row.searched)
        for value, row in zip(asked.values, found, strict=True)
    ]


def _published(source: Reader, value: str) -> str:
    """Give the IRI of what an address of this server is about: people copy those from their browsers."""
    root = request.url_root
    if not value.startswith(root):
        return value
    local_id = unquote(value[len(root) :].partition("?")[0])
    return source.space.iri(local_id)


def _with_columns(source: Reader, asked: Asked, languages: Languages) -> bytes:
    assert asked.table is not None  # noqa: S101 - tells mypy
    wanted = Wanted(asked.column, kind=asked.kind, candidates=True)
    try:
        with sparql.answers().fairness.work(sparql.client_name()):
            return annotate(source, asked.table, wanted, languages, seconds=SECONDS).content
    except InputError as error:
        raise BadRequest(error.message) from None


def _counts(rows: Iterable[Row]) -> dict[str, int]:
    counted = Counter(row.status for row in rows)
    return {status: counted[status] for status in STATUSES}


def _paths(source: Reader, rows: Sequence[Row]) -> dict[str, str]:
    """Give the paths of the pages of candidates."""
    listed = source.bulk.described(each.iri for row in rows for each in row.candidates)
    return {iri: each.link["path"] for iri, each in listed.items()}


def described(row: Row) -> dict[str, Any]:
    """Describe a row for programs."""
    found: dict[str, Any] = {"value": row.value, "status": row.status}
    if not row.searched:
        found["searched"] = False
    candidates = []
    for each in row.candidates:
        candidate: dict[str, Any] = {
            "iri": each.iri,
            "label": each.label,
            "lang": each.lang,
            "kind": each.kind,
            "score": each.score,
            "matched": each.matched,
            "match": each.match,
        }
        if each.deprecated:
            candidate["deprecated"] = True
        if each.replaces:
            candidate["replaces"] = each.replaces
        candidates.append(candidate)
    return found | {"candidates": candidates}


def as_csv(rows: Iterable[Row]) -> bytes:
    """Write rows as CSV (RFC 4180); nothing in it is taken for a formula.

    Only what can be taken without a look stands in the columns for it; all else is among the candidates.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in rows:
        sure = next((each for each in row.candidates if each.match), None)
        cells = (
            [sure.iri, sure.label, sure.lang, sure.kind, f"{sure.score:g}", sure.matched, sure.replaces]
            if sure
            else [""] * 7
        )
        others = JOINT.join(named(each) for each in row.candidates if each is not sure)
        noted = others if row.searched else NOT_SEARCHED
        writer.writerow([guarded(each) for each in (row.value, row.status, *cells, noted)])
    return stream.getvalue().encode()

"""``/sparql``: the SPARQL 1.1 Protocol's query operation (https://www.w3.org/TR/sparql11-protocol/)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any, Final
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request

from pathways_ld.errors import AnswerTooLarge, BadRequest, Forbidden, PayloadTooLarge, UnsupportedMediaType
from pathways_ld.formats import HTML, RDF_FORMATS, RESULTS_JSON, TURTLE, by_name
from pathways_ld.sparql.description import service_description
from pathways_ld.sparql.evaluation import QueryRequest, evaluate, result_formats
from pathways_ld.sparql.guard import CheckedQuery, QueryLimits, check_query
from pathways_ld.store.base import Answer
from pathways_ld.web import pages
from pathways_ld.web.current import Serving, serving
from pathways_ld.web.negotiation import Choice, negotiate
from pathways_ld.web.responses import (
    VARY_RDF,
    Representation,
    is_unchanged,
    not_modified,
    represent,
    settings,
)

blueprint = Blueprint("sparql", __name__)

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
_PIECE: Final = 262_144
PAGE_ROWS: Final = 500
"""Rows that the page shows; the other formats have no such bound."""


@dataclass(frozen=True)
class Operation:
    """A query operation as it arrived."""

    query: bytes | str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str = ""


@blueprint.route("/sparql", methods=["GET", "POST"])
@blueprint.route("/sparql/", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query; without one, describe the service to programs and show a form to people."""
    asked = read_request()
    if asked.query is None:
        return _describe_service()
    held = serving()
    limits = QueryLimits(query_bytes=settings().sparql_query_size)
    prefixes = held.reader.prefixes
    # A relative IRI is one of ours: <topic/career-pathways> needs no prefix.
    base = held.reader.manifest.base
    checked = check_query(asked.query, limits=limits, known_prefixes=prefixes, base_iri=base)
    choice = _choose(checked, asked)
    if choice.format is HTML:
        return _show_results(held, checked, asked)
    wanted = QueryRequest(checked, choice.format, asked.default_graphs, asked.named_graphs)
    etag = _etag(held, wanted, choice)
    if etag and is_unchanged(etag):
        return _headers(not_modified(), etag)
    answer = evaluate(held.store, wanted)
    return _headers(_send(answer, choice), etag)


def read_request() -> Operation:
    """Read the query operation: GET, POST with a form, or POST of the query itself (2.1.1 to 2.1.3)."""
    pairs = _pairs(request.query_string, "the query string")
    names = {name for name, _ in pairs}
    if request.method in ("GET", "HEAD"):
        if "update" in names:
            raise BadRequest('"update" was sent with GET; this endpoint takes queries only.')
        return _from_pairs(pairs, required=bool(names & {"default-graph-uri", "named-graph-uri"}))
    body = _body()
    kind = request.mimetype
    if kind == DIRECT:
        if names & {"query", "update"}:
            raise BadRequest("The body is a query, and the URL has a query or update too; expected one.")
        if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("The query is not in UTF-8, the only encoding that is read.")
        read = _from_pairs(pairs, required=False)
        return Operation(body, read.default_graphs, read.named_graphs, read.format)
    if kind == FORM:
        return _from_pairs(_pairs(body, "the form") + pairs, required=True)
    if kind == "application/sparql-update":
        raise Forbidden("Updates are not taken here; send a query.")
    raise UnsupportedMediaType(
        f'The body is "{kind[:80] or "of no stated type"}"; expected {DIRECT} with the query as the body,'
        f" or {FORM} with a query parameter."
    )


def _body() -> bytes:
    limit = settings().sparql_query_size * 3 + 10_000  # percent-encoding takes up to three times the space
    if request.content_encoding not in (None, "", "identity"):
        raise UnsupportedMediaType("The body is compressed; send it as it is.")
    if (request.content_length or 0) > limit:
        raise PayloadTooLarge(f"The body has {request.content_length:,} bytes; at most {limit:,} are read.")
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge(f"The body has more than {limit:,} bytes, the most that are read.")
    return body


def _pairs(encoded: bytes, where: str) -> list[tuple[str, str]]:
    try:
        text = encoded.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
    except UnicodeDecodeError:
        raise BadRequest(f"The characters of {where} are not UTF-8, percent-encoded.") from None
    except ValueError:
        raise BadRequest(f"There are too many parameters in {where}.") from None


def _from_pairs(pairs: list[tuple[str, str]], *, required: bool) -> Operation:
    queries = [value for name, value in pairs if name == "query"]
    if len(queries) > 1:
        raise BadRequest(f'"query" was sent {len(queries)} times; expected it once.')
    updates = any(name == "update" for name, _ in pairs)
    if queries and updates:
        raise BadRequest('Both "query" and "update" were sent; expected one operation.')
    if updates:
        raise Forbidden("Updates are not taken here; send a query.")
    if required and not queries:
        raise BadRequest('There is no "query" parameter.')
    named: dict[str, list[str]] = {"default-graph-uri": [], "named-graph-uri": []}
    for name, value in pairs:
        if name in named:
            named[name].append(value)
    wanted = [value for name, value in pairs if name in ("format", "_mediatype") and value]
    return Operation(
        queries[0] if queries else None,
        tuple(named["default-graph-uri"]),
        tuple(named["named-graph-uri"]),
        wanted[0] if wanted else "",
    )


def _choose(checked: CheckedQuery, asked: Operation) -> Choice:
    formats = result_formats(checked.form)
    if asked.format:
        found = by_name(asked.format, (*formats, HTML))
        if found is not None:
            return Choice(found, found.media_type)
        # SPARQLWrapper and others send words of their own; the Accept header tells what they mean.
    return negotiate(request.headers.get("Accept"), (*formats, HTML))


def _send(answer: Answer, choice: Choice) -> Response:
    """Send an answer that is complete: from memory a short one, from a temporary file a long one.

    A WSGI server ends a body that breaks off as if it were whole (granian does), and of CSV or N-Triples
    nobody could tell. So nothing is sent before all is there: every failure has its true status, a slow
    reader keeps no process, and the length is known.
    """
    with answer:
        if answer.complete:
            return Response(b"".join(answer), content_type=choice.content_type)
        spool, size = _spooled(answer)
    response = Response(_pieces(spool), content_type=choice.content_type)
    response.content_length = size
    response.call_on_close(spool.close)
    return response


def _spooled(answer: Answer) -> tuple[IO[bytes], int]:
    size, limit = 0, settings().sparql_answer_size
    with ExitStack() as closing:
        spool = closing.enter_context(TemporaryFile())
        for piece in answer:
            size += len(piece)
            if size > limit:
                raise AnswerTooLarge(
                    f"The answer has more than {limit:,} bytes, the most that are given out. Ask for less"
                    " with LIMIT or FILTER, or take the download of the whole vocabulary at /dumps/."
                )
            spool.write(piece)
        closing.pop_all()
    spool.seek(0)
    return spool, size


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    while piece := spool.read(_PIECE):
        yield piece


def _etag(held: Serving, wanted: QueryRequest, choice: Choice) -> str:
    """Name the answer; empty where two evaluations may differ."""
    if wanted.cache_key is None:
        return ""
    return pages.digest(f"{held.reader.manifest.id} {wanted.cache_key} {choice.media_type}".encode())


def _headers(response: Response, etag: str) -> Response:
    response.headers["Vary"] = VARY_RDF
    if etag:
        response.headers["ETag"] = f'"{etag}"'
        response.headers["Cache-Control"] = "public, max-age=60, must-revalidate"
    else:
        response.headers["Cache-Control"] = "no-store"
    response.headers["SPARQL-Timeout"] = f"{settings().sparql_deadline:g}"
    return response


def _show_results(held: Serving, checked: CheckedQuery, asked: Operation) -> Response:
    """Show the answer as a page: a table of solutions, yes or no, or Turtle."""
    context: dict[str, Any] = {"query": checked.source.original, "form": checked.form}
    shown = RESULTS_JSON if checked.form in ("SELECT", "ASK") else TURTLE
    with evaluate(
        held.store, QueryRequest(checked, shown, asked.default_graphs, asked.named_graphs)
    ) as answer:
        body = b"".join(answer)
    if shown is TURTLE:
        context["turtle"] = body.decode()
    else:
        result = json.loads(body)
        rows = result.get("results", {}).get("bindings", [])
        context |= {"variables": result["head"].get("vars", []), "rows": rows[:PAGE_ROWS], "total": len(rows)}
        context["boolean"] = result.get("boolean")
    return _page(context)


def _describe_service() -> Response:
    choice = negotiate(request.headers.get("Accept"), (*RDF_FORMATS, HTML))  # browsers name HTML
    if choice.format is HTML:
        return _page({})
    held = serving()
    endpoint = f"{request.url_root.rstrip('/')}/sparql"
    manifest = held.reader.manifest
    body = service_description(
        endpoint,
        title=pages.page().vocabulary_title(),
        statements=manifest.statements,
        graphs=manifest.graphs,
        rdf_format=choice.format,
    )
    return represent(Representation(pages.digest(body), choice.content_type, lambda: body, vary=VARY_RDF))


def _page(context: dict[str, Any]) -> Response:
    body = pages.render("sparql.html", **{"query": "", **context}, settings=settings())
    response = Response(body, content_type=HTML.content_type())
    response.headers["Vary"] = VARY_RDF
    response.headers["Cache-Control"] = "no-cache"
    return response

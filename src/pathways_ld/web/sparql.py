"""``/sparql``: the SPARQL 1.1 Protocol's query operation (https://www.w3.org/TR/sparql11-protocol/)."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState

from pathways_ld.errors import (
    AnswerTooLarge,
    BadRequest,
    Forbidden,
    QueryError,
    QueryMemoryExceeded,
    QueryTimeout,
    StoreBusy,
    UnsupportedMediaType,
)
from pathways_ld.formats import (
    GRAPH_RESULT_FORMATS,
    HTML,
    RDF_FORMATS,
    RESULTS_JSON,
    SOLUTION_FORMATS,
    TURTLE,
    by_name,
)
from pathways_ld.remotes import EMBEDDED
from pathways_ld.sparql.description import EMBEDDED_FUNCTIONS, ServiceFacts, service_description
from pathways_ld.sparql.evaluation import QueryRequest, result_formats
from pathways_ld.sparql.federation import federated
from pathways_ld.sparql.guard import CheckedQuery, QueryLimits, check_query
from pathways_ld.store.federated import ServiceLimits
from pathways_ld.store.outgoing import origins_of
from pathways_ld.web import bodies, pages, schemas
from pathways_ld.web import interfaces as registry
from pathways_ld.web.answers import EXTENSION, Answers, Body, Question
from pathways_ld.web.clients import ClientNames
from pathways_ld.web.current import serving
from pathways_ld.web.interfaces import TEXT, Answer, Parameter, Sample
from pathways_ld.web.negotiation import Choice, negotiate
from pathways_ld.web.record import cancellation, record
from pathways_ld.web.responses import (
    EXTENSION_KEY,
    VARY_RDF,
    Representation,
    is_unchanged,
    not_modified,
    represent,
    settings,
)

blueprint = Blueprint("sparql", __name__)

FORM: Final = bodies.FORM
DIRECT: Final = "application/sparql-query"
PAGE_ROWS: Final = 500
"""Rows that the page shows; the other formats have no such bound."""
PAGE_BYTES: Final = 20_000_000
"""Bytes of the longest answer that is shown as a page."""
_SHOWN: Final = {"SELECT": RESULTS_JSON, "ASK": RESULTS_JSON, "CONSTRUCT": TURTLE, "DESCRIBE": TURTLE}
_FEDERATION: Final = "pathways_ld.federation"
_NAMES: Final = "pathways_ld.clients"
_FAULTS: Final = (QueryError, QueryTimeout, QueryMemoryExceeded, AnswerTooLarge)
"""Failures that are the query's own, not ours."""


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
    record().note_query(asked.query)
    shared = answers()
    client = client_name()
    shared.fairness.check_errors(client)
    try:
        return _answer(shared, client, asked)
    except _FAULTS:
        shared.fairness.count_error(client)
        raise


def _answer(shared: Answers, client: str, asked: Operation) -> Response:
    held = serving()
    limits = QueryLimits(query_bytes=settings().sparql_query_size)
    prefixes = held.reader.prefixes
    # A relative IRI is one of ours: <topic/career-pathways> needs no prefix.
    base = held.reader.manifest.base
    checked = check_query(
        asked.query or "",
        limits=limits,
        known_prefixes=prefixes,
        base_iri=base,
        origins=origins_of(settings().federation),
    )
    record().note_normalised(checked.normalised)
    choice = _choose(checked, asked)
    if checked.services:
        checked = _ask_services(shared, client, checked)
    shown = _SHOWN[checked.form] if choice.format is HTML else choice.format
    wanted = QueryRequest(checked, shown, asked.default_graphs, asked.named_graphs)
    snapshot_id = held.reader.manifest.id
    question = Question(client, snapshot_id, held.store, wanted, cancellation())
    if choice.format is HTML:
        return _show_results(shared.answer(question), checked)
    etag = _etag(snapshot_id, wanted, choice)
    if etag and is_unchanged(etag):
        return _headers(not_modified(), etag)
    body = shared.answer(question)
    return _headers(_send(body, choice), etag)


def _ask_services(shared: Answers, client: str, checked: CheckedQuery) -> CheckedQuery:
    """Ask other endpoints for their parts, in the client's time; never with all of this process's threads."""
    calls = current_app.extensions[_FEDERATION]
    if not calls.acquire(blocking=False):
        raise StoreBusy("Other queries are asking other endpoints; try again in a moment.", retry_after=5)
    try:
        with shared.fairness.turn(client, cheap=False) as turn:
            shared.fairness.begin(turn)
            limits = ServiceLimits.from_settings(settings())
            return federated(checked, limits, seconds=settings().sparql_deadline)
    finally:
        calls.release()


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    chosen = state.app.extensions[EXTENSION_KEY].settings
    state.app.extensions[_FEDERATION] = threading.BoundedSemaphore(max(1, chosen.threads // 2))
    state.app.extensions[EXTENSION] = Answers.from_settings(chosen)
    state.app.extensions[_NAMES] = ClientNames.from_settings(chosen)


@blueprint.after_request
def _tell_limits(response: Response) -> Response:
    """Tell the deadline and the client's budgets, whatever the answer."""
    response.headers["SPARQL-Timeout"] = f"{settings().sparql_deadline:g}"
    response.headers.update(answers().fairness.headers(client_name()))
    return response


def answers() -> Answers:
    """Give what the SPARQL queries of this process share."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Answers)  # noqa: S101 - tells mypy
    return found


def client_name() -> str:
    """Name the client of this request."""
    names = current_app.extensions[_NAMES]
    assert isinstance(names, ClientNames)  # noqa: S101 - tells mypy
    return names.name(request.remote_addr, request.headers.get(names.header))


def read_request() -> Operation:
    """Read the query operation: GET, POST with a form, or POST of the query itself (2.1.1 to 2.1.3)."""
    pairs = bodies.pairs(request.query_string, "the query string")
    names = {name for name, _ in pairs}
    if request.method in ("GET", "HEAD"):
        if "update" in names:
            raise BadRequest('"update" was sent with GET; this endpoint takes queries only.')
        return _from_pairs(pairs, required=bool(names & {"default-graph-uri", "named-graph-uri"}))
    # Percent-encoding takes up to three times the space.
    body = bodies.read(settings().sparql_query_size * 3 + 10_000)
    kind = request.mimetype
    if kind == DIRECT:
        if names & {"query", "update"}:
            raise BadRequest("The body is a query, and the URL has a query or update too; expected one.")
        if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("The query is not in UTF-8, the only encoding that is read.")
        read = _from_pairs(pairs, required=False)
        return Operation(body, read.default_graphs, read.named_graphs, read.format)
    if kind == FORM:
        return _from_pairs(bodies.pairs(body, "the form") + pairs, required=True)
    if kind == "application/sparql-update":
        raise Forbidden("Updates are taken at /update, from maintainers; here queries are answered.")
    raise UnsupportedMediaType(
        f'The body is "{kind[:80] or "of no stated type"}"; expected {DIRECT} with the query as the body,'
        f" or {FORM} with a query parameter."
    )


def _from_pairs(pairs: list[tuple[str, str]], *, required: bool) -> Operation:
    queries = [value for name, value in pairs if name == "query"]
    if len(queries) > 1:
        raise BadRequest(f'"query" was sent {len(queries)} times; expected it once.')
    updates = any(name == "update" for name, _ in pairs)
    if queries and updates:
        raise BadRequest('Both "query" and "update" were sent; expected one operation.')
    if updates:
        raise Forbidden("Updates are taken at /update, from maintainers; here queries are answered.")
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


def _send(body: Body, choice: Choice) -> Response:
    if body.content is not None:
        response = Response(body.content, content_type=choice.content_type)
    else:
        response = Response(body.pieces(), content_type=choice.content_type)
        response.content_length = body.size
        response.call_on_close(body.close)
    response.headers["Cache-Status"] = f"pathways-ld; {body.cache_status}"
    return response


def _etag(snapshot_id: str, wanted: QueryRequest, choice: Choice) -> str:
    """Name the answer; empty where two evaluations may differ."""
    if wanted.cache_key is None:
        return ""
    return pages.digest(f"{snapshot_id} {wanted.cache_key} {choice.media_type}".encode())


def _headers(response: Response, etag: str) -> Response:
    response.headers["Vary"] = VARY_RDF
    if etag:
        response.headers["ETag"] = f'"{etag}"'
        response.headers["Cache-Control"] = "public, max-age=60, must-revalidate"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _show_results(body: Body, checked: CheckedQuery) -> Response:
    """Show the answer as a page: a table of solutions, yes or no, or Turtle."""
    with contextlib.closing(body):
        if body.size > PAGE_BYTES:
            raise AnswerTooLarge(
                f"The answer has {body.size:,} bytes, more than a page can show. Ask for less with LIMIT, or"
                " for another format."
            )
        content = body.stream.read()
    context: dict[str, Any] = {"query": checked.source.original, "form": checked.form}
    if _SHOWN[checked.form] is TURTLE:
        context["turtle"] = content.decode()
    else:
        result = json.loads(content)
        rows = result.get("results", {}).get("bindings", [])
        context |= {"variables": result["head"].get("vars", []), "rows": rows[:PAGE_ROWS], "total": len(rows)}
        context["boolean"] = result.get("boolean")
    return _page(context)


def _describe_service() -> Response:
    choice = negotiate(request.headers.get("Accept"), (*RDF_FORMATS, HTML))  # browsers name HTML
    if choice.format is HTML:
        return _page({"query": request.args.get("edit", "")[: settings().sparql_query_size]})
    held = serving()
    facts = ServiceFacts(
        endpoint=f"{request.url_root.rstrip('/')}/sparql",
        title=pages.page().vocabulary_title(),
        graph_counts=held.reader.manifest.graph_counts,
        limits=_limits(),
        functions=EMBEDDED_FUNCTIONS if settings().store == EMBEDDED else (),
        federates=bool(settings().federation),
    )
    body = service_description(facts, choice.format)
    return represent(Representation(pages.digest(body), choice.content_type, lambda: body, vary=VARY_RDF))


def _limits() -> list[str]:
    """Say what bounds a query."""
    chosen = settings()
    said = [
        f"A query is stopped after {chosen.sparql_deadline:g} seconds.",
        f"A query may have {chosen.sparql_query_size:,} bytes.",
        f"An answer may have {chosen.sparql_answer_size:,} bytes; a longer one is refused, not cut short.",
        f"The evaluation of a query may take {chosen.sparql_memory:,} bytes of memory.",
    ]
    if chosen.sparql_client_time:
        said.append(
            f"A client may use {chosen.sparql_client_time:g} seconds of evaluation a minute; queries that are"
            " certain to be quick do not count."
        )
    if chosen.sparql_client_errors:
        said.append(f"A client may send {chosen.sparql_client_errors:g} queries a minute that fail.")
    if chosen.sparql_client_queries:
        said.append(f"A client may have {chosen.sparql_client_queries} queries evaluated at once.")
    return said


def _page(context: dict[str, Any]) -> Response:
    body = pages.render("sparql.html", **{"query": "", **context}, settings=settings())
    response = Response(body, content_type=HTML.content_type())
    response.headers["Vary"] = VARY_RDF
    response.headers["Cache-Control"] = "no-cache"
    return response


_QUERY: Final = Parameter(
    "query",
    "query",
    "The query; without one, the service is described in RDF.",
    schemas.STRING,
    example=Sample.QUERY,
)
_PROTOCOL: Final = (
    Parameter(
        "default-graph-uri",
        "query",
        "The IRI of a graph that is part of the default graph; may be repeated.",
        schemas.array(schemas.IRI),
    ),
    Parameter(
        "named-graph-uri",
        "query",
        "The IRI of a graph that can be named; may be repeated.",
        schemas.array(schemas.IRI),
    ),
    Parameter(
        "format",
        "query",
        "The format of the answer, in place of Accept: a media type or a suffix.",
        schemas.STRING,
    ),
)
_FORMATS: Final = tuple(dict.fromkeys((*SOLUTION_FORMATS, *GRAPH_RESULT_FORMATS, HTML)))
_RESULTS: Final = (
    Answer(200, "Solutions, yes or no, or RDF, as the form of the query has it", schemas.contents(_FORMATS)),
    Answer(403, "The query uses something that is not offered, such as SERVICE or LOAD"),
    Answer(502, "An endpoint that SERVICE names did not answer"),
)

OPERATIONS: Final = (
    registry.Operation(
        "GET",
        "/sparql",
        "query",
        "Ask a query (SPARQL 1.1 Protocol)",
        "SPARQL",
        (_QUERY, *_PROTOCOL),
        answers=_RESULTS,
    ),
    registry.Operation(
        "POST",
        "/sparql",
        "sendQuery",
        "Ask a query that is too long for an address",
        "SPARQL",
        _PROTOCOL,
        registry.Body(
            {FORM: schemas.record({"query": schemas.STRING}), DIRECT: TEXT},
            "The query, or a form with it and the other parameters.",
            examples={FORM: {"query": _QUERY.example}, DIRECT: _QUERY.example},
        ),
        _RESULTS,
    ),
)

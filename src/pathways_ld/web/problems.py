"""The one gate from an exception to a response: RFC 9457 problem details, negotiated like everything else.

https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import json
import logging
from typing import Final

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from pathways_ld import errors
from pathways_ld.errors import NotAcceptable, PathwaysError, TermWithdrawn
from pathways_ld.formats import HTML, JSONLD, NTRIPLES, RDFXML, TURTLE, Format, by_media_type, by_suffix
from pathways_ld.namespaces import DCT, RDF, XSD
from pathways_ld.rdfio import Statement, iri, literal, serialize
from pathways_ld.web.access_log import loggable
from pathways_ld.web.negotiation import Choice, negotiate
from pathways_ld.web.record import record
from pathways_ld.web.responses import CACHE_PAGE, link

log = logging.getLogger(__name__)

PROBLEM_JSON: Final = Format(
    "problem", "application/problem+json", ("json",), "Problem details", labels=("application/json",)
)
_FORMATS: Final = (PROBLEM_JSON, HTML, TURTLE, JSONLD, RDFXML, NTRIPLES)
_HTTP: Final = "http://www.w3.org/2011/http#"
"""The W3C's vocabulary for HTTP in RDF, https://www.w3.org/TR/HTTP-in-RDF/."""

_STATUSES: Final[tuple[tuple[type[PathwaysError], int, str], ...]] = (
    (errors.TermNotFound, 404, "There is no such term"),
    (errors.GraphNotFound, 404, "There is no such graph"),
    (errors.ContributionNotFound, 404, "There is no such contribution"),
    (errors.ChangeNotFound, 404, "There is no such change"),
    (errors.ContributionConflict, 409, "Something else happened meanwhile"),
    (errors.TermWithdrawn, 410, "This term was withdrawn"),
    (errors.NotAcceptable, 406, "Not available in that format"),
    (errors.RequestTimeout, 408, "The request did not come in time"),
    (errors.PreconditionFailed, 412, "The graph is not what you took it for"),
    (errors.PayloadTooLarge, 413, "Too large"),
    (errors.UnsupportedMediaType, 415, "Not a format we read here"),
    (errors.TooManyRequests, 429, "Too many requests"),
    (errors.Unauthorized, 401, "This needs signing in, or a token"),
    (errors.SignInRefused, 403, "You are not signed in"),
    (errors.FormRefused, 403, "The form was not accepted"),
    (errors.Forbidden, 403, "Not offered here"),
    (errors.QueryRefused, 403, "The query uses something this endpoint does not offer"),
    (errors.QuerySyntaxError, 400, "The query cannot be understood"),
    (errors.QueryError, 400, "The query cannot be evaluated"),
    (errors.QueryTimeout, 503, "The query took too long and was stopped"),
    (errors.QueryMemoryExceeded, 503, "The query needed too much memory and was stopped"),
    (errors.QueryCancelled, 503, "The query was cancelled"),
    (errors.AnswerTooLarge, 503, "The answer is too large"),
    (errors.Overloaded, 503, "Too many requests are under way"),
    (errors.ServiceFailed, 502, "Another endpoint did not answer"),
    (errors.StoreBusy, 503, "Too many queries are waiting"),
    (errors.ValidationTimeout, 503, "The validation took too long and was stopped"),
    (errors.ValidationMemoryExceeded, 503, "The validation needed too much memory and was stopped"),
    (errors.ValidationBusy, 503, "Too many validations are waiting"),
    (errors.ValidationStopped, 503, "The validation did not come to an end"),
    (errors.StoreError, 503, "The query could not be answered"),
    (errors.SnapshotMissing, 503, "There is nothing to serve yet"),
    (errors.SnapshotCorrupt, 503, "The snapshot cannot be read"),
    (errors.BuildRunning, 503, "Another change is being made"),
    (errors.StorageError, 503, "The change could not be stored"),
    (errors.InvalidDataError, 422, "The data breaks a rule"),
    (errors.RequestError, 400, "The request cannot be understood"),
    (errors.ParseError, 400, "The document is not well-formed"),
    (errors.InputError, 400, "The input cannot be used"),
)


def register(app: Flask) -> None:
    """Make every exception leave by this gate."""
    app.register_error_handler(Exception, respond)


def respond(error: Exception) -> Response:
    """Answer with a problem."""
    record().error = error
    if isinstance(error, PathwaysError):
        status, title = next(
            ((status, title) for kind, status, title in _STATUSES if isinstance(error, kind)),
            (500, "Something went wrong here"),
        )
        return _problem(status, title, error.message, error)
    if isinstance(error, HTTPException):
        if error.code is not None and error.code < 400:
            return Response(status=error.code, headers=dict(error.get_headers()))
        return _from_werkzeug(error)
    log.error("unexpected error at %s", loggable(request.path), exc_info=error)
    return _problem(500, "Something went wrong here", "The error is in our log; the request was fine.", None)


def _from_werkzeug(error: HTTPException) -> Response:
    status = error.code or 500
    details = {
        404: f"There is nothing at {request.path}.",
        405: f"{request.method} is not possible at {request.path}.",
    }
    response = _problem(status, error.name, details.get(status, error.description or error.name), None)
    for name, value in error.get_headers():
        if name in ("Allow", "Content-Range", "Retry-After"):
            response.headers[name] = value
    return response


def _problem(status: int, title: str, detail: str, error: PathwaysError | None) -> Response:
    kind = "about:blank" if error is None else f"{request.script_root}/problems/{_kind(type(error))}"
    body: dict[str, object] = {"type": kind, "title": title, "status": status}
    detail = _printable(detail)
    body |= {"detail": detail, "instance": _printable(request.path)}
    body["request_id"] = record().request_id
    if error is not None:
        body |= error.details
    choice = _choice()
    if choice.format is HTML:
        content = render_template("problem.html", problem=body).encode()
    elif choice.format is PROBLEM_JSON:
        content = json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"
    else:
        content = _as_rdf(choice.format, status, title, detail, error)
    response = Response(content, status=status, content_type=choice.content_type)
    response.headers["Vary"] = "Accept"
    names_a_key = loggable(request.path) != request.path
    # A page that is missing may be published in a moment, and whoever did that looks at it then.
    kept = CACHE_PAGE if choice.format is HTML else "public, max-age=60"
    response.headers["Cache-Control"] = "no-store" if status >= 500 or names_a_key else kept
    if names_a_key:
        response.headers["Referrer-Policy"] = "no-referrer"
    if isinstance(error, NotAcceptable):
        response.headers["Link"] = ", ".join(
            link(url, "alternate", type=kind) for kind, url in error.available
        )
    if isinstance(error, errors.Unauthorized):
        code = f', error="{error.error}"' if error.error else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="pathways-ld"{code}'
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _printable(text: str) -> str:
    """Show control characters, which may come from the request, by their numbers."""
    return "".join(char if char.isprintable() or char == "\n" else f"\\u{ord(char):04x}" for char in text)


def kinds() -> dict[str, dict[str, object]]:
    """Give every type of problem by the last part of its address: its title, status and meaning."""
    return {
        _kind(kind): {"title": title, "status": status, "meaning": (kind.__doc__ or "").partition("\n")[0]}
        for kind, status, title in _STATUSES
    }


def _kind(error: type[PathwaysError]) -> str:
    """Write the exception's name in the way of addresses."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in error.__name__).lstrip("-")


def _choice() -> Choice:
    _, dot, suffix = request.path.rpartition(".")
    wanted = by_suffix(suffix, _FORMATS) if dot else None
    if wanted is None and "_mediatype" in request.args:
        wanted = by_media_type(request.args["_mediatype"], _FORMATS)
    if wanted is not None:
        return Choice(wanted, wanted.media_type)
    try:
        choice = negotiate(request.headers.get("Accept"), _FORMATS)
    except NotAcceptable:
        choice = Choice(PROBLEM_JSON, PROBLEM_JSON.media_type)
    if choice.format is PROBLEM_JSON:
        return Choice(PROBLEM_JSON, PROBLEM_JSON.media_type)
    return choice


def _as_rdf(rdf_format: Format, status: int, title: str, detail: str, error: PathwaysError | None) -> bytes:
    if isinstance(error, TermWithdrawn) and error.description:
        statements = [Statement(*row[:-2].split(" ", 2)) for row in error.description.decode().splitlines()]
        return serialize(statements, rdf_format, root=str(error.details["iri"]))
    node = "_:response"
    statements = [
        Statement(node, iri(RDF.type), iri(f"{_HTTP}Response")),
        Statement(node, iri(f"{_HTTP}statusCodeValue"), literal(str(status), datatype=XSD.integer)),
        Statement(node, iri(f"{_HTTP}reasonPhrase"), literal(title)),
        Statement(node, iri(DCT.description), literal(detail, lang="en")),
    ]
    prefixes = {"http": _HTTP, "dct": DCT.iri, "xsd": XSD.iri, "rdf": RDF.iri}
    return serialize(statements, rdf_format, prefixes)

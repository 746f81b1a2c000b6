"""The one gate from an exception to a response: RFC 9457 problem details, negotiated like everything else.

https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
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
from pathways_ld.wording import N_

log = logging.getLogger(__name__)

PROBLEM_JSON: Final = Format(
    "problem", "application/problem+json", ("json",), "Problem details", labels=("application/json",)
)
FORMATS: Final = (PROBLEM_JSON, HTML, TURTLE, JSONLD, RDFXML, NTRIPLES)
_LASTING: Final = frozenset({404, 406, 410})
"""Statuses that the address and the headers in Vary decide: others hang on who asks, when, and with what."""
_HTTP: Final = "http://www.w3.org/2011/http#"
"""The W3C's vocabulary for HTTP in RDF, https://www.w3.org/TR/HTTP-in-RDF/."""

_STATUSES: Final[tuple[tuple[type[PathwaysError], int, str], ...]] = (
    (errors.TermNotFound, 404, N_("There is no such term")),
    (errors.GraphNotFound, 404, N_("There is no such graph")),
    (errors.ContributionNotFound, 404, N_("There is no such contribution")),
    (errors.ChangeNotFound, 404, N_("There is no such change")),
    (errors.ContributionConflict, 409, N_("Something else happened meanwhile")),
    (errors.TermWithdrawn, 410, N_("This term was withdrawn")),
    (errors.NotAcceptable, 406, N_("Not available in that format")),
    (errors.RequestTimeout, 408, N_("The request did not come in time")),
    (errors.PreconditionFailed, 412, N_("The graph is not what you took it for")),
    (errors.PayloadTooLarge, 413, N_("Too large")),
    (errors.UnsupportedMediaType, 415, N_("Not a format we read here")),
    (errors.FormatNotOffered, 501, N_("Not in that format")),
    (errors.InterfaceNotOffered, 501, N_("This server is not set up for that")),
    (errors.TooManyRequests, 429, N_("Too many requests")),
    (errors.Unauthorized, 401, N_("This needs signing in, or a token")),
    (errors.SignInRefused, 403, N_("You are not signed in")),
    (errors.FormRefused, 403, N_("The form was not accepted")),
    (errors.Forbidden, 403, N_("Not offered here")),
    (errors.QueryRefused, 403, N_("The query uses something this endpoint does not offer")),
    (errors.QuerySyntaxError, 400, N_("The query cannot be understood")),
    (errors.QueryError, 400, N_("The query cannot be evaluated")),
    (errors.QueryTimeout, 503, N_("The query took too long and was stopped")),
    (errors.QueryMemoryExceeded, 503, N_("The query needed too much memory and was stopped")),
    (errors.QueryCancelled, 503, N_("The query was cancelled")),
    (errors.AnswerTooLarge, 503, N_("The answer is too large")),
    (errors.Overloaded, 503, N_("Too many requests are under way")),
    (errors.ServiceFailed, 502, N_("Another endpoint did not answer")),
    (errors.StoreBusy, 503, N_("Too many queries are waiting")),
    (errors.ValidationTimeout, 503, N_("The validation took too long and was stopped")),
    (errors.ValidationMemoryExceeded, 503, N_("The validation needed too much memory and was stopped")),
    (errors.ValidationBusy, 503, N_("Too many validations are waiting")),
    (errors.ValidationStopped, 503, N_("The validation did not come to an end")),
    (errors.StoreError, 503, N_("The query could not be answered")),
    (errors.SnapshotMissing, 503, N_("There is nothing to serve yet")),
    (errors.SnapshotCorrupt, 503, N_("The snapshot cannot be read")),
    (errors.BuildRunning, 503, N_("Another change is being made")),
    (errors.StorageError, 503, N_("The change could not be stored")),
    (errors.InvalidDataError, 422, N_("The data breaks a rule")),
    (errors.RequestError, 400, N_("The request cannot be understood")),
    (errors.ParseError, 400, N_("The document is not well-formed")),
    (errors.InputError, 400, N_("The input cannot be used")),
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
            (500, N_("Something went wrong here")),
        )
        return _problem(status, title, error.message, error)
    if isinstance(error, HTTPException):
        if error.code is not None and error.code < 400:
            return Response(status=error.code, headers=dict(error.get_headers()))
        return _from_werkzeug(error)
    log.error("unexpected error at %s", loggable(request.path), exc_info=error)
    return _problem(
        500, N_("Something went wrong here"), "The error is in our log; the request was fine.", None
    )


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
    name = _kind(type(error)) if error else ""
    kind = f"{request.script_root}/problems/{name}" if name in kinds() else "about:blank"
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
    response.headers["Vary"] = "Accept, Accept-Profile" if status == 406 else "Accept"
    names_a_key = loggable(request.path) != request.path
    # A page that is missing may be published in a moment, and whoever did that looks at it then.
    kept = CACHE_PAGE if choice.format is HTML else "public, max-age=60"
    response.headers["Cache-Control"] = kept if status in _LASTING and not names_a_key else "no-store"
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
    found: dict[str, dict[str, object]] = {}
    for kind, status, title in _STATUSES:
        for each in (kind, *_below(kind)):
            meaning = (each.__doc__ or kind.__doc__ or "").partition("\n")[0]
            found.setdefault(_kind(each), {"title": title, "status": status, "meaning": meaning})
    return found


def _below(kind: type[PathwaysError]) -> Iterator[type[PathwaysError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _kind(error: type[PathwaysError]) -> str:
    """Write the exception's name in the way of addresses."""
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in error.__name__).lstrip("-")


def _choice() -> Choice:
    _, dot, suffix = request.path.rpartition(".")
    wanted = by_suffix(suffix, FORMATS) if dot else None
    if wanted is None and "_mediatype" in request.args:
        wanted = by_media_type(request.args["_mediatype"], FORMATS)
    if wanted is not None:
        return Choice(wanted, wanted.media_type)
    try:
        choice = negotiate(request.headers.get("Accept"), FORMATS)
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

"""``/mcp``: the vocabulary for assistants, by the streamable HTTP transport of the Model Context Protocol.

https://modelcontextprotocol.io/specification/2026-07-28/basic/transports

What the protocol says is the official SDK's part, for all versions that it knows, those with a handshake
and those without. Ours is that no request outlasts itself: each has an event loop of its own in the thread
that it has anyway, no session, and one JSON answer. So nothing is kept between two requests, and any web
process can answer any of them. When the client leaves, the gateway tells, and a query is stopped.

Any Origin may ask, though the specification has servers check it (against DNS rebinding): all that is given
out here is public, is given to every origin by CORS at all other addresses as well, and depends on no cookie
and no network that the client is in. Who serves a private vocabulary on his own machine uses standard input.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, current_app, request
from flask.sansio.blueprints import BlueprintSetupState

from pathways_ld.embedding.assistants import Asked, Desk, tools_of
from pathways_ld.errors import InterfaceNotOffered, PathwaysError, UnsupportedMediaType
from pathways_ld.formats import HTML
from pathways_ld.iris import suggest_slug
from pathways_ld.store.base import Cancellation
from pathways_ld.web import bodies, pages, schemas, sparql
from pathways_ld.web.assistant_queries import ask
from pathways_ld.web.current import reader, serving
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation
from pathways_ld.web.record import cancellation, record
from pathways_ld.web.responses import VARY_PAGE, Representation, represent, settings

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

blueprint = Blueprint("mcp", __name__)

PATH: Final = "/mcp"
LONGEST: Final = 1_000_000
"""Bytes of a message that are read."""
_UNREADABLE, _INVALID = -32700, -32600
"""Codes of JSON-RPC."""
_SERVERS: Final = "pathways_ld.mcp"
_KEPT: Final = 8
"""Servers that are kept: one for each snapshot and address by which this one is called."""
_STREAM: Final = "text/event-stream"
_FORWARDED: Final = ("accept", "content-type", "mcp-")
"""Beginnings of the headers that the protocol knows."""


@blueprint.get(PATH)
def show() -> Response:
    """Show people how to connect an assistant; a client that wants a stream gets 405, as there is none."""
    if _STREAM in request.headers.get("Accept", "") or not request.accept_mimetypes.accept_html:
        return _no_stream()
    address, title, source = _root() + PATH, pages.page().vocabulary_title(), reader()
    name = suggest_slug(title) or "vocabulary"
    body = pages.render(
        "mcp.html",
        address=address,
        configuration=json.dumps({"mcpServers": {name: {"type": "http", "url": address}}}, indent=2),
        is_offered=is_offered(),
        tools=tools_of(source, title),
    )
    return represent(
        Representation(
            pages.digest(body),
            HTML.content_type(),
            lambda: body,
            vary=VARY_PAGE,
            language=interface_language(),
        )
    )


def _no_stream() -> Response:
    text = "There are no streams here, and no sessions; messages are sent with POST."
    response = _refusal(405, _INVALID, text)
    response.headers["Allow"] = "GET, HEAD, POST, OPTIONS"
    return response


@blueprint.post(PATH)
def message() -> Response:
    """Answer one message."""
    if not is_offered():
        raise InterfaceNotOffered(
            "This server is not set up for assistants: the Python package mcp is not installed. Whoever runs"
            ' it can install "pathways-ld[mcp]".'
        )
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(
            f'The body is "{request.mimetype[:80] or "of no stated type"}"; expected application/json with'
            " one JSON-RPC message."
        )
    body = bodies.read(LONGEST)
    fault = _fault(body)
    if fault:
        return _refusal(400, *fault)
    from pathways_ld.web import mcp_exchange

    headers = {name: text for name, text in request.headers.items() if name.lower().startswith(_FORWARDED)}
    # Who says nothing accepts anything (RFC 9110, 12.5.1), for which the SDK has no ear.
    headers.setdefault("Accept", "application/json")
    # Queries have processes of their own, and are charged for themselves.
    with sparql.answers().fairness.work(sparql.client_name()):
        sent = mcp_exchange.exchange(_server(), headers, body)
    response = Response(bytes(sent.body), status=sent.status)
    # Without one, Flask would tell a type of its own.
    response.headers.pop("Content-Type", None)
    for name, text in sent.headers:
        if name.lower() != "content-length":
            response.headers[name] = text
    response.headers["Cache-Control"] = "no-store"
    return response


def _fault(body: bytes) -> tuple[int, str] | None:
    """Tell what is wrong with what is no single message, with more words than the SDK has."""
    try:
        read = json.loads(body, parse_constant=_refuse_constant)
        if b"\\ud" in body.lower():
            json.dumps(read, ensure_ascii=False).encode()
    except RecursionError:
        return _UNREADABLE, "The message is nested too deeply."
    except UnicodeDecodeError:
        return _UNREADABLE, "The message is not in UTF-8."
    except UnicodeEncodeError:
        return _UNREADABLE, "The message has half of a surrogate pair, which is no character."
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return _UNREADABLE, f"The message is not JSON: {error.msg} in {place}."
    except ValueError:
        return _UNREADABLE, "The message has a number that is none, or has too many digits."
    if isinstance(read, list):
        return _INVALID, (
            f"This is a list of {len(read):,} messages; expected one. Batches ended with version 2025-06-18."
        )
    fault = _envelope_fault(read)
    return (_INVALID, f"{fault}; expected one JSON-RPC 2.0 request or notification.") if fault else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which Python reads and JSON does not have


def _envelope_fault(read: object) -> str:
    """Tell what of a message is not as JSON-RPC has it (https://www.jsonrpc.org/specification, 4)."""
    if not isinstance(read, dict):
        return "The message is no JSON object"
    if read.get("jsonrpc") != "2.0":
        return 'The member "jsonrpc" is not "2.0"'
    if "method" not in read and not read.keys() & {"result", "error"}:
        return 'The member "method" is missing'
    if not isinstance(read.get("method", ""), str):
        return 'The member "method" is no text'
    number = read.get("id", 0)
    if isinstance(number, bool) or not isinstance(number, str | int):
        return 'The member "id" is neither a text nor a whole number'
    return ""


def _refusal(status: int, code: int, text: str) -> Response:
    """Answer as JSON-RPC does where no request can be named (JSON-RPC 2.0, 5)."""
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": text}}
    response = Response(json.dumps(error) + "\n", status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def is_offered() -> bool:
    """Tell whether the package that speaks the protocol is installed."""
    return find_spec("mcp") is not None


def _server() -> Server[Any]:
    """Give the server for the current snapshot."""
    from pathways_ld.web import mcp_exchange

    servers: dict[tuple[str, str], Server[Any]] = current_app.extensions[_SERVERS]
    key = serving().reader.manifest.id, _root()
    found = servers.get(key)
    if found is None:
        if len(servers) >= _KEPT:
            servers.clear()
        with _desk(Cancellation()) as desk:
            found = servers[key] = mcp_exchange.make_server(desk, _desk, cancellation)
    return found


def _root() -> str:
    return request.url_root.rstrip("/")


@contextmanager
def _desk(wish: Cancellation) -> Iterator[Desk]:
    """Open a desk on the snapshot of this request, whose queries are the client's."""
    held, shared, client, chosen = serving(), sparql.answers(), sparql.client_name(), settings()

    def asked(text: str) -> Asked:
        record().note_query(text)
        try:
            return ask(held, shared, client, chosen, text, wish)
        except PathwaysError as error:
            record().error = error  # it is told in an answer that is no failure in HTTP
            raise

    yield Desk(held.reader, asked, _root())


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_SERVERS] = {}


_MESSAGE: Final = schemas.record(
    {"jsonrpc": {"const": "2.0"}, "method": schemas.STRING},
    {
        "id": {"anyOf": [schemas.STRING, {"type": "integer", "minimum": -(2**53), "maximum": 2**53}]},
        "params": {"type": "object"},
    },
)
_ANSWER: Final = schemas.record(
    {"jsonrpc": {"const": "2.0"}, "id": schemas.ANY},
    {
        "result": {"type": "object"},
        "error": schemas.record({"code": {"type": "integer"}, "message": schemas.STRING}),
    },
)
_IN_JSON: Final = {"application/json": _ANSWER}

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "showMcp",
        "How to connect an assistant, as a page",
        "Embedding",
        answers=(
            Answer(200, "The page", {HTML.media_type: TEXT}),
            Answer(405, "A stream was asked for, and there is none", _IN_JSON),
        ),
    ),
    Operation(
        "POST",
        PATH,
        "askMcp",
        "One message of the Model Context Protocol",
        "Embedding",
        description="Search, definitions, checks of IRIs, look-up of labels and SPARQL as tools for"
        " assistants, by the streamable HTTP transport, without sessions"
        " ([specification](https://modelcontextprotocol.io/specification)). `tools/list` tells of them.",
        body=Body(
            {"application/json": _MESSAGE},
            f"A request or a notification, of at most {LONGEST:,} bytes",
            examples={"application/json": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}},
        ),
        answers=(
            Answer(200, "The result, or an error of the method", _IN_JSON),
            Answer(202, "A notification was noted"),
            Answer(400, "It is no message, or of a version that is not known", _IN_JSON),
            Answer(404, "There is no such method", _IN_JSON),
            Answer(406, "JSON is not accepted", _IN_JSON),
            Answer(501, "This server is not set up for assistants"),
        ),
    ),
)

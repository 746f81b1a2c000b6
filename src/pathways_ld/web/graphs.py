"""``/graphs``: the SPARQL 1.1 Graph Store HTTP Protocol (https://www.w3.org/TR/sparql11-http-rdf-update/).

Everybody may read; writing is for maintainers. A graph is named by ``?graph=IRI``, by ``?default``, or by its
own address: ``/graphs/NAME`` is the graph with the canonical IRI ``BASE graphs/NAME``. The graphs hold what
was asserted: what is derived from it is not here, so that what is read can be written back.
"""

from __future__ import annotations

import secrets
from typing import Final, Literal

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest, GraphNotFound, PreconditionFailed, UnsupportedMediaType
from pathways_ld.formats import NQUADS, RDF_FORMATS, TRIG, TURTLE, Format, by_media_type
from pathways_ld.iris import is_absolute_iri
from pathways_ld.ledger import Token
from pathways_ld.rdfio import Statement, is_blank, parse, serialize
from pathways_ld.snapshot import GraphStore
from pathways_ld.web import bearer, bodies, pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Body, Operation, Parameter
from pathways_ld.web.negotiation import negotiate
from pathways_ld.web.responses import VARY_RDF, Representation, represent, settings
from pathways_ld.web.update import CHANGED, answer, maintenance

blueprint = Blueprint("graphs", __name__)

FORMATS: Final = tuple(each for each in RDF_FORMATS if each not in (NQUADS, TRIG))
"""Formats that hold one graph."""
_OWN: Final = "graphs/"


@blueprint.route("/graphs", methods=["GET", "PUT", "POST", "DELETE"])
@blueprint.route("/graphs/<path:name>", methods=["GET", "PUT", "POST", "DELETE"])
def graph(name: str = "") -> Response:
    """Read, replace, extend or remove a graph (5.2 to 5.5)."""
    if request.method == "POST" and not name and not request.query_string:
        return _create()
    iri = _identified(name)
    if request.method in ("GET", "HEAD"):
        return _show(iri)
    token = bearer.require("graphs")
    _check_conditions(iri)
    if request.method == "DELETE":
        if not _store().has(iri):
            raise _absent(iri)
        return answer(maintenance().delete_graph(iri, token))
    return _write(iri, token, merge=request.method == "POST")


def _identified(name: str) -> str:
    """Give the IRI of the graph that the request is about; an empty text for the unnamed graph (4.1, 4.2)."""
    parameters = bodies.pairs(request.query_string, "the query string")
    named = [value for key, value in parameters if key == "graph"]
    unnamed = any(key == "default" for key, _ in parameters)
    if len(named) + unnamed + bool(name) != 1:
        known = ", ".join(f"<{each}>" for each in reader().manifest.graphs[:10])
        raise BadRequest(
            'Expected one graph: "?default", "?graph=" with an IRI, or its own address under /graphs/.'
            f" Named graphs here: {known or 'none'}."
        )
    if unnamed:
        return ""
    if name:
        return _checked(f"{reader().manifest.base}{_OWN}{name}")
    local = f"{request.url_root}{_OWN}"
    if named[0].startswith(local):  # an address of this server stands for the IRI of what is there
        return _checked(f"{reader().manifest.base}{_OWN}{named[0].removeprefix(local)}")
    return _checked(named[0])


def _checked(iri: str) -> str:
    if not is_absolute_iri(iri):
        raise BadRequest(f'"{iri[:200]}" is no absolute IRI; a graph is named by one, such as http://...')
    return iri


def _store() -> GraphStore:
    return GraphStore(reader().folder)


def _absent(iri: str) -> GraphNotFound:
    derived = iri in reader().manifest.graphs or iri in reader().manifest.graph_counts
    reason = "holds only what is derived; ask for it at /sparql" if derived else "is not here"
    return GraphNotFound(f"The graph <{iri}> {reason}.")


def _show(iri: str) -> Response:
    choice = negotiate(request.headers.get("Accept"), FORMATS)
    store = _store()
    if not store.has(iri):
        raise _absent(iri)
    body = serialize(store.statements(iri), choice.format, reader().prefixes)
    return represent(
        Representation(
            pages.digest(body), choice.content_type, lambda: body, vary=VARY_RDF, cache_control="no-cache"
        )
    )


def _check_conditions(iri: str) -> None:
    """Honour If-Match and If-None-Match, which keep one maintainer from overwriting another's change."""
    wanted, unwanted = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if wanted is None and unwanted is None:
        return
    store = _store()
    tags = set()
    if store.has(iri):
        statements = store.statements(iri)
        bodies_now = (serialize(statements, each, reader().prefixes) for each in FORMATS)
        tags = {f'"{pages.digest(body)}"' for body in bodies_now}
    if wanted is not None and not (tags if "*" in _tags(wanted) else tags & _tags(wanted)):
        raise PreconditionFailed("The graph has changed since you read it (If-Match); read it again.")
    if unwanted is not None and (tags if "*" in _tags(unwanted) else tags & _tags(unwanted)):
        raise PreconditionFailed("There is such a graph already (If-None-Match); nothing was changed.")


def _tags(header: str) -> set[str]:
    return {tag.strip().replace('-gzip"', '"') for tag in header.split(",")}


def _create() -> Response:
    """Make a graph with an IRI of our choice (5.5)."""
    token = bearer.require("graphs")
    name = f"{_OWN}{secrets.token_hex(8)}"
    statements = _statements(f"{reader().manifest.base}{name}")
    published = maintenance().put_graph(f"{reader().manifest.base}{name}", statements, token)
    return answer(published, status=201, location=f"{request.url_root}{name}")


def _write(iri: str, token: Token, *, merge: bool) -> Response:
    published = maintenance().put_graph(iri, _statements(iri), token, merge=merge)
    return answer(published, status=201 if published.created else 200)


def _statements(iri: str) -> list[Statement]:
    """Read the RDF of the request; relative IRIs in it are relative to the graph (4)."""
    base = iri or reader().manifest.base
    if request.mimetype == "multipart/form-data":
        return _parts(base)
    return _parsed(bodies.read(settings().graph_size), request.headers.get("Content-Type", ""), base)


def _parts(base: str) -> list[Statement]:
    """Read a form with files; each is RDF of its own type, and together they are the graph."""
    request.max_content_length = settings().graph_size
    request.max_form_parts = 100
    found: list[Statement] = []
    parts = [part for name in request.files for part in request.files.getlist(name)]
    for number, part in enumerate(parts):
        statements = _parsed(part.read(), part.content_type or "", base)
        found += [_of_part(each, number) for each in statements]
    if not parts:
        raise BadRequest("The form has no file; expected one or more, each RDF with its Content-Type.")
    return found


def _of_part(each: Statement, number: int) -> Statement:
    """Keep the blank nodes of a file apart from those of the others."""
    return each._replace(
        subject=f"_:p{number}{each.subject[2:]}" if is_blank(each.subject) else each.subject,
        object=f"_:p{number}{each.object[2:]}" if is_blank(each.object) else each.object,
    )


def _parsed(content: bytes, content_type: str, base: str) -> list[Statement]:
    kind = content_type.partition(";")[0].strip()
    found: Format | None = by_media_type(kind, FORMATS) if kind else TURTLE
    if found is None:
        known = ", ".join(each.media_type for each in FORMATS)
        raise UnsupportedMediaType(f'The body is "{kind[:80]}"; expected one of {known}.')
    if "charset=" in content_type.lower() and not content_type.lower().rstrip('" ').endswith(
        ("utf-8", "utf8")
    ):
        raise UnsupportedMediaType("The RDF is not in UTF-8, the only encoding that is read.")
    return parse(content, found, name="the body", base_iri=base).statements


_GRAPH: Final = (
    Parameter("graph", "query", "The IRI of a named graph; or else `default`.", schemas.IRI),
    Parameter("default", "query", "The unnamed graph.", schemas.STRING, example="yes"),
)
_OWN_GRAPH: Final = (
    Parameter(
        "name",
        "path",
        "What follows `graphs/` in the IRI of a graph of ours.",
        {"type": "string", "minLength": 1},
    ),
)
_RDF: Final = schemas.contents(FORMATS)
_BODY: Final = Body(
    {**_RDF, "multipart/form-data": schemas.record({})},
    "RDF, or a form with files of RDF; relative IRIs are of the graph.",
)
_CONDITIONS: Final = tuple(
    Parameter(name, "header", "The ETag of the graph as it was read.", schemas.STRING)
    for name in ("If-Match", "If-None-Match")
)
_WRITTEN: Final = (
    schemas.json_answer("It is published", CHANGED),
    schemas.json_answer("It is published, and the graph is new", CHANGED, 201),
    Answer(404, "There is no such graph"),
    Answer(409, "Something else was changed meanwhile"),
    Answer(412, "The graph is not what If-Match or If-None-Match expected"),
    Answer(422, "What it would lead to breaks a rule; nothing was changed"),
)


def _of(path: str, suffix: str, named: tuple[Parameter, ...]) -> tuple[Operation, ...]:
    """Describe the four operations (5.2 to 5.5) on a graph that is named in one of two ways."""
    writing: tuple[tuple[Literal["PUT", "POST", "DELETE"], str, str], ...] = (
        ("PUT", "replaceGraph", "Replace a graph"),
        ("POST", "extendGraph", "Add to a graph, or without a name make one"),
        ("DELETE", "removeGraph", "Remove a graph"),
    )
    return (
        Operation(
            "GET",
            path,
            f"getGraph{suffix}",
            "What was asserted in a graph (SPARQL 1.1 Graph Store HTTP Protocol)",
            "SPARQL",
            named,
            answers=(Answer(200, "The graph", _RDF), Answer(404, "There is no such graph")),
        ),
        *(
            Operation(
                method,
                path,
                f"{ident}{suffix}",
                summary,
                "SPARQL",
                (*named, *_CONDITIONS),
                None if method == "DELETE" else _BODY,
                _WRITTEN,
                security=("token",),
            )
            for method, ident, summary in writing
        ),
    )


OPERATIONS: Final = (*_of("/graphs", "", _GRAPH), *_of("/graphs/{name}", "ByAddress", _OWN_GRAPH))

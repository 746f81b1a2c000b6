"""``/llms.txt``: for language models, what the vocabulary is and where to ask it (https://llmstxt.org)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response, current_app, request

from pathways_ld.embedding.assistants import Interface, overview
from pathways_ld.vocabulary import Reader
from pathways_ld.web import mcp, pages
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import TEXT, Answer, Operation
from pathways_ld.web.responses import Representation, represent

blueprint = Blueprint("llms", __name__)

PATH: Final = "/llms.txt"
_TERMS: Final = "Terms"
_LOOK: Final = "Looking terms up"
_DATA: Final = "Whole data"
_OPTIONAL: Final = "Optional"
"""The heading under which the format has what may be left out."""

_ADDRESSES: Final = (
    (_LOOK, "Search", "/search", "?q=words", "Terms by words; JSON with Accept: application/json."),
    (_LOOK, "Known label", "/label/<path:label>", "", "Put a whole label at the end: sends on to its term."),
    (
        _LOOK,
        "Look-up of many labels or IRIs",
        "/lookup",
        "",
        "POST of JSON or CSV.",
    ),
    (_LOOK, "Reconciliation", "/reconcile", "", "The W3C reconciliation API, as OpenRefine uses it."),
    (_LOOK, "SPARQL", "/sparql", "", "A SPARQL 1.1 endpoint over all statements; read-only."),
    (_DATA, "Downloads", "/dumps/", "", "All statements as Turtle, JSON-LD, RDF/XML, N-Triples and N-Quads."),
    (_DATA, "JSON-LD context", "/context.jsonld", "", "The short names in JSON that uses this vocabulary."),
    (_OPTIONAL, "Description of all interfaces", "/openapi.json", "", "OpenAPI 3.1."),
    (_OPTIONAL, "Changes", "/changes", "", "What was changed, when and why; also as an Atom feed."),
    (_OPTIONAL, "Validation", "/validate", "", "Checks RDF against the rules of the vocabulary."),
)
"""Sections, names, addresses as they are routed, what follows them, and what they are for."""


@blueprint.get(PATH)
def llms() -> Response:
    """Give the overview, made of what this server has."""
    source = reader()
    body = overview(source, _interfaces(source)).encode()
    return represent(
        Representation(
            pages.digest(body), "text/plain; charset=utf-8", lambda: body, vary="", language=_language(source)
        )
    )


def _language(source: Reader) -> str:
    """Name the language, where the words of the vocabulary are in the one of ours."""
    return "en" if source.manifest.default_language.partition("-")[0] in ("", "en") else ""


def _interfaces(source: Reader) -> Iterator[Interface]:
    root = request.url_root.rstrip("/")
    for kind in source.manifest.kinds:
        if source.manifest.counts.get(kind.name):
            address = f"{root}/{kind.name}"
            count = source.manifest.counts[kind.name]
            yield Interface(_TERMS, kind.plural, address, f"All {count:,}, listed by name.")
    if mcp.is_offered():
        yield Interface(
            _LOOK,
            "MCP server",
            root + mcp.PATH,
            "Tools for assistants over streamable HTTP: search, definitions, checks of IRIs, SPARQL.",
        )
    vocabulary = source.space.path(source.manifest.vocabulary_iri)
    if vocabulary:
        about = "The vocabulary's own description: classes, properties, licence, version."
        yield Interface(_TERMS, "About the vocabulary", root + vocabulary, about)
    routed = {rule.rule for rule in current_app.url_map.iter_rules()}
    for section, name, path, query, description in _ADDRESSES:
        if path in routed:
            yield Interface(section, name, root + path.partition("<")[0] + query, description)


OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "showLlmsTxt",
        "For language models: what the vocabulary is and where to ask it",
        "Embedding",
        answers=(Answer(200, "An overview in Markdown (https://llmstxt.org)", {"text/plain": TEXT}),),
    ),
)

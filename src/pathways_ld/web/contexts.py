"""``/context.jsonld`` and ``/context/vN.jsonld``: the JSON-LD context of the vocabulary, and its versions."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.embedding.context import LATEST_PATH, PublishedContext, cited, published
from pathways_ld.errors import TermNotFound
from pathways_ld.formats import JSONLD
from pathways_ld.rdfio import Cited
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation, Parameter, Schema
from pathways_ld.web.responses import CACHE_TERM, Representation, link, redirect_to, represent, settings

blueprint = Blueprint("contexts", __name__)

CACHE_VERSION: Final = "public, max-age=31536000, immutable"


@blueprint.get(LATEST_PATH)
def latest() -> Response:
    """Give the last version, with a link to the address that it keeps."""
    found = published(reader())
    if found is None:
        raise TermNotFound('This snapshot was built without a context. Rebuild it with "pathways-ld build".')
    return _represent(found, CACHE_TERM)


@blueprint.get("/context/<name>")
def version(name: str) -> Response:
    """Give one version: what it says never changes."""
    source = reader()
    number = name.removeprefix("v").removesuffix(".jsonld")
    small = number.isascii() and number.isdigit() and len(number) < 10
    found = published(source, int(number)) if small and int(number) else None
    if found is None or found.path != f"/context/{name}":
        there = ", ".join(f"v{each}.jsonld" for each in range(1, len(source.contexts) + 1)) or "none"
        raise TermNotFound(
            f'There is no version "{name[:40]}" of the context; there is: {there}.'
            f" The last one is {request.script_root}{LATEST_PATH}."
        )
    return _represent(found, CACHE_VERSION)


@blueprint.get("/context")
@blueprint.get("/context/")
def latest_without_slash() -> Response:
    """Send to the last version."""
    return redirect_to(LATEST_PATH, 302)


def cited_context() -> Cited | None:
    """Give the context that documents cite; None where they carry their own, as the setting has it."""
    return cited(reader()) if settings().context == "link" else None


def _represent(found: PublishedContext, cache_control: str) -> Response:
    body = found.document.encode()
    return represent(
        Representation(
            etag=pages.digest(body),
            content_type=JSONLD.content_type(),
            render=lambda: body,
            vary="Accept-Encoding",
            cache_control=cache_control,
            links=[link(f"{request.script_root}{found.path}", "canonical")],
        )
    )


_CONTEXT: Final[Schema] = {
    "type": "object",
    "required": ["@context"],
    "properties": {"@context": {"type": "object"}},
    "additionalProperties": False,
}
OPERATIONS: Final = (
    Operation(
        method="GET",
        path=LATEST_PATH,
        id="latestContext",
        summary="The JSON-LD context",
        tag="Embedding",
        description="The last version. Data that is to last cites a version by its number.",
        answers=(Answer(200, "The context", {JSONLD.media_type: _CONTEXT}),),
    ),
    Operation(
        method="GET",
        path="/context/{name}",
        id="contextVersion",
        summary="One version of the JSON-LD context",
        tag="Embedding",
        description="What a version says never changes; it may be kept for ever.",
        parameters=(
            Parameter(
                "name",
                "path",
                "The version: its number between v and .jsonld.",
                {"type": "string", "pattern": r"^v[1-9][0-9]{0,8}\.jsonld$"},
                required=True,
                example="v1.jsonld",
            ),
        ),
        answers=(Answer(200, "The context", {JSONLD.media_type: _CONTEXT}),),
    ),
)

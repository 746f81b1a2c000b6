"""``/openapi.json`` and ``/openapi``: what programs can ask here, as OpenAPI 3.1 and as a page.

Both are made from `OPERATIONS` of the modules whose views are registered: there is nothing to keep in step.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, current_app, request

from pathways_ld.formats import HTML, JSON, Format
from pathways_ld.vocabulary import Reader
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.interfaces import Answer, Operation, Sample
from pathways_ld.web.openapi_document import (
    TAGS,
    TOKEN,
    VERSION,
    answered,
    document,
    filled,
    operations,
    samples,
    suited,
)
from pathways_ld.web.responses import VARY_PAGE, Representation, cache, choose, link, represent
from pathways_ld.web.schemas import array, json_answer, one_of, record

blueprint = Blueprint("openapi", __name__)

PATH: Final = "/openapi"
OPENAPI: Final = Format(
    "openapi", "application/json", ("json",), "OpenAPI 3.1", labels=("application/vnd.oai.openapi+json",)
)
LINKSET: Final = "application/linkset+json"
FORMATS: Final = (HTML, OPENAPI)


def register(app: Flask) -> None:
    """Give the templates their function."""
    app.jinja_env.globals.update(curl=_curl, type_of=_type_of)


@blueprint.get(PATH)
@blueprint.get(f"{PATH}.json", defaults={"suffix": "json"})
def show(suffix: str = "") -> Response:
    """Describe all interfaces."""
    source = reader()
    choice = choose(PATH, FORMATS, OPENAPI if suffix else None)
    address = request.url_root.rstrip("/")
    if choice.format is HTML:
        body = _page(source, address)
    else:
        key = ("openapi", source.manifest.id, source.manifest.created, address, pages.fingerprint())
        body = cache().get(key, lambda: _json(document(_operations(), source, address)))
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            language=interface_language() if choice.format is HTML else "",
            links=[
                link(f"{request.script_root}{PATH}.json", "service-desc", type=OPENAPI.media_type),
                link(f"{request.script_root}{PATH}", "service-doc", type=HTML.media_type),
            ],
        )
    )


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """Tell where the description is (RFC 9727)."""
    root = request.url_root.rstrip("/")
    item = {
        "anchor": f"{root}/",
        "service-desc": [{"href": f"{root}{PATH}.json", "type": OPENAPI.media_type}],
        "service-doc": [{"href": f"{root}{PATH}", "type": HTML.media_type}],
    }
    body = _json({"linkset": [item]})
    return represent(Representation(pages.digest(body), LINKSET, lambda: body))


def _operations() -> tuple[Operation, ...]:
    return operations(current_app.view_functions.values())


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _page(source: Reader, address: str) -> bytes:
    known = samples(source)
    found = suited(_operations(), known)
    tags = list(dict.fromkeys(each.tag for each in found))
    return pages.render(
        "openapi.html",
        sections=[
            (tag, TAGS.get(tag, ""), [(each, answered(each)) for each in found if each.tag == tag])
            for tag in tags
        ],
        total=len(found),
        known=known,
        address=address,
    )


def _curl(each: Operation, known: Mapping[Sample, str], address: str) -> str:
    """Write a command that tries an operation out, with the examples of what it takes."""
    path, asked = each.path, []
    for one in each.parameters:
        example = filled(one.example, known)
        if one.place == "path" and example is not None:
            path = path.replace(f"{{{one.name}}}", quote(str(example), safe="/"))
        elif one.place == "query" and example not in (None, ""):
            repeated = example if isinstance(example, list) else [example]
            asked += [(one.name, str(each)) for each in repeated]
    words = ["curl"]
    offered = [name for name in each.answers[0].contents if name != HTML.media_type] if each.answers else []
    media_type = JSON.media_type if JSON.media_type in offered else next(iter(offered), "")
    if each.method != "GET" and not each.body:
        words.append(f"-X {each.method}")
    if media_type:
        words.append(f"-H 'Accept: {media_type}'")
    if TOKEN in each.security and "" not in each.security:
        words.append('-H "Authorization: Bearer $TOKEN"')
    if each.body:
        words += _sent(each, known)
    words.append(_quoted(f"{address}{path}{'?' if asked else ''}{urlencode(asked)}"))
    return " ".join(words)


def _sent(each: Operation, known: Mapping[Sample, str]) -> Iterator[str]:
    """Write the part of a command that sends a body."""
    body = each.body
    if body is None:
        return
    media_type = next(iter(body.examples), next(iter(body.contents)))
    if each.method != "POST":
        yield f"-X {each.method}"
    yield f"-H 'Content-Type: {media_type}'"
    if media_type not in body.examples:
        yield "--data-binary @file"
        return
    example = filled(body.examples[media_type], known)
    if media_type == "application/x-www-form-urlencoded" and isinstance(example, dict):
        yield f"--data {_quoted(urlencode(example))}"
        return
    text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
    yield f"--data-raw {_quoted(text)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _type_of(schema: Mapping[str, Any]) -> str:
    """Say in a few words what a schema allows."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = schema.get("type", "")
    words = str(schema.get("format", kind) if kind == "string" else kind)
    if kind == "array":
        words = f"list of {_type_of(schema.get('items', {})) or 'anything'}"
    bounds = [
        f"{sign} {schema[name]:,}"
        for name, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxItems", "at most"))
        if name in schema
    ]
    if "maxLength" in schema:
        bounds.append(f"at most {schema['maxLength']:,} characters")
    if "default" in schema:
        bounds.append(f"default {schema['default']}")
    return ", ".join(filter(None, [words, *bounds]))


OPERATIONS: Final = (
    Operation(
        "GET",
        f"{PATH}.json",
        "describeInterfaces",
        "This description",
        "Server",
        answers=(
            json_answer(
                "OpenAPI 3.1",
                record(
                    {"openapi": one_of([VERSION]), "info": {"type": "object"}, "paths": {"type": "object"}}
                ),
            ),
        ),
    ),
    Operation(
        "GET",
        "/.well-known/api-catalog",
        "findDescription",
        "Where this description is (RFC 9727)",
        "Server",
        answers=(Answer(200, "A set of links", {LINKSET: record({"linkset": array({"type": "object"})})}),),
    ),
)

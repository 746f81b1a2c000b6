"""JSON Schemas that several interfaces share, and short ways to write others.

`SHARED` is what the description at ``/openapi.json`` has under ``components/schemas``; `ref` refers to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pathways_ld.formats import HTML, JSON, RESULTS_JSON, Format
from pathways_ld.web.interfaces import TEXT, Answer, Parameter, Schema

ANY: Final[Schema] = {}
"""Anything, and bytes that are no text."""
STRING: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
FLAG: Final[Schema] = {"type": "boolean"}
IRI: Final[Schema] = {"type": "string", "format": "iri"}
ADDRESS: Final[Schema] = {"type": "string", "format": "iri-reference"}
"""A URL; one that begins with a slash is of this server."""
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> dict[str, Any]:
    """Describe an object; what is not named may be added in later versions."""
    described: dict[str, Any] = {"type": "object", "properties": {**required, **(optional or {})}}
    return described | ({"required": [*required]} if required else {})


def array(items: Schema, **bounds: int) -> Schema:
    """Describe a list; `bounds` are ``minItems`` and ``maxItems``."""
    return {"type": "array", "items": items, **bounds}


def table(values: Schema) -> dict[str, Any]:
    """Describe an object with any names in it."""
    return {"type": "object", "additionalProperties": values}


def maybe(schema: Schema) -> Schema:
    """Describe what may be ``null``."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    """Refer to a schema of `SHARED`."""
    return {"$ref": f"#/components/schemas/{name}"}


def one_of(values: Iterable[str]) -> dict[str, Any]:
    """Describe a choice."""
    return {"type": "string", "enum": [*values]}


KIND: Final = ref("Kind")
LABELS: Final = ref("Labels")
LINK: Final = ref("Link")
REFERENCE: Final = ref("Reference")
REPORT: Final = ref("Report")

SHARED: Final[Mapping[str, Schema]] = {
    "Problem": record(
        {
            "type": ADDRESS,
            "title": STRING,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": STRING,
            "instance": STRING,
        },
        {"request_id": STRING},
    )
    | {
        "description": "What went wrong, what was expected and what to do"
        " (https://www.rfc-editor.org/rfc/rfc9457). There may be more members: the line of a syntax error,"
        " the report of a validation."
    },
    "Labels": table(STRING) | {"description": "Texts by language tag; an empty tag stands for no language."},
    "Link": record({"iri": IRI, "title": LABELS}, {"url": ADDRESS, "path": ADDRESS, "deprecated": FLAG}),
    "Reference": record({"id": IRI, "prefLabel": LABELS}),
    "Change": record(
        {
            "number": COUNT,
            "url": ADDRESS,
            "at": MOMENT,
            "action": STRING,
            "what": STRING,
            "by": STRING,
            "orcid": STRING,
            "reason": STRING,
            "contribution": maybe(COUNT),
            "graph": STRING,
            "snapshot": STRING,
            "terms": array(record({"iri": IRI, "title": LABELS}, {"path": ADDRESS, "deprecated": FLAG})),
            "terms_total": COUNT,
            "added_total": COUNT,
            "removed_total": COUNT,
            "is_whole": FLAG,
        }
    ),
    "JsonLd": {
        "description": "JSON-LD with its context (https://www.w3.org/TR/json-ld11/).",
        "type": ["object", "array"],
    },
    "Results": record(
        {"head": record({}, {"vars": array(STRING), "link": array(STRING)})},
        {
            "boolean": FLAG,
            "results": record({"bindings": array(table(record({"type": STRING, "value": {}})))}),
        },
    )
    | {"description": "https://www.w3.org/TR/sparql11-results-json/"},
    "Report": record({"conforms": FLAG, "counts": table(COUNT), "results": array({"type": "object"})})
    | {"description": "What a validation found; each result says what, where, why, and how to mend it."},
}


def contents(formats: Iterable[Format], json: Schema | None = None) -> dict[str, Schema]:
    """Give the media types of formats with their schemas; `json` is that of plain JSON."""
    return {each.media_type: _schema(each, json) for each in formats}


def _schema(of: Format, json: Schema | None) -> Schema:
    if of is JSON:
        return {} if json is None else json
    if of is RESULTS_JSON:
        return ref("Results")
    if of.media_type == "application/ld+json":
        return ref("JsonLd")
    return {} if of.media_type.endswith("json") else TEXT


def json_answer(description: str, schema: Schema, status: int = 200, *, page: bool = False) -> Answer:
    """Describe an answer in JSON, and where `page` is said also as a web page."""
    return Answer(status, description, contents((JSON, HTML) if page else (JSON,), schema))


def media_type(formats: Iterable[Format]) -> Parameter:
    """Describe the parameter that stands for the header Accept."""
    names = [each.media_type for each in formats]
    return Parameter("_mediatype", "query", "The format, in place of the header Accept.", one_of(names))


def number(least: int, most: int | None = None, default: int | None = None) -> Schema:
    """Describe a whole number."""
    said = {"minimum": least, "maximum": most, "default": default}
    return {"type": "integer", **{name: value for name, value in said.items() if value is not None}}


def pages(**members: Schema) -> Schema:
    """Describe a page of a list."""
    return record({"total": COUNT, "page": number(1), "pages": number(1), **members})

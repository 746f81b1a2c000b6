"""What ``/reconcile`` offers, described for ``/openapi.json``.

The shapes are those of the JSON schemas of the specification
(https://reconciliation-api.github.io/specs/0.2/#json-schemas).
"""

from __future__ import annotations

from typing import Any, Final

from pathways_ld.embedding.reconciliation_queries import (
    BATCH,
    MAX_IDS,
    MAX_LIMIT,
    MAX_PROPERTIES,
    MAX_VALUES,
    STRICT,
)
from pathways_ld.web import bodies, schemas
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation, Parameter, Sample, Schema
from pathways_ld.web.parts import MULTIPART
from pathways_ld.web.schemas import array, json_answer, record

PATH: Final = "/reconcile"
TAG: Final = "Embedding"
MAX_PREFIX: Final = 200
MAX_CURSOR: Final = 400
LONGEST_ID: Final = 1_000

_TYPE: Final = record({"id": schemas.STRING, "name": schemas.STRING})
_TEMPLATE: Final = record({"url": {"type": "string", "pattern": r"\{\{id\}\}"}})
_SERVICE: Final = record({"service_url": schemas.STRING, "service_path": schemas.STRING})
_ENTITY: Final[Schema] = record(
    {"id": {"type": "string", "minLength": 1}, "name": {"type": "string", "minLength": 1}}
)

MANIFEST: Final = record(
    {
        "versions": {"type": "array", "items": schemas.STRING, "contains": {"const": "0.2"}},
        "name": schemas.STRING,
        "identifierSpace": schemas.STRING,
        "schemaSpace": schemas.STRING,
    },
    {
        "documentation": schemas.STRING,
        "logo": schemas.STRING,
        "serviceVersion": schemas.STRING,
        "defaultTypes": {"type": "array", "items": _TYPE, "uniqueItems": True},
        "view": _TEMPLATE,
        "feature_view": _TEMPLATE,
        "preview": record({**_TEMPLATE["properties"], "width": schemas.COUNT, "height": schemas.COUNT}),
        "suggest": record({"entity": _SERVICE, "property": _SERVICE, "type": _SERVICE}),
        "extend": record({"propose_properties": _SERVICE, "property_settings": array({"type": "object"})}),
        "batchSize": schemas.COUNT,
    },
)
_CANDIDATE: Final[Schema] = record(
    {**_ENTITY["properties"], "score": {"type": "number", "minimum": 0, "maximum": 100}},
    {
        "description": schemas.STRING,
        "match": schemas.FLAG,
        "type": array(_TYPE),
        "features": array(record({"id": schemas.STRING, "value": {"type": ["number", "boolean"]}})),
    },
)
RESULTS: Final = schemas.table(record({"result": array(_CANDIDATE)}))
_CELL: Final[Schema] = {
    "oneOf": [
        {**_ENTITY, "additionalProperties": False},
        {**record({"str": schemas.STRING}), "additionalProperties": False},
    ]
}
EXTENDED: Final = record(
    {"meta": array(_ENTITY), "rows": schemas.table(schemas.table(array(_CELL)))},
)
SUGGESTED: Final = record(
    {"result": array(record(_ENTITY["properties"], {"description": schemas.STRING, "notable": array(_TYPE)}))}
)
PROPOSED: Final = record({"properties": array(_ENTITY)}, {"type": _TYPE, "limit": schemas.COUNT})

_VALUE: Final[Schema] = {
    "oneOf": [
        {"type": ["string", "number", "boolean"]},
        record({"id": schemas.STRING}, {"name": schemas.STRING}),
    ]
}
_QUERY: Final[dict[str, Any]] = {
    **record(
        {},
        {
            "query": schemas.STRING,
            "type": {"oneOf": [schemas.STRING, array(schemas.STRING, maxItems=MAX_VALUES)]},
            "type_strict": schemas.one_of(STRICT),
            "limit": {**schemas.number(1), "description": f"{MAX_LIMIT} at most count."},
            "properties": array(
                record(
                    {
                        "pid": schemas.STRING,
                        "v": {"oneOf": [_VALUE, array(_VALUE, maxItems=MAX_VALUES)]},
                    }
                ),
                maxItems=MAX_PROPERTIES,
            ),
        },
    ),
    "additionalProperties": False,
    "anyOf": [{"required": ["query"]}, {"required": ["properties"]}],
}
QUERIES: Final = {**schemas.table(_QUERY), "maxProperties": BATCH}
EXTENSION: Final = record(
    {
        "ids": array(schemas.STRING, maxItems=MAX_IDS),
        "properties": array(
            record({"id": schemas.STRING}, {"settings": {"type": "object"}}), maxItems=MAX_PROPERTIES
        ),
    }
)
_FIELDS: Final[Schema] = record(
    {},
    {
        "queries": {"type": "string", "contentMediaType": "application/json", "contentSchema": QUERIES},
        "extend": {"type": "string", "contentMediaType": "application/json", "contentSchema": EXTENSION},
    },
)
_ANSWERED: Final = json_answer(
    "The manifest; candidates for each query; or values of properties",
    {"anyOf": [RESULTS, EXTENDED, MANIFEST]},
)
_PREFIX: Final = Parameter(
    "prefix",
    "query",
    "What somebody has begun to type: a name or an identifier.",
    {"type": "string", "maxLength": MAX_PREFIX},
    example=Sample.WORD,
)
_CURSOR: Final = Parameter(
    "cursor", "query", "How many suggestions to leave out.", schemas.number(0, MAX_CURSOR, 0)
)
_ID: Final = Parameter(
    "id",
    "query",
    "The identifier of a candidate, or an IRI.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
    required=True,
    example=Sample.IRI,
)
_LANG: Final = Parameter(
    "lang",
    "query",
    "The language of names, in place of the header Accept-Language.",
    {"type": "string", "maxLength": 35},
)
_EXAMPLE: Final = {"queries": '{"q0": {"query": "apprenticeship"}}'}

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "getReconciliationService",
        "The manifest of the reconciliation service, or the answer to a batch",
        TAG,
        parameters=(
            Parameter(
                "queries", "query", "Queries in JSON, by keys of your own.", TEXT, example=_EXAMPLE["queries"]
            ),
            Parameter("extend", "query", "Entities and properties in JSON, whose values are wanted.", TEXT),
            _LANG,
        ),
        answers=(_ANSWERED,),
        description="The Reconciliation Service API 0.2 (https://reconciliation-api.github.io/specs/0.2/).",
    ),
    Operation(
        "POST",
        PATH,
        "reconcile",
        "Candidates for many names at once, or values of properties of entities",
        TAG,
        body=Body(
            {bodies.FORM: _FIELDS, MULTIPART: _FIELDS},
            f"Either queries, {BATCH:,} at most, or extend, {MAX_IDS:,} entities at most.",
            examples={bodies.FORM: _EXAMPLE},
        ),
        answers=(json_answer("Candidates for each query, or values", {"anyOf": [RESULTS, EXTENDED]}),),
    ),
    *(
        Operation(
            "GET",
            f"{PATH}/suggest/{what}",
            f"suggest{name}",
            f"{plural} for what somebody has begun to type",
            TAG,
            parameters=(_PREFIX, _CURSOR, _LANG),
            answers=(json_answer("Suggestions, the best first", SUGGESTED),),
        )
        for what, name, plural in (
            ("entity", "Entities", "Entities"),
            ("property", "Properties", "Properties"),
            ("type", "Types", "Types"),
        )
    ),
    Operation(
        "GET",
        f"{PATH}/extend/propose",
        "proposeProperties",
        "The properties that entities of a type have",
        TAG,
        parameters=(
            Parameter("type", "query", "A type, or the name of a kind.", TEXT, example=Sample.KIND),
            Parameter("limit", "query", "How many properties; 0 is all.", schemas.number(0, MAX_CURSOR, 0)),
            _LANG,
        ),
        answers=(json_answer("Properties, the most frequent first", PROPOSED),),
    ),
    Operation(
        "GET",
        f"{PATH}/preview",
        "previewEntity",
        "An entity in short, to be shown in a frame",
        TAG,
        parameters=(_ID, _LANG),
        answers=(Answer(200, "A web page", {"text/html": TEXT}),),
    ),
    Operation(
        "GET",
        f"{PATH}/view",
        "viewEntity",
        "To the page of an entity",
        TAG,
        parameters=(_ID,),
        answers=(Answer(302, "To its page"),),
    ),
)

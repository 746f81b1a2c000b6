"""What ``/lookup`` and the tables of kinds offer, described for ``/openapi.json``."""

from __future__ import annotations

from typing import Final

from pathways_ld.embedding.lookup import STATUSES
from pathways_ld.formats import HTML, JSON
from pathways_ld.web import bodies, schemas
from pathways_ld.web.interfaces import TEXT, Answer, Body, Operation, Parameter, Sample, Schema
from pathways_ld.web.lookup_sent import (
    CSV,
    DEFAULT_LIMIT,
    MAX_BYTES,
    MAX_LIMIT,
    MAX_ROWS,
    PARAMETERS,
    PLAIN,
    TSV,
)
from pathways_ld.web.parts import MULTIPART
from pathways_ld.web.schemas import array, record

PATH: Final = "/lookup"
FORMATS: Final = (JSON, CSV, HTML)
CSVW: Final = "application/csvm+json"
TAG: Final = "Embedding"

_CANDIDATE: Final[Schema] = record(
    {
        "iri": schemas.IRI,
        "label": schemas.STRING,
        "lang": schemas.STRING,
        "kind": schemas.STRING,
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "matched": schemas.STRING,
        "match": {**schemas.FLAG, "description": "Whether it can be taken without a look."},
    },
    {"deprecated": schemas.FLAG, "replaces": schemas.IRI},
)
ANSWER: Final = record(
    {
        "counts": record(dict.fromkeys(STATUSES, schemas.COUNT)),
        "rows": array(
            record(
                {
                    "value": schemas.STRING,
                    "status": schemas.one_of(STATUSES),
                    "candidates": array(_CANDIDATE, maxItems=MAX_LIMIT),
                },
                {"searched": schemas.FLAG},
            )
        ),
    }
)
_VALUES: Final = array(schemas.STRING, maxItems=MAX_ROWS, minItems=1)
_LANG: Final[Schema] = {"type": "string", "maxLength": 35}
_KIND: Final = Parameter("kind", "query", f"{PARAMETERS['kind'].capitalize()}.", TEXT, example=Sample.KIND)
_LIMIT: Final = schemas.number(1, MAX_LIMIT, DEFAULT_LIMIT)
_SHARED: Final = (
    _KIND,
    Parameter("lang", "query", f"{PARAMETERS['lang'].capitalize()}.", _LANG),
    Parameter("limit", "query", f"{PARAMETERS['limit'].capitalize()}.", _LIMIT),
    Parameter(
        "format",
        "query",
        f"{PARAMETERS['format'].capitalize()}.",
        schemas.one_of(each.name for each in FORMATS),
    ),
)
_MEMBERS: Final = {"kind": TEXT, "lang": _LANG, "limit": _LIMIT}
_FORM: Final[Schema] = record(
    {}, {"value": array(TEXT), "text": TEXT, "file": TEXT, "column": TEXT, **_MEMBERS}
)
_ANSWERS: Final = (Answer(200, "A row for each value, in their order", schemas.contents(FORMATS, ANSWER)),)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "lookUp",
        "The terms that labels, IRIs, CURIEs or slugs stand for",
        TAG,
        parameters=(
            Parameter(
                "value",
                "query",
                f"{PARAMETERS['value'].capitalize()}.",
                array(TEXT),
                example=[Sample.LABEL],
            ),
            *_SHARED,
        ),
        answers=_ANSWERS,
    ),
    Operation(
        "POST",
        PATH,
        "lookUpMany",
        "The terms that a column of labels or IRIs stands for",
        TAG,
        parameters=(
            Parameter("column", "query", "Of a CSV file: the column; all columns come back.", TEXT),
            *_SHARED,
        ),
        body=Body(
            {
                JSON.media_type: {"oneOf": [_VALUES, record({"values": _VALUES}, _MEMBERS)]},
                CSV.media_type: TEXT,
                TSV: TEXT,
                PLAIN: TEXT,
                bodies.FORM: _FORM,
                MULTIPART: _FORM,
            },
            f"At most {MAX_ROWS:,} values, and {MAX_BYTES:,} bytes.",
            examples={JSON.media_type: [Sample.LABEL], CSV.media_type: Sample.LABEL},
        ),
        answers=_ANSWERS,
    ),
)
_OF_KIND: Final = (
    Parameter("kind", "path", "The name of a kind, or its plural.", TEXT, example=Sample.KIND),
)
TABLES: Final = (
    Operation(
        "GET",
        "/{kind}.csv",
        "getTable",
        "All terms of a kind as one table",
        TAG,
        parameters=_OF_KIND,
        answers=(Answer(200, "A row for each term", {CSV.media_type: TEXT}),),
    ),
    Operation(
        "GET",
        "/{kind}.csv-metadata.json",
        "getTableDescription",
        "What the columns of a table are, for CSV on the Web",
        TAG,
        parameters=_OF_KIND,
        answers=(Answer(200, "A description", {CSVW: {"type": "object"}}),),
    ),
)

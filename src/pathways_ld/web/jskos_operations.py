"""What ``/jskos/`` offers, described for ``/openapi.json``."""

from __future__ import annotations

from typing import Final

from pathways_ld.web import schemas
from pathways_ld.web.interfaces import Answer, Operation, Parameter, Sample, Schema
from pathways_ld.web.rest_asking import MOST, MOST_IRIS, MOST_SKIPPED
from pathways_ld.web.search_asking import MAX_WORDS

LIMIT: Final = 100
"""Entries of an answer where nothing is said, as in JSKOS Server."""
DIRECTIONS: Final = ("forward", "backward", "both")
SHAPES: Final = ("opensearch", "jskos")
TAG: Final = "Embedding"

_IRIS: Final[Schema] = {"type": "string"}
_IRI: Final = Parameter("uri", "query", f"IRIs, parted by |; {MOST_IRIS} at most.", _IRIS, example=Sample.IRI)
_SCHEME: Final = Parameter("uri", "query", "The IRI of a concept scheme.", _IRIS)
_PAGING: Final = (
    Parameter("limit", "query", f"How many entries; {MOST:,} at most.", schemas.number(1, None, LIMIT)),
    Parameter(
        "offset",
        "query",
        f"How many entries to leave out; {MOST_SKIPPED:,} at most.",
        schemas.number(0, None, 0),
    ),
)
_PROPERTIES: Final = Parameter(
    "properties",
    "query",
    "Properties to be told besides the usual ones (narrower, ancestors, mappings, or * for all of these), and"
    " after a -, properties to be left out.",
    schemas.STRING,
)
_WORDS: Final[Schema] = {"type": "string", "maxLength": MAX_WORDS}
_SEARCH: Final = (
    Parameter("search", "query", "Words, the last of them maybe begun only.", _WORDS, example=Sample.WORD),
    Parameter("query", "query", "The same under another name.", _WORDS),
    Parameter("voc", "query", "The IRI of a concept scheme.", _IRIS),
    Parameter("type", "query", "IRIs of classes, parted by |; concepts where none is said.", _IRIS),
    *_PAGING,
)
_SHAPE: Final = Parameter(
    "format", "query", "The shape of the answer.", schemas.one_of(SHAPES) | {"default": SHAPES[0]}
)
_LANGUAGE: Final = Parameter("language", "query", "Languages, parted by commas.", schemas.STRING)

_ITEM: Final = schemas.record({"uri": schemas.STRING}, {"type": schemas.array(schemas.STRING)})
_MAPPING: Final = schemas.record({"from": {"type": "object"}, "to": {"type": "object"}})
_OFFERS: Final[Schema] = {
    "anyOf": [
        schemas.array({"type": ["string", "array"]}, minItems=4, maxItems=4),
        schemas.array(_ITEM),
    ]
}


def _answer(description: str, schema: Schema) -> tuple[Answer, ...]:
    contents = {"application/json": schema, "application/ld+json": schema}
    return (Answer(200, description, contents),)


def _items(description: str) -> tuple[Answer, ...]:
    return _answer(f"{description}; X-Total-Count and Link tell of further pages", schemas.array(_ITEM))


def _route(
    path: str, name: str, summary: str, parameters: tuple[Parameter, ...], answers: tuple[Answer, ...]
) -> Operation:
    return Operation("GET", f"/jskos/{path}", f"jskos{name}", summary, TAG, parameters, answers=answers)


_STATUS: Final = _answer("Addresses", schemas.record({"config": {"type": "object"}, "ok": schemas.COUNT}))
_TOO_MANY: Final = Answer(413, f"More than {MOST_IRIS} IRIs.")


def _twice(
    path: str, name: str, summary: str, parameters: tuple[Parameter, ...], answers: tuple[Answer, ...]
) -> tuple[Operation, Operation]:
    """Describe an address and the older one for the same."""
    older = f"{summary} (older address)"
    return (
        _route(f"concepts/{path}", name, summary, parameters, answers),
        _route(path, f"Old{name}", older, parameters, answers),
    )


OPERATIONS: Final = (
    _route("", "Entrance", "Where what is, for JSKOS clients", (), _STATUS),
    _route("status", "Status", "Where what is, for JSKOS clients", (), _STATUS),
    _route("voc", "Schemes", "The concept schemes", (_SCHEME, _PROPERTIES, *_PAGING), _items("Schemes")),
    _route(
        "voc/top",
        "TopConcepts",
        "The concepts at the top of a scheme",
        (_SCHEME, _PROPERTIES, *_PAGING),
        _items("Concepts"),
    ),
    _route(
        "voc/concepts",
        "SchemeConcepts",
        "The concepts of a scheme",
        (
            Parameter(
                "uri",
                "query",
                "The IRI of a concept scheme.",
                {"type": "string", "minLength": 1},
                required=True,
                example=Sample.SCHEME,
            ),
            _PROPERTIES,
            *_PAGING,
        ),
        _items("Concepts"),
    ),
    _route("voc/search", "SchemeSearch", "Find concept schemes", _SEARCH[:2] + _PAGING, _items("Schemes")),
    _route(
        "voc/suggest",
        "SchemeSuggest",
        "Offer concept schemes",
        (*_SEARCH[:2], _SHAPE, _LANGUAGE, *_PAGING),
        _answer("OpenSearch Suggestions or JSKOS", _OFFERS),
    ),
    _route(
        "data",
        "Data",
        "Terms and schemes by their IRIs",
        (_IRI, _PROPERTIES),
        (*_items("What is described here of them"), _TOO_MANY),
    ),
    _route(
        "concepts",
        "Concepts",
        "Terms by their IRIs, or those of a scheme",
        (_IRI, Parameter("voc", "query", "The IRI of a concept scheme.", _IRIS), _PROPERTIES, *_PAGING),
        (*_items("What is described here of them"), _TOO_MANY),
    ),
    *_twice(
        "narrower",
        "Narrower",
        "What is right below a concept",
        (_IRI, _PROPERTIES, *_PAGING),
        _items("Concepts"),
    ),
    *_twice(
        "ancestors",
        "Ancestors",
        "What is above a concept, the nearest first",
        (_IRI, _PROPERTIES, *_PAGING),
        _items("Concepts"),
    ),
    *_twice("search", "Search", "Find concepts by words", (*_SEARCH, _PROPERTIES), _items("Concepts")),
    *_twice(
        "suggest",
        "Suggest",
        "Offer concepts",
        (*_SEARCH, _SHAPE, _LANGUAGE, _PROPERTIES),
        _answer("OpenSearch Suggestions or JSKOS", _OFFERS),
    ),
    _route("types", "Types", "The classes of terms", _PAGING, _items("Classes")),
    _route(
        "mappings",
        "Mappings",
        "The mappings of concepts",
        (
            Parameter("from", "query", "IRIs of concepts, parted by |.", _IRIS, example=Sample.IRI),
            Parameter("to", "query", "IRIs of concepts, parted by |.", _IRIS),
            Parameter("fromScheme", "query", "The IRI of a concept scheme.", _IRIS),
            Parameter("toScheme", "query", "The IRI of a concept scheme.", _IRIS),
            Parameter("type", "query", "IRIs of mapping properties, parted by |.", _IRIS),
            Parameter(
                "direction",
                "query",
                "Which way: from `from`, to it, or both.",
                schemas.one_of(DIRECTIONS) | {"default": DIRECTIONS[0]},
            ),
            Parameter(
                "mode",
                "query",
                "Whether both of `from` and `to` have to fit.",
                schemas.one_of(("and", "or")) | {"default": "and"},
            ),
            _PROPERTIES,
            *_PAGING,
        ),
        _answer("JSKOS mappings", schemas.array(_MAPPING)),
    ),
)

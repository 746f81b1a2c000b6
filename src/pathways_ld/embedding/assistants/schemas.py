"""The JSON Schemas of what the tools take and give (https://json-schema.org/draft/2020-12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

Schema = dict[str, Any]

QUERY: Final = 200
"""Characters of words that are searched for."""
IRI: Final = 2_000
LABEL: Final = 500
IRIS: Final = 200
"""IRIs that are checked at once."""
LABELS: Final = 200
"""Labels that are looked up at once."""
SPARQL: Final = 20_000
"""Characters of a query."""
RESULTS: Final = 50
CANDIDATES: Final = 10
NEIGHBOURS: Final = 100

TEXT: Final[Schema] = {"type": "string"}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
_YES_OR_NO: Final[Schema] = {"type": "boolean"}


def arguments(required: Iterable[str] = (), **properties: Mapping[str, Any]) -> Schema:
    """Describe the arguments of a tool."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def text(description: str, most: int) -> Schema:
    """Describe a text that must not be empty."""
    return {"type": "string", "description": description, "minLength": 1, "maxLength": most}


def number(description: str, most: int, default: int) -> Schema:
    """Describe a number of things wanted."""
    return {"type": "integer", "description": description, "minimum": 1, "maximum": most, "default": default}


def listed(description: str, items: int, characters: int) -> Schema:
    """Describe a list of texts."""
    each = {"type": "string", "maxLength": characters}
    return {"type": "array", "description": description, "minItems": 1, "maxItems": items, "items": each}


def _object(required: Iterable[str] = (), **properties: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_NAMED: Final[Schema] = {"iri": TEXT, "label": TEXT, "lang": TEXT, "deprecated": _YES_OR_NO}
_TERM: Final = _object(("iri", "label"), **_NAMED)
_TERMS: Final = _list(_TERM)
_LITERAL: Final = _object(("text",), text=TEXT, lang=TEXT)
_CANDIDATE: Final = _object(
    ("iri", "label"),
    **_NAMED,
    kind=TEXT,
    score={"type": "number"},
    isMatch=_YES_OR_NO,
    foundBy=TEXT,
    replaces=TEXT,
)

FOUND: Final = _object(
    ("query", "total", "isComplete", "results"),
    query=TEXT,
    searchedInstead=TEXT,
    total=_WHOLE,
    isComplete=_YES_OR_NO,
    results=_list(
        _object(("iri", "label", "kind"), **_NAMED, kind=TEXT, summary=TEXT, foundBy=TEXT, page=TEXT)
    ),
)
TERM: Final = _object(
    ("iri", "label", "kind", "deprecated", "sources", "citation"),
    **_NAMED,
    kind=TEXT,
    types=_TERMS,
    labels={"type": "object", "additionalProperties": TEXT},
    otherLabels=_list(_LITERAL),
    definition=TEXT,
    texts=_list(_object(("property", "name", "texts"), property=TEXT, name=TEXT, texts=_list(_LITERAL))),
    facts=_list(
        _object(("property", "name"), property=TEXT, name=TEXT, terms=_TERMS, values=_list(TEXT)),
    ),
    parts=_TERMS,
    status=_list(TEXT),
    replacedBy=_TERMS,
    broader=_TERMS,
    sources=_list(_object(("iri", "label"), **_NAMED, url=TEXT, modified=TEXT, dated=TEXT)),
    sourceCount=_WHOLE,
    citation=TEXT,
    license=TEXT,
    page=TEXT,
)
RELATED: Final = _object(
    ("iri", "label", "broader", "groups", "mappings"),
    **_NAMED,
    broader=_TERMS,
    groups=_list(
        _object(
            ("property", "name", "direction", "total", "terms"),
            property=TEXT,
            name=TEXT,
            direction={"type": "string", "enum": ["outgoing", "incoming"]},
            kind=TEXT,
            total=_WHOLE,
            terms=_TERMS,
        )
    ),
    mappings=_list(
        _object(
            ("property", "name", "target"),
            property=TEXT,
            name=TEXT,
            meaning=TEXT,
            target=_TERM,
            note=TEXT,
            sources=_TERMS,
        )
    ),
    page=TEXT,
)
CHECKED: Final = _object(
    ("results", "counts"),
    results=_list(
        _object(
            ("given", "status"),
            given=TEXT,
            status={"type": "string", "enum": ["found", "deprecated", "withdrawn", "unknown", "foreign"]},
            isExact=_YES_OR_NO,
            **_NAMED,
            kind=TEXT,
            replacedBy=_list(_CANDIDATE),
            nearest=_list(_CANDIDATE),
        )
    ),
    counts={"type": "object", "additionalProperties": _WHOLE},
)
ROWS: Final = _object(
    ("rows", "isComplete"),
    isComplete=_YES_OR_NO,
    rows=_list(
        _object(
            ("label", "status", "candidates"),
            label=TEXT,
            status={"type": "string", "enum": ["found", "ambiguous", "deprecated", "unknown"]},
            candidates=_list(_CANDIDATE),
        )
    ),
)
SOLUTIONS: Final = _object(
    ("isComplete",),
    variables=_list(TEXT),
    rows=_list({"type": "object"}),
    total=_WHOLE,
    boolean=_YES_OR_NO,
    turtle=TEXT,
    isComplete=_YES_OR_NO,
)

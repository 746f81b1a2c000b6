"""What ``/rest/v1/`` offers, described for ``/openapi.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pathways_ld.embedding.skosmos_search import FIELDS
from pathways_ld.formats import JSON, JSONLD, RDFXML, TURTLE
from pathways_ld.web import schemas
from pathways_ld.web.interfaces import TEXT, Answer, Operation, Parameter, Sample, Schema
from pathways_ld.web.rest_asking import LONGEST_IRI, MOST, MOST_SKIPPED
from pathways_ld.web.search_asking import MAX_WORDS

HITS: Final = 100
"""Results of a search where nothing is said."""
FORMATS: Final = (RDFXML, TURTLE, JSONLD, JSON)
"""What ``data`` writes, as Skosmos does."""
TAG: Final = "Embedding"

_TAG_SCHEMA: Final[Schema] = {
    "type": "string",
    "pattern": "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,8}$",
}
_WORDS: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": MAX_WORDS, "pattern": r"\w"}
_VOCABULARY: Final = Parameter(
    "vocid",
    "path",
    "The id of the vocabulary: the last word of the base of its IRIs.",
    schemas.STRING,
    example=Sample.VOCABULARY,
)
_LANG: Final = Parameter("lang", "query", "The language of labels.", _TAG_SCHEMA, example="en")
_NEEDED_LANG: Final = Parameter(
    "lang", "query", "The language of labels.", _TAG_SCHEMA, required=True, example="en"
)
_IRI: Final = Parameter(
    "uri",
    "query",
    "The IRI of a term.",
    {**schemas.IRI, "maxLength": LONGEST_IRI, "minLength": 1},
    required=True,
    example=Sample.IRI,
)
_OFFSET: Final = Parameter(
    "offset", "query", f"How many entries to leave out; {MOST_SKIPPED:,} at most.", schemas.number(0, None, 0)
)
_PAGING: Final = (
    Parameter("limit", "query", f"How many entries; {MOST:,} at most.", schemas.number(1, None, MOST)),
    _OFFSET,
)
_SEARCH: Final = (
    Parameter(
        "query",
        "query",
        "A label, or with * its beginning; not needed with parent or group.",
        _WORDS,
        example=Sample.WORD,
    ),
    Parameter("lang", "query", "The language of the labels that are looked through.", _TAG_SCHEMA),
    Parameter("labellang", "query", "The language of the labels in the answer.", _TAG_SCHEMA),
    Parameter(
        "type", "query", "Classes, as IRIs or short ones; concepts where none is said.", schemas.STRING
    ),
    Parameter("parent", "query", "The IRI of a concept: only what is below it.", schemas.IRI),
    Parameter("group", "query", "The IRI of a collection: only what is in it.", schemas.IRI),
    Parameter("maxhits", "query", f"How many results; {MOST:,} at most.", schemas.number(1, None, HITS)),
    _OFFSET,
    Parameter("fields", "query", f"More properties, parted by spaces: {', '.join(FIELDS)}.", schemas.STRING),
    Parameter("unique", "query", "Taken and not needed: every term is there once.", schemas.STRING),
)
_ENTRY: Final = schemas.record({"uri": schemas.STRING})
_UNKNOWN: Final = (
    Answer(404, "There is no such vocabulary or term; `detail` says what there is."),
    Answer(410, "The term was withdrawn."),
)


def _answer(description: str, members: Mapping[str, Schema]) -> Answer:
    schema = schemas.record({"@context": {"type": "object"}, **members})
    return Answer(200, description, {"application/json": schema, "application/ld+json": schema})


def _route(
    path: str, name: str, summary: str, parameters: tuple[Parameter, ...], *answers: Answer, **more: Any
) -> Operation:
    return Operation(
        "GET",
        f"/rest/v1/{path}",
        f"skosmos{name}",
        summary,
        TAG,
        parameters,
        answers=(*answers, *_UNKNOWN),
        **more,
    )


_LIST: Final[Schema] = schemas.array(_ENTRY)
_RESULTS: Final = _answer("What was found, the best first", {"uri": schemas.STRING, "results": _LIST})
_TYPES: Final = _answer("The classes", {"uri": schemas.STRING, "types": _LIST})
_LABELS: Final = _answer("The labels", {"uri": schemas.STRING, "prefLabel": schemas.maybe(schemas.STRING)})
_DATA: Final = Answer(
    200,
    "What is said of the term",
    {
        RDFXML.media_type: TEXT,
        TURTLE.media_type: TEXT,
        JSONLD.media_type: schemas.ref("JsonLd"),
        JSON.media_type: schemas.ref("JsonLd"),
    },
)
_FORMAT: Final = Parameter(
    "format", "query", "The format, in place of Accept.", schemas.one_of(each.media_type for each in FORMATS)
)


def _listed(name: str) -> Answer:
    return _answer("The list; its context makes it JSON-LD", {"uri": schemas.STRING, name: _LIST})


def _step(relation: str) -> Operation:
    return _route(
        f"{{vocid}}/{relation}",
        relation.capitalize(),
        f"What is {relation} to a concept" if relation == "related" else f"The {relation} concepts of one",
        (_VOCABULARY, _IRI, _LANG, *_PAGING),
        _listed(relation),
    )


def _steps(relation: str) -> Operation:
    name = f"{relation}Transitive"
    most = Parameter("limit", "query", f"How many; {MOST:,} at most.", schemas.number(1, None, MOST))
    content = {"uri": schemas.STRING, name: schemas.table(_ENTRY)}
    return _route(
        f"{{vocid}}/{name}",
        f"{relation.capitalize()}Transitive",
        f"All {relation} concepts of one, however many steps away",
        (_VOCABULARY, _IRI, _LANG, most),
        _answer("By IRI, the concept itself too", content),
        description="What is cut off has `isComplete: false`. Steps that close a loop are left out.",
    )


OPERATIONS: Final = (
    _route("", "Entrance", "The vocabularies, of which there is one", (_LANG,), _listed("vocabularies")),
    _route(
        "vocabularies",
        "Vocabularies",
        "The vocabularies, of which there is one",
        (_NEEDED_LANG,),
        _listed("vocabularies"),
    ),
    _route("types", "AllTypes", "The classes of terms", (_NEEDED_LANG,), _TYPES),
    _route(
        "search",
        "Search",
        "Find concepts by a label",
        (*_SEARCH, Parameter("vocab", "query", "Ids of vocabularies.", schemas.STRING)),
        _RESULTS,
    ),
    _route("label", "AllLabels", "The labels of a term", (_IRI, _LANG), _LABELS),
    _route("data", "AllData", "What is said of a term", (_IRI, _FORMAT, _LANG), _DATA),
    _route(
        "{vocid}/",
        "Vocabulary",
        "About the vocabulary",
        (_VOCABULARY, _LANG),
        _answer(
            "Title, languages, concept schemes",
            {
                "uri": schemas.STRING,
                "id": schemas.STRING,
                "title": schemas.maybe(schemas.STRING),
                "defaultLanguage": schemas.STRING,
                "languages": schemas.array(schemas.STRING),
                "conceptschemes": _LIST,
            },
        ),
    ),
    _route("{vocid}/types", "Types", "The classes of terms", (_VOCABULARY, _LANG), _TYPES),
    _route(
        "{vocid}/search", "SearchVocabulary", "Find concepts by a label", (_VOCABULARY, *_SEARCH), _RESULTS
    ),
    _route(
        "{vocid}/lookup",
        "Lookup",
        "The concepts that are called so",
        (
            _VOCABULARY,
            Parameter("label", "query", "A whole label.", _WORDS, required=True, example=Sample.LABEL),
            Parameter("lang", "query", "The language of the label.", _TAG_SCHEMA),
            Parameter("type", "query", "Classes; concepts where none is said.", schemas.STRING),
        ),
        _answer("Those that prefer the label before others", {"result": _LIST}),
    ),
    _route("{vocid}/label", "Label", "The labels of a term", (_VOCABULARY, _IRI, _LANG), _LABELS),
    _route(
        "{vocid}/topConcepts",
        "TopConcepts",
        "The concepts at the top",
        (_VOCABULARY, _LANG, Parameter("scheme", "query", "The IRI of a scheme.", schemas.IRI), *_PAGING),
        _listed("topconcepts"),
    ),
    _route(
        "{vocid}/children",
        "Children",
        "What is right below a concept",
        (_VOCABULARY, _IRI, _LANG, *_PAGING),
        _listed("narrower"),
    ),
    *(_step(each) for each in ("broader", "narrower", "related")),
    *(_steps(each) for each in ("broader", "narrower")),
    _route(
        "{vocid}/hierarchy",
        "Hierarchy",
        "The way from the top to a concept",
        (_VOCABULARY, _IRI, _LANG),
        _answer(
            "By IRI, with what stands beside",
            {"uri": schemas.STRING, "broaderTransitive": {"type": "object"}},
        ),
    ),
    _route("{vocid}/groups", "Groups", "The collections", (_VOCABULARY, _LANG, *_PAGING), _listed("groups")),
    _route(
        "{vocid}/groupMembers",
        "GroupMembers",
        "The concepts in a collection",
        (_VOCABULARY, _IRI, _LANG, *_PAGING),
        _listed("members"),
    ),
    _route(
        "{vocid}/vocabularyStatistics",
        "Statistics",
        "The terms counted by class",
        (_VOCABULARY, _LANG),
        _answer(
            "Numbers", {"id": schemas.STRING, "concepts": {"type": "object"}, "subTypes": {"type": "array"}}
        ),
    ),
    _route(
        "{vocid}/mappings",
        "Mappings",
        "The mappings of a concept",
        (_VOCABULARY, _IRI, _LANG),
        schemas.json_answer(
            "JSKOS mappings", schemas.record({"mappings": schemas.array({"type": "object"})})
        ),
    ),
    _route(
        "{vocid}/data",
        "Data",
        "What is said of a term, or the way to the download of everything",
        (
            _VOCABULARY,
            Parameter("uri", "query", "The IRI of a term.", _IRI.schema, example=Sample.IRI),
            _FORMAT,
            _LANG,
        ),
        _DATA,
        Answer(302, "To the download, where no term is named"),
    ),
)

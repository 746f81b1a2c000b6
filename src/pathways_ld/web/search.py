"""Search: words in, terms out with the reason why, as a page, as JSON or as RDF (docs/search.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, request

from pathways_ld.formats import HTML, JSON, JSONLD, NTRIPLES, RDFXML, TURTLE, Format
from pathways_ld.model import LanguageMap
from pathways_ld.namespaces import RDF, SKOS
from pathways_ld.rdfio import Statement, iri, literal, serialize
from pathways_ld.snapshot.searching import Found
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.matches import Hit, corrected, explained, find
from pathways_ld.web import pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, represent
from pathways_ld.web.search_asking import (
    FACETS,
    MAX_LIMIT,
    PARAMETERS,
    Asked,
    last_page,
    read_search,
    short_value,
)

blueprint = Blueprint("search", __name__)

PATH = "/search"
FORMATS = (HTML, JSON, TURTLE, JSONLD, RDFXML, NTRIPLES)


@blueprint.get(PATH)
def search() -> Response:
    """Find terms by the words of their labels and texts."""
    source = reader()
    choice = choose(PATH, FORMATS, suffixes=False)
    if choice.format is HTML and "q" not in request.args:
        body = pages.render("search.html", words="", asked=None)
        return _represent(body, choice.content_type)
    asked = read_search(source)
    found = find(source, asked.wanted)
    hits = explained(source, found, asked.limit, asked.offset)
    better = None if found.places else _better(source, asked)
    if choice.format is HTML:
        body = _page(source, asked, found, hits, better)
    elif choice.format is JSON:
        body = _json(_answer(source, asked, found, hits, better))
    else:
        body = _rdf(source, hits, choice.format)
    total = len(found.places)
    links = _links(asked, total, choice.format)
    return _represent(body, choice.content_type, links, {"X-Total-Count": str(total)})


def _represent(
    body: bytes, content_type: str, links: Iterable[str] = (), headers: dict[str, str] | None = None
) -> Response:
    return represent(
        Representation(
            etag=pages.digest(body + content_type.encode()),
            content_type=content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            links=links,
            headers=headers or {},
        )
    )


def _better(source: Reader, asked: Asked) -> tuple[Asked, Found] | None:
    """Give the search that was probably meant, where it finds anything."""
    words = corrected(source, asked.wanted)
    if not words:
        return None
    meant = replace(asked, words=words, offset=0)
    found = find(source, meant.wanted)
    return (meant, found) if found.places else None


def _links(asked: Asked, total: int, shown: Format) -> Iterator[str]:
    address = f"{request.script_root}{PATH}?"
    for relation, offset in (("prev", asked.offset - asked.limit), ("next", asked.offset + asked.limit)):
        if (relation == "next" and offset < total) or (relation == "prev" and asked.offset > 0):
            same = request.args.get("_mediatype", "")
            yield link(address + asked.address(max(0, offset), _mediatype=same), relation)
    for each in FORMATS:
        if each is not shown:
            other = asked.address(asked.offset, _mediatype=each.media_type)
            yield link(address + other, "alternate", type=each.media_type)


# a page


def _page(
    source: Reader, asked: Asked, found: Found, hits: Sequence[Hit], better: tuple[Asked, Found] | None
) -> bytes:
    total = len(found.places)
    return pages.render(
        "search.html",
        words=asked.words,
        asked=asked,
        found=found,
        hits=hits,
        total=total,
        facets=_facets(source, asked, found),
        number=asked.offset // asked.limit + 1,
        last=last_page(total),
        better=better[0] if better else None,
        better_hits=explained(source, better[1], asked.limit) if better else [],
    )


def _facets(source: Reader, asked: Asked, found: Found) -> list[dict[str, Any]]:
    """Give what the answer can be narrowed down by, and what it is narrowed down by."""
    chosen = dict(asked.facets)
    titles = source.titles_of(
        [value for name in FACETS for value, _ in found.facets.get(name, ())] + [*chosen.values()]
    )
    shown = []
    for name in FACETS:
        counted = [] if name in chosen and name != "topic" else found.facets.get(name, ())
        values = [
            _value(source, titles, name, value) | {"count": count}
            for value, count in counted
            if value != chosen.get(name)
        ]
        if name in chosen or len(values) > 1:
            active = _value(source, titles, name, chosen[name]) if name in chosen else None
            shown.append({"name": name, "chosen": active, "values": values})
    return shown


def _value(source: Reader, titles: dict[str, LanguageMap], name: str, value: str) -> dict[str, Any]:
    kind = source.manifest.kind(value) if name == "kind" else None
    title = {"en": kind.plural} if kind else titles.get(value, {})
    return {"value": short_value(source, value), "iri": kind.class_iri if kind else value, "title": title}


# for programs


def _answer(
    source: Reader, asked: Asked, found: Found, hits: Sequence[Hit], better: tuple[Asked, Found] | None
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "q": asked.words,
        "total": len(found.places),
        "isComplete": found.is_complete,
        "offset": asked.offset,
        "limit": asked.limit,
        "results": [described(source, hit) for hit in hits],
        "facets": {
            facet["name"]: [
                {"value": each["value"], "id": each["iri"], "label": each["title"], "count": each["count"]}
                for each in facet["values"]
            ]
            for facet in _facets(source, asked, found)
        },
        "filters": dict(asked.short),
        "deprecated": found.deprecated,
    }
    if better:
        meant, others = better
        address = f"{request.script_root}{PATH}?{meant.address()}"
        answer["didYouMean"] = {"q": meant.words, "total": len(others.places), "url": address}
    return answer


def described(source: Reader, hit: Hit) -> dict[str, Any]:
    """Describe a term that was found, and why it was, for programs."""
    term = hit.term
    found: dict[str, Any] = {
        "id": term.link["iri"],
        "page": request.script_root + term.link["path"],
        "kind": term.kind,
        "prefLabel": term.link["title"],
        "summary": term.summary,
        "matches": [
            {
                "property": source.compact(match.predicate),
                "lang": match.lang,
                "text": match.text,
                "parts": [{"text": piece.text, "match": piece.is_match} for piece in match.pieces],
            }
            for match in hit.matches
        ],
    }
    if term.link.get("deprecated"):
        found["deprecated"] = True
    return found


def _json(answer: object) -> bytes:
    # Indented, it would be written by Python and not by C, which takes longer than the search.
    return json.dumps(answer, ensure_ascii=False).encode() + b"\n"


def _rdf(source: Reader, hits: Iterable[Hit], rdf_format: Format) -> bytes:
    statements = []
    for hit in hits:
        term, kind = iri(hit.term.link["iri"]), source.manifest.kind(hit.term.kind)
        if kind is not None:
            statements.append(Statement(term, iri(RDF.type), iri(kind.class_iri)))
        statements += [
            Statement(term, iri(SKOS.prefLabel), literal(text, lang=lang))
            for lang, text in hit.term.link["title"].items()
        ]
    return serialize(statements, rdf_format, source.prefixes)


_MATCH: Final = schemas.record(
    {
        "property": schemas.STRING,
        "lang": schemas.STRING,
        "text": schemas.STRING,
        "parts": schemas.array(schemas.record({"text": schemas.STRING, "match": schemas.FLAG})),
    }
)
FOUND: Final = schemas.record(
    {
        "id": schemas.IRI,
        "page": schemas.ADDRESS,
        "kind": schemas.STRING,
        "prefLabel": schemas.LABELS,
        "summary": schemas.LABELS,
        "matches": schemas.array(_MATCH),
    },
    {"deprecated": schemas.FLAG},
)
"""What `described` gives."""
_VALUE: Final = schemas.record(
    {
        "value": schemas.STRING,
        "id": schemas.STRING,
        "label": schemas.LABELS,
        "count": schemas.COUNT,
    }
)
_ANSWER: Final = schemas.record(
    {
        "q": schemas.STRING,
        "total": schemas.COUNT,
        "isComplete": schemas.FLAG,
        "offset": schemas.COUNT,
        "limit": schemas.COUNT,
        "results": schemas.array(FOUND, maxItems=MAX_LIMIT),
        "facets": schemas.table(schemas.array(_VALUE)),
        "filters": schemas.table(schemas.STRING),
        "deprecated": schemas.COUNT,
    },
    {"didYouMean": schemas.record({"q": schemas.STRING, "total": schemas.COUNT, "url": schemas.ADDRESS})},
)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "search",
        "Find terms by the words of their labels and texts",
        "Search",
        (*PARAMETERS, schemas.media_type(FORMATS)),
        answers=(
            Answer(
                200, "The terms, the best first, and why each was found", schemas.contents(FORMATS, _ANSWER)
            ),
        ),
    ),
)

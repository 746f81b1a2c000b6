"""``/statistics``: what the vocabulary holds, and what it lacks; as a page, as JSON, and as VoID in RDF."""

from __future__ import annotations

from math import ceil
from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.formats import HTML, JSON, JSONLD, NTRIPLES, RDFXML, TURTLE
from pathways_ld.model import Link
from pathways_ld.rdfio import serialize
from pathways_ld.web import overviews, pages, schemas, social
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation, Parameter
from pathways_ld.web.listings import PAGE, page_number
from pathways_ld.web.responses import cache, settings
from pathways_ld.web.statistics_view import MISSING, MOST_ROWS, Gap, StatisticsView

blueprint = Blueprint("statistics", __name__)

FORMATS: Final = (HTML, JSON, TURTLE, JSONLD, RDFXML, NTRIPLES)
LIST_FORMATS: Final = (HTML, JSON)
PATH: Final = overviews.STATISTICS_PATH
_FIRST: Final = 8
"""Terms that lack something, of those that are named on the page itself."""


@blueprint.get(overviews.route(PATH, FORMATS))
def show_statistics(name: str) -> Response:
    """Show the statistics, or with ``?missing=`` and ``?kind=`` the terms that lack something."""
    term = overviews.term_at(name)
    if term is not None:
        return term
    source = reader()
    if not source.statistics.counted:
        raise TermNotFound(
            "There are no statistics: the vocabulary holds no terms, or was built by an earlier version of"
            ' this software. "pathways-ld build" counts anew.'
        )
    view = StatisticsView(source)
    if "missing" in request.args:
        return _show_missing(view, name)
    choice = overviews.chosen(PATH, name, FORMATS)
    helper = pages.page()
    around = (helper.languages, helper.interface, social.public_root(), pages.fingerprint(), source.frame)
    key = ("statistics", source.manifest.id, source.manifest.created, choice.format.name, around)

    def body() -> bytes:
        if choice.format is HTML:
            first = {
                gap: [each.link for each in source.filed(gap.heading, limit=_FIRST)] for gap in view.gaps
            }
            formats = [(each, f"{PATH}.{each.suffix}") for each in FORMATS[1:]]
            return pages.render("statistics.html", view=view, first=first, most=MOST_ROWS, formats=formats)
        if choice.format is JSON:
            return overviews.as_json(view.document(request.script_root))
        prefixes = {**source.prefixes, "void": "http://rdfs.org/ns/void#"}
        return serialize(view.statements(), choice.format, prefixes, root=source.manifest.vocabulary_iri)

    return overviews.respond(PATH, choice, FORMATS, cache().get(key, body))


def _show_missing(view: StatisticsView, name: str) -> Response:
    """List the terms of a kind that lack something."""
    gap = _gap(view)
    choice = overviews.chosen(PATH, name, LIST_FORMATS)
    size = settings().page_size * 2
    last, number = max(1, ceil(gap.number / size)), page_number()
    if number > last:
        raise TermNotFound(f"The list has {last} pages; page {number} was asked for.")
    links = [each.link for each in view.reader.filed(gap.heading, limit=size, offset=(number - 1) * size)]
    if choice.format is JSON:
        body = overviews.as_json(_listed(gap, links, number, last))
    else:
        body = pages.render("statistics_missing.html", gap=gap, links=links, number=number, last=last)
    query = [("missing", gap.name), ("kind", gap.kind.name)]
    query += [("page", str(number))] if number > 1 else []
    return overviews.respond(PATH, choice, LIST_FORMATS, body, query, gap.number)


def _gap(view: StatisticsView) -> Gap:
    """Find what is asked for; raises :class:`BadRequest` and :class:`TermNotFound`."""
    missing, kind = request.args["missing"], request.args.get("kind", "")
    kinds = {row.kind.name: row.kind for row in view.rows}
    if missing not in MISSING:
        raise BadRequest(f'"missing" is "{missing[:60]}"; expected one of {", ".join(MISSING)}.')
    if kind not in kinds:
        raise BadRequest(f'"kind" is "{kind[:60]}"; expected one of {", ".join(kinds)}.')
    for each in view.gaps:
        if (each.name, each.kind.name) == (missing, kind):
            return each
    plural = kinds[kind].plural.lower()
    raise TermNotFound(f"No {plural} are {MISSING[missing][1]}, or none are expected to have that.")


def _listed(gap: Gap, links: list[Link], number: int, last: int) -> dict[str, object]:
    return {
        "missing": gap.name,
        "kind": gap.kind.name,
        "total": gap.number,
        "page": number,
        "pages": last,
        "terms": [
            {"iri": each["iri"], "url": f"{request.script_root}{each['path']}", "title": each["title"]}
            for each in links
        ],
    }


_COUNTS: Final = schemas.table(schemas.COUNT)
_KIND: Final = schemas.record(
    {
        "kind": schemas.STRING,
        "class": schemas.IRI,
        "label": schemas.STRING,
        "terms": schemas.COUNT,
        "deprecated": schemas.COUNT,
        "withdrawn": schemas.COUNT,
        "missing": schemas.table(schemas.record({"terms": schemas.COUNT, "url": schemas.ADDRESS})),
        "types": _COUNTS,
        "values": schemas.table(_COUNTS),
        "properties": _COUNTS,
    }
)
_ALL: Final = schemas.record(
    {
        "vocabulary": schemas.maybe(schemas.IRI),
        "snapshot": schemas.STRING,
        "created": schemas.MOMENT,
        "change": schemas.COUNT,
        "statements": schemas.COUNT,
        "kinds": schemas.array(_KIND),
        "languages": schemas.table(_COUNTS),
        "mappings": schemas.array(
            schemas.record({"target": schemas.STRING, "terms": schemas.COUNT, "relations": _COUNTS})
        ),
    }
)
_MISSING: Final = schemas.pages(
    missing=schemas.one_of(MISSING), kind=schemas.STRING, terms=schemas.array(schemas.LINK)
)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "getStatistics",
        "What the vocabulary holds, and what it lacks",
        "Whole vocabulary",
        (
            Parameter("missing", "query", "The terms that lack this; with `kind`.", schemas.one_of(MISSING)),
            Parameter("kind", "query", "The kind of those terms.", schemas.KIND),
            PAGE,
            schemas.media_type(FORMATS),
        ),
        answers=(
            Answer(
                200,
                "Counts, in RDF as VoID; or a list",
                schemas.contents(FORMATS, {"anyOf": [_MISSING, _ALL]}),
            ),
            Answer(404, "There are no terms, or none that lack this"),
        ),
    ),
)

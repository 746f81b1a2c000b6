"""``/timeline``: what began when, as a drawing and as the same in a table, and as JSON."""

from __future__ import annotations

from math import ceil
from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.formats import HTML, JSON
from pathways_ld.model import Link
from pathways_ld.settings import Kind
from pathways_ld.snapshot import SearchHit
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.statistics import DATED, Period
from pathways_ld.web import overviews, pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation, Parameter
from pathways_ld.web.listings import PAGE, page_number
from pathways_ld.web.timeline_drawing import Entry, draw

blueprint = Blueprint("timeline", __name__)

FORMATS: Final = (HTML, JSON)
PATH: Final = overviews.TIMELINE_PATH
SIZE: Final = 150
"""Lines of one drawing."""
UNDATED: Final = 150
"""Terms without a year that are named."""


@blueprint.get(overviews.route(PATH, FORMATS))
def show_timeline(name: str) -> Response:
    """Show the terms of a kind by the year in which they began."""
    term = overviews.term_at(name)
    if term is not None:
        return term
    source = reader()
    kind, kinds = _kind(source)
    choice = overviews.chosen(PATH, name, FORMATS)
    total = source.statistics.of(DATED, kind.name)
    number, last = page_number(), max(1, ceil(total / SIZE))
    if number > last:
        raise TermNotFound(f"The timeline has {last} pages; page {number} was asked for.")
    filed = source.filed(f"{DATED} {kind.name}", limit=SIZE, offset=(number - 1) * SIZE)
    dated = [(each.link, _period(each.note)) for each in filed]
    unknown = source.statistics.of("terms", kind.name) - total
    undated = _undated(source, kind) if unknown and number == last else []
    if choice.format is JSON:
        body = overviews.as_json(_document(kind, dated, (number, last), (total, unknown)))
    else:
        helper = pages.page()
        entries = []
        for link, when in dated:
            label, lang = helper.languages.pick(link["title"])
            entries.append(Entry(label or helper.compact(link["iri"]), helper.href(link), when, lang))
        body = pages.render(
            "timeline.html",
            shown=kind,
            kinds=kinds,
            dated=dated,
            drawings=[draw(entries, narrow=False), draw(entries, narrow=True)],
            total=total,
            undated=undated,
            unknown=unknown,
            number=number,
            last=last,
        )
    query = [("kind", kind.name)] if "kind" in request.args else []
    query += [("page", str(number))] if number > 1 else []
    return overviews.respond(PATH, choice, FORMATS, body, query, total)


def _kind(source: Reader) -> tuple[Kind, list[Kind]]:
    """Choose the kind that is shown; raises :class:`BadRequest` and :class:`TermNotFound`."""
    dated = source.statistics.kinds(DATED)
    kinds = [each for each in source.manifest.kinds if each.name in dated]
    if not kinds:
        raise TermNotFound(
            "There is no timeline: of no term of this vocabulary is it stated when it began (by a property"
            " called startYear or startDate)."
        )
    asked = request.args.get("kind", kinds[0].name)
    for each in kinds:
        if each.name == asked:
            return each, kinds
    known = ", ".join(each.name for each in kinds)
    raise BadRequest(f'"kind" is "{asked[:60]}"; expected one of {known}: those with years.')


def _period(note: str) -> Period:
    start, _, end = note.partition(" ")
    return Period(int(start), int(end) if end else None)


def _undated(source: Reader, kind: Kind) -> list[SearchHit]:
    return source.not_filed(f"{DATED} {kind.name}", kind.name, limit=UNDATED)


def _document(
    kind: Kind, dated: list[tuple[Link, Period]], place: tuple[int, int], totals: tuple[int, int]
) -> dict[str, object]:
    return {
        "kind": kind.name,
        "total": totals[0],
        "withoutYear": totals[1],
        "page": place[0],
        "pages": place[1],
        "terms": [
            {
                "iri": link["iri"],
                "url": f"{request.script_root}{link['path']}",
                "title": link["title"],
                "startYear": when.start,
                "endYear": when.end,
            }
            for link, when in dated
        ],
    }


OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "getTimeline",
        "The terms of a kind by the year in which they began",
        "Whole vocabulary",
        (Parameter("kind", "query", "A kind with years.", schemas.KIND), PAGE, schemas.media_type(FORMATS)),
        answers=(
            schemas.json_answer(
                "The terms, the earliest first",
                schemas.pages(
                    kind=schemas.STRING,
                    withoutYear=schemas.COUNT,
                    terms=schemas.array(
                        schemas.record(
                            {
                                "iri": schemas.IRI,
                                "url": schemas.ADDRESS,
                                "title": schemas.LABELS,
                                "startYear": {"type": "integer"},
                                "endYear": {"type": ["integer", "null"]},
                            }
                        )
                    ),
                ),
                page=True,
            ),
            Answer(404, "Of no term it is stated when it began, or there are fewer pages"),
        ),
    ),
)

"""``/frameworks``: the ordered lists of features or elements that terms have, side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import HTML, JSON
from pathways_ld.model import Link, Part
from pathways_ld.namespaces import DCT
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.statistics import FRAMEWORK, frameworks
from pathways_ld.web import overviews, pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import Answer, Operation
from pathways_ld.web.listings import PAGE, page_number

blueprint = Blueprint("frameworks", __name__)

FORMATS: Final = (HTML, JSON)
PATH: Final = overviews.FRAMEWORKS_PATH
SIZE: Final = 12
"""Terms with frameworks on one page."""
MOST_MEMBERS: Final = 60
"""Members of one framework that are shown here; all are on the page of the term."""


@dataclass(frozen=True)
class Column:
    """A framework with the term that it belongs to; `sources` are those that state it.

    `anchor` is its fragment, with a number where another one on the page has the same.
    """

    anchor: str
    term: Link
    part: Part
    sources: tuple[Link, ...]

    @property
    def shown(self) -> list[Part]:
        """The members that are shown."""
        return self.part["members"][:MOST_MEMBERS]


@blueprint.get(overviews.route(PATH, FORMATS))
def show_frameworks(name: str) -> Response:
    """Show all frameworks in columns."""
    term = overviews.term_at(name)
    if term is not None:
        return term
    source = reader()
    choice = overviews.chosen(PATH, name, FORMATS)
    number = page_number()
    filed = source.filed(FRAMEWORK, limit=SIZE + 1, offset=(number - 1) * SIZE)
    if not filed:
        raise TermNotFound(
            f"There is no page {number} of frameworks."
            if number > 1
            else "There are no frameworks: no term of this vocabulary has an ordered list of elements."
        )
    taken: Counter[str] = Counter()
    columns = [column for each in filed[:SIZE] for column in _columns(source, each.link, taken)]
    total = source.statistics.total(FRAMEWORK)
    if choice.format is JSON:
        body = overviews.as_json({"total": total, "frameworks": [_as_data(each) for each in columns]})
    else:
        last = number + 1 if len(filed) > SIZE else number
        body = pages.render("frameworks.html", columns=columns, total=total, number=number, last=last)
    query = [("page", str(number))] if number > 1 else []
    return overviews.respond(PATH, choice, FORMATS, body, query, total)


def _columns(source: Reader, link: Link, taken: Counter[str]) -> list[Column]:
    document = source.document(link["iri"])
    stated: dict[str, list[str]] = {}
    for each in document.statements:
        if each.predicate == f"<{DCT.source}>":
            stated.setdefault(each.subject, []).append(each.object[1:-1])
    columns = []
    for part in frameworks(document.view):
        fragment = part["fragment"]
        taken[fragment] += 1
        anchor = f"{fragment}-{taken[fragment]}" if taken[fragment] > 1 else fragment
        sources = tuple(_source(source, iri) for iri in stated.get(f"<{part['iri']}>", ()))
        columns.append(Column(anchor, link, part, sources))
    return columns


def _source(source: Reader, iri: str) -> Link:
    try:
        view = source.document(iri).view
    except TermNotFound:
        return Link(iri=iri, path="", title={})
    return Link(iri=iri, path=view["path"], title=view["title"])


def _as_data(column: Column) -> dict[str, object]:
    return {
        "iri": column.part["iri"],
        "title": column.part["title"],
        "term": {
            "iri": column.term["iri"],
            "url": f"{request.script_root}{column.term['path']}",
            "title": column.term["title"],
        },
        "sources": [each["iri"] for each in column.sources],
        "elements": [
            {
                "iri": each["iri"],
                "title": each["title"],
                "texts": [section["texts"] for section in each["texts"]],
            }
            for each in column.part["members"]
        ],
    }


_ELEMENT: Final = schemas.record(
    {
        "iri": schemas.IRI,
        "title": schemas.LABELS,
        "texts": schemas.array(
            schemas.array(schemas.record({"text": schemas.STRING, "lang": schemas.STRING}))
        ),
    }
)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "getFrameworks",
        "The ordered lists of features or elements that terms have",
        "Whole vocabulary",
        (PAGE, schemas.media_type(FORMATS)),
        answers=(
            schemas.json_answer(
                "The frameworks",
                schemas.record(
                    {
                        "total": schemas.COUNT,
                        "frameworks": schemas.array(
                            schemas.record(
                                {
                                    "iri": schemas.IRI,
                                    "title": schemas.LABELS,
                                    "term": schemas.LINK,
                                    "sources": schemas.array(schemas.IRI),
                                    "elements": schemas.array(_ELEMENT),
                                }
                            )
                        ),
                    }
                ),
                page=True,
            ),
            Answer(404, "No term has an ordered list, or there are fewer pages"),
        ),
    ),
)

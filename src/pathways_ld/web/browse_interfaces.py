"""What ``/browse`` and the addresses below it offer to programs."""

from __future__ import annotations

from typing import Final

from pathways_ld.formats import HTML, JSON
from pathways_ld.web import schemas
from pathways_ld.web.interfaces import Operation, Parameter, Sample, Schema
from pathways_ld.web.listings import PAGE

PATH: Final = "/browse"
FORMATS: Final = (HTML, JSON)

_TERM: Final = {
    "iri": schemas.IRI,
    "url": schemas.ADDRESS,
    "prefLabel": schemas.LABELS,
    "deprecated": schemas.FLAG,
}
_KIND: Final = Parameter(
    "kind", "query", "The kind; the first there is without.", schemas.KIND, example=Sample.KIND
)
_FORMAT: Final = schemas.media_type(FORMATS)


def _way(name: str, ident: str, summary: str, parameters: tuple[Parameter, ...], schema: Schema) -> Operation:
    answer = schemas.json_answer(summary, schema, page=True)
    return Operation(
        "GET", f"{PATH}{name}", ident, summary, "Browsing", (*parameters, _FORMAT), answers=(answer,)
    )


OPERATIONS: Final = (
    _way(
        "",
        "waysIn",
        "The kinds, and where their trees and indexes are",
        (),
        schemas.record(
            {
                "kinds": schemas.array(
                    schemas.record(
                        {
                            "kind": schemas.STRING,
                            "total": schemas.COUNT,
                            "listing": schemas.ADDRESS,
                            "tree": schemas.maybe(schemas.ADDRESS),
                            "index": schemas.ADDRESS,
                        }
                    )
                ),
                "groups": schemas.ADDRESS,
                "new": schemas.ADDRESS,
            }
        ),
    ),
    _way(
        "/tree",
        "getLevel",
        "One level of the hierarchy: the topmost terms, or those below a term",
        (
            _KIND,
            Parameter("scheme", "query", "Only this concept scheme: an IRI or a local id.", schemas.STRING),
            Parameter(
                "root",
                "query",
                "The term whose narrower terms are wanted: an IRI or a local id.",
                schemas.STRING,
            ),
            PAGE,
        ),
        schemas.pages(
            kind=schemas.STRING,
            scheme=schemas.maybe(schemas.IRI),
            term=schemas.maybe(schemas.IRI),
            broader=schemas.array(schemas.array(schemas.record(_TERM))),
            narrower=schemas.array(
                schemas.record(
                    {
                        **_TERM,
                        "narrowerCount": schemas.COUNT,
                        "isCountComplete": schemas.FLAG,
                        "narrower": schemas.maybe(schemas.ADDRESS),
                    }
                )
            ),
        ),
    ),
    _way(
        "/index",
        "getIndex",
        "The labels of a kind in alphabetical order",
        (
            _KIND,
            Parameter("letter", "query", "Only what begins so, as `letters` has it.", schemas.STRING),
            Parameter("lang", "query", "The language of the labels.", schemas.STRING),
            PAGE,
        ),
        schemas.pages(
            kind=schemas.STRING,
            language=schemas.STRING,
            letter=schemas.maybe(schemas.STRING),
            letters=schemas.table(schemas.COUNT),
            entries=schemas.array(
                schemas.record(
                    {**_TERM, "label": schemas.STRING, "lang": schemas.STRING, "type": schemas.STRING}
                )
            ),
        ),
    ),
    _way(
        "/groups",
        "getGroups",
        "Schemes, collections and what else sorts the terms",
        (_KIND,),
        schemas.record(
            {
                "groups": schemas.array(
                    schemas.record(
                        {
                            "kind": schemas.STRING,
                            "heading": schemas.STRING,
                            "total": schemas.COUNT,
                            "groups": schemas.array(
                                schemas.record(
                                    {
                                        "iri": schemas.IRI,
                                        "prefLabel": schemas.LABELS,
                                        "count": schemas.COUNT,
                                        "listing": schemas.ADDRESS,
                                    }
                                )
                            ),
                        }
                    )
                )
            }
        ),
    ),
    _way(
        "/new",
        "getNews",
        "What changed last, and the latest dates that are stated",
        (PAGE,),
        schemas.pages(
            changes=schemas.array(schemas.ref("Change")),
            dated=schemas.array(
                schemas.record(
                    {
                        "at": schemas.STRING,
                        "what": schemas.STRING,
                        "iri": schemas.IRI,
                        "prefLabel": schemas.LABELS,
                    }
                )
            ),
        ),
    ),
)

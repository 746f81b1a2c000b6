"""``/changes``: what was published, by whom as they agreed, why, and what exactly it added and removed.

Everybody sees the same: names of accounts and tokens are not public, and undoing is under ``/review``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, Final

from flask import Blueprint, Response, request

from pathways_ld.errors import ChangeNotFound, Forbidden, TermNotFound
from pathways_ld.formats import HTML, JSON, Format, by_suffix
from pathways_ld.ledger import Delta
from pathways_ld.ledger.history import History, PastChange
from pathways_ld.model import Link
from pathways_ld.rdfio import graph_line
from pathways_ld.vocabulary import Reader
from pathways_ld.web import differences, pages, schemas
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.interfaces import Answer, Operation, Parameter
from pathways_ld.web.listings import PAGE, page_number
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, represent, settings
from pathways_ld.wording import N_

blueprint = Blueprint("changes", __name__)

PATH: Final = "/changes"
FEED: Final = "/changes.atom"
LIST_FORMATS: Final = (HTML, JSON)
FORMATS: Final = (HTML, JSON, differences.PATCH)
PAGE_SIZE: Final = 25
SHOWN_TERMS: Final = 6
"""Terms that the list names of each change."""
WHAT: Final = {
    "contribution": N_("Contribution"),
    "undo": N_("Undo"),
    "update": N_("Update"),
    "put": N_("Graph replaced"),
    "merge": N_("Graph extended"),
    "delete": N_("Graph removed"),
}
_OTHER: Final = N_("Change")
_CONTRIBUTOR: Final = N_("a contributor who is not named")
_REVIEWER: Final = N_("a reviewer")
_MAINTAINER: Final = N_("a maintainer")
_CACHE: Final = "public, max-age=0, must-revalidate"


@blueprint.get(PATH)
@blueprint.get(f"{PATH}/")
def list_changes() -> Response:
    """List the changes, the newest first."""
    choice = choose(PATH, LIST_FORMATS, suffixes=False)
    history = History(settings().state_dir)
    number = page_number()
    # A server of one fixed snapshot knows of no later changes.
    through = reader().manifest.change
    total = history.count(through)
    last = max(1, ceil(total / PAGE_SIZE))
    if number > last:
        raise ChangeNotFound(f"The list has {last} pages; page {number} was asked for.")
    found = history.page(through, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    entries = [summary(each, reader()) for each in found]
    if choice.format is JSON:
        body = _json({"total": total, "page": number, "pages": last, "changes": entries})
    else:
        body = pages.render(
            "changes.html",
            entries=entries,
            total=total,
            number=number,
            last=last,
            feed=FEED,
            moment=differences.moment,
        )
    links = [link(f"{request.script_root}{FEED}", "alternate", type="application/atom+xml")]
    for relation, target in (("prev", number - 1), ("next", number + 1)):
        if 1 <= target <= last:
            links.append(link(f"{request.script_root}{PATH}?page={target}", relation))
    return _represent(body, choice.content_type, links, {"X-Total-Count": str(total)})


@blueprint.get(f"{PATH}/<int:number>")
@blueprint.get(f"{PATH}/<int:number>.<suffix>")
def show_change(number: int, suffix: str = "") -> Response:
    """Show one change: what it did in words, and as RDF."""
    path = f"{PATH}/{number}"
    suffix_format = by_suffix(suffix, FORMATS) if suffix else None
    if suffix and suffix_format is None:
        raise ChangeNotFound(f'There is no change "{number}.{suffix[:20]}"; expected a number alone.')
    choice = choose(path, FORMATS, suffix_format)
    past = past_change(number)
    body = _written(past, choice.format)
    return _represent(
        body,
        choice.content_type,
        [
            link(f"{request.script_root}{path}.{each.suffix}", "alternate", type=each.media_type)
            for each in FORMATS
            if each is not choice.format
        ],
        {},
    )


@blueprint.get(f"{PATH}/<path:rest>")
def show_nothing(rest: str) -> Response:
    """Refuse other addresses, which would be taken for those of terms."""
    raise ChangeNotFound(f'There is no change "{rest[:50]}"; expected a number.')


def past_change(number: int) -> PastChange:
    """Give a published change. Raises :class:`ChangeNotFound`."""
    known = number <= reader().manifest.change
    past = History(settings().state_dir).find(number) if known else None
    if past is None:
        raise ChangeNotFound(f"There is no published change {str(number)[:20]}; /changes lists them.")
    return past


def _written(past: PastChange, chosen: Format) -> bytes:
    delta = past.change.delta
    if chosen is not HTML and not past.is_whole:
        raise Forbidden(
            f"Change {past.change.number} is too large to be given out whole; what it led to is in /dumps/."
        )
    if chosen is differences.PATCH:
        return differences.patch(delta)
    if chosen is HTML:
        return pages.render("change.html", **change_context(past))
    added, removed = ([graph_line(each)[:-1] for each in part] for part in (delta.added, delta.removed))
    return _json({**summary(past, reader(), shown=None), "added": added, "removed": removed})


def change_context(past: PastChange) -> dict[str, Any]:
    """Give the page of a change what it shows."""
    delta = past.change.delta
    return {
        "change": summary(past, reader(), shown=None),
        "changes": differences.in_words(_of_terms(delta, reader().manifest.base)),
        "added": differences.turtle(delta.added),
        "removed": differences.turtle(delta.removed),
        "rows": differences.rows,
        "moment": differences.moment,
        "formats": FORMATS[1:],
        "is_whole": past.is_whole,
    }


def summary(past: PastChange, source: Reader, *, shown: int | None = SHOWN_TERMS) -> dict[str, Any]:
    """Say what is public of a change; of its terms, at most `shown` are named."""
    change, origin = past.change, past.origin
    terms = _terms(change.delta, source)
    delta = _of_terms(change.delta, source.manifest.base)
    return {
        "number": change.number,
        "url": f"{request.url_root.rstrip('/')}{PATH}/{change.number}",
        "at": change.at,
        "action": change.action,
        "what": WHAT.get(change.action, _OTHER),
        "by": _author(past),
        "orcid": origin.orcid if origin else "",
        "reason": origin.reason if origin else change.note if change.action == "undo" else "",
        "contribution": origin.contribution if origin else None,
        "graph": change.note if change.action in ("put", "merge", "delete") else "",
        "snapshot": change.snapshot,
        "terms": [_named(iri, source) for iri in terms[:shown]],
        "terms_total": len(terms),
        "added_total": len(delta.added),
        "removed_total": len(delta.removed),
        "is_whole": past.is_whole,
    }


def _author(past: PastChange) -> str:
    if past.origin is not None:
        return past.origin.name or ("" if past.origin.orcid else _CONTRIBUTOR)
    return _REVIEWER if past.change.action == "undo" else _MAINTAINER


@blueprint.app_template_filter("author")
def author_in_words(name: str) -> str:
    """Put into the language of the interface who made a change, where it is told without a name."""
    return gettext(name) if name in (_CONTRIBUTOR, _REVIEWER, _MAINTAINER) else name


def _terms(delta: Delta, source: Reader) -> Sequence[str]:
    """Give the IRIs of the terms that a change is about, its own description left out."""
    from pathways_ld.contributions.provenance import changed_terms  # noqa: PLC0415 - slow to import

    return changed_terms(delta, source.manifest.base)


def _of_terms(delta: Delta, base: str) -> Delta:
    """Leave out what a change says of itself."""
    from pathways_ld.contributions.provenance import is_provenance  # noqa: PLC0415 - slow to import

    added, removed = (
        tuple(each for each in part if not is_provenance(each, base)) for part in (delta.added, delta.removed)
    )
    return Delta(added, removed)


def _named(iri: str, source: Reader) -> Link:
    try:
        view = source.document(iri).view
    except TermNotFound:
        return Link(iri=iri, path="", title={})
    return Link(iri=iri, path=view["path"], title=view["title"], deprecated=view["deprecated"])


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _represent(body: bytes, content_type: str, links: Iterable[str], headers: dict[str, str]) -> Response:
    return represent(
        Representation(
            etag=pages.digest(body + content_type.encode()),
            content_type=content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            cache_control=_CACHE,
            links=links,
            headers=headers,
        )
    )


_NUMBER: Final = Parameter("number", "path", "The number of the change.", schemas.COUNT, example=1)

OPERATIONS: Final = (
    Operation(
        "GET",
        PATH,
        "listChanges",
        "What was published, the newest first",
        "History",
        (PAGE, schemas.media_type(LIST_FORMATS)),
        answers=(
            schemas.json_answer(
                "The changes", schemas.pages(changes=schemas.array(schemas.ref("Change"))), page=True
            ),
        ),
    ),
    Operation(
        "GET",
        f"{PATH}/{{number}}",
        "getChange",
        "One change, with each statement that it added and removed",
        "History",
        (_NUMBER, schemas.media_type(FORMATS)),
        answers=(
            Answer(
                200,
                "The change",
                schemas.contents(
                    FORMATS,
                    {
                        "allOf": [
                            schemas.ref("Change"),
                            schemas.record(
                                {
                                    "added": schemas.array(schemas.STRING),
                                    "removed": schemas.array(schemas.STRING),
                                }
                            ),
                        ]
                    },
                ),
            ),
            Answer(403, "It is too large to be given out whole"),
        ),
    ),
)

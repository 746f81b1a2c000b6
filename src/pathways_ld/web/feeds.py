"""Feeds: of all changes, of those of one term, and for reviewers of what came in and what was decided."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest, TermNotFound
from pathways_ld.ledger.history import History, PastChange
from pathways_ld.model import HistoryEntry
from pathways_ld.namespaces import DCT, RDF
from pathways_ld.rdfio import literal_parts
from pathways_ld.vocabulary.history import CHANGES
from pathways_ld.web import atom, changes_pages, pages, schemas
from pathways_ld.web.atom import Entry, Feed
from pathways_ld.web.current import reader
from pathways_ld.web.interfaces import TEXT, Answer, Operation, Parameter
from pathways_ld.web.responses import settings
from pathways_ld.web.signed_in import require_role
from pathways_ld.web.terms import TERM

blueprint = Blueprint("feeds", __name__)

MAX_ARCHIVE: Final = 10**11 - 1
PAGE: Final = 30
"""Changes in one document."""
SUFFIX: Final = "changes.atom"
_PUBLIC: Final = "public, max-age=60, must-revalidate"
_VALUE: Final = f"<{RDF.value}>"
_REASON: Final = f"<{DCT.description}>"


@blueprint.get(f"/{SUFFIX}")
def changes_feed() -> Response:
    """Give the newest changes, or with ``?archive=2`` the second of the documents that never change."""
    source, head = reader(), reader().manifest.change
    complete = head // PAGE
    archive = _archive(complete)
    through = archive * PAGE if archive else head
    past = History(settings().state_dir).between(max(0, through - PAGE), through)
    entries = [_entry(each) for each in past]
    here = f"{_root()}/{SUFFIX}"
    relations = [("self", f"{here}?archive={archive}" if archive else here)]
    relations.append(("alternate", f"{_root()}{changes_pages.PATH}"))
    if archive:
        relations.append(("current", here))
    earlier = archive - 1 if archive else complete
    if earlier:
        relations.append(("prev-archive", f"{here}?archive={earlier}"))
    if archive and archive < complete:
        relations.append(("next-archive", f"{here}?archive={archive + 1}"))
    title = pages.page().vocabulary_title()
    feed = Feed(
        id=f"{source.manifest.base}changes",
        title=f"Changes of {title}",
        updated=atom.newest(entries, source.manifest.created),
        author=title,
        entries=entries,
        relations=relations,
        rights=source.license,
        is_archive=bool(archive),
    )
    return atom.answer(feed, _PUBLIC)


def _archive(complete: int) -> int:
    text = request.args.get("archive", "")
    if not text:
        return 0
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ARCHIVE)) else 0
    if not number:
        raise BadRequest(f'"archive" is "{text[:40]}"; expected a number from 1.')
    if number > complete:
        raise TermNotFound(f"There are {complete} archives of changes; number {number} was asked for.")
    return number


def _root() -> str:
    return request.url_root.rstrip("/")


def _entry(past: PastChange) -> Entry:
    summary = changes_pages.summary(past, reader())
    said = {
        each.predicate: literal_parts(each.object)[0]
        for each in past.change.delta.added
        if each.subject == f"<{reader().manifest.base}{CHANGES}{past.change.number}>"
        and each.predicate in (_VALUE, _REASON)
    }
    reason = said.get(_REASON, summary["reason"])
    return Entry(
        id=f"{reader().manifest.base}{CHANGES}{past.change.number}",
        title=_title(summary),
        at=past.change.at,
        author=summary["by"] or summary["orcid"],
        author_iri=summary["orcid"],
        url=summary["url"],
        paragraphs=[said.get(_VALUE, ""), f"Why: {reason}" if reason else ""],
        links=[
            (_name(each["title"], each["iri"]), f"{_root()}{each['path']}")
            for each in summary["terms"]
            if each["path"]
        ],
    )


def _title(summary: dict[str, Any]) -> str:
    names = ", ".join(_name(each["title"], each["iri"]) for each in summary["terms"])
    more = summary["terms_total"] - len(summary["terms"])
    about = f"{names} and {more} more" if more > 0 else names
    what = "" if summary["action"] == "contribution" else f", {summary['what'].lower()}"
    return f"Change {summary['number']}{what}" + (f": {about}" if about else "")


def _name(title: dict[str, str], iri: str) -> str:
    return pages.page().plain(title, iri)


@blueprint.get(f"/<path:local_id>/{SUFFIX}")
def term_feed(local_id: str) -> Response:
    """Give the changes that the page of one term tells of."""
    source = reader()
    document = source.document(source.space.iri(local_id))
    view = document.view
    entries = [_of_history(each) for each in view.get("history", [])]
    path = source.space.path(document.iri) or "/"
    feed = Feed(
        id=f"{document.iri}/changes",
        title=f"Changes of “{_name(view['title'], document.iri)}”",
        updated=atom.newest(entries, source.manifest.created),
        author=pages.page().vocabulary_title(),
        entries=entries,
        relations=[("self", f"{_root()}{path}/{SUFFIX}"), ("alternate", f"{_root()}{path}")],
        rights=source.license,
    )
    return atom.answer(feed, _PUBLIC)


def _of_history(entry: HistoryEntry) -> Entry:
    orcid = next((link["iri"] for link in entry["agents"]), "")
    return Entry(
        id=entry["change"]["iri"],
        title=f"Change {entry['number']}",
        at=entry["at"],
        author=", ".join(text["text"] for text in entry["contributors"]) or "a reviewer",
        author_iri=orcid,
        url=f"{_root()}{changes_pages.PATH}/{entry['number']}",
        paragraphs=[
            *(text["text"] for text in entry["what"]),
            *(f"Why: {text['text']}" for text in entry["why"]),
        ],
    )


@blueprint.get("/review/contributions.atom")
def contributions_feed() -> Response:
    """Give reviewers what came in, and what was decided, newest first."""
    require_role("reviewer")
    from pathways_ld.contributions.feed import events  # noqa: PLC0415 - slow to import

    source = reader()
    base = source.manifest.base
    entries = [
        Entry(
            id=f"{base}contributions/steps/{each.step}",
            title=f"Contribution {each.contribution} {each.what}: {each.title}",
            at=each.at,
            author=each.actor or "a contributor",
            url=f"{_root()}/review/{each.contribution}",
            paragraphs=[each.text],
        )
        for each in events(settings().state_dir)
    ]
    feed = Feed(
        id=f"{base}contributions/steps",
        title=f"Contributions to {pages.page().vocabulary_title()}",
        updated=atom.newest(entries, source.manifest.created),
        author=pages.page().vocabulary_title(),
        entries=entries,
        relations=[("self", f"{_root()}/review/contributions.atom"), ("alternate", f"{_root()}/review")],
    )
    return atom.answer(feed, "private, no-store")


_ARCHIVE: Final = Parameter(
    "archive",
    "query",
    "Which of the documents that never change (RFC 5005), from 1.",
    schemas.number(1, MAX_ARCHIVE),
)
_FEED: Final = Answer(200, "Atom (RFC 4287)", {atom.MEDIA_TYPE: TEXT})

OPERATIONS: Final = (
    Operation(
        "GET",
        f"/{SUFFIX}",
        "changesFeed",
        "A feed of all changes",
        "History",
        (_ARCHIVE,),
        answers=(_FEED, Answer(404, "There is no such archive yet")),
    ),
    Operation(
        "GET",
        f"/{{kind}}/{{name}}/{SUFFIX}",
        "termFeed",
        "A feed of the changes of one term",
        "History",
        TERM,
        answers=(_FEED,),
    ),
    Operation(
        "GET",
        "/review/contributions.atom",
        "contributionsFeed",
        "A feed of what came in and was decided, for reviewers",
        "Contributions",
        answers=(_FEED,),
        security=("token",),
    ),
)

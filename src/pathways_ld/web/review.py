"""``/review``: what waits for a decision, and all there is to know for making one. For reviewers only."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup, escape
from werkzeug.exceptions import MethodNotAllowed

from pathways_ld.errors import BadRequest, ContributionNotFound, PathwaysError
from pathways_ld.formats import HTML, JSON, TERM_FORMATS
from pathways_ld.rdfio import graph_line
from pathways_ld.report import ValidationReport
from pathways_ld.web import differences, pages, problems, signed_in
from pathways_ld.web.contribution_desk import contributions
from pathways_ld.web.contributions import html_response, json_response
from pathways_ld.web.current import reader
from pathways_ld.web.examined import report_json
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.listings import page_number
from pathways_ld.web.offers import TABLES
from pathways_ld.web.record import cancellation
from pathways_ld.web.report_view import report_alone
from pathways_ld.web.responses import choose, settings
from pathways_ld.web.review_texts import Texts, written
from pathways_ld.wording import N_

if TYPE_CHECKING:
    from pathways_ld.contributions import Contribution, Examination, Step

blueprint = Blueprint("review", __name__)

PATH: Final = "/review"
PAGE_SIZE: Final = 25
MAX_WORDS: Final = 200
STATES: Final = (
    N_("open"),
    N_("received"),
    N_("in review"),
    N_("accepted"),
    N_("rejected"),
    N_("withdrawn"),
    N_("all"),
)
WHO: Final = {"": N_("anybody"), "mine": N_("me"), "unassigned": N_("nobody yet")}
STEPS: Final = {
    "submit": N_("%(actor)s submitted it"),
    "take": N_("%(actor)s took it into review"),
    "release": N_("%(actor)s gave it back to the queue"),
    "comment": N_("%(actor)s wrote to the contributor"),
    "note": N_("%(actor)s noted, for reviewers only"),
    "answer": N_("%(actor)s answered"),
    "revise": N_("%(actor)s changed what is proposed"),
    "approve": N_("%(actor)s approved it"),
    "accept": N_("%(actor)s accepted it"),
    "reject": N_("%(actor)s rejected it"),
    "withdraw": N_("%(actor)s withdrew it"),
}
WAYS: Final = {
    "form": N_("a form"),
    "rdf": "RDF",
    "table": N_("a spreadsheet"),
    "command": N_("the command line"),
}
_MOST_OTHERS: Final = 10
ACTIONS: Final = frozenset({"accept", "approve", "comment", "reject", "release", "revise", "take", "undo"})
"""Last parts of addresses that only forms are sent to."""
LARGEST_NUMBER: Final = 1 << 62
"""SQLite's numbers end at 63 bits."""


@blueprint.get(PATH)
@blueprint.get(f"{PATH}/")
def show_queue() -> Response:
    """List contributions, the oldest first."""
    who = signed_in.require_role("reviewer")
    choice = choose(PATH, (JSON, HTML), suffixes=False)
    asked = _asked()
    number = page_number()
    reviewer = {"mine": who.name, "unassigned": "-"}.get(asked["who"], "")
    total, found = contributions().queue(
        state="" if asked["state"] == "all" else asked["state"],
        kind=asked["kind"],
        words=asked["q"],
        reviewer=reviewer,
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )
    last = max(1, ceil(total / PAGE_SIZE))
    if number > last:
        raise ContributionNotFound(f"The list has {last} pages; page {number} was asked for.")
    counts = contributions().counts()
    if choice.format is JSON:
        listed = [contribution_json(each) for each in found]
        body = {"total": total, "page": number, "pages": last, "counts": counts, "contributions": listed}
        return json_response(body)
    counts = {"open": counts["received"] + counts["in review"], **counts, "all": sum(counts.values())}
    return html_response(
        pages.render(
            "review_queue.html",
            found=found,
            total=total,
            number=number,
            last=last,
            asked=asked,
            query=urlencode({name: value for name, value in asked.items() if value}),
            counts=counts,
            states=STATES,
            who={name: gettext(words) for name, words in WHO.items()},
            state_word=gettext,
            moment=differences.moment,
        )
    )


def _asked() -> dict[str, str]:
    asked = {name: request.args.get(name, "").strip() for name in ("state", "kind", "who", "q")}
    asked["state"] = asked["state"] or "open"
    if asked["state"] not in STATES:
        raise BadRequest(f'"state" is "{asked["state"][:50]}"; expected one of {", ".join(STATES)}.')
    if asked["who"] not in WHO:
        raise BadRequest(f'"who" is "{asked["who"][:50]}"; expected mine, unassigned, or nothing.')
    if asked["kind"] and reader().manifest.kind(asked["kind"]) is None:
        known = ", ".join(each.name for each in reader().manifest.kinds)
        raise BadRequest(f'"kind" is "{asked["kind"][:50]}"; expected one of {known}.')
    if len(asked["q"]) > MAX_WORDS:
        raise BadRequest(f'"q" has {len(asked["q"])} characters; at most {MAX_WORDS} are looked for.')
    return asked


@blueprint.get(f"{PATH}/<int:number>")
def show_contribution(number: int) -> Response:
    """Show one contribution, held against what is published now."""
    who = signed_in.require_role("reviewer")
    choice = choose(f"{PATH}/{number}", (JSON, HTML), suffixes=False)
    found = contribution(number)
    if choice.format is HTML:
        return page(found, who)
    return json_response(whole_json(found))


@blueprint.get(f"{PATH}/<int:number>/document")
def show_document(number: int) -> Response:
    """Give the document as it was sent: as a file, which no browser opens."""
    signed_in.require_role("reviewer")
    found = contribution(number)
    content, media_type = contributions().document(found.number)
    if not content:
        raise ContributionNotFound(f"Contribution {number} came without a document.")
    is_packed = media_type in TABLES and TABLES[media_type] == "xlsx"
    kind = "application/octet-stream" if is_packed else "text/plain; charset=utf-8"
    ending = "xlsx" if is_packed else "txt"
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="contribution-{number}.{ending}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get(f"{PATH}/<int:number>/patch")
def show_patch(number: int) -> Response:
    """Give what is proposed as an RDF patch."""
    signed_in.require_role("reviewer")
    found = contribution(number)
    response = Response(differences.patch(found.delta), content_type=differences.PATCH.content_type())
    response.headers["Content-Disposition"] = f'attachment; filename="contribution-{number}.rdfp"'
    return response


@blueprint.get(f"{PATH}/<int:number>/preview")
def show_preview(number: int) -> Response:
    """Show the page of a term as it would be, as ``?term=`` says, or of the first one."""
    signed_in.require_role("reviewer")
    # Slow to import, with the libraries of the checks.
    from pathways_ld.contributions.preview import preview  # noqa: PLC0415
    from pathways_ld.contributions.published import Published  # noqa: PLC0415

    found = contribution(number)
    changes = differences.in_words(found.delta)
    ours = [each.link["iri"] for each in changes if reader().space.local_id(each.link["iri"]) is not None]
    wanted = request.args.get("term", "") or (ours[0] if ours else "")
    if wanted not in ours:
        raise ContributionNotFound(f"Contribution {number} changes no page of <{wanted[:200]}>.")
    with Published(reader().folder, settings()) as published:
        view = preview(published, found.delta, [wanted], settings())[wanted]
    path = reader().space.path(wanted) or "/"
    return html_response(
        pages.render(
            "review_preview.html",
            view=view,
            iri=wanted,
            path=path,
            formats=pages.alternates(path, TERM_FORMATS[1:]),
            long_group=None,
            preview=True,
            contribution=found,
        )
    )


@blueprint.get(f"{PATH}/<path:rest>")
def show_nothing(rest: str) -> Response:
    """Refuse other addresses, which would be taken for those of terms."""
    signed_in.require_role("reviewer")
    if rest.rpartition("/")[2] in ACTIONS:
        raise MethodNotAllowed(["POST"])
    raise ContributionNotFound(f'There is no contribution "{rest[:50]}"; expected a number.')


def contribution(number: int) -> Contribution:
    """Give a contribution; raises :class:`ContributionNotFound`."""
    if number >= LARGEST_NUMBER:
        raise ContributionNotFound(f"There is no contribution {str(number)[:30]}.")
    return contributions().get(number)


def examined(found: Contribution) -> tuple[Examination | None, str]:
    """Hold what is proposed against what is published now; where that fails, say why."""
    if not found.is_open:
        return None, ""
    try:
        return (
            contributions().examine(
                found.delta, reader().folder, base_change=found.base_change, cancellation=cancellation()
            ),
            "",
        )
    except PathwaysError as error:  # a contribution that cannot be examined can still be rejected
        return None, error.message


def page(
    found: Contribution,
    who: signed_in.Actor,
    *,
    error: PathwaysError | None = None,
    typed: dict[str, str] | None = None,
    action: str = "",
) -> Response:
    """Show a contribution; `typed` is what a form that failed held, and `action` which form that was."""
    status = problems.respond(error).status_code if error else 200
    examination, unexamined = examined(found)
    changes = examination.changes if examination else differences.in_words(found.delta)
    refused = getattr(error, "examination", None)
    texts = written(found.delta)
    if typed and action == "revise":
        texts = Texts(typed.get("added", ""), typed.get("removed", ""), texts.exact)
    body = pages.render(
        "review_contribution.html",
        contribution=found,
        who=who,
        way=gettext(WAYS.get(found.way, found.way)),
        steps=[(_step_in_words(each), each) for each in found.steps],
        examination=examination,
        unexamined=unexamined,
        report=report_alone(examination.report) if examination else None,
        refused=report_alone(refused.report) if refused else None,
        changes=changes,
        previews=_previews(found, changes),
        added=differences.turtle(found.delta.added),
        removed=differences.turtle(found.delta.removed),
        has_document=bool(contributions().document(found.number)[0]),
        rows=differences.rows,
        moment=differences.moment,
        four_eyes=settings().four_eyes == "on",
        texts=texts,
        failure=error.message if error else "",
        told=getattr(error, "changes", ()),
        typed=typed or {},
        action=action,
        others=_others(found),
        decided=not found.is_open,
        state_word=gettext,
    )
    return html_response(body, status)


def _step_in_words(step: Step) -> Markup:
    """Say who did what."""
    # Slow to import, with the libraries of the checks.
    from pathways_ld.contributions.stored import CONTRIBUTOR  # noqa: PLC0415

    name = gettext(step.actor) if step.actor == CONTRIBUTOR else step.actor
    actor = Markup('<bdi dir="auto"><strong>{}</strong></bdi>').format(name)
    return escape(gettext(STEPS[step.action])) % {"actor": actor}


def _others(found: Contribution) -> list[Contribution]:
    if not found.term or not found.is_open:
        return []
    waiting = contributions().queue(state="open", term=found.term, limit=_MOST_OTHERS + 1)[1]
    return [each for each in waiting if each.number != found.number][:_MOST_OTHERS]


def _previews(found: Contribution, changes: Any) -> list[Any]:
    if not found.is_open:
        return []
    space = reader().space
    return [
        each.link for each in changes if each.link["iri"] and space.local_id(each.link["iri"]) is not None
    ]


def contribution_json(found: Contribution) -> dict[str, Any]:
    """Give a contribution as reviewers see it, as members of a JSON document."""
    root = request.url_root.rstrip("/")
    return {
        "number": found.number,
        "url": f"{root}{PATH}/{found.number}",
        "state": found.state,
        "received": found.at,
        "way": found.way,
        "term": found.term,
        "kind": found.kind,
        "title": found.title,
        "reason": found.reason,
        "name": found.contributor.name,
        "contact": found.contributor.contact,
        "named": found.contributor.named,
        "reviewer": found.reviewer,
        "change": f"{root}/changes/{found.change}" if found.change else None,
    }


def whole_json(found: Contribution) -> dict[str, Any]:
    """Give all there is to know of a contribution, as members of a JSON document."""
    examination, unexamined = examined(found)
    changes = examination.changes if examination else differences.in_words(found.delta)
    report = examination.report if examination else ValidationReport()
    return {
        **contribution_json(found),
        "seen": found.seen,
        "approved_by": list(found.approved_by),
        "steps": [
            {"at": each.at, "by": each.actor, "action": each.action, "note": each.note}
            for each in found.steps
        ],
        "added": [graph_line(each)[:-1] for each in found.delta.added],
        "removed": [graph_line(each)[:-1] for each in found.delta.removed],
        "report": report_json(report) if examination else None,
        "unexamined": unexamined,
        "duplicates": differences.duplicates_json(examination.duplicates) if examination else [],
        "conflicts": list(examination.conflicts) if examination else [],
        "changes": differences.changes_json(changes),
    }

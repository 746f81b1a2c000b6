"""Search: words in, terms out, as a page or as JSON."""

from __future__ import annotations

import json
from math import ceil

from flask import Blueprint, Response, request

from pathways_ld.errors import BadRequest
from pathways_ld.formats import HTML, JSON
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.listings import page_number
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, represent

blueprint = Blueprint("search", __name__)

PAGE_SIZE = 20
MAX_WORDS = 200


@blueprint.get("/search")
def search() -> Response:
    """Find terms by the words of their labels and texts."""
    source = reader()
    choice = choose("/search", (HTML, JSON), suffixes=False)
    words, kind = request.args.get("q", "").strip(), request.args.get("kind", "")
    if len(words) > MAX_WORDS:
        raise BadRequest(f'"q" has {len(words)} characters; at most {MAX_WORDS} are searched for.')
    if not words and choice.format is JSON:
        raise BadRequest('"q" is missing; expected the words to search for, as in /search?q=apprenticeship.')
    if kind and source.manifest.kind(kind) is None:
        known = ", ".join(each.name for each in source.manifest.kinds)
        raise BadRequest(f'"kind" is "{kind[:60]}"; expected one of {known}.')
    number = page_number()
    total, hits = source.search(words, kind=kind, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    if choice.format is JSON:
        results = [
            {"id": hit.link["iri"], "kind": hit.kind, "prefLabel": hit.link["title"], "summary": hit.summary}
            for hit in hits
        ]
        body = json.dumps({"total": total, "results": results}, ensure_ascii=False, indent=1).encode() + b"\n"
    else:
        last = max(1, ceil(total / PAGE_SIZE))
        body = pages.render(
            "search.html", words=words, kind=kind, hits=hits, total=total, number=number, last=last
        )
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            headers={"X-Total-Count": str(total)},
        )
    )

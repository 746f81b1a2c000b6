"""What the pages about the whole vocabulary share: their addresses, their answers, and who links to them.

Their addresses are words that a term may have for a slug. So they are not reserved: where there is a term,
the address is the term's, and nothing links to the page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, request

from pathways_ld.errors import PathwaysError
from pathways_ld.formats import HTML, Format, by_suffix
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.statistics import DATED, FRAMEWORK
from pathways_ld.web import pages, terms
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.negotiation import Choice
from pathways_ld.web.responses import VARY_PAGE, Representation, choose, link, represent
from pathways_ld.wording import N_

STATISTICS_PATH: Final = "/statistics"
TIMELINE_PATH: Final = "/timeline"
FRAMEWORKS_PATH: Final = "/frameworks"


def route(path: str, formats: Sequence[Format]) -> str:
    """Give the rule for a page with the suffixes of its formats."""
    name = path.removeprefix("/")
    suffixes = (f'"{name}.{suffix}"' for each in formats for suffix in each.suffixes)
    return f'/<any("{name}", {", ".join(suffixes)}):name>'


def term_at(name: str) -> Response | None:
    """Answer for the term that has the address, with a suffix or without; None where it is ours."""
    taken = any(terms.document_at(reader(), each) is not None for each in {name, name.partition(".")[0]})
    return terms.show_term(name) if taken else None


def chosen(path: str, name: str, formats: tuple[Format, ...]) -> Choice:
    """Choose the format that is asked for."""
    _, dot, suffix = name.rpartition(".")
    return choose(path, formats, by_suffix(suffix, formats) if dot else None)


def respond(
    path: str,
    choice: Choice,
    formats: Sequence[Format],
    body: bytes,
    query: Sequence[tuple[str, str]] = (),
    total: int | None = None,
) -> Response:
    """Answer with a page or with data; `query` is what of the address decides the content."""
    asked = f"?{urlencode(query)}" if query else ""
    base = f"{request.script_root}{path}"
    return represent(
        Representation(
            etag=pages.digest(body + choice.content_type.encode()),
            content_type=choice.content_type,
            render=lambda: body,
            vary=VARY_PAGE,
            content_location=f"{base}.{choice.format.suffix}{asked}",
            language=interface_language() if choice.format is HTML else "",
            links=[
                link(f"{base}.{each.suffix}{asked}", "alternate", type=each.media_type)
                for each in formats
                if each is not choice.format
            ],
            headers={} if total is None else {"X-Total-Count": str(total)},
        )
    )


def as_json(content: object) -> bytes:
    """Write JSON for programs that people also read."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def overviews() -> list[tuple[str, str]]:
    """Give the titles and paths of the pages about the whole vocabulary that there are."""
    try:
        source = reader()
    except PathwaysError:
        return []
    counted = source.statistics
    pages_there = [
        (N_("Statistics"), STATISTICS_PATH, bool(counted.counted)),
        (N_("Timeline"), TIMELINE_PATH, bool(counted.kinds(DATED))),
        (N_("Frameworks"), FRAMEWORKS_PATH, bool(counted.kinds(FRAMEWORK))),
    ]
    return [(title, path) for title, path, there in pages_there if there and not _taken(source, path)]


def _taken(source: Reader, path: str) -> bool:
    return terms.document_at(source, path.removeprefix("/")) is not None


def register(app: Flask) -> None:
    """Give the templates their function."""
    app.jinja_env.globals.update(overviews=overviews)

"""Atom (RFC 4287) and its archives (RFC 5005): what a feed is, and how it is written.

Every text may come from anybody: it is escaped, and characters that XML does not have are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from flask import Response, request

from pathways_ld.web import pages
from pathways_ld.web.responses import Representation, not_modified, represent

MEDIA_TYPE: Final = "application/atom+xml"
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAFE: Final = "%/:?#[]@!$&'()*+,;=-._~"


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `at` is ISO 8601, `paragraphs` and `links` (title, address) its content."""

    id: str
    title: str
    at: str
    author: str
    url: str
    paragraphs: Sequence[str]
    links: Sequence[tuple[str, str]] = ()
    author_iri: str = ""


@dataclass(frozen=True)
class Feed:
    """A feed document; `relations` are further links (relation, address)."""

    id: str
    title: str
    updated: str
    author: str
    entries: Sequence[Entry]
    relations: Sequence[tuple[str, str]] = ()
    rights: str = ""
    is_archive: bool = False


def write(feed: Feed) -> bytes:
    """Write a feed document."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:fh="http://purl.org/syndication/history/1.0">\n',
        _element("id", _iri(feed.id)),
        _element("title", feed.title),
        _element("updated", timestamp(feed.updated)),
        f"<author>{_element('name', feed.author)}</author>\n",
        _element("generator", "pathways-ld"),
        _element("rights", feed.rights) if feed.rights else "",
        "<fh:archive/>\n" if feed.is_archive else "",
        *(_link(relation, address) for relation, address in feed.relations),
        *(_entry(each) for each in feed.entries),
        "</feed>\n",
    ]
    return "".join(parts).encode()


def _entry(entry: Entry) -> str:
    home = _element("uri", _iri(entry.author_iri)) if entry.author_iri else ""
    shown = "".join(f"<p>{_text(each)}</p>" for each in entry.paragraphs if each)
    if entry.links:
        items = "".join(
            f"<li><a href={quoteattr(_iri(url))}>{_text(title)}</a></li>" for title, url in entry.links
        )
        shown += f"<ul>{items}</ul>"
    return (
        "<entry>\n"
        + _element("id", _iri(entry.id))
        + _element("title", entry.title)
        + _element("published", timestamp(entry.at))
        + _element("updated", timestamp(entry.at))
        + f"<author>{_element('name', entry.author)}{home}</author>\n"
        + _link("alternate", entry.url, "text/html")
        + f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{shown}</div></content>\n'
        + "</entry>\n"
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>\n"


def _link(relation: str, address: str, media_type: str = "") -> str:
    kind = f' type="{media_type}"' if media_type else ""
    return f'<link rel="{relation}"{kind} href={quoteattr(_iri(address))}/>\n'


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _iri(text: str) -> str:
    """Keep an IRI to what every reader takes."""
    return text if text.isascii() else quote(text, safe=_SAFE)


def timestamp(text: str) -> str:
    """Write a time as RFC 3339 does; the beginning of time for what is none."""
    return _moment(text).isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def newest(entries: Iterable[Entry], otherwise: str) -> str:
    """Give the time of the newest entry."""
    return max((each.at for each in entries), key=_moment, default=otherwise)


def answer(feed: Feed, cache_control: str) -> Response:
    """Send a feed, or tell that the client has it (RFC 9110, 13.1)."""
    body = write(feed)
    changed = _moment(feed.updated)
    response = represent(
        Representation(
            etag=pages.digest(body),
            content_type=f"{MEDIA_TYPE}; charset=utf-8",
            render=lambda: body,
            vary="Accept-Encoding",
            cache_control=cache_control,
            headers={"Last-Modified": format_datetime(changed, usegmt=True)},
        )
    )
    if response.status_code == 200 and _is_known_since(changed):
        headers = response.headers
        response = not_modified()
        for name in ("ETag", "Vary", "Cache-Control", "Last-Modified"):
            response.headers[name] = headers[name]
    return response


def _is_known_since(changed: datetime) -> bool:
    """Tell whether nothing is newer than what the client has; an ETag, where it sent one, decides alone."""
    header = request.headers.get("If-Modified-Since")
    if not header or "If-None-Match" in request.headers:
        return False
    try:
        known = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return False
    return known.tzinfo is not None and changed.replace(microsecond=0) <= known

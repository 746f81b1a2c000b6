"""The one way a representation becomes a response: validators first, then bytes, then headers."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from flask import Response, current_app, request

from pathways_ld.errors import BadRequest, NotAcceptable
from pathways_ld.formats import HTML, Format, by_media_type
from pathways_ld.settings import Settings
from pathways_ld.web.negotiation import Choice, negotiate

CACHE_TERM: Final = "public, max-age=300, must-revalidate"
CACHE_PAGE: Final = "public, max-age=0, must-revalidate"
"""Whoever looks at a page after a change was accepted sees the change; asking again costs a 304."""
VARY_RDF: Final = "Accept"
VARY_PAGE: Final = "Accept, Accept-Language, Accept-Profile"
WORDED: Final = frozenset({"text/html", "image/svg+xml"})
"""Media types of answers that have texts of the interface in them."""
VARY_WORDED: Final = ("Accept-Language", "Cookie")
"""What decides the language of the interface."""

EXTENSION_KEY: Final = "pathways_ld"


class RepresentationCache:
    """Rendered bytes, bounded by their sum; the oldest go first. Safe between threads.

    A key names the content by its digest, so an entry can be superfluous but never wrong.
    """

    def __init__(self, capacity: int) -> None:
        self.hits = self.misses = 0
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, render: Callable[[], bytes]) -> bytes:
        """Give the bytes for a key, rendering them where they are not kept."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
                self.hits += 1
                return found
            self.misses += 1
        body = render()
        if len(body) <= self._capacity // 8:
            with self._lock:
                if key not in self._entries:
                    self._size += len(body)
                    self._entries[key] = body
                while self._size > self._capacity:
                    _, dropped = self._entries.popitem(last=False)
                    self._size -= len(dropped)
        return body


@dataclass
class Representation:
    """What is sent and what is said about it; `cache_control` is empty for what is usual of the format."""

    etag: str
    content_type: str
    render: Callable[[], bytes]
    vary: str = VARY_RDF
    content_location: str = ""
    language: str = ""
    cache_control: str = ""
    links: Iterable[str] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def represent(representation: Representation) -> Response:
    """Answer a GET or HEAD request; 304 where the client has these very bytes (RFC 9110, 13 and 15.4.5)."""
    etag = f'"{representation.etag}"'
    unchanged = representation.status == 200 and is_unchanged(representation.etag)
    if unchanged:
        response = not_modified()
    else:
        body = representation.render()
        response = Response(body, status=representation.status, content_type=representation.content_type)
    headers = response.headers
    headers["ETag"] = etag
    headers["Vary"] = representation.vary
    if representation.content_type.partition(";")[0] in WORDED:
        response.vary.update(VARY_WORDED)
    usual = CACHE_PAGE if representation.content_type.startswith(HTML.media_type) else CACHE_TERM
    headers["Cache-Control"] = representation.cache_control or usual
    if representation.content_location:
        headers["Content-Location"] = representation.content_location
    if representation.language and not unchanged:
        headers["Content-Language"] = representation.language
    links = ", ".join(representation.links)
    if links:
        headers["Link"] = links
    for name, value in representation.headers.items():
        headers[name] = value
    return response


def is_unchanged(etag: str) -> bool:
    """Tell whether the client has this representation: a weak comparison (RFC 9110, 13.1.2)."""
    header = request.headers.get("If-None-Match")
    if not header or request.method not in ("GET", "HEAD"):
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or f'"{etag}"' in tags


def not_modified() -> Response:
    """Answer without a body; the caller adds the headers that a 200 would have had."""
    response = Response(status=304)
    response.headers.pop("Content-Type", None)
    return response


def link(target: str, relation: str, **attributes: str) -> str:
    """Write one link of a Link header (RFC 8288)."""
    if not target.isascii():  # header fields are (RFC 8288, 3.1)
        target = quote(target, safe="%/:?#[]@!$&'()*+,;=-._~")
    extra = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{target}>; rel="{relation}"{extra}'


def choose(
    path: str, formats: tuple[Format, ...], suffix_format: Format | None = None, *, suffixes: bool = True
) -> Choice:
    """Choose the format: the suffix before ``_mediatype`` before Accept (RFC 9110, 12.5.1).

    Where nothing suits, the answer lists the addresses at which each format is to be had: those with
    suffixes where `path` has them, else this address with ``_mediatype``.
    """
    if suffix_format is not None:
        return Choice(suffix_format, suffix_format.media_type)
    wanted = request.args.get("_mediatype")
    if wanted is not None:
        found = by_media_type(wanted, formats)
        if found is None:
            known = ", ".join(each.media_type for each in formats)
            raise BadRequest(f'"_mediatype" is "{wanted[:100]}"; expected one of {known}.')
        return Choice(found, found.media_type)
    try:
        return negotiate(request.headers.get("Accept"), formats)
    except NotAcceptable as error:
        base = f"{request.script_root}{path}"
        asked = [(key, value) for key, value in request.args.items(multi=True) if key != "_mediatype"]
        available = [
            (
                each.media_type,
                f"{base}.{each.suffix}"
                if suffixes
                else f"{base}?{urlencode([*asked, ('_mediatype', each.media_type)])}",
            )
            for each in formats
        ]
        raise NotAcceptable(error.message, available=available) from None


def redirect_to(path: str, status: int, **parameters: str) -> Response:
    """Send elsewhere, keeping the query string and adding to it; `path` is local and percent-encoded."""
    query = request.query_string.decode("latin-1")
    missing = {name: value for name, value in parameters.items() if value and name not in request.args}
    query = "&".join(filter(None, (query, urlencode(missing))))
    response = Response(status=status)
    response.headers["Location"] = f"{request.script_root}{path}" + (f"?{query}" if query else "")
    response.headers["Cache-Control"] = CACHE_TERM
    response.autocorrect_location_header = False
    return response


def settings() -> Settings:
    """Give the settings of the running application."""
    found = current_app.extensions[EXTENSION_KEY].settings
    assert isinstance(found, Settings)  # noqa: S101 - tells mypy
    return found


def cache() -> RepresentationCache:
    """Give this process's cache of rendered representations."""
    found = current_app.extensions[EXTENSION_KEY].cache
    assert isinstance(found, RepresentationCache)  # noqa: S101 - tells mypy
    return found

"""Compressed answers: gzip where the client takes it and it helps, decided in one place after every view.

A coded representation has an ETag of its own (RFC 9110, 8.8.3): that of the plain one and ``-gzip``. A client
that sends it back in If-None-Match is understood, because the ending is taken off before any view sees it.
https://www.rfc-editor.org/rfc/rfc9110.html#name-etag
"""

from __future__ import annotations

import gzip
import zlib
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from flask import Response, request

from pathways_ld.web.responses import cache

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST: Final = 1_000
"""Bytes below which compression saves no packet."""
LONGEST: Final = 200_000_000
"""Bytes above which it takes longer than sending."""
_LONGEST_FILE: Final = 8_000_000
_LEVEL: Final = 5
_PIECE: Final = 262_144
_ENDING: Final = "-gzip"
_GZIP_WINDOW: Final = 31  # the largest window, with a gzip header
_ASKED: Final = "pathways_ld.if_none_match"
_TEXTUAL: Final = frozenset(
    {
        "application/json", "application/javascript", "application/n-quads", "application/n-triples",
        "application/trig", "application/xml", "application/sparql-query", "image/svg+xml",
    }
)  # fmt: skip


def understand_etags() -> None:
    """Take the ending off the ETags a client sends; to be called before the view."""
    sent = request.environ.get("HTTP_IF_NONE_MATCH", "")
    if _ENDING in sent:
        request.environ[_ASKED] = sent
        request.environ["HTTP_IF_NONE_MATCH"] = sent.replace(f'{_ENDING}"', '"')


def compress(response: Response) -> Response:
    """Compress a response where that is of use; to be called after the view."""
    if response.status_code == 304:
        _name_coded(response)
        return response
    if not _is_textual(response):
        return response
    response.vary.add("Accept-Encoding")
    if not _is_worth_it(response) or not accepts_gzip(request.headers.get("Accept-Encoding", "")):
        return response
    if response.direct_passthrough:
        response.direct_passthrough = False
        response.make_sequence()
        response.headers.pop("Accept-Ranges", None)
    if response.is_sequence:
        _code_bytes(response)
    else:
        _code_stream(response)
    return response


def accepts_gzip(header: str) -> bool:
    """Tell whether a client prefers gzip to no coding (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in header[:1_000].lower().split(","):
        name, _, parameter = part.partition(";")
        key, _, value = parameter.strip().partition("=")
        try:
            weights[name.strip()] = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    wanted = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return 0 < wanted <= 1 and wanted >= weights.get("identity", 0.0)


def _is_textual(response: Response) -> bool:
    """Tell whether a response is of a kind that is compressed; downloads in ranges are not."""
    if response.direct_passthrough and request.endpoint != "static":
        return False
    kind = response.mimetype or ""
    return kind.startswith("text/") or kind.endswith(("+json", "+xml")) or kind in _TEXTUAL


def _is_worth_it(response: Response) -> bool:
    headers = response.headers
    if response.status_code in (204, 206) or "Content-Encoding" in headers or "Content-Range" in headers:
        return False
    length = response.content_length or response.calculate_content_length() or 0
    return SMALLEST <= length <= (_LONGEST_FILE if response.direct_passthrough else LONGEST)


def _name_coded(response: Response) -> None:
    """Send back the ETag by which the client knows what it has."""
    etag = response.get_etag()[0]
    if etag and f'"{etag}{_ENDING}"' in request.environ.get(_ASKED, ""):
        response.set_etag(etag + _ENDING)
    if "ETag" in response.headers and (not response.direct_passthrough or request.endpoint == "static"):
        response.vary.add("Accept-Encoding")


def _label(response: Response) -> str:
    response.headers["Content-Encoding"] = "gzip"
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(etag + _ENDING)
    return etag or ""


def _code_bytes(response: Response) -> None:
    body = response.get_data()
    etag = _label(response)

    def coded() -> bytes:
        return gzip.compress(body, _LEVEL, mtime=0)

    response.set_data(cache().get(("gzip", etag, len(body)), coded) if etag else coded())


def _code_stream(response: Response) -> None:
    """Compress what is in a file into another file, so that the length stays known."""
    coder = zlib.compressobj(_LEVEL, wbits=_GZIP_WINDOW)
    with ExitStack() as closing:
        spool = closing.enter_context(TemporaryFile())
        for piece in response.iter_encoded():
            spool.write(coder.compress(piece))
        spool.write(coder.flush())
        closing.pop_all()
    size = spool.tell()
    spool.seek(0)
    _label(response)
    response.response = _pieces(spool)
    response.content_length = size
    response.call_on_close(spool.close)


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    while piece := spool.read(_PIECE):
        yield piece

"""From what arrives at the gateway to what Flask reads: the WSGI environment and the body.

https://peps.python.org/pep-3333/, https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

from pathways_ld.errors import BadRequest, Overloaded, PayloadTooLarge, RequestTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from granian.rsgi import Scope

    from pathways_ld.web.rsgi import Exchange

_IN_MEMORY: Final = 1_000_000
_DRAIN_SECONDS: Final = 5.0
_LET_GO: Final = 0.1
_PLACES: Final = 8
"""Bodies of the largest size that may be held at the same time, or more smaller ones."""


def environ_of(scope: Scope) -> dict[str, Any]:
    """Make the WSGI environment of a request without its body.

    Header names with an underscore are left out: they would pass for others with a hyphen.
    """
    client, _, client_port = scope.client.rpartition(":")
    server, _, server_port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _as_latin(scope.path) or "/",
        "QUERY_STRING": _as_latin(scope.query_string),
        "SERVER_NAME": server,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{'1.0' if scope.http_version == '1' else scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "REMOTE_PORT": client_port,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in scope.headers.items():
        _add_header(environ, name, value)
    if scope.authority:  # that of the request line, or of HTTP/2, comes before the header (RFC 9112, 3.2.2)
        environ["HTTP_HOST"] = scope.authority
    return environ


def check_head(environ: dict[str, Any]) -> None:
    """Raise :class:`BadRequest` where two hosts are named (RFC 9112, 3.2)."""
    if ", " in environ.get("HTTP_HOST", ""):
        raise BadRequest("There is more than one Host header; expected one.")


def _as_latin(text: str) -> str:
    """Write text as WSGI has it: each byte as the character of that number."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("latin-1")


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name or name in ("content-length", "transfer-encoding", "proxy"):
        return  # the length is that of the body as it was read
    key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
    before = environ.get(key)
    if before is not None and key != "CONTENT_TYPE":
        value = f"{before}; {value}" if key == "HTTP_COOKIE" else f"{before}, {value}"
    environ[key] = value


class Body:
    """The body of one request: a file that Flask reads, in memory while it is small."""

    def __init__(self) -> None:
        self.file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self.length = 0

    def add(self, chunk: bytes) -> None:
        """Take what has come."""
        self.file.write(chunk)
        self.length += len(chunk)


class Bodies:
    """Reads the bodies of requests, within bounds for each and for all of them together."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size = size
        self._seconds = seconds
        self._open: set[Body] = set()

    @contextlib.contextmanager
    def new(self) -> Iterator[Body]:
        """Make room for a body, until its request has ended."""
        body = Body()
        self._open.add(body)
        try:
            yield body
        finally:
            self._open.discard(body)
            body.file.close()

    async def read(self, scope: Scope, proto: Exchange, body: Body) -> None:
        """Read a body.

        Raises :class:`PayloadTooLarge`, :class:`RequestTimeout`, :class:`BadRequest` for a body that breaks
        off, and :class:`Overloaded` where all bodies together are too large.
        """
        declared = scope.headers.get("content-length", "")
        stated = int(declared) if declared.isdecimal() else None
        chunks = _chunks(proto)
        try:
            async with asyncio.timeout(self._seconds):
                if stated is not None and stated > self._size:
                    await self._refuse(chunks, waits="expect" in scope.headers)
                await self._take(chunks, body)
        except TimeoutError:
            # The server lets go of the body in its own thread; before that, it cannot close the connection.
            await asyncio.sleep(_LET_GO)
            raise RequestTimeout(
                f"After {self._seconds:g} seconds {body.length:,} bytes of the body had come and not its end;"
                " send it faster, or in parts."
            ) from None
        if stated is not None and body.length != stated:
            raise BadRequest(f"{body.length:,} bytes of the body came of {stated:,} that were announced.")
        body.file.seek(0)

    async def _take(self, chunks: AsyncIterator[bytes], body: Body) -> None:
        ended = False
        async for chunk in chunks:
            # After an error granian gives an empty chunk, and then the one that ends every body.
            if ended:
                raise BadRequest("The body broke off before its end, or has trailers, which are not read.")
            ended = not chunk
            if body.length + len(chunk) > self._size:
                await self._refuse(chunks)
            body.add(chunk)
            if sum(each.length for each in self._open) > self._size * _PLACES:
                raise Overloaded("Too many large requests are under way; try again in a moment.")

    async def _refuse(self, chunks: AsyncIterator[bytes], *, waits: bool = False) -> None:
        """Raise :class:`PayloadTooLarge`, after reading on for a while: many clients send all, then read."""
        if not waits:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    await _drain(chunks, self._size)
        raise PayloadTooLarge(
            f"The body has more than {self._size:,} bytes, the most that are read here; send it in parts."
        )


async def _chunks(proto: Exchange) -> AsyncIterator[bytes]:
    async for chunk in proto:
        yield chunk


async def _drain(chunks: AsyncIterator[bytes], most: int) -> None:
    length = 0
    async for chunk in chunks:
        length += len(chunk)
        if length > most:
            return

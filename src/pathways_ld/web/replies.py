"""From what Flask answers to what the gateway sends: short answers as bytes, long ones piece by piece.

granian's streams have no brake: what is given to `send_bytes` is kept in memory until the client takes it,
and a body of unknown length that breaks off is ended as if it were whole. So a long answer always has its
length stated, and goes through a pipe that granian reads as a file: it reads when the client takes, the pipe
is full when the client does not, and an end before the stated length breaks the connection, as it should.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pathways_ld.web.rsgi import Exchange, Headers

SHORT: Final = 262_144
"""Bytes of an answer that are given to the server at once."""
_PIPE: Final = 262_144
_PIECE: Final = 131_072
_LOOK_EVERY: Final = 0.001
_BODILESS: Final = frozenset({204, 304})


class SlowReader(Exception):
    """The client took nothing for too long."""


@dataclass
class Reply:
    """An answer; `rest` are the pieces that follow `body`, of which `length` counts all bytes."""

    status: int
    headers: Headers
    body: bytes = b""
    rest: Iterator[bytes] | None = None
    length: int = 0
    close: Callable[[], None] | None = None
    bodiless: bool = False

    def drop(self) -> None:
        """Let go of what the answer holds."""
        close, self.close, self.rest = self.close, None, None
        if close is not None:
            close()


@dataclass
class _Start:
    """What a WSGI application says before the body."""

    status: int = 500
    headers: Headers = field(default_factory=list)

    def __call__(self, status: str, headers: Headers, _: Any = None) -> Callable[[bytes], None]:
        self.status = int(status[:3])
        self.headers = headers
        return _no_write


def _no_write(_: bytes) -> None:
    raise NotImplementedError("the application writes instead of giving pieces")


def call(application: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> Reply:
    """Call a WSGI application and take its answer as far as memory allows.

    A long answer of unknown length is put into a file first, so that its failure is ours to tell. Raises
    whatever the application raises while it makes the body.
    """
    start = _Start()
    pieces = application(environ, start)
    reply = Reply(start.status, _sendable(start.headers), close=getattr(pieces, "close", None))
    try:
        _take(reply, iter(pieces), environ["REQUEST_METHOD"])
    except BaseException:
        reply.drop()
        raise
    if reply.rest is None:
        reply.drop()
    return reply


def _take(reply: Reply, pieces: Iterator[bytes], method: str) -> None:
    stated = next((int(value) for name, value in reply.headers if name.lower() == "content-length"), None)
    beginning: list[bytes] = []
    size = 0
    for piece in pieces:
        beginning.append(piece)
        size += len(piece)
        if size > SHORT:
            break
    reply.body = b"".join(beginning)
    reply.bodiless = method == "HEAD" or reply.status in _BODILESS
    if reply.bodiless:
        reply.body = b""
    elif size <= SHORT:
        if stated is not None and stated != size:
            raise ValueError(f"a body of {size} bytes, announced as {stated}")
        reply.length = size
    else:
        reply.rest, reply.length = (pieces, stated) if stated is not None else _spool(reply, pieces)


def _spool(reply: Reply, pieces: Iterator[bytes]) -> tuple[Iterator[bytes], int]:
    """Write the pieces to a file, and the length to the headers."""
    spool = TemporaryFile()  # noqa: SIM115 - closed with the reply
    first = reply.close

    def close() -> None:
        spool.close()
        if first is not None:
            first()

    reply.close = close
    for piece in pieces:
        spool.write(piece)
    length = len(reply.body) + spool.tell()
    spool.seek(0)
    reply.headers.append(("Content-Length", str(length)))
    return iter(lambda: spool.read(_PIECE), b""), length


def _sendable(headers: Headers) -> Headers:
    """Replace what no header field may hold; the server would give up at it."""
    return [
        (name, value if value.isascii() and value.isprintable() else _plain(value)) for name, value in headers
    ]


def _plain(value: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in value)


async def send(proto: Exchange, reply: Reply, seconds: float) -> int:
    """Send an answer; gives how many bytes of its body the server took.

    Raises :class:`SlowReader` where nothing is taken for some seconds, and :class:`BrokenPipeError` where the
    client has gone; the connection is broken then.
    """
    if reply.bodiless:
        proto.response_empty(reply.status, reply.headers)
        return 0
    if reply.rest is None:
        proto.response_bytes(reply.status, reply.headers, reply.body)
        return reply.length
    try:
        return await _send_long(proto, reply, reply.rest, seconds)
    finally:
        reply.drop()


async def _send_long(proto: Exchange, reply: Reply, rest: Iterator[bytes], seconds: float) -> int:
    pipe = _Pipe(seconds)
    try:
        proto.response_file(reply.status, reply.headers, pipe.path)
        await pipe.write(memoryview(reply.body)[:_PIECE])
        await pipe.opened()
        await pipe.write(memoryview(reply.body)[_PIECE:])
        sent = len(reply.body)
        reply.body = b""
        for piece in rest:
            if sent + len(piece) > reply.length:
                raise ValueError(f"a body of more than {reply.length} bytes, as which it was announced")
            await pipe.write(memoryview(piece))
            sent += len(piece)
        return sent
    finally:
        pipe.close()


class _Pipe:
    """Our end of a pipe whose other end the server opens by its path, as it would a file."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # a quota of the kernel; the default size works too
                fcntl.fcntl(self._writing, fcntl.F_SETPIPE_SZ, _PIPE)
        self._written = 0
        self.path = f"/dev/fd/{self._reading}"

    async def opened(self) -> None:
        """Wait until the server reads, and leave it the only reader: when it stops, writing fails."""
        waited = 0.0
        while self._unread() >= self._written:
            if waited > self._seconds:
                raise SlowReader
            await asyncio.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
        os.close(self._reading)
        self._reading = -1

    def _unread(self) -> int:
        answer = fcntl.ioctl(self._reading, termios.FIONREAD, b"\0" * struct.calcsize("i"))
        unread: int = struct.unpack("i", answer)[0]
        return unread

    async def write(self, piece: memoryview) -> None:
        """Write all of a piece; raises :class:`SlowReader` and :class:`BrokenPipeError`."""
        while piece:
            try:
                written = os.write(self._writing, piece[:_PIECE])
            except BlockingIOError:
                await self._room()
                continue
            self._written += written
            piece = piece[written:]

    async def _room(self) -> None:
        loop = asyncio.get_running_loop()
        room = asyncio.Event()
        loop.add_writer(self._writing, room.set)
        try:
            async with asyncio.timeout(self._seconds):
                await room.wait()
        except TimeoutError:
            raise SlowReader from None
        finally:
            loop.remove_writer(self._writing)

    def close(self) -> None:
        """Close our ends; what was written and is still in the pipe is sent."""
        for descriptor in (self._reading, self._writing):
            if descriptor >= 0:
                os.close(descriptor)
        self._reading = self._writing = -1

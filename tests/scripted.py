"""A server on loopback that answers as a script says, however wrong, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

Script = Callable[[socket.socket], None]
"""Writes to the connection; raises OSError when the client has gone."""


@dataclass
class Asked:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]


@dataclass
class ScriptedServer:
    """Answers each request with the next script, the last one again and again."""

    scripts: list[Script]
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/sparql"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        if self.tls is not None:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                return
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as reader:
            while line := reader.readline():
                headers = {}
                while (header := reader.readline()) not in (b"\r\n", b""):
                    name, _, value = header.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                body = reader.read(int(headers.get("content-length", 0)))
                self.asked.append(Asked(line.decode().strip(), headers, body))
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                try:
                    script(connection)
                except OSError:
                    self.hung_up.set()
                    return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in [self._accepting, *self._threads]:
            thread.join(10)


def reply(
    body: bytes = b"",
    content_type: str = "application/sparql-results+json",
    status: int = 200,
    *,
    length: int | None = -1,
    **headers: str,
) -> Script:
    """Answer at once; `length` is what Content-Length says, None for no such header and a closed connection."""

    def script(connection: socket.socket) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {content_type}"]
        if length is not None:
            lines.append(f"Content-Length: {len(body) if length < 0 else length}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        if length is None or length > len(body):
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
            raise OSError

    return script


def chunks(
    *pieces: bytes, content_type: str = "application/sparql-results+json", ended: bool = True
) -> Script:
    """Answer in chunks; without the last one where `ended` is false."""

    def script(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        for piece in pieces:
            connection.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if ended:
            connection.sendall(b"0\r\n\r\n")
        else:
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
            raise OSError

    return script


def drip(first: bytes, piece: bytes, seconds: float = 0.05) -> Script:
    """Send a little again and again until the client has gone."""

    def script(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.settimeout(seconds)
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    raise OSError
            connection.settimeout(None)
            connection.sendall(piece)

    return script


def silence(connection: socket.socket) -> None:
    """Say nothing until the client has gone."""
    while connection.recv(1000):
        pass
    raise OSError


def hang_up(connection: socket.socket) -> None:
    """Close the connection without a word."""
    connection.shutdown(socket.SHUT_RDWR)
    raise OSError

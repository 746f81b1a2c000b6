"""One message of ``/mcp`` in, one answer out: the official SDK called for a single request.

The SDK is an ASGI application. The request has a thread already, and gets an event loop of its own there,
so that nothing of it can outlast it. Only this module of the web application needs the package ``mcp``,
and it is loaded with the first message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from pathways_ld.embedding.assistants import Desk
from pathways_ld.embedding.assistants.protocol import Assistants, OpenDesk
from pathways_ld.store.base import Cancellation


@dataclass
class Sent:
    """What the SDK sends."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def take(self, event: Mapping[str, Any]) -> None:
        """Take a piece of the answer, as ASGI applications send it."""
        if event["type"] == "http.response.start":
            self.status = event["status"]
            self.headers = [
                (name.decode("latin-1"), text.decode("latin-1")) for name, text in event["headers"]
            ]
        else:
            self.body += event.get("body", b"")


def exchange(server: Server[Any], headers: Mapping[str, str], body: bytes) -> Sent:
    """Put one message to a server; only the headers count that the protocol knows."""
    sent = Sent()
    with asyncio.Runner() as runner:
        runner.run(_exchange(server, _scope(headers), body, sent))
    return sent


async def _exchange(server: Server[Any], scope: dict[str, Any], body: bytes, sent: Sent) -> None:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not waiting:
            # That the client has left is told to its query, not here.
            await asyncio.Event().wait()
        return waiting.pop()

    manager = StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=max(1, len(body))
    )
    async with manager.run():
        await manager.handle_request(scope, receive, sent.take)


def _scope(headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/mcp",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()
        ],
    }


def make_server(desk: Desk, desks: OpenDesk, cancellation: Callable[[], Cancellation]) -> Server[Any]:
    """Make the server for one vocabulary; `desk` tells what it says of itself."""
    # The SDK tells the beginning and the end of its manager, which is every request here.
    logging.getLogger("mcp").setLevel(logging.WARNING)

    async def run(work: Callable[[Cancellation], Any]) -> Any:
        # This thread is the request's own: nothing else waits for its event loop.
        return work(cancellation())

    return Assistants(desks, run).server(desk)

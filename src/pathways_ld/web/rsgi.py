"""What we use of RSGI, the interface of granian.

https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

Headers = list[tuple[str, str]]


class Exchange(Protocol):
    """One request and its answer, which is given once."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the body; to be called once."""
        ...

    def client_disconnect(self) -> Awaitable[None]:
        """Wait until the client has left."""
        ...

    def response_empty(self, status: int, headers: Headers) -> None:
        """Answer without a body."""
        ...

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a short body."""
        ...

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Answer with what is read from a file."""
        ...

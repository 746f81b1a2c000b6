"""What goes wrong with an answer, as exceptions.

The tree::

ClientError
├── Unreachable        no answer came: no connection, or it took too long
├── AnswerUnusable     an answer came that is too large, from elsewhere, or not what was asked for
└── Problem            the service says what is wrong (RFC 9457); its `status` is that of HTTP
    └── NotFound       404, 410: there is no such thing, or there is none any more
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pathways_ld.errors import PathwaysError


class ClientError(PathwaysError):
    """No answer that can be used."""


class Unreachable(ClientError):
    """No answer came."""


class AnswerUnusable(ClientError):
    """An answer came that cannot be taken for what was asked for."""


class Problem(ClientError):
    """What the service says is wrong; `details` are all members of the problem."""

    def __init__(
        self, status: int, title: str, detail: str, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail or title, details=details)
        self.status = status
        self.title = title
        self.detail = detail


class NotFound(Problem):
    """There is no such thing, or there is none any more."""


def problem(status: int, title: str, detail: str, details: Mapping[str, Any] | None = None) -> Problem:
    """Make the exception for a status."""
    kind = NotFound if status in (404, 410) else Problem
    return kind(status, title, detail, details)

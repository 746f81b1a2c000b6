"""Bearer tokens in requests (RFC 6750, https://www.rfc-editor.org/rfc/rfc6750).

A token counts in the Authorization header only: not in a form, not in the address, where logs would keep it,
and not in a cookie, which another site's page could make a browser send.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from flask import request

from pathways_ld.errors import Forbidden, TooManyRequests, Unauthorized
from pathways_ld.ledger import Token, Tokens
from pathways_ld.web.responses import settings
from pathways_ld.web.sparql import client_name

FAILURES: Final = 10
"""Wrong tokens a client may send before it has to wait."""
REFILL: Final = 6.0
"""Seconds after which one more is allowed."""
_CLIENTS: Final = 10_000


class Failures:
    """Counts wrong tokens by client, those of the last minute or so; safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._debts: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, client: str) -> None:
        """Raise :class:`TooManyRequests` for a client that has guessed too often."""
        with self._lock:
            excess = self._debt(client) - FAILURES + 1
        if excess > 0:
            wait = math.ceil(excess * REFILL)
            raise TooManyRequests(
                f"Too many wrong tokens came from your address; try again in {wait} seconds.",
                retry_after=wait,
            )

    def add(self, client: str) -> None:
        """Note a wrong token."""
        with self._lock:
            self._debts[client] = (self._debt(client) + 1, self._clock())
            self._debts.move_to_end(client)
            while len(self._debts) > _CLIENTS:
                self._debts.popitem(last=False)

    def _debt(self, client: str) -> float:
        debt, since = self._debts.get(client, (0.0, 0.0))
        return max(0.0, debt - (self._clock() - since) / REFILL)


_FAILURES: Final = Failures()


def require(scope: str) -> Token:
    """Give the token of this request.

    Raises :class:`Unauthorized` without a valid one, :class:`Forbidden` where it is for something else, and
    :class:`TooManyRequests` for a client that keeps sending wrong ones.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if not scheme:
        raise Unauthorized(
            "Only maintainers can change something here; send a token in the header"
            ' "Authorization: Bearer ...".'
        )
    token = _find(text if scheme.lower() == "bearer" else "")
    if scope not in token.scopes:
        raise Forbidden(f'This token is not for "{scope}"; it is for {", ".join(sorted(token.scopes))}.')
    return token


def present() -> Token | None:
    """Give the token of this request, or None where none was sent.

    Raises :class:`Unauthorized` for one that is not valid, and :class:`TooManyRequests`. Other schemes than
    Bearer are those of a proxy, and not for us.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return _find(text) if scheme.lower() == "bearer" else None


def _find(text: str) -> Token:
    client = client_name()
    _FAILURES.check(client)
    token = Tokens(settings().state_dir).find(text.strip())
    if token is None:
        _FAILURES.add(client)
        raise Unauthorized(
            "The token is not valid: it is unknown, expired or revoked. Check that it was copied whole, or"
            " ask for a new one.",
            error="invalid_token",
        )
    return token

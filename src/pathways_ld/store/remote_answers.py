"""The answers of a remote store while they arrive, and the number of them that may do so at a time."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import QueryCancelled, QueryTimeout, StoreBusy, StoreError
from pathways_ld.store.base import ArrivingAnswer
from pathways_ld.store.remote_exchange import Exchange
from pathways_ld.store.remote_failures import TOO_LONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from pathways_ld.store.base import Cancellation, Limits

_NOT_FETCHED: Final = (
    "The answer was not fetched in the time an answer may take, so it was cut off. "
    "Ask for less at a time, or fetch faster."
)


@dataclass(eq=False)
class Lease:
    """A connection that is in use; `overdue_at` is on the monotonic clock.

    It does not know the answer: an answer that nobody holds any more must be able to end.
    """

    exchange: Exchange
    overdue_at: float


class Connections:
    """Lets at most `most` answers arrive at a time."""

    def __init__(self, most: int) -> None:
        self._most = max(1, most)
        self._changed = threading.Condition()
        self._running: set[Lease] = set()
        self._closed = False

    def admit(self, lease: Lease, seconds: float, cancellation: Cancellation | None) -> None:
        """Wait for a free connection, at most so many seconds; raises :class:`StoreBusy` then."""
        forget = cancellation.on_cancel(self._wake) if cancellation is not None else None
        try:
            with self._changed:
                self._wait(time.monotonic() + seconds, cancellation)
                self._running.add(lease)
        finally:
            if forget is not None:
                forget()

    def _wait(self, until: float, cancellation: Cancellation | None) -> None:
        while True:
            now = time.monotonic()
            self._drop_overdue(now)
            if self._closed:
                raise _closed()
            if cancellation is not None and cancellation.cancelled:
                raise _cancelled()
            if len(self._running) < self._most:
                return
            if now >= until:
                raise StoreBusy(
                    "Other queries kept all connections to the store busy for all the time this query had;"
                    " try again in a moment.",
                    retry_after=5,
                )
            self._changed.wait(min([until, *(each.overdue_at for each in self._running)]) - now)

    def _drop_overdue(self, now: float) -> None:
        """Take connections from answers whose reader has stopped; it finds out when it goes on."""
        for lease in [each for each in self._running if each.overdue_at <= now]:
            self._running.discard(lease)
            lease.exchange.stop(_not_fetched)

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def release(self, lease: Lease) -> None:
        """Take a connection back from an answer that needs it no more."""
        with self._changed:
            self._running.discard(lease)
            self._changed.notify_all()

    def close(self) -> None:
        """Cut all connections and admit nobody."""
        with self._changed:
            self._closed = True
            running = list(self._running)
            self._changed.notify_all()
        for lease in running:
            lease.exchange.stop(_closed)


class RemoteAnswer(ArrivingAnswer):
    """An answer that a thread is still reading."""

    def __init__(self, limits: Limits, connections: Connections, cancellation: Cancellation | None) -> None:
        super().__init__()
        self._limits = limits
        self._seconds = limits.deadline
        self._connections = connections
        self._exchange = Exchange()
        self._lease = Lease(self._exchange, time.monotonic() + limits.transfer)
        self._cancellation = cancellation
        stop = partial(self._exchange.stop, _cancelled)
        self._forget = cancellation.on_cancel(stop) if cancellation is not None else None

    def start(self, work: Callable[[Exchange], None]) -> None:
        """Send the request and collect the beginning of the answer, or all of it if it is short."""
        self._connections.admit(self._lease, self._limits.deadline, self._cancellation)
        self._exchange.run(work)
        self._collect(self._limits.buffer)

    def _receive(self) -> bytes | None:
        if self._finished:
            return None
        started = time.monotonic()
        try:
            piece = self._exchange.get(min(self._seconds, self._lease.overdue_at - started))
        except TimeoutError:
            self.close()
            if self._lease.overdue_at - started < self._seconds:
                raise QueryTimeout(_NOT_FETCHED) from None
            raise QueryTimeout(TOO_LONG.format(seconds=self._limits.deadline)) from None
        except BaseException:
            self.close()
            raise
        self._seconds -= time.monotonic() - started
        if piece is None:
            self._finish()
        return piece

    def _finish(self) -> None:
        if not self._finished:
            self._finished = True
            self._connections.release(self._lease)
            if self._forget is not None:
                self._forget()

    def close(self) -> None:
        """Cut the connection unless all is read."""
        self._exchange.stop(_closed)
        self._finish()

    def __del__(self) -> None:
        self.close()


def _not_fetched() -> StoreError:
    return QueryTimeout(_NOT_FETCHED)


def _closed() -> StoreError:
    return StoreError("The SPARQL store is closed: the service is stopping or changing its data. Try again.")


def _cancelled() -> QueryCancelled:
    return QueryCancelled("The query was cancelled.")

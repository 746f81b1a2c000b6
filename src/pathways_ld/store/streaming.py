"""The embedded store's answers while a worker writes them: the deadline, the slow reader, the cancel."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from pathways_ld.errors import (
    QueryCancelled,
    QueryError,
    QueryTimeout,
    StoreError,
)
from pathways_ld.store import frames
from pathways_ld.store.base import ArrivingAnswer
from pathways_ld.store.process import WorkerGone, WorkerProcess, memory_exceeded, syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathways_ld.store.base import Cancellation, Limits, Query

_NO_FUNCTION: Final = re.compile(r"The custom function (<.*>) is not supported")


@dataclass(eq=False)
class Lease:
    """A worker that is at work for one query; `overdue_at` is on the monotonic clock."""

    cheap: bool
    overdue_at: float
    worker: WorkerProcess | None = None
    overdue: bool = False


class Lender(Protocol):
    """The pool that a worker is given back to."""

    def release(self, lease: Lease, *, reusable: bool) -> None:
        """Take a worker back."""
        ...

    def reason_gone(self, lease: Lease, worker: WorkerProcess) -> StoreError:
        """Say why a worker is gone that nobody expected to go."""
        ...


class StreamingAnswer(ArrivingAnswer):
    """An answer that a worker is still writing."""

    def __init__(
        self, store: Lender, lease: Lease, worker: WorkerProcess, limits: Limits, seconds: float
    ) -> None:
        super().__init__()
        self._store = store
        self._lease = lease
        self._worker = worker
        self._limits = limits
        self._seconds = seconds
        self._ending = threading.Lock()
        self._cancelled = False
        self._undo: Callable[[], None] = _nothing

    def heed(self, wish: Cancellation) -> None:
        """Kill the worker when the wish comes; who waits for it then learns that."""
        self._undo = wish.on_cancel(self._cancel)

    def _cancel(self) -> None:
        with self._ending:  # once finished, the worker may be at work for somebody else
            self._cancelled = True
            if not self._finished:
                self._worker.kill()

    def start(self, request: bytes) -> None:
        """Send the request and collect the beginning of the answer, or all of it if it is short."""
        # A worker that is gone has perhaps said why: that is read below.
        with contextlib.suppress(WorkerGone), self._deadline():
            self._worker.send(request, self._seconds)
        self._collect(self._limits.buffer)

    def _receive(self) -> bytes | None:
        if self._finished:
            return None
        try:
            with self._deadline():
                kind, payload = self._worker.receive(self._remaining())
        except WorkerGone:
            error = (
                query_cancelled() if self._cancelled else self._store.reason_gone(self._lease, self._worker)
            )
            self.close()
            raise error from None
        if kind == frames.DATA:
            return payload
        if kind == frames.FAILURE:
            failure = json.loads(payload)
            self._finish(reusable=failure.get("fit", True))
            raise _failure(failure["kind"], failure["message"])
        self._finish(reusable=payload == b"1")
        return None

    @contextlib.contextmanager
    def _deadline(self) -> Iterator[None]:
        """Count the time spent inside, and end the query when there is none left."""
        started = time.monotonic()
        try:
            yield
        except TimeoutError:
            slow_reader = time.monotonic() - started < self._seconds
            self.close()
            if slow_reader:
                raise not_fetched() from None
            raise QueryTimeout(
                f"The query was stopped after {self._limits.deadline:g} seconds. It will not succeed "
                "unchanged: add LIMIT, name a subject or a property where there are only variables, "
                "or download the data."
            ) from None
        self._seconds -= time.monotonic() - started

    def _remaining(self) -> float:
        return min(self._seconds, self._lease.overdue_at - time.monotonic())

    def _finish(self, *, reusable: bool) -> None:
        with self._ending:
            before, self._finished = self._finished, True
        if not before:
            self._undo()
            self._undo = _nothing
            self._store.release(self._lease, reusable=reusable)

    def close(self) -> None:
        """Kill the worker unless it is done already."""
        self._finish(reusable=False)

    def __del__(self) -> None:
        self.close()


def _nothing() -> None:
    """Undo nothing."""


def not_fetched() -> QueryTimeout:
    """Make the error for an answer whose reader has stopped."""
    return QueryTimeout(
        "The answer was not fetched in the time an answer may take, so it was cut off. "
        "Ask for less at a time, or fetch faster."
    )


def query_cancelled() -> QueryCancelled:
    """Make the error for a query that nobody waits for."""
    return QueryCancelled("The client has left, so the query was stopped.")


def store_closed() -> StoreError:
    """Make the error for a store that does not take queries any more."""
    return StoreError("The SPARQL store is closed: the service is stopping or changing its data. Try again.")


def request_for(query: Query, limits: Limits) -> bytes:
    """Write the request that a worker reads."""
    return json.dumps(
        {
            "text": query.text,
            "media_type": query.media_type,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "dataset_given": query.dataset_given,
            "prefixes": query.prefixes,
            "base_iri": query.base_iri,
            "memory": limits.memory,
            "transfer": limits.transfer,
            "cheap": query.cheap,
        }
    ).encode()


def _failure(kind: str, message: str) -> Exception:
    if kind == frames.SYNTAX:
        return syntax_error(message)
    if kind == frames.MEMORY:
        return memory_exceeded()
    if kind == frames.STORE:
        return StoreError(message)
    unknown = _NO_FUNCTION.search(message)
    if unknown is not None:
        return QueryError(
            f"This endpoint has no function {unknown[1]}; check its IRI, or compute it yourself."
        )
    return QueryError(f"The query cannot be evaluated: {message}.")

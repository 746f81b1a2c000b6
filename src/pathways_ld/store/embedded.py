"""The store that ships with the software: an index on disk, evaluated in worker processes that can be killed.

The engine has no timeout, no way to stop a query and no memory limit, and some queries end its process. So
each query has a process to itself while it runs; the process is used again when the query ends well, and
killed when it does not.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import (
    QueryError,
    QueryPosition,
    QuerySyntaxError,
    QueryTimeout,
    StoreBusy,
    StoreError,
)
from pathways_ld.store import frames
from pathways_ld.store.base import RESULT_FORMATS, Answer, CompleteAnswer, Limits
from pathways_ld.store.process import WorkerGone, WorkerProcess, memory_exceeded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from pathways_ld.settings import Settings
    from pathways_ld.store.base import Query

_POSITION: Final = re.compile(r"error at (\d+):(\d+): ")
_NO_FUNCTION: Final = re.compile(r"The custom function (<.*>) is not supported")


@dataclass(eq=False)
class _Lease:
    """A worker that is at work for one query; `overdue_at` is on the monotonic clock."""

    cheap: bool
    overdue_at: float
    worker: WorkerProcess | None = None
    overdue: bool = False


class EmbeddedStore:
    """Evaluates queries over an index that nobody writes any more.

    `workers` processes at most are started, the first when the first query comes. Where there are two or
    more, one is kept for queries marked cheap. `queue` queries may wait for a process. Make one store for
    each process: it does not survive a fork.
    """

    def __init__(
        self, index_dir: Path, limits: Limits | None = None, *, workers: int = 2, queue: int = 16
    ) -> None:
        self._index_dir = index_dir
        self._limits = limits or Limits()
        self._workers = max(1, workers)
        self._queue = queue
        self._changed = threading.Condition()
        self._idle: list[WorkerProcess] = []
        self._leases: set[_Lease] = set()
        self._waiting = 0
        self._closed = False
        # One thread that lives as long as the store starts all workers: they die with the thread that
        # started them, and a web thread may end at any time.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sparql-starter")

    @classmethod
    def from_settings(cls, index_dir: Path, settings: Settings) -> EmbeddedStore:
        """Make a store as an operator has set it up."""
        return cls(
            index_dir,
            Limits.from_settings(settings),
            workers=settings.sparql_workers,
            queue=settings.sparql_queue,
        )

    def query(self, query: Query, limits: Limits | None = None) -> Answer:
        """Evaluate a query, see :class:`pathways_ld.store.base.Store`."""
        if query.media_type not in (format_.media_type for format_ in RESULT_FORMATS[query.form]):
            raise ValueError(f"{query.form} cannot be answered with {query.media_type}")
        bounds = limits or self._limits
        started = time.monotonic()
        lease, worker = self._acquire(query.cheap, started, bounds)
        seconds = bounds.deadline - (time.monotonic() - started)
        answer = _StreamingAnswer(self, lease, worker, bounds, seconds)
        try:
            answer.start(_request(query, bounds))
        except BaseException:
            answer.close()
            raise
        return CompleteAnswer(answer.take()) if answer.complete else answer

    def warm_up(self) -> None:
        """Start a worker in the background, so that the first query need not wait for it."""
        with self._changed:
            if not self._closed:
                self._starter.submit(self._replenish)

    def close(self) -> None:
        """Stop all workers; answers still being read raise :class:`StoreError`."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            at_work = [lease.worker for lease in self._leases if lease.worker is not None]
            self._changed.notify_all()
        for worker in idle:
            worker.close()
        for worker in at_work:
            worker.kill()
        self._starter.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # the pool

    def _acquire(self, cheap: bool, started: float, limits: Limits) -> tuple[_Lease, WorkerProcess]:
        with self._changed:
            self._check_open()
            if not self._has_room(cheap):
                self._wait_for_room(cheap, started + limits.deadline)
            lease = _Lease(cheap, started + limits.transfer)
            self._leases.add(lease)
        try:
            worker = self._idle_worker() or self._starter.submit(self._take_or_start).result()
        except BaseException as error:
            self.release(lease, reusable=False)
            if isinstance(error, OSError):
                raise StoreError(f"No SPARQL process could be started: {error.strerror}.") from error
            if isinstance(error, RuntimeError):
                raise _closed() from error
            raise
        lease.worker = worker
        return lease, worker

    def _has_room(self, cheap: bool) -> bool:
        if cheap or self._workers == 1:
            return len(self._leases) < self._workers
        heavy = sum(not lease.cheap for lease in self._leases)
        return len(self._leases) < self._workers and heavy < self._workers - 1

    def _wait_for_room(self, cheap: bool, until: float) -> None:
        if self._waiting >= self._queue:
            raise StoreBusy(
                f"{self._waiting} queries are waiting already; try again in a moment.", retry_after=2
            )
        self._waiting += 1
        try:
            while not self._has_room(cheap):
                now = time.monotonic()
                if now >= until:
                    raise StoreBusy(
                        "Other queries kept the SPARQL processes busy for all the time this query had; "
                        "try again in a moment.",
                        retry_after=5,
                    )
                self._changed.wait(min([until, *(lease.overdue_at for lease in self._leases)]) - now)
                self._check_open()
                self._take_back_overdue()
        finally:
            self._waiting -= 1

    def _take_back_overdue(self) -> None:
        """Take workers from answers whose reader has stopped; it finds out when it goes on."""
        now = time.monotonic()
        for lease in [lease for lease in self._leases if lease.overdue_at <= now]:
            lease.overdue = True
            self._leases.discard(lease)
            if lease.worker is not None:
                lease.worker.kill()

    def _check_open(self) -> None:
        if self._closed:
            raise _closed()

    def _idle_worker(self) -> WorkerProcess | None:
        while True:
            with self._changed:
                self._check_open()
                if not self._idle:
                    return None
                worker = self._idle.pop()
            if worker.is_alive():
                return worker
            worker.close()

    def _take_or_start(self) -> WorkerProcess:
        # The starter may have replaced a worker since the caller looked.
        return self._idle_worker() or WorkerProcess(self._index_dir)

    def _replenish(self) -> None:
        with self._changed:
            if len(self._idle) + len(self._leases) >= self._workers:
                return
        worker = self._take_or_start()
        with self._changed:
            if not self._closed:
                self._idle.append(worker)
                self._changed.notify_all()
                return
        worker.close()

    def release(self, lease: _Lease, *, reusable: bool) -> None:
        """Take a worker back from an answer that needs it no more."""
        with self._changed:
            worker, lease.worker = lease.worker, None
            self._leases.discard(lease)
            reusable = reusable and not self._closed and not lease.overdue
            if worker is not None and reusable:
                self._idle.append(worker)
            self._changed.notify_all()
        if worker is not None and not reusable:
            worker.close()
            with contextlib.suppress(RuntimeError):  # closed in the meantime
                self._starter.submit(self._replenish)

    def reason_gone(self, lease: _Lease, worker: WorkerProcess) -> StoreError:
        """Say why a worker is gone that nobody expected to go."""
        if self._closed:
            return _closed()
        return QueryTimeout(_NOT_FETCHED) if lease.overdue else worker.last_words()


_NOT_FETCHED: Final = (
    "The answer was not fetched in the time an answer may take, so it was cut off. "
    "Ask for less at a time, or fetch faster."
)


class _StreamingAnswer(Answer):
    """An answer that a worker is still writing."""

    def __init__(
        self, store: EmbeddedStore, lease: _Lease, worker: WorkerProcess, limits: Limits, seconds: float
    ) -> None:
        self._store = store
        self._lease = lease
        self._worker = worker
        self._limits = limits
        self._seconds = seconds
        self._pieces: deque[bytes] = deque()
        self._finished = False

    def start(self, request: bytes) -> None:
        """Send the request and collect the beginning of the answer, or all of it if it is short."""
        # A worker that is gone has perhaps said why: that is read below.
        with contextlib.suppress(WorkerGone), self._deadline():
            self._worker.send(request, self._seconds)
        size = 0
        while size <= self._limits.buffer and (piece := self._receive()) is not None:
            self._pieces.append(piece)
            size += len(piece)
        self.complete = self._finished

    def take(self) -> list[bytes]:
        """Give all that was collected."""
        return list(self._pieces)

    def __next__(self) -> bytes:
        if self._pieces:
            return self._pieces.popleft()
        piece = self._receive()
        if piece is None:
            raise StopIteration
        return piece

    def _receive(self) -> bytes | None:
        if self._finished:
            return None
        try:
            with self._deadline():
                kind, payload = self._worker.receive(self._remaining())
        except WorkerGone:
            error = self._store.reason_gone(self._lease, self._worker)
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
                raise QueryTimeout(_NOT_FETCHED) from None
            raise QueryTimeout(
                f"The query was stopped after {self._limits.deadline:g} seconds. It will not succeed "
                "unchanged: add LIMIT, name a subject or a property where there are only variables, "
                "or download the data."
            ) from None
        self._seconds -= time.monotonic() - started

    def _remaining(self) -> float:
        return min(self._seconds, self._lease.overdue_at - time.monotonic())

    def _finish(self, *, reusable: bool) -> None:
        if not self._finished:
            self._finished = True
            self._store.release(self._lease, reusable=reusable)

    def close(self) -> None:
        """Kill the worker unless it is done already."""
        self._finish(reusable=False)

    def __del__(self) -> None:
        self.close()


def _closed() -> StoreError:
    return StoreError("The SPARQL store is closed: the service is stopping or changing its data. Try again.")


def _request(query: Query, limits: Limits) -> bytes:
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
        }
    ).encode()


def _failure(kind: str, message: str) -> Exception:
    if kind == frames.SYNTAX:
        match = _POSITION.match(message)
        if match is None:
            return QuerySyntaxError(message)
        return QuerySyntaxError(message[match.end() :], QueryPosition(int(match[1]), int(match[2])))
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

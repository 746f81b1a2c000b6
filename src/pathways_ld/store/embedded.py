"""The store that ships with the software: an index on disk, evaluated in worker processes that can be killed.

The engine has no timeout, no way to stop a query and no memory limit, and some queries end its process. So
each query has a process to itself while it runs; the process is used again when the query ends well, and
killed when it does not.
"""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathways_ld.errors import StoreBusy, StoreError
from pathways_ld.store.base import RESULT_FORMATS, Answer, Cancellation, CompleteAnswer, Limits
from pathways_ld.store.process import WorkerProcess
from pathways_ld.store.streaming import (
    Lease,
    StreamingAnswer,
    not_fetched,
    query_cancelled,
    request_for,
    store_closed,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from pathways_ld.settings import Settings
    from pathways_ld.store.base import Query


@dataclass(frozen=True)
class Load:
    """How busy a store is: processes that evaluate, and queries that wait for one."""

    busy: int
    waiting: int


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
        self._leases: set[Lease] = set()
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

    def query(
        self, query: Query, limits: Limits | None = None, cancellation: Cancellation | None = None
    ) -> Answer:
        """Evaluate a query, see :class:`pathways_ld.store.base.Store`."""
        if query.media_type not in (format_.media_type for format_ in RESULT_FORMATS[query.form]):
            raise ValueError(f"{query.form} cannot be answered with {query.media_type}")
        bounds = limits or self._limits
        started = time.monotonic()
        wish = cancellation or Cancellation()
        lease, worker = self._acquire(query.cheap, started, bounds, wish)
        seconds = bounds.deadline - (time.monotonic() - started)
        answer = StreamingAnswer(self, lease, worker, bounds, seconds)
        if cancellation is not None:
            answer.heed(cancellation)
        try:
            answer.start(request_for(query, bounds))
        except BaseException:
            answer.close()
            raise
        return CompleteAnswer(answer.take()) if answer.complete else answer

    def load(self) -> Load:
        """Tell how busy this store is."""
        with self._changed:
            return Load(len(self._leases), self._waiting)

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

    def _acquire(
        self, cheap: bool, started: float, limits: Limits, wish: Cancellation
    ) -> tuple[Lease, WorkerProcess]:
        with self._changed:
            self._check_open()
            if not self._has_room(cheap):
                undo = wish.on_cancel(self._wake)
                try:
                    self._wait_for_room(cheap, started + limits.deadline, wish)
                finally:
                    undo()
            lease = Lease(cheap, started + limits.transfer)
            self._leases.add(lease)
        try:
            worker = self._idle_worker(cheap) or self._starter.submit(self._take_or_start, cheap).result()
        except BaseException as error:
            self.release(lease, reusable=False)
            if isinstance(error, OSError):
                raise StoreError(f"No SPARQL process could be started: {error.strerror}.") from error
            if isinstance(error, RuntimeError):
                raise store_closed() from error
            raise
        lease.worker = worker
        worker.gives_way |= not cheap
        return lease, worker

    def _has_room(self, cheap: bool) -> bool:
        if cheap or self._workers == 1:
            return len(self._leases) < self._workers
        heavy = sum(not lease.cheap for lease in self._leases)
        return len(self._leases) < self._workers and heavy < self._workers - 1

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _wait_for_room(self, cheap: bool, until: float, wish: Cancellation) -> None:
        if self._waiting >= self._queue:
            raise StoreBusy(
                f"{self._waiting} queries are waiting already; try again in a moment.", retry_after=2
            )
        self._waiting += 1
        try:
            while not self._has_room(cheap):
                now = time.monotonic()
                if wish.cancelled:
                    raise query_cancelled()
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
            raise store_closed()

    def _idle_worker(self, cheap: bool) -> WorkerProcess | None:
        """Take an idle worker: of full priority for a cheap query, else of low, where there is such a one."""
        while True:
            with self._changed:
                self._check_open()
                if not self._idle:
                    return None
                self._idle.sort(key=lambda worker: worker.gives_way != cheap)
                worker = self._idle.pop()
            if worker.is_alive():
                return worker
            worker.close()

    def _take_or_start(self, cheap: bool = True) -> WorkerProcess:
        # The starter may have replaced a worker since the caller looked.
        return self._idle_worker(cheap) or WorkerProcess(self._index_dir)

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

    def release(self, lease: Lease, *, reusable: bool) -> None:
        """Take a worker back from an answer that needs it no more."""
        with self._changed:
            worker, lease.worker = lease.worker, None
            self._leases.discard(lease)
            reusable = reusable and not self._closed and not lease.overdue
            if reusable and worker is not None and worker.gives_way and self._workers > 1:
                # One worker keeps full priority for what is cheap.
                others = [each.worker for each in self._leases] + [*self._idle]
                low = sum(each is not None and each.gives_way for each in others)
                reusable = low < self._workers - 1
            if worker is not None and reusable:
                self._idle.append(worker)
            self._changed.notify_all()
        if worker is not None and not reusable:
            worker.close()
            with contextlib.suppress(RuntimeError):  # closed in the meantime
                self._starter.submit(self._replenish)

    def reason_gone(self, lease: Lease, worker: WorkerProcess) -> StoreError:
        """Say why a worker is gone that nobody expected to go."""
        if self._closed:
            return store_closed()
        return not_fetched() if lease.overdue else worker.last_words()

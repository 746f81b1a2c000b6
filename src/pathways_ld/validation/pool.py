"""Worker processes that validate: warm, one validation at a time each, and killed at the deadline.

Neither pyshacl nor a pattern of ``re`` can be stopped from within, and shapes come from strangers.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.errors import (
    InputError,
    PathwaysError,
    SnapshotCorrupt,
    ValidationBusy,
    ValidationMemoryExceeded,
    ValidationStopped,
    ValidationTimeout,
)
from pathways_ld.store import frames
from pathways_ld.store.base import Cancellation
from pathways_ld.store.process import WorkerGone, WorkerProcess
from pathways_ld.validation.inspection import (
    Inspection,
    InspectionRequest,
    read_inspection,
    read_parse_error,
    write_inspection_request,
)
from pathways_ld.validation.request import ValidationLimits, ValidationRequest
from pathways_ld.validation.transfer import read_report, write_request

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pathways_ld.report import ValidationReport
    from pathways_ld.settings import Settings

log = logging.getLogger(__name__)

_MODULE: Final = "pathways_ld.validation.worker"
_LARGEST_REPORT: Final = 256_000_000
_OUT_OF_MEMORY: Final = (b"MemoryError", b"memory allocation of", b"bad_alloc")
_OPENING: Final = 120.0
"""Seconds in which a worker may open a snapshot before it is asked anything about it."""
_PATIENCE: Final = 0.7
"""Seconds that a validation may go on after its client has left."""


class ValidationProcess(WorkerProcess):
    """One worker that validates."""

    def __init__(self) -> None:
        super().__init__(module=_MODULE)
        self.opened: Path | None = None

    def ask(self, content: bytes, memory: int, ends: float) -> tuple[bytes, bool]:
        """Send a request; gives the answer and whether the worker is fit for another one.

        Raises :class:`TimeoutError`, :class:`WorkerGone` and what the worker said.
        """
        self.send(json.dumps({"memory": memory}).encode(), ends - time.monotonic())
        self.send(content, ends - time.monotonic())
        parts: list[bytes] = []
        size = 0
        while True:
            kind, payload = self.receive(ends - time.monotonic())
            if kind == frames.END:
                return b"".join(parts), payload == b"1"
            if kind == frames.FAILURE:
                raise _failure(json.loads(payload))
            size += len(payload)
            if size > _LARGEST_REPORT:
                raise ValidationStopped(
                    "The report is larger than any that is given out. Validate less at once."
                )
            parts.append(payload)

    def reason_gone(self) -> ValidationStopped:
        """Say why the process has ended; call it before `close`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self.kill()
        code, said = self._process.wait(), b""
        with contextlib.suppress(BlockingIOError):
            said = os.read(self._stderr, 65_536)
        # The kernel's out-of-memory killer sends SIGKILL, and a worker asks to be its first choice.
        if code == -signal.SIGKILL or any(sign in said for sign in _OUT_OF_MEMORY):
            return _memory_exceeded()
        log.error("validation worker ended with %s: %s", code, said.decode("utf-8", "replace")[-800:].strip())
        return ValidationStopped(
            "The validation failed and its process was restarted; it will fail again unless the document or"
            " the shapes change."
        )


def _failure(read: dict[str, Any]) -> PathwaysError:
    kind = read["kind"]
    if kind == "parse":
        return read_parse_error(read)
    if kind == "input":
        return InputError(read["message"])
    if kind == "corrupt":
        return SnapshotCorrupt(read["message"])
    return _memory_exceeded()


def _memory_exceeded() -> ValidationMemoryExceeded:
    return ValidationMemoryExceeded(
        "The validation needs more memory than one may use, and was stopped; nothing is known about the data."
        " Validate the document in parts."
    )


class ValidationPool:
    """Validates in at most `workers` processes; `queue` requests may wait for one.

    The first process starts with the first request. Make one pool for each process: it does not survive a
    fork.
    """

    def __init__(self, *, workers: int = 1, queue: int = 16, limits: ValidationLimits | None = None) -> None:
        self._limits = limits or ValidationLimits()
        self._workers = max(1, workers)
        self._queue = queue
        self._changed = threading.Condition()
        self._idle: list[ValidationProcess] = []
        self._at_work: set[ValidationProcess] = set()
        self._busy = 0
        self._waiting = 0
        self._closed = False
        self._warmed: Path | None = None
        # Workers die with the thread that started them, and a web thread may end at any time.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="validation-starter")

    @classmethod
    def from_settings(cls, settings: Settings) -> ValidationPool:
        """Make a pool as an operator has set it up."""
        return cls(
            workers=settings.validation_workers,
            queue=settings.validation_queue,
            limits=ValidationLimits.from_settings(settings),
        )

    def validate(
        self,
        request: ValidationRequest,
        limits: ValidationLimits | None = None,
        *,
        cancellation: Cancellation | None = None,
    ) -> ValidationReport:
        """Validate a document; when nobody waits any more, the process is soon stopped.

        Raises :class:`InputError` for input or shapes that cannot be used, :class:`SnapshotCorrupt`, and
        below :class:`ValidationStopped`: :class:`ValidationTimeout`, :class:`ValidationMemoryExceeded` and
        :class:`ValidationBusy`.
        """
        bounds = limits or self._limits
        return read_report(
            self._answer(write_request(request, bounds), bounds, cancellation or Cancellation())
        )

    def inspect(self, request: InspectionRequest, cancellation: Cancellation | None = None) -> Inspection:
        """Read a document as it was sent, and validate it.

        Raises :class:`ParseError` for one that is not well-formed, and what :meth:`validate` raises. When
        nobody waits any more, the process is soon stopped.
        """
        written = write_inspection_request(request, self._limits)
        return read_inspection(self._answer(written, self._limits, cancellation or Cancellation()))

    def _answer(self, content: bytes, bounds: ValidationLimits, wish: Cancellation) -> bytes:
        ends = time.monotonic() + bounds.deadline
        worker = self._acquire(ends, wish)
        stopper = _Stopper(worker, wish)
        fit = False
        try:
            answer, fit = worker.ask(content, bounds.memory, ends)
        except TimeoutError:
            raise ValidationTimeout(
                f"The validation took more than {bounds.deadline:g} seconds and was stopped; nothing is known"
                " about the data. A pattern or a query in the shapes may be too costly, or the document too"
                " large."
            ) from None
        except WorkerGone:
            if wish.cancelled:
                raise _left() from None
            raise (_closed() if self._closed else worker.reason_gone()) from None
        except InputError:
            fit = True
            raise
        finally:
            stopper.disarm()
            self._release(worker, fit=fit)
        return answer

    def warm_up(self, folder: Path | None = None) -> None:
        """Start a process in the background, and let it open a snapshot; asked again, do nothing more."""
        with self._changed:
            done = self._warmed is not None and self._warmed == folder and (self._idle or self._busy)
            if not (self._closed or done):
                self._warmed = folder
                self._starter.submit(self._warm_up, folder)

    def _warm_up(self, folder: Path | None) -> None:
        with self._changed:
            if self._busy >= self._workers or self._closed:
                return
            self._busy += 1
        fit = False
        worker = self._idle_worker() or ValidationProcess()
        try:
            if folder is not None:
                ends = time.monotonic() + _OPENING
                worker.ask(str(folder).encode(), self._limits.memory, ends)
            fit = True
        except (TimeoutError, WorkerGone, PathwaysError) as error:
            log.warning("the validation worker could not open %s: %r", folder, error)
        finally:
            self._release(worker, fit=fit)

    def close(self) -> None:
        """Stop all processes; validations under way raise :class:`ValidationStopped`."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            at_work = list(self._at_work)
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

    def _acquire(self, ends: float, wish: Cancellation) -> ValidationProcess:
        with self._changed:
            if self._busy >= self._workers:
                self._wait(ends, wish)
            if self._closed:
                raise _closed()
            self._busy += 1
        try:
            worker = self._idle_worker() or self._starter.submit(ValidationProcess).result()
        except BaseException as error:
            self._leave()
            if isinstance(error, OSError):
                raise ValidationStopped(f"No process could be started: {error.strerror}.") from error
            if isinstance(error, RuntimeError):
                raise _closed() from error
            raise
        with self._changed:
            self._at_work.add(worker)
        return worker

    def _wait(self, ends: float, wish: Cancellation) -> None:
        if self._waiting >= self._queue:
            raise ValidationBusy(f"{self._waiting} validations are waiting already; try again in a moment.")
        self._waiting += 1
        forget = wish.on_cancel(self._wake)
        try:
            while self._busy >= self._workers and not self._closed:
                if wish.cancelled:
                    raise _left()
                remaining = ends - time.monotonic()
                if remaining <= 0:
                    raise ValidationBusy(
                        "Other validations kept all processes busy for all the time this one had; try again"
                        " in a moment.",
                        retry_after=5,
                    )
                self._changed.wait(remaining)
        finally:
            forget()
            self._waiting -= 1

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _idle_worker(self) -> ValidationProcess | None:
        while True:
            with self._changed:
                if not self._idle:
                    return None
                worker = self._idle.pop()
            if worker.is_alive():
                return worker
            worker.close()

    def _release(self, worker: ValidationProcess, *, fit: bool) -> None:
        with self._changed:
            self._at_work.discard(worker)
            fit = fit and not self._closed
            if fit:
                self._idle.append(worker)
        if not fit:
            worker.close()
        self._leave()

    def _leave(self) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()


class _Stopper:
    """Kills a worker whose client has left, though not at once: most have nearly done, and starting costs."""

    def __init__(self, worker: ValidationProcess, wish: Cancellation) -> None:
        self._worker: ValidationProcess | None = worker
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE, self._stop)
        self._timer.daemon = True
        self._forget = wish.on_cancel(self._start)

    def _start(self) -> None:
        with self._lock:
            if self._worker is not None:
                self._timer.start()

    def _stop(self) -> None:
        with self._lock:
            if self._worker is not None:
                self._worker.kill()

    def disarm(self) -> None:
        """Leave the worker alone from now on."""
        self._forget()
        with self._lock:
            self._worker = None
        self._timer.cancel()


def _left() -> ValidationStopped:
    return ValidationStopped("The validation was stopped, because nobody waits for it any more.")


def _closed() -> ValidationStopped:
    return ValidationStopped("The validation was stopped, because this service is ending.")


_shared: ValidationPool | None = None
_lock: Final = threading.Lock()


def validate(request: ValidationRequest, limits: ValidationLimits) -> ValidationReport:
    """Validate a document in a process of its own, which is kept for the next one.

    Raises what :meth:`ValidationPool.validate` does.
    """
    global _shared  # noqa: PLW0603 - one pool, made when it is first needed
    with _lock:
        if _shared is None:
            _shared = ValidationPool()
            atexit.register(_shared.close)
    return _shared.validate(request, limits)

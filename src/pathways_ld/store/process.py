"""The parent's side of one worker process: start, send, receive with a deadline, kill."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import (
    QueryMemoryExceeded,
    QueryPosition,
    QuerySyntaxError,
    QueryTimeout,
    StoreError,
)
from pathways_ld.store import frames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV")
_PASSED_ON_PREFIXES: Final = ("PYTHON", "COVERAGE_")
_OUT_OF_MEMORY: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"capacity overflow")
_POSITION: Final = re.compile(r"error at (\d+):(\d+): ")


class WorkerGone(Exception):
    """The worker's end of a pipe is closed: it ended, for whatever reason."""


def worker_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose what a worker inherits: nothing that could be a secret.

    Few malloc arenas, because each reserves address space that the memory limit would count.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return {**kept, "MALLOC_ARENA_MAX": "2"}


class WorkerProcess:
    """One worker; a thread at a time talks to it, any thread may kill it."""

    def __init__(self, *arguments: Path, module: str = "pathways_ld.store.worker") -> None:
        self._process = subprocess.Popen(
            # -P: no code is taken from the working directory.
            [sys.executable, "-P", "-m", module, *map(str, arguments), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=worker_environment(os.environ),
        )
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, self._stdout, self._stderr = (pipe.fileno() for pipe in pipes if pipe is not None)
        for descriptor in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # a quota of the kernel; the default size works too
                fcntl.fcntl(self._stdout, fcntl.F_SETPIPE_SZ, frames.PIPE_SIZE)
        self._closed = False
        self.gives_way = False
        """Whether it runs at low priority, as it does from its first query on that may take long."""

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def send(self, request: bytes, seconds: float) -> None:
        """Send a request; raises :class:`TimeoutError` and :class:`WorkerGone`."""
        ends = time.monotonic() + seconds
        rest = memoryview(frames.REQUEST_HEADER.pack(len(request)) + request)
        while rest:
            try:
                rest = rest[os.write(self._stdin, rest) :]
            except BlockingIOError:
                _wait(self._stdin, select.POLLOUT, ends)
            except BrokenPipeError:
                raise WorkerGone from None

    def receive(self, seconds: float) -> tuple[bytes, bytes]:
        """Give the next frame; raises :class:`TimeoutError` and :class:`WorkerGone`."""
        ends = time.monotonic() + seconds
        kind, length = frames.FRAME_HEADER.unpack(self._read(frames.FRAME_HEADER.size, ends))
        return kind, self._read(length, ends)

    def _read(self, length: int, ends: float) -> bytes:
        parts: list[bytes] = []
        while length:
            try:
                part = os.read(self._stdout, length)
            except BlockingIOError:
                _wait(self._stdout, select.POLLIN, ends)
                continue
            if not part:
                raise WorkerGone
            parts.append(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def kill(self) -> None:
        """End the process at once and collect it; may be called by any thread, and again."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill, and give the pipes back; only for the thread that talks to the worker."""
        if not self._closed:
            self._closed = True
            self.kill()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    pipe.close()

    def last_words(self) -> StoreError:
        """Say why a process that is gone has ended; call it before `close`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
        self.kill()
        code = self._process.wait()
        said = os.read(self._stderr, 65_536)
        if code == -signal.SIGALRM:
            return QueryTimeout("The answer was not fetched in time, so the query was stopped.")
        # The kernel's out-of-memory killer sends SIGKILL, and a worker asks to be its first choice.
        if code == -signal.SIGKILL or any(sign in said for sign in _OUT_OF_MEMORY):
            return memory_exceeded()
        name = signal.Signals(-code).name if code < 0 else f"status {code}"
        logger.error("SPARQL worker ended with %s: %s", name, said.decode("utf-8", "replace")[-500:].strip())
        return StoreError(
            "The SPARQL engine failed on this query and was restarted; it will fail again unless changed."
        )


def syntax_error(message: str) -> QuerySyntaxError:
    """Make the error for a text that the engine does not understand, of the engine's words."""
    match = _POSITION.match(message)
    if match is None:
        return QuerySyntaxError(message)
    return QuerySyntaxError(message[match.end() :], QueryPosition(int(match[1]), int(match[2])))


def memory_exceeded() -> QueryMemoryExceeded:
    """Make the error for a query that needs too much memory."""
    return QueryMemoryExceeded(
        "The query needs more memory than one query may use, and was stopped. It will not succeed unchanged: "
        "sorting, DISTINCT, GROUP BY and MINUS hold all their rows, so make them fewer."
    )


def _wait(descriptor: int, event: int, ends: float) -> None:
    remaining = ends - time.monotonic()
    poll = select.poll()
    poll.register(descriptor, event)
    if remaining <= 0 or not poll.poll(remaining * 1000):
        raise TimeoutError

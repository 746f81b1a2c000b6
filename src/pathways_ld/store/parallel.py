"""Do one part of a large job in a second process, on a copy of the memory that costs nothing to make."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pathways_ld.store.sandbox import die_with_parent

T = TypeVar("T")


class Task(Generic[T]):
    """A function that runs beside this process where that can pay and is safe, else when asked for.

    It is not safe where other threads run: they would not be there in the copy, but their locks would.
    """

    def __init__(self, function: Callable[[], T], *, worthwhile: bool) -> None:
        self._function = function
        self._process = 0
        if worthwhile and sys.platform == "linux" and threading.active_count() == 1:
            self._start()

    def result(self) -> T:
        """Wait for what the function gives; raises what it raised."""
        if not self._process:
            return self._function()
        with os.fdopen(self._reader, "rb") as stream:
            content = stream.read()
        _, status = os.waitpid(self._process, 0)
        self._process = 0
        if not content:
            reason = f"signal {-os.waitstatus_to_exitcode(status)}" if status else "no answer"
            raise OSError(f"the second process ended early ({reason})")
        succeeded, value = pickle.loads(content)  # noqa: S301 - written by our own process
        if not succeeded:
            raise value
        return value  # type: ignore[no-any-return]

    def cancel(self) -> None:
        """Stop the second process, if it runs."""
        if self._process:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
            os.close(self._reader)
            self._process = 0

    def _start(self) -> None:
        self._reader, writer = os.pipe()
        parent = os.getpid()
        self._process = os.fork()
        if self._process == 0:  # pragma: no cover - another process
            os.close(self._reader)
            _run(self._function, writer, parent)
        os.close(writer)


def _run(function: Callable[[], Any], writer: int, parent: int) -> None:  # pragma: no cover - another process
    """Run the function, hand its outcome over, and leave without the parent's clean-up."""
    code = 1
    try:
        die_with_parent(parent)
        try:
            outcome = pickle.dumps((True, function()))
        except BaseException as error:  # handed to the parent, which raises it
            outcome = pickle.dumps((False, error))
        with os.fdopen(writer, "wb") as stream:
            stream.write(outcome)
        code = 0
    finally:
        os._exit(code)

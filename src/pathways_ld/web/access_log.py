"""The log of requests: one JSON object a line, written by all web processes into one file of bounded size.

Nothing in it tells who a client is: addresses are named by a keyed digest, paths come without query strings
and without the keys of contributions, and SPARQL queries by a digest unless the setting `log_queries` is on.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import logging
import os
import re
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathways_ld.settings import Settings

log = logging.getLogger(__name__)

STANDARD_ERROR: Final = "-"
_LONGEST: Final = {"method": 20, "path": 500, "agent": 200, "query": 10_000}
_KEY: Final = re.compile(r"^(/+contributions/+)[^/.]{10,}", re.IGNORECASE)
_LOOK_EVERY: Final = 1.0
"""Seconds after which another program's renaming of the file is noticed."""


def loggable(path: str) -> str:
    """Give a path without what must not be in a log: who knows the key of a contribution may withdraw it."""
    return _KEY.sub(r"\1...", path)


class LogFile:
    """A file that many processes append to, and that one of them renames when it is full.

    A line is one write to a file opened for appending, so lines never mix. Who renames holds the lock of that
    very file and has seen that it still has the name, so it is renamed once; the others open the new one.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self._lock = threading.Lock()
        self._descriptor = -1
        self._looked = 0.0

    def write(self, line: bytes) -> None:
        """Append a line; raises :class:`OSError`."""
        with self._lock:
            self._renew()
            if os.fstat(self._descriptor).st_size + len(line) > self._size:
                self._rotate()
            os.write(self._descriptor, line)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def _renew(self) -> None:
        now = time.monotonic()
        if self._descriptor >= 0 and now < self._looked + _LOOK_EVERY:
            return
        self._looked = now
        if self._descriptor < 0 or not self._has_name():
            self._open()

    def _has_name(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False

    def _open(self) -> None:
        before = self._descriptor
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        if before >= 0:
            os.close(before)

    def _rotate(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            if self._has_name() and os.fstat(self._descriptor).st_size > 0:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._open()


class AccessLog:
    """Writes what was asked and what became of it; a log that cannot be written harms no request."""

    def __init__(self, settings: Settings) -> None:
        self._file: LogFile | None = None
        self._standard_error = settings.access_log == STANDARD_ERROR
        if settings.access_log and not self._standard_error:
            self._file = LogFile(Path(settings.access_log), settings.access_log_size)
        self._key = settings.access_log_key.encode() or os.urandom(32)
        self.with_queries = settings.log_queries == "on"
        self._complained = False

    @property
    def enabled(self) -> bool:
        """Whether anything is written."""
        return self._file is not None or self._standard_error

    def name_of(self, client: str) -> str:
        """Give the name of a client: the same for the same client as long as the key is the same."""
        return hmac.digest(self._key, client.encode("utf-8", "replace"), "sha256").hex()[:16]

    def write(self, entry: dict[str, object]) -> None:
        """Write an entry; long texts are cut, characters that could end or disguise a line are escaped."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        for name, longest in _LONGEST.items():
            text = entry.get(name)
            if isinstance(text, str):
                entry[name] = text[:longest]
        line = json.dumps({"time": stamp, **entry}, separators=(",", ":")).encode("ascii") + b"\n"
        try:
            if self._file is not None:
                self._file.write(line)
            else:
                os.write(sys.stderr.fileno(), line)
        except OSError as error:
            if not self._complained:
                log.error("the access log cannot be written: %s", error.strerror)  # noqa: TRY400
            self._complained = True
        else:
            self._complained = False

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

"""Connections that can be hung up: a service that sends byte by byte keeps every wait short, and never ends.

How long nothing may come is known to each read. How long all may take is known to nobody who waits for the
next byte, so another thread ends the connection then.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Watch:
    """Hangs up when the time is over; `is_late` tells that it was. For one thread at a time."""

    def __init__(self, seconds: float) -> None:
        self.is_late = False
        self._seconds = seconds
        self._open: WeakSet[socket.socket] = WeakSet()
        self._timer: threading.Timer | None = None

    def begin(self) -> None:
        """Begin to count, again from nothing."""
        self.end()
        self.is_late = False
        self._timer = threading.Timer(self._seconds, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _hang_up(self) -> None:
        self.is_late = True
        for each in list(self._open):
            with contextlib.suppress(OSError):
                # Not the method of an encrypted socket, which would take itself apart while it is read.
                socket.socket.shutdown(each, socket.SHUT_RDWR)

    def adapter(self) -> HTTPAdapter:
        """Give what makes connections for a session that are hung up in time."""
        opened = self._open

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                _note(opened, self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                _note(opened, self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        made = HTTPAdapter()
        made.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return made


def _note(opened: WeakSet[socket.socket], made: Any) -> None:
    if isinstance(made, socket.socket):
        opened.add(made)

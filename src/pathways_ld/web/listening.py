"""What the kernel does for us against clients that do nothing; granian has no settings for it."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from typing import Final

_DESCRIPTORS: Final = Path("/proc/self/fd")
_DEFER: Final = 10


def drop_idle_clients(seconds: float) -> None:
    """Make connections end whose client takes nothing for some seconds, and wait for its first byte.

    Connections inherit this from the socket that listens. It is Linux that can do it; elsewhere nothing is
    done, and idle clients cost a connection each until they are gone.
    """
    if not hasattr(socket, "TCP_USER_TIMEOUT") or not _DESCRIPTORS.is_dir():
        return
    for entry in list(_DESCRIPTORS.iterdir()):
        with contextlib.suppress(OSError):
            if entry.readlink().name.startswith("socket:"):
                _set_up(int(entry.name), seconds)


def _set_up(descriptor: int, seconds: float) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as found:
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        if listens and found.family in (socket.AF_INET, socket.AF_INET6):
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _DEFER)

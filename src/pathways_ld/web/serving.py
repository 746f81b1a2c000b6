"""Serve with granian: several processes on one snapshot, nothing shared but files."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import requests
from granian import Granian
from granian.constants import Interfaces

from pathways_ld.errors import StorageError
from pathways_ld.settings import ENVIRONMENT_PREFIX, SETTINGS, Settings, load_settings
from pathways_ld.store.sandbox import die_with_parent
from pathways_ld.web.application import create_app

SNAPSHOT_VARIABLE: Final = "PATHWAYS_SNAPSHOT"
_READY_AFTER: Final = 60.0
STOP_AFTER: Final = 3
"""Seconds that requests at work have to end when the server is told to stop."""


def application() -> object:
    """Make the application of one web process, from the environment that :func:`serve` prepared."""
    die_with_parent(os.getppid())  # a killed server must not leave processes that keep the port
    fixed = os.environ.get(SNAPSHOT_VARIABLE)
    return create_app(load_settings(), Path(fixed) if fixed else None)


def serve(settings: Settings, snapshot: Path | None, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is given a sentence once requests are answered.

    Raises :class:`StorageError` where the address cannot be listened on.
    """
    _check_address(settings.host, settings.port)
    _hand_over(settings, snapshot)
    server = Granian(
        "pathways_ld.web.serving:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=max(1, settings.workers),
        blocking_threads=max(1, settings.threads),
        backlog=1024,
        factory=True,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_AFTER,
        log_access=False,
        websockets=False,
    )
    threading.Thread(target=_announce_when_ready, args=(settings, announce), daemon=True).start()
    server.serve()


def _check_address(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StorageError(
                f"Cannot listen on {host}, port {port}: {reason}. Choose another with --port."
            ) from None
        except OverflowError:
            raise StorageError(f"{port} is not a port; expected 1 to 65535.") from None


def _hand_over(settings: Settings, snapshot: Path | None) -> None:
    """Put the settings where the web processes, which start afresh, find them."""
    os.environ.pop("PATHWAYS_LD_CONFIG", None)
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        text = str(value.resolve()) if isinstance(value, Path) else str(value)
        os.environ[f"{ENVIRONMENT_PREFIX}{setting.name.upper()}"] = text
    if snapshot is not None:
        os.environ[SNAPSHOT_VARIABLE] = str(snapshot.resolve())


def _announce_when_ready(settings: Settings, announce: Callable[[str], None]) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{settings.port}"  # noqa: S104
    end = time.monotonic() + _READY_AFTER
    while time.monotonic() < end:
        try:
            if requests.get(f"{address}/readyz", timeout=2).ok:
                announce(f"Ready at {address} (stop with Ctrl-C)")
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    announce(f"The server did not answer at {address} within {_READY_AFTER:.0f} seconds; see the log above.")


__all__ = ["application", "serve"]

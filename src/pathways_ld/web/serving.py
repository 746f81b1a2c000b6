"""Serve with granian: several processes on one snapshot, nothing shared but files."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings

from pathways_ld.errors import StorageError
from pathways_ld.ledger.use import in_use
from pathways_ld.settings import ENVIRONMENT_PREFIX, SETTINGS, Settings, load_settings
from pathways_ld.store.sandbox import die_with_parent
from pathways_ld.web import component_files, metrics

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

    from pathways_ld.web.gateway import Gateway

SNAPSHOT_VARIABLE: Final = "PATHWAYS_SNAPSHOT"
_READY_AFTER: Final = 60.0
STOP_AFTER: Final = 3
"""Seconds that requests at work have to end when the server is told to stop."""
HEAD_WITHIN: Final = 30.0
"""Seconds within which the head of a request has to come, the next one on a connection too."""
LONGEST_HEAD: Final = 262_144
"""Bytes of the longest head of a request: a query may be in its address."""
MOST_STREAMS: Final = 64
"""Requests at a time on one connection of HTTP/2."""


def application() -> Gateway:
    """Make the application of one web process, from the environment that :func:`serve` prepared."""
    from pathways_ld.web.application import create_app  # noqa: PLC0415 - what starts this needs it not
    from pathways_ld.web.gateway import Gateway  # noqa: PLC0415

    die_with_parent(os.getppid())  # a killed server must not leave processes that keep the port
    metrics.use_folder()
    _allow_many_files()
    fixed = os.environ.get(SNAPSHOT_VARIABLE)
    return Gateway(create_app(load_settings(), Path(fixed) if fixed else None))


def _allow_many_files() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):  # what there is has to do
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve(settings: Settings, snapshot: Path | None, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is given a sentence once requests are answered.

    Raises :class:`StorageError` where the address cannot be listened on.
    """
    _check_address(settings.host, settings.port)
    if settings.access_log and not settings.access_log_key:
        # All web processes name a client in the same way.
        settings = replace(settings, access_log_key=secrets.token_hex(32))
    _hand_over(settings, snapshot)
    # A server of one fixed snapshot changes nothing, and may run where nothing can be written.
    use = in_use(settings.state_dir) if snapshot is None else contextlib.nullcontext()
    with use, tempfile.TemporaryDirectory(prefix="pathways-metrics-") as folder:
        os.environ[metrics.FOLDER_VARIABLE] = folder
        threading.Thread(target=_announce_when_ready, args=(settings, announce), daemon=True).start()
        if settings.webhooks.hooks and snapshot is None:
            threading.Thread(target=_notify, args=(settings,), daemon=True).start()
        if snapshot is None:
            component_files.keep(settings.state_dir)
            threading.Thread(target=_consolidate, args=(settings,), daemon=True).start()
        _server(settings).serve()


def _notify(settings: Settings) -> None:
    """Tell webhooks what happens, for as long as the server runs."""
    from pathways_ld.contributions.webhook import Deliverer  # noqa: PLC0415 - few servers need it

    Deliverer(settings).run(threading.Event())


def _consolidate(settings: Settings) -> None:
    """Write everything whole again after changes, for as long as the server runs."""
    from pathways_ld.releases.consolidator import Consolidator  # noqa: PLC0415 - requests need not wait

    Consolidator(settings).run(threading.Event())


def _server(settings: Settings) -> AbstractServer[Any]:
    # A forked web process would keep what the threads of this one have open: a connection of SQLite that
    # is copied so finds the ledger locked for ever. Granian takes the method that is set here.
    multiprocessing.set_start_method("spawn", force=True)
    return Granian(
        "pathways_ld.web.serving:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=max(1, settings.workers),
        backlog=1024,
        backpressure=settings.connections,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(HEAD_WITHIN * 1000), max_buffer_size=LONGEST_HEAD
        ),
        http2_settings=HTTP2Settings(
            keep_alive_interval=int(HEAD_WITHIN * 1000),
            max_concurrent_streams=MOST_STREAMS,
            max_headers_size=LONGEST_HEAD,
        ),
        factory=True,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_AFTER,
        log_access=False,
        websockets=False,
    )


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

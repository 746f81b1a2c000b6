"""Start servers on free ports of the loopback address, look at their memory, and always stop them."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"


class Skipped(Exception):
    """Something is not measured; the message says why."""


@dataclass
class Server:
    """A running server; `seconds` is the time from its start to its first good answer."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    def memory(self) -> dict[str, float]:
        """Give megabytes: `shared_out` counts a page once however many processes map it, `peak` adds up
        the highest resident sizes of all processes."""
        shares, peaks, processes = 0, 0, family(self.process.pid)
        for pid in processes:
            with contextlib.suppress(OSError):
                shares += _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")
                peaks += _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:")
        return {"shared_out": shares / 1024, "peak": peaks / 1024, "processes": len(processes)}

    def stop(self) -> None:
        """Stop it and what it started."""
        for ending, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, ending)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
                break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def _kilobytes(file: Path, label: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(label):
            return int(line.split()[1])
    return 0


def family(pid: int) -> list[int]:
    """List a process and all that descend from it."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting.extend(int(child) for child in (task / "children").read_text().split())
    return found


def processor_seconds(pid: int) -> float:
    """Give the processor time that a process and its living descendants have used so far."""
    ticks = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            # The second field, the name, may hold spaces; it ends with the last parenthesis.
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def fetch(
    port: int, path: str, headers: Mapping[str, str] | None = None, timeout: float = 20
) -> tuple[int, dict[str, str], bytes]:
    """Send one GET request; gives the status, the headers (names in lower case) and the body."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def start(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    log: Path,
    ready: str,
    headers: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    patience: float = 60,
) -> Server:
    """Start a server and wait until `ready`, a path, answers 200; raises :class:`Skipped` if it does not."""
    started = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdout=stream,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
        )
    server = Server(name, port, process, log)
    try:
        _wait(server, ready, headers or {}, patience)
    except BaseException:
        server.stop()
        raise
    server.seconds = time.monotonic() - started
    return server


def _wait(server: Server, ready: str, headers: Mapping[str, str], patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if server.process.poll() is not None:
            code = server.process.returncode
            raise Skipped(f"{server.name} ended with code {code}: {_last_words(server.log)}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, _, _ = fetch(server.port, ready, headers, timeout=10)
            if status == 200:
                return
        time.sleep(0.005)
    raise Skipped(f"{server.name} did not answer within {patience:.0f} s: {_last_words(server.log)}")


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " / ".join(lines[-3:])[-300:] or "it said nothing"

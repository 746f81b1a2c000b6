"""Start the real server as its users do, and see which processes it leaves."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

READY = re.compile(r"Ready at (http://\S+)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pathways_ld", *arguments]


class RunningServer:
    """A server process; its messages go to a file, which outlives whatever it leaves behind."""

    def __init__(self, *arguments: str, **settings: object) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PATHWAYS_LD_")}
        environment |= {f"PATHWAYS_LD_{name.upper()}": str(value) for name, value in settings.items()}
        with tempfile.NamedTemporaryFile(prefix="serve-", suffix=".log", delete=False) as log:
            self._log = Path(log.name)
            self.process = subprocess.Popen(
                command("serve", *arguments), stdout=log, stderr=subprocess.STDOUT, env=environment
            )
        self._seen: set[tuple[int, str]] = set()

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_until_ready(self, seconds: float = 30.0) -> str:
        """Give the address in the ready message."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = READY.search(self.output)
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no ready message:\n{self.output}")

    def wait(self, seconds: float) -> int:
        """Give the exit code; fails where the process has not ended by then."""
        return self.process.wait(seconds)

    def descendants(self) -> set[tuple[int, str]]:
        """Give the process ids of all children and theirs, with the time each was started."""
        found = _descendants(self.process.pid)
        self._seen |= found
        return found

    def web_processes(self) -> set[tuple[int, str]]:
        """Give those that answer requests; they start afresh, with nothing of the server's own open."""
        return {each for each in self.descendants() if b"spawn_main" in _command_line(each[0])}

    def stop(self) -> None:
        """End everything that was started here, whatever state it is in."""
        self.descendants()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        for pid, _ in alive(self._seen):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._log.unlink(missing_ok=True)


def _stat(pid: int) -> tuple[str, int, str] | None:
    """Give state, parent and start time."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1]), fields[19]


def _descendants(root: int) -> set[tuple[int, str]]:
    stats = {
        int(entry.name): _stat(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdecimal()
    }
    found: set[tuple[int, str]] = set()
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        for pid, stat in stats.items():
            if stat is not None and stat[1] == parent:
                found.add((pid, stat[2]))
                waiting.append(pid)
    return found


def alive(processes: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Keep those that still run and are no zombies."""
    found = set()
    for pid, started in processes:
        stat = _stat(pid)
        if stat is not None and stat[2] == started and stat[0] != "Z":
            found.add((pid, started))
    return found


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def running(*arguments: str, **settings: object) -> Iterator[tuple[str, RunningServer]]:
    """Run a server on a free port; gives its address without a slash at the end."""
    server = RunningServer(*arguments, "--port", str(free_port()), **settings)
    try:
        yield server.wait_until_ready(), server
    finally:
        server.stop()

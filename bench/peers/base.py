"""What a peer is."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from load import Target

from servers import Server, Skipped

FOLDER: Final = Path(__file__).parent.parent / ".peers"
"""Where peers are installed."""


class Peer(Protocol):
    """A server that can do some of what we measure."""

    name: str

    def missing(self) -> str:
        """Tell why it cannot run; empty where it can."""

    def install(self) -> None:
        """Install it by its ordinary client; raises :class:`Skipped` where that is not possible."""

    def version(self) -> str:
        """Give its version."""

    def start(self, dump: Path, count: int, folder: Path, queries: str) -> Server:
        """Serve an N-Triples file of `count` concepts; raises :class:`Skipped` with the reason if it cannot.

        `folder` is for its own files; `queries` is a SPARQL endpoint with the same statements.
        """

    def targets(self, server: Server) -> Mapping[str, Target]:
        """Give what it can be asked, by the name of the measurement."""


def run(command: Sequence[str], folder: Path | None = None) -> str:
    """Run a program of the installation; raises :class:`Skipped` with its last words."""
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"{command[0]}: {error}") from None
    if ended.returncode:
        raise Skipped(f"{command[0]} ended with code {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return ended.stdout

"""rdflib-endpoint (https://github.com/vemonet/rdflib-endpoint): SPARQL over an rdflib graph in memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from load import Target
from queries import targets

from peers.base import FOLDER, run
from servers import HOST, Server, Skipped, free_port, start

REQUIREMENTS: Final = ("rdflib-endpoint[cli]==0.6.3",)
_FOLDER: Final = FOLDER / "rdflib-endpoint"
_LOADS: Final = 100_000
"""Concepts; each takes about 25 kB of memory and a millisecond to load."""


class RdflibEndpoint:
    """`rdflib-endpoint serve` with its default store."""

    name = "rdflib-endpoint"

    def missing(self) -> str:
        program = _FOLDER / "bin" / "rdflib-endpoint"
        return "" if program.exists() else "not installed (bench/run.py --install)"

    def install(self) -> None:
        run([sys.executable, "-m", "venv", str(_FOLDER)])
        pip = [str(_FOLDER / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
        run([*pip, "--quiet", *REQUIREMENTS])

    def version(self) -> str:
        code = (
            "from importlib.metadata import version as v; print(v('rdflib-endpoint'), 'rdflib', v('rdflib'))"
        )
        return run([str(_FOLDER / "bin" / "python"), "-c", code]).strip()

    def start(self, dump: Path, count: int, folder: Path, queries: str) -> Server:
        del queries
        if count > _LOADS:
            raise Skipped(f"{count} concepts do not fit its graph in memory within reason")
        port = free_port()
        program = str(_FOLDER / "bin" / "rdflib-endpoint")
        command = [program, "serve", "--host", HOST, "--port", str(port), str(dump.resolve())]
        return start(
            self.name, command, port, log=folder / f"{self.name}.log", ready="/", patience=60 + count / 250
        )

    def targets(self, server: Server) -> Mapping[str, Target]:
        return targets(server, "/")

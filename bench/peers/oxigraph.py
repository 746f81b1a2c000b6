"""Oxigraph's own server (https://github.com/oxigraph/oxigraph), where the program is on the PATH."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from load import Target
from queries import targets

from peers.base import run
from servers import HOST, Server, Skipped, free_port, start


class Oxigraph:
    """`oxigraph serve-read-only` on a store that it has bulk loaded."""

    name = "oxigraph"

    def missing(self) -> str:
        if shutil.which("oxigraph"):
            return ""
        return "no program oxigraph on the PATH (cargo install oxigraph-cli; it compiles for a while)"

    def install(self) -> None:
        raise Skipped(self.missing())

    def version(self) -> str:
        return run(["oxigraph", "--version"]).strip()

    def start(self, dump: Path, count: int, folder: Path, queries: str) -> Server:
        del count, queries
        port = free_port()
        state = folder / "oxigraph"
        shutil.rmtree(state, ignore_errors=True)
        run(["oxigraph", "load", "--location", str(state), "--file", str(dump.resolve())])
        command = ["oxigraph", "serve-read-only", "--location", str(state), "--bind", f"{HOST}:{port}"]
        return start(
            self.name, command, port, log=folder / f"{self.name}.log", ready="/query?query=ASK%7B%7D"
        )

    def targets(self, server: Server) -> Mapping[str, Target]:
        return targets(server, "/query")

"""Apache Jena Fuseki (https://jena.apache.org/documentation/fuseki2/), its statements in memory."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from load import Target
from queries import targets

from peers.base import FOLDER, run
from servers import Server, Skipped, free_port, start

VERSION: Final = "5.6.0"
_ARTIFACT: Final = f"org.apache.jena:jena-fuseki-server:{VERSION}"
_FOLDER: Final = FOLDER / "fuseki"
_JAR: Final = _FOLDER / f"jena-fuseki-server-{VERSION}.jar"
_LOADS: Final = 300_000
"""Concepts; 12 triples each in the memory given."""


class Fuseki:
    """`fuseki-server --file`: the transactional dataset in memory, with 4 GB."""

    name = "fuseki"

    def missing(self) -> str:
        if not shutil.which("java"):
            return "Java is not installed"
        return "" if _JAR.exists() else "not installed (bench/run.py --install)"

    def install(self) -> None:
        if not shutil.which("mvn"):
            raise Skipped("Maven is not installed")
        _FOLDER.mkdir(parents=True, exist_ok=True)
        run(["mvn", "--quiet", "dependency:get", f"-Dartifact={_ARTIFACT}", "-Dtransitive=false"], _FOLDER)
        copy = [f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={_FOLDER}", "-Dmdep.useBaseVersion=true"]
        run(["mvn", "--quiet", "dependency:copy", *copy], _FOLDER)
        if not _JAR.exists():
            raise Skipped(f"Maven did not give {_JAR.name}")

    def version(self) -> str:
        java = run(["java", "--version"]).splitlines()[0]
        return f"{VERSION}, {java}"

    def start(self, dump: Path, count: int, folder: Path, queries: str) -> Server:
        del queries
        if count > _LOADS:
            raise Skipped(f"{count} concepts do not fit its memory of 4 GB")
        port = free_port()
        state = (folder / "fuseki").resolve()
        state.mkdir(exist_ok=True)
        command = ["java", "-Xmx4g", "-jar", str(_JAR.resolve()), "--localhost", f"--port={port}"]
        command += [f"--file={dump.resolve()}", "/concepts"]
        return start(
            self.name,
            command,
            port,
            log=folder / f"{self.name}.log",
            ready="/concepts/sparql?query=ASK%7B%7D",
            environment={"FUSEKI_BASE": str(state)},
            folder=state,
            patience=60 + count / 1_000,
        )

    def targets(self, server: Server) -> Mapping[str, Target]:
        return targets(server, "/concepts/sparql")

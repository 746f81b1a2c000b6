"""Virtuoso Open Source (https://vos.openlinksw.com/), as Debian packages it, with a database of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import generate
from load import Target
from queries import targets

from peers.base import run
from servers import HOST, Server, Skipped, free_port, start

_PACKAGE: Final = "virtuoso-opensource-7-bin"
_BUFFERS: Final = 170_000
"""What Virtuoso's own configuration file advises for 2 GB of memory."""

_CONFIGURATION: Final = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso-errors.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = {host}:{database_port}
ServerThreads = 20
CheckpointInterval = 0
DirsAllowed = {dumps}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty_buffers}
[HTTPServer]
ServerPort = {host}:{port}
ServerThreads = 10
ServerRoot = {folder}
[SPARQL]
ResultSetMaxRows = 10000
"""


class Virtuoso:
    """A Virtuoso of two gigabytes, its statements in one graph."""

    name = "virtuoso"

    def missing(self) -> str:
        if shutil.which("virtuoso-t") and shutil.which("isql-vt"):
            return ""
        return f"not installed (Debian package {_PACKAGE}; bench/run.py --install as root)"

    def install(self) -> None:
        if not shutil.which("apt-get"):
            raise Skipped("there is no apt-get; install it in your system's way")
        if os.geteuid() != 0:
            raise Skipped(f"apt-get needs root: apt-get install --no-install-recommends {_PACKAGE}")
        run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", _PACKAGE])

    def version(self) -> str:
        ended = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, timeout=30)
        lines = (line for line in (ended.stdout + ended.stderr).splitlines() if "Version" in line)
        return next(lines, "unknown").strip()

    def start(self, dump: Path, count: int, folder: Path, queries: str) -> Server:
        del count, queries
        port, database_port = free_port(), free_port()
        state = (folder / "virtuoso").resolve()
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        configuration = state / "virtuoso.ini"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=state,
                host=HOST,
                port=port,
                database_port=database_port,
                dumps=dump.resolve().parent,
                buffers=_BUFFERS,
                dirty_buffers=_BUFFERS * 3 // 4,
            ),
            encoding="utf-8",
        )
        command = ["virtuoso-t", "+foreground", "+configfile", str(configuration)]
        server = start(
            self.name, command, port, log=folder / "virtuoso.log", ready="/sparql", folder=state, patience=120
        )
        started = time.monotonic()
        try:
            _load(dump.resolve(), database_port)
            server.seconds += time.monotonic() - started
        except BaseException:
            server.stop()
            raise
        return server

    def targets(self, server: Server) -> Mapping[str, Target]:
        return targets(server, "/sparql")


def _load(dump: Path, database_port: int) -> None:
    statements = (
        f"ld_dir('{dump.parent}', '{dump.name}', '{generate.BASE}graph'); rdf_loader_run(); checkpoint;"
        " select ll_state, ll_error from DB.DBA.load_list;"
    )
    # The account is that of a database which is made for the measurement and listens on loopback only.
    said = run(["isql-vt", f"{HOST}:{database_port}", "dba", "dba", "VERBOSE=OFF", f"EXEC={statements}"])
    if not any(line.split() == ["2", "NULL"] for line in said.splitlines()):
        raise Skipped(f"virtuoso could not load {dump.name}: {said.strip()[-300:]}")

"""A private Virtuoso for the tests: a database of its own in a temporary folder, on loopback only."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from pathways_ld.remotes import Remotes, RemoteSettings, read_remotes
from servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "virtuoso-opensource-7-bin"
VARIABLE = "TEST_VIRTUOSO_PASSWORD"
ACCOUNT = "dba"  # name and password in a fresh database

CONFIGURATION = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso-errors.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 100
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{database_port}
ServerThreads = 20
CheckpointInterval = 0
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 10
ServerRoot = {folder}
[SPARQL]
{sparql}
"""


@dataclass(frozen=True)
class Virtuoso:
    """A running Virtuoso."""

    url: str

    @property
    def remotes(self) -> Remotes:
        """The settings that name it "virtuoso"."""
        table = {
            "engine": "virtuoso",
            "query_url": f"{self.url}/sparql",
            "update_url": f"{self.url}/sparql-auth",
            "graphs_url": f"{self.url}/sparql-graph-crud-auth",
            "auth": "digest",
            "user": ACCOUNT,
            "secret_env": VARIABLE,
        }
        return read_remotes({"virtuoso": table}, "test")

    @property
    def settings(self) -> RemoteSettings:
        """The settings of this store."""
        return self.remotes.named("virtuoso")


@contextlib.contextmanager
def running_virtuoso(folder: Path, sparql: str = "") -> Iterator[Virtuoso]:
    """Run a Virtuoso; `sparql` are lines for that section of its configuration."""
    if shutil.which("virtuoso-t") is None:
        pytest.skip(f"Virtuoso is not here (Debian package {PACKAGE})")
    port, database_port = free_port(), free_port()
    configuration = folder / "virtuoso.ini"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, port=port, database_port=database_port, sparql=sparql)
    )
    log = folder / "output.log"
    with log.open("wb") as output, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, ACCOUNT)
        process = subprocess.Popen(
            ["virtuoso-t", "+foreground", "+configfile", str(configuration)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, log)
            yield Virtuoso(url)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            shutil.rmtree(folder, ignore_errors=True)  # 100 MB that nobody looks at


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 120
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if session.get(f"{url}/sparql", params={"query": "ASK {}"}, timeout=5).ok:
                    return
            time.sleep(0.1)
    raise AssertionError(f"Virtuoso did not start:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    """A Virtuoso without limits of its own; skipped where it is not installed."""
    with running_virtuoso(tmp_path_factory.mktemp("virtuoso")) as running:
        yield running

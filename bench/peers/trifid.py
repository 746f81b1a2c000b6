"""Trifid (https://github.com/zazuko/trifid): term pages in Turtle and HTML, on Node.js.

It has no data of its own: it asks a SPARQL endpoint, or its plugin `trifid-handler-fetch`, which loads a
file into an Oxigraph inside of it. The plugin is the faster way, so it is used as long as it can load.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import generate
from load import Target
from ours import TERM
from verify import HTML, TURTLE

from peers.base import FOLDER, run
from servers import HOST, Server, Skipped, free_port, start

_SOURCE: Final = Path(__file__).parent / "trifid"
_FOLDER: Final = FOLDER / "trifid"
_PROGRAM: Final = _FOLDER / "node_modules" / "trifid" / "server.js"
_PLUGIN_LOADS: Final = 100_000
"""Concepts; the plugin gives up after 30 s of loading."""


class Trifid:
    """Trifid, as configured in the instances that come with it, redirects not looked for."""

    name = "trifid"

    def missing(self) -> str:
        if not shutil.which("node"):
            return "Node.js is not installed"
        return "" if _PROGRAM.exists() else "not installed (bench/run.py --install)"

    def install(self) -> None:
        if not shutil.which("npm"):
            raise Skipped("npm is not installed")
        _FOLDER.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(_SOURCE / name, _FOLDER)
        run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], _FOLDER)

    def version(self) -> str:
        described = json.loads((_PROGRAM.parent / "package.json").read_text(encoding="utf-8"))
        return f"{described['version']}, Node.js {run(['node', '--version']).strip().lstrip('v')}"

    def start(self, dump: Path, count: int, folder: Path, queries: str) -> Server:
        refused = f"{count} concepts are too many for its file plugin"
        if count <= _PLUGIN_LOADS:
            try:
                server = self._start(folder, "/query", dump)
            except Skipped as error:
                refused = str(error)
            else:
                server.notes.append("data in its own file plugin")
                return server
        server = self._start(folder, queries, None)
        server.notes.append(f"data from our SPARQL endpoint, because: {refused}")
        return server

    def _start(self, folder: Path, endpoint: str, dump: Path | None) -> Server:
        port = free_port()
        config = folder / "trifid.json"
        config.write_text(json.dumps(_config(port, endpoint, dump), indent=1), encoding="utf-8")
        return start(
            self.name,
            ["node", "--max-old-space-size=6000", str(_PROGRAM), "-c", str(config)],
            port,
            log=folder / "trifid.log",
            ready=TERM.replace("{id}", f"{0:07d}"),
            headers={"Accept": TURTLE},
            environment={"NODE_ENV": "production"},
            folder=_FOLDER,
            patience=90,
        )

    def targets(self, server: Server) -> Mapping[str, Target]:
        return {
            name: Target(self.name, server.url, server.process.pid, TERM, {"Accept": media_type})
            for name, media_type in (("turtle", TURTLE), ("html", HTML))
        }


def _config(port: int, endpoint: str, dump: Path | None) -> dict[str, object]:
    plugins: dict[str, object] = {
        "entity-renderer": {
            "module": "@zazuko/trifid-entity-renderer",
            "config": {"labelLoader": {"chunkSize": 30, "concurrency": 2, "timeout": 4000}},
        }
    }
    if dump is not None:
        plugins["fetch-handler"] = {
            "module": "trifid-handler-fetch",
            "paths": "/query",
            "config": {
                "url": str(dump.resolve()),
                "contentType": "application/n-triples",
                "baseIRI": generate.BASE,
                "graphName": f"{generate.BASE}graph",
                "unionDefaultGraph": True,
            },
        }
    return {
        "server": {"logLevel": "warn", "logFormat": "json", "listener": {"host": HOST, "port": port}},
        "globals": {"datasetBaseUrl": generate.BASE, "endpoints": {"default": {"url": endpoint}}},
        "plugins": plugins,
    }

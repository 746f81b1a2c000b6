"""Our own server: a snapshot is built, then served as in production."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import generate
from load import Target
from queries import targets
from verify import HTML, TURTLE

from servers import HOST, Server, free_port, start

NAME: Final = "pathways-ld"
TERM: Final = "/concept/c{id}"

# The load generator is one client, and asks more than one client may.
UNBOUNDED: Final = {
    "PATHWAYS_LD_SPARQL_CLIENT_TIME": "0",
    "PATHWAYS_LD_SPARQL_CLIENT_ERRORS": "0",
    "PATHWAYS_LD_SPARQL_CLIENT_QUERIES": "0",
}


def serve(snapshot: Path, folder: Path, *, cached: bool, label: str, bounded: bool = False) -> Server:
    """Serve a snapshot; without its cache every page is made anew, `bounded` it keeps clients to budgets."""
    port = free_port()
    program = Path(sys.executable).with_name("pathways-ld")
    environment = {"PATHWAYS_LD_CANONICAL_BASE": generate.BASE}
    if not bounded:
        environment |= UNBOUNDED
    if not cached:
        environment["PATHWAYS_LD_REPRESENTATION_CACHE"] = "0"
    return start(
        f"{NAME} {label}",
        [str(program), "serve", "--snapshot", str(snapshot), "--host", HOST, "--port", str(port)],
        port,
        log=folder / f"serve-{label}.log",
        ready=TERM.replace("{id}", f"{0:07d}"),
        headers={"Accept": HTML},
        environment=environment,
    )


def page(server: Server, media_type: str) -> Target:
    """Ask for term pages."""
    return Target(server.name, server.url, server.process.pid, TERM, {"Accept": media_type})


def queries(server: Server) -> Mapping[str, Target]:
    """Ask the SPARQL endpoint."""
    return targets(server, "/sparql")


__all__ = ["HTML", "NAME", "TERM", "TURTLE", "page", "queries", "serve"]

"""Our own server: a snapshot is built, then served as in production."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

import generate
from load import Target
from verify import HTML, RESULTS, TURTLE

from servers import HOST, Server, free_port, start

NAME: Final = "pathways-ld"
TERM: Final = "/concept/c{id}"
_QUERY: Final = "SELECT ?p ?o%s WHERE { <%s> ?p ?o%s }"


def look_up(parameter: str = "query") -> str:
    """Give the query string that asks for one concept, each time in words never used before.

    The variable's name is what is new, so no cache of texts or answers helps any of the servers.
    """
    query = quote(_QUERY % ("#n#", f"{generate.BASE}concept/c#id#", "#n#"))
    return f"{parameter}={query}".replace("%23id%23", "{id}").replace("%23n%23", "{n}")


def serve(snapshot: Path, folder: Path, *, cached: bool, label: str) -> Server:
    """Serve a snapshot; without its cache every page is made anew."""
    port = free_port()
    program = Path(sys.executable).with_name("pathways-ld")
    environment = {"PATHWAYS_LD_CANONICAL_BASE": generate.BASE}
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


def query(server: Server) -> Target:
    """Ask the SPARQL endpoint for one concept."""
    return Target(server.name, server.url, server.process.pid, f"/sparql?{look_up()}", {"Accept": RESULTS})


__all__ = ["HTML", "NAME", "TERM", "TURTLE", "look_up", "page", "query", "serve"]

"""The Model Context Protocol on standard input and output, for an assistant on the same machine.

It answers from the current snapshot, a new one as soon as it is made. Queries are evaluated as the server
does it: in processes of their own, under the limits that are set. Needs the package ``mcp``.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import anyio
import anyio.to_thread
from mcp.server.stdio import stdio_server

from pathways_ld.embedding.assistants import Asked, Desk
from pathways_ld.embedding.assistants.protocol import Assistants
from pathways_ld.settings import Settings
from pathways_ld.store.base import Cancellation
from pathways_ld.web.answers import Answers
from pathways_ld.web.assistant_queries import ask
from pathways_ld.web.current import CurrentSnapshot

CLIENT: Final = "standard input"
_QUERY_PROCESSES: Final = 2
_THREADS: Final = 4


class StandardInput:
    """Answers one assistant from the snapshots of one folder."""

    def __init__(self, settings: Settings, snapshot: Path | None = None) -> None:
        # One assistant asks, so one process has all that the settings promise, and needs less of it.
        self._settings = dataclasses.replace(
            settings, workers=1, sparql_workers=min(_QUERY_PROCESSES, settings.sparql_workers)
        )
        self._current = CurrentSnapshot(self._settings, snapshot)
        self._answers = Answers.from_settings(self._settings)
        self._limiter = anyio.CapacityLimiter(_THREADS)

    @contextmanager
    def desk(self, wish: Cancellation) -> Iterator[Desk]:
        """Open a desk on the snapshot that is current now."""
        held = self._current.acquire()

        def asked(text: str) -> Asked:
            return ask(held, self._answers, CLIENT, self._settings, text, wish)

        try:
            yield Desk(held.reader, asked)
        finally:
            held.release()

    async def run(self, work: Callable[[Cancellation], Any]) -> Any:
        """Work in a thread; what is cancelled is not waited for, and its query is stopped."""
        wish = Cancellation()
        try:
            return await anyio.to_thread.run_sync(work, wish, abandon_on_cancel=True, limiter=self._limiter)
        finally:
            wish.cancel()  # after the answer, nothing hears it

    async def serve(self) -> None:
        """Answer until standard input ends."""
        with self.desk(Cancellation()) as desk:
            server = Assistants(self.desk, self.run).server(desk)
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    def close(self) -> None:
        """Stop what still runs."""
        self._current.close()


def serve(settings: Settings, snapshot: Path | None = None) -> None:
    """Serve one assistant on standard input; raises :class:`SnapshotMissing` or `SnapshotCorrupt`."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    async def main() -> None:
        service = StandardInput(settings, snapshot)
        try:
            await service.serve()
        finally:
            service.close()

    anyio.run(main)

"""Changes of a remote store: updates (SPARQL 1.1 Update) and graphs (SPARQL 1.1 Graph Store Protocol)."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import SettingsError, StoreError
from pathways_ld.formats import NTRIPLES
from pathways_ld.store.remote_exchange import credentials, new_session, send
from pathways_ld.store.remote_failures import check_change

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from pathways_ld.settings import RemoteSettings

_UPDATE: Final = "application/sparql-update"
_GRAPH_CHUNK: Final = 4_000_000
_UPDATE_CHUNK: Final = 400_000


def insertion(graph: str, ntriples: str) -> str:
    """Write the update that adds statements to a graph; both are well-formed, so nothing can end early."""
    return Template(_insert_text()).substitute(graph=graph, statements=ntriples)


@cache
def _insert_text() -> str:
    return files("pathways_ld.store").joinpath("insert.ru").read_text(encoding="utf-8")


class RemoteWriter:
    """Writes into one store, with the credentials that the settings name."""

    def __init__(self, remote: RemoteSettings) -> None:
        """Raise :class:`SettingsError` where the settings do not allow to write."""
        if not remote.update_url:
            raise SettingsError(
                f'Setting "stores.{remote.name}.update_url" is missing; without it nothing can be published.'
            )
        if remote.auth != "none" and not os.environ.get(remote.secret_env):
            raise SettingsError(
                f"The environment variable {remote.secret_env} is not set; it holds the secret of the store"
                f' "{remote.name}".'
            )
        self._remote = remote
        self._session = new_session(credentials(remote), remote.ca_file, 1)
        self.chunk = _GRAPH_CHUNK if remote.graphs_url else _UPDATE_CHUNK
        """Bytes of N-Triples that one request should carry."""

    def update(self, text: str) -> None:
        """Run an update; raises :class:`StoreError` where it was not done."""
        self._send(self._remote.update_url, _UPDATE, text.encode())

    def drop(self, graphs: list[str]) -> None:
        """Remove graphs, whether they are there or not."""
        if graphs:
            self.update(" ;\n".join(f"DROP SILENT GRAPH <{iri}>" for iri in graphs))

    def add(self, graph: str, ntriples: bytes) -> None:
        """Add statements to a graph; blank nodes with the same label in one call are the same."""
        if self._remote.graphs_url:
            self._send(self._remote.graphs_url, NTRIPLES.media_type, ntriples, {"graph": graph})
        else:
            self.update(insertion(graph, ntriples.decode()))

    def _send(self, url: str, media_type: str, body: bytes, parameters: dict[str, str] | None = None) -> None:
        headers = {"Content-Type": media_type, "Accept": "*/*"}
        try:
            response = send(
                self._session,
                "POST",
                url,
                self._remote.write_timeout,
                headers=headers,
                body=body,
                parameters=parameters,
            )
        except TimeoutError:
            raise StoreError(
                f"The store did not answer for {self._remote.write_timeout:g} seconds; write_timeout in its"
                " settings allows more."
            ) from None
        with response:
            check_change(response)
            _ = response.content  # so that the connection can be used again

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

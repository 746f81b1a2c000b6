"""The snapshot that is being served: a new one is picked up between two requests, none of which fails."""

from __future__ import annotations

import threading
from pathlib import Path

from flask import current_app
from flask import g as request_state

from pathways_ld.errors import StorageError
from pathways_ld.remotes import EMBEDDED
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.store.base import Store
from pathways_ld.store.embedded import EmbeddedStore, Load
from pathways_ld.store.remote import RemoteStore, published_graphs
from pathways_ld.vocabulary import Reader
from pathways_ld.web.responses import EXTENSION_KEY


class Serving:
    """One open snapshot: its terms and its SPARQL store; closed when the last request lets go."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.reader = Reader(folder)
        self._settings = settings
        self._store: Store | None = None
        self._lock = threading.Lock()
        self._users = 1

    @property
    def store(self) -> Store:
        """The SPARQL store; its processes start with the first query."""
        with self._lock:
            if self._store is None:
                self._store = _open_store(self.reader, self._settings)
            return self._store

    def load(self) -> Load:
        """Tell how busy the store is; what a remote one does is not ours to tell."""
        store = self._store
        return store.load() if isinstance(store, EmbeddedStore) else Load(0, 0)

    def acquire(self) -> bool:
        """Take hold; False where it is closed already."""
        with self._lock:
            if self._users == 0:
                return False
            self._users += 1
            return True

    def release(self) -> None:
        """Let go."""
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            self.reader.close()
            if self._store is not None:
                self._store.close()


def _open_store(reader: Reader, settings: Settings) -> Store:
    if settings.store == EMBEDDED:
        return EmbeddedStore.from_settings(reader.folder / "sparql", settings)
    remote = settings.stores.named(settings.store)
    graphs = published_graphs(remote, reader.manifest.base, reader.manifest.graph_counts)
    return RemoteStore.from_settings(remote, settings, graphs)


class CurrentSnapshot:
    """Gives each request the current snapshot; costs one look at a link."""

    def __init__(self, settings: Settings, fixed: Path | None = None) -> None:
        self._settings = settings
        self._fixed = fixed
        self.fixed = fixed is not None
        self._folder = SnapshotFolder(settings.state_dir)
        self._serving: Serving | None = None
        self._lock = threading.Lock()

    def acquire(self) -> Serving:
        """Take hold of the current snapshot; raises :class:`SnapshotMissing` or `SnapshotCorrupt`."""
        serving = self._serving
        try:
            folder = self._fixed or self._folder.current()
        except StorageError:
            if serving is None:
                raise
            folder = serving.reader.folder
        if serving is None or serving.reader.folder != folder or not serving.acquire():
            serving = self._switch(folder)
        return serving

    def load(self) -> Load:
        """Tell how busy the store is."""
        serving = self._serving
        return serving.load() if serving is not None else Load(0, 0)

    def _switch(self, folder: Path) -> Serving:
        with self._lock:
            before = self._serving
            if before is None or before.reader.folder != folder:
                try:
                    self._serving = Serving(folder, self._settings)
                except StorageError:
                    if before is None:
                        raise
                    # A new snapshot that cannot be opened must not take the good one down.
                    before.acquire()
                    return before
                if before is not None:
                    before.release()
            serving = self._serving
            assert serving is not None  # noqa: S101 - set above
            serving.acquire()
            return serving

    def close(self) -> None:
        """Let go of the snapshot."""
        with self._lock:
            if self._serving is not None:
                self._serving.release()
                self._serving = None


def serving() -> Serving:
    """Give the snapshot of this request: the same one from its beginning to its end."""
    held = request_state.get("serving")
    if held is None:
        held = current_app.extensions[EXTENSION_KEY].current.acquire()
        request_state.serving = held
    assert isinstance(held, Serving)  # noqa: S101 - tells mypy
    return held


def reader() -> Reader:
    """Give the terms of this request's snapshot."""
    return serving().reader


def release(_: BaseException | None = None) -> None:
    """Let go of the snapshot at the end of a request."""
    held = request_state.pop("serving", None)
    if held is not None:
        held.release()

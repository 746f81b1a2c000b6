"""Where snapshots live: one directory each, a link to the current one, a lock for builders."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from pathways_ld.errors import BuildRunning, SnapshotMissing, StorageError
from pathways_ld.snapshot.manifest import Manifest, read_manifest

KEPT: Final = 3
"""How many snapshots are kept, so that roll-back has somewhere to go."""

_UNFINISHED: Final = ".building-"
_CONSOLIDATED: Final = ".whole-"
_LOOK_AGAIN: Final = 0.05
"""Seconds between two looks at a lock that another holds."""


class SnapshotFolder:
    """The state directory's part that holds snapshots."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / "snapshots"
        self._current = state_dir / "current"

    def current(self) -> Path:
        """Give the directory of the current snapshot; raises :class:`SnapshotMissing`."""
        try:
            return self.path / Path(os.readlink(self._current)).name  # noqa: PTH115 - a hot path
        except OSError:
            raise SnapshotMissing(
                f'There is no current snapshot in {self._current.parent}. Make one with "pathways-ld build".'
            ) from None

    @contextlib.contextmanager
    def building(self, wait: float = 0.0) -> Iterator[Path]:
        """Give an empty directory to build in, alone; what earlier builders left half-done is removed.

        Raises :class:`BuildRunning` where another build still runs after `wait` seconds, and
        :class:`StorageError` where the disk refuses.
        """
        with self._alone(".lock", _UNFINISHED, wait) as folder:
            yield folder

    @contextlib.contextmanager
    def consolidating(self) -> Iterator[Path]:
        """Give an empty directory as :meth:`building` does, for work in which changes are made meanwhile."""
        with self._alone(".consolidating", _CONSOLIDATED, 0.0) as folder:
            yield folder

    @contextlib.contextmanager
    def _alone(self, name: str, prefix: str, wait: float) -> Iterator[Path]:
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            with (self.path / name).open("w") as lock:
                self._lock(lock, time.monotonic() + wait)
                for stale in self.path.glob(f"{prefix}*"):
                    shutil.rmtree(stale, ignore_errors=True)
                folder = self.path / f"{prefix}{os.getpid()}"
                folder.mkdir()
                try:
                    yield folder
                finally:
                    shutil.rmtree(folder, ignore_errors=True)

    def _lock(self, lock: IO[str], until: float) -> None:
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise BuildRunning(
                        f"Another build is running in {self.path}; wait for it to end."
                    ) from None
            time.sleep(_LOOK_AGAIN)

    def adopt(self, folder: Path, snapshot_id: str) -> Path:
        """Give a finished directory its name, or drop it where the same snapshot is there, unharmed.

        One that was harmed is not touched: the new one gets a name beside it, so that at no moment a
        link leads nowhere.
        """
        target, number = self.path / snapshot_id, 1
        while target.exists():
            if _is_intact(target, read_manifest(folder)):
                return target
            number += 1
            target = self.path / f"{snapshot_id}.{number}"
        sync_tree(folder)
        folder.rename(target)
        _sync(self.path)
        return target

    def make_current(self, name: str) -> None:
        """Switch to a snapshot by one atomic rename of a link."""
        fresh = self._current.with_name(f".current-{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("snapshots") / name)
        fresh.replace(self._current)
        _sync(self._current.parent)

    def prune(self) -> None:
        """Remove all but the current and the youngest snapshots."""
        current = self.current()
        others = [path for path in self.path.iterdir() if path.is_dir() and path != current]
        others = [path for path in others if not path.name.startswith(".")]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in others[KEPT - 1 :]:
            shutil.rmtree(path, ignore_errors=True)


def _is_intact(target: Path, manifest: Manifest) -> bool:
    """Tell whether a snapshot still holds what its name says."""
    try:
        intact = all(file_digest(target / name) == digest for name, digest in manifest.digests.items())
        return intact and read_manifest(target).id == manifest.id and (target / "sparql/CURRENT").exists()
    except (OSError, StorageError):
        return False


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says into one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StorageError(f"{path}: {error}. Nothing was changed.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{error.filename or path}: {reason}. Nothing was changed.") from error


def sync_tree(folder: Path) -> None:
    """Write all files of a directory through to the disk, so that a rename never outruns its content."""
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

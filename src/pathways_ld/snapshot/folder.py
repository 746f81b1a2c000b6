"""Where snapshots live: one directory each, a link to the current one, a lock for builders."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import filecmp
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pathways_ld.errors import SnapshotMissing, StorageError
from pathways_ld.snapshot.manifest import read_manifest

KEPT: Final = 3
"""How many snapshots are kept, so that roll-back has somewhere to go."""

_UNFINISHED: Final = ".building-"


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
    def building(self) -> Iterator[Path]:
        """Give an empty directory to build in, alone; what earlier builders left half-done is removed.

        Raises :class:`StorageError` where another build runs or the disk refuses.
        """
        with storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            with (self.path / ".lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise StorageError(
                        f"Another build is running in {self.path}; wait for it to end."
                    ) from None
                for stale in self.path.glob(f"{_UNFINISHED}*"):
                    shutil.rmtree(stale, ignore_errors=True)
                folder = self.path / f"{_UNFINISHED}{os.getpid()}"
                folder.mkdir()
                try:
                    yield folder
                finally:
                    shutil.rmtree(folder, ignore_errors=True)

    def adopt(self, folder: Path, snapshot_id: str) -> Path:
        """Give a finished directory its name, or drop it where the same snapshot is there, unharmed."""
        target = self.path / snapshot_id
        if not _same(target, folder):
            sync_tree(folder)
            if target.exists():
                harmed = self.path / f"{_UNFINISHED}{snapshot_id}"
                target.rename(harmed)
                shutil.rmtree(harmed, ignore_errors=True)
            folder.rename(target)
            _sync(self.path)
        return target

    def make_current(self, snapshot_id: str) -> None:
        """Switch to a snapshot by one atomic rename of a link."""
        fresh = self._current.with_name(f".current-{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("snapshots") / snapshot_id)
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


def _same(target: Path, fresh: Path) -> bool:
    """Tell whether a snapshot holds what a fresh build of it holds, byte for byte where that is fixed."""
    try:
        if dataclasses.replace(read_manifest(target), created="") != dataclasses.replace(
            read_manifest(fresh), created=""
        ):
            return False
        fixed = ["terms.sqlite", *(f"dumps/{path.name}" for path in (fresh / "dumps").iterdir())]
        index = (target / "sparql" / "CURRENT").exists()
        return index and all(filecmp.cmp(target / name, fresh / name, shallow=False) for name in fixed)
    except (OSError, StorageError):
        return False


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says into one sentence."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{error.filename or path}: {reason}. Nothing was changed.") from error


def sync_tree(folder: Path) -> None:
    """Write all files of a directory through to the disk, so that a rename never outruns its content."""
    for path in folder.rglob("*"):
        if path.is_file():
            _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

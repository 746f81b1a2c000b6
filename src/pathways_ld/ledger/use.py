"""Who uses a state directory: a server says so as long as it runs, and what must not disturb it looks.

The lock goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pathways_ld.errors import BuildRunning, StorageError

FILE: Final = ".in-use"


@contextlib.contextmanager
def in_use(state_dir: Path) -> Iterator[None]:
    """Say that a server uses a state directory; any number of them may.

    Where nothing can be written, nothing can be put back either, and nothing is said.
    """
    writable = not state_dir.exists() or os.access(state_dir, os.W_OK)
    with _locked(state_dir, fcntl.LOCK_SH) if writable else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def unused(state_dir: Path) -> Iterator[None]:
    """Keep servers away; raises :class:`BuildRunning` where one runs."""
    with _locked(state_dir, fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def _locked(state_dir: Path, how: int) -> Iterator[None]:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        lock = (state_dir / FILE).open("w")
    except OSError as error:
        raise StorageError(f"{state_dir / FILE} cannot be used: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            other = "A server uses" if how == fcntl.LOCK_EX else "The ledger is being put back in"
            raise BuildRunning(f"{other} {state_dir}; stop it, or wait for it to end.") from None
        yield

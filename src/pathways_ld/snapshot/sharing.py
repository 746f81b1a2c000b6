"""Files that one snapshot shares with the next, so that what did not change costs nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import Final

_FICLONE: Final = 0x40049409
"""Linux's request for a copy that shares its blocks until one of the two changes (ioctl_ficlone(2))."""


def share(source: Path, target: Path) -> None:
    """Give a file that never changes a second name; where the file system cannot, copy it."""
    try:
        os.link(source, target)
    except OSError:  # another file system, too many links, or none at all
        shutil.copyfile(source, target)


def clone(source: Path, target: Path, *, changes: bool = True) -> None:
    """Copy a file, at no cost where the file system can; share it if it never `changes`."""
    if not changes:
        share(source, target)
        return
    with source.open("rb") as reading, target.open("wb") as writing, contextlib.suppress(OSError):
        fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
        return
    shutil.copyfile(source, target)


def share_folder(source: Path, target: Path) -> None:
    """Give all files of a folder, which has no others in it, a second name in a new one."""
    target.mkdir()
    for path in source.iterdir():
        share(path, target / path.name)

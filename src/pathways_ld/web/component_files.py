"""The module with the web components: where it is, what it is called by its content, and its older versions.

Pages of others name one version, with its digest (https://www.w3.org/TR/SRI/), and go on doing so after the
server has a newer one. So every version that was served is kept in the folder of the state.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

FOLDER: Final = "embed"
_BUILT: Final = "pathways.js"
_HASH: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Module:
    """A version of the module; `integrity` is what a page says of it, `name` its file name."""

    body: bytes

    @property
    def digest(self) -> str:
        """What names this version: 16 hexadecimal digits."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def name(self) -> str:
        """The file name."""
        return f"pathways.{self.digest}.js"

    @property
    def integrity(self) -> str:
        """The digest as Subresource Integrity has it."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()


@lru_cache(maxsize=1)
def current() -> Module | None:
    """Give the module as it was built, None where it was not."""
    built = files("pathways_ld.web").joinpath("static", "dist", _BUILT)
    return Module(built.read_bytes()) if built.is_file() else None


def keep(state_dir: Path) -> None:
    """Put the current version where the older ones are; a folder that cannot be written is left alone."""
    module = current()
    if module is None:
        return
    folder = state_dir / FOLDER
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / module.name).exists():
            return
        handle, temporary = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as opened:
            opened.write(module.body)
        Path(temporary).replace(folder / module.name)


def version(digest: str, state_dir: Path) -> Module | None:
    """Find a version by its digest; None where there is none, or where its file is not what it was."""
    newest = current()
    if newest is not None and newest.digest == digest:
        return newest
    if not _HASH.fullmatch(digest):
        return None
    with suppress(OSError):
        module = Module((state_dir / FOLDER / f"pathways.{digest}.js").read_bytes())
        return module if module.digest == digest else None
    return None

"""When the current snapshot is written whole, and the process that does it.

Started as ``python -m pathways_ld.releases.consolidator PARENT_PID`` with the settings in the environment. It
gives way to everything else, and may be killed at any moment.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from pathways_ld.errors import PathwaysError
from pathways_ld.releases.changes import Maintenance
from pathways_ld.settings import Settings, load_settings
from pathways_ld.snapshot import SnapshotFolder, read_manifest
from pathways_ld.store.sandbox import die_with_parent

MODULE: Final = "pathways_ld.releases.consolidator"
PATIENCE: Final = 10
"""How many times as long as for a pause it is waited for where changes never pause."""

_MODEST: Final = 10
_LOOK_AGAIN: Final = 2.0
"""Seconds between two looks at the current snapshot; one look is at a link."""

log = logging.getLogger(__name__)


class Consolidator:
    """Watches a state directory, and starts the process when it is time; one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._after = settings.consolidate_after
        self._snapshots = SnapshotFolder(settings.state_dir)
        self._seen: Path | None = None
        self._changed = 0.0
        self._since: float | None = None
        self._foundation = ""
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; without a time to wait for, end at once."""
        while self._after and not stop.wait(min(_LOOK_AGAIN, self._after)):
            if self.is_due(time.time()):
                self._start()

    def is_due(self, now: float) -> bool:
        """Tell whether it is time, in seconds since 1970."""
        try:
            folder = self._snapshots.current()
            if folder != self._seen:
                manifest = read_manifest(folder)
                self._seen = folder
                self._changed = datetime.fromisoformat(manifest.created).timestamp()
                if manifest.is_whole:
                    self._since, self._failures = None, 0
                elif self._since is None or manifest.foundation != self._foundation:
                    self._since = self._changed
                self._foundation = manifest.foundation
        except PathwaysError:
            return False  # a snapshot is missing, or is being replaced: whoever serves it says so
        if self._since is None:
            return False
        wait = self._after * float(2**self._failures)
        return bool(now - self._changed >= wait or now - self._since >= PATIENCE * wait)

    def _start(self) -> None:
        command = [sys.executable, "-m", MODULE, str(os.getpid())]
        code = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
        if code:
            self._failures = min(self._failures + 1, PATIENCE)
            log.warning("The current snapshot could not be written whole (exit code %d).", code)


def main(parent: str) -> int:
    """Write the current snapshot whole; gives the exit code."""
    die_with_parent(int(parent))
    os.nice(_MODEST)
    try:
        settings = load_settings()
        if Maintenance(settings).consolidate() is None:
            return int(not read_manifest(SnapshotFolder(settings.state_dir).current()).is_whole)
    except PathwaysError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Measure a build and a bare bulk load, each in a process of its own, so that memory is its own too.

As a program it does one of them and prints what it saw as JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import generate
import pyoxigraph

from pathways_ld.releases import build
from pathways_ld.settings import load_settings

BULK: Final = "bulk"
BUILD: Final = "build"
_WHO: Final = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@dataclass(frozen=True)
class Run:
    """One run: seconds by stage, all seconds of processor time, the highest resident size in megabytes."""

    seconds: dict[str, float]
    processor: float
    megabytes: float
    folder: str = ""
    statements: int = 0

    @property
    def total(self) -> float:
        """All stages together."""
        return sum(self.seconds.values())


def run(action: str, source: Path, state: Path, *, checked: bool = False, timeout: float = 3600) -> Run:
    """Run one measurement in a fresh process."""
    command = [sys.executable, __file__, action, str(source), str(state)]
    if checked:
        command.append("--check")
    ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if ended.returncode:
        raise RuntimeError(f"{action} of {source.name} failed: {ended.stderr.strip()[-800:]}")
    return Run(**json.loads(ended.stdout.splitlines()[-1]))


def bulk_load(source: Path, scratch: Path, repeat: int) -> list[Run]:
    """Bulk load a file into empty stores on disk."""
    runs = []
    for _ in range(repeat):
        with TemporaryDirectory(dir=scratch) as folder:
            runs.append(run(BULK, source, Path(folder) / "store"))
    return runs


def _bulk(source: Path, folder: Path) -> dict[str, Any]:
    formats = {".ttl": pyoxigraph.RdfFormat.TURTLE, ".nq": pyoxigraph.RdfFormat.N_QUADS}
    started, used = time.monotonic(), _processor()
    store = pyoxigraph.Store(str(folder))
    store.bulk_load(path=str(source), format=formats[source.suffix])
    store.flush()
    seconds = {"bulk load": time.monotonic() - started}
    return {"seconds": seconds, "processor": _processor() - used, "megabytes": _peak()}


def _build(source: Path, state: Path, *, checked: bool) -> dict[str, Any]:
    settings = load_settings(canonical_base=generate.BASE, state_dir=state)
    used = _processor()
    report = build([source], settings, check=checked)
    return {
        "seconds": report.seconds,
        "processor": _processor() - used,
        "megabytes": _peak(),
        "folder": str(report.folder),
        "statements": report.manifest.statements,
    }


def _peak() -> float:
    """Give megabytes, this process and its largest child together."""
    return sum(resource.getrusage(each).ru_maxrss for each in _WHO) / 1024


def _processor() -> float:
    """Give the seconds of processor time of this process and its ended children."""
    return sum(sum(resource.getrusage(each)[:2]) for each in _WHO)


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=(BUILD, BULK))
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    if given.action == BULK:
        seen = _bulk(given.source, given.folder)
    else:
        seen = _build(given.source, given.folder, checked=given.check)
    print(json.dumps(seen))


if __name__ == "__main__":
    main()

"""Measure contributions to a large vocabulary: examine, submit, read as a reviewer, accept.

Accepting is what its reviewer waits for: the checks and the policy against the state of the moment, the
ledger, the new snapshot, the switch. Each kind is measured in a new process.

    python bench/accepting.py --count 100000
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from generate import BASE, dataset
from incremental import CHANGES, REPEATS, RESULTS

from pathways_ld import releases
from pathways_ld.contributions import Contributions, Submission
from pathways_ld.releases import Maintenance
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.snapshot.lookup import SnapshotStatements


def measure(state: Path, name: str, first: int) -> list[dict[str, Any]]:
    """Make some contributions of a kind in this process; gives the seconds of each step."""
    settings = Settings(
        state_dir=state, canonical_base=BASE, contributions_per_hour=0, contributions_per_day=0
    )
    maintenance = Maintenance(settings)
    desk = Contributions(settings, lambda: maintenance)
    taken: dict[str, list[float]] = {}

    def timed(step: str, start: float) -> None:
        taken.setdefault(step, []).append(time.perf_counter() - start)

    for number in range(first, first + REPEATS):
        folder = SnapshotFolder(state).current()
        delta = CHANGES[name](number, SnapshotStatements(folder).about)
        start = time.perf_counter()
        desk.examine(delta, folder)
        timed("examine", start)
        start = time.perf_counter()
        receipt = desk.submit(Submission(delta, f"{name} {number}", "rdf", trusted=True, actor="Ann"))
        timed("submit", start)
        start = time.perf_counter()
        seen = desk.get(receipt.number).seen
        timed("look", start)
        start = time.perf_counter()
        desk.accept(receipt.number, "Ben", seen=seen)
        timed("accept", start)
    desk.close()
    return [
        {
            "change": name,
            "step": step,
            "first": round(seconds[0], 3),
            "median": round(statistics.median(seconds[1:]), 3),
            "worst": round(max(seconds[1:]), 3),
        }
        for step, seconds in taken.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--state", type=Path, help="a state directory that is there already")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.state, arguments.one, arguments.first)))
        return
    with TemporaryDirectory() as temporary:
        state = arguments.state or Path(temporary) / "var"
        if not arguments.state:
            source = dataset(arguments.count, Path(temporary))
            releases.build([source], Settings(state_dir=state, canonical_base=BASE), check=False)
        found = []
        for name in CHANGES:
            command = [sys.executable, __file__, "--state", str(state), "--one", name]
            command += ["--first", str(arguments.first)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            for each in json.loads(done.stdout):
                found.append(each)
                print(json.dumps(each), flush=True)
    RESULTS.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = RESULTS / f"accepting-{stamp}.json"
    path.write_text(json.dumps({"concepts": arguments.count, "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()

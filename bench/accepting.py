"""Measure contributions to a large vocabulary: examine, submit, read as a reviewer, accept.

Accepting is what its reviewer waits for: the checks and the policy against the state of the moment, the
ledger, the new snapshot, the switch. Each kind is measured in a new process.

    python bench/accepting.py --count 100000
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from generate import BASE
from incremental import CHANGES, REPEATS, run

from pathways_ld.contributions import Contributions, Submission
from pathways_ld.releases import Maintenance
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.snapshot.lookup import SnapshotStatements


def measure(state: Path, name: str, first: int) -> dict[str, Any]:
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
    steps = {
        step: {
            "first": round(seconds[0], 3),
            "median": round(statistics.median(seconds[1:]), 3),
            "worst": round(max(seconds[1:]), 3),
        }
        for step, seconds in taken.items()
    }
    return {"change": name, **steps}


if __name__ == "__main__":
    run(__file__, __doc__.partition("\n")[0], measure)

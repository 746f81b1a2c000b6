"""Drive a server with random requests: by `wrk` where it is installed, else by `client.py`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import generate

from servers import processor_seconds

if TYPE_CHECKING:
    from queries import Query

_HERE: Final = Path(__file__).parent
WRK: Final = shutil.which("wrk")
GENERATOR: Final = "wrk" if WRK else "client.py (wrk is not installed; it is slower than the servers)"


@dataclass(frozen=True)
class Target:
    """What is asked of one server; `pid` is its process.

    `template` is a path in which {id} stands for a term's number and {n} for a number that is never used
    twice; `validators` is a file of paths with their ETags, asked for instead.
    """

    server: str
    url: str
    pid: int
    template: str
    headers: dict[str, str] = field(default_factory=dict)
    validators: Path | None = None
    note: str = ""
    query: Query | None = None

    def terms(self, count: int) -> int:
        """Give how many of `count` terms are asked for: all, or those that have narrower ones."""
        only_parents = self.query is not None and self.query.only_parents
        return max(1, (count - generate.ROOTS) // generate.BRANCHING) if only_parents else count


@dataclass(frozen=True)
class Outcome:
    """One measurement; times in seconds, `processor` all that the server used."""

    requests: int
    seconds: float
    bytes: int
    p50: float
    p90: float
    p99: float
    highest: float
    mean: float
    errors: int
    processor: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def cost(self) -> float:
        """Seconds of processor time for an answer."""
        return self.processor / self.requests if self.requests else 0.0


@dataclass
class Series:
    """Repeated measurements of one target."""

    target: Target
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """Answers per second of each repetition."""
        return [each.rate for each in self.outcomes]

    @property
    def rate(self) -> float:
        """The median rate."""
        return median(self.rates)

    @property
    def errors(self) -> int:
        """Failed requests of all repetitions."""
        return sum(each.errors for each in self.outcomes)

    def middle(self, name: str) -> float:
        """Give the median over the repetitions of one measured time."""
        return float(median(getattr(each, name) for each in self.outcomes))


def drive(target: Target, count: int, *, connections: int, seconds: float, seed: int) -> Outcome:
    """Ask for random terms out of `count`, over some connections, each sending one request at a time."""
    arguments = [target.template, str(target.terms(count)), str(seed), str(target.validators or "-")]
    arguments += [f"{name}: {value}" for name, value in target.headers.items()]
    if WRK:
        command = [WRK, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s"]
        command += ["-s", str(_HERE / "random_terms.lua"), target.url, "--", *arguments]
    else:
        command = [sys.executable, str(_HERE / "client.py"), target.url, str(connections), str(seconds)]
        command += arguments
    before = processor_seconds(target.pid)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 90)
    used = processor_seconds(target.pid) - before
    for line in ended.stdout.splitlines():
        if line.startswith("OUTCOME "):
            return Outcome(**json.loads(line.removeprefix("OUTCOME ")), processor=used)
    raise RuntimeError(
        f"The load generator gave no outcome for {target.server}: {ended.stderr.strip()[-500:]}"
    )


def compare(
    targets: list[Target], count: int, *, connections: int, seconds: float, warm_up: float, repeat: int
) -> list[Series]:
    """Measure targets in turn, over and over, so that a disturbance of the machine hits them all."""
    series = [Series(target) for target in targets]
    if warm_up:
        for target in targets:
            drive(target, count, connections=connections, seconds=warm_up, seed=99)
    for repetition in range(repeat):
        for each in series:
            outcome = drive(each.target, count, connections=connections, seconds=seconds, seed=repetition + 1)
            each.outcomes.append(outcome)
    return series

"""From measurements to ratios: a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from load import GENERATOR, Series


@dataclass(frozen=True)
class Line:
    """One line of the table: a ratio, or a single value where there is nothing to divide by.

    `spread` are the lowest and the highest value that the repetitions allow. `by_processor_time` is the same
    ratio by what the servers used of the processors, which depends less on what else the machine does.
    """

    size: str
    what: str
    ours: str
    other: str
    value: float
    spread: tuple[float, float]
    unit: str = "x"
    expected: str = ""
    met: bool | None = None
    note: str = ""
    by_processor_time: float | None = None


@dataclass
class Report:
    """Everything of one run."""

    settings: dict[str, object]
    machine: dict[str, object] = field(default_factory=dict)
    peers: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    series: list[dict[str, object]] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.machine = {
            "processors": os.cpu_count(),
            "load at the start": os.getloadavg()[0],
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "pathways-ld": version("pathways-ld"),
            "pyoxigraph": version("pyoxigraph"),
            "granian": version("granian"),
            "load generator": GENERATOR,
        }

    def skip(self, what: str, why: str) -> None:
        """Note what was not measured, and say so at once."""
        self.skipped.append(f"{what}: {why}")
        print(f"  skipped {what}: {why}", flush=True)

    def keep(self, size: int, what: str, connections: int, series: Sequence[Series]) -> None:
        """Keep measurements with all their repetitions."""
        for each in series:
            self.series.append(
                {
                    "size": size,
                    "what": what,
                    "connections": connections,
                    "server": each.target.server,
                    "note": each.target.note,
                    "rate": each.rate,
                    "p50": each.middle("p50"),
                    "p99": each.middle("p99"),
                    "processor seconds per answer": each.middle("cost"),
                    "errors": each.errors,
                    "outcomes": [asdict(outcome) for outcome in each.outcomes],
                }
            )
            low, high = min(each.rates), max(each.rates)
            print(
                f"  {what:<10} {each.target.server:<22} {each.rate:>9.1f}/s ({low:.1f}-{high:.1f})"
                f"  p50 {each.middle('p50') * 1e3:.2f} ms  p99 {each.middle('p99') * 1e3:.2f} ms"
                f"  processor {each.middle('cost') * 1e3:.2f} ms"
                + (f"  {each.errors} FAILED" if each.errors else ""),
                flush=True,
            )

    def ratio(
        self,
        size: str,
        what: str,
        ours: tuple[str, Sequence[float]],
        other: tuple[str, Sequence[float]],
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        failures: int = 0,
        note: str = "",
        by_processor_time: float | None = None,
    ) -> None:
        """Add a ratio of medians; a measurement with failures meets no expectation."""
        value = _median(ours[1]) / _median(other[1])
        spread = (min(ours[1]) / max(other[1]), max(ours[1]) / min(other[1]))
        expected, met = _expectation(value, at_least, at_most)
        if failures:
            note = f"{failures} requests failed. {note}"
            met = None if met is None else False
        names = f"{ours[0]} {_short(_median(ours[1]))}", f"{other[0]} {_short(_median(other[1]))}"
        self.lines.append(
            Line(
                size,
                what,
                *names,
                value,
                spread,
                expected=expected,
                met=met,
                note=note.strip(),
                by_processor_time=by_processor_time,
            )
        )

    def single(
        self, size: str, what: str, values: Sequence[float], unit: str, *, at_most: float | None = None,
        note: str = "",
    ) -> None:  # fmt: skip
        """Add a value of ours alone."""
        expected, met = _expectation(_median(values), None, at_most)
        spread = (min(values), max(values))
        self.lines.append(Line(size, what, "", "", _median(values), spread, unit, expected, met, note))

    def write(self, folder: Path) -> Path:
        """Write the JSON file and print the table."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        content = json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"
        path.write_text(content, encoding="utf-8")
        (folder / "latest.json").write_text(content, encoding="utf-8")
        print("\n" + self.table())
        return path

    def table(self) -> str:
        """Give the table as text."""
        rows = [
            (
                "concepts",
                "what",
                "ours",
                "compared with",
                "value",
                "min-max",
                "expected",
                "met",
                "by processor time",
                "",
            )
        ]
        rows += [
            (
                line.size,
                line.what,
                line.ours,
                line.other,
                f"{_short(line.value)} {line.unit}",
                f"{_short(line.spread[0])}-{_short(line.spread[1])}",
                line.expected,
                {True: "yes", False: "NO", None: ""}[line.met],
                "" if line.by_processor_time is None else f"{_short(line.by_processor_time)} x",
                line.note,
            )
            for line in self.lines
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines.insert(1, "-" * max(map(len, lines)))
        if self.skipped:
            lines += ["", "Not measured:", *(f"  {reason}" for reason in self.skipped)]
        return "\n".join(lines)


def _median(values: Sequence[float]) -> float:
    return median(values)


def _expectation(value: float, at_least: float | None, at_most: float | None) -> tuple[str, bool | None]:
    tests: list[tuple[str, float | None, Callable[[float, float], bool]]] = [
        (">=", at_least, float.__ge__),
        ("<=", at_most, float.__le__),
    ]
    for sign, bound, test in tests:
        if bound is not None:
            return f"{sign} {bound:g}", test(value, float(bound))
    return "", None


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"

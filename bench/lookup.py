"""Measure how long a thousand labels take to be looked up: python bench/lookup.py [CONCEPTS] [--work FOLDER].

The terms are those of search.py. Times are of the processor, the best of three; *right* is how often the
first candidate is the term whose label was changed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import generate
import search

from pathways_ld.embedding.lookup import look_up
from pathways_ld.vocabulary import Languages, Reader

VALUES: Final = 1_000
TIMES: Final = 3


def misspelt(label: str, chance: Random) -> str:
    """Leave a letter out."""
    at = chance.randrange(1, len(label) - 1)
    return label[:at] + label[at + 1 :]


CHANGES: Final[dict[str, Callable[[str, Random], str]]] = {
    "as they are": lambda label, _: label,
    "a letter missing": misspelt,
    "more words": lambda label, _: f"{label} for welders",
    "half of the words": lambda label, _: " ".join(label.split()[:2]),
    "nothing alike": lambda _, chance: f"zq{chance.randrange(10**6)} xw{chance.randrange(10**6)}",
}


def main() -> None:
    """Write, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("concepts", type=int, nargs="?", default=100_000)
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work")
    arguments = parser.parse_args()
    folder = arguments.work / f"searched-{arguments.concepts}"
    if not (folder / "manifest.json").exists():
        print(f"written in {search.write(folder, arguments.concepts):.0f} s")
    reader = Reader(folder)
    numbers = Random(11).sample(range(arguments.concepts), min(VALUES, arguments.concepts))
    labels = [generate.english_label(number) for number in numbers]
    print(f"{len(labels):,} labels of {arguments.concepts:,} concepts\n")
    print("| labels | s | statuses | right |\n|---|---|---|---|")
    for name, change in CHANGES.items():
        chance = Random(7)
        values = [change(label, chance) for label in labels]
        seconds = []
        for _ in range(TIMES):
            began = time.thread_time()
            rows = look_up(reader, values, languages=Languages(("en",)))
            seconds.append(time.thread_time() - began)
        right = sum(
            bool(row.candidates) and row.candidates[0].iri == generate.iri(number)
            for row, number in zip(rows, numbers, strict=True)
        )
        statuses = ", ".join(
            f"{count} {status}" for status, count in Counter(row.status for row in rows).items()
        )
        print(f"| {name} | {min(seconds):.2f} | {statuses} | {right} |")
    reader.close()


if __name__ == "__main__":
    main()

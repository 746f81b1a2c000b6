"""Measure changes of a large vocabulary, from the call until the changed snapshot is the current one.

Of each kind of change several are made by a new process: the first as by a web process that makes its first
change, and later ones. What is measured includes the checks, the ledger, and writing through to the disk.

    python bench/incremental.py --count 100000
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from generate import BASE, SCHEME, dataset, iri

from pathways_ld import releases
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement, literal
from pathways_ld.releases import Maintenance, making
from pathways_ld.releases.increment import Incremental
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.store.sandbox import peak_memory

SKOS = "http://www.w3.org/2004/02/skos/core#"
A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
RESULTS = Path(__file__).parent / "results"
REPEATS = 5
XSD = "http://www.w3.org/2001/XMLSchema#"

TRUE = literal("true", datatype=f"{XSD}boolean")

About = Callable[[str], Sequence[Statement]]


class Author:
    name = "Ann"

    def may_change(self, graph: str) -> bool:
        del graph
        return True


def skos(name: str) -> str:
    return f"<{SKOS}{name}>"


def new_label(number: int, about: About) -> Delta:
    """Give a concept in the middle of the tree another label: its neighbours show it."""
    subject = f"<{iri(1000 + number)}>"
    old = next(e for e in about(subject) if e.predicate == skos("prefLabel") and e.object.endswith("@en"))
    return Delta((old._replace(object=literal(f"Renamed {number}", lang="en")),), (old,))


def top_label(number: int, about: About) -> Delta:
    """Give a concept another label that a thousand others are below."""
    subject = f"<{iri(30 + number)}>"
    old = next(e for e in about(subject) if e.predicate == skos("prefLabel") and e.object.endswith("@en"))
    return Delta((old._replace(object=literal(f"Renamed {number}", lang="en")),), (old,))


def new_term(number: int, about: About) -> Delta:
    del about
    subject = f"<{BASE}concept/new-{number}>"
    said = (
        (A, skos("Concept")),
        (skos("prefLabel"), literal(f"A new concept {number}", lang="en")),
        (skos("definition"), literal(f"What nobody had thought of {number}.", lang="en")),
        (skos("inScheme"), f"<{SCHEME}>"),
        (skos("broader"), f"<{iri(500 + number)}>"),
    )
    return Delta(tuple(Statement(subject, *each) for each in said))


def changed_broader(number: int, about: About) -> Delta:
    subject = f"<{iri(20_001 + 2 * number)}>"
    old = next(each for each in about(subject) if each.predicate == skos("broader"))
    back = Statement(old.object, skos("narrower"), subject)
    removed = (old, back) if back in about(old.object) else (old,)
    return Delta((old._replace(object=f"<{iri(700 + number)}>"),), removed)


def deprecation(number: int, about: About) -> Delta:
    del about
    subject = f"<{iri(50_000 + number)}>"
    return Delta(
        (
            Statement(subject, "<http://www.w3.org/2002/07/owl#deprecated>", TRUE),
            Statement(subject, "<http://purl.org/dc/terms/isReplacedBy>", f"<{iri(60_000 + number)}>"),
        )
    )


CHANGES = {
    "new label": new_label,
    "new term": new_term,
    "changed broader": changed_broader,
    "deprecation": deprecation,
    "label above 1,100": top_label,
}


@contextmanager
def stages() -> Iterator[dict[str, float]]:
    """Take the seconds of the stages of a change."""
    seconds: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start

        return run

    places: tuple[tuple[Any, str, str], ...] = (
        (making, "check_change", "check"),
        (Incremental, "__init__", "open"),
        (Incremental, "prepare", "describe"),
        (Incremental, "_write_rows", "rows"),
        (Incremental, "_write_asserted", "statements"),
        (Incremental, "_write_index", "index"),
        (Incremental, "write", "write"),
        (SnapshotFolder, "adopt", "adopt"),
        (SnapshotFolder, "prune", "prune"),
    )
    originals = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    for (owner, name, stage), (_, _, original) in zip(places, originals, strict=True):
        setattr(owner, name, timed(stage, original))
    try:
        yield seconds
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def _prepared(change: Callable[[int, About], Delta], number: int, _: int, about: About) -> Delta:
    return change(number, about)


def measure(state: Path, name: str, first: int) -> dict[str, Any]:
    """Make some changes in this process."""
    maintenance = Maintenance(Settings(state_dir=state, canonical_base=BASE))
    totals: list[float] = []
    parts: list[dict[str, float]] = []
    for number in range(first, first + REPEATS):
        with stages() as seconds:
            start = time.perf_counter()
            prepare = partial(_prepared, CHANGES[name], number)
            published = maintenance.apply(prepare, Author(), action="edit", note=name)
            total = time.perf_counter() - start
        assert published.change, "nothing changed"
        totals.append(total)
        parts.append({name: round(value, 4) for name, value in seconds.items()})
    return {
        "change": name,
        "first": round(totals[0], 3),
        "median": round(statistics.median(totals[1:]), 3),
        "worst": round(max(totals[1:]), 3),
        "megabytes": peak_memory() // 1_000_000,
        "stages of the first": parts[0],
        "stages of the last": parts[-1],
    }


def run(script: str, description: str, measure: Callable[[Path, str, int], Any]) -> None:
    """Measure each kind of change in a process of its own, which runs this script; keep the results."""
    parser = argparse.ArgumentParser(description=description)
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
            command = [sys.executable, script, "--state", str(state), "--one", name]
            command += ["--first", str(arguments.first)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found.append(json.loads(done.stdout))
            print(json.dumps(found[-1]), flush=True)
    RESULTS.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = RESULTS / f"{Path(script).stem}-{stamp}.json"
    path.write_text(json.dumps({"concepts": arguments.count, "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    run(__file__, __doc__.partition("\n")[0], measure)

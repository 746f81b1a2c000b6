"""Measure validation: ours against plain pyshacl, one changed term against a large vocabulary, memory.

Each measurement is a process of its own, so that its memory is its own. Plain pyshacl is measured where it
ends in reasonable time; what is extrapolated from that is marked so.

    python bench/validation.py --sizes 1000 10000 100000 --plain 1000 --neighbourhood 100000
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyshacl

from pathways_ld import releases
from pathways_ld.rdfio import Statement, graph_line, literal
from pathways_ld.settings import Settings
from pathways_ld.store.sandbox import peak_memory
from pathways_ld.validation.compiling import compile_shapes
from pathways_ld.validation.engine import Engine
from pathways_ld.validation.indexed import IndexedGraph, ordinary_graph, paused_collector, quiet_loggers
from pathways_ld.validation.request import ValidationLimits, ValidationRequest
from pathways_ld.validation.rules import shapes_files
from pathways_ld.validation.shacl import run_parts
from vocabularies import BASE, concept, scheme, statements

SKOS = "http://www.w3.org/2004/02/skos/core#"
RESULTS = Path(__file__).parent / "results"
REPEATS = 20
CORE, ALL = "core", "all"


def shapes_of(which: str) -> list[Statement]:
    """Give the shapes for any SKOS vocabulary: core SHACL, or those in SPARQL too."""
    files = {file.name: file.parsed.statements for file in shapes_files()}
    found = list(files["skos"])
    if which == ALL:
        # Comparing all labels regardless of case takes hours in any engine; ours does it without a shape.
        found += [
            each._replace(subject=_apart(each.subject), object=_apart(each.object))
            for each in files["skos-sparql"]
            if "#ambiguous-label>" not in each.subject
        ]
    return found


def _apart(term: str) -> str:
    return f"_:q{term[2:]}" if term.startswith("_:") else term


def ours(size: int, which: str, processes: int) -> dict[str, Any]:
    """Validate everything with compiled shapes on the indexed graph."""
    said = list(statements(size))
    before = peak()
    with paused_collector():
        started = time.perf_counter()
        shapes = compile_shapes(shapes_of(which))
        terms = shapes.terms.copy()
        graph = IndexedGraph(said, terms)
        loaded = time.perf_counter()
        report = run_parts(graph, shapes, terms, processes)
        ended = time.perf_counter()
    return {
        "load": loaded - started,
        "seconds": ended - loaded,
        "results": len(report.results),
        "statements": len(said),
        "memory": peak() - before,
    }


def plain(size: int, which: str, _: int) -> dict[str, Any]:
    """Validate as everybody does: rdflib's graphs, one call."""
    said = list(statements(size))
    before = peak()
    with quiet_loggers():
        started = time.perf_counter()
        graph, shapes = ordinary_graph(said), ordinary_graph(shapes_of(which))
        loaded = time.perf_counter()
        _, _, text = pyshacl.validate(graph, shacl_graph=shapes)
        ended = time.perf_counter()
    results = int(text.partition("Results (")[2].partition(")")[0] or 0)
    return {
        "load": loaded - started,
        "seconds": ended - loaded,
        "results": results,
        "statements": len(said),
        "memory": peak() - before,
    }


def nearby(size: int, _: str, __: int) -> dict[str, Any]:
    """Validate one changed term against a snapshot, with shapes and all other checks."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "made.nt"
        source.write_text("".join(map(graph_line, statements(size))), encoding="utf-8")
        settings = Settings(state_dir=Path(folder), canonical_base=BASE)
        snapshot = releases.build([source], settings, check=False).folder
        engine = Engine()
        started = time.perf_counter()
        engine.open(snapshot).read_labels()
        found: dict[str, Any] = {"open": time.perf_counter() - started}
        for name, change in changes(size).items():
            request = ValidationRequest(change, context=snapshot, base=BASE)
            found[name] = median(lambda request=request: engine.run(request, ValidationLimits()))
    return found


def changes(size: int) -> dict[str, list[Statement]]:
    """Give changes of several kinds."""
    some, fresh = concept(size // 2), f"<{BASE}new>"
    a, broader, label = (
        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
        f"<{SKOS}broader>",
        f"<{SKOS}prefLabel>",
    )
    return {
        "a new concept": [
            Statement(fresh, a, f"<{SKOS}Concept>"),
            Statement(fresh, label, literal("Something new", lang="en")),
            Statement(fresh, f"<{SKOS}definition>", literal("It was not there.", lang="en")),
            Statement(fresh, f"<{SKOS}inScheme>", scheme(1)),
            Statement(fresh, broader, some),
        ],
        "another label": [Statement(some, f"<{SKOS}altLabel>", literal("Another name", lang="en"))],
        "another broader concept": [Statement(some, broader, concept(size // 3))],
        "a label of a top concept": [Statement(concept(0), f"<{SKOS}altLabel>", literal("Top", lang="en"))],
    }


def median(run: Callable[[], object]) -> float:
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def peak() -> int:
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return max(peak_memory(), children)


KINDS = {"ours": ours, "plain": plain, "nearby": nearby}


def measured(kind: str, size: int, which: str = CORE, processes: int = 1) -> dict[str, Any]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--one", kind, str(size), which, str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"kind": kind, "size": size, "shapes": which, "processes": processes, **json.loads(done.stdout)}


def rows(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for size in arguments.sizes:
        for which in (CORE, ALL):
            for processes in (1, 2):
                yield measured("ours", size, which, processes)
            if size in arguments.plain or (which == CORE and size in arguments.plain_core):
                yield measured("plain", size, which)
    for size in arguments.neighbourhood:
        yield measured("nearby", size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000])
    parser.add_argument("--plain", type=int, nargs="*", default=[1_000], help="sizes for plain pyshacl")
    parser.add_argument("--plain-core", type=int, nargs="*", default=[], help="the same, core shapes only")
    parser.add_argument("--neighbourhood", type=int, nargs="*", default=[1_000])
    parser.add_argument("--one", nargs=4, metavar=("KIND", "SIZE", "SHAPES", "PROCESSES"))
    arguments = parser.parse_args()
    if arguments.one:
        kind, size, which, processes = arguments.one
        print(json.dumps(KINDS[kind](int(size), which, int(processes))))
        return
    found = []
    for row in rows(arguments):
        found.append(row)
        shown = {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
        print(json.dumps(shown), flush=True)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"validation-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()

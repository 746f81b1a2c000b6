"""Measure searching and suggestions over a million labels: python bench/search.py [LABELS] [--work FOLDER].

The terms and texts are written as a build writes them, from generated concepts (generate.py); what searching
does not look at (the SPARQL index, the downloads, names of neighbours) is left out. Times are those of one
process that answers one request after another, from the request to the last byte, without the network: of the
processor, and by the clock, which on a busy machine runs on while others have the processor.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import generate

from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import parse
from pathways_ld.releases.rows import row_of
from pathways_ld.settings import GENERAL_KINDS, Settings
from pathways_ld.snapshot import Manifest, TermsReader, TermsWriter, write_manifest
from pathways_ld.vocabulary import Describer, Identity
from pathways_ld.web import create_app

CHUNK: Final = 1_000
LABELS_EACH: Final = 3.2
TIMES: Final = 1_000
PAGE_SIZE: Final = 50


def write(folder: Path, concepts: int) -> float:
    """Write a snapshot that can be searched; gives the seconds that took."""
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("sparql", "dumps"):
        (folder / name).mkdir(parents=True)
    identity = Identity(generate.BASE, generate.SCHEME, GENERAL_KINDS)
    writer = TermsWriter(folder / "terms.sqlite")
    head = "".join(generate.prefixes())
    for start in range(0, concepts, CHUNK):
        numbers = range(start, min(start + CHUNK, concepts))
        text = head + "".join(generate.concept(number, concepts) for number in numbers)
        describer = Describer(sorted(parse(text.encode(), TURTLE).statements), identity, PAGE_SIZE)
        wanted = {generate.iri(number) for number in numbers}
        writer.add([row_of(describer, each, "en") for each in describer.documents() if each in wanted])
    writer.finish()
    manifest = Manifest(
        id="searched",
        base=generate.BASE,
        vocabulary_iri=generate.SCHEME,
        version_iri="",
        kinds=GENERAL_KINDS,
        created="2026-01-01T00:00:00+00:00",
        software="",
        default_language="en",
        languages=("en", "es", "fr"),
        counts={"concept": concepts},
        statements=0,
    )
    write_manifest(folder, manifest)
    return time.monotonic() - began


def questions(concepts: int) -> dict[str, Callable[[Random], str]]:
    """Give what people look for, by what makes it easy or hard."""
    words = generate._ENGLISH

    def label(chance: Random) -> str:
        return generate.english_label(chance.randrange(concepts))

    def misspelt(chance: Random) -> str:
        word = chance.choice([each for each in words if len(each) > 5])
        at = chance.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1 :] + chance.choice("xq")

    return {
        "a whole label": label,
        "the words of a label": lambda chance: " ".join(label(chance).split()[1:]),
        "a beginning of a label": lambda chance: label(chance)[: chance.randrange(1, 14)],
        "one frequent word": lambda chance: chance.choice(words),
        "two frequent words": lambda chance: " ".join(chance.sample(words, 2)),
        "three frequent words": lambda chance: " ".join(chance.sample(words, 3)),
        "one or two letters": lambda chance: chance.choice(words)[: chance.choice((1, 2))],
        "a typing error": misspelt,
    }


Times = list[tuple[float, float]]


def measured(ask: Callable[[str], Any], question: Callable[[Random], str], seed: int) -> Times:
    """Give the milliseconds of each answer: of the processor, and by the clock."""
    chance = Random(seed)
    found = []
    for _ in range(TIMES):
        words = question(chance)
        began = time.thread_time(), time.perf_counter()
        ask(words)
        found.append(((time.thread_time() - began[0]) * 1_000, (time.perf_counter() - began[1]) * 1_000))
    return found


def lines(name: str, ask: Callable[[str], Any], concepts: int) -> Iterator[str]:
    """Give a line of Markdown for each sort of question."""
    everything: Times = []
    for sort, question in questions(concepts).items():
        found = measured(ask, question, 7)
        everything += found
        yield f"| {name} | {sort} | {_numbers(found)} |"
    yield f"| {name} | **all** | {_numbers(everything)} |"


def _numbers(found: Times) -> str:
    processor, clock = (sorted(times) for times in zip(*found, strict=True))
    at = int(len(found) * 0.99)
    places = (statistics.median(processor), processor[at], processor[-1], statistics.median(clock), clock[at])
    return " | ".join(f"{each:.1f}" for each in places)


def main() -> None:
    """Write, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--work", type=Path, default=Path(__file__).parent / ".work")
    arguments = parser.parse_args()
    concepts = int(arguments.labels / LABELS_EACH)
    folder = arguments.work / f"searched-{concepts}"
    if not (folder / "manifest.json").exists():
        print(f"written in {write(folder, concepts):.0f} s")
    for name in ("terms.sqlite", "text.sqlite"):
        print(f"{name}: {(folder / name).stat().st_size / 1e6:.0f} MB")
    reader = TermsReader(folder / "terms.sqlite")
    (labels,) = reader._rows("SELECT count(*) FROM texts.entry WHERE field < 4")[0]
    reader.close()
    print(f"{labels:,} labels of {concepts:,} concepts; {TIMES:,} of each sort; milliseconds\n")
    print("| request | looked for | median | p99 | longest | median by the clock | p99 by the clock |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    app = create_app(Settings(state_dir=arguments.work / "state"), folder)
    client = app.test_client()
    accept = {"Accept": "application/json"}
    requests: dict[str, Callable[[str], Any]] = {
        "/suggest": lambda words: client.get("/suggest", query_string={"search": words}),
        "/search": lambda words: client.get("/search", query_string={"q": words}, headers=accept),
    }
    for name, ask in requests.items():
        for line in lines(name, ask, concepts):
            print(line, flush=True)


if __name__ == "__main__":
    main()

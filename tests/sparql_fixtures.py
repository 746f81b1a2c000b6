"""A small real index, and what tests of the workers need to see of them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "http://example.org/"
SUBJECTS = 1_500
JSON = "application/sparql-results+json"

CARTESIAN_COUNT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
CARTESIAN_SORT = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY RAND() LIMIT 10"
LONG_STREAM = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 40000"


def node(name: str) -> pyoxigraph.NamedNode:
    return pyoxigraph.NamedNode(BASE + name)


@pytest.fixture(scope="session")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 3,003 triples: two for each subject, and graphs g1 (two) and g2 (one)."""
    path = tmp_path_factory.mktemp("sparql") / "index"
    store = pyoxigraph.Store(str(path))
    quads = []
    for number in range(SUBJECTS):
        subject = node(f"s{number}")
        quads.append(pyoxigraph.Quad(subject, node("p"), node(f"o{number % 7}")))
        quads.append(
            pyoxigraph.Quad(subject, node("label"), pyoxigraph.Literal(f"label {number}", language="en"))
        )
    quads += [
        pyoxigraph.Quad(node("x"), node("q"), node("in-g1"), node("g1")),
        pyoxigraph.Quad(node("y"), node("q"), node("in-g1"), node("g1")),
        pyoxigraph.Quad(node("x"), node("q"), node("in-g2"), node("g2")),
    ]
    store.bulk_extend(quads)
    store.flush()
    del store
    return path


def worker_pids(parent: int | None = None, *, on: str = "") -> set[int]:
    """Find the SPARQL workers that a process has started and that are no zombies.

    `on` is a part of the path of their index: other tests in this process have workers too.
    """
    return {pid for pid, state in _children(parent or os.getpid(), on).items() if state != "Z"}


def zombie_pids() -> set[int]:
    """Find processes that have ended and were not collected, but for those that others have left."""
    return {pid for pid, state in _children(os.getpid(), "").items() if state == "Z"} - _OTHERS_ZOMBIES


_OTHERS_ZOMBIES: set[int] = set()


def forget_zombies() -> None:
    """Leave aside the ended processes there are now."""
    _OTHERS_ZOMBIES.update(zombie_pids())


def _children(parent: int, on: str) -> dict[int, str]:
    children = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            state, parent_field = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        ours = b"pathways_ld.store.worker" in command and on.encode() in command
        if int(parent_field) == parent and (state == "Z" or ours):
            children[int(entry.name)] = state
    return children


def until(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Wait for a condition; tell whether it came true."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True

"""Validate a change where it can be seen: at the nodes from which a shape looks at a changed triple."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from pathways_ld.rdfio import Statement
from pathways_ld.validation.compiling import CompiledShapes
from pathways_ld.validation.context import ChangedGraph
from pathways_ld.validation.footprints import Footprint, UnknownFootprint, footprint
from pathways_ld.validation.indexed import Terms
from pathways_ld.validation.targets import TargetNodes

MOST: Final = 50_000
"""Look-ups for one shape after which checking all of its nodes is quicker."""

_footprints: Final[WeakKeyDictionary[CompiledShapes, dict[str, Footprint | None]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Neighbourhood:
    """The nodes to check again by shape, and the shapes for which all nodes have to be checked."""

    foci: dict[str, list[str]]
    everywhere: frozenset[str]


def neighbourhood(
    shapes: CompiledShapes, graph: ChangedGraph, changes: Sequence[Statement], terms: Terms
) -> Neighbourhood:
    """Find what a change can affect; all other results are as they were before."""
    nodes, either = TargetNodes(graph, terms), graph.either()
    foci: dict[str, list[str]] = {}
    everywhere = set()
    for shape, target in shapes.targets.items():
        seen = _footprint(shapes, shape)
        candidates = None if seen is None else seen.foci(changes, either, MOST)
        if candidates is None:
            everywhere.add(shape)
            continue
        found = sorted(each for each in candidates if nodes.holds(target, terms(each)))
        if found:
            foci[shape] = found
    return Neighbourhood(foci, frozenset(everywhere))


def _footprint(shapes: CompiledShapes, shape: str) -> Footprint | None:
    known = _footprints.setdefault(shapes, {})
    if shape not in known:
        try:
            known[shape] = footprint(shape, shapes.targets[shape], shapes)
        except UnknownFootprint:
            known[shape] = None
    return known[shape]

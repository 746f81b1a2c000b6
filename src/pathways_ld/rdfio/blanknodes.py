"""Which blank nodes may stand inside the node that refers to them, and which of them are lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pathways_ld.namespaces import RDF
from pathways_ld.rdfio.ntriples import is_blank

MAX_DEPTH: Final = 40
"""How deep nodes stand inside each other; what lies deeper is referred to by its label."""

_FIRST: Final = f"<{RDF.first}>"
_REST: Final = f"<{RDF.rest}>"
_NIL: Final = f"<{RDF.nil}>"

Subjects = Mapping[str, Mapping[str, Sequence[str]]]
Incoming = Mapping[str, Sequence[tuple[str, str]]]


@dataclass
class BlankNodes:
    """`anonymous` ones need no label; `lists` gives the members of a head, `cells` the head of a cell."""

    anonymous: set[str] = field(default_factory=set)
    lists: dict[str, list[str]] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)


def plan_blank_nodes(subjects: Subjects, incoming: Incoming) -> BlankNodes:
    """Decide for every blank node, in time linear in their number.

    Anonymous is one that is referred to exactly once, by something that is written: not in a circle, and
    not too deep. A list is a chain of cells, each used once and saying nothing else, that ends in rdf:nil.
    """
    plan = BlankNodes()
    blanks = [term for term in {*subjects, *incoming} if is_blank(term)]
    if not blanks:
        return plan
    for head in blanks:
        if head not in plan.cells and _is_head(head, subjects, incoming):
            _add_list(head, subjects, incoming, plan)
    levels: dict[str, int] = {}
    for blank in sorted(blanks):
        _settle(blank, incoming, plan, levels)
    for head in [head for head in plan.lists if not levels[head]]:  # in a circle: its cells are nodes
        del plan.lists[head]
        for cell in [cell for cell, owner in plan.cells.items() if owner == head]:
            del plan.cells[cell]
    plan.anonymous = {blank for blank in blanks if levels[blank] and blank not in plan.cells}
    return plan


def _used_once(term: str, incoming: Incoming) -> bool:
    return len(incoming.get(term, ())) == 1


def _is_cell(term: str, subjects: Subjects) -> bool:
    said = subjects.get(term, {})
    return set(said) == {_FIRST, _REST} and len(said[_FIRST]) == 1 and len(said[_REST]) == 1


def _is_head(term: str, subjects: Subjects, incoming: Incoming) -> bool:
    if not (_used_once(term, incoming) and _is_cell(term, subjects)):
        return False
    predicate, referrer = incoming[term][0]
    return predicate != _REST or not (is_blank(referrer) and _is_cell(referrer, subjects))


def _add_list(head: str, subjects: Subjects, incoming: Incoming, plan: BlankNodes) -> None:
    members, cells, cell = [], [], head
    while cell != _NIL:
        if not (is_blank(cell) and _used_once(cell, incoming) and _is_cell(cell, subjects)):
            return
        cells.append(cell)
        members.append(subjects[cell][_FIRST][0])
        cell = subjects[cell][_REST][0]
    plan.lists[head] = members
    plan.cells.update(dict.fromkeys(cells, head))


def _settle(blank: str, incoming: Incoming, plan: BlankNodes, levels: dict[str, int]) -> None:
    """Find how deep a node stands: 0 for one that is written by itself, with its label."""
    path: dict[str, None] = {}
    node = plan.cells.get(blank, blank)
    while is_blank(node) and node not in levels and node not in path and _used_once(node, incoming):
        path[node] = None
        referrer = incoming[node][0][1]
        node = plan.cells.get(referrer, referrer)
    level = levels.get(node, 0)
    if node in path:  # a circle: nothing outside refers to it, so all of it is written by itself
        level = -1
    elif is_blank(node):
        levels.setdefault(node, 0)
    in_circle = level < 0
    for each in reversed(path):
        if in_circle:
            levels[each] = 0
            in_circle = each != node
            level = 0
        else:
            level = level + 1 if level < MAX_DEPTH else 0
            levels[each] = level
    levels.setdefault(blank, levels.get(plan.cells.get(blank, blank), 0))

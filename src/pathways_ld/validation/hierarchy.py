"""Who is above whom: loops and reachability in a hierarchy of any size, without computing its closure.

Strongly connected components (Tarjan, 1972) give the loops; intervals from one walk down the condensed
hierarchy answer nearly every question "is this above that?" at once, as in GRAIL (Yildirim, Chaoji and
Zaki, 2010).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

Edges = list[list[int]]


class Hierarchy:
    """A hierarchy given as pairs of a node and one directly above it."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        pairs = dict.fromkeys(pairs)
        self._nodes = list(dict.fromkeys(chain.from_iterable(pairs)))
        self._numbers = {node: number for number, node in enumerate(self._nodes)}
        self._parents: Edges = [[] for _ in self._nodes]
        for lower, upper in pairs:
            self._parents[self._numbers[lower]].append(self._numbers[upper])
        self._component: Sequence[int] = range(len(self._nodes))
        self._knots: list[list[int]] = []
        self._above = self._parents
        if _has_loop(self._parents):
            self._condense()
        self._number()

    def loops(self) -> list[list[str]]:
        """Give one loop of each knot, starting at its first node in alphabetical order."""
        starts = sorted(min(self._nodes[number] for number in knot) for knot in self._knots)
        return [self.path(start, start) for start in starts]

    def is_above(self, upper: str, lower: str) -> bool:
        """Tell whether one or more steps up lead from `lower` to `upper`."""
        first, last = self._numbers.get(upper), self._numbers.get(lower)
        if first is None or last is None:
            return False
        top, bottom = self._component[first], self._component[last]
        if top == bottom:
            return upper != lower or any(first in knot for knot in self._knots)
        return self._reaches(top, bottom)

    def path(self, lower: str, upper: str) -> list[str]:
        """Give a shortest way up, with both ends; empty where there is none."""
        start, end = self._numbers[lower], self._numbers[upper]
        came_from: dict[int, int] = {}
        waiting = deque([start])
        while waiting:
            number = waiting.popleft()
            for parent in self._parents[number]:
                if parent == end:
                    way = [end, number]
                    while way[-1] != start:
                        way.append(came_from[way[-1]])
                    return [self._nodes[each] for each in reversed(way)]
                if parent not in came_from and parent != start:
                    came_from[parent] = number
                    waiting.append(parent)
        return []

    def _condense(self) -> None:
        members = list(_components(self._parents))
        component = [0] * len(self._nodes)
        for number, inside in enumerate(members):
            for node in inside:
                component[node] = number
        self._component = component
        self._knots = [
            inside for inside in members if len(inside) > 1 or inside[0] in self._parents[inside[0]]
        ]
        self._above = [
            sorted({component[parent] for node in inside for parent in self._parents[node]} - {number})
            for number, inside in enumerate(members)
        ]

    def _number(self) -> None:
        """Walk down once and number the components.

        `_first` to `_last` span what the walk found below a component; `_low` to `_rank` span everything
        below it, and possibly more.
        """
        count = len(self._above)
        below = _reverse(self._above)
        self._first = first = [-1] * count
        self._last = [0] * count
        self._rank = [0] * count
        self._low = low = [0] * count
        visited = finished = 0
        for root in (number for number in range(count) if not self._above[number]):
            first[root] = visited
            visited += 1
            walk: list[tuple[int, Iterator[int]]] = [(root, iter(below[root]))]
            while walk:
                number, rest = walk[-1]
                for child in rest:
                    if first[child] < 0:
                        first[child] = visited
                        visited += 1
                        walk.append((child, iter(below[child])))
                        break
                else:
                    walk.pop()
                    self._last[number] = visited - 1
                    self._rank[number] = finished
                    low[number] = min([finished, *[low[each] for each in below[number]]])
                    finished += 1

    def _reaches(self, top: int, bottom: int) -> bool:
        seen = {bottom}
        waiting = [bottom]
        while waiting:
            number = waiting.pop()
            if number == top or self._first[top] <= self._first[number] <= self._last[top]:
                return True
            for parent in self._above[number]:
                inside = self._low[top] <= self._low[parent] and self._rank[parent] <= self._rank[top]
                if inside and parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return False


def _reverse(edges: Edges) -> Edges:
    turned: Edges = [[] for _ in edges]
    for number, targets in enumerate(edges):
        for target in targets:
            turned[target].append(number)
    return turned


def _has_loop(parents: Edges) -> bool:
    below = _reverse(parents)
    remaining = [len(above) for above in parents]
    ready = [number for number, count in enumerate(remaining) if not count]
    for number in ready:  # grows while it is walked
        for child in below[number]:
            remaining[child] -= 1
            if not remaining[child]:
                ready.append(child)
    return len(ready) < len(parents)


def _components(parents: Edges) -> Iterator[list[int]]:
    """Give the strongly connected components, upper ones before lower ones."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    for start in range(len(parents)):
        walk: list[tuple[int, Iterator[int]]] = []
        waiting = [] if start in index else [start]
        while walk or waiting:
            if waiting:
                node = waiting.pop()
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
                walk.append((node, iter(parents[node])))
            node, rest = walk[-1]
            for parent in rest:
                if parent not in index:
                    waiting.append(parent)
                    break
                if parent in on_stack:
                    low[node] = min(low[node], index[parent])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == index[node]:
                    yield _pop_component(stack, on_stack, node)


def _pop_component(stack: list[int], on_stack: set[int], last: int) -> list[int]:
    members: list[int] = []
    while not members or members[-1] != last:
        members.append(stack.pop())
        on_stack.discard(members[-1])
    return members


class Groups:
    """Sets that grow together: the closure of a symmetric, transitive relation."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._parent: dict[str, str] = {}
        for one, other in pairs:
            self._parent[self._root(one)] = self._root(other)

    def _root(self, node: str) -> str:
        parent = self._parent.setdefault(node, node)
        while parent != node:
            self._parent[node] = self._parent[parent]
            node, parent = parent, self._parent[parent]
        return node

    def together(self, one: str, other: str) -> bool:
        """Tell whether the closure of the relation holds between the two."""
        return one in self._parent and other in self._parent and self._root(one) == self._root(other)

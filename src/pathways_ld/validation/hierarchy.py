"""Who is above whom: loops and reachability in a hierarchy of any size, without computing its closure.

Strongly connected components (Tarjan) give the loops; intervals from one walk down the condensed hierarchy
answer nearly every question "is this above that?" at once, as in GRAIL (Yildirim, Chaoji and Zaki, 2010).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

Node = str


class Hierarchy:
    """A hierarchy given as pairs of a node and one directly above it."""

    def __init__(self, pairs: Iterable[tuple[Node, Node]]) -> None:
        self._parents: dict[Node, list[Node]] = {}
        for lower, upper in dict.fromkeys(pairs):
            self._parents.setdefault(lower, []).append(upper)
            self._parents.setdefault(upper, [])
        self._members = list(_components(self._parents))
        self._component = {node: number for number, nodes in enumerate(self._members) for node in nodes}
        self._above = [self._parents_of_component(number) for number in range(len(self._members))]
        self._number()

    def loops(self) -> list[list[Node]]:
        """Give one loop of each knot, starting at its first node in alphabetical order."""
        return [
            self.path(start, start)
            for nodes in self._members
            if len(nodes) > 1 or nodes[0] in self._parents[nodes[0]]
            for start in [min(nodes)]
        ]

    def is_above(self, upper: Node, lower: Node) -> bool:
        """Tell whether one or more steps up lead from `lower` to `upper`."""
        top, bottom = self._component.get(upper), self._component.get(lower)
        if top is None or bottom is None:
            return False
        if top == bottom:
            return upper != lower or len(self._members[top]) > 1 or upper in self._parents[upper]
        return self._reaches(top, bottom)

    def path(self, lower: Node, upper: Node) -> list[Node]:
        """Give a shortest way up, with both ends; empty where there is none."""
        came_from: dict[Node, Node] = {}
        waiting = deque([lower])
        while waiting:
            node = waiting.popleft()
            for parent in self._parents.get(node, ()):
                if parent == upper:
                    way = [upper, node]
                    while way[-1] != lower:
                        way.append(came_from[way[-1]])
                    return way[::-1]
                if parent not in came_from and parent != lower:
                    came_from[parent] = node
                    waiting.append(parent)
        return []

    def _parents_of_component(self, number: int) -> list[int]:
        nodes = self._members[number]
        if len(nodes) == 1:  # nearly all are
            found = {self._component[parent] for parent in self._parents[nodes[0]]}
        else:
            found = {self._component[parent] for node in nodes for parent in self._parents[node]}
        found.discard(number)
        return sorted(found)

    def _number(self) -> None:
        """Walk down once and number the components.

        `_first` to `_last` span what the walk found below a component; `_low` to `_rank` span everything
        below it, and possibly more.
        """
        count = len(self._members)
        below: list[list[int]] = [[] for _ in range(count)]
        for number, above in enumerate(self._above):
            for parent in above:
                below[parent].append(number)
        self._first = first = [-1] * count
        self._last = [0] * count
        self._rank = [0] * count
        self._low = [0] * count
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
                    self._low[number] = min([finished, *[self._low[each] for each in below[number]]])
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


def _components(parents: dict[Node, list[Node]]) -> Iterator[Sequence[Node]]:
    """Give the strongly connected components, upper ones before lower ones (Tarjan, 1972)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    for start, first in parents.items():
        if start in index:
            continue
        walk = [(start, iter(first))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while walk:
            node, rest = walk[-1]
            for parent in rest:
                if parent not in index:
                    index[parent] = low[parent] = len(index)
                    stack.append(parent)
                    on_stack.add(parent)
                    walk.append((parent, iter(parents[parent])))
                    break
                if parent in on_stack:
                    low[node] = min(low[node], index[parent])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == index[node]:
                    yield _pop_component(stack, on_stack, node)


def _pop_component(stack: list[Node], on_stack: set[Node], last: Node) -> Sequence[Node]:
    members: list[Node] = []
    while not members or members[-1] != last:
        members.append(stack.pop())
        on_stack.discard(members[-1])
    return members


class Groups:
    """Sets that grow together: the closure of a symmetric, transitive relation."""

    def __init__(self, pairs: Iterable[tuple[Node, Node]]) -> None:
        self._parent: dict[Node, Node] = {}
        for one, other in pairs:
            self._parent[self._root(one)] = self._root(other)

    def _root(self, node: Node) -> Node:
        parent = self._parent.setdefault(node, node)
        while parent != node:
            self._parent[node] = self._parent[parent]
            node, parent = parent, self._parent[parent]
        return node

    def together(self, one: Node, other: Node) -> bool:
        """Tell whether the closure of the relation holds between the two."""
        return one in self._parent and other in self._parent and self._root(one) == self._root(other)

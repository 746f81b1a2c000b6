"""The tops of a hierarchy: concepts with nothing above them, and one of each loop that nothing leads into."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable


class Tops:
    """Tells which terms stand at the top; `above` gives what is right above a term, in a stable order."""

    def __init__(self, above: Callable[[str], Iterable[str]]) -> None:
        self._above = above
        self._under: set[str] = set()
        """Terms from which a way leads up to one with nothing above it."""
        self._chosen: dict[str, bool] = {}
        """Terms from which none does, each with whether it is the one by which its loop is entered."""

    def is_top(self, term: str) -> bool:
        """Tell whether somebody who comes from above begins at a term.

        Of a loop that nothing leads into, everything is both above and below the rest; it is entered at the
        term with the smallest IRI. Of other loops, something above is the way in.
        """
        if not self._above(term):
            return True
        if term not in self._under and term not in self._chosen:
            self._settle(term)
        return self._chosen.get(term, False)

    def _settle(self, term: str) -> None:
        reached: dict[str, list[str]] = {}
        waiting = [term]
        while waiting:
            each = waiting.pop()
            if each in reached or each in self._chosen:
                continue
            above = list(self._above(each))
            if not above or each in self._under:
                continue
            reached[each] = above
            waiting.extend(above)
        below: dict[str, list[str]] = {each: [] for each in reached}
        free: list[str] = []
        for each, above in reached.items():
            for one in above:
                if one in below:
                    below[one].append(each)
                elif one not in self._chosen:
                    free.append(each)
        under = _closed(free, below)
        self._under |= under
        left = {each: above for each, above in reached.items() if each not in under}
        for loop in _components(left):
            leads_out = any(one not in loop for each in loop for one in left[each])
            first = "" if leads_out else min(loop)
            self._chosen |= {each: each == first for each in loop}


def _closed(start: Iterable[str], following: dict[str, list[str]], without: Container[str] = ()) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        each = waiting.pop()
        if each not in found and each not in without:
            found.add(each)
            waiting.extend(following[each])
    return found


def _components(graph: dict[str, list[str]]) -> list[set[str]]:
    """Give the strongly connected components (Kosaraju's two walks, without recursion)."""
    backwards: dict[str, list[str]] = {each: [] for each in graph}
    for each, following in graph.items():
        for one in following:
            if one in backwards:
                backwards[one].append(each)
    found: list[set[str]] = []
    taken: set[str] = set()
    for start in reversed(_by_end(graph)):
        if start not in taken:
            component = _closed([start], backwards, taken)
            taken |= component
            found.append(component)
    return found


def _by_end(graph: dict[str, list[str]]) -> list[str]:
    """Give everything in the order in which a walk in depth is done with it."""
    order: list[str] = []
    seen: set[str] = set()
    for start in graph:
        waiting = [(start, False)]
        while waiting:
            each, is_done = waiting.pop()
            if is_done:
                order.append(each)
            elif each not in seen:
                seen.add(each)
                waiting.append((each, True))
                waiting.extend((one, False) for one in graph[each] if one in graph)
    return order

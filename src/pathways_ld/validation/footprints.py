"""What a shape looks at from its focus node, so that a change tells which nodes to check again.

A footprint is a small automaton. Its steps are the triples that an evaluation may read: from a node along a
property, forwards or backwards. Whatever a shape reads, its automaton reads too; it may read more.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from rdflib import URIRef
from rdflib.paths import AlternativePath, InvPath, MulPath, SequencePath

from pathways_ld.namespaces import RDF, RDFS, SH
from pathways_ld.rdfio import Statement, is_blank, is_literal
from pathways_ld.validation.compiling import CompiledShapes
from pathways_ld.validation.queries import THIS, Pattern, Unclear, algebra, is_variable, patterns, predicates
from pathways_ld.validation.targets import Target

ANY: Final = ""
"""Stands for every property, forwards."""

START: Final = 0
_TYPE: Final = f"<{RDF.type}>"
_SUBCLASS: Final = f"<{RDFS.subClassOf}>"
_DEEPEST: Final = 30


class Statements(Protocol):
    """Gives statements by their parts, as N-Triples terms."""

    def said(self, subject: str, predicate: str) -> Iterable[str]:
        """Give the objects; of every property where `predicate` is :data:`ANY`."""
        ...

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects."""
        ...

    def flips(self, predicates: frozenset[str]) -> bool:
        """Tell whether there are statements with any of the properties only before or only after."""
        ...


@dataclass(frozen=True)
class Step:
    """One triple read: from a node in state `before` to a node in state `after`."""

    before: int
    predicate: str
    inverse: bool
    after: int


class Footprint:
    """An automaton over triples; state 0 is the focus node."""

    def __init__(self) -> None:
        self._count = 1
        self._empty: defaultdict[int, set[int]] = defaultdict(set)
        self.steps: list[Step] = []
        self.anywhere: list[frozenset[str]] = []
        """Properties of which it is only asked whether they are used at all."""
        self._into: dict[int, list[Step]] | None = None
        self._from: dict[int, list[Step]] | None = None
        self._starts: set[int] = set()

    def state(self) -> int:
        """Make a state."""
        self._count += 1
        return self._count - 1

    def join(self, before: int, after: int) -> None:
        """Make two states follow each other without reading anything."""
        self._empty[before].add(after)

    def step(self, before: int, predicate: str, *, inverse: bool = False, after: int | None = None) -> int:
        """Add a step; gives the state after it."""
        after = self.state() if after is None else after
        self.steps.append(Step(before, predicate, inverse, after))
        return after

    def freeze(self) -> None:
        """Make what is asked for later."""
        closure = {state: self._closure(state) for state in range(self._count)}
        back: defaultdict[int, set[int]] = defaultdict(set)
        for state, reached in closure.items():
            for each in reached:
                back[each].add(state)
        self._into, self._from = defaultdict(list), defaultdict(list)
        self._starts = closure[START]
        for step in self.steps:
            for state in closure[step.after]:
                self._into[state].append(step)
            for state in back[step.before]:
                self._from[state].append(step)

    def _closure(self, state: int) -> set[int]:
        found, waiting = {state}, [state]
        while waiting:
            for each in self._empty.get(waiting.pop(), ()):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return found

    def foci(self, changed: Iterable[Statement], graph: Statements, most: int) -> set[str] | None:
        """Give the nodes from which a changed triple is read; None where there are more than `most`.

        `graph` has the triples of before and after the change.
        """
        assert self._into is not None  # noqa: S101 - who makes one freezes it
        changed = list(changed)
        used = {each.predicate for each in changed}
        if any(not each.isdisjoint(used) and graph.flips(each) for each in self.anywhere):
            return None
        waiting = deque(
            (each.object if step.inverse else each.subject, step.before)
            for each in changed
            for step in self.steps
            if step.predicate in (each.predicate, ANY)
        )
        seen = set(waiting)
        found: set[str] = set()
        while waiting:
            node, state = waiting.popleft()
            if state in self._starts:
                found.add(node)
            for step in self._into.get(state, ()):
                for other in _origins(step, node, graph):
                    if (other, step.before) not in seen:
                        seen.add((other, step.before))
                        waiting.append((other, step.before))
            if len(seen) > most:
                return None
        return found

    def reads(self, foci: Iterable[str], graph: Statements, most: int) -> set[Statement] | None:
        """Give the triples that are read from the nodes; None where there are more than `most`."""
        assert self._from is not None  # noqa: S101 - who makes one freezes it
        waiting = deque((node, START) for node in foci)
        seen = set(waiting)
        found: set[Statement] = set()
        while waiting:
            node, state = waiting.popleft()
            for step in self._from.get(state, ()):
                for other in _ends(step, node, graph):
                    ends = (other, node) if step.inverse else (node, other)
                    found.add(Statement(ends[0], step.predicate, ends[1]))
                    if (other, step.after) not in seen:
                        seen.add((other, step.after))
                        waiting.append((other, step.after))
            if len(found) > most:
                return None
        return found


def _origins(step: Step, node: str, graph: Statements) -> Iterable[str]:
    if step.predicate == ANY:
        return ()  # reads what is said of a node, and looks no further
    if step.inverse:
        return () if is_literal(node) else graph.said(node, step.predicate)
    return graph.sayers(step.predicate, node)


def _ends(step: Step, node: str, graph: Statements) -> Iterable[str]:
    if step.inverse:
        return graph.sayers(step.predicate, node)
    return () if is_literal(node) else graph.said(node, step.predicate)


# the footprints of shapes

_PAIRS: Final = tuple(f"<{SH[name]}>" for name in ("equals", "disjoint", "lessThan", "lessThanOrEquals"))
_NESTED: Final = tuple(f"<{SH[name]}>" for name in ("property", "node", "not", "qualifiedValueShape"))
_NESTED_LISTS: Final = tuple(f"<{SH[name]}>" for name in ("and", "or", "xone"))
_CLASS: Final = f"<{SH['class']}>"
_CLOSED: Final = f"<{SH.closed}>"
_PATH: Final = f"<{SH.path}>"
_SPARQL: Final = f"<{SH.sparql}>"
_REPEATED: Final = (f"<{SH.zeroOrMorePath}>", f"<{SH.oneOrMorePath}>", f"<{SH.zeroOrOnePath}>")
_INVERSE: Final = f"<{SH.inversePath}>"
_ALTERNATIVE: Final = f"<{SH.alternativePath}>"
_FIRST: Final = f"<{RDF.first}>"


class UnknownFootprint(Exception):
    """What a shape looks at cannot be told: it has to be checked as a whole."""


def footprint(shape: str, target: Target, shapes: CompiledShapes) -> Footprint:
    """Find out what a shape looks at; raises :class:`UnknownFootprint`."""
    if not shapes.complete:
        raise UnknownFootprint
    maker = _Maker(shapes)
    maker.target(target)
    maker.shape(shape, START)
    maker.made.freeze()
    return maker.made


class _Maker:
    def __init__(self, shapes: CompiledShapes) -> None:
        self._shapes = shapes
        self._said = shapes.described
        self.made = Footprint()
        self._known: set[tuple[str, int]] = set()

    def target(self, target: Target) -> None:
        if target.classes:
            self._class(START)
        for each in target.subjects_of:
            self.made.step(START, each)
        for each in target.objects_of:
            self.made.step(START, each, inverse=True)

    def _class(self, state: int) -> None:
        kind = self.made.step(state, _TYPE)
        self.made.step(kind, _SUBCLASS, after=kind)

    def shape(self, shape: str, state: int) -> None:
        if (shape, state) in self._known:
            return
        self._known.add((shape, state))
        if len(self._known) > _DEEPEST * 100:
            raise UnknownFootprint
        said = self._said.objects
        for predicate in _PAIRS:
            for each in said(shape, predicate):
                self.made.step(state, each)
        for path in said(shape, _PATH):
            after = self.made.state()
            self._path(path, state, after, inverse=False, depth=0)
            state = after
        if said(shape, _CLASS):
            self._class(state)
        if said(shape, _CLOSED):
            self.made.step(state, ANY)
        if said(shape, _SPARQL):
            self._queries(shape, state)
        for each in self._nested(shape):
            self.shape(each, state)

    def _nested(self, shape: str) -> Iterator[str]:
        for predicate in _NESTED:
            yield from self._said.objects(shape, predicate)
        for predicate in _NESTED_LISTS:
            for head in self._said.objects(shape, predicate):
                yield from self._said.members(head)

    def _path(self, path: str, before: int, after: int, *, inverse: bool, depth: int) -> None:
        if depth > _DEEPEST:
            raise UnknownFootprint
        if not is_blank(path):
            self.made.step(before, path, inverse=inverse, after=after)
            return
        said = self._said.objects
        if said(path, _FIRST):
            self._sequence(self._said.members(path), before, after, inverse=inverse, depth=depth)
        for each in said(path, _INVERSE):
            self._path(each, before, after, inverse=not inverse, depth=depth + 1)
        for head in said(path, _ALTERNATIVE):
            for each in self._said.members(head):
                self._path(each, before, after, inverse=inverse, depth=depth + 1)
        for predicate in _REPEATED:
            for each in said(path, predicate):
                middle = self.made.state()
                self.made.join(before, middle)
                self._path(each, middle, middle, inverse=inverse, depth=depth + 1)
                self.made.join(middle, after)

    def _sequence(self, parts: Sequence[str], before: int, after: int, *, inverse: bool, depth: int) -> None:
        # pyshacl walks an inverted sequence in the order in which it is written, SHACL in the other one.
        for order in [parts, parts[::-1]] if inverse else [parts]:
            state = before
            for each in order:
                next_state = self.made.state()
                self._path(each, state, next_state, inverse=inverse, depth=depth + 1)
                state = next_state
            self.made.join(state, after)

    # SPARQL

    def _queries(self, shape: str, state: int) -> None:
        queries = algebra(self._shapes, shape)
        if queries is None or self._said.objects(shape, _PATH):
            raise UnknownFootprint
        try:
            for each in queries:
                self._query(list(patterns(each)), state)
        except Unclear:
            raise UnknownFootprint from None

    def _query(self, found: list[Pattern], state: int) -> None:
        """Walk along the patterns that share variables with the focus node, in both directions."""
        states: dict[Any, int] = {THIS: state}
        waiting = list(found)
        while waiting:
            near = [each for each in waiting if each[0] in states or each[2] in states]
            if not near:
                break
            for each in near:
                for end in (each[0], each[2]):
                    if is_variable(end) and end not in states:
                        states[end] = self.made.state()
                self._pattern(each, states)
            waiting = [each for each in waiting if each not in near]
        for each in waiting:
            self.made.anywhere.append(_loose(each, waiting))

    def _pattern(self, pattern: Pattern, states: dict[Any, int]) -> None:
        subject, path, value = pattern
        start = states.get(subject)
        end = states.get(value)
        if start is not None:
            self._sparql_path(path, start, self.made.state() if end is None else end, inverse=False)
        if end is not None:
            self._sparql_path(path, end, self.made.state() if start is None else start, inverse=True)

    def _sparql_path(self, path: Any, before: int, after: int, *, inverse: bool) -> None:
        if isinstance(path, URIRef):
            self.made.step(before, f"<{path}>", inverse=inverse, after=after)
        elif isinstance(path, InvPath):
            self._sparql_path(path.arg, before, after, inverse=not inverse)
        elif isinstance(path, AlternativePath):
            for each in path.args:
                self._sparql_path(each, before, after, inverse=inverse)
        elif isinstance(path, MulPath):
            middle = self.made.state()
            self.made.join(before, middle)
            self._sparql_path(path.path, middle, middle, inverse=inverse)
            self.made.join(middle, after)
        elif isinstance(path, SequencePath):
            state = before
            for each in path.args[::-1] if inverse else path.args:
                following = self.made.state()
                self._sparql_path(each, state, following, inverse=inverse)
                state = following
            self.made.join(state, after)
        else:
            raise Unclear(str(path))


def _loose(pattern: Pattern, others: list[Pattern]) -> frozenset[str]:
    """Give the properties of a pattern that stands alone, of which only the existence matters."""
    subject, path, value = pattern
    free = is_variable(subject) and is_variable(value) and subject != value
    alone = not any(
        end in (each[0], each[2]) for each in others if each is not pattern for end in (subject, value)
    )
    simple = [path] if isinstance(path, (URIRef, InvPath)) else getattr(path, "args", [])
    plain = isinstance(path, (URIRef, InvPath, AlternativePath)) and all(
        isinstance(each.arg if isinstance(each, InvPath) else each, URIRef) for each in simple
    )
    if not (free and alone and plain):
        raise Unclear(str(pattern))
    return frozenset(f"<{each}>" for each in predicates(path))

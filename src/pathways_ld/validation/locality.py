"""The part of a vocabulary on which the checks without shapes have to look again after a change.

For every term that a change can affect, all is collected that any check of
:mod:`~pathways_ld.validation.integrity`, :mod:`~pathways_ld.validation.collisions` and
:mod:`~pathways_ld.validation.policy` looks at, so that the findings about these terms are those of the whole
vocabulary. What is found about other terms in such a part means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pathways_ld.namespaces import RDF, SKOS, SKOSXL
from pathways_ld.rdfio import Statement, is_literal
from pathways_ld.validation.context import ChangedGraph, same
from pathways_ld.validation.facts import term
from pathways_ld.validation.hierarchy import Hierarchy

MOST: Final = 20_000
"""Look-ups after which looking at the whole vocabulary is quicker."""


def _skos(*names: str) -> frozenset[str]:
    return frozenset(term(SKOS[name]) for name in names)


_UP: Final = _skos("broader", "broadMatch", "broaderTransitive")
_DOWN: Final = _skos("narrower", "narrowMatch", "narrowerTransitive")
_TREE: Final = _skos("broader", "narrower")
_RELATED: Final = _skos("related", "relatedMatch")
_EXACT: Final = _skos("exactMatch")
_MAPPINGS: Final = _skos("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_TOPS: Final = _skos("hasTopConcept")
_MEMBERS: Final = _skos("member")
_LABELS: Final = _skos("prefLabel", "altLabel")
_NOTATION: Final = _skos("notation")
_XL_LABELS: Final = frozenset(term(SKOSXL[name]) for name in ("prefLabel", "altLabel", "hiddenLabel"))
_TYPE: Final = term(RDF.type)
_SUBJECT: Final = frozenset({term(RDF.subject)})
_LINKS: Final = _UP | _DOWN | _RELATED | _MAPPINGS | _TOPS | _MEMBERS | _XL_LABELS | _SUBJECT


class TooFar(Exception):
    """The change reaches too many terms to be looked at one by one."""


@dataclass(frozen=True)
class Part:
    """The terms whose findings count, and the statements that the checks need for them."""

    foci: frozenset[str]
    statements: list[Statement]


def part_of(graph: ChangedGraph, inside: str) -> Part:
    """Give what is to be looked at again; `inside` is how the terms of the vocabulary begin.

    Raises :class:`TooFar`.
    """
    collector = _Collector(graph, inside)
    collector.find_foci()
    collector.collect()
    # In the order in which the whole vocabulary would be read: some checks name the first of several.
    return Part(frozenset(collector.foci), sorted(collector.found))


class _Collector:
    def __init__(self, graph: ChangedGraph, inside: str) -> None:
        self._graph = graph
        self._inside = inside
        self._looked = 0
        self._about: dict[str, list[Statement]] = {}
        self.foci: set[str] = set()
        self.found: set[Statement] = set()

    # looking up

    def about(self, subject: str) -> list[Statement]:
        said = self._about.get(subject)
        if said is None:
            self._looked += 1
            if self._looked > MOST:
                raise TooFar
            said = self._about[subject] = [] if is_literal(subject) else self._graph.about(subject)
        return said

    def objects(self, subject: str, predicates: Iterable[str]) -> list[str]:
        return [each.object for each in self.about(subject) if each.predicate in predicates]

    def incoming(self, value: str, predicates: Iterable[str]) -> list[Statement]:
        found = []
        for predicate in predicates:
            for subject in self._graph.sayers(predicate, value):
                said = self.about(subject)
                key = same(value)
                found += [each for each in said if each.predicate == predicate and same(each.object) == key]
        return found

    def one_incoming(self, value: str, predicates: Iterable[str]) -> list[Statement]:
        for predicate in predicates:
            for subject in self._graph.sayers(predicate, value):
                for each in self.about(subject):
                    if each.predicate == predicate and each.object == value:
                        return [each]
        return []

    def closure(self, start: Iterable[str], near: Callable[[str], Iterable[str]]) -> set[str]:
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            for each in near(waiting.pop()):
                if each not in found and not is_literal(each):
                    found.add(each)
                    waiting.append(each)
        return found

    def above(self, node: str) -> list[str]:
        return self.objects(node, _UP) + [each.subject for each in self.incoming(node, _DOWN)]

    def below(self, node: str) -> list[str]:
        return self.objects(node, _DOWN) + [each.subject for each in self.incoming(node, _UP)]

    def beside(self, node: str, predicates: frozenset[str]) -> list[str]:
        return self.objects(node, predicates) + [each.subject for each in self.incoming(node, predicates)]

    # whose findings can change

    def find_foci(self) -> None:
        changes = self._graph.changes()
        if any(each.predicate in _TREE for each in changes) and self._graph.flips(_TREE):
            raise TooFar  # with the first link, and without the last, every concept counts differently
        touched = {each.subject for each in changes}
        touched |= {
            each.object for each in changes if each.predicate in _LINKS and not is_literal(each.object)
        }
        self.foci |= touched
        for each in changes:
            if each.predicate in _LABELS:
                self.foci.update(self._graph.labelled(each.object))
            elif each.predicate in _NOTATION:
                self.foci.update(each.subject for each in self.incoming(each.object, _NOTATION))
        for node in touched:
            self._add_neighbours(node)
        self._add_hierarchy(changes)
        self._add_exact(
            node for each in changes if each.predicate in _MAPPINGS for node in (each[0], each[2])
        )

    def _add_neighbours(self, node: str) -> None:
        """Add those that look at the node: by its labels, as its owner, as the thing described."""
        for label in self.objects(node, _LABELS):
            self.foci.update(self._graph.labelled(label))
        for notation in self.objects(node, _NOTATION):
            self.foci.update(each.subject for each in self.incoming(notation, _NOTATION))
        self.foci.update(each.subject for each in self.incoming(node, _XL_LABELS))
        self.foci.update(self.objects(node, _SUBJECT))
        self.foci.update(each.subject for each in self.incoming(node, _SUBJECT))
        if bool(self.about(node)) != self._graph.was_described(node):
            self.foci.update(self._graph.sayers("", node))
        if len(self.foci) > MOST:
            raise TooFar

    def _add_hierarchy(self, changes: Iterable[Statement]) -> None:
        lower = {each.subject for each in changes if each.predicate in _UP}
        lower |= {each.object for each in changes if each.predicate in _DOWN and not is_literal(each.object)}
        pairs = [
            (node, each) for node in self.closure(lower, self.above) | lower for each in self.above(node)
        ]
        order = Hierarchy(pairs)
        for node in lower:
            if order.is_above(node, node):
                self.foci.update(
                    each for each, _ in pairs if order.is_above(each, node) and order.is_above(node, each)
                )
        for node in self.closure(lower, self.below) | lower:
            for other in self.beside(node, _RELATED):
                self.foci |= {node, other}

    def _add_exact(self, start: Iterable[str]) -> None:
        start = set(start)
        together = self.closure(start, lambda node: self.beside(node, _EXACT)) | start
        self.foci.update(
            each.subject for node in together for each in self._mappings(node) if each.predicate not in _EXACT
        )

    def _mappings(self, node: str) -> list[Statement]:
        own = [each for each in self.about(node) if each.predicate in _MAPPINGS]
        return own + self.incoming(node, _MAPPINGS)

    # what the checks need to know

    def collect(self) -> None:
        add = self.found.update
        related: set[str] = set()
        mapped: set[str] = set()
        for focus in [each for each in self.foci if not is_literal(each)]:
            said = self.about(focus)
            add(said)
            self._collect_references(said)
            self._collect_labels(said)
            add(self.incoming(focus, _TOPS | _XL_LABELS | _RELATED))
            add(self.one_incoming(focus, [*_UP, *_DOWN]))
            add(self.incoming(focus, _MEMBERS))
            for each in self.incoming(focus, _SUBJECT):
                add(self.about(each.subject))
            if others := self.beside(focus, _RELATED):
                related |= {focus, *others}
            if self._mappings(focus):
                mapped.add(focus)
        add(self._graph.one_of(_TREE))
        self._collect_hierarchy(related | {each for each in self.foci if self.objects(each, _UP)})
        self._collect_mappings(mapped)

    def _collect_references(self, said: Iterable[Statement]) -> None:
        for each in said:
            for name in (each.object, each.predicate):
                if name.startswith(self._inside):
                    self.found.update(self.about(name)[:1])
            if each.predicate in _XL_LABELS or each.predicate in _SUBJECT:
                self.found.update(self.about(each.object))
            document = each.subject.partition("#")[0] + ">"
            if "#" in each.subject:
                self.found.update(other for other in self.about(document) if other.predicate == _TYPE)

    def _collect_labels(self, said: Iterable[Statement]) -> None:
        """Add all that is said of the terms with the same labels or notations."""
        for each in said:
            others: Iterable[str]
            if each.predicate in _LABELS:
                others = self._graph.labelled(each.object)
            elif each.predicate in _NOTATION:
                others = [other.subject for other in self.incoming(each.object, _NOTATION)]
            else:
                continue
            for other in others:
                self.found.update(self.about(other))
                self.found.update(self.incoming(other, _TOPS | _MEMBERS))
                for resource in self.objects(other, _XL_LABELS):
                    self.found.update(self.about(resource))

    def _collect_hierarchy(self, start: set[str]) -> None:
        for node in self.closure(start, self.above) | start:
            self.found.update(each for each in self.about(node) if each.predicate in _UP)
            self.found.update(self.incoming(node, _DOWN))

    def _collect_mappings(self, start: set[str]) -> None:
        for node in self.closure(start, lambda one: self.beside(one, _EXACT)) | start:
            self.found.update(self._mappings(node))

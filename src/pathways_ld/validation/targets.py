"""Which nodes a shape is about: its targets, asked of a graph as a whole or of one node.

SHACL, section 2.1.3 (https://www.w3.org/TR/shacl/#targets).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rdflib import RDF, RDFS, Graph, Literal
from rdflib.term import Node

from pathways_ld.namespaces import SH
from pathways_ld.rdfio import Statement
from pathways_ld.validation.indexed import Terms

TARGET_PROPERTIES: Final = (
    f"<{SH.targetClass}>",
    f"<{SH.targetNode}>",
    f"<{SH.targetSubjectsOf}>",
    f"<{SH.targetObjectsOf}>",
)


@dataclass(frozen=True)
class Target:
    """The targets of one shape: RDF terms in N-Triples syntax.

    `classes` include the shape itself where it is a class too (an implicit class target).
    """

    classes: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    subjects_of: tuple[str, ...] = ()
    objects_of: tuple[str, ...] = ()

    def statements(self, shape: str) -> Iterator[Statement]:
        """Write the targets down for a shape."""
        values = (self.classes, self.nodes, self.subjects_of, self.objects_of)
        for predicate, terms in zip(TARGET_PROPERTIES, values, strict=True):
            for term in terms:
                yield Statement(shape, predicate, term)

    @property
    def is_empty(self) -> bool:
        """Whether the shape has no target."""
        return not (self.classes or self.nodes or self.subjects_of or self.objects_of)


class TargetNodes:
    """Looks for the target nodes of shapes in one graph; `terms` makes its terms of N-Triples terms."""

    def __init__(self, graph: Graph, terms: Terms) -> None:
        self._graph = graph
        self.terms = terms

    def every(self, target: Target) -> Iterator[Node]:
        """Give the target nodes; some of them may come more than once."""
        yield from map(self.terms, target.nodes)
        for each in target.classes:
            yield from self.instances(each)
        for each in target.subjects_of:
            for subject, _ in self._graph.subject_objects(self.terms(each)):
                yield subject
        for each in target.objects_of:
            for _, value in self._graph.subject_objects(self.terms(each)):
                yield value

    def instances(self, class_: str) -> Iterator[Node]:
        """Give the SHACL instances of a class."""
        for each in self._graph.transitive_subjects(RDFS.subClassOf, self.terms(class_)):
            yield from self._graph.subjects(RDF.type, each)

    def holds(self, target: Target, node: Node) -> bool:
        """Tell whether a node is one of the target nodes."""
        if any(self.terms(each) == node for each in target.nodes):
            return True
        if any((None, self.terms(each), node) in self._graph for each in target.objects_of):
            return True
        if isinstance(node, Literal):
            return False
        if any((node, self.terms(each), None) in self._graph for each in target.subjects_of):
            return True
        return bool(target.classes) and self.is_instance(node, target.classes)

    def is_instance(self, node: Node, classes: tuple[str, ...]) -> bool:
        """Tell whether a node is a SHACL instance of any of the classes."""
        wanted = {self.terms(each) for each in classes}
        return any(
            above in wanted
            for kind in self._graph.objects(node, RDF.type)
            for above in self._graph.transitive_objects(kind, RDFS.subClassOf)
        )

"""The few nodes that can break a shape at all, found for all target nodes at once.

A shape is narrowed only where every node that is left out is sure to conform; whether the others do,
pyshacl decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, cast

from pyoxigraph import BlankNode, NamedNode, Quad, QuerySolutions, Store
from pyoxigraph import Literal as EngineLiteral
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from pathways_ld.namespaces import RDF, RDFS, SH, XSD
from pathways_ld.rdfio import is_blank
from pathways_ld.validation.compiling import CompiledShapes, Described
from pathways_ld.validation.indexed import Terms, term_of
from pathways_ld.validation.queries import Pattern, algebra, candidates
from pathways_ld.validation.targets import Target, TargetNodes

_NOT: Final = f"<{SH['not']}>"
_CLASS: Final = f"<{SH['class']}>"
_DEACTIVATED: Final = f"<{SH.deactivated}>"
_PATH: Final = f"<{SH.path}>"
_SPARQL: Final = f"<{SH.sparql}>"
_DATATYPE: Final = f"<{SH.datatype}>"
_NODE_KIND: Final = f"<{SH.nodeKind}>"
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    f"<{SH.IRI}>": (URIRef,),
    f"<{SH.BlankNode}>": (BNode,),
    f"<{SH.Literal}>": (Literal,),
    f"<{SH.BlankNodeOrIRI}>": (BNode, URIRef),
    f"<{SH.BlankNodeOrLiteral}>": (BNode, Literal),
    f"<{SH.IRIOrLiteral}>": (URIRef, Literal),
}
_BY_VALUES: Final = ({_NOT}, {_NOT, _NODE_KIND})
_DATATYPES_OF_ALL: Final = (f"<{RDFS.Literal}>", f"<{RDFS.Datatype}>")
_SMALL: Final = 2_000
"""Triples up to which asking pyshacl about every node is as quick."""

_WORTH_IT: Final = 50
"""How many pairs a join may make of one statement."""


def narrow(
    shapes: CompiledShapes, graph: Graph, terms: Terms, *, small: int = _SMALL
) -> dict[str, list[str]]:
    """Give the candidates of the shapes that can be narrowed, to be validated instead of their targets.

    For graphs of at most `small` triples no queries are asked.
    """
    if not shapes.complete:
        return {}
    nodes = TargetNodes(graph, terms)
    found: dict[str, list[str]] = {}
    for shape, target in shapes.targets.items():
        parameters = shapes.described.constraints(shape)
        few: list[str] | None = None
        if parameters == {_NOT}:
            few = _of_wrong_class(shape, target, shapes.described, nodes)
        if few is None and parameters in _BY_VALUES:
            few = _by_values(shape, target, shapes.described, graph, nodes)
        if parameters == {_SPARQL} and len(graph) > small:
            few = _violators(shape, target, shapes, graph, nodes)
        if few is not None:
            found[shape] = few
    return found


def _violators(
    shape: str, target: Target, shapes: CompiledShapes, graph: Graph, nodes: TargetNodes
) -> list[str] | None:
    """Ask the queries of a shape about all nodes at once, in an engine that joins well."""
    queries = algebra(shapes, shape)
    asked = [candidates(each, _Hubs(graph)) for each in queries or ()]
    if not asked or target.nodes:
        return None
    found: dict[Node, None] = {}
    for each in asked:
        if each is None:
            return None
        store = Store()
        store.bulk_extend(_quads(graph, each.properties))
        solutions = store.query(f"SELECT DISTINCT ?this WHERE {{ {each.body} }}")
        for solution in cast("QuerySolutions", solutions):
            found[nodes.terms(str(solution["this"]))] = None
    # The engine has names of its own for some literals; those that are targets are all looked at.
    literals = (
        each for each in nodes.every(Target(objects_of=target.objects_of)) if isinstance(each, Literal)
    )
    kept = [each for each in found if not isinstance(each, Literal) and nodes.holds(target, each)]
    return sorted({term_of(each) for each in (*kept, *literals)})


class _Hubs:
    """Tells where joining two patterns over what they share would cost more than asking pyshacl."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __call__(self, one: Pattern, other: Pattern) -> bool:
        if not isinstance(one[1], URIRef) or not isinstance(other[1], URIRef):
            return False
        mine, theirs = self._degrees(one[1]), self._degrees(other[1])
        cost = sum(count * theirs[value] for value, count in mine.items())
        return cost > _WORTH_IT * (mine.total() + theirs.total())

    def _degrees(self, predicate: URIRef) -> Counter[Node]:
        return Counter(value for _, value in self._graph.subject_objects(predicate))


def _quads(graph: Graph, properties: Iterable[URIRef]) -> Iterator[Quad]:
    for each in properties:
        predicate = NamedNode(str(each))
        for subject, value in graph.subject_objects(each):
            yield Quad(_node(subject), predicate, _value(value))


def _node(node: Node) -> NamedNode | BlankNode:
    return BlankNode(str(node)) if isinstance(node, BNode) else NamedNode(str(node))


def _value(node: Node) -> NamedNode | BlankNode | EngineLiteral:
    if not isinstance(node, Literal):
        return _node(node)
    if node.language:
        return EngineLiteral(str(node), language=node.language.lower())
    return (
        EngineLiteral(str(node), datatype=NamedNode(str(node.datatype)))
        if node.datatype
        else EngineLiteral(str(node))
    )


def _of_wrong_class(shape: str, target: Target, said: Described, nodes: TargetNodes) -> list[str] | None:
    """Find the target nodes of a class that they must not have: start from the smaller of the two sides."""
    refused = _refused_classes(shape, said)
    if refused is None:
        return None
    found = {node for each in refused for node in nodes.instances(each) if nodes.holds(target, node)}
    return sorted(term_of(node) for node in found if not isinstance(node, Literal))


def _refused_classes(shape: str, said: Described) -> list[str] | None:
    if said.objects(shape, _PATH):
        return None
    found = []
    for each in said.objects(shape, _NOT):
        classes = said.objects(each, _CLASS)
        simple = said.constraints(each) == {_CLASS} and len(classes) == 1
        if not simple or said.objects(each, _PATH) or said.objects(each, _DEACTIVATED):
            return None
        found += classes
    return found


def _by_values(
    shape: str, target: Target, said: Described, graph: Graph, nodes: TargetNodes
) -> list[str] | None:
    """Find the target nodes with a value of a datatype that it must not have, or of the wrong kind."""
    paths, datatypes = said.objects(shape, _PATH), _refused_datatypes(shape, said)
    if len(paths) != 1 or is_blank(paths[0]) or datatypes is None:
        return None
    kinds = [_KINDS.get(each, ()) for each in said.objects(shape, _NODE_KIND)]
    wrong = {
        node
        for node, value in graph.subject_objects(nodes.terms(paths[0]))
        if (isinstance(value, Literal) and _datatype(value) in datatypes)
        or not all(isinstance(value, kind) for kind in kinds)
    }
    return sorted(term_of(node) for node in wrong if nodes.holds(target, node))


def _refused_datatypes(shape: str, said: Described) -> set[str] | None:
    datatypes: set[str] = set()
    for each in said.objects(shape, _NOT):
        found = said.objects(each, _DATATYPE)
        simple = said.constraints(each) == {_DATATYPE} and len(found) == 1
        if not simple or said.objects(each, _PATH) or said.objects(each, _DEACTIVATED):
            return None
        datatypes.update(found)
    return datatypes if datatypes.isdisjoint(_DATATYPES_OF_ALL) else None


def _datatype(value: Literal) -> str:
    if value.language:
        return f"<{RDF.langString}>"
    return f"<{value.datatype or XSD.string}>"

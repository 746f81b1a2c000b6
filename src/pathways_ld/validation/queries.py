"""The queries of SPARQL constraints, taken apart: what they look at, and who can break them at all.

Both are answered with room to spare: a footprint may hold more than a query reads, and candidates may be more
than the violators. Where neither can be told for certain, the answer is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final
from weakref import WeakKeyDictionary

from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.shapes_graph import ShapesGraph as PyshaclShapes
from rdflib import BNode, Literal, URIRef, Variable
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from pathways_ld.validation.compiling import CompiledShapes

THIS: Final = Variable("this")
_ANYONE: Final = URIRef("urn:x-focus")
_AROUND: Final = frozenset(("Project", "Distinct", "Reduced", "Slice", "OrderBy", "SelectQuery"))
_EXISTS: Final = "Builtin_EXISTS"
_NOT_EXISTS: Final = "Builtin_NOTEXISTS"

_known: Final[WeakKeyDictionary[CompiledShapes, dict[str, tuple[CompValue, ...] | None]]] = (
    WeakKeyDictionary()
)
Pattern = tuple[Any, Any, Any]
Costly = Callable[[Pattern, Pattern], bool]


class Unclear(Exception):
    """A query that cannot be taken apart."""


def algebra(shapes: CompiledShapes, shape: str) -> tuple[CompValue, ...] | None:
    """Give the queries of a shape as SPARQL algebra; None for what is not understood."""
    known = _known.setdefault(shapes, {})
    if shape not in known:
        try:
            known[shape] = tuple(prepareQuery(text).algebra for text in _texts(shapes, shape))
        except Exception:  # pyshacl will say what is wrong with it
            known[shape] = None
    return known[shape]


def _texts(shapes: CompiledShapes, shape: str) -> Iterator[str]:
    terms = shapes.terms.copy()
    found = PyshaclShapes(shapes.graph(terms))
    assert found.shapes  # noqa: S101 - pyshacl finds its shapes when they are asked for
    for each in SPARQLBasedConstraint(found.lookup_shape_from_node(terms(shape))).sparql_constraints:
        _, text = each.pre_bind_variables(_ANYONE)
        yield each.apply_prefixes(text)


def patterns(part: CompValue, *, within: bool = True) -> Iterator[Pattern]:
    """Give all triple patterns, with `within` those in conditions too; raises :class:`Unclear`."""
    if part.name in ("Group", "AggregateJoin", "ToMultiSet", "Graph", "ServiceGraphPattern", "Minus"):
        raise Unclear(part.name)
    if part.name == "BGP":
        yield from part.triples
        return
    if part.name in (_EXISTS, _NOT_EXISTS):
        yield from patterns(part.graph)  # the attribute; the item of that name is not yet algebra
        return
    for name, value in part.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, CompValue) and (within or name != "expr"):
                yield from patterns(each, within=within)


def predicates(path: Any) -> Iterator[URIRef]:
    """Give the properties of a path; raises :class:`Unclear` where it does not name them."""
    if isinstance(path, URIRef):
        yield path
    elif isinstance(path, InvPath):
        yield from predicates(path.arg)
    elif isinstance(path, (SequencePath, AlternativePath)):
        for each in path.args:
            yield from predicates(each)
    elif isinstance(path, MulPath):
        yield from predicates(path.path)
    else:
        raise Unclear(str(path))


def may_be_empty(path: Any) -> bool:
    """Tell whether a path can have no step."""
    if isinstance(path, MulPath):
        return bool(path.zero) or may_be_empty(path.path)
    if isinstance(path, SequencePath):
        return all(map(may_be_empty, path.args))
    if isinstance(path, AlternativePath):
        return any(map(may_be_empty, path.args))
    return isinstance(path, InvPath) and may_be_empty(path.arg)


def is_variable(term: Any) -> bool:
    """Tell whether a term of a pattern stands for any: blank nodes of queries do."""
    return isinstance(term, (Variable, BNode))


@dataclass(frozen=True)
class Candidates:
    """A query for the nodes that can break a constraint, and the properties it needs."""

    body: str
    properties: frozenset[URIRef]


def candidates(query: CompValue, costly: Costly = lambda _one, _other: False) -> Candidates | None:
    """Make a query that finds, for all nodes at once, at least those that break a constraint.

    `costly` tells of two patterns with the same object whether so many subjects share an object that both
    are better left out.
    """
    try:
        every = list(patterns(query))
        if any(isinstance(each, CompValue) for one in every for each in one):
            return None
        writer = _Writer(every)
        writer.leave_out_unlinked(_without_hubs(list(patterns(query, within=False)), costly))
        body, certain = writer.positive(query)
    except Unclear:
        return None
    if THIS not in certain:
        return None
    return Candidates(body, frozenset(writer.properties))


def _without_hubs(outer: list[Pattern], costly: Costly) -> list[Pattern]:
    left_out = [
        pair
        for pair in combinations(outer, 2)
        if pair[0][2] == pair[1][2] and is_variable(pair[0][2]) and costly(*pair)
    ]
    return [each for each in outer if not any(each is one for pair in left_out for one in pair)]


class _Writer:
    """Writes the part of a query that every solution has to match, leaving out what is only a condition."""

    def __init__(self, every: list[Pattern]) -> None:
        self._every = every
        # Only nodes are subjects, so these never stand for a literal, of which engines have different views.
        self._nodes = {each[0] for each in every if is_variable(each[0]) and not isinstance(each[1], Path)}
        self._kept: list[Pattern] | None = None
        self.properties: set[URIRef] = set()

    def leave_out_unlinked(self, outer: list[Pattern]) -> None:
        """Keep of the patterns those that share a variable with the focus node, or with one that does."""
        linked: set[Any] = {THIS}
        self._kept = []
        grown = True
        while grown:
            near = [each for each in outer if not linked.isdisjoint(_variables([each]))]
            grown = len(near) > len(self._kept)
            self._kept = near
            linked |= _variables(near)

    def positive(self, part: CompValue) -> tuple[str, frozenset[Any]]:
        """Give the text and the variables that it surely binds."""
        if part.name in _AROUND or part.name == "Extend":
            return self.positive(part.p)
        if part.name == "BGP":
            kept = [each for each in part.triples if self._is_linked(each)]
            return self._triples(kept), _variables(kept)
        if part.name == "Join":
            one, other = self.positive(part.p1), self.positive(part.p2)
            return f"{one[0]} {other[0]}", one[1] | other[1]
        if part.name == "Union":
            one, other = self.positive(part.p1), self.positive(part.p2)
            return f"{{ {one[0]} }} UNION {{ {other[0]} }}", one[1] & other[1]
        if part.name == "LeftJoin":
            return self.positive(part.p1)
        if part.name == "Filter":
            text, certain = self.positive(part.p)
            conditions = [each for one in _conjuncts(part.expr) if (each := self._condition(one, certain))]
            return " ".join([text, *(f"FILTER ({each})" for each in conditions)]), certain
        raise Unclear(part.name)

    def _is_linked(self, triple: Pattern) -> bool:
        return self._kept is None or any(triple is each for each in self._kept)

    def _triples(self, triples: Iterable[Pattern]) -> str:
        lines = []
        for subject, path, value in triples:
            if isinstance(path, Variable):
                raise Unclear("any property")
            self.properties.update(predicates(path))
            if may_be_empty(path) and not (self._is_bound(subject, path) and self._is_bound(value, path)):
                raise Unclear("a path that may be empty")
            written = f"<{path}>" if isinstance(path, URIRef) else path.n3()
            lines.append(f"{_term(subject)} {written} {_term(value)} .")
        return " ".join(lines)

    def _is_bound(self, term: Any, path: Any) -> bool:
        """Tell whether something else than a path that may be empty binds a variable."""
        return is_variable(term) and any(
            term in (each[0], each[2]) and each[1] is not path and not may_be_empty(each[1])
            for each in (self._every if self._kept is None else self._kept)
        )

    def _condition(self, expression: Any, certain: frozenset[Any]) -> str:
        """Write a condition, if leaving it in is sure to lose no violator; else give nothing."""
        if not isinstance(expression, CompValue):
            return ""
        if expression.name == "RelationalExpression":
            return self._comparison(expression, certain)
        if expression.name == "ConditionalOrExpression":
            parts = [self._condition(each, certain) for each in (expression.expr, *expression.other)]
            return " || ".join(f"({each})" for each in parts) if all(parts) else ""
        if expression.name in (_EXISTS, _NOT_EXISTS):
            return self._existence(expression, certain)
        return ""

    def _comparison(self, expression: CompValue, certain: frozenset[Any]) -> str:
        one, other = expression.expr, expression.other
        simple = isinstance(one, Variable) and isinstance(other, Variable)
        if not simple or expression.op not in ("=", "!=") or not {one, other} <= (certain & self._nodes):
            return ""
        return f"?{one} {expression.op} ?{other}"

    def _existence(self, expression: CompValue, certain: frozenset[Any]) -> str:
        inner = list(patterns(expression.graph))
        inside = _variables(inner)
        shared = inside & _variables([each for each in self._every if each not in inner])
        if not (shared | (inside & {THIS})) <= certain:
            return ""
        denied = expression.name == _NOT_EXISTS
        if denied and not (self._is_exact(expression.graph, inner, shared)):
            return ""
        if not denied and any(may_be_empty(path) for _, path, _ in inner):
            return ""
        kept, self._kept = self._kept, None
        try:
            text, _ = self.positive(expression.graph)
        except Unclear:
            return ""
        finally:
            self._kept = kept
        return f"NOT EXISTS {{ {text} }}" if denied else f"EXISTS {{ {text} }}"

    def _is_exact(self, graph: CompValue, inner: list[Pattern], shared: frozenset[Any]) -> bool:
        """Tell whether both engines find the same: nothing left out, no literals compared."""
        joined = {
            each for each in _variables(inner) if sum(each in (one[0], one[2]) for one in inner) > 1
        } | shared
        return (
            joined <= (self._nodes | {THIS})
            and not any(isinstance(each, Literal) for one in inner for each in one)
            and _is_plain(graph)
        )


def _is_plain(part: Any) -> bool:
    if part.name == "Join":
        return _is_plain(part.p1) and _is_plain(part.p2)
    return bool(part.name == "BGP")


def _conjuncts(expression: Any) -> list[Any]:
    if isinstance(expression, CompValue) and expression.name == "ConditionalAndExpression":
        return [one for each in (expression.expr, *expression.other) for one in _conjuncts(each)]
    return [expression]


def _variables(triples: Iterable[Pattern]) -> frozenset[Any]:
    return frozenset(each for one in triples for each in (one[0], one[2]) if is_variable(each))


def _term(term: Any) -> str:
    if isinstance(term, BNode):
        return f"?blank_{term}"
    return f"?{term}" if isinstance(term, Variable) else str(term.n3())

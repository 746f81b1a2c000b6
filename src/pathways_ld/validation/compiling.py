"""Readable shapes, made quick to evaluate: same results, other form. Done once for the same content.

Two rewritings, each of which leaves every result as it is:

- *flattened*: a property shape that is used by one node shape only gets that shape's targets, and the
  link between the two goes. pyshacl then evaluates it once over all nodes instead of once for each node.
- *narrowed* (:mod:`~pathways_ld.validation.narrowing`): the targets of a shape are replaced by the few nodes
  among them that can break it at all. What may break is found for all nodes at once.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final

from pathways_ld.namespaces import OWL, RDF, RDFS, SH, XSD
from pathways_ld.rdfio import Statement, is_blank, line, literal
from pathways_ld.validation.indexed import ShapesGraph, Terms, quiet_loggers, unique
from pathways_ld.validation.targets import TARGET_PROPERTIES, Target

_KEPT: Final = 16
"""How many compiled shapes are kept."""

_TYPE: Final = f"<{RDF.type}>"
_PROPERTY: Final = f"<{SH.property}>"
_PATH: Final = f"<{SH.path}>"
_NESTING: Final = (f"<{SH.node}>", f"<{SH['not']}>", f"<{SH.qualifiedValueShape}>")
_NESTING_LISTS: Final = (f"<{SH['and']}>", f"<{SH['or']}>", f"<{SH.xone}>")
_NEVER_FLATTENED: Final = (f"<{SH.deactivated}>", f"<{SH.closed}>", f"<{SH.ignoredProperties}>")
_SIBLINGS: Final = f"<{SH.qualifiedValueShapesDisjoint}>"
_COMPONENT: Final = f"<{SH.ConstraintComponent}>"
_FIRST: Final = f"<{RDF.first}>"
_REST: Final = f"<{RDF.rest}>"
_SUBCLASS: Final = f"<{RDFS.subClassOf}>"
_CLASS: Final = f"<{RDFS.Class}>"
_OWL_CLASS: Final = f"<{OWL.Class}>"
_ONTOLOGY: Final = f"<{OWL.Ontology}>"
_PREFIXES: Final = f"<{SH.prefixes}>"
_DECLARE: Final = f"<{SH.declare}>"
_IMPORTS: Final = f"<{OWL.imports}>"
_SHAPE_CLASSES: Final = frozenset((f"<{SH.NodeShape}>", f"<{SH.PropertyShape}>"))

_SWITCHES: Final = frozenset((f"<{SH.uniqueLang}>", f"<{SH.closed}>", f"<{SH.deactivated}>", _SIBLINGS))
_ONE: Final = literal("1", datatype=XSD.boolean)
_FALSE: Final = literal("false", datatype=XSD.boolean)

CONSTRAINTS: Final = frozenset(
    f"<{SH[name]}>"
    for name in (
        *("class", "datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive"),
        *("maxExclusive", "maxInclusive", "not", "and", "or", "xone", "minLength", "maxLength", "pattern"),
        *("flags", "languageIn", "uniqueLang", "equals", "disjoint", "lessThan", "lessThanOrEquals", "node"),
        *("property", "qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount"),
        *("qualifiedValueShapesDisjoint", "closed", "ignoredProperties", "hasValue", "in", "sparql"),
    )
)
"""The parameters of SHACL's own constraint components."""


class Described:
    """The statements about shapes, by subject and property."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self.by_subject: dict[str, dict[str, list[str]]] = {}
        for subject, predicate, value, _ in statements:
            self.by_subject.setdefault(subject, {}).setdefault(predicate, []).append(value)

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Give the values of a property."""
        return self.by_subject.get(subject, {}).get(predicate, [])

    def values(self, *predicates: str) -> Iterator[str]:
        """Give the values that any subject has for the properties."""
        for said in self.by_subject.values():
            for predicate in predicates:
                yield from said.get(predicate, ())

    def members(self, head: str) -> list[str]:
        """Give the members of a list; one that runs into itself ends there."""
        found: list[str] = []
        seen: set[str] = set()
        while head not in seen:
            seen.add(head)
            found += self.objects(head, _FIRST)
            rest = self.objects(head, _REST)
            head = rest[0] if rest else head
        return found

    def constraints(self, shape: str) -> set[str]:
        """Give the constraint parameters that a shape has."""
        return set(CONSTRAINTS.intersection(self.by_subject.get(shape, ())))

    def statements(self, subjects: Iterable[str]) -> Iterator[Statement]:
        """Write down what is said of the subjects."""
        for subject in subjects:
            for predicate, values in self.by_subject.get(subject, {}).items():
                for value in values:
                    yield Statement(subject, predicate, value)


@dataclass(eq=False)
class CompiledShapes:
    """Shapes ready to be evaluated: what they say without their targets, and the targets beside it.

    `readable` are the targets of the shapes as they were written. `complete` says that the shapes use
    nothing but what :data:`CONSTRAINTS` names, so that it is known what they look at. `terms` is only to be
    copied: it would keep what the data name for ever.
    """

    described: Described
    targets: dict[str, Target]
    readable: dict[str, Target]
    complete: bool
    terms: Terms = field(default_factory=Terms)
    _always: frozenset[str] = frozenset()

    def graph(
        self, terms: Terms, foci: Mapping[str, Iterable[str]] | None = None, *, only: bool = False
    ) -> ShapesGraph:
        """Make the shapes graph for one evaluation; `terms` is best a copy that the data have too.

        `foci` gives some shapes these focus nodes instead of their targets. With `only`, the others have no
        targets at all, and what no shape with a focus node needs is left out.
        """
        foci = foci or {}
        aims: dict[str, Target] = {} if only else dict(self.targets)
        aims |= {shape: Target(nodes=tuple(nodes)) for shape, nodes in foci.items()}
        subjects: Collection[str] = self.described.by_subject
        if only and self.complete:
            subjects = self._needed(shape for shape, target in aims.items() if not target.is_empty)
        statements = list(self.described.statements(subjects))
        for shape, target in aims.items():
            statements += target.statements(shape)
        with quiet_loggers():
            return ShapesGraph(statements, terms)

    def part(self, only: Collection[str]) -> CompiledShapes:
        """Give the same shapes, of which only some have targets."""
        targets = {shape: target for shape, target in self.targets.items() if shape in only}
        return replace(self, targets=targets)

    def _needed(self, shapes: Iterable[str]) -> set[str]:
        waiting = [*shapes, *self._always]
        found = set(waiting)
        while waiting:
            for values in self.described.by_subject.get(waiting.pop(), {}).values():
                for value in values:
                    if value not in found and value in self.described.by_subject:
                        found.add(value)
                        waiting.append(value)
        return found


_compiled: OrderedDict[str, CompiledShapes] = OrderedDict()
_lock: Final = Lock()


def compile_shapes(shapes: Sequence[Statement]) -> CompiledShapes:
    """Compile shapes; those of the same content are compiled once in each process."""
    digest = hashlib.blake2b(digest_size=16)
    for each in sorted(map(line, shapes)):  # the order in which a parser gives statements means nothing
        digest.update(each.encode())
    key = digest.hexdigest()
    with _lock:
        known = _compiled.get(key)
        if known is None:
            known = _compile(shapes)
            _compiled[key] = known
            while len(_compiled) > _KEPT:
                _compiled.popitem(last=False)
        _compiled.move_to_end(key)
    return known


def _compile(shapes: Sequence[Statement]) -> CompiledShapes:
    statements = [_strict(_apart(each)) for each in unique(shapes)]
    statements += _imported_prefixes(Described(statements))
    said = Described(statements)
    classes, known = _class_kinds(said), _shapes(said)
    aims = {shape: _target(shape, said, classes, known) for shape in said.by_subject}
    readable = {shape: target for shape, target in aims.items() if not target.is_empty}
    custom = any(each == _COMPONENT for each in said.values(_TYPE, _SUBCLASS))
    described = Described(each for each in statements if not _is_aim(each, readable, classes))
    targets = dict(readable)
    if not custom:
        _flatten(described, targets)
    siblings = any(True for _ in described.values(_SIBLINGS))
    always = frozenset(
        subject for subject, each in described.by_subject.items() if _ONTOLOGY in each.get(_TYPE, ())
    )
    return CompiledShapes(described, targets, readable, not custom and not siblings, _always=always)


def _apart(each: Statement) -> Statement:
    """Rename the blank nodes, so that none has the label of one in the data."""
    return each._replace(subject=_renamed(each.subject), object=_renamed(each.object))


def _renamed(term: str) -> str:
    return f"_:shape-{term[2:]}" if is_blank(term) else term


def _strict(each: Statement) -> Statement:
    """Take only "true" for true, as pyshacl does where it reads the shapes itself."""
    wrong = each.predicate in _SWITCHES and each.object == _ONE
    return each._replace(object=_FALSE) if wrong else each


def _imported_prefixes(said: Described) -> list[Statement]:
    """Give an ontology the prefixes of those it imports, where they are here (SHACL, 5.2.1)."""
    found = []
    for ontology in set(said.values(_PREFIXES)):
        seen, waiting = {ontology}, [ontology]
        while waiting:
            for each in said.objects(waiting.pop(), _IMPORTS):
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
                    found += [Statement(ontology, _DECLARE, one) for one in said.objects(each, _DECLARE)]
    return found


def _class_kinds(said: Described) -> set[str]:
    """Give the classes whose instances are classes, as pyshacl finds them."""
    below = {subject for subject, each in said.by_subject.items() if _CLASS in each.get(_SUBCLASS, ())}
    return {_CLASS, _OWL_CLASS, *below}


def _target(shape: str, said: Described, classes: set[str], shapes: set[str]) -> Target:
    target = Target(*(tuple(said.objects(shape, each)) for each in TARGET_PROPERTIES))
    is_class = any(each in classes for each in said.objects(shape, _TYPE))
    if is_class and shape in shapes and shape not in target.classes:
        target = replace(target, classes=(*target.classes, shape))
    return target


def _shapes(said: Described) -> set[str]:
    """Give everything that pyshacl takes for a shape."""
    found = set(said.values(_PROPERTY, *_NESTING))
    for head in said.values(*_NESTING_LISTS):
        found.update(said.members(head))
    marks = {*TARGET_PROPERTIES, _PROPERTY, _NESTING[0]}
    for subject, each in said.by_subject.items():
        if not marks.isdisjoint(each) or not _SHAPE_CLASSES.isdisjoint(each.get(_TYPE, ())):
            found.add(subject)
    return found


def _is_aim(each: Statement, readable: Mapping[str, Target], classes: set[str]) -> bool:
    if each.subject not in readable:
        return False
    return each.predicate in TARGET_PROPERTIES or (each.predicate == _TYPE and each.object in classes)


def _flatten(said: Described, targets: dict[str, Target]) -> None:
    nested = set(said.values(*_NESTING))
    for head in said.values(*_NESTING_LISTS):
        nested.update(said.members(head))
    linked = list(said.values(_PROPERTY))
    parents = {each: linked.count(each) for each in set(linked)}
    for shape in list(targets):
        properties = said.objects(shape, _PROPERTY)
        if (
            not properties
            or shape in nested
            or shape in parents
            or any(said.objects(shape, each) for each in (_PATH, *_NEVER_FLATTENED))
            or any(said.objects(each, _SIBLINGS) for each in properties)
        ):
            continue
        for each in list(properties):
            alone = parents[each] == 1 and each not in nested and each not in targets
            if alone and len(said.objects(each, _PATH)) == 1:
                properties.remove(each)
                targets[each] = targets[shape]
        if not properties:
            del said.by_subject[shape][_PROPERTY]
            if not said.constraints(shape):
                del targets[shape]

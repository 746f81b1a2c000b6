"""The classes and properties that a vocabulary describes, with what OWL says of them put into words.

Read from the exact statements of documents; what has no words here is left to the RDF. How OWL 2 is written
as RDF is at https://www.w3.org/TR/owl2-mapping-to-rdf/.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import TermNotFound
from pathways_ld.namespaces import OWL, RDF, RDFS, split_iri
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts
from pathways_ld.wording import N_

if TYPE_CHECKING:
    from pathways_ld.vocabulary.reading import Reader, TermDocument

MOST: Final = 600
"""Classes and properties that have documents of their own, of those that are read."""
_DEEPEST: Final = 12
_MOST_PIECES: Final = 500
"""Expressions within expressions that are put into words for one class or property."""
_LONGEST: Final = 60

_CLASSES: Final = frozenset({OWL.Class, RDFS.Class})
_PROPERTIES: Final = frozenset(
    {RDF.Property, *(OWL[f"{name}Property"] for name in ("Object", "Datatype", "Annotation", "Functional"))}
)
CHARACTERISTICS: Final = {
    OWL.FunctionalProperty: N_("has at most one value"),
    OWL.InverseFunctionalProperty: N_("a value belongs to one thing only"),
    OWL.TransitiveProperty: N_("carries on along a chain"),
    OWL.SymmetricProperty: N_("holds in both directions"),
    OWL.AsymmetricProperty: N_("never holds in both directions"),
    OWL.ReflexiveProperty: N_("everything has it to itself"),
    OWL.IrreflexiveProperty: N_("nothing has it to itself"),
}
"""What a type of property means, in words."""
_CARDINALITIES: Final = {
    "minCardinality": "at least",
    "minQualifiedCardinality": "at least",
    "maxCardinality": "at most",
    "maxQualifiedCardinality": "at most",
    "cardinality": "exactly",
    "qualifiedCardinality": "exactly",
}
_FACETS: Final = {
    "minInclusive": "from",
    "maxInclusive": "to",
    "minExclusive": "above",
    "maxExclusive": "below",
    "minLength": "at least so many characters:",
    "maxLength": "at most so many characters:",
    "length": "so many characters:",
    "pattern": "matching",
}


@dataclass(frozen=True)
class Words:
    """A piece of a phrase: a text, or an IRI that is to be named."""

    text: str = ""
    iri: str = ""


Phrase = tuple[Words, ...]

_UNTOLD: Final[Phrase] = (Words("what the RDF describes"),)


@dataclass(frozen=True)
class Entity:
    """A class or property as it is described; relations to named things are IRIs, all others phrases."""

    iri: str
    document: str
    """The IRI of the document that describes it."""
    is_class: bool
    types: tuple[str, ...]
    above: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    """What a class or property is besides, one phrase each."""
    equivalent: tuple[str, ...] = ()
    disjoint: tuple[str, ...] = ()
    inverse: tuple[str, ...] = ()
    domain: tuple[Phrase, ...] = ()
    range: tuple[Phrase, ...] = ()

    @property
    def anchor(self) -> str:
        """The fragment that leads to it: that of its IRI, where it has one."""
        return split_iri(self.iri)[1] or self.iri

    @property
    def characteristics(self) -> tuple[str, ...]:
        """Its logical characteristics, in words."""
        return tuple(CHARACTERISTICS[each] for each in self.types if each in CHARACTERISTICS)

    @property
    def is_link(self) -> bool:
        """Whether the values of a property are things with an IRI."""
        return OWL.ObjectProperty in self.types


class Ontology:
    """The classes and properties of a vocabulary, with who refers to whom."""

    def __init__(self, found: Iterable[Entity], beyond: int = 0) -> None:
        self.beyond = beyond
        """How many that have documents of their own were not read."""
        listed = sorted(found, key=lambda each: (each.iri.casefold(), each.iri))
        self.classes = [each for each in listed if each.is_class]
        self.properties = [each for each in listed if not each.is_class]
        self.below: Mapping[str, list[str]] = _turned((each.iri, each.above) for each in listed)
        self.with_domain: Mapping[str, list[str]] = _turned(
            (each.iri, _named(each.domain)) for each in self.properties
        )
        self.with_range: Mapping[str, list[str]] = _turned(
            (each.iri, _named(each.range)) for each in self.properties
        )

    def __bool__(self) -> bool:
        return bool(self.classes or self.properties)

    def __len__(self) -> int:
        return len(self.classes) + len(self.properties)


def read_ontology(source: Reader, document: TermDocument) -> Ontology:
    """Read what the vocabulary's own document describes, and what has a document of its own."""
    described = _entities(document)
    known = {each.iri for each in described}
    space = source.space
    others = [iri for iri in source.headings if iri not in known and space.local_id(iri)]
    for iri in sorted(others)[:MOST]:
        try:
            page = source.document(iri)
        except TermNotFound:
            continue
        if not page.kind:  # a term may be a class too: it is found where the terms are
            described += [each for each in _entities(page) if each.iri == iri]
    return Ontology(described, max(0, len(others) - MOST))


def _entities(document: TermDocument) -> list[Entity]:
    said: dict[str, list[Statement]] = defaultdict(list)
    for each in document.statements:
        said[each.subject].append(each)
    own = (f"<{document.iri}>", f"<{document.iri}#")
    return [
        entity
        for subject, statements in said.items()
        if subject == own[0] or subject.startswith(own[1])
        for entity in [_entity(subject, statements, document.iri, _Expressions(said))]
        if entity is not None
    ]


def _entity(
    subject: str, statements: list[Statement], document: str, expressions: _Expressions
) -> Entity | None:
    types = tuple(sorted(_objects(statements, RDF.type)))
    is_class = bool(_CLASSES.intersection(types))
    if not is_class and not _PROPERTIES.intersection(types):
        return None
    upward = RDFS.subClassOf if is_class else RDFS.subPropertyOf
    same = OWL.equivalentClass if is_class else OWL.equivalentProperty
    apart = OWL.disjointWith if is_class else OWL.propertyDisjointWith
    return Entity(
        iri=subject[1:-1],
        document=document,
        is_class=is_class,
        types=types,
        above=_objects(statements, upward),
        phrases=tuple(_phrases(statements, upward, same, expressions)),
        equivalent=_objects(statements, same),
        disjoint=_objects(statements, apart),
        inverse=_objects(statements, OWL.inverseOf),
        domain=tuple(expressions.phrase(each) for each in _all(statements, RDFS.domain)),
        range=tuple(expressions.phrase(each) for each in _all(statements, RDFS.range)),
    )


def _phrases(
    statements: list[Statement], upward: str, same: str, expressions: _Expressions
) -> Iterable[Phrase]:
    for predicate, lead in ((upward, "each "), (same, "exactly what ")):
        for value in _all(statements, predicate):
            if is_blank(value):
                yield (Words(lead), *expressions.phrase(value))
    for predicate, lead, glue in (
        (OWL.unionOf, "is one of ", " or "),
        (OWL.disjointUnionOf, "is exactly one of ", " or "),
        (OWL.intersectionOf, "is all of ", " and "),
        (OWL.oneOf, "is one of ", " or "),
        (OWL.hasKey, "is identified by ", " and "),
        (OWL.propertyChainAxiom, "follows from ", ", then "),
    ):
        for value in _all(statements, predicate):
            yield (Words(lead), *expressions.joined(value, glue))


class _Expressions:
    """Puts the class expressions of one document into words."""

    def __init__(self, said: Mapping[str, list[Statement]]) -> None:
        self._said = said
        self._left = _MOST_PIECES

    def phrase(self, term: str, depth: int = 0) -> Phrase:
        """Say what a class expression stands for."""
        if is_iri(term):
            return (Words(iri=term[1:-1]),)
        if is_literal(term):
            return (Words(f"“{literal_parts(term)[0][:200]}”"),)
        self._left -= 1
        if depth < _DEEPEST and self._left > 0:
            said = {each.predicate[1:-1]: each.object for each in self._said.get(term, ())}
            return self._expression(said, depth)
        return _UNTOLD

    def _expression(self, said: Mapping[str, str], depth: int) -> Phrase:
        if OWL.onProperty in said:
            return self._restriction(said, depth + 1)
        for predicate, glue in (
            (OWL.unionOf, " or "),
            (OWL.intersectionOf, " and "),
            (OWL.oneOf, " or "),
        ):
            if predicate in said:
                return self.joined(said[predicate], glue, depth + 1)
        for predicate in (OWL.complementOf, OWL.datatypeComplementOf):
            if predicate in said:
                return (Words("anything but "), *self.phrase(said[predicate], depth + 1))
        if OWL.inverseOf in said:
            return (Words("the inverse of "), *self.phrase(said[OWL.inverseOf], depth + 1))
        if OWL.onDatatype in said:
            return self._datatype(said, depth + 1)
        return _UNTOLD

    def joined(self, node: str, glue: str, depth: int = 0) -> Phrase:
        """Say the members of a list."""
        found: list[Words] = []
        for number, member in enumerate(self._members(node)):
            if number:
                found.append(Words(glue))
            found += self.phrase(member, depth + 1)
        return tuple(found) or (Words("nothing"),)

    def _restriction(self, said: Mapping[str, str], depth: int) -> Phrase:
        what = (*self.phrase(said[OWL.onProperty], depth),)
        for name, start, middle in (
            ("someValuesFrom", "has at least one ", " that is "),
            ("allValuesFrom", "has as ", " only "),
            ("hasValue", "has as ", " "),
        ):
            if OWL[name] in said:
                return (Words(start), *what, Words(middle), *self.phrase(said[OWL[name]], depth))
        if OWL.hasSelf in said:
            return (Words("has itself as "), *what)
        for name, start in _CARDINALITIES.items():
            if OWL[name] in said:
                number = literal_parts(said[OWL[name]])[0]
                kind = said.get(OWL.onClass) or said.get(OWL.onDataRange)
                rest = (Words(" that is "), *self.phrase(kind, depth)) if kind else ()
                return (Words(f"has {start} {number[:20]} "), *what, *rest)
        return (Words("has "), *what)

    def _datatype(self, said: Mapping[str, str], depth: int) -> Phrase:
        found = list(self.phrase(said[OWL.onDatatype], depth))
        for facet in self._members(said.get(OWL.withRestrictions, "")):
            for each in self._said.get(facet, ()):
                words = _FACETS.get(split_iri(each.predicate[1:-1])[1])
                if words and is_literal(each.object):
                    found.append(Words(f" {words} {literal_parts(each.object)[0][:200]}"))
        return tuple(found)

    def _members(self, node: str) -> list[str]:
        members: list[str] = []
        seen: set[str] = set()
        while node not in seen and len(members) < _LONGEST:
            seen.add(node)
            said = {each.predicate[1:-1]: each.object for each in self._said.get(node, ())}
            if RDF.first in said:
                members.append(said[RDF.first])
            node = said.get(RDF.rest, node)
        return members


def _all(statements: list[Statement], predicate: str) -> tuple[str, ...]:
    return tuple(sorted({each.object for each in statements if each.predicate == f"<{predicate}>"}))


def _objects(statements: list[Statement], predicate: str) -> tuple[str, ...]:
    return tuple(each[1:-1] for each in _all(statements, predicate) if is_iri(each))


def _named(phrases: Iterable[Phrase]) -> tuple[str, ...]:
    return tuple(words.iri for phrase in phrases for words in phrase if words.iri)


def _turned(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for iri, others in pairs:
        for other in dict.fromkeys(others):
            found[other].append(iri)
    return found

"""What a term is connected with: its neighbours, their neighbours, and the ties between all of them.

Everything is taken from the page views that a snapshot stores, each read once and their number bounded, so
that a term with thousands of neighbours costs no more than one with a hundred. Of a long group the best
connected of the first :data:`CANDIDATES` members are shown, and the rest is counted.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from pathways_ld.errors import TermNotFound
from pathways_ld.model import Group, Link, PageView
from pathways_ld.namespaces import ORG, PREFIXES, RDFS, SKOS, split_iri
from pathways_ld.settings import CANONICAL_BASE

if TYPE_CHECKING:
    from pathways_ld.vocabulary.reading import Reader, TermDocument

READS: Final = 900
"""Page views that one map reads at most."""
CANDIDATES: Final = 120
"""Members of a long group among which the best connected are chosen."""
MOST_PLACES: Final = 500
OPENED_LIMIT: Final = 12
"""Neighbours of each kind that a term brings along when it is opened."""

BASIS: Final = CANONICAL_BASE + "ns#basis"
STATED: Final = CANONICAL_BASE + "ns#Stated"
"""A property under `basis` tells the evidence of the relation that its rdfs:seeAlso names; a relation whose
evidence is neither told nor anything but a statement counts as stated."""

_TURNED: Final = {
    SKOS.narrower: SKOS.broader,
    SKOS.topConceptOf: SKOS.hasTopConcept,
    ORG.hasSubOrganization: ORG.subOrganizationOf,
}
"""Relations that are told from the other side, so that each connection is there once."""
SYMMETRIC: Final = frozenset({SKOS.related})
_EVIDENCE_CLASSES: Final = frozenset({PREFIXES["bibo"] + "Document"})


@dataclass(frozen=True, order=True)
class Tie:
    """One connection in the direction in which it is stated; `relation` is an IRI."""

    start: str
    end: str
    relation: str

    @classmethod
    def of(cls, start: str, relation: str, end: str) -> Tie:
        """Make a tie: inverse relations are turned round, symmetric ones sorted."""
        turned = _TURNED.get(relation)
        if turned is not None:
            return cls(end, start, turned)
        if relation in SYMMETRIC and end < start:
            return cls(end, start, relation)
        return cls(start, end, relation)

    def other(self, iri: str) -> str:
        """Give the other end."""
        return self.end if self.start == iri else self.start


@dataclass
class Place:
    """A term on the map: `step` ties away from the middle, reached by way of `parent`."""

    link: Link
    kind: str
    step: int
    parent: str = ""
    degree: int = 0
    """All its connections of the kinds that are shown."""
    weight: int = 0
    """How many neighbours it is known to share with its parent; of what is two steps away, the number of
    ways there."""
    via: Group | None = None
    """The group of its parent that it was found in."""


@dataclass(frozen=True)
class Rest:
    """Neighbours that are not on the map: `left` of the members of a group of `origin`."""

    origin: str
    group: Group
    left: int


@dataclass(frozen=True)
class Wish:
    """What a map shall show; empty `relations` stands for all of them."""

    kinds: frozenset[str]
    relations: frozenset[str] = frozenset()
    depth: int = 1
    limit: int = 20
    opened: tuple[str, ...] = ()


@dataclass
class Neighbourhood:
    """A term with what surrounds it."""

    middle: str
    places: dict[str, Place] = field(default_factory=dict)
    ties: dict[Tie, Link | None] = field(default_factory=dict)
    """Each tie with the kind of evidence that is recorded for it."""
    rests: list[Rest] = field(default_factory=list)
    relations: dict[str, int] = field(default_factory=dict)
    """All relations of the middle, whatever is filtered, with the number of neighbours."""
    not_found: list[str] = field(default_factory=list)
    """What was to be opened and is not on the map."""


def relation_key(relation: str) -> str:
    """Give the short name by which an address asks for a relation."""
    return split_iri(relation)[1].lower() or relation.lower()


def shown_kinds(reader: Reader, kind: str = "") -> frozenset[str]:
    """Give the kinds that a map of a term of a kind shows where nobody chose: all but evidence."""
    kinds = reader.manifest.kinds
    return frozenset(
        each.name
        for each in kinds
        if reader.manifest.counts.get(each.name)
        and (each.class_iri not in _EVIDENCE_CLASSES or each.name == kind)
    )


def is_stated(basis: Link | None) -> bool:
    """Tell whether a connection counts as stated by its source."""
    return basis is None or basis["iri"] == STATED


class Connections:
    """Reads the connections of terms, each term once; what is beyond the bound counts as unconnected."""

    def __init__(self, reader: Reader, wish: Wish, reads: int = READS) -> None:
        self._reader = reader
        self._wish = wish
        self._left = reads
        self._views: dict[str, PageView | None] = {}
        self._evidence = evidence_properties(reader)

    def view(self, iri: str) -> PageView | None:
        """Give the page view of a term; None where there is none to be read, or it was withdrawn."""
        if iri not in self._views:
            if not self._left:
                return None
            self._left -= 1
            try:
                document = self._reader.document(iri)
            except TermNotFound:
                self._views[iri] = None
            else:
                self._views[iri] = None if document.withdrawn else self._with_members(document)
        return self._views[iri]

    def _with_members(self, document: TermDocument) -> PageView:
        """Give the view of a document; to that of a collection are added the first of its members."""
        view = document.view
        kind = self._reader.manifest.kind(document.kind)
        if kind is None or kind.class_iri != SKOS.Collection:
            return view
        start = f"<{document.iri}> <{SKOS.member}> <".encode()
        lines = [line for line in document.ntriples.split(b"\n") if line.startswith(start)]
        members: dict[str, list[Link]] = defaultdict(list)
        for line in lines[: min(CANDIDATES, self._left)]:
            self._left -= 1
            with contextlib.suppress(TermNotFound):
                member = self._reader.document(line[len(start) : -3].decode())
                if not member.withdrawn:
                    found = member.view
                    link = Link(iri=found["iri"], path=found["path"], title=found["title"])
                    members[member.kind].append(link)
        groups = [
            Group(
                key=f"member-to-{name}",
                relation=SKOS.member,
                incoming=False,
                kind=name,
                total=len(links) + (len(lines) - CANDIDATES if len(lines) > CANDIDATES else 0),
                items=links,
            )
            for name, links in sorted(members.items())
        ]
        return {**view, "groups": [*view["groups"], *groups]}

    def groups(self, iri: str) -> list[Group]:
        """Give the groups of neighbours that the map may show."""
        view = self.view(iri)
        wish = self._wish
        return [
            group
            for group in (view["groups"] if view else ())
            if group["kind"] in wish.kinds
            and (not wish.relations or relation_key(_told(group["relation"])) in wish.relations)
        ]

    def neighbours(self, iri: str) -> set[str]:
        """Give the neighbours that stand on the first page of each group."""
        return {link["iri"] for group in self.groups(iri) for link in group["items"]}

    def members(self, iri: str, group: Group) -> list[Link]:
        """Give the members of a group that may come onto the map."""
        links = group["items"]
        if group["total"] > len(links):
            hits = self._reader.members(iri, group["key"], limit=CANDIDATES)
            links = [hit.link for hit in hits] or links
        return links

    def degree(self, iri: str) -> int:
        """Count the connections of a term."""
        return sum(group["total"] for group in self.groups(iri))

    def ties(self, iri: str) -> Iterator[tuple[Tie, str]]:
        """Give the ties of a term with their other ends."""
        for group in self.groups(iri):
            for link in group["items"]:
                if link["iri"] != iri:
                    yield tie_of(iri, group, link), link["iri"]

    def basis(self, tie: Tie) -> Link | None:
        """Give the kind of evidence that its subject records for a relation."""
        names = self._evidence.get(tie.relation)
        view = self.view(tie.start) if names else None
        for fact in view["facts"] if view else ():
            if fact["property"] in (names or ()) and fact["links"]:
                return fact["links"][0]
        return None


def tie_of(iri: str, group: Group, link: Link) -> Tie:
    """Give the tie by which a term has a member of one of its groups."""
    start, end = (link["iri"], iri) if group["incoming"] else (iri, link["iri"])
    return Tie.of(start, group["relation"], end)


def _told(relation: str) -> str:
    return _TURNED.get(relation, relation)


_evidence: WeakKeyDictionary[Reader, dict[str, frozenset[str]]] = WeakKeyDictionary()


def evidence_properties(reader: Reader) -> dict[str, frozenset[str]]:
    """Give, for each relation, the properties that tell on what evidence it rests: from the ontology."""
    found = _evidence.get(reader)
    if found is None:
        found = _evidence[reader] = _read_evidence_properties(reader)
    return found


def _read_evidence_properties(reader: Reader) -> dict[str, frozenset[str]]:
    try:
        statements = reader.document(reader.manifest.vocabulary_iri).statements
    except TermNotFound:
        return {}
    under = {
        each.subject
        for each in statements
        if each.predicate == f"<{RDFS.subPropertyOf}>" and each.object == f"<{BASIS}>"
    }
    found: dict[str, set[str]] = defaultdict(set)
    for each in statements:
        if each.subject in under and each.predicate == f"<{RDFS.seeAlso}>":
            found[each.object[1:-1]].add(each.subject[1:-1])
    return {relation: frozenset(names) for relation, names in found.items()}


def neighbourhood(reader: Reader, middle: PageView, wish: Wish) -> Neighbourhood:
    """Give a term with its neighbours, in the order of their weight.

    What `wish.opened` names brings its own neighbours along, where it is on the map.
    """
    connections = Connections(reader, wish)
    found = Neighbourhood(middle["iri"])
    iri = middle["iri"]
    title = Link(iri=iri, path=middle["path"], title=middle["title"])
    found.places[iri] = Place(title, middle["kind"], 0, degree=connections.degree(iri))
    for group in (connections.view(iri) or middle)["groups"]:
        if group["kind"] in wish.kinds:
            relation = _told(group["relation"])
            found.relations[relation] = found.relations.get(relation, 0) + group["total"]
    _surround(found, connections, iri, wish.limit)
    if wish.depth > 1:
        _second_ring(found, connections, wish.limit)
    for each in wish.opened:
        if each in found.places:
            _surround(found, connections, each, min(OPENED_LIMIT, wish.limit))
        else:
            found.not_found.append(each)
    _tie(found, connections)
    return found


def _surround(found: Neighbourhood, connections: Connections, origin: str, limit: int) -> None:
    """Put the neighbours of a term onto the map, the best connected of each group, and count the rest."""
    own = connections.neighbours(origin)
    step = found.places[origin].step + 1
    for group in connections.groups(origin):
        members = connections.members(origin, group)
        there = [link for link in members if link["iri"] in found.places]
        fresh = [link for link in members if link["iri"] not in found.places]
        weights = {link["iri"]: len(own & connections.neighbours(link["iri"])) for link in fresh}
        fresh.sort(key=lambda link: (link.get("deprecated", False), -weights[link["iri"]]))
        added = _add(found, connections, fresh[:limit], group["kind"], step, origin)
        for link in added:
            place = found.places[link["iri"]]
            place.weight, place.via = weights[link["iri"]], group
        left = group["total"] - len(added) - len(there)
        if left > 0:
            found.rests.append(Rest(origin, group, left))


def _second_ring(found: Neighbourhood, connections: Connections, limit: int) -> None:
    """Add what is two steps away: of each kind what most of the first ring is connected with."""
    ways: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    links: dict[str, Link] = {}
    parents: dict[str, str] = {}
    for iri in [iri for iri, place in found.places.items() if place.step == 1]:
        for group in connections.groups(iri):
            for link in group["items"]:
                if link["iri"] not in found.places:
                    ways[link["iri"]] += 1
                    kinds[link["iri"]] = group["kind"]
                    links[link["iri"]] = link
                    parents.setdefault(link["iri"], iri)
    taken: Counter[str] = Counter()
    for iri in sorted(ways, key=lambda each: (-ways[each], each)):
        kind = kinds[iri]
        if taken[kind] < limit and _add(found, connections, [links[iri]], kind, 2, parents[iri]):
            taken[kind] += 1
            found.places[iri].weight = ways[iri]


def _add(
    found: Neighbourhood,
    connections: Connections,
    links: Iterable[Link],
    kind: str,
    step: int,
    parent: str,
) -> list[Link]:
    added = []
    for link in links:
        if len(found.places) < MOST_PLACES and connections.view(link["iri"]) is not None:
            degree = connections.degree(link["iri"])
            found.places[link["iri"]] = Place(link, kind, step, parent, degree)
            added.append(link)
    return added


def _tie(found: Neighbourhood, connections: Connections) -> None:
    """Find the ties between all that is on the map, each from whichever side tells it."""
    ties = {tie for iri in found.places for tie, other in connections.ties(iri) if other in found.places}
    # A long group of the middle is told by its members, whose own groups are short.
    found.ties = {tie: connections.basis(tie) for tie in sorted(ties)}

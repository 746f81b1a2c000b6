"""The whole vocabulary at a glance: its topics, each with those who work on it, and what topics share.

*Hubs* are terms of the first kind of the vocabulary (topics, concepts); what gathers around them are the
terms of other kinds that are connected with them or, where there are none, their narrower concepts. The
number of page views that are read is bounded: of a large vocabulary the top concepts stand for the rest, and
what is left out is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import TermNotFound
from pathways_ld.model import Group, Link, PageView
from pathways_ld.namespaces import SKOS
from pathways_ld.vocabulary.relations import SYMMETRIC, Tie, shown_kinds, tie_of

if TYPE_CHECKING:
    from pathways_ld.vocabulary.reading import Reader

SCAN: Final = 2_000
"""Terms among which the hubs are chosen."""
MOST_HUBS: Final = 150
MOST_LEAVES: Final = 130
"""Terms that are shown around one hub."""
MOST_DRAWN: Final = 900
"""Terms around all hubs together; the same one counts at each of its hubs."""
_MOST_SHARERS: Final = 8
"""A term around more hubs than that tells nothing of what any two of them share."""
_PIECE: Final = 500


@dataclass(frozen=True)
class Leaf:
    """A term at a hub."""

    link: Link
    kind: str
    relation: str


@dataclass
class Hub:
    """A term with those around it; `counts` are all of them by kind, `leaves` those that are shown."""

    link: Link
    kind: str
    counts: dict[str, int] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many are around it."""
        return sum(self.counts.values())


@dataclass
class Ecosystem:
    """The hubs, the largest first, with what joins them."""

    kind: str
    leaf_kinds: tuple[str, ...]
    hubs: list[Hub] = field(default_factory=list)
    shared: dict[tuple[str, str], int] = field(default_factory=dict)
    """For two hubs, how many terms are around both."""
    ties: list[Tie] = field(default_factory=list)
    scanned: int = 0
    terms: int = 0
    """All terms of the kind of the hubs."""
    empty: int = 0
    """Of the terms that were looked at, those around which there is nothing."""
    beyond: int = 0
    """Those around which there is something and which are not shown."""
    top_only: bool = False
    """Whether only top concepts were looked at."""


def ecosystem(reader: Reader, kinds: frozenset[str] = frozenset()) -> Ecosystem:
    """Give the overview; `kinds`, where given, are those that may be around the hubs."""
    manifest = reader.manifest
    present = [each.name for each in manifest.kinds if each.name in shown_kinds(reader)]
    if not present:
        return Ecosystem("", ())
    kind = present[0]
    others = tuple(each for each in present[1:] if not kinds or each in kinds)
    found = Ecosystem(kind, others, terms=manifest.counts.get(kind, 0))
    views = _candidates(reader, found)
    wanted = frozenset(others)
    if not any(_groups(view, wanted) for view in views):
        wanted, found.leaf_kinds = frozenset({kind}), (kind,)
    hubs = [_hub(reader, view, wanted, kind) for view in views]
    full = sorted((hub for hub in hubs if hub.total), key=lambda hub: (-hub.total, hub.link["iri"]))
    found.empty = len(hubs) - len(full)
    found.hubs, found.beyond = full[:MOST_HUBS], max(0, len(full) - MOST_HUBS)
    _share(found)
    _thin(found)
    drawn = {hub.link["iri"] for hub in found.hubs}
    found.ties = sorted(
        {
            tie
            for view in views
            if view["iri"] in drawn
            for group in view["groups"]
            if group["kind"] == kind
            for link in group["items"]
            if link["iri"] in drawn and link["iri"] != view["iri"]
            for tie in (tie_of(view["iri"], group, link),)
            if tie.relation == SKOS.broader or tie.relation in SYMMETRIC
        }
    )
    return found


def _candidates(reader: Reader, found: Ecosystem) -> list[PageView]:
    """Read the terms among which hubs are chosen: all of few, the top concepts of many."""
    iris: list[str] = []
    if found.terms > SCAN:
        iris = _top_concepts(reader)
        found.top_only = bool(iris)
    while not found.top_only and len(iris) < min(found.terms, SCAN):
        hits = reader.listing(found.kind, limit=_PIECE, offset=len(iris))
        iris += [hit.link["iri"] for hit in hits]
        if not hits:
            break
    views = []
    for iri in dict.fromkeys(iris[:SCAN]):
        try:
            document = reader.document(iri)
        except TermNotFound:
            continue
        if not document.withdrawn and document.kind == found.kind:
            views.append(document.view)
    found.scanned = len(views)
    return views


def _top_concepts(reader: Reader) -> list[str]:
    """List the top concepts of the vocabulary's scheme, at most as many as may be looked at."""
    try:
        view = reader.document(reader.manifest.vocabulary_iri).view
    except TermNotFound:
        return []
    found: list[str] = []
    for group in view["groups"]:
        if group["relation"] == SKOS.hasTopConcept:
            links = group["items"]
            if group["total"] > len(links):
                hits = reader.members(view["iri"], group["key"], limit=SCAN)
                links = [hit.link for hit in hits] or links
            found += [link["iri"] for link in links]
    return found


def _groups(view: PageView, kinds: frozenset[str]) -> list[Group]:
    own = view["kind"] in kinds
    return [
        group
        for group in view["groups"]
        if group["kind"] in kinds and (not own or group["relation"] == SKOS.narrower)
    ]


def _hub(reader: Reader, view: PageView, kinds: frozenset[str], kind: str) -> Hub:
    link = Link(iri=view["iri"], path=view["path"], title=view["title"])
    if view["deprecated"]:
        link["deprecated"] = True
    hub = Hub(link, kind)
    seen: set[str] = {view["iri"]}
    for group in _groups(view, kinds):
        links = group["items"]
        if len(links) < min(group["total"], MOST_LEAVES):
            hits = reader.members(view["iri"], group["key"], limit=MOST_LEAVES)
            links = [hit.link for hit in hits] or links
        fresh = [each for each in links if each["iri"] not in seen]
        seen.update(each["iri"] for each in fresh)
        again = len(links) - len(fresh)
        hub.counts[group["kind"]] = hub.counts.get(group["kind"], 0) + group["total"] - again
        hub.leaves += [Leaf(each, group["kind"], group["relation"]) for each in fresh]
    hub.counts = {name: count for name, count in hub.counts.items() if count > 0}
    return hub


def _share(found: Ecosystem) -> None:
    around: dict[str, list[str]] = defaultdict(list)
    for hub in found.hubs:
        for leaf in hub.leaves:
            around[leaf.link["iri"]].append(hub.link["iri"])
    shared: Counter[tuple[str, str]] = Counter()
    for hubs in around.values():
        if len(hubs) <= _MOST_SHARERS:
            shared.update(combinations(sorted(hubs), 2))
    found.shared = dict(sorted(shared.items()))


def _thin(found: Ecosystem) -> None:
    """Keep what can be drawn: every hub loses from its end alike."""
    fair = MOST_LEAVES
    while fair > 1 and sum(min(len(hub.leaves), fair) for hub in found.hubs) > MOST_DRAWN:
        fair = fair * 9 // 10
    for hub in found.hubs:
        kept = {name: max(1, fair * count // max(1, hub.total)) for name, count in hub.counts.items()}
        if len(hub.leaves) > fair:
            taken: Counter[str] = Counter()
            leaves = []
            for leaf in hub.leaves:
                if taken[leaf.kind] < kept.get(leaf.kind, 1):
                    taken[leaf.kind] += 1
                    leaves.append(leaf)
            hub.leaves = leaves

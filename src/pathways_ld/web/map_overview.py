"""The map of the whole vocabulary as it is drawn, listed and given as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from pathways_ld.namespaces import SKOS
from pathways_ld.vocabulary.ecosystem import MOST_LEAVES, Ecosystem, Hub, Leaf
from pathways_ld.web.interface_language import gettext as _
from pathways_ld.web.map_discs import Disc, line_between, make_disc, place
from pathways_ld.web.map_parts import ASSOCIATION, HIERARCHY, SHAPES, map_address
from pathways_ld.web.map_state import MapState
from pathways_ld.web.pages import Page


@dataclass(frozen=True)
class Glyph:
    """A term on a disc."""

    x: float
    y: float
    shape: int
    label: str
    kind: str
    href: str
    iri: str
    hubs: int
    """On how many discs it is."""


@dataclass
class Territory:
    """A hub as it is drawn and listed."""

    number: int
    disc: Disc
    label: str
    lang: str
    href: str
    map_href: str
    counts: list[tuple[str, int, int]]
    """Words for a kind, its shape, how many there are."""
    glyphs: list[Glyph] = field(default_factory=list)
    groups: list[tuple[str, str, list[Leaf], int]] = field(default_factory=list)
    """For the list: heading, kind, terms, how many more there are."""


@dataclass(frozen=True)
class Bond:
    """A line between two discs."""

    x1: float
    y1: float
    x2: float
    y2: float
    slot: int
    width: float
    label: str
    start: int
    end: int


LISTED = 12
"""Terms of a kind that the list names at each hub before it leads on."""
MOST_DISCS = 48
"""Hubs that are drawn; the others are in the list."""
LEAST_SHARED = 2
"""Terms that two hubs must share for a line between them."""


class OverviewView:
    """All that the templates need of the overview."""

    def __init__(self, found: Ecosystem, state: MapState, page: Page) -> None:
        self.found, self.state, self.page = found, state, page
        self._shapes = {each.name: min(n, SHAPES - 1) for n, each in enumerate(page.manifest.kinds)}
        self._around: dict[str, int] = {}
        for hub in found.hubs:
            for leaf in hub.leaves:
                self._around[leaf.link["iri"]] = self._around.get(leaf.link["iri"], 0) + 1
        discs = [self._disc(hub) for hub in found.hubs]
        strength = {pair: float(count) for pair, count in found.shared.items()}
        for tie in found.ties:
            pair = (min(tie.start, tie.end), max(tie.start, tie.end))
            strength[pair] = strength.get(pair, 0.0) + 1.0
        self.field = place(discs[:MOST_DISCS], strength)
        self.territories = [
            self._territory(number, hub, disc)
            for number, (hub, disc) in enumerate(zip(found.hubs, discs, strict=True))
        ]
        self.drawn = self.territories[:MOST_DISCS]
        self._by_iri = {each.disc.key: each for each in self.drawn}
        self.bonds = self._bonds()

    def _disc(self, hub: Hub) -> Disc:
        label = self.page.plain(hub.link["title"], self.page.compact(hub.link["iri"]))
        counts = [sum(leaf.kind == kind for leaf in hub.leaves) for kind in self.found.leaf_kinds]
        return make_disc(hub.link["iri"], label, counts, hub.total)

    def _territory(self, number: int, hub: Hub, disc: Disc) -> Territory:
        page = self.page
        label, lang = page.languages.pick(hub.link["title"])
        counts = [
            (page.kind(kind, plural=hub.counts[kind] != 1).lower(), self._shapes[kind], hub.counts[kind])
            for kind in self.found.leaf_kinds
            if hub.counts.get(kind)
        ]
        made = Territory(
            number,
            disc,
            label or page.compact(hub.link["iri"]),
            lang,
            page.href(hub.link),
            map_address(page, hub.link),
            counts,
        )
        ordered = [leaf for kind in self.found.leaf_kinds for leaf in hub.leaves if leaf.kind == kind]
        made.glyphs = [self._glyph(leaf, disc, *at) for leaf, at in zip(ordered, disc.glyphs, strict=True)]
        for kind in self.found.leaf_kinds:
            leaves = [leaf for leaf in ordered if leaf.kind == kind]
            if leaves:
                more = max(0, hub.counts.get(kind, 0) - min(LISTED, len(leaves)))
                made.groups.append((page.kind(kind, plural=True), kind, leaves[:LISTED], more))
        return made

    def _glyph(self, leaf: Leaf, disc: Disc, x: float, y: float) -> Glyph:
        page, link = self.page, leaf.link
        return Glyph(
            disc.x + x,
            disc.y + y,
            self._shapes.get(leaf.kind, SHAPES - 1),
            page.plain(link["title"], page.compact(link["iri"])),
            page.kind(leaf.kind),
            page.href(link),
            link["iri"],
            self._around[link["iri"]],
        )

    def _bonds(self) -> list[Bond]:
        bonds = []
        for tie in self.found.ties:
            first, second = self._by_iri.get(tie.start), self._by_iri.get(tie.end)
            if first is None or second is None:
                continue
            slot = HIERARCHY if tie.relation == SKOS.broader else ASSOCIATION
            label = f"{first.label}, {self.page.heading(tie.relation).lower()}: {second.label}"
            bonds.append(self._bond(first, second, slot, 1.3, label))
        for (start, end), count in self.found.shared.items():
            first, second = self._by_iri.get(start), self._by_iri.get(end)
            if count >= LEAST_SHARED and first is not None and second is not None:
                label = _("%(number)s work on both %(first)s and %(second)s") % {
                    "number": count,
                    "first": first.label,
                    "second": second.label,
                }
                width = 1.5 + 1.6 * math.sqrt(count - 1)
                bonds.append(self._bond(first, second, -1, width, label))
        return bonds

    def _bond(self, first: Territory, second: Territory, slot: int, width: float, label: str) -> Bond:
        ends = line_between(first.disc, second.disc)
        return Bond(*ends, slot, round(width, 2), label, first.number, second.number)

    def legend(self) -> list[tuple[str, int]]:
        """Name the kinds on the map, each with its shape."""
        page = self.page
        return [(page.kind(kind, plural=True), self._shapes[kind]) for kind in self.found.leaf_kinds]

    @property
    def most_leaves(self) -> int:
        """How many terms one disc shows at most."""
        return MOST_LEAVES

    def has(self, slot: int) -> bool:
        """Tell whether there is a line of a kind."""
        return any(bond.slot == slot for bond in self.bonds)

    def sharers(self) -> list[tuple[str, Markup, int, list[Markup]]]:
        """Name the terms that are around most hubs: address of the map, label, how many, which."""
        seen: dict[str, tuple[str, Markup, list[Markup]]] = {}
        for hub in self.found.hubs:
            name = self.page.name(hub.link)
            for leaf in hub.leaves:
                iri = leaf.link["iri"]
                label = self.page.name(leaf.link)
                seen.setdefault(iri, (map_address(self.page, leaf.link), label, []))[2].append(name)
        most = sorted(seen.values(), key=lambda each: (-len(each[2]), each[1]))
        return [(href, label, len(hubs), hubs) for href, label, hubs in most[:10] if len(hubs) > 1]

    def document(self) -> dict[str, Any]:
        """Give the overview as JSON."""
        page, found = self.page, self.found
        leaves = {leaf.link["iri"]: leaf for hub in found.hubs for leaf in hub.leaves}
        nodes = [
            {
                "iri": hub.link["iri"],
                "label": each.label,
                "lang": each.lang,
                "kind": hub.kind,
                "url": each.href,
                "map": each.map_href,
                "counts": hub.counts,
            }
            for hub, each in zip(found.hubs, self.territories, strict=True)
        ]
        for iri, leaf in leaves.items():
            label, lang = page.languages.pick(leaf.link["title"])
            nodes.append(
                {
                    "iri": iri,
                    "label": label or page.compact(iri),
                    "lang": lang,
                    "kind": leaf.kind,
                    "url": page.href(leaf.link),
                    "map": map_address(page, leaf.link),
                }
            )
        edges: list[dict[str, Any]] = [
            {"from": leaf.link["iri"], "to": hub.link["iri"], "relation": leaf.relation}
            for hub in found.hubs
            for leaf in hub.leaves
        ]
        edges += [{"from": tie.start, "to": tie.end, "relation": tie.relation} for tie in found.ties]
        return {
            "label": page.vocabulary_title(),
            "snapshot": page.manifest.id,
            "nodes": nodes,
            "edges": edges,
            "shared": [
                {"of": [first, second], "count": count} for (first, second), count in found.shared.items()
            ],
            "leftOut": {
                "terms": found.terms,
                "lookedAt": found.scanned,
                "unconnected": found.empty,
                "beyond": found.beyond,
            },
        }

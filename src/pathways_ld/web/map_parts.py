"""What maps are made of: the parts that templates read, the shapes of kinds, the ways to draw relations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pathways_ld.model import Link
from pathways_ld.namespaces import DCT, ORG, SKOS
from pathways_ld.web.map_layout import Drawing
from pathways_ld.web.pages import Page
from pathways_ld.wording import N_

HIERARCHY: Final = 0
ASSOCIATION: Final = 1
ABOUT: Final = 2
FIRST_OTHER: Final = 3
SLOTS: Final = 6
"""Ways to draw a relation; from `FIRST_OTHER` on they are given out in the order of names."""
FIXED_SLOTS: Final = {
    SKOS.broader: HIERARCHY, SKOS.hasTopConcept: HIERARCHY, SKOS.member: HIERARCHY,
    ORG.subOrganizationOf: HIERARCHY, DCT.isPartOf: HIERARCHY, SKOS.related: ASSOCIATION, DCT.subject: ABOUT,
}  # fmt: skip
WORDS: Final = {DCT.subject: N_("Has the topic")}
"""Words for a line where the heading of a list would be taken for a kind."""
UNDIRECTED: Final = frozenset({SKOS.related})
SHAPES: Final = 5
PARENTS: Final = frozenset({SKOS.broader, SKOS.topConceptOf, ORG.subOrganizationOf, DCT.isPartOf})
CHILDREN: Final = frozenset({SKOS.narrower, SKOS.hasTopConcept, SKOS.member, ORG.hasSubOrganization})


@dataclass(frozen=True)
class Node:
    """A term as it is drawn and listed."""

    number: int
    iri: str
    label: str
    lang: str
    shape: int
    kind: str
    href: str
    map_href: str
    degree: int
    step: int
    deprecated: bool
    opener: str
    """The address at which it is open, or closed where it is open."""
    is_open: bool
    hidden: int
    """How many of its connections are not on the map."""


@dataclass(frozen=True)
class Line:
    """A tie as it is drawn."""

    path: str
    slot: int
    dashed: bool
    directed: bool
    backwards: bool
    """Whether the path runs against the statement."""
    aside: bool
    """Whether the term in the middle has no part in it."""
    width: float
    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Key:
    """A line of the legend."""

    label: str
    slot: int
    directed: bool
    iri: str
    key: str
    count: int = 0


@dataclass
class Section:
    """Terms that stand under one heading, with what leads to those left out."""

    heading: str
    kind: str
    shape: int
    nodes: list[Node] = field(default_factory=list)
    rest: int = 0
    rest_href: str = ""
    side: str = ""


@dataclass
class Picture:
    """One drawing, for a width."""

    drawing: Drawing
    lines: list[Line]
    name: str


def map_address(page: Page, link: Link) -> str:
    """Give the address of the map of a term; empty for what has no page here."""
    if not link["path"]:
        return ""
    path = link["path"].partition("#")[0]
    return f"{page.root}{path.rstrip('/')}/map"


def shape_path(shape: int, x: float, y: float, size: float) -> str:
    """Draw the glyph of a kind: circle, square, diamond, triangle, hexagon."""
    if shape == 0:
        arc = f"a{size:.1f} {size:.1f} 0 1 0"
        return f"M{x - size:.1f} {y:.1f}{arc} {2 * size:.1f} 0{arc} {-2 * size:.1f} 0z"
    corners = {
        1: [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
        2: [(0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)],
        3: [(0, -1.15), (1.1, 0.85), (-1.1, 0.85)],
    }.get(shape, [(-0.55, -1), (0.55, -1), (1.1, 0), (0.55, 1), (-0.55, 1), (-1.1, 0)])
    points = [f"{x + dx * size:.1f} {y + dy * size:.1f}" for dx, dy in corners]
    return "M" + "L".join(points) + "z"

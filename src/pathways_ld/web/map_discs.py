"""Where everything stands on the map of the whole vocabulary: a disc for each hub, like beside like.

A disc holds its label in the middle and those around it as glyphs on rings, one kind beside the other.
Discs are placed one after the other, the largest first, each where it touches others, has room, and is near
to those with which it shares most. Pure geometry, the same for the same input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pathways_ld.web.map_text import pieces, width_of, wrap

SPACING: Final = 12.0
"""Between the middles of two glyphs."""
GLYPH: Final = 4.2
_GAP: Final = 7.0
_BOLD: Final = 1.08
"""How much wider a text is in bold."""
_MARGIN: Final = 14.0
_DIRECTIONS: Final = 18
_NEAREST: Final = 24
"""Of the discs already there, how many are tried as neighbours, those that attract most first."""
_FLAT: Final = 1.8
"""How much wider than high the map shall be."""


@dataclass
class Disc:
    """A hub: its place, its radius, its label, and a place for each glyph."""

    key: str
    lines: list[str]
    font: float
    count: int
    radius: float = 0
    x: float = 0
    y: float = 0
    glyphs: list[tuple[float, float]] = field(default_factory=list)

    @property
    def heat(self) -> int:
        """How much there is around it, from 0 to 4."""
        return min(4, int(math.log2(max(1, self.count)) / 1.6))

    @property
    def line_height(self) -> float:
        """The distance of two base lines."""
        return self.font * 1.18

    @property
    def first_line(self) -> float:
        """The base line of the first line of the label, which leaves room for the count below it."""
        return self.y - (len(self.lines) - 1) * self.line_height / 2 - 2


@dataclass(frozen=True)
class Field:
    """All discs and the size of what they cover."""

    discs: list[Disc]
    width: float
    height: float


def make_disc(key: str, label: str, counts: Sequence[int], total: int) -> Disc:
    """Make a disc with a label and as many glyphs of each kind as `counts` tells."""
    font = 19.0 if total > 60 else 16.0 if total > 25 else 13.0
    bold = font * _BOLD
    longest = max((width_of(piece, bold) for _, piece in pieces(label[:400])), default=0.0)
    lines = wrap(label, min(max(font * 7.6, longest + 1), font * 10), bold, 4)
    disc = Disc(key, lines, font, total)
    half = max(max(width_of(line, bold) for line in lines) / 2, 24)
    tall = len(lines) * disc.line_height / 2 + 13
    ring = math.hypot(half, tall * 0.86) + SPACING * 0.65
    slots: list[tuple[float, float]] = []
    left = sum(counts)
    while left > 0:
        room = max(1, int(2 * math.pi * ring / SPACING))
        here = min(room, left)
        slots += [(2 * math.pi * number / here, ring) for number in range(here)]
        left -= here
        ring += SPACING
    disc.radius = ring - SPACING * 0.35
    # Going round from the top against the clock, the first kind lies on the left, the last on the right.
    slots.sort()
    disc.glyphs = [(-math.sin(angle) * distance, -math.cos(angle) * distance) for angle, distance in slots]
    return disc


def place(discs: Sequence[Disc], nearness: Mapping[tuple[str, str], float]) -> Field:
    """Place discs, the first of them in the middle; `nearness` says how strongly two attract each other."""
    attracts: dict[str, dict[str, float]] = {disc.key: {} for disc in discs}
    for (first, second), strength in nearness.items():
        if first in attracts and second in attracts:
            attracts[first][second] = attracts[second][first] = strength
    placed: list[Disc] = []
    for disc in discs:
        if placed:
            disc.x, disc.y = _best_place(disc, placed, attracts[disc.key])
        placed.append(disc)
    return _framed(placed)


def _best_place(disc: Disc, placed: Sequence[Disc], attracts: Mapping[str, float]) -> tuple[float, float]:
    order = sorted(
        placed, key=lambda each: (-attracts.get(each.key, 0.0), math.hypot(each.x / _FLAT, each.y))
    )
    best: tuple[float, float, float] | None = None
    tried = order[:_NEAREST]
    while best is None:
        for anchor in tried:
            for x, y in _around(anchor, anchor.radius + disc.radius + _GAP):
                cost = _cost(x, y, placed, attracts)
                if (best is None or cost < best[0] - 1e-6) and _is_free(x, y, disc.radius, placed):
                    best = cost, x, y
        tried = order  # somewhere at the edge there is always room
    return best[1], best[2]


def _around(anchor: Disc, distance: float) -> list[tuple[float, float]]:
    steps = [2 * math.pi * number / _DIRECTIONS for number in range(_DIRECTIONS)]
    return [(anchor.x + math.cos(a) * distance, anchor.y + math.sin(a) * distance) for a in steps]


def _cost(x: float, y: float, placed: Sequence[Disc], attracts: Mapping[str, float]) -> float:
    cost = 1.2 * math.hypot(x / _FLAT, y)
    for other in placed:
        strength = attracts.get(other.key)
        if strength:
            cost += strength * (math.hypot(x - other.x, y - other.y) - other.radius)
    return cost


def _is_free(x: float, y: float, radius: float, placed: Sequence[Disc]) -> bool:
    for other in placed:
        distance = radius + other.radius + _GAP - 0.01
        if (x - other.x) ** 2 + (y - other.y) ** 2 < distance * distance:
            return False
    return True


def _framed(discs: list[Disc]) -> Field:
    if not discs:
        return Field([], 2 * _MARGIN, 2 * _MARGIN)
    left = min(disc.x - disc.radius for disc in discs) - _MARGIN
    top = min(disc.y - disc.radius for disc in discs) - _MARGIN
    for disc in discs:
        disc.x, disc.y = disc.x - left, disc.y - top
    width = max(disc.x + disc.radius for disc in discs) + _MARGIN
    height = max(disc.y + disc.radius for disc in discs) + _MARGIN
    return Field(discs, width, height)


def line_between(first: Disc, second: Disc) -> tuple[float, float, float, float]:
    """Give the ends of the line between the edges of two discs."""
    distance = math.hypot(second.x - first.x, second.y - first.y) or 1.0
    across, down = (second.x - first.x) / distance, (second.y - first.y) / distance
    return (
        first.x + across * first.radius,
        first.y + down * first.radius,
        second.x - across * second.radius,
        second.y - down * second.radius,
    )

"""Where everything stands on the map of one term: columns by kind, the term in the middle.

Pure geometry in CSS pixels, the same for the same input. Labels have rows of their own, so none of them can
lie on another; ties run between the columns and, inside a column, beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pathways_ld.web.map_text import width_of, wrap

FONT: Final = 14.0
LINE: Final = 17.0
_HEADING_FONT: Final = 12.5
_HEADING: Final = 26.0
_GAP: Final = 6.0
_BLOCK_GAP: Final = 16.0
_MIDDLE_FONT: Final = 20.0
_MIDDLE_LINE: Final = 25.0
_PAD: Final = 14.0
_MARGIN: Final = 16.0
_LOWEST: Final = 430.0
"""How far down the middle of the term's card may stand."""
_MOST_ABOVE: Final = 12
_LOPSIDED: Final = 8
"""Rows more below the term than above it, from which on they are shared out."""
_TRUNK: Final = 12.0


@dataclass(frozen=True)
class Row:
    """Something to be placed: a term, or what leads to those that are left out (`key` is empty then)."""

    key: str
    text: str
    size: float = 5.0
    """The radius of the glyph."""
    opener: bool = False
    """Whether there is a button beside it that opens or closes the term."""
    href: str = ""
    """Where it leads, for what is no term."""


@dataclass(frozen=True)
class Block:
    """Rows under a heading."""

    heading: str
    rows: tuple[Row, ...]


@dataclass
class Box:
    """A row with its place: (`x`, `y`) is the middle of the glyph; the text starts or ends at `text_x`."""

    row: Row
    x: float
    y: float
    text_x: float
    anchor: str
    lines: list[str]
    left: float
    right: float
    column: int

    @property
    def first_line(self) -> float:
        """The base line of the first line of text."""
        return self.y - (len(self.lines) - 1) * LINE / 2 + FONT * 0.35

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - len(self.lines) * LINE / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + len(self.lines) * LINE / 2

    @property
    def opener_x(self) -> float:
        """Where the button stands: at the far end of the text."""
        return self.left + 8 if self.anchor == "end" else self.right - 8


@dataclass(frozen=True)
class Heading:
    """The heading of a block."""

    text: str
    x: float
    y: float
    anchor: str


@dataclass
class Middle:
    """The card of the term in the middle."""

    key: str
    lines: list[str]
    x: float
    y: float
    width: float
    height: float

    @property
    def first_line(self) -> float:
        """The base line of the first line of text."""
        return self.y + (self.height - len(self.lines) * _MIDDLE_LINE) / 2 + _MIDDLE_LINE * 0.72 + 8


@dataclass
class Drawing:
    """A finished layout."""

    width: float
    height: float
    middle: Middle
    boxes: list[Box] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by_key: dict[str, Box] = {}


@dataclass(frozen=True)
class _Column:
    """Where the glyphs of a column stand, and where its texts begin or end."""

    x: float
    text_x: float
    anchor: str
    limit: float


_WIDE: Final = (
    _Column(330, 317, "end", 295),
    _Column(478, 491, "start", 240),
    _Column(848, 861, "start", 295),
)
_WIDE_WIDTH: Final = 1178.0
_CARD: Final = (452.0, 278.0)
_NARROW: Final = (_Column(86, 99, "start", 255),)
_NARROW_WIDTH: Final = 360.0


def lay_out(
    title: str,
    key: str,
    left: Sequence[Block],
    above: Sequence[Block],
    below: Sequence[Block],
    right: Sequence[Block],
) -> Drawing:
    """Place a term with what is around it, for a wide page."""
    above, below = _balanced(above, below)
    lines = wrap(title, _CARD[1] - 2 * _PAD, _MIDDLE_FONT, 4)
    card = Middle(key, lines, _CARD[0], 0, _CARD[1], len(lines) * _MIDDLE_LINE + 2 * _PAD + 18)
    drawing = Drawing(_WIDE_WIDTH, 0, card)
    parts = [
        _stack(blocks, column, _WIDE[column])
        for column, blocks in ((0, left), (1, above), (1, below), (2, right))
    ]
    heights = [part.height for part in parts]
    centre = heights[1] + card.height + heights[2] + _BLOCK_GAP * 2
    tallest = max(heights[0], heights[3], centre)
    # The term stands beside the middle of its neighbours, but not where nobody sees it at first.
    top = max(min(tallest / 2, _LOWEST) - card.height / 2, heights[1] + _BLOCK_GAP if heights[1] else 0)
    middle = top + card.height / 2
    card.y = _MARGIN + top
    starts = (
        max(0.0, middle - heights[0] / 2),
        top - _BLOCK_GAP - heights[1],
        top + card.height + _BLOCK_GAP,
        max(0.0, middle - heights[3] / 2),
    )
    total = max(start + height for start, height in zip(starts, heights, strict=True))
    total = max(total, top + card.height)
    for part, start in zip(parts, starts, strict=True):
        part.move(_MARGIN + start)
        _take(drawing, part)
    drawing.height = total + 2 * _MARGIN
    return drawing


def _balanced(above: Sequence[Block], below: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Let a long list run on above the term and below it, so that the term stands beside the middle."""
    here, there = sum(len(block.rows) for block in above), sum(len(block.rows) for block in below)
    if there - here < _LOPSIDED:
        return list(above), list(below)
    first, *others = below
    moved = min(len(first.rows) - 1, (there - here) // 2, _MOST_ABOVE)
    if moved < 1:
        return list(above), list(below)
    upper = Block(first.heading, first.rows[:moved])
    return [*above, upper], [Block("", first.rows[moved:]), *others]


def lay_out_narrow(title: str, key: str, blocks: Sequence[Block]) -> Drawing:
    """Place everything in one column, for a narrow page."""
    width = _NARROW_WIDTH - 2 * 8
    lines = wrap(title, width - 2 * _PAD, _MIDDLE_FONT, 5)
    card = Middle(key, lines, 8, _MARGIN, width, len(lines) * _MIDDLE_LINE + 2 * _PAD + 18)
    drawing = Drawing(_NARROW_WIDTH, 0, card)
    part = _stack(blocks, 0, _NARROW[0])
    part.move(card.y + card.height + _BLOCK_GAP)
    _take(drawing, part)
    drawing.height = card.y + card.height + _BLOCK_GAP + part.height + _MARGIN
    return drawing


@dataclass
class _Stack:
    boxes: list[Box]
    headings: list[Heading]
    height: float

    def move(self, down: float) -> None:
        for box in self.boxes:
            box.y += down
        self.headings = [Heading(each.text, each.x, each.y + down, each.anchor) for each in self.headings]


def _stack(blocks: Iterable[Block], number: int, column: _Column) -> _Stack:
    boxes: list[Box] = []
    headings: list[Heading] = []
    y = 0.0
    for block in blocks:
        y += _BLOCK_GAP if boxes else 0
        if block.heading:
            x = column.x + 5 if column.anchor == "end" else column.x - 5
            text = wrap(block.heading, column.limit + 10, _HEADING_FONT, 1)[0]
            headings.append(Heading(text, x, y + 14, column.anchor))
            y += _HEADING
        for row in block.rows:
            room = column.limit - (22 if row.opener else 0)
            lines = wrap(row.text, room, FONT, 2)
            height = len(lines) * LINE
            extent = max(width_of(line, FONT) for line in lines) + (22 if row.opener else 0)
            is_left = column.anchor == "end"
            boxes.append(
                Box(
                    row,
                    column.x,
                    y + height / 2,
                    column.text_x,
                    column.anchor,
                    lines,
                    left=column.text_x - extent if is_left else column.x - row.size - 2,
                    right=column.x + row.size + 2 if is_left else column.text_x + extent,
                    column=number,
                )
            )
            y += height + _GAP
    return _Stack(boxes, headings, y)


def _take(drawing: Drawing, part: _Stack) -> None:
    drawing.boxes += part.boxes
    drawing.headings += part.headings
    drawing.by_key.update({box.row.key: box for box in part.boxes if box.row.key})


def path_from_middle(drawing: Drawing, box: Box, share: float, *, narrow: bool) -> str:
    """Draw the tie between the middle and a box; `share`, 0 to 1, says where it leaves the card."""
    card = drawing.middle
    if narrow or box.column == 1:
        up = box.y < card.y
        start = card.y if up else card.y + card.height
        turn = box.y + 8 if up else box.y - 8
        x = card.x + _TRUNK
        end = box.x - box.row.size - 3
        return f"M{x:.0f} {start:.1f}V{turn:.1f}Q{x:.0f} {box.y:.1f} {x + 8:.0f} {box.y:.1f}H{end:.1f}"
    port = card.y + 12 + (card.height - 24) * share
    if box.column == 0:
        return _curve(card.x, port, box.x + box.row.size + 3, box.y)
    return _curve(card.x + card.width, port, box.x - box.row.size - 3, box.y)


def path_between(first: Box, second: Box) -> str:
    """Draw a tie between two boxes."""
    if first.column == second.column:
        return _bow(first, second)
    if first.column < second.column:
        return _curve(_out(first), first.y, second.x - second.row.size - 3, second.y)
    return _curve(first.x - first.row.size - 3, first.y, _out(second), second.y)


def _out(box: Box) -> float:
    """Give the x at which ties to the columns on the right leave a box."""
    return box.right + 2


def _bow(first: Box, second: Box) -> str:
    side = 1 if first.anchor == "end" else -1
    bulge = side * min(62.0, 14 + abs(first.y - second.y) * 0.3)
    x1, x2 = (each.x + side * (each.row.size + 3) for each in (first, second))
    bends = f"{x1 + bulge:.1f} {first.y:.1f} {x2 + bulge:.1f} {second.y:.1f}"
    return f"M{x1:.1f} {first.y:.1f}C{bends} {x2:.1f} {second.y:.1f}"


def _curve(x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x2 - x1) * 0.5
    return f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"

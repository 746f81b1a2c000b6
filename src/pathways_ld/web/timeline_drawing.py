"""The timeline as a drawing: years from left to right, a line for each thing that began."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pathways_ld.vocabulary.statistics import Period
from pathways_ld.web.map_text import width_of, wrap

_SIZE: Final = 14.0
_NARROW: Final = 320
_WIDE: Final = 760
_HEAD: Final = 26
_STEPS: Final = (1, 2, 5)
_DOT: Final = 5.5
_LEADING: Final = 17
_MOST_LINES: Final = 3

_At = Callable[[int], float]
"""Gives where a year begins."""


@dataclass(frozen=True)
class Entry:
    """What is drawn on one line."""

    label: str
    href: str
    when: Period
    lang: str = ""


@dataclass(frozen=True)
class Mark:
    """A year on the axis."""

    x: float
    year: int


@dataclass(frozen=True)
class Line:
    """One line: a bar where both ends are known, else a dot."""

    entry: Entry
    texts: tuple[str, ...]
    text_x: float
    text_y: float
    anchor: str
    x: float
    y: float
    length: float


@dataclass(frozen=True)
class Timeline:
    """A drawing, `width` by `height`, with what it shows."""

    name: str
    width: int
    height: float
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    bottom: float
    dot: float = _DOT


def draw(entries: Sequence[Entry], *, narrow: bool) -> Timeline:
    """Lay out the lines; `narrow` is for telephones, where each text has a line of its own."""
    width = _NARROW if narrow else _WIDE
    first = min((each.when.start for each in entries), default=0)
    last = max((each.when.end or each.when.start for each in entries), default=0)
    left, right = 12.0, 38.0
    scale = (width - left - right) / (last - first + 1)

    def at(year: int) -> float:
        return round(left + (year - first) * scale, 1)

    lines: list[Line] = []
    top = _HEAD + 6.0
    for each in entries:
        line = _line(each, top, at, width, narrow=narrow)
        lines.append(line)
        top += (26.0 if narrow else 9.0) + _LEADING * max(1, len(line.texts))
    name = "narrow" if narrow else "wide"
    return Timeline(name, width, top + 4, _marks(first, last, at, narrow=narrow), tuple(lines), top)


def _line(entry: Entry, top: float, at: _At, width: float, *, narrow: bool) -> Line:
    x = at(entry.when.start)
    length = max(2 * _DOT, at(entry.when.end + 1) - x) if entry.when.end is not None else 0.0
    after = x + max(length, 2 * _DOT) + 6
    if narrow:
        texts = _broken(entry.label, width - 24)
        space = max((width_of(each, _SIZE) for each in texts), default=0)
        anchor, text_x = ("start", x) if x + space <= width - 8 else ("end", width - 12.0)
        return Line(entry, texts, text_x, top + 14, anchor, x, top + 10 + _LEADING * len(texts), length)
    if width - after >= x:
        anchor, text_x, room = "start", after, width - after - 6
    else:
        anchor, text_x, room = "end", x - 8, x - 14
    return Line(entry, _broken(entry.label, room), text_x, top + 17, anchor, x, top + 12, length)


def _broken(label: str, room: float) -> tuple[str, ...]:
    return tuple(wrap(label, room, _SIZE, _MOST_LINES))


def _marks(first: int, last: int, at: _At, *, narrow: bool) -> tuple[Mark, ...]:
    """Choose round years, as many as there is room for."""
    most, step, power = (5 if narrow else 12), 1, 1
    while (last - first) / step > most:
        index = _STEPS.index(step // power)
        power *= 10 if index == len(_STEPS) - 1 else 1
        step = power * _STEPS[(index + 1) % len(_STEPS)]
    begin = -(-first // step) * step
    years = list(range(begin, last + 1, step)) or [first]
    return tuple(Mark(at(year), year) for year in years)

"""The overview of an ontology as a drawing: classes, what is above them, and which properties lead where.

Each class has a band of its own, so no line crosses another, however many there are: on the left what the
class is a kind of, in the middle the class with the properties whose values are texts and numbers, on the
right where its other properties lead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pathways_ld.vocabulary.ontology import Entity, Ontology
from pathways_ld.web.map_text import width_of, wrap

MOST: Final = 40
"""Classes that are drawn."""
_MOST_PROPERTIES: Final = 14
_SIZE: Final = 14.0
_SMALL: Final = 12.5
_ROW: Final = 34
_LINE: Final = 18
_BOX: Final = 26
_GAP: Final = 22


@dataclass(frozen=True)
class Label:
    """A text that may lead somewhere."""

    text: str
    full: str
    href: str
    x: float
    y: float
    anchor: str = "start"


@dataclass(frozen=True)
class Box:
    """A class; `own` tells whether the vocabulary describes it."""

    label: Label
    x: float
    y: float
    width: float
    height: float
    own: bool
    lines: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Arrow:
    """A line with a tip; a hollow one says "is a kind of"."""

    path: str
    tip: str
    hollow: bool


@dataclass
class Drawing:
    """A drawing, `width` by `height`."""

    name: str
    width: int
    height: float = 0
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


@dataclass(frozen=True)
class Band:
    """What is drawn of one class; without `iri`, of the properties that any thing may have."""

    iri: str
    above: tuple[str, ...]
    values: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    """Properties, each with the class that it leads to (empty where any will do)."""


Name = Callable[[str], str]


def bands(ontology: Ontology) -> list[Band]:
    """Arrange the classes: those with properties first, then those that are only a kind of another."""
    named = {each.iri: each for each in (*ontology.classes, *ontology.properties)}
    domains = [*(each.iri for each in ontology.classes), *sorted(ontology.with_domain)]
    found = [_band(iri, named, ontology) for iri in dict.fromkeys(domains)]
    found.sort(key=lambda band: (not band.links and not band.values, not band.above))
    free = [each for each in ontology.properties if not each.domain]
    if free:
        found.append(_of_properties("", (), free))
    return found


def _band(iri: str, named: dict[str, Entity], ontology: Ontology) -> Band:
    properties = [named[each] for each in ontology.with_domain.get(iri, ()) if each in named]
    above = named[iri].above if iri in named else ()
    return _of_properties(iri, above, properties)


def _of_properties(iri: str, above: tuple[str, ...], properties: Sequence[Entity]) -> Band:
    links: list[tuple[str, str]] = []
    values: list[str] = []
    for each in properties:
        targets = [words.iri for phrase in each.range for words in phrase if words.iri]
        if each.is_link:
            links.append((each.iri, targets[0] if len(targets) == 1 else ""))
        else:
            values.append(each.iri)
    return Band(iri, above, tuple(values), tuple(links))


class Artist:
    """Draws bands; `name` gives the words for an IRI, `href` its address, `own` tells what is described."""

    def __init__(self, name: Name, href: Name, own: frozenset[str]) -> None:
        self._name = name
        self._href = href
        self._own = own

    def draw(self, shown: Sequence[Band], *, narrow: bool) -> Drawing:
        """Draw; `narrow` is for telephones, where everything stands under the class."""
        drawing = Drawing("narrow", 320) if narrow else Drawing("wide", 900)
        y = 8.0
        for band in shown:
            y = (self._narrow_band if narrow else self._wide_band)(drawing, band, y) + _GAP
        drawing.height = y
        return drawing

    def _wide_band(self, drawing: Drawing, band: Band, top: float) -> float:
        left, middle, right = (4.0, 208.0), (250.0, 196.0), (716.0, 180.0)
        values, links = band.values[:_MOST_PROPERTIES], band.links[:_MOST_PROPERTIES]
        height = _height(self._lines(band))
        box = self._class_box(band, middle[0], top, middle[1], height, values)
        drawing.boxes.append(box)
        bottom = top + height
        for number, iri in enumerate(band.above):
            y = top + number * _ROW
            drawing.boxes.append(self._box(iri, left[0], y, left[1]))
            _arrow(drawing, (middle[0], top + 13), (left[0] + left[1], y + 13), hollow=True)
            bottom = max(bottom, y + _BOX)
        for number, (relation, target) in enumerate(links):
            y = top + number * _ROW
            drawing.boxes.append(self._box(target, right[0], y, right[1]))
            _arrow(drawing, (middle[0] + middle[1], top + 13), (right[0], y + 13), hollow=False)
            drawing.labels.append(self._label(relation, 470.0, y + 8, 232, _SMALL))
            bottom = max(bottom, y + _BOX)
        return bottom

    def _narrow_band(self, drawing: Drawing, band: Band, top: float) -> float:
        values, links = band.values[:_MOST_PROPERTIES], band.links[:_MOST_PROPERTIES]
        y = top
        for iri in band.above:
            drawing.boxes.append(self._box(iri, 24.0, y, 230.0))
            y += _BOX + 4
        height = _height(self._lines(band))
        if band.above:
            y += 14
            _arrow(drawing, (40.0, y), (40.0, y - 18), hollow=True)
        drawing.boxes.append(self._class_box(band, 4.0, y, 306.0, height, values))
        y = start = y + height
        for relation, target in links:
            drawing.labels.append(self._label(relation, 40.0, y + 20, 270, _SMALL))
            drawing.boxes.append(self._box(target, 56.0, y + 28, 254.0))
            _arrow(drawing, (20.0, start), (56.0, y + 41), hollow=False, bent=True)
            y += 28 + _BOX + 4
        return y

    def _lines(self, band: Band) -> int:
        more = len(band.values) > _MOST_PROPERTIES or len(band.links) > _MOST_PROPERTIES
        return min(len(band.values), _MOST_PROPERTIES) + more

    def _class_box(
        self, band: Band, x: float, y: float, width: float, height: float, values: Sequence[str]
    ) -> Box:
        lines = [
            self._label(iri, x + 12, y + _BOX + 12 + number * _LINE, width - 20, _SMALL)
            for number, iri in enumerate(values)
        ]
        beyond = len(band.values) + len(band.links) - len(values) - len(band.links[:_MOST_PROPERTIES])
        if beyond > 0:
            text = f"and {beyond} more"
            lines.append(Label(text, text, "", x + 12, y + _BOX + 12 + len(lines) * _LINE))
        box = self._box(band.iri, x, y, width)
        return Box(box.label, x, y, width, height, box.own, tuple(lines))

    def _box(self, iri: str, x: float, y: float, width: float) -> Box:
        label = self._label(iri, x + 10, y + 18, width - 18, _SIZE)
        return Box(label, x, y, width, _BOX, iri in self._own)

    def _label(self, iri: str, x: float, y: float, room: float, size: float) -> Label:
        full = self._name(iri) if iri else "anything"
        text = full if width_of(full, size) <= room else next(iter(wrap(full, room, size, 1)), "")
        return Label(text, full, self._href(iri) if iri else "", x, y)


def _height(lines: int) -> float:
    return _BOX + (6 + _LINE * lines if lines else 0)


def _arrow(
    drawing: Drawing,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    hollow: bool,
    bent: bool = False,
) -> None:
    (x1, y1), (x2, y2) = start, end
    if x1 == x2:
        tip = f"M {x2} {y2} l -6 10 h 12 z"
        drawing.arrows.append(Arrow(f"M {x1} {y1} V {y2 + 10}", tip, hollow))
        return
    step = 1 if x2 > x1 else -1
    base = x2 - step * 10
    path = f"M {x1} {y1} V {y2} H {base}" if bent else f"M {x1} {y1} H {x1 + step * 16} V {y2} H {base}"
    drawing.arrows.append(Arrow(path, f"M {x2} {y2} l {-step * 10} -6 v 12 z", hollow))

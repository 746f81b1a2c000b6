"""From what a term is connected with to what a page draws, lists and gives as JSON."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, Final

from markupsafe import Markup

from pathways_ld.model import Group
from pathways_ld.namespaces import DCT, SKOS
from pathways_ld.vocabulary.relations import (
    Neighbourhood,
    Place,
    Rest,
    Tie,
    is_stated,
    relation_key,
)
from pathways_ld.web.interface_language import gettext as _
from pathways_ld.web.map_layout import (
    Block,
    Box,
    Drawing,
    Row,
    lay_out,
    lay_out_narrow,
    path_between,
    path_from_middle,
)
from pathways_ld.web.map_parts import (
    CHILDREN,
    FIRST_OTHER,
    FIXED_SLOTS,
    PARENTS,
    SHAPES,
    SLOTS,
    UNDIRECTED,
    WORDS,
    Key,
    Line,
    Node,
    Picture,
    Section,
    map_address,
)
from pathways_ld.web.map_state import MapState
from pathways_ld.web.pages import Page

_WITHIN: Final = frozenset({SKOS.broader, SKOS.narrower, SKOS.related})
"""Relations whose name alone does not say of what."""


class MapView:
    """All that the templates need of one map."""

    def __init__(self, found: Neighbourhood, state: MapState, page: Page) -> None:
        self.found, self.state, self.page = found, state, page
        self._shapes = {each.name: min(n, SHAPES - 1) for n, each in enumerate(page.manifest.kinds)}
        self._ties_of: dict[str, list[Tie]] = defaultdict(list)
        for tie in found.ties:
            self._ties_of[tie.start].append(tie)
            self._ties_of[tie.end].append(tie)
        self.nodes = {iri: self._node(n, place) for n, (iri, place) in enumerate(found.places.items())}
        self.middle = self.nodes[found.middle]
        self.slots = self._slots()
        self.sections = self._sections()
        self.bases = self._bases()

    # what is there

    def _node(self, number: int, place: Place) -> Node:
        page, link = self.page, place.link
        local_id = page.reader.space.local_id(link["iri"]) or ""
        label, lang = page.languages.pick(link["title"])
        is_open = local_id in self.state.opened
        hidden = max(0, place.degree - len(self._ties_of[link["iri"]]))
        can_open = place.step > 0 and (is_open or hidden > 0)
        return Node(
            number=number,
            iri=link["iri"],
            label=label or page.compact(link["iri"]),
            lang=lang,
            shape=self._shapes.get(place.kind, SHAPES - 1),
            kind=page.kind(place.kind),
            href=page.href(link),
            map_href=map_address(page, link),
            degree=place.degree,
            step=place.step,
            deprecated=link.get("deprecated", False),
            opener=self.state.toggled(local_id).url() if can_open and local_id else "",
            is_open=is_open,
            hidden=hidden,
        )

    def _slots(self) -> dict[str, int]:
        present = sorted({tie.relation for tie in self.found.ties} | set(self.found.relations))
        slots = {each: FIXED_SLOTS[each] for each in present if each in FIXED_SLOTS}
        others = [each for each in present if each not in FIXED_SLOTS]
        return slots | {each: min(FIRST_OTHER + n, SLOTS - 1) for n, each in enumerate(others)}

    def _sections(self) -> list[Section]:
        """Put what was found in one group under one heading, in the order of the page of its parent."""
        sections: dict[tuple[str, str], Section] = {}
        middle = self.found.middle
        for iri, place in self.found.places.items():
            if iri == middle:
                continue
            key, heading, side = self._place_of(place)
            section = sections.get(key)
            if section is None:
                shape = self._shapes.get(place.kind, SHAPES - 1)
                section = sections[key] = Section(heading, place.kind, shape, side=side)
            section.nodes.append(self.nodes[iri])
        for rest in self.found.rests:
            self._add_rest(sections, rest)
        return list(sections.values())

    def _place_of(self, place: Place) -> tuple[tuple[str, str], str, str]:
        group = place.via
        if group is None:
            heading = _("%(kinds)s two steps away") % {"kinds": self.page.kind(place.kind, plural=True)}
            return ("", place.kind), heading, self._side(place.kind, None)
        return (place.parent, group["key"]), self._heading(place.parent, group), self._side(place.kind, group)

    def _heading(self, origin: str, group: Group) -> str:
        heading = self.page.group_heading(group)
        plural = self.page.kind(group["kind"], plural=True)
        if group["relation"] in _WITHIN and plural.lower() not in heading.lower():
            # Such as "Related topics"; other languages put the kind first.
            heading = _("%(relation)s %(kinds)s") % {"relation": heading, "kinds": plural.lower()}
        if origin != self.found.middle:
            return f"{self.nodes[origin].label}: {heading[:1].lower()}{heading[1:]}"
        return heading

    def _side(self, kind: str, group: Group | None) -> str:
        """Say where a section stands: kinds other than the middle's to the left and right of it."""
        own = self.found.places[self.found.middle].kind
        kinds = [each.name for each in self.page.manifest.kinds]
        others = [
            each
            for each in kinds
            if each != own and any(place.kind == each for place in self.found.places.values())
        ]
        if kind in others:
            return ("left", "right")[others.index(kind) % 2]
        relation = group["relation"] if group else ""
        incoming = bool(group and group["incoming"])
        is_parent = relation in (CHILDREN if incoming else PARENTS)
        is_child = relation in (PARENTS if incoming else CHILDREN)
        if is_parent:
            return "above" if others else "left"
        return "below" if others or not is_child else "right"

    def _add_rest(self, sections: dict[tuple[str, str], Section], rest: Rest) -> None:
        group, origin = rest.group, rest.origin
        section = sections.get((origin, group["key"]))
        if section is None:
            shape = self._shapes.get(group["kind"], SHAPES - 1)
            side = self._side(group["kind"], group)
            section = Section(self._heading(origin, group), group["kind"], shape, side=side)
            sections[origin, group["key"]] = section
        page_size = len(group["items"])
        where = f"?group={group['key']}" if group["total"] > page_size else f"#{group['key']}"
        section.rest += rest.left
        section.rest_href = self.nodes[origin].href + where

    def _bases(self) -> list[str]:
        """Name the kinds of evidence that are drawn with broken lines."""
        return sorted({name for tie in self.found.ties if (name := self._weak(tie))})

    def _weak(self, tie: Tie) -> str:
        basis = self.found.ties[tie]
        if basis is None or is_stated(basis):
            return ""
        return self.page.plain(basis["title"], self.page.compact(basis["iri"]))

    # the drawing

    def pictures(self, *, narrow: bool = True) -> list[Picture]:
        """Draw for a wide page and for a narrow one."""
        sides: dict[str, list[Block]] = {"left": [], "above": [], "below": [], "right": []}
        for section in self.sections:
            sides[section.side].append(self._block(section))
        wide = lay_out(self.middle.label, self.middle.iri, **sides)
        pictures = [Picture(wide, self._lines(wide, narrow=False), "wide")]
        if narrow:
            blocks = [block for side in ("above", "below", "left", "right") for block in sides[side]]
            tall = lay_out_narrow(self.middle.label, self.middle.iri, blocks)
            pictures.append(Picture(tall, self._lines(tall, narrow=True), "narrow"))
        return pictures

    def _block(self, section: Section) -> Block:
        rows = [
            Row(node.iri, node.label, 4.2 + min(3.6, math.log2(1 + node.degree) * 0.6), bool(node.opener))
            for node in section.nodes
        ]
        if section.rest:
            rows.append(Row("", _("%(number)s more") % {"number": section.rest}, href=section.rest_href))
        total = len(section.nodes) + section.rest
        return Block(f"{section.heading} ({total})", tuple(rows))

    def _lines(self, drawing: Drawing, *, narrow: bool) -> list[Line]:
        middle = self.found.middle
        own = set(self._ties_of[middle])
        sides: dict[int, list[Tie]] = defaultdict(list)
        for tie in own:
            box = drawing.by_key.get(tie.other(middle))
            if box is not None:
                sides[box.column].append(tie)
        lines = [
            self._line(tie, path_between(first, second), 1.2, backwards=False)
            for tie in self.found.ties
            if tie not in own
            and (first := drawing.by_key.get(tie.start)) is not None
            and (second := drawing.by_key.get(tie.end)) is not None
        ]
        for ties in sides.values():
            ties.sort(key=lambda tie: (drawing.by_key[tie.other(middle)].y, tie))
            for number, tie in enumerate(ties):
                box = drawing.by_key[tie.other(middle)]
                path = path_from_middle(drawing, box, (number + 0.5) / len(ties), narrow=narrow)
                weight = self.found.places[tie.other(middle)].weight
                width = min(3.6, 1.2 + 0.45 * math.log2(1 + weight))
                lines.append(self._line(tie, path, width, backwards=tie.end == middle))
        return lines

    def _line(self, tie: Tie, path: str, width: float, *, backwards: bool) -> Line:
        start, end = self.nodes[tie.start], self.nodes[tie.end]
        weak = self._weak(tie)
        heading = self.words(tie.relation)
        label = f"{start.label}, {heading.lower()}: {end.label}" + (f" ({weak})" if weak else "")
        return Line(
            path=path,
            slot=self.slots[tie.relation],
            dashed=bool(weak),
            directed=tie.relation not in UNDIRECTED,
            backwards=backwards,
            aside=self.found.middle not in (tie.start, tie.end),
            width=round(width, 2),
            start=start.number,
            end=end.number,
            label=label,
        )

    def words(self, relation: str) -> str:
        """Give words for a relation in the language of the interface."""
        return _(WORDS.get(relation, "")) or self.page.heading(relation)

    def _words_as_stated(self, relation: str) -> str:
        """Give words for programs, which are the same whatever the language of the interface."""
        return WORDS.get(relation) or self.page.reader.heading(relation, self.page.languages)

    def node_of(self, box: Box) -> Node | None:
        """Give the node of a box; None for one that leads to what is left out."""
        return self.nodes.get(box.row.key)

    # the legend and the list

    def legend(self) -> list[Key]:
        """Explain the lines that are on the map."""
        counts: dict[str, int] = defaultdict(int)
        for tie in self.found.ties:
            counts[tie.relation] += 1
        return [
            Key(
                self.words(relation),
                self.slots[relation],
                relation not in UNDIRECTED,
                relation,
                relation_key(relation),
                counts[relation],
            )
            for relation in sorted(counts, key=lambda each: (self.slots[each], each))
        ]

    def filters(self) -> list[Key]:
        """Name the relations of the term in the middle, whatever is shown of them."""
        return [
            Key(
                self.words(relation),
                self.slots[relation],
                relation not in UNDIRECTED,
                relation,
                relation_key(relation),
                count,
            )
            for relation, count in self.found.relations.items()
        ]

    def kinds(self) -> list[tuple[str, str, int, int]]:
        """Name the kinds on the map: name, words, shape, number."""
        numbers: dict[str, int] = defaultdict(int)
        for place in self.found.places.values():
            numbers[place.kind] += 1
        return [
            (each.name, self.page.kind(each.name, plural=True), self._shapes[each.name], numbers[each.name])
            for each in self.page.manifest.kinds
            if numbers[each.name]
        ]

    def also(self, node: Node) -> list[tuple[str, list[Node], str]]:
        """Tell what a listed term has to do with others on the map: in words, with whom, on what evidence."""
        middle = self.found.middle
        found: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for tie in self._ties_of[node.iri]:
            if tie.other(node.iri) != middle:
                words = self._words(tie, forwards=tie.start == node.iri)
                found[words, self._weak(tie)].append(self.nodes[tie.other(node.iri)])
        return [(words, nodes, weak) for (words, weak), nodes in found.items()]

    def evidence(self, node: Node) -> str:
        """Tell on what a listed term's tie to the middle rests where that is not a statement."""
        middle = self.found.middle
        weak = {self._weak(tie) for tie in self._ties_of[node.iri] if tie.other(node.iri) == middle}
        return next(iter(weak)) if len(weak) == 1 else ""

    def _words(self, tie: Tie, *, forwards: bool) -> str:
        heading = self.words(tie.relation)
        if tie.relation in UNDIRECTED or forwards:
            return heading
        if tie.relation == SKOS.broader:
            return self.page.heading(SKOS.narrower)
        if tie.relation == DCT.subject:
            return _("Topic of")
        return _("%(relation)s (the other way)") % {"relation": heading}

    def name(self, node: Node) -> Markup:
        """Write the label, marked with its language where it differs from the page's."""
        return self.page.text({node.lang: node.label})

    def document(self) -> dict[str, Any]:
        """Give the map as JSON."""
        found, page = self.found, self.page
        return {
            "iri": found.middle,
            "label": self.middle.label,
            "snapshot": page.manifest.id,
            "depth": self.state.depth,
            "nodes": [
                {
                    "iri": node.iri,
                    "label": node.label,
                    "lang": node.lang,
                    "kind": place.kind,
                    "url": node.href,
                    "map": node.map_href,
                    "step": place.step,
                    "connections": place.degree,
                    "shared": place.weight,
                    "deprecated": node.deprecated,
                }
                for node, place in zip(self.nodes.values(), found.places.values(), strict=True)
            ],
            "edges": [
                {
                    "from": tie.start,
                    "to": tie.end,
                    "relation": tie.relation,
                    "label": self._words_as_stated(tie.relation),
                    "directed": tie.relation not in UNDIRECTED,
                    "basis": basis["iri"] if basis else None,
                    "basisLabel": page.plain(basis["title"]) if basis else None,
                    "stated": is_stated(basis),
                }
                for tie, basis in found.ties.items()
            ],
            "more": [
                {
                    "of": rest.origin,
                    "relation": rest.group["relation"],
                    "incoming": rest.group["incoming"],
                    "kind": rest.group["kind"],
                    "count": rest.left,
                    "url": self.nodes[rest.origin].href,
                    "group": rest.group["key"],
                }
                for rest in found.rests
            ],
            "notFound": found.not_found,
        }

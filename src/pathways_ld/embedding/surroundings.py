"""The place of a term, for interfaces that tell it step by step: what is above, below and beside it.

Each step is one read of a document; how many there may be is the caller's to say. Hierarchies with loops in
them are told without the steps that close a loop: clients follow what they are told until it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import TermNotFound
from pathways_ld.model import Link
from pathways_ld.namespaces import SKOS

if TYPE_CHECKING:
    from pathways_ld.model import PageView
    from pathways_ld.settings import Kind
    from pathways_ld.vocabulary import Reader, TermDocument

MOST_REACHED: Final = 1_000
"""Terms that a walk through the hierarchy reads."""
MOST_STEPS_FROM: Final = 500
"""Terms right above or below one of them that a walk follows."""


def concept_kind(source: Reader) -> Kind | None:
    """Give the kind of the concepts of a vocabulary; None where it has none."""
    return next((each for each in source.manifest.kinds if each.class_iri == SKOS.Concept), None)


def linked(
    source: Reader, view: PageView, relation: str, *, limit: int, offset: int = 0
) -> tuple[int, list[Link]]:
    """Give a page of what a relation leads to, with the number of all of it: terms of ours before others."""
    found: list[Link] = []
    total = 0
    for group in view["groups"]:
        if group["relation"] == relation and not group["incoming"]:
            start, need = max(0, offset - total), limit - len(found)
            total += group["total"]
            if need <= 0 or start >= group["total"]:
                continue
            if start + need <= len(group["items"]) or group["total"] == len(group["items"]):
                found += group["items"][start : start + need]
            else:
                hits = source.members(view["iri"], group["key"], limit=need, offset=start)
                found += [hit.link for hit in hits]
    elsewhere = [link for fact in view["facts"] if fact["property"] == relation for link in fact["links"]]
    start, need = max(0, offset - total), limit - len(found)
    return total + len(elsewhere), [*found, *elsewhere[start : start + max(0, need)]]


def objects(document: TermDocument, predicate: str) -> list[str]:
    """Give the IRIs that a property leads to from a term itself, as its statements have them."""
    start = f"<{document.iri}> <{predicate}> <".encode()
    return [line[len(start) : -3].decode() for line in _starting(document.ntriples, start)]


def _starting(lines: bytes, start: bytes) -> Iterator[bytes]:
    at = lines.find(start)
    while at >= 0:
        if at == 0 or lines[at - 1] == 0x0A:
            end = lines.find(b"\n", at)
            yield lines[at : end if end >= 0 else len(lines)]
        at = lines.find(start, at + 1)


@dataclass(frozen=True)
class Reached:
    """A term on a walk; `steps` are the IRIs of what is one step further, no loop among them."""

    link: Link
    steps: list[str]


@dataclass
class Walk:
    """What is reached from a term, itself the first, the nearer before the farther."""

    reached: dict[str, Reached] = field(default_factory=dict)
    is_complete: bool = True


def walk(source: Reader, start: PageView, relation: str, most: int = MOST_REACHED) -> Walk:
    """Walk along a relation from a term until it ends or `most` terms are reached."""
    first = link_of(start)
    found = Walk({first["iri"]: Reached(first, [])})
    waiting: list[PageView | str] = [start]
    for each in waiting:  # which grows while it is gone through
        view = document_view(source, each) if isinstance(each, str) else each
        if view is None:
            continue
        total, links = linked(source, view, relation, limit=MOST_STEPS_FROM)
        found.is_complete = found.is_complete and total <= MOST_STEPS_FROM
        for link in links:
            iri = link["iri"]
            if iri not in found.reached:
                if len(found.reached) >= most:
                    found.is_complete = False
                    continue
                found.reached[iri] = Reached(link, [])
                waiting.append(iri)
            if iri != view["iri"]:
                found.reached[view["iri"]].steps.append(iri)
    _open_loops(found.reached, first["iri"])
    return found


def chain(found: Walk) -> list[Link]:
    """Give one way from a term to the end of a walk, the first step where there are several."""
    links: list[Link] = []
    place = next(iter(found.reached.values()))
    while place.steps:
        place = found.reached[place.steps[0]]
        links.append(place.link)
    return links


def _open_loops(reached: dict[str, Reached], start: str) -> None:
    """Leave out the steps that lead back to where a walk in depth has come from."""
    on_the_way, done = {start}, set[str]()
    waiting = [(start, iter([*reached[start].steps]))]
    while waiting:
        iri, following = waiting[-1]
        step = next(following, None)
        if step is None:
            waiting.pop()
            on_the_way.discard(iri)
            done.add(iri)
        elif step in on_the_way:
            reached[iri].steps.remove(step)
        elif step not in done:
            on_the_way.add(step)
            waiting.append((step, iter([*reached[step].steps])))


def link_of(view: PageView) -> Link:
    """Refer to a term by what its page shows."""
    link = Link(iri=view["iri"], path=view["path"], title=view["title"])
    if view["deprecated"]:
        link["deprecated"] = True
    return link


def document_view(source: Reader, iri: str) -> PageView | None:
    """Give what the page of a term shows; None where there is none, or it was withdrawn."""
    try:
        document = source.document(iri)
    except TermNotFound:
        return None
    return None if document.withdrawn else document.view


def notations(view: PageView) -> list[str]:
    """Give the notations of a term."""
    return [
        value["text"]
        for fact in view["facts"]
        if fact["property"] == SKOS.notation
        for value in fact["values"]
    ]

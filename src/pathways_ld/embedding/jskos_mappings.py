"""The mappings of concepts that a JSKOS client asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathways_ld.embedding.jskos import Json, mapping
from pathways_ld.embedding.surroundings import document_view

if TYPE_CHECKING:
    from pathways_ld.vocabulary import Reader


@dataclass(frozen=True)
class Wish:
    """Which mappings: from and to which concepts, of which types (IRIs), in which direction.

    `is_either` tells that one of both ends is enough.
    """

    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    direction: str = "forward"
    is_either: bool = False


def mappings_of(source: Reader, wish: Wish) -> list[Json]:
    """Give the mappings of the concepts that are named; none where none is.

    Every mapping between two concepts of ours is stated on both sides, so that both are looked at. One to a
    concept elsewhere is stated by ours.
    """
    found: dict[tuple[str, str, str], Json] = {}
    for start, end in _directions(wish):
        for iri in dict.fromkeys((*start, *end)):
            for key, each in _stated(source, iri):
                if _fits(key, start, end, wish):
                    found.setdefault(key, each)
    return [*found.values()]


def _directions(wish: Wish) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    if wish.direction in ("forward", "both"):
        yield wish.start, wish.end
    if wish.direction in ("backward", "both"):
        yield wish.end, wish.start


def _stated(source: Reader, iri: str) -> Iterator[tuple[tuple[str, str, str], Json]]:
    """Give the mappings from a concept, and those to it from others of ours, which it is told to have too."""
    view = document_view(source, iri)
    for each in view["mappings"] if view else ():
        assert view is not None  # noqa: S101 - tells mypy
        yield (iri, each["relation"], each["target"]["iri"]), mapping(source, view, each)
        other = document_view(source, each["target"]["iri"]) if each["target"]["path"] else None
        for back in other["mappings"] if other else ():
            if back["target"]["iri"] == iri and other is not None:
                yield (other["iri"], back["relation"], iri), mapping(source, other, back)


def _fits(key: tuple[str, str, str], start: tuple[str, ...], end: tuple[str, ...], wish: Wish) -> bool:
    origin, relation, target = key
    if wish.types and relation not in wish.types:
        return False
    ends = [origin in start] * bool(start) + [target in end] * bool(end)
    return any(ends) if wish.is_either else bool(ends) and all(ends)

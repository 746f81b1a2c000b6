"""Why a term was found: which of its labels and texts hold the words, and where in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.namespaces import SKOS
from pathways_ld.snapshot.searching import Found, Pattern, Wanted
from pathways_ld.snapshot.textindex import HIDDEN, NOTATION, OTHER, PREFERRED, TEXT, places_of

if TYPE_CHECKING:
    from pathways_ld.model import PageView
    from pathways_ld.snapshot import SearchHit
    from pathways_ld.snapshot.searching import Place
    from pathways_ld.vocabulary.reading import Reader

FIELDS: Final = {
    PREFERRED: SKOS.prefLabel,
    OTHER: SKOS.altLabel,
    HIDDEN: SKOS.hiddenLabel,
    NOTATION: SKOS.notation,
}
"""The properties of labels, by their field in the index."""
_MOST: Final = 3
"""Texts that are shown for one term, where no single one holds all words."""
_BEFORE, _SHOWN = 80, 240


@dataclass(frozen=True)
class Piece:
    """A piece of a text, and whether it is what was looked for."""

    text: str
    is_match: bool


@dataclass(frozen=True)
class Match:
    """A literal that holds words that were looked for.

    `predicate` is its property, `pieces` are the text or what surrounds the first word found in a long one.
    """

    predicate: str
    lang: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The text without marks."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Hit:
    """A term that was found and why."""

    term: SearchHit
    matches: tuple[Match, ...]


def explained(reader: Reader, found: Found, limit: int, offset: int = 0) -> list[Hit]:
    """Give a page of what was found, each term with the labels or texts by which it was."""
    places = found.places[offset : offset + limit]
    by_text = [place.term for place in places if place.field == TEXT]
    views = dict(zip(by_text, reader.viewed(by_text), strict=True))
    by_label = [place.term for place in places if place.field != TEXT]
    hits = dict(zip(by_label, reader.hits(by_label), strict=True))
    explained = []
    for place in places:
        if place.field == TEXT:
            hit, view = views[place.term]
            explained.append(Hit(hit, _in_view(view, found.patterns)))
        else:
            explained.append(Hit(hits[place.term], (_in_label(place, found.patterns),)))
    return explained


def find(reader: Reader, wanted: Wanted) -> Found:
    """Find terms; the word forms of all languages of the vocabulary count."""
    return reader.searching.find(_with_languages(reader, wanted))


def corrected(reader: Reader, wanted: Wanted) -> str:
    """Give what was probably meant by words that the vocabulary does not have; empty where unclear."""
    return reader.searching.corrected(_with_languages(reader, wanted))


def _with_languages(reader: Reader, wanted: Wanted) -> Wanted:
    first = reader.manifest.default_language
    languages = sorted(set(reader.manifest.languages), key=lambda each: (each != first, each))
    return Wanted(wanted.words, wanted.facets, tuple(languages), wanted.deprecated, wanted.texts)


def _in_label(place: Place, patterns: Sequence[Pattern]) -> Match:
    pieces, _ = marked(place.text, patterns)
    return Match(FIELDS[place.field], place.lang, pieces)


def _in_view(view: PageView, patterns: Sequence[Pattern]) -> tuple[Match, ...]:
    """Choose the fewest literals that hold all words, the earlier ones where it is the same."""
    candidates = []
    for number, (iri, lang, text) in enumerate(_literals(view)):
        pieces, words = marked(text, patterns)
        if words:
            candidates.append((words, -number, Match(iri, lang, _cut(pieces))))
    chosen: list[Match] = []
    missing = set(range(len(patterns)))
    while missing and candidates and len(chosen) < _MOST:
        words, _, match = max(candidates, key=lambda each: (len(each[0] & missing), each[1]))
        if not words & missing:
            break
        chosen.append(match)
        missing -= words
    return tuple(chosen)


def _literals(view: PageView) -> Iterator[tuple[str, str, str]]:
    yield from ((SKOS.prefLabel, lang, text) for lang, text in view["title"].items())
    for label in view["labels"]:
        yield FIELDS[HIDDEN if label["hidden"] else OTHER], label["lang"], label["text"]
    for fact in view["facts"]:
        if fact["property"] == SKOS.notation:
            yield from ((SKOS.notation, value["lang"], value["text"]) for value in fact["values"])
    for section in view["texts"]:
        yield from ((section["property"], text["lang"], text["text"]) for text in section["texts"])
    for part in view["parts"]:
        yield from ((SKOS.prefLabel, lang, text) for lang, text in part["title"].items())
        for section in part["texts"]:
            yield from ((section["property"], text["lang"], text["text"]) for text in section["texts"])


def marked(text: str, patterns: Sequence[Pattern]) -> tuple[tuple[Piece, ...], set[int]]:
    """Part a text at the words that were looked for; tells which of them it has."""
    pieces: list[Piece] = []
    found: set[int] = set()
    end = 0
    for start, stop, word in places_of(text):
        numbers = {number for number, pattern in enumerate(patterns) if pattern.matches(word)}
        if numbers:
            found |= numbers
            pieces += [Piece(text[end:start], is_match=False), Piece(text[start:stop], is_match=True)]
            end = stop
    pieces.append(Piece(text[end:], is_match=False))
    return tuple(piece for piece in pieces if piece.text), found


def _cut(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Leave out of a long text what is far from the first word found."""
    kept: list[Piece] = []
    room = _SHOWN
    for piece in pieces:
        text = piece.text
        if not kept and not piece.is_match and len(text) > _BEFORE:
            text = "…" + text[-_BEFORE:].lstrip()
        if len(text) > room:
            kept.append(Piece(text[:room].rstrip() + "…", piece.is_match))
            break
        room -= len(text)
        kept.append(Piece(text, piece.is_match))
    return tuple(kept)

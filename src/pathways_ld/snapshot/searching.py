"""The read side of ``text.sqlite``: which terms are found by some words, in which order, and by what."""

# ruff: noqa: S608 - only names of our own tables and columns are put into queries

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pathways_ld.snapshot.textindex import (
    AFTER_LAST,
    DEPRECATED_PLACE,
    HIDDEN,
    INDEXED_PREFIX,
    OTHER,
    PREFERRED,
    SHORTEST_TYPO,
    TEXT,
    TEXT_PLACE,
    first_place,
    form,
    gaps_of,
    mark_of,
    rank_of,
    typed_words,
    words_of,
)

MOST: Final = 500
"""Terms that are counted and put in order; of more, those with the best places."""
MOST_SUGGESTED: Final = 120
"""As many where only labels are looked at."""
_ROUNDS: Final = 6
_COMPLETIONS: Final = 100
_FORMS: Final = 40
_LANGUAGES: Final = 12
_CORRECTIONS: Final = 400
_VALUES: Final = 12
"""Values of a facet that are given, the most frequent ones."""

Rows = Callable[..., list[Any]]


@dataclass(frozen=True)
class Wanted:
    """What is looked for: words as they were typed, and values that a term must have.

    `languages` are those whose word forms count. Without `texts` only the labels of terms are looked at that
    are not deprecated and not evidence.
    """

    words: str
    facets: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = ()
    deprecated: bool = False
    texts: bool = True


class Place(NamedTuple):
    """A term that was found, by its number, and by what: a label, or its texts, which are not kept here."""

    term: int
    field: int
    lang: str
    text: str


@dataclass(frozen=True)
class Pattern:
    """The words of the vocabulary that stand for one that was typed."""

    word: str
    forms: frozenset[str]
    is_open: bool

    def matches(self, word: str) -> bool:
        """Tell whether a word of a text is meant."""
        return word in self.forms or (self.is_open and word.startswith(self.word))


@dataclass(frozen=True)
class Found:
    """The terms in their order; `is_complete` tells that there are no more.

    `facets` counts the values of those terms, by the name of the facet. `deprecated` is the number of
    further terms, which are deprecated and were not wanted.
    """

    places: Sequence[Place] = ()
    is_complete: bool = True
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    patterns: Sequence[Pattern] = ()
    deprecated: int = 0


class Search:
    """Searches one snapshot; `rows` runs a query."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def find(self, wanted: Wanted) -> Found:
        """Find terms, the best first."""
        typed = typed_words(wanted.words)
        if not typed:
            return Found()
        patterns, expression = self._expression(typed, wanted)
        end = AFTER_LAST if wanted.deprecated else DEPRECATED_PLACE
        most = MOST if wanted.texts else MOST_SUGGESTED
        rows, is_complete = self._stream(expression, 0, end if wanted.texts else TEXT_PLACE, most)
        # Of too many, those that are exactly what was typed may be missing.
        exact = [] if is_complete else self._exact(typed, wanted)
        best = self._best([*exact, *rows], typed)
        known = self._known([place.term for _, place in best.values()])
        ordered = sorted(best.values(), key=lambda each: (*each[0][:-1], known[each[1].term][0], each[0][-1]))
        places = [place for _, place in ordered[:most]]
        return Found(
            places,
            is_complete and len(ordered) <= most,
            self._facets([known[place.term][1] for place in places]) if wanted.texts else {},
            patterns,
            self._count_deprecated(expression) if wanted.texts and not wanted.deprecated else 0,
        )

    def corrected(self, wanted: Wanted) -> str:
        """Give the words with those that are not known put right; empty where that cannot be done."""
        typed = typed_words(wanted.words)
        right = []
        for position, word in enumerate(typed):
            is_known = self._is_known(word, wanted.languages, is_last=position == len(typed) - 1)
            right.append(word if is_known else self._nearest(word))
        return " ".join(right) if all(right) and right != typed else ""

    def has(self, name: str, value: str) -> bool:
        """Tell whether there are terms with a value."""
        return bool(self._rows("SELECT 1 FROM texts.facet WHERE mark = ?", mark_of(name, value)))

    def values(self, name: str, *, limit: int) -> list[str]:
        """Give the most frequent values of a facet."""
        rows = self._rows(
            "SELECT value FROM texts.facet WHERE name = ? ORDER BY terms DESC, value LIMIT ?", name, limit
        )
        return [value for (value,) in rows]

    # words

    def _expression(self, typed: Sequence[str], wanted: Wanted) -> tuple[list[Pattern], str]:
        patterns, parts = [], []
        for position, word in enumerate(typed):
            is_open = position == len(typed) - 1
            forms = self._forms(word, wanted.languages)
            ends = self._completed(word) if is_open else []
            pattern = Pattern(word, frozenset({word, *forms}), is_open)
            patterns.append(pattern)
            beginning = f'"{word}"*'
            spelt = sorted({*forms, *(ends if ends is not None else ())} - {word})
            alternatives = [beginning if ends is None else f'"{word}"', *(f'"{each}"' for each in spelt)]
            parts.append(f"({' OR '.join(alternatives)})")
        parts.extend(f'"{mark_of(*facet)}"' for facet in wanted.facets)
        return patterns, " AND ".join(parts)

    def _forms(self, word: str, languages: Iterable[str]) -> list[str]:
        forms = {form(word, lang) for lang in [*languages][:_LANGUAGES]} - {f":{word}"}
        if not forms:
            return []
        rows = self._rows(
            f"SELECT word FROM texts.word WHERE form IN ({','.join('?' * len(forms))}) LIMIT ?",
            *forms,
            _FORMS,
        )
        return [found for (found,) in rows]

    def _completed(self, word: str) -> list[str] | None:
        """Give the words that begin like one; None where the index is to look for the beginning itself."""
        if len(word) <= INDEXED_PREFIX:
            return None
        rows = self._rows(
            "SELECT DISTINCT word FROM texts.word WHERE word > ? AND word < ? LIMIT ?",
            word,
            f"{word}\U0010ffff",
            _COMPLETIONS + 1,
        )
        return [found for (found,) in rows] if len(rows) <= _COMPLETIONS else None

    def _is_known(self, word: str, languages: Iterable[str], *, is_last: bool) -> bool:
        end = f"{word}\U0010ffff" if is_last else word
        known = self._rows("SELECT 1 FROM texts.word WHERE word BETWEEN ? AND ? LIMIT 1", word, end)
        return bool(known or self._forms(word, languages))

    def _nearest(self, word: str) -> str:
        """Give the word of a label that was probably meant: few letters off, and much used."""
        if len(word) < SHORTEST_TYPO:
            return ""
        gaps = sorted(gaps_of(word))
        rows = self._rows(
            "SELECT word, sum(labels) FROM texts.word WHERE word IN (SELECT word FROM texts.gap"
            f" WHERE gap IN ({','.join('?' * len(gaps))}) LIMIT ?) AND labels > 0 GROUP BY word",
            *gaps,
            _CORRECTIONS,
        )
        ranked = sorted((distance(word, found), found[0] != word[0], -used, found) for found, used in rows)
        return str(ranked[0][-1]) if ranked else ""

    # entries

    def _stream(self, expression: str, start: int, end: int, most: int) -> tuple[list[Any], bool]:
        """Give entries by their numbers, from the best on, until there are enough terms."""
        found: list[Any] = []
        terms: set[int] = set()
        for _ in range(_ROUNDS):
            limit = most + most // 4
            rows = self._entries(expression, start, end, limit)
            found += rows
            terms.update(row[1] for row in rows)
            if len(rows) < limit:
                return found, True
            if len(terms) > most:
                break
            start = rows[-1][0] + 1
        return found, False

    def _entries(self, expression: str, start: int, end: int, limit: int) -> list[Any]:
        return self._rows(
            "SELECT entry.id, entry.term, entry.field, entry.lang, entry.text FROM text_index"
            " CROSS JOIN texts.entry AS entry ON entry.id = text_index.rowid"
            " WHERE text_index MATCH ? AND text_index.rowid >= ? AND text_index.rowid < ?"
            " ORDER BY text_index.rowid LIMIT ?",
            expression,
            start,
            end,
            limit,
        )

    def _exact(self, typed: Sequence[str], wanted: Wanted) -> list[Any]:
        """Give the labels that are what was typed: they have these words, and as many."""
        words = " AND ".join(
            f'"{each}"' for each in (*dict.fromkeys(typed), *(mark_of(*facet) for facet in wanted.facets))
        )
        found: list[Any] = []
        for group in range(4 if wanted.deprecated else 2) if wanted.texts else (0,):
            for each in (PREFERRED, OTHER, HIDDEN):
                start, end = first_place(each, len(typed), group), first_place(each, len(typed) + 1, group)
                found += self._entries(words, start, end, MOST_SUGGESTED)
        return found

    def _best(self, rows: Iterable[Any], typed: Sequence[str]) -> dict[int, tuple[tuple[Any, ...], Place]]:
        """Give the best entry of each term, with what puts it in order."""
        best: dict[int, tuple[tuple[Any, ...], Place]] = {}
        wanted, distinct = [*typed], frozenset(typed)
        for number, term, kind, lang, text in rows:
            rank = _rank(number, kind, text, wanted, distinct)
            if term not in best or rank < best[term][0]:
                best[term] = rank, Place(term, kind, lang, text)
        return best

    def _known(self, terms: Iterable[int]) -> dict[int, tuple[str, str]]:
        rows = self._rows(
            "SELECT term, sort_text, facets FROM texts.found WHERE term IN (SELECT value FROM json_each(?))",
            json.dumps([*terms]),
        )
        return {term: (sort_text, facets) for term, sort_text, facets in rows}

    def _facets(self, found: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
        counts: Counter[str] = Counter()
        for marks in found:
            counts.update(marks.split())
        rows = self._rows(
            "SELECT mark, name, value FROM texts.facet WHERE mark IN (SELECT value FROM json_each(?))",
            json.dumps([*counts]),
        )
        values: dict[str, list[tuple[str, int]]] = {}
        for mark, name, value in rows:
            values.setdefault(name, []).append((value, counts[mark]))
        return {
            name: sorted(counted, key=lambda each: (-each[1], each[0]))[:_VALUES]
            for name, counted in sorted(values.items())
        }

    def _count_deprecated(self, expression: str) -> int:
        if not self._rows("SELECT 1 FROM texts.entry WHERE id >= ? LIMIT 1", DEPRECATED_PLACE):
            return 0
        rows = self._rows(
            "SELECT entry.term FROM text_index CROSS JOIN texts.entry AS entry ON entry.id = text_index.rowid"
            " WHERE text_index MATCH ? AND text_index.rowid >= ? LIMIT ?",
            expression,
            DEPRECATED_PLACE,
            MOST,
        )
        return len(set(rows))


def _rank(number: int, kind: int, text: str, typed: list[str], distinct: frozenset[str]) -> tuple[Any, ...]:
    """Give what puts entries in order: smaller is better, and the last part decides between equals.

    Deprecated terms come last, evidence before them. What is exactly what was typed comes first, then
    preferred before other labels before texts; of those what has the words whole, what begins with them, and
    what has few others.
    """
    group, tier, length = rank_of(number)
    if kind == TEXT:
        return group, True, tier, False, False, length, number
    words = words_of(text)
    size = len(typed)
    begins = words[: size - 1] == typed[:-1] and len(words) >= size and words[size - 1].startswith(typed[-1])
    whole = distinct.issubset(words)
    return group, words != typed, tier, not whole, not begins, length, number


def distance(one: str, other: str) -> int:
    """Count the letters that are wrong, missing, too many, or swapped with the next one."""
    before: list[int] = []
    row: list[int] = [*range(len(other) + 1)]
    for i, left in enumerate(one, 1):
        further, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            cost: int = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, further[j - 2] + 1)
            row.append(cost)
    return row[-1]

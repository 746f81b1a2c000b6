"""Labels that are like a text: they share words with it, in other forms or with a letter wrong."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pathways_ld.snapshot.bulk import Rows
from pathways_ld.snapshot.searching import distance
from pathways_ld.snapshot.textindex import (
    SHORTEST_TYPO,
    TEXT_PLACE,
    first_place,
    form,
    gaps_of,
    mark_of,
    typed_words,
    words_of,
)

_LANGUAGES: Final = 12
_GAPS: Final = 40
"""Words of the vocabulary that are compared with one that it does not have."""
_FORMS: Final = 20
_ENTRIES: Final = 60
"""Labels that are compared with a text for each way of looking."""
_TOGETHER: Final = 5
"""Words of a text of which two are looked for together: the rarest ones."""
_ALIKE: Final = 0.6
"""Likeness of a label after which nothing more is looked for."""
_SAME_FORM, _MISSPELT, _BEGUN = 0.95, 0.85, 0.75
"""How much a word counts that is not the very word."""
_SHORTEST_BEGINNING: Final = 4


class Near(NamedTuple):
    """A label like a text; `likeness` is from 0 to 1, and 1 where the words are the same in their order."""

    term: int
    field: int
    lang: str
    text: str
    likeness: float


@dataclass
class _Word:
    """A word of a text: the words of the vocabulary that may stand for it, with how much they count."""

    text: str
    others: dict[str, float] = field(default_factory=dict)
    used: int = 0

    @property
    def expression(self) -> str:
        """What the index is asked for; empty where it has nothing like it."""
        spelt = [f'"{each}"' for each in sorted(self.others)]
        if not spelt and len(self.text) >= _SHORTEST_BEGINNING:
            spelt = [f'"{self.text}"*']
        return f"({' OR '.join(spelt)})" if spelt else ""

    def weight(self, word: str) -> float:
        """Tell how much a word of a label counts for this one."""
        if word == self.text:
            return 1.0
        found = self.others.get(word, 0.0)
        begun = len(self.text) >= _SHORTEST_BEGINNING and word.startswith(self.text)
        return max(found, _BEGUN if begun else 0.0)


class Nearest:
    """Searches one snapshot; `rows` runs a query."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def words(self, texts: Iterable[str], languages: Sequence[str]) -> Mapping[str, _Word]:
        """Find out at once about the words of many texts; pass what this gives to :meth:`find`."""
        known = {word: _Word(word) for text in texts for word in typed_words(text)}
        self._add_forms(known, [*languages][:_LANGUAGES])
        self._add_misspelt([each for each in known.values() if not each.others])
        return known

    def find(self, text: str, known: Mapping[str, _Word], *, kind: str = "") -> list[Near]:
        """Give labels of terms like a text, the most alike first.

        Terms come before evidence and those before deprecated terms where there is something like the text
        in all of its words; else only terms are looked at.
        """
        words = [known[word] for word in typed_words(text)]
        marks = [f'"{mark_of("kind", kind)}"'] if kind else []
        usable = list({each.text: each for each in words if each.expression}.values())
        if not usable:
            return []
        found: dict[int, Near] = {}
        if len(usable) == len({each.text for each in words}):
            together = " AND ".join([*(each.expression for each in usable), *marks])
            for group in range(4):
                self._add(found, together, words, group)
                if found:
                    break
        if max((each.likeness for each in found.values()), default=0.0) < 1.0:
            self._add_partial(found, usable, words, marks)
        return sorted(found.values(), key=lambda each: (-each.likeness, each.field, each.text, each.term))

    def _add_partial(
        self, found: dict[int, Near], usable: list[_Word], words: list[_Word], marks: list[str]
    ) -> None:
        """Look for labels that have a rare word and one of the others; else for those that have one."""
        rarest = sorted(usable, key=lambda each: (not each.others, each.used, -len(each.text)))[:_TOGETHER]
        is_partial = len(rarest) > 2 or (len(rarest) == 2 and len(words) > 2)
        for each in rarest[:2] if is_partial else ():
            others = " OR ".join(other.expression for other in rarest if other is not each)
            self._add(found, " AND ".join([each.expression, f"({others})", *marks]), words, 0)
            if max((near.likeness for near in found.values()), default=0.0) > _ALIKE:
                break
        if not found:
            for each in rarest[:2]:
                self._add(found, " AND ".join([each.expression, *marks]), words, 0)

    def _add(self, found: dict[int, Near], expression: str, words: list[_Word], group: int) -> None:
        start = first_place(0, 0, group)
        rows = self._rows(
            "SELECT entry.term, entry.field, entry.lang, entry.text FROM text_index"
            " CROSS JOIN texts.entry AS entry ON entry.id = text_index.rowid"
            " WHERE text_index MATCH ? AND text_index.rowid >= ? AND text_index.rowid < ?"
            " ORDER BY text_index.rowid LIMIT ?",
            expression,
            start,
            start + TEXT_PLACE,
            _ENTRIES,
        )
        for term, kind, lang, text in rows:
            near = Near(term, kind, lang, text, likeness(words, words_of(text)))
            if term not in found or near.likeness > found[term].likeness:
                found[term] = near

    def _add_forms(self, known: Mapping[str, _Word], languages: Sequence[str]) -> None:
        """Add the words themselves and their other forms, where labels have them."""
        forms: dict[str, set[str]] = defaultdict(set)
        for word in known:
            for each in {form(word, lang) for lang in languages}:
                forms[each].add(word)
        rows = self._rows(
            "SELECT word, form, sum(labels) FROM texts.word WHERE labels > 0 AND (word IN"
            " (SELECT value FROM json_each(?)) OR form IN (SELECT value FROM json_each(?)))"
            " GROUP BY word, form",
            json.dumps([*known]),
            json.dumps([each for each in forms if not each.startswith(":")]),
        )
        for word, its_form, labels in rows:
            if word in known:
                known[word].others[word] = 1.0
                known[word].used += labels
            for meant in forms.get(its_form, ()):
                if meant != word and len(known[meant].others) < _FORMS:
                    known[meant].others[word] = _SAME_FORM
                    known[meant].used += labels

    def _add_misspelt(self, unknown: Iterable[_Word]) -> None:
        """Add the words that were probably meant by those that no label has."""
        gaps: dict[str, list[_Word]] = defaultdict(list)
        for each in unknown:
            for gap in gaps_of(each.text) if len(each.text) >= SHORTEST_TYPO else ():
                gaps[gap].append(each)
        if not gaps:
            return
        rows = self._rows(
            "SELECT gap.gap, gap.word FROM json_each(?) AS wanted"
            " CROSS JOIN texts.gap AS gap ON gap.gap = wanted.value",
            json.dumps([*gaps]),
        )
        nearest: dict[str, dict[str, int]] = defaultdict(dict)
        for gap, word in rows:
            for each in gaps[gap]:
                if len(nearest[each.text]) < _GAPS and word not in nearest[each.text]:
                    nearest[each.text][word] = distance(each.text, word)
        words = {each.text: each for group in gaps.values() for each in group}
        for text, found in nearest.items():
            least = min(found.values())
            for word, letters in found.items():
                if letters == least:
                    words[text].others[word] = _MISSPELT
                    words[text].used += 1


def likeness(words: Sequence[_Word], label: Sequence[str]) -> float:
    """Tell how alike a text and a label are: the share of letters in words that both have.

    1 only where the words are the same, in the same order.
    """
    if [each.text for each in words] == [*label]:
        return 1.0
    left = [*label]
    shared = 0.0
    for each in words:
        best = max(left, key=each.weight, default="")
        weight = each.weight(best) if best else 0.0
        if weight:
            left.remove(best)
            shared += weight * (len(each.text) + len(best))
    whole = sum(len(each.text) for each in words) + sum(map(len, label))
    return min(shared / whole, 0.99) if whole else 0.0

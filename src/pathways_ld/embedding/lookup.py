"""Look terms up in bulk: by IRI, CURIE, slug or label, and what is nearest where nothing fits.

What was sent is compared in this order: identifiers, whole labels (the preferred one before others, a name
that is written with a hyphen or in capitals is the same), a bare slug, notations and hidden labels. Who bears
a name is read for all values at once. Only what is not found so is searched for, which costs more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pathways_ld.embedding.identifiers import Identifiers, identifiers_of
from pathways_ld.errors import TermNotFound
from pathways_ld.snapshot.textindex import HIDDEN, NOTATION, PREFERRED
from pathways_ld.vocabulary.labels import label_key

if TYPE_CHECKING:
    from pathways_ld.model import Link
    from pathways_ld.snapshot.bulk import Bearer, Listed
    from pathways_ld.snapshot.nearest import Near
    from pathways_ld.vocabulary import Languages, Reader

FOUND: Final = "found"
AMBIGUOUS: Final = "ambiguous"
DEPRECATED: Final = "deprecated"
UNKNOWN: Final = "unknown"
STATUSES: Final = (FOUND, AMBIGUOUS, DEPRECATED, UNKNOWN)

LONGEST_VALUE: Final = 1_000
"""Characters of a value that are looked at."""
_SURE, _NOTED, _OTHER, _HIDDEN = 100.0, 98.0, 95.0, 90.0
_LIKE: Final = 89.0
"""The score of a label with the same words in the same order that is written in another way."""
_LEAST: Final = 25.0
"""The lowest score of what is called near."""
_HOPS: Final = 8
"""Terms that replace each other in a row that are followed."""


@dataclass(frozen=True)
class Candidate:
    """A term that may be meant.

    `kind` is the name of its kind, empty for what is described elsewhere. `matched` is the label of the term
    that matched, or its IRI. `match` tells that it can be taken without a look. `replaces` is the IRI of the
    deprecated term that this one stands for.
    """

    iri: str
    label: str
    lang: str
    kind: str
    score: float
    matched: str
    match: bool
    deprecated: bool = False
    replaces: str = ""


@dataclass(frozen=True)
class Row:
    """What was found for a value; candidates are best first.

    `status` is one of `STATUSES`. For "unknown" the candidates are the nearest, for "deprecated" the
    successors, or the term itself where it has none. `searched` is false where the time was up before
    anything near was looked for.
    """

    value: str
    status: str
    candidates: tuple[Candidate, ...]
    searched: bool = True


def look_up(
    source: Reader,
    values: Sequence[str],
    *,
    languages: Languages,
    kind: str = "",
    limit: int = 5,
    seconds: float | None = None,
) -> list[Row]:
    """Look values up; gives a row for each, in their order.

    `kind` is the name of the only kind that counts. At most `limit` candidates are given for a value. After
    `seconds` of this thread's processor time nothing more is searched for (None: no bound).
    """
    batch = _Batch(source, languages, kind, limit, seconds)
    texts = {value: " ".join(value[:LONGEST_VALUE].split()) for value in values}
    found = batch.rows([*dict.fromkeys(texts.values())])
    return [replace(found[texts[value]], value=value) for value in values]


class _Batch:
    def __init__(
        self, source: Reader, languages: Languages, kind: str, limit: int, seconds: float | None
    ) -> None:
        self._source = source
        self._languages = languages
        self._kind = kind
        self._limit = limit
        self._ends = None if seconds is None else time.thread_time() + seconds

    def rows(self, texts: Sequence[str]) -> dict[str, Row]:
        rows = {text: Row(text, UNKNOWN, ()) for text in texts}
        waiting = [text for text in texts if text]
        for step in (self._by_identifier, self._by_name, self._by_slug):
            found = step(waiting)
            rows |= found
            waiting = [text for text in waiting if text not in found]
        return rows | self._by_search(waiting)

    # identifiers

    def _by_identifier(self, texts: Sequence[str]) -> dict[str, Row]:
        return self._identified(texts, lambda known: known.sure)

    def _by_slug(self, texts: Sequence[str]) -> dict[str, Row]:
        return self._identified(texts, lambda known: known.slugs)

    def _identified(
        self, texts: Sequence[str], which: Callable[[Identifiers], tuple[str, ...]]
    ) -> dict[str, Row]:
        meant = {text: which(identifiers_of(text, self._source)) for text in texts}
        listed = self._source.bulk.described(iri for iris in meant.values() for iri in iris)
        rows = {}
        for text, iris in meant.items():
            hits = [listed[iri] for iri in iris if iri in listed and self._kind in ("", listed[iri].kind)]
            if hits:
                rows[text] = self._row(text, [(hits[0], _SURE, hits[0].link["iri"])])
            elif iris and not self._kind:
                rows |= self._part(text, iris)
        return rows

    def _part(self, text: str, iris: Iterable[str]) -> dict[str, Row]:
        """Find what has no document of its own: a class, a property, an element of a framework."""
        parts = [iri for iri in iris if "#" in iri]
        titles = self._source.titles_of(parts) if parts else {}
        for iri in parts:
            if iri not in titles:
                continue
            label, lang = self._languages.pick(titles[iri])
            found = Candidate(iri, label or self._source.compact(iri), lang, "", _SURE, iri, match=True)
            return {text: Row(text, FOUND, (found,))}
        return {}

    # names

    def _by_name(self, texts: Sequence[str]) -> dict[str, Row]:
        keys = {text: label_key(text) for text in texts}
        bearers = self._source.bulk.bearers((key for key in keys.values() if key), kind=self._kind)
        return {text: self._named(text, bearers[key]) for text, key in keys.items() if key in bearers}

    def _named(self, text: str, bearers: Sequence[Bearer]) -> Row:
        current = [each for each in bearers if each.is_current]
        hits = [
            (each.listed, _SURE if each.is_preferred else _OTHER, each.text) for each in current or bearers
        ]
        return self._row(text, hits)

    # rows

    def _row(self, text: str, hits: Sequence[tuple[Listed, float, str]]) -> Row:
        """Make a row of terms that are meant for sure, or of which one is."""
        current = [hit for hit in hits if not (hit[0].deprecated or hit[0].withdrawn)]
        if current:
            sure = len(current) == 1
            found = tuple(self._candidate(*hit, match=sure) for hit in current[: self._limit])
            return Row(text, FOUND if sure else AMBIGUOUS, found)
        successors = [each for hit in hits[: self._limit] for each in self._successors(*hit)]
        if not successors:
            left = tuple(self._candidate(*hit, match=False) for hit in hits[: self._limit])
            return Row(text, DEPRECATED, left)
        sure = len({each.iri for each in successors}) == 1
        return Row(text, DEPRECATED, tuple(replace(each, match=sure) for each in successors[: self._limit]))

    def _candidate(self, listed: Listed, score: float, matched: str, *, match: bool) -> Candidate:
        link = listed.link
        label, lang = self._languages.pick(link["title"])
        return Candidate(
            link["iri"],
            label or self._source.compact(link["iri"]),
            lang,
            listed.kind,
            score,
            matched,
            match,
            listed.deprecated or listed.withdrawn,
        )

    def _successors(self, listed: Listed, score: float, matched: str) -> list[Candidate]:
        """Give what stands in the place of a deprecated term now, over several steps."""
        old = listed.link["iri"]
        links = self._replacing(old)
        seen = {old}
        final: dict[str, Candidate] = {}
        for _ in range(_HOPS):
            known = self._source.bulk.described(link["iri"] for link in links)
            onward: list[Link] = []
            for link in links:
                iri = link["iri"]
                if iri in seen:
                    continue
                seen.add(iri)
                here = known.get(iri)
                further = self._replacing(iri) if here is not None and here.deprecated else []
                onward += further
                if not further and not (here is not None and here.withdrawn):
                    final[iri] = self._successor(link, here, score, matched, old)
            links = onward
        return list(final.values())

    def _successor(self, link: Link, here: Listed | None, score: float, matched: str, old: str) -> Candidate:
        if here is not None:
            return replace(self._candidate(here, score, matched, match=False), replaces=old)
        label, lang = self._languages.pick(link["title"])
        iri = link["iri"]
        return Candidate(
            iri, label or self._source.compact(iri), lang, "", score, matched, match=False, replaces=old
        )

    def _replacing(self, iri: str) -> list[Link]:
        try:
            return self._source.document(iri).view["replaced_by"]
        except TermNotFound:
            return []

    # what is near

    def _by_search(self, texts: Sequence[str]) -> dict[str, Row]:
        asked = {text: identifiers_of(text, self._source).words for text in texts}
        first = self._source.manifest.default_language
        languages = sorted(set(self._source.manifest.languages), key=lambda each: (each != first, each))
        known = self._source.nearest.words(asked.values(), languages)
        near: dict[str, list[Near]] = {}
        for text, words in asked.items():
            if self._ends is not None and time.thread_time() > self._ends:
                break
            near[text] = self._source.nearest.find(words, known, kind=self._kind)[: self._limit + _SPARE]
        listed = self._source.bulk.numbered([each.term for found in near.values() for each in found])
        return {
            text: self._searched(text, near[text], listed) if text in near else Row(text, UNKNOWN, (), False)
            for text in asked
        }

    def _searched(self, text: str, near: Sequence[Near], listed: Mapping[int, Listed]) -> Row:
        key = label_key(text)
        exact = [each for each in near if key and label_key(each.text) == key]
        if exact:
            hits = [(listed[each.term], _EXACT.get(each.field, _OTHER), each.text) for each in exact]
            return self._row(text, sorted(hits, key=lambda hit: -hit[1]))
        found = [
            self._candidate(listed[each.term], round(_LIKE * each.likeness, 1), each.text, match=False)
            for each in near[: self._limit]
        ]
        return Row(text, UNKNOWN, tuple(each for each in found if each.score >= _LEAST))


_SPARE: Final = 5
_EXACT: Final = {PREFERRED: _SURE, NOTATION: _NOTED, HIDDEN: _HIDDEN}

"""Candidates compared with the properties that a reconciliation query asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pathways_ld.embedding.lookup import Candidate
from pathways_ld.embedding.properties import Property, property_of, values_of
from pathways_ld.embedding.reconciliation_entities import id_of, iri_of, kind_of
from pathways_ld.vocabulary.labels import label_key

if TYPE_CHECKING:
    from pathways_ld.embedding.reconciliation_queries import Query, Wish
    from pathways_ld.model import PageView
    from pathways_ld.vocabulary import Languages, Reader

COMPARED: Final = 25
"""Candidates whose properties are compared."""
_BY_NAME: Final = 0.6
"""The share of the score that the name decides where properties are compared too."""
_CERTAIN: Final = 90.0
"""The score of a name that is the same."""


@dataclass(frozen=True)
class Scored:
    """A candidate with what its score is made of."""

    candidate: Candidate
    name_score: float
    fit: float | None = None
    """The share of the properties that have a value that was asked for."""


def kinds_of(query: Query, source: Reader) -> list[str]:
    """Give the kinds that are looked at: "" is any, and comes last."""
    named = list(dict.fromkeys(kind for each in query.types if (kind := kind_of(each, source))))
    return named if query.types and query.is_strict else [*named, ""]


def in_order(scored: Iterable[Scored]) -> list[Scored]:
    """Put candidates in order, each once."""
    best: dict[str, Scored] = {}
    for each in sorted(scored, key=lambda found: -found.candidate.score):
        best.setdefault(each.candidate.iri, each)
    return list(best.values())


class Comparison:
    """Compares the properties of candidates with those of a query."""

    def __init__(
        self, source: Reader, query: Query, languages: Languages, views: Mapping[str, PageView]
    ) -> None:
        self._source = source
        self._query = query
        self._languages = languages
        self._views = dict(views)
        self._wishes = [(each, property_of(each.pid, source)) for each in query.wishes]
        self._meant = {
            identifier: iri_of(identifier, source, languages) or identifier
            for each in query.wishes
            for identifier in each.ids
        }

    def compared(self, scored: Sequence[Scored]) -> list[Scored]:
        """Give the candidates with scores in which properties have a share; only one with all is sure."""
        if not self._query.text.strip():
            scored = self._having()
        named = [each for each in scored[:COMPARED] if each.candidate.iri in self._views]
        found = []
        for each in named:
            fit = self._fit(self._views[each.candidate.iri])
            name = each.name_score if self._query.text.strip() else 100.0 * fit
            score = name * (_BY_NAME + (1 - _BY_NAME) * fit)
            found.append(Scored(replace(each.candidate, score=score, match=False), name, fit))
        found = in_order(each for each in found if self._query.text.strip() or each.fit)
        whole = [each for each in found if each.fit == 1.0 and self._is_named(each)]
        if len(whole) == 1:
            sure = replace(whole[0], candidate=replace(whole[0].candidate, match=True))
            found = [sure if each is whole[0] else each for each in found]
        return found

    def _is_named(self, scored: Scored) -> bool:
        """Tell whether the name alone would not speak against a candidate."""
        text = self._query.text.strip()
        return not text or scored.name_score >= _CERTAIN

    def _fit(self, view: PageView) -> float:
        fitting = sum(self._fits(view, *each) for each in self._wishes)
        return fitting / len(self._wishes)

    def _fits(self, view: PageView, wish: Wish, wanted: Property | None) -> bool:
        if wanted is None:
            return False
        found = values_of(self._source, view, wanted, self._languages)
        iris = {each.iri for each in found if each.iri}
        if any(self._meant[each] in iris for each in wish.ids):
            return True
        texts = {each.text for each in found} | iris | {id_of(each, self._source) for each in iris}
        keys = {label_key(each) for each in texts} - {""}
        return any(each.strip() in texts or label_key(each) in keys for each in wish.texts)

    def _having(self) -> list[Scored]:
        """Find terms by their properties alone: those beside an entity, or those with the words of a text."""
        kinds = set(kinds_of(self._query, self._source))
        found: dict[str, Candidate] = {}
        for iri in self._meant.values():
            for view in self._source.bulk.views([iri]).values():
                for group in view["groups"]:
                    for link in group["items"]:
                        found.setdefault(link["iri"], self._candidate(link["iri"], group["kind"]))
        for text in (text for each in self._query.wishes for text in each.texts):
            for kind in sorted(kinds):
                for hit in self._source.search(text, kind=kind, limit=COMPARED)[1]:
                    found.setdefault(hit.link["iri"], self._candidate(hit.link["iri"], hit.kind))
        fitting = [each for each in found.values() if kinds & {"", each.kind}][: 4 * COMPARED]
        self._views |= self._source.bulk.views(each.iri for each in fitting)
        scored = [
            Scored(each, 100.0 * self._fit(self._views[each.iri]))
            for each in fitting
            if each.iri in self._views
        ]
        return sorted(scored, key=lambda each: -each.name_score)

    def _candidate(self, iri: str, kind: str) -> Candidate:
        return Candidate(iri, self._source.compact(iri), "", kind, 0.0, iri, match=False)

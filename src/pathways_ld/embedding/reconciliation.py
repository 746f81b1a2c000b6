"""Candidates for names, with scores (https://reconciliation-api.github.io/specs/0.2/#reconciliation-queries)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding.lookup import AMBIGUOUS, DEPRECATED, FOUND, Candidate, Row, look_up
from pathways_ld.embedding.reconciliation_comparison import COMPARED, Comparison, Scored, in_order, kinds_of
from pathways_ld.embedding.reconciliation_entities import id_of, type_of

if TYPE_CHECKING:
    from pathways_ld.embedding.reconciliation_queries import Query
    from pathways_ld.snapshot.bulk import Listed
    from pathways_ld.vocabulary import Languages, Reader

REPLACED: Final = "replacedDeprecated"
"""The feature of an entity that stands for a deprecated one."""
_OLD: Final = 10.0
"""How much lower a deprecated term is than what replaces it."""
_OTHER_TYPE: Final = 0.8


def reconcile(source: Reader, queries: Mapping[str, Query], languages: Languages) -> dict[str, Any]:
    """Answer a batch: for each query the candidates with their scores, the best first."""
    rows = _look_up(source, queries, languages)
    wished = [key for key, query in queries.items() if query.wishes]
    views = source.bulk.views(
        each.iri for key in wished for row in rows[key].values() for each in row.candidates[:COMPARED]
    )
    found: dict[str, list[Scored]] = {}
    for key, query in queries.items():
        scored = _merged(query, rows[key], source)
        if query.wishes:
            scored = Comparison(source, query, languages, views).compared(scored)
        found[key] = scored[: query.limit]
    listed = source.bulk.described(each.candidate.iri for scored in found.values() for each in scored)
    return {
        key: {"result": [_result(source, each, listed.get(each.candidate.iri), languages) for each in scored]}
        for key, scored in found.items()
    }


def _look_up(source: Reader, queries: Mapping[str, Query], languages: Languages) -> dict[str, dict[str, Row]]:
    """Look all names up together that are of one kind; gives the rows of each query by kind."""
    rows: dict[str, dict[str, Row]] = {key: {} for key in queries}
    asked: dict[str, list[str]] = defaultdict(list)
    for key, query in queries.items():
        if query.text.strip():
            for kind in kinds_of(query, source):
                asked[kind].append(key)
    for kind, keys in asked.items():
        limit = max(_wanted(queries[key]) for key in keys)
        values = [queries[key].text for key in keys]
        found = look_up(source, values, languages=languages, kind=kind, limit=limit)
        for key, row in zip(keys, found, strict=True):
            rows[key][kind] = row
    return rows


def _wanted(query: Query) -> int:
    return max(query.limit, COMPARED) if query.wishes or not query.is_strict else query.limit


def _merged(query: Query, rows: Mapping[str, Row], source: Reader) -> list[Scored]:
    """Put together what was found under several kinds: what is sure of one is not, if it is of two.

    Where a type is only preferred, the others have lower scores, and are never sure.
    """
    others = rows.get("") if query.types else None
    wanted = [row for row in rows.values() if row is not others]
    known = [row for row in wanted if row.status in (FOUND, AMBIGUOUS, DEPRECATED)] or wanted
    scored: list[Scored] = []
    for row in known:
        scored += [
            Scored(replace(each, match=each.match and len(known) == 1), each.score) for each in row.candidates
        ]
        scored += _replaced(row, source)
    for each in others.candidates if others else ():
        if each.kind not in rows:
            score = each.score * _OTHER_TYPE
            scored.append(Scored(replace(each, score=score, match=False), score))
    return in_order(scored)


def _replaced(row: Row, source: Reader) -> list[Scored]:
    """Give the deprecated terms that others stand for, after those."""
    old = {each.replaces: each for each in row.candidates if each.replaces}
    listed = source.bulk.described(old) if old else {}
    return [
        Scored(
            replace(
                each,
                iri=iri,
                label=each.matched if each.matched != iri else source.compact(iri),
                kind=listed[iri].kind,
                score=each.score - _OLD,
                match=False,
                deprecated=True,
                replaces="",
            ),
            each.score - _OLD,
        )
        for iri, each in old.items()
        if iri in listed
    ]


def _result(source: Reader, scored: Scored, listed: Listed | None, languages: Languages) -> dict[str, Any]:
    candidate = scored.candidate
    kind = source.manifest.kind(candidate.kind)
    features: list[dict[str, object]] = [{"id": "name", "value": round(scored.name_score, 1)}]
    if scored.fit is not None:
        features.append({"id": "properties", "value": round(100 * scored.fit, 1)})
    if candidate.replaces:
        features.append({"id": REPLACED, "value": True})
    if candidate.deprecated:
        features.append({"id": "deprecated", "value": True})
    answer: dict[str, Any] = {
        "id": id_of(candidate.iri, source),
        "name": _name(candidate, listed, languages),
        "score": round(candidate.score, 1),
        "match": candidate.match,
        "type": [type_of(kind)] if kind else [],
        "features": features,
    }
    description = languages.pick(listed.summary)[0] if listed else ""
    said = _said(candidate, source)
    if said or description:
        answer["description"] = " ".join(filter(None, (said, description)))
    return answer


def _name(candidate: Candidate, listed: Listed | None, languages: Languages) -> str:
    return (languages.pick(listed.link["title"])[0] if listed else "") or candidate.label


def _said(candidate: Candidate, source: Reader) -> str:
    if candidate.replaces:
        return f"Replaces {id_of(candidate.replaces, source)}, which is deprecated."
    return "Deprecated." if candidate.deprecated else ""

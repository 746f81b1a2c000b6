"""Suggestions and data extension (https://reconciliation-api.github.io/specs/0.2/#suggest-services)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding.lookup import AMBIGUOUS, DEPRECATED, FOUND, look_up
from pathways_ld.embedding.properties import Offered, Property, Value, heading_of, property_of, values_of
from pathways_ld.embedding.reconciliation_entities import id_of, kinds, type_of
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.vocabulary.matches import corrected, find

if TYPE_CHECKING:
    from pathways_ld.embedding.reconciliation_queries import Extension
    from pathways_ld.model import PageView
    from pathways_ld.snapshot.bulk import Listed
    from pathways_ld.vocabulary import Languages, Reader

SUGGESTED: Final = 10
"""Suggestions that are given at once."""


def suggest_entities(
    source: Reader, prefix: str, languages: Languages, skip: int = 0
) -> list[dict[str, Any]]:
    """Offer entities whose name, or identifier, begins like what was typed; leaves out the first `skip`."""
    iris: list[str] = []
    if prefix.strip():
        row = look_up(source, [prefix], languages=languages, limit=SUGGESTED)[0]
        if row.status in (FOUND, AMBIGUOUS, DEPRECATED):
            iris += [each.iri for each in row.candidates]
        words = prefix.rpartition("/")[2] if "/" in prefix and " " not in prefix else prefix
        wanted = Wanted(words, texts=False)
        found = find(source, wanted)
        better = "" if found.places else corrected(source, wanted)
        if better:
            found = find(source, Wanted(better, texts=False))
        numbers = [place.term for place in found.places[: skip + 2 * SUGGESTED]]
        iris += [hit.link["iri"] for hit in source.hits(numbers)]
    shown = list(dict.fromkeys(iris))[skip : skip + SUGGESTED]
    listed = source.bulk.described(shown)
    return [_suggestion(source, iri, listed[iri], languages) for iri in shown if iri in listed]


def _suggestion(source: Reader, iri: str, listed: Listed, languages: Languages) -> dict[str, Any]:
    kind = source.manifest.kind(listed.kind)
    found: dict[str, Any] = {
        "id": id_of(iri, source),
        "name": languages.pick(listed.link["title"])[0] or source.compact(iri),
    }
    description = languages.pick(listed.summary)[0]
    if description:
        found["description"] = description
    if kind is not None:
        found["notable"] = [type_of(kind)]
    return found


def suggest_types(source: Reader, prefix: str) -> list[dict[str, str]]:
    """Offer types whose name or identifier begins like what was typed; all for nothing."""
    wanted = prefix.strip().casefold()
    return [
        {**type_of(kind), "description": kind.plural}
        for kind in kinds(source)
        if any(
            each.casefold().startswith(wanted)
            for each in (
                kind.name,
                kind.singular,
                kind.plural,
                kind.class_iri,
                source.compact(kind.class_iri),
            )
        )
    ]


def suggest_properties(source: Reader, prefix: str, offered: Iterable[Offered]) -> list[dict[str, str]]:
    """Choose, of the properties that are offered, those that are called like what was typed."""
    wanted = prefix.strip().casefold()
    return [
        {"id": each.id, "name": each.name}
        for each in offered
        if wanted in each.name.casefold()
        or each.id.casefold().startswith(wanted)
        or _full(each.id, source).startswith(wanted)
    ]


def _full(identifier: str, source: Reader) -> str:
    found = property_of(identifier, source)
    return found.iri.casefold() if found else ""


# data extension


def extend(source: Reader, asked: Extension, languages: Languages) -> dict[str, Any]:
    """Give the values of properties of entities; what is not known has none."""
    columns = [(each, property_of(each.pid, source)) for each in asked.columns]
    meant = _meant(source, asked.ids, languages)
    views = source.bulk.views(meant.values())
    rows: dict[str, dict[str, list[dict[str, str]]]] = {}
    for identifier in asked.ids:
        view = views.get(meant.get(identifier, ""))
        rows[identifier] = {
            column.pid: _cells(source, view, wanted, languages, column.limit) for column, wanted in columns
        }
    meta = [
        {"id": column.pid, "name": _heading(source, wanted, languages) or column.pid}
        for column, wanted in columns
    ]
    return {"meta": meta, "rows": rows}


def _meant(source: Reader, identifiers: Sequence[str], languages: Languages) -> dict[str, str]:
    exact = {each: source.space.iri(each) for each in identifiers if each}
    known = source.bulk.described(exact.values())
    rest = [each for each, iri in exact.items() if iri not in known]
    found = {each: iri for each, iri in exact.items() if iri in known}
    for row in look_up(source, rest, languages=languages, limit=1, seconds=0.0):
        if row.status in (FOUND, DEPRECATED) and row.candidates:
            found[row.value] = row.candidates[0].replaces or row.candidates[0].iri
    return found


def _heading(source: Reader, wanted: Property | None, languages: Languages) -> str:
    if wanted is None:
        return ""
    name = heading_of(source, wanted.iri, languages)
    return f"{name} ({wanted.lang})" if wanted.lang else name


def _cells(
    source: Reader, view: PageView | None, wanted: Property | None, languages: Languages, limit: int
) -> list[dict[str, str]]:
    if view is None or wanted is None:
        return []
    values = values_of(source, view, wanted, languages)
    if not wanted.lang:
        values = _readable(values, languages)
    return [_cell(source, each) for each in (values[:limit] if limit else values)]


def _readable(values: list[Value], languages: Languages) -> list[Value]:
    """Of texts in several languages, give those in the reader's."""
    best = languages.best({each.lang for each in values if not each.iri})
    return [each for each in values if each.iri or each.lang == best]


def _cell(source: Reader, value: Value) -> dict[str, str]:
    if value.iri and value.here:
        return {"id": id_of(value.iri, source), "name": value.text}
    return {"str": value.iri or value.text}

"""The tools that look terms up: search_terms, get_term, related."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pathways_ld.embedding.assistants.desk import Desk, clean, labels_of, texts
from pathways_ld.errors import BadRequest
from pathways_ld.model import Group, PageView, TextSection
from pathways_ld.namespaces import DCT, RDFS, SKOS
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.snapshot.textindex import typed_words
from pathways_ld.vocabulary import CLOSENESS, Languages, TermDocument
from pathways_ld.vocabulary.matches import Hit, corrected, explained, find

LABELS: Final = 100
"""Alternative labels of one term that are given."""
VALUES: Final = 25
"""Values of one property, and properties of one term, that are given."""
GROUPS: Final = 60
MAPPINGS: Final = 100
_DEFINING: Final = (SKOS.definition, DCT.description, RDFS.comment, SKOS.scopeNote)


def search_terms(desk: Desk, given: Mapping[str, Any]) -> dict[str, Any]:
    """Find terms by words; the words that were probably meant are searched for where those are not known."""
    words = " ".join(given["query"].split())
    if not typed_words(words):
        raise BadRequest(
            f'"query" is "{clean(words)[:40]}", which has no letter and no digit; expected words of labels or'
            " texts, such as: apprenticeship."
        )
    facets = (("kind", given["kind"]),) if given["kind"] else ()
    languages = desk.languages(given["lang"])
    found, meant = find(desk.reader, Wanted(words, facets)), ""
    if not found.places:
        meant = corrected(desk.reader, Wanted(words, facets))
        if meant:
            found = find(desk.reader, Wanted(meant, facets))
    hits = explained(desk.reader, found, given["limit"])
    answer = {
        "query": words,
        "total": len(found.places),
        "isComplete": found.is_complete,
        "results": [_described(desk, hit, languages) for hit in hits],
    }
    if meant and found.places:
        answer["searchedInstead"] = meant
    return answer


def _described(desk: Desk, hit: Hit, languages: Languages) -> dict[str, Any]:
    named = desk.named(hit.term.link, languages) | {"kind": hit.term.kind}
    summary, _ = languages.pick(hit.term.summary)
    label = next((match for match in hit.matches if match.predicate != SKOS.prefLabel), None)
    return (
        named
        | ({"summary": clean(summary)} if summary else {})
        | ({"foundBy": clean(label.text)} if label else {})
        | desk.page(hit.term.link["path"])
    )


def get_term(desk: Desk, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a term is called and means, on what sources that rests, and how to cite it."""
    document = desk.document(given["iri"])
    view, languages = document.view, desk.languages(given["lang"])
    named = desk.named({"iri": view["iri"], "path": view["path"], "title": view["title"]}, languages)
    definition = _definition(view, languages)
    return {
        **named,
        "kind": view["kind"],
        "types": [desk.named(link, languages) for link in view["types"][:VALUES]],
        "labels": labels_of(view["title"]),
        "otherLabels": texts(label for label in view["labels"] if not label["hidden"])[:LABELS],
        **({"definition": definition} if definition else {}),
        "texts": [_section(desk, section, languages) for section in view["texts"][:VALUES]],
        "facts": _facts(desk, view, languages),
        "parts": [
            desk.named({"iri": part["iri"], "path": "", "title": part["title"]}, languages)
            for part in view["parts"][:VALUES]
        ],
        "status": [desk.named(link, languages)["label"] for link in view["status"]],
        "deprecated": view["deprecated"],
        "replacedBy": [desk.named(link, languages) for link in view["replaced_by"]],
        "broader": _ancestors(desk, view, languages),
        "sources": desk.sources(view["sources"], languages),
        "sourceCount": len(view["sources"]),
        "citation": _citation(desk, document, str(named["label"])),
        **({"license": desk.reader.license} if desk.reader.license else {}),
        **desk.page(view["path"]),
    }


def _definition(view: PageView, languages: Languages) -> str:
    by_property = {section["property"]: section for section in view["texts"]}
    section = next((by_property[each] for each in _DEFINING if each in by_property), None)
    chosen = languages.order(section["texts"]) if section else []
    return clean(chosen[0]["text"]) if chosen else ""


def _section(desk: Desk, section: TextSection, languages: Languages) -> dict[str, Any]:
    return {
        "property": section["property"],
        "name": desk.reader.heading(section["property"], languages),
        "texts": texts(languages.order(section["texts"])[:VALUES]),
    }


def _facts(desk: Desk, view: PageView, languages: Languages) -> list[dict[str, Any]]:
    return [
        {
            "property": fact["property"],
            "name": desk.reader.heading(fact["property"], languages),
            "terms": [desk.named(link, languages) for link in fact["links"][:VALUES]],
            "values": [each["text"] for each in texts(fact["values"][:VALUES])],
        }
        for fact in view["facts"][:VALUES]
    ]


def _ancestors(desk: Desk, view: PageView, languages: Languages) -> list[dict[str, Any]]:
    """Give what is broader, each once, the nearest first."""
    found: dict[str, dict[str, Any]] = {}
    for path in view["breadcrumbs"]:
        for link in reversed(path):
            found.setdefault(link["iri"], desk.named(link, languages))
    return [*found.values()][:VALUES]


def _citation(desk: Desk, document: TermDocument, label: str) -> str:
    manifest = desk.reader.manifest
    version = f", version {manifest.version_iri}" if manifest.version_iri else ""
    return f"“{label}”, {desk.title()}{version}: {document.iri}"


# what a term is connected with


def related(desk: Desk, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the neighbours of a term by their relations, and what it is mapped to elsewhere."""
    document = desk.document(given["iri"])
    view, languages, limit = document.view, desk.languages(given["lang"]), given["limit"]
    groups = [group for group in view["groups"] if not given["kind"] or group["kind"] == given["kind"]]
    return {
        **desk.named({"iri": view["iri"], "path": view["path"], "title": view["title"]}, languages),
        "broader": _ancestors(desk, view, languages),
        "groups": [_group(desk, document.iri, group, languages, limit) for group in groups[:GROUPS]],
        "mappings": _mappings(desk, view, languages),
        **desk.page(view["path"]),
    }


def _group(desk: Desk, iri: str, group: Group, languages: Languages, limit: int) -> dict[str, Any]:
    links: Sequence[Any] = group["items"][:limit]
    if len(links) < min(limit, group["total"]):
        links = [hit.link for hit in desk.reader.members(iri, group["key"], limit=limit)] or links
    return {
        "property": group["relation"],
        "name": desk.reader.heading(group["relation"], languages),
        "direction": "incoming" if group["incoming"] else "outgoing",
        "kind": group["kind"],
        "total": group["total"],
        "terms": [desk.named(link, languages) for link in links],
    }


def _mappings(desk: Desk, view: PageView, languages: Languages) -> list[dict[str, Any]]:
    return [
        {
            "property": mapping["relation"],
            "name": desk.reader.heading(mapping["relation"], languages),
            "meaning": CLOSENESS.get(mapping["relation"], ""),
            "target": desk.named(mapping["target"], languages),
            "note": " ".join(each["text"] for each in texts(languages.order(mapping["note"])[:1])),
            "sources": [desk.named(link, languages) for link in mapping["sources"][:VALUES]],
        }
        for mapping in view["mappings"][:MAPPINGS]
    ]

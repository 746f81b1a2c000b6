"""Terms, concept schemes and mappings as JSKOS has them (https://gbv.github.io/jskos/).

Language tags are in lower case there, and ``und`` stands for none. What is said twice in one language can
stand there once only in some places: the first is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding.surroundings import chain, concept_kind, linked, notations, objects, walk
from pathways_ld.errors import TermNotFound
from pathways_ld.namespaces import DCT, SKOS, split_iri

if TYPE_CHECKING:
    from pathways_ld.model import Link, Mapping, PageView
    from pathways_ld.vocabulary import Reader, TermDocument

Json = dict[str, Any]

CONTEXT: Final = "https://gbv.github.io/jskos/context.json"
UNDEFINED: Final = "und"
_TAG: Final = re.compile(r"[a-z]{1,8}(-[a-z0-9]{1,8})*")
_DATE: Final = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?)?)?")
_NOTES: Final = {
    SKOS[name]: name
    for name in ("definition", "scopeNote", "note", "example", "historyNote", "changeNote", "editorialNote")
}
_DATES: Final = {DCT[name]: name for name in ("created", "issued", "modified")}
MOST_LISTED: Final = 100
"""Neighbours of one relation that a concept lists; the lists of their own have all of them."""


@dataclass(frozen=True)
class Properties:
    """Which properties are wanted besides the usual ones, and which of all are not."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> Properties:
        """Read a list as JSKOS Server does: ``*``, ``name``, ``+name``; after ``-name``, names are left out.

        https://github.com/gbv/jskos-server#requests. A plus that was sent as a space counts as one.
        """
        added, removed = set[str](), set[str]()
        adding = True
        for part in text.split(",")[:_MOST_NAMES]:
            adding = part[:1] in ("+", " ") or (adding and part[:1] != "-")
            name = part.strip("+- ")
            if name == "*":
                added |= EXTRA
            elif not name:
                continue
            elif adding:
                added.add(name)
                removed.discard(name)
            else:
                removed.add(name)
        return cls(frozenset(added), frozenset(removed))

    def has(self, name: str) -> bool:
        """Tell whether one of the unusual ones is wanted."""
        return name in self.added and name not in self.removed

    def keep(self, found: Json) -> Json:
        """Leave out what is not wanted."""
        return {name: value for name, value in found.items() if name not in self.removed}


EXTRA: Final = frozenset({"ancestors", "mappings", "narrower"})
"""What is told of a concept only where it is asked for."""
_MOST_NAMES: Final = 100
USUAL: Final = Properties()


def item(link: Link) -> Json:
    """Refer to a term."""
    return {"uri": link["iri"], **_some("prefLabel", one_each(link["title"].items()))}


def concept(source: Reader, document: TermDocument, page: str, wanted: Properties = USUAL) -> Json:
    """Write a concept, or another term; `page` is the address of its page."""
    view, iri = document.view, document.iri
    found: Json = {
        "@context": CONTEXT,
        "uri": iri,
        "type": _types(view),
        "url": page,
        **_some("prefLabel", one_each(view["title"].items())),
        **_labels(view),
        **_some("notation", notations(view)),
        **dict(_texts(view)),
        **dict(_dates(view)),
    }
    for name in ("inScheme", "topConceptOf"):
        found |= _some(name, [{"uri": each} for each in objects(document, SKOS[name])])
    own = source.manifest.vocabulary_iri
    kind = concept_kind(source)
    if "inScheme" not in found and own and kind and view["kind"] == kind.name:
        found["inScheme"] = [{"uri": own}]
    for name in ("broader", "related"):
        _, links = linked(source, view, SKOS[name], limit=MOST_LISTED)
        if links or name == "broader":
            found[name] = [item(each) for each in links]
    total, below = linked(source, view, SKOS.narrower, limit=MOST_LISTED if wanted.has("narrower") else 0)
    if wanted.has("narrower"):
        found["narrower"] = [*(item(each) for each in below), *([None] if total > len(below) else [])]
    else:
        found["narrower"] = [None] if total else []
    if wanted.has("ancestors"):
        found["ancestors"] = [item(each) for each in ancestors(source, view)]
    if wanted.has("mappings"):
        found |= _some("mappings", [mapping(source, view, each) for each in view["mappings"]])
    if view["deprecated"]:
        found["deprecated"] = True
    found |= _some("replacedBy", [item(each) for each in view["replaced_by"]])
    return wanted.keep(found)


def ancestors(source: Reader, view: PageView) -> list[Link]:
    """Give the way up from a concept, the nearest first; one way where there are several."""
    return chain(walk(source, view, SKOS.broader))


def scheme(source: Reader, iri: str, page: str, wanted: Properties = USUAL) -> Json:
    """Write a concept scheme, of which no more may be known than its IRI; `page` is empty for one without."""
    manifest = source.manifest
    is_own = iri == manifest.vocabulary_iri
    found: Json = {
        "@context": CONTEXT,
        "uri": iri,
        "type": [SKOS.ConceptScheme],
        **({"url": page} if page else {}),
        "concepts": [None],
        "topConcepts": [None],
        **_some("languages", [each.lower() for each in manifest.languages if each]),
    }
    try:
        document = source.document(iri)
    except TermNotFound:
        return wanted.keep(found | _some("prefLabel", one_each(source.titles_of([iri]).get(iri, {}).items())))
    view = document.view
    found |= {
        **_some("prefLabel", one_each(view["title"].items())),
        **_labels(view),
        **_some("notation", notations(view)),
        **dict(_texts(view)),
        **dict(_dates(view)),
    }
    if "definition" not in found:
        described = [
            (text["lang"], text["text"])
            for section in view["texts"]
            if section["property"] == DCT.description
            for text in section["texts"]
        ]
        found |= _some("definition", all_each(described))
    licences = [fact["links"] for fact in view["facts"] if fact["property"] == DCT.license]
    found |= _some("license", [{"uri": link["iri"]} for links in licences for link in links])
    if is_own:
        found["namespace"] = manifest.base
    return wanted.keep(found)


def mapping(source: Reader, view: PageView, said: Mapping) -> Json:
    """Write one mapping of a concept."""
    own = source.manifest.vocabulary_iri
    target = said["target"]
    found: Json = {
        "@context": CONTEXT,
        "type": [said["relation"]],
        "from": {"memberSet": [item({"iri": view["iri"], "path": view["path"], "title": view["title"]})]},
        "to": {"memberSet": [item(target)]},
        **({"fromScheme": {"uri": own}} if own else {}),
        **_some("note", all_each((note["lang"], note["text"]) for note in said["note"])),
        **_some("source", [item(each) for each in said["sources"]]),
    }
    if own and source.space.local_id(target["iri"]) is not None:
        found["toScheme"] = {"uri": own}
    return found


def types(source: Reader) -> list[Json]:
    """Give the classes of which there are terms."""
    manifest = source.manifest
    return [
        {
            "@context": CONTEXT,
            "uri": kind.class_iri,
            "prefLabel": one_each((source.headings.get(kind.class_iri) or {"en": kind.singular}).items()),
        }
        for kind in manifest.kinds
        if manifest.counts.get(kind.name)
    ]


def one_each(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give one text for each language."""
    return {lang: each[0] for lang, each in all_each(texts).items()}


def all_each(texts: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Give the texts for each language; JSKOS has none that are empty."""
    found: dict[str, list[str]] = {}
    for tag, text in texts:
        if text:
            lang = tag.lower()
            found.setdefault(lang if _TAG.fullmatch(lang) else UNDEFINED, []).append(text)
    return found


def _some(name: str, value: Any) -> Json:
    return {name: value} if value else {}


def _types(view: PageView) -> list[str]:
    iris = [link["iri"] for link in view["types"]]
    # The first type tells what kind of object this is, for JSKOS.
    return sorted(iris, key=lambda iri: (iri != SKOS.Concept, split_iri(iri)[0] != SKOS.iri, iri))


def _labels(view: PageView) -> Json:
    found: Json = {}
    for name, hidden in (("altLabel", False), ("hiddenLabel", True)):
        labels = [each for each in view["labels"] if each["hidden"] is hidden]
        found |= _some(name, all_each((each["lang"], each["text"]) for each in labels))
    return found


def _texts(view: PageView) -> Iterator[tuple[str, dict[str, list[str]]]]:
    for section in view["texts"]:
        name = _NOTES.get(section["property"])
        texts = all_each((text["lang"], text["text"]) for text in section["texts"])
        if name and texts:
            yield name, texts


def _dates(view: PageView) -> Iterator[tuple[str, str]]:
    for fact in view["facts"]:
        name = _DATES.get(fact["property"])
        said = [value["text"] for value in fact["values"] if _DATE.fullmatch(value["text"])]
        if name and said:
            yield name, max(said) if name == "modified" else min(said)

"""Searching in Skosmos's way: whole labels, or parts of them where an asterisk stands.

``welding`` finds what is called so, ``weld*`` what has a label that begins so, ``*weld*`` what has a label
with a word that begins so. What the index of words finds is looked through for that: at most
:data:`~pathways_ld.snapshot.searching.MOST` terms, the best ones.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.embedding.skosmos import Answers, Json, speaks, told_apart
from pathways_ld.embedding.surroundings import concept_kind, document_view, linked, notations, walk
from pathways_ld.model import Text
from pathways_ld.namespaces import PREFIXES, SKOS, split_iri
from pathways_ld.snapshot import SearchHit
from pathways_ld.snapshot.searching import MOST, MOST_SUGGESTED, Wanted
from pathways_ld.snapshot.textindex import HIDDEN, NOTATION, OTHER, PREFERRED
from pathways_ld.vocabulary.labels import label_key
from pathways_ld.vocabulary.matches import find

if TYPE_CHECKING:
    from pathways_ld.model import Link, PageView

_NAMES: Final = {PREFERRED: "prefLabel", OTHER: "altLabel", HIDDEN: "hiddenLabel", NOTATION: "notation"}
_LINKS: Final = frozenset(
    {
        "broader",
        "narrower",
        "related",
        "exactMatch",
        "closeMatch",
        "broadMatch",
        "narrowMatch",
        "relatedMatch",
    }
)
_NOTES: Final = frozenset(
    {"definition", "scopeNote", "note", "example", "historyNote", "changeNote", "editorialNote"}
)
FIELDS: Final = tuple(sorted({*_LINKS, *_NOTES, "altLabel", "hiddenLabel", "notation", "prefLabel"}))
"""What can be asked for besides what every result has."""
_FEW: Final = 100
_MOST_LINKS: Final = 100
"""Neighbours of one relation that a result names."""


@dataclass(frozen=True)
class Asked:
    """A search: `query` has asterisks, `types` are IRIs of classes, `label_lang` is that of the answer.

    `lang` is the language of the labels that are looked through, empty for all. `parent` and `group` narrow
    the search down to what is below a concept or in a collection.
    """

    query: str
    lang: str = ""
    label_lang: str = ""
    types: tuple[str, ...] = ()
    parent: str = ""
    group: str = ""
    fields: tuple[str, ...] = ()
    limit: int = 100
    offset: int = 0

    @property
    def is_open(self) -> bool:
        """Whether any label will do."""
        return not self.query.replace("*", "").strip()


@dataclass(frozen=True)
class Found:
    """A term with the label by which it was found: its name in the answer, its language, its text."""

    hit: SearchHit
    name: str = "prefLabel"
    lang: str = ""
    text: str = ""


def search(answers: Answers, asked: Asked) -> tuple[int, Json]:
    """Search; gives the number of results, as far as they are counted, and a page of them."""
    total, found = _listed(answers, asked) if asked.is_open else _searched(answers, asked)
    context: Json = {
        "skos": PREFIXES["skos"],
        "isothes": "http://purl.org/iso25964/skos-thes#",
        "onki": "http://schema.onki.fi/onki#",
        "uri": "@id",
        "type": "@type",
        "results": {"@id": "onki:results", "@container": "@list"},
        "prefLabel": "skos:prefLabel",
        "altLabel": "skos:altLabel",
        "hiddenLabel": "skos:hiddenLabel",
    }
    context |= {name: f"skos:{name}" for name in asked.fields if name != "prefLabel"}
    if "prefLabel" in asked.fields:
        context["prefLabels"] = {"@id": "skos:prefLabel", "@container": "@language"}
    lang = asked.label_lang or asked.lang
    if lang:
        context["@language"] = lang
    results = [result(answers, asked, each, lang) for each in found]
    return total, {"@context": context, "uri": "", "results": results}


def lookup(answers: Answers, label: str, asked: Asked, *, most: int = 50) -> Json | None:
    """Find the terms that are called so: by a preferred label, else by another; None where there are none."""
    hits = answers.source.bearers(label_key(label), limit=most)[1] if label_key(label) else []
    found: dict[str, list[Found]] = {"prefLabel": [], "altLabel": []}
    for each in _of_types(answers, asked, hits):
        view = document_view(answers.source, each.link["iri"])
        named = next((n for n in _labels(view) if _fits_whole(n, label, asked.lang)), None) if view else None
        if named is not None:
            found[named[0]].append(Found(each, *named))
    best = found["prefLabel"] or found["altLabel"]
    if not best:
        return None
    best.sort(key=lambda each: each.text != label)
    context: Json = {
        "skos": PREFIXES["skos"],
        "uri": "@id",
        "type": "@type",
        "onki": "http://schema.onki.fi/onki#",
        "results": {"@id": "onki:results"},
        "prefLabel": "skos:prefLabel",
        "altLabel": "skos:altLabel",
        "hiddenLabel": "skos:hiddenLabel",
    }
    if asked.lang:
        context["@language"] = asked.lang
    return {"@context": context, "result": [result(answers, asked, each, asked.lang) for each in best]}


def _labels(view: PageView) -> Iterator[tuple[str, str, str]]:
    yield from (("prefLabel", lang, text) for lang, text in sorted(view["title"].items()))
    yield from (("altLabel", each["lang"], each["text"]) for each in view["labels"] if not each["hidden"])


def _fits_whole(named: tuple[str, str, str], label: str, lang: str) -> bool:
    _, tag, text = named
    return label_key(text) == label_key(label) and (not tag or speaks(tag, lang))


# what is found


def _listed(answers: Answers, asked: Asked) -> tuple[int, list[Found]]:
    source = answers.source
    if asked.parent or asked.group:
        hits = _of_types(answers, asked, _around(answers, asked))
        return len(hits), [Found(each) for each in hits[asked.offset : asked.offset + asked.limit]]
    total, left, offset = 0, asked.limit, asked.offset
    found: list[Found] = []
    for name in _kinds(answers, asked):
        here = source.manifest.counts.get(name, 0)
        start = max(0, offset - total)
        total += here
        if left and start < here:
            hits = source.listing(name, limit=left, offset=start)
            found += [Found(each) for each in hits]
            left -= len(hits)
    return total, found


def _around(answers: Answers, asked: Asked) -> list[SearchHit]:
    """Give the terms below a concept, or in a collection, or both."""
    source = answers.source
    kind = concept_kind(source)
    name = kind.name if kind else ""
    listed: list[Link] = []
    if asked.group:
        members = source.browser.members(name, SKOS.member, asked.group, limit=1_000)
        listed = [each.link for each in members]
    if asked.parent:
        view = document_view(source, asked.parent)
        below = walk(source, view, SKOS.narrower).reached if view else {}
        within = {link["iri"] for link in listed}
        links = [each.link for iri, each in below.items() if iri != asked.parent]
        listed = [link for link in links if link["iri"] in within] if asked.group else links
    return [SearchHit(link, name, {}) for link in listed]


def _searched(answers: Answers, asked: Asked) -> tuple[int, list[Found]]:
    source = answers.source
    pattern = folded(asked.query)
    few = asked.offset + asked.limit <= _FEW and not asked.types and not asked.parent and not asked.group
    kinds = _kinds(answers, asked)
    facets = (("kind", kinds[0]),) if len(kinds) == 1 else ()
    words = asked.query.replace("*", " ")
    places = [
        place
        for place in find(source, Wanted(words, facets, texts=not few)).places[
            : MOST_SUGGESTED if few else MOST
        ]
        if place.field in _NAMES
    ]
    hits = source.hits([place.term for place in places])
    found = []
    for place, hit in zip(places, hits, strict=True):
        matched = _matched(answers, hit, (_NAMES[place.field], place.lang, place.text), pattern, asked.lang)
        if matched is not None:
            found.append(Found(hit, *matched))
    if asked.parent or asked.group:
        within = {hit.link["iri"] for hit in _around(answers, asked)}
        found = [each for each in found if each.hit.link["iri"] in within]
    found = [each for each in found if each.hit.kind in kinds]
    return len(found), found[asked.offset : asked.offset + asked.limit]


def _matched(
    answers: Answers, hit: SearchHit, best: tuple[str, str, str], pattern: str, lang: str
) -> tuple[str, str, str] | None:
    """Give the label of a term that fits: a preferred one, else the one it was found by, else any."""

    def fits(named: tuple[str, str, str]) -> bool:
        return (not named[1] or speaks(named[1], lang)) and fits_pattern(folded(named[2]), pattern)

    preferred = [("prefLabel", tag, text) for tag, text in sorted(hit.link["title"].items())]
    found = next((each for each in (*preferred, best) if fits(each)), None)
    if found is None and not speaks(best[1], lang):  # found by a label of a language that does not count
        view = document_view(answers.source, hit.link["iri"])
        found = next((each for each in _labels(view) if fits(each)), None) if view else None
    return found


def _kinds(answers: Answers, asked: Asked) -> list[str]:
    """Give the names of the kinds that are looked for: concepts where nothing is said."""
    kinds = answers.source.manifest.kinds
    wanted = asked.types or (SKOS.Concept,)
    return [kind.name for kind in kinds if kind.class_iri in wanted]


def _of_types(answers: Answers, asked: Asked, hits: Sequence[SearchHit]) -> list[SearchHit]:
    kinds = set(_kinds(answers, asked))
    return [each for each in hits if each.kind in kinds]


def folded(text: str) -> str:
    """Give a text as it is compared: without case, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def fits_pattern(text: str, pattern: str) -> bool:
    """Tell whether a text fits a pattern in which asterisks stand for anything."""
    first, *parts = pattern.split("*")
    if not parts:
        return text == first
    *middle, last = parts
    if not (text.startswith(first) and text.endswith(last) and len(text) >= len(first) + len(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, place, end)
        if at < 0:
            return False
        place = at + len(part)
    return True


# what is told


def result(answers: Answers, asked: Asked, found: Found, lang: str) -> Json:
    """Tell one result; its own context names the languages of what is not in that of the answer."""
    source, link = answers.source, found.hit.link
    kind = source.manifest.kind(found.hit.kind)
    title = link["title"]
    shown, tag = _shown(answers, found, lang)
    entry: Json = {
        "uri": link["iri"],
        "type": [_curie(kind.class_iri)] if kind else [],
        "localname": link["iri"].removeprefix(source.manifest.base),
        "prefLabel": shown or None,
        "lang": tag,
        "vocab": answers.id,
    }
    own: Json = {}
    if found.name == "prefLabel":
        if found.text and found.text != shown:
            entry["matchedPrefLabel"] = found.text
    else:
        entry[found.name] = found.text
        if found.name != "notation" and found.lang.lower() != lang.lower():
            told_apart(own, found.name, f"skos:{found.name}", found.lang)
    if shown and tag.lower() != lang.lower():
        told_apart(own, "prefLabel", "skos:prefLabel", tag)
    view = document_view(source, link["iri"]) if asked.fields else None
    for name, value, spoken in _more(answers, view, asked.fields) if view else ():
        entry[name] = value
        own.pop(name, None)
        if spoken is not None and spoken.lower() != lang.lower():
            told_apart(own, name, f"skos:{name}", spoken)
    if own:
        entry["@context"] = own
    if "prefLabel" in asked.fields:
        entry["prefLabels"] = {each or "@none": text for each, text in title.items()}
    return entry


def _shown(answers: Answers, found: Found, lang: str) -> tuple[str, str]:
    """Give the preferred label to be shown: in the language of the answer, else as it was found."""
    title = found.hit.link["title"]
    if not lang and found.name == "prefLabel" and found.text:
        return found.text, found.lang
    return answers.languages.pick(title)


def _more(
    answers: Answers, view: PageView, fields: Sequence[str]
) -> Iterator[tuple[str, list[Any], str | None]]:
    """Give the values of further properties, with the language of those that are texts."""
    for name in fields:
        value: list[Any] = []
        texts: list[Text] = []
        if name in ("broader", "narrower", "related"):
            _, links = linked(answers.source, view, SKOS[name], limit=_MOST_LINKS)
            value = [answers.entry(each) for each in links]
        elif name in _LINKS:
            mapped = [each["target"] for each in view["mappings"] if each["relation"] == SKOS[name]]
            value = [{"uri": each["iri"]} for each in mapped]
        elif name == "notation":
            value = notations(view)
        elif name in ("altLabel", "hiddenLabel"):
            labels = [each for each in view["labels"] if each["hidden"] is (name == "hiddenLabel")]
            texts = [Text(text=each["text"], lang=each["lang"]) for each in labels]
        elif name in _NOTES:
            sections = [each for each in view["texts"] if each["property"] == SKOS[name]]
            texts = [text for each in sections for text in each["texts"]]
        texts = answers.languages.order(texts)
        if value or texts:
            yield name, value or [each["text"] for each in texts], texts[0]["lang"] if texts else None


def _curie(iri: str) -> str:
    namespace, local = split_iri(iri)
    return f"skos:{local}" if namespace == PREFIXES["skos"] else iri

"""Properties of terms and their values, as tables and other systems ask for them.

A property is named by its IRI or CURIE, with ``@`` and a language tag where only texts in that language are
wanted: ``skos:definition``, ``skos:prefLabel@es``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import ADMS, DCT, OWL, RDF, SKOS

if TYPE_CHECKING:
    from pathways_ld.model import Link, PageView
    from pathways_ld.vocabulary import Languages, Reader

SAMPLED: Final = 500
"""Terms of a kind that are looked at to find out which properties it has."""
MOST_VALUES: Final = 500
"""Values of one property of one term that are given."""
_HEADINGS: Final = {
    SKOS.prefLabel: "Preferred label",
    SKOS.altLabel: "Alternative label",
    SKOS.hiddenLabel: "Hidden label",
    RDF.type: "Type",
    OWL.deprecated: "Deprecated",
}
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Property:
    """A property by its IRI; `lang` is empty where texts in any language count."""

    iri: str
    lang: str = ""


@dataclass(frozen=True)
class Value:
    """A value: a text with its language, or something with an IRI, which is `here` if it has a page here."""

    text: str
    lang: str = ""
    iri: str = ""
    here: bool = False


@dataclass(frozen=True)
class Offered:
    """A property that terms have: its name in the reader's language, and how many of those looked at."""

    id: str
    name: str
    terms: int


def property_of(name: str, source: Reader) -> Property | None:
    """Tell which property is named; None for what is neither an IRI nor a CURIE."""
    iri, at, lang = name.strip().rpartition("@")
    if not at or not _LANGUAGE.fullmatch(lang):
        iri, lang = name.strip(), ""
    prefix, colon, local = iri.partition(":")
    if colon and prefix in source.prefixes and not local.startswith("//"):
        iri = source.prefixes[prefix] + local
    return Property(iri, lang.lower()) if is_absolute_iri(iri) else None


def values_of(source: Reader, view: PageView, wanted: Property, languages: Languages) -> list[Value]:
    """Give the values of a property of a term, at most :data:`MOST_VALUES`, in the order of its page."""
    found = _values(source, view, wanted.iri, languages)
    if wanted.lang:
        found = (each for each in found if not each.iri and _is_in(each.lang, wanted.lang))
    return list(islice(dict.fromkeys(found), MOST_VALUES))


def _is_in(lang: str, wanted: str) -> bool:
    lowered = lang.lower()
    return lowered == wanted or lowered.startswith(f"{wanted}-")


def _values(source: Reader, view: PageView, iri: str, languages: Languages) -> Iterator[Value]:
    if iri == SKOS.prefLabel:
        yield from (Value(text, lang) for lang, text in view["title"].items())
    if iri in (SKOS.altLabel, SKOS.hiddenLabel):
        hidden = iri == SKOS.hiddenLabel
        yield from (Value(each["text"], each["lang"]) for each in view["labels"] if each["hidden"] == hidden)
    if iri == OWL.deprecated and view["deprecated"]:
        yield Value("true")
    for section in view["texts"]:
        if section["property"] == iri:
            yield from (Value(each["text"], each["lang"]) for each in section["texts"])
    for fact in view["facts"]:
        if fact["property"] == iri:
            yield from (_linked(source, link, languages) for link in fact["links"])
            yield from (Value(each["text"], each["lang"]) for each in fact["values"])
    for link in _links(source, view, iri):
        yield _linked(source, link, languages)


def _links(source: Reader, view: PageView, iri: str) -> Iterator[Link]:
    fixed = {
        RDF.type: view["types"],
        DCT.source: view["sources"],
        ADMS.status: view["status"],
        DCT.isReplacedBy: view["replaced_by"],
    }
    yield from fixed.get(iri, ())
    for group in view["groups"]:
        if group["relation"] == iri and not group["incoming"]:
            yield from group["items"]
            if group["total"] > len(group["items"]):
                rest = source.members(
                    view["iri"], group["key"], limit=MOST_VALUES, offset=len(group["items"])
                )
                yield from (hit.link for hit in rest)
    for mapping in view["mappings"]:
        if mapping["relation"] == iri:
            yield mapping["target"]


def _linked(source: Reader, link: Link, languages: Languages) -> Value:
    label, lang = languages.pick(link["title"])
    return Value(label or source.compact(link["iri"]), lang, link["iri"], bool(link["path"]))


def heading_of(source: Reader, iri: str, languages: Languages) -> str:
    """Give words for a property."""
    return _HEADINGS[iri] if iri in _HEADINGS else source.heading(iri, languages)


def offered(source: Reader, kinds: Iterable[str], languages: Languages) -> list[Offered]:
    """Give the properties that terms of some kinds have, the most frequent first.

    Texts that are in several languages are offered for each of them too. Only the first :data:`SAMPLED` terms
    of each kind are looked at.
    """
    counts: Counter[Property] = Counter()
    for kind in kinds:
        for view in islice(source.bulk.of_kind(kind), SAMPLED):
            counts.update(_had(view))
    several = Counter(each.iri for each in counts if each.lang)
    found = []
    for each, terms in counts.items():
        if not each.lang or several[each.iri] > 1:
            name = heading_of(source, each.iri, languages)
            named = f"{source.compact(each.iri)}@{each.lang}" if each.lang else source.compact(each.iri)
            found.append(Offered(named, f"{name} ({each.lang})" if each.lang else name, terms))
    return sorted(found, key=lambda each: (-each.terms, each.id))


def _had(view: PageView) -> set[Property]:
    """Give the properties of a term, those of texts also with their languages."""
    found = {Property(SKOS.prefLabel), *(Property(SKOS.prefLabel, lang.lower()) for lang in view["title"])}
    for label in view["labels"]:
        iri = SKOS.hiddenLabel if label["hidden"] else SKOS.altLabel
        found |= {Property(iri), Property(iri, label["lang"].lower())}
    for section in view["texts"]:
        found.add(Property(section["property"]))
        found |= {Property(section["property"], each["lang"].lower()) for each in section["texts"]}
    found |= {Property(fact["property"]) for fact in view["facts"]}
    found |= {Property(group["relation"]) for group in view["groups"] if not group["incoming"]}
    found |= {Property(mapping["relation"]) for mapping in view["mappings"]}
    there: Sequence[tuple[str, object]] = (
        (RDF.type, view["types"]),
        (DCT.source, view["sources"]),
        (ADMS.status, view["status"]),
        (DCT.isReplacedBy, view["replaced_by"]),
        (OWL.deprecated, view["deprecated"]),
    )
    return found | {Property(iri) for iri, has in there if has}

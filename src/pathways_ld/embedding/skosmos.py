"""Terms in the shapes of Skosmos's REST interface, for the clients that were written for it.

Each answer is JSON-LD with the context that Skosmos gives
(https://github.com/NatLibFi/Skosmos/wiki/REST-API, https://api.finto.fi/doc/). Its contexts say one language
for all labels; a label in another one, because there is none in the language asked for, has its own beside
it, so that the statements stay true. Plain JSON clients do not see that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pathways_ld.embedding.jskos import mapping
from pathways_ld.embedding.surroundings import (
    MOST_REACHED,
    Walk,
    concept_kind,
    document_view,
    linked,
    notations,
    walk,
)
from pathways_ld.iris import slugify
from pathways_ld.namespaces import PREFIXES, SKOS, split_iri
from pathways_ld.snapshot.browsing import Branch, top

if TYPE_CHECKING:
    from pathways_ld.model import LanguageMap, Link, PageView
    from pathways_ld.vocabulary import Languages, Reader

Json = dict[str, Any]

ONKI: Final = "http://schema.onki.fi/onki#"
_RDFS: Final = PREFIXES["rdfs"]
_SKOS: Final = PREFIXES["skos"]
_GLOBAL: Final = frozenset({"data", "label", "lookup", "search", "types", "vocabularies"})
"""Words at which Skosmos answers for all vocabularies: none can have one of them for its id."""
_WEB: Final = ("https://", "http://")
MOST_SIBLINGS: Final = 200
"""Terms right below each step of a hierarchy, or at the top of it, that are listed with it."""


def vocabulary_id(base: str) -> str:
    """Give the name of a vocabulary in addresses: the last word of the base of its IRIs."""
    parts = urlsplit(base)
    segments = [slugify(each) for each in parts.path.split("/")]
    name = next((each for each in reversed(segments) if each), "") or slugify(parts.netloc)
    return f"{name}-vocabulary" if name in _GLOBAL else name or "vocabulary"


@dataclass(frozen=True)
class Answers:
    """Makes the answers of one request; `lang` is the language that their contexts name.

    `base` is the address of the interface, with a slash at its end.
    """

    source: Reader
    id: str
    languages: Languages
    lang: str
    base: str

    def vocabularies(self) -> Json:
        """Name the vocabularies: the one there is."""
        context = {
            "rdfs": _RDFS,
            "onki": ONKI,
            "title": {"@id": "rdfs:label", "@language": self.lang},
            "vocabularies": "onki:hasVocabulary",
            "id": "onki:vocabularyIdentifier",
            "uri": "@id",
            "@base": f"{self.base}vocabularies",
        }
        entry = self._worded({"uri": self.id, "id": self.id}, "title", self.source.title, "rdfs:label")
        return {"@context": context, "uri": "", "vocabularies": [entry]}

    def vocabulary(self) -> Json:
        """Tell about the vocabulary and its concept schemes."""
        manifest = self.source.manifest
        context = {
            "rdfs": _RDFS,
            "skos": _SKOS,
            "onki": ONKI,
            "dct": PREFIXES["dct"],
            "uri": "@id",
            "type": "@type",
            "conceptschemes": "onki:hasConceptScheme",
            "id": "onki:vocabularyIdentifier",
            "defaultLanguage": "onki:defaultLanguage",
            "languages": "onki:language",
            "label": "rdfs:label",
            "prefLabel": "skos:prefLabel",
            "title": "dct:title",
            "@language": self.lang,
            "@base": f"{self.base}{self.id}/",
        }
        answer: Json = {"@context": context, "uri": "", "id": self.id}
        self._worded(answer, "title", self.source.title, "dct:title", into=context)
        titles = self.source.titles_of(self.schemes())
        return answer | {
            "defaultLanguage": manifest.default_language,
            "languages": [each for each in manifest.languages if each] or [manifest.default_language],
            "conceptschemes": [
                self._worded({"uri": iri, "type": "skos:ConceptScheme"}, "prefLabel", titles.get(iri, {}))
                for iri in self.schemes()
            ],
        }

    def schemes(self) -> list[str]:
        """Give the IRIs of the concept schemes: the vocabulary's own first."""
        kind = concept_kind(self.source)
        own = self.source.manifest.vocabulary_iri
        others = self.source.browser.schemes(kind.name) if kind else []
        return [*dict.fromkeys([*([own] if own else []), *others])]

    def default_scheme(self) -> str:
        """Give the scheme whose concepts are listed where none is named; empty for those of all schemes."""
        kind, schemes = concept_kind(self.source), self.schemes()
        own = schemes[0] if schemes else ""
        return own if kind and self.source.browser.count(top(kind.name, own), 1) else ""

    def types(self) -> Json:
        """List the classes of which there are terms."""
        manifest = self.source.manifest
        classes = [kind.class_iri for kind in manifest.kinds if manifest.counts.get(kind.name)]
        words = {kind.class_iri: {"en": kind.singular} for kind in manifest.kinds}
        headings = self.source.headings
        listed = [
            self._worded({"uri": iri}, "label", headings.get(iri) or words.get(iri, {}), "rdfs:label")
            for iri in classes
        ]
        more = {
            "rdfs": _RDFS,
            "onki": ONKI,
            "label": "rdfs:label",
            "superclass": {"@id": "rdfs:subClassOf", "@type": "@id"},
            "types": "onki:hasType",
            "@base": self.base,
        }
        return self._answer("", {"types": listed}, more)

    def top_concepts(self, scheme: str, *, limit: int, offset: int) -> tuple[int, Json]:
        """List the concepts at the top of a scheme, of all where it is empty; with their number."""
        kind = concept_kind(self.source)
        place = top(kind.name, scheme) if kind else ""
        branches = self.source.browser.children(place, limit=limit, offset=offset)
        listed = [self._branch(each, "label") | {"topConceptOf": scheme or None} for each in branches]
        more = {
            "onki": ONKI,
            "topconcepts": "skos:hasTopConcept",
            "notation": "skos:notation",
            "label": "skos:prefLabel",
        }
        total = self.source.browser.total(place)
        return total, self._answer(scheme, {"topconcepts": listed}, more)

    def children(self, iri: str, *, limit: int, offset: int) -> tuple[int, Json]:
        """List what stands right below a concept, each with whether more is below it; with their number."""
        branches = self.source.browser.children(iri, limit=limit, offset=offset)
        more = {
            "prefLabel": "skos:prefLabel",
            "narrower": "skos:narrower",
            "notation": "skos:notation",
            "onki": ONKI,
            "hasChildren": "onki:hasChildren",
        }
        listed = [self._branch(each, "prefLabel") for each in branches]
        return self.source.browser.total(iri), self._answer(iri, {"narrower": listed}, more)

    def step(self, view: PageView, relation: str, *, limit: int, offset: int) -> tuple[int, Json]:
        """List what a relation ("broader", "narrower", "related") leads to; with the number of it."""
        total, links = linked(self.source, view, SKOS[relation], limit=limit, offset=offset)
        more = {"prefLabel": "skos:prefLabel", relation: f"skos:{relation}"}
        return total, self._answer(view["iri"], {relation: [self.entry(each) for each in links]}, more)

    def steps(self, view: PageView, relation: str, most: int) -> Json:
        """Tell everything above or below ("broader", "narrower") a concept, which is itself the first of it.

        ``isComplete`` is false, and only then there, where more than `most` would have to be told.
        """
        found = walk(self.source, view, SKOS[relation], min(most, MOST_REACHED))
        name = f"{relation}Transitive"
        more = {
            "prefLabel": "skos:prefLabel",
            relation: {"@id": f"skos:{relation}", "@type": "@id"},
            name: {"@id": f"skos:{name}", "@container": "@index"},
        }
        told = {
            iri: self.entry(each.link) | ({relation: each.steps} if each.steps else {})
            for iri, each in found.reached.items()
        }
        return self._answer(view["iri"], {name: told} | _cut(found), more)

    def hierarchy(self, view: PageView) -> Json:
        """Tell the way from the top down to a concept, with what stands beside each step of it."""
        found = walk(self.source, view, SKOS.broader)
        told = {iri: self._level(each.link, each.steps) for iri, each in found.reached.items()}
        kind, scheme = concept_kind(self.source), self.default_scheme()
        tops = self.source.browser.children(top(kind.name, scheme), limit=MOST_SIBLINGS) if kind else []
        for each in tops:
            entry = told.setdefault(each.link["iri"], self._branch(each, "prefLabel"))
            if scheme:
                entry |= {"top": scheme, "tops": [scheme]}
        more: Json = {
            "onki": ONKI,
            "prefLabel": "skos:prefLabel",
            "notation": "skos:notation",
            "narrower": {"@id": "skos:narrower", "@type": "@id"},
            "broader": {"@id": "skos:broader", "@type": "@id"},
            "broaderTransitive": {"@id": "skos:broaderTransitive", "@container": "@index"},
            "top": {"@id": "skos:topConceptOf", "@type": "@id"},
            "tops": {"@id": "skos:topConceptOf", "@type": "@id"},
            "hasChildren": "onki:hasChildren",
        }
        return self._answer(view["iri"], {"broaderTransitive": told} | _cut(found), more)

    def _level(self, link: Link, steps: list[str]) -> Json:
        below = self.source.browser.children(link["iri"], limit=MOST_SIBLINGS)
        entry = self.entry(link) | {"hasChildren": bool(below)}
        if steps:
            entry["broader"] = steps
        if below:
            entry["narrower"] = [
                # The context of Skosmos does not define this name, so no statement is made by it.
                {
                    "uri": each.link["iri"],
                    "label": self.languages.pick(each.link["title"])[0] or None,
                    "hasChildren": each.below > 0,
                }
                for each in below
            ]
        return entry

    def labels(self, iri: str, title: LanguageMap, view: PageView | None) -> Json:
        """Give the labels of a term in one language."""
        more: Json = {name: f"skos:{name}" for name in ("prefLabel", "altLabel", "hiddenLabel")}
        answer: Json = {}
        self._worded(answer, "prefLabel", title, into=more)
        for name, hidden in (("altLabel", False), ("hiddenLabel", True)):
            said = [label for label in view["labels"] if label["hidden"] is hidden] if view else []
            tags = self.best({label["lang"] for label in said})
            texts = [label["text"] for label in said if label["lang"] == tags]
            if texts:
                answer[name] = texts
        return self._answer(iri, answer, more)

    def best(self, tags: Iterable[str]) -> str | None:
        """Give the tag that stands for the language asked for; None where there is none of that language."""
        wanted = self.lang.lower()
        fitting = sorted(tag for tag in tags if speaks(tag, wanted))
        return min(fitting, key=lambda tag: (tag.lower() != wanted, tag)) if fitting else None

    def groups(self, *, limit: int, offset: int) -> tuple[int, Json]:
        """List the collections; with their number."""
        kind = next((k for k in self.source.manifest.kinds if k.class_iri == SKOS.Collection), None)
        hits = self.source.listing(kind.name, limit=limit, offset=offset) if kind else []
        listed = [self.entry(hit.link) | {"hasMembers": True} for hit in hits]
        more = {
            "onki": ONKI,
            "prefLabel": "skos:prefLabel",
            "groups": "onki:hasGroup",
            "childGroups": {"@id": "skos:member", "@type": "@id"},
            "hasMembers": "onki:hasMembers",
        }
        total = self.source.manifest.counts.get(kind.name, 0) if kind else 0
        return total, self._answer("", {"groups": listed}, more)

    def group_members(self, iri: str, *, limit: int, offset: int) -> Json:
        """List the concepts in a collection."""
        kind = concept_kind(self.source)
        terms = (
            self.source.browser.members(kind.name, SKOS.member, iri, limit=limit, offset=offset)
            if kind
            else []
        )
        more = {"prefLabel": "skos:prefLabel", "members": "skos:member"}
        return self._answer(iri, {"members": [self.entry(each.link) for each in terms]}, more)

    def statistics(self) -> Json:
        """Count the terms by class."""
        manifest = self.source.manifest
        context: Json = {
            "rdfs": _RDFS,
            "skos": _SKOS,
            "void": PREFIXES["void"],
            "onki": ONKI,
            "uri": "@id",
            "id": "onki:vocabularyIdentifier",
            "concepts": "void:classPartition",
            "label": "rdfs:label",
            "class": {"@id": "void:class", "@type": "@id"},
            "subTypes": "void:classPartition",
            "count": "void:entities",
            "title": PREFIXES["dct"] + "title",
            "@language": self.lang,
            "@base": f"{self.base}{self.id}/",
        }
        counted = [
            self._worded(
                {"class": kind.class_iri, "count": manifest.counts.get(kind.name, 0)},
                "label",
                self.source.headings.get(kind.class_iri) or {"en": kind.singular},
                "rdfs:label",
            )
            for kind in manifest.kinds
        ]
        answer: Json = {"@context": context, "uri": "", "id": self.id}
        self._worded(answer, "title", self.source.title, PREFIXES["dct"] + "title", into=context)
        concepts = [each for each in counted if each["class"] == SKOS.Concept]
        answer["concepts"] = concepts[0] if concepts else {"class": SKOS.Concept, "count": 0}
        return answer | {"subTypes": [each for each in counted if each["class"] != SKOS.Concept]}

    def mappings(self, view: PageView) -> list[Json]:
        """Give the mappings of a concept: JSKOS, with what Skosmos adds for people to read."""
        found = []
        for each in view["mappings"]:
            target = each["target"]
            label, lang = self.languages.pick(target["title"])
            told = mapping(self.source, view, each)
            told |= {
                "uri": view["iri"],
                "type": [f"skos:{split_iri(each['relation'])[1]}"],
                "prefLabel": label or target["iri"],
                "lang": lang,
                "hrefLink": target["iri"] if target["iri"].startswith(_WEB) else None,
                "vocabName": urlsplit(target["iri"]).hostname or "",
                "typeLabel": self.source.heading(each["relation"], self.languages),
            }
            del told["@context"]
            found.append(told)
        return found

    def entry(self, link: Link) -> Json:
        """Refer to a term."""
        return self._worded({"uri": link["iri"]}, "prefLabel", link["title"])

    def _branch(self, branch: Branch, name: str) -> Json:
        entry = self._worded({"uri": branch.link["iri"]}, name, branch.link["title"])
        view = document_view(self.source, branch.link["iri"])
        codes = notations(view) if view else []
        if codes:
            entry["notation"] = codes[0]
        return entry | {"hasChildren": branch.below > 0}

    def _worded(
        self,
        entry: Json,
        name: str,
        texts: LanguageMap,
        predicate: str = "skos:prefLabel",
        *,
        into: Json | None = None,
    ) -> Json:
        """Put the best text into an entry; None where there is none."""
        text, lang = self.languages.pick(texts)
        entry[name] = text or None
        if text and lang.lower() != self.lang.lower():
            told_apart(entry.setdefault("@context", {}) if into is None else into, name, predicate, lang)
        return entry

    def _answer(self, iri: str, content: Json, more: Mapping[str, Any]) -> Json:
        context = {"skos": _SKOS, "uri": "@id", "type": "@type", **more, "@language": self.lang}
        return {"@context": context, "uri": iri, **content}


def told_apart(context: Json, name: str, predicate: str, lang: str) -> None:
    """Say in a context that a text is not in the language of the whole answer."""
    context[name] = {"@id": predicate, "@language": lang or None}


def speaks(tag: str, wanted: str) -> bool:
    """Tell whether a language tag is of the language that is wanted (RFC 4647, 3.3.1); both may be empty."""
    tag, wanted = tag.lower(), wanted.lower()
    return not wanted or tag == wanted or tag.startswith(f"{wanted}-")


def _cut(found: Walk) -> Json:
    return {} if found.is_complete else {"isComplete": False}

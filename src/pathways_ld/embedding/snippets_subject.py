"""What snippets and citations say of a term: read once from its page view and that of its vocabulary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from pathways_ld.errors import TermNotFound
from pathways_ld.model import Fact, LanguageMap, PageView, Text
from pathways_ld.namespaces import BIBO, DCT, ORG, OWL, RDFS, SCHEMA, SKOS, split_iri
from pathways_ld.vocabulary import Languages, Reader

_DESCRIPTIONS: Final = (SKOS.definition, DCT.description, RDFS.comment)
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_SCHEMA_TYPES: Final = {
    SKOS.ConceptScheme: "DefinedTermSet",
    SKOS.Concept: "DefinedTerm",
    SCHEMA.Organization: "Organization",
    ORG.Organization: "Organization",
    SCHEMA.CreativeWork: "CreativeWork",
    BIBO.Document: "CreativeWork",
}


@dataclass(frozen=True)
class Vocabulary:
    """The vocabulary of a term, as others name it; what it does not say is empty."""

    iri: str
    title: Text
    version: str = ""
    creators: tuple[str, ...] = ()
    dated: tuple[int, ...] = ()
    """Year, month and day on which it was changed last, as far as they are said."""


@dataclass(frozen=True)
class Subject:
    """A term that somebody embeds or cites, in the reader's language.

    White space and control characters are single spaces: what is pasted runs in terminals too.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    name: Text
    description: Text
    """Empty where there is none."""
    notation: str
    vocabulary: Vocabulary
    dated: tuple[int, ...]
    context: str = ""
    """The address of the JSON-LD context; empty where there is none."""

    @property
    def is_concept(self) -> bool:
        """Whether it is something that others can be about, classified with, or mapped to."""
        return SKOS.Concept in self.types

    @property
    def schema_type(self) -> str:
        """The class of schema.org that fits best (https://schema.org/DefinedTerm)."""
        return next((name for iri, name in _SCHEMA_TYPES.items() if iri in self.types), "Thing")

    @property
    def code(self) -> str:
        """The notation, else what the IRI ends in."""
        return self.notation or split_iri(self.iri.rstrip("/#"))[1] or self.iri

    @property
    def column(self) -> str:
        """What columns of tables are called after."""
        return re.sub(r"[^a-z0-9]+", "_", self.kind.lower()).strip("_") or "term"


def subject_of(source: Reader, view: PageView, languages: Languages, context: str = "") -> Subject:
    """Read what is said of a term: one more document is read, that of the vocabulary."""
    text, lang = languages.pick(view["title"])
    described = next((each for each in view["texts"] if each["property"] in _DESCRIPTIONS), None)
    texts = languages.order(described["texts"]) if described else []
    vocabulary = _vocabulary(source, languages)
    return Subject(
        iri=view["iri"],
        kind=view["kind"],
        types=tuple(link["iri"] for link in view["types"]),
        name=_text(text or split_iri(view["iri"])[1] or view["iri"], lang),
        description=_text(texts[0]["text"], texts[0]["lang"]) if texts else _text("", ""),
        notation=_first(view["facts"], SKOS.notation),
        vocabulary=vocabulary,
        dated=_dated(view["facts"]) or vocabulary.dated,
        context=context,
    )


@dataclass(frozen=True)
class _About:
    """What the document of a vocabulary says of it, in all languages."""

    version: str = ""
    creators: tuple[LanguageMap, ...] = ()
    dated: tuple[int, ...] = ()


_READ: Final[WeakKeyDictionary[Reader, _About]] = WeakKeyDictionary()
"""Read once of each snapshot: the document of a large vocabulary names all of its top concepts."""


def _vocabulary(source: Reader, languages: Languages) -> Vocabulary:
    about = _READ.get(source)
    if about is None:
        about = _READ[source] = _about(source)
    text, lang = languages.pick(source.title)
    creators = (_SPACES.sub(" ", languages.pick(each)[0]).strip() for each in about.creators)
    return Vocabulary(
        iri=source.manifest.vocabulary_iri,
        title=_text(text or source.manifest.base, lang),
        version=about.version,
        creators=tuple(dict.fromkeys(filter(None, creators))),
        dated=about.dated,
    )


def _about(source: Reader) -> _About:
    iri = source.manifest.vocabulary_iri
    try:
        document = source.document(iri)
    except TermNotFound:
        return _About()
    facts = document.view["facts"]
    named = {link["iri"]: link["title"] for each in facts for link in each["links"]}
    stated = re.compile(rf"^<{re.escape(iri)}> <{re.escape(DCT.creator)}> <([^>]*)> \.$".encode(), re.M)
    agents = [each.decode() for each in stated.findall(document.ntriples)]
    named |= source.titles_of(agents)  # creators that the document itself describes are no facts
    creators = [named.get(each, {}) for each in agents]
    creators += [
        {value["lang"]: value["text"]}
        for each in facts
        for value in each["values"]
        if each["property"] == DCT.creator
    ]
    return _About(_first(facts, OWL.versionInfo), tuple(creators), _dated(facts))


def _first(facts: list[Fact], iri: str) -> str:
    return next((value["text"] for each in facts if each["property"] == iri for value in each["values"]), "")


def _dated(facts: list[Fact]) -> tuple[int, ...]:
    """Give the day of the last change; of several that are given, the latest."""
    for iri in (DCT.modified, DCT.issued, DCT.created):
        found = [
            tuple(int(part) for part in match.groups() if part)
            for each in facts
            if each["property"] == iri
            for value in each["values"]
            if (match := _DATE.match(value["text"])) is not None
        ]
        if found:
            return max(found)
    return ()


def _text(text: str, lang: str) -> Text:
    return Text(text=_SPACES.sub(" ", text).strip(), lang=lang)

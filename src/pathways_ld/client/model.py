"""What the functions of a vocabulary give: frozen, typed, the same online and offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pathways_ld.client.failures import AnswerUnusable
from pathways_ld.client.values import Iri, Text, Triple, Value

SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
DCT: Final = "http://purl.org/dc/terms/"
RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RDFS_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
DEPRECATED: Final = "http://www.w3.org/2002/07/owl#deprecated"
_LABELS: Final = (f"{SKOS}prefLabel", f"{DCT}title", RDFS_LABEL)

T = TypeVar("T")
_WHOLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|urn:|tag:|info:")

LanguageMap = Mapping[str, str]
"""Language tag (``""`` where there is none) to one text."""


def pick(texts: LanguageMap, lang: str) -> str:
    """Give the text in a language or a variety of it, else in English, else in any; empty without texts."""
    by_tag = {tag.lower(): text for tag, text in texts.items()}
    for wanted in (lang.lower(), lang.lower().partition("-")[0], "en"):
        near = sorted(tag for tag in by_tag if wanted and f"{tag}-".startswith(f"{wanted}-"))
        if near:
            return by_tag[near[0]]
    return by_tag[min(by_tag)] if by_tag else ""


@dataclass(frozen=True)
class Term:
    """What the vocabulary says of a term.

    `triples` are all statements of its document: those about the term, about its parts, and the labels of its
    neighbours.
    """

    iri: str
    triples: tuple[Triple, ...] = field(repr=False)

    def values(self, predicate: str) -> list[Value]:
        """Give the values of a property, by its IRI."""
        return [
            each.object for each in self.triples if each.subject == self.iri and each.predicate == predicate
        ]

    def texts(self, predicate: str) -> list[Text]:
        """Give the values of a property that are texts."""
        return [each for each in self.values(predicate) if isinstance(each, Text)]

    def iris(self, predicate: str) -> list[str]:
        """Give the values of a property that are IRIs."""
        return [str(each) for each in self.values(predicate) if isinstance(each, Iri)]

    @property
    def labels(self) -> dict[str, str]:
        """Its preferred label in each language."""
        found: list[Text] = next(filter(None, map(self.texts, _LABELS)), [])
        return {each.lang: str(each) for each in found}

    def label(self, lang: str = "en") -> str:
        """Give the preferred label in a language, or in another one where there is none."""
        return pick(self.labels, lang)

    @property
    def alternative_labels(self) -> list[Text]:
        """Its other labels."""
        return self.texts(f"{SKOS}altLabel")

    @property
    def definitions(self) -> dict[str, str]:
        """Its definition in each language."""
        return {each.lang: str(each) for each in self.texts(f"{SKOS}definition")}

    def definition(self, lang: str = "en") -> str:
        """Give the definition in a language, or in another one where there is none."""
        return pick(self.definitions, lang)

    @property
    def types(self) -> list[str]:
        """The IRIs of its classes."""
        return self.iris(RDF_TYPE)

    @property
    def broader(self) -> list[str]:
        """The IRIs of the concepts right above it."""
        return self.iris(f"{SKOS}broader")

    @property
    def narrower(self) -> list[str]:
        """The IRIs of the concepts right below it."""
        return self.iris(f"{SKOS}narrower")

    @property
    def related(self) -> list[str]:
        """The IRIs of related concepts."""
        return self.iris(f"{SKOS}related")

    @property
    def sources(self) -> list[str]:
        """The IRIs of what its description rests on."""
        return self.iris(f"{DCT}source")

    @property
    def deprecated(self) -> bool:
        """Whether another term is to be used."""
        return any(each is True for each in self.values(DEPRECATED))

    @property
    def replaced_by(self) -> list[str]:
        """The IRIs of the terms to be used instead."""
        return self.iris(f"{DCT}isReplacedBy")


@dataclass(frozen=True)
class Match:
    """A text by which a term was found; `property` is an abbreviated IRI."""

    property: str
    lang: str
    text: str


@dataclass(frozen=True)
class Found:
    """A term that a search has found, and by what."""

    iri: str
    kind: str
    labels: LanguageMap
    summary: LanguageMap
    matches: tuple[Match, ...]
    deprecated: bool = False

    def label(self, lang: str = "en") -> str:
        """Give the preferred label in a language, or in another one where there is none."""
        return pick(self.labels, lang)


@dataclass(frozen=True)
class Suggestion:
    """A term for what somebody has begun to type, named in the client's language."""

    iri: str
    label: str
    lang: str
    kind: str
    deprecated: bool = False


@dataclass(frozen=True)
class Candidate:
    """A term that a value may mean; `match` tells that it can be taken without a look.

    `replaces` is the IRI of the deprecated term that this one stands for.
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
class LookedUp:
    """What was found for a value; `status` is "found", "ambiguous", "deprecated" or "unknown".

    `searched` is false where the service had no time to look for what is near.
    """

    value: str
    status: str
    candidates: tuple[Candidate, ...]
    searched: bool = True

    @property
    def iri(self) -> str:
        """The IRI that can be taken without a look; empty where there is none."""
        return next((each.iri for each in self.candidates if each.match), "")


@dataclass(frozen=True)
class Entity:
    """A candidate of the reconciliation service; `types` are the IRIs of its classes."""

    iri: str
    name: str
    score: float
    match: bool
    types: tuple[str, ...]
    description: str
    features: Mapping[str, object]


# from JSON


def read_as(make: Callable[..., T], *told: Any) -> T:
    """Read something of an answer; raises :class:`AnswerUnusable` where it is not as expected."""
    try:
        return make(*told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise AnswerUnusable(f"The answer is not as expected ({reason}): {str(told[0])[:200]}") from None


def found_of(each: Mapping[str, Any]) -> Found:
    """Read a result of a search."""
    return Found(
        iri=each["id"],
        kind=each["kind"],
        labels=dict(each["prefLabel"]),
        summary=dict(each.get("summary") or {}),
        matches=tuple(Match(one["property"], one["lang"], one["text"]) for one in each["matches"]),
        deprecated=bool(each.get("deprecated")),
    )


def suggestion_of(each: Mapping[str, Any]) -> Suggestion:
    """Read a suggestion."""
    return Suggestion(each["id"], each["label"], each["lang"], each["kind"], bool(each.get("deprecated")))


def looked_up_of(row: Mapping[str, Any]) -> LookedUp:
    """Read the answer for one value."""
    candidates = tuple(
        Candidate(
            iri=each["iri"],
            label=each["label"],
            lang=each["lang"],
            kind=each["kind"],
            score=float(each["score"]),
            matched=each["matched"],
            match=bool(each["match"]),
            deprecated=bool(each.get("deprecated")),
            replaces=each.get("replaces") or "",
        )
        for each in row["candidates"]
    )
    return LookedUp(row["value"], row["status"], candidates, bool(row.get("searched", True)))


def entities_of(answer: Mapping[str, Any], base: str) -> list[Entity]:
    """Read the candidates for one query; ids are IRIs without `base`."""
    return [
        Entity(
            iri=each["id"] if _WHOLE.match(each["id"]) else base + each["id"],
            name=each["name"],
            score=float(each["score"]),
            match=bool(each.get("match")),
            types=tuple(one["id"] for one in each.get("type") or ()),
            description=each.get("description") or "",
            features={one["id"]: one["value"] for one in each.get("features") or ()},
        )
        for each in answer["result"]
    ]


def batches(values: Iterable[T], size: int) -> list[list[T]]:
    """Part values into batches."""
    every = list(values)
    return [every[start : start + size] for start in range(0, len(every), size)]

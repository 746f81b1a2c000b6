"""The statistics as a page and as data show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pathways_ld.model import LanguageMap, Link, Part
from pathways_ld.namespaces import RDF, RDFS, SKOS, VOID, XSD, split_iri
from pathways_ld.rdfio import Statement, blank, iri, literal
from pathways_ld.settings import Kind
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.statistics import ORPHAN, UNDEFINED, UNSOURCED
from pathways_ld.wording import N_

MISSING: Final = {
    "definition": (
        UNDEFINED,
        "without a definition or description",
        N_("%(kinds)s without a definition or description"),
    ),
    "source": (UNSOURCED, "without a source", N_("%(kinds)s without a source")),
    "relation": (
        ORPHAN,
        "without a broader, narrower or related term",
        N_("%(kinds)s without a broader, narrower or related term"),
    ),
}
"""What ``?missing=`` takes: the heading that terms stand under, words, and the same about terms of a kind."""

_GAINED: Final = {"definition": "defined", "source": "sourced"}
_RELATIONS: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_UNTOLD: Final = frozenset({RDF.type, RDFS.isDefinedBy, SKOS.inScheme})
MOST_ROWS: Final = 200
"""Rows of a table that the data could make as long as it likes; the rest is counted."""


@dataclass(frozen=True)
class KindRow:
    """The coverage of one kind; a number is None where no term of the kind has the thing."""

    kind: Kind
    terms: int
    deprecated: int
    withdrawn: int
    defined: int | None
    sourced: int | None
    mapped: int | None

    def share(self, number: int) -> str:
        """Give a number as a percentage of the terms; only all of them are 100 %."""
        percent = 100 * number / self.terms if self.terms else 0
        if 0 < percent < 1:
            return "< 1 %"
        return "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


@dataclass(frozen=True)
class Gap:
    """What some terms of a kind lack, though others have it."""

    name: str
    wording: str
    """What the terms lack, where ``%(kinds)s`` stands for them."""
    kind: Kind
    number: int

    @property
    def heading(self) -> str:
        """The heading under which they are filed."""
        return f"{MISSING[self.name][0]} {self.kind.name}"


@dataclass(frozen=True)
class Target:
    """Another vocabulary that is mapped to: how many terms are, and how many mappings by relation."""

    namespace: str
    terms: int
    relations: dict[str, int]


class StatisticsView:
    """Arranges what was counted."""

    def __init__(self, source: Reader) -> None:
        self.reader = source
        self.counted = source.statistics
        kinds = [kind for kind in source.manifest.kinds if self.counted.of("terms", kind.name)]
        self.rows = [self._row(kind) for kind in kinds]
        self.gaps = list(self._gaps())
        self._titles: dict[str, LanguageMap] | None = None

    def _row(self, kind: Kind) -> KindRow:
        def of(measure: str) -> int:
            return self.counted.of(measure, kind.name)

        return KindRow(
            kind,
            of("terms"),
            of("deprecated"),
            of("withdrawn"),
            of("defined") or None,
            of("sourced") or None,
            of("mapped") or None,
        )

    def _gaps(self) -> Iterator[Gap]:
        for name, (measure, _, wording) in MISSING.items():
            for row in self.rows:
                number = self.counted.of(measure, row.kind.name)
                has = self.counted.of(_GAINED[name], row.kind.name) if name in _GAINED else row.terms > number
                if number and has:
                    yield Gap(name, wording, row.kind, number)

    @property
    def languages(self) -> list[tuple[str, dict[str, int]]]:
        """For each language tag (``-`` for none), how many names, other names and definitions there are."""
        measures = ("named-in", "also-called-in", "hidden-in", "defined-in")
        found = {measure: self.counted.by(measure) for measure in measures}
        tags = sorted({tag for each in found.values() for tag in each})
        tags.sort(key=lambda tag: -found["named-in"].get(tag, 0))
        return [(tag, {name: found[name].get(tag, 0) for name in measures}) for tag in tags]

    @property
    def targets(self) -> list[Target]:
        """The vocabularies that are mapped to, the ones with most terms first."""
        terms = self.counted.by("mapped-to")
        relations: dict[str, dict[str, int]] = {namespace: {} for namespace in terms}
        for detail, number in self.counted.by("mapping").items():
            relation, _, namespace = detail.partition(" ")
            relations.setdefault(namespace, {})[split_iri(relation)[1]] = number
        found = [Target(space, terms.get(space, 0), relations[space]) for space in relations]
        return sorted(found, key=lambda each: (-each.terms, each.namespace))

    @property
    def relations(self) -> list[str]:
        """The mapping properties in use, the closest first."""
        used = {name for target in self.targets for name in target.relations}
        return [name for name in _RELATIONS if name in used] + sorted(used - set(_RELATIONS))

    @property
    def depths(self) -> list[tuple[Kind, dict[int, int]]]:
        """For each kind of concept, how many lie how many steps below the top."""
        return [
            (row.kind, dict(sorted((int(depth), number) for depth, number in found.items())))
            for row in self.rows
            if (found := self.counted.by("depth", row.kind.name)).keys() - {"0"}
        ]

    def values(self, kind: str) -> list[tuple[str, list[tuple[Link, int]]]]:
        """Give how often the values that the vocabulary lists itself are used, by property."""
        found: dict[str, list[tuple[Link, int]]] = {}
        for value, number in self.counted.by("status", kind).items():
            found.setdefault("http://www.w3.org/ns/adms#status", []).append((self.link(value), number))
        for detail, number in self.counted.by("value", kind).items():
            relation, _, value = detail.partition(" ")
            found.setdefault(relation, []).append((self.link(value), number))
        return [
            (relation, sorted(values, key=lambda each: (-each[1], each[0]["iri"])))
            for relation, values in sorted(found.items())
        ]

    def properties(self, kind: str) -> list[tuple[str, int]]:
        """Give how many terms of a kind have each property, the commonest first."""
        found = self.counted.by("property", kind)
        return sorted(
            ((each, number) for each, number in found.items() if each not in _UNTOLD),
            key=lambda each: (-each[1], each[0]),
        )

    def link(self, value: str) -> Link:
        """Refer to what the vocabulary describes among its own parts."""
        if self._titles is None:
            self._titles = _titles(self.reader)
        path = self.reader.space.path(value) if value in self._titles else None
        return Link(iri=value, path=path or "", title=self._titles.get(value, {}))

    def document(self, root: str) -> dict[str, Any]:
        """Give everything as data."""
        manifest = self.reader.manifest
        return {
            "vocabulary": manifest.vocabulary_iri or None,
            "snapshot": manifest.id,
            "created": manifest.created,
            "change": manifest.change,
            "statements": manifest.statements,
            "kinds": [self._kind(row, root) for row in self.rows],
            "languages": {
                "" if tag == "-" else tag: dict(
                    zip(("names", "otherNames", "hiddenNames", "definitions"), numbers.values(), strict=True)
                )
                for tag, numbers in self.languages
            },
            "mappings": [
                {"target": each.namespace, "terms": each.terms, "relations": each.relations}
                for each in self.targets
            ],
        }

    def _kind(self, row: KindRow, root: str) -> dict[str, Any]:
        kind = row.kind.name
        return {
            "kind": kind,
            "class": row.kind.class_iri,
            "label": row.kind.plural,
            "terms": row.terms,
            "deprecated": row.deprecated,
            "withdrawn": row.withdrawn,
            "withDefinition": row.defined,
            "withSource": row.sourced,
            "withMapping": row.mapped,
            "missing": {
                each.name: {
                    "terms": each.number,
                    "url": f"{root}/statistics.json?missing={each.name}&kind={kind}",
                }
                for each in self.gaps
                if each.kind is row.kind
            },
            "depth": {
                depth: number
                for each, found in self.depths
                if each is row.kind
                for depth, number in found.items()
            },
            "types": self.counted.by("type", kind),
            "values": {
                relation: {link["iri"]: number for link, number in values}
                for relation, values in self.values(kind)
            },
            "properties": self.counted.by("property", kind),
        }

    def statements(self) -> list[Statement]:
        """Give what VoID has words for (https://www.w3.org/TR/void/#statistics)."""
        manifest = self.reader.manifest
        dataset = iri(manifest.vocabulary_iri or manifest.base)
        found = [
            Statement(dataset, iri(RDF.type), iri(VOID.Dataset)),
            Statement(dataset, iri(VOID.triples), _number(manifest.statements)),
            Statement(dataset, iri(VOID.entities), _number(sum(row.terms for row in self.rows))),
        ]
        for row in self.rows:
            part = blank(f"class-{row.kind.name}")
            found += [
                Statement(dataset, iri(VOID.classPartition), part),
                Statement(part, iri(VOID["class"]), iri(row.kind.class_iri)),
                Statement(part, iri(VOID.entities), _number(row.terms)),
            ]
        for number, target in enumerate(self.targets[:MOST_ROWS], 1):
            for relation in target.relations.keys() & set(_RELATIONS):
                links = blank(f"links-{number}-{relation}")
                there = blank(f"target-{number}")
                found += [
                    Statement(dataset, iri(VOID.subset), links),
                    Statement(links, iri(RDF.type), iri(VOID.Linkset)),
                    Statement(links, iri(VOID.subjectsTarget), dataset),
                    Statement(links, iri(VOID.objectsTarget), there),
                    Statement(there, iri(VOID.uriSpace), literal(target.namespace)),
                    Statement(links, iri(VOID.linkPredicate), iri(SKOS[relation])),
                    Statement(links, iri(VOID.triples), _number(target.relations[relation])),
                ]
        return sorted(set(found))


def _number(value: int) -> str:
    return literal(str(value), datatype=XSD.integer)


def _titles(source: Reader) -> dict[str, LanguageMap]:
    if not source.manifest.vocabulary_iri:
        return {}
    found: dict[str, LanguageMap] = {}

    def add(parts: list[Part]) -> None:
        for part in parts:
            found[part["iri"]] = part["title"]
            add(part["members"])

    add(source.document(source.manifest.vocabulary_iri).view["parts"])
    return found

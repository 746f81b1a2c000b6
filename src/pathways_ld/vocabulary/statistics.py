"""What a vocabulary holds, counted: each document counts for itself, and the sum is the statistics.

So a change costs what it changes: what the documents counted before is taken away, what they count now is
added, and the result is that of counting everything. A *measure* is a few words, its name first, then the
kind, then what it is about: ``named-in topic es``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from pathways_ld.iris import document_of
from pathways_ld.model import PageView, Part, Text
from pathways_ld.namespaces import DCT, RDF, RDFS, SKOS, split_iri
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts

STATISTICS: Final = "statistics"
"""The name under which a snapshot keeps them."""

UNDEFINED: Final = "undefined"
UNSOURCED: Final = "unsourced"
ORPHAN: Final = "orphan"
GAPS: Final = (UNDEFINED, UNSOURCED, ORPHAN)
"""What is missing; documents are filed under it."""
DATED: Final = "dated"
FRAMEWORK: Final = "framework"
USE: Final = "use"

_STARTS: Final = frozenset({"startYear", "startDate", "startedAtTime"})
_ENDS: Final = frozenset({"endYear", "endDate", "endedAtTime"})
"""Local names: many vocabularies have properties of their own for when something began and ended."""
_TEMPORAL: Final = "temporal"
_TELLING: Final = _STARTS | _ENDS | {_TEMPORAL}
_YEAR: Final = re.compile(r"-?\d{4,5}(?=$|[-Z+])")
_TYPE: Final = f"<{RDF.type}>"
_DEFINING: Final = frozenset({SKOS.definition, DCT.description, RDFS.comment})
_RELATED: Final = frozenset({SKOS.broader, SKOS.narrower, SKOS.related})


@dataclass(frozen=True)
class Measured:
    """A document as it is counted."""

    iri: str
    kind: str
    deprecated: bool
    withdrawn: bool
    view: PageView
    statements: Sequence[Statement]
    vocabulary_iri: str

    @property
    def counts(self) -> bool:
        """Whether it counts as a term."""
        return bool(self.kind) and not self.withdrawn

    @cached_property
    def period(self) -> Period | None:
        """When what is described began, and ended; None where no start is stated that has a year."""
        return _period(self)

    @cached_property
    def uses(self) -> list[Use]:
        """The classes and properties of the vocabulary that are used, each with one place."""
        return _uses(self)


class Use(NamedTuple):
    """A class or property of the vocabulary's own that a document uses; `value` is empty for a class."""

    iri: str
    subject: str
    value: str


class Period(NamedTuple):
    """The years in which something began and ended; None where no end is stated."""

    start: int
    end: int | None


def count(document: Measured) -> dict[str, int]:
    """Give what one document adds to each measure."""
    kind, found = document.kind, Counter[str]()
    if kind and document.withdrawn:
        found[f"withdrawn {kind}"] += 1
    if document.counts:
        found.update(f"{measure} {kind}".rstrip() for measure in _plain(document))
        found.update(f"{measure} {kind} {detail}" for measure, detail in _detailed(document))
        found.update(f"{USE} {iri}" for iri in {each.iri for each in document.uses})
    return dict(found)


def combine(
    before: Mapping[str, int], removed: Iterable[Mapping[str, int]], added: Iterable[Mapping[str, int]]
) -> dict[str, int]:
    """Give the statistics after a change of some documents."""
    total = Counter(before)
    for each in removed:
        total.subtract(each)
    for each in added:
        total.update(each)
    return {measure: number for measure, number in sorted(total.items()) if number}


def gaps(document: Measured) -> Iterator[str]:
    """Give what a document lacks."""
    view = document.view
    if not _definitions(view):
        yield UNDEFINED
    if not view["sources"]:
        yield UNSOURCED
    if is_concept(view) and not any(group["relation"] in _RELATED for group in view["groups"]):
        yield ORPHAN


def is_concept(view: PageView) -> bool:
    """Tell whether a document describes a concept."""
    return any(each["iri"] == SKOS.Concept for each in view["types"])


def frameworks(view: PageView) -> list[Part]:
    """Give the ordered lists that stand on the page of a term, each with its members."""
    return [part for part in view["parts"] if part["members"]]


def _period(document: Measured) -> Period | None:
    subjects = {f"<{document.iri}>"}
    said = [each for each in document.statements if _local(each.predicate) in _TELLING]
    for each in said:
        if is_blank(each.object) and each.subject in subjects and _local(each.predicate) == _TEMPORAL:
            subjects.add(each.object)
    starts, ends = (
        [
            year
            for each in said
            if each.subject in subjects and _local(each.predicate) in names
            for year in _years(each.object)
        ]
        for names in (_STARTS, _ENDS)
    )
    if not starts:
        return None
    start = min(starts)
    return Period(start, max((end for end in ends if end >= start), default=None))


def _years(term: str) -> list[int]:
    match = _YEAR.match(literal_parts(term)[0].strip()) if is_literal(term) else None
    return [int(match[0])] if match else []


def _uses(document: Measured) -> list[Use]:
    namespace = f"<{document.vocabulary_iri}#"
    own = (f"<{document.iri}>", f"<{document.iri}#")
    found: dict[str, Use] = {}
    said = [
        each
        for each in document.statements
        if each.predicate.startswith(namespace)
        or (each.predicate == _TYPE and each.object.startswith(namespace))
    ]
    for each in sorted(said):
        if not (each.subject == own[0] or each.subject.startswith(own[1]) or is_blank(each.subject)):
            continue
        subject = document.iri if is_blank(each.subject) else each.subject[1:-1]
        if each.predicate.startswith(namespace):
            iri = each.predicate[1:-1]
            found.setdefault(iri, Use(iri, subject, each.object))
        else:
            iri = each.object[1:-1]
            found.setdefault(iri, Use(iri, subject, ""))
    return list(found.values())


def _plain(document: Measured) -> Iterator[str]:
    view = document.view
    yield "terms"
    if document.deprecated:
        yield "deprecated"
    yield from gaps(document)
    if _definitions(view):
        yield "defined"
    if view["sources"]:
        yield "sourced"
    if view["mappings"]:
        yield "mapped"
    if sum(group["total"] for group in view["groups"] if group["relation"] == SKOS.broader) > 1:
        yield "several-broader"
    if document.period is not None:
        yield DATED
    yield from (FRAMEWORK for _ in frameworks(view))


def _detailed(document: Measured) -> Iterator[tuple[str, str]]:
    view = document.view
    yield from (("named-in", lang or "-") for lang in view["title"])
    yield from (
        ("hidden-in" if label["hidden"] else "also-called-in", label["lang"] or "-")
        for label in view["labels"]
    )
    yield from (("defined-in", lang or "-") for lang in {text["lang"] for text in _definitions(view)})
    yield from (("type", each["iri"]) for each in view["types"])
    for each in view["mappings"]:
        yield "mapping", f"{each['relation']} {split_iri(each['target']['iri'])[0] or each['target']['iri']}"
    yield from (
        ("mapped-to", namespace)
        for namespace in {split_iri(each["target"]["iri"])[0] for each in view["mappings"]}
    )
    yield from _values(document)
    if is_concept(view):
        yield "depth", str(min(map(len, view["breadcrumbs"]), default=0))
    subject = f"<{document.iri}>"
    said = {each.predicate[1:-1] for each in document.statements if each.subject == subject}
    yield from (("property", iri) for iri in said)


def _definitions(view: PageView) -> list[Text]:
    return [
        text for section in view["texts"] if section["property"] in _DEFINING for text in section["texts"]
    ]


def _values(document: Measured) -> Iterator[tuple[str, str]]:
    """Give the values that the vocabulary lists itself: types of organization, statuses."""
    own = document.vocabulary_iri
    for fact in document.view["facts"]:
        for link in fact["links"]:
            if own and "#" in link["iri"] and document_of(link["iri"]) == own:
                yield "value", f"{fact['property']} {link['iri']}"
    for link in document.view["status"]:
        yield "status", link["iri"]


@lru_cache(maxsize=4_096)
def _local(predicate: str) -> str:
    return split_iri(predicate[1:-1])[1] if is_iri(predicate) else ""


class Statistics:
    """The statistics of a snapshot, taken apart by measure."""

    def __init__(self, counted: Mapping[str, int]) -> None:
        self.counted = counted
        self._apart: dict[str, list[tuple[list[str], int]]] = {}
        for measure, number in counted.items():
            name, *rest = measure.split(" ")
            self._apart.setdefault(name, []).append((rest, number))

    def of(self, measure: str, kind: str) -> int:
        """Give a number of one kind."""
        return self.counted.get(f"{measure} {kind}", 0)

    def total(self, measure: str) -> int:
        """Give the sum of all kinds and details."""
        return sum(number for _, number in self._apart.get(measure, ()))

    def by(self, measure: str, kind: str = "") -> dict[str, int]:
        """Give the numbers of a measure by what it is about, of one kind or of all together."""
        found: Counter[str] = Counter()
        for (each, *details), number in self._apart.get(measure, ()):
            if not kind or each == kind:
                found[" ".join(details)] += number
        return dict(sorted(found.items()))

    def kinds(self, measure: str) -> list[str]:
        """List the kinds of which a measure counts anything."""
        return sorted({rest[0] for rest, _ in self._apart.get(measure, ()) if rest})

    def uses(self, iri: str) -> int:
        """Give how many terms use a class or property of the vocabulary's own."""
        return self.counted.get(f"{USE} {iri}", 0)

"""Describe every document of a vocabulary: its exact RDF and its page view.

A document is an IRI without fragment; a resource with a fragment belongs to the document before the
``#``. Its description holds what is said of it and its parts, what other terms say of it, and the labels
of all neighbours: enough to be useful without a second request, and complete however many there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Protocol, TypeVar
from urllib.parse import urlsplit

from pathways_ld.iris import document_of
from pathways_ld.model import LanguageMap, Link, PageView
from pathways_ld.namespaces import ADMS, DCT, FOAF, OWL, RDF, RDFS, SCHEMA, SKOS, STATUS_WITHDRAWN
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.vocabulary.headings import HEADINGS
from pathways_ld.vocabulary.hierarchy import Tops
from pathways_ld.vocabulary.identity import Identity
from pathways_ld.vocabulary.view import INVERTED, ViewBuilder

LABELS: Final = tuple(
    f"<{iri}>" for iri in (SKOS.prefLabel, DCT.title, RDFS.label, FOAF.name, SCHEMA.name, DCT.identifier)
)
"""What names a resource, best first."""

_TYPE: Final = f"<{RDF.type}>"
_DEPRECATED: Final = f"<{OWL.deprecated}>"
_STATUS: Final = f"<{ADMS.status}>"
_PAGE: Final = f"<{FOAF.page}>"
_OF_VERSIONS: Final[dict[str, Literal["modified", "version", "dated"]]] = {
    f"<{DCT.modified}>": "modified",
    f"<{SCHEMA.version}>": "version",
    f"<{DCT.date}>": "dated",
}
_BROADER: Final = f"<{SKOS.broader}>"
_IN_SCHEME: Final = f"<{SKOS.inScheme}>"
_SUB_PROPERTY: Final = f"<{RDFS.subPropertyOf}>"
_BASIS: Final = f"<{CANONICAL_BASE}ns#basis>"
NAMED: Final = frozenset(
    f"<{OWL[name]}>" for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
) | {f"<{RDF.Property}>", f"<{RDFS.Class}>"}
"""The classes of what has a heading."""

NOT_INCOMING: Final = frozenset(
    f"<{iri}>" for iri in (SKOS.inScheme, RDFS.isDefinedBy, SKOS.broaderTransitive, ADMS.status, RDF.type)
)
"""Statements that nearly every term makes about the vocabulary: the listings tell them better."""


@dataclass(frozen=True)
class Description:
    """One document: what `snapshot.terms` stores of it."""

    iri: str
    kind: str
    title: LanguageMap
    statements: tuple[Statement, ...]
    view: PageView
    deprecated: bool
    withdrawn: bool
    overflow: tuple[tuple[str, tuple[str, ...]], ...]
    """Groups longer than a page: key, and the IRIs of all their members in order."""


V = TypeVar("V")


class Describer:
    """Answers questions about the statements of one vocabulary while its documents are written.

    Statements come in their order.
    """

    outgoing: Mapping[str, list[Statement]]
    incoming: Mapping[str, list[Statement]]
    titles: Mapping[str, LanguageMap]
    kinds: Mapping[str, str]
    flags: Mapping[str, tuple[bool, bool]]
    _label_statements: Mapping[str, list[Statement]]
    _parts: Mapping[str, list[str]]
    _on_the_web: Container[str]

    def __init__(self, statements: Sequence[Statement], identity: Identity, page_size: int) -> None:
        self._prepare(identity, page_size)
        outgoing: dict[str, list[Statement]] = defaultdict(list)
        incoming: dict[str, list[Statement]] = defaultdict(list)
        for each in statements:
            outgoing[each.subject].append(each)
        for each in statements:
            if each.object in outgoing and each.predicate not in NOT_INCOMING:
                incoming[each.object].append(each)
        parts: dict[str, list[str]] = defaultdict(list)
        if not identity.space.is_hash:
            for subject in outgoing:
                if "#" in subject and subject.startswith(self._own):
                    parts[f"<{document_of(subject[1:-1])}>"].append(subject)
        named = {subject: _named(said) for subject, said in outgoing.items()}
        self.outgoing, self.incoming, self._parts = outgoing, incoming, parts
        self.titles = {subject: title for subject, (title, _) in named.items()}
        self._label_statements = {subject: labels for subject, (_, labels) in named.items() if labels}
        self.kinds = {subject: self._kind(subject, said) for subject, said in outgoing.items()}
        self.flags = {subject: _flag(said) for subject, said in outgoing.items()}
        self._on_the_web = {subject for subject, said in outgoing.items() if _has_page(said)}

    def _prepare(self, identity: Identity, page_size: int) -> None:
        self.identity = identity
        self.page_size = page_size
        self._kind_of_class = {f"<{kind.class_iri}>": kind.name for kind in identity.kinds}
        if f"<{SKOS.Collection}>" in self._kind_of_class:  # SKOS Reference, S29
            self._kind_of_class[f"<{SKOS.OrderedCollection}>"] = self._kind_of_class[f"<{SKOS.Collection}>"]
        self._own = f"<{identity.base}"
        self._links: dict[str, Link] = {}

    def documents(self) -> list[str]:
        """List the IRIs of all documents under the base, sorted."""
        found = {
            subject[1:-1] if self.identity.space.is_hash else document_of(subject[1:-1])
            for subject in self.outgoing
            if subject.startswith(self._own) or subject == f"<{self.identity.vocabulary_iri}>"
        }
        return sorted(found)

    def headings(self) -> dict[str, LanguageMap]:
        """Give words for properties and classes: the vocabulary's own labels before ours."""
        words: dict[str, LanguageMap] = {iri: {"en": text} for iri, text in HEADINGS.items()}
        for subject in self.outgoing:
            if (found := self.heading(subject)) is not None:
                words[subject[1:-1]] = found
        return words

    def heading(self, subject: str) -> LanguageMap | None:
        """Give the words for a subject if it is a property or class that the vocabulary describes."""
        said = self.outgoing.get(subject, ())
        if not is_iri(subject) or not any(each.predicate == _TYPE and each.object in NAMED for each in said):
            return None
        return self.titles[subject] or ({"en": HEADINGS[subject[1:-1]]} if subject[1:-1] in HEADINGS else {})

    def appearance(self, subject: str) -> tuple[object, ...]:
        """Give all that documents show of a subject that they refer to, and that others are placed by."""
        labels = self._label_statements.get(subject, [])
        kind, flags = self.kinds.get(subject, ""), self.flags.get(subject, (False, False))
        return self.link(subject), kind, labels, flags, self.schemes(subject)

    def above(self, subject: str) -> list[str]:
        """Give the broader terms of the same kind: those below which a term stands in the hierarchy."""
        kind = self.kinds.get(subject, "")
        broader = {each.object for each in self.outgoing.get(subject, ()) if each.predicate == _BROADER}
        return sorted(
            each
            for each in broader - {subject}
            if kind and self.kinds.get(each, "") == kind and not self.flags[each][1]
        )

    def schemes(self, subject: str) -> list[str]:
        """Give the concept schemes that a term is in."""
        said = self.outgoing.get(subject, ())
        return sorted({each.object for each in said if each.predicate == _IN_SCHEME and is_iri(each.object)})

    @cached_property
    def tops(self) -> Tops:
        """What stands at the top of the hierarchy."""
        return Tops(self.above)

    def is_on_the_web(self, subject: str) -> bool:
        """Tell whether a subject stands for a document elsewhere."""
        return subject in self._on_the_web

    def is_evidence(self, predicate: str) -> bool:
        """Tell whether a property says on what evidence something is stated."""
        above = {each.object for each in self.outgoing.get(predicate, ()) if each.predicate == _SUB_PROPERTY}
        return _BASIS in {predicate, *above}

    def describe(self, document: str) -> Description:
        """Describe one document."""
        subject = f"<{document}>"
        members = [subject, *sorted(self._parts.get(subject, ()))]
        statements = list(self._statements(subject, members))
        view, overflow = ViewBuilder(self, subject, members[1:]).build()
        deprecated, withdrawn = self.flags.get(subject, (False, False))
        return Description(
            document,
            self.kinds.get(subject, ""),
            self.titles.get(subject, {}),
            tuple(statements),
            view,
            deprecated,
            withdrawn,
            tuple(overflow),
        )

    def link(self, term: str) -> Link:
        """Refer to an IRI term with its title and, where it is ours, its path."""
        found = self._links.get(term)
        if found is None:
            found = self._links[term] = self._make_link(term)
        return found

    def _make_link(self, term: str) -> Link:
        iri = term[1:-1]
        title = self.titles.get(term) or ({"en": HEADINGS[iri]} if iri in HEADINGS else {})
        described = term in self.outgoing
        link = Link(iri=iri, path=(self.identity.space.path(iri) or "") if described else "", title=title)
        if self.flags.get(term, (False, False))[0]:
            link["deprecated"] = True
        for each in self.outgoing.get(term, ()) if term in self._on_the_web else ():
            if each.predicate == _PAGE:
                link["site"] = _host(each.object)
            elif is_literal(each.object) and each.predicate in _OF_VERSIONS:
                link[_OF_VERSIONS[each.predicate]] = literal_parts(each.object)[0]
        return link

    def _statements(self, subject: str, members: list[str]) -> Iterator[Statement]:
        seen = set(members)
        waiting = list(members)
        neighbours: dict[str, None] = {}
        while waiting:
            member = waiting.pop(0)
            for each in sorted(self.outgoing.get(member, ())):
                yield each
                if is_blank(each.object) and each.object not in seen:
                    seen.add(each.object)
                    waiting.append(each.object)
                elif is_iri(each.object):
                    neighbours[each.object] = None
        for each in sorted(self.incoming.get(subject, ())):
            # What has an inverse is said already, from this side.
            if each.subject not in seen and is_iri(each.subject) and each.predicate not in INVERTED:
                yield each
                neighbours[each.subject] = None
        for neighbour in sorted(neighbours):
            if neighbour not in seen:
                yield from self._label_statements.get(neighbour, ())

    def _kind(self, subject: str, said: list[Statement]) -> str:
        if not is_iri(subject) or not subject.startswith(self._own):
            return ""
        if "#" in subject and not self.identity.space.is_hash:
            return ""
        classes = {each.object for each in said if each.predicate == _TYPE}
        return next((name for iri, name in self._kind_of_class.items() if iri in classes), "")


class Around(Protocol):
    """Where a describer looks up what it needs; statements are given in their order."""

    def said(self, subject: str) -> list[Statement]:
        """Give what is said of a subject, and what follows about it."""
        ...

    def referring(self, subject: str) -> list[Statement]:
        """Give what is said of others and leads to a subject, less what :data:`NOT_INCOMING` names."""
        ...

    def parts(self, document: str) -> list[str]:
        """Give the subjects with a fragment that belong to a document, and maybe some that are gone."""
        ...


class NearbyDescriber(Describer):
    """Describes some documents as :class:`Describer` does, without reading what they do not show."""

    def __init__(self, around: Around, identity: Identity, page_size: int) -> None:
        self._prepare(identity, page_size)
        self.outgoing = outgoing = _LookedUp(lambda term: around.said(term) or None)
        named = _LookedUp(lambda term: _named(outgoing[term]) if term in outgoing else None)
        self.incoming = _LookedUp(lambda term: around.referring(term) or None if term in outgoing else None)
        self.titles = _LookedUp(lambda term: named[term][0] if term in named else None)
        self._label_statements = _LookedUp(lambda term: named[term][1] or None if term in named else None)
        self.kinds = _LookedUp(lambda term: self._kind(term, outgoing[term]) if term in outgoing else None)
        self.flags = _LookedUp(lambda term: _flag(outgoing[term]) if term in outgoing else None)
        self._on_the_web = _LookedUp(lambda term: _has_page(outgoing.get(term, [])) or None)
        self._parts = _LookedUp(lambda term: self._described_parts(around, term) or None)

    def is_document(self, iri: str) -> bool:
        """Tell whether there is anything to describe."""
        subject = f"<{iri}>"
        return subject in self.outgoing or subject in self._parts

    def _described_parts(self, around: Around, document: str) -> list[str]:
        if self.identity.space.is_hash:
            return []
        return [
            part for part in around.parts(document) if part.startswith(self._own) and part in self.outgoing
        ]


class _LookedUp(Mapping[str, V]):
    """Looks up each key once; None says that there is nothing."""

    def __init__(self, look_up: Callable[[str], V | None]) -> None:
        self._look_up = look_up
        self._found: dict[str, V | None] = {}

    def __getitem__(self, key: str) -> V:
        if key not in self._found:
            self._found[key] = self._look_up(key)
        value = self._found[key]
        if value is None:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return (key for key, value in self._found.items() if value is not None)

    def __len__(self) -> int:
        return sum(value is not None for value in self._found.values())


def _named(said: list[Statement]) -> tuple[LanguageMap, list[Statement]]:
    """Give the title of a subject, and the statements that it is from."""
    for predicate in LABELS:
        found = [each for each in said if each.predicate == predicate and is_literal(each.object)]
        if found:
            title: LanguageMap = {}
            for each in sorted(found):
                text, lang, _ = literal_parts(each.object)
                title.setdefault(lang, text)
            return title, found
    return {}, []


def _flag(said: list[Statement]) -> tuple[bool, bool]:
    deprecated = withdrawn = False
    for each in said:
        if each.predicate == _DEPRECATED:
            deprecated = each.object.startswith(('"true"', '"1"'))
        elif each.predicate == _STATUS and each.object == f"<{STATUS_WITHDRAWN}>":
            withdrawn = True
    return deprecated, withdrawn


def _has_page(said: list[Statement]) -> bool:
    return any(each.predicate == _PAGE for each in said)


def _host(term: str) -> str:
    """Give the host of an address, without "www."; empty where there is none to be made out."""
    try:
        return (urlsplit(term[1:-1]).hostname or "").removeprefix("www.")
    except ValueError:
        return ""

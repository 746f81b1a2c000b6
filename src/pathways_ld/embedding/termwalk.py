"""What is said of one term, and what is above and below it, read from the documents of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import TermNotFound
from pathways_ld.iris import document_of
from pathways_ld.namespaces import ADMS, DCT, ORG, RDFS, SKOS, STATUS_WITHDRAWN
from pathways_ld.rdfio import Statement, iri, is_iri

if TYPE_CHECKING:
    from pathways_ld.vocabulary import Reader, TermDocument

ABOVE: Final = (SKOS.broader, ORG.subOrganizationOf, RDFS.subClassOf, RDFS.subPropertyOf)
"""Properties that lead upward; their inverses are looked for in what is said of others."""

_ABOVE: Final = frozenset(iri(each) for each in ABOVE)
_NARROWER: Final = iri(SKOS.narrower)
_KEPT_DOCUMENTS: Final = 8


@dataclass(frozen=True)
class Read:
    """What is said of a term, in the order of properties; `above` and `successors` are IRIs."""

    iri: str
    document: str
    said: tuple[Statement, ...]

    @property
    def above(self) -> list[str]:
        """What is right above it."""
        return [each.object[1:-1] for each in self.said if each.predicate in _ABOVE and is_iri(each.object)]

    @property
    def successors(self) -> list[str]:
        """What is to be used instead of it."""
        replaced = iri(DCT.isReplacedBy)
        return [each.object[1:-1] for each in self.said if each.predicate == replaced and is_iri(each.object)]

    @property
    def withdrawn(self) -> bool:
        """Whether it was withdrawn: then nothing but that is told of it."""
        status = (iri(ADMS.status), iri(STATUS_WITHDRAWN))
        return any((each.predicate, each.object) == status for each in self.said)


class TermWalk:
    """Reads terms one document at a time; for one request, since it keeps some."""

    def __init__(self, source: Reader) -> None:
        self._source = source
        self._documents: dict[str, TermDocument | None] = {}
        self._parts: dict[str, _Parts] = {}

    def read(self, term: str) -> Read | None:
        """Read what is said of a term that is described here; None for any other IRI."""
        document = self._document(term)
        if document is not None and (said := tuple(_about(document.ntriples, term))):
            return Read(term, term, said)
        name = document_of(term)
        if name != term and (said := tuple(self._parts_of(name).about(term))):
            return Read(term, name, said)
        return None

    def said_of(self, term: str) -> tuple[Statement, ...]:
        """Give what is said of a term; nothing for one that is not described here."""
        found = self.read(term)
        return found.said if found else ()

    def below(self, term: str) -> list[str]:
        """Give the IRIs of what is right below a term, sorted."""
        document = self._document(term)
        if document is None:
            name = document_of(term)
            return self._parts_of(name).below(term) if name != term else []
        found = {
            each.object[1:-1]
            for each in _about(document.ntriples, term)
            if each.predicate == _NARROWER and is_iri(each.object)
        }
        for predicate in _ABOVE:
            found.update(_saying(document.ntriples, f" {predicate} {iri(term)} .\n"))
        return sorted(found - {term})

    def _parts_of(self, name: str) -> _Parts:
        """Take a document apart; the one before is likely to be the next one."""
        if name not in self._parts:
            document = self._document(name)
            if len(self._parts) >= _KEPT_DOCUMENTS:
                self._parts.pop(next(iter(self._parts)))
            self._parts[name] = _Parts(document.ntriples if document is not None else b"")
        return self._parts[name]

    def _document(self, name: str) -> TermDocument | None:
        if name not in self._documents:
            if len(self._documents) >= _KEPT_DOCUMENTS:
                self._documents.pop(next(iter(self._documents)))
            try:
                self._documents[name] = self._source.document(name)
            except TermNotFound:
                self._documents[name] = None
        return self._documents[name]


class _Parts:
    """A document that tells of many terms, taken apart once: to look for each in all of it takes too long."""

    def __init__(self, ntriples: bytes) -> None:
        self._said: dict[str, list[str]] = {}
        self._below: dict[str, set[str]] = {}
        for line in ntriples.decode().removesuffix("\n").split("\n"):
            subject, _, rest = line.partition(" ")
            self._said.setdefault(subject, []).append(line)
            predicate, _, value = rest.removesuffix(" .").partition(" ")
            if predicate in _ABOVE and subject.startswith("<"):
                self._below.setdefault(value, set()).add(subject[1:-1])
            elif predicate == _NARROWER and is_iri(value):
                self._below.setdefault(subject, set()).add(value[1:-1])

    def about(self, term: str) -> Iterator[Statement]:
        """Give what is said of a term."""
        for line in self._said.get(iri(term), ()):
            yield Statement(*line.removesuffix(" .").split(" ", 2))

    def below(self, term: str) -> list[str]:
        """Give the IRIs of what is right below a term, sorted."""
        return sorted(self._below.get(iri(term), set()) - {term})


def _about(ntriples: bytes, term: str) -> Iterator[Statement]:
    """Read the lines about one subject, of a document that may hold many thousand others."""
    start = f"{iri(term)} ".encode()
    place = 0 if ntriples.startswith(start) else ntriples.find(b"\n" + start) + 1
    # A subject's statements stand together, so they end at the first line about another.
    while ntriples.startswith(start, place):
        end = ntriples.find(b" .\n", place)
        yield Statement(*ntriples[place:end].decode().split(" ", 2))
        place = end + 3


def _saying(ntriples: bytes, rest: str) -> Iterator[str]:
    """Give the IRIs of the subjects of lines that end in a property and a value."""
    end = rest.encode()
    place = ntriples.find(end)
    while place >= 0:
        line = ntriples[ntriples.rfind(b"\n", 0, place) + 1 : place]
        if line.startswith(b"<") and b" " not in line:
            yield line[1:-1].decode()
        place = ntriples.find(end, place + 1)

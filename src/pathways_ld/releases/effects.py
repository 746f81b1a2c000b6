"""Which documents a change changes: those of the changed subjects, and those that show something of them.

Too many do no harm, for one that is described again as it was is left alone. One too few would be a page that
is out of date, so whatever :mod:`pathways_ld.vocabulary.view` shows of others has to be known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pathways_ld.iris import document_of
from pathways_ld.namespaces import PROV, RDF, SKOS, SKOSXL
from pathways_ld.rdfio import Statement, is_blank, is_iri
from pathways_ld.releases.following import Difference, TooFar, below
from pathways_ld.releases.states import BROADER, After, Before
from pathways_ld.vocabulary import Identity
from pathways_ld.vocabulary.describe import NOT_INCOMING, NearbyDescriber

_DEEP: Final = tuple(
    f"<{iri}>"
    for iri in (
        *(SKOSXL[name] for name in ("prefLabel", "altLabel", "hiddenLabel", "labelRelation", "literalForm")),
        RDF.rest,
        SKOS.memberList,
        SKOS.changeNote,
        PROV.wasInformedBy,
    )
)
"""Relations to things of which a document shows more than what they are called."""


class Effects:
    """Finds the documents; raises :class:`TooFar` for more than `most`."""

    def __init__(self, before: Before, after: After, identity: Identity, page_size: int, most: int) -> None:
        self._after = after
        self._identity = identity
        self._most = most
        self.before = NearbyDescriber(before, identity, page_size)
        self.after = NearbyDescriber(after, identity, page_size)
        self._own = f"<{identity.base}"
        self._found: set[str] = set()
        self._climbed: set[str] = set()
        self._walked = 0

    def documents(self, difference: Difference) -> list[str]:
        """Give the IRIs of the documents that may be described otherwise after the change."""
        changed = {each.subject for each in (*difference.added, *difference.removed)}
        for each in (*difference.added, *difference.removed):
            self._add_told(each)
        for subject in sorted(changed):
            self._add_changed(subject)
        return sorted(self._found)

    def _add_changed(self, subject: str) -> None:
        self._climb(subject)
        is_moved = self._broader(self.before, subject) != self._broader(self.after, subject)
        looks_otherwise = self.before.appearance(subject) != self.after.appearance(subject)
        if looks_otherwise:
            for each in self._users(subject):
                self._climb(each.subject)
            for each in (*self.before.outgoing.get(subject, ()), *self.after.outgoing.get(subject, ())):
                self._add_told(each)
        if looks_otherwise or is_moved:  # breadcrumbs show the whole way
            for concept in below(self._after, [subject], self._most):
                self._add(concept)

    def _climb(self, subject: str) -> None:
        """Add the document of a subject, and those that show what is said of it."""
        waiting = [subject]
        while waiting:
            term = waiting.pop()
            if term in self._climbed:
                continue
            self._climbed.add(term)
            if is_blank(term):
                waiting.extend(each.subject for each in self._users(term))
            else:
                self._add(term)
                waiting.extend(each.subject for each in self._users(term, _DEEP))

    def _add_told(self, each: Statement) -> None:
        """Add the document that a statement of another leads to: it tells who refers to it."""
        if is_iri(each.object) and each.predicate not in NOT_INCOMING:
            self._add(each.object)

    def _add(self, subject: str) -> None:
        if not is_iri(subject):
            return
        iri = subject[1:-1] if self._identity.space.is_hash else document_of(subject[1:-1])
        if subject.startswith(self._own) or iri == self._identity.vocabulary_iri:
            self._found.add(iri)
            if len(self._found) > self._most:
                raise TooFar(f"more than {self._most:,} documents change")

    def _users(self, term: str, predicates: Iterable[str] = ("",)) -> Iterable[Statement]:
        for each in self._after.users(term, predicates):
            self._walked += 1
            if self._walked > self._most * _PER_DOCUMENT:
                raise TooFar("too many terms refer to what changes")
            yield each

    def _broader(self, describer: NearbyDescriber, subject: str) -> set[str]:
        return {each.object for each in describer.outgoing.get(subject, ()) if each.predicate == BROADER}


_PER_DOCUMENT: Final = 10
"""References that are followed for each document that may change."""

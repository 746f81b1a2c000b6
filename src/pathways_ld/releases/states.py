"""The statements of a vocabulary before and after a change, looked up term by term.

What is *said* of a term is what is asserted of it and what follows about it. Literals come from the files of
the snapshot, exactly as they were written; all else from its index, which knows also who refers to whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pathways_ld.iris import IriSpace
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, is_literal
from pathways_ld.snapshot import TermsReader
from pathways_ld.snapshot.asserted import PROPERTIES
from pathways_ld.snapshot.lookup import SnapshotStatements
from pathways_ld.vocabulary.derive import XL_LABELS, About, causes
from pathways_ld.vocabulary.describe import NOT_INCOMING
from pathways_ld.vocabulary.view import INVERTED

BROADER: Final = f"<{SKOS.broader}>"


class Before:
    """What a snapshot holds; `inferred` is the term of the graph in which ancestors are."""

    def __init__(
        self, statements: SnapshotStatements, terms: TermsReader, space: IriSpace, inferred: str
    ) -> None:
        self.statements = statements
        self.terms = terms
        self.space = space
        self.inferred = inferred
        properties: list[str] = terms.meta(PROPERTIES) or []
        self.properties = frozenset(f"<{iri}>" for iri in properties)
        self._referring = sorted(self.properties - NOT_INCOMING - INVERTED)
        self._asserted: dict[str, list[Statement]] = {}
        self._said: dict[str, list[Statement]] = {}

    def asserted(self, subject: str) -> list[Statement]:
        """Give what is asserted of a subject, in order."""
        found = self._asserted.get(subject)
        if found is None:
            found = [] if is_literal(subject) else self.statements.about(subject)
            self._asserted[subject] = found
        return found

    def said(self, subject: str) -> list[Statement]:
        """Give what is asserted of a subject and what follows about it, in order."""
        found = self._said.get(subject)
        if found is None:
            found = self._said[subject] = [] if is_literal(subject) else self._all(subject)
        return found

    def _all(self, subject: str) -> list[Statement]:
        asserted = self.asserted(subject)
        found = {*asserted, *labels_of(subject, asserted, self.asserted, self.space)}
        found.update(each for each in self.statements.links_from(subject) if each.graph != self.inferred)
        return sorted(found)

    def referring(self, subject: str) -> list[Statement]:
        """Give what is said of others that leads to a subject and is told on its page."""
        return sorted(
            each
            for predicate in self._referring
            for each in self.statements.links_to(subject, predicate)
            if each.graph != self.inferred
        )

    def parts(self, document: str) -> list[str]:
        """Give the subjects with a fragment that belong to a document, and maybe some that are gone."""
        beginning = f"{document[:-1]}#"
        found = set(self.statements.asserted.subjects(beginning))
        stored = self.terms.term(document[1:-1])
        if stored is not None:  # of some parts, nothing is asserted
            subjects = (line.partition(b" ")[0] for line in stored.statements.split(b"\n"))
            found.update(each.decode() for each in subjects if each.startswith(beginning.encode()))
        return sorted(found)

    def users(self, term: str, predicates: Iterable[str] = ("",)) -> Iterator[Statement]:
        """Give the statements that lead to an IRI or a blank node, with some properties or with any."""
        for predicate in predicates:
            for each in self.statements.links_to(term, predicate):
                if each.graph != self.inferred:
                    yield each

    def broader(self, concept: str) -> list[Statement]:
        """Give the statements that lead further up."""
        found = self.statements.links_from(concept, BROADER)
        return sorted(each for each in found if each.graph != self.inferred)

    def above(self, concept: str) -> set[str]:
        """Give the broader concepts."""
        return {each.object for each in self.broader(concept)}

    def ancestors(self, concept: str) -> set[str]:
        """Give all concepts further up."""
        return {each.object for each in self.statements.links_from(concept, graph=self.inferred)}


class After:
    """What there would be after a change of what is said; `asserted_*` are those of it that somebody says."""

    def __init__(
        self, before: Before, asserted_added: Iterable[Statement], asserted_removed: Iterable[Statement]
    ) -> None:
        self._before = before
        self.space = before.space
        self._asserted = _Changes(asserted_added, asserted_removed)
        self._changes = self._asserted

    def follow(self, added: Iterable[Statement], removed: Iterable[Statement]) -> None:
        """Take into account all that changes, what follows too."""
        self._changes = _Changes(added, removed)

    def asserted(self, subject: str) -> list[Statement]:
        """Give what is asserted of a subject, in order."""
        return self._asserted.applied(subject, self._before.asserted(subject))

    def said(self, subject: str) -> list[Statement]:
        """Give what is asserted of a subject and what follows about it, in order."""
        return self._changes.applied(subject, self._before.said(subject))

    def referring(self, subject: str) -> list[Statement]:
        """Give what is said of others that leads to a subject and is told on its page."""
        kept = (each for each in self._before.referring(subject) if each not in self._changes.removed)
        fresh = (
            each
            for each in self._changes.leading_to(subject)
            if each.predicate not in NOT_INCOMING and each.predicate not in INVERTED
        )
        return sorted({*kept, *fresh})

    def parts(self, document: str) -> list[str]:
        """Give the subjects with a fragment that belong to a document, and maybe some that are gone."""
        beginning = f"{document[:-1]}#"
        fresh = (each for each in self._changes.subjects if each.startswith(beginning))
        return sorted({*self._before.parts(document), *fresh})

    def users(self, term: str, predicates: Iterable[str] = ("",)) -> Iterator[Statement]:
        """Give the statements that lead to a term before or after, with some properties or with any."""
        wanted = tuple(predicates)
        yield from self._before.users(term, wanted)
        for each in self._changes.leading_to(term):
            if each.predicate in wanted or wanted == ("",):
                yield each

    def above(self, concept: str) -> set[str]:
        """Give the broader concepts."""
        found = self._changes.applied(concept, self._before.broader(concept))
        return {each.object for each in found if is_broader(each)}


class _Changes:
    def __init__(self, added: Iterable[Statement], removed: Iterable[Statement]) -> None:
        self.removed = frozenset(removed)
        self._by_subject: dict[str, list[Statement]] = {}
        self._by_object: dict[str, list[Statement]] = {}
        self.subjects = {each.subject for each in self.removed}
        for each in sorted(added):
            self.subjects.add(each.subject)
            self._by_subject.setdefault(each.subject, []).append(each)
            self._by_object.setdefault(each.object, []).append(each)

    def applied(self, subject: str, said: list[Statement]) -> list[Statement]:
        if subject not in self.subjects:
            return said
        kept = (each for each in said if each not in self.removed)
        return sorted({*kept, *self._by_subject.get(subject, ())})

    def leading_to(self, term: str) -> list[Statement]:
        return self._by_object.get(term, [])


def is_broader(each: Statement) -> bool:
    """Tell whether a statement leads to a concept further up."""
    return each.predicate == BROADER and not is_literal(each.object)


def labels_of(
    subject: str, asserted: Iterable[Statement], about: About, space: IriSpace
) -> Iterator[Statement]:
    """Give the labels that follow from SKOS-XL labels."""
    asserted = list(asserted)
    known = {each[1:3] for each in asserted}
    for link in asserted:
        label = XL_LABELS.get(link.predicate)
        for form in about(link.object) if label else ():
            if label and is_literal(form.object) and (label, form.object) not in known:
                found = causes(subject, label, form.object, space, about)
                if found:
                    yield Statement(subject, label, form.object, min(each.graph for each in found))

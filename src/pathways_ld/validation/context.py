"""What a document is validated in the context of, and the graph that there would be with it.

Nothing is loaded: terms are looked up when an evaluation asks for them, so that one changed term among a
hundred thousand costs what its neighbours cost (:mod:`pathways_ld.snapshot.lookup`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final, Protocol

from rdflib.term import Node

from pathways_ld.rdfio import Statement, is_blank, is_literal
from pathways_ld.snapshot.asserted import INDEXED
from pathways_ld.validation.footprints import ANY
from pathways_ld.validation.indexed import ReadingGraph, Terms, Triple, quiet_loggers, term_of

_PATIENCE: Final = 10_000
"""How many derived statements are passed over in search of one that was asserted."""


class Context(Protocol):
    """Statements that are there already, by subject and by object."""

    def about(self, subject: str) -> list[Statement]:
        """Give what is said of a subject."""
        ...

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects of the statements with this property and value, or with any, and maybe more."""
        ...

    def labelled(self, label: str) -> Iterable[str]:
        """Give the subjects that have a preferred or alternative label, whatever its case."""
        ...

    def users(self, predicate: str) -> Iterable[str]:
        """Give the subjects of the statements with this property, and maybe more."""
        ...

    def everything(self) -> Iterator[Statement]:
        """Give all statements."""
        ...


class KnownStatements:
    """A context of statements in memory."""

    def __init__(self, statements: Sequence[Statement] = ()) -> None:
        self._statements = statements
        self._by_subject: dict[str, list[Statement]] = {}
        self._by_object: dict[tuple[str, str], list[str]] = {}
        for each in statements:
            self._by_subject.setdefault(each.subject, []).append(each)
            self._by_object.setdefault((each.predicate, same(each.object)), []).append(each.subject)
            self._by_object.setdefault((ANY, same(each.object)), []).append(each.subject)
        self._labels: dict[str, list[str]] | None = None
        self._users: dict[str, list[str]] | None = None

    def about(self, subject: str) -> list[Statement]:
        """Give what is said of a subject."""
        return self._by_subject.get(subject, [])

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects."""
        return self._by_object.get((predicate, same(value)), ())

    def labelled(self, label: str) -> Iterable[str]:
        """Give the subjects with a label."""
        if self._labels is None:
            self._labels = {}
            for each in self._statements:
                if each.predicate in INDEXED:
                    self._labels.setdefault(each.object.casefold(), []).append(each.subject)
        return self._labels.get(label.casefold(), ())

    def users(self, predicate: str) -> Iterable[str]:
        """Give the subjects of the statements with this property."""
        if self._users is None:
            self._users = {}
            for each in self._statements:
                self._users.setdefault(each.predicate, []).append(each.subject)
        return self._users.get(predicate, ())

    def everything(self) -> Iterator[Statement]:
        """Give all statements."""
        return iter(self._statements)


def same(term: str) -> str:
    """Give what two terms have in common that are the same RDF term: tags are compared without case."""
    if not is_literal(term):
        return term
    cut = term.rfind('"')
    return term[:cut] + term[cut:].lower() if term[cut + 1 : cut + 2] == "@" else term


class ChangedGraph(ReadingGraph):
    """The graph that there would be after a change: the context, less what is removed, with what is added."""

    def __init__(
        self, context: Context, added: Iterable[Statement], removed: Iterable[Statement], terms: Terms
    ) -> None:
        super().__init__()
        self._context = context
        self._added = KnownStatements(list(added))
        self._removed = frozenset(removed)
        self._terms = terms
        self._said: dict[Node, dict[Node, list[Node]]] = {}
        self._sayers: dict[tuple[Node, Node], list[Node]] = {}

    def __len__(self) -> int:
        return 1  # nobody wants to know, but an empty graph would count as none

    def about(self, subject: str) -> list[Statement]:
        """Give what would be said of a subject."""
        kept = [each for each in self._context.about(subject) if each not in self._removed]
        return kept + self._added.about(subject)

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects of the statements with this property and value, and maybe more."""
        return self.either().sayers(predicate, value)

    def labelled(self, label: str) -> list[str]:
        """Give those that have a preferred or alternative label before or after, whatever its case."""
        return list(dict.fromkeys([*self._context.labelled(label), *self._added.labelled(label)]))

    def was_described(self, subject: str) -> bool:
        """Tell whether anything was said of a subject before."""
        return bool(self._context.about(subject))

    def one_of(self, predicates: frozenset[str]) -> list[Statement]:
        """Give one of the statements with any of these properties, if there are any."""
        for predicate in sorted(predicates):
            subjects = chain(self._context.users(predicate), self._added.users(predicate))
            for subject in islice(subjects, _PATIENCE):
                for each in self.about(subject):
                    if each.predicate == predicate:
                        return [each]
        return []

    def flips(self, predicates: frozenset[str]) -> bool:
        """Tell whether there are statements with any of the properties only before or only after."""
        before = any(
            each.predicate == predicate
            for predicate in predicates
            for subject in islice(self._context.users(predicate), _PATIENCE)
            for each in self._context.about(subject)
        )
        return before != bool(self.one_of(predicates))

    def everything(self) -> Iterator[Statement]:
        """Give all statements that there would be."""
        yield from (each for each in self._context.everything() if each not in self._removed)
        yield from self._added.everything()

    def changes(self) -> list[Statement]:
        """Give the triples that are there only before or only after the change."""
        changed = []
        for subject in {each.subject for each in (*self._added.everything(), *self._removed)}:
            before = {(each.predicate, same(each.object)): each for each in self._context.about(subject)}
            after = {(each.predicate, same(each.object)): each for each in self.about(subject)}
            changed += [before.get(key) or after[key] for key in before.keys() ^ after.keys()]
        return changed

    def either(self) -> Either:
        """Give the statements of before and after together."""
        return Either(self, self._context, self._added)

    def matches(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[Triple]:
        """Give the triples that match; None matches everything."""
        term = value
        if subject is not None:
            said = self._of(subject)
            for each in said if predicate is None else (predicate,):
                for found in said.get(each, ()):
                    if term is None or found == term:
                        yield subject, each, found
        elif predicate is not None and term is not None:
            for each in self._subjects(predicate, term):
                yield each, predicate, term
        else:
            yield from self._scan(predicate, term)

    def _scan(self, predicate: Node | None, term: Node | None) -> Iterator[Triple]:
        seen: set[Triple] = set()
        for each in self.everything():
            with quiet_loggers():
                found = self._terms(each[0]), self._terms(each[1]), self._terms(each[2])
            wanted = (predicate is None or found[1] == predicate) and (term is None or found[2] == term)
            if wanted and found not in seen:
                seen.add(found)
                yield found

    def _of(self, subject: Node) -> dict[Node, list[Node]]:
        said = self._said.get(subject)
        if said is None:
            said = self._said[subject] = {}
            with quiet_loggers():
                for each in dict.fromkeys((each[1], each[2]) for each in self.about(term_of(subject))):
                    said.setdefault(self._terms(each[0]), []).append(self._terms(each[1]))
        return said

    def _subjects(self, predicate: Node, term: Node) -> list[Node]:
        found = self._sayers.get((predicate, term))
        if found is None:
            names = (term_of(predicate), term_of(term))
            candidates = dict.fromkeys([*self._context.sayers(*names), *self._added.sayers(*names)])
            nodes = [self._terms(each) for each in candidates]
            found = [each for each in nodes if term in self._of(each).get(predicate, ())]
            self._sayers[predicate, term] = found
        return found


class Either:
    """The statements before and after a change together, for footprints."""

    def __init__(self, graph: ChangedGraph, *parts: Context) -> None:
        self._parts = parts
        self.flips = graph.flips

    def said(self, subject: str, predicate: str) -> Iterable[str]:
        """Give the objects."""
        return dict.fromkeys(
            each.object
            for part in self._parts
            for each in part.about(subject)
            if predicate in (ANY, each.predicate)
        )

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects."""
        return dict.fromkeys(each for part in self._parts for each in part.sayers(predicate, value))


def named_apart(
    statements: Iterable[Statement], kept: frozenset[str]
) -> tuple[list[Statement], dict[str, str]]:
    """Rename blank nodes, so that none meets one of the context; gives also the names they had."""
    original: dict[str, str] = {}

    def renamed(term: str) -> str:
        if not is_blank(term) or term in kept:
            return term
        fresh = f"_:added-{term[2:]}"
        original[fresh] = term
        return fresh

    found = [each._replace(subject=renamed(each.subject), object=renamed(each.object)) for each in statements]
    return found, original

"""A whole vocabulary indexed by property, and findings that are put into words at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pathways_ld.errors import Finding
from pathways_ld.iris import IriSpace
from pathways_ld.namespaces import compact
from pathways_ld.rdfio import Statement, is_iri
from pathways_ld.validation.wording import Labels, plain

Pair = tuple[str, str]


def term(iri: str) -> str:
    """Write an IRI as an N-Triples term."""
    return f"<{iri}>"


class Facts:
    """The statements of a vocabulary, and the pairs of subject and object of each property.

    Repeated statements do no harm. `strict` asks of it what we ask of our own. Terms are in N-Triples
    syntax.
    """

    def __init__(self, statements: Sequence[Statement], space: IriSpace, *, strict: bool) -> None:
        self.statements = statements
        self.space = space
        self.strict = strict
        self.described: dict[str, None] = {}
        self._pairs: defaultdict[str, list[Pair]] = defaultdict(list)
        for subject, predicate, value, _ in statements:
            self.described[subject] = None
            self._pairs[predicate].append((subject, value))
        self.inside = f"<{space.base}"
        self._base_document = term(space.base.rstrip("/#"))

    def pairs(self, *predicates: str) -> list[Pair]:
        """Give subject and object of the statements with these properties; not to be changed."""
        if len(predicates) == 1:
            return self._pairs.get(predicates[0], [])
        return [pair for predicate in predicates for pair in self._pairs.get(predicate, ())]

    def inverse(self, *predicates: str) -> list[Pair]:
        """Give object and subject of the statements with these properties."""
        return [(value, subject) for subject, value in self.pairs(*predicates)]

    def objects(self, predicate: str) -> dict[str, list[str]]:
        """Give the objects of a property by subject."""
        found: dict[str, list[str]] = {}
        for subject, value in self.pairs(predicate):
            found.setdefault(subject, []).append(value)
        return found

    def instances(self, kind: str) -> set[str]:
        """Give the subjects that say they are of a class."""
        return {subject for subject, value in self._pairs.get(_TYPE, ()) if value == kind}

    def properties(self) -> list[str]:
        """Give the properties in use."""
        return list(self._pairs)

    def is_ours(self, subject: str) -> bool:
        """Tell whether a term lies under the base."""
        return subject.startswith(self.inside) or subject == self._base_document


_TYPE = term("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True)
class Draft:
    """A finding before its words: all terms in N-Triples syntax.

    `text` has the fields {focus}, {path} and {value}, and those of `more`: a term, or the terms of a way.
    """

    rule: str
    severity: str
    focus: str
    path: str
    value: str
    text: str
    more: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def terms(self) -> set[str]:
        """Give everything that may be named."""
        found = {self.focus, self.value}
        for each in self.more.values():
            found.update([each] if isinstance(each, str) else each)
        return found

    def finding(self, labels: Labels) -> Finding:
        """Put it into words."""
        fields = {
            key: labels.way(each) if not isinstance(each, str) else _named(each, labels)
            for key, each in self.more.items()
        }
        message = self.text.format(
            focus=_named(self.focus, labels),
            path=compact(plain(self.path)) if self.path else "",
            value=_named(self.value, labels) if self.value else "",
            **fields,
        )
        return Finding(
            rule=self.rule,
            severity=self.severity,
            focus=plain(self.focus),
            message=message,
            path=plain(self.path) if self.path else "",
            value=plain(self.value) if self.value else "",
        )


def _named(each: str, labels: Labels) -> str:
    return labels.name(plain(each)) if is_iri(each) else each


def findings(drafts: Sequence[Draft], statements: Iterable[Statement]) -> list[Finding]:
    """Put drafts into words, with the labels that the statements give; each finding once."""
    if not drafts:
        return []
    labels = Labels(statements, {plain(each) for draft in drafts for each in draft.terms() if is_iri(each)})
    return list(dict.fromkeys(draft.finding(labels) for draft in drafts))

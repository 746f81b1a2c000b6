"""What a change did, in a few English sentences that stay readable when the terms have moved on."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pathways_ld.iris import document_of
from pathways_ld.namespaces import ADMS, DCT, OWL, RDF, SKOS, SKOSXL, STATUS_WITHDRAWN, split_iri
from pathways_ld.rdfio import Statement, is_blank, is_iri, literal_parts
from pathways_ld.vocabulary.describe import LABELS
from pathways_ld.vocabulary.headings import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pathways_ld.ledger import Delta

    About = Callable[[str], Sequence[Statement]]

MOST_SENTENCES: Final = 12
LONGEST_VALUE: Final = 100

_LABELS: Final = {
    SKOS.prefLabel: "preferred label",
    SKOS.altLabel: "alternative label",
    SKOS.hiddenLabel: "hidden label",
    DCT.source: "source",
    DCT.subject: "topic",
    RDF.type: "type",
    SKOS.broader: "broader term",
    SKOS.narrower: "narrower term",
    SKOS.related: "related term",
}
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DEPRECATED: Final = f"<{OWL.deprecated}>"
_REPLACED_BY: Final = f"<{DCT.isReplacedBy}>"
_WITHDRAWN: Final = (f"<{ADMS.status}>", f"<{STATUS_WITHDRAWN}>")
_LITERAL_FORM: Final = f"<{SKOSXL.literalForm}>"
_SILENT: Final = frozenset(
    {
        _DEPRECATED,
        *(f"<{each}>" for each in (RDF.type, SKOSXL.prefLabel, SKOSXL.altLabel, SKOSXL.hiddenLabel)),
    }
)
"""What is told in another way."""


class Words:
    """Tells what a change did; `about` gives what is asserted of a subject before it."""

    def __init__(self, delta: Delta, base: str, about: About | None = None) -> None:
        self._delta = delta
        self._base = base
        self._about = about
        self._added = _by_subject(delta.added)
        self._removed = _by_subject(delta.removed)

    def what(self, terms: Sequence[str]) -> str:
        """Give the sentences; at most some, with the number of those that are left out."""
        sentences = [sentence for term in terms for sentence in self._sentences(term)]
        rest = len(sentences) - MOST_SENTENCES
        if rest > 0:
            sentences[MOST_SENTENCES:] = [f"And {rest} more."]
        return " ".join(sentences) or "Changed details."

    def is_new(self, term: str) -> bool:
        """Tell whether there was no such term before."""
        key = f"<{term}>"
        if self._about is not None:
            return key in self._added and not self._about(key)
        return key not in self._removed and any(each.predicate == _TYPE for each in self._added.get(key, ()))

    def title(self, term: str) -> str:
        """Give the title of a term, in N-Triples syntax: as it is after the change, else as it was."""
        said = [*self._added.get(term, ()), *(self._about(term) if self._about else ())]
        for predicate in LABELS:
            found = [literal_parts(each.object) for each in said if each.predicate == predicate]
            for text, lang, _ in sorted(found, key=lambda parts: parts[1] != "en"):
                del lang
                return _short(text)
        iri = term[1:-1]
        return iri.removeprefix(self._base) if iri.startswith(self._base) else split_iri(iri)[1] or iri

    def _sentences(self, term: str) -> Iterator[str]:
        title = f"“{self.title(f'<{term}>')}”"
        if self.is_new(term):
            yield f"Added {title}."
            return
        added, removed = (side.get(f"<{term}>", []) for side in (self._added, self._removed))
        if any(each.predicate == _DEPRECATED and "true" in each.object for each in added):
            instead = [self.title(each.object) for each in added if each.predicate == _REPLACED_BY]
            yield f"Deprecated {title}" + (f" in favour of “{instead[0]}”." if instead else ".")
        if any((each.predicate, each.object) == _WITHDRAWN for each in added):
            yield f"Withdrew {title}."
        yield from self._differences(title, added, removed)
        yield from self._of_parts(term, title)

    def _of_parts(self, term: str, title: str) -> Iterator[str]:
        """Tell of labels with a source, and of mappings; what they are parts of says the rest itself."""
        parts = [
            subject
            for subject in dict.fromkeys((*self._removed, *self._added))
            if is_iri(subject) and subject != f"<{term}>" and document_of(subject[1:-1]) == term
        ]
        for part in parts:
            sources = self._values(f"<{DCT.source}>", self._added.get(part, []))
            label = next((e.object for e in self._added.get(part, []) if e.predicate == _LITERAL_FORM), "")
            if label and sources:
                yield f"Added the source of the label {self._value(label)} of {title}: {', '.join(sources)}."
        told = any(each.predicate == _LITERAL_FORM for part in parts for each in self._added.get(part, []))
        if parts and not told and not (self._added.get(f"<{term}>") or self._removed.get(f"<{term}>")):
            yield f"Changed details of {title}."

    def _differences(self, title: str, added: list[Statement], removed: list[Statement]) -> Iterator[str]:
        names = dict.fromkeys(each.predicate for each in (*removed, *added))
        for predicate in sorted(names):
            new = self._values(predicate, added)
            old = self._values(predicate, removed)
            if len(new) == len(old) == 1:
                yield f"Changed the {_heading(predicate)} of {title} from {old[0]} to {new[0]}."
                continue
            if old:
                yield f"Removed the {_heading(predicate)} {', '.join(old)} from {title}."
            if new:
                yield f"Added the {_heading(predicate)} {', '.join(new)} to {title}."

    def _values(self, predicate: str, statements: list[Statement]) -> list[str]:
        if predicate in _SILENT:
            return []
        found = [each for each in statements if each.predicate == predicate and not is_blank(each.object)]
        return [self._value(each.object) for each in sorted(found)]

    def _value(self, term: str) -> str:
        if is_iri(term):
            ours = term.startswith(f"<{self._base}")
            return f"“{self.title(term)}”" if ours else _short(term[1:-1])
        return f"“{_short(literal_parts(term)[0])}”"


_TYPE: Final = f"<{RDF.type}>"


def _by_subject(statements: Sequence[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for each in statements:
        found[each.subject].append(each)
    return dict(found)


def _heading(predicate: str) -> str:
    iri = predicate[1:-1]
    words = _LABELS.get(iri) or HEADINGS.get(iri) or _CAPITAL.sub(" ", split_iri(iri)[1])
    return words[:1].lower() + words[1:]


def _short(text: str) -> str:
    """Put a text on one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_VALUE else line[: LONGEST_VALUE - 1].rstrip() + "…"

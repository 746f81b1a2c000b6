"""The history of a term for its page: the changes that its change notes lead to.

Every entry is read from what the change's own document says of itself, and from nothing further away: a
page depends on its neighbours only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pathways_ld.model import HistoryEntry, Link, PageView, Text
from pathways_ld.namespaces import DC, DCT, PROV, RDF, SKOS
from pathways_ld.rdfio import Statement, is_iri, is_literal, literal_parts

if TYPE_CHECKING:
    from pathways_ld.vocabulary.describe import Describer

CHANGES: Final = "change/"
"""Where, under the base, the documents of changes are."""
CONTRIBUTION: Final = "contribution-"
"""How the name of a change's part begins that stands for the contribution it came from."""
SHOWN: Final = 50
"""How many changes the page of a term shows; its RDF names them all."""

_NOTE: Final = f"<{SKOS.changeNote}>"
_TYPE: Final = f"<{RDF.type}>"
_ACTIVITY: Final = f"<{PROV.Activity}>"
_INFORMED: Final = f"<{PROV.wasInformedBy}>"


class History:
    """What changed one document."""

    def __init__(self, describer: Describer, subject: str) -> None:
        self._describer = describer
        self._subject = subject
        self._start = f"<{describer.identity.base}{CHANGES}"
        said = describer.outgoing.get(subject, ())
        self._notes = [each.object for each in said if self.tells(each)]

    def tells(self, each: Statement) -> bool:
        """Tell whether a statement is told as history: the note that leads to a change."""
        return each.predicate == _NOTE and self._is_change(each.object)

    def add_to(self, view: PageView) -> None:
        """Add the history to a page; the page of a change shows that change and nothing twice."""
        if self._is_change(self._subject):
            view["history"] = [self._entry(self._subject)]
            view["changes"] = 1
            view["undone_by"] = self._undone_by()
            view["texts"], view["facts"], view["parts"] = [], [], []
        elif self._notes:
            newest = sorted(set(self._notes), key=lambda term: (-self._number(term), term))
            view["history"] = [self._entry(term) for term in newest[:SHOWN]]
            view["changes"] = len(newest)

    def _is_change(self, term: str) -> bool:
        return term.startswith(self._start) and any(
            each.predicate == _TYPE and each.object == _ACTIVITY
            for each in self._describer.outgoing.get(term, ())
        )

    def _number(self, term: str) -> int:
        return _whole(term[len(self._start) : -1])

    def _undone_by(self) -> list[Link]:
        incoming = self._describer.incoming.get(self._subject, ())
        found = [each.subject for each in incoming if each.predicate == _INFORMED]
        return [self._describer.link(term) for term in sorted(found, key=self._number)]

    def _entry(self, term: str) -> HistoryEntry:
        said = sorted(self._describer.outgoing[term])
        values: dict[str, list[str]] = {}
        for each in said:
            values.setdefault(each.predicate[1:-1], []).append(each.object)
        parts = [each[1:-1].replace("#", "/").rpartition("/")[2] for each in values.get(PROV.used, ())]
        numbers = [_whole(each.removeprefix(CONTRIBUTION)) for each in parts if each.startswith(CONTRIBUTION)]
        undone = [self._number(each) for each in values.get(PROV.wasInformedBy, ()) if self._is_change(each)]
        own = term[:-1]
        return HistoryEntry(
            change=self._describer.link(term),
            number=self._number(term),
            at=next((text["text"] for text in _texts(values.get(PROV.endedAtTime))), ""),
            what=_texts(values.get(RDF.value)),
            why=_texts(values.get(DCT.description)),
            contributors=_texts(values.get(DC.creator)),
            reviewers=_texts(values.get(DC.contributor)),
            agents=[
                self._describer.link(each)
                for each in values.get(DCT.creator, ())
                if is_iri(each) and not each.startswith(own)
            ],
            contribution=next(iter(numbers), 0),
            undoes=next(iter(undone), 0),
        )


def _texts(terms: list[str] | None) -> list[Text]:
    found = [literal_parts(term) for term in terms or () if is_literal(term)]
    return [Text(text=text, lang=lang) for text, lang, _ in found]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

"""What forms have to know of the vocabulary, whoever tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pathways_ld.forms.model import Choice, Form
from pathways_ld.model import LanguageMap, Link
from pathways_ld.namespaces import FOAF
from pathways_ld.rdfio import Statement


@dataclass(frozen=True)
class Found:
    """What a reference was found to mean.

    `iri` is empty where it is not clear: then `options` are what it may mean. `address` is that of a source
    which is not described yet and would get `iri`.
    """

    iri: str = ""
    options: tuple[Link, ...] = ()
    address: str = ""


class FormTerms(Protocol):
    """The terms of a vocabulary, as forms look at them."""

    @property
    def forms(self) -> dict[str, Form]:
        """The forms by kind."""
        ...

    @property
    def language(self) -> str:
        """The language of new texts."""
        ...

    @property
    def vocabulary(self) -> str:
        """The IRI of the vocabulary itself."""
        ...

    @property
    def mappings_graph(self) -> str:
        """The IRI of the graph for statements that correspond to others elsewhere; empty: the unnamed one."""
        ...

    def about(self, iri: str) -> Sequence[Statement]:
        """Give what is asserted of an IRI, exactly as it was written."""
        ...

    def said_by_others(self, predicate: str, iri: str) -> Sequence[Statement]:
        """Give the asserted statements with this property and this IRI as the value."""
        ...

    def find(self, text: str, class_iri: str) -> Found:
        """Find out which term of a class a label, a slug, an IRI or an address means."""
        ...

    def is_a(self, iri: str, class_iri: str) -> bool:
        """Tell whether a term of this class has this IRI."""
        ...

    def name(self, iri: str) -> str:
        """Give the text that stands for a term in a field; :meth:`find` need not find the term by it."""
        ...

    def label(self, iri: str) -> LanguageMap:
        """Give the label of a property, a class or one of the values of a list; empty where there is none."""
        ...

    def members(self, class_iri: str) -> tuple[Choice, ...]:
        """Give the individuals of a class whose terms have no pages of their own."""
        ...


def source_form(class_iri: str, terms: FormTerms) -> Form | None:
    """Find the form of the terms of a class that an address alone describes."""
    for form in terms.forms.values():
        page = form.at(FOAF.page)
        if form.class_iri == class_iri and page is not None and page.least:
            return form
    return None

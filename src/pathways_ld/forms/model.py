"""What a form is: groups of fields, each with the property it states and what its values may be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from pathways_ld.model import LanguageMap
from pathways_ld.namespaces import SKOS

FieldKind = Literal["text", "plain", "choice", "reference", "address", "date", "parts"]
"""A text with a language, a text without, one of a few values, a term, an address, a date or year, or several
fields that together make a statement of their own."""

INVERSES: Final = {
    SKOS.related: SKOS.related,
    SKOS.broader: SKOS.narrower,
    SKOS.narrower: SKOS.broader,
    SKOS.topConceptOf: SKOS.hasTopConcept,
}
"""What is stated from the other side says the same (SKOS Reference, S8, S23, S25)."""

_LONG: Final = 250
"""Characters of a text from which a field has several lines."""


@dataclass(frozen=True)
class Choice:
    """One of the values of a field; `term` is in N-Triples syntax, `label` in the languages there are."""

    term: str
    label: LanguageMap


@dataclass(frozen=True)
class Field:
    """One property of a form, as a SHACL property shape describes it.

    `path` is an IRI without angle brackets. `most` is 0 where there is no bound. `classes` are what the terms
    belong to that the field refers to; `choices` is empty where they have to be looked up by class.
    """

    name: str
    path: str
    kind: FieldKind
    label: LanguageMap
    help: LanguageMap
    group: str = ""
    order: float = 0.0
    datatypes: tuple[str, ...] = ()
    class_iri: str = ""
    choices: tuple[Choice, ...] = ()
    least: int = 0
    most: int = 0
    max_length: int = 0
    pattern: str = ""
    unique_lang: bool = False
    default: str = ""
    parts: tuple[Field, ...] = ()
    both_ways: bool = False
    """Whether each value states the same of the term."""
    constants: tuple[tuple[str, str], ...] = ()
    """Of a field with parts: property and value of the statements that each of its rows makes besides."""

    @property
    def long(self) -> bool:
        """Whether its texts may have several lines."""
        return self.kind == "text" and self.max_length > _LONG

    @property
    def inverse(self) -> str:
        """The property that says the same from the other side, or an empty text."""
        return INVERSES.get(self.path, "")

    @property
    def untagged(self) -> bool:
        """Whether a text may do without a language."""
        return not self.datatypes or any(each.endswith("#string") for each in self.datatypes)

    @cached_property
    def expression(self) -> re.Pattern[str] | None:
        """The pattern that values match somewhere, or None."""
        return re.compile(self.pattern) if self.pattern else None

    def part(self, path: str) -> Field | None:
        """Find a part by the property it states."""
        return next((each for each in self.parts if each.path == path), None)


@dataclass(frozen=True)
class FieldGroup:
    """Fields that stand under one heading."""

    name: str
    label: LanguageMap
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """The fields of one kind of term.

    `constants` are property and value of what every term of the kind states. `instead` are two properties and
    a value: where the first property has no value, the second has this one, and else has not.
    """

    kind: str
    class_iri: str
    label: LanguageMap
    help: LanguageMap
    groups: tuple[FieldGroup, ...]
    constants: tuple[tuple[str, str], ...] = ()
    instead: tuple[tuple[str, str, str], ...] = ()
    by_name: dict[str, Field] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {each.name: each for each in self.fields})

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, in their order."""
        return tuple(each for group in self.groups for each in group.fields)

    def at(self, path: str) -> Field | None:
        """Find the field of a property."""
        return next((each for each in self.fields if each.path == path), None)

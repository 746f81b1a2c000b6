"""What the columns mean: `tables.toml` as dataclasses, with all names resolved to N-Triples terms."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pathways_ld import rdfio
from pathways_ld.errors import SettingsError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import PREFIXES, RDF

if TYPE_CHECKING:
    from pathlib import Path

KINDS: Final = ("slug", "text", "iri", "reference", "source", "choice", "year", "date", "ignored")

Pairs = tuple[tuple[str, str], ...]
"""Predicates and objects."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column; the fields are explained at the top of `tables.toml`."""

    name: str
    kind: str
    predicate: str = ""
    required: bool = False
    separator: str = ""
    language: str = ""
    lines: bool = False
    references: tuple[str, ...] = ()
    choices: Mapping[str, Pairs] = field(default_factory=dict)
    also: Pairs = ()
    when_empty: Pairs = ()
    together_with: str = ""
    differs_from: str = ""
    not_before: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    symmetric: bool = False
    acyclic: bool = False
    disjoint_with: str = ""
    stated_as: str = ""

    @property
    def decides(self) -> set[str]:
        """The predicates this column decides about; links in both directions are decided elsewhere."""
        pairs = (*self.also, *self.when_empty, *(pair for pairs in self.choices.values() for pair in pairs))
        own = {self.predicate} if self.predicate and not self.symmetric else set()
        return own | {predicate for predicate, _ in pairs}


@dataclass(frozen=True)
class Part:
    """How a row that describes a part of another term gets its IRI."""

    of: str
    fragment: str
    statement: tuple[str, ...] = ()
    slug_of: str = ""
    link: str = ""


@dataclass(frozen=True)
class Table:
    """One spreadsheet and where its rows go."""

    name: str
    file: str
    target: str
    subject: str
    columns: Mapping[str, Column]
    constant: Pairs = ()
    path: str = ""
    part: Part | None = None


@dataclass(frozen=True)
class Sources:
    """What an address that is given as a source becomes."""

    target: str
    path: str
    page: str
    label: str
    constant: Pairs = ()


@dataclass(frozen=True)
class Description:
    """All of it, for one canonical base."""

    base: str
    prefixes: Mapping[str, str]
    sources: Sources
    tables: Mapping[str, Table]


def load_description(path: Path, base: str) -> Description:
    """Read a description; raises :class:`SettingsError` where it makes no sense."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The table description {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The table description {path} is not TOML: {error}.") from None
    try:
        return _Reader(content, base).description()
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SettingsError(f"The table description {path} is not complete: {error!r}.") from None
    except SettingsError as error:
        raise SettingsError(f"The table description {path}: {error.message}") from None


class _Reader:
    def __init__(self, content: dict[str, Any], base: str) -> None:
        self._content = content
        self._base = base
        own = {prefix: self._absolute(value) for prefix, value in content.get("prefixes", {}).items()}
        self._prefixes = {**PREFIXES, **own}
        self._choices = {name: self._words(words) for name, words in content.get("choices", {}).items()}

    def description(self) -> Description:
        given = dict(self._content["sources"])
        sources = Sources(
            target=given["target"],
            path=given["path"],
            page=self._term(given["page"]),
            label=self._term(given["label"]),
            constant=self._constant(given),
        )
        tables = {name: self._table(name, table) for name, table in self._content["tables"].items()}
        return Description(self._base, self._prefixes, sources, tables)

    def _table(self, name: str, given: dict[str, Any]) -> Table:
        columns = {key: self._column(key, column) for key, column in given["columns"].items()}
        part = None
        if "part" in given:
            values = {**given["part"], "statement": tuple(given["part"].get("statement", ()))}
            values["link"] = self._term(values["link"]) if "link" in values else ""
            part = Part(**values)
        table = Table(
            name=name,
            file=given["file"],
            target=given["target"],
            subject=given["subject"],
            columns=columns,
            constant=self._constant(given),
            path=given.get("path", ""),
            part=part,
        )
        named = [table.subject, *(column.together_with for column in columns.values())]
        named += [other for each in columns.values() for other in (each.differs_from, each.not_before)]
        missing = [column for column in named if column and column not in columns]
        if missing:
            raise SettingsError(f'table {name} has no column "{missing[0]}".')
        return table

    def _column(self, name: str, given: dict[str, Any]) -> Column:
        known = {each.name for each in dataclasses.fields(Column)} - {"name", "predicate"} | {"property"}
        unknown = given.keys() - known
        if unknown or given.get("kind") not in KINDS:
            wrong = f'the key "{min(unknown)}"' if unknown else f'the kind "{given.get("kind")}"'
            raise SettingsError(f"column {name} has {wrong}, which is not known.")
        values = dict(given)
        values["predicate"] = values.pop("property", "")
        for key in ("predicate", "disjoint_with", "stated_as"):
            values[key] = self._term(values[key]) if values.get(key) else ""
        for key in ("also", "when_empty"):
            values[key] = self._pairs(values.get(key, {}))
        words = values.get("choices", {})
        values["choices"] = self._choices[words] if isinstance(words, str) else self._words(words)
        values["references"] = tuple(values.get("references", ()))
        return Column(name=name, **values)

    def _constant(self, given: dict[str, Any]) -> Pairs:
        types = tuple((rdfio.iri(RDF["type"]), self._term(each)) for each in given.get("types", ()))
        return types + self._pairs(given.get("constant", {}))

    def _words(self, words: dict[str, dict[str, str]]) -> dict[str, Pairs]:
        return {word: self._pairs(pairs) for word, pairs in words.items()}

    def _pairs(self, pairs: dict[str, str]) -> Pairs:
        return tuple((self._term(predicate), self._term(value)) for predicate, value in pairs.items())

    def _term(self, curie: str) -> str:
        prefix, colon, local = curie.partition(":")
        if not colon or prefix not in self._prefixes:
            raise SettingsError(f'"{curie}" has no known prefix.')
        return rdfio.iri(self._prefixes[prefix] + local)

    def _absolute(self, value: str) -> str:
        return value if is_absolute_iri(value) else self._base + value

"""Rows that are resources of their own: mappings with their source, and labels that a source uses.

A mapping is an ``rdf:Statement`` beside the statement itself; a label is a SKOS-XL label beside the plain
one. Their IRIs follow from what they say, by the rules of the spreadsheets (``ontology/tables.toml``), so
that the same thing never gets two. A row shows a resource with one of its sources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pathways_ld.forms.filled import Cell, Row
from pathways_ld.forms.model import Field, Form
from pathways_ld.forms.terms import FormTerms
from pathways_ld.forms.values import cell_of, shows
from pathways_ld.iris import slugify
from pathways_ld.namespaces import RDF, SKOS, SKOSXL
from pathways_ld.rdfio import Statement, iri, iri_value, is_iri, literal, literal_parts

REIFIED: Final = f"^{RDF.subject}"
_LABELS: Final = {SKOSXL.altLabel: SKOS.altLabel, SKOSXL.hiddenLabel: SKOS.hiddenLabel}


def part_name(part: Field) -> str:
    """Give the short name of a part, by which its controls go."""
    return part.name.rpartition("-")[2]


def digest(text: str) -> str:
    """Give 8 hexadecimal digits that stand for a text, as in the spreadsheets."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def part_iris(field: Field, owner: str, terms: FormTerms) -> list[str]:
    """Find the resources that the rows of a field show."""
    if field.path == REIFIED:
        return sorted(
            {
                iri_value(each.subject)
                for each in terms.said_by_others(RDF.subject, owner)
                if is_iri(each.subject)
            }
        )
    said = terms.about(owner)
    return sorted(
        {iri_value(each.object) for each in said if each.predicate == iri(field.path) and is_iri(each.object)}
    )


def rows_of(field: Field, owner: str, terms: FormTerms) -> list[Row]:
    """Give a row for each source of each resource."""
    rows: list[Row] = []
    many = _many(field)
    for part in part_iris(field, owner, terms):
        said = terms.about(part)
        sources = sorted(
            each.object for each in said if many is not None and each.predicate == iri(many.path)
        )
        for source in sources or [""]:
            cells = {
                part_name(each): cell_of(each, _value(each, said, source, many), terms)
                for each in field.parts
            }
            rows.append(Row(len(rows), cells, was=f"{iri(part)} {source}".rstrip()))
    return rows


def empty_cells(field: Field, terms: FormTerms) -> dict[str, Cell]:
    """Give the controls of a row without values."""
    return {part_name(each): cell_of(each, "", terms) for each in field.parts}


def _many(field: Field) -> Field | None:
    """Find the part of which a resource may have several values: its sources."""
    return next((each for each in field.parts if each.kind == "reference" and each.most != 1), None)


def _value(part: Field, said: Iterable[Statement], source: str, many: Field | None) -> str:
    if part is many:
        return source
    found = [each.object for each in said if each.predicate == iri(part.path) and shows(part, each.object)]
    return min(found, default="")


def shown_values(field: Field, was: str, terms: FormTerms) -> dict[str, str]:
    """Give what the controls of an asserted row showed, by part; empty where it is not asserted any more."""
    part, _, source = was.partition(" ")
    said = terms.about(iri_value(part))
    many = _many(field)
    if not said or (
        source and many is not None and Statement(part, iri(many.path), source, said[0].graph) not in said
    ):
        return {}
    return {part_name(each): _value(each, said, source, many) for each in field.parts}


@dataclass
class _State:
    """A resource as it will be: statements without their graph."""

    graph: str
    pairs: set[tuple[str, str]] = field(default_factory=set)
    touched: bool = False


class PartChanges:
    """Works out what the rows of one field change; without rows, nothing."""

    def __init__(self, field: Field, owner: str, terms: FormTerms, rows: Sequence[Row] = ()) -> None:
        self.field = field
        self._owner = owner
        self._terms = terms
        self._many = _many(field)
        self._before: dict[str, list[Statement]] = {
            part: list(terms.about(part)) for part in part_iris(field, owner, terms)
        }
        self._after = {
            part: _State(said[0].graph, {(each.predicate, each.object) for each in said})
            for part, said in self._before.items()
            if said
        }
        self._apply(rows)

    def _apply(self, rows: Sequence[Row]) -> None:
        """Apply rows, none of which has a problem: first what goes, then what comes."""
        for row in rows:
            if row.was and (row.removed or row.empty or self._moved(row)):
                self._discard(row)
        for row in rows:
            if not row.removed and not row.empty:
                self._state(row)
        for state in self._after.values():
            if state.touched and self._many is not None and iri(self._many.path) not in dict(state.pairs):
                state.pairs.clear()

    def _values(self, row: Row) -> dict[str, str]:
        return {part.path: row.cells[part_name(part)].term for part in self.field.parts}

    def _target(self, row: Row) -> str:
        """Give the IRI of the resource that a row says something of."""
        values = self._values(row)
        if self.field.path == REIFIED:
            said = f"{iri_value(values[RDF.predicate])} {iri_value(values[RDF.object])}"
            return f"{self._owner}#mapping-{digest(said)}"
        form = values[SKOSXL.literalForm]
        if row.was and (iri(SKOSXL.literalForm), form) in self._pairs_before(row):
            return iri_value(row.was.partition(" ")[0])
        text = literal_parts(form)[0]
        name = f"{self._owner}#label-{slugify(text) or digest(text)}"
        state = self._after.get(name)
        forms = (
            {value for predicate, value in state.pairs if predicate == iri(SKOSXL.literalForm)}
            if state
            else set()
        )
        return f"{name}-{digest(form)}" if forms - {form} else name

    def _pairs_before(self, row: Row) -> set[tuple[str, str]]:
        said = self._before.get(iri_value(row.was.partition(" ")[0]), ())
        return {(each.predicate, each.object) for each in said}

    def _moved(self, row: Row) -> bool:
        part, _, source = row.was.partition(" ")
        return self._target(row) != iri_value(part) or (
            self._many is not None and self._values(row)[self._many.path] != source
        )

    def _discard(self, row: Row) -> None:
        part, _, source = row.was.partition(" ")
        state = self._after.get(iri_value(part))
        if state is not None:
            state.touched = True
            if self._many is not None:
                state.pairs.discard((iri(self._many.path), source))

    def _state(self, row: Row) -> None:
        target = self._target(row)
        state = self._after.get(target)
        if state is None:
            graph = self._terms.mappings_graph if self.field.path == REIFIED else ""
            state = self._after[target] = _State(iri(graph) if graph else "")
            state.pairs |= {(iri(predicate), value) for predicate, value in self.field.constants}
            if self.field.path == REIFIED:
                state.pairs.add((iri(RDF.subject), iri(self._owner)))
        shown = shown_values(self.field, row.was, self._terms) if row.was else {}
        for part in self.field.parts:
            value, old = row.cells[part_name(part)].term, shown.get(part_name(part), "")
            if part is not self._many and old != value and (iri(part.path), old) in state.pairs:
                state.pairs.discard((iri(part.path), old))
            if value:
                state.pairs.add((iri(part.path), value))

    def statements(self) -> tuple[set[Statement], set[Statement]]:
        """Give what is to be there that was not, and what was there and is not to be."""
        before = {each for said in self._before.values() for each in said}
        after = {
            Statement(iri(part), predicate, value, state.graph)
            for part, state in self._after.items()
            for predicate, value in state.pairs
        }
        asserted = set(self._terms.about(self._owner))
        gone, come = (
            self.beside(),
            set(self._beside({part: state.pairs for part, state in self._after.items()})),
        )
        return (after - before) | (come - gone - asserted), (before - after) | ((gone - come) & asserted)

    def beside(self) -> set[Statement]:
        """Give what the term itself states because of the resources there are."""
        said = self._before.items()
        return set(self._beside({part: {(each.predicate, each.object) for each in of} for part, of in said}))

    def _beside(self, parts: Mapping[str, set[tuple[str, str]]]) -> Iterator[Statement]:
        for part, pairs in parts.items():
            found, graph = dict(sorted(pairs)), self._after[part].graph if part in self._after else ""
            if pairs and self.field.path != REIFIED:
                yield Statement(iri(self._owner), iri(self.field.path), iri(part), graph)
            elif iri(RDF.predicate) in found and iri(RDF.object) in found:
                yield Statement(iri(self._owner), found[iri(RDF.predicate)], found[iri(RDF.object)], graph)

    def plain_labels(self) -> set[tuple[str, str]]:
        """Give property and value of the plain labels that go with those of the rows."""
        plain = _LABELS.get(self.field.path)
        if plain is None:
            return set()
        return {
            (iri(plain), value)
            for state in self._after.values()
            for predicate, value in state.pairs
            if predicate == iri(SKOSXL.literalForm)
        }

    def missing_labels(self) -> set[Statement]:
        """Give the plain labels that are not stated yet, of resources that the rows changed."""
        stated = {(each.predicate, each.object) for each in self._terms.about(self._owner)}
        before = {
            each.object
            for said in self._before.values()
            for each in said
            if each.predicate == iri(SKOSXL.literalForm)
        }
        return {
            Statement(iri(self._owner), predicate, value)
            for predicate, value in self.plain_labels()
            if (predicate, value) not in stated and value not in before
        }


def source_statements(
    form: Form, subject: str, address: str, title: Cell | None, language: str
) -> list[Statement]:
    """Describe a source of which only the address, and perhaps the title, is known.

    What a field of the form must have and cannot be asked for is its default, or the address without its
    scheme.
    """
    pairs = [(iri(predicate), value) for predicate, value in form.constants]
    for each in form.fields:
        if each.default:
            pairs.append((iri(each.path), each.default))
        elif each.kind == "address" and each.least:
            pairs.append((iri(each.path), iri(address)))
        elif each.kind == "plain" and each.least:
            label = address.partition("://")[2]
            pairs.append((iri(each.path), literal(label[: each.max_length] if each.max_length else label)))
    titled = next((each for each in form.fields if each.kind == "text"), None)
    if title is not None and title.title.strip() and titled is not None:
        pairs.append((iri(titled.path), literal(" ".join(title.title.split()), lang=language)))
    return [Statement(iri(subject), predicate, value) for predicate, value in pairs]

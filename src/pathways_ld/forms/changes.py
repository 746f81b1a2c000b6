"""What a filled form changes: statements to add and to remove, exactly those that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from pathways_ld.forms.filled import Cell, Filled, Problem, Row
from pathways_ld.forms.model import Field
from pathways_ld.forms.parts import PartChanges, source_statements
from pathways_ld.forms.terms import FormTerms, source_form
from pathways_ld.forms.values import shows
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, iri, iri_value, is_iri, literal_parts
from pathways_ld.wording import N_, Said

_MAPPINGS: Final = frozenset(
    SKOS[name] for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
)
_TWICE: Final = N_(
    "There is another one in this language, and one for each language is enough. Change the other, or choose"
    " another language."
)


def shown_terms(field: Field, owner: str, terms: FormTerms) -> dict[str, list[Statement]]:
    """Give the asserted values that a field shows, each with the statements that say so."""
    found: dict[str, list[Statement]] = {}
    for each in terms.about(owner):
        if each.predicate == iri(field.path) and shows(field, each.object):
            found.setdefault(each.object, []).append(each)
    if field.inverse:
        for each in terms.said_by_others(field.inverse, owner):
            if is_iri(each.subject):
                found.setdefault(each.subject, []).append(each)
    return found


def kept_statements(filled: Filled, terms: FormTerms) -> tuple[Statement, ...]:
    """Give what is asserted of the term and no field shows."""
    form, owner = filled.form, filled.iri
    fixed = {(iri(predicate), value) for predicate, value in form.constants}
    fixed |= {(iri(second), value) for _, second, value in form.instead}
    shown: set[Statement] = set()
    for field in form.fields:
        if field.kind == "parts":
            shown |= PartChanges(field, owner, terms).beside()
        else:
            shown.update(*shown_terms(field, owner, terms).values())
    return tuple(
        each
        for each in terms.about(owner)
        if each not in shown and (each.predicate, each.object) not in fixed
    )


def conclude(filled: Filled, terms: FormTerms) -> None:
    """Work out what the rows change, and check what only all rows of a field can tell."""
    added: set[Statement] = set()
    removed: set[Statement] = set()
    wrong = {each.field.name for each in filled.problems}
    sourced = [
        PartChanges(field, filled.iri, terms, filled.rows[field.name])
        for field in filled.form.fields
        if field.kind == "parts" and field.name not in wrong
    ]
    for field in filled.form.fields:
        if field.kind != "parts":
            before = {} if filled.is_new else shown_terms(field, filled.iri, terms)
            after = _values(field, filled.rows[field.name], before)
            _check_field(filled, field, after)
            graph = _graph(field, terms)
            added |= {
                Statement(iri(filled.iri), iri(field.path), term, graph)
                for term in after
                if term not in before
            }
            removed.update(*(said for term, said in before.items() if term not in after))
            if field.both_ways:
                added |= _other_ways(field, filled.iri, [term for term in after if term not in before], terms)
    for changes in sourced:
        _check_sourced_labels(filled, changes, removed)
        come, gone = changes.statements()
        added |= come
        removed |= gone
        added |= changes.missing_labels()
    _add_fixed(filled, terms, added, removed)
    added.update(_new_sources(filled, terms))
    _sort_problems(filled)
    filled.delta = Delta(tuple(sorted(added - removed)), tuple(sorted(removed - added)))


def _other_ways(field: Field, owner: str, new: list[str], terms: FormTerms) -> set[Statement]:
    """State the same of the term from the side of its new values, where they do not yet."""
    found = {Statement(term, iri(field.path), iri(owner)) for term in new if is_iri(term)}
    return {each for each in found if each not in terms.about(iri_value(each.subject))}


def _sort_problems(filled: Filled) -> None:
    """Put problems into the order in which their controls stand."""
    order = {name: number for number, name in enumerate(filled.form.by_name)}
    filled.problems.sort(key=lambda each: (order[each.field.name], -1 if each.row is None else each.row))


def _graph(field: Field, terms: FormTerms) -> str:
    return iri(terms.mappings_graph) if field.path in _MAPPINGS and terms.mappings_graph else ""


def _values(field: Field, rows: list[Row], before: dict[str, list[Statement]]) -> list[str]:
    """Give the values there would be: what no row speaks of stays."""
    spoken_of = {row.was for row in rows if row.was}
    kept = [term for term in before if term not in spoken_of]
    typed = []
    for row in rows:
        # A value that cannot be used is no reason to take away the one it replaces.
        term = row.was if row.cell.problem else row.cell.term
        if not row.removed and term:
            typed.append(term)
    return list(dict.fromkeys([*kept, *typed]))


def _check_field(filled: Filled, field: Field, after: list[str]) -> None:
    rows = filled.rows[field.name]
    first = next((row.number for row in rows if not row.removed), None)
    if len(after) < field.least and not any(row.cell.problem for row in rows):
        filled.problems.append(Problem(field, Said(N_("This has to be filled in.")), first))
    if field.most and len(after) > field.most:
        message = (
            Said(N_("There can be only one value here. Remove the others."))
            if field.most == 1
            else Said(N_("There can be only %(most)s values here. Remove the others."), most=field.most)
        )
        filled.problems.append(Problem(field, message, first))
    if field.unique_lang:
        tags = Counter(literal_parts(term)[1].lower() for term in after)
        for row in rows:
            term = "" if row.removed else row.cell.term
            if term and term != row.was and tags[literal_parts(term)[1].lower()] > 1:
                filled.problems.append(Problem(field, Said(_TWICE), row.number))


def _check_sourced_labels(filled: Filled, changes: PartChanges, removed: set[Statement]) -> None:
    """Refuse to take away a label that a source is still recorded for: it would follow from that again."""
    for predicate, value in sorted(changes.plain_labels()):
        labels = filled.form.at(iri_value(predicate))
        if labels is None or Statement(iri(filled.iri), predicate, value) not in removed:
            continue
        name = changes.field.label.get("en", changes.field.name)
        message = Said(
            N_(
                'A source is recorded for this label under "%(name)s". Remove it there too, or keep the'
                " label."
            ),
            name=name,
        )
        filled.problems += [
            Problem(labels, message, row.number) for row in filled.rows[labels.name] if row.was == value
        ]


def _add_fixed(filled: Filled, terms: FormTerms, added: set[Statement], removed: set[Statement]) -> None:
    owner = iri(filled.iri)
    asserted = [] if filled.is_new else list(terms.about(filled.iri))
    if filled.is_new:
        added |= {Statement(owner, iri(predicate), value) for predicate, value in filled.form.constants}
    for first, second, value in filled.form.instead:
        field = filled.form.at(first)
        if field is None:
            continue
        before = {} if filled.is_new else shown_terms(field, filled.iri, terms)
        after = _values(field, filled.rows[field.name], before)
        stated = [each for each in asserted if (each.predicate, each.object) == (iri(second), value)]
        if bool(after) == bool(before) and not filled.is_new:
            continue
        if after:
            removed.update(stated)
        elif not stated:
            added.add(Statement(owner, iri(second), value))


def _new_sources(filled: Filled, terms: FormTerms) -> Iterator[Statement]:
    """Describe the sources that were given by an address that is not known yet."""
    described: dict[str, Cell] = {}
    for _, row, _, cell in filled.controls():
        if cell.is_new and cell.term and not row.removed:
            known = described.get(cell.term)
            if known is None or not known.title.strip():
                described[cell.term] = cell
    for term, cell in described.items():
        form = source_form(cell.field.class_iri, terms)
        if form is not None:
            yield from source_statements(form, iri_value(term), cell.text.strip(), cell, terms.language)

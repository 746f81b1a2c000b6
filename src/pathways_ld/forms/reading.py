"""Terms into forms, and what was sent back into rows: nothing is taken that the form does not have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from pathways_ld.errors import BadRequest, PayloadTooLarge
from pathways_ld.forms.changes import conclude, kept_statements, shown_terms
from pathways_ld.forms.filled import VALUE, Cell, Filled, Problem, Row
from pathways_ld.forms.model import Field, Form
from pathways_ld.forms.parts import empty_cells, part_iris, part_name, rows_of, shown_values
from pathways_ld.forms.terms import FormTerms
from pathways_ld.forms.values import cell_of, evaluate
from pathways_ld.namespaces import FOAF, RDFS, SKOS
from pathways_ld.rdfio import graph_line, iri_value, is_iri
from pathways_ld.wording import N_, Said

MAX_PAIRS: Final = 4_000
"""Controls that a form may send."""
MAX_ROWS: Final = 300
"""Rows of one field."""
_SLOTS: Final = frozenset({"text", "lang", "iri", "asked", "title"})
_CONTROL: Final = re.compile(r"([a-z][a-z-]{0,60})\.([0-9]{1,3})\.(was|remove|([a-z]{1,30})\.([a-z]{1,10}))")


def fill(form: Form, iri: str, terms: FormTerms, *, is_new: bool = False) -> Filled:
    """Show what is asserted of a term, with an empty row for each field that may have another value."""
    filled = Filled(form, iri, is_new, {}, base=_state(form, iri, terms, is_new))
    for field in form.fields:
        rows = [] if is_new else _asserted_rows(field, iri, terms)
        if field.kind != "parts" and (not rows or not (field.most == 1 or field.unique_lang)):
            rows.append(Row(len(rows), {VALUE: _first(field, terms, is_new=is_new and not rows)}))
        filled.rows[field.name] = rows
    if not is_new:
        filled.kept = kept_statements(filled, terms)
    return filled


def read_form(
    form: Form,
    iri: str,
    pairs: Iterable[tuple[str, str]],
    terms: FormTerms,
    *,
    base: str = "",
    is_new: bool = False,
) -> Filled:
    """Read the controls of a form; the answer has what they change, unless there are problems.

    `base` is the state the form was made from, as :attr:`Filled.base` named it. Raises :class:`BadRequest`
    for a control that the form does not have or that came twice, and :class:`PayloadTooLarge` for too many.
    """
    filled = Filled(form, iri, is_new, {each.name: [] for each in form.fields})
    _take_apart(filled, list(pairs), terms)
    filled.base = _state(form, iri, terms, is_new)
    filled.changed = bool(base) and base != filled.base
    if is_new:
        label_by_address(filled)
    for field in form.fields:
        _check_asserted(filled, field, terms)
        if field.kind != "parts" and not filled.rows[field.name]:
            # Nothing is sent of radio buttons none of which is chosen.
            filled.rows[field.name].append(Row(0, _empty(field, terms)))
        for row in filled.rows[field.name]:
            _evaluate(filled, field, row, terms)
    conclude(filled, terms)
    if not is_new:
        filled.kept = kept_statements(filled, terms)
    return filled


def label_by_address(filled: Filled) -> None:
    """Label what is known by its address with that, where nobody wrote a label."""
    page, label = filled.form.at(FOAF.page), filled.form.at(RDFS.label)
    if page is None or label is None or not (page.least and label.least and label.kind == "plain"):
        return
    rows = filled.rows[label.name]
    address = next((row.cell.text.strip() for row in filled.rows[page.name] if not row.empty), "")
    if not address or any(not row.empty for row in rows):
        return
    if not rows:
        rows.append(Row(0, {VALUE: Cell(label)}))
    rows[0].cell.text = address.partition("://")[2][: label.max_length or None]


def add_row(filled: Filled, name: str, terms: FormTerms) -> str:
    """Add an empty row to a field; gives the name of its first control, or an empty text."""
    field = filled.form.by_name.get(name)
    if field is None:
        raise BadRequest(f'There is no field "{name[:60]}" in this form. Load the form again.')
    rows = filled.rows[name]
    if len(rows) >= MAX_ROWS:
        raise PayloadTooLarge(f"A field has at most {MAX_ROWS} rows. Send what there is first.")
    number = max((each.number for each in rows), default=-1) + 1
    cells = _empty(field, terms)
    if field.unique_lang and any(row.cell.lang == cells[VALUE].lang for row in rows):
        cells[VALUE].lang = ""
    rows.append(Row(number, cells))
    return f"{name}.{number}.{next(iter(rows[-1].cells))}"


def _state(form: Form, iri: str, terms: FormTerms, is_new: bool) -> str:
    """Name what is asserted of a term and its parts."""
    if is_new:
        return ""
    subjects = [
        iri,
        *(part for each in form.fields if each.kind == "parts" for part in part_iris(each, iri, terms)),
    ]
    lines = sorted(graph_line(each) for subject in subjects for each in terms.about(subject))
    return hashlib.blake2b("".join(lines).encode(), digest_size=16).hexdigest()


def _asserted_rows(field: Field, iri: str, terms: FormTerms) -> list[Row]:
    if field.kind == "parts":
        return rows_of(field, iri, terms)
    found = sorted(shown_terms(field, iri, terms))
    return [Row(number, {VALUE: cell_of(field, term, terms)}, was=term) for number, term in enumerate(found)]


def _first(field: Field, terms: FormTerms, *, is_new: bool) -> Cell:
    default = field.default if is_new else ""
    if is_new and field.path == SKOS.inScheme and not default:
        default = f"<{terms.vocabulary}>" if terms.is_a(terms.vocabulary, field.class_iri) else ""
    return cell_of(field, default, terms)


def _empty(field: Field, terms: FormTerms) -> dict[str, Cell]:
    return empty_cells(field, terms) if field.kind == "parts" else {VALUE: cell_of(field, "", terms)}


def _take_apart(filled: Filled, pairs: list[tuple[str, str]], terms: FormTerms) -> None:
    if len(pairs) > MAX_PAIRS:
        raise PayloadTooLarge(f"The form has {len(pairs):,} fields; at most {MAX_PAIRS:,} are read.")
    rows: dict[tuple[str, int], Row] = {}
    seen: set[str] = set()
    for name, value in pairs:
        found = _CONTROL.fullmatch(name)
        field = filled.form.by_name.get(found[1]) if found else None
        if found is None or field is None:
            raise BadRequest(
                f'The form has no field "{name[:80]}". Load the form again, and send it from there.'
            )
        if name in seen:
            raise BadRequest(
                f'The field "{name[:80]}" was sent twice. Load the form again, and send it from there.'
            )
        seen.add(name)
        number = int(found[2])
        row = rows.get((field.name, number))
        if row is None:
            row = rows[field.name, number] = Row(number, _empty(field, terms))
            filled.rows[field.name].append(row)
        _put(row, found, value)
    for each in filled.rows.values():
        if len(each) > MAX_ROWS:
            raise PayloadTooLarge(f"A field has {len(each)} rows; at most {MAX_ROWS} are read.")
        each.sort(key=lambda row: row.number)


def _put(row: Row, found: re.Match[str], value: str) -> None:
    if found[3] == "was":
        row.was = value
    elif found[3] == "remove":
        row.removed = bool(value)
    else:
        cell = row.cells.get(found[4])
        if cell is None or found[5] not in _SLOTS:
            raise BadRequest(
                f'The form has no field "{found[0][:80]}". Load the form again, and send it from there.'
            )
        setattr(cell, found[5], value)


def _check_asserted(filled: Filled, field: Field, terms: FormTerms) -> None:
    """Fit rows to what is asserted now: what is gone is new if it was changed here, what is new is shown."""
    if filled.is_new:
        for row in filled.rows[field.name]:
            row.was = ""
        return
    asserted = {each.was: each for each in _asserted_rows(field, filled.iri, terms)}
    rows = filled.rows[field.name]
    claimed: set[str] = set()
    for row in list(rows):
        if not row.was:
            continue
        if row.was in claimed:
            raise BadRequest(
                f'A value of "{field.name}" was sent twice. Load the form again, and send it from there.'
            )
        claimed.add(row.was)
        if row.was not in asserted:
            _fit(filled, field, row, terms)
    number = max((each.number for each in rows), default=-1)
    if not filled.changed:
        return
    for was, row in asserted.items():
        if was not in claimed:
            number += 1
            row.number, row.note = number, Said(N_("This is new since you opened the form."))
            rows.append(row)


def _fit(filled: Filled, field: Field, row: Row, terms: FormTerms) -> None:
    """Deal with a row whose value somebody else has changed or removed meanwhile."""
    filled.changed = True
    was, row.was = row.was, ""
    if row.removed or _is_untouched(field, row, was, terms):
        filled.rows[field.name].remove(row)
        return
    message = Said(
        N_(
            "What stood here was changed or removed by somebody else since you opened the form. Your text"
            " would now be added as a new value; empty the field if it should not."
        )
    )
    row.note = message
    filled.problems.append(Problem(field, message, row.number, next(iter(row.cells))))


def _is_untouched(field: Field, row: Row, was: str, terms: FormTerms) -> bool:
    """Tell whether a row still holds what it showed; of what cannot be read, it does not."""
    if field.kind == "parts" or not was:
        return False
    try:
        before = cell_of(field, was, terms)
    except ValueError:
        return False
    cell = row.cell
    return (cell.text, cell.lang) == (before.text, before.lang) or (
        is_iri(was) and cell.text == iri_value(was)
    )


def _evaluate(filled: Filled, field: Field, row: Row, terms: FormTerms) -> None:
    if row.removed:
        return
    shown = {VALUE: row.was}
    if field.kind == "parts":
        shown = shown_values(field, row.was, terms) if row.was else {}
    for part, cell in row.cells.items():
        evaluate(cell, shown.get(part, ""), terms)
        if cell.problem:
            filled.problems.append(Problem(field, cell.problem, row.number, part))
    if field.kind == "parts" and not row.empty:
        for each in field.parts:
            cell = row.cells[part_name(each)]
            if each.least and not cell.text.strip():
                filled.problems.append(
                    Problem(
                        field,
                        Said(N_("Fill this in, or empty the other fields of the row.")),
                        row.number,
                        part_name(each),
                    )
                )

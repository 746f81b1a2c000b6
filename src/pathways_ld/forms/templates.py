"""Spreadsheet templates: the fields of a form as columns, with help, allowed values and examples."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from pathways_ld.forms.columns import EXAMPLE, SEPARATOR, Column, columns_of, join_cell, letters
from pathways_ld.forms.filled import Cell, Filled
from pathways_ld.forms.model import Field, Form
from pathways_ld.forms.terms import FormTerms, source_form
from pathways_ld.forms.values import choices, word_of
from pathways_ld.namespaces import FOAF, split_iri
from pathways_ld.rdfio import iri, iri_value, is_iri

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

ROWS: Final = 300
"""Rows of the template for which choices are offered."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS: Final = {"text": 34, "reference": 34, "address": 34, "choice": 24}
_HELP_SHEET: Final = "How to fill in"
_LONGEST_LIST: Final = 250
"""Characters of the choices that a cell's list may have (ECMA-376 says 255)."""


def template_csv(form: Form, terms: FormTerms, examples: Sequence[Filled]) -> bytes:
    """Write the template as CSV in UTF-8 with a mark by which spreadsheet programs know it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    columns = columns_of(form, terms.language)
    writer.writerow([each.header for each in columns])
    for example in examples:
        writer.writerow([_guarded(each) for each in _example(example, columns, terms)])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def template_xlsx(form: Form, terms: FormTerms, examples: Sequence[Filled]) -> bytes:
    """Write the template as XLSX: a sheet to fill in, with lists to choose from, and one with help."""
    # Slow to import.
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    book = Workbook()
    sheet = book.active
    sheet.title = form.label.get("en", form.kind)[:30]
    columns = columns_of(form, terms.language)
    for number, column in enumerate(columns, start=1):
        cell = sheet.cell(1, number, column.header)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        kind = column.control.kind if column.control is not None else "plain"
        sheet.column_dimensions[letters(number - 1)].width = _WIDTHS.get(kind, 18)
        if column.control is not None and not column.is_many:
            _offer(sheet, number, _words(column.control, terms))
    for place, example in enumerate(examples, start=2):
        for number, text in enumerate(_example(example, columns, terms), start=1):
            cell = sheet.cell(place, number)
            cell.value, cell.data_type = text, "s"
            cell.font, cell.alignment = (
                Font(italic=True, color="666666"),
                Alignment(wrap_text=True, vertical="top"),
            )
    sheet.freeze_panes = "B2"
    _write_help(book.create_sheet(_HELP_SHEET), columns, terms)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _offer(sheet: Worksheet, number: int, words: list[str]) -> None:
    """Let people choose from a list."""
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    listed = ",".join(words)
    if not words or len(listed) > _LONGEST_LIST or any(mark in word for word in words for mark in ',"'):
        return
    rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=True)
    rule.error = "Choose one of the list."
    rule.add(f"{letters(number - 1)}2:{letters(number - 1)}{ROWS}")
    sheet.add_data_validation(rule)


def _write_help(sheet: Worksheet, columns: list[Column], terms: FormTerms) -> None:
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    general = [
        f"Rows whose identifier begins with {EXAMPLE} show how it is done; they are not read.",
        "A row without an identifier is something new: its identifier is made from its name.",
        "A row with the identifier of something that is there adds to it; empty cells change nothing.",
        f"Several values in a cell are separated by {SEPARATOR}. Inside a value, write \\{SEPARATOR}.",
        f'Other languages: add a column with the tag in its header, such as "(es)" for "({terms.language})".',
        "What refers to something that is here: write its name, its identifier or its address.",
    ]
    for number, text in enumerate(general, start=1):
        sheet.cell(number, 1, text)
    start = len(general) + 2
    for number, text in enumerate(
        ("Column", "What it is for", "Required", "Several values", "Allowed values"), start=1
    ):
        sheet.cell(start, number, text).font = Font(bold=True)
    for place, column in enumerate(columns, start=start + 1):
        for number, text in enumerate(_help(column, terms), start=1):
            cell = sheet.cell(place, number)
            cell.value, cell.data_type = text, "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for number, width in enumerate((40, 60, 12, 16, 60)):
        sheet.column_dimensions[letters(number)].width = width


def _help(column: Column, terms: FormTerms) -> tuple[str, str, str, str, str]:
    control = column.control
    if control is None or column.field is None:
        help_text = (
            "Empty for something new; the last part of the address of something that is here, to add to it."
        )
        return column.header, help_text, "", "", ""
    required = "yes" if control.least else ""
    return (
        column.header,
        control.help.get("en", ""),
        f"{required}, with the others" if required and column.field is not control else required,
        f"yes, separated by {SEPARATOR}" if column.is_many else "",
        ", ".join(_words(control, terms)),
    )


def _words(field: Field, terms: FormTerms) -> list[str]:
    """Give the allowed values of a column in words."""
    return [word_of(value, terms) for value in choices(field, terms)]


def _example(filled: Filled, columns: list[Column], terms: FormTerms) -> list[str]:
    texts = []
    for column in columns:
        if column.field is None:
            texts.append(f"{EXAMPLE} {split_iri(filled.iri)[1]}")
            continue
        cells = [row.cells[column.part] for row in filled.rows[column.field.name] if row.was]
        shown = [_shown(cell, terms) for cell in cells if not column.lang or cell.lang in (column.lang, "")]
        texts.append(join_cell(shown) if column.is_many else (shown[0] if shown else ""))
    return texts


def _shown(cell: Cell, terms: FormTerms) -> str:
    """Write a value as somebody would who fills the template in: of a source, its address."""
    if cell.text in choices(cell.field, terms):
        return word_of(cell.text, terms)
    if cell.iri and source_form(cell.field.class_iri, terms) is not None:
        pages = (each.object for each in terms.about(cell.iri) if each.predicate == iri(FOAF.page))
        return next((iri_value(page) for page in pages if is_iri(page)), cell.text)
    return cell.text


def _guarded(text: str) -> str:
    """Keep spreadsheet programs from taking a text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text

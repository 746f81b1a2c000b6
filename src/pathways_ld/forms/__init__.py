"""Forms and spreadsheets made from the shapes, and the statements that come out of them.

A :class:`Form` is read from ``shapes/forms.ttl``; :func:`fill` shows a term in it, :func:`read_form` reads
what was sent and gives a :class:`Filled` form with the statements to add and to remove, and what is wrong in
words, each at its field. Spreadsheets have the same fields as columns.
"""

from pathways_ld.forms.filled import Cell, Filled, Problem, Row
from pathways_ld.forms.grids import CSV, TSV, XLSX
from pathways_ld.forms.model import Choice, Field, FieldGroup, Form
from pathways_ld.forms.reading import MAX_PAIRS, add_row, fill, read_form
from pathways_ld.forms.shapes import load_forms
from pathways_ld.forms.spreadsheet import TableDraft, read_spreadsheet
from pathways_ld.forms.templates import template_csv, template_xlsx
from pathways_ld.forms.terms import FormTerms, Found

__all__ = [
    "CSV",
    "MAX_PAIRS",
    "TSV",
    "XLSX",
    "Cell",
    "Choice",
    "Field",
    "FieldGroup",
    "Filled",
    "Form",
    "FormTerms",
    "Found",
    "Problem",
    "Row",
    "TableDraft",
    "add_row",
    "fill",
    "load_forms",
    "read_form",
    "read_spreadsheet",
    "template_csv",
    "template_xlsx",
]

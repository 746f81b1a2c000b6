"""Spreadsheets to RDF: CSV files become statements in the source files, as a description says.

The description (`ontology/tables.toml`, which documents itself) knows the subject matter; the code knows
kinds of columns only.
"""

from pathways_ld.tables.importing import FileChange, ImportReport, import_tables

__all__ = ["FileChange", "ImportReport", "import_tables"]

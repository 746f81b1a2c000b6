"""Documents filed under headings: what lacks a definition, what began when, who uses a property.

A *heading* is a few words that programs know (``undefined topic``); under it documents stand in the order of
their *ranks*. Like the rows of the documents, those of ``terms.sqlite`` can be hidden by ``changes.sqlite``.
"""

# ruff: noqa: S608 - only names of our own tables and columns are put into queries

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from pathways_ld.model import Link

FILED: Final = """
CREATE TABLE {schema}.filed (
    heading TEXT NOT NULL, rank TEXT NOT NULL, id INTEGER NOT NULL, note TEXT NOT NULL,
    PRIMARY KEY (heading, rank, id)
) WITHOUT ROWID;
"""
FILED_INDEX: Final = "CREATE INDEX changes.filed_id ON filed (id);"
"""Changes take out what a document was filed under; what was written whole stays as it is."""

_RANK: Final = 120


class Filing(NamedTuple):
    """One heading that a document stands under; `note` is what is to be told there besides its name."""

    heading: str
    rank: str
    note: str = ""


class Filed(NamedTuple):
    """A document found under a heading."""

    link: Link
    kind: str
    summary: dict[str, str]
    note: str


def rank_of(sort_text: str, iri: str) -> str:
    """Give the rank by title; the IRI makes the order of namesakes the same in every snapshot."""
    return f"{sort_text[:_RANK]} {iri}"


def write_filings(
    connection: sqlite3.Connection, schema: str, filings: Iterable[tuple[int, Iterable[Filing]]]
) -> None:
    """File documents, given by their numbers."""
    connection.executemany(
        f"INSERT INTO {schema}.filed VALUES (?,?,?,?)",
        (
            (filing.heading, filing.rank, number, filing.note)
            for number, found in filings
            for filing in sorted(set(found))
        ),
    )


def found_under(changed: bool) -> str:
    """Give a query for a page of what is under a heading: heading (twice where `changed`), limit, offset."""
    kept = "SELECT rank, id, note FROM main.filed WHERE heading = ?"
    if changed:
        kept += (
            " AND id NOT IN (SELECT id FROM changes.hidden)"
            " UNION ALL SELECT rank, id, note FROM changes.filed WHERE heading = ?"
        )
    return f"SELECT rank, id, note FROM ({kept}) ORDER BY rank LIMIT ? OFFSET ?"


def not_under(schema: str) -> str:
    """Give the condition on a row of a schema that it is not filed under a heading."""
    return f"id NOT IN (SELECT id FROM {schema}.filed WHERE heading = ?)"

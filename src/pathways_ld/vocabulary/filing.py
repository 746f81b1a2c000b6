"""Under which headings a document is to be found, besides its title and its words."""

from __future__ import annotations

from collections.abc import Iterator

from pathways_ld.rdfio import is_blank
from pathways_ld.snapshot.filing import Filing, rank_of
from pathways_ld.vocabulary.statistics import (
    DATED,
    FRAMEWORK,
    USE,
    Measured,
    frameworks,
    gaps,
)

_LONGEST = 300
_NULL_YEAR = 100_000


def filings(document: Measured, sort_text: str) -> tuple[Filing, ...]:
    """Give the headings of a document; what is no term, or was withdrawn, stands under none."""
    return tuple(_filings(document, sort_text)) if document.counts else ()


def _filings(document: Measured, sort_text: str) -> Iterator[Filing]:
    rank = rank_of(sort_text, document.iri)
    for gap in gaps(document):
        yield Filing(f"{gap} {document.kind}", rank)
    when = document.period
    if when is not None:
        # Ranks are compared as texts: years before the common era come first this way.
        year = f"{_NULL_YEAR + when.start:06d}"
        note = f"{when.start}" if when.end is None else f"{when.start} {when.end}"
        yield Filing(f"{DATED} {document.kind}", f"{year} {rank}", note)
    if frameworks(document.view):
        yield Filing(FRAMEWORK, rank)
    for use in document.uses:
        value = use.value if len(use.value) <= _LONGEST and not is_blank(use.value) else ""
        yield Filing(f"{USE} {use.iri}", rank, f"{use.subject} {value}")

"""The query that a term's page offers: what is said of the term and with it, one step away, with names."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Final

from pathways_ld.iris import is_absolute_iri

_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_ROW: Final = '(<about:blank> "en")'
"""The row of VALUES in about.rq. It stands first in the pattern: at the end of the query, the engine would
find all that is said of everything before it looks at the row."""


def query_about(iri: str, language: str) -> str:
    """Write a query about one term, with names in one language; empty for what is no absolute IRI."""
    if not is_absolute_iri(iri):
        return ""
    known = language if _LANGUAGE.fullmatch(language) else ""
    return _query().replace(_ROW, f'(<{iri}> "{known}")')


@cache
def some_labels() -> str:
    """Give a short query that any SKOS vocabulary answers."""
    return files("pathways_ld.sparql").joinpath("some_labels.rq").read_text(encoding="utf-8").strip()


@cache
def _query() -> str:
    return files("pathways_ld.sparql").joinpath("about.rq").read_text(encoding="utf-8")

"""Slips in IRIs: schemes that run code, prefixes that were not expanded, twins of well-known namespaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pathways_ld.namespaces import WELL_KNOWN, compact
from pathways_ld.validation.lint_texts import Slip, shown

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_RUNS_CODE: Final = frozenset({"javascript", "vbscript", "livescript", "data"})
_NO_PREFIXES: Final = frozenset({"geo", "time", "xml", "tag", "urn", "doi"})
_OTHER_SPELLINGS: Final = {
    "schema.org": "https://schema.org/",
    "www.schema.org": "https://schema.org/",
    "purl.org/ctdl/terms": "https://purl.org/ctdl/terms/",
    "purl.org/ctdlasn/terms": "https://purl.org/ctdlasn/terms/",
    "credreg.net/ctdl/terms": "https://purl.org/ctdl/terms/",
    "www.w3.org/2004/02/skos/core": "http://www.w3.org/2004/02/skos/core#",
    "www.w3.org/2009/08/skos/core": "http://www.w3.org/2004/02/skos/core#",
    "purl.org/dc/term": "http://purl.org/dc/terms/",
}


def _bare(namespace: str) -> str:
    return namespace.partition("://")[2].rstrip("/#").lower()


_BY_BARE: Final = {**{_bare(each): each for each in WELL_KNOWN.values()}, **_OTHER_SPELLINGS}
_NAMESPACES: Final = frozenset(WELL_KNOWN.values())


def iri_slips(iri: str) -> Iterator[Slip]:
    """Check one IRI."""
    match = _SCHEME.match(iri)
    if match is None:
        return
    scheme = match[1].lower()
    if scheme in ("http", "https"):
        yield from _twin(iri)
    elif scheme in _RUNS_CODE:
        yield Slip(
            "unsafe-iri",
            "must fix",
            f"{shown(iri)} can run code in the browser of who follows it. Write a web address (https://…).",
        )
    elif scheme == "file":
        yield Slip(
            "unsafe-iri",
            "must fix",
            f"{shown(iri)} is a file on one computer, which nobody else can open. Write the published IRI.",
        )
    elif scheme in WELL_KNOWN and scheme not in _NO_PREFIXES and not iri[match.end() :].startswith("//"):
        meant = WELL_KNOWN[scheme] + iri[match.end() :]
        yield Slip(
            "unexpanded-prefix",
            "must fix",
            f"<{iri}> is taken as a whole IRI, because the prefix {scheme}: is not declared where it stands."
            f" <{meant}> seems to be meant.",
            f"Write <{meant}>.",
            f"<{meant}>",
        )


def _twin(iri: str) -> Iterator[Slip]:
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    namespace, local = iri[:cut], iri[cut:]
    if namespace in _NAMESPACES or not local:
        return
    known = _BY_BARE.get(_bare(namespace))
    if known is None or known == namespace:
        return
    meant = known + local
    if known.startswith("https://schema.org/") and "/" in local:
        return
    yield Slip(
        "namespace-variant",
        "should fix" if known.startswith("https://") else "must fix",
        f"<{iri}> is not {compact(meant)}: its namespace is <{known}>, and every letter of an IRI counts.",
        f"Write <{meant}>.",
        f"<{meant}>",
    )

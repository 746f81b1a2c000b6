"""What an identifier may look like that somebody has copied from somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from pathways_ld.formats import TERM_FORMATS
from pathways_ld.iris import SLUG
from pathways_ld.namespaces import split_iri

if TYPE_CHECKING:
    from pathways_ld.vocabulary import Reader

_WEB: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.IGNORECASE)
_ABBREVIATED: Final = re.compile(r"([A-Za-z][\w.-]*|):([^\s/:][^\s:]*)")
_PATH: Final = re.compile(r"/?[^\s/:]+(?:/[^\s/:]+)+")
_SUFFIXES: Final = tuple(f".{suffix}" for each in TERM_FORMATS for suffix in each.suffixes)
_SAFE: Final = "/-._~!$&'()*+,;=:@%#?"


@dataclass(frozen=True)
class Identifiers:
    """The IRIs that a value may stand for, the likeliest first.

    Those in `sure` are meant where one of them is described. The value may also be a name that looks like one
    of `slugs`. `words` are what to search for if nothing is found: of an IRI its last part.
    """

    sure: tuple[str, ...] = ()
    slugs: tuple[str, ...] = ()
    words: str = ""


def identifiers_of(value: str, source: Reader) -> Identifiers:
    """Tell what a value may identify; it has no white space around it."""
    text = value[1:-1] if value.startswith("<") and value.endswith(">") else value
    if _WEB.fullmatch(text):
        return Identifiers(tuple(_varieties(text)), words=_spoken(text))
    abbreviated = _ABBREVIATED.fullmatch(text)
    if abbreviated is not None and abbreviated[1] in source.prefixes:
        iri = source.prefixes[abbreviated[1]] + abbreviated[2]
        return Identifiers(tuple(_varieties(iri)), words=_spoken(iri))
    if source.manifest.base and text.startswith(("urn:", "info:", "tag:")):
        return Identifiers((text,), words=_spoken(text))
    if _PATH.fullmatch(text):
        return Identifiers(tuple(_varieties(source.space.iri(text.removeprefix("/")))), words=value)
    if SLUG.fullmatch(text) or not any(char.isspace() for char in text):
        names = ["", *(f"{kind.name}/" for kind in source.manifest.kinds)]
        return Identifiers(slugs=tuple(source.space.iri(name + text) for name in names), words=value)
    return Identifiers(words=value)


def _varieties(iri: str) -> Iterator[str]:
    """Give an IRI as it was written, and as it may have been meant.

    People copy addresses from browsers: with the other scheme, a slash at the end, the suffix of a format.
    """
    stem = next((iri.removesuffix(each) for each in _SUFFIXES if iri.endswith(each)), iri)
    bases = [iri, stem, iri.rstrip("/"), f"{iri}/", _escaped(iri), unquote(iri)]
    for each in dict.fromkeys(bases):
        yield each
        scheme, _, rest = each.partition("://")
        if scheme.lower() in ("http", "https"):
            yield f"{'http' if scheme.lower() == 'https' else 'https'}://{rest}"


def _escaped(iri: str) -> str:
    return quote(iri, safe=_SAFE)


def _spoken(iri: str) -> str:
    """Give the last part of an IRI as words."""
    stem = next((iri.removesuffix(each) for each in _SUFFIXES if iri.endswith(each)), iri).rstrip("/#")
    return re.sub(r"[-_+]+", " ", unquote(split_iri(stem)[1] or stem))

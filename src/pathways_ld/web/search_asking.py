"""What a search asks for, as its address says it: words, what narrows them down, which part of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from flask import request

from pathways_ld.errors import BadRequest
from pathways_ld.iris import is_absolute_iri
from pathways_ld.snapshot.searching import MOST, Wanted
from pathways_ld.snapshot.textindex import typed_words
from pathways_ld.vocabulary import Reader
from pathways_ld.web.interfaces import Parameter, Sample
from pathways_ld.web.listings import PAGE, page_number
from pathways_ld.web.schemas import STRING, number, one_of

MAX_WORDS: Final = 200
"""Characters that are searched for."""
PAGE_SIZE: Final = 20
MAX_LIMIT: Final = 100
MAX_OFFSET: Final = 10_000_000
FACETS: Final = ("kind", "type", "topic", "scheme", "status")
"""What a search is narrowed down by; each is a parameter, and a name in the index."""
_TRUE, _FALSE = ("true", "1", "yes"), ("", "false", "0", "no")


@dataclass(frozen=True)
class Asked:
    """A search; `facets` are the values in the index, `short` the same as an address has them."""

    words: str
    facets: tuple[tuple[str, str], ...] = ()
    short: Mapping[str, str] = field(default_factory=dict)
    deprecated: bool = False
    limit: int = PAGE_SIZE
    offset: int = 0
    is_paged: bool = True
    """Whether the part is said by the number of a page, as people do, and not by an offset."""

    @property
    def wanted(self) -> Wanted:
        """What the index is asked."""
        return Wanted(self.words, self.facets, deprecated=self.deprecated)

    def address(self, offset: int = 0, **changed: str) -> str:
        """Give the query string of this search, changed: an empty value leaves a parameter out."""
        said = {"q": self.words, **self.short, "deprecated": "true" if self.deprecated else ""}
        said["lang"] = request.args.get("lang", "")
        said |= changed
        if self.is_paged:
            said["page"] = str(offset // self.limit + 1) if offset else ""
        else:
            said |= {"limit": str(self.limit), "offset": str(offset)}
        return urlencode({name: value for name, value in said.items() if value})


def read_search(source: Reader) -> Asked:
    """Read the parameters of ``/search``; raises :class:`BadRequest`."""
    words = read_words("q")
    if not typed_words(words):
        seen = f'"q" is "{words[:40]}", which has no letter and no digit' if words else '"q" is missing'
        raise BadRequest(f"{seen}; expected the words to search for, as in /search?q=apprenticeship.")
    facets, short = _read_facets(source)
    is_paged = "offset" not in request.args and "limit" not in request.args
    limit = PAGE_SIZE if is_paged else read_limit(PAGE_SIZE)
    offset = (page_number() - 1) * PAGE_SIZE if is_paged else _number("offset", 0, least=0, most=MAX_OFFSET)
    return Asked(words, facets, short, _flag("deprecated"), limit, offset, is_paged)


def read_words(name: str) -> str:
    """Read words that somebody typed; raises :class:`BadRequest` for more than are searched for."""
    words = " ".join(request.args.get(name, "").split())
    if len(words) > MAX_WORDS:
        raise BadRequest(f'"{name}" has {len(words)} characters; at most {MAX_WORDS} are searched for.')
    return words


def read_limit(otherwise: int) -> int:
    """Read how many terms are wanted; raises :class:`BadRequest`."""
    return _number("limit", otherwise, least=1, most=MAX_LIMIT)


def read_kind(source: Reader) -> str:
    """Read ``kind``, the only filter of suggestions: a name or a class; raises :class:`BadRequest`."""
    text = request.args.get("kind", "")
    return (_kind(source, text) or _value(source, "kind", text)) if text else ""


def _number(name: str, otherwise: int, *, least: int, most: int) -> int:
    text = request.args.get(name, str(otherwise))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected a whole number from {least} to {most}.')
    return int(text)


def _flag(name: str) -> bool:
    text = request.args.get(name, "").lower()
    if text not in (*_TRUE, *_FALSE):
        raise BadRequest(f'"{name}" is "{text[:20]}"; expected true or false.')
    return text in _TRUE


def _read_facets(source: Reader) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    facets: dict[str, str] = {}
    for name in FACETS:
        text = request.args.get(name, "")
        if text:
            kind = _kind(source, text) if name in ("kind", "type") else ""
            if kind:
                facets.setdefault("kind", kind)
            else:
                facets[name] = _value(source, name, text)
    return tuple(facets.items()), {name: short_value(source, value) for name, value in facets.items()}


def _kind(source: Reader, text: str) -> str:
    """Find the kind that is named, or whose class is."""
    iri = _expanded(source, text)
    return next(
        (kind.name for kind in source.manifest.kinds if text == kind.name or iri == kind.class_iri), ""
    )


def _value(source: Reader, name: str, text: str) -> str:
    """Find the value that an address names: an IRI, an abbreviated one, a local id, or a slug of a topic."""
    base = source.manifest.base
    candidates = (text, _expanded(source, text), f"{base}{text}", f"{base}{name}/{text}")
    for each in candidates:
        if source.searching.has(name, each):
            return each
    known = [kind.name for kind in source.manifest.kinds] if name == "kind" else []
    known = known or [short_value(source, each) for each in source.searching.values(name, limit=8)]
    expected = f"expected one of {', '.join(known)}" if known else "nothing here has one"
    raise BadRequest(f'"{name}" is "{text[:60]}"; {expected}. Leave it out to search everywhere.')


def _expanded(source: Reader, text: str) -> str:
    prefix, colon, local = text.partition(":")
    return source.prefixes[prefix] + local if colon and prefix in source.prefixes else text


def short_value(source: Reader, value: str) -> str:
    """Write a value as addresses have it."""
    return source.compact(value) if is_absolute_iri(value) else value


def last_page(total: int) -> int:
    """Give the number of the last page that can be looked at."""
    return max(1, -(-min(total, MOST) // PAGE_SIZE))


WORDS: Final = {"type": "string", "maxLength": MAX_WORDS}
PARAMETERS: Final = (
    Parameter("q", "query", "The words; the last one may be unfinished.", WORDS, example=Sample.WORD),
    *(
        Parameter(name, "query", f"Only this {name}: an IRI, an abbreviated one, or a local id.", STRING)
        for name in FACETS
    ),
    Parameter("deprecated", "query", "Deprecated terms too.", one_of([*_TRUE, *_FALSE])),
    Parameter("limit", "query", "How many terms.", number(1, MAX_LIMIT, PAGE_SIZE)),
    Parameter("offset", "query", "How many to leave out first.", number(0, MAX_OFFSET, 0)),
    PAGE,
)
"""What `read_search` reads."""

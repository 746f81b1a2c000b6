"""Terms that what is new may be the same as: likenesses of names, addresses and mappings."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from pathways_ld.contributions.model import Duplicate
from pathways_ld.contributions.published import Published
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import DCT, FOAF, RDFS, SCHEMA, SKOS
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts

_NAMES: Final = frozenset(
    f"<{iri}>" for iri in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, DCT.title, RDFS.label, FOAF.name)
)
_ADDRESSES: Final = frozenset(f"<{iri}>" for iri in (FOAF.homepage, FOAF.page, SCHEMA.url))
_SAME_ELSEWHERE: Final = frozenset(f"<{iri}>" for iri in (SKOS.exactMatch, SKOS.closeMatch))
_WORDS: Final = re.compile(r"[^\W_]+")
_ALIKE: Final = 0.87
"""From what share of common characters on two names are likely to be one; found by trying."""
_SHOWN: Final = 10
_LOOKED_UP: Final = 12
"""Names of one contribution that are looked for; the rest are hardly new terms."""
_HITS: Final = 50
_SEARCHES: Final = 5
_SHORTEST: Final = 4


def find_duplicates(delta: Delta, published: Published) -> tuple[Duplicate, ...]:
    """Find terms that may be the same as what is added, the likeliest first.

    Candidates come from the full-text index and the index of values, so the cost does not grow with the
    vocabulary.
    """
    found: dict[str, tuple[float, Duplicate]] = {}
    for weight, duplicate in _all(delta, published):
        iri = duplicate.link["iri"]
        if iri not in found or found[iri][0] < weight:
            found[iri] = weight, duplicate
    ordered = sorted(found.items(), key=lambda pair: (-pair[1][0], pair[0]))
    return tuple(duplicate for _, (_, duplicate) in ordered[:_SHOWN])


def _all(delta: Delta, published: Published) -> Iterator[tuple[float, Duplicate]]:
    gone = {(each.subject, each.predicate) for each in delta.removed}
    names = [
        each
        for each in delta.added
        if each.predicate in _NAMES and is_literal(each.object) and is_iri(each.subject)
    ]
    # A name that takes the place of another is looked for last: what is new comes first.
    names.sort(key=lambda each: (each.subject, each.predicate) in gone)
    for each in names[:_LOOKED_UP]:
        yield from _by_name(each, delta, published)
    for each in delta.added:
        if each.predicate in _ADDRESSES and is_iri(each.object):
            yield from _by_value(
                each, _addresses(each.object[1:-1]), "has the same address, {value}", published
            )
        elif each.predicate in _SAME_ELSEWHERE and is_iri(each.object):
            yield from _by_value(each, [each.object[1:-1]], "is mapped to the same, {value}", published)


def _by_name(each: Statement, delta: Delta, published: Published) -> Iterator[tuple[float, Duplicate]]:
    text = literal_parts(each.object)[0]
    mine = words_of(text)
    if not mine:
        return
    own = published.document(each.subject[1:-1])
    kind = published.kind_of(
        [*published.about(f"<{own}>"), *(e for e in delta.added if e.subject == f"<{own}>")]
    )
    for link_iri in _candidates(mine, kind, published):
        view = published.view(link_iri) if link_iri != own else None
        if view is None:
            continue
        labels = [*view["title"].values(), *(label["text"] for label in view["labels"])]
        likeness, label = max(
            ((_likeness(mine, words_of(label)), label) for label in labels), default=(0.0, "")
        )
        # Things of other kinds often bear one name: an organization and its initiative.
        if likeness < (_ALIKE if view["kind"] == kind else 1.0):
            continue
        how = "has the same name" if likeness >= 1 else "has a similar name"
        why = f"“{label}” {how} as “{text}”." if likeness >= 1 else f"“{label}” {how} to “{text}”."
        yield likeness, Duplicate(published.link(link_iri), view["kind"], why)


def _candidates(mine: list[str], kind: str, published: Published) -> list[str]:
    """Give the IRIs that the full-text index finds by all words, and by the beginning of each long one."""
    stems = sorted(map(_stem, mine), key=len, reverse=True)[:_SEARCHES]
    found: dict[str, None] = {}
    for wanted in dict.fromkeys([" ".join(mine), *stems]):
        # Of other kinds only those with the very same name are told, which come first.
        hits = [*published.reader.search(wanted, kind=kind, limit=_HITS)[1]] if kind else []
        if wanted not in stems:
            hits += published.reader.search(wanted, limit=_HITS)[1]
        found.update((hit.link["iri"], None) for hit in hits)
    return list(found)


def _stem(word: str) -> str:
    return word[: max(_SHORTEST, len(word) * 2 // 3)]


def words_of(text: str) -> list[str]:
    """Give the words of a name without case, accents, punctuation and the plural."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return [_singular(word) for word in _WORDS.findall(plain[:300])]


def _singular(word: str) -> str:
    if len(word) < _SHORTEST or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word.removesuffix("s")


def _likeness(mine: list[str], other: list[str]) -> float:
    if mine == other:
        return 1.0
    if not other:
        return 0.0
    if sorted(mine) == sorted(other):
        return 0.99
    matcher = difflib.SequenceMatcher(None, " ".join(mine), " ".join(other), autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return min(matcher.ratio(), 0.98)


def _addresses(address: str) -> list[str]:
    """Give the spellings of an address that lead to the same page."""
    try:
        parts = urlsplit(address)
        host = (parts.netloc or "").lower()
    except ValueError:
        return [address]
    if parts.scheme not in ("http", "https") or not host:
        return [address]
    host = host.removeprefix("www.")
    path = parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    spellings = [
        f"{scheme}://{www}{host}{path}{slash}{query}"
        for scheme in ("https", "http")
        for www in ("", "www.")
        for slash in ("", "/")
    ]
    return list(dict.fromkeys([address, *spellings]))


def _by_value(
    each: Statement, values: Iterable[str], why: str, published: Published
) -> Iterator[tuple[float, Duplicate]]:
    predicates = _ADDRESSES if each.predicate in _ADDRESSES else _SAME_ELSEWHERE
    own = published.document(each.subject[1:-1]) if is_iri(each.subject) else ""
    for value in values:
        for subject in published.sayers("", f"<{value}>"):
            said = next((e for e in published.about(subject) if e.object == f"<{value}>"), None)
            if is_blank(subject) or said is None or said.predicate not in predicates:
                continue
            document = published.document(subject[1:-1])
            view = published.view(document)
            if document != own and view is not None:
                name = published.label(f"<{document}>")
                told = f"“{name}” {why.format(value=value)}."
                yield 0.995, Duplicate(published.link(document), view["kind"], told)

"""What is found of a document by browsing: its place in the hierarchy and the alphabet, categories, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from pathways_ld.iris import document_of
from pathways_ld.model import LanguageMap
from pathways_ld.namespaces import ADMS, DCT, ORG, RDF, RDFS, SKOS, split_iri
from pathways_ld.rdfio import Statement, is_iri, is_literal, literal_parts
from pathways_ld.snapshot.browsing import ANY_LANGUAGE, NOTHING, Browsed, Entry, top
from pathways_ld.vocabulary.alphabet import initial_of, sort_key
from pathways_ld.vocabulary.describe import Describer, Description
from pathways_ld.vocabulary.languages import Languages
from pathways_ld.wording import N_

_BROADER: Final = f"<{SKOS.broader}>"
_TOP_CONCEPT_OF: Final = f"<{SKOS.topConceptOf}>"
_NOT_SORTING: Final = frozenset(f"<{iri}>" for iri in (RDF.type, RDFS.isDefinedBy, DCT.source)) | {
    _TOP_CONCEPT_OF
}
_MEMBER: Final = f"<{SKOS.member}>"
_SORTING: Final = frozenset(f"<{iri}>" for iri in (ORG.classification, DCT.type, SKOS.inScheme, ADMS.status))
"""Properties that sort terms whatever their values are."""
_DATES: Final = {f"<{DCT.created}>": N_("created"), f"<{DCT.modified}>": N_("modified")}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?.{0,20})?")
_LONGEST: Final = 400
"""Characters of a label that the index keeps."""


def browsed(describer: Describer, described: Description, default_language: str) -> Browsed:
    """Give what is found of a document."""
    if not described.kind or described.withdrawn:
        return NOTHING
    subject = f"<{described.iri}>"
    return Browsed(
        tuple(_parents(describer, subject, described.kind)),
        tuple(dict.fromkeys(_entries(described, default_language))),
        tuple(dict.fromkeys(_categories(describer, subject))),
        tuple(dict.fromkeys(_dates(describer, subject))),
    )


def _parents(describer: Describer, subject: str, kind: str) -> Iterator[str]:
    above = describer.above(subject)
    yield from (term[1:-1] for term in above)
    said = describer.outgoing[subject]
    is_top = not above or describer.tops.is_top(subject)
    if is_top:
        yield top(kind)
    tops = {each.object for each in said if each.predicate == _TOP_CONCEPT_OF and is_iri(each.object)}
    inside = {scheme for term in above for scheme in describer.schemes(term)}
    tops.update(scheme for scheme in describer.schemes(subject) if is_top or scheme not in inside)
    yield from (top(kind, scheme[1:-1]) for scheme in sorted(tops))


def primary(tag: str) -> str:
    """Give the language of a tag, without its varieties."""
    return tag.partition("-")[0].lower()


def _entries(described: Description, default_language: str) -> Iterator[Entry]:
    default = primary(default_language)
    named = {primary(tag) for tag in described.title if tag}
    for tag, text in sorted(described.title.items()):
        if tag:
            yield _entry(described, primary(tag), tag, text)
    title: LanguageMap = described.title or {"": split_iri(described.iri)[1] or described.iri}
    text, tag = Languages((), default_language).pick(title)
    if default not in named:
        yield _entry(described, default, tag, text)
    yield _entry(described, ANY_LANGUAGE, tag, text, named | {default})
    for label in described.view["labels"]:
        if label["hidden"]:
            continue
        tag, text = label["lang"], label["text"]
        yield _entry(described, primary(tag) or default, tag, text, other=True)
        if not tag:
            yield _entry(described, ANY_LANGUAGE, tag, text, {default}, other=True)


def _entry(
    described: Description,
    lang: str,
    tag: str,
    text: str,
    languages: Iterable[str] = (),
    *,
    other: bool = False,
) -> Entry:
    text = text[:_LONGEST]
    key = sort_key(text, primary(tag))
    listed = ",".join(["", *sorted(languages), ""]) if languages else ""
    return Entry(described.kind, lang, initial_of(key), key, tag, text, other, listed)


def _categories(describer: Describer, subject: str) -> Iterator[tuple[str, str]]:
    for each in describer.outgoing[subject]:
        if is_iri(each.object) and (each.predicate in _SORTING or _sorts(describer, each)):
            yield each.predicate[1:-1], each.object[1:-1]
    for each in describer.incoming.get(subject, ()):
        if each.predicate == _MEMBER and is_iri(each.subject):
            yield SKOS.member, each.subject[1:-1]


def _sorts(describer: Describer, each: Statement) -> bool:
    """Tell whether a value is one of a vocabulary's own list of values: described, and no term itself."""
    value = each.object
    return (
        each.predicate not in _NOT_SORTING
        and value.startswith(f"<{describer.identity.base}")
        and value in describer.outgoing
        and not describer.kinds.get(value)
        and document_of(value[1:-1]) != document_of(each.subject[1:-1])
        and not describer.is_evidence(each.predicate)
    )


def _dates(describer: Describer, subject: str) -> Iterator[tuple[str, str]]:
    if describer.is_on_the_web(subject):  # then the dates are those of the page elsewhere
        return
    for each in describer.outgoing[subject]:
        what = _DATES.get(each.predicate)
        if what and is_literal(each.object):
            text, _, _ = literal_parts(each.object)
            if _DATE.fullmatch(text) and _is_day(text[:10]):
                yield text, what


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

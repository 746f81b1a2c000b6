"""Labels, notations and namespaces that meet: what a reader cannot tell apart, and what a machine does.

Everything is linear in the number of statements and gives one finding for each term that collides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from pathways_ld.namespaces import DCT, OWL, PREFIXES, RDF, RDFS, SKOS, SKOSXL
from pathways_ld.rdfio import is_iri
from pathways_ld.validation.facts import Draft, Facts, Pair, term
from pathways_ld.validation.wording import MUST_FIX, SHOULD_FIX, TIP

_TYPE, _CONCEPT = term(RDF.type), term(SKOS.Concept)
_PREF_LABEL, _ALT_LABEL, _NOTATION = term(SKOS.prefLabel), term(SKOS.altLabel), term(SKOS.notation)
_IN_SCHEME = term(SKOS.inScheme)
_HIERARCHICAL: Final = (term(SKOS.broader), term(SKOS.narrower))
_TWO_WAYS: Final = (*_HIERARCHICAL, term(SKOS.related))
_MEMBER: Final = term(SKOS.member)
_PLACES: Final = (term(SKOS.hasTopConcept), _MEMBER)

_OLD_SPELLINGS: Final[dict[str, str]] = {
    "http://purl.org/ctdl/terms/": PREFIXES["ceterms"],
    "http://purl.org/ceterms/terms/": PREFIXES["ceterms"],
    "https://purl.org/ceterms/terms/": PREFIXES["ceterms"],
    "http://purl.org/ctdlasn/terms/": PREFIXES["ceasn"],
    "http://schema.org/": PREFIXES["schema"],
    "https://www.w3.org/2004/02/skos/core#": PREFIXES["skos"],
    "https://purl.org/dc/terms/": PREFIXES["dct"],
    "https://www.w3.org/2000/01/rdf-schema#": PREFIXES["rdfs"],
    "https://www.w3.org/2002/07/owl#": PREFIXES["owl"],
}
"""Other spellings of well-known namespaces, and the one that is used here.

RDF compares IRIs character by character (https://www.w3.org/TR/rdf11-concepts/#section-IRIs).
"""

_NAME_TERMS: Final = tuple(
    map(
        term,
        (
            RDF.type,
            RDF.object,
            RDFS.subClassOf,
            RDFS.subPropertyOf,
            RDFS.domain,
            RDFS.range,
            SKOS.exactMatch,
            SKOS.closeMatch,
            SKOS.broadMatch,
            SKOS.narrowMatch,
            SKOS.relatedMatch,
            SKOS.inScheme,
        ),
    )
)
"""Properties whose values are terms, where a spelling matters; documents may have any address."""


def collisions(facts: Facts) -> Iterator[Draft]:
    """Apply every rule of this module."""
    yield from preferred_labels(facts)
    yield from notations(facts)
    yield from shared_labels(facts)
    yield from spellings(facts)
    yield from orphans(facts)


def preferred_labels(facts: Facts) -> Iterator[Draft]:
    """Find concepts of one scheme that have the same preferred label in the same language."""
    for concept, label, other in _twice(facts, _PREF_LABEL):
        yield Draft(
            "duplicate-preferred-label",
            SHOULD_FIX,
            concept,
            _PREF_LABEL,
            label,
            "{focus} and {other} of the same scheme both have the preferred label {value}. Merge the two, or"
            " make one of the labels say what is different.",
            {"other": other},
        )


def notations(facts: Facts) -> Iterator[Draft]:
    """Find concepts of one scheme that have the same notation; collections may number their members."""
    collections: defaultdict[str, set[str]] = defaultdict(set)
    for collection, member in facts.pairs(_MEMBER):
        collections[member].add(collection)
    for concept, notation, other in _twice(facts, _NOTATION):
        mine, theirs = collections[concept], collections[other]
        if mine and theirs and len(mine | theirs) > 1:
            continue
        yield Draft(
            "duplicate-notation",
            SHOULD_FIX,
            concept,
            _NOTATION,
            notation,
            "{focus} and {other} of the same scheme both have the notation {value}. Give each a notation of"
            " its own.",
            {"other": other},
        )


def _twice(facts: Facts, predicate: str) -> Iterator[tuple[str, str, str]]:
    """Find values that a second concept of a scheme has too: the second, the value and the first."""
    concepts = facts.instances(_CONCEPT)
    pairs = [pair for pair in facts.pairs(predicate) if pair[0] in concepts]
    shared = _shared_by_several(pairs)
    if not shared:
        return
    holders: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for concept, value in pairs:
        if value in shared:
            holders[value][concept] = None
    schemes = facts.objects(_IN_SCHEME)
    for value, those in holders.items():
        first: dict[str, str] = {}
        for concept in those:
            found = [first[scheme] for scheme in schemes.get(concept, ()) if scheme in first]
            if found:
                yield concept, value, found[0]
            for scheme in schemes.get(concept, ()):
                first.setdefault(scheme, concept)


def _shared_by_several(pairs: Iterable[Pair]) -> set[str]:
    """Choose the values that more than one subject has; nearly all have one, so little is kept of them."""
    first: dict[str, str] = {}
    return {value for subject, value in pairs if first.setdefault(value, subject) != subject}


def shared_labels(facts: Facts) -> Iterator[Draft]:
    """Find labels that two terms of one kind have in common, unless a source says who calls them so.

    What two concepts have as preferred labels, or one as preferred and the other as alternative label, are
    rules of their own.
    """
    concepts = facts.instances(_CONCEPT)
    labelled = [*facts.pairs(_PREF_LABEL), *facts.pairs(_ALT_LABEL)]
    shared = _shared_by_several((subject, label.casefold()) for subject, label in labelled)
    if not shared:
        return
    holders: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for subject, label in labelled:
        if label.casefold() in shared:
            holders[label.casefold()].setdefault(subject, label)
    preferred = set(facts.pairs(_PREF_LABEL))
    kinds, schemes, sourced = _kinds(facts), facts.objects(_IN_SCHEME), _sourced(facts)
    for each in holders.values():
        seen: list[str] = []
        for subject, label in each.items():
            for other in seen[:1] if (subject, label.casefold()) not in sourced else ():
                if subject in concepts and other in concepts:
                    apart = _apart(schemes.get(subject), schemes.get(other))
                    if apart or (subject, label) in preferred or (other, each[other]) in preferred:
                        continue
                if kinds[subject] & kinds[other]:
                    yield _shared(subject, label, other, alternative=(subject, label) not in preferred)
            seen.append(subject)


def _shared(subject: str, label: str, other: str, *, alternative: bool) -> Draft:
    return Draft(
        "shared-label",
        SHOULD_FIX,
        subject,
        _ALT_LABEL if alternative else _PREF_LABEL,
        label,
        "{focus} and {other} both have the label {value}. Give one of them another label, merge the two, or"
        " record who uses it so: a skosxl:altLabel with a dct:source.",
        {"other": other},
    )


def _kinds(facts: Facts) -> defaultdict[str, set[str]]:
    owl = term(PREFIXES["owl"])[:-1]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for subject, kind in facts.pairs(_TYPE):
        if not kind.startswith(owl):
            found[subject].add(kind)
    return found


def _apart(mine: Iterable[str] | None, theirs: Iterable[str] | None) -> bool:
    return bool(mine) and bool(theirs) and set(mine or ()).isdisjoint(theirs or ())


def _sourced(facts: Facts) -> set[Pair]:
    forms = facts.objects(term(SKOSXL.literalForm))
    with_source = {subject for subject, _ in facts.pairs(term(DCT.source))}
    return {
        (concept, form.casefold())
        for predicate in (SKOSXL.altLabel, SKOSXL.prefLabel)
        for concept, label in facts.pairs(term(predicate))
        if label in with_source
        for form in forms.get(label, ())
    }


def spellings(facts: Facts) -> Iterator[Draft]:
    """Find other spellings of namespaces: of our own base always, of known ones where both are in use.

    If strict, only the spellings of :data:`~pathways_ld.namespaces.PREFIXES` are accepted.
    """
    base = facts.space.base
    twin = base.replace("https://", "http://", 1) if base.startswith("https://") else f"https{base[4:]}"
    wrong = {**_OLD_SPELLINGS, twin: base}
    starts = tuple(f"<{each}" for each in wrong)
    found: dict[str, tuple[str, str, str]] = {}
    for predicate in facts.properties():
        if predicate.startswith(starts):
            subject, value = facts.pairs(predicate)[0]
            found.setdefault(_start(predicate, wrong), (subject, predicate, value))
    for predicate in _NAME_TERMS:
        for subject, value in facts.pairs(predicate):
            if value.startswith(starts):
                found.setdefault(_start(value, wrong), (subject, predicate, value))
    for spelling, (subject, predicate, value) in found.items():
        right = wrong[spelling]
        if facts.strict or spelling == twin or _is_used(facts, right):
            yield Draft(
                "namespace-variant",
                MUST_FIX if facts.strict else SHOULD_FIX,
                subject,
                predicate,
                value if is_iri(value) else "",
                f"{{focus}} uses <{_braces(spelling)}>, but <{_braces(right)}> is the spelling used here;"
                " RDF takes the two for different names. Correct it everywhere it stands.",
            )


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _start(value: str, wrong: Iterable[str]) -> str:
    return next(each for each in wrong if value.startswith(f"<{each}"))


def _is_used(facts: Facts, namespace: str) -> bool:
    start = f"<{namespace}"
    if any(predicate.startswith(start) for predicate in facts.properties()):
        return True
    return any(value.startswith(start) for predicate in _NAME_TERMS for _, value in facts.pairs(predicate))


def orphans(facts: Facts) -> Iterator[Draft]:
    """Find concepts that no relation leads to or from, where the vocabulary has a hierarchy at all."""
    if not facts.pairs(*_HIERARCHICAL):
        return
    connected = {each for pair in facts.pairs(*_TWO_WAYS) for each in pair}
    connected.update(value for _, value in facts.pairs(*_PLACES))
    connected.update(subject for subject, _ in facts.pairs(term(SKOS.topConceptOf)))
    individuals = facts.instances(term(OWL.NamedIndividual))
    for concept in sorted(facts.instances(_CONCEPT) - connected - individuals):
        yield Draft(
            "orphan",
            TIP,
            concept,
            "",
            "",
            "Nothing leads to {focus} and it leads nowhere. Add skos:broader or skos:related, or make it a"
            " top concept.",
        )

"""What a release keeps: published IRIs never vanish and are never given to something else.

See W3C, Cool URIs for the Semantic Web (https://www.w3.org/TR/cooluris/).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import Quad

from pathways_ld.errors import Finding
from pathways_ld.iris import SLUG, IriSpace
from pathways_ld.namespaces import ADMS, DCT, OWL, SKOS, STATUS_WITHDRAWN
from pathways_ld.rdfio import Statement
from pathways_ld.validation.collisions import collisions
from pathways_ld.validation.facts import Draft, Facts, findings, term
from pathways_ld.validation.indexed import as_statements
from pathways_ld.validation.wording import MUST_FIX, SHOULD_FIX, plain

STATUS_DEPRECATED: Final = "http://purl.org/adms/status/Deprecated"

_STATUS: Final = term(ADMS.status)
_REPLACED_BY: Final = term(DCT.isReplacedBy)
_DEPRECATED: Final = term(OWL.deprecated)
_NOTES: Final = tuple(
    map(term, (SKOS.changeNote, SKOS.historyNote, SKOS.editorialNote, SKOS.note, SKOS.scopeNote))
)


def compare_terms(previous: Mapping[str, bool], current: Mapping[str, bool]) -> list[Finding]:
    """Compare the IRIs of two releases, each with whether its term is withdrawn (answers 410)."""
    found = []
    for iri in sorted(previous):
        if iri not in current:
            message = (
                f"<{iri}> was published and is no longer described. Published IRIs never vanish: describe it"
                f" again, deprecated (owl:deprecated true, dct:isReplacedBy) or with adms:status"
                f" <{STATUS_WITHDRAWN}>."
            )
            found.append(Finding("published-term-vanished", MUST_FIX, iri, message))
        elif previous[iri] and not current[iri]:
            message = (
                f"<{iri}> was withdrawn and is described again. An IRI is never given to something else:"
                " choose a new one, unless this is the same thing."
            )
            found.append(Finding("withdrawn-term-returned", SHOULD_FIX, iri, message))
    return found


def check_policy(quads: Iterable[Statement | Quad], *, space: IriSpace, strict: bool) -> list[Finding]:
    """Check what can be seen without the previous release: deprecated terms, collisions; slugs if strict."""
    facts = Facts(as_statements(quads), space, strict=strict)
    return findings(list(policy_drafts(facts)), facts.statements)


def policy_drafts(facts: Facts) -> Iterator[Draft]:
    """Apply every rule to facts that are there already."""
    yield from _deprecated(facts)
    yield from collisions(facts)
    if facts.strict:
        yield from _slugs(facts)


def _deprecated(facts: Facts) -> Iterator[Draft]:
    """Find deprecated terms that do not say what to use instead, or why."""
    explained = {subject for subject, _ in facts.pairs(_REPLACED_BY, *_NOTES)}
    deprecated = {subject: _DEPRECATED for subject, value in facts.pairs(_DEPRECATED) if "true" in value}
    for subject, value in facts.pairs(_STATUS):
        if value == term(STATUS_DEPRECATED):
            deprecated.setdefault(subject, _STATUS)
    for subject, path in deprecated.items():
        if subject not in explained:
            yield Draft(
                "deprecated-without-replacement",
                MUST_FIX if facts.strict else SHOULD_FIX,
                subject,
                path,
                "",
                "{focus} is deprecated, but does not say what to use instead. Add dct:isReplacedBy, or a"
                " skos:changeNote that says why there is nothing.",
            )


def _slugs(facts: Facts) -> Iterator[Draft]:
    """Find terms whose local id has a part that is not a slug.

    Names after the ``#`` of an ontology are free: classes and properties have capitals.
    """
    ontologies = {plain(subject) for subject in facts.instances(term(OWL.Ontology))}
    for subject in facts.described:
        if not subject.startswith(facts.inside):
            continue
        document, _, fragment = plain(subject).partition("#")
        parts = (facts.space.local_id(document) or "").split("/")
        if fragment and document not in ontologies:
            parts.append(fragment)
        wrong = [part for part in parts if part and not SLUG.fullmatch(part)]
        if wrong:
            yield Draft(
                "slug",
                MUST_FIX,
                subject,
                "",
                "",
                f'{{focus}}: "{wrong[0]}" is not a slug. Write small letters and digits, joined by single'
                " hyphens.",
            )

"""What RDF and SHACL let through: slips of encoding, typing and copying, and what was lost on the way.

Every check looks at one statement at a time, so the whole takes time in proportion to the document.
Rules that a shape of ours expresses too have the shape's id; here they come with the corrected literal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from pathways_ld.errors import ParseError, Position
from pathways_ld.formats import JSONLD, Format
from pathways_ld.namespaces import DCT, FOAF, RDF, RDFS, SKOS, SKOSXL, WELL_KNOWN, XSD, compact, split_iri
from pathways_ld.rdfio import JsonPlaces, Statement, is_iri, is_literal, literal, literal_parts
from pathways_ld.report import Fix, Severity, ValidationResult
from pathways_ld.validation.lint_iris import iri_slips
from pathways_ld.validation.lint_texts import Slip, tag_slip, text_slips
from pathways_ld.validation.rules import rule, rule_url

MAX_RESULTS: Final = 10_000
"""Results of one rule that are listed; the last says how many more there are."""

MAX_KEYS: Final = 100
SHOWN_TEXT: Final = 60

_TEXT_DATATYPES: Final = ("", XSD.string, XSD.normalizedString, XSD.token)
_MARKUP_DATATYPES: Final = (RDF.HTML, RDF.XMLLiteral, RDF.JSON)
_LABELS: Final = frozenset(
    f"<{each}>"
    for each in (
        SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOSXL.literalForm, RDFS.label, DCT.title, FOAF.name,
    )
)  # fmt: skip
_USUAL_KEYS: Final = {
    compact(each).partition(":")[2]: compact(each)
    for each in (
        FOAF.name, DCT.title, RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOS.definition,
        SKOS.broader, SKOS.narrower, SKOS.related, SKOS.inScheme, SKOS.notation, SKOS.scopeNote,
        SKOS.exactMatch, SKOS.closeMatch,
    )
}  # fmt: skip
_TITLES: Final = tuple(f"<{each}>" for each in (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name))


def lint(statements: Sequence[Statement], *, base: str = "") -> list[ValidationResult]:
    """Check statements one by one; `base` is that of the vocabulary they are for, empty if any will do."""
    found = _Found()
    slips_of_iri: dict[str, tuple[Slip, ...]] = {}
    for each in dict.fromkeys(statements):
        for term in (each.subject, each.predicate, each.object):
            if not is_iri(term):
                continue
            slips = slips_of_iri.get(term)
            if slips is None:
                slips = slips_of_iri[term] = tuple(iri_slips(term[1:-1]))
            for slip in slips:
                found.add(slip, each, term)
        if is_literal(each.object):
            for slip in _literal_slips(each):
                found.add(slip, each, each.object)
    for slip, each in _foreign(statements, base):
        found.add(slip, each, each.subject)
    if not statements:
        found.results.append(_plain("no-statements", "must fix", "There are no statements."))
    return found.listed(statements)


class _Found:
    def __init__(self) -> None:
        self.results: list[ValidationResult] = []
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[str, str, str]] = set()

    def add(self, slip: Slip, at: Statement, term: str) -> None:
        # Of a name that is used often, one result for each subject is enough.
        key = slip.rule, at.subject, f"{at.predicate} {term}" if is_literal(term) else term
        if key in self._seen:
            return
        self._counts[slip.rule] += 1
        if self._counts[slip.rule] > MAX_RESULTS:
            return
        self._seen.add(key)
        path = "" if term == at.subject else at.predicate[1:-1]
        self.results.append(
            ValidationResult(
                rule=slip.rule,
                severity=slip.severity,
                message=slip.message,
                focus=at.subject,
                path=path,
                path_label=compact(path),
                value=term,
                why=_why(slip.rule),
                rule_url=rule_url(slip.rule),
                fix=Fix(slip.advice, term=slip.term) if slip.advice else None,
            )
        )

    def listed(self, statements: Sequence[Statement]) -> list[ValidationResult]:
        labels = _labels(statements, {each.focus for each in self.results})
        listed = [replace(each, focus_label=labels.get(each.focus, "")) for each in self.results]
        for name, count in self._counts.items():
            if count > MAX_RESULTS:
                more = f"{count - MAX_RESULTS:,} more results of this kind are not listed."
                listed.append(_plain(name, "tip", more))
        return listed


def _why(name: str) -> str:
    known = rule(name)
    return known.why if known is not None else ""


def _plain(name: str, severity: Severity, message: str, position: Position | None = None) -> ValidationResult:
    return ValidationResult(
        name, severity, message, position=position, why=_why(name), rule_url=rule_url(name)
    )


def _labels(statements: Iterable[Statement], wanted: set[str]) -> dict[str, str]:
    found: dict[str, tuple[int, bool, str]] = {}
    for subject, predicate, value, _ in statements:
        if predicate in _TITLES and subject in wanted and is_literal(value):
            text, language, _ = literal_parts(value)
            key = _TITLES.index(predicate), not language.lower().startswith("en"), text
            if subject not in found or key < found[subject]:
                found[subject] = key
    return {subject: key[2] for subject, key in found.items()}


def _literal_slips(each: Statement) -> Iterator[Slip]:
    text, language, datatype = literal_parts(each.object)
    if language:
        slip = tag_slip(text, language)
        if slip is not None:
            yield slip
    if datatype == XSD.anyURI:
        yield from iri_slips(text.strip())
    if datatype not in (*_TEXT_DATATYPES, *_MARKUP_DATATYPES):
        return

    def written(corrected: str) -> str:
        return literal(corrected, lang=language, datatype=datatype)

    yield from text_slips(
        text, written, is_label=each.predicate in _LABELS, may_have_markup=datatype in _MARKUP_DATATYPES
    )


def _foreign(statements: Iterable[Statement], base: str) -> Iterator[tuple[Slip, Statement]]:
    """Find statements about terms of well-known vocabularies, each term once."""
    from_others = _published_elsewhere(base)
    seen: set[str] = set()
    for each in statements:
        owner = from_others(each.subject[1:-1]) if is_iri(each.subject) and each.subject not in seen else ""
        seen.add(each.subject)
        if owner:
            message = (
                f"This describes {compact(each.subject[1:-1])}, a term of the vocabulary {owner}. Describe"
                " only terms of your own; say how they relate to it, for example with skos:closeMatch."
            )
            yield Slip("foreign-term", "must fix", message), each


def _published_elsewhere(base: str) -> Callable[[str], str]:
    owners = {namespace: prefix for prefix, namespace in WELL_KNOWN.items()}

    def owner(iri: str) -> str:
        if base and iri.startswith(base):
            return ""
        namespace, local = split_iri(iri)
        return owners.get(namespace, "") if local else ""

    return owner


def lint_document(
    content: bytes, rdf_format: Format, name: str, *, base_iri: str | None = None
) -> list[ValidationResult]:
    """Check what can be seen only in the document itself: JSON-LD keys that no context defines."""
    if rdf_format is not JSONLD:
        return []
    results: list[ValidationResult] = []
    total = 0
    for key, (line, column) in JsonPlaces(content, base_iri).unmapped_keys():
        total += 1
        if total > MAX_KEYS:
            continue
        message = (
            f'"{key[:SHOWN_TEXT]}" is not defined in the @context, so all it says is lost.'
            f" {_known_key(key)}Define it in the @context, or write its IRI."
        )
        results.append(_plain("unmapped-key", "must fix", message, Position(name, line, column)))
    if total > MAX_KEYS:
        results.append(_plain("unmapped-key", "tip", f"{total - MAX_KEYS:,} more such keys are not listed."))
    return results


def _known_key(key: str) -> str:
    meant = _USUAL_KEYS.get(key)
    return f'Perhaps "{meant}" is meant. ' if meant else ""


def syntax_result(error: ParseError) -> ValidationResult:
    """Put a document that is not well-formed into a result."""
    fix = None
    if error.correction is not None:
        correction = error.correction
        text = f"Line {correction.line}: {correction.after}"
        fix = Fix(text, before=correction.before, after=correction.after, line=correction.line)
    return ValidationResult(
        "syntax",
        "must fix",
        error.reason[:1].upper() + error.reason[1:],
        position=error.position,
        why=_why("syntax"),
        rule_url=rule_url("syntax"),
        fix=fix,
    )

"""Inspect a document, in a worker: everything from its bytes to the lines of its results.

Which rules suit a document is seen from what it describes: terms under the base of the published vocabulary
are for that one, and all others make a vocabulary of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from os.path import commonprefix
from typing import Final

from pathways_ld.errors import InputError, ParseError
from pathways_ld.namespaces import RDF, SKOS, split_iri
from pathways_ld.rdfio import Statement, parse
from pathways_ld.report import ValidationReport, ValidationResult
from pathways_ld.validation.batch import Outcome, Rules, check_documents
from pathways_ld.validation.documents import Document, read_document, unread
from pathways_ld.validation.edits import apply
from pathways_ld.validation.engine import Engine
from pathways_ld.validation.inspection import EVERY, Against, Inspection, InspectionRequest
from pathways_ld.validation.request import ValidationLimits

GENERAL: Final = ("skos",)
OURS: Final = (*GENERAL, "vocabulary")
MAX_ROUNDS: Final = 10
"""How often a document is mended that is not well-formed: each time shows the next mistake only."""

_TYPE: Final = f"<{RDF.type}>"
_TERMS: Final = tuple(
    f"<{each}>" for each in (SKOS.Concept, SKOS.Collection, SKOS.OrderedCollection, SKOS.ConceptScheme)
)
_MINORITY: Final = 0.02
_HOST_SLASHES: Final = 3


def inspect(request: InspectionRequest, limits: ValidationLimits, engine: Engine) -> Inspection:
    """Inspect a document, after applying fixes to it where that is asked for.

    Raises :class:`ParseError` for a document that is not well-formed, :class:`InputError` for one without
    statements (with shapes of ours) and for shapes that cannot be used, and :class:`SnapshotCorrupt`.
    """
    if not request.fix:
        return _inspected(request, limits, engine)
    try:
        found = _inspected(request, limits, engine)
    except ParseError as error:
        return _mended(request, limits, engine, error)
    chosen = _chosen(found.report.results, request.fix)
    fixed = apply(request.content, request.rdf_format, chosen)
    if not fixed.applied:
        return found
    again = _inspected(replace(request, content=fixed.content), limits, engine)
    return replace(again, fixed=len(fixed.applied), content=fixed.content)


def _chosen(results: Sequence[ValidationResult], fix: str) -> Sequence[ValidationResult]:
    if fix == EVERY:
        return results
    number = int(fix) if fix.isascii() and fix.isdigit() else len(results)
    return results[number : number + 1]


def _mended(
    request: InspectionRequest, limits: ValidationLimits, engine: Engine, error: ParseError
) -> Inspection:
    """Correct what keeps a document from being read; raises the error again where that cannot be done."""
    content, count = request.content, 0
    while count < MAX_ROUNDS:
        fixed = apply(content, request.rdf_format, [unread(error)])
        if not fixed.applied:
            break
        content, count = fixed.content, count + 1
        try:
            found = _inspected(replace(request, content=content), limits, engine)
        except ParseError as another:
            error = another
            if request.fix == EVERY:
                continue
            break
        return replace(found, fixed=count, content=content)
    if not count:
        raise error
    return Inspection(ValidationReport((unread(error),)), fixed=count, content=content)


def _inspected(request: InspectionRequest, limits: ValidationLimits, engine: Engine) -> Inspection:
    document = read_document(
        request.content, request.rdf_format, name=request.name, max_bytes=len(request.content)
    )
    if len(document.statements) > limits.statements:
        raise InputError(
            f"The document has {len(document.statements):,} statements; at most {limits.statements:,} are"
            " validated at once. Split it up."
        )
    rules, against = _rules(request, document, limits)
    if rules.house and not document.statements:
        raise InputError("The document has no statements. Expected RDF that says something of a term.")
    outcome = check_documents([document], rules, engine=engine)
    checked = {key: count for key, count in outcome.report.checked.items() if key != "files"}
    results = outcome.report.results[: limits.results]
    return Inspection(
        ValidationReport(results, checked), rules.shapes, against, _notes(outcome, len(results))
    )


def _notes(outcome: Outcome, shown: int) -> tuple[str, ...]:
    left = len(outcome.report.results) - shown
    more = (f"{left:,} more results are not listed.",) if left else ()
    return (*outcome.notes, *more)


def _rules(request: InspectionRequest, document: Document, limits: ValidationLimits) -> tuple[Rules, Against]:
    base = own_base(document.statements, request.base)
    fits = base == request.base
    against: Against = request.against
    if against == "fitting":
        against = "current" if fits else "none"
    if request.folder is None:
        against = "none"
    context = request.folder if against == "current" else None
    if request.own_shapes is not None:
        own = _own_shapes(request.own_shapes, request)
        return Rules(own_shapes=own, context=context, limits=limits), against
    ours = fits and request.ours
    shapes = request.shapes or (OURS if ours else GENERAL)
    strict = ours and not request.shapes
    return Rules(shapes=shapes, context=context, base=base, strict=strict, limits=limits), against


def _own_shapes(content: bytes, request: InspectionRequest) -> tuple[Statement, ...]:
    try:
        parsed = parse(content, request.own_format, name="shapes", max_bytes=len(content))
    except ParseError as error:
        raise InputError(f"The shapes cannot be read: {error.message}") from None
    if not parsed.statements:
        raise InputError("The shapes have no statements. Expected SHACL shapes, or no shapes at all.")
    return tuple(parsed.statements)


def own_base(statements: Sequence[Statement], published: str) -> str:
    """Tell to which vocabulary a document belongs: the published one, or else the namespace of its concepts.

    Of a document without concepts all that is described counts; empty where only blank nodes are.
    """
    subjects = dict.fromkeys(each.subject[1:-1] for each in statements if each.subject.startswith("<"))
    if any(each.startswith(published) for each in subjects):
        return published
    terms = {
        each.subject[1:-1]
        for each in statements
        if each.predicate == _TYPE and each.object in _TERMS and each.subject.startswith("<")
    }
    spaces = Counter(split_iri(each)[0] for each in terms or subjects)
    main = [space for space, count in spaces.items() if count > _MINORITY * spaces.total()]
    shared = commonprefix(main)  # noqa: RUF071 - namespaces may end in "#", which is no path component
    shared = shared[: max(shared.rfind("/"), shared.rfind("#")) + 1]
    if shared.count("/") > _HOST_SLASHES or shared.endswith("#"):
        return shared
    return spaces.most_common(1)[0][0] if spaces else ""

"""From what the checks found to results in words: labels, why, what to do, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from pathways_ld.namespaces import DCT, SKOS, compact
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal, literal_parts
from pathways_ld.report import SEVERITIES, Fix, Severity, ValidationResult
from pathways_ld.validation.facts import Draft
from pathways_ld.validation.rules import rule, rule_of_shape
from pathways_ld.validation.wording import Labels, Result, describe, plain, severity_word

Describe = Callable[[str], Iterable[Statement]]
"""Gives what is said of a resource: an IRI or a blank node in N-Triples syntax."""

_AMERICAN_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_MONTHS: Final = 12
_DAYS: Final = 31


class Wording:
    """Puts what was found into words, with labels from where the terms are described."""

    def __init__(self, describe_term: Describe) -> None:
        self._describe = describe_term
        self._known: dict[str, list[Statement]] = {}

    def said(self, term: str) -> list[Statement]:
        """Give what is said of a resource."""
        if term not in self._known:
            self._known[term] = [] if is_literal(term) else list(self._describe(term))
        return self._known[term]

    def labels(self, *terms: str) -> Labels:
        """Give the labels of some resources."""
        wanted = [each for each in terms if each and not is_literal(each)]
        return Labels((each for term in wanted for each in self.said(term)), {plain(each) for each in wanted})

    def of_shape(self, result: Result) -> ValidationResult:
        """Put a result of the shapes into words."""
        ours = rule_of_shape(plain(result.shape)) if is_iri(result.shape) else None
        labels = self.labels(result.focus_term, result.value_term)
        return ValidationResult(
            rule=ours.id if ours else result.rule,
            severity=cast("Severity", severity_word(result.severity)),
            message=describe(result, labels),
            focus=result.focus_term,
            focus_label=labels.text(result.focus),
            path=result.full_path,
            path_label=compact(result.full_path),
            value=result.value_term,
            component=result.component_iri,
            source_shape=plain(result.shape) if result.shape else "",
            why=ours.why if ours else "",
            rule_url=ours.iri if ours else "",
            fix=_fix(result, self.said(result.focus_term)),
        )

    def of_check(self, draft: Draft) -> ValidationResult:
        """Put a finding of our other checks into words."""
        labels = self.labels(*draft.terms())
        finding = draft.finding(labels)
        ours = rule(finding.rule)
        return ValidationResult(
            rule=finding.rule,
            severity=cast("Severity", finding.severity),
            message=finding.message,
            focus=draft.focus,
            focus_label=labels.text(plain(draft.focus)),
            path=finding.path,
            path_label=compact(finding.path),
            value=draft.value,
            why=ours.why if ours else "",
            rule_url=ours.iri if ours else "",
            fix=Fix(ours.fix) if ours and ours.fix else None,
        )


def most_severe(found: Iterable[ValidationResult]) -> list[ValidationResult]:
    """Of several results about the same value of the same property keep the worst, each once, in order."""
    results = list(dict.fromkeys(found))
    worst: dict[tuple[str, str, str], int] = {}
    for each in results:
        place = each.focus, each.path, each.value
        rank = SEVERITIES.index(each.severity)
        worst[place] = min(rank, worst.get(place, rank))
    kept = [
        each
        for each in results
        if not each.path or SEVERITIES.index(each.severity) == worst[each.focus, each.path, each.value]
    ]
    return ordered(kept)


def ordered(results: Iterable[ValidationResult]) -> list[ValidationResult]:
    """Sort results: the worst first, then by term."""
    return sorted(
        results,
        key=lambda each: (SEVERITIES.index(each.severity), each.focus, each.path, each.value, each.rule),
    )


def relabelled(each: ValidationResult, original: Mapping[str, str]) -> ValidationResult:
    """Give blank nodes the labels back that they have in the document."""
    if not is_blank(each.focus) and not is_blank(each.value):
        return each
    return replace(
        each, focus=original.get(each.focus, each.focus), value=original.get(each.value, each.value)
    )


# what to write instead


def _fix(result: Result, said: Sequence[Statement]) -> Fix | None:
    maker = _FIXES.get(result.component)
    fix = maker(result, said) if maker else None
    if fix is None:
        ours = rule_of_shape(plain(result.shape)) if is_iri(result.shape) else None
        return Fix(ours.fix) if ours and ours.fix else None
    return fix


def _tagged(result: Result, said: Sequence[Statement]) -> Fix | None:
    """Give a label without a language the one that the other labels have."""
    if result.path == DCT.modified or not is_literal(result.value_term):
        return _date(result)
    text, language, datatype = literal_parts(result.value_term)
    if language or datatype or not result.path.startswith(SKOS.iri):
        return None
    tags = [literal_parts(each.object)[1] for each in said if is_literal(each.object)]
    tag = next((each for each in tags if each), "en")
    return Fix(f"Add the language tag: @{tag}.", term=literal(text, lang=tag))


def _date(result: Result) -> Fix | None:
    if not is_literal(result.value_term):
        return None
    text, _, datatype = literal_parts(result.value_term)
    match = _AMERICAN_DATE.fullmatch(text.strip())
    if match is None:
        return None
    month, day, year = (int(each) for each in match.groups())
    if not (1 <= month <= _MONTHS and _MONTHS < day <= _DAYS):
        return None  # 03/04/2024 is one day in America and another elsewhere
    right = f"{year:04}-{month:02}-{day:02}"
    return Fix(f"Write year-month-day: {right}.", term=literal(right, datatype=datatype))


def _disjoint(result: Result, said: Sequence[Statement]) -> Fix | None:
    """Remove the label that is of the lower rank."""
    ranks = [SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel]
    if result.path not in ranks:
        return None
    key = _same(result.value_term)
    lower = [
        each
        for each in said
        if plain(each.predicate) in ranks[ranks.index(result.path) + 1 :] and _same(each.object) == key
    ]
    if not lower:
        return None
    wrong = lower[-1]
    return Fix(
        f"Remove {compact(plain(wrong.predicate))} {wrong.object}.",
        removes=f"{wrong.predicate} {wrong.object}",
    )


def _unique(result: Result, said: Sequence[Statement]) -> Fix | None:
    """Make the second of two preferred labels in one language an alternative one."""
    if result.path != SKOS.prefLabel:
        return None
    seen: set[str] = set()
    for each in said:
        if each.predicate != f"<{SKOS.prefLabel}>" or not is_literal(each.object):
            continue
        tag = literal_parts(each.object)[1].lower()
        if tag and tag in seen:
            return Fix(
                f"Write skos:altLabel {each.object} instead of skos:prefLabel {each.object}.",
                removes=f"{each.predicate} {each.object}",
                adds=f"<{SKOS.altLabel}> {each.object}",
            )
        seen.add(tag)
    return None


def _same(term: str) -> tuple[str, str, str] | str:
    if not is_literal(term):
        return term
    text, language, datatype = literal_parts(term)
    return text, language.lower(), datatype


_FIXES: Final[Mapping[str, Callable[[Result, Sequence[Statement]], Fix | None]]] = {
    "Datatype": _tagged,
    "Disjoint": _disjoint,
    "UniqueLang": _unique,
}

"""A report as people read it: by term, the worst first, with counts by rule."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from pathways_ld.namespaces import compact
from pathways_ld.rdfio import is_iri
from pathways_ld.report import SEVERITIES, Severity, ValidationReport, ValidationResult

LEVELS: Final[dict[Severity, str]] = {"must fix": "error", "should fix": "warning", "tip": "note"}
"""The severities as compilers and SARIF call them."""

_PLURALS: Final[dict[Severity, str]] = {"must fix": "must fix", "should fix": "should fix", "tip": "tips"}


@dataclass(frozen=True)
class TermGroup:
    """All results about one term, the worst first; `term` is empty for what concerns the document."""

    term: str
    label: str
    results: tuple[ValidationResult, ...]

    @property
    def severity(self) -> Severity:
        """The worst severity in the group."""
        return self.results[0].severity

    @property
    def counts(self) -> dict[Severity, int]:
        """The number of results by severity."""
        found = Counter(each.severity for each in self.results)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def title(self) -> str:
        """The label, or else the term written short."""
        return self.label or term_text(self.term) or "The document"


@dataclass(frozen=True)
class RuleCount:
    """How often one rule was broken, with one of the messages."""

    rule: str
    severity: Severity
    count: int
    terms: int
    message: str
    rule_url: str


@dataclass(frozen=True)
class ReportView:
    """A report grouped for reading: what a page, a terminal or a summary shows."""

    conforms: bool
    counts: dict[Severity, int]
    checked: dict[str, int]
    groups: tuple[TermGroup, ...]
    rules: tuple[RuleCount, ...]
    summary: str


def view_of(report: ValidationReport) -> ReportView:
    """Group a report by term and by rule, the worst and then the most first."""
    groups = _groups(report)
    return ReportView(
        report.conforms, report.counts, dict(report.checked), groups, _rules(report), summary(report)
    )


def _groups(report: ValidationReport) -> tuple[TermGroup, ...]:
    by_term: dict[str, list[ValidationResult]] = defaultdict(list)
    for each in report.results:
        by_term[each.focus].append(each)
    groups = [
        TermGroup(
            term,
            next((each.focus_label for each in results if each.focus_label), ""),
            tuple(sorted(results, key=lambda each: (SEVERITIES.index(each.severity), _line(each)))),
        )
        for term, results in by_term.items()
    ]
    groups.sort(key=lambda each: (*(-count for count in each.counts.values()), each.title, each.term))
    return tuple(groups)


def _line(result: ValidationResult) -> int:
    return (result.position.line or 0) if result.position else 0


def _rules(report: ValidationReport) -> tuple[RuleCount, ...]:
    by_rule: dict[tuple[str, Severity], list[ValidationResult]] = defaultdict(list)
    for each in report.results:
        by_rule[each.rule, each.severity].append(each)
    counts = [
        RuleCount(
            rule,
            severity,
            len(results),
            len({each.focus for each in results}),
            results[0].message,
            results[0].rule_url,
        )
        for (rule, severity), results in by_rule.items()
    ]
    return tuple(sorted(counts, key=lambda each: (SEVERITIES.index(each.severity), -each.count, each.rule)))


def summary(report: ValidationReport) -> str:
    """Say in one sentence how it went."""
    checked = ", ".join(
        f"{count:,} {what.removesuffix('s') if count == 1 else what}"
        for what, count in report.checked.items()
    )
    looked = f" ({checked} checked)" if checked else ""
    if not report.results:
        return f"Nothing to fix{looked}."
    said = ", ".join(
        f"{count:,} {severity if count == 1 else _PLURALS[severity]}"
        for severity, count in report.counts.items()
        if count
    )
    return f"{said}{looked}."


def term_text(term: str) -> str:
    """Write an N-Triples term short, for reading."""
    return compact(term[1:-1]) if is_iri(term) else term


def visible(text: str) -> str:
    """Write characters that steer a terminal, or that nobody can see, as their code points."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char == "\t" or char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return f"[U+{ord(char):04X}]"

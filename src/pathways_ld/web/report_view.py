"""A report as the page ``/validate`` shows it: by term, with the numbers by which a fix is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pathways_ld.errors import ParseError
from pathways_ld.formats import Format
from pathways_ld.report import ValidationReport, ValidationResult
from pathways_ld.validation.edits import Rename, change_of
from pathways_ld.validation.inspection import Inspection
from pathways_ld.validation.rendering import summary, view_of
from pathways_ld.validation.rendering.grouping import term_text, visible
from pathways_ld.validation.rules import rule_path

SHOWN_RESULTS: Final = 200
"""Results that the page shows; the other formats have all of them."""


@dataclass(frozen=True)
class ShownResult:
    """One result; `fix` is empty where there is nothing to advise, `changes` what a fix does to the lines.

    `number` is that of the result in the report if its fix can be applied, else None.
    """

    severity: str
    message: str
    rule: str
    rule_path: str
    line: int
    column: int
    source_line: str
    fix: str
    before: str
    after: str
    number: int | None

    @property
    def kind(self) -> str:
        """The severity as a name for style sheets."""
        return self.severity.replace(" ", "-")


@dataclass(frozen=True)
class ShownGroup:
    """The results of one term; `term` is empty where it says no more than the title."""

    title: str
    term: str
    results: list[ShownResult]


@dataclass(frozen=True)
class PageReport:
    """A report for the page."""

    conforms: bool
    summary: str
    read_as: str
    shapes: tuple[str, ...]
    against: str
    notes: tuple[str, ...]
    fixed: int
    groups: list[ShownGroup]
    left: int
    """Results that are not shown."""
    fixable: int

    @property
    def readable(self) -> bool:
        """Whether the document could be read."""
        return bool(self.shapes or self.against)


def page_report(found: Inspection, read_as: Format) -> PageReport:
    """Arrange an inspection for the page."""
    return _arranged(
        found.report,
        read_as.title,
        shapes=found.shapes,
        against=found.against,
        notes=found.notes,
        fixed=found.fixed,
    )


def report_alone(report: ValidationReport, read_as: str = "") -> PageReport:
    """Arrange a report that is shown without its document, so that no fix can be applied."""
    shown = _arranged(report, read_as)
    groups = [
        replace(group, results=[replace(each, number=None) for each in group.results])
        for group in shown.groups
    ]
    return replace(shown, groups=groups, fixable=0)


def unread_report(error: ParseError, read_as: Format) -> PageReport:
    """Arrange the one result of a document that is not well-formed."""
    # Slow to import, with its dictionaries.
    from pathways_ld.validation.lint import syntax_result  # noqa: PLC0415

    return _arranged(ValidationReport((syntax_result(error),)), read_as.title)


def _arranged(
    report: ValidationReport,
    read_as: str,
    *,
    shapes: tuple[str, ...] = (),
    against: str = "",
    notes: tuple[str, ...] = (),
    fixed: int = 0,
) -> PageReport:
    numbers = {id(each): number for number, each in enumerate(report.results)}
    fixable = {id(each): is_fixable(each) for each in report.results}
    groups: list[ShownGroup] = []
    room = SHOWN_RESULTS
    for group in view_of(report).groups:
        shown = group.results[:room]
        room -= len(shown)
        if not shown:
            break
        results = [_shown(each, numbers[id(each)] if fixable[id(each)] else None) for each in shown]
        term = term_text(group.term)
        groups.append(ShownGroup(visible(group.title), visible(term) if term != group.title else "", results))
    return PageReport(
        conforms=report.conforms,
        summary=summary(report),
        read_as=read_as,
        shapes=shapes,
        against=against,
        notes=notes,
        fixed=fixed,
        groups=groups,
        left=max(0, len(report.results) - SHOWN_RESULTS),
        fixable=sum(fixable.values()),
    )


def is_fixable(result: ValidationResult) -> bool:
    """Tell whether the fix of a result can be applied to the document."""
    fix = result.fix
    if fix is None or result.position is None:
        return False
    return bool(fix.line) or isinstance(change_of(result), Rename)


def _shown(result: ValidationResult, number: int | None) -> ShownResult:
    position, fix = result.position, result.fix
    advice = fix.text if fix and fix.text not in result.message else ""
    before, after = (fix.before, fix.after) if fix and fix.line else ("", "")
    return ShownResult(
        severity=result.severity,
        message=visible(result.message),
        rule=result.rule,
        rule_path=rule_path(result.rule),
        line=(position.line or 0) if position else 0,
        column=(position.column or 0) if position else 0,
        source_line=visible(position.source_line) if position else "",
        fix=visible(advice) if after not in advice or not after else "",
        before="\n".join(map(visible, before.split("\n"))),
        after="\n".join(map(visible, after.split("\n"))),
        number=number,
    )

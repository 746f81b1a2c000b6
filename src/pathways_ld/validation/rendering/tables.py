"""A report as a table (CSV), and as Markdown for summaries and comments."""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from pathways_ld.report import SEVERITIES, ValidationReport, ValidationResult
from pathways_ld.validation.rendering.grouping import TermGroup, term_text, view_of, visible

COLUMNS: Final = (
    "severity", "rule", "message", "term", "label", "property", "value", "file", "line", "column", "fix",
    "page",
)  # fmt: skip
SHOWN: Final = 200
"""Results that the Markdown lists; a summary on GitHub holds one mebibyte."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+!|<>~$&])")


def write_csv(report: ValidationReport) -> str:
    """Write a row a result. A cell that a spreadsheet would take for a formula starts with an apostrophe."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in report.results:
        writer.writerow([_cell(text) for text in _row(each)])
    return stream.getvalue()


def _row(result: ValidationResult) -> list[str]:
    position = result.position
    return [
        result.severity,
        result.rule,
        result.message,
        result.focus,
        result.focus_label,
        result.path,
        result.value,
        position.file if position else "",
        str(position.line or "") if position else "",
        str(position.column or "") if position else "",
        result.fix.text if result.fix else "",
        result.rule_url,
    ]


def _cell(text: str) -> str:
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def write_markdown(report: ValidationReport) -> str:
    """Write the counts by rule, then the results by term."""
    view = view_of(report)
    lines = ["## Validation", "", _escaped(view.summary), ""]
    if view.rules:
        lines += ["| | Rule | Results | Terms |", "| --- | --- | ---: | ---: |"]
        for each in view.rules:
            name = f"[{_escaped(each.rule)}]({each.rule_url})" if each.rule_url else _escaped(each.rule)
            lines.append(f"| {each.severity} | {name} | {each.count} | {each.terms} |")
        lines.append("")
    left = SHOWN
    for group in view.groups:
        if left <= 0:
            break
        lines += _section(group, left)
        left -= len(group.results)
    if len(report.results) > SHOWN:
        lines += [f"{len(report.results) - SHOWN} more results are not listed here.", ""]
    return "\n".join(lines)


def _section(group: TermGroup, left: int) -> list[str]:
    counts = ", ".join(f"{group.counts[each]} {each}" for each in SEVERITIES if group.counts[each])
    name = f" (`{_code(term_text(group.term))}`)" if group.term and group.label else ""
    lines = [f"### {_escaped(group.title)}{name}: {counts}", ""]
    for each in group.results[:left]:
        where = f" (`{_code(str(each.position))}`)" if each.position else ""
        lines.append(f"- **{each.severity}**{where}: {_escaped(each.message)}")
        if each.fix is not None and each.fix.text not in each.message:
            lines.append(f"  Fix: {_escaped(each.fix.text)}")
    return [*lines, ""]


def _escaped(text: str) -> str:
    """Keep Markdown and HTML in the data from being taken for such; one line."""
    return _MARKS.sub(r"\\\1", visible(" ".join(text.split())))


def _code(text: str) -> str:
    return visible(" ".join(text.split())).replace("`", "'").replace("|", "¦")

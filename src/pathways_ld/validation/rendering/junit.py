"""A report as JUnit XML, which most build servers show: a suite for each file, a case for each result."""

from __future__ import annotations

from collections import defaultdict
from xml.sax.saxutils import escape, quoteattr

from pathways_ld.report import Severity, ValidationReport, ValidationResult
from pathways_ld.validation.rendering.grouping import term_text, visible

NO_FILE = "data"


def write_junit(report: ValidationReport, fail_on: Severity = "must fix") -> str:
    """Write a report; results of `fail_on` and worse ones are failures, others are only shown."""
    suites: dict[str, list[ValidationResult]] = defaultdict(list)
    for each in report.results:
        suites[each.position.file if each.position else NO_FILE].append(each)
    if not suites:
        suites[NO_FILE] = []
    failing = {each for each in report.results if ValidationReport((each,)).fails_on(fail_on)}
    total = sum(max(len(results), 1) for results in suites.values())
    body = "".join(_suite(name, results, failing) for name, results in suites.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="pathways-ld validate" tests="{total}" failures="{len(failing)}" errors="0">\n'
        f"{body}</testsuites>\n"
    )


def _suite(name: str, results: list[ValidationResult], failing: set[ValidationResult]) -> str:
    failures = sum(each in failing for each in results)
    cases = "".join(_case(each, failed=each in failing) for each in results)
    if not results:
        cases = '    <testcase classname="pathways-ld" name="conforms"/>\n'
    return (
        f'  <testsuite name={_attribute(name)} tests="{max(len(results), 1)}" failures="{failures}"'
        f' errors="0">\n{cases}  </testsuite>\n'
    )


def _case(result: ValidationResult, *, failed: bool) -> str:
    where = str(result.position) if result.position else ""
    name = f"{result.rule}: {result.focus_label or term_text(result.focus) or 'document'}"
    if result.path_label:
        name += f" {result.path_label}"
    fix = f"\nFix: {result.fix.text}" if result.fix else ""
    text = f"{where}\n{result.message}{fix}".strip()
    inner = f"      <system-out>{_text(text)}</system-out>\n"
    if failed:
        kind, message = _attribute(result.severity), _attribute(result.message)
        inner = f"      <failure type={kind} message={message}>{_text(text)}</failure>\n"
    head = f"    <testcase classname={_attribute(result.rule)} name={_attribute(name)}>\n"
    return f"{head}{inner}    </testcase>\n"


def _text(text: str) -> str:
    return escape("\n".join(visible(line) for line in text.split("\n")))


def _attribute(text: str) -> str:
    return quoteattr(visible(text))

"""A report as SARIF 2.1.0, which code hosts and editors show beside the lines.

See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from pathways_ld import __version__
from pathways_ld.report import Fix, ValidationReport, ValidationResult
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.validation.rendering.grouping import LEVELS, term_text
from pathways_ld.validation.rules import rule

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS: Final = 25_000
"""Results of a run; GitHub refuses a file with more."""

FINGERPRINT: Final = "pathwaysLdResult/v1"


def write_sarif(report: ValidationReport) -> str:
    """Write one run. What a result is about, not its line, makes its fingerprint: moving lines keep it."""
    results = report.results[:MAX_RESULTS]
    rules = list(dict.fromkeys(each.rule for each in results))
    numbers = {name: number for number, name in enumerate(rules)}
    examples = {each.rule: each for each in reversed(results)}
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if len(report.results) > MAX_RESULTS:
        text = f"{len(report.results) - MAX_RESULTS:,} more results are left out."
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    driver = {
        "name": "pathways-ld",
        "version": __version__,
        "informationUri": CANONICAL_BASE,
        "rules": [_rule(name, examples[name]) for name in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(each, numbers) for each in results],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _rule(name: str, example: ValidationResult) -> dict[str, Any]:
    known = rule(name)
    title = known.title if known and known.title else name
    written: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": LEVELS[example.severity]},
    }
    if example.why:
        written["fullDescription"] = {"text": example.why}
    if known and known.fix:
        written["help"] = {"text": f"{example.why} {known.fix}".strip()}
    if example.rule_url:
        written["helpUri"] = example.rule_url
    return written


def _result(result: ValidationResult, numbers: dict[str, int]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": numbers[result.rule],
        "level": LEVELS[result.severity],
        "message": {"text": result.message},
        "partialFingerprints": {FINGERPRINT: fingerprint(result)},
    }
    location = _location(result)
    if location:
        written["locations"] = [location]
    fix = result.fix
    if fix is not None and fix.line and result.position is not None and fix.before != fix.after:
        written["fixes"] = [_fix(fix, result.position.file)]
    return written


def fingerprint(result: ValidationResult) -> str:
    """Give a digest of what a result is about: rule, focus, path and value."""
    about = (result.rule, result.focus or result.message, result.path, result.value)
    return sha256("\x1f".join(about).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(result: ValidationResult) -> dict[str, Any]:
    location: dict[str, Any] = {}
    position = result.position
    if position is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _reference(position.file)}}
        if position.line:
            region: dict[str, Any] = {"startLine": position.line}
            if position.column:
                region["startColumn"] = position.column
            if position.source_line:
                region["snippet"] = {"text": position.source_line}
            physical["region"] = region
        location["physicalLocation"] = physical
    if result.focus:
        name = result.focus_label or term_text(result.focus)
        location["logicalLocations"] = [{"fullyQualifiedName": result.focus, "name": name}]
    return location


def _fix(fix: Fix, file: str) -> dict[str, Any]:
    lines = fix.before.split("\n")
    region = {
        "startLine": fix.line,
        "startColumn": 1,
        "endLine": fix.line + len(lines) - 1,
        "endColumn": len(lines[-1]) + 1,
    }
    replacement = {"deletedRegion": region, "insertedContent": {"text": fix.after}}
    change = {"artifactLocation": {"uri": _reference(file)}, "replacements": [replacement]}
    return {"description": {"text": fix.text}, "artifactChanges": [change]}


def _reference(file: str) -> str:
    """Write a file's path as the reference that SARIF wants."""
    return ("file://" if file.startswith("/") else "") + quote(file.removeprefix("./"), safe="/~!$&'()*+,;=@")

"""A report as JSON: flat results, empty fields left out."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pathways_ld.report import ValidationReport, ValidationResult


def write_json(report: ValidationReport) -> str:
    """Write a report as one JSON object, a result a line."""
    head = {"conforms": report.conforms, "counts": report.counts, "checked": report.checked}
    lines = ",\n".join(
        "    " + json.dumps(result_members(each), ensure_ascii=False) for each in report.results
    )
    body = json.dumps(head, ensure_ascii=False, indent=2)[:-2]
    return f'{body},\n  "results": [\n{lines}\n  ]\n}}\n' if lines else f'{body},\n  "results": []\n}}\n'


def result_members(result: ValidationResult) -> dict[str, Any]:
    """Give the members of a result's JSON object."""
    return {
        name: _without_empty(value) if isinstance(value, dict) else value
        for name, value in asdict(result).items()
        if value
    }


def _without_empty(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}

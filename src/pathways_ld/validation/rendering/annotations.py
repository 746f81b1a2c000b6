"""A report as workflow commands, which GitHub shows beside the lines of a change.

See https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions.
"""

from __future__ import annotations

from typing import Final

from pathways_ld.report import Severity, ValidationReport, ValidationResult
from pathways_ld.validation.rendering.grouping import visible

_COMMANDS: Final[dict[Severity, str]] = {"must fix": "error", "should fix": "warning", "tip": "notice"}
_TEXT: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def write_annotations(report: ValidationReport) -> str:
    """Write one command a result; GitHub shows the first ten of each severity of a step."""
    return "".join(f"{_command(each)}\n" for each in report.results)


def _command(result: ValidationResult) -> str:
    properties = {"title": f"{result.severity}: {result.rule}"}
    position = result.position
    if position is not None:
        properties = {"file": position.file, **properties}
        if position.line:
            properties["line"] = str(position.line)
        if position.column:
            properties["col"] = str(position.column)
    said = ",".join(f"{name}={visible(text).translate(_PROPERTY)}" for name, text in properties.items())
    lines = [result.message, *([f"Fix: {result.fix.text}"] if result.fix else [])]
    message = "\n".join(visible(each) for each in lines)
    return f"::{_COMMANDS[result.severity]} {said}::{message.translate(_TEXT)}"

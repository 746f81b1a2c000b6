"""Requests and reports as bytes, for the pipes between the pool and its workers.

JSON: neither side takes anything but texts and numbers from the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pathways_ld.errors import Position
from pathways_ld.rdfio import Statement, graph_line, read_graph_line
from pathways_ld.report import Fix, ValidationReport, ValidationResult
from pathways_ld.validation.request import Context, ValidationLimits, ValidationRequest


def write_request(request: ValidationRequest, limits: ValidationLimits) -> bytes:
    """Write a request with its bounds."""
    context = request.context
    return json.dumps(
        {
            "statements": _lines(request.statements),
            "removed": _lines(request.removed),
            "folder": str(context) if isinstance(context, Path) else None,
            "context": _lines(context) if context is not None and not isinstance(context, Path) else None,
            "shapes": list(request.shapes),
            "own_shapes": _lines(request.own_shapes),
            "integrity": request.integrity,
            "strict": request.strict,
            "base": request.base,
            "same_blank_nodes": request.same_blank_nodes,
            "limits": asdict(limits),
        },
        ensure_ascii=False,
    ).encode("utf-8", "surrogatepass")


def read_request(content: bytes) -> tuple[ValidationRequest, ValidationLimits]:
    """Read what :func:`write_request` wrote."""
    read = json.loads(content.decode("utf-8", "surrogatepass"))
    context: Context = None
    if read["folder"] is not None:
        context = Path(read["folder"])
    elif read["context"] is not None:
        context = _statements(read["context"])
    request = ValidationRequest(
        statements=_statements(read["statements"]),
        removed=_statements(read["removed"]),
        context=context,
        shapes=tuple(read["shapes"]),
        own_shapes=_statements(read["own_shapes"]),
        integrity=read["integrity"],
        strict=read["strict"],
        base=read["base"],
        same_blank_nodes=read["same_blank_nodes"],
    )
    return request, ValidationLimits(**read["limits"])


def _lines(statements: Sequence[Statement]) -> str:
    return "".join(map(graph_line, statements))


def _statements(lines: str) -> list[Statement]:
    # Not splitlines(), which knows more ends of lines than N-Quads does.
    return [read_graph_line(line) for line in lines.split("\n") if line]


def write_report(report: ValidationReport) -> bytes:
    """Write a report."""
    results = [{name: value for name, value in asdict(each).items() if value} for each in report.results]
    return json.dumps({"results": results, "checked": report.checked}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


def read_report(content: bytes) -> ValidationReport:
    """Read what :func:`write_report` wrote; raises :class:`ValueError`."""
    try:
        read = json.loads(content.decode("utf-8", "surrogatepass"))
        return ValidationReport(tuple(map(_result, read["results"])), dict(read["checked"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a report: {error}") from None


def _result(read: dict[str, Any]) -> ValidationResult:
    position, fix = read.pop("position", None), read.pop("fix", None)
    return ValidationResult(
        **read, position=Position(**position) if position else None, fix=Fix(**fix) if fix else None
    )

"""Reports written down: one table of formats, which the command line and the web negotiate from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pathways_ld.errors import InputError
from pathways_ld.formats import JSONLD, NTRIPLES, RDFXML, TURTLE, Format, by_name
from pathways_ld.rdfio import serialize
from pathways_ld.report import Severity, ValidationReport
from pathways_ld.validation.rendering.annotations import write_annotations
from pathways_ld.validation.rendering.grouping import (
    ReportView,
    RuleCount,
    TermGroup,
    summary,
    view_of,
)
from pathways_ld.validation.rendering.json_report import write_json
from pathways_ld.validation.rendering.junit import write_junit
from pathways_ld.validation.rendering.sarif import write_sarif
from pathways_ld.validation.rendering.shacl_report import shacl_statements
from pathways_ld.validation.rendering.tables import write_csv, write_markdown
from pathways_ld.validation.rendering.terminal import write_terminal

__all__ = [
    "REPORT_FORMATS",
    "ReportView",
    "RuleCount",
    "TermGroup",
    "render",
    "report_format",
    "shacl_statements",
    "summary",
    "view_of",
    "write_terminal",
]

TEXT: Final = Format("text", "text/plain", ("txt",), "Text", text=True)
JSON: Final = Format("json", "application/json", ("json",), "JSON")
SARIF: Final = Format("sarif", "application/sarif+json", ("sarif",), "SARIF 2.1.0")
JUNIT: Final = Format("junit", "application/xml", ("xml",), "JUnit XML", aliases=("text/xml",))
GITHUB: Final = Format("github", "text/x-github-annotations", ("github",), "GitHub annotations", text=True)
CSV: Final = Format("csv", "text/csv", ("csv",), "CSV")
MARKDOWN: Final = Format("markdown", "text/markdown", ("md",), "Markdown", text=True)

_RDF: Final = (TURTLE, JSONLD, RDFXML, NTRIPLES)

REPORT_FORMATS: Final = (TEXT, JSON, TURTLE, SARIF, JUNIT, GITHUB, CSV, MARKDOWN, JSONLD, RDFXML, NTRIPLES)
"""What a report is available as, in our order of preference; the web page is made by a template."""

_WRITERS: Final[Mapping[str, Callable[[ValidationReport, Severity], str]]] = {
    TEXT.name: lambda report, _: write_terminal(report),
    JSON.name: lambda report, _: write_json(report),
    SARIF.name: lambda report, _: write_sarif(report),
    JUNIT.name: write_junit,
    GITHUB.name: lambda report, _: write_annotations(report),
    CSV.name: lambda report, _: write_csv(report),
    MARKDOWN.name: lambda report, _: write_markdown(report),
}


def report_format(name: str) -> Format:
    """Find a format of reports by name, suffix or media type; raises :class:`InputError`."""
    found = by_name(name, REPORT_FORMATS)
    if found is None:
        known = ", ".join(each.name for each in REPORT_FORMATS)
        raise InputError(f'"{name}" is no format of reports; expected one of {known}.')
    return found


def render(report: ValidationReport, chosen: Format, *, fail_on: Severity = "must fix") -> bytes:
    """Write a report as `chosen`; JUnit counts results of `fail_on` and worse ones as failures.

    Raises :class:`InputError` for a format that is not in :data:`REPORT_FORMATS`.
    """
    writer = _WRITERS.get(chosen.name)
    if writer is not None:
        return writer(report, fail_on).encode("utf-8", "replace")
    if chosen in _RDF:
        return serialize(shacl_statements(report, for_xml=chosen is RDFXML), chosen)
    raise InputError(f"{chosen.title} is no format of reports.")

"""What a validation found, in words: one shape for every check and every rendering."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from pathways_ld.errors import Position
from pathways_ld.wording import N_

Severity = Literal["must fix", "should fix", "tip"]
SEVERITIES: Final[tuple[Severity, ...]] = (N_("must fix"), N_("should fix"), N_("tip"))
"""The worst first: sh:Violation, sh:Warning and sh:Info in words."""


@dataclass(frozen=True)
class Fix:
    """What to write instead. `before` and `after` are lines of the document, both empty if not computable.

    `line` is where `before` starts, from 1; 0 where the lines are not known. `term` is the RDF term, in
    N-Triples syntax, to put in the place of the result's value, where the fix is to change that; other
    fixes take a statement from the focus and give it another: `removes` and `adds` are a property and a
    value in N-Triples syntax, with a blank between them.
    """

    text: str
    before: str = ""
    after: str = ""
    line: int = 0
    term: str = ""
    removes: str = ""
    adds: str = ""


@dataclass(frozen=True)
class ValidationResult:
    """One result. `focus` and `value` are RDF terms in N-Triples syntax, `path` is an IRI or a SHACL path.

    `rule` is a stable id such as "S14"; `why` says what the rule is for and `rule_url` where its page is.
    `component` and `source_shape` are empty where no shape found it.
    """

    rule: str
    severity: Severity
    message: str
    focus: str = ""
    focus_label: str = ""
    path: str = ""
    path_label: str = ""
    value: str = ""
    component: str = ""
    source_shape: str = ""
    position: Position | None = None
    why: str = ""
    rule_url: str = ""
    fix: Fix | None = None


@dataclass(frozen=True)
class ValidationReport:
    """All results, the worst first. `checked`: how much of what was looked at, for the summary."""

    results: tuple[ValidationResult, ...] = ()
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[Severity, int]:
        """The number of results by severity."""
        found = Counter(result.severity for result in self.results)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def conforms(self) -> bool:
        """Whether nothing must be fixed."""
        return not self.counts["must fix"]

    def fails_on(self, severity: Severity) -> bool:
        """Tell whether there is a result of this severity or a worse one."""
        worst = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return any(result.severity in worst for result in self.results)

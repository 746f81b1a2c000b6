"""A report for the terminal, as a good compiler writes it: the line, a caret, why, and what to write."""

from __future__ import annotations

from typing import Final
from unicodedata import combining, east_asian_width

from pathways_ld.errors import Position
from pathways_ld.report import Fix, Severity, ValidationReport, ValidationResult
from pathways_ld.validation.rendering.grouping import RuleCount, TermGroup, view_of, visible

SHOWN: Final = 100
SHOWN_RULES: Final = 15
LONGEST_LINE: Final = 160

_COLOURS: Final[dict[Severity, str]] = {"must fix": "1;31", "should fix": "1;33", "tip": "1;36"}
_BOLD: Final = "1"
_DIM: Final = "2"
_GREEN: Final = "1;32"
_BLUE: Final = "34"


def write_terminal(report: ValidationReport, *, colour: bool = False, shown: int = SHOWN) -> str:
    """Write a report as lines of text; at most `shown` results in full, all of them in the counts."""
    return "\n".join(_Writer(colour=colour).lines(report, shown)) + "\n"


class _Writer:
    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text

    def lines(self, report: ValidationReport, shown: int) -> list[str]:
        view = view_of(report)
        lines: list[str] = []
        left = shown
        for group in view.groups:
            if left <= 0:
                break
            lines += [*self._group(group, left), ""]
            left -= len(group.results)
        if left < 0 or len(report.results) > shown:
            lines += [f"… {len(report.results) - shown:,} more results are only counted here.", ""]
        if len(report.results) > 1:
            lines += [*(self._rule(each) for each in view.rules[:SHOWN_RULES])]
            if len(view.rules) > SHOWN_RULES:
                lines.append(f"  … and {len(view.rules) - SHOWN_RULES} more rules")
            lines.append("")
        verdict = _COLOURS[report.results[0].severity] if report.results else _GREEN
        return [*lines, self._painted(visible(view.summary), verdict)]

    def _group(self, group: TermGroup, left: int) -> list[str]:
        name = visible(group.title)
        iri = f" {visible(group.term)}" if group.label and group.term else ""
        lines = [self._painted(name, _BOLD) + self._painted(iri, _DIM)]
        for each in group.results[:left]:
            lines += self._result(each)
        return lines

    def _result(self, result: ValidationResult) -> list[str]:
        head = self._painted(result.severity, _COLOURS[result.severity])
        lines = [f"{head}: {visible(result.message)} {self._painted(f'[{visible(result.rule)}]', _DIM)}"]
        if result.position is not None:
            lines += self._excerpt(result.position, result.severity)
        if result.fix is not None:
            lines += self._fix(result.fix, result.message)
        return lines

    def _excerpt(self, position: Position, severity: Severity) -> list[str]:
        lines = [f"  {self._painted('-->', _BLUE)} {visible(str(position))}"]
        if not position.line or not position.source_line:
            return lines
        source, column = position.source_line, position.column or 0
        start = max(0, column - LONGEST_LINE // 2) if column > LONGEST_LINE else 0
        text = source[start : start + LONGEST_LINE]
        number = str(position.line)
        bar = self._painted("|", _BLUE)
        lines.append(f"  {self._painted(number, _BLUE)} {bar} {visible(text)}")
        if column:
            before = visible(text[: column - 1 - start])
            caret = self._painted("^", _COLOURS[severity])
            lines.append(f"  {' ' * len(number)} {bar} {_blank(before)}{caret}")
        return lines

    def _fix(self, fix: Fix, message: str) -> list[str]:
        text = visible(fix.text)
        if not fix.before:
            return [f"  {self._painted('fix:', _GREEN)} {text}"] if fix.text not in message else []
        lines = [f"  {self._painted('fix:', _GREEN)} {text}"] if fix.after not in fix.text else []
        for mark, block, code in (("-", fix.before, "31"), ("+", fix.after, "32")):
            lines += [
                "    " + self._painted(f"{mark} {visible(line)[:LONGEST_LINE]}", code)
                for line in (block.split("\n") if block else ())
            ]
        return lines

    def _rule(self, rule: RuleCount) -> str:
        terms = f" in {rule.terms:,} terms" if rule.terms > 1 else ""
        count = self._painted(f"{rule.count:>7,}", _COLOURS[rule.severity])
        where = f"  {self._painted(visible(rule.rule_url), _DIM)}" if rule.rule_url else ""
        return f"{count} x {visible(rule.rule)}{terms}{where}"


def _blank(text: str) -> str:
    """Give white space as wide as a text is shown: tabs stay, East Asian letters take two places."""
    wide = {"W": "  ", "F": "  "}
    return "".join(
        "" if combining(char) else "\t" if char == "\t" else wide.get(east_asian_width(char), " ")
        for char in text
    )

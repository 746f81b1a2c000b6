"""Every check of a vocabulary in one call, and the lines of a file that findings stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pyoxigraph import Quad

from pathways_ld.errors import Finding, Position
from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import Statement, statement
from pathways_ld.validation.facts import Facts, findings
from pathways_ld.validation.indexed import as_statements, paused_collector
from pathways_ld.validation.integrity import integrity_drafts
from pathways_ld.validation.policy import policy_drafts
from pathways_ld.validation.shacl import validate_shapes
from pathways_ld.validation.wording import SEVERITIES, order, plain


def check(
    quads: Sequence[Statement | Quad],
    *,
    space: IriSpace,
    shapes: Sequence[Statement | Quad],
    strict: bool,
) -> list[Finding]:
    """Check a vocabulary; findings come by severity, then by focus.

    `strict` asks of it what we ask of our own. Of several findings about the same value of the same
    property only the most severe are given: a broken reference is not also told to be of the wrong class.
    """
    statements = as_statements(quads)
    found = validate_shapes(statements, shapes)
    with paused_collector():
        facts = Facts(statements, space, strict=strict)
        found += findings([*integrity_drafts(facts), *policy_drafts(facts)], statements)
    return sorted(_most_severe(found), key=order)


def _most_severe(found: Sequence[Finding]) -> list[Finding]:
    worst: dict[tuple[str, str, str], int] = {}
    for each in found:
        place = each.focus, each.path, each.value
        rank = SEVERITIES.index(each.severity)
        worst[place] = min(rank, worst.get(place, rank))
    return [
        each
        for each in found
        if not each.path or SEVERITIES.index(each.severity) == worst[each.focus, each.path, each.value]
    ]


def positions(
    found: Iterable[Finding], located: Mapping[Statement, int] | Mapping[Quad, int], file: str
) -> list[Finding]:
    """Add the line to each finding whose statement, or else whose focus, stands in a file.

    `located` is what :func:`pathways_ld.rdfio.locate` gave for it; findings from elsewhere, and those that
    have a position, stay as they are.
    """
    exact: dict[tuple[str, str, str], int] = {}
    of_value: dict[tuple[str, str], int] = {}
    of_focus: dict[str, int] = {}
    for each, line in located.items():
        subject, predicate, value, _ = each if isinstance(each, Statement) else statement(each)
        key = plain(subject), plain(predicate), plain(value)
        exact.setdefault(key, line)
        of_value.setdefault((key[0], key[2]), line)
        of_focus[key[0]] = min(line, of_focus.get(key[0], line))
    placed = []
    for finding in found:
        place = (
            exact.get((finding.focus, finding.path, finding.value))
            or of_value.get((finding.focus, finding.value))
            or of_focus.get(finding.focus)
        )
        if place is not None and finding.position is None:
            finding = replace(finding, position=Position(file, place))  # noqa: PLW2901
        placed.append(finding)
    return placed

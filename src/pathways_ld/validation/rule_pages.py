"""What the page of a rule shows besides its words: its SHACL source, its examples, the lines that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from pathways_ld.namespaces import PREFIXES, SH, split_iri
from pathways_ld.rdfio import Statement, is_blank, is_iri, literal_parts, write_turtle
from pathways_ld.validation.rules import SHAPES_BASE, Rule, ShapesFile, shapes_files, shapes_folder

EXAMPLES: Final = "examples"


@dataclass(frozen=True)
class Line:
    """A line of an example; `marked` where the two examples of a rule differ."""

    text: str
    marked: bool


@dataclass(frozen=True)
class Examples:
    """The two examples of a rule as Turtle: one that satisfies it and one that does not."""

    passing: tuple[Line, ...]
    failing: tuple[Line, ...]


def examples(rule: Rule) -> Examples | None:
    """Read the examples of a rule; None for the few rules that a small file cannot show."""
    folder = shapes_folder() / EXAMPLES / rule.id
    if not folder.is_dir():
        return None
    passing, failing = (
        (folder / f"{verdict}.ttl").read_text(encoding="utf-8").splitlines() for verdict in ("pass", "fail")
    )
    return Examples(_marked(passing, failing), _marked(failing, passing))


def _marked(shown: Sequence[str], other: Sequence[str]) -> tuple[Line, ...]:
    """Mark what only `shown` has; where it only lacks something, the first line of what lacks it."""
    marks: set[int] = set()
    lacking: set[int] = set()
    matcher = SequenceMatcher(None, _bare(other), _bare(shown), autojunk=False)
    for change, _, _, start, end in matcher.get_opcodes():
        if change in ("insert", "replace"):
            marks.update(number for number in range(start, end) if shown[number].strip())
        elif change == "delete":
            lacking.add(_head(shown, start))
    marks = {number for number in marks if not shown[number].startswith("@prefix")} or lacking
    return tuple(Line(text, number in marks) for number, text in enumerate(shown))


def _bare(lines: Sequence[str]) -> list[str]:
    """Leave out the punctuation, which changes with what comes after."""
    return [line.rstrip(" .;,") for line in lines]


def _head(lines: Sequence[str], before: int) -> int:
    """Find where the description begins that a line number falls into."""
    for number in range(min(before, len(lines)) - 1, -1, -1):
        if lines[number] and not lines[number].startswith((" ", "@prefix")):
            return number
    return min(before, len(lines) - 1)


def shapes_named(name: str) -> ShapesFile | None:
    """Find one of our shapes files by name."""
    return next((file for file in shapes_files() if file.name == name), None)


def shape_statements(rule: Rule) -> list[Statement]:
    """Give what a rule's shape says, with the blank nodes and other shapes it leads to."""
    file = shapes_named(rule.file)
    if file is None:
        return []
    by_subject: dict[str, list[Statement]] = {}
    for each in file.parsed.statements:
        by_subject.setdefault(each.subject, []).append(each)
    chosen: list[Statement] = []
    waiting, seen = [f"<{rule.shape}>"], set[str]()
    while waiting:
        subject = waiting.pop()
        if subject in seen:
            continue
        seen.add(subject)
        for each in by_subject.get(subject, ()):
            chosen.append(each)
            if is_blank(each.object) or (is_iri(each.object) and each.object in by_subject):
                waiting.append(each.object)
    return chosen


def shape_prefixes(name: str) -> dict[str, str]:
    """Give the prefixes with which a shapes file is written."""
    file = shapes_named(name)
    return dict(file.parsed.prefixes) if file is not None else {}


def shape_source(rule: Rule) -> str:
    """Write a rule's shape as Turtle, with the prefixes that it uses."""
    statements = shape_statements(rule)
    used = {split_iri(term[1:-1])[0] for each in statements for term in each[:3] if is_iri(term)}
    table = {prefix: iri for prefix, iri in shape_prefixes(rule.file).items() if iri in used}
    return write_turtle(statements, table)


def shape_queries(rule: Rule) -> list[str]:
    """Give the SPARQL queries of a rule's shape, ready to be read."""
    select = f"<{SH.select}>"
    return [
        literal_parts(each.object)[0].strip() for each in shape_statements(rule) if each.predicate == select
    ]


def all_shapes(names: Sequence[str]) -> list[Statement]:
    """Give the statements of several files; blank nodes belong to their file."""
    return [
        each._replace(subject=_own(each.subject, name), object=_own(each.object, name))
        for name in names
        for file in [shapes_named(name)]
        if file is not None
        for each in file.parsed.statements
    ]


def _own(term: str, name: str) -> str:
    return f"_:{name.replace('-', '')}x{term[2:]}" if is_blank(term) else term


def prefixes_of(names: Sequence[str]) -> dict[str, str]:
    """Give prefixes for several files, of whose shapes each has a namespace of its own."""
    table = dict(PREFIXES)
    for name in names:
        for prefix, iri in shape_prefixes(name).items():
            if prefix != "shape" and iri not in table.values():
                table.setdefault(prefix, iri)
        table[name] = f"{SHAPES_BASE}{name}#"
    return table

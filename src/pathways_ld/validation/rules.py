"""The catalogue of rules: what each one says, how bad a breach is, why, and where its page is.

A rule has a stable *id*, the ``rule`` of every result. The id of a shape of ours is the local name of its
IRI (``S14-one-preferred-label-per-language``), and its words stand in the shapes themselves; rules that no
shape expresses are in :mod:`~pathways_ld.validation.checks`. Add a rule there before giving a result its id.

Shapes of other people are no rules of ours even where local names agree: ask :func:`rule_of_shape` about
the shape's IRI, and :func:`rule` about the ids that our own checks give.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pathways_ld.errors import InputError
from pathways_ld.namespaces import DCT, RDFS, SH, split_iri
from pathways_ld.rdfio import Parsed, Statement, is_blank, is_iri, is_literal, literal_parts, parse
from pathways_ld.report import Severity
from pathways_ld.settings import CANONICAL_BASE, source_root
from pathways_ld.validation.checks import CHECKS, Check
from pathways_ld.validation.contribution_checks import CONTRIBUTION

SHAPES_BASE: Final = f"{CANONICAL_BASE}shapes/"
RULES_BASE: Final = f"{CANONICAL_BASE}rules/"
"""IRIs of shapes and rules stay these, whatever vocabulary is checked."""

SHAPE_FILES: Final = ("skos", "skos-sparql", "vocabulary", "contribution")
"""The files in ``shapes/`` that hold rules, by name."""

FORMS: Final = "forms"
"""The file whose shapes have no targets: the fields of each kind, from which forms are made."""

_SEVERITIES: Final[dict[str, Severity]] = {
    SH.Violation: "must fix",
    SH.Warning: "should fix",
    SH.Info: "tip",
}
_SENTENCE_END: Final = re.compile(r"(?<=\.) (?=[A-Z])")
_VARIABLE: Final = re.compile(r"\{[?$]\w+\}")
_TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)


@dataclass(frozen=True)
class Rule:
    """One rule. `severity` is that of any vocabulary, and ours is held to more; `fix` says what to do.

    `shape` is the IRI of the shape that expresses it and `file` the name of its file, both empty for a rule
    that is checked by other means. `see_also` holds addresses of specifications.
    """

    id: str
    title: str
    severity: Severity
    why: str
    fix: str
    group: str
    see_also: tuple[str, ...] = ()
    shape: str = ""
    file: str = ""
    order: float = 0

    @property
    def iri(self) -> str:
        """The canonical IRI of the rule, where its page is."""
        return RULES_BASE + self.id


@dataclass(frozen=True)
class ShapesFile:
    """One file of shapes: its name, what it says, and the title and comment of its ontology statement."""

    name: str
    path: Path
    parsed: Parsed
    title: str
    comment: str

    @property
    def iri(self) -> str:
        """The IRI of the shapes graph; the IRIs of its shapes begin with it and ``#``."""
        return SHAPES_BASE + self.name


def rules() -> Mapping[str, Rule]:
    """Give all rules by id: those of the shapes in the order of the files, then the others.

    Read once in each process. Raises :class:`ParseError` or :class:`InputError` for broken shapes files,
    which are part of the software.
    """
    return _catalogue()


def rule(rule_id: str) -> Rule | None:
    """Find one of our rules by the id that a result carries."""
    return _catalogue().get(rule_id)


def rule_of_shape(shape_iri: str) -> Rule | None:
    """Find the rule that a shape of ours expresses; None for shapes that others wrote."""
    if not shape_iri.startswith(SHAPES_BASE):
        return None
    found = _catalogue().get(split_iri(shape_iri)[1])
    return found if found is not None and found.shape == shape_iri else None


def rule_url(rule_id: str) -> str:
    """Give the canonical address of a rule's page, empty for what is no rule of ours."""
    found = _catalogue().get(rule_id)
    return found.iri if found is not None else ""


def rule_path(rule_id: str) -> str:
    """Give the local path of a rule's page, empty for what is no rule of ours."""
    return f"/rules/{rule_id}" if rule_id in _catalogue() else ""


def shapes_folder() -> Path:
    """Give the folder of our shapes."""
    return source_root() / "shapes"


@cache
def shapes_files() -> tuple[ShapesFile, ...]:
    """Read our shapes files, once in each process."""
    return tuple(_read(name) for name in (*SHAPE_FILES, FORMS) if (shapes_folder() / f"{name}.ttl").exists())


def _read(name: str) -> ShapesFile:
    path = shapes_folder() / f"{name}.ttl"
    parsed = parse(path)
    said = _Said(parsed.statements)
    document = f"<{SHAPES_BASE}{name}>"
    return ShapesFile(name, path, parsed, said.text(document, RDFS.label), said.text(document, RDFS.comment))


@cache
def _catalogue() -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for each in [rule for file in shapes_files() for rule in _rules_in(file)]:
        if each.id in found:
            raise InputError(f"The rule {each.id} is in {found[each.id].file}.ttl and in {each.file}.ttl.")
        found[each.id] = each
    for check in (*CHECKS, *CONTRIBUTION):
        # A shape and a faster check may express one rule; the shape's words are the ones that are published.
        found.setdefault(check.id, _of_check(check))
    return MappingProxyType(found)


class _Said:
    """What a file says, by subject and property."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._objects: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.subjects: dict[str, None] = {}
        for subject, predicate, value, _ in statements:
            self._objects[subject, predicate[1:-1]].append(value)
            self.subjects[subject] = None

    def objects(self, subject: str, predicate: str) -> list[str]:
        return self._objects.get((subject, predicate), [])

    def text(self, subject: str, predicate: str) -> str:
        return next(
            (literal_parts(each)[0] for each in self.objects(subject, predicate) if is_literal(each)), ""
        )

    def iri(self, subject: str, predicate: str) -> str:
        return next((each[1:-1] for each in self.objects(subject, predicate) if is_iri(each)), "")


def _rules_in(file: ShapesFile) -> list[Rule]:
    said = _Said(file.parsed.statements)
    return [
        _of_shape(subject, said, file.name)
        for subject in said.subjects
        if not is_blank(subject) and any(said.objects(subject, target) for target in _TARGETS)
    ]


def _of_shape(subject: str, said: _Said, file: str) -> Rule:
    group = said.iri(subject, SH.group)
    order = said.text(subject, SH.order)
    return Rule(
        id=said.text(subject, DCT.identifier) or split_iri(subject[1:-1])[1],
        title=said.text(subject, SH.name),
        severity=_SEVERITIES.get(said.iri(subject, SH.severity), "must fix"),
        why=said.text(subject, SH.description),
        fix=said.text(subject, SH.message) or _constraint_message(subject, said),
        group=said.text(f"<{group}>", RDFS.label) if group else "",
        see_also=tuple(each[1:-1] for each in said.objects(subject, RDFS.seeAlso) if is_iri(each)),
        shape=subject[1:-1],
        file=file,
        order=float(order) if order else 0,
    )


def _constraint_message(subject: str, said: _Said) -> str:
    """Give what the message of a SPARQL constraint says of every breach: sentences that name no value."""
    messages = (said.text(each, SH.message) for each in said.objects(subject, SH.sparql))
    sentences = _SENTENCE_END.split(next(filter(None, messages), ""))
    return " ".join(each for each in sentences if not _VARIABLE.search(each))


def _of_check(check: Check) -> Rule:
    return Rule(check.id, check.title, check.severity, check.why, check.fix, check.group, check.see_also)

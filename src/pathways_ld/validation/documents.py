"""Documents that are validated together: read, kept apart where they must be, and their results placed.

What is said in several files is one graph; blank nodes belong to their file. A file that is not well-formed
does not keep the others from being looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pathways_ld.errors import InputError, ParseError
from pathways_ld.formats import Format
from pathways_ld.rdfio import Places, Statement, guess_format, is_blank, is_iri, parse
from pathways_ld.report import SEVERITIES, ValidationResult
from pathways_ld.validation.edits import Change, change_of, with_lines
from pathways_ld.validation.lint import lint, lint_document, syntax_result


@dataclass(frozen=True)
class Document:
    """One document that was read. `mark` stands before the labels of its blank nodes, empty if alone."""

    name: str
    source: Path | bytes
    rdf_format: Format
    statements: tuple[Statement, ...] = ()
    prefixes: dict[str, str] = field(default_factory=dict)
    base_iri: str | None = None
    mark: str = ""

    def own(self, term: str) -> str:
        """Give the label that a blank node has in the document itself."""
        return f"_:{term[2 + len(self.mark) :]}" if is_blank(term) and self.mark else term

    def holds(self, term: str) -> bool:
        """Tell whether a term may be of this document: blank nodes are of one document only."""
        return not is_blank(term) or term.startswith(f"_:{self.mark}")


def read_document(
    source: Path | bytes,
    rdf_format: Format | None = None,
    *,
    name: str | None = None,
    base_iri: str | None = None,
    max_bytes: int,
    number: int | None = None,
) -> Document:
    """Read a document; `number` keeps its blank nodes apart from those of others.

    Raises :class:`ParseError` and :class:`InputError` as :func:`pathways_ld.rdfio.parse` does.
    """
    if rdf_format is None:
        if not isinstance(source, Path):
            raise InputError(f"{name or 'input'}: the format of the RDF must be given.")
        rdf_format = guess_format(source)
    parsed = parse(source, rdf_format, name=name, base_iri=base_iri, max_bytes=max_bytes)
    mark = "" if number is None else f"d{number}-"
    statements = parsed.statements
    if mark:
        statements = [_marked(each, mark) for each in statements]
    shown = name or (str(source) if isinstance(source, Path) else "input")
    return Document(shown, source, rdf_format, tuple(statements), parsed.prefixes, base_iri, mark)


def _marked(each: Statement, mark: str) -> Statement:
    subject, predicate, value, graph = each
    if not (is_blank(subject) or is_blank(value) or is_blank(graph)):
        return each
    return Statement(
        f"_:{mark}{subject[2:]}" if is_blank(subject) else subject,
        predicate,
        f"_:{mark}{value[2:]}" if is_blank(value) else value,
        f"_:{mark}{graph[2:]}" if is_blank(graph) else graph,
    )


def lint_read(document: Document, content: bytes | None = None, *, base: str = "") -> list[ValidationResult]:
    """Look for what RDF and SHACL let through, in the statements and in the document itself."""
    found = lint(document.statements, base=base)
    raw = content
    if raw is None:
        raw = document.source if isinstance(document.source, bytes) else document.source.read_bytes()
    return found + lint_document(raw, document.rdf_format, document.name, base_iri=document.base_iri)


def unread(error: ParseError) -> ValidationResult:
    """Give the result for a document that is not well-formed."""
    return syntax_result(error)


def merged(
    broken: Iterable[ValidationResult], found: Iterable[ValidationResult], linted: Iterable[ValidationResult]
) -> tuple[ValidationResult, ...]:
    """Put results together, the worst first.

    What a shape of ours and the lint both say of a value is said once, by the lint, which knows the fix.
    """
    hygiene = list(linted)
    known = {(each.rule, each.focus, each.value) for each in hygiene if each.value}
    others = [each for each in found if not (each.rule_url and (each.rule, each.focus, each.value) in known)]
    return tuple(
        sorted(
            dict.fromkeys([*broken, *others, *hygiene]),
            key=lambda each: (SEVERITIES.index(each.severity), each.focus, each.path, each.value, each.rule),
        )
    )


def place(results: Sequence[ValidationResult], documents: Sequence[Document]) -> tuple[ValidationResult, ...]:
    """Add file, line and column to results, and to their fixes the lines that change.

    The documents that have results are read a second time, one after the other.
    """
    placed = list(results)
    at_home: dict[int, list[int]] = {}
    for index, home in _homes(results, documents).items():
        at_home.setdefault(home, []).append(index)
    for home, here in at_home.items():
        document = documents[home]
        wanted = {document.own(results[index].focus) for index in here}
        places = Places(
            document.source,
            document.rdf_format,
            name=document.name,
            base_iri=document.base_iri,
            wanted=wanted,
        )
        for index in here:
            placed[index] = _placed(results[index], document, places)
    return tuple(placed)


def _homes(results: Sequence[ValidationResult], documents: Sequence[Document]) -> dict[int, int]:
    """Tell for each result that has no place yet which document says what it is about."""
    waiting = {index: each for index, each in enumerate(results) if each.position is None and each.focus}
    if not waiting:
        return {}
    wanted = {each.focus for each in waiting.values()}
    of_focus: dict[str, int] = {}
    exact: dict[tuple[str, str, str], int] = {}
    for number, document in enumerate(documents):
        for said in document.statements:
            if said.subject in wanted:
                of_focus.setdefault(said.subject, number)
                if len(documents) > 1:
                    exact.setdefault((said.subject, said.predicate[1:-1], said.object), number)
    homes = {}
    for index, each in waiting.items():
        home = exact.get((each.focus, each.path, each.value), of_focus.get(each.focus))
        if home is not None:
            homes[index] = home
    return homes


def _placed(result: ValidationResult, document: Document, places: Places) -> ValidationResult:
    path = f"<{result.path}>" if result.path and "<" not in result.path else ""
    value = document.own(result.value)
    if is_iri(value) and value == path:
        value = ""  # about the property itself
    position = places.find(document.own(result.focus), path, value)
    if position is None:
        return result
    result = replace(result, position=position)
    change = change_of(result)
    if isinstance(change, Change) and not (result.fix and result.fix.line):
        before = change.before
        at = position
        if (before.predicate, before.object) != (path, result.value):
            at = (
                places.find(document.own(before.subject), before.predicate, document.own(before.object)) or at
            )
        result = replace(result, fix=with_lines(result, places.content, at.line or 0))
    return result

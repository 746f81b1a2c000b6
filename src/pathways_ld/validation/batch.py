"""Files validated in one run: found, read one after the other, checked together or each by itself.

In the house mode the lint, our shapes and our own checks apply. With the user's own shapes only these
decide, as they do for pyshacl; what we have to say beyond is a note that does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from pathways_ld.errors import InputError, ParseError
from pathways_ld.formats import JSONLD, RDF_FORMATS, RDFXML, TURTLE, Format, by_suffix
from pathways_ld.rdfio import Statement
from pathways_ld.report import ValidationReport, ValidationResult
from pathways_ld.validation import pool
from pathways_ld.validation.documents import Document, lint_read, merged, place, read_document, unread
from pathways_ld.validation.request import Context, ValidationLimits, ValidationRequest

SUFFIXES: Final = frozenset(f".{suffix}" for each in RDF_FORMATS for suffix in each.suffixes)
OTHER_SUFFIXES: Final = {"json": JSONLD, "xml": RDFXML, "n3": TURTLE, "turtle": TURTLE}
"""Suffixes that a file may have which is named by itself; in a folder they may be anything."""

LARGE: Final = 100_000
"""Statements from which on it pays to use several processes."""

Progress = Callable[[str, int, int], None]
"""Called with a file, how many were read before it and how many there are."""


def no_progress(name: str, done: int, total: int) -> None:
    """Report to nobody."""
    del name, done, total


class Validator(Protocol):
    """Validates: an engine in this process, or one in a process that can be stopped."""

    def run(self, request: ValidationRequest, limits: ValidationLimits, /) -> ValidationReport:
        """Validate one request."""
        ...


class Pooled:
    """Validates in a process of its own, which is stopped at the deadline (see ``pool``)."""

    def run(self, request: ValidationRequest, limits: ValidationLimits, /) -> ValidationReport:
        """Validate one request; raises what :func:`pathways_ld.validation.pool.validate` does."""
        return pool.validate(request, limits)


@dataclass(frozen=True)
class Input:
    """A document to be read: a file, or bytes under a name."""

    name: str
    source: Path | bytes
    rdf_format: Format | None = None


@dataclass(frozen=True)
class Rules:
    """What documents are held against; with `own_shapes` nothing else counts."""

    shapes: tuple[str, ...] = ()
    own_shapes: tuple[Statement, ...] | None = None
    context: Context = None
    base: str = ""
    strict: bool = False
    limits: ValidationLimits = field(default_factory=ValidationLimits)
    processes: int = 1

    @property
    def house(self) -> bool:
        """Whether our own rules apply."""
        return self.own_shapes is None


@dataclass(frozen=True)
class Outcome:
    """A report, the documents that could be read, and notes that do not count."""

    report: ValidationReport
    documents: tuple[Document, ...]
    unreadable: int = 0
    notes: tuple[str, ...] = ()


def find_inputs(paths: Iterable[Path], rdf_format: Format | None = None) -> list[Input]:
    """List files, and the RDF files in folders, sorted; hidden ones are left aside.

    Raises :class:`InputError` for what does not exist, and for a folder without RDF.
    """
    found: dict[Path, Input] = {}
    for path in paths:
        try:
            if path.is_dir():
                inside = _inside(path)
                if not inside:
                    known = ", ".join(sorted(SUFFIXES))
                    raise InputError(f"The folder {path} holds no RDF file ({known}).")
            elif path.exists():
                inside = [path]
            else:
                raise InputError(f"{path} does not exist.")
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}.") from None
        for each in inside:
            chosen = rdf_format or by_suffix(each.suffix[1:].lower(), RDF_FORMATS)
            chosen = chosen or OTHER_SUFFIXES.get(each.suffix[1:].lower())
            found.setdefault(each.resolve(), Input(str(each), each, chosen))
    return list(found.values())


def _inside(folder: Path) -> list[Path]:
    return sorted(
        each
        for each in folder.rglob("*")
        if each.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in each.relative_to(folder).parts)
        and each.is_file()
    )


def read_all(
    inputs: Sequence[Input], rules: Rules, *, max_bytes: int, progress: Progress = no_progress
) -> tuple[list[Document], list[ValidationResult]]:
    """Read documents that count as one graph, and give the results for those that are not well-formed.

    Raises :class:`InputError` where a file cannot be read at all, or all of them are too much.
    """
    documents: list[Document] = []
    broken: list[ValidationResult] = []
    total = 0
    for number, each in enumerate(inputs):
        progress(each.name, number, len(inputs))
        try:
            document = read_document(
                each.source,
                each.rdf_format,
                name=each.name,
                base_iri=_base_iri(each, rules),
                max_bytes=max_bytes,
                number=number if len(inputs) > 1 else None,
            )
        except ParseError as error:
            broken.append(unread(error))
            continue
        documents.append(document)
        total += len(document.statements)
        if total > rules.limits.statements:
            raise InputError(
                f"Together the files have more than {rules.limits.statements:,} statements, too many to"
                " validate as one. Validate each by itself (--each), or raise the setting"
                " validation_statements."
            )
    progress("", len(inputs), len(inputs))
    return documents, broken


def _base_iri(each: Input, rules: Rules) -> str | None:
    """Resolve relative IRIs against the file only where pyshacl's verdict is asked for: it does so too."""
    if rules.house or not isinstance(each.source, Path):
        return None
    return each.source.resolve().as_uri()


def check_documents(
    documents: Sequence[Document],
    rules: Rules,
    broken: Sequence[ValidationResult] = (),
    *,
    engine: Validator,
) -> Outcome:
    """Validate documents as one graph; raises what the engine does."""
    statements = [each for document in documents for each in document.statements]
    request = ValidationRequest(
        statements=statements,
        context=rules.context,
        shapes=rules.shapes if rules.house else (),
        own_shapes=rules.own_shapes or (),
        integrity=rules.house,
        strict=rules.strict,
    )
    if rules.base:
        request = replace(request, base=rules.base)
    many = rules.processes if len(statements) > LARGE else 1
    report = ValidationReport()
    if statements or not rules.house:
        report = engine.run(request, replace(rules.limits, processes=many))
    found, notes = report.results, tuple[str, ...]()
    if not rules.house:
        notes = tuple(each.message for each in found if not each.component)
        found = tuple(each for each in found if each.component)
    linted = chain.from_iterable(lint_read(each, base=rules.base) for each in documents if rules.house)
    results = place(merged(broken, found, linted), documents)
    checked = {"files": len(documents) + len(broken), "statements": len(statements)}
    return Outcome(ValidationReport(results, checked), tuple(documents), unreadable=len(broken), notes=notes)

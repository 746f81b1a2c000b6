"""Source files: find them, read them, put each into its graph."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pathways_ld.errors import InputError
from pathways_ld.formats import RDF_FORMATS
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement, is_blank, line, parse
from pathways_ld.settings import Settings
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.vocabulary.contexts import is_published_context

_SUFFIXES: Final = {f".{suffix}" for each in RDF_FORMATS for suffix in each.suffixes}
MAPPINGS_FILE: Final = "mappings"

Progress = Callable[[str, float], None]
"""Called with a stage in words and the share of it that is done, from 0 to 1."""


def no_progress(stage: str, share: float) -> None:
    """Report to nobody."""
    del stage, share


@dataclass(frozen=True)
class SourceFile:
    """A source file with what it says."""

    path: Path
    sha256: str
    statements: tuple[Statement, ...]
    prefixes: dict[str, str]


@dataclass(frozen=True)
class Sources:
    """All source files; `statements` is their union without repetitions."""

    files: tuple[SourceFile, ...]
    statements: list[Statement] = field(default_factory=list)

    @property
    def prefixes(self) -> dict[str, str]:
        """The well-known prefixes and those that the sources declare."""
        table = dict(PREFIXES)
        for file in self.files:
            for prefix, iri in file.prefixes.items():
                if prefix and iri not in table.values():
                    table.setdefault(prefix, iri)
        return table


def collect(paths: Sequence[Path]) -> list[Path]:
    """List the RDF files among `paths` and in the folders among them, sorted; raises InputError."""
    try:
        return _collect(paths)
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}.") from None


def _collect(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
            inside = [
                p for p in inside if not any(part.startswith(".") for part in p.relative_to(path).parts)
            ]
            inside = [p for p in inside if not is_published_context(p)]
            if not inside:
                raise InputError(f"The folder {path} holds no RDF file ({', '.join(sorted(_SUFFIXES))}).")
            found.extend(inside)
        elif path.exists():
            found.append(path)
        else:
            raise InputError(f"The source {path} does not exist.")
    # One file named in two ways is one file; the first spelling is kept for messages.
    spellings: dict[Path, Path] = {}
    for path in found:
        spellings.setdefault(path.resolve(), path)
    return list(spellings.values())


def read_sources(
    paths: Sequence[Path], settings: Settings, base: str, progress: Progress = no_progress
) -> Sources:
    """Read source files. Raises :class:`ParseError` for the first that is not well-formed."""
    files = []
    labels: set[str] = set()
    for number, path in enumerate(paths):
        progress("Reading", number / len(paths))
        files.append(_read(path, labels, settings, base))
    progress("Reading", 1.0)
    merged = dict.fromkeys(each for file in files for each in file.statements)
    return Sources(tuple(files), list(merged))


def file_label(path: Path, statements: Iterable[Statement]) -> str:
    """Give what the labels of a file's blank nodes begin with; empty where there are none.

    It names all that is said of them, so that a label never stands for another node than it once did.
    """
    said = sorted(line(each) for each in statements if is_blank(each.subject) or is_blank(each.object))
    name = path.name.encode("utf-8", "surrogateescape")
    return f"f{hashlib.sha256(name + ''.join(said).encode()).hexdigest()[:10]}" if said else ""


def _read(path: Path, labels: set[str], settings: Settings, base: str) -> SourceFile:
    parsed = parse(path, base_iri=None, max_bytes=settings.source_size)
    graph = f"<{base}{settings.mappings_graph}>" if path.stem == MAPPINGS_FILE else ""
    statements: Iterable[Statement] = parsed.statements
    label = file_label(path, parsed.statements)
    while label and label in labels:  # the same file again, in another folder
        label += "n"
    labels.add(label)
    if graph or label:
        statements = (_placed(each, graph, label) for each in parsed.statements)
    return SourceFile(path, file_digest(path), tuple(statements), dict(parsed.prefixes))


def _placed(each: Statement, graph: str, file_label: str) -> Statement:
    """Put a statement into the file's graph; blank nodes belong to their file."""
    subject, predicate, term, own_graph = each
    if is_blank(subject):
        subject = f"_:{file_label}{subject[2:]}"
    if is_blank(term):
        term = f"_:{file_label}{term[2:]}"
    return Statement(subject, predicate, term, own_graph or graph)

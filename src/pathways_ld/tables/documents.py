"""The Turtle files that an import changes: read, changed in memory, replaced all together."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pathways_ld import rdfio
from pathways_ld.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pathways_ld.rdfio import Statement


class Document:
    """One file's statements, indexed by subject; a file that is not there yet has none."""

    def __init__(self, path: Path, prefixes: Mapping[str, str]) -> None:
        self.path = path
        parsed = rdfio.parse(path) if path.exists() else rdfio.Parsed([])
        self._before = set(parsed.statements)
        kept = {name: iri for name, iri in prefixes.items() if iri not in parsed.prefixes.values()}
        self._prefixes = {**kept, **parsed.prefixes}
        self._by_subject: dict[str, set[Statement]] = defaultdict(set)
        for each in parsed.statements:
            self._by_subject[each.subject].add(each)

    def __contains__(self, statement: Statement) -> bool:
        return statement in self._by_subject.get(statement.subject, ())

    @property
    def subjects(self) -> list[str]:
        """What is described."""
        return [subject for subject, statements in self._by_subject.items() if statements]

    def describes(self, subject: str) -> bool:
        """Tell whether anything is said of a subject."""
        return bool(self._by_subject.get(subject))

    def statements(self) -> set[Statement]:
        """All statements."""
        return set().union(*self._by_subject.values())

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Give the objects of a subject's statements with one predicate."""
        return [each.object for each in self._by_subject.get(subject, ()) if each.predicate == predicate]

    def add(self, statement: Statement) -> None:
        """State something."""
        self._by_subject[statement.subject].add(statement)

    def discard(self, statement: Statement) -> None:
        """State something no more."""
        self._by_subject[statement.subject].discard(statement)

    def discard_all(self, subject: str, predicates: set[str]) -> None:
        """Take out all that a subject says with some predicates."""
        statements = self._by_subject[subject]
        statements -= {each for each in statements if each.predicate in predicates}

    def change(self) -> tuple[int, int]:
        """Count the statements that are new and those that are gone."""
        now = self.statements()
        return len(now - self._before), len(self._before - now)

    def text(self) -> str:
        """Give the whole file in canonical form."""
        return rdfio.write_turtle(self.statements(), self._prefixes)


class Replacement(Protocol):
    """A file with what it is to hold."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def text(self) -> str:
        """Give the whole file."""
        ...


def replace_files(documents: Iterable[Replacement]) -> None:
    """Write all documents or none: first beside the old files, then in their places, in the order given.

    Each file is replaced in one step. Should the disk fail between two of them, the old ones are put
    back. Raises :class:`StorageError`.
    """
    waiting: list[tuple[str, Path]] = []
    old: dict[Path, bytes | None] = {}
    try:
        for document in documents:
            document.path.parent.mkdir(parents=True, exist_ok=True)
            waiting.append((_write_beside(document.path, document.text().encode()), document.path))
        for written, path in waiting:
            old[path] = path.read_bytes() if path.exists() else None
            Path(written).replace(path)
    except OSError as error:
        for path, content in old.items():
            _restore(path, content)
        raise StorageError(
            f"{error.filename or 'The target'} cannot be written: {error.strerror}."
        ) from error
    finally:
        for written, _ in waiting:
            Path(written).unlink(missing_ok=True)


def _write_beside(path: Path, content: bytes) -> str:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).chmod(path.stat().st_mode if path.exists() else 0o644)
    return name


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)

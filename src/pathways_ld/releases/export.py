"""Back to the source files: what the ledger's changes made of them, as a small, readable difference.

The files get what is asserted now, so that an export can be cut short anywhere and made again. The file
that tells of the changes is replaced last: where it is, all the others are.
"""

from __future__ import annotations

import contextlib
import difflib
import fcntl
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pathways_ld.errors import BuildRunning, InputError, StorageError
from pathways_ld.formats import NQUADS, TRIG, TURTLE, Format
from pathways_ld.ledger import Exports, Ledger, replay_ledger
from pathways_ld.namespaces import PROV, RDF, SKOS
from pathways_ld.rdfio import (
    Statement,
    TurtleWriter,
    graph_line,
    guess_format,
    is_blank,
    is_iri,
    parse,
    quad,
    write_turtle,
)
from pathways_ld.rdfio.canonical import canonical_labels
from pathways_ld.releases.placing import Places, connected
from pathways_ld.releases.sources import MAPPINGS_FILE, SourceFile, file_label, read_sources
from pathways_ld.settings import CANONICAL_BASE, Settings
from pathways_ld.snapshot.folder import storage_errors
from pathways_ld.tables.documents import replace_files
from pathways_ld.vocabulary import identify
from pathways_ld.vocabulary.history import CHANGES

CHANGES_FILE: Final = "changes.ttl"
GRAPHS_FILE: Final = "graphs.trig"
OTHERS_FILE: Final = "vocabulary.ttl"
"""Where statements go that no Turtle file among the sources can hold."""

_TYPE: Final = f"<{RDF.type}>"
_NOTE: Final = f"<{SKOS.changeNote}>"
_ACTIVITY: Final = f"<{PROV.Activity}>"


@dataclass(frozen=True)
class Exported:
    """A file as it is and as it will be; `added` and `removed` count statements."""

    path: Path
    before: str
    content: str
    added: int
    removed: int
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels that blank nodes will have when the file is read, by those they have now."""

    def text(self) -> str:
        """Give the whole file."""
        return self.content

    def difference(self) -> str:
        """Give the lines that change, as `diff -u` does."""
        lines = (self.before.splitlines(keepends=True), self.content.splitlines(keepends=True))
        return "".join(difflib.unified_diff(*lines, str(self.path), str(self.path)))


@dataclass(frozen=True)
class ExportPlan:
    """What an export would write; `after` and `through` are the changes it is about."""

    files: tuple[Exported, ...]
    after: int
    through: int


@dataclass
class _File:
    path: Path
    source: SourceFile | None
    statements: set[Statement] = field(default_factory=set)

    @property
    def format(self) -> Format | None:
        return guess_format(self.path)


def plan_export(paths: Sequence[Path], folder: Path, settings: Settings) -> ExportPlan:
    """Work out what the source files `paths` would be with all changes; new files would be in `folder`.

    Raises :class:`InputError` where that cannot be said in those files, and what reading them raises.
    """
    ledger, exports = Ledger(settings.state_dir), Exports(settings.state_dir)
    through = ledger.head()
    read = read_sources(paths, settings, settings.canonical_base)
    # Empty graphs, which no source file can tell, stay in the ledger.
    statements, _, _ = replay_ledger(read.statements, ledger, exports)
    given = settings.canonical_base != CANONICAL_BASE
    base = identify(statements, settings.canonical_base, given=given).base
    mappings = f"<{settings.canonical_base}{settings.mappings_graph}>"
    planner = _Planner(read.files, folder, base, mappings, read.prefixes)
    files = planner.files(set(statements))
    return ExportPlan(tuple(files), exports.through(complete=True), through)


def write_export(paths: Sequence[Path], folder: Path, settings: Settings) -> ExportPlan:
    """Write what :func:`plan_export` plans: all files or, where the disk fails, none.

    Raises :class:`BuildRunning` where another export is at work, and :class:`StorageError`.
    """
    with storage_errors(folder), _alone(settings.state_dir):
        plan = plan_export(paths, folder, settings)
        if plan.files or plan.through > plan.after:
            exports = Exports(settings.state_dir)
            labels = {old: new for each in plan.files for old, new in each.labels.items()}
            number = exports.begin(plan.through, _digest(plan), labels)
            replace_files(plan.files)
            exports.complete(number)
        return plan


def _digest(plan: ExportPlan) -> str:
    return hashlib.sha256("".join(each.content for each in plan.files).encode()).hexdigest()


@contextlib.contextmanager
def _alone(state_dir: Path) -> Iterator[None]:
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / ".export.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildRunning(f"Another export of {state_dir} is running; wait for it to end.") from None
        yield


class _Planner:
    def __init__(
        self,
        sources: Sequence[SourceFile],
        folder: Path,
        base: str,
        mappings: str,
        prefixes: Mapping[str, str],
    ) -> None:
        self._files = [_File(each.path, each, set(each.statements)) for each in sources]
        self._folder = folder
        self._mappings = mappings
        self._changes = f"{base}{CHANGES}"
        self._prefixes = {**prefixes, "change": self._changes}

    def files(self, wanted: set[Statement]) -> list[Exported]:
        said = {each for file in self._files for each in file.statements}
        gone = said - wanted
        for file in self._files:
            if file.statements & gone and file.format not in (TURTLE, TRIG):
                raise InputError(
                    f"{file.path} is not Turtle, so an export cannot change it. Write it as Turtle first:"
                    ' any RDF tool can, then run "pathways-ld format" on it.'
                )
            file.statements -= gone
        self._add(wanted - said, wanted)
        changed = [
            file
            for file in self._files
            if file.source is None or file.statements != set(file.source.statements)
        ]
        # Last is the one that tells of the changes.
        changed.sort(key=lambda file: (file.path.name == CHANGES_FILE, str(file.path)))
        exported = [self._exported(file) for file in changed]
        return [each for each in exported if each.content != each.before]

    def _add(self, new: set[Statement], wanted: set[Statement]) -> None:
        types: dict[str, set[str]] = defaultdict(set)
        for each in wanted:
            if each.predicate == _TYPE:
                types[each.subject].add(each.object)
        by_graph: dict[str, list[list[Statement]]] = defaultdict(list)
        for group in connected(new):
            graphs = {each.graph for each in group}
            if len(graphs) > 1:
                raise InputError(
                    "A change says something of a blank node in several graphs, which no Turtle file can."
                    " Give the node an IRI, and export again."
                )
            by_graph[graphs.pop()].append(group)
        for graph, groups in sorted(by_graph.items()):
            self._add_to_graph(graph, groups, types)

    def _add_to_graph(self, graph: str, groups: list[list[Statement]], types: Mapping[str, set[str]]) -> None:
        candidates = [file for file in self._files if self._holds(file, graph)]
        if not candidates:
            other = f"{MAPPINGS_FILE}.ttl" if graph == self._mappings else GRAPHS_FILE
            candidates = [self._named(other if graph else OTHERS_FILE)]
        places = Places({str(file.path): file.statements for file in candidates}, types)
        known = {str(file.path): file for file in candidates}
        for group in groups:
            if not graph and len(candidates) > 1 and all(self._tells(each, types) for each in group):
                file = self._named(CHANGES_FILE)
            else:
                file = known[places.place(group)]
            file.statements.update(group)

    def _holds(self, file: _File, graph: str) -> bool:
        if graph and graph != self._mappings:
            return file.format is TRIG
        return file.format is TURTLE and (file.path.stem == MAPPINGS_FILE) == bool(graph)

    def _tells(self, each: Statement, types: Mapping[str, set[str]]) -> bool:
        """Tell whether a statement is about a change, or leads to one."""
        start = f"<{self._changes}"
        target = each.object if each.predicate == _NOTE else each.subject
        change = target.partition("#")[0].removesuffix(">") + ">"
        return target.startswith(start) and _ACTIVITY in types.get(change, ())

    def _named(self, name: str) -> _File:
        """Give the file of a name among the sources, or a new one."""
        for file in self._files:
            if file.path.name == name:
                return file
        path = self._folder / name
        if path.exists():
            raise InputError(
                f"{path} is there, but is not among the sources, so it would be overwritten. Name it with"
                " --source too."
            )
        self._files.append(_File(path, None))
        return self._files[-1]

    def _exported(self, file: _File) -> Exported:
        old = set(file.source.statements) if file.source else set()
        before = file.path.read_text(encoding="utf-8") if file.source else ""
        prefixes = self._table(file, old & file.statements)
        if file.format is TRIG:
            content = TurtleWriter(prefixes).write_dataset(sorted(file.statements))
        else:
            content = write_turtle(sorted(file.statements), prefixes)
        written = self._verified(file, content)
        labels = self._labels(file, written)
        return Exported(
            file.path, before, content, len(file.statements - old), len(old - file.statements), labels
        )

    def _labels(self, file: _File, written: list[Statement]) -> dict[str, str]:
        """Give the labels that the file's blank nodes will have."""
        label = file_label(file.path, written)
        if not label:
            return {}
        canonical = canonical_labels([quad(each) for each in self._meant(file)])
        named = {old: f"_:{label}{new.removeprefix('_:')}" for old, new in canonical.items()}
        # They hold where they say just what is written; else the nodes are found by what is said of them.
        placed = {
            each._replace(
                subject=canonical.get(each.subject, each.subject),
                object=canonical.get(each.object, each.object),
            )
            for each in self._meant(file)
        }
        return named if placed == set(written) else {}

    def _meant(self, file: _File) -> list[Statement]:
        without = file.format is not TRIG
        return sorted(each._replace(graph="") if without else each for each in file.statements)

    def _table(self, file: _File, kept: Iterable[Statement]) -> dict[str, str]:
        """Give the file's prefixes, and those of what is new that would not change other lines."""
        table = dict(file.source.prefixes) if file.source else {}
        written = {term[1:] for each in kept for term in each[:3] if is_iri(term)}
        for prefix, namespace in self._prefixes.items():
            if namespace in table.values() or not prefix:
                continue
            if not any(term.startswith(namespace) for term in written):
                table.setdefault(prefix, namespace)
        return table

    def _verified(self, file: _File, content: str) -> list[Statement]:
        """See that a file will say what it shall, whatever its blank nodes are called; gives what it says."""
        written = parse(content.encode(), file.format or TURTLE, name=str(file.path)).statements
        lines = "".join(map(graph_line, self._meant(file))).encode()
        again = parse(lines, NQUADS, name=str(file.path)).statements
        # Where very many blank nodes look alike, what is said of them decides, not what they are called.
        if set(written) != set(again) and _anonymous(written) != _anonymous(again):
            raise StorageError(
                f"{file.path} would not say what it should, so nothing was written. Please report this."
            )
        return written


def _anonymous(statements: Iterable[Statement]) -> Counter[Statement]:
    """Count statements without the labels of blank nodes."""
    return Counter(
        each._replace(
            subject="_:" if is_blank(each.subject) else each.subject,
            object="_:" if is_blank(each.object) else each.object,
        )
        for each in statements
    )

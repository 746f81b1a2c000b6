"""SPARQL updates: what one would change in the asserted statements, found in a process of its own.

Nothing is changed here. An update runs on a copy in memory, in a process that has no network, a bound on its
memory, and is killed at its deadline; what comes back is the difference, in exact RDF.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pathways_ld.errors import (
    QueryError,
    QueryMemoryExceeded,
    QueryTimeout,
    StoreError,
)
from pathways_ld.rdfio import Statement, graph_line, read_graph_line
from pathways_ld.store import frames
from pathways_ld.store.base import Limits
from pathways_ld.store.process import WorkerGone, WorkerProcess, syntax_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_CHANGES: Final = 2_000_000
"""Statements that one update may add and remove."""


class DataStatement(NamedTuple):
    """A statement of INSERT DATA, or if it does not insert, of DELETE DATA; its object is a literal."""

    inserts: bool
    statement: Statement


class Update(Protocol):
    """What is needed of an update; see :class:`pathways_ld.sparql.updates.CheckedUpdate`."""

    @property
    def texts(self) -> Sequence[str]:
        """What the engine gets, one after the other."""
        ...

    @property
    def base_iri(self) -> str | None:
        """What relative IRIs are relative to."""
        ...

    @property
    def written(self) -> Sequence[str]:
        """The literals of INSERT templates."""
        ...

    @property
    def mentioned(self) -> Sequence[str]:
        """The other literals."""
        ...

    @property
    def data_statements(self) -> Sequence[DataStatement]:
        """The statements of INSERT DATA and DELETE DATA that have a literal."""
        ...


@dataclass(frozen=True)
class Outcome:
    """What an update would change; `empty_graphs` are the IRIs of graphs without statements after it."""

    added: tuple[Statement, ...] = ()
    removed: tuple[Statement, ...] = ()
    empty_graphs: frozenset[str] = frozenset()


def run_update(
    asserted: Path | Iterable[Statement],
    update: Update,
    *,
    empty_graphs: Iterable[str] = (),
    limits: Limits | None = None,
    most_changes: int = MOST_CHANGES,
) -> Outcome:
    """Find what an update would change in statements, or in a file of them that `graph_line` wrote.

    The default graph is the unnamed one. Blank nodes keep their labels; new ones get labels that are in no
    use. `empty_graphs` are the IRIs of named graphs that exist without statements.

    Raises :class:`QuerySyntaxError` with the engine's words and a position in the text of the update,
    :class:`QueryError` for an operation that fails (such as CREATE of a graph that exists),
    :class:`QueryTimeout`, :class:`QueryMemoryExceeded` and :class:`StoreError`.
    """
    bounds = limits or Limits()
    with _as_file(asserted) as path:
        request = {
            "asserted": str(path),
            "texts": list(update.texts),
            "base_iri": update.base_iri,
            "empty_graphs": sorted(empty_graphs),
            "written": list(update.written),
            "mentioned": list(update.mentioned),
            "data": [(each.inserts, *each.statement) for each in update.data_statements],
            "memory": bounds.memory,
            "most": most_changes,
        }
        return _outcome(_lines(json.dumps(request).encode(), bounds))


@contextmanager
def _as_file(asserted: Path | Iterable[Statement]) -> Iterator[Path]:
    if isinstance(asserted, Path):
        yield asserted.resolve()
        return
    with NamedTemporaryFile("w", encoding="utf-8", newline="\n", suffix=".nq") as stream:
        stream.writelines(map(graph_line, asserted))
        stream.flush()
        yield Path(stream.name)


def _lines(request: bytes, limits: Limits) -> Iterator[str]:
    ends = time.monotonic() + limits.deadline
    worker = WorkerProcess(module="pathways_ld.store.update_worker")
    try:
        # A worker that is gone has perhaps said why: that is read below.
        with suppress(WorkerGone):
            worker.send(request, limits.deadline)
        rest = b""
        while True:
            kind, payload = worker.receive(ends - time.monotonic())
            if kind == frames.FAILURE:
                raise _failure(**json.loads(payload))
            if kind == frames.END:
                return
            *whole, rest = (rest + payload).split(b"\n")
            yield from (each.decode() for each in whole)
    except TimeoutError:
        raise QueryTimeout(
            f"The update was stopped after {limits.deadline:g} seconds; nothing was changed. It will not "
            "succeed unchanged: make WHERE more narrow, or do it in portions."
        ) from None
    except WorkerGone:
        raise _explained(worker.last_words()) from None
    finally:
        worker.close()


def _outcome(lines: Iterator[str]) -> Outcome:
    added: list[Statement] = []
    removed: list[Statement] = []
    empty: list[str] = []
    for line in lines:
        if line[0] == "=":
            empty.append(line[1:])
        else:
            (added if line[0] == "+" else removed).append(read_graph_line(line[1:]))
    return Outcome(tuple(added), tuple(removed), frozenset(empty))


def _explained(error: StoreError) -> StoreError:
    if isinstance(error, QueryMemoryExceeded):
        return _memory_exceeded()
    return StoreError(
        "The SPARQL engine failed on this update; nothing was changed. Change it or ask for help."
    )


def _memory_exceeded() -> QueryMemoryExceeded:
    return QueryMemoryExceeded(
        "The update needs more memory than it may use, and was stopped; nothing was changed. It will not "
        "succeed unchanged: make WHERE more narrow, or do it in portions."
    )


def _failure(kind: str, message: str) -> Exception:
    if kind == frames.SYNTAX:
        return syntax_error(message)
    if kind == frames.MEMORY:
        return _memory_exceeded()
    if kind == frames.STORE:
        return StoreError(message)
    return QueryError(f"The update cannot be done: {message}. Nothing was changed.")

"""The protocol of a SPARQL store, and the frozen shapes that go in and come out."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from pathways_ld.formats import GRAPH_RESULT_FORMATS, SOLUTION_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from pathways_ld.formats import Format
    from pathways_ld.settings import Settings

QueryForm = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

RESULT_FORMATS: Final[dict[QueryForm, tuple[Format, ...]]] = {
    "SELECT": SOLUTION_FORMATS,
    "ASK": SOLUTION_FORMATS,
    "CONSTRUCT": GRAPH_RESULT_FORMATS,
    "DESCRIBE": GRAPH_RESULT_FORMATS,
}
"""What every store can answer each form with."""


@dataclass(frozen=True)
class Query:
    """A query to evaluate, and how its answer is to be written.

    `media_type` is the `media_type` of one of the :data:`RESULT_FORMATS` of the form. `default_graphs` and
    `named_graphs` are those of the request (SPARQL 1.1 Protocol, 2.1.4): where there are any, they alone make
    up the dataset and FROM in the text counts for nothing. `dataset_given` tells whether the request or the
    text names a dataset; where neither does, the default graph is the union of all graphs.
    `prefixes` are used to write Turtle, TriG and RDF/XML. `cheap` queries may use a worker kept for them.
    """

    text: str
    form: QueryForm
    media_type: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    dataset_given: bool = False
    prefixes: tuple[tuple[str, str], ...] = ()
    base_iri: str | None = None
    cheap: bool = False


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    `deadline`: seconds that may be spent waiting for the store: for a free worker, for the evaluation, and
    for each further piece of a long answer. `transfer`: seconds from the call after which a long answer is
    cut even if it is its reader who is slow. `memory`: bytes that evaluation may take. `buffer`: bytes that
    are collected before the answer is given out, so that a failure until then is raised by `query`.
    """

    deadline: float = 20.0
    memory: int = 2_000_000_000
    buffer: int = 1_000_000
    transfer: float = 60.0

    @classmethod
    def from_settings(cls, settings: Settings) -> Limits:
        """Take the limits an operator has set."""
        return cls(
            deadline=settings.sparql_deadline,
            memory=settings.sparql_memory,
            buffer=settings.sparql_buffer,
            transfer=max(cls.transfer, 2 * settings.sparql_deadline),
        )


class Cancellation:
    """The news that nobody waits for an answer any more; it may come at any time, in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancelled = False
        self._callbacks: dict[object, Callable[[], None]] = {}

    @property
    def cancelled(self) -> bool:
        """Whether it has come."""
        return self._cancelled

    def cancel(self) -> None:
        """Tell all who asked, in this thread; only the first call does anything."""
        with self._lock:
            callbacks, self._callbacks = self._callbacks, {}
            self._cancelled = True
        for callback in callbacks.values():
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` when the news comes, at once where it has come; gives what undoes this.

        A callback that is running while it is undone runs to its end.
        """
        key = object()
        with self._lock:
            if not self._cancelled:
                self._callbacks[key] = callback
                return lambda: self._forget(key)
        callback()
        return lambda: None

    def _forget(self, key: object) -> None:
        with self._lock:
            self._callbacks.pop(key, None)


class Answer(ABC):
    """The bytes of an answer, as an iterator of pieces of up to 256 KiB; close it when done.

    `complete` tells whether all of it is here already, and `length` how long it then is. Of an answer that
    is not complete, iteration may still raise a :class:`StoreError`: what was sent so far must then be cut
    off in a way the client notices, never ended as if it were whole.
    """

    complete: bool = False
    length: int | None = None

    def __iter__(self) -> Self:
        return self

    @abstractmethod
    def __next__(self) -> bytes:
        """Give the next piece."""

    @abstractmethod
    def close(self) -> None:
        """Stop the evaluation and free what it holds, at once; may be called again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ArrivingAnswer(Answer):
    """An answer that arrives piece by piece; its beginning, or all of a short one, is collected first."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._finished = False

    @abstractmethod
    def _receive(self) -> bytes | None:
        """Wait for the next piece; None at the end, after which `_finished` is set."""

    def _collect(self, buffer: int) -> None:
        """Collect pieces until they are more than `buffer` bytes."""
        size = 0
        while size <= buffer and (piece := self._receive()) is not None:
            self._pieces.append(piece)
            size += len(piece)
        self.complete = self._finished

    def take(self) -> list[bytes]:
        """Give all that was collected."""
        return list(self._pieces)

    def __next__(self) -> bytes:
        if self._pieces:
            return self._pieces.popleft()
        piece = self._receive()
        if piece is None:
            raise StopIteration
        return piece


class CompleteAnswer(Answer):
    """An answer that is all here."""

    complete = True

    def __init__(self, pieces: list[bytes]) -> None:
        self.length = sum(map(len, pieces))
        self._pieces = iter(pieces)

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Drop what was not read."""
        self._pieces = iter(())


class Store(Protocol):
    """Evaluates SPARQL queries; safe to share between threads."""

    def query(
        self, query: Query, limits: Limits | None = None, cancellation: Cancellation | None = None
    ) -> Answer:
        """Evaluate a query; `limits` replace those the store was made with.

        Raises :class:`QuerySyntaxError`, :class:`QueryError` for other faults of the query,
        :class:`QueryTimeout`, :class:`QueryMemoryExceeded`, :class:`StoreBusy`, :class:`QueryCancelled`
        as soon as `cancellation` tells so, or :class:`StoreError`.
        """
        ...

    def close(self) -> None:
        """Stop everything that runs; further queries raise :class:`StoreError`."""
        ...

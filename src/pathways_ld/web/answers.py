"""How a query gets its answer: from memory, from the same query under way, or by evaluation in its turn.

The order is the order of cost. A kept answer costs its client nothing. A query that is known to fail is not
tried again. Then come the client's budgets, and only then a process that evaluates.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from pathways_ld.errors import AnswerTooLarge, QueryMemoryExceeded, QueryTimeout, StoreError
from pathways_ld.sparql.evaluation import QueryRequest, evaluate
from pathways_ld.store.base import Cancellation
from pathways_ld.web.fairness import Fairness, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pathways_ld.settings import Settings
    from pathways_ld.store.base import Answer, Store

EXTENSION: Final = "pathways_ld.sparql"
"""The name under which an application keeps its :class:`Answers`."""
HIT: Final = "hit"
BYPASSED: Final = "fwd=bypass"
MISSED: Final = "fwd=uri-miss"
STORED: Final = "fwd=uri-miss; stored"
COLLAPSED: Final = "fwd=uri-miss; collapsed"
"""What became of a request in the cache (Cache-Status, RFC 9211)."""

_PIECE: Final = 262_144
_FAILURES: Final = 2_000
_STOPPING: Final = 1.0
"""Seconds from the deadline until a query is stopped, with time to spare."""
_STOPPED: Final = (QueryTimeout, QueryMemoryExceeded)


class AnswerCache:
    """Answers, bounded by the sum of their bytes; those not asked for longest go first. Thread-safe."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """Find an answer."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: str, body: bytes) -> bool:
        """Keep an answer unless it would push out too many others; tells whether it is kept."""
        if len(body) > self._capacity // 16:
            return False
        with self._lock:
            self._size += len(body) - len(self._entries.pop(key, b""))
            self._entries[key] = body
            while self._size > self._capacity:
                self._size -= len(self._entries.popitem(last=False)[1])
        return True

    @property
    def size(self) -> int:
        """The bytes that are kept."""
        return self._size


class FailureMemory:
    """Queries that were stopped, for some seconds each: on the same data they would be stopped again."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._failures: OrderedDict[str, tuple[float, StoreError]] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, key: str, error: StoreError) -> None:
        """Keep a failure."""
        if not self._seconds:
            return
        with self._lock:
            self._failures[key] = self._clock(), error
            self._failures.move_to_end(key)
            if len(self._failures) > _FAILURES:
                self._failures.popitem(last=False)

    def check(self, *keys: str) -> None:
        """Raise the failure again where one of the keys is remembered.

        It has no Retry-After: trying again does not help, neither at once nor later.
        """
        for key in keys:
            with self._lock:
                at, error = self._failures.get(key, (0.0, None))
                ago = self._clock() - at
                if error is not None and ago > self._seconds:
                    del self._failures[key]
                    error = None
            if error is not None:
                raise type(error)(
                    f"This query was not run again, because {ago:.0f} seconds ago on the same data it ended"
                    f" so: {error.message}"
                )


@dataclass
class Body:
    """A whole answer: a short one in memory, a long one in a temporary file. Close it when done."""

    stream: IO[bytes]
    size: int
    cache_status: str
    content: bytes | None = None

    def pieces(self) -> Iterator[bytes]:
        """Give the bytes."""
        while piece := self.stream.read(_PIECE):
            yield piece

    def close(self) -> None:
        """Let go of the file."""
        self.stream.close()


def _short(content: bytes, cache_status: str) -> Body:
    return Body(BytesIO(content), len(content), cache_status, content)


@dataclass(frozen=True)
class Question:
    """A query that a client asks of the store of one snapshot."""

    client: str
    snapshot_id: str
    store: Store
    request: QueryRequest
    cancellation: Cancellation = field(default_factory=Cancellation)

    @property
    def cache_key(self) -> str:
        """The name of its answer; empty where it must not be kept."""
        key = self.request.cache_key
        return f"{self.snapshot_id} {key}" if key else ""

    @property
    def failure_keys(self) -> tuple[str, str]:
        """The names of its failures: of any format, and of this format."""
        identity = f"{self.snapshot_id} {self.request.identity}"
        return identity, f"{identity} {self.request.format.media_type}"


@dataclass
class Answers:
    """What all SPARQL queries of one web process share."""

    fairness: Fairness
    cache: AnswerCache
    failures: FailureMemory
    deadline: float
    largest: int
    _under_way: dict[str, list[threading.Event]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def from_settings(cls, settings: Settings) -> Answers:
        """Make them as an operator has set."""
        return cls(
            Fairness.from_settings(settings),
            AnswerCache(settings.sparql_cache),
            FailureMemory(settings.sparql_failure_memory),
            settings.sparql_deadline,
            settings.sparql_answer_size,
        )

    def answer(self, question: Question) -> Body:
        """Answer a question; the caller closes the body.

        Raises :class:`TooManyRequests`, :class:`AnswerTooLarge`, and what
        :func:`pathways_ld.sparql.evaluation.evaluate` raises.
        """
        known = self._known(question, HIT)
        if known is not None:
            return known
        with self.fairness.turn(question.client, cheap=question.request.checked.cheap) as turn:
            # Its turn may have come only after the same query of others had ended.
            known = self._known(question, HIT)
            if known is not None:
                return known
            return self._once(question, turn) if question.cache_key else self._evaluate(question, turn)

    def _known(self, question: Question, cache_status: str) -> Body | None:
        """Give the answer where it is kept, and raise its failure where that is remembered."""
        kept = self.cache.get(question.cache_key)
        if kept is not None:
            return _short(kept, cache_status)
        self.failures.check(*question.failure_keys)
        return None

    def _once(self, question: Question, turn: Turn) -> Body:
        """Evaluate, or wait while another thread evaluates the same."""
        key, done = question.cache_key, threading.Event()
        with self._lock:
            is_first = key not in self._under_way
            waiting = self._under_way.setdefault(key, [])
            if not is_first:
                waiting.append(done)
        if is_first:
            try:
                return self._evaluate(question, turn)
            finally:
                with self._lock:
                    del self._under_way[key]
                for each in waiting:
                    each.set()
        forget = question.cancellation.on_cancel(done.set)
        done.wait(self.deadline + _STOPPING)
        forget()
        return self._known(question, COLLAPSED) or self._evaluate(question, turn)

    def _evaluate(self, question: Question, turn: Turn) -> Body:
        self.fairness.begin(turn)
        try:
            with evaluate(question.store, question.request, cancellation=question.cancellation) as answer:
                if not answer.complete:
                    return self._spooled(answer, BYPASSED if question.request.cache_key is None else MISSED)
                content = b"".join(answer)
        except AnswerTooLarge as error:
            self.failures.remember(question.failure_keys[1], error)
            raise
        except _STOPPED as error:
            # A query that had to wait for others has perhaps failed because of them.
            if turn.unqueued:
                self.failures.remember(question.failure_keys[0], error)
            raise
        if not question.cache_key:
            return _short(content, BYPASSED)
        return _short(content, STORED if self.cache.put(question.cache_key, content) else MISSED)

    def _spooled(self, answer: Answer, cache_status: str) -> Body:
        """Take a long answer to its end before any of it is sent.

        A WSGI server ends a body that breaks off as if it were whole (granian does), and of CSV or N-Triples
        nobody could tell. This way every failure has its true status, a slow reader keeps no process, and
        the length is known.
        """
        size = 0
        with ExitStack() as closing:
            spool = closing.enter_context(TemporaryFile())
            for piece in answer:
                size += len(piece)
                if size > self.largest:
                    raise AnswerTooLarge(
                        f"The answer has more than {self.largest:,} bytes, the most that are given out. Ask"
                        " for less with LIMIT or FILTER, or take the download of the whole vocabulary at"
                        " /dumps/."
                    )
                spool.write(piece)
            closing.pop_all()
        spool.seek(0)
        return Body(spool, size, cache_status)

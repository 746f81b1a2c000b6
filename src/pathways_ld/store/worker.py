"""The worker process: opens an index, answers one query after another over its pipes, until stdin ends.

Started as ``python -m pathways_ld.store.worker INDEX PARENT_PID``. It may be killed at any moment, and is.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import IO, TYPE_CHECKING, Any, Final, cast

import pyoxigraph

from pathways_ld.store import frames, sandbox

if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[[bytes, bytes], None]

STACK_SIZE: Final = 64 * 1024 * 1024
"""The engine parses by recursion: 8 MiB last for 4,450 nested parentheses, far above the guard's limit, but
its other recursions are deeper for each level."""

_PREFIXED: Final = frozenset({"text/turtle", "application/trig", "application/rdf+xml"})
_KINDS: Final = (
    (SyntaxError, frames.SYNTAX),
    (MemoryError, frames.MEMORY),
    (UnicodeError, frames.SYNTAX),
    (ValueError, frames.QUERY),
    (RuntimeError, frames.QUERY),
)


class FrameWriter:
    """The file the engine writes an answer into: collects its small pieces into frames."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._pending = bytearray()

    def write(self, piece: bytes) -> int:
        """Take a piece of any size."""
        self._pending += piece
        if len(self._pending) >= frames.FRAME_SIZE:
            self.flush()
        return len(piece)

    def flush(self) -> None:
        """Send what was collected."""
        if self._pending:
            self._send(frames.DATA, bytes(self._pending))
            self._pending.clear()


def evaluate(store: pyoxigraph.Store, request: dict[str, Any], output: FrameWriter) -> None:
    """Evaluate the query of a request and write its answer."""
    results = store.query(request["text"], base_iri=request["base_iri"], **_dataset(request))
    media_type = request["media_type"]
    file = cast("IO[bytes]", output)
    if not isinstance(results, pyoxigraph.QueryTriples):
        results.serialize(file, pyoxigraph.QueryResultsFormat.from_media_type(media_type))
    elif request["prefixes"] and media_type in _PREFIXED:
        pyoxigraph.serialize(
            results,
            file,
            pyoxigraph.RdfFormat.from_media_type(media_type),
            prefixes=dict(request["prefixes"]),
        )
    else:
        results.serialize(file, pyoxigraph.RdfFormat.from_media_type(media_type))


def _dataset(request: dict[str, Any]) -> dict[str, Any]:
    """Choose the engine's arguments for the dataset.

    Each of them overrides FROM in the text, and an argument that is missing means all graphs of the store: so
    either both are given or none, and the union only where nothing else is.
    """
    default_graphs, named_graphs = request["default_graphs"], request["named_graphs"]
    if default_graphs or named_graphs:
        return {
            "default_graph": [pyoxigraph.NamedNode(iri) for iri in default_graphs],
            "named_graphs": [pyoxigraph.NamedNode(iri) for iri in named_graphs],
        }
    return {} if request["dataset_given"] else {"use_default_graph_as_union": True}


def answer(store: pyoxigraph.Store, request: dict[str, Any], send: Send) -> None:
    """Answer one request with frames; a failure of the evaluation becomes a frame as well."""
    output = FrameWriter(send)
    try:
        evaluate(store, request, output)
        output.flush()
    except BrokenPipeError:
        raise
    except Exception as error:  # whatever it is, the store has to be told
        kind = next((kind for type_, kind in _KINDS if isinstance(error, type_)), frames.STORE)
        send(frames.FAILURE, json.dumps({"kind": kind, "message": str(error)}).encode())
    else:
        # Freed memory is rarely given back: a worker that has been large is replaced.
        grown = sandbox.peak_memory() > request["memory"] // 2
        send(frames.END, b"0" if grown else b"1")


def send_to(descriptor: int) -> Send:  # pragma: no cover - runs in the worker only
    """Give what sends frames to the parent."""

    def send(kind: bytes, payload: bytes) -> None:
        rest = memoryview(frames.FRAME_HEADER.pack(kind, len(payload)) + payload)
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    return send


def _answer_all(  # pragma: no cover - runs in the worker only
    store: pyoxigraph.Store, requests: queue.SimpleQueue[bytes], send: Send
) -> None:
    before = sandbox.address_space()
    limit = 0
    while True:
        request = json.loads(requests.get())
        if before and request["memory"] != limit:
            limit = request["memory"]
            sandbox.limit_memory(before + limit)
        # Should the parent hang while the reader of the answer is slow, the kernel ends this process.
        signal.setitimer(signal.ITIMER_REAL, request["transfer"] + 1)
        if not request["cheap"]:
            sandbox.give_way()
        try:
            answer(store, request, send)
        except OSError:
            os._exit(0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def read_request() -> bytes:  # pragma: no cover - runs in the worker only
    """Read one request; empty at the end of stdin."""
    header = sys.stdin.buffer.read(frames.REQUEST_HEADER.size)
    return sys.stdin.buffer.read(*frames.REQUEST_HEADER.unpack(header)) if header else b""


def main(index_dir: str, parent: str) -> None:  # pragma: no cover - runs in the worker only
    """Run until stdin ends."""
    # The terminal's Ctrl-C reaches the whole group; only the parent decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent(int(parent))
    # Before the first thread of the engine exists: a filter holds for the threads made after it.
    sandbox.deny_network()
    sandbox.be_modest()
    send = send_to(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        store = pyoxigraph.Store.read_only(index_dir)
    except (OSError, ValueError) as error:
        # Said in answer to a query, so that whoever asks hears it; then a new worker may try again.
        read_request()
        message = f"The SPARQL index {index_dir} cannot be opened: {error}"
        send(frames.FAILURE, json.dumps({"kind": frames.STORE, "message": message, "fit": False}).encode())
        return
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.stack_size(STACK_SIZE)
    threading.Thread(target=_answer_all, args=(store, requests, send), daemon=True).start()
    while request := read_request():
        requests.put(request)
    # No clean-up: a query may still run, and the index is only read.
    os._exit(0)


if __name__ == "__main__":  # pragma: no cover - runs in the worker only
    main(*sys.argv[1:])

"""The process that evaluates one update: loads the asserted statements, runs it, says what has changed.

Started as ``python -m pathways_ld.store.update_worker PARENT_PID``; one request on stdin, and frames back: a
line for each statement that is new (``+``) or gone (``-``), and for each named graph that is empty (``=``).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.store import frames, sandbox
from pathways_ld.store.difference import Difference, Parts, difference, empty_graphs, load
from pathways_ld.store.worker import STACK_SIZE, FrameWriter, read_request, send_to

if TYPE_CHECKING:
    from collections.abc import Callable

    Send = Callable[[bytes, bytes], None]

_KINDS: Final = (
    (SyntaxError, frames.SYNTAX),
    (MemoryError, frames.MEMORY),
    (UnicodeError, frames.SYNTAX),
    (ValueError, frames.QUERY),
    (RuntimeError, frames.QUERY),
)
_PIECE: Final = 1_000


def answer(request: dict[str, Any], send: Send) -> None:
    """Evaluate an update and send what it changed, or why it failed."""
    path = request["asserted"]
    try:
        store = load(path, request["empty_graphs"])
    except (OSError, SyntaxError, ValueError) as error:
        _fail(send, frames.STORE, f"The asserted statements cannot be read: {error}")
        return
    try:
        for text in request["texts"]:
            store.update(text, base_iri=request["base_iri"])
        empty = empty_graphs(store)
        found = difference(store, path, request, request["most"])
    except Exception as error:  # whatever it is, the parent has to be told
        kind = next((kind for type_, kind in _KINDS if isinstance(error, type_)), frames.STORE)
        _fail(send, kind, str(error))
        return
    _send_changes(found, empty, send)


def _send_changes(found: Difference, empty: list[str], send: Send) -> None:
    output = FrameWriter(send)
    for sign, statements in (("+", found.added), ("-", found.removed)):
        for start in range(0, len(statements), _PIECE):
            lines = [_line(sign, each) for each in statements[start : start + _PIECE]]
            output.write("".join(lines).encode())
    output.write("".join(f"={iri}\n" for iri in empty).encode())
    output.flush()
    send(frames.END, b"")


def _line(sign: str, each: Parts) -> str:
    return f"{sign}{each.subject} {each.predicate} {each.object}{each.graph and ' '}{each.graph} .\n"


def _fail(send: Send, kind: str, message: str) -> None:
    send(frames.FAILURE, json.dumps({"kind": kind, "message": message}).encode())


def _run(send: Send) -> None:  # pragma: no cover - runs in the worker only
    encoded = read_request()
    if encoded:
        request = json.loads(encoded)
        if before := sandbox.address_space():
            sandbox.limit_memory(before + request["memory"])
        answer(request, send)
    os._exit(0)


def main(parent: str) -> None:  # pragma: no cover - runs in the worker only
    """Take one request."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent(int(parent))
    sandbox.deny_network()
    sandbox.be_modest()
    send = send_to(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    threading.stack_size(STACK_SIZE)
    thread = threading.Thread(target=_run, args=(send,))
    thread.start()
    thread.join()


if __name__ == "__main__":  # pragma: no cover - runs in the worker only
    main(*sys.argv[1:])

"""The worker process: validates one request after another over its pipes, until stdin ends.

Started as ``python -m pathways_ld.validation.worker PARENT_PID``. It has no network and no programs to
start, writes no files, and may be killed at any moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pathways_ld.errors import InputError, ParseError, SnapshotCorrupt
from pathways_ld.store import frames, sandbox
from pathways_ld.store.worker import FrameWriter, read_request, send_to
from pathways_ld.validation.engine import Engine
from pathways_ld.validation.inspecting import inspect
from pathways_ld.validation.inspection import (
    MARK,
    read_inspection_request,
    write_inspection,
    write_parse_error,
)
from pathways_ld.validation.transfer import read_request as request_of
from pathways_ld.validation.transfer import write_report

Send = Callable[[bytes, bytes], None]

INPUT: Final = "input"
CORRUPT: Final = "corrupt"
PARSE: Final = "parse"
"""Kinds of failure besides those of :mod:`pathways_ld.store.frames`."""

_GROWN: Final = 0.5
"""The share of its memory that a worker may have used and still serve another request."""


def answer(engine: Engine, content: bytes, send: Send) -> None:  # pragma: no cover - runs in the worker only
    """Answer one request: the folder of a snapshot is only opened."""
    output = FrameWriter(send)
    if content[:1] == MARK:
        output.write(write_inspection(inspect(*read_inspection_request(content), engine)))
    elif content[:1] != b"{":
        engine.open(Path(content.decode()))
    else:
        output.write(write_report(engine.run(*request_of(content))))
    output.flush()


def _answer_all(send: Send) -> None:  # pragma: no cover - runs in the worker only
    engine, before, limit = Engine(), sandbox.address_space(), 0
    while header := read_request():
        memory = json.loads(header)["memory"]
        if before and memory != limit:
            limit = memory
            sandbox.limit_memory(before + limit)
        try:
            answer(engine, read_request(), send)
        except ParseError as error:
            send(frames.FAILURE, json.dumps({"kind": PARSE, **write_parse_error(error)}).encode())
        except (InputError, SnapshotCorrupt) as error:
            kind = INPUT if isinstance(error, InputError) else CORRUPT
            send(frames.FAILURE, json.dumps({"kind": kind, "message": error.message}).encode())
        except MemoryError:
            send(frames.FAILURE, json.dumps({"kind": frames.MEMORY, "message": "", "fit": False}).encode())
            return
        else:
            # Freed memory is rarely given back: a worker that has been large is replaced.
            grown = sandbox.peak_memory() > memory * _GROWN
            send(frames.END, b"0" if grown else b"1")


def main(parent: str) -> None:  # pragma: no cover - runs in the worker only
    """Run until stdin ends."""
    # The terminal's Ctrl-C reaches the whole group; only the parent decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox.die_with_parent(int(parent))
    sandbox.deny_network()
    sandbox.be_modest()
    warnings.simplefilter("ignore")
    send = send_to(os.dup(sys.stdout.fileno()))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(OSError):  # nobody reads any more
        _answer_all(send)
    os._exit(0)


if __name__ == "__main__":  # pragma: no cover - runs in the worker only
    main(*sys.argv[1:])

"""What goes over the pipes between the store and a worker.

A request is its length and JSON. An answer is frames: a letter, the length, the payload. Many ``D`` (data),
then ``E`` (end; the payload is ``1`` if the worker is fit for another query) or ``X`` (failure,
JSON; ``fit`` is false where the worker ends with it).
This module is loaded by every worker, so it imports next to nothing.
"""

from __future__ import annotations

import struct
from typing import Final

REQUEST_HEADER: Final = struct.Struct(">I")
FRAME_HEADER: Final = struct.Struct(">cI")

DATA: Final = b"D"
END: Final = b"E"
FAILURE: Final = b"X"

FRAME_SIZE: Final = 131_072
"""Bytes of a full frame: the engine writes 8 KiB at a time, and a switch of processes for each costs more
than the evaluation."""

PIPE_SIZE: Final = 262_144

SYNTAX: Final = "syntax"
QUERY: Final = "query"
MEMORY: Final = "memory"
STORE: Final = "store"
"""Kinds of failure: the text is not SPARQL, it asks what cannot be done, memory ran out, the rest."""

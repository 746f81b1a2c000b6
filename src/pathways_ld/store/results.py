"""A remote store's results, read as JSON or N-Triples and written in the format that was asked for.

The same writers write the embedded store's answers, so the answers agree to the byte where the terms do.
What is cut short cannot be read to its end, and so never becomes an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Final, cast

import pyoxigraph

from pathways_ld.errors import StoreError
from pathways_ld.formats import NTRIPLES, RESULTS_JSON, RESULTS_XML
from pathways_ld.store.frames import FRAME_SIZE

_NODE_ID: Final = re.compile(rb'("bnode"\s{0,4},\s{0,4}"value"\s{0,4}:\s{0,4}")nodeID://')
_HELD_BACK: Final = 64
"""Bytes that are kept for the next piece: more than the pattern has."""

_BOOLEAN_SIZE: Final = 1_000_000
_NESTED: Final = 100
"""Triple terms in one another that are read; the parser needs stack for each."""

_PREFIXED: Final = frozenset({"text/turtle", "application/trig", "application/rdf+xml"})
_ENDS: Final = {RESULTS_JSON.media_type: b"}", RESULTS_XML.media_type: b">", NTRIPLES.media_type: b"."}
_UNREADABLE: Final = (
    "The store's answer cannot be read as {title}: {reason}. Check which engine the settings name."
)

Write = Callable[[bytes], None]


def write_solutions(pieces: Iterator[bytes], media_type: str, write: Write) -> None:
    """Write solutions, which come as JSON, in another format."""
    output = _Collecting(write)
    try:
        solutions = pyoxigraph.parse_query_results(
            cast("IO[bytes]", _Reader(_without_node_ids(pieces))), pyoxigraph.QueryResultsFormat.JSON
        )
        if not isinstance(solutions, pyoxigraph.QuerySolutions):
            raise StoreError("The store answered with a truth value where solutions were asked for.")
        solutions.serialize(
            cast("IO[bytes]", output), pyoxigraph.QueryResultsFormat.from_media_type(media_type)
        )
    except (SyntaxError, ValueError) as error:
        raise _unreadable("SPARQL results in JSON", error) from error
    output.flush()


def write_boolean(pieces: Iterator[bytes], media_type: str, write: Write) -> None:
    """Write the answer to ASK, which comes as JSON: a boolean, or Virtuoso's table of one row or none."""
    size, body = 0, bytearray()
    for piece in pieces:
        size += len(piece)
        if size > _BOOLEAN_SIZE:
            raise StoreError("The store's answer to ASK is longer than a truth value can be.")
        body += piece
    try:
        answered = json.loads(body)
        truth = answered.get("boolean")
        if truth is None:
            (variable,) = answered["head"]["vars"]
            rows = answered["results"]["bindings"]
            truth = any(row[variable]["value"] not in ("0", "false") for row in rows)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable("a truth value in JSON", error) from error
    if not isinstance(truth, bool):
        raise StoreError(f"The store answered ASK with {str(truth)[:40]!r}; expected true or false.")
    plain = b'{"head":{},"boolean":' + json.dumps(truth).encode() + b"}"
    parsed = pyoxigraph.parse_query_results(plain, pyoxigraph.QueryResultsFormat.JSON)
    written_as = pyoxigraph.QueryResultsFormat.from_media_type(media_type)
    write(cast("pyoxigraph.QueryBoolean", parsed).serialize(format=written_as) or b"")


def write_graph(
    pieces: Iterator[bytes], media_type: str, prefixes: Sequence[tuple[str, str]], write: Write
) -> None:
    """Write a graph, which comes as N-Triples, in another format."""
    output = _Collecting(write)
    try:
        triples = pyoxigraph.parse(
            cast("IO[bytes]", _Reader(_not_nested(pieces))), pyoxigraph.RdfFormat.N_TRIPLES
        )
        pyoxigraph.serialize(
            (each.triple for each in triples),
            cast("IO[bytes]", output),
            pyoxigraph.RdfFormat.from_media_type(media_type),
            prefixes=dict(prefixes) if media_type in _PREFIXED else None,
        )
    except (SyntaxError, ValueError) as error:
        raise _unreadable("N-Triples", error) from error
    output.flush()


def write_as_it_is(pieces: Iterator[bytes], media_type: str, write: Write) -> None:
    """Pass an answer on; raises :class:`StoreError` at its end where it does not end as its format does."""
    tail = b""
    for piece in pieces:
        write(piece)
        tail = (tail + piece[-_HELD_BACK:])[-_HELD_BACK:]
    end = tail.rstrip()
    if not end.endswith(_ENDS[media_type]) and (end or media_type != NTRIPLES.media_type):
        raise StoreError("The store's answer broke off before its end. Try again.")


def _unreadable(title: str, error: Exception) -> StoreError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return StoreError(_UNREADABLE.format(title=title, reason=reason))


class _Collecting:
    """The file the engine writes into: makes large pieces of small ones."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._pending = bytearray()

    def write(self, piece: bytes) -> int:
        """Take a piece of any size."""
        self._pending += piece
        if len(self._pending) >= FRAME_SIZE:
            self.flush()
        return len(piece)

    def flush(self) -> None:
        """Give on what was collected."""
        for start in range(0, len(self._pending), FRAME_SIZE):
            self._write(bytes(self._pending[start : start + FRAME_SIZE]))
        self._pending.clear()


class _Reader:
    """The file the engine reads from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Give some bytes, at most `size`; none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        if size < 0:
            size = len(self._rest)
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _without_node_ids(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Turn Virtuoso's blank nodes into labels.

    Inside a JSON string every quotation mark has a backslash before it, so no literal is touched.
    """
    held = b""
    for piece in pieces:
        text = _NODE_ID.sub(rb"\1", held + piece)
        held = text[-_HELD_BACK:]
        if len(text) > len(held):
            yield text[: len(text) - len(held)]
    if held:
        yield held


def _not_nested(pieces: Iterator[bytes]) -> Iterator[bytes]:
    depth = 0
    for piece in pieces:
        if b"<<(" in piece or depth:
            for mark in re.findall(rb"<<\(|\)>>|\n", piece):
                depth = 0 if mark == b"\n" else depth + (1 if mark == b"<<(" else -1)
                if depth > _NESTED:
                    raise StoreError(f"The store's answer nests more than {_NESTED} triple terms.")
        yield piece

"""What is particular to each SPARQL engine of a remote store: what it is told, and what it gets wrong.

Facts only; everything else about a remote store is the same for all engines.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pathways_ld.formats import NTRIPLES, RESULTS_JSON, RESULTS_XML

Pairs = tuple[tuple[str, str], ...]


def _nothing(_: float) -> Pairs:
    return ()


@dataclass(frozen=True)
class Engine:
    """An engine.

    `timeout` writes seconds as the engine's own form field, `timeout_header` as its header. `exact` are the
    media types that it writes as the specifications say, so that its bytes are passed on; everything else
    is read as JSON or N-Triples and written here. `merges` tells whether a default graph of several graphs
    holds a statement once that stands in two of them. `describe_prologue` makes DESCRIBE give what the
    other engines give. `row_limit` is a query for the number of rows that the engine cuts CONSTRUCT and
    DESCRIBE at without saying so.
    """

    name: str
    timeout: Callable[[float], Pairs] = _nothing
    timeout_header: Callable[[float], Pairs] = _nothing
    exact: frozenset[str] = frozenset({RESULTS_JSON.media_type, RESULTS_XML.media_type, NTRIPLES.media_type})
    merges: bool = True
    describe_prologue: str = ""
    row_limit: str = ""


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))


def _whole_seconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds)))


GENERIC: Final = Engine("generic")
"""A server that keeps to SPARQL 1.1 and has no time limit of its own that could be asked for."""

_ENGINES: Final = (
    GENERIC,
    Engine("oxigraph"),
    Engine("fuseki"),
    Engine("neptune"),
    Engine("rdf4j", timeout=lambda seconds: (("timeout", _whole_seconds(seconds)),)),
    Engine("graphdb", timeout=lambda seconds: (("timeout", _whole_seconds(seconds)),)),
    Engine(
        "blazegraph", timeout_header=lambda seconds: (("X-BIGDATA-MAX-QUERY-MILLIS", _milliseconds(seconds)),)
    ),
    Engine(
        "qlever",
        timeout=lambda seconds: (("timeout", f"{_whole_seconds(seconds)}s"),),
        # A failure in the middle of an answer is written into the answer, which only a reader of it notices.
        exact=frozenset(),
    ),
    Engine(
        "virtuoso",
        # It knows no time below a second.
        timeout=lambda seconds: (("timeout", _milliseconds(max(1.0, seconds))),),
        # ASK is answered with a table, blank nodes are "nodeID://...", XML literals are escaped twice in XML.
        exact=frozenset(),
        merges=False,
        # Its other descriptions hold what points at a resource, or the reified statements about it; this one
        # does not follow blank nodes.
        describe_prologue='define sql:describe-mode "SPO" ',
        row_limit='SELECT (bif:virtuoso_ini_item_value("SPARQL", "ResultSetMaxRows") AS ?rows) {}',
    ),
)

ENGINES: Final = {engine.name: engine for engine in _ENGINES}
"""The engines by the names that the settings use."""

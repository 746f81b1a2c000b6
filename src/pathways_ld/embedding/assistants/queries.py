"""The tool ``sparql``: a read-only query, under the limits of the public endpoint, answered in short."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pathways_ld.embedding.assistants.desk import Desk

ROWS: Final = 200
"""Solutions that are given of an answer."""
CHARACTERS: Final = 60_000
"""Characters of the solutions, or of the Turtle, that are given."""
BYTES: Final = 5_000_000
"""Bytes of the longest answer that is looked at."""


def sparql(desk: Desk, given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a query: with solutions, with yes or no, or with Turtle."""
    asked = desk.ask(given["query"])
    text = asked.content.decode()
    if asked.is_graph:
        return {"turtle": text[:CHARACTERS], "isComplete": len(text) <= CHARACTERS}
    result = json.loads(text)
    if "boolean" in result:
        return {"boolean": result["boolean"], "isComplete": True}
    found = result["results"]["bindings"]
    rows = _fitting(found)
    return {
        "variables": result["head"].get("vars", []),
        "rows": rows,
        "total": len(found),
        "isComplete": len(rows) == len(found),
    }


def _fitting(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give as many solutions as a conversation has room for."""
    room, rows = CHARACTERS, []
    for solution in found[:ROWS]:
        room -= len(json.dumps(solution, ensure_ascii=False))
        if room < 0:
            break
        rows.append(solution)
    return rows

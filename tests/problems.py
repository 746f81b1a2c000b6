"""The one check of an error body (RFC 9457), whatever the error."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.test import TestResponse

PROBLEM_JSON = "application/problem+json"


def assert_problem(response: TestResponse, status: int, *words: str, title: str = "") -> dict[str, Any]:
    """Assert that a response is a complete problem; `words` stand in its detail. Gives the problem.

    Also asserts what every error has in common: readable from any origin or for one browser alone, never
    cached as if it were the answer, no traceback, one line of text that ends like a sentence.
    """
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    assert response.content_type == PROBLEM_JSON
    problem: dict[str, Any] = json.loads(response.data)
    assert problem["status"] == status
    assert problem["title"]
    assert problem["type"]
    assert problem["instance"].startswith("/")
    detail = problem["detail"]
    assert detail
    assert "Traceback" not in detail
    assert "pathways_ld" not in detail
    for word in words:
        assert word in detail, f"{word!r} is not in {detail!r}"
    if title:
        assert problem["title"] == title
    if "Cookie" in varies(response):  # it is for one browser alone
        assert response.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in response.headers
    else:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in varies(response)
    assert "immutable" not in response.headers["Cache-Control"]
    assert "ETag" not in response.headers
    return problem


def varies(response: TestResponse) -> set[str]:
    """Give the names in the Vary header."""
    return {name.strip() for name in response.headers.get("Vary", "").split(",")} - {""}

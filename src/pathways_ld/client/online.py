"""A vocabulary that is asked over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import requests

from pathways_ld.client.exchange import JSON, Bounds, Exchange
from pathways_ld.client.failures import AnswerUnusable, Problem, problem
from pathways_ld.iris import IriSpace

RESULTS: Final = "application/sparql-results+json"
NTRIPLES: Final = "application/n-triples"
_NO_TERM: Final = (400, 405, 406)
"""What addresses of the server's own say when they are asked for a term."""
_QUERY: Final = "application/sparql-query"


class Online:
    """Asks a server; what it gives is JSON as the server writes it."""

    def __init__(
        self, url: str, languages: Sequence[str], bounds: Bounds, session: requests.Session | None
    ) -> None:
        self._exchange = Exchange(url, bounds, languages, session)

    @cached_property
    def base(self) -> str:
        """The base of the IRIs of the vocabulary."""
        base = self._json("/dumps/", _mediatype=JSON).get("base")
        if not isinstance(base, str) or not base:
            raise AnswerUnusable(
                f"{self._exchange.url} does not tell the base of its IRIs; expected one in /dumps/."
            )
        return base

    def describe(self, iri: str) -> bytes:
        """Give the document of a term as N-Triples."""
        path = IriSpace(self.base).path(iri)
        if path is None:
            detail = f"{iri} is not in this vocabulary, whose IRIs begin with {self.base}."
            raise problem(404, "There is no such term", detail)
        try:
            return self._exchange.get(path.partition("#")[0], NTRIPLES).content
        except Problem as refused:
            if refused.status not in _NO_TERM:
                raise
            detail = f"There is no term at {self._exchange.url}{path}, but something else."
            raise problem(404, "There is no such term", detail) from None

    def look_up(self, values: Sequence[str], kind: str, limit: int) -> list[dict[str, Any]]:
        """Look values up, as many as one request may have."""
        sent = json.dumps({"values": [*values], "kind": kind, "limit": limit}).encode()
        answer = self._object(self._exchange.post("/lookup", JSON, sent, JSON).json())
        return self._list(answer, "rows")

    def search(
        self, words: str, kind: str, limit: int, offset: int, *, deprecated: bool
    ) -> tuple[int, list[dict[str, Any]]]:
        """Give one page of what is found, with the number of all."""
        options = {"kind": kind} if kind else {}
        options |= {"deprecated": "true"} if deprecated else {}
        answer = self._json("/search", q=words, limit=limit, offset=offset, _mediatype=JSON, **options)
        total = answer.get("total", 0)
        if not isinstance(total, int):
            raise AnswerUnusable(f'{self._exchange.url} answered with a "total" that is no whole number.')
        return total, self._list(answer, "results")[:limit]

    def suggest(self, words: str, limit: int) -> list[dict[str, Any]]:
        """Give terms for what somebody has begun to type."""
        return self._list(self._json("/suggest", search=words, limit=limit, format="json"), "results")

    def reconcile(self, queries: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a batch of reconciliation queries."""
        sent = {"queries": json.dumps(queries)}
        return self._object(self._exchange.post("/reconcile", JSON, sent).json())

    def sparql(self, query: str, media_type: str) -> bytes:
        """Answer a SPARQL query."""
        return self._exchange.post("/sparql", media_type, query.encode(), _QUERY).content

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def _json(self, path: str, **parameters: str | int) -> dict[str, Any]:
        return self._object(self._exchange.get(path, JSON, **parameters).json())

    def _object(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise AnswerUnusable(f"{self._exchange.url} answered with JSON that is no object.")
        return answer

    def _list(self, answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        found = answer.get(name)
        if not isinstance(found, list):
            raise AnswerUnusable(f'{self._exchange.url} answered without "{name}".')
        return found

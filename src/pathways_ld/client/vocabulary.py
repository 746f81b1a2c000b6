"""One vocabulary, online or offline: the same functions with the same answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from pathways_ld.client.exchange import Bounds
from pathways_ld.client.failures import AnswerUnusable, problem
from pathways_ld.client.model import (
    Entity,
    Found,
    LookedUp,
    Suggestion,
    Term,
    batches,
    entities_of,
    found_of,
    looked_up_of,
    read_as,
    suggestion_of,
)
from pathways_ld.client.online import NTRIPLES, RESULTS, Online
from pathways_ld.client.values import Triple, Value, json_value, read_ntriples

if TYPE_CHECKING:
    import requests

BATCH: Final = 1_000
"""Values in one request; longer lists are sent in parts."""
PAGE: Final = 100
"""Results in one request of a search."""


class Source(Protocol):
    """Where answers come from: JSON as the server writes it, RDF and SPARQL results as bytes."""

    @property
    def base(self) -> str:
        """The base of the IRIs of the vocabulary."""
        ...

    def describe(self, iri: str) -> bytes:
        """Give the document of a term as N-Triples."""
        ...

    def look_up(self, values: Sequence[str], kind: str, limit: int) -> list[dict[str, Any]]:
        """Look values up, as many as one request may have."""
        ...

    def search(
        self, words: str, kind: str, limit: int, offset: int, *, deprecated: bool
    ) -> tuple[int, list[dict[str, Any]]]:
        """Give one page of what is found, with the number of all."""
        ...

    def suggest(self, words: str, limit: int) -> list[dict[str, Any]]:
        """Give terms for what somebody has begun to type."""
        ...

    def reconcile(self, queries: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a batch of reconciliation queries."""
        ...

    def sparql(self, query: str, media_type: str) -> bytes:
        """Answer a SPARQL query."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


class Vocabulary:
    """A vocabulary at an address; `languages` are those in which terms are named, best first.

    What goes wrong is raised as :class:`~pathways_ld.client.failures.ClientError`; what the service says is
    wrong with a request, as :class:`~pathways_ld.client.failures.Problem` with the details it gives. Close it
    when done, or use it in a ``with`` statement.
    """

    def __init__(
        self,
        url: str,
        *,
        languages: Sequence[str] = (),
        bounds: Bounds | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self._source: Source = Online(url, languages, bounds or Bounds(), session)

    @classmethod
    def offline(cls, path: Path | str, *, languages: Sequence[str] = ()) -> Self:
        """Open a vocabulary that :func:`~pathways_ld.client.downloads.download` has fetched, or a snapshot.

        The first time it is indexed, in a hidden folder beside the file.
        """
        from pathways_ld.client.offline import Offline  # noqa: PLC0415 - who is online needs none of it

        made = cls.__new__(cls)
        made._source = Offline(Path(path), languages)
        return made

    @property
    def base(self) -> str:
        """What the IRIs of the vocabulary begin with."""
        return self._source.base

    def term(self, iri: str) -> Term:
        """Give what is said of a term; raises :class:`NotFound`."""
        triples = tuple(read_ntriples(self._source.describe(iri)))
        if not any(each.subject == iri for each in triples):
            raise problem(404, "There is no such term", f"Nothing is said of {iri} in this vocabulary.")
        return Term(iri, triples)

    def look_up(self, values: Iterable[str], *, kind: str = "", limit: int = 5) -> list[LookedUp]:
        """Look labels, IRIs or slugs up; gives an answer for each, in their order.

        `kind` is the name of the only kind that counts; `limit` is how many candidates each may have.
        """
        wanted = list(values)
        found: dict[str, LookedUp] = {each: LookedUp(each, "unknown", ()) for each in wanted}
        for batch in batches((each for each in found if each.strip()), BATCH):
            rows = [read_as(looked_up_of, row) for row in self._source.look_up(batch, kind, limit)]
            if [row.value for row in rows] != batch:
                raise AnswerUnusable(f"{len(batch)} values were looked up, and answers for others came.")
            found |= {row.value: row for row in rows}
        return [found[each] for each in wanted]

    def find(self, label: str, *, kind: str = "") -> LookedUp:
        """Look one label, IRI or slug up."""
        return self.look_up([label], kind=kind)[0]

    def search(
        self, text: str, *, kind: str = "", limit: int | None = None, deprecated: bool = False
    ) -> Iterator[Found]:
        """Find terms by words, best first; `limit` is how many are given, None for all that are ordered.

        Further results are asked for when they are reached.
        """
        words, given = " ".join(text.split()), 0
        while limit is None or given < limit:
            wanted = PAGE if limit is None else min(PAGE, limit - given)
            total, page = self._source.search(words, kind, wanted, given, deprecated=deprecated)
            yield from (read_as(found_of, each) for each in page)
            given += len(page)
            if not page or given >= total:
                return

    def suggest(self, text: str, *, limit: int = 10) -> list[Suggestion]:
        """Give terms whose labels begin with what somebody types."""
        found = self._source.suggest(" ".join(text.split()), limit)
        return [read_as(suggestion_of, each) for each in found]

    def reconcile(
        self, queries: Iterable[str | Mapping[str, Any]], *, kind: str = "", limit: int = 10
    ) -> list[list[Entity]]:
        """Give candidates with scores for texts, or for queries as the Reconciliation API 0.2 has them.

        https://reconciliation-api.github.io/specs/0.2/#reconciliation-queries
        """
        found: list[list[Entity]] = []
        for batch in batches(queries, BATCH):
            asked = {f"q{number}": _query(each, kind, limit) for number, each in enumerate(batch)}
            answer = self._source.reconcile(asked)
            if not asked.keys() <= answer.keys():
                raise AnswerUnusable(f"{len(asked)} queries were sent, and {len(answer)} answers came.")
            found += [read_as(entities_of, answer[name], self.base) for name in asked]
        return found

    def query(self, sparql: str) -> list[dict[str, Value]]:
        """Give the solutions of a SPARQL SELECT query; a variable without a value is not in its row."""
        answer = self._results(sparql)
        results = answer.get("results")
        rows = results.get("bindings") if isinstance(results, dict) else None
        if not isinstance(rows, list):
            raise AnswerUnusable("The answer has no solutions; query() is for SELECT, ask() for ASK.")
        return [read_as(_solution, row) for row in rows]

    def ask(self, sparql: str) -> bool:
        """Give the answer to a SPARQL ASK query."""
        answer = self._results(sparql).get("boolean")
        if not isinstance(answer, bool):
            raise AnswerUnusable(
                "The answer is neither true nor false; ask() is for ASK, query() for SELECT."
            )
        return answer

    def construct(self, sparql: str) -> list[Triple]:
        """Give the statements of a SPARQL CONSTRUCT or DESCRIBE query."""
        return list(read_ntriples(self._source.sparql(sparql, NTRIPLES)))

    def close(self) -> None:
        """Close connections or files."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _results(self, sparql: str) -> dict[str, Any]:
        try:
            answer = json.loads(self._source.sparql(sparql, RESULTS))
        except (ValueError, RecursionError):
            raise AnswerUnusable("The answer to the query is no JSON that can be read.") from None
        if not isinstance(answer, dict):
            raise AnswerUnusable("The answer to the query is JSON, but no results of SPARQL.")
        return answer


def _query(each: str | Mapping[str, Any], kind: str, limit: int) -> dict[str, Any]:
    if not isinstance(each, str):
        return dict(each)
    return {"query": each, "limit": limit} | ({"type": kind} if kind else {})


def _solution(row: Mapping[str, Any]) -> dict[str, Value]:
    return {name: json_value(term) for name, term in row.items()}

"""SPARQL for assistants: the same check, budgets, cache and limits as at ``/sparql``."""

from __future__ import annotations

import contextlib

from pathways_ld.embedding.assistants import Asked
from pathways_ld.embedding.assistants.queries import BYTES
from pathways_ld.errors import (
    AnswerTooLarge,
    QueryError,
    QueryMemoryExceeded,
    QueryTimeout,
)
from pathways_ld.formats import RESULTS_JSON, TURTLE
from pathways_ld.settings import Settings
from pathways_ld.sparql.evaluation import QueryRequest
from pathways_ld.sparql.guard import QueryLimits, check_query
from pathways_ld.store.base import Cancellation
from pathways_ld.web.answers import Answers, Question
from pathways_ld.web.current import Serving

FAULTS = (QueryError, QueryTimeout, QueryMemoryExceeded, AnswerTooLarge)
"""Failures that are the query's own, for which its client is charged."""


def ask(
    held: Serving, shared: Answers, client: str, settings: Settings, text: str, cancellation: Cancellation
) -> Asked:
    """Answer a query of a client; other endpoints are not asked for parts of it.

    Raises what :meth:`Answers.answer` and :func:`check_query` raise, and :class:`AnswerTooLarge` for what
    no assistant has room for.
    """
    shared.fairness.check_errors(client)
    try:
        return _answered(held, shared, client, settings, text, cancellation)
    except FAULTS:
        shared.fairness.count_error(client)
        raise


def _answered(
    held: Serving, shared: Answers, client: str, settings: Settings, text: str, cancellation: Cancellation
) -> Asked:
    checked = check_query(
        text,
        limits=QueryLimits(query_bytes=settings.sparql_query_size),
        known_prefixes=held.reader.prefixes,
        base_iri=held.reader.manifest.base,
    )
    is_graph = checked.form in ("CONSTRUCT", "DESCRIBE")
    wanted = QueryRequest(checked, TURTLE if is_graph else RESULTS_JSON)
    body = shared.answer(Question(client, held.reader.manifest.id, held.store, wanted, cancellation))
    with contextlib.closing(body):
        if body.size > BYTES:
            raise AnswerTooLarge(
                f"The answer has {body.size:,} bytes, too many for a conversation. Ask for less: with LIMIT,"
                " with FILTER, or count instead of listing."
            )
        return Asked(body.stream.read(), is_graph)

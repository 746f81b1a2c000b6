"""The gate in front of the engine: what a query is, and what is refused before it runs.

The engine has no limits of its own and ends its process on some short texts (deep nesting, long chains of
operators); planning time grows faster than the text. This gate needs time linear in the text. What only
evaluation can show (time, memory) is left to the worker process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from pathways_ld.namespaces import PREFIXES
from pathways_ld.sparql.checking import Check, CheckedText
from pathways_ld.sparql.federation import ServiceCall, ServiceReader
from pathways_ld.sparql.lexer import QueryText, Token, read_text, shown
from pathways_ld.sparql.structure import QueryLimits
from pathways_ld.sparql.words import COSTLY, FORMS, KNOWN, UPDATES, VOLATILE, advice_on_unknown_word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pathways_ld.store.base import QueryForm

__all__ = ["CheckedQuery", "QueryLimits", "check_query"]

_CHEAP_TEXT: Final = 4_096
_CHEAP_PATTERNS: Final = 8
_CHEAP_LIMIT: Final = 1_000


@dataclass(frozen=True)
class CheckedQuery(CheckedText):
    """A query that may be evaluated.

    `cheap`: the query is certain to make little work; a guess may only err towards False. `volatile`: two
    evaluations may differ, so the answer must not be kept. `services` are the parts that other endpoints are
    to answer: :func:`pathways_ld.sparql.federation.federated` puts their answers in. `filled` says at which
    places of `text` it did so, and with how many characters.
    """

    form: QueryForm
    has_dataset_clause: bool
    cheap: bool
    volatile: bool
    services: tuple[ServiceCall, ...] = ()
    filled: tuple[tuple[int, int], ...] = ()

    def _unfilled(self, start: int) -> int:
        return start - sum(min(length, start - place) for place, length in self.filled if place < start)


def check_query(
    query: str | bytes,
    *,
    limits: QueryLimits | None = None,
    known_prefixes: Mapping[str, str] | None = None,
    base_iri: str | None = None,
    origins: Collection[str] = (),
) -> CheckedQuery:
    """Check a query; `known_prefixes` are suggested where one is used undeclared.

    `origins` are those that SERVICE may ask, as
    :func:`pathways_ld.store.federated.origin_of` writes them.

    Without `base_iri` and BASE, relative IRIs are errors: there is nothing they could be relative to.

    Raises :class:`QuerySyntaxError` with a position, :class:`QueryRefused` for SERVICE and LOAD,
    :class:`PayloadTooLarge`, and :class:`QueryError` (with `line` and `column` in its details) for a query
    that is correct but more complex than `limits` allow.
    """
    bounds = limits or QueryLimits()
    source = read_text(query, max_bytes=bounds.query_bytes)
    return QueryCheck(source, bounds, {**PREFIXES, **(known_prefixes or {})}, base_iri, origins).run()


class QueryCheck(Check):
    """One pass over the tokens of one query."""

    def __init__(
        self,
        source: QueryText,
        limits: QueryLimits,
        known_prefixes: Mapping[str, str],
        base_iri: str | None,
        origins: Collection[str] = (),
    ) -> None:
        super().__init__(source, limits, known_prefixes, base_iri)
        self._services = ServiceReader(source, origins, self._declared)
        self._form = ""
        self._selects = 0
        self._limit: int | None = None

    def run(self) -> CheckedQuery:
        """Check all of it."""
        tokens = self._source.tokens()
        first = self._prologue(tokens)
        self._form, first = self._form_of(first)
        self._services.prologue_end = first.start
        self._take(first)
        for token in tokens:
            self._take(token)
        self._structure.finish()
        text = self._text()
        return CheckedQuery(
            form=cast("QueryForm", self._form),
            text=text,
            inserted=tuple(self._inserted),
            prefixes=self._absolute_prefixes(),
            has_dataset_clause="FROM" in self._words,
            cheap=self._is_cheap(),
            volatile=bool(self._services.calls) or not self._words.isdisjoint(VOLATILE),
            services=self._services.moved(self._edits),
            normalised=" ".join(self._normal),
            source=self._source,
            base_iri=self._base_iri,
        )

    def _take(self, token: Token) -> None:
        if token.kind == "number" and self._previous.text.upper() == "LIMIT" and token.text.isdecimal():
            self._limit = int(token.text[:9])
        self._selects += token.text.upper() == "SELECT"
        super()._take(token)
        self._services.take(token, self._structure.depth)

    def _take_service(self, token: Token, upper: str) -> str:
        if not self._services.origins or upper != "SERVICE":
            return super()._take_service(token, upper)
        self._services.begin(token)
        return upper

    def _unknown_word(self, token: Token, upper: str) -> Exception:
        if upper in UPDATES:
            return self._source.error(
                f"{upper} belongs to updates, and here queries are answered: nothing can be changed.",
                token.start,
            )
        return super()._unknown_word(token, upper)

    def _form_of(self, token: Token | None) -> tuple[str, Token]:
        if token is None:
            raise self._source.error(
                "There is no query here; it starts with SELECT, ASK, CONSTRUCT or DESCRIBE.",
                len(self._source.resolved),
            )
        word = token.text.upper() if token.kind == "word" else ""
        if word in FORMS:
            return word, token
        if word in UPDATES:
            raise self._source.error(
                f"This is an update ({word}), and here queries are answered: nothing can be changed. "
                "A query starts with SELECT, ASK, CONSTRUCT or DESCRIBE.",
                token.start,
            )
        advice = advice_on_unknown_word(token.text) if word and word not in KNOWN else ""
        advice = f" {advice[0].upper()}{advice[1:]}" if advice.startswith("did") else ""
        raise self._source.error(
            f"A query starts with SELECT, ASK, CONSTRUCT or DESCRIBE (after PREFIX and BASE), "
            f"not with {shown(token.text)}.{advice}",
            token.start,
        )

    def _is_cheap(self) -> bool:
        shape = self._structure
        if (
            len(self._source.resolved) > _CHEAP_TEXT
            or self._selects > 1
            or shape.patterns > _CHEAP_PATTERNS
            or shape.has_paths
            or self._services.calls
            or not self._words.isdisjoint(COSTLY)
        ):
            return False
        if not shape.variable_subjects:
            return shape.patterns <= 3
        stops_early = self._form == "ASK" or (self._limit is not None and self._limit <= _CHEAP_LIMIT)
        return stops_early and "FILTER" not in self._words and len(shape.variable_subjects) == 1

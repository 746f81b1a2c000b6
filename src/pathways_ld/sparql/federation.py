"""SERVICE: other endpoints answer a part of a query, and their answers become VALUES in it.

The engine never asks anybody itself. A SERVICE pattern is joined with what stands around it (SPARQL 1.1
Federated Query, 2 and 4), so it can be evaluated first and by itself.
https://www.w3.org/TR/sparql11-federated-query/
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pathways_ld.errors import QueryError, QueryRefused, ServiceFailed
from pathways_ld.iris import is_absolute_iri
from pathways_ld.rdfio import iri, literal
from pathways_ld.sparql.checking import places_after
from pathways_ld.sparql.lexer import shown
from pathways_ld.store.federated import ask_service
from pathways_ld.store.outgoing import origin_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pathways_ld.sparql.checking import Edit
    from pathways_ld.sparql.guard import CheckedQuery
    from pathways_ld.sparql.lexer import QueryText, Token
    from pathways_ld.store.federated import ServiceLimits

MOST_CALLS: Final = 5
"""SERVICE patterns of one query."""

_TAG: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_TO_BLANK: Final = re.compile(r"[^\n]")
_LOCAL_ESCAPE: Final = re.compile(r"\\(.)")


@dataclass(frozen=True)
class ServiceCall:
    """A SERVICE pattern: `group` is sent to `endpoint`; `start` and `end` are its place in the text."""

    endpoint: str
    silent: bool
    group: str
    variables: tuple[str, ...]
    start: int
    end: int


class ServiceReader:
    """Finds the SERVICE patterns of a query and refuses those that cannot be answered."""

    def __init__(self, source: QueryText, origins: Collection[str], prefixes: Mapping[str, str]) -> None:
        self.origins = origins
        self.calls: list[ServiceCall] = []
        self.prologue_end = 0
        self._source = source
        self._prefixes = prefixes
        self._service: Token | None = None
        self._endpoint = ""
        self._silent = False
        self._group: Token | None = None
        self._depth = 0
        self._variables: dict[str, None] = {}

    def begin(self, token: Token) -> None:
        """Take the word SERVICE."""
        if self._service is not None:
            raise self._refusal("A SERVICE inside another one is not possible here.", token)
        if len(self.calls) >= MOST_CALLS:
            raise self._refusal(f"A query can ask at most {MOST_CALLS} SERVICEs here.", token)
        self._service, self._endpoint, self._silent, self._group = token, "", False, None

    def take(self, token: Token, depth: int) -> None:
        """Take any token; `depth` is the number of open brackets after it."""
        if self._service is None or token is self._service:
            return
        if self._group is None:
            self._take_head(token, depth)
        elif depth < self._depth:
            self._finish(self._service, self._group, token)
        elif token.kind == "variable":
            self._variables[token.text[1:]] = None

    def _take_head(self, token: Token, depth: int) -> None:
        if token.text.upper() == "SILENT" and not self._endpoint:
            self._silent = True
        elif token.kind in ("iri", "name") and not self._endpoint:
            self._endpoint = self._allowed(token)
        elif token.text == "{" and self._endpoint:
            self._group, self._depth, self._variables = token, depth, {}
        elif token.kind == "variable":
            raise self._refusal("A SERVICE has to name its endpoint here; a variable cannot.", token)
        else:
            raise self._source.error(
                f"SERVICE is written SERVICE <https://...> {{ ... }}, and here stands {shown(token.text)}.",
                token.start,
            )

    def _allowed(self, token: Token) -> str:
        prefix, _, local = token.text.partition(":")
        named = self._prefixes.get(prefix, "") + _LOCAL_ESCAPE.sub(r"\1", local)
        endpoint = token.text[1:-1] if token.kind == "iri" else named
        if origin_of(endpoint) not in self.origins:
            raise self._refusal(
                f"SERVICE <{endpoint[:200]}> is not asked here; this endpoint asks only "
                f"{', '.join(sorted(self.origins))}. Query the other one from your own program.",
                token,
            )
        return endpoint

    def _finish(self, service: Token, group: Token, end: Token) -> None:
        text = self._source.resolved
        # The prologue as it stands: what it declares means the same there.
        pattern = f"{text[: self.prologue_end]}\nSELECT * WHERE {text[group.start : end.start + 1]}"
        self.calls.append(
            ServiceCall(
                self._endpoint, self._silent, pattern, tuple(self._variables), service.start, end.start + 1
            )
        )
        self._service = None

    def moved(self, edits: Sequence[Edit]) -> tuple[ServiceCall, ...]:
        """Give the patterns with their places after changes of the text."""
        place = places_after(edits)
        return tuple(replace(each, start=place(each.start), end=place(each.end)) for each in self.calls)

    def _refusal(self, message: str, token: Token) -> QueryRefused:
        at = self._source.position(token.start)
        details = {"line": at.line, "column": at.column, "source_line": at.source_line}
        return QueryRefused(message, details=details)


def federated(checked: CheckedQuery, limits: ServiceLimits, *, seconds: float = 20.0) -> CheckedQuery:
    """Ask the endpoints of a query's SERVICE patterns, all within some seconds, and put their answers in.

    Raises :class:`QueryRefused`, :class:`ServiceFailed` where an endpoint fails that is not SILENT, and
    :class:`QueryError` for an answer that cannot be joined or has too many rows.
    """
    base = f"BASE <{checked.base_iri}>\n" if checked.base_iri else ""
    ends = time.monotonic() + seconds
    parts: list[str] = []
    filled: list[tuple[int, int]] = []
    taken = length = 0
    for call in checked.services:
        left = max(0.0, min(limits.seconds, ends - time.monotonic()))
        values = _values(call, base, replace(limits, seconds=left))
        # The pattern's characters stay as blanks, so that places after it can be told.
        parts += (
            checked.text[taken : call.start],
            _TO_BLANK.sub(" ", checked.text[call.start : call.end]),
            values,
        )
        filled.append((call.end + length, len(values)))
        length += len(values)
        taken = call.end
    parts.append(checked.text[taken:])
    return replace(checked, text="".join(parts), filled=tuple(filled), services=())


def _values(call: ServiceCall, base: str, limits: ServiceLimits) -> str:
    """Give the answer to a pattern as a group."""
    query = f"{base}{call.group}\nLIMIT {limits.rows + 1}"
    try:
        variables, rows = _solutions(ask_service(call.endpoint, query, limits), call)
    except ServiceFailed:
        if not call.silent:
            raise
        return "{}"  # one solution without bindings (SPARQL 1.1 Federated Query, 2.3)
    if len(rows) > limits.rows:
        raise QueryError(
            f"The SERVICE <{call.endpoint}> has more than {limits.rows:,} solutions, the most that are "
            "joined here. Make its pattern more narrow."
        )
    head = " ".join(f"?{name}" for name in variables)
    body = " ".join(f"({' '.join(_term(row.get(name), call) for name in variables)})" for row in rows)
    return f"{{ VALUES ({head}) {{ {body} }} }}"


def _solutions(answer: bytes, call: ServiceCall) -> tuple[list[str], list[dict[str, Any]]]:
    try:
        document = json.loads(answer)
        known = set(call.variables)
        variables = [name for name in document["head"]["vars"] if name in known]
        rows = [dict(row) for row in document["results"]["bindings"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ServiceFailed(f"<{call.endpoint}> answered with what are no SPARQL results in JSON.") from None
    return list(dict.fromkeys(variables)), rows


def _term(term: Any, call: ServiceCall) -> str:
    if term is None:
        return "UNDEF"
    kind = term.get("type") if isinstance(term, dict) else ""
    if kind == "bnode":
        raise QueryError(
            f"The SERVICE <{call.endpoint}> answered with a blank node, which means nothing outside of it. "
            "Ask for what can be named: put SELECT ?... { ... } into the SERVICE, or FILTER(!isBlank(?...))."
        )
    value = term.get("value") if kind else None
    if isinstance(value, str):
        tag, datatype = term.get("xml:lang"), term.get("datatype")
        if kind == "uri" and is_absolute_iri(value):
            return iri(value)
        if kind in ("literal", "typed-literal") and _is_literal(tag, datatype):
            return literal(value, lang=tag or "", datatype=datatype or "")
    raise ServiceFailed(f"<{call.endpoint}> answered with a term that is none of RDF 1.1.")


def _is_literal(tag: object, datatype: object) -> bool:
    if tag is not None:
        return isinstance(tag, str) and _TAG.fullmatch(tag) is not None
    return datatype is None or (isinstance(datatype, str) and is_absolute_iri(datatype))

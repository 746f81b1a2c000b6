"""A store elsewhere: any server that speaks the SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/).

Whatever the engine, an answer means the same as the embedded store's: the dataset is always said
explicitly, a part of an answer is an error, and no request outlives its deadline here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from pathways_ld.errors import (
    AnswerTooLarge,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    StoreError,
)
from pathways_ld.formats import NTRIPLES, RESULTS_JSON
from pathways_ld.store import results
from pathways_ld.store.base import RESULT_FORMATS, Answer, CompleteAnswer, Limits
from pathways_ld.store.dataset import DatasetFreeQuery, take_dataset
from pathways_ld.store.engines import ENGINES, GENERIC, Engine
from pathways_ld.store.remote_answers import Connections, RemoteAnswer
from pathways_ld.store.remote_exchange import credentials, knows_its_end, new_session, pieces_of, send
from pathways_ld.store.remote_failures import check_answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    import requests
    from requests.auth import AuthBase

    from pathways_ld.settings import RemoteSettings, Settings
    from pathways_ld.store.base import Cancellation, Query
    from pathways_ld.store.remote_exchange import Exchange

_FORM: Final = "application/x-www-form-urlencoded"
_ANSWER_SIZE: Final = 1_000_000_000
_ROW_LIMIT_SIZE: Final = 100_000


@dataclass(frozen=True)
class Graphs:
    """Our graphs in a store that may hold others' too.

    `unnamed` stands for our unnamed graph; the named ones have their own IRIs. `union` holds every statement
    once, for engines that do not merge graphs; it is empty where none is needed. `nothing` names no graph:
    an empty list of graphs means "all" to some engines, this one means none.
    """

    unnamed: str
    named: tuple[str, ...] = ()
    union: str = ""
    nothing: str = "urn:x-pathways-ld:nothing"

    def everything(self) -> tuple[str, ...]:
        """Give the graphs that together hold all statements, each once where the engine merges."""
        return (self.union,) if self.union else (self.unnamed, *self.named)


def graph_prefix(remote: RemoteSettings, base: str) -> str:
    """Give the beginning of the IRIs of graphs that the vocabulary itself does not name."""
    return remote.graph_prefix or f"{base}store/"


def published_graphs(remote: RemoteSettings, base: str, names: Iterable[str]) -> Graphs:
    """Tell where the graphs of a snapshot are in a store; `names` are IRIs, and "" for the unnamed one."""
    prefix = graph_prefix(remote, base)
    named = tuple(sorted(name for name in names if name))
    union = "" if ENGINES[remote.engine].merges or not named else f"{prefix}union"
    return Graphs(f"{prefix}default", named, union, f"{prefix}nothing")


class RemoteStore:
    """Sends queries to one SPARQL endpoint; safe to share between threads.

    Without `graphs` the endpoint is taken for another server of this vocabulary: its own default dataset is
    asked. At most `connections` queries run at a time; others wait. `answer_size` bounds an answer, in bytes.
    """

    def __init__(
        self,
        query_url: str,
        engine: Engine = GENERIC,
        limits: Limits | None = None,
        *,
        graphs: Graphs | None = None,
        auth: AuthBase | None = None,
        ca_file: str = "",
        connections: int = 8,
        answer_size: int = _ANSWER_SIZE,
    ) -> None:
        self._url = query_url
        self._engine = engine
        self._limits = limits or Limits()
        self._graphs = graphs
        self._answer_size = answer_size
        self._session = new_session(auth, ca_file, connections)
        self._connections = Connections(connections)
        self._has_row_limit: bool | None = None

    @classmethod
    def from_settings(cls, remote: RemoteSettings, settings: Settings, graphs: Graphs | None) -> RemoteStore:
        """Make a store as an operator has set it up."""
        limits = Limits.from_settings(settings)
        if remote.timeout:
            limits = replace(limits, deadline=remote.timeout)
        return cls(
            remote.query_url,
            ENGINES[remote.engine],
            limits,
            graphs=graphs if remote.dataset == "published" else None,
            auth=credentials(remote),
            ca_file=remote.ca_file,
            connections=remote.connections,
            answer_size=settings.sparql_answer_size,
        )

    def query(
        self, query: Query, limits: Limits | None = None, cancellation: Cancellation | None = None
    ) -> Answer:
        """Evaluate a query, see :class:`pathways_ld.store.base.Store`."""
        if query.media_type not in (format_.media_type for format_ in RESULT_FORMATS[query.form]):
            raise ValueError(f"{query.form} cannot be answered with {query.media_type}")
        bounds = limits or self._limits
        request = self._prepare(query)
        answer = RemoteAnswer(bounds, self._connections, cancellation)
        try:
            answer.start(partial(self._work, request, bounds))
        except BaseException:
            answer.close()
            raise
        return CompleteAnswer(answer.take()) if answer.complete else answer

    def close(self) -> None:
        """Cut all connections; answers still being read raise :class:`StoreError`."""
        self._connections.close()
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # what is sent

    def _prepare(self, query: Query) -> _Request:
        """Say the dataset in parameters, and the base and the engine's own words in the text."""
        try:
            query.text.encode()
        except UnicodeEncodeError as error:
            raise QuerySyntaxError(f"The query is no Unicode text: {error.reason}.") from None
        free = take_dataset(query.text, query.base_iri)
        if free.federated:
            raise QueryRefused("SERVICE is not passed on: the store would reach wherever the query says.")
        before = ""
        if query.base_iri and free.relative:
            before = f"BASE <{query.base_iri}> "
        dataset = self._dataset(query, free)
        describe = self._engine.describe_prologue if query.form == "DESCRIBE" else ""
        pattern = before + free.pattern_query if self._engine.row_limit and free.pattern_query else ""
        return _Request(query, describe + before, free.text, dataset, pattern)

    def _dataset(self, query: Query, free: DatasetFreeQuery) -> list[tuple[str, str]]:
        default_graphs, named_graphs = query.default_graphs, query.named_graphs
        if not (default_graphs or named_graphs):
            default_graphs, named_graphs = free.default_graphs, free.named_graphs
        given = bool(default_graphs or named_graphs)
        graphs = self._graphs
        if graphs is not None:
            if given:
                # Others' graphs in the same store are not for our readers.
                default_graphs = tuple(iri for iri in default_graphs if iri in graphs.named)
                named_graphs = tuple(iri for iri in named_graphs if iri in graphs.named)
            else:
                default_graphs, named_graphs = graphs.everything(), graphs.named
            default_graphs = default_graphs or (graphs.nothing,)
            named_graphs = named_graphs or (graphs.nothing,)
        default_graphs = tuple(dict.fromkeys(default_graphs))
        if len(default_graphs) > 1 and not self._engine.merges:
            raise QueryError(
                f"The store here ({self._engine.name}) counts a statement twice that stands in two graphs, so"
                " it is not asked for several default graphs together. Name one, or none for all."
            )
        return [("default-graph-uri", iri) for iri in default_graphs] + [
            ("named-graph-uri", iri) for iri in named_graphs
        ]

    # what happens in the thread of an exchange

    def _work(self, request: _Request, bounds: Limits, exchange: Exchange) -> None:
        query = request.query
        if request.pattern and self._cuts_silently(bounds, exchange):
            # It cuts the solutions of SELECT at the same number, and says so in a header.
            self._ask(request.pattern, RESULTS_JSON.media_type, request.dataset, bounds, exchange).close()
        is_graph = query.form in ("CONSTRUCT", "DESCRIBE")
        as_it_is = query.media_type in self._engine.exact
        wanted = query.media_type if as_it_is else (NTRIPLES if is_graph else RESULTS_JSON).media_type
        try:
            response = self._ask(request.text, wanted, request.dataset, bounds, exchange)
        except QuerySyntaxError as error:
            raise request.placed(error) from None
        with response:
            _check_type(response, wanted)
            if is_graph and not knows_its_end(response):
                raise StoreError(
                    "The store's answer tells neither its length nor its end, so a part could pass for all."
                )
            pieces = pieces_of(response, self._answer_size)
            try:
                if as_it_is:
                    results.write_as_it_is(pieces, wanted, exchange.put)
                elif is_graph:
                    results.write_graph(pieces, query.media_type, query.prefixes, exchange.put)
                elif query.form == "ASK":
                    results.write_boolean(pieces, query.media_type, exchange.put)
                else:
                    results.write_solutions(pieces, query.media_type, exchange.put)
            except OverflowError:
                raise AnswerTooLarge(
                    f"The answer has more than {self._answer_size:,} bytes, the most that are given out. Ask"
                    " for less with LIMIT or FILTER, or take the download of the whole vocabulary at /dumps/."
                ) from None

    def _ask(
        self, text: str, accept: str, dataset: list[tuple[str, str]], bounds: Limits, exchange: Exchange
    ) -> requests.Response:
        fields = [("query", text), *dataset, *self._engine.timeout(bounds.deadline)]
        headers = {
            "Accept": accept,
            "Content-Type": _FORM,
            **dict(self._engine.timeout_header(bounds.deadline)),
        }
        body = urlencode(fields).encode()
        response = send(
            self._session,
            "POST",
            self._url,
            bounds.deadline,
            headers=headers,
            body=body,
            repeatable=not exchange.stopped,
        )
        try:
            check_answer(response, text, bounds.deadline)
        except BaseException:
            response.close()
            raise
        return response

    def _cuts_silently(self, bounds: Limits, exchange: Exchange) -> bool:
        if self._has_row_limit is None:
            self._has_row_limit = self._ask_row_limit(bounds, exchange)
        return self._has_row_limit

    def _ask_row_limit(self, bounds: Limits, exchange: Exchange) -> bool:
        try:
            response = self._ask(self._engine.row_limit, RESULTS_JSON.media_type, [], bounds, exchange)
        except QueryError:  # it does not tell; then there may be one
            return True
        with response:
            body = b"".join(pieces_of(response, _ROW_LIMIT_SIZE))
        try:
            rows = json.loads(body)["results"]["bindings"]
            return any(row["rows"]["value"] not in ("", "0") for row in rows if "rows" in row)
        except (ValueError, KeyError, TypeError):
            return True


@dataclass(frozen=True)
class _Request:
    """A query as it is sent: `before` is what was put in front of `free`."""

    query: Query
    before: str
    free: str
    dataset: list[tuple[str, str]]
    pattern: str

    @property
    def text(self) -> str:
        return self.before + self.free

    def placed(self, error: QuerySyntaxError) -> QuerySyntaxError:
        """Turn a place in what was sent into one in what was asked."""
        position = error.position
        if position is None:
            return error
        lines = self.query.text.splitlines()
        source = lines[position.line - 1] if 0 < position.line <= len(lines) else ""
        column = position.column - (len(self.before) if position.line == 1 else 0)
        return QuerySyntaxError(error.message, replace(position, column=max(1, column), source_line=source))


def _check_type(response: requests.Response, wanted: str) -> None:
    """Refuse what is not labelled as what was asked for; JSON and N-Triples may have broader labels."""
    answered = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    accepted = {RESULTS_JSON.media_type: {"application/json"}, NTRIPLES.media_type: {"text/plain"}}
    if answered != wanted and answered not in accepted.get(wanted, ()):
        raise StoreError(
            f'The store answered with "{answered[:80] or "no type"}" where {wanted} was asked for. Check its'
            " address in the settings, and which engine they name."
        )

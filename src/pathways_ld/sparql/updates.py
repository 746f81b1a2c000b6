"""The gate in front of updates: which there are, what is refused, and what their text says exactly.

An update is evaluated by an engine that knows literals by value only. So what the text says of literals is
read here as well: their lexical forms, and the statements of INSERT DATA and DELETE DATA.
https://www.w3.org/TR/sparql11-update/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from pathways_ld.errors import BadRequest
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import PREFIXES
from pathways_ld.sparql.checking import Check, CheckedText, Edit, apply_edits
from pathways_ld.sparql.exactness import DataBlocks, LiteralReader
from pathways_ld.sparql.lexer import QueryText, Token, read_text, shown
from pathways_ld.sparql.segments import Segments
from pathways_ld.sparql.structure import QueryLimits
from pathways_ld.sparql.words import FORMS, KNOWN, UPDATE_KEYWORDS, UPDATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pathways_ld.errors import QueryRefused
    from pathways_ld.store.updating import DataStatement

__all__ = ["CheckedUpdate", "check_update"]

_STARTS: Final = "INSERT, DELETE, WITH, CLEAR, DROP, CREATE, COPY, MOVE or ADD"
_WITHOUT_BLANKS: Final = frozenset(("DELETE DATA", "DELETE WHERE", "DELETE"))


@dataclass(frozen=True)
class CheckedUpdate(CheckedText):
    """An update that may be evaluated.

    `operations` are their kinds, such as "INSERT DATA" or "CLEAR"; none for an empty text. `texts` are what
    the engine gets, one after the other: places in them are those in `text`. `written` are the
    literals in INSERT templates, `mentioned` all others, in the order of the text and in N-Triples syntax.
    `data_statements` are those of INSERT DATA and DELETE DATA that have a literal.
    """

    noun: ClassVar = "update"

    operations: tuple[str, ...]
    texts: tuple[str, ...]
    written: tuple[str, ...]
    mentioned: tuple[str, ...]
    data_statements: tuple[DataStatement, ...]


def check_update(
    update: str | bytes,
    *,
    limits: QueryLimits | None = None,
    known_prefixes: Mapping[str, str] | None = None,
    base_iri: str | None = None,
    using_graphs: Sequence[str] = (),
    using_named_graphs: Sequence[str] = (),
) -> CheckedUpdate:
    """Check an update, a sequence of operations; see :func:`pathways_ld.sparql.guard.check_query`.

    `using_graphs` and `using_named_graphs` are absolute IRIs: the dataset of the request, against which WHERE
    is evaluated (https://www.w3.org/TR/sparql11-protocol/#update-dataset). Tokens of what is written do not
    count against the limits, only their bytes.

    Raises :class:`QuerySyntaxError` with a position, :class:`QueryRefused` for LOAD, SERVICE, CLEAR ALL and
    DROP ALL, :class:`PayloadTooLarge`, :class:`QueryError`, and :class:`BadRequest` for graphs that are
    no IRIs, and where the request and the text both choose graphs.
    """
    bounds = limits or QueryLimits()
    for iri in (*using_graphs, *using_named_graphs):
        if not is_absolute_iri(iri):
            raise BadRequest(f'"{iri[:200]}" is no absolute IRI; a graph is named by one, such as http://...')
    source = read_text(update, max_bytes=bounds.query_bytes, noun="update")
    dataset = "".join(
        (
            *(f"USING <{iri}> " for iri in using_graphs),
            *(f"USING NAMED <{iri}> " for iri in using_named_graphs),
        )
    )
    return UpdateCheck(source, bounds, {**PREFIXES, **(known_prefixes or {})}, base_iri, dataset).run()


class UpdateCheck(Check):
    """One pass over the tokens of one update; `dataset` is what stands before each WHERE."""

    noun: ClassVar = "update"
    words: ClassVar = KNOWN | UPDATE_KEYWORDS

    def __init__(
        self,
        source: QueryText,
        limits: QueryLimits,
        known_prefixes: Mapping[str, str],
        base_iri: str | None,
        dataset: str,
    ) -> None:
        super().__init__(source, limits, known_prefixes, base_iri)
        self._dataset = dataset
        self._operations: list[str] = []
        self._clause = ""
        self._block_start = 0
        self._segments = Segments(source)
        self._blanks: dict[str, int] = {}
        self._literals = LiteralReader(self._declared)
        self._data = DataBlocks()

    def run(self) -> CheckedUpdate:
        """Check all of it."""
        tokens = self._source.tokens()
        while (first := self._prologue(tokens)) is not None:
            self._begin(first)
            for token in tokens:
                if token.text == ";" and not self._structure.depth:
                    self._normal.append(";")
                    self._previous = token
                    break
                self._take(token)
        self._structure.finish()
        text = self._text()
        return CheckedUpdate(
            text=text,
            inserted=tuple(self._inserted),
            prefixes=self._absolute_prefixes(),
            normalised=" ".join(self._normal),
            source=self._source,
            base_iri=self._base_iri,
            operations=tuple(self._operations),
            texts=self._segments.texts(text, self._edits),
            written=tuple(self._literals.written),
            mentioned=tuple(self._literals.mentioned),
            data_statements=self._data.statements(self._base_iri),
        )

    def _declare(self, word: str, token: Token, parts: list[Token | None]) -> None:
        super()._declare(word, token, parts)
        self._segments.declare(token, parts[-1] or token)
        if word != "VERSION":
            self._data.declare(word, [part.text for part in parts if part is not None])

    # operations

    def _begin(self, token: Token) -> None:
        word = token.text.upper() if token.kind == "word" else ""
        if word in FORMS:
            raise self._source.error(
                f"This is a query ({word}), and here updates are taken; send it to the query endpoint. "
                f"An update starts with {_STARTS}.",
                token.start,
            )
        if word not in UPDATES and "SERVICE" not in word:
            raise self._source.error(
                f"An operation starts with {_STARTS} (after PREFIX and BASE), not with {shown(token.text)}.",
                token.start,
            )
        self._operations.append(word)
        self._clause = ""
        self._segments.begin()
        self._take(token)

    def _take(self, token: Token) -> None:
        depth = self._structure.depth
        follows_at_once = self._previous.start + len(self._previous.text) == token.start
        before = self._previous.text.upper()
        super()._take(token)
        if depth == 0:
            self._take_head(token, before)
        else:
            self._check_term(token)
        inside = self._structure.depth
        if self._clause.endswith("DATA") and (depth or inside):
            self._data.take(
                self._clause, token, self._normal[-1], (depth, inside), spaced=not follows_at_once
            )
        self._literals.take(token, is_written=self._clause == "INSERT", follows_at_once=follows_at_once)
        if depth == 1 and not inside:
            self._end_block(token)

    def _take_head(self, token: Token, before: str) -> None:
        """Take a token that stands outside of all brackets."""
        word = token.text.upper() if token.kind == "word" else ""
        operation = self._operations[-1]
        if token.text == "{":
            self._block_start = token.start
        elif word == "ALL" and operation in ("CLEAR", "DROP"):
            raise self._no_all(operation, token)
        elif word in ("USING", "WITH") and self._dataset:
            raise BadRequest(
                f"The update has {word}, and the request names graphs as well (using-graph-uri); "
                "choose the graphs in one of the two ways."
            )
        elif word in ("INSERT", "DELETE"):
            self._clause = self._operations[-1] = word
        elif word == "DATA":
            self._clause = self._operations[-1] = f"{before} DATA"
        elif word == "WHERE":
            self._begin_where(token, before)

    def _begin_where(self, token: Token, before: str) -> None:
        is_short = before == "DELETE"
        self._clause = "DELETE WHERE" if is_short else "WHERE"
        if is_short:
            self._operations[-1] = self._clause
        if self._dataset:
            change = Edit(token.start, replaced=" " * len(token.text)) if is_short else None
            self._edits.append(change or Edit(token.start, inserted=self._dataset))

    def _end_block(self, token: Token) -> None:
        if self._clause == "DELETE WHERE" and self._dataset:
            # DELETE WHERE { P } has no room for USING: it becomes DELETE { P } USING ... WHERE { P }.
            start, end = self._block_start, token.start + 1
            inner = [edit for edit in self._edits if edit.start >= start]
            pattern = apply_edits(self._source.resolved, inner, start, end)
            self._edits.append(Edit(end, inserted=f" {self._dataset}WHERE {pattern}"))

    def _check_term(self, token: Token) -> None:
        if token.kind == "variable" and self._clause.endswith("DATA"):
            raise self._source.error(
                f"{self._clause} takes no variables, and {shown(token.text)} is one; "
                f"write {self._clause[:6]} {{ ... }} WHERE {{ ... }}.",
                token.start,
            )
        if (token.kind == "blank" or token.text == "[") and self._clause in _WITHOUT_BLANKS:
            raise self._source.error(
                f"{self._clause} takes no blank nodes: none could be the one that is meant; "
                "use a variable in DELETE { ... } WHERE { ... }.",
                token.start,
            )

        if token.kind == "blank" and self._clause == "INSERT DATA":
            number = len(self._operations)
            if self._blanks.setdefault(token.text, number) != number:
                raise self._source.error(
                    f"The blank node {shown(token.text)} stands in two operations, where it would be two "
                    "nodes; put its statements into one INSERT DATA, or give it two names.",
                    token.start,
                )

    # what is refused

    def _no_load(self, token: Token) -> QueryRefused:
        return self._refusal(
            "LOAD is not possible here: nothing is fetched from elsewhere. Send the statements with "
            "INSERT DATA, or the document to the graph store.",
            token,
        )

    def _no_all(self, operation: str, token: Token) -> QueryRefused:
        return self._refusal(
            f"{operation} ALL is not possible here: it would remove everything that is published. "
            f"Name the graphs: {operation} GRAPH <...>.",
            token,
        )

"""The brackets of a query, and how much stands between them.

This is no parser: it knows which bracket is a group, an expression, a list or a table of values, because
only that decides what a token adds to. The limits stand where the engine was measured to become slow in
planning or to overflow its stack, with room to spare.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import QueryError
from pathways_ld.sparql.lexer import shown

if TYPE_CHECKING:
    from pathways_ld.sparql.lexer import QueryText, Token


@dataclass(frozen=True)
class QueryLimits:
    """How large and how complex a query may be; everything counts per query unless it says otherwise."""

    query_bytes: int = 262_144
    tokens: int = 60_000
    nesting: int = 100
    term_nesting: int = 20
    """Lists, blank node property lists and parentheses of paths inside each other."""
    patterns: int = 200
    """Triple patterns; each step of a path counts as one, a list as two for each member."""
    optionals: int = 40
    operators: int = 2_000
    """In one expression or one path."""
    items: int = 5_000
    """Rows of VALUES and members of IN."""


_CLOSERS: Final = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_CLOSING: Final = frozenset(_CLOSERS.values())
_OPERATORS: Final = frozenset(
    ("+", "-", "*", "/", "&&", "||", "=", "!=", "<", ">", "<=", ">=", "!", "|", "^")
)
_PATH_OPERATORS: Final = frozenset(("/", "|", "^", "*", "+", "?", "!"))
_TEMPLATES: Final = frozenset(("CONSTRUCT", "DATA", "INSERT", "DELETE"))
_COUNTED: Final = frozenset(("group", "blank", "list"))
_OPERANDS: Final = frozenset(("variable", "number", "string", "language", "iri", "name", "blank"))


@dataclass
class _Frame:
    """An open bracket.

    `kind`: group, template (of CONSTRUCT and of updates), values, row, expression, list, blank, triple.
    `mode`, for a group: triples; constraint (until the next bracket closes); expression (to its end).
    """

    kind: str
    opener: Token | None
    mode: str = "triples"
    in_block: bool = False
    counts_items: bool = False
    operators: int = 0
    home: _Frame = field(init=False)


class Structure:
    """What the tokens taken so far amount to."""

    def __init__(self, source: QueryText, limits: QueryLimits, *, noun: str = "query") -> None:
        self._source = source
        self._noun = noun
        self._limits = limits
        top = _Frame("top", None, mode="expression")
        top.home = top
        self._stack = [top]
        self._previous: Token | None = None
        self._previous_word = ""
        self._values_follow = False
        self._term_depth = 0
        self._tokens = 0
        self._optionals = 0
        self._items = 0
        self.patterns = 0
        self.has_paths = False
        self.variable_subjects: set[str] = set()

    @property
    def depth(self) -> int:
        """How many brackets are open."""
        return len(self._stack) - 1

    def take(self, token: Token, word: str) -> None:
        """Add one token; `word` is its normal form if it is a word, else empty.

        Raises :class:`QuerySyntaxError` for brackets that do not match, :class:`QueryError` beyond a limit.
        """
        self._tokens += self._stack[-1].home.kind != "template"
        if self._tokens > self._limits.tokens:
            raise self._too_complex(
                f"The {self._noun} has more than {self._limits.tokens:,} words and signs; "
                "send it in portions.",
                token,
            )
        if token.kind == "mark":
            if token.text in _CLOSERS:
                self._open(token)
            elif token.text in _CLOSING:
                self._close(token)
            else:
                self._mark(token)
        elif word and word not in ("a", "true", "false"):
            self._keyword(word, token)
        else:
            self._term(token)
        self._previous, self._previous_word = token, word

    def finish(self) -> None:
        """Check that every bracket is closed; raises :class:`QuerySyntaxError`."""
        opener = self._stack[-1].opener
        if opener is not None:
            raise self._source.error(
                f'The "{opener.text}" that is opened here is never closed; add "{_CLOSERS[opener.text]}".',
                opener.start,
            )

    # brackets

    def _open(self, token: Token) -> None:
        outer = self._stack[-1]
        kind = self._kind_of(token.text, outer)
        if kind != "expression" and kind != "row":
            self._term_or_block(token, outer, kind)
        elif kind == "row":
            self._count_item(token)
        frame = _Frame(kind, token)
        frame.home = frame if kind in ("group", "template", "values") else outer.home
        if kind == "expression" and self._previous_word == "IN":
            frame.counts_items = True
            self._count_item(token)
        self._stack.append(frame)
        self._term_depth += kind in ("list", "blank")
        if self.depth > self._limits.nesting:
            raise self._too_complex(
                f"Brackets are nested more than {self._limits.nesting} deep here; "
                f"flatten the {self._noun} or split it in two.",
                token,
            )
        if self._term_depth > self._limits.term_nesting:
            raise self._too_complex(
                f"Lists, blank nodes or path groups are nested more than {self._limits.term_nesting} deep "
                "here; use variables for the inner ones.",
                token,
            )

    def _kind_of(self, opener: str, outer: _Frame) -> str:
        if opener == "{":
            if self._values_follow:
                self._values_follow = False
                return "values"
            is_template = outer.kind == "template" or self._previous_word in _TEMPLATES
            return "template" if is_template else "group"
        if opener == "(":
            if outer.kind == "values":
                return "row"
            is_expression = outer.kind in ("expression", "row") or outer.mode != "triples"
            return "expression" if is_expression else "list"
        return "blank" if opener in ("[", "{|") else "triple"

    def _term_or_block(self, token: Token, outer: _Frame, kind: str) -> None:
        if kind in ("group", "template", "values"):
            outer.in_block = False
        elif outer.mode == "triples":
            self._count_term(token, outer)

    def _close(self, token: Token) -> None:
        frame = self._stack[-1]
        if frame.opener is None:
            raise self._source.error(
                f'This "{token.text}" closes nothing; remove it or add what opens it.', token.start
            )
        expected = _CLOSERS[frame.opener.text]
        if expected != token.text:
            at = self._source.position(token.start)
            raise self._source.error(
                f'The "{frame.opener.text}" that is opened here is still open where "{token.text}" stands in '
                f'line {at.line}, column {at.column}; add "{expected}" before it.',
                frame.opener.start,
            )
        self._stack.pop()
        self._term_depth -= frame.kind in ("list", "blank")
        outer = self._stack[-1]
        if outer is outer.home and frame.kind in ("expression", "group", "template", "values"):
            outer.operators = 0
            outer.in_block = False
            if outer.mode == "constraint":
                outer.mode = "triples"

    # what stands between them

    def _mark(self, token: Token) -> None:
        frame = self._stack[-1]
        text = token.text
        if text in _OPERATORS:
            self._count_operator(token, frame.home)
        if frame.kind == "expression":
            if text == "," and frame.counts_items:
                self._count_item(token)
        elif frame.mode == "triples" and frame.kind in _COUNTED:
            if text in _PATH_OPERATORS:
                self.has_paths = True
                if text == "/":
                    self._count_patterns(1, token)
            elif text == ",":
                self._count_patterns(1, token)
            elif text == ".":
                frame.in_block = False
            if text in (".", ";", ","):
                frame.home.operators = 0

    def _keyword(self, word: str, token: Token) -> None:
        frame = self._stack[-1]
        if word in ("SELECT", "BY", "HAVING"):
            frame.mode = "expression"
        elif word in ("FILTER", "BIND", "GRAPH", "SERVICE") and frame.mode == "triples":
            frame.mode = "constraint"
        elif word == "VALUES":
            self._values_follow = True
            frame.mode = "constraint" if frame.mode == "triples" else frame.mode
        elif word == "OPTIONAL":
            self._optionals += 1
            if self._optionals > self._limits.optionals:
                raise self._too_complex(
                    f"The {self._noun} has more than {self._limits.optionals} OPTIONALs; "
                    "ask for less at a time.",
                    token,
                )
        elif word in ("IN", "NOT"):
            self._count_operator(token, frame.home)
        elif word == "UNDEF":
            self._term(token)
        if frame.kind == "group":
            frame.in_block = False

    def _term(self, token: Token) -> None:
        frame = self._stack[-1]
        if frame.kind == "values":
            self._count_item(token)
        elif frame.kind == "expression":
            if token.kind == "iri" and self._follows_operand():
                raise self._source.error(
                    f'{shown(token.text)} is read as an IRI here; put spaces around "<" to compare.',
                    token.start,
                )
        elif frame.mode == "triples":
            self._count_term(token, frame)

    def _follows_operand(self) -> bool:
        previous = self._previous
        return previous is not None and (
            previous.kind in _OPERANDS or previous.text == ")" or self._previous_word in ("true", "false")
        )

    def _count_term(self, token: Token, frame: _Frame) -> None:
        if frame.kind == "list":
            follows_operator = self._previous is not None and self._previous.text in _PATH_OPERATORS
            self._count_patterns(0 if follows_operator else 2, token)
        elif frame.kind in ("group", "blank"):
            if not frame.in_block:
                frame.in_block = True
                self._count_patterns(1, token)
                if frame.kind == "group" and (token.kind in ("variable", "blank") or token.kind == "mark"):
                    anonymous = f"{token.text}{token.start}" if token.kind == "mark" else token.text[1:]
                    self.variable_subjects.add(anonymous)
            # "; ;" and "; ." are allowed: only a term after it makes a pattern.
            elif self._previous is not None and self._previous.text == ";":
                self._count_patterns(1, token)

    # limits

    def _count_patterns(self, number: int, token: Token) -> None:
        # What is written makes no work in planning, however much it is.
        if self._stack[-1].home.kind == "template":
            return
        self.patterns += number
        if self.patterns > self._limits.patterns:
            raise self._too_complex(
                f"The {self._noun} has more than {self._limits.patterns} triple patterns "
                "(steps of paths included); split it in two.",
                token,
            )

    def _count_operator(self, token: Token, home: _Frame) -> None:
        home.operators += 1
        if home.operators > self._limits.operators:
            raise self._too_complex(
                f"One expression has more than {self._limits.operators:,} operators; "
                "use IN or VALUES for long alternatives.",
                token,
            )

    def _count_item(self, token: Token) -> None:
        self._items += 1
        if self._items > self._limits.items:
            raise self._too_complex(
                f"The {self._noun} has more than {self._limits.items:,} values in IN and VALUES; "
                "send them in portions.",
                token,
            )

    def _too_complex(self, message: str, token: Token) -> QueryError:
        position = self._source.position(token.start)
        return QueryError(
            message,
            details={"line": position.line, "column": position.column, "source_line": position.source_line},
        )

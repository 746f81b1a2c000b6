"""The gate in front of the engine: what a query is, and what is refused before it runs.

The engine has no limits of its own and ends its process on some short texts (deep nesting, long chains of
operators); planning time grows faster than the text. This gate needs time linear in the text. What only
evaluation can show (time, memory) is left to the worker process.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from pathways_ld.errors import QueryRefused
from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import PREFIXES
from pathways_ld.sparql.lexer import QueryText, Token, read_text, shown
from pathways_ld.sparql.structure import QueryLimits, Structure
from pathways_ld.sparql.words import COSTLY, FORMS, KNOWN, UPDATES, VOLATILE, advice_on_unknown_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathways_ld.store.base import QueryForm

__all__ = ["CheckedQuery", "QueryLimits", "check_query"]

_CHEAP_TEXT: Final = 4_096
_CHEAP_PATTERNS: Final = 8
_CHEAP_LIMIT: Final = 1_000
# Names that RDF/XML can use too; those that begin with "xml" are reserved there.
_DOT_OR_ESCAPE: Final = re.compile(r"\\.|\.")
_XML_NAME: Final = re.compile(r"(?![xX][mM][lL])(?:[^\W\d][\w.-]*)?")


@dataclass(frozen=True)
class CheckedQuery:
    """A query that may be evaluated.

    `text` is what the engine gets. `prefixes` are the declared ones with absolute IRIs. `cheap`: the query
    is certain to make little work; a guess may only err towards False. `volatile`: two evaluations may
    differ, so the answer must not be kept. `inserted` are the places in `text` of characters that the source
    does not have. `normalised`: equal for queries that differ only in white space,
    comments and the case of keywords.
    """

    form: QueryForm
    text: str
    prefixes: tuple[tuple[str, str], ...]
    has_dataset_clause: bool
    cheap: bool
    volatile: bool
    normalised: str
    source: QueryText
    inserted: tuple[int, ...] = ()
    base_iri: str | None = None

    def source_start(self, line: int, column: int) -> int:
        """Give the index in the resolved source of a line and column of `text`, both counted from 1."""
        start = 0
        for _ in range(line - 1):
            start = self.text.find("\n", start) + 1
        start = min(start + column - 1, len(self.text))
        return start - bisect_left(self.inserted, start)


def check_query(
    query: str | bytes,
    *,
    limits: QueryLimits | None = None,
    known_prefixes: Mapping[str, str] | None = None,
    base_iri: str | None = None,
) -> CheckedQuery:
    """Check a query; `known_prefixes` are suggested where one is used undeclared.

    Without `base_iri` and BASE, relative IRIs are errors: there is nothing they could be relative to.

    Raises :class:`QuerySyntaxError` with a position, :class:`QueryRefused` for SERVICE and LOAD,
    :class:`PayloadTooLarge`, and :class:`QueryError` (with `line` and `column` in its details) for a query
    that is correct but more complex than `limits` allow.
    """
    bounds = limits or QueryLimits()
    source = read_text(query, max_bytes=bounds.query_bytes)
    return _Check(source, bounds, {**PREFIXES, **(known_prefixes or {})}, base_iri).run()


class _Edit(NamedTuple):
    """A change of the text for the engine: as many characters from `start` are replaced by as many others.

    `inserted` stands before `start`, so that nothing is replaced.
    """

    start: int
    replaced: str = ""
    inserted: str = ""


class _Check:
    """One pass over the tokens of one query."""

    def __init__(
        self,
        source: QueryText,
        limits: QueryLimits,
        known_prefixes: Mapping[str, str],
        base_iri: str | None,
    ) -> None:
        self._source = source
        self._known_prefixes = known_prefixes
        self._structure = Structure(source, limits)
        self._declared: dict[str, str] = {}
        self._base_iri = base_iri
        self._has_base = base_iri is not None
        self._form = ""
        self._words: set[str] = set()
        self._selects = 0
        self._normal: list[str] = []
        self._edits: list[_Edit] = []
        self._inserted: list[int] = []
        self._concatenations: list[int] = []
        self._limit: int | None = None
        self._previous = Token("start", "", 0)
        self._service_name: Token | None = None

    def run(self) -> CheckedQuery:
        tokens = self._source.tokens()
        first = self._prologue(tokens)
        self._form = self._form_of(first)
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
            volatile=not self._words.isdisjoint(VOLATILE),
            normalised=" ".join(self._normal),
            source=self._source,
            base_iri=self._base_iri,
        )

    # the prologue

    def _prologue(self, tokens: Iterator[Token]) -> Token | None:
        for token in tokens:
            word = token.text.upper() if token.kind == "word" else ""
            if word not in ("PREFIX", "BASE", "VERSION"):
                return token
            parts = [next(tokens, None) for _ in range(2 if word == "PREFIX" else 1)]
            self._declare(word, token, parts)
            self._normal += [word, *(part.text for part in parts if part is not None)]
        return None

    def _declare(self, word: str, token: Token, parts: list[Token | None]) -> None:
        name, value = parts[0], parts[-1]
        if word == "VERSION":
            if value is None or value.kind != "string":
                raise self._source.error('VERSION must be followed by a text such as "1.2".', token.start)
            return
        is_name = word == "BASE" or (name is not None and name.kind == "name" and name.text.endswith(":"))
        if not is_name or value is None or value.kind != "iri":
            example = "BASE <http://example.org/>" if word == "BASE" else "PREFIX ex: <http://example.org/>"
            raise self._source.error(f"{word} is not complete; write it like {example}.", token.start)
        self._check_iri(value)
        if name is not None and word == "PREFIX":
            self._declared[name.text[:-1]] = value.text[1:-1]
        else:
            self._has_base = True

    def _absolute_prefixes(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, iri)
            for name, iri in self._declared.items()
            if is_absolute_iri(iri) and _XML_NAME.fullmatch(name)
        )

    def _form_of(self, token: Token | None) -> str:
        if token is None:
            raise self._source.error(
                "There is no query here; it starts with SELECT, ASK, CONSTRUCT or DESCRIBE.",
                len(self._source.resolved),
            )
        word = token.text.upper() if token.kind == "word" else ""
        if word in FORMS:
            return word
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

    # the query itself

    def _take(self, token: Token | None) -> None:
        if token is None:
            return
        normal = token.text
        if self._service_name is not None:
            self._check_service_name(token)
        if token.kind == "word":
            normal = self._take_word(token)
        elif token.kind == "name":
            self._check_name(token)
        elif token.kind == "iri":
            self._check_iri(token)
        elif token.kind == "number" and self._previous.text.upper() == "LIMIT" and token.text.isdecimal():
            self._limit = int(token.text[:9])
        elif token.kind == "variable" and "SERVICE" in token.text.upper():
            self._check_glued(token)
        self._structure.take(token, normal if token.kind == "word" else "")
        self._take_concatenation(token)
        self._normal.append(normal)
        self._previous = token

    def _take_word(self, token: Token) -> str:
        upper = token.text.upper()
        # Some engines do not ask for a space after a keyword, so "SERVICESILENT" is SERVICE as well.
        if "SERVICE" in upper:
            raise self._no_service(token)
        if upper == "LOAD":
            raise self._refusal("LOAD is not possible here: nothing can be changed.", token)
        if token.text == "a":
            return "a"
        if upper not in KNOWN:
            if upper in UPDATES:
                raise self._source.error(
                    f"{upper} belongs to updates, and here queries are answered: nothing can be changed.",
                    token.start,
                )
            raise self._source.error(
                f"SPARQL has no word {shown(token.text)}: {advice_on_unknown_word(token.text)}", token.start
            )
        if upper in ("TRUE", "FALSE"):
            if token.text != token.text.lower():
                self._edits.append(_Edit(token.start, replaced=token.text.lower()))
            return token.text.lower()
        self._words.add(upper)
        self._selects += upper == "SELECT"
        return upper

    def _take_concatenation(self, token: Token) -> None:
        depth = self._structure.depth
        if token.text == "(" and self._previous.text.upper() == "GROUP_CONCAT":
            self._concatenations.append(depth)
            self._edits.append(_Edit(self._previous.start, inserted="STR("))
        elif token.text == ")" and self._concatenations and depth < self._concatenations[-1]:
            self._concatenations.pop()
            self._edits.append(_Edit(token.start + 1, inserted=")"))

    def _check_name(self, token: Token) -> None:
        prefix, _, local = token.text.partition(":")
        if "." in local:
            for match in _DOT_OR_ESCAPE.finditer(token.text, len(prefix)):
                if match[0] == ".":
                    self._edits.append(_Edit(token.start + match.start(), inserted="\\"))
        if prefix not in self._declared:
            known = self._known_prefixes.get(prefix)
            namespace = f"<{known}>" if known else "<...> with its namespace"
            raise self._source.error(
                f'The prefix "{prefix}:" is not declared; '
                f"add PREFIX {prefix}: {namespace} at the start of the query.",
                token.start,
            )
        # Engines that ask for no space read "SERVICEex:x {" as SERVICE ex:x; "GRAPH service:x {" is harmless.
        if "SERVICE" in prefix.upper() and self._structure.depth and self._previous.text.upper() != "GRAPH":
            self._service_name = token

    def _check_service_name(self, token: Token) -> None:
        if token.text == "{" and self._service_name is not None:
            raise self._no_service(self._service_name)
        self._service_name = None

    def _check_glued(self, token: Token) -> None:
        # "ex:p?trueSERVICE <x> {" can be read as the path "ex:p?", the object true, and SERVICE.
        before = self._previous
        is_path = before.kind in ("name", "iri") or before.text in (")", "a")
        if is_path and before.start + len(before.text) == token.start:
            raise self._source.error(f"Put a space before the variable {shown(token.text)}.", token.start)

    def _check_iri(self, token: Token) -> None:
        if not self._has_base and not re.match(r"<[A-Za-z][A-Za-z0-9+.-]*:", token.text):
            raise self._source.error(
                f"The IRI {shown(token.text)} is relative, and the query has no BASE; "
                "write it in full, or add BASE <...> at the start of the query.",
                token.start,
            )

    def _no_service(self, token: Token) -> QueryRefused:
        return self._refusal(
            "SERVICE is not available here: this endpoint asks no other endpoint. "
            "Query both from your own program, or load both into your own store.",
            token,
        )

    def _refusal(self, message: str, token: Token) -> QueryRefused:
        position = self._source.position(token.start)
        return QueryRefused(
            message,
            details={"line": position.line, "column": position.column, "source_line": position.source_line},
        )

    # what comes out

    def _text(self) -> str:
        """Give the text as the engine reads it right.

        It takes TRUE and FALSE only in lower case. It ends a local name at its second dot: "ex:a.b.c" is an
        error to it, and "ex:a.b.SERVICE" would be a name, a full stop and a keyword; escaped dots are safe.
        Its GROUP_CONCAT keeps a language that all texts share, but has to be a plain text (SPARQL 1.1 Query,
        18.5.1.7).
        """
        text = self._source.resolved
        parts: list[str] = []
        taken = 0
        for edit in self._edits:
            parts += (text[taken : edit.start], edit.replaced, edit.inserted)
            taken = edit.start + len(edit.replaced)
            place = edit.start + len(self._inserted)
            self._inserted += range(place, place + len(edit.inserted))
        return "".join((*parts, text[taken:]))

    def _is_cheap(self) -> bool:
        shape = self._structure
        if (
            len(self._source.resolved) > _CHEAP_TEXT
            or self._selects > 1
            or shape.patterns > _CHEAP_PATTERNS
            or shape.has_paths
            or not self._words.isdisjoint(COSTLY)
        ):
            return False
        if not shape.variable_subjects:
            return shape.patterns <= 3
        stops_early = self._form == "ASK" or (self._limit is not None and self._limit <= _CHEAP_LIMIT)
        return stops_early and "FILTER" not in self._words and len(shape.variable_subjects) == 1

"""What the text of an update says of literals, letter by letter: the engine keeps their values only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyoxigraph

from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import XSD
from pathways_ld.rdfio import literal, statement
from pathways_ld.rdfio.casedtags import CasedTags
from pathways_ld.store.updating import DataStatement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pathways_ld.sparql.lexer import Token

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_LOCAL_ESCAPE: Final = re.compile(r"\\(.)")
_MARK: Final = "urn:x-pathways-ld:operation"


class LiteralReader:
    """Collects the literals of a text: `written` in INSERT templates, `mentioned` elsewhere."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes
        self._string: str | None = None
        self._typed = False
        self._sign = ""
        self.written: dict[str, None] = {}
        self.mentioned: dict[str, None] = {}

    def take(self, token: Token, *, is_written: bool, follows_at_once: bool) -> None:
        """Take the next token."""
        found = self._literal(token, follows_at_once)
        if found is not None:
            (self.written if is_written else self.mentioned).setdefault(found)
        self._sign = token.text if token.text in ("+", "-") else ""

    def _literal(self, token: Token, follows_at_once: bool) -> str | None:
        if token.kind == "string":
            self._string, self._typed = _string_value(token.text), False
            return None
        if token.kind == "number":
            sign = self._sign if follows_at_once else ""
            return literal(sign + token.text, datatype=_number_type(token.text))
        if self._string is None:
            return None
        if token.text == "^^":
            self._typed = True
            return None
        text, self._string = self._string, None
        if token.kind == "language" and "--" not in token.text:
            return literal(text, lang=token.text[1:])
        datatype = self._datatype(token) if self._typed else ""
        return literal(text, datatype=datatype) if datatype else None

    def _datatype(self, token: Token) -> str:
        if token.kind == "iri":
            iri = token.text[1:-1]
        else:
            prefix, _, local = token.text.partition(":")
            iri = self._prefixes.get(prefix, "") + _LOCAL_ESCAPE.sub(r"\1", local)
        return iri if is_absolute_iri(iri) else ""


def _string_value(text: str) -> str:
    quotes = 3 if text.startswith(('"""', "'''")) else 1
    body = text[quotes:-quotes]
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), body) if "\\" in body else body


def _number_type(text: str) -> str:
    if text.isdecimal():
        return XSD.integer
    return XSD.double if "e" in text.lower() else XSD.decimal


class DataBlocks:
    """Collects the blocks of INSERT DATA and DELETE DATA as one TriG document, which keeps literals."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._is_empty = True
        self._after_graph = False

    def declare(self, word: str, values: list[str]) -> None:
        """Take a PREFIX or BASE."""
        self._parts.append(f"{word} {' '.join(values)}\n")

    def take(self, clause: str, token: Token, normal: str, depths: tuple[int, int], *, spaced: bool) -> None:
        """Take a token; `depths` are the numbers of open brackets before and after it."""
        was_after_graph, self._after_graph = self._after_graph, False
        if depths == (0, 1):
            self._is_empty = False
            self._parts.append(f'\n<{_MARK}> <{_MARK}> "{clause}" . {{')
        elif depths == (1, 1) and normal == "GRAPH":
            self._parts.append(" } GRAPH")
        elif depths == (2, 1) and token.text == "}":
            self._after_graph = True
            self._parts.append(" } {")
        elif not (was_after_graph and token.text == "."):
            # A tag that stands apart from its text would not be found by its capitals.
            self._parts.append(f" {normal}" if spaced and token.kind != "language" else normal)

    def statements(self, base_iri: str | None) -> tuple[DataStatement, ...]:
        """Give the statements that have a literal, in their order.

        None for blocks that cannot be read: the engine says what is wrong with them.
        """
        if self._is_empty:
            return ()
        tags = CasedTags("".join(self._parts).encode())
        found, clause = [], ""
        try:
            for quad in pyoxigraph.parse(tags.content, pyoxigraph.RdfFormat.TRIG, base_iri=base_iri):
                if quad.predicate.value == _MARK and isinstance(quad.object, pyoxigraph.Literal):
                    clause = quad.object.value
                elif isinstance(quad.object, pyoxigraph.Literal):
                    exact = tags.restored(statement(quad))
                    found.append(DataStatement(clause == "INSERT DATA", exact))
        except (SyntaxError, ValueError):
            return ()
        return tuple(found)

"""The dataset of a query, taken out of its text, so that every engine is told it in the same way.

Engines disagree on what FROM means beside the parameters of a request: some add the two, some prefer one.
So FROM is removed from the text, and the graphs it names are sent as parameters, which all understand.
The text has passed the guard: its codepoint escapes are resolved and it is one query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph

from pathways_ld.errors import QuerySyntaxError
from pathways_ld.iris import is_absolute_iri

_TOKEN: Final = re.compile(
    r"""
      (?P<space>(?:[ \t\r\n]++|\#[^\r\n]*+)++)
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*+>)
    | (?P<string>\"{3}(?>[^"\\]+|\\.|"(?!""))*+\"{3} | '{3}(?>[^'\\]+|\\.|'(?!''))*+'{3}
        | "(?>[^"\\\n\r]+|\\[^\n\r])*+" | '(?>[^'\\\n\r]+|\\[^\n\r])*+')
    | (?P<name>(?=[\w:.?$@-])[?$@]?[\w.-]*+(?::(?>[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*+)?)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LOCAL_ESCAPE: Final = re.compile(r"\\(.)")


@dataclass(frozen=True)
class DatasetFreeQuery:
    """A query without FROM, as long and with the same lines as before, and the graphs that FROM named.

    `relative` tells that the text holds relative IRIs and does not begin with a BASE they refer to;
    `federated` that it holds SERVICE, which the guard should have refused. `pattern_query` asks for the
    solutions that CONSTRUCT or DESCRIBE makes its triples of; empty where there is no pattern.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    relative: bool = False
    federated: bool = False
    pattern_query: str = ""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    depth: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "name" else ""


def _tokens(text: str) -> list[_Token]:
    return list(_read(text))


def _read(text: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup or "", match[0]
        if kind == "space":
            continue
        depth -= found == "}"
        yield _Token(kind, found, match.start(), depth)
        depth += found == "{"


def take_dataset(text: str, base_iri: str | None = None) -> DatasetFreeQuery:
    """Take the FROM clauses out of a query; `base_iri` is what its relative IRIs refer to.

    Raises :class:`QuerySyntaxError` for a graph that is named with an undeclared prefix.
    """
    tokens = _tokens(text)
    names = _Names(base_iri)
    default_graphs: list[str] = []
    named_graphs: list[str] = []
    free = text
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.depth == 0 and token.word in ("BASE", "PREFIX"):
            index += names.declare(tokens[index : index + 3])
            continue
        if token.depth == 0 and token.word == "FROM":
            following = tokens[index + 1 : index + 3]
            is_named = bool(following) and following[0].word == "NAMED"
            if len(following) > is_named:
                graph = following[is_named]
                (named_graphs if is_named else default_graphs).append(names.resolve(graph))
                end = graph.start + len(graph.text)
                free = free[: token.start] + _blank(text[token.start : end]) + free[end:]
                index += 1 + is_named
        index += 1
    first = tokens[0].word if tokens else ""
    relative = first != "BASE" and any(
        each.kind == "iri" and not is_absolute_iri(each.text[1:-1]) for each in tokens
    )
    return DatasetFreeQuery(
        free,
        tuple(default_graphs),
        tuple(named_graphs),
        relative,
        any(each.word == "SERVICE" for each in tokens),
        _pattern_query(free, tokens),
    )


def _blank(text: str) -> str:
    """Keep the lines: errors name them."""
    return re.sub(r"[^\r\n]", " ", text)


class _Names:
    """The prologue of a query."""

    def __init__(self, base_iri: str | None) -> None:
        self._base = base_iri
        self._prefixes: dict[str, str] = {}

    def declare(self, tokens: list[_Token]) -> int:
        """Take one declaration; give the number of its tokens."""
        if tokens[0].word == "BASE" and len(tokens) > 1:
            self._base = self.resolve(tokens[1])
            return 2
        if len(tokens) == 3:
            self._prefixes[tokens[1].text.rstrip(":")] = self.resolve(tokens[2])
        return 3

    def resolve(self, token: _Token) -> str:
        """Give the absolute IRI of a name."""
        if token.kind == "iri":
            return self._absolute(token.text[1:-1])
        prefix, colon, local = token.text.partition(":")
        if not colon or prefix not in self._prefixes:
            raise QuerySyntaxError(f'The graph "{token.text[:80]}" after FROM is no IRI with a known prefix.')
        return self._prefixes[prefix] + _LOCAL_ESCAPE.sub(r"\1", local)

    def _absolute(self, iri: str) -> str:
        if is_absolute_iri(iri) or self._base is None:
            return iri
        try:
            parsed = pyoxigraph.parse(
                f"<{iri}> <x:> <x:> .", pyoxigraph.RdfFormat.TURTLE, base_iri=self._base
            )
            return str(next(parsed).subject)[1:-1]
        except (SyntaxError, ValueError):
            return iri


def _pattern_query(text: str, tokens: list[_Token]) -> str:
    """Turn CONSTRUCT or DESCRIBE into SELECT with the same pattern; empty where there is none."""
    found = next(
        (at for at, each in enumerate(tokens) if each.depth == 0 and each.word in ("CONSTRUCT", "DESCRIBE")),
        None,
    )
    if found is None:
        return ""
    start = tokens[found].start
    braces = [
        each for each in tokens[found:] if each.depth == 0 and each.text in "{}" and each.kind == "mark"
    ]
    opened = [each.start for each in braces if each.text == "{"]
    if not opened:
        return ""
    has_template = tokens[found].word == "CONSTRUCT" and tokens[found + 1].text == "{"
    if has_template and len(opened) < 2:
        return ""
    pattern = opened[1] if has_template else opened[0]
    return f"{text[:start]}SELECT * WHERE {text[pattern:]}"

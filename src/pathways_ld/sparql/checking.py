"""What checking a query and checking an update have in common: one pass over the tokens.

Prefixes and IRIs, the words SPARQL knows, what is refused everywhere, and the changes that make the engine
read the text right. Time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from pathways_ld.errors import QueryRefused
from pathways_ld.iris import is_absolute_iri
from pathways_ld.sparql.lexer import QueryText, Token, shown
from pathways_ld.sparql.structure import QueryLimits, Structure
from pathways_ld.sparql.words import KNOWN, advice_on_unknown_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Names that RDF/XML can use too; those that begin with "xml" are reserved there.
_DOT_OR_ESCAPE: Final = re.compile(r"\\.|\.")
_XML_NAME: Final = re.compile(r"(?![xX][mM][lL])(?:[^\W\d][\w.-]*)?")


@dataclass(frozen=True)
class CheckedText:
    """A text that the engine may have.

    `text` is what the engine gets. `prefixes` are the declared ones with absolute IRIs. `normalised`: equal
    for texts that differ only in white space, comments and the case of keywords. `inserted` are the places
    in `text` of characters that the source does not have.
    """

    noun: ClassVar = "query"

    text: str
    prefixes: tuple[tuple[str, str], ...]
    normalised: str
    source: QueryText
    inserted: tuple[int, ...]
    base_iri: str | None

    def source_start(self, line: int, column: int) -> int:
        """Give the index in the resolved source of a line and column of `text`, both counted from 1."""
        start = self._unfilled(self._index(line, column))
        return start - bisect_left(self.inserted, start)

    def _index(self, line: int, column: int) -> int:
        start = 0
        for _ in range(line - 1):
            start = self.text.find("\n", start) + 1
        return min(start + column - 1, len(self.text))

    def _unfilled(self, start: int) -> int:
        """Give a place in the text as it was before more was filled in."""
        return start


class Edit(NamedTuple):
    """A change of the text for the engine: as many characters from `start` are replaced by as many others.

    `inserted` stands before `start`, so that nothing is replaced.
    """

    start: int
    replaced: str = ""
    inserted: str = ""


def apply_edits(text: str, edits: Sequence[Edit], first: int = 0, end: int | None = None) -> str:
    """Give a part of a text with its changes, which are in the order of their places."""
    parts: list[str] = []
    taken = first
    for edit in edits:
        parts += (text[taken : edit.start], edit.replaced, edit.inserted)
        taken = edit.start + len(edit.replaced)
    return "".join((*parts, text[taken:end]))


def places_after(edits: Sequence[Edit]) -> Callable[[int], int]:
    """Give what tells where a place in the source is after the changes."""
    places = [edit.start for edit in edits]
    lengths = [0, *accumulate(len(edit.inserted) for edit in edits)]
    return lambda place: place + lengths[bisect_left(places, place)]


class Check:
    """One pass over the tokens of one text."""

    noun: ClassVar = "query"
    words: ClassVar = KNOWN

    def __init__(
        self,
        source: QueryText,
        limits: QueryLimits,
        known_prefixes: Mapping[str, str],
        base_iri: str | None,
    ) -> None:
        self._source = source
        self._known_prefixes = known_prefixes
        self._structure = Structure(source, limits, noun=self.noun)
        self._declared: dict[str, str] = {}
        self._base_iri = base_iri
        self._has_base = base_iri is not None
        self._words: set[str] = set()
        self._normal: list[str] = []
        self._edits: list[Edit] = []
        self._inserted: list[int] = []
        self._concatenations: list[int] = []
        self._previous = Token("start", "", 0)
        self._service_name: Token | None = None

    # the prologue

    def _prologue(self, tokens: Iterator[Token]) -> Token | None:
        """Take the declarations; give the first token after them."""
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

    # what follows it

    def _take(self, token: Token) -> None:
        normal = token.text
        if self._service_name is not None:
            self._check_service_name(token)
        if token.kind == "word":
            normal = self._take_word(token)
        elif token.kind == "name":
            self._check_name(token)
        elif token.kind == "iri":
            self._check_iri(token)
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
            return self._take_service(token, upper)
        if upper == "LOAD":
            raise self._no_load(token)
        if token.text == "a":
            return "a"
        if upper not in self.words:
            raise self._unknown_word(token, upper)
        if upper in ("TRUE", "FALSE"):
            if token.text != token.text.lower():
                self._edits.append(Edit(token.start, replaced=token.text.lower()))
            return token.text.lower()
        self._words.add(upper)
        return upper

    def _unknown_word(self, token: Token, upper: str) -> Exception:
        return self._source.error(
            f"SPARQL has no word {shown(token.text)}: {advice_on_unknown_word(token.text)}", token.start
        )

    def _take_concatenation(self, token: Token) -> None:
        depth = self._structure.depth
        if token.text == "(" and self._previous.text.upper() == "GROUP_CONCAT":
            self._concatenations.append(depth)
            self._edits.append(Edit(self._previous.start, inserted="STR("))
        elif token.text == ")" and self._concatenations and depth < self._concatenations[-1]:
            self._concatenations.pop()
            self._edits.append(Edit(token.start + 1, inserted=")"))

    def _check_name(self, token: Token) -> None:
        prefix, _, local = token.text.partition(":")
        if "." in local:
            for match in _DOT_OR_ESCAPE.finditer(token.text, len(prefix)):
                if match[0] == ".":
                    self._edits.append(Edit(token.start + match.start(), inserted="\\"))
        if prefix not in self._declared:
            known = self._known_prefixes.get(prefix)
            namespace = f"<{known}>" if known else "<...> with its namespace"
            raise self._source.error(
                f'The prefix "{prefix}:" is not declared; '
                f"add PREFIX {prefix}: {namespace} at the start of the {self.noun}.",
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
                f"The IRI {shown(token.text)} is relative, and the {self.noun} has no BASE; "
                f"write it in full, or add BASE <...> at the start of the {self.noun}.",
                token.start,
            )

    # what is refused

    def _take_service(self, token: Token, upper: str) -> str:
        raise self._no_service(token)

    def _no_service(self, token: Token) -> QueryRefused:
        return self._refusal(
            "SERVICE is not available here: this endpoint asks no other endpoint. "
            "Query both from your own program, or load both into your own store.",
            token,
        )

    def _no_load(self, token: Token) -> QueryRefused:
        return self._refusal("LOAD is not possible here: nothing can be changed.", token)

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
        for edit in self._edits:
            place = edit.start + len(self._inserted)
            self._inserted += range(place, place + len(edit.inserted))
        return apply_edits(self._source.resolved, self._edits)

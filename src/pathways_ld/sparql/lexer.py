"""The tokens of a SPARQL query, in linear time, with the position of each in the text as it was sent.

Codepoint escapes (SPARQL 1.1 Query, 19.2) are resolved before anything else looks at the text, and the engine
gets the resolved text: so nothing can mean one thing here and another there. The two disagreements that are
left in the specification are settled the safe way: an escape that stands for a quote, a backslash or a line
end becomes the string escape for it, and never ends a string or a comment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from pathways_ld.errors import PayloadTooLarge, QueryPosition, QuerySyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_SOURCE_LINE: Final = 300
"""Characters of a line that an error shows."""
_LONGEST_SHOWN: Final = 60

LONGEST_PREFIX: Final = 100
"""Characters of the longest prefix that is read: without a bound, "a.a.a." would be read again and again."""

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|.)", re.DOTALL)
_KEPT_ESCAPED: Final = {'"': '\\"', "'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r"}

# The character classes of the grammar, productions 164-169.
_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_WORD: Final = _BASE + "_0-9\u00b7\u0300-\u036f\u203f\u2040"
_CHARS: Final = _WORD + r"\-"
_LOCAL_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
# Every repetition is possessive or atomic: no input makes the lexer go back.
_LONG: Final = r'"""(?>[^"\\]+|\\.|"(?!""))*+"""' + "|" + r"'''(?>[^'\\]+|\\.|'(?!''))*+'''"
_SHORT: Final = r'"(?>[^"\\\n\r]+|\\[^\n\r])*+"' + "|" + r"'(?>[^'\\\n\r]+|\\[^\n\r])*+'"
_TOKEN: Final = re.compile(
    rf"""
      (?P<space>(?:[ \t\r\n]++|\#[^\r\n]*+)++)
    | (?P<iri><[^<>"{{}}|^`\\\x00-\x20]*+>)
    | (?P<string>{_LONG}|(?!\"\"\"|\'\'\')(?:{_SHORT}))
    | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+(?:--[A-Za-z]++)?)
    | (?P<variable>[?$][{_WORD}]++)
    | (?P<blank>_:[{_WORD}](?>\.*+[{_CHARS}]++)*+)
    | (?P<name>(?:(?=[{_CHARS}.]{{1,{LONGEST_PREFIX}}}+:)[{_BASE}](?>\.*+[{_CHARS}]++)*+)?:
        (?:(?>[{_WORD}:]|{_LOCAL_ESCAPE})(?>\.*+(?>[{_CHARS}:]++|{_LOCAL_ESCAPE}))*+)?)
    | (?P<number>(?:[0-9]++(?:\.[0-9]++|\.(?=[eE]))?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
    | (?P<word>[A-Za-z][A-Za-z0-9_]*+)
    | (?P<mark><<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|&&|\|\||!=|<=|>=|[{{}}()\[\].,;*/|^!?+=<>~-])
    """,
    re.VERBOSE | re.DOTALL,
)
_BAD_STRING_ESCAPE: Final = re.compile(r"""(?<!\\)(?:\\\\)*+\\(?![tbnrf"'\\])""")
_LIKE_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://[^\s<>\"]*")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Token(NamedTuple):
    """One token; `kind` is a group of the lexer, `start` counts characters of the resolved text."""

    kind: str
    text: str
    start: int


class QueryText:
    """A query's text: `resolved` is without codepoint escapes, `original` is what was sent."""

    def __init__(self, original: str) -> None:
        self.original = original
        self._resolved_at: list[int] = []
        self._original_at: list[int] = []
        self.resolved = self._resolve() if "\\u" in original or "\\U" in original else original

    def _resolve(self) -> str:
        parts: list[str] = []
        taken = length = 0
        for match in _ESCAPE.finditer(self.original):
            digits = match[1] or match[2]
            if digits is None:
                continue
            parts += (self.original[taken : match.start()], self._character(int(digits, 16), match))
            length += len(parts[-2]) + len(parts[-1])
            taken = match.end()
            self._resolved_at.append(length)
            self._original_at.append(taken)
        parts.append(self.original[taken:])
        return "".join(parts)

    def _character(self, code: int, match: re.Match[str]) -> str:
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise QuerySyntaxError(
                f"The escape {match[0]} stands for no Unicode character; "
                "write the character itself or its code point.",
                _position_in(self.original, match.start()),
            )
        return _KEPT_ESCAPED.get(chr(code), chr(code))

    def position(self, start: int) -> QueryPosition:
        """Give the place in the original of a character of the resolved text."""
        index = bisect_right(self._resolved_at, start) - 1
        if index >= 0:
            start += self._original_at[index] - self._resolved_at[index]
        return _position_in(self.original, start)

    def error(self, message: str, start: int) -> QuerySyntaxError:
        """Make the error for a place in the resolved text."""
        return QuerySyntaxError(message, self.position(start))

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens, without white space and comments.

        Raises :class:`QuerySyntaxError` at the first text that is no token.
        """
        text = self.resolved
        start, end = 0, len(text)
        match_token = _TOKEN.match
        while start < end:
            match = match_token(text, start)
            if match is None or match.lastgroup is None:
                raise self.error(*_no_token(text, start))
            kind, lexeme = match.lastgroup, match[0]
            if kind == "string" and "\\" in lexeme:
                self._check_escapes(lexeme, start)
            elif kind == "mark" and lexeme[0] == "<" and (like := _LIKE_IRI.match(text, start)):
                raise self.error(*_open_iri(text, like))
            if kind != "space":
                yield Token(kind, lexeme, start)
            start = match.end()

    def _check_escapes(self, lexeme: str, start: int) -> None:
        bad = _BAD_STRING_ESCAPE.search(lexeme)
        if bad is not None:
            raise self.error(
                f'"{lexeme[bad.end() - 1 : bad.end() + 1]}" is no escape; '
                "SPARQL knows \\t \\b \\n \\r \\f \\\" \\' \\\\. A backslash itself is written \\\\.",
                start + bad.end() - 1,
            )


def shown(text: str) -> str:
    """Give a token as a message shows it: in quotes, and not longer than a line."""
    return f'"{text}"' if len(text) <= _LONGEST_SHOWN else f'"{text[: _LONGEST_SHOWN - 1]}…"'


def _position_in(text: str, start: int) -> QueryPosition:
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)].rstrip("\r")
    column = start - line_start + 1
    if len(line) > LONGEST_SOURCE_LINE:
        line = line[:LONGEST_SOURCE_LINE] if column <= LONGEST_SOURCE_LINE else ""
    return QueryPosition(text.count("\n", 0, start) + 1, column, line)


def _no_token(text: str, start: int) -> tuple[str, int]:
    character = text[start]
    if character in "\"'":
        quotes = character * 3 if text.startswith(character * 3, start) else character
        return f"The string that starts here is never closed; end it with {quotes}.", start
    if character == "\\":
        return "A backslash can stand only in a string or in the local part of a prefixed name.", start
    if character == "&":
        return 'There is no operator "&"; "and" is written &&.', start
    return f"{character!r} cannot stand here; text belongs in quotes, an IRI in <...>.", start


def _open_iri(text: str, like: re.Match[str]) -> tuple[str, int]:
    wrong = text[like.end() : like.end() + 1]
    if not wrong or wrong in "\r\n":
        return "The IRI that starts here is never closed; end it with >.", like.start()
    advice = "close it with > or percent-encode the character"
    return f"The IRI that starts here holds {wrong!r}, which an IRI cannot hold; {advice}.", like.start()


def read_text(query: str | bytes, *, max_bytes: int, noun: str = "query") -> QueryText:
    """Take a query, or what `noun` says, as it was sent, without a byte order mark.

    Raises :class:`PayloadTooLarge`, and :class:`QuerySyntaxError` for text that is not Unicode.
    """
    encoded = query if isinstance(query, bytes) else query.encode("utf-8", "surrogatepass")
    if len(encoded) > max_bytes:
        raise PayloadTooLarge(
            f"The {noun} is longer than the {max_bytes:,} bytes this endpoint reads; shorten it."
        )
    text = _decoded(query, noun) if isinstance(query, bytes) else query
    surrogate = _SURROGATE.search(text)
    if surrogate is not None:
        raise QuerySyntaxError(
            f"The {noun} holds U+{ord(surrogate[0]):04X}, half of a surrogate pair, which is no character; "
            "send the whole character.",
            _position_in(_SURROGATE.sub("\ufffd", text), surrogate.start()),
        )
    return QueryText(text.removeprefix("\ufeff"))


def _decoded(query: bytes, noun: str) -> str:
    try:
        return query.decode("utf-8")
    except UnicodeDecodeError as error:
        line = query.count(b"\n", 0, error.start) + 1
        column = error.start - query.rfind(b"\n", 0, error.start)
        raise QuerySyntaxError(
            f"The {noun} is not UTF-8: the byte at offset {error.start} is 0x{query[error.start]:02X}; "
            "save or send it as UTF-8.",
            QueryPosition(line, column),
        ) from None

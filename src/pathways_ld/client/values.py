"""RDF terms as Python values: numbers, dates and truth values as such, all else as texts of their own kinds.

A literal that its datatype does not allow (``"soon"^^xsd:date``) stays a :class:`Typed` text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from pathways_ld.client.failures import AnswerUnusable

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_STRING: Final = f"{XSD}string"
_TAGGED: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


class Iri(str):
    """An IRI."""

    __slots__ = ()


class Blank(str):
    """A blank node; its label means nothing outside of the answer it came in."""

    __slots__ = ()


class Text(str):
    """A text with the tag of its language, which is empty where there is none."""

    lang: str

    def __new__(cls, text: str, lang: str = "") -> Text:
        """Make a text in a language."""
        made = super().__new__(cls, text)
        made.lang = lang
        return made

    def __repr__(self) -> str:
        return f"Text({str(self)!r}, {self.lang!r})"


class Typed(str):
    """The lexical form of a literal that has no Python value, with its datatype."""

    datatype: str

    def __new__(cls, text: str, datatype: str) -> Typed:
        """Make a literal of a datatype."""
        made = super().__new__(cls, text)
        made.datatype = datatype
        return made

    def __repr__(self) -> str:
        return f"Typed({str(self)!r}, {self.datatype!r})"


Value = Iri | Blank | Text | Typed | bool | int | float | Decimal | date | datetime


class Triple(NamedTuple):
    """A statement."""

    subject: Iri | Blank
    predicate: Iri
    object: Value


_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,4000}")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_FLOAT: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_INTEGERS: Final = (
    "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
    "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
)  # fmt: skip
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


def _read(pattern: re.Pattern[str], make: Callable[[str], Value]) -> Callable[[str], Value | None]:
    return lambda text: make(text) if pattern.fullmatch(text) else None


_READERS: Final[dict[str, Callable[[str], Value | None]]] = {
    **{f"{XSD}{name}": _read(_WHOLE, int) for name in _INTEGERS},
    f"{XSD}decimal": _read(_DECIMAL, Decimal),
    f"{XSD}double": _read(_FLOAT, float),
    f"{XSD}float": _read(_FLOAT, float),
    f"{XSD}boolean": _TRUTH.get,
    f"{XSD}date": _read(_DATE, date.fromisoformat),
    f"{XSD}dateTime": _read(_MOMENT, datetime.fromisoformat),
    f"{XSD}dateTimeStamp": _read(_MOMENT, datetime.fromisoformat),
}


def literal_value(text: str, lang: str = "", datatype: str = "") -> Value:
    """Give the Python value of a literal."""
    if lang or datatype in ("", _STRING, _TAGGED):
        return Text(text, lang)
    reader = _READERS.get(datatype)
    try:
        found = reader(text) if reader else None
    except (ValueError, InvalidOperation):
        found = None
    return Typed(text, datatype) if found is None else found


def json_value(term: Mapping[str, Any]) -> Value:
    """Read a term of SPARQL Results JSON (https://www.w3.org/TR/sparql11-results-json/#select-encode-terms)."""
    kind, value = term.get("type"), term.get("value")
    if not isinstance(value, str):
        raise AnswerUnusable(f"The answer has a term without a value: {str(term)[:100]}.")
    if kind == "uri":
        return Iri(value)
    if kind == "bnode":
        return Blank(value)
    if kind in ("literal", "typed-literal"):
        return literal_value(value, str(term.get("xml:lang") or ""), str(term.get("datatype") or ""))
    raise AnswerUnusable(f'The answer has a term of type "{str(kind)[:40]}"; expected uri, bnode or literal.')


# https://www.w3.org/TR/n-triples/#n-triples-grammar
_IRI: Final = r"<([^\x00-\x20<>\"{}|^`]*)>"
# Labels end where something else may begin: else a hostile line could be parted in too many ways.
_NODE: Final = r"_:([^\s<>\"]+)"
_LINE: Final = re.compile(
    rf"[ \t]*(?:{_IRI}|{_NODE})[ \t]*{_IRI}[ \t]*"
    rf'(?:{_IRI}|{_NODE}|"((?:[^"\\\n\r]|\\.)*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^{_IRI})?)'
    r"[ \t]*\.[ \t]*(?:#.*)?"
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def read_ntriples(content: bytes) -> Iterator[Triple]:
    """Read N-Triples; raises :class:`AnswerUnusable` with the number of the first line that is none."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise AnswerUnusable(f"The answer is not UTF-8 from byte {error.start:,} on.") from None
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise AnswerUnusable(f"Line {number} of the answer is not N-Triples: {line[:100]}")
        iri, node, predicate, to_iri, to_node, literal, lang, datatype = found.groups()
        subject = Blank(node) if iri is None else Iri(_unescape(iri))
        value: Value
        if to_iri is not None:
            value = Iri(_unescape(to_iri))
        elif to_node is not None:
            value = Blank(to_node)
        else:
            value = literal_value(_unescape(literal), lang or "", _unescape(datatype or ""))
        yield Triple(subject, Iri(_unescape(predicate)), value)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    try:
        return chr(int(code, 16)) if code else _UNESCAPED.get(match[3], match[3])
    except (ValueError, OverflowError):
        raise AnswerUnusable(f"The answer has a character that is none: {match[0]}.") from None

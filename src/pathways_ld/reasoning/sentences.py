"""Axioms in words: ``School subClassOf teaches some Person`` becomes a sentence that people read.

The notation is the one that Pellet writes, a Manchester syntax without frames
(https://www.w3.org/TR/owl2-manchester-syntax/). What is not understood is given as it stands, with labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"(?:\^\^\S+|@\S+)?|[(){}\[\],]|[^\s(){}\[\],]+')
_QUANTIFIERS: Final = frozenset({"some", "only", "min", "max", "exactly", "value"})
_DEEPEST: Final = 40

Names = Callable[[str], str]
"""Gives the label of a name in an axiom, without quotation marks."""


class _NotUnderstoodError(Exception):
    """An expression beyond what has words here."""


def sentence(axiom: str, names: Names) -> str:
    """Put an axiom into a sentence without its full stop."""
    tokens: list[str] = _TOKEN.findall(axiom)
    try:
        return _sentence(tokens, names)
    except (_NotUnderstoodError, IndexError):
        return " ".join(names(token) for token in tokens)


def _sentence(tokens: list[str], names: Names) -> str:
    for number, token in enumerate(tokens):
        make = _FORMS.get(token)
        if make is not None and number:
            return make(tokens[:number], tokens[number + 1 :], names)
    raise _NotUnderstoodError


def _subclass(left: list[str], right: list[str], names: Names) -> str:
    who = f"every {names(left[0])}" if len(left) == 1 else f"everything that {_phrase(left, names)}"
    if right == ["Nothing"]:
        return f"there is no {names(left[0])}"
    return f"{who} {_phrase(right, names)}"


def _equivalent(left: list[str], right: list[str], names: Names) -> str:
    return f"{_article(names(left[0]))} is the same as something that {_phrase(right, names)}"


def _disjoint(left: list[str], right: list[str], names: Names) -> str:
    return f"nothing is both {_article(names(left[0]))} and {_article(names(right[0]))}"


def _domain(left: list[str], right: list[str], names: Names) -> str:
    return f'everything that has "{names(left[0])}" {_phrase(right, names)}'


def _range(left: list[str], right: list[str], names: Names) -> str:
    return f'every value of "{names(left[0])}" {_phrase(right, names)}'


def _type(left: list[str], right: list[str], names: Names) -> str:
    return f"{names(left[0])} {_phrase(right, names)}"


def _same(left: list[str], right: list[str], names: Names) -> str:
    return f"{names(left[0])} and {names(right[0])} are the same"


def _different(left: list[str], right: list[str], names: Names) -> str:
    return f"{names(left[0])} and {names(right[0])} are different"


def _subproperty(left: list[str], right: list[str], names: Names) -> str:
    return f'whatever has "{names(left[0])}" has the same value of "{names(right[0])}"'


def _inverse(left: list[str], right: list[str], names: Names) -> str:
    return f'"{names(left[0])}" is the inverse of "{names(right[0])}"'


_FORMS: Final[dict[str, Callable[[list[str], list[str], Names], str]]] = {
    "subClassOf": _subclass,
    "equivalentTo": _equivalent,
    "disjointWith": _disjoint,
    "domain": _domain,
    "range": _range,
    "type": _type,
    "sameAs": _same,
    "differentFrom": _different,
    "subPropertyOf": _subproperty,
    "inverseOf": _inverse,
}


def _phrase(tokens: list[str], names: Names) -> str:
    """Say what something is or has, as the end of a sentence that names it."""
    expression = _Expression(tokens, names)
    text = expression.alternatives(0)
    if expression.rest:
        raise _NotUnderstoodError
    return text


class _Expression:
    """Reads a class expression: ``or`` binds less than ``and``, which binds less than ``not``."""

    def __init__(self, tokens: list[str], names: Names) -> None:
        self._tokens = tokens
        self._names = names
        self._at = 0

    @property
    def rest(self) -> list[str]:
        return self._tokens[self._at :]

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, expected: str = "") -> str:
        token = self._tokens[self._at]
        if expected and token != expected:
            raise _NotUnderstoodError
        self._at += 1
        return token

    def alternatives(self, depth: int) -> str:
        return self._joined("or", self.parts, depth)

    def parts(self, depth: int) -> str:
        return self._joined("and", self.single, depth)

    def _joined(self, word: str, read: Callable[[int], str], depth: int) -> str:
        if depth > _DEEPEST:
            raise _NotUnderstoodError
        found = [read(depth + 1)]
        while self._peek() in (word, "that") and self._peek():
            self._take()
            found.append(read(depth + 1))
        return f" {word} ".join(found)

    def single(self, depth: int) -> str:
        if self._peek() == "not":
            self._take()
            inner = self.single(depth + 1)
            return f"is not {inner[3:]}" if inner.startswith("is ") else f"is nothing that {inner}"
        if self._peek() == "(":
            self._take()
            inner = self.alternatives(depth + 1)
            self._take(")")
            return inner
        if self._peek() == "{":
            return self._enumeration()
        name = self._take()
        if self._peek() in _QUANTIFIERS:
            return self._restriction(name, depth)
        if name in ("and", "or", ")", "}", ","):
            raise _NotUnderstoodError
        return f"is {_article(self._names(name))}"

    def _enumeration(self) -> str:
        self._take("{")
        found = [self._names(self._take())]
        while self._peek() in (",", "or"):
            self._take()
            found.append(self._names(self._take()))
        self._take("}")
        return f"is {found[0]}" if len(found) == 1 else f"is one of {', '.join(found)}"

    def _restriction(self, name: str, depth: int) -> str:
        quantifier, shown = self._take(), f'"{self._names(name)}"'
        if quantifier == "value":
            return f"has {self._names(self._take())} as a value of {shown}"
        if quantifier in ("some", "only"):
            inner = self.single(depth + 1)
            kind = "a value" if quantifier == "some" else "only values"
            return f"has {kind} of {shown} that {inner}"
        number = self._take()
        words = {"min": "at least ", "max": "at most ", "exactly": "exactly "}[quantifier]
        values = "value" if number == "1" else "values"
        text = f"has {words}{number} {values} of {shown}"
        if self._peek() and self._peek() not in ("and", "or", ")", "}"):
            inner = self.single(depth + 1)
            text += "" if inner.endswith(" Thing") else f" that {inner}"
        return text


def _article(name: str) -> str:
    """Put an indefinite article before a name, by its first letter."""
    if name in ("Thing", "Nothing"):
        return {"Thing": "a Thing", "Nothing": "Nothing"}[name]
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"

"""What a syntax error of the engine means, in words.

The engine says where its parser got farthest and what it tried there. The farthest attempt is often a long
keyword tried at an earlier place, and the list of what was expected misleads. So the text is looked at
again, for the mistakes people make; the engine's list is used only to find the place.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import QuerySyntaxError
from pathways_ld.sparql.lexer import Token, shown
from pathways_ld.sparql.words import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathways_ld.sparql.checking import CheckedText

_RULES: Final = {
    "The SELECT contains a variable that is unbound": (
        "SELECT names a variable that has no value for a whole group; "
        "add it to GROUP BY, or put it in an aggregate such as (SAMPLE(?x) AS ?any)."
    ),
    "The SELECT contains an expression with a variable that is unbound": (
        "An expression in SELECT uses a variable outside an aggregate that GROUP BY does not name; "
        "add it to GROUP BY, or put it in an aggregate."
    ),
    "Duplicated variable name in SELECT": "SELECT gives two values the same name; rename one after AS.",
    "cannot be shared by multiple blocks": (
        "A blank node stands in two operations of the update, where it would be two nodes; "
        "put its statements into one operation, or give it two names."
    ),
    "Blank nodes are not allowed": (
        "Blank nodes cannot be used in DELETE: none could be the one that is meant; use a variable."
    ),
    "SELECT * is not authorized with GROUP BY": (
        "SELECT * cannot stand with GROUP BY or an aggregate; name the variables that the answer shall have."
    ),
}
_KEYWORD: Final = re.compile(r"(?<![\w\"'.{])[A-Za-z][A-Za-z0-9_]+(?![\w\"'.}])")
_ANY_CHARACTER: Final = "[_]"
_END: Final = Token("end", "", 1 << 60)


def explain(checked: CheckedText, error: QuerySyntaxError) -> QuerySyntaxError:
    """Turn the engine's syntax error for a checked query or update into one for people."""
    for phrase, advice in _RULES.items():
        if phrase in error.message:
            return QuerySyntaxError(advice)
    tokens = list(checked.source.tokens())
    form = getattr(checked, "form", "")
    mistake = _mistake(tokens, is_query=bool(form))
    if mistake is None and form not in ("", "DESCRIBE") and not any(token.text == "{" for token in tokens):
        mistake = "The pattern is missing: what is asked stands in braces, WHERE { ... }.", _END
    if mistake is None and _place_is_unknown(error.message):
        mistake = _second_value(tokens) or _second_group(tokens)
    if mistake is not None:
        message, token = mistake
        return checked.source.error(message, min(token.start, len(checked.source.resolved)))
    if error.position is None:
        return error
    place = checked.source_start(error.position.line, error.position.column)
    token = _token_at(tokens, place - _read_ahead(error.message))
    if token is _END or _place_is_unknown(error.message):
        return checked.source.error(
            f"The {checked.noun} cannot be read to its end; something is missing or misplaced near the end, "
            "or a name is given to two values.",
            min(token.start, len(checked.source.resolved)),
        )
    return checked.source.error(
        f"The {checked.noun} cannot be read from {shown(token.text)} on; "
        "check this place and what stands just before it.",
        token.start,
    )


def _mistake(tokens: Sequence[Token], *, is_query: bool) -> tuple[str, Token] | None:
    projection: int | None = None
    braces = parentheses = 0
    for token, following in pairwise([*tokens, _END]):
        word = token.text.upper() if token.kind == "word" else ""
        braces += (token.text == "{") - (token.text == "}")
        parentheses += (token.text == "(") - (token.text == ")")
        if word == "SELECT":
            projection = parentheses
        elif word in ("WHERE", "FROM") or token.text == "{":
            projection = None
        message = _after(word, following)
        if message is None and projection == parentheses:
            message = _in_projection(token, word)
        if message is None and token.text == "=" == following.text:
            message = "SPARQL compares with a single =."
        if message is None and is_query and token.text == ";" and braces == parentheses == 0:
            message = "A query is one query and does not end with a semicolon; remove it."
        if message is not None:
            return message, token
    return None


def _in_projection(token: Token, word: str) -> str | None:
    if token.text == ",":
        return "SELECT separates its variables by spaces, not by commas."
    if word in FUNCTIONS:
        return (
            f"A value that SELECT computes stands in parentheses and has a name: "
            f"({word}(...) AS ?{word.lower()})."
        )
    return None


def _after(word: str, following: Token) -> str | None:
    """Say what is wrong with the token that follows a word, or None."""
    if word in ("LIMIT", "OFFSET") and not (following.kind == "number" and following.text.isdecimal()):
        return f"{word} is followed by a whole number."
    if word == "FILTER" and following.text != "(" and following.kind not in ("word", "iri", "name"):
        return "The condition of a FILTER stands in parentheses: FILTER (...)."
    if word == "WHERE" and following.text != "{":
        return "WHERE is followed by a pattern in braces: WHERE { ... }."
    if word == "BIND" and following.text != "(":
        return "BIND is written BIND (value AS ?name)."
    if word in ("ORDER", "GROUP") and following.text.upper() != "BY":
        return f"{word} is followed by BY."
    return None


def _second_value(tokens: Sequence[Token]) -> tuple[str, Token] | None:
    seen: set[str] = set()
    for previous, token in pairwise(tokens):
        if token.kind == "variable":
            name = token.text[1:]
            if previous.text.upper() == "AS" and name in seen:
                return f"?{name} may have a value already when AS gives it one; choose a new name.", token
            seen.add(name)
    return None


def _second_group(tokens: Sequence[Token]) -> tuple[str, Token] | None:
    groups: dict[str, int] = {}
    group = 0
    for token in tokens:
        group += token.text in ("{", "}")
        if token.kind == "blank" and groups.setdefault(token.text, group) != group:
            return f"The blank node {token.text} stands in two groups; use a variable instead.", token
    return None


def _place_is_unknown(message: str) -> bool:
    """Tell whether the engine only says that the text ended while it tried something."""
    return message.removeprefix("expected ").strip() in (_ANY_CHARACTER, "<unreported>")


def _read_ahead(message: str) -> int:
    """Give how many characters before the place it names the engine's attempt began.

    A keyword is compared as a whole, so its failure is reported behind it; signs fail where they stand.
    """
    if re.search(r"\"[^\"]\"|\[\[?'", message):
        return 0
    lengths = [
        len(word) for word in _KEYWORD.findall(message.partition("expected")[2].removeprefix(" one of"))
    ]
    return min(lengths, default=0)


def _token_at(tokens: Sequence[Token], place: int) -> Token:
    for token in tokens:
        if place < token.start + len(token.text):
            return token
    return _END

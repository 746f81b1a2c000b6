"""The words of SPARQL: keywords and functions, and what they tell about a query."""

from __future__ import annotations

import difflib
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})

UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"}
)

KEYWORDS: Final = FORMS | _words(
    """
    AS ASC BASE BIND BY DESC DISTINCT EXISTS FILTER FROM GRAPH GROUP HAVING IN LATERAL LIMIT MINUS NAMED NOT
    OFFSET OPTIONAL ORDER PREFIX REDUCED SEPARATOR SILENT UNDEF UNION VALUES VERSION WHERE
    """
)

UPDATE_KEYWORDS: Final = UPDATES | _words("ALL DATA DEFAULT INTO TO USING")
"""What updates have besides the words of queries."""

AGGREGATES: Final = frozenset({"AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM"})

FUNCTIONS: Final = AGGREGATES | _words(
    """
    ABS ADJUST BNODE BOUND CEIL COALESCE CONCAT CONTAINS DATATYPE DAY ENCODE_FOR_URI FLOOR HASLANG HASLANGDIR
    HOURS IF IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI LANG LANGDIR LANGMATCHES LCASE MD5 MINUTES
    MONTH NOW OBJECT PREDICATE RAND REGEX REPLACE ROUND SAMETERM SECONDS SHA1 SHA256 SHA384 SHA512 STR
    STRAFTER STRBEFORE STRDT STRENDS STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR TIMEZONE
    TRIPLE TZ UCASE URI UUID YEAR
    """
)

VOLATILE: Final = frozenset({"NOW", "RAND", "STRUUID", "UUID"})
"""Functions whose value changes from one evaluation to the next, so that answers cannot be kept."""

COSTLY: Final = AGGREGATES | _words(
    """
    CONCAT DISTINCT EXISTS GROUP HAVING LATERAL MD5 MINUS OPTIONAL ORDER REDUCED REGEX REPLACE SHA1 SHA256
    SHA384 SHA512 UNION
    """
)
"""Words after which nothing short can be promised about the work a query makes."""

KNOWN: Final = KEYWORDS | FUNCTIONS | {"TRUE", "FALSE"}


def advice_on_unknown_word(word: str) -> str:
    """Say what a word that SPARQL does not know was probably meant to be."""
    upper = word[:40].upper()
    replacement = {"AND": "&&", "OR": "||", "NULL": "UNDEF", "LIKE": "REGEX", "SUBSTRING": "SUBSTR"}.get(
        upper
    )
    if replacement is not None:
        return f'SPARQL writes {replacement} for "{word}".'
    if upper == "A":
        return 'the short form of rdf:type is a lower-case "a".'
    near = difflib.get_close_matches(upper, KNOWN, n=1, cutoff=0.75)
    if near:
        return f"did you mean {near[0]}?"
    if len(word) > 40:
        return "text belongs in quotes."
    return f'a variable is written ?{word}, a prefixed name "prefix:{word}", a text "{word}" in quotes.'

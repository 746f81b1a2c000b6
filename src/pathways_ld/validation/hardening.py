"""Shapes of strangers: what they may not do is refused, what is not run for them is said.

They run in a process that has no network and can be stopped; this is the first line, not the only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pathways_ld.errors import InputError
from pathways_ld.namespaces import OWL, SH, compact
from pathways_ld.rdfio import Statement, is_literal, literal_parts

_QUERIES: Final = frozenset(f"<{SH[name]}>" for name in ("select", "ask", "construct", "update"))
_LONGEST_QUERY: Final = 20_000
_LONGEST_PATTERN: Final = 2_000
_PATTERN: Final = f"<{SH.pattern}>"
_UNQUOTED: Final = re.compile(
    r"""'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|<[^<>\s]*>|#[^\n]*""",
    re.DOTALL,
)
_DANGEROUS: Final = re.compile(r"(?<![\w:?$-])(SERVICE|FROM|LOAD)(?![\w:-])", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_NOT_RUN: Final = {
    **{
        f"<{SH[name]}>": "rules and functions (SHACL Advanced Features) are not run"
        for name in ("rule", "target", "expression", "returnType")
    },
    **{
        f"<{SH[name]}>": "JavaScript is not run"
        for name in ("js", "jsFunctionName", "jsLibrary", "jsLibraryURL")
    },
    f"<{OWL.imports}>": "imports are not followed: send the shapes they stand for along",
}


def refuse_dangerous(shapes: Iterable[Statement]) -> None:
    """Refuse shapes that would ask other servers, or whose texts are too long; raises :class:`InputError`."""
    for each in shapes:
        if not is_literal(each.object):
            continue
        if each.predicate in _QUERIES:
            _refuse_query(literal_parts(each.object)[0])
        elif each.predicate == _PATTERN and len(each.object) > _LONGEST_PATTERN:
            raise InputError(
                f"A sh:pattern has {len(each.object):,} characters; at most {_LONGEST_PATTERN:,} are allowed."
            )


def _refuse_query(text: str) -> None:
    if len(text) > _LONGEST_QUERY:
        raise InputError(
            f"A query in the shapes has {len(text):,} characters; at most {_LONGEST_QUERY:,} are allowed."
        )
    # Escapes first: SPARQL undoes them before anything else (https://www.w3.org/TR/sparql11-query/#codepointEscape).
    plain = _ESCAPE.sub(lambda match: _character(match[1] or match[2]), text)
    found = _DANGEROUS.search(_UNQUOTED.sub(" ", plain))
    if found:
        raise InputError(
            f"A query in the shapes uses {found[0].upper()}; shapes here may only look at the data they are"
            " given. Remove it."
        )


def _character(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else ""


def ignored_features(shapes: Sequence[Statement]) -> list[str]:
    """Say what the shapes hold that is not run here."""
    used = {each.predicate: None for each in shapes if each.predicate in _NOT_RUN}
    by_reason: dict[str, list[str]] = {}
    for predicate in used:
        by_reason.setdefault(_NOT_RUN[predicate], []).append(compact(predicate[1:-1]))
    return [f"The shapes use {', '.join(sorted(names))}: {reason}." for reason, names in by_reason.items()]

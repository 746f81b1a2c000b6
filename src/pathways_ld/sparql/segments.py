"""Updates that declare prefixes between their operations, for an engine that reads such only at the start."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import QueryError
from pathways_ld.sparql.checking import places_after

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathways_ld.sparql.checking import Edit
    from pathways_ld.sparql.lexer import QueryText, Token

MOST: Final = 50
"""Operations that may have declarations before them; each makes the engine read all of them again."""

_TO_BLANK: Final = re.compile(r"[^\n]")


class Segments:
    """Cuts a text before each declaration that follows an operation."""

    def __init__(self, source: QueryText) -> None:
        self._source = source
        self._starts: list[int] = []
        self._declarations: list[tuple[int, int]] = []
        self._after_operation = False

    def begin(self) -> None:
        """Note that an operation begins."""
        self._after_operation = True

    def declare(self, first: Token, last: Token) -> None:
        """Take a declaration; raises :class:`QueryError` for too many that follow an operation."""
        if self._after_operation:
            self._after_operation = False
            self._starts.append(first.start)
            if len(self._starts) >= MOST:
                position = self._source.position(first.start)
                raise QueryError(
                    f"PREFIX and BASE stand before more than {MOST} operations; declare them at the start.",
                    details={"line": position.line, "column": position.column},
                )
        self._declarations.append((first.start, last.start + len(last.text)))

    def texts(self, text: str, edits: Sequence[Edit]) -> tuple[str, ...]:
        """Give texts to be evaluated one after the other.

        Each has the declarations up to its end, and its own operations; the rest is blank, so that places are
        those in `text`, which has the changes `edits`.
        """
        if not self._starts:
            return (text,)
        moved = places_after(edits)
        bounds = [0, *map(moved, self._starts), len(text)]
        spans = [(moved(start), moved(end)) for start, end in self._declarations]
        texts = []
        for start, end in pairwise(bounds):
            parts: list[str] = []
            taken = 0
            for keep_from, keep_to in [*(span for span in spans if span[1] <= start), (start, end)]:
                parts += (_TO_BLANK.sub(" ", text[taken:keep_from]), text[keep_from:keep_to])
                taken = keep_to
            texts.append("".join(parts))
        return tuple(texts)

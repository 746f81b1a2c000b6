"""The full-text index inside ``terms.sqlite``: SQLite FTS5, accents and case folded, word starts found."""

from __future__ import annotations

import re
from typing import Final

TEXT_INDEX: Final = """
CREATE VIRTUAL TABLE text_index USING fts5 (
    label, other_label, body, content='', tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);
"""

_WORD: Final = re.compile(r"\w+")
_MAX_WORDS: Final = 12


def match_expression(words: str) -> str:
    """Turn what a person typed into an FTS5 expression: all words, the last as the start of a word.

    Nothing of FTS5's own syntax passes through; empty where there is no word.
    """
    found = _WORD.findall(words)[:_MAX_WORDS]
    return " ".join(f'"{word}"' for word in found) + "*" if found else ""

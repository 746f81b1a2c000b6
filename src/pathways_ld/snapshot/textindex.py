"""The full-text index ``text.sqlite``: SQLite FTS5, accents and case folded, word starts found."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

TEXT_INDEX: Final = """
CREATE VIRTUAL TABLE texts.text_index USING fts5 (
    label, other_label, body, content='', tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);
"""

_WORD: Final = re.compile(r"[^\W_]+")
_MAX_WORDS: Final = 12


def fold(text: str) -> str:
    """Take case and accents from a text, of every script (SQLite's own folding knows Latin only)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def match_expression(words: str) -> str:
    """Turn what a person typed into an FTS5 expression: all words, the last as the start of a word.

    Nothing of FTS5's own syntax passes through; empty where there is no word.
    """
    found = [word for word in _WORD.findall(fold(words)) if any(c.isalpha() or c.isdecimal() for c in word)]
    return " ".join(f'"{word}"' for word in found[:_MAX_WORDS]) + "*" if found else ""

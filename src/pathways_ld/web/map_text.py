"""How wide a text is, and where it breaks: estimates, on the wide side, for the fonts of the pages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_WIDTHS: Final = {
    **dict.fromkeys("iIjl.,:;'|!", 0.32), **dict.fromkeys("frt()[]{}/\\- ", 0.42),
    **dict.fromkeys("ckszJLvxy\"*", 0.6),
    **dict.fromkeys("abdeghnopqu0123456789?EFPSTYZ", 0.645), **dict.fromkeys("ABCKRVX", 0.71),
    **dict.fromkeys("DGHNOQU", 0.79), **dict.fromkeys("wMm%@W—…&+=<>#~", 0.99),
}  # fmt: skip
"""Parts of the font size: those of DejaVu Sans, the widest of the fonts that pages are commonly shown in."""
_HYPHENS: Final = re.compile(r"(?<=\w[-/])(?=\w)")
_OTHER: Final = 0.7
_FULL: Final = 1.05


@lru_cache(maxsize=4_096)
def _of(character: str) -> float:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    wide = unicodedata.east_asian_width(character) in ("W", "F") or ord(character) >= 0x2E80
    return _FULL if wide else _OTHER


def width_of(text: str, size: float) -> float:
    """Estimate the width of a text in a font of a size, in the unit of the size."""
    return sum(map(_of, text)) * size


def wrap(text: str, width: float, size: float, lines: int) -> list[str]:
    """Break a text into lines of at most a width; what does not fit ends in an ellipsis.

    Characters that cannot be drawn or that turn the direction of what follows are left out.
    """
    words = pieces(text)
    made: list[str] = []
    line = ""
    while words:
        glue, word = words.pop(0)
        longer = f"{line}{glue}{word}" if line else word
        if width_of(longer, size) <= width:
            line = longer
        elif line:
            made.append(line)
            line = ""
            words.insert(0, ("", word))
        else:
            cut = _fitting(word, width, size)
            made.append(word[:cut])
            if word[cut:]:
                words.insert(0, ("", word[cut:]))
        if len(made) == lines:
            break
    if line:
        made.append(line)
    elif words:
        made[-1] = _ellipsis(made[-1], width, size)
    return made or ["…"]


def pieces(text: str) -> list[tuple[str, str]]:
    """Take a text apart where a line may end, each piece with what joins it to the one before."""
    found = []
    for word in _drawable(text).split():
        parts = [part for part in _HYPHENS.split(word) if part]
        found += [(" " if number == 0 else "", part) for number, part in enumerate(parts)]
    return found


def _drawable(text: str) -> str:
    text = text[:2_000]
    return "".join(
        " " if each.isspace() else each
        for each in text
        if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def _fitting(word: str, width: float, size: float) -> int:
    total = 0.0
    for position, character in enumerate(word):
        total += _of(character) * size
        if total > width:
            return max(1, position)
    return len(word)


def _ellipsis(line: str, width: float, size: float) -> str:
    while line and width_of(line + "…", size) > width:
        line = line[:-1]
    return line.rstrip() + "…"

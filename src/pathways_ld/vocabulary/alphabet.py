"""In which order labels stand in an index, and under which letter: by language, without a library for it.

What is done is a part of the Unicode Collation Algorithm (https://www.unicode.org/reports/tr10/): accents do
not count, but letters that a language has of its own stand where that language has them.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from pathways_ld.snapshot.textindex import fold

_AFTER: Final = "\uf8ff"
"""Sorts after all letters; what follows it tells letters apart that stand at one place."""

_NORDIC: Final = {"æ": ("z", 1), "ä": ("z", 1), "ø": ("z", 2), "ö": ("z", 2), "å": ("z", 3)}
_SWEDISH: Final = {"å": ("z", 1), "ä": ("z", 2), "æ": ("z", 2), "ö": ("z", 3), "ø": ("z", 3)}
_CZECH: Final = {letter: (base, 1) for letter, base in zip("čřšž", "crsz", strict=True)}
_OWN_LETTERS: Final[dict[str, dict[str, tuple[str, int]]]] = {
    "cs": _CZECH,
    "da": _NORDIC,
    "es": {"ñ": ("n", 1)},
    "et": {"õ": ("w", 1), "ä": ("w", 2), "ö": ("w", 3), "ü": ("w", 4)},
    "fi": _SWEDISH,
    "nb": _NORDIC,
    "nn": _NORDIC,
    "no": _NORDIC,
    "pl": {
        **{letter: (base, 1) for letter, base in zip("ąćęłńóśź", "acelnosz", strict=True)},
        "ż": ("z", 2),
    },
    "sk": _CZECH,
    "sv": _SWEDISH,
    "tr": {letter: (base, 1) for letter, base in zip("çğıöşü", "cghosu", strict=True)},
}
"""For each language: a letter, the letter after which it stands, and its place there."""

SYMBOLS: Final = "!"
DIGITS: Final = "0"
IDEOGRAPHS: Final = "\u4e00"
_SHOWN: Final = {SYMBOLS: "#", DIGITS: "0-9", IDEOGRAPHS: "字"}
_FIRST_HANGUL: Final = 0x1100
_JAMO: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"


def sort_key(text: str, lang: str) -> str:
    """Give the text by which a label is sorted; what does not begin with a letter or digit stands first."""
    if text.isascii():
        lowered = text.lower()
        start = next((at for at, char in enumerate(lowered) if char.isalnum()), None)
        return SYMBOLS + lowered if start is None else lowered[start:]
    own = _OWN_LETTERS.get(lang, {})
    lowered = unicodedata.normalize("NFC", text).lower()
    start = next((at for at, char in enumerate(lowered) if char.isalnum()), None)
    if start is None:
        return SYMBOLS + fold(lowered)
    return "".join(
        f"{own[char][0]}{_AFTER}{own[char][1]}" if char in own else fold(char) for char in lowered[start:]
    )


def initial_of(key: str) -> str:
    """Give the first letter of a key, as letters are sorted; digits are one letter, ideographs too."""
    first = key[:1]
    if not first or first == SYMBOLS or not first.isalnum():
        return SYMBOLS
    if first.isdecimal() or first.isdigit():
        return DIGITS
    if key[1:2] == _AFTER:
        return key[:3]
    return IDEOGRAPHS if _is_ideograph(first) else first


def _is_ideograph(char: str) -> bool:
    return ord(char) > 0x3130 and unicodedata.category(char) == "Lo" and not 0xA960 <= ord(char) < 0xD7FF


def letter_of(initial: str, lang: str) -> str:
    """Write the first letter of keys as people read it."""
    if initial in _SHOWN:
        return _SHOWN[initial]
    if _AFTER in initial:
        base, _, place = initial.partition(_AFTER)
        own = _OWN_LETTERS.get(lang, {}).items()
        letters = (letter for letter, (after, at) in own if (after, str(at)) == (base, place))
        return next(letters, base).upper()
    place_of_jamo = ord(initial[0]) - _FIRST_HANGUL
    if 0 <= place_of_jamo < len(_JAMO):
        return _JAMO[place_of_jamo]
    return initial.upper() if len(initial.upper()) == 1 else initial


def initial_of_letter(letter: str, lang: str) -> str:
    """Read a letter as people write it; empty where it is none."""
    for initial, shown in _SHOWN.items():
        if letter == shown:
            return initial
    if letter in _JAMO and letter:
        return chr(_FIRST_HANGUL + _JAMO.index(letter))
    letter = unicodedata.normalize("NFC", letter)
    return initial_of(sort_key(letter, lang)) if len(letter) == 1 else ""

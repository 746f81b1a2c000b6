"""Language tags with capitals, through a parser that lower-cases them."""

from __future__ import annotations

import re
from typing import Final

from pyoxigraph import Literal

from pathways_ld.rdfio.ntriples import Statement

_CASED_TAG: Final = re.compile(
    rb"""(?P<before>["']@|xml:lang\s*=\s*["'])(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?![A-Za-z0-9-])"""
)
_CHARACTER: Final = re.compile(
    rb"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))|&#(?:x0*([0-9A-Fa-f]{1,6})|0*([0-9]{1,7}));"
)


def _written_out(match: re.Match[bytes]) -> bytes:
    short, long, hexadecimal, decimal = match.groups()
    code = int(decimal) if decimal else int(short or long or hexadecimal, 16)
    return bytes([code]) if code < 128 else b" "  # a mark is made of ASCII


class CasedTags:
    """Carries language tags with capitals through a parser that lower-cases them.

    Each such tag is replaced by a private-use tag that occurs nowhere in the text; afterwards every
    occurrence is put back, so it does not matter whether the match was a tag or merely looked like one.
    """

    def __init__(self, content: bytes) -> None:
        self.marker = "zz"
        self.content = content
        cased = {match["tag"] for match in _CASED_TAG.finditer(content)}
        # Sorted, so that equal documents give equal marks and blank nodes their equal labels.
        self.originals = sorted(tag.decode() for tag in cased if tag != tag.lower())
        if not self.originals:
            return
        self._numbers = {tag: number for number, tag in enumerate(self.originals)}
        number, lowered, plain = 0, content.lower(), _CHARACTER.sub(_written_out, content).lower()
        while self.marker.encode() in lowered or self.marker.encode() in plain:
            number += 1
            self.marker = f"zz{number}q"
        self.content = _CASED_TAG.sub(self._mark, content)
        self._pattern = re.compile(rf"x-{self.marker}(\d+)z")

    def _mark(self, match: re.Match[bytes]) -> bytes:
        tag = match["tag"]
        if tag == tag.lower():
            return match[0]
        try:
            Literal("", language=tag.decode())
        except ValueError:
            return match[0]  # for the parser to refuse, in its own words
        return match["before"] + f"x-{self.marker}{self._numbers[tag.decode()]}z".encode()

    def restored(self, source: Statement) -> Statement:
        """Put the tags back into a statement."""
        return Statement(*map(self.restore, source))

    def restore(self, text: str) -> str:
        """Put the tags back into what was read."""
        if not self.originals or self.marker not in text:
            return text
        return self._pattern.sub(lambda match: self.originals[int(match[1])], text)

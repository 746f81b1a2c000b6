"""Content negotiation by media type (RFC 9110, 12.5.1) and by language (12.5.4).

Werkzeug's parser is not enough: it drops entries with an odd quality, and lets a parameter such as
``profile`` or ``charset`` decide that nothing matches. Real clients send all of that, and this module is
tested with what they send. https://www.rfc-editor.org/rfc/rfc9110#name-proactive-negotiation
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pathways_ld.errors import NotAcceptable
from pathways_ld.formats import Format

MAX_HEADER: Final = 8_192
_TRANSPARENT: Final = frozenset({"charset", "profile", "version"})
"""Parameters that ask for a flavour of a format; without that flavour the format itself still suits."""
_NAMED: Final = 3
_LANGUAGE_RANGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*")


@dataclass(frozen=True)
class MediaRange:
    """One entry of an Accept header."""

    type: str
    subtype: str
    parameters: tuple[str, ...]
    quality: float
    profile: str = ""

    def specificity(self, media_type: str) -> int:
        """Tell how closely the range names a media type: 0 not at all, 3 by its name."""
        main, _, sub = media_type.partition("/")
        if self.type == "*":
            return 1
        if self.type != main:
            return 0
        if self.subtype == "*":
            return 2
        if self.subtype != sub or any(name not in _TRANSPARENT for name in self.parameters):
            return 0
        return _NAMED


@dataclass(frozen=True)
class Choice:
    """What will be sent: a format, the media type it is labelled with, and the flavour asked for.

    `profile` is the value of a ``profile`` parameter of the media type, empty where there was none.
    """

    format: Format
    media_type: str
    profile: str = ""

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        return self.format.content_type(self.media_type)


def parse_accept(header: str) -> list[MediaRange]:
    """Read an Accept header leniently: what cannot be understood counts as not said."""
    ranges = []
    for entry in _split(header[:MAX_HEADER], ","):
        name, *parameters = _split(entry, ";") or [""]
        main, slash, sub = name.strip().lower().partition("/")
        if main == "*" and not slash:
            sub, slash = "*", "/"  # as older Java writes it
        if not (main and slash and sub):
            continue
        quality, names, profile = 1.0, [], ""
        for parameter in parameters:
            key, _, value = (part.strip() for part in parameter.partition("="))
            if key.lower() == "q":
                quality = _quality(value)
            elif key:
                names.append(key.lower())
                profile = value.strip('"') if key.lower() == "profile" else profile
        ranges.append(MediaRange(main, sub, tuple(names), quality, profile))
    return ranges


def negotiate(header: str | None, formats: tuple[Format, ...]) -> Choice:
    """Choose a format; ties go to the earlier of `formats`. Raises :class:`NotAcceptable`.

    An absent or unreadable header means no preference.
    """
    return _negotiate((header or "")[:MAX_HEADER], formats)


@lru_cache(maxsize=1_024)
def _negotiate(header: str, formats: tuple[Format, ...]) -> Choice:
    """Do the work once for each of the few headers that clients send."""
    ranges = parse_accept(header)
    if not ranges:
        return Choice(formats[0], formats[0].media_type)
    best: tuple[float, Choice] | None = None
    for candidate in formats:
        for media_type in (candidate.media_type, *candidate.labels, *candidate.aliases):
            quality, profile = _quality_of(media_type, ranges, primary=media_type == candidate.media_type)
            if quality > 0 and (best is None or quality > best[0]):
                label = candidate.media_type if media_type in candidate.aliases else media_type
                best = quality, Choice(candidate, label, profile)
    if best is None:
        known = ", ".join(each.media_type for each in formats)
        raise NotAcceptable(f"Nothing here is of the type asked for ({_shown(header)}); there is {known}.")
    return best[1]


def _quality_of(media_type: str, ranges: Sequence[MediaRange], *, primary: bool) -> tuple[float, str]:
    """Give the quality of a media type and the profile it is wanted with.

    The closest range counts, of equally close ones the better; the flavours of a type that is named
    count as equally close, since each is to be had. A wildcard asks for a format, not for its other names.
    """
    named = [each for each in ranges if each.specificity(media_type) >= _NAMED]
    if named:
        best = max(named, key=lambda each: (each.quality, bool(each.profile)))
        return best.quality, best.profile
    general = [each for each in ranges if each.specificity(media_type)] if primary else []
    if not general:
        return 0.0, ""
    best = max(general, key=lambda each: (each.specificity(media_type), each.quality))
    return best.quality, ""


def parse_languages(header: str | None) -> tuple[str, ...]:
    """Read an Accept-Language header: the language ranges, best first, without ``*`` and refused ones."""
    found = []
    for position, entry in enumerate(_split((header or "")[:MAX_HEADER], ",")):
        name, *parameters = (part.strip() for part in entry.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.lower().startswith("q="):
                quality = _quality(parameter[2:])
        if quality > 0 and name != "*" and _LANGUAGE_RANGE.fullmatch(name):
            found.append((-quality, position, name))
    return tuple(name for _, _, name in sorted(found))[:20]


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0  # an unreadable weight is no weight (RFC 9110, 12.4.2 with 2.4)
    return 1.0 if math.isnan(value) else min(max(value, 0.0), 1.0)


def _split(text: str, separator: str) -> list[str]:
    """Split outside quoted strings."""
    if '"' not in text:
        return [part for part in text.split(separator) if part.strip()]
    parts, start, quoted = [], 0, False
    for position, character in enumerate(text):
        if character == '"' and (not quoted or text[position - 1] != "\\"):
            quoted = not quoted
        elif character == separator and not quoted:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


def _shown(header: str) -> str:
    return header.strip()[:200]

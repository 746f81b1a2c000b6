"""Which language a reader gets: RFC 4647 look-up with an ordered fallback."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pathways_ld.model import LanguageMap, Text


@dataclass(frozen=True)
class Languages:
    """A reader's languages, best first; the default language and then any language follow."""

    ranges: tuple[str, ...] = ()
    default: str = "en"

    def pick(self, texts: LanguageMap) -> tuple[str, str]:
        """Give the best text and its language tag; two empty strings where there is none."""
        lang = self.best(texts)
        return (texts[lang], lang) if lang is not None else ("", "")

    def best(self, tags: Iterable[str]) -> str | None:
        """Give the best of some language tags (RFC 4647, 3.4 look-up; then a variety of the language)."""
        available = sorted(tags)
        lowered = {tag.lower(): tag for tag in available}
        for wanted in (*self.ranges, self.default):
            found = _look_up(wanted.lower(), lowered)
            if found is not None:
                return found
        return "" if "" in lowered else (available[0] if available else None)

    def order(self, texts: Sequence[Text]) -> list[Text]:
        """Keep the texts in the reader's best language; all others follow only where it has none."""
        best = self.best({text["lang"] for text in texts})
        return [text for text in texts if text["lang"] == best]


def _look_up(wanted: str, lowered: dict[str, str]) -> str | None:
    if not wanted:
        return None
    part = wanted
    while part:
        if part in lowered:
            return lowered[part]
        part = part.rpartition("-")[0]
    varieties = sorted(tag for tag in lowered if tag.startswith(f"{wanted}-"))
    return lowered[varieties[0]] if varieties else None

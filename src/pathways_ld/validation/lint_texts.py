"""Slips in texts and their language tags: encoding, invisible characters, spaces, markup, size."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import ftfy
import langcodes
from ftfy.badness import is_bad

from pathways_ld.rdfio import literal
from pathways_ld.report import Severity

MAX_TEXT: Final = 100_000
"""Characters of a literal that is looked at; a longer one is too large to begin with."""

SHOWN: Final = 60

_LONGEST_TAG: Final = 100
"""Characters of a language tag that is looked up; the longest in use have 35 (RFC 5646, 4.4.1)."""
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_INVISIBLE: Final = re.compile("[\u00ad\u034f\u180e\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_JOINERS: Final = re.compile(
    "(?<=[\u0000-\u024f])[\u200c\u200d]|[\u200c\u200d](?=[\u0000-\u024f])|[\u200c\u200d]$"
)
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKS: Final = re.compile("[\u200e\u200f]")
_ELEMENTS: Final = (
    "a|abbr|article|audio|b|blockquote|body|br|button|center|cite|code|dd|del|div|dl|dt|em|embed|font|form|"
    "h[1-6]|head|hr|html|i|iframe|img|input|ins|li|link|mark|math|meta|object|ol|p|pre|q|s|script|section|"
    "small|span|strike|strong|style|sub|sup|svg|table|tbody|td|textarea|th|thead|title|tr|tt|u|ul|video"
)
_TAG: Final = re.compile(rf"</?(?:{_ELEMENTS})(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)
_DANGEROUS: Final = re.compile(
    r"<\s*/?(?:script|iframe|object|embed|svg|style|form|meta|link)\b|\bon[a-z]{3,20}\s*=\s*[\"']|javascript:",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_SPACES: Final = re.compile(r"\s+")
_USUAL_TAGS: Final = {
    "cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "kr": "ko", "ua": "uk", "vn": "vi",
    "eng": "en", "english": "en",
    "spanish": "es", "french": "fr", "german": "de",
}  # fmt: skip
_KEPT_AS_THEY_ARE: Final = ("sh", "no", "mo", "zh")
"""Languages whose usual form is a matter of opinion."""


@dataclass(frozen=True)
class Slip:
    """Something wrong with one RDF term; `term` is the term as it should be, where that can be computed."""

    rule: str
    severity: Severity
    message: str
    advice: str = ""
    term: str = ""


def shown(text: str) -> str:
    """Quote a text for a message: what cannot be seen is written as its code point."""
    cut = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    visible = "".join(
        char if char.isprintable() or char in "\u00a0" else f"[U+{ord(char):04X}]" for char in cut
    )
    return f'"{visible}"'


def text_slips(
    text: str, written: Callable[[str], str], *, is_label: bool, may_have_markup: bool = False
) -> Iterator[Slip]:
    """Check the text of a literal; `written` gives the literal with another text."""
    if len(text) > MAX_TEXT:
        yield Slip(
            "text-too-large",
            "must fix",
            f"The text has {len(text):,} characters; {MAX_TEXT:,} are too many. Link to the document.",
        )
        return

    def corrected(rule: str, severity: Severity, message: str, better: str) -> Slip:
        if better == text or (is_label and not better.strip()):
            return Slip(rule, severity, message)
        return Slip(rule, severity, message, f"Write {shown(better)}.", written(better))

    yield from _characters(text, corrected)
    if not text.isascii():
        yield from _encoding(text, corrected)
    if not may_have_markup and ("<" in text or "&" in text):
        yield from _markup(text, corrected)
    yield from _spaces(text, corrected, is_label=is_label)


Corrected = Callable[[str, Severity, str, str], Slip]


def _characters(text: str, corrected: Corrected) -> Iterator[Slip]:
    if text.isascii() and text.isprintable():
        return
    for rule, pattern, what in (
        ("text-control-characters", _CONTROLS, "a control character"),
        ("text-invisible-characters", _INVISIBLE, "an invisible character"),
        ("text-invisible-characters", _JOINERS, "an invisible character"),
        ("text-direction-characters", _BIDI, "a character that changes the direction of writing"),
    ):
        match = pattern.search(text)
        if match:
            message = f"{shown(text)} has {what}, {_name(match[0])}. Remove it."
            yield corrected(rule, "must fix", message, pattern.sub("", text))
    match = _MARKS.search(text)
    if match and not any(unicodedata.bidirectional(char) in ("R", "AL") for char in _MARKS.sub("", text)):
        message = f"{shown(text)} has a mark of direction, {_name(match[0])}, without a need. Remove it."
        yield corrected("text-direction-characters", "should fix", message, _MARKS.sub("", text))


def _name(char: str) -> str:
    name = unicodedata.name(char, "")
    return f"U+{ord(char):04X} {name}".strip()


def _encoding(text: str, corrected: Corrected) -> Iterator[Slip]:
    if "\ufffd" in text:
        message = (
            f"{shown(text)} has a replacement character (U+FFFD): a letter was lost when it was decoded."
            " Type it again."
        )
        yield Slip("text-wrongly-decoded", "must fix", message)
    elif is_bad(text):
        better = ftfy.fix_encoding(text)
        meant = f" {shown(better)} seems to be meant." if better != text else ""
        message = f"{shown(text)} looks wrongly decoded.{meant} Save the file as UTF-8."
        yield corrected("text-wrongly-decoded", "must fix", message, better)
    if not unicodedata.is_normalized("NFC", text):
        message = (
            f"{shown(text)} has letters that are put together of several characters. It looks the same as the"
            " usual form (Unicode NFC), but is not found by it."
        )
        yield corrected("text-normalization", "should fix", message, unicodedata.normalize("NFC", text))


def _markup(text: str, corrected: Corrected) -> Iterator[Slip]:
    if _DANGEROUS.search(text):
        message = f"{shown(text)} has a script, or markup that can run one. Write plain text."
        yield Slip("text-markup", "must fix", message)
    elif _TAG.search(text):
        yield Slip("text-markup", "must fix", f"{shown(text)} has HTML in it. Write plain text.")
    elif _REFERENCE.search(text):
        better = html.unescape(text)
        if better != text:
            message = f"{shown(text)} has an HTML character reference in it. Write the character itself."
            # A text about HTML may need what would become an element.
            better = text if _TAG.search(better) else better
            yield corrected("text-markup", "must fix", message, better)


def _spaces(text: str, corrected: Corrected, *, is_label: bool) -> Iterator[Slip]:
    if not text.strip():
        yield Slip("text-not-empty", "must fix", "The text is empty. Write it, or remove the statement.")
        return
    if is_label:
        better = _SPACES.sub(_one_space, text).strip()
        if better != text:
            message = f"{shown(text)} has spaces at an end, several in a row, or a line break."
            yield corrected("label-spaces", "should fix", message, better)
    elif text[0].isspace() or text[-1].isspace():
        message = f"{shown(text.strip())} has spaces or line breaks at an end."
        yield corrected("text-spaces", "tip", message, text.strip())


def _one_space(match: re.Match[str]) -> str:
    # A single space of another kind, such as one that does not break, is meant.
    return " " if len(match[0]) > 1 or match[0] in "\t\n\r" else match[0]


def tag_slip(text: str, language: str) -> Slip | None:
    """Check a language tag against the IANA registry (BCP 47)."""
    severity, problem, better = _tag(language.lower())
    if not problem:
        return None
    if better:
        message = f"@{language} {problem} Write @{better}."
        advice = f"Write {shown(text)}@{better}."
        return Slip("language-tag", severity, message, advice, literal(text, lang=better))
    message = f"@{language} {problem} Look it up in the registry of language subtags, or leave the tag out."
    return Slip("language-tag", severity, message)


@lru_cache(maxsize=2000)
def _tag(language: str) -> tuple[Severity, str, str]:
    """Say what is wrong with a tag, and what to write; both empty for a good one."""
    main, _, rest = language.partition("-")
    if main == "x":
        return "tip", "", ""
    try:
        # langcodes calls itself once for each subtag.
        valid = len(language) <= _LONGEST_TAG and langcodes.tag_is_valid(language)
        preferred = langcodes.standardize_tag(language) if valid else ""
    except ValueError:
        valid, preferred = False, ""
    if not valid:
        usual = _USUAL_TAGS.get(main, "")
        better = f"{usual}-{rest.upper()}" if usual and rest else usual
        return "should fix", "is not a registered language tag.", better
    if preferred.lower() != language and main not in _KEPT_AS_THEY_ARE:
        return "tip", "is not the usual form of this tag.", preferred
    return "tip", "", ""

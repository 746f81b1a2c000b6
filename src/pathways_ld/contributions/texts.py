"""What people write about themselves and their reasons: bounded, clean, with a contact that can be one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

from pathways_ld.contributions.model import Contributor
from pathways_ld.errors import BadRequest
from pathways_ld.wording import N_, Said

LONGEST_TEXT: Final = 2_000
"""Characters of a reason, a comment or a note."""
LONGEST_NAME: Final = 200
LONGEST_CONTACT: Final = 254
"""The longest e-mail address there can be (RFC 5321, 4.5.3.1.3)."""

ORCID: Final = "https://orcid.org/"

_ORCID: Final = re.compile(
    r"(?:https?://)?(?:www\.)?(?:orcid\.org/)?([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9Xx])/?", re.ASCII
)
_LIKE_ORCID: Final = re.compile(r"(?:https?://)?(?:www\.)?orcid\.org/.*|[0-9Xx -]{16,}", re.ASCII)
_EMAIL: Final = re.compile(
    r"[^\s@<>\"(),:;\\\[\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]"
)
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of the text after them, which can make it look like another."""


def clean_contributor(contributor: Contributor) -> tuple[Contributor, dict[str, str]]:
    """Give who contributes in the form that is kept, and what is wrong, in words, by field."""
    problems: dict[str, str] = {}
    name = _clean(contributor.name, LONGEST_NAME, "name", problems, lines=False)
    if contributor.named and _EMAIL.search(name):
        problems.setdefault(
            "name",
            Said(
                N_(
                    "There is an e-mail address in the name, which would be published. Write it into the"
                    " other field, which never is."
                )
            ),
        )
    contact = contributor.contact.strip()
    try:
        contact = clean_contact(contact)
    except BadRequest as error:
        problems["contact"] = error.message
    return replace(contributor, name=name, contact=contact), problems


def clean_contact(text: str) -> str:
    """Give an e-mail address as it is, an ORCID iD as an IRI; raises :class:`BadRequest`."""
    if not text:
        return ""
    match = _ORCID.fullmatch(text)
    if match is not None:
        identifier = match[1].upper()
        if _check_digit(identifier) != identifier[-1]:
            raise BadRequest(
                Said(
                    N_("%(identifier)s is no ORCID iD: its last character does not fit. Look for a typo."),
                    identifier=identifier,
                )
            )
        return ORCID + identifier
    if _LIKE_ORCID.fullmatch(text):
        raise BadRequest(
            Said(
                N_('"%(text)s" is no ORCID iD; expected four groups of four, such as 0000-0002-1825-0097.'),
                text=text[:60],
            )
        )
    if len(text) > LONGEST_CONTACT or _bad_characters(text, lines=False) or not _EMAIL.fullmatch(text):
        raise BadRequest(
            Said(
                N_(
                    '"%(text)s" is neither an e-mail address nor an ORCID iD; expected something like'
                    " ann@example.org or 0000-0002-1825-0097, or nothing."
                ),
                text=text[:60],
            )
        )
    return text


def _check_digit(identifier: str) -> str:
    """Compute the last character of an ORCID iD (ISO 7064, MOD 11-2)."""
    total = 0
    for digit in identifier.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    result = (12 - total % 11) % 11
    return "X" if result == 10 else str(result)


def clean_text(text: str, what: str, *, required: bool = False) -> str:
    """Give a reason or a comment in the form that is kept; raises :class:`BadRequest`."""
    problems: dict[str, str] = {}
    cleaned = _clean(text, LONGEST_TEXT, what, problems, lines=True)
    if required and not cleaned:
        problems[what] = f"The {what} is missing; write in a sentence why."
    if problems:
        raise BadRequest(problems[what], details={"fields": problems})
    return cleaned


def _clean(text: str, longest: int, what: str, problems: dict[str, str], *, lines: bool) -> str:
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(cleaned) > longest:
        problems[what] = f"The {what} has {len(cleaned):,} characters; expected at most {longest:,}."
        return cleaned[:longest]
    bad = _bad_characters(cleaned, lines=lines)
    if bad:
        problems[what] = (
            f"The {what} holds the character U+{ord(bad):04X}, which does not show or turns the text around."
            " Remove it, or type the text anew."
        )
    return cleaned


def _bad_characters(text: str, *, lines: bool) -> str:
    """Give the first character that must not be there, or nothing."""
    allowed = "\n\t" if lines else ""
    for char in text:
        if char in _TURNING or (
            char not in allowed and unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        ):
            return char
    return ""

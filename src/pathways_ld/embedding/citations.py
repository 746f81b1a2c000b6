"""Citations of a term: APA, BibTeX, CSL-JSON.

A term is cited as an entry of a reference work that changes: with the day it was read
(https://apastyle.apa.org/style-grammar-guidelines/references/examples/dictionary-entry-references).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any, Final

from pathways_ld.embedding.snippets_json import to_json
from pathways_ld.embedding.snippets_subject import Subject

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
# Braces are counted wherever they stand in BibTeX, so a text has none; the rest means something to TeX.
_TEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{each: f"\\{each}" for each in "&%$#_"},
    }
)

_LIGATURES: Final = re.compile(r"-(?=-)|`(?=`)|'(?=')")
"""Characters that TeX makes one of two."""


def apa(subject: Subject, read: date) -> str:
    """Write a reference in the style of the American Psychological Association, in plain text.

    Without an author the name comes first, as the style has it.
    """
    year = f"({subject.dated[0]})" if subject.dated else "(n.d.)"
    name = subject.name["text"]
    creators = _joined(subject.vocabulary.creators)
    begin = f"{_stopped(creators)} {year}. {_stopped(name)}" if creators else f"{_stopped(name)} {year}."
    inside = "" if _is_vocabulary(subject) else f" In {subject.vocabulary.title['text']}"
    version = f" (Version {subject.vocabulary.version})" if subject.vocabulary.version else ""
    whole = f"{inside}{version}." if inside or version else ""
    day = f"{_MONTHS[read.month - 1]} {read.day}, {read.year}"
    return f"{begin}{whole} Retrieved {day}, from {subject.iri}\n"


def _joined(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])}, & {names[-1]}"


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def bibtex(subject: Subject, read: date) -> str:
    """Write an entry for BibTeX and biblatex, with what means something to TeX written as TeX has it."""
    fields = {"title": f"{{{_tex(subject.name['text'])}}}"}
    if subject.vocabulary.creators:
        # Names of organizations stay whole in braces.
        fields["author"] = " and ".join(f"{{{_tex(each)}}}" for each in subject.vocabulary.creators)
    if not _is_vocabulary(subject):
        fields["howpublished"] = f"In: {_tex(subject.vocabulary.title['text'])}"
    if subject.dated:
        fields["year"] = str(subject.dated[0])
    if subject.vocabulary.version:
        fields["version"] = _tex(subject.vocabulary.version)
    fields["url"] = subject.iri.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
    fields["urldate"] = read.isoformat()
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{citation_key(subject)},\n{lines}}}\n"


def _tex(text: str) -> str:
    return _LIGATURES.sub(r"\g<0>{}", text.translate(_TEX))


def citation_key(subject: Subject) -> str:
    """Give a key of letters, digits and hyphens."""
    folded = unicodedata.normalize("NFKD", subject.iri.partition("://")[2])
    return re.sub(r"[^a-z0-9]+", "-", folded.encode("ascii", "ignore").decode().lower()).strip("-") or "term"


def csl(subject: Subject, read: date) -> str:
    """Write an item of CSL-JSON, which reference managers import (https://citeproc-js.readthedocs.io/)."""
    item: dict[str, Any] = {
        "id": citation_key(subject),
        "type": "webpage" if _is_vocabulary(subject) else "entry-dictionary",
        "title": subject.name["text"],
        "URL": subject.iri,
        "accessed": {"date-parts": [[read.year, read.month, read.day]]},
    }
    if not _is_vocabulary(subject):
        item["container-title"] = subject.vocabulary.title["text"]
    if subject.vocabulary.creators:
        item["author"] = [{"literal": each} for each in subject.vocabulary.creators]
    if subject.dated:
        item["issued"] = {"date-parts": [list(subject.dated)]}
    if subject.vocabulary.version:
        item["version"] = subject.vocabulary.version
    if subject.name["lang"]:
        item["language"] = subject.name["lang"]
    return to_json([item])


def _is_vocabulary(subject: Subject) -> bool:
    return subject.iri == subject.vocabulary.iri

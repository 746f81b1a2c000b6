"""Names that several terms bear: what makes two spellings one name, and what it means for each of its terms.

Names are the titles and the alternative labels of terms. Those of evidence (documents on the web) are not
counted: two pages with one title are no ambiguity of the vocabulary.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.model import LabelStatement, Link, PageView
from pathways_ld.namespaces import PREFIXES
from pathways_ld.snapshot.names import Name, SharedName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pathways_ld.settings import Kind
    from pathways_ld.vocabulary.reading import Reader

EVIDENCE_CLASSES: Final = frozenset({PREFIXES["bibo"] + "Document"})
"""The classes of what terms rest on, which is not itself what a vocabulary is about."""

LONGEST: Final = 200
"""Characters of a key; a longer label is a text, and nobody looks it up as a name."""
_JOINED: Final = re.compile(r"(?<=\w)[\s\u00ad\u2010-\u2015-]+(?=\w)|\s+")
_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u02bc": "'", "\u2018": "'"})


def label_key(text: str) -> str:
    """Give the form in which two spellings of a name are the same; empty for what is no name.

    Case, spaces, hyphens between words and the shape of apostrophes do not count. Accents do ("ano" is not
    "año"), and so do signs ("C" is not "C++"). It is also how an address spells the name.
    """
    folded = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).casefold().translate(_APOSTROPHES)
    if not folded.isprintable():
        folded = "".join(char for char in folded if char.isprintable() or char.isspace())
    key = unicodedata.normalize("NFC", _JOINED.sub("-", folded.strip().strip("/")))
    return key if len(key) <= LONGEST and any(char.isalnum() for char in key) else ""


def names_of(view: PageView, kinds: Iterable[Kind], *, withdrawn: bool) -> tuple[Name, ...]:
    """Give the names under which a term can be meant, once for each key."""
    kind = next((each for each in kinds if each.name == view["kind"]), None)
    if kind is None or withdrawn or kind.class_iri in EVIDENCE_CLASSES:
        return ()
    found: dict[str, Name] = {}
    for is_preferred, text in sorted((not preferred, text) for preferred, text in _texts(view)):
        key = label_key(text)
        if key:
            found.setdefault(key, Name(key, text, not is_preferred, not view["deprecated"]))
    return tuple(found.values())


def _texts(view: PageView) -> Iterable[tuple[bool, str]]:
    yield from ((True, text) for text in view["title"].values())
    yield from ((False, label["text"]) for label in view["labels"] if not label["hidden"])


@dataclass(frozen=True)
class Use:
    """How a term bears a name: the spelling, its language, and who uses it where that is recorded."""

    text: str
    lang: str
    is_preferred: bool
    sources: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """A term that bears a name."""

    view: PageView
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class SharedLabel:
    """A name in the list of those that have several meanings, with the first of its terms."""

    name: SharedName
    terms: tuple[Link, ...]


def shared_labels(
    reader: Reader, *, limit: int, offset: int = 0, terms: int = 4
) -> tuple[int, list[SharedLabel]]:
    """List the names that several terms bear, and of each the first `terms`; with the number of all names."""
    total, names = reader.shared_names(limit=limit, offset=offset)
    return total, [
        SharedLabel(name, tuple(hit.link for hit in reader.bearers(name.key, limit=terms)[1]))
        for name in names
    ]


def shared_by(reader: Reader, view: PageView) -> dict[str, SharedName]:
    """Give those of the names of a term that others bear too, by their spelling here."""
    if not view["kind"]:
        return {}
    keys = {text: label_key(text) for _, text in _texts(view)}
    found = reader.shared_among(sorted(set(keys.values()) - {""})[:_MOST_NAMES])
    return {text: found[key] for text, key in keys.items() if key in found}


_MOST_NAMES: Final = 500
"""Names of one term that are looked up for its page."""


def meanings(reader: Reader, key: str, *, limit: int, offset: int = 0) -> tuple[int, list[Meaning]]:
    """Give the terms that bear a name, those that prefer it first, with the number of all of them."""
    total, hits = reader.bearers(key, limit=limit, offset=offset)
    views = [reader.document(hit.link["iri"]).view for hit in hits]
    return total, [Meaning(view, _uses(view, key)) for view in views]


def _uses(view: PageView, key: str) -> tuple[Use, ...]:
    preferred = [
        Use(text, lang, is_preferred=True) for lang, text in view["title"].items() if label_key(text) == key
    ]
    other = [
        Use(label["text"], label["lang"], is_preferred=False, sources=tuple(label["sources"]))
        for label in _shown(view["labels"])
        if label_key(label["text"]) == key
    ]
    return (*preferred, *other)


def _shown(labels: Sequence[LabelStatement]) -> list[LabelStatement]:
    return [label for label in labels if not label["hidden"]]

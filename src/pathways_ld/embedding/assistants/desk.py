"""What a tool has at hand, and how it names and shows what it finds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pathways_ld.embedding.identifiers import identifiers_of
from pathways_ld.embedding.lookup import look_up
from pathways_ld.errors import TermNotFound, TermWithdrawn
from pathways_ld.iris import document_of
from pathways_ld.model import LanguageMap, Link, Text
from pathways_ld.namespaces import PREFIXES
from pathways_ld.vocabulary import Languages, Reader, TermDocument

LONGEST_TEXT: Final = 4_000
"""Characters of one text of a term that are given; a longer one is cut."""
SOURCES: Final = 12
"""Sources of a term that are given, each of which costs a read."""
_JOINERS: Final = "\u200c\u200d"
"""Without these, words of some languages are spelt wrongly."""
_PAGE: Final = PREFIXES["foaf"] + "page"


@dataclass(frozen=True)
class Asked:
    """The answer to a SPARQL query: SPARQL Results JSON, or Turtle where `is_graph`."""

    content: bytes
    is_graph: bool


@dataclass(frozen=True)
class Desk:
    """One snapshot, and how a SPARQL query is put to it under the limits of whoever asks.

    `root` is the address of the server that has pages for the terms; empty where none is known.
    """

    reader: Reader
    ask: Callable[[str], Asked]
    root: str = ""

    def languages(self, lang: str | None = None) -> Languages:
        """Give the order of languages; `lang` first where one is wanted."""
        return Languages((lang,) if lang else (), self.reader.manifest.default_language)

    def title(self) -> str:
        """Name the vocabulary."""
        return clean(self.languages().pick(self.reader.title)[0]) or self.reader.manifest.base

    def named(self, link: Link, languages: Languages) -> dict[str, Any]:
        """Give the IRI and the name of what a link leads to."""
        label, lang = languages.pick(link["title"])
        named: dict[str, Any] = {
            "iri": link["iri"],
            "label": clean(label) or self.reader.compact(link["iri"]),
        }
        if label and lang:
            named["lang"] = lang
        if link.get("deprecated"):
            named["deprecated"] = True
        return named

    def page(self, path: str) -> dict[str, str]:
        """Give the address of a page, where this server has pages."""
        return {"page": self.root + path} if self.root and path else {}

    def sources(self, links: Sequence[Link], languages: Languages) -> list[dict[str, Any]]:
        """Give sources with the addresses at which they can be read."""
        return [self.named(link, languages) | self._read_at(link) for link in links[:SOURCES]]

    def _read_at(self, link: Link) -> dict[str, str]:
        dated: dict[str, str] = {}
        if "modified" in link:
            dated["modified"] = link["modified"]
        if "dated" in link:
            dated["dated"] = link["dated"]
        if not link["path"]:
            return dated
        try:
            view = self.reader.document(document_of(link["iri"])).view
        except TermNotFound:
            return dated
        pages = [to["iri"] for fact in view["facts"] if fact["property"] == _PAGE for to in fact["links"]]
        return dated | ({"url": pages[0]} if pages and is_web_address(pages[0]) else {})

    def document(self, named: str) -> TermDocument:
        """Find the term that is named by its IRI, abbreviated or not, or by what follows the base.

        Raises :class:`TermNotFound` with what might be meant, or :class:`TermWithdrawn`.
        """
        found = self.find(named)
        if found is None:
            (row,) = look_up(self.reader, [named], languages=self.languages(), limit=3)
            meant = " or ".join(f"<{each.iri}> ({clean(each.label)})" for each in row.candidates)
            raise TermNotFound(
                f'There is no term "{clean(named)[:200]}" in {self.title()}.'
                f"{f' Did you mean {meant}?' if meant else ''} Do not make up IRIs: find the right one with"
                " search_terms or look_up."
            )
        if found.withdrawn:
            raise TermWithdrawn(
                f"The term {found.iri} was withdrawn and must not be used any more. Find another one with"
                " search_terms.",
                iri=found.iri,
            )
        return found

    def find(self, named: str) -> TermDocument | None:
        """Find the document of a term, or the one that tells of a part; None where there is none."""
        known = identifiers_of(named.strip(), self.reader)
        # Where a part of a document is named, the document tells of it.
        for iri in dict.fromkeys((*known.sure, *known.slugs, *map(document_of, known.sure))):
            with contextlib.suppress(TermNotFound):
                return self.reader.document(iri)
        return None


def clean(text: str) -> str:
    """Put a text into one line without control characters, so that it cannot pass for a line of ours."""
    shown = "".join(
        char if char.isprintable() or char in _JOINERS else " " for char in text[: 2 * LONGEST_TEXT]
    )
    short = " ".join(shown.split())
    return short if len(short) <= LONGEST_TEXT else short[:LONGEST_TEXT] + "…"


def is_web_address(iri: str) -> bool:
    """Tell whether an IRI is an address that may be opened: others never become links."""
    return iri.startswith(("https://", "http://"))


def texts(given: Iterable[Text]) -> list[dict[str, str]]:
    """Give literals; each is cut where it is very long."""
    return [_literal(each) for each in given]


def _literal(text: Text) -> dict[str, str]:
    return {"text": clean(text["text"])} | ({"lang": text["lang"]} if text["lang"] else {})


def labels_of(title: LanguageMap) -> dict[str, str]:
    """Give the names by their languages."""
    return {lang or "und": clean(text) for lang, text in title.items()}

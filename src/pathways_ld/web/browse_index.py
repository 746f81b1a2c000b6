"""The alphabetical index in a reader's language: what stands in it, and under which letters."""

from __future__ import annotations

from math import ceil
from typing import Final

from flask import request

from pathways_ld.errors import TermNotFound
from pathways_ld.settings import Kind
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.alphabet import initial_of_letter, letter_of
from pathways_ld.vocabulary.browsing import primary
from pathways_ld.web import pages
from pathways_ld.web.browse_state import query
from pathways_ld.web.listings import page_number

PATH: Final = "/browse/index"
MOST_LETTERS: Final = 300
"""Letters that the page offers; the whole list holds what begins with others."""


class IndexView:
    """What a request shows of the index of a kind."""

    def __init__(self, source: Reader, kind: Kind, size: int) -> None:
        self.kind, self._size = kind, size
        browser = source.browser
        self.languages = browser.languages(kind.name)
        self.default = primary(source.manifest.default_language)
        self.lang = self._read_language()
        fallback = self.lang != self.default
        initials = browser.initials(kind.name, self.lang, fallback=fallback)
        self.letters = {letter_of(initial, self.lang): count for initial, count in initials.items()}
        self.letter = request.args.get("letter", "")
        initial = initial_of_letter(self.letter, self.lang) if self.letter else ""
        if self.letter and initial not in initials:
            known = " ".join(list(self.letters)[:40])
            raise TermNotFound(f'Nothing in this index begins with "{self.letter[:10]}"; it has {known}.')
        self.letter = letter_of(initial, self.lang) if initial else ""
        self.total = initials[initial] if initial else sum(initials.values())
        self.last = max(1, ceil(self.total / size))
        self.page = page_number()
        if self.page > self.last:
            raise TermNotFound(f"The index has {self.last} pages; page {self.page} was asked for.")
        self.entries = browser.entries(
            kind.name,
            self.lang,
            initial,
            fallback=fallback,
            limit=size,
            offset=(self.page - 1) * size,
        )

    def _read_language(self) -> str:
        """Give the best language of those that there are for this reader; ``?lang=`` comes first."""
        return pages.languages().best(self.languages) or self.default

    def sections(self) -> list[tuple[str, list[object]]]:
        """Give the entries of this page under their letters."""
        found: dict[str, list[object]] = {}
        for each in self.entries:
            found.setdefault(letter_of(each.initial, self.lang), []).append(each)
        return list(found.items())

    def shown_letters(self) -> list[tuple[str, int]]:
        """Give the letters to choose from, with the number of entries."""
        return list(self.letters.items())[:MOST_LETTERS]

    def url(self, *, kind: str = "", letter: str = "", lang: str = "", page: int = 1) -> str:
        """Give the address of another part of the index; the language stays where it was asked for."""
        lang = lang or (self.lang if "lang" in request.args else "")
        asked = query(
            ("kind", kind or self.kind.name),
            ("letter", letter),
            ("lang", lang),
            ("page", str(page) if page > 1 else ""),
        )
        return f"{request.script_root}{PATH}?{asked}"

    def document(self) -> dict[str, object]:
        """Give this page of the index for programs."""
        root = request.url_root.rstrip("/")
        return {
            "kind": self.kind.name,
            "language": self.lang,
            "letter": self.letter or None,
            "letters": self.letters,
            "total": self.total,
            "page": self.page,
            "pages": self.last,
            "entries": [
                {
                    "label": each.text,
                    "lang": each.tag,
                    "type": "altLabel" if each.other else "prefLabel",
                    "iri": each.link["iri"],
                    "url": root + each.link["path"],
                    "prefLabel": each.link["title"],
                    "deprecated": each.link.get("deprecated", False),
                }
                for each in self.entries
            ],
        }

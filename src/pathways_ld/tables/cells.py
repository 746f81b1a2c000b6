"""The cells of a row as predicates and objects; what cannot be used becomes a problem."""

from __future__ import annotations

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlsplit

from pathways_ld import rdfio
from pathways_ld.iris import SLUG, is_absolute_iri, slugify
from pathways_ld.namespaces import XSD
from pathways_ld.tables.reading import Problems, Row, advice, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pathways_ld.tables.description import Column, Description, Sources

Pair = tuple[str, str]

SLUG_LIMIT: Final = 80
MAX_SUGGESTIONS: Final = 100
"""Looking for the nearest of many slugs takes time; nobody reads more suggestions."""

_INVISIBLE: Final = frozenset("\u200b\ufeff\ufffd")
_YEAR: Final = re.compile(r"[12][0-9]{3}")


class CellError(ValueError):
    """A cell that cannot be used; the message says what to do."""


class SourceRegistry:
    """The terms of the addresses that are given as sources; an address keeps the IRI it has."""

    def __init__(self, sources: Sources, base: str, known: Mapping[str, str]) -> None:
        self._sources = sources
        self._space = base + sources.path
        self._iris = dict(known)
        self._taken = set(known.values())
        self.named: set[str] = set()

    def iri(self, address: str) -> str:
        """Give the IRI of the source at `address`, minting it if need be."""
        found = self._iris.get(address)
        if found is None:
            found = self._iris[address] = self._mint(address)
            self._taken.add(found)
        self.named.add(address)
        return found

    def _mint(self, address: str) -> str:
        parts = urlsplit(address)
        query = f"?{parts.query}" if parts.query else ""
        text = parts.netloc.removeprefix("www.") + parts.path + query
        slug = slugify(text, limit=SLUG_LIMIT)
        cut = len(slugify(text, limit=len(text))) > SLUG_LIMIT
        if cut or self._space + slug in self._taken:
            slug = f"{slug}-{digest(address)}"
        return self._space + slug

    def statements(self) -> Iterator[rdfio.Statement]:
        """Give what every source that was named says of itself."""
        for address in sorted(self.named):
            subject = rdfio.iri(self._iris[address])
            for predicate, value in self._sources.constant:
                yield rdfio.Statement(subject, predicate, value)
            yield rdfio.Statement(subject, self._sources.page, rdfio.iri(address))
            label = address.partition("://")[2]
            yield rdfio.Statement(subject, self._sources.label, rdfio.literal(label))


def digest(text: str) -> str:
    """Give 8 hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class CellReader:
    """Reads cells; `slugs` maps the slug of every known term to the name of its table."""

    def __init__(
        self, description: Description, slugs: Mapping[str, str], sources: SourceRegistry, problems: Problems
    ) -> None:
        self._description = description
        self._slugs = slugs
        self._sources = sources
        self._problems = problems
        self._kinds: dict[str, Callable[[Column, str], str]] = {
            "text": self._text,
            "iri": self._iri,
            "reference": self._reference,
            "source": self._source,
            "choice": self._choice,
            "year": self._year,
            "date": self._date,
            "slug": self._slug,
        }

    def values(self, row: Row, column: Column) -> list[str] | None:
        """Give the cell's values as RDF terms (words of `choices` as they are), or None for a bad cell."""
        cell = row.cells[column.name]
        if not cell:
            if column.required:
                self._problems.cell(row, column.name, "The cell is empty; it is required.")
                return None
            return []
        terms: list[str] | None = []
        for text in cell.split(column.separator) if column.separator else [cell]:
            try:
                _check_text(text, column)
                term = text if text in column.choices else self._kinds[column.kind](column, text)
            except CellError as error:
                self._problems.cell(row, column.name, str(error))
                terms = None
            else:
                if terms is not None and text != row.cells.get(column.differs_from):
                    terms.append(term)
        return terms

    def pairs(self, column: Column, values: list[str]) -> list[Pair]:
        """Give the predicates and objects that a column's values stand for."""
        pairs = [pair for value in values for pair in column.choices.get(value, ())]
        terms = [value for value in values if value not in column.choices]
        if column.predicate:
            pairs += [(column.predicate, term) for term in terms]
        pairs += column.also if terms else ()
        return pairs + list(() if values else column.when_empty)

    def _text(self, column: Column, text: str) -> str:
        return rdfio.literal(text.replace("\r\n", "\n"), lang=column.language)

    def _iri(self, column: Column, text: str) -> str:
        for wrong, right in column.instead.items():
            if text.startswith(wrong):
                raise CellError(f'Write "{right}{text.removeprefix(wrong)}" instead of "{text}".')
        return rdfio.iri(_address(text))

    def _source(self, column: Column, text: str) -> str:
        try:
            return rdfio.iri(self._sources.iri(_address(text)))
        except CellError as error:
            words = "".join(f' or "{word}"' for word in column.choices)
            raise CellError(str(error).removesuffix(".") + f"{words}.") from None

    def _slug(self, column: Column, text: str) -> str:
        if not SLUG.fullmatch(text):
            proposal = slugify(text)
            example = f', for example "{proposal}"' if proposal else ""
            raise CellError(f'"{text}" is not a slug; expected a-z, 0-9 and single hyphens{example}.')
        return text

    def _reference(self, column: Column, text: str) -> str:
        table = self._slugs.get(text)
        if table in column.references:
            return rdfio.iri(self._description.base + self._description.tables[table].path + text)
        wanted = " or ".join(column.references)
        if table is not None:
            raise CellError(f'"{text}" is one of the {table}; expected one of the {wanted}.')
        near = ""
        if len(self._problems) < MAX_SUGGESTIONS:
            near = nearest(text, [slug for slug, of in self._slugs.items() if of in column.references])
        hint = f'did you mean "{near}"?' if near else "add its row first."
        raise CellError(f'"{text}" is not one of the {wanted}; {hint}')

    def _choice(self, column: Column, text: str) -> NoReturn:
        raise CellError(f'"{text}" has no meaning here; {advice(text, column.choices)}')

    def _year(self, column: Column, text: str) -> str:
        if not _YEAR.fullmatch(text):
            raise CellError(f'"{text}" is not a year; expected four digits such as 2014.')
        return rdfio.literal(text, datatype=XSD.gYear)

    def _date(self, column: Column, text: str) -> str:
        # A shorter date is completed to see whether it exists.
        datatype = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}.get(len(text), "")
        try:
            datetime.date.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) >= 4 else text)
        except ValueError:
            datatype = ""
        if not datatype or "W" in text:
            raise CellError(f'"{text}" is not a date; expected one such as 2014, 2014-06 or 2014-06-30.')
        return rdfio.literal(text, datatype=datatype)


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and is_absolute_iri(text)
    except ValueError:
        usable = False
    if not usable:
        raise CellError(f'"{text}" is not a web address; expected one such as https://example.org/page.')
    return text


def _check_text(text: str, column: Column) -> None:
    if not text:
        raise CellError(f'There is an empty value between two "{column.separator}"; take one out.')
    allowed = "\r\n" if column.lines else ""
    for character in text:
        if character in "\r\n" and character not in allowed:
            raise CellError("There is a line break in the cell; take it out.")
        strange = unicodedata.category(character) == "Cc" or character in _INVISIBLE
        if strange and character not in allowed:
            raise CellError(f"There is an invisible character (U+{ord(character):04X}); take it out.")
    if text != text.strip():
        raise CellError(f'"{text}" begins or ends with a space; take it out.')
    if "  " in text:
        raise CellError(f'There are two spaces in a row in "{text}"; take one out.')

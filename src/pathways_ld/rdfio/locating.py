"""Where in a document a statement stands: line and column, found only when somebody asks.

The engine does not say where it found a statement, but it asks for more of the document only when it has
dealt with what it has. Given one line at a time, the line at which a statement comes out is the line on
which it ends (or the next token does); from there the text of its value is looked for backwards.
JSON-LD is read whole, so its places come from the tree of the JSON itself (``jsonplaces``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from pyoxigraph import Quad

from pathways_ld.errors import ParseError, Position
from pathways_ld.formats import JSONLD, Format
from pathways_ld.namespaces import RDF, split_iri
from pathways_ld.rdfio.canonical import canonical_labels
from pathways_ld.rdfio.casedtags import CasedTags
from pathways_ld.rdfio.jsonplaces import JsonPlaces
from pathways_ld.rdfio.ntriples import is_blank, is_iri, is_literal, literal_parts
from pathways_ld.rdfio.parsing import MAX_BYTES, LineFeeder, read_bytes, read_quads, source_line

LOOKED_BACK: Final = 200
LONGEST_TEXT: Final = 60

_TYPE: Final = f"<{RDF.type}>"


def locate(
    source: Path | bytes, rdf_format: Format | None = None, *, base_iri: str | None = None
) -> dict[Quad, int]:
    """Give the line on which each quad of a document ends.

    Costs about twice a plain parse, so call it only when there is something to report. Empty for JSON-LD,
    which is read whole; blank nodes have the labels of the engine. :class:`Places` knows more.
    """
    content, rdf_format, name = read_bytes(source, rdf_format, None, MAX_BYTES)
    found: dict[Quad, int] = {}
    if rdf_format is not JSONLD:
        for each, line in _numbered(content, rdf_format, name, base_iri):
            found.setdefault(each, line)
    return found


def _numbered(
    content: bytes, rdf_format: Format, name: str, base_iri: str | None
) -> Iterable[tuple[Quad, int]]:
    feeder = LineFeeder(content)
    for each in read_quads(feeder, rdf_format, name, base_iri):
        yield each, feeder.line


class Places:
    """Finds statements in one document; terms are as :func:`~pathways_ld.rdfio.parse` gives them.

    The document is read again at the first question. `wanted` bounds what is remembered: the subjects
    that will be asked for, None for all.
    """

    def __init__(
        self,
        source: Path | bytes,
        rdf_format: Format | None = None,
        *,
        name: str | None = None,
        base_iri: str | None = None,
        wanted: Collection[str] | None = None,
    ) -> None:
        self.content, self.rdf_format, self.name = read_bytes(source, rdf_format, name, MAX_BYTES)
        self._base_iri = base_iri
        self._wanted = None if wanted is None else frozenset(wanted)
        self._json: JsonPlaces | None = None
        self._lines: list[bytes] | None = None
        self._exact: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._near: dict[tuple[str, str, str], tuple[int, int]] = {}

    def find(self, subject: str, predicate: str = "", value: str = "") -> Position | None:
        """Find the statement, or else the nearest: same value, same property, the subject's first."""
        if self.rdf_format is JSONLD:
            if self._json is None:
                self._json = JsonPlaces(self.content, self._base_iri)
            place = self._json.find(subject, predicate, value)
            return self._position(*place) if place else None
        if self._lines is None:
            self._index()
        value = _folded(value)
        place = self._exact.get((subject, predicate, value))
        if place is None and value:
            place = self._near.get((subject, "", value))
        if place is None and predicate:
            place, value = self._near.get((subject, predicate, "")), ""
        if place is None:
            place, value, predicate = self._near.get((subject, "", "")), "", ""
        if place is None:
            return None
        text = value or (predicate if predicate != _TYPE else "") or subject
        return self._position(*self._refined(place, text))

    def _index(self) -> None:
        self._lines = self.content.split(b"\n")
        tags = CasedTags(self.content)  # as `parse` does, or blank nodes would get other labels
        try:
            pairs = list(_numbered(tags.content, self.rdf_format, self.name, self._base_iri))
        except ParseError:
            return
        labels = self._labels([each for each, _ in pairs])
        last: dict[str, int] = {}
        previous = 0
        for each, line in pairs:
            subject = str(each.subject)
            subject = labels.get(subject, subject)
            start, previous = previous if line != previous else last.get(subject, 0), line
            if self._wanted is not None and subject not in self._wanted:
                continue
            last[subject] = line
            value = str(each.object)
            value = _folded(tags.restore(labels.get(value, value)))
            predicate, place = str(each.predicate), (start, line)
            self._exact.setdefault((subject, predicate, value), place)
            for key in ((subject, "", value), (subject, predicate, ""), (subject, "", "")):
                self._near.setdefault(key, place)

    def _labels(self, quads: list[Quad]) -> dict[str, str]:
        wanted = self._wanted
        if wanted is not None and not any(map(is_blank, wanted)):
            return {}
        return canonical_labels(quads)

    def _position(self, line: int, column: int | None = None) -> Position:
        return Position(self.name, line, column, source_line(self.content, line))

    def _refined(self, place: tuple[int, int], term: str) -> tuple[int, int | None]:
        """Look for the text of a term, from the line its statement ended on back to the one before."""
        start, end = place
        lines = self._lines or []
        wanted = _patterns(term)
        for number in range(min(end, len(lines)), max(start - 1, end - LOOKED_BACK, 0), -1):
            text = lines[number - 1].decode("utf-8", "replace")
            for pattern in wanted:
                found = [match.start() for match in pattern.finditer(text)]
                if found:
                    return number, found[-1] + 1
        return min(end, max(len(lines), 1)), None


def _folded(term: str) -> str:
    """Write a language tag as the engine does."""
    if not is_literal(term) or term.endswith(('"', ">")):
        return term
    body, _, tag = term.rpartition("@")
    return f"{body}@{tag.lower()}"


def _patterns(term: str) -> list[re.Pattern[str]]:
    """Give what a term may be written as, the most certain first."""
    if is_iri(term):
        value = term[1:-1]
        local = split_iri(value)[1]
        found = [rf"<{re.escape(value)}>", rf'"{re.escape(value)}"']
        if local:
            found.append(rf"(?<![\w:.-])[\w.-]*:{re.escape(local)}(?![\w-])")
            found.append(rf"(?<=[/#;\"<]){re.escape(local)}(?=[>\"])")
        return [re.compile(each) for each in found]
    if is_blank(term):
        return []
    text = literal_parts(term)[0]
    body = term[1 : term.rfind('"')][:LONGEST_TEXT]
    first = text.split("\n", 1)[0][:LONGEST_TEXT].rstrip()
    tail = term[term.rfind('"') + 1 :]
    tag = rf"[\"']+{re.escape(tail)}(?![\w-])" if tail.startswith("@") else "[\"']"
    found = [rf"[\"']{re.escape(each)}{tag}" for each in dict.fromkeys((body, first))]
    found += [rf"[\"']{re.escape(each)}" for each in dict.fromkeys((body, first)) if each]
    for each in dict.fromkeys((first, escape(first), escape(first, {'"': "&quot;"}))):
        if each:
            found.append(rf"(?<!\w){re.escape(each)}")
            found.append(re.escape(each))
    return [re.compile(each) for each in found]

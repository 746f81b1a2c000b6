"""Read RDF: bounded in size and nesting, never over the network, with line and column on errors."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import pyoxigraph
from pyoxigraph import BlankNode, Literal, Quad

from pathways_ld.errors import InputError, ParseError, Position
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TRIG, TURTLE, Format, by_suffix
from pathways_ld.rdfio.ntriples import Statement, quad

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 2_000_000_000
MAX_NESTING: Final = 100
MAX_ENTITIES: Final = 200
MAX_EXPANSION: Final = 10_000_000

_CASED_TAG: Final = re.compile(
    rb"""(?P<before>["']@|xml:lang\s*=\s*["'])(?P<tag>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?![A-Za-z0-9-])"""
)
_ENTITY: Final = re.compile(rb"<!ENTITY\s+(%\s+)?(\S+)\s+(?:(SYSTEM|PUBLIC)\b|\"([^\"]*)\"|'([^']*)')")
_JSON_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_POSITION_TEXT: Final = re.compile(
    r"^Parser error at line \d+ (?:column \d+|between [^:]*): |^Parser error: "
)


@dataclass(frozen=True)
class Parsed:
    """What a document said: exact statements in document order, and the prefixes it declared."""

    statements: list[Statement]
    prefixes: dict[str, str] = field(default_factory=dict)
    base_iri: str | None = None

    @property
    def quads(self) -> list[Quad]:
        """The statements as pyoxigraph quads."""
        return [quad(statement) for statement in self.statements]


def guess_format(path: Path) -> Format:
    """Tell the RDF format from a file's suffix."""
    found = by_suffix(path.suffix.removeprefix(".").lower(), (*RDF_FORMATS,))
    if found is None:
        known = ", ".join(f".{suffix}" for each in RDF_FORMATS for suffix in each.suffixes)
        raise InputError(f"{path}: the file's suffix does not tell its format; expected one of {known}.")
    return found


def parse(
    source: Path | bytes,
    rdf_format: Format | None = None,
    *,
    name: str | None = None,
    base_iri: str | None = None,
    max_bytes: int = MAX_BYTES,
) -> Parsed:
    """Parse a document.

    Duplicates are kept; blank nodes get canonical labels (RDFC-1.0), so that equal documents give equal
    statements. Raises :class:`ParseError` with file, line and column, or :class:`InputError` for a file
    that cannot be read, is too large or is of unknown format.
    """
    content, rdf_format, name = _read(source, rdf_format, name, max_bytes)
    _refuse_bombs(content, rdf_format, name)
    if rdf_format is JSONLD:
        list(_quads(content, rdf_format, name, base_iri))  # strict; the lenient run below keeps tags
        reader = pyoxigraph.parse(content, _engine_format(rdf_format), base_iri=base_iri, lenient=True)
        return Parsed(_statements(list(reader), None), {}, base_iri)
    tags = _CasedTags(content)
    try:
        reader = pyoxigraph.parse(tags.content, _engine_format(rdf_format), base_iri=base_iri)
        quads = list(reader)
    except (SyntaxError, ValueError):
        list(_quads(content, rdf_format, name, base_iri))  # for the position in the text as it was written
        raise
    return Parsed(_statements(quads, tags), dict(reader.prefixes), reader.base_iri)


def locate(
    source: Path | bytes, rdf_format: Format | None = None, *, base_iri: str | None = None
) -> dict[Quad, int]:
    """Give the line on which each quad of a document ends.

    Parsing from a stream that hands out one line at a time tells it; costs about twice a plain parse,
    so call it only when there is something to report. Empty for JSON-LD, which is read whole.
    """
    content, rdf_format, name = _read(source, rdf_format, None, MAX_BYTES)
    if rdf_format is JSONLD:
        return {}
    feeder = _LineFeeder(content)
    found: dict[Quad, int] = {}
    for each in _quads(feeder, rdf_format, name, base_iri):
        found.setdefault(each, feeder.line)
    return found


class _LineFeeder(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)
        self.line = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.line += 1
        return self._stream.readline()


class _CasedTags:
    """Carries language tags with capitals through a parser that lower-cases them.

    Each such tag is replaced by a private-use tag that occurs nowhere in the text; afterwards every
    occurrence is put back, so it does not matter whether the match was a tag or merely looked like one.
    """

    def __init__(self, content: bytes) -> None:
        self.marker = "zz"
        self.content = content
        cased = {match["tag"] for match in _CASED_TAG.finditer(content)}
        # Sorted, so that equal documents give equal marks and blank nodes their equal labels.
        self.originals = sorted(tag.decode() for tag in cased if tag != tag.lower())
        if not self.originals:
            return
        number = 0
        while self.marker.encode() in content.lower():
            number += 1
            self.marker = f"zz{number}q"
        self.content = _CASED_TAG.sub(self._mark, content)
        self._pattern = re.compile(rf"x-{self.marker}(\d+)z")

    def _mark(self, match: re.Match[bytes]) -> bytes:
        tag = match["tag"]
        if tag == tag.lower():
            return match[0]
        try:
            Literal("", language=tag.decode())
        except ValueError:
            return match[0]  # for the parser to refuse, in its own words
        return match["before"] + f"x-{self.marker}{self.originals.index(tag.decode())}z".encode()

    def restore(self, text: str) -> str:
        if not self.originals or self.marker not in text:
            return text
        return self._pattern.sub(lambda match: self.originals[int(match[1])], text)


def _statements(quads: list[Quad], tags: _CasedTags | None) -> list[Statement]:
    if any(isinstance(each.subject, BlankNode) or isinstance(each.object, BlankNode) for each in quads):
        dataset = pyoxigraph.Dataset(quads)
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
        quads = list(dataset)
    restore = tags.restore if tags is not None and tags.originals else str
    default = pyoxigraph.DefaultGraph()
    statements = []
    for each in quads:
        graph = each.graph_name
        statements.append(
            Statement(
                str(each.subject),
                str(each.predicate),
                restore(str(each.object)),
                "" if graph == default else str(graph),
            )
        )
    return statements


def _engine_format(rdf_format: Format) -> pyoxigraph.RdfFormat:
    return _ENGINE_FORMATS[rdf_format.name]


_ENGINE_FORMATS: Final = {
    TURTLE.name: pyoxigraph.RdfFormat.TURTLE,
    TRIG.name: pyoxigraph.RdfFormat.TRIG,
    NTRIPLES.name: pyoxigraph.RdfFormat.N_TRIPLES,
    NQUADS.name: pyoxigraph.RdfFormat.N_QUADS,
    RDFXML.name: pyoxigraph.RdfFormat.RDF_XML,
    JSONLD.name: pyoxigraph.RdfFormat.JSON_LD,
}


def _read(
    source: Path | bytes, rdf_format: Format | None, name: str | None, max_bytes: int
) -> tuple[bytes, Format, str]:
    if isinstance(source, bytes):
        if rdf_format is None:
            raise InputError("The format of the RDF must be given where there is no file name.")
        content, name = source, name or "input"
    else:
        rdf_format, name = rdf_format or guess_format(source), name or str(source)
        try:
            if source.stat().st_size > max_bytes:
                raise InputError(f"{name} has more than {max_bytes:,} bytes, the largest that is read.")
            content = source.read_bytes()
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror or error}.") from None
    if len(content) > max_bytes:
        raise InputError(f"{name} has {len(content):,} bytes; at most {max_bytes:,} are read.")
    return content.removeprefix(b"\xef\xbb\xbf"), rdf_format, name


def _quads(
    source: bytes | _LineFeeder, rdf_format: Format, name: str, base_iri: str | None
) -> Iterator[Quad]:
    stream = cast("IO[bytes] | bytes", source)
    try:
        yield from pyoxigraph.parse(stream, _engine_format(rdf_format), base_iri=base_iri)
    except SyntaxError as error:
        raise _parse_error(error, source, name) from None
    except ValueError as error:
        raise ParseError(f"{error}.", Position(name)) from None


def _parse_error(error: SyntaxError, source: bytes | _LineFeeder, name: str) -> ParseError:
    reason = _POSITION_TEXT.sub("", str(error.msg))
    if "LoadDocumentCallback" in reason:
        reason = "the @context is elsewhere, and nothing is fetched; write the context into the document"
    line = error.lineno or (source.line if isinstance(source, _LineFeeder) else None)
    text = ""
    if line and isinstance(source, bytes):
        lines = source.split(b"\n", line)
        text = lines[line - 1].decode("utf-8", "replace")[:300].rstrip() if len(lines) >= line else ""
    return ParseError(f"{reason}.", Position(name, line, error.offset or None, text))


def _refuse_bombs(content: bytes, rdf_format: Format, name: str) -> None:
    if rdf_format is RDFXML and b"<!DOCTYPE" in content:
        _check_entities(content, name)
    elif rdf_format is JSONLD:
        _check_depth(content, name)
    elif content.count(b"<<") > MAX_NESTING and rdf_format is not RDFXML:
        raise ParseError("triple terms (<<( … )>>) are RDF 1.2; only RDF 1.1 is read here.", Position(name))


def _check_entities(content: bytes, name: str) -> None:
    """Allow the short text entities that older OWL editors write, and nothing that grows."""
    entities = _ENTITY.findall(content)
    if len(entities) > MAX_ENTITIES:
        raise ParseError(f"the document declares more than {MAX_ENTITIES} XML entities.", Position(name))
    expansion = 0
    for parameter, entity, external, double, single in entities:
        value = double or single
        if parameter or external or b"&" in value:
            shown = entity.decode("utf-8", "replace")
            raise ParseError(f'the XML entity "{shown}" is not a plain text; write it out.', Position(name))
        expansion += len(value) * content.count(b"&" + entity + b";")
    if expansion > MAX_EXPANSION:
        raise ParseError("the XML entities would expand to too much text; write them out.", Position(name))


def _check_depth(content: bytes, name: str) -> None:
    depth = 0
    for match in _JSON_TOKEN.finditer(content):
        token = match[0]
        if token in (b"{", b"["):
            depth += 1
            if depth > MAX_NESTING:
                line = content.count(b"\n", 0, match.start()) + 1
                raise ParseError(f"JSON nested deeper than {MAX_NESTING} levels.", Position(name, line))
        elif token in (b"}", b"]"):
            depth -= 1

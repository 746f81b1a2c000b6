"""Read RDF: bounded in size and nesting, never over the network, with line and column on errors."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast
from xml.parsers import expat

import pyoxigraph
from pyoxigraph import NamedNode, Quad, Triple

from pathways_ld.errors import InputError, ParseError, Position
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TRIG, TURTLE, Format, by_suffix
from pathways_ld.iris import is_absolute_iri
from pathways_ld.rdfio.bombs import refuse_bombs
from pathways_ld.rdfio.canonical import canonical
from pathways_ld.rdfio.casedtags import CasedTags
from pathways_ld.rdfio.hints import hint
from pathways_ld.rdfio.ntriples import Statement, quad
from pathways_ld.rdfio.recognizing import encoding_problem, refuse_packed, wrong_type

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 2_000_000_000
SHOWN_LINE: Final = 300

_RDF_1_2: Final = "triple terms and base directions are RDF 1.2; only RDF 1.1 is read here."
_DIRECTIONS: Final = ("--ltr", "--rtl")
_LARGEST: Final = re.compile(r"buffer maximal size of (\d+)")
_JSON_TAG: Final = re.compile(rb'"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"')
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

    Duplicates are kept where there are no blank nodes; these get canonical labels (see ``canonical``), so
    that equal documents give equal statements. Raises :class:`ParseError` with file, line and column, or
    :class:`InputError` for a file that cannot be read, is too large or is of unknown format.
    """
    content, rdf_format, name = read_bytes(source, rdf_format, name, max_bytes)
    try:
        refuse_bombs(content, rdf_format, name)
    except ParseError:
        wrong = encoding_problem(content)
        if wrong is not None:
            raise _placed_at(*wrong, content, name) from None
        raise
    if rdf_format is JSONLD:
        return Parsed(_jsonld_statements(content, name, base_iri), {}, base_iri)
    tags = CasedTags(content)
    try:
        reader = pyoxigraph.parse(tags.content, _engine_format(rdf_format), base_iri=base_iri)
        quads = list(reader)
    except (SyntaxError, ValueError, MemoryError):
        # For the position in the text as it was written.
        list(read_quads(content, rdf_format, name, base_iri))
        raise
    if rdf_format is RDFXML:
        _refuse_cut_off(content, name)
    if any(isinstance(each.object, Triple) for each in quads):
        raise ParseError(_RDF_1_2, Position(name))
    statements = _statements(quads)
    if any(each.object.endswith(_DIRECTIONS) for each in statements):
        raise ParseError(_RDF_1_2, Position(name))
    if tags.originals:
        statements = [tags.restored(each) for each in statements]
    prefixes = {prefix: tags.restore(iri) for prefix, iri in reader.prefixes.items()}
    return Parsed(statements, prefixes, reader.base_iri and tags.restore(reader.base_iri))


def _jsonld_statements(content: bytes, name: str, base_iri: str | None) -> list[Statement]:
    """Read leniently, which keeps the capitals of language tags, what can also be read strictly."""
    strict = list(read_quads(content, JSONLD, name, base_iri))
    reader = pyoxigraph.parse(content, _engine_format(JSONLD), base_iri=base_iri, lenient=True)
    quads = list(reader)
    if len(strict) == len(quads):
        statements = _statements(quads)
    else:  # the strict reader leaves keys aside that no context defines, with all they say
        _refuse_relative(quads, name)
        statements = _recapitalized(_statements(strict), content)
    # Without a choice of rdfDirection, the direction of a text is left aside (JSON-LD 1.1 API, 8.2.2).
    return [
        each._replace(object=each.object[:-5]) if each.object.endswith(_DIRECTIONS) else each
        for each in statements
    ]


def _refuse_relative(quads: list[Quad], name: str) -> None:
    for each in quads:
        if not is_absolute_iri(each.predicate.value):
            continue
        for term in (each.subject, each.object, each.graph_name):
            if isinstance(term, NamedNode) and not is_absolute_iri(term.value):
                reason = f"{term} is not an absolute IRI, and there is no base to resolve it against."
                raise ParseError(reason, Position(name))


def _recapitalized(statements: list[Statement], content: bytes) -> list[Statement]:
    """Write language tags as the document does, where it writes them in one way only."""
    written: dict[str, set[str]] = {}
    for match in _JSON_TAG.finditer(content):
        tag = match[1].decode()
        written.setdefault(tag.lower(), set()).add(tag)
    found = []
    for each in statements:
        body, mark, tag = each.object.rpartition("@")
        spelled = written.get(tag, set()) if mark and body.endswith('"') else set()
        found.append(each._replace(object=f"{body}@{min(spelled)}") if len(spelled) == 1 else each)
    return found


def _refuse_cut_off(content: bytes, name: str) -> None:
    """Look at RDF/XML again: the engine does not mind elements that never end, nor text that is no XML."""
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        position = Position(name, error.lineno, error.offset + 1, source_line(content, error.lineno))
        advice = wrong_type(content, RDFXML)
        raise ParseError(f"{expat.ErrorString(error.code)}. {advice}".rstrip(), position) from None


def _statements(quads: list[Quad]) -> list[Statement]:
    default = pyoxigraph.DefaultGraph()
    statements = []
    for each in canonical(quads):
        graph = each.graph_name
        statements.append(
            Statement(
                str(each.subject),
                str(each.predicate),
                str(each.object),
                "" if graph == default else str(graph),
            )
        )
    return statements


class LineFeeder(io.RawIOBase):
    """Hands out one line at each read, so that the line a parser is at can be told from outside."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._stream = io.BytesIO(content)
        self._within = False
        self.line = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Give the next line, or as much of it as was asked for: more would crash the engine."""
        piece = self._stream.readline(size)
        self.line += not self._within
        self._within = not piece.endswith(b"\n")
        return piece


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


def read_bytes(
    source: Path | bytes, rdf_format: Format | None, name: str | None, max_bytes: int
) -> tuple[bytes, Format, str]:
    """Read a document without a byte order mark, with its format and its name for messages.

    Raises :class:`InputError` as :func:`parse` does, and :class:`ParseError` for archives and the like.
    """
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
    refuse_packed(content, name)
    content = content.removeprefix(b"\xef\xbb\xbf")
    if rdf_format in (JSONLD, RDFXML) and not content.strip():
        raise ParseError(f"the document is empty; expected {rdf_format.title}.", Position(name))
    return content, rdf_format, name


def read_quads(
    source: bytes | LineFeeder, rdf_format: Format, name: str, base_iri: str | None
) -> Iterator[Quad]:
    """Parse without anything around it; raises :class:`ParseError`."""
    stream = cast("IO[bytes] | bytes", source)
    try:
        yield from pyoxigraph.parse(stream, _engine_format(rdf_format), base_iri=base_iri)
    except SyntaxError as error:
        if error.lineno is None and rdf_format is RDFXML and isinstance(source, bytes):
            yield from read_quads(LineFeeder(source), rdf_format, name, base_iri)
        raise _parse_error(error, source, rdf_format, name) from None
    except ValueError as error:
        raise ParseError(f"{error}.", Position(name)) from None
    except MemoryError as error:
        match = _LARGEST.search(str(error))
        if match is None:
            raise
        line = source.line if isinstance(source, LineFeeder) else None
        raise ParseError(
            f"a text or name has more than {int(match[1]):,} bytes, the largest that is read. Link to the"
            " document instead.",
            Position(name, line),
        ) from None


def _parse_error(error: SyntaxError, source: bytes | LineFeeder, rdf_format: Format, name: str) -> ParseError:
    content = source if isinstance(source, bytes) else source.content
    wrong = encoding_problem(content)
    if wrong is not None:
        return _placed_at(*wrong, content, name)
    reason = _POSITION_TEXT.sub("", str(error.msg))
    if "LoadDocumentCallback" in reason:
        reason = "the @context is elsewhere, and nothing is fetched; write the context into the document"
    line = error.lineno or (source.line if isinstance(source, LineFeeder) else None)
    column = error.offset or None
    better = hint(reason, content, rdf_format, line or 0, column or 0)
    return ParseError(
        f"{reason}. {better.text}" if better else f"{reason}.",
        Position(name, line, column, source_line(content, line) if line else ""),
        correction=better.correction if better else None,
    )


def _placed_at(reason: str, offset: int, content: bytes, name: str) -> ParseError:
    start = content.rfind(b"\n", 0, offset) + 1
    line = content.count(b"\n", 0, offset) + 1
    column = len(content[start:offset].decode("utf-8", "replace")) + 1
    return ParseError(reason, Position(name, line, column, source_line(content, line)))


def source_line(content: bytes, line: int) -> str:
    """Give a line (from 1) of a document as it is shown: at most 300 characters of it."""
    lines = content.split(b"\n", line)
    return lines[line - 1].decode("utf-8", "replace")[:SHOWN_LINE].rstrip() if len(lines) >= line else ""

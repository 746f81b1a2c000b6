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
from pathways_ld.rdfio.bombs import refuse_bombs
from pathways_ld.rdfio.canonical import canonical
from pathways_ld.rdfio.casedtags import CasedTags
from pathways_ld.rdfio.ntriples import Statement, iri_value, is_iri, quad

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 2_000_000_000

_RDF_1_2: Final = "triple terms and base directions are RDF 1.2; only RDF 1.1 is read here."
_DIRECTIONS: Final = ("--ltr", "--rtl")
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
    content, rdf_format, name = _read(source, rdf_format, name, max_bytes)
    refuse_bombs(content, rdf_format, name)
    if rdf_format is JSONLD:
        return Parsed(_jsonld_statements(content, name, base_iri), {}, base_iri)
    tags = CasedTags(content)
    try:
        reader = pyoxigraph.parse(tags.content, _engine_format(rdf_format), base_iri=base_iri)
        quads = list(reader)
    except (SyntaxError, ValueError):
        # For the position in the text as it was written.
        list(_quads(content, rdf_format, name, base_iri))
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
    strict = list(_quads(content, JSONLD, name, base_iri))
    reader = pyoxigraph.parse(content, _engine_format(JSONLD), base_iri=base_iri, lenient=True)
    quads = list(reader)
    statements = _statements(quads)
    if len(strict) != len(quads):
        _refuse_relative(statements, name)
    # Without a choice of rdfDirection, the direction of a text is left aside (JSON-LD 1.1 API, 8.2.2).
    return [
        each._replace(object=each.object[:-5]) if each.object.endswith(_DIRECTIONS) else each
        for each in statements
    ]


def _refuse_relative(statements: list[Statement], name: str) -> None:
    for each in statements:
        for term in (*each[:3], each.graph):
            if is_iri(term):
                try:
                    NamedNode(iri_value(term))
                except ValueError:
                    reason = f"{term} is not an absolute IRI, and there is no base to resolve it against."
                    raise ParseError(reason, Position(name)) from None


def _refuse_cut_off(content: bytes, name: str) -> None:
    """Look at RDF/XML again: the engine does not mind elements that never end."""
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        raise ParseError(f"{expat.ErrorString(error.code)}.", Position(name, error.lineno)) from None


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
        self.content = content
        self._stream = io.BytesIO(content)
        self.line = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.line += 1
        return self._stream.readline()


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
        if error.lineno is None and rdf_format is RDFXML and isinstance(source, bytes):
            yield from _quads(_LineFeeder(source), rdf_format, name, base_iri)
        raise _parse_error(error, source, name) from None
    except ValueError as error:
        raise ParseError(f"{error}.", Position(name)) from None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse_error(error: SyntaxError, source: bytes | _LineFeeder, name: str) -> ParseError:
    reason = _POSITION_TEXT.sub("", str(error.msg))
    if "LoadDocumentCallback" in reason:
        reason = "the @context is elsewhere, and nothing is fetched; write the context into the document"
    content = source if isinstance(source, bytes) else source.content
    if "UTF-8" not in reason and not _is_utf8(content):
        reason = "the document is not in UTF-8"
    line = error.lineno or (source.line if isinstance(source, _LineFeeder) else None)
    text = ""
    if line:
        lines = content.split(b"\n", line)
        text = lines[line - 1].decode("utf-8", "replace")[:300].rstrip() if len(lines) >= line else ""
    return ParseError(f"{reason}.", Position(name, line, error.offset or None, text))

"""What a document really is, whatever its name says."""

from __future__ import annotations

import re
from typing import Final

from pathways_ld.errors import ParseError, Position
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format

LOOKED_AT: Final = 4096

_PACKED: Final = (
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first: gunzip FILE."),
    (b"BZh", "compressed with bzip2", "Unpack it first: bunzip2 FILE."),
    (b"\xfd7zXZ\x00", "compressed with xz", "Unpack it first: unxz FILE."),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "Unpack it first: unzstd FILE."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Take the RDF file out of it."),
    (
        b"PK\x03\x04",
        "a ZIP archive (or an office document, which is one)",
        "Take the RDF file out of it, or save the table as CSV.",
    ),
    (b"%PDF", "a PDF document", "Expected RDF, such as Turtle."),
    (b"\xd0\xcf\x11\xe0", "an old office document", "Save it as RDF, or the table as CSV."),
    (b"SQLite format 3\x00", "an SQLite database", "Export what it holds as RDF."),
    (b"\x89PNG", "a picture", "Expected RDF, such as Turtle."),
    (b"\xff\xd8\xff", "a picture", "Expected RDF, such as Turtle."),
)
_HTML: Final = re.compile(rb"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_RDFXML: Final = re.compile(rb"<(?:[\w.-]+:)?RDF[\s>]|xmlns:rdf\s*=")
_XML: Final = re.compile(rb"<\?xml\s|<!--|<[A-Za-z_][\w.-]*(?::[\w.-]+)?\s+[\w:.-]+\s*=")
_JSON: Final = re.compile(rb"""[{]\s*(?:["}]|$)|\[\s*(?:[{\]]|$)""")
_DIRECTIVE: Final = re.compile(rb"^\s*(?:@?prefix\s+[\w.-]*:\s*<|@?base\s+<)", re.IGNORECASE | re.MULTILINE)
_NTRIPLES: Final = re.compile(rb"^\s*(?:<[^<>\s]+>|_:\S+)\s+<[^<>\s]+>\s+\S", re.MULTILINE)
_SPARQL: Final = re.compile(
    rb"^\s*(?:SELECT|CONSTRUCT|ASK|DESCRIBE|INSERT|DELETE)\b[^.]*\{", re.IGNORECASE | re.MULTILINE
)


def refuse_packed(content: bytes, name: str) -> None:
    """Raise :class:`ParseError` for what is no text at all, saying what it is."""
    for start, kind, advice in _PACKED:
        if content.startswith(start):
            shown = advice.replace("FILE", name)
            raise ParseError(f"this is {kind}, not RDF. {shown}", Position(name))


def wrong_type(content: bytes, rdf_format: Format) -> str:
    """Say what a document seems to be if that is not `rdf_format`, and what to do; empty if unsure."""
    head = content[:LOOKED_AT].lstrip()
    if _HTML.match(head):
        return (
            "This is a web page (HTML), not RDF: perhaps the page was saved instead of the file behind it."
            " Download the RDF itself."
        )
    seen = recognize(head)
    if seen is None or seen is rdf_format:
        return ""
    if {seen, rdf_format} <= {TURTLE, TRIG} or (seen is NTRIPLES and rdf_format is NQUADS):
        return ""
    if seen is NTRIPLES and rdf_format in (TURTLE, TRIG):
        return ""
    suffixes = " or ".join(f".{suffix}" for suffix in seen.suffixes)
    return (
        f"This looks like {seen.title}, but is read as {rdf_format.title}:"
        f" name the file {suffixes}, or tell the format."
    )


def recognize(content: bytes) -> Format | None:
    """Tell the format that a document seems to be in by how it begins; None if unsure."""
    head = content[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<?xml") or _RDFXML.search(head[:1024]) or _XML.match(head):
        return RDFXML
    if _JSON.match(head):
        return JSONLD
    if _DIRECTIVE.search(head):
        return TRIG if re.search(rb"[>\w]\s*\{\s*$", head, re.MULTILINE) else TURTLE
    return NTRIPLES if _NTRIPLES.match(head) else None


def is_query(content: bytes) -> bool:
    """Tell whether a document seems to be SPARQL."""
    return _SPARQL.search(content[:LOOKED_AT]) is not None


def encoding_problem(content: bytes) -> tuple[str, int] | None:
    """Say why a document is not UTF-8, with the offset of the first wrong byte; None if it is."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        reason = (
            "the document is in UTF-16 (or UTF-32), not in UTF-8. Save it as UTF-8, for example:"
            " iconv -f UTF-16 -t UTF-8 OLD > NEW"
        )
        return reason, 0
    try:
        content.decode()
    except UnicodeDecodeError as error:
        byte = content[error.start]
        reason = f"the document is not in UTF-8: byte 0x{byte:02X} at offset {error.start:,}."
        likely = bytes([byte]).decode("cp1252", "replace")
        if byte >= 0x80 and likely.isprintable() and likely != "\ufffd":
            reason += (
                f' In Latin-1 (Windows-1252) that would be "{likely}". Save it as UTF-8, for example:'
                " iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
            )
        return reason, error.start
    return None

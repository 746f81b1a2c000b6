"""Documents made to overwhelm: refused before a parser sees them."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from pathways_ld.errors import ParseError, Position
from pathways_ld.formats import JSONLD, RDFXML, Format

MAX_NESTING: Final = 100
MAX_ENTITIES: Final = 200
MAX_EXPANSION: Final = 10_000_000
MAX_PREFIXES: Final = 5_000
MAX_XML_NESTING: Final = 500

_DOCTYPE: Final = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_ENTITY_START: Final = re.compile(rb"<!ENTITY", re.IGNORECASE)
_TURTLE_TOKEN: Final = re.compile(
    rb'''"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?|'''
    rb"""'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?|"""
    rb""""(?:[^"\\\r\n]++|\\.)*+"?|'(?:[^'\\\r\n]++|\\.)*+'?|"""
    rb"""<[^<>"{}|^`\s]*+>|\#[^\r\n]*+|\\.|(?P<triple_term><<)|(?P<prefix>\bprefix\s+[^\s:<>]{0,99}:)""",
    re.DOTALL | re.IGNORECASE,
)
_PREFIX: Final = re.compile(rb"\bprefix\s", re.IGNORECASE)
_NAMESPACE: Final = re.compile(rb"\bxmlns:([\w.-]+)")
_ENTITY: Final = re.compile(rb"<!ENTITY\s+(%\s+)?(\S+)\s+(?:(SYSTEM|PUBLIC)\b|\"([^\"]*)\"|'([^']*)')")
_JSON_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def refuse_bombs(content: bytes, rdf_format: Format, name: str) -> None:
    """Raise :class:`ParseError` for what would nest too deeply or expand to too much."""
    if rdf_format is RDFXML:
        if _DOCTYPE.search(content):
            _check_entities(content, name)
        _check_count({match[1] for match in _NAMESPACE.finditer(content)}, name)
        _check_elements(content, name)
    elif rdf_format is JSONLD:
        _check_depth(content, name)
    elif b"<<" in content or len(_PREFIX.findall(content)) > MAX_PREFIXES:
        _check_tokens(content, name)


def _check_entities(content: bytes, name: str) -> None:
    """Allow the short text entities that older OWL editors write, and nothing that grows."""
    entities = _ENTITY.findall(content)
    if len(entities) != len(_ENTITY_START.findall(content)):
        raise ParseError("the declaration of an XML entity is not well-formed.", Position(name))
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


def _check_elements(content: bytes, name: str) -> None:
    """Refuse deep nesting, for which the engine takes time that grows with the square of the depth."""
    depth = 0
    parser = expat.ParserCreate()

    def start(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_XML_NESTING:
            reason = f"XML nested deeper than {MAX_XML_NESTING} levels."
            raise ParseError(reason, Position(name, parser.CurrentLineNumber))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return  # for the parser to refuse, in its own words


def _check_tokens(content: bytes, name: str) -> None:
    """Look for triple terms, and count the prefixes, outside of texts, IRIs and comments."""
    prefixes: set[bytes] = set()
    for match in _TURTLE_TOKEN.finditer(content):
        if match["triple_term"]:
            line = content.count(b"\n", 0, match.start()) + 1
            reason = "triple terms (<<( … )>>) are RDF 1.2; only RDF 1.1 is read here."
            raise ParseError(reason, Position(name, line))
        if match["prefix"]:
            prefixes.add(match["prefix"])
    _check_count(prefixes, name)


def _check_count(prefixes: set[bytes], name: str) -> None:
    if len(prefixes) > MAX_PREFIXES:
        reason = (
            f"the document declares {len(prefixes):,} prefixes; at most {MAX_PREFIXES:,} are read."
            " Declare only those that are used."
        )
        raise ParseError(reason, Position(name))


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

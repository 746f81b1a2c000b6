"""RDF terms and statements as N-Triples text, the exact form in which everything is kept."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"

_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPES: Final = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


class Statement(NamedTuple):
    """A triple with the graph it stands in; each term in N-Triples syntax, `graph` empty for the default."""

    subject: str
    predicate: str
    object: str
    graph: str = ""


def is_iri(term: str) -> bool:
    """Tell whether an N-Triples term is an IRI."""
    return term.startswith("<")


def is_blank(term: str) -> bool:
    """Tell whether an N-Triples term is a blank node."""
    return term.startswith("_")


def is_literal(term: str) -> bool:
    """Tell whether an N-Triples term is a literal."""
    return term.startswith('"')


def iri(value: str) -> str:
    """Write an IRI as a term."""
    return f"<{value}>"


def iri_value(term: str) -> str:
    """Give the IRI inside an IRI term."""
    return term[1:-1]


def blank(label: str) -> str:
    """Write a blank node."""
    return f"_:{label}"


def literal(text: str, *, lang: str = "", datatype: str = "") -> str:
    """Write a literal."""
    body = f'"{text.translate(_ESCAPES)}"'
    if lang:
        return f"{body}@{lang}"
    return f"{body}^^<{datatype}>" if datatype and datatype != XSD_STRING else body


def literal_parts(term: str) -> tuple[str, str, str]:
    """Take a literal apart: its lexical form, its language tag and its datatype IRI (either may be empty)."""
    # Neither a language tag nor an IRI can hold a quotation mark, so the last one closes the string.
    end = term.rfind('"')
    if end < 1:
        raise ValueError(f"not a literal in N-Triples syntax: {term[:80]}")
    body, tail = term[1:end], term[end + 1 :]
    if "\\" in body:
        body = _ESCAPE.sub(_unescape, body)
    if not tail:
        return body, "", ""
    return (body, tail[1:], "") if tail[0] == "@" else (body, "", tail[3:-1])


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _UNESCAPED.get(code, code)


def statement(source: Quad | Triple) -> Statement:
    """Convert from pyoxigraph's objects."""
    graph = getattr(source, "graph_name", None)
    name = "" if graph is None or isinstance(graph, DefaultGraph) else str(graph)
    return Statement(str(source.subject), str(source.predicate), str(source.object), name)


def _term(text: str) -> NamedNode | BlankNode | Literal:
    if is_iri(text):
        return NamedNode(text[1:-1])
    if is_blank(text):
        return BlankNode(text[2:])
    value, lang, datatype = literal_parts(text)
    if lang:
        return Literal(value, language=lang)
    return Literal(value, datatype=NamedNode(datatype)) if datatype else Literal(value)


def quad(source: Statement) -> Quad:
    """Convert to pyoxigraph's objects (language tags become lower-case there)."""
    graph = _term(source.graph) if source.graph else DefaultGraph()
    return Quad(
        _term(source.subject),  # type: ignore[arg-type]
        NamedNode(source.predicate[1:-1]),
        _term(source.object),
        graph,  # type: ignore[arg-type]
    )


def line(source: Statement) -> str:
    """Write the triple as a line of N-Triples."""
    return f"{source.subject} {source.predicate} {source.object} .\n"


def graph_line(source: Statement) -> str:
    """Write the statement as a line of N-Quads."""
    graph = f" {source.graph}" if source.graph else ""
    return f"{source.subject} {source.predicate} {source.object}{graph} .\n"


def read_graph_line(text: str) -> Statement:
    """Read a line that :func:`graph_line` wrote, without its end; no other N-Quads."""
    subject, predicate, rest = text[:-2].split(" ", 2)
    # Nothing after a literal's closing quotation mark can hold one, and no IRI holds a space.
    start = rest.rfind('"') + 1
    end, _, graph = rest[start:].partition(" ")
    return Statement(subject, predicate, rest[:start] + end, graph)

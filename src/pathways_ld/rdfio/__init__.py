"""Bytes to RDF and back: bounded, without network, with exact literals.

A :data:`Statement` holds its RDF terms in N-Triples syntax. That form is used for everything that is
stored or published, because pyoxigraph's own objects lower-case language tags (and its store rewrites
numbers and dates besides): RDF 1.1 Concepts 3.3 allows it, but a vocabulary's editors want back what
they wrote.
"""

from pathways_ld.rdfio.jsonld import Cited, Context, write_expanded, write_jsonld, write_jsonld_by_subject
from pathways_ld.rdfio.jsonplaces import JsonPlaces
from pathways_ld.rdfio.locating import Places, locate
from pathways_ld.rdfio.ntriples import (
    Statement,
    blank,
    graph_line,
    iri,
    iri_value,
    is_blank,
    is_iri,
    is_literal,
    line,
    literal,
    literal_parts,
    quad,
    read_graph_line,
    statement,
)
from pathways_ld.rdfio.parsing import Parsed, guess_format, parse
from pathways_ld.rdfio.plainjson import write_plain_json
from pathways_ld.rdfio.rdfxml import write_rdfxml
from pathways_ld.rdfio.recognizing import recognize
from pathways_ld.rdfio.turtle import TurtleWriter, write_turtle
from pathways_ld.rdfio.writing import serialize

__all__ = [
    "Cited",
    "Context",
    "JsonPlaces",
    "Parsed",
    "Places",
    "Statement",
    "TurtleWriter",
    "blank",
    "graph_line",
    "guess_format",
    "iri",
    "iri_value",
    "is_blank",
    "is_iri",
    "is_literal",
    "line",
    "literal",
    "literal_parts",
    "locate",
    "parse",
    "quad",
    "read_graph_line",
    "recognize",
    "serialize",
    "statement",
    "write_expanded",
    "write_jsonld",
    "write_jsonld_by_subject",
    "write_plain_json",
    "write_rdfxml",
    "write_turtle",
]

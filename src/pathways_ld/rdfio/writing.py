"""Write statements in any of the RDF formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyoxigraph import Quad, Triple

from pathways_ld.errors import InputError
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio.jsonld import Context, write_jsonld
from pathways_ld.rdfio.ntriples import Statement, graph_line, line, statement
from pathways_ld.rdfio.rdfxml import write_rdfxml
from pathways_ld.rdfio.turtle import TurtleWriter, write_turtle


def serialize(
    statements: Iterable[Statement | Quad | Triple],
    rdf_format: Format,
    prefixes: Mapping[str, str] | None = None,
    *,
    root: str | None = None,
) -> bytes:
    """Write statements as `rdf_format`; `root` is the IRI a JSON-LD tree starts from.

    Formats for one graph leave the graphs' names aside.
    """
    exact = [each if isinstance(each, Statement) else statement(each) for each in statements]
    table = PREFIXES if prefixes is None else prefixes
    match rdf_format.name:
        case TURTLE.name:
            return write_turtle(exact, table).encode()
        case NTRIPLES.name:
            return "".join(map(line, exact)).encode()
        case NQUADS.name:
            return "".join(map(graph_line, exact)).encode()
        case RDFXML.name:
            return write_rdfxml(sorted(exact, key=lambda each: each.subject), table).encode()
        case JSONLD.name:
            return write_jsonld(exact, root=root, context=Context(table))
        case TRIG.name:
            return TurtleWriter(table).write_dataset(exact).encode()
    raise InputError(f"{rdf_format.title} is not a format for RDF.")

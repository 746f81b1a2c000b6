"""The service description: what this endpoint is, for programs.

https://www.w3.org/TR/sparql11-service-description/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pathways_ld.formats import GRAPH_RESULT_FORMATS, SOLUTION_FORMATS, Format
from pathways_ld.namespaces import DCT, PREFIXES, RDF, VOID, XSD
from pathways_ld.rdfio import Statement, iri, literal, serialize

_SD = PREFIXES["sd"]
_FORMAT_IRIS = "http://www.w3.org/ns/formats/"
_NAMES = {
    "turtle": "Turtle",
    "n-triples": "N-Triples",
    "rdf-xml": "RDF_XML",
    "json-ld": "JSON-LD",
    "n-quads": "N-Quads",
    "trig": "TriG",
    "results-json": "SPARQL_Results_JSON",
    "results-xml": "SPARQL_Results_XML",
    "results-csv": "SPARQL_Results_CSV",
    "results-tsv": "SPARQL_Results_TSV",
}


def service_description(
    endpoint: str, *, title: str, statements: int, graphs: Iterable[str], rdf_format: Format
) -> bytes:
    """Describe the service at the URL `endpoint`, whose default graph is the union of all graphs."""
    said = list(_describe(iri(endpoint), title, statements, graphs))
    return serialize(said, rdf_format, PREFIXES, root=endpoint)


def _describe(service: str, title: str, statements: int, graphs: Iterable[str]) -> Iterator[Statement]:
    dataset, default = "_:dataset", "_:default"
    kind = iri(RDF.type)
    yield Statement(service, kind, iri(f"{_SD}Service"))
    yield Statement(service, iri(f"{_SD}endpoint"), service)
    yield Statement(service, iri(f"{_SD}supportedLanguage"), iri(f"{_SD}SPARQL11Query"))
    yield Statement(service, iri(f"{_SD}feature"), iri(f"{_SD}UnionDefaultGraph"))
    for each in (*SOLUTION_FORMATS, *GRAPH_RESULT_FORMATS):
        yield Statement(service, iri(f"{_SD}resultFormat"), iri(_FORMAT_IRIS + _NAMES[each.name]))
    yield Statement(service, iri(f"{_SD}defaultDataset"), dataset)
    yield Statement(dataset, kind, iri(f"{_SD}Dataset"))
    if title:
        yield Statement(dataset, iri(DCT.title), literal(title))
    yield Statement(dataset, iri(f"{_SD}defaultGraph"), default)
    yield Statement(default, kind, iri(f"{_SD}Graph"))
    yield Statement(default, iri(VOID.triples), literal(str(statements), datatype=XSD.integer))
    for number, graph in enumerate(graphs):
        node = f"_:graph{number}"
        yield Statement(dataset, iri(f"{_SD}namedGraph"), node)
        yield Statement(node, kind, iri(f"{_SD}NamedGraph"))
        yield Statement(node, iri(f"{_SD}name"), iri(graph))

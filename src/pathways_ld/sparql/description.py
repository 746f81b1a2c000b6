"""The service description: what this endpoint is, for programs.

https://www.w3.org/TR/sparql11-service-description/

It says how large the graphs are (VoID), and in words what bounds a query: neither SPARQL 1.1 Service
Description nor VoID has terms for limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pathways_ld.formats import GRAPH_RESULT_FORMATS, SOLUTION_FORMATS, Format
from pathways_ld.namespaces import DCT, PREFIXES, RDF, RDFS, VOID, XSD
from pathways_ld.rdfio import Statement, iri, literal, serialize

_SD = PREFIXES["sd"]
_TYPE = iri(RDF.type)
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


_GEOSPARQL = "http://www.opengis.net/def/function/geosparql/"
_GEOSPARQL_FUNCTIONS = """
    area asGeoJSON centroid convexHull coordinateDimension difference dimension distance ehContains
    ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap envelope getSRID intersection isEmpty
    isSimple length perimeter rcc8dc rcc8ec rcc8eq rcc8ntpp rcc8ntppi rcc8po rcc8tpp rcc8tppi relate
    sfContains sfCrosses sfDisjoint sfEquals sfIntersects sfOverlaps sfTouches sfWithin spatialDimension
    symDifference union
"""
EMBEDDED_FUNCTIONS: Final = tuple(_GEOSPARQL + name for name in _GEOSPARQL_FUNCTIONS.split())
"""The functions that the embedded engine has beyond those of SPARQL 1.1 (OGC GeoSPARQL)."""


@dataclass(frozen=True)
class ServiceFacts:
    """What is described: the service at the URL `endpoint`, whose default graph is the union of all graphs.

    `graph_counts` has the number of statements of each graph, the unnamed one under "". `limits` are
    sentences.
    """

    endpoint: str
    title: str
    graph_counts: Mapping[str, int]
    limits: Iterable[str] = ()
    functions: Iterable[str] = ()
    federates: bool = False


def service_description(facts: ServiceFacts, rdf_format: Format) -> bytes:
    """Write the description."""
    said = [*_service(facts), *_dataset(facts)]
    return serialize(said, rdf_format, PREFIXES, root=facts.endpoint)


def _service(facts: ServiceFacts) -> Iterator[Statement]:
    service = iri(facts.endpoint)
    yield Statement(service, _TYPE, iri(f"{_SD}Service"))
    yield Statement(service, iri(f"{_SD}endpoint"), service)
    yield Statement(service, iri(f"{_SD}supportedLanguage"), iri(f"{_SD}SPARQL11Query"))
    features = ["UnionDefaultGraph", *["BasicFederatedQuery"] * facts.federates]
    for feature in features:
        yield Statement(service, iri(f"{_SD}feature"), iri(_SD + feature))
    for each in (*SOLUTION_FORMATS, *GRAPH_RESULT_FORMATS):
        yield Statement(service, iri(f"{_SD}resultFormat"), iri(_FORMAT_IRIS + _NAMES[each.name]))
    for function in facts.functions:
        yield Statement(service, iri(f"{_SD}extensionFunction"), iri(function))
        yield Statement(iri(function), _TYPE, iri(f"{_SD}Function"))
    for limit in facts.limits:
        yield Statement(service, iri(RDFS.comment), literal(limit, lang="en"))


def _dataset(facts: ServiceFacts) -> Iterator[Statement]:
    dataset, default = "_:dataset", "_:default"
    yield Statement(iri(facts.endpoint), iri(f"{_SD}defaultDataset"), dataset)
    yield Statement(dataset, _TYPE, iri(f"{_SD}Dataset"))
    if facts.title:
        yield Statement(dataset, iri(DCT.title), literal(facts.title))
    yield Statement(dataset, iri(f"{_SD}defaultGraph"), default)
    yield from _graph(default, sum(facts.graph_counts.values()))
    for number, (name, count) in enumerate(sorted(facts.graph_counts.items())):
        if name:
            node, graph = f"_:named{number}", f"_:graph{number}"
            yield Statement(dataset, iri(f"{_SD}namedGraph"), node)
            yield Statement(node, _TYPE, iri(f"{_SD}NamedGraph"))
            yield Statement(node, iri(f"{_SD}name"), iri(name))
            yield Statement(node, iri(f"{_SD}graph"), graph)
            yield from _graph(graph, count)


def _graph(node: str, count: int) -> Iterator[Statement]:
    yield Statement(node, _TYPE, iri(f"{_SD}Graph"))
    yield Statement(node, iri(VOID.triples), literal(str(count), datatype=XSD.integer))

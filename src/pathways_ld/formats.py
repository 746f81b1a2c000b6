"""The one table of representations: negotiation, suffixes, the command line and the loader read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, eq=False)
class Format:
    """A way to write something down; each exists once, so they are compared by identity.

    `labels` are further media types under which the same bytes are served, labelled as asked;
    `aliases` are media types that are understood and answered with `media_type`. `datasets` tells that
    we write the names of graphs in it.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    title: str
    labels: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    datasets: bool = False
    text: bool = False

    @property
    def suffix(self) -> str:
        """The preferred file suffix, without the dot."""
        return self.suffixes[0]

    def content_type(self, media_type: str | None = None) -> str:
        """Give the Content-Type value, with a charset where the media type has one."""
        chosen = media_type or self.media_type
        return f"{chosen}; charset=utf-8" if chosen.startswith("text/") else chosen


HTML: Final = Format(
    "html", "text/html", ("html",), "Web page", aliases=("application/xhtml+xml",), text=True
)
TURTLE: Final = Format(
    "turtle", "text/turtle", ("ttl",), "Turtle",
    labels=("text/n3",), aliases=("application/x-turtle", "application/turtle"), text=True,
)  # fmt: skip
JSONLD: Final = Format("json-ld", "application/ld+json", ("jsonld",), "JSON-LD", text=True)
RDFXML: Final = Format("rdf-xml", "application/rdf+xml", ("rdf", "owl"), "RDF/XML")
NTRIPLES: Final = Format(
    "n-triples", "application/n-triples", ("nt",), "N-Triples", labels=("text/plain",), text=True
)
JSON: Final = Format("json", "application/json", ("json",), "JSON")
NQUADS: Final = Format("n-quads", "application/n-quads", ("nq",), "N-Quads", datasets=True, text=True)
TRIG: Final = Format("trig", "application/trig", ("trig",), "TriG", datasets=True, text=True)

RESULTS_JSON: Final = Format(
    "results-json", "application/sparql-results+json", ("srj", "json"), "SPARQL Results JSON",
    labels=("application/json",), aliases=("text/javascript", "application/javascript"),
)  # fmt: skip
RESULTS_XML: Final = Format(
    "results-xml", "application/sparql-results+xml", ("srx", "xml"), "SPARQL Results XML",
    labels=("application/xml", "text/xml"),
)  # fmt: skip
RESULTS_CSV: Final = Format("results-csv", "text/csv", ("csv",), "CSV")
RESULTS_TSV: Final = Format("results-tsv", "text/tab-separated-values", ("tsv",), "TSV")

TERM_FORMATS: Final = (HTML, TURTLE, JSONLD, RDFXML, NTRIPLES, JSON)
"""What a term page is available as, in our order of preference (breaks ties between equal q)."""

RDF_FORMATS: Final = (TURTLE, JSONLD, RDFXML, NTRIPLES, NQUADS, TRIG)
"""What we read and write as RDF."""

GRAPH_RESULT_FORMATS: Final = (TURTLE, NTRIPLES, RDFXML, JSONLD, NQUADS, TRIG)
"""What CONSTRUCT and DESCRIBE answer with."""

SOLUTION_FORMATS: Final = (RESULTS_JSON, RESULTS_XML, RESULTS_CSV, RESULTS_TSV)
"""What SELECT and ASK answer with."""

DUMP_FORMATS: Final = (TURTLE, JSONLD, RDFXML, NTRIPLES, NQUADS)


def by_suffix(suffix: str, formats: tuple[Format, ...]) -> Format | None:
    """Find the format a file suffix (without the dot) stands for."""
    for candidate in formats:
        if suffix in candidate.suffixes:
            return candidate
    return None


def by_media_type(media_type: str, formats: tuple[Format, ...]) -> Format | None:
    """Find the format of a media type, which may carry parameters."""
    bare = media_type.partition(";")[0].strip().lower()
    for candidate in formats:
        if bare in (candidate.media_type, *candidate.labels, *candidate.aliases):
            return candidate
    return None


def by_name(name: str, formats: tuple[Format, ...]) -> Format | None:
    """Find a format by name, suffix or media type, as people write it."""
    for candidate in formats:
        if name == candidate.name:
            return candidate
    return by_suffix(name.removeprefix("."), formats) or by_media_type(name, formats)

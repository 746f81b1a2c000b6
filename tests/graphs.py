"""Compare RDF exactly: statement by statement, literal by literal, whatever the blank nodes are called."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph

from pathways_ld.formats import RDF_FORMATS, by_media_type
from pathways_ld.rdfio import Statement, is_blank, is_iri, literal_parts, parse

Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal


def statements_of(body: bytes, content_type: str) -> list[Statement]:
    """Parse a response body by its content type."""
    bare = content_type.partition(";")[0]
    media_type = "application/ld+json" if bare == "application/json" else bare
    rdf_format = by_media_type(media_type, RDF_FORMATS)
    assert rdf_format is not None, content_type
    return parse(body, rdf_format).statements


def exact(statements: Iterable[Statement]) -> frozenset[str]:
    """Give the triples with canonical blank nodes (RDFC-1.0), literals kept to the letter.

    The engine lower-cases language tags, so each literal travels through it as one plain string.
    """
    quads = [
        pyoxigraph.Quad(_opaque(each.subject), _opaque(each.predicate), _opaque(each.object))  # type: ignore[arg-type]
        for each in statements
    ]
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(str(each) for each in dataset)


def _opaque(term: str) -> Term:
    if is_iri(term):
        return pyoxigraph.NamedNode(term[1:-1])
    if is_blank(term):
        return pyoxigraph.BlankNode(term[2:])
    text, language, datatype = literal_parts(term)
    return pyoxigraph.Literal(f"{text}\x1f{language}\x1f{datatype}")


def closure(statements: Iterable[Statement], document: str) -> list[Statement]:
    """Give what is said of a document, of its parts (fragments) and of the blank nodes they lead to."""
    said: dict[str, list[Statement]] = {}
    for each in statements:
        said.setdefault(each.subject, []).append(each)
    waiting = [
        subject for subject in said if subject == f"<{document}>" or subject.startswith(f"<{document}#")
    ]
    found: list[Statement] = []
    seen = set(waiting)
    while waiting:
        for each in said.get(waiting.pop(), ()):
            found.append(each)
            if is_blank(each.object) and each.object not in seen:
                seen.add(each.object)
                waiting.append(each.object)
    return found

"""Compare RDF exactly: statement by statement, literal by literal, whatever the blank nodes are called."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph

from pathways_ld.formats import RDF_FORMATS, by_media_type
from pathways_ld.iris import document_of
from pathways_ld.rdfio import Statement, is_blank, is_iri, literal_parts, parse

Triple = tuple[str, str, str]
Term = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal


def statements_of(body: bytes, content_type: str | None) -> list[Statement]:
    """Parse a response body by its content type."""
    bare = (content_type or "").partition(";")[0]
    media_type = "application/ld+json" if bare == "application/json" else bare
    rdf_format = by_media_type(media_type, RDF_FORMATS)
    assert rdf_format is not None, content_type
    return parse(body, rdf_format).statements


def exact(statements: Iterable[Statement]) -> frozenset[Triple]:
    """Give the triples with canonical blank nodes (RDFC-1.0), literals taken apart: text, tag, datatype.

    The engine lower-cases language tags, so each literal travels through it as one plain string.
    """
    listed = list(statements)
    if not any(is_blank(each.subject) or is_blank(each.object) for each in listed):
        return frozenset((each.subject, each.predicate, _apart(each.object)) for each in listed)
    dataset = pyoxigraph.Dataset(
        pyoxigraph.Quad(_opaque(each.subject), _opaque(each.predicate), _opaque(each.object))  # type: ignore[arg-type]
        for each in listed
    )
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(
        (
            str(each.subject),
            str(each.predicate),
            each.object.value if isinstance(each.object, pyoxigraph.Literal) else str(each.object),
        )
        for each in dataset
    )


def _apart(term: str) -> str:
    if is_iri(term) or is_blank(term):
        return term
    return "\x1f".join(literal_parts(term))


def _opaque(term: str) -> Term:
    if is_iri(term):
        return pyoxigraph.NamedNode(term[1:-1])
    if is_blank(term):
        return pyoxigraph.BlankNode(term[2:])
    return pyoxigraph.Literal(_apart(term))


Index = dict[str, list[Statement]]


def by_document(statements: Iterable[Statement]) -> tuple[Index, Index]:
    """Sort statements by the document of their subject, and those about blank nodes by the node."""
    documents: Index = {}
    blanks: Index = {}
    for each in statements:
        if is_blank(each.subject):
            blanks.setdefault(each.subject, []).append(each)
        else:
            documents.setdefault(document_of(each.subject[1:-1]), []).append(each)
    return documents, blanks


def closure(index: tuple[Index, Index], document: str) -> list[Statement]:
    """Give what is said of a document, of its parts (fragments) and of the blank nodes they lead to."""
    documents, blanks = index
    found = list(documents.get(document, ()))
    seen: set[str] = set()
    for each in found:  # grows while it is read
        if is_blank(each.object) and each.object not in seen:
            seen.add(each.object)
            found.extend(blanks.get(each.object, ()))
    return found

"""Snippets that are no JSON: HTML with RDFa, Turtle, and rows of tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from html import escape
from typing import Final

from pathways_ld.embedding.plaintables import guarded
from pathways_ld.embedding.snippets_json import PLACE, harmless
from pathways_ld.embedding.snippets_subject import Subject
from pathways_ld.model import Text
from pathways_ld.namespaces import DCAT, DCT, PREFIXES, RDF, SKOS
from pathways_ld.rdfio import Statement, iri, literal, write_jsonld, write_turtle

_RIGHT_TO_LEFT: Final = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_MAPPING_NOTE: Final = """\
# skos:exactMatch: either can stand for the other everywhere. skos:closeMatch: in some uses.
# skos:broadMatch: the second is the broader one. skos:narrowMatch: the narrower. skos:relatedMatch: neither.
"""


def rdfa(subject: Subject) -> str:
    """Write a link that machines understand (https://www.w3.org/TR/rdfa-core/)."""
    types = f"schema:{subject.schema_type}" + (" skos:Concept" if subject.is_concept else "")
    names = "schema:name" + (" skos:prefLabel" if subject.is_concept else "")
    address = escape(subject.iri)
    return (
        '<span prefix="schema: https://schema.org/ skos: http://www.w3.org/2004/02/skos/core#">\n'
        f'  <a property="schema:about" typeof="{types}"\n'
        f'     resource="{address}"\n'
        f'     href="{address}">\n'
        f'    <span property="{names}"{_marks(subject.name)}>{escape(subject.name["text"])}</span></a>\n'
        "</span>\n"
    )


def _marks(text: Text) -> str:
    if not text["lang"]:
        return ""
    main = text["lang"].lower().partition("-")[0]
    direction = ' dir="rtl"' if main in _RIGHT_TO_LEFT else ""
    return f' lang="{escape(text["lang"])}"{direction}'


def dcat(subject: Subject) -> str:
    """Write a dataset whose theme is the term (https://www.w3.org/TR/vocab-dcat-3/)."""
    return _turtle(_dataset(subject))


def dcat_jsonld(subject: Subject) -> str:
    """Write the same in JSON-LD."""
    return harmless(write_jsonld(_dataset(subject), root=f"{PLACE}data/your-dataset").decode())


def _dataset(subject: Subject) -> list[Statement]:
    dataset, term = iri(f"{PLACE}data/your-dataset"), iri(subject.iri)
    said = [Statement(dataset, iri(RDF.type), iri(DCAT.Dataset)), Statement(dataset, iri(DCT.subject), term)]
    said.append(Statement(dataset, iri(DCT.title), literal("Your dataset", lang="en")))
    if subject.is_concept:
        said.append(Statement(dataset, iri(DCAT.theme), term))
        said.append(Statement(term, iri(RDF.type), iri(SKOS.Concept)))
        if subject.vocabulary.iri and SKOS.ConceptScheme not in subject.types:
            said.append(Statement(term, iri(SKOS.inScheme), iri(subject.vocabulary.iri)))
    said.append(Statement(term, iri(SKOS.prefLabel), literal(**_literal(subject.name))))
    return said


def _literal(text: Text) -> dict[str, str]:
    return {"text": text["text"], "lang": text["lang"]}


def mapping(subject: Subject) -> str:
    """Write a concept of another vocabulary that is close to the term (SKOS Reference, 10)."""
    theirs = iri(f"{PLACE}vocabulary/your-concept")
    return _MAPPING_NOTE + _turtle([Statement(theirs, iri(SKOS.closeMatch), iri(subject.iri))])


def _turtle(statements: Iterable[Statement]) -> str:
    return write_turtle(statements, PREFIXES)


def table(subject: Subject) -> str:
    """Write two columns of a table: the IRI, which counts, and the name, which people read (RFC 4180)."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([f"{subject.column}_iri", f"{subject.column}_label"])
    writer.writerow([subject.iri, guarded(subject.name["text"])])
    return stream.getvalue()

"""From the description of a document to what is stored of it."""

from __future__ import annotations

import hashlib
from typing import Final

from pathways_ld.model import PageView, Text
from pathways_ld.namespaces import ADMS, DCT, ORG, SKOS
from pathways_ld.rdfio import Statement
from pathways_ld.snapshot import TermRow
from pathways_ld.snapshot.terms import StoredTerm, encode_json
from pathways_ld.snapshot.textindex import HIDDEN, NOTATION, OTHER, PREFERRED, Label, Texts
from pathways_ld.vocabulary import Describer
from pathways_ld.vocabulary.browsing import browsed
from pathways_ld.vocabulary.filing import filings
from pathways_ld.vocabulary.labels import EVIDENCE_CLASSES, names_of
from pathways_ld.vocabulary.statistics import Measured, count
from pathways_ld.vocabulary.view import sort_text

_FACETS: Final = {
    f"<{ORG.classification}>": "type",
    f"<{DCT.type}>": "type",
    f"<{DCT.subject}>": "topic",
    f"<{SKOS.inScheme}>": "scheme",
    f"<{ADMS.status}>": "status",
}
"""What a search is narrowed down by, besides the kind."""


def row_of(describer: Describer, document: str, default_language: str) -> TermRow:
    """Describe a document."""
    described = describer.describe(document)
    ntriples = "".join(f"{s} {p} {o} .\n" for s, p, o, _ in described.statements)
    view = described.view
    view_json = encode_json(view)
    measured = Measured(
        described.iri,
        described.kind,
        described.deprecated,
        described.withdrawn,
        view,
        described.statements,
        describer.identity.vocabulary_iri,
    )
    title = sort_text(described.title)
    found = browsed(describer, described, default_language)
    return TermRow(
        iri=described.iri,
        kind=described.kind,
        sort_text=title,
        digest=hashlib.blake2b((ntriples + view_json + repr(found)).encode(), digest_size=12).hexdigest(),
        deprecated=described.deprecated,
        withdrawn=described.withdrawn,
        link=describer.link(f"<{described.iri}>"),
        summary={
            text["lang"]: text["text"] for section in view["texts"][:1] for text in reversed(section["texts"])
        },
        statements=ntriples.encode(),
        view_json=view_json,
        texts=_texts(view, ntriples),
        members=described.overflow,
        browsed=found,
        filings=filings(measured, title),
        counts=count(measured),
        names=names_of(view, describer.identity.kinds, withdrawn=described.withdrawn),
    )


def stored_texts(stored: StoredTerm) -> Texts:
    """Give what a stored document is found by: the index itself does not keep it."""
    return _texts(stored.view, stored.statements.decode())


def stored_counts(stored: StoredTerm, vocabulary_iri: str) -> dict[str, int]:
    """Give what a stored document counts for."""
    lines = stored.statements.decode().split("\n")
    said = [Statement(*line[:-2].split(" ", 2)) for line in lines if line]
    kind, deprecated, withdrawn = stored.kind, bool(stored.deprecated), bool(stored.withdrawn)
    return count(Measured(stored.iri, kind, deprecated, withdrawn, stored.view, said, vocabulary_iri))


def _texts(view: PageView, ntriples: str) -> Texts:
    notations = [
        Label(NOTATION, value["lang"], value["text"])
        for fact in view["facts"]
        if fact["property"] == SKOS.notation
        for value in fact["values"]
    ]
    preferred = [Label(PREFERRED, lang, text) for lang, text in view["title"].items()]
    other = [
        Label(HIDDEN if label["hidden"] else OTHER, label["lang"], label["text"]) for label in view["labels"]
    ]
    said = [text for section in view["texts"] for text in section["texts"]]
    for part in view["parts"]:
        said += [Text(text=text, lang=lang) for lang, text in part["title"].items()]
        said += [text for section in part["texts"] for text in section["texts"]]
    return Texts(
        view["iri"],
        sort_text(view["title"]),
        view["deprecated"],
        any(link["iri"] in EVIDENCE_CLASSES for link in view["types"]),
        (*preferred, *other, *notations),
        tuple((text["lang"], text["text"]) for text in said),
        (("kind", view["kind"]), *_facets(view["iri"], ntriples)),
    )


def _facets(iri: str, ntriples: str) -> list[tuple[str, str]]:
    found = []
    for line in ntriples.split("\n"):
        subject, _, rest = line.partition(" ")
        predicate, _, value = rest[:-2].partition(" ")
        if predicate in _FACETS and subject == f"<{iri}>" and value.startswith("<"):
            found.append((_FACETS[predicate], value[1:-1]))
    return found

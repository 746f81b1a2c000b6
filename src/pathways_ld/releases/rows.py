"""From the description of a document to what is stored of it."""

from __future__ import annotations

import hashlib
from typing import Final

from pathways_ld.model import PageView
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import literal_parts
from pathways_ld.snapshot import TermRow
from pathways_ld.snapshot.terms import StoredTerm, encode_json
from pathways_ld.snapshot.termswriting import Texts
from pathways_ld.vocabulary import Describer
from pathways_ld.vocabulary.view import sort_text

_HIDDEN: Final = f" <{SKOS.hiddenLabel}> "


def row_of(describer: Describer, document: str) -> TermRow:
    """Describe a document."""
    described = describer.describe(document)
    ntriples = "".join(f"{s} {p} {o} .\n" for s, p, o, _ in described.statements)
    view = described.view
    view_json = encode_json(view)
    texts = _texts(view, ntriples)
    return TermRow(
        iri=described.iri,
        kind=described.kind,
        sort_text=sort_text(described.title),
        digest=hashlib.blake2b((ntriples + view_json).encode(), digest_size=12).hexdigest(),
        deprecated=described.deprecated,
        withdrawn=described.withdrawn,
        link=describer.link(f"<{described.iri}>"),
        summary={
            text["lang"]: text["text"] for section in view["texts"][:1] for text in reversed(section["texts"])
        },
        statements=ntriples.encode(),
        view_json=view_json,
        labels=texts.labels,
        other_labels=texts.other_labels,
        text=texts.text,
        members=described.overflow,
    )


def stored_texts(stored: StoredTerm) -> Texts:
    """Give what a stored document is found by: the index itself does not keep it."""
    return _texts(stored.view, stored.statements.decode())


def _texts(view: PageView, ntriples: str) -> Texts:
    hidden = [
        literal_parts(line.split(" ", 2)[2][:-2])[0]
        for line in ntriples.split("\n")
        if _HIDDEN in line and line.split(" ", 2)[1] == _HIDDEN.strip()
    ]
    return Texts(
        labels="\n".join(view["title"].values()),
        other_labels="\n".join([label["text"] for label in view["labels"]] + hidden),
        text="\n".join(text["text"] for section in view["texts"] for text in section["texts"]),
    )

"""A term as others show it: its name, its meaning, and what to use instead; and how others name a term.

Others name it by its IRI, by the address of its page here, or by either with the suffix of a format.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import TERM_FORMATS, by_suffix
from pathways_ld.model import Link
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.web import terms
from pathways_ld.web.pages import Page

LONGEST_NAME: Final = 2_000
"""Characters of the longest IRI or address that is looked up."""


@dataclass(frozen=True)
class Named:
    """A term by its name; `page` is where it is shown, empty where that is nowhere on the web."""

    iri: str
    label: str
    lang: str
    page: str


@dataclass(frozen=True)
class Card(Named):
    """A term in short; `kind` is the name of its kind, `kind_label` what people call that.

    `replaced_by` are the terms to use instead of a deprecated one.
    """

    kind: str
    kind_label: str
    definition: str
    definition_lang: str
    is_deprecated: bool
    replaced_by: tuple[Named, ...]


def card_of(document: TermDocument, helper: Page) -> Card:
    """Put a term in short, in the languages of the reader."""
    view = document.view
    label, lang = helper.languages.pick(view["title"])
    texts = helper.languages.order(view["texts"][0]["texts"]) if view["texts"] else []
    return Card(
        iri=document.iri,
        label=label or helper.compact(document.iri),
        lang=lang if label else "",
        page=helper.root + (helper.reader.space.path(document.iri) or "/"),
        kind=document.kind,
        kind_label=helper.kind(document.kind),
        definition=texts[0]["text"] if texts else "",
        definition_lang=texts[0]["lang"] if texts else "",
        is_deprecated=document.deprecated,
        replaced_by=tuple(_named(link, helper) for link in view["replaced_by"]),
    )


def _named(link: Link, helper: Page) -> Named:
    label, lang = helper.languages.pick(link["title"])
    return Named(link["iri"], label or helper.compact(link["iri"]), lang if label else "", helper.href(link))


def document_named(source: Reader, name: str, root: str) -> TermDocument | None:
    """Find the document of an IRI or of an address below `root`; None for anything else."""
    with suppress(TermNotFound):
        return source.document(name)
    for local_id in _local_ids(source, name, root):
        document = terms.document_at(source, local_id)
        stem, dot, suffix = local_id.rpartition(".")
        if document is None and dot and by_suffix(suffix, TERM_FORMATS) is not None:
            document = terms.document_at(source, stem)
        if document is not None:
            return document
    return None


def _local_ids(source: Reader, name: str, root: str) -> Iterator[str]:
    """Give what an address may name: the part behind the base or behind the address of this server.

    A fragment is a place on a page of ours, but a thing of its own in an IRI.
    """
    for base, address in ((source.space.base, name), (f"{root}/", name.partition("#")[0])):
        plain = address.partition("?")[0]
        # Browsers and people change one scheme into the other.
        start = base.partition(":")[2]
        for each in (f"http:{start}", f"https:{start}"):
            if plain.startswith(each) and len(plain) > len(each):
                yield unquote(plain[len(each) :])


def language_in(address: str) -> str:
    """Give the language that the address of a page asks for, empty where it does not."""
    with suppress(ValueError):
        return parse_qs(urlsplit(address).query, max_num_fields=20).get("lang", [""])[0][:100]
    return ""

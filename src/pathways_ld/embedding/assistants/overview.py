"""What the vocabulary is and where to ask it, in the form of ``/llms.txt`` (https://llmstxt.org)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pathways_ld.embedding.assistants.desk import clean
from pathways_ld.errors import TermNotFound
from pathways_ld.namespaces import DCT, RDFS, SKOS
from pathways_ld.vocabulary import Languages, Reader

_DESCRIBING: Final = (DCT.description, DCT.abstract, RDFS.comment, SKOS.definition)
_MARKUP: Final = re.compile(r"([\\`*_\[\]<>#|])")


@dataclass(frozen=True)
class Interface:
    """A way to ask the vocabulary; `section` is the heading that it stands under."""

    section: str
    name: str
    address: str
    description: str


def overview(reader: Reader, interfaces: Iterable[Interface], *, pages: bool = True) -> str:
    """Write the page in Markdown; with `pages`, it tells where terms have theirs on this server."""
    languages = Languages((), reader.manifest.default_language)
    title = clean(languages.pick(reader.title)[0]) or reader.manifest.base
    lines = [f"# {_plain(title)}", "", f"> {_plain(_summary(reader, languages))}", ""]
    lines += [f"- {line}" for line in _facts(reader, title, pages=pages)]
    sections: dict[str, list[str]] = {}
    for each in interfaces:
        line = f"- [{_plain(each.name)}]({each.address}): {each.description}"
        sections.setdefault(each.section, []).append(line)
    for heading, listed in sections.items():
        lines += ["", f"## {heading}", "", *listed]
    return "\n".join(lines) + "\n"


def _summary(reader: Reader, languages: Languages) -> str:
    """Give the first sentences that the vocabulary says of itself."""
    try:
        view = reader.document(reader.manifest.vocabulary_iri).view
    except TermNotFound:
        view = None
    by_property = {section["property"]: section["texts"] for section in view["texts"]} if view else {}
    for each in _DESCRIBING:
        for text in languages.order(by_property.get(each, [])):
            return clean(text["text"])
    return "A vocabulary of linked data: every term has an IRI, labels, and relations to other terms."


def _facts(reader: Reader, title: str, *, pages: bool) -> Iterator[str]:
    manifest = reader.manifest
    counts = [
        f"{manifest.counts[kind.name]:,} {kind.plural.lower()}"
        for kind in manifest.kinds
        if manifest.counts.get(kind.name)
    ]
    if counts:
        yield f"It holds {', '.join(counts)}."
    yield f"Every term is identified by an IRI that begins with {manifest.base}"
    if pages:
        yield (
            "On this server a term is found at the path that follows this beginning. With Accept or a suffix"
            " it is given as .html, .ttl, .jsonld, .rdf, .nt or .json."
        )
    if manifest.languages:
        yield f"Languages: {', '.join(lang for lang in manifest.languages if lang)}."
    if manifest.version_iri:
        yield f"Version: {manifest.version_iri} (as of {manifest.created[:10]})."
    if reader.license:
        yield f"Licence: {reader.license}"
    yield f"Cite a term by its name, “{_plain(title)}” and its IRI; the sources of a term are listed with it."
    yield (
        "Do not make up IRIs: a term that is not found here does not exist. Deprecated terms say what"
        " replaces them."
    )


def _plain(text: str) -> str:
    """Keep what a vocabulary says of itself from being taken for Markdown."""
    return _MARKUP.sub(r"\\\1", text)

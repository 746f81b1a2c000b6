"""The read side of a snapshot: one look-up per document, every representation from its exact statements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from pathways_ld.errors import InputError, NotAcceptable, SnapshotCorrupt, TermNotFound
from pathways_ld.formats import DUMP_FORMATS, JSON, JSONLD, NTRIPLES, RDFXML, TURTLE, Format, by_suffix
from pathways_ld.iris import IriSpace, document_of
from pathways_ld.model import LanguageMap, PageView
from pathways_ld.namespaces import DCT, PREFIXES, compact, split_iri
from pathways_ld.rdfio import (
    Cited,
    Context,
    Statement,
    TurtleWriter,
    write_jsonld,
    write_plain_json,
    write_rdfxml,
)
from pathways_ld.snapshot import Manifest, SearchHit, TermsReader, read_manifest
from pathways_ld.snapshot.asserted import CONTEXTS
from pathways_ld.snapshot.bulk import Bulk
from pathways_ld.snapshot.filing import Filed
from pathways_ld.snapshot.names import SharedName
from pathways_ld.snapshot.nearest import Nearest
from pathways_ld.snapshot.searching import Search
from pathways_ld.snapshot.terms import StoredTerm
from pathways_ld.vocabulary.languages import Languages
from pathways_ld.vocabulary.statistics import DATED, FRAMEWORK, STATISTICS, Statistics

__all__ = ["Languages", "Reader", "TermDocument"]


class TermDocument:
    """A document as stored; its page view is decoded when first looked at."""

    def __init__(self, stored: StoredTerm) -> None:
        self.iri = stored.iri
        self.kind = stored.kind
        self.digest = stored.digest
        self.deprecated = stored.deprecated
        self.withdrawn = stored.withdrawn
        self.ntriples = stored.statements
        self._stored = stored

    @cached_property
    def view(self) -> PageView:
        """The page view."""
        return self._stored.view

    @property
    def statements(self) -> list[Statement]:
        """The exact statements, in the order in which they are written."""
        return [Statement(*line[:-2].split(" ", 2)) for line in self.ntriples.decode().split("\n") if line]


class Reader:
    """Reads one snapshot; safe to share between threads.

    Raises :class:`SnapshotMissing` or :class:`SnapshotCorrupt` when opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self.space = IriSpace(self.manifest.base)
        for part in ("terms.sqlite", "sparql", "dumps"):
            if not (folder / part).exists():
                raise SnapshotCorrupt(
                    f'The snapshot {folder} lacks {part}. Rebuild it with "pathways-ld build".'
                )
        self._terms = TermsReader(folder / "terms.sqlite")
        self.prefixes: dict[str, str] = self._terms.meta("prefixes") or dict(PREFIXES)
        self.contexts: tuple[str, ...] = tuple(self._terms.meta(CONTEXTS) or ())
        """The published versions of the JSON-LD context, version 1 first."""
        self.browser = self._terms.browser
        """What is found by browsing: hierarchy, alphabet, categories, dates."""
        self._headings: dict[str, LanguageMap] = self._terms.meta("headings") or {}
        self._turtle = TurtleWriter(self.prefixes)
        self._parts: dict[str, dict[str, LanguageMap]] = {}
        self.dumps: dict[str, Format] = {
            name.removeprefix("dumps/"): dump_format
            for name in self.manifest.digests
            if name.startswith("dumps/")
            and (dump_format := by_suffix(name.rpartition(".")[2], DUMP_FORMATS)) is not None
        }
        self.license, self.title = self._about()
        self.statistics = Statistics(self._terms.meta(STATISTICS) or {})
        """What the vocabulary holds, counted."""
        about = (self._headings, self.prefixes, self.manifest.kinds, self.title, self.manifest.version_iri)
        frame = (*about, self.statistics.kinds(DATED), self.statistics.kinds(FRAMEWORK))
        self.frame = hashlib.blake2b(repr(frame).encode(), digest_size=8).hexdigest()
        """Names what surrounds every page of this snapshot."""

    @property
    def headings(self) -> dict[str, LanguageMap]:
        """Words for the properties and classes that pages name, by IRI."""
        return self._headings

    def _about(self) -> tuple[str, LanguageMap]:
        """Give the licence (empty where none is stated) and the title of the vocabulary."""
        stored = self._terms.term(self.manifest.vocabulary_iri)
        if stored is None:
            return "", {}
        view = stored.view
        licences = [
            link["iri"]
            for fact in view["facts"]
            if fact["property"] == DCT.license
            for link in fact["links"]
            if link["iri"].startswith(("https://", "http://"))
        ]
        return (licences[0] if licences else ""), view["title"]

    def document(self, iri: str) -> TermDocument:
        """Read the document of an IRI; raises :class:`TermNotFound`."""
        stored = self._terms.term(iri)
        if stored is None:
            raise TermNotFound(f"There is no term with the IRI {iri} in this vocabulary.")
        return TermDocument(stored)

    def write(self, document: TermDocument, rdf_format: Format, cited: Cited | None = None) -> bytes:
        """Write a document in one of the RDF formats (or as JSON, which is JSON-LD too).

        JSON-LD cites the context `cited` where there is one, and carries its own where there is none.
        """
        match rdf_format.name:
            case NTRIPLES.name:
                return document.ntriples
            case TURTLE.name:
                return self._turtle.write(document.statements, root=document.iri).encode()
            case RDFXML.name:
                statements = sorted(document.statements, key=lambda each: each.subject)
                try:
                    return write_rdfxml(statements, self.prefixes).encode()
                except InputError as error:
                    raise NotAcceptable(error.message) from None
            case JSONLD.name | JSON.name:
                context = Context(self.prefixes, cited)
                write = write_plain_json if rdf_format is JSON else write_jsonld
                return write(document.statements, root=document.iri, context=context)
        raise AssertionError(rdf_format.name)

    def listing(self, kind: str, *, limit: int, offset: int = 0) -> list[SearchHit]:
        """List terms of a kind by title."""
        return self._terms.listing(kind, limit=limit, offset=offset)

    def members(self, iri: str, group: str, *, limit: int, offset: int = 0) -> list[SearchHit]:
        """List a page of a long group of a document."""
        return self._terms.members(iri, group, limit=limit, offset=offset)

    def search(
        self, words: str, *, kind: str = "", limit: int = 20, offset: int = 0
    ) -> tuple[int, list[SearchHit]]:
        """Find terms by words; gives the number of all hits and one page of them."""
        return self._terms.search(words, kind=kind, limit=limit, offset=offset)

    def shared_names(self, *, limit: int, offset: int = 0) -> tuple[int, list[SharedName]]:
        """List the names that several terms bear, with the number of all of them."""
        return self._terms.shared_names(limit=limit, offset=offset)

    def shared_among(self, keys: Sequence[str]) -> dict[str, SharedName]:
        """Give those of some names (as :func:`~pathways_ld.vocabulary.labels.label_key`) that are shared."""
        return self._terms.shared_among(keys)

    def bearers(self, key: str, *, limit: int, offset: int = 0) -> tuple[int, list[SearchHit]]:
        """List the terms that bear a name, with the number of all of them."""
        return self._terms.bearers(key, limit=limit, offset=offset)

    def filed(self, heading: str, *, limit: int, offset: int = 0) -> list[Filed]:
        """List a page of the documents that stand under a heading (see :mod:`.filing`)."""
        return self._terms.filed(heading, limit=limit, offset=offset)

    def not_filed(self, heading: str, kind: str, *, limit: int, offset: int = 0) -> list[SearchHit]:
        """List terms of a kind that do not stand under a heading."""
        return self._terms.not_filed(heading, kind, limit=limit, offset=offset)

    @property
    def bulk(self) -> Bulk:
        """What is read of many documents at once."""
        return self._terms.bulk

    @property
    def nearest(self) -> Nearest:
        """The search for labels that are like a text."""
        return self._terms.nearest

    @property
    def searching(self) -> Search:
        """The search by words."""
        return self._terms.searching

    def hits(self, numbers: Sequence[int]) -> list[SearchHit]:
        """Give terms by the numbers under which a search has found them."""
        return self._terms.hits(numbers)

    def viewed(self, numbers: Sequence[int]) -> list[tuple[SearchHit, PageView]]:
        """Give terms by the numbers under which a search has found them, with what their pages show."""
        return self._terms.viewed(numbers)

    def titles_of(self, iris: Iterable[str]) -> dict[str, LanguageMap]:
        """Give the titles of those of some terms and parts of terms that are described here."""
        wanted = [*dict.fromkeys(iris)]
        titles = {iri: link["title"] for iri, link in self._terms.links(wanted).items()}
        for document in {document_of(iri) for iri in wanted if iri not in titles and "#" in iri}:
            if document not in self._parts:
                stored = self._terms.term(document)
                parts = stored.view["parts"] if stored else []
                self._parts[document] = {part["iri"]: part["title"] for part in parts}
            titles |= self._parts[document]
        return titles

    def described(self) -> dict[str, bool]:
        """Give the IRIs of all documents, each with whether it is withdrawn."""
        return self._terms.described()

    def near(self, iri: str) -> str:
        """Give the IRI of another document that differs by capitals and hyphens only; empty if none does."""
        return self._terms.near(iri)

    def paths(self, *, limit: int, offset: int = 0) -> Sequence[str]:
        """List the paths of documents, for site maps."""
        return self._terms.paths(limit=limit, offset=offset)

    def heading(self, iri: str, languages: Languages) -> str:
        """Give words for a property or class, its local name where nobody has named it."""
        text, _ = languages.pick(self._headings.get(iri, {}))
        return text or split_iri(iri)[1] or iri

    def compact(self, iri: str) -> str:
        """Write an IRI as a CURIE where a prefix is known."""
        return compact(iri, self.prefixes)

    def close(self) -> None:
        """Close the files."""
        self._terms.close()

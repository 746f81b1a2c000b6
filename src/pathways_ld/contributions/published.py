"""What is published now, as a contribution is held against it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pathways_ld.errors import TermNotFound
from pathways_ld.iris import IriSpace, document_of
from pathways_ld.model import LanguageMap, Link, PageView
from pathways_ld.namespaces import DCT, FOAF, RDF, RDFS, SKOS
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts
from pathways_ld.settings import Settings
from pathways_ld.snapshot.lookup import SnapshotStatements
from pathways_ld.vocabulary import Languages, Reader

NAMES: Final = tuple(f"<{iri}>" for iri in (SKOS.prefLabel, DCT.title, RDFS.label, FOAF.name))
"""What names a term, best first."""
TYPE: Final = f"<{RDF.type}>"

BySubject = Mapping[str, Sequence[Statement]]
"""Statements by their subjects."""


class Published:
    """One snapshot. Opening it takes some milliseconds; close it at the end."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.reader = Reader(folder)
        self.manifest = self.reader.manifest
        self.space: IriSpace = self.reader.space
        self.languages = Languages((), self.manifest.default_language)
        self.statements = SnapshotStatements(folder)
        self._known: dict[str, list[Statement]] = {}
        self._published: dict[str, set[tuple[str, ...]]] = {}
        named = self.manifest.base + settings.mappings_graph
        there = self.manifest.ours or named in self.manifest.graphs
        self.mappings_graph = f"<{named}>" if there else ""
        """The graph of the statements that link to other vocabularies, as an RDF term; empty if unnamed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.reader.close()

    def about(self, subject: str) -> list[Statement]:
        """Give what is asserted of a subject, which is in N-Triples syntax."""
        found = self._known.get(subject)
        if found is None:
            found = self._known[subject] = self.statements.about(subject)
        return found

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects of which something is said, and maybe some more."""
        return dict.fromkeys(self.statements.sayers(predicate, value))

    def follows(self, each: Statement) -> bool:
        """Tell whether the document of a term has a statement, asserted or derived."""
        if not is_iri(each.subject) or is_blank(each.object):
            return False
        document = self.document(each.subject[1:-1])
        found = self._published.get(document)
        if found is None:
            stored: Sequence[Statement] = ()
            with contextlib.suppress(TermNotFound):
                stored = self.reader.document(document).statements
            found = self._published[document] = {one[:3] for one in stored}
        return each[:3] in found

    def document(self, iri: str) -> str:
        """Give the IRI of the document on whose page a term is described."""
        return iri if self.space.is_hash else document_of(iri)

    def view(self, document: str) -> PageView | None:
        """Give the page of a document as it is."""
        try:
            return self.reader.document(document).view
        except TermNotFound:
            return None

    def kind_of(self, statements: Iterable[Statement]) -> str:
        """Give the name of the kind that a term with these statements is of; empty if of none."""
        classes = {each.object for each in statements if each.predicate == TYPE}
        return next((kind.name for kind in self.manifest.kinds if f"<{kind.class_iri}>" in classes), "")

    def title(self, statements: Iterable[Statement]) -> LanguageMap:
        """Give what names a term with these statements, by language."""
        said = sorted(statements)
        for predicate in NAMES:
            found = [
                literal_parts(e.object) for e in said if e.predicate == predicate and is_literal(e.object)
            ]
            if found:
                return {lang: text for text, lang, _ in reversed(found)}
        return {}

    def label(self, term: str, added: BySubject | None = None) -> str:
        """Name a term in words, as it is published or else would be; its IRI where nothing names it."""
        if not is_iri(term):
            return ""
        title = self.title(self.about(term)) or self.title((added or {}).get(term, ()))
        return self.languages.pick(title)[0] or self.reader.compact(term[1:-1])

    def link(self, iri: str, added: BySubject | None = None) -> Link:
        """Refer to a term, with the title it has, or would have."""
        view = self.view(iri)
        if view is not None:
            return Link(iri=iri, path=view["path"], title=view["title"])
        return Link(iri=iri, path="", title=self.title((added or {}).get(f"<{iri}>", ())))


def by_subject(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    """Group statements."""
    found: dict[str, list[Statement]] = {}
    for each in statements:
        found.setdefault(each.subject, []).append(each)
    return found

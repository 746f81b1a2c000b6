"""The vocabulary as forms look at it: names lead to terms, addresses to sources, classes to choices."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from flask import current_app, request

from pathways_ld.errors import PayloadTooLarge, TermNotFound
from pathways_ld.forms import Choice, Form, Found, load_forms
from pathways_ld.forms.model import INVERSES
from pathways_ld.forms.terms import source_form
from pathways_ld.iris import SLUG, is_absolute_iri
from pathways_ld.model import LanguageMap, Link
from pathways_ld.namespaces import FOAF, RDF, SKOS, split_iri
from pathways_ld.rdfio import Statement, iri, iri_value, is_iri, literal, literal_parts
from pathways_ld.settings import source_root
from pathways_ld.snapshot import SearchHit
from pathways_ld.snapshot.asserted import AssertedFile
from pathways_ld.snapshot.textindex import fold
from pathways_ld.tables.cells import SourceRegistry
from pathways_ld.tables.description import Sources, load_description
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.vocabulary.headings import HEADINGS
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.responses import settings

MAX_OPTIONS: Final = 8
MAX_LOOKUPS: Final = 300
"""Names that are looked up for one form; each takes a search."""
_LOOKED_AT: Final = 50
"""Terms of a kind that are looked at to see how its IRIs are made."""
_SPACES: Final = re.compile(r"\s+")
_TYPE: Final = iri(RDF.type)
_LABELS: Final = frozenset(map(iri, (SKOS.prefLabel, "http://www.w3.org/2000/01/rdf-schema#label")))
_KEY: Final = "pathways_ld.edit_terms"
_LOCK: Final = threading.Lock()


class PublishedTerms:
    """The terms of this request's snapshot; implements :class:`~pathways_ld.forms.FormTerms`."""

    def __init__(self, lookups: int = MAX_LOOKUPS) -> None:
        self.reader: Reader = reader()
        self.page = pages.page()
        self.forms: dict[str, Form] = load_forms(self.reader.manifest.ours)
        self.language = self.reader.manifest.default_language
        self.vocabulary = self.reader.manifest.vocabulary_iri
        named = self.reader.manifest.base + settings().mappings_graph
        there = self.reader.manifest.ours or named in self.reader.manifest.graphs
        self.mappings_graph = named if there else ""
        self._asserted = AssertedFile(self.reader.folder)
        self._about: dict[str, Sequence[Statement]] = {}
        self._documents: dict[str, TermDocument | None] = {}
        self._found: dict[tuple[str, str], Found] = {}
        self._spaces: dict[str, str] = {}
        self._lookups = lookups

    def about(self, iri: str) -> Sequence[Statement]:
        """Give what is asserted of an IRI."""
        found = self._about.get(iri)
        if found is None:
            found = self._about[iri] = self._asserted.about(f"<{iri}>")
        return found

    def document(self, iri: str) -> TermDocument | None:
        """Give a document, or None where there is none."""
        if iri not in self._documents:
            try:
                self._documents[iri] = self.reader.document(iri)
            except TermNotFound:
                self._documents[iri] = None
        return self._documents[iri]

    def said_by_others(self, predicate: str, iri: str) -> Sequence[Statement]:
        """Give the asserted statements with this property and this value.

        The term's document names all who may say so: its parts, and those its own statements follow from.
        """
        document = self.document(iri)
        if document is None:
            return ()
        term, inverse = f"<{iri}>", {f"<{each}>" for each in INVERSES if INVERSES[each] == predicate}
        candidates = {
            each.subject if each.object == term else each.object
            for each in document.statements
            if (each.object == term and each.predicate == f"<{predicate}>")
            or (each.subject == term and each.predicate in inverse)
        }
        return [
            each
            for candidate in sorted(candidates)
            if is_iri(candidate)
            for each in self.about(iri_value(candidate))
            if each.predicate == f"<{predicate}>" and each.object == term
        ]

    def kind_of_class(self, class_iri: str) -> str:
        """Give the kind whose terms belong to a class, or an empty text."""
        return next((kind for kind, form in self.forms.items() if form.class_iri == class_iri), "")

    def is_a(self, iri: str, class_iri: str) -> bool:
        """Tell whether a term of this class has this IRI; one that was withdrawn is none."""
        document = self.document(iri)
        kind = self.kind_of_class(class_iri)
        return document is not None and not document.withdrawn and bool(kind) and document.kind == kind

    def name(self, iri: str) -> str:
        """Give the text that stands for a term."""
        document = self.document(iri)
        return (self.page.plain(document.view["title"]).strip() if document else "") or iri

    def find(self, text: str, class_iri: str) -> Found:
        """Find out which term a label, a slug, an IRI or an address means.

        Raises :class:`PayloadTooLarge` where more are asked for than a form of a person has.
        """
        key = (text, class_iri)
        if key not in self._found:
            if len(self._found) >= self._lookups:
                raise PayloadTooLarge(
                    f"More than {self._lookups:,} names of terms are new here; send fewer at once."
                )
            self._found[key] = self._find(text, class_iri)
        return self._found[key]

    def _find(self, text: str, class_iri: str) -> Found:
        kind = self.kind_of_class(class_iri)
        named = self._named(text, kind)
        if named and self.is_a(named, class_iri):
            return Found(named)
        described = source_form(class_iri, self)
        if described is not None and is_web_address(text):
            known = self._known_source(text, kind)
            return Found(known) if known else Found(self._minted(text), address=text)
        labelled = {each for each in self._labelled(text) if self.is_a(each, class_iri)}
        hits = (
            [hit.link for hit in self.reader.search(text[:200], kind=kind, limit=MAX_OPTIONS)[1]]
            if kind
            else []
        )
        same = {hit["iri"] for hit in hits if folded(text) in map(folded, hit["title"].values())}
        # A preferred label goes before an alternative one.
        certain = same or labelled
        if len(certain) == 1:
            return Found(certain.pop())
        others = [self._link(each) for each in sorted(certain - {hit["iri"] for hit in hits})]
        return Found(options=tuple([*others, *hits][:MAX_OPTIONS]))

    def _named(self, text: str, kind: str) -> str:
        """Give the IRI that a text is, or is the slug or the address of."""
        if is_absolute_iri(text):
            root = request.url_root
            inside = text.startswith(root) and not text.startswith(self.reader.manifest.base)
            return (
                self.reader.space.iri_of_path(text.removeprefix(root).partition("?")[0]) if inside else text
            )
        if text.startswith("/"):
            return self.reader.space.iri_of_path(text)
        return f"{self.space_of(kind)}{text}" if kind and SLUG.fullmatch(text) else ""

    def _labelled(self, text: str) -> set[str]:
        tags = {"", self.language, *self.page.languages.ranges, *self.reader.manifest.languages}
        return {
            iri_value(subject)
            for tag in sorted(tags)
            for subject in self._asserted.labelled(literal(text, lang=tag))
            if is_iri(subject)
        }

    def _link(self, iri: str) -> Link:
        document = self.document(iri)
        path = self.reader.space.path(iri) or ""
        return Link(iri=iri, path=path, title=document.view["title"] if document else {})

    @cached_property
    def _source_rules(self) -> Sources:
        path = source_root() / "ontology" / "tables.toml"
        return load_description(path, self.reader.manifest.base).sources

    def _minted(self, address: str) -> str:
        """Give the IRI that a source gets, as in the spreadsheets; not one that another source has."""
        base = self.reader.manifest.base
        first = SourceRegistry(self._source_rules, base, {}).iri(address)
        if self.document(first) is None:
            return first
        return SourceRegistry(self._source_rules, base, {"": first}).iri(address)

    def _known_source(self, address: str, kind: str) -> str:
        """Give the source that is described with an address, however that begins and ends."""
        bare = bare_address(address)
        hits = self.reader.search(bare[:200], kind=kind, limit=20)[1]
        usual = SourceRegistry(self._source_rules, self.reader.manifest.base, {}).iri(address)
        for candidate in dict.fromkeys([usual, self._minted(address), *(hit.link["iri"] for hit in hits)]):
            pages_of = [each.object for each in self.about(candidate) if each.predicate == iri(FOAF.page)]
            if any(bare_address(iri_value(page)) == bare for page in pages_of if is_iri(page)):
                return candidate
        return ""

    def space_of(self, kind: str) -> str:
        """Give what the IRIs of the terms of a kind begin with."""
        if kind not in self._spaces:
            self._spaces[kind] = self._space_of(kind)
        return self._spaces[kind]

    def _space_of(self, kind: str) -> str:
        base = self.reader.manifest.base
        if self.reader.manifest.ours:
            return f"{base}{kind}/"
        spaces = [split_iri(hit.link["iri"])[0] for hit in self.reader.listing(kind, limit=_LOOKED_AT)]
        inside = [each for each in spaces if each.startswith(base)]
        return max(set(inside), key=lambda each: (inside.count(each), each)) if inside else base

    def well_described(self, kind: str, count: int) -> list[SearchHit]:
        """Find terms of a kind of which much is said."""
        hits = [hit for hit in self.reader.listing(kind, limit=_LOOKED_AT) if not hit.link.get("deprecated")]
        sizes = [(len(found.ntriples), hit) for hit in hits if (found := self.document(hit.link["iri"]))]
        sizes.sort(key=lambda pair: -pair[0])
        return [hit for _, hit in sizes[:count]]

    def label(self, iri: str) -> LanguageMap:
        """Give the label of a property, a class or a value of a list."""
        found = self._individuals[1].get(iri) or self.reader.headings.get(iri)
        return found or ({"en": HEADINGS[iri]} if iri in HEADINGS else {})

    def members(self, class_iri: str) -> tuple[Choice, ...]:
        """Give the individuals of a class that the vocabulary itself describes."""
        if self.kind_of_class(class_iri):
            return ()
        members, labels = self._individuals
        return tuple(Choice(iri(each), labels.get(each, {})) for each in members.get(class_iri, ()))

    @cached_property
    def _individuals(self) -> tuple[dict[str, list[str]], dict[str, LanguageMap]]:
        kept: dict[str, tuple[dict[str, list[str]], dict[str, LanguageMap]]]
        kept = current_app.extensions.setdefault(_KEY, {})
        found = kept.get(self.reader.manifest.id)
        if found is None:
            found = _individuals(self.document(self.vocabulary))
            with _LOCK:
                kept.clear()
                kept[self.reader.manifest.id] = found
        return found


def _individuals(document: TermDocument | None) -> tuple[dict[str, list[str]], dict[str, LanguageMap]]:
    members: dict[str, list[str]] = {}
    labels: dict[str, LanguageMap] = {}
    for each in document.statements if document is not None else ():
        if each.predicate == _TYPE and is_iri(each.subject) and is_iri(each.object):
            members.setdefault(iri_value(each.object), []).append(iri_value(each.subject))
        elif each.predicate in _LABELS and not is_iri(each.object):
            text, lang, _ = literal_parts(each.object)
            labels.setdefault(iri_value(each.subject), {}).setdefault(lang, text)
    return members, labels


def folded(text: str) -> str:
    """Give a text as it is compared: without capitals and accents, with single spaces."""
    return _SPACES.sub(" ", fold(text)).strip()


def is_web_address(text: str) -> bool:
    """Tell whether a text is a web address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and is_absolute_iri(text)
    except ValueError:
        return False


def bare_address(address: str) -> str:
    """Give an address without what often differs: its scheme, "www." and the last slash."""
    return address.partition("://")[2].removeprefix("www.").rstrip("/")

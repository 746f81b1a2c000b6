"""The page of a vocabulary that describes classes and properties: a reference of its ontology.

RDF is negotiated and written as for every other document; only the page is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from markupsafe import Markup

from pathways_ld.errors import TermNotFound
from pathways_ld.formats import RDFXML, TERM_FORMATS
from pathways_ld.iris import document_of
from pathways_ld.model import Fact, LanguageMap, Link, PageView, Part, TextSection
from pathways_ld.namespaces import ADMS, DCT, OWL, RDF, RDFS, SH, SKOS, VANN, split_iri
from pathways_ld.rdfio import is_iri, is_literal, literal_parts
from pathways_ld.validation.rule_pages import shape_statements
from pathways_ld.validation.rules import Rule, rules
from pathways_ld.vocabulary import Reader, TermDocument
from pathways_ld.vocabulary.ontology import Entity, Ontology, Phrase, read_ontology
from pathways_ld.vocabulary.statistics import USE
from pathways_ld.web import pages
from pathways_ld.web.interface_language import gettext
from pathways_ld.web.ontology_drawing import MOST, Artist, Drawing, bands

EXAMPLES: Final = 3
DETAILED: Final = 300
"""From so many classes and properties on, they are shown without examples."""
_RULES_BY: Final = frozenset(
    f"<{iri}>"
    for iri in (SH.targetClass, SH.path, SH["class"], SH.targetSubjectsOf, SH.targetObjectsOf, RDF.first)
)
_HEAD: Final = (
    OWL.versionInfo, OWL.versionIRI, OWL.priorVersion, "http://purl.org/ontology/bibo/status", DCT.issued,
    DCT.modified, DCT.creator, DCT.contributor, DCT.publisher, DCT.license, DCT.rights, DCT.language,
    VANN.preferredNamespacePrefix, VANN.preferredNamespaceUri, OWL.imports, OWL.backwardCompatibleWith,
    OWL.incompatibleWith,
)  # fmt: skip
"""What is told of the ontology before all else, in this order."""
_CHANGES: Final = (ADMS.versionNotes, SKOS.changeNote, SKOS.historyNote)
_TOLD: Final = frozenset({RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range}) | frozenset(
    OWL[name]
    for name in (
        "equivalentClass", "equivalentProperty", "disjointWith", "propertyDisjointWith", "inverseOf",
        "unionOf", "disjointUnionOf", "intersectionOf", "oneOf", "hasKey", "propertyChainAxiom",
        "complementOf",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A published term that uses a class or property; `value` is what it says with it."""

    term: Link
    value: Link | None = None
    text: str = ""


@dataclass(frozen=True)
class Shown:
    """A class or property on the page."""

    entity: Entity
    part: Part
    examples: tuple[Example, ...]
    uses: int
    used_with: tuple[tuple[str, int], ...]
    """Of a class whose terms have pages: the properties that they have, with how many."""
    rules: tuple[Rule, ...]

    @property
    def anchor(self) -> str:
        """The fragment."""
        return self.entity.anchor

    @property
    def rest(self) -> list[Fact]:
        """What is said besides and not told elsewhere."""
        return [fact for fact in self.part["facts"] if fact["property"] not in _TOLD]


class OntologyPage:
    """What the template asks for."""

    def __init__(
        self, source: Reader, document: TermDocument, ontology: Ontology, helper: pages.Page
    ) -> None:
        self.reader = source
        self.view: PageView = document.view
        self.ontology = ontology
        self._document = document
        self._links: dict[str, Link] = {}
        self._helper = helper
        self._parts = {part["iri"]: part for part in self.view["parts"]}
        self._known = {each.iri: each for each in (*ontology.classes, *ontology.properties)}
        self.detailed = len(ontology) <= DETAILED
        self.classes = [self._shown(each) for each in ontology.classes]
        self.properties = [self._shown(each) for each in ontology.properties]
        self.others = [part for part in self.view["parts"] if part["iri"] not in self._known]

    # what the page tells of the whole

    @property
    def head(self) -> list[Fact]:
        """The facts about the ontology that stand first."""
        facts = {fact["property"]: fact for fact in (*self.view["facts"], *self._inside())}
        return [facts[each] for each in _HEAD if each in facts]

    def _inside(self) -> Iterator[Fact]:
        """Give the facts that lead to parts of the document: the page view shows them as parts only."""
        subject = f"<{self.view['iri']}>"
        for iri in _HEAD:
            links = [
                self._link(each.object[1:-1])
                for each in self._document.statements
                if each.subject == subject and each.predicate == f"<{iri}>" and is_iri(each.object)
            ]
            if any(link["iri"] in self._parts for link in links):
                yield Fact(property=iri, links=links, values=[])

    @property
    def details(self) -> list[Fact]:
        """All other facts."""
        return [fact for fact in self.view["facts"] if fact["property"] not in (*_HEAD, *_CHANGES)]

    @property
    def notes(self) -> list[TextSection]:
        """The texts besides the first, less those that tell of changes."""
        return [each for each in self.view["texts"][1:] if each["property"] not in _CHANGES]

    @property
    def changes(self) -> list[Markup]:
        """What the vocabulary says of its own changes."""
        said = [
            value for fact in self.view["facts"] if fact["property"] in _CHANGES for value in fact["values"]
        ]
        said += [
            text for each in self.view["texts"] if each["property"] in _CHANGES for text in each["texts"]
        ]
        return self._helper.texts(said)

    def stated(self, iri: str) -> str:
        """Give the first value of a fact, empty where there is none."""
        return next(
            (
                value["text"]
                for fact in self.view["facts"]
                if fact["property"] == iri
                for value in fact["values"]
            ),
            "",
        )

    @property
    def prefixes(self) -> list[tuple[str, str]]:
        """The prefixes of the namespaces that the classes and properties are described with."""
        own = f"<{self._document.iri}"
        said = [each for each in self._document.statements if each.subject.startswith(own)]
        terms = {
            term for each in said for term in (each.subject, each.predicate, each.object) if is_iri(term)
        }
        used = {split_iri(term[1:-1])[0] for term in terms}
        return sorted((prefix, iri) for prefix, iri in self.reader.prefixes.items() if iri in used)

    @property
    def downloads(self) -> list[tuple[str, str, str]]:
        """The formats of this document: title, path and media type."""
        path = self.view["path"]
        found = [(each.title, f"{path}.{each.suffix}", each.media_type) for each in TERM_FORMATS[1:]]
        return [*found, ("OWL (RDF/XML)", f"{path}.owl", RDFXML.media_type)]

    def drawings(self) -> list[Drawing]:
        """Draw the overview, wide and narrow."""
        artist = Artist(self.name, self.href, frozenset(self._known))
        shown = bands(self.ontology)[:MOST]
        return [artist.draw(shown, narrow=False), artist.draw(shown, narrow=True)]

    @property
    def not_drawn(self) -> int:
        """How many classes the drawing leaves out."""
        return max(0, len(bands(self.ontology)) - MOST)

    # names and links

    def title(self, iri: str) -> LanguageMap:
        """Give what the vocabulary calls what it describes; nothing for all else."""
        if iri in self._known and iri not in self._parts:
            return self.reader.headings.get(iri, {})
        return self._link(iri)["title"] if self.reader.space.local_id(iri) is not None else {}

    def name(self, iri: str) -> str:
        """Give the label of what the vocabulary describes, and the short IRI of all else."""
        short = split_iri(iri)[1] if iri in self._known else self.compact(iri)
        return self._helper.plain(self.title(iri), short)

    def href(self, iri: str) -> str:
        """Give the address: a place on this page, another page of ours, or elsewhere."""
        if iri in self._known:
            return f"#{self._known[iri].anchor}"
        return self._helper.href(self._link(iri))

    def compact(self, iri: str) -> str:
        """Write an IRI short."""
        return self._helper.compact(iri)

    def named(self, iri: str) -> Markup:
        """Write a name with its link."""
        title = self.title(iri)
        described = bool(title) or iri in self._known
        inner = (
            self._helper.text(title, self.name(iri))
            if described
            else Markup("<code>{}</code>").format(self.compact(iri))
        )
        href = self.href(iri)
        return Markup('<a href="{}">{}</a>').format(href, inner) if href else inner

    def phrase(self, phrase: Phrase) -> Markup:
        """Write a phrase with links."""
        return Markup("").join(self.named(each.iri) if each.iri else each.text for each in phrase)

    @staticmethod
    def characteristics(entity: Entity) -> list[str]:
        """Say what the types of a property mean."""
        return [gettext(each) for each in entity.characteristics]

    # one class or property

    def _shown(self, entity: Entity) -> Shown:
        part = self._parts.get(entity.iri) or self._own_page(entity)
        counted = self.reader.statistics
        kind = next((each for each in self.reader.manifest.kinds if each.class_iri == entity.iri), None)
        used = counted.by("property", kind.name) if kind else {}
        ranked = sorted(used.items(), key=lambda each: (-each[1], each[0]))
        uses = counted.uses(entity.iri)
        return Shown(
            entity,
            part,
            tuple(self._examples(entity)) if self.detailed and uses else (),
            uses,
            tuple(each for each in ranked if each[0] not in (RDF.type, RDFS.isDefinedBy)),
            tuple(_rules_about(self.reader.manifest.ours).get(entity.iri, ())),
        )

    def _own_page(self, entity: Entity) -> Part:
        """Make a part of what has a document of its own."""
        view = self.reader.document(entity.document).view
        return Part(
            iri=entity.iri,
            fragment=entity.anchor,
            section={},
            types=view["types"],
            title=view["title"],
            texts=view["texts"],
            facts=view["facts"],
            members=[],
        )

    def _examples(self, entity: Entity) -> Iterator[Example]:
        for filed in self.reader.filed(f"{USE} {entity.iri}", limit=EXAMPLES):
            subject, _, value = filed.note.partition(" ")
            term = filed.link.copy()
            if "#" in subject:
                term["path"] = self.reader.space.path(subject) or term["path"]
            if is_iri(value):
                yield Example(term, self._link(value[1:-1]))
            elif is_literal(value):
                yield Example(term, text=literal_parts(value)[0])
            else:
                yield Example(term)

    def _link(self, iri: str) -> Link:
        if iri not in self._links:
            self._links[iri] = self._make_link(iri)
        return self._links[iri]

    def _make_link(self, iri: str) -> Link:
        path = self.reader.space.path(iri)
        if path is None:
            return Link(iri=iri, path="", title={})
        part = self._parts.get(iri)
        if part is not None:
            return Link(iri=iri, path=path, title=part["title"])
        try:
            view = self.reader.document(document_of(iri)).view
        except TermNotFound:
            return Link(iri=iri, path="", title={})
        inside = next((each["title"] for each in view["parts"] if each["iri"] == iri), None)
        return Link(iri=iri, path=path, title=view["title"] if inside is None else inside)


def page_of(document: TermDocument, source: Reader, helper: pages.Page) -> OntologyPage | None:
    """Give the page of an ontology; None for a document that describes no classes and properties."""
    if document.iri != source.manifest.vocabulary_iri:
        return None
    ontology = read_ontology(source, document)
    return OntologyPage(source, document, ontology, helper) if ontology else None


@lru_cache(maxsize=2)
def _rules_about(ours: bool) -> dict[str, list[Rule]]:
    """Give the rules by the classes and properties that they are about; shapes are files of the software."""
    found: dict[str, list[Rule]] = {}
    for rule in rules().values():
        if not rule.shape or not (ours or rule.file in ("skos", "skos-sparql")):
            continue
        for iri in _about(rule):
            found.setdefault(iri, []).append(rule)
    return found


def _about(rule: Rule) -> Iterable[str]:
    return dict.fromkeys(
        each.object[1:-1]
        for each in shape_statements(rule)
        if each.predicate in _RULES_BY and is_iri(each.object)
    )

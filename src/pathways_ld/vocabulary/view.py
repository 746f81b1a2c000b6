"""The page view of one document: its statements arranged as people read them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from pathways_ld.iris import fragment_of
from pathways_ld.model import (
    Fact,
    Group,
    LabelStatement,
    LanguageMap,
    Link,
    Mapping,
    PageView,
    Part,
    Text,
    TextSection,
)
from pathways_ld.namespaces import ADMS, DCT, FOAF, OWL, RDF, RDFS, SCHEMA, SKOS, SKOSXL, SSSOM
from pathways_ld.rdfio import Statement, is_iri, is_literal, literal_parts
from pathways_ld.vocabulary.history import History

if TYPE_CHECKING:
    from pathways_ld.vocabulary.describe import Describer

_BROADER: Final = f"<{SKOS.broader}>"
_SOURCE: Final = f"<{DCT.source}>"
_TYPE: Final = f"<{RDF.type}>"
_NIL: Final = f"<{RDF.nil}>"
_SEE_ALSO: Final = f"<{RDFS.seeAlso}>"
_OBJECT_LABEL: Final = f"<{SSSOM.object_label}>"
_MAX_PATHS: Final = 8
_MAX_INSIDE: Final = 100
_MAX_DEPTH: Final = 50

_TEXTS: Final = {
    f"<{iri}>": rank
    for rank, iri in enumerate(
        (
            SKOS.definition, DCT.description, RDFS.comment, SKOS.scopeNote, SKOS.example, SKOS.note,
            SKOS.historyNote, SKOS.changeNote, SKOS.editorialNote,
        )
    )
}  # fmt: skip
_OWN_TEXT_RANK: Final = 2.5
"""A vocabulary's own text properties stand after its definition and before scope notes."""
_LONG: Final = 60

_MAPPINGS: Final = {
    f"<{SKOS[name]}>": rank
    for rank, name in enumerate(("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch"))
}
_NOT_FACTS: Final = frozenset(
    f"<{iri}>"
    for iri in (
        RDF.type, SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOSXL.prefLabel, SKOSXL.altLabel,
        SKOSXL.hiddenLabel, SKOSXL.literalForm, DCT.source, DCT.isReplacedBy, ADMS.status, OWL.deprecated,
        RDFS.isDefinedBy, RDFS.label, SKOS.memberList, SKOS.member, SKOS.inScheme, SKOS.topConceptOf,
        FOAF.name, SCHEMA.name, DCT.title, SKOS.broaderTransitive,
    )
)  # fmt: skip
_GROUP_RANKS: Final = {
    f"<{iri}>": rank
    for rank, iri in enumerate((SKOS.broader, SKOS.narrower, SKOS.related, SKOS.hasTopConcept))
}
INVERTED: Final = frozenset(
    f"<{SKOS[name]}>" for name in ("broader", "narrower", "related", "hasTopConcept", "topConceptOf")
) | frozenset(_MAPPINGS)
"""Relations that :mod:`~pathways_ld.vocabulary.derive` states in both directions."""

_CLASSES: Final = frozenset({OWL.Class, RDFS.Class})
_PROPERTIES: Final = frozenset(
    {RDF.Property, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.FunctionalProperty}
)
_SAID_BY_OTHERS: Final = frozenset({OWL.NamedIndividual})
"""Types that reasoners need and readers do not."""

Overflow = tuple[str, tuple[str, ...]]


class ViewBuilder:
    """Builds the view of one document from what the describer knows."""

    def __init__(self, describer: Describer, subject: str, parts: list[str]) -> None:
        self._describer = describer
        self._subject = subject
        self._said = describer.outgoing.get(subject, [])
        self._parts = set(parts)
        self._overflow: list[Overflow] = []
        self._keys: set[str] = set()
        self._history = History(describer, subject)
        self._records = self._recorded()

    def build(self) -> tuple[PageView, list[Overflow]]:
        """Give the view, and the full membership of groups longer than a page."""
        describer, iri = self._describer, self._subject[1:-1]
        deprecated, _ = describer.flags.get(self._subject, (False, False))
        view = PageView(
            iri=iri,
            path=describer.identity.space.path(iri) or "/",
            kind=describer.kinds.get(self._subject, ""),
            types=self._links(_TYPE),
            title=describer.titles.get(self._subject, {}),
            labels=self._labels(),
            texts=self._texts(self._said),
            facts=self._facts(self._said),
            parts=self._shown_parts(),
            groups=self._groups(),
            mappings=self._mappings(),
            sources=self._links(_SOURCE),
            status=self._links(f"<{ADMS.status}>"),
            deprecated=deprecated,
            replaced_by=self._links(f"<{DCT.isReplacedBy}>"),
            breadcrumbs=self._breadcrumbs(),
        )
        see_also = self._see_also()
        if see_also:
            view["see_also"] = see_also
        self._history.add_to(view)
        return view, self._overflow

    def _links(self, predicate: str, subject: str | None = None) -> list[Link]:
        said = self._said if subject is None else self._describer.outgoing.get(subject, [])
        terms = sorted(each.object for each in said if each.predicate == predicate and is_iri(each.object))
        return [self._describer.link(term) for term in terms]

    def _labels(self) -> list[LabelStatement]:
        used: dict[str, list[Link]] = defaultdict(list)
        for each in self._said:
            if each.predicate.startswith(f"<{SKOSXL.iri}"):
                for label in self._describer.outgoing.get(each.object, ()):
                    if label.predicate == f"<{SKOSXL.literalForm}>":
                        used[label.object] += self._links(_SOURCE, each.object)
        labels = []
        for predicate, hidden in ((SKOS.altLabel, False), (SKOS.hiddenLabel, True)):
            for each in sorted(self._said):
                if each.predicate == f"<{predicate}>" and is_literal(each.object):
                    text, lang, _ = literal_parts(each.object)
                    sources = used.get(each.object, [])
                    labels.append(LabelStatement(text=text, lang=lang, hidden=hidden, sources=sources))
        return labels

    def _texts(self, said: list[Statement]) -> list[TextSection]:
        sections: dict[str, list[Text]] = defaultdict(list)
        texts = [each for each in said if self._is_text(each)]
        texts.sort(key=lambda each: (_TEXTS.get(each.predicate, _OWN_TEXT_RANK), each.predicate))
        shown: set[str] = set()
        for each in texts:
            if each.object not in shown:  # a definition is often repeated as rdfs:comment
                shown.add(each.object)
                text, lang, _ = literal_parts(each.object)
                sections[each.predicate].append(Text(text=text, lang=lang))
        return [
            TextSection(
                property=predicate[1:-1],
                texts=sorted(sections[predicate], key=lambda text: (text["lang"], text["text"])),
            )
            for predicate in sections
        ]

    def _is_text(self, each: Statement) -> bool:
        if not is_literal(each.object):
            return False
        if each.predicate in _TEXTS:
            return True
        text, lang, datatype = literal_parts(each.object)
        return not datatype and bool(lang) and len(text) > _LONG and each.predicate not in _NOT_FACTS

    def _facts(self, said: list[Statement]) -> list[Fact]:
        facts: dict[str, Fact] = {}
        for each in sorted(said):
            predicate = each.predicate
            if predicate in _NOT_FACTS or predicate in _MAPPINGS or self._is_text(each):
                continue
            if each[:3] in self._records:
                continue
            if each.object in self._parts or self._is_neighbour(each) or self._history.tells(each):
                continue
            fact = facts.setdefault(predicate, Fact(property=predicate[1:-1], links=[], values=[]))
            if is_iri(each.object):
                fact["links"].append(self._describer.link(each.object))
            elif is_literal(each.object):
                text, lang, _ = literal_parts(each.object)
                fact["values"].append(Text(text=text, lang=lang))
            else:
                self._add_inside(fact, each.object, {each.object})
        return [fact for fact in facts.values() if fact["links"] or fact["values"]]

    def _add_inside(self, fact: Fact, blank: str, seen: set[str]) -> None:
        """Add what a blank node says, however deep: its reader has no page to turn to."""
        for each in sorted(self._describer.outgoing.get(blank, ())):
            if is_literal(each.object):
                text, lang, _ = literal_parts(each.object)
                fact["values"].append(Text(text=text, lang=lang))
            elif is_iri(each.object) and each.predicate != _TYPE and each.object != _NIL:
                fact["links"].append(self._describer.link(each.object))
            elif not is_iri(each.object) and each.object not in seen and len(seen) < _MAX_INSIDE:
                seen.add(each.object)
                self._add_inside(fact, each.object, seen)

    def _is_neighbour(self, each: Statement) -> bool:
        return each.subject == self._subject and bool(self._describer.kinds.get(each.object))

    def _groups(self) -> list[Group]:
        found: dict[tuple[float, str, bool, str], list[str]] = defaultdict(list)
        for each in self._said:
            kind = self._describer.kinds.get(each.object, "")
            if kind and each.predicate not in _NOT_FACTS and each.predicate not in _MAPPINGS:
                rank = _GROUP_RANKS.get(each.predicate, 5)
                found[(rank, each.predicate, False, kind)].append(each.object)
        for each in self._describer.incoming.get(self._subject, ()):
            kind = self._describer.kinds.get(each.subject, "")
            if kind and each.predicate not in INVERTED:
                found[(10, each.predicate, True, kind)].append(each.subject)
        return [self._group(*key, members) for key, members in sorted(found.items())]

    def _group(self, rank: float, predicate: str, incoming: bool, kind: str, members: list[str]) -> Group:
        del rank
        titles = self._describer.titles
        members = sorted(set(members), key=lambda term: (sort_text(titles.get(term, {})), term))
        relation = predicate[1:-1]
        direction = "from" if incoming else "to"
        local = relation.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
        key = self._key(f"{local}-{direction}-{kind}".lower())
        size = self._describer.page_size
        if len(members) > size:
            self._overflow.append((key, tuple(term[1:-1] for term in members)))
        return Group(
            key=key,
            relation=relation,
            incoming=incoming,
            kind=kind,
            total=len(members),
            items=[self._describer.link(term) for term in members[:size]],
        )

    def _key(self, wanted: str) -> str:
        """Give each group an address of its own, also where two relations have one local name."""
        key, number = wanted, 1
        while key in self._keys:
            number += 1
            key = f"{wanted}-{number}"
        self._keys.add(key)
        return key

    def _recorded(self) -> dict[tuple[str, str, str], str]:
        """Give the records of links to what is described elsewhere, by the statement each is about."""
        found: dict[tuple[str, str, str], str] = {}
        for part in sorted(self._parts):
            said = {each.predicate: each.object for each in self._describer.outgoing[part]}
            about, predicate = said.get(f"<{RDF.subject}>", ""), said.get(f"<{RDF.predicate}>", "")
            if about == self._subject and (predicate in _MAPPINGS or predicate == _SEE_ALSO):
                found[(about, predicate, said.get(f"<{RDF.object}>", ""))] = part
        return found

    def _mappings(self) -> list[Mapping]:
        links = [each for each in self._said if each.predicate in _MAPPINGS and is_iri(each.object)]
        links.sort(key=lambda each: (_MAPPINGS[each.predicate], each.object))
        return [self._mapping(each, self._records.get(each[:3], "")) for each in links]

    def _see_also(self) -> list[Mapping]:
        links = [each for each in sorted(self._said) if each.predicate == _SEE_ALSO]
        return [self._mapping(each, self._records[each[:3]]) for each in links if each[:3] in self._records]

    def _mapping(self, each: Statement, statement: str) -> Mapping:
        said = self._describer.outgoing.get(statement, []) if statement else []
        note = [
            Text(text=literal_parts(one.object)[0], lang=literal_parts(one.object)[1])
            for one in said
            if one.predicate == f"<{SKOS.note}>" and is_literal(one.object)
        ]
        sources = self._links(_SOURCE, statement) if statement else []
        target = self._describer.link(each.object)
        if not target["title"]:
            target = Link(iri=target["iri"], path=target["path"], title=_called(said))
        return Mapping(relation=each.predicate[1:-1], target=target, note=note, sources=sources)

    def _shown_parts(self) -> list[Part]:
        """Show parts that are not told elsewhere on the page, members inside their collections."""
        outgoing = self._describer.outgoing
        hidden = {f"<{RDF.Statement}>", f"<{SKOSXL.Label}>"}
        inside: set[str] = set()
        for part in self._parts:
            inside.update(each.object for each in outgoing[part] if each.predicate == f"<{SKOS.member}>")
        shown = [
            part
            for part in sorted(self._parts)
            if part not in inside
            and not any(each.predicate == _TYPE and each.object in hidden for each in outgoing[part])
        ]
        covered: set[str] = set()
        parts = [self._part(part, covered) for part in shown]
        # Collections that contain each other have no outermost one; each part is shown once all the same.
        parts += [self._part(part, covered) for part in sorted(inside & self._parts) if part not in covered]
        order = {"Classes": 0, "Properties": 1}
        return sorted(parts, key=lambda part: (order.get(sort_key(part), 2), sort_key(part)))

    def _part(self, part: str, covered: set[str]) -> Part:
        covered.add(part)
        said = self._describer.outgoing[part]
        types = [link for link in self._links(_TYPE, part) if link["iri"] not in _SAID_BY_OTHERS]
        members = self._members(part) if any(e.predicate == f"<{SKOS.member}>" for e in said) else []
        return Part(
            iri=part[1:-1],
            fragment=fragment_of(part[1:-1]),
            section=_section(types),
            types=types,
            title=self._describer.titles.get(part, {}),
            texts=self._texts(said),
            facts=self._facts(said),
            members=[
                self._part(member, covered)
                for member in members
                if member in self._parts and member not in covered
            ],
        )

    def _members(self, collection: str) -> list[str]:
        """Give the members in list order where there is a list (SKOS S36), else sorted."""
        outgoing = self._describer.outgoing
        said = outgoing[collection]
        members = sorted(each.object for each in said if each.predicate == f"<{SKOS.member}>")
        ordered: list[str] = []
        cell = next((each.object for each in said if each.predicate == f"<{SKOS.memberList}>"), "")
        seen: set[str] = set()
        while cell and cell not in seen:
            seen.add(cell)
            pairs = {each.predicate: each.object for each in outgoing.get(cell, ())}
            if f"<{RDF.first}>" in pairs:
                ordered.append(pairs[f"<{RDF.first}>"])
            cell = pairs.get(f"<{RDF.rest}>", "")
        return ordered + [member for member in members if member not in ordered]

    def _breadcrumbs(self) -> list[list[Link]]:
        """Give every path from a top concept down to the parent, loops cut, shortest first."""
        paths: list[list[str]] = []
        waiting = [[self._subject]]
        while waiting and len(paths) < _MAX_PATHS:
            path = waiting.pop()  # depth first: a path is finished before the next is begun
            said = self._describer.outgoing.get(path[-1], ())
            # Two graphs may say the same.
            broader = {each.object for each in said if each.predicate == _BROADER}
            parents = [parent for parent in sorted(broader) if parent not in path]
            if (not parents or len(path) > _MAX_DEPTH) and len(path) > 1:
                paths.append(path[:0:-1])
            waiting.extend([*path, parent] for parent in reversed(parents) if len(path) <= _MAX_DEPTH)
        return [[self._describer.link(term) for term in path] for path in sorted(paths, key=len)]


def _called(record: list[Statement]) -> LanguageMap:
    """Give the name under which what a link leads to was found."""
    title: LanguageMap = {}
    for each in sorted(record):
        if each.predicate == _OBJECT_LABEL and is_literal(each.object):
            text, lang, _ = literal_parts(each.object)
            title.setdefault(lang, text)
    return title


def sort_key(part: Part) -> str:
    """Give the heading by which parts are put together."""
    return part["section"].get("en") or next(iter(part["section"].values()), "")


def _section(types: list[Link]) -> LanguageMap:
    """Name the heading a part stands under."""
    iris = {link["iri"] for link in types}
    if iris & _CLASSES:
        return {"en": "Classes"}
    if iris & _PROPERTIES:
        return {"en": "Properties"}
    return next((link["title"] for link in reversed(types) if link["title"]), {})


def sort_text(title: dict[str, str]) -> str:
    """Give the text a title is sorted by: English, else the first language there is."""
    text = title.get("en") or next((title[lang] for lang in sorted(title)), "")
    return text.casefold()

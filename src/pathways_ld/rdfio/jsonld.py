"""JSON-LD 1.1 as people like to read it: one tree, rooted in the term asked for, with its context inside.

Written here because the libraries give expanded, flat or randomly nested documents, and because the
context must not be fetched to be understood (https://www.w3.org/TR/json-ld11/).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from pathways_ld.namespaces import DCT, FOAF, ORG, OWL, PREFIXES, RDF, RDFS, SKOS, SKOSXL, split_iri
from pathways_ld.rdfio.blanknodes import MAX_DEPTH, plan_blank_nodes
from pathways_ld.rdfio.ntriples import Statement, is_blank, is_iri, literal_parts

Node = dict[str, Any]

_KNOWN: Final = 10_000
_TYPE: Final = f"<{RDF.type}>"
_ANY: Final = "any"
LANGUAGE_MAP: Final = "language"
_IRI: Final = "iri"
_LIST: Final = "list"

TERMS: Final[dict[str, tuple[str, str]]] = {
    **{
        SKOS[name]: (name, LANGUAGE_MAP)
        for name in ("prefLabel", "altLabel", "hiddenLabel", "definition", "scopeNote", "example", "note")
    },
    **{
        SKOS[name]: (name, LANGUAGE_MAP)
        for name in ("historyNote", "editorialNote", "changeNote")
    },
    **{
        SKOS[name]: (name, _IRI)
        for name in (
            "broader", "narrower", "related", "inScheme", "topConceptOf", "hasTopConcept", "member",
            "exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch",
        )
    },
    SKOS.memberList: ("memberList", _LIST),
    SKOS.notation: ("notation", _ANY),
    SKOSXL.literalForm: ("literalForm", LANGUAGE_MAP),
    DCT.title: ("title", LANGUAGE_MAP),
    DCT.description: ("description", LANGUAGE_MAP),
    DCT.source: ("source", _IRI),
    DCT.subject: ("subject", _IRI),
    DCT.isReplacedBy: ("isReplacedBy", _IRI),
    DCT.license: ("license", _IRI),
    RDFS.label: ("label", LANGUAGE_MAP),
    RDFS.comment: ("comment", LANGUAGE_MAP),
    RDFS.seeAlso: ("seeAlso", _IRI),
    RDFS.isDefinedBy: ("isDefinedBy", _IRI),
    RDFS.subClassOf: ("subClassOf", _IRI),
    RDFS.subPropertyOf: ("subPropertyOf", _IRI),
    RDFS.domain: ("domain", _IRI),
    RDFS.range: ("range", _IRI),
    OWL.versionIRI: ("versionIRI", _IRI),
    FOAF.homepage: ("homepage", _IRI),
    FOAF.page: ("page", _IRI),
    ORG.classification: ("classification", _IRI),
    ORG.subOrganizationOf: ("subOrganizationOf", _IRI),
}  # fmt: skip

_TYPES: Final = {SKOS[name]: name for name in ("Concept", "ConceptScheme", "Collection", "OrderedCollection")}


_EXTRA: Final[dict[str, dict[str, str]]] = {
    LANGUAGE_MAP: {"@container": "@language"},
    _IRI: {"@type": "@id"},
    _LIST: {"@container": "@list"},
    _ANY: {},
}


@dataclass(frozen=True)
class Cited:
    """A published context that documents may cite instead of carrying its definitions."""

    iri: str
    definitions: Mapping[str, object] = field(hash=False)

    def prefixes(self) -> Iterator[str]:
        """Give the names with which IRIs could seem to begin: plain terms, and what is called a prefix."""
        for name, value in self.definitions.items():
            if isinstance(value, str) or (isinstance(value, Mapping) and "@prefix" in value):
                yield name


class Context:
    """The short names of a document; only those that are used end up in its ``@context``.

    With `cited`, a document cites that context, and carries only what the context does not define as the
    document needs it: so a document means the same whatever the context that it cites is.
    """

    def __init__(
        self,
        prefixes: Mapping[str, str] = PREFIXES,
        cited: Cited | None = None,
        unusable: Iterable[str] = (),
    ) -> None:
        taken = {"id", "type", *_TYPES.values(), *(key for key, _ in TERMS.values()), *unusable}
        self.prefixes = {prefix: iri for prefix, iri in prefixes.items() if prefix and prefix not in taken}
        self._prefix_of = {iri: prefix for prefix, iri in reversed(self.prefixes.items())}
        self._known: dict[str, tuple[str, str]] = {}
        self._cited = cited
        self._unusable = tuple(unusable)

    def definitions(self) -> dict[str, object]:
        """Give all definitions that a document can come to use."""
        terms = [(key, iri, _EXTRA[kind]) for iri, (key, kind) in TERMS.items()]
        terms += [(key, iri, {}) for iri, key in _TYPES.items()]
        found: dict[str, object] = {"id": "@id", "type": "@type", **self.prefixes}
        for key, iri, extra in terms:
            short, _ = self.compact(iri)
            found[key] = {"@id": short, **extra} if extra else short
        return found

    def said(self, used: Mapping[str, object]) -> object:
        """Give the value of ``@context`` for a document that uses some definitions."""
        if self._cited is None:
            return used
        defined = self._cited.definitions
        missing = {key: value for key, value in used.items() if defined.get(key) != value}
        # An IRI of such a scheme would be read as one that begins with the prefix.
        missing |= {prefix: None for prefix in self._unusable if prefix in defined and prefix not in used}
        return [self._cited.iri, missing] if missing else self._cited.iri

    def compact(self, iri: str) -> tuple[str, str]:
        """Shorten an IRI to a CURIE, or leave it; the second value is the prefix, empty for none."""
        found = self._known.get(iri)
        if found is None:
            namespace, local = split_iri(iri)
            prefix = self._prefix_of.get(namespace, "") if local else ""
            found = (f"{prefix}:{local}" if prefix else iri), prefix
            if len(self._known) < _KNOWN:
                self._known[iri] = found
        return found

    def fit(self, statements: Iterable[Statement]) -> Context:
        """Leave out prefixes that are the scheme of an IRI: ``geo:1,2`` must not become something else."""
        names = {*self.prefixes, *(self._cited.prefixes() if self._cited else ())}
        clashing = tuple(f"<{prefix}:" for prefix in names)
        schemes = {
            term[1 : term.index(":")] for each in statements for term in each[:3] if term.startswith(clashing)
        }
        return Context(self.prefixes, self._cited, sorted(schemes)) if schemes else self


def write_jsonld(
    statements: Iterable[Statement], *, root: str | None = None, context: Context | None = None
) -> bytes:
    """Write one JSON-LD document.

    With `root` (an IRI) the document is one tree: what the root refers to stands inside it, what refers
    to the root stands under ``@reverse``, anything else under ``@included``. Without, it is a ``@graph``.
    """
    said = list(statements)
    context = (context or Context()).fit(said)
    tree = Tree(said, context, nested=root is not None)
    if root is not None:
        document = tree.rooted(f"<{root}>")
        text = json.dumps(
            {"@context": context.said(tree.context()), **document}, ensure_ascii=False, indent=1
        )
        return text.encode() + b"\n"
    nodes = tree.rest()  # before the context, which holds what they use
    return _graph_document(nodes, context.said(tree.context()))


def write_jsonld_by_subject(statements: Sequence[Statement], context: Context) -> bytes:
    """Write a ``@graph`` of statements that are sorted by subject and have no blank nodes.

    The same document as :func:`write_jsonld` gives, in a fraction of the time and memory.
    """
    context = context.fit(statements)
    nodes: list[Node] = []
    keys: dict[str, object] = {}
    for _, group in groupby(statements, key=lambda each: each.subject):
        tree = Tree(group, context, nested=False)
        nodes += tree.rest()
        keys |= tree.context()
    return _graph_document(nodes, context.said(dict(sorted(keys.items()))))


def _graph_document(nodes: Iterable[Node], context: object) -> bytes:
    # A node a line: readable, and a hundred times the speed of indented JSON.
    lines = ",\n".join(json.dumps(node, ensure_ascii=False) for node in nodes)
    head = json.dumps(context, ensure_ascii=False)
    return f'{{"@context": {head},\n"@graph": [\n{lines}\n]}}\n'.encode()


def write_expanded(statements: Iterable[Statement]) -> bytes:
    """Write an expanded document that is flattened too: a list of node objects without any short name."""
    nodes: dict[str, Node] = {}
    for subject, predicate, term, _ in statements:
        node = nodes.setdefault(subject, {"@id": subject[1:-1] if is_iri(subject) else subject})
        named = predicate == _TYPE and is_iri(term)
        value = term[1:-1] if named else _expanded(term)
        values = node.setdefault("@type" if named else predicate[1:-1], [])
        if value not in values:
            values.append(value)
    return json.dumps(list(nodes.values()), ensure_ascii=False, indent=1).encode() + b"\n"


def _expanded(term: str) -> Any:
    if not term.startswith('"'):
        return {"@id": term[1:-1] if is_iri(term) else term}
    text, lang, datatype = literal_parts(term)
    if lang:
        return {"@value": text, "@language": lang}
    return {"@value": text, "@type": datatype} if datatype else {"@value": text}


class Tree:
    """The statements as nodes; what may stand inside what is decided before the first is written."""

    def __init__(self, statements: Iterable[Statement], context: Context, *, nested: bool) -> None:
        self._context = context
        self._nested = nested
        self._subjects: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self._incoming: dict[str, list[tuple[str, str]]] = defaultdict(list)
        seen: set[tuple[str, str, str]] = set()
        for subject, predicate, term, _ in statements:
            if (subject, predicate, term) not in seen:
                seen.add((subject, predicate, term))
                self._subjects[subject].setdefault(predicate, []).append(term)
                if nested or is_blank(term):
                    self._incoming[term].append((predicate, subject))
        self._blanks = plan_blank_nodes(self._subjects, self._incoming)
        self._written: set[str] = set()
        self._depth = 0
        self._keys: dict[str, object] = {"id": "@id", "type": "@type"}

    def context(self) -> dict[str, object]:
        """Give the definitions used so far; call it after writing the nodes."""
        return dict(sorted(self._keys.items()))

    def rooted(self, root: str) -> Node:
        """Write one tree from a term in N-Triples syntax, which the statements are about."""
        node = self._node(root)
        reverse: dict[str, list[Node]] = defaultdict(list)
        for predicate, subject in self._incoming.get(root, ()):
            if subject not in self._written and is_iri(subject) and predicate != _TYPE:
                reverse[self._curie(predicate)].append(self._node(subject, without=(predicate, root)))
        if reverse:
            node["@reverse"] = dict(reverse)
        remaining = self.rest()
        if remaining:
            node["@included"] = remaining
        return node

    def rest(self) -> list[Node]:
        """Write what has not been written and does not stand inside something else."""
        inside = self._blanks.anonymous | self._blanks.cells.keys()
        order = sorted((subject for subject in self._subjects if subject not in inside), key=is_blank)
        return [self._node(subject) for subject in order if subject not in self._written]

    def _node(self, subject: str, *, without: tuple[str, str] | None = None) -> Node:
        self._written.add(subject)
        self._depth += 1
        node: Node = {}
        if subject not in self._blanks.anonymous:
            node["id"] = subject[1:-1] if is_iri(subject) else subject
        for predicate, objects in self._subjects.get(subject, {}).items():
            terms = [term for term in objects if (predicate, term) != without]
            if predicate == _TYPE:
                self._types(node, [term for term in terms if is_iri(term)])
                terms = [term for term in terms if not is_iri(term)]  # which are no classes with names
            self._property(node, predicate, terms)
        self._depth -= 1
        return node

    def _types(self, node: Node, terms: list[str]) -> None:
        names = []
        for term in terms:
            name = _TYPES.get(term[1:-1])
            if name is not None:
                self._keys[name] = self._curie(term)
            names.append(name or self._curie(term))
        if names:
            node["type"] = names if len(names) > 1 else names[0]

    def _property(self, node: Node, predicate: str, terms: list[str]) -> None:
        key, kind = TERMS.get(predicate[1:-1], ("", _ANY))
        for term in terms:
            if key and kind == LANGUAGE_MAP and self._as_language_map(node, key, term):
                self._define(key, predicate, kind)
            elif key and kind == _IRI and is_iri(term):
                self._define(key, predicate, kind)
                append_value(node, key, self._reference(term) if self._embeds(term) else term[1:-1])
            elif key and kind == _LIST and len(terms) == 1 and term in self._blanks.lists:
                self._define(key, predicate, kind)
                node[key] = [self._value(member) for member in self._blanks.lists[term]]
            elif key and kind == _ANY:
                self._define(key, predicate, kind)
                append_value(node, key, self._value(term))
            else:
                append_value(node, self._curie(predicate), self._value(term))

    def _define(self, key: str, predicate: str, kind: str) -> None:
        extra = _EXTRA[kind]
        self._keys[key] = {"@id": self._curie(predicate), **extra} if extra else self._curie(predicate)

    def _as_language_map(self, node: Node, key: str, term: str) -> bool:
        if not term.startswith('"'):
            return False
        text, lang, _ = literal_parts(term)
        if lang:
            append_value(node.setdefault(key, {}), lang, text)
        return bool(lang)

    def _embeds(self, term: str) -> bool:
        if term in self._blanks.anonymous:
            return True
        free = term in self._subjects and term not in self._written
        return self._nested and free and is_iri(term) and self._depth < MAX_DEPTH

    def _reference(self, term: str) -> Node:
        if self._embeds(term):
            return self._node(term)
        return {"id": term[1:-1] if is_iri(term) else term}

    def _value(self, term: str) -> object:
        if not term.startswith('"'):
            members = self._blanks.lists.get(term)
            if members is not None:
                return {"@list": [self._value(member) for member in members]}
            return self._reference(term)
        text, lang, datatype = literal_parts(term)
        if lang:
            return {"@value": text, "@language": lang}
        return {"@value": text, "@type": self._curie(f"<{datatype}>")} if datatype else text

    def _curie(self, term: str) -> str:
        short, prefix = self._context.compact(term[1:-1])
        if prefix:
            self._keys[prefix] = self._context.prefixes[prefix]
        return short


def append_value(node: Node, key: str, value: object) -> None:
    """Put a value under a key: alone as it is, several as a list."""
    if key not in node:
        node[key] = value
    elif isinstance(node[key], list):
        node[key].append(value)
    else:
        node[key] = [node[key], value]

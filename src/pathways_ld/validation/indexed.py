"""An rdflib graph on plain dictionaries, read-only, so that pyshacl is fast enough for large vocabularies.

rdflib's own memory store keeps a context for every triple, which costs half of the time and memory of a
validation. Literals are exact: neither normalised nor dropped where they are ill-formed.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NoReturn

from pyoxigraph import Quad
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.paths import Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.plugins.stores.memory import Memory
from rdflib.query import Result
from rdflib.term import Node

from pathways_ld.namespaces import OWL, RDF, RDFS
from pathways_ld.rdfio import Statement, is_blank, is_iri, literal, literal_parts, statement

_NOTHING: Final[Mapping[Any, Any]] = {}
_NONE: Final[tuple[Any, ...]] = ()
_QUERIES: Final = 256
"""How many parsed queries are kept; shapes have far fewer."""

Triple = tuple[Node, Node, Node]


def as_statements(statements: Iterable[Statement | Quad]) -> list[Statement]:
    """Give statements as such, whichever of the two forms they come in."""
    return [each if isinstance(each, Statement) else statement(each) for each in statements]


def unique(statements: Iterable[Statement]) -> list[Statement]:
    """Give each triple once, in the order of first appearance, whichever graph it stands in."""
    statements = list(statements)
    if any(map(itemgetter(3), statements)):
        statements = [each._replace(graph="") if each.graph else each for each in statements]
    return list(dict.fromkeys(statements))


class Terms:
    """Makes rdflib terms of N-Triples terms, each once."""

    def __init__(self) -> None:
        self._known: dict[str, Node] = {}

    def __call__(self, term: str) -> Node:
        """Give the rdflib term."""
        known = self._known.get(term)
        if known is None:
            known = self._known[term] = _node(term)
        return known

    def copy(self) -> Terms:
        """Give one that makes the same terms and keeps its new ones to itself."""
        copied = Terms()
        copied._known = dict(self._known)
        return copied


def _node(term: str) -> Node:
    if is_iri(term):
        return str.__new__(URIRef, term[1:-1])  # the parser has checked it; URIRef() would again
    if is_blank(term):
        return BNode(term[2:])
    text, language, datatype = literal_parts(term)
    if language:
        return Literal(text, lang=language)
    return Literal(text, datatype=URIRef(datatype) if datatype else None, normalize=False)


def term_of(node: Node) -> str:
    """Write an rdflib term in N-Triples syntax, as it was read."""
    if isinstance(node, BNode):
        return f"_:{node}"
    if isinstance(node, Literal):
        return literal(str(node), lang=node.language or "", datatype=str(node.datatype or ""))
    return f"<{node}>"


@contextmanager
def quiet_loggers() -> Iterator[None]:
    """Keep rdflib from logging ill-formed literals and pyshacl its errors: both are reported, in words."""
    loggers = [logging.getLogger(name) for name in ("rdflib.term", "pyshacl-validate")]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keep the garbage collector from walking over growing indices: a third of the time, at a million."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def ordinary_graph(statements: Iterable[Statement], terms: Terms | None = None) -> Graph:
    """Make an rdflib graph that may be changed, with exact literals."""
    graph = Graph(bind_namespaces="none")
    terms = terms or Terms()
    with quiet_loggers():
        for subject, predicate, term, _ in statements:
            graph.add((terms(subject), terms(predicate), terms(term)))
    return graph


class _LinkedStore(Memory):
    """Lets pyshacl find blank nodes, which it looks for in the store when it puts them into words."""

    def __init__(self) -> None:
        super().__init__()
        self.graph: Graph | None = None

    def triples(self, triple: Any, context: Any = None) -> Iterator[Any]:  # type: ignore[override]
        """Give the triples of the graph that has this store."""
        del context
        if self.graph is not None:
            for each in self.graph.triples(triple):
                yield each, iter((self.graph,))


@lru_cache(maxsize=_QUERIES)
def _parsed(text: str) -> Query:
    return prepareQuery(text)


class ReadingGraph(Graph):
    """A graph that is only read. Who makes one of it gives :meth:`matches` and the number of them.

    Queries are parsed once: pyshacl asks the same one for every focus node.
    """

    def __init__(self) -> None:
        store = _LinkedStore()
        super().__init__(store=store, bind_namespaces="none")
        store.graph = self

    def add(self, triple: Any) -> NoReturn:
        """Refuse: the indices are made once."""
        raise TypeError("this graph cannot be changed")

    remove = add

    def triples(self, triple: Any) -> Iterator[Triple]:  # type: ignore[override]
        """Give the triples that match; None matches everything, and a property path may be asked for."""
        subject, predicate, value = triple
        if isinstance(predicate, Path):
            for start, end in predicate.eval(self, subject, value):
                yield start, predicate, end  # type: ignore[misc]
        else:
            yield from self.matches(subject, predicate, value)

    def matches(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[Triple]:
        """Give the triples that match; None matches everything."""
        raise NotImplementedError

    def __contains__(self, triple: Any) -> bool:
        return any(True for _ in self.triples(triple))

    def query(self, query_object: Any, *arguments: Any, **options: Any) -> Result:
        """Evaluate a query."""
        if isinstance(query_object, str) and not options.get("initNs"):
            query_object = _parsed(query_object)
        return super().query(query_object, *arguments, **options)


class IndexedGraph(ReadingGraph):
    """The triples of some statements, the graphs they stand in left aside.

    Data and shapes share `terms` where comparing them is to be quick: terms that are the same object need
    no comparison of their texts.
    """

    def __init__(self, statements: Iterable[Statement], terms: Terms | None = None) -> None:
        super().__init__()
        self._by_subject: dict[Node, dict[Node, list[Node]]] = {}
        self._by_predicate: dict[Node, list[tuple[Node, Node]]] = {}
        self._by_object: dict[Node, dict[Node, list[Node]]] = {}
        self.terms = terms or Terms()
        terms = self.terms
        with quiet_loggers():
            triples = unique(statements)
            self._size = len(triples)
            for each in triples:
                subject, predicate, term = terms(each[0]), terms(each[1]), terms(each[2])
                self._by_subject.setdefault(subject, {}).setdefault(predicate, []).append(term)
                self._by_predicate.setdefault(predicate, []).append((subject, term))

    def __len__(self) -> int:
        return self._size

    def matches(self, subject: Node | None, predicate: Node | None, value: Node | None) -> Iterator[Triple]:
        """Give the triples that match; None matches everything."""
        term = value
        if subject is not None:
            yield from self._of_subject(subject, predicate, term)
        elif predicate is not None:
            yield from self._of_predicate(predicate, term)
        else:
            for each in self._by_predicate:
                yield from self._of_predicate(each, term)

    def _of_subject(self, subject: Node, predicate: Node | None, term: Node | None) -> Iterator[Triple]:
        properties = self._by_subject.get(subject, _NOTHING)
        for each in properties if predicate is None else (predicate,):
            for value in properties.get(each, _NONE):
                if term is None or value == term:
                    yield subject, each, value

    def _of_predicate(self, predicate: Node, term: Node | None) -> Iterator[Triple]:
        if term is None:
            for subject, value in self._by_predicate.get(predicate, _NONE):
                yield subject, predicate, value
        else:
            for subject in self._subjects(predicate, term):
                yield subject, predicate, term

    def _subjects(self, predicate: Node, term: Node) -> Sequence[Node]:
        """Look up by object; the index of a predicate is made when it is first asked for."""
        index = self._by_object.get(predicate)
        if index is None:
            index = self._by_object[predicate] = {}
            for subject, value in self._by_predicate.get(predicate, _NONE):
                index.setdefault(value, []).append(subject)
        return index.get(term, _NONE)

    def objects(  # type: ignore[override]
        self, subject: Any = None, predicate: Any = None, unique: bool = False
    ) -> Iterator[Node]:
        """Give the objects; of one subject and predicate each once."""
        if isinstance(predicate, Path):
            return super().objects(subject, predicate, unique)
        if subject is not None and predicate is not None:
            return iter(self._by_subject.get(subject, _NOTHING).get(predicate, _NONE))
        found = (term for _, _, term in self.triples((subject, predicate, None)))
        return iter(dict.fromkeys(found)) if unique else found

    def subjects(  # type: ignore[override]
        self,
        predicate: Any = None,
        object: Any = None,  # noqa: A002
        unique: bool = False,
    ) -> Iterator[Node]:
        """Give the subjects; of one predicate and object each once."""
        if isinstance(predicate, Path):
            return super().subjects(predicate, object, unique)
        if predicate is not None and object is not None:
            return iter(self._subjects(predicate, object))
        found = (subject for subject, _, _ in self.triples((None, predicate, object)))
        return iter(dict.fromkeys(found)) if unique else found


class ShapesGraph(IndexedGraph):
    """Shapes as pyshacl wants them: it adds two axioms of its own to whatever it is given."""

    AXIOMS: Final = (
        Statement(f"<{OWL.Class}>", f"<{RDFS.subClassOf}>", f"<{RDFS.Class}>"),
        Statement(f"<{OWL.DatatypeProperty}>", f"<{RDFS.subClassOf}>", f"<{RDF.Property}>"),
    )

    def __init__(self, statements: Iterable[Statement], terms: Terms | None = None) -> None:
        super().__init__([*statements, *self.AXIOMS], terms)

    def add(self, triple: Any) -> Any:
        """Take what is there already; refuse the rest."""
        if triple not in self:
            raise TypeError("this graph cannot be changed")
        return self

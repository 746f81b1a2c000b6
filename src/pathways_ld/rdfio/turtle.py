"""Canonical Turtle: one document, one text.

Subjects, predicates and objects are sorted, `a` first; only the prefixes in use are declared; blank
nodes that are used once are nested and well-formed lists are written as lists; lexical forms and
language tags stay exactly as they are (https://www.w3.org/TR/turtle/).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import Quad, Triple

from pathways_ld.namespaces import RDF, XSD
from pathways_ld.rdfio.blanknodes import BlankNodes, plan_blank_nodes
from pathways_ld.rdfio.ntriples import Statement, is_blank, is_iri, literal_parts, statement

_LOCAL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_TYPE: Final = f"<{RDF.type}>"
_NIL: Final = f"<{RDF.nil}>"
_PLAIN: Final = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.double: re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+"),
    XSD.boolean: re.compile(r"true|false"),
}

_ELSEWHERE: Final = ("", "")
_NO_BLANKS: Final = BlankNodes()

Properties = dict[str, list[str]]


def write_turtle(statements: Iterable[Statement | Quad | Triple], prefixes: Mapping[str, str]) -> str:
    """Write statements (their graphs are left aside) as canonical Turtle."""
    return TurtleWriter(prefixes).write(statements)


class TurtleWriter:
    """Writes documents with one table of prefixes; keeps the short forms it has worked out."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        # Longer namespaces first, so that the most specific prefix wins.
        self._namespaces = sorted(
            ((iri, prefix) for prefix, iri in prefixes.items()), key=lambda pair: (-len(pair[0]), pair[1])
        )
        self._iris = dict(prefixes)
        self._short: dict[str, tuple[str, str | None]] = {}

    def write(self, statements: Iterable[Statement | Quad | Triple], *, root: str | None = None) -> str:
        """Write a whole document, ending in a line break (empty for no statements).

        `root` is the IRI of the subject that comes first, followed by its parts (its fragments).
        """
        document = _Document(self, _by_subject(statements), root)
        document.find_blank_nodes()
        blocks = document.blocks()
        head = self.declare(document.used)
        return "\n".join(([head] if head else []) + blocks)

    def write_dataset(self, statements: Iterable[Statement]) -> str:
        """Write TriG: the default graph, then each named graph as a block, with the prefixes at the top."""
        graphs: dict[str, list[Statement]] = defaultdict(list)
        holders: dict[str, set[str]] = defaultdict(set)
        for each in statements:
            graphs[each.graph].append(each)
            for term in (each.subject, each.object):
                if is_blank(term):
                    holders[term].add(each.graph)
        shared = {term for term, found in holders.items() if len(found) > 1 or term in graphs}
        used: set[str] = set()
        documents = []
        for graph, said in sorted(graphs.items()):
            document = _Document(self, _by_subject(said))
            document.find_blank_nodes(shared)
            text = "\n".join(document.blocks())
            documents.append(f"{graph} {{\n{text}}}\n" if graph else text)
            used |= document.used
        head = self.declare(used)
        return "\n".join(([head] if head else []) + documents)

    def block(self, subject: str, statements: Iterable[Statement]) -> str:
        """Write the statements of one subject, none of which has a blank node; prefixes are not declared."""
        properties: Properties = defaultdict(list)
        for each in statements:
            properties[each.predicate].append(each.object)
        return _Document(self, {subject: properties}).block(subject)

    def declare(self, prefixes: Iterable[str]) -> str:
        """Write the declarations of some of the prefixes, a line each."""
        return "".join(f"@prefix {prefix}: <{self._iris[prefix]}> .\n" for prefix in sorted(prefixes))

    def short(self, term: str) -> tuple[str, str | None]:
        """Give the written form of an IRI term and the prefix it uses, which may be the empty one."""
        found = self._short.get(term)
        if found is None:
            found = self._short[term] = self._shorten(term)
        return found

    def _shorten(self, term: str) -> tuple[str, str | None]:
        value = term[1:-1]
        for iri, prefix in self._namespaces:
            if value.startswith(iri) and _LOCAL.fullmatch(value, len(iri)):
                return f"{prefix}:{value[len(iri) :]}", prefix
        return term, None


def _by_subject(statements: Iterable[Statement | Quad | Triple]) -> dict[str, Properties]:
    subjects: dict[str, Properties] = defaultdict(lambda: defaultdict(list))
    for each in statements:
        subject, predicate, term, _ = each if isinstance(each, Statement) else statement(each)
        subjects[subject][predicate].append(term)
    return subjects


class _Document:
    def __init__(
        self, writer: TurtleWriter, subjects: dict[str, Properties], root: str | None = None
    ) -> None:
        self._writer = writer
        self._subjects = subjects
        self._root = f"<{root}" if root is not None else ""
        self.used: set[str] = set()
        self._incoming: dict[str, list[tuple[str, str]]] = {}
        self._blanks = _NO_BLANKS

    def find_blank_nodes(self, shared: Iterable[str] = ()) -> None:
        """Plan where blank nodes stand; those `shared` with other graphs keep their labels."""
        incoming = self._incoming
        for subject, properties in self._subjects.items():
            for predicate, objects in properties.items():
                if len(objects) > 1:
                    objects[:] = dict.fromkeys(objects)
                for term in objects:
                    if is_blank(term):
                        incoming.setdefault(term, []).append((predicate, subject))
        for term in shared:
            # More than one use, so it is never anonymous.
            incoming.setdefault(term, []).extend([_ELSEWHERE, _ELSEWHERE])
        self._blanks = plan_blank_nodes(self._subjects, incoming)

    def blocks(self) -> list[str]:
        inside = self._blanks.anonymous | self._blanks.cells.keys()
        order = sorted((self._key(subject), subject) for subject in self._subjects if subject not in inside)
        blocks = [self.block(subject) for _, subject in order if not is_blank(subject)]
        # Blank nodes have no names to sort by: their text decides.
        blocks += sorted(self.block(subject) for _, subject in order if is_blank(subject))
        return blocks

    def _key(self, subject: str) -> tuple[bool, str]:
        own = bool(self._root) and subject.startswith((f"{self._root}>", f"{self._root}#"))
        return not own, subject[1:-1] if is_iri(subject) else subject

    def block(self, subject: str) -> str:
        head = self._term(subject, 0) if not is_blank(subject) or subject in self._incoming else "[]"
        return f"{head} {self._properties(self._subjects[subject], 1)} .\n"

    def _properties(self, properties: Properties, depth: int) -> str:
        indent = "    " * depth
        lines = []
        for predicate in sorted(properties, key=self._predicate_key):
            name = "a" if predicate == _TYPE else self._iri(predicate)
            terms = properties[predicate]
            if len(terms) == 1:
                lines.append(f"{name} {self._term(terms[0], depth)}")
            else:
                objects = sorted(self._term(term, depth) for term in dict.fromkeys(terms))
                lines.append(f"{name} " + f" ,\n{indent}    ".join(objects))
        return f" ;\n{indent}".join(lines)

    def _predicate_key(self, predicate: str) -> tuple[bool, str]:
        return predicate != _TYPE, self._writer.short(predicate)[0]

    def _iri(self, term: str) -> str:
        written, prefix = self._writer.short(term)
        if prefix is not None:
            self.used.add(prefix)
        return written

    def _term(self, term: str, depth: int) -> str:
        if is_iri(term):
            return "()" if term == _NIL and depth else self._iri(term)
        if is_blank(term):
            members = self._blanks.lists.get(term)
            if members is not None:
                return "( " + " ".join(self._term(member, depth + 1) for member in members) + " )"
            if term not in self._blanks.anonymous:
                return term
            if term not in self._subjects:
                return "[]"
            indent = "    " * depth
            inner = self._properties(self._subjects[term], depth + 1)
            return f"[\n{indent}    {inner}\n{indent}]"
        return self._literal(term)

    def _literal(self, term: str) -> str:
        if not term.endswith(">"):
            return term
        body, _, _ = term.rpartition("^^<")
        text, _, datatype = literal_parts(term)
        plain = _PLAIN.get(datatype)
        if plain is not None and plain.fullmatch(text):
            return text
        return f"{body}^^{self._iri(f'<{datatype}>')}"

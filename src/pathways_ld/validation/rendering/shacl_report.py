"""A report as RDF: a sh:ValidationReport (https://www.w3.org/TR/shacl/#validation-report)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from pathways_ld.iris import is_absolute_iri
from pathways_ld.namespaces import RDF, RDFS, SH, XSD
from pathways_ld.rdfio import Statement, iri, is_blank, is_literal, literal, literal_parts
from pathways_ld.report import Severity, ValidationReport, ValidationResult
from pathways_ld.validation.rendering.grouping import visible
from pathways_ld.validation.rules import RULES_BASE

_SEVERITIES: Final[dict[Severity, str]] = {
    "must fix": SH.Violation,
    "should fix": SH.Warning,
    "tip": SH.Info,
}
_TYPE: Final = iri(RDF.type)
_MARKS: Final = {"*": SH.zeroOrMorePath, "+": SH.oneOrMorePath, "?": SH.zeroOrOnePath}
_PIECE: Final = re.compile(r"<[^<>]*>|[/|^()*+?]")
_NO_XML: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LABEL: Final = re.compile(r"[^A-Za-z0-9]")


def shacl_statements(report: ValidationReport, *, for_xml: bool = False) -> list[Statement]:
    """Give the report as statements; `for_xml` leaves values aside that XML cannot hold.

    Two things are as SHACL wants them: sh:conforms is true only without any result, even a tip; and each
    result has a constraint component, which for a rule that no shape expresses is the IRI of the rule.
    """
    return list(_Writer(for_xml=for_xml).statements(report))


class _Writer:
    def __init__(self, *, for_xml: bool) -> None:
        self._count = 0
        self._for_xml = for_xml

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"_:{kind}{self._count:06}"

    def statements(self, report: ValidationReport) -> Iterator[Statement]:
        node = "_:report"
        yield Statement(node, _TYPE, iri(SH.ValidationReport))
        conforms = literal("false" if report.results else "true", datatype=XSD.boolean)
        yield Statement(node, iri(SH.conforms), conforms)
        for each in report.results:
            result = self._new("result")
            yield Statement(node, iri(SH.result), result)
            yield from self._result(result, each)

    def _result(self, node: str, result: ValidationResult) -> Iterator[Statement]:
        yield Statement(node, _TYPE, iri(SH.ValidationResult))
        yield from self._focus(node, result)
        yield Statement(node, iri(SH.resultSeverity), iri(_SEVERITIES[result.severity]))
        yield Statement(node, iri(SH.resultMessage), literal(visible(result.message), lang="en"))
        yield Statement(node, iri(SH.sourceConstraintComponent), iri(_component(result)))
        if result.value and not (self._for_xml and _is_no_xml(result.value)):
            yield Statement(node, iri(SH.value), _renamed(result.value))
        if result.source_shape:
            yield Statement(node, iri(SH.sourceShape), _node(result.source_shape))
        if result.rule_url:
            yield Statement(node, iri(RDFS.seeAlso), iri(result.rule_url))
        if result.path:
            found: list[Statement] = []
            path = self._path(result.path, found)
            if path:
                yield Statement(node, iri(SH.resultPath), path)
                yield from found

    def _focus(self, node: str, result: ValidationResult) -> Iterator[Statement]:
        if result.focus:
            yield Statement(node, iri(SH.focusNode), _renamed(result.focus))
            return
        # About the document, which has no name: a node that says which file it is.
        document = self._new("document")
        yield Statement(node, iri(SH.focusNode), document)
        name = str(result.position) if result.position else "document"
        yield Statement(document, iri(RDFS.label), literal(visible(name)))

    def _path(self, text: str, found: list[Statement]) -> str:
        """Give the node of a path, an IRI or a SPARQL property path; empty for what cannot be read."""
        if "<" not in text:
            return iri(text) if is_absolute_iri(text) else ""
        pieces = _PIECE.findall(text)
        if "".join(pieces) != re.sub(r"\s+", "", text):
            return ""
        reader = _PathReader(pieces, self._new, found)
        node = reader.alternatives()
        return node if not reader.left else ""


class _PathReader:
    """Reads a SPARQL property path into the SHACL form (https://www.w3.org/TR/shacl/#property-paths)."""

    def __init__(self, pieces: list[str], new: Callable[[str], str], found: list[Statement]) -> None:
        self.left = pieces
        self._new = new
        self._found = found

    def _blank(self) -> str:
        return self._new("path")

    def _take(self, piece: str) -> bool:
        if self.left and self.left[0] == piece:
            self.left = self.left[1:]
            return True
        return False

    def alternatives(self) -> str:
        members = [self._sequence()]
        while self._take("|"):
            members.append(self._sequence())
        if len(members) == 1:
            return members[0]
        node = self._blank()
        self._found.append(Statement(node, iri(SH.alternativePath), self._list(members)))
        return node

    def _sequence(self) -> str:
        members = [self._element()]
        while self._take("/"):
            members.append(self._element())
        return members[0] if len(members) == 1 else self._list(members)

    def _element(self) -> str:
        if self._take("^"):
            node = self._blank()
            self._found.append(Statement(node, iri(SH.inversePath), self._element()))
            return node
        if self._take("("):
            node = self.alternatives()
            self._take(")")
        elif self.left:
            node, self.left = self.left[0], self.left[1:]
        else:
            node = iri(RDF.nil)
        while self.left and self.left[0] in _MARKS:
            mark, self.left = self.left[0], self.left[1:]
            outer = self._blank()
            self._found.append(Statement(outer, iri(_MARKS[mark]), node))
            node = outer
        return node

    def _list(self, members: list[str]) -> str:
        rest = iri(RDF.nil)
        for each in reversed(members):
            cell = self._blank()
            self._found.append(Statement(cell, iri(RDF.first), each))
            self._found.append(Statement(cell, iri(RDF.rest), rest))
            rest = cell
        return rest


def _is_no_xml(term: str) -> bool:
    return is_literal(term) and _NO_XML.search(literal_parts(term)[0]) is not None


def _component(result: ValidationResult) -> str:
    component = result.component.removeprefix("<").removesuffix(">")
    if is_absolute_iri(component):
        return component
    if component:
        return f"{SH.iri}{component}ConstraintComponent"
    return RULES_BASE + re.sub(r"[^A-Za-z0-9._~-]", "-", result.rule)


def _node(text: str) -> str:
    if is_blank(text):
        return _renamed(text)
    value = text.removeprefix("<").removesuffix(">")
    return iri(value) if is_absolute_iri(value) else _renamed(f"_:{value}")


def _renamed(term: str) -> str:
    """Keep the blank nodes of the data apart from those of the report."""
    if not is_blank(term):
        return term
    return "_:data" + _LABEL.sub(lambda match: f"x{ord(match[0]):x}x", term[2:])

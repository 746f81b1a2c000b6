"""Example queries, one Turtle file each, in the form that the SIB collected theirs in.

A file describes one ``sh:SPARQLExecutable``: a title, the question in plain words, keywords, the endpoint it
is for and the text of the query, complete with its prefixes (https://github.com/sib-swiss/sparql-examples).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pathways_ld.errors import InputError
from pathways_ld.iris import fragment_of
from pathways_ld.namespaces import RDF, RDFS, SCHEMA, SH, compact
from pathways_ld.rdfio import Statement, iri, is_iri, is_literal, literal_parts, parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pathways_ld.store.base import QueryForm

GENERAL: Final = "general"
"""The folder of the examples that suit any SKOS vocabulary."""

_FORMS: Final[tuple[tuple[QueryForm, str, str], ...]] = (
    ("SELECT", SH.select, SH.SPARQLSelectExecutable),
    ("ASK", SH.ask, SH.SPARQLAskExecutable),
    ("CONSTRUCT", SH.construct, SH.SPARQLConstructExecutable),
)


@dataclass(frozen=True)
class Example:
    """An example query; `name` is the fragment of its IRI, `statements` is all that its file says."""

    iri: str
    title: str
    question: str
    keywords: tuple[str, ...]
    form: QueryForm
    query: str
    target: str
    statements: tuple[Statement, ...]

    @property
    def name(self) -> str:
        """The name by which its document knows it."""
        return fragment_of(self.iri)

    def moved(self, document: str, endpoint: str) -> Example:
        """Give the same example as a part of another document and for another endpoint."""
        here = f"{document}#{self.name}"
        changes = {iri(self.iri): iri(here), iri(self.target): iri(endpoint)}
        statements = tuple(
            each._replace(
                subject=changes.get(each.subject, each.subject), object=changes.get(each.object, each.object)
            )
            for each in self.statements
        )
        return replace(self, iri=here, target=endpoint, statements=statements)


def read_examples(folder: Path) -> tuple[Example, ...]:
    """Read the examples of a folder (not of the folders in it), in the order of their file names.

    Raises :class:`ParseError` for a file that is not well-formed, :class:`InputError` for one that does not
    describe one complete example, or for two of one name.
    """
    found: dict[str, Path] = {}
    examples = []
    for path in sorted(folder.glob("*.ttl")):
        example = _read(path)
        if example.name in found:
            raise InputError(f"{path}: the example {example.name} is in {found[example.name].name} as well.")
        found[example.name] = path
        examples.append(example)
    if not examples:
        raise InputError(f"The folder {folder} holds no example query (a Turtle file, .ttl).")
    return tuple(examples)


def _read(path: Path) -> Example:
    statements = tuple(parse(path).statements)
    subjects = sorted({each.subject for each in statements})
    if len(subjects) != 1 or not is_iri(subjects[0]) or not fragment_of(subjects[0][1:-1]):
        raise InputError(
            f"{path}: {len(subjects)} things are described; expected one, named by an IRI with a fragment."
        )
    said: dict[str, list[str]] = defaultdict(list)
    for each in statements:
        said[each.predicate[1:-1]].append(each.object)
    form, query = _query(path, said)
    targets = [term[1:-1] for term in said[SCHEMA.target] if is_iri(term)]
    if len(targets) != 1:
        raise InputError(f"{path}: schema:target has {len(targets)} IRIs; expected that of the endpoint.")
    keywords = tuple(sorted(literal_parts(term)[0] for term in said[SCHEMA.keywords] if is_literal(term)))
    if not keywords:
        raise InputError(f"{path}: there is no schema:keywords; expected at least one.")
    return Example(
        iri=subjects[0][1:-1],
        title=_text(path, said, RDFS.label),
        question=_text(path, said, RDFS.comment),
        keywords=keywords,
        form=form,
        query=query,
        target=targets[0],
        statements=statements,
    )


def _query(path: Path, said: Mapping[str, list[str]]) -> tuple[QueryForm, str]:
    """Give the form and the text of the query, whose property and class must agree."""
    found = [each for each in _FORMS if each[1] in said]
    if len(found) != 1:
        raise InputError(
            f"{path}: {len(found)} of sh:select, sh:ask and sh:construct are there; expected one of them."
        )
    form, predicate, kind = found[0]
    for expected in (SH.SPARQLExecutable, kind):
        if iri(expected) not in said[RDF.type]:
            raise InputError(f"{path}: the type {compact(expected)} is missing.")
    return form, _text(path, said, predicate)


def _text(path: Path, said: Mapping[str, list[str]], predicate: str) -> str:
    texts = [literal_parts(term)[0] for term in said[predicate] if is_literal(term)]
    if len(texts) != 1 or not texts[0].strip():
        raise InputError(f"{path}: {compact(predicate)} has {len(texts)} texts; expected one, not empty.")
    return texts[0]

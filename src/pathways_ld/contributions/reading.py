"""From what was sent to what it would change: read, put into the right graphs, less what is said already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from pathways_ld.contributions.published import TYPE, Published, by_subject
from pathways_ld.errors import BadRequest, PayloadTooLarge
from pathways_ld.formats import Format
from pathways_ld.iris import is_absolute_iri
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import RDF, SKOS
from pathways_ld.rdfio import Statement, is_blank, parse
from pathways_ld.rdfio.bombs import refuse_bombs
from pathways_ld.rdfio.parsing import read_quads

About = Callable[[str], Sequence[Statement]]

MAPPINGS: Final = frozenset(
    f"<{SKOS[name]}>" for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
)
_RECORD: Final = f"<{RDF.Statement}>"
_PLACES: Final = (f"<{RDF.subject}>", f"<{RDF.predicate}>", f"<{RDF.object}>")
_DEEPEST: Final = 20
"""Blank nodes within blank nodes that are compared; deeper ones count as new."""


@dataclass(frozen=True)
class Bounds:
    """How much one contribution may hold: bytes of its document, and statements."""

    size: int
    statements: int


def read(
    content: bytes,
    rdf_format: Format,
    name: str,
    published: Published,
    bounds: Bounds,
    *,
    replaced: Sequence[str] = (),
) -> Delta:
    """Read RDF: what it adds to the asserted statements.

    What follows from them, and stands in every document that is sent back as it was published, is left out.
    Of the terms whose IRIs are `replaced`, what is asserted and not sent is removed. Relative IRIs are
    resolved against the base of the vocabulary. Raises :class:`PayloadTooLarge`, :class:`ParseError` and
    :class:`BadRequest`.
    """
    if len(content) > bounds.size:
        raise PayloadTooLarge(
            f"The document has {len(content):,} bytes; at most {bounds.size:,} can be contributed at once."
        )
    base = published.manifest.base
    refuse_bombs(content, rdf_format, name)
    # Telling blank nodes apart costs more than reading: the number of statements is bounded before it.
    count = sum(1 for _ in islice(read_quads(content, rdf_format, name, base), 4 * bounds.statements + 1))
    if count > 4 * bounds.statements:  # a whole term may be sent in which little is new
        raise _too_many(bounds)
    statements = parse(content, rdf_format, name=name, base_iri=base).statements
    if not statements:
        raise BadRequest("The document has no statements. Expected RDF that says something of a term.")
    added = placed(dict.fromkeys(statements), published)
    removed: list[Statement] = []
    for term in replaced:
        if not is_absolute_iri(term):
            raise BadRequest(f'"{term[:200]}" is no absolute IRI; expected the IRI of a term to replace.')
        if not any(each.subject == f"<{term}>" for each in added):
            raise BadRequest(
                f"<{term}> is to be replaced, but the document says nothing about it. Published terms never"
                " vanish: send what is to be said of it."
            )
        removed += tree(f"<{term}>", published.about)
    delta = difference(added, removed, published.about)
    return replace(delta, added=tuple(each for each in delta.added if not published.follows(each)))


def _too_many(bounds: Bounds) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The contribution has more than {bounds.statements:,} statements, the most that are taken at once."
        " Contribute in parts."
    )


def normalised(delta: Delta, published: Published, bounds: Bounds) -> Delta:
    """Give a delta as it is kept: in the right graphs, less what would change nothing, new nodes kept apart.

    Raises :class:`PayloadTooLarge` where it is too much for one contribution.
    """
    if len(delta.added) + len(delta.removed) > 4 * bounds.statements:
        raise _too_many(bounds)
    about = published.about
    # A blank node of a contribution is never one that is there, whatever its label.
    added = [
        each
        for each in placed(dict.fromkeys(delta.added), published)
        if _has_blank(each) or each not in about(each.subject)
    ]
    removed = [each for each in dict.fromkeys(delta.removed) if each in about(each.subject)]
    both = set(added) & set(removed)
    new = sorted({term for each in added for term in (each.subject, each.object) if is_blank(term)})
    labels = {label: f"_:q{number}" for number, label in enumerate(new)}
    result = Delta(
        tuple(sorted(_renamed(each, labels) for each in added if each not in both)),
        tuple(sorted(each for each in removed if each not in both)),
    )
    if len(result.added) + len(result.removed) > bounds.statements:
        raise _too_many(bounds)
    return result


def _has_blank(each: Statement) -> bool:
    return is_blank(each.subject) or is_blank(each.object)


def _renamed(each: Statement, labels: dict[str, str]) -> Statement:
    return each._replace(
        subject=labels.get(each.subject, each.subject), object=labels.get(each.object, each.object)
    )


def placed(statements: Iterable[Statement], published: Published) -> list[Statement]:
    """Put statements that name no graph where such ones are: links to elsewhere have their own."""
    given = list(statements)
    graph = published.mappings_graph
    records = {each.subject for each in given if each.predicate == TYPE and each.object == _RECORD}
    recorded = {tuple(_value(given, record, place) for place in _PLACES) for record in records}
    result = []
    for each in given:
        if not each.graph:
            triple = each[:3]
            known = next((other for other in published.about(each.subject) if other[:3] == triple), None)
            if known is not None and not _has_blank(each):
                each = known  # noqa: PLW2901 - it is the same one, in its place
            elif graph and (
                each.subject in records
                or triple in recorded
                or _is_record(each.subject, published)
                or (each.predicate in MAPPINGS and not each.object.startswith(f"<{published.manifest.base}"))
            ):
                each = each._replace(graph=graph)  # noqa: PLW2901
        result.append(each)
    return result


def _value(statements: Iterable[Statement], subject: str, predicate: str) -> str:
    return next((e.object for e in statements if e.subject == subject and e.predicate == predicate), "")


def _is_record(subject: str, published: Published) -> bool:
    return "#" in subject and any(
        each.predicate == TYPE and each.object == _RECORD for each in published.about(subject)
    )


def difference(added: Sequence[Statement], removed: Sequence[Statement], about: About) -> Delta:
    """Give what is new and what goes; blank nodes that say what others said already are not new."""
    said = by_subject(added)
    gone = set(removed)
    kept: set[Statement] = set()
    new: dict[str, str] = {}
    old: dict[str, str] = {}
    for each in added:
        if not is_blank(each.object) or is_blank(each.subject):
            continue
        mine = _signature(each.object, lambda node: said.get(node, ()), new)
        for other in about(each.subject):
            same_place = other.predicate == each.predicate and is_blank(other.object)
            if same_place and other not in kept and mine and mine == _signature(other.object, about, old):
                kept |= {other, *tree(other.object, about)}
                kept |= {each, *tree(each.object, lambda node: said.get(node, ()))}
                break
    fresh = [each for each in added if each not in kept and each not in about(each.subject)]
    sent = set(added)
    return Delta(
        tuple(fresh),
        tuple(each for each in dict.fromkeys(removed) if each in gone - kept and each not in sent),
    )


def tree(subject: str, about: About) -> list[Statement]:
    """Give what is said of a subject and of the blank nodes below it."""
    found: list[Statement] = []
    seen = {subject}
    waiting = [subject]
    while waiting:
        for each in about(waiting.pop()):
            found.append(each)
            if is_blank(each.object) and each.object not in seen:
                seen.add(each.object)
                waiting.append(each.object)
    return found


def _signature(node: str, about: About, known: dict[str, str], depth: int = 0) -> str:
    """Give a digest of what a blank node says, whatever its label; empty for circles and great depths."""
    if node in known or depth > _DEEPEST:
        return known.get(node, "")
    known[node] = ""
    parts = []
    for each in about(node):
        value = _signature(each.object, about, known, depth + 1) if is_blank(each.object) else each.object
        if not value:
            return ""
        parts.append(f"{each.predicate} {value} {each.graph}")
    known[node] = "_:" + hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
    return known[node]

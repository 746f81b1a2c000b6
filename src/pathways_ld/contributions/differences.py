"""What a contribution does, in plain words by term, and as RDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pathways_ld.contributions.model import Difference, TermChange
from pathways_ld.contributions.published import TYPE, BySubject, Published, by_subject
from pathways_ld.ledger import Delta
from pathways_ld.model import PageView
from pathways_ld.namespaces import OWL, RDF, RDFS, SKOS
from pathways_ld.rdfio import Statement, TurtleWriter, graph_line, is_blank, is_iri, is_literal, literal_parts
from pathways_ld.wording import N_

_HEADINGS: Final = {
    SKOS.prefLabel: N_("Preferred label"),
    SKOS.altLabel: N_("Alternative label"),
    SKOS.hiddenLabel: N_("Hidden label"),
    RDF.type: N_("Type"),
    RDFS.isDefinedBy: N_("Defined by"),
    OWL.deprecated: N_("Deprecated"),
}
_UNNAMED: Final = N_("something without a name")


def term_changes(
    delta: Delta, published: Published, after: Mapping[str, PageView | None]
) -> tuple[TermChange, ...]:
    """Give the differences by the page they are seen on, in the order of IRIs; `after` are its new pages."""
    owners = _owners(delta)
    added = by_subject(delta.added)
    groups: dict[str, list[Difference]] = {}
    for sign, said in (("-", delta.removed), ("+", delta.added)):
        for each in said:
            subject = owners.get(each.subject, each.subject)
            document = published.document(subject[1:-1]) if is_iri(subject) else ""
            words = heading(each.predicate, published), *value(each.object, published, added)
            groups.setdefault(document, []).append(
                Difference("+" if sign == "+" else "-", *words, statement=each)
            )
    return tuple(
        TermChange(
            published.link(document, added),
            published.view(document) is None,
            tuple(sorted(found, key=_order)),
            published.view(document),
            after.get(document),
        )
        for document, found in sorted(groups.items())
    )


def _owners(delta: Delta) -> dict[str, str]:
    """Give the IRI that each blank node is a part of."""
    said = (*delta.added, *delta.removed)
    holders = {each.object: each.subject for each in said if is_blank(each.object)}
    owners: dict[str, str] = {}
    for node in holders:
        seen: set[str] = set()
        top = node
        while is_blank(top) and top in holders and top not in seen:
            seen.add(top)
            top = holders[top]
        owners[node] = top
    return owners


def _order(each: Difference) -> tuple[bool, str, str, str, str, bool]:
    """Order: types first, then by heading; what goes comes before what takes its place."""
    return (
        each.statement.predicate != TYPE,
        each.heading,
        each.statement.subject,
        each.lang,
        "" if each.sign == "-" else each.text,
        each.sign == "+",
    )


def heading(predicate: str, published: Published) -> str:
    """Give a property in words."""
    iri = predicate[1:-1]
    if iri in _HEADINGS and iri not in published.reader.headings:
        return _HEADINGS[iri]
    return published.reader.heading(iri, published.languages)


def value(term: str, published: Published, added: BySubject | None = None) -> tuple[str, str]:
    """Give a value in words, and its language tag."""
    if is_literal(term):
        text, lang, _ = literal_parts(term)
        return text, lang
    if is_blank(term):
        return _UNNAMED, ""
    words = published.reader.headings.get(term[1:-1])
    if words:
        return published.languages.pick(words)[0] or published.reader.compact(term[1:-1]), ""
    return published.label(term, added), ""


def sentence(sign: str, each: Statement, published: Published) -> str:
    """Say what a statement was made to say, or not to say any more."""
    text, lang = value(each.object, published)
    shown = f"“{text[:200]}”" + (f" ({lang})" if lang else "")
    return f"{heading(each.predicate, published)}: {shown} was {'added' if sign == '+' else 'removed'}"


def turtle(statements: Iterable[Statement], published: Published) -> str:
    """Write one side of a difference as Turtle, with graphs as TriG has them."""
    return TurtleWriter(published.reader.prefixes).write_dataset(statements)


def patch(delta: Delta) -> str:
    """Write a difference as an RDF patch: lines of N-Quads, ``D`` for what goes, ``A`` for what comes.

    https://afs.github.io/rdf-patch/
    """
    lines = [f"D {graph_line(each)}" for each in delta.removed]
    lines += [f"A {graph_line(each)}" for each in delta.added]
    return "".join(["TX .\n", *lines, "TC .\n"]) if lines else ""

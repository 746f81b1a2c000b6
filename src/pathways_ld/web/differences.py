"""What a proposal or a change adds and removes, as pages and programs are given it: in words and as RDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from pathways_ld.formats import Format
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import RDF, SKOSXL
from pathways_ld.rdfio import Statement, TurtleWriter, graph_line, is_blank
from pathways_ld.validation.rendering.grouping import visible
from pathways_ld.web import pages
from pathways_ld.web.current import reader
from pathways_ld.web.interface_language import SOURCE, gettext, interface_language, show_date
from pathways_ld.web.responses import settings

if TYPE_CHECKING:
    from pathways_ld.contributions import Difference, Duplicate, TermChange

PATCH: Final = Format("rdf-patch", "application/rdf-patch", ("rdfp",), "RDF Patch", text=True)
"""Lines of N-Quads with a sign before each (https://afs.github.io/rdf-delta/rdf-patch.html)."""
SHOWN_STATEMENTS: Final = 1_000
"""Statements that a page shows; a patch has all of them."""
_TO_LABELS: Final = frozenset(f"<{SKOSXL[name]}>" for name in ("prefLabel", "altLabel", "hiddenLabel"))
_WRITTEN: Final = f"<{SKOSXL.literalForm}>"
_MAPS: Final = f"<{RDF.subject}>"
_MAPPED: Final = f"<{RDF.object}>"
_STRUCTURE: Final = frozenset({f"<{RDF.type}>", f"<{RDF.predicate}>", _WRITTEN, _MAPS, _MAPPED})


@dataclass(frozen=True)
class Row:
    """What happens to one property of a term."""

    heading: str
    removed: tuple[Difference, ...]
    added: tuple[Difference, ...]


def rows(differences: Sequence[Difference]) -> list[Row]:
    """Put what is removed beside what is added, property by property in the order in which they come."""
    found: dict[str, tuple[list[Difference], list[Difference]]] = {}
    for each in _of_parts(_worded(differences)):
        removed, added = found.setdefault(each.heading, ([], []))
        (added if each.sign == "+" else removed).append(each)
    return [Row(heading, tuple(removed), tuple(added)) for heading, (removed, added) in found.items()]


def _worded(differences: Sequence[Difference]) -> Sequence[Difference]:
    """Name properties, and what has no name, in the language of the interface."""
    if interface_language() == SOURCE:
        return differences
    page = pages.page()
    return [
        replace(
            each,
            heading=_property(each, page),
            text=gettext(each.text) if is_blank(each.statement.object) else each.text,
        )
        for each in differences
    ]


def _property(difference: Difference, page: pages.Page) -> str:
    translated = gettext(difference.heading)
    return (
        translated if translated != difference.heading else page.heading(difference.statement.predicate[1:-1])
    )


def _of_parts(differences: Sequence[Difference]) -> Iterator[Difference]:
    """Say of labels with a source and of mappings which ones they are, without how RDF puts them together."""
    said = [each.statement for each in differences]
    own = {each.object for each in said if each.predicate in _TO_LABELS}
    own |= {each.subject for each in said if each.predicate == _MAPS and each.object != each.subject}
    names = {
        each.statement.subject: f"“{each.text}”" if each.statement.predicate == _WRITTEN else each.text
        for each in differences
        if each.statement.subject in own and each.statement.predicate in (_WRITTEN, _MAPPED)
    }
    for each in differences:
        subject, predicate = each.statement.subject, each.statement.predicate
        if (subject in names and predicate in _STRUCTURE) or (
            predicate in _TO_LABELS and each.statement.object in names
        ):
            continue
        yield replace(each, heading=f"{names[subject]}: {each.heading}") if subject in names else each


@dataclass(frozen=True)
class Turtle:
    """Statements as a page shows them; `left` are those it leaves out."""

    text: str
    count: int
    left: int


def turtle(statements: Sequence[Statement]) -> Turtle:
    """Write statements for people who read RDF; the names of graphs are left aside."""
    shown = statements[:SHOWN_STATEMENTS]
    text = TurtleWriter(reader().prefixes).write_dataset(shown) if shown else ""
    lines = (visible(line) for line in text.split("\n"))
    return Turtle("\n".join(lines).strip("\n"), len(statements), len(statements) - len(shown))


def patch(delta: Delta) -> bytes:
    """Write what has to be done to the asserted statements."""
    from pathways_ld.contributions.differences import patch as written  # noqa: PLC0415 - slow to import

    return written(delta).encode()


def in_words(delta: Delta) -> tuple[TermChange, ...]:
    """Say what statements do to the terms of the current snapshot; of many, those that are shown first."""
    # Slow to import, with the libraries of the checks.
    from pathways_ld.contributions.differences import term_changes  # noqa: PLC0415
    from pathways_ld.contributions.published import Published  # noqa: PLC0415

    some = Delta(delta.added[:SHOWN_STATEMENTS], delta.removed[:SHOWN_STATEMENTS])
    with Published(reader().folder, settings()) as published:
        return term_changes(some, published, {})


def changes_json(changes: Iterable[TermChange]) -> list[dict[str, Any]]:
    """Give differences as members of a JSON document."""
    return [
        {
            "iri": each.link["iri"],
            "title": each.link["title"],
            "new": each.is_new,
            "differences": [
                {
                    "sign": one.sign,
                    "heading": one.heading,
                    "text": one.text,
                    **({"lang": one.lang} if one.lang else {}),
                    "statement": graph_line(one.statement).rstrip("\n"),
                }
                for one in each.differences
            ],
        }
        for each in changes
    ]


def duplicates_json(found: Iterable[Duplicate]) -> list[dict[str, Any]]:
    """Give likely duplicates as members of a JSON document."""
    return [
        {"iri": each.link["iri"], "title": each.link["title"], "kind": each.kind, "why": each.why}
        for each in found
    ]


def moment(stamp: str) -> Markup:
    """Write a time of the ledger for people; one that cannot be read is written as it is."""
    try:
        at = datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return Markup("{}").format(stamp)
    day = f"{at.day} {at:%B %Y}" if interface_language() == SOURCE else show_date(at)
    shown = f"{day}, {at:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), shown)

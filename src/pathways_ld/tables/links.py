"""What only the whole graph can tell about references: both directions, loops, clashes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from pathways_ld.rdfio import Statement, iri_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pathways_ld.tables.description import Column
    from pathways_ld.tables.documents import Document
    from pathways_ld.tables.reading import Problems, Row

Edges = dict[str, set[str]]


@dataclass(frozen=True)
class Link:
    """A reference in a cell: from the row's term to another."""

    subject: str
    object: str
    column: Column
    row: Row


def state_both_ways(
    document: Document, predicate: str, links: Collection[tuple[str, str]], ends: Collection[str]
) -> None:
    """State links in both directions, and take out those between `ends` that are not among `links`."""
    wanted = {*links, *((there, here) for here, there in links)}
    for each in document.statements():
        between = each.predicate == predicate and each.subject in ends and each.object in ends
        if between and (each.subject, each.object) not in wanted:
            document.discard(each)
    for here, there in wanted:
        document.add(Statement(here, predicate, there))


def check_links(
    links: list[Link], columns: Collection[Column], documents: Iterable[Document], problems: Problems
) -> None:
    """Find references to the row itself, loops, and links that clash with the hierarchy."""
    edges = _edges(documents, columns)
    for link in links:
        if link.subject == link.object:
            problems.cell(
                link.row, link.column.name, f'"{_slug(link.object)}" refers to itself; take it out.'
            )
        elif link.column.acyclic:
            loop = _path(edges[link.column.predicate], link.object, link.subject)
            if loop:
                steps = " → ".join(_slug(each) for each in (link.subject, *loop))
                problems.cell(link.row, link.column.name, f"This makes a loop: {steps}; take one link out.")
    for column in columns:
        if column.disjoint_with:
            _check_disjoint(column, links, edges, problems)


def _check_disjoint(
    column: Column, links: list[Link], edges: Mapping[str, Edges], problems: Problems
) -> None:
    hierarchy = edges[column.disjoint_with]
    cells = {(link.column.predicate, link.subject, link.object): link for link in links}
    for here, others in sorted(edges[column.predicate].items()):
        for there in sorted(others - {here}):
            path = _path(hierarchy, here, there)
            if path is None:
                continue
            # Blame the cell that links the two, else a cell of the hierarchy between them.
            steps = [(column.disjoint_with, *step) for step in pairwise(path)]
            asked = [(column.predicate, here, there), (column.predicate, there, here), *steps]
            for link in [cells[key] for key in asked if key in cells][:1]:
                way = " → ".join(_slug(each) for each in path)
                message = (
                    f'"{_slug(here)}" and "{_slug(there)}" cannot be related: one is above the other'
                    f" ({way}); keep one of the two links."
                )
                problems.cell(link.row, link.column.name, message)


def _edges(documents: Iterable[Document], columns: Collection[Column]) -> dict[str, Edges]:
    wanted = {column.predicate for column in columns if column.acyclic or column.disjoint_with}
    wanted |= {column.disjoint_with for column in columns if column.disjoint_with}
    edges: dict[str, Edges] = {predicate: defaultdict(set) for predicate in wanted}
    for document in documents:
        for each in document.statements():
            if each.predicate in edges:
                edges[each.predicate][each.subject].add(each.object)
    return edges


def _path(edges: Edges, start: str, goal: str) -> list[str] | None:
    """Give the nodes of a shortest way of at least one edge from `start` to `goal`, or of none if equal."""
    if start == goal:
        return [start]
    came_from = {start: start}
    waiting = [start]
    for node in waiting:
        for following in sorted(edges.get(node, ())):
            if following in came_from:
                continue
            came_from[following] = node
            if following == goal:
                way = [goal]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            waiting.append(following)
    return None


def _slug(term: str) -> str:
    return iri_value(term).rpartition("/")[2]

"""What a change of the asserted statements changes in what follows from them, without reading the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pathways_ld.ledger import Delta
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, is_literal
from pathways_ld.releases.states import BROADER, After, Before, is_broader
from pathways_ld.vocabulary.derive import LITERAL_FORM, XL_LABELS, causes, consequences

Triple = tuple[str, str, str]


class TooFar(Exception):
    """A change reaches so much that everything is better written anew; its text says what is reached."""


@dataclass(frozen=True)
class Difference:
    """All that changes: what is asserted with what follows from it, and the ancestors in their own graph."""

    added: frozenset[Statement]
    removed: frozenset[Statement]
    inferred_added: tuple[Statement, ...]
    inferred_removed: tuple[Statement, ...]


def follow(before: Before, delta: Delta, most: int) -> tuple[After, Difference]:
    """Find what changes; raises :class:`TooFar` where the ancestors of more than `most` concepts do."""
    after = After(before, delta.added, delta.removed)
    added, removed = set(delta.added), set(delta.removed)
    for triple in _candidates(before, after, delta):
        was, is_ = _derived(triple, before), _derived(triple, after)
        if was != is_:
            if was is not None:
                removed.add(was)
            if is_ is not None:
                added.add(is_)
    # What followed and is now asserted, in the same graph, or the other way round, is what it was.
    both = added & removed
    added -= both
    removed -= both
    after.follow(added, removed)
    inferred = _ancestors(before, after, {*added, *removed}, most)
    return after, Difference(frozenset(added), frozenset(removed), *inferred)


def _candidates(before: Before, after: After, delta: Delta) -> set[Triple]:
    """Give the triples that may follow before or after only."""
    found: set[Triple] = set()
    for each in (*delta.added, *delta.removed):
        found.add(each[:3])
        forms = _forms(each.object, before, after) if each.predicate in XL_LABELS else []
        found.update(follows[:3] for follows in consequences(each, before.space, {each.object: forms}))
        if each.predicate == LITERAL_FORM and is_literal(each.object):
            for link in after.users(each.subject, sorted(XL_LABELS)):
                found.add((link.subject, XL_LABELS[link.predicate], each.object))
    return found


def _forms(label: str, before: Before, after: After) -> list[str]:
    said = (*before.asserted(label), *after.asserted(label))
    return sorted(
        {each.object for each in said if each.predicate == LITERAL_FORM and is_literal(each.object)}
    )


def _derived(triple: Triple, state: Before | After) -> Statement | None:
    subject, predicate, value = triple
    if any(each[1:3] == (predicate, value) for each in state.asserted(subject)):
        return None
    found = causes(subject, predicate, value, state.space, state.asserted)
    return Statement(*triple, min(each.graph for each in found)) if found else None


def _ancestors(
    before: Before, after: After, changed: Iterable[Statement], most: int
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    moved = {each.subject for each in changed if is_broader(each)}
    moved = {concept for concept in moved if before.above(concept) != after.above(concept)}
    closed: dict[str, set[str]] = {}
    added: list[Statement] = []
    removed: list[Statement] = []
    predicate = f"<{SKOS.broaderTransitive}>"
    for concept in sorted(below(after, moved, most)):
        was, is_ = before.ancestors(concept), _closure(concept, after.above, closed)
        added += [Statement(concept, predicate, each, before.inferred) for each in sorted(is_ - was)]
        removed += [Statement(concept, predicate, each, before.inferred) for each in sorted(was - is_)]
    return tuple(added), tuple(removed)


def below(after: After, concepts: Iterable[str], most: int) -> set[str]:
    """Give concepts and all that are or were further down; raises :class:`TooFar`."""
    found = set(concepts)
    waiting = list(found)
    while waiting:
        for each in _children(after, waiting.pop()):
            if each not in found:
                found.add(each)
                waiting.append(each)
        if len(found) > most:
            raise TooFar(f"more than {most:,} concepts are further down")
    return found


def _children(after: After, concept: str) -> Iterator[str]:
    return (each.subject for each in after.users(concept, (BROADER,)))


def _closure(concept: str, above: Callable[[str], set[str]], closed: dict[str, set[str]]) -> set[str]:
    """Walk upwards; loops end where they began."""
    if concept in closed:
        return closed[concept]
    seen: set[str] = set()
    waiting = list(above(concept))
    while waiting:
        ancestor = waiting.pop()
        if ancestor in seen:
            continue
        seen.add(ancestor)
        if ancestor in closed:
            seen |= closed[ancestor]
        else:
            waiting.extend(above(ancestor))
    closed[concept] = seen
    return seen

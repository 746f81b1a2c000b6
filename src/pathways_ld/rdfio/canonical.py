"""Labels for blank nodes that follow from what is said, in bounded time.

RDFC-1.0 (https://www.w3.org/TR/rdf-canon/) alone takes time that grows with the square of a list's
length and with the factorial of the number of nodes that look alike. So each blank node is told apart
first by all that it leads to and by all that leads to it; what still looks alike is left to RDFC-1.0
where that is little work, and gets labels in the order of the document where it is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import factorial
from typing import Final

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad

MAX_ALIKE: Final = 100
MAX_ORDERS: Final = 1_000_000

_MARK: Final = NamedNode("urn:x-pathways-ld:blank-node")

Edges = Mapping[str, list[tuple[str, str]]]


def canonical(quads: list[Quad]) -> list[Quad]:
    """Give the same statements with labels that do not depend on those of the document."""
    blanks, kinds = _blank_nodes(quads)
    if not blanks:
        return quads
    if not kinds:
        return _in_document_order(quads, blanks)
    return [each for each in _canonicalized(quads, kinds) if not _is_mark(each)]


def canonical_labels(quads: list[Quad]) -> dict[str, str]:
    """Give the label that each blank node has in the statements of :func:`canonical`.

    Of nodes that are alike in all that is said of and with them, any may get any of their labels.
    """
    blanks, kinds = _blank_nodes(quads)
    if not kinds:
        return {label: str(renamed) for label, renamed in _numbered(blanks).items()}
    labels: dict[str, list[str]] = defaultdict(list)
    for each in _canonicalized(quads, kinds):
        if _is_mark(each) and isinstance(each.object, Literal):
            labels[each.object.value].append(str(each.subject))
    return {label: labels[kind].pop() for label, kind in kinds.items()}


def _blank_nodes(quads: list[Quad]) -> tuple[dict[str, None], dict[str, str]]:
    """Give the blank nodes and their kinds; no kinds where telling them apart is too much work."""
    outgoing: dict[str, list[tuple[str, str]]] = defaultdict(list)
    incoming: dict[str, list[tuple[str, str]]] = defaultdict(list)
    blanks: dict[str, None] = {}
    for each in dict.fromkeys(filter(_has_blank, quads)):
        subject, term, said = str(each.subject), str(each.object), f"{each.predicate} {each.graph_name}"
        named = isinstance(each.graph_name, BlankNode)
        if isinstance(each.subject, BlankNode):
            blanks[subject] = None
            outgoing[subject].append((str(each.predicate) if named else said, term))
        if isinstance(each.object, BlankNode):
            blanks[term] = None
            incoming[term].append((str(each.predicate) if named else said, subject))
        if named:
            blanks[str(each.graph_name)] = None
    kinds = _told_apart(_told_apart(dict.fromkeys(blanks, ""), outgoing), incoming)
    return blanks, {} if _too_much_alike(kinds, outgoing, incoming) else kinds


def _canonicalized(quads: list[Quad], kinds: Mapping[str, str]) -> Dataset:
    dataset = Dataset(quads)
    for label, kind in kinds.items():
        dataset.add(Quad(BlankNode(label[2:]), _MARK, Literal(kind), _MARK))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _is_mark(each: Quad) -> bool:
    return each.predicate == _MARK and each.graph_name == _MARK


def _has_blank(source: Quad) -> bool:
    return (
        isinstance(source.subject, BlankNode)
        or isinstance(source.object, BlankNode)
        or isinstance(source.graph_name, BlankNode)
    )


def _told_apart(kinds: Mapping[str, str], edges: Edges) -> dict[str, str]:
    """Add to each node's kind those of the nodes its edges lead to, ends first.

    In circles, which have no end, what is known of the next nodes is added once.
    """
    told = dict(kinds)
    waiting: dict[str, int] = {}
    backwards: dict[str, list[str]] = defaultdict(list)
    for node in kinds:
        targets = [target for _, target in edges.get(node, ()) if target in kinds]
        waiting[node] = len(targets)
        for target in targets:
            backwards[target].append(node)
    ready = [node for node, count in waiting.items() if not count]
    for node in ready:  # grows while it is read
        told[node] = _kind(kinds[node], ((label, told.get(end, end)) for label, end in edges.get(node, ())))
        for referrer in backwards[node]:
            waiting[referrer] -= 1
            if not waiting[referrer]:
                ready.append(referrer)
    known = {**kinds, **{node: told[node] for node in ready}}
    for node in kinds.keys() - set(ready):
        told[node] = _kind(kinds[node], ((label, known.get(end, end)) for label, end in edges[node]))
    return told


def _kind(kind: str, said: Iterable[tuple[str, str]]) -> str:
    return sha256(repr((kind, sorted(said))).encode()).hexdigest()


def _too_much_alike(kinds: Mapping[str, str], *directions: Edges) -> bool:
    """Tell whether RDFC-1.0 would try too many orders of nodes that it cannot tell apart."""
    counts = Counter(kinds.values())
    alike = [node for node, kind in kinds.items() if counts[kind] > 1]
    if len(alike) > MAX_ALIKE:
        return True
    orders = 1
    for node in alike:
        for edges in directions:
            groups = Counter((label, kinds.get(term)) for label, term in edges.get(node, ()) if term in kinds)
            for size in groups.values():
                orders *= factorial(min(size, 20))
        if orders > MAX_ORDERS:
            return True
    return False


def _numbered(blanks: Iterable[str]) -> dict[str, BlankNode]:
    return {label: BlankNode(f"c14n{number}") for number, label in enumerate(blanks)}


def _in_document_order(quads: Iterable[Quad], blanks: Iterable[str]) -> list[Quad]:
    renamed = _numbered(blanks)
    return [
        Quad(
            renamed.get(str(each.subject), each.subject),
            each.predicate,
            renamed.get(str(each.object), each.object),
            renamed.get(str(each.graph_name), each.graph_name),
        )
        for each in quads
    ]

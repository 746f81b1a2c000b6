"""The changes of the ledger applied to what the source files say.

A change that was exported is in the sources already. Those that show it are not given it again, so that what
people edit there afterwards holds; any others are, so that nothing that was accepted is ever lost.

Blank nodes have no names of their own: their labels follow from their file, and an export gives them new
ones. Where a change speaks of nodes whose labels are not there, they are found by all that it says of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import Final

from pathways_ld.ledger.changes import Change, Delta, Ledger
from pathways_ld.ledger.exports import Exports
from pathways_ld.namespaces import PROV, RDF, RDFS
from pathways_ld.rdfio import Statement, is_blank

MOST_STEPS: Final = 10_000
"""How many candidates are tried to find the blank nodes of one change."""
MOST_STATEMENTS: Final = 200
"""Of a larger group of blank nodes it is said that it is not there (any more)."""
MOST_WAYS: Final = 50
"""How many ways are looked at in which a group may be there."""

_TYPE: Final = f"<{RDF.type}>"
_CHANGE: Final = re.compile(r'"Change ([1-9][0-9]{0,17})"@en')
_ACTIVITY: Final = f"<{PROV.Activity}>"


def replay_ledger(
    statements: Iterable[Statement], ledger: Ledger, exports: Exports
) -> tuple[list[Statement], frozenset[str], int]:
    """Apply all changes that the sources do not show; see :func:`replay`."""
    said = list(statements)
    exported = exports.through(complete=False)
    contained = _contained(set(said), ledger, exported)
    moved = exports.labels() if exported else {}
    return replay(said, ledger.changes(), contained=contained, exported=exported, moved=moved)


def last_told(statements: Iterable[Statement]) -> int:
    """Give the highest number of a change that statements tell of, whichever ledger it is from."""
    return max(_numbers_told(statements), default=0)


def _numbers_told(statements: Iterable[Statement]) -> set[int]:
    label = f"<{RDFS.label}>"
    found = set()
    for each in statements:
        if each.predicate == label and (match := _CHANGE.fullmatch(each.object)):
            number = int(match[1])
            if each.subject.endswith(f"change/{number}>"):
                found.add(number)
    return found


def _contained(statements: set[Statement], ledger: Ledger, exported: int) -> int:
    """Give the last change up to which the sources hold an export of this ledger.

    A change that says who made it is written last, after what it changed and all changes before it; only
    the sources that have those very statements count.
    """
    numbers = _numbers_told(statements) if exported else set()
    for number in sorted(numbers, reverse=True):
        change = next(ledger.changes(number - 1), None) if number <= exported else None
        if change is not None and change.number == number:
            told = _told(change)
            if told and told <= statements:
                return number
    return 0


def _told(change: Change) -> set[Statement]:
    """Give what a change says of itself; empty for one that says nothing."""
    added = change.delta.added
    own = {each.subject for each in added if each.predicate == _TYPE and each.object == _ACTIVITY}
    return {each for each in added if each.subject in own}


def replay(
    statements: Iterable[Statement],
    changes: Iterable[Change],
    *,
    contained: int = 0,
    exported: int = 0,
    moved: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[Statement], frozenset[str], int]:
    """Apply changes to the statements of the source files.

    Those up to `contained` are in the sources already; those up to `exported` may be, so that what they
    remove may be gone. `moved` gives the labels that blank nodes got since. Gives the asserted statements in
    a stable order, the empty named graphs, and how many statements were to be removed that the sources do
    not have (any more).
    """
    asserted = dict.fromkeys(statements)
    empty: frozenset[str] = frozenset()
    missing = 0
    for change in changes:
        empty = change.delta.empty_graphs
        if change.number <= contained:
            continue
        delta = _found_again(_moved(change.delta, asserted, moved), asserted, known=change.number <= exported)
        for each in delta.removed:
            missing += each not in asserted and change.number > exported
            asserted.pop(each, None)
        asserted.update(dict.fromkeys(delta.added))
    used = {each.graph[1:-1] for each in asserted if each.graph} if empty else set()
    return list(asserted), empty - used, missing


def _moved(delta: Delta, asserted: dict[Statement, None], moved: Mapping[str, str]) -> Delta:
    """Give the change with the labels that exports gave to its blank nodes."""
    blanks = {term for each in (*delta.added, *delta.removed) for term in _blanks(each)}
    if not blanks & moved.keys():
        return delta
    there = {term for each in asserted for term in _blanks(each)}
    labels = {}
    for term in blanks - there:
        seen, label = {term}, moved.get(term, "")
        while label and label not in there and label not in seen:
            seen.add(label)
            label = moved.get(label, "")
        if label in there:
            labels[term] = label
    return _relabelled(delta, labels)


def _relabelled(delta: Delta, labels: Mapping[str, str]) -> Delta:
    return replace(
        delta,
        added=tuple(_renamed(each, labels) for each in delta.added),
        removed=tuple(_renamed(each, labels) for each in delta.removed),
    )


def _found_again(delta: Delta, asserted: dict[Statement, None], *, known: bool) -> Delta:
    """Give the change with the labels that its blank nodes have now.

    `known`: what it adds may be there already, and then is not added under other labels once more.
    """
    speaks = [each for each in delta.removed if _blanks(each)]
    labels = {} if all(each in asserted for each in speaks) else _labels(speaks, asserted)
    if known:
        new = [each for each in delta.added if _blanks(each) - labels.keys()]
        if new and not all(each in asserted for each in new):
            labels = {**_labels([_renamed(each, labels) for each in new], asserted), **labels}
    return _relabelled(delta, labels) if labels else delta


def _blanks(each: Statement) -> set[str]:
    return {term for term in (each.subject, each.object) if is_blank(term)}


def _renamed(each: Statement, labels: Mapping[str, str]) -> Statement:
    return each._replace(
        subject=labels.get(each.subject, each.subject), object=labels.get(each.object, each.object)
    )


def _labels(pattern: list[Statement], asserted: dict[Statement, None]) -> dict[str, str]:
    """Find blank nodes of which all of a pattern is said; gives nothing where it cannot be told which."""
    found: dict[str, str] = {}
    search = _Search([each for each in asserted if _blanks(each)])
    for group in _connected(pattern):
        found.update(search.labels(group))
    return found


def _connected(pattern: list[Statement]) -> Iterator[list[Statement]]:
    """Give the statements in groups that share no blank node."""
    groups: list[tuple[set[str], list[Statement]]] = []
    for each in pattern:
        blanks, said = _blanks(each), [each]
        for other in [other for other in groups if other[0] & blanks]:
            groups.remove(other)
            blanks |= other[0]
            said = other[1] + said
        groups.append((blanks, said))
    for _, said in groups:
        yield said


class _Described:
    """What a group of statements says of each of its blank nodes."""

    def __init__(self, group: Iterable[Statement]) -> None:
        self._said: dict[str, list[Statement]] = defaultdict(list)
        for each in group:
            for term in _blanks(each):
                self._said[term].append(each)

    def of(self, term: str) -> list[tuple[str, str, str]]:
        """Give a node's description, without the labels of any nodes."""
        return _description(term, self._said[term])


def _description(term: str, said: Iterable[Statement]) -> list[tuple[str, str, str]]:
    found = []
    for each in said:
        incoming = each.object == term
        other = each.subject if incoming else each.object
        found.append(
            ("<" if incoming else ">", each.predicate + each.graph, "_:" if is_blank(other) else other)
        )
    return sorted(found)


class _Search(_Described):
    """Looks for a group of statements among others, whatever the labels of its blank nodes."""

    def __init__(self, there: Sequence[Statement]) -> None:
        super().__init__(there)
        self._index: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in there:
            for end in ("", f"s{each.subject}", f"o{each.object}"):
                self._index[end, each.predicate].append(each)
        self._steps = 0

    def labels(self, group: list[Statement]) -> dict[str, str]:
        """Give a label for each blank node; none where the group is not there, or is there in several ways.

        Of several ways, the one where nothing else is said of the nodes is meant; or any, where all that is
        said of them is the same.
        """
        if len(group) > MOST_STATEMENTS:
            return {}
        self._steps = 0
        ways = list(islice(self._ways(sorted(group), {}), MOST_WAYS))
        wanted = _Described(group)
        exact = [way for way in ways if all(wanted.of(mine) == self.of(way[mine]) for mine in way)]
        alike = [way for way in ways if all(self.of(way[mine]) == self.of(ways[0][mine]) for mine in way)]
        if exact:
            return exact[0]
        return ways[0] if ways and len(alike) == len(ways) else {}

    def _ways(self, waiting: list[Statement], labels: dict[str, str]) -> Iterator[dict[str, str]]:
        if not waiting:
            yield labels
            return
        place, candidates = min(
            ((place, self._candidates(each, labels)) for place, each in enumerate(waiting)),
            key=lambda pair: len(pair[1]),
        )
        wanted, rest = waiting[place], waiting[:place] + waiting[place + 1 :]
        for each in candidates:
            self._steps += 1
            if self._steps > MOST_STEPS:
                return
            more = _matched(wanted, each, labels)
            if more is not None:
                yield from self._ways(rest, more)

    def _candidates(self, wanted: Statement, labels: dict[str, str]) -> list[Statement]:
        """Give what may be meant by a statement, given the nodes that are found already."""
        ends = (("s", wanted.subject), ("o", wanted.object))
        known = [mark + labels.get(term, term) for mark, term in ends if not is_blank(term) or term in labels]
        lists = [self._index.get((end, wanted.predicate), []) for end in known or [""]]
        return min(lists, key=len)


def _matched(wanted: Statement, each: Statement, labels: dict[str, str]) -> dict[str, str] | None:
    if wanted.graph != each.graph:
        return None
    more = labels
    for mine, theirs in ((wanted.subject, each.subject), (wanted.object, each.object)):
        if not is_blank(mine):
            if mine != theirs:
                return None
        elif mine in more:
            if more[mine] != theirs:
                return None
        elif not is_blank(theirs) or theirs in more.values():
            return None
        else:
            more = {**more, mine: theirs}
    return more

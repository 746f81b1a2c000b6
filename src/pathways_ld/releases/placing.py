"""In which source file a new statement belongs: learned from the files as they are.

Where the term is described already, with the same property if possible; else where its like are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pathways_ld.errors import InputError
from pathways_ld.iris import document_of
from pathways_ld.namespaces import RDF
from pathways_ld.rdfio import Statement, is_blank, is_iri

_TYPE = f"<{RDF.type}>"

Filed = Mapping[str, Iterable[Statement]]
"""What each file says, by its name."""


class Places:
    """Knows the files of one graph; `types` are the classes of every subject, new ones included."""

    def __init__(self, filed: Filed, types: Mapping[str, set[str]]) -> None:
        self._types = types
        self._sizes: Counter[str] = Counter()
        self._exact: dict[tuple[str, str], str] = {}
        self._homes: dict[str, str] = {}
        self._subjects: dict[str, Counter[str]] = defaultdict(Counter)
        self._of_type: dict[str, Counter[str]] = defaultdict(Counter)
        self._usage: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._holders: dict[str, str] = {}
        for name, statements in filed.items():
            self._sizes[name] = 0
            for each in statements:
                self._learn(name, each)

    def _learn(self, name: str, each: Statement) -> None:
        subject, predicate, value, _ = each
        self._sizes[name] += 1
        self._exact.setdefault((subject, predicate), name)
        self._subjects[subject][name] += 1
        for kind in self._types.get(subject, ()):
            self._usage[kind, predicate][name] += 1
        if predicate == _TYPE:
            self._homes.setdefault(subject, name)
            self._of_type[value][name] += 1
        self._holders.update((term, name) for term in (subject, value) if is_blank(term))

    def place(self, group: Sequence[Statement]) -> str:
        """Name the file for statements that hang together by blank nodes, or for a single one.

        Raises :class:`InputError` where blank nodes of two files are in one group.
        """
        held = {
            self._holders[term] for each in group for term in (each.subject, each.object)
            if term in self._holders
        }  # fmt: skip
        if len(held) > 1:
            raise InputError(
                f"A change says something of blank nodes of several files ({', '.join(sorted(held))}), which"
                " have no names outside of them. Move what they say into one file, and export again."
            )
        if held:
            return held.pop()
        roots = [each for each in group if is_iri(each.subject)]
        return self._place(min(roots or group))

    def _place(self, each: Statement) -> str:
        subject, predicate = each.subject, each.predicate
        found = self._exact.get((subject, predicate))
        kind = self._rarest(subject)
        if found is None and kind:
            found = _most(self._usage.get((kind, predicate)))
        found = found or self._homes.get(subject) or _most(self._subjects.get(subject))
        if found is None and kind:
            found = _most(self._of_type.get(kind))
        document = f"<{document_of(subject[1:-1])}>"
        found = found or self._homes.get(document) or _most(self._subjects.get(document))
        return found or min(self._sizes, key=lambda name: (-self._sizes[name], name))

    def _rarest(self, subject: str) -> str:
        """Give the class of a subject that fewest others have: it tells most."""
        kinds = self._types.get(subject, set())
        known = [kind for kind in kinds if kind in self._of_type]
        return min(known, key=lambda kind: (self._of_type[kind].total(), kind), default="")


def _most(counted: Counter[str] | None) -> str | None:
    if not counted:
        return None
    return min(counted, key=lambda name: (-counted[name], name))


def connected(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Put statements that share blank nodes into one group; each of the others is a group of its own."""
    leaders: dict[str, str] = {}

    def leader(term: str) -> str:
        while leaders.setdefault(term, term) != term:
            leaders[term] = leaders[leaders[term]]
            term = leaders[term]
        return term

    ordered = sorted(set(statements))
    for each in ordered:
        if is_blank(each.subject) and is_blank(each.object):
            leaders[leader(each.object)] = leader(each.subject)
    groups: dict[str, list[Statement]] = {}
    for number, each in enumerate(ordered):
        blank = next((term for term in (each.subject, each.object) if is_blank(term)), "")
        groups.setdefault(leader(blank) if blank else str(number), []).append(each)
    return list(groups.values())

"""What an update changed, in the exact forms of the asserted statements.

The engine knows literals by value and language tags in lower case. So a statement that goes is named as it
was written, and the literal of a new one gets the form that the update or the asserted statements have for
its value. This module is loaded by the worker, so it imports next to nothing.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NQUADS: Final = pyoxigraph.RdfFormat.N_QUADS
_CHUNK: Final = 50_000
_XSD: Final = '"^^<http://www.w3.org/2001/XMLSchema#'
_DIRECTIONS: Final = ("--ltr", "--rtl")

Position = tuple[str, str, str]
"""Subject, predicate and graph; no graph is the empty text."""


class Parts(NamedTuple):
    """A statement with its terms in N-Triples syntax; `graph` is empty for the default graph."""

    subject: str
    predicate: str
    object: str
    graph: str

    @property
    def position(self) -> Position:
        """Where its object stands."""
        return (self.subject, self.predicate, self.graph)


class Difference(NamedTuple):
    """Statements that are new and that are gone, each in its order."""

    added: list[Parts]
    removed: list[Parts]


def load(path: str, empty_graphs: Iterable[str]) -> pyoxigraph.Store:
    """Load a file of N-Quads; the labels of its blank nodes stay."""
    store = pyoxigraph.Store()
    store.bulk_extend(pyoxigraph.parse(path=path, format=_NQUADS))
    for iri in empty_graphs:
        store.add_graph(pyoxigraph.NamedNode(iri))
    return store


def difference(store: pyoxigraph.Store, path: str, request: dict[str, Any], most: int) -> Difference:
    """Compare a store after an update with the file it was loaded from; the store is used up.

    Raises :class:`ValueError` for more than `most` changes, and for what RDF 1.1 cannot say.
    """
    data = _DataStatements(request["data"])
    removed, kept = _gone_and_kept(store, path, data.pairs)
    # What remains of the store is what is new.
    for quad in pyoxigraph.parse(path=path, format=_NQUADS):
        store.remove(quad)
    if len(store) + len(removed) > most:
        raise ValueError(
            f"it would change {len(store) + len(removed):,} statements, and at most {most:,} can be "
            "changed at once; do it in portions"
        )
    added: list[Parts] = []
    open_: list[Parts] = []
    for new in map(_parts, store):
        named = data.forms_of_new(new)
        if named:
            added += [new._replace(object=form) for form in named]
        elif _is_rewritten(new.object):
            open_.append(new)
        else:
            added.append(new)
    added += _restored(open_, path, request)
    changed = data.changes_of_kept(kept)
    return Difference(sorted(added + changed.added), sorted(removed + changed.removed))


def empty_graphs(store: pyoxigraph.Store) -> list[str]:
    """Give the IRIs of the named graphs without statements."""
    return sorted(
        graph.value
        for graph in store.named_graphs()
        if isinstance(graph, pyoxigraph.NamedNode)
        and next(store.quads_for_pattern(None, None, None, graph), None) is None
    )


def engine_forms(literals: Iterable[str]) -> dict[str, str]:
    """Give what the engine makes of literals, both in N-Triples syntax."""
    forms: dict[str, str] = {}
    rest = iter(dict.fromkeys(literals))
    while chunk := list(islice(rest, _CHUNK)):
        lines = "".join(f"<x:s> <x:{number}> {each} .\n" for number, each in enumerate(chunk))
        scratch = pyoxigraph.Store()
        scratch.bulk_extend(pyoxigraph.parse(lines, _NQUADS))
        forms.update((chunk[int(quad.predicate.value[2:])], str(quad.object)) for quad in scratch)
    return forms


def _gone_and_kept(
    store: pyoxigraph.Store, path: str, pairs: set[tuple[str, str]]
) -> tuple[list[Parts], list[Parts]]:
    """Give the file's statements that the store has no more, and those it still has of some positions."""
    removed, kept = [], []
    quads = pyoxigraph.parse(path=path, format=_NQUADS)
    for line, quad in zip(_lines(path), quads, strict=True):
        if quad not in store:
            removed.append(_split(line))
        elif pairs and tuple(line.split(" ", 2)[:2]) in pairs:
            kept.append(_split(line))
    return removed, kept


class _DataStatements:
    """What INSERT DATA and DELETE DATA say of literals, each letter by letter."""

    def __init__(self, statements: list[tuple[bool, str, str, str, str]]) -> None:
        self._forms = engine_forms(term for _, _, _, term, _ in statements)
        self._steps: dict[Parts, list[tuple[bool, str]]] = defaultdict(list)
        for inserts, subject, predicate, term, graph in statements:
            # A blank node in the text becomes another one, so nothing is known of its label.
            name = "" if subject.startswith("_") else subject
            key = Parts(name, predicate, self._forms.get(term, term), graph)
            self._steps[key].append((inserts, term))
        self.pairs = {key.position[:2] for key in self._steps if key.subject}

    def forms_of_new(self, new: Parts) -> list[str]:
        """Give the forms that were inserted in the place of a new statement, if any."""
        if not self._steps:
            return []
        if new in self._steps:
            return list(_after(self._steps[new], {}))
        nameless = self._steps.get(new._replace(subject=""), []) if new.subject.startswith("_") else []
        return list(_after(nameless, {}))[:1]

    def changes_of_kept(self, kept: list[Parts]) -> Difference:
        """Find the values that stayed and whose form was replaced."""
        forms = engine_forms(each.object for each in kept if each.object.startswith('"'))
        before: dict[Parts, list[str]] = defaultdict(list)
        for each in kept:
            before[each._replace(object=forms.get(each.object, each.object))].append(each.object)
        added, removed = [], []
        for key, old in before.items():
            new = list(_after(self._steps.get(key, []), dict.fromkeys(old))) or old
            added += [key._replace(object=form) for form in new if form not in old]
            removed += [key._replace(object=form) for form in old if form not in new]
        return Difference(added, removed)


def _after(steps: list[tuple[bool, str]], forms: dict[str, None]) -> dict[str, None]:
    """Take steps on the forms of one value, which are all deleted at once.

    The spellings of a language tag make no other literal (RDF 1.1 Concepts, 3.3), so the first one stays.
    """
    for inserts, form in steps:
        if not inserts:
            forms.clear()
        elif not forms or form.endswith(">"):
            forms[form] = None
    return forms


def _restored(new: list[Parts], path: str, request: dict[str, Any]) -> Iterator[Parts]:
    """Give new statements with the forms of their literals.

    First come the literals of INSERT templates; then what the asserted statements have for the value, the
    nearest first; then literals elsewhere in the text, as in BIND and VALUES.
    """
    if not new:
        return
    written = _by_value(request["written"])
    mentioned = _by_value(request["mentioned"])
    asserted = _AssertedForms([each for each in new if each.object not in written], path)
    for each in new:
        if each.object in written:
            yield each._replace(object=written[each.object])
            continue
        for form in asserted.forms(each) or [mentioned.get(each.object, each.object)]:
            yield each._replace(object=form)


def _by_value(literals: list[str]) -> dict[str, str]:
    forms: dict[str, str] = {}
    for exact, value in engine_forms(literals).items():
        forms.setdefault(value, exact)
    return forms


class _AssertedForms:
    """The forms that the asserted statements have for the literals of new ones, and where."""

    def __init__(self, new: list[Parts], path: str) -> None:
        self._found: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        values = {each.object for each in new}
        if not values:
            return
        # Only places that are asked for are kept, so that this takes no more room than what is new.
        asked = {place for each in new for place in _places(each)}
        typed = _typed_forms(path, values) if any(value.endswith(">") for value in values) else {}
        for line in _lines(path):
            each = _split(line)
            if _is_rewritten(each.object):
                value = typed.get(each.object) or _lower_tag(each.object)
                for place in _places(each._replace(object=value)):
                    if place in asked:
                        self._found[place][each.object] = None

    def forms(self, new: Parts) -> list[str]:
        """Give the forms for one new statement; more than one only where its subject has them all."""
        exact, *wider = (list(self._found.get(place, ())) for place in _places(new))
        return exact or next((found for found in wider if len(found) == 1), [])


def _places(each: Parts) -> tuple[tuple[str, ...], ...]:
    return (
        (each.object, "sp", each.subject, each.predicate),
        (each.object, "s", each.subject),
        (each.object, "p", each.predicate),
        (each.object,),
    )


def _typed_forms(path: str, values: set[str]) -> dict[str, str]:
    """Give the file's typed literals that have one of some values, with that value."""
    typed = (term for line in _lines(path) if _XSD in (term := _split(line).object))
    forms: dict[str, str] = {}
    rest = iter(typed)
    while chunk := set(islice(rest, _CHUNK)):
        found = engine_forms(chunk - forms.keys())
        forms.update((exact, value) for exact, value in found.items() if value in values)
    return forms


def _lower_tag(term: str) -> str:
    end = term.rfind('"') + 1
    return term[:end] + term[end:].lower() if term[end : end + 1] == "@" else term


def _is_rewritten(term: str) -> bool:
    """Tell whether a term is a literal with a language tag or a datatype."""
    return term.startswith('"') and not term.endswith('"')


def _parts(quad: pyoxigraph.Quad) -> Parts:
    graph, term = quad.graph_name, str(quad.object)
    if isinstance(quad.object, pyoxigraph.Triple) or term.endswith(_DIRECTIONS):
        raise ValueError("triple terms and base directions are RDF 1.2; only RDF 1.1 is kept here")
    if isinstance(graph, pyoxigraph.BlankNode):
        raise ValueError("a graph would be named by a blank node; name it by an IRI")  # noqa: TRY004
    name = str(graph) if isinstance(graph, pyoxigraph.NamedNode) else ""
    return Parts(str(quad.subject), str(quad.predicate), term, name)


def _lines(path: str) -> Iterator[str]:
    with Path(path).open(encoding="utf-8", newline="\n") as stream:
        yield from stream


def _split(line: str) -> Parts:
    """Take a line apart that was written with single spaces between its terms."""
    subject, predicate, rest = line.rstrip("\n").removesuffix(" .").split(" ", 2)
    # Nothing after a literal's closing quotation mark can hold one, and no IRI holds a space.
    start = rest.rfind('"') + 1
    end, _, graph = rest[start:].partition(" ")
    return Parts(subject, predicate, rest[:start] + end, graph)

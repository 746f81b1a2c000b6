"""How the tables for searching in ``text.sqlite`` are written, whole and for a change."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pathways_ld.snapshot.textindex import Entry, Texts, entries_of, forms_of, gaps_of, mark_of

_STAGED: Final = """
CREATE TEMP TABLE staged (
    place INTEGER, term INTEGER, field INTEGER, lang TEXT, text TEXT, words TEXT
)
"""
_IN_ORDER: Final = "SELECT * FROM temp.staged ORDER BY place, term, field, lang, text"
_ADD_ENTRY: Final = "INSERT INTO texts.entry VALUES (?,?,?,?,?)"
_ADD_WORDS: Final = "INSERT INTO text_index (rowid, words) VALUES (?,?)"
# The index does not hold the texts: it has to be told what to take out.
_TAKE_WORDS: Final = "INSERT INTO text_index (text_index, rowid, words) VALUES ('delete',?,?)"
_PROBED: Final = 4_096
"""Numbers after its own at which an entry may stand where others have those before."""


class TextsChange(NamedTuple):
    """What a term, known by its number, was found by and is found by; None where it is not found."""

    number: int
    before: Texts | None
    after: Texts | None


class TextsWriter:
    """Writes the tables of a whole snapshot. The index wants entries in their order, so they wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._entries: Counter[tuple[str, str]] = Counter()
        self._labels: Counter[tuple[str, str]] = Counter()
        self._facets: Counter[tuple[str, str]] = Counter()
        connection.execute(_STAGED)

    def add(self, rows: Iterable[tuple[int, Texts]]) -> None:
        """Add what terms, known by their numbers, are found by."""
        for number, texts in rows:
            self._connection.executemany(
                "INSERT INTO temp.staged VALUES (?,?,?,?,?,?)",
                (
                    (each.place, number, each.field, each.lang, each.text, each.words)
                    for each in entries_of(texts)
                ),
            )
            _add_found(self._connection, number, texts)
            for word, known in forms_of(texts).items():
                self._entries[word] += known.entries
                self._labels[word] += known.labels
            self._facets.update(set(texts.facets))

    def finish(self) -> None:
        """Write what waits; call it when all terms are there."""
        connection = self._connection
        placed = 0
        batch: list[tuple[int, tuple[int, int, str, str, str]]] = []
        for place, *rest in connection.execute(_IN_ORDER):
            placed = max(place, placed + 1)
            batch.append((placed, (*rest,)))
            if len(batch) == _BATCH:
                _write(connection, batch)
                batch = []
        _write(connection, batch)
        connection.execute("DROP TABLE temp.staged")
        connection.executemany(
            "INSERT INTO texts.word VALUES (?,?,?,?)",
            ((*word, count, self._labels[word]) for word, count in sorted(self._entries.items())),
        )
        connection.executemany(
            "INSERT INTO texts.gap VALUES (?,?)",
            sorted({(gap, word) for word, _ in +self._labels for gap in gaps_of(word)}),
        )
        connection.executemany(
            "INSERT INTO texts.facet VALUES (?,?,?,?)",
            ((mark_of(*facet), *facet, count) for facet, count in sorted(self._facets.items())),
        )
        connection.execute("INSERT INTO text_index (text_index) VALUES ('optimize')")


_BATCH: Final = 10_000


def _write(connection: sqlite3.Connection, batch: list[tuple[int, tuple[int, int, str, str, str]]]) -> None:
    connection.executemany(_ADD_ENTRY, ((place, *rest[:-1]) for place, rest in batch))
    connection.executemany(_ADD_WORDS, ((place, rest[-1]) for place, rest in batch))


def _add_found(connection: sqlite3.Connection, number: int, texts: Texts) -> None:
    marks = " ".join(mark_of(*facet) for facet in dict.fromkeys(texts.facets))
    connection.execute("INSERT INTO texts.found VALUES (?,?,?)", (number, texts.sort_text, marks))


def replace_texts(connection: sqlite3.Connection, changes: Iterable[TextsChange]) -> None:
    """Put what terms are found by in the place of what they were found by."""
    changes = list(changes)
    gone: list[tuple[int, Entry]] = []
    fresh: list[tuple[int, Entry]] = []
    for number, before, after in changes:
        old, new = _entries(before), _entries(after)
        gone += ((number, each) for each in sorted(old - new))
        fresh += ((number, each) for each in sorted(new - old))
        connection.execute("DELETE FROM texts.found WHERE term = ?", (number,))
        if after is not None:
            _add_found(connection, number, after)
    for place, each in sorted(_found(connection, gone)):
        connection.execute(_TAKE_WORDS, (place, each.words))
        connection.execute("DELETE FROM texts.entry WHERE id = ?", (place,))
    for number, each in sorted(fresh, key=lambda pair: pair[1].place):
        place = _free(connection, each.place)
        connection.execute(_ADD_ENTRY, (place, number, each.field, each.lang, each.text))
        connection.execute(_ADD_WORDS, (place, each.words))
    _count_words(connection, changes)
    _count_facets(connection, changes)


def _entries(texts: Texts | None) -> set[Entry]:
    return set(entries_of(texts)) if texts is not None else set()


def _found(
    connection: sqlite3.Connection, entries: Iterable[tuple[int, Entry]]
) -> Iterator[tuple[int, Entry]]:
    """Find the numbers that entries have."""
    for number, each in entries:
        row = connection.execute(
            "SELECT id FROM texts.entry WHERE id BETWEEN ? AND ? AND term = ? AND field = ? AND lang = ?"
            " AND text = ? LIMIT 1",
            (each.place, each.place + _PROBED, number, each.field, each.lang, each.text),
        ).fetchone()
        yield int(row[0]), each


def _free(connection: sqlite3.Connection, place: int) -> int:
    taken = connection.execute(
        "SELECT id FROM texts.entry WHERE id BETWEEN ? AND ? ORDER BY id", (place, place + _PROBED)
    )
    for (number,) in taken:
        if number != place:
            break
        place += 1
    return place


def _count_words(connection: sqlite3.Connection, changes: Iterable[TextsChange]) -> None:
    entries: Counter[tuple[str, str]] = Counter()
    labels: Counter[tuple[str, str]] = Counter()
    for _, before, after in changes:
        for texts, sign in ((before, -1), (after, 1)):
            for word, known in forms_of(texts).items() if texts is not None else ():
                entries[word] += sign * known.entries
                labels[word] += sign * known.labels
    changed = sorted(word for word in entries if entries[word] or labels[word])
    connection.executemany(
        "INSERT INTO texts.word VALUES (?,?,?,?) ON CONFLICT DO UPDATE"
        " SET entries = entries + excluded.entries, labels = labels + excluded.labels",
        ((*word, entries[word], labels[word]) for word in changed),
    )
    connection.executemany("DELETE FROM texts.word WHERE word = ? AND form = ? AND entries = 0", changed)
    for spelling in sorted({spelling for spelling, _ in changed}):
        (used,) = connection.execute(
            "SELECT coalesce(sum(labels), 0) FROM texts.word WHERE word = ?", (spelling,)
        ).fetchone()
        gaps = [(gap, spelling) for gap in sorted(gaps_of(spelling))]
        change = "INSERT OR IGNORE INTO texts.gap VALUES (?,?)" if used else _FORGET
        connection.executemany(change, gaps)


_FORGET: Final = "DELETE FROM texts.gap WHERE gap = ? AND word = ?"


def _count_facets(connection: sqlite3.Connection, changes: Iterable[TextsChange]) -> None:
    facets: Counter[tuple[str, str]] = Counter()
    for _, before, after in changes:
        facets.subtract(set(before.facets) if before is not None else ())
        facets.update(set(after.facets) if after is not None else ())
    changed = sorted(facet for facet, count in facets.items() if count)
    connection.executemany(
        "INSERT INTO texts.facet VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET terms = terms + excluded.terms",
        ((mark_of(*facet), *facet, facets[facet]) for facet in changed),
    )
    connection.executemany(
        "DELETE FROM texts.facet WHERE mark = ? AND terms = 0", ((mark_of(*facet),) for facet in changed)
    )

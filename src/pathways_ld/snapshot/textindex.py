"""How texts become what is searched: words, the word forms of each language, and the order of what is found.

Everything a term is found by is an *entry*: each of its labels is one, and all of its texts together are one
more. An entry's number begins with how good a place it is to be found in, so that the index, which gives
entries by their numbers, gives the best ones first and need not be read to its end (docs/search.md).
"""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

TEXT_INDEX: Final = """
CREATE VIRTUAL TABLE texts.text_index USING fts5 (
    words, content='', detail='none', columnsize=0, tokenize="ascii tokenchars '_'", prefix='1 2 3'
);
CREATE TABLE texts.entry (
    id INTEGER PRIMARY KEY, term INTEGER NOT NULL, field INTEGER NOT NULL, lang TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE texts.found (term INTEGER PRIMARY KEY, sort_text TEXT NOT NULL, facets TEXT NOT NULL);
CREATE TABLE texts.facet (
    mark TEXT PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL, terms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE texts.word (
    word TEXT NOT NULL, form TEXT NOT NULL, entries INTEGER NOT NULL, labels INTEGER NOT NULL,
    PRIMARY KEY (word, form)
) WITHOUT ROWID;
CREATE TABLE texts.gap (gap TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (gap, word)) WITHOUT ROWID;
CREATE INDEX texts.word_form ON word (form, word);
"""
INDEXED_PREFIX: Final = 3
"""Beginnings of so many letters have an index of their own."""

PREFERRED, OTHER, HIDDEN, NOTATION, TEXT = range(5)
"""The fields: what an entry is."""
_TIERS: Final = {PREFERRED: 0, OTHER: 1, NOTATION: 1, HIDDEN: 2, TEXT: 3}
_TIER_BITS, _LENGTH_BITS, _HASH_BITS = 2, 5, 28
_LONGEST: Final = (1 << _LENGTH_BITS) - 1
_WORDS_A_STEP: Final = 8
_GROUP: Final = 1 << (_TIER_BITS + _LENGTH_BITS + _HASH_BITS)
TEXT_PLACE: Final = 3 << (_LENGTH_BITS + _HASH_BITS)
"""The first number of an entry that is no label."""
DEPRECATED_PLACE: Final = 2 * _GROUP
"""The first number of an entry of a deprecated term: after all others, with the same order."""
AFTER_LAST: Final = 4 * _GROUP

# Characters that are words in themselves where nothing parts words: Han, Hiragana, Katakana.
_SINGLE: Final = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD: Final = re.compile(rf"[{_SINGLE}]|[^\W_{_SINGLE}]+")
_PLAIN: Final = re.compile(r"[a-z0-9]+")
_MOST_WORDS: Final = 12
_LONGEST_WORD: Final = 64
_LONGEST_TEXT: Final = 100_000


class Label(NamedTuple):
    """A label, with its field."""

    field: int
    lang: str
    text: str


class Texts(NamedTuple):
    """What a term is found by: labels, texts with their languages, and values that narrow a search down.

    `is_evidence` puts it after others: it is no term, but what others rest on.
    """

    iri: str = ""
    sort_text: str = ""
    is_deprecated: bool = False
    is_evidence: bool = False
    labels: tuple[Label, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    facets: tuple[tuple[str, str], ...] = ()


class Entry(NamedTuple):
    """A row of the index; `place` is the number it has, or the next one that is free."""

    place: int
    field: int
    lang: str
    text: str
    words: str


def fold(text: str) -> str:
    """Take case and accents from a text, of every script (SQLite's own folding knows Latin only)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def words_of(text: str) -> list[str]:
    """Give the words of a text, folded, in their order."""
    folded = fold(text[:_LONGEST_TEXT])
    if folded.isascii():
        words = _PLAIN.findall(folded)
        return words if len(folded) <= _LONGEST_WORD else [word[:_LONGEST_WORD] for word in words]
    return [word[:_LONGEST_WORD] for word in _WORD.findall(folded) if _is_word(word)]


def typed_words(text: str) -> list[str]:
    """Give the words that somebody typed, as many as are looked for."""
    return words_of(text)[:_MOST_WORDS]


def places_of(text: str) -> Iterator[tuple[int, int, str]]:
    """Give where the words of a text stand in it: start, end, the word as it is searched for."""
    text = text[:_LONGEST_TEXT]
    if text.isascii():
        for found in _PLAIN.finditer(text.lower()):
            yield found.start(), found.end(), found[0][:_LONGEST_WORD]
        return
    folded, origins = [], []
    for position, char in enumerate(text):
        for plain in fold(char):
            folded.append(plain)
            origins.append(position)
    for found in _WORD.finditer("".join(folded)):
        if _is_word(found[0]):
            yield origins[found.start()], origins[found.end() - 1] + 1, found[0][:_LONGEST_WORD]


def _is_word(word: str) -> bool:
    """Tell words from signs that Unicode counts among letters and digits, such as ² and ª."""
    return word.isascii() or any(char.isalpha() or char.isdecimal() for char in word)


def entries_of(texts: Texts) -> list[Entry]:
    """Give the entries of a term."""
    marks = [mark_of(name, value) for name, value in texts.facets]
    entries, everything = [], set(marks)
    for label in dict.fromkeys(texts.labels):
        words = words_of(label.text)
        everything.update(words)
        if words:
            entries.append(_entry(texts, label, words, len(words), marks))
    for _, text in texts.texts:
        everything.update(words_of(text))
    if len(everything) > len(marks):
        length = (len(everything) - len(marks)) // _WORDS_A_STEP
        entries.append(_entry(texts, Label(TEXT, "", ""), sorted(everything), length, ()))
    return entries


def _entry(texts: Texts, label: Label, words: Iterable[str], length: int, marks: Iterable[str]) -> Entry:
    name = "\n".join((texts.iri, *map(str, label)))
    digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())
    place = first_place(label.field, length, 2 * texts.is_deprecated + texts.is_evidence)
    return Entry(place + digest % (1 << _HASH_BITS), *label, " ".join((*words, *marks)))


def first_place(field: int, length: int, group: int = 0) -> int:
    """Give the first number of the entries in a field that have so many words.

    The groups are: terms, evidence, deprecated terms, deprecated evidence.
    """
    tier = _TIERS[field] << (_LENGTH_BITS + _HASH_BITS)
    return group * _GROUP + tier + (min(length, _LONGEST) << _HASH_BITS)


def rank_of(place: int) -> tuple[int, int, int]:
    """Read from the number of an entry: its group, how good its field is, how long it is."""
    bare = place >> _HASH_BITS
    return bare >> (_TIER_BITS + _LENGTH_BITS), (bare >> _LENGTH_BITS) & 3, bare & _LONGEST


def mark_of(name: str, value: str) -> str:
    """Give the word by which entries with a value are found; nobody can type it."""
    return "_" + hashlib.blake2b(f"{name}\n{value}".encode(), digest_size=7).hexdigest()


class Known(NamedTuple):
    """How often a word is used in entries, and in labels among them."""

    entries: int
    labels: int


def forms_of(texts: Texts) -> dict[tuple[str, str], Known]:
    """Count the words of a term by their form in their language."""
    entries: Counter[tuple[str, str]] = Counter()
    labels: Counter[tuple[str, str]] = Counter()
    for label in dict.fromkeys(texts.labels):
        found = {(word, form(word, label.lang)) for word in words_of(label.text)}
        labels.update(found)
        entries.update(found)
    for lang, text in texts.texts:
        entries.update({(word, form(word, lang)) for word in words_of(text)})
    return {each: Known(count, labels[each]) for each, count in entries.items()}


_ALGORITHMS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip
_stemmers: Final[dict[str, Any]] = {}
_stemming: Final = threading.Lock()


def form(word: str, lang: str) -> str:
    """Give what the forms of a word in a language have in common: "en:pathway" of "pathways".

    Stemmed by Snowball (https://snowballstem.org/); in other languages each form stands for itself.
    """
    return _form(word, lang.partition("-")[0].lower()) if lang and word.isalpha() else f":{word}"


@lru_cache(maxsize=200_000)
def _form(word: str, language: str) -> str:
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return f":{word}"
    with _stemming:  # a stemmer keeps the word it is at work on
        if language not in _stemmers:
            import snowballstemmer  # noqa: PLC0415 - its tables are needed by few processes

            _stemmers[language] = snowballstemmer.stemmer(algorithm)
        return f"{language}:{_stemmers[language].stemWord(word)}"


SHORTEST_TYPO: Final = 4
_LONGEST_TYPO: Final = 24


def gaps_of(word: str) -> set[str]:
    """Give a word and what is left of it when one letter is taken out; nothing of what is no plain word.

    Two words with one letter wrong, missing, too many or two swapped have one of these in common.
    """
    if not SHORTEST_TYPO <= len(word) <= _LONGEST_TYPO or not word.isalpha():
        return set()
    return {word, *(word[:position] + word[position + 1 :] for position in range(len(word)))}

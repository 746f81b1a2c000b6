"""Full-text search: folded, by the starts of words, and deaf to the syntax of the index."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core_fixtures import QUICK, E
from pathways_ld.model import Link
from pathways_ld.snapshot import TermRow, TermsReader, TermsWriter, searching, textindex
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.snapshot.textindex import HIDDEN, OTHER, PREFERRED, Label, Texts, words_of
from pathways_ld.snapshot.textwriting import TextsChange, replace_texts

ROWS = {
    # name: (kind, label, other labels, text, deprecated)
    "career": ("topic", "Career pathways", "Guided pathways", "A way through learning and work.", False),
    "career-old": ("topic", "Career pathways", "", "", True),
    "lattice": ("topic", "Career lattice", "Career pathways model", "", False),
    "text": ("topic", "Something else", "", "It mentions career pathways in passing.", False),
    "ete": ("topic", "Formation d'été", "Résumé", "", False),
    "strasse": ("topic", "Straße", "", "", False),
    "greek": ("topic", "Ἀθήνα", "", "", False),
    "arabic": ("topic", "مسار مهني", "", "", False),
    "cpp": ("topic", "C++ and C#", "", "", False),
    "quotes": ("topic", 'He said "hello" NEAR OR AND NOT', "", "", False),
    "numbers": ("topic", "ISO 8601 2026", "", "", False),
    "snake": ("topic", "snake_case_name", "", "", False),
    "asu": ("organization", "Arizona State University", "ASU", "", False),
}


def texts_of(name: str, label: str, other: str = "", text: str = "", **rest: Any) -> Texts:
    labels = [Label(PREFERRED, "en", label)] + ([Label(OTHER, "en", other)] if other else [])
    given = {"texts": (("en", text),) if text else ()} | rest
    return Texts(E + name, label.casefold(), labels=tuple(labels), **given)


def row_of(name: str, texts: Texts, *, kind: str = "topic", title: str = "", view: str = "{}") -> TermRow:
    return TermRow(
        iri=E + name,
        kind=kind,
        sort_text=texts.sort_text,
        digest="",
        deprecated=texts.is_deprecated,
        withdrawn=False,
        link=Link(iri=E + name, path=f"/{name}", title={"en": title or name}),
        summary={},
        statements=b"",
        view_json=view,
        texts=texts._replace(facets=(("kind", kind), *texts.facets)),
    )


@contextlib.contextmanager
def indexed(folder: Path, rows: Iterable[TermRow]) -> Iterator[TermsReader]:
    writer = TermsWriter(folder / "terms.sqlite")
    writer.add([*rows])
    writer.finish()
    reader = TermsReader(folder / "terms.sqlite")
    try:
        yield reader
    finally:
        reader.close()


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TermsReader]:
    rows = [
        row_of(name, texts_of(name, label, other, text, is_deprecated=deprecated), kind=kind)
        for name, (kind, label, other, text, deprecated) in ROWS.items()
    ]
    with indexed(tmp_path_factory.mktemp("search"), rows) as reader:
        yield reader


def found(terms: TermsReader, words: str, **rest: object) -> list[str]:
    total, hits = terms.search(words, limit=50, **rest)  # type: ignore[arg-type]
    assert total == len(hits)
    return [hit.link["iri"].removeprefix(E) for hit in hits]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ete", ["ete"]),
        ("ÉTÉ", ["ete"]),
        ("e\u0301te\u0301", ["ete"]),
        ("resume", ["ete"]),
        ("αθηνα", ["greek"]),
        ("مهني", ["arabic"]),
        ("lat", ["lattice"]),
        ("career lat", ["lattice"]),
        ("lattice career", ["lattice"]),
        ("l", ["lattice", "career"]),
        ("attice", []),
        ("8601", ["numbers"]),
        ("snake_case", ["snake"]),
        ("case name", ["snake"]),
        ("asu", ["asu"]),
        ("d'été", ["ete"]),
        ("C++", ["career", "career-old", "cpp", "lattice", "snake", "text"]),
        ("career career", ["career", "lattice", "text", "career-old"]),
    ],
)
def test_words_are_found_folded_and_by_their_starts(
    terms: TermsReader, words: str, expected: list[str]
) -> None:
    assert sorted(found(terms, words)) == sorted(expected)


def test_labels_weigh_more_than_other_labels_and_those_more_than_texts(terms: TermsReader) -> None:
    assert found(terms, "career pathways") == ["career", "lattice", "text", "career-old"]


def test_hits_are_counted_and_paged(terms: TermsReader) -> None:
    everything = found(terms, "career")
    total, first = terms.search("career", limit=2)
    _, second = terms.search("career", limit=2, offset=2)
    assert total == len(everything) == 4
    assert [hit.link["iri"].removeprefix(E) for hit in [*first, *second]] == everything
    assert terms.search("career", limit=2, offset=100) == (4, [])


def test_hits_may_be_limited_to_a_kind(terms: TermsReader) -> None:
    assert found(terms, "a", kind="organization") == ["asu"]
    assert found(terms, "career", kind="organization") == []
    assert found(terms, "career", kind="nothing") == []


@pytest.mark.parametrize(
    "words",
    ['"', '""', '"hello', "hello*", "*", "^hello", "label:hello", "NEAR(hello)", "hello OR x", "NOT hello", "AND",
     "(hello", "hello)", "{label}: hello", "- hello", "+", ";", "'; DROP TABLE term; --", "\x00hello", "hello\x00",
     "_", "___ hello", "²", "ª", "…", "\u0301", "\u200d", "\ufeff", "hello" * 1000, "a " * 5000, "😀"],
)  # fmt: skip
def test_the_syntax_of_the_index_is_harmless(terms: TermsReader, words: str) -> None:
    hits = found(terms, words)
    assert isinstance(hits, list)


@pytest.mark.parametrize("words", ["NEAR", "near or and not", "said OR hello", "NOT", '"hello" AND'])
def test_the_words_of_the_syntax_are_words(terms: TermsReader, words: str) -> None:
    assert found(terms, words) == ["quotes"]


@pytest.mark.parametrize("words", ["", " ", "\t\n", "+-*/", "«»", '"'])
def test_no_word_finds_nothing(terms: TermsReader, words: str) -> None:
    assert terms.search(words, limit=5) == (0, [])
    assert terms.searching.corrected(Wanted(words)) == ""


@pytest.mark.parametrize(
    "noise", ["_ career", "career _", "career -", "² career", "career ·", "career \u0301"]
)
def test_signs_that_are_no_words_do_not_hide_what_is_found(terms: TermsReader, noise: str) -> None:
    assert "career" in found(terms, noise)


@settings(QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=30))
def test_whatever_is_typed_is_answered(terms: TermsReader, words: str) -> None:
    total, hits = terms.search(words, limit=3)
    assert len(hits) == min(total, 3)


def test_only_the_last_word_may_be_unfinished(terms: TermsReader) -> None:
    assert found(terms, "care lattice") == []
    assert found(terms, "lattice care") == ["lattice"]


def test_a_file_without_rows_is_searched_too(tmp_path: Path) -> None:
    writer = TermsWriter(tmp_path / "terms.sqlite")
    writer.finish()
    reader = TermsReader(tmp_path / "terms.sqlite")
    assert reader.search("x", limit=1) == (0, [])
    reader.close()


# the order


def ranked(terms: TermsReader, words: str, **rest: Any) -> list[str]:
    answer = terms.searching.find(Wanted(words, **rest))
    return [hit.link["iri"].removeprefix(E) for hit in terms.hits([each.term for each in answer.places])]


def test_the_order_is_exact_then_preferred_then_other_then_hidden_then_texts(tmp_path: Path) -> None:
    rows = {
        "text": texts_of("text", "Zz", text="A badge is a sign."),
        "hidden": texts_of("hidden", "Yy")._replace(
            labels=(Label(PREFERRED, "en", "Yy"), Label(HIDDEN, "en", "badge earner"))
        ),
        "other": texts_of("other", "Xx", "badge of honour"),
        "inside": texts_of("inside", "Digital badge"),
        "begins": texts_of("begins", "Badge issuing platform"),
        "beginning-only": texts_of("beginning-only", "Badger"),
        "exact-other": texts_of("exact-other", "Ww", "Badge"),
        "exact": texts_of("exact", "BADGE"),
        "evidence": texts_of("evidence", "Badge", is_evidence=True),
        "deprecated": texts_of("deprecated", "Badge", is_deprecated=True),
    }
    with indexed(tmp_path, [row_of(name, texts) for name, texts in rows.items()]) as terms:
        expected = [
            "exact", "exact-other", "begins", "inside", "beginning-only", "other", "hidden", "text", "evidence",
        ]  # fmt: skip
        assert ranked(terms, "badge") == expected
        assert ranked(terms, "badge", deprecated=True) == [*expected, "deprecated"]
        assert terms.searching.find(Wanted("badge")).deprecated == 1
        assert ranked(terms, "badge", texts=False) == expected[:-2]


def test_of_equals_the_one_with_the_earlier_title_comes_first(tmp_path: Path) -> None:
    names = ["b", "d", "a", "c"]
    with indexed(tmp_path, [row_of(each, texts_of(each, f"Work {each}")) for each in names]) as terms:
        assert ranked(terms, "work") == sorted(names)


def test_of_too_many_the_best_are_found_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST", 20)
    rows = [row_of(f"n{number}", texts_of(f"n{number}", f"Skill number {number}")) for number in range(60)]
    rows += [row_of("short", texts_of("short", "Skill")), row_of("other", texts_of("other", "Zz", "Skill"))]
    rows += [row_of("long", texts_of("long", "A skill that is put into very many words indeed"))]
    with indexed(tmp_path, rows) as terms:
        answer = terms.searching.find(Wanted("skill"))
        assert (len(answer.places), answer.is_complete) == (20, False)
        assert ranked(terms, "skill")[:2] == ["short", "other"]
        assert "long" not in ranked(terms, "skill")
        assert terms.searching.find(Wanted("skill indeed")).is_complete


# word forms and typing errors


@pytest.fixture(scope="module")
def many_languages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TermsReader]:
    labels = {
        "pathway": ("en", "Career pathways"), "manage": ("en", "Managing projects"), "niños": ("es", "Educación de niños"),
        "schule": ("de", "Berufsschulen"), "cjk": ("zh", "職業道路"), "none": ("", "Walkings"),
        "apprenticeship": ("en", "Apprenticeship"), "stackable": ("en", "Stackable credentials"),
    }  # fmt: skip
    rows = [
        row_of(name, Texts(E + name, text, labels=(Label(PREFERRED, lang, text),)))
        for name, (lang, text) in labels.items()
    ]
    with indexed(tmp_path_factory.mktemp("languages"), rows) as reader:
        yield reader


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pathway career", ["pathway"]),
        ("managed project", ["manage"]),
        ("niño educaciones", ["niños"]),
        ("berufsschule", ["schule"]),
        ("道路", ["cjk"]),
        ("路道", ["cjk"]),
        ("職", ["cjk"]),
        ("walked", []),
        ("apprenticeships", ["apprenticeship"]),
    ],
)
def test_other_forms_of_a_word_are_found_by_the_rules_of_its_language(
    many_languages: TermsReader, words: str, expected: list[str]
) -> None:
    assert ranked(many_languages, words, languages=("en", "es", "de", "zh")) == expected


def test_word_forms_of_languages_that_are_not_wanted_do_not_count(many_languages: TermsReader) -> None:
    assert ranked(many_languages, "managed projects", languages=("de",)) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("aprenticeship", "apprenticeship"),
        ("apprentticeship", "apprenticeship"),
        ("apprenticehsip", "apprenticeship"),
        ("apprentixeship", "apprenticeship"),
        ("stackble credentals", "stackable credentials"),
        ("stackable credentals", "stackable credentials"),
        ("apprenticeship", ""),
        ("xyzzyqwert", ""),
        ("xqz", ""),
        ("12345", ""),
        ("stackble xyzzyqwert", ""),
    ],
)
def test_small_typing_errors_are_put_right(many_languages: TermsReader, words: str, expected: str) -> None:
    assert many_languages.searching.corrected(Wanted(words, languages=("en",))) == expected


# narrowing down


def test_values_narrow_a_search_down_and_are_counted(tmp_path: Path) -> None:
    facets: dict[str, tuple[tuple[str, str], ...]] = {
        "a": (("topic", "t:1"), ("topic", "t:2"), ("type", "y:1")),
        "b": (("topic", "t:1"),),
        "c": (("type", "y:1"),),
    }
    rows = [row_of(name, texts_of(name, f"Work {name}", facets=values)) for name, values in facets.items()]
    with indexed(tmp_path, rows) as terms:
        everything = terms.searching.find(Wanted("work"))
        assert everything.facets == {
            "kind": [("topic", 3)], "topic": [("t:1", 2), ("t:2", 1)], "type": [("y:1", 2)],
        }  # fmt: skip
        assert ranked(terms, "work", facets=(("topic", "t:1"),)) == ["a", "b"]
        assert ranked(terms, "work", facets=(("topic", "t:1"), ("type", "y:1"))) == ["a"]
        assert ranked(terms, "work", facets=(("topic", "y:1"),)) == []
        assert terms.searching.has("topic", "t:1")
        assert not terms.searching.has("type", "t:1")
        assert terms.searching.values("topic", limit=1) == ["t:1"]


def test_nobody_can_type_a_value(tmp_path: Path) -> None:
    with indexed(tmp_path, [row_of("a", texts_of("a", "Work"))]) as terms:
        (mark,) = [row[0] for row in terms._rows("SELECT mark FROM texts.facet")]
        assert ranked(terms, mark) == []
        assert ranked(terms, mark.strip("_")) == []


# changes


def tables(folder: Path) -> dict[str, list[Any]]:
    with contextlib.closing(sqlite3.connect(folder / "text.sqlite")) as connection:
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"))  # noqa: S608 - ours
            for name in ("entry", "found", "facet", "word", "gap")
        }


def drawn(chance: Random, name: str) -> Texts:
    words = ["career", "careers", "pathway", "pathways", "été", "work", "works", "C", "2026", "職業"]
    labels = tuple(
        Label(chance.choice((PREFERRED, OTHER, HIDDEN)), chance.choice(("en", "fr", "")), " ".join(text))
        for text in (chance.choices(words, k=chance.randrange(4)) for _ in range(chance.randrange(4)))
    )
    facets = tuple(("topic", str(chance.randrange(3))) for _ in range(chance.randrange(3)))
    text = " ".join(chance.choices(words, k=3))
    return Texts(
        E + name,
        chance.choice(words),
        chance.random() < 0.2,
        chance.random() < 0.2,
        labels,
        (("en", text),),
        facets,
    )


@pytest.mark.parametrize("seed", range(10))
def test_what_is_replaced_is_as_if_it_had_been_written_so(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(seed)  # noqa: S311 - the same each time
    before = {f"n{number}": drawn(chance, f"n{number}") for number in range(12)}
    after = before | {name: drawn(chance, name) for name in chance.sample(sorted(before), 5)}
    for name, texts in (("before", before), ("after", after)):
        (tmp_path / name).mkdir()
        with indexed(tmp_path / name, [row_of(each, texts[each]) for each in before]):
            pass
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS texts", (str(tmp_path / "before" / "text.sqlite"),))
        replace_texts(
            connection,
            (
                TextsChange(number, *(_with_kind(each[name]) for each in (before, after)))
                for number, name in enumerate(before, 1)
            ),
        )
    assert tables(tmp_path / "before") == tables(tmp_path / "after")
    readers = [TermsReader(tmp_path / name / "terms.sqlite") for name in ("before", "after")]
    for words in ("career", "c", "pathway 2026", "ete", "職", "work works"):
        first, second = (each.searching.find(Wanted(words, languages=("en", "fr"))) for each in readers)
        assert first == second, words
    for each in readers:
        each.close()


def _with_kind(texts: Texts) -> Texts:
    return texts._replace(facets=(("kind", "topic"), *texts.facets))


def test_entries_whose_numbers_meet_stand_beside_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(textindex, "_HASH_BITS", 3)
    rows = [row_of(f"n{number}", texts_of(f"n{number}", f"Work {number}")) for number in range(30)]
    with indexed(tmp_path, rows) as terms:
        assert len(ranked(terms, "work")) == 30


def test_words_are_folded_and_cut() -> None:
    assert words_of("L'Été, naïve_Straße 2026 ² !") == ["l", "ete", "naive", "strasse", "2026"]
    assert words_of("x" * 100) == ["x" * 64]

"""Full-text search: folded, by the starts of words, and deaf to the syntax of the index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core_fixtures import QUICK, E
from pathways_ld.model import Link
from pathways_ld.snapshot import TermRow, TermsReader, TermsWriter
from pathways_ld.snapshot.textindex import match_expression

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


@pytest.fixture(scope="module")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TermsReader]:
    path = tmp_path_factory.mktemp("search") / "terms.sqlite"
    writer = TermsWriter(path)
    writer.add(
        [
            TermRow(
                iri=E + name,
                kind=kind,
                sort_text=label.casefold(),
                digest="",
                deprecated=deprecated,
                withdrawn=False,
                link=Link(iri=E + name, path=f"/{name}", title={"en": label}),
                summary={"en": text},
                statements=b"",
                view_json="{}",
                labels=label,
                other_labels=other,
                text=text,
            )
            for name, (kind, label, other, text, deprecated) in ROWS.items()
        ]
    )
    writer.finish()
    reader = TermsReader(path)
    yield reader
    reader.close()


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
    assert match_expression(words) == ""
    assert terms.search(words, limit=5) == (0, [])


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


def test_only_the_last_word_may_be_unfinished() -> None:
    assert match_expression("care path") == '"care" "path"*'
    assert match_expression(" ".join("abcdefghijklmnop")).count('"') == 24


def test_a_file_without_rows_is_searched_too(tmp_path: Path) -> None:
    writer = TermsWriter(tmp_path / "terms.sqlite")
    writer.finish()
    reader = TermsReader(tmp_path / "terms.sqlite")
    assert reader.search("x", limit=1) == (0, [])
    reader.close()

"""Which language a reader gets (RFC 4647)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_fixtures import QUICK, tags
from pathways_ld.model import Text
from pathways_ld.vocabulary import Languages


@pytest.mark.parametrize(
    ("ranges", "available", "expected"),
    [
        # RFC 4647, 3.4: a range is shortened from its end until something fits
        (["zh-Hant-CN-x-private1-private2"], ["zh-Hant-CN", "zh", "en"], "zh-Hant-CN"),
        (["zh-Hant-CN-x-private1-private2"], ["zh-Hant", "zh"], "zh-Hant"),
        (["zh-Hant-CN"], ["zh", "en"], "zh"),
        (["de-CH-1996"], ["de-CH", "de"], "de-CH"),
        (["de-CH"], ["de", "de-AT"], "de"),
        # the tags of both sides are compared without regard to case
        (["EN-gb"], ["en-GB", "en"], "en-GB"),
        (["en-gb"], ["EN-GB"], "EN-GB"),
        (["ZH-hant"], ["zh-Hant", "zh-Hans"], "zh-Hant"),
        # the first range that finds something wins, however much the second fits better
        (["fr", "de"], ["de", "fr"], "fr"),
        (["it", "de-CH"], ["en", "de"], "de"),
        (["en-GB", "fr"], ["en", "fr"], "en"),
        # a range that is wider than all tags finds a variety
        (["zh"], ["zh-Hant", "en"], "zh-Hant"),
        (["en"], ["en-US", "en-GB", "de"], "en-GB"),
        (["e"], ["en"], "en"),
        # neighbours that only look alike do not
        (["de"], ["den", "en"], "en"),
        (["den"], ["de", "en"], "en"),
        # nothing fits: the default, its variety, a text without language, the first there is
        (["it"], ["de", "en"], "en"),
        (["it"], ["de", "en-US"], "en-US"),
        (["it"], ["de", ""], ""),
        (["it"], ["fr", "de"], "de"),
        (["it"], [""], ""),
        ([], ["de", "en"], "en"),
        ([], ["de"], "de"),
        (["it"], [], None),
        # what is not understood is stepped over
        (["*"], ["de", "en"], "en"),
        (["", "de"], ["de", "en"], "de"),
        (["-", "de"], ["de", "en"], "de"),
        (["de-*", "fr"], ["fr", "en"], "fr"),
    ],
)
def test_the_best_language_is_found(ranges: list[str], available: list[str], expected: str | None) -> None:
    assert Languages(tuple(ranges)).best(available) == expected
    assert Languages(tuple(ranges)).best(reversed(available)) == expected


def test_the_default_language_is_a_setting() -> None:
    assert Languages((), "de").best(["de", "en"]) == "de"
    assert Languages(("fr",), "de").best(["de", "en"]) == "de"
    assert Languages((), "").best(["en", "de"]) == "de"


def test_a_text_comes_with_its_language() -> None:
    texts = {"en": "Colour", "de": "Farbe"}
    assert Languages(("de-AT",)).pick(texts) == ("Farbe", "de")
    assert Languages(("it",)).pick(texts) == ("Colour", "en")
    assert Languages().pick({}) == ("", "")


def test_only_the_texts_of_the_best_language_are_shown() -> None:
    texts = [Text(text="a", lang="en"), Text(text="b", lang="de"), Text(text="c", lang="en")]
    assert Languages(("en",)).order(texts) == [texts[0], texts[2]]
    assert Languages(("de",)).order(texts) == [texts[1]]
    assert Languages(("fr",), "fr").order(texts) == [texts[1]]
    assert Languages().order([]) == []


@QUICK
@given(
    st.lists(st.one_of(tags, st.just("*")), max_size=4), st.lists(st.one_of(tags, st.just("")), max_size=4)
)
def test_whatever_is_asked_for_something_that_is_there_is_given(
    ranges: list[str], available: list[str]
) -> None:
    best = Languages(tuple(ranges)).best(available)
    assert (best in available) if available else best is None
    for tag in available:
        found = Languages((tag,)).best(available)
        assert found is not None
        assert found.lower() == tag.lower() or tag == ""

"""The page that a contributor is shown before submitting is the one that a build would make."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import SYNTHETIC_BASE, Vocabulary
from contributed import SKOS, Desk, add, label
from pathways_ld.contributions.examining import Examiner
from pathways_ld.contributions.preview import nearby, preview, whole
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases.following import TooFar
from pathways_ld.validation.pool import ValidationPool

HUB, COLOUR = f"{SYNTHETIC_BASE}hub", f"{SYNTHETIC_BASE}colour"
NEW = f"{SYNTHETIC_BASE}new"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


def relation(subject: str, name: str, target: str) -> Statement:
    return Statement(f"<{subject}>", f"<{SKOS}{name}>", f"<{target}>")


CHANGES = {
    "label": (add(label("colour", "Hue", prefix=SYNTHETIC_BASE)), COLOUR),
    "moved": (Delta((), (relation(COLOUR, "broader", HUB),)), COLOUR),
    "related": (add(relation(COLOUR, "related", f"{SYNTHETIC_BASE}exact")), COLOUR),
    "new term": (
        add(
            Statement(f"<{NEW}>", TYPE, f"<{SKOS}Concept>"),
            label("new", "New", prefix=SYNTHETIC_BASE, name="prefLabel"),
            relation(NEW, "broader", COLOUR),
        ),
        NEW,
    ),
    "seen from the other side": (add(relation(NEW, "broader", COLOUR)), COLOUR),
    "nothing left": (Delta(), f"{SYNTHETIC_BASE}never"),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[ValidationPool]:
    with ValidationPool() as made:
        yield made


@pytest.fixture(scope="module")
def desk(synthetic: Vocabulary, pool: ValidationPool) -> Desk:
    return Desk(synthetic.settings, pool)


@pytest.mark.parametrize("case", CHANGES)
def test_a_preview_is_what_a_build_would_make(desk: Desk, case: str) -> None:
    delta, document = CHANGES[case]
    with Examiner(desk.settings, desk.pool).open(desk.folder) as published:
        expected = whole(published, delta, [document], desk.settings)
        assert nearby(published, delta, [document], desk.settings) == expected
        assert preview(published, delta, [document], desk.settings) == expected
    assert (expected[document] is None) == (case == "nothing left")


def test_a_change_that_reaches_far_is_shown_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    delta, document = CHANGES["label"]

    def too_far(*_: object) -> None:
        raise TooFar("too far")

    monkeypatch.setattr("pathways_ld.contributions.preview.nearby", too_far)
    with Examiner(desk.settings, desk.pool).open(desk.folder) as published:
        view = preview(published, delta, [document], desk.settings)[document]
    assert view is not None
    assert "Hue" in {each["text"] for each in view["labels"]}

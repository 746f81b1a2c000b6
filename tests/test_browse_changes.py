"""What is found by browsing after a change: as if everything were written anew, also where no page changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from increments import applied, assert_same, changed, term, written
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.snapshot import TermsReader
from pathways_ld.snapshot.browsing import top

BASE = "https://example.org/voc/"


def said(subject: str, predicate: str, value: str) -> Statement:
    return Statement(term(subject), term(predicate), term(value))


SAID = sorted(
    (
        said(":scheme", "rdf:type", "skos:ConceptScheme"),
        *(said(f":c{number}", "rdf:type", "skos:Concept") for number in range(6)),
        *(said(f":c{number}", "skos:prefLabel", f'"Name {number}"@en') for number in range(6)),
        said(":c1", "skos:broader", ":c0"),
        said(":c2", "skos:broader", ":c1"),
        said(":c2", "skos:inScheme", ":scheme"),
        said(":c1", "skos:inScheme", ":scheme"),
        said(":c0", "skos:inScheme", ":scheme"),
        # A loop that is entered from c3.
        said(":c4", "skos:broader", ":c5"),
        said(":c5", "skos:broader", ":c4"),
        said(":c5", "skos:broader", ":c3"),
        said(":col", "rdf:type", "skos:Collection"),
        said(":col", "skos:prefLabel", '"Some"@en'),
        said(":col", "skos:member", ":c1"),
    )
)
WITHDRAWN = "<http://purl.org/adms/status/Withdrawn>"

CHANGES = {
    "what is above is withdrawn": (
        Delta((said(":c0", "adms:status", WITHDRAWN),)),
        ["c1", "c3"],
        ["c1"],
    ),
    "what is above leaves the scheme": (
        Delta((), (said(":c1", "skos:inScheme", ":scheme"),)),
        ["c0", "c3"],
        ["c0", "c2"],
    ),
    "the way into a loop is gone": (
        Delta((), (said(":c5", "skos:broader", ":c3"),)),
        ["c0", "c3", "c4"],
        ["c0"],
    ),
    "the way into a loop is withdrawn": (
        Delta((said(":c3", "adms:status", WITHDRAWN),)),
        ["c0", "c4"],
        ["c0"],
    ),
    "what is above is no concept any more": (
        Delta((), (said(":c0", "rdf:type", "skos:Concept"),)),
        ["c1", "c3"],
        ["c1"],
    ),
}


@pytest.mark.parametrize(("delta", "tops", "in_scheme"), CHANGES.values(), ids=CHANGES)
def test_everything_stays_reachable_from_the_top(
    tmp_path: Path, delta: Delta, tops: list[str], in_scheme: list[str]
) -> None:
    before = written(tmp_path / "before", SAID)
    after = changed(before, tmp_path / "after", delta, 1)
    reader = TermsReader(after / "terms.sqlite")
    try:
        for place, expected in ((top("concept"), tops), (top("concept", f"{BASE}scheme"), in_scheme)):
            found = reader.browser.children(place, limit=10)
            assert [each.link["iri"].removeprefix(BASE) for each in found] == expected
    finally:
        reader.close()
    assert_same(after, written(tmp_path / "whole", applied(SAID, delta), 1))


def test_members_of_a_collection_come_and_go(tmp_path: Path) -> None:
    before = written(tmp_path / "before", SAID)
    delta = Delta((said(":col", "skos:member", ":c3"),), (said(":col", "skos:member", ":c1"),))
    after = changed(before, tmp_path / "after", delta, 1)
    reader = TermsReader(after / "terms.sqlite")
    try:
        member = term("skos:member")[1:-1]
        assert reader.browser.categories("concept")[member] == {f"{BASE}col": 1}
        members = reader.browser.members("concept", member, f"{BASE}col", limit=10)
        assert [each.link["iri"] for each in members] == [f"{BASE}c3"]
    finally:
        reader.close()
    assert_same(after, written(tmp_path / "whole", applied(SAID, delta), 1))

"""A snapshot made from another by a change: in nothing to be told from one that is written whole."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph
import pytest

from conftest import Vocabulary
from increments import (
    BASE,
    applied,
    assert_same,
    change,
    changed,
    observed,
    settings_for,
    term,
    vocabulary,
    written,
)
from maintenance import Anybody, Site
from pathways_ld.errors import Finding, InvalidDataError
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance, increment, making
from pathways_ld.releases.changes import Published
from pathways_ld.releases.making import Current, Maker
from pathways_ld.releases.sources import Sources, no_progress
from pathways_ld.releases.verify import refuse_invalid
from pathways_ld.releases.writing import Clock, write_snapshot
from pathways_ld.snapshot import Manifest, TermsReader, read_asserted, read_manifest
from pathways_ld.snapshot.asserted import AssertedFile
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.vocabulary import Identity, Reader, identify


@pytest.mark.parametrize("seed", range(24))
def test_a_chain_of_changes_is_as_if_everything_were_written_anew(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same vocabularies each time
    said = vocabulary(chance)
    current = written(tmp_path / "0", said)
    for number in range(1, chance.randrange(2, 6)):
        delta = change(chance, said)
        said = applied(said, delta)
        current = changed(current, tmp_path / str(number), delta, number)
        assert_same(current, written(tmp_path / f"whole{number}", said, number))


# what is shared


def digests(folder: Path) -> dict[str, str]:
    """Give the digests of all files but the engine's own log and lock."""
    return {
        str(path.relative_to(folder)): file_digest(path)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(("LOG", "LOCK"))
    }


RENAMED = Delta(
    (Statement(term(":c1"), term("skos:prefLabel"), '"New name"@en'),),
    (Statement(term(":c1"), term("skos:prefLabel"), '"Alpha"@en'),),
)
SMALL = sorted(
    Statement(term(subject), term(predicate), term(value))
    for subject, predicate, value in (
        (":scheme", "rdf:type", "skos:ConceptScheme"),
        (":scheme", "skos:prefLabel", '"A scheme"@en'),
        *((f":c{number}", "rdf:type", "skos:Concept") for number in range(6)),
        *((f":c{number}", "skos:inScheme", ":scheme") for number in range(6)),
        *((f":c{number}", "skos:definition", f'"What c{number} is."@en') for number in range(6)),
        *((f":c{number}", "skos:prefLabel", f'"Name {number}"@en') for number in (0, 2, 3, 4, 5)),
        (":c1", "skos:prefLabel", '"Alpha"@en'),
        (":c2", "skos:broader", ":c1"),
        (":c3", "skos:broader", ":c2"),
        (":c4", ":remark", "_:b"),
        ("_:b", ":remark", '"inside"@en'),
    )
)


def test_the_snapshot_before_stays_as_it_was_also_while_it_is_read(tmp_path: Path) -> None:
    before = written(tmp_path / "before", SMALL)
    was, seen = digests(before), observed(before)
    reader = TermsReader(before / "terms.sqlite")
    index = pyoxigraph.Store.read_only(str(before / "sparql"))
    after = changed(before, tmp_path / "after", RENAMED, 1)
    again = changed(after, tmp_path / "again", Delta(RENAMED.removed, RENAMED.added), 2)
    assert digests(before) == was
    assert observed(before) == seen
    assert reader.search("alpha", limit=5)[0] == 1
    shutil.rmtree(after)  # as a builder prunes: what is shared lives on in the others
    assert reader.search("alpha", limit=5)[0] == 1
    assert any('"Alpha"@en' in str(each) for each in index)
    reader.close()
    assert observed(again)["asserted"] == seen["asserted"]
    assert digests(before) == was


def test_large_files_are_shared_and_not_copied(tmp_path: Path) -> None:
    before = written(tmp_path / "before", SMALL)
    after = changed(before, tmp_path / "after", RENAMED, 1)
    for name in ("terms.sqlite", "asserted.nq", "labels.index", "dumps/vocabulary.nq"):
        assert (before / name).samefile(after / name)
    shared = [path for path in (after / "sparql").glob("*.sst") if path.stat().st_nlink > 1]
    assert len(shared) == len(list((before / "sparql").glob("*.sst")))


def test_where_files_cannot_be_shared_they_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    before = written(tmp_path / "before", SMALL)
    monkeypatch.setattr(os, "link", refuse)
    after = changed(before, tmp_path / "after", RENAMED, 1)
    assert not (before / "terms.sqlite").samefile(after / "terms.sqlite")
    assert_same(after, written(tmp_path / "whole", applied(SMALL, RENAMED), 1))


# what is written whole

TYPE = term("rdf:type")
GENERAL = {
    "a class": (Statement(term(":Thing"), TYPE, term("owl:Class")), "ontology"),
    "a scheme": (Statement(term(":c0"), TYPE, term("skos:ConceptScheme")), "which vocabulary"),
    "a version": (Statement(term(":scheme"), term("owl:versionIRI"), term("o:v2")), "version"),
}


@pytest.mark.parametrize(("new", "why"), GENERAL.values(), ids=GENERAL)
def test_what_concerns_everything_is_written_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, new: Statement, why: str
) -> None:
    before = written(tmp_path / "before", SMALL)
    caplog.set_level("INFO", logger="pathways_ld")
    manifest = made(before, tmp_path / "after", Delta((new,)))
    assert manifest.is_whole
    assert why in caplog.text
    assert_same(tmp_path / "after", written(tmp_path / "whole", applied(SMALL, Delta((new,))), 1))


@pytest.mark.parametrize("name", ["page_size", "default_language"])
def test_other_settings_need_everything_anew(tmp_path: Path, name: str) -> None:
    before = written(tmp_path / "before", SMALL)
    values: dict[str, Any] = {"page_size": 7, "default_language": "de"}
    assert made(before, tmp_path / "after", RENAMED, **{name: values[name]}).is_whole


def test_a_change_that_reaches_very_much_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = written(tmp_path / "before", SMALL)
    monkeypatch.setattr(increment, "_FEW", 1)
    caplog.set_level("INFO", logger="pathways_ld")
    assert made(before, tmp_path / "after", RENAMED).is_whole
    assert "more than 1" in caplog.text


def made(before: Path, folder: Path, delta: Delta, **values: Any) -> Manifest:
    """Make a change however it is made."""
    folder.mkdir()
    maker = Maker(replace(settings_for(folder), **values), None, terms_may_vanish=True)
    return maker.make(folder, Current(before, read_manifest(before)), delta, 1)[0]


# explicit changes, checked


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.close()


def said(subject: str, predicate: str, value: str, graph: str = "") -> Statement:
    return Statement(f"<{BASE}{subject}>", term(predicate), value, graph)


def apply(site: Site, delta: Delta, maintenance: Maintenance | None = None) -> Published:
    maintenance = maintenance or Maintenance(site.settings)
    return maintenance.apply(lambda *_: delta, Anybody(), action="edit", note="a test")


def test_a_change_reads_no_more_than_it_needs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("everything is read")

    for owner, name in ((making, "read_asserted"), (AssertedFile, "everything"), (TermsReader, "described")):
        monkeypatch.setattr(owner, name, refuse)
    published = apply(site, Delta((said("two", "skos:altLabel", '"Second"@en'),)))
    assert (published.change, published.added) == (1, 1)
    assert not read_manifest(site.snapshots.current()).is_whole
    assert b"Second" in site.client.get("/two.ttl").data
    assert b"Two" in site.client.get("/search?q=second").data


def test_an_iri_spoken_like_another_is_known_also_after_changes(site: Site) -> None:
    new = (
        said("T-3", "rdf:type", f"<{term('skos:Concept')[1:-1]}>"),
        said("T-3", "skos:prefLabel", '"Third"@en'),
        said("T-3", "skos:definition", '"The third."@en'),
        said("T-3", "skos:inScheme", f"<{BASE}scheme>"),
    )
    assert apply(site, Delta(new)).change == 1
    reader = Reader(site.snapshots.current())
    try:
        assert not reader.manifest.is_whole
        assert reader.near(f"{BASE}t3") == f"{BASE}T-3"
        assert reader.near(f"{BASE}O.ne") == f"{BASE}one"
        assert reader.near(f"{BASE}one") == ""
    finally:
        reader.close()


def test_adding_what_is_there_and_removing_what_is_not_does_nothing(site: Site) -> None:
    there = said("two", "skos:broader", f"<{BASE}one>")
    absent = said("two", "skos:broader", f"<{BASE}scheme>")
    assert apply(site, Delta((there,), (absent,))).change == 0
    assert site.ledger.head() == 0


def check_everything(sources: Sources, identity: Identity) -> tuple[Finding, ...]:
    """Check as is done by default where everything is checked; this is not the default, so it is."""
    return refuse_invalid(sources, identity)


INVALID = {
    "a second label": (Delta((said("one", "skos:prefLabel", '"Uno"@en'),)), "must be fixed"),
    "related and broader": (Delta((said("two", "skos:related", f"<{BASE}one>"),)), "must be fixed"),
    "an address that is taken": (
        Delta((said("sparql", "rdf:type", term("skos:Concept")), said("sparql", "skos:prefLabel", '"S"@en'))),
        "must be fixed",
    ),
    "a term that goes": (
        Delta(
            (),
            (
                said("one", "rdf:type", term("skos:Concept")),
                said("one", "skos:inScheme", f"<{BASE}scheme>"),
                said("one", "skos:prefLabel", '"One"@en'),
                said("one", "skos:definition", '"The first."@en'),
                said("one", "skos:notation", '"01"^^<https://example.org/code>'),
            ),
        ),
        "must be fixed",
    ),
    "the last of a term": (
        Delta(
            (),
            (
                said("two", "rdf:type", term("skos:Concept")),
                said("two", "skos:inScheme", f"<{BASE}scheme>"),
                said("two", "skos:prefLabel", '"Two"@en'),
                said("two", "skos:prefLabel", '"Zwei"@DE-ch'),
                said("two", "skos:definition", '"The second."@en'),
                said("two", "skos:broader", f"<{BASE}one>"),
            ),
        ),
        "vanish",
    ),
}


@pytest.mark.parametrize(("delta", "message"), INVALID.values(), ids=INVALID)
def test_the_verdict_is_that_of_a_check_of_everything(site: Site, delta: Delta, message: str) -> None:
    with pytest.raises(InvalidDataError, match=message) as nearby:
        apply(site, delta)
    with pytest.raises(InvalidDataError) as everywhere:
        apply(site, delta, Maintenance(site.settings, check=check_everything))
    fatal = [
        {(each.focus, each.message) for each in found.value.findings if each.severity == "must fix"}
        for found in (nearby, everywhere)
    ]
    assert fatal[0] == fatal[1] != set()
    assert site.ledger.head() == 0


def test_a_blank_node_of_a_change_is_the_one_that_is_there(site: Site) -> None:
    first = Delta((said("two", "skos:note", "_:n"), Statement("_:n", term("rdf:value"), '"one"')))
    apply(site, first)
    (label,) = {each.object for each in site.statements() if each.predicate == term("skos:note")}
    apply(site, Delta((Statement(label, term("rdf:value"), '"two"'),)))
    apply(site, first)
    labels = {each.object for each in site.statements() if each.predicate == term("skos:note")}
    assert len(labels) == 2
    assert site.ask(":two skos:note [ rdf:value 'one' , 'two' ]".replace("rdf:value", f"{term('rdf:value')}"))
    assert b'"two"' in site.client.get("/two.ttl").data


def test_what_a_change_does_not_reach_keeps_its_etag(site: Site) -> None:
    before = {name: site.client.get(f"/{name}.ttl").headers["ETag"] for name in ("one", "two", "scheme")}
    apply(site, Delta((said("one", "skos:editorialNote", '"Seen."@en'),)))
    after = {name: site.client.get(f"/{name}.ttl").headers["ETag"] for name in before}
    assert [name for name in before if before[name] != after[name]] == ["one"]


def test_changes_of_our_own_vocabulary(own: Vocabulary, tmp_path: Path) -> None:
    """Real data: labels of what many refer to, of what few do, and a term with all that belongs to it."""
    folder, settings = own.folder, own.settings
    said = read_asserted(folder).statements
    topics = sorted(
        each.subject
        for each in said
        if each.predicate == TYPE and each.object == term("skos:Concept") and "#" not in each.subject
    )
    chance = Random(1)  # noqa: S311 - the same topics each time
    for number, topic in enumerate(chance.sample(topics, 4), read_manifest(folder).change + 1):
        old = next(
            each for each in said if each.subject == topic and each.predicate == term("skos:prefLabel")
        )
        delta = Delta((old._replace(object=f'"Renamed {number}"@en'),), (old,))
        target = tmp_path / str(number)
        target.mkdir()
        maker = Maker(settings, refuse_invalid, terms_may_vanish=False)
        manifest, _ = maker.make(target, Current(folder, read_manifest(folder)), delta, number)
        assert not manifest.is_whole
        said, folder = applied(said, delta), target
    whole = tmp_path / "whole"
    whole.mkdir()
    asserted = replace(read_asserted(folder), statements=said)
    identity = identify(said, settings.canonical_base, given=False)
    write_snapshot(whole, asserted, identity, settings, no_progress, Clock())
    assert_same(folder, whole)

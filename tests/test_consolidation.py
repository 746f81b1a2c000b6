"""Snapshots that were changed in part are written whole in the background, while changes go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from increments import applied, assert_same, change, term, vocabulary
from maintenance import BASE, Anybody, Site
from pathways_ld import releases
from pathways_ld.errors import BuildRunning
from pathways_ld.ledger import Change, Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance, consolidating
from pathways_ld.releases.consolidating import together
from pathways_ld.releases.consolidator import PATIENCE, Consolidator
from pathways_ld.releases.following import TooFar
from pathways_ld.releases.increment import Incremental
from pathways_ld.releases.publish import _Publication
from pathways_ld.releases.sources import no_progress
from pathways_ld.releases.writing import Clock, write_snapshot
from pathways_ld.settings import RemoteSettings
from pathways_ld.snapshot import Manifest, read_asserted, read_manifest
from pathways_ld.vocabulary import identify


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.close()


def note(site: Site, text: str) -> None:
    """Make a change."""
    new = Statement(f"<{BASE}two>", term("skos:note"), f'"{text}"@en')
    published = Maintenance(site.settings).apply(
        lambda *_: Delta((new,)), Anybody(), action="edit", note=text
    )
    assert published.change


def manifest(site: Site) -> Manifest:
    return read_manifest(site.snapshots.current())


def assert_as_whole(site: Site, folder: Path) -> None:
    """See that the current snapshot is as if it were written now."""
    asserted = read_asserted(site.snapshots.current())
    identity = identify(asserted.statements, BASE, given=True)
    folder.mkdir()
    write_snapshot(folder, asserted, identity, site.settings, no_progress, Clock())
    assert_same(site.snapshots.current(), folder)


def test_what_was_changed_in_part_is_written_whole(site: Site, tmp_path: Path) -> None:
    note(site, "one")
    note(site, "two")
    etag = site.client.get("/two.ttl").headers["ETag"]
    assert manifest(site).changes == 2
    done = Maintenance(site.settings).consolidate()
    assert done == manifest(site)
    assert done.is_whole
    assert (done.change, done.dumps_change) == (2, 2)
    assert site.client.get("/two.ttl").headers["ETag"] == etag
    assert b'"two"@en' in site.client.get("/dumps/vocabulary.nt").data
    assert_as_whole(site, tmp_path / "whole")
    assert Maintenance(site.settings).consolidate() is None


def test_changes_that_are_made_meanwhile_are_in_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*arguments: Any) -> Manifest:
        written = write_snapshot(*arguments)
        note(site, "during")
        note(site, "at the end")
        return written

    note(site, "before")
    monkeypatch.setattr(consolidating, "write_snapshot", slowly)
    done = Maintenance(site.settings).consolidate()
    assert done == manifest(site)
    assert (done.change, done.changes, done.dumps_change) == (3, 1, 1)
    assert_as_whole(site, tmp_path / "whole")
    note(site, "after")
    assert_as_whole(site, tmp_path / "later")
    assert [each.published for each in site.ledger.changes()] == [True] * 4


def test_it_makes_way_for_a_build(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def build_meanwhile(*arguments: Any) -> Manifest:
        written = write_snapshot(*arguments)
        site.source.write_text(site.source.read_text() + ':one <urn:x-p> "built"@en .')
        releases.build([site.source], site.settings)
        return written

    note(site, "before")
    monkeypatch.setattr(consolidating, "write_snapshot", build_meanwhile)
    assert Maintenance(site.settings).consolidate() is None
    assert manifest(site).is_whole
    assert '"built"@en' in {each.object for each in site.statements()}


def test_too_many_changes_meanwhile_are_left_to_the_next_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def far(*_: object) -> None:
        raise TooFar("everything changes")

    def change_meanwhile(*arguments: Any) -> Manifest:
        written = write_snapshot(*arguments)
        note(site, "during")
        monkeypatch.setattr(Incremental, "prepare", far)
        return written

    note(site, "before")
    monkeypatch.setattr(consolidating, "write_snapshot", change_meanwhile)
    assert Maintenance(site.settings).consolidate() is None
    assert (manifest(site).change, manifest(site).is_whole) == (2, False)


def test_only_one_works_at_a_time(site: Site) -> None:
    note(site, "one")
    with site.snapshots.consolidating():
        note(site, "two")  # which is not in its way
        with pytest.raises(BuildRunning):
            Maintenance(site.settings).consolidate()


@pytest.mark.parametrize("seed", range(20))
def test_several_changes_together_do_what_they_do_one_by_one(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same changes each time
    said = start = vocabulary(chance)
    changes = []
    for number in range(6):
        delta = change(chance, said)
        said = applied(said, delta)
        changes.append(Change(number, "", "", "", "", delta, "", published=True))
    assert applied(start, together(changes, frozenset())) == said


# downloads say of when they are


def test_the_downloads_say_what_they_do_not_hold_yet(site: Site) -> None:
    assert b"As of" not in site.client.get("/dumps/").data
    built = manifest(site)
    note(site, "one")
    page = site.client.get("/dumps/").get_data(as_text=True)
    assert f"As of {built.created}" in page
    assert "One change has been made since" in page
    listed = site.client.get("/dumps/", headers={"Accept": "application/json"}).json
    assert listed is not None
    assert (listed["snapshot"], listed["as_of"]) == (built.id, built.created)
    assert (listed["change"], listed["current_change"]) == (0, 1)
    modified = site.client.get("/dumps/vocabulary.ttl").last_modified
    assert modified == datetime.fromisoformat(built.created)
    note(site, "two")
    assert "2 changes have been made since" in site.client.get("/dumps/").get_data(as_text=True)


def test_what_is_published_elsewhere_is_not_what_the_downloads_hold(site: Site) -> None:
    note(site, "one")
    current = site.snapshots.current()
    remote = RemoteSettings("other", "http://127.0.0.1:1/sparql", dataset="published")
    publication = _Publication(current, manifest(site), remote, site.settings, None)  # type: ignore[arg-type]
    statements = list(publication._asserted())
    assert statements == sorted(statements)
    assert '"one"@en' in {each.object for each in statements}
    assert len(statements) == manifest(site).statements


# when it is time


def test_it_waits_for_a_pause_but_not_for_ever(site: Site) -> None:
    watch = Consolidator(replace(site.settings, consolidate_after=60))
    made = datetime.fromisoformat(manifest(site).created).timestamp()
    assert not watch.is_due(made + 1_000_000)
    note(site, "one")
    first = datetime.fromisoformat(manifest(site).created).timestamp()
    assert not watch.is_due(first + 59)
    assert watch.is_due(first + 60)
    watch._changed = first + 60 * PATIENCE - 1  # somebody goes on changing
    assert not watch.is_due(first + 60 * PATIENCE - 1)
    assert watch.is_due(first + 60 * PATIENCE)
    Maintenance(site.settings).consolidate()
    assert not watch.is_due(first + 1_000_000)


def test_never_is_never(site: Site) -> None:
    Consolidator(replace(site.settings, consolidate_after=0)).run(threading.Event())

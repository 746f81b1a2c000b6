"""Snapshots: immutable, switched atomically, cleaned up, and honest when they are harmed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyoxigraph
import pytest

from core_fixtures import SMALL_BASE, E, exact, manifest_of, small_source, turtle
from pathways_ld import releases
from pathways_ld.errors import SnapshotCorrupt, SnapshotMissing, StorageError, TermNotFound
from pathways_ld.formats import DUMP_FORMATS, JSON, JSONLD, NTRIPLES, RDF_FORMATS, RDFXML, TURTLE
from pathways_ld.model import Link
from pathways_ld.rdfio import parse, serialize
from pathways_ld.releases import BuildReport
from pathways_ld.settings import GENERAL_KINDS, Settings
from pathways_ld.snapshot import (
    Manifest,
    SnapshotFolder,
    TermRow,
    TermsReader,
    TermsWriter,
    read_manifest,
    write_dumps,
    write_manifest,
)
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.snapshot.terms import SPOKEN
from pathways_ld.snapshot.textindex import PREFERRED, Label, Texts
from pathways_ld.vocabulary import Languages, Reader

MANIFEST = Manifest(
    id="0123456789abcdef",
    base=SMALL_BASE,
    vocabulary_iri=f"{SMALL_BASE}scheme",
    version_iri="",
    kinds=GENERAL_KINDS,
    created="2026-01-01T00:00:00+00:00",
    software="1",
    default_language="en",
    languages=("en",),
    counts={"concept": 2},
    statements=3,
)


def build(tmp_path: Path, *texts: str) -> BuildReport:
    """Build the small vocabulary, with further texts in it, without the checks (they have their own tests)."""
    if not (tmp_path / "sources" / "small.ttl").exists():
        small_source(tmp_path / "sources")
    for number, text in enumerate(texts):
        small_source(tmp_path / "sources", f"more{number}.ttl", text)
    settings = Settings(state_dir=tmp_path / "var", canonical_base=SMALL_BASE)
    return releases.build(releases.collect([tmp_path / "sources"]), settings, check=False)


def another(number: int) -> str:
    return f"<{SMALL_BASE}n{number}> a <http://www.w3.org/2004/02/skos/core#Concept> ."


@pytest.fixture
def snapshots(tmp_path: Path) -> SnapshotFolder:
    return SnapshotFolder(tmp_path / "var")


def finished(folder: Path, snapshot_id: str, text: str = "x") -> Path:
    """Fill a directory as a build does."""
    (folder / "dumps").mkdir()
    (folder / "sparql").mkdir()
    (folder / "sparql" / "CURRENT").write_text("", encoding="utf-8")
    (folder / "dumps" / "vocabulary.nt").write_text(text, encoding="utf-8")
    (folder / "terms.sqlite").write_text(text, encoding="utf-8")
    digests = {name: file_digest(folder / name) for name in ("dumps/vocabulary.nt", "terms.sqlite")}
    write_manifest(folder, replace(MANIFEST, id=snapshot_id, digests=digests))
    return folder


def adopted(snapshots: SnapshotFolder, snapshot_id: str, text: str = "x") -> Path:
    with snapshots.building() as folder:
        target = snapshots.adopt(finished(folder, snapshot_id, text), snapshot_id)
        snapshots.make_current(target.name)
    return target


# the folder


def test_without_a_snapshot_the_remedy_is_named(snapshots: SnapshotFolder) -> None:
    with pytest.raises(
        SnapshotMissing, match=r'no current snapshot in .*var\. Make one with "pathways-ld build"\.'
    ):
        snapshots.current()


def test_a_finished_directory_becomes_current(snapshots: SnapshotFolder) -> None:
    target = adopted(snapshots, "a")
    assert snapshots.current() == target
    assert read_manifest(snapshots.current()).id == "a"
    assert [path.name for path in snapshots.path.iterdir() if path.is_dir()] == ["a"]


def test_the_state_directory_may_be_moved_as_a_whole(snapshots: SnapshotFolder, tmp_path: Path) -> None:
    adopted(snapshots, "a")
    (tmp_path / "var").rename(tmp_path / "elsewhere")
    assert read_manifest(SnapshotFolder(tmp_path / "elsewhere").current()).id == "a"


def test_the_state_directory_may_be_given_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    snapshots = SnapshotFolder(Path("var"))
    adopted(snapshots, "a")
    assert read_manifest(snapshots.current()).id == "a"


def test_a_build_that_fails_leaves_nothing_and_changes_nothing(snapshots: SnapshotFolder) -> None:
    current = adopted(snapshots, "a")
    building = snapshots.building()
    folder = building.__enter__()
    (folder / "half").write_text("x", encoding="utf-8")
    assert not building.__exit__(RuntimeError, RuntimeError("boom"), None)
    assert snapshots.current() == current
    assert not folder.exists()


def test_what_earlier_builds_left_half_done_is_removed(snapshots: SnapshotFolder) -> None:
    stale = snapshots.path / ".building-1"
    (stale / "sparql").mkdir(parents=True)
    with snapshots.building() as folder:
        assert not stale.exists()
        assert list(folder.iterdir()) == []


def test_two_builds_at_once_are_refused_in_words(snapshots: SnapshotFolder) -> None:
    with snapshots.building():
        code = (
            "from pathlib import Path; import sys; from pathways_ld.snapshot import SnapshotFolder\n"
            "with SnapshotFolder(Path(sys.argv[1])).building(): pass"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, str(snapshots.path.parent)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "BuildRunning: Another build is running in" in other.stderr
        with pytest.raises(StorageError, match=r"Another build is running in .*; wait for it to end\."):
            SnapshotFolder(snapshots.path.parent).building().__enter__()
    with snapshots.building():
        pass


def test_readers_always_see_a_whole_snapshot_while_it_is_switched(snapshots: SnapshotFolder) -> None:
    adopted(snapshots, "a")
    adopted(snapshots, "b")
    stop = threading.Event()
    seen: set[str] = set()

    def look() -> None:
        while not stop.is_set():
            seen.add(read_manifest(SnapshotFolder(snapshots.path.parent).current()).id)

    with ThreadPoolExecutor(2) as pool:
        watching = [pool.submit(look) for _ in range(2)]
        for number in range(300):
            snapshots.make_current("ab"[number % 2])
        stop.set()
        for each in watching:
            each.result()
    assert seen <= {"a", "b"}


def test_the_same_snapshot_is_kept_as_it_is(snapshots: SnapshotFolder) -> None:
    target = adopted(snapshots, "a")
    before = (target / "manifest.json").stat().st_ino
    assert adopted(snapshots, "a") == target
    assert (target / "manifest.json").stat().st_ino == before


@pytest.mark.parametrize("part", ["manifest.json", "terms.sqlite", "dumps/vocabulary.nt", "sparql/CURRENT"])
@pytest.mark.parametrize("harm", ["removed", "changed"])
def test_a_harmed_snapshot_is_replaced(snapshots: SnapshotFolder, part: str, harm: str) -> None:
    target = adopted(snapshots, "a")
    if harm == "removed":
        (target / part).unlink()
    elif part == "sparql/CURRENT":
        shutil.rmtree(target / "sparql")
    else:
        (target / part).write_text("{}", encoding="utf-8")
    # Beside it, so that no link leads nowhere for a moment; the harmed one is pruned in time.
    target = adopted(snapshots, "a")
    assert (target / "terms.sqlite").read_text(encoding="utf-8") == "x"
    assert read_manifest(target).id == "a"
    assert (target / "sparql" / "CURRENT").exists()
    assert not list(snapshots.path.glob(".building-*"))


def test_three_snapshots_are_kept_and_always_the_current_one(snapshots: SnapshotFolder) -> None:
    for number, name in enumerate("abcdef"):
        os.utime(adopted(snapshots, name), (number, number))
    snapshots.make_current("b")
    snapshots.prune()
    assert sorted(path.name for path in snapshots.path.iterdir() if path.is_dir()) == ["b", "e", "f"]
    assert snapshots.current().name == "b"


def test_pruning_leaves_foreign_files_alone(snapshots: SnapshotFolder) -> None:
    adopted(snapshots, "a")
    (snapshots.path / "notes.txt").write_text("x", encoding="utf-8")
    snapshots.prune()
    assert (snapshots.path / "notes.txt").exists()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_state_directory_that_cannot_be_made_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match=r"/file.*: (Not a directory|File exists)\. Nothing was changed\."):
        SnapshotFolder(tmp_path / place).building().__enter__()


# the manifest


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    full = replace(
        MANIFEST, digests={"dumps/a": "0"}, sources={"a.ttl": "1"}, graphs=("http://g/",), ours=True
    )
    write_manifest(tmp_path, full)
    assert read_manifest(tmp_path) == full
    found = full.kind("concept")
    assert found is not None
    assert found.plural == "Concepts"
    assert full.kind("nothing") is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"x"', "{}", '{"kinds": [], "languages": [], "graphs": []}', '{"kinds": 1}', "\xff",
     '{"kinds": [{"name": "x"}], "languages": [], "graphs": []}'],
)  # fmt: skip
def test_a_manifest_that_cannot_be_read_is_named_with_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SnapshotCorrupt) as caught:
        read_manifest(tmp_path)
    assert caught.value.message == (
        f'The manifest {tmp_path}/manifest.json cannot be read. Rebuild it with "pathways-ld build".'
    )


def test_a_manifest_of_another_layout_or_software_asks_for_a_build(tmp_path: Path) -> None:
    write_manifest(tmp_path, replace(MANIFEST, layout=99))
    with pytest.raises(
        SnapshotCorrupt, match=r'has layout 99; this software reads \d+\. Rebuild it with "pathways-ld'
    ):
        read_manifest(tmp_path)
    write_manifest(tmp_path, MANIFEST)
    loaded = manifest_of(tmp_path) | {"from_the_future": 1}
    (tmp_path / "manifest.json").write_text(json.dumps(loaded), encoding="utf-8")
    with pytest.raises(SnapshotCorrupt, match="Rebuild"):
        read_manifest(tmp_path)


def test_a_place_without_a_manifest_holds_no_snapshot(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone"):
        with pytest.raises(
            SnapshotMissing, match=r'There is no snapshot in .*Make one with "pathways-ld build"'
        ):
            read_manifest(place)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SnapshotMissing):
        read_manifest(tmp_path / "file")
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(SnapshotCorrupt, match="Is a directory"):
        read_manifest(tmp_path)


# terms.sqlite


def row(name: str, **rest: object) -> TermRow:
    given: dict[str, object] = {
        "iri": E + name,
        "kind": "concept",
        "sort_text": name,
        "digest": name,
        "deprecated": False,
        "withdrawn": False,
        "link": Link(iri=E + name, path=f"/{name}", title={"en": name}),
        "summary": {"en": f"about {name}"},
        "statements": b"",
        "view_json": "{}",
        "texts": Texts(E + name, name, labels=(Label(PREFERRED, "en", name),)),
    }
    return TermRow(**(given | rest))  # type: ignore[arg-type]


@pytest.fixture
def terms(tmp_path: Path) -> Iterator[TermsReader]:
    writer = TermsWriter(tmp_path / "terms.sqlite")
    rows = [row(f"t{number:02}", sort_text=f"{number % 3}") for number in range(10)]
    writer.add([*rows, row("other", kind="organization"), row("part", kind="")])
    writer.add(
        [row("gone", withdrawn=True), row("hub", members=(("narrower", tuple(each.iri for each in rows)),))]
    )
    writer.set_meta("prefixes", {"e": E})
    writer.finish()
    reader = TermsReader(tmp_path / "terms.sqlite")
    yield reader
    reader.close()


def names(hits: list[object]) -> list[str]:
    return [hit.link["iri"].removeprefix(E) for hit in hits]  # type: ignore[attr-defined]


def test_terms_are_read_by_iri(terms: TermsReader) -> None:
    stored = terms.term(f"{E}t01")
    assert stored is not None
    assert (stored.iri, stored.kind, stored.digest, stored.view_json) == (f"{E}t01", "concept", "t01", "{}")
    assert terms.term(f"{E}T01") is None
    assert terms.term("") is None
    assert terms.meta("prefixes") == {"e": E}
    assert terms.meta("nothing") is None


def test_an_iri_is_known_that_is_spoken_like_another(terms: TermsReader, tmp_path: Path) -> None:
    assert terms.near(f"{E}T-0.1") == f"{E}t01"
    assert terms.near(f"{E}t01") == ""
    assert terms.near(f"{E}GONE") == f"{E}gone"
    assert terms.near("") == ""
    connection = sqlite3.connect(tmp_path / "terms.sqlite")
    query = f"SELECT iri FROM term WHERE {SPOKEN.format('iri')} = {SPOKEN.format('?')}"  # noqa: S608
    plan = str(connection.execute(f"EXPLAIN QUERY PLAN {query}", (E,)).fetchall())
    connection.close()
    assert "SEARCH term USING COVERING INDEX term_spoken" in plan


def test_terms_are_listed_by_title_and_then_iri_page_by_page(terms: TermsReader) -> None:
    everything = names([*terms.listing("concept", limit=100, offset=0)])
    assert everything == ["t00", "t03", "t06", "t09", "t01", "t04", "t07", "t02", "t05", "t08", "hub"]
    pages = [names([*terms.listing("concept", limit=4, offset=offset)]) for offset in (0, 4, 8, 12)]
    assert [name for page in pages for name in page] == everything
    assert terms.listing("nothing", limit=5, offset=0) == []


def test_long_groups_are_read_page_by_page(terms: TermsReader) -> None:
    found = [
        names([*terms.members(f"{E}hub", "narrower", limit=4, offset=offset)]) for offset in (0, 4, 8, 12)
    ]
    assert [name for page in found for name in page] == [f"t{number:02}" for number in range(10)]
    assert terms.members(f"{E}hub", "broader", limit=4, offset=0) == []


def test_withdrawn_terms_are_neither_listed_nor_found_but_kept(terms: TermsReader) -> None:
    assert "gone" not in names([*terms.listing("concept", limit=100, offset=0)])
    assert terms.search("gone", limit=5) == (0, [])
    assert "/gone" not in terms.paths(limit=100, offset=0)
    stored = terms.term(f"{E}gone")
    assert stored is not None
    assert stored.withdrawn


def test_several_threads_read_at_once(terms: TermsReader) -> None:
    def look(number: int) -> bool:
        return terms.term(f"{E}t{number % 10:02}") is not None and terms.search("t05", limit=1)[0] == 1

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(400)))


@pytest.mark.parametrize("name", ["a b", "a#b", "a?mode=rwc", "a%20b", "é", "a&b"])
def test_the_place_of_a_snapshot_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    writer = TermsWriter(folder / "terms.sqlite")
    writer.add([row("a")])
    writer.finish()
    reader = TermsReader(folder / "terms.sqlite")
    assert reader.term(f"{E}a") is not None
    reader.close()


def test_reading_never_writes_beside_the_file(terms: TermsReader, tmp_path: Path) -> None:
    terms.search("t", limit=1)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["terms.sqlite", "text.sqlite"]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_terms_file_that_is_none_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "terms.sqlite"
    path.write_bytes(content)
    with pytest.raises(
        SnapshotCorrupt, match=r'terms\.sqlite cannot be read \(.*\)\. Rebuild it with "pathways-ld build"'
    ):
        TermsReader(path)


def test_a_terms_file_that_is_harmed_inside_is_told_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "terms.sqlite"
    writer = TermsWriter(path)
    writer.add([row(f"t{number}", statements=b"x" * 3000) for number in range(300)])
    writer.finish()
    with path.open("r+b") as stream:
        size = stream.seek(0, 2)
        stream.seek(size // 8)
        stream.write(b"\xff" * (size // 2))
    reader = TermsReader(path)

    def read_everything() -> None:
        for number in range(300):
            reader.term(f"{E}t{number}")
        reader.listing("concept", limit=300, offset=0)
        reader.search("t", limit=300)

    with pytest.raises(SnapshotCorrupt, match="Rebuild"):
        read_everything()
    reader.close()


def test_two_rows_of_one_iri_are_a_mistake_of_the_writer(tmp_path: Path) -> None:
    writer = TermsWriter(tmp_path / "terms.sqlite")
    with pytest.raises(sqlite3.IntegrityError):
        writer.add([row("a"), row("a")])
    writer._connection.close()


# a whole snapshot


def test_a_reader_gives_every_representation_of_a_term(tmp_path: Path) -> None:
    reader = Reader(build(tmp_path).folder)
    document = reader.document(f"{SMALL_BASE}apple")
    expected = exact(document.statements)
    for rdf_format in (TURTLE, JSONLD, RDFXML, NTRIPLES, JSON):
        read_as = JSONLD if rdf_format is JSON else rdf_format
        assert exact(parse(reader.write(document, rdf_format), read_as).statements) == expected
    assert document.view["title"] == {"de": "Apfel", "en": "Apple"}
    assert reader.heading("http://www.w3.org/2004/02/skos/core#broader", Languages()) == "Broader"
    assert reader.heading("http://e/unknown", Languages()) == "unknown"
    assert reader.heading("urn:x", Languages()) == "urn:x"
    assert reader.compact(f"{SMALL_BASE}apple") == "small:apple"
    assert reader.title == {"en": "A small vocabulary"}
    assert reader.license == ""
    assert list(reader.paths(limit=10)) == ["/apple", "/fruit", "/scheme"]
    with pytest.raises(TermNotFound, match=f"no term with the IRI {SMALL_BASE}pear"):
        reader.document(f"{SMALL_BASE}pear")
    reader.close()


@pytest.mark.parametrize("part", ["terms.sqlite", "sparql", "dumps"])
def test_a_snapshot_that_lacks_a_part_is_told(tmp_path: Path, part: str) -> None:
    folder = build(tmp_path).folder
    target = folder / part
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    with pytest.raises(SnapshotCorrupt, match=rf'lacks {part}\. Rebuild it with "pathways-ld build"'):
        Reader(folder)


def test_building_again_repairs_a_harmed_snapshot(tmp_path: Path) -> None:
    report = build(tmp_path)
    (report.folder / "terms.sqlite").write_bytes(b"harmed")
    again = build(tmp_path)
    assert again.manifest.id == report.manifest.id
    assert SnapshotFolder(tmp_path / "var").current() == again.folder
    Reader(again.folder).close()


def test_dumps_of_every_format_say_the_same(tmp_path: Path) -> None:
    said = sorted(
        turtle("e:a e:p 1, 'x'@EN-gb, '\\r\\n\\u0085' ; e:q [ e:r ( 1 e:b ) ] . e:b e:p e:a .")
        + [each._replace(graph=f"<{E}g>") for each in turtle("e:a skos:closeMatch <urn:x> .")]
    )
    dumps = write_dumps(tmp_path / "dumps", said, {"e": E, "": "urn:"})
    assert {dump.format for dump in dumps} == set(DUMP_FORMATS)
    for dump in dumps:
        content = (tmp_path / "dumps" / dump.name).read_bytes()
        assert len(content) == dump.size
        found = parse(content, dump.format).statements
        assert exact(found) == exact(said), dump.name
    nquads = next(dump for dump in dumps if dump.format.name == "n-quads")
    found = parse(tmp_path / "dumps" / nquads.name).statements
    assert exact(found, graphs=True) == exact(said, graphs=True)


@pytest.mark.parametrize("prefixes", [{"e": E}, {"": E}, {}, {"e": E, "unused": "urn:x:"}])
def test_the_turtle_dump_is_turtle_whatever_the_prefixes(tmp_path: Path, prefixes: dict[str, str]) -> None:
    said = sorted(turtle("e:a e:p 1, e:b ; a e:T . e:b e:p e:a ."))
    write_dumps(tmp_path / "dumps", said, prefixes)
    assert exact(parse(tmp_path / "dumps" / "vocabulary.ttl").statements) == exact(said)


def test_the_dumps_of_nothing_are_still_documents(tmp_path: Path) -> None:
    for dump in write_dumps(tmp_path / "dumps", [], {}):
        assert parse(tmp_path / "dumps" / dump.name).statements == []
    assert all(serialize([], each) is not None for each in RDF_FORMATS)


def test_the_query_index_holds_the_statements_and_the_hierarchy(tmp_path: Path) -> None:
    report = build(tmp_path)
    store = pyoxigraph.Store.read_only(str(report.folder / "sparql"))
    default = [each for each in store if isinstance(each.graph_name, pyoxigraph.DefaultGraph)]
    assert len(default) == report.manifest.statements
    inferred = list(
        store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(f"{SMALL_BASE}graph/inferred"))
    )
    assert [(each.subject.value, each.object.value) for each in inferred] == [  # type: ignore[union-attr]
        (f"{SMALL_BASE}apple", f"{SMALL_BASE}fruit")
    ]


def test_a_snapshot_never_changes_after_it_has_its_name(tmp_path: Path) -> None:
    """A comment, another file name or another prefix makes another snapshot or none, never a changed one."""
    first = build(tmp_path)
    before = {path: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    source = tmp_path / "sources" / "small.ttl"
    text = source.read_text(encoding="utf-8")
    for changed in (f"# a comment\n{text}", text.replace("small:", "s:"), text.replace('"Apfel"', "'Apfel'")):
        source.write_text(changed, encoding="utf-8")
        second = build(tmp_path)
        Reader(second.folder).close()
        for path, content in before.items():
            assert path.read_bytes() == content, path
        if second.folder == first.folder:
            assert not second.is_new


def test_old_snapshots_are_removed_by_builds(tmp_path: Path) -> None:
    folders = [build(tmp_path, another(number)).folder for number in range(5)]
    assert len(set(folders)) == 5
    kept = {path for path in (tmp_path / "var" / "snapshots").iterdir() if path.is_dir()}
    assert len(kept) == 3
    assert folders[-1] in kept

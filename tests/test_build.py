"""Builds: the same sources give the same bytes, and whatever goes wrong, the current snapshot stays."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core_fixtures import HEAD, ROOT, SMALL, SMALL_BASE, manifest_of, run_python, small_source
from pathways_ld import releases
from pathways_ld.errors import InputError, InvalidDataError, ParseError, StorageError
from pathways_ld.rdfio import parse
from pathways_ld.releases import BuildReport
from pathways_ld.settings import CANONICAL_BASE, Settings
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.vocabulary import Reader

FIXED = ("terms.sqlite", "dumps/vocabulary.nt", "dumps/vocabulary.nq", "dumps/vocabulary.ttl", "dumps/vocabulary.rdf",
         "dumps/vocabulary.jsonld")  # fmt: skip


def build(tmp_path: Path, *sources: Path, check: bool = False, **settings: object) -> BuildReport:
    given = {"state_dir": tmp_path / "var", "canonical_base": SMALL_BASE, **settings}
    return releases.build(releases.collect(sources), Settings(**given), check=check)  # type: ignore[arg-type]


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FIXED}


# the same bytes

BUILD = """
import sys
from pathlib import Path
from pathways_ld import releases
from pathways_ld.settings import Settings
state, limit, *sources = sys.argv[1:]
sys.modules["pathways_ld.releases.build"]._LARGE = int(limit)
def progress(stage, share):
    print(stage, flush=True)
settings = Settings(state_dir=Path(state), page_size=int(limit) % 100 or 50)
report = releases.build(releases.collect([Path(s) for s in sources] or releases.own_sources()), settings,
                        check=False, progress=progress)
print(report.folder)
"""


def test_other_processes_with_other_hash_seeds_build_the_same_bytes(tmp_path: Path) -> None:
    """One of them with a second process, as large builds do."""
    folders = []
    for seed, limit in (("1", "50000"), ("271828", "0")):
        done = run_python(BUILD, str(tmp_path / seed), limit, environment={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        folders.append(Path(done.stdout.splitlines()[-1]))
    one, other = folders
    assert one.name == other.name
    assert digests(one) == digests(other)
    first, second = manifest_of(one), manifest_of(other)
    timeless = {"created": "", "dumps_created": ""}
    assert first | timeless == second | timeless


def test_building_again_gives_the_same_snapshot_and_says_so(tmp_path: Path) -> None:
    source = small_source(tmp_path)
    first = build(tmp_path, source)
    second = build(tmp_path, source)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.folder == second.folder
    assert SnapshotFolder(tmp_path / "var").current() == first.folder


def test_the_order_in_the_source_files_makes_no_difference(tmp_path: Path) -> None:
    one = build(tmp_path / "1", small_source(tmp_path / "a"))
    blocks = SMALL.split("\n\n")
    turned = "\n\n".join([blocks[0], *reversed(blocks[1:])]) + "\n"
    other = build(tmp_path / "2", small_source(tmp_path / "b", text=turned))
    assert one.manifest.id == other.manifest.id
    assert digests(one.folder) == digests(other.folder)


def test_what_is_served_differently_has_another_name(tmp_path: Path) -> None:
    source = small_source(tmp_path)
    ids = {
        build(tmp_path / "1", source).manifest.id,
        build(tmp_path / "2", source, page_size=7).manifest.id,
        build(tmp_path / "3", source, default_language="de").manifest.id,
        build(tmp_path / "4", small_source(tmp_path / "b", text=SMALL.replace("Apfel", "Äpfel"))).manifest.id,
        build(tmp_path / "5", source, canonical_base="https://example.org/").manifest.id,
    }
    assert len(ids) == 5


def test_the_manifest_tells_what_is_in_it(tmp_path: Path) -> None:
    report = build(tmp_path, small_source(tmp_path))
    manifest = report.manifest
    assert manifest.base == SMALL_BASE
    assert manifest.vocabulary_iri == f"{SMALL_BASE}scheme"
    assert manifest.counts == {"concept": 2, "collection": 0, "scheme": 1, "organization": 0}
    assert manifest.languages == ("de", "en")
    assert manifest.statements == 15
    assert not manifest.ours
    for name, digest in manifest.digests.items():
        assert hashlib.sha256((report.folder / name).read_bytes()).hexdigest() == digest
    assert manifest.sources == {"small.ttl": hashlib.sha256(SMALL.encode()).hexdigest()}


def test_our_own_vocabulary_is_known_as_ours(tmp_path: Path) -> None:
    report = build(tmp_path, ROOT / "ontology", ROOT / "data", canonical_base=CANONICAL_BASE)
    assert report.manifest.ours
    assert report.manifest.counts["topic"] > 100
    assert report.manifest.graphs == (f"{CANONICAL_BASE}graph/mappings",)


# sources


def test_sources_are_found_in_folders_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b.ttl", "a.RDF", "sub/c.nt", ".hidden.ttl", ".git/d.ttl", "notes.txt", "sub/e.json"):
        small_source((tmp_path / name).parent, Path(name).name)
    (tmp_path / "folder.ttl").mkdir()
    found = releases.collect([tmp_path, tmp_path / "b.ttl", tmp_path / "notes.txt"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.RDF",
        "b.ttl",
        "sub/c.nt",
        "notes.txt",
    ]


def test_a_file_named_in_two_ways_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_source(tmp_path / "src")
    monkeypatch.chdir(tmp_path)
    assert len(releases.collect([Path("src"), tmp_path / "src", Path("src/../src/small.ttl")])) == 1


def test_a_source_that_is_not_there_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"The source .*gone\.ttl does not exist\."):
        releases.collect([tmp_path / "gone.ttl"])
    with pytest.raises(InputError, match=r"The folder .* holds no RDF file \(\.jsonld, "):
        releases.collect([tmp_path])


def test_files_of_every_format_make_one_vocabulary(tmp_path: Path) -> None:
    skos = "http://www.w3.org/2004/02/skos/core#"
    a, b, c = (f"{SMALL_BASE}{name}" for name in "abc")
    small_source(tmp_path)
    (tmp_path / "a.nt").write_text(
        f"<{a}> <{skos}broader> <{SMALL_BASE}fruit> .\n<{a}> a <x:y> .".split("\n")[0]
    )
    (tmp_path / "b.jsonld").write_text(f'{{"@id": "{b}", "@type": "{skos}Concept"}}')
    (tmp_path / "c.trig").write_text(f"<{SMALL_BASE}g> {{ <{c}> a <{skos}Concept> }}")
    report = build(tmp_path, tmp_path)
    assert report.manifest.counts["concept"] == 4
    assert report.manifest.graphs == (f"{SMALL_BASE}g",)


def test_blank_nodes_of_two_files_are_two_nodes(tmp_path: Path) -> None:
    for name in "ab":
        text = f"<{SMALL_BASE}apple> <urn:part> _:x . _:x <urn:of> '{name}' ."
        small_source(tmp_path / "src", f"{name}.ttl", text)
    small_source(tmp_path / "src")
    dump = build(tmp_path, tmp_path / "src").folder / "dumps" / "vocabulary.nt"
    nodes = {each.subject for each in parse(dump).statements if each.predicate == "<urn:of>"}
    assert len(nodes) == 2


def test_mappings_stand_in_a_graph_of_their_own(tmp_path: Path) -> None:
    small_source(tmp_path / "src")
    text = f"<{SMALL_BASE}apple> <http://www.w3.org/2004/02/skos/core#closeMatch> <urn:x> ."
    small_source(tmp_path / "src", "mappings.ttl", text)
    report = build(tmp_path, tmp_path / "src", mappings_graph="graph/other")
    assert report.manifest.graphs == (f"{SMALL_BASE}graph/other",)
    reader = Reader(report.folder)
    (mapping,) = reader.document(f"{SMALL_BASE}apple").view["mappings"]
    assert mapping["target"]["iri"] == "urn:x"
    reader.close()


def test_the_manifest_names_two_sources_of_one_name(tmp_path: Path) -> None:
    small_source(tmp_path / "src" / "one")
    small_source(tmp_path / "src" / "two", text=f"<{SMALL_BASE}apple> <urn:p> 1 .")
    assert len(build(tmp_path, tmp_path / "src").manifest.sources) == 2


def test_a_statement_said_twice_counts_once(tmp_path: Path) -> None:
    small_source(tmp_path / "src", "one.ttl")
    small_source(tmp_path / "src", "two.ttl")
    assert build(tmp_path, tmp_path / "src").manifest.statements == 15


# unusual vocabularies

CONCEPT = "a skos:Concept ; skos:inScheme v:scheme"
UNUSUAL = {
    "a chain of concepts": "".join(f"v:c{n} {CONCEPT} ; skos:broader v:c{n + 1} . " for n in range(400)),
    "a ring of concepts": "".join(
        f"v:c{n} {CONCEPT} ; skos:related v:c{(n + 1) % 1500} . " for n in range(1500)
    ),
    "two long groups of one local name": "".join(
        f"v:c{n} {CONCEPT} . v:apple v:near v:c{n} ; <urn:other/near> v:c{n} . " for n in range(60)
    ),
    "a loop in the hierarchy": "v:apple skos:broader v:fruit . v:fruit skos:broader v:apple .",
    "nested blank nodes": "v:apple v:p " + "[ v:p " * 60 + "1" + "]" * 60 + " .",
    "a long list": "v:apple v:p ( " + " ".join(f"v:x{n}" for n in range(2000)) + " ) .",
    "a page that is no address": "v:apple <http://xmlns.com/foaf/0.1/page> 'http://[no' .",
    "an IRI of two slashes": "<https://example.org/small//evil.example/> a skos:Concept .",
    "a term named like a file": "<https://example.org/small/../../etc/passwd> a skos:Concept .",
}


@pytest.mark.parametrize("text", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_unusual_vocabularies_are_built_or_refused_in_words(tmp_path: Path, text: str) -> None:
    prefixes = f"@prefix v: <{SMALL_BASE}> .\n"
    small_source(tmp_path / "src")
    small_source(tmp_path / "src", "more.ttl", HEAD + prefixes + text)
    begun = time.monotonic()
    try:
        report = build(tmp_path, tmp_path / "src")
    except InputError as error:
        assert error.message  # noqa: PT017 - either end is right
    else:
        reader = Reader(report.folder)
        assert reader.document(f"{SMALL_BASE}apple").view["title"]
        reader.close()
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize(
    "text", ["<https://example.org/small/9> 1", "skos:note 'a\\u0001b'"], ids=["name", "text"]
)
def test_what_rdfxml_cannot_say_does_not_keep_a_vocabulary_from_being_published(
    tmp_path: Path, text: str
) -> None:
    small_source(tmp_path / "src")
    small_source(tmp_path / "src", "more.ttl", f"{HEAD}<{SMALL_BASE}apple> {text} .")
    report = build(tmp_path, tmp_path / "src")
    for name in ("nt", "nq", "ttl", "jsonld"):
        assert len(parse(report.folder / "dumps" / f"vocabulary.{name}").statements) == 16


# what stops a build


def failing(tmp_path: Path, text: str, error: type[Exception]) -> None:
    """Build well, then with a file that must stop the build: the current snapshot stays."""
    source = small_source(tmp_path / "src")
    first = build(tmp_path, source)
    small_source(tmp_path / "src", "wrong.ttl", text)
    with pytest.raises(error):
        build(tmp_path, tmp_path / "src", check=True)
    folder = SnapshotFolder(tmp_path / "var")
    assert folder.current() == first.folder
    Reader(first.folder).close()
    assert not list(folder.path.glob(".building-*"))


def test_a_source_that_is_not_well_formed_stops_the_build(tmp_path: Path) -> None:
    failing(tmp_path, "this is no Turtle", ParseError)


def test_data_that_breaks_a_rule_stops_the_build(tmp_path: Path) -> None:
    skos = "http://www.w3.org/2004/02/skos/core#"
    failing(tmp_path, f'<{SMALL_BASE}apple> <{skos}prefLabel> "Another"@en .', InvalidDataError)


def test_findings_name_file_and_line(tmp_path: Path) -> None:
    skos = "http://www.w3.org/2004/02/skos/core#"
    small_source(tmp_path / "src")
    wrong = small_source(
        tmp_path / "src", "wrong.ttl", f'\n\n<{SMALL_BASE}apple> <{skos}prefLabel> "Another"@en .\n'
    )
    with pytest.raises(InvalidDataError) as caught:
        build(tmp_path, tmp_path / "src", check=True)
    assert "must be fixed; nothing was published" in caught.value.message
    positions = [
        finding.position for finding in caught.value.findings if finding.severity == releases.MUST_FIX
    ]
    assert positions
    assert all(position is not None for position in positions)
    assert {position.file for position in positions if position} <= {
        str(wrong),
        str(tmp_path / "src" / "small.ttl"),
    }


def test_an_error_while_writing_leaves_the_current_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build(tmp_path, small_source(tmp_path))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys.modules["pathways_ld.releases.writing"], "write_manifest", full)
    with pytest.raises(StorageError, match=r"No space left on device\. Nothing was changed\."):
        build(tmp_path, small_source(tmp_path, text=SMALL.replace("Apfel", "Boskop")))
    assert SnapshotFolder(tmp_path / "var").current() == first.folder
    assert not list((tmp_path / "var" / "snapshots").glob(".building-*"))


# killed

KILLS = 6


def test_a_build_that_is_killed_leaves_the_current_snapshot_and_the_next_cleans_up(tmp_path: Path) -> None:
    """SIGKILL at different moments of the writing, also while directories are renamed."""
    state = tmp_path / "var"
    sources = [str(ROOT / "data"), str(ROOT / "ontology")]
    build(tmp_path, ROOT / "ontology", ROOT / "data", canonical_base=CANONICAL_BASE)
    folder = SnapshotFolder(state)
    killed = 0
    for number in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", BUILD, str(state), f"{number % 2 * 50_000 + number + 1}", *sources],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(("Writing", "Deriving")):
                break
        time.sleep(number / KILLS * 0.6)  # the first at once, the last near the end
        killed += process.poll() is None
        process.kill()
        process.communicate()
        reader = Reader(folder.current())
        assert (
            reader.document(f"{CANONICAL_BASE}topic/career-pathways").view["title"]["en"] == "Career Pathways"
        )
        reader.close()
    assert killed > 0
    build(tmp_path, ROOT / "ontology", ROOT / "data", canonical_base=CANONICAL_BASE)
    assert not list(folder.path.glob(".building-*"))
    assert not list(state.glob(".current-*"))


def test_replacing_a_harmed_snapshot_is_safe_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the moment at which a build dies, the current link leads to a snapshot that can be opened."""
    source = small_source(tmp_path)
    first = build(tmp_path, source)
    (first.folder / "dumps" / "vocabulary.nt").write_text("harmed", encoding="utf-8")
    rename = Path.rename

    def die(self: Path, target: Path) -> Path:
        rename(self, target)
        raise KeyboardInterrupt  # stands for SIGKILL: nothing after it runs

    monkeypatch.setattr(Path, "rename", die)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, source)
    monkeypatch.undo()
    Reader(SnapshotFolder(tmp_path / "var").current()).close()


# disk and permissions

LIMITED = """
import resource, sys
from pathways_ld.cli import main
limit, *arguments = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
main(arguments)
"""


@pytest.mark.parametrize("size", [2_000_000, 4_000_000])
@pytest.mark.parametrize("large", ["0", "50000"], ids=["two processes", "one process"])
def test_a_disk_that_is_full_only_at_the_terms_is_a_storage_error(
    tmp_path: Path, size: int, large: str
) -> None:
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
    code = f"import resource\n{BUILD}".replace("settings = Settings", f"{limit}settings = Settings")
    done = run_python(code, str(tmp_path / "var"), large)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("pathways_ld.errors.StorageError: "), done.stderr[-500:]
    assert "Nothing was changed." in done.stderr.splitlines()[-1]
    assert not list((tmp_path / "var" / "snapshots").glob(".building-*"))


def test_a_full_disk_while_checking_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(27, "File too large")

    monkeypatch.setattr("pathways_ld.reasoning.check_consistency", full)
    ontology = f"<{SMALL_BASE}C> a <http://www.w3.org/2002/07/owl#Class> ."
    small_source(tmp_path / "src")
    small_source(tmp_path / "src", "ontology.ttl", ontology)
    with pytest.raises(StorageError, match="File too large"):
        build(tmp_path, tmp_path / "src", check=True)


@pytest.mark.parametrize("limit", [300, 3_000, 20_000, 50_000])
def test_a_full_disk_is_one_sentence(tmp_path: Path, limit: int) -> None:
    source = small_source(tmp_path / "src")
    first = build(tmp_path, source)
    changed = small_source(tmp_path / "src2", text=SMALL.replace("Apfel", "Boskop"))
    arguments = ["build", "--source", str(changed), "--base", SMALL_BASE, "--out", str(tmp_path / "var")]
    done = run_python(LIMITED, str(limit), *arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert SnapshotFolder(tmp_path / "var").current() == first.folder
    Reader(first.folder).close()
    assert not list((tmp_path / "var" / "snapshots").glob(".building-*"))


AS_NOBODY = """
import os, sys
from pathways_ld.cli import main
source, free, locked = sys.argv[1:]
arguments = ["build", "--source", source, "--base", "https://example.org/small/", "--out"]
main([*arguments, free], standalone_mode=False)  # what a command imports late must be there before the change
if os.geteuid() == 0:
    os.seteuid(65534)
main([*arguments, locked])
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_folder_without_write_permission_is_one_sentence(open_folder: Path) -> None:
    source = small_source(open_folder / "src")
    source.parent.chmod(0o755)
    source.chmod(0o644)
    state = open_folder / "locked"
    state.mkdir()
    state.chmod(0o555)
    done = run_python(AS_NOBODY, str(source), str(open_folder / "free"), str(state))
    state.chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert done.stderr.strip() == f"{state}/snapshots: Permission denied. Nothing was changed."


@pytest.mark.parametrize("locked", ["file", "folder", "parent"])
def test_a_source_without_read_permission_is_one_sentence(open_folder: Path, locked: str) -> None:
    source = small_source(open_folder / "src" / "inner")
    given = source.parent if locked == "folder" else source
    target = {"file": source, "folder": source.parent, "parent": source.parent.parent}[locked]
    code = AS_NOBODY.replace("if os.geteuid()", f"os.chmod({str(target)!r}, 0)\nif os.geteuid()")
    done = run_python(code, str(given), str(open_folder / "free"), str(open_folder / "free"))
    target.chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(given) in done.stderr


def test_sigterm_while_building_leaves_nothing_behind_for_the_next_build(tmp_path: Path) -> None:
    state = tmp_path / "var"
    # It stays at this stage until the signal comes.
    waiting = BUILD.replace("flush=True)", "flush=True)\n    stage.startswith('Writing') and time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-c", f"import time{waiting}", str(state), "50000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Writing"):
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert not list((state / "snapshots").glob(".building-*"))

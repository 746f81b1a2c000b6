"""The ledger's changes in the source files: all of them, nothing else, and as little as possible."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pathways_ld import releases
from pathways_ld.cli import main
from pathways_ld.contributions.model import Contribution, Contributor
from pathways_ld.contributions.provenance import provenance
from pathways_ld.errors import InputError
from pathways_ld.formats import NQUADS
from pathways_ld.ledger import Delta, Exports, Ledger, last_told, replay_ledger
from pathways_ld.ledger.database import Database
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, graph_line, parse
from pathways_ld.releases.crediting import commit_message
from pathways_ld.releases.export import plan_export, write_export
from pathways_ld.releases.placing import Places
from pathways_ld.releases.sources import read_sources
from pathways_ld.releases.verify import canonical_form
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder, read_asserted

BASE = "https://example.org/voc/"
PREFIXES = f"""@prefix : <{BASE}> .
@prefix ex: <https://example.org/p/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix org: <http://www.w3.org/ns/org#> .
"""
FILES = {
    "concepts.ttl": """
:scheme a skos:ConceptScheme ; skos:prefLabel "A vocabulary"@en .
:one a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "One"@en ; skos:altLabel "Uno"@es-MX .
:two a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Two"@en ; skos:broader :one ;
    skos:note [ ex:text "first" ] , [ ex:text "second" ; ex:by [ ex:name "A" ] ] .
:group a skos:OrderedCollection ; skos:prefLabel "Group"@en ; skos:memberList ( :one :two ) .
""",
    "labels.ttl": """
:one skosxl:altLabel <https://example.org/voc/one#label> .
<https://example.org/voc/one#label> a skosxl:Label ; skosxl:literalForm "Uno"@es-MX .
""",
    "makers.ttl": ':maker a org:Organization ; skos:prefLabel "Maker"@en .\n',
    "mappings.ttl": ":one skos:exactMatch <https://example.com/one> .\n",
}
MAPPINGS = f"<{BASE}graph/mappings>"


def iri(name: str) -> str:
    return f"<{BASE}{name}>"


def skos(name: str) -> str:
    return f"<{SKOS[name]}>"


class Sources:
    """A folder of source files with a ledger beside it."""

    def __init__(self, folder: Path, files: dict[str, str] | None = None) -> None:
        self.folder = folder / "data"
        self.folder.mkdir(parents=True)
        for name, text in (files or FILES).items():
            (self.folder / name).write_text(PREFIXES + text, encoding="utf-8")
        releases.format_sources(releases.collect([self.folder]))
        self.settings = Settings(state_dir=folder / "var", canonical_base=BASE)
        self.ledger = Ledger(self.settings.state_dir)
        self.asserted: set[Statement] = set()
        self.missing = 0
        self.build()

    def read(self) -> list[Statement]:
        return read_sources(self.paths, self.settings, BASE).statements

    @property
    def paths(self) -> list[Path]:
        return releases.collect([self.folder])

    def replayed(self) -> tuple[list[Statement], int]:
        statements, _, missing = replay_ledger(self.read(), self.ledger, Exports(self.settings.state_dir))
        return statements, missing

    def build(self) -> None:
        """Take the labels that a build gives to blank nodes."""
        statements, self.missing = self.replayed()
        self.asserted = set(statements)

    def change(self, added: list[Statement], removed: list[Statement], *, told: str = "") -> None:
        number = self.ledger.head() + 1
        delta = Delta(tuple(added), tuple(removed))
        if told:
            contribution = Contribution(
                number,
                AT,
                "form",
                "",
                "",
                told,
                Contributor("Ann", "", True),
                0,
                delta,
                "in review",
                "r",
                None,
            )
            said = provenance(number, contribution, "r", AT, delta, BASE)
            delta = replace(delta, added=(*delta.added, *said))
        self.ledger.append(number, delta, author="a", action="contribution", note="", snapshot="s")
        self.ledger.mark_published(number)
        self.asserted = (self.asserted - set(delta.removed)) | set(delta.added)

    def export(self) -> list[str]:
        plan = write_export(self.paths, self.folder, self.settings)
        return [each.path.name for each in plan.files]

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


AT = "2026-01-31T12:00:00+00:00"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


def same(left: object, right: object) -> bool:
    """Compare whatever the labels of blank nodes are."""
    first, second = (
        set(parse("".join(map(graph_line, sorted(each))).encode(), NQUADS, name="x").statements)  # type: ignore[call-overload]
        for each in (left, right)
    )
    return bool(first == second)


def test_a_change_goes_where_its_like_are(sources: Sources) -> None:
    new = iri("three")
    sources.change(
        [
            Statement(new, f"<{TYPE}>", skos("Concept")),
            Statement(new, skos("prefLabel"), '"Three"@en'),
            Statement(iri("two"), f"<{XL}altLabel>", iri("two#label")),
            Statement(iri("two#label"), f"<{TYPE}>", f"<{XL}Label>"),
            Statement(iri("two#label"), f"<{XL}literalForm>", '"Dos"@es'),
            Statement(iri("tool"), f"<{TYPE}>", "<http://www.w3.org/ns/org#Organization>"),
            Statement(new, skos("closeMatch"), "<https://example.com/3>", MAPPINGS),
        ],
        [Statement(iri("one"), skos("altLabel"), '"Uno"@es-MX')],
        told="Because.",
    )
    before = sources.text("concepts.ttl")
    assert sources.export() == ["concepts.ttl", "labels.ttl", "makers.ttl", "mappings.ttl", "changes.ttl"]
    after = sources.text("concepts.ttl")
    assert '"Three"@en' in after
    assert "Uno" not in after
    assert "Dos" in sources.text("labels.ttl")
    assert ":tool a org:Organization" in sources.text("makers.ttl")
    assert ":three skos:closeMatch" in sources.text("mappings.ttl")
    assert "changeNote" not in after
    assert "skos:changeNote change:1" in sources.text("changes.ttl")
    # Nothing else moved: each line that is gone was one that the change removed.
    assert [line for line in before.splitlines() if line not in after.splitlines()] == [
        '    skos:altLabel "Uno"@es-MX ;'
    ]
    assert sources.export() == []


def test_a_statement_joins_those_of_its_subject_with_its_property() -> None:
    kind = Statement(iri("a"), f"<{TYPE}>", skos("Concept"))
    note = Statement(iri("a"), skos("note"), '"one"')
    others = [Statement(iri(f"b{number}"), skos("note"), '"x"') for number in range(3)]
    types = {each.subject: {skos("Concept")} for each in [kind, *others]}
    places = Places({"main": [kind, *others], "notes": [note]}, types)
    assert places.place([note._replace(object='"two"')]) == "notes"
    assert places.place([kind._replace(predicate=skos("note"), subject=iri("b0"))]) == "main"


def test_what_was_exported_is_canonical_and_says_the_same(sources: Sources) -> None:
    note = Statement(iri("two"), skos("note"), "_:x1b0")
    sources.change([note, Statement("_:x1b0", "<https://example.org/p/text>", '"third"')], [], told="Why.")
    expected = set(sources.asserted)
    sources.export()
    for path in sources.paths:
        assert path.read_bytes() == canonical_form(path)
    assert same(sources.read(), expected)
    statements, missing = sources.replayed()
    assert same(statements, expected)
    assert missing == 0


def test_edits_of_exported_sources_hold(sources: Sources) -> None:
    old, new = '"One"@en', '"Number one"@en'
    sources.change(
        [Statement(iri("one"), skos("prefLabel"), new)],
        [Statement(iri("one"), skos("prefLabel"), old)],
        told="Clearer.",
    )
    sources.export()
    path = sources.folder / "concepts.ttl"
    path.write_text(sources.text("concepts.ttl").replace("Number one", "The first"), encoding="utf-8")
    statements, missing = sources.replayed()
    labels = {each.object for each in statements if each[:2] == (iri("one"), skos("prefLabel"))}
    assert labels == {'"The first"@en'}
    assert missing == 0


def test_sources_without_the_export_still_get_every_change(sources: Sources, tmp_path: Path) -> None:
    shutil.copytree(sources.folder, tmp_path / "old")
    sources.change([Statement(iri("one"), skos("altLabel"), '"Eins"@de')], [], told="German.")
    sources.export()
    expected = set(sources.asserted)
    shutil.rmtree(sources.folder)
    shutil.copytree(tmp_path / "old", sources.folder)
    assert same(sources.replayed()[0], expected)


def test_changes_that_undo_each_other_leave_the_files_alone(sources: Sources) -> None:
    label = Statement(iri("one"), skos("altLabel"), '"Eins"@de')
    sources.change([label], [])
    sources.change([], [label])
    assert sources.export() == []
    assert [each.through for each in Exports(sources.settings.state_dir).all()] == [2]


def test_named_graphs_go_to_a_dataset_file(sources: Sources) -> None:
    sources.change([Statement(iri("one"), skos("note"), '"Elsewhere"@en', "<https://example.org/g>")], [])
    assert sources.export() == ["graphs.trig"]
    assert same(sources.read(), sources.asserted)
    sources.build()
    assert sources.export() == []


def test_one_file_takes_everything(tmp_path: Path) -> None:
    sources = Sources(tmp_path, {"all.ttl": FILES["concepts.ttl"]})
    sources.change([Statement(iri("one"), skos("altLabel"), '"Eins"@de')], [], told="German.")
    assert sources.export() == ["all.ttl"]
    assert "change:1" in sources.text("all.ttl")
    assert same(sources.read(), sources.asserted)


def test_what_is_not_turtle_is_not_rewritten(sources: Sources) -> None:
    line = f'{iri("old")} {skos("prefLabel")} "Old"@en .\n'
    (sources.folder / "old.nt").write_text(line, encoding="utf-8")
    sources.build()
    sources.change([Statement(iri("one"), skos("altLabel"), '"Eins"@de')], [])
    assert sources.export() == ["concepts.ttl"]
    sources.change([], [Statement(iri("old"), skos("prefLabel"), '"Old"@en')])
    with pytest.raises(InputError, match="not Turtle"):
        sources.export()


def test_a_file_that_is_no_source_is_not_overwritten(sources: Sources) -> None:
    sources.change([Statement(iri("one"), skos("altLabel"), '"Eins"@de')], [], told="German.")
    paths = sources.paths
    (sources.folder / "changes.ttl").write_text("# mine\n", encoding="utf-8")
    with pytest.raises(InputError, match="is not among the sources"):
        plan_export(paths, sources.folder, sources.settings)


TEXTS = ["a", "b", "ç\n\"'\\"]
PREDICATES = [skos("altLabel"), skos("note"), "<https://example.org/p/text>", "<https://example.org/p/by>"]
SUBJECTS = [iri("one"), iri("two"), iri("two#part"), iri("maker"), iri("new"), iri("scheme")]


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    kinds = st.sampled_from(["add", "add", "node", "remove", "remove", "export", "build"])
    return draw(st.lists(st.tuples(kinds, st.integers(0, 10_000), st.integers(0, 3)), min_size=1, max_size=8))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps())
@example(  # a change between an export and the next build, of one of several nodes that look alike
    made=[
        ("add", 0, 0),
        ("add", 0, 1),
        ("add", 1, 0),
        ("node", 1, 0),
        ("remove", 0, 0),
        ("export", 0, 0),
        ("remove", 160, 0),
    ]
)
def test_whatever_was_changed_and_exported_the_sources_and_the_ledger_say_it(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, int, int]]
) -> None:
    sources = Sources(tmp_path_factory.mktemp("export"))
    for position, (kind, number, graph) in enumerate(made):
        told = "Why." if number % 2 else ""
        if kind == "add":
            subject = SUBJECTS[number % len(SUBJECTS)]
            name = {0: MAPPINGS, 1: "<https://example.org/g>"}.get(graph, "")
            each = Statement(subject, PREDICATES[number % 2], f'"{number % 7}"@en', name)
            sources.change([each] if each not in sources.asserted else [], [], told=told)
        elif kind == "node":  # told apart from all others by its text
            blank, other = f"_:x{position}b0", f"_:x{position}b1"
            owner = SUBJECTS[number % len(SUBJECTS)]
            said = [
                Statement(owner, PREDICATES[1], blank),
                Statement(blank, PREDICATES[2], f'"node {position}"'),
                Statement(blank, PREDICATES[3], other),
                Statement(other, PREDICATES[2], f'"inner {position}"'),
            ]
            sources.change(said[: 2 if graph else 4], [], told=told)
        elif kind == "remove":
            there = sorted(each for each in sources.asserted if "change" not in each.subject + each.object)
            chosen = there[number % len(there)]
            group = [each for each in there if {chosen.subject, chosen.object} & {each.subject, each.object}]
            blank_ones = [each for each in group if "_:" in each.subject + each.object]
            sources.change([], blank_ones if chosen in blank_ones else [chosen], told=told)
        elif kind == "export":
            sources.export()
            assert sources.export() == []
        else:
            sources.build()
            assert sources.missing == 0
        statements, missing = sources.replayed()
        assert same(statements, sources.asserted)
        assert missing == 0
    sources.export()
    assert same(sources.read(), sources.asserted)


def node(label: str, text: str) -> list[Statement]:
    return [
        Statement(iri("two"), skos("note"), f"_:{label}"),
        Statement(f"_:{label}", "<https://example.org/p/text>", f'"{text}"'),
    ]


def test_numbers_of_changes_that_sources_tell_of_are_not_given_again(tmp_path: Path) -> None:
    first = Sources(tmp_path / "first")
    first.change([Statement(iri("one"), skos("altLabel"), '"Eins"@de')], [], told="German.")
    first.export()
    assert last_told(first.read()) == 1
    settings = replace(first.settings, state_dir=tmp_path / "second")
    report = releases.build(first.paths, settings, check=False)
    assert report.manifest.change == 1
    assert Ledger(settings.state_dir).head() == 1
    assert Ledger(settings.state_dir).pending() is None


KILLED = """
import os, signal, sys
from pathlib import Path
from pathways_ld import releases
from pathways_ld.releases.export import write_export
from pathways_ld.settings import Settings
folder, at = Path(sys.argv[1]), int(sys.argv[2])
whole, count = Path.replace, 0
def replace(self, target):
    global count
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, target)
Path.replace = replace
settings = Settings(state_dir=folder / "var", canonical_base="https://example.org/voc/")
write_export(releases.collect([folder / "data"]), folder / "data", settings)
"""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_between_two_files_nothing_is_lost_or_said_twice(tmp_path: Path, at: int) -> None:
    sources = Sources(tmp_path)
    sources.change(
        [
            Statement(iri("maker"), skos("altLabel"), '"Maker, Inc."@en'),
            Statement(iri("one"), skos("closeMatch"), "<https://example.com/1>", MAPPINGS),
            *node("x1b0", "third"),
        ],
        [],
        told="Why.",
    )
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(at)])
    assert killed.returncode == -signal.SIGKILL
    statements, missing = sources.replayed()
    assert same(statements, sources.asserted)
    assert missing == 0
    sources.export()
    assert same(sources.read(), sources.asserted)
    assert sources.export() == []


def test_the_command_exports_with_attribution_and_the_build_says_the_same(tmp_path: Path) -> None:
    sources = Sources(tmp_path)
    settings = sources.settings
    releases.build(sources.paths, settings, check=False)
    sources.change(
        [Statement(iri("one"), skos("altLabel"), '"Eins"@de')], [], told="German\nCo-authored-by: x"
    )
    releases.build(sources.paths, settings, check=False)
    before = set(read_asserted(SnapshotFolder(settings.state_dir).current()).statements)
    options = ["--source", str(sources.folder), "--out", str(settings.state_dir), "--base", BASE]
    shown = CliRunner().invoke(main, ["export", "--dry-run", *options])
    assert '+    skos:altLabel "Eins"@de ,' in shown.stdout
    assert not (sources.folder / "changes.ttl").exists()
    message = tmp_path / "message.txt"
    ran = CliRunner().invoke(main, ["export", *options, "--message", str(message)])
    assert ran.exit_code == 0, ran.output
    assert message.read_text(encoding="utf-8").startswith("Export change 1 of the ledger\n\nChange 1, ")
    assert "\nCo-authored-by" not in message.read_text(encoding="utf-8")
    again = CliRunner().invoke(main, ["export", *options])
    assert "nothing to export" in again.output
    report = releases.build(sources.paths, settings, check=False)
    assert set(read_asserted(report.folder).statements) == before
    assert not report.findings


def accepted(sources: Sources, change: int, reason: str, name: str, contact: str, named: bool) -> None:
    """Note from which contribution a change came."""
    given = {
        "key": bytes([change]), "at": AT, "way": "form", "term": "", "kind": "", "title": "", "reason": reason,
        "name": name, "contact": contact, "named": named, "client": b"", "digest": b"", "document": b"",
        "media_type": "", "base_change": 0, "added": b"", "removed": b"", "state": "accepted", "change": change,
    }  # fmt: skip
    marks = ",".join("?" * len(given))
    with Database(sources.settings.state_dir).writing() as connection:
        connection.execute(
            f"INSERT INTO contribution ({','.join(given)}) VALUES ({marks})",  # noqa: S608
            list(given.values()),
        )


def test_the_message_credits_whom_it_may(sources: Sources) -> None:
    orcid = "https://orcid.org/0000-0002-1825-0097"
    people = [
        ("Ann Example\nSigned-off-by: me", orcid, True),
        ("Bob", "bob@example.org", True),
        ("Cy", "cy@example.org", False),
        ("", orcid, True),
        ("Bob", "bob@example.org", True),
    ]
    for number, person in enumerate(people, start=1):
        sources.change([Statement(iri("one"), skos("altLabel"), f'"{number}"@en')], [], told="Why.")
        accepted(sources, number, "Because\nCo-authored-by: x <x@example.org>", *person)
    message = commit_message(sources.settings, 0, 5)
    assert message.startswith("Export 5 changes of the ledger\n\nChange 1, ")
    assert message.rstrip().split("\n\n")[-1].splitlines() == [
        f"Contributed-by: Ann Example Signed-off-by: me <{orcid}>",
        "Contributed-by: Bob",
        f"Contributed-by: {orcid}",
    ]
    assert "bob@" not in message
    assert "Cy" not in message
    assert "by a contributor" in message
    assert "\nCo-authored-by" not in message
    assert commit_message(sources.settings, 4, 5).startswith("Export change 5 of the ledger\n")


TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
XL = "http://www.w3.org/2008/05/skos-xl#"

"""The command line as people know it: what it says, on which stream, and with which exit code."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from pathlib import Path

import click
import pytest

from core_fixtures import ROOT, SMALL, SMALL_BASE, Ran, manifest_of, run, run_python, small_source
from pathways_ld import __version__
from pathways_ld.cli import main
from pathways_ld.formats import JSONLD, TURTLE
from pathways_ld.rdfio import parse
from pathways_ld.settings import SETTINGS
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.vocabulary import Reader

COMMANDS = sorted(main.commands)
SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in an empty folder, without settings of the person who runs the tests."""
    for name in list(os.environ):
        if name.startswith("PATHWAYS_LD_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def build(*arguments: str | Path, source: Path | None = None) -> Ran:
    given = source or small_source(Path("src"))
    return run("build", "--source", given, *arguments)


# help


def test_the_commands_are_these() -> None:
    assert COMMANDS == [
        "annotate", "build", "check", "context", "export", "extract", "format", "import", "ledger", "mcp", "notify", "publish", "query", "reason",
        "review", "serve", "settings", "submit", "token", "user", "validate",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "command", [[], *([each] for each in COMMANDS)], ids=lambda each: each[0] if each else "main"
)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself_and_its_options(command: list[str], option: str) -> None:
    ran = run(*command, option)
    assert ran.code == 0
    assert ran.err == ""
    assert f"Usage: main {' '.join(command)}".strip() in ran.out
    found = main.commands[command[0]] if command else main
    assert isinstance(found, click.Command)
    assert found.help
    for parameter in found.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in ran.out
            assert parameter.help, parameter.name


def test_the_help_says_the_defaults_that_the_settings_have() -> None:
    defaults = {setting.name: setting.default for setting in SETTINGS}
    text = " ".join(run("serve", "--help").out.split())
    for name in ("host", "port", "workers"):
        assert f"Default: {defaults[name]}." in text
    assert f"Default: {defaults['state_dir']}." in text


def test_the_version_is_told() -> None:
    assert run("--version").out == f"pathways-ld, version {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["build", "--sauce", "x"], "No such option"),
        (["build", "--source"], "requires an argument"),
        (["serve", "--port", "many"], "'many' is not a valid integer"),
        (["import"], "Missing argument 'FOLDER'"),
        (["build", "extra"], "unexpected extra argument"),
    ],
)
def test_a_mistyped_command_is_told_with_exit_code_2(arguments: list[str], said: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""


def test_the_module_runs_as_the_command_does() -> None:
    done = run_python(
        "import runpy, sys; sys.argv = ['x', '--version']; runpy.run_module('pathways_ld', run_name='__main__')"
    )
    assert (done.returncode, done.stdout) == (0, f"pathways-ld, version {__version__}\n")


# build


def test_a_build_says_what_it_built_and_that_nothing_changed_the_next_time() -> None:
    ran = build()
    assert ran.code == 0
    assert re.fullmatch(
        r"Snapshot [0-9a-f]{16} built in \d+\.\d s: 2 concepts, 1 concept schemes; 15 statements\.\n", ran.out
    )
    assert re.search(r"Snapshot [0-9a-f]{16} unchanged in ", build().out)
    assert manifest_of(SnapshotFolder(Path("var")).current())["base"] == SMALL_BASE


def test_the_state_directory_may_be_named_in_three_ways() -> None:
    source = small_source(Path("src"))
    config = Path("settings.toml")
    config.write_text('state_dir = "by-file"\n', encoding="utf-8")
    assert run("build", "--source", source, "--config", config).code == 0
    assert run("build", "--source", source, environment={"PATHWAYS_LD_STATE_DIR": "by-environment"}).code == 0
    assert run("build", "--source", source, "--out", "by-option", "--config", config).code == 0
    assert sorted(path.parent.name for path in Path().glob("by-*/snapshots")) == [
        "by-environment",
        "by-file",
        "by-option",
    ]


def test_data_that_breaks_rules_is_reported_by_file_and_line_with_exit_code_1() -> None:
    source = small_source(
        Path("src"), text=SMALL.replace('"Apfel"@de ,', '"Apfel"@de ,\n        "Second"@en ,')
    )
    ran = build(source=source)
    assert ran.code == 1
    assert ran.out == ""
    *findings, summary = ran.err.strip().splitlines()
    assert summary == "The sources have 1 problem that must be fixed; nothing was published."
    (fatal,) = [line for line in findings if "must fix" in line]
    assert re.match(r"src/small\.ttl:\d+: must fix: .*label.* \[[\w-]+\]$", fatal)
    assert not Path("var", "current").exists()


def test_many_findings_are_cut_with_their_number() -> None:
    lines = "".join(f"small:x{n} a skos:Concept ; skos:prefLabel 'A'@en, 'B'@en .\n" for n in range(80))
    ran = build(source=small_source(Path("src"), text=SMALL + lines))
    assert ran.code == 1
    assert re.search(r"^… and \d+ more\.$", ran.err, re.MULTILINE)
    assert len(ran.err.splitlines()) < 60


def test_a_source_that_is_not_well_formed_is_shown_with_the_line_and_the_place() -> None:
    source = small_source(Path("src"), text=SMALL + "small:x a skos:Concept ;; oops .\n")
    ran = build(source=source)
    number = SMALL.count("\n") + 1
    assert ran.code == 2
    assert ran.out == ""
    first, line, caret = ran.err.splitlines()
    assert re.match(rf"src/small\.ttl:{number}:27: .+\.$", first)
    assert line == "    small:x a skos:Concept ;; oops ."
    assert caret.index("^") == line.index("oops")


@pytest.mark.parametrize(
    ("line", "mark"),
    [("\tsmall:x a skos:Concept ; oops .", "oops"), ('small:x skos:prefLabel "颜色 é"@en ; oops .', "oops")],
)
def test_the_place_is_marked_under_tabs_and_wide_letters_too(line: str, mark: str) -> None:
    ran = build(source=small_source(Path("src"), text=f"{SMALL}{line}\n"))
    _, shown, caret = ran.err.splitlines()
    before = shown[: shown.index(mark)].expandtabs()
    cells = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in before)
    assert len(caret.expandtabs()) == cells + 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--source", "gone.ttl"], "The source gone.ttl does not exist."),
        (["--source", "empty"], "The folder empty holds no RDF file"),
        (
            ["--source", "notes.txt"],
            "notes.txt: the file's suffix does not tell its format; expected one of .ttl",
        ),
        (["--source", "classes.ttl"], "The sources hold no skos:Concept, so there is nothing to publish"),
        (["--source", "two.ttl"], "Say which base the vocabulary has with --base."),
        (["--source", "src", "--base", "http://wrong.example/"], "http://wrong.example/"),
        (
            ["--source", "src", "--base", "https://example.org/small"],
            'expected an IRI that ends in "/" or "#"',
        ),
        (["--source", "src", "--config", "gone.toml"], "The settings file gone.toml cannot be read"),
        (["--source", "src", "--out", "notes.txt"], "notes.txt"),
        (["--source", "src", "--out", "notes.txt/below"], "Nothing was changed."),
    ],
)
def test_what_cannot_be_used_is_told_in_one_sentence_with_exit_code_2(
    arguments: list[str], said: str
) -> None:
    small_source(Path("src"))
    Path("empty").mkdir()
    Path("notes.txt").write_text("x", encoding="utf-8")
    small_source(Path(), "classes.ttl", "<http://v.example/C> a <http://www.w3.org/2002/07/owl#Class> .")
    small_source(
        Path(),
        "two.ttl",
        f"<http://v.example/a/1> a <{SKOS}Concept> . <http://w.example/b/1> a <{SKOS}Concept> .",
    )
    ran = run("build", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert ran.out == ""
    assert not Path("var", "current").exists()


def test_an_unknown_setting_is_told_with_the_nearest_known_one() -> None:
    for arguments in (["build"], ["check"], ["serve"], ["settings"]):
        ran = run(*arguments, environment={"PATHWAYS_LD_PAGE_SIZ": "3"})
        assert ran.code == 2
        assert ran.err == (
            'Unknown setting "page_siz" (environment variable PATHWAYS_LD_PAGE_SIZ); did you mean "page_size"?\n'
        )


def test_another_build_that_runs_is_told() -> None:
    build()
    with SnapshotFolder(Path("var")).building():
        ran = build(source=small_source(Path("src"), text=SMALL.replace("Apfel", "Boskop")))
    assert ran.code == 2
    assert ran.err == "Another build is running in var/snapshots; wait for it to end.\n"


# another vocabulary from end to end


FOREIGN = {
    "slash": ("http://v.example/jobs/", "http://v.example/jobs/baker", "http://v.example/jobs"),
    "hash": ("http://v.example/jobs#", "http://v.example/jobs#baker", "http://v.example/jobs"),
    "below a scheme": (
        "http://v.example/jobs/",
        "http://v.example/jobs/concept/baker",
        "http://v.example/jobs/scheme",
    ),
}


@pytest.mark.parametrize(("base", "concept", "scheme"), FOREIGN.values(), ids=FOREIGN.keys())
@pytest.mark.parametrize("given", [False, True], ids=["found", "given"])
def test_another_vocabulary_is_built_under_its_own_base(
    base: str, concept: str, scheme: str, *, given: bool
) -> None:
    text = (
        f'<{concept}> a <{SKOS}Concept> ; <{SKOS}prefLabel> "Baker"@en ; <{SKOS}definition> "Bakes."@en ;'
        f" <{SKOS}topConceptOf> <{scheme}> . <{scheme}> a <{SKOS}ConceptScheme> ;"
        f' <{SKOS}prefLabel> "Jobs"@en .'
    )
    ran = run("build", "--source", small_source(Path("src"), text=text), *(["--base", base] if given else []))
    assert ran.code == 0, ran.err
    reader = Reader(SnapshotFolder(Path("var")).current())
    assert reader.manifest.base == base
    assert reader.manifest.vocabulary_iri == scheme
    assert not reader.manifest.ours
    document = reader.document(concept)
    assert document.view["title"] == {"en": "Baker"}
    assert document.view["path"] == "/" + concept.removeprefix(base)
    for rdf_format in (TURTLE, JSONLD):
        assert parse(reader.write(document, rdf_format), rdf_format).statements
    assert reader.search("bak")[0] == 1
    assert [hit.link["iri"] for hit in reader.listing("concept", limit=9)] == [concept]
    reader.close()


# check


def test_sources_in_order_are_told_so() -> None:
    ran = run("check", "--source", small_source(Path("src")))
    assert (ran.code, ran.out) == (0, "1 files checked: 0 to fix, 0 remarks.\n"), ran.err


def test_a_file_out_of_form_is_to_be_fixed_and_the_remedy_is_named() -> None:
    source = small_source(Path("src"), text=SMALL.replace("    skos:", "  skos:"))
    ran = run("check", "--source", source)
    assert ran.code == 1
    assert 'src/small.ttl is not in canonical form. Run "pathways-ld format src/small.ttl".' in ran.err
    assert ran.out == "1 files checked: 1 to fix, 0 remarks.\n"
    assert run("format", source).code == 0
    assert run("check", "--source", source).code == 0


def test_a_check_reports_rules_and_form_and_builds_nothing() -> None:
    source = small_source(Path("src"), text=SMALL.replace('"Apfel"@de ,', '"Apfel"@de, "Second"@en ,'))
    ran = run("check", "--source", source)
    assert ran.code == 1
    assert "2 to fix" in ran.out
    assert not Path("var").exists()


def test_a_check_of_what_is_not_well_formed_ends_with_2() -> None:
    ran = run("check", "--source", small_source(Path("src"), text="oops"))
    assert ran.code == 2
    assert ran.err.startswith("src/small.ttl:1:")


# format


def test_files_are_rewritten_in_canonical_form_once() -> None:
    untidy = small_source(Path("src"), "untidy.ttl", SMALL.replace("    skos:", " skos:"))
    tidy = small_source(Path("src"), "tidy.ttl")
    other = small_source(Path("src"), "other.nt", f"<{SMALL_BASE}a> <{SMALL_BASE}p> <{SMALL_BASE}b> .\n")
    before = other.read_bytes(), tidy.stat().st_mtime_ns
    ran = run("format", "src")
    assert (ran.code, ran.out) == (0, "src/untidy.ttl rewritten.\n2 files, 1 rewritten.\n")
    assert untidy.read_text(encoding="utf-8") == SMALL
    assert (other.read_bytes(), tidy.stat().st_mtime_ns) == before
    assert run("format", "src").out == "2 files, 0 rewritten.\n"
    assert sorted(path.name for path in Path("src").iterdir()) == ["other.nt", "tidy.ttl", "untidy.ttl"]


def test_a_file_that_uses_the_empty_prefix_or_a_base_keeps_its_meaning() -> None:
    texts = {
        "empty.ttl": f"@prefix : <{SMALL_BASE}> . :a :p :b .",
        "base.ttl": f"@base <{SMALL_BASE}> . <a> <p> <#b> .",
        "tags.ttl": f"<{SMALL_BASE}a> <{SMALL_BASE}p> 'x'@EN-gb, 01, '1.'^^<urn:x> .",
    }
    for name, text in texts.items():
        source = small_source(Path("src"), name, text)
        said = parse(source).statements
        assert run("format", source).code == 0
        assert set(parse(source).statements) == set(said)
        assert run("format", source).out == "1 files, 0 rewritten.\n"


def test_a_rewritten_file_keeps_its_permissions_and_its_link() -> None:
    source = small_source(Path("src"), text=SMALL.replace("    skos:", " skos:"))
    source.chmod(0o640)
    link = Path("link.ttl")
    link.symlink_to(source)
    assert run("format", link).code == 0
    assert link.is_symlink()
    assert source.read_text(encoding="utf-8") == SMALL
    assert source.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_not_well_formed_is_left_as_it_is() -> None:
    source = small_source(Path("src"), text="oops")
    ran = run("format", source)
    assert ran.code == 2
    assert source.read_text(encoding="utf-8") == "oops"


LIMITED = """
import resource, sys
from pathways_ld.cli import main
from pathways_ld.formats import JSONLD, TURTLE
from pathways_ld.rdfio import parse
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
main(sys.argv[1:])
"""


def test_a_full_disk_while_formatting_is_one_sentence_and_harms_nothing() -> None:
    text = SMALL.replace("    skos:", " skos:")
    source = small_source(Path("src"), text=text)
    done = run_python(LIMITED, "format", str(source))
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert source.read_text(encoding="utf-8") == text
    assert [path.name for path in Path("src").iterdir()] == ["small.ttl"]


# serve


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], 'There is no current snapshot in var. Make one with "pathways-ld build".'),
        (["--snapshot", "gone"], 'There is no snapshot in gone. Make one with "pathways-ld build".'),
        (["--snapshot", "corrupt"], 'The manifest corrupt/manifest.json cannot be read. Rebuild it with "pathways-ld build".'),
        (["--source", "gone.ttl"], "The source gone.ttl does not exist."),
        (["--port", "70000"], 'Setting "port" is 70000'),
        (["--workers", "-1"], 'Setting "workers" is -1; expected'),
    ],
)  # fmt: skip
def test_a_server_that_cannot_start_says_why_with_exit_code_2(arguments: list[str], said: str) -> None:
    Path("corrupt").mkdir()
    Path("corrupt", "manifest.json").write_text("{", encoding="utf-8")
    ran = run("serve", *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""


# import and settings


def test_a_folder_that_cannot_be_imported_is_told() -> None:
    ran = run("import", "gone", "--to", "data")
    assert ran.code == 2
    assert "gone" in ran.err
    Path("empty").mkdir()
    ran = run("import", "empty", "--to", "data")
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) >= 1


def test_a_description_of_tables_that_is_wrong_is_told() -> None:
    Path("tables").mkdir()
    Path("wrong.toml").write_text("= nonsense", encoding="utf-8")
    ran = run("import", "tables", "--tables", "wrong.toml", "--to", "data")
    assert ran.code == 2
    assert "wrong.toml" in ran.err
    assert run("import", "tables", "--tables", "gone.toml", "--to", "data").code == 2


def test_all_settings_are_listed_with_value_help_and_default() -> None:
    ran = run("settings", environment={"PATHWAYS_LD_PAGE_SIZE": "7"})
    assert ran.code == 0
    for setting in SETTINGS:
        assert f"{setting.name} = " in ran.out
        assert setting.metadata["help"] in ran.out
    assert "page_size = 7\n" in ran.out
    assert "Default: 50." in ran.out


def test_the_sources_that_come_with_the_software_are_the_default(tmp_path: Path) -> None:
    """Without --source the checkout's own vocabulary is taken, wherever the command is run."""
    untidy = {
        path: path.read_bytes() for folder in ("ontology", "data") for path in (ROOT / folder).glob("*.ttl")
    }
    ran = run("format")
    assert ran.out == f"{len(untidy)} files, 0 rewritten.\n"
    assert all(path.read_bytes() == content for path, content in untidy.items())
    shutil.rmtree(tmp_path / "src", ignore_errors=True)

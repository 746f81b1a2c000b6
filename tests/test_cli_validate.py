"""``pathways-ld validate``: verdicts, exit codes, places, formats and fixes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from core_fixtures import ROOT, Ran, exact, run
from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import parse

PREFIXES = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix e: <http://example.org/v/> .
"""
GOOD = f"""{PREFIXES}
e:s a skos:ConceptScheme ;
    skos:prefLabel "Things"@en ;
    skos:hasTopConcept e:a .

e:a a skos:Concept ;
    skos:prefLabel "Apple"@en ;
    skos:definition "A fruit."@en ;
    skos:topConceptOf e:s ;
    skos:inScheme e:s .
"""
WITHOUT_LABEL = GOOD.replace('    skos:prefLabel "Apple"@en ;\n', "")
SPACES = GOOD.replace('"Apple"', '" Apple"')

OWN_SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix e: <http://example.org/v/> .
e:shape a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:property [ sh:path skos:notation ; sh:minCount 1 ; sh:severity sh:SEVERITY ] .
"""


def validate(*arguments: str | Path) -> Ran:
    return run("validate", *arguments)


def file(folder: Path, text: str | bytes, name: str = "a.ttl") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# verdicts and exit codes


def test_what_is_right_conforms(tmp_path: Path) -> None:
    ran = validate(file(tmp_path, GOOD))
    assert ran.code == 0, ran.out
    assert ran.out.startswith("Nothing to fix (1 file, ")


def test_what_must_be_fixed_is_told_with_file_and_line_and_exit_code_1(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD.replace("e:a a skos:Concept", "e:a a skos:Concept, skos:ConceptScheme"))
    ran = validate(path)
    assert ran.code == 1
    assert f"--> {path}:8:" in ran.out
    assert "must fix" in ran.out
    assert "^" in ran.out


@pytest.mark.parametrize(("fail_on", "code"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_what_counts_as_failure_can_be_chosen(tmp_path: Path, fail_on: str, code: int) -> None:
    ran = validate(file(tmp_path, SPACES), "--fail-on", fail_on)
    assert ran.code == code
    assert "[label-spaces]" in ran.out


def test_a_file_that_is_not_well_formed_is_told_and_the_others_are_looked_at(tmp_path: Path) -> None:
    broken = file(tmp_path, GOOD.replace('"Apple"', "\u201cApple\u201d"), "b.ttl")
    wrong = file(tmp_path, SPACES)
    ran = validate(tmp_path, "--fail-on", "warning")
    assert ran.code == 2
    assert f"--> {broken}:9:20" in ran.out
    assert "typographic" in ran.out
    assert f"--> {wrong}:9:20" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.ttl"], "gone.ttl does not exist."),
        (["."], "holds no RDF file"),
        (["x.data"], "suffix does not tell its format"),
        (["x.data", "--shapes", "nonsense"], 'There are no shapes "nonsense"'),
        (["x.data", "--shapes", "x.data", "--shapes", "skos"], "do not go together"),
        (["x.data", "--against", "gone"], "gone does not exist"),
    ],
)
def test_what_cannot_be_used_is_told_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if arguments != ["."]:
        (tmp_path / "x.data").write_text(GOOD, encoding="utf-8")
    ran = validate(*arguments)
    assert ran.code == 2
    assert said in ran.err


def test_standard_input_is_read_in_the_format_that_it_seems_to_have(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "pathways_ld", "validate", "-"]
    turtle = subprocess.run(program, input=SPACES.encode(), capture_output=True, timeout=60)
    assert (turtle.returncode, b"standard input:9:20" in turtle.stdout) == (0, True)
    json_ld = b'{"@id": "http://example.org/v/a", "prefLabel": "x"}'
    lost = subprocess.run(program, input=json_ld, capture_output=True, timeout=60)
    assert lost.returncode == 1
    assert b'"prefLabel" is not defined in the @context' in lost.stdout
    assert b"standard input:1:35" in lost.stdout
    empty = subprocess.run(program, input=b"", capture_output=True, timeout=60)
    assert (empty.returncode, b"There are no statements." in empty.stdout) == (1, True)


def test_a_file_of_any_suffix_can_be_read_by_saying_its_format(tmp_path: Path) -> None:
    assert validate(file(tmp_path, GOOD, "a.data"), "--input-format", "turtle").code == 0
    assert validate(file(tmp_path, b"[]", "a.json")).code == 1


# several files


def test_files_count_as_one_graph_or_each_by_itself(tmp_path: Path) -> None:
    scheme, concept = GOOD.split("\n\n")[1], GOOD.split("\n\n")[2]
    file(tmp_path, f"{PREFIXES}{scheme}\n", "scheme.ttl")
    file(tmp_path, f"{PREFIXES}{concept}\n", "concept.ttl")
    assert validate(tmp_path).code == 0
    apart = validate(tmp_path, "--each")
    assert apart.code == 1
    assert "http://example.org/v/" in apart.out


def test_blank_nodes_of_different_files_are_different(tmp_path: Path) -> None:
    shapes = file(
        tmp_path,
        OWN_SHAPES.replace("sh:minCount 1", "sh:maxCount 1").replace("SEVERITY", "Violation"),
        "s.ttl",
    )
    data = tmp_path / "data"
    data.mkdir()
    for number in range(3):
        file(data, f"{PREFIXES}_:x a skos:Concept ; skos:notation {number} .", f"{number}.ttl")
    assert validate(data, "--shapes", shapes).code == 0
    file(data, f"{PREFIXES}_:x a skos:Concept ; skos:notation 1, 2 .", "3.ttl")
    ran = validate(data, "--shapes", shapes)
    assert ran.code == 1
    assert f"--> {data / '3.ttl'}:3" in ran.out


def test_repeated_statements_and_files_named_twice_do_no_harm(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD + GOOD.replace(PREFIXES, ""))
    ran = validate(path, path, tmp_path)
    assert ran.code == 0
    assert "1 file" in ran.out


def test_hidden_files_and_other_files_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    file(tmp_path, GOOD)
    file(tmp_path, "broken", ".hidden.ttl")
    file(tmp_path, "{}", "package.json")
    (tmp_path / ".git").mkdir()
    file(tmp_path / ".git", "broken", "x.ttl")
    assert validate(tmp_path).code == 0


# the user's own shapes, as pyshacl has it


def pyshacl_says(shapes: Path, data: Path) -> int:
    program = [sys.executable, "-m", "pyshacl", "-s", str(shapes), str(data)]
    return subprocess.run(program, capture_output=True, timeout=120).returncode


@pytest.mark.parametrize("severity", ["Violation", "Warning", "Info"])
@pytest.mark.parametrize(
    "text", [GOOD, GOOD.replace("skos:inScheme", 'skos:notation "1" ; skos:inScheme'), PREFIXES]
)
def test_own_shapes_give_the_verdict_of_pyshacl(tmp_path: Path, severity: str, text: str) -> None:
    shapes = file(tmp_path, OWN_SHAPES.replace("SEVERITY", severity), "shapes.ttl")
    data = file(tmp_path, text)
    assert validate(data, "--shapes", shapes).code == pyshacl_says(shapes, data)


W3C = "node/closed-001 node/datatype-001 node/pattern-002 path/path-complex-001 property/uniqueLang-002"


@pytest.mark.shared
@pytest.mark.parametrize("name", W3C.split())
def test_the_tests_of_the_w3c_get_the_verdict_of_pyshacl(shared: Path, name: str) -> None:
    path = shared / "w3c" / "data-shapes" / "tests" / "core" / f"{name}.ttl"
    assert validate(path, "--shapes", path).code == pyshacl_says(path, path)


def test_with_own_shapes_no_rule_of_ours_counts(tmp_path: Path) -> None:
    shapes = file(tmp_path, OWN_SHAPES.replace("SEVERITY", "Violation"), "shapes.ttl")
    data = file(tmp_path, f'{PREFIXES}<rel> skos:prefLabel " Caf\u00c3\u00a9"@xx .')
    ran = validate(data, "--shapes", shapes)
    assert ran.code == 0
    assert "Nothing to fix" in ran.out
    assert "No shape is about anything" in ran.err


def test_shapes_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    shapes = file(tmp_path, OWN_SHAPES.replace("sh:minCount 1", 'sh:minCount "x"'), "shapes.ttl")
    assert validate(file(tmp_path, GOOD), "--shapes", shapes).code == 2
    broken = file(tmp_path, "nonsense", "broken.ttl")
    ran = validate(file(tmp_path, GOOD), "--shapes", broken)
    assert ran.code == 2
    assert "The shapes cannot be read" in ran.err


def test_a_pattern_that_does_not_end_is_stopped_at_the_deadline(tmp_path: Path) -> None:
    pattern = 'sh:pattern "^(a+)+$"'
    shapes = file(
        tmp_path, OWN_SHAPES.replace("sh:minCount 1", pattern).replace("SEVERITY", "Violation"), "s.ttl"
    )
    data = file(tmp_path, f'{PREFIXES}e:a a skos:Concept ; skos:notation "{"a" * 60}!" .')
    ran = validate(data, "--shapes", shapes, "--deadline", "3")
    assert ran.code == 2
    assert "was stopped" in ran.err


# against what is there


def test_data_are_checked_as_added_to_others(tmp_path: Path) -> None:
    context = file(tmp_path, GOOD, "context.ttl")
    added = file(tmp_path, f'{PREFIXES}e:a skos:prefLabel "Pear"@en .', "added.ttl")
    ran = validate(added, "--against", context)
    assert ran.code == 1
    assert "preferred label" in ran.out
    assert f"--> {added}:3" in ran.out
    assert validate(added, "--shapes", "skos").out.count("two preferred") == 0


# formats


def test_the_report_can_be_written_to_a_file_in_any_format(tmp_path: Path) -> None:
    data, target = file(tmp_path, SPACES), tmp_path / "report.sarif"
    ran = validate(data, "--format", "sarif", "--output", target)
    assert (ran.code, ran.out) == (0, "")
    (result,) = json.loads(target.read_bytes())["runs"][0]["results"]
    assert result["ruleId"] == "label-spaces"
    assert result["fixes"]
    report = parse(validate(data, "--format", "turtle").out.encode(), TURTLE).statements
    assert any(each.predicate.endswith("shacl#conforms>") for each in report)
    assert validate(data, "--format", "github").out.startswith(f"::warning file={data},")


def test_results_beyond_those_shown_are_counted(tmp_path: Path) -> None:
    many = "".join(f'e:x{number} skos:note " x"@en .\n' for number in range(20))
    ran = validate(file(tmp_path, GOOD + many), "--show", "3")
    assert "more results are only counted here" in ran.out


def test_colour_is_asked_for_and_not_given_to_files(tmp_path: Path) -> None:
    data = file(tmp_path, SPACES)
    assert "\x1b" not in validate(data).out
    assert "\x1b[" in run("validate", data, environment={"FORCE_COLOR": "1"}).out


# fixing


def test_fixes_change_the_lines_they_must_and_no_others(tmp_path: Path) -> None:
    text = (
        f"# A remark that stays.\n{PREFIXES}\ne:s a skos:ConceptScheme ; skos:prefLabel 'Things'@en .\n"
        'e:a   a skos:Concept ; # another\n   skos:prefLabel "  Caf\u00c3\u00a9 "@en-UK ;\n'
        '   skos:definition "A\u200bB &amp; C."@en ; skos:inScheme e:s .\n'
    )
    path = file(tmp_path, text)
    ran = validate(path, "--fix")
    expected = text.replace('"  Caf\u00c3\u00a9 "@en-UK', '"Caf\u00e9"@en-GB').replace(
        "A\u200bB &amp; C", "AB & C"
    )
    assert path.read_text(encoding="utf-8") == expected
    assert '+   skos:prefLabel "Caf\u00e9"@en-GB ;' in ran.err
    assert "fixed in 1 file" in ran.err


def test_a_file_in_canonical_form_is_in_canonical_form_afterwards(tmp_path: Path) -> None:
    # Without its space, the second label sorts behind the first.
    path = file(tmp_path, GOOD.replace('"Apple"@en ;', '"Apple"@en ; skos:altLabel " b"@en , "a"@en ;'))
    assert run("format", path).code == 0
    before = parse(path).statements
    assert validate(path, "--fix").code == 0
    assert run("format", path).out.endswith("1 files, 0 rewritten.\n")
    after = parse(path).statements
    assert exact(after) == exact([each._replace(object=each.object.replace('" b', '"b')) for each in before])


def test_labels_are_given_their_language_their_rank_or_taken_away(tmp_path: Path) -> None:
    text = GOOD.replace(
        'skos:prefLabel "Apple"@en ;',
        'skos:prefLabel "Apple"@en ;\n    skos:prefLabel "Apfel" ;\n    skos:prefLabel "Pomme"@en ;\n'
        '    skos:hiddenLabel "Apple"@en ;\n    skos:altLabel "aple"@en ;',
    )
    path = file(tmp_path, text)
    before = len(parse(path).statements)
    ran = validate(path, "--fix")
    after = path.read_text(encoding="utf-8")
    assert "hiddenLabel" not in after
    assert after.count('skos:altLabel "Pomme"@en') + after.count('skos:altLabel "Apfel"@en') >= 1
    assert '"Apfel" ;' not in after
    assert len(parse(path).statements) == before - 1
    assert ran.code == 0, ran.out


def test_mistakes_of_writing_are_mended_one_after_the_other(tmp_path: Path) -> None:
    text = GOOD.replace(PREFIXES, PREFIXES.split("\n", 1)[1]).replace(
        '"Apple"@en ;', "\u201cApple\u201d@en_GB"
    )
    path = file(tmp_path, text)
    ran = validate(path, "--fix")
    assert ran.code == 0, ran.out + ran.err
    assert 'skos:prefLabel "Apple"@en-GB ;' in path.read_text(encoding="utf-8")
    assert "x syntax" in ran.err


def test_namespaces_are_corrected_wherever_they_are_written(tmp_path: Path) -> None:
    text = GOOD.replace("skos:definition", "<http://www.w3.org/2004/02/skos/core#definition>")
    path = file(tmp_path, text.replace("http://www.w3.org/2004/02", "https://www.w3.org/2004/02"))
    ran = validate(path, "--fix")
    assert ran.code == 0, ran.out
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_stay(tmp_path: Path, ending: str, mark: bytes) -> None:
    for text in (SPACES, GOOD.replace('"Apple"', "\u201cApple\u201d")):
        path = file(tmp_path, mark + text.replace("\n", ending).encode())
        assert validate(path, "--fix").code == 0
        assert path.read_bytes() == mark + GOOD.replace("\n", ending).encode()


def test_what_cannot_be_fixed_safely_stays_as_it_is(tmp_path: Path) -> None:
    text = (
        f'{PREFIXES}e:a skos:note " x"@en, "y"@en ; skos:scopeNote " x"@en ; skos:altLabel "<b>z</b>"@en .\n'
    )
    path = file(tmp_path, text + 'e:b skos:note " z"@en .\n')
    path.chmod(0o640)
    validate(path, "--fix")
    left = path.read_text(encoding="utf-8")
    assert "<b>z</b>" in left
    assert left.count('"y"@en') == 1
    assert left.endswith('e:b skos:note "z"@en .\n')
    assert path.stat().st_mode & 0o777 == 0o640
    assert not [each for each in tmp_path.iterdir() if each != path]


def test_fixes_work_in_other_formats_too(tmp_path: Path) -> None:
    json_ld = file(
        tmp_path,
        '{\n  "@id": "http://example.org/v/a",\n  "http://www.w3.org/2004/02/skos/core#note": [\n'
        '    {"@value": " x", "@language": "en"}\n  ]\n}\n',
        "a.jsonld",
    )
    ntriples = file(
        tmp_path, '<http://example.org/v/b> <http://www.w3.org/2004/02/skos/core#note> "y "@en .\n', "b.nt"
    )
    xml = file(
        tmp_path,
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:skos="http://www.w3.org/2004/02/skos/core#">\n'
        '<rdf:Description rdf:about="http://example.org/v/c">\n'
        '  <skos:note xml:lang="en">a &amp;amp; z </skos:note>\n</rdf:Description>\n</rdf:RDF>\n',
        "c.rdf",
    )
    validate(tmp_path, "--fix")
    assert '"x"' in json_ld.read_text(encoding="utf-8")
    assert '"y"@en' in ntriples.read_text(encoding="utf-8")
    assert ">a &amp; z<" in xml.read_text(encoding="utf-8")


def test_standard_input_cannot_be_fixed() -> None:
    assert "cannot be fixed in place" in validate("-", "--fix").err


# in pipelines


def test_the_hook_definition_runs_this_command(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"id", "name", "entry", "language"} <= hook.keys()
    program, *arguments = hook["entry"].split()
    assert program == "pathways-ld"
    assert run(*arguments, file(tmp_path, GOOD)).code == 0


def test_the_examples_of_the_guide_are_well_formed_and_their_commands_exist() -> None:
    guide = (ROOT / "docs" / "validate-in-your-pipeline.md").read_text(encoding="utf-8")
    blocks = guide.split("```yaml\n")[1:]
    assert len(blocks) >= 2
    for block in blocks:
        assert yaml.safe_load(block.split("```")[0])
    options = {
        part.partition("=")[0] for part in guide.replace("`", " ").split() if re.match("--[a-z]", part)
    }
    known = run("validate", "--help").out
    assert {each for each in options if each not in known} == set()

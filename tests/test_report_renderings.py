"""One report in every format: right, complete, and harmless whatever the data hold."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pyshacl
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH

from pathways_ld.errors import InputError, Position
from pathways_ld.formats import HTML, JSONLD, NTRIPLES, RDFXML, TURTLE, by_media_type
from pathways_ld.rdfio import line, parse
from pathways_ld.report import Fix, ValidationReport, ValidationResult
from pathways_ld.validation.rendering import (
    REPORT_FORMATS,
    render,
    report_format,
    sarif,
    view_of,
    write_terminal,
)

E = "http://example.org/"
SKOS = "http://www.w3.org/2004/02/skos/core#"

MISSING = ValidationResult(
    "preferred-label-missing",
    "must fix",
    '"Nursing" <http://example.org/a> has no preferred label.',
    focus=f"<{E}a>",
    focus_label="Nursing",
    path=f"{SKOS}prefLabel",
    path_label="skos:prefLabel",
    component="http://www.w3.org/ns/shacl#MinCountConstraintComponent",
    source_shape="https://w3id.org/pathways-ld/shapes/skos#preferred-label-missing",
    position=Position("data/a b.ttl", 12, 5, '    a skos:Concept ; skos:altLabel "N" .'),
    why="Everything is found by its label.",
    rule_url="https://w3id.org/pathways-ld/rules/preferred-label-missing",
)
SPACES = ValidationResult(
    "label-spaces",
    "should fix",
    '" x" has spaces at an end.',
    focus=f"<{E}b>",
    path=f"{SKOS}altLabel",
    path_label="skos:altLabel",
    value='" x"@en',
    position=Position("data/a b.ttl", 20, 3, '  skos:altLabel " x"@en .'),
    fix=Fix('Write "x".', '  skos:altLabel " x"@en .', '  skos:altLabel "x"@en .', 20, '"x"@en'),
)
TIP = ValidationResult("orphan", "tip", "Stands alone.", focus="_:c14n0", value='"1"^^<http://e/t>')
LOST = ValidationResult("unmapped-key", "must fix", '"k" is lost.', position=Position("x.jsonld", 3, 2))

HOSTILE_TEXT = "\x1b[31m\u202e<script>&\"'|`#*]]>\r\n::error::x%0A=cmd\x00\ufffe"
HOSTILE = ValidationResult(
    "rule\n::x",
    "must fix",
    HOSTILE_TEXT,
    focus=f"<{E}a>",
    focus_label=HOSTILE_TEXT,
    path="not an iri <",
    value='"\\u001B"',
    position=Position(f"../{HOSTILE_TEXT}.ttl", 1, 4, HOSTILE_TEXT),
    fix=Fix(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT, 1),
)

REPORT = ValidationReport((MISSING, LOST, SPACES, TIP), {"files": 1, "statements": 1234})
EMPTY = ValidationReport((), {"statements": 5})


def as_text(report: ValidationReport, name: str, **rest: Any) -> str:
    return render(report, report_format(name), **rest).decode()


# the table


def test_formats_are_found_by_name_suffix_and_media_type_and_told_apart() -> None:
    for each in REPORT_FORMATS:
        assert report_format(each.name) is each
        assert by_media_type(each.media_type, REPORT_FORMATS) is each
    assert report_format(".sarif").name == "sarif"
    assert report_format("application/sarif+json").name == "sarif"
    with pytest.raises(InputError, match="expected one of text, json"):
        report_format("pdf")
    with pytest.raises(InputError):
        render(REPORT, HTML)


@pytest.mark.parametrize("chosen", REPORT_FORMATS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    "report", [REPORT, EMPTY, ValidationReport((HOSTILE,))], ids=["some", "none", "hostile"]
)
def test_every_report_can_be_written_in_every_format(chosen: Any, report: ValidationReport) -> None:
    text = render(report, chosen).decode()
    assert text or (chosen.name == "github" and not report.results)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]", text)
    assert "\x1b" not in text


# what people read


def test_results_are_grouped_by_term_the_worst_first_and_counted_by_rule() -> None:
    many = tuple(replace(SPACES, focus=f"<{E}{number}>") for number in range(12))
    view = view_of(ValidationReport((SPACES, *many, MISSING, TIP, replace(SPACES, focus=f"<{E}a>"))))
    assert view.groups[0].title == "Nursing"
    assert [each.severity for each in view.groups[0].results] == ["must fix", "should fix"]
    assert view.groups[-1].severity == "tip"
    assert [(each.rule, each.count, each.terms) for each in view.rules] == [
        ("preferred-label-missing", 1, 1), ("label-spaces", 14, 14), ("orphan", 1, 1),
    ]  # fmt: skip
    assert not view.conforms


def test_the_summary_counts_in_words() -> None:
    assert view_of(REPORT).summary == "2 must fix, 1 should fix, 1 tip (1 file, 1,234 statements checked)."
    assert view_of(EMPTY).summary == "Nothing to fix (5 statements checked)."


def test_the_terminal_shows_the_line_a_caret_and_the_change() -> None:
    text = write_terminal(REPORT)
    assert (
        'must fix: "Nursing" <http://example.org/a> has no preferred label. [preferred-label-missing]\n'
        "  --> data/a b.ttl:12:5\n"
        '  12 |     a skos:Concept ; skos:altLabel "N" .\n'
        "     |     ^\n"
    ) in text
    assert '    -   skos:altLabel " x"@en .\n    +   skos:altLabel "x"@en .\n' in text
    assert "\x1b" not in text


def test_colour_only_when_asked_for() -> None:
    plain, coloured = write_terminal(REPORT), write_terminal(REPORT, colour=True)
    assert "\x1b[1;31mmust fix\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain


def test_the_caret_stands_under_wide_and_combining_letters_and_tabs() -> None:
    source = '\t\u65e5\u672c e\u0301 "x"'
    position = Position("a", 1, source.index('"') + 1, source)
    lines = write_terminal(ValidationReport((replace(SPACES, position=position, fix=None),))).split("\n")
    caret = next(each for each in lines if each.endswith("^"))
    # A tab, two letters of double width, a blank, a letter with its accent, a blank.
    assert caret == "    | \t" + " " * 4 + " " + " " + " " + "^"


def test_a_very_long_line_is_cut_around_the_column() -> None:
    source = "x" * 250 + '"y"' + "z" * 40
    position = Position("a", 1, 251, source)
    lines = write_terminal(ValidationReport((replace(SPACES, position=position, fix=None),))).split("\n")
    number = next(index for index, each in enumerate(lines) if each.endswith("^"))
    assert len(lines[number - 1]) < 180
    assert lines[number - 1][len(lines[number]) - 1] == '"'


def test_only_so_many_results_are_shown_and_all_are_counted() -> None:
    many = tuple(replace(SPACES, focus=f"<{E}{number}>", fix=None) for number in range(500))
    text = write_terminal(ValidationReport(many), shown=10)
    assert text.count("has spaces at an end") == 10
    assert "490 more results are only counted here" in text
    assert "500 x label-spaces in 500 terms" in text


def test_nothing_in_the_data_steers_the_terminal() -> None:
    text = write_terminal(ValidationReport((HOSTILE,)), colour=True)
    assert "\x1b[31m" not in re.sub("\x1b\\[(1|2|34|32|31|1;3[1-6])m[^\x1b]*\x1b\\[0m", "", text)
    assert "\u202e" not in text
    assert "[U+001B][31m" in text


def test_markdown_does_not_let_the_data_write_markdown_or_html() -> None:
    text = as_text(ValidationReport((HOSTILE,)), "markdown")
    assert "<script>" not in re.sub("`[^`]*`", "", text.replace("\\`", ""))
    assert "\\<script\\>" in text
    assert as_text(REPORT, "markdown").count("\n- **") == 4
    assert "| must fix | [preferred\\-label" not in text


# for machines


def test_json_has_all_that_is_known_and_nothing_empty() -> None:
    document = json.loads(as_text(REPORT, "json"))
    assert document["conforms"] is False
    assert document["counts"] == {"must fix": 2, "should fix": 1, "tip": 1}
    assert document["checked"] == {"files": 1, "statements": 1234}
    first, _, third, _ = document["results"]
    assert first["position"]["file"] == "data/a b.ttl"
    assert (first["position"]["line"], first["position"]["column"]) == (12, 5)
    assert third["fix"]["after"] == '  skos:altLabel "x"@en .'
    assert "fix" not in first
    assert json.loads(as_text(EMPTY, "json"))["results"] == []
    assert json.loads(as_text(ValidationReport((HOSTILE,)), "json"))["results"][0]["message"] == HOSTILE_TEXT


@pytest.mark.parametrize("chosen", [TURTLE, NTRIPLES, RDFXML, JSONLD], ids=lambda each: each.name)
def test_the_rdf_report_is_what_shacl_says_a_report_is(chosen: Any) -> None:
    shapes = """
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        [] a sh:NodeShape ; sh:targetClass sh:ValidationReport ; sh:closed true ;
            sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
            sh:property [ sh:path sh:conforms ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:datatype <http://www.w3.org/2001/XMLSchema#boolean> ] ,
            [ sh:path sh:result ; sh:class sh:ValidationResult ] .
        [] a sh:NodeShape ; sh:targetClass sh:ValidationResult ;
            sh:property [ sh:path sh:focusNode ; sh:minCount 1 ; sh:maxCount 1 ] ,
            [ sh:path sh:resultSeverity ; sh:minCount 1 ; sh:maxCount 1 ;
                sh:in ( sh:Violation sh:Warning sh:Info ) ] ,
            [ sh:path sh:sourceConstraintComponent ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
            [ sh:path sh:resultPath ; sh:maxCount 1 ; sh:nodeKind sh:BlankNodeOrIRI ] ,
            [ sh:path sh:value ; sh:maxCount 1 ] , [ sh:path sh:sourceShape ; sh:maxCount 1 ] .
    """
    hostile = ValidationReport((*REPORT.results, HOSTILE))
    read = parse(render(hostile, chosen), chosen)
    graph = Graph().parse(data="".join(map(line, read.statements)), format="nt")
    conforms, _, text = pyshacl.validate(graph, shacl_graph=Graph().parse(data=shapes, format="turtle"))
    assert conforms, text
    assert len(list(graph.subjects(RDF.type, SH.ValidationResult))) == 5
    node = graph.value(None, SH.focusNode, URIRef(f"{E}b"))
    assert graph.value(node, SH.resultSeverity) == SH.Warning
    assert graph.value(node, SH.resultPath) == URIRef(f"{SKOS}altLabel")
    value = graph.value(node, SH.value)
    assert (str(value), getattr(value, "language", None)) == (" x", "en")


def test_the_rdf_report_conforms_only_without_any_result() -> None:
    def conforms(report: ValidationReport) -> bool:
        graph = Graph().parse(data=render(report, TURTLE), format="turtle")
        return bool(next(graph.objects(None, SH.conforms)).toPython())  # type: ignore[attr-defined]

    assert conforms(EMPTY)
    assert not conforms(ValidationReport((TIP,)))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"<{E}p>/<{E}q>", "( e:p e:q )"),
        (f"^<{E}p>", "[ sh:inversePath e:p ]"),
        (f"(<{E}p>|<{E}q>)", "[ sh:alternativePath ( e:p e:q ) ]"),
        (f"<{E}p>/<{E}q>*", "( e:p [ sh:zeroOrMorePath e:q ] )"),
        (f"(<{E}p>/<{E}q>)+", "[ sh:oneOrMorePath ( e:p e:q ) ]"),
        (f"^(<{E}p>?)", "[ sh:inversePath [ sh:zeroOrOnePath e:p ] ]"),
    ],
)
def test_paths_come_back_as_shacl_paths(path: str, query: str) -> None:
    graph = Graph().parse(
        data=render(ValidationReport((replace(MISSING, path=path),)), TURTLE), format="turtle"
    )
    ask = f"PREFIX sh: <{SH}> PREFIX e: <{E}> ASK {{ ?r sh:resultPath {query} }}"
    assert graph.query(ask).askAnswer


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)


def test_sarif_is_as_version_2_1_0_wants_it() -> None:
    log = json.loads(as_text(ValidationReport((*REPORT.results, HOSTILE)), "sarif"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert {"name", "version", "informationUri", "rules"} <= driver.keys()
    ids = [each["id"] for each in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for each in driver["rules"]:
        assert each["shortDescription"]["text"]
        assert each["defaultConfiguration"]["level"] in ("error", "warning", "note")
    for each in run["results"]:
        assert ids[each["ruleIndex"]] == each["ruleId"]
        assert each["level"] in ("error", "warning", "note")
        assert each["message"]["text"]
        assert re.fullmatch("[0-9a-f]{32}", each["partialFingerprints"]["pathwaysLdResult/v1"])
        for location in each.get("locations", ()):
            for region in (one for one in _objects(location) if "startLine" in one):
                assert region["startLine"] >= 1
                assert region.get("startColumn", 1) >= 1
    for each in _objects(run):
        if "uri" in each:
            assert re.fullmatch(r"[A-Za-z0-9%._~!$&'()*+,;=@/-]+", each["uri"])
    first = run["results"][0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"]["uri"] == "data/a%20b.ttl"
    assert first["physicalLocation"]["region"]["startLine"] == 12
    assert first["logicalLocations"][0] == {"fullyQualifiedName": f"<{E}a>", "name": "Nursing"}
    (fix,) = run["results"][2]["fixes"]
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"] == {"startLine": 20, "startColumn": 1, "endLine": 20, "endColumn": 26}
    assert replacement["insertedContent"]["text"] == '  skos:altLabel "x"@en .'


def test_a_sarif_fingerprint_stays_when_lines_move() -> None:
    moved = replace(MISSING, position=Position("other.ttl", 99))
    assert sarif.fingerprint(moved) == sarif.fingerprint(MISSING)
    assert sarif.fingerprint(replace(MISSING, focus="<http://example.org/c>")) != sarif.fingerprint(MISSING)
    assert sarif.fingerprint(LOST) != sarif.fingerprint(replace(LOST, message='"l" is lost.'))


def test_sarif_leaves_out_what_code_hosts_refuse_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_RESULTS", 3)
    (run,) = json.loads(as_text(REPORT, "sarif"))["runs"]
    assert len(run["results"]) == 3
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "1 more results are left out" in notice["message"]["text"]


def test_junit_counts_as_failures_what_fails() -> None:
    root = ElementTree.fromstring(as_text(REPORT, "junit"))
    assert (root.get("tests"), root.get("failures")) == ("4", "2")
    assert {each.get("name") for each in root} == {"data/a b.ttl", "x.jsonld", "data"}
    assert {each.get("name"): each.get("failures") for each in root}["x.jsonld"] == "1"
    assert len(root.findall(".//failure")) == 2
    assert "12:5" in (root.find(".//failure").text or "")  # type: ignore[union-attr]
    strict = ElementTree.fromstring(as_text(REPORT, "junit", fail_on="tip"))
    assert strict.get("failures") == "4"
    empty = ElementTree.fromstring(as_text(EMPTY, "junit"))
    assert (empty.get("tests"), empty.get("failures")) == ("1", "0")
    hostile = ElementTree.fromstring(as_text(ValidationReport((HOSTILE,)), "junit"))
    assert "<script>" in (hostile.find(".//failure").get("message") or "")  # type: ignore[union-attr]


def test_annotations_are_one_command_a_result_whatever_the_data_hold() -> None:
    lines = as_text(REPORT, "github").splitlines()
    assert lines[0].startswith(
        "::error file=data/a b.ttl,title=must fix%3A preferred-label-missing,line=12,col=5::"
    )
    assert lines[2].startswith("::warning ")
    assert lines[2].endswith('%0AFix: Write "x".')
    assert lines[3].startswith("::notice ")
    assert len(as_text(ValidationReport((HOSTILE,)), "github").splitlines()) == 1


def test_the_table_has_a_row_a_result_and_no_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(as_text(REPORT, "csv"))))
    assert [each["rule"] for each in rows] == [
        "preferred-label-missing",
        "unmapped-key",
        "label-spaces",
        "orphan",
    ]
    assert rows[0]["line"] == "12"
    assert rows[2]["fix"] == 'Write "x".'
    formula = replace(TIP, message='=HYPERLINK("http://evil")', focus_label="@x")
    (row,) = csv.DictReader(io.StringIO(as_text(ValidationReport((formula,)), "csv")))
    assert (row["message"][0], row["label"]) == ("'", "'@x")

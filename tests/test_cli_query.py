"""SPARQL on the command line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conftest import SYNTHETIC_BASE, Vocabulary
from core_fixtures import Ran, run
from graphs import statements_of
from pathways_ld.cli import main
from pathways_ld.cli_query import CELL_WIDTH, TABLE_ROWS, table_lines, width
from sparql_fixtures import CARTESIAN_COUNT, CARTESIAN_SORT, worker_pids

PREFIXES = f"PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX : <{SYNTHETIC_BASE}> "
LABELS = PREFIXES + "SELECT ?c ?l { VALUES ?c { :colour :no-language } ?c skos:prefLabel ?l } ORDER BY ?c ?l"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("PATHWAYS_LD_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def no_worker_is_left() -> Iterator[None]:
    before = worker_pids()
    yield
    assert worker_pids() <= before


def ask(vocabulary: Vocabulary, query: str, *arguments: str | Path) -> Ran:
    return run("query", "--snapshot", vocabulary.folder, "--query", query, *arguments)


# where the query comes from


def test_a_query_comes_from_a_file_an_option_or_a_pipe(synthetic: Vocabulary) -> None:
    Path("labels.rq").write_text(LABELS, encoding="utf-8")
    expected = ask(synthetic, LABELS, "--format", "csv")
    assert expected.code == 0
    assert run("query", "labels.rq", "--snapshot", synthetic.folder, "--format", "csv") == expected
    for arguments in ([], ["-"]):
        piped = CliRunner().invoke(
            main,
            ["query", *arguments, "--snapshot", str(synthetic.folder), "--format", "csv"],
            input=LABELS,
            catch_exceptions=False,
        )
        assert (piped.exit_code, piped.stdout) == (0, expected.out)


def test_the_current_snapshot_is_asked_where_none_is_named(synthetic: Vocabulary) -> None:
    given = run("query", "--out", synthetic.settings.state_dir, "--query", LABELS)
    assert given == ask(synthetic, LABELS)
    nothing = run("query", "--query", LABELS)
    assert nothing.code == 2
    assert "pathways-ld build" in nothing.err


def test_two_queries_or_none_are_a_mistake(synthetic: Vocabulary) -> None:
    Path("labels.rq").write_text(LABELS, encoding="utf-8")
    both = ask(synthetic, LABELS, "labels.rq")
    assert both.code == 2
    assert "expected one query" in both.err
    missing = run("query", "missing.rq", "--snapshot", synthetic.folder)
    assert missing.code == 2
    assert "missing.rq" in missing.err
    assert run("query", ".", "--snapshot", synthetic.folder).code == 2


def test_a_query_that_is_too_long_is_not_read_to_its_end(synthetic: Vocabulary) -> None:
    with Path("long.rq").open("wb") as stream:
        stream.truncate(5_000_000_000)  # sparse
    ran = run("query", "long.rq", "--snapshot", synthetic.folder)
    assert ran.code == 2
    assert "262,144" in ran.err


# formats


def test_the_answer_is_json_or_turtle_in_a_pipe(synthetic: Vocabulary) -> None:
    bindings = json.loads(ask(synthetic, LABELS).out)["results"]["bindings"]
    assert bindings[-1]["l"] == {"type": "literal", "value": "Sans langue"}
    turtle = ask(synthetic, "DESCRIBE <colour>")
    assert any("Farbe" in each.object for each in statements_of(turtle.out.encode(), "text/turtle"))


@pytest.mark.parametrize(
    ("name", "begins"),
    [("json", '{"head"'), ("xml", "<?xml"), ("csv", "c,l\n"), ("tsv", "?c\t?l\n"), ("table", "?c ")],
)
def test_solutions_have_these_formats(synthetic: Vocabulary, name: str, begins: str) -> None:
    ran = ask(synthetic, LABELS, "--format", name)
    assert ran.code == 0
    assert ran.out.startswith(begins)
    assert "Sans langue" in ran.out


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("ttl", "text/turtle"), ("nt", "application/n-triples"), ("rdf", "application/rdf+xml"),
        ("jsonld", "application/ld+json"), ("nq", "application/n-quads"), ("trig", "application/trig"),
    ],
)  # fmt: skip
def test_graphs_have_these_formats(synthetic: Vocabulary, name: str, media_type: str) -> None:
    ran = ask(synthetic, "CONSTRUCT WHERE { <colour> ?p ?o }", "--format", name)
    assert ran.code == 0
    assert len(list(statements_of(ran.out.encode(), media_type))) > 10


def test_a_format_that_does_not_suit_the_query_is_a_mistake(synthetic: Vocabulary) -> None:
    select = ask(synthetic, LABELS, "--format", "ttl")
    assert (select.code, select.out) == (2, "")
    assert "json, xml, csv, tsv, table" in select.err
    construct = ask(synthetic, "CONSTRUCT WHERE { ?s ?p ?o }", "--format", "table")
    assert construct.code == 2
    assert "ttl, nt, rdf, jsonld, nq, trig" in construct.err
    assert ask(synthetic, LABELS, "--format", "xls").code == 2


# the table


def test_a_table_has_aligned_columns_and_short_names(synthetic: Vocabulary) -> None:
    ran = ask(synthetic, LABELS + " LIMIT 3", "--format", "table")
    head, rule, *rows = ran.out.splitlines()
    assert head.split() == ["?c", "?l"]
    assert set(rule) == {"─", " "}
    starts = head.index("?l")
    assert len(rows) == 3
    for row in rows:
        assert row.startswith(":colour ")
        assert row[starts] == '"'
        assert row[starts - 1] == " "
    assert ran.err == "3 rows\n"


def test_a_table_shows_every_kind_of_term(synthetic: Vocabulary) -> None:
    query = (
        PREFIXES + "SELECT * { VALUES (?a ?b ?c ?d ?e) "
        '{ (<https://example.com/a?b> "x"@en 5 "plain" UNDEF) } BIND(BNODE() AS ?f) }'
    )
    row = ask(synthetic, query, "--format", "table").out.splitlines()[2]
    assert row.startswith('<https://example.com/a?b>  "x"@en  5 (xsd:integer)  "plain"')
    assert "_:" in row
    assert ask(synthetic, "ASK {}", "--format", "table").out == "true\n"
    assert ask(synthetic, "SELECT ?x {} LIMIT 0", "--format", "table").err == "0 rows\n"
    assert ask(synthetic, "SELECT * {}", "--format", "table").err == "1 row\n"


def test_columns_are_aligned_for_wide_letters_and_combining_marks() -> None:
    lines = list(table_lines(["?a", "?b"], [["颜色", "x"], ["e\u0301e\u0301", "x"], ["ab", "x"]]))
    assert {width(line.rstrip("x?b─ ")) <= 4 for line in lines} == {True}
    assert [width(line[: line.rindex("x")]) for line in lines[2:]] == [6, 6, 6]


def test_a_long_cell_is_cut_visibly() -> None:
    for text in ("x" * 500, "颜" * 500):
        *_, line = table_lines(["?a"], [[text]])
        assert line.endswith("…")
        assert width(line) <= CELL_WIDTH


def test_a_long_table_is_cut_and_says_so(synthetic: Vocabulary) -> None:
    numbers = " ".join(map(str, range(TABLE_ROWS + 7)))
    ran = ask(synthetic, f"SELECT ?x {{ VALUES ?x {{ {numbers} }} }}", "--format", "table")
    assert len(ran.out.splitlines()) == TABLE_ROWS + 2
    assert "7 more rows" in ran.err


def test_data_do_not_steer_the_terminal(synthetic: Vocabulary) -> None:
    query = 'SELECT ?x { VALUES ?x { "\\u001b[2J\\u202Eevil\\u0007" <http://example.org/\\u202E> } }'
    out = ask(synthetic, query, "--format", "table").out
    assert "\\u001B[2J\\u202Eevil\\u0007" in out
    assert not [char for char in out if unicodedata.category(char) in ("Cc", "Cf") and char != "\n"]


def test_on_a_terminal_the_answer_is_a_table(synthetic: Vocabulary) -> None:
    main_end, terminal = pty.openpty()
    command = [sys.executable, "-m", "pathways_ld", "query", "--snapshot", str(synthetic.folder)]
    with subprocess.Popen([*command, "--query", LABELS], stdout=terminal, stderr=subprocess.PIPE) as process:
        os.close(terminal)
        shown = b""
        try:
            while piece := os.read(main_end, 65_536):
                shown += piece
        except OSError:  # the other end is closed
            pass
        os.close(main_end)
        assert process.wait(30) == 0
    assert shown.decode().startswith("?c ")
    assert "─" in shown.decode()


# mistakes and limits


@pytest.mark.parametrize(
    ("query", "place", "words"),
    [
        ("SELECT ?x {\n\t?x foo:bar ?y }", "2:5", "foo:"),
        ("SELEC ?x { }", "1:1", "SELECT"),
        ("SELECT * { ?s ?p \"颜色\" . SERVICE <http://localhost/> {} }", "1:25", "SERVICE"),
        ("INSERT DATA {}", "1:1", "update"),
    ],
)  # fmt: skip
def test_a_mistake_is_shown_with_its_place(synthetic: Vocabulary, query: str, place: str, words: str) -> None:
    Path("asked.rq").write_text(query, encoding="utf-8")
    ran = run("query", "asked.rq", "--snapshot", synthetic.folder)
    assert (ran.code, ran.out) == (2, "")
    message, source, caret = ran.err.splitlines()
    assert message.startswith(f"asked.rq:{place}: ")
    assert words in message
    line, column = map(int, place.split(":"))
    assert source == "    " + query.splitlines()[line - 1]
    assert caret.endswith("^")
    assert width(caret[:-1].replace("\t", "    ")) == width(source[: 4 + column - 1].replace("\t", "    "))


def test_a_mistake_that_only_evaluation_finds_is_shown_too(synthetic: Vocabulary) -> None:
    ran = ask(synthetic, "SELECT (<http://example.org/f>(1) AS ?x) {}")
    assert ran.code == 2
    assert "no function <http://example.org/f>" in ran.err


def test_a_query_that_takes_too_long_ends_with_3(synthetic: Vocabulary) -> None:
    ran = ask(synthetic, CARTESIAN_COUNT, "--deadline", "0.5")
    assert (ran.code, ran.out) == (3, "")
    assert "stopped after 0.5 seconds" in ran.err
    assert ask(synthetic, CARTESIAN_COUNT, "--deadline", "0").code == 2


def test_a_query_that_needs_too_much_memory_ends_with_3(
    synthetic: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_LD_SPARQL_MEMORY", "300000000")
    ran = ask(synthetic, CARTESIAN_SORT)
    assert (ran.code, ran.out) == (3, "")
    assert "memory" in ran.err


def test_a_long_answer_is_written_whole(synthetic: Vocabulary) -> None:
    ran = ask(synthetic, "SELECT * { ?s ?p ?o . ?t ?q ?r } LIMIT 60000", "--format", "csv")
    assert ran.code == 0
    assert ran.out.count("\n") >= 60_000
    assert ran.err == ""

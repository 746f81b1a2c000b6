"""The query guard: what it lets through unharmed, what it refuses, and in which words."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pyoxigraph
import pytest

from pathways_ld.errors import (
    PathwaysError,
    PayloadTooLarge,
    QueryError,
    QueryPosition,
    QueryRefused,
    QuerySyntaxError,
)
from pathways_ld.sparql.guard import QueryLimits, check_query
from pathways_ld.sparql.lexer import QueryText

P = "PREFIX ex: <http://example.org/> "


def engine_reads(text: str) -> bool:
    try:
        pyoxigraph.Store().query(text)
    except SyntaxError:
        return False
    return True


# what passes

HARMLESS = [
    "SELECT * WHERE { ?s ?p ?o }",
    "select*{?s ?p ?o}",
    "ASK {}",
    "DESCRIBE <http://example.org/x>",
    'VERSION "1.2" ASK {}',
    "CONSTRUCT WHERE { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "SELECT ?service ?load WHERE { ?service ?load ?insert }",
    'SELECT * { ?s ?p "SERVICE <http://example.org/> { } LOAD" }',
    "SELECT * { ?s ?p '''it's SERVICE <x> {''' }",
    'SELECT * { ?s ?p """a "quoted" \\"LOAD\\" word""" }',
    "# SERVICE <http://example.org/> {\nSELECT * { ?s ?p ?o } # LOAD",
    "SELECT * { <http://example.org/SERVICE> <http://example.org/load#SERVICE> ?o }",
    "PREFIX service: <http://example.org/> SELECT * { service:service service:load ?o }",
    "PREFIX service: <http://example.org/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
    "PREFIX service: <http://example.org/> SELECT * FROM service:g { ?s ?p ?o }",
    "PREFIX service: <http://example.org/> DESCRIBE service:x { ?s ?p ?o }",
    "PREFIX service: <http://example.org/> SELECT * { ?s service:p ?o . FILTER EXISTS { ?s ?p service:x } }",
    'SELECT * { ?s ?p "x"@service }',
    "SELECT * { ?s ?p _:service }",
    P + "SELECT * { ?s ex:a ex:d\\-e . ?s ex:%41 ex: . ?s ex:1 ex:a:b }",
    "PREFIX a.b-c: <http://example.org/> SELECT * { ?s a.b-c:d ?o }",
    "PREFIX : <http://example.org/> SELECT * { :s :p :o, :q ; :r [ :t ( 1 2.5 -3e4 ) ] ; ; . }",
    "PREFIX é: <http://example.org/é/> SELECT * { ?sé é:naïve 'Ĺ日本' }",
    P + "SELECT * { ?s ex:p|^ex:q/ex:r*/(ex:s|!(ex:t|^a))+ ?o ; a ex:C . }",
    "SELECT * { ?s ?p ?o FILTER(?s < ?o && ?o > 3 || ?o <= 4 && ?o != 5) }",
    "SELECT * { ?s ?p ?o FILTER(?o<3) FILTER(?o>3) }",
    "SELECT * { ?s ?p ?o FILTER(1 < 2)\n <http://example.org/s> ?p ?q }",
    "SELECT * { ?s ?p ?o FILTER regex(?o, 'x') }",
    "SELECT * { ?s ?p ?o FILTER(?o IN (1, <http://example.org/>, 'x')) FILTER(?o NOT IN ()) }",
    "SELECT * { ?s ?p ?o OPTIONAL { ?o ?q ?r } MINUS { ?s ?t ?u } { ?s ?a ?b } UNION { ?s ?c ?d } }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) (SAMPLE(?o) AS ?any) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?p { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 1) ORDER BY DESC(?p) ?p LIMIT 10 OFFSET 5",
    "SELECT ?x { BIND(IF(true, 1, 2) AS ?x) { SELECT ?y { ?y ?z ?w } GROUP BY ?y } }",
    "SELECT ?x { VALUES ?x { 1 'a' } } VALUES (?x ?y) { (1 UNDEF) }",
    "BASE <http://e.org/> PREFIX ex: <v#> SELECT * FROM <g> FROM NAMED <h> { <a> <b> <c> ; ex:d '\\n' }",
    "SELECT * { ?s ?p 'x'^^<http://www.w3.org/2001/XMLSchema#string> , 'x'@en-US , .5 , 1.0e-3 }",
    "SELECT * { << ?s ?p ?o >> ?q ?r }",
    "SELECT * { ?s ?p <<( ?a ?b ?c )>> }",
    "SELECT * { ?s ?p ?o {| ?q ?r |} }",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_correct_query_passes_unchanged(text: str) -> None:
    assert engine_reads(text)
    assert check_query(text).text == text
    assert check_query(text.encode()).text == text


def test_a_byte_order_mark_is_dropped() -> None:
    assert check_query("\ufeffASK {}".encode()).text == "ASK {}"


@pytest.mark.shared
def test_whatever_the_engine_reads_of_the_w3c_tests_passes(w3c_queries: list[Path]) -> None:
    """The exceptions are SERVICE, and relative IRIs where no base is given."""
    refused = {}
    for path in w3c_queries:
        if "bad" in path.name:  # the engine is laxer than the grammar there
            continue
        text = path.read_text(encoding="utf-8")
        try:
            checked = check_query(text, base_iri="http://example.org/")
        except QueryRefused:
            assert "service" in text.lower()
        except PathwaysError as error:
            try:
                pyoxigraph.Store().query(text, base_iri="http://example.org/")
            except (SyntaxError, RuntimeError, OSError):
                continue
            refused[path.name] = error.message
        else:
            assert checked.form in text.upper()
    assert not refused
    assert len(w3c_queries) > 500


@pytest.mark.shared
def test_no_update_of_the_w3c_tests_passes(w3c_queries: list[Path]) -> None:
    updates = list(w3c_queries[0].parents[2].rglob("*.ru"))
    assert len(updates) > 100
    for path in updates:
        with pytest.raises(QueryError):
            check_query(path.read_bytes())


@pytest.fixture(scope="module")
def w3c_queries() -> list[Path]:
    shared = Path(os.environ.get("PATHWAYS_SHARED", Path(__file__).parents[2] / "shared"))
    root = shared / "w3c" / "rdf-tests" / "sparql"
    if not root.is_dir():
        pytest.skip(f"the W3C tests are not there: {root}")
    return sorted(root.rglob("*.rq"))


# what is refused

SERVICE_IN_DISGUISE = [
    "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }",
    "SELECT * { service ?s { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <http://example.org/> { } }",
    "SELECT * { SERVICESILENT<http://example.org/>{?s ?p ?o}}",
    P + "SELECT * { SERVICE#c\nex:x {} }",
    "SELECT * { \\u0053ERVICE <http://example.org/> { ?s ?p ?o } }",
    "SELECT * { SER\\U00000056ICE <http://example.org/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE <http://example.org/> { ?s ?p ?o } }",
    P + "PREFIX SERVICEex: <http://example.com/> SELECT * { SERVICEex:x { ?s ?p ?o } }",
    "PREFIX : <http://e.org/> PREFIX SERVICE: <http://e.com/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    P + "SELECT * { FILTER EXISTS { SERVICE ex:x { ?s ?p ?o } } }",
    "SELECT * { ?s ?p 'x' SERVICE <http://example.org/> {} }",
    "SELECT * { ?s ?p 1SERVICE <http://example.org/> {} }",
    "ASK { FILTER(true)SERVICE<http://example.org/>{} }",
]


@pytest.mark.parametrize("text", SERVICE_IN_DISGUISE)
def test_service_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE is not available here") as caught:
        check_query(text)
    assert caught.value.details["line"] in (1, 2)


@pytest.mark.parametrize(
    "text",
    [
        # Read as a comparison, the SERVICE is outside the IRI; read as an IRI, it is inside.
        P + "SELECT * { ?s ?p ?o FILTER(?o<1)SERVICE#>\nex:x { ?s ?p ?o } }",
        # Read as a path with "?", the object is true and SERVICE a keyword.
        P + "SELECT * { ?s ex:p?trueSERVICE <http://example.org/> { ?a ?b ?c } }",
        # A codepoint escape must not end the string for one reader only.
        'SELECT * { ?s ?p "\\u0022 SERVICE <http://example.org/> { ?a ?b ?c } # }',
        "SELECT * { # \\u000A SERVICE <http://example.org/> { ?a ?b ?c }",
    ],
)
def test_a_text_two_readers_could_read_differently_is_an_error(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        check_query(text)


def test_load_is_refused() -> None:
    with pytest.raises(QuerySyntaxError, match="This is an update"):
        check_query("LOAD <file:///etc/passwd>")
    with pytest.raises(QueryRefused, match="LOAD"):
        check_query("SELECT * { LOAD <http://example.org/> }")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <http://e.org/a> <http://e.org/b> 1 }",
        P + "DELETE WHERE { ?s ex:p ?o }",
        "clear all",
        "# comment\nWITH <http://e.org/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DROP SILENT DEFAULT",
    ],
)
def test_an_update_is_called_an_update(text: str) -> None:
    with pytest.raises(QuerySyntaxError, match="This is an update"):
        check_query(text)


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "There is no query here", 1, 1),
        ("# only a comment\n", "There is no query here", 2, 1),
        ("SELCT * {}", "Did you mean SELECT", 1, 1),
        ("{ ?s ?p ?o }", 'not with "{"', 1, 1),
        ("SELECT * {\n  ?s skos:broader ?o }", "add PREFIX skos: <http://www.w3.org/2004/02/skos/", 2, 6),
        ("SELECT * { ?s nope:x ?o }", r"add PREFIX nope: <\.\.\.> with its namespace", 1, 15),
        ("SELECT * { ?s :x ?o }", 'The prefix ":" is not declared', 1, 15),
        ("PREFIX ex <http://e.org/> ASK {}", "PREFIX is not complete", 1, 1),
        ("PREFIX ex:", "PREFIX is not complete", 1, 1),
        ("BASE ASK {}", "BASE is not complete", 1, 1),
        ("VERSION 1.2 ASK {}", "VERSION must be followed by a text", 1, 1),
        ("SELECT * { <rel> ?p ?o }", "is relative, and the query has no BASE", 1, 12),
        ("PREFIX ex: <rel#> ASK {}", "is relative", 1, 12),
        ("SELECT * {\n ?s ?p ?o", '"{" that is opened here is never closed; add "}"', 1, 10),
        ("SELECT * { ?s ?p ?o }}", 'This "}" closes nothing', 1, 22),
        ("SELECT * {\n FILTER(?o > (3 }", r'"\(" that is opened .* where "}" stands in line 2', 2, 14),
        ("SELECT * { ?s ?p [ ?q ?r }", r'add "\]" before it', 1, 18),
        ('SELECT * { ?s ?p "open }', r"string that starts here is never closed; end it with \"\.", 1, 18),
        ('SELECT * { ?s ?p """open" }', r'end it with """', 1, 18),
        ("SELECT * { ?s ?p 'two\nlines' }", "never closed", 1, 18),
        ("SELECT * { ?s ?p 'a\\qb' }", r'"\\q" is no escape', 1, 20),
        ("SELECT * { ?s ?p '\\u12' }", r'"\\u" is no escape', 1, 19),
        ("SELECT * { ?s ?p '\\uD800' }", "stands for no Unicode character", 1, 19),
        ("SELECT * { ?s ?p '\\UFFFFFFFF' }", "stands for no Unicode character", 1, 19),
        ("SELECT * { <http://e.org/a b> ?p ?o }", "holds ' ', which an IRI cannot hold", 1, 12),
        ("SELECT * { <http://e.org/a", "IRI that starts here is never closed", 1, 12),
        ("SELECT * { ?s ?p ?o FILTER(?s & ?o) }", "no operator", 1, 31),
        ("SELECT * { ?s ?p ?o FILTER(?s AND ?o) }", "SPARQL writes && for", 1, 31),
        ("SELECT * { ?s ?p NULL }", "SPARQL writes UNDEF for", 1, 18),
        ("SELECT * { ?s A ?o }", 'a lower-case "a"', 1, 15),
        ("SELECT * { ?s ?p thing }", r"a variable is written \?thing", 1, 18),
        ("SELECT * { ?s ?p ?o FILTR(?o) }", "did you mean FILTER", 1, 21),
        ("SELECT * { ?s ?p ?o } ; INSERT DATA {}", "INSERT belongs to updates", 1, 25),
        ("SELECT * { ?s ?p \\x }", "A backslash can stand only in a string", 1, 18),
        ("SELECT * { ?s ?p “x” }", "cannot stand here", 1, 18),
        ("SELECT * { FILTER(?a <http://e.org/b>) }", 'put spaces around "<"', 1, 22),
        # the places are those of the text as it was sent, whatever escapes stand before them
        ("SELECT * {\n ?s ?p '\\u00e9\\U0001F600' . nope:x ?p ?o }", "nope:", 2, 29),
        ("SELECT * { ?s ?p '😀é' . nope:x ?p ?o }", "nope:", 1, 25),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        check_query(text)
    position = caught.value.position
    assert position is not None
    assert (position.line, position.column) == (line, column)
    assert position.source_line == (text.split("\n")[line - 1])


def test_prefixes_of_the_vocabulary_are_suggested_too() -> None:
    with pytest.raises(QuerySyntaxError, match=r"add PREFIX pw: <https://example.org/ns#>"):
        check_query("ASK { ?s pw:basis ?o }", known_prefixes={"pw": "https://example.org/ns#"})


def test_bytes_that_are_no_utf8_are_named_with_their_offset() -> None:
    with pytest.raises(QuerySyntaxError, match="byte at offset 17 is 0xE9") as caught:
        check_query(b"ASK {\n ?s ?p 'caf" + b"\xe9' }")
    assert caught.value.position == QueryPosition(2, 12)


def test_half_a_surrogate_pair_is_named() -> None:
    with pytest.raises(QuerySyntaxError, match=r"U\+D800") as caught:
        check_query("ASK { ?s ?p '\ud800' }")
    assert caught.value.position is not None
    assert caught.value.position.column == 14
    assert caught.value.position.source_line.isprintable()


# limits

COMPLEX = [
    ("SELECT * " + "{" * 101 + "}" * 101, "nested more than 100 deep"),
    ("ASK { FILTER " + "(" * 20_000 + "1" + ")" * 20_000 + " }", "nested more than 100 deep"),
    ("ASK { FILTER " + "EXISTS { FILTER " * 101 + "true" + "}" * 102, "nested more than 100 deep"),
    ("ASK { ?s ?p " + "(" * 21 + ")" * 21 + " }", "nested more than 20 deep"),
    ("ASK { ?s ?p " + "[ ?p " * 21 + "1" + "]" * 21 + " }", "nested more than 20 deep"),
    ("ASK { " + "?s ?p ?o . " * 201 + "}", "more than 200 triple patterns"),
    ("ASK { ?s ?p ?o " + "; ?p ?o " * 200 + "}", "more than 200 triple patterns"),
    ("ASK { ?s ?p ?o " + ", ?o " * 200 + "}", "more than 200 triple patterns"),
    ("ASK { " + "{ ?s ?p ?o } UNION " * 200 + "{ ?s ?p ?o } }", "more than 200 triple patterns"),
    (P + "ASK { ?s ex:p" + "/ex:p" * 200 + " ?o }", "more than 200 triple patterns"),
    ("ASK { ?s ?p (" + " 1" * 101 + " ) }", "more than 200 triple patterns"),
    ("ASK { " + "FILTER(true) ?s ?p ?o . " * 201 + "}", "more than 200 triple patterns"),
    ("ASK { " + "OPTIONAL { ?s ?p ?o } " * 41 + "}", "more than 40 OPTIONALs"),
    ("ASK { FILTER(1" + "+1" * 2_001 + ") }", "more than 2,000 operators"),
    ("ASK { FILTER(1" + "||(1)||EXISTS{}" * 1_001 + ") }", "more than 2,000 operators"),
    (P + "ASK { ?s ex:p" + "|ex:p" * 2_001 + " ?o }", "more than 2,000 operators"),
    ("SELECT ((1" + "*1" * 2_001 + ") AS ?x) {}", "more than 2,000 operators"),
    ("ASK { FILTER(?x IN (1" + ",1" * 5_000 + ")) }", "more than 5,000 values"),
    ("ASK { VALUES ?x { " + "1 " * 5_001 + "} }", "more than 5,000 values"),
    ("ASK {} VALUES (?x ?y) { " + "(1 2) " * 5_001 + "}", "more than 5,000 values"),
    ("ASK { FILTER(COALESCE(1" + ",1" * 40_000 + ")) }", "more than 60,000 words"),
]


@pytest.mark.parametrize(("text", "message"), COMPLEX, ids=[message + text[:30] for text, message in COMPLEX])
def test_a_query_beyond_a_limit_is_an_error_that_names_the_limit(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        check_query(text)
    assert not isinstance(caught.value, QuerySyntaxError | QueryRefused)
    assert caught.value.details["line"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 100 + "}" * 100,
        "ASK { ?s ?p " + "[ ?p " * 20 + "1" + "]" * 20 + " }",
        "ASK { " + "?s ?p ?o . " * 200 + "}",
        "ASK { ?s ?p ?o " + "; ?p ?o " * 199 + ";; . }",
        "ASK { " + "OPTIONAL { ?s ?p ?o } " * 40 + "}",
        "ASK { FILTER(1" + "+1" * 2_000 + ") FILTER(1" + "+1" * 2_000 + ") }",
        "ASK { VALUES (?x ?y) { " + "(1 2) " * 5_000 + "} }",
        "CONSTRUCT { " + "?s ?p ?o . " * 300 + "} WHERE { ?s ?p ?o }",
    ],
)
def test_a_query_at_a_limit_passes(text: str) -> None:
    assert check_query(text).text == text


def test_the_size_is_counted_in_bytes() -> None:
    limits = QueryLimits(query_bytes=20)
    assert check_query("ASK { ?s ?p ?abcde }", limits=limits).form == "ASK"
    with pytest.raises(PayloadTooLarge, match="longer than the 20 bytes"):
        check_query("ASK { ?s ?p ?abcdef }", limits=limits)
    with pytest.raises(PayloadTooLarge):
        check_query("ASK { ?s ?p ?abcdé }", limits=limits)
    with pytest.raises(PayloadTooLarge):
        check_query("ASK { ?s ?p ?abcdé }".encode(), limits=limits)


@pytest.mark.parametrize(
    "tail",
    [
        '"' + "a" * 200_000,
        '"' + "\\\\" * 100_000,
        '"""' + 'a"' * 100_000,
        "<http://" + "a" * 200_000,
        "a." * 100_000,
        "<a" * 100_000,
        "." * 200_000,
        "ex:a" + "." * 200_000,
        "@a" + "-a" * 100_000,
        "\\u0041" * 30_000,
        "#\n" * 100_000,
        "? " * 100_000,
    ],
    ids=lambda tail: tail[:8],
)
def test_no_text_takes_long(tail: str) -> None:
    started = time.process_time()
    with pytest.raises(PathwaysError) as caught:
        check_query("SELECT * { FILTER(" + tail)
    assert time.process_time() - started < 5
    assert len(caught.value.message) < 300
    assert len(str(caught.value.details.get("source_line", ""))) <= 300


# what is told about a query


def test_the_form_the_prefixes_and_the_dataset_clause_are_told() -> None:
    checked = check_query(P + "PREFIX xmlish: <http://e.org/> construct where { ?s ex:from ?o }")
    assert checked.form == "CONSTRUCT"
    assert checked.prefixes == (("ex", "http://example.org/"),)
    assert not checked.has_dataset_clause
    assert check_query("SELECT * FROM <http://e.org/g> { ?s ?p 'from' }").has_dataset_clause
    assert (
        check_query("ASK { <rel> ?p ?o }", base_iri="http://example.org/").base_iri == "http://example.org/"
    )


def test_a_later_prefix_declaration_replaces_an_earlier_one() -> None:
    checked = check_query(P + "PREFIX ex: <http://example.com/> ASK { ?s ex:p ?o }")
    assert checked.prefixes == (("ex", "http://example.com/"),)


def test_capital_booleans_are_written_as_the_engine_takes_them() -> None:
    text = "PREFIX TRUE: <http://e.org/> ASK { ?TRUE TRUE:FALSE 'TRUE' FILTER(TRUE || False) } # TRUE"
    checked = check_query(text)
    assert checked.text == text.replace("(TRUE || False)", "(true || false)")
    assert engine_reads(checked.text)


def test_dots_in_names_are_written_as_the_engine_takes_them() -> None:
    text = P + "ASK { ex:a.b.c ?p ex:1..2\\.3, ex:x. ?s ?p ex:y.SERVICE }"
    checked = check_query(text)
    expected = P + "ASK { ex:a\\.b\\.c ?p ex:1\\.\\.2\\.3, ex:x. ?s ?p ex:y\\.SERVICE }"
    assert checked.text == expected
    assert engine_reads(expected)
    assert "".join(sign for place, sign in enumerate(expected) if place not in checked.inserted) == text
    for name in ("ex:1", "?s", "}"):
        column = expected.index(name) + 1
        assert checked.source_start(1, column) == text.index(name)


def test_a_concatenation_of_tagged_texts_is_a_plain_text() -> None:
    """SPARQL 1.1 Query, 18.5.1.7; the engine keeps a language that all texts share."""
    text = (
        "SELECT (GROUP_CONCAT(DISTINCT ?o; SEPARATOR='), (') AS ?x) (STRLEN(group_concat (STR(?o))) AS ?y) "
        '{ VALUES ?o { "a"@en "GROUP_CONCAT("@en } }'
    )
    checked = check_query(text)
    assert checked.text == text.replace("GROUP_CONCAT(D", "STR(GROUP_CONCAT(D").replace(
        "') AS", "')) AS"
    ).replace("group_concat (STR(?o))", "STR(group_concat (STR(?o)))")
    (row,) = pyoxigraph.Store().query(checked.text)  # type: ignore[misc]
    assert row["x"].language is None
    assert set(row["x"].value.split("), (")) == {"a", "GROUP_CONCAT("}
    assert "".join(sign for place, sign in enumerate(checked.text) if place not in checked.inserted) == text
    assert checked.source_start(1, checked.text.index("AS ?y") + 1) == text.index("AS ?y")


def test_codepoint_escapes_are_resolved_before_the_engine_reads() -> None:
    assert check_query("\\u0041SK { ?s ?p '\\u00e9' }").text == "ASK { ?s ?p 'é' }"
    kept = check_query("ASK { ?s ?p 'it\\u0027s\\u000A\\u005C' }").text
    assert kept == "ASK { ?s ?p 'it\\'s\\n\\\\' }"
    assert engine_reads(kept)
    assert check_query("ASK { ?s ?p '\\\\u0041' }").text == "ASK { ?s ?p '\\\\u0041' }"


def test_the_place_in_a_resolved_text_leads_back_to_the_original() -> None:
    text = QueryText("a\\u0062c\n\\U00000064e")
    assert text.resolved == "abc\nde"
    assert text.position(2) == QueryPosition(1, 8, "a\\u0062c")
    assert text.position(5) == QueryPosition(2, 11, "\\U00000064e")


def test_queries_that_differ_only_in_writing_are_normalised_alike() -> None:
    first = check_query("select ?s where{?s a ?o} # one")
    second = check_query("# two\nSELECT  ?s\nWHERE { ?s a ?o }")
    other = check_query("SELECT ?s WHERE { ?S a ?o }")
    assert first.normalised == second.normalised
    assert first.normalised != other.normalised
    assert check_query("ASK { ?s ?p 'a  b' }").normalised != check_query("ASK { ?s ?p 'a b' }").normalised


@pytest.mark.parametrize("function", ["NOW()", "rand()", "UUID()", "STRUUID()"])
def test_a_query_whose_answer_changes_is_volatile(function: str) -> None:
    assert check_query(f"SELECT ({function} AS ?x) {{}}").volatile
    assert not check_query(f"SELECT * {{ ?s ?p '{function}' }}").volatile


@pytest.mark.parametrize(
    ("text", "cheap"),
    [
        ("ASK {}", True),
        ("DESCRIBE <http://e.org/x>", True),
        ("SELECT * { <http://e.org/x> ?p ?o }", True),
        (P + "SELECT ?l { ex:x ex:label ?l FILTER(lang(?l) = 'en') }", True),
        (P + "SELECT * { ?s a ex:C ; ex:label ?l } LIMIT 100", True),
        ("ASK { ?s ?p ?o }", True),
        ("SELECT * { ?s ?p ?o }", False),
        ("SELECT * { ?s ?p ?o } LIMIT 100000", False),
        ("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 10", False),
        ("SELECT * { ?s ?p ?o FILTER(?o = 7) } LIMIT 10", False),
        ("SELECT * { ?s ?p ?o } ORDER BY ?o LIMIT 10", False),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o } LIMIT 1", False),
        (P + "SELECT * { ex:x ex:p* ?o } LIMIT 10", False),
        (P + "SELECT * { ex:x ex:p/ex:q ?o } LIMIT 10", False),
        ("SELECT * { { SELECT * { ?s ?p ?o } LIMIT 10 } } LIMIT 10", False),
        ("SELECT (CONCAT('a', 'b') AS ?x) {}", False),
        ("SELECT * { <http://e.org/a> ?p ?o ; ?q ?r ; ?t ?u ; ?v ?w }", False),
        ("SELECT * { [] ?p ?o . [] ?q ?r } LIMIT 10", False),
    ],
)  # fmt: skip
def test_only_a_query_that_is_certain_to_make_little_work_is_cheap(text: str, cheap: bool) -> None:
    assert check_query(text).cheap is cheap

"""Canonical Turtle and TriG: one document, one text, and always the same graph."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_fixtures import (
    HEAD,
    QUICK,
    RDF_NS,
    XSD_NS,
    E,
    datasets,
    exact,
    graphs_of_statements,
    shuffled,
    turtle,
)
from pathways_ld.errors import InputError
from pathways_ld.formats import NTRIPLES, TRIG, TURTLE
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement, TurtleWriter, line, literal, parse, serialize, write_turtle

OWN = {**PREFIXES, "e": E}
NIL = f"<{RDF_NS}nil>"
FIRST, REST = f"<{RDF_NS}first>", f"<{RDF_NS}rest>"
A, B, P, Q = (f"<{E}{name}>" for name in "abpq")


def read(text: str) -> list[Statement]:
    return parse(text.encode(), TURTLE).statements


def canonical(text: str) -> str:
    """Read Turtle and write it again with the prefixes it declares."""
    parsed = parse((HEAD + text).encode(), TURTLE)
    return write_turtle(parsed.statements, parsed.prefixes)


def test_this_is_how_it_looks() -> None:
    text = canonical(
        """
        e:z e:p e:b .
        e:b skos:prefLabel "B"@en, "b"@EN-gb ; a skos:Concept, owl:Thing ;
            e:value 01, 1.50, 1e0, true, "1."^^xsd:decimal .
        e:a e:list ( e:x "y" ( ) [ e:q 1 ] ) ; e:node [ a e:T ; e:p "x\\ny" ] ;
            skos:note "quote \\" back \\\\"^^e:type .
        e:v\\# e:p e:x\\/y, e:dotted.name, <http://example.org/dot.>, e:1st .
        """
    )
    assert text == (
        f"""\
@prefix e: <{E}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <{XSD_NS}> .

e:a e:list ( e:x "y" () [
            e:q 1
        ] ) ;
    e:node [
        a e:T ;
        e:p "x\\ny"
    ] ;
    skos:note "quote \\" back \\\\"^^e:type .

e:b a owl:Thing ,
        skos:Concept ;
    e:value "1."^^xsd:decimal ,
        01 ,
        1.50 ,
        1e0 ,
        true ;
    skos:prefLabel "B"@en ,
        "b"@EN-gb .

<http://example.org/v#> e:p <http://example.org/dot.> ,
        <http://example.org/x/y> ,
        e:1st ,
        e:dotted.name .

e:z e:p e:b .
"""
    )


# the same graph, the same text


@QUICK
@given(graphs_of_statements)
def test_what_is_written_is_the_same_graph(said: list[Statement]) -> None:
    assert exact(read(write_turtle(said, OWN))) == exact(said)


@QUICK
@given(graphs_of_statements)
def test_writing_what_was_read_again_gives_the_same_text(said: list[Statement]) -> None:
    once = write_turtle(parse("".join(map(line, said)).encode(), NTRIPLES).statements, OWN)
    assert write_turtle(read(once), OWN) == once


@QUICK
@given(graphs_of_statements, st.integers(0, 1000))
def test_the_order_of_the_statements_does_not_matter(said: list[Statement], seed: int) -> None:
    lines = [line(each) for each in said]
    documents = ["".join(lines), "".join(shuffled(lines, seed)), "".join(lines + lines)]
    texts = {write_turtle(parse(each.encode(), NTRIPLES).statements, OWN) for each in documents}
    assert len(texts) == 1


BLANK_NODES = {
    "nested": "e:a e:p [ e:p [ e:q 1 ] ; e:r [ ] ] .",
    "alone": "[] e:p 1 . [] e:p 2 .",
    "never described": "e:a e:p [] , [] .",
    "shared": "e:a e:p _:x . e:b e:p _:x . _:x e:q 1 .",
    "shared by one subject": "e:a e:p _:x ; e:q _:x . _:x e:q 1 .",
    "a loop": "_:x e:p _:y . _:y e:p _:x .",
    "a loop to itself": "_:x e:p _:x .",
    "a loop that is entered": "e:a e:p _:x . _:x e:p _:y . _:y e:p _:x ; e:q [ e:r 1 ] .",
    "a loop of three that refers outwards": "_:x e:p _:y . _:y e:p _:z . _:z e:p _:x ; e:q e:a .",
    "a loop through an IRI": "e:a e:p [ e:p e:a ] .",
    "refers to the root": "_:x e:p e:a . e:b e:q _:x .",
    "as a type": "e:a a [ a owl:Restriction ; owl:onProperty e:p ; owl:someValuesFrom e:B ] .",
    "list": "e:a e:p ( 1 e:b 'x'@EN ) .",
    "empty list": "e:a e:p () .",
    "list of lists": "e:a e:p ( () ( e:x ( 1 ) ) [ e:q ( 2 ) ] ) .",
    "list as subject": "( 1 2 ) e:p 3 .",
    "empty list as subject": "() e:p 3 .",
    "empty list as type": "e:a a () .",
    "list of types": "e:a a ( e:b ) .",
    "shared list": "e:a e:p _:l . e:b e:p _:l . _:l rdf:first 1 ; rdf:rest () .",
    "shared rest": "e:a e:p _:l .e:b e:p _:m ._:l rdf:first 1 ; rdf:rest _:m ._:m rdf:first 2;rdf:rest () .",
    "two firsts": "e:a e:p _:l . _:l rdf:first 1, 2 ; rdf:rest () .",
    "two rests": "e:a e:p _:l . _:l rdf:first 1 ; rdf:rest (), ( 2 ) .",
    "no first": "e:a e:p _:l . _:l rdf:rest () .",
    "no rest": "e:a e:p _:l . _:l rdf:first 1 .",
    "more than a list": "e:a e:p _:l . _:l rdf:first 1 ; rdf:rest () ; e:q 2 .",
    "typed list": "e:a e:p _:l . _:l a rdf:List ; rdf:first 1 ; rdf:rest () .",
    "ends in an IRI": "e:a e:p _:l . _:l rdf:first 1 ; rdf:rest e:b .",
    "ends in a literal": "e:a e:p _:l . _:l rdf:first 1 ; rdf:rest 'end' .",
    "list of an IRI": "e:a e:p e:l . e:l rdf:first 1 ; rdf:rest () .",
    "loop list": "e:a e:p _:l . _:l rdf:first 1 ; rdf:rest _:l .",
    "loop list of two": "e:a e:p _:l . _:l rdf:first 1 ; rdf:rest _:m . _:m rdf:first 2 ; rdf:rest _:l .",
    "list in itself": "e:a e:p _:l . _:l rdf:first _:l ; rdf:rest () .",
    "member that refers to the list": "e:a e:p _:l . _:l rdf:first [ e:q _:l ] ; rdf:rest () .",
    "member collections": "e:a skos:memberList ( e:x e:y ) , ( e:z ) , () .",
    "literals in a memberList": "e:a skos:memberList ( 'http://example.org/x' 'y'@en 1 _:m ) . _:m e:p 1 .",
}  # fmt: skip


@pytest.mark.parametrize("text", BLANK_NODES.values(), ids=BLANK_NODES.keys())
def test_every_shape_of_blank_nodes_and_lists_is_kept(text: str) -> None:
    said = turtle(text)
    written = write_turtle(said, OWN)
    assert exact(read(written)) == exact(said)
    assert write_turtle(read(written), OWN) == written


def test_nodes_used_once_stand_inside_and_well_formed_lists_in_round_brackets() -> None:
    assert "_:" not in canonical("e:a e:p [ e:q ( 1 [ e:r 2 ] ) ] .")
    assert "( 1 2 )" in canonical("e:a e:p ( 1 2 ) .")
    assert "rdf:first" not in canonical("e:a e:p ( 1 ( 2 ) ) .")
    assert canonical("e:a e:p () .").endswith("e:a e:p () .\n")


# prefixes and names


def test_only_the_prefixes_in_use_are_declared() -> None:
    assert canonical("e:a a e:T .") == f"@prefix e: <{E}> .\n\ne:a a e:T .\n"
    assert canonical('<urn:a> <urn:p> "x" .') == '<urn:a> <urn:p> "x" .\n'
    assert canonical('<urn:a> <urn:p> "1."^^xsd:integer, 1 .').startswith(f"@prefix xsd: <{XSD_NS}> .\n\n")
    assert "xsd" not in canonical("<urn:a> <urn:p> 1, 1.0, 1e0, true .")


def test_nothing_is_written_as_nothing() -> None:
    assert write_turtle([], OWN) == ""
    assert serialize([], TRIG, OWN) == b""


def test_the_empty_prefix_is_declared_where_it_is_used() -> None:
    text = "@prefix : <http://example.org/> .\n\n:a :p :b .\n"
    parsed = parse(text.encode(), TURTLE)
    assert write_turtle(parsed.statements, parsed.prefixes) == text


def test_the_most_specific_prefix_wins_and_ties_go_by_name() -> None:
    prefixes = {"e": E, "topic": f"{E}topic/", "same": f"{E}topic/"}
    text = write_turtle([Statement(f"<{E}topic/x>", P, f"<{E}topic/>")], prefixes)
    assert "same:x e:p <http://example.org/topic/> ." in text


@pytest.mark.parametrize(
    "local",
    ["a", "1", "a.b", "a-b", "-a", "a.", ".a", "a..b", "_a", "a_", "a/b", "a%20b", "a:b", "é", "颜", "a~b",
     "", "a'b", "a#b", "a-"],
)  # fmt: skip
def test_local_names_of_every_kind_come_back(local: str) -> None:
    said = [Statement(f"<{E}{local}>", f"<{E}p{local}>", f"<{E}{local}>")]
    assert read(write_turtle(said, OWN)) == said


@pytest.mark.parametrize(
    "prefixes", [{"p": "http://example.org/a"}, {"p": "urn:"}, {"p.q": E}, {"p-1": E}, {"é": E}]
)
def test_namespaces_may_end_anywhere(prefixes: dict[str, str]) -> None:
    said = [Statement("<http://example.org/abc>", P, "<urn:x>")]
    assert read(write_turtle(said, prefixes)) == said


@pytest.mark.parametrize(
    ("text", "datatype", "plain"),
    [("1", "integer", True), ("-01", "integer", True), ("1.", "integer", False), (" 1", "integer", False),
     ("1\n", "integer", False), ("\u0661", "integer", False), ("1.0", "decimal", True),
     (".5", "decimal", True), ("1", "decimal", False), ("1.", "decimal", False), ("1e0", "decimal", False),
     ("1E0", "double", True),
     ("1.e-7", "double", True), (".5e+1", "double", True), ("1.0", "double", False), ("NaN", "double", False),
     ("true", "boolean", True), ("1", "boolean", False), ("True", "boolean", False), ("1", "int", False)],
)  # fmt: skip
def test_numbers_are_plain_only_where_that_says_the_same(text: str, datatype: str, plain: bool) -> None:

    said = [Statement(A, P, literal(text, datatype=XSD_NS + datatype))]
    written = write_turtle(said, OWN)
    assert read(written) == said
    assert written.endswith(f"e:p {text} .\n") == plain


# the root


def test_the_root_comes_first_and_then_its_parts() -> None:
    said = turtle("e:a e:p 1 . e:m\\#b e:p 2 . e:m e:p 3 . e:m\\#a e:p 4 . e:m2 e:p 5 .")
    text = TurtleWriter(OWN).write(said, root=f"{E}m")
    subjects = [block.split(" ")[0] for block in text.split("\n\n")[1:]]
    assert subjects == ["e:m", "<http://example.org/m#a>", "<http://example.org/m#b>", "e:a", "e:m2"]


def test_a_block_is_the_same_text_as_in_a_document() -> None:
    said = turtle('e:a e:p 1, 1, "x"@EN ; a e:T .')
    document = write_turtle(said, OWN)
    assert document.endswith(TurtleWriter(OWN).block(said[0].subject, [*said, *said]))


def test_a_writer_may_be_used_again_and_again() -> None:
    writer = TurtleWriter(OWN)
    first, second = turtle("e:a skos:note 'x' ."), turtle("<urn:a> <urn:p> 1 .")
    assert writer.write(first) == write_turtle(first, OWN)
    assert writer.write(second) == write_turtle(second, OWN)
    assert writer.write(first) == write_turtle(first, OWN)


# large and deep


def cells(count: int, last: str) -> list[Statement]:
    said = [Statement(A, P, "_:l0")]
    for number in range(count):
        rest = f"_:l{number + 1}" if number < count - 1 else last
        said += [Statement(f"_:l{number}", FIRST, f'"{number}"'), Statement(f"_:l{number}", REST, rest)]
    return said


def chain(count: int) -> list[Statement]:
    return [Statement(A, P, "_:n0"), *(Statement(f"_:n{n}", P, f"_:n{n + 1}") for n in range(count))]


def lists_in_lists(depth: int) -> list[Statement]:
    inner = [Statement(f"_:l{n}", FIRST, f"_:l{n + 1}" if n < depth - 1 else '"x"') for n in range(depth)]
    return [Statement(A, P, "_:l0"), *inner, *(Statement(f"_:l{n}", REST, NIL) for n in range(depth))]


@pytest.mark.parametrize(
    "said",
    [cells(10_000, NIL), cells(3_000, '"end"'), chain(3_000), lists_in_lists(3_000)],
    ids=["long list", "long list without end", "long chain", "lists in lists"],
)
def test_long_structures_are_written_or_refused_in_seconds(said: list[Statement]) -> None:
    begun = time.monotonic()
    try:
        text = write_turtle(said, OWN)
    except InputError as error:
        assert "nested" in error.message  # noqa: PT017 - either end is right
    else:
        assert len(read(text)) == len(said)
    assert time.monotonic() - begun < 5


def test_many_objects_of_one_property_are_written_in_seconds() -> None:
    said = [Statement(A, P, f"<{E}{number}>") for number in range(20_000)]
    begun = time.monotonic()
    assert write_turtle(said, OWN).count("\n") > 19_999
    assert TurtleWriter(OWN).block(A, said).count("\n") > 19_999
    assert time.monotonic() - begun < 4


# TriG


@QUICK
@given(datasets)
def test_trig_keeps_every_statement_in_its_graph(said: list[Statement]) -> None:
    written = serialize(said, TRIG, OWN)
    assert exact(parse(written, TRIG).statements, graphs=True) == exact(said, graphs=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: [Statement(A, f"<{PREFIXES['skos']}note>", B, f"<{E}g>"), Statement(B, P, A, f"<{E}g>")],
        lambda: [Statement(A, P, "_:x", f"<{E}g>"), Statement("_:x", Q, B)],
        lambda: [Statement(A, P, "_:x"), Statement("_:x", Q, B, f"<{E}g>")],
        lambda: [Statement(A, P, "_:x", f"<{E}g>"), Statement(B, P, "_:x", f"<{E}h>")],
        lambda: [Statement(A, P, B, "_:g"), Statement("_:g", P, B)],
        lambda: [Statement(A, P, B, "_:g"), Statement(A, P, B, "_:h")],
        lambda: [Statement(A, P, literal("> .\n\n"), f"<{E}g>"), Statement(B, P, A)],
    ],
    ids=["blocks that end in an IRI", "shared with the default graph", "described in a named graph",
         "shared between graphs", "graph is described", "graphs without names", "looks like an end"],
)  # fmt: skip
def test_trig_keeps_graphs_apart_and_their_blank_nodes_together(make: Callable[[], list[Statement]]) -> None:
    said = make()
    for prefixes in (OWN, PREFIXES, {}):
        written = serialize(said, TRIG, prefixes)
        assert exact(parse(written, TRIG).statements, graphs=True) == exact(said, graphs=True)

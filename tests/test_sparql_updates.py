"""The update guard: what it lets through, what it refuses, in which words, and what it reads exactly."""

from __future__ import annotations

import pyoxigraph
import pytest

from pathways_ld.errors import (
    BadRequest,
    PayloadTooLarge,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
)
from pathways_ld.rdfio import Statement
from pathways_ld.sparql.guard import QueryLimits
from pathways_ld.sparql.updates import check_update

P = "PREFIX ex: <http://example.org/> "
XSD = "http://www.w3.org/2001/XMLSchema#"
G, H = "http://example.org/g", "http://example.org/h"


def engine_does(text: str) -> frozenset[pyoxigraph.Quad]:
    """Evaluate on a small store and give what is there afterwards."""
    store = pyoxigraph.Store()
    store.update(
        P
        + "INSERT DATA { ex:a ex:p ex:default . GRAPH ex:g { ex:a ex:p ex:in-g } GRAPH ex:h { ex:a ex:p ex:in-h } }"
    )
    store.update(text)
    return frozenset(store)


def texts_do(*texts: str) -> set[str]:
    """Evaluate one text after the other on an empty store."""
    store = pyoxigraph.Store()
    for text in texts:
        store.update(text)
    return {str(quad) for quad in store}


# what passes

HARMLESS = [
    ("", ()),
    ("# nothing\n", ()),
    (P, ()),
    ("INSERT DATA {}", ("INSERT DATA",)),
    ("insert data {};", ("INSERT DATA",)),
    (P + "INSERT DATA { GRAPH ex:g { ex:a ex:b 1 } }", ("INSERT DATA",)),
    (P + "DELETE DATA { ex:a ex:b 1 } ; PREFIX f: <http://f.org/> INSERT DATA { f:a ex:b 2 }", None),
    (P + "DELETE WHERE { ?s ex:p ?o }", ("DELETE WHERE",)),
    (P + "DELETE { ?s ?p ?o } INSERT { ?s ex:q ?o } WHERE { ?s ?p ?o }", None),
    (P + "WITH ex:g DELETE { ?s ?p ?o } USING ex:h WHERE { ?s ?p ?o }", ("DELETE",)),
    (P + "CLEAR GRAPH ex:g ; CLEAR SILENT DEFAULT ; CLEAR NAMED", ("CLEAR",) * 3),
    (P + "DROP GRAPH ex:g ; DROP DEFAULT ; DROP NAMED ; CREATE SILENT GRAPH ex:k", None),
    (P + "COPY ex:g TO DEFAULT ; MOVE ex:h TO ex:g ; ADD DEFAULT TO ex:h", ("COPY", "MOVE", "ADD")),
    (P + "INSERT DATA { ex:a ex:load 'LOAD <x> SERVICE CLEAR ALL' } # DROP ALL", ("INSERT DATA",)),
    (P + "INSERT { ?service ?load ?all } WHERE { ?service ?load ?all }", ("INSERT",)),
    ("PREFIX all: <http://e.org/> CLEAR SILENT GRAPH all:x", ("CLEAR",)),
]


@pytest.mark.parametrize(("text", "operations"), HARMLESS)
def test_an_update_passes_unchanged(text: str, operations: tuple[str, ...] | None) -> None:
    checked = check_update(text)
    assert checked.text == text
    texts_do("CREATE GRAPH <http://example.org/g> ; CREATE GRAPH <http://example.org/h>", *checked.texts)
    if operations is not None:
        assert checked.operations == operations


def test_what_the_engine_would_misread_is_rewritten_for_it() -> None:
    checked = check_update(P + "INSERT DATA { ex:a.b.c ex:b TRUE } ; DELETE WHERE { ex:a.b.c ?p FALSE }")
    triple = "<http://example.org/a.b.c> <http://example.org/b> "
    assert f'{triple}"true"^^<{XSD}boolean>' in map(str, engine_does(checked.text))


def test_much_may_be_written_at_once() -> None:
    triples = "".join(f"ex:s{number} ex:p ( {number} [ ex:q 'x'@en ] ) ." for number in range(15_000))
    limits = QueryLimits(query_bytes=2_000_000)
    assert check_update(f"{P}INSERT DATA {{ {triples} }}", limits=limits).operations == ("INSERT DATA",)
    assert check_update(f"{P}INSERT {{ {triples} }} WHERE {{}}", limits=limits).operations == ("INSERT",)


def test_declarations_may_stand_between_operations() -> None:
    # The grammar has a prologue before every operation, the engine reads only the first.
    text = (
        "PREFIX a: <x:1/> INSERT DATA { a:s a:p a:one.two.three } ;\n"
        "PREFIX a: <x:2/> BASE <http://b.org/c/> INSERT DATA { a:s a:p <../d> } ; INSERT DATA { a:s a:p a:o } ;\n"
        "PREFIX b: <x:3/> PREFIX e: <e> DELETE DATA { a:s a:p a:o } ; INSERT DATA { b:s a:p e: }"
    )
    checked = check_update(text)
    assert len(checked.texts) == 3
    assert texts_do(*checked.texts) == {
        "<x:1/s> <x:1/p> <x:1/one.two.three>",
        "<x:2/s> <x:2/p> <http://b.org/d>",
        "<x:3/s> <x:2/p> <http://b.org/c/e>",
    }
    for each, operation in zip(checked.texts, ("{ a:s a:p a:one", "{ a:s a:p <", "{ b:s"), strict=True):
        assert each.index(operation) == checked.text.index(operation)
    with pytest.raises(QueryError, match="before more than 50 operations"):
        check_update("INSERT DATA {} ; PREFIX a: <x:1/> " * 60)


# what is refused

REFUSED = [
    ("LOAD <http://10.0.0.1/>", "LOAD", 1),
    ("LOAD <file:///etc/passwd>", "LOAD", 1),
    ("load silent <http://example.org/> into graph <http://example.org/g>", "LOAD", 1),
    ("INSERT DATA {} ;\nLOAD <http://example.org/>", "LOAD", 2),
    ("\\u004COAD <http://example.org/>", "LOAD", 1),
    (P + "INSERT { ?s ?p ?o } WHERE { SERVICE <http://example.org/> { ?s ?p ?o } }", "SERVICE", 1),
    (P + "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT ex:x { ?s ?p ?o } }", "SERVICE", 1),
    (P + "DELETE { ?s ?p ?o } WHERE { FILTER EXISTS { SERVICESILENT<http://e.org/>{} } }", "SERVICE", 1),
    ("INSERT { ?s ?p ?o } WHERE { SER\\u0056ICE <http://example.org/> { ?s ?p ?o } }", "SERVICE", 1),
    ("SERVICE <http://example.org/> {}", "SERVICE", 1),
    ("CLEAR ALL", "CLEAR ALL", 1),
    ("clear silent all", "CLEAR ALL", 1),
    ("INSERT DATA {} ; DROP # comment\nALL", "DROP ALL", 2),
    ("DROP SILENT ALL;", "DROP ALL", 1),
]


@pytest.mark.parametrize(("text", "message", "line"), REFUSED)
def test_some_operations_are_refused_and_silent_does_not_help(text: str, message: str, line: int) -> None:
    with pytest.raises(QueryRefused, match=f"{message} is not") as caught:
        check_update(text)
    assert caught.value.details["line"] == line


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("SELECT * { ?s ?p ?o }", r"This is a query \(SELECT\)", 1, 1),
        ("INSERT DATA {} ;\n ASK {}", r"This is a query \(ASK\)", 2, 2),
        ("CLAER DEFAULT", "An operation starts with INSERT, DELETE", 1, 1),
        ("; INSERT DATA {}", 'not with ";"', 1, 1),
        ("INSERT DATA {} ;; INSERT DATA {}", 'not with ";"', 1, 17),
        ("<x:y> INSERT DATA {}", "not with", 1, 1),
        ("INSERT DATA { ?s <x:p> 1 }", "INSERT DATA takes no variables", 1, 15),
        ("DELETE DATA { GRAPH ?g { <x:s> <x:p> 1 } }", "DELETE DATA takes no variables", 1, 21),
        ("DELETE DATA { _:b <x:p> 1 }", "DELETE DATA takes no blank nodes", 1, 15),
        ("DELETE WHERE { [ <x:p> ?o ] <x:p> ?o }", "DELETE WHERE takes no blank nodes", 1, 16),
        ("DELETE { ?s ?p [] } WHERE { ?s ?p ?o }", "DELETE takes no blank nodes", 1, 16),
        ("INSERT DATA {\n <x:s> skos:note 1 }", "add PREFIX skos: <.*> at the start of the update", 2, 8),
        ("INSERT DATA { <s> <x:p> 1 }", "is relative, and the update has no BASE", 1, 15),
        ("INSERT DATA {\n <x:s> <x:p> 1", '"{" that is opened here is never closed', 1, 13),
        ("INSERT DATA { <x:s> <x:p> 1 }}", 'This "}" closes nothing', 1, 30),
        ("INSERT DATA { <x:s> <x:p> 'open }", "string that starts here is never closed", 1, 27),
        ("INSERT DATA { _:a <x:p> 1 } ; INSERT DATA { _:a <x:p> 2 }", "stands in two operations", 1, 45),
        ("INSRT DATA { }", "An operation starts with", 1, 1),
        ("CLEAR GRPH <x:g>", "did you mean GRAPH", 1, 7),
        ("INSERT DATA { <x:s> <x:p> '\\u00e9' , thing }", r"a variable is written \?thing", 1, 38),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        check_update(text)
    position = caught.value.position
    assert position is not None
    assert (position.line, position.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DELETE WHERE { " + "?s ?p ?o . " * 201 + "}", "The update has more than 200 triple patterns"),
        ("INSERT {} WHERE { FILTER " + "(" * 5_000 + "1" + ")" * 5_000 + "}", "nested more than 100 deep"),
        ("INSERT DATA { <x:s> <x:p> " + "(" * 21 + ")" * 21 + "}", "nested more than 20 deep"),
        ("INSERT {} WHERE { FILTER(1" + "+1" * 10_000 + ") }", "more than 2,000 operators"),
        ("INSERT {} WHERE { " + "OPTIONAL { ?s ?p ?o } " * 200 + "}", "more than 40 OPTIONALs"),
        ("INSERT {} WHERE { FILTER(?x IN (1" + ",1" * 100_000 + ")) }", "more than 5,000 values"),
        ("CREATE GRAPH <x:g>;" * 14_000, "more than .* words"),
    ],
)
def test_a_where_beyond_a_limit_is_an_error(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        check_update(text, limits=QueryLimits(query_bytes=1_000_000, tokens=40_000))


def test_size_and_encoding_are_those_of_an_update() -> None:
    with pytest.raises(PayloadTooLarge, match="The update is longer than the 10 bytes"):
        check_update("INSERT DATA {}", limits=QueryLimits(query_bytes=10))
    with pytest.raises(QuerySyntaxError, match="The update is not UTF-8: the byte at offset 14"):
        check_update(b"INSERT DATA {}\xff")


def test_updates_that_differ_in_spelling_only_are_equal() -> None:
    one = check_update("insert data{ <x:s> <x:p> 1 }; clear default")
    other = check_update("INSERT  DATA { # c\n<x:s> <x:p> 1 } ; CLEAR DEFAULT")
    assert one.normalised == other.normalised
    assert one.normalised != check_update("INSERT DATA { <x:s> <x:p> 1 }").normalised


# the dataset of the request

MODIFY = P + "INSERT { ex:new ex:q ?o } WHERE { ?s ex:p ?o }"
MODIFY_NAMED = P + "INSERT { ex:new ex:q ?o } WHERE { GRAPH ?g { ?s ex:p ?o } }"


def inserted(text: str, *graphs: str, named: tuple[str, ...] = ()) -> set[str]:
    checked = check_update(text, using_graphs=graphs, using_named_graphs=named)
    return {
        str(quad.object).rpartition("/")[2].rstrip(">")
        for quad in engine_does(checked.text)
        if "new" in str(quad.subject)
    }


def test_using_graph_uri_says_what_where_sees() -> None:
    assert inserted(MODIFY) == {"default"}
    assert inserted(MODIFY, G) == {"in-g"}
    assert inserted(MODIFY, G, H) == {"in-g", "in-h"}
    assert inserted(MODIFY, named=(G,)) == set()
    assert inserted(MODIFY_NAMED) == {"in-g", "in-h"}
    assert inserted(MODIFY_NAMED, named=(H,)) == {"in-h"}
    assert inserted(MODIFY_NAMED, G) == set()
    assert inserted(f"{P} CLEAR DEFAULT ; {MODIFY.removeprefix(P)}", G) == {"in-g"}


def test_delete_where_gets_the_dataset_of_the_request() -> None:
    text = P + "DELETE WHERE { ?s ex:p ?o . GRAPH ex:h { ex:a.b.c ?q TRUE } }"
    checked = check_update(text, using_graphs=(G,), using_named_graphs=(H,))
    assert checked.text == (
        P + "DELETE       { ?s ex:p ?o . GRAPH ex:h { ex:a\\.b\\.c ?q true } }"
        f" USING <{G}> USING NAMED <{H}> WHERE {{ ?s ex:p ?o . GRAPH ex:h {{ ex:a\\.b\\.c ?q true }} }}"
    )
    short = check_update(P + "DELETE WHERE { ?s ex:p ?o }", using_graphs=(G,))
    assert engine_does(short.text) == engine_does("")
    short = check_update(P + "DELETE WHERE { GRAPH ex:g { ?s ex:p ?o } }", using_named_graphs=(G,))
    assert len(engine_does(short.text)) == 2


def test_other_operations_do_not_change_with_the_dataset() -> None:
    text = P + "INSERT DATA { ex:a ex:b 1 } ; COPY DEFAULT TO ex:g ; DELETE DATA { ex:a ex:b 1 }"
    assert check_update(text, using_graphs=(G,)).text == text


@pytest.mark.parametrize("clause", ["USING ex:g", "USING NAMED ex:g"])
def test_graphs_are_chosen_by_the_text_or_by_the_request(clause: str) -> None:
    text = f"{P} DELETE {{ ?s ?p ?o }} {clause} WHERE {{ ?s ?p ?o }}"
    assert check_update(text).operations == ("DELETE",)
    with pytest.raises(BadRequest, match="USING"):
        check_update(text, using_graphs=(G,))
    with pytest.raises(BadRequest, match="WITH"):
        check_update(f"{P} WITH ex:g DELETE WHERE {{}}", using_named_graphs=(G,))


@pytest.mark.parametrize("iri", ["relative", "http://e.org/> WHERE {} ; DROP DEFAULT #", ""])
def test_a_graph_of_the_request_cannot_become_part_of_the_text(iri: str) -> None:
    with pytest.raises(BadRequest, match="no absolute IRI"):
        check_update("DELETE WHERE { ?s ?p ?o }", using_graphs=(iri,))


def test_places_are_those_of_the_text_that_was_sent() -> None:
    text = P + "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o } ;\n INSERT {} WHERE { ?s ?p }"
    checked = check_update(text, using_graphs=(G, H))
    line, _, column_text = checked.text.partition("\n")
    assert line.count("USING") == 2
    found = checked.source_start(2, column_text.index("?s ?p }") + 1)
    assert text[found:] == "?s ?p }"


# what the text says of literals


def test_literals_are_read_letter_by_letter() -> None:
    checked = check_update(
        f"PREFIX xsd: <{XSD}> "
        'INSERT { ?s ?p \'01\'^^xsd:integer , -7 , +1.50 , \'Colour\'@EN-gb , """a \\"b\\"\n\\u00e9"""@en } '
        f"WHERE {{ ?s ?p ?o FILTER(?o = 007 || ?o = '1'^^<{XSD}boolean>) BIND('x'@DE AS ?x) BIND('plain' AS ?y) }}"
    )
    assert checked.written == (
        f'"01"^^<{XSD}integer>',
        f'"-7"^^<{XSD}integer>',
        f'"+1.50"^^<{XSD}decimal>',
        '"Colour"@EN-gb',
        '"a \\"b\\"\\né"@en',
    )
    assert checked.mentioned == (f'"007"^^<{XSD}integer>', f'"1"^^<{XSD}boolean>', '"x"@DE')


def test_the_statements_of_data_blocks_are_read_exactly() -> None:
    checked = check_update(
        P
        + "INSERT DATA { <s> ex:p 01 ; ex:q ex:iri , 'a'@EN GRAPH ex:g { _:b ex:p -1.0 } . ex:a.b ex:p TRUE }"
        " ; BASE <http://other.org/> DELETE DATA { <s> ex:p 1e0 . GRAPH ex:h { } }",
        base_iri="http://example.org/",
    )
    e = "http://example.org/"
    inserts = [(each.inserts, each.statement._replace(subject="")) for each in checked.data_statements]
    assert inserts == [
        (True, Statement("", f"<{e}p>", f'"01"^^<{XSD}integer>')),
        (True, Statement("", f"<{e}q>", '"a"@EN')),
        (True, Statement("", f"<{e}p>", f'"-1.0"^^<{XSD}decimal>', f"<{e}g>")),
        (True, Statement("", f"<{e}p>", f'"true"^^<{XSD}boolean>')),
        (False, Statement("", f"<{e}p>", f'"1e0"^^<{XSD}double>')),
    ]
    subjects = [each.statement.subject for each in checked.data_statements]
    assert subjects[0] == f"<{e}s>"
    assert subjects[2].startswith("_:")
    assert subjects[3] == f"<{e}a.b>"
    assert subjects[4] == "<http://other.org/s>"


def test_an_update_cannot_pretend_to_delete_what_it_inserts() -> None:
    checked = check_update("INSERT DATA { <x:s> <x:p> 'DELETE DATA'@EN , 'b'@EN }")
    assert [each.inserts for each in checked.data_statements] == [True, True]

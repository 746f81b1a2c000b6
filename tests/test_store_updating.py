"""What an update would change, found in the real worker process: exact literals, limits, failures."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from pathways_ld.errors import QueryError, QueryMemoryExceeded, QuerySyntaxError, QueryTimeout, StoreError
from pathways_ld.rdfio import Statement, graph_line, is_blank
from pathways_ld.sparql.updates import check_update
from pathways_ld.sparql.updating import Outcome, evaluate_update
from pathways_ld.store import frames, update_worker
from pathways_ld.store.base import Limits
from pathways_ld.store.updating import run_update

E = "http://example.org/"
XSD = "http://www.w3.org/2001/XMLSchema#"
P = f"PREFIX ex: <{E}> PREFIX xsd: <{XSD}> "


def st(subject: str, predicate: str, term: str, graph: str = "") -> Statement:
    """Make a statement of N-Triples terms, of which "x" stands for an IRI."""
    first, second, third = (
        each if each[:1] in '"_' else f"<{E}{each}>" for each in (subject, predicate, term)
    )
    return Statement(first, second, third, f"<{E}{graph}>" if graph else "")


def typed(text: str, name: str) -> str:
    return f'"{text}"^^<{XSD}{name}>'


ONE, ONE_PADDED = typed("1", "integer"), typed("01", "integer")

ASSERTED = [
    st("colour", "label", '"Colour"@EN-gb'),
    st("colour", "label", '"Farbe"@de'),
    st("colour", "tag", '"tag"@en'),
    st("colour", "tag", '"tag"@EN'),
    st("colour", "number", ONE_PADDED),
    st("colour", "number", ONE),
    st("colour", "size", typed("1.50", "decimal")),
    st("colour", "at", typed("2026-01-01T00:00:00.000Z", "dateTime")),
    st("colour", "count", typed("3", "nonNegativeInteger")),
    st("colour", "flag", typed("1", "boolean")),
    st("colour", "code", f'"01"^^<{E}code>'),
    st("colour", "text", '"a \\"quoted\\"\\nline \\\\ and more "'),
    st("colour", "nested", "_:c14n0"),
    st("_:c14n0", "text", '"inner"@EN-gb'),
    st("_:c14n0", "next", "_:00ff"),
    st("a", "label", '"Colour"@EN-gb', "g"),
    st("a", "number", ONE, "g"),
]


def change(
    update: str, asserted: Iterable[Statement] = ASSERTED, *, empty: Iterable[str] = ()
) -> tuple[set[Statement], set[Statement]]:
    outcome = outcome_of(update, asserted, empty=empty)
    return set(outcome.added), set(outcome.removed)


def outcome_of(
    update: str,
    asserted: Iterable[Statement] | Path = ASSERTED,
    *,
    empty: Iterable[str] = (),
    limits: Limits | None = None,
) -> Outcome:
    return evaluate_update(asserted, check_update(P + update, base_iri=E), empty_graphs=empty, limits=limits)


# exactness


@pytest.mark.parametrize(
    "update",
    [
        "DELETE { ?s ?p ?o } INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "INSERT DATA { ex:colour ex:label 'Colour'@EN-gb , 'Farbe'@de ; ex:number 01 , 1 ; ex:size 1.50 }",
        "INSERT DATA { ex:colour ex:label 'Colour'@en-GB ; ex:flag '1'^^xsd:boolean }",
        "INSERT DATA { ex:new ex:p 1 } ; DELETE DATA { ex:new ex:p 1 }",
        "COPY ex:g TO ex:h ; DROP GRAPH ex:h",
        "DELETE DATA { ex:colour ex:number 7 }",
    ],
)
def test_what_stays_the_same_is_no_change(update: str) -> None:
    assert change(update) == (set(), set())


def test_what_goes_is_named_as_it_was_written() -> None:
    added, removed = change("DELETE WHERE { ex:colour ?p ?o }")
    assert removed == {each for each in ASSERTED if each.subject == f"<{E}colour>" and not each.graph}
    assert not added
    assert change("CLEAR DEFAULT ; CLEAR GRAPH ex:g") == (set(), set(ASSERTED))


def test_all_forms_of_a_value_go_together() -> None:
    assert change("DELETE DATA { ex:colour ex:number 1 ; ex:tag 'tag'@en }")[1] == {
        each for each in ASSERTED if each.predicate in (f"<{E}number>", f"<{E}tag>") and not each.graph
    }


def test_new_literals_have_the_form_they_were_written_in() -> None:
    added, removed = change(
        "INSERT DATA { ex:n ex:p 'x'@En-GB , '01'^^xsd:integer , 1 , 1.0 , 1.0e0 , +5 , -07 , TRUE ,"
        " '2026-01-01T00:00:00.000Z'^^xsd:dateTime , '1'^^xsd:nonNegativeInteger , 'plain'^^xsd:string"
        " GRAPH ex:g { ex:n ex:p 00 } }"
    )
    assert not removed
    assert added == {
        *(st("n", "p", typed(text, "integer")) for text in ("01", "1", "+5", "-07")),
        st("n", "p", '"x"@En-GB'),
        st("n", "p", typed("1.0", "decimal")),
        st("n", "p", typed("1.0e0", "double")),
        st("n", "p", typed("true", "boolean")),
        st("n", "p", typed("2026-01-01T00:00:00.000Z", "dateTime")),
        st("n", "p", typed("1", "nonNegativeInteger")),
        st("n", "p", '"plain"'),
        st("n", "p", typed("00", "integer"), "g"),
    }


def test_each_place_gets_the_form_that_was_inserted_there() -> None:
    assert change("INSERT DATA { ex:x ex:p 1 . ex:y ex:p 01 . ex:z ex:p 001 }")[0] == {
        st("x", "p", typed("1", "integer")),
        st("y", "p", typed("01", "integer")),
        st("z", "p", typed("001", "integer")),
    }


def test_a_form_is_replaced_by_delete_data_and_insert_data() -> None:
    update = (
        "DELETE DATA { ex:colour ex:label 'Colour'@EN-gb ; ex:size 1.50 } ; "
        "INSERT DATA { ex:colour ex:label 'Colour'@en-GB ; ex:size 1.5 }"
    )
    added, removed = change(update)
    assert added == {st("colour", "label", '"Colour"@en-GB'), st("colour", "size", typed("1.5", "decimal"))}
    assert removed == {
        st("colour", "label", '"Colour"@EN-gb'),
        st("colour", "size", typed("1.50", "decimal")),
    }


def test_what_is_copied_keeps_its_forms() -> None:
    added, removed = change("COPY DEFAULT TO ex:h")
    assert added == {each._replace(graph=f"<{E}h>") for each in ASSERTED if not each.graph}
    assert not removed


def test_what_is_renamed_keeps_its_forms() -> None:
    added, _ = change("DELETE { ?s ex:label ?o } INSERT { ?s ex:name ?o } WHERE { ?s ex:label ?o }")
    assert added == {st("colour", "name", '"Colour"@EN-gb'), st("colour", "name", '"Farbe"@de')}
    added, _ = change(
        "INSERT { ex:other ?p ?o } WHERE { ex:colour ?p ?o FILTER(?p IN (ex:size, ex:at, ex:flag)) }"
    )
    assert added == {
        st("other", "size", typed("1.50", "decimal")),
        st("other", "at", typed("2026-01-01T00:00:00.000Z", "dateTime")),
        st("other", "flag", typed("1", "boolean")),
    }


def test_a_template_says_the_form_and_a_condition_does_not() -> None:
    added, _ = change("INSERT { ?s ex:copy '007'^^xsd:integer } WHERE { ?s ex:number 1 }")
    assert added == {st("colour", "copy", typed("007", "integer"))}
    added, _ = change("INSERT { ?s ex:copy ?o } WHERE { ?s ex:size ?o FILTER(?o = 1.5000) }")
    assert added == {st("colour", "copy", typed("1.50", "decimal"))}
    added, _ = change("INSERT { ex:x ex:copy ?o } WHERE { VALUES ?o { 'neu'@DE 0042 } }")
    assert added == {st("x", "copy", '"neu"@DE'), st("x", "copy", typed("0042", "integer"))}


def test_what_is_computed_has_the_form_of_the_engine() -> None:
    assert change("INSERT { ex:x ex:p ?n } WHERE { BIND(40 + 2 AS ?n) }")[0] == {
        st("x", "p", typed("42", "integer"))
    }


# blank nodes and graphs


def test_blank_nodes_keep_their_labels_and_new_ones_are_new() -> None:
    _, removed = change("DELETE WHERE { ex:colour ex:nested ?b . ?b ex:text ?t }")
    assert removed == {st("colour", "nested", "_:c14n0"), st("_:c14n0", "text", '"inner"@EN-gb')}
    added, _ = change("INSERT DATA { _:c14n0 ex:p 01 . ex:x ex:q _:c14n0 , [] }")
    labels = {term for each in added for term in (each.subject, each.object) if is_blank(term)}
    assert len(labels) == 2
    assert not labels & {"_:c14n0", "_:00ff"}
    assert {each.object for each in added if each.predicate == f"<{E}p>"} == {ONE_PADDED}
    added, _ = change("INSERT { ?b ex:mark 1 } WHERE { ex:colour ex:nested ?b }")
    assert added == {st("_:c14n0", "mark", ONE)}


def test_the_default_graph_is_the_unnamed_one() -> None:
    assert change("INSERT { ?s ex:seen ex:x } WHERE { ?s ex:number ?n }")[0] == {st("colour", "seen", "x")}
    assert change("DELETE DATA { GRAPH ex:g { ex:a ex:number 1 } }")[1] == {st("a", "number", ONE, "g")}


def test_the_same_triple_in_two_graphs_is_two_statements() -> None:
    both = [st("s", "p", ONE_PADDED), st("s", "p", ONE, "g")]
    assert change("DELETE DATA { ex:s ex:p 1 }", both) == (set(), {both[0]})
    assert change("CLEAR GRAPH ex:g", both) == (set(), {both[1]})


def test_graphs_without_statements_are_kept_and_made() -> None:
    k = E + "k"
    assert outcome_of("INSERT DATA { ex:x ex:y ex:z }", empty=[k]).empty_graphs == {k}
    assert outcome_of("CREATE GRAPH ex:h", empty=[k]).empty_graphs == {k, E + "h"}
    assert outcome_of("DROP GRAPH ex:k", empty=[k]).empty_graphs == set()
    assert outcome_of("CLEAR GRAPH ex:g").empty_graphs == {E + "g"}
    assert outcome_of("INSERT DATA { GRAPH ex:k { ex:x ex:y 1 } }", empty=[k]).empty_graphs == set()
    assert outcome_of("", empty=[k]) == Outcome(empty_graphs=frozenset({k}))


# failures


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ("CREATE GRAPH ex:g", "The graph <.*g> already exists"),
        ("CLEAR GRAPH ex:nope", "The graph <.*nope> does not exist"),
        ("INSERT DATA { ex:x ex:y 1 } ; DROP GRAPH ex:nope", "does not exist.* Nothing was changed"),
        ("INSERT DATA { ex:x ex:y <<( ex:x ex:y 1 )>> }", "only RDF 1.1 is kept"),
        ("INSERT DATA { ex:x ex:y 'a'@en--ltr }", "only RDF 1.1 is kept"),
        ("INSERT { GRAPH ?b { ex:x ex:y 1 } } WHERE { ex:colour ex:nested ?b }", "named by a blank node"),
        ("INSERT { ?s ex:y 1 } WHERE { ?s ?p ?o FILTER(ex:f(?o)) }", "."),
    ],
)
def test_an_operation_that_fails_is_an_error(update: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        outcome_of(update)
    assert not isinstance(caught.value, QuerySyntaxError)


def test_a_syntax_error_has_the_place_in_the_text_that_was_sent() -> None:
    update = check_update(
        P + "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o } ;\n INSERT DATA { ex:x ex:y }", using_graphs=(E + "g",)
    )
    with pytest.raises(QuerySyntaxError, match='The update cannot be read from "}" on') as caught:
        evaluate_update(ASSERTED, update)
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (2, 26)
    later = check_update("INSERT DATA {} ;\nPREFIX ex: <x:> INSERT DATA { ex:x ex:y }")
    with pytest.raises(QuerySyntaxError) as caught:
        evaluate_update(ASSERTED, later)
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (2, 41)


CARTESIAN = "WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?q ?r ?t . ?u ?v ?w . ?x ?y ?z }"


def update_workers() -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes()
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if b"store.update_worker" in command and int(parent) == os.getpid():
                found.add(int(entry.name))
    return found


def test_an_update_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(QueryTimeout, match="stopped after 1 seconds; nothing was changed"):
        outcome_of(
            f"INSERT {{ ex:x ex:y ?n }} {CARTESIAN.replace('}', 'FILTER(?a = ?z && ?z = 3) }')}",
            limits=Limits(deadline=1),
        )
    assert not update_workers()


def test_an_update_that_needs_too_much_memory_is_stopped() -> None:
    limits = Limits(deadline=60, memory=60_000_000)
    with pytest.raises(QueryMemoryExceeded, match="nothing was changed"):
        outcome_of(f"INSERT {{ ?a ex:y ?z ; ex:z ?c , ?f , ?i , ?l . ?u ?v ?l }} {CARTESIAN} ", limits=limits)
    assert not update_workers()


def test_changes_have_a_bound() -> None:
    update = check_update("DELETE WHERE { ?s ?p ?o }")
    with pytest.raises(QueryError, match="at most 3 can be changed at once"):
        run_update(ASSERTED, update, most_changes=3)


def test_a_worker_that_is_killed_is_an_error() -> None:
    caught: list[BaseException] = []

    def run() -> None:
        try:
            outcome_of(f"INSERT {{ ex:x ex:y ?n }} {CARTESIAN}", limits=Limits(deadline=60))
        except StoreError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not (pids := update_workers()):
        time.sleep(0.01)
    for pid in pids:
        os.kill(pid, 9)
    thread.join(30)
    assert len(caught) == 1


def test_a_file_is_read_and_an_unreadable_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "asserted.nq"
    path.write_text("".join(map(graph_line, ASSERTED)), encoding="utf-8", newline="\n")
    assert outcome_of("CLEAR DEFAULT", path) == outcome_of("CLEAR DEFAULT")
    path.write_text("no RDF\n", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be read"):
        outcome_of("CLEAR DEFAULT", path)
    with pytest.raises(StoreError, match="cannot be read"):
        outcome_of("CLEAR DEFAULT", tmp_path / "absent.nq")


def test_the_worker_answers_with_lines(tmp_path: Path) -> None:
    path = tmp_path / "asserted.nq"
    path.write_text("".join(map(graph_line, ASSERTED)), encoding="utf-8", newline="\n")
    request = {
        "asserted": str(path),
        "texts": [f"{P} CLEAR GRAPH ex:g ; INSERT DATA {{ ex:x ex:y 1 }}"],
        "base_iri": None,
        "empty_graphs": [],
        "written": [],
        "mentioned": [],
        "data": [],
        "most": 100,
    }
    sent: list[tuple[bytes, bytes]] = []
    update_worker.answer(request, lambda kind, payload: sent.append((kind, payload)))
    assert [kind for kind, _ in sent] == [frames.DATA, frames.END]
    assert [line[:1] for line in sent[0][1].splitlines()] == [b"+", b"-", b"-", b"="]
    sent.clear()
    update_worker.answer(
        {**request, "texts": ["nonsense"]}, lambda kind, payload: sent.append((kind, payload))
    )
    assert json.loads(sent[0][1])["kind"] == frames.SYNTAX

"""Validation in worker processes: deadlines, memory, strangers' shapes, and the context of a snapshot."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pathways_ld import errors, releases
from pathways_ld.errors import (
    InputError,
    SnapshotCorrupt,
    ValidationBusy,
    ValidationMemoryExceeded,
    ValidationStopped,
    ValidationTimeout,
)
from pathways_ld.rdfio import Statement, graph_line, literal
from pathways_ld.report import ValidationReport
from pathways_ld.settings import Settings
from pathways_ld.snapshot import read_asserted
from pathways_ld.validation.engine import Engine
from pathways_ld.validation.pool import ValidationPool, validate
from pathways_ld.validation.request import ValidationLimits, ValidationRequest
from pathways_ld.validation.transfer import read_report, read_request, write_report, write_request
from vocabularies import BASE, turtle

CONCEPT = ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:definition "A."@en .'
HANGING = ':s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:prefLabel ; sh:pattern "^(a+)+$" ] .'
LONG = f':a a skos:Concept ; skos:prefLabel "{"a" * 60}b"@en .'
LIMITS = ValidationLimits()


@pytest.fixture(scope="module")
def pool() -> Iterator[ValidationPool]:
    with ValidationPool(workers=1, queue=1) as made:
        yield made


def request(text: str, **changes: object) -> ValidationRequest:
    return replace(ValidationRequest(turtle(text), base=BASE), **changes)  # type: ignore[arg-type]


def rules(report: ValidationReport) -> list[str]:
    return [result.rule for result in report.results]


def query_shape(query: str) -> list[Statement]:
    return turtle(
        f':s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:sparql [ sh:message "m" ; sh:select """{query}""" ] .'
    )


# one validation


def test_results_are_in_words(pool: ValidationPool) -> None:
    report = pool.validate(
        request(
            ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:altLabel "B", "A"@en ; skos:definition "."@en .'
        )
    )
    assert not report.conforms
    must, should = report.results
    assert (must.rule, must.severity) == ("S13-preferred-is-not-alternative", "must fix")
    assert must.focus == f"<{BASE}a>"
    assert must.focus_label == "A"
    assert must.value == '"A"@en'
    assert must.path_label == "skos:prefLabel"
    assert must.component == "http://www.w3.org/ns/shacl#DisjointConstraintComponent"
    assert must.source_shape.endswith("skos#S13-preferred-is-not-alternative")
    assert must.why.startswith("SKOS S13")
    assert must.rule_url.endswith("/rules/S13-preferred-is-not-alternative")
    assert must.fix is not None
    assert must.fix.text == 'Remove skos:altLabel "A"@en.'
    assert should.fix is not None
    assert should.fix.term == '"B"@en'
    assert report.checked["statements"] == 5


def test_the_report_is_the_same_as_in_this_process(pool: ValidationPool) -> None:
    asked = request(':a a skos:Concept, skos:Collection ; skos:broader :a, "x" ; skos:related [] .')
    assert pool.validate(asked) == Engine().run(asked, LIMITS)


def test_requests_and_reports_survive_the_way(pool: ValidationPool) -> None:
    del pool
    odd = turtle(':a rdfs:label "line\\nbreak \\u2028 \\u0085 quote \\" 😀"@en-GB, "007"^^xsd:integer .')
    asked = ValidationRequest(odd, odd, odd, ("skos",), odd, integrity=False, strict=True, base=BASE)
    assert read_request(write_request(asked, LIMITS)) == (replace(asked, shapes=("skos",)), LIMITS)
    folder = replace(asked, context=Path("/nowhere"))
    assert read_request(write_request(folder, LIMITS))[0] == folder
    report = Engine().run(request(":a a skos:Concept ."), LIMITS)
    assert report.results
    assert read_report(write_report(report)) == report
    with pytest.raises(ValueError, match="not a report"):
        read_report(b"{}")


def test_nothing_targeted_is_said(pool: ValidationPool) -> None:
    assert rules(
        pool.validate(
            request('<http://x.example/a> a <http://x.example/Concept> ; rdfs:label "A" .', integrity=False)
        )
    ) == ["nothing-targeted"]
    assert pool.validate(request(CONCEPT)).results == ()


def test_unknown_shapes_and_broken_shapes_are_input_errors(pool: ValidationPool) -> None:
    with pytest.raises(InputError, match='no shapes "sko"; ours are skos'):
        pool.validate(request(CONCEPT, shapes=("sko",)))
    broken = turtle(":s a sh:PropertyShape ; sh:targetClass skos:Concept ; sh:path :p ; sh:minCount 'one' .")
    with pytest.raises(InputError, match="shapes cannot be used"):
        pool.validate(request(CONCEPT, own_shapes=broken))
    assert pool.validate(request(CONCEPT)).conforms


def test_too_many_statements_are_refused(pool: ValidationPool) -> None:
    with pytest.raises(InputError, match="document has 3 statements; at most 2"):
        pool.validate(request(CONCEPT), replace(LIMITS, statements=2))
    with pytest.raises(InputError, match="shapes has"):
        pool.validate(request(CONCEPT, own_shapes=turtle(HANGING)), replace(LIMITS, shape_statements=2))


def test_only_so_many_results_are_given_and_all_are_counted(pool: ValidationPool) -> None:
    text = "".join(f":c{number} a skos:Concept . " for number in range(10))
    report = pool.validate(request(text, integrity=False), replace(LIMITS, results=5))
    assert len(report.results) == 5
    assert report.checked["results"] == 20


# bounds


def test_a_pattern_that_hangs_is_stopped_at_the_deadline(pool: ValidationPool) -> None:
    with pytest.raises(ValidationTimeout, match=r"more than 0\.5 seconds"):
        pool.validate(request(LONG, shapes=(), own_shapes=turtle(HANGING)), ValidationLimits(deadline=0.5))
    assert pool.validate(request(CONCEPT)).conforms


def test_memory_is_bounded(pool: ValidationPool) -> None:
    many = [
        Statement(f"<{BASE}c{number}>", f"<{BASE}p>", literal(f"{number} {'x' * 100}"))
        for number in range(300_000)
    ]
    with pytest.raises(ValidationMemoryExceeded):
        pool.validate(
            replace(request(CONCEPT), statements=many), ValidationLimits(memory=60_000_000, deadline=60)
        )
    assert pool.validate(request(CONCEPT)).conforms


def test_a_worker_that_is_killed_is_replaced(pool: ValidationPool) -> None:
    pool.validate(request(CONCEPT))
    (worker,) = pool._idle
    os.kill(worker.pid, signal.SIGKILL)
    worker._process.wait()
    assert pool.validate(request(CONCEPT)).conforms


def test_who_cannot_even_wait_is_told_at_once(pool: ValidationPool) -> None:
    slow = request(LONG, shapes=(), own_shapes=turtle(HANGING))
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(pool.validate, slow, ValidationLimits(deadline=8))
        wait_until(lambda: pool._busy == 1)
        second = threads.submit(pool.validate, request(CONCEPT), ValidationLimits(deadline=1))
        wait_until(lambda: pool._waiting == 1)
        with pytest.raises(ValidationBusy, match="1 validations are waiting"):
            pool.validate(request(CONCEPT))
        with pytest.raises(ValidationBusy, match="kept all processes busy"):
            second.result()
        with pytest.raises(ValidationTimeout):
            first.result()


def wait_until(condition: object) -> None:
    assert callable(condition)
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        threading.Event().wait(0.01)


def test_closing_stops_what_is_under_way() -> None:
    made = ValidationPool()
    slow = request(LONG, shapes=(), own_shapes=turtle(HANGING))
    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(made.validate, slow, ValidationLimits(deadline=60))
        wait_until(lambda: bool(made._at_work))
        made.close()
        with pytest.raises(ValidationStopped, match="service is ending"):
            under_way.result()
    with pytest.raises(ValidationStopped, match="service is ending"):
        made.validate(request(CONCEPT))


def test_the_shared_pool_serves_everybody() -> None:
    assert validate(request(CONCEPT), LIMITS).conforms


# shapes of strangers


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this WHERE { $this ?p ?o . SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT $this FROM <file:///etc/passwd> WHERE { $this ?p ?o }",
        "SELECT $this WHERE { $this ?p ?o . \\\\u0053ERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "SELECT $this WHERE { $this ?p ?o . #\\nservice SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }",
    ],
)
def test_shapes_may_not_ask_other_servers(pool: ValidationPool, query: str) -> None:
    with pytest.raises(InputError, match=r"uses (SERVICE|FROM)"):
        pool.validate(request(CONCEPT, shapes=(), own_shapes=query_shape(query)))


def test_words_that_only_look_dangerous_are_fine(pool: ValidationPool) -> None:
    shape = query_shape(
        "SELECT $this WHERE { $this <http://www.w3.org/2004/02/skos/core#prefLabel> ?service . # FROM here on\\n"
        " FILTER (STR(?service) = 'SERVICE') }"
    )
    assert pool.validate(request(CONCEPT, shapes=(), own_shapes=shape)).conforms


def test_what_is_not_run_is_said(pool: ValidationPool) -> None:
    shapes = turtle(
        """<http://example.org/shapes> owl:imports <http://127.0.0.1:1/shapes> .
        :s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:rule [ a sh:TripleRule ; sh:subject sh:this ;
            sh:predicate :p ; sh:object :o ] ; sh:js [ sh:jsFunctionName "f" ] ;
            sh:property [ sh:path :p ; sh:maxCount 0 ] ."""
    )
    report = pool.validate(request(CONCEPT, shapes=(), own_shapes=shapes))
    assert report.conforms
    said = " ".join(result.message for result in report.results)
    assert {result.severity for result in report.results} == {"tip"}
    for name in ("owl:imports", "sh:rule", "sh:js"):
        assert name in said


def test_queries_and_patterns_are_bounded_in_length(pool: ValidationPool) -> None:
    with pytest.raises(InputError, match="query in the shapes has"):
        pool.validate(request(CONCEPT, own_shapes=query_shape("SELECT $this WHERE {}" + " " * 30_000)))
    pattern = turtle(f':s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:pattern "{"a" * 3000}" .')
    with pytest.raises(InputError, match="sh:pattern has"):
        pool.validate(request(CONCEPT, own_shapes=pattern))


def test_deep_shapes_are_an_input_error(pool: ValidationPool) -> None:
    deep = (
        ":s a sh:NodeShape ; sh:targetClass skos:Concept ; sh:not "
        + "[ sh:not " * 300
        + "[]"
        + " ]" * 300
        + " ."
    )
    with pytest.raises(InputError, match="shapes cannot be used"):
        pool.validate(request(CONCEPT, shapes=(), own_shapes=turtle(deep)))


# in the context of a snapshot


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snapshot")
    text = ":s a skos:ConceptScheme . :h a skos:Concept ; skos:topConceptOf :s ; skos:inScheme :s ; skos:prefLabel 'Hub'@en-GB ; skos:definition 'H'@en ."
    for number in range(200):
        text += (
            f":c{number} a skos:Concept ; skos:inScheme :s ; skos:broader :{f'c{number // 3 - 1}' if number > 3 else 'h'} ;"
            f' skos:prefLabel "Concept {number}"@en ; skos:definition "{number}"@en ; :size "0{number}"^^xsd:integer .\n'
        )
    text += ":c9 skos:altLabel 'Nine'@EN-gb ; :about [ skos:exactMatch <http://other.example/9> ] . :blank :of [ :of [] ] ."
    text += ":size a rdf:Property . :about a rdf:Property . :of a rdf:Property ."
    source = folder / "made.nt"
    source.write_text("".join(map(graph_line, turtle(text))), encoding="utf-8")
    report = releases.build([source], Settings(state_dir=folder / "var", canonical_base=BASE), check=False)
    return report.folder


CHANGES = {
    "new": (':new a skos:Concept ; skos:prefLabel "New"@en ; skos:broader :c9 ; skos:inScheme :s .', ""),
    "label": (':c5 skos:altLabel "concept 6"@EN .', ""),
    "taken": (
        ':new a skos:Concept ; skos:prefLabel "nine"@en-gb ; skos:definition "n"@en ; skos:topConceptOf :s .',
        "",
    ),
    "loop": (":c0 skos:broader :c15 .", ""),
    "related": (":c0 skos:related :c15 .", ""),
    "number": (':c7 :size "7"^^xsd:integer .', ""),
    "moved": (":c4 skos:broader :c9 .", ":c4 skos:broader :c0 ."),
    "gone": (
        "",
        ':c5 a skos:Concept ; skos:inScheme :s ; skos:broader :c0 ; skos:prefLabel "Concept 5"@en ; skos:definition "5"@en ; :size "05"^^xsd:integer .',
    ),
    "blank": (":c7 skos:related [ skos:prefLabel 'blank'@en ] .", ""),
    "mapped": (
        ":c9 skos:broadMatch <http://other.example/9> ; skos:exactMatch :c8 . :c8 skos:exactMatch <http://other.example/9> .",
        "",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_has_in_a_snapshot_the_verdict_that_the_whole_has(
    pool: ValidationPool, snapshot: Path, change: str
) -> None:
    added, removed = map(turtle, CHANGES[change])
    before = read_asserted(snapshot).statements
    after = sorted((set(before) - set(removed)) | set(added))
    report = pool.validate(ValidationRequest(added, removed, snapshot, base=BASE))
    whole = {said(each) for each in pool.validate(ValidationRequest(after, base=BASE)).results}
    old = {said(each) for each in pool.validate(ValidationRequest(before, base=BASE)).results}
    found = {said(each) for each in report.results}
    assert whole != old or change in {"number", "moved"}
    assert found <= whole
    assert whole - old <= found  # all that is new is told
    in_memory = pool.validate(ValidationRequest(added, removed, before, base=BASE))
    assert {said(each) for each in in_memory.results} == found


def said(result: object) -> tuple[str, ...]:
    return tuple(
        "_:" if str(getattr(result, name)).startswith("_:") else str(getattr(result, name))
        for name in ("rule", "severity", "focus", "path", "value")
    )


def test_a_change_is_worded_with_labels_of_the_snapshot(pool: ValidationPool, snapshot: Path) -> None:
    report = pool.validate(ValidationRequest(turtle(":c0 skos:related :c15 ."), context=snapshot, base=BASE))
    (result,) = [each for each in report.results if each.rule == "S27"]
    assert "Concept 15" in result.message
    assert result.focus_label == "Concept 0"


def test_blank_nodes_keep_the_labels_of_the_document(pool: ValidationPool, snapshot: Path) -> None:
    asked = turtle(":c7 skos:broader [ skos:prefLabel 'blank'@en ] .")
    (blank,) = {each.subject for each in asked if each.subject.startswith("_:")}
    report = pool.validate(ValidationRequest(asked, context=snapshot, base=BASE))
    assert blank in {each.value for each in report.results}


def test_a_snapshot_is_opened_beforehand(snapshot: Path) -> None:
    with ValidationPool() as made:
        made.warm_up(snapshot)
        wait_until(lambda: bool(made._idle))
        assert made.validate(
            ValidationRequest(turtle(":c0 a skos:Concept ."), context=snapshot, base=BASE)
        ).conforms


def test_a_snapshot_that_is_not_there_is_said(pool: ValidationPool, tmp_path: Path) -> None:
    with pytest.raises(SnapshotCorrupt, match="cannot be read"):
        pool.validate(ValidationRequest(turtle(CONCEPT), context=tmp_path, base=BASE))


def test_every_way_to_stop_is_a_service_that_is_unavailable() -> None:
    for kind in (ValidationTimeout, ValidationMemoryExceeded, ValidationBusy):
        assert issubclass(kind, errors.ValidationStopped)
    assert ValidationBusy("later").retry_after > 0

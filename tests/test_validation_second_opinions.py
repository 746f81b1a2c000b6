"""Other people's SHACL engines find what ours finds; they are installed for this only (see the CI workflow)."""

from __future__ import annotations

import random
from typing import Any

import pytest
from rdflib.namespace import SH

from pathways_ld.rdfio import Statement, line
from pathways_ld.validation.compiling import compile_shapes
from pathways_ld.validation.indexed import ordinary_graph, quiet_loggers, term_of
from pathways_ld.validation.shacl import validate_all
from vocabularies import PROPERTIES, VALUES, forms, ours, turtle

Row = tuple[str, str, str, str]

# What is left out is where the others differ: ill-formed dates, "a"@EN beside "a"@en, literals as focus nodes.
_LEFT_OUT = ("@EN", "01/02/2024", "rdfs:subClassOf", "_:b", '"text"')


def document(seed: int) -> list[Statement]:
    """Make a document of about 120 statements with many slips."""
    chance = random.Random(seed)  # noqa: S311
    lines = []
    for _ in range(200):
        predicate = chance.choice(PROPERTIES)
        subject, value = f":c{chance.randrange(12)}", chance.choice(VALUES[predicate])
        said = f"{subject} {predicate} {value} ."
        if not any(each in said for each in _LEFT_OUT):
            lines.append(said)
    return sorted(set(turtle("\n".join(lines))))


def core() -> list[Statement]:
    """Give shapes without SPARQL, and without an order of texts that are in different languages."""
    shapes = [*ours("skos"), *forms()]
    sparql = {each.subject for each in shapes if each.predicate == f"<{SH.sparql}>"}
    order = f"<{SH.lessThan}>"
    return [each for each in shapes if each.subject not in sparql and each.predicate != order]


def rows(statements: list[Statement]) -> list[Row]:
    report = validate_all(statements, compile_shapes(core()))
    return sorted(
        (each.focus_term, each.value_term, f"<{each.component_iri}>", f"<{each.severity_iri}>")
        for each in report.results
    )


@pytest.mark.parametrize("seed", range(5))
def test_pyshacl_turbo_agrees(seed: int) -> None:
    turbo: Any = pytest.importorskip("pyshacl_turbo", reason="pyshacl-turbo is installed in CI only")
    statements = document(seed)
    with quiet_loggers():
        _, report, _ = turbo.validate(ordinary_graph(statements), shacl_graph=ordinary_graph(core()))
    properties = (SH.focusNode, SH.value, SH.sourceConstraintComponent, SH.resultSeverity)
    theirs = sorted(
        tuple(
            term_of(value) if (value := report.value(node, each)) is not None else "" for each in properties
        )
        for node in report.objects(None, SH.result)
    )
    assert len(theirs) > 30
    assert rows(statements) == theirs


@pytest.mark.parametrize("seed", range(5))
def test_rudof_agrees(seed: int) -> None:
    rudof: Any = pytest.importorskip("pyrudof", reason="pyrudof is installed in CI only")
    statements = document(seed)
    engine = rudof.Rudof(rudof.RudofConfig())
    engine.read_data("".join(map(line, statements)), rudof.RDFFormat.NTriples)
    engine.read_shacl("".join(map(line, core())), rudof.ShaclFormat.NTriples)
    report = engine.validate_shacl()
    theirs = sorted((str(each.focus_node), str(each.constraint_component)) for each in report)
    mine = sorted((focus[1:-1], component[1:-1]) for focus, _, component, _ in rows(statements))
    assert theirs == mine

"""Fixes as edits of lines: a value gets another property, its neighbours keep theirs."""

from __future__ import annotations

import pytest

from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import parse
from pathways_ld.report import Fix, ValidationResult
from pathways_ld.validation.edits import apply, with_lines

PREFIX = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
SKOS = "http://www.w3.org/2004/02/skos/core#"

LINES = {
    'x skos:prefLabel "A"@en , "B"@en .': '"A"@en ; skos:altLabel "B"@en .',
    'x skos:prefLabel "B"@en, "C"@en .': 'x skos:altLabel "B"@en ; skos:prefLabel "C"@en .',
    'x skos:prefLabel "A"@en , "B"@en,"C"@en .': '"A"@en ; skos:altLabel "B"@en ; skos:prefLabel "C"@en .',
    "x skos:prefLabel 'B'@en , 'A, B'@en .": "x skos:altLabel 'B'@en ; skos:prefLabel 'A, B'@en .",
    'x skos:prefLabel "B"@en .': 'x skos:altLabel "B"@en .',
    f'x <{SKOS}prefLabel> "B"@en , "A"@en .': f'x <{SKOS}altLabel> "B"@en ; <{SKOS}prefLabel> "A"@en .',
}


@pytest.mark.parametrize(("line", "expected"), LINES.items())
def test_one_value_of_a_list_gets_another_property(line: str, expected: str) -> None:
    content = (PREFIX + line.replace("x ", "<urn:x> ", 1)).encode()
    fix = Fix(
        "Make it an altLabel.", line=2, removes=f'<{SKOS}prefLabel> "B"@en', adds=f'<{SKOS}altLabel> "B"@en'
    )
    result = ValidationResult("S14", "must fix", "", "<urn:x>", path=f"{SKOS}prefLabel", fix=fix)
    shown = with_lines(result, content, 2)
    assert shown is not None
    assert shown.after.endswith(expected.replace("x ", "<urn:x> ", 1))
    fixed = apply(content, TURTLE, [result])
    assert fixed.applied == (result,)
    before, after = (set(parse(each, TURTLE).statements) for each in (content, fixed.content))
    assert [(each.predicate, each.object) for each in before - after] == [(f"<{SKOS}prefLabel>", '"B"@en')]
    assert [(each.predicate, each.object) for each in after - before] == [(f"<{SKOS}altLabel>", '"B"@en')]

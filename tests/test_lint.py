"""What RDF and SHACL let through is told, with the corrected literal where there is one."""

from __future__ import annotations

import unicodedata

import pytest

from core_fixtures import E, turtle
from pathways_ld.errors import ParseError
from pathways_ld.formats import JSONLD, TURTLE
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, literal, literal_parts, parse
from pathways_ld.report import ValidationResult
from pathways_ld.validation import lint as linting
from pathways_ld.validation.lint import lint, lint_document, syntax_result
from pathways_ld.validation.rules import rule

LABEL = f"<{SKOS.prefLabel}>"
NOTE = f"<{SKOS.scopeNote}>"


def about(text: str, *, lang: str = "en", predicate: str = LABEL) -> list[ValidationResult]:
    return lint([Statement(f"<{E}a>", predicate, literal(text, lang=lang))])


def fixed(result: ValidationResult) -> str:
    assert result.fix is not None
    return literal_parts(result.fix.term)[0]


@pytest.mark.parametrize(
    ("text", "rule_id", "better"),
    [
        ("Caf\u00c3\u00a9", "text-wrongly-decoded", "Caf\u00e9"),
        ("voil\u00c3\u00a0  le", "text-wrongly-decoded", None),
        ("\u00e2\u20ac\u0153quoted\u00e2\u20ac\u009d", "text-wrongly-decoded", None),
        ("lost \ufffd letter", "text-wrongly-decoded", None),
        ("zero\u200bwidth", "text-invisible-characters", "zerowidth"),
        ("soft\u00adhyphen", "text-invisible-characters", "softhyphen"),
        ("\ufeffmark", "text-invisible-characters", "mark"),
        ("Latin\u200djoiner", "text-invisible-characters", "Latinjoiner"),
        ("hidden\U000e0041tag", "text-invisible-characters", "hiddentag"),
        ("left\u202eright", "text-direction-characters", "leftright"),
        ("iso\u2067late", "text-direction-characters", "isolate"),
        ("mark\u200e", "text-direction-characters", "mark"),
        ("bell\x07", "text-control-characters", "bell"),
        ("\x85next line", "text-control-characters", "next line"),
        (unicodedata.normalize("NFD", "Caf\u00e9"), "text-normalization", "Caf\u00e9"),
        (" Career", "label-spaces", "Career"),
        ("Career  path", "label-spaces", "Career path"),
        ("Career\npath", "label-spaces", "Career path"),
        ("R&amp;D", "text-markup", "R&D"),
        ("a &#233; b", "text-markup", "a \u00e9 b"),
        ("<b>bold</b>", "text-markup", None),
        ('<img src="x" onerror="y">', "text-markup", None),
        ("<script>alert(1)</script>", "text-markup", None),
        ("&lt;script&gt;", "text-markup", None),
        ("", "text-not-empty", None),
        ("   ", "text-not-empty", None),
    ],
)
def test_a_slip_in_a_label_is_told_once_and_corrected_where_that_is_certain(
    text: str, rule_id: str, better: str | None
) -> None:
    results = [each for each in about(text) if each.rule == rule_id]
    assert len(results) == 1
    result = results[0]
    assert result.focus == f"<{E}a>"
    assert result.path == SKOS.prefLabel
    assert result.path_label == "skos:prefLabel"
    assert literal_parts(result.value)[0] == text
    if better is not None:
        assert fixed(result) == better
        assert not [each for each in about(better) if each.rule == rule_id]
    assert result.message.replace("\u00a0", " ").isprintable()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Career pathways", "en"),
        ("na\u00efve caf\u00e9 \u2013 \u201cquoted\u201d", "en"),
        ("\u00c0 la carte", "fr"),
        ("prix\u00a0: 5\u00a0\u20ac", "fr"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "fa"),
        ("\u0915\u094d\u200d\u0937", "hi"),
        ("family \U0001f469\u200d\U0001f467", "en"),
        ("\u05e9\u05dc\u05d5\u05dd\u200f (x)", "he"),
        ("\u65e5\u672c\u8a9e", "ja"),
        ("a < b and c > d", "en"),
        ("R&D, Q&A; AT&T", "en"),
        ("see <https://example.org/a>", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_what_is_right_is_left_alone(text: str, lang: str) -> None:
    assert about(text, lang=lang) == []


@pytest.mark.parametrize(
    ("tag", "better"),
    [
        ("en-UK", "en-GB"),
        ("cz", "cs"),
        ("jp-jp", "ja-JP"),
        ("iw", "he"),
        ("xx", None),
        ("zz-ZZ", None),
        ("eng", "en"),
    ],
)
def test_tags_that_are_not_registered_are_told(tag: str, better: str | None) -> None:
    (result,) = about("x", lang=tag)
    assert result.rule == "language-tag"
    assert f"@{tag}" in result.message
    if better is None:
        assert result.fix is None
    else:
        assert result.fix is not None
        assert result.fix.term == f'"x"@{better}'


@pytest.mark.parametrize(
    "tag", ["en", "EN-us", "es-419", "zh-Hant-TW", "x-klingon", "de-AT-1996", "qaa", "no", "sr-Latn"]
)
def test_registered_tags_are_left_alone(tag: str) -> None:
    assert about("x", lang=tag) == []


def test_spaces_at_the_ends_of_notes_are_a_tip_and_inside_them_fine() -> None:
    (result,) = about(" two  lines\nof text ", predicate=NOTE)
    assert (result.rule, result.severity) == ("text-spaces", "tip")
    assert fixed(result) == "two  lines\nof text"


def test_markup_is_where_it_belongs_in_literals_of_markup() -> None:
    said = turtle('e:a e:p "<b>x</b> &amp; y"^^rdf:HTML, "<b>x</b>"^^rdf:XMLLiteral, "<b>"^^xsd:integer .')
    assert lint(said) == []


@pytest.mark.parametrize(
    ("text", "rule_id", "better"),
    [
        ("e:a e:p <javascript:alert(1)> .", "unsafe-iri", None),
        ("<JavaScript:x> e:p 1 .", "unsafe-iri", None),
        ("e:a e:p <data:text/html,x> .", "unsafe-iri", None),
        ("e:a e:p <file:///home/me/x.ttl> .", "unsafe-iri", None),
        ('e:a e:p " javascript:x"^^xsd:anyURI .', "unsafe-iri", None),
        ("e:a <skos:prefLabel> 1 .", "unexpanded-prefix", SKOS.prefLabel),
        ("e:a a <schema:Thing> .", "unexpanded-prefix", "https://schema.org/Thing"),
        ("e:a <https://www.w3.org/2004/02/skos/core#note> 1 .", "namespace-variant", SKOS.note),
        ("e:a <http://www.w3.org/2004/02/skos/core/note> 1 .", "namespace-variant", SKOS.note),
        ("e:a <http://schema.org/name> 1 .", "namespace-variant", "https://schema.org/name"),
        (
            "e:a <http://purl.org/ctdl/terms/name> 1 .",
            "namespace-variant",
            "https://purl.org/ctdl/terms/name",
        ),
    ],
)
def test_slips_in_iris_are_told(text: str, rule_id: str, better: str | None) -> None:
    (result,) = lint(turtle(text))
    assert result.rule == rule_id
    if better is not None:
        assert result.fix is not None
        assert result.fix.term == f"<{better}>"
    else:
        assert result.severity == "must fix"


@pytest.mark.parametrize(
    "text",
    [
        "e:a a skos:Concept, schema:Thing; schema:url <http://schema.org/> .",
        "e:a e:p <urn:isbn:1>, <tag:example.org,2026:x>, <mailto:a@example.org>, <doi:10.1/x>, <geo:1,2> .",
        "e:a e:p <https://schema.org/Thing/part>, <http://example.org/skos/core#x> .",
    ],
)
def test_iris_that_are_right_are_left_alone(text: str) -> None:
    assert lint(turtle(text)) == []


def test_terms_of_others_are_told_once_each_and_own_ones_not() -> None:
    said = turtle(
        'skos:Concept skos:note "a"@en, "b"@en . schema:Thing rdfs:label "c"@en . e:a rdfs:label "d"@en .'
    )
    found = {each.focus: each for each in lint(said) if each.rule == "foreign-term"}
    assert set(found) == {f"<{SKOS.Concept}>", "<https://schema.org/Thing>"}
    assert "skos:Concept, a term of the vocabulary skos" in found[f"<{SKOS.Concept}>"].message
    assert not [each for each in lint(said, base=SKOS.iri) if each.focus == f"<{SKOS.Concept}>"]


def test_a_name_that_is_wrong_is_told_once_for_each_term_that_uses_it() -> None:
    said = turtle("e:a <skos:note> 1, 2, 3 . e:b <skos:note> 1 .")
    assert [each.focus for each in lint(said)] == [f"<{E}a>", f"<{E}b>"]


def test_results_have_the_label_of_their_term_and_the_page_of_their_rule() -> None:
    said = turtle('e:a skos:prefLabel "Carrera"@es, "Career"@en; skos:altLabel " x"@en .')
    (result,) = lint(said)
    assert result.focus_label == "Career"
    assert result.rule_url.endswith("/rules/label-spaces")
    assert result.why


def test_nothing_said_is_a_finding() -> None:
    (result,) = lint([])
    assert (result.rule, result.severity) == ("no-statements", "must fix")


def test_a_huge_literal_is_told_and_not_looked_at() -> None:
    (result,) = about("\u00c3\u00a9 " * 1_000_000)
    assert result.rule == "text-too-large"
    assert "3,000,000 characters" in result.message
    assert len(result.message) < 200


def test_the_same_slip_everywhere_is_listed_up_to_a_bound_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(linting, "MAX_RESULTS", 10)
    said = [Statement(f"<{E}{number}>", LABEL, literal(" x", lang="en")) for number in range(25)]
    results = lint(said)
    assert len(results) == 11
    assert results[-1].message == "15 more results of this kind are not listed."


def test_every_rule_that_is_given_has_a_page() -> None:
    ids = {
        "syntax", "no-statements", "unmapped-key", "unsafe-iri", "unexpanded-prefix", "namespace-variant",
        "language-tag", "text-normalization", "text-spaces", "text-too-large", "foreign-term", "label-spaces",
        "text-wrongly-decoded", "text-invisible-characters", "text-direction-characters", "text-markup",
        "text-control-characters", "text-not-empty",
    }  # fmt: skip
    assert {each for each in ids if rule(each) is None} == set()


# the document itself


def test_json_keys_that_the_context_drops_are_told_with_their_place() -> None:
    document = b'{\n  "@id": "http://example.org/a",\n  "prefLabel": "x",\n  "mine": 1\n}'
    first, second = lint_document(document, JSONLD, "a.jsonld")
    assert (first.rule, first.severity) == ("unmapped-key", "must fix")
    assert '"prefLabel" is not defined in the @context' in first.message
    assert 'Perhaps "skos:prefLabel" is meant' in first.message
    assert str(first.position) == "a.jsonld:3:3"
    assert str(second.position) == "a.jsonld:4:3"
    assert lint_document(document, TURTLE, "a.ttl") == []


def test_many_lost_keys_are_listed_up_to_a_bound() -> None:
    keys = ", ".join(f'"k{number}": 1' for number in range(500))
    results = lint_document(f"{{{keys}}}".encode(), JSONLD, "a")
    assert len(results) == 101
    assert "400 more" in results[-1].message


def test_a_document_that_is_not_well_formed_becomes_a_result_with_its_fix() -> None:
    with pytest.raises(ParseError) as caught:
        parse(f'@prefix e: <{E}> .\ne:a e:p "x"\ne:b e:p "y" .'.encode(), TURTLE, name="a.ttl")
    result = syntax_result(caught.value)
    assert (result.rule, result.severity) == ("syntax", "must fix")
    assert str(result.position) == "a.ttl:3:1"
    assert result.fix is not None
    assert (result.fix.line, result.fix.before, result.fix.after) == (2, 'e:a e:p "x"', 'e:a e:p "x" .')

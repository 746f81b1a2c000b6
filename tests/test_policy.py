"""What a publisher keeps: IRIs, one spelling of a namespace, labels that tell terms apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pathways_ld.cli import main
from pathways_ld.errors import Finding, InputError, SnapshotMissing
from pathways_ld.formats import TURTLE
from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import parse
from pathways_ld.releases import build, compare_with_published
from pathways_ld.settings import Settings, load_settings
from pathways_ld.validation import check_policy
from pathways_ld.validation.rules import rule

BASE = "http://example.org/v/"
PREFIXES = f"""@prefix : <{BASE}> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
"""


def found(text: str, *, strict: bool = False) -> list[Finding]:
    statements = parse((PREFIXES + text).encode(), TURTLE).statements
    findings = check_policy(statements, space=IriSpace(BASE), strict=strict)
    assert all(rule(each.rule) is not None for each in findings)
    return findings


def rules_of(text: str, *, strict: bool = False) -> list[str]:
    return [each.rule for each in found(text, strict=strict)]


def test_two_concepts_of_a_scheme_with_one_name_are_a_warning_with_both() -> None:
    text = """:a a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Nursing"@en .
        :b a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Nursing"@en ."""
    (finding,) = found(text)
    assert (finding.rule, finding.severity) == ("duplicate-preferred-label", "should fix")
    assert {finding.focus} < {f"{BASE}a", f"{BASE}b"}
    assert f"<{BASE}a>" in finding.message
    assert f"<{BASE}b>" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        # Other languages are other labels, and other schemes other vocabularies.
        """:a a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Pain"@en .
        :b a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Pain"@fr .""",
        """:a a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Nursing"@en .
        :b a skos:Concept ; skos:inScheme :t ; skos:prefLabel "Nursing"@en .""",
        # The same concept may stand in several schemes.
        """:a a skos:Concept ; skos:inScheme :s, :t ; skos:prefLabel "Nursing"@en .""",
        # An organization may be named like a topic.
        """:a a skos:Concept ; skos:prefLabel "Nursing"@en . :b a org:Organization ; skos:prefLabel "Nursing"@en .""",
        # Somebody calls both so, and it is recorded who.
        """:a a skos:Concept ; skos:altLabel "Care"@en . :source dct:title "S"@en .
        :b a skos:Concept ; skos:altLabel "care"@en ; skosxl:altLabel :l .
        :l skosxl:literalForm "Care"@en ; dct:source :source .""",
    ],
)
def test_labels_that_may_be_the_same(text: str) -> None:
    assert rules_of(text) == []


def test_a_label_that_two_terms_share_is_a_warning_with_both() -> None:
    (finding,) = found(
        """:a a skos:Concept ; skos:prefLabel "A"@en ; skos:altLabel "Care"@en .
        :b a skos:Concept ; skos:prefLabel "B"@en ; skos:altLabel "care"@en ."""
    )
    assert (finding.rule, finding.severity, finding.value) == ("shared-label", "should fix", "care")
    assert '"A" <' in finding.message
    assert '"B" <' in finding.message
    assert rules_of(
        """:a a org:Organization ; skos:prefLabel "Bread Fund"@en .
        :b a org:Organization ; skos:prefLabel "Bread fund"@en ."""
    ) == ["shared-label"]


def test_a_label_that_hundreds_share_is_told_once_for_each() -> None:
    many = "".join(f':c{n} a skos:Concept ; skos:altLabel "Care"@en .\n' for n in range(500))
    assert len(found(many)) == 499


def test_notations_identify_within_a_scheme_but_collections_may_count() -> None:
    text = """:a a skos:Concept ; skos:inScheme :s ; skos:notation "1" .
        :b a skos:Concept ; skos:inScheme :s ; skos:notation "1" ."""
    assert rules_of(text) == ["duplicate-notation"]
    assert rules_of(f"{text} :x skos:member :a . :y skos:member :b .") == []
    assert rules_of(f"{text} :x skos:member :a, :b .") == ["duplicate-notation"]


def test_a_concept_outside_of_the_hierarchy_is_a_tip() -> None:
    (finding,) = found(
        """:a a skos:Concept ; skos:broader :b . :b a skos:Concept . :lonely a skos:Concept .
        :top a skos:Concept ; skos:topConceptOf :s . :member a skos:Concept . :c skos:member :member ."""
    )
    assert (finding.rule, finding.severity, finding.focus) == ("orphan", "tip", f"{BASE}lonely")
    # A flat list has no orphans.
    assert rules_of(":a a skos:Concept . :b a skos:Concept .") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (":a skos:closeMatch <http://purl.org/ctdl/terms/Pathway> .", "http://purl.org/ctdl/terms/"),
        (":a skos:closeMatch <https://purl.org/ceterms/terms/Pathway> .", "https://purl.org/ceterms/terms/"),
        (":a a <http://schema.org/DefinedTerm> .", "http://schema.org/"),
        (
            ':a <https://www.w3.org/2004/02/skos/core#prefLabel> "A"@en .',
            "https://www.w3.org/2004/02/skos/core#",
        ),
        (":a rdfs:subClassOf <https://example.org/v/b> .", "https://example.org/v/"),
    ],
)
def test_our_own_vocabulary_spells_namespaces_in_one_way(text: str, wrong: str) -> None:
    (finding,) = [each for each in found(text, strict=True) if each.rule == "namespace-variant"]
    assert finding.severity == "must fix"
    assert f"<{wrong}>" in finding.message


def test_other_vocabularies_may_spell_as_they_like_but_not_in_two_ways() -> None:
    old = ":a a <http://schema.org/DefinedTerm> ."
    assert rules_of(old) == []
    (finding,) = found(f"{old} :b a <https://schema.org/DefinedTerm> .")
    assert (finding.rule, finding.severity) == ("namespace-variant", "should fix")
    # Its own base in another spelling is a slip in any vocabulary.
    assert rules_of(":a skos:exactMatch <https://example.org/v/b> .") == ["namespace-variant"]


def test_addresses_of_documents_may_have_any_spelling() -> None:
    assert rules_of(":a rdfs:seeAlso <http://schema.org/docs/> .", strict=True) == []


# against what was published

PUBLISHED = """:s a skos:ConceptScheme ; skos:prefLabel "S"@en .
    :one a skos:Concept ; skos:inScheme :s ; skos:prefLabel "One"@en ; skos:definition "First."@en .
    :two a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Two"@en ; skos:definition "Second."@en .
    <http://example.org/v/one#part> a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Part"@en .
    <http://example.org/v/one#label> a skosxl:Label ; skosxl:literalForm "Eins"@de .
"""


@pytest.fixture
def published(tmp_path: Path) -> Settings:
    settings = load_settings(environment={}, state_dir=tmp_path / "var", canonical_base=BASE)
    source = tmp_path / "published.ttl"
    source.write_text(PREFIXES + PUBLISHED)
    build([source], settings)
    return settings


def compared(settings: Settings, text: str, against: str = "current") -> list[Finding]:
    source = settings.state_dir.parent / "now.ttl"
    source.write_text(PREFIXES + text)
    return compare_with_published([source], settings, against)


def test_a_published_term_that_vanishes_is_told(published: Settings) -> None:
    assert compared(published, PUBLISHED) == []
    without = PUBLISHED.replace(":two a", ":three a").replace("#part", "#piece")
    vanished = compared(published, without)
    assert [(each.rule, each.severity) for each in vanished] == [("published-term-vanished", "must fix")] * 2
    assert [each.focus for each in vanished] == [f"{BASE}one#part", f"{BASE}two"]
    assert compared(published, without, "none") == []


def test_deprecated_and_withdrawn_terms_have_not_vanished(published: Settings) -> None:
    kept = PUBLISHED.replace(
        ':two a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Two"@en ; skos:definition "Second."@en .',
        ":two adms:status <http://purl.org/adms/status/Withdrawn> .",
    )
    assert ":two a skos" not in kept
    assert compared(published, kept) == []


def test_statements_about_labels_come_and_go(published: Settings) -> None:
    assert compared(published, PUBLISHED.replace("#label", "#other")) == []


def test_a_snapshot_is_named_by_its_folder(published: Settings) -> None:
    folder = (published.state_dir / "current").resolve()
    assert compared(published, PUBLISHED, str(folder)) == []
    with pytest.raises(SnapshotMissing):
        compared(published, PUBLISHED, str(published.state_dir / "nothing-here"))


def test_another_vocabulary_cannot_be_compared(published: Settings) -> None:
    with pytest.raises(InputError, match="describe no term of it"):
        compared(published, "<http://other.example/a> a skos:Concept .")


def test_the_check_command_compares(published: Settings, tmp_path: Path) -> None:
    now = tmp_path / "now.trig"
    now.write_text(PREFIXES + PUBLISHED.replace(":two a", ":three a"))
    options = ["check", "--source", str(now), "--base", BASE, "--out", str(published.state_dir)]
    ran = CliRunner().invoke(main, [*options, "--against", "current"])
    assert ran.exit_code == 1
    assert f"<{BASE}two> was published and is no longer described." in ran.output
    assert CliRunner().invoke(main, options).exit_code == 0

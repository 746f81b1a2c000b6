"""What may be proposed at all: names of others, the ontology, sources, published terms that never vanish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from conftest import SYNTHETIC_BASE, Vocabulary, synthetic_sources
from contributed import SKOS, Desk, add, label, take
from maintenance import BASE
from pathways_ld import releases
from pathways_ld.contributions import InvalidContribution
from pathways_ld.formats import TRIG
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import DCT, OWL, RDF
from pathways_ld.rdfio import Statement
from pathways_ld.settings import CANONICAL_BASE, Settings
from pathways_ld.validation.pool import ValidationPool

OURS: Final = CANONICAL_BASE
TOPIC: Final = f"<{OURS}topic/accreditation>"
TYPE: Final = f"<{RDF.type}>"


@pytest.fixture(scope="module")
def pool() -> Iterator[ValidationPool]:
    with ValidationPool() as made:
        yield made


@pytest.fixture(scope="module")
def ours(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory, pool: ValidationPool) -> Desk:
    """A desk that nothing is accepted at, so that tests may share it."""
    return Desk.own(own, tmp_path_factory.mktemp("ours"), pool)


@pytest.fixture(scope="module")
def synthetic_desk(tmp_path_factory: pytest.TempPathFactory, pool: ValidationPool) -> Desk:
    """Deprecated and withdrawn terms."""
    folder = tmp_path_factory.mktemp("synthetic-desk")
    settings = Settings(state_dir=folder / "state", canonical_base=SYNTHETIC_BASE)
    releases.build(synthetic_sources(folder), settings, check=False)
    return Desk(settings, pool)


def new_topic(slug: str, more: str = "", *, source: bool = True, name: str = "A new topic") -> str:
    rests = "dct:source <source/learnworkecosystemlibrary-com-knowledge> ;" if source else ""
    return f"""@prefix pw: <{OURS}ns#> .
        <topic/{slug}> a schema:DefinedTerm , skos:Concept ; adms:status pw:Accepted ; {rests}
            pw:basis pw:PageExcerpt ; rdfs:isDefinedBy <ns> ; skos:definition "Something new."@en ;
            skos:inScheme <ns> ; skos:prefLabel "{name}"@en ; skos:topConceptOf <ns> . {more}"""


REFUSED = {
    "another's name": (
        "<http://vocabularies.unesco.org/thesaurus/concept30> skos:altLabel 'Mine'@en .",
        "contribution-namespace",
    ),
    "another's name that looks like ours": (
        f"<{OURS[:-1]}.example.com/topic/x> skos:altLabel 'Mine'@en .",
        "contribution-namespace",
    ),
    "no kind": ("<nonsense/x> skos:altLabel 'x'@en .", "contribution-namespace"),
    "the vocabulary": ("<ns> dct:title 'Mine'@en .", "contribution-namespace"),
    "a class": ("<ns#Initiative> rdfs:label 'Mine'@en .", "contribution-namespace"),
    "a new class": ("<topic/accreditation> a owl:Class .", "contribution-ontology"),
    "an axiom": ("<topic/accreditation> rdfs:subClassOf <ns#Initiative> .", "contribution-ontology"),
    "sameAs": ("<topic/accreditation> owl:sameAs <topic/academic-advising> .", "contribution-ontology"),
    "a change": ("<change/1> rdfs:label 'Change 1'@en .", "contribution-namespace"),
    "a forged history": (
        "<topic/accreditation> skos:changeNote <change/1> .",
        "contribution-history",
    ),
    "forged provenance": (
        "<topic/accreditation> prov:wasAttributedTo <https://example.org/me> .",
        "contribution-history",
    ),
    "the server's own address": ("<sparql> skos:altLabel 'x'@en .", "contribution-namespace"),
    "a path": ("<topic/../ns> skos:altLabel 'x'@en .", "contribution-namespace"),
    "another graph": (
        f"GRAPH <{OURS}graph/inferred> {{ <topic/accreditation> skos:altLabel 'x'@en }}",
        "contribution-graph",
    ),
    "a loose part": ("[] skos:note 'x'@en .", "contribution-loose-part"),
    "a part of nothing": ("<topic/never#part> skos:note 'x'@en .", "contribution-part"),
    "no source": (new_topic("new", source=False), "contribution-source"),
    "no type": ("<topic/new> skos:prefLabel 'x'@en .", "contribution-kind"),
    "the wrong kind": (new_topic("new").replace("<topic/new>", "<organization/new>"), "contribution-kind"),
    "capitals": (new_topic("Accreditation"), "contribution-near-iri"),
    "hyphens": (new_topic("academicadvising"), "contribution-near-iri"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_for_contributors_is_refused_in_words(ours: Desk, case: str) -> None:
    text, rule = REFUSED[case]
    if text.startswith("GRAPH"):
        delta = ours.all.read(ours.turtle(text), TRIG, "sent.trig")
    else:
        delta = ours.read(text)
    report = ours.look(delta).report
    found = [each for each in report.results if each.rule == rule]
    assert found, [(each.rule, each.message) for each in report.results]
    assert all(each.severity == "must fix" and each.message and each.focus for each in found)
    with pytest.raises(InvalidContribution):
        ours.submit(delta)


def test_a_complete_new_term_is_taken(ours: Desk) -> None:
    found = ours.look(ours.read(new_topic("entirely-new")))
    assert [each.message for each in found.report.results if each.severity == "must fix"] == []
    assert found.changes[0].is_new


def test_links_to_elsewhere_go_into_their_graph(ours: Desk) -> None:
    target = "<https://example.org/concepts/9>"
    delta = ours.read(
        f"""@prefix pw: <{OURS}ns#> .
        <topic/accreditation> skos:closeMatch {target} ; skos:related <topic/academic-advising> .
        <topic/accreditation#mapping-9> a pw:MappingStatement , rdf:Statement ; rdf:subject <topic/accreditation> ;
            rdf:predicate skos:closeMatch ; rdf:object {target} ;
            dct:source <source/learnworkecosystemlibrary-com-knowledge> ."""
    )
    graphs = {each.predicate: each.graph for each in delta.added if each.subject == TOPIC}
    mappings = f"<{OURS}graph/mappings>"
    assert graphs == {f"<{SKOS}closeMatch>": mappings, f"<{SKOS}related>": ""}
    assert {each.graph for each in delta.added if "#mapping-9" in each.subject} == {mappings}
    assert not [rule for rule in ours.rules(delta) if rule.startswith("contribution-")]


def about(desk: Desk, subject: str) -> tuple[Statement, ...]:
    return tuple(each for each in desk.statements() if each.subject == subject)


def test_a_published_term_cannot_be_removed(ours: Desk) -> None:
    delta = take(*about(ours, TOPIC))
    messages = [
        each.message for each in ours.look(delta).report.results if each.rule == "contribution-vanished"
    ]
    assert len(messages) == 1
    assert "deprecate" in messages[0]


def test_a_term_cannot_become_something_else(ours: Desk) -> None:
    concept = Statement(TOPIC, TYPE, f"<{SKOS}Concept>")
    assert "contribution-kind" in ours.rules(take(concept))
    told = ours.look(
        Delta(
            (label("topic/accreditation", "Cheese", prefix=OURS, name="prefLabel"),
             Statement(TOPIC, f"<{SKOS}definition>", '"Made of milk."@en')),
            tuple(e for e in about(ours, TOPIC) if e.predicate in (f"<{SKOS}prefLabel>", f"<{SKOS}definition>")),
        )
    ).report.results  # fmt: skip
    assert [(e.rule, e.severity) for e in told if e.rule.startswith("contribution")] == [
        ("contribution-meaning", "should fix")
    ]


def test_a_term_keeps_a_source(ours: Desk) -> None:
    sources = tuple(each for each in about(ours, TOPIC) if each.predicate == f"<{DCT.source}>")
    assert "contribution-source" in ours.rules(take(*sources))


def test_a_term_may_be_deprecated_with_a_replacement(ours: Desk) -> None:
    gone = Statement(TOPIC, f"<{OWL.deprecated}>", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>')
    assert "deprecated-without-replacement" in ours.rules(add(gone))
    other = Statement(TOPIC, f"<{DCT.isReplacedBy}>", f"<{OURS}topic/academic-advising>")
    assert ours.rules(add(gone, other)) == set()


@pytest.mark.parametrize("name", ["old", "withdrawn"])
def test_what_is_deprecated_or_withdrawn_stays_what_it_was(synthetic_desk: Desk, name: str) -> None:
    subject = f"<{SYNTHETIC_BASE}{name}>"
    before = next(e for e in about(synthetic_desk, subject) if e.predicate == f"<{SKOS}prefLabel>")
    new = label(name, "Something else", prefix=SYNTHETIC_BASE, name="prefLabel")
    assert "contribution-retired" in synthetic_desk.rules(Delta((new,), (before,)))
    marks = tuple(
        e for e in about(synthetic_desk, subject) if "deprecated" in e.predicate or "Withdrawn" in e.object
    )
    assert "contribution-retired" in synthetic_desk.rules(take(*(e for e in marks if e != before)))


def test_parts_without_names_come_and_go_whole(synthetic_desk: Desk) -> None:
    held = next(
        each
        for each in synthetic_desk.statements()
        if each.subject == f"<{SYNTHETIC_BASE}blank>" and each.predicate.endswith("nested>")
    )
    inner = about(synthetic_desk, held.object)
    innermost = tuple(
        e for each in inner if each.object.startswith("_:") for e in about(synthetic_desk, each.object)
    )
    assert "contribution-loose-part" in synthetic_desk.rules(take(*inner))
    assert synthetic_desk.rules(take(held, *inner, *innermost)) == set()


def test_other_vocabularies_have_their_own_base_and_no_need_for_sources(
    tmp_path: Path, pool: ValidationPool
) -> None:
    desk = Desk.general(tmp_path, pool)
    text = '<three> a skos:Concept ; skos:prefLabel "Three"@en ; skos:definition "The third."@en .'
    assert desk.rules(desk.read(text)) == set()
    assert "contribution-namespace" in desk.rules(desk.read("<scheme> skos:note 'x'@en ."))
    assert "contribution-namespace" in desk.rules(add(label("topic/x", "x", prefix=OURS)))
    assert "contribution-near-iri" in desk.rules(desk.read(text.replace("three", "O-ne")))
    assert BASE in desk.look(add(label("topic/x", "x", prefix=OURS))).report.results[0].message


def test_results_say_which_field_they_are_about(ours: Desk) -> None:
    report = ours.look(ours.read(new_topic("new-one", source=False))).report
    (found,) = [each for each in report.results if each.rule == "contribution-source"]
    assert (found.focus, found.path) == (f"<{OURS}topic/new-one>", DCT.source)
    assert found.focus_label == "A new topic"

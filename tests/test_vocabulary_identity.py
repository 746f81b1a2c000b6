"""Which vocabulary is this: its base, its own IRI and its kinds are found, or asked for in words."""

from __future__ import annotations

import pytest

from core_fixtures import turtle
from pathways_ld.errors import InputError
from pathways_ld.settings import CANONICAL_BASE, GENERAL_KINDS, OUR_KINDS
from pathways_ld.vocabulary import Identity, identify


def found(text: str, base: str = "", *, given: bool | None = None) -> Identity:
    return identify(turtle(text), base or CANONICAL_BASE, given=bool(base) if given is None else given)


def concepts(*iris: str) -> str:
    return " ".join(f"<{iri}> a skos:Concept ." for iri in iris)


def test_our_own_vocabulary_is_known_by_the_configured_base() -> None:
    identity = found(
        f"<{CANONICAL_BASE}ns> a owl:Ontology, skos:ConceptScheme ; owl:versionIRI <{CANONICAL_BASE}ns/1.0> ."
        f"<{CANONICAL_BASE}ns#Bases> a skos:ConceptScheme ."
        f"<{CANONICAL_BASE}topic/a> a skos:Concept . <http://other.example/x> a skos:Concept ."
    )
    assert identity == Identity(CANONICAL_BASE, f"{CANONICAL_BASE}ns", OUR_KINDS, f"{CANONICAL_BASE}ns/1.0")
    assert identity.ours
    assert identity.space.base == CANONICAL_BASE


BASES = {
    "slash": ("http://v.example/jobs/", concepts("http://v.example/jobs/a", "http://v.example/jobs/b")),
    "hash": ("http://v.example/jobs#", concepts("http://v.example/jobs#a", "http://v.example/jobs#b")),
    "scheme at the base": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/a") + "<http://v.example/jobs/> a skos:ConceptScheme .",
    ),
    "scheme at the base without its slash": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/a") + "<http://v.example/jobs> a skos:ConceptScheme .",
    ),
    "scheme beside the concepts": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/a") + "<http://v.example/jobs/scheme> a skos:ConceptScheme .",
    ),
    "scheme above the concepts": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/concept/a") + "<http://v.example/jobs> a skos:ConceptScheme .",
    ),
    "scheme beside the folder of concepts": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/concept/a") + "<http://v.example/jobs/scheme> a skos:ConceptScheme .",
    ),
    "scheme on another host": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/a") + "<http://w.example/scheme> a skos:ConceptScheme .",
    ),
    "hash with its document as scheme": (
        "http://v.example/jobs#",
        concepts("http://v.example/jobs#a") + "<http://v.example/jobs> a owl:Ontology .",
    ),
    "two folders of one vocabulary": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/x/a", "http://v.example/jobs/y/b"),
    ),
    "said by the vocabulary": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/a", "http://w.example/x/b")
        + "<http://v.example/> vann:preferredNamespaceUri 'http://v.example/jobs/' .",
    ),
    "said, but nothing is there": (
        "http://v.example/jobs/",
        concepts("http://v.example/jobs/a") + "<urn:x> vann:preferredNamespaceUri 'http://gone.example/' .",
    ),
    "a guest among many": (
        "http://v.example/jobs/",
        concepts(*(f"http://v.example/jobs/{number}" for number in range(200)), "http://guest.example/x"),
    ),
    "only collections": ("http://v.example/jobs/", "<http://v.example/jobs/c> a skos:Collection ."),
    "blank nodes do not count": ("http://v.example/jobs/", concepts("http://v.example/jobs/a") + "[] a skos:Concept ."),
}  # fmt: skip


@pytest.mark.parametrize(("base", "text"), BASES.values(), ids=BASES.keys())
def test_the_base_of_another_vocabulary_is_told_from_its_concepts(base: str, text: str) -> None:
    identity = found(text)
    assert identity.base == base
    assert identity.kinds == GENERAL_KINDS
    assert not identity.ours


@pytest.mark.parametrize(
    ("text", "vocabulary"),
    [
        ("<http://v.example/jobs/> a skos:ConceptScheme .", "http://v.example/jobs/"),
        ("<http://v.example/jobs> a skos:ConceptScheme .", "http://v.example/jobs"),
        ("<http://v.example/jobs/z> a skos:ConceptScheme . <http://v.example/jobs/long> a skos:ConceptScheme .",
         "http://v.example/jobs/z"),
        ("<http://v.example/jobs/z> a skos:ConceptScheme . <http://v.example/jobs/long> a owl:Ontology .",
         "http://v.example/jobs/long"),
        ("<http://w.example/jobs> a owl:Ontology .", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_vocabulary_itself_is_found(text: str, vocabulary: str) -> None:
    assert found(concepts("http://v.example/jobs/a") + text).vocabulary_iri == vocabulary


def test_the_version_is_that_of_the_vocabulary() -> None:
    said = (
        "<http://v.example/jobs/> a owl:Ontology ; owl:versionIRI <http://v.example/jobs/1.0> ."
        "<http://w.example/> a owl:Ontology ; owl:versionIRI <http://w.example/2.0> ."
    )
    assert found(concepts("http://v.example/jobs/a") + said).version_iri == "http://v.example/jobs/1.0"
    assert found(concepts("http://v.example/jobs/a")).version_iri == ""


def test_concepts_in_several_places_are_asked_about() -> None:
    with pytest.raises(InputError) as caught:
        found(concepts("http://v.example/a/1", "http://v.example/a/2", "http://w.example/b/1"))
    assert caught.value.message == (
        "The concepts of the sources lie in several namespaces: http://v.example/a/ (2 concepts),"
        " http://w.example/b/ (1 concepts). Say which base the vocabulary has with --base."
    )


def test_sources_without_concepts_are_refused_in_words() -> None:
    for text in ("", "<http://v.example/a> a owl:Class .", "[] a skos:Concept ."):
        with pytest.raises(InputError, match="hold no skos:Concept, so there is nothing to publish"):
            found(text)


def test_a_base_that_was_given_decides() -> None:
    said = concepts("http://v.example/a/1", "http://w.example/b/1")
    assert found(said, "http://w.example/b/").base == "http://w.example/b/"
    assert found(said, "http://w.example/").base == "http://w.example/"


def test_a_base_that_fits_nothing_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"http://wrong\.example/"):
        found(concepts("http://v.example/a/1"), "http://wrong.example/")


def test_the_order_of_the_statements_does_not_matter() -> None:
    for _, text in BASES.values():
        said = turtle(text)
        assert identify(said[::-1], CANONICAL_BASE, given=False) == identify(
            said, CANONICAL_BASE, given=False
        )

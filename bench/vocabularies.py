"""Generated vocabularies with slips, for measuring validation: the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pathways_ld.rdfio import Statement, literal

BASE = "https://example.org/voc/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCT = "http://purl.org/dc/terms/"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_ORG = "http://www.w3.org/ns/org#"
SCHEMES = 12
ERRORS = 0.01
_WORDS = (
    *("health", "nursing", "welding", "coding", "teaching", "care", "design", "energy"),
    *("water", "data", "retail", "finance", "law", "media", "sport", "music"),
)


def concept(number: int) -> str:
    return f"<{BASE}c{number}>"


def scheme(number: int) -> str:
    return f"<{BASE}s{number % SCHEMES}>"


def _skos(name: str) -> str:
    return f"<{_SKOS}{name}>"


_A = f"<{_RDF}type>"
_DATE = f"{_XSD}date"


def statements(count: int, seed: int = 1) -> Iterator[Statement]:
    """Give about 10.5 statements for each concept, with slips in one of a hundred."""
    chance = random.Random(seed)
    for number in range(SCHEMES):
        yield Statement(scheme(number), _A, _skos("ConceptScheme"))
        yield Statement(scheme(number), _skos("prefLabel"), literal(f"Scheme {number}", lang="en"))
    for number in range(count):
        yield from _concept(number, count, chance)
        if chance.random() < ERRORS:
            yield from _slip(number, count, chance)
    for number in range(count // 20):
        yield Statement(f"<{BASE}o{number}>", _A, f"<{_ORG}Organization>")
        yield Statement(
            f"<{BASE}o{number}>", _skos("prefLabel"), literal(f"Organization {number}", lang="en")
        )
    for number in range(count // 10):
        yield Statement(f"<{BASE}i{number}>", _A, f"<{BASE}Initiative>")
        yield Statement(f"<{BASE}i{number}>", f"<{_DCT}subject>", concept(chance.randrange(count)))


def _concept(number: int, count: int, chance: random.Random) -> Iterator[Statement]:
    subject = concept(number)
    name = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}"
    yield Statement(subject, _A, _skos("Concept"))
    yield Statement(subject, _skos("inScheme"), scheme(number))
    yield Statement(subject, _skos("prefLabel"), literal(name.title(), lang="en"))
    yield Statement(subject, _skos("altLabel"), literal(f"{name} work", lang="en"))
    yield Statement(subject, _skos("definition"), literal(f"All about {name}.", lang="en"))
    yield Statement(subject, _skos("notation"), literal(f"N{number}"))
    yield Statement(subject, f"<{_DCT}modified>", literal("2024-05-17", datatype=_DATE))
    parent = (number - SCHEMES) // 8 // SCHEMES * SCHEMES + number % SCHEMES
    if number < SCHEMES:
        yield Statement(subject, _skos("topConceptOf"), scheme(number))
    else:
        yield Statement(subject, _skos("broader"), concept(parent))
        if chance.random() < 0.5:
            yield Statement(concept(parent), _skos("narrower"), subject)
    if chance.random() < 0.5:
        yield Statement(subject, _skos("prefLabel"), literal(f"ES {name}", lang="es"))
    if chance.random() < 0.2:
        yield Statement(subject, _skos("prefLabel"), literal(f"FR {name}", lang="fr"))
    if chance.random() < 0.3:
        other = (number + SCHEMES * chance.randrange(1, 500)) % count
        if other // (8 * SCHEMES) > number // SCHEMES or other == number:
            other = (number + SCHEMES) % count
        yield Statement(subject, _skos("related"), concept(other))
    if chance.random() < 0.2:
        yield Statement(subject, _skos("exactMatch"), f"<http://other.example/{number}>")


def _slip(number: int, count: int, chance: random.Random) -> Iterator[Statement]:
    subject = concept(number)
    parent = concept((number - SCHEMES) // 8 // SCHEMES * SCHEMES + number % SCHEMES)
    slips = (
        Statement(subject, _skos("prefLabel"), literal(f"Second {number}", lang="EN")),
        Statement(subject, _skos("prefLabel"), literal("untagged")),
        Statement(subject, _skos("altLabel"), literal("untagged")),
        Statement(subject, _skos("altLabel"), concept(number)),
        Statement(subject, _skos("broader"), f"<{BASE}nowhere{number}>"),
        Statement(subject, _skos("broader"), literal("text")),
        Statement(subject, _skos("related"), parent),
        Statement(subject, _skos("related"), subject),
        Statement(parent, _skos("broader"), subject),
        Statement(subject, _A, _skos("ConceptScheme")),
        Statement(subject, _A, _skos("Collection")),
        Statement(subject, _skos("broadMatch"), f"<http://other.example/{number}>"),
        Statement(subject, _skos("exactMatch"), literal("text")),
        Statement(subject, _skos("inScheme"), concept(chance.randrange(count))),
        Statement(subject, _skos("topConceptOf"), scheme(number)),
        Statement(subject, _skos("notation"), literal(f"N{chance.randrange(count)}")),
        Statement(subject, _skos("hiddenLabel"), literal(f"All about {number}.")),
    )
    yield chance.choice(slips)

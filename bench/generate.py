"""Write generated SKOS concepts as Turtle: seeded, streamed, about 12 triples each.

The mixture follows published thesauri: labels in English, half of them in Spanish, a fifth in French, other
labels, a definition, a notation, a tree of broader concepts, related ones, external matches, a date.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

BASE: Final = "https://bench.example/"
SCHEME: Final = f"{BASE}scheme"
SEED: Final = 20_240_607
ROOTS: Final = 20
BRANCHING: Final = 10
_FIRST_DAY: Final = date(2015, 1, 1)

_ENGLISH_TEXT: Final = (
    "adaptive advising applied apprentice assessment award badge bridge broad career certificate "
    "civic clinical college community competency credential degree digital dual early earned employer "
    "entry evaluation exam expert faculty field financial formal framework funding guided health "
    "industry informal journey labour learner learning licence local manufacturing mentor micro "
    "military mobility national occupation online open pathway peer placement policy portable "
    "portfolio practice prior program public quality record regional registry residency skill "
    "stackable standard state student support technical transfer transition union verified vocational "
    "work youth"
)
_SPANISH_TEXT: Final = (
    "abierto acuerdo aprendizaje asesoría calidad camino carrera certificado competencia comunidad "
    "crédito digital educación empleo empresa enseñanza escuela estándar evaluación formación guía "
    "habilidad industria local marco mentor nacional ocupación práctica programa público red región "
    "registro salud taller técnico título trabajo transición unión vocación"
)
_FRENCH_TEXT: Final = (
    "accès apprentissage atelier cadre carrière certificat compétence conseil crédit diplôme durable "
    "école emploi entreprise étape évaluation filière formation guide industrie local mentor métier "
    "national niveau parcours pratique programme public qualité registre région santé soutien stage "
    "technique titre travail"
)

_ENGLISH, _SPANISH, _FRENCH = (text.split() for text in (_ENGLISH_TEXT, _SPANISH_TEXT, _FRENCH_TEXT))

_PREFIXES: Final = {
    "c": f"{BASE}concept/",
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_SCHEME_DESCRIPTION: Final = f"""
<{SCHEME}> a skos:ConceptScheme ;
    dct:title "Generated concepts"@en ;
    skos:prefLabel "Generated concepts"@en .
"""


def prefixes() -> list[str]:
    """Give the prefix lines that a concept's Turtle needs."""
    return [f"@prefix {name}: <{namespace}> .\n" for name, namespace in _PREFIXES.items()]


def local_name(number: int) -> str:
    """Give the last part of a concept's IRI; all have the same length, so addresses can be computed."""
    return f"c{number:07d}"


def iri(number: int) -> str:
    """Give a concept's IRI."""
    return f"{BASE}concept/{local_name(number)}"


def parent(number: int) -> int | None:
    """Give the broader concept, None at the top."""
    return None if number < ROOTS else (number - ROOTS) // BRANCHING


def children(number: int, count: int) -> range:
    """Give the narrower concepts."""
    first = ROOTS + BRANCHING * number
    return range(min(first, count), min(first + BRANCHING, count))


def related(number: int, count: int) -> int | None:
    """Give the related concept: a far one, the same from both ends, never an ancestor (SKOS S27)."""
    other = count - 1 - number
    low, high = min(number, other), max(number, other)
    if low == high or low * 2_654_435_761 % 100 >= 60:
        return None
    above: int | None = high
    while above is not None:
        if above == low:
            return None
        above = parent(above)
    return other


def english_label(number: int) -> str:
    """Give the preferred English label; the number makes it unique."""
    words = Random(f"{SEED} {number}").choices(_ENGLISH, k=3)
    return f"{words[0].capitalize()} {words[1]} {words[2]} {number}"


def concept(number: int, count: int) -> str:
    """Describe one concept in Turtle."""
    chance = Random(f"{SEED} {number}")
    said = [f'skos:prefLabel "{english_label(number)}"@en']
    chance.choices(_ENGLISH, k=3)  # the words that the label took
    if chance.random() < 0.5:
        said.append(f'skos:prefLabel "{_phrase(chance, _SPANISH, 3)} {number}"@es')
        said.append(f'skos:definition "{_phrase(chance, _SPANISH, 12)}."@es')
    if chance.random() < 0.2:
        said.append(f'skos:prefLabel "{_phrase(chance, _FRENCH, 3)} {number}"@fr')
    said.extend(
        f'skos:altLabel "{_phrase(chance, _ENGLISH, 2)} {number} {letter}"@en'
        for letter in chance.choice(("a", "ab"))
    )
    said.append(f'skos:definition "{_phrase(chance, _ENGLISH, 18)}."@en')
    said.append(f'skos:notation "{number:07d}"')
    above = parent(number)
    said.append(f"skos:topConceptOf <{SCHEME}>" if above is None else f"skos:broader c:{local_name(above)}")
    said.extend(f"skos:narrower c:{local_name(below)}" for below in children(number, count) if below % 2)
    other = related(number, count)
    if other is not None:
        said.append(f"skos:related c:{local_name(other)}")
    if chance.random() < 0.2:
        said.append(f"skos:exactMatch <https://other.example/id/{number}>")
    day = _FIRST_DAY + timedelta(days=chance.randrange(3_500))
    said.append(f'dct:modified "{day.isoformat()}"^^xsd:date')
    said += [f"skos:inScheme <{SCHEME}>", f"rdfs:isDefinedBy <{SCHEME}>"]
    statements = " ;\n    ".join(said)
    return f"\nc:{local_name(number)} a skos:Concept ;\n    {statements} .\n"


def _phrase(chance: Random, words: Sequence[str], length: int) -> str:
    return " ".join(chance.choices(words, k=length)).capitalize()


def pieces(count: int) -> Iterator[str]:
    """Give the whole file in pieces."""
    yield from prefixes()
    yield _SCHEME_DESCRIPTION
    for number in range(count):
        yield concept(number, count)


def dataset(count: int, folder: Path) -> Path:
    """Give the Turtle file of `count` concepts, writing it where it is not there already."""
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = folder / f"concepts-{count}-{version}.ttl"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        with unfinished.open("w", encoding="utf-8") as stream:
            stream.writelines(pieces(count))
        unfinished.replace(path)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    print(dataset(arguments.count, arguments.folder))

"""Usual mistakes to try at ``/validate``: each is a short document that breaks one rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pathways_ld.wording import N_

_PREFIXES: Final = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <https://example.org/crafts/> .

"""
_SCHEME: Final = """
ex:crafts a skos:ConceptScheme ;
    skos:prefLabel "Crafts"@en .
"""


@dataclass(frozen=True)
class Mistake:
    """A document with a mistake; `rule` is the rule that it breaks, `format` a format of RDF by name."""

    name: str
    title: str
    text: str
    rule: str
    format: str = "turtle"


def _turtle(name: str, title: str, rule: str, body: str) -> Mistake:
    return Mistake(name, title, f"{_PREFIXES}{body.strip()}\n{_SCHEME}", rule)


MISTAKES: Final = (
    Mistake(
        "missing-prefix",
        N_("A prefix is not declared"),
        """\
@prefix ex: <https://example.org/crafts/> .

ex:weaving a skos:Concept ;
    skos:prefLabel "Weaving"@en ;
    skos:definition "Making cloth on a loom."@en .
""",
        "syntax",
    ),
    Mistake(
        "smart-quotes",
        N_("Typographic quotation marks"),
        f"""\
{_PREFIXES}ex:weaving a skos:Concept ;
    skos:prefLabel “Weaving”@en ;
    skos:definition "Making cloth on a loom."@en .
""",
        "syntax",
    ),
    Mistake(
        "tag-with-underscore",
        N_("A language tag with an underscore"),
        f"""\
{_PREFIXES}ex:weaving a skos:Concept ;
    skos:prefLabel "Weaving"@en_US ;
    skos:definition "Making cloth on a loom."@en .
""",
        "syntax",
    ),
    _turtle(
        "two-preferred-labels",
        N_("Two preferred labels in one language"),
        "S14-one-preferred-label-per-language",
        """
ex:weaving a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Weaving"@en ;
    skos:prefLabel "Loom weaving"@en ;
    skos:definition "Making cloth on a loom."@en .
""",
    ),
    _turtle(
        "circle",
        N_("Broader terms in a circle"),
        "hierarchy-loop",
        """
ex:weaving a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Weaving"@en ;
    skos:definition "Making cloth on a loom."@en ;
    skos:broader ex:textiles .

ex:textiles a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Textile crafts"@en ;
    skos:definition "Crafts that make or adorn cloth."@en ;
    skos:broader ex:weaving .
""",
    ),
    _turtle(
        "misspelled-reference",
        N_("A broader term that does not exist"),
        "dangling-reference",
        """
ex:weaving a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Weaving"@en ;
    skos:definition "Making cloth on a loom."@en ;
    skos:broader ex:textile .

ex:textiles a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Textile crafts"@en ;
    skos:definition "Crafts that make or adorn cloth."@en .
""",
    ),
    _turtle(
        "broken-letters",
        N_("Letters broken by a wrong encoding, and stray spaces"),
        "text-wrongly-decoded",
        """
ex:lace a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Lace  making"@en ;
    skos:altLabel "DentelliÃ¨re"@fr ;
    skos:definition "Making openwork cloth of thread."@en .
""",
    ),
    _turtle(
        "concept-and-scheme",
        N_("A concept that is a concept scheme too"),
        "S9-scheme-is-not-concept",
        """
ex:weaving a skos:Concept , skos:ConceptScheme ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Weaving"@en ;
    skos:definition "Making cloth on a loom."@en .
""",
    ),
    _turtle(
        "other-peoples-terms",
        N_("Statements about a term of others"),
        "foreign-term",
        """
ex:weaving a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Weaving"@en ;
    skos:definition "Making cloth on a loom."@en .

skos:Concept skos:prefLabel "Craft"@en .
""",
    ),
    Mistake(
        "unmapped-key",
        N_("A JSON-LD key that the context leaves out"),
        """\
{
  "@context": {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "type": "@type"
  },
  "@id": "https://example.org/crafts/weaving",
  "type": "skos:Concept",
  "prefLabel": "Weaving",
  "skos:definition": { "@value": "Making cloth on a loom.", "@language": "en" }
}
""",
        "unmapped-key",
        "json-ld",
    ),
)


def mistake(name: str) -> Mistake | None:
    """Find a mistake by name."""
    return next((each for each in MISTAKES if each.name == name), None)

"""Random small vocabularies full of slips, and shapes of every form, for comparing validations."""

from __future__ import annotations

from hypothesis import strategies as st

from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import Statement, parse
from pathways_ld.validation.rules import shapes_files

BASE = "http://example.org/"
PREFIXES = """@prefix : <http://example.org/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

SHAPES = """
:ontology a owl:Ontology ; sh:declare [ sh:prefix "v" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .

:nested a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:uniqueLang true ; sh:maxLength 3 ] ,
        [ sh:path skos:broader ; sh:class skos:Concept ; sh:nodeKind sh:IRI ;
          sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ; sh:severity sh:Info ] ] ,
        :shared-property .
:also a sh:NodeShape ; sh:targetSubjectsOf skos:related ; sh:property :shared-property ; sh:nodeKind sh:IRI .
:shared-property a sh:PropertyShape ; sh:path skos:altLabel ; sh:disjoint skos:prefLabel ;
    sh:message "Same label twice."@en .
:closed a sh:NodeShape ; sh:targetClass skos:ConceptScheme ; sh:closed true ;
    sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path skos:prefLabel ; sh:datatype rdf:langString ] .
:off a sh:NodeShape ; sh:targetClass skos:Concept ; sh:deactivated true ;
    sh:property [ sh:path skos:prefLabel ; sh:maxCount 0 ] .
:half-off a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:property [ sh:path skos:prefLabel ; sh:maxCount 0 ; sh:deactivated true ] .
:helper a sh:NodeShape ; sh:targetObjectsOf skos:related ; sh:property [ sh:path skos:prefLabel ; sh:minCount 1 ] .
:uses-helper a sh:NodeShape ; sh:targetObjectsOf skos:broader ; sh:node :helper ;
    sh:or ( [ sh:class skos:Concept ] [ sh:path skos:altLabel ; sh:minCount 1 ] ) .
:not-both a sh:NodeShape ; sh:targetClass skos:Concept ; sh:not [ sh:class skos:ConceptScheme ] .
:not-labelled a sh:PropertyShape ; sh:targetClass skos:Concept ; sh:path skos:broader ;
    sh:not [ sh:property [ sh:path skos:altLabel ; sh:minCount 1 ] ] .
:english a sh:PropertyShape ; sh:targetClass skos:Concept ; sh:path skos:prefLabel ;
    sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ; sh:qualifiedMinCount 1 .
:two-ways a sh:PropertyShape ; sh:targetClass skos:Concept ; sh:path [ sh:inversePath skos:related ] ;
    sh:equals skos:related .
:far a sh:PropertyShape ; sh:targetNode :c0 , :c1 ; sh:path ( skos:broader [ sh:zeroOrMorePath skos:broader ] ) ;
    sh:minCount 1 ; sh:class skos:Concept .
:either a sh:PropertyShape ; sh:targetSubjectsOf skos:inScheme ;
    sh:path [ sh:alternativePath ( skos:inScheme [ sh:inversePath skos:hasTopConcept ] ) ] ;
    sh:class skos:ConceptScheme .
:Special a rdfs:Class , sh:NodeShape ; sh:property [ sh:path skos:notation ; sh:minCount 1 ] .
:siblings a sh:NodeShape ; sh:targetClass :Special ;
    sh:property [ sh:path skos:altLabel ; sh:lessThan skos:prefLabel ] .
:loop a sh:NodeShape ; sh:targetSubjectsOf skos:broader ;
    sh:sparql [ sh:message "Above itself: {?up}." ; sh:prefixes :ontology ;
      sh:select "SELECT $this ?up WHERE { $this <http://www.w3.org/2004/02/skos/core#broader> ?up . ?up <http://www.w3.org/2004/02/skos/core#broader>* $this }" ] .
:taken a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:sparql [ sh:message "Also {?value}." ; sh:prefixes :ontology ;
      sh:select "SELECT $this ?value WHERE { $this <http://www.w3.org/2004/02/skos/core#notation> ?n . ?value <http://www.w3.org/2004/02/skos/core#notation> ?n . FILTER (?value != $this) OPTIONAL { ?value v:extra ?e } FILTER NOT EXISTS { $this <http://www.w3.org/2004/02/skos/core#related> ?value } }" ] .
:no-language a sh:PropertyShape ; sh:targetClass skos:Concept ; sh:path skos:prefLabel ;
    sh:nodeKind sh:IRIOrLiteral ; sh:not [ sh:datatype rdf:langString ] , [ sh:datatype xsd:integer ] .
:alone a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:sparql [ sh:message "Alone." ; sh:prefixes :ontology ;
      sh:select "SELECT $this WHERE { $this a <http://www.w3.org/2004/02/skos/core#Concept> . FILTER EXISTS { ?x <http://www.w3.org/2004/02/skos/core#related> ?y } FILTER NOT EXISTS { $this <http://www.w3.org/2004/02/skos/core#related>|^<http://www.w3.org/2004/02/skos/core#related> ?z } }" ] .
"""


def turtle(text: str) -> list[Statement]:
    """Parse Turtle with the usual prefixes."""
    return parse((PREFIXES + text).encode(), TURTLE, base_iri=BASE).statements


def forms() -> list[Statement]:
    """Give shapes of every form."""
    return turtle(SHAPES)


def ours(*names: str) -> list[Statement]:
    """Give shapes of ours; not those that compare every label with every other."""
    return [
        each._replace(
            subject=each.subject.replace("_:", f"_:{file.name}"),
            object=each.object.replace("_:", f"_:{file.name}") if each.object[:2] == "_:" else each.object,
        )
        for file in shapes_files()
        if file.name in names
        for each in file.parsed.statements
        if "#ambiguous-label>" not in each.subject
    ]


_CONCEPTS = [f":c{number}" for number in range(5)]
_NODES = [*_CONCEPTS, ":s0", ":s1", "_:b", "<http://other.example/x>"]
_LABELS = ['"A"@en', '"A"@EN', '"a"@en', '"B"@en', '"A"@es', '"C"', '"Long label"@en']
VALUES = {
    "a": ["skos:Concept"] * 4 + ["skos:ConceptScheme", "skos:Collection", ":Special", ":Sub", "owl:Class"],
    "skos:prefLabel": [*_LABELS, ":c0"],
    "skos:altLabel": _LABELS,
    "skos:hiddenLabel": _LABELS,
    "skos:definition": _LABELS,
    "skos:broader": [*_NODES, '"text"'],
    "skos:narrower": _CONCEPTS,
    "skos:related": _NODES,
    "skos:inScheme": [":s0", ":s1", ":c0"],
    "skos:topConceptOf": [":s0"],
    "skos:hasTopConcept": _CONCEPTS,
    "skos:member": _CONCEPTS,
    "skos:exactMatch": ["<http://other.example/x>", "<http://other.example/y>", ":c1"],
    "skos:broadMatch": ["<http://other.example/x>", "<http://other.example/y>", ":c2"],
    "skos:notation": ['"1"', '"01"^^xsd:integer', '"1"^^xsd:integer', '"2"'],
    "dct:modified": ['"2024-01-01"^^xsd:date', '"01/02/2024"^^xsd:date'],
    "rdfs:subClassOf": ["skos:Concept", ":Special"],
    "skosxl:altLabel": [":l0"],
    "skosxl:literalForm": _LABELS,
    "owl:deprecated": ["true"],
    "dct:isReplacedBy": _CONCEPTS,
}
PROPERTIES = sorted(VALUES)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Draw a statement in Turtle."""
    predicate = draw(st.sampled_from(PROPERTIES))
    if predicate == "rdfs:subClassOf":
        subject = ":Sub"
    elif predicate == "skosxl:literalForm":
        subject = ":l0"
    else:
        subject = draw(st.sampled_from([*_CONCEPTS, *_CONCEPTS, ":s0", ":s1", "_:b"]))
    return f"{subject} {predicate} {draw(st.sampled_from(VALUES[predicate]))} ."


def documents(smallest: int = 0, largest: int = 40) -> st.SearchStrategy[list[Statement]]:
    """Draw the statements of a document."""
    return st.lists(lines(), min_size=smallest, max_size=largest).map(
        lambda found: sorted(set(turtle("\n".join(found))))
    )

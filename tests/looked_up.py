"""A vocabulary with every reason for which a label is not simply found."""

from __future__ import annotations

BASE = "https://example.org/work/"
WORK = r"""
@prefix : <https://example.org/work/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; dct:title "Work"@en ; skos:hasTopConcept :learning .
:learning a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Learning at work"@en , "Aprender trabajando"@es ;
    skos:definition "Learning while working."@en , "Aprender mientras se trabaja."@es .
:apprenticeship a skos:Concept ; skos:inScheme :scheme ; skos:broader :learning ;
    skos:prefLabel "Registered apprenticeship"@en , "Aprendizaje registrado"@es ;
    skos:altLabel "Earn and learn"@en ; skos:hiddenLabel "aprentiship"@en , "shared slip"@en ; skos:notation "A-1" ;
    skos:exactMatch <https://example.com/apprenticeship> ;
    skos:definition "Paid work with instruction."@en .
:internship a skos:Concept ; skos:inScheme :scheme ; skos:broader :learning ; skos:prefLabel "Internship"@en ;
    skos:altLabel "Placement"@en , "Earn"@en .
:internship skos:hiddenLabel "Shared slip"@en .
:guided a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Placement"@en ; skos:broader :internship .
:year a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Año de prácticas"@es .
:formula a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "=HYPERLINK(\"x\")"@en , "Fórmula"@es .
:indenture a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Indenture"@en ; owl:deprecated true ;
    dct:isReplacedBy :bond .
:bond a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Bond"@en ; owl:deprecated true ;
    dct:isReplacedBy :apprenticeship .
:split a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Traineeship"@en ; owl:deprecated true ;
    dct:isReplacedBy :apprenticeship , :internship .
:loop a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Loop"@en ; owl:deprecated true ;
    dct:isReplacedBy :pool .
:pool a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Pool"@en ; owl:deprecated true ;
    dct:isReplacedBy :loop .
:gone a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Gone elsewhere"@en ; owl:deprecated true ;
    dct:isReplacedBy <https://example.com/new> .
:ended a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Ended"@en ; owl:deprecated true .
:withdrawn a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Withdrawn"@en ;
    adms:status <http://purl.org/adms/status/Withdrawn> .
:nameless a skos:Concept ; skos:inScheme :scheme ; skos:definition "It has no name."@en .
:up a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Up"@en ; skos:broader :down .
:down a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Down"@en ; skos:broader :up .
<https://example.org/work/caf%C3%A9> a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Café"@en .
:guild a org:Organization ; skos:prefLabel "Internship"@en , "The guild"@es ; dct:subject :apprenticeship .
"""

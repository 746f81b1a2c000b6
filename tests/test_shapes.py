"""Each shape has an example in which it finds nothing, and a change after which it finds something."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pathways_ld.formats import TURTLE
from pathways_ld.rdfio import Statement, parse, write_turtle
from pathways_ld.validation import check_shapes, read_shapes, validate_shapes

SHAPES = Path(__file__).parents[1] / "shapes"
EXAMPLES = Path(__file__).parent / "shape_examples"
TOPIC = "https://w3id.org/pathways-ld/topic/"

# What to write instead of what, or "+" and what to add.
SKOS_SLIPS = {
    "S9-scheme-is-not-concept": ("+", "ex:scheme a skos:Concept ."),
    "S37-collection-is-not-concept": ("+", "ex:ranking a skos:Concept ."),
    "S37-collection-is-not-scheme": ("+", "ex:pets a skos:ConceptScheme ."),
    "S13-preferred-is-not-alternative": ('"Hound"@en ;', '"Dog"@en ;'),
    "S13-preferred-is-not-hidden": ('"Dgo"@en', '"Dog"@en'),
    "S13-alternative-is-not-hidden": ('"Dgo"@en', '"Hound"@EN'),
    "S14-one-preferred-label-per-language": ('"Animal"@es', '"Beast"@EN'),
    "S12-preferred-label-is-text": ("+", "ex:pets skos:prefLabel ex:dog-label ."),
    "S12-alternative-label-is-text": ("+", "ex:dog skos:altLabel ex:dog-label ."),
    "S12-hidden-label-is-text": ("+", "ex:dog skos:hiddenLabel [] ."),
    "preferred-label-language": ('"Cat"@en', '"Cat"'),
    "alternative-label-language": ('skos:altLabel "Hound"@en', 'skos:altLabel "Hound"'),
    "hidden-label-language": ('"Dgo"@en', '"Dgo"'),
    "preferred-label-missing": ('skos:prefLabel "Cat"@en ;', ""),
    "definition-missing": ('skos:definition "An animal that meows."@en ;', ""),
    "S19-broader-is-a-resource": ("skos:broader ex:animal", 'skos:broader "animal"'),
    "S19-narrower-is-a-resource": ("skos:narrower ex:dog", 'skos:narrower "dog"'),
    "S19-related-is-a-resource": ("skos:related ex:cat", 'skos:related "cat"'),
    "broader-target": ("skos:broader ex:animal", "skos:broader ex:anmal"),
    "narrower-target": ("skos:narrower ex:dog", "skos:narrower ex:dgo"),
    "related-target": ("skos:related ex:cat", "skos:related ex:pets"),
    "S39-exactMatch-is-a-resource": ("<http://other.example/dog>", '"dog"'),
    "S39-closeMatch-is-a-resource": ("<http://other.example/wolf>", '"wolf"'),
    "S39-broadMatch-is-a-resource": ("<http://other.example/animal>", '"animal"'),
    "S39-narrowMatch-is-a-resource": ("<http://other.example/poodle>", '"poodle"'),
    "S39-relatedMatch-is-a-resource": ("<http://other.example/cat>", '"cat"'),
    "scheme-membership": ("+", "ex:cat skos:inScheme ex:schema ."),
    "top-concept-has-no-broader": ("+", "ex:animal skos:broader ex:cat ."),
    "top-concept-target": ("skos:hasTopConcept ex:animal", "skos:hasTopConcept ex:anmal"),
    "S52-one-literal-form": ("+", 'ex:dog-label skosxl:literalForm "Dog hound"@en .'),
}

VOCABULARY_SLIPS = {
    "term-english-label": ('"Milling"@en', '"Müllerei"@de'),
    "term-preferred-label-language": ("+", 'topic:milling skos:prefLabel "Mill" .'),
    "term-alternative-label-language": ('skos:altLabel "BF"@en', 'skos:altLabel "BF"'),
    "term-hidden-label-language": ('"Bakng"@en', '"Bakng"'),
    "term-defined-by": ("+", "source:example-org rdfs:isDefinedBy <http://other.example/> ."),
    "source-missing": ("dct:source source:example-org ;\n    skos:note", "skos:note"),
    "source-described": ("+", "topic:milling dct:source <https://example.org/> ."),
    "term-status": ("+", "topic:milling adms:status pw:Candidate ."),
    "term-status-value": ("adms:status pw:Candidate", "adms:status pw:Concluded"),
    "term-basis": ("pw:basis pw:MirrorCopy", "skos:note 'no basis'@en"),
    "term-basis-value": ("pw:basis pw:MirrorCopy", "pw:basis pw:Stated"),
    "term-definition": ("+", 'topic:milling skos:definition "Grinding."@en .'),
    "scope-note-language": ('"Bread and rolls."@en', '"Bread and rolls."'),
    "ecosystem-role-language": ('"An example."@en', '"An example."'),
    "note-language": ('"A note."@en', '"A note."'),
    "change-note-language": ('"First written."@en', '"First written."'),
    "history-note-language": ('"Old."@en', '"Old."'),
    "editorial-note-language": ('"Fine."@en', '"Fine."'),
    "term-no-ctdl-type": ("+", "topic:milling a ceterms:Pathway ."),
    "no-ctid": ("+", 'topic:milling ceterms:ctid "ce-0" .'),
    "topic-iri": ("topic:sourdough-baking a", "topic:Sourdough_Baking a"),
    "topic-is-concept": ("topic:milling a skos:Concept, ", "topic:milling a "),
    "concept-is-known-kind": ("+", "topic:yeast a skos:Concept ."),
    "concept-scheme": ("skos:inScheme pathways:ns ;\n    skos:broader", "skos:broader"),
    "topic-position": (
        "skos:topConceptOf pathways:ns ;\n    skos:related topic:baking",
        "skos:related topic:baking",
    ),
    "top-topic-has-no-broader": ("+", "topic:milling skos:broader topic:baking ."),
    "element-is-not-top": ("+", f"<{TOPIC}baking#step-1> skos:topConceptOf pathways:ns ."),
    "topic-broader-target": ("skos:broader topic:baking", "skos:broader topic:bakin"),
    "topic-related-target": ("+", "topic:milling skos:related organization:bread-fund ."),
    "topic-related-both-ways": ("skos:related topic:baking", "skos:related topic:sourdough-baking"),
    "hierarchy-basis-missing": ("pw:hierarchyBasis pw:Stated ;", ""),
    "hierarchy-basis-value": ("pw:hierarchyBasis pw:Stated", "pw:hierarchyBasis pw:CoMention"),
    "hierarchy-basis-alone": ("+", "topic:milling pw:hierarchyBasis pw:InName ."),
    "hierarchy-source-missing": ("pw:hierarchySource source:example-org ;", ""),
    "hierarchy-source-described": (
        "pw:hierarchySource source:example-org",
        "pw:hierarchySource source:exampel",
    ),
    "topic-framework": ("pw:hasFramework <", "pw:hasFramework topic:milling, <"),
    "topic-undated": ("+", 'topic:milling dct:modified "2024-01-01"^^xsd:date .'),
    "topic-properties": ("+", "topic:milling skos:prefLable 'Mill'@en ."),
    "no-exact-match-to-class": ("skos:closeMatch ceterms:Pathway", "skos:exactMatch ceterms:Pathway"),
    "no-same-as-outside": ("+", "topic:milling owl:sameAs <http://other.example/milling> ."),
    "no-equivalent-class-outside": ("+", "pw:Initiative owl:equivalentClass schema:Project ."),
    "exactMatch-ctdl-spelling": ("+", "topic:milling skos:exactMatch <http://purl.org/ctdl/terms/Pathway> ."),
    "closeMatch-ctdl-spelling": ("+", "topic:milling skos:closeMatch <http://purl.org/ctdl/terms/Pathway> ."),
    "broadMatch-ctdl-spelling": (
        "+",
        "topic:milling skos:broadMatch <https://purl.org/ceterms/terms/Pathway> .",
    ),
    "narrowMatch-ctdl-spelling": ("+", "topic:milling skos:narrowMatch <http://purl.org/ctdlasn/terms/X> ."),
    "relatedMatch-ctdl-spelling": ("+", "topic:milling skos:relatedMatch <http://schema.org/Course> ."),
    "seeAlso-ctdl-spelling": ("+", "topic:milling rdfs:seeAlso <http://credreg.net/> ."),
    "mapping-iri": ("topic/baking#mapping-0123abcd", "topic/baking#mapping-closematch"),
    "mapping-is-statement": ("a rdf:Statement, pw:MappingStatement", "a pw:MappingStatement"),
    "mapping-subject": ("rdf:subject topic:baking", "rdf:subject ceterms:Pathway"),
    "mapping-predicate": ("rdf:predicate skos:closeMatch", "rdf:predicate skos:broader"),
    "mapping-object": ("rdf:object ceterms:Pathway", "rdf:object 'Pathway'"),
    "label-statement-text": ('skosxl:literalForm "Bakery trade"@en', 'skosxl:literalForm "Bakery trade"'),
    "framework-is-ordered": ("a pw:Framework, skos:OrderedCollection", "a pw:Framework, skos:Collection"),
    "framework-list": ("skos:memberList ( ", "skos:memberList () , ( "),
    "framework-members": ("+", f"<{TOPIC}baking#steps> skos:member topic:milling ."),
    "framework-members-in-list": (f"skos:member <{TOPIC}baking#step-1>, ", "skos:member "),
    "element-definition": ('skos:definition "Work the dough."@en ;', ""),
    "element-notation": ('skos:notation "1" ;', ""),
    "part-iri": ("topic/baking#step-1> a", "topic/baking#Step_1> a"),
    "organization-iri": ("organization:food-fund a", "organization:Food-Fund a"),
    "organization-schema-type": (
        "food-fund a org:Organization, schema:Organization",
        "food-fund a org:Organization",
    ),
    "description-missing": ('dct:description "Pays for food."@en ;', ""),
    "description-language": ('"Pays for food."@en', '"Pays for food."'),
    "classification-value": ("org:classification pw:Foundation", "org:classification pw:Stated"),
    "classification-basis-missing": ("pw:classificationBasis pw:InName ;", ""),
    "classification-basis-value": ("pw:classificationBasis pw:InName", "pw:classificationBasis pw:CoMention"),
    "classification-basis-alone": ("org:classification pw:Foundation ;", ""),
    "classification-source": (
        "pw:classificationSource source:example-org",
        "pw:classificationSource topic:milling",
    ),
    "reference-described": ("dct:references source:example-org", "dct:references <https://example.org/>"),
    "homepage": ("<https://bread.example/>", "<javascript:alert(1)>"),
    "subject-topic": ("dct:subject topic:baking", "dct:subject topic:bakin"),
    "relation-basis-missing": ("pw:relationBasis pw:CoMention ;", ""),
    "relation-basis-value": ("pw:relationBasis pw:CoMention", "pw:relationBasis pw:InName"),
    "parent-organization": (
        "org:subOrganizationOf organization:food-fund",
        "org:subOrganizationOf topic:milling",
    ),
    "lead-organization": ("pw:leadOrganization organization:bread-fund", "pw:leadOrganization topic:milling"),
    "partner-organization": ("pw:partnerOrganization organization:food-fund", 'pw:partnerOrganization "FF"'),
    "organization-properties": ("+", 'organization:food-fund skos:definition "Food."@en .'),
    "initiative-iri": ("initiative:ovens-for-all a", "initiative:ovens--for-all a"),
    "start-year": ('"2012"^^xsd:gYear', '"May 2012"^^xsd:gYear'),
    "end-year": ('"2014"^^xsd:gYear', "2014"),
    "initiative-status": ("pw:initiativeStatus pw:Concluded", "pw:initiativeStatus pw:Stated"),
    "initiative-properties": ("+", "initiative:ovens-for-all pw:observedCount 3 ."),
    "source-iri": ("source:example-org a", "source:example.org a"),
    "source-schema-type": ("a bibo:Document, schema:CreativeWork", "a bibo:Document"),
    "source-label": ('rdfs:label "example.org/"', 'rdfs:label "example.org/"@en'),
    "source-page": ("foaf:page <https://example.org/> ;", ""),
    "source-title": ('dct:title "Example"@en ;\n    foaf:page', 'dct:title "Example" ;\n    foaf:page'),
    "source-modified": ('dct:modified "2024-03-31"', 'dct:modified "2024-02-30"'),
    "source-issued": ('"2020"^^xsd:gYear', '"in 2020"'),
    "source-observation": ("example-org#topics> .\n", "example-org#topicz> .\n"),
    "source-properties": ("+", "source:example-org pw:basis pw:PageExcerpt ."),
    "observation-collection": ('pw:observedCollection "Topics"@en ;', ""),
    "observation-count": ("pw:observedCount 93", "pw:observedCount -93"),
    "observation-date": ('pw:observedOn "2024-03-31"^^xsd:date', 'pw:observedOn "03/31/2024"^^xsd:date'),
    "vocabulary-title": ('dct:title "Example"@en ;\n    dct:creator', "dct:creator"),
    "vocabulary-licence": ("licenses/by/4.0/", "licenses/by-nc/4.0/"),
    "vocabulary-creator": ('dct:creator "Somebody" ;', ""),
    "vocabulary-types": ("skos:ConceptScheme, dcat:Dataset", "skos:ConceptScheme"),
    "ontology-term-defined-by": ('"A project."@en ; rdfs:isDefinedBy pathways:ns', '"A project."@en'),
    "ontology-term-label": ('rdfs:label "Initiative"@en ;', ""),
    "ontology-term-comment": ('rdfs:comment "A project."@en ;', ""),
    "individual-iri": ("pw:Foundation a", "pw:foundation a"),
    "individual-is-concept": ("a pw:Basis, skos:Concept", "a pw:Basis"),
    "individual-scheme": (
        "skos:inScheme pw:Bases ; rdfs:isDefinedBy pathways:ns .\npw:Foundation",
        "rdfs:isDefinedBy pathways:ns .\npw:Foundation",
    ),
    "individual-label": ('skos:prefLabel "Stated"@en ;', ""),
    "individual-defined-by": (
        '"Gives money."@en ; skos:inScheme pw:Bases ; rdfs:isDefinedBy pathways:ns',
        '"Gives money."@en ; skos:inScheme pw:Bases',
    ),
}

SLIPS = {"skos": SKOS_SLIPS, "vocabulary": VOCABULARY_SLIPS}
CASES = [(name, rule) for name, slips in SLIPS.items() for rule in slips]


@pytest.fixture(scope="module")
def shapes() -> dict[str, list[Statement]]:
    return {name: read_shapes([SHAPES / f"{name}.ttl"]) for name in SLIPS}


def rules_found(text: str, shapes: Sequence[Statement]) -> set[str]:
    return {finding.rule for finding in validate_shapes(parse(text.encode(), TURTLE).statements, shapes)}


@pytest.mark.parametrize("name", SLIPS)
def test_the_example_satisfies_every_shape(name: str, shapes: dict[str, list[Statement]]) -> None:
    example = parse(EXAMPLES / f"{name}.ttl").statements
    every_shape = shapes["skos"] + shapes[name]
    assert [str(finding) for finding in validate_shapes(example, every_shape)] == []


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_each_shape_finds_its_slip(name: str, rule: str, shapes: dict[str, list[Statement]]) -> None:
    text = (EXAMPLES / f"{name}.ttl").read_text()
    before, after = SLIPS[name][rule]
    assert before == "+" or before in text
    text = f"{text}\n{after}\n" if before == "+" else text.replace(before, after, 1)
    assert rule in rules_found(text, shapes[name])


@pytest.mark.parametrize("name", SLIPS)
def test_every_shape_with_a_target_has_an_example(name: str, shapes: dict[str, list[Statement]]) -> None:
    targeted = {each.subject for each in shapes[name] if "#target" in each.predicate}
    assert {subject[1:-1].partition("#")[2] for subject in targeted} == set(SLIPS[name])


@pytest.mark.parametrize("name", SLIPS)
def test_every_shape_says_what_why_and_how_bad(name: str, shapes: dict[str, list[Statement]]) -> None:
    targeted = {each.subject for each in shapes[name] if "#target" in each.predicate}
    for subject in targeted:
        said = [each.predicate.partition("#")[2][:-1] for each in shapes[name] if each.subject == subject]
        assert all(said.count(word) == 1 for word in ("name", "description", "message", "severity")), subject


@pytest.mark.parametrize("name", SLIPS)
def test_the_shapes_are_valid_and_canonical(name: str, shapes: dict[str, list[Statement]]) -> None:
    assert check_shapes(shapes[name]) == []
    parsed = parse(SHAPES / f"{name}.ttl")
    assert (SHAPES / f"{name}.ttl").read_text() == write_turtle(parsed.statements, parsed.prefixes)


def test_shapes_that_are_not_shacl_are_told() -> None:
    broken = b"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
        ex:shape a sh:PropertyShape ; sh:path ex:p ; sh:minCount "one" ."""
    assert any("minCount" in each for each in check_shapes(parse(broken, TURTLE).statements))


def test_what_skos_allows_is_never_a_must_fix(shapes: dict[str, list[Statement]]) -> None:
    legal = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix ex: <http://example.org/> .
        ex:a a skos:Concept ; skos:prefLabel "untagged" ; skos:broader ex:b ; skos:related ex:elsewhere ;
            skos:definition [ skos:note "a definition may be a resource" ] ; skos:topConceptOf ex:s ;
            skos:exactMatch [] .
        ex:b a skos:Concept ; skos:broader ex:a ; skos:inScheme ex:s ; skos:altLabel "B", "b"@en-GB ."""
    found = validate_shapes(parse(legal.encode(), TURTLE).statements, shapes["skos"])
    assert found
    assert {finding.severity for finding in found} == {"should fix"}


def test_shapes_files_keep_their_blank_nodes_apart(tmp_path: Path) -> None:
    prefix = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .\n"
    for name in ("one", "two"):
        shape = f"ex:{name} a sh:NodeShape ; sh:targetNode ex:x ; sh:not [ sh:class ex:{name.title()} ] ."
        (tmp_path / f"{name}.ttl").write_text(prefix + shape)
    both = read_shapes([tmp_path / "one.ttl", tmp_path / "two.ttl"])
    typed = "@prefix ex: <http://example.org/> . ex:x a ex:One ."
    assert rules_found(typed, both) == {"http://example.org/one".rpartition("/")[2]}

"""The page of the ontology: every class and property, in words and drawn, with what uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from conftest import MakeVocabulary, Vocabulary
from maintenance import Anybody, Site
from pathways_ld.formats import TERM_FORMATS
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import OWL, PREFIXES, RDF
from pathways_ld.rdfio import Statement, iri, literal
from pathways_ld.releases import Maintenance
from pathways_ld.vocabulary.ontology import Ontology, read_ontology
from pathways_ld.web.ontology_drawing import MOST, Artist, Drawing, bands

HTML = {"Accept": "text/html"}
NS = "https://w3id.org/pathways-ld/ns"
EXAMPLE = "https://example.org/v/"
HEAD = """
@prefix : <https://example.org/v/> .
@prefix o: <https://example.org/v/ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix ex: <https://example.com/other#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:ns a owl:Ontology , skos:ConceptScheme ; dct:title "Made"@en .
:one a skos:Concept ; skos:prefLabel "One"@en ; skos:definition "The first."@en ; skos:inScheme :ns .
"""
SCHOOL = """
o:School a owl:Class ; rdfs:label "School"@en , "Schule"@de ; skos:definition "A place to learn."@en ;
    rdfs:subClassOf ex:Place ,
        [ a owl:Restriction ; owl:onProperty o:teaches ; owl:someValuesFrom o:Person ] ,
        [ a owl:Restriction ; owl:onProperty o:teaches ; owl:allValuesFrom [ owl:unionOf ( o:Person ex:Animal ) ] ] ,
        [ a owl:Restriction ; owl:onProperty o:age ; owl:maxQualifiedCardinality 1 ; owl:onDataRange xsd:integer ] ,
        [ a owl:Restriction ; owl:onProperty o:age ; owl:cardinality 2 ] ,
        [ a owl:Restriction ; owl:onProperty o:age ; owl:hasValue 7 ] ,
        [ a owl:Restriction ; owl:onProperty [ owl:inverseOf o:teaches ] ; owl:hasSelf true ] ,
        [ owl:complementOf o:Person ] , [ ] ;
    owl:disjointWith o:Person ; owl:hasKey ( o:age o:teaches ) .
o:Person a rdfs:Class ; rdfs:label "Person"@en ; owl:equivalentClass ex:Human , [ owl:oneOf ( :one ) ] .
o:Pupil a owl:Class ; rdfs:label "Pupil"@en ; rdfs:subClassOf o:Person .
o:teaches a owl:ObjectProperty , owl:AsymmetricProperty ; rdfs:label "teaches"@en ; rdfs:domain o:School ;
    rdfs:range o:Person ; owl:inverseOf o:learnsAt ; owl:propertyChainAxiom ( ex:runs ex:hires ) .
o:learnsAt a owl:ObjectProperty ; rdfs:label "learns at"@en ; rdfs:domain o:Pupil ; rdfs:range o:School .
o:age a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:label "age"@en ;
    rdfs:domain [ owl:unionOf ( o:School o:Person ) ] ;
    rdfs:range [ a rdfs:Datatype ; owl:onDatatype xsd:integer ; owl:withRestrictions ( [ xsd:minInclusive 0 ] ) ] .
o:note a owl:AnnotationProperty ; rdfs:label "note"@en .
:two a skos:Concept , o:Pupil ; skos:prefLabel "Two"@en ; o:learnsAt :one ; o:note "<b>bold</b>" .
"""


def page_of(vocabulary: Vocabulary, path: str = "/ns") -> str:
    answer = vocabulary.app().test_client().get(path, headers=HTML)
    assert answer.status_code == 200
    return answer.text


def entry(page: str, anchor: str) -> str:
    """Give the section of a class or property."""
    found = re.search(rf'<section class="part entity" id="{re.escape(anchor)}".*?</section>', page, re.DOTALL)
    assert found, f"no section {anchor}"
    return found[0]


def facts_of(section: str) -> dict[str, str]:
    """Give the rows of a section as words."""
    rows = re.findall(r"<div><dt>(.*?)</dt>(.*?)</div>", section, re.DOTALL)
    return {name: " ".join(unescape(re.sub(r"<[^>]+>", " ", value)).split()) for name, value in rows}


# our own ontology


def test_every_class_and_property_has_its_place_and_its_words(client: FlaskClient, own: Vocabulary) -> None:
    page = client.get("/ns", headers=HTML).text
    said = own.source_statements()
    described = {
        each.subject[1:-1]
        for each in said
        if each.subject.startswith(f"<{NS}#")
        and each.predicate == f"<{RDF.type}>"
        and each.object in {iri(OWL.Class), iri(OWL.ObjectProperty), iri(OWL.DatatypeProperty)}
    }
    assert len(described) == 26
    for each in described:
        section = entry(page, each.partition("#")[2])
        assert f"<code>{each}</code>" in section
        definition = next(
            s.object
            for s in said
            if s.subject == f"<{each}>" and s.predicate == f"<{PREFIXES['skos']}definition>"
        )
        assert definition[1:-4].replace('\\"', '"') in unescape(section)


def test_every_link_within_the_page_leads_somewhere(client: FlaskClient) -> None:
    page = client.get("/ns", headers=HTML).text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(ids)
    assert {"Initiative", "startYear", "changelog", "namespaces", "overview"} <= targets
    # What has no section of its own as a class or property is there too: its IRI leads to this page.
    assert {"Foundation", "contributors", "catalog", "OrganizationTypes"} <= set(ids)


def test_every_link_to_another_page_is_answered(client: FlaskClient) -> None:
    page = client.get("/ns", headers=HTML).text
    main = page[page.index("<main") : page.index("</main>")]
    for path in sorted({unescape(each) for each in re.findall(r'href="(/[^"#]*)', main)}):
        if path != "/sparql" and not path.startswith("/sparql?"):
            assert client.get(path).status_code == 200, path


def test_the_head_tells_what_is_stated(client: FlaskClient) -> None:
    page = client.get("/ns", headers=HTML).text
    about = facts_of(page[page.index('id="about"') : page.index('id="contents"')])
    assert about["Version"] == "0.1.0"
    assert about["Creator"] == "pathways-ld contributors"
    assert about["Namespace"] == f"{NS}#"
    changes = page[page.index('id="changelog"') :]
    assert "Version 0.1.0" in changes
    assert "First version." in changes
    assert "<code>org</code>" in page[page.index('id="namespaces"') :]
    for suffix in ("ttl", "jsonld", "rdf", "nt", "json", "owl"):
        assert f'href="/ns.{suffix}"' in page


def test_examples_are_published_terms_that_say_so(client: FlaskClient) -> None:
    page = client.get("/ns", headers=HTML).text
    section = entry(page, "leadOrganization")
    row = section[section.index("<dt>Examples</dt>") :]
    pairs = re.findall(r'<dd><a href="(/[^"]+)">[^<]*</a> → <a href="(/[^"]+)">', row)
    assert len(pairs) == 3
    for term, value in pairs:
        turtle = client.get(f"{term}.nt").text
        assert f"<{NS}#leadOrganization> <https://w3id.org/pathways-ld{value}>" in turtle
    year = entry(page, "startYear")
    assert re.search(r'<dd><a href="/initiative/[^"]+">[^<]+</a>: “\d{4}”</dd>', year)
    assert facts_of(year)["In use"] == "by 45 published terms"
    # Elements are parts of a topic's page: the link leads to the part.
    assert 'href="/topic/career-pathways#' in entry(page, "FrameworkElement")


def test_the_rules_about_a_class_and_a_property_are_linked(client: FlaskClient) -> None:
    page = client.get("/ns", headers=HTML).text
    for anchor in ("Initiative", "Framework", "startYear", "leadOrganization"):
        links = re.findall(r'href="(/rules/[^"]+)"', entry(page, anchor))
        assert links, anchor
        for link in links:
            assert f"#{anchor}" in client.get(f"{link}.nt").text
    assert "/rules/start-year" in entry(page, "startYear")


def test_what_terms_of_a_class_have_is_counted(client: FlaskClient, own: Vocabulary) -> None:
    used = facts_of(entry(client.get("/ns", headers=HTML).text, "Initiative"))["Used with it"]
    homepages = {
        each.subject
        for each in own.source_statements()
        if each.predicate == f"<{PREFIXES['foaf']}homepage>" and "/initiative/" in each.subject
    }
    assert f"foaf:homepage {len(homepages)}" in used
    assert "Start year 45" in used


@pytest.mark.parametrize("rdf_format", TERM_FORMATS[1:], ids=[each.name for each in TERM_FORMATS[1:]])
def test_rdf_is_negotiated_as_for_every_document(
    client: FlaskClient, own: Vocabulary, rdf_format: object
) -> None:
    assert rdf_format in TERM_FORMATS
    chosen = next(each for each in TERM_FORMATS if each is rdf_format)
    asked = client.get("/ns", headers={"Accept": chosen.media_type})
    assert asked.mimetype == chosen.media_type
    assert asked.headers["Content-Location"] == f"/ns.{chosen.suffix}"
    assert client.get(f"/ns.{chosen.suffix}").data == asked.data
    assert b"versionInfo" in asked.data


def test_the_page_says_the_same_until_something_changes(client: FlaskClient) -> None:
    first = client.get("/ns", headers=HTML)
    assert first.headers["Content-Location"] == "/ns.html"
    assert client.get("/ns.html").data == first.data
    again = client.get("/ns", headers={**HTML, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert "Top concepts" in client.get("/ns?group=hastopconcept-to-topic&page=2", headers=HTML).text


# the drawing


def drawings(page: str) -> list[ElementTree.Element]:
    found = re.findall(r'<svg class="chart diagram.*?</svg>', page, re.DOTALL)
    return [ElementTree.fromstring(each) for each in found]


def test_the_drawing_names_every_class_and_leads_to_it(client: FlaskClient) -> None:
    page = client.get("/ns", headers=HTML).text
    wide, narrow = drawings(page)
    anchors = set(re.findall(r'<section class="part entity" id="([^"]+)"', page))
    for drawing in (wide, narrow):
        links = {each.attrib["href"] for each in drawing.iter("a")}
        assert {f"#{anchor}" for anchor in anchors} <= links
        assert drawing.get("aria-label")
        told = [each.get("id") for each in drawing if each.tag == "desc"]
        assert told == [drawing.get("aria-describedby")]
    assert int(str(narrow.get("viewBox")).split()[2]) == 320


def assert_apart(drawing: Drawing) -> None:
    """See that no box lies on another, and nothing outside."""
    for box in drawing.boxes:
        assert 0 <= box.x <= box.x + box.width <= drawing.width
        assert 0 <= box.y <= box.y + box.height <= drawing.height
    for one, other in combinations(drawing.boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        above = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert beside or above, (one.label.full, other.label.full)


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_nothing_in_the_drawing_covers_anything(make_vocabulary: MakeVocabulary, narrow: bool) -> None:
    more = "".join(
        f'o:p{n} a owl:{kind}Property ; rdfs:domain o:School ; rdfs:label "{"long " * 30}"@en .\n'
        for n, kind in enumerate(["Object", "Datatype"] * 20)
    )
    vocabulary = make_vocabulary(HEAD + SCHOOL + more, canonical_base=EXAMPLE)
    with vocabulary.app().test_request_context("/"):
        ontology = ontology_of(vocabulary)
        artist = Artist(lambda iri: iri, lambda iri: iri, frozenset(each.iri for each in ontology.classes))
        drawing = artist.draw(bands(ontology), narrow=narrow)
    assert_apart(drawing)
    assert any("more" in line.text for box in drawing.boxes for line in box.lines)


def ontology_of(vocabulary: Vocabulary) -> Ontology:
    from pathways_ld.web.current import reader  # noqa: PLC0415

    source = reader()
    return read_ontology(source, source.document(vocabulary.manifest.vocabulary_iri))


# any ontology


@pytest.fixture
def school(make_vocabulary: MakeVocabulary) -> str:
    return page_of(make_vocabulary(HEAD + SCHOOL, canonical_base=EXAMPLE))


def test_what_owl_says_is_put_into_words(school: str) -> None:
    section = entry(school, "School")
    words = set(re.findall(r'<dt>In words</dt><dd lang="en">(.*?)</dd>', section, re.DOTALL))
    said = {" ".join(unescape(re.sub(r"<[^>]+>", "", each)).split()) for each in words}
    assert said == {
        "each has at least one teaches that is Person",
        "each has as teaches only Person or ex:Animal",
        "each has at most 1 age that is xsd:integer",
        "each has exactly 2 age",
        "each has as age “7”",
        "each has itself as the inverse of teaches",
        "each anything but Person",
        "each what the RDF describes",
        "is identified by age and teaches",
    }


def test_relations_are_told_from_both_sides(school: str) -> None:
    person, pupil = facts_of(entry(school, "Person")), facts_of(entry(school, "Pupil"))
    assert person["Kinds of it"] == "Pupil"
    assert pupil["A kind of"] == "Person"
    assert person["Properties that lead to it"] == "teaches"
    assert person["Same as"] == "ex:Human"
    assert person["In words"] == "exactly what One"
    assert facts_of(entry(school, "School"))["Properties said of it"] == "age , teaches"
    teaches = facts_of(entry(school, "teaches"))
    assert (teaches["Said of"], teaches["Values"], teaches["Inverse"]) == ("School", "Person", "learns at")
    assert teaches["Logic"] == "never holds in both directions"
    assert teaches["In words"] == "follows from ex:runs , then ex:hires"
    age = facts_of(entry(school, "age"))
    assert (age["Said of"], age["Values"]) == ("School or Person", "xsd:integer from 0")
    assert age["Logic"] == "has at most one value"
    assert facts_of(entry(school, "note"))["Said of"] == "anything"


def test_texts_of_the_data_stay_texts(school: str) -> None:
    assert "<b>bold" not in school
    assert "“&lt;b&gt;bold&lt;/b&gt;”" in entry(school, "note")


def test_the_page_is_in_the_readers_language(make_vocabulary: MakeVocabulary) -> None:
    client = make_vocabulary(HEAD + SCHOOL, canonical_base=EXAMPLE).app().test_client()
    page = client.get("/ns?lang=de", headers=HTML).text
    assert '<span lang="de">Schule</span>' in entry(page, "School")


def test_without_classes_the_page_is_that_of_any_term(
    make_vocabulary: MakeVocabulary, synthetic_client: FlaskClient
) -> None:
    page = page_of(make_vocabulary(HEAD, canonical_base=EXAMPLE))
    assert 'class="part entity"' not in page
    assert "Overview as a drawing" not in page
    assert synthetic_client.get("/scheme", headers=HTML).status_code == 200


def test_classes_with_pages_of_their_own_are_shown_too(make_vocabulary: MakeVocabulary) -> None:
    source = HEAD + ':Kind a owl:Class ; rdfs:label "A kind"@en ; rdfs:comment "Of thing."@en .\n'
    source += ':has a owl:ObjectProperty ; rdfs:label "has"@en ; rdfs:domain :Kind .\n'
    source += ':both a owl:Class , skos:Concept ; skos:prefLabel "Both"@en .\n'
    page = page_of(make_vocabulary(source, canonical_base=EXAMPLE))
    assert 'id="both"' not in page
    assert "Of thing." in entry(page, "Kind")
    assert facts_of(entry(page, "has"))["Said of"] == "A kind"


def test_loops_and_depths_end(make_vocabulary: MakeVocabulary) -> None:
    deep = "o:Thing"
    for _ in range(60):
        deep = f"[ owl:complementOf {deep} ]"
    source = f"""{HEAD}
    o:Thing a owl:Class ; rdfs:subClassOf o:Thing , {deep} , [ owl:unionOf _:loop ] , _:self ; owl:disjointWith o:Thing .
    _:loop rdf:first o:Thing ; rdf:rest _:loop . _:self owl:complementOf _:self .
    o:Wide a owl:Class ; rdfs:subClassOf _:w0 .
    {" ".join(f"_:w{n} owl:unionOf ( {f'_:w{n + 1} ' * 9} ) ." for n in range(12))}
    o:Long a owl:Class ; owl:oneOf ( {" ".join(f"ex:m{n}" for n in range(500))} ) .
    """
    page = page_of(make_vocabulary(source, canonical_base=EXAMPLE))
    assert "what the RDF describes" in entry(page, "Thing")
    assert len(entry(page, "Wide")) < 100_000
    assert "ex:m59" in entry(page, "Long")
    assert "ex:m60" not in entry(page, "Long")


def test_a_very_large_ontology_is_drawn_in_part(make_vocabulary: MakeVocabulary) -> None:
    source = HEAD + "".join(
        f'o:C{n} a owl:Class ; rdfs:label "Class {n}"@en . :t{n} a skos:Concept , o:C{n} ; skos:prefLabel "T"@en .\n'
        for n in range(400)
    )
    page = page_of(make_vocabulary(source, canonical_base=EXAMPLE))
    assert page.count('class="part entity"') == 400
    assert f"{400 - MOST} more classes are described below and not drawn." in page
    assert "<dt>Examples</dt>" not in page
    assert facts_of(entry(page, "C7"))["In use"] == "by 1 published term"
    assert len(page) < 1_000_000


# after a change


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    source = HEAD.replace(EXAMPLE, "https://example.org/voc/") + SCHOOL
    found = Site(tmp_path, source)
    yield found
    found.close()


def test_uses_and_examples_are_those_of_now(site: Site) -> None:
    base = "https://example.org/voc/"
    assert "by 1 published term" in entry(site.client.get("/ns", headers=HTML).text, "learnsAt")
    etag = site.client.get("/ns", headers=HTML).headers["ETag"]
    said = Statement(iri(f"{base}one"), iri(f"{base}ns#note"), literal("Noted here."))
    Maintenance(site.settings).apply(lambda *_: Delta((said,)), Anybody(), action="edit", note="a test")
    after = site.client.get("/ns", headers=HTML)
    assert after.headers["ETag"] != etag
    assert "“Noted here.”" in entry(after.text, "note")
    assert facts_of(entry(after.text, "note"))["In use"] == "by 2 published terms"


def test_what_is_not_on_the_page_is_said(
    make_vocabulary: MakeVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathways_ld.vocabulary.ontology.MOST", 3)
    source = HEAD + "".join(f':K{n} a owl:Class ; rdfs:label "K {n}"@en .\n' for n in range(5))
    page = page_of(make_vocabulary(source, canonical_base=EXAMPLE))
    assert page.count('class="part entity"') == 3
    assert "2 more classes and properties have pages of their own" in page

"""What the committed vocabulary says: complete, sourced, in our own words, and nothing it must not say."""

from __future__ import annotations

import csv
import io
import os
import re
from functools import cache
from pathlib import Path

import owlready2
import pyoxigraph
import pytest

from pathways_ld import rdfio
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement
from pathways_ld.reasoning import check_consistency

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared")) / "domain"
BASE = "https://w3id.org/pathways-ld/"
NS = f"{BASE}ns"
FILES = sorted([ROOT / "ontology" / "pathways.ttl", *(ROOT / "data").glob("*.ttl")])
LIBRARY_PAGE = f"{BASE}source/learnworkecosystemlibrary-com-subcategory-career-pathways"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared folder at {SHARED}")

PREFIX = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items()) + "".join(
    f"PREFIX {prefix}: <{BASE}{path}>\n"
    for prefix, path in {
        "pathways": "",
        "pw": "ns#",
        "topic": "topic/",
        "organization": "organization/",
        "initiative": "initiative/",
        "source": "source/",
    }.items()
)


@cache
def statements(*names: str) -> frozenset[Statement]:
    files = [path for path in FILES if not names or path.name in names]
    return frozenset(each for path in files for each in rdfio.parse(path).statements)


@cache
def store() -> pyoxigraph.Store:
    found = pyoxigraph.Store()
    found.extend(rdfio.quad(each) for each in statements())
    return found


def select(query: str) -> list[tuple[str, ...]]:
    solutions = store().query(PREFIX + query)
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    return [tuple(value.value if value else "" for value in row) for row in solutions]


def pairs(query: str) -> dict[str, str]:
    return {row[0]: row[1] for row in select(query)}


def count(pattern: str) -> int:
    return int(select(f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ {pattern} }}")[0][0])


def ask(pattern: str) -> bool:
    return bool(store().query(f"{PREFIX}ASK {{ {pattern} }}"))


def rows(name: str) -> list[dict[str, str]]:
    text = (SHARED / name).read_bytes().decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def some(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def values(subject: str, predicate: str) -> set[str]:
    prefix, _, name = predicate.partition(":")
    iri = ({**PREFIXES, "pw": NS + "#"})[prefix] + name
    found = [s.object for s in _by_subject().get(f"<{BASE}{subject}>", ()) if s.predicate == f"<{iri}>"]
    return {rdfio.literal_parts(o)[0] if rdfio.is_literal(o) else rdfio.iri_value(o) for o in found}


@cache
def _by_subject() -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    for each in statements():
        found.setdefault(each.subject, []).append(each)
    return found


@cache
def _source_of() -> dict[str, str]:
    return pairs("SELECT ?page ?source WHERE { ?source a bibo:Document ; foaf:page ?page }")


def term(kind: str, slugs: str) -> set[str]:
    return {f"{BASE}{kind}/{slug}" for slug in some(slugs)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_in_canonical_form(path: Path) -> None:
    parsed = rdfio.parse(path)
    assert path.read_text(encoding="utf-8") == rdfio.write_turtle(parsed.statements, parsed.prefixes)


def test_nothing_is_said_about_terms_of_others() -> None:
    ours = (f"<{BASE}", "_:")
    assert {each.subject for each in statements() if not each.subject.startswith(ours)} == set()


def test_every_reference_leads_to_a_term_that_is_described() -> None:
    described = {each.subject for each in statements()}
    mentioned = {each.object for each in statements() if each.object.startswith(f"<{BASE}")}
    # The version is a snapshot and the logo a file: the server has both.
    assert mentioned - described == {f"<{NS}/0.1.0>", f"<{BASE}static/logo.svg>"}


@pytest.mark.parametrize(
    ("class_name", "number"),
    [
        ("schema:DefinedTerm", 116),
        ("org:Organization", 213),
        ("pw:Initiative", 119),
        ("bibo:Document", 216),
        ("pw:MappingStatement", 54),
        ("pw:FrameworkElement", 9),
        ("skosxl:Label", 3),
        ("pw:CollectionObservation", 3),
    ],
)
def test_counts(class_name: str, number: int) -> None:
    assert count(f"?x a {class_name}") == number


def test_every_term_has_its_source_status_and_home() -> None:
    for kind in ("schema:DefinedTerm", "org:Organization", "pw:Initiative"):
        assert not select(
            f"SELECT ?x WHERE {{ ?x a {kind} FILTER NOT EXISTS {{ ?x dct:source/foaf:page ?page ;"
            " adms:status ?status ; pw:basis ?basis ; skos:prefLabel ?label ; rdfs:isDefinedBy ?ns } }"
        )


def test_second_hand_evidence_makes_a_candidate() -> None:
    found = select("SELECT DISTINCT ?basis ?status WHERE { ?x pw:basis ?basis ; adms:status ?status }")
    assert {(basis.removeprefix(NS + "#"), status.removeprefix(NS + "#")) for basis, status in found} == {
        ("PageExcerpt", "Accepted"),
        ("RepositoryFile", "Accepted"),
        ("MirrorCopy", "Candidate"),
        ("SecondarySite", "Candidate"),
        ("TitleOnly", "Candidate"),
    }


def test_no_type_without_a_basis_and_no_status_that_nobody_stated() -> None:
    assert count("?x org:classification ?type") == count("?x pw:classificationBasis ?basis") == 130
    assert not ask("?x org:classification ?type FILTER NOT EXISTS { ?x pw:classificationBasis ?basis }")
    assert {value for (value,) in select("SELECT DISTINCT ?s WHERE { ?x pw:initiativeStatus ?s }")} == {
        f"{NS}#Concluded",
        f"{NS}#Completed",
    }
    assert not [
        each for each in statements() if re.search("not stated|suggested", each.object, re.IGNORECASE)
    ]


def test_links_to_others_claim_no_identity_and_use_the_https_names() -> None:
    strong = ("exactMatch", "sameAs", "equivalentClass", "equivalentProperty", "ctid")
    assert not [each for each in statements() if each.predicate[:-1].endswith(strong)]
    wrong = re.compile(r"<(http://purl\.org/ct|https?://purl\.org/ceterms|http://schema\.org)")
    assert not [each for each in statements() if wrong.match(each.object)]


def test_each_link_is_stated_and_recorded_with_a_source() -> None:
    recorded = {
        Statement(f"<{subject}>", f"<{predicate}>", f"<{target}>")
        for subject, predicate, target in select(
            "SELECT ?s ?p ?o { ?x a pw:MappingStatement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ;"
            " dct:source/foaf:page ?page }"
        )
    }
    stated = {each for each in statements("mappings.ttl") if "#mapping-" not in each.subject}
    assert recorded == stated
    assert len(stated) == 54


# The competency questions.


def test_initiatives_on_career_pathways_led_by_federal_agencies() -> None:
    pattern = "?x dct:subject topic:career-pathways ; pw:leadOrganization/org:classification pw:FederalAgency"
    assert count(pattern) == 14


def test_alternative_names_of_career_pathways_and_who_uses_them() -> None:
    found = select(
        "SELECT ?text ?source { topic:career-pathways skosxl:altLabel ?x ."
        " ?x skosxl:literalForm ?text ; dct:source ?source . topic:career-pathways skos:altLabel ?text }"
    )
    names = ("Connected credentials", "Credentialing pathway", "Guided pathways")
    assert set(found) == {(name, LIBRARY_PAGE) for name in names}


def test_guided_pathways_is_another_name_and_a_concept_of_its_own() -> None:
    assert ask(
        "topic:career-pathways skos:altLabel 'Guided pathways'@en ; skos:related topic:guided-pathways"
    )
    assert ask(
        "topic:guided-pathways skos:prefLabel 'Guided pathways'@en ; skos:related topic:career-pathways"
    )
    assert values("topic/guided-pathways", "dct:source") != {LIBRARY_PAGE}


def test_kinds_of_apprenticeship_and_of_credential() -> None:
    assert count("?x skos:broader topic:apprenticeship") == 3
    assert count("?x skos:broader topic:credential") == 9
    assert not ask("?x skos:broader ?y FILTER NOT EXISTS { ?x pw:hierarchyBasis ?basis }")
    assert not ask("?x pw:hierarchyBasis pw:Stated FILTER NOT EXISTS { ?x pw:hierarchySource ?source }")
    assert not ask("?x skos:broader ?y ; skos:topConceptOf ?scheme")


def test_organizations_on_career_pathways_and_guided_pathways() -> None:
    pattern = "?x a org:Organization ; dct:subject topic:career-pathways, topic:guided-pathways"
    names = {slug.rpartition("/")[2] for (slug,) in select(f"SELECT ?x {{ {pattern} }}")}
    assert {"aacc", "achieving-the-dream", "ccrc", "cccse", "ncii", "gates-foundation"} <= names


def test_parents_leaders_years_and_ends() -> None:
    assert count("?x org:subOrganizationOf ?y") == 10
    about = "?x a pw:Initiative ; dct:subject topic:career-pathways"
    assert count(about) == 47
    assert count(f"{about} ; pw:startYear ?year") == 23
    assert count("?x pw:initiativeStatus ?status") == 8
    assert ask("initiative:pace-evaluation pw:startYear '2007'^^xsd:gYear ; pw:endYear '2018'^^xsd:gYear")


def test_links_to_ctdl() -> None:
    targets = select(
        "SELECT ?s ?o { ?x rdf:subject ?s ; rdf:object ?o"
        " FILTER(STRSTARTS(STR(?o), 'https://purl.org/ctdl')) }"
    )
    assert len(targets) == 21


def test_topics_without_neighbours_or_definition() -> None:
    topic = "?x a schema:DefinedTerm FILTER NOT EXISTS"
    assert count(f"{topic} {{ ?y dct:subject ?x }}") == 54
    assert count(f"{topic} {{ ?x skos:definition ?text }}") == 7


def test_dates_of_library_pages() -> None:
    assert values("source/learnworkecosystemlibrary-com-subcategory-career-pathways", "dct:modified") == {
        "2024-03-31"
    }
    assert values("source/learnworkecosystemlibrary-com-glossary-guided-pathways", "dct:modified") == {
        "2023-11-16"
    }


# Career pathways, the page this vocabulary starts from.


def test_the_two_frameworks_are_ordered_and_sourced() -> None:
    found = pairs(
        "SELECT ?framework (COUNT(?e) AS ?n) { topic:career-pathways pw:hasFramework ?framework ."
        " ?framework a pw:Framework ; skos:memberList/rdf:rest*/rdf:first ?e ; skos:member ?e ;"
        " dct:source ?s . ?e a pw:FrameworkElement ; skos:prefLabel ?label ; skos:definition ?text ;"
        " skos:notation ?number ; dct:source ?s"
        " } GROUP BY ?framework"
    )
    start = f"{BASE}topic/career-pathways#"
    assert found == {f"{start}aqcp-framework": "3", f"{start}ed-framework": "6"}


def test_the_page_says_its_role_scope_references_and_counts() -> None:
    assert len(values("topic/career-pathways", "pw:ecosystemRole")) == 1
    assert len(values("topic/career-pathways", "skos:scopeNote")) == 3
    found = select("SELECT ?title ?issued ?of { topic:career-pathways dct:references ?x . ?x dct:title ?title"
                   " OPTIONAL { ?x dct:issued ?issued ; dct:publisher/skos:prefLabel ?of } }")  # fmt: skip
    assert sorted(found)[1:] == [
        (
            "Shared Vision, Strong Systems: Alliance for Quality Career Pathways, Framework Version 1.0",
            "2014-06",
            "Center for Law and Social Policy",
        ),
        (
            "The Evolution and Potential of Career Pathways",
            "2015-04",
            "Office of Career, Technical, and Adult Education",
        ),
    ]
    counts = pairs(
        f"SELECT ?name ?n {{ <{LIBRARY_PAGE}> pw:hasObservation ?x . ?x pw:observedCollection ?name ;"
        " pw:observedCount ?n ; pw:observedOn '2024-03-31'^^xsd:date }"
    )
    assert counts == {"Organizations": "274", "Initiatives": "293", "Topics": "93"}


@pytest.mark.shared
@needs_shared
def test_texts_are_in_our_own_words() -> None:
    def runs(text: str, length: int = 7) -> set[tuple[str, ...]]:
        words = re.findall(r"[a-z0-9]+", text.lower())
        return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}

    page = (SHARED / "career-pathways-source.txt").read_text(encoding="utf-8")
    copied = runs(page.partition("Overview")[2].partition("Alternative Terminology")[0])
    texts = ("#definition>", "#scopeNote>", "#ecosystemRole>", "#note>", "/description>")
    for each in statements():
        if each.predicate.endswith(texts):
            assert not runs(rdfio.literal_parts(each.object)[0]) & copied, each.object


# Every row of the given tables, read without the importer.


@pytest.mark.shared
@needs_shared
def test_every_topic_row_is_there() -> None:
    for row in rows("topics.csv"):
        me = f"topic/{row['slug']}"
        assert values(me, "skos:prefLabel") == {row["preferred_label"]}
        assert values(me, "skos:definition") == set(filter(None, [row["definition"]]))
        assert values(me, "skos:altLabel") == set(some(row["alternative_labels"]))
        assert values(me, "skos:broader") == term("topic", row["broader_slug"])
        assert values(me, "dct:source") == {_source_of()[row["source_url"]]}
        assert values(me, "adms:status") & {f"{NS}#Accepted", f"{NS}#Candidate"}
        assert values(me, "skos:related") >= term("topic", row["related_slugs"])
        for other in some(row["related_slugs"]):
            assert f"{BASE}{me}" in values(f"topic/{other}", "skos:related")
        stated = row["broader_basis"].startswith("http")
        assert values(me, "pw:hierarchySource") == ({_source_of()[row["broader_basis"]]} if stated else set())
    pairs = {
        frozenset((row["slug"], other)) for row in rows("topics.csv") for other in some(row["related_slugs"])
    }
    assert len(select("SELECT ?x ?y { ?x skos:related ?y }")) == 2 * len(pairs)


@pytest.mark.shared
@needs_shared
def test_every_organization_row_is_there() -> None:
    for row in rows("organizations.csv"):
        me = f"organization/{row['slug']}"
        assert values(me, "skos:prefLabel") == {row["name"]}
        assert values(me, "skos:altLabel") == set(filter(None, [row["abbreviation"]])) - {row["name"]}
        assert values(me, "dct:description") == {row["description"]}
        assert values(me, "foaf:homepage") == set(filter(None, [row["homepage"]]))
        assert values(me, "dct:subject") == term("topic", row["related_topic_slugs"])
        assert values(me, "org:subOrganizationOf") == term("organization", row["parent_slug"])
        assert values(me, "dct:source") == {_source_of()[row["source_url"]]}
        basis = {"stated": {f"{NS}#Stated"}, "name": {f"{NS}#InName"}, "": set()}[row["type_basis"]]
        assert values(me, "pw:classificationBasis") == basis
        assert len(values(me, "org:classification")) == (row["type"] != "not stated")


@pytest.mark.shared
@needs_shared
def test_every_initiative_row_is_there() -> None:
    for row in rows("initiatives.csv"):
        me = f"initiative/{row['slug']}"
        assert values(me, "skos:prefLabel") == {row["name"]}
        assert values(me, "dct:description") == set(filter(None, [row["description"]]))
        assert values(me, "pw:leadOrganization") == term("organization", row["lead_organization_slugs"])
        assert values(me, "pw:partnerOrganization") == term("organization", row["partner_organization_slugs"])
        assert values(me, "pw:startYear") == set(filter(None, [row["start_year"]]))
        assert values(me, "pw:endYear") == set(filter(None, [row["end_year"]]))
        assert values(me, "foaf:homepage") == set(filter(None, [row["homepage"]]))
        assert values(me, "dct:subject") == term("topic", row["related_topic_slugs"])
        assert values(me, "dct:source") == {_source_of()[row["source_url"]]}
        status = {f"{NS}#{row['status'].capitalize()}"} if row["status"] else set()
        assert values(me, "pw:initiativeStatus") == status


@pytest.mark.shared
@needs_shared
def test_every_link_row_is_there() -> None:
    found = set(
        select(
            "SELECT ?s ?p ?o ?page ?note { ?x a pw:MappingStatement ;"
            " rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; dct:source/foaf:page ?page"
            " OPTIONAL { ?x skos:note ?note } }"
        )
    )
    for row in rows("links.csv"):
        kind = "initiative" if row["subject_slug"] == "taaccct" else "topic"
        space = PREFIXES["rdfs" if row["predicate"] == "seeAlso" else "skos"]
        subject = f"{BASE}{kind}/{row['subject_slug']}"
        assert (subject, space + row["predicate"], row["target_uri"], row["source_url"], row["note"]) in found
    assert len(found) == 54


# The ontology.


def test_every_class_property_and_individual_is_explained() -> None:
    names = {each.subject for each in statements("pathways.ttl") if each.subject.startswith(f"<{NS}#")}
    assert len(names) == 9 + 17 + 4 + 22 + 2
    for name in names:
        me = rdfio.iri_value(name).removeprefix(BASE)
        assert len(values(me, "rdfs:label")) == 1, me
        assert len(values(me, "skos:definition")) == 1, me
        assert values(me, "rdfs:isDefinedBy") == {NS}
    assert not ask(
        "{ ?x a owl:Class } UNION { ?x rdfs:range ?r } FILTER NOT EXISTS { ?x rdfs:comment ?text }"
    )
    assert not ask("?x a skos:Concept FILTER NOT EXISTS { ?x skos:prefLabel ?label ; skos:inScheme ?scheme }")


def test_what_the_data_uses_of_our_namespace_is_defined() -> None:
    used = {term for each in statements() for term in each[1:3] if term.startswith(f"<{NS}#")}
    assert used <= {each.subject for each in statements("pathways.ttl")}


@pytest.mark.parametrize(
    "predicate",
    [
        "dct:title", "dct:description", "dct:license", "dct:creator", "dct:publisher", "dct:created",
        "dct:issued", "dct:modified", "dct:source", "dct:bibliographicCitation",
        "owl:versionIRI", "owl:versionInfo",
        "vann:preferredNamespacePrefix", "vann:preferredNamespaceUri", "foaf:logo", "bibo:status",
        "schema:includedInDataCatalog", "skos:definition", "void:uriSpace", "void:exampleResource",
    ],
)  # fmt: skip
def test_the_header_has_what_registries_ask_for(predicate: str) -> None:
    (value,) = values("ns", predicate)
    assert value
    assert '"' not in value


def test_domains_and_ranges_of_our_properties_hold_in_the_data() -> None:
    for keyword, variable in (("rdfs:domain", "?x"), ("rdfs:range", "?y")):
        assert not select(
            f"SELECT ?p ?x ?y {{ ?p {keyword} ?class . ?x ?p ?y FILTER(STRSTARTS(STR(?p), '{NS}#'))"
            f" FILTER(isIRI({variable})) FILTER NOT EXISTS {{ {variable} a/rdfs:subClassOf* ?class }} }}"
        )


def test_the_ontology_is_consistent_and_loads_in_owlready2() -> None:
    assert check_consistency(statements("pathways.ttl")) == []
    world = owlready2.World()
    lines = "".join(map(rdfio.line, statements("pathways.ttl")))
    ontology = world.get_ontology(f"{NS}#").load(fileobj=io.BytesIO(lines.encode()), only_local=True)
    assert (len(list(ontology.classes())), len(list(ontology.properties()))) == (9, 17)

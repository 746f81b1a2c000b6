"""The page ``/sparql`` as the server writes it: with the editor's data, without the editor, without scripts."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from pathways_ld.settings import Settings
from pathways_ld.sparql.about import query_about
from pathways_ld.sparql.guard import check_query

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def page(own: Vocabulary) -> FlaskClient:
    return client(own, editor=True)


def client(vocabulary: Vocabulary, *, editor: bool, **changes: object) -> FlaskClient:
    """Serve as if the editor had been built, or had not."""
    app = vocabulary.app(**changes)
    app.extensions["pathways_ld_editor"] = editor
    return app.test_client()


def textarea(html: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.DOTALL)
    assert found
    return unescape(found[1])


def test_the_editor_gets_its_data_and_no_inline_script(page: FlaskClient) -> None:
    response = page.get("/sparql", headers=HTML)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", response.text, re.DOTALL)
    scripts = [each for each in scripts if "/combobox.js" not in each[0]]  # of the header of every page
    assert [attributes.strip() for attributes, _ in scripts] == [
        'type="application/json" id="sparql-page"',
        'defer src="/static/dist/sparql.js"',
    ]
    given = json.loads(scripts[0][1])
    assert given["prefixes"]["skos"] == "http://www.w3.org/2004/02/skos/core#"
    assert given["prefixes"]["topic"] == "https://w3id.org/pathways-ld/topic/"
    assert given["names"]["http://www.w3.org/2004/02/skos/core#broader"] == "Broader"
    assert ["results-csv", "CSV", "csv"] in given["resultFormats"]
    assert ["turtle", "Turtle", "ttl"] in given["graphFormats"]
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "style=" not in response.text


def test_without_the_editor_the_page_is_a_plain_form(own: Vocabulary) -> None:
    text = client(own, editor=False).get("/sparql", headers=HTML).text
    assert "<script" not in text.partition("</head>")[2]
    assert "sparql.js" not in text
    assert 'name="query"' in text
    assert "SELECT ?concept ?label" in textarea(text)


def test_the_editor_works_below_a_prefix(page: FlaskClient) -> None:
    text = page.get("/sparql", headers=HTML, environ_overrides={"SCRIPT_NAME": "/voc"}).text
    assert 'src="/voc/static/dist/sparql.js"' in text
    assert '"endpoint": "/voc/sparql"' in text
    assert '"root": "/voc"' in text


def test_edit_opens_a_query_and_does_not_run_it(page: FlaskClient) -> None:
    query = 'SELECT * { ?s ?p "</textarea><script>" } # é'
    text = page.get("/sparql", query_string={"edit": query}, headers=HTML).text
    assert textarea(text) == query
    assert "<h2>Answer</h2>" not in text


def test_edit_takes_no_more_than_a_query_may_have(own: Vocabulary) -> None:
    small = client(own, editor=True, sparql_query_size=100)
    text = small.get("/sparql", query_string={"edit": "x" * 500}, headers=HTML).text
    assert textarea(text) == "x" * 100


def test_programs_get_the_description_whatever_edit_says(page: FlaskClient) -> None:
    response = page.get("/sparql?edit=ASK%7B%7D", headers={"Accept": "text/turtle"})
    assert response.mimetype == "text/turtle"
    assert "sd:Service" in response.text


def test_limits_are_those_of_the_settings(own: Vocabulary) -> None:
    text = client(
        own, editor=True, sparql_deadline=7.5, sparql_query_size=5000, sparql_answer_size=3_000_000
    ).get("/sparql", headers=HTML)
    limits = re.search(r'class="muted limits">(.*?)</p>', text.text, re.DOTALL)
    assert limits
    for each in ("7.5 seconds", "5.0 kB", "3.0 MB"):
        assert each in limits[1]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT 1", ["results-json", "results-xml", "results-csv", "results-tsv"]),
        ("ASK { ?s ?p ?o }", ["results-json", "results-xml", "results-csv", "results-tsv"]),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", None),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1", ["turtle", "n-triples", "rdf-xml", "json-ld"]),
    ],
)
def test_an_answer_is_offered_in_its_formats(page: FlaskClient, query: str, names: list[str] | None) -> None:
    text = page.get("/sparql", query_string={"query": query}, headers=HTML).text
    links = [unescape(each) for each in re.findall(r'download="answer\.\w+" href="([^"]*)"', text)]
    assert links
    asked = [parse_qs(urlsplit(each).query) for each in links]
    assert [each["query"] for each in asked] == [[query]] * len(asked)
    if names:
        assert [each["format"][0] for each in asked] == names
    for each in links:
        assert page.get(each, headers=HTML).status_code == 200
        assert page.get(each, headers=HTML).mimetype != "text/html"


def test_a_refused_query_is_not_lost(page: FlaskClient) -> None:
    response = page.get("/sparql", query_string={"query": "SELEC <x> & y"}, headers=HTML)
    assert response.status_code == 400
    link = re.search(r'href="([^"]*)">Edit the query', response.text)
    assert link
    assert textarea(page.get(unescape(link[1]), headers=HTML).text) == "SELEC <x> & y"


def test_every_kind_of_term_page_opens_a_query_that_runs(page: FlaskClient) -> None:
    for path in ("/topic/career-pathways", "/ns", "/source", "/organization"):
        text = page.get(path, headers=HTML).text
        found = re.search(r'href="([^"]*)">Open in SPARQL', text)
        if path in ("/source", "/organization"):
            assert not found, "a list is no term"
            continue
        assert found
        (query,) = parse_qs(urlsplit(unescape(found[1])).query)["edit"]
        answer = page.get("/sparql", query_string={"query": query, "format": "results-json"})
        bindings = answer.get_json(force=True)["results"]["bindings"]
        assert {row["direction"]["value"] for row in bindings} == {"it says", "said of it"}
        assert any(row.get("name") for row in bindings)


def test_a_query_about_odd_terms_is_well_formed(synthetic: Vocabulary) -> None:
    app = synthetic.app()
    for path in ("/hostile", "/what%3Fnow=1&x=2", "/a(b)+c;d=e,f:g@h!i'j*k~l", "/%E9%A2%9C%E8%89%B2"):
        text = app.test_client().get(path, headers=HTML).text
        found = re.search(r'href="([^"]*)">Open in SPARQL', text)
        assert found
        (query,) = parse_qs(urlsplit(unescape(found[1])).query)["edit"]
        address = "/sparql?" + urlencode({"query": query, "format": "results-json"})
        bindings = app.test_client().get(address).get_json(force=True)["results"]["bindings"]
        assert len(bindings) > 2


@pytest.mark.parametrize(
    "iri", ["", "topic/x", "http://e/a> } #", "http://e/a b", 'http://e/"', "http://e/\n"]
)
def test_no_query_about_what_is_no_iri(iri: str) -> None:
    assert query_about(iri, "en") == ""


@pytest.mark.parametrize("language", ["en", "zh-Hant", '"', '") } #', ""])
def test_a_language_cannot_change_the_query(language: str) -> None:
    query = query_about("http://example.org/x", language)
    assert check_query(query).form == "SELECT"
    assert (f'"{language}"' in query) is (language in ("en", "zh-Hant", ""))


def test_the_search_size_bounds_the_form(page: FlaskClient) -> None:
    most = Settings().sparql_query_size
    assert f'maxlength="{most}"' in page.get("/sparql", headers=HTML).text

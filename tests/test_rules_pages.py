"""Rules as pages for people, and as SHACL for programs."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from graphs import statements_of
from pathways_ld.formats import TERM_FORMATS, TURTLE
from pathways_ld.namespaces import SH
from pathways_ld.rdfio import parse
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.validation.rule_pages import examples
from pathways_ld.validation.rules import SHAPE_FILES, rules
from problems import assert_problem

SHAPES = Path(__file__).parents[1] / "shapes"
RDF = [each for each in TERM_FORMATS if each.name not in ("html", "json")]


def test_the_list_names_every_rule_and_leads_to_its_page(client: FlaskClient) -> None:
    page = client.get("/shapes", headers={"Accept": "text/html"}).text
    assert set(re.findall(r'href="/rules/([^"]+)"', page)) == set(rules())
    for name in SHAPE_FILES:
        assert f'href="/shapes/{name}.ttl"' in page


def test_all_shapes_come_in_every_format_with_the_same_statements(client: FlaskClient) -> None:
    sizes = set()
    for each in RDF:
        response = client.get(f"/shapes/all.{each.suffix}")
        assert response.status_code == 200
        assert response.mimetype == each.media_type
        negotiated = client.get("/shapes", headers={"Accept": each.media_type})
        assert negotiated.data == response.data
        assert negotiated.headers["Content-Location"] == f"/shapes/all.{each.suffix}"
        sizes.add(len(statements_of(response.data, response.mimetype)))
    expected = sum(len(parse(SHAPES / f"{name}.ttl").statements) for name in SHAPE_FILES)
    assert sizes == {expected}


@pytest.mark.parametrize("name", SHAPE_FILES)
def test_the_iri_of_a_shape_leads_to_its_statements(client: FlaskClient, name: str) -> None:
    # The fragment stays with the client: what is asked for is the document.
    response = client.get(f"/shapes/{name}", headers={"Accept": "text/turtle"})
    assert response.data == (SHAPES / f"{name}.ttl").read_bytes()
    page = client.get(f"/shapes/{name}", headers={"Accept": "text/html"}).text
    for each in rules().values():
        if each.file == name:
            fragment = each.shape.partition("#")[2]
            assert f'<li id="{fragment}" resource="{each.shape}">' in page
    for each_format in RDF:
        again = client.get(f"/shapes/{name}.{each_format.suffix}")
        assert len(statements_of(again.data, again.mimetype)) == len(parse(SHAPES / f"{name}.ttl").statements)


def test_the_forms_are_a_download_of_their_own(client: FlaskClient) -> None:
    assert client.get("/shapes/forms.ttl").data == (SHAPES / "forms.ttl").read_bytes()
    page = client.get("/shapes/forms", headers={"Accept": "text/html"}).text
    assert '<h1><span lang="en">Forms</span></h1>' in page
    assert 'href="/shapes/forms.ttl"' in client.get("/shapes", headers={"Accept": "text/html"}).text


def test_every_rule_has_a_page_with_its_words(client: FlaskClient) -> None:
    for each in rules().values():
        response = client.get(f"/rules/{each.id}.html")
        assert response.status_code == 200
        page = unescape(response.text)
        for words in (each.title, each.why, each.fix, each.severity, each.id):
            assert words in page
        for address in each.see_also:
            # Our own terms have their pages here, wherever here is.
            local = address.removeprefix(CANONICAL_BASE)
            assert f'href="{address if local == address else "/" + local}"' in page
        if examples(each) is not None:
            assert "<mark>" in page


def test_the_page_marks_the_line_that_breaks_the_rule(client: FlaskClient) -> None:
    page = client.get("/rules/S13-preferred-is-not-hidden.html").text
    failing = page.partition("This breaks the rule")[2].partition("</pre>")[0]
    assert re.findall(r"<mark>(.*?)</mark>", failing) == ["    skos:hiddenLabel &#34;Dog&#34;@en ;"]
    # What is missing is marked where it should be.
    missing = client.get("/rules/preferred-label-missing.html").text
    failing = missing.partition("This breaks the rule")[2].partition("</pre>")[0]
    assert re.findall(r"<mark>(.*?)</mark>", failing) == ["ex:cat a skos:Concept ."]


def test_invisible_characters_in_an_example_can_be_seen(client: FlaskClient) -> None:
    page = client.get("/rules/text-direction-characters.html").text
    assert r"\u202EBread baking" in page
    assert "\u202e" not in page


def test_a_rule_comes_as_the_shape_that_expresses_it(client: FlaskClient) -> None:
    for each_format in RDF:
        response = client.get(f"/rules/S27.{each_format.suffix}")
        said = statements_of(response.data, response.mimetype)
        assert {row[1] for row in said} >= {f"<{SH.sparql}>", f"<{SH.select}>", f"<{SH.severity}>"}
    # With the other shapes it leads to, it can be used alone.
    response = client.get("/rules/S9-scheme-is-not-concept", headers={"Accept": "text/turtle"})
    assert any("#concept>" in each.subject for each in parse(response.data, TURTLE).statements)


def test_rules_as_json(client: FlaskClient) -> None:
    found = client.get("/shapes/all.json").json
    assert found is not None
    assert found["total"] == len(rules())
    one = client.get("/rules/slug.json").json
    assert one is not None
    assert (one["id"], one["severity"], one["shape"]) == ("slug", "must fix", None)
    assert one["iri"] == "https://w3id.org/pathways-ld/rules/slug"


def test_a_rule_without_a_shape_has_no_rdf(client: FlaskClient) -> None:
    response = client.get("/rules/slug", headers={"Accept": "text/turtle"})
    assert response.status_code == 406
    assert "application/json" in response.text
    assert client.get("/rules/slug", headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("path", ["/rules", "/rules/", "/shapes/"])
def test_what_leads_to_the_list(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, "/shapes")


@pytest.mark.parametrize(
    "path", ["/rules/S28", "/shapes/skoss", "/shapes/all.exe", "/rules/S27.exe", "/shapes/../x"]
)
def test_what_is_not_there_is_told_with_what_is(client: FlaskClient, path: str) -> None:
    problem = assert_problem(client.get(path), 404)
    assert "did you mean" in problem["detail"] or "/shapes" in problem["detail"]


def test_an_unchanged_page_is_not_sent_again(client: FlaskClient) -> None:
    for path in ("/shapes", "/shapes/skos.ttl", "/rules/S27"):
        etag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_another_vocabulary_shows_the_general_rules_only(synthetic_client: FlaskClient) -> None:
    page = synthetic_client.get("/shapes", headers={"Accept": "text/html"}).text
    assert "/rules/S27" in page
    assert "/rules/topic-position" not in page
    response = synthetic_client.get("/rules/S27", headers={"Accept": "text/turtle"})
    assert b"https://w3id.org/pathways-ld/shapes/skos-sparql#" in response.data
    assert_problem(synthetic_client.get("/rules/topic-position"), 404)
    assert_problem(synthetic_client.get("/shapes/vocabulary"), 404)


def test_who_serves_pages_does_not_load_the_validator() -> None:
    program = (
        "import sys; import pathways_ld.web.application as a; from pathways_ld.validation import rules;"
        " rules.rules(); print(sorted({'pyshacl', 'rdflib', 'owlready2'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"

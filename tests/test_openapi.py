"""``/openapi.json`` and its page: complete, valid, and true to what the routes do."""

from __future__ import annotations

import html
import json
import re
import shlex
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

import documented
from conftest import MakeVocabulary, Vocabulary
from pathways_ld.web.interfaces import Operation, Sample
from pathways_ld.web.openapi_document import TAGS, filled, operations
from servers import running

PAGES_ONLY = {
    "catalog.show_problem": "explains a type of problem to people",
    "edit.choose_kind": "a form",
    "edit.edit": "a form",
    "edit.propose": "a form",
    "edit.send_edit": "what the form sends",
    "edit.send_proposal": "what the form sends",
    "embedding_component.send_version": "/embed/pathways.json says where it is",
    "embedding_component.show_page": "shows the components; what they ask for is described",
    "interface_language.choose_language": "what the footer's form sends",
    "oembed.show_card": "a page for frames",
    "openapi.show": "the page; /openapi.json is described",
    "review.show_preview": "a page",
    "review_actions.show_change": "a page with a form",
    "sign_in.change_account": "a form",
    "sign_in.show_account": "a page",
    "sign_in.show_sign_in": "a page",
    "sign_in.sign_in": "a form",
    "sign_in.sign_out": "a form",
    "social.show_icon": "icons of the site",
    "static": "files of our pages",
}
"""Endpoints that answer people only."""
NOTHING_THERE = re.compile(r"\.(show_nothing|end_session|no_\w+|to_the_list|\w+_with(out)?_slash)$")
"""Endpoints that send elsewhere, or refuse what would be taken for the address of a term."""


@pytest.fixture(scope="module")
def described(own_app: Flask) -> dict[str, Any]:
    answer = own_app.test_client().get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.data)
    return found


@pytest.fixture(scope="module")
def registered(own_app: Flask) -> tuple[Operation, ...]:
    return operations(own_app.view_functions.values())


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


def address_of(operation: Operation) -> str:
    """Fill in a path with anything that suits."""
    numbers = {each.name for each in operation.parameters if each.schema.get("type") == "integer"}
    examples = {each.name: each.example for each in operation.parameters if each.place == "path"}

    def value(found: re.Match[str]) -> str:
        example = examples.get(found[1])
        return str(example) if isinstance(example, str | int) else "1" if found[1] in numbers else "example"

    return re.sub(r"{(\w+)}", value, operation.path)


def test_the_document_is_valid_openapi(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_operation_is_a_route_of_the_server(own_app: Flask, registered: tuple[Operation, ...]) -> None:
    adapter = own_app.url_map.bind("localhost")
    for each in registered:
        endpoint, _ = adapter.match(address_of(each), each.method)
        assert not NOTHING_THERE.search(endpoint), each
        if not each.path.startswith("/{kind}"):
            assert endpoint != "terms.show_term", f"{each.path} is no route"


def test_every_route_for_programs_is_described(own_app: Flask, registered: tuple[Operation, ...]) -> None:
    adapter = own_app.url_map.bind("localhost")
    met = {(adapter.match(address_of(each), each.method)[0], each.method) for each in registered}
    expected = {
        (rule.endpoint, method)
        for rule in own_app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS") and rule.endpoint not in PAGES_ONLY
        if not NOTHING_THERE.search(rule.endpoint)
    }
    assert expected - met == set()


def test_identifiers_and_places_are_unique(registered: tuple[Operation, ...]) -> None:
    assert len({each.id for each in registered}) == len(registered)
    assert len({(each.path, each.method) for each in registered}) == len(registered)
    assert {each.tag for each in registered} <= TAGS.keys()


def test_paths_and_their_parameters_agree(registered: tuple[Operation, ...]) -> None:
    for each in registered:
        named = [one.name for one in each.parameters if one.place == "path"]
        assert named == re.findall(r"{(\w+)}", each.path), each.id
        names = [(one.place, one.name) for one in each.parameters]
        assert len(set(names)) == len(names), each.id


def test_the_description_is_the_same_each_time(client: FlaskClient, described: dict[str, Any]) -> None:
    first, again = client.get("/openapi.json"), client.get("/openapi.json")
    assert first.data == again.data
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    etag = first.headers["ETag"]
    assert client.get("/openapi.json", headers={"If-None-Match": etag}).status_code == 304
    assert json.loads(first.data) == described


def test_examples_are_taken_from_the_vocabulary(client: FlaskClient, described: dict[str, Any]) -> None:
    parameters = described["paths"]["/{kind}/{name}"]["get"]["parameters"]
    kind, name = (each["example"] for each in parameters[:2])
    assert client.get(f"/{kind}/{name}").status_code == 200
    assert kind in described["components"]["schemas"]["Kind"]["enum"]


def test_a_vocabulary_without_kinds_in_its_iris_has_other_addresses(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        ' <https://example.org/v/bread> a skos:Concept ; skos:prefLabel "Bread"@en .',
        canonical_base="https://example.org/v/",
    )
    client = made.app().test_client()
    described = client.get("/openapi.json").json or {}
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []
    assert "/{kind}/{name}" not in described["paths"]
    [kind, *_] = described["paths"]["/{kind}/map"]["get"]["parameters"]
    assert kind["example"] == "bread"
    assert client.get("/bread/map.json").status_code == 200
    assert client.get("/openapi").status_code == 200


def test_an_empty_example_is_left_to_the_vocabulary() -> None:
    known = dict.fromkeys(Sample, "x")
    assert filled({"a": [Sample.IRI, 1]}, known) == {"a": ["x", 1]}


def test_the_page_names_every_operation_and_its_commands(
    client: FlaskClient, registered: tuple[Operation, ...]
) -> None:
    answer = client.get("/openapi", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    for each in registered:
        assert f'id="{each.id}"' in answer.text
    commands = re.findall(r"<code>(curl .*?)</code></pre>", answer.text, re.S)
    assert len(commands) == len(registered)


def test_programs_find_the_description(client: FlaskClient) -> None:
    [item] = (client.get("/.well-known/api-catalog").json or {})["linkset"]
    path = item["service-desc"][0]["href"].removeprefix("http://localhost")
    assert client.get(path).json["openapi"].startswith("3.1")  # type: ignore[index]
    assert client.get("/openapi", headers={"Accept": "application/json"}).json == client.get(path).json


def test_unknown_formats_are_refused(client: FlaskClient) -> None:
    refused = client.get("/openapi?_mediatype=application/pdf")
    assert refused.status_code == 400
    assert "application/json" in (refused.json or {})["detail"]


def status_of(command: str) -> str:
    words = shlex.split(command)
    if words[-1].endswith("/changes/1"):
        words[-1] = words[-1].removesuffix("/1")  # none was made yet
    done = subprocess.run(
        [*words, "-s", "-o", "/dev/null", "-w", "%{http_code}"], capture_output=True, text=True, timeout=60
    )
    return done.stdout


@pytest.mark.server
def test_commands_that_read_work_as_they_stand(server: str) -> None:
    """Whoever copies a command from the page gets what it promises."""
    with urllib.request.urlopen(f"{server}/openapi") as answer:
        page = answer.read().decode()
    commands = [html.unescape(each) for each in re.findall(r"<code>(curl .*?)</code></pre>", page, re.S)]
    reading = [each for each in commands if not re.search(r"\$TOKEN|@file|/{| -X ", each)]
    assert len(reading) > 40
    with ThreadPoolExecutor(4) as several:
        statuses = list(several.map(status_of, reading))
    told = zip(statuses, reading, strict=True)
    failed = [f"{status} {command}" for status, command in told if not status.startswith(("2", "3"))]
    assert failed == []


@pytest.mark.server
def test_documented(server: str, tmp_path: Path) -> None:
    documented.check("docs/openapi.md", server, tmp_path)


# examples of documentation


def test_blocks_are_found_with_their_lines() -> None:
    page = "# A\n\n```console\n$ echo a\na\n```\n\n```csv x.csv\n1,2\n```\n"
    assert documented.blocks(page) == [
        documented.Block("console", "", "$ echo a\na\n", 4),
        documented.Block("csv", "x.csv", "1,2\n", 9),
    ]


@pytest.mark.parametrize(
    ("expected", "printed", "is_same"),
    [
        ("a\nb", "a  \nb\n", True),
        ("a …", "a b\nc", True),
        ("a\n…\nz", "a\nb\nc\nz", True),
        ("a", "b", False),
        ("a.c", "abc", False),
    ],
    ids=["spaces", "rest", "lines", "other", "no-pattern"],
)
def test_what_is_printed_is_compared(expected: str, printed: str, is_same: bool) -> None:
    assert documented.matches(expected, printed) is is_same


def test_an_example_that_fails_is_told_with_its_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo 'a\n> b'\na\nb\n$ echo c\nd\n```\n```python\nraise SystemExit(3)\n```\n"
    )
    with pytest.raises(AssertionError) as failed:
        documented.check(str(page), documented.ADDRESS, tmp_path)
    assert f"{page}:6: printed something else" in str(failed.value)
    assert f"{page}:10: ended with code 3" in str(failed.value)
    assert f"{page}:2" not in str(failed.value)


def test_a_page_without_examples_is_no_documentation(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Nothing\n")
    with pytest.raises(AssertionError, match="no example"):
        documented.check(str(tmp_path / "page.md"), documented.ADDRESS, tmp_path)

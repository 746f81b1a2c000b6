"""Errors: one gate, one body, negotiated like everything else (RFC 9457; http-contract P11, P16, P26, P30)."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from graphs import statements_of
from pathways_ld import errors
from pathways_ld.contributions import Examination, InvalidContribution
from pathways_ld.errors import PathwaysError
from pathways_ld.rdfio import is_literal, literal_parts
from pathways_ld.report import ValidationReport
from pathways_ld.snapshot.manifest import LAYOUT
from pathways_ld.web import create_app
from problems import PROBLEM_JSON, assert_problem

NOTHING = "/topic/nothing-like-this"

NEGOTIATED = [
    ("application/json", PROBLEM_JSON),
    ("application/problem+json", PROBLEM_JSON),
    ("*/*", PROBLEM_JSON),
    ("application/sparql-results+json", PROBLEM_JSON),
    ("image/png", PROBLEM_JSON),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ("text/turtle", "text/turtle"),
    ("text/n3", "text/n3"),
    ("text/plain", "text/plain"),
    ("application/ld+json", "application/ld+json"),
    ("application/rdf+xml", "application/rdf+xml"),
    ("application/n-triples", "application/n-triples"),
    ("text/turtle, application/json;q=0.5", "text/turtle"),
]


@pytest.mark.parametrize(("accept", "expected"), NEGOTIATED)
def test_an_unknown_term_is_404_in_the_negotiated_format(
    client: FlaskClient, accept: str, expected: str
) -> None:
    response = client.get(NOTHING, headers={"Accept": accept})
    assert response.status_code == 404
    assert response.mimetype == expected
    assert "Accept" in response.headers["Vary"]
    if expected == PROBLEM_JSON:
        assert_problem(response, 404, "https://w3id.org/pathways-ld/topic/nothing-like-this")
    elif expected == "text/html":
        assert "<h1>There is no such term</h1>" in response.get_data(as_text=True)
    else:
        said = statements_of(response.data, expected)
        texts = {literal_parts(each.object)[0] for each in said if is_literal(each.object)}
        assert {"404", "There is no such term"} <= texts


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("html", "text/html"),
        ("ttl", "text/turtle"),
        ("jsonld", "application/ld+json"),
        ("rdf", "application/rdf+xml"),
        ("owl", "application/rdf+xml"),
        ("nt", "application/n-triples"),
        ("json", PROBLEM_JSON),
    ],
)
def test_a_suffix_decides_the_format_of_an_error_too(client: FlaskClient, suffix: str, expected: str) -> None:
    for accept in ("text/html", "text/turtle", "application/json"):
        response = client.get(f"{NOTHING}.{suffix}", headers={"Accept": accept})
        assert response.status_code == 404
        assert response.mimetype == expected


def test_the_mediatype_parameter_decides_the_format_of_an_error_too(client: FlaskClient) -> None:
    response = client.get(f"{NOTHING}?_mediatype=text/turtle", headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert response.mimetype == "text/turtle"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/topic/career-pathways", "/", "/search", "/dumps/", "/healthz"])
def test_other_methods_are_405_with_allow(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method)
    assert_problem(response, 405, method, path)
    allowed = {each.strip() for each in response.headers["Allow"].split(",")}
    assert allowed == {"GET", "HEAD", "OPTIONS"}


def test_unknown_methods_are_405_at_the_endpoint(client: FlaskClient) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        response = client.open("/sparql", method=method)
        assert_problem(response, 405)
        allowed = {each.strip() for each in response.headers["Allow"].split(",")}
        assert allowed == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "path",
    [
        NOTHING, "/topic/career-pathways", "/topic/career-pathways/", "/ns.ttl", "/", "/sparql", "/search",
        "/dumps/", "/dumps/vocabulary.nt", "/dumps/nothing", "/robots.txt", "/.well-known/void", "/healthz",
        "/sparql?query=SELEC", "/static/style.css", "/static/nothing.css", "/topic?page=0",
    ],
)  # fmt: skip
def test_everything_may_be_read_from_any_origin(client: FlaskClient, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        response = client.open(path, method=method, headers={"Origin": "https://example.net"})
        assert response.headers["Access-Control-Allow-Origin"] == "*", method
        assert "Access-Control-Allow-Credentials" not in response.headers
        exposed = {each.strip() for each in response.headers["Access-Control-Expose-Headers"].split(",")}
        assert exposed >= {
            "Link",
            "ETag",
            "Content-Location",
            "Content-Language",
            "X-Total-Count",
            "Location",
        }


@pytest.mark.parametrize("path", ["/sparql", "/topic/career-pathways", NOTHING])
def test_preflight_is_204_and_allows_what_clients_send(client: FlaskClient, path: str) -> None:
    response = client.options(
        path,
        headers={
            "Origin": "https://example.net",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert response.status_code == 204
    assert response.data == b""
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert {"GET", "HEAD", "POST"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))
    allowed = {each.strip().lower() for each in response.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {"accept", "accept-profile", "accept-language", "content-type", "if-none-match"}
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def _subclasses(kind: type[PathwaysError]) -> list[type[PathwaysError]]:
    # What the client for programs raises never leaves by the gate; other tests may have imported it.
    ours = (each for each in kind.__subclasses__() if not each.__module__.startswith("pathways_ld.client"))
    return [kind, *(deeper for direct in ours for deeper in _subclasses(direct))]


def _make(kind: type[PathwaysError]) -> PathwaysError:
    message = "This is the message."
    special: dict[type[PathwaysError], PathwaysError] = {
        errors.ParseError: errors.ParseError("bad", errors.Position("file.ttl", 1, 2, "text")),
        errors.TableError: errors.TableError(
            [errors.RowProblem(errors.Position("terms.csv", 2), "name", "It is empty.")]
        ),
        errors.InvalidDataError: errors.InvalidDataError(message, []),
        errors.TermWithdrawn: errors.TermWithdrawn(message, iri="https://w3id.org/pathways-ld/topic/x"),
        errors.TooManyRequests: errors.TooManyRequests(message, retry_after=7),
        InvalidContribution: InvalidContribution(message, Examination(ValidationReport(()))),
    }
    return special.get(kind) or kind(message)


STATUSES = {
    "BadRequest": 400, "RequestError": 400, "Forbidden": 403, "TermNotFound": 404, "TermWithdrawn": 410,
    "NotAcceptable": 406, "PayloadTooLarge": 413, "UnsupportedMediaType": 415, "TooManyRequests": 429,
    "FormatNotOffered": 501, "QueryError": 400, "QuerySyntaxError": 400, "QueryRefused": 403, "StoreError": 503, "QueryTimeout": 503,
    "QueryMemoryExceeded": 503, "StoreBusy": 503, "SnapshotMissing": 503, "SnapshotCorrupt": 503,
}  # fmt: skip


@pytest.mark.parametrize("kind", _subclasses(PathwaysError), ids=lambda kind: kind.__name__)
def test_every_error_class_leaves_as_a_problem(own: Vocabulary, kind: type[PathwaysError]) -> None:
    app = own.app()
    error = _make(kind)

    def fail() -> str:
        raise error

    app.add_url_rule("/fail", view_func=fail)
    for accept in ("application/json", "text/html", "text/turtle", "application/rdf+xml"):
        response = app.test_client().get("/fail", headers={"Accept": accept})
        assert response.status_code == STATUSES.get(kind.__name__, response.status_code)
        assert response.status_code >= 400
        if accept == "application/json":
            problem = assert_problem(response, response.status_code)
            assert problem["type"].rpartition("/")[2] != "error"
            explained = app.test_client().get(problem["type"], headers={"Accept": "text/html"})
            assert problem["type"] == "about:blank" or explained.status_code == 200
        if kind in (errors.TooManyRequests, errors.StoreBusy):
            assert int(response.headers["Retry-After"]) >= 1


def test_a_bug_is_a_500_that_tells_the_log_all_and_the_client_nothing(
    own: Vocabulary, caplog: pytest.LogCaptureFixture
) -> None:
    app = own.app()

    def fail() -> str:
        raise KeyError("secret detail")

    app.add_url_rule("/fail", view_func=fail)
    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/fail", headers={"Accept": "application/json"})
    assert_problem(response, 500)
    assert b"secret" not in response.data
    assert "secret detail" in caplog.text
    assert response.headers["Cache-Control"] == "no-store"


def test_a_failed_request_can_be_cached_only_briefly(client: FlaskClient) -> None:
    age = re.search(r"max-age=(\d+)", client.get(NOTHING).headers["Cache-Control"])
    assert age
    assert int(age[1]) <= 60


def test_the_error_page_escapes_what_was_asked_for(client: FlaskClient) -> None:
    path = "/topic/%3Cscript%3Ealert(1)%3C/script%3E"
    for accept in ("text/html", "application/json", "text/turtle"):
        response = client.get(path, headers={"Accept": accept})
        assert response.status_code == 404
        if accept == "text/html":
            assert "<script>alert" not in response.get_data(as_text=True)
            assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize(
    "path",
    ["/%00", "/%FF%FE", "/%E2%82", "/topic/%0A", "/" + "a" * 5000, "/a%22b", "/a%20b%3Cc%3E", "/{x}", "/%5B"],
)
@pytest.mark.parametrize("accept", ["application/json", "text/turtle", "application/rdf+xml", "text/html"])
def test_impossible_paths_are_404_in_every_format(client: FlaskClient, path: str, accept: str) -> None:
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 404
    if accept in ("text/turtle", "application/rdf+xml"):
        assert statements_of(response.data, accept)


def test_an_error_in_json_names_the_type_of_problem_by_an_address_that_answers(client: FlaskClient) -> None:
    """RFC 9457, 3.1.1: the type is an address where people read what it means, or about:blank."""
    kind = assert_problem(client.get(NOTHING), 404)["type"]
    assert kind == "about:blank" or client.get(kind, headers={"Accept": "text/html"}).status_code == 200


def test_without_a_snapshot_everything_says_so_and_the_process_lives(own: Vocabulary, tmp_path: Path) -> None:
    client = create_app(replace(own.settings, state_dir=tmp_path)).test_client()
    for path in ("/topic/career-pathways", "/", "/search?q=a", "/dumps/", "/sparql?query=ASK%7B%7D"):
        for accept in ("application/json", "text/html", "text/turtle"):
            response = client.get(path, headers={"Accept": accept})
            assert response.status_code == 503, (path, accept)
            assert response.headers["Cache-Control"] == "no-store"
    assert_problem(client.get("/topic", headers={"Accept": "application/json"}), 503, "pathways-ld build")
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert json.loads(ready.data)["status"] == "not ready"


@pytest.mark.parametrize("harm", ["manifest", "manifest-json", "terms", "terms-missing", "layout"])
def test_a_corrupt_snapshot_says_what_to_do(own: Vocabulary, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "snapshot"
    folder.mkdir()
    for part in own.folder.iterdir():
        target = folder / part.name
        target.write_bytes(part.read_bytes()) if part.is_file() else target.symlink_to(part)
    if harm == "manifest":
        (folder / "manifest.json").write_text("{")
    elif harm == "manifest-json":
        (folder / "manifest.json").write_text('{"kinds": 3}')
    elif harm == "terms":
        (folder / "terms.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    elif harm == "terms-missing":
        (folder / "terms.sqlite").unlink()
    else:
        text = (folder / "manifest.json").read_text().replace(f'"layout": {LAYOUT}', '"layout": 99')
        (folder / "manifest.json").write_text(text)
    client = create_app(own.settings, folder).test_client()
    response = client.get("/topic/career-pathways", headers={"Accept": "application/json"})
    assert_problem(response, 503, "pathways-ld build", str(folder))
    assert client.get("/readyz").status_code == 503


def test_a_damaged_page_of_the_terms_file_is_a_503_not_a_500(own: Vocabulary, tmp_path: Path) -> None:
    folder = tmp_path / "snapshot"
    folder.mkdir()
    for part in own.folder.iterdir():
        target = folder / part.name
        target.write_bytes(part.read_bytes()) if part.is_file() else target.symlink_to(part)
    content = bytearray((folder / "terms.sqlite").read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    (folder / "terms.sqlite").write_bytes(content)
    client = create_app(own.settings, folder).test_client()
    response = client.get("/topic/career-pathways", headers={"Accept": "application/json"})
    assert_problem(response, 503, "pathways-ld build")

"""``/validate`` and wrong input: what is refused and how, and what bounds each client."""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import Vocabulary
from problems import assert_problem
from servers import running
from validating import BAD, GOOD, HANGING, HANGS, HTML, SHAPES, TWO_LABELS, form, rules, send


@pytest.fixture(scope="module")
def app_client(own: Vocabulary) -> FlaskClient:
    app = own.app(validation_client_time=0.0, validation_client_runs=0, validation_size=2_000_000)
    return app.test_client()


@pytest.fixture
def client(app_client: FlaskClient) -> FlaskClient:
    return app_client


# wrong input


def problem_of(
    client: FlaskClient, document: str | bytes, content_type: str = "text/turtle"
) -> dict[str, Any]:
    return assert_problem(send(client, document, content_type), 400)


def test_what_is_not_well_formed_is_told_with_its_line(client: FlaskClient) -> None:
    problem = problem_of(client, BAD.replace('"Loom weaving"@en', '"Loom weaving"@en_US'))
    assert (problem["line"], problem["title"]) == (4, "The document is not well-formed")
    assert problem["column"] > 1
    assert "en_US" in problem["source_line"]
    assert "@en-US" in problem["correction"]["after"]
    assert "hyphen" in problem["detail"]


@pytest.mark.parametrize("document", ["", " \n", "# nothing", "@prefix a: <http://a/> .", b"\xef\xbb\xbf"])
def test_nothing_at_all(client: FlaskClient, document: str | bytes) -> None:
    problem = problem_of(client, document)
    assert "empty" in problem["detail"] or "no statements" in problem["detail"]


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("../../crafts.ttl", GOOD)
    return content.getvalue()


RDF_XML = (
    '<?xml version="1.0"?>{}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:skos="http://www.w3.org/2004/02/skos/core#"><skos:Concept rdf:about="https://example.org/a">'
    '<skos:prefLabel xml:lang="en">{}</skos:prefLabel></skos:Concept></rdf:RDF>'
)
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(8))


@pytest.mark.parametrize(
    ("document", "content_type", "words"),
    [
        (RDF_XML.format("", "A"), "text/turtle", "RDF/XML"),
        ("<!doctype html><html><body>Not found</body></html>", "text/turtle", "web page"),
        ('{"@context": {}}', "text/turtle", "JSON-LD"),
        (archive(), "text/turtle", "ZIP"),
        (gzip.compress(GOOD.encode(), mtime=0), "text/turtle", "gzip"),
        (b"%PDF-1.7", "text/turtle", "PDF"),
        (GOOD.encode("utf-16"), "text/turtle", "UTF-16"),
        (GOOD.replace("Weaving", "Métier").encode("latin-1"), "text/turtle", "UTF-8"),
        (RDF_XML.format(f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>', "&l8;"), "application/rdf+xml", "entity"),
        (RDF_XML.format('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"), "application/rdf+xml", "entity"),
        (RDF_XML.format('<!DOCTYPE r [<!ENTITY % p "x">]>', "A"), "application/rdf+xml", "entity"),
        ("[" * 20_000 + "]" * 20_000, "application/ld+json", "nested"),
        ('{"a":' * 20_000 + "1" + "}" * 20_000, "application/ld+json", "nested"),
        ("<<( " * 20_000, "text/turtle", "1.2"),
        ("<<( " * 20_000, "application/n-triples", "1.2"),
        ("".join(f"@prefix p{n}: <http://a/> .\n" for n in range(100_000))[:1_900_000], "text/turtle", "prefixes"),
        ("<a> <b> <c> .", "text/turtle", "absolute"),
        ('<http://a/b> <http://a/c> "\\uD800" .', "text/turtle", ""),
        ("<http://a/a b> <http://a/c> 1 .", "text/turtle", ""),
        ('<http://a/b> <http://a/c> "' + "x" * 200_000, "text/turtle", ""),
        ("SELECT * WHERE { ?s ?p ?o }", "text/turtle", ""),
    ],
    ids=[
        "rdfxml-as-turtle", "web-page", "json-as-turtle", "zip", "gzip", "pdf", "utf-16", "latin-1", "laughs", "xxe",
        "parameter-entity", "nested-arrays", "nested-objects", "nested-triple-terms", "nested-triple-terms-nt",
        "prefix-flood", "relative-iri", "surrogate", "space-in-iri", "unterminated", "a-query",
    ],
)  # fmt: skip
def test_hostile_and_mistaken_documents_are_refused(
    client: FlaskClient, document: str | bytes, content_type: str, words: str
) -> None:
    problem = problem_of(client, document, content_type)
    assert words in problem["detail"]
    assert len(problem["detail"]) < 1_000
    assert client.get("/healthz").status_code == 200


def test_nothing_is_fetched(client: FlaskClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        documents = [
            (RDF_XML.format(f'<!DOCTYPE r SYSTEM "{address}/dtd">', "A"), "application/rdf+xml"),
            (
                RDF_XML.format(f'<!DOCTYPE r [<!ENTITY x SYSTEM "{address}/x">]>', "&x;"),
                "application/rdf+xml",
            ),
            (json.dumps({"@context": f"{address}/c", "@id": "http://a/b", "x": "y"}), "application/ld+json"),
            (
                json.dumps({"@context": {"@import": f"{address}/c"}, "@id": "http://a/b"}),
                "application/ld+json",
            ),
        ]
        for document, content_type in documents:
            assert send(client, document, content_type).status_code in (200, 400)
        imports = SHAPES + f"<http://a/o> <http://www.w3.org/2002/07/owl#imports> <{address}/s> ."
        assert form(client, text=GOOD, shapes=imports).status_code == 200
        listener.settimeout(0.3)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_entities_as_editors_write_them_are_read(client: FlaskClient) -> None:
    document = RDF_XML.format('<!DOCTYPE r [<!ENTITY craft "Weaving">]>', "&craft;")
    assert rules(send(client, document, "application/rdf+xml"))  # it has no definition


@pytest.mark.parametrize("nested", ["[ <http://a/p> ", "( "])
def test_deep_nesting_that_is_legal_does_no_harm(client: FlaskClient, nested: str) -> None:
    closing = "]" if nested.startswith("[") else ")"
    document = f"<http://a/s> <http://a/p> {nested * 5_000}{closing * 5_000} ."
    assert send(client, document).status_code in (200, 400, 503)
    assert rules(send(client, BAD)) == [TWO_LABELS]


def test_a_base_makes_relative_iris_whole(client: FlaskClient) -> None:
    assert (
        send(client, f"@base <https://example.org/> .\n{GOOD}<a> skos:prefLabel 'A'@en .").status_code == 200
    )


@pytest.mark.parametrize(
    ("content_type", "words"),
    [
        ("text/turtle; charset=ebcdic", "UTF-8"),
        ("text/csv", "text/turtle"),
        ("application/octet-stream", "application/ld+json"),
        ("", "of no stated type"),
        ("application/sparql-query", "text/turtle"),
    ],
)
def test_what_is_not_read_names_what_is(client: FlaskClient, content_type: str, words: str) -> None:
    assert_problem(send(client, GOOD, content_type), 415, words)


def test_a_compressed_body_is_not_read(client: FlaskClient) -> None:
    answer = send(client, gzip.compress(GOOD.encode()), Content_Encoding="gzip")
    assert_problem(answer, 415, "compressed")


def test_sizes_are_bounded(client: FlaskClient) -> None:
    large = f'<http://a/b> <http://a/c> "{"x" * 2_000_000}" .'
    assert_problem(send(client, large), 413, "2,000,000")
    assert_problem(form(client, text=large), 413, "2,000,000")
    assert_problem(form(client, text=GOOD, shapes="# " + "x" * 1_000_000), 413, "shapes")
    assert_problem(send(client, "x" * 20_000_000, "application/x-www-form-urlencoded"), 413)
    assert_problem(form(client, text="x" * 20_000_000), 413)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "text"),
        ({"text": GOOD, "shape": "skos"}, "shape"),
        ({"text": GOOD, "shapes": "cats"}, "cats"),
        ({"text": GOOD, "against": "yesterday"}, "against"),
        ({"text": GOOD, "input_format": "docx"}, "turtle"),
        ({"text": GOOD, "fail_on": "everything"}, "warning"),
        ({"text": [GOOD, GOOD]}, "2 times"),
        ({"text": GOOD, "fix": "0"}, "html"),
        ({"text": GOOD, "fix": "-1", "format": "html"}, "all"),
        ({"text": GOOD, "shapes": ["skos", SHAPES]}, "alone"),
        ({"text": GOOD, "shapes": "@prefix sh: <"}, "shapes cannot be read"),
        ({"text": GOOD, "shapes": "# no shapes"}, "no statements"),
    ],
)
def test_fields_are_checked(client: FlaskClient, fields: dict[str, Any], words: str) -> None:
    answer = form(client, **fields)
    if fields.get("format") == "html":
        assert (answer.status_code, words in answer.text) == (400, True)
    else:
        assert_problem(answer, 400, words)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b"no parts"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\ncut"),
        ("multipart/form-data; boundary=x", b"--x\r\nnothing: 1\r\n\r\na\r\n--x--"),
        ("multipart/form-data; boundary=" + "x" * 500, b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\n\r\n" * 60 + b"--x--"),
        ("application/x-www-form-urlencoded", b"text=%ff"),
        ("application/x-www-form-urlencoded", GOOD.encode()),
    ],
)  # fmt: skip
def test_forms_that_are_none(client: FlaskClient, content_type: str, body: bytes) -> None:
    assert_problem(send(client, body, content_type), 400)


def test_bytes_of_an_upload_are_kept(client: FlaskClient) -> None:
    latin = GOOD.replace("Weaving", "Métier").encode("latin-1")
    problem = assert_problem(form(client, file=(io.BytesIO(latin), "crafts.ttl")), 400, "UTF-8")
    assert problem["line"] == 3
    head = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    answer = send(client, head + latin + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
    assert assert_problem(answer, 400, "UTF-8")["line"] == 3


def test_shapes_that_ask_others_are_refused(client: FlaskClient) -> None:
    asking = SHAPES + (
        "<https://example.org/s> a sh:NodeShape ; sh:targetClass skos:Concept ; sh:sparql [ sh:select"
        ' "SELECT $this WHERE { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ] .'
    )
    assert_problem(form(client, text=GOOD, shapes=asking), 400, "SERVICE")


def test_other_methods(client: FlaskClient) -> None:
    answer = client.put("/validate", data=GOOD)
    assert_problem(answer, 405)
    assert {"GET", "POST"} <= set(re.split(r",\s*", answer.headers["Allow"]))
    asked = {"Access-Control-Request-Method": "POST", "Origin": "https://example.com"}
    assert client.options("/validate", headers=asked).status_code == 204


# bounds


def test_what_hangs_is_stopped_and_harms_nobody(own: Vocabulary) -> None:
    app = own.app(validation_deadline=15.0, validation_client_runs=1, workers=1, validation_workers=2)
    client = app.test_client()
    assert rules(send(client, BAD)) == [TWO_LABELS]
    answers: list[TestResponse] = []
    thread = threading.Thread(
        target=lambda: answers.append(
            app.test_client().post("/validate", data={"text": HANGS, "shapes": HANGING}, content_type="multipart/form-data")
        )
    )  # fmt: skip
    thread.start()
    try:
        refused = send(client, GOOD)
        while refused.status_code == 200 and thread.is_alive():
            refused = send(client, GOOD)
        assert_problem(refused, 429, "1 of your validations")
        assert int(refused.headers["Retry-After"]) >= 1
        elsewhere = client.post(
            "/validate", data=BAD, content_type="text/turtle", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}
        )
        assert rules(elsewhere) == [TWO_LABELS]
    finally:
        thread.join(60)
    problem = assert_problem(answers[0], 503, "15 seconds")
    assert problem["type"].endswith("/problems/validation-timeout")
    assert "Retry-After" not in answers[0].headers
    assert client.get("/healthz").status_code == 200
    assert rules(send(client, BAD)) == [TWO_LABELS]


def test_a_client_has_a_budget_of_time(own: Vocabulary) -> None:
    client = own.app(validation_client_time=0.01, workers=1).test_client()
    first = send(client, BAD)
    assert rules(first) == [TWO_LABELS]
    assert "validation-time" in first.headers["RateLimit-Policy"]
    refused = send(client, BAD)
    assert_problem(refused, 429, "Your validations", "seconds")
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["Cache-Control"] == "no-store"
    page = form(client, HTML, text=BAD)
    assert page.status_code == 429
    assert "Retry-After" in page.headers
    assert "Loom weaving" in page.text


def test_a_validation_that_needs_too_much_memory_is_stopped(own: Vocabulary) -> None:
    client = own.app(
        validation_memory=100_000_000, validation_client_time=0.0, validation_size=30_000_000
    ).test_client()
    many = "".join(f'<http://a/{n}> <http://a/p{n}> "{n}" .\n' for n in range(600_000))
    assert_problem(send(client, many, "application/n-triples"), 503, "memory")
    assert rules(send(client, BAD)) == [TWO_LABELS]


def test_statements_are_bounded(own: Vocabulary) -> None:
    client = own.app(validation_statements=5).test_client()
    assert_problem(send(client, GOOD), 400, "8 statements", "5")


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    arguments = ("--snapshot", str(own.folder), "--workers", "1")
    with running(*arguments, validation_workers=1, validation_deadline=90) as (address, _):
        yield address


@pytest.mark.server
def test_a_process_is_free_again_when_its_client_has_left(server: str) -> None:
    with pytest.raises(requests.Timeout):
        requests.post(
            f"{server}/validate", files={"text": (None, HANGS), "shapes": (None, HANGING)}, timeout=10
        )
    answer = requests.post(
        f"{server}/validate", data=BAD, headers={"Content-Type": "text/turtle"}, timeout=60
    )
    assert [each["rule"] for each in answer.json()["results"]] == [TWO_LABELS]

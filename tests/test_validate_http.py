"""``/validate`` over HTTP: every way to send a document, every report, every wrong input, and its bounds."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import socket
import threading
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import Vocabulary
from pathways_ld.formats import JSONLD, NTRIPLES, RDFXML, TURTLE
from pathways_ld.rdfio import parse, serialize
from pathways_ld.web.mistakes import MISTAKES
from problems import assert_problem
from servers import running

PREFIXES = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n@prefix ex: <https://example.org/crafts/> .\n"
)
GOOD = PREFIXES + (
    'ex:weaving a skos:Concept ; skos:inScheme ex:crafts ; skos:prefLabel "Weaving"@en ;\n'
    '  skos:definition "Making cloth on a loom."@en ; skos:topConceptOf ex:crafts .\n'
    'ex:crafts a skos:ConceptScheme ; skos:prefLabel "Crafts"@en ; skos:hasTopConcept ex:weaving .\n'
)
BAD = GOOD.replace('"Weaving"@en ;', '"Weaving"@en ;\n  skos:prefLabel "Loom weaving"@en ;')
SPACES = GOOD.replace('"Weaving"', '"Weaving  craft"')
TWO_LABELS = "S14-one-preferred-label-per-language"
OURS = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    "<https://w3id.org/pathways-ld/topic/job-clubs> a skos:Concept ;\n"
    '  skos:prefLabel "Job clubs"@en ; skos:broader <https://w3id.org/pathways-ld/topic/career-pathways> .\n'
)
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
[] a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:notation ; sh:minCount 1 ] .
"""
HANGING = SHAPES.replace(
    "sh:path skos:notation ; sh:minCount 1",
    'sh:path skos:prefLabel ; sh:pattern "^(([a-z])+.)+[A-Z]([a-z])+$"',
)
HANGS = GOOD.replace('"Weaving"', f'"{"a" * 60}"')


@pytest.fixture(scope="module")
def app_client(own: Vocabulary) -> FlaskClient:
    app = own.app(validation_client_time=0.0, validation_client_runs=0, validation_size=2_000_000)
    return app.test_client()


@pytest.fixture
def client(app_client: FlaskClient) -> FlaskClient:
    return app_client


def send(
    client: FlaskClient,
    document: str | bytes,
    content_type: str = "text/turtle",
    query: str = "",
    **headers: str,
) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/validate{query}", data=document, content_type=content_type, headers=named)


def form(client: FlaskClient, accept: str = "application/json", **fields: Any) -> TestResponse:
    return client.post(
        "/validate", data=fields, content_type="multipart/form-data", headers={"Accept": accept}
    )


def rules(response: TestResponse) -> list[str]:
    assert response.status_code == 200, response.text
    return [each["rule"] for each in json.loads(response.data)["results"]]


# what is said of a document


def test_a_document_that_is_right_conforms(client: FlaskClient) -> None:
    answer = send(client, GOOD)
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    report = json.loads(answer.data)
    assert (report["conforms"], report["results"]) == (True, [])
    assert (report["shapes"], report["against"], report["notes"]) == (["skos"], "none", [])
    assert report["checked"] == {"statements": 8}


def test_a_mistake_is_a_200_with_the_verdict_the_line_and_the_rule(client: FlaskClient) -> None:
    report = json.loads(send(client, BAD).data)
    assert report["conforms"] is False
    (result,) = report["results"]
    assert result["rule"] == TWO_LABELS
    assert result["severity"] == "must fix"
    assert result["position"]["line"] in (3, 4)
    assert result["rule_url"].endswith(f"/rules/{TWO_LABELS}")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.name)
def test_every_mistake_of_the_page_is_found(client: FlaskClient, mistake: Any) -> None:
    answer = send(client, mistake.text, query=f"?input_format={mistake.format}")
    if mistake.rule == "syntax":
        problem = assert_problem(answer, 400)
        assert problem["correction"]["before"] != problem["correction"]["after"]
    else:
        assert mistake.rule in rules(answer)


# ways to send it


@pytest.mark.parametrize(
    ("content_type", "document"),
    [
        ("text/turtle", BAD),
        ("text/turtle; charset=UTF-8", BAD),
        ("application/trig", BAD),
        ("text/plain", BAD),
        ("application/n-triples", '<https://example.org/a> <http://www.w3.org/2004/02/skos/core#prefLabel> "A"@en , "B"@en .'),
    ],
)  # fmt: skip
def test_the_body_is_read_by_its_type(client: FlaskClient, content_type: str, document: str) -> None:
    answer = send(client, document, content_type)
    if content_type == "application/n-triples":
        assert_problem(answer, 400)  # lists of objects are Turtle
    else:
        assert rules(answer) == [TWO_LABELS]


@pytest.mark.parametrize(
    ("content_type", "rdf_format"),
    [
        ("application/ld+json", JSONLD),
        ("application/json", JSONLD),
        ("application/rdf+xml", RDFXML),
        ("application/xml", RDFXML),
        ("text/xml", RDFXML),
        ("application/n-triples", NTRIPLES),
    ],
)
def test_other_formats_of_the_same_give_the_same(
    client: FlaskClient, content_type: str, rdf_format: Any
) -> None:
    document = serialize(parse(BAD.encode(), TURTLE).statements, rdf_format)
    assert rules(send(client, document, content_type)) == [TWO_LABELS]


def test_a_form_may_hold_a_text_or_a_file(client: FlaskClient) -> None:
    assert rules(form(client, text=BAD)) == [TWO_LABELS]
    assert rules(form(client, file=(io.BytesIO(BAD.encode()), "crafts.ttl"))) == [TWO_LABELS]
    encoded = client.post("/validate", data={"text": BAD, "format": "json"})
    assert encoded.request.mimetype == "application/x-www-form-urlencoded"
    assert rules(encoded) == [TWO_LABELS]


def test_results_name_the_file_that_was_sent(client: FlaskClient) -> None:
    answer = form(client, file=(io.BytesIO(BAD.encode()), "../../etc/crafts.ttl"))
    assert {each["position"]["file"] for each in json.loads(answer.data)["results"]} == {"crafts.ttl"}


def test_a_pasted_text_is_recognized(client: FlaskClient) -> None:
    for rdf_format in (JSONLD, RDFXML, NTRIPLES):
        text = serialize(parse(BAD.encode(), TURTLE).statements, rdf_format).decode()
        assert rules(form(client, text=text)) == [TWO_LABELS]


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(client: FlaskClient) -> None:
    content = b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode()
    answer = send(client, content)
    assert rules(answer) == [TWO_LABELS]
    assert json.loads(answer.data)["results"][0]["position"]["source_line"].endswith(";")


# what it is held against


def test_shapes_are_chosen_by_name(client: FlaskClient) -> None:
    assert "described-term-iri" in rules(send(client, GOOD, query="?shapes=contribution"))
    both = json.loads(send(client, GOOD, query="?shapes=skos&shapes=vocabulary").data)
    assert both["shapes"] == ["skos", "vocabulary"]
    assert json.loads(form(client, text=GOOD, shapes="skos,vocabulary").data)["shapes"] == both["shapes"]
    assert 'rel="describedby"' in send(client, GOOD).headers["Link"]


def test_a_document_about_the_published_vocabulary_is_seen_as_an_addition_to_it(client: FlaskClient) -> None:
    added = json.loads(send(client, OURS).data)
    assert added["against"] == "current"
    assert added["shapes"] == ["skos", "vocabulary"]
    assert "dangling-reference" not in rules(send(client, OURS))
    assert "dangling-reference" not in rules(send(client, OURS, query="?against=current"))
    assert "dangling-reference" in rules(send(client, OURS, query="?against=none"))
    missing = OURS.replace("career-pathways>", "career-pathwayz>")
    assert "dangling-reference" in rules(send(client, missing))


def test_own_shapes_alone_decide(client: FlaskClient) -> None:
    upload = {"text": BAD, "shapes": (io.BytesIO(SHAPES.encode()), "shapes.ttl")}
    report = json.loads(form(client, **upload).data)
    assert [each["component"] for each in report["results"]] == [
        "http://www.w3.org/ns/shacl#MinCountConstraintComponent"
    ]
    assert report["shapes"] == []
    as_field = json.loads(form(client, text=BAD, shapes=SHAPES).data)
    assert as_field["results"][0]["component"] == report["results"][0]["component"]


def test_what_own_shapes_may_not_do_is_told_and_not_done(client: FlaskClient) -> None:
    script = SHAPES + (
        "<https://example.org/s> a sh:NodeShape ; sh:targetClass skos:Concept ;"
        ' sh:js [ a sh:JSConstraint ; sh:jsFunctionName "f" ] .'
        " <https://example.org/o> <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/shapes> ."
    )
    notes = " ".join(json.loads(form(client, text=GOOD, shapes=script).data)["notes"])
    assert "JavaScript is not run" in notes
    assert "imports are not followed" in notes


# reports


def _check_json(body: bytes) -> None:
    assert json.loads(body)["conforms"] is False


def _check_sarif(body: bytes) -> None:
    log = json.loads(body)
    assert log["version"] == "2.1.0"
    assert log["runs"][0]["results"][0]["ruleId"] == TWO_LABELS


def _check_rdf(rdf_format: Any) -> Any:
    def check(body: bytes) -> None:
        statements = parse(body, rdf_format).statements
        assert any(each.object == "<http://www.w3.org/ns/shacl#ValidationReport>" for each in statements)

    return check


def _check_junit(body: bytes) -> None:
    assert ElementTree.fromstring(body).attrib["failures"] == "1"


def _check_csv(body: bytes) -> None:
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [row["rule"] for row in rows] == [TWO_LABELS]


def _check_text(body: bytes) -> None:
    assert TWO_LABELS in body.decode()


REPORTS: list[tuple[str, str, Any]] = [
    ("json", "application/json", _check_json),
    ("html", "text/html", _check_text),
    ("text", "text/plain", _check_text),
    ("turtle", "text/turtle", _check_rdf(TURTLE)),
    ("json-ld", "application/ld+json", _check_rdf(JSONLD)),
    ("rdf-xml", "application/rdf+xml", _check_rdf(RDFXML)),
    ("n-triples", "application/n-triples", _check_rdf(NTRIPLES)),
    ("sarif", "application/sarif+json", _check_sarif),
    ("junit", "application/xml", _check_junit),
    ("csv", "text/csv", _check_csv),
    ("markdown", "text/markdown", _check_text),
    ("github", "text/x-github-annotations", _check_text),
]


@pytest.mark.parametrize(("name", "media_type", "check"), REPORTS, ids=[each[0] for each in REPORTS])
def test_every_report_is_to_be_had_in_every_way(
    client: FlaskClient, name: str, media_type: str, check: Any
) -> None:
    ways = [
        send(client, BAD, Accept=media_type),
        send(client, BAD, query=f"?format={name}", Accept="image/png"),
        send(client, BAD, query=f"?_mediatype={media_type.replace('+', '%2B')}"),
        form(client, text=BAD, format=name),
    ]
    for answer in ways:
        assert answer.status_code == 200
        assert answer.content_type.partition(";")[0] == media_type
        check(answer.data)
        assert "Accept" in answer.headers["Vary"]


def test_junit_counts_what_it_is_asked_to(client: FlaskClient) -> None:
    failures = {
        severity: ElementTree.fromstring(
            send(client, SPACES, query=f"?format=junit&fail_on={severity}").data
        ).attrib["failures"]
        for severity in ("violation", "warning")
    }
    assert failures == {"violation": "0", "warning": "1"}


def test_programs_get_json_and_browsers_the_page(client: FlaskClient) -> None:
    assert send(client, GOOD, Accept="*/*").mimetype == "application/json"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert send(client, GOOD, Accept=browser).mimetype == "text/html"


def test_nothing_suits(client: FlaskClient) -> None:
    assert_problem(send(client, GOOD, Accept="image/png"), 406, "application/sarif+json")
    assert_problem(send(client, GOOD, query="?format=docx"), 400, "sarif")


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
        (gzip.compress(GOOD.encode()), "text/turtle", "gzip"),
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


# the page without scripts


HTML = "text/html"


def test_get_describes_the_service_to_programs(client: FlaskClient) -> None:
    described = json.loads(client.get("/validate").data)
    assert "text/turtle" in described["reads"]
    assert described["limits"]["document_bytes"] == 2_000_000
    assert {name for name, _, _ in REPORTS} == set(described["reports"])
    assert_problem(client.get("/validate", headers={"Accept": "image/png"}), 406)


def test_the_page_offers_mistakes(client: FlaskClient) -> None:
    page = client.get("/validate?example=two-preferred-labels", headers={"Accept": HTML})
    assert "Loom weaving" in page.text
    assert client.get("/validate?example=nonsense", headers={"Accept": HTML}).status_code == 200


def test_the_page_shows_results_with_their_lines_and_keeps_the_text(client: FlaskClient) -> None:
    page = form(client, HTML, text=BAD)
    assert page.status_code == 200
    assert "two preferred labels in one language" in page.text
    assert re.search(r'data-line="[34]"', page.text)
    assert "Loom weaving&#34;@en" in page.text.partition("</textarea>")[0]
    assert f"/rules/{TWO_LABELS}" in page.text


def test_a_fix_is_applied_on_the_server(client: FlaskClient) -> None:
    (number,) = re.findall(r'name="fix" value="(\d+)"', form(client, HTML, text=SPACES).text)
    fixed = form(client, HTML, text=SPACES, fix=number)
    text = fixed.text.partition("</textarea>")[0]
    assert "&#34;Weaving craft&#34;" in text
    assert "1 fix was applied" in fixed.text
    assert "label-spaces" not in fixed.text


def test_all_fixes_are_applied_at_once_even_to_what_is_not_well_formed(client: FlaskClient) -> None:
    broken = SPACES.replace(PREFIXES.splitlines()[0] + "\n", "").replace('"Crafts"@en', '"Crafts"@en_US')
    page = form(client, HTML, text=broken)
    assert page.status_code == 400
    assert "has not been declared" in page.text
    fixed = form(client, HTML, text=broken, fix="all")
    assert fixed.status_code == 200
    assert "@prefix skos:" in fixed.text
    assert "@en-US" in fixed.text


def test_what_cannot_be_fixed_stays(client: FlaskClient) -> None:
    page = form(client, HTML, text=BAD, fix="7")
    assert page.status_code == 200
    assert "Loom weaving" in page.text


def test_a_failure_is_shown_beside_the_text(client: FlaskClient) -> None:
    page = form(client, HTML, text=GOOD, shapes="# none")
    assert page.status_code == 400
    assert "The shapes have no statements" in page.text
    assert "Making cloth on a loom." in page.text


def test_only_the_report_can_be_asked_for(client: FlaskClient) -> None:
    part = form(client, HTML, text=BAD, part="report")
    assert "two preferred labels" in part.text
    assert "<html" not in part.text


def test_hostile_texts_stay_texts(client: FlaskClient) -> None:
    hostile = GOOD.replace('"Weaving"', '"</textarea><script>alert(1)</script>  "')
    hostile += "ex:weaving skos:exactMatch <javascript:alert(1)> .\n"
    page = form(client, HTML, file=(io.BytesIO(hostile.encode()), "<b>.ttl"))
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert 'href="javascript' not in page.text
    assert "javascript" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_long_report_is_cut_on_the_page_only(client: FlaskClient) -> None:
    many = PREFIXES + "".join(f'ex:c{n} a skos:Concept ; skos:prefLabel "C{n} "@en .\n' for n in range(400))
    page = form(client, HTML, text=many)
    assert page.text.count('class="result') == 200
    assert "more results are not shown" in page.text
    assert len(json.loads(form(client, text=many).data)["results"]) > 400


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

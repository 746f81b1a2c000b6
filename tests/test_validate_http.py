"""``/validate`` over HTTP: every way to send a document, every report, every wrong input, and its bounds."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from pathways_ld.formats import JSONLD, NTRIPLES, RDFXML, TURTLE
from pathways_ld.rdfio import parse, serialize
from pathways_ld.web.mistakes import MISTAKES
from problems import assert_problem
from validating import BAD, GOOD, HTML, OURS, PREFIXES, SHAPES, SPACES, TWO_LABELS, form, rules, send


@pytest.fixture(scope="module")
def app_client(own: Vocabulary) -> FlaskClient:
    app = own.app(validation_client_time=0.0, validation_client_runs=0, validation_size=2_000_000)
    return app.test_client()


@pytest.fixture
def client(app_client: FlaskClient) -> FlaskClient:
    return app_client


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
    upload: dict[str, Any] = {"text": BAD, "shapes": (io.BytesIO(SHAPES.encode()), "shapes.ttl")}
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


# the page without scripts


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

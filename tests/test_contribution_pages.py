"""Contributing over HTTP: what programs and people are told, and that nobody sees what is not theirs."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from maintenance import BASE
from pathways_ld.formats import RDF_FORMATS, Format
from pathways_ld.rdfio import Statement, parse, serialize
from pathways_ld.web import create_app
from pathways_ld.web.access_log import loggable
from pathways_ld.web.offers import HONEYPOT, XLSX
from problems import assert_problem
from reviewing import HTML, PREFIXES, Office, Page, assert_accessible

ALT = ':two skos:altLabel "%s"@en .'


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


def post(office: Office, content: bytes, media_type: str, **query: str) -> TestResponse:
    return office.client.post(
        "/contributions",
        query_string={"reason": "Because.", **query},
        data=content,
        headers={"Content-Type": media_type},
    )


def waiting(office: Office) -> int:
    response = office.client.get("/review", headers=office.headers(office.review_token))
    assert response.json is not None
    return int(response.json["total"])


# programs


def test_a_program_is_told_where_its_contribution_is(office: Office) -> None:
    response = office.send(ALT % "Deux", name="Ann", contact="ann@example.org")
    assert response.status_code == 202
    body = response.json
    assert body is not None
    assert body["stored"] is True
    assert body["state"] == "received"
    assert body["status"] == response.headers["Location"]
    assert re.fullmatch(r"http://localhost/contributions/[A-Za-z0-9_-]{32,}", body["status"])
    assert body["report"]["conforms"] is True
    (change,) = body["changes"]
    assert change["iri"] == BASE + "two"
    (difference,) = change["differences"]
    assert (difference["sign"], difference["text"], difference["lang"]) == ("+", "Deux", "en")
    assert response.headers["Cache-Control"] == "no-store"
    status = office.client.get(body["status"]).json
    assert status is not None
    assert status["state"] == "received"
    assert status["added"] == [f'<{BASE}two> <http://www.w3.org/2004/02/skos/core#altLabel> "Deux"@en .']
    assert "ann@example.org" not in json.dumps(status)


@pytest.mark.parametrize("rdf_format", RDF_FORMATS, ids=[each.name for each in RDF_FORMATS])
def test_every_rdf_format_is_read(office: Office, rdf_format: Format) -> None:
    label = f'"As {rdf_format.name}"@en'
    said = Statement(f"<{BASE}two>", "<http://www.w3.org/2004/02/skos/core#altLabel>", label)
    response = post(office, serialize([said], rdf_format), rdf_format.media_type, **{"dry-run": "yes"})
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.json is not None
    (change,) = response.json["changes"]
    assert change["differences"][0]["statement"] == f"{said.subject} {said.predicate} {said.object} ."


def test_a_dry_run_stores_nothing(office: Office) -> None:
    before = waiting(office)
    response = office.send(ALT % "Only tried", **{"dry-run": "yes"})
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["stored"] is False
    assert "Location" not in response.headers
    assert waiting(office) == before


@pytest.mark.parametrize(
    "body", ['"AAA"', "[]", "{}", '{"unknown": "word"}'], ids=["text", "list", "object", "dropped"]
)
def test_a_document_that_says_nothing_is_told_so(office: Office, body: str) -> None:
    response = post(office, body.encode(), "application/ld+json", **{"dry-run": "yes"})
    assert_problem(response, 400, "no statements")


def test_a_breach_of_a_rule_is_reported_with_its_line(office: Office) -> None:
    before = waiting(office)
    response = office.send(':one skos:definition "Fine."@en .\n:two skos:prefLabel "Another"@en .')
    problem = assert_problem(response, 422, "must be fixed")
    (result,) = [each for each in problem["report"]["results"] if each["severity"] == "must fix"]
    assert result["focus"] == f"<{BASE}two>"
    assert result["position"]["line"] == 4
    assert waiting(office) == before


def test_lines_are_told_of_documents_with_relative_iris_too(office: Office) -> None:
    turtle = '@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n\n<two> skos:prefLabel "Another"@en .'
    response = post(office, turtle.encode(), "text/turtle")
    problem = assert_problem(response, 422)
    assert [each["position"]["line"] for each in problem["report"]["results"] if "position" in each] == [3]
    one_line = turtle.replace("\n", " ")
    problem = assert_problem(post(office, one_line.encode(), "text/turtle"), 422)
    (position,) = [each["position"] for each in problem["report"]["results"] if "position" in each]
    assert position["source_line"] == one_line


def test_what_is_not_well_formed_is_told_with_line_and_column(office: Office) -> None:
    problem = assert_problem(office.send(":one skos:prefLabel ."), 400)
    assert (problem["line"], problem["source_line"]) == (3, ":one skos:prefLabel .")
    assert problem["column"] > 1


def test_what_is_published_can_be_replaced(office: Office) -> None:
    one = [each for each in office.statements() if each.subject == f"<{BASE}one>"]
    changed = [
        each._replace(object='"The very first."@en') if "definition" in each.predicate else each
        for each in one
    ]
    response = post(
        office,
        "".join(f"{each[0]} {each[1]} {each[2]} .\n" for each in changed).encode(),
        "application/n-triples",
        replace=BASE + "one",
    )
    assert response.status_code == 202, response.get_data(as_text=True)
    assert response.json is not None
    (change,) = response.json["changes"]
    found = [(each["sign"], each["heading"], each["text"]) for each in change["differences"]]
    assert found == [("-", "Definition", "The first."), ("+", "Definition", "The very first.")]


def test_what_is_not_read_is_answered_with_what_is(office: Office) -> None:
    problem = assert_problem(post(office, b"%PDF", "application/pdf"), 415, "application/pdf", "text/turtle")
    assert "text/csv" in problem["detail"]
    assert_problem(post(office, b"x", "text/turtle; charset=utf-16"), 415, "utf-16", "UTF-8")
    assert_problem(post(office, b"", "text/turtle"), 400, "no document")
    assert_problem(office.client.post("/contributions", data=b"x"), 415)


def test_a_document_that_is_too_large_is_refused(office: Office) -> None:
    app = create_app(replace(office.settings, contribution_size=1_000))
    turtle = PREFIXES + ALT % ("x" * 2_000)
    client = app.test_client()
    response = client.post("/contributions", data=turtle.encode(), headers={"Content-Type": "text/turtle"})
    assert_problem(response, 413, "1,000")
    form = client.post(
        "/contributions", data={"text": turtle, "reason": "Because."}, content_type="multipart/form-data"
    )
    assert_problem(form, 413, "1,000")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"reason": ""}, "reason"),
        ({"contact": "nonsense"}, "nonsense"),
        ({"contact": "0000-0002-1825-0098"}, "ORCID"),
        ({"named": "perhaps"}, "perhaps"),
        ({"colour": "red"}, "colour"),
        ({"input_format": "prose"}, "prose"),
        ({"replace": "two"}, "absolute"),
        ({"reason": "x" * 2_001}, "2,000"),
        ({"name": "x\u202ey"}, "U+202E"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_that_cannot_be_used_are_refused(
    office: Office, query: dict[str, str], words: str
) -> None:
    before = waiting(office)
    assert_problem(office.send(ALT % f"Refused {words}", **query), 400, words)
    assert waiting(office) == before


def test_parameters_go_once(office: Office) -> None:
    response = office.client.post(
        "/contributions?reason=a&reason=b",
        data=(PREFIXES + ALT % "Twice").encode(),
        headers={"Content-Type": "text/turtle"},
    )
    assert_problem(response, 400, "more than once")


def test_turtle_without_its_type_is_told_apart_from_a_form(office: Office) -> None:
    """What curl sends unless it is told otherwise."""
    response = office.client.post(
        "/contributions",
        data=(PREFIXES + ALT % "curl").encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert_problem(response, 400, "Content-Type: text/turtle")


def test_a_program_may_send_a_form(office: Office) -> None:
    response = office.client.post(
        "/contributions",
        data={
            "file": (io.BytesIO((PREFIXES + ALT % "By a form").encode()), "terms.ttl"),
            "reason": "Because.", "name": "Ann", "named": "yes",
        },
        content_type="multipart/form-data",
    )  # fmt: skip
    assert response.status_code == 202, response.get_data(as_text=True)


@pytest.mark.parametrize(
    "filename",
    [
        "../../../etc/passwd.ttl",
        "..\\..\\x.ttl",
        "<script>alert(1)</script>.ttl",
        "a\r\nX-Evil: 1.ttl",
        "/",
        "",
    ],
    ids=["up", "windows", "script", "header", "slash", "empty"],
)
def test_the_name_of_a_file_is_never_a_path(office: Office, filename: str, tmp_path: Path) -> None:
    boundary = "b0"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        f"Content-Type: text/turtle\r\n\r\n{PREFIXES}:two skos:altLabel\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="reason"\r\n\r\nBecause.\r\n--{boundary}--\r\n'
    )
    response = office.client.post(
        "/contributions", data=body.encode(), content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert response.status_code == 400
    told = response.get_data(as_text=True)
    assert "/etc" not in told
    assert "\\x" not in told


def test_the_service_describes_itself(office: Office) -> None:
    described = office.client.get("/contributions").json
    assert described is not None
    assert set(described["parameters"]) >= {"reason", "name", "contact", "named", "replace", "dry-run"}
    assert "text/turtle" in described["reads"]
    assert described["limits"]["statements"] == office.settings.contribution_statements


def test_too_many_contributions_of_one_client_have_to_wait(office: Office) -> None:
    client = create_app(replace(office.settings, contributions_per_hour=1)).test_client()
    headers = {"Content-Type": "text/turtle"}
    answers = [
        client.post(
            "/contributions?reason=Because.",
            data=(PREFIXES + ALT % f"Many {number}").encode(),
            headers=headers,
            environ_base={"REMOTE_ADDR": "192.0.2.77"},
        )
        for number in (1, 2)
    ]
    assert answers[0].status_code == 202
    assert_problem(answers[1], 429, "an hour")
    assert 0 < int(answers[1].headers["Retry-After"]) <= 3_601
    trusted = client.post(
        "/contributions?reason=Because.",
        data=(PREFIXES + ALT % "Many 3").encode(),
        headers={**headers, **office.headers(office.submit_token)},
        environ_base={"REMOTE_ADDR": "192.0.2.77"},
    )
    assert trusted.status_code == 202


def test_contributions_can_be_turned_off(office: Office) -> None:
    client = create_app(replace(office.settings, contributions="off")).test_client()
    response = client.post("/contributions", data=PREFIXES.encode(), headers={"Content-Type": "text/turtle"})
    assert_problem(response, 403, "turned them off")
    assert "not taken here" in client.get("/contributions", headers=HTML).get_data(as_text=True)


def test_a_token_for_something_else_is_refused(office: Office) -> None:
    response = office.client.post(
        "/contributions",
        data=(PREFIXES + ALT % "Wrong token").encode(),
        headers={**office.headers(), "Content-Type": "text/turtle"},
    )
    assert_problem(response, 403, "submit")


# spreadsheets


def table(office: Office, kind: str, *rows: dict[str, str]) -> str:
    """Fill in the template of a kind, as it is downloaded."""
    template = office.client.get(f"/contributions/template.csv?kind={kind}")
    assert template.status_code == 200
    header = next(csv.reader(io.StringIO(template.get_data(as_text=True).removeprefix("\ufeff"))))
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    for row in rows:
        assert set(row) <= set(header), header
        writer.writerow([row.get(name, "") for name in header])
    return written.getvalue()


def test_a_spreadsheet_is_contributed(office: Office) -> None:
    text = table(office, "concept", {"Preferred label (en)": "Four", "Definition (en)": "After three."})
    response = post(office, text.encode(), "text/csv", kind="concept")
    assert response.status_code == 202, response.get_data(as_text=True)
    assert response.json is not None
    assert [each["iri"] for each in response.json["changes"] if each["new"]] == [BASE + "four"]
    told = office.review(response.json["number"])
    assert told["way"] == "table"
    document = office.client.get(
        f"/review/{told['number']}/document", headers=office.headers(office.review_token)
    )
    assert document.data == text.encode()


def test_the_kind_of_a_spreadsheet_is_told_by_the_name_of_its_template(office: Office) -> None:
    text = table(office, "concept", {"Preferred label (en)": "Five", "Definition (en)": "After four."})
    browser = office.app.test_client()
    page = office.page("/contributions", browser)
    upload = (io.BytesIO(text.encode()), "concept-template.csv")
    response = office.press(page, browser, "/contributions", "dry-run", file=upload)
    assert response.status_code == 200, response.get_data(as_text=True)
    page = Page(response)
    assert_accessible(page)
    assert "After four." in page.text
    assert "concept-template.csv" in page.text
    # A browser does not send the file again: it comes back with the form.
    response = office.press(page, browser, "/contributions", reason="Because.")
    assert response.status_code == 303, response.get_data(as_text=True)


def test_cells_that_cannot_be_used_are_named(office: Office) -> None:
    text = table(office, "concept", {"Preferred label (en)": "Six", "Identifier": "not an identifier!"})
    problem = assert_problem(post(office, text.encode(), "text/csv", kind="concept"), 400)
    assert [each["cell"] for each in problem["cells"]] == ["A2"]
    browser = office.app.test_client()
    page = office.page("/contributions", browser)
    upload = (io.BytesIO(text.encode()), "x.csv")
    response = office.press(page, browser, "/contributions", file=upload, kind="concept", reason="Because.")
    assert response.status_code == 400
    page = Page(response)
    assert_accessible(page)
    assert "A2" in page.text
    assert_problem(post(office, text.encode(), "text/csv"), 400, '"kind"')
    assert_problem(post(office, b"PK\x03\x04rubbish", XLSX, kind="concept"), 400)


# the page


def fill(office: Office, browser: FlaskClient, button: str = "", **fields: object) -> TestResponse:
    page = office.page("/contributions", browser)
    return office.press(page, browser, "/contributions", button, **{"reason": "Because.", **fields})


def test_the_page_says_how_to_contribute(office: Office) -> None:
    page = office.page("/contributions")
    assert_accessible(page)
    for words in ("What happens then", "What is published of you", "never", "Send a spreadsheet"):
        assert words in page.text
    assert page.response.headers["Cache-Control"] == "no-store"
    assert not [each for each in page.scripts if not each.endswith("combobox.js")]  # of the header


def test_a_person_gets_to_the_status_page(office: Office) -> None:
    browser = office.app.test_client()
    response = fill(office, browser, text=PREFIXES + ALT % "Zwei", name="Ann", named="yes")
    assert response.status_code == 303, response.get_data(as_text=True)
    page = office.page(response.headers["Location"], browser)
    assert_accessible(page)
    assert "Received" in page.text
    assert "Zwei" in page.text
    assert "Because." in page.text


def test_checking_shows_what_would_be_and_keeps_what_was_typed(office: Office) -> None:
    browser = office.app.test_client()
    before = waiting(office)
    text = PREFIXES + "  # my own  spaces\n" + ALT % "Checked & <b>shown</b>"
    response = fill(office, browser, "dry-run", text=text, name='Ann "the"', contact="ann@example.org")
    assert response.status_code == 200
    page = Page(response)
    assert_accessible(page)
    assert "Checked & <b>shown</b>" in page.text
    assert "<b>shown" not in page.source
    assert page.field("text") == text
    assert page.field("name") == 'Ann "the"'
    assert page.field("contact") == "ann@example.org"
    assert page.field("reason") == "Because."
    assert waiting(office) == before
    sent = office.press(page, browser, "/contributions")
    assert sent.status_code == 303


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"text": ":x"}, 400, "Line 1"),
        ({"text": ""}, 400, "no document"),
        ({"text": PREFIXES + ':two skos:prefLabel "More"@en .'}, 422, "must be fixed"),
        ({"text": PREFIXES + ALT % "No reason", "reason": " "}, 400, "reason is missing"),
        ({"text": PREFIXES + ALT % "Contact", "contact": "nobody"}, 400, "neither an e-mail address"),
        ({"text": PREFIXES + ALT % "Robot", HONEYPOT: "http://example.org/"}, 400, "robot"),
    ],
    ids=["syntax", "empty", "rule", "reason", "contact", "honeypot"],
)
def test_what_was_typed_is_kept_on_every_error(
    office: Office, fields: dict[str, str], status: int, words: str
) -> None:
    browser = office.app.test_client()
    before = waiting(office)
    response = fill(office, browser, **{"name": "Ünïcode", **fields})
    assert response.status_code == status, response.get_data(as_text=True)
    page = Page(response)
    assert_accessible(page)
    assert words in page.text
    assert page.field("text") == fields["text"]
    assert page.field("name") == "Ünïcode"
    assert 'role="alert"' in page.source
    assert waiting(office) == before


def test_what_is_typed_may_have_relative_iris(office: Office) -> None:
    text = '<two> <http://www.w3.org/2004/02/skos/core#altLabel> "Relative"@en .'
    response = fill(office, office.app.test_client(), "dry-run", text=text)
    assert response.status_code == 200, Page(response).text
    assert "Relative" in Page(response).text


def test_a_wrong_field_is_marked(office: Office) -> None:
    response = fill(office, office.app.test_client(), text=PREFIXES + ALT % "Marked", contact="nobody")
    page = Page(response)
    control = next(each for each in page.controls if each.get("name") == "contact")
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"] in page.ids


def test_a_file_that_is_not_text_comes_back_with_the_form(office: Office) -> None:
    browser = office.app.test_client()
    page = office.page("/contributions", browser)
    content = (PREFIXES + ALT % "Kept").encode()
    response = office.press(
        page,
        browser,
        "/contributions",
        "dry-run",
        kept=base64.b64encode(content).decode(),
        kept_name="<i>a.ttl",
        reason="Because.",
    )
    assert response.status_code == 200
    assert Page(response).field("text") == content.decode()
    broken = office.press(page, browser, "/contributions", kept="%%%", reason="Because.")
    assert broken.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Origin": "null"},
        HTML,
    ],
    ids=["origin", "fetch-site", "null", "browser"],
)
def test_another_sites_page_cannot_contribute_in_somebodys_name(
    office: Office, headers: dict[str, str]
) -> None:
    browser = office.reviewer()
    before = waiting(office)
    response = browser.post(
        "/contributions", data={"text": PREFIXES + ALT % "Forged", "reason": "Because."}, headers=headers
    )
    assert response.status_code == 403
    assert waiting(office) == before


def test_a_form_given_to_another_browser_is_refused(office: Office) -> None:
    page = office.page("/contributions", office.app.test_client())
    other = office.app.test_client()
    office.page("/contributions", other)
    response = office.press(page, other, "/contributions", text=PREFIXES + ALT % "Stolen", reason="Because.")
    assert response.status_code == 403


def test_pressing_twice_contributes_once(office: Office) -> None:
    browser = office.app.test_client()
    page = office.page("/contributions", browser)
    fields = {"text": PREFIXES + ALT % "Pressed twice", "reason": "Because."}
    answers = [office.press(page, browser, "/contributions", **fields) for _ in range(2)]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


# the status page


@pytest.fixture
def status_page(office: Office) -> str:
    numbers = getattr(office, "numbers", 0) + 1
    office.numbers = numbers  # type: ignore[attr-defined]
    return office.contributed(ALT % f"Number {numbers}")[1]


def test_the_status_page_is_a_secret(office: Office, status_page: str) -> None:
    for headers in (HTML, {"Accept": "application/json"}):
        response = office.client.get(status_page, headers=headers)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in response.headers["X-Robots-Tag"]
    page = office.page(status_page)
    assert_accessible(page)
    key = status_page.rpartition("/")[2]
    assert all(key not in each for each in page.links)


def test_a_wrong_key_tells_nothing(office: Office, status_page: str) -> None:
    for key in (status_page.rpartition("/")[2][:-1] + "~", "1", "x" * 5_000, "%00", "..%2f..%2freview"):
        response = office.client.get(f"/contributions/{key}")
        assert response.status_code == 404, key
        assert response.headers["Content-Type"] == "application/problem+json"
    program = office.app.test_client()
    for action in ("withdraw", "comment"):
        assert program.post(f"/contributions/unknown/{action}", data={"text": "x"}).status_code == 404
        assert program.get(f"/contributions/unknown/{action}").status_code == 405


def test_the_contributor_answers_and_withdraws(office: Office, status_page: str) -> None:
    browser = office.app.test_client()
    page = office.page(status_page, browser)
    response = office.press(page, browser, f"{status_page}/comment", text="One\r\ntwo <b>three</b>")
    assert response.status_code == 303
    page = office.page(status_page, browser)
    assert "two <b>three</b>" in page.text
    assert "<b>three" not in page.source
    response = office.press(page, browser, f"{status_page}/withdraw")
    assert response.status_code == 303
    page = office.page(status_page, browser)
    assert "Withdrawn by you" in page.text
    assert not [each for each in page.forms if each["action"].startswith(status_page)]


def test_a_message_that_cannot_be_kept_comes_back(office: Office, status_page: str) -> None:
    browser = office.app.test_client()
    page = office.page(status_page, browser)
    response = office.press(page, browser, f"{status_page}/comment", text="x" * 2_001)
    assert response.status_code == 400
    assert Page(response).field("text") == "x" * 2_001


def test_a_program_answers_without_a_form(office: Office, status_page: str) -> None:
    program = office.app.test_client()
    response = program.post(f"{status_page}/comment", data={"text": "From a program."})
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["steps"][-1]["note"] == "From a program."
    response = program.post(f"{status_page}/withdraw")
    assert response.json is not None
    assert response.json["state"] == "withdrawn"
    assert_problem(program.post(f"{status_page}/withdraw"), 409, "withdrawn")


def test_another_sites_page_cannot_withdraw(office: Office, status_page: str) -> None:
    browser = office.app.test_client()
    office.page(status_page, browser)
    response = browser.post(f"{status_page}/withdraw", headers={**HTML, "Origin": "https://evil.example"})
    assert response.status_code == 403
    assert "Received" in office.page(status_page).text


def test_the_contributor_sees_neither_notes_nor_names_of_reviewers(office: Office) -> None:
    number, path = office.contributed(ALT % "Discussed")
    office.decide(number, "take")
    office.decide(number, "comment", note="Is there a source?")
    office.decide(number, "comment", note="I doubt it.", private="yes")
    page = office.page(path)
    assert "In review" in page.text
    assert "Is there a source?" in page.text
    assert "I doubt it." not in page.source
    assert "Rita" not in page.source
    status = office.client.get(path).get_data(as_text=True)
    assert "I doubt it." not in status
    assert "Rita" not in status


def test_the_contributor_reads_what_became_of_it(office: Office) -> None:
    number, path = office.contributed(ALT % "Good")
    change = office.accepted(number, "Thank you!")
    page = office.page(path)
    assert "Accepted and published" in page.text
    assert "Thank you!" in page.text
    assert f"/changes/{change}" in page.links
    assert "/two" in page.links
    number, path = office.contributed(ALT % "Bad")
    office.decide(number, "reject", reason="Nobody says that.")
    page = office.page(path)
    assert "Not accepted" in page.text
    assert "Nobody says that." in page.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/contributions/6CfJIcwW071bnnlstCdIAda_8gW5uo2r", "/contributions/..."),
        ("/contributions/6CfJIcwW071bnnlstCdIAda_8gW5uo2r/withdraw", "/contributions/.../withdraw"),
        ("//contributions//6CfJIcwW071bnnlstCdIAda_8gW5uo2r", "//contributions//..."),
        ("/contributions/template.csv", "/contributions/template.csv"),
        ("/contributions", "/contributions"),
        ("/review/12", "/review/12"),
    ],
)
def test_keys_are_not_logged(path: str, expected: str) -> None:
    assert loggable(path) == expected


def test_nothing_that_is_shown_runs(tmp_path: Path) -> None:
    """Other vocabularies may have any text; and reasons, names and file names always may."""
    office = Office(tmp_path)
    evil = "</textarea></bdi><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(2)>"
    long = "x" * 400
    turtle = f':two skos:note {json.dumps(evil)}@en , {json.dumps(long)} , "مرحبا"@ar .'
    number, path = office.contributed(turtle, name=evil, reason=f"{evil} {long}", contact="a@example.org")
    browser = office.reviewer()
    pages: list[tuple[Any, FlaskClient | None]] = [
        (path, None), ("/review", browser), (f"/review/{number}", browser), (f"/review/{number}/preview", browser),
    ]  # fmt: skip
    for address, client in pages:
        page = office.page(address, client)
        assert "<script>alert" not in page.source, address
        assert "<img src=x" not in page.source, address
        assert "49" not in page.text, address
        assert "script-src 'self'" in page.response.headers["Content-Security-Policy"]
    change = office.accepted(number)
    for address in ("/changes", f"/changes/{change}", "/two"):
        page = office.page(address)
        assert "<script>alert" not in page.source, address
        assert "<img src=x" not in page.source, address
    office.close()


def test_what_is_published_already_changes_nothing(office: Office) -> None:
    said = parse((PREFIXES + ':one skos:prefLabel "One"@en .').encode(), RDF_FORMATS[0]).statements
    assert said[0] in office.statements()
    assert_problem(office.send(':one skos:prefLabel "One"@en .'), 400, "published already")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"&".join(b"f%d=x" % number for number in range(10_001)), "application/x-www-form-urlencoded"),
        (b"text=" + b"x" * 30_000_000, "application/x-www-form-urlencoded"),
        (
            b"".join(
                b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % number
                for number in range(10_001)
            )
            + b"--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
        (b'<> <http://example.org/p> "' + b"x" * 100_000_000 + b'" .', "text/turtle"),
        (b"reason=" + b"x" * 30_000, "application/x-www-form-urlencoded"),
        (b"reason=%FF%FE&text=x", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "text/turtle"),
        (b"[" * 100_000, "text/turtle"),
        (b"{" * 100_000, "application/ld+json"),
    ],
    ids=["fields", "form", "parts", "literal", "reason", "encoding", "bytes", "nesting", "json-nesting"],
)
def test_hostile_documents_are_refused_and_nothing_is_stored(
    office: Office, body: bytes, content_type: str
) -> None:
    before = waiting(office)
    response = office.app.test_client().post(
        "/contributions", data=body, headers={"Content-Type": content_type}
    )
    assert response.status_code in (400, 413), response.get_data(as_text=True)[:500]
    assert len(response.data) < 10_000
    assert waiting(office) == before

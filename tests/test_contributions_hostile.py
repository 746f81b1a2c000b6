"""What people send who mean harm: refused in words before it costs anything, shown as the text that it is."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from contributing import Site
from maintenance import BASE
from pathways_ld.contributions.stored import CONTRIBUTOR, REVIEWER
from pathways_ld.errors import BadRequest, InputError, PayloadTooLarge, TableError
from pathways_ld.forms import XLSX, spreadsheet
from pathways_ld.forms.grids import MAX_SHEETS, MAX_TAGS, read_grid
from pathways_ld.ledger import Accounts, Tokens
from pathways_ld.web import examined
from pathways_ld.web.spreadsheets import read_table
from problems import assert_problem
from reviewing import HTML, RIGHT, Office

ALT = ':two skos:altLabel "%s"@en .'
LIMIT = 2_000_000
MARKUP = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>--]]>"
"""What would run where a page forgot to escape it, in a text or in an attribute."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


# texts


@pytest.mark.parametrize("code", ["0000", "0001", "001B", "009F", "FFFE", "FFFF"])
def test_a_text_that_no_xml_can_hold_is_refused(office: Office, code: str) -> None:
    """A term with one such character could not be had as RDF/XML any more."""
    for said in (ALT, ':two <https://example.org/any> "%s" .'):
        problem = assert_problem(office.send(said % f"a\\u{code}b"), 422, "1 problem must be fixed")
        (result,) = [each for each in problem["report"]["results"] if each["severity"] == "must fix"]
        assert result["rule"] == "contribution-text"
        assert f"U+{code}" in result["message"]


def test_tabs_and_lines_are_fine(office: Office) -> None:
    added = office.send(':two <https://example.org/note> "tab\\tand line\\nare fine" .')
    assert added.status_code == 202


def test_a_language_tag_of_a_thousand_parts_ends_no_process(office: Office) -> None:
    tag = "en-" + "-".join(["aaaaaaaa"] * 2_000)
    problem = assert_problem(office.send(f':two skos:altLabel "x"@{tag} .'), 422)
    found = [each for each in problem["report"]["results"] if each["severity"] == "must fix"]
    assert [each["rule"] for each in found] == ["contribution-text"]
    validated = office.client.post(
        "/validate", data=f'<{BASE}two> <{BASE}p> "x"@{tag} .', headers={"Content-Type": "text/turtle"}
    )
    assert validated.status_code == 200
    assert "is not a registered language tag" in validated.get_data(as_text=True)


class _Scripts(HTMLParser):
    """Collects what would run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        ours = given.get("src", "").startswith("/static/") or given.get("type") == "application/ld+json"
        if (tag == "script" and not ours) or tag in ("iframe", "object", "embed"):
            self.found.append(tag)
        if tag == "img" and not given.get("src", "").startswith(("/", "data:image/")):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"{tag} {name}")
            safe = ("/", "#", "?", "http://", "https://", "mailto:")
            if name in ("href", "action", "src") and value and not value.startswith(safe):
                self.found.append(f"{tag} {name}={value}")


def scripts_in(client: FlaskClient, path: str) -> list[str]:
    response = client.get(path, headers=HTML)
    assert response.status_code == 200, (path, response.get_data(as_text=True)[:300])
    if "xml" in (response.mimetype or ""):
        root = ET.fromstring(response.data)
        return [each.tag for each in root.iter() if each.tag.endswith("script")]
    reader = _Scripts()
    reader.feed(response.get_data(as_text=True))
    reader.close()
    return reader.found


def test_markup_stays_text_wherever_it_is_shown(tmp_path: Path) -> None:
    office = Office(tmp_path)
    reviewer = office.reviewer()
    text = json.dumps(MARKUP)[1:-1]
    said = (
        f':two skos:altLabel "{text}"@en ; skos:note "{text}" ; <https://example.org/any> "{text}"@en,'
        f' "{text}"^^<https://example.org/type>, <https://example.org/?a=\'b&c=%22%3E> .'
        f' :three a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "{text}"@en ; skos:related :two .'
    )
    number, status = office.contributed(said, reason=MARKUP, name=MARKUP, named="yes")
    answered = office.client.post(f"{status}/comment", data={"text": MARKUP})
    assert answered.status_code == 200
    before = [
        status, "/review", f"/review/{number}", f"/review/{number}/preview?term={BASE}two",
        f"/review/{number}/preview?term={BASE}three", "/review/contributions.atom",
    ]  # fmt: skip
    change = office.accepted(number, note=MARKUP)
    after = [
        status, f"/review/{number}", f"/review/changes/{change}", "/changes", f"/changes/{change}",
        "/changes.atom", "/two", "/three", "/two/changes.atom", "/two/edit", f"/change/{change}", "/",
        "/search?q=alert", "/two/map", "/two/map.svg",
    ]  # fmt: skip
    try:
        for path in (*before, *after):
            assert scripts_in(reviewer, path) == [], path
    finally:
        office.close()


# how much


def test_too_many_statements_are_refused_before_anything_looks_at_them(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examined, "_inspected", lambda _: pytest.fail("the document was validated"))
    labels = ", ".join(f'"label {number}"@en' for number in range(9_000))
    assert_problem(office.send(f":two skos:altLabel {labels} ."), 413, "more than 2,000 statements")


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(
    sheet: str = "", *, styles: str = "", sheets: int = 1, name: str = "worksheets/sheet1.xml"
) -> bytes:
    """Make a spreadsheet by hand, with its only sheet in a part of any name."""
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = '<sheet name="S" sheetId="1" r:id="r1"/>' * sheets
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="{name}"/>'
        f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        f"xl/{name}": sheet or a_sheet('<row><c t="inlineStr"><is><t>Identifier</t></is></c></row>'),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in parts.items():
            made.writestr(path, content)
    return stream.getvalue()


def a_sheet(rows: str, before: str = "") -> str:
    return f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def test_a_spreadsheet_made_by_hand_is_read() -> None:
    """Or the refusals below would be for another reason."""
    assert read_grid(workbook(), XLSX, LIMIT).rows[0].cells == ("Identifier",)


@pytest.mark.parametrize("name", ["worksheets/sheet1.bin", "sheet", "media/image1.png"])
def test_a_declaration_is_found_in_a_part_of_any_name(name: str) -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    row = '<row><c t="inlineStr"><is><t>&b;</t></is></c></row>'
    with pytest.raises(BadRequest, match="declares a document type"):
        read_grid(workbook(a_sheet(row, entities), name=name), XLSX, LIMIT)


@pytest.mark.parametrize(
    "packed",
    [
        workbook(a_sheet("<row>" + "<c/>" * MAX_TAGS + "</row>")),
        workbook(styles="<cellXfs>" + "<xf/>" * MAX_TAGS + "</cellXfs>"),
        workbook(sheets=MAX_SHEETS + 1),
    ],
    ids=["cells", "styles", "sheets"],
)
def test_a_small_archive_does_not_take_minutes_to_read(packed: bytes) -> None:
    """Each of these had a few thousand bytes, and ten times as much of it kept a thread for minutes."""
    assert len(packed) < 20_000
    with pytest.raises(PayloadTooLarge, match="holds too much"):
        read_grid(packed, XLSX, LIMIT)


@pytest.fixture(scope="module")
def site(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(own, tmp_path_factory.mktemp("tables"))
    yield made
    made.close()


def test_values_in_a_spreadsheet_are_bounded(site: Site) -> None:
    """Each is compared with the others of its row: some 150 kB of them took more than a minute."""

    def row(slug: str, values: int) -> str:
        return f'{slug},"{"|".join(f"label {number}" for number in range(values))}"\n'

    header = "Identifier,Alternative labels (en)\n"
    with site.terms():
        with pytest.raises(TableError, match="row 2: There are 501 values; at most 500"):
            read_table(f"{header}{row('new', 501)}".encode(), "text/csv", "topic")
        many = header + "".join(row(f"new-{number}", 500) for number in range(41))
        with pytest.raises(PayloadTooLarge, match=f"more than {spreadsheet.MAX_ALL_VALUES:,} values"):
            read_table(many.encode(), "text/csv", "topic")


def test_who_makes_up_where_they_come_from_is_counted_all_the_same(tmp_path: Path) -> None:
    office = Office(tmp_path, contributions_per_hour=2)
    try:
        for number in range(3):
            response = office.client.post(
                "/contributions?reason=Because.",
                data=f'<{BASE}two> <{BASE}p> "{number}" .',
                headers={
                    "Content-Type": "text/turtle",
                    "X-Forwarded-For": f"192.0.2.{number}",
                    "Forwarded": f"for=192.0.2.{number}",
                    "X-Real-IP": f"192.0.2.{number}",
                },
            )
            assert response.status_code == (429 if number == 2 else 202)
    finally:
        office.close()


# who


def test_a_contributor_is_never_told_who_decided(office: Office) -> None:
    """The name of an account may be an e-mail address."""
    office.reviewer("rita@example.org")
    token = office.issue("review", name="rita@example.org")
    for action, fields in (("reject", {"reason": "It is not so."}), ("accept", {})):
        number, status = office.contributed(ALT % f"Deux, {action}")
        seen = {"seen": office.review(number)["seen"]} if action == "accept" else {}
        assert office.decide(number, action, token, **fields, **seen).status_code == 200
        refused = office.client.post(f"{status}/withdraw")
        assert_problem(refused, 409, f"already {action}ed by a reviewer")
        pages = [refused, office.client.get(status), office.client.get(status, headers=HTML)]
        pages.append(office.client.post(f"{status}/comment", data={"text": "Why?"}))
        assert not any("rita" in each.get_data(as_text=True) for each in pages)


@pytest.mark.parametrize("name", [CONTRIBUTOR, REVIEWER, CONTRIBUTOR.title()])
def test_nobody_is_called_what_those_without_a_name_are(tmp_path: Path, name: str) -> None:
    """Where two have to agree, what such an account made would not have counted as its own."""
    with pytest.raises(InputError, match="choose another name"):
        Accounts(tmp_path).add(name, RIGHT)
    with pytest.raises(InputError, match="choose another name"):
        Tokens(tmp_path).issue(name, ["review"])


def test_an_address_in_the_name_is_not_published(office: Office) -> None:
    said = {"name": "Ann, ann@example.org", "reason": "Because it is so."}
    problem = assert_problem(office.send(ALT % "Due", **said, named="yes"), 400, "e-mail address in the name")
    assert "name" in problem["fields"]
    assert office.send(ALT % "Due", **said).status_code == 202  # for the reviewers, it may stand there


def test_no_answer_that_tells_a_key_is_kept(office: Office) -> None:
    _, status = office.contributed(ALT % "Kept by nobody")
    doubled = status.replace("/contributions/", "/contributions//")
    for method, path in (("PUT", status), ("POST", status), ("GET", f"{status}/x"), ("GET", doubled)):
        for headers in ({}, HTML):
            response = office.client.open(path, method=method, headers=headers)
            assert response.status_code in (404, 405)
            assert response.headers["Cache-Control"] == "no-store", (method, path)
            assert response.headers["Referrer-Policy"] == "no-referrer", (method, path)

"""Spreadsheets: templates from the shapes, and what comes back, from whatever program wrote it."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import openpyxl
import pytest

from conftest import Vocabulary
from contributing import NS, OURS, TOPIC, Site
from pathways_ld.errors import BadRequest, PathwaysError, PayloadTooLarge, TableError, UnsupportedMediaType
from pathways_ld.forms import CSV, XLSX, TableDraft, fill, template_csv, template_xlsx
from pathways_ld.forms.columns import join_cell, letters, split_cell
from pathways_ld.forms.grids import read_grid
from pathways_ld.namespaces import DCT, FOAF, RDF, SKOS, SKOSXL
from pathways_ld.rdfio import Statement, iri
from pathways_ld.web.edit_terms import PublishedTerms
from pathways_ld.web.spreadsheets import read_table
from problems import assert_problem

KINDS = ("topic", "organization", "initiative", "source")
LIMIT = 2_000_000

Read = Callable[..., TableDraft]


@pytest.fixture(scope="module")
def site(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(own, tmp_path_factory.mktemp("tables"))
    yield made
    made.close()


@pytest.fixture
def read(site: Site) -> Iterator[Read]:
    def reading(content: bytes, media_type: str = CSV, kind: str = "topic") -> TableDraft:
        return read_table(content, media_type, kind)

    with site.terms():
        yield reading


def template(site: Site, kind: str, suffix: str) -> bytes:
    response = site.client.get(f"/contributions/template.{suffix}?kind={kind}")
    assert response.status_code == 200
    content: bytes = response.data
    return content


def header(site: Site, kind: str = "topic") -> list[str]:
    text = template(site, kind, "csv").decode("utf-8-sig")
    return next(csv.reader(io.StringIO(text)))


def as_csv(rows: list[dict[str, str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, names, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


TOPIC_ROW = {
    "Preferred label (en)": "Stackable badges",
    "Definition (en)": "Badges that add up.",
    "Broader topics": "Apprenticeship",
    "Basis of the broader topics": "Follows from the name",
    "Sources": "https://example.org/badges",
    "Status of the record": "Candidate",
    "Basis": "TitleOnly",
}


def problems(error: PathwaysError) -> list[str]:
    assert isinstance(error, TableError)
    return [each.message for each in error.problems]


# templates


@pytest.mark.parametrize("kind", KINDS)
def test_the_template_has_the_fields_of_the_form(site: Site, kind: str) -> None:
    names = header(site, kind)
    assert names[0] == "Identifier"
    assert len(names) == len(set(names)) > 5
    book = openpyxl.load_workbook(io.BytesIO(template(site, kind, "xlsx")))
    assert [cell.value for cell in book.worksheets[0][1]] == names
    assert book.sheetnames[1] == "How to fill in"
    help_text = "\n".join(
        str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row if cell.value
    )
    assert all(name in help_text for name in names)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_template_that_comes_back_untouched_has_nothing_to_read(
    site: Site, read: Read, kind: str, suffix: str
) -> None:
    media_type = CSV if suffix == "csv" else XLSX
    with pytest.raises(BadRequest, match="left aside"):
        read(template(site, kind, suffix), media_type, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_right_once_they_are_none(site: Site, read: Read, kind: str) -> None:
    text = template(site, kind, "csv").decode("utf-8-sig")
    assert "EXAMPLE " in text
    draft = read(text.replace("EXAMPLE ", "").encode(), CSV, kind)
    assert draft.delta.removed == ()
    assert [each for each in draft.delta.added if not each.subject.startswith(f"<{OURS}{kind}/")] == []
    assert draft.delta.added == ()


def test_choices_are_lists_in_xlsx(site: Site) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(template(site, "organization", "xlsx"))).worksheets[0]
    lists = {
        str(rule.sqref).partition(":")[0][:-1]: rule.formula1
        for rule in sheet.data_validations.dataValidation
    }
    columns = {cell.value: letters(number) for number, cell in enumerate(sheet[1])}
    assert "Foundation" in lists[columns["Type"]]
    assert lists[columns["Status of the record"]] == '"Accepted,Candidate"'


def test_a_template_is_a_download_of_a_kind(site: Site) -> None:
    response = site.client.get("/contributions/template.xlsx?kind=topic")
    assert response.mimetype == XLSX
    assert response.headers["Content-Disposition"] == 'attachment; filename="topic-template.xlsx"'
    assert_problem(site.client.get("/contributions/template.csv"), 400, "say what the rows are: one of topic")
    assert_problem(
        site.client.get("/contributions/template.csv?kind=../x"), 400, "say what the rows are: one of topic"
    )


# what comes back


def test_a_new_term(read: Read) -> None:
    draft = read(as_csv([TOPIC_ROW]))
    about = f"{TOPIC}stackable-badges"
    assert draft.iris == (about,)
    said = {(each.predicate, each.object) for each in draft.delta.added if each.subject == iri(about)}
    assert said >= {
        (iri(RDF.type), iri(SKOS.Concept)),
        (iri(SKOS.prefLabel), '"Stackable badges"@en'),
        (iri(SKOS.broader), iri(f"{TOPIC}apprenticeship")),
        (iri(f"{NS}hierarchyBasis"), iri(f"{NS}InName")),
        (iri(f"{NS}basis"), iri(f"{NS}TitleOnly")),
        (iri(DCT.source), iri(f"{OURS}source/example-org-badges")),
    }
    assert (iri(SKOS.topConceptOf), iri(f"{OURS}ns")) not in said
    source = {
        each.predicate for each in draft.delta.added if each.subject == f"<{OURS}source/example-org-badges>"
    }
    assert iri(FOAF.page) in source


def test_a_row_about_what_is_there_adds_to_it(read: Read) -> None:
    for identifier in ("capstone", f"{TOPIC}capstone"):
        row = {
            "Identifier": identifier,
            "Alternative labels (en)": "Practicum | Final \\| project",
            "Alternative labels (es)": "Práctica",
            "Definition (en)": "Something else.",
        }
        draft = read(as_csv([row]))
        about = iri(f"{TOPIC}capstone")
        assert set(draft.delta.added) == {
            Statement(about, iri(SKOS.altLabel), '"Final | project"@en'),
            Statement(about, iri(SKOS.altLabel), '"Práctica"@es'),
            Statement(about, iri(SKOS.definition), '"Something else."@en'),
        }
        assert [each.predicate for each in draft.delta.removed] == [iri(SKOS.definition)]


def test_rows_may_refer_to_each_other(read: Read) -> None:
    second = {**TOPIC_ROW, "Preferred label (en)": "Small badges", "Broader topics": "Stackable badges"}
    draft = read(as_csv([second, TOPIC_ROW]))
    assert (
        Statement(iri(f"{TOPIC}small-badges"), iri(SKOS.broader), iri(f"{TOPIC}stackable-badges"))
        in draft.delta.added
    )


def test_values_of_parts_belong_together(read: Read) -> None:
    row = {
        "Identifier": "capstone",
        "Who calls it that: Label (en)": "One label | Another label",
        "Who calls it that: Source": "https://1edtech.org/program/tmc",
        "Corresponding terms elsewhere: How close": "Nearly the same | relatedMatch",
        "Corresponding terms elsewhere: Address of the other term": "https://example.com/a | https://example.com/b",
        "Corresponding terms elsewhere: Source": "https://1edtech.org/program/tmc",
    }
    added = read(as_csv([row])).delta.added
    assert {each.object for each in added if each.predicate == iri(SKOSXL.literalForm)} == {
        '"One label"@en',
        '"Another label"@en',
    }
    about = iri(f"{TOPIC}capstone")
    assert {(each.predicate, each.object) for each in added if each.subject == about and each.graph} == {
        (iri(SKOS.closeMatch), "<https://example.com/a>"),
        (iri(SKOS.relatedMatch), "<https://example.com/b>"),
    }
    assert len([each for each in added if each.predicate == iri(DCT.source)]) == 4


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_whatever_a_spreadsheet_program_saves(read: Read, separator: str, encoding: str) -> None:
    row = {
        **TOPIC_ROW,
        "Preferred label (en)": "Élan, ça; alors",
        "Definition (en)": 'He said "yes"\r\nand\tleft',
    }
    draft = read(as_csv([row], separator, encoding))
    values = {each.object for each in draft.delta.added}
    assert '"Élan, ça; alors"@en' in values
    assert '"He said \\"yes\\"\\nand\\tleft"@en' in values
    assert draft.iris == (f"{TOPIC}elan-ca-alors",)
    assert bool(draft.remarks) == (encoding == "cp1252")


def workbook(site: Site, rows: list[Mapping[str, Any]], kind: str = "topic") -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(template(site, kind, "xlsx")))
    sheet = book.worksheets[0]
    columns = {str(cell.value): number for number, cell in enumerate(sheet[1], start=1)}
    for place, row in enumerate(rows, start=5):
        for name, value in row.items():
            sheet.cell(place, columns[name]).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xlsx_says_the_same_as_csv(site: Site, read: Read) -> None:
    assert read(workbook(site, [TOPIC_ROW]), XLSX).delta == read(as_csv([TOPIC_ROW])).delta


def test_numbers_and_dates_are_what_people_see(site: Site, read: Read) -> None:
    row = {
        "Preferred label (en)": "A program",
        "First year": 2014,
        "Last year": 2016.0,
        "Sources": "https://1edtech.org/program/tmc",
        "Status of the record": "candidate",
        "Basis": "Title only",
    }
    draft = read(workbook(site, [row], "initiative"), XLSX, "initiative")
    values = {each.object.partition("^")[0] for each in draft.delta.added}
    assert {'"2014"', '"2016"'} <= values
    dated = {
        "Web address": "https://example.org/dated",
        "Date of issue": datetime.date(2024, 3, 31),
        "Status of the record": "Accepted",
    }
    draft = read(workbook(site, [dated], "source"), XLSX, "source")
    assert '"2024-03-31"^^<http://www.w3.org/2001/XMLSchema#date>' in {
        each.object for each in draft.delta.added
    }


def test_problems_name_their_cells(site: Site, read: Read) -> None:
    rows = [
        {**TOPIC_ROW, "Broader topics": "No such thing anywhere", "Basis": "Nonsense"},
        {**TOPIC_ROW, "Preferred label (en)": "Capstone"},
        {**TOPIC_ROW, "Preferred label (en)": "Without a source", "Sources": ""},
        {"Definition (en)": "No name", "Sources": "https://example.org/x"},
    ]
    with pytest.raises(TableError) as caught:
        read(as_csv(rows))
    told = problems(caught.value)
    assert any(each.startswith("A3") or '"Capstone" already' in each for each in told)
    with pytest.raises(TableError) as caught:
        read(as_csv([rows[0], rows[2]]))
    told = problems(caught.value)
    assert told[0].startswith('C2 (Broader topics): There is nothing called "No such thing anywhere" here.')
    assert told[1].startswith('G2 (Basis): "Nonsense" is not one of the choices. Choose one of ')
    assert told[2] == "E3 (Sources): This has to be filled in."
    position = caught.value.problems[0].position
    assert (position.line, position.column) == (2, 3)


def test_an_unknown_column_is_told_with_the_nearest(read: Read) -> None:
    with pytest.raises(TableError) as caught:
        read(as_csv([{"Identifier": "capstone", "Definitoin (en)": "x", "Basis": "TitleOnly"}]))
    assert problems(caught.value) == [
        'B1: There is no column "Definitoin (en)". Did you mean "Definition (en)"?'
    ]
    with pytest.raises(TableError, match="there twice"):
        read(b"Identifier,Basis,Basis\ncapstone,a,b\n")
    with pytest.raises(TableError, match="no header"):
        read(b"Identifier,,Basis\ncapstone,a,TitleOnly\n")


def test_two_rows_about_the_same_are_refused(read: Read) -> None:
    with pytest.raises(TableError, match="An earlier row is about"):
        read(as_csv([TOPIC_ROW, TOPIC_ROW]))
    with pytest.raises(TableError, match="There is no topic"):
        read(as_csv([{"Identifier": f"{OURS}organization/aacc", "Notes (en)": "x"}]))
    with pytest.raises(TableError, match="Write an identifier"):
        read(as_csv([{"Identifier": "../../etc/passwd", "Notes (en)": "x"}]))


def test_formulas_are_refused_and_texts_stay_texts(site: Site, read: Read) -> None:
    with pytest.raises(TableError, match="There is a formula in the cell"):
        read(
            workbook(site, [{**TOPIC_ROW, "Definition (en)": '=HYPERLINK("https://example.org/","x")'}]), XLSX
        )
    draft = read(as_csv([{"Identifier": "capstone", "Notes (en)": "=1+1"}]))
    assert draft.delta.added[0].object == '"=1+1"@en'


def test_no_text_of_ours_is_a_formula_in_the_template(site: Site) -> None:
    for kind in KINDS:
        book = openpyxl.load_workbook(io.BytesIO(template(site, kind, "xlsx")))
        assert not [
            cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
        ]
        rows = csv.reader(io.StringIO(template(site, kind, "csv").decode("utf-8-sig")))
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_a_text_that_looks_like_a_formula_is_none_in_the_template(site: Site) -> None:
    with site.terms():
        terms = PublishedTerms()
        form = terms.forms["topic"]
        example = fill(form, f"{TOPIC}capstone", terms)
        example.rows["preferred-label"][0].cell.text = '=HYPERLINK("https://example.org/")'
        book = openpyxl.load_workbook(io.BytesIO(template_xlsx(form, terms, [example])))
        cell = book.worksheets[0]["B2"]
        assert (cell.value, cell.data_type) == ('=HYPERLINK("https://example.org/")', "s")
        rows = list(csv.reader(io.StringIO(template_csv(form, terms, [example]).decode("utf-8-sig"))))
        assert rows[1][1].startswith("'=")


def test_values_of_a_cell() -> None:
    assert split_cell("a | b\\|c |") == ["a", "b|c", ""]
    assert split_cell(join_cell(["a|b", "c"])) == ["a|b", "c"]
    assert [letters(each) for each in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


# hostile files


def archive(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return stream.getvalue()


def test_an_archive_that_unpacks_to_gigabytes_is_not_unpacked() -> None:
    zeros = b"\0" * 20_000_000
    bomb = archive({f"xl/worksheets/sheet{number}.xml": zeros for number in range(4)})
    assert len(bomb) < 200_000
    with pytest.raises(PayloadTooLarge, match="bytes together"):
        read_grid(bomb, XLSX, LIMIT)
    with pytest.raises(PayloadTooLarge, match="parts"):
        read_grid(archive({f"x{number}": b"" for number in range(600)}), XLSX, LIMIT)


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<sst>&b;&f;</sst>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_xml_that_declares_entities_is_refused(site: Site, encoding: str) -> None:
    parts = {}
    with zipfile.ZipFile(io.BytesIO(workbook(site, [TOPIC_ROW]))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/sharedStrings.xml"] = LAUGHS.encode(encoding)
    with pytest.raises(BadRequest, match="declares a document type"):
        read_grid(archive(parts), XLSX, LIMIT)


def test_a_sheet_that_claims_a_million_rows(site: Site) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(site, [TOPIC_ROW]))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = (
        parts[name].replace(b'<row r="5"', b'<row r="1048570"').replace(b'r="A5"', b'r="XFD1048570"')
    )
    grid = read_grid(archive(parts), XLSX, LIMIT)
    assert len(grid.rows) < 10


@pytest.mark.parametrize(
    ("content", "media_type", "error"),
    [
        (b"PK\x03\x04nothing", XLSX, BadRequest),
        (b"", XLSX, BadRequest),
        (archive({"a.txt": b"x"}), XLSX, BadRequest),
        (archive({"[Content_Types].xml": b"<Types"}), XLSX, BadRequest),
        (b"\0\0\0", CSV, BadRequest),
        (b'a,"b', CSV, BadRequest),
        (b"\xff\xfea", CSV, BadRequest),
        (b"\x81\x8d", CSV, BadRequest),
        (b"x" * (LIMIT + 1), CSV, PayloadTooLarge),
        (b"a\n" * 1_100, CSV, PayloadTooLarge),
        (b"a," * 300 + b"b\n", CSV, PayloadTooLarge),
        (b'"' + b"x" * 20_001 + b'"\n', CSV, PayloadTooLarge),
        (b'"' + b"x" * 200_000 + b'"\n', CSV, BadRequest),
        (b"{}", "application/json", UnsupportedMediaType),
    ],
    ids=[
        "no-archive", "empty-xlsx", "no-workbook", "cut-short", "nul", "open-quote", "odd-utf-16", "no-letters",
        "bytes", "rows", "columns", "cell", "huge-cell", "json",
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused_with_words(
    content: bytes, media_type: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r".{20,}\.$"):
        read_grid(content, media_type, LIMIT)


def test_an_empty_file(read: Read) -> None:
    with pytest.raises(BadRequest, match="header row"):
        read(b"")
    with pytest.raises(BadRequest, match="no row to read"):
        read(b"Identifier,Basis\n")
    with pytest.raises(BadRequest, match="one of topic"):
        read(b"Identifier\n", CSV, "nothing")

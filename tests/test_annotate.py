"""``pathways-ld annotate``: columns beside a column, and every other byte as it was."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

import documented
from conftest import Vocabulary, build_vocabulary
from looked_up import BASE, WORK
from pathways_ld.cli import main
from pathways_ld.embedding.annotating import Wanted, annotate
from pathways_ld.embedding.plaintables import SEPARATORS, read_table
from pathways_ld.errors import InputError, PayloadTooLarge
from pathways_ld.vocabulary import Languages, Reader
from servers import running

TABLE = (
    'id,subject,note\r\n1,Earn and learn,"a ""quoted"", text"\r\n2,Placement,=1+1\r\n\r\n'
    '3, regstered aprenticeship ,"two\r\nlines"\r\n4,,\r\n5,Indenture\r\n6,Earn and learn,last'
)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("work")
    (folder / "work.ttl").write_text(WORK, encoding="utf-8")
    return build_vocabulary(folder / "var", [folder / "work.ttl"], canonical_base=BASE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "courses.csv"
    path.write_bytes(TABLE.encode())
    return path


def run(work: Vocabulary, *arguments: object, sent: bytes | None = None) -> Result:
    return CliRunner().invoke(
        main, ["annotate", *map(str, arguments), "--snapshot", str(work.folder)], input=sent
    )


def rows(content: bytes, **dialect: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), **dialect))


def test_columns_are_added_and_nothing_else_changes(work: Vocabulary, file: Path) -> None:
    result = run(work, file, "--column", "subject")
    assert result.exit_code == 1, result.stderr  # two values need a look
    assert file.read_bytes() == TABLE.encode()
    apprenticeship = f"{BASE}apprenticeship,Registered apprenticeship"
    assert (file.parent / "courses.annotated.csv").read_bytes().decode() == (
        "id,subject,note,subject_iri,subject_label,subject_status\r\n"
        f'1,Earn and learn,"a ""quoted"", text",{apprenticeship},found\r\n'
        "2,Placement,=1+1,,,ambiguous\r\n"
        "\r\n"
        '3, regstered aprenticeship ,"two\r\nlines",,,unknown\r\n'
        "4,,,,,\r\n"
        f"5,Indenture,,{apprenticeship},deprecated\r\n"
        f"6,Earn and learn,last,{apprenticeship},found"
    )


def test_what_needs_a_look_is_told_with_its_line(work: Vocabulary, file: Path) -> None:
    said = run(work, file, "--column", "subject").stderr
    assert "5 values: 2 found, 1 ambiguous, 1 unknown, 1 deprecated." in said
    assert (
        f'line 3: "Placement" is ambiguous: Placement <{BASE}guided>; Internship <{BASE}internship>' in said
    )
    assert (
        f'line 5: "regstered aprenticeship" is unknown: Registered apprenticeship <{BASE}apprenticeship>'
        in said
    )


def test_where_all_is_found_it_ends_with_0(work: Vocabulary, file: Path) -> None:
    file.write_text("s\nEarn and learn\nBond\n", encoding="utf-8")
    result = run(work, file, "--column", "s")
    assert result.exit_code == 0
    assert "2 values: 1 found, 1 deprecated." in result.stderr


def test_candidates_get_a_column_where_wanted(work: Vocabulary, file: Path) -> None:
    run(work, file, "--column", "subject", "--candidates", "--prefix", "term")
    found = rows((file.parent / "courses.annotated.csv").read_bytes())
    assert found[0][3:] == ["term_iri", "term_label", "term_status", "term_candidates"]
    assert found[2][6] == f"Placement <{BASE}guided> | Internship <{BASE}internship>"


def test_the_columns_are_described_for_csv_on_the_web(work: Vocabulary, file: Path) -> None:
    run(work, file, "--column", "subject", "-o", file.parent / "out.csv")
    about = json.loads((file.parent / "out.csv-metadata.json").read_text(encoding="utf-8"))
    assert about["@context"] == "http://www.w3.org/ns/csvw"
    assert about["url"] == "out.csv"
    assert about["dialect"] == {"delimiter": ",", "encoding": "utf-8", "header": True}
    columns = {each["titles"]: each for each in about["tableSchema"]["columns"]}
    assert list(columns) == ["id", "subject", "note", "subject_iri", "subject_label", "subject_status"]
    assert columns["subject_iri"]["valueUrl"] == "{+subject_iri}"
    assert columns["subject_iri"]["propertyUrl"] == "http://purl.org/dc/terms/subject"
    assert columns["subject_label"]["lang"] == "en"
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]*", each["name"]) for each in columns.values())


def test_languages_and_kinds_can_be_chosen(work: Vocabulary, file: Path) -> None:
    file.write_text("s\nInternship\nRegistered apprenticeship\n", encoding="utf-8")
    run(work, file, "--column", "1", "--kind", "organization")
    found = rows((file.parent / "courses.annotated.csv").read_bytes())
    assert [row[1:] for row in found[1:]] == [[f"{BASE}guild", "Internship", "found"], ["", "", "unknown"]]
    assert "organization" in run(work, file, "--column", "1", "--kind", "other").stderr
    run(work, file, "--column", "s", "--lang", "es")
    found = rows((file.parent / "courses.annotated.csv").read_bytes())
    assert found[2][2] == "Aprendizaje registrado"


def test_several_values_in_a_cell(work: Vocabulary, file: Path) -> None:
    file.write_text("s\nEarn and learn; Placement ;Bond\n", encoding="utf-8")
    run(work, file, "--column", "s", "--separator", ";", "--delimiter", ",", "--candidates")
    found = rows((file.parent / "courses.annotated.csv").read_bytes())
    assert found[1][1:4] == [
        f"{BASE}apprenticeship;;{BASE}apprenticeship",
        "Registered apprenticeship;;Registered apprenticeship",
        "found;ambiguous;deprecated",
    ]
    about = json.loads((file.parent / "courses.annotated.csv-metadata.json").read_text(encoding="utf-8"))
    assert about["tableSchema"]["columns"][1]["separator"] == ";"


def test_a_table_without_header(work: Vocabulary, file: Path) -> None:
    file.write_text("1,Bond\n", encoding="utf-8")
    result = run(work, file, "--column", "2", "--no-header")
    assert result.exit_code == 0
    assert rows((file.parent / "courses.annotated.csv").read_bytes()) == [
        ["1", "Bond", f"{BASE}apprenticeship", "Registered apprenticeship", "deprecated"]
    ]


def test_standard_input_and_output(work: Vocabulary) -> None:
    result = run(work, "-", "--column", "s", sent=b"s\nBond\n")
    assert result.exit_code == 0
    assert (
        result.stdout
        == f"s,s_iri,s_label,s_status\nBond,{BASE}apprenticeship,Registered apprenticeship,deprecated\n"
    )


# encodings and separators


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_byte_stays(work: Vocabulary, file: Path, separator: str, ending: str, encoding: str) -> None:
    text = ending.join(
        [separator.join(["ñ", "s", "x"]), separator.join(["é", "Bond", f'"{separator}{ending}"'])]
    )
    file.write_bytes(text.encode(encoding))
    result = run(work, file, "--column", "s")
    assert result.exit_code == 0, result.stderr
    added = (separator.join(("", "s_iri", "s_label", "s_status")), separator.join(("", f"{BASE}apprenticeship", "Registered apprenticeship", "deprecated")))  # fmt: skip
    head, _, rest = text.partition(ending)
    target = file.parent / "courses.annotated.csv"
    assert target.read_bytes() == f"{head}{added[0]}{ending}{rest}{added[1]}".encode(encoding)
    assert ("Windows-1252" in result.stderr) == (encoding == "cp1252")


def test_letters_that_an_encoding_lacks_are_said_and_nothing_is_written(work: Vocabulary, file: Path) -> None:
    file.write_bytes("s\nA\xf1o\n".encode("latin-1"))
    assert "ascii from byte 3" in run(work, file, "--column", "s", "--encoding", "ascii").stderr
    file.write_bytes(b"s\nyear\n")
    result = run(work, file, "--column", "s", "--encoding", "ascii")
    assert (result.exit_code, "--output-encoding utf-8" in result.stderr) == (2, True)
    assert not (file.parent / "courses.annotated.csv").exists()
    result = run(work, file, "--column", "s", "--encoding", "ascii", "--output-encoding", "utf-8")
    assert result.exit_code == 0
    assert "Año de prácticas,found" in (file.parent / "courses.annotated.csv").read_text(encoding="utf-8")


_TEXT = st.text(st.characters(exclude_characters="\0\ufeff", codec="utf-8"), max_size=8)


@given(
    st.lists(st.lists(_TEXT, min_size=2, max_size=2), min_size=1, max_size=8),
    st.sampled_from(SEPARATORS),
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]),
)
def test_a_table_taken_apart_is_whole_again(
    cells: list[list[str]], separator: str, written: tuple[str, Any]
) -> None:
    stream = io.StringIO(newline="")
    ending, quoting = written
    csv.writer(stream, delimiter=separator, lineterminator=ending, quoting=quoting).writerows(cells)
    table = read_table(stream.getvalue().encode(), separator=separator)
    assert "".join(each.text + each.ending for each in table.records) == stream.getvalue()
    assert [[*each.cells] for each in table.records] == cells
    assert table.records[0].line == 1


# spreadsheets of spreadsheet programs


def test_an_xlsx_file_becomes_csv(work: Vocabulary, tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["id", "subject"])
    book.active.append([1, "Bond"])
    book.active.append([2])
    book.save(tmp_path / "courses.xlsx")
    result = run(work, tmp_path / "courses.xlsx", "--column", "subject")
    assert result.exit_code == 0, result.stderr
    assert rows((tmp_path / "courses.annotated.csv").read_bytes()) == [
        ["id", "subject", "subject_iri", "subject_label", "subject_status"],
        ["1", "Bond", f"{BASE}apprenticeship", "Registered apprenticeship", "deprecated"],
        ["2", "", "", "", ""],
    ]


# mistakes


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"a,b\n1,2\n", ["--column", "c"], ['no column "c"', '"a", "b"', "1 to 2"]),
        (b"a,b\n1,2\n", ["--column", "3"], ['no column "3"']),
        (b"a,a\n1,2\n", ["--column", "a"], ["2 columns", "such as 1"]),
        (b"a,a_iri\n1,2\n", ["--column", "a"], ['"a_iri"', "--prefix"]),
        (b"a,b\n1,2,3\n", ["--column", "a"], ["Line 2", "3 cells", "2"]),
        (b'a,b\n1,"2\n', ["--column", "a"], ["Line 2", "double quotes"]),
        (b"", ["--column", "a"], ["empty"]),
        (b"a\0b\n", ["--column", "1"], ["NUL"]),
        (b"\x81\x8d\n", ["--column", "1"], ["byte 0", "encoding"]),
        (b"\xff\xfea\n\n", ["--column", "1"], ["UTF-16-LE"]),
        (b"a\n", ["--column", "1", "--encoding", "klingon"], ['"klingon"', "utf-8"]),
        (b"a\n", ["--column", "1", "--delimiter", '"'], ["one character"]),
        (b"a\n", ["--column", "1", "--delimiter", "ab"], ["one character"]),
        (b"PK\x03\x04 no workbook", ["--column", "1"], ["XLSX"]),
    ],
)
def test_mistakes_are_said_and_nothing_is_written(
    work: Vocabulary, file: Path, content: bytes, arguments: list[str], words: list[str]
) -> None:
    file.write_bytes(content)
    result = run(work, file, *arguments)
    assert result.exit_code == 2, result.output
    assert all(word in result.stderr for word in words), result.stderr
    assert [each.name for each in file.parent.iterdir()] == ["courses.csv"]


def test_files_that_cannot_be_read_or_written(work: Vocabulary, file: Path) -> None:
    assert run(work, file.parent / "none.csv", "--column", "a").exit_code == 2
    same = run(work, file, "--column", "subject", "-o", file)
    assert (same.exit_code, "the file that is read" in same.stderr) == (2, True)
    assert file.read_bytes() == TABLE.encode()
    assert run(work, file, "--column", "subject", "-o", file.parent / "no" / "x.csv").exit_code == 2


def test_terminals_are_not_steered_by_data(work: Vocabulary, file: Path) -> None:
    file.write_text("s\n\x1b[2Jx\n", encoding="utf-8")
    assert "\x1b" not in run(work, file, "--column", "s").stderr


def test_tables_are_bounded() -> None:
    with pytest.raises(PayloadTooLarge, match="more than 2 rows"):
        read_table(b"a\nb\nc\n", most=2)
    with pytest.raises(PayloadTooLarge, match="1,001 cells"):
        read_table(b"," * 1_000)
    with pytest.raises(InputError, match="Line 1"):
        read_table(b'"' + b"x" * 200_000)


def test_records_know_their_lines() -> None:
    assert [each.line for each in read_table(TABLE.encode()).records] == [1, 2, 3, 4, 5, 7, 8, 9]


def test_columns_are_found_by_name_before_number(work: Vocabulary) -> None:
    reader = Reader(work.folder)
    table = read_table(b"2,1\nBond,x\n")
    for column, expected in (("2", 0), ("1", 1)):
        assert annotate(reader, table, Wanted(column), Languages()).column == expected
    assert annotate(reader, read_table(b"Subject\nx\n"), Wanted("subject"), Languages()).column == 0
    reader.close()


@pytest.mark.server
def test_documented(own: Vocabulary, tmp_path: Path) -> None:
    with running("--snapshot", str(own.folder)) as (address, _):
        documented.check(
            "docs/spreadsheets.md", address, tmp_path, PATHWAYS_LD_STATE_DIR=str(own.settings.state_dir)
        )

"""Spreadsheets become the source files: every fault is named, nothing half-done is written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pathways_ld import rdfio
from pathways_ld.errors import RowProblem, SettingsError, StorageError, TableError
from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import Statement
from pathways_ld.tables import FileChange, ImportReport, import_tables, reading

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared")) / "domain"
DESCRIPTION = ROOT / "ontology" / "tables.toml"
BASE = "https://example.org/v/"

TOPICS = "slug,preferred_label,source_url,evidence"
RELATED = "slug,preferred_label,related_slugs,source_url,evidence"
BROADER = "slug,preferred_label,broader_slug,broader_basis,related_slugs,source_url,evidence"
INITIATIVES = "slug,name,start_year,end_year,homepage,source_url,evidence"
LINKS = "subject_slug,predicate,target_uri,source_url,note"
END = "https://example.org/page,page-excerpt"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared folder at {SHARED}")


def run(tmp_path: Path, tables: dict[str, str | bytes], target: str = "data") -> ImportReport:
    folder = tmp_path / "tables"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in tables.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_tables(folder, DESCRIPTION, tmp_path / target, space=IriSpace(BASE))


def problems(tmp_path: Path, tables: dict[str, str | bytes]) -> tuple[RowProblem, ...]:
    before = snapshot(tmp_path / "data")
    with pytest.raises(TableError) as caught:
        run(tmp_path, tables)
    assert snapshot(tmp_path / "data") == before
    return caught.value.problems


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def lines(*rows: str) -> str:
    return "\r\n".join(rows) + "\r\n"


def statements(tmp_path: Path, name: str = "topics.ttl") -> set[tuple[str, str, str]]:
    """The statements of a target file with IRIs cut down to what matters here."""

    def short(term: str) -> str:
        return term.replace(f"<{BASE}", "<").strip("<>") if term.startswith("<") else term

    parsed = rdfio.parse(tmp_path / "data" / name)
    return {
        (short(s.subject), short(s.predicate).rpartition("#")[2], short(s.object)) for s in parsed.statements
    }


ONE_PROBLEM: dict[str, tuple[str, str | bytes, int, str, str]] = {
    "empty file": ("topics.csv", "", 1, "", "empty"),
    "missing column": ("topics.csv", "slug,preferred_label,evidence", 1, "source_url", "missing"),
    "unknown column": ("topics.csv", f"{TOPICS},Definitions", 1, "Definitions", '"definition"?'),
    "column twice": ("topics.csv", f"{TOPICS},slug", 1, "slug", "twice"),
    "semicolons": ("topics.csv", "slug;preferred_label\na;A", 1, "", "commas"),
    "bad slug": ("topics.csv", lines(TOPICS, f"Not A Slug,A,{END}"), 2, "slug", '"not-a-slug"'),
    "double hyphen": ("topics.csv", lines(TOPICS, f"a--b,A,{END}"), 2, "slug", '"a-b"'),
    "slug twice": ("topics.csv", lines(TOPICS, f"a,A,{END}", f"a,B,{END}"), 3, "slug", "topics.csv, line 2"),
    "empty cell": ("topics.csv", lines(TOPICS, f"a,,{END}"), 2, "preferred_label", "empty"),
    "outer space": ("topics.csv", lines(TOPICS, f"a, A,{END}"), 2, "preferred_label", "begins or ends"),
    "two spaces": ("topics.csv", lines(TOPICS, f"a,A  b,{END}"), 2, "preferred_label", "two spaces"),
    "control": ("topics.csv", lines(TOPICS, f"a,A\x07,{END}"), 2, "preferred_label", "U+0007"),
    "invisible": ("topics.csv", lines(TOPICS, f"a,A\u200b,{END}"), 2, "preferred_label", "U+200B"),
    "line break": ("topics.csv", lines(TOPICS, f'a,"A\nB",{END}'), 2, "preferred_label", "line break"),
    "too many cells": ("topics.csv", lines(TOPICS, f"a,A,{END},more"), 2, "", "5 cells, the header 4"),
    "open quote": ("topics.csv", lines(TOPICS, f"a,A,{END}", f'b,"B,{END}'), 3, "", "quotes"),
    "script": ("topics.csv", lines(TOPICS, "a,A,javascript:x,title-only"), 2, "source_url", "web address"),
    "IRI with space": (
        "topics.csv",
        lines(TOPICS, "a,A,https://x y/,title-only"),
        2,
        "source_url",
        "web address",
    ),
    "other scheme": (
        "topics.csv",
        lines(TOPICS, "a,A,ftp://b.org/,title-only"),
        2,
        "source_url",
        "web address",
    ),
    "bad host": ("topics.csv", lines(TOPICS, "a,A,http://[x/,title-only"), 2, "source_url", "web address"),
    "choice": ("topics.csv", lines(TOPICS, "a,A,https://x.org/,title only"), 2, "evidence", '"title-only"?'),
    "unknown": ("topics.csv", lines(RELATED, f"welding,A,weldin,{END}"), 2, "related_slugs", '"welding"?'),
    "itself": ("topics.csv", lines(RELATED, f"a,A,a,{END}"), 2, "related_slugs", "itself"),
    "bar": ("topics.csv", lines(RELATED, f"a,A,b|,{END}", f"b,B,,{END}"), 2, "related_slugs", "empty value"),
    "no basis": ("topics.csv", lines(BROADER, f"a,A,b,,,{END}", f"b,B,,,,{END}"), 2, "broader_basis", "both"),
    "only basis": ("topics.csv", lines(BROADER, f"a,A,,name,,{END}"), 2, "broader_slug", "both"),
    "related to an ancestor": (
        "topics.csv",
        lines(BROADER, f"a,A,b,name,,{END}", f"b,B,c,name,,{END}", f"c,C,,,a,{END}"),
        4,
        "related_slugs",
        "a → b → c",
    ),
    "year": ("initiatives.csv", lines(INITIATIVES, f"a,A,20l4,,,{END}"), 2, "start_year", "four digits"),
    "years swapped": (
        "initiatives.csv",
        lines(INITIATIVES, f"a,A,2014,2012,,{END}"),
        2,
        "end_year",
        "before",
    ),
    "homepage": ("initiatives.csv", lines(INITIATIVES, f"a,A,,,b.org,{END}"), 2, "homepage", "web address"),
    "date": ("sources.csv", "url,issued\nhttps://a.org/,2014-13\n", 2, "issued", "2014-06"),
    "row twice": ("sources.csv", "url\nhttps://a.org/\nhttps://a.org/\n", 3, "url", "line 2"),
    "Latin-1": ("topics.csv", lines(TOPICS, f"a,Caf\xe9,{END}").encode("latin-1"), 2, "", "UTF-8"),
    "UTF-16": ("topics.csv", lines(TOPICS).encode("utf-16"), 1, "", "UTF-8"),
    "unknown table": ("topic.csv", TOPICS, 1, "", '"topics.csv"?'),
}


@pytest.mark.parametrize("case", ONE_PROBLEM.values(), ids=ONE_PROBLEM)
def test_a_fault_is_named_with_its_line_and_column(
    tmp_path: Path, case: tuple[str, str | bytes, int, str, str]
) -> None:
    name, content, line, column, words = case
    (problem,) = problems(tmp_path, {name: content})
    assert (problem.position.file, problem.position.line, problem.column_name) == (name, line, column)
    assert words in problem.message
    assert problem.message.endswith((".", "?"))


def test_every_fault_of_every_table_is_reported_in_order(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        {
            "initiatives.csv": lines(INITIATIVES, f"a,A,nineteen,,nowhere,{END}"),
            "topics.csv": lines(RELATED, f"A,,,{END}", f"b,B,b,{END}", "c,C,,,unread"),
        },
    )
    places = [(each.position.file, each.position.line, each.position.column) for each in found]
    assert places == [
        ("topics.csv", 2, 1),
        ("topics.csv", 2, 2),
        ("topics.csv", 3, 3),
        ("topics.csv", 4, 4),
        ("topics.csv", 4, 5),
        ("initiatives.csv", 2, 3),
        ("initiatives.csv", 2, 5),
    ]


def test_lines_are_counted_as_a_text_editor_counts_them(tmp_path: Path) -> None:
    table = "slug,preferred_label,definition,source_url,evidence\n"
    table += f'a,A,"one\ntwo\nthree",{END}\n\n,,,,\nB,B,,{END}\n'
    (problem,) = problems(tmp_path, {"topics.csv": table})
    assert (problem.position.line, problem.column_name) == (7, "slug")


def test_a_slug_is_used_once_over_all_tables(tmp_path: Path) -> None:
    (problem,) = problems(
        tmp_path,
        {"topics.csv": lines(TOPICS, f"a,A,{END}"), "initiatives.csv": lines(INITIATIVES, f"a,A,,,,{END}")},
    )
    assert (problem.position.file, problem.column_name) == ("initiatives.csv", "slug")
    run(tmp_path, {"topics.csv": lines(TOPICS, f"a,A,{END}")})
    (problem,) = problems(tmp_path, {"initiatives.csv": lines(INITIATIVES, f"a,A,,,,{END}")})
    assert "already one of the topics" in problem.message


def test_a_reference_to_another_kind_of_term_says_so(tmp_path: Path) -> None:
    tables: dict[str, str | bytes] = {
        "topics.csv": lines(RELATED, f"a,A,b,{END}"),
        "initiatives.csv": lines(INITIATIVES, f"b,B,,,,{END}"),
    }
    (problem,) = problems(tmp_path, tables)
    assert problem.message == '"b" is one of the initiatives; expected one of the topics.'


def test_a_loop_of_broader_topics_is_shown(tmp_path: Path) -> None:
    found = problems(tmp_path, {"topics.csv": lines(BROADER, f"a,A,b,name,,{END}", f"b,B,a,name,,{END}")})
    assert "a → b → a" in found[0].message
    assert {(each.position.line, each.column_name) for each in found} == {
        (2, "broader_slug"),
        (3, "broader_slug"),
    }


def test_a_new_broader_topic_may_not_clash_with_what_is_published(tmp_path: Path) -> None:
    run(tmp_path, {"topics.csv": lines(BROADER, f"a,A,,,b,{END}", f"b,B,,,,{END}")})
    table = lines("slug,preferred_label,broader_slug,broader_basis,source_url,evidence", f"b,B,a,name,{END}")
    (problem,) = problems(tmp_path, {"topics.csv": table})
    assert problem.column_name == "broader_slug"
    assert "cannot be related" in problem.message


def test_a_table_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 100)
    (problem,) = problems(tmp_path, {"topics.csv": lines(TOPICS, *[f"a{n},A,{END}" for n in range(9)])})
    assert "larger than 100 bytes" in problem.message


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, {})
    assert "topics.csv" in problem.message


def test_a_byte_order_mark_and_any_line_ending_are_accepted(tmp_path: Path) -> None:
    run(tmp_path, {"topics.csv": b"\xef\xbb\xbf" + lines(TOPICS, f'"a","A, ""x""",{END}').encode()})
    assert ("topic/a", "prefLabel", '"A, \\"x\\""@en') in statements(tmp_path)
    assert run(tmp_path, {"topics.csv": f'{TOPICS}\na,"A, ""x""",{END}'}).changes == {}


def test_a_topic_becomes_a_concept_with_its_source(tmp_path: Path) -> None:
    report = run(tmp_path, {"topics.csv": lines(TOPICS, "a,A,https://www.b.org/c/?d=e,mirror-copy")})
    assert report.rows == {"topics.csv": 1}
    assert report.changes == {"topics.ttl": FileChange(9, 0), "sources.ttl": FileChange(6, 0)}
    assert statements(tmp_path) == {
        ("topic/a", "type", "http://www.w3.org/2004/02/skos/core#Concept"),
        ("topic/a", "type", "https://schema.org/DefinedTerm"),
        ("topic/a", "prefLabel", '"A"@en'),
        ("topic/a", "inScheme", "ns"),
        ("topic/a", "topConceptOf", "ns"),
        ("topic/a", "isDefinedBy", "ns"),
        ("topic/a", "http://purl.org/dc/terms/source", "source/b-org-c-d-e"),
        ("topic/a", "status", "ns#Candidate"),
        ("topic/a", "basis", "ns#MirrorCopy"),
    }
    source = statements(tmp_path, "sources.ttl")
    assert ("source/b-org-c-d-e", "http://xmlns.com/foaf/0.1/page", "https://www.b.org/c/?d=e") in source
    assert ("source/b-org-c-d-e", "label", '"www.b.org/c/?d=e"') in source


def test_sources_with_the_same_slug_are_told_apart_and_keep_their_iris(tmp_path: Path) -> None:
    long = "https://example.org/" + "x" * 90
    rows = ["https://a.org/b", "https://www.a.org/b/", long]
    run(tmp_path, {"sources.csv": "url\n" + "\n".join(rows)})
    iris = {subject for subject, *_ in statements(tmp_path, "sources.ttl")}
    assert len(iris) == 3
    assert {len(each) for each in iris} == {len("source/a-org-b"), len("source/a-org-b-12345678"), 7 + 80 + 9}
    assert run(tmp_path, {"sources.csv": "url\n" + "\n".join(reversed(rows))}).changes == {}


def test_a_row_replaces_what_its_columns_say_and_nothing_else(tmp_path: Path) -> None:
    header = "slug,preferred_label,definition,alternative_labels,source_url,evidence"
    run(tmp_path, {"topics.csv": lines(header, f"a,A,Old.,One|Two,{END}", f"b,B,Kept.,,{END}")})
    path = tmp_path / "data" / "topics.ttl"
    note = f"<{BASE}topic/a> z:scopeNote 'By hand.'@en .\n"
    path.write_text(path.read_text().replace("skos:", "z:") + note)
    report = run(tmp_path, {"topics.csv": lines(header, f"a,A,New.,Two,{END}")})
    assert report.changes == {"topics.ttl": FileChange(1, 2)}
    found = statements(tmp_path)
    assert {(p, o) for s, p, o in found if s == "topic/a" and o.startswith('"')} == {
        ("prefLabel", '"A"@en'),
        ("definition", '"New."@en'),
        ("altLabel", '"Two"@en'),
        ("scopeNote", '"By hand."@en'),
    }
    assert ("topic/b", "definition", '"Kept."@en') in found
    assert 'z:scopeNote "By hand."@en' in path.read_text(), "the file keeps its own prefixes"
    assert "skos:" not in path.read_text()
    run(tmp_path, {"topics.csv": lines(TOPICS, f"a,A,{END}")})
    assert ("topic/a", "definition", '"New."@en') in statements(tmp_path), "a column left out changes nothing"


def test_a_topic_is_a_top_concept_until_it_gets_a_broader_one(tmp_path: Path) -> None:
    run(tmp_path, {"topics.csv": lines(TOPICS, f"a,A,{END}", f"b,B,{END}")})
    run(tmp_path, {"topics.csv": lines(BROADER, f"a,A,b,https://c.org/,,{END}")})
    about = {(p, o) for s, p, o in statements(tmp_path) if s == "topic/a"}
    assert {
        ("broader", "topic/b"),
        ("hierarchyBasis", "ns#Stated"),
        ("hierarchySource", "source/c-org"),
    } <= about
    assert ("topConceptOf", "ns") not in about
    run(tmp_path, {"topics.csv": lines(BROADER, f"a,A,b,name,,{END}")})
    about = {(p, o) for s, p, o in statements(tmp_path) if s == "topic/a"}
    assert {o for p, o in about if p.startswith("hierarchy")} == {"ns#InName"}


def test_related_is_stated_both_ways_until_neither_row_names_it(tmp_path: Path) -> None:
    def related() -> set[tuple[str, str]]:
        return {(s[-1], o[-1]) for s, p, o in statements(tmp_path) if p == "related"}

    run(tmp_path, {"topics.csv": lines(RELATED, f"a,A,b|c,{END}", f"b,B,a,{END}", f"c,C,,{END}")})
    assert related() == {("a", "b"), ("b", "a"), ("a", "c"), ("c", "a")}
    run(tmp_path, {"topics.csv": lines(RELATED, f"a,A,,{END}")})
    assert related() == {("a", "b"), ("b", "a"), ("a", "c"), ("c", "a")}, "the other rows were not there"
    run(tmp_path, {"topics.csv": lines(RELATED, f"a,A,,{END}", f"b,B,a,{END}", f"c,C,,{END}")})
    assert related() == {("a", "b"), ("b", "a")}


def test_a_link_is_stated_with_a_record_of_its_source(tmp_path: Path) -> None:
    target = "https://purl.org/ctdl/terms/Pathway"
    row = f"a,closeMatch,{target},https://b.org/,A note."
    run(tmp_path, {"topics.csv": lines(TOPICS, f"a,A,{END}"), "links.csv": lines(LINKS, row)})
    found = statements(tmp_path, "mappings.ttl")
    assert ("topic/a", "closeMatch", target) in found
    (node,) = {s for s, *_ in found if "#" in s}
    match = "http://www.w3.org/2004/02/skos/core#closeMatch"
    assert node == "topic/a#mapping-" + hashlib.sha256(f"{match} {target}".encode()).hexdigest()[:8]
    assert {(p, o) for s, p, o in found if s == node} == {
        ("type", "http://www.w3.org/1999/02/22-rdf-syntax-ns#Statement"),
        ("type", "ns#MappingStatement"),
        ("subject", "topic/a"),
        ("predicate", match),
        ("object", target),
        ("http://purl.org/dc/terms/source", "source/b-org"),
        ("note", '"A note."@en'),
    }
    for wrong, column, words in [
        (row.replace("https://purl", "http://purl"), "target_uri", f'Write "{target}"'),
        (row.replace("closeMatch", "exactMatch"), "predicate", "has no meaning here"),
        (row.replace("https://b.org/", ""), "source_url", "required"),
    ]:
        (problem,) = problems(tmp_path, {"links.csv": lines(LINKS, wrong)})
        assert problem.column_name == column
        assert words in problem.message


def test_a_label_statement_needs_the_label_and_may_have_several_sources(tmp_path: Path) -> None:
    header = "slug,preferred_label,alternative_labels,source_url,evidence"
    topics = lines(header, f"a,A,The other name,{END}")
    labels = "subject_slug,label,source_url\na,The other name,https://b.org/|https://c.org/\n"
    run(tmp_path, {"topics.csv": topics, "labels.csv": labels})
    found = statements(tmp_path, "labels.ttl")
    assert ("topic/a", "altLabel", "topic/a#label-the-other-name") in found
    assert {o for s, p, o in found if p.endswith("source")} == {"source/b-org", "source/c-org"}
    (problem,) = problems(tmp_path, {"labels.csv": labels.replace("other", "third")})
    assert (problem.position.line, problem.column_name) == (2, "label")


def test_an_abbreviation_that_repeats_the_name_and_a_guessed_type_are_left_out(tmp_path: Path) -> None:
    header = "slug,name,abbreviation,type,type_basis,type_suggested,source_url,evidence"
    rows = [f"a,ABC,ABC,not stated,,company,{END}", f"b,BCD Inc.,BCD,company,name,,{END}"]
    run(tmp_path, {"organizations.csv": lines(header, *rows)})
    found = {(s, p, o) for s, p, o in statements(tmp_path, "organizations.ttl")}
    assert {(s, o) for s, p, o in found if p == "altLabel"} == {("organization/b", '"BCD"@en')}
    assert {(s, o) for s, p, o in found if p.startswith("classification")} == {
        ("organization/b", "ns#Company"),
        ("organization/b", "ns#InName"),
    }
    (problem,) = problems(tmp_path, {"organizations.csv": lines(header, f"c,C,,company,,,{END}")})
    assert problem.column_name == "type_basis"


def test_dates_of_sources_keep_their_precision(tmp_path: Path) -> None:
    table = "url,title,issued,modified\nhttps://a.org/,T,2014-06,2024-03-31\nhttps://b.org/,,2014,\n"
    run(tmp_path, {"sources.csv": table})
    dates = {
        o.partition("#")[2].strip(">"): o[1:5] for _, _, o in statements(tmp_path, "sources.ttl") if "^^" in o
    }
    assert dates == {"gYearMonth": "2014", "date": "2024", "gYear": "2014"}


def test_if_the_disk_fails_in_the_middle_the_old_files_are_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, {"topics.csv": lines(TOPICS, f"a,A,{END}")})
    before = snapshot(tmp_path / "data")
    replace = Path.replace

    def fail_on_topics(self: Path, target: Path) -> Path:
        if Path(target).name == "topics.ttl":
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_on_topics)
    with pytest.raises(StorageError, match=r"topics\.ttl.*No space left"):
        run(tmp_path, {"topics.csv": lines(TOPICS, "a,B,https://new.org/,page-excerpt")})
    assert snapshot(tmp_path / "data") == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[tables", "not TOML"),
        ("", "not complete"),
        (DESCRIPTION.read_text().replace('"skos:prefLabel"', '"scos:prefLabel"', 1), "scos:prefLabel"),
        (DESCRIPTION.read_text().replace("separator =", "seperator =", 1), "seperator"),
        (DESCRIPTION.read_text().replace('"broader_basis"', '"broader"', 1), "broader"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "tables.toml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=words):
        import_tables(tmp_path, path, tmp_path / "data", space=IriSpace(BASE))
    with pytest.raises(SettingsError, match="cannot be read"):
        import_tables(tmp_path, tmp_path / "none.toml", tmp_path / "data", space=IriSpace(BASE))


@pytest.mark.shared
@needs_shared
def test_importing_the_given_tables_into_the_vocabulary_changes_nothing(tmp_path: Path) -> None:
    space = IriSpace("https://w3id.org/pathways-ld/")
    for path in (ROOT / "data").glob("*.ttl"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = snapshot(tmp_path)
    report = import_tables(SHARED, DESCRIPTION, tmp_path, space=space)
    assert report.rows == {
        "topics.csv": 116,
        "organizations.csv": 213,
        "initiatives.csv": 119,
        "links.csv": 54,
    }
    assert report.changes == {}
    assert snapshot(tmp_path) == before


@pytest.mark.shared
@needs_shared
def test_the_given_tables_alone_make_canonical_files_that_the_vocabulary_contains(tmp_path: Path) -> None:
    import_tables(SHARED, DESCRIPTION, tmp_path, space=IriSpace("https://w3id.org/pathways-ld/"))
    for path in tmp_path.iterdir():
        parsed = rdfio.parse(path)
        assert path.read_text(encoding="utf-8") == rdfio.write_turtle(parsed.statements, parsed.prefixes)
        published: set[Statement] = set(rdfio.parse(ROOT / "data" / path.name).statements)
        assert set(parsed.statements) <= published

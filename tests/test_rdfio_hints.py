"""What a mistake in a document is told as: what was seen, what to write instead, and the line as it should be."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from core_fixtures import E, refused
from pathways_ld.errors import ParseError
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TURTLE, Format
from pathways_ld.rdfio import parse, recognize

HEAD = f"@prefix e: <{E}> .\n"


def corrected(document: str, rdf_format: Format = TURTLE) -> str:
    """Apply the correction of the first mistake, and give the whole document."""
    error = refused(document, rdf_format)
    assert error.correction is not None, error
    lines = document.split("\n")
    assert lines[error.correction.line - 1] == error.correction.before
    lines[error.correction.line - 1] = error.correction.after
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('e:a skos:prefLabel "x" .', "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."),
        ('e:a e:p "x"\ne:b e:p "y" .', "add a dot at the end of line 2"),
        ('e:a e:p "x"  # a remark\ne:b e:p "y" .', "add a dot at the end of line 2"),
        ('e:a e:p "x"\n\n\n    e:q "y" .', "add a semicolon at the end of line 2"),
        ("e:a e:p \u201cx\u201d .", "typographic"),
        ("e:a e:p \u2018x\u2019 .", "typographic"),
        ("e:a e:p \u00abx\u00bb .", "typographic"),
        ('e:a e:p "x"@en_US .', "@en-US"),
        ('e:a e:p "x"^<http://example.org/t> .', "two carets"),
        ("e:a e:p True .", "true"),
        ("e:a e:p 2024-01-31 .", '"2024-01-31"^^xsd:date'),
        ('e:a e:p "C:\\work" .', "backslash"),
        ("<http://example.org/a b> e:p 1 .", "http://example.org/a%20b"),
        ("<www.example.org/a> e:p 1 .", "https://www.example.org/a"),
    ],
)
def test_a_usual_slip_is_told_with_the_line_as_it_should_be(document: str, said: str) -> None:
    assert said in refused(HEAD + document, TURTLE).reason
    assert parse(corrected(HEAD + document).encode(), TURTLE).statements


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        (f"@prefix f: <{E}>\n", "add a dot at the end of line 1"),
        (f"PREFIX f: <{E}> .\n", "have no dot"),
    ],
)
def test_slips_in_directives_are_corrected(directive: str, said: str) -> None:
    document = f"{directive}f:a f:p 1 ."
    assert said in refused(document, TURTLE).reason
    assert parse(corrected(document).encode(), TURTLE).statements


def test_a_comment_stays_where_a_dot_is_added_before_it() -> None:
    assert 'e:a e:p "x#y" .  # remark' in corrected(HEAD + 'e:a e:p "x#y"  # remark\ne:b e:p "y" .')


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (f"@prefix f {E} .", "ends with a colon"),
        (f"@prefix f: {E} .", "between angle brackets"),
        ('e:a e:p "never closed .', "not closed on its line"),
        ('e:a e:p "x" "y" .', "comma"),
        ("e:a e:p .", "value is missing"),
        ("e:a e:p Career .", "quotation marks"),
        ("e:a e:p [ e:q 1 .", "Close the bracket"),
        ("e:a e:p 1", "ends within a statement"),
        ("e:a/b e:p 1 .", "the whole IRI"),
        ("<a> e:p 1 .", "@base"),
        (f"<{E}g> {{ e:a e:p 1 }}", ".trig"),
        ("ee:a e:p 1 .", 'Did you mean "e:"?'),
        ("SELECT * WHERE { ?s ?p ?o }", "SPARQL"),
    ],
)
def test_other_slips_are_told_in_words(document: str, said: str) -> None:
    assert said in refused(HEAD + document, TURTLE).reason


DOCUMENTS: dict[str, tuple[str, Format]] = {
    "RDF/XML": ('<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://x"/>', RDFXML),
    "Turtle": (f"{HEAD}e:a e:p 1 .", TURTLE),
    "JSON-LD": ('{\n  "@id": "http://example.org/a"\n}', JSONLD),
}


@pytest.mark.parametrize("written", DOCUMENTS)
@pytest.mark.parametrize("read", RDF_FORMATS, ids=lambda each: each.name)
def test_a_document_in_another_format_than_its_name_says_is_recognised(written: str, read: Format) -> None:
    document, right = DOCUMENTS[written]
    assert recognize(document.encode()) is right
    if read is right or (written == "Turtle" and read.name == "trig"):
        return
    error = refused(document, read)
    assert f"This looks like {written}, but is read as {read.title}" in error.reason
    assert f".{right.suffix}" in error.reason


@pytest.mark.parametrize("rdf_format", RDF_FORMATS, ids=lambda each: each.name)
def test_a_saved_web_page_is_recognised(rdf_format: Format) -> None:
    page = "<!DOCTYPE html>\n<html><head><title>x</title></head><body><p>y</body></html>"
    assert "web page (HTML)" in refused(page, rdf_format).reason


def test_ntriples_is_told_apart_from_turtle() -> None:
    error = refused(f"<{E}a> <{E}p> 1 .", NTRIPLES)
    assert "has no prefixes, numbers or nesting" in error.reason
    assert "Turtle" in refused(f"{HEAD}e:a e:p 1 .", NQUADS).reason


def _zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../a.ttl", "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"<http://example.org/a> <http://example.org/p> 1 .", mtime=0), "gunzip"),
        (_zipped(), "ZIP archive"),
        (b"%PDF-1.7", "PDF"),
        (b"BZh91AY", "bzip2"),
        (b"\x89PNG\r\n", "picture"),
    ],
)
@pytest.mark.parametrize("rdf_format", RDF_FORMATS, ids=lambda each: each.name)
def test_what_is_no_text_is_named_for_what_it_is(content: bytes, said: str, rdf_format: Format) -> None:
    with pytest.raises(ParseError) as caught:
        parse(content, rdf_format)
    assert said in caught.value.reason


def test_latin_1_is_told_with_offset_line_column_and_the_letter_meant() -> None:
    content = f'{HEAD}e:a e:p "x" ;\n  e:q "caf\u00e9" .'.encode("latin-1")
    with pytest.raises(ParseError) as caught:
        parse(content, TURTLE)
    error = caught.value
    assert f"byte 0xE9 at offset {content.index(0xE9)}" in error.reason
    assert '"\u00e9"' in error.reason
    assert "iconv" in error.reason
    assert (error.position.line, error.position.column) == (3, 11)


def test_carriage_returns_do_no_harm() -> None:
    document = f"{HEAD}e:a e:p 1 ;\n  e:q 2 ;\n  e:r oops .\n".replace("\n", "\r\n")
    error = refused(document, TURTLE)
    assert error.position.line == 4
    assert error.position.source_line == "  e:r oops ."
    smart = f"{HEAD}e:a e:p \u201cx\u201d .".replace("\n", "\r\n")
    correction = refused(smart, TURTLE).correction
    assert correction is not None
    assert correction.after == 'e:a e:p "x" .'


@pytest.mark.parametrize(("rdf_format", "title"), [(JSONLD, "JSON-LD"), (RDFXML, "RDF/XML")])
def test_an_empty_document_of_a_format_that_needs_something_is_told(rdf_format: Format, title: str) -> None:
    assert refused(" \n", rdf_format).reason == f"the document is empty; expected {title}."


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("<skos:Concept/>", 'xmlns:skos="http://www.w3.org/2004/02/skos/core#"'),
        ("<e:C>x & y</e:C>", "&amp;"),
        ('<rdf:Description rdf:about="&nbsp;"/>', "&nbsp; is not declared"),
        ("<ee:C/>", 'Did you mean "e:"?'),
    ],
)
def test_slips_in_rdfxml_are_told(inner: str, said: str) -> None:
    head = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"\n xmlns:e="{E}">'
    error = refused(f"{head}\n{inner}</rdf:RDF>", RDFXML)
    assert said in error.reason
    assert error.position.line == 3


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('{"@id": "http://example.org/a",}', "Remove the comma"),
        ("{'a': 1}", "double quotation marks"),
        ("{\u201ca\u201d: 1}", "typographic"),
    ],
)
def test_slips_in_json_are_told(document: str, said: str) -> None:
    assert said in refused(document, JSONLD).reason


def test_a_long_line_is_not_corrected_but_still_told() -> None:
    error = refused(f'{HEAD}e:a e:p "{"x" * 5000}" ; e:q \u201cy\u201d .', TURTLE)
    assert error.correction is None


def test_a_flood_of_prefixes_is_refused_and_many_are_not() -> None:
    many = "".join(f"@prefix p{number}: <{E}{number}/> .\n" for number in range(3_000))
    assert len(parse(f"{many}p1:a p2:b 1 .".encode(), TURTLE).statements) == 1
    flood = "".join(f"@prefix p{number}: <{E}{number}/> .\n" for number in range(100_000))
    assert "declares 100,000 prefixes; at most 5,000" in refused(f"{flood}p1:a p2:b 1 .", TURTLE).reason
    spaces = " ".join(f'xmlns:p{number}="{E}{number}"' for number in range(6_000))
    assert "6,000 prefixes" in refused(f"<p1:RDF {spaces}/>", RDFXML).reason


def test_the_word_prefix_in_texts_is_no_declaration() -> None:
    document = "".join(
        f'<{E}a> <{E}p> "prefix p{number}: x" . # prefix q{number}:\n' for number in range(6_000)
    )
    assert len(parse(document.encode(), TURTLE).statements) == 6_000


def test_a_file_that_redeclares_one_namespace_in_each_element_is_read() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    inner = "".join(
        f'<rdf:Description rdf:about="{E}{number}"><n:p xmlns:n="{E}">x</n:p></rdf:Description>\n'
        for number in range(6_000)
    )
    document = f'<rdf:RDF xmlns:rdf="{rdf}">{inner}</rdf:RDF>'
    assert len(parse(document.encode(), RDFXML).statements) == 6_000


def test_keys_that_a_context_does_not_define_leave_the_rest_as_it_is() -> None:
    document = (
        f'{{"@context": {{"label": "{E}label"}}, "@id": "{E}a", "unknown": {{"x": 1, "@id": "b"}},'
        f' "label": {{"@value": "x", "@language": "EN-gb"}}}}'
    )
    assert parse(document.encode(), JSONLD).statements == [(f"<{E}a>", f"<{E}label>", '"x"@EN-gb', "")]


def test_a_missing_file_name_stays_out_of_the_correction(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(f"{HEAD}e:a skos:note 1 .", encoding="utf-8")
    with pytest.raises(ParseError) as caught:
        parse(path)
    assert caught.value.correction is not None
    assert caught.value.correction.line == 1
    assert str(path) not in caught.value.correction.after


def test_elements_that_are_nested_deeply_are_refused_at_once() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    head = f'<rdf:RDF xmlns:rdf="{rdf}" xmlns:e="{E}">\n'
    deep = f"{head}{'<rdf:Description><e:p>' * 50_000}{'</e:p></rdf:Description>' * 50_000}</rdf:RDF>"
    error = refused(deep, RDFXML)
    assert "nested deeper than 500 levels" in error.reason
    assert error.position.line == 2
    some = f"{head}{'<rdf:Description><e:p>' * 200}x{'</e:p></rdf:Description>' * 200}</rdf:RDF>"
    assert len(parse(some.encode(), RDFXML).statements) == 200


def test_a_text_larger_than_the_engine_reads_is_refused_in_words() -> None:
    text = "x" * 17_000_000
    for rdf_format in (TURTLE, NTRIPLES):
        assert "more than 16,777,216 bytes" in refused(f'<{E}a> <{E}p> "{text}" .', rdf_format).reason


def test_what_is_no_text_at_all_is_told() -> None:
    noise = bytes(range(256)) * 100 + b"<<( >>"
    with pytest.raises(ParseError, match="not in UTF-8"):
        parse(noise, TURTLE)
    assert "zero bytes" in refused("\0" * 1000, TURTLE).reason

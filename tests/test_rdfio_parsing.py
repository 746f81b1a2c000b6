"""Reading RDF: exact, bounded, without network, with the place of every mistake."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given

from core_fixtures import (
    QUICK,
    RDF_NS,
    XSD_NS,
    E,
    datasets,
    exact,
    graphs_of_statements,
    refused,
    run_python,
    shuffled,
    turtle,
)
from pathways_ld.errors import InputError, ParseError
from pathways_ld.formats import HTML, JSONLD, NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TRIG, TURTLE, Format
from pathways_ld.rdfio import (
    Parsed,
    Statement,
    graph_line,
    guess_format,
    line,
    literal,
    literal_parts,
    locate,
    parse,
    quad,
    statement,
)

A, P = f"<{E}a>", f"<{E}p>"

RDFXML_HEAD = f'<rdf:RDF xmlns:rdf="{RDF_NS}" xmlns:e="{E}">\n'


def rdfxml(inner: str, *, prolog: str = "") -> str:
    """Write an RDF/XML document that says e:p of e:a."""
    about = f'<rdf:Description rdf:about="{E}a">\n{inner}\n</rdf:Description>'
    return f'<?xml version="1.0"?>\n{prolog}{RDFXML_HEAD}{about}\n</rdf:RDF>\n'


def objects(document: str | bytes, rdf_format: Format = TURTLE, **rest: str) -> list[str]:
    content = document.encode() if isinstance(document, str) else document
    return [each.object for each in parse(content, rdf_format, **rest).statements]  # type: ignore[arg-type]


SAMPLES = {
    TURTLE: f'{A} {P} "é" .',
    NTRIPLES: f'{A} {P} "é" .',
    NQUADS: f'{A} {P} "é" .',
    TRIG: f'{A} {P} "é" .',
    RDFXML: rdfxml("<e:p>é</e:p>"),
    JSONLD: f'{{"@id": "{E}a", "{E}p": "é"}}',
}


# exactness


@QUICK
@given(graphs_of_statements)
def test_statements_come_back_exactly_from_ntriples(said: list[Statement]) -> None:
    document = "".join(map(line, said)).encode()
    for rdf_format in (NTRIPLES, TURTLE):
        assert exact(parse(document, rdf_format).statements) == exact(said)


@QUICK
@given(datasets)
def test_statements_come_back_exactly_with_their_graphs(said: list[Statement]) -> None:
    document = "".join(map(graph_line, said)).encode()
    assert exact(parse(document, NQUADS).statements, graphs=True) == exact(said, graphs=True)


@QUICK
@given(graphs_of_statements)
def test_reading_twice_gives_the_same_statements_whatever_the_blank_nodes_were_called(
    said: list[Statement],
) -> None:
    renamed = [
        each._replace(
            subject=re.sub(r"^_:", "_:other", each.subject),
            object=re.sub(r"^_:", "_:other", each.object),
        )
        for each in said
    ]
    lines = list(dict.fromkeys(map(line, renamed)))
    first = parse("".join(map(line, said)).encode(), NTRIPLES).statements
    second = parse("".join(shuffled(lines, 7)).encode(), NTRIPLES).statements
    assert set(first) == set(second)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (r'"\u00e9\U0001F600"', '"é😀"'),
        (r'"tab\tnew\nreturn\rquote\"back\\slash\bell\f"',
         '"tab\\tnew\\nreturn\\rquote\\"back\\\\slash\\bell\\f"'),
        ("'single'", '"single"'),
        ('"""long " and \n line"""', '"long \\" and \\n line"'),
        ("'''it''s'''", '"it\'\'s"'),
        ("01", f'"01"^^<{XSD_NS}integer>'),
        ("+1", f'"+1"^^<{XSD_NS}integer>'),
        ("1.50", f'"1.50"^^<{XSD_NS}decimal>'),
        (".5", f'".5"^^<{XSD_NS}decimal>'),
        ("1E0", f'"1E0"^^<{XSD_NS}double>'),
        ("true", f'"true"^^<{XSD_NS}boolean>'),
        ('"1."^^xsd:integer', f'"1."^^<{XSD_NS}integer>'),
        ('"x"^^xsd:string', '"x"'),
        ('"1"^^xsd:nonNegativeInteger', f'"1"^^<{XSD_NS}nonNegativeInteger>'),
        ('"2026-01-01T24:00:00"^^xsd:dateTime', f'"2026-01-01T24:00:00"^^<{XSD_NS}dateTime>'),
        (r"<http://example.org/\u00e9>", "<http://example.org/é>"),
        ("<http://example.org/%C3%A9>", "<http://example.org/%C3%A9>"),
        (r"e:a\~b", f"<{E}a~b>"),
        ("e:%41", f"<{E}%41>"),
    ],
)  # fmt: skip
def test_turtle_terms_are_read_exactly(written: str, expected: str) -> None:
    assert [each.object for each in turtle(f"e:a e:p {written} .")] == [expected]


TAGS = [
    *("en", "EN", "en-GB", "EN-gb", "zh-Hant-TW", "De-ch-1996", "x-Klingon", "X-FOO", "en-x-ABC", "EN-X-abc"),
    *("de-Latn-DE-1996-u-Co-phonebk", "i-klingon", "I-KLINGON", "en-GB-oed", "EN-gb-OED", "zh-min-Nan"),
    *("sgn-BE-FR", "art-LOJBAN"),
]


@pytest.mark.parametrize("tag", TAGS)
def test_language_tags_keep_their_capitals_in_every_format(tag: str) -> None:
    expected = [f'"x"@{tag}']
    assert objects(f'{A} {P} "x"@{tag} .', NTRIPLES) == expected
    assert objects(f'{A} {P} "x"@{tag} <{E}g> .', NQUADS) == expected
    assert objects(f"{A} {P} 'x'@{tag}.") == expected
    assert objects(f'{A} {P} """x"""@{tag}.') == expected
    assert objects(f"<{E}g> {{ {A} {P} '''x'''@{tag} }}", TRIG) == expected
    assert objects(rdfxml(f'<e:p xml:lang="{tag}">x</e:p>'), RDFXML) == expected
    assert objects(rdfxml(f"<e:p  xml:lang = '{tag}' >x</e:p>"), RDFXML) == expected
    document = f'{{"@id": "{E}a", "{E}p": {{"@value": "x", "@language": "{tag}"}}}}'
    assert objects(document, JSONLD) == expected


def test_a_language_tag_that_is_inherited_keeps_its_capitals() -> None:
    document = rdfxml("<e:p>x</e:p><e:p xml:lang='fr'>y</e:p>").replace(
        "<rdf:RDF", '<rdf:RDF xml:lang="EN-gb"', 1
    )
    assert objects(document, RDFXML) == ['"x"@EN-gb', '"y"@fr']
    assert objects(
        f'{{"@context": {{"@language": "EN-gb", "p": {{"@id": "{E}p", "@container": "@language"}}}},'
        f' "@id": "{E}a", "p": {{"De-ch": "y"}}, "{E}q": "x"}}',
        JSONLD,
    ) == ['"y"@De-ch', '"x"@EN-gb']  # fmt: skip


@pytest.mark.xfail(strict=True, reason='pyoxigraph 0.5.13 refuses the legal xml:lang="" (XML 1.0, 2.12)')
def test_an_empty_language_takes_the_inherited_one_away() -> None:
    document = rdfxml("<e:p xml:lang=''>y</e:p>").replace("<rdf:RDF", '<rdf:RDF xml:lang="EN-gb"', 1)
    assert objects(document, RDFXML) == ['"y"']


def test_a_document_may_hold_many_different_tags_with_capitals() -> None:
    tags = [f"en-X-Priv{number}" for number in range(1200)]
    document = "".join(f'{A} {P} "{number}"@{tag} .\n' for number, tag in enumerate(tags))
    assert objects(document, NTRIPLES) == [f'"{number}"@{tag}' for number, tag in enumerate(tags)]


@pytest.mark.parametrize(
    "document",
    [
        f"<{E}it's'@Foo> <{E}p'@Bar> <{E}o'@Baz-Q>, \"x\"@EN .",
        f"@prefix q: <{E}'@Foo/> . q:a q:p q:o, 'x'@EN .",
        f"@base <{E}'@Foo/> . <a> <p> <o>, 'x'@EN .",
        f'{A} {P} "she said \\"hi\\"@EN-us then", "x"@EN-us .',
        f"{A} {P} \"don't '@De-CH me\" .",
        f"{A} {P} \"'@EN\"^^<{E}t'@EN> .",
        f'{A} {P} "x-zz0z", "en-x-zz0z", "x"@EN .',
        f'{A} {P} "x-\\u007Az0z", "en-x-\\u007Az0z", "x"@EN .',
        f'{A} {P} "x"@x-ZZ0Z, "y"@EN .',
        f"{A} {P} 'xml:lang=\"EN-gb\"', 'x'@EN .",
        f"# a comment '@EN\n{A} {P} 'x' .",
    ],
)
def test_what_only_looks_like_a_language_tag_stays_as_it_is(document: str) -> None:
    parsed = parse(document.encode(), TURTLE)
    reader = pyoxigraph.parse(document.encode(), pyoxigraph.RdfFormat.TURTLE)
    expected = [statement(each) for each in reader]
    lowered = [each._replace(object=_lower_tag(each.object)) for each in parsed.statements]
    assert lowered == expected
    assert parsed.prefixes == dict(reader.prefixes)
    assert parsed.base_iri == reader.base_iri


def _lower_tag(term: str) -> str:
    if not term.startswith('"') or not literal_parts(term)[1]:
        return term
    body, _, tag = term.rpartition("@")
    return f"{body}@{tag.lower()}"


def test_statements_keep_the_order_of_the_document_and_its_repetitions() -> None:
    document = f"<{E}z> {P} 1 . {A} {P} 2 . <{E}z> {P} 1 ."
    said = [
        (each.subject, literal_parts(each.object)[0]) for each in parse(document.encode(), TURTLE).statements
    ]
    assert said == [(f"<{E}z>", "1"), (A, "2"), (f"<{E}z>", "1")]


def test_prefixes_and_base_are_reported() -> None:
    document = b"@base <http://example.org/b/> . @prefix e: <http://example.org/> . PREFIX : <#> <a> e:p :x ."
    parsed = parse(document, TURTLE)
    assert parsed.prefixes == {"e": "http://example.org/", "": "http://example.org/b/#"}
    assert parsed.base_iri == "http://example.org/b/"
    assert parsed.statements == [
        Statement("<http://example.org/b/a>", f"<{E}p>", "<http://example.org/b/#x>")
    ]


def test_quads_and_statements_convert_to_each_other() -> None:
    document = f'{A} {P} "x"@en, "01"^^<{XSD_NS}integer>, "y\\n", <{E}b>, _:b .'
    parsed = parse(document.encode(), TURTLE)
    assert [statement(each) for each in parsed.quads] == parsed.statements
    graph = Statement(A, P, '"x"', f"<{E}g>")
    assert statement(quad(graph)) == graph
    assert statement(quad(graph._replace(graph="_:g"))) == graph._replace(graph="_:g")


def test_literals_are_taken_apart_and_put_together() -> None:
    for text in ('a"b', "a\\", "\\n", "\n\r\t\b\f", "^^<x>", '"@en', "", "\\u0041", "\x00\x7f"):
        assert literal_parts(literal(text)) == (text, "", "")
        assert literal_parts(literal(text, lang="EN-gb")) == (text, "EN-gb", "")
        assert literal_parts(literal(text, datatype=E)) == (text, "", E)
        assert literal(text, datatype=XSD_NS + "string") == literal(text)
    for term in (A, "_:b", "", '"'):
        with pytest.raises(ValueError, match="not a literal"):
            literal_parts(term)


# where files come from


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.ttl", TURTLE), ("a.b.TTL", TURTLE), ("a.jsonld", JSONLD), ("a.rdf", RDFXML), ("a.OWL", RDFXML),
     ("a.nt", NTRIPLES), ("a.nq", NQUADS), ("a.trig", TRIG)],
)  # fmt: skip
def test_the_suffix_tells_the_format(name: str, expected: Format) -> None:
    assert guess_format(Path(name)) is expected


@pytest.mark.parametrize("name", ["a", "a.txt", "a.json", "a.xml", "ttl", "a.ttl.gz"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=r"suffix does not tell its format; expected one of \.ttl, \.jsonld"):
        guess_format(Path(name))


def test_bytes_need_a_format() -> None:
    with pytest.raises(InputError, match="format of the RDF must be given"):
        parse(b"")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.ttl cannot be read: No such file or directory\.$"):
        parse(tmp_path / "gone.ttl")
    (tmp_path / "folder.ttl").mkdir()
    with pytest.raises(InputError, match=r"folder\.ttl cannot be read: Is a directory\.$"):
        parse(tmp_path / "folder.ttl")


def test_the_size_limit_holds_for_files_and_for_bytes(tmp_path: Path) -> None:
    document = f"{A} {P} 1 .".encode()
    path = tmp_path / "a.ttl"
    path.write_bytes(document)
    assert parse(path, max_bytes=len(document)).statements == parse(document, TURTLE).statements
    with pytest.raises(InputError, match=r"a\.ttl has more than \d+ bytes"):
        parse(path, max_bytes=len(document) - 1)
    with pytest.raises(InputError, match=r"upload has 49 bytes; at most 48 are read\."):
        parse(document.ljust(49), TURTLE, max_bytes=48, name="upload")


def test_a_sparse_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.nt"
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), 1 << 40)
    with pytest.raises(InputError, match="bytes"):
        parse(path)


@pytest.mark.parametrize("rdf_format", [TURTLE, TRIG, NTRIPLES, NQUADS], ids=lambda each: each.name)
def test_an_empty_document_says_nothing(rdf_format: Format) -> None:
    assert parse(b"", rdf_format) == Parsed([], {}, None)
    assert parse(b"\n# nothing\n", rdf_format) == Parsed([], {}, None)


@pytest.mark.parametrize("rdf_format", RDF_FORMATS, ids=lambda each: each.name)
def test_a_document_that_is_cut_off_is_refused(rdf_format: Format) -> None:
    document = SAMPLES[rdf_format].rstrip()
    body = document.index("\u00e9")
    cuts = range(body - 2, len(document) - 1)
    if rdf_format is RDFXML:
        cuts = range(document.index("<rdf:RDF"), len(document) - 1)
    for cut in cuts:
        refused(document[:cut], rdf_format)


def test_html_is_no_rdf_format() -> None:
    with pytest.raises((InputError, KeyError)):
        parse(b"<html>", HTML)


# encodings


@pytest.mark.parametrize(
    ("rdf_format", "document"), SAMPLES.items(), ids=lambda each: getattr(each, "name", "")
)
def test_a_byte_order_mark_is_stepped_over(rdf_format: Format, document: str) -> None:
    marked = document.encode("utf-8-sig")
    assert objects(marked, rdf_format) == ['"é"']
    assert set(locate(marked, rdf_format).values()) <= set(range(1, 8))


@pytest.mark.parametrize(
    ("rdf_format", "document"), SAMPLES.items(), ids=lambda each: getattr(each, "name", "")
)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_refused_in_words(rdf_format: Format, document: str, encoding: str) -> None:
    error = refused(document.encode(encoding), rdf_format)
    assert "UTF-8" in error.reason or encoding == "utf-16-le"  # which has no mark to know it by


def test_another_encoding_that_an_xml_document_declares_is_refused_in_words() -> None:
    document = rdfxml("<e:p>é</e:p>").replace('version="1.0"', 'version="1.0" encoding="ISO-8859-1"')
    assert "UTF-8" in str(refused(document.encode("latin-1"), RDFXML))


def test_nul_characters_stay() -> None:
    assert literal_parts(objects(f'{A} {P} "a\\u0000b\x00c" .')[0])[0] == "a\0b\0c"


# mistakes

MISTAKES = [
    (TURTLE, f"{A} {P} 1 .\n{A} {P} oops .\n", 2, f"{A} {P} oops ."),
    (TURTLE, f"{A} {P} 1 .\r\n{A} {P} oops .\r\n", 2, f"{A} {P} oops ."),
    (TURTLE, f'{A} {P} """\n\n""" ;\n  {P} oops .\n', 4, f"  {P} oops ."),
    (TURTLE, f'{A} {P} "ééé"@EN-gb, "y"@De-CH, oops .', 1, f'{A} {P} "ééé"@EN-gb, "y"@De-CH, oops .'),
    (TRIG, f"<{E}g> {{\n{A} {P} oops }}", 2, f"{A} {P} oops }}"),
    (NTRIPLES, f"{A} {P} {A} .\n{A} {P} oops .\n", 2, f"{A} {P} oops ."),
    (NQUADS, f"{A} {P} {A} .\n{A} {P} {A} oops .\n", 2, f"{A} {P} {A} oops ."),
    (JSONLD, '{\n"@id": "http://example.org/a",\n  "x" }\n', 3, '  "x" }'),
]


@pytest.mark.parametrize(("rdf_format", "document", "line_number", "source_line"), MISTAKES)
def test_a_mistake_is_placed_by_file_line_column_and_its_line(
    tmp_path: Path, rdf_format: Format, document: str, line_number: int, source_line: str
) -> None:
    path = tmp_path / f"wrong.{rdf_format.suffix}"
    path.write_bytes(document.encode())
    with pytest.raises(ParseError) as caught:
        parse(path)
    position = caught.value.position
    assert (position.file, position.line, position.source_line) == (str(path), line_number, source_line)
    assert position.column is not None
    if "oops" in source_line:
        assert source_line[position.column - 1 :].startswith("oops")
    assert str(caught.value).startswith(f"{path}:{line_number}:{position.column}: ")
    assert "Parser error" not in str(caught.value)
    assert caught.value.reason.endswith(".")


def test_a_mistake_in_rdfxml_is_placed_too() -> None:
    document = rdfxml("<e:p>x</e:p>\n<e:q>y</e:z>")
    error = refused(document, RDFXML)
    assert "e:q" in error.reason
    assert error.position.line == document[: document.index("<e:q>")].count("\n") + 1


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (f"q:a {P} 1 .", "prefix q: has not been declared"),
        (f'{A} {P} "never ends', ""),
        (f"{A} {P} <http://example.org/a b> .", ""),
        (f'{A} {P} "\\uD800" .', ""),
        (f'{A} {P} "x"@toolongasubtag .', ""),
        (f"{A} {P} 1", ""),
        (f'{A} "literal" 1 .', ""),
    ],
)
def test_mistakes_are_told_in_words(document: str, said: str) -> None:
    error = refused(document, TURTLE)
    assert said in error.reason
    assert error.position.line == 1
    assert error.position.file == "input"


def test_a_very_long_line_is_shortened_in_the_report() -> None:
    error = refused(f'{A} {P} "{"x" * 100_000}" oops', TURTLE)
    assert len(error.position.source_line) <= 300


@pytest.mark.parametrize(
    ("rdf_format", "document"),
    [
        (TURTLE, f"<a> {P} 1 ."),
        (TRIG, f"<g> {{ {A} {P} 1 }}"),
        (NTRIPLES, f"<a> {P} {A} ."),
        (NQUADS, f"{A} {P} {A} <g> ."),
        (RDFXML, rdfxml('<e:p rdf:resource="b"/>')),
        (JSONLD, f'{{"@id": "a", "{E}p": "x"}}'),
        (JSONLD, f'{{"@id": "{E}a", "{E}p": {{"@id": "b"}}}}'),
        (JSONLD, f'{{"@id": "{E}a", "@type": "T", "{E}p": "x"}}'),
    ],
)
def test_relative_iris_without_a_base_are_refused(rdf_format: Format, document: str) -> None:
    error = refused(document, rdf_format)
    assert "IRI" in error.reason


@pytest.mark.parametrize(
    ("rdf_format", "document"),
    [
        (TURTLE, f"<b> {P} 1 ."),
        (TRIG, f"<b> {P} 1 ."),
        (RDFXML, rdfxml("<e:p>1</e:p>").replace(f'"{E}a"', '"b"')),
        (JSONLD, f'{{"@id": "b", "{E}p": "x"}}'),
    ],
)
def test_relative_iris_are_resolved_against_the_base(rdf_format: Format, document: str) -> None:
    parsed = parse(document.encode(), rdf_format, base_iri="http://example.org/x/y")
    assert {each.subject for each in parsed.statements} == {"<http://example.org/x/b>"}


def test_a_base_that_is_no_iri_is_refused() -> None:
    with pytest.raises(InputError):
        parse(b"", TURTLE, base_iri="not an iri")


# what wants to harm


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that notices anybody who comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "context",
    ['"@context": "{url}"', '"@context": ["{url}"]', '"@context": {{"@import": "{url}"}}',
     '"@context": {{"p": {{"@id": "http://example.org/p", "@context": "{url}"}}}}, "p": {{"p": "x"}}',
     '"@context": "file:///etc/hostname"'],
)  # fmt: skip
def test_a_remote_context_is_refused_in_clear_words_and_not_fetched(
    listener: socket.socket, context: str
) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/context.jsonld"
    document = f'{{{context.format(url=url)}, "@id": "{E}a", "{E}q": "x"}}'
    error = refused(document, JSONLD)
    assert (
        "@context is elsewhere, and nothing is fetched; write the context into the document" in error.reason
    )


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rdf:RDF [<!ENTITY e SYSTEM "{url}">]>',
        '<!DOCTYPE rdf:RDF [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rdf:RDF [<!ENTITY e PUBLIC "x" "{url}">]>',
        '<!DOCTYPE rdf:RDF [<!ENTITY % e SYSTEM "{url}"> %e;]>',
        '<!doctype rdf:RDF [<!ENTITY e SYSTEM "{url}">]>',
    ],
)
def test_external_entities_are_refused_and_not_fetched(listener: socket.socket, doctype: str) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/e"
    refused(rdfxml("<e:p>&e;</e:p>", prolog=doctype.format(url=url)), RDFXML)


def test_an_external_document_type_is_not_fetched(listener: socket.socket) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/rdf.dtd"
    document = rdfxml("<e:p>x</e:p>", prolog=f'<!DOCTYPE rdf:RDF SYSTEM "{url}">')
    assert objects(document, RDFXML) == ['"x"']


def test_the_entities_that_ontology_editors_write_are_read() -> None:
    doctype = f'<!DOCTYPE rdf:RDF [\n  <!ENTITY xsd "{XSD_NS}" >\n  <!ENTITY e "{E}" >\n]>\n'
    document = rdfxml('<e:p rdf:datatype="&xsd;integer">01</e:p><e:p rdf:resource="&e;b"/>', prolog=doctype)
    assert objects(document, RDFXML) == [f'"01"^^<{XSD_NS}integer>', f"<{E}b>"]


BOMB = '<!DOCTYPE rdf:RDF [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        BOMB.replace("DOCTYPE", "doctype"),
        BOMB.replace("DOCTYPE", "DocType"),
        BOMB.replace("ENTITY ", "ENTITY"),
        BOMB.replace("ENTITY ", "ENTITY\u00a0"),
        BOMB.replace("ENTITY ", "ENTITY% "),
        BOMB.replace("ENTITY ", "ENTITY\n\t"),
        BOMB.replace('"', "'"),
        '<!DOCTYPE rdf:RDF [<!ENTITY a "&#38;b;"><!ENTITY b "x">]>',
    ],
)
def test_entities_made_of_entities_are_refused(doctype: str) -> None:
    refused(rdfxml("<e:p>&b;</e:p>", prolog=doctype), RDFXML)


def test_many_or_long_entities_are_refused() -> None:
    flood = "".join(f'<!ENTITY e{number} "x">' for number in range(300))
    assert "200" in str(refused(rdfxml("<e:p>x</e:p>", prolog=f"<!DOCTYPE rdf:RDF [{flood}]>"), RDFXML))
    long = f'<!DOCTYPE rdf:RDF [<!ENTITY a "{"x" * 50_000}">]>'
    begun = time.monotonic()
    refused(rdfxml(f"<e:p>{'&a;' * 20_000}</e:p>", prolog=long), RDFXML)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    "document",
    [
        '{"a":' * 20_000 + "1" + "}" * 20_000,
        "[" * 20_000 + "]" * 20_000,
        '[{"@list":' * 20_000,
        '{"a":[' * 20_000,
    ],
)
def test_json_that_is_nested_deeply_is_refused_at_once(document: str) -> None:
    begun = time.monotonic()
    assert "nested deeper than 100" in refused(document, JSONLD).reason
    assert time.monotonic() - begun < 1


def test_brackets_inside_json_strings_are_no_nesting() -> None:
    text = '[{\\"[[{' * 300
    assert objects(f'{{"@id": "{E}a", "{E}p": "{text}"}}', JSONLD) == [literal(text.replace('\\"', '"'))]


LOOK = """
import sys
from pathlib import Path
from pathways_ld.errors import InputError
from pathways_ld.formats import RDF_FORMATS, by_suffix
from pathways_ld.rdfio import parse
try:
    parsed = parse(Path(sys.argv[1]))
    print("read", len(parsed.statements))
except InputError as error:
    print("refused", error)
"""


def survives(path: Path, seconds: float) -> str:
    """Read a file in a process of its own; it must end in time, and not by a crash."""
    done = run_python(LOOK, str(path), timeout=seconds)
    assert done.returncode == 0, done
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("quotes.jsonld", '"' + '\\"' * 50_000),
        ("quotes2.jsonld", '{"a": "' + '\\"' * 50_000),
        ("terms.nt", f"{A} {P} " + f"<<( {A} {P} " * 20_000 + A + " )>>" * 20_000 + " ."),
        ("terms.ttl", f"{A} {P} " + f"<<( {A} {P} " * 20_000 + A + " )>>" * 20_000 + " ."),
        ("terms.trig", "<<" * 20_000),
        ("reified.ttl", "<<" * 20_000 + A),
        ("nodes.ttl", f"{A} {P} " + f"[ {P} " * 20_000 + "1" + "]" * 20_000 + " ."),
        ("lists.ttl", f"{A} {P} " + "(" * 20_000 + "1" + ")" * 20_000 + " ."),
        ("nodes.rdf", RDFXML_HEAD + "<rdf:Description><e:p>" * 20_000
         + "</e:p></rdf:Description>" * 20_000 + "</rdf:RDF>"),
        ("chain.ttl", f"{A} {P} " + f"[ {P} " * 500 + "1" + "]" * 500 + " ."),
        ("clique.nt", "".join(f"_:b{i} {P} _:b{j} .\n" for i in range(12) for j in range(12) if i != j)),
        ("ring.nt", "".join(f"_:b{i} {P} _:b{(i + 1) % 300} .\n" for i in range(300))),
        ("long-list.ttl", f"{A} {P} (" + " 1" * 20_000 + ") ."),
        ("prefixes.ttl", "".join(f"@prefix p{i}: <{E}{i}/> .\n" for i in range(100_000)) + f"{A} {P} 1 ."),
        ("quotes.ttl", "'@" * 200_000),
        ("tags.ttl", f"{A} {P} " + ", ".join(f'"x"@a-{"b" * 7}C{i}' for i in range(100)) + " ."),
        ("doctype.rdf", "<!DOCTYPE x [" + "<!ENTITY " * 100_000),
    ],
    ids=lambda each: each if "." in each[:20] and len(each) < 20 else "",
)  # fmt: skip
def test_documents_made_to_overwhelm_are_read_or_refused_in_seconds(
    tmp_path: Path, name: str, document: str
) -> None:
    path = tmp_path / name
    path.write_text(document, encoding="utf-8")
    assert survives(path, 15).startswith(("read", "refused"))


@pytest.mark.parametrize(
    ("rdf_format", "document"),
    [
        (TURTLE, f"{A} {P} <<( {A} {P} {A} )>> ."),
        (TURTLE, f"<< {A} {P} {A} >> {P} 1 ."),
        (TURTLE, f"{A} {P} {A} {{| {P} 1 |}} ."),
        (NTRIPLES, f"{A} {P} <<( {A} {P} {A} )>> ."),
        (NQUADS, f"{A} {P} <<( {A} {P} {A} )>> <{E}g> ."),
        (TRIG, f"<{E}g> {{ {A} {P} <<( {A} {P} {A} )>> }}"),
        (RDFXML, rdfxml(f'<e:p rdf:parseType="Triple"><rdf:Description rdf:about="{E}b"><e:p>x</e:p>'
                        "</rdf:Description></e:p>").replace("<rdf:RDF", '<rdf:RDF rdf:version="1.2"')),
        (TURTLE, f'{A} {P} "x"@en--ltr .'),
        (NTRIPLES, f'{A} {P} "x"@EN--rtl .'),
        (TRIG, f'{A} {P} "x"@en--ltr .'),
    ],
)  # fmt: skip
def test_rdf_1_2_is_refused_in_words(rdf_format: Format, document: str) -> None:
    assert "RDF 1.2" in refused(document, rdf_format).reason


def test_a_base_direction_in_jsonld_is_left_aside_as_the_specification_says() -> None:
    # JSON-LD 1.1 API, 8.2.2 Object to RDF Conversion: without rdfDirection the direction is dropped.
    value = '{"@value": "x", "@language": "AR-eg", "@direction": "rtl"}'
    assert objects(f'{{"@id": "{E}a", "{E}p": {value}}}', JSONLD) == ['"x"@AR-eg']


def test_many_angle_brackets_in_texts_are_no_nesting() -> None:
    document = "".join(f'{A} {P} "a << b {number}" .\n' for number in range(300))
    assert len(objects(document)) == 300


# lines


@pytest.mark.parametrize(
    ("rdf_format", "document", "lines"),
    [
        (NTRIPLES, f"{A} {P} <{E}1> .\n\n# x\n{A} {P} <{E}2> .\n", {1: [1], 2: [4]}),
        (NQUADS, f"{A} {P} <{E}1> <{E}g> .\n{A} {P} <{E}2> .\n", {1: [1], 2: [2]}),
        (TURTLE, f'@prefix e: <{E}> .\n\ne:a e:p e:1 ;\n  e:q """a\nb""" ;\n  e:p e:2 .\n', {1: [3], 2: [6]}),
        (TRIG, f"<{E}g> {{\n{A} {P} <{E}1> .\n{A} {P} <{E}2> }}\n", {1: [2], 2: [3]}),
        (RDFXML, rdfxml(f'<e:p rdf:resource="{E}1"/>\n<e:p rdf:resource="{E}2"/>'), {1: [4], 2: [5]}),
    ],
)  # fmt: skip
def test_the_line_of_each_statement_is_found(
    rdf_format: Format, document: str, lines: dict[int, list[int]]
) -> None:
    found = locate(document.encode(), rdf_format)
    for number, expected in lines.items():
        said = [line for each, line in found.items() if str(each.object) == f"<{E}{number}>"]
        assert said == expected


def test_lines_are_found_in_files_and_not_in_jsonld(tmp_path: Path) -> None:
    path = tmp_path / "a.nt"
    path.write_text(f"{A} {P} {A} .\n{A} {P} {P} .\n{A} {P} {A} .\n", encoding="utf-8")
    assert sorted(locate(path).values()) == [1, 2]
    assert locate(SAMPLES[JSONLD].encode(), JSONLD) == {}


def test_a_mistake_found_while_locating_has_a_line() -> None:
    with pytest.raises(ParseError) as caught:
        locate(f"{A} {P} 1 .\n{A} {P} oops .\n".encode(), TURTLE)
    assert caught.value.position.line == 2

"""Where a statement stands: the line and column of what is said, in every format."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_fixtures import QUICK, E, graphs_of_statements
from pathways_ld.errors import ParseError, Position
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from pathways_ld.rdfio import JsonPlaces, Places, Statement, is_blank, line, parse
from pathways_ld.rdfio.canonical import canonical, canonical_labels
from pathways_ld.validation.lint import lint, lint_document

TTL = f"""@prefix e: <{E}> .

e:a e:p "x"
  ;
  e:q "y"@en-US
  , e:z , "x\\ty"
   .
# "x" is not here
e:b e:p [ e:q 1 ;
  e:r 2 ] ;
  e:s (1
    2) .
e:c e:p \"\"\"first
second
third\"\"\" ; e:q <{E}a> .
"""

XML = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:e="{E}">
<e:C rdf:about="{E}a"
    e:q="x">
  <e:p>one
two &amp; three</e:p>
  <e:p rdf:resource="{E}b"
  />
</e:C>
</rdf:RDF>
"""

JSON = f"""{{
  "@context": {{
    "e": "{E}", "id": "@id", "type": "@type", "base": "e:nothing",
    "label": {{"@id": "e:label", "@container": "@language"}},
    "see": {{"@id": "e:see", "@type": "@id"}}
  }},
  "@graph": [
    {{"id": "e:a",
     "type": "e:C",
     "label": {{
       "en": "Hello",
       "fr": ["Salut",
              "Bonjour"]
     }},
     "e:n": 12,
     "see": ["e:b",
             "e:c"],
     "e:k": [{{"e:deep": "d"}}]
    }},
    {{"id": "e:b",
     "e:p": {{"@value": "v", "@language": "en"}}}}
  ]
}}
"""


def found(document: str, rdf_format: Format, subject: str, predicate: str, value: str) -> tuple[object, ...]:
    place = Places(document.encode(), rdf_format).find(f"<{E}{subject}>", f"<{E}{predicate}>", value)
    assert place is not None
    return place.line, place.column


@pytest.mark.parametrize(
    ("rdf_format", "document", "asked", "expected"),
    [
        (TURTLE, TTL, ("a", "p", '"x"'), (3, 9)),
        (TURTLE, TTL, ("a", "q", '"y"@en-US'), (5, 7)),
        (TURTLE, TTL, ("a", "q", f"<{E}z>"), (6, 5)),
        (TURTLE, TTL, ("a", "q", '"x\\ty"'), (6, 11)),
        (TURTLE, TTL, ("c", "p", '"first\\nsecond\\nthird"'), (13, 11)),
        (TURTLE, TTL, ("c", "q", f"<{E}a>"), (15, 16)),
        (TRIG, TTL, ("a", "p", '"x"'), (3, 9)),
        (RDFXML, XML, ("a", "q", '"x"'), (4, 9)),
        (RDFXML, XML, ("a", "p", '"one\\ntwo & three"'), (5, 8)),
        (RDFXML, XML, ("a", "p", f"<{E}b>"), (7, 21)),
        (JSONLD, JSON, ("a", "label", '"Hello"@en'), (11, 14)),
        (JSONLD, JSON, ("a", "label", '"Bonjour"@fr'), (13, 15)),
        (JSONLD, JSON, ("a", "see", f"<{E}c>"), (17, 14)),
        (JSONLD, JSON, ("b", "p", '"v"@en'), (21, 24)),
        (NTRIPLES, f"<{E}a> <{E}p> <{E}a> .\n<{E}a> <{E}p> <{E}b> .\n", ("a", "p", f"<{E}b>"), (2, 47)),
        (NQUADS, f"<{E}a> <{E}p> <{E}b> <{E}g> .\n", ("a", "p", f"<{E}b>"), (1, 47)),
    ],
)  # fmt: skip
def test_a_statement_is_found_where_its_value_is_written(
    rdf_format: Format, document: str, asked: tuple[str, str, str], expected: tuple[int, int]
) -> None:
    assert found(document, rdf_format, *asked) == expected


@pytest.mark.parametrize(("rdf_format", "document"), [(TURTLE, TTL), (RDFXML, XML), (JSONLD, JSON)])
def test_every_statement_of_a_document_has_a_line(rdf_format: Format, document: str) -> None:
    places = Places(document.encode(), rdf_format, name="file")
    for each in parse(document.encode(), rdf_format).statements:
        place = places.find(each.subject, each.predicate, each.object)
        assert place is not None, each
        assert place.file == "file"
        assert place.line
        assert place.source_line == document.split("\n")[place.line - 1].rstrip()


def test_without_the_statement_the_nearest_is_given() -> None:
    places = Places(TTL.encode(), TURTLE)
    assert _line(places.find(f"<{E}a>", f"<{E}q>")) == 5
    assert _line(places.find(f"<{E}a>", f"<{E}missing>", '"not there"')) == 3
    assert _line(places.find(f"<{E}b>")) == 9
    assert places.find(f"<{E}nobody>") is None
    json = Places(JSON.encode(), JSONLD)
    assert _line(json.find(f"<{E}a>")) == 8
    assert _line(json.find(f"<{E}a>", f"<{E}n>", '"13"')) == 15
    assert json.find(f"<{E}nobody>") is None


def _line(position: Position | None) -> int | None:
    return position.line if position else None


def test_a_blank_node_is_found_by_the_label_that_parsing_gives_it() -> None:
    places = Places(TTL.encode(), TURTLE)
    statements = parse(TTL.encode(), TURTLE).statements
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    # e:q 1 and e:r 2 on lines 9 and 10; the members of the list are 1 and 2 on lines 11 and 12.
    by_predicate = {
        (each.predicate, each.object): _line(places.find(*each[:3]))
        for each in statements
        if is_blank(each.subject)
    }
    assert by_predicate[f"<{E}q>", f'"1"^^<{integer}>'] == 9
    assert by_predicate[f"<{E}r>", f'"2"^^<{integer}>'] == 10


def test_capitals_of_language_tags_elsewhere_do_not_move_blank_nodes() -> None:
    document = f'@prefix e: <{E}> .\ne:a e:p [ e:q "x"@EN-gb ] ,\n  [ e:q "y"@de-CH ] .\n'
    places = Places(document.encode(), TURTLE)
    found = {
        each.object: _line(places.find(*each[:3]))
        for each in parse(document.encode(), TURTLE).statements
        if is_blank(each.subject)
    }
    assert found == {'"x"@EN-gb': 2, '"y"@de-CH': 3}


@QUICK
@given(graphs_of_statements)
def test_the_labels_told_are_those_of_the_canonical_statements(said: list[Statement]) -> None:
    quads = list(pyoxigraph.parse("".join(map(line, said)).encode(), pyoxigraph.RdfFormat.N_TRIPLES))
    labels = canonical_labels(quads)
    blanks = {
        str(term) for each in quads for term in (each.subject, each.object) if str(term).startswith("_:")
    }
    assert blanks == labels.keys()
    renamed = {(labels.get(str(each.subject), str(each.subject)), str(each.predicate)) for each in quads}
    assert renamed == {(str(each.subject), str(each.predicate)) for each in canonical(quads)}


def test_only_the_subjects_that_are_wanted_are_remembered() -> None:
    places = Places(TTL.encode(), TURTLE, wanted=[f"<{E}a>"])
    assert _line(places.find(f"<{E}a>", f"<{E}p>", '"x"')) == 3
    assert places.find(f"<{E}c>") is None


def test_files_are_found_under_their_name(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(b"\xef\xbb\xbf" + TTL.replace("\n", "\r\n").encode())
    place = Places(path).find(f"<{E}a>", f"<{E}p>", '"x"')
    assert place is not None
    assert (place.file, place.line, place.column, place.source_line) == (str(path), 3, 9, 'e:a e:p "x"')


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('{"a": 1, "@id": "http://x/y", "b:c": 2}', [("a", (1, 2))]),
        (
            '{"@context": {"a": "http://x/a"},\n "a": {"b": 1},\n "c": [{"d": 1}]}',
            [("b", (2, 8)), ("c", (3, 2))],
        ),
        ('{"@context": {"@vocab": "http://x/"}, "a": 1}', []),
        ('{"@context": {"m": {"@id": "http://x/m", "@container": "@language"}}, "m": {"en": "x"}}', []),
        ('{"@context": {"m": {"@id": "http://x/m", "@type": "@json"}}, "m": {"any": {"thing": 1}}}', []),
        ('{"@context": {"off": null}, "off": {"x": 1}}', []),
        ('{"@context": [{"a": "http://x/a"}, {"id": "@id"}], "id": "http://x/y", "a": {"@value": "x"}}', []),
        ('{"\\u0061": 1}', [("a", (1, 2))]),
        ("[]", []),
        ("null", []),
    ],
)
def test_json_keys_that_say_nothing_are_found(document: str, expected: list[object]) -> None:
    assert JsonPlaces(document.encode()).unmapped_keys() == expected


def test_contexts_that_refer_to_each_other_come_to_an_end() -> None:
    document = '{"@context": {"a": "b:x", "b": "a:y", "c": "c"}, "a:z": 1, "@id": "a:q"}'
    assert JsonPlaces(document.encode()).find("<a:q>") is None


PIECES = [
    '"',
    "<",
    ">",
    ".",
    ";",
    "{",
    "}",
    "[",
    "]",
    "@",
    "\\",
    "\u201c",
    "é",
    "\x00",
    "&",
    ":",
    "\n",
    "skos:x",
    "_:b",
]
WRITTEN = {
    TURTLE: TTL,
    TRIG: TTL,
    RDFXML: XML,
    JSONLD: JSON,
    NTRIPLES: f'<{E}a> <{E}p> "x"@en .\n_:b <{E}p> _:c .\n',
}


@QUICK
@given(st.sampled_from(list(WRITTEN)), st.integers(0, 400), st.integers(0, 12), st.sampled_from(PIECES))
def test_whatever_is_broken_in_a_document_it_is_read_or_refused_with_a_place_that_exists(
    rdf_format: Format, start: int, length: int, piece: str
) -> None:
    document = WRITTEN[rdf_format]
    document = document[:start] + piece + document[start + length :]
    error, statements = None, []
    try:
        statements = parse(document.encode(), rdf_format).statements
    except ParseError as caught:
        error = caught
    lines = document.split("\n")
    assert error is None or 1 <= (error.position.line or 1) <= len(lines) + 1
    if error is not None and error.correction is not None:
        assert lines[error.correction.line - 1].rstrip() == error.correction.before.rstrip()
        assert error.correction.after != error.correction.before
    places = Places(document.encode(), rdf_format)
    for each in statements:
        place = places.find(*each[:3])
        assert place is None or place.line
    lint(statements)
    lint_document(document.encode(), rdf_format, "x")


@pytest.mark.parametrize("length", [8_000, 8_192, 20_000, 1_000_000])
@pytest.mark.parametrize("rdf_format", [TURTLE, TRIG, NTRIPLES, NQUADS, RDFXML], ids=lambda each: each.name)
def test_lines_may_be_long(rdf_format: Format, length: int) -> None:
    text = "x" * length
    document = f'<{E}a> <{E}p> "{text}" .\n<{E}b> <{E}p> "y" .\n'
    if rdf_format is RDFXML:
        about = "".join(
            f'<rdf:Description rdf:about="{E}{name}"><e:p>{value}</e:p></rdf:Description>\n'
            for name, value in (("a", text), ("b", "y"))
        )
        document = XML.split("<e:C", maxsplit=1)[0].rstrip() + about + "</rdf:RDF>"
    first = 2 if rdf_format is RDFXML else 1
    places = Places(document.encode(), rdf_format)
    assert _line(places.find(f"<{E}a>", f"<{E}p>", f'"{text}"')) == first
    assert _line(places.find(f"<{E}b>", f"<{E}p>", '"y"')) == first + 1

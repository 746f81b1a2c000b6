"""RDF/XML: the same graph wherever XML can say it, and a clear word where it cannot."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
import rdflib
from hypothesis import assume, given

from core_fixtures import QUICK, RDF_NS, SKOS_NS, E, exact, graphs_of_statements, lower_tags, turtle
from pathways_ld.errors import InputError
from pathways_ld.formats import NTRIPLES, RDFXML
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement, literal, literal_parts, parse, serialize
from test_rdfio_jsonld import DOCUMENTS

OWN = {**PREFIXES, "e": E}
A, P = f"<{E}a>", f"<{E}p>"


def written(said: list[Statement], prefixes: dict[str, str] | None = None) -> bytes:
    return serialize(said, RDFXML, OWN if prefixes is None else prefixes)


def in_xml(text: str) -> bool:
    """Tell whether XML 1.0 (2.2) allows every character."""
    return all(
        each in "\t\n\r" or "\x20" <= each <= "\ud7ff" or "\ue000" <= each <= "\ufffd" or each >= "\U00010000"
        for each in text
    )


def sayable(said: list[Statement]) -> bool:
    texts = [literal_parts(each.object)[0] for each in said if each.object.startswith('"')]
    return all(map(in_xml, texts))


@QUICK
@given(graphs_of_statements)
def test_what_is_written_is_the_same_graph(said: list[Statement]) -> None:
    assume(sayable(said))
    assert exact(parse(written(said), RDFXML).statements) == exact(said)


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_shape_is_the_same_graph_for_rdflib_too(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    said = turtle(text)
    document = written(said)
    assert exact(parse(document, RDFXML).statements) == exact(said)
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=document, format="xml", publicID=E)
    found = parse(graph.serialize(format="nt", encoding="utf-8"), NTRIPLES).statements
    assert exact(lower_tags(found)) == exact(lower_tags(said))


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nb\rc",
        " around ",
        "\n\n",
        "\t",
        "<b>&amp;</b>",
        "]]>",
        "a ]]> b",
        "<!-- -->",
        "é😀\u0085\u2028\ufffd",
        "",
    ],
)
def test_texts_are_exact(text: str) -> None:
    said = [Statement(A, P, literal(text)), Statement(A, P, literal(text, lang="EN-gb"))]
    document = written(said)
    assert parse(document, RDFXML).statements == said
    root = ET.fromstring(document)
    assert [each.text or "" for each in root.iter(f"{{{E}}}p")] == [text, text]


@pytest.mark.parametrize("text", ["\x00", "a\x01", "\x08", "\x1f", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_hold_are_an_error(text: str) -> None:
    assert not in_xml(text)
    with pytest.raises(InputError, match="RDF/XML"):
        written([Statement(A, P, literal(text))])


@pytest.mark.parametrize(
    "predicate",
    ["http://example.org/123", "http://example.org/", "http://example.org/v#", "urn:1", "http://example.org/a-%20",
     "http://example.org/a(b)", "http://example.org/?x=1"],
)  # fmt: skip
def test_a_property_that_xml_cannot_name_is_an_error_in_words(predicate: str) -> None:
    with pytest.raises(InputError) as caught:
        written([Statement(A, f"<{predicate}>", '"x"')])
    assert caught.value.message == (
        f"RDF/XML cannot name the property <{predicate}>; ask for Turtle or N-Triples."
    )


@pytest.mark.parametrize(
    "name",
    ["RDF", "ID", "about", "bagID", "parseType", "resource", "nodeID", "datatype", "Description", "li", "aboutEach", "aboutEachPrefix"]
)  # fmt: skip
def test_the_words_of_the_syntax_itself_are_no_properties(name: str) -> None:
    # RDF/XML 5.1 and 5.2: these stand for syntax, and rdf:li for rdf:_1, rdf:_2 and so on.
    with pytest.raises(InputError, match="RDF/XML cannot name the property"):
        written([Statement(A, f"<{RDF_NS}{name}>", '"x"')])


@pytest.mark.parametrize(
    "predicate",
    [f"{RDF_NS}_1", f"{RDF_NS}value", f"{RDF_NS}type", f"{SKOS_NS}note", f"{E}a.b-c_d", f"{E}x/größe",
     f"{E}1st", f"{E}v#_x", "urn:x:y", f"{E}it's", f"{E}a&b", f"{E}xml", f"{E}Description", "http://e/p", f"{E}日本"],
)  # fmt: skip
def test_properties_that_xml_can_name_come_back(predicate: str) -> None:
    said = [Statement(A, f"<{predicate}>", '"x"'), Statement(A, f"<{predicate}>", A)]
    assert parse(written(said), RDFXML).statements == said


@pytest.mark.parametrize(
    "prefixes",
    [{}, {"ns1": E}, {"ns2": E}, {"ns3": E, "ns2": "urn:q:"}, {"rdf": E}, {"xml": E}, {"xmlns": E},
     {"XML": E}, {"": E}, {"x": f"{E}a&b/"}, {"a": E, "b": E}, {"e": f"{E}lo"}, {"e": E, "f": f"{E}long"},
     {"é": E}, {"p.q": E}],
)  # fmt: skip
def test_prefixes_never_change_the_meaning(prefixes: dict[str, str]) -> None:
    names = [
        f"{E}longer",
        "urn:q:x",
        "http://b.example/y",
        "http://c.example/z",
        f"{E}a&b/c",
        f"{RDF_NS}value",
    ]
    said = [Statement(A, f"<{name}>", '"x"') for name in names]
    document = written(said, prefixes)
    ET.fromstring(document)
    assert exact(parse(document, RDFXML).statements) == exact(said)


@pytest.mark.parametrize("label", ["a", "0", "1a2b", "c14n0", "f0c14n0", "a.b", "a-b", "é", "a·b"])
def test_blank_nodes_of_every_name_are_written(label: str) -> None:
    said = [
        Statement(A, P, f"_:{label}"),
        Statement(f"_:{label}", P, '"x"'),
        Statement("_:b", P, f"_:{label}"),
    ]
    document = written(said)
    assert exact(parse(document, RDFXML).statements) == exact(said)
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=document, format="xml")
    assert len(graph) == 3


def test_statements_of_one_subject_stand_together_and_only_used_prefixes_are_declared() -> None:
    text = written(turtle("e:b e:p 1 . e:a e:p e:b ; skos:note 'x'@en . e:b e:q 2 .")).decode()
    assert text.count("<rdf:Description ") == 2
    assert text.index(f'rdf:about="{E}a"') < text.index(f'rdf:about="{E}b"')
    assert "xmlns:skos" in text
    assert "xmlns:dct" not in text
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF')


def test_iris_with_signs_that_xml_needs_are_escaped() -> None:
    said = [Statement(f"<{E}?a=1&b='2'>", P, f"<{E}é&amp;>"), Statement(A, P, f'"x"^^<{E}t?a&b>')]
    assert exact(parse(written(said), RDFXML).statements) == exact(said)

"""What our terms correspond to elsewhere: named as the source names it, explained, and never fetched."""

from __future__ import annotations

import re
import socket
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from conftest import MakeVocabulary
from increments import assert_same, changed, observed, term, written
from pathways_ld import rdfio
from pathways_ld.iris import IriSpace
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import DCT, RDF, SCHEMA, SKOS, SSSOM
from pathways_ld.rdfio import Statement
from pathways_ld.tables import import_tables

ROOT = Path(__file__).resolve().parents[1]
DESCRIPTION = ROOT / "ontology" / "tables.toml"
BASE = "https://example.org/voc/"


def section(client: FlaskClient, path: str, heading: str) -> str:
    """Give the text of the section under a heading, links as [text](address); empty where there is none."""
    page = client.get(path).get_data(as_text=True)
    found = re.search(rf'<section aria-labelledby="{heading}">(.*?)</section>', page, re.DOTALL)
    text = re.sub(r'<a [^>]*?href="([^"]*)"[^>]*>(.*?)</a>', r"[\2](\1)", found[1] if found else "")
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


# our own vocabulary


def test_a_target_has_the_name_its_source_gives_it_and_keeps_its_iri(client: FlaskClient) -> None:
    shown = section(client, "/topic/academic-advising", "mappings")
    unesco = "http://vocabularies.unesco.org/thesaurus/concept30"
    assert f"[Educational guidance]({unesco}) {unesco}" in shown
    assert "/source/github-com-javiervzpucp-metadatos-archivo-blob-main-unesco-thesaurus-ttl)" in shown


def test_a_target_that_nobody_named_is_shown_by_its_short_iri(client: FlaskClient) -> None:
    shown = section(client, "/topic/career-pathways", "mappings")
    assert "[ceterms:Pathway](https://purl.org/ctdl/terms/Pathway)" in shown


def test_a_source_tells_which_version_of_it_was_read(client: FlaskClient) -> None:
    shown = section(client, "/topic/career-pathways", "mappings")
    assert "schema-ttl) version read: commit cc71c8e0, 2026-08" in shown


def test_pages_to_read_are_told_with_their_record_and_once(client: FlaskClient) -> None:
    shown = section(client, "/topic/career-pathways", "see-also")
    address = "https://ceds.ed.gov/CEDSElementDetails.aspx?TermId=24563"
    assert f"[Career Pathways Program Participation Start Date]({address})" in shown
    assert "CEDS element 001584" in shown
    page = client.get("/topic/career-pathways").get_data(as_text=True)
    assert page.count(f'href="{address}"') == 1


def test_a_page_is_shown_without_asking_anybody_else(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a page asked somebody else")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert client.get("/topic/skills?lang=fr").status_code == 200


def test_every_name_of_a_target_is_what_its_record_says_of_the_source() -> None:
    said: dict[str, dict[str, str]] = {}
    for each in rdfio.parse(ROOT / "data" / "mappings.ttl").statements:
        said.setdefault(each.subject, {})[each.predicate] = each.object
    labelled = 0
    for record in said.values():
        note = rdfio.literal_parts(record[f"<{SKOS.note}>"])[0] if f"<{SKOS.note}>" in record else ""
        found = re.match(r"UNESCO prefLabel: (.+?)(?: \(alt: .*\))?(?:;|$)", note) or re.match(
            r"CEDS element \d+ (.+) \(person-level\)$", note
        )
        label = record.get(f"<{SSSOM.object_label}>")
        assert label == (rdfio.literal(found[1], lang="en") if found else None), note
        labelled += found is not None
        if label:
            assert f"<{DCT.source}>" in record
    assert labelled == 19


# any vocabulary

HEAD = f"""@prefix : <{BASE}> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix o: <https://other.example/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix sssom: <https://w3id.org/sssom/> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Names"@en .
"""


def made(make_vocabulary: MakeVocabulary, turtle: str) -> FlaskClient:
    return make_vocabulary(HEAD + turtle, canonical_base=BASE).app().test_client()


def test_every_kind_of_mapping_is_explained_the_closest_first(make_vocabulary: MakeVocabulary) -> None:
    client = made(
        make_vocabulary,
        ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:relatedMatch o:5 ; skos:narrowMatch o:4 ;'
        " skos:broadMatch o:3 ; skos:closeMatch o:2 ; skos:exactMatch o:1 .",
    )
    shown = section(client, "/a", "mappings")
    words = (
        "Same concept Each can stand for the other",
        "/1)",
        "Nearly the same Good enough",
        "/2)",
        "Broader elsewhere The term there is wider",
        "/3)",
        "Narrower elsewhere The term there is narrower",
        "/4)",
        "Related elsewhere It has to do with this",
        "/5)",
    )
    places = [shown.index(each) for each in words]
    assert places == sorted(places)


def test_names_of_targets_in_the_language_of_the_reader(make_vocabulary: MakeVocabulary) -> None:
    client = made(
        make_vocabulary,
        ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:closeMatch o:1 , o:2 , o:3 .\n'
        ":a\\#m1 a rdf:Statement ; rdf:subject :a ; rdf:predicate skos:closeMatch ; rdf:object o:1 ;"
        ' sssom:object_label "One"@en , "Uno"@es , "Un <b>x</b>"@fr .\n'
        ":a\\#m2 a rdf:Statement ; rdf:subject :a ; rdf:predicate skos:closeMatch ; rdf:object o:2 ;"
        ' sssom:object_label "Found as two"@en .\n'
        'o:2 skos:prefLabel "Two"@en .\n'
        ":a\\#m3 a rdf:Statement ; rdf:subject :b ; rdf:predicate skos:closeMatch ; rdf:object o:3 ;"
        ' sssom:object_label "Of another"@en .\n',
    )
    assert "[One](https://other.example/1)" in section(client, "/a", "mappings")
    assert "[ Uno ](https://other.example/1)" in section(client, "/a?lang=es", "mappings")
    assert b"Un &lt;b&gt;x" in client.get("/a?lang=fr").data
    # What the vocabulary itself says of a term elsewhere is before what a record found.
    assert "[Two](https://other.example/2)" in section(client, "/a", "mappings")
    assert "Of another" not in section(client, "/a", "mappings")


def test_a_name_makes_no_address_of_what_is_none(make_vocabulary: MakeVocabulary) -> None:
    client = made(
        make_vocabulary,
        ':a a skos:Concept ; skos:prefLabel "A"@en ; skos:closeMatch <javascript:alert(1)> .\n'
        ":a\\#m a rdf:Statement ; rdf:subject :a ; rdf:predicate skos:closeMatch ;"
        ' rdf:object <javascript:alert(1)> ; sssom:object_label "Click me"@en .\n',
    )
    page = client.get("/a").get_data(as_text=True)
    assert "Click me" in page
    assert 'href="javascript' not in page


def test_links_without_a_record_stay_among_the_details(make_vocabulary: MakeVocabulary) -> None:
    client = made(
        make_vocabulary,
        ':a a skos:Concept ; skos:prefLabel "A"@en ; rdfs:seeAlso <https://other.example/x> .',
    )
    assert section(client, "/a", "see-also") == ""
    assert "See also [o:x](https://other.example/x)" in section(client, "/a", "facts")


# a change

RECORDED = [
    Statement(term(subject), term(predicate), term(value))
    for subject, predicate, value in (
        (":scheme", "rdf:type", "skos:ConceptScheme"),
        (":c1", "rdf:type", "skos:Concept"),
        (":c1", "skos:prefLabel", '"Alpha"@en'),
        (":c1", "skos:closeMatch", "o:x"),
        (":c1#m", "rdf:type", "rdf:Statement"),
        (":c1#m", "rdf:subject", ":c1"),
        (":c1#m", "rdf:predicate", "skos:closeMatch"),
        (":c1#m", "rdf:object", "o:x"),
        (":c1#m", "dct:source", ":doc"),
        (":doc", "foaf:page", "<https://example.org/page>"),
        (":doc", "dct:title", '"A page"@en'),
    )
]


@pytest.mark.parametrize(
    ("subject", "predicate", "value"),
    [
        (":c1#m", f"<{SSSOM.object_label}>", '"Found"@en'),
        (":doc", f"<{SCHEMA.version}>", '"commit 1a2b"'),
        (":doc", "dct:date", '"2020-01"'),
        ("o:x", "skos:prefLabel", '"Own name"@en'),
    ],
)
def test_what_a_record_or_its_source_says_anew_is_on_the_page(
    tmp_path: Path, subject: str, predicate: str, value: str
) -> None:
    new = Statement(term(subject), predicate if predicate[0] == "<" else term(predicate), term(value))
    before = written(tmp_path / "0", RECORDED)
    after = changed(before, tmp_path / "1", Delta((new,)), 1)
    assert_same(after, written(tmp_path / "whole", sorted([*RECORDED, new]), 1))
    row = observed(after)[f"row of {BASE}c1"]
    assert rdfio.literal_parts(value)[0] in str(row)


# the spreadsheets


def imported(folder: Path, target_label: str, version: str) -> dict[str, dict[str, str]]:
    tables = folder / "tables"
    tables.mkdir(exist_ok=True)
    (tables / "topics.csv").write_text(
        "slug,preferred_label,source_url,evidence\na,A,https://example.org/page,page-excerpt\n"
    )
    (tables / "links.csv").write_text(
        "subject_slug,predicate,target_uri,source_url,target_label\n"
        f"a,closeMatch,https://other.example/x,https://example.org/page,{target_label}\n"
    )
    (tables / "sources.csv").write_text(
        f"url,version,version_date\nhttps://example.org/page,{version},2020-01\n"
    )
    import_tables(tables, DESCRIPTION, folder / "data", space=IriSpace(BASE))
    said: dict[str, dict[str, str]] = {}
    for name in ("mappings.ttl", "sources.ttl"):
        for each in rdfio.parse(folder / "data" / name).statements:
            said.setdefault(each.subject, {})[each.predicate] = each.object
    return said


def test_spreadsheets_bring_in_names_of_targets_and_versions_of_sources(tmp_path: Path) -> None:
    said = imported(tmp_path, "Old name", "1.0")
    (record,) = (each for each in said.values() if f"<{RDF['object']}>" in each)
    assert record[f"<{SSSOM.object_label}>"] == '"Old name"@en'
    assert not any(subject.startswith("<https://other.example") for subject in said)
    source = said[record[f"<{DCT.source}>"]]
    assert source[f"<{SCHEMA.version}>"] == '"1.0"'
    assert source[f"<{DCT.date}>"].startswith('"2020-01"^^')
    again = imported(tmp_path, "New name", "2.0")
    (record,) = (each for each in again.values() if f"<{RDF['object']}>" in each)
    assert record[f"<{SSSOM.object_label}>"] == '"New name"@en'
    assert again[record[f"<{DCT.source}>"]][f"<{SCHEMA.version}>"] == '"2.0"'

"""The JSON-LD context: what it says, that its versions stay, and that documents mean the same with it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyld import jsonld

import documented
from conftest import MakeVocabulary, Vocabulary, build_vocabulary
from core_fixtures import ROOT, run
from graphs import exact, statements_of
from maintenance import BASE, Site
from pathways_ld import releases
from pathways_ld.errors import InputError
from pathways_ld.formats import NQUADS, TURTLE
from pathways_ld.namespaces import PREFIXES, XSD
from pathways_ld.rdfio import Statement, literal, literal_parts, parse
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.snapshot.asserted import read_asserted
from pathways_ld.vocabulary import Reader
from pathways_ld.vocabulary.contexts import definitions_of, make_context, read_versions
from servers import running

JSONLD = "application/ld+json"
NT = "application/n-triples"
PROFILE = "http://www.w3.org/ns/json-ld#"
COMMITTED = ROOT / "ontology" / "contexts"
PUBLISHED = {
    "v1.jsonld": "688f2e0a363f00edf1d3999eece402f764e25eb6ab4e5c9c79ebc902a72cb183",
}
"""Digests of what is published. A line is added for a new version; none is ever changed."""

SMALL = """
@prefix : <https://example.org/small/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Small"@en .
:one a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "One"@en ; :weight 3 .
"""
SMALL_BASE = "https://example.org/small/"

Loader = Callable[[str, object], dict[str, Any]]


def loader(documents: dict[str, object]) -> Loader:
    """Give what is known; nothing else is loaded, and nothing from the network."""

    def load(url: str, _: object) -> dict[str, Any]:
        assert url in documents, f"{url} was asked for"
        return {"contentType": JSONLD, "contextUrl": None, "documentUrl": url, "document": documents[url]}

    return load


def contexts_of(client: FlaskClient, base: str) -> dict[str, object]:
    """Give the served contexts under their canonical IRIs."""
    latest = client.get("/context.jsonld").headers["Link"]
    path = latest.partition("<")[2].partition(">")[0]
    return {base + path[1:]: json.loads(client.get(path).data)}


def triples(document: object, documents: dict[str, object]) -> frozenset[tuple[str, str, str]]:
    nquads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": loader(documents)})
    return exact(lowered(parse(nquads.encode(), NQUADS).statements))


def lowered(statements: list[Statement]) -> list[Statement]:
    """Compare without the case of language tags and the spelling of doubles, which libraries do not keep."""
    return [each._replace(object=_lowered(each.object)) for each in statements]


def _lowered(term: str) -> str:
    if not term.startswith('"'):
        return term
    text, lang, datatype = literal_parts(term)
    if datatype == XSD.double:
        text = repr(float(text.replace("INF", "inf")))
    return literal(text, lang=lang.lower(), datatype=datatype)


def all_paths(vocabulary: Vocabulary, at_most: int) -> list[str]:
    """Give paths of every kind of term, and of all that is no term."""
    source = Reader(vocabulary.folder)
    try:
        chosen: dict[str, list[str]] = {}
        for path in source.paths(limit=5_000):
            document = source.document(source.space.iri_of_path(path))
            if not document.withdrawn:
                chosen.setdefault(document.kind, []).append(path)
        return [path for paths in chosen.values() for path in paths[:at_most]]
    finally:
        source.close()


# What is served.


def test_the_latest_names_the_version_that_stays(client: FlaskClient) -> None:
    latest = client.get("/context.jsonld")
    assert latest.status_code == 200
    assert latest.mimetype == JSONLD
    assert latest.headers["Access-Control-Allow-Origin"] == "*"
    assert "immutable" not in latest.headers["Cache-Control"]
    assert latest.headers["Link"] == '</context/v1.jsonld>; rel="canonical"'
    again = client.get("/context.jsonld", headers={"If-None-Match": latest.headers["ETag"]})
    assert again.status_code == 304
    version = client.get("/context/v1.jsonld")
    assert version.data == latest.data
    assert version.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert version.headers["Access-Control-Allow-Origin"] == "*"
    assert client.head("/context/v1.jsonld").status_code == 200
    assert client.get("/context").headers["Location"] == "/context.jsonld"


@pytest.mark.parametrize(
    "name",
    [
        "v0.jsonld",
        "v01.jsonld",
        "v2000.jsonld",
        "v1",
        "1.jsonld",
        "v1.ttl",
        "v-1.jsonld",
        f"v{'9' * 30}.jsonld",
    ],
)
def test_other_versions_are_not_there(client: FlaskClient, name: str) -> None:
    response = client.get(f"/context/{name}")
    assert response.status_code == 404
    assert "there is: v1.jsonld." in response.text


def test_the_context_is_strict(client: FlaskClient) -> None:
    document = client.get("/context.jsonld").json
    assert isinstance(document, dict)
    context = document["@context"]
    assert context["@version"] == 1.1
    assert not {"@vocab", "@base", "@language"} & context.keys()
    record = {"@context": context, "id": "https://example.org/a", "nonsense": "x", "title": {"en": "Kept"}}
    (expanded,) = jsonld.expand(record, {"documentLoader": loader({})})
    assert expanded == {
        "@id": "https://example.org/a",
        "http://purl.org/dc/terms/title": [{"@value": "Kept", "@language": "en"}],
    }


def test_the_context_names_the_ontology_with_its_types(client: FlaskClient) -> None:
    record = {
        "@context": client.get("/context.jsonld").json["@context"],  # type: ignore[index]
        "id": "https://example.org/a",
        "type": "Initiative",
        "startYear": "2014",
        "leadOrganization": "organization:example",
        "subject": "topic:career-pathways",
        "ecosystemRole": {"en": "A role"},
        "modified": "2026-11-24",
    }
    (node,) = jsonld.expand(record, {"documentLoader": loader({})})
    own = f"{CANONICAL_BASE}ns#"
    assert node["@type"] == [f"{own}Initiative"]
    assert node[f"{own}startYear"] == [{"@value": "2014", "@type": f"{PREFIXES['xsd']}gYear"}]
    assert node[f"{own}leadOrganization"] == [{"@id": f"{CANONICAL_BASE}organization/example"}]
    assert node[f"{own}ecosystemRole"] == [{"@value": "A role", "@language": "en"}]
    assert node[f"{PREFIXES['dct']}subject"] == [{"@id": f"{CANONICAL_BASE}topic/career-pathways"}]
    assert node[f"{PREFIXES['dct']}modified"] == [{"@value": "2026-11-24", "@type": f"{PREFIXES['xsd']}date"}]


# Documents mean the same, whatever context they have.


@pytest.mark.parametrize("name", ["own", "synthetic"])
def test_documents_are_the_same_graph_inline_linked_and_as_n_triples(
    request: pytest.FixtureRequest, name: str
) -> None:
    vocabulary: Vocabulary = request.getfixturevalue(name)
    inline = vocabulary.app().test_client()
    linked = vocabulary.app(context="link").test_client()
    contexts = contexts_of(inline, vocabulary.manifest.base)
    citing = 0
    for path in all_paths(vocabulary, 4 if name == "own" else 30):
        expected = exact(lowered(statements_of(inline.get(f"{path}.nt").data, NT)))
        plain = json.loads(inline.get(f"{path}.jsonld").data)
        assert isinstance(plain["@context"], dict)
        assert triples(plain, {}) == expected, path
        document = json.loads(linked.get(f"{path}.jsonld").data)
        cites = document["@context"]
        assert (cites if isinstance(cites, str) else cites[0]) in contexts, path
        citing += isinstance(cites, str)
        assert triples(document, contexts) == expected, path
        assert triples(json.loads(linked.get(f"{path}.json").data), contexts) == expected, path
    assert citing > 10


def test_documents_say_by_their_etag_which_context_they_have(own: Vocabulary) -> None:
    path = "/topic/career-pathways.jsonld"
    tags = {own.app(context=each).test_client().get(path).headers["ETag"] for each in ("inline", "link")}
    assert len(tags) == 2


def test_iris_whose_scheme_is_a_prefix_stay_what_they_are(make_vocabulary: MakeVocabulary) -> None:
    vocabulary = make_vocabulary(
        SMALL
        + "@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .\n"
        + ':two a skos:Concept ; skos:inScheme :scheme ; geo:lat "1" ; skos:related <geo:1,2> .',
        canonical_base=SMALL_BASE,
    )
    client = vocabulary.app(context="link").test_client()
    contexts = contexts_of(client, SMALL_BASE)
    document = json.loads(client.get("/two.jsonld").data)
    assert document["@context"][1]["geo"] is None
    nt = client.get("/two.nt").data
    assert b"<geo:1,2>" in nt
    assert triples(document, contexts) == exact(statements_of(nt, NT))


def test_documents_of_hash_vocabularies_carry_their_context(make_vocabulary: MakeVocabulary) -> None:
    vocabulary = make_vocabulary(
        SMALL.replace("https://example.org/small/", "https://example.org/small#"),
        canonical_base="https://example.org/small#",
    )
    client = vocabulary.app(context="link").test_client()
    assert isinstance(json.loads(client.get("/one.jsonld").data)["@context"], dict)
    assert client.get("/context/v1.jsonld").status_code == 200


# Flavours of JSON-LD.


def test_who_asks_a_term_for_a_context_gets_the_context(client: FlaskClient) -> None:
    accept = f"{JSONLD};profile={PROFILE}context, {JSONLD}, application/json;q=0.5"  # as PyLD says it
    response = client.get("/ns", headers={"Accept": accept})
    assert response.headers["Content-Type"] == f'{JSONLD};profile="{PROFILE}context"'
    assert response.data == client.get("/context.jsonld").data
    assert response.headers["ETag"] != client.get("/ns", headers={"Accept": JSONLD}).headers["ETag"]


def test_a_compacted_document_says_so_where_that_was_asked(client: FlaskClient) -> None:
    path = "/topic/career-pathways"
    asked = client.get(path, headers={"Accept": f'{JSONLD};profile="{PROFILE}compacted"'})
    assert asked.headers["Content-Type"] == f'{JSONLD};profile="{PROFILE}compacted"'
    plain = client.get(path, headers={"Accept": JSONLD})
    assert plain.headers["Content-Type"] == JSONLD
    assert plain.data == asked.data
    unknown = client.get(path, headers={"Accept": f'{JSONLD};profile="https://example.org/x"'})
    assert (unknown.headers["Content-Type"], unknown.data) == (JSONLD, plain.data)


# Versions.


def test_what_is_published_never_changes() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in COMMITTED.iterdir()}
    assert found == PUBLISHED, (
        "A published context never changes, and a new one is pinned here: put the old file back, or add the digest of"
        " the new one."
    )


def test_the_last_version_is_what_the_sources_need(own: Vocabulary) -> None:
    versions = releases.examine_context(releases.collect(releases.own_sources()), own.settings)
    assert not versions.is_new, (
        f'The context changed: write {versions.path.name} with "pathways-ld context --write".'
    )
    assert Reader(own.folder).contexts == versions.published


def test_the_contexts_beside_sources_say_nothing_of_the_vocabulary() -> None:
    paths = releases.collect(releases.own_sources())
    assert not [path for path in paths if path.parent.name == "contexts"]


def test_a_version_is_added_only_where_something_changed(tmp_path: Path) -> None:
    def build(more: str) -> tuple[str, ...]:
        source = tmp_path / "small.ttl"
        source.write_text(SMALL + more, encoding="utf-8")
        vocabulary = build_vocabulary(tmp_path / "var", [source], canonical_base=SMALL_BASE)
        assert read_asserted(vocabulary.folder).contexts == Reader(vocabulary.folder).contexts
        return Reader(vocabulary.folder).contexts

    first = build("")
    assert len(first) == 1
    assert "weight" not in definitions_of(first[0])
    assert build(':two a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Two"@en .') == first
    second = build(":weight a owl:DatatypeProperty .")
    assert second[:1] == first
    assert definitions_of(second[1])["weight"] == f"{SMALL_BASE}weight"
    assert build(":weight a owl:DatatypeProperty .") == second


def test_versions_beside_the_sources_count(tmp_path: Path) -> None:
    source = tmp_path / "small.ttl"
    source.write_text(SMALL, encoding="utf-8")
    wrote = run("context", "--source", source, "--base", SMALL_BASE, "--write")
    assert wrote.code == 0
    assert wrote.out == f"{tmp_path / 'contexts' / 'v1.jsonld'} written.\n"
    first = (tmp_path / "contexts" / "v1.jsonld").read_text(encoding="utf-8")
    again = run("context", "--source", source, "--base", SMALL_BASE, "--write")
    assert "nothing was written" in again.out
    source.write_text(SMALL + ":weight a owl:DatatypeProperty .", encoding="utf-8")
    checked = run("check", "--source", tmp_path, "--base", SMALL_BASE)
    assert "Write v2.jsonld" in checked.err
    assert "context-changed" in checked.err
    shown = run("context", "--source", tmp_path, "--base", SMALL_BASE)
    assert "v2.jsonld is to be written" in shown.err
    assert run("context", "--source", tmp_path, "--base", SMALL_BASE, "--write").code == 0
    assert read_versions([tmp_path / "contexts"]) == (first, shown.out)
    assert "context-changed" not in run("check", "--source", tmp_path, "--base", SMALL_BASE).err
    vocabulary = build_vocabulary(tmp_path / "var", [source], canonical_base=SMALL_BASE)
    assert Reader(vocabulary.folder).contexts == (first, shown.out)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"@context": "https://example.org/"}', "\udcff"])
def test_a_broken_version_stops_a_build(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "contexts"
    folder.mkdir()
    (folder / "v1.jsonld").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"v1\.jsonld is not a JSON-LD context"):
        read_versions([tmp_path / "nothing", folder])


def test_versions_of_another_vocabulary_are_not_taken_over(tmp_path: Path) -> None:
    source = tmp_path / "small.ttl"
    source.write_text(SMALL, encoding="utf-8")
    build_vocabulary(tmp_path / "var", [source], canonical_base=SMALL_BASE)
    other = "https://example.org/other/"
    source.write_text(SMALL.replace(SMALL_BASE, other), encoding="utf-8")
    vocabulary = build_vocabulary(tmp_path / "var", [source], canonical_base=other)
    (only,) = Reader(vocabulary.folder).contexts
    assert SMALL_BASE not in only


def test_changes_keep_what_is_published_and_add_to_it(tmp_path: Path) -> None:
    site = Site(tmp_path, checked=False)
    try:
        first = site.client.get("/context/v1.jsonld").data
        prefixes = f"PREFIX : <{BASE}> PREFIX owl: <{PREFIXES['owl']}> PREFIX skos: <{PREFIXES['skos']}> "
        assert site.update(f"{prefixes} INSERT DATA {{ :one skos:altLabel 'Uno'@es }}").status_code < 300
        assert site.client.get("/context/v2.jsonld").status_code == 404
        changed = site.update(f"{prefixes} INSERT DATA {{ :weight a owl:DatatypeProperty }}")
        assert changed.status_code < 300, changed.text
        assert site.client.get("/context/v1.jsonld").data == first
        second = site.client.get("/context.jsonld")
        assert second.headers["Link"] == '</context/v2.jsonld>; rel="canonical"'
        assert "weight" in second.json["@context"]  # type: ignore[index]
        # What is built anew from the sources and the changes has the same versions.
        again = releases.build([site.source], site.settings, check=False)
        assert Reader(again.folder).contexts == (first.decode(), second.text)
    finally:
        site.close()


# What a context of any vocabulary holds.


def context_of(turtle: str, base: str = SMALL_BASE) -> dict[str, object]:
    parsed = parse((SMALL + turtle).encode(), TURTLE)
    return make_context(parsed.statements, {**PREFIXES, **parsed.prefixes}, base)


def test_names_that_are_taken_are_not_given_again() -> None:
    context = context_of(
        ":label a owl:DatatypeProperty . :skos a owl:Class . <https://example.com/x#weight> a owl:Class ."
        " :weight a owl:ObjectProperty . <https://example.com/a#both> a owl:Class . <https://example.com/b#both> a owl:Class ."
        " <https://example.org/small/1-2> a owl:Class . <https://example.org/small/%C3%A9> a owl:Class ."
    )
    assert context["label"] == {"@id": "rdfs:label", "@container": "@language"}
    assert context["skos"] == PREFIXES["skos"]
    assert context["weight"] == {"@id": f"{SMALL_BASE}weight", "@type": "@id"}
    assert not {"both", "1-2", "%C3%A9"} & context.keys()


def test_every_context_is_understood(synthetic_client: FlaskClient) -> None:
    document = synthetic_client.get("/context.jsonld").json
    assert isinstance(document, dict)
    for key in document["@context"].keys() - {"@version"}:
        record = {
            "@context": document["@context"],
            "id": "https://example.org/a",
            key: "https://example.org/b",
        }
        jsonld.expand(record, {"documentLoader": loader({})})


def test_prefixes_that_end_in_a_letter_work_in_the_context() -> None:
    context = context_of("@prefix odd: <https://example.com/x_> . ")
    assert context["odd"] == {"@id": "https://example.com/x_", "@prefix": True}
    (node,) = jsonld.expand({"@context": context, "id": "odd:1", "title": {"en": "x"}}, {})
    assert node["@id"] == "https://example.com/x_1"


# The documentation.


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


@pytest.mark.server
def test_documented(server: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "ontology", tmp_path / "ontology")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.rmtree(tmp_path / "ontology" / "contexts")
    assert documented.check("docs/json-ld-context.md", server, tmp_path) >= 4

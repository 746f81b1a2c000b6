"""JSON-LD: the same graph as a tree, as a list of nodes and expanded; understood offline by everybody."""

from __future__ import annotations

import json
import time
from typing import Any

import pyld.jsonld
import pytest
import rdflib
from hypothesis import given

from core_fixtures import (
    QUICK,
    RDF_NS,
    SKOS_NS,
    XSD_NS,
    E,
    Exact,
    exact,
    graphs_of_statements,
    lower_tags,
    turtle,
)
from pathways_ld.errors import InputError
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDF_FORMATS
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Context, Statement, parse, serialize, write_expanded, write_jsonld
from test_rdfio_turtle import BLANK_NODES, cells, chain, lists_in_lists

OWN = {**PREFIXES, "e": E}
ROOT = f"{E}a"
A, B, P, Q = (f"<{E}{name}>" for name in "abpq")


def written(said: list[Statement], root: str | None = None, prefixes: dict[str, str] | None = None) -> bytes:
    return write_jsonld(said, root=root, context=Context(OWN if prefixes is None else prefixes))


def read(document: bytes) -> Exact:
    return exact(parse(document, JSONLD).statements)


def tree(text: str, root: str = ROOT) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(written(turtle(text), root))
    return loaded


# the same graph


@QUICK
@given(graphs_of_statements)
def test_a_list_of_nodes_is_the_same_graph(said: list[Statement]) -> None:
    assert read(written(said)) == exact(said)


@QUICK
@given(graphs_of_statements)
def test_a_tree_is_the_same_graph(said: list[Statement]) -> None:
    assert read(written(said, ROOT)) == exact(said)


@QUICK
@given(graphs_of_statements)
def test_an_expanded_document_is_the_same_graph(said: list[Statement]) -> None:
    assert read(write_expanded(said)) == exact(said)


DOCUMENTS = {
    **BLANK_NODES,
    "literals": "e:a skos:prefLabel 'A'@en, 'B'@EN-gb, 'C' ; e:p 01, 1.50, 1e0, true, '1.'^^e:t, 'x'^^e:t .",
    "many in one language": "e:a skos:altLabel 'A'@en, 'B'@en, 'C'@de ; skos:notation 'x', 'y'^^e:t, 1 .",
    "text where an IRI is usual": "e:a skos:broader 'x', e:b, 'more'@en ; dct:source 'x' ; skos:member _:x .",
    "IRI where a text is usual": "e:a skos:prefLabel e:b ; skos:note e:c, 'x'@en, [ rdf:value 'y' ] .",
    "literal as type": "e:a a 'x', e:T .",
    "type of a type": "e:a a e:T . e:T a owl:Class ; rdfs:label 'T'@en .",
    "neighbours": "e:a skos:broader e:b . e:b skos:broader e:c ; skos:narrower e:a . e:c skos:note 'C'@en .",
    "reverse": "e:b skos:broader e:a . e:c skos:related e:a ; skos:broader e:a . e:a skos:prefLabel 'A'@en .",
    "reverse with more": "e:b e:p e:a, e:c, [ e:q e:a ] .",
    "to itself": "e:a e:p e:a ; skos:related e:a .",
    "unrelated": "e:x e:p e:y . e:y e:p e:x .",
    "a predicate that is described": "e:a e:p 1 . e:p a rdf:Property ; rdfs:label 'p'@en .",
    "lists of texts": "e:a e:p ( 'x' 'y'@EN-gb 01 'z'^^e:t ) .",
    "two lists": "e:a e:p ( 1 ), ( 2 ), 3 .",
    "list and others": "e:a skos:memberList ( e:x ), e:y, 'z' .",
    "dates": "e:a dct:issued '2024-01-01'^^xsd:date ; dct:modified '2024'^^xsd:gYear .",
    "HTML and JSON": "e:a e:p '<b>&amp;</b>'^^rdf:HTML, '{\"a\": [1]}'^^rdf:JSON, '<x/>'^^rdf:XMLLiteral .",
    "IRIs that look like shortened ones": "e:a e:p <skos:broader>, <type:x>, <e:b>, <id:x> ; a <skos:T> .",
    "property that looks like a shortened one": "e:a <skos:broader> 1 ; <e:x> 2 ; <broader:x> 3 .",
    "keywords as language and text": "e:a skos:note '@id'@none, '@type', '@value'@x-none .",
}  # fmt: skip


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
@pytest.mark.parametrize(
    "root", [None, ROOT, f"{E}b", f"{E}nowhere"], ids=["nodes", "tree", "from b", "from nowhere"]
)
def test_every_shape_is_the_same_graph(text: str, root: str | None) -> None:
    said = turtle(text)
    assert read(written(said, root)) == exact(said)


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_shape_is_the_same_graph_expanded(text: str) -> None:
    said = turtle(text)
    document = write_expanded(said)
    assert read(document) == exact(said)
    loaded = json.loads(document)
    assert isinstance(loaded, list)
    assert "@context" not in document.decode()
    assert len({node["@id"] for node in loaded}) == len(loaded)


def refuse_loading(url: str, options: object) -> None:
    raise AssertionError(f"{url} was asked for")


def canonical_numbers(name: str) -> list[Statement]:
    """Write doubles as libraries that look at values do (JSON-LD 1.1 API, 8.6)."""
    return turtle(DOCUMENTS[name].replace("1e0", "1.0E0"))


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("root", [None, ROOT], ids=["nodes", "tree"])
def test_pyld_reads_it_offline(name: str, root: str | None) -> None:
    said = canonical_numbers(name)
    options = {"format": "application/n-quads", "documentLoader": refuse_loading}
    quads = pyld.jsonld.to_rdf(json.loads(written(said, root)), options)
    found = parse(quads.encode(), NQUADS).statements
    assert exact(lower_tags(found)) == exact(lower_tags(said))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("root", [None, ROOT], ids=["nodes", "tree"])
def test_rdflib_reads_it_offline(monkeypatch: pytest.MonkeyPatch, name: str, root: str | None) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    said = canonical_numbers(name)
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=written(said, root), format="json-ld", publicID=E)
    found = parse(graph.serialize(format="nt", encoding="utf-8"), NTRIPLES).statements
    assert exact(lower_tags(found)) == exact(lower_tags(said))


@pytest.mark.parametrize(
    "prefixes",
    [{"type": E}, {"id": E}, {"note": E}, {"prefLabel": E}, {"Concept": E}, {"source": E, "e": E}, {"": E},
     {"geo": E}, {"p": "http://example.org/a"}, {"urn": "urn:x/"}, {"http": E}, {"value": E}, {"graph": E},
     {"e": E, "f": E}],
    ids=lambda each: "-".join(each) or "empty",
)  # fmt: skip
@pytest.mark.parametrize("root", [None, ROOT], ids=["nodes", "tree"])
def test_prefixes_never_change_the_meaning(prefixes: dict[str, str], root: str | None) -> None:
    said = turtle(
        "e:a a e:T, skos:Concept ; e:x 1 ; skos:note 'n'@en, 'm' ; skos:prefLabel 'A'@en ; dct:source e:b ;"
        " e:near <geo:37.8,-122.4>, <urn:x:1>, e:c ; <urn:x/p> 'x'^^<urn:x/t> ; <urn:p> 2 ."
    )
    for table in (prefixes, {**PREFIXES, **prefixes}, {**prefixes, **PREFIXES}):
        assert read(written(said, root, table)) == exact(said)


def test_graphs_with_names_are_kept_by_every_format_that_says_it_holds_datasets() -> None:
    said = [Statement(A, P, B, f"<{E}g>"), Statement(A, Q, '"x"@EN-gb', f"<{E}g>"), Statement(B, P, A)]
    for rdf_format in RDF_FORMATS:
        found = parse(serialize(said, rdf_format, OWN), rdf_format).statements
        assert exact(found, graphs=rdf_format.datasets) == exact(said, graphs=rdf_format.datasets), (
            rdf_format.name
        )


# the form


def test_a_tree_carries_its_context_and_only_what_it_uses_of_it() -> None:
    document = tree("e:a a skos:Concept ; skos:prefLabel 'A'@en ; e:p 1 ; skos:broader e:b .")
    assert document["@context"] == {
        "id": "@id",
        "type": "@type",
        "skos": SKOS_NS,
        "e": E,
        "xsd": XSD_NS,
        "Concept": "skos:Concept",
        "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
        "broader": {"@id": "skos:broader", "@type": "@id"},
    }
    assert document["id"] == ROOT
    assert document["type"] == "Concept"
    assert document["prefLabel"] == {"en": "A"}
    assert document["e:p"] == {"@value": "1", "@type": "xsd:integer"}
    assert document["broader"] == f"{E}b"


def test_texts_stand_by_language() -> None:
    document = tree("e:a skos:altLabel 'A'@en, 'B'@en, 'C'@EN-gb .")
    assert document["altLabel"] == {"en": ["A", "B"], "EN-gb": "C"}


def test_neighbours_stand_inside_and_others_under_reverse_and_included() -> None:
    document = tree(
        "e:a skos:broader e:b . e:b skos:prefLabel 'B'@en . e:c dct:subject e:a ; skos:prefLabel 'C'@en ."
        "e:d skos:prefLabel 'D'@en ."
    )
    assert document["broader"] == {"id": f"{E}b", "prefLabel": {"en": "B"}}
    assert document["@reverse"] == {"dct:subject": [{"id": f"{E}c", "prefLabel": {"en": "C"}}]}
    assert document["@included"] == [{"id": f"{E}d", "prefLabel": {"en": "D"}}]


def test_lists_stand_as_lists() -> None:
    document = tree("e:a skos:memberList ( e:x e:y ) ; e:p ( 'x' 1 ) .")
    assert document["memberList"] == [{"id": f"{E}x"}, {"id": f"{E}y"}]
    assert document["e:p"] == {"@list": ["x", {"@value": "1", "@type": "xsd:integer"}]}


def test_a_blank_node_used_once_has_no_name() -> None:
    document = tree("e:a e:p [ e:q 'x' ] .")
    assert document["e:p"] == {"e:q": "x"}
    assert tree("e:a e:p _:x ; e:q _:x . _:x e:q 'x' .")["e:p"]["id"].startswith("_:")


def test_a_root_of_which_nothing_is_said_is_still_the_root() -> None:
    document = json.loads(written([], ROOT))
    assert document["id"] == ROOT
    assert json.loads(written([]))["@graph"] == []


def test_without_a_root_every_resource_stands_for_itself() -> None:
    document = json.loads(written(turtle("e:a e:p e:b . e:b e:p e:c . e:c e:p e:a .")))
    assert {node["id"]: node["e:p"] for node in document["@graph"]} == {
        f"{E}a": {"id": f"{E}b"},
        f"{E}b": {"id": f"{E}c"},
        f"{E}c": {"id": f"{E}a"},
    }


def test_texts_are_written_as_they_are() -> None:
    document = written(turtle("e:a skos:prefLabel 'é 颜色 😀'@fr ."), ROOT)
    assert "é 颜色 😀".encode() in document
    assert document.endswith(b"}\n")


def test_the_same_statements_give_the_same_bytes() -> None:
    said = turtle(DOCUMENTS["literals"])
    assert written(said, ROOT) == written(list(said), ROOT)
    assert written(said * 2, ROOT) == written(said, ROOT)


# large and deep


def path(count: int) -> list[Statement]:
    return [Statement(f"<{E}c{n}>" if n else A, P, f"<{E}c{n + 1}>") for n in range(count)]


@pytest.mark.parametrize(
    "said",
    [
        cells(10_000, f"<{RDF_NS}nil>"),
        cells(2_000, '"end"'),
        chain(2_000),
        path(3_000),
        lists_in_lists(2_000),
    ],
    ids=["long list", "long list without end", "long chain", "long path", "lists in lists"],
)
@pytest.mark.parametrize("root", [None, ROOT], ids=["nodes", "tree"])
def test_long_structures_are_written_or_refused_in_seconds(said: list[Statement], root: str | None) -> None:
    begun = time.monotonic()
    try:
        json.loads(written(said, root))
    except InputError as error:
        assert "nested" in error.message  # noqa: PT017 - either end is right
    assert time.monotonic() - begun < 5

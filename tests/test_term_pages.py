"""Term documents: every representation of every term, and the headers around them (http-contract 1.1, 1.2, 1.4)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyld import jsonld
from werkzeug.test import TestResponse

from conftest import SYNTHETIC_BASE, MakeVocabulary, Vocabulary
from graphs import by_document, closure, exact, statements_of
from pathways_ld.formats import DUMP_FORMATS, JSONLD, TERM_FORMATS, Format
from pathways_ld.namespaces import DCT, OWL, SKOS
from pathways_ld.rdfio import Statement, is_blank, is_literal, literal_parts, parse
from problems import assert_problem, varies

TERM = "/topic/career-pathways"
IRI = "https://w3id.org/pathways-ld/topic/career-pathways"
RDF_SUFFIXES = ("ttl", "jsonld", "rdf", "nt", "json")
SUFFIXES = ("html", *RDF_SUFFIXES)
MEDIA_TYPES = {each.suffix: each.media_type for each in TERM_FORMATS}

LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w*]+="[^"]*")*)')


def links(response: TestResponse) -> list[tuple[str, str, str]]:
    """Give (relation, target, type) of each link in the Link header."""
    found = []
    for target, attributes in LINK.findall(response.headers.get("Link", "")):
        pairs = dict(re.findall(r'([\w*]+)="([^"]*)"', attributes))
        found += [(relation, target, pairs.get("type", "")) for relation in pairs["rel"].split()]
    return found


def targets(response: TestResponse, relation: str) -> list[str]:
    return [target for rel, target, _ in links(response) if rel == relation]


def documents(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """List the IRI and the path of every document, withdrawn ones too."""
    with sqlite3.connect(vocabulary.folder / "terms.sqlite") as connection:
        rows = connection.execute("SELECT iri, link FROM term ORDER BY iri").fetchall()
    connection.close()
    return [(iri, json.loads(link)["path"]) for iri, link in rows]


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


# what the documents say


@pytest.mark.parametrize("name", ["own", "synthetic"])
def test_every_format_of_every_term_says_exactly_what_the_sources_say(
    name: str, request: pytest.FixtureRequest
) -> None:
    """All of them: every literal, language tag and blank node, in every representation."""
    vocabulary: Vocabulary = request.getfixturevalue(name)
    client: FlaskClient = request.getfixturevalue(f"{name}_app").test_client()
    source = vocabulary.source_statements()
    sources = by_document(source)
    said = 0
    for iri, path in documents(vocabulary):
        graphs = {}
        for suffix in RDF_SUFFIXES:
            response = client.get(f"{path}.{suffix}")
            assert response.status_code in (200, 410), (path, suffix)
            if suffix != "json":
                graphs[suffix] = statements_of(response.data, response.content_type or "")
            elif response.status_code == 200:  # a problem is no RDF
                graphs[suffix] = statements_of(response.data, JSONLD.media_type)
        reference = exact(graphs["nt"])
        for suffix, statements in graphs.items():
            assert exact(statements) == reference, f"{path}.{suffix} differs from {path}.nt"
        expected = closure(sources, iri)
        said += len(expected)
        missing = exact(expected) - exact(closure(by_document(graphs["ttl"]), iri))
        assert not missing, f"{path} lacks {missing}"
    own = [each for each in source if not is_blank(each.subject) and is_of(each, vocabulary)]
    blank = [each for each in source if is_blank(each.subject)]
    assert len(own) <= said <= len(own) + len(blank)


def is_of(each: Statement, vocabulary: Vocabulary) -> bool:
    iri = each.subject[1:-1]
    return iri.startswith(vocabulary.manifest.base)


@pytest.mark.parametrize("name", ["own", "synthetic"])
def test_every_download_says_exactly_what_the_sources_say(name: str, request: pytest.FixtureRequest) -> None:
    vocabulary: Vocabulary = request.getfixturevalue(name)
    client: FlaskClient = request.getfixturevalue(f"{name}_app").test_client()
    source = exact(vocabulary.source_statements())
    graphs = {}
    for each in DUMP_FORMATS:
        response = client.get(f"/dumps/vocabulary.{each.suffix}")
        assert response.status_code == 200
        assert response.content_type == each.content_type()
        graphs[each.name] = exact(statements_of(response.data, response.content_type or ""))
    for format_name, graph in graphs.items():
        assert graph == graphs["n-quads"], format_name
        assert source <= graph, format_name
    assert len(graphs["n-quads"]) == vocabulary.manifest.statements


def literals(statements: Iterable[Statement], subject: str, predicate: str) -> list[tuple[str, str, str]]:
    return sorted(
        literal_parts(each.object)
        for each in statements
        if each.subject == f"<{subject}>" and each.predicate == f"<{predicate}>" and is_literal(each.object)
    )


@pytest.mark.parametrize("suffix", RDF_SUFFIXES)
def test_language_tags_keep_their_capitals(synthetic_client: FlaskClient, suffix: str) -> None:
    response = synthetic_client.get(f"/colour.{suffix}")
    found = literals(
        statements_of(response.data, response.content_type or ""), f"{SYNTHETIC_BASE}colour", SKOS.prefLabel
    )
    assert {language for _, language, _ in found} == {"EN-gb", "en-US", "de", "zh-Hans", "zh-Hant", "ar"}


@pytest.mark.parametrize("suffix", RDF_SUFFIXES)
def test_lexical_forms_are_kept_to_the_letter(synthetic_client: FlaskClient, suffix: str) -> None:
    response = synthetic_client.get(f"/exact.{suffix}")
    found = literals(
        statements_of(response.data, response.content_type or ""),
        f"{SYNTHETIC_BASE}exact",
        "https://example.org/terms#value",
    )
    xsd = "http://www.w3.org/2001/XMLSchema#"
    for text, kind in [("01", "integer"), ("1", "integer"), ("+1", "integer"), ("1.50", "decimal")]:
        assert (text, "", xsd + kind) in found
    for text, kind in [("1E0", "double"), ("2026-01-01+00:00", "date"), ("not a number", "integer")]:
        assert (text, "", xsd + kind) in found
    assert ("a\tb\nc\r\nd\re", "", "") in found
    assert ("café", "", "") in found
    assert ("café", "", "") in found
    assert ("", "", "") in found
    assert ("", "en", "") in found
    assert {language for text, language, _ in found if text == "tag"} == {"en", "EN", "De-ch-1996"}
    assert len(found) == len(set(found)) == 33


def test_private_and_grandfathered_language_tags_can_be_published(make_vocabulary: MakeVocabulary) -> None:
    """RFC 5646, 2.2.7 and 2.2.8: a tag may be private altogether, or older than the rules."""
    vocabulary = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <https://example.org/v/a> a skos:Concept ;"
        ' skos:prefLabel "Kolour"@x-Klingon , "Tint"@en-GB-oed , "Hö"@i-Default .',
        canonical_base="https://example.org/v/",
    )
    response = vocabulary.app().test_client().get("/a.nt")
    for tagged in ('"Kolour"@x-Klingon', '"Tint"@en-GB-oed', '"Hö"@i-Default'):
        assert tagged in response.get_data(as_text=True)


def test_json_ld_loads_without_network_and_in_another_processor(client: FlaskClient) -> None:
    def no_network(url: str, options: object) -> object:
        raise AssertionError(f"asked for {url}")

    response = client.get(f"{TERM}.jsonld")
    document = json.loads(response.data)
    nquads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": no_network})
    turtle = client.get(f"{TERM}.ttl")
    theirs = parse(nquads.encode(), by_name("n-quads")).statements
    assert exact(theirs) == exact(statements_of(turtle.data, turtle.content_type or ""))


def by_name(name: str) -> Format:
    return next(each for each in DUMP_FORMATS if each.name == name)


@pytest.mark.parametrize("prefix", ["id", "type", "label", "Concept", "source", "graph", "vocab"])
def test_prefixes_may_be_called_like_the_keywords_of_json_ld(
    make_vocabulary: MakeVocabulary, prefix: str
) -> None:
    vocabulary = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix dct: <http://purl.org/dc/terms/> ."
        f" @prefix {prefix}: <https://example.org/p#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
        f' <https://example.org/v/a> a skos:Concept , {prefix}:Type ; skos:prefLabel "A"@en ;'
        f' rdfs:label "a" ; dct:source <https://example.org/s> ; {prefix}:value "x"^^{prefix}:datatype .',
        canonical_base="https://example.org/v/",
    )
    client = vocabulary.app().test_client()
    for path in ("/a.jsonld", "/dumps/vocabulary.jsonld"):
        response = client.get(path)
        assert exact(statements_of(response.data, response.mimetype)) == exact(
            statements_of(client.get("/a.nt").data, "application/n-triples")
        )


def test_json_is_json_ld_for_plain_clients(client: FlaskClient) -> None:
    """That it is the same graph, and how it looks, has tests in `test_jskos.py`."""
    plain, linked = client.get(f"{TERM}.json"), client.get(f"{TERM}.jsonld")
    assert plain.get_json()["id"] == linked.get_json()["id"]
    assert plain.content_type == "application/json"
    assert plain.headers["ETag"] != linked.headers["ETag"]


def test_rdf_carries_canonical_iris_whatever_the_host(client: FlaskClient) -> None:
    elsewhere = client.get(f"{TERM}.ttl", base_url="https://staging.example.net:8443")
    assert elsewhere.data == client.get(f"{TERM}.ttl").data
    assert b"staging" not in elsewhere.data
    assert targets(elsewhere, "cite-as") == [IRI]


def test_a_document_names_its_neighbours(client: FlaskClient) -> None:
    """Useful without a second request: every neighbour of ours comes with a label."""
    response = client.get(f"{TERM}.nt")
    statements = statements_of(response.data, response.content_type or "")
    labelled = {each.subject for each in statements if is_literal(each.object)}
    related = {
        each.object for each in statements if each.predicate in (f"<{SKOS.related}>", f"<{SKOS.broader}>")
    }
    assert related
    assert related <= labelled


def test_a_document_tells_what_others_say_of_it_however_many(synthetic_client: FlaskClient) -> None:
    response = synthetic_client.get("/hub.nt")
    assert response.data.count(f"<{SKOS.narrower}>".encode()) >= 130


# addresses: suffixes, _mediatype, slashes, percent-encoding


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_suffix_beats_accept(client: FlaskClient, suffix: str) -> None:
    other = "text/turtle" if suffix != "ttl" else "text/html"
    for accept in (other, "image/png", "nonsense", ""):
        response = get(client, f"{TERM}.{suffix}", Accept=accept)
        assert response.status_code == 200
        assert response.mimetype == MEDIA_TYPES[suffix]


def test_owl_is_rdf_xml_of_the_vocabulary_only(client: FlaskClient) -> None:
    """owlready2 asks for the ontology's IRI with .owl."""
    response = client.get("/ns.owl")
    assert response.status_code == 200
    assert response.mimetype == "application/rdf+xml"
    assert response.data == client.get("/ns.rdf").data


@pytest.mark.parametrize("media_type", [*MEDIA_TYPES.values(), "text/turtle;charset=utf-8", "TEXT/TURTLE"])
def test_the_mediatype_parameter_beats_accept(client: FlaskClient, media_type: str) -> None:
    response = client.get(TERM, query_string={"_mediatype": media_type}, headers={"Accept": "image/png"})
    assert response.status_code == 200
    assert response.mimetype == media_type.partition(";")[0].lower()


def test_an_unknown_mediatype_parameter_is_a_400_that_lists_the_known(client: FlaskClient) -> None:
    response = client.get(TERM, query_string={"_mediatype": "image/png"})
    assert_problem(response, 400, "image/png", "text/turtle", "application/ld+json")


@pytest.mark.parametrize("path", [f"{TERM}/", "/topic/", "/ns/", "/dumps", f"{TERM}//"])
def test_slashes_end_at_one_address_by_301(client: FlaskClient, path: str) -> None:
    """308 is not followed by Java clients."""
    response = client.get(path)
    assert response.status_code == 301
    location = response.headers["Location"]
    assert location.rstrip("/") == path.rstrip("/")
    assert client.get(location).status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_redirects_keep_the_query(client: FlaskClient) -> None:
    response = client.get(f"{TERM}/?_mediatype=text%2Fturtle&x=%26")
    assert response.headers["Location"] == f"{TERM}?_mediatype=text%2Fturtle&x=%26"


@pytest.mark.parametrize(
    "path", ["//example.com/", "/%2Fexample.com/", "/%5Cexample.com/", "/%0D%0AX-A:%20b/"]
)
def test_no_redirect_leads_away_or_splits_the_header(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    location = response.headers.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\n" not in location
    assert "X-A" not in response.headers


ODD = [
    "caf%C3%A9", "naïve", "颜色", "a%2Fb", "100%25", "what?now=1&x=2", "a(b)+c;d=e,f:g@h!i'j*k~l",
    "deep/er/one", "release-1.2", "config.json",
]  # fmt: skip


@pytest.mark.parametrize("local_id", ODD)
@pytest.mark.parametrize("suffix", ["", *(f".{suffix}" for suffix in SUFFIXES)])
def test_every_iri_has_an_address(synthetic_client: FlaskClient, local_id: str, suffix: str) -> None:
    path = "/" + quote(local_id, safe="/-._~!$&'()*+,;=:@")
    response = get(synthetic_client, path + suffix)
    assert response.status_code == 200
    assert targets(response, "cite-as") == [
        quote(f"{SYNTHETIC_BASE}{local_id}", safe="/-._~!$&'()*+,;=:@%?#")
    ]
    if suffix in (".nt", ".ttl"):
        assert f"<{SYNTHETIC_BASE}{local_id}>" in response.get_data(as_text=True)


@pytest.mark.parametrize("local_id", ODD)
def test_headers_are_ascii_with_percent_encoding(synthetic_client: FlaskClient, local_id: str) -> None:
    """Link and Content-Location hold URIs (RFC 8288, 3; RFC 9110, 8.7); servers refuse other letters."""
    path = "/" + quote(local_id, safe="/-._~!$&'()*+,;=:@")
    for suffix in ("", ".ttl"):
        for name, value in get(synthetic_client, path + suffix).headers:
            assert value.isascii(), f"{name}: {value}"
    again = get(synthetic_client, path + ".ttl").headers["Content-Location"]
    assert get(synthetic_client, again).status_code == 200


def test_an_iri_as_it_stands_in_the_graph_may_be_asked_for_decoded_once(
    synthetic_client: FlaskClient,
) -> None:
    """Behind a proxy that decodes, <.../caf%C3%A9> arrives as café."""
    response = synthetic_client.get("/caf%C3%A9.nt")
    assert response.status_code == 200
    assert b"<https://example.org/voc/caf%C3%A9> " in response.data


def test_iris_that_end_in_a_slash_have_an_address(make_vocabulary: MakeVocabulary) -> None:
    vocabulary = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <https://example.org/v/a/> a skos:Concept ;"
        ' skos:prefLabel "A"@en . <https://example.org/v/b/> a skos:Concept ; skos:prefLabel "B"@en .',
        canonical_base="https://example.org/v/",
    )
    response = (
        vocabulary.app().test_client().get("/a/", follow_redirects=True, headers={"Accept": "text/turtle"})
    )
    assert response.status_code == 200
    assert b"<https://example.org/v/a/>" in response.data


def test_concepts_of_a_hash_vocabulary_have_addresses(make_vocabulary: MakeVocabulary) -> None:
    vocabulary = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <https://example.org/v> a skos:ConceptScheme ."
        " <https://example.org/v#a> a skos:Concept ; skos:inScheme <https://example.org/v> ;"
        ' skos:prefLabel "A"@en .',
        canonical_base="https://example.org/v#",
    )
    client = vocabulary.app().test_client()
    assert b"<https://example.org/v#a>" in client.get("/a.nt").data
    assert client.get("/a").status_code == 200


# headers


@pytest.mark.parametrize("path", [TERM, "/ns", "/organization", "/search?q=badge", "/dumps/", "/"])
@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "application/json", "image/png"])
def test_head_is_get_without_the_body(client: FlaskClient, path: str, accept: str) -> None:
    headers = {"Accept": accept, "X-Request-Id": "the-same-for-both"}
    got, head = (client.open(path, method=method, headers=headers) for method in ("GET", "HEAD"))
    assert head.status_code == got.status_code
    assert dict(head.headers) == dict(got.headers)
    assert head.data == b""


@pytest.mark.parametrize(
    "path", [f"{TERM}.ttl", "/nothing", "/sparql", "/robots.txt", "/dumps/vocabulary.nt"]
)
def test_head_is_get_without_the_body_elsewhere_too(client: FlaskClient, path: str) -> None:
    headers = {"X-Request-Id": "the-same-for-both"}
    got, head = client.get(path, headers=headers), client.head(path, headers=headers)
    assert head.status_code == got.status_code
    assert dict(head.headers) == dict(got.headers)
    assert head.data == b""


@pytest.mark.parametrize("path", [TERM, "/", "/topic", "/search", "/dumps/", "/sparql", "/healthz"])
def test_options_tells_what_is_allowed(client: FlaskClient, path: str) -> None:
    response = client.options(path)
    assert response.status_code in (200, 204)
    allowed = {method.strip() for method in response.headers["Allow"].split(",")}
    assert allowed == {"GET", "HEAD", "OPTIONS"} | ({"POST"} if path == "/sparql" else set())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_content_location_is_the_suffix_address_with_the_same_bytes(client: FlaskClient, suffix: str) -> None:
    response = get(client, TERM, Accept=MEDIA_TYPES[suffix])
    assert response.headers["Content-Location"] == f"{TERM}.{suffix}"
    again = client.get(response.headers["Content-Location"], headers={"Accept": "image/png"})
    assert again.status_code == 200
    assert again.data == response.data
    assert again.headers["ETag"] == response.headers["ETag"]


def test_content_location_of_another_language_gives_the_same_bytes(synthetic_client: FlaskClient) -> None:
    german = get(synthetic_client, "/colour", Accept_Language="de")
    again = get(synthetic_client, german.headers["Content-Location"], Accept_Language="de")
    assert again.data == german.data
    asked = get(synthetic_client, "/colour?lang=de")
    again = get(synthetic_client, asked.headers["Content-Location"])
    assert again.data == asked.data


def test_strong_etags_differ_per_representation_and_language(synthetic_client: FlaskClient) -> None:
    tags = [get(synthetic_client, "/colour", Accept=each).headers["ETag"] for each in MEDIA_TYPES.values()]
    tags += [
        get(synthetic_client, "/colour", Accept=each).headers["ETag"] for each in ("text/plain", "text/n3")
    ]
    tags += [
        get(synthetic_client, "/colour", Accept_Language=language).headers["ETag"]
        for language in ("de", "zh-Hant", "ar", "en-US")
    ]
    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r'"[\x21\x23-\x7e]+"', tag) for tag in tags)


def test_an_etag_stays_while_the_bytes_stay(synthetic: Vocabulary, synthetic_client: FlaskClient) -> None:
    other_process = synthetic.app().test_client()
    for path in ("/colour", "/colour.ttl", "/concept", "/dumps/vocabulary.nt", "/"):
        assert other_process.get(path).headers["ETag"] == synthetic_client.get(path).headers["ETag"]


def test_rdf_does_not_depend_on_the_readers_language(client: FlaskClient) -> None:
    one, other = (
        get(client, f"{TERM}.ttl", Accept_Language="de"),
        get(client, f"{TERM}.ttl", Accept_Language="fr"),
    )
    assert one.headers["ETag"] == other.headers["ETag"]


@pytest.mark.parametrize("path", [TERM, f"{TERM}.ttl", "/topic", "/search?q=badge", "/dumps/", "/", "/ns"])
def test_not_modified_repeats_the_headers_of_200(client: FlaskClient, path: str) -> None:
    fresh = client.get(path)
    etag = fresh.headers["ETag"]
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*", f' W/"x" ,{etag}'):
        unchanged = get(client, path, If_None_Match=header)
        assert unchanged.status_code == 304, header
        assert unchanged.data == b""
        for name in ("Cache-Control", "Content-Location", "ETag", "Vary", "Access-Control-Allow-Origin"):
            assert unchanged.headers.get(name) == fresh.headers.get(name), name
        assert "Content-Type" not in unchanged.headers
        assert unchanged.headers.get("Content-Length") in (None, fresh.headers.get("Content-Length"))


@pytest.mark.parametrize("header", ['"other"', '""', "nonsense", 'W/"other", "another"'])
def test_another_etag_gets_the_document(client: FlaskClient, header: str) -> None:
    assert get(client, TERM, If_None_Match=header).status_code == 200


def test_the_etag_of_one_format_does_not_match_another(client: FlaskClient) -> None:
    turtle = get(client, TERM, Accept="text/turtle").headers["ETag"]
    assert get(client, TERM, Accept="text/html", If_None_Match=turtle).status_code == 200


def test_terms_may_be_cached_for_a_while_and_pages_are_asked_for_again(client: FlaskClient) -> None:
    kept, page = "public, max-age=300, must-revalidate", "public, max-age=0, must-revalidate"
    assert get(client, TERM, Accept="text/turtle").headers["Cache-Control"] == kept
    for path in (TERM, "/topic/there-is-none"):
        assert get(client, path, Accept="text/html").headers["Cache-Control"] == page


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_links_to_all_others(client: FlaskClient, suffix: str) -> None:
    response = client.get(f"{TERM}.{suffix}")
    alternates = {(target, kind) for rel, target, kind in links(response) if rel == "alternate"}
    assert alternates == {(f"{TERM}.{each}", MEDIA_TYPES[each]) for each in SUFFIXES if each != suffix}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_is_described_by_the_rdf_ones(client: FlaskClient, suffix: str) -> None:
    response = client.get(f"{TERM}.{suffix}")
    described = {(target, kind) for rel, target, kind in links(response) if rel == "describedby"}
    rdf = ("ttl", "jsonld", "rdf", "nt")
    assert described >= {(f"{TERM}.{each}", MEDIA_TYPES[each]) for each in rdf}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_signposting_links_of_a_term(client: FlaskClient, suffix: str) -> None:
    response = client.get(f"{TERM}.{suffix}")
    assert targets(response, "cite-as") == [IRI]
    assert set(targets(response, "type")) == {"https://schema.org/AboutPage", SKOS.Concept}
    assert targets(response, "license") == ["https://creativecommons.org/licenses/by/4.0/"]
    assert targets(response, "collection") == ["https://w3id.org/pathways-ld/ns"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_canonical_link_is_the_documents_own_address(client: FlaskClient, suffix: str) -> None:
    """RFC 6596: one document, one preferred address; the term's IRI is in cite-as."""
    assert len(targets(client.get(f"{TERM}.{suffix}"), "canonical")) == 1


def test_the_vocabulary_lists_its_downloads_as_items(client: FlaskClient, own: Vocabulary) -> None:
    response = client.get("/ns")
    items = {(target, kind) for rel, target, kind in links(response) if rel == "item"}
    assert items == {(f"/dumps/vocabulary.{each.suffix}", each.media_type) for each in DUMP_FORMATS}
    assert targets(response, "collection") == []
    assert SKOS.ConceptScheme in targets(response, "type")


@pytest.mark.parametrize("path", [TERM, "/topic", "/ns"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_json_ld_clients_find_exactly_one_alternate(client: FlaskClient, path: str, suffix: str) -> None:
    """PyLD sorts links by the whole text of rel and fails where two links are plainly rel="alternate".

    So the others say rel="alternate describedby", or anything else of which alternate is a part.
    """
    header = client.get(f"{path}.{suffix}").headers["Link"]
    plain = [attributes for _, attributes in LINK.findall(header) if 'rel="alternate"' in attributes]
    assert len(plain) <= 1
    if suffix not in ("jsonld", "json"):
        assert 'type="application/ld+json"' in plain[0]


def test_a_context_is_linked_only_where_the_type_is_plain_json(client: FlaskClient) -> None:
    relation = "http://www.w3.org/ns/json-ld#context"
    assert targets(client.get(f"{TERM}.jsonld"), relation) == []
    assert len(targets(client.get(f"{TERM}.json"), relation)) <= 1


def test_the_version_iri_answers_and_points_to_the_latest(client: FlaskClient, own: Vocabulary) -> None:
    path = own.manifest.version_iri.removeprefix(own.manifest.base)
    for suffix in ("", *(f".{each}" for each in SUFFIXES)):
        response = client.get(f"/{path}{suffix}")
        assert response.status_code == 200
        assert targets(response, "latest-version") == [own.manifest.vocabulary_iri]


# languages


@pytest.mark.parametrize(
    ("wanted", "language", "text"),
    [
        ("de", "de", "Farbe"),
        ("zh-Hant-TW", "zh-Hant", "顏色"),
        ("fr, zh-Hans;q=0.5", "zh-Hans", "颜色"),
        ("ar-EG", "ar", "لون"),
        ("en-US", "en-US", "Color"),
        ("en-GB", "EN-gb", "Colour"),
        ("fr", "EN-gb", "Colour"),
        ("", "EN-gb", "Colour"),
    ],
)
def test_pages_come_in_the_readers_language(
    synthetic_client: FlaskClient, wanted: str, language: str, text: str
) -> None:
    response = get(synthetic_client, "/colour", Accept_Language=wanted)
    assert response.headers["Content-Language"] == language
    heading = re.search(r"<h1.*?</h1>", response.get_data(as_text=True), re.DOTALL)
    assert heading
    assert text in heading[0]
    assert varies(response) >= {"Accept", "Accept-Language"}


def test_the_lang_parameter_beats_accept_language(synthetic_client: FlaskClient) -> None:
    response = get(synthetic_client, "/colour?lang=de", Accept_Language="zh-Hant")
    assert response.headers["Content-Language"] == "de"


def test_a_term_without_the_readers_language_is_shown_in_one_it_has(synthetic_client: FlaskClient) -> None:
    response = get(synthetic_client, "/only-arabic", Accept_Language="de, en;q=0.5")
    assert response.headers["Content-Language"] == "ar-Arab"
    assert "مهنة" in response.get_data(as_text=True)
    assert get(synthetic_client, "/no-language").headers["Content-Language"] == "en"


# deprecated and withdrawn terms


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_deprecated_term_stays_and_names_its_successor(synthetic_client: FlaskClient, suffix: str) -> None:
    response = synthetic_client.get(f"/old.{suffix}")
    assert response.status_code == 200
    assert targets(response, "successor-version") == [f"{SYNTHETIC_BASE}colour"]
    if suffix not in ("html", "json"):
        triples = {each[:3] for each in statements_of(response.data, response.content_type or "")}
        old = f"<{SYNTHETIC_BASE}old>"
        assert (old, f"<{DCT.isReplacedBy}>", f"<{SYNTHETIC_BASE}colour>") in triples
        assert (old, f"<{OWL.deprecated}>", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>') in triples


def test_the_page_of_a_deprecated_term_says_so_first(synthetic_client: FlaskClient) -> None:
    page = synthetic_client.get("/old").get_data(as_text=True)
    main = page[page.index("<main") :]
    assert main.index("deprecated") < main.index("Identifier")
    assert 'href="/colour"' in main[: main.index("</p>", main.index("deprecated"))]


def test_a_deprecated_term_carries_the_deprecation_header(synthetic_client: FlaskClient) -> None:
    """RFC 9745 asks for a date, as a structured field: @ and seconds."""
    for suffix in ("html", "ttl"):
        assert re.fullmatch(r"@\d+", synthetic_client.get(f"/old.{suffix}").headers["Deprecation"])
    assert "Deprecation" not in synthetic_client.get("/colour").headers


def test_a_successor_elsewhere_is_linked(synthetic_client: FlaskClient) -> None:
    response = synthetic_client.get("/old-elsewhere")
    assert targets(response, "successor-version") == ["https://example.com/new"]
    assert 'href="https://example.com/new"' in response.get_data(as_text=True)


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "rdf", "nt"])
def test_a_withdrawn_term_leaves_a_tombstone_in_every_format(
    synthetic_client: FlaskClient, suffix: str
) -> None:
    for path, headers in ((f"/withdrawn.{suffix}", {}), ("/withdrawn", {"Accept": MEDIA_TYPES[suffix]})):
        response = synthetic_client.get(path, headers=headers)
        assert response.status_code == 410
        assert response.mimetype == MEDIA_TYPES[suffix]
        text = {
            literal_parts(each.object)[0]
            for each in statements_of(response.data, response.mimetype)
            if is_literal(each.object)
        }
        assert "Withdrawn: it named a person." in text
        assert "Accept" in response.headers["Vary"]


def test_a_withdrawn_term_leaves_a_page_that_names_it(synthetic_client: FlaskClient) -> None:
    response = get(synthetic_client, "/withdrawn", Accept="text/html")
    assert response.status_code == 410
    assert response.mimetype == "text/html"
    page = response.get_data(as_text=True)
    assert f"{SYNTHETIC_BASE}withdrawn" in page
    assert "Withdrawn: it named a person." in page


def test_a_withdrawn_term_is_a_problem_for_json_clients(synthetic_client: FlaskClient) -> None:
    problem = assert_problem(get(synthetic_client, "/withdrawn", Accept="application/json"), 410)
    assert problem["iri"] == f"{SYNTHETIC_BASE}withdrawn"


# a host that is canonical itself


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [("text/html", "html"), ("text/turtle", "ttl"), ("application/ld+json", "jsonld"), ("*/*", "html")],
)
def test_in_redirect_mode_a_term_answers_303(own: Vocabulary, accept: str, suffix: str) -> None:
    client = own.app(identity="redirect").test_client()
    response = get(client, f"{TERM}?x=1", Accept=accept)
    assert response.status_code == 303
    assert response.headers["Location"] == f"{TERM}.{suffix}?x=1"
    assert varies(response) >= {"Accept", "Accept-Language"}
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    document = client.get(response.headers["Location"])
    assert document.status_code == 200
    assert unquote(document.headers["Content-Location"]) == f"{TERM}.{suffix}"


def test_in_redirect_mode_the_other_rules_stay(own: Vocabulary, synthetic: Vocabulary) -> None:
    client = own.app(identity="redirect").test_client()
    assert get(client, TERM, Accept="image/png").status_code == 406
    assert get(client, "/topic/nothing").status_code == 404
    assert get(client, f"{TERM}/").status_code == 301
    odd = synthetic.app(identity="redirect").test_client()
    assert get(odd, "/withdrawn", Accept="text/turtle").status_code == 410
    assert get(odd, "/颜色").headers["Location"] == "/%E9%A2%9C%E8%89%B2.html"


def test_under_a_path_prefix_every_address_has_it(own: Vocabulary) -> None:
    """Behind a proxy at /vocab (SCRIPT_NAME) nothing points outside."""
    client = own.app().test_client()
    base = "http://localhost/vocab"
    response = client.get(TERM, base_url=base)
    assert response.headers["Content-Location"] == f"/vocab{TERM}.html"
    local = [target for _, target, _ in links(response) if target.startswith("/")]
    assert local
    assert all(target.startswith("/vocab/") for target in local)
    page = response.get_data(as_text=True)
    addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
    assert addresses
    assert all(address.startswith("/vocab/") for address in addresses)
    assert client.get(f"{TERM}/", base_url=base).headers["Location"] == f"/vocab{TERM}"


# vocabularies that are not like ours

HEAD = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <https://example.org/v/a> a skos:Concept ;"
    ' skos:prefLabel "A"@en'
)


def test_without_a_concept_scheme_no_link_is_empty(make_vocabulary: MakeVocabulary) -> None:
    client = make_vocabulary(f"{HEAD} .", canonical_base="https://example.org/v/").app().test_client()
    response = client.get("/a")
    assert "" not in [target for _, target, _ in links(response)]
    page = response.get_data(as_text=True)
    for address in re.findall(r'href="(/[^"#?]*)"', page):
        assert client.get(address, headers={"Accept": "text/html"}).status_code == 200, address
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_rdf_xml_is_well_formed_or_not_offered(make_vocabulary: MakeVocabulary) -> None:
    """Some characters are in no XML document, not even escaped (XML 1.0, 2.2)."""
    turtle = rf'{HEAD} ; skos:note "a\u0001b\uFFFE" .'
    client = make_vocabulary(turtle, canonical_base="https://example.org/v/").app().test_client()
    for path in ("/a.rdf", "/dumps/vocabulary.rdf"):
        response = client.get(path)
        if response.status_code == 200:
            ElementTree.fromstring(response.data)
        else:
            assert response.status_code in (404, 406)
    for suffix in ("ttl", "nt", "jsonld"):
        said = statements_of(client.get(f"/a.{suffix}").data, MEDIA_TYPES[suffix])
        assert literals(said, "https://example.org/v/a", SKOS.note) == [("a\u0001b\ufffe", "", "")]


def test_a_property_that_xml_cannot_name_costs_rdf_xml_only(make_vocabulary: MakeVocabulary) -> None:
    turtle = f'{HEAD} ; <https://example.org/p/123> "x" .'
    client = make_vocabulary(turtle, canonical_base="https://example.org/v/").app().test_client()
    for suffix in ("html", "ttl", "nt", "jsonld"):
        assert client.get(f"/a.{suffix}").status_code == 200
    for path in ("/a.rdf", "/dumps/vocabulary.rdf"):
        assert client.get(path).status_code in (404, 406)


def test_in_redirect_mode_a_profile_is_no_reason_for_200_at_the_iri(own: Vocabulary) -> None:
    client = own.app(identity="redirect").test_client()
    response = get(client, TERM, Accept="application/ld+json", Accept_Profile="<https://schema.org/>")
    assert response.status_code == 303
    document = get(client, response.headers["Location"], Accept_Profile="<https://schema.org/>")
    assert b'"@context": "https://schema.org"' in document.data

"""Real clients against the real server: what their users would do first."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
import warnings
from collections.abc import Iterator
from typing import Any

import owlready2
import pytest
import rdflib
import requests
import SPARQLWrapper
from pyld import jsonld
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from conftest import SYNTHETIC_BASE, Vocabulary
from servers import running

pytestmark = [
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
]

TERM = rdflib.URIRef("https://w3id.org/pathways-ld/topic/career-pathways")
PREF = rdflib.SKOS.prefLabel
LABEL = rdflib.Literal("Career Pathways", lang="en")
SELECT = f"SELECT ?label {{ <{TERM}> <{PREF}> ?label }}"


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


@pytest.fixture(scope="module")
def synthetic_server(synthetic: Vocabulary) -> Iterator[str]:
    arguments = ("--snapshot", str(synthetic.folder), "--base", SYNTHETIC_BASE, "--workers", "1")
    with running(*arguments) as (address, _):
        yield address


@pytest.fixture(scope="module")
def redirecting_server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1", identity="redirect") as (address, _):
        yield address


@pytest.mark.parametrize("rdf_format", [None, "turtle", "xml", "json-ld", "nt", "n3"])
def test_rdflib_parses_a_term(server: str, rdf_format: str | None) -> None:
    graph = rdflib.Graph().parse(f"{server}/topic/career-pathways", format=rdf_format)
    assert (TERM, PREF, LABEL) in graph


@pytest.mark.parametrize("suffix", ["ttl", "rdf", "nt", "jsonld"])
def test_rdflib_parses_suffix_addresses_and_downloads(server: str, suffix: str) -> None:
    for address in (f"{server}/topic/career-pathways.{suffix}", f"{server}/dumps/vocabulary.{suffix}"):
        assert (TERM, PREF, LABEL) in rdflib.Graph().parse(address)


def test_all_formats_are_one_graph_for_rdflib(server: str) -> None:
    graphs = [
        rdflib.Graph().parse(f"{server}/topic/career-pathways", format=each).isomorphic
        for each in ("turtle", "xml", "json-ld")
    ]
    reference = rdflib.Graph().parse(f"{server}/topic/career-pathways", format="nt")
    assert all(isomorphic(reference) for isomorphic in graphs)


@pytest.mark.parametrize("rdf_format", [None, "turtle", "xml", "json-ld", "nt"])
def test_rdflib_follows_303_and_301(redirecting_server: str, rdf_format: str | None) -> None:
    for path in ("/topic/career-pathways", "/topic/career-pathways/"):
        assert (TERM, PREF, LABEL) in rdflib.Graph().parse(redirecting_server + path, format=rdf_format)


@pytest.mark.parametrize("method", [SPARQLWrapper.GET, SPARQLWrapper.POST])
@pytest.mark.parametrize("request_method", [SPARQLWrapper.URLENCODED, SPARQLWrapper.POSTDIRECTLY])
def test_sparqlwrapper(server: str, method: str, request_method: str) -> None:
    if method == SPARQLWrapper.GET and request_method == SPARQLWrapper.POSTDIRECTLY:
        pytest.skip("there is no direct GET")
    wrapper = SPARQLWrapper.SPARQLWrapper(f"{server}/sparql")
    wrapper.setMethod(method)
    wrapper.setRequestMethod(request_method)
    wrapper.setQuery(SELECT)
    wrapper.setReturnFormat(SPARQLWrapper.JSON)
    rows: Any = wrapper.queryAndConvert()
    assert rows["results"]["bindings"][0]["label"]["value"] == "Career Pathways"
    wrapper.setReturnFormat(SPARQLWrapper.XML)
    converted: Any = wrapper.queryAndConvert()
    assert "Career Pathways" in converted.toxml()
    wrapper.setReturnFormat(SPARQLWrapper.CSV)
    converted = wrapper.queryAndConvert()
    assert converted.splitlines()[1] == b"Career Pathways"
    wrapper.setQuery(f"DESCRIBE <{TERM}>")
    wrapper.setReturnFormat(SPARQLWrapper.TURTLE)
    converted = wrapper.queryAndConvert()
    assert (TERM, PREF, LABEL) in rdflib.Graph().parse(data=converted, format="turtle")
    wrapper.setReturnFormat(SPARQLWrapper.RDFXML)
    converted = wrapper.queryAndConvert()
    assert (TERM, PREF, LABEL) in converted


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparql_store(server: str, method: str) -> None:
    store: Any = SPARQLStore(f"{server}/sparql", method=method)
    graph = rdflib.Graph(store)
    rows: Any = graph.query(SELECT)
    assert [str(row[0]) for row in rows] == ["Career Pathways"]
    assert graph.query(f"ASK {{ <{TERM}> ?p ?o }}").askAnswer
    assert (TERM, PREF, LABEL) in graph
    constructed = graph.query(f"CONSTRUCT WHERE {{ <{TERM}> <{PREF}> ?o }}").graph
    assert constructed is not None
    assert (TERM, PREF, LABEL) in constructed


def test_rdflib_service(server: str) -> None:
    rows: list[Any] = list(
        rdflib.Graph().query(f"SELECT ?label {{ SERVICE <{server}/sparql> {{ <{TERM}> <{PREF}> ?label }} }}")
    )
    assert rows[0][0] == LABEL


def load(url: str, accept: str | None = None) -> Any:
    loader = jsonld.requests_document_loader(secure=False)
    headers = {"headers": {"Accept": accept}} if accept else {}
    return loader(url, headers)


def test_pyld_loads_a_term(server: str) -> None:
    (node,) = jsonld.expand(f"{server}/topic/career-pathways", {"documentLoader": lambda url, _: load(url)})
    assert node["@id"] == str(TERM)
    assert {"@value": "Career Pathways", "@language": "en"} in node[str(PREF)]


def test_pyld_loads_a_listing_and_the_vocabulary(server: str) -> None:
    for path in ("/topic", "/ns", "/topic.json"):
        assert jsonld.expand(server + path, {"documentLoader": lambda url, _: load(url)})


def test_a_json_ld_client_that_is_handed_another_format_follows_the_link(server: str) -> None:
    for accept in ("text/html", "text/turtle", "application/rdf+xml"):
        document = load(f"{server}/topic/career-pathways", accept)
        if isinstance(document["document"], str):
            document["document"] = json.loads(document["document"])
        assert document["documentUrl"].endswith("/topic/career-pathways.jsonld"), accept
        assert document["document"]["id"] == str(TERM)


@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper is not installed")
@pytest.mark.parametrize("options", [(), ("-g",), ("-i", "turtle"), ("-i", "ntriples"), ("-i", "rdfxml")])
def test_rapper(server: str, redirecting_server: str, options: tuple[str, ...]) -> None:
    for address in (server, redirecting_server):
        finished = subprocess.run(
            ["rapper", "-q", *options, "-o", "ntriples", f"{address}/topic/career-pathways"],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert finished.returncode == 0, finished.stderr
        assert f"<{TERM}> <{PREF}>" in finished.stdout
        assert "rror" not in finished.stderr


@pytest.mark.parametrize("path", ["/ns", "/ns.owl", "/ns.rdf"])
def test_owlready2_loads_the_ontology(server: str, path: str) -> None:
    world = owlready2.World()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own
            ontology = world.get_ontology(f"{server}{path}").load()
        assert world["https://w3id.org/pathways-ld/ns#Initiative"] is not None
        assert len(ontology.graph) > 100
    finally:
        world.close()


def test_urllib_gets_the_page_and_any_format_by_suffix(server: str) -> None:
    with urllib.request.urlopen(f"{server}/topic/career-pathways") as response:
        assert response.headers.get_content_type() == "text/html"
    with urllib.request.urlopen(f"{server}/topic/career-pathways.nt") as response:
        assert response.headers.get_content_type() == "application/n-triples"
    asked = urllib.request.Request(f"{server}/topic/career-pathways/", headers={"Accept": "text/turtle"})
    with urllib.request.urlopen(asked) as response:
        assert response.url == f"{server}/topic/career-pathways"
        assert response.headers.get_content_type() == "text/turtle"


def test_requests_reads_the_signposts(server: str) -> None:
    """What evaluators of FAIR look for: cite-as once, describedby with a type, item or collection."""
    response = requests.head(f"{server}/topic/career-pathways", timeout=10)
    found = requests.utils.parse_header_links(response.headers["Link"])
    by_relation: dict[str, list[dict[str, str]]] = {}
    for each in found:
        by_relation.setdefault(each["rel"], []).append(each)
    assert [each["url"] for each in by_relation["cite-as"]] == [str(TERM)]
    assert all(each["type"] for each in by_relation["describedby"])
    assert by_relation["license"]
    assert by_relation["collection"][0]["url"] == "https://w3id.org/pathways-ld/ns"
    for each in by_relation["describedby"]:
        answer = requests.get(f"{server}{each['url']}", timeout=10)
        assert answer.headers["Content-Type"].startswith(each["type"])
    vocabulary = requests.head(f"{server}/ns", timeout=10)
    items = [
        each
        for each in requests.utils.parse_header_links(vocabulary.headers["Link"])
        if each["rel"] == "item"
    ]
    assert items
    assert all(requests.head(f"{server}{each['url']}", timeout=10).ok for each in items)


def test_a_client_with_a_cache_gets_304(server: str) -> None:
    for path in ("/topic/career-pathways", "/topic/career-pathways.ttl", "/dumps/vocabulary.ttl", "/ns"):
        fresh = requests.get(server + path, timeout=10)
        again = requests.get(server + path, headers={"If-None-Match": fresh.headers["ETag"]}, timeout=10)
        assert again.status_code == 304
        assert again.content == b""
        for name in ("ETag", "Cache-Control", "Date"):
            assert name in again.headers
        assert again.headers.get("Vary") == fresh.headers.get("Vary")
        assert again.headers.get("Content-Location") == fresh.headers.get("Content-Location")


def test_head_has_the_length_and_no_body(server: str) -> None:
    for path in ("/topic/career-pathways", "/topic/nothing", "/dumps/vocabulary.nt", "/sparql"):
        plain = {"Accept-Encoding": "identity"}
        got = requests.get(server + path, headers=plain, timeout=10)
        head = requests.head(server + path, headers=plain, timeout=10)
        assert head.status_code == got.status_code
        assert head.content == b""
        assert int(head.headers["Content-Length"]) == len(got.content)
        assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_a_download_is_resumed(server: str) -> None:
    whole = requests.get(f"{server}/dumps/vocabulary.nt", timeout=10).content
    first = requests.get(f"{server}/dumps/vocabulary.nt", headers={"Range": "bytes=0-999"}, timeout=10)
    rest = requests.get(
        f"{server}/dumps/vocabulary.nt",
        headers={"Range": "bytes=1000-", "If-Range": first.headers["ETag"]},
        timeout=10,
    )
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.content + rest.content == whole


def test_preflight_and_cors_on_the_wire(server: str) -> None:
    origin = {"Origin": "https://example.net"}
    preflight = requests.options(
        f"{server}/sparql",
        headers={
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
        timeout=10,
    )
    assert preflight.status_code == 204
    assert preflight.content == b""
    for path in ("/topic/career-pathways", "/topic/nothing", "/dumps/vocabulary.nt"):
        response = requests.get(server + path, headers=origin, timeout=10)
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/%E9%A2%9C%E8%89%B2",
        "/na%C3%AFve",
        "/caf%25C3%25A9",
        "/a%252Fb",
        "/100%2525",
        "/what%3Fnow=1&x=2",
        "/hostile",
        "/old",
    ],
)
@pytest.mark.parametrize("suffix", ["", ".ttl"])
def test_odd_iris_work_on_the_wire(synthetic_server: str, path: str, suffix: str) -> None:
    response = requests.get(synthetic_server + path + suffix, timeout=10)
    assert response.status_code == 200
    assert response.headers["Link"].isascii()
    location = requests.get(synthetic_server + response.headers["Content-Location"], timeout=10)
    assert location.content == response.content


def test_a_decoded_path_reaches_the_same_term(synthetic_server: str) -> None:
    """What a user types: the server must not care who encodes."""
    raw = f"{synthetic_server}/颜色.nt"
    assert f"<{SYNTHETIC_BASE}颜色>" in requests.get(raw, timeout=10).content.decode()

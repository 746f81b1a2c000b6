"""Listings, long groups, search, downloads and what robots and monitors ask for."""

from __future__ import annotations

import hashlib
import json
import re
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from conftest import HUB_SIZE, SYNTHETIC_BASE, Vocabulary
from graphs import statements_of
from pathways_ld.formats import DUMP_FORMATS, TERM_FORMATS
from pathways_ld.namespaces import RDF, SKOS
from problems import assert_problem, varies

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


# listings of a kind


@pytest.mark.parametrize("kind", ["topic", "organization", "initiative", "source"])
def test_every_kind_has_a_listing_that_reaches_every_term(
    client: FlaskClient, own: Vocabulary, kind: str
) -> None:
    subjects: set[str] = set()
    address: str | None = f"/{kind}"
    while address:
        response = client.get(address, headers={"Accept": "application/n-triples"})
        assert response.headers["X-Total-Count"] == str(own.manifest.counts[kind])
        page = {
            each.subject
            for each in statements_of(response.data, response.mimetype)
            if each.predicate == f"<{RDF.type}>"
        }
        assert page
        assert not page & subjects
        subjects |= page
        following = re.search(r'<([^>]+)>; rel="next"', response.headers["Link"])
        address = following[1] if following else None
    assert len(subjects) == own.manifest.counts[kind]


def test_a_listing_comes_in_every_format(client: FlaskClient) -> None:
    graphs = []
    for each in TERM_FORMATS:
        response = client.get(f"/topic.{each.suffix}")
        assert response.status_code == 200
        assert response.mimetype == each.media_type
        assert response.headers["Content-Location"] == f"/topic.{each.suffix}"
        assert varies(response) >= {"Accept", "Accept-Language"}
        negotiated = client.get("/topic", headers={"Accept": each.media_type})
        assert negotiated.data == response.data
        if each.name != "html":
            graphs.append({row[:3] for row in statements_of(response.data, response.mimetype)})
    assert all(graph == graphs[0] for graph in graphs)


def test_every_representation_of_a_listing_has_an_etag_of_its_own(client: FlaskClient) -> None:
    types = [each.media_type for each in TERM_FORMATS] + ["text/n3", "text/plain"]
    tags = {client.get("/topic", headers={"Accept": each}).headers["ETag"] for each in types}
    assert len(tags) == len(types)


def test_pages_of_a_listing_are_linked_both_ways(client: FlaskClient) -> None:
    first, second = client.get("/topic"), client.get("/topic?page=2")
    assert '</topic?page=2>; rel="next"' in first.headers["Link"]
    assert 'rel="prev"' not in first.headers["Link"]
    assert '</topic?page=1>; rel="prev"' in second.headers["Link"]
    assert 'rel="next"' not in second.headers["Link"]
    assert second.headers["Content-Location"] == "/topic.html?page=2"
    assert client.get("/topic.html?page=2").data == second.data
    assert 'rel="prev" href="?page=1"' in second.get_data(as_text=True)
    assert first.headers["ETag"] != second.headers["ETag"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "1e3", "٣x", "99999999999999999999"])
def test_a_page_that_is_no_number_is_a_400(client: FlaskClient, page: str) -> None:
    response = client.get("/topic.nt", query_string={"page": page}, headers={"Accept": "application/json"})
    assert response.status_code == 400


def test_a_page_after_the_last_is_a_404(client: FlaskClient) -> None:
    response = client.get("/topic?page=3", headers={"Accept": "application/json"})
    assert_problem(response, 404, "2 pages", "page 3")


def test_listings_are_sorted_by_title_in_the_page(client: FlaskClient) -> None:
    page = client.get("/topic").get_data(as_text=True)
    hits = page[page.index('<ul class="hits">') :]
    titles = re.findall(r'<li><a href="/topic/[^"]+">(.*?)</a>', hits)
    assert len(titles) == 100
    assert titles == sorted(titles, key=str.casefold)


def test_withdrawn_terms_are_in_no_listing_and_deprecated_ones_are_marked(
    synthetic_client: FlaskClient,
) -> None:
    pages = "".join(synthetic_client.get(f"/concept?page={n}").get_data(as_text=True) for n in (1, 2))
    assert 'href="/withdrawn"' not in pages
    assert re.search(r'href="/old">Old</a>\s*<span class="badge warn">deprecated</span>', pages)


def test_titles_in_listings_are_in_the_readers_language(synthetic_client: FlaskClient) -> None:
    page = synthetic_client.get("/concept", headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert ">Farbe<" in page or '<span lang="de">Farbe</span>' in page


def test_an_empty_kind_is_an_empty_listing(synthetic_client: FlaskClient) -> None:
    response = synthetic_client.get("/scheme.nt")
    assert f"<{SYNTHETIC_BASE}scheme>".encode() in response.data


def test_ordered_collections_are_listed_as_collections(synthetic_client: FlaskClient) -> None:
    """Every skos:OrderedCollection is a skos:Collection (SKOS Reference, S29)."""
    assert f"<{SYNTHETIC_BASE}group>".encode() in synthetic_client.get("/collection.nt").data


# long groups of a term


def test_a_long_group_can_be_read_to_its_end(synthetic_client: FlaskClient) -> None:
    first = synthetic_client.get("/hub").get_data(as_text=True)
    more = re.search(r'href="(/hub\?group=[^"]+)"', first)
    assert more
    shown = set(re.findall(r'<li><a href="(/n\d+)">', first))
    address: str | None = more[1].replace("&amp;", "&")
    while address:
        response = synthetic_client.get(address)
        assert response.status_code == 200
        page = response.get_data(as_text=True)
        found = set(re.findall(r'<li><a href="(/n\d+)">', page))
        assert found - shown
        shown |= found
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/hub" + following[1].replace("&amp;", "&") if following else None
    assert shown == {f"/n{number}" for number in range(1, HUB_SIZE + 1)}


def test_pages_of_a_group_are_representations_of_their_own(synthetic_client: FlaskClient) -> None:
    group = "group=narrower-to-concept"
    addresses = ["/hub", f"/hub?{group}", f"/hub?{group}&page=2", f"/hub?{group}&page=3"]
    assert len({synthetic_client.get(each).headers["ETag"] for each in addresses}) == len(addresses)
    for each in addresses:
        response = synthetic_client.get(each)
        again = synthetic_client.get(response.headers["Content-Location"])
        assert again.data == response.data, f"Content-Location of {each}"


def test_an_unknown_group_or_page_is_a_404_that_names_the_groups(synthetic_client: FlaskClient) -> None:
    accept = {"Accept": "application/json, text/html;q=0.9"}
    html = {"Accept": "text/html"}
    assert synthetic_client.get("/hub?group=nothing", headers=html).status_code == 404
    assert "narrower-to-concept" in synthetic_client.get("/hub?group=nothing", headers=html).get_data(
        as_text=True
    )
    assert synthetic_client.get("/hub?group=narrower-to-concept&page=9", headers=html).status_code == 404
    assert synthetic_client.get("/hub?group=narrower-to-concept&page=x", headers=html).status_code == 400
    assert synthetic_client.get("/hub?group=nothing", headers=accept).status_code == 200  # data has no groups


# downloads


def test_the_list_of_downloads_lists_addresses_that_answer_when_nothing_suits(client: FlaskClient) -> None:
    response = client.get("/dumps/", headers={"Accept": "text/turtle"})
    assert response.status_code == 406
    for url in re.findall(r"<([^>]+)>", response.headers["Link"]):
        assert client.get(url).status_code == 200, url


def test_downloads_are_listed_with_size_and_digest(client: FlaskClient) -> None:
    listed = json.loads(client.get("/dumps/", headers={"Accept": "application/json"}).data)
    assert {each["type"] for each in listed["files"]} == {each.media_type for each in DUMP_FORMATS}
    for each in listed["files"]:
        response = client.get(each["url"])
        assert len(response.data) == each["bytes"]
        assert hashlib.sha256(response.data).hexdigest() == each["sha256"]


@pytest.mark.parametrize("each", DUMP_FORMATS, ids=lambda each: each.name)
def test_downloads_have_validators_and_take_ranges(client: FlaskClient, each) -> None:  # type: ignore[no-untyped-def]
    address = f"/dumps/vocabulary.{each.suffix}"
    whole = client.get(address)
    assert whole.content_type == each.content_type()
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'"[^"]+"', whole.headers["ETag"])
    assert client.get(address, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.data == whole.data[10:20]
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
    assert client.get(address, headers={"Range": "bytes=-5"}).data == whole.data[-5:]
    stale = client.get(address, headers={"Range": "bytes=10-19", "If-Range": '"old"'})
    assert stale.status_code == 200
    current = client.get(address, headers={"Range": "bytes=10-19", "If-Range": whole.headers["ETag"]})
    assert current.status_code == 206


def test_a_range_outside_the_file_is_416_with_the_size(client: FlaskClient) -> None:
    size = len(client.get("/dumps/vocabulary.nt").data)
    response = client.get("/dumps/vocabulary.nt", headers={"Range": f"bytes={size}-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "name",
    ["nothing.ttl", "..%2Fmanifest.json", "%2e%2e/terms.sqlite", "manifest.json", ".", "vocabulary.ttl/"],
)
def test_no_other_file_can_be_downloaded(client: FlaskClient, name: str) -> None:
    response = client.get(f"/dumps/{name}", follow_redirects=name.endswith("/"))
    assert response.status_code in (404, 200)
    assert response.status_code == 404 or name.endswith("/")


def test_a_download_names_what_it_belongs_to(client: FlaskClient) -> None:
    link = client.get("/dumps/vocabulary.ttl").headers["Link"]
    assert '<https://w3id.org/pathways-ld/ns>; rel="collection"' in link


# robots, site map, monitors, well-known addresses


def test_robots_may_read_all_and_find_the_site_map(client: FlaskClient) -> None:
    response = client.get("/robots.txt", base_url="https://vocab.example.net")
    assert response.mimetype == "text/plain"
    text = response.get_data(as_text=True)
    assert "Sitemap: https://vocab.example.net/sitemap.xml" in text
    assert "Allow: /" in text


def test_the_site_map_lists_every_term_page_once(client: FlaskClient, own: Vocabulary) -> None:
    response = client.get("/sitemap.xml", base_url="https://vocab.example.net")
    assert response.mimetype == "application/xml"
    addresses = [each.text or "" for each in ET.fromstring(response.data).iter(f"{SITEMAP}loc")]
    assert len(addresses) == len(set(addresses)) == sum(own.manifest.counts.values()) + 1
    assert "https://vocab.example.net/topic/career-pathways" in addresses
    assert client.get(addresses[7].removeprefix("https://vocab.example.net")).status_code == 200


def test_the_site_map_encodes_what_urls_cannot_hold(synthetic_client: FlaskClient) -> None:
    response = synthetic_client.get("/sitemap.xml")
    addresses = [each.text or "" for each in ET.fromstring(response.data).iter(f"{SITEMAP}loc")]
    assert all(address.isascii() for address in addresses)
    assert not any("withdrawn" in address for address in addresses)
    for address in addresses:
        if "/n" not in address:
            assert synthetic_client.get(address.removeprefix("http://localhost")).status_code == 200, address


def test_site_map_parts_that_do_not_exist_are_404(client: FlaskClient) -> None:
    for number in ("0", "2", "99999"):
        response = client.get(f"/sitemap-{number}.xml", headers={"Accept": "application/json"})
        assert_problem(response, 404)


def test_monitors_see_that_the_process_answers_and_what_it_serves(
    client: FlaskClient, own: Vocabulary
) -> None:
    assert json.loads(client.get("/healthz").data) == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert json.loads(ready.data)["snapshot"] == own.manifest.id
    for path in ("/healthz", "/readyz"):
        assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["text/turtle", "*/*", "application/rdf+xml"])
def test_well_known_void_leads_to_the_description_of_the_dataset(client: FlaskClient, accept: str) -> None:
    response = client.get("/.well-known/void", headers={"Accept": accept})
    assert response.status_code in (302, 303)
    assert response.headers["Location"] == "/ns"
    document = client.get("/ns.ttl").get_data(as_text=True)
    assert "void:Dataset" in document


def test_the_home_page_is_the_vocabulary_for_programs(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept": "text/turtle"})
    assert response.mimetype == "text/turtle"
    assert response.data == client.get("/ns.ttl").data
    assert response.headers["Content-Location"] == "/ns.ttl"
    page = client.get("/")
    assert page.mimetype == "text/html"
    assert varies(page) >= {"Accept", "Accept-Language"}


def test_static_files_are_served_with_a_type(client: FlaskClient) -> None:
    assert client.get("/static/style.css").mimetype == "text/css"
    logo = client.get("/static/logo.svg")
    assert logo.mimetype == "image/svg+xml"
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert logo.headers["Access-Control-Allow-Origin"] == "*"


def test_a_concept_scheme_lists_its_top_concepts(synthetic_client: FlaskClient) -> None:
    response = synthetic_client.get("/scheme.nt")
    assert f"<{SKOS.hasTopConcept}> <{SYNTHETIC_BASE}hub>".encode() in response.data

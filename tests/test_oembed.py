"""Terms in other people's pages without scripts: oEmbed, cards for frames, what link previews and icons need."""

from __future__ import annotations

import json
import re
import struct
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask.testing import FlaskClient

import documented
from conftest import SYNTHETIC_BASE, MakeVocabulary, Vocabulary
from pathways_ld.web.interface_language import catalogue
from servers import running

HTML = {"Accept": "text/html"}
BASE = "https://w3id.org/pathways-ld/"
HERE = "http://localhost/"


class Elements(HTMLParser):
    """The start tags of a page with their attributes."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.found if name == tag]


def ask(client: FlaskClient, url: str, **parameters: object) -> dict[str, Any]:
    answer = client.get("/oembed", query_string={"url": url, **parameters})
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/json"
    found: dict[str, Any] = json.loads(answer.data)
    return found


def frame(found: dict[str, Any]) -> dict[str, str]:
    ((tag, attributes),) = Elements(found["html"]).found
    assert tag == "iframe"
    return attributes


# the answer


def test_a_term_is_answered_with_a_frame(client: FlaskClient) -> None:
    found = ask(client, f"{HERE}topic/career-pathways")
    assert {"version": "1.0", "type": "rich", "title": "Career Pathways"}.items() <= found.items()
    assert found["provider_name"] == "Career Pathways Vocabulary"
    assert found["provider_url"] == HERE
    assert isinstance(found["cache_age"], int)
    shown = frame(found)
    assert shown["src"] == f"{HERE}topic/career-pathways/card"
    assert shown["title"] == "Career Pathways"
    assert (shown["width"], shown["height"]) == (str(found["width"]), str(found["height"]))
    assert "allow-scripts" not in shown["sandbox"]


@pytest.mark.parametrize(
    "address",
    [
        f"{BASE}topic/capstone",
        "http://w3id.org/pathways-ld/topic/capstone",
        f"{HERE}topic/capstone",
        "https://localhost/topic/capstone",
        f"{HERE}topic/capstone.html",
        f"{HERE}topic/capstone?lang=en",
        f"{HERE}topic/capstone.html?lang=en&group=x#names",
    ],
)
def test_iris_and_addresses_of_pages_are_ours(client: FlaskClient, address: str) -> None:
    found = ask(client, address)
    assert found["title"] == "Capstone"
    assert urlsplit(frame(found)["src"]).path == "/topic/capstone/card"


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/topic/capstone",
        "https://w3id.org.example.org/pathways-ld/topic/capstone",
        f"https://example.org/?u={BASE}topic/capstone",
        f"{BASE}topic/no-such-topic",
        f"{HERE}topic",
        f"{HERE}static/style.css",
        "javascript:alert(1)",
        "topic/capstone",
        "http://[",
        "//localhost/topic/capstone",
        "http://127.0.0.1:1/",
    ],
)
def test_what_is_not_ours_is_not_found(client: FlaskClient, address: str) -> None:
    answer = client.get("/oembed", query_string={"url": address})
    assert answer.status_code == 404
    assert BASE in answer.get_json(force=True)["detail"]


def test_other_formats_are_not_implemented(client: FlaskClient) -> None:
    answer = client.get("/oembed", query_string={"url": f"{BASE}topic/capstone", "format": "xml"})
    assert answer.status_code == 501
    assert "json" in answer.get_json(force=True)["detail"]


def test_a_withdrawn_term_is_gone(synthetic_client: FlaskClient) -> None:
    answer = synthetic_client.get("/oembed", query_string={"url": f"{SYNTHETIC_BASE}withdrawn"})
    assert answer.status_code == 410
    assert synthetic_client.get("/withdrawn/card").status_code == 410


@pytest.mark.parametrize(
    "query",
    [
        "",
        "url=",
        f"url={'x' * 2_001}",
        f"url={BASE}topic/capstone&maxwidth=0",
        f"url={BASE}topic/capstone&maxwidth=-1",
        f"url={BASE}topic/capstone&maxheight=1e9",
        f"url={BASE}topic/capstone&maxheight=9999999999",
        f"url={BASE}topic/capstone&maxwidth=%EF%BC%91",
    ],
)
def test_what_cannot_be_read_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/oembed?{query}")
    assert answer.status_code == 400
    assert "expected" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(("width", "height"), [(300, 200), (600, 100), (1, 1), (10_000, 10_000)])
def test_no_card_is_larger_than_there_is_room(client: FlaskClient, width: int, height: int) -> None:
    found = ask(client, f"{BASE}topic/career-pathways", maxwidth=width, maxheight=height)
    assert 0 < found["width"] <= width
    assert 0 < found["height"] <= height
    narrow = ask(client, f"{BASE}topic/career-pathways", maxwidth=300)
    assert narrow["height"] > ask(client, f"{BASE}topic/career-pathways")["height"]


def test_the_language_of_the_address_is_that_of_the_card(synthetic_client: FlaskClient) -> None:
    found = ask(synthetic_client, f"{HERE}colour?lang=de")
    assert found["title"] == "Farbe"
    assert frame(found)["src"] == f"{HERE}colour/card?lang=de"
    card = synthetic_client.get("/colour/card?lang=de", headers=HTML)
    assert card.headers["Content-Language"] == "de"
    assert "Was das Auge sieht." in card.text


def test_markup_in_labels_stays_text(synthetic_client: FlaskClient) -> None:
    found = ask(synthetic_client, f"{SYNTHETIC_BASE}hostile?lang=de")
    assert [tag for tag, _ in Elements(found["html"]).found] == ["iframe"]
    assert frame(found)["title"] == '"><img src=x onerror=alert(1)>'
    for lang in ("en", "de"):
        card = synthetic_client.get(f"/hostile/card?lang={lang}", headers=HTML).text
        tags = {tag for tag, _ in Elements(card).found}
        assert not tags & {"script", "img", "b", "svg"}


@pytest.mark.parametrize(
    "local_id",
    ["naïve", "颜色", "caf%C3%A9", "a%2Fb", "what?now=1&x=2", "config.json", "release-1.2", "deep/er/one"],
)
def test_odd_iris_and_the_addresses_of_their_pages(synthetic_client: FlaskClient, local_id: str) -> None:
    found = ask(synthetic_client, f"{SYNTHETIC_BASE}{local_id}")
    address = frame(found)["src"]
    card = synthetic_client.get(address.removeprefix(HERE.rstrip("/")), headers=HTML)
    assert card.status_code == 200
    assert found["title"] in unescape(card.text)
    assert ask(synthetic_client, address.removesuffix("/card"))["title"] == found["title"]


def test_a_vocabulary_of_fragments_has_cards_too(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        "<https://example.org/v#one> a <http://www.w3.org/2004/02/skos/core#Concept> ;"
        ' <http://www.w3.org/2004/02/skos/core#prefLabel> "One"@en .',
        canonical_base="https://example.org/v#",
    )
    client = made.app().test_client()
    assert frame(ask(client, "https://example.org/v#one"))["src"] == f"{HERE}one/card"
    assert ask(client, f"{HERE}one")["title"] == "One"
    assert "One" in client.get("/one/card", headers=HTML).text


# the card


def test_anybody_may_frame_a_card_and_nothing_runs_in_it(client: FlaskClient) -> None:
    card = client.get("/topic/capstone/card", headers=HTML)
    policy = card.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "X-Frame-Options" not in card.headers
    page = Elements(card.text)
    assert page.all("script") == []
    assert [each["href"] for each in page.all("link") if each["rel"] == "canonical"] == ["/topic/capstone"]
    # Every other page keeps the rule that nobody may frame it.
    assert "frame-ancestors 'none'" in client.get("/topic/capstone").headers["Content-Security-Policy"]


def test_a_deprecated_term_names_its_successor(synthetic_client: FlaskClient) -> None:
    card = synthetic_client.get("/old/card", headers=HTML).text
    assert "deprecated" in card
    assert "/colour" in [each["href"] for each in Elements(card).all("a")]
    elsewhere = synthetic_client.get("/old-elsewhere/card", headers=HTML).text
    assert "https://example.com/new" in [each["href"] for each in Elements(elsewhere).all("a")]


def test_a_card_in_a_language_written_from_the_right(synthetic_client: FlaskClient) -> None:
    page = Elements(synthetic_client.get("/only-arabic/card", headers=HTML).text)
    assert page.all("html") == [{"lang": "ar-Arab", "dir": "rtl"}]


def test_a_term_whose_iri_ends_in_card_keeps_its_address(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix : <https://example.org/v/> ."
        ' :id a skos:Concept ; skos:prefLabel "Identity"@en .'
        ' <https://example.org/v/id/card> a skos:Concept ; skos:prefLabel "Identity card"@en .',
        canonical_base="https://example.org/v/",
    )
    client = made.app().test_client()
    turtle = client.get("/id/card", headers={"Accept": "text/turtle"})
    assert "Identity card" in turtle.text
    assert client.get("/nothing/card").status_code == 404


def test_cards_are_kept_by_their_digest(client: FlaskClient) -> None:
    first = client.get("/topic/capstone/card", headers=HTML)
    again = client.get("/topic/capstone/card", headers={**HTML, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


# how it is found


def test_every_page_of_a_term_leads_to_its_answer(client: FlaskClient) -> None:
    page = Elements(client.get("/topic/capstone", headers=HTML).text)
    (found,) = [each for each in page.all("link") if each.get("type") == "application/json+oembed"]
    assert found["rel"] == "alternate"
    address = urlsplit(found["href"])
    assert f"{address.scheme}://{address.netloc}/" == HERE  # whole, as WordPress takes it as it stands
    assert ask(client, parse_qs(address.query)["url"][0])["title"] == "Capstone"
    # JSON-LD processors fail where the header has more than one "alternate".
    assert "oembed" not in client.get("/topic/capstone", headers=HTML).headers["Link"]


def test_the_address_is_that_of_the_host_that_was_asked(own: Vocabulary) -> None:
    client = own.app().test_client()

    def leads_to(host: str, **proxy: str) -> str:
        page = Elements(client.get("/topic/capstone", headers={**HTML, "Host": host, **proxy}).text)
        return next(each["href"] for each in page.all("link") if "oembed" in each.get("type", ""))

    assert leads_to("one.example").startswith("http://one.example/oembed?")
    assert leads_to("two.example").startswith("http://two.example/oembed?")


def test_behind_a_proxy_that_speaks_https_addresses_do_too(own: Vocabulary) -> None:
    client = own.app(trusted_proxies="127.0.0.1").test_client()
    said = {**HTML, "Host": "terms.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    answer = client.get("/oembed", query_string={"url": f"{BASE}topic/capstone"}, headers=said)
    assert frame(answer.get_json())["src"].startswith("https://terms.example/")


PAGES = [
    "/", "/topic", "/topic/capstone", "/ns", "/map", "/topic/capstone/map", "/labels", "/labels/guided-pathways", "/browse",
    "/statistics", "/frameworks", "/timeline", "/sparql", "/validate", "/dumps/", "/embed", "/search?q=career", "/contributions",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_kind_of_page_can_be_previewed(client: FlaskClient, path: str) -> None:
    page = Elements(client.get(path, headers=HTML).text)
    said = [each for each in page.all("meta") if each.get("property", "").startswith("og:")]
    names = [each["property"] for each in said]
    assert len(names) == len(set(names)), names
    values = {each["property"]: each["content"] for each in said}
    assert values["og:title"]
    assert values["og:site_name"] == "Career Pathways Vocabulary"
    assert not values["og:title"].endswith(f" \N{EN DASH} {values['og:site_name']}")  # said already
    assert re.fullmatch("[a-z]{2}_[A-Z]{2}", values["og:locale"])
    own = urlsplit(values["og:url"])
    assert (f"{own.scheme}://{own.netloc}/", own.path) == (HERE, path.partition("?")[0])
    picture = client.get(values["og:image"].removeprefix(HERE.rstrip("/")))
    assert picture.content_type == "image/png"
    size = struct.unpack(">II", picture.data[16:24])
    assert size == (int(values["og:image:width"]), int(values["og:image:height"]))


def test_markup_in_labels_stays_text_in_previews(synthetic_client: FlaskClient) -> None:
    page = Elements(synthetic_client.get("/hostile", headers=HTML).text)
    (title,) = [each["content"] for each in page.all("meta") if each.get("property") == "og:title"]
    assert title == "</script><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("path", "media_type", "begins"),
    [
        ("/favicon.ico", "image/x-icon", b"\0\0\1\0"),
        ("/apple-touch-icon.png", "image/png", b"\x89PNG"),
        ("/apple-touch-icon-precomposed.png", "image/png", b"\x89PNG"),
    ],
)
def test_browsers_find_an_icon_where_they_look(
    client: FlaskClient, path: str, media_type: str, begins: bytes
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (200, media_type)
    assert answer.data.startswith(begins)
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


# the page with the components


def test_the_page_has_code_that_can_be_copied(client: FlaskClient) -> None:
    page = client.get("/embed", headers=HTML)
    assert page.status_code == 200
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert f"&lt;iframe src=&#34;{HERE}topic/" in page.text
    assert "/embed" in [each.get("href") for each in Elements(client.get("/", headers=HTML).text).all("a")]


def test_the_page_goes_with_any_vocabulary(make_vocabulary: MakeVocabulary) -> None:
    made = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix : <https://example.org/v#> ."
        ' :a a skos:Concept ; skos:prefLabel "<script>alert(1)</script>"@en , "\\"><b>"@de . :b a skos:Concept .',
        canonical_base="https://example.org/v#",
    )
    client = made.app().test_client()
    for lang in ("en", "de"):
        page = Elements(client.get(f"/embed?lang={lang}", headers=HTML).text)
        assert not page.all("b")
        assert all("src" in each or each.get("type") == "application/json" for each in page.all("script"))
        assert [each["src"] for each in page.all("iframe")] in (["/a/card"], ["/b/card"])
    assert client.get("/b/card", headers=HTML).status_code == 200


# what the components ask for


def describe(client: FlaskClient, *iris: str, **parameters: str) -> list[dict[str, Any]]:
    query = "&".join([*(f"iri={quote(iri)}" for iri in iris), *(f"{k}={v}" for k, v in parameters.items())])
    answer = client.get(f"/embed/terms?{query}", headers={"Origin": "https://example.org"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    terms: list[dict[str, Any]] = json.loads(answer.data)["terms"]
    return terms


def test_terms_are_described_in_the_order_they_are_asked_for(synthetic_client: FlaskClient) -> None:
    asked = [
        f"{SYNTHETIC_BASE}colour",
        "https://example.com/foreign",
        f"{SYNTHETIC_BASE}old",
        f"{SYNTHETIC_BASE}withdrawn",
        f"{SYNTHETIC_BASE}colour",
    ]
    found = describe(synthetic_client, *asked, lang="de")
    assert [each["asked"] for each in found] == asked
    assert [each["status"] for each in found] == ["found", "unknown", "deprecated", "withdrawn", "found"]
    assert (found[0]["label"], found[0]["lang"], found[0]["page"]) == ("Farbe", "de", "/colour")
    assert found[0]["definition"] == "Was das Auge sieht."
    (successor,) = found[2]["replacedBy"]
    assert (successor["id"], successor["label"]) == (f"{SYNTHETIC_BASE}colour", "Farbe")
    assert "label" not in found[3]  # it may have been withdrawn for its name


def test_a_part_of_a_document_is_not_taken_for_the_document(client: FlaskClient) -> None:
    (found,) = describe(client, f"{BASE}ns#Initiative")
    assert found["status"] == "unknown"


def test_kinds_are_named_in_the_language_that_is_asked_for(client: FlaskClient) -> None:
    english, spanish = (describe(client, f"{BASE}topic/capstone", lang=each)[0] for each in ("fr", "es-MX"))
    assert english["kindLabel"] == "Topic"
    assert spanish["kindLabel"] == catalogue("es").gettext("Topic")


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [("", 400, "iri"), ("&".join(["iri=x"] * 51), 413, "50"), (f"iri={'x' * 2_001}", 400, "2000")],
)
def test_too_little_and_too_much_is_refused(client: FlaskClient, query: str, status: int, said: str) -> None:
    answer = client.get(f"/embed/terms?{query}")
    assert answer.status_code == status
    assert said in answer.get_json(force=True)["detail"]


def test_suggestions_of_one_kind(client: FlaskClient) -> None:
    def kinds(**wanted: str) -> set[str]:
        found = client.get("/suggest", query_string={"search": "college", "format": "json", **wanted})
        return {each["kind"] for each in found.get_json()["results"]}

    assert {"topic", "organization"} <= kinds(limit="50")
    assert kinds(kind="topic") == {"topic"}
    assert kinds(kind="org:Organization") == {"organization"}
    wrong = client.get("/suggest", query_string={"search": "college", "kind": "colleges"})
    assert wrong.status_code == 400
    assert "organization" in wrong.get_json(force=True)["detail"]


@pytest.mark.server
@pytest.mark.parametrize("page", ["oembed", "web-components"])
def test_documented(own: Vocabulary, tmp_path: Path, page: str) -> None:
    with running(state_dir=own.settings.state_dir, workers=1) as (address, _):
        documented.check(f"docs/{page}.md", address, tmp_path)

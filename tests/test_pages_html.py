"""The pages as documents: structure, languages, escaping, structured data (http-contract 1.5 and 1.7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import extruct
import html5lib  # type: ignore[import-untyped]
import pytest
from flask.testing import FlaskClient
from pyld import jsonld

from conftest import SYNTHETIC_BASE, MakeVocabulary

OWN_PAGES = [
    "/", "/topic/career-pathways", "/topic", "/topic?page=2", "/organization", "/ns", "/statistics",
    "/statistics?missing=relation&kind=topic", "/timeline", "/frameworks", "/search", "/search?q=badge",
    "/search?q=zzzzzz", "/labels", "/labels/guided-pathways", "/mcp",
    "/browse", "/browse/tree?at=topic/registered-apprenticeship&open=topic/credential", "/browse/index",
    "/browse/groups", "/browse/new", "/organization?type=association",
    "/dumps/", "/sparql", "/sparql?query=SELECT+*+%7B%3Fs+%3Fp+%3Fo%7D+LIMIT+5&format=html",
    "/sparql?query=ASK%7B%7D&format=html", "/topic/nothing", "/topic?page=99", "/sparql?query=SELEC&format=html",
]  # fmt: skip
SYNTHETIC_PAGES = [
    "/colour", "/hostile", "/old", "/old-elsewhere", "/withdrawn", "/hub", "/hub?group=narrower-to-concept&page=2",
    "/blank", "/exact", "/only-arabic", "/no-language", "/group", "/maker", "/scheme", "/concept", "/search?q=script",
    "/%E9%A2%9C%E8%89%B2", "/label-x", "/browse", "/browse/tree?open=hub", "/browse/tree?root=hub&page=2",
    "/browse/index", "/browse/groups",
]  # fmt: skip
VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Element:
    def __init__(self, name: str, attributes: dict[str, str], ancestors: tuple[Element, ...]) -> None:
        self.name = name
        self.attributes = attributes
        self.ancestors = ancestors
        self.text = ""


class Page(HTMLParser):
    """A page as a list of elements, each with its attributes, ancestors and text."""

    def __init__(self, body: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.problems: list[str] = []
        self._open: list[Element] = []
        self.feed(body)
        self.close()
        self.problems += [
            f"<{each.name}> is never closed" for each in self._open if each.name not in ("p", "li")
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> has an attribute twice")
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        if tag == "textarea":
            self.set_cdata_mode(tag)  # its content is text, whatever it looks like

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].name != tag:
            self.problems.append(f"</{tag}> closes <{self._open[-1].name if self._open else ''}>")
        while self._open and self._open.pop().name != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *names: str) -> list[Element]:
        return [each for each in self.elements if each.name in names]


def bodies(client: FlaskClient, synthetic_client: FlaskClient) -> Iterator[tuple[str, str]]:
    for asked, addresses in ((client, OWN_PAGES), (synthetic_client, SYNTHETIC_PAGES)):
        for address in addresses:
            response = asked.get(address, headers=HTML)
            assert response.mimetype == "text/html", address
            yield address, response.get_data(as_text=True)


@pytest.fixture(scope="module")
def pages(own_app: Any, synthetic_app: Any) -> list[tuple[str, str, Page]]:
    """All kinds of pages, error pages too."""
    found = bodies(own_app.test_client(), synthetic_app.test_client())
    return [(address, body, Page(body)) for address, body in found]


AllPages = list[tuple[str, str, Page]]


def failing(pages: AllPages, check: Any) -> list[tuple[str, object]]:
    found = [(address, check(body, page)) for address, body, page in pages]
    return [(address, problem) for address, problem in found if problem]


# structure


def test_pages_are_well_formed(pages: AllPages) -> None:
    assert failing(pages, lambda body, page: page.problems) == []


def test_pages_are_html5_without_parse_errors(pages: AllPages) -> None:
    def errors(body: str, page: Page) -> list[object]:
        parser = html5lib.HTMLParser()
        parser.parse(body)
        return list(parser.errors)

    assert failing(pages, errors) == []


def test_every_page_has_one_h1_one_title_one_main_and_a_language(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        counts = {name: len(page.all(name)) for name in ("h1", "title", "main", "html", "body")}
        texts = [each.text.strip() for each in page.all("h1", "title")]
        language = page.all("html")[0].attributes.get("lang")
        return set(counts.values()) != {1} or not all(texts) or not language

    assert failing(pages, check) == []


def test_headings_skip_no_level(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        levels = [int(each.name[1]) for each in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
        jumps = [(one, other) for one, other in pairwise(levels) if other > one + 1]
        return jumps or (levels[0] != 1 and levels)

    assert failing(pages, check) == []


def test_headings_are_not_empty(pages: AllPages) -> None:
    headings = ("h1", "h2", "h3", "h4")
    assert (
        failing(pages, lambda body, page: [e.name for e in page.all(*headings) if not e.text.strip()]) == []
    )


def test_every_field_has_a_label(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        labelled = {each.attributes.get("for") for each in page.all("label")}
        fields = [
            each
            for each in page.all("input", "select", "textarea")
            if each.attributes.get("type") != "hidden"
        ]
        return [
            each.attributes
            for each in fields
            if each.attributes.get("id") not in labelled and "aria-label" not in each.attributes
        ]

    assert failing(pages, check) == []


def test_identifiers_are_unique_and_references_lead_somewhere(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
        wanted = [each.attributes.get("aria-labelledby") for each in page.elements]
        wanted += [each.attributes.get("for") for each in page.elements]
        wanted += [
            each.attributes["href"][1:]
            for each in page.all("a")
            if each.attributes.get("href", "").startswith("#")
        ]
        return {each for each in ids if ids.count(each) > 1} | {
            each for each in wanted if each and each not in ids
        }

    assert failing(pages, check) == []


def test_images_have_a_text_and_tables_have_headers(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        silent = [each.attributes for each in page.all("img") if "alt" not in each.attributes]
        tables, headers = page.all("table"), page.all("th")
        return silent or len(headers) < len(tables) or [e for e in headers if "scope" not in e.attributes]

    assert failing(pages, check) == []


def test_landmarks_of_one_kind_have_names_of_their_own(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        names = [
            each.attributes.get("aria-label", each.attributes.get("aria-labelledby"))
            for each in page.all("nav")
        ]
        return len(names) != len(set(names)) or None in names

    assert failing(pages, check) == []


# nothing inline, nothing from elsewhere


def test_there_is_no_inline_script_style_or_handler(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        scripts = [
            each.attributes
            for each in page.all("script")
            if "src" not in each.attributes
            # Data, which a browser does not run.
            and each.attributes.get("type") not in ("application/ld+json", "application/json")
        ]
        inline = [
            (each.name, name)
            for each in page.elements
            for name in each.attributes
            if name == "style" or name.startswith("on")
        ]
        return scripts or inline or page.all("style")

    assert failing(pages, check) == []


def test_nothing_is_loaded_from_elsewhere(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        loaded = [each.attributes.get("src", "") for each in page.all("img", "script", "iframe", "source")]
        loaded += [
            each.attributes["href"]
            for each in page.all("link")
            if each.attributes["rel"] in ("stylesheet", "icon", "preload")
        ]
        return [each for each in loaded if each and not each.startswith("/static/")]

    assert failing(pages, check) == []


@pytest.mark.parametrize("path", [*OWN_PAGES[:3], "/sparql", "/topic/nothing", "/search"])
def test_every_page_has_a_strict_content_security_policy(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers=HTML).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_data_has_no_page_policy_but_is_never_sniffed(client: FlaskClient) -> None:
    headers = client.get("/topic/career-pathways.ttl").headers
    assert "Content-Security-Policy" not in headers
    assert headers["X-Content-Type-Options"] == "nosniff"


# hostile data


def test_links_are_local_or_of_the_web_whatever_the_data_says(pages: AllPages) -> None:
    def check(body: str, page: Page) -> object:
        addresses = [
            value
            for each in page.elements
            for name, value in each.attributes.items()
            if name in ("href", "src", "action", "formaction", "data", "poster")
        ]
        return [each for each in addresses if not re.match(r"https?://|/(?!/)|#|\?", each)]

    assert failing(pages, check) == []


def test_hostile_texts_stay_texts(synthetic_client: FlaskClient) -> None:
    for address in ("/hostile", "/concept", "/concept?page=2", "/search?q=script", "/hub"):
        for language in ("en", "de"):
            body = synthetic_client.get(address, headers={**HTML, "Accept-Language": language}).get_data(
                as_text=True
            )
            page = Page(body)
            assert page.problems == []
            assert all(
                each.attributes["src"].startswith("/static/dist/")
                for each in page.all("script")
                if "src" in each.attributes
            )
            inside = [each for each in page.all("script") if "src" not in each.attributes]
            assert not [each for each in inside if each.attributes.get("type") != "application/ld+json"]
            assert len(inside) <= 1
            assert not page.all("svg", "b")
            assert not [each for each in page.all("img") if not each.attributes["src"].startswith("/static/")]
    body = synthetic_client.get("/hostile", headers=HTML).get_data(as_text=True)
    page = Page(body)
    assert page.all("h1")[0].text.strip() == "</script><script>alert(1)</script>"
    assert "{{ 7*7 }}{% raw %}" in "".join(each.text for each in page.all("td"))


def test_hostile_texts_stay_texts_in_the_structured_data(synthetic_client: FlaskClient) -> None:
    body = synthetic_client.get("/hostile", headers=HTML).get_data(as_text=True)
    (script,) = (each for each in Page(body).all("script") if "src" not in each.attributes)
    assert json.loads(script.text)["@id"] == f"{SYNTHETIC_BASE}hostile"
    assert "</script><script>" in json.dumps(json.loads(script.text))
    assert "<" not in script.text


def test_the_licence_is_a_link_only_where_it_is_a_web_address(make_vocabulary: MakeVocabulary) -> None:
    vocabulary = make_vocabulary(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix dct: <http://purl.org/dc/terms/> ."
        ' <https://example.org/v/s> a skos:ConceptScheme ; skos:prefLabel "S"@en ; dct:license <javascript:alert(1)> .'
        ' <https://example.org/v/a> a skos:Concept ; skos:prefLabel "A"@en ; skos:inScheme <https://example.org/v/s> .',
        canonical_base="https://example.org/v/",
    )
    body = vocabulary.app().test_client().get("/a", headers=HTML).get_data(as_text=True)
    assert 'href="javascript:' not in body


# languages


def test_texts_in_another_language_say_so(synthetic_client: FlaskClient) -> None:
    page = Page(
        synthetic_client.get("/colour", headers={**HTML, "Accept-Language": "zh-Hant"}).get_data(as_text=True)
    )
    marked = {(each.attributes["lang"], each.text) for each in page.elements if each.attributes.get("lang")}
    assert ("zh-Hant", "顏色") in marked
    assert ("zh-Hant", "眼睛看到的") in marked


def test_right_to_left_texts_say_so(synthetic_client: FlaskClient) -> None:
    for address, language in (("/colour", "ar"), ("/only-arabic", "en")):
        page = Page(
            synthetic_client.get(address, headers={**HTML, "Accept-Language": language}).get_data(
                as_text=True
            )
        )
        heading = page.all("h1")[0]
        around = [heading, *(each for each in page.elements if heading in each.ancestors)]
        arabic = [each for each in around if each.attributes.get("lang", "").startswith("ar")]
        assert arabic
        assert arabic[0].attributes["dir"] == "rtl"


def test_labels_in_every_language_are_on_the_page(synthetic_client: FlaskClient) -> None:
    page = Page(
        synthetic_client.get("/colour", headers={**HTML, "Accept-Language": "en-GB"}).get_data(as_text=True)
    )
    texts = {(each.text.strip(), each.attributes.get("lang")) for each in page.elements}
    for text, language in (
        ("Color", "en-US"),
        ("Farbe", "de"),
        ("顏色", "zh-Hant"),
        ("颜色", "zh-Hans"),
        ("لون", "ar"),
    ):
        assert (text, language) in texts
    arabic = next(each for each in page.elements if each.text.strip() == "لون" and "lang" in each.attributes)
    assert arabic.attributes.get("dir") == "rtl"


# what a term page tells


def test_a_term_page_tells_what_the_contract_lists(synthetic_client: FlaskClient) -> None:
    body = synthetic_client.get("/colour", headers={**HTML, "Accept-Language": "en-GB"}).get_data(
        as_text=True
    )
    text = Page(body).all("main")[0].text
    for expected in ("Colour", "What the eye sees.", "C.1", f"{SYNTHETIC_BASE}colour", "How to cite", "Tint"):
        assert expected in text, expected
    for address in (
        "https://example.com/colour",
        "https://example.com/tint",
        "/hub",
        "/colour.ttl",
        "/maker",
    ):
        assert f'href="{address}"' in body, address


def test_own_term_pages_name_status_and_sources(client: FlaskClient) -> None:
    text = Page(client.get("/topic/career-pathways", headers=HTML).get_data(as_text=True)).all("main")[0].text
    assert "Status of this record" in text
    assert "Accepted" in text
    assert "learnworkecosystemlibrary.com" in text


def test_term_pages_link_every_rdf_format_in_the_head(client: FlaskClient) -> None:
    page = Page(client.get("/topic/career-pathways", headers=HTML).get_data(as_text=True))
    alternates = {
        each.attributes["type"]: each.attributes["href"]
        for each in page.all("link")
        if each.attributes["rel"] == "alternate" and "type" in each.attributes
    }
    for media_type, suffix in (
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/rdf+xml", "rdf"),
        ("application/n-triples", "nt"),
    ):
        assert alternates[media_type] == f"/topic/career-pathways.{suffix}"


def test_there_is_one_canonical_link_per_term_page(client: FlaskClient) -> None:
    page = Page(client.get("/topic/career-pathways", headers=HTML).get_data(as_text=True))
    (canonical,) = [each for each in page.all("link") if each.attributes["rel"] == "canonical"]
    assert canonical.attributes["href"].endswith("/topic/career-pathways")


def test_previews_find_a_title_and_a_description(client: FlaskClient) -> None:
    page = Page(client.get("/topic/career-pathways", headers=HTML).get_data(as_text=True))
    properties = {
        each.attributes.get("property", each.attributes.get("name")): each.attributes
        for each in page.all("meta")
    }
    assert properties["og:title"]["content"] == "Career Pathways"
    assert properties["og:description"]["content"]
    assert properties["description"]["content"]
    assert "&amp;" not in properties["og:description"]["content"]


def test_previews_are_not_escaped_twice(synthetic_client: FlaskClient) -> None:
    page = Page(synthetic_client.get("/hostile", headers=HTML).get_data(as_text=True))
    for each in page.all("meta"):
        if each.attributes.get("property") == "og:description":
            assert '& "quoted"' in each.attributes["content"]
            assert "&quot;" not in each.attributes["content"]
            assert "&#34;" not in each.attributes["content"]


# structured data

SCHEMA_CONTEXT = {
    "@context": {"@vocab": "https://schema.org/", "sameAs": {"@type": "@id"}, "url": {"@type": "@id"}}
}


def offline(url: str, options: object) -> dict[str, object]:
    assert url.rstrip("/") == "https://schema.org"
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": SCHEMA_CONTEXT,
    }


def structured(client: FlaskClient, address: str, language: str = "en") -> dict[str, Any]:
    body = client.get(address, headers={**HTML, "Accept-Language": language}).get_data(as_text=True)
    (script,) = [
        each for each in Page(body).all("script") if each.attributes.get("type") == "application/ld+json"
    ]
    (expanded,) = jsonld.expand(json.loads(script.text), {"documentLoader": offline})
    return {key.removeprefix("https://schema.org/"): value for key, value in expanded.items()}


def values(node: dict[str, Any], key: str) -> Iterable[str]:
    return [each.get("@value", each.get("@id")) for each in node[key]]


def test_a_term_is_a_defined_term_in_a_set(client: FlaskClient) -> None:
    node = structured(client, "/topic/career-pathways")
    assert node["@type"] == ["https://schema.org/DefinedTerm"]
    assert node["@id"] == "https://w3id.org/pathways-ld/topic/career-pathways"
    assert "Career Pathways" in values(node, "name")
    assert all(values(node, "description"))
    (group,) = node["inDefinedTermSet"]
    assert group["@type"] == ["https://schema.org/DefinedTermSet"]
    assert group["@id"] == "https://w3id.org/pathways-ld/ns"
    assert values(group, "https://schema.org/name") == ["Career Pathways Vocabulary"]
    assert values(group, "https://schema.org/url")


def test_structured_data_has_the_notation_and_exact_matches(synthetic_client: FlaskClient) -> None:
    node = structured(synthetic_client, "/colour")
    assert "C.1" in values(node, "termCode")
    assert values(node, "sameAs") == ["https://example.com/colour"]


def test_structured_data_names_the_term_in_every_language(synthetic_client: FlaskClient) -> None:
    named = {
        (each["@value"], each.get("@language")) for each in structured(synthetic_client, "/colour")["name"]
    }
    assert ("Farbe", "de") in named
    assert {text for text, _ in named} == {"Colour", "Color", "Farbe", "颜色", "顏色", "لون"}


@pytest.mark.parametrize(
    ("address", "kind"),
    [("/organization", "Organization"), ("/initiative", "Project"), ("/source", "CreativeWork")],
)
def test_other_kinds_have_structured_data_too(client: FlaskClient, address: str, kind: str) -> None:
    listing = client.get(address, headers=HTML).get_data(as_text=True)
    first = re.search(rf'<li><a href="({address}/[^"]+)"', listing)
    assert first
    assert structured(client, first[1])["@type"] == [f"https://schema.org/{kind}"]


def test_the_vocabulary_is_a_set_that_lists_its_terms(client: FlaskClient) -> None:
    node = structured(client, "/ns")
    assert node["@type"] == ["https://schema.org/DefinedTermSet"]
    assert "Career Pathways Vocabulary" in values(node, "name")
    terms = {each["@id"] for each in node["hasDefinedTerm"]}
    assert "https://w3id.org/pathways-ld/topic/career-pathways" in terms


def test_rdfa_names_the_term(client: FlaskClient) -> None:
    body = client.get("/topic/career-pathways", headers=HTML).get_data(as_text=True)
    found = extruct.extract(
        body, base_url="http://localhost/topic/career-pathways", syntaxes=["rdfa", "json-ld"]
    )
    term = next(
        each
        for each in found["rdfa"]
        if each.get("@id") == "https://w3id.org/pathways-ld/topic/career-pathways"
    )
    skos = "http://www.w3.org/2004/02/skos/core#"
    assert f"{skos}Concept" in term["@type"]
    assert term[f"{skos}prefLabel"][0]["@value"].strip() == "Career Pathways"
    assert term[f"{skos}definition"]
    assert found["json-ld"]

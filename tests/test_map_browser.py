"""The relational map in a real browser: by pointer, by keyboard, without scripts, in two widths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import chromium as driver
from chromium import CHROMIUM, Chromium, chromium
from conftest import ROOT, Vocabulary
from servers import running

DIST = ROOT / "src" / "pathways_ld" / "web" / "static" / "dist"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not (DIST / "map.js").is_file(), reason="the script of the map was not built"),
]

driver.KEYS |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "Home": 36, "End": 35}

FOCUSED = "(document.activeElement?.closest('[data-iri]')?.dataset.iri ?? '')"
DRAWING = "[...document.querySelectorAll('.stage > .drawing')].find((each) => each.getClientRects().length)"
SAID = "document.getElementById('map-said').textContent"
TERM = "https://w3id.org/pathways-ld/"

OVERLAPS = """
(() => {
  const drawing = DRAWING;
  const texts = [...drawing.querySelectorAll('text')].filter((each) => each.getClientRects().length);
  const boxes = texts.map((each) => [each.getBoundingClientRect(), each.textContent, each.closest('a, .drawing')]);
  const found = [];
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length; j += 1) {
      const [a, b] = [boxes[i][0], boxes[j][0]];
      if (boxes[i][2] === boxes[j][2] && boxes[i][2].tagName === 'a') continue; // lines of one label
      if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 4 < b.bottom && b.top + 4 < a.bottom) {
        found.push([boxes[i][1], boxes[j][1]]);
      }
    }
  }
  return found;
})()
""".replace("DRAWING", DRAWING)


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
    assert [each for each in tab.asked if not each.startswith((f"{server}/", "data:", "blob:"))] == []
    assert tab.console == []


def open_map(browser: Chromium, address: str) -> None:
    browser.open(address)
    browser.wait_for("document.querySelector('#map.live')")


def focus_map(browser: Chromium) -> None:
    browser.value(f"{DRAWING}.querySelector('a[tabindex=\"0\"]').focus()")


def overlaps(browser: Chromium) -> Any:
    return browser.value(OVERLAPS)


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("path", ["/topic/career-pathways/map", "/organization/aacc/map?depth=2", "/map"])
def test_no_two_labels_overlap_and_nothing_runs_out_of_the_page(
    browser: Chromium, server: str, path: str, width: int
) -> None:
    browser.screen(width)
    open_map(browser, server + path)
    assert overlaps(browser) == []
    assert browser.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_page_is_whole_without_scripts(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/topic/guided-pathways/map", scripts=False)
    assert browser.value(f"{DRAWING}.getAttribute('aria-hidden')") == "true"
    assert browser.value(
        "[...document.querySelectorAll('.map-tools, .keys')].every((each) => !each.getClientRects().length)"
    )
    assert browser.value("document.querySelectorAll('.map-list li a').length") > 10
    assert browser.value("[...document.querySelectorAll('.stage a')].every((each) => each.tabIndex < 0)")


def test_the_map_is_one_tab_stop_with_a_name(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/topic/guided-pathways/map")
    assert browser.value(f"{DRAWING}.getAttribute('aria-hidden')") is None
    assert browser.value(f"{DRAWING}.getAttribute('aria-label')") == "Map of Guided pathways"
    assert browser.value(f"{DRAWING}.querySelectorAll('a[tabindex=\"0\"]').length") == 1
    assert browser.value(
        f"[...{DRAWING}.querySelectorAll('.node > a')].every((each) => each.getAttribute('aria-label'))"
    )


def test_arrow_keys_go_along_the_lines_and_enter_opens_the_page(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/topic/guided-pathways/map")
    focus_map(browser)
    assert browser.value(FOCUSED) == f"{TERM}topic/guided-pathways"
    browser.key("ArrowLeft")
    assert browser.value(FOCUSED).startswith(f"{TERM}organization/")
    browser.key("ArrowDown")
    second = browser.value(FOCUSED)
    assert second.startswith(f"{TERM}organization/")
    assert browser.value(f"{DRAWING}.querySelectorAll('.node.lit').length") >= 2
    browser.key("Home")
    browser.key("ArrowRight")
    chosen = browser.value(FOCUSED)
    assert chosen.startswith(f"{TERM}initiative/")
    browser.key("Enter")
    browser.wait_for(
        f"location.pathname === '/{chosen.removeprefix(TERM)}' && document.readyState === 'complete'"
    )


def test_space_opens_a_term_in_its_place_and_the_address_keeps_it(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/organization/aacc/map")
    before = browser.value(f"{DRAWING}.querySelectorAll('.node').length")
    focus_map(browser)
    browser.key("ArrowLeft")
    opened = browser.value(FOCUSED)
    browser.key(" ")
    browser.wait_for(f"{DRAWING}.querySelectorAll('.node').length > {before}")
    assert browser.value("new URLSearchParams(location.search).get('open')") == opened.removeprefix(TERM)
    browser.wait_for(f"{FOCUSED} === '{opened}'")
    assert "connections" in browser.value(SAID)
    address = browser.value("location.href")
    browser.key(" ")
    browser.wait_for(f"{DRAWING}.querySelectorAll('.node').length === {before}")
    browser.value("history.back()")
    browser.wait_for(f"{DRAWING}.querySelectorAll('.node').length > {before}")
    open_map(browser, address)
    assert browser.value(f"{DRAWING}.querySelectorAll('.node').length") > before


def test_filters_change_the_map_without_leaving_the_page(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/topic/guided-pathways/map")
    browser.value("window.stays = true")
    browser.value("document.querySelector('details').open = true")
    browser.value("document.querySelector('input[name=kind][value=initiative]').click()")
    browser.wait_for("new URLSearchParams(location.search).getAll('kind').join() === 'topic,organization'")
    browser.wait_for(f"!{DRAWING}.querySelector('.kind-2')")
    assert browser.value("window.stays") is True
    browser.value("document.querySelector('input[name=kind][value=initiative]').click()")
    browser.wait_for("location.search === ''")


def test_zoom_by_button_and_key(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/map")
    assert browser.value(f"{DRAWING}.querySelectorAll('.tag').length") == 0
    for _ in range(3):
        browser.value("document.querySelector('[data-zoom=in]').click()")
    browser.wait_for("document.querySelector('.map.zoomed')")
    assert browser.value(f"{DRAWING}.querySelectorAll('.tag').length") > 5
    browser.value("document.querySelector('[data-zoom=fit]').click()")
    browser.wait_for("!document.querySelector('.map.zoomed')")


def test_what_is_looked_for_is_found_on_the_map(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/map")
    browser.value("document.getElementById('map-find').focus()")
    browser.type("guided")
    browser.wait_for(f"{SAID}.includes('found on this map')")
    browser.key("Enter")
    assert browser.value(FOCUSED) == f"{TERM}topic/guided-pathways"


def test_the_list_view_is_an_address_of_its_own(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/topic/guided-pathways/map")
    browser.value("document.querySelectorAll('.map-views a')[1].click()")
    browser.wait_for("location.search === '?view=list' && document.querySelector('.map.as-list')")
    assert browser.value("document.querySelector('.map-drawn').getClientRects().length") == 0


def test_a_map_that_cannot_be_loaded_says_so_and_stays(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/topic/guided-pathways/map")
    browser.value("window.fetch = () => Promise.reject(new Error('no network'))")
    browser.value("document.querySelectorAll('.map-views a')[1].click()")
    browser.wait_for(f"{SAID}.includes('no network')")
    assert browser.value("document.querySelectorAll('.stage .node').length") > 5


def test_a_picture_can_be_saved(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/topic/guided-pathways/map")
    browser.value(
        "HTMLAnchorElement.prototype.click = function () { window.saved = [this.download, this.href]; }"
    )
    browser.value("document.querySelector('[data-png]').click()")
    browser.wait_for("window.saved")
    assert browser.value("window.saved[0]") == "Map-of-Guided-pathways.png"


def test_pictures_can_be_embedded_elsewhere(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/topic/guided-pathways")
    script = "new Promise((done) => {{ const image = new Image(); image.onload = () => done(image.naturalWidth); image.src = '{}'; }})"
    for path in ("/map.svg", "/topic/guided-pathways/map.svg"):
        assert browser.value(script.format(path)) > 300


def test_a_map_that_is_zoomed_in_can_be_dragged_and_then_clicked(browser: Chromium, server: str) -> None:
    open_map(browser, f"{server}/map")
    for _ in range(3):
        browser.value("document.querySelector('[data-zoom=in]').click()")
    browser.value("document.querySelector('.stage').scrollIntoView({ behavior: 'instant' })")
    before = browser.value(f"{DRAWING}.querySelector('.scene').getAttribute('transform')")
    for kind, x in (("mousePressed", 600), ("mouseMoved", 500), ("mouseMoved", 400), ("mouseReleased", 400)):
        browser.call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=400, button="left", buttons=1, clickCount=1
        )
    assert browser.value(f"{DRAWING}.querySelector('.scene').getAttribute('transform')") != before
    assert browser.value("location.pathname") == "/map"
    browser.value(
        f"{DRAWING}.querySelector('.hub').dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true }}))"
    )
    browser.wait_for("location.pathname.endsWith('/map') && location.pathname !== '/map'")
    browser.wait_for("document.readyState === 'complete'")

"""The hierarchy in a real browser: one tab stop, arrows, letters; the place is kept; without scripts too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, build_vocabulary
from npm_packages import installed
from playwright_pages import Person, playwright_browser
from servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPT = ROOT / "src" / "pathways_ld" / "web" / "static" / "dist" / "tree.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(not SCRIPT.is_file(), reason="the script of the tree was not built"),
]

BASE = "https://example.org/v/"
MANY = 120
SOURCE = f"""
@prefix : <{BASE}> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Things"@en .
:air a skos:Concept ; skos:prefLabel "Air"@en .
:earth a skos:Concept ; skos:prefLabel "Earth"@en .
:fire a skos:Concept ; skos:prefLabel "Fire"@en .
:water a skos:Concept ; skos:prefLabel "Water"@en .
:lake a skos:Concept ; skos:prefLabel "Lake"@en ; skos:broader :water , :earth .
:river a skos:Concept ; skos:prefLabel "River"@en ; skos:broader :water .
:rill a skos:Concept ; skos:prefLabel "Rill"@en ; skos:broader :river .
:spring a skos:Concept ; skos:prefLabel "Spring"@en ; skos:broader :rill .
:round a skos:Concept ; skos:prefLabel "Round"@en ; skos:broader :about .
:about a skos:Concept ; skos:prefLabel "About"@en ; skos:broader :round .
""" + "".join(
    f':stone{number:03} a skos:Concept ; skos:prefLabel "Stone {number:03}"@en ; skos:broader :earth .\n'
    for number in range(MANY)
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("things")
    source: Path = folder / "things.ttl"
    source.write_text(SOURCE, encoding="utf-8")
    built = build_vocabulary(folder / "var", [source], canonical_base=BASE)
    with running("--snapshot", str(built.folder), "--workers", "1") as (address, _):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright_browser() as found:
        yield found


@pytest.fixture
def person(browser: Browser, server: str) -> Iterator[Person]:
    found = Person(browser, server)
    yield found
    found.close()


def at(person: Person) -> str:
    """Give the name of the item that has the focus."""
    spoken = person.spoken()
    assert spoken.role == "treeitem", spoken
    return spoken.name


def keys(person: Person, *pressed: str) -> str:
    for each in pressed:
        person.key(each)
    return at(person)


def opened(person: Person, name: str) -> None:
    """Wait until a branch is open."""
    person.page.locator(f'[role=treeitem][aria-expanded=true]:text-is("{name}")').first.wait_for()


def test_the_tree_is_one_stop_and_is_walked_with_arrows(person: Person) -> None:
    person.open("/browse/tree")
    person.tab_to("treeitem", "About")
    assert keys(person, "ArrowDown") == "Air"
    assert keys(person, "ArrowUp", "ArrowUp") == "About"
    assert keys(person, "End") == "Water"
    assert keys(person, "ArrowDown") == "Water"
    assert keys(person, "Home") == "About"
    assert person.step().role != "treeitem"
    person.key("Shift+Tab")
    assert at(person) == "About"


def test_branches_are_fetched_when_they_are_opened(person: Person) -> None:
    person.open("/browse/tree")
    person.tab_to("treeitem", "About")
    assert keys(person, "w") == "Water"
    person.key("ArrowRight")
    opened(person, "Water")
    assert at(person) == "Water"
    assert keys(person, "ArrowRight") == "Lake"
    assert keys(person, "ArrowDown") == "River"
    person.key("ArrowRight")
    opened(person, "River")
    assert keys(person, "ArrowRight") == "Rill"
    assert keys(person, "ArrowLeft") == "River"
    assert keys(person, "ArrowLeft", "ArrowDown") == "River"  # closed, and the last one
    assert keys(person, "ArrowLeft") == "Water"
    item = person.page.locator('[role=treeitem]:text-is("River")')
    assert item.get_attribute("aria-level") == "2"
    assert (item.get_attribute("aria-posinset"), item.get_attribute("aria-setsize")) == ("2", "2")
    assert person.page.locator("[role=tree] [role=group]").first.is_visible()


def test_letters_lead_to_what_is_shown(person: Person) -> None:
    person.open("/browse/tree?open=water")
    person.tab_to("treeitem", "About")
    assert keys(person, "r", "i") == "River"
    assert keys(person, "Home") == "About"
    assert keys(person, "F") == "Fire"


def test_what_was_opened_is_open_after_coming_back(person: Person) -> None:
    person.open("/browse/tree")
    person.tab_to("treeitem", "About")
    keys(person, "w")
    person.key("ArrowRight")
    opened(person, "Water")
    person.page.wait_for_url("**open=water**")
    assert keys(person, "ArrowRight") == "Lake"
    person.press("Enter")
    assert person.path == "/lake"
    with person.page.expect_navigation():
        person.page.go_back()
    opened(person, "Water")
    person.reads("Lake", "River")


def test_more_of_a_long_branch_comes_in_place(person: Person) -> None:
    person.open("/browse/tree")
    person.tab_to("treeitem", "About")
    keys(person, "e")
    person.key("ArrowRight")
    opened(person, "Earth")
    assert keys(person, "ArrowRight") == "Lake"
    assert keys(person, "7") == "71 more"
    more = person.page.locator('[role=treeitem]:text-is("71 more")')
    assert more.count() == 1
    assert keys(person, "Home", "e", *["ArrowDown"] * 51) == "71 more"
    person.key("Enter")
    person.page.locator('[role=treeitem]:text-is("21 more")').wait_for()
    assert at(person) == "Stone 049"
    assert person.path.startswith("/browse/tree")


def test_a_loop_is_not_opened_again(person: Person) -> None:
    person.open("/browse/tree")
    person.tab_to("treeitem", "About")
    person.key("ArrowRight")
    opened(person, "About")
    assert keys(person, "ArrowRight") == "Round"
    person.key("ArrowRight")
    opened(person, "Round")
    assert keys(person, "ArrowRight") == "About"
    inner = person.page.locator('[role=treeitem][aria-level="3"]')
    assert inner.get_attribute("aria-expanded") is None
    assert keys(person, "ArrowRight") == "About"


def test_the_whole_tree_comes_to_the_page_of_a_term(person: Person) -> None:
    person.open("/rill")
    person.tab_to("link", "Show what is beside it")
    person.key("Enter")
    person.page.locator("[role=tree]").wait_for()
    person.page.wait_for_function("document.activeElement.getAttribute('role') === 'treeitem'")
    assert at(person) == "Rill"
    assert person.path == "/rill"
    assert keys(person, "ArrowUp", "ArrowUp") == "Lake"
    person.press("Enter")
    assert person.path == "/lake"


def test_a_branch_that_cannot_be_fetched_is_told(person: Person) -> None:
    person.open("/browse/tree")
    person.page.route("**/browse/tree?*root=*", lambda route: route.abort())
    person.expected.append("ERR_FAILED")
    person.tab_to("treeitem", "About")
    person.key("ArrowRight")
    person.page.locator("[role=status]:has-text('cannot be opened now')").wait_for()
    assert at(person) == "About"


ADDRESSES = (
    "/browse",
    "/browse/tree?open=earth&open=water",
    "/browse/tree?root=earth&page=2",
    "/browse/index",
    "/browse/groups",
    "/browse/new",
    "/concept",
    "/rill",
)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(browser: Browser, server: str, dark: bool) -> None:
    axe = (installed("axe") / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    person = Person(browser, server, width=320 if dark else 1280, dark=dark)
    for address in ADDRESSES:
        person.open(address)
        person.page.evaluate(axe)
        found = person.page.evaluate(
            """async () => {
              const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
              const found = await axe.run(document, {runOnly: {type: "tag", values: levels}});
              return found.violations.map((each) => [each.id, ...each.nodes.map((node) => node.html)]);
            }"""
        )
        assert found == [], address
    person.close()


def test_everything_is_there_without_scripts(browser: Browser, server: str) -> None:
    person = Person(browser, server, scripts=False, width=320)
    person.open("/browse/tree")
    person.follow("Open Water, 2 narrower")
    person.reads("Lake", "River")
    person.follow("Open River, 1 narrower")
    person.reads("Rill")
    person.follow("Close Water, 2 narrower")
    assert "Rill" not in person.text
    person.open("/rill")
    person.follow("Show what is beside it")
    person.reads("Air", "Fire", "Spring")
    for address in (
        "/browse",
        "/browse/tree?open=earth&open=water",
        "/browse/index",
        "/browse/groups",
        "/rill",
    ):
        person.open(address)
        wide = person.page.locator("html").bounding_box()
        assert wide is not None
        assert person.page.evaluate("document.documentElement.scrollWidth") <= 320, address
    person.close()

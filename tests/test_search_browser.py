"""The search field of every page, driven by keyboard: names while one types, chosen or passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from chromium import CHROMIUM
from conftest import ROOT, Vocabulary
from playwright_pages import Person, playwright_browser
from servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Route

BUILT = (ROOT / "src/pathways_ld/web/static/dist/combobox.js").is_file()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
scripted = pytest.mark.skipif(not BUILT, reason="the script was not built (make setup needs npm's registry)")

NAME = "Search the vocabulary"
NewPerson = Callable[..., Person]


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running(state_dir=own.settings.state_dir, workers=1) as (address, _):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright_browser() as found:
        yield found


@pytest.fixture
def person(browser: Browser, server: str) -> Iterator[NewPerson]:
    people: list[Person] = []

    def make(*, scripts: bool = True, width: int = 1280) -> Person:
        people.append(Person(browser, server, scripts=scripts, width=width))
        return people[-1]

    yield make
    for each in people:
        each.close()


def field(someone: Person) -> Locator:
    return someone.page.locator("#site-search")


def options(someone: Person) -> Locator:
    return someone.page.locator("#site-search-options [role=option]")


def at_the_field(someone: Person, typed: str) -> None:
    """Go to the field by keyboard and type."""
    someone.open("/topic/capstone")
    someone.tab_to("field", NAME, skip=False)
    someone.page.keyboard.type(typed)
    options(someone).first.wait_for()


def active(someone: Person) -> str:
    """Give the name of the option that a screen reader is told of; empty while that is the field itself."""
    found = field(someone).get_attribute("aria-activedescendant")
    return someone.page.locator(f"#{found}").inner_text().split("\n")[0] if found else ""


@scripted
def test_names_are_offered_and_one_is_chosen_with_the_arrows(person: NewPerson) -> None:
    ann = person()
    at_the_field(ann, "guided")
    assert field(ann).get_attribute("role") == "combobox"
    assert field(ann).get_attribute("aria-expanded") == "true"
    assert active(ann) == ""  # nothing is chosen unasked
    count = options(ann).count()
    said = ann.page.locator("#site-search ~ [role=status]").inner_text()
    assert said.startswith(f"{count} terms")
    ann.key("ArrowDown")
    assert active(ann) == "Guided pathways"
    assert options(ann).first.get_attribute("aria-selected") == "true"
    ann.key("ArrowUp")
    assert active(ann) == ""
    ann.key("ArrowUp")
    assert active(ann) == options(ann).last.inner_text().split("\n")[0]
    ann.key("ArrowDown")
    ann.key("ArrowDown")
    assert field(ann).input_value() == "guided"
    ann.press()
    assert ann.path == "/topic/guided-pathways"


@scripted
def test_enter_without_a_choice_searches_for_the_words(person: NewPerson) -> None:
    ann = person()
    at_the_field(ann, "guided")
    ann.press()
    assert ann.path == "/search?q=guided"
    ann.reads("Guided pathways", "Also called")


@scripted
def test_escape_closes_the_list_and_then_empties_the_field(person: NewPerson) -> None:
    ann = person()
    at_the_field(ann, "guided")
    ann.key("ArrowDown")
    ann.key("Escape")
    assert not options(ann).first.is_visible()
    assert (field(ann).get_attribute("aria-expanded"), active(ann)) == ("false", "")
    assert field(ann).input_value() == "guided"
    ann.key("ArrowDown")
    options(ann).first.wait_for()
    ann.key("Escape")
    ann.key("Escape")
    assert field(ann).input_value() == ""


@scripted
def test_leaving_the_field_closes_the_list_and_chooses_nothing(person: NewPerson) -> None:
    ann = person()
    at_the_field(ann, "guided")
    ann.key("ArrowDown")
    ann.step()
    assert not options(ann).first.is_visible()
    assert ann.path == "/topic/capstone"


@scripted
def test_a_typing_error_is_put_right_and_nothing_is_told_as_nothing(person: NewPerson) -> None:
    ann = person()
    at_the_field(ann, "aprenticeship")
    status = ann.page.locator("#site-search ~ [role=status]")
    assert "for apprenticeship" in status.inner_text()
    ann.page.keyboard.type("xyzzy")
    ann.page.get_by_text("No term begins so").wait_for(state="attached")
    assert not options(ann).first.is_visible()


@scripted
def test_it_is_asked_once_for_what_is_typed_at_a_stretch_and_never_twice(person: NewPerson) -> None:
    ann = person()
    seen: list[str] = []
    ann.page.on("request", lambda each: seen.append(each.url) if "/suggest" in each.url else None)
    at_the_field(ann, "guided")
    assert len(seen) < len("guided")
    with ann.page.expect_response("**/suggest?*search=guid&*"):
        ann.key("Backspace")
        ann.key("Backspace")
    before = len(seen)
    ann.page.keyboard.type("ed")
    ann.page.get_by_role("option", name="Guided pathways Topic", exact=True).wait_for()
    assert len(seen) == before


@scripted
def test_where_the_server_does_not_answer_the_form_is_as_it_was(person: NewPerson) -> None:
    ann = person()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    ann.is_told(0)
    ann.expected.append("net::ERR_FAILED")
    ann.page.route("**/suggest?*", refuse)
    ann.open("/topic/capstone")
    ann.tab_to("field", NAME, skip=False)
    with ann.page.expect_request("**/suggest?*"):
        ann.page.keyboard.type("guided")
    ann.press()
    assert ann.path == "/search?q=guided"
    assert asked


@scripted
def test_the_list_fits_a_narrow_window(person: NewPerson) -> None:
    ann = person(width=320)
    at_the_field(ann, "career")
    assert ann.page.evaluate("document.documentElement.scrollWidth") <= 320
    box = ann.page.locator("#site-search-options").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


@scripted
def test_a_pointer_chooses_too(person: NewPerson) -> None:
    ann = person()
    at_the_field(ann, "guided")
    with ann.page.expect_navigation():
        options(ann).first.click()
    assert ann.path == "/topic/guided-pathways"


def test_without_scripts_the_form_searches(person: NewPerson) -> None:
    ann = person(scripts=False)
    ann.open("/topic/capstone")
    ann.tab_to("field", NAME, skip=False)
    ann.page.keyboard.type("guided")
    ann.press()
    assert ann.path == "/search?q=guided"


def test_a_search_is_narrowed_down_and_widened_again_by_keyboard(person: NewPerson) -> None:
    ann = person(scripts=False)
    ann.open("/search?q=college")
    ann.tab_to("link", "Organizations", exact=True)
    ann.press()
    assert ann.path == "/search?q=college&kind=organization"
    ann.reads("with these filters")
    ann.tab_to("link", "Kind: not only Organizations")
    ann.press()
    assert ann.path == "/search?q=college"

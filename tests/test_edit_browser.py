"""The form of a term in a real browser: with the keyboard only, with the page's script and without it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from chromium import CHROMIUM, SHIFT, Chromium, chromium
from conftest import ROOT, Vocabulary
from servers import running

BUILT = (ROOT / "src/pathways_ld/web/static/dist/edit.js").is_file()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def server(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("browser") / "state"
    shutil.copytree(own.settings.state_dir, state, symlinks=True)
    with running(state_dir=state, workers=1, contributions_per_hour=0) as (address, _):
        yield address


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(tab: Chromium) -> Iterator[Chromium]:
    tab.screen(1280)
    yield tab
    assert [each for each in tab.console if "status of 422" not in each] == []


def tab_to(browser: Chromium, name: str, most: int = 200) -> None:
    """Press Tab until a control has the focus, which must be seen."""
    for _ in range(most):
        browser.key("Tab")
        if browser.value("(document.activeElement.id || document.activeElement.value) + ''") == name:
            assert browser.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(name)


@pytest.mark.parametrize("scripts", [True, False], ids=["with-script", "without"])
def test_a_suggestion_with_the_keyboard_only(browser: Chromium, server: str, scripts: bool) -> None:
    if scripts and not BUILT:
        pytest.skip("the page's script was not built (make setup needs npm's registry)")
    browser.open(f"{server}/topic/capstone/edit", scripts=scripts)
    tab_to(browser, "alternative-label.1.value.text")
    browser.type(f"Capstone seminar {scripts}")
    browser.key("Enter")
    browser.wait_for("document.readyState === 'complete' && document.getElementById('changes')")
    assert browser.value("document.activeElement.id") == "summary"
    assert "This can be submitted." in browser.value("document.getElementById('summary').innerText")
    tab_to(browser, "reason")
    browser.type("Read in a syllabus.")
    tab_to(browser, "submit")
    browser.key("Enter")
    browser.wait_for("document.readyState === 'complete' && location.pathname.startsWith('/contributions/')")
    assert re.search(r"Capstone seminar", browser.value("document.querySelector('main').innerText"))


def test_problems_get_the_focus_and_lead_to_their_fields(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/propose/organization", scripts=False)
    tab_to(browser, "preferred-label.0.value.text")
    browser.key("Enter")
    browser.wait_for("document.readyState === 'complete' && document.querySelector('.summary')")
    assert browser.value("document.activeElement.id") == "summary"
    browser.key("Tab")
    browser.key("Enter")
    browser.wait_for("location.hash === '#preferred-label.0.value.text'")
    # The browser starts from there: one step back and forth, and the field has the focus.
    browser.key("Tab", SHIFT)
    browser.key("Tab")
    assert browser.value("document.activeElement.id") == "preferred-label.0.value.text"


@pytest.mark.skipif(not BUILT, reason="the page's script was not built (make setup needs npm's registry)")
def test_names_are_offered_while_somebody_types(browser: Chromium, server: str) -> None:
    browser.open(f"{server}/topic/capstone/edit")
    browser.value("document.getElementById('related.1.value.text').focus()")
    browser.type("apprenticesh")
    browser.wait_for("document.querySelector('datalist option[value=Apprenticeship]')")
    browser.value("document.activeElement.value = ''")
    browser.type("Apprenticeship")
    hidden = "document.querySelector('input[name=\"related.1.value.iri\"]').value"
    assert browser.value(hidden).endswith("/topic/apprenticeship")
    browser.type("s")
    assert browser.value(hidden) == ""


@pytest.mark.parametrize("path", ["/topic/career-pathways/edit", "/propose", "/propose/initiative"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_is_wider_than_the_window(browser: Chromium, server: str, path: str, width: int) -> None:
    browser.screen(width)
    browser.open(f"{server}{path}", scripts=False)
    assert browser.value("document.documentElement.scrollWidth") <= width

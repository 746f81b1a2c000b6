"""From a suggestion to a published change in a real browser, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chromium import CHROMIUM, SHIFT, Chromium, chromium
from conftest import build_vocabulary
from maintenance import BASE, VOCABULARY
from pathways_ld.ledger import Accounts
from servers import running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

RIGHT = "correct horse battery staple"
TURTLE = f'@prefix skos: <http://www.w3.org/2004/02/skos/core#> . <{BASE}two> skos:altLabel "Deux"@fr .'
_MOST_STOPS = 80


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    source = tmp_path / "vocabulary.ttl"
    source.write_text(VOCABULARY, encoding="utf-8")
    state = tmp_path / "state"
    build_vocabulary(state, [source], canonical_base=BASE)
    Accounts(state).add("ann", RIGHT, display_name="Ann")
    config = tmp_path / "pathways.toml"
    config.write_text(f'canonical_base = "{BASE}"\n', encoding="utf-8")
    with running("--out", str(state), "--config", str(config), "--workers", "1") as (address, _):
        yield address


def tab_to(browser: Chromium, condition: str) -> None:
    """Press Tab until the element that has the focus is such a one, which has to be visibly focused."""
    for _ in range(_MOST_STOPS):
        browser.key("Tab")
        if browser.value(f"(() => {{ const at = document.activeElement; return Boolean({condition}); }})()"):
            outline = browser.value("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", condition
            return
    raise AssertionError(f"no Tab leads to {condition}")


def press(browser: Chromium) -> None:
    """Press Enter, and wait for the next page."""
    browser.value("window.before = true")
    browser.key("Enter")
    browser.wait_for("!window.before && document.readyState === 'complete'")


def test_from_a_suggestion_to_a_published_change_by_keyboard(served: str, tmp_path: Path) -> None:
    with chromium(tmp_path / "profile") as browser:
        browser.screen(1280)
        browser.open(f"{served}/contributions")
        tab_to(browser, "at.id === 'text'")
        browser.type(TURTLE)
        tab_to(browser, "at.id === 'reason'")
        browser.type("It is French.")
        tab_to(browser, "at.name === 'dry-run'")
        press(browser)
        assert "Nothing to fix" in browser.value("document.querySelector('main').innerText")
        assert browser.value("document.getElementById('text').value") == TURTLE
        tab_to(browser, "at.tagName === 'BUTTON' && at.innerText === 'Send'")
        press(browser)
        status = browser.value("location.href")
        assert "Received" in browser.value("document.querySelector('main').innerText")

        browser.open(f"{served}/review")
        tab_to(browser, "at.name === 'name'")
        browser.type("ann")
        tab_to(browser, "at.name === 'password'")
        browser.type(RIGHT)
        press(browser)
        assert browser.value("location.pathname") == "/review"
        tab_to(browser, "at.getAttribute('href') === '/review/1'")
        press(browser)
        tab_to(browser, "at.getAttribute('href') === '#decision'")
        browser.key("Enter")
        browser.wait_for("document.activeElement.id === 'decision'")
        tab_to(browser, "at.id === 'accept-note'")
        browser.type("Merci.")
        browser.key("Tab", SHIFT)
        tab_to(browser, "at.innerText === 'Accept and publish'")
        press(browser)
        assert "accepted" in browser.value("document.querySelector('main').innerText")

        browser.open(status)
        text = browser.value("document.querySelector('main').innerText")
        assert "Accepted and published" in text
        assert "Merci." in text
        browser.open(f"{served}/two")
        assert "Deux" in browser.value("document.querySelector('main').innerText")
        browser.open(f"{served}/changes")
        assert "It is French." in browser.value("document.querySelector('main').innerText")
        assert browser.console == []

"""Somebody who works with our pages by keyboard, in a real Chromium that Playwright drives.

Nothing is clicked and no field is filled in that was not reached with Tab. What has the focus is known by what
a screen reader would say of it: its role and its name in the accessibility tree, not by its place in the page.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chromium import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Page, Request

MOST_STOPS = 400
"""Tab stops after which somebody gives up."""
WAIT = 30_000
"""Milliseconds."""
PAGE = "page"
"""What has the focus when Tab leaves the last control."""
SKIP = "Skip to the content"
_ROLES = {"RootWebArea": PAGE, "textbox": "field", "searchbox": "field", "combobox": "field"}
"""A field is one, whether or not names are offered while somebody types."""

_FOCUSED = """(() => {
  // An editor shows itself that its hidden field has the focus.
  for (let at = document.activeElement, level = 0; at && level < 6; at = at.parentElement, level += 1) {
    if (at === document.body || getComputedStyle(at).outlineStyle !== 'none') return document.activeElement;
  }
  return null;
})()"""


@contextlib.contextmanager
def playwright_browser() -> Iterator[Browser]:
    """Run the Chromium of this machine; the test is skipped where it or Playwright is not here."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    arguments = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with api.sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Spoken:
    """What a screen reader says of the element that has the focus."""

    role: str
    name: str
    description: str
    value: str
    invalid: bool


class Person:
    """One person with a browser of their own: their cookies, their keyboard, and what went wrong."""

    def __init__(
        self, browser: Browser, address: str, *, scripts: bool = True, width: int = 1280, dark: bool = False
    ) -> None:
        self.address = address
        self.context = browser.new_context(
            java_script_enabled=scripts,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(WAIT)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.expected: list[str] = []
        self.stops = 0
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("filechooser", lambda _: None)  # else a real dialogue opens before somebody waits for it
        self.context.on("request", self._see)
        self._devtools: CDPSession = self.context.new_cdp_session(self.page)
        self._devtools.send("Accessibility.enable")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _see(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.foreign.append(request.url)

    def is_told(self, status: int) -> None:
        """Say that a page with a status of failure is to be expected: the browser notes it in the console."""
        self.expected.append(f"status of {status}")

    def close(self) -> None:
        """Close the browser; nothing may have been complained of, no other host been asked."""
        self.context.close()
        left = [text for text in self.complaints if not any(each in text for each in self.expected)]
        assert left == [], left
        assert self.foreign == [], self.foreign

    # where somebody is

    def open(self, path: str) -> None:
        """Type an address, or follow a bookmark."""
        self.page.goto(path if path.startswith("http") else self.address + path)

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.address).removesuffix("#main")

    @property
    def text(self) -> str:
        """What is seen of the page's content, with plain spaces."""
        return " ".join(self.page.locator("main").inner_text().split())

    def reads(self, *texts: str) -> None:
        """Find texts in the page."""
        seen = self.text
        for each in texts:
            assert each in seen, f"{each!r} is not in {self.path}:\n{seen[:6000]}"

    # keys

    def spoken(self) -> Spoken:
        """Give what is said of the element that has the focus, which has to be seen."""
        found = self._devtools.send("Runtime.evaluate", {"expression": _FOCUSED})
        assert "objectId" in found["result"], f"the focus is not seen: {self.path}, after {self.stops} stops"
        tree = self._devtools.send(
            "Accessibility.getPartialAXTree",
            {"objectId": found["result"]["objectId"], "fetchRelatives": False},
        )
        node: dict[str, Any] = tree["nodes"][0]
        properties = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}

        def text(part: str) -> str:
            return " ".join(str(node.get(part, {}).get("value", "")).split())

        invalid = str(properties.get("invalid", "false")) != "false"
        role = PAGE if node.get("ignored") else text("role")
        return Spoken(_ROLES.get(role, role), text("name"), text("description"), text("value"), invalid)

    def landed(self) -> Spoken:
        """Give what has the focus by itself, once the page has put it there."""
        self.page.locator("main :focus").wait_for()
        return self.spoken()

    def step(self) -> Spoken:
        """Press Tab; what gets the focus has to have a name."""
        self.page.keyboard.press("Tab")
        self.stops += 1
        at = self.spoken()
        assert at.name or at.role == PAGE, f"{at} of {self.path} has no name"
        return at

    def tab_to(
        self, role: str, name: str, *, exact: bool = False, skip: bool = True, holds: str | None = None
    ) -> Spoken:
        """Press Tab until a control with such a role and name has the focus; a name may be its beginning.

        With `skip`, the link that skips the navigation of the site is used where it comes first.
        """
        passed: list[str] = []
        for _ in range(MOST_STOPS):
            at = self.step()
            named = at.name == name if exact else at.name.startswith(name)
            if at.role == role and named and (holds is None or at.value == holds):
                return at
            if skip and at.name == SKIP:
                self.key("Enter")
            passed.append(f"{at.role} {at.name!r}")
            if at.role == PAGE and passed.count(passed[-1]) > 1:
                break  # once around
        raise AssertionError(f"no Tab leads to {role} {name!r} of {self.path}: {passed[:60]}")

    def press(self, key: str = "Enter") -> None:
        """Press a key that leads to another page, and wait for it."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def key(self, key: str) -> None:
        """Press a key that stays in the page."""
        self.page.keyboard.press(key)

    def choose(self, path: Path) -> None:
        """Choose a file with the button that has the focus."""
        with self.page.expect_event("filechooser") as asking:
            self.page.keyboard.press("Enter")
        asking.value.set_files(path)

    def download(self, folder: Path) -> Path:
        """Press Enter on the link to a file, and keep it under the name it is offered with."""
        with self.page.expect_download() as offered:
            self.page.keyboard.press("Enter")
        path = folder / offered.value.suggested_filename
        offered.value.save_as(path)
        return path

    def type(self, text: str) -> None:
        """Type at the cursor."""
        self.page.keyboard.type(text)

    def retype(self, text: str) -> None:
        """Type in place of what stands in a field."""
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def follow(self, name: str, *, exact: bool = False, skip: bool = True) -> None:
        """Go to a link and press Enter."""
        self.tab_to("link", name, exact=exact, skip=skip)
        self.press()

    def push(self, name: str) -> None:
        """Go to a button and press Enter."""
        self.tab_to("button", name)
        self.press()

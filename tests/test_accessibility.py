"""Every kind of page, held against WCAG 2.1 A and AA by axe-core, in light and dark, narrow and wide.

What a checker cannot see (the order of the focus, whether words help) is in the stories of
`test_contributing_browser.py` and in the tests of the pages.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chromium import CHROMIUM
from conftest import Vocabulary
from npm_packages import installed
from pathways_ld.ledger import Accounts
from playwright_pages import Person, playwright_browser
from servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

RIGHT = "correct horse battery staple"
PREFIXES = """@prefix topic: <https://w3id.org/pathways-ld/topic/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
WIDE, NARROW = 1280, 320

RUN = """async ([levels, rules]) => {
  const options = rules ? {runOnly: {type: 'rule', values: rules}} : {runOnly: {type: 'tag', values: levels}};
  const found = await axe.run(document, {...options, resultTypes: ['violations'], preload: false});
  const said = (each, node) => [each.id, each.help, node.target.join(' '), node.failureSummary.split('\\n').slice(1, 3).join(' ')];
  // The map breaks and shortens the names of its signs; what is read aloud are the whole ones.
  const drawn = (each, node) => each.id === 'label-content-name-mismatch' && document.querySelector(node.target[0]).closest(".stage");
  for (const each of found.violations) each.nodes = each.nodes.filter((node) => !drawn(each, node));
  return found.violations.flatMap((each) => each.nodes.slice(0, 5).map((node) => said(each, node).join(' | ')));
}"""
WIDER = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const out = [...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > room + 1);
  return ['wider than the window: ' + out.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)).join(' ')];
}"""


@dataclass
class Site:
    """A server with contributions in every state, and two browsers."""

    address: str
    reader: Person
    reviewer: Person
    status: dict[str, str] = field(default_factory=dict)
    """Paths of status pages by state."""

    def contribute(self, topic: str, label: str) -> tuple[int, str]:
        """Contribute as a program does; gives the number and the path of the status page."""
        answer = requests.post(
            f"{self.address}/contributions",
            params={
                "reason": f"{label} is what a long-standing source calls it.",
                "name": "Cora Contributor",
            },
            data=(PREFIXES + f'topic:{topic} skos:altLabel "{label}"@en .').encode(),
            headers={"Content-Type": "text/turtle"},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["number"], answer.headers["Location"].removeprefix(self.address)

    def decide(self, number: int, button: str, **fields: str) -> None:
        """Press a button of the page of a contribution."""
        self.reviewer.open(f"/review/{number}")
        for label, text in fields.items():
            self.reviewer.page.locator(f"#{label.replace('_', '-')}").fill(text)
        self.reviewer.page.get_by_role("button", name=button, exact=True).click()
        self.reviewer.page.locator(".steps").wait_for()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, as the lock file pins it."""
    return (installed("axe") / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright_browser() as found:
        yield found


@pytest.fixture(scope="module")
def site(browser: Browser, own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("accessibility") / "state"
    shutil.copytree(own.settings.state_dir, state, symlinks=True)
    Accounts(state).add("ann", RIGHT, display_name="Ann")
    with running(state_dir=state, workers=1, contributions_per_hour=0, contributions_per_day=0) as (
        address,
        _,
    ):
        made = Site(address, Person(browser, address), Person(browser, address))
        page = made.reviewer.page
        made.reviewer.open("/sign-in")
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill(RIGHT)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/review")
        accepted, made.status["accepted"] = made.contribute("capstone", "Senior seminar")
        made.decide(accepted, "Accept and publish", accept_note="Thank you.")
        rejected, made.status["rejected"] = made.contribute("capstone", "Stickers")
        made.decide(rejected, "Reject", reject_reason="No source uses this word.")
        number, made.status["open"] = made.contribute("blockchain", "Chain of blocks")
        made.decide(number, "Write", comment="Which source is it?")
        yield made
        for each in (made.reader, made.reviewer):
            each.context.close()


# how to get to a page that has no address of its own


def _fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.locator(f'[name="{name}"]').first.fill(text)


def _edit(press: str, **fields: str) -> Callable[[Site, Person], None]:
    def arrive(_: Site, person: Person) -> None:
        person.open("/topic/capstone/edit")
        for name, text in fields.items():
            person.page.locator(f'[id="{name}"]').fill(text)
        person.page.locator(f'button[value="{press}"]').last.click()
        person.page.locator("#summary, [autofocus]").first.wait_for()

    return arrive


def _propose(_: Site, person: Person) -> None:
    person.open("/propose/organization")
    person.page.get_by_role("button", name="Check", exact=True).click()
    person.page.locator("#summary").wait_for()


def _contribute(text: str) -> Callable[[Site, Person], None]:
    def arrive(_: Site, person: Person) -> None:
        person.open("/contributions")
        _fill(person.page, text=text)
        person.page.get_by_role("button", name="Check only").click()
        person.page.locator("#check, [role=alert]").first.wait_for()

    return arrive


def _validate(_: Site, person: Person) -> None:
    person.open("/validate")
    _fill(
        person.page,
        text=PREFIXES + 'topic:new a skos:Concept ; skos:prefLabel "New" , "Newer"@en , "Newest"@en .',
    )
    person.page.locator("#check").click()
    person.page.locator(".result").first.wait_for()


def _sparql(_: Site, person: Person) -> None:
    person.open("/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%2020")
    person.page.locator("#answer td").first.wait_for()


def _sign_in_refused(_: Site, person: Person) -> None:
    person.open("/sign-in")
    _fill(person.page, name="nobody", password=RIGHT)
    person.page.get_by_role("button", name="Sign in").click()
    person.page.locator("#problem").wait_for()


def _undo_refused(_: Site, person: Person) -> None:
    person.open("/review/changes/1")
    person.page.locator("#reason").fill(" ")
    person.page.get_by_role("button", name="Undo and publish").click()
    person.page.locator("[role=alert]").wait_for()


def _status(state: str) -> Callable[[Site, Person], None]:
    return lambda site, person: person.open(site.status[state])


PAGES: dict[str, str | Callable[[Site, Person], None]] = {
    "home": "/",
    "topic": "/topic/career-pathways",
    "topic-with-history": "/topic/capstone",
    "organization": "/organization/advance-cte",
    "vocabulary": "/ns",
    "listing": "/topic",
    "search": "/search?q=career",
    "search-without-hits": "/search?q=xyzzy",
    "lookup": "/lookup?value=guided+pathways&value=credential&value=xyzzy&format=html",
    "preview": "/reconcile/preview?id=topic/credential",
    "labels": "/labels",
    "label": "/labels/guided-pathways",
    "browse": "/browse",
    "tree": "/browse/tree",
    "index": "/browse/index",
    "groups": "/browse/groups",
    "new": "/browse/new",
    "narrowed-listing": "/organization?type=association",
    "statistics": "/statistics",
    "missing": "/statistics?missing=definition&kind=topic",
    "timeline": "/timeline",
    "frameworks": "/frameworks",
    "assistants": "/mcp",
    "sparql": "/sparql",
    "sparql-answer": _sparql,
    "examples": "/sparql/examples",
    "validate": "/validate",
    "validate-report": _validate,
    "rules": "/shapes",
    "map": "/map",
    "map-of-a-topic": "/topic/career-pathways/map",
    "embed": "/topic/career-pathways/embed",
    "downloads": "/dumps/",
    "interfaces": "/openapi",
    "components": "/embed",
    "card": "/topic/capstone/card",
    "not-found": "/topic/nothing-of-this-name",
    "contribute": "/contributions",
    "contribute-checked": _contribute(PREFIXES + 'topic:capstone skos:altLabel "Project"@en .'),
    "contribute-unreadable": _contribute("topic:capstone skos:altLabel"),
    "edit": "/topic/career-pathways/edit",
    "edit-one-more": _edit("add.sourced-label"),
    "edit-unchanged": _edit("check"),
    "edit-wrong": _edit("check", **{"related.0.value.text": "No such topic"}),
    "edit-checked": _edit("check", **{"definition.0.value.text": "A way through learning and work."}),
    "propose": "/propose",
    "propose-topic": "/propose/topic",
    "propose-wrong": _propose,
    "status-open": _status("open"),
    "status-accepted": _status("accepted"),
    "status-rejected": _status("rejected"),
    "changes": "/changes",
    "change": "/changes/1",
    "change-as-a-term": "/change/1",
    "sign-in": "/sign-in",
    "sign-in-refused": _sign_in_refused,
}  # fmt: skip
FOR_REVIEWERS: dict[str, str | Callable[[Site, Person], None]] = {
    "queue": "/review?state=all",
    "review": "/review/3",
    "review-decided": "/review/1",
    "review-preview": "/review/3/preview?term=https://w3id.org/pathways-ld/topic/blockchain",
    "undo": "/review/changes/1",
    "undo-refused": _undo_refused,
    "account": "/account",
}


def violations(page: Page, axe: str) -> list[str]:
    """Hold a page against the rules, in both schemes and both widths."""
    page.evaluate(axe)
    found = []
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            rules = None if (width, scheme) in ((WIDE, "light"), (NARROW, "dark")) else OF_COLOURS
            answer: list[Any] = page.evaluate(RUN, [LEVELS, rules])
            found += [f"{scheme}, {width}: {each}" for each in answer]
        found += [f"{width}: {each}" for each in page.evaluate(WIDER)]
    page.set_viewport_size({"width": WIDE, "height": 900})
    return found


def _look(site: Site, person: Person, place: str | Callable[[Site, Person], None], axe: str) -> None:
    person.complaints.clear()
    if isinstance(place, str):
        person.open(place)
    else:
        place(site, person)
    assert violations(person.page, axe) == []
    assert [each for each in person.complaints if "Failed to load resource" not in each] == []
    assert person.foreign == []


@pytest.mark.parametrize("name", list(PAGES))
def test_everybody_can_use_the_page(axe: str, site: Site, name: str) -> None:
    _look(site, site.reader, PAGES[name], axe)


@pytest.mark.parametrize("name", list(FOR_REVIEWERS))
def test_every_reviewer_can_use_the_page(axe: str, site: Site, name: str) -> None:
    _look(site, site.reviewer, FOR_REVIEWERS[name], axe)

"""The web components in pages of another origin, under a strict policy, driven by keyboard in Chromium."""

from __future__ import annotations

import base64
import hashlib
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chromium import CHROMIUM
from conftest import ROOT, SYNTHETIC_BASE, Vocabulary
from npm_packages import installed
from pathways_ld.web import component_files
from playwright_pages import playwright_browser
from servers import running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

BUILT = ROOT / "src/pathways_ld/web/static/dist/pathways.js"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not BUILT.is_file(), reason="not built (make setup needs npm's registry)"),
]

TOPIC = "https://w3id.org/pathways-ld/topic/"
MOST_BYTES = 9_000
"""Bytes of the module as it is sent, compressed."""
AXE = """async () => {
  const options = {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}, resultTypes: ['violations']};
  const found = await axe.run(document, options);
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.target.join(' ')} ${node.failureSummary}`));
}"""


class Site:
    """Another site, with pages that a test writes; `sent` holds what their forms posted."""

    def __init__(self, terms: str, folder: Path) -> None:
        self.terms = terms
        self.folder = folder
        site = self

        class Pages(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments, directory=str(folder))

            def end_headers(self) -> None:
                self.send_header("Content-Security-Policy", site.policy)
                super().end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.policy = ""
        (folder / "sent.html").write_text("<!doctype html><title>Sent</title>", encoding="utf-8")
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def write(self, body: str, *, head: str = "", server: str = "", also: str = "", lang: str = "en") -> str:
        """Write a page with the module; gives its address."""
        server = server or self.terms
        # Nothing else is allowed: no inline style, no image, no other host.
        self.policy = (
            f"default-src 'none'; script-src {server}; connect-src {server} {also}; frame-src {server};"
            f" form-action {self.address}; require-trusted-types-for 'script'"
        )
        script = f'<script type="module" src="{server}/embed/pathways.js" crossorigin="anonymous"></script>'
        text = f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>A site</title>{script}{head}'
        (self.folder / "page.html").write_text(f"{text}<body><main><h1>A site</h1>{body}</main>", "utf-8")
        return f"{self.address}/page.html"


@pytest.fixture(scope="module")
def server(own: Vocabulary) -> Iterator[str]:
    with running(state_dir=own.settings.state_dir, workers=1) as (address, _):
        yield address


@pytest.fixture(scope="module")
def synthetic_server(synthetic: Vocabulary) -> Iterator[str]:
    with running(state_dir=synthetic.settings.state_dir, workers=1, canonical_base=SYNTHETIC_BASE) as (
        address,
        _,
    ):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright_browser() as found:
        yield found


@pytest.fixture
def site(server: str, tmp_path: Path) -> Iterator[Site]:
    made = Site(server, tmp_path)
    yield made
    made.close()


Visit = Callable[..., "Page"]


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Open a page of the other site; nothing may be complained of but what is expected."""
    complaints: list[str] = []
    expected: list[str] = []
    contexts = []

    def open_page(body: str, *, expect: str = "", scripts: bool = True, **options: Any) -> Page:
        said = {name: options.pop(name) for name in ("head", "server", "also", "lang") if name in options}
        routes: Callable[[Page], None] = options.pop("routes", lambda _: None)
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": 800, "height": 900}, locale="en-GB", **options
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda each: complaints.append(each.text) if each.type == "error" else None)
        if expect:
            expected.append(expect)
        routes(page)
        page.goto(site.write(body, **said))
        return page

    yield open_page
    for each in contexts:
        each.close()
    left = [each for each in complaints if not any(one in each for one in expected)]
    assert left == []


def card(page: Page) -> Locator:
    return page.locator("pathways-term").first


def loaded(page: Page, state: str = "found") -> Locator:
    page.locator(f'pathways-term[data-state="{state}"]').first.wait_for()
    return card(page)


def field(page: Page) -> Locator:
    return page.get_by_role("combobox").first


def options(page: Page) -> Locator:
    return page.get_by_role("option")


def type_words(page: Page, words: str) -> None:
    """Go to the field and type."""
    if not page.evaluate("document.activeElement.localName === 'pathways-picker'"):
        page.keyboard.press("Tab")
    page.keyboard.type(words)
    options(page).first.wait_for()


def keep(held: list[Route], route: Route) -> None:
    """Let a request wait."""
    held.append(route)


def holds(page: Page, value: str) -> None:
    """Wait until the field shows a name."""
    from playwright.sync_api import expect  # noqa: PLC0415 - may not be installed

    expect(field(page)).to_have_value(value)


def sent(page: Page) -> dict[str, list[str]]:
    """What the form would send."""
    found: dict[str, list[str]] = page.evaluate(
        """() => { const out = {};
        for (const [key, value] of new FormData(document.querySelector('form'))) (out[key] ??= []).push(value);
        return out; }"""
    )
    return found


# the module


def test_the_module_has_two_addresses_and_a_digest(server: str) -> None:
    said = requests.get(f"{server}/embed/pathways.json", timeout=20).json()
    newest = requests.get(said["latest"], timeout=20)
    version = requests.get(said["url"], timeout=20, headers={"Origin": "https://example.org"})
    assert newest.content == version.content == BUILT.read_bytes()
    digest = base64.b64encode(hashlib.sha384(version.content).digest()).decode()
    assert said["integrity"] == f"sha384-{digest}"
    assert "immutable" in version.headers["Cache-Control"]
    assert "immutable" not in newest.headers["Cache-Control"]
    assert version.headers["Content-Type"].startswith("text/javascript")
    assert version.headers["Access-Control-Allow-Origin"] == "*"
    assert version.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    unknown = requests.get(f"{server}/embed/pathways.0123456789abcdef.js", timeout=20)
    assert unknown.status_code == 404
    assert "/embed/pathways.json" in unknown.json()["detail"]


def test_the_module_is_small(server: str) -> None:
    with requests.get(f"{server}/embed/pathways.js", stream=True, timeout=20) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.raw.read(decode_content=False)) < MOST_BYTES


def test_older_versions_stay_where_they_are(own: Vocabulary, tmp_path: Path) -> None:
    folder = tmp_path / component_files.FOLDER
    component_files.keep(tmp_path)
    newest = component_files.current()
    assert newest is not None
    assert (folder / newest.name).read_bytes() == newest.body
    older = component_files.Module(b"export {};\n")
    (folder / older.name).write_bytes(older.body)
    state = tmp_path / "state"
    shutil.copytree(own.settings.state_dir, state, symlinks=True)
    shutil.copytree(folder, state / component_files.FOLDER, dirs_exist_ok=True)
    client = own.app(state_dir=state).test_client()
    assert client.get(f"/embed/{older.name}").data == older.body
    # A file that is not what its name says is no version.
    (state / component_files.FOLDER / older.name).write_bytes(b"alert(1)")
    assert client.get(f"/embed/{older.name}").status_code == 404


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / component_files.FOLDER).write_text("in the way")
    component_files.keep(tmp_path)
    assert (tmp_path / component_files.FOLDER).read_text() == "in the way"


def test_a_browser_refuses_a_module_with_another_digest(browser: Browser, site: Site) -> None:
    said = requests.get(f"{site.terms}/embed/pathways.json", timeout=20).json()
    address = site.write("")
    page_file = site.folder / "page.html"
    for integrity, is_defined in ((said["integrity"], True), (f"sha384-{'A' * 64}", False)):
        script = f'<script type="module" src="{said["url"]}" integrity="{integrity}" crossorigin></script>'
        page_file.write_text(f"<!doctype html><title>A</title>{script}<pathways-term></pathways-term>")
        page = browser.new_page()
        page.goto(address, wait_until="load")
        assert page.evaluate("Boolean(customElements.get('pathways-term'))") is is_defined
        page.close()


# the card


def test_a_card_of_another_origin_is_shown(visit: Visit) -> None:
    page = visit(
        f'<pathways-term src="{TOPIC}career-pathways"><a href="{TOPIC}career-pathways">CP</a></pathways-term>'
    )
    found = loaded(page)
    link = found.get_by_role("link", name="Career Pathways")
    assert (link.get_attribute("href") or "").endswith("/topic/career-pathways")
    assert "strategy" in (found.locator("[part=definition]").inner_text())
    assert found.locator("[part=kind]").inner_text() == "Topic"
    assert not page.get_by_text("CP", exact=True).is_visible()


def test_nothing_moves_when_the_answer_comes(visit: Visit) -> None:
    held: list[Route] = []
    page = visit(
        f'<pathways-term src="{TOPIC}career-pathways">Career pathways</pathways-term><p>What follows</p>',
        routes=lambda each: each.route("**/embed/terms?*", lambda route: keep(held, route)),
    )
    page.locator("pathways-term:defined").wait_for()
    before = page.get_by_text("What follows").bounding_box()
    assert page.get_by_text("Career pathways", exact=True).is_visible()
    (waiting,) = held
    waiting.continue_()
    loaded(page)
    assert page.get_by_text("What follows").bounding_box() == before


def test_many_cards_ask_once(visit: Visit) -> None:
    asked: list[str] = []
    names = ["career-pathways", "capstone", "guided-pathways"]
    page = visit(
        "".join(f'<pathways-term src="{TOPIC}{each}"></pathways-term>' for each in names),
        routes=lambda each: each.on(
            "request", lambda request: asked.append(request.url) if "/embed/terms" in request.url else None
        ),
    )
    page.locator("[data-state=found]").nth(2).wait_for()
    assert len(asked) == 1


def test_without_scripts_the_link_inside_is_there(visit: Visit) -> None:
    page = visit(
        f'<pathways-term src="{TOPIC}capstone"><a href="{TOPIC}capstone">Capstone</a></pathways-term>',
        scripts=False,
    )
    assert page.get_by_role("link", name="Capstone").is_visible()


def test_an_unknown_term_and_a_silent_server_leave_the_link(visit: Visit) -> None:
    page = visit(
        '<pathways-term src="https://example.org/x"><a href="https://example.org/x">Theirs</a></pathways-term>'
    )
    found = loaded(page, "unknown")
    assert found.get_by_role("link", name="Theirs").is_visible()
    assert "not in the vocabulary" in found.locator("[part=problem]").inner_text()
    page = visit(
        f'<pathways-term src="{TOPIC}capstone"></pathways-term>',
        routes=lambda each: each.route("**/embed/terms?*", lambda route: route.abort()),
        expect="ERR_FAILED",
    )
    found = loaded(page, "unreachable")
    assert found.get_by_role("link", name=f"{TOPIC}capstone").is_visible()


@pytest.mark.parametrize("answer", ["null", "[]", '{"terms": null}', '{"terms": [], "vocabulary": {}}', "{"])
def test_an_answer_of_another_shape_leaves_the_link(visit: Visit, answer: str) -> None:
    page = visit(
        f'<pathways-term src="{TOPIC}capstone"></pathways-term>',
        routes=lambda each: each.route(
            "**/embed/terms?*",
            lambda route: route.fulfill(
                body=answer, content_type="application/json", headers={"Access-Control-Allow-Origin": "*"}
            ),
        ),
    )
    found = loaded(page, "unreachable")
    assert found.get_by_role("link", name=f"{TOPIC}capstone").is_visible()


def test_a_deprecated_term_names_what_to_use(visit: Visit, synthetic_server: str) -> None:
    page = visit(
        f'<pathways-term src="{SYNTHETIC_BASE}old" lang="de"></pathways-term>', server=synthetic_server
    )
    found = loaded(page, "deprecated")
    assert found.locator("[part=badge]").inner_text() == "Deprecated"
    assert "Farbe" in found.locator("[part=successor]").inner_text()


def test_labels_with_markup_never_run(visit: Visit, synthetic_server: str) -> None:
    for lang in ("en", "de"):
        page = visit(
            f'<pathways-term src="{SYNTHETIC_BASE}hostile" lang="{lang}"></pathways-term>'
            f'<label>Term <pathways-picker lang="{lang}" value="{SYNTHETIC_BASE}hostile" multiple></pathways-picker></label>',
            server=synthetic_server,
        )
        loaded(page)
        shadow = page.evaluate("document.querySelector('pathways-term').shadowRoot.innerHTML")
        assert not page.locator("pathways-term script, pathways-term img").count()
        assert "<script" not in shadow
        assert "<img" not in shadow
        page.locator("pathways-picker [part=chip]").wait_for()
        assert not page.locator("pathways-picker script, pathways-picker img").count()


def test_a_card_follows_its_attributes_and_tells_what_happened(visit: Visit) -> None:
    page = visit(f'<pathways-term src="{TOPIC}capstone"></pathways-term>')
    found = loaded(page)
    heard = page.evaluate(
        """(iri) => new Promise((resolve) => {
        document.addEventListener('pathways-load', (event) => resolve([event.detail.term.id, event.target.localName]));
        document.querySelector('pathways-term').src = iri; })""",
        f"{TOPIC}guided-pathways",
    )
    assert heard == [f"{TOPIC}guided-pathways", "pathways-term"]
    assert found.get_by_role("link", name="Guided pathways").is_visible()


def test_an_element_can_name_another_server(visit: Visit, synthetic_server: str) -> None:
    page = visit(
        f'<pathways-term src="{SYNTHETIC_BASE}hub" server="{synthetic_server}"></pathways-term>',
        also=synthetic_server,
    )
    link = loaded(page).get_by_role("link", name="Hub")
    assert link.get_attribute("href") == f"{synthetic_server}/hub"


@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_colours_follow_the_reader_or_the_page(visit: Visit, theme: str) -> None:
    def paper(scheme: str) -> str:
        page = visit(
            f'<pathways-term src="{TOPIC}capstone" theme="{theme}"></pathways-term>', color_scheme=scheme
        )
        loaded(page)
        colour: str = page.locator("pathways-term [part=card]").evaluate(
            "each => getComputedStyle(each).backgroundColor"
        )
        return colour

    light, dark = "rgb(255, 255, 255)", "rgb(28, 35, 38)"
    seen = (paper("light"), paper("dark"))
    assert seen == {"": (light, dark), "light": (light, light), "dark": (dark, dark)}[theme]


# the field

FORM = """<form action="/sent.html" method="get"><label for="subject">Subject</label>
<pathways-picker name="subject" label-name="subject_label"{}><input id="subject" name="subject_label"></pathways-picker>
<button>Send</button></form>"""


def test_a_term_is_chosen_by_keyboard_and_sent(visit: Visit) -> None:
    page = visit(FORM.format(' kind="topic"'))
    type_words(page, "guided")
    found = field(page)
    assert found.get_attribute("aria-expanded") == "true"
    assert found.get_attribute("aria-activedescendant") is None  # nothing is chosen unasked
    assert "choose with the arrow keys" in page.get_by_role("status").inner_text()
    page.keyboard.press("ArrowDown")
    active = found.get_attribute("aria-activedescendant")
    assert page.locator(f"pathways-picker #{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Enter")
    assert found.get_attribute("aria-expanded") == "false"
    assert page.get_by_role("status").inner_text() == "Guided pathways chosen"
    assert found.input_value() == "Guided pathways"
    assert sent(page) == {"subject": [f"{TOPIC}guided-pathways"], "subject_label": ["Guided pathways"]}
    with page.expect_navigation(url="**/sent.html?*"):
        page.keyboard.press("Enter")


def test_the_field_is_called_what_its_label_says(visit: Visit) -> None:
    page = visit(
        FORM.format("")
        + '<label>Wrapped <pathways-picker id="a"></pathways-picker></label>'
        + '<label for="b">Pointed</label><pathways-picker id="b"></pathways-picker>'
        + '<p id="c">Elsewhere</p><pathways-picker aria-labelledby="c"></pathways-picker>'
        + '<pathways-picker aria-label="Said" placeholder="Hint"></pathways-picker>'
    )
    for name in ("Subject", "Wrapped", "Pointed", "Elsewhere", "Said"):
        page.get_by_role("combobox", name=name, exact=True).wait_for()
    for label in ("Subject", "Wrapped", "Pointed"):
        box = page.locator("label", has_text=label).bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 3, box["y"] + 3)
        assert (
            page.evaluate("document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')")
            == label
        )


def test_words_that_are_no_term_are_kept_as_text(visit: Visit) -> None:
    page = visit(FORM.format(""))
    page.keyboard.press("Tab")
    page.keyboard.type("basket weaving")
    assert sent(page) == {"subject": [""], "subject_label": ["basket weaving"]}
    # Other words are another choice.
    page = visit(FORM.format(f' value="{TOPIC}capstone"'))
    holds(page, "Capstone")
    assert sent(page)["subject"] == [f"{TOPIC}capstone"]
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.type("s of arches")
    assert sent(page) == {"subject": [""], "subject_label": ["Capstones of arches"]}


def test_without_a_field_for_labels_text_goes_as_from_a_plain_field(visit: Visit) -> None:
    page = visit('<form><pathways-picker name="subject" aria-label="Subject"></pathways-picker></form>')
    page.keyboard.press("Tab")
    page.keyboard.type("basket weaving")
    assert sent(page) == {"subject": ["basket weaving"]}


def test_several_terms_are_chosen_and_taken_away(visit: Visit) -> None:
    page = visit(FORM.format(f' multiple value="{TOPIC}capstone {TOPIC}career-pathways"'))
    page.get_by_role("button", name="Remove Career Pathways").wait_for()
    type_words(page, "guided")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert sent(page) == {
        "subject": [f"{TOPIC}capstone", f"{TOPIC}career-pathways", f"{TOPIC}guided-pathways"],
        "subject_label": ["Capstone", "Career Pathways", "Guided pathways"],
    }
    page.keyboard.press("Backspace")
    assert page.get_by_role("status").inner_text() == "Guided pathways removed"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the button of the first one
    assert sent(page)["subject"] == [f"{TOPIC}career-pathways"]
    assert page.evaluate("document.activeElement.localName") == "pathways-picker"
    page.keyboard.type("my own words")
    page.keyboard.press("Enter")
    assert sent(page) == {
        "subject": [f"{TOPIC}career-pathways", ""],
        "subject_label": ["Career Pathways", "my own words"],
    }


def test_the_form_resets_disables_and_requires_as_with_other_fields(visit: Visit) -> None:
    page = visit(FORM.format(f' required value="{TOPIC}capstone"'))
    holds(page, "Capstone")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert page.evaluate("document.forms[0].checkValidity()") is False
    assert page.evaluate("document.querySelector('pathways-picker').validationMessage") == "Choose a term."
    page.get_by_role("button", name="Send").click()
    assert page.url.endswith("page.html")
    page.evaluate("document.forms[0].reset()")
    holds(page, "Capstone")
    assert page.evaluate("document.forms[0].checkValidity()") is True
    page.evaluate(
        "() => { const set = document.createElement('fieldset'); set.disabled = true; const form = document.forms[0];"
        " set.append(form.querySelector('pathways-picker')); form.prepend(set); }"
    )
    assert field(page).is_disabled()
    assert sent(page) == {}


def test_what_was_chosen_moves_with_the_field(visit: Visit) -> None:
    page = visit(FORM.format(""))
    type_words(page, "guided")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.evaluate("document.forms[0].append(document.querySelector('pathways-picker'))")
    assert sent(page)["subject"] == [f"{TOPIC}guided-pathways"]


def test_a_required_field_inside_does_not_stand_in_the_way(visit: Visit) -> None:
    page = visit(FORM.format("").replace('name="subject_label">', 'name="subject_label" required>'))
    page.locator("pathways-picker:defined").wait_for()
    assert page.evaluate("document.forms[0].checkValidity()") is False
    type_words(page, "guided")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    with page.expect_navigation(url="**/sent.html?*"):
        page.keyboard.press("Enter")


def test_strict_fields_take_terms_only(visit: Visit) -> None:
    page = visit(FORM.format(" strict"))
    type_words(page, "guided")
    assert page.evaluate("document.forms[0].checkValidity()") is False
    assert field(page).get_attribute("aria-invalid") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("document.forms[0].checkValidity()") is True


def test_where_nobody_answers_text_can_be_typed_and_sent(visit: Visit) -> None:
    page = visit(
        FORM.format(" strict required"),
        routes=lambda each: each.route("**/suggest?*", lambda route: route.abort()),
        expect="ERR_FAILED",
    )
    page.keyboard.press("Tab")
    page.keyboard.type("guided")
    page.get_by_text("Names cannot be looked up now.").first.wait_for()
    assert sent(page) == {"subject": [""], "subject_label": ["guided"]}
    assert page.evaluate("document.forms[0].checkValidity()") is True
    page.unroute("**/suggest?*")
    page.keyboard.type(" pathw")
    options(page).first.wait_for()  # and goes on where somebody answers again
    assert not page.locator("pathways-picker [part=note]").is_visible()


def test_it_asks_once_for_what_is_typed_at_a_stretch(visit: Visit) -> None:
    asked: list[str] = []
    page = visit(FORM.format(""))
    page.on("request", lambda each: asked.append(each.url) if "/suggest" in each.url else None)
    type_words(page, "guided")
    assert len(asked) < len("guided")
    page.keyboard.press("Escape")
    assert not options(page).first.is_visible()
    page.keyboard.press("Escape")
    assert field(page).input_value() == ""


def test_an_answer_that_comes_late_is_not_shown(visit: Visit) -> None:
    held: list[Route] = []
    page = visit(
        FORM.format(""),
        routes=lambda each: each.route("**/suggest?*search=caps&*", lambda route: keep(held, route)),
    )
    page.locator("pathways-picker:defined").wait_for()
    page.evaluate(
        """() => { window.shown = []; const root = document.querySelector('pathways-picker').shadowRoot;
        new MutationObserver(() => shown.push(root.textContent)).observe(root, {childList: true, subtree: true}); }"""
    )
    page.keyboard.press("Tab")
    with page.expect_request("**/suggest?*search=caps&*"):
        page.keyboard.type("caps")
    page.keyboard.press("Control+A")
    page.keyboard.type("guided")
    page.get_by_role("option", name="Guided pathways").first.wait_for()
    for each in held:
        each.fulfill(json={"results": [{"id": "x", "label": "Late", "lang": "", "note": "", "matches": []}]})
    with page.expect_response("**/suggest?*search=guided+p*"):
        page.keyboard.type(" p")
    options(page).first.wait_for()
    assert [each for each in page.evaluate("shown") if "Late" in each] == []
    assert [each for each in page.evaluate("shown") if "Guided pathways" in each]


def test_a_deprecated_value_offers_its_successor(visit: Visit, synthetic_server: str) -> None:
    page = visit(FORM.format(f' value="{SYNTHETIC_BASE}old" lang="en-US"'), server=synthetic_server)
    page.get_by_text("Old: Deprecated.").wait_for()
    page.get_by_role("button", name="Use Color").click()
    assert sent(page) == {"subject": [f"{SYNTHETIC_BASE}colour"], "subject_label": ["Color"]}
    assert page.get_by_text("Deprecated").count() == 0


def test_without_scripts_the_field_inside_is_the_forms(visit: Visit) -> None:
    page = visit(FORM.format(""), scripts=False)
    page.get_by_role("textbox", name="Subject").fill("guided")
    with page.expect_navigation(url="**/sent.html?subject_label=guided"):
        page.get_by_role("button", name="Send").click()


def test_scripts_are_told_and_can_set_the_value(visit: Visit) -> None:
    page = visit(FORM.format(""))
    page.locator("pathways-picker:defined").wait_for()
    page.evaluate(
        "() => { window.heard = []; document.addEventListener('pathways-change', (event) => heard.push(event.detail)); }"
    )
    type_words(page, "guided")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("heard") == [[{"iri": f"{TOPIC}guided-pathways", "label": "Guided pathways"}]]
    page.evaluate("(iri) => { document.querySelector('pathways-picker').value = iri; }", f"{TOPIC}capstone")
    holds(page, "Capstone")
    assert page.evaluate("document.querySelector('pathways-picker').value") == f"{TOPIC}capstone"
    page.evaluate("() => { document.querySelector('pathways-picker').value = ''; }")
    assert field(page).input_value() == ""


def test_what_was_chosen_is_there_again_after_going_back(visit: Visit) -> None:
    page = visit(FORM.format(""))
    type_words(page, "guided")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.goto(page.url.replace("page.html", "sent.html"))
    page.go_back()
    holds(page, "Guided pathways")
    assert sent(page)["subject"] == [f"{TOPIC}guided-pathways"]


def test_spanish_words_and_writing_from_the_right(visit: Visit, synthetic_server: str) -> None:
    page = visit(FORM.format(" required"), lang="es")
    page.locator("pathways-picker:defined").wait_for()
    assert page.evaluate("document.querySelector('pathways-picker').validationMessage") == "Elija un término."
    page = visit(
        f'<div dir="rtl"><pathways-term src="{SYNTHETIC_BASE}colour" lang="ar"></pathways-term></div>',
        server=synthetic_server,
    )
    found = loaded(page)
    link = found.get_by_role("link", name="لون")
    assert link.evaluate("each => getComputedStyle(each).direction") == "rtl"
    edge = found.locator("[part=card]")
    assert edge.evaluate("each => getComputedStyle(each).borderRightWidth") == "4px"


def test_the_list_fits_a_narrow_window(visit: Visit) -> None:
    page = visit(FORM.format("") + '<meta name="viewport" content="width=device-width">')
    page.set_viewport_size({"width": 320, "height": 600})
    type_words(page, "career")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Visit, synthetic_server: str, site: Site, scheme: str) -> None:
    axe = (installed("axe") / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page = visit(
        f'<pathways-term src="{SYNTHETIC_BASE}old"></pathways-term>'
        f'<pathways-term src="{SYNTHETIC_BASE}colour"></pathways-term><pathways-term src="x:y">Text</pathways-term>'
        + FORM.format(f' multiple value="{SYNTHETIC_BASE}old {SYNTHETIC_BASE}hub"'),
        server=synthetic_server,
        color_scheme=scheme,
        head='<meta name="color-scheme" content="light dark">',
    )
    loaded(page)
    page.get_by_role("button", name="Remove Hub").wait_for()
    page.evaluate(axe)
    assert page.evaluate(AXE) == []
    field(page).focus()
    type_words(page, "col")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(AXE) == []


# frames, and our own page


def test_cards_fit_their_frames(visit: Visit, server: str) -> None:
    topics = ["career-pathways", "capstone", "100-year-life-course-approach"]
    frames = []
    for topic in topics:
        for width in ("600", "340"):
            asked = {"url": f"{TOPIC}{topic}", "maxwidth": width}
            frames.append(requests.get(f"{server}/oembed", params=asked, timeout=20).json()["html"])
    page = visit("".join(each.replace('loading="lazy"', "") for each in frames))
    shown = [each for each in page.frames if each.url.endswith("/card")]
    assert len(shown) == len(frames)
    for each in shown:
        each.wait_for_load_state()
        sizes = each.evaluate("[document.documentElement.scrollHeight, innerHeight]")
        assert sizes[0] <= sizes[1], (each.url, sizes)
        # Its own style sheet is loaded, although its frame has no origin.
        assert each.evaluate("getComputedStyle(document.querySelector('article')).display") == "flex"


def test_a_term_page_cannot_be_framed(visit: Visit, server: str) -> None:
    page = visit(
        f'<iframe src="{server}/topic/capstone" title="Capstone"></iframe>', expect="frame-ancestors"
    )
    assert not any(each.url.startswith(server) for each in page.frames)


@pytest.mark.parametrize("scripts", [True, False])
def test_our_own_page_shows_them_at_work(browser: Browser, server: str, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, locale="en-GB")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda each: complaints.append(each.text) if each.type == "error" else None)
    page.goto(f"{server}/embed")
    said = requests.get(f"{server}/embed/pathways.json", timeout=20).json()
    code = page.locator("pre.source").first.inner_text()
    assert said["url"] in code
    assert said["integrity"] in code
    if scripts:
        loaded(page)
        page.get_by_role("combobox", name="Subject", exact=True).fill("capst")
        options(page).first.click()
        with page.expect_navigation(url="**/embed?*"):
            page.get_by_role("button", name="Send this form").click()
        assert f"subject = {TOPIC}capstone" in page.locator(".sent").inner_text()
    else:
        page.get_by_role("textbox", name="Subject", exact=True).fill("capstone")
        with page.expect_navigation(url="**/embed?subject_label=capstone"):
            page.get_by_role("button", name="Send this form").click()
    context.close()
    assert complaints == []

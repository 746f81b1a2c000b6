"""From a suggestion to a published change, as the people do it: at a keyboard, in a browser, on our own vocabulary.

Every story is told on a topic of its own, so that they do not depend on each other.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
import rdflib
import requests

from chromium import CHROMIUM
from conftest import ROOT, Vocabulary
from playwright_pages import Person, playwright_browser
from servers import command, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BUILT = (ROOT / "src/pathways_ld/web/static/dist/edit.js").is_file()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
RIGHT = "correct horse battery staple"
OURS = "https://w3id.org/pathways-ld/"
ALT_LABEL = rdflib.SKOS.altLabel
PREFIXES = f"@prefix topic: <{OURS}topic/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"

NewPerson = Callable[..., Person]


@pytest.fixture(scope="module")
def server(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("contributing") / "state"
    shutil.copytree(own.settings.state_dir, state, symlinks=True)
    added = subprocess.run(
        command("user", "add", "ann", "--display-name", "Ann", "--password-stdin", "--out", str(state)),
        input=RIGHT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert added.returncode == 0, added.stderr
    with running(state_dir=state, workers=1, contributions_per_hour=0, contributions_per_day=0) as (
        address,
        _,
    ):
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright_browser() as found:
        yield found


@pytest.fixture
def person(browser: Browser, server: str) -> Iterator[NewPerson]:
    """Make people; when the test ends, nothing may be wrong in what their browsers saw."""
    people: list[Person] = []

    def make(*, scripts: bool = BUILT) -> Person:
        if scripts and not BUILT:
            pytest.skip("the page's script was not built (make setup needs npm's registry)")
        people.append(Person(browser, server, scripts=scripts))
        return people[-1]

    yield make
    for each in people:
        each.close()


@pytest.fixture(scope="module")
def ann(browser: Browser, server: str) -> Iterator[Person]:
    """The reviewer, who has signed in."""
    reviewer = Person(browser, server)
    reviewer.open("/sign-in")
    sign_in(reviewer)
    yield reviewer
    reviewer.close()


# what people do


def sign_in(reviewer: Person) -> None:
    """Fill in the form of the page; the cursor is in its first field already."""
    assert reviewer.landed().name == "Name"
    reviewer.type("ann")
    reviewer.tab_to("field", "Password")
    reviewer.type(RIGHT)
    reviewer.press()
    assert reviewer.path == "/review"


def check(person: Person) -> None:
    """Press Enter in a field, which checks; what came of it has the focus."""
    person.press()
    assert person.landed().role == "status", person.text
    person.reads("This can be submitted.", "Nothing has been submitted yet.")


def submit(person: Person, reason: str, name: str = "") -> str:
    """Say why, and submit; gives the address of the status page."""
    person.tab_to("field", "Why? Where did you read it?")
    person.type(reason)
    if name:
        person.tab_to("field", "Your name")
        person.type(name)
        person.tab_to("checkbox", "My name and ORCID iD may be published")
        person.key("Space")
    person.push("Submit for review")
    person.reads("Received; a reviewer will look at it.", reason)
    assert re.fullmatch(r"/contributions/[\w-]{20,}", person.path)
    return person.path


def suggest(person: Person, topic: str, field: str, text: str, reason: str) -> str:
    """Write something in one field of a topic's form and submit it."""
    person.open(f"/topic/{topic}/edit")
    person.tab_to("field", field)
    person.retype(text)
    check(person)
    return submit(person, reason)


def take_up(reviewer: Person, title: str) -> None:
    """Go from the queue to the oldest contribution with such a title."""
    reviewer.open("/review")
    reviewer.follow(title)
    reviewer.reads("What is proposed", "Decision")


def accept(reviewer: Person, note: str = "") -> str:
    """Accept what is looked at; gives the path of the change."""
    reviewer.key("Tab")
    reviewer.follow("Go to the decision")
    assert reviewer.landed().name == "Decision"
    reviewer.tab_to("field", "Note to the contributor")
    reviewer.type(note)
    reviewer.push("Accept and publish")
    reviewer.reads("State accepted")
    found = re.search(r"State accepted.*?change (\d+)", reviewer.text)
    assert found
    return f"/changes/{found[1]}"


def labels(server: str, topic: str) -> dict[str, set[str]]:
    """Give the alternative labels of a topic, as Turtle, JSON-LD and a SPARQL query tell them."""
    term = rdflib.URIRef(f"{OURS}topic/{topic}")
    found = {
        suffix: {str(each) for each in graph.objects(term, ALT_LABEL)}
        for suffix in ("ttl", "jsonld")
        for graph in [rdflib.Graph().parse(f"{server}/topic/{topic}.{suffix}")]
    }
    query = f"SELECT ?label {{ <{term}> <{ALT_LABEL}> ?label }}"
    answer = requests.get(f"{server}/sparql", params={"query": query}, timeout=30).json()
    found["sparql"] = {each["label"]["value"] for each in answer["results"]["bindings"]}
    return found


def everywhere(server: str, topic: str, label: str) -> set[bool]:
    """Say whether a label is there: one answer where all ways of asking agree."""
    return {label in each for each in labels(server, topic).values()}


# the stories


@SCRIPTS
def test_a_suggestion_becomes_a_change_that_is_seen_everywhere(
    server: str, person: NewPerson, scripts: bool
) -> None:
    topic, title = ("capstone", "Capstone") if scripts else ("career-ladders", "Career ladders")
    label, source = f"Senior seminar {scripts}", f"https://example.org/glossary/{scripts}".lower()
    cora = person(scripts=scripts)
    cora.open(f"/topic/{topic}")
    cora.follow("Request an edit")
    cora.reads(f"Request an edit: {title}")
    cora.tab_to("field", "Alternative labels", holds="")
    cora.type(label)

    # What is wrong is told at the top and at its field, and nothing that was typed is lost.
    cora.tab_to("field", "Sources 2")
    cora.type("htp:/example.org")
    cora.is_told(422)
    cora.press()
    assert cora.landed().role == "alert"
    cora.reads("Something has to be fixed first", "Nothing was submitted. All that you typed is below.")
    cora.follow("Sources")
    at = cora.landed()
    assert (at.role, at.name, at.value, at.invalid) == ("field", "Sources 2", "htp:/example.org", True)
    assert "Problem: There is nothing called" in at.description
    cora.retype(source)
    check(cora)
    cora.reads(f"{label} (English)", "The page as it would be")
    status = submit(cora, "I read it in that glossary.", "Cora Contributor")

    ann = person(scripts=scripts)
    ann.open("/")
    ann.follow("For reviewers")
    sign_in(ann)
    ann.reads("1 contribution, the oldest first.")
    ann.follow(title)
    ann.reads("I read it in that glossary.", "Cora Contributor", label, "Nothing to fix.")
    assert everywhere(server, topic, label) == {False}
    change = accept(ann, "Thank you, Cora.")

    # From here on everybody sees it.
    assert everywhere(server, topic, label) == {True}
    cora.open(status)
    cora.reads("Accepted and published.", "Thank you, Cora.")
    cora.follow("See the page")
    assert cora.path == f"/topic/{topic}"
    cora.reads(
        label,
        "History (1)",
        f"Added the alternative label “{label}” to “{title}”.",
        "I read it in that glossary.",
        "proposed by Cora Contributor",
    )
    cora.follow(f"change {change.removeprefix('/changes/')}")
    cora.reads("What happened", f"Added the alternative label “{label}” to “{title}”.")
    cora.follow("what it added and removed")
    assert cora.path == change
    cora.reads(label, "I read it in that glossary.", "Cora Contributor")
    cora.follow("Changes")
    cora.reads("I read it in that glossary.", "Cora Contributor", title)
    feed = requests.get(f"{server}/changes.atom", timeout=30).text
    assert "I read it in that glossary." in feed
    assert "Cora Contributor" in feed

    cora.follow("SPARQL", skip=False)
    cora.tab_to("field", "Query")
    cora.key("Control+A")
    cora.page.keyboard.insert_text(f'SELECT ?topic {{ ?topic <{ALT_LABEL}> "{label}"@en }}')
    cora.tab_to("button", "Run the query")
    cora.key("Enter")
    cora.page.locator("#answer td").filter(has_text=re.compile(re.escape(title) + "|" + topic)).wait_for()


def test_who_calls_it_that_is_recorded_with_the_label(server: str, person: NewPerson, ann: Person) -> None:
    cora = person(scripts=False)
    cora.open("/topic/certificates/edit")
    cora.push("Add one of “Who calls it that”")
    assert cora.landed().name == "Label"
    cora.type("Paper credentials")
    cora.tab_to("field", "Source")
    cora.type("https://example.org/words")
    check(cora)
    submit(cora, "Somebody calls them so.")
    take_up(ann, "Certificates")
    accept(ann)
    cora.open("/topic/certificates")
    cora.reads("Paper credentials example.org/words")
    assert everywhere(server, "certificates", "Paper credentials") == {True}


def test_a_rejected_suggestion_says_why_and_changes_nothing(
    server: str, person: NewPerson, ann: Person
) -> None:
    dora = person()
    status = suggest(dora, "digital-badges", "Alternative labels", "Stickers", "My idea.")
    dora.tab_to("field", "Your message")
    dora.type("Is it all right like this?")
    dora.push("Send")
    dora.reads("Is it all right like this?")

    take_up(ann, "Digital badges")
    ann.reads("Is it all right like this?")
    ann.tab_to("field", "Why, for the contributor")
    ann.type("No source uses this word.")
    ann.push("Reject")
    ann.reads("State rejected", "No source uses this word.")

    dora.open(status)
    dora.reads("Not accepted.", "No source uses this word.")
    assert "Withdraw the contribution" not in dora.text
    assert everywhere(server, "digital-badges", "Stickers") == {False}
    dora.open("/topic/digital-badges")
    assert "History" not in dora.text


def test_two_who_change_the_same_statement_are_never_merged_silently(
    server: str, person: NewPerson, ann: Person
) -> None:
    first, second, third = person(), person(), person(scripts=False)
    third.open("/topic/blockchain/edit")
    suggest(first, "blockchain", "Preferred label", "Block chains", "The first reason.")
    status = suggest(second, "blockchain", "Preferred label", "Chains of blocks", "The second reason.")

    take_up(ann, "Block")
    ann.reads("The first reason.")
    accept(ann)
    take_up(ann, "Block")
    ann.reads("The second reason.", "What changed meanwhile", "have changed since this was proposed")
    ann.tab_to("field", "Why, for the contributor")
    ann.type("Another name was accepted meanwhile.")
    ann.push("Reject")
    second.open(status)
    second.reads("Not accepted.", "Another name was accepted meanwhile.")
    assert "Block chains" in requests.get(f"{server}/topic/blockchain.ttl", timeout=30).text

    # Who opened the form before is told so, and loses nothing.
    third.tab_to("field", "Preferred label")
    third.retype("The blockchain")
    third.is_told(422)
    third.press()
    assert third.landed().role == "alert"
    third.reads("Somebody else changed this term meanwhile")
    third.tab_to("field", "Preferred label", holds="The blockchain")


def test_a_change_is_undone_by_a_new_change(server: str, person: NewPerson, ann: Person) -> None:
    suggest(person(), "credential", "Alternative labels", "Paper", "It is made of it.")
    take_up(ann, "Credential")
    change = accept(ann)
    assert everywhere(server, "credential", "Paper") == {True}
    ann.open(change)
    ann.follow("undo this change")
    ann.tab_to("field", "Why")
    ann.type("It is not a name for it.")
    ann.push("Undo and publish")
    assert everywhere(server, "credential", "Paper") == {False}
    ann.open("/topic/credential")
    ann.reads(
        "History (2)", "Removed the alternative label “Paper” from “Credential”.", "It is not a name for it."
    )
    ann.open("/changes")
    ann.reads("It is made of it.", "It is not a name for it.")


def test_a_new_term_is_proposed_and_then_has_an_address(server: str, person: NewPerson, ann: Person) -> None:
    name, path = "Evening classes", "/topic/evening-classes"
    cora = person()
    cora.open("/contributions")
    cora.follow("propose a new one")
    cora.follow("Topic", exact=True)
    cora.reads("Propose a new topic")
    cora.tab_to("field", "Preferred label")
    cora.is_told(422)
    cora.press()
    assert cora.landed().role == "alert"
    cora.follow("Preferred label")
    assert cora.landed().invalid
    cora.type(name)
    cora.tab_to("field", "Definition")
    cora.type("Classes that are held after work.")
    cora.tab_to("field", "Sources")
    cora.type("https://example.org/evenings")
    cora.tab_to("radio", "")
    cora.tab_to("radio", "")
    cora.key("Space")
    check(cora)
    cora.reads(name, "new", "The page as it would be")
    status = submit(cora, "There is a page about them.")
    assert requests.get(server + path, timeout=30).status_code == 404

    take_up(ann, name)
    accept(ann)
    cora.open(status)
    cora.follow("See the page")
    assert cora.path == path
    cora.reads(name, "Classes that are held after work.")
    for accepted in ("text/turtle", "application/ld+json", "application/rdf+xml"):
        answer = requests.get(server + path, headers={"Accept": accepted}, timeout=30)
        graph = rdflib.Graph().parse(data=answer.content, format=accepted)
        term = rdflib.URIRef(OURS + path[1:])
        assert (term, rdflib.SKOS.prefLabel, rdflib.Literal(name, lang="en")) in graph
    cora.open("/")
    cora.tab_to("field", "Search the vocabulary", skip=False)
    cora.type(name)
    cora.press()
    cora.follow(name)
    assert cora.path.startswith(path)


def test_rdf_that_a_program_sends_is_reviewed_like_everything_else(server: str, ann: Person) -> None:
    sent = requests.post(
        f"{server}/contributions",
        params={"reason": "Our catalogue says so.", "name": "A program"},
        data=(PREFIXES + 'topic:dual-enrollment skos:altLabel "Concurrent classes"@en .').encode(),
        headers={"Content-Type": "text/turtle"},
        timeout=30,
    )
    assert sent.status_code == 202, sent.text
    assert everywhere(server, "dual-enrollment", "Concurrent classes") == {False}
    take_up(ann, "Dual enrollment")
    ann.reads("Our catalogue says so.", "Concurrent classes")
    accept(ann)
    assert everywhere(server, "dual-enrollment", "Concurrent classes") == {True}
    status = requests.get(sent.headers["Location"], headers={"Accept": "application/json"}, timeout=30).json()
    assert status["state"] == "accepted"


def test_a_spreadsheet_is_downloaded_filled_in_and_uploaded(
    server: str, person: NewPerson, ann: Person, tmp_path: Path
) -> None:
    cora = person(scripts=False)
    topic, label = "digital-wallets", "Digital pockets"
    cora.open("/")
    cora.follow("Contribute", skip=False)
    cora.tab_to("link", "XLSX")
    template = cora.download(tmp_path)

    book = openpyxl.load_workbook(io.BytesIO(template.read_bytes()))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    row = sheet.max_row + 1
    sheet.cell(row, columns["Identifier"], topic)
    sheet.cell(row, columns["Alternative labels (en)"], label)
    book.save(template)

    cora.tab_to("button", "Or a file")
    cora.choose(template)
    cora.push("Check only")
    cora.reads("Nothing to fix.", label)
    cora.tab_to("field", "Reason, with a source others can look up")
    cora.type("From our list.")
    cora.push("Send")
    cora.reads("Received; a reviewer will look at it.", "From our list.", label)
    take_up(ann, "Digital")
    accept(ann)
    assert everywhere(server, topic, label) == {True}

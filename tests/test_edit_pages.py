"""*Request an edit* and *propose a new term* as people use them: with a browser, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest

from conftest import MakeVocabulary, Vocabulary
from contributing import NS, OURS, TOPIC, Site
from forms_browser import FormPage
from pathways_ld.contributions import Contributions
from pathways_ld.forms import MAX_PAIRS
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement, iri
from pathways_ld.web import contribution_desk
from problems import assert_problem

EDIT = "/topic/capstone/edit"
CAPSTONE = f"{TOPIC}capstone"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def site(own: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(own, tmp_path_factory.mktemp("edit"))
    yield made
    made.close()


@pytest.fixture
def page(site: Site) -> FormPage:
    site.client = site.app.test_client()
    return site.form(EDIT)


def contributions(site: Site) -> Contributions:
    with site.app.app_context(), site.app.test_request_context("/"):
        return contribution_desk.contributions()


def waiting(site: Site) -> int:
    return contributions(site).queue(limit=1, offset=0)[0]


def test_the_page_of_a_term_leads_to_its_form(site: Site) -> None:
    text = site.client.get("/topic/capstone", headers={"Accept": "text/html"}).text
    assert '<a rel="nofollow" href="/topic/capstone/edit">' in text
    assert "There is no form here" not in text


def test_the_form_holds_what_is_published(page: FormPage) -> None:
    assert page.status == 200
    assert page.rows("preferred-label") == ["Capstone"]
    assert page.rows("alternative-label") == ["Practicum", ""]
    assert page.value("alternative-label.0.value.lang") == "en"
    assert page.value("basis.0.value.text") == f"{NS}PageExcerpt"
    headers = page.response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    "path", ["/topic/nothing/edit", "/nothing/edit", "/edit", "/topic/edit", "/propose/nothing"]
)
def test_there_is_no_form_for_what_is_not_there(site: Site, path: str) -> None:
    assert site.client.get(path, headers={"Accept": "text/html"}).status_code == 404
    token = site.form(EDIT).value("csrf")
    posted = site.client.post(
        path, data=urlencode({"csrf": token or "", "action": "check"}), content_type=URLENCODED
    )
    assert posted.status_code in (404, 405)


def test_a_form_speaks_the_language_of_the_interface(site: Site) -> None:
    spanish = {"Accept": "text/html", "Accept-Language": "es"}
    text = site.client.get(EDIT, headers=spanish).text
    assert "<legend>Etiqueta preferida " in text
    assert "El nombre con que se muestra el término, uno por cada idioma." in text
    assert '<option value="en" selected>inglés (en)</option>' in text
    assert '<bdi><span lang="en">Capstone</span></bdi></h1>' in text
    # The language of the content is another matter.
    english = site.client.get(f"{EDIT}?lang=es", headers={"Accept": "text/html"}).text
    assert "<legend>Preferred label " in english


def test_the_vocabulary_itself_takes_messages(site: Site) -> None:
    page = site.form("/ns/edit")
    assert page.status == 200
    assert "What should change?" in page.text
    sent = page.set("message", "The licence should be named on this page.").send().send("submit")
    assert sent.status == 303


def test_every_control_has_a_name_that_is_read_aloud(site: Site) -> None:
    for path in (
        EDIT,
        "/topic/career-pathways/edit",
        "/propose/organization",
        "/source/1edtech-org-program-tmc/edit",
    ):
        text = site.client.get(path).text
        labels = set(re.findall(r'<label[^>]* for="([^"]+)"', text))
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), {each for each in ids if ids.count(each) > 1}
        assert labels <= set(ids)
        named = re.findall(
            r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|checkbox|radio)")[^>]* id="([^"]+)"', text
        )
        assert set(named) <= labels | {"site-search"}
        for described in re.findall(r'aria-describedby="([^"]+)"', text):
            assert set(described.split()) <= set(ids)
        assert text.count("<legend>") >= text.count("<fieldset") - 0
        assert " style=" not in text
        assert "<script>" not in text


def test_a_check_shows_what_would_change_and_stores_nothing(site: Site, page: FormPage) -> None:
    before = waiting(site)
    page.set("alternative-label.0.value.text", "Practica")
    checked = page.send()
    assert checked.status == 200
    assert "This can be submitted." in checked.plain
    assert re.search(r"<del>.*Practicum.*</del>", checked.text)
    assert re.search(r"<ins>.*Practica.*</ins>", checked.text)
    assert "topic:capstone skos:altLabel &#34;Practica&#34;@en ." in checked.text
    preview = checked.text.partition('class="preview"')[2].partition("</article>")[0]
    assert "Practica</td>" in preview
    assert "Practicum" not in preview
    assert "Request an edit" not in preview
    assert checked.rows("alternative-label")[0] == "Practica"
    assert waiting(site) == before
    assert Statement(iri(CAPSTONE), iri(SKOS.altLabel), '"Practicum"@en') in site.about(CAPSTONE)


def test_submitting_leads_to_the_contribution(site: Site, page: FormPage) -> None:
    page.set("alternative-label.1.value.text", "Capstone course")
    checked = page.send()
    checked.set("reason", "Read at https://example.org/.").set("name", "Ann").set(
        "contact", "ann@example.org"
    ).set("named", "1")
    sent = checked.send("submit")
    assert sent.status == 303
    location = sent.response.headers["Location"]
    assert re.fullmatch(r"/contributions/[A-Za-z0-9_-]{32,}", location)
    assert sent.response.headers["Referrer-Policy"] == "no-referrer"
    found = contributions(site).find(location.rpartition("/")[2])
    assert found.delta.added == (Statement(iri(CAPSTONE), iri(SKOS.altLabel), '"Capstone course"@en'),)
    assert found.delta.removed == ()
    assert (found.reason, found.way, found.term) == ("Read at https://example.org/.", "form", CAPSTONE)
    assert (found.contributor.name, found.contributor.contact, found.contributor.named) == (
        "Ann",
        "ann@example.org",
        True,
    )


def test_a_form_is_submitted_once(site: Site, page: FormPage) -> None:
    checked = page.set("alternative-label.1.value.text", "Capstone project").send().set("reason", "Twice")
    first = checked.send("submit")
    number = waiting(site)
    pressed_twice = checked.send("submit")
    assert pressed_twice.status == 303
    assert pressed_twice.response.headers["Location"] == first.response.headers["Location"]
    replayed = checked.set("alternative-label.1.value.text", "Something else").send("submit")
    assert replayed.status == 403
    assert "This form was sent before" in replayed.plain
    assert replayed.value("alternative-label.1.value.text") == "Something else"
    assert replayed.value("reason") == "Twice"
    assert waiting(site) == number


def test_a_reason_is_asked_for_and_nothing_typed_is_lost(site: Site, page: FormPage) -> None:
    typed = 'Ein "Text" mit\r\n<b>Zeilen</b> & \u202bلون\u202c   '
    page.set("note.0.value.text", typed).set("alternative-label.1.value.text", "  Two  spaces ")
    checked = page.send()
    refused = checked.set("contact", "nobody").set("name", "Ann <b>").send("submit")
    assert refused.status == 422
    assert "Say why" in refused.plain
    assert "neither an e-mail address nor an ORCID iD" in refused.plain
    assert refused.value("note.0.value.text") == typed
    assert refused.value("alternative-label.1.value.text") == "  Two  spaces "
    assert refused.value("name") == "Ann <b>"
    assert 'aria-invalid="true"' in refused.text
    assert 'role="alert"' in refused.text


def test_problems_stand_beside_their_fields_and_in_a_summary_that_leads_to_them(page: FormPage) -> None:
    page.set("related.0.value.text", "career").set("preferred-label.0.value.text", "")
    wrong = page.send()
    assert wrong.status == 422
    assert "<title>Problem: " in wrong.text
    links = re.findall(
        r'<li><a href="#([^"]+)">', wrong.text.partition('id="summary"')[2].partition("</ul>")[0]
    )
    assert links == ["preferred-label.0.value.text", "related.0.value.text"]
    assert wrong.text.index('id="summary"') < wrong.text.index("<form method")
    for control in links:
        assert f'id="{control}.wrong"' in wrong.text
        assert re.search(
            rf'id="{re.escape(control)}"[^>]*aria-describedby="[^"]*{re.escape(control)}\.wrong"[^>]*aria-invalid="true"',
            wrong.text,
        )
    options = [each.attributes["value"] for each in wrong.controls if each.name == "related.0.value.iri"]
    assert len(options) > 2
    wrong.set("preferred-label.0.value.text", "Capstone").set("related.0.value.iri", options[0])
    solved = wrong.send()
    assert solved.status == 200
    assert "Career academies" in solved.text.partition('id="changes"')[2].partition("</table>")[0]


def test_what_validation_finds_stands_at_its_field(site: Site) -> None:
    page = site.form("/topic/capstone/edit")
    page.set("scope-note.0.value.text", "See <b>this</b>.")
    wrong = page.send()
    assert wrong.status == 422
    assert 'id="scope-note.0.value.text.remark1"' in wrong.text
    assert "Must be fixed" in wrong.text
    assert "no markup" in wrong.text or "Write plain text" in wrong.text
    assert "w3id.org" not in wrong.text.partition('id="summary"')[2].partition("</div>")[0]
    assert wrong.set("reason", "x").send("submit").status == 422


def test_a_form_without_a_change_says_so(page: FormPage) -> None:
    sent = page.send()
    assert sent.status == 422
    assert "Nothing is changed yet" in sent.plain


def test_a_message_needs_no_change(site: Site, page: FormPage) -> None:
    checked = page.set("message", "The definition sounds odd.").send()
    assert checked.status == 200
    assert "Your message can be sent." in checked.plain
    sent = checked.send("submit")
    assert sent.status == 303
    found = contributions(site).find(sent.response.headers["Location"].rpartition("/")[2])
    assert found.reason == "The definition sounds odd."
    assert (found.delta.added, found.delta.removed) == ((), ())


def test_another_row_needs_no_javascript(page: FormPage) -> None:
    page.set("note.0.value.text", "kept")
    more = page.send("add.note")
    assert more.status == 200
    assert more.rows("note") == ["kept", ""]
    assert re.search(r'id="note\.1\.value\.text"[^>]* autofocus', more.text)
    mapping = more.send("add.mapping")
    assert [
        each.name for each in mapping.controls if each.name.startswith("mapping.0.") and each.kind == "select"
    ]


def test_enter_checks_and_adds_nothing(page: FormPage) -> None:
    first = next(each for each in page.controls if each.kind == "button")
    assert (first.name, first.attributes["value"]) == ("action", "check")


def test_texts_never_run_and_never_break_the_page(site: Site, page: FormPage) -> None:
    nasty = "</textarea></title><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} \"'><b>"
    for name in (
        "note.0.value.text",
        "alternative-label.1.value.text",
        "related.0.value.text",
        "message",
        "hierarchy-source.0.value.text",
    ):
        page.set(name, nasty)
    answer = page.send()
    assert answer.status == 422

    class Tags(HTMLParser):
        found: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("script", "img", "b"):
                self.found.append(f"{tag} {attrs}")

    parser = Tags()
    parser.found = []
    parser.feed(answer.text)
    assert [each for each in parser.found if "alert" in each or each.startswith("b ")] == []
    assert "49" not in answer.value("message").__str__()
    assert answer.value("note.0.value.text") == nasty


# new terms


def test_the_kinds_to_choose_from_have_examples(site: Site) -> None:
    text = site.client.get("/propose").text
    for kind in ("topic", "organization", "initiative", "source"):
        assert f'href="/propose/{kind}"' in text
    assert 'href="/topic/career-pathways"' in text


def test_a_new_term_from_its_label_to_the_queue(site: Site) -> None:
    site.client = site.app.test_client()
    page = site.form("/propose/topic")
    page.set("preferred-label.0.value.text", "Stackable Badges!")
    page.set("definition.0.value.text", "Badges that add up to a credential.")
    page.set("source.0.value.text", "https://example.org/badges").set(
        "basis.0.value.text", f"{NS}PageExcerpt"
    )
    checked = page.send()
    assert checked.status == 200, checked.plain
    assert checked.value("slug") == "stackable-badges"
    assert f"{OURS}topic/" in checked.text
    assert "This source is new here" in checked.plain
    assert "Stackable Badges!</h3>" in checked.text.partition('class="preview"')[2]
    checked.set("preferred-label.0.value.text", "Badges that stack")
    again = checked.send()
    assert again.value("slug") == "badges-that-stack"
    own_slug = again.set("slug", "stacked").set("preferred-label.0.value.text", "Stacking badges").send()
    assert own_slug.value("slug") == "stacked"
    sent = own_slug.set("reason", "It is missing.").send("submit")
    assert sent.status == 303
    found = contributions(site).find(sent.response.headers["Location"].rpartition("/")[2])
    assert {each.subject for each in found.delta.added} == {
        f"<{TOPIC}stacked>",
        f"<{OURS}source/example-org-badges>",
    }


def test_a_taken_address_leads_to_what_has_it(site: Site) -> None:
    page = site.form("/propose/topic")
    page.set("preferred-label.0.value.text", "Capstone").set("basis.0.value.text", f"{NS}TitleOnly")
    page.set("source.0.value.text", "https://example.org/x")
    wrong = page.send()
    assert wrong.status == 422
    assert "There is “Capstone” at this address" in wrong.plain
    assert "small letters" in wrong.set("slug", "Cap Stone").send().plain


def test_likely_duplicates_are_shown(site: Site) -> None:
    page = site.form("/propose/topic")
    page.set("preferred-label.0.value.text", "Capstones").set("basis.0.value.text", f"{NS}TitleOnly")
    page.set("source.0.value.text", "https://example.org/x")
    checked = page.send()
    assert "Is it here already?" in checked.plain
    assert 'href="/topic/capstone"' in checked.text


def test_a_new_source_is_named_by_its_address(site: Site) -> None:
    page = site.form("/propose/source")
    checked = page.set("page.0.value.text", "https://www.example.org/Reports/1").send()
    assert checked.status == 200, checked.plain
    assert checked.value("slug") == "example-org-reports-1"
    assert checked.value("label.0.value.text") == "www.example.org/Reports/1"


# what is refused


def post(site: Site, path: str, body: bytes, content_type: str = URLENCODED) -> tuple[int, str]:
    response = site.client.post(path, data=body, content_type=content_type, headers={"Accept": "text/html"})
    return response.status_code, response.text


def test_ten_thousand_fields(site: Site, page: FormPage) -> None:
    pairs = [*page.pairs(), *((f"note.{number}.value.text", "") for number in range(10_000))]
    status, text = post(site, EDIT, urlencode(pairs).encode())
    assert status == 413
    assert f"at most {MAX_PAIRS:,}" in text


def test_a_literal_that_is_too_long(site: Site, page: FormPage) -> None:
    status, text = post(site, EDIT, urlencode([*page.pairs(), ("note.9.value.text", "x" * 100_001)]).encode())
    assert status == 413
    assert "at most 100,000 are read" in text
    status, text = post(
        site, EDIT, urlencode([*page.pairs(), ("note.9.value.text", "x" * 3_100_000)]).encode()
    )
    assert status == 413


def test_more_names_than_a_person_writes(site: Site, page: FormPage) -> None:
    names = [
        (f"{field}.{number}.value.text", f"name {field} {number}")
        for field in ("related", "source")
        for number in range(10, 260)
    ]
    status, text = post(site, EDIT, urlencode([*page.pairs(), *names]).encode())
    assert status == 413
    assert "send fewer at once" in text


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (b"&note.9.value.text=%ff%fe", 400),
        (b"&note.9.value.text=%C3", 400),
        (b"&note.9.value.text=a%00b", 400),
        (b"&note.9.value.text=\xc3\xa9", 400),
        (b"&graph.0.value.text=x", 400),
        (b"&rdf-type.0.value.text=x", 400),
        (b"&term=https://example.org/other", 400),
        (b"&base=1&base=2", 400),
        (b"&action=publish", 400),
        (b"&action=add.nothing", 400),
    ],
    ids=[
        "not-utf-8",
        "half-a-letter",
        "nul",
        "raw",
        "no-such-field",
        "a-property",
        "a-term",
        "twice",
        "button",
        "add",
    ],
)
def test_a_forged_form_is_refused_with_words(site: Site, page: FormPage, extra: bytes, status: int) -> None:
    pairs = [(name, value) for name, value in page.pairs() if name not in ("base", "action")]
    found, text = post(site, EDIT, urlencode(pairs).encode() + extra)
    assert found == status
    assert "<h1>" in text


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_other_types_of_bodies_are_not_read(site: Site, content_type: str) -> None:
    response = site.client.post(EDIT, data=b"x", content_type=content_type)
    assert_problem(response, 415, "expected application/x-www-form-urlencoded")


def test_a_form_from_elsewhere_is_refused(site: Site, page: FormPage) -> None:
    response = site.client.post(
        EDIT,
        data=urlencode(page.pairs()),
        content_type=URLENCODED,
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"},
    )
    assert response.status_code == 403


def test_a_form_that_is_too_old_comes_back_with_all_that_was_typed(site: Site, page: FormPage) -> None:
    before = waiting(site)
    page.set("note.0.value.text", "typed for hours").set("csrf", "A" * 76)
    answer = page.send()
    assert answer.status == 403
    assert answer.value("note.0.value.text") == "typed for hours"
    assert answer.value("csrf") != "A" * 76
    assert answer.send().status == 200
    assert waiting(site) == before


def test_robots_that_fill_in_everything_are_told(site: Site, page: FormPage) -> None:
    before = waiting(site)
    page.set("alternative-label.1.value.text", "Spam").set("website", "https://example.com/")
    checked = page.send()
    assert checked.status == 400
    assert checked.value("website") == ""
    assert checked.value("alternative-label.1.value.text") == "Spam"
    assert waiting(site) == before


def test_what_others_changed_is_shown_before_anything_is_submitted(own: Vocabulary, tmp_path: Path) -> None:
    site = Site(own, tmp_path)
    try:
        page = site.form(EDIT)
        checked = page.set("alternative-label.0.value.text", "Practical year").send()
        old = Statement(iri(CAPSTONE), iri(SKOS.altLabel), '"Practicum"@en')
        site.change(added=[old._replace(object='"Praktikum"@en')], removed=[old])
        late = checked.set("reason", "Because").send("submit")
        assert late.status == 422
        assert "Somebody else changed this term meanwhile" in late.plain
        assert late.rows("alternative-label")[0] == "Practical year"
        assert "Praktikum" in late.rows("alternative-label")
        assert late.value("reason") == "Because"
        sent = late.send("submit")
        assert sent.status == 303
        found = contributions(site).find(sent.response.headers["Location"].rpartition("/")[2])
        assert found.delta.removed == ()
        assert [each.object for each in found.delta.added] == ['"Practical year"@en']
    finally:
        site.close()


def test_nothing_is_submitted_over_a_change_that_nobody_has_seen(own: Vocabulary, tmp_path: Path) -> None:
    site = Site(own, tmp_path)
    try:
        page = site.form(EDIT)
        checked = page.set("alternative-label.1.value.text", "Practical year").send()
        site.change(added=[Statement(iri(CAPSTONE), iri(SKOS.note), '"Somebody wrote this"@en')])
        late = checked.set("reason", "Because").send("submit")
        assert late.status == 409
        assert "Somebody else changed this term meanwhile" in late.plain
        assert late.rows("note")[-1] == "Somebody wrote this"
        assert "This is new since you opened the form." in late.plain
        assert waiting(site) == 0
        assert late.send("submit").status == 303
    finally:
        site.close()


def test_a_server_without_contributions_has_no_forms(own: Vocabulary, tmp_path: Path) -> None:
    site = Site(own, tmp_path, contributions="off")
    try:
        assert_problem(site.client.get(EDIT), 403, "not taken here")
        assert_problem(site.client.get("/propose"), 403, "not taken here")
        assert (
            "There is no form here"
            in site.client.get("/topic/capstone", headers={"Accept": "text/html"}).text
        )
    finally:
        site.close()


def test_a_fixed_snapshot_has_no_forms(own: Vocabulary) -> None:
    client = own.app().test_client()
    assert_problem(client.get(EDIT), 403, "one fixed snapshot")


WITHDRAWN = """
@prefix : <https://example.org/voc/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "A vocabulary"@en .
:gone a skos:Concept ; skos:prefLabel "Gone"@en ; adms:status <http://purl.org/adms/status/Withdrawn> .
<https://example.org/voc/here/edit> a skos:Concept ; skos:prefLabel "An odd address"@en ; skos:inScheme :scheme .
:one a skos:Concept ; skos:prefLabel "One"@en ; skos:inScheme :scheme .
"""


def test_any_other_vocabulary_has_forms_too(make_vocabulary: MakeVocabulary, tmp_path: Path) -> None:
    site = Site(make_vocabulary(WITHDRAWN, canonical_base="https://example.org/voc/"), tmp_path / "copy")
    try:
        assert site.client.get("/gone/edit").status_code == 410
        assert "An odd address" in site.client.get("/here/edit", headers={"Accept": "text/html"}).text
        page = site.form("/one/edit")
        assert page.status == 200
        assert "areer" not in page.plain
        checked = (
            page.set("alternative-label.0.value.text", "Uno")
            .set("alternative-label.0.value.lang", "es")
            .send()
        )
        assert checked.status == 200, checked.plain
        sent = checked.set("reason", "Spanish").send("submit")
        assert sent.status == 303
        odd = site.form("/here/edit/edit")
        assert odd.rows("preferred-label") == ["An odd address"]
    finally:
        site.close()

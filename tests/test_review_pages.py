"""Reviewing over HTTP: the queue, what a decision rests on, the decisions, and the changes they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import BufferedClient
from maintenance import BASE
from pathways_ld.web import create_app
from pathways_ld.web.interface_language import COOKIE
from problems import assert_problem
from reviewing import HTML, PREFIXES, Office, Page, assert_accessible

ALT = ':two skos:altLabel "%s"@en .'
SKOS = "http://www.w3.org/2004/02/skos/core#"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


@pytest.fixture
def own_office(tmp_path: Path) -> Iterator[Office]:
    """One whose vocabulary nobody else changes."""
    made = Office(tmp_path)
    yield made
    made.close()


def four_eyes(office: Office) -> None:
    office.app = create_app(replace(office.settings, four_eyes="on"))
    office.app.test_client_class = BufferedClient
    office.client = office.app.test_client()


# the queue


def test_the_queue_is_filtered_and_paged(own_office: Office) -> None:
    numbers = [own_office.contributed(ALT % f"Label {number}")[0] for number in range(27)]
    own_office.contributed(':one skos:altLabel "Needle & <haystack>"@en .', reason="100 % certain")
    own_office.decide(numbers[0], "take")
    own_office.decide(numbers[1], "reject", reason="No.")
    browser = own_office.reviewer()
    page = own_office.page("/review", browser)
    assert_accessible(page)
    assert "27 contributions" in page.text
    assert "Page 1 of 2" in page.text
    first = [each for each in page.links if re.fullmatch(r"/review/\d+", each)]
    assert first[0] == f"/review/{numbers[0]}"
    assert len(first) == 25
    assert "1 contribution," in own_office.page("/review?state=rejected", browser).text
    assert "28 contributions" in own_office.page("/review?state=all", browser).text
    assert "26 contributions" in own_office.page("/review?who=unassigned", browser).text
    assert "0 contributions" in own_office.page("/review?who=mine", browser).text
    assert "1 contribution," in own_office.page("/review?q=certain", browser).text
    found = own_office.client.get(
        "/review?who=mine", headers=own_office.headers(own_office.review_token)
    ).json
    assert found is not None
    assert [each["number"] for each in found["contributions"]] == [numbers[0]]
    assert found["counts"]["rejected"] == 1


@pytest.mark.parametrize("query", ["state=x", "who=x", "kind=x", "page=0", "page=x", "q=" + "x" * 201])
def test_filters_that_cannot_be_used_are_refused(office: Office, query: str) -> None:
    response = office.client.get(f"/review?{query}", headers=office.headers(office.review_token))
    assert_problem(response, 400)


@pytest.mark.parametrize(
    "path", ["/review", "/review/1", "/review/1/document", "/review/changes/1", "/review/x"]
)
def test_the_queue_is_for_reviewers(office: Office, path: str) -> None:
    office.contributed(ALT % f"For {path}")
    assert office.client.get(path).status_code == 401
    page = office.app.test_client().get(path, headers=HTML)
    assert page.status_code == 303
    assert page.headers["Location"].startswith("/sign-in?next=")
    assert office.client.get(path, headers=office.headers(office.submit_token)).status_code == 403


# one contribution


def test_all_there_is_to_know_is_on_one_page(office: Office) -> None:
    turtle = (
        ':three a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Ones"@en ; skos:definition "X."@en .'
    )
    number, _ = office.contributed(
        turtle, name="Ann Example", contact="ann@example.org", named="yes", reason="It is missing."
    )
    browser = office.reviewer()
    page = office.page(f"/review/{number}", browser)
    assert_accessible(page)
    for words in (
        "Ann Example",
        "ann@example.org",
        "It is missing.",
        "new",
        "Preferred label",
        "Is it here already?",
    ):
        assert words in page.text, words
    assert "#decision" in page.links
    assert "decision" in page.ids
    told = office.review(number)
    assert told["changes"][0]["new"] is True
    assert [each["iri"] for each in told["duplicates"]] == [BASE + "one"]
    assert told["report"]["conforms"] is True
    preview = office.page(f"/review/{number}/preview", browser)
    assert_accessible(preview)
    assert "Ones" in preview.text
    assert office.client.get("/three").status_code == 404


def test_the_document_is_given_as_it_was_sent_and_never_shown(office: Office) -> None:
    content = (PREFIXES + ALT % "<script>alert(1)</script>" + "\r\n# end").encode()
    response = office.client.post(
        "/contributions?reason=x", data=content, headers={"Content-Type": "text/turtle"}
    )
    assert response.json is not None
    sent = office.client.get(
        f"/review/{response.json['number']}/document", headers=office.headers(office.review_token)
    )
    assert sent.data == content
    assert sent.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert sent.headers["X-Content-Type-Options"] == "nosniff"


def test_the_proposal_is_given_as_a_patch(office: Office) -> None:
    number, _ = office.contributed(ALT % "Patched")
    patch = office.client.get(f"/review/{number}/patch", headers=office.headers(office.review_token))
    assert f'A <{BASE}two> <{SKOS}altLabel> "Patched"@en .' in patch.get_data(as_text=True).splitlines()


def test_what_is_not_there_is_not_found(office: Office) -> None:
    headers = office.headers(office.review_token)
    for path in (
        "999999",
        "0",
        "9" * 30,
        "999999/document",
        "999999/preview",
        "x",
        "changes/999999",
        "1/accept/x",
    ):
        assert office.client.get(f"/review/{path}", headers=headers).status_code == 404, path
    assert office.client.get("/review/1/accept", headers=headers).status_code == 405
    assert_problem(office.decide(999_999, "reject", reason="x"), 404, "999999")


# decisions, in a browser


def test_a_reviewer_takes_asks_and_accepts(office: Office) -> None:
    number, status = office.contributed(ALT % "Accepted by hand")
    browser = office.reviewer()
    path = f"/review/{number}"
    for action, fields in (
        ("take", {}),
        ("comment", {"note": "Who says so?", "private": "no"}),
        ("comment", {"note": "Looks odd.", "private": "yes"}),
        ("release", {}),
        ("take", {}),
    ):
        response = office.press(office.page(path, browser), browser, f"{path}/{action}", **fields)
        assert response.status_code == 303, response.get_data(as_text=True)
    page = office.page(path, browser)
    assert "Looks odd." in page.text
    assert "Taken by ann" in page.text
    response = office.press(page, browser, f"{path}/accept", note="Thank you.")
    assert response.status_code == 303
    page = office.page(path, browser)
    assert "accepted" in page.text
    assert not [each for each in page.forms if each["action"].endswith(("accept", "reject", "revise"))]
    assert "Accepted by hand" in office.page("/two").text
    assert office.ask(':two skos:altLabel "Accepted by hand"@en')
    assert "Looks odd." not in office.page(status).source


def test_a_rejection_needs_a_reason_and_keeps_what_was_typed(office: Office) -> None:
    number, _ = office.contributed(ALT % "Rejected by hand")
    browser = office.reviewer()
    path = f"/review/{number}"
    response = office.press(office.page(path, browser), browser, f"{path}/reject", reason=" ")
    assert response.status_code == 400
    assert "reason is missing" in Page(response).text
    long = "x" * 2_001
    response = office.press(office.page(path, browser), browser, f"{path}/reject", reason=long)
    assert response.status_code == 400
    page = Page(response)
    assert_accessible(page)
    form = next(each for each in page.forms if each["action"] == f"{path}/reject")
    assert form["fields"]["reason"] == long
    assert office.press(page, browser, f"{path}/reject", reason="No source.").status_code == 303
    assert office.review(number)["state"] == "rejected"


def test_a_proposal_is_changed_before_it_is_accepted(office: Office) -> None:
    number, status = office.contributed(':two skos:altLabel "Tow"@en , "Keep"@en .')
    browser = office.reviewer()
    path = f"/review/{number}"
    page = office.page(path, browser)
    text = page.field("added")
    assert '"Tow"@en' in text
    assert "@prefix" not in text
    removed = ':two skos:prefLabel "Zwei"@DE-ch .'
    added = text.replace("Tow", "Second") + '\n:two skos:prefLabel "Zwo"@DE-ch .'
    prefix = f"@prefix : <{BASE}> . "
    response = office.press(
        page, browser, f"{path}/revise", added=prefix + added, removed=prefix + removed, note="A typo."
    )
    assert response.status_code == 303, Page(response).text
    told = office.review(number)
    assert sorted(each.split(" ", 2)[2] for each in told["added"]) == [
        '"Keep"@en .', '"Second"@en .', '"Zwo"@DE-ch .',
    ]  # fmt: skip
    assert [each.split(" ", 2)[2] for each in told["removed"]] == ['"Zwei"@DE-ch .']
    page = office.page(status)
    assert "A reviewer corrected what is proposed" in page.text
    assert "A typo." in page.text
    office.accepted(number)
    assert office.ask(':two skos:altLabel "Second"@en ; skos:prefLabel "Zwo"@de-ch')


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"added": ":x :y"}, "what is added, line 1"),
        ({"added": "", "removed": '<two> skos:prefLabel "Not there"@en .'}, "What is not published"),
        ({"removed": "_:b skos:prefLabel"}, "what is removed, line 1"),
        ({"seen": "x"}, '"seen"'),
        ({"seen": "1"}, "Look at it again"),
    ],
    ids=["syntax", "absent", "syntax-removed", "seen", "unseen"],
)
def test_a_change_that_cannot_be_used_comes_back(office: Office, fields: dict[str, str], words: str) -> None:
    number, _ = office.contributed(ALT % f"Unchanged {words.strip(chr(34))}")
    before = office.review(number)["added"]
    browser = office.reviewer()
    path = f"/review/{number}"
    sent = {"added": f'<two> skos:altLabel "Changed {len(words)}"@en .', **fields}
    response = office.press(office.page(path, browser), browser, f"{path}/revise", **sent)
    assert response.status_code in (400, 409), response.get_data(as_text=True)
    page = Page(response)
    assert words in page.text
    assert page.field("added").strip() == sent["added"]
    assert office.review(number)["added"] == before


def test_published_blank_nodes_are_removed_line_by_line(tmp_path: Path) -> None:
    nested = ':two skos:note [ skos:note "inner"@en ] ; skos:example "plain"@en .'
    vocabulary = (
        PREFIXES
        + ':scheme a skos:ConceptScheme ; skos:prefLabel "V"@en .\n'
        + (':two a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Two"@en .\n' + nested)
    )
    office = Office(tmp_path, vocabulary)
    response = office.send(
        ':two a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Two"@en ; skos:definition "It."@en .',
        replace=BASE + "two",
    )
    assert response.status_code == 202, response.get_data(as_text=True)
    told = office.review(1)
    assert len(told["removed"]) == 3
    browser = office.reviewer()
    page = office.page("/review/1", browser)
    lines = page.field("removed").splitlines()
    assert sorted(lines) == sorted(told["removed"])
    kept = "\n".join(each for each in lines if "plain" not in each)
    response = office.press(page, browser, "/review/1/revise", removed=kept)
    assert response.status_code == 303, Page(response).text
    assert sorted(office.review(1)["removed"]) == sorted(kept.splitlines())
    office.accepted(1)
    assert office.ask(':two skos:example "plain"@en')
    assert not office.ask(":two skos:note ?x")
    office.close()


# what happened meanwhile


def test_a_change_meanwhile_is_shown_and_nothing_is_overwritten(own_office: Office) -> None:
    office = own_office
    number, _ = office.contributed(ALT % "Mine")
    browser = office.reviewer()
    page = office.page(f"/review/{number}", browser)
    other, _ = office.contributed(':two skos:definition "Meanwhile."@de .')
    office.accepted(other)
    response = office.press(page, browser, f"/review/{number}/accept", note="As I saw it.")
    assert response.status_code == 409
    page = Page(response)
    assert_accessible(page)
    assert "Look at it again" in page.text
    assert page.text.count("Meanwhile.") == 1
    assert not office.ask(':two skos:altLabel "Mine"@en')
    accept = next(each for each in page.forms if each["action"] == f"/review/{number}/accept")
    assert accept["fields"]["note"] == "As I saw it."
    assert office.press(page, browser, f"/review/{number}/accept").status_code == 303
    assert office.ask(':two skos:altLabel "Mine"@en')


def test_a_second_reviewer_is_told_who_was_first(office: Office) -> None:
    number, _ = office.contributed(ALT % "Raced for")
    seen = office.review(number)["seen"]
    change = office.accepted(number)
    response = office.decide(number, "accept", seen=seen)
    problem = assert_problem(response, 409, f"already accepted by Rita as change {change}")
    assert problem["title"]
    assert_problem(office.decide(number, "reject", reason="Late."), 409, "already accepted")


def test_a_program_must_say_what_it_saw(office: Office) -> None:
    number, _ = office.contributed(ALT % "Unseen")
    assert_problem(office.decide(number, "accept"), 400, '"seen"')
    assert_problem(office.decide(number, "accept", seen="²"), 400, '"seen"')
    assert_problem(office.decide(number, "accept", seen=1), 409, "Look at it again")
    assert office.review(number)["state"] == "received"


def test_what_must_be_fixed_is_not_published(office: Office) -> None:
    number, _ = office.contributed(ALT % "To be broken")
    told = office.review(number)
    response = office.decide(
        number, "revise", added=f'<{BASE}two> <{SKOS}prefLabel> "Another"@en .', removed="", seen=told["seen"]
    )
    assert response.status_code == 200, response.get_data(as_text=True)
    told = office.review(number)
    assert told["report"]["conforms"] is False
    page = office.page(f"/review/{number}", office.reviewer())
    assert "Something must be fixed" in page.text
    assert not [each for each in page.forms if each["action"].endswith("/accept")]
    assert_problem(office.decide(number, "accept", seen=told["seen"]), 422)
    assert not office.ask(':two skos:prefLabel "Another"@en')


def test_four_eyes(own_office: Office) -> None:
    office = own_office
    number, _ = office.contributed(ALT % "Looked at twice")
    four_eyes(office)
    ann, ben = office.reviewer("ann"), office.reviewer("ben")
    path = f"/review/{number}"
    page = office.page(path, ann)
    assert "Two reviewers have to look at this" in page.text
    response = office.press(page, ann, f"{path}/accept")
    assert response.status_code == 403
    assert "needs two reviewers" in Page(response).text
    assert office.press(office.page(path, ann), ann, f"{path}/approve").status_code == 303
    page = office.page(path, ann)
    assert "Approved by ann ; another reviewer has to accept it" in page.text
    assert office.press(page, ann, f"{path}/accept").status_code == 403
    page = office.page(path, ben)
    assert "it can be accepted by another reviewer" in page.text
    assert office.press(page, ben, f"{path}/accept").status_code == 303
    assert office.ask(':two skos:altLabel "Looked at twice"@en')


def test_with_four_eyes_no_reviewer_undoes_alone(own_office: Office) -> None:
    office = own_office
    change = office.accepted(office.contributed(ALT % "Agreed by two")[0])
    four_eyes(office)
    path = f"/review/changes/{change}"
    for headers in (office.headers(office.review_token), {}):
        client = office.client if headers else office.reviewer()
        assert client.get(path, headers=headers).status_code == 403
        response = client.post(f"{path}/undo", data={"reason": "I do not like it."}, headers=headers)
        assert response.status_code == 403
    assert office.ask(':two skos:altLabel "Agreed by two"@en')
    admin = office.reviewer("adam", role="administrator")
    assert office.press(office.page(path, admin), admin, f"{path}/undo", reason="Wrong.").status_code == 303
    assert not office.ask(':two skos:altLabel "Agreed by two"@en')


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"reason": "x"}', "application/json"),
        (b"reason=a&reason=b", "application/x-www-form-urlencoded"),
        (b"reason=%FF", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=x" % number for number in range(10_001)), "application/x-www-form-urlencoded"),
        (b"reason=" + b"x" * 20_000_000, "application/x-www-form-urlencoded"),
        (b"--b\r\n", "multipart/form-data; boundary=b"),
    ],
    ids=["json", "twice", "encoding", "many", "large", "torn"],
)
def test_forms_that_no_page_gave_out_are_refused(office: Office, data: bytes, content_type: str) -> None:
    number, _ = office.contributed(ALT % f"Hostile {content_type} {len(data)}")
    response = office.client.post(
        f"/review/{number}/reject",
        data=data,
        headers={**office.headers(office.review_token), "Content-Type": content_type},
    )
    assert response.status_code in (400, 413)
    assert office.review(number)["state"] == "received"


def test_another_sites_page_decides_nothing(office: Office) -> None:
    number, _ = office.contributed(ALT % "Forged decision")
    browser = office.reviewer()
    seen = office.review(number)["seen"]
    for headers in ({"Origin": "https://evil.example"}, {}):
        response = browser.post(f"/review/{number}/accept", data={"seen": seen}, headers=headers)
        assert response.status_code == 403
    assert office.review(number)["state"] == "received"


# changes


def test_a_change_is_public_with_who_as_agreed(own_office: Office) -> None:
    office = own_office
    first, _ = office.contributed(
        ALT % "Named", name="Ann Example", contact="0000-0002-1825-0097", named="yes", reason="Named reason."
    )
    second, _ = office.contributed(ALT % "Unnamed", name="Secret Person", contact="secret@example.org")
    third, _ = office.contributed(ALT % "Mail", name="Mail Person", contact="mail@example.org", named="yes")
    for number in (first, second, third):
        office.accepted(number)
    office.update(f'INSERT DATA {{ <{BASE}two> <{SKOS}altLabel> "By update"@en }}')
    page = office.page("/changes")
    assert_accessible(page)
    for secret in ("Secret Person", "example.org/m", "secret@", "mail@", "Rita", ">Ann<"):
        assert secret not in page.source, secret
    for words in ("Ann Example", "ORCID 0000-0002-1825-0097", "Mail Person", "a maintainer", "Named reason."):
        assert words in page.text, words
    assert page.text.index("Change 4") < page.text.index("Change 1")
    assert "1 added, 0 removed" in page.text
    listed = office.client.get("/changes", headers={"Accept": "application/json"}).json
    assert listed is not None
    assert [each["number"] for each in listed["changes"]] == [4, 3, 2, 1]
    assert [each["by"] for each in listed["changes"]] == [
        "a maintainer", "Mail Person", "a contributor who is not named", "Ann Example",
    ]  # fmt: skip
    assert listed["changes"][3]["terms"][0]["iri"] == BASE + "two"
    assert [each["added_total"] for each in listed["changes"]] == [1, 1, 1, 1]
    for number in (1, 2, 3, 4):
        for suffix in ("", ".json", ".rdfp"):
            told = office.client.get(f"/changes/{number}{suffix}").get_data(as_text=True)
            assert "Secret Person" not in told
            assert "secret@" not in told
            assert "mail@" not in told


def test_a_change_is_shown_in_words_and_as_rdf(office: Office) -> None:
    number, _ = office.contributed(ALT % "In words")
    change = office.accepted(number)
    page = office.page(f"/changes/{change}")
    assert_accessible(page)
    assert "In words" in page.text
    assert "Alternative label" in page.text
    patch = office.client.get(f"/changes/{change}.rdfp")
    assert patch.mimetype == "application/rdf-patch"
    assert f'A <{BASE}two> <{SKOS}altLabel> "In words"@en .' in patch.get_data(as_text=True).splitlines()
    told = office.client.get(f"/changes/{change}", headers={"Accept": "application/json"})
    assert told.json is not None
    assert f'<{BASE}two> <{SKOS}altLabel> "In words"@en .' in told.json["added"]
    again = office.client.get(f"/changes/{change}.json", headers={"If-None-Match": told.headers["ETag"]})
    assert again.status_code == 304
    assert told.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("language", ["en", "es"])
def test_public_pages_are_the_same_for_everybody(office: Office, language: str) -> None:
    change = office.accepted(office.contributed(ALT % f"Same for all who read {language}")[0])
    anybody, reviewer = office.app.test_client(), office.reviewer()
    for browser in (anybody, reviewer):
        browser.set_cookie(COOKIE, language)
    for path in ("/changes", f"/changes/{change}"):
        anonymous, signed = office.page(path, anybody), office.page(path, reviewer)
        assert f'<html lang="{language}"' in signed.source
        assert anonymous.source == signed.source
        # Not kept from others, as what depends on who has signed in is: the page varies by its language alone.
        for name in ("Vary", "Cache-Control", "ETag", "Access-Control-Allow-Origin"):
            assert anonymous.response.headers.get(name) == signed.response.headers.get(name)
        assert signed.response.headers["Cache-Control"].startswith("public")
        assert signed.response.headers["Access-Control-Allow-Origin"] == "*"


def test_changes_are_paged(own_office: Office) -> None:
    for number in range(26):
        own_office.update(f'INSERT DATA {{ <{BASE}two> <{SKOS}altLabel> "L {number}"@en }}')
    page = own_office.page("/changes")
    assert "Change 26" in page.text
    assert "Page 1 of 2" in page.text
    assert "Change 1 " in own_office.page("/changes?page=2").text
    assert own_office.client.get("/changes?page=3").status_code == 404


@pytest.mark.parametrize("path", ["0", "999999", "9" * 40, "x", "1.pdf", "1/x", "-1"])
def test_a_change_that_is_not_there_is_not_found(office: Office, path: str) -> None:
    assert_problem(office.client.get(f"/changes/{path}"), 404)


def test_nothing_was_changed_yet(own_office: Office) -> None:
    assert "Nothing was changed yet" in own_office.page("/changes").text


def test_a_reviewer_undoes_a_change(own_office: Office) -> None:
    office = own_office
    change = office.accepted(office.contributed(ALT % "To be undone")[0])
    browser = office.reviewer()
    path = f"/review/changes/{change}"
    assert f"/review/changes/{change}" in office.page(f"/changes/{change}").links
    page = office.page(path, browser)
    assert_accessible(page)
    assert office.press(page, browser, f"{path}/undo", reason=" ").status_code == 400
    response = office.press(page, browser, f"{path}/undo", reason="It was wrong.")
    assert response.status_code == 303
    assert response.headers["Location"] == f"/changes/{change + 1}"
    assert not office.ask(':two skos:altLabel "To be undone"@en')
    undone = office.page(f"/changes/{change + 1}")
    assert "It was wrong." in undone.text
    assert "a reviewer" in undone.text
    again = office.press(page, browser, f"{path}/undo", reason="Once more.")
    assert again.status_code == 403
    fresh = office.press(office.page(path, browser), browser, f"{path}/undo", reason="Once more.")
    assert fresh.status_code == 409
    assert "Once more." in Page(fresh).field("reason")


def test_undoing_never_makes_a_term_vanish(own_office: Office) -> None:
    office = own_office
    turtle = ':three a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Three"@en ; skos:definition "3."@en .'
    change = office.accepted(office.contributed(turtle)[0])
    response = office.client.post(
        f"/review/changes/{change}/undo",
        data={"reason": "Why not."},
        headers=office.headers(office.review_token),
    )
    assert response.status_code == 422
    assert office.client.get("/three").status_code == 200

"""Contributions under review: every step is kept, nothing is overwritten silently, acceptance publishes."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contributed import SKOS, Desk, add, label, take
from maintenance import BASE, Anybody
from pathways_ld.contributions import Contribution, Contributor
from pathways_ld.errors import (
    BadRequest,
    ContributionConflict,
    ContributionNotFound,
    Forbidden,
    InvalidDataError,
    TooManyRequests,
)
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Published
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.vocabulary import Reader

ONE = f"<{BASE}one>"


@pytest.fixture(scope="module")
def pool() -> Iterator[ValidationPool]:
    with ValidationPool(workers=2) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, pool: ValidationPool) -> Desk:
    return Desk.general(tmp_path, pool)


def actions(found: Contribution) -> list[tuple[str, str]]:
    return [(each.actor, each.action) for each in found.steps]


def notices(desk: Desk) -> list[tuple[str, Any]]:
    with sqlite3.connect(desk.settings.state_dir / "ledger.sqlite") as connection:
        rows = connection.execute("SELECT event, content FROM notice ORDER BY number").fetchall()
    connection.close()
    return [(event, json.loads(content)) for event, content in rows]


def test_an_accepted_contribution_is_published_with_its_provenance(desk: Desk) -> None:
    who = Contributor("Ana", "ana@example.org", named=True)
    receipt = desk.submit(add(label("one", "Uno")), "It is said so.", contributor=who)
    seen = desk.all.get(receipt.number).seen
    published = desk.all.accept(receipt.number, "Rita", "Thank you.", seen=seen)
    assert published.change == 1
    assert label("one", "Uno") in desk.statements()
    found = desk.all.find(receipt.key)
    assert (found.state, found.change) == ("accepted", 1)
    change = next(desk.ledger.changes())
    assert (change.author, change.action, change.note, change.published) == (
        "Rita", "contribution", "It is said so.", True,
    )  # fmt: skip
    assert any(each.subject == f"<{BASE}change/1>" and "Ana" in each.object for each in change.delta.added)
    assert not any("ana@example.org" in each.object for each in change.delta.added)
    assert desk.all.of_change(1) is not None
    reader = Reader(desk.folder)
    assert reader.search("uno", limit=5)[0] == 1
    reader.close()


def test_every_step_is_kept_with_who_and_when(desk: Desk) -> None:
    number = desk.submit(add(label("one", "Uno")), trusted=True, actor="Ann").number
    desk.all.take(number, "Rita")
    desk.all.comment(number, "Rita", "Where is it said?")
    desk.all.comment(number, "Rita", "I doubt it.", private=True)
    revised = desk.all.revise(number, "Rita", add(label("one", "Il uno")), "Corrected.")
    assert revised.delta == add(label("one", "Il uno"))
    found = desk.all.reject(number, "Rita", "Nobody says so.")
    assert actions(found) == [
        ("Ann", "submit"), ("Rita", "take"), ("Rita", "comment"), ("Rita", "note"), ("Rita", "revise"),
        ("Rita", "reject"),
    ]  # fmt: skip
    assert found.steps[0].delta == add(label("one", "Uno"))
    assert found.steps[4].delta == add(label("one", "Il uno"))
    assert [each.at for each in found.steps] == sorted(each.at for each in found.steps)


def test_a_contributor_is_told_what_is_meant_for_them_and_no_names(desk: Desk) -> None:
    receipt = desk.submit(add(label("one", "Uno")))
    desk.all.take(receipt.number, "rita@example.org")
    desk.all.comment(receipt.number, "rita@example.org", "Where is it said?")
    desk.all.comment(receipt.number, "rita@example.org", "Odd.", private=True)
    answered = desk.all.comment_as_contributor(receipt.key, "In the atlas.")
    assert [(each.actor, each.note) for each in answered.steps] == [
        ("contributor", ""), ("reviewer", "Where is it said?"), ("contributor", "In the atlas."),
    ]  # fmt: skip
    assert "rita" not in repr(answered)
    with pytest.raises(BadRequest, match="comment is missing"):
        desk.all.comment_as_contributor(receipt.key, " ")
    for number in range(19):
        desk.all.comment_as_contributor(receipt.key, f"And {number}.")
    with pytest.raises(TooManyRequests):
        desk.all.comment_as_contributor(receipt.key, "Once more.")


def test_the_queue_shows_what_is_wanted(desk: Desk) -> None:
    for text in ("a", "b", "100%_c"):
        desk.submit(add(label("one", text)), f"Reason {text}")
    desk.submit(add(label("two", "d")), "Another", contributor=Contributor("Ana"))
    desk.all.take(1, "Rita")
    desk.all.reject(2, "Rita", "No.")

    def numbers(**wanted: Any) -> list[int]:
        return [each.number for each in desk.all.queue(**{"limit": 10, **wanted})[1]]

    assert numbers() == [1, 2, 3, 4]
    assert numbers(state="open") == [1, 3, 4]
    assert numbers(state="rejected") == [2]
    assert numbers(reviewer="Rita", state="open") == [1]
    assert numbers(reviewer="-") == [3, 4]
    assert numbers(words="%_") == [3]
    assert numbers(words="another ana") == [4]
    assert numbers(kind="concept", limit=2) == [1, 2]
    assert numbers(kind="collection") == []
    assert numbers(term=f"{BASE}two") == [4]
    assert desk.all.queue(limit=1, offset=3) == (4, [desk.all.queue(limit=9)[1][3]])
    assert desk.all.counts() == {
        "received": 2, "in review": 1, "accepted": 0, "rejected": 1, "withdrawn": 0,
    }  # fmt: skip


def test_a_contribution_is_taken_by_one_reviewer(desk: Desk) -> None:
    number = desk.submit(add(label("one", "Uno"))).number
    assert desk.all.take(number, "Rita").state == "in review"
    with pytest.raises(ContributionConflict, match="taken by Rita"):
        desk.all.take(number, "Bob")
    assert desk.all.release(number, "Rita").state == "received"
    assert desk.all.take(number, "Bob").reviewer == "Bob"


def test_a_rejection_needs_a_reason(desk: Desk) -> None:
    number = desk.submit(add(label("one", "Uno"))).number
    with pytest.raises(BadRequest, match="reason is missing"):
        desk.all.reject(number, "Rita", " ")
    assert desk.all.get(number).state == "received"


DECISIONS: dict[str, Callable[[Desk, Contribution], object]] = {
    "accept": lambda desk, found: desk.all.accept(found.number, "Bob", seen=found.seen),
    "reject": lambda desk, found: desk.all.reject(found.number, "Bob", "No."),
    "revise": lambda desk, found: desk.all.revise(found.number, "Bob", add(label("one", "x"))),
    "take": lambda desk, found: desk.all.take(found.number, "Bob"),
    "release": lambda desk, found: desk.all.release(found.number, "Bob"),
    "approve": lambda desk, found: desk.all.approve(found.number, "Bob", seen=found.seen),
}


@pytest.mark.parametrize("decision", DECISIONS)
def test_what_is_decided_is_decided(desk: Desk, decision: str) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    desk.all.accept(found.number, "Rita", seen=found.seen)
    with pytest.raises(ContributionConflict, match="already accepted by Rita as change 1"):
        DECISIONS[decision](desk, found)
    assert desk.ledger.head() == 1


def test_a_number_that_is_none_is_not_found(desk: Desk) -> None:
    for number in (0, -1, 7, 2**62):
        with pytest.raises(ContributionNotFound):
            desk.all.get(number)
        with pytest.raises(ContributionNotFound):
            desk.all.reject(number, "Rita", "No.")
        with pytest.raises(ContributionNotFound):
            desk.all.undo(number, "Rita", "No.")


# conflicts


def test_a_term_that_changed_meanwhile_must_be_looked_at_again(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    desk.accepted(add(label("one", "Eins", lang="de")), actor="Bob")
    with pytest.raises(ContributionConflict) as caught:
        desk.all.accept(found.number, "Rita", seen=found.seen)
    assert any("Eins" in each and "Change 1" in each for each in caught.value.changes)
    assert desk.ledger.head() == 1
    again = desk.all.get(found.number)
    assert desk.all.examine(again.delta, desk.folder, base_change=again.base_change).conflicts
    assert desk.all.accept(found.number, "Rita", seen=again.seen).change == 2
    assert {label("one", "Uno"), label("one", "Eins", lang="de")} <= desk.statements()


def test_a_change_of_another_term_is_no_conflict(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    desk.accepted(add(label("two", "Due")))
    assert desk.all.accept(found.number, "Rita", seen=found.seen).change == 2


def test_changes_by_maintainers_count_too(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    update = add(label("one", "Maintained"))
    desk.maintenance.apply(lambda *_: update, Anybody(), action="update", note="")
    with pytest.raises(ContributionConflict, match="changed since this contribution was made"):
        desk.all.accept(found.number, "Rita", seen=found.seen)


def test_what_is_gone_cannot_be_removed_again(desk: Desk) -> None:
    first = label("two", "Zwei", name="prefLabel", lang="DE-ch")
    found = desk.proposed(take(first))
    desk.accepted(Delta((label("two", "Zwo", name="prefLabel", lang="DE-ch"),), (first,)))
    seen = desk.all.get(found.number).seen
    with pytest.raises(ContributionConflict, match="not there any more"):
        desk.all.accept(found.number, "Rita", seen=seen)
    revised = desk.all.revise(found.number, "Rita", take(label("two", "Zwo", name="prefLabel", lang="DE-ch")))
    assert desk.all.accept(found.number, "Rita", seen=revised.seen).removed == 1


def test_a_revision_that_a_reviewer_has_not_seen_is_not_accepted(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    desk.all.revise(found.number, "Bob", add(label("one", "Due")))
    with pytest.raises(ContributionConflict, match="has changed since you looked"):
        desk.all.accept(found.number, "Rita", seen=found.seen)
    with pytest.raises(ContributionConflict, match="has changed since you looked"):
        desk.all.revise(found.number, "Rita", add(label("one", "Tre")), seen=found.seen)
    assert desk.all.get(found.number).delta == add(label("one", "Due"))


def test_an_answer_that_a_reviewer_has_not_seen_is_no_consent(desk: Desk) -> None:
    receipt = desk.submit(add(label("one", "Uno")))
    seen = desk.all.get(receipt.number).seen
    desk.all.comment_as_contributor(receipt.key, "Please wait, I was wrong.")
    with pytest.raises(ContributionConflict):
        desk.all.accept(receipt.number, "Rita", seen=seen)


def test_what_another_change_has_published_is_not_published_twice(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    other = desk.proposed(add(label("one", "Uno")), reason="I say so too.")
    desk.all.accept(found.number, "Rita", seen=found.seen)
    with pytest.raises(ContributionConflict, match="published already"):
        desk.all.accept(other.number, "Rita", seen=desk.all.get(other.number).seen)


def test_a_message_is_answered_not_published(desk: Desk) -> None:
    found = desk.proposed(Delta(), way="form", term=f"{BASE}one")
    with pytest.raises(ContributionConflict, match="is a message"):
        desk.all.accept(found.number, "Rita", seen=found.seen)
    revised = desk.all.revise(found.number, "Rita", add(label("one", "Uno")))
    assert desk.all.accept(found.number, "Rita", seen=revised.seen).change == 1


def test_a_revision_may_still_need_work_but_is_not_published_like_that(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    wrong = add(label("one", "A second name", name="prefLabel"))
    revised = desk.all.revise(found.number, "Rita", wrong)
    with pytest.raises(InvalidDataError):
        desk.all.accept(found.number, "Rita", seen=revised.seen)
    assert desk.all.get(found.number).state == "received"
    assert desk.ledger.head() == 0


def test_what_became_wrong_meanwhile_is_not_published(desk: Desk) -> None:
    found = desk.proposed(desk.read("<one> skos:broader <three> . " + NEW_THREE))
    desk.accepted(desk.read(NEW_THREE.replace('"Three"', '"Drei"')))
    with pytest.raises((ContributionConflict, InvalidDataError)):
        desk.all.accept(found.number, "Rita", seen=desk.all.get(found.number).seen)
    assert desk.ledger.head() == 1


NEW_THREE = """<three> a skos:Concept ; skos:inScheme <scheme> ; skos:prefLabel "Three"@en ;
    skos:definition "The third."@en ."""


# two at once


def test_two_reviewers_at_once_are_serialised(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "Uno")))
    start = threading.Barrier(2)
    outcomes: list[Published | ContributionConflict] = []

    def accept(actor: str) -> None:
        start.wait(30)
        try:
            outcomes.append(desk.all.accept(found.number, actor, seen=found.seen))
        except ContributionConflict as error:
            outcomes.append(error)

    threads = [threading.Thread(target=accept, args=(name,)) for name in ("Rita", "Bob")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
    refused = [each for each in outcomes if isinstance(each, ContributionConflict)]
    assert len(outcomes) == 2
    assert len(refused) == 1
    assert "already accepted by" in refused[0].message
    assert desk.ledger.head() == 1


def test_different_contributions_at_once_are_all_published(desk: Desk) -> None:
    found = [desk.proposed(add(label(term, text))) for term, text in (("one", "Uno"), ("two", "Due"))]
    failures: list[Exception] = []

    def accept(each: Contribution) -> None:
        try:
            desk.all.accept(each.number, "Rita", seen=each.seen)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=accept, args=(each,)) for each in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert {label("one", "Uno"), label("two", "Due")} <= desk.statements()


def test_who_withdraws_in_the_last_moment_is_heard(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = desk.submit(add(label("one", "Uno")))
    seen = desk.all.get(receipt.number).seen
    append = desk.maintenance._ledger.append

    def late(*arguments: Any, **named: Any) -> None:
        desk.all.withdraw(receipt.key)
        append(*arguments, **named)

    monkeypatch.setattr(desk.maintenance._ledger, "append", late)
    with pytest.raises(ContributionConflict, match="withdrawn by its contributor"):
        desk.all.accept(receipt.number, "Rita", seen=seen)
    assert desk.ledger.head() == 0
    assert label("one", "Uno") not in desk.statements()
    assert desk.all.find(receipt.key).state == "withdrawn"


# four eyes


def test_four_eyes_are_two_reviewers_and_not_the_contributor(desk: Desk) -> None:
    desk = desk.with_settings(four_eyes="on")
    found = desk.proposed(add(label("one", "Uno")), trusted=True, actor="Ann")
    with pytest.raises(Forbidden, match="needs two reviewers"):
        desk.all.accept(found.number, "Rita", seen=found.seen)
    with pytest.raises(Forbidden, match="made contribution 1 yourself"):
        desk.all.approve(found.number, "Ann", seen=found.seen)
    approved = desk.all.approve(found.number, "Rita", "Right.", seen=found.seen)
    assert approved.approved_by == ("Rita",)
    with pytest.raises(Forbidden, match="another's turn"):
        desk.all.accept(found.number, "Rita", seen=approved.seen)
    with pytest.raises(Forbidden, match="made contribution 1 yourself"):
        desk.all.accept(found.number, "Ann", seen=approved.seen)
    assert desk.all.accept(found.number, "Bob", seen=approved.seen).change == 1


def test_a_revision_has_to_be_approved_anew(desk: Desk) -> None:
    desk = desk.with_settings(four_eyes="on")
    found = desk.proposed(add(label("one", "Uno")))
    desk.all.approve(found.number, "Rita", seen=found.seen)
    revised = desk.all.revise(found.number, "Bob", add(label("one", "Due")))
    assert revised.approved_by == ()
    with pytest.raises(Forbidden, match="needs two reviewers"):
        desk.all.accept(found.number, "Bob", seen=revised.seen)
    desk.all.approve(found.number, "Rita", seen=revised.seen)
    assert desk.all.accept(found.number, "Bob", seen=revised.seen).change == 1


# undo


def test_undo_is_a_new_change_and_the_first_one_stays_told(desk: Desk) -> None:
    before = desk.statements()
    old, new = label("two", "Two", name="prefLabel"), label("two", "Second", name="prefLabel")
    change = desk.accepted(Delta((new, label("one", "Uno")), (old,))).change
    undone = desk.all.undo(change, "Admin", "It was wrong.")
    assert undone.change == 2
    after = desk.statements()
    assert before <= after
    assert {new, label("one", "Uno")} & after == set()
    told = {each.subject.strip("<>").partition("#")[0] for each in after - before} - {
        f"{BASE}one",
        f"{BASE}two",
    }
    assert told == {f"{BASE}change/1", f"{BASE}change/2"}
    last = list(desk.ledger.changes())[-1]
    assert (last.action, last.author) == ("undo", "Admin")
    assert "It was wrong." in last.note


def test_an_undo_can_be_undone(desk: Desk) -> None:
    desk.accepted(add(label("one", "Uno")))
    desk.all.undo(1, "Admin", "Wrong.")
    assert label("one", "Uno") not in desk.statements()
    desk.all.undo(2, "Admin", "Right after all.")
    assert label("one", "Uno") in desk.statements()


def test_what_later_changes_touched_is_not_undone(desk: Desk) -> None:
    desk.accepted(add(label("one", "Uno")))
    desk.accepted(take(label("one", "Uno")))
    with pytest.raises(ContributionConflict) as caught:
        desk.all.undo(1, "Admin", "Wrong.")
    assert any("Uno" in each for each in caught.value.changes)
    desk.all.undo(2, "Admin", "Wrong.")
    with pytest.raises(ContributionConflict):
        desk.all.undo(2, "Admin", "Wrong again.")
    assert desk.ledger.head() == 3


def test_a_published_term_does_not_vanish_by_undo(desk: Desk) -> None:
    desk.accepted(desk.read(NEW_THREE))
    with pytest.raises(InvalidDataError, match="vanish"):
        desk.all.undo(1, "Admin", "Wrong.")
    assert desk.ledger.head() == 1
    with pytest.raises(BadRequest, match="reason is missing"):
        desk.all.undo(1, "Admin", "")


def test_an_undo_leaves_what_was_new_in_the_change(desk: Desk) -> None:
    three = desk.read(NEW_THREE)
    linked = Statement(f"<{BASE}two>", f"<{SKOS}related>", f"<{BASE}three>")
    desk.accepted(Delta((*three.added, label("one", "Uno"), linked)))
    desk.all.undo(1, "Admin", "Wrong.")
    after = desk.statements()
    assert {label("one", "Uno"), linked} & after == set()
    assert set(three.added) <= after
    with pytest.raises(ContributionConflict):
        desk.all.undo(1, "Admin", "Wrong again.")


def test_changes_by_maintainers_can_be_undone(desk: Desk) -> None:
    update = add(label("one", "Maintained"))
    desk.maintenance.apply(lambda *_: update, Anybody(), action="update", note="")
    desk.all.undo(1, "Admin", "Wrong.")
    assert label("one", "Maintained") not in desk.statements()


# notices


def test_what_happens_is_noted_for_those_who_are_told(desk: Desk) -> None:
    who = Contributor("Ana", "ana@example.org")
    first = desk.proposed(add(label("one", "Uno")), contributor=who)
    second = desk.submit(add(label("two", "Due"))).number
    desk.all.accept(first.number, "Rita", seen=first.seen)
    desk.all.reject(second, "Rita", "No.")
    desk.all.undo(1, "Admin", "Wrong.")
    found = notices(desk)
    assert [event for event, _ in found] == [
        "contribution.received", "contribution.received", "contribution.accepted", "contribution.rejected",
        "change.published",
    ]  # fmt: skip
    assert "Ana" not in repr(found)
    assert "ana@" not in repr(found)
    assert found[3][1]["note"] == "No."


def test_the_page_shows_the_change_at_once(desk: Desk) -> None:
    desk.accepted(Delta((label("one", "Uno", name="prefLabel"),), (label("one", "One", name="prefLabel"),)))
    reader = Reader(desk.folder)
    assert reader.document(f"{BASE}one").view["title"] == {"en": "Uno"}
    assert reader.document(f"{BASE}change/1").iri == f"{BASE}change/1"
    reader.close()
    assert f"<{SKOS}changeNote>" in {each.predicate for each in desk.statements() if each.subject == ONE}

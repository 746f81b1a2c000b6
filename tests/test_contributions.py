"""Contributions on their way in: read, examined, bounded, stored whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contributed import SKOS, Desk, add, label, take
from maintenance import BASE
from pathways_ld.contributions import Contributor, InvalidContribution, Submission
from pathways_ld.contributions.differences import patch, turtle
from pathways_ld.contributions.examining import Examiner
from pathways_ld.contributions.texts import clean_contact
from pathways_ld.errors import (
    BadRequest,
    ContributionConflict,
    ContributionNotFound,
    Forbidden,
    Overloaded,
    ParseError,
    PayloadTooLarge,
    TooManyRequests,
)
from pathways_ld.formats import JSONLD, NTRIPLES, TURTLE
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement, literal
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.vocabulary import Reader

NEW = """<{name}> a skos:Concept ; skos:inScheme <scheme> ; skos:prefLabel "{label}"@en ;
    skos:definition "Something new."@en ."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ValidationPool]:
    with ValidationPool() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, pool: ValidationPool) -> Desk:
    return Desk.general(tmp_path, pool)


def rows(desk: Desk, query: str) -> list[Any]:
    with sqlite3.connect(desk.settings.state_dir / "ledger.sqlite") as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


# reading


def test_what_is_sent_adds_to_what_is_there(desk: Desk) -> None:
    delta = desk.read('<one> skos:prefLabel "One"@en ; skos:altLabel "The one"@en-GB .')
    assert delta.added == (label("one", "The one", lang="en-GB"),)
    assert delta.removed == ()


def test_what_is_sent_may_replace_a_term(desk: Desk) -> None:
    delta = desk.read(
        '<one> a skos:Concept ; skos:inScheme <scheme> ; skos:prefLabel "First"@en ;'
        ' skos:definition "The first."@en .',
        replaced=(f"{BASE}one",),
    )
    assert delta.added == (label("one", "First", name="prefLabel"),)
    gone = {each.object for each in delta.removed}
    assert gone == {'"One"@en', '"01"^^<https://example.org/code>'}


def test_a_term_that_is_not_sent_is_not_replaced_by_nothing(desk: Desk) -> None:
    with pytest.raises(BadRequest, match="says nothing about it"):
        desk.read('<one> skos:altLabel "x"@en .', replaced=(f"{BASE}two",))
    with pytest.raises(BadRequest, match="no absolute IRI"):
        desk.read('<one> skos:altLabel "x"@en .', replaced=("two",))


def test_blank_nodes_that_say_the_same_are_not_new(tmp_path: Path, pool: ValidationPool) -> None:
    part = "<https://example.org/p> [ <https://example.org/q> 'a' , [ <https://example.org/r> 'b' ] ]"
    text = f"""@prefix skos: <{SKOS}> .
        <{BASE}one> a skos:Concept ; skos:prefLabel "One"@en ; {part} ."""
    desk = Desk.general(tmp_path, pool, text)
    same = f'<one> a skos:Concept ; skos:prefLabel "One"@en ; {part} .'
    assert desk.read(same) == Delta()
    assert desk.read(same, replaced=(f"{BASE}one",)) == Delta()
    other = desk.read(same.replace("'b'", "'c'"), replaced=(f"{BASE}one",))
    assert len(other.removed) == len(other.added) == 4


def test_blank_nodes_of_a_document_never_meet_those_that_are_there(
    tmp_path: Path, pool: ValidationPool
) -> None:
    text = f"""@prefix skos: <{SKOS}> .
        <{BASE}one> a skos:Concept ; skos:prefLabel "One"@en ; <https://example.org/p> [ skos:note "mine"@en ] ."""
    desk = Desk.general(tmp_path, pool, text)
    there = next(each.object for each in desk.statements() if each.object.startswith("_:"))
    forged = Statement(there, f"<{SKOS}note>", '"forged"@en')
    held = Statement(f"<{BASE}one>", "<https://example.org/p>", there)
    published = desk.accepted(Delta((held, forged)))
    assert published.change == 1
    notes = {each.subject: each.object for each in desk.statements() if each.predicate == f"<{SKOS}note>"}
    assert sorted(notes.values()) == ['"forged"@en', '"mine"@en']
    assert len(notes) == 2


def test_circles_and_chains_of_blank_nodes_are_read_in_time(desk: Desk) -> None:
    chain = " ".join(
        f"_:b{n} skos:note _:b{n + 1} , _:c{n + 1} . _:c{n} skos:note _:b{n + 1} ." for n in range(60)
    )
    delta = desk.read(f"<one> skos:note _:b0 . {chain} _:b60 skos:note _:b0 .")
    assert len(delta.added) > 150


def test_what_cannot_be_read_says_where(desk: Desk) -> None:
    with pytest.raises(ParseError) as caught:
        desk.all.read(b"<one> <p> .\n", TURTLE, "sent.ttl")
    assert caught.value.position.line == 1


def test_too_much_is_refused_before_it_is_read(desk: Desk) -> None:
    few = desk.with_settings(contribution_size=1_000, contribution_statements=3)
    with pytest.raises(PayloadTooLarge, match="1,000"):
        few.all.read(b"#" * 1_001, TURTLE, "sent.ttl")
    many = "".join(f'<{BASE}one> <{SKOS}altLabel> "{n}"@en .\n' for n in range(13)).encode()
    with pytest.raises(PayloadTooLarge, match="more than 3 statements"):
        desk.with_settings(contribution_statements=3).all.read(many, TURTLE, "sent.ttl")
    with pytest.raises(PayloadTooLarge, match="more than 3 statements"):
        few.submit(add(*(label("one", f"x{n}") for n in range(4))))


def test_deep_nesting_is_refused(desk: Desk) -> None:
    with pytest.raises(ParseError, match="nest"):
        desk.all.read(b"[" * 5_000, JSONLD, "sent.jsonld")


# examining


def test_what_a_contribution_does_is_told_in_words(desk: Desk) -> None:
    old, new = label("two", "Two", name="prefLabel"), label("two", "The second", name="prefLabel")
    found = desk.look(Delta((new, Statement(f"<{BASE}two>", f"<{SKOS}related>", f"<{BASE}one>")), (old,)))
    (change,) = found.changes
    assert not change.is_new
    assert [(each.sign, each.heading, each.text, each.lang) for each in change.differences] == [
        ("-", "Preferred label", "Two", "en"),
        ("+", "Preferred label", "The second", "en"),
        ("+", "Related", "One", ""),
    ]
    assert change.before is not None
    assert change.after is not None
    assert (change.before["title"]["en"], change.after["title"]["en"]) == ("Two", "The second")


def test_a_difference_can_be_had_as_rdf(desk: Desk) -> None:
    delta = Delta((label("one", "New"),), (label("one", "One", name="prefLabel"),))
    lines = patch(delta).splitlines()
    assert [line[0] for line in lines] == ["T", "D", "A", "T"]
    assert lines[2] == f'A <{BASE}one> <{SKOS}altLabel> "New"@en .'
    with Examiner(desk.settings, desk.pool).open(desk.folder) as published:
        assert 'skos:altLabel "New"@en' in turtle(delta.added, published)
    assert patch(Delta()) == ""


def test_examining_stores_nothing(desk: Desk) -> None:
    desk.look(add(label("one", "New")))
    assert not (desk.settings.state_dir / "ledger.sqlite").exists()


def test_a_new_term_gets_a_page_to_look_at(desk: Desk) -> None:
    (change,) = desk.look(desk.read(NEW.format(name="three", label="Three"))).changes
    assert change.is_new
    assert change.before is None
    assert change.after is not None
    assert change.after["title"] == {"en": "Three"}


DUPLICATES = {
    "case": ("PLACE OF WORK", "same name"),
    "plural": ("Places of work", "same name"),
    "accents": ("Pláce of wòrk", "same name"),
    "punctuation": ("Place-of-work!", "same name"),
    "typing error": ("Place of worj", "similar name"),
    "order": ("Work, place of", "similar name"),
}


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, pool: ValidationPool) -> Desk:
    text = f"""@prefix skos: <{SKOS}> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
        <{BASE}place> a skos:Concept ; skos:prefLabel "Place of work"@en ; skos:definition "Where."@en ;
            foaf:homepage <https://www.example.com/place/> ; skos:exactMatch <https://example.com/concept/7> .
        <{BASE}other> a skos:Concept ; skos:prefLabel "Quite another"@en ; skos:definition "It."@en ."""
    return Desk.general(tmp_path_factory.mktemp("named"), pool, text)


@pytest.mark.parametrize("case", DUPLICATES)
def test_likely_duplicates_are_found_by_name(named: Desk, case: str) -> None:
    text, why = DUPLICATES[case]
    delta = named.read(f'<new> a skos:Concept ; skos:prefLabel "{text}"@en .')
    (found,) = named.look(delta).duplicates
    assert found.link["iri"] == f"{BASE}place"
    assert why in found.why


@pytest.mark.parametrize(
    "said",
    ["foaf:homepage <http://example.com/place>", "skos:exactMatch <https://example.com/concept/7>"],
    ids=["address", "mapping"],
)
def test_likely_duplicates_are_found_by_what_they_share(named: Desk, said: str) -> None:
    found = named.look(named.read(f'<new> a skos:Concept ; skos:prefLabel "Unlike all"@en ; {said} .'))
    assert [each.link["iri"] for each in found.duplicates] == [f"{BASE}place"]
    assert (
        "has the same address" in found.duplicates[0].why or "mapped to the same" in found.duplicates[0].why
    )


def test_what_is_not_alike_is_no_duplicate(named: Desk) -> None:
    delta = named.read('<new> a skos:Concept ; skos:prefLabel "Work in general"@en .')
    assert named.look(delta).duplicates == ()
    # Nor is a term a duplicate of itself.
    assert named.look(add(label("place", "Places of work"))).duplicates == ()


# submitting


def test_a_contribution_is_found_again_by_its_key(desk: Desk) -> None:
    document = desk.turtle('<one> skos:altLabel "Uno"@es .')
    delta = desk.all.read(document, TURTLE, "sent.ttl")
    who = Contributor("Ana", "ana@example.org")
    receipt = desk.submit(
        delta, "It is said so.", document=document, media_type="text/turtle", contributor=who
    )
    found = desk.all.find(receipt.key)
    assert (found.number, found.state, found.reason, found.contributor) == (
        1,
        "received",
        "It is said so.",
        who,
    )
    assert (found.term, found.kind, found.title) == (f"{BASE}one", "concept", "One")
    assert found.delta == delta
    assert desk.all.document(1) == (document, "text/turtle")
    assert len(receipt.key) >= 32


def test_the_ledger_does_not_hold_keys(desk: Desk) -> None:
    receipt = desk.submit(add(label("one", "Uno")))
    content = (desk.settings.state_dir / "ledger.sqlite").read_bytes()
    wal = desk.settings.state_dir / "ledger.sqlite-wal"
    assert receipt.key.encode() not in content + (wal.read_bytes() if wal.exists() else b"")


@pytest.mark.parametrize("key", ["", "x", "../1", "1", "\x00", "ä" * 200, "A" * 32])
def test_a_wrong_key_finds_nothing(desk: Desk, key: str) -> None:
    with pytest.raises(ContributionNotFound):
        desk.all.find(key)
    desk.submit(add(label("one", "Uno")))
    with pytest.raises(ContributionNotFound, match="no contribution at this address"):
        desk.all.find(key)


def test_a_double_click_stores_one_contribution(desk: Desk) -> None:
    delta = add(label("one", "Uno"))
    first = desk.submit(delta, client="192.0.2.1")
    assert desk.submit(delta, client="192.0.2.1") == first
    assert desk.submit(delta, client="192.0.2.2") != first
    assert desk.submit(delta, "Another reason.", client="192.0.2.1") != first
    assert desk.all.counts()["received"] == 3


def test_what_was_withdrawn_can_be_sent_again(desk: Desk) -> None:
    first = desk.submit(add(label("one", "Uno")))
    assert desk.all.withdraw(first.key).state == "withdrawn"
    assert desk.submit(add(label("one", "Uno"))).number == 2
    with pytest.raises(ContributionConflict, match="withdrawn by its contributor"):
        desk.all.withdraw(first.key)


def test_what_must_be_fixed_is_not_stored(desk: Desk) -> None:
    with pytest.raises(InvalidContribution) as caught:
        desk.submit(add(label("one", "Another name", name="prefLabel")))
    assert not caught.value.examination.report.conforms
    assert caught.value.findings[0].severity == "must fix"
    assert desk.all.counts()["received"] == 0


def test_what_is_published_already_is_not_stored(desk: Desk) -> None:
    with pytest.raises(BadRequest, match="published already"):
        desk.submit(add(label("one", "One", name="prefLabel")))
    with pytest.raises(BadRequest, match="published already"):
        desk.submit(take(label("one", "Never said")))
    with pytest.raises(BadRequest, match="nothing in this contribution"):
        desk.submit(Delta())


def test_a_contribution_is_about_the_term_of_its_form(desk: Desk) -> None:
    two = (label("one", "Primary"), label("two", "Secondary"))
    about = {
        term: desk.all.find(desk.submit(add(*two), term=term, reason=term or "Both.").key)
        for term in ("", f"{BASE}two")
    }
    assert about[""].term == ""
    assert about[""].title == "One, Two"
    assert (about[f"{BASE}two"].term, about[f"{BASE}two"].title) == (f"{BASE}two", "Two")
    nothing = desk.submit(add(*two), term=f"{BASE}other", reason="Not there.")
    assert desk.all.find(nothing.key).term == ""


def test_a_form_may_send_a_message_without_statements(desk: Desk) -> None:
    receipt = desk.submit(Delta(), "The first is not the first.", way="form", term=f"{BASE}one")
    found = desk.all.find(receipt.key)
    assert (found.title, found.term) == ("One", f"{BASE}one")
    hostile = desk.submit(Delta(), "Look here.", way="form", term="x" * 5_000)
    assert desk.all.find(hostile.key).title == "A message"
    with pytest.raises(BadRequest, match="reason is missing"):
        desk.submit(Delta(), " \n", way="form")


TEXTS: dict[str, tuple[dict[str, Any], str]] = {
    "long reason": ({"reason": "x" * 2_001}, "reason"),
    "bidi reason": ({"reason": "abc\u202edef"}, "reason"),
    "NUL in a reason": ({"reason": "a\x00b"}, "reason"),
    "surrogate": ({"reason": "a\ud800b"}, "reason"),
    "no reason": ({"reason": ""}, "reason"),
    "long name": ({"contributor": Contributor("x" * 201)}, "name"),
    "two lines of name": ({"contributor": Contributor("Ann\nAdmin")}, "name"),
    "turned name": ({"contributor": Contributor("\u2066Ann")}, "name"),
    "no address": ({"contributor": Contributor(contact="ann at example")}, "contact"),
    "header": ({"contributor": Contributor(contact="ann@example.org\nBcc: x@example.org")}, "contact"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_texts_that_cannot_be_kept_are_refused_by_field(desk: Desk, case: str) -> None:
    given, field = TEXTS[case]
    texts: dict[str, Any] = {"reason": "Because.", **given}
    with pytest.raises(BadRequest) as caught:
        desk.submit(add(label("one", "Uno")), **texts)
    assert list(caught.value.details["fields"]) == [field]  # type: ignore[call-overload]


def test_texts_are_kept_as_people_write_them(desk: Desk) -> None:
    who = Contributor("  مريم O\u2019Neil-\u200eGarcía ", "0000-0002-1825-0097", named=True)
    found = desk.proposed(add(label("one", "Uno")), reason="Line one\r\nline two\t😀", contributor=who)
    assert found.reason == "Line one\nline two\t😀"
    assert found.contributor == Contributor(
        "مريم O\u2019Neil-\u200eGarcía", "https://orcid.org/0000-0002-1825-0097", named=True
    )


CONTACTS = {
    "0000-0002-1694-233X": "https://orcid.org/0000-0002-1694-233X",
    "https://orcid.org/0000-0002-1694-233x": "https://orcid.org/0000-0002-1694-233X",
    "http://www.orcid.org/0000-0001-5109-3700/": "https://orcid.org/0000-0001-5109-3700",
    "o'neil+x@mail.example.org": "o'neil+x@mail.example.org",
    "jörg@bücher.example": "jörg@bücher.example",
    "": "",
}
WRONG_CONTACTS = [
    "0000-0002-1825-0098",
    "0000-0002-1825-009",
    "https://orcid.org/1",
    "https://orcid.org.example.com/0000-0002-1825-0097",
    "a@b",
    "@example.org",
    "a b@example.org",
    "a@example..org",
    "a@-example.org",
    "<a@example.org>",
    "x" * 300 + "@example.org",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("text", CONTACTS)
def test_contacts_are_understood(text: str) -> None:
    assert clean_contact(text) == CONTACTS[text]


@pytest.mark.parametrize("text", WRONG_CONTACTS)
def test_wrong_contacts_are_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        clean_contact(text)


def test_an_operator_says_who_may_contribute(desk: Desk) -> None:
    delta = add(label("one", "Uno"))
    with pytest.raises(Forbidden, match="not taken here"):
        desk.with_settings(contributions="off").submit(delta, trusted=True, actor="Ann")
    with pytest.raises(Forbidden, match="account or a token"):
        desk.with_settings(contributions="tokens").submit(delta)
    assert desk.with_settings(contributions="tokens").submit(delta, trusted=True, actor="Ann").number == 1
    with pytest.raises(BadRequest, match="need a name"):
        desk.with_settings(contributions="named").submit(delta)
    named = desk.with_settings(contributions="named").submit(delta, contributor=Contributor("Bea"))
    assert named.number == 2


@pytest.mark.parametrize("window", ["contributions_per_hour", "contributions_per_day"])
def test_a_client_has_a_quota_that_all_processes_count(desk: Desk, window: str) -> None:
    bounds: dict[str, Any] = {"contributions_per_hour": 0, "contributions_per_day": 0} | {window: 2}
    first, second = desk.with_settings(**bounds), desk.with_settings(**bounds)
    first.submit(add(label("one", "a")), client="192.0.2.7")
    second.submit(add(label("one", "b")), client="192.0.2.7")
    with pytest.raises(TooManyRequests) as caught:
        first.submit(add(label("one", "c")), client="192.0.2.7")
    longest = 3_600 if window.endswith("hour") else 86_400
    assert longest - 120 < caught.value.retry_after <= longest + 1
    second.submit(add(label("one", "c")), client="192.0.2.8")
    second.submit(add(label("one", "d")), client="192.0.2.7", trusted=True, actor="Ann")
    # When the earliest is long enough ago, there is room again.
    with sqlite3.connect(desk.settings.state_dir / "ledger.sqlite") as connection:
        connection.execute("UPDATE contribution SET at = '2001-01-01T00:00:00.000000+00:00' WHERE number = 1")
    connection.close()
    assert first.submit(add(label("one", "e")), client="192.0.2.7").number == 5


def test_clients_are_not_kept_by_their_address_nor_for_long(desk: Desk) -> None:
    desk.submit(add(label("one", "a")), client="192.0.2.7")
    ((client,),) = rows(desk, "SELECT client FROM contribution")
    assert len(client) == 32
    with sqlite3.connect(desk.settings.state_dir / "ledger.sqlite") as connection:
        connection.execute("UPDATE contribution SET at = '2001-01-01T00:00:00.000000+00:00'")
    connection.close()
    desk.submit(add(label("one", "b")), client="192.0.2.7")
    assert [each == b"" for (each,) in rows(desk, "SELECT client FROM contribution ORDER BY number")] == [
        True,
        False,
    ]


def test_no_more_are_taken_than_can_be_decided(desk: Desk) -> None:
    full = desk.with_settings(contributions_open=1)
    first = full.submit(add(label("one", "a")), trusted=True, actor="Ann")
    with pytest.raises(Overloaded) as caught:
        full.submit(add(label("one", "b")), trusted=True, actor="Ann")
    assert caught.value.retry_after > 0
    full.all.withdraw(first.key)
    assert full.submit(add(label("one", "b"))).number == 2


def test_what_is_stored_has_a_time_in_utc(desk: Desk) -> None:
    found = desk.proposed(add(label("one", "a")))
    moment = datetime.fromisoformat(found.at)
    assert moment.utcoffset() is not None
    assert abs((datetime.now(UTC) - moment).total_seconds()) < 600


def test_a_document_is_kept_byte_for_byte(desk: Desk) -> None:
    document = b"\xff\x00\xfe" * 1_000
    found = desk.proposed(add(label("one", "a")), document=document, media_type="application/x-odd")
    assert desk.all.document(found.number) == (document, "application/x-odd")
    few = desk.with_settings(contribution_size=1_000)
    with pytest.raises(PayloadTooLarge):
        few.submit(add(label("one", "b")), document=document)


def test_every_rdf_format_leads_to_the_same(desk: Desk) -> None:
    expected = add(label("one", "Uno", lang="es"))
    lines = f'<{BASE}one> <{SKOS}altLabel> "Uno"@es .'.encode()
    json = f'{{"@id": "{BASE}one", "{SKOS}altLabel": {{"@value": "Uno", "@language": "es"}}}}'.encode()
    assert desk.all.read(lines, NTRIPLES, "a.nt") == expected
    assert desk.all.read(json, JSONLD, "a.jsonld") == expected


def test_a_submission_remembers_what_its_maker_saw(desk: Desk) -> None:
    desk.accepted(add(label("one", "First")))
    number = desk.all.submit(Submission(add(label("one", "Uno")), "Because.", "form", base_change=0)).number
    assert desk.all.get(number).base_change == 0
    told = desk.all.examine(desk.all.get(number).delta, desk.folder, base_change=0).conflicts
    assert len(told) == 1
    assert "First" in told[0]
    forged = desk.all.submit(Submission(add(label("one", "Due")), "Because.", "form", base_change=99))
    assert desk.all.get(forged.number).base_change == 1


def test_script_in_texts_is_kept_as_text(desk: Desk) -> None:
    script = "<script>alert(1)</script>"
    found = desk.proposed(add(label("one", script)), reason=script)
    assert found.reason == script
    assert found.delta.added[0].object == literal(script, lang="en")


def test_a_document_sent_back_as_it_was_published_says_nothing_new(desk: Desk) -> None:
    reader = Reader(desk.folder)
    try:
        sent = reader.write(reader.document(f"{BASE}one"), TURTLE)
    finally:
        reader.close()
    assert b"skos:narrower" in sent, "it follows from what is said of another term"
    assert desk.all.read(sent, TURTLE, "one.ttl") == Delta()
    more = desk.all.read(sent + f'\n<{BASE}one> <{SKOS}altLabel> "Uno"@es .'.encode(), TURTLE, "one.ttl")
    assert more.added == (label("one", "Uno", lang="es"),)

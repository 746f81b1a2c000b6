"""The feeds: what RFC 4287 and RFC 5005 ask of them, and nothing of anybody that was not agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from werkzeug.test import TestResponse

from maintenance import BASE, Anybody, Site
from pathways_ld.contributions.model import Contribution, Contributor
from pathways_ld.contributions.provenance import provenance
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.ledger.database import Database
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance
from pathways_ld.releases.changes import About
from pathways_ld.web import feeds

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
AT = "2026-01-31T12:00:00+00:00"
REASON = "Because <b>they</b> say & write so.\x0b]]>\u2028"


def read(response: TestResponse) -> Element:
    """Parse a feed, and hold it against RFC 4287."""
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.get_data())
    assert feed.tag == f"{ATOM}feed"
    ids = [each.findtext(f"{ATOM}id") for each in feed.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    for each in [feed, *feed.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"{ATOM}{name}")) == 1, (name, each.tag)
        updated = each.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(updated).tzinfo is not None
        assert each.find(f"{ATOM}author/{ATOM}name") is not None
        assert (each.findtext(f"{ATOM}id") or "").startswith(BASE)
    assert len(links(feed, "self")) == 1
    for each in feed.findall(f"{ATOM}entry"):
        content = each.find(f"{ATOM}content")
        assert content is not None
        assert [child.tag for child in content] == ["{http://www.w3.org/1999/xhtml}div"]
    return feed


def links(feed: Element, relation: str) -> list[str]:
    found = [each for each in feed.findall(f"{ATOM}link") if each.get("rel") == relation]
    return [each.get("href", "") for each in found]


def titles(feed: Element) -> list[str]:
    return [each.findtext(f"{ATOM}title") or "" for each in feed.findall(f"{ATOM}entry")]


def text(entry: Element) -> str:
    return " ".join("".join(entry.itertext()).split())


def contribute(site: Site, label: str, who: Contributor) -> None:
    """Publish a change as accepting a contribution does."""
    number = Ledger(site.settings.state_dir).head() + 1
    made = Contribution(number, AT, "form", "", "A title", REASON, who, 0, Delta(), "in review", "r", None)

    def prepare(change: int, about: About) -> Delta:
        delta = Delta((Statement(f"<{BASE}one>", f"<{SKOS.altLabel}>", f'"{label}"@en'),))
        said = provenance(change, made, "r", AT, delta, BASE, about=about)
        return Delta((*delta.added, *said))

    done = Maintenance(site.settings, check=lambda *_: ()).apply(
        prepare, Anybody(), action="contribution", note=""
    )
    with Database(site.settings.state_dir).writing() as connection:
        columns = {
            "key": bytes([number]), "at": AT, "way": "form", "term": "", "kind": "", "title": "A title",
            "reason": REASON, "name": who.name, "contact": who.contact, "named": who.named, "client": b"",
            "digest": b"", "document": b"", "media_type": "", "base_change": 0, "added": b"", "removed": b"",
            "state": "accepted", "change": done.change,
        }  # fmt: skip
        known = {row[1] for row in connection.execute("PRAGMA table_info(contribution)")}
        given = {name: value for name, value in columns.items() if name in known}
        marks = ",".join("?" * len(given))
        connection.execute(
            f"INSERT INTO contribution ({','.join(given)}) VALUES ({marks})",  # noqa: S608
            list(given.values()),
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"), checked=False)
    contribute(made, "Uno", Contributor("Ann <Example>", "https://orcid.org/0000-0002-1825-0097", named=True))
    contribute(made, "Eins", Contributor("Bob", "bob@example.org"))
    made.update(f'INSERT DATA {{ <{BASE}two> <{SKOS.note}> "by a token"@en }}')
    yield made
    made.close()


def test_everybody_reads_what_changed_why_and_who_as_agreed(site: Site) -> None:
    feed = read(site.client.get("/changes.atom"))
    assert titles(feed) == ["Change 3, update: Two", "Change 2: One", "Change 1: One"]
    update, second, first = feed.findall(f"{ATOM}entry")
    assert first.findtext(f"{ATOM}id") == f"{BASE}change/1"
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "Ann <Example>"
    assert first.findtext(f"{ATOM}author/{ATOM}uri") == "https://orcid.org/0000-0002-1825-0097"
    assert "Added the alternative label “Uno” to “One”. " in text(first).replace(".W", ". W")
    assert "Why: Because <b>they</b> say & write so." in text(first)
    assert links(first, "alternate") == ["http://localhost/changes/1"]
    assert "http://localhost/one" in ElementTree.tostring(first).decode()
    everything = ElementTree.tostring(feed).decode()
    assert "Bob" not in everything
    assert "bob@" not in everything
    assert "Ann" not in text(update), "names of tokens are not public"
    assert second.findtext(f"{ATOM}author/{ATOM}name") == "a contributor who is not named"


def test_who_has_the_feed_is_told_so(site: Site) -> None:
    first = site.client.get("/changes.atom")
    assert first.headers["Last-Modified"].endswith(" GMT")
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = site.client.get("/changes.atom", headers=headers)
        assert (again.status_code, again.get_data()) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    older = {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}
    assert site.client.get("/changes.atom", headers=older).status_code == 200
    wrong = {"If-Modified-Since": first.headers["Last-Modified"], "If-None-Match": '"other"'}
    assert site.client.get("/changes.atom", headers=wrong).status_code == 200
    assert site.client.get("/changes.atom", headers={"If-Modified-Since": "soon"}).status_code == 200


def test_older_changes_are_in_archives_that_stay(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PAGE", 1)
    newest = read(site.client.get("/changes.atom"))
    assert titles(newest) == ["Change 3, update: Two"]
    seen, address = [], links(newest, "prev-archive")
    while address:
        feed = read(site.client.get(address[0]))
        assert feed.find(f"{HISTORY}archive") is not None
        assert links(feed, "current") == ["http://localhost/changes.atom"]
        assert links(feed, "self") == address
        seen += titles(feed)
        address = links(feed, "prev-archive")
    assert seen == ["Change 3, update: Two", "Change 2: One", "Change 1: One"]
    assert links(read(site.client.get("/changes.atom?archive=1")), "next-archive") == [
        "http://localhost/changes.atom?archive=2"
    ]


@pytest.mark.parametrize(
    ("asked", "status"), [("0", 400), ("-1", 400), ("x", 400), ("٣", 400), ("9" * 30, 400), ("99", 404)]
)
def test_archives_that_there_are_not(site: Site, asked: str, status: int) -> None:
    assert site.client.get("/changes.atom", query_string={"archive": asked}).status_code == status


def test_a_term_has_a_feed_of_its_own(site: Site) -> None:
    feed = read(site.client.get("/one/changes.atom"))
    assert feed.findtext(f"{ATOM}title") == "Changes of “One”"
    assert titles(feed) == ["Change 2", "Change 1"]
    assert titles(read(site.client.get("/two/changes.atom"))) == []
    assert site.client.get("/nothing/changes.atom").status_code == 404


def test_pages_lead_to_the_feeds(site: Site) -> None:
    page = site.client.get("/one").get_data(as_text=True)
    assert '<link rel="alternate" type="application/atom+xml" title="Changes" href="/changes.atom">' in page
    assert 'href="/one/changes.atom"' in page


def test_reviewers_read_what_came_in_and_what_was_decided(site: Site) -> None:
    with Database(site.settings.state_dir).writing() as connection:
        for contribution, actor, action, note in (
            (1, "", "submit", ""),
            (1, "rita", "note", "private"),
            (1, "rita", "accept", "Good & right."),
        ):
            connection.execute(
                "INSERT INTO step (contribution, at, actor, action, note, added, removed)"
                " VALUES (?,?,?,?,?,x'',x'')",
                (contribution, AT, actor, action, note),
            )
    assert site.client.get("/review/contributions.atom").status_code == 401
    update = site.client.get("/review/contributions.atom", headers=site.headers())
    assert update.status_code == 403
    response = site.client.get("/review/contributions.atom", headers=site.headers(site.issue("review")))
    feed = read(response)
    assert titles(feed) == ["Contribution 1 accepted: A title", "Contribution 1 came in: A title"]
    assert "Good & right." in text(feed)
    assert "private" not in text(feed)
    assert "no-store" in response.headers["Cache-Control"]


def test_a_vocabulary_without_changes_has_an_empty_feed(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert titles(read(site.client.get("/changes.atom"))) == []
    site.close()

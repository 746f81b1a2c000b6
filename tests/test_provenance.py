"""What a change says of itself: who as agreed, when, why, from which contribution; and the page's history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maintenance import BASE, Anybody, Site
from pathways_ld import releases
from pathways_ld.contributions.model import Contribution, Contributor
from pathways_ld.contributions.provenance import (
    changed_terms,
    is_provenance,
    provenance,
    public_name,
    published,
)
from pathways_ld.ledger import Accounts, Delta
from pathways_ld.namespaces import DC, DCT, OWL, PROV, RDF, SKOS, SKOSXL
from pathways_ld.rdfio import Statement, is_iri, literal
from pathways_ld.releases import Maintenance
from pathways_ld.releases.changes import About
from pathways_ld.settings import Settings

AT = "2026-01-31T12:00:00+00:00"
ORCID = "https://orcid.org/0000-0002-1825-0097"
ANN = Contributor("Ann Example", ORCID, named=True)


def iri(name: str) -> str:
    return f"<{BASE}{name}>"


def skos(name: str) -> str:
    return f"<{SKOS[name]}>"


LABEL = Statement(iri("one"), skos("altLabel"), '"Uno"@es')


def contribution(who: Contributor = ANN, reason: str = "They say so.") -> Contribution:
    return Contribution(7, AT, "form", "", "", reason, who, 0, Delta(), "in review", "rita", None)


def said(delta: Delta, who: Contributor = ANN, **options: object) -> tuple[Statement, ...]:
    return provenance(12, contribution(who), "rita@example.org", AT, delta, BASE, **options)  # type: ignore[arg-type]


def values(statements: tuple[Statement, ...], predicate: str, subject: str = "change/12") -> list[str]:
    return [each.object for each in statements if each[:2] == (iri(subject), f"<{predicate}>")]


def test_a_change_says_who_when_why_and_from_which_contribution() -> None:
    statements = said(Delta((LABEL,)))
    assert Statement(iri("one"), skos("changeNote"), iri("change/12")) in statements
    assert values(statements, RDF.type) == [f"<{PROV.Activity}>"]
    assert values(statements, RDF.value) == ['"Added the alternative label “Uno” to “one”."@en']
    assert values(statements, DCT.description) == ['"They say so."']
    assert values(statements, PROV.endedAtTime) == [f'"{AT}"^^<http://www.w3.org/2001/XMLSchema#dateTime>']
    assert values(statements, DCT.creator) == [f"<{ORCID}>"]
    assert values(statements, DC.creator) == ['"Ann Example"']
    assert values(statements, PROV.used) == [iri("change/12#contribution-7")]
    assert f"<{ORCID}>" in values(statements, PROV.wasAssociatedWith)
    assert all(is_provenance(each, BASE) for each in statements)
    assert not any(each.subject == f"<{ORCID}>" for each in statements), "others describe that person"


def test_a_label_with_a_source_is_told_as_readers_know_it() -> None:
    part = iri("one#label-uno")
    delta = Delta(
        (
            LABEL,
            Statement(iri("one"), f"<{SKOSXL.altLabel}>", part),
            Statement(part, f"<{RDF.type}>", f"<{SKOSXL.Label}>"),
            Statement(part, f"<{SKOSXL.literalForm}>", '"Uno"@es'),
            Statement(part, f"<{DCT.source}>", iri("book")),
        )
    )
    assert values(said(delta), RDF.value) == [
        '"Added the alternative label “Uno” to “one”. Added the source of the label “Uno” of “one”: “book”."@en'
    ]
    mapping = Statement(iri("one#mapping-1"), skos("note"), '"Much the same."@en')
    assert values(said(Delta((mapping,))), RDF.value) == ['"Changed details of “one”."@en']


@pytest.mark.parametrize(
    ("who", "name", "orcid"),
    [
        (ANN, "Ann Example", ORCID),
        (replace(ANN, named=False), "", ""),
        (Contributor("Ann", "ann@example.org", named=True), "Ann", ""),
        (Contributor("", "ann@example.org", named=True), "", ""),
        (Contributor("", ORCID, named=True), "ORCID 0000-0002-1825-0097", ORCID),
        (Contributor(" A\n  B ", "", named=True), "A B", ""),
        (Contributor(), "", ""),
    ],
    ids=["both", "not agreed", "address", "address only", "orcid only", "spaces", "nobody"],
)
def test_only_what_was_agreed_is_published(who: Contributor, name: str, orcid: str) -> None:
    assert published(who) == (name, orcid)
    text = "".join(part for each in said(Delta((LABEL,)), who) for part in each)
    assert "ann@example.org" not in text
    assert "rita" not in text, "the reviewer's account"
    assert ("Ann" in text) == ("Ann" in name)
    assert (ORCID in text) == bool(orcid)
    assert ("a contributor" in text) == (not name)


def test_the_reviewer_is_named_only_where_that_is_wanted() -> None:
    assert values(said(Delta((LABEL,))), DC.contributor) == ['"a reviewer"@en']
    assert values(said(Delta((LABEL,)), reviewer="Rita R."), DC.contributor) == ['"Rita R."']


def test_every_changed_document_is_named_once_its_parts_and_blank_nodes_with_it() -> None:
    delta = Delta(
        (
            LABEL,
            Statement(iri("two#label"), f"<{RDF.type}>", "<urn:x-label>"),
            Statement(iri("three"), skos("note"), "_:a"),
            Statement("_:a", "<urn:x-p>", "_:b"),
            Statement("_:b", "<urn:x-p>", '"deep"'),
            Statement("<https://example.com/other>", "<urn:x-p>", '"x"'),
            Statement(iri("four"), skos("changeNote"), iri("change/1")),
        ),
    )
    assert changed_terms(delta, BASE) == tuple(f"{BASE}{name}" for name in ("one", "three", "two"))
    # Where the document itself is no term, its part is.
    assert f"{BASE}two#label" in changed_terms(delta, BASE, lambda _: ())
    assert changed_terms(Delta((LABEL,)), f"{BASE.rstrip('/')}#") == ()


def test_the_words_tell_what_was_done() -> None:
    def words(added: list[Statement], removed: list[Statement], known: list[Statement] | None = None) -> str:
        about: About = lambda term: [each for each in known or [] if each.subject == term]  # noqa: E731
        return values(said(Delta(tuple(added), tuple(removed)), about=about), RDF.value)[0]

    title = Statement(iri("one"), skos("prefLabel"), '"One"@en')
    renamed = Statement(iri("one"), skos("prefLabel"), '"First"@en')
    assert (
        words([renamed], [title], [title])
        == '"Changed the preferred label of “First” from “One” to “First”."@en'
    )
    assert words([title], []) == '"Added “One”."@en'
    deprecated = [
        Statement(iri("one"), f"<{OWL.deprecated}>", literal("true", datatype="x")),
        Statement(iri("one"), f"<{DCT.isReplacedBy}>", iri("two")),
    ]
    assert "Deprecated “One” in favour of “two”." in words(deprecated, [], [title])
    long = Statement(iri("one"), skos("note"), literal("line\n" * 200))
    assert len(words([long], [], [title])) < 250
    many = [Statement(iri(f"t{number}"), skos("note"), '"x"') for number in range(50)]
    assert "And 38 more." in words(many, [], [Statement(each.subject, skos("x"), '"x"') for each in many])


def test_an_undo_names_what_it_undid_where_that_is_described() -> None:
    undone = Statement(iri("change/11"), f"<{RDF.type}>", f"<{PROV.Activity}>")
    statements = said(
        Delta((), (LABEL,)),
        undoes=11,
        about=lambda term: [undone, LABEL] if "11" in term else [LABEL, LABEL._replace(object='"x"')],
    )
    assert values(statements, PROV.wasInformedBy) == [iri("change/11")]
    assert values(statements, RDF.value)[0].startswith('"Undid change 11. Removed')
    assert values(said(Delta((), (LABEL,)), undoes=11), PROV.wasInformedBy) == []


def test_new_and_ended_terms_are_named() -> None:
    delta = Delta(
        (
            Statement(iri("new"), f"<{RDF.type}>", skos("Concept")),
            Statement(
                iri("one"), f"<{OWL.deprecated}>", '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'
            ),
        )
    )
    statements = said(delta)
    assert values(statements, PROV.generated) == [iri("new")]
    assert values(statements, PROV.invalidated) == [iri("one")]


def test_in_a_vocabulary_of_fragments_every_iri_is_one() -> None:
    base = "https://example.org/voc#"
    label = LABEL._replace(subject=f"<{base}one>")
    statements = provenance(3, contribution(), "r", AT, Delta((label,)), base)
    assert all(each.subject.count("#") == 1 for each in statements)
    assert Statement(f"<{base}one>", skos("changeNote"), f"<{base}change/3>") in statements


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"), checked=False)
    maintenance = Maintenance(made.settings, check=lambda *_: ())
    hostile = "</script><script>alert(1)</script> \u202e"

    def change(
        added: list[Statement], removed: list[Statement], who: Contributor, undoes: int | None
    ) -> None:
        def prepare(number: int, about: About) -> Delta:
            delta = Delta(tuple(added), tuple(removed))
            found = provenance(
                number, contribution(who, hostile), "r", AT, delta, BASE, undoes=undoes, about=about
            )
            return Delta((*delta.added, *found), delta.removed)

        maintenance.apply(prepare, Anybody(), action="contribution", note="")

    change([LABEL], [], ANN, None)
    change([], [LABEL], Contributor("<b>Bob</b>", "", named=True), 1)
    yield made
    made.close()


def test_the_page_of_a_term_shows_its_history(site: Site) -> None:
    page = site.client.get("/one").get_data(as_text=True)
    assert "History <span" in page
    assert page.index("Undid change 1.") < page.index("Added the alternative label “Uno” to “One”.")
    assert "&lt;b&gt;Bob&lt;/b&gt;" in page
    assert f'href="{ORCID}"' in page
    assert "<script>alert" not in page
    assert 'href="/change/2"' in page
    assert "History" not in site.client.get("/two").get_data(as_text=True)
    assert "Change note" not in page


@pytest.mark.parametrize("media_type", ["text/turtle", "application/ld+json", "application/rdf+xml"])
def test_a_change_is_a_document_in_every_format(site: Site, media_type: str) -> None:
    response = site.client.get("/change/1", headers={"Accept": media_type})
    assert response.status_code == 200
    assert ORCID in response.get_data(as_text=True)


def test_the_page_of_a_change_tells_what_happened_and_what_undid_it(site: Site) -> None:
    page = site.client.get("/change/1").get_data(as_text=True)
    assert "What happened" in page
    assert 'Undone by <a href="/change/2">Change 2</a>' in page
    assert 'href="/one"' in page
    assert 'id="edit"' not in page
    assert 'id="contribution-7"' in page


def test_changes_are_no_terms_of_a_kind_and_no_hits(site: Site) -> None:
    assert "change/1" not in site.client.get("/concept").get_data(as_text=True)
    found = site.client.get("/search?q=Undid", headers={"Accept": "application/json"}).json
    assert found is not None
    assert found["total"] == 0


def test_who_and_why_are_found_by_sparql(site: Site) -> None:
    assert site.ask(
        "?term skos:changeNote ?change . ?change <http://www.w3.org/ns/prov#wasAssociatedWith> "
        f"<{ORCID}> ; <http://www.w3.org/ns/prov#used> ?contribution"
    )


def test_our_own_rules_take_a_change_with_its_provenance(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "var")
    releases.build(releases.collect(releases.own_sources()), settings, check=False)
    base = settings.canonical_base
    label = Statement(f"<{base}topic/career-pathways>", skos("altLabel"), '"Career road maps"@en')

    def prepare(number: int, about: About) -> Delta:
        delta = Delta((label,))
        found = provenance(number, contribution(), "r", AT, delta, base, about=about)
        return Delta((*delta.added, *found))

    done = Maintenance(settings).apply(prepare, Anybody(), action="contribution", note="")
    assert (done.change, done.findings) == (1, ())


def test_a_named_agent_is_an_iri() -> None:
    for who in (ANN, Contributor("Bob", "", named=True), Contributor()):
        agents = values(said(Delta((LABEL,)), who), PROV.wasAssociatedWith)
        assert len(agents) == 2
        assert all(is_iri(each) for each in agents)


def test_a_reviewer_is_named_by_the_name_that_is_shown(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "var", reviewer_names="on")
    accounts = Accounts(settings.state_dir)
    accounts.add("rita", "a long enough password", display_name="Rita R.")
    accounts.add("sam@example.org", "a long enough password")
    assert public_name(settings, "rita") == "Rita R."
    assert public_name(settings, "sam@example.org") == "", "an address is published of nobody"
    assert public_name(settings, "a token") == ""
    assert public_name(replace(settings, reviewer_names="off"), "rita") == ""

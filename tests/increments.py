"""Random vocabularies and changes of them, and everything that can be observed of a snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph

from pathways_ld.ledger import Delta
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement
from pathways_ld.releases.making import Current, Maker
from pathways_ld.releases.sources import no_progress
from pathways_ld.releases.writing import Clock, write_snapshot
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Asserted, TermsReader, read_asserted, read_manifest
from pathways_ld.snapshot.asserted import INDEXED
from pathways_ld.snapshot.browsing import top
from pathways_ld.snapshot.lookup import SnapshotStatements
from pathways_ld.snapshot.searching import Wanted
from pathways_ld.vocabulary import Identity, identify

BASE = "https://example.org/voc/"
PAGE_SIZE = 2
WORDS = (
    "a",
    "ab",
    "alpha",
    "beta",
    "gamma",
    "ga",
    "delta be",
    "alpha beta",
    "z",
    "career",
    "pathways",
    "renamed",
    "college credit",
)

_PREFIXES = {**PREFIXES, "": BASE, "o": "https://other.example/"}


def term(text: str) -> str:
    """Write an abbreviated term in N-Triples."""
    if text[0] in '"_<':
        return text
    prefix, _, local = text.partition(":")
    return f"<{_PREFIXES[prefix]}{local}>"


CONCEPTS = [f":c{number}" for number in range(6)]
PARTS = [":c0#p", ":c0#q", ":c1#p", ":col#l"]
OTHERS = [":col", ":org", ":scheme", ":change/1", ":change/2", "o:x", "o:y"]
BLANKS = [f"_:b{number}" for number in range(4)]
RESOURCES = [*CONCEPTS, *PARTS, *OTHERS, *BLANKS]
TEXTS = ['"Alpha"@en', '"alpha"@EN', '"Beta"@en', '"Beta"@de', '"Gamma delta"', '"Álpha beta gamma"@es']
LONG = [f'"{"Beta gamma delta, and so on. " * 3}"@en', '"Alpha"@en', '"Gamma"@fr']
VALUES: dict[str, list[str]] = {
    "rdf:type": [
        *["skos:Concept"] * 6, "skos:Collection", "skos:OrderedCollection", "org:Organization",
        "prov:Activity", "rdf:Statement", "skosxl:Label", ":scheme#Own",
    ],
    "skos:prefLabel": [*TEXTS, *TEXTS, ":c0"],
    "skos:altLabel": TEXTS,
    "skos:hiddenLabel": TEXTS,
    "rdfs:label": TEXTS,
    "dct:title": TEXTS,
    "skos:definition": LONG,
    "skos:scopeNote": LONG,
    "skos:changeNote": [*LONG, ":change/1", ":change/2"],
    "prov:wasInformedBy": [":change/1", ":change/2"],
    "dct:creator": ["o:x", ":c0", '"Ann"'],
    "rdf:value": TEXTS,
    "dct:source": RESOURCES,
    "dct:subject": CONCEPTS,
    "dct:relation": RESOURCES,
    "skos:broader": [*CONCEPTS, *CONCEPTS, "_:b0", "o:x", '"text"'],
    "skos:narrower": [*CONCEPTS, "_:b1", ":c0#p"],
    "skos:related": CONCEPTS,
    "skos:inScheme": [":scheme", "o:x"],
    "skos:topConceptOf": [":scheme"],
    "skos:hasTopConcept": CONCEPTS,
    "skos:exactMatch": ["o:x", "o:y", *CONCEPTS[:2]],
    "skos:broadMatch": ["o:x", *CONCEPTS[:2]],
    "skos:member": [*CONCEPTS, ":c0#p", "_:b2"],
    "skos:memberList": ["_:b0", "_:b1", "o:y"],
    "rdf:first": CONCEPTS,
    "rdf:rest": ["_:b1", "_:b2", "o:y", "rdf:nil"],
    "skosxl:prefLabel": [":col#l", "_:b3", ":c0#q"],
    "skosxl:altLabel": [":col#l", "_:b3", "o:y"],
    "skosxl:literalForm": TEXTS,
    "rdf:subject": CONCEPTS,
    "rdf:predicate": ["skos:exactMatch"],
    "rdf:object": ["o:x"],
    "owl:deprecated": ['"true"^^<http://www.w3.org/2001/XMLSchema#boolean>', '"1"'],
    "adms:status": ["<http://purl.org/adms/status/Withdrawn>", ":c1"],
    "dct:isReplacedBy": CONCEPTS,
    "foaf:page": ["<https://www.example.com/a>", "<https://example.net/>"],
    "dct:modified": ['"2024-01-01"', '"2025-01-01"'],
    "dct:created": ['"2023-05-06"', '"sometime"'],
    "org:classification": [":c0#p", "o:x", "o:y"],
    ":number": [
        '"01"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"1"^^<http://www.w3.org/2001/XMLSchema#integer>',
        '"+1"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ],
    "dct:temporal": ["_:b0", "_:b1"],
    ":startYear": ['"2014"', '"0900"', '"soon"', '"1999-05-01"'],
    ":endYear": ['"2016"', '"1000"'],
    ":scheme#own": ['"text"', ":c1", "_:b2"],
    ":remark": [*TEXTS, "_:b0", "_:b1", "_:b2"],
}  # fmt: skip
OWN_HEADINGS = ["framework", f"use {BASE}scheme#own", f"use {BASE}scheme#Own"]
FIXED = [Statement(term(":scheme"), term("rdf:type"), term("skos:ConceptScheme"))]


WEIGHTS = {"rdf:type": 8, "skos:prefLabel": 8, "skos:broader": 8, "skos:definition": 3, "dct:source": 3}


def statement(chance: Random) -> Statement:
    """Draw a statement."""
    predicate = chance.choices(list(VALUES), [WEIGHTS.get(each, 1) for each in VALUES])[0]
    subject = chance.choice([*CONCEPTS * 2, *RESOURCES])
    graph = chance.choice(["", "", "", "", "<urn:x-one>", "<urn:x-two>"])
    return Statement(term(subject), term(predicate), term(chance.choice(VALUES[predicate])), graph)


def vocabulary(chance: Random) -> list[Statement]:
    """Draw a vocabulary."""
    return sorted({*(statement(chance) for _ in range(chance.choice((10, 40, 90, 150)))), *FIXED})


def change(chance: Random, before: list[Statement]) -> Delta:
    """Draw a change of a vocabulary."""
    removable = [each for each in before if each not in FIXED]
    removed = set(chance.sample(removable, min(len(removable), chance.randrange(4))))
    if chance.random() < 0.15:  # a term goes, or nearly
        subject = term(chance.choice(RESOURCES))
        removed |= {each for each in removable if each.subject == subject}
    added = {statement(chance) for _ in range(chance.randrange(4))}
    if removed and chance.random() < 0.3:  # a value is another one now
        old = min(removed)
        wanted = next((each for each in VALUES if term(each) == old.predicate), "skos:prefLabel")
        added.add(old._replace(object=term(chance.choice(VALUES[wanted]))))
    return Delta(tuple(sorted(added - set(before))), tuple(sorted(removed - added)))


def applied(before: list[Statement], delta: Delta) -> list[Statement]:
    """Give the statements after a change."""
    return sorted({*before, *delta.added} - set(delta.removed))


def settings_for(folder: Path) -> Settings:
    return Settings(state_dir=folder, canonical_base=BASE, page_size=PAGE_SIZE)


def written(folder: Path, said: list[Statement], change: int = 0) -> Path:
    """Write a whole snapshot."""
    folder.mkdir(parents=True)
    asserted = Asserted(said, {"v": BASE}, change=change)
    identity: Identity = identify(said, BASE, given=True)
    write_snapshot(folder, asserted, identity, settings_for(folder), no_progress, Clock())
    return folder


def changed(before: Path, folder: Path, delta: Delta, number: int) -> Path:
    """Write the snapshot after a change, in part."""
    folder.mkdir(parents=True)
    maker = Maker(settings_for(folder), None, terms_may_vanish=True)
    manifest, _ = maker.make(folder, Current(before, read_manifest(before)), delta, number)
    assert not manifest.is_whole
    return folder


def observed(folder: Path) -> dict[str, Any]:
    """Give everything that can be observed of a snapshot, apart from what names and dates it."""
    manifest = read_manifest(folder)
    index = pyoxigraph.Store.read_only(str(folder / "sparql"))
    asserted = read_asserted(folder)
    found: dict[str, Any] = {
        "asserted": sorted(asserted.statements),
        "prefixes": asserted.prefixes,
        "empty graphs": asserted.empty_graphs,
        "index": sorted(map(str, index)),
        "graphs in the index": sorted(map(str, index.named_graphs())),
        "manifest": replace(
            manifest,
            id="", created="", foundation="", digests={}, changes=0, rows=0, dumps_change=0, dumps_created="",
        ),
        "labelled": _labelled(folder),
    }  # fmt: skip
    terms = TermsReader(folder / "terms.sqlite")
    try:
        kinds = [kind.name for kind in manifest.kinds]
        return found | _terms(terms, kinds) | _browsed(terms, kinds)
    finally:
        terms.close()


def _labelled(folder: Path) -> dict[str, list[str]]:
    known = SnapshotStatements(folder)
    return {
        label: sorted(
            {
                subject
                for subject in known.labelled(label)
                if any(_is_label(each, label) for each in known.about(subject))
            }
        )
        for label in TEXTS
    }


def _is_label(each: Statement, label: str) -> bool:
    return each.predicate in INDEXED and each.object.casefold() == label.casefold()


def _terms(terms: TermsReader, kinds: list[str]) -> dict[str, Any]:
    everything = "iri, kind, sort_text, digest, deprecated, withdrawn, link, summary, statements, view"
    rows = terms._rows(terms._live(everything)[0])
    found: dict[str, Any] = {f"row of {row[0]}": row for row in rows}
    assert len(found) == len(rows)
    step = max(2, len(rows) // 20)
    found["described"] = terms.described()
    found["paths"] = [terms.paths(limit=step, offset=offset) for offset in range(0, len(rows), step)]
    found["headings"] = terms.meta("headings")
    found["statistics"] = terms.meta("statistics")
    headings = ("undefined", "unsourced", "orphan", "dated")
    for heading in [f"{name} {kind}" for name in headings for kind in kinds] + OWN_HEADINGS:
        found[f"filed under {heading}"] = terms.filed(heading, limit=10_000)
        filed = [
            each
            for offset in range(0, len(rows), step)
            for each in terms.filed(heading, limit=step, offset=offset)
        ]
        assert filed == found[f"filed under {heading}"]
    for kind in kinds:
        found[f"undated {kind}"] = terms.not_filed(f"dated {kind}", kind, limit=10_000)
    for kind in kinds:
        found[f"list of {kind}"] = terms.listing(kind, limit=10_000, offset=0)
        pages = [terms.listing(kind, limit=step, offset=offset) for offset in range(0, len(rows), step)]
        assert [hit for page in pages for hit in page] == found[f"list of {kind}"]
    for row in rows:
        assert terms.term(row[0]) is not None
        for group in json.loads(row[-1])["groups"]:
            key = row[0], group["key"]
            found[f"members {key}"] = [
                terms.members(*key, limit=3, offset=offset) for offset in range(0, 12, 3)
            ]
    found["names that are shared"] = terms.shared_names(limit=10_000, offset=0)
    for name in found["names that are shared"][1]:
        found[f"bearers of {name.key}"] = terms.bearers(name.key, limit=10_000)
    found |= _searched(terms)
    for words in WORDS:
        found[f"search {words}"] = terms.search(words, limit=10_000)
        for kind in kinds:
            found[f"search {words} in {kind}"] = terms.search(words, kind=kind, limit=10_000)
    return found


def _browsed(terms: TermsReader, kinds: list[str]) -> dict[str, Any]:
    """Give all that is found by browsing, page by page."""
    browser, iris = terms.browser, terms.described()
    found: dict[str, Any] = {f"below {iri}": _pages(partial(browser.children, iri)) for iri in iris}
    found["dated"] = _pages(browser.dated), browser.count_dated()
    for kind in kinds:
        found[f"languages of {kind}"] = languages = browser.languages(kind)
        found[f"schemes of {kind}"] = schemes = browser.schemes(kind)
        for scheme in ["", *schemes]:
            found[f"top of {kind} in {scheme}"] = _pages(partial(browser.children, top(kind, scheme)))
        for lang in [*languages, "xx"]:
            for more in (False, True):
                found[f"letters of {kind} in {lang}, {more}"] = initials = browser.initials(
                    kind, lang, fallback=more
                )
                index = _pages(partial(browser.entries, kind, lang, "", fallback=more))
                assert sum(initials.values()) == len(index)
                found[f"index of {kind} in {lang}, {more}"] = index
        found[f"categories of {kind}"] = categories = browser.categories(kind)
        for name, values in categories.items():
            for value, count in values.items():
                found[f"{kind} {name} {value}"] = members = _pages(
                    partial(browser.members, kind, name, value)
                )
                assert len(members) == count
    return found


def _pages(read: Callable[..., list[Any]]) -> list[Any]:
    """Read a list in pages of three, and see that no page is torn."""
    found: list[Any] = []
    while page := read(limit=3, offset=len(found)):
        found += page
    assert found == read(limit=10_000, offset=0)
    return found


def _searched(terms: TermsReader) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in ("word", "gap", "facet"):
        found[f"table {table}"] = terms._rows(f"SELECT * FROM texts.{table} ORDER BY 1, 2")  # noqa: S608 - ours
    for words in (*WORDS, "betas", "alpa", "gamme delta"):
        wanted = Wanted(words, languages=("en", "de", "es", "fr"))
        answer = terms.searching.find(wanted)
        explained = [(hit.link, place[1:]) for hit, place in zip(
            terms.hits([place.term for place in answer.places]), answer.places, strict=True
        )]  # fmt: skip
        found[f"find {words}"] = explained, answer.facets, answer.deprecated, answer.is_complete
        found[f"corrected {words}"] = terms.searching.corrected(wanted)
    return found


def assert_same(one: Path, other: Path) -> None:
    """See that two snapshots cannot be told apart."""
    first, second = observed(one), observed(other)
    assert first.keys() == second.keys()
    for name, seen in first.items():
        assert seen == second[name], name

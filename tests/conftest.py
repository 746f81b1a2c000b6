"""What many tests share: built snapshots of two vocabularies, and applications that serve them.

*Our own* vocabulary is the one in `ontology/` and `data/`. The *synthetic* one holds what ours does not
have (yet): deprecated and withdrawn terms, many languages, odd IRIs, blank nodes, hostile texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pathways_ld import releases
from pathways_ld.rdfio import Statement, parse
from pathways_ld.releases.sources import read_sources
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Manifest
from pathways_ld.validation import pool as validation_pool
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.web import create_app
from pathways_ld.web.current import CurrentSnapshot
from pathways_ld.web.responses import EXTENSION_KEY
from virtuoso_server import virtuoso

__all__ = ["virtuoso"]

ROOT = Path(__file__).resolve().parents[1]

HUB_SIZE = 130

SYNTHETIC_BASE = "https://example.org/voc/"

SYNTHETIC = r"""
@prefix : <https://example.org/voc/> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix ex: <https://example.org/terms#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

:scheme a skos:ConceptScheme ;
    dct:title "A synthetic vocabulary"@en , "Ein künstliches Vokabular"@de ;
    dct:license <https://creativecommons.org/publicdomain/zero/1.0/> ;
    owl:versionIRI <https://example.org/voc/scheme/1.0> ;
    skos:hasTopConcept :hub .

:hub a skos:Concept ; skos:prefLabel "Hub"@en ; skos:inScheme :scheme ;
    skos:definition "The middle of many narrower concepts."@en .

:colour a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Colour"@EN-gb , "Color"@en-US , "Farbe"@de , "颜色"@zh-Hans , "顏色"@zh-Hant , "لون"@ar ;
    skos:altLabel "Kolour"@en-x-Klingon , "Tint"@en-GB ;
    skos:definition "What the eye sees."@EN-gb , "Was das Auge sieht."@de , "眼睛看到的"@zh-Hant , "ما تراه العين"@ar ;
    skos:notation "C.1" , "01"^^ex:code .

:only-arabic a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "مهنة"@ar-Arab ; skos:definition "تعريف"@ar-Arab .

:no-language a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Sans langue" .

:exact a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ; skos:prefLabel "Exact literals"@en ;
    ex:value "01"^^xsd:integer , "1"^^xsd:integer , "+1"^^xsd:integer , "1.50"^^xsd:decimal , "1.5"^^xsd:decimal ,
        "1E0"^^xsd:double , "1.0e0"^^xsd:double , "NaN"^^xsd:double , "1"^^xsd:boolean , "true"^^xsd:boolean ,
        "2026-01-01Z"^^xsd:date , "2026-01-01+00:00"^^xsd:date , "2026-01-01T00:00:00.000Z"^^xsd:dateTime ,
        "0012"^^xsd:gYear , "not a number"^^xsd:integer , "" , ""@en , " " , "a\tb\nc\r\nd\re" ,
        "quote \" backslash \\ apostrophe ' three \"\"\"" , "caf\u00E9" , "cafe\u0301" , "\U0001F600" ,
        "<p class=\"x\">a &amp; b</p>"^^rdf:HTML , "<b>x</b>"^^rdf:XMLLiteral , "{\"a\": 1}"^^rdf:JSON ,
        "]]> -->" , "plain"^^xsd:string , "tag"@en , "tag"@EN , "tag"@De-ch-1996 , "%20 %C3%A9" , "\\u00E9" .

:old a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Old"@en ; owl:deprecated true ;
    dct:isReplacedBy :colour ; skos:changeNote "Replaced in version 1."@en .

:old-elsewhere a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Moved away"@en ;
    owl:deprecated "1"^^xsd:boolean ; dct:isReplacedBy <https://example.com/new> .

:withdrawn a skos:Concept ; skos:prefLabel "Withdrawn"@en ;
    adms:status <http://purl.org/adms/status/Withdrawn> ; skos:historyNote "Withdrawn: it named a person."@en .

:blank a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ; skos:prefLabel "Blank nodes"@en ;
    ex:nested [ ex:text "inner"@EN-gb ; ex:nested [ ex:text "innermost" ] ] ;
    ex:list ( "one" 2 :hub [ ex:text "in a list"@zh-Hant ] ( ) ( "nested" ) ) ;
    ex:shared _:shared ; ex:also _:shared ;
    ex:loop _:loop .
_:shared ex:text "shared" .
_:loop ex:loop _:loop2 . _:loop2 ex:loop _:loop .

<https://example.org/voc/caf%C3%A9> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Percent-encoded"@en .
<https://example.org/voc/naïve> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Latin letters"@en ; skos:related <https://example.org/voc/颜色> .
<https://example.org/voc/颜色> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Chinese letters"@en .
<https://example.org/voc/a%2Fb> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Encoded slash"@en .
<https://example.org/voc/100%25> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Encoded percent"@en .
<https://example.org/voc/what?now=1&x=2> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Query in the IRI"@en .
<https://example.org/voc/a(b)+c;d=e,f:g@h!i'j*k~l> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Punctuation"@en .
<https://example.org/voc/deep/er/one> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Deeper"@en .
<https://example.org/voc/release-1.2> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Dot in the IRI"@en .
<https://example.org/voc/config.json> a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "Suffix in the IRI"@en .

:hostile a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ;
    skos:prefLabel "</script><script>alert(1)</script>"@en , "\"><img src=x onerror=alert(1)>"@de ;
    skos:altLabel "</title></h1>{{ 7*7 }}{% raw %}"@en , "<!--" , "\u2028\u2029\u202E" ;
    skos:definition "<b onclick='x()'>bold</b> & \"quoted\" </textarea><svg/onload=alert(1)>"@en ;
    foaf:homepage <javascript:alert(1)> ; rdfs:seeAlso <data:text/html,%3Cscript%3E> , <JaVaScRiPt:alert(2)> ;
    foaf:page <https://example.org/x?a=1&b=%22onmouseover=alert(1)> ;
    dct:source <javascript:alert(3)> , <vbscript:x> ;
    skos:closeMatch <javascript:alert(4)> , <https://example.com/'onclick='alert(5)> .

:label-x a skosxl:Label ; skosxl:literalForm "Shade"@en .
:colour skosxl:altLabel :label-x .

:group a skos:OrderedCollection ; skos:prefLabel "A group"@en ; skos:member :colour , :hub ;
    skos:memberList ( :hub :colour ) .

:maker a org:Organization ; skos:prefLabel "The maker"@en ; foaf:homepage <https://example.org/> .
:colour dct:creator :maker ; ex:part <https://example.org/voc/colour#part> .
<https://example.org/voc/colour#part> rdfs:label "A part of the document"@en ; ex:value "part" .
"""

SYNTHETIC_MAPPINGS = """
@prefix : <https://example.org/voc/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:colour skos:exactMatch <https://example.com/colour> ; skos:closeMatch <https://example.com/tint> .
"""


@dataclass(frozen=True)
class Vocabulary:
    """A built snapshot with what it was built from."""

    folder: Path
    manifest: Manifest
    settings: Settings
    sources: tuple[Path, ...]

    def app(self, **changes: object) -> Flask:
        """Make an application that serves this snapshot, with some settings changed."""
        app = create_app(replace(self.settings, **changes), self.folder)  # type: ignore[arg-type]
        app.test_client_class = BufferedClient
        return app

    def source_statements(self) -> list[Statement]:
        """Give the exact statements of the sources; blank nodes are distinct between files."""
        settings = self.settings
        return read_sources(self.sources, settings, settings.canonical_base).statements


class BufferedClient(FlaskClient):
    """Reads every answer whole and closes it, as the server does after sending."""

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        return super().open(*args, buffered=buffered, **kwargs)


MakeVocabulary = Callable[..., Vocabulary]


def build_vocabulary(state_dir: Path, sources: list[Path], **changes: object) -> Vocabulary:
    """Build a snapshot without the checks, which have tests of their own and need a Java runtime."""
    # Tests ask more, and more that is wrong, than a client may; the budgets have tests of their own.
    unbounded = {"sparql_client_errors": 0.0, "sparql_client_time": 0.0, "sparql_client_queries": 0}
    settings = Settings(state_dir=state_dir, **{**unbounded, **changes})  # type: ignore[arg-type]
    paths = releases.collect(sources)
    report = releases.build(paths, settings, check=False)
    return Vocabulary(report.folder, report.manifest, settings, tuple(paths))


def synthetic_sources(folder: Path) -> list[Path]:
    """Write the synthetic vocabulary's source files."""
    numbers = range(1, HUB_SIZE + 1)
    narrower = "".join(
        f':n{number} a skos:Concept ; skos:inScheme :scheme ; skos:broader :hub ; skos:prefLabel "N {number}"@en .\n'
        for number in numbers
    )
    main, mappings = folder / "synthetic.ttl", folder / "mappings.ttl"
    main.write_text(SYNTHETIC + narrower, encoding="utf-8")
    mappings.write_text(SYNTHETIC_MAPPINGS, encoding="utf-8")
    return [main, mappings]


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what reasoners found out apart from the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """Our own vocabulary."""
    return build_vocabulary(tmp_path_factory.mktemp("own"), releases.own_sources())


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """The synthetic vocabulary."""
    sources = synthetic_sources(tmp_path_factory.mktemp("synthetic-sources"))
    state = tmp_path_factory.mktemp("synthetic")
    return build_vocabulary(state, sources, canonical_base=SYNTHETIC_BASE)


@pytest.fixture
def make_vocabulary(tmp_path: Path) -> MakeVocabulary:
    """Build a vocabulary from Turtle text."""

    def make(turtle: str, **changes: object) -> Vocabulary:
        source = tmp_path / "made.ttl"
        source.write_text(turtle, encoding="utf-8")
        parse(source)  # a mistake in the test itself is better seen here
        return build_vocabulary(tmp_path / "var", [source], **changes)

    return make


@pytest.fixture(scope="module", autouse=True)
def applications_are_closed() -> Iterator[None]:
    """Close what tests of a module leave open: a pool's pipes would be complained of in another test."""
    opened: list[CurrentSnapshot | ValidationPool] = []

    def remembering(initialise: Callable[..., None]) -> Callable[..., None]:
        def remember(self: CurrentSnapshot | ValidationPool, *arguments: Any, **options: Any) -> None:
            initialise(self, *arguments, **options)
            opened.append(self)

        return remember

    with pytest.MonkeyPatch.context() as patch:
        for kind in (CurrentSnapshot, ValidationPool):
            patch.setattr(kind, "__init__", remembering(kind.__init__))
        patch.setattr(validation_pool, "_shared", None)  # the one that is made here is closed here
        yield
    for each in opened:
        each.close()


def _closing(app: Flask) -> Iterator[Flask]:
    yield app
    app.extensions[EXTENSION_KEY].current.close()
    app.extensions[EXTENSION_KEY].validation.close()


@pytest.fixture(scope="session")
def own_app(own: Vocabulary) -> Iterator[Flask]:
    """An application that serves our own vocabulary."""
    yield from _closing(own.app())


@pytest.fixture(scope="session")
def synthetic_app(synthetic: Vocabulary) -> Iterator[Flask]:
    """An application that serves the synthetic vocabulary."""
    yield from _closing(synthetic.app())


@pytest.fixture
def client(own_app: Flask) -> FlaskClient:
    """A client of our own vocabulary."""
    return own_app.test_client()


@pytest.fixture
def synthetic_client(synthetic_app: Flask) -> FlaskClient:
    """A client of the synthetic vocabulary."""
    return synthetic_app.test_client()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder (setting PATHWAYS_SHARED); the test is skipped where it is absent."""
    folder = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"the shared folder {folder} is not here (PATHWAYS_SHARED)")
    return folder

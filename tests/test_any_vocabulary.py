"""Everything that people read works for a vocabulary that this project has never seen.

It is generated: five languages and two scripts, several broader terms, labels that are missing, loops, a term
with thousands of narrower ones. ``PATHWAYS_LARGE`` says how many terms it has; ``.ci/run`` asks for 130,000.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from conftest import Vocabulary
from pathways_ld import releases
from pathways_ld.releases import BuildReport
from pathways_ld.settings import Settings
from test_markup import complaints

NUMBER = int(os.environ.get("PATHWAYS_LARGE", "3000"))
BASE = "https://vocabulary.example/trades/"
LANGUAGES = {
    "en": "Trade",
    "de": "Gewerbe",
    "es": "Oficio",
    "ar": "حرفة",
    "ja": "職業",
}
FEW_NAMES, NO_NAME = 7, 101
"""Every seventh term has an English name only, every hundred and first none at all."""
HUB, LOOP_LENGTH = 2, 3
LOOP = range(NUMBER - LOOP_LENGTH + 1, NUMBER + 1)
WIDE = min(5_000, NUMBER // 3)


def parents(number: int) -> set[int]:
    if number in LOOP:
        return {LOOP[(LOOP.index(number) + 1) % LOOP_LENGTH]}
    if number <= HUB:
        return set()
    found = {HUB} if number <= WIDE + HUB else {number // 5 + 1}
    return found | ({number // 7 + 1} if number % 4 == 0 else set())


def concept(number: int) -> str:
    lines = [f"t:{number} a skos:Concept ; skos:inScheme t:all ; skos:notation 'N-{number}'"]
    if number % NO_NAME:
        tags = ["en"] if number % FEW_NAMES == 0 else list(LANGUAGES)
        lines += [f'skos:prefLabel "{LANGUAGES[tag]} {number}"@{tag}' for tag in tags]
    if number % 3 == 0:
        lines += [f'skos:altLabel "Craft {number // 9}"@en', f'skos:altLabel "Handwerk {number}"@de']
    if number % 2 == 0:
        lines.append(f'skos:definition "What people of trade {number} do."@en')
    lines += [f"skos:broader t:{each}" for each in sorted(parents(number) - {number})]
    if number % 50 == 0:
        lines.append(f"skos:related t:{number // 2 + 7} ; skos:closeMatch <https://other.example/{number}>")
    if number % 97 == 0:
        lines.append("owl:deprecated true")
    if number <= HUB:
        lines.append("skos:topConceptOf t:all")
    return " ;\n  ".join(lines) + " .\n"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    folder = tmp_path_factory.mktemp("large")
    with (folder / "trades.ttl").open("w", encoding="utf-8") as out:
        out.write(
            "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
            "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
            f"@prefix t: <{BASE}> .\n"
            't:all a skos:ConceptScheme ; skos:prefLabel "Trades"@en , "حرف"@ar .\n'
            't:group a skos:Collection ; skos:prefLabel "Old trades"@en ; skos:member t:5 , t:6 , t:1010 .\n'
        )
        out.writelines(concept(number) for number in range(1, NUMBER + 1))
    settings = Settings(state_dir=folder / "var", canonical_base=BASE)
    return releases.build(releases.collect([folder / "trades.ttl"]), settings)


@pytest.fixture(scope="module")
def client(report: BuildReport) -> FlaskClient:
    settings = Settings(state_dir=report.folder.parent.parent, canonical_base=BASE)
    return Vocabulary(report.folder, report.manifest, settings, ()).app().test_client()


def page(client: FlaskClient, path: str, **headers: str) -> str:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(path, headers={"Accept": "text/html", **given})
    assert answer.status_code == 200, (path, answer.status_code)
    # However many terms there are, a page shows some of them.
    assert len(answer.data) < 200_000, path
    return answer.text


def test_the_build_reports_what_is_odd_and_goes_on(report: BuildReport) -> None:
    rules = Counter(each.rule for each in report.findings)
    assert rules["hierarchy-loop"] > 0
    assert rules["preferred-label-missing"] > 0
    assert not [each for each in report.findings if each.severity == "must fix"]
    assert report.manifest.counts["concept"] == NUMBER
    assert report.manifest.languages == ("ar", "de", "en", "es", "ja")


PLACES = {
    "the term with thousands below": f"/{HUB}",
    "its second page": f"/{HUB}?group=narrower-to-concept&page=2",
    "a term in a loop": f"/{LOOP[0]}",
    "a term without a name": f"/{NO_NAME}",
    "a deprecated term": "/97",
    "a term with several above": f"/{NUMBER - 400 - NUMBER % 4}",
    "the scheme": "/all",
    "a collection": "/group",
    "the start": "/",
    "the list": "/concept",
    "the middle of the list": f"/concept?page={NUMBER // 100}",
    "the tree": "/browse/tree",
    "the tree, open at a loop": f"/browse/tree?kind=concept&at={LOOP[0]}",
    "the tree, open at many": f"/browse/tree?kind=concept&at={HUB}",
    "from A to Z": "/browse/index?kind=concept",
    "a letter": "/browse/index?kind=concept&letter=T",
    "groups": "/browse/groups",
    "what is new": "/browse/new",
    "what is found": "/search?q=trade",
    "what is found by code": "/search?q=N-77",
    "what is found far back": "/search?q=trade&page=20",
    "names of several": "/labels",
    "a name of several": "/labels/craft-99",
    "the map of a term": "/7/map",
    "the map of the hub": f"/{HUB}/map",
    "the map of a loop": f"/{LOOP[0]}/map",
    "the map of it all": "/map",
    "statistics": "/statistics",
    "what lacks a definition": "/statistics?missing=definition&kind=concept",
    "downloads": "/dumps/",
    "how to contribute": "/validate",
}


@pytest.mark.parametrize("language", ["en", "de", "ar", "es"])
def test_every_page_answers_in_every_language(client: FlaskClient, language: str) -> None:
    for path in PLACES.values():
        text = page(client, path, Accept_Language=language)
        assert f'<html lang="{"es" if language == "es" else "en"}"' in text


def test_all_of_them_are_valid_html(client: FlaskClient, tmp_path: Path) -> None:
    for number, path in enumerate(PLACES.values()):
        (tmp_path / f"{number}.html").write_text(page(client, path, Accept_Language="ar"), encoding="utf-8")
    found = complaints(tmp_path)
    assert not found, "\n".join(found)


def test_a_name_in_another_language_is_marked_with_its_direction(client: FlaskClient) -> None:
    text = page(client, "/5", Accept_Language="ar,en;q=0.5")
    assert '<span lang="ar" dir="rtl">حرفة 5</span>' in text
    # Of a term with an English name only, that one is shown and needs no mark on an English page.
    fallen_back = page(client, f"/{FEW_NAMES}", Accept_Language="ar,en;q=0.5")
    assert re.search(rf"<h1 [^>]*>Trade {FEW_NAMES}</h1>", fallen_back)
    spanish = page(client, f"/{FEW_NAMES}", Accept_Language="es")
    assert re.search(rf'<h1 [^>]*><span lang="en">Trade {FEW_NAMES}</span></h1>', spanish)


def test_the_languages_of_the_terms_can_be_chosen_apart_from_the_interface(client: FlaskClient) -> None:
    assert '<option value="ja">Japanese</option>' in page(client, "/5")
    chosen = client.post("/language", data={"content": "ja"}, headers={"Referer": "http://localhost/5"})
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/5")
    text = page(client, "/5", Accept_Language="de")
    assert '<html lang="en"' in text
    assert '<span lang="ja">職業 5</span>' in text
    assert '<option value="ja" selected>' in text
    client.post("/language", data={"content": ""})
    assert '<span lang="de">Gewerbe 5</span>' in page(client, "/5", Accept_Language="de")


def test_a_term_without_a_name_is_called_by_its_identifier(client: FlaskClient) -> None:
    text = page(client, f"/{NO_NAME}")
    assert re.search(rf"<h1 [^>]*>[^<]*{NO_NAME}</h1>", text)


def test_all_ways_up_are_shown_and_end_in_a_loop(client: FlaskClient) -> None:
    several = next(number for number in range(WIDE + 3, NUMBER) if len(parents(number)) == 2)
    assert page(client, f"/{several}").count('class="breadcrumbs"') >= 2
    assert 'class="breadcrumbs"' in page(client, f"/{LOOP[0]}") or page(client, f"/{LOOP[0]}")


@pytest.mark.parametrize("tag", list(LANGUAGES))
def test_terms_are_found_by_a_name_in_any_language(client: FlaskClient, tag: str) -> None:
    words = f"{LANGUAGES[tag]} 1234"
    found = client.get(
        "/search", query_string={"q": words}, headers={"Accept": "application/json"}
    ).get_json()
    assert found["results"][0]["id"] == f"{BASE}1234", found["results"][:2]


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "rdf", "nt", "json"])
@pytest.mark.parametrize(
    "number", [HUB, LOOP[0], NO_NAME, 97], ids=["many", "loop", "nameless", "deprecated"]
)
def test_every_term_is_to_be_had_as_data(client: FlaskClient, number: int, suffix: str) -> None:
    answer = client.get(f"/{number}.{suffix}")
    assert answer.status_code == 200
    assert f"{BASE}{number}" in answer.text or f"t:{number}" in answer.text or f":{number}" in answer.text

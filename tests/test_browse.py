"""Browsing: the hierarchy, the alphabet, groups, what is new; as pages without scripts and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from conftest import MakeVocabulary
from maintenance import Anybody, Site
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance
from pathways_ld.vocabulary.alphabet import initial_of, initial_of_letter, letter_of, sort_key
from pathways_ld.vocabulary.hierarchy import Tops

PREFIXES = """
@prefix : <https://example.org/v/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "Scheme"@en .
"""
BASE = "https://example.org/v/"

ANIMALS = (
    PREFIXES
    + """
:life a skos:Concept ; skos:prefLabel "Life"@en , "Vida"@es ; skos:topConceptOf :scheme .
:animals a skos:Concept ; skos:prefLabel "Animals"@en , "Animales"@es ; skos:broader :life ; skos:inScheme :scheme ;
    skos:altLabel "Fauna"@en , "Ñandú"@es , "Nutria"@es .
:pets a skos:Concept ; skos:prefLabel "Pets"@en ; skos:broader :life ; skos:inScheme :scheme , :other .
:cats a skos:Concept ; skos:prefLabel "Cats"@en ; skos:broader :animals , :pets ; skos:inScheme :scheme ;
    skos:hiddenLabel "katz"@en ; dct:created "2021-02-03"^^xsd:date ; dct:modified "2024-05-06"^^xsd:date .
:dodo a skos:Concept ; skos:prefLabel "Dodo"@en ; skos:broader :animals ; owl:deprecated true ; skos:inScheme :scheme .
:ecole a skos:Concept ; skos:prefLabel "École"@fr ; skos:inScheme :scheme .
:nothing a skos:Concept .
:one a skos:Concept ; skos:prefLabel "1 first"@en ; skos:inScheme :scheme .
:page a skos:Concept ; skos:prefLabel "“Quoted”"@en ; foaf:page <https://example.com/p> ; dct:modified "2025-01-01" .
:other a skos:ConceptScheme ; skos:prefLabel "Other scheme"@en ; skos:hasTopConcept :animals .
:col a skos:Collection ; skos:prefLabel "Favourites"@en ; skos:member :cats , :pets .
:maker a org:Organization ; skos:prefLabel "Maker"@en ; org:classification :workshop .
:shop a org:Organization ; skos:prefLabel "Shop"@en ; org:classification <https://example.com/types/Shop> .
:workshop skos:prefLabel "Workshop"@en .
"""
)


@pytest.fixture
def animals(make_vocabulary: MakeVocabulary) -> FlaskClient:
    return make_vocabulary(ANIMALS, canonical_base=BASE).app().test_client()


def asked(client: FlaskClient, address: str, **headers: str) -> Any:
    answer = client.get(address, headers={"Accept": "application/json", **headers})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def names(client: FlaskClient, address: str) -> list[str]:
    return [each["iri"].removeprefix(BASE) for each in asked(client, address)["narrower"]]


def page(client: FlaskClient, address: str, **headers: str) -> str:
    answer = client.get(address, headers={"Accept": "text/html", **headers})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def followed(client: FlaskClient, text: str, label: str) -> str:
    """Follow the link with this name for screen readers; give the page it leads to."""
    found = re.search(rf'href="([^"]+)" aria-label="{re.escape(label)}', text)
    assert found, label
    return page(client, unescape(found[1]).partition("#")[0])


def shown(text: str) -> list[str]:
    return [
        unescape(re.sub("<[^>]+>", "", each)) for each in re.findall(r'class="name"[^>]*>(.*?)</a>', text)
    ]


# the hierarchy


def test_the_tree_begins_with_what_has_nothing_above_it(animals: FlaskClient) -> None:
    assert names(animals, "/browse/tree") == ["nothing", "one", "life", "ecole", "page"]
    assert names(animals, "/browse/tree?root=life") == ["animals", "pets"]
    assert names(animals, "/browse/tree?scheme=other") == ["animals", "pets"]


def test_programs_walk_the_tree_by_the_addresses_it_gives(animals: FlaskClient) -> None:
    found: list[str] = []
    waiting = [("/browse/tree", 0)]
    while waiting:
        address, level = waiting.pop()
        for each in asked(animals, address)["narrower"]:
            found.append(f"{level} {each['prefLabel'].get('en')}")
            assert bool(each["narrower"]) == bool(each["narrowerCount"])
            if each["narrower"]:
                waiting.append((each["narrower"], level + 1))
    assert sorted(found).count("3 Cats") == 0
    assert sorted(found).count("2 Cats") == 2
    assert "1 Animals" in found


def test_branches_open_and_close_by_links_alone(animals: FlaskClient) -> None:
    closed = page(animals, "/browse/tree")
    assert "Animals" not in shown(closed)
    opened = followed(animals, closed, "Open Life, 2 narrower")
    assert shown(opened)[2:5] == ["Life", "Animals", "Pets"]
    deeper = followed(animals, opened, "Open Pets, 1 narrower")
    assert shown(deeper)[2:6] == ["Life", "Animals", "Pets", "Cats"]
    assert shown(followed(animals, deeper, "Close Life, 2 narrower")) == shown(closed)


def test_a_term_is_shown_where_it_stands(animals: FlaskClient) -> None:
    text = page(animals, "/browse/tree?at=cats")
    assert "Cats" in shown(text)
    current = re.findall(r'aria-current="page">([^<]*)<', text)
    assert "Cats" in current
    closed = followed(animals, text, "Close Animals, 2 narrower")
    assert shown(closed)[2:5] == ["Life", "Animals", "Pets"]


def test_the_page_of_a_term_shows_the_way_to_it_and_what_is_below(animals: FlaskClient) -> None:
    text = page(animals, "/animals")
    section = text[text.index('id="hierarchy"') :]
    section = section[: section.index("</section>")]
    plain = " ".join(re.sub("<[^>]+>", " ", section).split()).partition(">")[2]
    assert plain.startswith("In the hierarchy Life Animals Cats Dodo deprecated")
    assert "at=animals" in section
    assert 'id="hierarchy"' not in page(animals, "/one")


def test_deprecated_terms_are_marked(animals: FlaskClient) -> None:
    text = page(animals, "/browse/tree?root=animals")
    assert re.search(r'Dodo</a> <span class="badge warn">deprecated', text)
    entries = {each["label"]: each["deprecated"] for each in asked(animals, "/browse/index")["entries"]}
    assert entries["Dodo"] is True
    assert entries["Cats"] is False


LOOPS = (
    PREFIXES
    + """
:a a skos:Concept ; skos:prefLabel "A"@en ; skos:broader :b .
:b a skos:Concept ; skos:prefLabel "B"@en ; skos:broader :c .
:c a skos:Concept ; skos:prefLabel "C"@en ; skos:broader :a .
:d a skos:Concept ; skos:prefLabel "D"@en ; skos:broader :c , :d .
:top a skos:Concept ; skos:prefLabel "Top"@en .
:x a skos:Concept ; skos:prefLabel "X"@en ; skos:broader :y , :top .
:y a skos:Concept ; skos:prefLabel "Y"@en ; skos:broader :x .
"""
)


def test_loops_in_the_data_are_entered_once_cut_and_told(make_vocabulary: MakeVocabulary) -> None:
    client = make_vocabulary(LOOPS, canonical_base=BASE).app().test_client()
    assert names(client, "/browse/tree") == ["a", "top"]
    text = page(client, "/browse/tree?open=a&open=b&open=c&open=x&open=y&open=top")
    assert shown(text) == ["A", "C", "B", "A", "D", "Top", "X", "Y", "X"]
    assert text.count("a loop in the data") == 2
    assert page(client, "/browse/tree?at=b")
    assert page(client, "/b")


def test_everything_is_reachable_from_the_top_of_random_graphs() -> None:
    for seed in range(300):
        chance = Random(seed)  # noqa: S311
        terms = [str(number) for number in range(chance.randrange(1, 9))]
        above = {term: sorted(set(chance.choices(terms, k=chance.randrange(3))) - {term}) for term in terms}
        order = chance.sample(terms, len(terms))
        tops = Tops(above.__getitem__)
        found = {term for term in order if tops.is_top(term)}
        other = Tops(above.__getitem__)
        assert found == {term for term in terms if other.is_top(term)}, "depends on who is asked first"
        reached = set(found)
        for _ in terms:
            reached |= {term for term in terms if reached & set(above[term])}
        assert reached == set(terms)
        for one in found:  # and none of them is below another
            below = {one}
            for _ in terms:
                below |= {term for term in terms if below & set(above[term])}
            assert not (below & found) - {one} or not above[one]


HASHED = """
@prefix : <https://example.org/h#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:up a skos:Concept ; skos:prefLabel "Up"@en .
:down a skos:Concept ; skos:prefLabel "Down"@en ; skos:broader :up .
"""


def test_terms_that_are_fragments_are_browsed_too(make_vocabulary: MakeVocabulary) -> None:
    client = make_vocabulary(HASHED, canonical_base="https://example.org/h#").app().test_client()
    assert shown(page(client, "/browse/tree?at=down")) == ["Up", "Down"]
    (up,) = asked(client, "/browse/tree")["narrower"]
    assert [each["iri"] for each in asked(client, up["narrower"])["narrower"]] == [
        "https://example.org/h#down"
    ]
    assert labels(client, "/browse/index") == ["Down", "Up"]


MANY = 230


@pytest.fixture
def many(make_vocabulary: MakeVocabulary) -> FlaskClient:
    children = "".join(
        f':n{number:03} a skos:Concept ; skos:prefLabel "N {number:03}"@en ; skos:broader :hub .\n'
        f':n{number:03}b a skos:Concept ; skos:prefLabel "Below {number:03}"@en ; skos:broader :n{number:03} .\n'
        for number in range(MANY)
    )
    hub = ':hub a skos:Concept ; skos:prefLabel "Hub"@en .\n'
    return make_vocabulary(PREFIXES + hub + children, canonical_base=BASE, page_size=20).app().test_client()


def test_many_children_come_in_pages_and_none_is_lost(many: FlaskClient) -> None:
    found: list[str] = []
    address = "/browse/tree?root=hub"
    while address:
        answer = many.get(address, headers={"Accept": "application/json"})
        assert answer.headers["X-Total-Count"] == str(MANY)
        assert answer.json
        found += [each["prefLabel"]["en"] for each in answer.json["narrower"]]
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        address = following[1] if following else ""
    assert found == [f"N {number:03}" for number in range(MANY)]
    text = page(many, "/browse/tree?open=hub")
    assert len(shown(text)) == 1 + 20 + 1
    assert shown(text)[-1] == "210 more"
    assert many.get("/browse/tree?root=hub&page=13").status_code == 404


def test_what_is_on_a_later_page_is_shown_all_the_same(many: FlaskClient) -> None:
    assert shown(page(many, "/browse/tree?at=n200b"))[-3:] == ["N 200", "Below 200", "210 more"]


def test_a_page_does_not_grow_without_bound(many: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathways_ld.web.browse_tree.MOST_NODES", 10)
    opened = "".join(f"&open=n{number:03}" for number in range(20))
    text = page(many, f"/browse/tree?open=hub{opened}")
    assert "More is open than one page shows" in text
    assert len(shown(text)) < 40


WRONG = {
    "a kind there is not": ("/browse/tree?kind=nonsense", 400, "expected one of"),
    "a term there is not": ("/browse/tree?root=nonsense", 404, "no term with the IRI"),
    "a term of another kind": ("/browse/tree?root=maker", 404, "is no concept"),
    "a scheme there is not": ("/browse/tree?scheme=nonsense", 404, "/browse/groups"),
    "a page there is not": ("/browse/tree?page=2", 404, "has 1 pages"),
    "no number": ("/browse/tree?page=x", 400, "expected a whole number"),
    "too much open": (
        "/browse/tree?" + "&".join(f"open=n{number}" for number in range(61)),
        400,
        "at most 60",
    ),
    "a very long name": ("/browse/tree?root=" + "x" * 5_000, 400, "5000 characters"),
    "a letter there is not": ("/browse/index?letter=Q9Q9", 404, "it has"),
    "a page of the index": ("/browse/index?page=9", 404, "has 1 pages"),
    "a page of what is new": ("/browse/new?page=9", 404, "has 1 pages"),
    "a way there is not": ("/browse/nonsense", 404, "expected tree"),
    "a group there is not": ("/organization?type=nonsense", 404, "there is"),
    "groups of another kind": ("/concept?type=workshop", 404, "no groups by"),
    "two groups": ("/concept?scheme=scheme&collection=col", 400, "expected one of them"),
    "a format there is not": ("/browse/tree?_mediatype=image/png", 400, "expected one of"),
}


@pytest.mark.parametrize(("address", "status", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(animals: FlaskClient, address: str, status: int, said: str) -> None:
    answer = animals.get(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json
    assert said in answer.json["detail"]


# the alphabet


def labels(client: FlaskClient, address: str, **headers: str) -> list[str]:
    return [each["label"] for each in asked(client, address, **headers)["entries"]]


def test_the_index_is_in_the_language_of_the_reader(animals: FlaskClient) -> None:
    english = ["“Quoted”", "1 first", "Animals", "Cats", "Dodo", "École", "Fauna", "Life", "nothing", "Pets"]
    spanish = ["1 first", "Animales", "Cats", "Dodo", "École", "Nutria", "nothing", "Ñandú"]
    assert sorted(labels(animals, "/browse/index")) == sorted(english)
    assert [each for each in labels(animals, "/browse/index") if each != "“Quoted”"] == english[1:]
    found = labels(animals, "/browse/index", **{"Accept-Language": "es-MX, en;q=0.5"})
    assert [each for each in found if each in spanish] == [
        "1 first", "Animales", "Cats", "Dodo", "École", "nothing", "Nutria", "Ñandú",
    ]  # fmt: skip
    assert "Animals" not in found
    assert asked(animals, "/browse/index?lang=es")["language"] == "es"


def test_letters_lead_to_what_begins_with_them(animals: FlaskClient) -> None:
    letters = asked(animals, "/browse/index")["letters"]
    assert list(letters) == ["0-9", "A", "C", "D", "E", "F", "L", "N", "P", "Q"]
    for letter, count in letters.items():
        assert len(labels(animals, f"/browse/index?letter={quote(letter)}")) == count
    assert labels(animals, f"/browse/index?letter={quote('0-9')}") == ["1 first"]
    assert labels(animals, f"/browse/index?lang=es&letter={quote('Ñ')}") == ["Ñandú"]
    assert labels(animals, "/browse/index?lang=es&letter=N") == ["nothing", "Nutria"]
    assert labels(animals, "/browse/index?letter=e") == ["École"]


def test_other_names_say_what_to_see(animals: FlaskClient) -> None:
    text = page(animals, "/browse/index?letter=F")
    plain = " ".join(re.sub("<[^>]+>", "", text).split())
    assert "Fauna, see Animals" in plain
    assert "katz" not in page(animals, "/browse/index")


KEYS = {
    "quotation marks": ("en", "“Soft” skills", "S"),
    "digits": ("en", "21st century", "0-9"),
    "arabic digits": ("ar", "٣ مهن", "0-9"),
    "signs alone": ("en", "***", "#"),
    "an accent": ("fr", "École", "E"),
    "a letter of its own": ("sv", "Öresund", "Ö"),
    "the same letter elsewhere": ("de", "Österreich", "O"),
    "greek": ("el", "λόγος", "Λ"),
    "arabic": ("ar", "مهنة", "م"),
    "chinese": ("zh", "颜色", "字"),
    "hangul": ("ko", "직업", "ㅈ"),
    "kana": ("ja", "がくせい", "か"),
    "sharp s": ("de", "ß", "S"),
}


@pytest.mark.parametrize(("lang", "text", "letter"), KEYS.values(), ids=KEYS)
def test_labels_stand_under_their_letter(lang: str, text: str, letter: str) -> None:
    initial = initial_of(sort_key(text, lang))
    assert letter_of(initial, lang) == letter
    assert initial_of_letter(letter, lang) == initial


def test_own_letters_stand_where_the_language_has_them() -> None:
    def ordered(lang: str, *words: str) -> list[str]:
        return sorted(words, key=lambda word: sort_key(word, lang))

    assert ordered("sv", "ö", "zon", "ärta", "åka", "ask") == ["ask", "zon", "åka", "ärta", "ö"]
    assert ordered("de", "zon", "ärta", "ast") == ["ärta", "ast", "zon"]
    assert ordered("es", "oso", "ñu", "nuez") == ["nuez", "ñu", "oso"]


# groups


def test_groups_lead_to_what_is_in_them(animals: FlaskClient) -> None:
    groups = asked(animals, "/browse/groups")["groups"]
    found = {
        (section["kind"], group["iri"].removeprefix(BASE)): group
        for section in groups
        for group in section["groups"]
    }
    assert found["concept", "col"]["count"] == 2
    assert found["concept", "other"]["count"] == 2
    assert found["organization", "workshop"]["prefLabel"] == {"en": "Workshop"}
    for (kind, _), group in found.items():
        listing = animals.get(group["listing"], headers={"Accept": "application/n-triples"})
        assert listing.headers["X-Total-Count"] == str(group["count"])
        assert (
            listing.get_data(as_text=True).count(
                f"{'Organization' if kind == 'organization' else 'Concept'}> ."
            )
            == (group["count"])
        )


def test_a_listing_can_be_narrowed_by_the_last_part_of_a_name(animals: FlaskClient) -> None:
    text = page(animals, "/organization?type=shop")
    assert "Shop" in text
    assert ">Maker<" not in text
    answer = animals.get("/organization?type=workshop", headers={"Accept": "text/turtle"})
    assert answer.headers["Content-Location"] == "/organization.ttl?type=workshop"


def test_the_organizations_of_a_type_are_counted(client: FlaskClient) -> None:
    text = page(client, "/browse")
    found = re.search(r'href="([^"]*type=[^"]*)">Association</a> <span class="count">\((\d+)\)', text)
    assert found
    answer = client.get(unescape(found[1]))
    assert answer.headers["X-Total-Count"] == found[2]


# what is new


def test_stated_dates_are_told_and_no_others(animals: FlaskClient) -> None:
    found = asked(animals, "/browse/new")
    # The date of a document elsewhere is not one of this vocabulary.
    assert [(each["at"], each["what"], each["iri"]) for each in found["dated"]] == [
        ("2024-05-06", "modified", f"{BASE}cats"),
        ("2021-02-03", "created", f"{BASE}cats"),
    ]
    assert "Cats" in page(animals, "/")


def test_where_nothing_is_known_nothing_is_shown(client: FlaskClient) -> None:
    assert "New and changed" not in page(client, "/")
    text = page(client, "/browse/new")
    assert "Nothing was changed since" in text
    assert "Dates that the vocabulary states" not in text
    assert asked(client, "/browse/new") == {"changes": [], "total": 0, "page": 1, "pages": 1, "dated": []}


@pytest.fixture
def site(tmp_path: Any) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.close()


def test_a_published_change_is_found_at_once(site: Site) -> None:
    base = "https://example.org/voc/"
    skos = "http://www.w3.org/2004/02/skos/core#"

    def said(predicate: str, value: str) -> Statement:
        return Statement(f"<{base}three>", f"<{skos}{predicate}>", value)

    new = Delta(
        (
            Statement(
                f"<{base}three>",
                "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
                f"<{skos}Concept>",
            ),
            said("prefLabel", '"Three"@en'),
            said("definition", '"The third."@en'),
            said("inScheme", f"<{base}scheme>"),
            said("broader", f"<{base}one>"),
        )
    )
    assert site.client.get("/browse/tree?at=three").status_code == 404
    Maintenance(site.settings).apply(lambda *_: new, Anybody(), action="edit", note="a test")
    assert "Three" in shown(page(site.client, "/browse/tree?at=three"))
    assert "Three" in labels(site.client, "/browse/index?letter=T")
    assert "Three" in page(site.client, "/browse/new")
    assert "Three" in page(site.client, "/")


# any vocabulary, any page

PAGES = ("/browse", "/browse/tree", "/browse/index", "/browse/groups", "/browse/new")


@pytest.mark.parametrize("address", PAGES)
def test_hostile_texts_stay_texts(synthetic_client: FlaskClient, address: str) -> None:
    text = page(synthetic_client, address)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_every_page_has_an_etag_and_says_what_it_varies_by(client: FlaskClient) -> None:
    for address in PAGES:
        answer = client.get(address)
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        assert "Accept-Language" in answer.headers["Vary"]

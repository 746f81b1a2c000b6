"""Documents: which there are, what is said in them, and the page view made of it."""

from __future__ import annotations

import time

import pytest

from core_fixtures import E, turtle
from pathways_ld.model import Group, Link, PageView
from pathways_ld.namespaces import DCT, FOAF, PREFIXES, RDFS, SKOS
from pathways_ld.rdfio import Statement
from pathways_ld.settings import GENERAL_KINDS
from pathways_ld.vocabulary import Describer, Description, Identity, derive

PAGE_SIZE = 5
SCHEME = "e:s a skos:ConceptScheme ; skos:prefLabel 'Scheme'@en . "


def describer(
    text: str, *, base: str = E, page_size: int = PAGE_SIZE, vocabulary: str = f"{E}s"
) -> Describer:
    identity = Identity(base, vocabulary, GENERAL_KINDS)
    said = turtle(text)
    return Describer(sorted([*said, *derive(said, identity.space)]), identity, page_size)


def described(text: str, local: str = "a", **rest: object) -> Description:
    return describer(text, **rest).describe(E + local)  # type: ignore[arg-type]


def view(text: str, local: str = "a", **rest: object) -> PageView:
    return described(text, local, **rest).view


def concept(name: str, more: str = "") -> str:
    return f"e:{name} a skos:Concept ; skos:prefLabel '{name.upper()}'@en {more} . "


def iris(links: list[Link]) -> list[str]:
    return [link["iri"].removeprefix(E) for link in links]


def group(shown: PageView, key: str) -> Group:
    return next(each for each in shown["groups"] if each["key"] == key)


# documents


def test_a_document_is_an_iri_without_its_fragment() -> None:
    text = (
        concept("a")
        + "e:a\\#part skos:note 'x' . e:b\\#only skos:note 'y' . <urn:x> skos:note 'z' . [] e:p 1 ."
    )
    assert describer(text).documents() == [f"{E}a", f"{E}b"]


def test_in_a_hash_vocabulary_every_term_is_a_document() -> None:
    text = "<http://v.example/v#a> a skos:Concept . <http://v.example/v#b> a skos:Concept . <http://v.example/v> a owl:Ontology ."
    found = describer(text, base="http://v.example/v#", vocabulary="http://v.example/v")
    assert found.documents() == ["http://v.example/v", "http://v.example/v#a", "http://v.example/v#b"]
    assert found.describe("http://v.example/v#a").kind == "concept"
    assert found.describe("http://v.example/v#a").view["path"] == "/a"


def test_the_vocabulary_is_a_document_though_it_lies_above_its_base() -> None:
    text = "<http://v.example/v/a> a skos:Concept . <http://v.example/v> a skos:ConceptScheme ."
    found = describer(text, base="http://v.example/v/", vocabulary="http://v.example/v")
    assert found.documents() == ["http://v.example/v", "http://v.example/v/a"]
    assert found.describe("http://v.example/v").view["path"] == "/"


# statements


def statements(text: str, local: str = "a") -> set[Statement]:
    said = described(text, local).statements
    assert len(said) == len(set(said))
    return set(said)


def test_a_description_holds_what_is_said_of_the_term_its_parts_and_their_blank_nodes() -> None:
    own = "e:a e:p 1 ; e:node [ e:q [ e:r 2 ] ] ; e:list ( 1 2 ) . e:a\\#part e:p 3 ; e:node [ e:q 4 ] ."
    assert len(statements(own + "e:b e:p 5 . [] e:p 6 .")) == len(turtle(own))


def test_a_description_holds_what_others_say_and_the_labels_of_all_neighbours() -> None:
    text = (
        concept("a", "; e:p e:b")
        + concept("b", "; skos:altLabel 'no'; e:q e:d")
        + concept("c", "; e:q e:a")
        + concept("d")
    )
    expected = concept("a", "; e:p e:b") + "e:b skos:prefLabel 'B'@en . e:c e:q e:a ; skos:prefLabel 'C'@en ."
    assert statements(text) == set(turtle(expected))


def test_what_has_an_inverse_is_said_from_one_side_only() -> None:
    text = concept("a") + concept("b", "; skos:broader e:a") + concept("c", "; skos:related e:a")
    said = statements(text)
    assert set(turtle("e:a skos:narrower e:b ; skos:related e:c .")) <= said
    assert not set(turtle("e:b skos:broader e:a . e:c skos:related e:a .")) & said


def test_the_vocabulary_does_not_list_all_its_terms() -> None:
    text = SCHEME + "".join(concept(f"c{n}", "; skos:inScheme e:s ; rdfs:isDefinedBy e:s") for n in range(20))
    assert statements(text, "s") == set(turtle(SCHEME))


def test_all_neighbours_are_there_however_many() -> None:
    text = concept("a") + "".join(concept(f"c{n}", "; dct:subject e:a") for n in range(200))
    said = statements(text)
    assert len([each for each in said if each.predicate == f"<{DCT.subject}>"]) == 200
    assert len([each for each in said if each.predicate == f"<{SKOS.prefLabel}>"]) == 201


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("skos:prefLabel 'P' ; dct:title 'T' ; rdfs:label 'L'", "P"),
        ("dct:title 'T' ; rdfs:label 'L'", "T"),
        ("rdfs:label 'L' ; foaf:name 'F'", "L"),
        ("foaf:name 'F' ; schema:name 'S'", "F"),
        ("schema:name 'S' ; dct:identifier 'I'", "S"),
        ("dct:identifier 'I'", "I"),
        ("skos:prefLabel e:x ; rdfs:label 'L'", "L"),
        ("skos:altLabel 'A'", None),
    ],
)
def test_a_term_is_named_by_the_best_property_it_has(names: str, expected: str | None) -> None:
    assert described(f"e:a a skos:Concept ; {names} .").title == ({"": expected} if expected else {})


def test_titles_are_kept_in_every_language() -> None:
    text = (
        "e:a a skos:Concept ; skos:prefLabel 'Colour'@EN-gb, 'Farbe'@de, 'Any' ; rdfs:label 'not this'@fr ."
    )
    assert described(text).title == {"EN-gb": "Colour", "de": "Farbe", "": "Any"}


@pytest.mark.parametrize(
    ("types", "kind"),
    [("skos:Concept", "concept"), ("skos:Collection", "collection"), ("skos:OrderedCollection", "collection"),
     ("skos:ConceptScheme", "scheme"), ("org:Organization", "organization"), ("skos:ConceptScheme, skos:Concept", "concept"),
     ("e:Other", "")],
)  # fmt: skip
def test_the_class_decides_the_kind(types: str, kind: str) -> None:
    assert described(f"e:a a {types} .").kind == kind


def test_parts_and_foreign_resources_have_no_kind() -> None:
    found = describer("e:a\\#x a skos:Concept . <urn:a> a skos:Concept . [] a skos:Concept .")
    assert set(found.kinds.values()) == {""}


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        ("owl:deprecated true", (True, False)),
        ("owl:deprecated '1'^^xsd:boolean", (True, False)),
        ("owl:deprecated false", (False, False)),
        ("owl:deprecated '0'^^xsd:boolean", (False, False)),
        ("owl:deprecated true, false", (True, False)),
        ("adms:status <http://purl.org/adms/status/Withdrawn>", (False, True)),
        ("adms:status <http://purl.org/adms/status/Completed>", (False, False)),
        ("owl:deprecated true ; adms:status <http://purl.org/adms/status/Withdrawn>", (True, True)),
    ],
)
def test_deprecated_and_withdrawn_are_told(said: str, flags: tuple[bool, bool]) -> None:
    found = described(concept("a", f"; {said}"))
    assert (found.deprecated, found.withdrawn) == flags
    assert found.view["deprecated"] == flags[0]


# the view


def test_links_know_title_path_and_deprecation() -> None:
    text = concept("a", "; skos:broader e:b ; e:p <urn:x>") + concept("b", "; owl:deprecated true")
    shown = view(text)
    assert group(shown, "broader-to-concept")["items"] == [
        {"iri": f"{E}b", "path": "/b", "title": {"en": "B"}, "deprecated": True}
    ]
    assert shown["facts"] == [
        {"property": f"{E}p", "links": [{"iri": "urn:x", "path": "", "title": {}}], "values": []}
    ]


@pytest.mark.parametrize(
    "page",
    [
        "<http://www.site.example:80/x>",
        "<http://ex\u2100mple.org/>",
        "<urn:x>",
        "'http://x'",
        "'http://[bad'",
        "<http://[v1.a:b]/>",
    ],
)
def test_documents_on_the_web_show_their_site_whatever_their_address(page: str) -> None:
    text = (
        concept("a", "; dct:source e:src")
        + f"e:src rdfs:label 'S' ; foaf:page {page} ; dct:modified '2024-01-01' ."
    )
    (source,) = view(text)["sources"]
    assert source["title"] == {"": "S"}
    assert source["modified"] == "2024-01-01"
    if "site.example" in page:
        assert source["site"] == "site.example"


def test_groups_hold_one_page_and_the_rest_is_kept_in_order() -> None:
    text = concept("a") + "".join(concept(f"c{n:02}", "; skos:broader e:a") for n in range(12))
    found = described(text)
    narrower = group(found.view, "narrower-to-concept")
    assert narrower["total"] == 12
    assert iris(narrower["items"]) == [f"c{n:02}" for n in range(PAGE_SIZE)]
    assert found.overflow == (("narrower-to-concept", tuple(f"{E}c{n:02}" for n in range(12))),)
    assert len(narrower["key"]) < 60


def test_a_group_that_fits_a_page_has_no_rest() -> None:
    text = concept("a") + "".join(concept(f"c{n}", "; skos:broader e:a") for n in range(PAGE_SIZE))
    assert described(text).overflow == ()


def test_members_are_sorted_by_title_without_regard_to_case() -> None:
    names = {"x": "banana", "y": "Apple", "z": "Cherry", "w": "apple pie"}
    text = concept("a") + "".join(
        f"e:{name} a skos:Concept ; skos:broader e:a ; skos:prefLabel '{title}'@en . "
        for name, title in names.items()
    )
    assert iris(group(view(text), "narrower-to-concept")["items"]) == ["y", "w", "x", "z"]


def test_hierarchy_comes_before_relations_and_what_others_say_last() -> None:
    text = (
        concept("a", "; skos:related e:r ; skos:broader e:b ; skos:narrower e:n ; e:other e:o")
        + "".join(map(concept, "rbno"))
        + "e:org a org:Organization ; skos:prefLabel 'O' ; dct:subject e:a ."
    )
    keys = [(each["key"], each["incoming"]) for each in view(text)["groups"]]
    assert keys == [
        ("broader-to-concept", False),
        ("narrower-to-concept", False),
        ("related-to-concept", False),
        ("other-to-concept", False),
        ("subject-from-organization", True),
    ]


def test_two_relations_with_one_local_name_are_two_groups_with_two_keys() -> None:
    text = concept("a", "; e:near e:b ; <http://f.example/near> e:c") + concept("b") + concept("c")
    keys = [each["key"] for each in view(text)["groups"]]
    assert len(keys) == 2
    assert len(set(keys)) == 2


def test_labels_carry_their_sources() -> None:
    text = (
        concept("a", "; skos:altLabel 'B'@en, 'C' ; skos:hiddenLabel 'H' ; skosxl:altLabel e:a\\#l")
        + "e:a\\#l a skosxl:Label ; skosxl:literalForm 'B'@en ; dct:source e:src . e:src rdfs:label 'Src' ."
    )
    shown = view(text)
    labels = [(each["text"], each["lang"], each["hidden"], iris(each["sources"])) for each in shown["labels"]]
    assert sorted(labels) == [("B", "en", False, ["src"]), ("C", "", False, []), ("H", "", True, [])]
    assert shown["parts"] == []


def test_mappings_carry_their_notes_and_sources() -> None:
    text = (
        concept("a", "; skos:closeMatch <urn:t> ; skos:exactMatch <urn:u>")
        + "e:a\\#m a rdf:Statement ; rdf:subject e:a ; rdf:predicate skos:closeMatch ; rdf:object <urn:t> ;"
        " skos:note 'why'@en ; dct:source e:src ."
    )
    shown = view(text)
    assert [(each["relation"], each["target"]["iri"]) for each in shown["mappings"]] == [
        (SKOS.exactMatch, "urn:u"),
        (SKOS.closeMatch, "urn:t"),
    ]
    assert shown["mappings"][1]["note"] == [{"text": "why", "lang": "en"}]
    assert iris(shown["mappings"][1]["sources"]) == ["src"]
    assert shown["mappings"][0]["note"] == []
    assert shown["parts"] == []


def test_texts_stand_in_their_order_and_once() -> None:
    text = concept(
        "a",
        "; skos:note 'n'@en ; skos:scopeNote 's'@en ; skos:definition 'd'@en, 'd2'@de ; rdfs:comment 'd'@en"
        f"; e:own '{'long ' * 20}'@en ; e:short 'short'@en",
    )
    shown = view(text)
    assert [each["property"] for each in shown["texts"]] == [
        SKOS.definition,
        f"{E}own",
        SKOS.scopeNote,
        SKOS.note,
    ]
    assert shown["texts"][0]["texts"] == [{"text": "d2", "lang": "de"}, {"text": "d", "lang": "en"}]
    assert [each["property"] for each in shown["facts"]] == [f"{E}short"]


def test_facts_hold_values_and_links_to_what_is_no_term() -> None:
    text = concept("a", "; skos:notation 'n' ; e:when '2024'^^xsd:gYear ; foaf:homepage <http://h.example/>")
    facts = {each["property"]: each for each in view(text)["facts"]}
    assert facts[SKOS.notation]["values"] == [{"text": "n", "lang": ""}]
    assert [link["iri"] for link in facts[FOAF.homepage]["links"]] == ["http://h.example/"]


def test_nothing_that_is_said_is_lost_from_the_page() -> None:
    """Whatever the property and whatever it points to, the reader sees it somewhere."""
    text = concept(
        "a", "; e:node [ rdfs:label 'inner' ; e:q 'deep' ] ; e:list ( 'one' e:b ) ; e:far <urn:x>"
    ) + concept("b")
    shown = str(view(text))
    for word in ("inner", "deep", "one", "urn:x"):
        assert word in shown, word


def test_parts_are_shown_with_members_inside_their_collections_in_list_order() -> None:
    text = (
        concept("a")
        + "e:a\\#c a skos:OrderedCollection ; skos:prefLabel 'C' ; skos:member e:a\\#x, e:a\\#y, e:a\\#z ;"
        " skos:memberList ( e:a\\#z e:a\\#x e:a\\#y ) ."
        "e:a\\#x skos:prefLabel 'X' . e:a\\#y skos:prefLabel 'Y' . e:a\\#z skos:prefLabel 'Z' . e:a\\#lone rdfs:label 'L' ."
    )
    parts = view(text)["parts"]
    assert sorted(part["fragment"] for part in parts) == ["c", "lone"]
    collection = next(part for part in parts if part["fragment"] == "c")
    assert [member["fragment"] for member in collection["members"]] == ["z", "x", "y"]


@pytest.mark.parametrize(
    "members",
    [
        "e:a\\#c skos:member e:a\\#c ; skos:prefLabel 'C' .",
        "e:a\\#c skos:member e:a\\#d ; skos:prefLabel 'C' . e:a\\#d skos:member e:a\\#c ; skos:prefLabel 'D' .",
        "e:a\\#c skos:memberList _:l ; skos:member e:a\\#d . _:l rdf:first e:a\\#d ; rdf:rest _:l . e:a\\#d rdfs:label 'C' .",
    ],
    ids=["itself", "each other", "endless list"],
)
def test_collections_that_contain_themselves_end(members: str) -> None:
    shown = view(concept("a") + members)
    assert "'C'" in str(shown)


# breadcrumbs


def crumbs(text: str) -> list[str]:
    return [" ".join(iris(path)) for path in view(text)["breadcrumbs"]]


@pytest.mark.parametrize(
    ("links", "paths"),
    [
        ("", []),
        ("ab bc", ["c b"]),
        ("ab ac", ["b", "c"]),
        ("ab bd ac cd", ["d b", "d c"]),
        ("ab bc cd ae", ["e", "d c b"]),
        ("aa", []),
        ("ab ba", ["b"]),
        ("ab bc cb", ["c b"]),
        ("ab bc cb cd", ["d c b"]),
    ],
)
def test_every_way_up_is_shown_and_loops_are_cut(links: str, paths: list[str]) -> None:
    said = "".join(f"e:{pair[0]} skos:broader e:{pair[1]} . " for pair in links.split())
    assert crumbs("".join(map(concept, "abcde")) + said) == paths


def test_a_way_up_that_two_graphs_tell_is_one() -> None:
    said = turtle("".join(map(concept, "ab")) + "e:a skos:broader e:b . ")
    twice = [*said, *(each._replace(graph=f"<{E}graph>") for each in said)]
    identity = Identity(E, f"{E}s", GENERAL_KINDS)
    (path,) = Describer(sorted(twice), identity, PAGE_SIZE).describe(f"{E}a").view["breadcrumbs"]
    assert iris(path) == ["b"]


def test_a_ladder_of_a_million_ways_up_takes_no_time() -> None:
    rungs = "".join(
        f"e:x{n} skos:broader e:x{n + 1}, e:y{n + 1} . e:y{n} skos:broader e:x{n + 1}, e:y{n + 1} . "
        for n in range(20)
    )
    begun = time.monotonic()
    paths = view(concept("a", "; skos:broader e:x0, e:y0") + rungs)["breadcrumbs"]
    assert time.monotonic() - begun < 1
    assert 1 <= len(paths) <= 20
    assert all(len(path) == 21 for path in paths)


def test_a_tangle_of_loops_takes_no_time() -> None:
    tangle = "".join(
        f"e:x{n} skos:broader {', '.join(f'e:x{m}' for m in range(40) if m != n)} . " for n in range(40)
    )
    begun = time.monotonic()
    assert view(concept("a", "; skos:broader e:x0") + tangle)["breadcrumbs"]
    assert time.monotonic() - begun < 1


def test_a_very_deep_hierarchy_is_described() -> None:
    chain = "".join(f"e:x{n} skos:broader e:x{n + 1} . " for n in range(3000))
    (path,) = view(concept("a", "; skos:broader e:x0") + chain)["breadcrumbs"]
    assert iris(path)[-1] == "x0"
    assert len(path) <= 100


# words


def test_the_vocabulary_names_its_properties_and_classes_before_we_do() -> None:
    found = describer(
        "skos:broader rdfs:label 'x'@en . e:p a owl:ObjectProperty ; rdfs:label 'my property'@de . e:C a owl:Class ;"
        " rdfs:label 'my class'@en . rdfs:seeAlso a rdf:Property ; rdfs:label 'look there'@en . e:n a owl:Class ."
    ).headings()
    assert found[f"{E}p"] == {"de": "my property"}
    assert found[f"{E}C"] == {"en": "my class"}
    assert found[RDFS.seeAlso] == {"en": "look there"}
    assert found[SKOS.broader] == {"en": "Broader"}
    assert found[PREFIXES["dct"] + "title"] == {"en": "Title"}


def test_a_property_declared_without_a_label_keeps_our_words() -> None:
    assert describer("skos:broader a owl:ObjectProperty .").headings()[SKOS.broader] == {"en": "Broader"}


def test_describing_many_neighbours_takes_no_time() -> None:
    text = concept("a") + "".join(
        f"e:c{n} a skos:Concept ; skos:broader e:a ; skos:prefLabel '{n}' . " for n in range(10_000)
    )
    found = describer(text)
    begun = time.monotonic()
    assert len(found.describe(f"{E}a").overflow[0][1]) == 10_000
    assert time.monotonic() - begun < 2

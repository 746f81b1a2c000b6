"""What follows from SKOS statements, rule by rule, and the transitive hierarchy of any shape."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_fixtures import QUICK, SKOS_NS, E, shuffled, turtle
from pathways_ld.iris import IriSpace
from pathways_ld.rdfio import Statement, line, quad
from pathways_ld.vocabulary import derive, transitive_hierarchy

SPACE = IriSpace(E)
GRAPH = f"<{E}graph/inferred>"
BROADER, NARROWER = f"<{SKOS_NS}broader>", f"<{SKOS_NS}narrower>"


def derived(text: str) -> set[str]:
    return {line(each) for each in derive(turtle(text), SPACE)}


def expected(text: str) -> set[str]:
    return {line(each) for each in turtle(text)}


RULES = {
    "S25 broader": ("e:a skos:broader e:b .", "e:b skos:narrower e:a ."),
    "S25 narrower": ("e:a skos:narrower e:b .", "e:b skos:broader e:a ."),
    "S23": ("e:a skos:related e:b .", "e:b skos:related e:a ."),
    "S8 and S7": ("e:s skos:hasTopConcept e:a .", "e:a skos:topConceptOf e:s ; skos:inScheme e:s ."),
    "S8 and S7 from the concept": ("e:a skos:topConceptOf e:s .", "e:s skos:hasTopConcept e:a . e:a skos:inScheme e:s ."),
    "S44 exact": ("e:a skos:exactMatch e:b .", "e:b skos:exactMatch e:a ."),
    "S44 close": ("e:a skos:closeMatch e:b .", "e:b skos:closeMatch e:a ."),
    "S44 related": ("e:a skos:relatedMatch e:b .", "e:b skos:relatedMatch e:a ."),
    "S43 broad": ("e:a skos:broadMatch e:b .", "e:b skos:narrowMatch e:a ."),
    "S43 narrow": ("e:a skos:narrowMatch e:b .", "e:b skos:broadMatch e:a ."),
    "S55": ("e:a skosxl:prefLabel e:l . e:l skosxl:literalForm 'L'@EN .", "e:a skos:prefLabel 'L'@EN ."),
    "S56": ("e:a skosxl:altLabel _:l . _:l skosxl:literalForm 'L' .", "e:a skos:altLabel 'L' ."),
    "S57": ("e:l skosxl:literalForm 'L'@en . e:a skosxl:hiddenLabel e:l .", "e:a skos:hiddenLabel 'L'@en ."),
}  # fmt: skip


@pytest.mark.parametrize(("said", "follows"), RULES.values(), ids=RULES.keys())
def test_each_rule(said: str, follows: str) -> None:
    assert derived(said) == expected(follows)


@pytest.mark.parametrize(("said", "follows"), RULES.values(), ids=RULES.keys())
def test_what_is_there_already_is_not_said_again(said: str, follows: str) -> None:
    assert derived(said + follows) == set()


@pytest.mark.parametrize(
    "said",
    [
        "e:a skos:exactMatch <http://other.example/b> .",
        "e:a skos:broadMatch <http://example.orgx/b> .",
        "e:a skos:broader 'text' .",
        "e:a skos:exactMatch 'http://example.org/b' .",
        "e:a skos:topConceptOf 'text' .",
        "e:a skosxl:altLabel e:l . e:l skosxl:literalForm e:x .",
        "e:a skosxl:altLabel 'text' .",
        "e:a skos:broaderTransitive e:b .",
        "e:a skos:inScheme e:s .",
        "e:a skos:member e:b .",
    ],
)
def test_nothing_follows_where_no_rule_says_so(said: str) -> None:
    assert derived(said) == set()


def test_a_foreign_concept_gets_no_statements_of_ours_but_a_hierarchy_does() -> None:
    assert derived("e:a skos:broadMatch <http://other.example/b> .") == set()
    assert derived("e:a skos:broader <http://other.example/b> .") == expected(
        "<http://other.example/b> skos:narrower e:a ."
    )


def test_what_follows_stands_in_the_graph_it_follows_from() -> None:
    said = [Statement(f"<{E}a>", f"<{SKOS_NS}exactMatch>", f"<{E}b>", f"<{E}g>")]
    assert [each.graph for each in derive(said, SPACE)] == [f"<{E}g>"]


def test_what_one_graph_says_is_not_derived_into_another() -> None:
    said = [
        Statement(f"<{E}a>", f"<{SKOS_NS}related>", f"<{E}b>"),
        Statement(f"<{E}b>", f"<{SKOS_NS}related>", f"<{E}a>", f"<{E}g>"),
    ]
    assert derive(said, SPACE) == []


def test_two_derivations_of_the_same_statement_give_it_once() -> None:
    assert len(derive(turtle("e:a skos:topConceptOf e:s . e:s skos:hasTopConcept e:a ."), SPACE)) == 1
    assert derived("e:a skos:related e:a .") == set()


def test_deriving_again_finds_nothing_new() -> None:
    said = turtle(" ".join(text for text, _ in RULES.values()))
    once = derive(said, SPACE)
    assert derive([*said, *once], SPACE) == []


# the transitive hierarchy


def closure(said: list[Statement]) -> set[tuple[str, str]]:
    """Work it out the plain way: walk up from every concept."""
    parents: dict[str, set[str]] = {}
    for each in said:
        if each.predicate == BROADER:
            parents.setdefault(each.subject, set()).add(each.object)
        elif each.predicate == NARROWER:
            parents.setdefault(each.object, set()).add(each.subject)
    found = set()
    for concept, above in parents.items():
        waiting = list(above)
        while waiting:
            ancestor = waiting.pop()
            if (concept, ancestor) not in found:
                found.add((concept, ancestor))
                waiting += parents.get(ancestor, ())
    return found


def transitive(said: list[Statement]) -> list[tuple[str, str]]:
    found = list(transitive_hierarchy(said, GRAPH))
    assert all(each.graph == GRAPH and each.predicate == f"<{SKOS_NS}broaderTransitive>" for each in found)
    for each in found:
        quad(each)
    return [(each.subject, each.object) for each in found]


@pytest.mark.parametrize(
    ("said", "pairs"),
    [
        ("e:a skos:broader e:b . e:b skos:broader e:c .", "ab ac bc"),
        ("e:c skos:narrower e:b . e:b skos:narrower e:a .", "ab ac bc"),
        ("e:a skos:broader e:b, e:c . e:b skos:broader e:d . e:c skos:broader e:d .", "ab ac ad bd cd"),
        ("e:a skos:broader e:b . e:b skos:broader e:a .", "aa ab ba bb"),
        ("e:a skos:broader e:a .", "aa"),
        ("e:x skos:broader e:a . e:a skos:broader e:b . e:b skos:broader e:a, e:y .", "xa xb xy aa ab ay ba bb by"),
        ("e:a skos:related e:b .", ""),
    ],
    ids=["chain", "narrower", "diamond", "loop", "own parent", "loop with entry and exit", "no hierarchy"],
)  # fmt: skip
def test_the_transitive_hierarchy(said: str, pairs: str) -> None:
    found = transitive(turtle(said))
    assert set(found) == {(f"<{E}{pair[0]}>", f"<{E}{pair[1]}>") for pair in pairs.split()}
    assert len(found) == len(set(found))


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from([BROADER, NARROWER]), st.integers(0, 7)), max_size=20
    )
)
def test_the_transitive_hierarchy_is_complete_whatever_its_shape(links: list[tuple[int, str, int]]) -> None:
    said = [Statement(f"<{E}{one}>", predicate, f"<{E}{other}>") for one, predicate, other in links]
    found = transitive(said)
    assert set(found) == closure(said)
    assert len(found) == len(set(found))


def test_the_transitive_hierarchy_says_nothing_of_literals() -> None:
    assert transitive(turtle("e:a skos:broader 'text', e:b . e:b skos:narrower 'more' .")) == [
        (f"<{E}a>", f"<{E}b>")
    ]


def test_the_order_of_the_sources_does_not_change_what_is_derived() -> None:
    said = turtle(" ".join(text for text, _ in RULES.values()))
    one = sorted(derive(said, SPACE))
    other = shuffled([line(each) for each in said], 3)
    by_line = {line(each): each for each in said}
    assert sorted(derive([by_line[text] for text in other], SPACE)) == one


def test_ladders_and_large_hierarchies_take_no_time() -> None:
    ladder = "".join(
        f"e:a{n} skos:broader e:a{n + 1}, e:b{n + 1} . e:b{n} skos:broader e:a{n + 1}, e:b{n + 1} ."
        for n in range(60)
    )
    tree = [Statement(f"<{E}{n}>", BROADER, f"<{E}{n // 3}>") for n in range(1, 20_000)]
    chain = [Statement(f"<{E}c{n}>", BROADER, f"<{E}c{n + 1}>") for n in range(700)]
    said = [*turtle(ladder), *tree, *chain]
    begun = time.process_time()
    assert len(list(transitive_hierarchy(said, GRAPH))) > 200_000
    assert len(derive(said, SPACE)) == len(said)
    # Walking every way up the ladder would take 2 to the power of 60 steps: this ends, or it does not.
    assert time.process_time() - begun < 60

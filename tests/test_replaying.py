"""Changes on sources where blank nodes have other labels than when the changes were made."""

from __future__ import annotations

from pathways_ld.ledger import Delta, replay
from pathways_ld.ledger.changes import Change
from pathways_ld.namespaces import SKOS
from pathways_ld.rdfio import Statement

AT = "2026-01-31T12:00:00+00:00"
BASE = "https://example.org/voc/"


def iri(name: str) -> str:
    return f"<{BASE}{name}>"


def skos(name: str) -> str:
    return f"<{SKOS[name]}>"


def node(label: str, text: str) -> list[Statement]:
    return [
        Statement(iri("two"), skos("note"), f"_:{label}"),
        Statement(f"_:{label}", "<https://example.org/p/text>", f'"{text}"'),
    ]


def change(number: int, added: list[Statement], removed: list[Statement]) -> Change:
    return Change(number, AT, "a", "update", "", Delta(tuple(added), tuple(removed)), "s", True)


def test_a_node_is_found_by_what_is_said_of_it_when_its_label_is_gone() -> None:
    there = [*node("other", "one"), *node("new", "two")]
    statements, _, missing = replay(there, [change(1, [], node("old", "two"))])
    assert (set(statements), missing) == (set(node("other", "one")), 0)


def test_where_it_cannot_be_told_which_node_is_meant_none_is_touched() -> None:
    there = [*node("first", "one"), *node("second", "one"), Statement("_:second", skos("note"), '"x"')]
    removed = node("old", "one")[:1]
    statements, _, missing = replay(there, [change(1, [], removed)])
    assert (set(statements), missing) == (set(there), 1)


def test_of_two_nodes_the_one_that_says_nothing_else_is_meant() -> None:
    there = [*node("first", "one"), *node("second", "one"), Statement("_:second", skos("note"), '"x"')]
    statements, _, missing = replay(there, [change(1, [], node("old", "one"))])
    assert (set(statements), missing) == (set(there[2:]), 0)


def test_an_exported_node_is_not_added_a_second_time() -> None:
    there = node("here", "one")
    assert replay(there, [change(1, node("x1b0", "one"), [])], exported=1)[0] == there
    assert len(replay(there, [change(1, node("x1b0", "one"), [])])[0]) == 4


def test_a_list_is_found_whole() -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

    def listed(label: str, members: list[str]) -> list[Statement]:
        said = [Statement(iri("group"), skos("memberList"), f"_:{label}0")]
        for place, member in enumerate(members):
            rest = f"_:{label}{place + 1}" if place + 1 < len(members) else f"<{rdf}nil>"
            said.append(Statement(f"_:{label}{place}", f"<{rdf}first>", iri(member)))
            said.append(Statement(f"_:{label}{place}", f"<{rdf}rest>", rest))
        return said

    members = [f"t{number}" for number in range(60)]
    there = [*listed("a", members), *listed("b", members[::-1])]
    statements, _, missing = replay(there, [change(1, [], listed("old", members))])
    assert (set(statements), missing) == (set(listed("b", members[::-1])), 0)


def test_what_is_too_much_to_look_for_is_said_to_be_missing() -> None:
    there = [each for number in range(300) for each in node(f"n{number}", "same")]
    removed = [each for number in range(300) for each in node(f"old{number}", "same")]
    chain = [Statement(f"_:old{n}", skos("related"), f"_:old{n + 1}") for n in range(299)]
    statements, _, missing = replay(there, [change(1, [], [*removed, *chain])])
    assert len(statements) == len(there)
    assert missing == len(removed) + len(chain)

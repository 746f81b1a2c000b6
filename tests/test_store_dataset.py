"""FROM is taken out of a query's text, and nothing else is touched."""

from __future__ import annotations

import pytest

from pathways_ld.errors import QuerySyntaxError
from pathways_ld.store.dataset import take_dataset


@pytest.mark.parametrize(
    ("text", "default_graphs", "named_graphs"),
    [
        ("SELECT * FROM <g> FROM NAMED <../h> { ?s ?p ?o }", ("http://example.org/a/g",), ("http://example.org/h",)),
        ("BASE <http://e/x/> BASE <y/> SELECT * FROM <g> {}", ("http://e/x/y/g",), ()),
        ("PREFIX e: <http://e/> PREFIX : <v#> ASK FROM e:a\\~b FROM NAMED :c {}", ("http://e/a~b",),
         ("http://example.org/a/v#c",)),
        ("PREFIX from: <http://e/> select * { ?from from:named 'FROM <x>' . from:from ?p \"\"\"FROM <y>\"\"\" }", (), ()),
        ("# FROM <x>\nSELECT ?FROM { ?s ?p '\\'FROM <x>' }", (), ()),
        ("SELECT * from<http://e/g>{ { SELECT * { ?s ?p ?o } } }", ("http://e/g",), ()),
        ("CONSTRUCT { ?s ?p ?o } FROM named <http://e/g> WHERE { ?s ?p ?o }", (), ("http://e/g",)),
        ("SELECT * FROM <bad%zz> { ?s ?p ?o }", ("bad%zz",), ()),
        ("SELECT * FROM", (), ()),
        ("PREFIX", (), ()),
        ("", (), ()),
    ],
)  # fmt: skip
def test_from_is_taken_out_of_the_text_and_nothing_else(
    text: str, default_graphs: tuple[str, ...], named_graphs: tuple[str, ...]
) -> None:
    free = take_dataset(text, "http://example.org/a/b")
    assert (free.default_graphs, free.named_graphs) == (default_graphs, named_graphs)
    assert len(free.text) == len(text)
    assert free.text.count("\n") == text.count("\n")
    if not (default_graphs or named_graphs):
        assert free.text == text


def test_a_graph_with_an_unknown_prefix_is_an_error() -> None:
    with pytest.raises(QuerySyntaxError, match='"ex:g" after FROM'):
        take_dataset("SELECT * FROM ex:g { ?s ?p ?o }")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CONSTRUCT { ?s ?p [] } WHERE { { ?s ?p ?o } } LIMIT 5", "SELECT * WHERE { { ?s ?p ?o } } LIMIT 5"),
        ("BASE <http://e/> CONSTRUCT WHERE { <a> ?p ?o }", "BASE <http://e/> SELECT * WHERE { <a> ?p ?o }"),
        ("DESCRIBE ?s WHERE { ?s ?p '{' }", "SELECT * WHERE { ?s ?p '{' }"),
        ("DESCRIBE <http://e/a>", ""),
        ("SELECT * { ?s ?p ?o }", ""),
        ("CONSTRUCT { ?s ?p ?o }", ""),
    ],
)
def test_the_solutions_of_a_graph_can_be_asked_for(text: str, expected: str) -> None:
    assert take_dataset(text).pattern_query == expected

"""The mix of SPARQL queries: what is asked, and how an answer is known to be right.

In a text, `#id#` stands for a concept's number and `#n#` for a number never used before: it is part of a
variable's name, so no cache of texts or answers helps any of the servers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import generate
import pyoxigraph
from load import Target

from servers import Server

RESULTS: Final = "application/sparql-results+json"
TURTLE: Final = "text/turtle"
LARGE_ROWS: Final = 10_000
_SKOS: Final = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
_CONCEPT: Final = f"<{generate.BASE}concept/c#id#>"


class WrongRows(Exception):
    """An answer is not what was generated; the message says how."""


@dataclass(frozen=True)
class Query:
    """One kind of query; `check` is given a number, the number of all concepts, and the body."""

    name: str
    text: str
    check: Callable[[int, int, bytes], None]
    accept: str = RESULTS
    only_parents: bool = False

    def parameters(self) -> str:
        """Give the query string, with {id} and {n} where numbers are put in."""
        return f"query={quote(self.text)}".replace("%23id%23", "{id}").replace("%23n%23", "{n}")


def targets(server: Server, path: str, name: str = "") -> Mapping[str, Target]:
    """Give what a SPARQL endpoint can be asked, by the name of the measurement."""
    return {
        query.name: Target(
            name or server.name,
            server.url,
            server.process.pid,
            f"{path}?{query.parameters()}",
            {"Accept": query.accept},
            query=query,
        )
        for query in MIX
    }


def _rows(body: bytes) -> list[dict[str, str]]:
    rows = json.loads(body)["results"]["bindings"]
    return [{name.rstrip("0123456789"): term["value"] for name, term in row.items()} for row in rows]


def _same(found: set[object], expected: set[object]) -> None:
    if found != expected:
        raise WrongRows(
            f"{len(found)} rows, expected {len(expected)}; {sorted(map(str, found ^ expected))[:2]}"
        )


def described(number: int, count: int) -> set[tuple[str, str]]:
    """Give the predicates and objects (without language or datatype) that a concept was generated with."""
    text = "\n".join(generate.prefixes()) + generate.concept(number, count)
    quads = pyoxigraph.parse(text.encode(), format=pyoxigraph.RdfFormat.TURTLE)
    return {(_text(quad.predicate), _text(quad.object)) for quad in quads}


def _text(term: object) -> str:
    return str(getattr(term, "value", term))


def _check_look_up(number: int, count: int, body: bytes) -> None:
    missing = described(number, count) - {(row["p"], row["o"]) for row in _rows(body)}
    if missing:
        raise WrongRows(f"{len(missing)} statements are missing, such as {sorted(missing)[0]}")


def _check_narrower(number: int, count: int, body: bytes) -> None:
    expected = {
        (generate.iri(each), generate.english_label(each)) for each in generate.children(number, count)
    }
    _same({(row["c"], row["l"]) for row in _rows(body)}, set(expected))


def _check_path(number: int, count: int, body: bytes) -> None:
    del count
    ancestors, above = set(), generate.parent(number)
    while above is not None:
        ancestors.add(generate.iri(above))
        above = generate.parent(above)
    _same({row["a"] for row in _rows(body)}, set(ancestors))


def _check_aggregate(number: int, count: int, body: bytes) -> None:
    del number
    counted = {row["lang"]: int(row["n"]) for row in _rows(body)}
    if set(counted) != {"en", "es", "fr"} or counted["en"] != count:
        raise WrongRows(f"labels by language {counted}, expected {count} in English")


def _check_construct(number: int, count: int, body: bytes) -> None:
    subject = generate.iri(number)
    quads = list(pyoxigraph.parse(body, format=pyoxigraph.RdfFormat.TURTLE))
    missing = described(number, count) - {
        (_text(quad.predicate), _text(quad.object)) for quad in quads if _text(quad.subject) == subject
    }
    labelled = {_text(quad.subject) for quad in quads if _text(quad.predicate).endswith("prefLabel")}
    above = generate.parent(number)
    if missing or (above is not None and generate.iri(above) not in labelled):
        raise WrongRows(f"{len(missing)} statements are missing, or the broader concept's label")


def _check_large(number: int, count: int, body: bytes) -> None:
    del number
    rows = len(_rows(body))
    if not min(count, LARGE_ROWS) <= rows <= LARGE_ROWS:
        raise WrongRows(f"{rows} rows, expected {LARGE_ROWS} or as many as there are")


LOOK_UP: Final = "look-up"
MIX: Final = (
    Query(LOOK_UP, f"SELECT ?p#n# ?o#n# WHERE {{ {_CONCEPT} ?p#n# ?o#n# }}", _check_look_up),
    Query(
        "narrower",
        f"{_SKOS}SELECT ?c#n# ?l WHERE {{ ?c#n# skos:broader {_CONCEPT} ; skos:prefLabel ?l"
        ' FILTER(LANG(?l) = "en") }',
        _check_narrower,
        only_parents=True,
    ),
    Query("path", f"{_SKOS}SELECT ?a#n# WHERE {{ {_CONCEPT} skos:broader+ ?a#n# }}", _check_path),
    Query(
        "aggregate",
        f"{_SKOS}SELECT ?lang (COUNT(?l#n#) AS ?n) WHERE {{ ?c skos:inScheme <{generate.SCHEME}> ;"
        " skos:prefLabel ?l#n# } GROUP BY (LANG(?l#n#) AS ?lang)",
        _check_aggregate,
    ),
    Query(
        "construct",
        f"{_SKOS}CONSTRUCT {{ {_CONCEPT} ?p#n# ?o . ?o skos:prefLabel ?l }} WHERE {{ {_CONCEPT} ?p#n# ?o"
        " OPTIONAL { ?o skos:prefLabel ?l } }",
        _check_construct,
        accept=TURTLE,
    ),
    Query(
        "large",
        f"{_SKOS}SELECT ?c#n# ?l WHERE {{ ?c#n# skos:prefLabel ?l }} LIMIT {LARGE_ROWS}",
        _check_large,
    ),
)

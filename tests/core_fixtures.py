"""What the tests of the core share: exact comparison, strategies, a small vocabulary, the command line."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
from click.testing import CliRunner
from hypothesis import settings
from hypothesis import strategies as st

from pathways_ld.cli import main
from pathways_ld.errors import ParseError
from pathways_ld.formats import TURTLE, Format
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement, blank, iri, is_blank, is_iri, literal, literal_parts, parse

ROOT = Path(__file__).resolve().parents[1]
E = "http://example.org/"
RDF_NS = PREFIXES["rdf"]
XSD_NS = PREFIXES["xsd"]
SKOS_NS = PREFIXES["skos"]

QUICK = settings(max_examples=80, deadline=None, derandomize=True, database=None)

HEAD = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items()) + (
    f"@prefix e: <{E}> .\n"
)


def turtle(text: str, rdf_format: Format | None = None, **rest: str) -> list[Statement]:
    """Parse Turtle in which the well-known prefixes and `e:` are declared."""
    return parse((HEAD + text).encode(), rdf_format or TURTLE, **rest).statements  # type: ignore[arg-type]


# comparison


Exact = frozenset[tuple[str, str, str, str]]


def exact(statements: Iterable[Statement], *, graphs: bool = False) -> Exact:
    """Give the statements with canonical blank nodes and literals taken apart (text, tag, datatype).

    The engine lower-cases language tags, so each literal travels through it as one plain string.
    """
    listed = [each if graphs else each._replace(graph="") for each in statements]
    if not any(is_blank(term) for each in listed for term in (each.subject, each.object, each.graph)):
        return frozenset((s, p, _apart(o), g) for s, p, o, g in listed)
    dataset = pyoxigraph.Dataset(
        pyoxigraph.Quad(
            _opaque(each.subject),  # type: ignore[arg-type]
            _opaque(each.predicate),  # type: ignore[arg-type]
            _opaque(each.object),
            _opaque(each.graph) if each.graph else pyoxigraph.DefaultGraph(),  # type: ignore[arg-type]
        )
        for each in listed
    )
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(
        (
            str(each.subject),
            str(each.predicate),
            each.object.value if isinstance(each.object, pyoxigraph.Literal) else str(each.object),
            "" if isinstance(each.graph_name, pyoxigraph.DefaultGraph) else str(each.graph_name),
        )
        for each in dataset
    )


def _apart(term: str) -> str:
    return "\x1f".join(literal_parts(term)) if term.startswith('"') else term


def _opaque(term: str) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal:
    if is_iri(term):
        return pyoxigraph.NamedNode(term[1:-1])
    return pyoxigraph.BlankNode(term[2:]) if is_blank(term) else pyoxigraph.Literal(_apart(term))


def lower_tags(said: Iterable[Statement]) -> list[Statement]:
    """Write language tags in lower case, as libraries that follow RDF 1.1 Concepts 3.3 may do."""
    lowered = []
    for each in said:
        text, tag, _ = literal_parts(each.object) if each.object.startswith('"') else ("", "", "")
        lowered.append(each._replace(object=literal(text, lang=tag.lower())) if tag else each)
    return lowered


def refused(document: str | bytes, rdf_format: Format, **rest: str) -> ParseError:
    """Parse what must be refused, and give the error."""
    content = document.encode() if isinstance(document, str) else document
    try:
        parse(content, rdf_format, **rest)  # type: ignore[arg-type]
    except ParseError as error:
        return error
    raise AssertionError(f"accepted: {content[:200]!r}")


# strategies

CHARACTERS = st.characters(exclude_categories=["Cs"])
AWKWARD = st.one_of(
    st.sampled_from("\"\\\n\r\t\b\f'\x00\x01\x1f\x7f\x85\u2028\ufeff\ufffe\uffff😀\U0010ffff\u0301<&%#{"),
    st.sampled_from(
        [
            '"""',
            "\\u0041",
            "\\n",
            "]]>",
            "x-zz0z",
            '"@EN',
            "'@De-CH",
            'xml:lang="FR"',
            "<<(",
            "^^<",
            " .",
            "\r\n",
        ]
    ),
)
texts = st.lists(st.one_of(AWKWARD, st.text(CHARACTERS, max_size=6)), max_size=5).map("".join)
tags = st.one_of(
    st.sampled_from(
        [
            "en",
            "EN",
            "en-GB",
            "EN-gb",
            "zh-Hant-TW",
            "de-CH-1996",
            "x-Klingon",
            "sl-rozaj-biske",
            "en-x-ABC",
            "i-klingon",
        ]
    ),
    st.sampled_from(
        ["I-Klingon", "en-GB-oed", "zh-min-Nan", "sgn-BE-FR", "de-Latn-DE-u-Co-phonebk", "ZZ", "none"]
    ),
    st.from_regex(r"[a-zA-Z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?(-x(-[a-zA-Z0-9]{1,8}){1,2})?", fullmatch=True),
)
LEXICAL_FORMS = {
    "integer": ["01", "1", "+1", "-0", "1.", "one", "", "1e3", " 1 "],
    "decimal": ["1.0", "1.", ".5", "+01.50", "1", "-.0", "1e0"],
    "double": ["1E0", "1.0e0", "1.e+07", ".5E-1", "NaN", "INF", "1", "1.0"],
    "boolean": ["true", "false", "1", "TRUE"],
    "date": ["2026-01-01Z", "2026-01-01+00:00", "yesterday"],
    "dateTime": ["2026-01-01T24:00:00", "2026-01-01T00:00:00.000Z"],
    "gYear": ["0012"],
    "nonNegativeInteger": ["1", "007"],
    "string": ["plain"],
}
typed = st.one_of(
    st.sampled_from([(text, XSD_NS + name) for name, texts_ in LEXICAL_FORMS.items() for text in texts_]),
    st.tuples(texts, st.sampled_from([XSD_NS + "integer", XSD_NS + "double", E + "type", RDF_NS + "HTML"])),
)
literals = st.one_of(
    texts.map(literal),
    st.tuples(texts, tags).map(lambda pair: literal(pair[0], lang=pair[1])),
    typed.map(lambda pair: literal(pair[0], datatype=pair[1])),
)
_IRI_TAIL = st.text(
    st.one_of(
        st.sampled_from("abcXYZ019-._~!$&'()*+,;=:@/?#"),
        st.characters(min_codepoint=0xA1, max_codepoint=0x1FFFD, categories=["L", "N"]),
    ),
    max_size=8,
).filter(lambda tail: tail.count("#") < 2)
iris = st.one_of(
    _IRI_TAIL.map(lambda tail: iri(E + tail)),
    st.sampled_from(["a", "b", "it's'@Foo", "caf%C3%A9", "颜色", "topic/", "v#"]).map(
        lambda tail: iri(E + tail)
    ),
    st.sampled_from(
        ["<urn:x:1>", "<geo:37.8,-122.4>", "<mailto:a@example.org>", f"<{SKOS_NS}Concept>", f"<{RDF_NS}nil>"]
    ),
)
predicates = st.one_of(
    st.sampled_from(["prefLabel", "broader", "memberList", "notation", "member", "note"]).map(
        lambda name: iri(SKOS_NS + name)
    ),
    st.sampled_from(["type", "first", "rest"]).map(lambda name: iri(RDF_NS + name)),
    st.sampled_from(["p", "v#größe", "it's'@Foo"]).map(lambda tail: iri(E + tail)),
    st.sampled_from([f"<{PREFIXES['dct']}source>", "<http://www.w3.org/2003/01/geo/wgs84_pos#lat>"]),
)
blanks = st.sampled_from([blank(label) for label in ("a", "b", "c", "d", "0e")])
statements = st.builds(
    Statement, st.one_of(iris, iris, blanks), predicates, st.one_of(iris, blanks, literals)
)
graphs_of_statements = st.lists(statements, max_size=8)
datasets = st.lists(
    st.builds(
        lambda each, graph: each._replace(graph=graph),
        statements,
        st.sampled_from(["", "", f"<{E}g>", f"<{E}graph/two>"]),
    ),
    max_size=8,
)


def shuffled(lines: Sequence[str], seed: int) -> list[str]:
    """Give the lines in another, fixed order."""
    order = list(lines)
    random.Random(seed).shuffle(order)  # noqa: S311 - a fixed order is wanted
    return order


# processes


def run_python(
    code: str,
    *arguments: str,
    timeout: float = 60,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own; raises where it takes longer than `timeout` seconds."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
        check=False,
    )


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


def run(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command of the command line; what it does not foresee comes through as it is."""
    result = CliRunner().invoke(
        main, [str(each) for each in arguments], catch_exceptions=False, env=dict(environment or {})
    )
    return Ran(result.exit_code, result.stdout, result.stderr)


# a small vocabulary

SMALL_BASE = "https://example.org/small/"
SMALL = """\
@prefix dct: <http://purl.org/dc/terms/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix small: <https://example.org/small/> .

small:apple a skos:Concept ;
    skos:broader small:fruit ;
    skos:definition "A round fruit."@en ;
    skos:inScheme small:scheme ;
    skos:prefLabel "Apfel"@de ,
        "Apple"@en .

small:fruit a skos:Concept ;
    skos:definition "What grows on trees."@en ;
    skos:inScheme small:scheme ;
    skos:prefLabel "Fruit"@en ;
    skos:topConceptOf small:scheme .

small:scheme a skos:ConceptScheme ;
    dct:title "A small vocabulary"@en .
"""


def small_source(folder: Path, name: str = "small.ttl", text: str = SMALL) -> Path:
    """Write the small vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def manifest_of(folder: Path) -> dict[str, object]:
    """Read a manifest as JSON."""
    loaded: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return loaded

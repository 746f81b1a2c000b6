"""The W3C test suites of the RDF 1.1 syntaxes, read from their manifests, and each document through our writers."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph
import pytest

from core_fixtures import ROOT, XSD_NS, exact, lower_tags
from pathways_ld.errors import InputError, ParseError
from pathways_ld.formats import NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TRIG, TURTLE, Format
from pathways_ld.rdfio import Statement, literal_parts, parse, serialize

SHARED: Final = Path(os.environ.get("PATHWAYS_SHARED", ROOT.parent / "shared"))
SUITES: Final = SHARED / "w3c" / "rdf-tests" / "rdf" / "rdf11"
PUBLISHED: Final = "https://w3c.github.io/rdf-tests/rdf/rdf11/"
MF: Final = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
RDFT: Final = "http://www.w3.org/ns/rdftest#"
TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

FOLDERS: Final = {
    "rdf-turtle": (TURTLE, 313),
    "rdf-trig": (TRIG, 356),
    "rdf-n-triples": (NTRIPLES, 70),
    "rdf-n-quads": (NQUADS, 87),
    "rdf-xml": (RDFXML, 166),
}

XML_CANON: Final = "pyoxigraph keeps an rdf:parseType='Literal' as written instead of in canonical XML"
KNOWN_FAILURES: Final = {"rdf-xml/xml-canon-test001": XML_CANON, "rdf-xml/xml-canon-test002": XML_CANON}
"""Test name to the reason why it may fail; a test here that passes is an error."""


@dataclass(frozen=True)
class Case:
    """A test of a manifest; `result` is the expected graph where there is one."""

    name: str
    kind: str
    rdf_format: Format
    action: Path
    base: str
    result: Path | None

    @property
    def positive(self) -> bool:
        return "Negative" not in self.kind


def cases(folder: str) -> list[Case]:
    rdf_format, _ = FOLDERS[folder]
    manifest = SUITES / folder / "manifest.ttl"
    if not manifest.is_file():
        return []
    base = f"{PUBLISHED}{folder}/"
    found: dict[str, dict[str, str]] = {}
    for each in pyoxigraph.parse(
        manifest.read_bytes(), pyoxigraph.RdfFormat.TURTLE, base_iri=f"{base}manifest.ttl"
    ):
        found.setdefault(str(each.subject.value), {}).setdefault(
            str(each.predicate.value), str(each.object.value)
        )
    listed = []
    for iri, said in found.items():
        if said.get(TYPE, "").startswith(RDFT):
            action = said[f"{MF}action"]
            result = said.get(f"{MF}result")
            listed.append(
                Case(
                    f"{folder}/{iri.partition('#')[2]}",
                    said[TYPE].removeprefix(RDFT),
                    rdf_format,
                    SUITES / folder / action.removeprefix(base),
                    action,
                    SUITES / folder / result.removeprefix(base) if result else None,
                )
            )
    return listed


CASES: Final = [case for folder in FOLDERS for case in cases(folder)]
pytestmark = pytest.mark.skipif(not CASES, reason=f"the W3C suites are not here: {SUITES} (PATHWAYS_SHARED)")


def params(*, positive: bool, known_failures: bool = True) -> list[object]:
    def marks(case: Case) -> list[pytest.MarkDecorator]:
        reason = KNOWN_FAILURES.get(case.name) if known_failures else None
        return [pytest.mark.xfail(strict=True, reason=reason)] if reason else []

    return [
        pytest.param(case, id=case.name, marks=marks(case)) for case in CASES if case.positive == positive
    ]


def read(case: Case) -> list[Statement]:
    return parse(case.action, case.rdf_format, base_iri=case.base).statements


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_suite_is_complete(folder: str) -> None:
    assert len(cases(folder)) == FOLDERS[folder][1]
    assert set(KNOWN_FAILURES) <= {case.name for case in CASES}


@pytest.mark.parametrize("case", params(positive=True))
def test_what_is_right_is_read_as_it_is_meant(case: Case) -> None:
    said = read(case)
    if case.result is not None:
        result_format = NQUADS if case.rdf_format.datasets else NTRIPLES
        expected = parse(case.result, result_format).statements
        assert exact(lower_tags(said), graphs=True) == exact(lower_tags(expected), graphs=True)


@pytest.mark.parametrize("case", params(positive=False))
def test_what_is_wrong_is_refused(case: Case) -> None:
    with pytest.raises(ParseError) as caught:
        read(case)
    assert caught.value.position.file == str(case.action)


XML_NAME_END = re.compile(r"[/#:][A-Za-z_][A-Za-z0-9_.-]*>$")


def xml_can_say(said: list[Statement]) -> bool:
    """Tell whether the statements are surely within what RDF/XML can write."""
    texts = [literal_parts(each.object)[0] for each in said if each.object.startswith('"')]
    return all(XML_NAME_END.search(each.predicate) for each in said) and all(map(str.isprintable, texts))


@pytest.mark.parametrize("case", params(positive=True, known_failures=False))
def test_what_was_read_comes_back_from_every_writer(case: Case) -> None:
    said = read(case)
    for rdf_format in RDF_FORMATS:
        try:
            written = serialize(
                said, rdf_format, {"e": "http://a.example/", "xsd": XSD_NS, "": "http://example.org/"}
            )
        except InputError:
            assert rdf_format is RDFXML
            assert not xml_can_say(said)
            continue
        found = parse(written, rdf_format).statements
        graphs = rdf_format in (NQUADS, TRIG)
        assert exact(found, graphs=graphs) == exact(said, graphs=graphs), (rdf_format.name, written)

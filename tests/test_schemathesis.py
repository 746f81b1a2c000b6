"""Requests made from ``/openapi.json``, right and wrong ones: no answer is an error of ours, and each is as described."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    NotAServerErrorConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.core.result import Ok
from schemathesis.generation.case import Case
from schemathesis.schemas import APIOperation

from conftest import SYNTHETIC_BASE, build_vocabulary, synthetic_sources
from pathways_ld import releases
from pathways_ld.settings import load_settings
from pathways_ld.web import create_app
from pathways_ld.web.interfaces import Operation
from pathways_ld.web.openapi_document import operations
from reviewing import Office

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FEW = 2
EXAMPLES = int(os.environ.get("PATHWAYS_SCHEMATHESIS", FEW))
"""Requests of each sort that are made for each operation."""
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
DOCUMENTS = {
    "text/turtle": [
        '<https://example.org/a> <https://example.org/b> "c"@en .',
        "<a> <b> <c>",
        "@prefix : <x",
    ],
    "application/n-triples": ['<https://example.org/a> <https://example.org/b> "c" .', "nothing"],
    "application/n-quads": [
        "<https://example.org/a> <https://example.org/b> _:c <https://example.org/g> .",
        ".",
    ],
    "application/trig": [
        "<https://example.org/g> { <https://example.org/a> a <https://example.org/b> }",
        "{{",
    ],
    "application/rdf+xml": [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
    "application/sparql-query": [
        "ASK {}",
        "SELECT * { ?s ?p ?o } LIMIT 3",
        "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 2",
        "A",
    ],
    "application/sparql-update": [
        "INSERT DATA { <a> <b> <c> }",
        "CLEAR ALL",
        "DELETE WHERE { ?s <b> ?o }",
        "ASK {}",
    ],
    "text/csv": ["IRI,Preferred label\n,Bread\n", "IRI\n", ",\n", '"'],
    "text/tab-separated-values": ["IRI\tPreferred label\n\tBread\n", ""],
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ["PK\x03\x04", "no spreadsheet"],
}
"""Bodies that are no JSON: what can be read, and what cannot."""
for media_type, documents in DOCUMENTS.items():
    schemathesis.openapi.media_type(media_type, st.sampled_from([each.encode() for each in documents]))
load_all_checks()
CHECKS_OF_ALL: Any = CHECKS.get_by_names(CHECKED)
REGISTERED = operations(create_app(load_settings(environment={})).view_functions.values())
OF_CHANGES = ("Contributions", "History")
BOTH = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


Described = APIOperation[Any, Any, Any, Any]


@dataclass(frozen=True)
class Service:
    """A server whose state is thrown away, with what it describes by its identifiers."""

    operations: Mapping[str, Described]
    token: str = ""


def described(app: Flask, token: str = "") -> Service:
    def answers(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        """Read each answer whole and close it, as a server does after sending."""
        pieces = app(environ, start)
        with closing(pieces):  # type: ignore[type-var]
            return [b"".join(pieces)]

    # oEmbed has a 501 for formats that are not offered (2.3.5).
    expected = NotAServerErrorConfig(expected_statuses=["2xx", "3xx", "4xx", 501])
    config = SchemathesisConfig(
        projects=ProjectsConfig(default=ProjectConfig(checks=ChecksConfig(not_a_server_error=expected)))
    )
    schema = schemathesis.openapi.from_wsgi("/openapi.json", answers, config=config)
    found = {}
    for each in schema.get_all_operations():
        assert isinstance(each, Ok), each
        found[each.ok().definition.raw["operationId"]] = each.ok()
    return Service(found, token)


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Our own vocabulary, without bounds on how much one client may ask."""
    unbounded = {"contributions_per_hour": 0, "contributions_per_day": 0, "validation_client_time": 0.0}
    built = build_vocabulary(tmp_path_factory.mktemp("own"), releases.own_sources(), **unbounded)
    return described(create_app(built.settings))


@pytest.fixture(scope="module")
def odd_service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A vocabulary of odd terms, whose IRIs have no kinds in them and send to documents."""
    sources = synthetic_sources(tmp_path_factory.mktemp("sources"))
    built = build_vocabulary(
        tmp_path_factory.mktemp("odd"), sources, canonical_base=SYNTHETIC_BASE, identity="redirect"
    )
    return described(create_app(built.settings))


@pytest.fixture(scope="module")
def office_service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A vocabulary that may be changed, with a token for all there is; one change was made, one is proposed."""
    site = Office(tmp_path_factory.mktemp("office"))
    site.accepted(site.contributed(':one skos:altLabel "First"@en .')[0])
    site.contributed(':two skos:altLabel "Second"@en .')
    return described(site.app, site.issue("review", "update", "graphs", name="Robot"))


def cases_of_bounds(operation: Described, most: int) -> list[Case[Any]]:
    """Make requests with values at and beyond the bounds; of very many, some from everywhere."""
    cases = operation.schema.iter_coverage_cases(
        operation, generation_modes=BOTH, generation_config=GenerationConfig()
    )
    found = list(islice(cases, 20 * most))
    return found[:: -(-len(found) // most) or 1]


def hold(service: Service, ident: str, examples: int) -> None:
    """Make requests of an operation, and look at every answer."""
    operation = service.operations.get(ident)
    if operation is None:
        return  # no vocabulary has everything
    headers = {"Accept-Encoding": "identity"}
    if service.token:
        headers["Authorization"] = f"Bearer {service.token}"

    def send(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS_OF_ALL)

    for each in cases_of_bounds(operation, 8 * examples):
        send(each)
    # For parameters alone, finding a wrong value that is not among those at the bounds takes long.
    for mode in BOTH if operation.body or examples > FEW else BOTH[:1]:
        made: Callable[[], None] = settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )(given(case=operation.as_strategy(mode))(send))
        with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
            made()


def reads(each: Operation) -> bool:
    return each.method == "GET"


@pytest.mark.parametrize("ident", sorted(each.id for each in REGISTERED))
def test_our_own_vocabulary(own_service: Service, ident: str) -> None:
    hold(own_service, ident, EXAMPLES)


@pytest.mark.parametrize("ident", sorted(each.id for each in REGISTERED if each.method == "GET"))
def test_odd_terms(odd_service: Service, ident: str) -> None:
    hold(odd_service, ident, EXAMPLES)


@pytest.mark.parametrize(
    "ident", sorted(each.id for each in REGISTERED if each.security or each.tag in OF_CHANGES)
)
def test_with_a_token(office_service: Service, ident: str) -> None:
    hold(office_service, ident, EXAMPLES)

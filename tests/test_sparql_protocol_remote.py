"""The endpoint's protocol tests once more, with Virtuoso behind the endpoint instead of the embedded store.

`DEVIATIONS` lists where that cannot be the same: each entry says why, and must fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import test_sparql_protocol as protocol
from pathways_ld import releases
from virtuoso_server import ACCOUNT, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from conftest import Vocabulary
    from virtuoso_server import Virtuoso

pytestmark = pytest.mark.virtuoso

OTHER = {
    "test_a_query_that_takes_too_long_is_503_in_time": "has an application of its own",
    "test_the_page_of_a_query_that_takes_too_long_says_so": "has an application of its own",
    "test_a_query_that_is_too_long_is_413": "has an application of its own",
    "test_without_a_query_the_service_describes_itself": "asks no store",
    "test_without_a_query_programs_get_the_description": "asks no store",
    "test_without_a_query_people_get_a_form": "asks no store",
    "test_the_description_of_the_service_has_an_etag": "asks no store",
    "test_a_description_that_no_format_suits_is_406": "asks no store",
    "test_the_functions_described_are_there_and_no_others_are": "is about the embedded engine",
    "test_a_long_answer_is_whole": "Virtuoso 7.2.5 takes a minute to write that many rows as JSON",
}
DEVIATIONS = {
    "test_every_format_tells_the_same_solutions": (
        "Virtuoso 7.2.5 takes a literal beside an IRI in VALUES for an IRI; noticed, and refused"
    ),
    "test_several_graphs_may_be_named_in_every_operation": (
        "Virtuoso counts a statement twice that is in two graphs; refused by us"
    ),
}

for _name, _test in vars(protocol).items():
    if _name.startswith("test_") and _name not in OTHER:
        globals()[_name] = _test


@pytest.fixture(scope="module")
def remote_app(own: Vocabulary, virtuoso: Virtuoso) -> Iterator[Flask]:
    """Our own vocabulary, published to Virtuoso and served from there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, ACCOUNT)
        releases.publish(own.folder, virtuoso.settings, own.settings)
        yield own.app(store="virtuoso", stores=virtuoso.remotes)


@pytest.fixture
def client(remote_app: Flask) -> FlaskClient:
    return remote_app.test_client()


@pytest.fixture(autouse=True)
def known_deviations(request: pytest.FixtureRequest) -> None:
    """Expect what Virtuoso is known to get wrong."""
    for name in (request.node.name, getattr(request.node, "originalname", "")):
        if name in DEVIATIONS:
            request.applymarker(pytest.mark.xfail(reason=DEVIATIONS[name], strict=True))

"""Our application on the data of the W3C's tests: the real endpoint, the real worker processes.

The pages of the snapshot are those of a one-term vocabulary; only its SPARQL index changes from test to test.
It is changed in the way a release is: a new snapshot becomes current, and the next request picks it up.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyoxigraph
import pytest

from conftest import BufferedClient, build_vocabulary
from graphs import exact, statements_of
from pathways_ld.formats import GRAPH_RESULT_FORMATS, SOLUTION_FORMATS, by_suffix
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.web import create_app
from pathways_ld.web.responses import EXTENSION_KEY
from w3c import ABSENT, Graph, SuiteTest, file_of, suite_folder
from w3c_results import Table, assert_same, read_result_set, read_results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

_VOCABULARY = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://example.org/scheme> a skos:ConceptScheme .
<https://example.org/term> a skos:Concept ; skos:prefLabel "Term"@en .
"""

_MAPPINGS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://example.org/term> skos:exactMatch <https://example.com/term> .
"""

GraphName = pyoxigraph.DefaultGraph | pyoxigraph.NamedNode

_FORM = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_ORDERED = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
_DATASET_CLAUSE = re.compile(r"\bFROM\s+(NAMED\s+)?<", re.IGNORECASE)


class Endpoint:
    """The application; `serve` changes its data."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        sources = [folder / "vocabulary.ttl", folder / "mappings.ttl"]
        for source, text in zip(sources, (_VOCABULARY, _MAPPINGS), strict=True):
            source.write_text(text, encoding="utf-8")
        built = build_vocabulary(folder / "built", sources, canonical_base="https://example.org/")
        self._template = built.folder
        state_dir = folder / "state"
        self._snapshots = SnapshotFolder(state_dir)
        self._snapshots.path.mkdir(parents=True)
        # All data sets share one manifest, and answers are kept by its id.
        kept = replace(built.settings, state_dir=state_dir, sparql_cache=0, sparql_failure_memory=0)
        self._app = create_app(replace(kept, **settings))
        self._app.test_client_class = BufferedClient
        self.client: FlaskClient = self._app.test_client()
        self._current = ""

    def serve(self, default: tuple[str, ...] = (), named: Mapping[str, str] | None = None) -> None:
        """Serve the files `default` as the default graph, and each file of `named` as a graph of that name.

        Files are named by their IRIs in the suite.
        """
        graphs: list[tuple[str, GraphName]] = [(iri, pyoxigraph.DefaultGraph()) for iri in default]
        graphs += [(iri, pyoxigraph.NamedNode(name)) for name, iri in (named or {}).items()]
        key = hashlib.sha256(repr(graphs).encode()).hexdigest()[:16]
        if key == self._current:
            return
        snapshot = self._snapshots.path / key
        if not snapshot.exists():
            snapshot.mkdir()
            for part in self._template.iterdir():
                if part.name != "sparql":
                    (snapshot / part.name).symlink_to(part)
            store = pyoxigraph.Store(str(snapshot / "sparql"))
            for iri, graph in graphs:
                store.bulk_load(path=file_of(iri), base_iri=iri, to_graph=graph)
            store.flush()
            del store
        self._snapshots.make_current(key)
        self._current = key

    def close(self) -> None:
        self._app.extensions[EXTENSION_KEY].current.close()


def ask(endpoint: Endpoint, test: SuiteTest, text: str, accept: str) -> TestResponse:
    """Serve a test's data and send its query.

    Data without named graphs is served as it would be without a test: the query names no dataset, and the
    default graph is the union of all. Otherwise that union would be wrong, so every file is a named graph
    and the request names the dataset (SPARQL 1.1 Protocol, 2.1.4), unless the query does so itself.
    """
    dataset: dict[str, list[str]] = {}
    if not test.graphs:
        endpoint.serve(test.data)
    else:
        endpoint.serve(named={iri: iri for iri in (*test.data, *test.graphs)})
        if not _DATASET_CLAUSE.search(text):
            dataset = {"default-graph-uri": list(test.data), "named-graph-uri": list(test.graphs)}
    return endpoint.client.post(
        "/sparql",
        query_string=dataset,
        data=text.encode(),
        headers={"Content-Type": "application/sparql-query", "Accept": accept},
    )


def assert_answer(endpoint: Endpoint, test: SuiteTest) -> TestResponse:
    """Assert that a test's query has the answer its manifest expects, in the format of the expected file.

    Solutions that the suite writes as RDF are asked for as JSON.
    """
    text = test.query_text()
    form = _FORM.search(text)
    assert form is not None
    is_graph = form[0].upper() == "CONSTRUCT"
    suffix = test.result.rpartition(".")[2]
    wanted = "srj" if suffix == "ttl" and not is_graph else suffix
    format_ = by_suffix(wanted, GRAPH_RESULT_FORMATS if is_graph else SOLUTION_FORMATS)
    assert format_ is not None
    response = ask(endpoint, test, text, format_.media_type)
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.mimetype == format_.media_type
    content = file_of(test.result).read_bytes()
    if is_graph:
        actual_graph = exact(statements_of(response.data, format_.media_type))
        assert actual_graph == exact(statements_of(content, format_.media_type))
        return response
    expected = read_result_set(Graph.read(test.result)) if suffix == "ttl" else read_results(content, suffix)
    actual = read_results(response.data, wanted)
    if isinstance(expected, Table) and isinstance(actual, Table):
        assert_same(expected, actual, ordered=bool(_ORDERED.search(text)))
    else:
        assert actual is expected
    return response


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint for the tests of one module."""
    if not suite_folder().is_dir():
        pytest.skip(ABSENT)
    made = Endpoint(tmp_path_factory.mktemp("w3c"))
    yield made
    made.close()

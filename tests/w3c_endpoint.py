"""Our application on the data of the W3C's tests: the real endpoint, the real worker processes.

The pages of the snapshot are those of a one-term vocabulary; only its SPARQL index changes from test to test.
It is changed in the way a release is: a new snapshot becomes current, and the next request picks it up.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph
import pytest
from conftest import BufferedClient, build_vocabulary
from w3c import file_of, suite_folder

from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.web import create_app
from pathways_ld.web.responses import EXTENSION_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask.testing import FlaskClient

_VOCABULARY = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://example.org/scheme> a skos:ConceptScheme .
<https://example.org/term> a skos:Concept ; skos:prefLabel "Term"@en ; skos:inScheme <https://example.org/scheme> .
"""


class Endpoint:
    """The application; `serve` changes its data."""

    def __init__(self, folder: Path) -> None:
        source = folder / "vocabulary.ttl"
        source.write_text(_VOCABULARY, encoding="utf-8")
        built = build_vocabulary(folder / "built", [source], canonical_base="https://example.org/")
        self._template = built.folder
        state_dir = folder / "state"
        self._snapshots = SnapshotFolder(state_dir)
        self._snapshots.path.mkdir(parents=True)
        self._app = create_app(replace(built.settings, state_dir=state_dir))
        self._app.test_client_class = BufferedClient
        self.client: FlaskClient = self._app.test_client()
        self._current = ""

    def serve(self, default: tuple[str, ...] = (), named: Mapping[str, str] | None = None) -> None:
        """Serve the files `default` as the default graph, and each file of `named` as a graph of that name.

        Files are named by their IRIs in the suite.
        """
        graphs = [*((iri, pyoxigraph.DefaultGraph()) for iri in default)]
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


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint for the tests of one module."""
    if not suite_folder().is_dir():
        pytest.skip(f"the W3C's test suites are not in {suite_folder()} (PATHWAYS_SHARED)")
    made = Endpoint(tmp_path_factory.mktemp("w3c"))
    yield made
    made.close()

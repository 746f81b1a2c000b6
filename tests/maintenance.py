"""A served state directory that can be changed: the real application, a token, the real ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from conftest import BufferedClient, build_vocabulary
from pathways_ld.errors import Finding
from pathways_ld.ledger import Delta, Ledger, Tokens
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance
from pathways_ld.releases.sources import Sources
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder, read_asserted
from pathways_ld.vocabulary import Identity
from pathways_ld.web import create_app
from pathways_ld.web.responses import EXTENSION_KEY

BASE = "https://example.org/voc/"

VOCABULARY = """
@prefix : <https://example.org/voc/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:scheme a skos:ConceptScheme ; skos:prefLabel "A vocabulary"@en .
:one a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "One"@en ; skos:definition "The first."@en ;
    skos:notation "01"^^<https://example.org/code> .
:two a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Two"@en , "Zwei"@DE-ch ; skos:broader :one ;
    skos:definition "The second."@en .
"""


def anything(sources: Sources, identity: Identity) -> tuple[Finding, ...]:
    """Let everything through: what the W3C's suites write is no vocabulary."""
    del sources, identity
    return ()


class Anybody:
    """An author who may do everything."""

    name = "Anybody"

    def may_change(self, graph: str) -> bool:
        del graph
        return True


class Site:
    """An application with its state directory. `checked=False` publishes whatever it is told to."""

    def __init__(self, folder: Path, vocabulary: str = VOCABULARY, *, checked: bool = True) -> None:
        source = folder / "vocabulary.ttl"
        source.write_text(vocabulary, encoding="utf-8")
        built = build_vocabulary(folder, [source], canonical_base=BASE)
        self.source = source
        self.settings: Settings = replace(built.settings, state_dir=built.settings.state_dir)
        self._unchecked = Maintenance(self.settings, check=anything, terms_may_vanish=True)
        self.app = create_app(self.settings, maintenance=None if checked else self._unchecked)
        self.app.test_client_class = BufferedClient
        self.client: FlaskClient = self.app.test_client()
        self.ledger = Ledger(self.settings.state_dir)
        self.snapshots = SnapshotFolder(self.settings.state_dir)
        self.token = self.issue()

    def issue(self, *scopes: str, graphs: Iterable[str] = (), name: str = "Ann") -> str:
        """Make a token."""
        issued = Tokens(self.settings.state_dir).issue(
            name, scopes or ("update", "graphs"), graphs=list(graphs)
        )
        return issued.text

    def headers(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token}"}

    def update(self, text: str, token: str | None = None, **parameters: str) -> TestResponse:
        return self.client.post(
            "/update",
            query_string=parameters,
            data=text.encode(),
            headers={**self.headers(token), "Content-Type": "application/sparql-update"},
        )

    def replace(self, statements: Iterable[Statement], empty_graphs: Iterable[str] = ()) -> None:
        """Make these all that is asserted."""
        wanted, empty = set(statements), frozenset(empty_graphs)
        asserted = read_asserted(self.snapshots.current())
        before = set(asserted.statements)
        if before != wanted or asserted.empty_graphs != empty:
            delta = Delta(tuple(sorted(wanted - before)), tuple(sorted(before - wanted)), empty)
            self._unchecked._change(lambda *_: delta, Anybody(), "replace", "")

    def statements(self) -> list[Statement]:
        """Give what is asserted now."""
        return read_asserted(self.snapshots.current()).statements

    def ask(self, pattern: str) -> bool:
        """Ask the query endpoint."""
        response = self.client.post(
            "/sparql",
            data=f"PREFIX : <{BASE}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> ASK {{ {pattern} }}",
            headers={"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"},
        )
        assert response.status_code == 200, response.get_data(as_text=True)
        assert response.json is not None
        return bool(response.json["boolean"])

    def close(self) -> None:
        self.app.extensions[EXTENSION_KEY].current.close()

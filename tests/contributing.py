"""A served copy of our own vocabulary that forms can be sent to: the real application, snapshot and ledger."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flask.ctx import RequestContext
from flask.testing import FlaskClient

from conftest import BufferedClient, Vocabulary
from forms_browser import FormPage
from pathways_ld.ledger import Delta
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder, read_asserted
from pathways_ld.snapshot.asserted import AssertedFile
from pathways_ld.web import create_app
from pathways_ld.web.responses import EXTENSION_KEY

OURS = "https://w3id.org/pathways-ld/"
NS = f"{OURS}ns#"
TOPIC = f"{OURS}topic/"


class Anybody:
    """An author who may do everything."""

    name = "Anybody"

    def may_change(self, graph: str) -> bool:
        del graph
        return True


class Site:
    """An application with a state directory of its own."""

    def __init__(self, vocabulary: Vocabulary, folder: Path, **changes: object) -> None:
        state = folder / "state"
        shutil.copytree(vocabulary.settings.state_dir, state, symlinks=True)
        unbounded = {"contributions_per_hour": 0, "contributions_per_day": 0, "validation_client_time": 0.0}
        self.settings: Settings = replace(vocabulary.settings, state_dir=state, **{**unbounded, **changes})  # type: ignore[arg-type]
        self.app = create_app(self.settings)
        self.app.test_client_class = BufferedClient
        self.client: FlaskClient = self.app.test_client()

    def form(self, path: str) -> FormPage:
        """Open the form at an address."""
        return FormPage.get(self.client, path)

    def terms(self) -> RequestContext:
        """Give a request, in which the terms can be looked at."""
        return self.app.test_request_context("/")

    @property
    def folder(self) -> Path:
        return SnapshotFolder(self.settings.state_dir).current()

    def about(self, iri: str) -> list[Statement]:
        """Give what is asserted of an IRI."""
        return AssertedFile(self.folder).about(f"<{iri}>")

    def change(self, added: Sequence[Statement] = (), removed: Sequence[Statement] = ()) -> None:
        """Publish a change, as others do meanwhile."""
        maintenance = Maintenance(self.settings, check=lambda *_: ())
        maintenance.apply(lambda *_: Delta(tuple(added), tuple(removed)), Anybody(), action="test", note="")

    def asserted(self) -> set[Statement]:
        return set(read_asserted(self.folder).statements)

    def close(self) -> None:
        self.app.extensions[EXTENSION_KEY].current.close()
        self.app.extensions[EXTENSION_KEY].validation.close()

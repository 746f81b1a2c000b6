"""A state directory to contribute to: the real desk, the real ledger, the real checks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from conftest import Vocabulary, build_vocabulary
from maintenance import BASE, VOCABULARY
from pathways_ld.contributions import Contribution, Contributions, Examination, Receipt, Submission
from pathways_ld.formats import NQUADS, TURTLE
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.namespaces import PREFIXES
from pathways_ld.rdfio import Statement, literal, parse
from pathways_ld.releases import Maintenance, Published
from pathways_ld.settings import Settings
from pathways_ld.snapshot import SnapshotFolder, read_asserted
from pathways_ld.validation.pool import ValidationPool

SKOS = "http://www.w3.org/2004/02/skos/core#"

_DECLARED = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


class Desk:
    """Contributions to a vocabulary, with what tests want to know of it."""

    def __init__(self, settings: Settings, pool: ValidationPool) -> None:
        self.settings = settings
        self.pool = pool
        self.maintenance = Maintenance(settings)
        self.all = Contributions(settings, lambda: self.maintenance, pool)
        self.ledger = Ledger(settings.state_dir)
        self.snapshots = SnapshotFolder(settings.state_dir)

    @classmethod
    def general(cls, folder: Path, pool: ValidationPool, text: str = VOCABULARY, **settings: Any) -> Desk:
        """Make one for a small SKOS vocabulary."""
        source = folder / "vocabulary.ttl"
        source.write_text(text, encoding="utf-8")
        built = build_vocabulary(folder, [source], canonical_base=BASE)
        return cls(replace(built.settings, **settings), pool)

    @classmethod
    def own(cls, own: Vocabulary, folder: Path, pool: ValidationPool, **settings: Any) -> Desk:
        """Make one for our own vocabulary, in a copy of its state directory."""
        state = folder / "state"
        shutil.copytree(own.settings.state_dir, state, symlinks=True)
        return cls(replace(own.settings, state_dir=state, **settings), pool)

    def with_settings(self, **settings: Any) -> Desk:
        """Give the same state directory to an operator with other settings."""
        return Desk(replace(self.settings, **settings), self.pool)

    @property
    def folder(self) -> Path:
        return self.snapshots.current()

    def turtle(self, text: str) -> bytes:
        return (_DECLARED + text).encode()

    def read(self, text: str, *, replaced: tuple[str, ...] = ()) -> Delta:
        """Read Turtle with well-known prefixes."""
        return self.all.read(self.turtle(text), TURTLE, "sent.ttl", replace=replaced)

    def statements(self) -> set[Statement]:
        """Give all that is asserted."""
        return set(read_asserted(self.folder).statements)

    def look(self, delta: Delta) -> Examination:
        return self.all.examine(delta, self.folder)

    def rules(self, delta: Delta) -> set[str]:
        """Give the rules that must be fixed."""
        found = self.look(delta).report.results
        return {each.rule for each in found if each.severity == "must fix"}

    def submit(self, delta: Delta, reason: str = "Because it is so.", **more: Any) -> Receipt:
        return self.all.submit(Submission(delta, reason, more.pop("way", "rdf"), **more))

    def proposed(self, delta: Delta, **more: Any) -> Contribution:
        """Submit, and give the contribution as a reviewer sees it."""
        return self.all.get(self.submit(delta, **more).number)

    def accepted(self, delta: Delta, actor: str = "Rita", **more: Any) -> Published:
        found = self.proposed(delta, **more)
        return self.all.accept(found.number, actor, seen=found.seen)


def label(term: str, text: str, *, prefix: str = BASE, name: str = "altLabel", lang: str = "en") -> Statement:
    """Say that a term has a label."""
    return Statement(f"<{prefix}{term}>", f"<{SKOS}{name}>", literal(text, lang=lang))


def add(*statements: Statement) -> Delta:
    return Delta(added=statements)


def take(*statements: Statement) -> Delta:
    return Delta(removed=statements)


def quads(text: str) -> list[Statement]:
    return parse(text.encode(), NQUADS, name="quads").statements

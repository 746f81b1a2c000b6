"""Processes that are killed while they submit, accept and undo: what was acknowledged is there, and nothing half.

`bench/kills.py` does the same at random moments, as often as one likes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributed import Desk, add, label
from maintenance import BASE
from pathways_ld.ledger import replay
from pathways_ld.releases.sources import read_sources
from pathways_ld.snapshot import read_asserted, read_manifest
from pathways_ld.snapshot.folder import file_digest
from pathways_ld.validation.pool import ValidationPool

pytestmark = pytest.mark.server

KILLED = """
import contextlib, os, sqlite3, sys
from pathlib import Path
from unittest import mock
from pathways_ld.contributions import Contributions, Submission, notices
from pathways_ld.ledger import Delta, Ledger, contributions as table
from pathways_ld.ledger.database import Database
from pathways_ld.rdfio import Statement
from pathways_ld.releases import Maintenance
from pathways_ld.settings import load_settings
from pathways_ld.snapshot import SnapshotFolder

state, base, act, place, when = sys.argv[1:]
owner, name = {
    "insert": (table, "insert"),
    "step": (table, "add_step"),
    "notice": (notices, "record"),
    "mark": (table, "set_accepted"),
    "adopt": (SnapshotFolder, "adopt"),
    "append": (Ledger, "append"),
    "switch": (SnapshotFolder, "make_current"),
    "note": (Ledger, "mark_published"),
    "prune": (SnapshotFolder, "prune"),
}[place]
original = getattr(owner, name)

def cut(*arguments, **named):
    if when == "after":
        original(*arguments, **named)
    os.kill(os.getpid(), 9)

settings = load_settings(canonical_base=base, state_dir=Path(state))
maintenance = Maintenance(settings)
desk = Contributions(settings, lambda: maintenance)
new = Statement(f"<{base}one>", "<http://www.w3.org/2004/02/skos/core#altLabel>", '"Uno"@en')
if act == "submit":
    with mock.patch.object(owner, name, cut):
        desk.submit(Submission(Delta((new,)), "Because.", "rdf", document=b"sent"))
elif act == "accept":
    seen = desk.get(1).seen
    with mock.patch.object(owner, name, cut):
        desk.accept(1, "Rita", seen=seen)
else:
    with mock.patch.object(owner, name, cut):
        desk.undo(1, "Rita", "Wrong.")
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[ValidationPool]:
    with ValidationPool() as made:
        yield made


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, pool: ValidationPool) -> dict[str, Desk]:
    """State directories in which something is to be submitted, accepted and undone."""
    made = {}
    for act in ("submit", "accept", "undo"):
        made[act] = Desk.general(tmp_path_factory.mktemp(act), pool)
    made["accept"].submit(add(label("one", "Uno")), document=b"sent")
    made["undo"].accepted(add(label("one", "Uno")), document=b"sent")
    return made


def killed(prepared: dict[str, Desk], folder: Path, act: str, place: str, when: str) -> Desk:
    """Give a copy of a state directory after something in it was cut short, and a restart."""
    start = prepared[act]
    state = folder / "state"
    shutil.copytree(start.settings.state_dir, state, symlinks=True)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PATHWAYS_LD_")}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(state), BASE, act, place, when],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.returncode == -9, done.stderr
    desk = start.with_settings(state_dir=state)
    desk.maintenance.recover()
    return desk


def require_whole(desk: Desk) -> None:
    """See that the snapshot is intact, and says what the sources and the ledger say."""
    manifest = read_manifest(desk.folder)
    for name, digest in manifest.digests.items():
        assert file_digest(desk.folder / name) == digest, name
    assert manifest.change == desk.ledger.head()
    assert desk.ledger.pending() is None
    source = desk.settings.state_dir / "vocabulary.ttl"
    read = read_sources([source], desk.settings, BASE)
    expected, _, missing = replay(read.statements, desk.ledger.changes())
    assert missing == 0
    assert set(expected) == set(read_asserted(desk.folder).statements)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", ["insert", "step", "notice"])
def test_a_submission_that_is_killed_is_there_whole_or_not_at_all(
    prepared: dict[str, Desk], tmp_path: Path, place: str, when: str
) -> None:
    desk = killed(prepared, tmp_path, "submit", place, when)
    # It was not acknowledged, and the transaction was not complete.
    assert desk.all.queue(limit=10) == (0, [])
    require_whole(desk)
    again = desk.submit(add(label("one", "Uno")), document=b"sent")
    assert desk.all.find(again.key).number == 1
    assert desk.all.document(1)[0] == b"sent"


ACCEPTED = {"switch", "note", "prune"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", ["adopt", "append", "mark", "notice", "switch", "note", "prune"])
def test_an_acceptance_that_is_killed_is_complete_or_did_not_happen(
    prepared: dict[str, Desk], tmp_path: Path, place: str, when: str
) -> None:
    desk = killed(prepared, tmp_path, "accept", place, when)
    accepted = place in ACCEPTED or (place, when) == ("append", "after")
    found = desk.all.get(1)
    assert (found.state, found.change) == (("accepted", 1) if accepted else ("received", None))
    assert [each.action for each in found.steps] == (["submit", "accept"] if accepted else ["submit"])
    assert (label("one", "Uno") in desk.statements()) == accepted
    assert desk.ledger.head() == int(accepted)
    assert desk.all.document(1)[0] == b"sent"
    require_whole(desk)
    if not accepted:
        assert desk.all.accept(1, "Rita", seen=found.seen).change == 1
        require_whole(desk)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("place", ["append", "notice", "switch"])
def test_an_undo_that_is_killed_is_complete_or_did_not_happen(
    prepared: dict[str, Desk], tmp_path: Path, place: str, when: str
) -> None:
    desk = killed(prepared, tmp_path, "undo", place, when)
    undone = place in ACCEPTED or (place, when) == ("append", "after")
    assert (label("one", "Uno") in desk.statements()) == (not undone)
    assert desk.ledger.head() == 1 + int(undone)
    require_whole(desk)

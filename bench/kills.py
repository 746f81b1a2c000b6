"""Kill a process that submits, accepts and undoes, at random; then look for what is lost or half-done.

Each round starts a process on the same state directory, kills it with SIGKILL at a random moment, restarts as
a server does (a change that was cut short is completed), and checks:

- every contribution that was acknowledged is found by its key, with its document byte for byte;
- every decision that was acknowledged is there; an accepted contribution is one change, and a change of a
  contribution has one contribution;
- the snapshot is intact (digests), and says what the source and the ledger say, statement by statement.

    python bench/kills.py --rounds 1000 --state /tmp/kills

With `--state` what was done is kept, and the next call goes on until there are so many rounds. Every
`--fresh` rounds a new vocabulary begins, so that no round waits long for the ones before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pathways_ld import releases
from pathways_ld.contributions import Contribution, Contributions, Submission
from pathways_ld.contributions.provenance import is_provenance
from pathways_ld.errors import ContributionConflict, PathwaysError
from pathways_ld.ledger import Change, Delta, Ledger, replay
from pathways_ld.rdfio import Statement, literal
from pathways_ld.releases.sources import read_sources
from pathways_ld.settings import Settings, load_settings
from pathways_ld.snapshot import SnapshotFolder, read_asserted, read_manifest
from pathways_ld.snapshot.folder import file_digest

BASE: Final = "https://example.org/voc/"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
CONCEPTS: Final = 40
LONGEST: Final = 1.0
"""Seconds that a process is left alone at the most after what it was waited for."""
MOST_LINES: Final = 12
PATIENCE: Final = 120.0


def vocabulary() -> str:
    """Give a small vocabulary in Turtle."""
    concepts = "\n".join(
        f':c{number} a skos:Concept ; skos:inScheme :scheme ; skos:prefLabel "Concept {number}"@en ;'
        f' skos:definition "The concept number {number}."@en .'
        for number in range(CONCEPTS)
    )
    return (
        f"@prefix : <{BASE}> .\n@prefix skos: <{SKOS}> .\n"
        f':scheme a skos:ConceptScheme ; skos:prefLabel "A vocabulary"@en .\n{concepts}\n'
    )


def settings_of(state: Path) -> Settings:
    """Give settings without bounds on contributions: they have tests of their own."""
    return load_settings(
        environment={},
        canonical_base=BASE,
        state_dir=state,
        contributions_per_hour=0,
        contributions_per_day=0,
        contributions_open=1_000_000,
        validation_deadline=300,  # on a busy machine, too
    )


# the process that is killed


def work(state: Path, seed: int) -> None:
    """Submit in one thread and decide in another, and say what was acknowledged, until the end."""
    settings = settings_of(state)
    maintenance = releases.Maintenance(settings)
    maintenance.recover()
    desk = Contributions(settings, lambda: maintenance)
    lock = threading.Lock()

    def say(**what: object) -> None:
        with lock:
            print(json.dumps(what), flush=True)

    say(what="ready")
    threading.Thread(target=_decide, args=(desk, random.Random(seed + 1), say), daemon=True).start()
    chance = random.Random(seed)
    number = 0
    while True:
        number += 1
        _submit(desk, chance, f"{seed}-{number}", say)


def _submit(desk: Contributions, chance: random.Random, name: str, say: Any) -> None:
    term = f"<{BASE}c{chance.randrange(CONCEPTS)}>"
    added = tuple(
        Statement(term, f"<{SKOS}altLabel>", literal(f"Name {name} {each}", lang="en"))
        for each in range(chance.randint(1, 3))
    )
    document = chance.randbytes(chance.choice((0, 100, 10_000, 300_000)))
    receipt = desk.submit(Submission(Delta(added), f"Reason {name}", "rdf", document=document, client=name))
    say(what="submitted", key=receipt.key, number=receipt.number, sha256=hashlib.sha256(document).hexdigest())
    if chance.random() < 0.1:
        try:
            desk.withdraw(receipt.key)
        except ContributionConflict:  # the other thread was quicker
            return
        say(what="decided", number=receipt.number, state="withdrawn")


def _decide(desk: Contributions, chance: random.Random, say: Any) -> None:
    while True:
        _, waiting = desk.queue(state="open", limit=20)
        if not waiting:
            time.sleep(0.01)
            continue
        found = desk.get(chance.choice(waiting).number)
        try:
            if chance.random() < 0.2:
                desk.reject(found.number, "Rita", "No.")
                say(what="decided", number=found.number, state="rejected")
                continue
            change = desk.accept(found.number, "Rita", seen=found.seen).change
            say(what="decided", number=found.number, state="accepted", change=change)
            if chance.random() < 0.2:
                undone = desk.undo(change, "Rita", "Wrong.").change
                say(what="undone", change=undone)
        except ContributionConflict:
            continue


# what is checked


@dataclass
class Acknowledged:
    """What the killed processes said before they were killed, in one state directory."""

    submitted: list[dict[str, Any]] = field(default_factory=list)
    decided: list[dict[str, Any]] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Take note of a line, which may have been cut off."""
        try:
            said = json.loads(line)
        except ValueError:
            return
        if said["what"] == "submitted":
            self.submitted.append(said)
        elif said["what"] == "decided":
            self.decided.append(said)
        elif said["what"] == "undone":
            self.undone.append(said["change"])


def check(state: Path, acknowledged: Acknowledged) -> list[str]:
    """Restart, and list what is wrong."""
    settings = settings_of(state)
    maintenance = releases.Maintenance(settings)
    maintenance.recover()
    desk = Contributions(settings, lambda: maintenance)
    try:
        return [
            *_check_contributions(desk, acknowledged),
            *_check_decisions(desk, settings, acknowledged),
            *_check_snapshot(settings),
        ]
    except PathwaysError as error:
        return [f"{type(error).__name__}: {error.message}"]
    finally:
        desk.close()


def _check_contributions(desk: Contributions, acknowledged: Acknowledged) -> list[str]:
    wrong = []
    for each in acknowledged.submitted:
        try:
            found = desk.find(each["key"])
        except PathwaysError as error:
            wrong.append(f"contribution {each['number']} is lost: {error.message}")
            continue
        content, _ = desk.document(found.number)
        if found.number != each["number"] or hashlib.sha256(content).hexdigest() != each["sha256"]:
            wrong.append(f"contribution {each['number']} is not what was sent")
    return wrong


def _check_decisions(desk: Contributions, settings: Settings, acknowledged: Acknowledged) -> list[str]:
    wrong = []
    ledger = Ledger(settings.state_dir)
    changes = {change.number: change for change in ledger.changes()}
    if sorted(changes) != list(range(1, len(changes) + 1)):
        wrong.append("the numbers of changes have gaps")
    if any(not change.published for change in changes.values()):
        wrong.append("a change is not published after the restart")
    _, everything = desk.queue(limit=1_000_000)
    by_number = {each.number: each for each in everything}
    for said in acknowledged.decided:
        found = by_number.get(said["number"])
        if found is None or found.state != said["state"] or found.change != said.get("change"):
            wrong.append(f"the decision about contribution {said['number']} is lost")
    wrong += [f"undo {change} is lost" for change in acknowledged.undone if change not in changes]
    wrong += _check_agreement(changes, everything)
    with sqlite3.connect(settings.state_dir / "ledger.sqlite") as connection:
        if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            wrong.append("the ledger's file is damaged")
        steps = connection.execute(
            "SELECT count(*) FROM contribution AS c WHERE (SELECT count(*) FROM step WHERE contribution ="
            " c.number AND action = 'submit') != 1"
        ).fetchone()[0]
    connection.close()
    return [*wrong, *(["a contribution has no first step"] if steps else [])]


def _check_agreement(changes: dict[int, Change], everything: list[Contribution]) -> list[str]:
    """Compare what was accepted with what was changed."""
    wrong = []
    became = {each.change: each for each in everything if each.change is not None}
    if any((each.state == "accepted") != (each.change is not None) for each in everything):
        wrong.append("a contribution is accepted without a change, or the other way round")
    for number, change in changes.items():
        origin = became.get(number)
        if (change.action == "contribution") != (origin is not None):
            wrong.append(f"change {number} and the contributions do not agree")
        elif origin is not None:
            done = {each for each in change.delta.added if not is_provenance(each, BASE)}
            if done != set(origin.delta.added):
                wrong.append(f"change {number} is not what contribution {origin.number} proposed")
    return wrong


def _check_snapshot(settings: Settings) -> list[str]:
    folder = SnapshotFolder(settings.state_dir).current()
    manifest = read_manifest(folder)
    wrong = [
        f"{name} is damaged"
        for name, digest in manifest.digests.items()
        if file_digest(folder / name) != digest
    ]
    ledger = Ledger(settings.state_dir)
    if manifest.change != ledger.head():
        wrong.append(f"the snapshot has change {manifest.change}, the ledger {ledger.head()}")
    source = settings.state_dir / "vocabulary.ttl"
    expected, _, _ = replay(read_sources([source], settings, BASE).statements, ledger.changes())
    if set(expected) != set(read_asserted(folder).statements):
        wrong.append("the snapshot does not say what the source and the ledger say")
    return wrong


# rounds


def one_round(state: Path, seed: int, acknowledged: Acknowledged) -> str:
    """Start a process, let it do something, and kill it; gives when.

    The moment is a random time after a random number of lines, so that a slow machine does as much as a fast
    one, and work is cut anywhere.
    """
    command = [sys.executable, __file__, "--work", str(state), "--seed", str(seed)]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PATHWAYS_LD_")}
    chance = random.Random(seed)
    wanted, delay = 1 + chance.randrange(MOST_LINES), chance.uniform(0, LONGEST)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        stream = process.stdout.fileno()
        content = b""
        ends = time.monotonic() + PATIENCE
        while content.count(b"\n") < wanted and time.monotonic() < ends:
            if select.select([stream], [], [], 1.0)[0]:
                piece = os.read(stream, 65_536)
                if not piece:
                    raise SystemExit(f"The process ended by itself with {process.wait()}.")
                content += piece
        if not content:
            raise SystemExit("The process did not start.")
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        content += process.stdout.read()
    for line in content.decode().splitlines():
        acknowledged.hear(line)
    return f"killed {delay:.3f} s after line {wanted}"


def fresh(folder: Path) -> Path:
    """Make a state directory with a published vocabulary."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source = folder / "vocabulary.ttl"
    source.write_text(vocabulary(), encoding="utf-8")
    releases.build([source], settings_of(folder))
    return folder


def main() -> None:
    """Run the rounds that are left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--fresh", type=int, default=25, help="rounds after which a new vocabulary begins")
    parser.add_argument("--state", type=Path, help="where to keep what was done, to go on later")
    parser.add_argument(
        "--seconds", type=float, default=3_600.0, help="stop after this long, at the end of a round"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.seed)
        return
    with TemporaryDirectory(prefix="pathways-ld-kills-") as temporary:
        run(options, options.state or Path(temporary))


def run(options: argparse.Namespace, folder: Path) -> None:
    """Run rounds and keep the score; exits with 1 when something is wrong, and leaves it there to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    score_file = folder / "score.json"
    score = {"rounds": 0, "submitted": 0, "decided": 0, "undone": 0}
    if score_file.exists():
        score = json.loads(score_file.read_text(encoding="utf-8"))
    ends = time.monotonic() + options.seconds
    state, acknowledged = folder / "state", Acknowledged()
    started = score["rounds"]
    while score["rounds"] < options.rounds and time.monotonic() < ends:
        if (score["rounds"] - started) % options.fresh == 0:
            state, acknowledged = fresh(folder / "state"), Acknowledged()
        before = len(acknowledged.submitted), len(acknowledged.decided), len(acknowledged.undone)
        seed = options.seed * 1_000_000 + score["rounds"]
        moment = one_round(state, seed, acknowledged)
        wrong = check(state, acknowledged)
        if wrong:
            print(f"round {score['rounds'] + 1} (seed {seed}, {moment}):", *wrong, sep="\n  ")
            kept = folder.with_name(f"{folder.name}-wrong")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept, symlinks=True)
            print(f"The state directory is kept in {kept}.")
            raise SystemExit(1)
        score["rounds"] += 1
        after = len(acknowledged.submitted), len(acknowledged.decided), len(acknowledged.undone)
        for name, old, new in zip(("submitted", "decided", "undone"), before, after, strict=True):
            score[name] += new - old
        score_file.write_text(json.dumps(score), encoding="utf-8")
        if score["rounds"] % 10 == 0:
            print(json.dumps(score), flush=True)
    print(f"{json.dumps(score)}: nothing lost, nothing half done.")


if __name__ == "__main__":
    main()

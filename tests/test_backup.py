"""Copies of the ledger: whole, private, made in use, and put back without losing anything by mistake."""

from __future__ import annotations

import sqlite3
import stat
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pathways_ld.cli import main
from pathways_ld.errors import BuildRunning, InputError
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.ledger.backup import back_up, restore
from pathways_ld.ledger.database import FILE
from pathways_ld.ledger.use import in_use, unused
from pathways_ld.ledger.verifying import verify
from pathways_ld.rdfio import Statement
from pathways_ld.snapshot import SnapshotFolder


def append(state_dir: Path, count: int = 1) -> None:
    ledger = Ledger(state_dir)
    for _ in range(count):
        number = ledger.head() + 1
        delta = Delta((Statement("<urn:x-s>", "<urn:x-p>", f'"{number}"'),))
        ledger.append(number, delta, author="a", action="update", note="", snapshot="s")
        ledger.mark_published(number)


def numbers(state_dir: Path) -> list[int]:
    return [each.number for each in Ledger(state_dir).changes()]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    append(folder, 3)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def execute(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for each in statements:
        connection.execute(each)
    connection.close()


def test_a_copy_is_whole_private_and_named_by_its_digest(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    ran = run("ledger", "backup", copy, "--out", state)
    assert ran.exit_code == 0, ran.output
    assert sha256(copy.read_bytes()).hexdigest() in ran.stdout
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.sqlite"]
    folder = tmp_path / "other"
    folder.mkdir()
    restore(folder, copy)
    assert list(Ledger(folder).changes()) == list(Ledger(state).changes())
    assert (folder / FILE).stat().st_mode == (state / FILE).stat().st_mode


def test_a_copy_is_not_overwritten_by_mistake(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_text("mine")
    ran = run("ledger", "backup", copy, "--out", state)
    assert (ran.exit_code, copy.read_text()) == (2, "mine")
    assert "--force" in ran.output
    assert run("ledger", "backup", copy, "--out", state, "--force").exit_code == 0
    assert run("ledger", "backup", tmp_path / "x", "--out", tmp_path / "none").exit_code == 2


def test_copies_made_while_others_write_are_of_one_moment(state: Path, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            append(state)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            copy = tmp_path / f"copy{number}.sqlite"
            made = back_up(state, copy)
            folder = tmp_path / f"back{number}"
            restore(folder, copy)
            assert verify(folder) == []
            assert numbers(folder) == list(range(1, made.head + 1))
    finally:
        done.set()
        writer.join()


def test_what_a_copy_lacks_is_not_lost_by_mistake(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    back_up(state, copy)
    append(state, 2)
    refused = run("ledger", "restore", copy, "--out", state)
    assert refused.exit_code == 2
    assert "2 changes (the last is 5)" in refused.output
    assert numbers(state) == [1, 2, 3, 4, 5]
    ran = run("ledger", "restore", copy, "--out", state, "--force")
    assert ran.exit_code == 0, ran.output
    assert numbers(state) == [1, 2, 3]
    kept = next(path for path in state.iterdir() if path.name.startswith(f"{FILE}.before-"))
    assert str(kept) in ran.output
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    # Numbers that were published are not given to something else.
    append(state)
    assert numbers(state) == [1, 2, 3, 6]
    assert verify(state) == []
    restore(tmp_path / "again", kept)
    assert numbers(tmp_path / "again") == [1, 2, 3, 4, 5]


def test_another_ledger_is_not_taken_for_an_older_one(state: Path, tmp_path: Path) -> None:
    other, copy = tmp_path / "other", tmp_path / "copy.sqlite"
    append(other, 9)
    execute(other / FILE, "UPDATE change SET at = '2020-01-01T00:00:00+00:00'")
    back_up(other, copy)
    with pytest.raises(InputError, match="3 changes"):
        restore(state, copy)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\x00" + b"\x00" * 5000])
def test_what_is_no_ledger_is_refused(state: Path, tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(content)
    ran = run("ledger", "restore", copy, "--out", state, "--force")
    assert ran.exit_code == 2, ran.output
    assert numbers(state) == [1, 2, 3]


def test_a_damaged_copy_is_refused(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    back_up(state, copy)
    execute(copy, "UPDATE change SET added = x'00' WHERE number = 2")
    with pytest.raises(InputError, match="Change 2 cannot be read"):
        restore(state, copy, force=True)
    assert numbers(state) == [1, 2, 3]


def test_nothing_is_put_back_while_a_server_or_a_build_runs(state: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    back_up(state, copy)
    with in_use(state), in_use(state):
        ran = run("ledger", "restore", copy, "--out", state)
        assert (ran.exit_code, "A server uses" in ran.output) == (2, True)
    with SnapshotFolder(state).building():
        assert "build is running" in run("ledger", "restore", copy, "--out", state).output
    with unused(state), pytest.raises(BuildRunning, match="put back"), in_use(state):
        pass
    assert run("ledger", "restore", copy, "--out", state).exit_code == 0


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM change WHERE number = 2", "Change 2 is missing."),
        ("UPDATE change SET removed = x'78' WHERE number = 1", "Change 1 cannot be read"),
        ("UPDATE change SET at = 'yesterday' WHERE number = 1", "Change 1 cannot be read"),
        ("UPDATE change SET published = 0 WHERE number = 2", "Change 2 is not marked as published"),
    ],
    ids=["gap", "bytes", "time", "unpublished"],
)
def test_verify_finds_what_is_wrong(state: Path, statement: str, words: str) -> None:
    assert run("ledger", "verify", "--out", state).stdout == "The ledger is whole.\n"
    execute(state / FILE, statement)
    ran = run("ledger", "verify", "--out", state)
    assert ran.exit_code == 1
    assert words in ran.stdout


def test_a_change_cut_short_is_no_fault(state: Path) -> None:
    Ledger(state).append(4, Delta(), author="a", action="update", note="", snapshot="s")
    assert verify(state) == []


def test_the_ledger_alone_lists_its_changes(state: Path) -> None:
    assert [line.split()[0] for line in run("ledger", "--out", state).stdout.splitlines()] == ["1", "2", "3"]
    assert run("ledger", "--after", "2", "--out", state).stdout.startswith("3 ")

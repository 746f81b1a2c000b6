"""The ledger: what was accepted stays, in order, to the byte; tokens are known by a digest only."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pathways_ld.cli import main
from pathways_ld.errors import InputError, StorageError
from pathways_ld.ledger import Delta, Ledger, Tokens, replay
from pathways_ld.rdfio import Statement, graph_line, literal, read_graph_line

A = Statement("<https://example.org/a>", "<https://example.org/p>", '"01"^^<https://example.org/code>')
B = Statement(
    "<https://example.org/a>", "<https://example.org/p>", '"Colour \\" \\n > <x> ."@EN-gb', "<urn:x-g>"
)
C = Statement("_:b1", "<https://example.org/p>", "_:b2", "<urn:x-g>")


def append(ledger: Ledger, number: int, delta: Delta) -> None:
    ledger.append(number, delta, author="Ann", action="update", note="why", snapshot=f"s{number}")


def test_a_change_is_read_back_as_it_was(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, 1, Delta((A, B), (C,), frozenset({"urn:x-empty"})))
    (change,) = Ledger(tmp_path).changes()
    assert (change.number, change.author, change.action, change.note, change.snapshot) == (
        1,
        "Ann",
        "update",
        "why",
        "s1",
    )
    assert change.delta == Delta((A, B), (C,), frozenset({"urn:x-empty"}))
    assert change.delta.graphs == {"", "urn:x-g"}
    assert datetime.now(UTC) - datetime.fromisoformat(change.at) < timedelta(minutes=5)


def test_without_a_file_there_are_no_changes_and_none_is_made(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "nowhere")
    assert ledger.head() == 0
    assert list(ledger.changes()) == []
    assert ledger.pending() is None
    assert Tokens(tmp_path / "nowhere").all() == []
    assert not (tmp_path / "nowhere").exists()


def test_what_was_not_published_is_pending(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, 1, Delta((A,)))
    pending = ledger.pending()
    assert pending is not None
    assert pending.snapshot == "s1"
    ledger.mark_published(1)
    assert ledger.pending() is None


def test_a_number_is_given_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, 1, Delta((A,)))
    with pytest.raises(StorageError, match="cannot be used"):
        append(ledger, 1, Delta((B,)))
    assert [change.delta.added for change in ledger.changes()] == [(A,)]


def test_replay_applies_changes_in_order_and_counts_what_is_missing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, 1, Delta((B,), (A,)))
    append(ledger, 2, Delta((A,), (B, C), frozenset({"urn:x-g", "urn:x-other"})))
    statements, empty, missing = replay([A], ledger.changes())
    assert statements == [A]
    assert missing == 1
    assert empty == {"urn:x-g", "urn:x-other"}
    assert replay([C], ledger.changes())[1] == {"urn:x-g", "urn:x-other"}
    assert replay([A, B], [])[0] == [A, B]


def test_a_ledger_of_newer_software_is_not_touched(tmp_path: Path) -> None:
    Tokens(tmp_path).issue("Ann", ["update"])
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="version 99"):
        Ledger(tmp_path).head()


def test_a_file_that_is_no_ledger_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"something else, and long enough to be looked at" * 50)
    with pytest.raises(StorageError, match=r"ledger\.sqlite cannot be used: file is not a database"):
        Ledger(tmp_path).head()


def test_a_killed_writer_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    append(Ledger(tmp_path), 1, Delta((A,)))
    code = (
        "import os, sys; from pathlib import Path; from pathways_ld.ledger.database import Database\n"
        "with Database(Path(sys.argv[1])).writing() as connection:\n"
        "    connection.execute('DELETE FROM change'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert Ledger(tmp_path).head() == 1


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_literals = st.builds(literal, _texts) | st.builds(
    lambda text: literal(text, lang="en-GB"), _texts
) | st.builds(lambda text: literal(text, datatype="https://example.org/t"), _texts)  # fmt: skip


@given(_literals | st.just("<urn:x-o>") | st.just("_:b"), st.just("") | st.just("<urn:x-g>"))
def test_every_line_is_read_as_it_was_written(term: str, graph: str) -> None:
    statement = Statement("<urn:x-s>", "<urn:x-p>", term, graph)
    line = graph_line(statement)
    assert line.count("\n") == 1
    assert read_graph_line(line[:-1]) == statement


# tokens


def test_a_token_is_found_by_its_text_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    issued = tokens.issue("Ann", ["update"], graphs=["urn:x-g", ""])
    found = tokens.find(issued.text)
    assert found == issued.token
    assert found is not None
    assert found.may_change("urn:x-g")
    assert found.may_change("")
    assert not found.may_change("urn:x-h")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert issued.text.encode() not in stored
    assert issued.text.rsplit("_", 1)[1].encode() not in stored


@pytest.mark.parametrize("change", ["last", "first", "cut", "empty", "id", "newline"])
def test_a_text_that_differs_is_no_token(tmp_path: Path, change: str) -> None:
    tokens = Tokens(tmp_path)
    text = tokens.issue("Ann", ["update"]).text
    other = tokens.issue("Ben", ["update"]).text
    wrong = {
        "last": text[:-1] + ("A" if text[-1] != "A" else "B"),
        "first": "x" + text[1:],
        "cut": text[:-1],
        "empty": "",
        "id": other[:17] + text[17:],
        "newline": text + "\n",
    }[change]
    assert tokens.find(wrong) is None
    assert tokens.find(text) is not None


def test_revoked_and_expired_tokens_end(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    issued = tokens.issue("Ann", ["graphs"])
    tokens.revoke(issued.token.id)
    assert tokens.find(issued.text) is None
    short = tokens.issue("Ben", ["graphs"], days=1)
    assert tokens.find(short.text) is not None
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute(
            "UPDATE token SET expires = ? WHERE id = ?",
            ((datetime.now(UTC) - timedelta(seconds=1)).isoformat(), short.token.id),
        )
    connection.close()
    assert tokens.find(short.text) is None
    with pytest.raises(InputError, match='There is no token "x"'):
        tokens.revoke("x")


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("", ["update"]), ("a\nb", ["update"]), ("Ann", ["all"]), ("Ann", []), ("x" * 81, ["update"])],
)
def test_a_token_needs_a_name_and_known_scopes(tmp_path: Path, name: str, scopes: list[str]) -> None:
    with pytest.raises(InputError, match="expected"):
        Tokens(tmp_path).issue(name, scopes)


def test_the_commands_make_list_and_revoke_tokens(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.stdout

    text = run("token", "add", "Ann", "--scope", "update", "--graph", "default", "--days", "7").strip()
    found = Tokens(tmp_path).find(text)
    assert found is not None
    assert found.graphs == {""}
    assert "valid    Ann: update; default; made " in run("token", "list")
    run("token", "revoke", found.id)
    assert f"{found.id}  revoked  Ann" in run("token", "list")
    assert text not in run("token", "list")
    refused = CliRunner().invoke(main, ["token", "add", "Ann", "--scope", "all", "--out", str(tmp_path)])
    assert refused.exit_code == 2
    assert '"all" is no scope' in refused.stderr
    odd = CliRunner().invoke(
        main, ["token", "add", "Ann", "--scope", "update", "--graph", "no iri", "--out", str(tmp_path)]
    )
    assert odd.exit_code == 2


def test_the_ledger_is_listed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    append(ledger, 1, Delta((A, B), (C,)))
    result = CliRunner().invoke(main, ["ledger", "--out", str(tmp_path)])
    assert result.stdout.startswith("1  ")
    assert "Ann  update: 2 added, 1 removed  (not yet published)  why" in result.stdout

"""`pathways-ld submit` and `pathways-ld review`: contributions without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contributed import Desk
from maintenance import BASE
from pathways_ld.cli import main
from pathways_ld.contributions import Submission
from pathways_ld.ledger import Ledger
from pathways_ld.settings import load_settings
from pathways_ld.validation.pool import ValidationPool


@pytest.fixture
def state(tmp_path: Path) -> Path:
    with ValidationPool() as pool:
        return Desk.general(tmp_path, pool).settings.state_dir


def run(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, [*arguments, "--out", str(state)], env={"PATHWAYS_LD_CANONICAL_BASE": BASE}
    )


def sent(state: Path, text: str, name: str = "sent.ttl") -> str:
    path = state / name
    path.write_text(f"@prefix skos: <http://www.w3.org/2004/02/skos/core#> . {text}", encoding="utf-8")
    return str(path)


def test_a_file_is_submitted_reviewed_published_and_undone(state: Path) -> None:
    file = sent(state, '<one> skos:altLabel "Uno"@es .')
    done = run(state, "submit", file, "--reason", "It is said so.", "--name", "Ana", "--as", "ann")
    assert done.exit_code == 0, done.output
    assert "+ Alternative label: Uno (es)" in done.output
    assert re.search(r"contribution 1; its status page is /contributions/[\w-]{32}\n", done.output)
    assert re.search(
        r"1  \S+  received  One: It is said so\.\n1 contribution\.", run(state, "review", "list").output
    )
    shown = run(state, "review", "show", "1").output
    assert "Who: Ana (not to be published)" in shown
    seen = re.search(r"accept 1 --seen (\d+)", shown)
    assert seen
    assert run(state, "review", "comment", "1", "--reason", "Thank you.", "--as", "rita").exit_code == 0
    accepted = run(state, "review", "accept", "1", "--seen", seen[1], "--as", "rita")
    assert "Change 1 is published" in accepted.output
    assert run(state, "review", "list").output == "0 contributions.\n"
    assert "accepted as change 1, rita" in run(state, "review", "list", "--state", "all").output
    assert "already accepted by rita as change 1" in run(state, "review", "accept", "1").output
    assert "Change 2 is published" in run(state, "review", "undo", "1", "--reason", "Wrong.").output
    assert Ledger(state).head() == 2


def test_a_check_stores_nothing(state: Path) -> None:
    done = run(state, "submit", "--check", sent(state, '<one> skos:altLabel "Uno"@es .'))
    assert done.exit_code == 0, done.output
    assert "nothing was stored" in done.output
    assert not (state / "ledger.sqlite").exists()


def test_what_must_be_fixed_is_said_and_not_stored(state: Path) -> None:
    bad = sent(state, '<one> skos:prefLabel "Another"@en .')
    good = sent(state, '<one> skos:altLabel "Uno"@es .', "good.ttl")
    done = run(state, "submit", bad, good, "--reason", "So.")
    assert done.exit_code == 1
    assert "must fix: " in done.output
    assert "good.ttl: contribution 1" in done.output


def test_what_cannot_be_read_is_an_error(state: Path) -> None:
    assert run(state, "submit", str(state / "none.ttl")).exit_code == 2
    unexplained = run(state, "submit", sent(state, '<one> skos:altLabel "Uno"@es .'))
    assert unexplained.exit_code == 2
    assert "The reason is missing" in unexplained.output
    done = run(state, "submit", sent(state, "<one> skos:altLabel"))
    assert done.exit_code == 2
    assert "sent.ttl:1:" in done.output


def test_a_term_can_be_replaced(state: Path) -> None:
    file = sent(
        state,
        '<one> a skos:Concept ; skos:inScheme <scheme> ; skos:prefLabel "First"@en ;'
        ' skos:definition "The first."@en ; skos:notation "01"^^<https://example.org/code> .',
    )
    done = run(state, "submit", file, "--replace", f"{BASE}one", "--reason", "So.")
    assert "- Preferred label: One (en)" in done.output
    assert "+ Preferred label: First (en)" in done.output
    assert (
        run(state, "review", "reject", "1", "--reason", "No.", "--as", "rita").output
        == "Contribution 1 is rejected.\n"
    )


def test_texts_of_strangers_do_not_steer_the_terminal(state: Path) -> None:
    run(state, "submit", sent(state, '<one> skos:altLabel "U\\u001B[2Jno"@es .'), "--reason", "So.")
    with ValidationPool() as pool:
        desk = Desk(load_settings(environment={}, canonical_base=BASE, state_dir=state), pool)
        delta = desk.read('<one> skos:altLabel "Due"@it .')
        desk.all.submit(Submission(delta, "A reason\nof two lines.", "rdf"))
    for command in (("review", "list", "--state", "all"), ("review", "show", "1"), ("review", "show", "2")):
        assert "\x1b" not in run(state, *command).output
    assert "A reason of two lines." in run(state, "review", "list").output


def test_four_eyes_by_command(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATHWAYS_LD_FOUR_EYES", "on")
    run(state, "submit", sent(state, '<one> skos:altLabel "Uno"@es .'), "--as", "ann", "--reason", "So.")
    assert "needs two reviewers" in run(state, "review", "accept", "1", "--as", "rita").output
    assert "approved by rita" in run(state, "review", "approve", "1", "--as", "rita").output
    assert "Change 1 is published" in run(state, "review", "accept", "1", "--as", "bob").output

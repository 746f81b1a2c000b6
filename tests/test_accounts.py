"""Accounts of reviewers: who may sign in, who has to wait, and what the ledger keeps of it."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from core_fixtures import run
from pathways_ld.cli import main
from pathways_ld.errors import (
    InputError,
    Overloaded,
    PathwaysError,
    SignInRefused,
    StorageError,
    TooManyRequests,
)
from pathways_ld.ledger import Accounts, Sessions, passwords, secret_key, spend
from pathways_ld.ledger.attempts import FORGOTTEN_AFTER, LONGEST_WAIT, Attempts
from pathways_ld.ledger.database import FILE

RIGHT = "correct horse battery"
CLIENT = "192.0.2.1"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def real_hashes() -> None:
    """Hash as the server does, for a test of that."""


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash with little work: what is tested here is who is let in."""
    if "real_hashes" not in request.fixturenames:
        weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        monkeypatch.setattr(passwords, "_HASHER", weak)
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    made = Accounts(tmp_path, Attempts(tmp_path, clock))
    made.add("ann", RIGHT, display_name="Ann Author")
    return made


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(tmp_path, idle=600, lifetime=3_600, clock=clock)


def kept(folder: Path) -> bytes:
    """Give every byte that the ledger has on the disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{FILE}*")))


def refused(
    accounts: Accounts, name: str, tried: str = "not it at all", client: str = CLIENT
) -> PathwaysError:
    with pytest.raises((SignInRefused, TooManyRequests)) as error:
        accounts.sign_in(name, tried, client)
    assert isinstance(error.value, PathwaysError)
    return error.value


# names and passwords


def test_an_account_is_signed_in_to_with_its_name_in_any_case(accounts: Accounts) -> None:
    account = accounts.sign_in("Ann", RIGHT, CLIENT)
    assert (account.name, account.display_name, account.role) == ("ann", "Ann Author", "reviewer")


@pytest.mark.usefixtures("real_hashes")
def test_the_ledger_keeps_no_password_and_nobody_else_may_read_it(accounts: Accounts, tmp_path: Path) -> None:
    accounts.sign_in("ann", RIGHT, CLIENT)
    content = kept(tmp_path)
    assert RIGHT.encode() not in content
    assert b"$argon2id$v=19$m=65536,t=3,p=4$" in content
    assert CLIENT.encode() not in content  # addresses of people who fail to sign in
    for path in tmp_path.glob(f"{FILE}*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "password",
    [
        "", " " * 20, "short", "x" * 1_025, "aaaaaaaaaaaaaaaa", "abababababab", "ann@example.org",
        "Ann@Example.org1", "ann@example.organn@example.org",
    ],
    ids=[
        "empty", "blank", "short", "long", "one-character", "two-characters", "name", "name-and-a-digit",
        "name-twice",
    ],
)  # fmt: skip
def test_a_password_that_is_easily_guessed_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(InputError, match=r"[Tt]he password .*expected|The password is little more"):
        accounts.add("ann@example.org", password)
    assert [each.name for each in accounts.all()] == ["ann"]


@pytest.mark.parametrize(
    "password", ["péché mignon à Paris", "пароль для проверки", "  spaces count  ", "x" * 1_000 + "abcd"]
)
def test_any_character_may_be_in_a_password(accounts: Accounts, password: str) -> None:
    accounts.add("bea", password)
    assert accounts.sign_in("bea", password, CLIENT).name == "bea"
    refused(accounts, "bea", password.strip() + "!")


def test_a_password_is_the_same_however_a_keyboard_composes_it(accounts: Accounts) -> None:
    accounts.add("bea", "caf\u00e9 au lait, merci")
    assert accounts.sign_in("bea", "cafe\u0301 au lait, merci", CLIENT).name


@pytest.mark.parametrize("name", ["", "a", "a b", "-ann", "ann\n", "änn", "x" * 101, "ann'--", "<b>ann"])
def test_a_name_that_could_be_taken_for_another_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of an account"):
        accounts.add(name, RIGHT)


@pytest.mark.parametrize("name", ["ann", "ANN"])
def test_a_name_is_taken_once(accounts: Accounts, name: str) -> None:
    with pytest.raises(InputError, match="already"):
        accounts.add(name, RIGHT)


@pytest.mark.parametrize("shown", ["A\u202eB", "x" * 101, "a\x00b"], ids=["turns-text", "long", "nul"])
def test_what_cannot_be_shown_is_no_display_name(accounts: Accounts, shown: str) -> None:
    with pytest.raises(InputError, match="cannot be shown as a name"):
        accounts.add("bea", RIGHT, display_name=shown)


@pytest.mark.usefixtures("real_hashes")
def test_a_password_hashed_with_other_parameters_is_hashed_anew(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
        accounts.set_password("ann", RIGHT)
    assert b"m=1024,t=1" in hash_of(tmp_path)
    accounts.sign_in("ann", RIGHT, CLIENT)
    assert b"m=65536,t=3" in hash_of(tmp_path)
    accounts.sign_in("ann", RIGHT, CLIENT)


def hash_of(folder: Path) -> bytes:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        (found,) = connection.execute("SELECT password FROM account WHERE name = 'ann'").fetchone()
    return str(found).encode()


def test_a_damaged_hash_says_what_to_do(accounts: Accounts, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE account SET password = 'secret'")
    with pytest.raises(StorageError, match="pathways-ld user password"):
        accounts.sign_in("ann", RIGHT, CLIENT)


# who guesses


def test_a_wrong_password_an_unknown_name_and_a_disabled_account_are_told_alike(accounts: Accounts) -> None:
    accounts.add("bea", RIGHT)
    accounts.set_disabled("bea", disabled=True)
    said = {
        refused(accounts, "ann").message,
        refused(accounts, "nobody").message,
        refused(accounts, "bea", RIGHT).message,
        refused(accounts, "x' OR 1=1 --").message,
    }
    assert len(said) == 1


@pytest.mark.usefixtures("real_hashes")
def test_an_unknown_name_costs_a_hash_as_a_known_one_does(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, kept: str, password: bytes) -> bool:
        hashed.append(kept.rpartition("$")[0].rpartition("$")[0])
        return real(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    refused(accounts, "ann")
    refused(accounts, "nobody")
    assert hashed == ["$argon2id$v=19$m=65536,t=3,p=4"] * 2


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_after_ten_failures_the_name_has_to_wait_longer_each_time(
    accounts: Accounts, clock: Clock, name: str
) -> None:
    for number in range(10):
        error = refused(accounts, name.upper() if number % 2 else name, client=f"192.0.2.{number}")
        assert isinstance(error, SignInRefused)
    waits = []
    for number in range(7):
        error = refused(accounts, name, RIGHT, client=f"198.51.100.{number}")
        assert isinstance(error, TooManyRequests)
        waits.append(error.retry_after)
        clock.now += error.retry_after
        assert isinstance(refused(accounts, name, client=f"203.0.113.{number}"), SignInRefused)
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_the_right_password_is_not_looked_at_while_the_name_waits_and_then_ends_the_waiting(
    accounts: Accounts, clock: Clock
) -> None:
    for number in range(10):
        refused(accounts, "ann", client=f"192.0.2.{number}")
    assert isinstance(refused(accounts, "ann", RIGHT), TooManyRequests)
    clock.now += 30
    assert accounts.sign_in("ann", RIGHT, CLIENT).name
    for number in range(9):
        assert isinstance(refused(accounts, "ann", client=f"198.51.100.{number}"), SignInRefused)
    assert accounts.sign_in("ann", RIGHT, CLIENT).name


def test_a_client_that_tries_many_names_has_to_wait_though_it_knows_one_password(accounts: Accounts) -> None:
    for number in range(20):
        assert isinstance(refused(accounts, f"name{number}"), SignInRefused)
        if number in (5, 15):
            assert accounts.sign_in("ann", RIGHT, CLIENT).name
    assert isinstance(refused(accounts, "another"), TooManyRequests)
    assert isinstance(refused(accounts, "ann", RIGHT), TooManyRequests)
    assert accounts.sign_in("ann", RIGHT, "198.51.100.7").name  # from elsewhere nothing has failed


def test_failures_are_forgotten_after_a_day(accounts: Accounts, clock: Clock) -> None:
    for number in range(9):
        refused(accounts, "ann", client=f"192.0.2.{number}")
    clock.now += FORGOTTEN_AFTER + 1
    refused(accounts, "ann")
    assert accounts.sign_in("ann", RIGHT, CLIENT).name


def test_two_processes_agree_on_who_waits(accounts: Accounts, tmp_path: Path, clock: Clock) -> None:
    for number in range(10):
        refused(accounts, "ann", client=f"192.0.2.{number}")
    other = Accounts(tmp_path, Attempts(tmp_path, clock))
    assert isinstance(refused(other, "ann", RIGHT), TooManyRequests)


def test_who_has_to_wait_does_not_make_the_disk_work(accounts: Accounts, tmp_path: Path) -> None:
    for number in range(10):
        refused(accounts, "ann", client=f"192.0.2.{number}")
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")  # nobody else can write
        assert isinstance(refused(accounts, "ann", RIGHT), TooManyRequests)


def test_a_clock_that_is_set_back_locks_nobody_out_for_long(accounts: Accounts, clock: Clock) -> None:
    for number in range(10):
        refused(accounts, "ann", client=f"192.0.2.{number}")
    clock.now -= 1_000_000
    error = refused(accounts, "ann", RIGHT)
    assert isinstance(error, TooManyRequests)
    assert error.retry_after <= LONGEST_WAIT


def test_many_guesses_at_the_same_moment_are_all_counted(accounts: Accounts) -> None:
    for _ in range(8):
        refused(accounts, "ann", client="198.51.100.1")
    outcomes: list[str] = []

    def guess(number: int) -> None:
        try:
            accounts.sign_in("ann", "not it at all", f"192.0.2.{number}")
        except PathwaysError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["SignInRefused"] * 2 + ["TooManyRequests"] * 4


def test_what_is_remembered_of_names_without_an_account_is_bounded(
    accounts: Accounts, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathways_ld.ledger.attempts.ROOM", 6)
    for number in range(10):
        refused(accounts, "ann", client=f"192.0.2.{number}")
        clock.now += 1
    clock.now += 100
    for number in range(8):
        refused(accounts, f"name{number}", client=f"198.51.100.{number}")
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM attempt WHERE NOT kept").fetchone() == (6,)
    refused(accounts, "ann", client="203.0.113.1")
    # The failures of an account were not dropped to make room.
    assert isinstance(refused(accounts, "ann", RIGHT, client="203.0.113.2"), TooManyRequests)


def test_a_process_hashes_few_passwords_at_a_time_and_refuses_what_would_wait_long(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    with passwords.turn(), passwords.turn():
        with pytest.raises(Overloaded) as error:
            accounts.sign_in("ann", RIGHT, CLIENT)
        assert error.value.retry_after >= 1
    assert accounts.sign_in("ann", RIGHT, CLIENT).name  # nor was it counted as a failure


def test_who_would_wait_behind_too_many_is_refused_at_once(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_PLACES", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "PATIENCE", 1_000.0)
    with passwords.turn(), pytest.raises(Overloaded):
        accounts.sign_in("ann", RIGHT, CLIENT)


# sessions


def test_a_session_is_found_by_its_key_of_which_only_a_digest_is_kept(
    accounts: Accounts, sessions: Sessions, tmp_path: Path
) -> None:
    key = sessions.begin("ANN", "Browser\x00\u202e/1")
    found = sessions.find(key)
    assert found is not None
    assert (found.account, found.display_name, found.role, found.agent) == (
        "ann", "Ann Author", "reviewer", "Browser/1",
    )  # fmt: skip
    assert key.encode() not in kept(tmp_path)
    assert len(key) == 43
    assert sessions.begin("ann") != key
    assert accounts.all()


@pytest.mark.parametrize(
    "key", ["", "x", "x" * 43, "x" * 100_000, "é" * 43], ids=["none", "short", "unknown", "long", "letters"]
)
def test_a_key_that_is_none_finds_nothing(accounts: Accounts, sessions: Sessions, key: str) -> None:
    assert accounts.all()
    sessions.begin("ann")
    assert sessions.find(key) is None


def test_a_session_ends_when_it_is_not_used_and_lasts_while_it_is(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    assert accounts.all()
    key = sessions.begin("ann")
    for _ in range(5):
        clock.now += 500
        assert sessions.find(key) is not None
    clock.now += 600
    assert sessions.find(key) is None


def test_a_session_ends_after_its_time_however_much_it_is_used(
    accounts: Accounts, sessions: Sessions, clock: Clock
) -> None:
    assert accounts.all()
    key = sessions.begin("ann")
    for _ in range(11):
        clock.now += 300
        assert sessions.find(key) is not None
    clock.now += 300
    assert sessions.find(key) is None


def test_sessions_that_have_ended_are_removed(
    accounts: Accounts, sessions: Sessions, clock: Clock, tmp_path: Path
) -> None:
    assert accounts.all()
    for _ in range(3):
        sessions.begin("ann")
    clock.now += 700
    sessions.begin("ann")
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (1,)


def test_an_account_has_some_sessions_at_most(accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
    assert accounts.all()
    keys = []
    for _ in range(25):
        clock.now += 1
        keys.append(sessions.begin("ann"))
    assert [sessions.find(key) is not None for key in keys] == [False] * 5 + [True] * 20


@pytest.mark.parametrize("what", ["password", "disabled", "role"])
def test_sessions_end_when_their_account_changes(accounts: Accounts, sessions: Sessions, what: str) -> None:
    accounts.add("bea", RIGHT)
    keys, other = [sessions.begin("ann"), sessions.begin("ann")], sessions.begin("bea")
    if what == "password":
        accounts.set_password("ann", "another good password")
    elif what == "disabled":
        accounts.set_disabled("ann", disabled=True)
    else:
        accounts.set_role("ann", "administrator")
    assert [sessions.find(key) for key in keys] == [None, None]
    assert sessions.find(other) is not None
    accounts.set_disabled("ann", disabled=False)
    assert [sessions.find(key) for key in keys] == [None, None]


def test_a_session_of_an_account_that_was_just_disabled_is_none(
    accounts: Accounts, sessions: Sessions
) -> None:
    accounts.set_disabled("ann", disabled=True)
    assert sessions.find(sessions.begin("ann")) is None


def test_a_session_that_is_ended_is_ended(accounts: Accounts, sessions: Sessions) -> None:
    assert accounts.all()
    key, other = sessions.begin("ann"), sessions.begin("ann")
    found = sessions.find(key)
    assert found is not None
    sessions.end(found)
    assert sessions.find(key) is None
    assert [each.id for each in sessions.of("ann")] == [each.id for each in [sessions.find(other)] if each]


# keys and what is used once


def test_a_key_is_made_once_and_is_the_same_to_all(tmp_path: Path) -> None:
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(secret_key(tmp_path, "a"))) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(made) == 6
    assert {len(each) for each in made} == {32}
    assert len(set(made)) == 1
    assert secret_key(tmp_path, "b") != made[0]


def test_what_is_used_once_is_remembered_until_it_has_ended_and_only_so_much(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathways_ld.ledger.spent.ROOM", 3)
    assert spend(tmp_path, b"a", clock.now + 10, clock)
    assert not spend(tmp_path, b"a", clock.now + 10, clock)
    for number in range(3):
        assert spend(tmp_path, bytes([number]), clock.now + 20 + number, clock)
    assert not spend(tmp_path, b"\x02", clock.now + 22, clock)
    clock.now += 100
    assert spend(tmp_path, b"b", clock.now + 10, clock)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM spent").fetchone() == (1,)


# the commands


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var"


def typed(*arguments: str, typing: str | bytes) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments), input=typing, catch_exceptions=False)
    return result.exit_code, result.output


def test_an_operator_makes_lists_and_changes_accounts(state: Path) -> None:
    code, out = typed("user", "add", "ann@example.org", "--display-name", "Ann", typing=f"{RIGHT}\n{RIGHT}\n")
    assert (code, out.splitlines()[-1]) == (0, "ann@example.org may sign in as reviewer.")
    assert RIGHT not in out
    assert Accounts(state).sign_in("ann@example.org", RIGHT, CLIENT).name

    another = "another good password"
    code, out = typed("user", "password", "ANN@example.org", "--password-stdin", typing=f"{another}\n")
    assert (code, "all sessions of this account have ended" in out) == (0, True)
    assert Accounts(state).sign_in("ann@example.org", another, CLIENT).name

    assert "administrator now" in run("user", "role", "ann@example.org", "administrator").out
    assert "cannot sign in any more" in run("user", "disable", "ann@example.org").out
    listed = run("user", "list").out
    assert "ann@example.org  disabled  administrator  Ann; made 2" in listed
    assert "argon2" not in listed
    assert "may sign in as administrator" in run("user", "enable", "ann@example.org").out
    assert Accounts(state).sign_in("ann@example.org", another, CLIENT).name


def test_enable_lets_somebody_in_who_would_have_to_wait(state: Path) -> None:
    typed("user", "add", "ann", "--password-stdin", typing=RIGHT)
    accounts = Accounts(state)
    for number in range(10):
        refused(accounts, "ann", client=f"192.0.2.{number}")
    assert isinstance(refused(accounts, "ann", RIGHT), TooManyRequests)
    assert run("user", "enable", "ann").code == 0
    assert accounts.sign_in("ann", RIGHT, CLIENT).name


def test_a_password_that_was_mistyped_or_is_too_short_makes_no_account(state: Path) -> None:
    assert typed("user", "add", "ann", typing=f"{RIGHT}\n{RIGHT}!\n")[0] != 0
    code, out = typed("user", "add", "ann", "--password-stdin", typing="short\n")
    assert (code, "expected 12 to 1,024" in out) == (2, True)
    assert typed("user", "add", "ann", "--password-stdin", typing=b"\xff\xfe not UTF-8 at all")[0] == 2
    assert Accounts(state).all() == []


def test_a_password_is_never_taken_from_the_command_line(state: Path) -> None:
    del state
    assert run("user", "add", "ann", RIGHT).code == 2
    assert run("user", "add", "ann", "--password", RIGHT).code == 2


@pytest.mark.parametrize("command", ["password", "disable", "enable", "role"])
def test_an_unknown_account_is_named_with_what_to_do(state: Path, command: str) -> None:
    del state
    ran = run("user", command, "nobody", *(["reviewer"] if command == "role" else []))
    assert ran.code == 2
    assert 'There is no account "nobody"; "pathways-ld user list" shows them.' in ran.err


def test_a_name_that_is_taken_is_said_before_a_password_is_asked_for(state: Path) -> None:
    del state
    typed("user", "add", "ann", "--password-stdin", typing=RIGHT)
    code, out = typed("user", "add", "Ann", typing="")
    assert (code, "already" in out, "Password" in out) == (2, True, False)

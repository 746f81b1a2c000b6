"""Accounts: the people who review, made by an operator, who sign in with a name and a password."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, get_args

from pathways_ld.errors import InputError, SignInRefused
from pathways_ld.ledger import passwords
from pathways_ld.ledger.attempts import Attempts, account_subject, client_subject, forget
from pathways_ld.ledger.database import Database
from pathways_ld.ledger.sessions import end_sessions

Role = Literal["reviewer", "administrator"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""What an account may be; an administrator may do all that a reviewer may."""

# Only ASCII: SQLite folds no other letters, and two names must not look alike.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{1,99}")
_LONGEST_DISPLAY_NAME: Final = 100
TAKEN: Final = frozenset({"contributor", "reviewer"})
"""What the ledger calls those who have no name; nobody else may be called so, lest they be taken for them."""
_SELECT: Final = "SELECT name, display_name, role, created, disabled FROM account"


@dataclass(frozen=True)
class Account:
    """What is known of an account, without its password. `created` is a time in UTC."""

    name: str
    display_name: str
    role: Role
    created: str
    disabled: bool


class Accounts:
    """The accounts of a state directory. Names are the same in capitals and small letters."""

    def __init__(self, state_dir: Path, attempts: Attempts | None = None) -> None:
        self._database = Database(state_dir)
        self._attempts = attempts or Attempts(state_dir)

    def add(self, name: str, password: str, *, display_name: str = "", role: str = "reviewer") -> Account:
        """Make an account. Raises :class:`InputError` for a name that is taken or cannot be one."""
        self.check_new(name)
        shown = _display_name(display_name or name)
        known = _role(role)
        passwords.check_password(password, name)
        with passwords.turn():
            kept = passwords.hash_password(password)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.writing() as connection:
            if connection.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone():
                raise _taken(name)
            connection.execute(
                "INSERT INTO account (name, display_name, role, password, created) VALUES (?,?,?,?,?)",
                (name, shown, known, kept, created),
            )
        return Account(name, shown, known, created, disabled=False)

    def check_new(self, name: str) -> None:
        """Raise :class:`InputError` where `name` cannot be that of a new account."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f'"{name[:100]}" cannot be the name of an account; expected 2 to 100 letters, digits and'
                " . @ _ + -, such as an e-mail address."
            )
        if name.lower() in TAKEN:
            raise InputError(f'"{name}" is what people without a name are called here; choose another name.')
        if any(each.name.lower() == name.lower() for each in self.all()):
            raise _taken(name)

    def all(self) -> list[Account]:
        """List the accounts by name."""
        with self._database.reading() as connection:
            if connection is None:
                return []
            rows = connection.execute(f"{_SELECT} ORDER BY name").fetchall()
        return [_account(row) for row in rows]

    def find(self, name: str) -> Account:
        """Give an account. Raises :class:`InputError` where there is none."""
        with self._database.reading() as connection:
            row = connection and connection.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
        if not row:
            raise _unknown(name)
        return _account(row)

    def sign_in(self, name: str, password: str, client: str) -> Account:
        """Give the account of a name and a password that belong together; `client` names who asks.

        Raises :class:`SignInRefused`, alike for a wrong name and a wrong password, :class:`TooManyRequests`
        after too many failures, and :class:`Overloaded`.
        """
        with passwords.turn():
            kept = self._kept(name)
            at_name = account_subject(name, exists=kept is not None)
            from_client = client_subject(client)
            self._attempts.begin((at_name, from_client))
            if not passwords.is_right(kept, password) or kept is None:
                raise SignInRefused("The name or the password is wrong, or the account is not active.")
            fresh = passwords.hash_password(password) if passwords.is_outdated(kept) else kept
        self._attempts.succeed(at_name, from_client)
        if fresh != kept:
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE account SET password = ? WHERE name = ? AND password = ?", (fresh, name, kept)
                )
        return self.find(name)

    def set_password(self, name: str, password: str) -> Account:
        """Give an account another password: its sessions end, and what failed is forgotten."""
        account = self.find(name)
        passwords.check_password(password, account.name)
        with passwords.turn():
            kept = passwords.hash_password(password)
        return self._change(account, "password", kept)

    def set_disabled(self, name: str, *, disabled: bool) -> Account:
        """Let nobody sign in to an account, or again; its sessions end."""
        return self._change(self.find(name), "disabled", int(disabled))

    def set_role(self, name: str, role: str) -> Account:
        """Change what an account may do; its sessions end."""
        return self._change(self.find(name), "role", _role(role))

    def _kept(self, name: str) -> str | None:
        with self._database.reading() as connection:
            query = "SELECT password FROM account WHERE name = ? AND NOT disabled"
            row = connection and connection.execute(query, (name,)).fetchone()
        return str(row[0]) if row else None

    def _change(self, account: Account, column: str, value: str | int) -> Account:
        key = self._attempts.key(account_subject(account.name, exists=True))
        with self._database.writing() as connection:
            connection.execute(f"UPDATE account SET {column} = ? WHERE name = ?", (value, account.name))  # noqa: S608 - ours
            end_sessions(connection, account.name)
            forget(connection, key)
        return self.find(account.name)


def _account(row: sqlite3.Row | tuple[str, str, Role, str, int]) -> Account:
    name, display_name, role, created, disabled = row
    return Account(name, display_name, role, created, bool(disabled))


def _display_name(text: str) -> str:
    shown = " ".join(text.split())
    if not shown or len(shown) > _LONGEST_DISPLAY_NAME or not shown.isprintable():
        raise InputError(
            f'"{shown[:100]}" cannot be shown as a name; expected 1 to {_LONGEST_DISPLAY_NAME} printable'
            " characters."
        )
    return shown


def _role(name: str) -> Role:
    for role in ROLES:
        if role == name:
            return role
    raise InputError(f'"{name[:80]}" is no role; expected one of {", ".join(ROLES)}.')


def _taken(name: str) -> InputError:
    return InputError(f'There is an account "{name}" already; "pathways-ld user list" shows them.')


def _unknown(name: str) -> InputError:
    return InputError(f'There is no account "{name[:100]}"; "pathways-ld user list" shows them.')

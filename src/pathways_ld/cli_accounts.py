"""The commands for accounts: who may sign in to review."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pathways_ld.errors import InputError
from pathways_ld.ledger import ROLES, Accounts
from pathways_ld.settings import load_settings

_LONGEST = 10_000

_config = click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
_state = click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the standard input instead of asking."
)


@click.group()
def user() -> None:
    """Make, list and change the accounts of reviewers."""


def _accounts(config: Path | None, state_dir: Path | None) -> Accounts:
    return Accounts(load_settings(config, state_dir=state_dir).state_dir)


def _password(*, from_stdin: bool) -> str:
    """Get a password; never from the command line, which other users of the machine can see."""
    if not from_stdin:
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt="The same again")
        return asked
    try:
        text = sys.stdin.buffer.read(_LONGEST).decode()
    except UnicodeDecodeError:
        raise InputError("The password on the standard input is not in UTF-8.") from None
    return text.removesuffix("\n").removesuffix("\r")


@user.command(name="add")
@click.argument("name")
@click.option("--display-name", default="", help="How the name is shown to others. Default: NAME.")
@click.option(
    "--role", type=click.Choice(ROLES), default="reviewer", show_default=True, help="What they may do."
)
@_from_stdin
@_state
@_config
def add_user(
    name: str,
    display_name: str,
    role: str,
    *,
    password_stdin: bool,
    state_dir: Path | None,
    config: Path | None,
) -> None:
    """Make an account; the password is asked for."""
    accounts = _accounts(config, state_dir)
    accounts.check_new(name)
    password = _password(from_stdin=password_stdin)
    account = accounts.add(name, password, display_name=display_name, role=role)
    click.echo(f"{account.name} may sign in as {account.role}.")


@user.command(name="list")
@_state
@_config
def list_users(state_dir: Path | None, config: Path | None) -> None:
    """List all accounts."""
    for each in _accounts(config, state_dir).all():
        state = "disabled" if each.disabled else "active"
        click.echo(f"{each.name}  {state:<8}  {each.role}  {each.display_name}; made {each.created}")


@user.command(name="password")
@click.argument("name")
@_from_stdin
@_state
@_config
def change_password(name: str, *, password_stdin: bool, state_dir: Path | None, config: Path | None) -> None:
    """Give an account another password; whoever is signed in to it has to sign in again."""
    accounts = _accounts(config, state_dir)
    account = accounts.find(name)
    accounts.set_password(account.name, _password(from_stdin=password_stdin))
    click.echo(f"{account.name} has a new password; all sessions of this account have ended.")


@user.command(name="disable")
@click.argument("name")
@_state
@_config
def disable_user(name: str, state_dir: Path | None, config: Path | None) -> None:
    """Let nobody sign in to an account; what it did stays on record."""
    account = _accounts(config, state_dir).set_disabled(name, disabled=True)
    click.echo(f"{account.name} cannot sign in any more; all sessions of this account have ended.")


@user.command(name="enable")
@click.argument("name")
@_state
@_config
def enable_user(name: str, state_dir: Path | None, config: Path | None) -> None:
    """Let an account be signed in to again, also one that must wait after wrong passwords."""
    account = _accounts(config, state_dir).set_disabled(name, disabled=False)
    click.echo(f"{account.name} may sign in as {account.role}.")


@user.command(name="role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@_state
@_config
def change_role(name: str, role: str, state_dir: Path | None, config: Path | None) -> None:
    """Change what an account may do; whoever is signed in to it has to sign in again."""
    account = _accounts(config, state_dir).set_role(name, role)
    click.echo(f"{account.name} is {account.role} now; all sessions of this account have ended.")

"""The commands for the tokens of maintainers."""

from __future__ import annotations

from pathlib import Path

import click

from pathways_ld.errors import InputError
from pathways_ld.iris import is_absolute_iri
from pathways_ld.ledger import SCOPES, Tokens
from pathways_ld.settings import load_settings

_config = click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
_state = click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)


@click.group()
def token() -> None:
    """Make, list and revoke the tokens of maintainers."""


def _tokens(config: Path | None, state_dir: Path | None) -> Tokens:
    return Tokens(load_settings(config, state_dir=state_dir).state_dir)


@token.command(name="add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help=f"What it is for; may be repeated. {'; '.join(f'{name}: {use}' for name, use in SCOPES.items())}.",
)
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    help='A graph it may change: an IRI, or "default"; may be repeated. Without: all graphs.',
)
@click.option("--days", type=click.IntRange(1, 3650), help="Days for which it is valid. Without: no end.")
@_state
@_config
def add_token(
    name: str,
    scopes: tuple[str, ...],
    graphs: tuple[str, ...],
    days: int | None,
    state_dir: Path | None,
    config: Path | None,
) -> None:
    """Make a token for a person or a program, and show it this once."""
    for graph in graphs:
        if graph != "default" and not is_absolute_iri(graph):
            raise InputError(
                f'"{graph}" is neither "default" nor an absolute IRI; expected the IRI of a graph.'
            )
    named = ["" if graph == "default" else graph for graph in graphs]
    issued = _tokens(config, state_dir).issue(name, scopes, graphs=named, days=days)
    click.echo(issued.text)
    ends = f"until {issued.token.expires}" if issued.token.expires else "without end"
    click.echo(
        f"Token {issued.token.id} of {name} is valid {ends}. It is shown only now: keep it safe.", err=True
    )


@token.command(name="list")
@_state
@_config
def list_tokens(state_dir: Path | None, config: Path | None) -> None:
    """List all tokens, without their secrets."""
    for each in _tokens(config, state_dir).all():
        state = "valid" if each.valid else "revoked" if each.revoked else "expired"
        graphs = ", ".join(sorted(graph or "default" for graph in each.graphs)) or "all graphs"
        scopes = ", ".join(sorted(each.scopes))
        ends = f", ends {each.expires}" if each.expires else ""
        click.echo(f"{each.id}  {state:<7}  {each.name}: {scopes}; {graphs}; made {each.created}{ends}")


@token.command(name="revoke")
@click.argument("number", metavar="ID")
@_state
@_config
def revoke_token(number: str, state_dir: Path | None, config: Path | None) -> None:
    """End a token at once."""
    revoked = _tokens(config, state_dir).revoke(number)
    click.echo(f"Token {revoked.id} of {revoked.name} is revoked.")

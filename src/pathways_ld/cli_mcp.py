"""``pathways-ld mcp``: the vocabulary for an assistant on the same machine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from pathways_ld.errors import InputError
from pathways_ld.settings import load_settings


@click.command(name="mcp")
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Answer from this snapshot. Default: the current one."
)
@click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
@click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
def mcp(snapshot: Path | None, state_dir: Path | None, config: Path | None) -> None:
    """Answer an assistant on standard input and output (Model Context Protocol).

    Assistants start this themselves: give them this command. It needs the package mcp, which comes with
    pathways-ld[mcp].
    """
    if find_spec("mcp") is None:
        raise InputError(
            'The Python package "mcp" is not installed. Install it with: pip install "pathways-ld[mcp]"'
        )
    from pathways_ld.mcp_server import serve

    serve(load_settings(config, state_dir=state_dir), snapshot)

"""The command for the JSON-LD context of a vocabulary."""

from __future__ import annotations

from pathlib import Path

import click

from pathways_ld.settings import load_settings


@click.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An RDF file, or a folder of them; may be repeated. Default: the vocabulary that comes with this.",
)
@click.option("--base", help="The base IRI of the vocabulary, where it cannot be told from the sources.")
@click.option("--write", is_flag=True, help="Write the version that is needed beside the sources.")
@click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
def context(sources: tuple[Path, ...], base: str | None, write: bool, config: Path | None) -> None:
    """Show the JSON-LD context that the sources need, and whether it is published.

    A published version never changes: what has changed makes the next version.
    """
    from pathways_ld import releases  # noqa: PLC0415 - slow to import

    settings = load_settings(config, canonical_base=base)
    versions = releases.examine_context(releases.collect(sources or releases.own_sources()), settings)
    if not write:
        click.echo(versions.needed[-1], nl=False)
        state = "is to be written with --write" if versions.is_new else "is there"
        click.echo(f"{versions.path} {state}.", err=True)
    elif versions.is_new:
        releases.write_context(versions)
        click.echo(f"{versions.path} written.")
    else:
        click.echo(f"{versions.path} is what the sources need; nothing was written.")

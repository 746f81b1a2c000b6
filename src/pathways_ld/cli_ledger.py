"""The commands for the ledger: list, look through, back up, put back, export to the source files."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import click

from pathways_ld.errors import InputError, StorageError
from pathways_ld.ledger import Ledger
from pathways_ld.ledger.backup import back_up, restore
from pathways_ld.ledger.use import unused
from pathways_ld.ledger.verifying import verify
from pathways_ld.settings import load_settings, source_root
from pathways_ld.snapshot import SnapshotFolder

_config = click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
_state = click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)


def _folder(config: Path | None, state_dir: Path | None) -> Path:
    return load_settings(config, state_dir=state_dir).state_dir


@click.group(invoke_without_command=True)
@click.option("--after", default=0, help="Only changes with a higher number.")
@_state
@_config
@click.pass_context
def ledger(context: click.Context, after: int, state_dir: Path | None, config: Path | None) -> None:
    """List the accepted changes; or back up, put back and verify the ledger."""
    if context.invoked_subcommand is not None:
        return
    for each in Ledger(_folder(config, state_dir)).changes(after):
        size = f"{len(each.delta.added)} added, {len(each.delta.removed)} removed"
        state = "" if each.published else "  (not yet published)"
        note = " ".join(each.note.split())[:100]
        click.echo(f"{each.number}  {each.at}  {each.author}  {each.action}: {size}{state}  {note}")


@ledger.command(name="backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file.")
@_state
@_config
def back_up_ledger(file: Path, force: bool, state_dir: Path | None, config: Path | None) -> None:
    """Copy the ledger to FILE while it is in use. Keep the copy safe: it holds addresses and secrets."""
    made = back_up(_folder(config, state_dir), file, force=force)
    click.echo(f"{made.digest}  {made.path}")
    click.echo(f"{made.bytes} bytes, with the changes up to {made.head}; the copy is intact.", err=True)


@ledger.command(name="restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also where the ledger has what FILE lacks.")
@_state
@_config
def restore_ledger(file: Path, force: bool, state_dir: Path | None, config: Path | None) -> None:
    """Put a copy of the ledger back; the server must be stopped. The ledger as it was is kept beside it."""
    folder = _folder(config, state_dir)
    with unused(folder), SnapshotFolder(folder).building():
        kept = restore(folder, file, force=force)
    if kept is not None:
        click.echo(f"The ledger as it was is kept in {kept}.", err=True)
    click.echo('The ledger is back. Run "pathways-ld build" now: what is published may be of another one.')


@ledger.command(name="verify")
@_state
@_config
def verify_ledger(state_dir: Path | None, config: Path | None) -> None:
    """See that the ledger is whole: the file, the numbers, every change and every contribution."""
    problems = verify(_folder(config, state_dir))
    for each in problems:
        click.echo(each)
    if problems:
        click.echo('Put a copy back with "pathways-ld ledger restore FILE".', err=True)
        raise SystemExit(1)
    click.echo("The ledger is whole.")


@click.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A source file, or a folder of them; may be repeated. Default: the vocabulary that comes with this.",
)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for files that are not there yet. Default: data, or the folder of the first source.",
)
@click.option("--base", help="The base IRI of the vocabulary, where it cannot be told from the sources.")
@click.option(
    "--message",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the commit message to this file instead of showing it.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change in the files, and write nothing.")
@_state
@_config
def export(
    sources: tuple[Path, ...],
    target: Path | None,
    base: str | None,
    message: Path | None,
    dry_run: bool,
    state_dir: Path | None,
    config: Path | None,
) -> None:
    """Write the changes of the ledger into the source files, ready to commit with their attribution."""
    from pathways_ld import releases
    from pathways_ld.releases.crediting import commit_message
    from pathways_ld.releases.export import plan_export, write_export

    settings = load_settings(config, canonical_base=base, state_dir=state_dir)
    paths = releases.collect(sources or releases.own_sources())
    if target is None:
        first = sources[0] if sources else _own_folder()
        target = first if first.is_dir() else first.parent
    plan = (plan_export if dry_run else write_export)(paths, target, settings)
    if not plan.files:
        click.echo("There is nothing to export: the sources say what is asserted.", err=True)
        return
    if dry_run:
        for each in plan.files:
            click.echo(each.difference(), nl=False)
        return
    for each in plan.files:
        read = any(source.is_dir() and each.path.is_relative_to(source) for source in sources or [target])
        new = "" if each.before else " (new)" if read else " (new: name it among the sources)"
        click.echo(f"{each.path}: {each.added} statements added, {each.removed} removed{new}.", err=True)
    _give(commit_message(settings, plan.after, plan.through), message)


@click.command()
@click.option("--list", "listed", is_flag=True, help="List what has not arrived, and try nothing.")
@click.option("--again", is_flag=True, help="Also try what was given up, and what still waits.")
@click.option("--new-secret", is_flag=True, help="Make a secret for a webhook, show it, and do nothing else.")
@_state
@_config
def notify(listed: bool, again: bool, new_secret: bool, state_dir: Path | None, config: Path | None) -> None:
    """Tell the webhooks what they have not been told; a server does so by itself."""
    from pathways_ld.contributions.webhook import Deliverer, deliveries, try_again
    from pathways_ld.webhooks import SECRET_PREFIX

    if new_secret:
        click.echo(SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())
        return
    settings = load_settings(config, state_dir=state_dir)
    if listed:
        for each in deliveries(settings.state_dir):
            state = each.outcome or f"tried again after {each.next_attempt}"
            click.echo(
                f"{each.notice}  {each.at}  {each.webhook}  {each.event}: {state}, {each.attempts} tries;"
                f" {each.failure}"
            )
        return
    deliverer = Deliverer(settings)
    deliverer.register()
    if again:
        try_again(settings.state_dir)
    report = deliverer.round()
    click.echo(f"{report.delivered} delivered, {report.failed} failed, {report.given_up} given up.")


def _own_folder() -> Path:
    folder = source_root() / "data"
    if not os.access(folder, os.W_OK):
        raise InputError(
            f"{folder} cannot be written. Name the folders of a checkout: --source ontology --source data"
            " --to data."
        )
    return folder


def _give(text: str, file: Path | None) -> None:
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written: {error.strerror}. The sources are exported; the message is:\n{text}"
        ) from error

"""The command line: arguments in, one domain call, an exit code out.

What a command needs is imported by that command: `serve` must not wait for the libraries of the checks.

Exit codes: 0 all well; 1 the data breaks a rule; 2 the input, a setting or the system cannot be used;
3 a query was stopped (time, memory, size).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathways_ld import __version__
from pathways_ld.cli_accounts import user
from pathways_ld.cli_annotate import annotate
from pathways_ld.cli_context import context
from pathways_ld.cli_contributions import review, submit
from pathways_ld.cli_extract import extract
from pathways_ld.cli_ledger import export, ledger, notify
from pathways_ld.cli_maintenance import token
from pathways_ld.cli_mcp import mcp
from pathways_ld.cli_query import blank, query
from pathways_ld.cli_reason import reason
from pathways_ld.cli_validate import validate
from pathways_ld.errors import Finding, InvalidDataError, ParseError, PathwaysError
from pathways_ld.iris import IriSpace
from pathways_ld.ledger import Ledger
from pathways_ld.settings import SETTINGS, Settings, load_settings, source_root
from pathways_ld.snapshot import SnapshotFolder
from pathways_ld.vocabulary import Reader

if TYPE_CHECKING:
    from pathways_ld.releases import BuildReport

SHOWN_FINDINGS = 50


class _Commands(click.Group):
    """Turns what the domain raises into sentences and exit codes; only bugs show a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ParseError as error:
            _complain(f"{error.position}: {error.reason}")
            if error.position.source_line:
                _complain(f"    {error.position.source_line}")
                if error.position.column:
                    _complain("    " + blank(error.position.source_line[: error.position.column - 1]) + "^")
            ctx.exit(2)
        except InvalidDataError as error:
            _show(error.findings)
            _complain(error.message)
            ctx.exit(1)
        except PathwaysError as error:
            _complain(error.message)
            ctx.exit(2)


def _complain(text: str) -> None:
    click.echo(text, err=True)


def _show(findings: Sequence[Finding]) -> None:
    for finding in findings[:SHOWN_FINDINGS]:
        _complain(str(finding))
    if len(findings) > SHOWN_FINDINGS:
        _complain(f"… and {len(findings) - SHOWN_FINDINGS} more.")


_sources = click.option(
    "--source",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An RDF file, or a folder of them; may be repeated. Default: the vocabulary that comes with this.",
)
_config = click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
_base = click.option(
    "--base", help="The base IRI of the vocabulary, where it cannot be told from the sources."
)
_state = click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pathways-ld")
def main() -> None:
    """Publish a SKOS vocabulary as linked data: check it, build it, serve it."""


@main.command()
@_sources
@_base
@_state
@_config
def build(sources: tuple[Path, ...], base: str | None, state_dir: Path | None, config: Path | None) -> None:
    """Check the sources and build a snapshot of them; it becomes the current one."""
    settings = load_settings(config, canonical_base=base, state_dir=state_dir)
    report = _build(sources, settings)
    if report.findings:
        click.echo(f'{len(report.findings)} remarks; "pathways-ld check" shows them.', err=True)
    manifest = report.manifest
    counts = ", ".join(
        f"{manifest.counts[kind.name]} {kind.plural.lower()}" for kind in manifest.kinds
        if manifest.counts.get(kind.name)
    )  # fmt: skip
    state = "built" if report.is_new else "unchanged"
    click.echo(
        f"Snapshot {manifest.id} {state} in {sum(report.seconds.values()):.1f} s: {counts};"
        f" {manifest.statements} statements."
    )


def _build(sources: tuple[Path, ...], settings: Settings) -> BuildReport:
    from pathways_ld import releases

    paths = releases.collect(sources or releases.own_sources())
    if not sys.stderr.isatty():
        return releases.build(paths, settings)
    with _progress_bar() as progress:
        return releases.build(paths, settings, progress=progress)


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, float], None]]:
    with click.progressbar(length=1000, label="Reading", file=sys.stderr, show_eta=False) as bar:

        def progress(stage: str, share: float) -> None:
            bar.label = f"{stage:<10}"
            bar.update(int(share * 1000) - bar.pos)

        yield progress


@contextmanager
def _progress_lines() -> Iterator[Callable[[str, float], None]]:
    """Name each stage once, for logs."""
    seen: set[str] = set()

    def progress(stage: str, _: float) -> None:
        if stage not in seen:
            seen.add(stage)
            _complain(f"{stage} …")

    yield progress


@main.command()
@click.option("--to", "name", required=True, help="The store: a [stores.NAME] of the settings file.")
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Publish this snapshot. Default: the current one."
)
@_state
@_config
def publish(name: str, snapshot: Path | None, state_dir: Path | None, config: Path | None) -> None:
    """Load a snapshot into a SPARQL store elsewhere, verify it there, and switch to it."""
    from pathways_ld import releases

    settings = load_settings(config, state_dir=state_dir)
    remote = settings.stores.named(name)
    folder = snapshot or SnapshotFolder(settings.state_dir).current()
    with _progress_bar() if sys.stderr.isatty() else _progress_lines() as progress:
        report = releases.publish(folder, remote, settings, progress)
    for graph in report.graphs:
        if graph.stored < graph.statements:
            click.echo(
                f"<{graph.iri}>: {graph.stored} of {graph.statements} statements; {name} takes the other"
                " literals for equal to some of these."
            )
    total = sum(report.manifest.graph_counts.values())
    click.echo(
        f"Snapshot {report.manifest.id} published to {name}: {len(report.graphs)} graphs, {total} statements."
    )


@main.command()
@click.option("--snapshot", type=click.Path(path_type=Path), help="Serve this snapshot, always.")
@_sources
@_base
@_state
@click.option("--host", help="The address to listen on. Default: 127.0.0.1.")
@click.option("--port", type=int, help="The port to listen on. Default: 8000.")
@click.option("--workers", type=int, help="How many web processes. Default: 2.")
@_config
def serve(
    snapshot: Path | None,
    sources: tuple[Path, ...],
    base: str | None,
    state_dir: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    config: Path | None,
) -> None:
    """Serve the current snapshot, a given one, or one built from sources now."""
    from pathways_ld.web.serving import serve as serve_snapshot

    settings = load_settings(
        config, canonical_base=base, state_dir=state_dir, host=host, port=port, workers=workers
    )
    if sources:
        _build(sources, settings)
    if snapshot is None and Ledger(settings.state_dir).pending() is not None:
        from pathways_ld.releases import Maintenance

        Maintenance(settings).recover()
        click.echo("A change that was cut short has been completed.", err=True)
    # Opened once here: what is wrong with a snapshot is said before anything listens.
    opened = Reader(snapshot or SnapshotFolder(settings.state_dir).current())
    manifest = opened.manifest
    opened.close()
    click.echo(f"Snapshot {manifest.id} of {manifest.created}, {manifest.statements} statements.", err=True)
    serve_snapshot(settings, snapshot, lambda text: click.echo(text, err=True))


@main.command()
@_sources
@_base
@_state
@click.option(
    "--against",
    default="none",
    metavar="current|none|FOLDER",
    help="A snapshot whose terms must still be described. Default: none.",
)
@_config
def check(
    sources: tuple[Path, ...], base: str | None, state_dir: Path | None, against: str, config: Path | None
) -> None:
    """Check the sources as a build does, and that Turtle files are in canonical form."""
    from pathways_ld import releases

    settings = load_settings(config, canonical_base=base, state_dir=state_dir)
    paths = releases.collect(sources or releases.own_sources())
    findings = releases.check_sources(paths, settings)
    findings += releases.compare_with_published(paths, settings, against)
    _show(findings)
    fatal = sum(finding.severity == releases.MUST_FIX for finding in findings)
    click.echo(f"{len(paths)} files checked: {fatal} to fix, {len(findings) - fatal} remarks.")
    if fatal:
        raise SystemExit(1)


@main.command(name="format")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def format_files(files: tuple[Path, ...]) -> None:
    """Rewrite Turtle files in canonical form (comments are not kept)."""
    from pathways_ld import releases

    paths = [path for path in releases.collect(files or releases.own_sources()) if path.suffix == ".ttl"]
    changed = releases.format_sources(paths)
    for path in changed:
        click.echo(f"{path} rewritten.")
    click.echo(f"{len(paths)} files, {len(changed)} rewritten.")


@main.command(name="import")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--tables", "description", type=click.Path(path_type=Path), help="What the columns mean (TOML)."
)
@click.option("--to", "target", type=click.Path(path_type=Path), help="The folder of Turtle files to update.")
@_config
def import_folder(folder: Path, description: Path | None, target: Path | None, config: Path | None) -> None:
    """Import the spreadsheets (CSV) of a folder into the vocabulary's Turtle files.

    Terms that are there already are updated; whatever else is said of them stays. Every bad row is
    reported with its line and column, and then nothing is written.
    """
    from pathways_ld import tables

    settings = load_settings(config)
    root = source_root()
    report = tables.import_tables(
        folder,
        description or root / "ontology" / "tables.toml",
        target or root / "data",
        space=IriSpace(settings.canonical_base),
    )
    for name, rows in report.rows.items():
        click.echo(f"{name}: {rows} rows read.")
    for name, change in report.changes.items():
        click.echo(f"{name}: {change.added} statements added, {change.removed} removed.")
    if not report.changes:
        click.echo("Nothing has changed.")


@main.command(name="settings")
@_config
def list_settings(config: Path | None) -> None:
    """List all settings with their values."""
    current = load_settings(config)
    for setting in SETTINGS:
        click.echo(f"{setting.name} = {getattr(current, setting.name)}")
        click.echo(f"    {setting.metadata['help']} Default: {setting.default}.")


main.add_command(token)
main.add_command(user)
main.add_command(submit)
main.add_command(review)
main.add_command(ledger)
main.add_command(export)
main.add_command(notify)
main.add_command(query)
main.add_command(context)
main.add_command(validate)
main.add_command(reason)
main.add_command(annotate)
main.add_command(mcp)
main.add_command(extract)

"""The commands for contributions: submit a file, and review what was submitted without a browser."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pathways_ld.errors import InputError, InvalidDataError, StorageError
from pathways_ld.rdfio import guess_format
from pathways_ld.settings import load_settings
from pathways_ld.snapshot import SnapshotFolder

if TYPE_CHECKING:
    from pathways_ld.contributions import Contribution, Contributions, Examination
    from pathways_ld.releases import Published

_SHOWN_RESULTS = 50
_LISTED = 200

_config = click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
_state = click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
_actor = click.option("--as", "actor", help="Your name in the ledger. Default: the user of this computer.")


@contextmanager
def _opened(config: Path | None, state_dir: Path | None) -> Iterator[tuple[Contributions, Path]]:
    """Give the contributions of a state directory, and its current snapshot."""
    # The libraries of the checks take long to load: no other command waits for them.
    from pathways_ld.contributions import Contributions  # noqa: PLC0415
    from pathways_ld.releases import Maintenance  # noqa: PLC0415

    settings = load_settings(config, state_dir=state_dir)
    folder = SnapshotFolder(settings.state_dir).current()
    maintenance = Maintenance(settings)
    made = Contributions(settings, lambda: maintenance)
    try:
        yield made, folder
    finally:
        made.close()


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--reason", default="", help="Why, in a sentence.")
@click.option("--name", default="", help="Who contributes.")
@click.option("--contact", default="", help="An e-mail address, which is never published, or an ORCID iD.")
@click.option("--named", is_flag=True, help="The name and the ORCID iD may be published with the change.")
@click.option(
    "--replace",
    "replaced",
    multiple=True,
    metavar="IRI",
    help="What is sent about this term replaces what is published about it; may be repeated.",
)
@click.option("--check", is_flag=True, help="Only say what would come of it; store nothing.")
@click.option("--to", "server", metavar="URL", help="Send to this site; a token may be in PATHWAYS_TOKEN.")
@click.option("--kind", default="", help="What the rows of a spreadsheet are (with --to): topic, source, ...")
@_actor
@_state
@_config
def submit(files: tuple[Path, ...], **options: Any) -> None:
    """Contribute files, each as one contribution: what they add to the published terms.

    RDF goes into the state directory of this computer, or with --to, as spreadsheets do, to a site elsewhere.
    """
    if options["server"]:
        _send(files, options)
    else:
        _store(files, options)


def _store(files: tuple[Path, ...], options: Mapping[str, Any]) -> None:
    from pathways_ld.contributions import Contributor, Submission  # noqa: PLC0415

    failed = False
    with _opened(options["config"], options["state_dir"]) as (desk, folder):
        for path in files:
            content, rdf_format = _content(path), guess_format(path)
            delta = desk.read(content, rdf_format, str(path), replace=options["replaced"])
            examination = desk.examine(delta, folder)
            _show_examination(examination)
            if not examination.report.conforms:
                click.echo(f"{path}: nothing was stored; fix what must be fixed first.", err=True)
                failed = True
                continue
            if options["check"]:
                click.echo(f"{path}: this could be submitted; nothing was stored.")
                continue
            receipt = desk.submit(
                Submission(
                    delta,
                    options["reason"],
                    "command",
                    contributor=Contributor(options["name"], options["contact"], options["named"]),
                    document=content,
                    media_type=rdf_format.media_type,
                    trusted=True,
                    actor=_name(options["actor"]),
                )
            )
            click.echo(
                f"{path}: contribution {receipt.number}; its status page is /contributions/{receipt.key}"
            )
    if failed:
        raise SystemExit(1)


def _send(files: tuple[Path, ...], options: Mapping[str, Any]) -> None:
    from pathways_ld.contributions.sending import send  # noqa: PLC0415
    from pathways_ld.forms import CSV, XLSX  # noqa: PLC0415

    failed = False
    parameters = [(name, options[name]) for name in ("reason", "name", "contact", "kind")]
    parameters += [
        ("named", "yes" if options["named"] else ""),
        ("dry-run", "yes" if options["check"] else ""),
    ]
    parameters += [("replace", iri) for iri in options["replaced"]]
    for path in files:
        table = {".csv": CSV, ".xlsx": XLSX}.get(path.suffix.lower())
        media_type = table or guess_format(path).media_type
        try:
            answer = send(
                options["server"],
                _content(path),
                media_type,
                parameters,
                os.environ.get("PATHWAYS_TOKEN", ""),
            )
        except InvalidDataError as error:
            _show_answer(error.details)
            click.echo(f"{path}: {_line(error.message)}", err=True)
            failed = True
            continue
        _show_answer(answer)
        if answer.get("stored"):
            click.echo(
                f"{path}: contribution {answer['number']}; its status page is {_line(answer['status'])}"
            )
        else:
            click.echo(f"{path}: nothing was stored.")
    if failed:
        raise SystemExit(1)


def _show_answer(answer: Mapping[str, Any]) -> None:
    """Show what a server found, as :func:`_show_examination` shows it for our own."""
    for conflict in answer.get("conflicts", ()):
        click.echo(f"Changed meanwhile: {_line(conflict)}")
    for change in answer.get("changes", ()):
        click.echo(f"{_line(change['iri'])}{' (new)' if change['new'] else ''}")
        for each in change["differences"]:
            tag = f" ({_line(each['lang'])})" if each.get("lang") else ""
            click.echo(f"  {_line(each['sign'])} {_line(each['heading'])}: {_line(each['text'])}{tag}")
    for duplicate in answer.get("duplicates", ()):
        click.echo(f"Perhaps the same: <{_line(duplicate['iri'])}>: {_line(duplicate['why'])}")
    for result in answer.get("report", {}).get("results", ())[:_SHOWN_RESULTS]:
        line = f"line {result['position']['line']}: " if result.get("position") else ""
        click.echo(f"{_line(result['severity'])}: {line}{_line(result['message'])} [{_line(result['rule'])}]")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _name(given: str | None) -> str:
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise StorageError("Who you are cannot be told from this computer; say it with --as.") from error


@click.group()
def review() -> None:
    """List, look at, accept and reject contributions."""


@review.command(name="list")
@click.option("--state", default="open", help='A state, "open" (the default) or "all".')
@click.option("--kind", default="", help="Only those about a term of this kind.")
@click.option("--words", default="", help="Only those with these words in the title, the reason or the name.")
@_state
@_config
def list_contributions(
    state: str, kind: str, words: str, state_dir: Path | None, config: Path | None
) -> None:
    """List contributions, the oldest first."""
    with _opened(config, state_dir) as (desk, _):
        wanted = "" if state == "all" else state
        total, found = desk.queue(state=wanted, kind=kind, words=words, limit=_LISTED)
    for each in found:
        by = f", {each.reviewer}" if each.reviewer else ""
        change = f" as change {each.change}" if each.change else ""
        told = f"{_line(each.title)}: {_line(each.reason)}"
        click.echo(f"{each.number}  {each.at[:19]}  {each.state}{change}{by}  {told}")
    click.echo(f"{total} contributions." if total != 1 else "1 contribution.")


@review.command(name="show")
@click.argument("number", type=int)
@_state
@_config
def show(number: int, state_dir: Path | None, config: Path | None) -> None:
    """Show a contribution: what it does, what the checks say of it now, and what happened to it."""
    with _opened(config, state_dir) as (desk, folder):
        found = desk.get(number)
        click.echo(
            f"Contribution {number}: {_line(found.title)} ({found.state}), {found.at[:19]}, by {found.way}"
        )
        click.echo(f"Why: {_line(found.reason)}")
        who = " ".join(part for part in (found.contributor.name, found.contributor.contact) if part)
        agreed = "may be published" if found.contributor.named else "not to be published"
        click.echo(f"Who: {_line(who)} ({agreed})" if who else "Who: not said")
        _show_examination(desk.examine(found.delta, folder, base_change=found.base_change))
        for step in found.steps:
            click.echo(f"{step.at[:19]}  {step.actor}  {step.action}  {_line(step.note)}")
        if found.is_open:
            click.echo(f"To accept exactly this: pathways-ld review accept {number} --seen {found.seen}")


@review.command(name="accept")
@click.argument("number", type=int)
@click.option(
    "--seen", type=int, help="What `show` gave; without, the contribution is accepted as it is now."
)
@click.option("--note", default="", help="A note for the contributor.")
@_actor
@_state
@_config
def accept(
    number: int, seen: int | None, note: str, actor: str | None, state_dir: Path | None, config: Path | None
) -> None:
    """Publish a contribution."""
    with _opened(config, state_dir) as (desk, _):
        wanted = desk.get(number).seen if seen is None else seen
        _report(desk.accept(number, _name(actor), note, seen=wanted))


@review.command(name="approve")
@click.argument("number", type=int)
@click.option(
    "--seen", type=int, help="What `show` gave; without, the contribution is approved as it is now."
)
@click.option("--note", default="", help="A note for the reviewers.")
@_actor
@_state
@_config
def approve(
    number: int, seen: int | None, note: str, actor: str | None, state_dir: Path | None, config: Path | None
) -> None:
    """Find a contribution right, so that another reviewer can accept it (setting four_eyes)."""
    with _opened(config, state_dir) as (desk, _):
        wanted = desk.get(number).seen if seen is None else seen
        found = desk.approve(number, _name(actor), note, seen=wanted)
    click.echo(f"Contribution {number} is approved by {', '.join(found.approved_by)}.")


def _decision(name: str, text: str) -> Callable[..., None]:
    """Make a command that says something about a contribution."""

    @review.command(name=name, help=text)
    @click.argument("number", type=int)
    @click.option("--reason", required=True, help="What to say; the contributor reads it.")
    @_actor
    @_state
    @_config
    def decide(
        number: int, reason: str, actor: str | None, state_dir: Path | None, config: Path | None
    ) -> None:
        with _opened(config, state_dir) as (desk, _):
            act: Callable[[int, str, str], Contribution] = getattr(desk, name)
            found = act(number, _name(actor), reason)
        click.echo(f"Contribution {number} is {found.state}.")

    return decide


reject = _decision("reject", "Reject a contribution.")
comment = _decision("comment", "Ask the contributor something, or say something.")


@review.command(name="undo")
@click.argument("change", type=int)
@click.option("--reason", required=True, help="Why.")
@_actor
@_state
@_config
def undo(change: int, reason: str, actor: str | None, state_dir: Path | None, config: Path | None) -> None:
    """Undo a published change, by a new change."""
    with _opened(config, state_dir) as (desk, _):
        _report(desk.undo(change, _name(actor), reason))


def _report(done: Published) -> None:
    size = f"{done.added} statements added, {done.removed} removed"
    click.echo(f"Change {done.change} is published in snapshot {done.snapshot}: {size}.")
    for finding in done.findings:
        click.echo(str(finding), err=True)


def _show_examination(examination: Examination) -> None:
    for conflict in examination.conflicts:
        click.echo(f"Changed meanwhile: {_line(conflict)}")
    for change in examination.changes:
        click.echo(f"{change.link['iri']}{' (new)' if change.is_new else ''}")
        for each in change.differences:
            tag = f" ({each.lang})" if each.lang else ""
            click.echo(f"  {each.sign} {each.heading}: {_line(each.text)}{tag}")
    for duplicate in examination.duplicates:
        click.echo(f"Perhaps the same: <{duplicate.link['iri']}>: {_line(duplicate.why)}")
    for result in examination.report.results[:_SHOWN_RESULTS]:
        click.echo(f"{result.severity}: {_line(result.message)} [{result.rule}]")


def _line(text: str) -> str:
    """Put a text of a stranger on one line of a terminal, without what would steer it."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())

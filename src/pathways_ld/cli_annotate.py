"""``pathways-ld annotate``: IRIs and labels beside a column of a spreadsheet, from a snapshot, offline."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pathways_ld.errors import InputError, PathwaysError, StorageError
from pathways_ld.settings import load_settings

if TYPE_CHECKING:
    from pathways_ld.embedding.annotating import Annotated, Wanted
    from pathways_ld.embedding.plaintables import PlainTable
    from pathways_ld.vocabulary import Languages, Reader

MAX_BYTES: Final = 200_000_000
SHOWN: Final = 20
"""Values that need a look and are listed; a column of candidates has all."""
_ZIP: Final = b"PK\x03\x04"


@click.command(name="annotate")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--column", required=True, help="The column with labels or IRIs: its name, or number from 1.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help="The file to write; - is the screen. Default: beside FILE, with .annotated in its name.",
)
@click.option("--prefix", default="", help="How the names of new columns begin. Default: as the column.")
@click.option("--kind", default="", help="Only terms of this kind count, such as topic.")
@click.option("--lang", "languages", multiple=True, help="The language of the labels; may be repeated.")
@click.option("--separator", default="", help="What stands between several values in one cell.")
@click.option("--delimiter", default="", help="What separates columns. Default: found out.")
@click.option("--encoding", default="", help="The encoding of FILE. Default: found out.")
@click.option("--output-encoding", default="", help="Another encoding for what is written.")
@click.option("--no-header", is_flag=True, help="The first row is no header.")
@click.option("--candidates", is_flag=True, help="Add a column with what may be meant where it is not sure.")
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Use this snapshot. Default: the current one."
)
@click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
@click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
def annotate(
    file: Path,
    column: str,
    output: Path | None,
    prefix: str,
    kind: str,
    languages: tuple[str, ...],
    separator: str,
    delimiter: str,
    encoding: str,
    output_encoding: str,
    no_header: bool,
    candidates: bool,
    snapshot: Path | None,
    state_dir: Path | None,
    config: Path | None,
) -> None:
    """Add the IRI, the label and a status for each value in a column of FILE (CSV or XLSX).

    All other columns stay byte for byte. Beside the output its columns are described for CSV on the Web. Ends
    with 1 where values need a look: nothing is written for them but their status.
    """
    from pathways_ld.embedding.annotating import Wanted
    from pathways_ld.snapshot import SnapshotFolder
    from pathways_ld.vocabulary import Languages, Reader

    target = _target(file, output)
    table = _read(file, encoding, delimiter.replace("\\t", "\t"))
    wanted = Wanted(column, prefix, kind, separator, not no_header, candidates, output_encoding)
    settings = load_settings(config, state_dir=state_dir)
    source = Reader(snapshot or SnapshotFolder(settings.state_dir).current())
    try:
        found = _annotated(source, table, wanted, Languages(languages, source.manifest.default_language))
        about = _metadata(source, found, table, wanted, target)
    finally:
        source.close()
    _write(target, found.content, about)
    for remark in table.remarks:
        click.echo(remark, err=True)
    _summarize(found, target)
    if found.doubtful:
        raise SystemExit(1)


def _target(file: Path, output: Path | None) -> Path:
    if output is None:
        if str(file) == "-":
            return Path("-")
        suffix = file.suffix if file.suffix.lower() in (".csv", ".tsv", ".txt") else ".csv"
        output = file.with_name(f"{file.stem}.annotated{suffix}")
    if str(output) != "-" and str(file) != "-" and output.resolve() == file.resolve():
        raise InputError(f"{output} is the file that is read; write to another one (--output).")
    return output


def _read(file: Path, encoding: str, delimiter: str) -> PlainTable:
    from pathways_ld.embedding.plaintables import read_table

    name = "Standard input" if str(file) == "-" else str(file)
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} has more than {MAX_BYTES:,} bytes, the most that are read. Split it up.")
    try:
        return (
            _from_workbook(content)
            if content.startswith(_ZIP)
            else read_table(content, encoding=encoding, separator=delimiter)
        )
    except PathwaysError as error:
        raise InputError(f"{name}: {error.message}") from None


def _from_workbook(content: bytes) -> PlainTable:
    """Read the first sheet of an XLSX file as the CSV file that a spreadsheet program would save."""
    import csv
    import io

    from pathways_ld.embedding.plaintables import read_table
    from pathways_ld.forms import XLSX
    from pathways_ld.forms.grids import read_grid

    grid = read_grid(content, XLSX, MAX_BYTES)
    width = max((len(row.cells) for row in grid.rows), default=0)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows([*row.cells, *[""] * (width - len(row.cells))] for row in grid.rows)
    return read_table(stream.getvalue().encode(), encoding="utf-8", separator=",")


def _annotated(source: Reader, table: PlainTable, wanted: Wanted, languages: Languages) -> Annotated:
    from pathways_ld.embedding.annotating import annotate as add_columns

    known = [kind.name for kind in source.manifest.kinds]
    if wanted.kind and wanted.kind not in known:
        raise InputError(f'There is no kind "{wanted.kind}"; expected one of {", ".join(known)}.')
    return add_columns(source, table, wanted, languages)


def _metadata(source: Reader, found: Annotated, table: PlainTable, wanted: Wanted, target: Path) -> bytes:
    from pathways_ld.embedding.annotating import metadata

    title = next(iter(source.title.values()), source.manifest.base)
    content = metadata(found, table, wanted, target.name, title)
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _write(target: Path, content: bytes, about: bytes) -> None:
    if str(target) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    beside = target.with_name(f"{target.name}-metadata.json")
    try:
        target.write_bytes(content)
        beside.write_bytes(about)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}.") from None


def _summarize(found: Annotated, target: Path) -> None:
    from pathways_ld.embedding.annotating import named

    total = found.counts.pop("values", 0)
    parts = ", ".join(f"{number} {status}" for status, number in found.counts.most_common())
    written = "" if str(target) == "-" else f" Written: {target}, {target.name}-metadata.json."
    click.echo(f"{total} values: {parts or 'none'}.{written}", err=True)
    for line, row in found.doubtful[:SHOWN]:
        near = "; ".join(named(each) for each in row.candidates) or "nothing like it"
        click.echo(_printable(f'line {line}: "{row.value[:80]}" is {row.status}: {near}'), err=True)
    if len(found.doubtful) > SHOWN:
        click.echo(f"… and {len(found.doubtful) - SHOWN} more; --candidates lists all.", err=True)


def _printable(text: str) -> str:
    """Write control characters by their numbers: data must not steer the terminal."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04X}" for char in text)

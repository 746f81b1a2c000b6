"""``pathways-ld extract``: a slim module from a snapshot, byte for byte what the server would give."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pathways_ld.errors import InputError, StorageError
from pathways_ld.formats import RDF_FORMATS, by_name, by_suffix
from pathways_ld.settings import load_settings

if TYPE_CHECKING:
    from pathways_ld.formats import Format

_FORMATS: Final = [suffix for each in RDF_FORMATS for suffix in each.suffixes]
_LONGEST_LIST: Final = 50_000_000


@click.command(name="extract")
@click.option("--term", "terms", multiple=True, help="A term: IRI, CURIE, path or slug; may be repeated.")
@click.option(
    "--terms-from",
    "file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file of terms, one on a line; - is standard input.",
)
@click.option("--depth", default="0", help="Levels below the terms that come with them, or all. Default: 0.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write. Default: the screen."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    help="The format. Default: by the suffix of the file, else ttl.",
)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path),
    help="Take them from this snapshot. Default: the current one.",
)
@click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
@click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
def extract(
    terms: tuple[str, ...],
    file: Path | None,
    depth: str,
    output: Path | None,
    format_name: str | None,
    snapshot: Path | None,
    state_dir: Path | None,
    config: Path | None,
) -> None:
    """Write some terms as a small ontology of their own, to be imported into another one.

    They come with labels, definitions, sources and everything above them.
    """
    from pathways_ld.embedding import modules
    from pathways_ld.snapshot import SnapshotFolder
    from pathways_ld.vocabulary import Reader

    wanted = [*terms, *(modules.read_terms(_read(file)) if file is not None else ())]
    if not wanted:
        raise click.UsageError("There are no terms; name them with --term or in a file with --terms-from.")
    levels = modules.read_depth(depth)
    rdf_format = _format(format_name, output)
    settings = load_settings(config, state_dir=state_dir)
    source = Reader(snapshot or SnapshotFolder(settings.state_dir).current())
    try:
        module = modules.extract(source, modules.resolve_terms(source, wanted), levels)
        content = modules.write_module(source, module, rdf_format)
    finally:
        source.close()
    _write(content, output)
    click.echo(
        f"{len(module.wanted)} terms and {len(module.above)} above them: {module.iri}, {module.version_iri}",
        err=True,
    )


def _read(file: Path) -> str:
    name = "standard input" if str(file) == "-" else str(file)
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(_LONGEST_LIST + 1)
        else:
            with file.open("rb") as stream:
                content = stream.read(_LONGEST_LIST + 1)
        if len(content) > _LONGEST_LIST:
            raise InputError(f"{name} has more than {_LONGEST_LIST:,} bytes, the most that are read.")
        return content.decode()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8 from byte {error.start:,} on.") from None


def _format(name: str | None, output: Path | None) -> Format:
    if name is None and output is not None and output.suffix:
        found = by_suffix(output.suffix.removeprefix("."), RDF_FORMATS)
        if found is None:
            known = ", ".join(f".{each}" for each in _FORMATS)
            raise InputError(
                f"{output} has no suffix of an RDF format; expected one of {known}, or give --format."
            )
        return found
    return by_name(name or "ttl", RDF_FORMATS) or RDF_FORMATS[0]


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{output} cannot be written: {error.strerror}.") from None

"""``pathways-ld query``: the SPARQL of the endpoint on the command line, with the same guard and engine.

Without ``--format``, solutions are a table on a terminal and SPARQL Results JSON elsewhere; what CONSTRUCT
and DESCRIBE give is Turtle. A table has no control characters from the data.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unicodedata import combining, east_asian_width

import click

from pathways_ld.errors import AnswerTooLarge, InputError, QueryError, StoreError
from pathways_ld.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pathways_ld.formats import Format
    from pathways_ld.settings import Settings
    from pathways_ld.sparql.guard import CheckedQuery
    from pathways_ld.store.base import Answer

STOPPED: Final = 3
"""The exit code where the query was fine and was stopped: too slow, too much memory, too large."""
TABLE: Final = "table"
TABLE_BYTES: Final = 50_000_000
TABLE_ROWS: Final = 1_000
CELL_WIDTH: Final = 70
_FORMATS: Final = ("json", "xml", "csv", "tsv", "ttl", "nt", "rdf", "jsonld", "nq", "trig")


@click.command(name="query")
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--query", "text", help="The query itself, instead of a file.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice((TABLE, *_FORMATS)),
    help="How the answer is written. Default: table on a terminal, else json; ttl for graphs.",
)
@click.option(
    "--snapshot", type=click.Path(path_type=Path), help="Query this snapshot. Default: the current one."
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1),
    help="Seconds after which it is stopped. Default: 20.",
)
@click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
@click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
def query(
    file: Path | None,
    text: str | None,
    format_name: str | None,
    snapshot: Path | None,
    deadline: float | None,
    state_dir: Path | None,
    config: Path | None,
) -> None:
    """Ask the vocabulary a SPARQL query, from FILE, from standard input or from --query.

    Ends with 2 where the query has a mistake, with 3 where it was stopped.
    """
    settings = load_settings(config, state_dir=state_dir, sparql_deadline=deadline)
    asked = _read(file, text, settings.sparql_query_size)
    try:
        _run(asked, format_name, settings, snapshot)
    except QueryError as error:
        for line in explained(error, "query" if file is None or str(file) == "-" else str(file)):
            click.echo(line, err=True)
        raise SystemExit(2) from None
    except StoreError as error:
        click.echo(error.message, err=True)
        raise SystemExit(STOPPED) from None


def _read(file: Path | None, text: str | None, limit: int) -> str | bytes:
    """Give the query; of a longer one only so much that it is seen to be too long."""
    if text is not None:
        if file is not None:
            raise click.UsageError("Both a file and --query were given; expected one query.")
        return text
    if file is None and sys.stdin.isatty():
        raise click.UsageError("There is no query: name a file, or give it with --query or by a pipe.")
    if file is None or str(file) == "-":
        return sys.stdin.buffer.read(limit + 1)
    try:
        with file.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise InputError(f"The query {file} cannot be read: {error.strerror}.") from None


def _run(asked: str | bytes, format_name: str | None, settings: Settings, snapshot: Path | None) -> None:
    from pathways_ld.snapshot import SnapshotFolder
    from pathways_ld.sparql.evaluation import QueryRequest, evaluate
    from pathways_ld.sparql.guard import QueryLimits, check_query
    from pathways_ld.store.embedded import EmbeddedStore
    from pathways_ld.vocabulary import Reader

    reader = Reader(snapshot or SnapshotFolder(settings.state_dir).current())
    try:
        prefixes = reader.prefixes
        checked = check_query(
            asked,
            limits=QueryLimits(query_bytes=settings.sparql_query_size),
            known_prefixes=prefixes,
            base_iri=reader.manifest.base,
        )
        written, as_table = _format(checked, format_name)
        one_at_a_time = dataclasses.replace(settings, sparql_workers=1)
        with (
            EmbeddedStore.from_settings(reader.folder / "sparql", one_at_a_time) as store,
            evaluate(store, QueryRequest(checked, written)) as answer,
        ):
            if as_table:
                _show_table(answer, {**prefixes, **dict(checked.prefixes)})
            else:
                _write(answer)
    finally:
        reader.close()


def _format(checked: CheckedQuery, name: str | None) -> tuple[Format, bool]:
    """Give the format to ask for, and whether it is shown as a table."""
    from pathways_ld.formats import by_name
    from pathways_ld.sparql.evaluation import result_formats

    formats = result_formats(checked.form)
    solutions = checked.form in ("SELECT", "ASK")
    if name is None:
        return formats[0], solutions and sys.stdout.isatty()
    if name == TABLE and solutions:
        return formats[0], True
    found = by_name(name, formats)
    if found is None:
        names = [each for each in _FORMATS if by_name(each, formats)] + [TABLE] * solutions
        raise InputError(f"{checked.form} has no answer as {name}; expected one of {', '.join(names)}.")
    return found, False


def _write(answer: Answer) -> None:
    stream = sys.stdout.buffer
    last = b"\n"
    for piece in answer:
        stream.write(piece)
        last = piece or last
    if sys.stdout.isatty() and not last.endswith(b"\n"):
        stream.write(b"\n")
    stream.flush()


# the table


def _show_table(answer: Answer, prefixes: Mapping[str, str]) -> None:
    pieces, size = [], 0
    for piece in answer:
        pieces.append(piece)
        size += len(piece)
        if size > TABLE_BYTES:
            raise AnswerTooLarge("The answer is too large for a table; ask for less, or for --format csv.")
    result = json.loads(b"".join(pieces))
    if "boolean" in result:
        click.echo("true" if result["boolean"] else "false")
        return
    names, rows = result["head"]["vars"], result["results"]["bindings"]
    cells = [[_cell(row.get(name), prefixes) for name in names] for row in rows[:TABLE_ROWS]]
    for line in table_lines([f"?{name}" for name in names], cells):
        click.echo(line)
    if len(rows) > TABLE_ROWS:
        click.echo(f"… and {len(rows) - TABLE_ROWS} more rows; --format csv gives all.", err=True)
    click.echo(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", err=True)


def _cell(term: Mapping[str, Any] | None, prefixes: Mapping[str, str]) -> str:
    if term is None:
        return ""
    value = printable(term["value"])
    if term["type"] == "uri":
        return _compact(value, prefixes)
    if term["type"] == "bnode":
        return f"_:{value}"
    language, datatype = term.get("xml:lang"), term.get("datatype")
    if language:
        return f'"{value}"@{language}'
    return f"{value} ({_compact(printable(datatype), prefixes)})" if datatype else f'"{value}"'


def _compact(iri: str, prefixes: Mapping[str, str]) -> str:
    fitting = [(len(start), name) for name, start in prefixes.items() if start and iri.startswith(start)]
    length, name = max(fitting, default=(0, ""))
    local = iri[length:]
    if length and local.replace("-", "").replace("_", "").isalnum():
        return f"{name}:{local}"
    return f"<{iri}>"


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay out a table for a terminal: columns aligned, long cells cut with an ellipsis."""
    cut = [[_cut(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(head, *cut, strict=True)]
    for row in (head, ["─" * each for each in widths], *cut):
        padded = (cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _cut(cell: str) -> str:
    if width(cell) <= CELL_WIDTH:
        return cell
    taken = 0
    for end, char in enumerate(cell):
        taken += width(char)
        if taken >= CELL_WIDTH:
            return f"{cell[:end]}…"
    return cell


def width(text: str) -> int:
    """Count the places a text takes on a terminal: East Asian letters take two, combining marks none."""
    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)


def printable(text: str) -> str:
    """Write control characters by their numbers: data must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else f"\\u{ord(char):04X}" for char in text)


# mistakes


def blank(text: str) -> str:
    """Give white space as wide as a text is shown; tabs stay."""
    return "".join("\t" if char == "\t" else " " * width(char) for char in text)


def explained(error: QueryError, name: str) -> Iterator[str]:
    """Say what is wrong with a query, and show the place where it is known."""
    line, column = error.details.get("line"), error.details.get("column")
    source = str(error.details.get("source_line", ""))
    if not isinstance(line, int) or not isinstance(column, int):
        yield error.message
        return
    yield f"{name}:{line}:{column}: {error.message}"
    if source:
        shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in source)
        yield f"    {shown}"
        yield f"    {blank(shown[: column - 1])}^"

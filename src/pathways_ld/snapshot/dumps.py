"""``dumps/``: the whole vocabulary as files, byte for byte the same for the same sources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, TextIO

from pathways_ld.errors import InputError
from pathways_ld.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TURTLE, Format
from pathways_ld.rdfio import (
    Context,
    Statement,
    TurtleWriter,
    graph_line,
    is_blank,
    line,
    write_jsonld,
    write_jsonld_by_subject,
    write_rdfxml,
)

STEM: Final = "vocabulary"


@dataclass(frozen=True)
class DumpFile:
    """A download: `size` in bytes, `sha256` in hexadecimal."""

    name: str
    format: Format
    size: int
    sha256: str


def write_dumps(folder: Path, statements: Sequence[Statement], prefixes: Mapping[str, str]) -> list[DumpFile]:
    """Write every dump, of statements that are sorted by subject, that its format can hold."""
    folder.mkdir()
    writers = {NTRIPLES: _ntriples, NQUADS: _nquads, TURTLE: _turtle, RDFXML: _rdfxml, JSONLD: _jsonld}
    dumps = []
    for dump_format, write in writers.items():
        path = folder / f"{STEM}.{dump_format.suffix}"
        try:
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                write(stream, statements, prefixes)
        except InputError:  # RDF/XML cannot say everything; the other formats do
            path.unlink()
            continue
        dumps.append(_dump_file(path, dump_format))
    return dumps


def _dump_file(path: Path, dump_format: Format) -> DumpFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return DumpFile(path.name, dump_format, path.stat().st_size, digest)


def _ntriples(stream: TextIO, statements: Sequence[Statement], _: Mapping[str, str]) -> None:
    stream.writelines(map(line, statements))


def _nquads(stream: TextIO, statements: Sequence[Statement], _: Mapping[str, str]) -> None:
    stream.writelines(map(graph_line, statements))


def _turtle(stream: TextIO, statements: Sequence[Statement], prefixes: Mapping[str, str]) -> None:
    writer = TurtleWriter(prefixes)
    if any(is_blank(each.subject) for each in statements):
        stream.write(writer.write(statements))  # blank nodes nest: all statements are needed at once
        return
    stream.write(writer.declare(prefixes))
    for subject, group in groupby(statements, key=lambda each: each.subject):
        stream.write("\n" + writer.block(subject, group))


def _rdfxml(stream: TextIO, statements: Sequence[Statement], prefixes: Mapping[str, str]) -> None:
    stream.write(write_rdfxml(statements, prefixes))


def _jsonld(stream: TextIO, statements: Sequence[Statement], prefixes: Mapping[str, str]) -> None:
    if any(is_blank(each.subject) for each in statements):
        stream.write(write_jsonld(statements, context=Context(prefixes)).decode())
    else:
        stream.write(write_jsonld_by_subject(statements, Context(prefixes)).decode())

"""``asserted.nq``: what somebody said, before anything is derived; what a change is made to.

Its lines are exact RDF in a stable order, one statement each (N-Quads, https://www.w3.org/TR/n-quads/).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pathways_ld.rdfio import Statement, graph_line, read_graph_line
from pathways_ld.snapshot.manifest import read_manifest
from pathways_ld.snapshot.terms import TermsReader

FILE: Final = "asserted.nq"
DECLARED: Final = "declared"
"""The key under which the prefixes of the sources are kept."""


@dataclass(frozen=True)
class Asserted:
    """What somebody said: the statements of the sources with the changes of the ledger.

    `change` is the number of the last change; `sources` are the digests of the source files.
    """

    statements: list[Statement]
    prefixes: dict[str, str]
    empty_graphs: frozenset[str] = frozenset()
    change: int = 0
    sources: dict[str, str] = field(default_factory=dict)


def write_asserted(folder: Path, asserted: Asserted) -> None:
    """Write the statements; the rest is in the manifest and among the terms."""
    with (folder / FILE).open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(map(graph_line, sorted(asserted.statements)))


def read_asserted(folder: Path) -> Asserted:
    """Read what a snapshot was made from."""
    manifest = read_manifest(folder)
    with (folder / FILE).open(encoding="utf-8", newline="\n") as stream:
        statements = [read_graph_line(line[:-1]) for line in stream]
    terms = TermsReader(folder / "terms.sqlite")
    try:
        prefixes: dict[str, str] = terms.meta(DECLARED) or {}
    finally:
        terms.close()
    return Asserted(statements, prefixes, manifest.empty_graphs, manifest.change, manifest.sources)


class GraphStore:
    """The asserted statements by graph: what the Graph Store Protocol reads.

    The unnamed graph is named by an empty text.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest = read_manifest(folder)

    def has(self, graph: str) -> bool:
        """Tell whether there is such a graph; there always is the unnamed one."""
        return not graph or graph in self._manifest.empty_graphs or bool(self.statements(graph))

    def statements(self, graph: str) -> list[Statement]:
        """Give the statements of a graph, without its name."""
        wanted = f"<{graph}>" if graph else ""
        with (self._folder / FILE).open(encoding="utf-8", newline="\n") as stream:
            read = (read_graph_line(line[:-1]) for line in stream if wanted in line)
            return [each._replace(graph="") for each in read if each.graph == wanted]

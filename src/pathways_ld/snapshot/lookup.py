"""The asserted statements of a snapshot and its index together: what is said of a term, and who refers to it.

What is said comes from the sorted files, exactly as it was written; who refers to a term, from the index,
whose rewritten literals never show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store

from pathways_ld.errors import SnapshotCorrupt
from pathways_ld.rdfio import Statement, quad
from pathways_ld.snapshot.asserted import AssertedFile


class SnapshotStatements:
    """Looks up what is asked for; nothing is loaded. Raises :class:`SnapshotCorrupt` when opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.asserted = AssertedFile(folder)
            self._index = Store.read_only(str(folder / "sparql"))
        except (OSError, ValueError) as error:
            raise SnapshotCorrupt(
                f'The snapshot {folder} cannot be read ({error}). Rebuild it with "pathways-ld build".'
            ) from None

    def copy_index(self, target: Path) -> None:
        """Make a copy of the index that can be written to; it shares the files that never change."""
        self._index.backup(str(target))

    def about(self, subject: str) -> list[Statement]:
        """Give what is asserted of a subject, in order."""
        return self.asserted.about(subject)

    def labelled(self, label: str) -> Iterable[str]:
        """Give the subjects that have a preferred or alternative label, whatever its case, and maybe more."""
        return self.asserted.labelled(label)

    def everything(self) -> Iterator[Statement]:
        """Give all asserted statements."""
        return self.asserted.everything()

    def sayers(self, predicate: str, value: str) -> Iterable[str]:
        """Give the subjects of the statements with this property and value, or with any, and maybe more."""
        pattern = quad(Statement("<x:s>", predicate or "<x:p>", value))
        wanted = pattern.predicate if predicate else None
        return [
            str(each.subject) for each in self._index.quads_for_pattern(None, wanted, pattern.object, None)
        ]

    def users(self, predicate: str) -> Iterable[str]:
        """Give the subjects of the statements with this property, and maybe more."""
        name = NamedNode(predicate[1:-1])
        return (str(each.subject) for each in self._index.quads_for_pattern(None, name, None, None))

    def links_from(self, subject: str, predicate: str = "", graph: str = "") -> Iterator[Statement]:
        """Give the statements of the index about a subject whose object is no literal, derived ones too.

        Without a property, those with any; `graph` is the term of the only one to look into.
        """
        pattern = quad(Statement(subject, predicate or "<x:p>", "<x:o>", graph))
        found = self._index.quads_for_pattern(
            pattern.subject,
            pattern.predicate if predicate else None,
            None,
            pattern.graph_name if graph else None,
        )
        for each in found:
            if not isinstance(each.object, Literal):
                yield _statement(each.subject, each.predicate, each.object, each.graph_name)

    def links_to(self, value: str, predicate: str = "") -> Iterator[Statement]:
        """Give the statements of the index whose object is an IRI or a blank node, derived ones too."""
        pattern = quad(Statement("<x:s>", predicate or "<x:p>", value))
        wanted = pattern.predicate if predicate else None
        for each in self._index.quads_for_pattern(None, wanted, pattern.object, None):
            yield _statement(each.subject, each.predicate, each.object, each.graph_name)


def _statement(*terms: object) -> Statement:
    subject, predicate, value, graph = terms
    assert isinstance(subject, NamedNode | BlankNode)  # noqa: S101 - RDF 1.1 has no others
    return Statement(
        str(subject), str(predicate), str(value), "" if isinstance(graph, DefaultGraph) else str(graph)
    )

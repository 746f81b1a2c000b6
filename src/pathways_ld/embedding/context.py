"""The published JSON-LD contexts of a snapshot: where each is, and how our documents cite the last."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pathways_ld.rdfio import Cited
from pathways_ld.vocabulary.contexts import definitions_of

if TYPE_CHECKING:
    from pathways_ld.vocabulary import Reader

LATEST_PATH: Final = "/context.jsonld"
"""Where the last version is: it changes, so data that is to last cites a version by its number."""


@dataclass(frozen=True)
class PublishedContext:
    """One version of the context; what it says never changes."""

    version: int
    document: str

    @property
    def path(self) -> str:
        """The path of this version."""
        return f"/context/v{self.version}.jsonld"


def published(source: Reader, version: int = 0) -> PublishedContext | None:
    """Give a version of the context, the last one for 0; None where there is no such version."""
    number = version or len(source.contexts)
    if not 1 <= number <= len(source.contexts):
        return None
    return PublishedContext(number, source.contexts[number - 1])


def cited(source: Reader) -> Cited | None:
    """Give the last version as our documents cite it, by its canonical IRI.

    None where it has no such IRI: where all terms are fragments of one document, there is no place for
    another one, and documents carry their context.
    """
    last = published(source)
    if last is None or source.space.is_hash:
        return None
    return Cited(source.space.iri(last.path[1:]), _definitions(last.document))


@lru_cache(maxsize=8)
def _definitions(document: str) -> MappingProxyType[str, object]:
    return MappingProxyType(definitions_of(document))

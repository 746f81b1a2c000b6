"""Terms: what a vocabulary is, what follows from its statements, how a term is described and read."""

from pathways_ld.vocabulary.derive import derive, transitive_hierarchy
from pathways_ld.vocabulary.describe import Describer, Description
from pathways_ld.vocabulary.headings import CLOSENESS, INCOMING
from pathways_ld.vocabulary.identity import Identity, identify
from pathways_ld.vocabulary.reading import Languages, Reader, TermDocument

__all__ = [
    "CLOSENESS",
    "INCOMING",
    "Describer",
    "Description",
    "Identity",
    "Languages",
    "Reader",
    "TermDocument",
    "derive",
    "identify",
    "transitive_hierarchy",
]

"""A snapshot: an immutable directory with everything that is served.

``manifest.json`` (what it is), ``terms.sqlite`` (a row for each document), ``text.sqlite`` (the words for
searching), ``sparql/`` (the query index), ``asserted.nq`` (what it was made from), ``dumps/`` (downloads). It
is written beside the current one and made current by one atomic rename. After a small change it shares most
of its files with the one before (:mod:`~pathways_ld.snapshot.sharing`).
"""

from pathways_ld.snapshot.asserted import Asserted, GraphStore, read_asserted, write_asserted
from pathways_ld.snapshot.dumps import DumpFile, write_dumps
from pathways_ld.snapshot.folder import SnapshotFolder
from pathways_ld.snapshot.manifest import Manifest, read_manifest, write_manifest
from pathways_ld.snapshot.terms import SearchHit, TermRow, TermsReader
from pathways_ld.snapshot.termswriting import TermsWriter

__all__ = [
    "Asserted",
    "DumpFile",
    "GraphStore",
    "Manifest",
    "SearchHit",
    "SnapshotFolder",
    "TermRow",
    "TermsReader",
    "TermsWriter",
    "read_asserted",
    "read_manifest",
    "write_asserted",
    "write_dumps",
    "write_manifest",
]

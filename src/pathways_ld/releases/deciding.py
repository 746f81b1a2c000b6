"""Whether a change can be made to a part of a snapshot, or everything has to be written anew; and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pathways_ld import __version__
from pathways_ld.iris import document_of
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import OWL, RDF
from pathways_ld.rdfio import Statement, is_blank
from pathways_ld.reasoning.ontology import KINDS
from pathways_ld.releases.states import After, Before
from pathways_ld.settings import Settings
from pathways_ld.snapshot import Manifest
from pathways_ld.vocabulary.describe import NAMED
from pathways_ld.vocabulary.identity import VOCABULARY_CLASSES

MOST_STATEMENTS: Final = 20_000
"""Statements that a change may have: a larger one is checked and written quicker as a whole."""
MOST_CHANGES: Final = 1_000
"""Changes after which the index has been added to often enough."""

_TYPE: Final = f"<{RDF.type}>"
_VERSION: Final = f"<{OWL.versionIRI}>"
_ONTOLOGY: Final = f"<{OWL.Ontology}>"
_SCHEMA: Final = KINDS | NAMED


def why_not_shared(manifest: Manifest, settings: Settings, size: int, most: int) -> str:
    """Say why the snapshot cannot be the base of another one; empty where it can."""
    if manifest.software != __version__:
        return "it was written by another version of the software"
    if (manifest.page_size, manifest.default_language) != (settings.page_size, settings.default_language):
        return "the settings are others now"
    if manifest.rows > most:
        return f"{manifest.rows:,} of about {size:,} documents differ from the files it shares"
    if manifest.changes >= MOST_CHANGES:
        return f"{manifest.changes:,} changes were made since it was written whole"
    return ""


def why_general(delta: Delta, before: Before, after: After, manifest: Manifest) -> str:
    """Say why a change concerns everything; empty where it concerns only what refers to what it changes."""
    if len(delta.added) + len(delta.removed) > MOST_STATEMENTS:
        return "it has many statements"
    if before.inferred[1:-1] in manifest.graphs:
        return "somebody states what is inferred"
    changed = (*delta.added, *delta.removed)
    vocabulary = f"<{manifest.vocabulary_iri}>"
    for each in changed:
        if each.predicate == _TYPE and each.object in VOCABULARY_CLASSES:
            return "it changes which vocabulary this is"
        if each.predicate == _VERSION and each.subject == vocabulary:
            return "it changes the version of the vocabulary"
    for subject in sorted({each.subject for each in changed}):
        for owner in _owners(subject, after):
            if _is_schema(owner, before, after):
                return "it changes the ontology"
    if any(each.predicate == _TYPE for each in delta.removed) and not _anything_typed(before, after):
        return "it leaves nothing of the vocabulary"
    return ""


def _owners(subject: str, after: After) -> Iterator[str]:
    """Give the IRIs that say something by a blank node, or the subject itself."""
    seen: set[str] = set()
    waiting = [subject]
    while waiting:
        term = waiting.pop()
        if not is_blank(term):
            yield term
        elif term not in seen:
            seen.add(term)
            waiting.extend(each.subject for each in after.users(term))


def _is_schema(subject: str, before: Before, after: After) -> bool:
    said = (*before.asserted(subject), *after.asserted(subject))
    if any(each.predicate == _TYPE and each.object in _SCHEMA for each in said):
        return True
    document = document_of(subject[1:-1])
    if document == subject[1:-1]:
        return False
    return any(
        _is_ontology(state.asserted(f"<{iri}>"))
        for state in (before, after)
        for iri in (document, f"{document}#")
    )


def _is_ontology(said: Iterable[Statement]) -> bool:
    return any(each.predicate == _TYPE and each.object == _ONTOLOGY for each in said)


def _anything_typed(before: Before, after: After) -> bool:
    own = f"<{before.space.base}"
    return any(
        each.predicate == _TYPE
        for subject in before.statements.users(_TYPE)
        if subject.startswith(own)
        for each in after.asserted(subject)
    )

"""Which vocabulary is this: its base, its own IRI, its title, its kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import commonprefix

from pathways_ld.errors import InputError
from pathways_ld.iris import IriSpace
from pathways_ld.namespaces import OWL, RDF, SKOS, VANN, split_iri
from pathways_ld.rdfio import Statement, is_iri, is_literal, literal_parts
from pathways_ld.settings import GENERAL_KINDS, OUR_KINDS, Kind

_TYPE = f"<{RDF.type}>"
VOCABULARY_CLASSES = (f"<{OWL.Ontology}>", f"<{SKOS.ConceptScheme}>")
_TERM_CLASSES = (f"<{SKOS.Concept}>", f"<{SKOS.Collection}>", f"<{SKOS.OrderedCollection}>")
_MINORITY = 0.02
"""A namespace with a smaller share of the concepts is a guest in this vocabulary, not a rival base."""


@dataclass(frozen=True)
class Identity:
    """What a snapshot is about; `version_iri` is empty where the sources name none."""

    base: str
    vocabulary_iri: str
    kinds: tuple[Kind, ...]
    version_iri: str = ""

    @property
    def space(self) -> IriSpace:
        """The IRIs under the base."""
        return IriSpace(self.base)

    @property
    def ours(self) -> bool:
        """Whether this is the vocabulary the software ships with, whose own rules are strict."""
        return self.kinds == OUR_KINDS


def identify(statements: Sequence[Statement], base: str, *, given: bool) -> Identity:
    """Find out which vocabulary the statements are.

    `base` is the setting; `given` tells that somebody set it. When it fits nothing and was not set, the
    base is taken from the concepts. Raises :class:`InputError` where that is ambiguous.
    """
    typed = [each for each in statements if each.predicate == _TYPE]
    if not any(each.subject.startswith(f"<{base}") for each in typed):
        if given:
            raise InputError(
                f"Nothing in the sources has an IRI that starts with {base}, the base that was given."
            )
        base = _detect_base(statements, typed)
    space = IriSpace(base)
    schemes = sorted(
        {
            each.subject[1:-1]
            for each in typed
            if each.object in VOCABULARY_CLASSES and space.local_id(each.subject[1:-1]) is not None
        },
        key=lambda iri: (len(iri), iri),
    )
    ontologies = [e.subject[1:-1] for e in typed if e.object == VOCABULARY_CLASSES[0]]
    vocabulary = next((iri for iri in schemes if iri in ontologies), schemes[0] if schemes else "")
    ours = any(space.local_id(kind.class_iri) is not None for kind in OUR_KINDS)
    version = _object(statements, vocabulary, OWL.versionIRI)
    return Identity(base, vocabulary, OUR_KINDS if ours else GENERAL_KINDS, version)


def _object(statements: Iterable[Statement], subject: str, predicate: str) -> str:
    for each in statements:
        if each.subject == f"<{subject}>" and each.predicate == f"<{predicate}>" and is_iri(each.object):
            return each.object[1:-1]
    return ""


def _detect_base(statements: Sequence[Statement], typed: Sequence[Statement]) -> str:
    for each in statements:
        if each.predicate == f"<{VANN.preferredNamespaceUri}>" and is_literal(each.object):
            declared = literal_parts(each.object)[0]
            if any(term.subject.startswith(f"<{declared}") for term in typed if term.object in _TERM_CLASSES):
                return declared
    concepts = [each.subject[1:-1] for each in typed if each.object in _TERM_CLASSES and is_iri(each.subject)]
    if not concepts:
        raise InputError(
            "The sources hold no skos:Concept, so there is nothing to publish;"
            " expected a SKOS vocabulary (or give its base with --base)."
        )
    namespaces = Counter(split_iri(iri)[0] for iri in concepts)
    main = [space for space, count in namespaces.items() if count > _MINORITY * len(concepts)]
    if len(main) == 1:
        return _with_schemes(main[0], typed)
    shared = commonprefix(main)  # noqa: RUF071 - namespaces may end in "#", which is no path component
    shared = shared[: max(shared.rfind("/"), shared.rfind("#")) + 1]
    if shared.count("/") > 3 or shared.endswith("#"):
        return _with_schemes(shared, typed)
    listed = ", ".join(f"{space} ({count} concepts)" for space, count in namespaces.most_common(5))
    raise InputError(
        f"The concepts of the sources lie in several namespaces: {listed}."
        " Say which base the vocabulary has with --base."
    )


def _with_schemes(base: str, typed: Sequence[Statement]) -> str:
    """Widen the base by one step where the concept scheme lies just above the concepts."""
    if base.endswith("#"):
        return base
    schemes = [each.subject[1:-1] for each in typed if each.object in VOCABULARY_CLASSES]
    parent = base[: base[:-1].rfind("/") + 1]
    inside = any(iri.startswith(base) or iri == base[:-1] for iri in schemes)
    above = any(iri.startswith(parent) or iri == parent[:-1] for iri in schemes)
    return parent if above and not inside and parent.count("/") > 2 else base

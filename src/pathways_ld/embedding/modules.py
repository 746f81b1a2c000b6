"""Slim modules: some terms of a vocabulary as an ontology of their own, to be imported into another one.

A module is what MIREOT (https://doi.org/10.3233/AO-2011-0087) takes over: each term with its labels, its
definition, where it is from and everything above it, and no axioms besides. It is OWL 2 DL
(https://www.w3.org/TR/owl2-mapping-to-rdf/): whatever it uses is declared, and no literal or blank node
stands where OWL has no place for it. The same request to the same snapshot gives the same module.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pathways_ld.embedding.identifiers import identifiers_of
from pathways_ld.embedding.lookup import look_up
from pathways_ld.embedding.termwalk import ABOVE, Read, TermWalk
from pathways_ld.errors import BadRequest, PayloadTooLarge, TermNotFound
from pathways_ld.formats import TURTLE, Format
from pathways_ld.namespaces import ADMS, DCT, OWL, PROV, RDF, RDFS, SKOS, XSD
from pathways_ld.rdfio import (
    Statement,
    TurtleWriter,
    iri,
    is_blank,
    is_iri,
    literal,
    literal_parts,
    serialize,
)
from pathways_ld.settings import CANONICAL_BASE
from pathways_ld.vocabulary import Languages

if TYPE_CHECKING:
    from pathways_ld.vocabulary import Reader

MOST_HELD: Final = 20_000
"""Terms that one module holds, those above and below the ones asked for included."""
ALL: Final = "all"
DEEPEST: Final = 100
"""The greatest depth that is a number."""
SEGMENT: Final = "module"
"""The last step of the address of modules, and of their IRIs before the name of each."""

_TYPE: Final = iri(RDF.type)
_DECLARED: Final = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_BUILT_IN: Final = tuple(each.iri for each in (OWL, RDF, RDFS, XSD))
"""Namespaces of OWL 2 itself: what is in them is declared by the language."""
_EVIDENCE: Final = tuple(
    f"{CANONICAL_BASE}ns#{name}" for name in ("basis", "hierarchyBasis", "hierarchySource")
)
"""What vocabularies that use our ontology say about where a term and its place are from."""
_LINKS: Final = frozenset(iri(each) for each in (*ABOVE, SKOS.inScheme, SKOS.topConceptOf, *_EVIDENCE))
"""Properties whose values are individuals; all others annotate."""
_LABELS: Final = tuple(iri(each) for each in (SKOS.prefLabel, RDFS.label, DCT.title))
_ALWAYS: Final = frozenset(
    {
        *(iri(each) for each in (RDF.type, RDFS.isDefinedBy, OWL.deprecated, DCT.isReplacedBy)),
        *(iri(each) for each in (ADMS.status, DCT.source)),
        *_LABELS,
        *_LINKS,
    }
)
"""What is taken over of every term."""
_OF_WANTED: Final = _ALWAYS | frozenset(
    iri(each)
    for each in (
        SKOS.altLabel, SKOS.notation, SKOS.definition, SKOS.scopeNote, RDFS.comment, DCT.description,
        DCT.created, DCT.modified, DCT.issued, PROV.wasDerivedFrom,
    )
)  # fmt: skip
"""What is taken over of the terms asked for, those below them and those that replace them."""


_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_EXPLAINED: Final = 10
"""Unknown terms for which the nearest are looked for."""
_NEAREST: Final = 3


@dataclass(frozen=True)
class Module:
    """An ontology; `iri` names what was asked, `version_iri` that and the snapshot it was taken from.

    `wanted` are the IRIs of the terms asked for, what replaces them and what is below them; `above` is the
    rest.
    """

    iri: str
    version_iri: str
    statements: tuple[Statement, ...]
    wanted: tuple[str, ...]
    above: tuple[str, ...]


def read_depth(text: str) -> int | None:
    """Read how many levels below each term are wanted; None is all. Raises :class:`BadRequest`."""
    if text == ALL:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= DEEPEST):
        raise BadRequest(
            f'"depth" is "{text[:20]}"; expected a whole number from 0 to {DEEPEST}, or "{ALL}".'
        )
    return int(text)


def read_terms(text: str) -> list[str]:
    """Read a list of terms: one on a line; what follows a ``#`` after white space is a comment."""
    lines = (_COMMENT.sub("", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def resolve_terms(source: Reader, texts: Iterable[str]) -> list[str]:
    """Give the IRIs of terms that are named by IRI, CURIE, path (``topic/x``) or slug.

    Raises :class:`TermNotFound`, which lists all that are unknown, withdrawn or not clear, with what is near.
    """
    walk = TermWalk(source)
    named = list(dict.fromkeys(text.strip() for text in texts))
    meant = {text: identifiers_of(text, source) for text in named}
    tried = [each for found in meant.values() for each in (*found.sure, *found.slugs)]
    withdrawn = {iri: listed.withdrawn for iri, listed in source.bulk.described(tried).items()}

    def is_described(term: str) -> bool:
        return term in withdrawn or ("#" in term and walk.read(term) is not None)

    found: list[str] = []
    wrong: dict[str, str] = {}
    for text, known in meant.items():
        sure = next(filter(is_described, known.sure), "")
        hits = [sure] if sure else [each for each in known.slugs if is_described(each)]
        if len(hits) == 1 and not withdrawn.get(hits[0], False):
            found += hits
        else:
            wrong[text] = f"names {' and '.join(hits)}" if len(hits) > 1 else "was withdrawn" if hits else ""
    if wrong:
        raise _not_found(source, wrong)
    return found


def _not_found(source: Reader, wrong: Mapping[str, str]) -> TermNotFound:
    """Say which terms cannot be had, each with why or with what is near it."""
    explained = list(wrong)[:_EXPLAINED]
    languages = Languages((), source.manifest.default_language)
    rows = look_up(source, explained, languages=languages, limit=_NEAREST)
    terms = []
    for text, row in zip(explained, rows, strict=True):
        near = [{"id": each.iri, "label": each.label} for each in row.candidates]
        terms.append({"term": text[:200], "problem": wrong[text] or "unknown", "nearest": near})
    first = terms[0]
    count = "One term" if len(wrong) == 1 else f"{len(wrong):,} terms"
    near_first = rows[0].candidates[:1]
    advice = f' Nearest to it is {near_first[0].iri} ("{near_first[0].label}").' if near_first else ""
    problem = f"which {first['problem']}" if wrong[explained[0]] else "which is unknown"
    return TermNotFound(
        f'{count} cannot be had, the first is "{str(first["term"])[:100]}", {problem}; expected IRIs,'
        f" CURIEs, paths or slugs of terms that are described here.{advice}",
        details={"terms": terms, "total": len(wrong)},
    )


def module_root(source: Reader) -> str:
    """Give the IRI under which the modules of a vocabulary have theirs, without a slash at the end."""
    vocabulary = source.manifest.vocabulary_iri
    local_id = source.space.local_id(vocabulary) if vocabulary else None
    plain = bool(local_id) and not source.space.is_hash and "#" not in vocabulary and "?" not in vocabulary
    return f"{(vocabulary if plain else source.manifest.base).rstrip('/#')}/{SEGMENT}"


def module_name(terms: Iterable[str], depth: int | None) -> str:
    """Name a request for a module: the same terms, in any order, have the same name."""
    asked = "\n".join([*sorted(set(terms)), str(depth)])
    return hashlib.blake2b(asked.encode(), digest_size=8).hexdigest()


def extract(source: Reader, terms: Sequence[str], depth: int | None = 0) -> Module:
    """Make the module of some terms, given by IRIs that are described, with `depth` levels below them.

    Deprecated terms come with those that replace them. Raises :class:`PayloadTooLarge` for a module of more
    than :data:`MOST_HELD` terms.
    """
    asked = sorted(set(terms))
    held = _held(TermWalk(source), asked, depth)
    ontology = f"{module_root(source)}/{module_name(asked, depth)}"
    version = f"{ontology}/{source.manifest.id}"
    statements = {
        each
        for found, wanted in held.values()
        for each in _taken_over(source, found, _OF_WANTED if wanted else _ALWAYS)
    }
    statements |= set(_schemes(source, statements))
    statements |= set(_header(source, ontology, version, asked, depth))
    statements |= set(_declarations(statements))
    wanted = tuple(sorted(term for term, (_, is_wanted) in held.items() if is_wanted))
    above = tuple(sorted(held.keys() - {*wanted}))
    return Module(ontology, version, tuple(sorted(statements)), wanted, above)


def write_module(source: Reader, module: Module, rdf_format: Format) -> bytes:
    """Write a module in one of the RDF formats."""
    if rdf_format.name == TURTLE.name:
        return TurtleWriter(source.prefixes).write(module.statements, root=module.iri).encode()
    return serialize(module.statements, rdf_format, source.prefixes, root=module.iri)


def _held(walk: TermWalk, asked: Iterable[str], depth: int | None) -> dict[str, tuple[Read, bool]]:
    """Give what is said of every term of a module, and whether it is wanted for itself."""
    held: dict[str, tuple[Read, bool]] = {}

    def hold(term: str, *, wanted: bool) -> Read | None:
        found = walk.read(term)
        if found is None or found.withdrawn:
            return None
        if term not in held and len(held) >= MOST_HELD:
            raise PayloadTooLarge(
                f"The module has more than {MOST_HELD:,} terms, the most that one holds. Ask for fewer"
                " terms or a smaller depth, or download the whole vocabulary."
            )
        held[term] = (found, wanted or (term in held and held[term][1]))
        return found

    level, seen, left = list(asked), set(asked), depth
    while level:
        below: list[str] = []
        for term in level:
            found = hold(term, wanted=True)
            if found is None:
                continue
            # What replaces a term is not below it: it counts for the same level.
            successors = [each for each in found.successors if each not in seen]
            seen.update(successors)
            level += successors
            if left is None or left > 0:
                fresh = [each for each in walk.below(term) if each not in seen]
                seen.update(fresh)
                below += fresh
        level, left = below, None if left is None else left - 1
    rising = [each for found, _ in held.values() for each in found.above]
    while rising:
        term = rising.pop()
        if term not in held:
            found = hold(term, wanted=False)
            rising += found.above if found else ()
    return held


def _taken_over(source: Reader, found: Read, properties: frozenset[str]) -> Iterator[Statement]:
    subject = iri(found.iri)
    labels: list[Statement] = []
    is_defined = False
    for each in found.said:
        if each.predicate not in properties or is_blank(each.object):
            continue
        if each.predicate in _LINKS and not is_iri(each.object):
            continue
        if each.predicate == _TYPE and each.object == iri(OWL.Ontology):
            continue  # the module would be two ontologies
        yield each._replace(graph="")
        is_defined = is_defined or each.predicate == iri(RDFS.isDefinedBy)
        if each.predicate in _LABELS:
            labels.append(each)
    # What tools for ontologies show; SKOS says that it follows (https://www.w3.org/TR/skos-reference/, S11).
    best = next((each.predicate for name in _LABELS for each in labels if each.predicate == name), "")
    for each in labels:
        if each.predicate == best:
            yield Statement(subject, iri(RDFS.label), each.object)
    if not any(each.predicate == _TYPE and each.object in _DECLARING for each in found.said):
        yield Statement(subject, _TYPE, iri(OWL.NamedIndividual))
    if not is_defined:
        yield Statement(subject, iri(RDFS.isDefinedBy), iri(source.manifest.vocabulary_iri or found.document))


def _schemes(source: Reader, statements: Iterable[Statement]) -> Iterator[Statement]:
    """Name the concept schemes that terms are in."""
    places = {iri(SKOS.inScheme), iri(SKOS.topConceptOf)}
    named = {each.object[1:-1] for each in statements if each.predicate in places}
    for scheme, title in sorted(source.titles_of(sorted(named)).items()):
        yield Statement(iri(scheme), _TYPE, iri(SKOS.ConceptScheme))
        yield Statement(iri(scheme), _TYPE, iri(OWL.NamedIndividual))
        for lang, text in title.items():
            yield Statement(iri(scheme), iri(RDFS.label), literal(text, lang=lang))


def _header(
    source: Reader, ontology: str, version: str, asked: Sequence[str], depth: int | None
) -> Iterator[Statement]:
    manifest = source.manifest
    subject = iri(ontology)

    def say(predicate: str, value: str) -> Statement:
        return Statement(subject, iri(predicate), value)

    said = TermWalk(source).said_of(manifest.vocabulary_iri) if manifest.vocabulary_iri else []
    versions = [literal_parts(each.object)[0] for each in said if each.predicate == iri(OWL.versionInfo)]
    title = source.title.get("en") or next(iter(source.title.values()), "") or manifest.base
    count = f"{len(asked):,} term{'' if len(asked) == 1 else 's'}"
    levels = {None: ", all that is below them", 0: ""}.get(depth, f", {depth} levels below them")
    yield say(RDF.type, iri(OWL.Ontology))
    yield say(OWL.versionIRI, iri(version))
    yield say(OWL.versionInfo, literal(", ".join([*sorted(versions), f"snapshot {manifest.id}"])))
    yield say(DCT.title, literal(f"{title}: a module of {count}", lang="en"))
    yield say(
        RDFS.comment,
        literal(f"{title}: {count}{levels}, with what replaces them and everything above.", lang="en"),
    )
    origin = manifest.version_iri or manifest.vocabulary_iri
    if origin:
        yield say(DCT.source, iri(origin))
        yield say(PROV.wasDerivedFrom, iri(origin))
    if source.license:
        yield say(DCT.license, iri(source.license))


def _declarations(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Declare the classes, properties and datatypes in use, as OWL 2 DL asks for (Structure, 5.8)."""
    kinds: dict[str, str] = {}
    own = {each.subject for each in statements if each.predicate == _TYPE and each.object in _DECLARING}
    for each in statements:
        if each.predicate in (_TYPE, iri(RDFS.subClassOf)):
            kinds.setdefault(each.object, OWL.Class)
        elif each.predicate != iri(RDFS.subPropertyOf):
            kinds[each.predicate] = _kind_of_property(each.predicate)
        if each.object.startswith('"') and (datatype := literal_parts(each.object)[2]):
            kinds.setdefault(iri(datatype), RDFS.Datatype)
    kinds |= dict(_above_properties(statements))
    for term, kind in kinds.items():
        if term not in own and not term.startswith(tuple(f"<{each}" for each in _BUILT_IN)):
            yield Statement(term, _TYPE, iri(kind))


_DECLARING: Final = frozenset(iri(each) for each in _DECLARED)


def _kind_of_property(predicate: str) -> str:
    if predicate in _LINKS:
        return OWL.ObjectProperty
    return OWL.DatatypeProperty if predicate == iri(SKOS.notation) else OWL.AnnotationProperty


def _above_properties(statements: Iterable[Statement]) -> Iterator[tuple[str, str]]:
    """Give the properties of others above those that are described, of the same kind as they are."""
    kinds = {
        each.subject: each.object[1:-1]
        for each in statements
        if each.predicate == _TYPE and each.object in _DECLARING
    }
    for each in statements:
        if each.predicate == iri(RDFS.subPropertyOf):
            yield each.object, kinds.get(each.subject, OWL.AnnotationProperty)

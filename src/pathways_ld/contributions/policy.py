"""What may be proposed at all, in words; what the shapes and the other checks say comes after it.

Nobody describes what others name, the ontology, or the history of changes; published terms never vanish;
an IRI is never given to something else; every term has a source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pathways_ld.contributions.provenance import is_provenance
from pathways_ld.contributions.published import NAMES, TYPE, Published, by_subject
from pathways_ld.iris import RESERVED
from pathways_ld.ledger import Delta
from pathways_ld.namespaces import ADMS, DCT, FOAF, OWL, PREFIXES, RDF, RDFS, SKOS, STATUS_WITHDRAWN
from pathways_ld.rdfio import Statement, is_blank, is_literal, literal_parts
from pathways_ld.report import Severity, ValidationResult
from pathways_ld.vocabulary.history import CHANGES

_PROV: Final = f"<{PREFIXES['prov']}"
_DOCUMENT_CLASS: Final = PREFIXES["bibo"] + "Document"
_SOURCE: Final = f"<{DCT.source}>"
_WITHDRAWN: Final = f"<{STATUS_WITHDRAWN}>"
_DEPRECATED: Final = f"<{OWL.deprecated}>"
_STATUS: Final = f"<{ADMS.status}>"
_MEANING: Final = (*NAMES, f"<{SKOS.definition}>", f"<{DCT.description}>")
_ALLOWED_OWL: Final = frozenset(f"<{iri}>" for iri in (OWL.deprecated, OWL.versionInfo))
_AXIOMS: Final = frozenset(f"<{RDFS[name]}>" for name in ("subClassOf", "subPropertyOf", "domain", "range"))
_CLASSES: Final = frozenset(f"<{iri}>" for iri in (RDFS.Class, RDFS.Datatype, RDF.Property))

_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""Characters that no XML can hold, so that a term could not be had as RDF/XML, and those that never show."""
_LONGEST_TAG: Final = 100
"""Characters of a language tag; the longest in use have 35 (RFC 5646, 4.4.1)."""

About = Callable[[str], Sequence[Statement]]


@dataclass(frozen=True)
class _Term:
    """A subject that is ours, before and after."""

    subject: str
    before: Sequence[Statement]
    after: Sequence[Statement]

    @property
    def iri(self) -> str:
        return self.subject[1:-1]

    def values(self, *predicates: str) -> set[str]:
        return {each.object for each in self.after if each.predicate in predicates}

    def values_before(self, *predicates: str) -> set[str]:
        return {each.object for each in self.before if each.predicate in predicates}


def check_policy(delta: Delta, published: Published, about: About) -> list[ValidationResult]:
    """Check what a contribution does; `about` gives what is asserted now."""
    return list(dict.fromkeys(_Policy(delta, published, about).results()))


class _Policy:
    def __init__(self, delta: Delta, published: Published, about: About) -> None:
        self._delta = delta
        self._published = published
        self._about = about
        self._space = published.space
        self._vocabulary = published.manifest.vocabulary_iri
        self._strict = published.manifest.ours
        self._added = by_subject(delta.added)
        gone = set(delta.removed)
        subjects = dict.fromkeys(each.subject for each in (*delta.added, *delta.removed))
        self._terms = {
            subject: _Term(
                subject,
                about(subject),
                [
                    *(each for each in about(subject) if each not in gone),
                    *self._added.get(subject, ()),
                ],
            )
            for subject in subjects
            if not is_blank(subject)
        }

    def results(self) -> Iterator[ValidationResult]:
        for each in (*self._delta.added, *self._delta.removed):
            yield from self._statement(each)
        for each in self._delta.added:
            yield from self._text(each)
        yield from self._loose_parts()
        for term in self._terms.values():
            yield from self._subject(term)

    def _result(
        self,
        rule: str,
        message: str,
        subject: str,
        each: Statement | None = None,
        severity: Severity = "must fix",
    ) -> ValidationResult:
        path = each.predicate[1:-1] if each else ""
        return ValidationResult(
            rule,
            severity,
            message,
            focus=subject,
            focus_label=self._published.label(subject, self._added),
            path=path,
            path_label=self._published.reader.compact(path) if path else "",
            value=each.object if each else "",
        )

    # single statements

    def _statement(self, each: Statement) -> Iterator[ValidationResult]:
        if each.graph not in ("", self._published.mappings_graph):
            yield self._result(
                "contribution-graph",
                f"A statement is in the graph {each.graph}. Leave it out: each statement finds its own.",
                each.subject,
            )
        history = f"<{self._published.manifest.base}{CHANGES}"
        if each.predicate.startswith(_PROV) or each.object.startswith(history):
            yield self._result(
                "contribution-history",
                "Who changed what and when is written down when a contribution is accepted. Leave this out.",
                each.subject,
                each,
            )
        defines = each.predicate == TYPE and (
            each.object.startswith(f"<{OWL.iri}") or each.object in _CLASSES
        )
        axiom = each.predicate in _AXIOMS or (
            each.predicate.startswith(f"<{OWL.iri}") and each.predicate not in _ALLOWED_OWL
        )
        if defines or axiom:
            yield self._result(
                "contribution-ontology",
                "This changes the ontology, the classes and properties, which is not done by contributions."
                " Leave it out, and write to the maintainers what you miss.",
                each.subject,
                each,
            )

    def _text(self, each: Statement) -> Iterator[ValidationResult]:
        if not is_literal(each.object):
            return
        text, language, _ = literal_parts(each.object)
        found = _UNWRITABLE.search(text)
        if found:
            yield self._result(
                "contribution-text",
                f"A text holds the character U+{ord(found[0]):04X}, which does not show and cannot be written"
                " in XML. Type the text again, or remove the character.",
                each.subject,
                each,
            )
        if len(language) > _LONGEST_TAG:
            yield self._result(
                "contribution-text",
                f"A language tag has {len(language):,} characters; at most {_LONGEST_TAG} are taken. Write a"
                " short one, such as en.",
                each.subject,
            )

    def _loose_parts(self) -> Iterator[ValidationResult]:
        """Find blank nodes that hang on nothing that is added, or removed, with them."""
        for said in (self._delta.added, self._delta.removed):
            held = {each.object for each in said if not is_blank(each.subject)}
            below: dict[str, list[str]] = {}
            for each in said:
                if is_blank(each.subject) and is_blank(each.object):
                    below.setdefault(each.subject, []).append(each.object)
            waiting = list(held)
            while waiting:
                for part in below.get(waiting.pop(), ()):
                    if part not in held:
                        held.add(part)
                        waiting.append(part)
            for each in said:
                if is_blank(each.subject) and each.subject not in held:
                    yield self._result(
                        "contribution-loose-part",
                        "Something without a name is described, but no term has it. A part without an IRI is"
                        " added or removed as a whole, with the statement that it belongs to.",
                        each.subject,
                    )

    # terms

    def _subject(self, term: _Term) -> Iterator[ValidationResult]:
        foreign = self._foreign(term.iri)
        if foreign:
            yield self._result("contribution-namespace", foreign, term.subject)
            return
        document = self._published.document(term.iri)
        if document != term.iri:
            if not self._described(f"<{document}>"):
                yield self._result(
                    "contribution-part",
                    f"This is a part of <{document}>, which is not described. Describe that too.",
                    term.subject,
                )
            return
        if term.before:
            yield from self._known(term)
        else:
            yield from self._new(term)

    def _foreign(self, iri: str) -> str:
        """Say why an IRI is not to be described here; empty where it is."""
        base = self._published.manifest.base
        local = self._space.local_id(iri)
        if local is None:
            return (
                f"<{iri[:200]}> is not a name of this vocabulary, so it is not described here. Describe only"
                f" terms whose IRI begins with {base}; to link to others, use a mapping."
            )
        if self._vocabulary in (iri, self._published.document(iri)):
            return (
                "The vocabulary itself and its ontology are not changed by contributions. Write to the"
                " maintainers what you miss."
            )
        segment = local.partition("#")[0].partition("/")[0]
        if not local or segment in RESERVED or f"{segment}/" == CHANGES or segment == "graph":
            return f"<{iri[:200]}> is an address that the server needs for itself. Choose another IRI."
        kinds = [kind.name for kind in self._published.manifest.kinds]
        if self._strict and segment not in kinds:
            expected = ", ".join(f"{name}/" for name in kinds)
            return f"<{iri[:200]}> is of no kind there is; expected {base} and one of {expected} and a slug."
        return ""

    def _described(self, subject: str) -> bool:
        own = self._terms.get(subject)
        return bool(own.after if own else self._about(subject))

    def _known(self, term: _Term) -> Iterator[ValidationResult]:
        removed = [each for each in self._delta.removed if each.subject == term.subject]
        name = self._published.label(term.subject)
        # A note about a change alone would make an empty page.
        if all(is_provenance(each, self._published.manifest.base) for each in term.after):
            yield self._result(
                "contribution-vanished",
                f'"{name}" would vanish. What was published stays: deprecate it instead (owl:deprecated'
                " true), and say what replaces it (dct:isReplacedBy).",
                term.subject,
            )
            return
        kind, kind_before = map(self._published.kind_of, (term.after, term.before))
        if kind != kind_before:
            yield self._result(
                "contribution-kind",
                f'"{name}" would not be what it is any more ({kind_before or "nothing"} before,'
                f" {kind or 'nothing'} then). An IRI is never given to something else: propose a new term.",
                term.subject,
            )
        for each in removed:
            if self._retired(term) and (each.predicate in (_DEPRECATED, *NAMES) or each.object == _WITHDRAWN):
                yield self._result(
                    "contribution-retired",
                    f'"{name}" is deprecated or withdrawn. It keeps its names and that mark, so that its'
                    " IRI is never given to something else: propose a new term.",
                    term.subject,
                    each,
                )
        yield from self._sources(term)
        if term.values_before(*_MEANING) and not term.values_before(*_MEANING) & term.values(*_MEANING):
            yield self._result(
                "contribution-meaning",
                f'Every name and every definition of "{name}" would be another. If this is not the same'
                " thing any more, propose a new term instead, and deprecate this one.",
                term.subject,
                severity="should fix",
            )

    def _retired(self, term: _Term) -> bool:
        return bool(term.values_before(_DEPRECATED)) or _WITHDRAWN in term.values_before(_STATUS)

    def _sources(self, term: _Term) -> Iterator[ValidationResult]:
        """See that our terms keep a source; a source is one itself."""
        kind = self._published.manifest.kind(self._published.kind_of(term.after))
        if not self._strict or kind is None:
            return
        itself = kind.class_iri == _DOCUMENT_CLASS
        wanted = (_SOURCE, f"<{FOAF.page}>") if itself else (_SOURCE,)
        if term.values(*wanted) or (term.before and not term.values_before(*wanted)):
            return
        told = "the address it is found at (foaf:page)" if itself else "a source (dct:source)"
        yield ValidationResult(
            "contribution-source",
            "must fix",
            f"Every term says where its facts come from. Add {told}.",
            focus=term.subject,
            focus_label=self._published.label(term.subject, self._added),
            path=(FOAF.page if itself else DCT.source),
        )

    def _new(self, term: _Term) -> Iterator[ValidationResult]:
        kind = self._published.kind_of(term.after)
        known = [each.name for each in self._published.manifest.kinds]
        if not kind:
            yield self._result(
                "contribution-kind",
                f"<{term.iri}> is new, and not said to be anything; expected a type (rdf:type) that makes it"
                f" one of: {', '.join(known)}.",
                term.subject,
            )
        elif self._strict and not (self._space.local_id(term.iri) or "").startswith(f"{kind}/"):
            yield self._result(
                "contribution-kind",
                f"<{term.iri}> is a new {kind}; expected an IRI that begins with"
                f" {self._published.manifest.base}{kind}/.",
                term.subject,
            )
        near = self._published.reader.near(term.iri)
        if near:
            yield self._result(
                "contribution-near-iri",
                f"<{term.iri}> differs from <{near}> by capitals or hyphens only. If they are one, edit"
                " that; if not, choose an IRI that nobody takes for the other.",
                term.subject,
            )
        yield from self._sources(term)


def refused(results: Iterable[ValidationResult]) -> list[ValidationResult]:
    """Give those results that must be fixed."""
    return [each for each in results if each.severity == "must fix"]

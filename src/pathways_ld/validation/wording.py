"""Words for findings: what is wrong with what, by its label, and what to do.

The catalogue knows pairs of a constraint component and a path; for all others the message of the shape
is used, because a shape has one message however many constraints it has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pathways_ld.errors import Finding
from pathways_ld.namespaces import DCT, FOAF, RDFS, SKOS, compact
from pathways_ld.rdfio import Statement, is_blank, is_iri, is_literal, literal_parts

MUST_FIX: Final = "must fix"
SHOULD_FIX: Final = "should fix"
TIP: Final = "tip"
SEVERITIES: Final = (MUST_FIX, SHOULD_FIX, TIP)
"""From the most to the least severe."""

LONGEST_VALUE: Final = 120
LONGEST_WAY: Final = 7

_SEVERITY_WORDS: Final = {"Violation": MUST_FIX, "Warning": SHOULD_FIX, "Info": TIP}
_LABEL_PROPERTIES: Final = (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name)
_CATALOGUE: Final[Mapping[tuple[str, str], str]] = {
    ("MinCount", "skos:prefLabel"): '{who} has no preferred label. Add one: skos:prefLabel "..."@en.',
    ("QualifiedMinCount", "skos:prefLabel"): (
        '{who} has no English preferred label. Add one: skos:prefLabel "..."@en.'
    ),
    ("MinCount", "skos:definition"): (
        '{who} has no definition. Add one in your own words: skos:definition "..."@en.'
    ),
    ("MinCount", "dct:description"): '{who} has no description. Add one: dct:description "..."@en.',
    ("MinCount", "dct:source"): "{who} has no source. Add dct:source with the IRI of a described source.",
    ("UniqueLang", "skos:prefLabel"): (
        "{who} has two preferred labels in one language. Keep one; make the other skos:altLabel."
    ),
    ("UniqueLang", "skos:definition"): "{who} has two definitions in one language. Keep one.",
    ("Disjoint", "skos:prefLabel"): (
        '"{value}" is both the preferred and another label of {who}. Remove the other one.'
    ),
    ("Disjoint", "skos:altLabel"): (
        '"{value}" is both an alternative and a hidden label of {who}. Remove the hidden one.'
    ),
    ("Datatype", "skos:prefLabel"): (
        'The preferred label "{value}" of {who} has no language tag. Write "{value}"@en.'
    ),
    ("Datatype", "skos:altLabel"): (
        'The alternative label "{value}" of {who} has no language tag. Write "{value}"@en.'
    ),
    ("Datatype", "skos:hiddenLabel"): (
        'The hidden label "{value}" of {who} has no language tag. Write "{value}"@en.'
    ),
    ("Datatype", "dct:modified"): (
        '"{value}" is not a valid date of change of {who}. Write year-month-day, such as 2024-12-31.'
    ),
    ("Class", "skos:broader"): (
        "{who} has the broader concept {target}, which is not described here. Correct the IRI or describe it."
    ),
    ("Class", "skos:narrower"): (
        "{who} has the narrower concept {target}, which is not described here."
        " Correct the IRI or describe it."
    ),
    ("Class", "skos:related"): (
        "{who} has the related concept {target}, which is not described here. Correct the IRI or describe it."
    ),
    ("Class", "dct:source"): (
        "{who} has the source {target}, which is not described. Correct the IRI, or describe the source."
    ),
}


@dataclass(frozen=True)
class Result:
    """One SHACL validation result; `component` and `severity` are local names, `path` is an IRI or empty.

    `focus_term`, `value_term`, `shape` and `constraint` are RDF terms in N-Triples syntax; `full_path` is an
    IRI or a SPARQL property path.
    """

    rule: str
    component: str
    severity: str
    focus: str
    path: str
    value: str
    message: str
    focus_term: str = ""
    value_term: str = ""
    full_path: str = ""
    component_iri: str = ""
    shape: str = ""
    constraint: str = ""
    severity_iri: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """What results are sorted by."""
        return self.focus, self.path, self.value, self.rule, self.component, self.message


class Labels:
    """The labels of some resources, English before others."""

    def __init__(self, statements: Iterable[Statement], wanted: Collection[str]) -> None:
        self._labels: dict[str, tuple[tuple[int, int, str], str]] = {}
        ranks = {f"<{iri}>": rank for rank, iri in enumerate(_LABEL_PROPERTIES)}
        if not wanted:
            return
        for subject, predicate, term, _ in statements:
            rank = ranks.get(predicate)
            if rank is None or not is_literal(term) or plain(subject) not in wanted:
                continue
            text, language, _ = literal_parts(term)
            key = (rank, 0 if language.lower().startswith("en") else 1, text)
            known = self._labels.get(plain(subject))
            if known is None or key < known[0]:
                self._labels[plain(subject)] = key, text

    def text(self, iri: str) -> str:
        """Give the label itself, empty where there is none."""
        return self._labels[iri][1] if iri in self._labels else ""

    def name(self, iri: str) -> str:
        """Name a resource: its label in quotation marks, where it has one, and its IRI."""
        known = self._labels.get(iri)
        written = iri if iri.startswith("_:") else f"<{iri}>"
        return f'"{known[1]}" {written}' if known else written

    def way(self, terms: Sequence[str]) -> str:
        """Name the terms (in N-Triples syntax) of a way, by label where there is one; long ones are cut."""
        names = []
        for each in terms:
            known = self._labels.get(plain(each))
            names.append(known[1] if known else plain(each))
        if len(names) > LONGEST_WAY:
            names = [*names[: LONGEST_WAY - 2], "…", names[-1]]
        return " → ".join(names)


def plain(term: str) -> str:
    """Take an N-Triples term to what a finding shows: an IRI, the text of a literal, or ``_:label``."""
    if is_iri(term):
        return term[1:-1]
    return term if is_blank(term) else literal_parts(term)[0]


def severity_word(severity: str) -> str:
    """Give the word for the local name of a SHACL severity."""
    return _SEVERITY_WORDS.get(severity, MUST_FIX)


def describe(result: Result, labels: Labels) -> str:
    """Put a result into a sentence."""
    value = result.value if len(result.value) <= LONGEST_VALUE else result.value[: LONGEST_VALUE - 1] + "…"
    who = labels.name(result.focus)
    template = _CATALOGUE.get((result.component, compact(result.path)))
    if template is not None:
        return template.format(who=who, value=value, target=labels.name(result.value))
    seen = ""
    if result.component == "Closed":
        seen = f" Found: {compact(result.path)}."
    elif value and result.value != result.focus:
        seen = f" Found: {labels.name(result.value) if '://' in value and ' ' not in value else value}."
    return f"{who}: {result.message}{seen}"


def order(finding: Finding) -> tuple[int, str, str, str, str]:
    """Give what findings are sorted by: severity, then focus."""
    return SEVERITIES.index(finding.severity), finding.focus, finding.path, finding.value, finding.rule

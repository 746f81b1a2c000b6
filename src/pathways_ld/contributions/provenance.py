"""Who changed what, when, why, and from which contribution: said in the change itself.

Each change is a document under the base, ``change/12``, and each term it touched has a `skos:changeNote`
that leads there: SKOS Primer, 4.2 (https://www.w3.org/TR/skos-primer/#secdocumentation), documentation as
a related resource. It is a `prov:Activity` (https://www.w3.org/TR/prov-o/). ``docs/history.md`` tells all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pathways_ld.contributions.wording import Words
from pathways_ld.iris import IriSpace, document_of
from pathways_ld.ledger import Accounts
from pathways_ld.namespaces import ADMS, DC, DCT, FOAF, OWL, PROV, RDF, RDFS, SKOS, STATUS_WITHDRAWN, XSD
from pathways_ld.rdfio import Statement, is_blank, is_iri, literal
from pathways_ld.vocabulary.history import CHANGES, CONTRIBUTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pathways_ld.contributions.model import Contribution, Contributor
    from pathways_ld.ledger import Delta
    from pathways_ld.settings import Settings

    About = Callable[[str], Sequence[Statement]]

ORCID: Final = "https://orcid.org/"
A_CONTRIBUTOR: Final = "a contributor"
A_REVIEWER: Final = "a reviewer"

_TYPE: Final = f"<{RDF.type}>"
_NOTE: Final = f"<{SKOS.changeNote}>"
_ENDS: Final = frozenset({(f"<{OWL.deprecated}>", "true"), (f"<{ADMS.status}>", STATUS_WITHDRAWN)})


def change_iri(base: str, number: int) -> str:
    """Give the IRI of a change."""
    return f"{base}{CHANGES}{number}"


def is_provenance(each: Statement, base: str) -> bool:
    """Tell whether a statement tells of a change: nobody contributes those, and an undo keeps them."""
    start = f"<{base}{CHANGES}"
    return each.subject.startswith(start) or (each.predicate == _NOTE and each.object.startswith(start))


def changed_terms(delta: Delta, base: str, about: About | None = None) -> tuple[str, ...]:
    """List the IRIs of the terms whose documents a change touches, sorted.

    A part belongs to its document, and a blank node to what refers to it in the change. `about` gives what
    is asserted of a subject before the change.
    """
    changed = [each for each in (*delta.added, *delta.removed) if not is_provenance(each, base)]
    described = {each.subject for each in changed}
    holders: dict[str, set[str]] = {}
    for each in changed:
        if is_blank(each.object):
            holders.setdefault(each.object, set()).add(each.subject)
    space = IriSpace(base)
    found = set()
    for subject in sorted(described):
        for named in _named(subject, holders):
            iri = named[1:-1]
            document = iri if space.is_hash else document_of(iri)
            # A document about which nothing is said is no term: its parts are.
            known = f"<{document}>" in described or about is None or bool(about(f"<{document}>"))
            if space.local_id(iri) is not None:
                found.add(document if known else iri)
    return tuple(sorted(found))


def _named(subject: str, holders: dict[str, set[str]]) -> set[str]:
    """Give the IRI terms that lead to a subject; itself, where it is one."""
    found, seen, waiting = set(), {subject}, [subject]
    while waiting:
        term = waiting.pop()
        if is_iri(term):
            found.add(term)
            continue
        for holder in holders.get(term, set()) - seen:
            seen.add(holder)
            waiting.append(holder)
    return found


def provenance(
    number: int,
    contribution: Contribution | None,
    actor: str,
    at: str,
    delta: Delta,
    base: str,
    *,
    undoes: int | None = None,
    reason: str = "",
    reviewer: str = "",
    about: About | None = None,
) -> tuple[Statement, ...]:
    """Give the statements that tell of a change; they become a part of it.

    `actor` is the name that the ledger keeps of who accepts; only `reviewer` is published of them, and
    without it the change says "a reviewer". `at` is in UTC, ISO 8601. `reason` is given for a change that
    no contribution led to; `about` gives what is asserted of a subject before the change.
    """
    del actor
    made = _Provenance(number, contribution, at, delta, base, about)
    return tuple(dict.fromkeys(made.statements(undoes, reason, reviewer)))


class _Provenance:
    def __init__(
        self,
        number: int,
        contribution: Contribution | None,
        at: str,
        delta: Delta,
        base: str,
        about: About | None,
    ) -> None:
        self._number = number
        self._contribution = contribution
        self._at = literal(at, datatype=XSD.dateTime)
        self._delta = delta
        self._base = base
        self._about = about
        self._iri = change_iri(base, number)
        self._terms = changed_terms(delta, base, about)
        self._words = Words(delta, base, about)

    def statements(self, undoes: int | None, reason: str, reviewer: str) -> Iterator[Statement]:
        for term in self._terms:
            if self._remains(f"<{term}>"):
                yield Statement(f"<{term}>", _NOTE, f"<{self._iri}>")
        what = self._words.what(self._terms)
        why = reason or (self._contribution.reason if self._contribution else "")
        yield self._say(RDF.type, f"<{PROV.Activity}>")
        yield self._say(RDFS.label, literal(f"Change {self._number}", lang="en"))
        yield self._say(RDF.value, literal(f"Undid change {undoes}. {what}" if undoes else what, lang="en"))
        if why:
            yield self._say(DCT.description, literal(why))
        yield self._say(DCT.created, self._at)
        yield self._say(PROV.endedAtTime, self._at)
        yield from self._ends()
        if undoes and self._is_described(undone := f"<{change_iri(self._base, undoes)}>"):
            yield self._say(PROV.wasInformedBy, undone)
        if self._contribution is not None:
            yield from self._contributed(self._contribution)
        yield from self._agent("reviewer", reviewer, A_REVIEWER)
        yield self._say(DC.contributor, literal(reviewer) if reviewer else literal(A_REVIEWER, lang="en"))

    def _say(self, predicate: str, value: str) -> Statement:
        return Statement(f"<{self._iri}>", f"<{predicate}>", value)

    def _part(self, name: str) -> str:
        return f"<{self._iri}{'/' if IriSpace(self._base).is_hash else '#'}{name}>"

    def _remains(self, term: str) -> bool:
        """Tell whether anything is still said of a term; a note alone would make an empty page of it."""
        if self._about is None or any(each.subject == term for each in self._delta.added):
            return True
        gone = set(self._delta.removed)
        return any(each not in gone for each in self._about(term))

    def _is_described(self, term: str) -> bool:
        return self._about is not None and bool(self._about(term))

    def _ends(self) -> Iterator[Statement]:
        """Say what the change brought into being, and what it put out of use."""
        for term in self._terms:
            if self._words.is_new(term):
                yield self._say(PROV.generated, f"<{term}>")
        for each in self._delta.added:
            if any(each.predicate == name and value in each.object for name, value in _ENDS):
                yield self._say(PROV.invalidated, each.subject)

    def _contributed(self, contribution: Contribution) -> Iterator[Statement]:
        part = self._part(f"{CONTRIBUTION}{contribution.number}")
        label = literal(f"Contribution {contribution.number}", lang="en")
        yield self._say(PROV.used, part)
        yield Statement(part, _TYPE, f"<{PROV.Entity}>")
        yield Statement(part, f"<{RDFS.label}>", label)
        yield Statement(part, f"<{DCT.issued}>", literal(contribution.at, datatype=XSD.dateTime))
        name, orcid = published(contribution.contributor)
        yield from self._agent("contributor", name, A_CONTRIBUTOR, orcid)
        contributor = f"<{orcid}>" if orcid else self._part("contributor")
        yield self._say(DCT.creator, contributor)
        yield self._say(DC.creator, literal(name) if name else literal(A_CONTRIBUTOR, lang="en"))
        yield Statement(part, f"<{PROV.wasAttributedTo}>", contributor)

    def _agent(self, role: str, name: str, otherwise: str, orcid: str = "") -> Iterator[Statement]:
        """Say who takes part: an agent, or how the one whom an ORCID iD names took part."""
        part = self._part(role)
        if orcid:  # a person whom others describe: only the part they took is described here
            yield self._say(PROV.wasAssociatedWith, f"<{orcid}>")
            yield self._say(PROV.qualifiedAssociation, part)
            yield Statement(part, _TYPE, f"<{PROV.Association}>")
            yield Statement(part, f"<{PROV.agent}>", f"<{orcid}>")
            yield Statement(part, f"<{RDFS.label}>", literal(name))
            return
        yield self._say(PROV.wasAssociatedWith, part)
        yield Statement(part, _TYPE, f"<{PROV.Agent}>")
        if name:
            yield Statement(part, f"<{FOAF.name}>", literal(name))
        else:
            yield Statement(part, f"<{RDFS.label}>", literal(otherwise, lang="en"))


def published(contributor: Contributor) -> tuple[str, str]:
    """Give the name and the ORCID IRI that may be published; both empty where nobody agreed to any.

    An e-mail address never is. Who gave an ORCID iD and no name is called by it.
    """
    if not contributor.named:
        return "", ""
    contact = contributor.contact.strip()
    orcid = contact if contact.startswith(ORCID) else ""
    name = " ".join(contributor.name.split())
    return name or (f"ORCID {orcid.removeprefix(ORCID)}" if orcid else ""), orcid


def public_name(settings: Settings, actor: str) -> str:
    """Give the name of a reviewer that changes may publish, which may be none: see `reviewer_names`.

    Programs have none, nor has an account that is shown by an e-mail address.
    """
    if settings.reviewer_names != "on":
        return ""
    found = next((each for each in Accounts(settings.state_dir).all() if each.name == actor), None)
    return found.display_name if found is not None and "@" not in found.display_name else ""

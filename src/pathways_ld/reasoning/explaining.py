"""Why a class can have no members, or an ontology contradicts itself: the least statements that make it so.

Pellet finds them: all of them together have the consequence, and without any one of them it does not follow.
It writes local names only, so everything gets a name of our own first, which then leads back to its label.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathways_ld.formats import RDFXML
from pathways_ld.namespaces import PREFIXES, split_iri
from pathways_ld.rdfio import Statement, is_iri, serialize
from pathways_ld.reasoning import java
from pathways_ld.reasoning.sentences import sentence

_NAMESPACE: Final = "http://names.invalid/n#"
_BUILT_IN: Final = tuple(f"<{PREFIXES[each]}" for each in ("owl", "rdf", "rdfs", "xsd"))
_CONSEQUENCE: Final = re.compile(r"^Axiom: (n\d+|Thing) subClassOf Nothing$")
_FIRST: Final = re.compile(r"^\d+\)   (\S.*)$")
_NEXT: Final = re.compile(r"^     (\S.*)$")
_OWN_NAME: Final = re.compile(r"n\d+")


@dataclass(frozen=True)
class Explanation:
    """Why a class (`focus`, an IRI) can have no members; with an empty `focus`, why all is inconsistent.

    `sentences` are the statements from which it follows, in words; none can be left out.
    """

    focus: str
    sentences: tuple[str, ...]


def explain_unsatisfiable(statements: Iterable[Statement], labels: Mapping[str, str]) -> list[Explanation]:
    """Explain every unsatisfiable class of a consistent ontology; two to four seconds.

    Raises :class:`InputError` where Pellet cannot.
    """
    # Its quicker method stops with an exception of its own for some ontologies with unions.
    return _explain(statements, labels, "--all-unsat", "--method", "black")


def explain_inconsistency(statements: Iterable[Statement], labels: Mapping[str, str]) -> list[Explanation]:
    """Explain why an ontology contradicts itself; two to seven seconds.

    Raises :class:`InputError` where Pellet cannot.
    """
    return _explain(statements, labels, "--inconsistent")


def _explain(statements: Iterable[Statement], labels: Mapping[str, str], *options: str) -> list[Explanation]:
    java.require_owlready()
    from owlready2.reasoning import _PELLET_CLASSPATH  # noqa: PLC0415

    renamed, originals = _renamed(statements)
    with tempfile.TemporaryDirectory(prefix="pathways-ld-") as folder:
        path = Path(folder) / "ontology.rdf"
        path.write_bytes(serialize(renamed, RDFXML, {"n": _NAMESPACE, **PREFIXES}))
        ran = java.run_java(
            "-cp", _PELLET_CLASSPATH, "pellet.Pellet", "explain", "--ignore-imports", *options, str(path)
        )
    found = read_explanations(ran.stdout)
    if not found and ran.returncode:
        raise java.explain_failure(ran.stderr)

    def named(token: str) -> str:
        iri = originals.get(token, "")
        return (labels.get(iri) or split_iri(iri)[1] or iri) if iri else token

    return [
        Explanation(
            "" if focus == "Thing" else originals.get(focus, ""),
            tuple(sentence(axiom, named) for axiom in axioms),
        )
        for focus, axioms in found
    ]


def read_explanations(output: str) -> list[tuple[str, list[str]]]:
    """Read what Pellet writes: what follows from which axioms, the first of several ways only."""
    found: list[tuple[str, list[str]]] = []
    reading = False
    for text in output.splitlines():
        consequence = _CONSEQUENCE.match(text)
        if consequence:
            found.append((consequence[1], []))
            continue
        first, following = _FIRST.match(text), _NEXT.match(text)
        if first and found:
            reading = not found[-1][1]
        axiom = first or following
        if not found or not reading:
            continue
        if axiom:
            found[-1][1].append(axiom[1])
        elif text.strip() and found[-1][1]:  # the rest of an axiom that was too long for a line
            found[-1][1][-1] += f" {text.strip()}"
    return [(focus, axioms) for focus, axioms in found if axioms]


def _renamed(statements: Iterable[Statement]) -> tuple[list[Statement], dict[str, str]]:
    names: dict[str, str] = {}

    def rename(term: str) -> str:
        if not is_iri(term) or term.startswith(_BUILT_IN):
            return term
        if term not in names:
            names[term] = f"n{len(names) + 1}"
        return f"<{_NAMESPACE}{names[term]}>"

    renamed = [
        each._replace(
            subject=rename(each.subject),
            predicate=rename(each.predicate),
            object=rename(each.object),
            graph="",
        )
        for each in statements
    ]
    return renamed, {token: term[1:-1] for term, token in names.items()}

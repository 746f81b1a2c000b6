"""``pathways-ld reason``: is the ontology consistent, what follows from it, and why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pathways_ld.errors import InputError
from pathways_ld.namespaces import compact
from pathways_ld.settings import source_root

if TYPE_CHECKING:
    from pathways_ld.reasoning import Explanation, Reasoned, Reasoner


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--reasoner",
    type=click.Choice(["hermit", "pellet"]),
    default="hermit",
    show_default=True,
    help="Who reasons. Both find the same; Pellet is stricter about values of datatypes.",
)
@click.option("--explain", is_flag=True, help="Name the least statements that make a class impossible.")
def reason(files: tuple[Path, ...], reasoner: Reasoner, explain: bool) -> None:
    """Reason about an ontology (OWL 2): consistency, impossible classes, the inferred hierarchy.

    FILES are RDF files or folders; default: the ontology that comes with this.
    """
    # What a command needs is imported by that command.
    from pathways_ld import reasoning, releases  # noqa: PLC0415
    from pathways_ld.rdfio import parse  # noqa: PLC0415

    paths = releases.collect(files or [source_root() / "ontology"])
    statements = [each for path in paths for each in parse(path).statements]
    found = reasoning.reason(statements, reasoner=reasoner, explain=explain)
    if found is None:
        raise InputError(
            f"There is no ontology in {', '.join(map(str, paths[:3]))}: nothing there is declared as an OWL"
            " class or property. Name the file that has them."
        )
    for line in _report(found, reasoner, explained=explain):
        click.echo(line)
    if not found.sound:
        raise SystemExit(1)


def _report(found: Reasoned, reasoner: Reasoner, *, explained: bool) -> list[str]:
    engine = {"hermit": "HermiT", "pellet": "Pellet"}[reasoner]
    result = found.classification
    if not result.consistent:
        lines = [f"The ontology contradicts itself ({engine}): no world can satisfy all of its statements."]
        lines += _because(found.explanations, explained=explained)
        return lines
    classes = len(result.parents) + len(result.unsatisfiable)
    lines = [f"The ontology is consistent ({engine}): {classes} classes."]
    by_focus = {each.focus: each for each in found.explanations}
    for iri in result.unsatisfiable:
        lines.append(f"{_name(iri, found.labels)} can have no members.")
        lines += _because([by_focus[iri]] if iri in by_focus else [], explained=explained)
    lines += ["", "Hierarchy:", *_tree(found)]
    return lines


def _because(explanations: Sequence[Explanation], *, explained: bool) -> list[str]:
    if not explanations:
        return ["  Why, could not be found out." if explained else "  Why? Add --explain."]
    lines = ["  All of these cannot be true together; take back one of them:"]
    return [*lines, *(f"    - {each}." for each in explanations[0].sentences)]


def _name(iri: str, labels: Mapping[str, str]) -> str:
    return f'"{labels[iri]}" <{iri}>' if iri in labels else compact(iri)


def _tree(found: Reasoned) -> list[str]:
    """Draw the hierarchy: a class with several parents stands under each, but is spread out only once."""
    parents = found.classification.parents
    children: dict[str, list[str]] = {}
    for iri, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(iri)
    roots = {iri for iri, above in parents.items() if not above} | (children.keys() - parents.keys())
    lines: list[str] = []
    spread: set[str] = set()
    # Classes that are above each other, and so below no root, come last.
    for root in [*sorted(roots, key=compact), *sorted(parents)]:
        if root in spread:
            continue
        waiting = [(1, root)]
        while waiting:
            depth, iri = waiting.pop()
            again = iri in spread and iri in children
            lines.append("  " * depth + _class(iri, found) + (" …" if again else ""))
            if iri not in spread:
                spread.add(iri)
                below = sorted(children.get(iri, ()), key=compact, reverse=True)
                waiting += [(depth + 1, child) for child in below]
    return lines


def _class(iri: str, found: Reasoned) -> str:
    label, same = found.labels.get(iri), found.classification.equivalent.get(iri, ())
    text = f"{compact(iri)}  ({label})" if label else compact(iri)
    return f"{text} = {', '.join(map(compact, same))}" if same else text

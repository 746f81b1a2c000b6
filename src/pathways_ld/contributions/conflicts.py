"""What others changed since a contribution was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from pathways_ld.contributions.differences import sentence
from pathways_ld.contributions.provenance import is_provenance
from pathways_ld.contributions.published import Published
from pathways_ld.ledger import Change, Delta, Ledger
from pathways_ld.rdfio import Statement, is_iri

_SHOWN: Final = 20
"""Statements that are told one by one."""


def touching(ledger: Ledger, after: int, delta: Delta, published: Published) -> list[Change]:
    """Give the later changes that touch the terms that a delta touches, or their parts."""
    mine = set(_documents((*delta.added, *delta.removed), published))
    return [
        change
        for change in ledger.changes(after)
        if mine.intersection(_documents((*change.delta.added, *change.delta.removed), published))
    ]


def _documents(statements: Iterable[Statement], published: Published) -> Iterable[str]:
    return (published.document(each.subject[1:-1]) for each in statements if is_iri(each.subject))


def conflicts_since(ledger: Ledger, base_change: int, delta: Delta, published: Published) -> tuple[str, ...]:
    """Say what changed since, a sentence each; empty where nothing did that matters."""
    return told(touching(ledger, base_change, delta, published), delta, published)


def told(changes: Iterable[Change], delta: Delta, published: Published) -> tuple[str, ...]:
    """Say what changes did to the terms of a delta."""
    mine = set(_documents((*delta.added, *delta.removed), published))
    said: list[str] = []
    for change in changes:
        when = change.at[:16].replace("T", " ")
        for sign, statements in (("-", change.delta.removed), ("+", change.delta.added)):
            for each in statements:
                touched = is_iri(each.subject) and published.document(each.subject[1:-1]) in mine
                if touched and not is_provenance(each, published.manifest.base):
                    name = published.label(each.subject)
                    said.append(
                        f"Change {change.number} ({when} UTC), {name}: {sentence(sign, each, published)}."
                    )
    if len(said) > _SHOWN:
        said[_SHOWN:] = [f"… and {len(said) - _SHOWN} statements more."]
    return tuple(said)


def missing(delta: Delta, published: Published) -> tuple[str, ...]:
    """Say which statements are to be removed that are not there any more."""
    return tuple(
        f"{published.label(each.subject)}: {sentence('-', each, published)} meanwhile."
        for each in delta.removed
        if each not in published.about(each.subject)
    )


def token(step: int, changes: Iterable[Change]) -> int:
    """Give a number for what a decision rests on: what is proposed, and what changed since."""
    text = f"{step}:{','.join(str(change.number) for change in changes)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])

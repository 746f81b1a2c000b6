"""Check a change where it can be seen; the verdict on it is that of a check of everything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pathways_ld.errors import Finding, InvalidDataError
from pathways_ld.ledger import Delta
from pathways_ld.releases.verify import MUST_FIX, shape_names, unreachable
from pathways_ld.validation.request import ValidationLimits, ValidationRequest
from pathways_ld.validation.wording import plain
from pathways_ld.vocabulary import Identity

if TYPE_CHECKING:
    from pathways_ld.validation.engine import Engine


def check_change(engine: Engine, folder: Path, delta: Delta, identity: Identity) -> tuple[Finding, ...]:
    """Check what a change of a snapshot can affect; raises :class:`InvalidDataError` as a check of all does.

    What the ontology says must not change: that would need a reasoner.
    """
    request = ValidationRequest(
        delta.added,
        removed=delta.removed,
        context=folder,
        shapes=shape_names(identity),
        strict=identity.ours,
        base=identity.base,
        same_blank_nodes=True,
    )
    report = engine.run(request, ValidationLimits())
    findings = [
        Finding(each.rule, each.severity, _plain(each.focus), each.message, each.path, _plain(each.value))
        for each in report.results
        if each.focus
    ]
    findings += unreachable(delta.added, identity)
    fatal = sum(each.severity == MUST_FIX for each in findings)
    if fatal:
        noun = "problem" if fatal == 1 else "problems"
        raise InvalidDataError(f"There would be {fatal} {noun} that must be fixed.", findings)
    return tuple(findings)


def _plain(term: str) -> str:
    return plain(term) if term else ""

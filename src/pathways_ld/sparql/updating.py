"""From a checked update to what it would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pathways_ld.errors import QuerySyntaxError
from pathways_ld.sparql.diagnosis import explain
from pathways_ld.store.updating import Outcome, run_update

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pathways_ld.rdfio import Statement
    from pathways_ld.sparql.updates import CheckedUpdate
    from pathways_ld.store.base import Limits

__all__ = ["Outcome", "evaluate_update"]


def evaluate_update(
    asserted: Path | Iterable[Statement],
    update: CheckedUpdate,
    *,
    empty_graphs: Iterable[str] = (),
    limits: Limits | None = None,
) -> Outcome:
    """Find what an update would change, see :func:`pathways_ld.store.updating.run_update`."""
    if not update.operations:
        return Outcome(empty_graphs=frozenset(empty_graphs))
    try:
        return run_update(asserted, update, empty_graphs=empty_graphs, limits=limits)
    except QuerySyntaxError as error:
        raise explain(update, error) from None

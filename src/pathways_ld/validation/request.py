"""What is to be validated, against what, within which bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pathways_ld.rdfio import Statement
from pathways_ld.settings import CANONICAL_BASE

if TYPE_CHECKING:
    from pathways_ld.settings import Settings

Context = Path | Sequence[Statement] | None
"""What the statements are added to: the folder of a snapshot, statements, or nothing."""


@dataclass(frozen=True)
class ValidationRequest:
    """A document and what it is held against.

    `statements` are exact, as the parser gave them. With a `context` they count as added to it and `removed`
    as taken from it; then only what the change can affect is validated. `shapes` are names of ours;
    `own_shapes` are the user's, which never ask another server, run no scripts and no rules. `integrity`
    adds the checks that no shape can express (closures, references, policy), with `base` as the base of the
    vocabulary; `strict` asks of it what we ask of our own. With `same_blank_nodes` a label of a blank node
    means the same in the document as in the context.
    """

    statements: Sequence[Statement]
    removed: Sequence[Statement] = ()
    context: Context = None
    shapes: Sequence[str] = ("skos",)
    own_shapes: Sequence[Statement] = ()
    integrity: bool = True
    strict: bool = False
    base: str = CANONICAL_BASE
    same_blank_nodes: bool = False


@dataclass(frozen=True)
class ValidationLimits:
    """Bounds of one validation: seconds, bytes of memory, and numbers of statements and results.

    `processes` is how many work on a large input.
    """

    deadline: float = 20.0
    memory: int = 2_000_000_000
    statements: int = 5_000_000
    shape_statements: int = 50_000
    results: int = 10_000
    processes: int = 1

    @classmethod
    def from_settings(cls, settings: Settings) -> ValidationLimits:
        """Take the bounds that an operator has set."""
        return cls(
            deadline=settings.validation_deadline,
            memory=settings.validation_memory,
            statements=settings.validation_statements,
        )

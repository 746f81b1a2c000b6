"""Contributions: who proposes what, why, and what becomes of it; all ways in and out lead over one desk."""

from pathways_ld.contributions.desk import Contributions
from pathways_ld.contributions.examining import InvalidContribution
from pathways_ld.contributions.model import (
    OPEN,
    STATES,
    Contribution,
    Contributor,
    Difference,
    Duplicate,
    Examination,
    Receipt,
    Step,
    Submission,
    TermChange,
)

__all__ = [
    "OPEN",
    "STATES",
    "Contribution",
    "Contributions",
    "Contributor",
    "Difference",
    "Duplicate",
    "Examination",
    "InvalidContribution",
    "Receipt",
    "Step",
    "Submission",
    "TermChange",
]

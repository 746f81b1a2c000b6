"""All that can be said of a proposal before anybody decides; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pathways_ld.contributions.conflicts import conflicts_since
from pathways_ld.contributions.differences import term_changes
from pathways_ld.contributions.duplicates import find_duplicates
from pathways_ld.contributions.model import Examination
from pathways_ld.contributions.policy import check_policy
from pathways_ld.contributions.preview import preview
from pathways_ld.contributions.published import Published
from pathways_ld.contributions.reading import Bounds, normalised
from pathways_ld.errors import Finding, InvalidDataError
from pathways_ld.ledger import Delta, Ledger
from pathways_ld.rdfio import is_iri
from pathways_ld.report import SEVERITIES, ValidationReport, ValidationResult
from pathways_ld.settings import Settings
from pathways_ld.store.base import Cancellation
from pathways_ld.validation.pool import ValidationPool
from pathways_ld.validation.request import ValidationRequest

OUR_SHAPES: Final = ("skos", "vocabulary", "contribution")
GENERAL_SHAPES: Final = ("skos",)
_PREVIEWED: Final = 50
"""Pages of one contribution that are shown as they would be."""


class InvalidContribution(InvalidDataError):
    """A contribution that must not be published as it stands; `examination` says all there is to say."""

    def __init__(self, message: str, examination: Examination) -> None:
        super().__init__(message, [_finding(each) for each in examination.report.results])
        self.examination = examination


class Examiner:
    """Holds proposals against what is published."""

    def __init__(self, settings: Settings, pool: ValidationPool) -> None:
        self._settings = settings
        self._pool = pool
        self.bounds = Bounds(settings.contribution_size, settings.contribution_statements)

    def open(self, folder: Path) -> Published:
        """Open a snapshot."""
        return Published(folder, self._settings)

    def examine(
        self,
        delta: Delta,
        folder: Path,
        *,
        base_change: int | None = None,
        cancellation: Cancellation | None = None,
    ) -> Examination:
        """Say all there is to say; raises what validation raises, and :class:`PayloadTooLarge`."""
        with self.open(folder) as published:
            return self.look_at(
                normalised(delta, published, self.bounds), published, base_change, cancellation
            )

    def look_at(
        self,
        delta: Delta,
        published: Published,
        base_change: int | None = None,
        cancellation: Cancellation | None = None,
    ) -> Examination:
        """Say all there is to say of a delta that is in its normal form."""
        report = self.report(delta, published, cancellation)
        subjects = {each.subject for each in (*delta.added, *delta.removed) if is_iri(each.subject)}
        documents = sorted({published.document(subject[1:-1]) for subject in subjects})
        ours = [each for each in documents if published.space.local_id(each) is not None][:_PREVIEWED]
        after = preview(published, delta, ours, self._settings) if ours else {}
        conflicts: tuple[str, ...] = ()
        if base_change is not None:
            ledger = Ledger(self._settings.state_dir)
            conflicts = conflicts_since(ledger, base_change, delta, published)
        return Examination(
            report, find_duplicates(delta, published), term_changes(delta, published, after), conflicts
        )

    def report(
        self, delta: Delta, published: Published, cancellation: Cancellation | None = None
    ) -> ValidationReport:
        """Apply the policy, and validate in a process of its own."""
        found = check_policy(delta, published, published.about)
        if not delta.added and not delta.removed:
            return ValidationReport(tuple(found))
        manifest = published.manifest
        request = ValidationRequest(
            statements=delta.added,
            removed=delta.removed,
            context=published.folder,
            shapes=OUR_SHAPES if manifest.ours else GENERAL_SHAPES,
            integrity=True,
            strict=manifest.ours,
            base=manifest.base,
        )
        report = self._pool.validate(request, cancellation=cancellation)
        return ValidationReport(_merged([*found, *report.results]), report.checked)


def refuse_invalid(examination: Examination) -> None:
    """Raise :class:`InvalidContribution` where something must be fixed."""
    count = examination.report.counts["must fix"]
    if count:
        told = "is a problem" if count == 1 else f"are {count} problems"
        raise InvalidContribution(f"There {told} that must be fixed first; nothing was changed.", examination)


def _merged(results: Sequence[ValidationResult]) -> tuple[ValidationResult, ...]:
    """Sort by severity; what the policy said in words is not said again by the shape of the same rule."""
    return tuple(sorted(dict.fromkeys(results), key=lambda each: SEVERITIES.index(each.severity)))


def _finding(each: ValidationResult) -> Finding:
    return Finding(
        each.rule, each.severity, each.focus.strip("<>"), each.message, each.path, each.value, each.position
    )

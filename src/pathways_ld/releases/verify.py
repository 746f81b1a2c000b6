"""Check sources: what stops a build, what is only said, and the canonical form of the files in git."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pathways_ld import reasoning, validation
from pathways_ld.errors import Finding, InvalidDataError, Position
from pathways_ld.formats import TURTLE
from pathways_ld.iris import RESERVED
from pathways_ld.rdfio import Statement, guess_format, locate, parse, write_turtle
from pathways_ld.releases.contexts import compare_context
from pathways_ld.releases.sources import Sources, read_sources
from pathways_ld.settings import CANONICAL_BASE, Settings, source_root
from pathways_ld.snapshot.folder import storage_errors
from pathways_ld.vocabulary import Identity, identify

MUST_FIX: Final = "must fix"
SHOULD_FIX: Final = "should fix"
LOST_REMOVALS: Final = "removed-statement-missing"


def own_sources() -> list[Path]:
    """List the folders of the vocabulary that comes with this software."""
    return [source_root() / "ontology", source_root() / "data"]


def shape_names(identity: Identity) -> tuple[str, ...]:
    """Name the shapes that apply: the general ones, and for our own vocabulary its own."""
    return ("skos", "vocabulary") if identity.ours else ("skos",)


def shapes_for(identity: Identity) -> list[Path]:
    """List the files of the shapes that apply."""
    return [source_root() / "shapes" / f"{name}.ttl" for name in shape_names(identity)]


def refuse_invalid(sources: Sources, identity: Identity) -> tuple[Finding, ...]:
    """Check the sources; raises :class:`InvalidDataError` with every finding if one must be fixed."""
    findings = find(sources, identity)
    fatal = [finding for finding in findings if finding.severity == MUST_FIX]
    if fatal:
        noun = "problem" if len(fatal) == 1 else "problems"
        raise InvalidDataError(
            f"The sources have {len(fatal)} {noun} that must be fixed; nothing was published.",
            place(findings, sources),
        )
    return tuple(findings)


def find(sources: Sources, identity: Identity) -> list[Finding]:
    """Run every check: shapes, SKOS integrity, policy, and OWL consistency where there is an ontology."""
    statements = sources.statements
    shapes = validation.read_shapes(shapes_for(identity))
    findings = validation.check(statements, space=identity.space, shapes=shapes, strict=identity.ours)
    findings += unreachable(statements, identity)
    fatal = any(finding.severity == MUST_FIX for finding in findings)
    if not fatal and reasoning.has_ontology(statements):
        findings += reasoning.check_consistency(statements)
    return findings


def unreachable(statements: Iterable[Statement], identity: Identity) -> list[Finding]:
    """Find terms whose address the server needs for itself."""
    subjects = {each.subject for each in statements if each.subject.startswith(f"<{identity.base}")}
    return [
        Finding(
            "reserved-path",
            MUST_FIX,
            iri,
            f'The page of <{iri}> would be at "/{segment}", where the server has something of its own.'
            " Give the term another IRI, or choose a longer base with --base.",
        )
        for iri in sorted(subject[1:-1] for subject in subjects)
        for segment in [(identity.space.local_id(iri) or "").partition("#")[0].partition("/")[0]]
        if segment in RESERVED
    ]


def place(findings: Sequence[Finding], sources: Sources) -> list[Finding]:
    """Add file and line of the focus node to findings; the files are read a second time for it."""
    wanted = {finding.focus for finding in findings}
    lines: dict[str, Position] = {}
    values: dict[tuple[str, str], Position] = {}
    for file in sources.files:
        if not any(each.subject[1:-1] in wanted for each in file.statements):
            continue
        for found, line in locate(file.path).items():
            focus = str(found.subject)[1:-1]
            if focus in wanted:
                position = Position(str(file.path), line)
                lines.setdefault(focus, position)
                values.setdefault((focus, str(found.object.value)), position)  # type: ignore[union-attr]
    return [
        dataclasses.replace(
            finding,
            position=finding.position
            or values.get((finding.focus, finding.value))
            or lines.get(finding.focus),
        )
        for finding in findings
    ]


def check_sources(paths: Sequence[Path], settings: Settings) -> list[Finding]:
    """Do everything a build checks, and see that Turtle files are in canonical form.

    Raises :class:`ParseError` for a file that is not well-formed.
    """
    sources = read_sources(paths, settings, settings.canonical_base)
    identity = identify(
        sources.statements, settings.canonical_base, given=settings.canonical_base != CANONICAL_BASE
    )
    findings = place(find(sources, identity), sources)
    for path in paths:
        if guess_format(path) is TURTLE and path.read_bytes() != canonical_form(path):
            message = f'{path} is not in canonical form. Run "pathways-ld format {path}".'
            findings.append(Finding("canonical-form", MUST_FIX, str(path), message))
    return findings + _check_context(paths, sources, identity)


def _check_context(paths: Sequence[Path], sources: Sources, identity: Identity) -> list[Finding]:
    """Find that the last context beside the sources is not the one that they need."""
    versions = compare_context(paths, sources, identity)
    if not versions.published or not versions.is_new:
        return []
    message = (
        f"The JSON-LD context changed, and published versions never do. Write {versions.path.name} with"
        ' "pathways-ld context --write".'
    )
    return [Finding("context-changed", SHOULD_FIX, str(versions.path), message)]


def canonical_form(path: Path) -> bytes:
    """Give a Turtle file's text as it should be."""
    parsed = parse(path, TURTLE)
    return write_turtle(parsed.statements, parsed.prefixes).encode()


def _replace(path: Path, text: bytes) -> None:
    """Replace a file at one stroke; its permissions stay."""
    fresh = path.with_name(f".{path.name}.new")
    with storage_errors(path):
        try:
            fresh.write_bytes(text)
            shutil.copymode(path, fresh)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def format_sources(paths: Sequence[Path]) -> list[Path]:
    """Rewrite Turtle files in canonical form; gives those that changed. Comments are not kept."""
    changed = []
    for path in paths:
        text = canonical_form(path)
        if path.read_bytes() != text:
            _replace(path.resolve(), text)
            changed.append(path)
    return changed

"""``pathways-ld validate``: any RDF against our shapes or your own, in words, with lines and fixes.

Exit codes: 0 conforms; 1 does not; 2 something could not be read or used.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from pathways_ld.errors import InputError
from pathways_ld.settings import CANONICAL_BASE, Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pathways_ld.rdfio import Statement
    from pathways_ld.report import Severity, ValidationReport
    from pathways_ld.validation.batch import Input, Outcome, Progress, Rules
    from pathways_ld.validation.documents import Document

OUR_SHAPES: Final = ("skos", "skos-sparql", "vocabulary", "contribution")
GENERAL: Final = ("skos",)
MAX_ROUNDS: Final = 10
MAX_RESULTS: Final = 1_000_000
SHOWN_DIFF: Final = 400

_FAIL_ON: Final[dict[str, Severity]] = {"violation": "must fix", "warning": "should fix", "info": "tip"}
_FORMATS: Final = (
    "text", "json", "turtle", "sarif", "junit", "github", "csv", "markdown", "json-ld", "rdf-xml",
    "n-triples",
)  # fmt: skip
_INPUTS: Final = ("turtle", "trig", "n-triples", "n-quads", "json-ld", "rdf-xml")


@click.command(name="validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--shapes",
    "shapes",
    multiple=True,
    help=f"Ours by name ({', '.join(OUR_SHAPES)}), or a file: then only its shapes count, as with pyshacl."
    " May be repeated. Default: skos, and vocabulary for data of ours.",
)
@click.option(
    "--against",
    default="none",
    metavar="current|none|PATH",
    help="What the data are added to: the current snapshot, nothing, a snapshot's folder, or RDF files.",
)
@click.option("--format", "format_name", type=click.Choice(_FORMATS), default="text", help="Default: text.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A file for the report.")
@click.option(
    "--fail-on",
    type=click.Choice(tuple(_FAIL_ON)),
    help="The least severe result with which data do not conform. Default: violation; with shapes of your own"
    " info, as SHACL says.",
)
@click.option("--each", is_flag=True, help="Validate each file by itself, not all of them as one graph.")
@click.option("--fix", is_flag=True, help="Apply the fixes that can be computed to the files.")
@click.option(
    "--input-format", type=click.Choice(_INPUTS), help="The format of the files. Default: by suffix."
)
@click.option("--show", default=100, type=click.IntRange(min=0), help="Results shown in full. Default: 100.")
@click.option(
    "--deadline",
    default=600.0,
    type=click.FloatRange(min=0.1),
    help="Seconds after which a validation is stopped. Default: 600.",
)
@click.option("--base", help="The base IRI of the vocabulary, where it cannot be told from the data.")
@click.option(
    "--out", "state_dir", type=click.Path(path_type=Path), help="Where snapshots are kept. Default: var."
)
@click.option("--config", type=click.Path(path_type=Path), help="A settings file (TOML).")
def validate(files: tuple[Path, ...], base: str | None, **options: Any) -> None:
    """Validate RDF files, folders of them, or standard input (-).

    Without --shapes with a file, the rules of this software apply: hygiene of texts and IRIs, SKOS integrity,
    good labels. Exit code: 0 conforms, 1 does not, 2 a file could not be read or used.
    """
    settings = load_settings(options["config"], canonical_base=base, state_dir=options["state_dir"])
    _Run(files, settings, base is not None, options).run()


class _Run:
    def __init__(
        self, files: Sequence[Path], settings: Settings, base_given: bool, options: dict[str, Any]
    ) -> None:
        from pathways_ld.formats import RDF_FORMATS, by_name

        self.settings = settings
        self.base_given = base_given
        self.options = options
        name = options["input_format"]
        self.input_format = by_name(name, RDF_FORMATS) if name else None
        self.inputs = self._inputs(files)
        self.rules = self._rules()
        default = "violation" if self.rules.house else "info"
        self.fail_on = _FAIL_ON[options["fail_on"] or default]

    def run(self) -> None:
        from pathways_ld.validation.rendering import render, report_format

        outcome = self._checked()
        if self.options["fix"]:
            outcome = self._fixed(outcome)
        for note in outcome.notes:
            click.echo(f"note: {note}", err=True)
        report, chosen = outcome.report, report_format(self.options["format_name"])
        target = self.options["output"]
        if target is not None:
            _write(target, render(report, chosen, fail_on=self.fail_on))
        elif chosen.name == "text":
            click.echo(self._text(report), nl=False, color=True)
        else:
            sys.stdout.buffer.write(render(report, chosen, fail_on=self.fail_on))
        if outcome.unreadable:
            raise SystemExit(2)
        if report.fails_on(self.fail_on):
            raise SystemExit(1)

    def _text(self, report: ValidationReport) -> str:
        from pathways_ld.validation.rendering import write_terminal

        colour = bool(os.environ.get("FORCE_COLOR")) or (
            sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        return write_terminal(report, colour=colour, shown=self.options["show"])

    # what is read

    def _inputs(self, files: Sequence[Path]) -> list[Input]:
        from pathways_ld.validation.batch import Input, find_inputs

        found = find_inputs([each for each in files if str(each) != "-"], self.input_format)
        if any(str(each) == "-" for each in files):
            if self.options["fix"]:
                raise InputError("Standard input cannot be fixed in place. Name a file instead.")
            content = sys.stdin.buffer.read(self.settings.source_size + 1)
            found.append(Input("standard input", content, self.input_format or _recognized(content)))
        return found

    def _rules(self) -> Rules:
        from pathways_ld.validation.batch import Rules
        from pathways_ld.validation.request import ValidationLimits

        given = self.options["shapes"]
        own = [each for each in given if each not in OUR_SHAPES]
        if own and len(own) < len(given):
            raise InputError(
                "Shapes of yours and of ours do not go together in one run: with a file of shapes nothing"
                " else counts. Run it twice."
            )
        limits = replace(
            ValidationLimits.from_settings(self.settings),
            deadline=self.options["deadline"],
            results=MAX_RESULTS,
        )
        return Rules(
            shapes=tuple(given),
            own_shapes=tuple(self._own_shapes(own)) if own else None,
            context=self._context(),
            limits=limits,
            processes=os.cpu_count() or 1,
        )

    def _own_shapes(self, names: Sequence[str]) -> list[Statement]:
        from pathways_ld.validation.batch import Rules, find_inputs, read_all

        for name in names:
            if not Path(name).exists():
                raise InputError(
                    f'There are no shapes "{name}": no such file; ours are {", ".join(OUR_SHAPES)}.'
                )
        documents, broken = read_all(
            find_inputs([Path(name) for name in names]),
            Rules(own_shapes=()),
            max_bytes=self.settings.source_size,
        )
        if broken:
            raise InputError(f"The shapes cannot be read: {broken[0].position}: {broken[0].message}")
        return [each for document in documents for each in document.statements]

    def _context(self) -> Path | list[Statement] | None:
        against = self.options["against"]
        if against == "none":
            return None
        if against == "current":
            from pathways_ld.snapshot import SnapshotFolder

            return SnapshotFolder(self.settings.state_dir).current()
        path = Path(against)
        if (path / "manifest.json").exists():
            return path
        from pathways_ld.validation.batch import Rules, find_inputs, read_all

        documents, broken = read_all(find_inputs([path]), Rules(), max_bytes=self.settings.source_size)
        if broken:
            raise InputError(f"{broken[0].position}: {broken[0].message}")
        return [each for document in documents for each in document.statements]

    # how it is checked

    def _checked(self) -> Outcome:
        if not self.options["each"]:
            return self._checked_together(self.inputs, _bar(len(self.inputs), "Reading"))
        outcomes = []
        with _bar(len(self.inputs), "Validating") as bar:
            for each in self.inputs:
                outcomes.append(self._checked_together([each]))
                bar.update(1)
        return _joined(outcomes)

    def _checked_together(self, inputs: Sequence[Input], progress: Any = None) -> Outcome:
        from pathways_ld.validation.batch import Pooled, check_documents, no_progress, read_all

        with progress or nullcontext(None) as bar:
            step: Progress = no_progress

            def advance(name: str, done: int, total: int) -> None:
                bar.update(done - bar.pos)

            if bar is not None:
                step = advance
            documents, broken = read_all(
                inputs, self.rules, max_bytes=self.settings.source_size, progress=step
            )
        return check_documents(documents, self._rules_for(documents), broken, engine=Pooled())

    def _rules_for(self, documents: Sequence[Document]) -> Rules:
        if not self.rules.house:
            return self.rules
        from pathways_ld.validation.inspecting import own_base

        base = self.settings.canonical_base
        if not self.base_given:
            base = own_base([each for document in documents for each in document.statements], base)
        ours = base == CANONICAL_BASE
        default = (*GENERAL, "vocabulary") if ours else GENERAL
        return replace(
            self.rules,
            base=base,
            strict=ours and not self.rules.shapes,
            shapes=self.rules.shapes or default,
        )

    # fixing

    def _fixed(self, outcome: Outcome) -> Outcome:
        canonical = {str(each.source) for each in self.inputs if _is_canonical(each)}
        fixed: Counter[str] = Counter()
        changed: dict[str, bytes] = {}
        for _ in range(MAX_ROUNDS):
            touched = self._fix_once(outcome, changed, fixed)
            if not touched:
                break
            outcome = self._checked()
        for name in changed:
            if name in canonical:
                from pathways_ld.releases import format_sources

                format_sources([Path(name)])
        _show_changes(changed)
        total = sum(fixed.values())
        kinds = ", ".join(f"{count} x {rule}" for rule, count in fixed.most_common())
        said = f"{total} fixed in {len(changed)} files: {kinds}." if total else "Nothing could be fixed."
        click.echo(said, err=True)
        return self._checked() if canonical & changed.keys() else outcome

    def _fix_once(self, outcome: Outcome, changed: dict[str, bytes], fixed: Counter[str]) -> bool:
        from pathways_ld.validation.edits import apply

        touched = False
        for each in self.inputs:
            mine = [
                result
                for result in outcome.report.results
                if result.position is not None and result.position.file == each.name
            ]
            if not mine or each.rdf_format is None:
                continue
            path = cast("Path", each.source)
            content = path.read_bytes()
            done = apply(content, each.rdf_format, mine)
            if done.applied and done.content != content:
                changed.setdefault(str(path), content)
                _write(path, done.content)
                fixed.update(result.rule for result in done.applied)
                touched = True
        return touched


def _recognized(content: bytes) -> Any:
    from pathways_ld.formats import TURTLE
    from pathways_ld.rdfio import recognize

    return recognize(content) or TURTLE


def _bar(length: int, label: str) -> Any:
    hidden = not sys.stderr.isatty() or length < 2
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    from pathways_ld.report import SEVERITIES, ValidationReport
    from pathways_ld.validation.batch import Outcome

    checked: Counter[str] = Counter()
    for each in outcomes:
        checked.update(each.report.checked)
    results = sorted(
        (result for each in outcomes for result in each.report.results),
        key=lambda result: SEVERITIES.index(result.severity),
    )
    return Outcome(
        ValidationReport(tuple(results), dict(checked)),
        (),
        sum(each.unreadable for each in outcomes),
        tuple(dict.fromkeys(note for each in outcomes for note in each.notes)),
    )


def _is_canonical(each: Input) -> bool:
    from pathways_ld.formats import TURTLE
    from pathways_ld.releases.verify import canonical_form

    if each.rdf_format is not TURTLE or not isinstance(each.source, Path):
        return False
    try:
        return each.source.read_bytes() == canonical_form(each.source)
    except InputError:
        return False


def _show_changes(changed: dict[str, bytes]) -> None:
    """Show what has become of the files, as a difference of lines."""
    shown = 0
    for name, before in changed.items():
        difference = difflib.unified_diff(
            before.decode("utf-8", "replace").splitlines(),
            Path(name).read_bytes().decode("utf-8", "replace").splitlines(),
            name,
            name,
            n=0,
            lineterm="",
        )
        for line in difference:
            shown += 1
            if shown <= SHOWN_DIFF:
                click.echo(
                    "".join(char if char.isprintable() or char == "\t" else "?" for char in line), err=True
                )


def _write(path: Path, content: bytes) -> None:
    """Replace a file at one stroke; its permissions stay."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_bytes(content)
        if path.exists():
            fresh.chmod(path.stat().st_mode)
        fresh.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        fresh.unlink(missing_ok=True)
